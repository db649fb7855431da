"""The bridge adds up, whatever the contracts; rates keep their laws; published figures come out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit import indicators
from cstoolkit.data import timeline
from cstoolkit.indicators.revenue import before

ORIGIN = pd.Timestamp("2022-01-01")

level = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from("abcd"),
        "product": st.sampled_from(["one", "two", "three", None]),
        "start": st.integers(0, 900),
        "length": st.sampled_from([1, 20, 59, 90, 365, 366, 731]) | st.integers(1, 800),
        "stop": st.none() | st.integers(0, 800),
        "open_ended": st.sampled_from([False, False, False, True]),
        "arr": st.sampled_from([0.0, 0.01, 99.99, 1e9 / 3]) | st.integers(0, 10**7),
    }
)


def table(rows: list[dict]) -> pd.DataFrame:
    """The contracts of such rows; every second row begins when the one before it ends."""
    found = []
    for number, row in enumerate(rows):
        start = row["start"]
        if number % 2:
            start = found[-1]["end"]
        end = start + row["length"]
        found.append(
            {
                "customer_id": row["customer_id"],
                "product": row["product"],
                "start": start,
                "end": end,
                "stop": None if row["stop"] is None else start + row["stop"],
                "open_ended": row["open_ended"],
                "arr": float(row["arr"]),
            }
        )
    frame = pd.DataFrame(found)
    stop = pd.to_numeric(frame["stop"], errors="coerce")
    dates = {
        "starts_on": frame["start"],
        "ends_on": frame["end"].where(~frame["open_ended"]),
        "stopped_on": stop,
    }
    dates = {name: ORIGIN + pd.to_timedelta(days, unit="D") for name, days in dates.items()}
    return frame[["customer_id", "product", "arr"]].assign(**dates)


histories = st.lists(level, min_size=1, max_size=12).map(table)

PLAIN = indicators.Conventions(grace_days=0, pause_days=0, migrations=False)
CONVENTIONS = st.builds(
    indicators.Conventions,
    netting=st.sampled_from(["customer", "product"]),
    grace_days=st.sampled_from([0, 30, 90]),
    pause_days=st.sampled_from([0, 92]),
    migrations=st.booleans(),
)
DAYS = st.tuples(st.integers(0, 800), st.integers(1, 500))


def on(day: int) -> pd.Timestamp:
    return ORIGIN + pd.Timedelta(days=day)


def cents(value):
    return np.rint(np.asarray(value, dtype="float64") * 100).astype("int64")


def in_force(levels: pd.DataFrame, day: pd.Timestamp, end: str = "until") -> pd.DataFrame:
    return levels[(levels["starts_on"] <= day) & ~(levels[end] <= day)]


@given(histories, DAYS, CONVENTIONS, st.sampled_from([None, "month", "quarter", "year"]))
@settings(max_examples=25, deadline=None)
def test_the_parts_sum_to_the_last_unit_and_closing_opens_the_next(contracts, span, rules, every):
    start, end = on(span[0]), on(span[0] + span[1])
    rows = indicators.bridge(contracts, start, end, every=every, conventions=rules)
    parts = {name: cents(rows[name]) for name in ("opening", "closing")}
    gains = sum(cents(rows[name]) for name in indicators.GAINS)
    losses = sum(cents(rows[name]) for name in indicators.LOSSES)
    assert (parts["opening"] + gains - losses == parts["closing"]).all()
    assert (parts["opening"][1:] == parts["closing"][:-1]).all()
    assert (rows[[*indicators.GAINS, *indicators.LOSSES]] >= 0).all(axis=None)
    logos = rows["customers"] + rows["customers_new"] + rows["customers_back"]
    assert (logos - rows["customers_lost"] == rows["customers_closing"]).all()
    assert rows["start"].iloc[0] == start and rows["end"].iloc[-1] == end
    assert (rows["start"].to_numpy()[1:] == rows["end"].to_numpy()[:-1]).all()


@given(histories, DAYS, st.sampled_from([0, 30, 90]))
@settings(max_examples=25, deadline=None)
def test_a_day_is_told_as_the_company_tells_it(contracts, span, grace):
    """Leaving out what lies far from the days asked about changes nothing."""
    start, end = on(span[0]), on(span[0] + span[1])
    rules = indicators.Conventions(grace_days=grace, pause_days=0)
    row = indicators.bridge(contracts, start, end, conventions=rules).iloc[0]
    levels = timeline.levels(contracts, grace)
    for day, name, count in (
        (start, "opening", "customers"),
        (end, "closing", "customers_closing"),
    ):
        there = in_force(levels, day)
        assert cents(row[name]) == cents(there["arr"]).sum()
        assert row[count] == there["customer_id"].nunique()


@given(histories, DAYS, st.sampled_from(["customer", "product"]))
@settings(max_examples=25, deadline=None)
def test_against_brute_force_day_by_day(contracts, span, netting):
    """One customer and product at a time, in plain Python."""
    start, end = on(span[0]), on(span[0] + span[1])
    rules = indicators.Conventions(netting=netting, grace_days=0, pause_days=0, migrations=False)
    end_of = contracts[["ends_on", "stopped_on"]].min(axis=1)
    levels = contracts.assign(until=end_of, product=contracts["product"].fillna("none"))
    levels = levels[~(levels["until"] <= levels["starts_on"])]
    right = dict.fromkeys([*indicators.GAINS, *indicators.LOSSES], 0)
    for _, mine in levels.groupby("customer_id"):
        state = []
        for day in (start, end):
            there = in_force(mine, day)
            state.append(
                {name: cents(rows["arr"]).sum() for name, rows in there.groupby("product")}
            )
        was, now = state
        if not was and now:
            known = (mine["starts_on"] <= start).any()
            right["reactivation" if known else "new"] += sum(now.values())
        elif was and not now:
            right["churn"] += sum(was.values())
        elif was:
            steps = {name: now.get(name, 0) - was.get(name, 0) for name in {*was, *now}}
            crossed = sum(step for name, step in steps.items() if name not in was)
            gained = sum(step for step in steps.values() if step > 0)
            lost = gained - sum(steps.values())
            if netting == "customer":
                gained, lost = max(gained - lost, 0), max(lost - gained, 0)
                crossed = min(crossed, gained)
            right["cross_sell"] += crossed
            right["upsell"] += gained - crossed
            right["contraction"] += lost
    row = indicators.bridge(contracts, start, end, conventions=rules).iloc[0]
    assert {name: int(cents(row[name])) for name in right} == right


@given(histories, DAYS, CONVENTIONS)
@settings(max_examples=25, deadline=None)
def test_grr_is_at_most_one_and_at_most_nrr(contracts, span, rules):
    end = on(span[0] + span[1])
    gross, net = (
        figure(contracts, end, conventions=rules) for figure in (indicators.grr, indicators.nrr)
    )
    assert np.isnan(gross) == np.isnan(net)
    if not np.isnan(gross):
        assert 0 <= gross <= 1
        assert gross <= net + 1e-12
    rows = indicators.changes(contracts, before(end, 12), end, conventions=rules)
    assert (rows["kept"] <= rows["opening"]).all()


@given(histories, st.sampled_from(["quarter", "year"]))
@settings(max_examples=25, deadline=None)
def test_cohorts_never_grow(contracts, every):
    table = indicators.cohorts(contracts, on(1500), every=every)
    for _, rows in table.groupby("cohort"):
        assert rows["staying"].is_monotonic_decreasing
        assert rows["grr"].fillna(0).is_monotonic_decreasing or rows["grr"].isna().all()
        assert (rows["grr"].fillna(0) <= rows["nrr"].fillna(0) + 1e-12).all()
        assert rows["staying"].iloc[0] == 1


@given(histories, DAYS)
@settings(max_examples=25, deadline=None)
def test_the_bridges_way_to_the_cohorts_nrr_is_complete(contracts, span):
    steps = indicators.bridge_to_cohort(contracts, on(span[0] + span[1]), conventions=PLAIN)
    steps = steps.set_index("step")["nrr"]
    if steps.notna().all():
        whole = steps[["bridge", "their_expansion", "their_losses", "returned"]].sum()
        assert whole == pytest.approx(steps["cohort"], rel=1e-9, abs=1e-9)
        net = indicators.nrr(contracts, on(span[0] + span[1]), conventions=PLAIN)
        assert steps["cohort"] == pytest.approx(net)


def rows(*levels) -> pd.DataFrame:
    """Contracts from (customer, product, start, end, arr)."""
    frame = pd.DataFrame(levels, columns=["customer_id", "product", "starts_on", "ends_on", "arr"])
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in ("starts_on", "ends_on")})


YEAR = ("2023-12-31", "2024-12-31")


def parts(contracts, **conventions) -> dict:
    row = indicators.bridge(
        contracts, *YEAR, conventions=indicators.Conventions(**conventions)
    ).iloc[0]
    return {name: row[name] for name in (*indicators.GAINS, *indicators.LOSSES) if row[name]}


def test_netting_per_customer_or_per_product():
    both = rows(
        ("a", "x", "2023-01-01", "2024-06-01", 100.0),
        ("a", "x", "2024-06-01", "2025-06-01", 185.0),
        ("a", "y", "2023-01-01", "2024-06-01", 100.0),
        ("a", "y", "2024-06-01", "2025-06-01", 25.0),
    )
    assert parts(both) == {"upsell": 10}
    assert parts(both, netting="product") == {"upsell": 85, "contraction": 75}


def test_a_migration_is_neither_a_loss_nor_a_cross_sell():
    moved = rows(
        ("a", "old", "2023-01-01", "2024-06-01", 100.0),
        ("a", "new", "2024-06-01", "2025-06-01", 130.0),
    )
    assert parts(moved, netting="product") == {"upsell": 30}
    assert parts(moved, netting="product", migrations=False) == {
        "cross_sell": 130,
        "contraction": 100,
    }
    two_into_one = rows(
        ("a", "x", "2023-01-01", "2024-06-01", 60.0),
        ("a", "y", "2023-01-01", "2024-06-01", 40.0),
        ("a", "suite", "2024-06-01", "2025-06-01", 90.0),
    )
    assert parts(two_into_one, netting="product") == {"contraction": 10}


def test_a_late_renewal_and_a_pause_are_no_churn():
    late = rows(
        ("a", "x", "2023-01-01", "2024-12-20", 100.0),
        ("a", "x", "2025-01-10", "2026-01-10", 100.0),
    )
    assert parts(late) == {}
    assert parts(late, grace_days=0) == {"churn": 100}
    paused = rows(
        ("a", "x", "2023-01-01", "2024-11-01", 100.0),
        ("a", "x", "2024-11-01", "2025-01-01", 0.0),
        ("a", "x", "2025-01-01", "2026-01-01", 100.0),
    )
    assert parts(paused) == {}
    assert parts(paused, pause_days=30) == {"contraction": 100}


def test_who_comes_back_is_not_new():
    back = rows(
        ("a", "x", "2022-01-01", "2023-01-01", 100.0),
        ("a", "x", "2024-06-01", "2025-06-01", 70.0),
        ("b", "x", "2024-06-01", "2025-06-01", 30.0),
    )
    assert parts(back) == {"new": 30, "reactivation": 70}


def test_the_published_example():
    found = indicators.rates(
        {"opening": 10.0e6, "contraction": 0.6e6, "churn": 0.9e6, "expansion": 1.8e6}
    )
    assert found["grr"] == pytest.approx(0.85)
    assert found["nrr"] == pytest.approx(1.03)
    assert np.isnan(indicators.rates({"opening": 0})["nrr"])


def test_renewals_of_what_was_due():
    contracts = rows(
        *[(f"c{n}", "x", "2022-06-01", "2024-06-01", 100.0) for n in range(100)],
        *[(f"c{n}", "x", "2024-06-01", "2026-06-01", 100.0) for n in range(81)],
        ("open", "x", "2022-06-01", None, 100.0),
    )
    last = indicators.renewals(contracts, *YEAR).iloc[-1]
    assert (last["due"], last["renewed"]) == (100, 81)
    assert last["rate"] == pytest.approx(0.81)
    assert last["annual"] == pytest.approx(0.9)
    assert last["arr_annual"] == pytest.approx(0.9)
    plain = indicators.Conventions(annualise=False)
    assert indicators.renewals(contracts, *YEAR, conventions=plain).iloc[-1][
        "annual"
    ] == pytest.approx(0.81)


def test_logo_churn_by_each_denominator():
    contracts = rows(
        *[(f"c{n}", "x", "2023-06-01", "2024-06-01", 10.0) for n in range(4)],
        *[(f"c{n}", "x", "2024-06-01", "2025-06-01", 10.0) for n in range(3)],
        *[(f"d{n}", "x", "2023-06-01", "2025-06-01", 10.0) for n in range(6)],
        *[(f"e{n}", "x", "2024-08-01", "2025-08-01", 10.0) for n in range(11)],
    )
    found = {
        name: indicators.logo_churn(
            contracts, *YEAR, conventions=indicators.Conventions(denominator=name)
        )
        for name in ("opening", "average", "due")
    }
    assert {name: (each["lost"], each["of"]) for name, each in found.items()} == {
        "opening": (1, 10),
        "average": (1, 15),
        "due": (1, 4),
    }


def test_a_company_is_taken_as_it_was_known(company):
    past = company.at("2024-03-31")
    end = "2023-12-31"
    assert indicators.overview(company, end).equals(indicators.overview(past, end))
    row = indicators.bridge(company, "2022-12-31", end).iloc[0]
    assert row["closing"] == company.at(end).snapshot()["arr"].sum()


def test_the_overview_agrees_with_each_figure(company):
    end = company.as_of
    start = before(end, 12)
    value = indicators.overview(company, end).set_index("figure")["value"]
    assert value["nrr"] == pytest.approx(indicators.nrr(company, end))
    assert value["grr"] == pytest.approx(indicators.grr(company, end))
    assert value["logo_churn"] == indicators.logo_churn(company, start, end)["churn"]
    assert value["nrr_of_survivors"] > value["nrr"]
    assert (value[["grr", "renewal_rate", "renewal_rate_arr"]] < 1).all()


def test_switches_start_from_the_figures_themselves(company):
    table = indicators.switches(company, company.as_of)
    assert table["nrr"].iloc[0] == indicators.nrr(company, company.as_of)
    assert set(table["convention"]) - {"none"} == set(
        indicators.conventions_table()["convention"]
    ) - {"decimals"}


def test_wrong_days_are_told(company):
    with pytest.raises(ValueError, match="a period starts before it ends"):
        indicators.bridge(company, "2024-06-30", "2024-06-30")
    with pytest.raises(ValueError, match="every is one of month, quarter, year"):
        indicators.bridge(company, "2024-06-30", "2024-12-31", every="week")
    with pytest.raises(ValueError, match="lacks the column arr"):
        indicators.bridge(pd.DataFrame({"customer_id": [], "starts_on": [], "ends_on": []}), *YEAR)


def test_month_ends_stay_month_ends(company):
    found = indicators.bridge(company, "2024-06-30", "2024-12-31", every="month")
    assert found["end"].dt.is_month_end.all()
    assert before("2024-02-29", 12) == pd.Timestamp("2023-02-28")
