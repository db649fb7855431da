"""The JupyterLab that `make lab` opens, on a copy of the project's folders, and a Chromium that opens it."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import pytest

ROOT = Path(__file__).parent.parent.parent

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    "notebook-extension/tracker": '{"windowingMode": "none"}',  # cells out of sight are there too
}
UP_WITHIN = 90
"""Seconds that the server may take to answer on a slow machine."""


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: the folder of the learner's copies, its address, the token that opens it."""

    folder: Path
    address: str
    token: str

    def page(self, name: str) -> str:
        """The address of a notebook, opened in a workspace of its own."""
        return (
            f"{self.address}/lab/workspaces/{Path(name).stem}/tree/work/{name}?token={self.token}"
        )

    @property
    def first_page(self) -> str:
        """What the browser opens by itself."""
        return f"{self.address}/lab/tree/work/00_start_here.ipynb?token={self.token}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(home: Path) -> dict[str, str]:
    """The environment of a newcomer: an empty home, and nothing of this user's settings."""
    settings = home / "settings"
    for plugin, values in SETTINGS.items():
        place = settings / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        place.parent.mkdir(parents=True)
        place.write_text(values)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "XDG_"))
    }
    return kept | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "CSTOOLKIT_PROGRESS": str(home / "progress.json"),
        # An empty home would have matplotlib look for fonts anew, which takes longer than the test.
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory):
    """`make lab` on this machine's own address, with a token, in a copy of the project; stopped at the end."""
    course, home = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("home")
    for folder in ("docs", "notebooks", "tools"):
        shutil.copytree(ROOT / folder, course / folder)
    port, token = free_port(), secrets.token_hex(16)
    command = [sys.executable, str(course / "tools" / "lab.py"), "--no-browser"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    # So that a test can wait for a command to end.
    command.append("--LabApp.expose_app_in_browser=True")
    log = (home / "lab.log").open("w+")
    server = subprocess.Popen(
        command, cwd=course, env=environment(home), stdout=log, stderr=subprocess.STDOUT
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/api?token={token}", server, home / "lab.log")
        yield Lab(folder=course / "work", address=address, token=token)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    limit = time.monotonic() + UP_WITHIN
    while time.monotonic() < limit and server.poll() is None:
        try:
            with opener.open(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not answer at its address:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def browser(chromium):
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser, request):
    """A page of its own, whose errors fail the test; CSTOOLKIT_SCREENSHOTS names a folder for a picture of how it ended."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(25_000)
    opened = context.new_page()
    errors = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    if folder := os.environ.get("CSTOOLKIT_SCREENSHOTS"):
        opened.screenshot(path=Path(folder) / f"{request.node.name}.png")
    context.close()
    assert not errors
