"""Offices and vacancies: break-evens against brute force, ranges that hold, errors that help."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit import assumptions, stages
from cstoolkit.data.company import MissingData
from cstoolkit.stages.decisions import office_net


def within_their_ranges(record):
    """Records whose figures lie anywhere in their ranges, to three decimals: finer ones are no assumptions but rounding errors."""
    figures = {
        field.name: st.floats(field.metadata["low"], field.metadata["high"]).map(
            lambda value: round(value, 3)
        )
        for field in assumptions.fields(record())
    }
    return st.builds(record, **figures)


OFFICES, VACANCIES = within_their_ranges(stages.RegionalOffice), within_their_ranges(stages.Vacancy)


def by_hand(customers, arr, office):
    """What an office brings, written out again without a formula shared with the module."""
    people = customers / office.customers_per_person
    centre = people * office.person
    office_people = max(people, office.least_people) * office.person * (1 + office.premium)
    closeness = customers * (
        arr * office.margin * office.saved + arr * office.margin * office.won + office.travel
    )
    return closeness + centre - office_people - office.fixed


@settings(max_examples=30)
@given(OFFICES, st.floats(2_000, 200_000), st.integers(0, 2_000))
def test_the_net_is_the_sum_of_its_parts(office, arr, customers):
    assert office_net(customers, arr, office) == pytest.approx(
        by_hand(customers, arr, office), abs=1e-3
    )


@settings(max_examples=30)
@given(OFFICES, st.floats(2_000, 200_000))
def test_an_office_pays_from_the_break_even_on_and_not_before(office, arr):
    at = stages.break_even(arr, office)
    counts = np.arange(0, 6_000, 7)
    paid = np.array([by_hand(count, arr, office) >= 0 for count in counts])
    if math.isinf(at):
        assert not paid.any()
    else:
        assert abs(by_hand(at, arr, office)) <= 1e-9 * (office.fixed + at * office.person + 1e6)
        assert not paid[counts < at - 1e-6].any()


def test_break_even_takes_many_values_and_shrinks_with_arr():
    many = stages.break_even(np.array([5_000.0, 20_000.0, 80_000.0]))
    assert many.tolist() == [stages.break_even(each) for each in (5_000.0, 20_000.0, 80_000.0)]
    assert (np.diff(many) < 0).all()


def test_regions_are_counted_and_judged(company):
    frame = stages.regional_office(company).set_index("region")
    live = company.snapshot()
    assert frame["customers"].to_dict() == live["region"].value_counts().to_dict()
    assert frame["people"].sum() == stages.history(company)["people"].iloc[-1]
    home = frame["people"].idxmax()
    assert frame.loc[home, "verdict"] == "head office" and frame["home"].sum() == 1
    assert frame.loc[home, ["break_even", "net"]].isna().all()
    others = frame.drop(index=home)
    assert ((others["net"] >= 0) == (others["far"] >= others["break_even"])).all()
    nothing = stages.RegionalOffice(saved=0, won=0, travel=0)
    never = stages.judge_offices(frame.reset_index(), nothing)
    assert set(never["verdict"]) == {"never pays on these assumptions", "head office"}
    assert never.loc[~never["home"], "years_to_break_even"].isna().all()
    elsewhere = stages.regional_office(company, home=others.index[0]).set_index("region")
    assert elsewhere["home"].idxmax() == others.index[0]


def test_only_customers_whom_nobody_there_looks_after_come_closer(make):
    """Three customers in the South, one of them with somebody from there, one with somebody who left."""
    own = pd.DataFrame({"region": ["North", "South", "South", "South"]})
    company = make(
        [("2023-01-01", None)] * 4,
        customers=own,
        people=pd.DataFrame(
            {
                "person_id": ["n", "m", "s"],
                "region": ["North", "North", "South"],
                "hired_on": "2023-01-01",
            }
        ),
        assignments=pd.DataFrame(
            {
                "customer_id": ["c1", "c2", "c3"],
                "person_id": ["s", "s", "n"],
                "role": "csm",
                "starts_on": "2023-01-01",
                "ends_on": [None, "2023-06-01", None],
            }
        ),
    )
    frame = stages.regional_office(company).set_index("region")
    assert frame.loc["South", ["customers", "people", "far"]].to_list() == [3, 1, 2]
    assert frame["home"].to_dict() == {"North": True, "South": False}


def test_what_closeness_keeps_is_churn_at_the_odds_that_were_measured(make):
    """Of 10 customers 2 left in the year: half the odds of leaving is 1 to 8, and 1/5 - 1/9 stay more."""
    company = make([("2022-01-01", None)] * 8 + [("2022-01-01", "2024-01-01")] * 2)
    half = {"estimate": np.log(0.5), "low": np.log(0.25), "high": 0.0}
    kept = stages.closeness_keeps(company, half)
    assert kept == pytest.approx((1 / 5 - 1 / 9, 0, 1 / 5 - 1 / 17))
    none = stages.closeness_keeps(make([("2024-06-01", None)]), half)
    assert np.isnan(none).all() and np.isnan(stages.closeness_keeps(company, None)).all()


def test_an_office_is_judged_over_the_interval_of_what_was_measured(company):
    effect = {"estimate": 0.0, "low": -2.0, "high": 1.0}
    office = stages.RegionalOffice(won=0.0)
    plain = stages.regional_office(company, replace(office, saved=0.0))
    frame = stages.regional_office(company, office, effect)
    _, low, high = stages.closeness_keeps(company, effect)
    best = stages.regional_office(company, replace(office, saved=high))
    assert low < 0
    for column, other in (("net", plain), ("net_low", plain), ("net_high", best)):
        assert frame[column].to_numpy() == pytest.approx(other["net"].to_numpy(), nan_ok=True)
    unsure = (frame["net_low"] < 0) & (frame["net_high"] >= 0)
    assert unsure.any() and set(frame.loc[unsure, "verdict"]) == {"cannot be told"}
    unknown = {"estimate": np.nan, "low": np.nan, "high": np.nan}
    pd.testing.assert_frame_equal(
        stages.regional_office(company, office, unknown), stages.regional_office(company, office)
    )


@pytest.mark.parametrize("arr", [None, math.nan, -1, math.inf, "much", [1_000.0, -1.0]])
def test_what_is_no_amount_is_refused_in_one_way(arr):
    for name, function in (
        ("break_even", stages.break_even),
        ("office_swing", stages.office_swing),
        ("vacancy", stages.vacancy),
    ):
        with pytest.raises(ValueError, match=f"{name}: arr is a number of at least 0, got"):
            function(arr)


def test_what_must_be_won_is_where_the_verdict_flips(company):
    """A verdict that rests on an assumption says so, and at which value it turns."""
    office = stages.RegionalOffice(saved=0.0, won=0.05)
    frame = stages.regional_office(company, office).set_index("region")
    pays = frame[frame["verdict"] == "pays"]
    assert len(pays) and (pays["won_to_pay"] > 0).all()
    caveat = stages.office_caveat(frame.reset_index())
    assert "5.0% of local ARR a year won from competitors, which nobody has measured" in caveat
    for region, row in pays.iterrows():
        assert f"{region} {row['won_to_pay']:.1%}" in caveat
        for share, verdict in ((0.999, False), (1.001, True)):
            moved = replace(office, won=row["won_to_pay"] * share)
            found = stages.judge_offices(frame.reset_index(), moved).set_index("region")
            assert (found.loc[region, "verdict"] == "pays") is verdict
    cheap = stages.RegionalOffice(fixed=0, least_people=0, premium=0, won=0.0)
    plain = stages.judge_offices(frame.reset_index(), cheap)
    assert (plain["won_to_pay"].dropna() == 0).all()
    assert stages.office_caveat(plain).endswith("even if it wins nothing from competitors.")
    assert not stages.office_caveat(plain[plain["home"]])


def test_years_to_break_even_carry_growth_on(company):
    office = stages.RegionalOffice(fixed=300_000, saved=0.01, won=0.0)
    rows = stages.regional_office(company, office).query("years_to_break_even > 0")
    assert len(rows)
    reached = rows["far"] * (1 + rows["growth"]) ** rows["years_to_break_even"]
    assert reached.to_numpy() == pytest.approx(rows["break_even"].to_numpy())


def test_people_not_on_record_are_not_zero(make):
    own = pd.DataFrame({"region": ["North", "South"]})
    frame = stages.regional_office(make([("2023-01-01", None)] * 2, customers=own))
    assert frame["people"].isna().all() and frame["growth"].to_list() == [0, 0]
    assert not frame["home"].any() and frame["far"].to_list() == [1, 1]
    own["region"] = ["North", None]
    left = make([("2023-01-01", "2023-06-01"), ("2023-01-01", None)], customers=own)
    with pytest.raises(MissingData, match="no live customer of Small has a region"):
        stages.regional_office(left)


def test_the_swing_is_the_break_even_at_both_ends():
    office = stages.RegionalOffice()
    table = stages.office_swing(25_000, office)
    for row in table.itertuples():
        assert row.at_low == stages.break_even(25_000, replace(office, **{row.assumption: row.low}))
        assert row.at_high == stages.break_even(
            25_000, replace(office, **{row.assumption: row.high})
        )
    assert table["swing"].is_monotonic_decreasing and set(table["base"]) == {
        stages.break_even(25_000, office)
    }


@settings(max_examples=30)
@given(VACANCIES)
def test_at_the_break_even_both_options_cost_the_same(terms):
    at = stages.vacancy_break_even(terms)
    if math.isinf(at):
        assert terms.churn + terms.expansion == 0
        return
    end = stages.vacancy(at, terms).query("month == @terms.months")["cost"]
    assert end.iloc[0] == pytest.approx(end.iloc[1], rel=1e-9, abs=1e-3)
    above = (
        stages.vacancy(at * 1.5 + 1, terms)
        .query("month == @terms.months")
        .set_index("option")["cost"]
    )
    assert above["outsourced"] < above["left open"]


@settings(max_examples=30)
@given(VACANCIES, st.floats(0, 1e7))
def test_costs_add_up_and_begin_with_the_start(terms, arr):
    frame = stages.vacancy(arr, terms)
    assert np.allclose(frame["cost"], frame["lost"] + frame["paid"] - frame["saved"])
    first = frame[frame["month"] == 0].set_index("option")["cost"]
    assert first.to_dict() == {"left open": 0, "outsourced": terms.start}
    assert frame["month"].max() == terms.months


def test_the_book_of_a_csm_is_counted(company):
    books = stages.arr_per_csm(company).set_index("team")
    day = company.as_of
    posts = company.posts[company.posts["ends_on"].isna() & (company.posts["role"] == "csm")]
    held = company.assignments[
        ~(company.assignments["ends_on"] <= day)
        & company.assignments["person_id"].isin(posts["person_id"])
    ]
    arr = (
        held.drop_duplicates(["customer_id", "person_id"])["customer_id"]
        .map(company.snapshot().set_index("customer_id")["arr"])
        .sum()
    )
    assert books.loc["all", "csms"] == len(posts)
    assert books.loc["all", "arr"] == pytest.approx(arr / len(posts))


@pytest.mark.parametrize(
    ("record", "wrong", "says"),
    [
        (
            stages.RegionalOffice,
            {"saved": 2},
            "saved is a share from 0 to 1, got 2. For 2% write 0.02",
        ),
        (stages.RegionalOffice, {"fixed": -1}, "fixed is a number of at least 0, got -1"),
        (
            stages.RegionalOffice,
            {"customers_per_person": 0},
            "customers_per_person is a number above 0, got 0",
        ),
        (
            stages.Vacancy,
            {"quality": 70},
            "quality is a share from 0 to 1, got 70. For 70% write 0.70",
        ),
        (stages.Vacancy, {"months": float("nan")}, "months is a number of at least 0, got nan"),
        (stages.PaidOnboarding, {"take_up": 30}, "For 30% write 0.30"),
        (stages.PaidOnboarding, {"fee": -5}, "fee is a number of at least 0, got -5"),
    ],
)
def test_bad_figures_are_named_with_the_mend(record, wrong, says):
    with pytest.raises(ValueError, match=says):
        record(**wrong)


@pytest.mark.parametrize("record", [stages.RegionalOffice, stages.Vacancy, stages.PaidOnboarding])
def test_every_figure_that_nobody_published_is_marked_as_ours(record):
    table = assumptions.table(record())
    assert set(table["source"]) == {"ours"} and (table["low"] < table["high"]).all()
