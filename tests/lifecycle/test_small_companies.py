"""Companies of one to three customers, young ones and records without content: a figure, or one clear sentence."""

from __future__ import annotations

import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import lifecycle
from cstoolkit.data.company import Company
from cstoolkit.lifecycle import plots


def small(start: str = "2025-01-01", end: str | None = None, **tables: pd.DataFrame) -> Company:
    customers = pd.DataFrame({"customer_id": ["a", "b", "c"]})
    contracts = customers.assign(starts_on=start, ends_on=end, arr=100.0)
    return Company.from_tables(
        name="Small",
        currency="EUR",
        as_of="2025-12-31",
        customers=customers,
        contracts=contracts,
        **tables,
    )


def rows(**columns) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": ["a", "b", "c"], **columns})


@pytest.mark.parametrize("start", ["2025-12-31", "2025-12-20"])
def test_a_vendor_in_its_first_days_is_drawn(start):
    young = small(start, "2026-12-31")
    spells = lifecycle.spells(young)
    assert plots.inside(lifecycle.history(spells, young.as_of)).get_title(loc="left")
    assert plots.occupancy(lifecycle.occupancy(spells)).get_title(loc="left")
    assert plots.now(lifecycle.current(young)).get_title(loc="left")
    assert lifecycle.time_in_phase(spells)["median_days"].isna().all()


def test_everybody_with_value_has_a_picture():
    first = rows(milestone="basic_value", happened_on="2025-02-01")
    deals = rows(deal_id=["1", "2", "3"], happened_on="2024-12-01", fit=50, outcome="sold", arr=1.0)
    table = lifecycle.calibration(
        lifecycle.qualified(small(milestones=first, deals=deals)), "value"
    )
    assert table["share"].to_list() == [1.0]
    assert plots.calibration(table, "value").get_title(loc="left")


def test_hours_that_are_all_the_same_have_nothing_to_explain():
    work = rows(activity_id=["1", "2", "3"], happened_on="2025-01-15", kind="call", hours=0.0)
    table = lifecycle.variance_explained(small(activities=work), replications=5)
    assert table[["explained", "low", "high"]].isna().all(axis=None)


def test_what_is_no_company_and_no_table_of_spells_is_said_in_one_sentence():
    with pytest.raises(TypeError, match="company is what cs.load_company"):
        lifecycle.phases("a folder")
    for ask in (lifecycle.flows, lifecycle.time_in_phase, lifecycle.occupancy):
        with pytest.raises(TypeError, match="spells is a DataFrame with the columns"):
            ask(None)
    with pytest.raises(ValueError, match="spells lacks the column"):
        lifecycle.history(pd.DataFrame({"state": ["a"]}), "2025-12-31")
    deals = rows(deal_id=["1", "2", "3"], happened_on="2024-12-01", fit=50, outcome="sold", arr=1.0)
    sold = lifecycle.qualified(small(deals=deals))
    with pytest.raises(cs.MissingData, match="too early to know"):
        lifecycle.calibration(sold, "churned")
    work = rows(activity_id=["1", "2", "3"], happened_on="2025-01-15", kind="call", hours=1.0)
    busy = small(activities=work)
    with pytest.raises(ValueError, match="replications is a whole number of at least 1, got 0"):
        lifecycle.variance_explained(busy, replications=0)
