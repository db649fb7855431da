"""Segments of journeys: what was so when the clock started, for every row."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit import ttv
from cstoolkit.data.company import UNSEGMENTED


@pytest.fixture(scope="module")
def table(company):
    return ttv.durations(company, end="basic_value")


@pytest.mark.parametrize(
    "by", ["onboarding", "industry", "region", "product", "tier", "fit", "size"]
)
def test_every_journey_is_in_one_segment(company, table, by):
    found = ttv.segment(company, table, by)
    assert found.index.equals(table.index) and found.notna().all()
    assert (found.value_counts() > 0).all()
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(ttv.segment(company, shuffled, by).sort_index(), found)


def test_own_columns_are_the_customers(company, table):
    own = company.customers.set_index("customer_id")["region"]
    assert (
        ttv.segment(company, table, "region").astype("str").tolist()
        == own[table["customer_id"]].tolist()
    )


def test_tier_is_that_of_the_first_day(company, table):
    """Written out for 200 journeys."""
    found = ttv.segment(company, table, "tier")
    for row in table.sample(200, random_state=2).itertuples():
        mine = company.tiers[company.tiers["customer_id"] == row.customer_id].sort_values(
            "starts_on"
        )
        held = (
            mine.loc[mine["starts_on"] <= row.started_on, "tier"].tolist()[-1:]
            or mine["tier"].tolist()[:1]
        )
        assert found[row.Index] == (held[0] if held else UNSEGMENTED)


@pytest.mark.parametrize(("by", "rest"), [("size", "employees"), ("fit", "fit")])
def test_thirds_say_who_is_in_them(company, table, by, rest):
    found = ttv.segment(company, table, by)
    if by == "size":
        values = table["customer_id"].map(company.customers.set_index("customer_id")["employees"])
    else:
        deals = company.deals.dropna(subset=["customer_id", "fit"]).sort_values("happened_on")
        values = table["customer_id"].map(deals.groupby("customer_id")["fit"].last())
    assert (found == UNSEGMENTED).equals(values.isna())
    low, high = (
        float(text.replace(",", ""))
        for text in (found.cat.categories[0].split()[-1], found.cat.categories[2].split()[-1])
    )
    assert found.cat.categories[0].startswith(rest)
    assert (
        values[found == found.cat.categories[0]].max()
        <= low
        < values[found == found.cat.categories[1]].min()
    )
    assert (
        values[found == found.cat.categories[1]].max()
        <= high
        < values[found == found.cat.categories[2]].min()
    )


def test_journeys_carry_segments_too(company):
    table = ttv.journeys(company)
    assert ttv.segment(company, table, "tier").value_counts()["tech"] > 0


def test_what_is_not_on_record_is_unsegmented(small):
    table = ttv.durations(small, end="first_value")
    for by in ("tier", "fit", "size", "onboarding"):
        assert set(ttv.segment(small, table, by)) == {UNSEGMENTED}
    assert set(ttv.segment(small, table, "product")) == {"a", "b"}


def test_unknown_segments_are_refused(small):
    with pytest.raises(
        KeyError, match="no segment 'shoe size'; there are: tier, fit, size, product"
    ):
        ttv.segment(small, ttv.durations(small, end="first_value"), "shoe size")


def test_later_tiers_change_nothing(company):
    day = company.as_of - np.timedelta64(700, "D")
    then = company.at(day)
    table = ttv.durations(then, end="basic_value")
    now = ttv.durations(company, end="basic_value")
    keys = ["customer_id", "product", "journey"]
    both = table.assign(then=ttv.segment(then, table, "tier").astype("str")).merge(
        now.assign(now=ttv.segment(company, now, "tier").astype("str")), on=keys
    )
    known = both["then"] != UNSEGMENTED
    assert known.mean() > 0.9 and (both.loc[known, "then"] == both.loc[known, "now"]).all()
