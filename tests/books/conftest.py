"""Small problems, small frames, and the bundled company's books."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit import books
from cstoolkit.books.problem import Problem


def small(seed, *, units=6, people=3):
    """A problem small enough to try everything: rules, locks, capacities, units without an owner."""
    rng = np.random.default_rng(seed)
    owner = rng.integers(-1, people, units)
    columns = rng.uniform(1, 5, units), np.ones(units), rng.uniform(1, 20, units)
    return Problem(
        amounts=np.stack([*columns, rng.uniform(0, 5, units)], axis=1),
        kind=rng.integers(0, 3, units),
        allowed=rng.random((3, people)) < 0.75,
        owner=owner,
        fixed=(rng.random(units) < 0.2) & (owner >= 0),
        capacity=rng.uniform(4, 12, people),
        bands=np.array([0.1, 0.3, 0.2, 0.5]),
        price=rng.choice([0.05, 5]),
    )


def grown(size, people, seed=0, spread=0.15):
    """Customers and people whose books have grown unevenly, as frames."""
    rng = np.random.default_rng(seed)
    arr = rng.lognormal(9.4, 1.0, size)
    hours = 0.3 * (arr / 12_000) ** 0.5 * rng.lognormal(0, 0.5, size) + 0.2
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{at}" for at in range(size)],
            "hours": hours,
            "arr": arr,
            "renewals": np.where(rng.random(size) < 0.45, arr, 0),
            "lock": np.where(rng.random(size) < 0.2, "renewal", ""),
        }
    )
    names = [f"p{at}" for at in range(people)]
    staff = pd.DataFrame({"person_id": names, "hours": hours.sum() / people * 1.15})
    weight = np.exp(spread * rng.standard_normal(people))
    owner = rng.choice(names, size, p=weight / weight.sum())
    return customers, staff, pd.Series(owner, index=customers["customer_id"])


@pytest.fixture(name="small", scope="session")
def make_small():
    return small


@pytest.fixture(scope="session")
def uneven():
    return grown(300, 8)


@pytest.fixture(scope="session")
def today(company):
    return books.today(company)


@pytest.fixture(scope="session")
def plan(today):
    return books.balance(today.customers, today.people, today.current, match=["tier"])
