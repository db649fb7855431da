"""Where the hours went, and whether customers in different phases were treated alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import lifecycle
from cstoolkit.data.company import MONTH_DAYS


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


def test_alike_tells_a_company_that_treats_all_alike_from_one_that_does_not(company):
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
    table = lifecycle.alike(same, replications=200).set_index("tier")
    assert table.loc["all", "explained"] < 0.005
    hours = work["phase"].map(
        {"onboarding": 8.0, "adoption": 1.0, "renewal": 5.0, "expansion": 3.0}
    )
    fitting = replace(company, activities=work.assign(kind="call", hours=hours)).at("2024-12-31")
    apart = lifecycle.alike(fitting, replications=200).set_index("tier")
    assert (
        apart.loc["all", "explained"] > 0.6 and apart.loc["all", "low"] > table.loc["all", "high"]
    )
    assert (
        apart.loc["all", "busiest"] == "onboarding" and apart.loc["all", "quietest"] == "adoption"
    )


def test_the_share_explained_is_an_analysis_of_variance(company):
    import statsmodels.formula.api as smf

    from cstoolkit.lifecycle._effort import _panel

    found = lifecycle.alike(company, replications=20).set_index("tier")
    panel = _panel(company, lifecycle.PhaseRules())
    for tier in ("high", "tech"):
        rows = panel[panel["tier"] == tier].astype({"phase": str})
        assert found.loc[tier, "explained"] == pytest.approx(
            smf.ols("hours ~ phase", rows).fit().rsquared
        )
    assert not panel.duplicated(["customer", "month"]).any()
    assert (found["low"] <= found["explained"]).all() and (
        found["explained"] <= found["high"]
    ).all()
    again = lifecycle.alike(company, replications=20).set_index("tier")
    pd.testing.assert_frame_equal(found, again)


def test_what_cannot_be_told(company):
    with pytest.raises(ValueError, match="told by phase, tier and kind, got region"):
        lifecycle.effort(company, "region")
    with pytest.raises(cs.MissingData, match="activities"):
        lifecycle.alike(replace(company, activities=company.activities[:0]))
