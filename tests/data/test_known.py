"""A company at an earlier day knows nothing of what came later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit.data import timeline
from cstoolkit.data.contract import TABLES

DATES = ["2020-12-31", "2021-01-01", "2022-02-28", "2023-07-15", "2024-12-31", "2025-12-30"]

EVENT = {
    "deals": "happened_on",
    "milestones": "happened_on",
    "activities": "happened_on",
    "voices": "happened_on",
    "changes": "decided_on",
    "tiers": "starts_on",
    "posts": "starts_on",
    "assignments": "starts_on",
    "people": "hired_on",
    "contracts": "signed_on",
}
LATER = {
    "contracts": ["stopped_on"],
    "deals": ["decided_on"],
    "tiers": ["ends_on"],
    "posts": ["ends_on"],
    "assignments": ["ends_on"],
    "people": ["left_on"],
    "changes": ["shipped_on"],
    "customers": ["acquired_on"],
}


@pytest.fixture(scope="module")
def bundled():
    """The bundled company."""
    return cs.load_company()


def rewritten(company, date, rng, *, drop):
    """The company as somebody might have written its future after `date`: later rows gone or doubtful, later values others."""
    tables = {name: table.copy() for name, table in company.tables.items()}
    for name, column in EVENT.items():
        late = tables[name][column] > date
        if drop:
            tables[name] = tables[name][~late]
    month_end = tables["usage"]["month"] + pd.offsets.MonthEnd(0)
    if drop:
        tables["usage"] = tables["usage"][month_end <= date]
    span = max((company.as_of - date).days, 1)
    for name, columns in LATER.items():
        table = tables[name].reset_index(drop=True)
        for column in columns:
            late = (table[column] > date) | table[column].isna()
            if name == "customers":
                late = table[column] > date
            moved = date + pd.to_timedelta(rng.integers(1, span + 1, len(table)), unit="D")
            keep = rng.random(len(table)) < 0.5
            table[column] = table[column].mask(late, pd.Series(moved).where(keep))
        tables[name] = table
    deals = tables["deals"]
    open_ = deals["decided_on"].isna() | (deals["decided_on"] > date)
    outcome = pd.Series(rng.choice(["sold", "lost", "referred"], len(deals)), dtype="str")
    deals["outcome"] = deals["outcome"].mask(open_, outcome.where(deals["decided_on"].notna()))
    deals["customer_id"] = deals["customer_id"].mask(open_, None)
    if drop:
        # Customers of whom nobody had heard yet.
        heard = [tables["customers"].loc[tables["customers"]["acquired_on"] <= date, "customer_id"]]
        heard += [
            tables[name]["customer_id"]
            for name in (*EVENT, "usage")
            if name != "deals" and "customer_id" in tables[name]
        ]
        tables["customers"] = tables["customers"][
            tables["customers"]["customer_id"].isin(pd.concat(heard))
        ]
        deals["customer_id"] = deals["customer_id"].where(
            deals["customer_id"].isin(tables["customers"]["customer_id"])
        )
    return tables


@pytest.mark.parametrize("date", DATES)
def test_another_future_makes_no_difference(bundled, date):
    day = pd.Timestamp(date)
    rng = np.random.default_rng(7)
    now = bundled.at(day)
    tables = rewritten(bundled, day, rng, drop=True)
    other = cs.Company(
        name=bundled.name, currency=bundled.currency, as_of=bundled.as_of, **tables
    ).at(day)
    for name in TABLES:
        pd.testing.assert_frame_equal(now.tables[name], other.tables[name], obj=name)
    assert now.equals(other)
    assert now.snapshot().equals(other.snapshot())
    scrambled = rewritten(bundled, day, rng, drop=False)
    again = cs.Company(
        name=bundled.name, currency=bundled.currency, as_of=bundled.as_of, **scrambled
    ).at(day)
    for name in set(TABLES) - {"customers"}:
        pd.testing.assert_frame_equal(now.tables[name], again.tables[name], obj=name)
    assert now.equals(again)


@pytest.mark.parametrize("date", DATES)
def test_nothing_later_is_left(bundled, date):
    day = pd.Timestamp(date)
    for name, table in bundled.at(day).tables.items():
        for column, found in TABLES[name].columns.items():
            if found.kind in ("date", "month") and (name, column) not in {
                ("contracts", "ends_on"),
                ("contracts", "starts_on"),
            }:
                assert not (table[column] > day).any(), f"{name}.{column}"


def test_a_month_of_usage_is_known_at_its_end(bundled):
    assert bundled.at("2024-06-29").usage["month"].max() == pd.Timestamp("2024-05-01")
    assert bundled.at("2024-06-30").usage["month"].max() == pd.Timestamp("2024-06-01")


def test_a_contract_is_known_from_its_signing_and_its_plan_with_it(bundled):
    early = bundled.contracts[bundled.contracts["signed_on"] < bundled.contracts["starts_on"]].iloc[
        0
    ]
    before = bundled.at(early["signed_on"] - pd.Timedelta(days=1)).contracts
    after = bundled.at(early["signed_on"]).contracts
    assert early["contract_id"] not in set(before["contract_id"])
    assert early["contract_id"] in set(after["contract_id"])
    row = after.set_index("contract_id").loc[early["contract_id"]]
    assert row["ends_on"] == early["ends_on"]


def test_an_open_deal_names_neither_outcome_nor_customer(bundled):
    deal = bundled.deals[
        (bundled.deals["decided_on"] > bundled.deals["happened_on"])
        & bundled.deals["customer_id"].notna()
    ].iloc[-1]
    shown = bundled.at(deal["happened_on"]).deals.set_index("deal_id").loc[deal["deal_id"]]
    assert shown[["decided_on", "outcome", "customer_id"]].isna().all()
    assert shown["fit"] == deal["fit"] or pd.isna(deal["fit"])


@pytest.mark.parametrize(
    ("later", "earlier"), [("2025-06-30", "2023-01-31"), ("2023-01-31", "2021-05-05")]
)
def test_winding_back_twice_is_winding_back_once(bundled, later, earlier):
    assert bundled.at(later).at(earlier).equals(bundled.at(earlier))


def test_today_is_today(bundled):
    assert bundled.at(bundled.as_of) is bundled
    assert bundled.at("2024-06-30").at("2024-06-30").as_of == pd.Timestamp("2024-06-30")
    # Without the short cut too: at the end of as_of all that is recorded is known.
    wound = timeline.known_at(bundled.tables, bundled.as_of)
    for name, table in bundled.tables.items():
        assert wound[name].equals(table), name


def test_what_was_known_then_passes_the_checks_of_then(bundled):
    past = bundled.at("2023-06-30")
    tables = {name: table for name, table in past.tables.items() if len(table)}
    again = cs.Company.from_tables(
        name=past.name, currency=past.currency, as_of=past.as_of, **tables
    )
    assert again.equals(past)
