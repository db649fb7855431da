"""Open the course in JupyterLab, on the learner's own copies: `make lab`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import work

HERE = Path(__file__).parent


def environment(given: dict[str, str]) -> dict[str, str]:
    """What JupyterLab and its kernels are started with.

    Settings of the course (no question about news; pages in Markdown open as pages) lie beside this file; a learner's own win over them.
    A kernel that has not run the set-up cell says so. The folder of one's own data may be named from where one stands.
    """
    paths = [str(HERE / "jupyter"), *filter(None, [given.get("JUPYTER_CONFIG_PATH")])]
    set_here = {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}
    set_here["PYTHONSTARTUP"] = given.get("PYTHONSTARTUP") or str(HERE / "kernel.py")
    if given.get("CSTOOLKIT_DATA"):
        set_here["CSTOOLKIT_DATA"] = str(Path(given["CSTOOLKIT_DATA"]).expanduser().resolve())
    return given | set_here


def options() -> list[str]:
    """JupyterLab on the project's folder, at notebook 00."""
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    page = "--LabApp.default_url=/lab/tree/work/00_start_here.ipynb"
    return [*root, f"--ServerApp.root_dir={work.ROOT}", page]


def without_japanese() -> bool:
    """Whether fontconfig (Linux) knows no font for Japanese."""
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(
        ["fc-list", ":lang=ja"], capture_output=True, text=True, timeout=60, check=False
    )
    return listed.returncode == 0 and not listed.stdout.strip()


def main(given: list[str]) -> int:
    """Make the copies, and run JupyterLab until it is stopped; the exit code."""
    data = os.environ.get("CSTOOLKIT_DATA")
    if data and not Path(data).expanduser().is_dir():
        sys.exit(f"There is no folder {data} (named by the environment variable CSTOOLKIT_DATA).")
    for said in work.prepare():
        print(said)
    if without_japanese():
        print(
            "No Japanese font was found here: the browser shows boxes for Japanese words. "
            "On Debian and Ubuntu: apt-get install fonts-noto-cjk"
        )
    os.environ.update(environment(dict(os.environ)))
    from jupyterlab.labapp import main as jupyterlab

    return jupyterlab([*options(), *given])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
