"""Fixtures that several test files share, and the rule for browser tests."""

from __future__ import annotations

import os
from pathlib import Path

import chromium as browser
import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"


@pytest.fixture(scope="session")
def chromium():
    """The path of a Chromium; the test is skipped where there is none."""
    found = browser.find()
    if not found:
        pytest.skip("no Chromium found: `make browser` installs one")
    return found


def pytest_collection_modifyitems(items):
    """Everything in tests/benchmarks is a benchmark, and is left to `make bench`."""
    for item in items:
        if BENCHMARKS in item.path.parents:
            item.add_marker("bench")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Where a browser is required, a browser test that was skipped has failed."""
    report = yield
    if (
        report.skipped
        and item.get_closest_marker("browser")
        and os.environ.get("CSTOOLKIT_REQUIRE_BROWSER")
    ):
        report.outcome = "failed"
        report.longrepr = f"CSTOOLKIT_REQUIRE_BROWSER is set, but this browser test was skipped: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter):
    """Say in one sentence which browser tests did not run, and why."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if "browser" in report.keywords
    ]
    if skipped:
        reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in skipped}
        terminalreporter.write_line(
            f"{len(skipped)} browser tests did NOT run: {'; '.join(reasons)}", yellow=True
        )
