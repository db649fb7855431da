"""Find the Chromium that the browser tests drive, or install Debian's: `make browser`. Needs nothing but Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)


def find() -> str | None:
    """The program's path, or None where there is no Chromium or Chrome."""
    named = filter(None, map(shutil.which, NAMES))
    return next(named, None) or next((place for place in PLACES if Path(place).is_file()), None)


def install() -> int:
    """Install Debian's Chromium; the exit code."""
    if not shutil.which("apt-get"):
        print(
            "No apt-get here: install Chromium or Google Chrome yourself, so that `chromium` or `google-chrome` is found."
        )
        return 1
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not root and not shutil.which("sudo"):
        print(
            "Installing Chromium takes root or sudo. As root: apt-get update && apt-get install chromium"
        )
        return 1
    apt = [
        *([] if root else ["sudo"]),
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "--quiet",
        "--yes",
    ]
    subprocess.run(
        [*apt, "update"], check=False
    )  # an outdated list may still serve; the install tells
    return subprocess.run(
        [*apt, "install", "--no-install-recommends", "chromium"], check=False
    ).returncode


if __name__ == "__main__":
    code = 0 if find() else install()
    found = find()
    print(
        f"The browser tests use {found}."
        if found
        else "There is no Chromium: the browser tests will not run."
    )
    sys.exit(code or (0 if found else 1))
