"""What a simulation starts from: the company's own records, and nothing that came later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cstoolkit import org, simulator
from cstoolkit.data.company import Company


def test_it_starts_from_who_is_live(world, past):
    now = world.customers[world.customers["start"] < 0]
    live = past.snapshot()
    assert len(now) == len(live) and now["arr"].sum() == pytest.approx(live["arr"].sum())
    assert (now["due"] >= 1).all() and now["value"].isin([0, 1]).all()
    assert (now["value_age"] <= now["age"]).all()


def test_nothing_that_came_later_is_used(company, world):
    later = simulator.start(company, "2022-12-31", weeks=80)
    pd.testing.assert_frame_equal(later.customers, world.customers)
    assert np.array_equal(later.plan, world.plan)


def test_those_who_sign_are_like_those_who_did(past):
    none = simulator.start(past, weeks=52, new_a_year=0)
    many = simulator.start(past, weeks=52, new_a_year=520)
    new = many.customers[many.customers["start"] >= 0]
    assert (none.customers["start"] < 0).all()
    assert len(new) == 518 and new["start"].between(0, 51).all()
    assert new["arr"].isin(none.customers["arr"]).all()


def test_the_plan_costs_the_hours_that_were_given(world, past):
    """Customers by phase times the plan are the year's hours, by tier."""
    from cstoolkit import staffing

    given = staffing.effort(past).groupby("tier")["hours"].sum()
    planned = (world.plan * world.occupancy).sum(axis=1)
    for place, tier in enumerate(("high", "low", "tech")):
        if tier in given:
            assert planned[place] * 365.25 / 84 == pytest.approx(given[tier], rel=0.01)


def test_a_company_of_customers_and_contracts_alone_is_simulated():
    customers = pd.DataFrame({"customer_id": [f"c{at}" for at in range(40)]})
    contracts = customers.assign(
        starts_on="2024-01-01", ends_on="2026-01-01", arr=[1_000.0 * (at + 1) for at in range(40)]
    )
    bare = Company.from_tables(
        name="Bare", currency="EUR", as_of="2025-06-30", customers=customers, contracts=contracts
    )
    done = simulator.simulate(bare, org.build(bare, people=2), weeks=30, replications=2, seed=1)
    assert done.weekly("customers")[:, 0].tolist() == [40, 40]
    assert done.weekly("renewals").sum() == 80
    assert np.isnan(done.measure("cost")).all(), "nobody knows what a person costs in euros"


def test_a_successor_that_is_signed_puts_the_decision_off(company):
    """Customers whose next contract is agreed are not asked again at the end of this one."""
    world = simulator.start(company, weeks=4)
    agreed = company.contracts[company.contracts["starts_on"] > company.as_of]["customer_id"]
    live = company.snapshot()["customer_id"]
    due = world.customers.loc[world.customers["start"] < 0, "due"].set_axis(live)
    soon = due.reindex(agreed.unique()).dropna()
    assert len(soon) and (soon > 20).mean() > 0.9
