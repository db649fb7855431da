"""The hiring plan: its books balance, people are there in time, and the asks are early enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from cstoolkit.staffing import Capacity, Cost, Hiring, asks, hiring_plan, needs, on_board, roles
from cstoolkit.staffing.plan import Staff

BOTTOM = pd.DataFrame({"segment": ["high", "low"], "customers": [100, 400], "csms": [5.0, 4.0]})


def months(values):
    return pd.Series(
        values, index=pd.period_range("2025-01", periods=len(values), freq="M"), dtype="float64"
    )


@st.composite
def settings(draw):
    hiring = Hiring(
        lead_months=draw(st.integers(0, 5)),
        attrition=draw(st.sampled_from([0, 0.1, 0.4, 0.9])),
        outsourced=draw(st.floats(0, 1)),
    )
    return hiring, Capacity(ramp_months=draw(st.sampled_from([0, 1, 2.5, 4, 6])))


NEEDED = st.lists(st.floats(0, 40), min_size=1, max_size=30)


@runs(max_examples=50)
@given(NEEDED, st.integers(0, 40), settings())
def test_the_books_of_a_plan_balance(needed, people, setting):
    """People are those before and started less leavers, who starts was asked for in time, and what
    is missing is bought outside or short."""
    hiring, capacity = setting
    plan = hiring_plan(months(needed), people, hiring=hiring, capacity=capacity)
    board = plan["on_board"].to_numpy()
    before = np.concatenate([[people], board[:-1]])
    assert (board == before + plan["starts"] - plan["leavers"]).all()
    assert (plan[["on_board", "asked", "starts", "leavers"]] >= 0).all(axis=None)
    assert (plan["effective"] <= board + 1e-9).all()
    assert (plan["effective"] >= 0).all()
    lead = min(hiring.lead_months, len(plan))
    asked, starts = plan["asked"].to_numpy(), plan["starts"].to_numpy()
    assert (starts[lead:] == asked[: len(asked) - lead]).all()
    assert starts[:lead].sum() == 0
    assert asked[len(asked) - lead :].sum() == 0 or lead == 0
    missing = np.maximum(0, plan["needed"] - plan["effective"])
    assert (plan["outsourced"] + plan["short"]).to_numpy() == pytest.approx(missing.to_numpy())
    assert plan["outsourced"].to_numpy() == pytest.approx(missing.to_numpy() * hiring.outsourced)


@runs(max_examples=50)
@given(NEEDED, st.integers(0, 40), st.integers(0, 5), st.sampled_from([0, 1, 2.5, 4]))
def test_without_attrition_nobody_is_missing_once_the_first_asked_are_productive(
    needed, people, lead, ramp
):
    plan = hiring_plan(
        months(needed),
        people,
        hiring=Hiring(lead_months=lead, attrition=0),
        capacity=Capacity(ramp_months=ramp),
    )
    productive = lead + int(np.ceil(max(0, ramp - 0.5)))
    assert plan["short"].iloc[productive:].max() <= 1e-6 or len(plan) <= productive


@runs(max_examples=50)
@given(st.floats(0.5, 40), st.integers(2, 30), settings())
def test_attrition_never_leaves_more_than_a_person_missing_for_long(needed, size, setting):
    """Later starters may leave too, which an ask could not know: by less than one person."""
    hiring, capacity = setting
    plan = hiring_plan(
        months([needed] * size), int(np.ceil(needed)), hiring=hiring, capacity=capacity
    )
    productive = hiring.lead_months + int(np.ceil(max(0, capacity.ramp_months - 0.5)))
    late = plan.iloc[productive : max(productive, size - productive)]
    assert (late["on_board"] >= late["needed"] - 1 - 1e-9).all()


def test_nobody_is_asked_for_where_enough_are_there():
    plan = hiring_plan(months([5] * 12), 5, hiring=Hiring(attrition=0))
    assert plan["asked"].sum() == 0
    assert plan["effective"].to_list() == [5.0] * 12


def test_leavers_are_replaced_before_they_go():
    plan = hiring_plan(months([20] * 36), 20, hiring=Hiring(attrition=0.15))
    assert plan["leavers"].sum() == pytest.approx(36 / 12 * 20 * -np.log(1 - 0.15), abs=2)
    assert plan["on_board"].iloc[6:-6].min() >= 20


def test_a_month_costs_its_people_its_finding_and_its_outsourcing():
    cost = Cost(
        csm=120_000,
        cs_ops=1,
        customer_marketing=1,
        leader=1,
        tool=1,
        tool_per_customer=1,
        hiring=0.25,
        outsourcing=2,
        currency="EUR",
    )
    plan = hiring_plan(
        months([2, 2, 2]),
        1,
        hiring=Hiring(lead_months=1, attrition=0, outsourced=0.5),
        capacity=Capacity(ramp_months=0),
        cost=cost,
    )
    expected = [10_000 + 2 * 10_000 * 0.5, 20_000 + 30_000, 20_000]
    assert plan["cost"].to_list() == pytest.approx(expected)
    with pytest.raises(ValueError, match="costs are in EUR"):
        hiring_plan(months([2]), 1, cost=cost, currency="USD")


def test_needs_follow_the_growth_of_each_segment():
    table = needs(BOTTOM, {"high": 0.1, "low": 0.0}, months=13, start="2025-03-15")
    csms = table[table["role"] == "CSM"].reset_index(drop=True)
    assert csms["needed"].to_list() == pytest.approx([5 * 1.1**k + 4 for k in range(13)])
    assert csms["month"].iloc[[0, 12]].to_list() == [
        pd.Timestamp("2025-03-01"),
        pd.Timestamp("2026-03-01"),
    ]
    last = table[table["month"] == "2026-03-01"].set_index("role")
    team = roles(float(csms["needed"].iloc[-1]), float(csms["customers"].iloc[-1])).set_index(
        "role"
    )["headcount"]
    assert last.drop("CSM")["needed"].to_list() == team.drop("CSM").to_list()


def test_needs_refuse_what_cannot_be():
    with pytest.raises(ValueError, match="growth says nothing about the segment low; it has: high"):
        needs(BOTTOM, {"high": 0.1}, months=3, start="2025-01")
    with pytest.raises(ValueError, match="For 2% a month write 0.02."):
        needs(BOTTOM, 2, months=3, start="2025-01")
    with pytest.raises(ValueError, match="months is a whole number of at least 1, got 0"):
        needs(BOTTOM, 0.02, months=0, start="2025-01")


def test_all_roles_are_planned_and_listed():
    table = needs(BOTTOM, 0.05, months=24, start="2025-01")
    held = {"CSM": 9, "CS Ops": 1, "customer marketing": 1, "leader": 2}
    plan = hiring_plan(table, held)
    assert plan["role"].iloc[:4].to_list() == list(held)
    assert (plan.loc[plan["role"] != "CSM", "outsourced"] == 0).all()
    listed = asks(plan)
    assert listed["people"].sum() == plan["asked"].sum()
    lead = (listed["start_in"].dt.to_period("M") - listed["ask_in"].dt.to_period("M")).map(
        lambda each: each.n
    )
    full = (listed["full_in"].dt.to_period("M") - listed["start_in"].dt.to_period("M")).map(
        lambda each: each.n
    )
    assert (set(lead), set(full)) == ({3}, {3})
    one = hiring_plan(table[table["role"] == "CSM"], held)
    pd.testing.assert_frame_equal(one, plan[plan["role"] == "CSM"].reset_index(drop=True))


def test_the_plan_takes_csms_by_date_too():
    dated = pd.Series([3.0, 4.0], index=pd.to_datetime(["2025-01-01", "2025-02-01"]))
    assert hiring_plan(dated, 3)["month"].to_list() == list(dated.index)


def test_bad_plans_are_refused():
    table = needs(BOTTOM, 0.05, months=3, start="2025-01")
    with pytest.raises(
        ValueError,
        match="on_board says nothing about CS Ops, customer marketing, leader; it has: CSM",
    ):
        hiring_plan(table, 9)
    with pytest.raises(ValueError, match="needed has more than one row for a month and role"):
        hiring_plan(pd.concat([table, table]), 9)
    with pytest.raises(ValueError, match="without gaps"):
        hiring_plan(months([1, 2, 3]).iloc[[0, 2]], 1)
    with pytest.raises(
        ValueError, match="needed.role is one of CSM, CS Ops, customer marketing, leader, got chef"
    ):
        hiring_plan(table.assign(role="chef").drop_duplicates("month"), 1)
    with pytest.raises(ValueError, match="needed has no months"):
        hiring_plan(months([]), 1)
    with pytest.raises(ValueError, match="needed.CSM is a number of at least 0"):
        hiring_plan(months([1, np.nan]), 1)
    with pytest.raises(
        ValueError, match="on_board of CSM is a whole number of at least 0, got 1.5"
    ):
        hiring_plan(months([1]), 1.5)
    with pytest.raises(
        ValueError, match="attrition is a share from 0 and below 1, got 15. For 15% write 0.15."
    ):
        Hiring(attrition=15)
    with pytest.raises(ValueError, match="attrition is a share from 0 and below 1, got 1"):
        Hiring(attrition=1)
    with pytest.raises(ValueError, match="lead_months is a whole number of at least 0, got 2.5"):
        Hiring(lead_months=2.5)


def test_nobody_is_asked_for_who_could_come_later():
    """Brute force: starting any one of the people a month later would leave work undone."""
    needed = pd.Series(
        np.linspace(17, 27, 18), index=pd.period_range("2026-01", periods=18, freq="M")
    )
    plan = hiring_plan(needed, 20, hiring=Hiring(lead_months=3, attrition=0.15))
    assert plan["short"].sum() == pytest.approx(0)
    team = Staff(20, 1.0, 1 - 0.85 ** (1 / 12), 1 - Capacity().ramp(3))
    starts = plan["starts"].to_numpy()
    for month in np.flatnonzero(starts):
        later = starts.copy()
        later[month] -= 1
        if month + 1 < len(later):
            later[month + 1] += 1
        assert (team.months(later)[3] < needed.to_numpy() - 1e-9).any(), (
            f"the start in month {month} is too early"
        )


def test_on_board_counts_everyone_once(company):
    found = on_board(company)
    there = company.people[~(company.people["left_on"] <= company.as_of)]
    posted = set(company.posts.loc[~(company.posts["ends_on"] <= company.as_of), "person_id"])
    assert found["headcount"].sum() == len(set(there["person_id"]) & posted)
    assert found["role"].to_list() == ["CSM", "CS Ops", "customer marketing", "leader"]
    hours = there.loc[there["person_id"].isin(posted), "hours"].sum()
    assert found["capacity"].sum() == pytest.approx(hours / 160)
