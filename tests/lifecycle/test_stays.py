"""Spells, flows, history and occupancy: conservation laws, and independent estimators on the same data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

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
    assert (last["next"].isna() == last["ends_on"].isna()).all()
    assert (last.loc[last["ends_on"].notna(), "next"] == "churned").all()
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


def journeys_of(chain: np.ndarray, size: int, seen: np.ndarray, rng) -> pd.DataFrame:
    """Day by day walks through the states of a chain, censored after `seen` days."""
    state = np.zeros(size, int)
    path = [state]
    for _ in range(seen.max()):
        state = (rng.random(size)[:, None] > chain[state].cumsum(axis=1)).sum(axis=1)
        path.append(state)
    path = np.array(path)
    rows = []
    for who in range(size):
        own = path[: seen[who] + 1, who]
        turns = np.flatnonzero(np.diff(own)) + 1
        begun = np.append(0, turns)
        over = np.append(turns, seen[who])
        after = [*own[turns], None]
        rows += [
            (own[a], a, b, n)
            for a, b, n in zip(begun, over, after, strict=True)
            if own[a] < 3 and b > a
        ]
    names = np.array(["onboarding", "adoption", "renewal", "churned"])
    frame = pd.DataFrame(rows, columns=["state", "from_day", "to_day", "next"])
    frame["state"] = names[frame["state"].astype(int)]
    frame["next"] = [None if pd.isna(each) else names[int(each)] for each in frame["next"]]
    return frame


RATES = np.array(
    [[-0.03, 0.025, 0.0, 0.005], [0, -0.02, 0.02, 0], [0, 0.03, -0.04, 0.01], [0, 0, 0, 0]]
)


def test_occupancy_meets_the_closed_form_of_a_markov_chain():
    rng = np.random.default_rng(11)
    seen = rng.integers(20, 200, 3000)
    table = journeys_of(expm(RATES), 3000, seen, rng)
    days = np.array([0, 10, 40, 90, 150])
    found = lifecycle.occupancy(table, days=days)
    names = ["onboarding", "adoption", "renewal", "churned"]
    wide = found.pivot(index="day", columns="state", values="share")[names]
    exact = np.array([expm(RATES * day)[0] for day in days])
    assert np.abs(wide.to_numpy() - exact).max() < 0.03
    np.testing.assert_allclose(wide.sum(axis=1), 1, atol=1e-12)
    last = found[found["day"] > 0].set_index(["day", "state"])
    truth = (
        pd.DataFrame(exact, index=days, columns=names)
        .stack()
        .loc[lambda each: each.index.get_level_values(0) > 0]
    )
    covered = [
        (last.loc[key, "low"] <= value <= last.loc[key, "high"]) for key, value in truth.items()
    ]
    assert sum(covered) >= len(covered) - 2


def test_intervals_of_occupancy_cover_as_often_as_they_say():
    hits, exact = 0, expm(RATES * 60)[0][1]
    for seed in range(60):
        rng = np.random.default_rng(seed)
        table = journeys_of(expm(RATES), 150, rng.integers(30, 120, 150), rng)
        row = lifecycle.occupancy(table, days=[60]).query("state == 'adoption'").iloc[0]
        hits += row["low"] <= exact <= row["high"]
    assert 52 <= hits <= 60  # 57 expected; the binomial's 0.5% point is 52


def test_pure_competing_risks_equal_statsmodels():
    rng = np.random.default_rng(2)
    days = rng.integers(1, 60, 500)
    ended = rng.choice(3, 500, p=[0.4, 0.35, 0.25])
    table = pd.DataFrame(
        {
            "state": "open",
            "from_day": 0,
            "to_day": days,
            "next": np.array([None, "value", "churned"], dtype=object)[ended],
        }
    )
    oracle = CumIncidenceRight(days, ended)
    found = lifecycle.occupancy(table, days=range(60))
    for place, name in enumerate(("value", "churned")):
        mine = found[found["state"] == name].set_index("day")["share"]
        np.testing.assert_allclose(mine.loc[oracle.times], oracle.cinc[place], rtol=0, atol=1e-12)


def test_two_states_are_kaplan_meier_with_greenwoods_error():
    rng = np.random.default_rng(3)
    days, ended = rng.integers(1, 40, 300), rng.random(300) < 0.6
    table = pd.DataFrame(
        {"state": "on", "from_day": 0, "to_day": days, "next": np.where(ended, "off", None)}
    )
    oracle = SurvfuncRight(days, ended.astype(int))
    found = lifecycle.occupancy(table, days=oracle.surv_times).query("state == 'on'")
    np.testing.assert_allclose(found["share"], oracle.surv_prob, atol=1e-12)
    share, error = oracle.surv_prob[:-1], oracle.surv_prob_se[:-1]
    odds = np.log(share / (1 - share)) - 1.959963984540054 * error / (share * (1 - share))
    np.testing.assert_allclose(found["low"][:-1], 1 / (1 + np.exp(-odds)), atol=1e-9)


def test_without_censoring_occupancy_is_a_count():
    rng = np.random.default_rng(8)
    table = journeys_of(expm(RATES), 200, np.full(200, 300), rng)
    table = table[
        table.groupby((table["from_day"] == 0).cumsum())["next"].transform(
            lambda each: each.notna().all()
        )
    ]
    journey = (table["from_day"] == 0).cumsum()
    found = lifecycle.occupancy(table, days=[25]).set_index("state")["share"]
    inside = (
        table[(table["from_day"] <= 25) & (table["to_day"] > 25)]["state"].value_counts()
        / journey.max()
    )
    for name, share in inside.items():
        assert found[name] == pytest.approx(share)


def test_groups_are_followed_each_for_itself(spells):
    two = spells.assign(group=np.where(spells["customer_id"] < "C0500", "early", "late"))
    found = lifecycle.occupancy(two, days=[200], by="group")
    alone = lifecycle.occupancy(two[two["group"] == "late"], days=[200])
    late = found[found["group"] == "late"].drop(columns="group").reset_index(drop=True)
    pd.testing.assert_frame_equal(late, alone)


def test_spells_that_cannot_be_are_refused(spells):
    with pytest.raises(ValueError, match="spells lacks next"):
        lifecycle.occupancy(spells.drop(columns="next"))
    with pytest.raises(ValueError, match="there is no journey"):
        lifecycle.occupancy(spells[:0])
    with pytest.raises(ValueError, match="to_day is later than from_day, got 5 to 5 in row 0"):
        lifecycle.occupancy(
            pd.DataFrame({"state": ["a"], "from_day": [5], "to_day": [5], "next": [None]})
        )
    with pytest.raises(ValueError, match="no spell begins on day 0"):
        lifecycle.occupancy(spells[spells["from_day"] > 0])


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
