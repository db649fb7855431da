"""A small world that the tests of the simulator share."""

from __future__ import annotations

import pytest

from cstoolkit import org, simulator


@pytest.fixture(scope="package")
def past(company):
    """The bundled company when it had about two hundred customers."""
    return company.at("2022-12-31")


@pytest.fixture(scope="package")
def world(past):
    """Its customers, and those who sign in a year and a half."""
    return simulator.start(past, weeks=80)


@pytest.fixture(scope="package")
def designs(past):
    """One team, and a division by phase, of the same number of people."""
    return {
        "one team": org.build(past, name="one team", people=5),
        "phase": org.build(past, "phase", name="phase", people=5),
    }


@pytest.fixture(scope="package")
def run(world, designs):
    """Simulate this world: `run(design, **options)`."""

    def simulate(design="one team", staffing=None, assumptions=None, **options):
        options = {"weeks": 60, "replications": 6, "seed": 11} | options
        return simulator.simulate(world, designs[design], staffing, assumptions, **options)

    return simulate
