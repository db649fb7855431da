"""Indicators tell what was known; lags find what is there and nothing else; systems replayed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import indicators
from cstoolkit.data.bundled import load_truth
from cstoolkit.data.company import Company, MissingData
from cstoolkit.indicators.chain import system_table

OUTCOMES = ["churn", "expansion", "days_to_churn"]


@pytest.fixture(scope="module")
def panel(company):
    return company.kept(indicators.monthly)


@pytest.fixture
def least():
    contracts = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "starts_on": ["2023-01-15", "2023-02-01", "2023-03-10"],
            "ends_on": [None, "2024-02-01", None],
            "arr": [1000.0, 500.0, 800.0],
        }
    )
    return Company.from_tables(
        name="Least",
        currency="EUR",
        as_of="2024-12-31",
        customers=contracts[["customer_id"]],
        contracts=contracts,
    )


def test_each_figure_is_what_was_known_at_its_months_end(company, panel):
    past = company.at("2023-09-30").kept(indicators.monthly)
    both = past.merge(panel, on=["customer_id", "number"], suffixes=("_then", "_now"))
    assert len(both) == len(past)
    shared = [name for name in past if name not in [*OUTCOMES, "customer_id", "number"]]
    for name in shared:
        pd.testing.assert_series_equal(
            both[f"{name}_then"], both[f"{name}_now"], check_names=False, obj=name
        )


def test_the_panel_holds_the_customers_live_at_each_months_end(company, panel):
    for end in panel["end"].drop_duplicates().iloc[[5, 20, 40]]:
        rows, live = panel[panel["end"] == end], company.open("contracts", end)
        assert set(rows["customer_id"]) == set(live["customer_id"])
        assert rows["arr"].sum() == live["arr"].sum()


def test_every_loss_stands_in_one_month(company, panel):
    ends = company.spans.loc[~company.spans["pending"].astype(bool), "ends_on"].dropna()
    told = panel.loc[panel["churn"] == 1, "number"].value_counts()
    month = (ends.dt.year - 1970) * 12 + ends.dt.month - 1
    right = (month - 1).value_counts()
    assert told.sum() >= 0.97 * len(ends)  # those who came and left between two month ends
    assert (told <= right.reindex(told.index)).all()


def made(seed: int, effect: float, months: int = 30, customers: int = 300) -> pd.DataFrame:
    """A panel in which a low x is followed by y three months later, as strongly as `effect` says."""
    rng = np.random.default_rng(seed)
    number = np.tile(np.arange(months), customers)
    customer = np.repeat(np.arange(customers), months)
    x = rng.normal(size=(customers, months)) + np.linspace(0, 3, months)
    y = rng.normal(size=(customers, months)) + np.linspace(2, 0, months)
    y[:, 3:] -= effect * x[:, :-3]
    panel = pd.DataFrame({"customer_id": customer, "number": number, "tenure_months": number})
    return panel.assign(x=x.ravel(), y=y.ravel())


def test_the_lag_is_found_and_the_trend_is_not():
    found = indicators.lags(made(1, 0.3), "x", "y", most=6).set_index("lag")
    assert found.loc[3, "high"] < 0
    assert (found.drop(3)["low"] < 0).all()
    assert (found.drop(3)["high"] > 0).all()


def test_where_nothing_is_there_nothing_is_found():
    clear = 0
    for seed in range(20):
        rows = indicators.lags(made(seed, 0.0, customers=60), "x", "y", most=6)
        clear += bool(((rows["low"] > 0) | (rows["high"] < 0)).any())
    assert clear <= 4


def test_arrows_say_whether_anybody_can_act(company):
    table = indicators.speaks(company, most=4, notice=60)
    assert set(table["key"]) <= set(indicators.indicator_table()["key"])
    assert not (table["actionable"] & table["lag"].isna()).any()
    assert not indicators.speaks(company, most=2, notice=60)["actionable"].any()


def test_an_activity_against_its_target(company):
    table = indicators.against_target(company, "check_ins", target=100)
    assert (table["met"] == (table["done"] >= 100)).all()
    rows = company.activities
    held = rows[(rows["kind"] == "check_in") & (rows["happened_on"] >= table["quarter"].iloc[0])]
    assert table["done"].sum() <= len(held)
    assert table["reached"].between(0, 1).all()
    with pytest.raises(ValueError, match="indicator is one of"):
        indicators.against_target(company, "nrr")


def test_without_records_only_their_rows_are_missing(least):
    panel = least.kept(indicators.monthly)
    assert {"churn", "expansion", "arr"} <= set(panel)
    assert panel.loc[panel["churn"] == 1, "number"].to_list() == [(2024 - 1970) * 12]
    assert indicators.speaks(least).empty
    assert indicators.replay(least)["system"].to_list() == ["everybody", "health"]
    with pytest.raises(MissingData, match="no record of check-ins"):
        indicators.against_target(least)
    measured = indicators.indicator_table(least).set_index("key")["measured"]
    assert measured.to_dict() == {
        key: key in ("churn", "expansion", "nrr") for key in measured.index
    }


def test_a_replay_by_hand(least):
    """b leaves on 1 February 2024; only its usage falls, in October."""
    months = pd.date_range("2023-03-01", "2024-12-01", freq="MS")
    users = [
        (m, c, 10)
        for m in months
        for c in "abc"
        if not (c == "b" and m >= pd.Timestamp("2024-02-01"))
    ]
    users = [(m, c, 2 if c == "b" and m >= pd.Timestamp("2023-10-01") else n) for m, c, n in users]
    usage = pd.DataFrame(users, columns=["month", "customer_id", "active_users"]).assign(seats=10)
    company = Company.from_tables(
        name="Three",
        currency="EUR",
        as_of="2024-12-31",
        customers=least.customers[["customer_id"]],
        contracts=least.contracts[["customer_id", "starts_on", "ends_on", "arr"]],
        usage=usage,
    )
    row = indicators.replay(company).set_index("system").loc["platform"]
    assert (row["churners"], row["caught"]) == (1, 1)
    assert row["lead"] == (pd.Timestamp("2024-02-01") - pd.Timestamp("2023-11-30")).days
    assert row["false_alarms"] == 0
    flags = indicators.warnings(company)
    assert flags.loc[flags["platform"], "customer_id"].unique().tolist() == ["b"]


def test_everybody_is_the_yardstick(company):
    table = indicators.replay(company).set_index("system")
    assert table.loc["everybody", ["warned", "share"]].to_list() == [1, 1]
    assert (table["share_low"] <= table["share"]).all()
    assert table["lead"].dropna().between(30, 180).all()


def test_usage_speaks_as_early_as_published(company):
    """The first month of fallen usage lies where the truth has active users speak."""
    table = system_table()
    row = indicators.replay(company, table[table["measure"] == "usage_change"]).iloc[1]
    published = load_truth().signs.set_index("sign").loc["active_users"]
    assert published["low"] <= row["lead_low"] <= row["lead_high"] <= published["high"]


def test_where_nobody_has_reached_value_everybody_is_without(company):
    milestones = company.milestones[company.milestones["milestone"] != "basic_value"]
    months = indicators.monthly(replace(company, milestones=milestones))
    assert (months["basic_value"] == 0).all()


def test_the_tables_refer_to_what_is_there(panel):
    table = indicators.indicator_table()
    assert set(table["moves"]) - {""} <= set(table["key"])
    assert table["key"].is_unique
    signs = system_table()
    assert set(signs["measure"]) <= set(panel)
    assert set(signs["side"]) == {"above", "below"}


def test_a_span_of_no_months_is_refused(company):
    with pytest.raises(ValueError, match="most is a whole number of at least 1, got 0"):
        indicators.speaks(company, most=0)
