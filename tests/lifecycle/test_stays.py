"""Spells, flows, history and effort: conservation laws, and independent estimators on the same data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import lifecycle
from cstoolkit.data.company import MONTH_DAYS
from cstoolkit.lifecycle.stays import customer_months


@pytest.fixture(scope="module")
def spells(company):
    return lifecycle.spells(company)


def test_spells_follow_each_other_without_gap_and_end_as_the_company_says(company, spells):
    same = (spells["customer_id"] == spells["customer_id"].shift()) & (
        spells["journey"] == spells["journey"].shift()
    )
    assert (spells["starts_on"][same] == spells["ends_on"].shift()[same]).all()
    assert (spells["state"][same].astype(str) == spells["next"].shift()[same].astype(str)).all()
    assert (spells["from_day"][~same] == 0).all() and (spells["to_day"] > spells["from_day"]).all()
    ends = spells.groupby(["customer_id", "journey"]).agg(
        starts_on=("starts_on", "min"), ends_on=("ends_on", "last")
    )
    last = spells.groupby(["customer_id", "journey"]).tail(1)
    pending = last.merge(company.spans, on=["customer_id", "journey"])["pending"].to_numpy()
    assert pending.any() and (last["next"].isna() == (last["ends_on"].isna() | pending)).all()
    assert (last["next"].dropna() == "churned").all()
    spans = company.spans.set_index(["customer_id", "journey"])[
        ["starts_on", "ends_on"]
    ].sort_index()
    churn = last.set_index(["customer_id", "journey"])[["ends_on"]].sort_index()
    assert spans["starts_on"].equals(ends["starts_on"].sort_index()) and spans["ends_on"].equals(
        churn["ends_on"]
    )


def test_the_spell_of_a_day_is_the_main_phase_of_that_day(company, spells):
    date = pd.Timestamp("2024-08-15")
    inside = (
        spells[(spells["starts_on"] <= date) & ~(spells["ends_on"] <= date)]
        .set_index("customer_id")["state"]
        .astype(str)
    )
    now = lifecycle.current(company, date).set_index("customer_id")["phase"].astype(str)
    assert inside.sort_index().equals(now.sort_index().rename("state"))


def test_history_balances(company, spells):
    table = lifecycle.history(spells, company.as_of)
    wide = {
        name: table.pivot(index="month", columns="phase", values=name)
        for name in ("entries", "exits", "inside")
    }
    balance = wide["inside"].shift(fill_value=0) + wide["entries"] - wide["exits"]
    assert (balance == wide["inside"]).all().all()
    for month in ("2022-03-01", "2024-11-01", "2025-12-01"):
        live = len(company.snapshot(pd.Timestamp(month) + pd.offsets.MonthEnd()))
        assert wide["inside"].loc[month].sum() == live


def test_flows_tell_what_each_state_gained(company, spells):
    start, end = "2024-01-01", "2025-01-01"
    table = lifecycle.flows(spells, start, end)
    came = table.groupby("target", observed=False)["moves"].sum()
    went = table.groupby("source", observed=False)["moves"].sum()
    months = lifecycle.history(spells, company.as_of).pivot(
        index="month", columns="phase", values="inside"
    )
    gained = months.loc["2024-12-01"] - months.loc["2023-12-01"]
    for phase in lifecycle.JOURNEY:
        assert came[phase] - went[phase] == gained[phase]
    assert came["churned"] == (company.spans["ends_on"].between(start, "2024-12-31")).sum()


def test_time_in_phase_is_longer_than_the_mean_of_those_that_ended():
    rng = np.random.default_rng(5)
    length = np.ceil(rng.exponential(100, 4000)).astype(int)
    seen = rng.integers(1, 150, 4000)
    rows = pd.DataFrame(
        {
            "state": "adoption",
            "from_day": 0,
            "to_day": np.minimum(length, seen),
            "next": np.where(length <= seen, "churned", None),
        }
    )
    found = lifecycle.time_in_phase(rows).iloc[0]
    assert found["low"] <= 100 * np.log(2) <= found["high"]
    assert found["mean_ended"] < 0.6 * 100
    assert found["open"] == (length > seen).sum()


def test_no_hour_is_lost_and_no_day_counted_twice(company):
    total = company.activities["hours"].sum()
    for by in ((), ("phase",), ("tier",), ("phase", "kind"), ("kind",)):
        table = lifecycle.effort(company, *by)
        assert table["hours"].sum() == pytest.approx(total) and table[
            "share"
        ].sum() == pytest.approx(1)
    since = company.activities["happened_on"].min()
    spans = company.spans
    live = spans["ends_on"].fillna(company.as_of + pd.Timedelta(days=1)) - spans["starts_on"].clip(
        lower=since
    )
    months = live.dt.days.clip(lower=0).sum() / MONTH_DAYS
    assert lifecycle.effort(company)["customer_months"].sum() == pytest.approx(months)
    assert lifecycle.effort(company, "phase")["customer_months"].sum() == pytest.approx(months)


def test_hours_by_phase_are_those_on_days_in_the_phase(company):
    date = pd.Timestamp("2024-03-15")
    work = company.activities[company.activities["happened_on"] == date]
    only = replace(company, activities=work)
    table = lifecycle.effort(only, "phase").set_index("phase")["hours"]
    now = lifecycle.current(only, date).set_index("customer_id")["phase"].astype(str)
    by_hand = work.groupby(work["customer_id"].map(now).fillna("not a customer"))["hours"].sum()
    assert table.to_dict() == pytest.approx(by_hand.to_dict())


def test_variance_explained_tells_a_company_that_treats_all_alike_from_one_that_does_not(company):
    rows = []
    months = pd.date_range("2024-01-15", "2024-12-15", freq="MS") + pd.Timedelta(days=14)
    for month in months:
        now = lifecycle.current(company, month)
        rows.append(
            pd.DataFrame(
                {
                    "customer_id": now["customer_id"],
                    "happened_on": month,
                    "phase": now["phase"].astype(str),
                }
            )
        )
    work = pd.concat(rows, ignore_index=True)
    rng = np.random.default_rng(0)
    same = replace(
        company, activities=work.assign(kind="call", hours=rng.exponential(2, len(work)))
    ).at("2024-12-31")
    table = lifecycle.variance_explained(same, replications=200).set_index("tier")
    assert table.loc["all", "explained"] < 0.005
    hours = work["phase"].map(
        {"onboarding": 8.0, "adoption": 1.0, "renewal": 5.0, "expansion": 3.0}
    )
    fitting = replace(company, activities=work.assign(kind="call", hours=hours)).at("2024-12-31")
    apart = lifecycle.variance_explained(fitting, replications=200).set_index("tier")
    assert (
        apart.loc["all", "explained"] > 0.6 and apart.loc["all", "low"] > table.loc["all", "high"]
    )
    assert (
        apart.loc["all", "busiest"] == "onboarding" and apart.loc["all", "quietest"] == "adoption"
    )


def test_the_share_explained_is_an_analysis_of_variance(company):
    import statsmodels.formula.api as smf

    found = lifecycle.variance_explained(company, replications=20).set_index("tier")
    panel = customer_months(company, lifecycle.PhaseRules())
    for tier in ("high", "tech"):
        rows = panel[panel["tier"] == tier].astype({"phase": str})
        assert found.loc[tier, "explained"] == pytest.approx(
            smf.ols("hours ~ phase", rows).fit().rsquared
        )
    assert not panel.duplicated(["customer", "month"]).any()
    assert (found["low"] <= found["explained"]).all() and (
        found["explained"] <= found["high"]
    ).all()
    again = lifecycle.variance_explained(company, replications=20).set_index("tier")
    pd.testing.assert_frame_equal(found, again)


def test_what_cannot_be_told(company):
    with pytest.raises(ValueError, match="by is one of phase, tier, kind, got 'region'"):
        lifecycle.effort(company, "region")
    with pytest.raises(cs.MissingData, match="activities"):
        lifecycle.variance_explained(replace(company, activities=company.activities[:0]))
