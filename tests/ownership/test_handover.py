"""Handoffs on record, counted again by hand, and what cannot be estimated said plainly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import org, ownership
from cstoolkit.data.company import Company, MissingData
from cstoolkit.ownership.handover import stall_months


@pytest.fixture
def small():
    customers = pd.DataFrame({"customer_id": ["a", "b"]})
    contracts = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "starts_on": ["2024-01-01", "2024-01-01"],
            "ends_on": [None, None],
            "arr": [1.0, 2.0],
        }
    )
    people = pd.DataFrame({"person_id": ["p", "q"], "hired_on": "2024-01-01"})
    assignments = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "a"],
            "person_id": ["p", "q", "p", "p"],
            "role": ["onboarding", "csm", "csm", "csm"],
            "notes_passed": [None, True, None, False],
            "starts_on": ["2024-01-01", "2024-03-16", "2024-01-01", "2024-04-15"],
        }
    )
    usage = pd.DataFrame(
        {
            "customer_id": ["a"] * 8,
            "month": pd.date_range("2024-01-01", periods=8, freq="MS"),
            "seats": 10,
            "active_users": 5,
        }
    )
    return Company.from_tables(
        name="Two",
        currency="EUR",
        as_of="2024-12-31",
        customers=customers,
        contracts=contracts,
        people=people,
        assignments=assignments,
        usage=usage,
    )


def test_a_handoff_has_a_giver_and_a_taker(small):
    rows = ownership.handoffs(small)
    assert rows[["giver", "taker", "notes"]].values.tolist() == [
        ["p", "q", True],
        ["q", "p", False],
    ]


def test_handoffs_a_year_are_per_customer_and_year(small):
    row = ownership.handoffs_by_year(small).iloc[0]
    assert row["handoffs"] == 2 and row["notes"] == 0.5 and row["customers"] == pytest.approx(2)
    assert row["per_customer"] == pytest.approx(2 / (2 * 366 / 365.25))


def test_all_handoffs_are_counted_once(company):
    rows = ownership.handoffs(company)
    assert (
        len(rows)
        == company.assignments["notes_passed"].notna().sum()
        == ownership.handoffs_by_year(company)["handoffs"].sum()
    )
    assert rows["notes"].sum() == company.assignments["notes_passed"].sum()


def test_months_are_exposed_by_the_days_after_the_last_handoff(small):
    none = pd.DataFrame(
        {
            "customer_id": pd.Series(dtype="str"),
            "starts_on": pd.Series(dtype="datetime64[us]"),
            "ends_on": pd.Series(dtype="datetime64[us]"),
        }
    )
    rows = stall_months(small, none).set_index(rows_month(small, none))
    # With notes from 16 March until the next handoff on 15 April, without from then on for 60 days, to 14 June.
    assert (
        rows.loc["2024-03", "passed"] == pytest.approx(16 / 31)
        and rows.loc["2024-03", "without"] == 0
    )
    assert rows.loc["2024-04", "passed"] == pytest.approx(14 / 30) and rows.loc[
        "2024-04", "without"
    ] == pytest.approx(16 / 30)
    assert rows.loc["2024-05", "without"] == 1 and rows.loc["2024-06", "without"] == pytest.approx(
        13 / 30
    )
    assert rows.loc["2024-07", ["passed", "without"]].sum() == 0


def rows_month(small, none):
    return stall_months(small, none)["month"].dt.strftime("%Y-%m")


def test_a_month_within_a_stall_is_not_at_risk(small):
    stalls = pd.DataFrame(
        {
            "customer_id": ["a"],
            "starts_on": [pd.Timestamp("2024-03-11")],
            "ends_on": [pd.Timestamp("2024-05-06")],
        }
    )
    rows = stall_months(small, stalls)
    months = rows["month"].dt.month.to_list()
    assert months == [2, 3, 6, 7, 8]
    assert rows["began"].to_list() == [False, True, False, False, False]


def test_a_stall_that_goes_on_ends_the_time_at_risk(small):
    stalls = pd.DataFrame(
        {"customer_id": ["a"], "starts_on": [pd.Timestamp("2024-06-03")], "ends_on": [pd.NaT]}
    )
    rows = stall_months(small, stalls)
    assert rows["month"].dt.month.to_list() == [2, 3, 4, 5, 6]


def test_what_cannot_be_estimated_says_why(small):
    rows = ownership.handoff_effects(small)
    assert rows["estimate"].isna().all() and (rows["note"] != "").all() and len(rows) == 9
    with pytest.raises(ValueError, match="outcomes is a list, got 'leave'"):
        ownership.handoff_effects(small, "leave")
    bare = Company.from_tables(
        name="B",
        currency="EUR",
        as_of="2024-12-31",
        customers=small.customers[["customer_id"]],
        contracts=small.contracts[["customer_id", "starts_on", "ends_on", "arr"]],
    )
    with pytest.raises(MissingData, match="assignments"):
        ownership.handoffs(bare)


def test_the_bundled_companys_effects_lie_near_its_truth(company):
    import cstoolkit as cs

    truth = cs.load_truth()
    fit = truth["customers"].set_index("customer_id")["fit"]
    deals = company.deals.assign(fit=company.deals["customer_id"].map(fit))
    known = replace(company, deals=deals)
    rows = ownership.handoff_effects(known, stalls=truth["stalls"])
    rows = rows.set_index(["outcome", "effect"])
    for key, name in (
        (("value", "no notes"), "handoff_on_value"),
        (("value", "notes win back"), "notes_win_back"),
        (("stall", "no notes"), "handoff_on_stall"),
        (("leave", "no notes"), "handoff_on_churn"),
    ):
        assert rows.loc[key, "low"] <= truth.effect(name) <= rows.loc[key, "high"], key


def test_three_ways_to_read_one_regression_agree(company):
    rows = ownership.handoff_effects(company).set_index(["outcome", "effect"])["estimate"]
    for outcome in ("value", "stall", "leave"):
        assert rows[outcome, "notes win back"] == pytest.approx(
            rows[outcome, "with notes"] - rows[outcome, "no notes"]
        )


def test_what_notes_are_worth_is_the_sum_of_changed_chances(company):
    worth = ownership.kept_with_notes(company).iloc[0]
    effects = ownership.handoff_effects(company, ["leave"]).set_index("effect")
    decisions = org.decisions(company)
    mine = decisions[
        (decisions["handoff_without_notes"] == 1)
        & (decisions["decided_on"] > company.as_of - pd.DateOffset(months=12))
    ]
    assert worth["decisions"] == len(mine)
    # Each chance moves by less than a quarter of the change in log-odds.
    most = abs(effects.loc["notes win back", "estimate"]) / 4 * len(mine)
    assert 0 < worth["renewals"] < most
    assert (
        np.sign(worth["arr_kept"]) == np.sign(worth["renewals"])
        and worth["arr_kept"] < worth["arr"]
    )


def test_a_company_too_small_to_estimate_from_says_so_in_one_sentence(company):
    few = company.snapshot()["customer_id"].head(12)
    own = {
        name: table[table["customer_id"].isin(few)].reset_index(drop=True)
        for name, table in company.tables.items()
        if "customer_id" in table
    }
    small = replace(company, **own)
    found = ownership.handoff_effects(small, ["value", "leave"])
    assert found["note"].str.contains("too little|too few").all() and found["ratio"].isna().all()
    with pytest.raises(MissingData, match="too little to estimate from"):
        ownership.kept_with_notes(small)
