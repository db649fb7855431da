"""What holds for every test, doctest and notebook: the bundled company, no network, no learner's progress touched."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from pathlib import Path

import matplotlib
import pytest
from hypothesis import settings

import cstoolkit as cs
from cstoolkit.data import load

LOCAL = ("127.", "::1", "localhost")

# Examples are the same in every run; a busy machine is no failure.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_configure(config):
    """Set the environment, which the notebooks' kernels inherit."""
    config.scratch = tempfile.TemporaryDirectory(prefix="cstoolkit-")
    os.environ["CSTOOLKIT_PROGRESS"] = str(Path(config.scratch.name) / "progress.json")
    os.environ.pop("CSTOOLKIT_DATA", None)
    # Workers that run side by side, and their kernels: a second thread in each would only wait.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Nobody listens on the discard port, so that what asks for an address outside fails at once, in kernels too.
    os.environ.update(
        HTTP_PROXY="http://127.0.0.1:9",
        HTTPS_PROXY="http://127.0.0.1:9",
        NO_PROXY="127.0.0.1,localhost",
    )
    matplotlib.use("agg")  # not by MPLBACKEND, which would take the pictures from the notebooks


def pytest_unconfigure(config):
    """Remove what was written."""
    config.scratch.cleanup()


@pytest.fixture(scope="session")
def company():
    """The bundled company; treat its frames as read-only."""
    return cs.load_company()


@pytest.fixture(autouse=True)
def _examples_share_the_company(request, monkeypatch):
    """Examples in docstrings read the bundled company once; it never changes."""
    if isinstance(request.node, pytest.DoctestItem):
        shared, read = request.getfixturevalue("company"), load.load_company
        monkeypatch.setattr(
            load,
            "load_company",
            lambda *path, **more: read(*path, **more) if path or more else shared,
        )


@pytest.fixture(autouse=True)
def _own_progress(tmp_path_factory, monkeypatch):
    """Each test has a learner's progress of its own."""
    monkeypatch.setenv(
        "CSTOOLKIT_PROGRESS", str(tmp_path_factory.mktemp("progress") / "progress.json")
    )


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def local(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(
            LOCAL
        ):
            raise OSError(f"tests need no network, but something connects to {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local)


@pytest.fixture(autouse=True)
def _figures_closed():
    """Figures of pyplot do not pile up from test to test."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
