"""What came up for renewal, and what came of it, beside a plain count day by day."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cstoolkit as cs

FIRST = pd.Timestamp("2024-01-01")
AS_OF = "2025-06-30"


def company(rows):
    contracts = pd.DataFrame(rows, columns=["product", "begins", "length", "stops", "arr"])
    day = FIRST + pd.to_timedelta(contracts["begins"], unit="D")
    stops = pd.to_timedelta(contracts["stops"], unit="D")
    table = contracts.assign(
        customer_id="A",
        starts_on=day,
        ends_on=day + pd.to_timedelta(contracts["length"], unit="D"),
        stopped_on=day + stops,
    )
    return cs.Company.from_tables(
        name="x",
        currency="EUR",
        as_of=AS_OF,
        customers=pd.DataFrame({"customer_id": ["A"]}),
        contracts=table[["customer_id", "product", "starts_on", "ends_on", "stopped_on", "arr"]],
    )


def test_renewed_late_changed_migrated_and_left():
    found = company(
        [
            ("one", 0, 100, None, 10),  # renewed on the day
            ("one", 100, 100, 40, 10),  # changed on day 140: the term goes on at another level
            ("one", 140, 60, None, 20),  # ends on day 200, and comes back 20 days late
            ("one", 220, 100, None, 20),  # nothing follows
            ("two", 0, 100, 30, 5),  # stopped on day 30, for good
        ]
    ).renewals.set_index(["product", "renews_on"])
    day = [FIRST + pd.Timedelta(days=days) for days in (100, 200, 320)]
    assert found.loc["one", "churned"].tolist() == [False, False, True]
    assert found.loc["one", "arr"].tolist() == [10, 20, 20]
    assert found.loc[("one", day[1]), "starts_on"] == day[0]
    assert found.loc[("one", day[1]), "signed_on"] == FIRST + pd.Timedelta(days=220)
    assert found.loc[("two", day[0]), "churned"] and found.loc[("two", day[0]), "until"] == (
        FIRST + pd.Timedelta(days=30)
    )


def test_what_may_still_be_renewed_is_open_and_open_ended_never_comes_up():
    found = company([("one", 0, 520, None, 10), ("two", 0, None, None, 5)]).renewals
    assert len(found) == 1 and found["churned"].isna().all()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4)), min_size=1, max_size=5, unique=True)
)
def test_churned_is_what_a_count_of_days_says(parts):
    """Of terms in steps of 40 days: churned where no other term covers one of the 30 days from its end on."""
    rows = [("one", 40 * begins, 40 * length, None, 1) for begins, length in parts]
    found = company(rows).renewals
    ends = {FIRST + pd.Timedelta(days=40 * (begins + length)) for begins, length in parts}
    assert set(found["renews_on"]) == ends
    for row in found.dropna(subset=["churned"]).itertuples():
        goes_on = any(
            FIRST + pd.Timedelta(days=40 * begins) <= row.renews_on + pd.Timedelta(days=30)
            and FIRST + pd.Timedelta(days=40 * (begins + length)) > row.renews_on
            for begins, length in parts
        )
        assert row.churned != goes_on


def test_the_bundled_renewals_are_those_that_were_drawn():
    company = cs.load_company()
    drawn = cs.load_truth(company)["risk"]
    drawn = drawn[~drawn["open_ended"].astype(bool)].rename(columns={"ends_on": "renews_on"})
    key = ["customer_id", "product", "renews_on"]
    both = drawn.merge(company.renewals, on=key, suffixes=("_drawn", ""))
    assert len(both) == len(drawn)
    known = both["churned"].notna()
    assert (both["churned_drawn"][known] == both["churned"][known].astype(bool)).all()
    assert both["renews_on"][~known].min() > company.as_of - pd.Timedelta(days=31)


def test_no_early_renewal_is_known_before_it_was_signed():
    company = cs.load_company()
    then = company.at("2024-06-30")
    signed = then.renewals["signed_on"].dropna()
    assert signed.max() <= then.as_of


@pytest.mark.parametrize("day", ["2023-12-31"])
def test_the_past_is_a_part_of_today(day):
    company = cs.load_company()
    key = ["customer_id", "product", "renews_on"]
    settled = company.at(day).renewals.dropna(subset=["churned"])
    both = settled.merge(company.renewals, on=key, suffixes=("_then", ""))
    assert len(both) == len(settled) and (both["churned_then"] == both["churned"]).mean() > 0.999
