"""Books of 5,000 customers and 60 people, and of ten times as many, beside plain HiGHS."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from cstoolkit import books
from cstoolkit.books import bounds

pytestmark = pytest.mark.bench


def grown(size, people, seed=0):
    """Customers and people whose books have grown unevenly; a fifth of the customers is locked."""
    rng = np.random.default_rng(seed)
    arr = rng.lognormal(9.4, 1.0, size)
    hours = 0.3 * (arr / 12_000) ** 0.5 * rng.lognormal(0, 0.5, size) + 0.2
    soon, locked = rng.random(size) < 0.45, rng.random(size) < 0.2
    ids = [f"c{at}" for at in range(size)]
    customers = pd.DataFrame({"customer_id": ids, "hours": hours, "arr": arr})
    customers = customers.assign(
        renewals=np.where(soon, arr, 0), lock=np.where(locked, "renewal", "")
    )
    names = [f"p{at}" for at in range(people)]
    staff = pd.DataFrame({"person_id": names, "hours": hours.sum() / people * 1.15})
    weight = np.exp(0.15 * rng.standard_normal(people))
    owner = rng.choice(names, size, p=weight / weight.sum())
    return customers, staff, pd.Series(owner, index=ids)


@pytest.fixture(scope="module")
def company():
    return grown(5_000, 60)


def timed(call):
    begun = time.perf_counter()
    made = call()
    return made, time.perf_counter() - begun


def told(plan, seconds, name):
    print(f"\n{name}: {plan.moves} moves, at least {plan.least:.1f}, {seconds:.1f} s")


def test_from_nothing_hours_and_arr_are_even(company):
    """The busiest is at most 0.1% above a fair share of hours, and nobody 5% off in ARR."""
    plan, seconds = timed(lambda: books.balance(*company[:2]))
    told(plan, seconds, "5,000 x 60 from nothing")
    loads = plan.loads.set_index("measure")
    assert loads.loc["hours", "off_after"].max() <= 0.001 + 1e-9
    assert loads.loc["arr", "off_after"].abs().max() <= 0.05 + 1e-9
    assert plan.unplaced.empty and plan.proven


@pytest.mark.parametrize(("rounds", "gap"), [(5, 0.1), (60, 0.05)])
def test_few_moves_are_close_to_what_no_plan_can_be_below(company, rounds, gap):
    plan, seconds = timed(lambda: books.balance(*company, rounds=rounds))
    told(plan, seconds, f"5,000 x 60, {rounds} rounds")
    assert plan.gap <= gap


def test_a_large_company_is_answered_with_its_gap():
    plan, seconds = timed(lambda: books.balance(*grown(50_000, 500), rounds=5))
    told(plan, seconds, "50,000 x 500")
    assert 0 < plan.gap <= 0.15


def test_plain_highs_takes_longer_on_a_tenth(company):
    """HiGHS on all pairs of 500 customers and 6 people, with its branches counted."""
    customers, people, current = grown(500, 6)
    plan, seconds = timed(lambda: books.balance(customers, people, current))
    holder = pd.Index(people["person_id"]).get_indexer(current)
    pattern = np.ones((len(customers), len(people)), bool)
    from cstoolkit.books.balancing import _problem

    problem = _problem(
        customers,
        people["hours"].to_numpy(),
        holder,
        np.arange(len(customers)),
        pattern,
        books.Bands(),
        np.inf,
    )
    (bound, share), peer = timed(lambda: bounds.solve(problem, *bounds.pairs(problem), whole=True))
    found = share.sum() if len(share) else np.nan
    told(plan, seconds, "500 x 6")
    print(f"plain HiGHS: {found:.0f} moves, bound {bound:.1f}, {peer / seconds:.1f} times as long")
    assert peer > seconds
