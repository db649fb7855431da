"""The verdicts of S4, and levers that close the gap when they are pulled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit import staffing
from cstoolkit.staffing import (
    Capacity,
    Cost,
    bottom_up,
    headcount,
    overview,
    reconcile,
    top_down,
)

CAPACITY = Capacity(hours=160, utilisation=0.65)
PEOPLE = st.floats(0.05, 500)


@st.composite
def answers(draw):
    """Both approaches' answers for the same segments."""
    size = draw(st.integers(1, 4))
    bottom = pd.DataFrame(
        {
            "segment": pd.Series([f"s{each}" for each in range(size)], dtype="str"),
            "customers": draw(st.lists(st.integers(1, 10_000), min_size=size, max_size=size)),
            "arr": draw(st.lists(st.floats(1, 1e8), min_size=size, max_size=size)),
            "csms": draw(st.lists(PEOPLE, min_size=size, max_size=size)),
        }
    )
    bottom["hours"] = bottom["csms"] * CAPACITY.for_customers
    top = bottom.drop(columns="hours").assign(
        csms=draw(st.lists(PEOPLE, min_size=size, max_size=size))
    )
    return top, bottom


@settings(max_examples=30)
@given(answers(), st.floats(0, 0.5))
def test_each_row_has_the_verdict_of_its_case(both, tolerance):
    top, bottom = both
    found = reconcile(top, bottom, tolerance)
    for row in found.table.to_dict("records"):
        paid, needed = row["csms_top_down"], row["csms_bottom_up"]
        apart = abs(paid - needed) / max(paid, needed)
        if apart == pytest.approx(tolerance):
            continue
        expected = (
            "about equal"
            if apart < tolerance
            else "too few"
            if paid < needed
            else "more than needed"
        )
        assert row["verdict"] == expected
        assert row["gap"] == pytest.approx(needed - paid)
    assert found.table["segment"].iloc[-1] == "total"
    assert found.total["csms_bottom_up"] == pytest.approx(bottom["csms"].sum())


@settings(max_examples=30)
@given(answers())
def test_swapping_both_swaps_the_verdicts(both):
    top, bottom = both
    forth = reconcile(top, bottom).table["verdict"]
    swapped = reconcile(bottom.drop(columns="hours"), top.assign(hours=1.0)).table["verdict"]
    other = {
        "too few": "more than needed",
        "more than needed": "too few",
        "about equal": "about equal",
    }
    assert swapped.to_list() == [other[each] for each in forth]


@settings(max_examples=30)
@given(answers(), st.floats(0.01, 100))
def test_customers_per_csm_say_the_opposite_of_csms(both, scale):
    """S4's units: top-down is the larger in customers per CSM just where it yields too few people."""
    table = reconcile(*both, tolerance=0).table
    few = table["csms_top_down"] < table["csms_bottom_up"]
    assert (
        few == (table["customers_per_csm_top_down"] > table["customers_per_csm_bottom_up"])
    ).all()


def test_a_gap_of_exactly_the_tolerance_is_about_equal(base, effort):
    bottom = bottom_up(base, effort, CAPACITY)
    assert (
        reconcile(bottom.assign(csms=bottom["csms"] * 0.9), bottom, 0.1).table["verdict"]
        == "about equal"
    ).all()
    assert (
        reconcile(bottom.assign(csms=bottom["csms"] * 0.899), bottom, 0.1).table["verdict"]
        == "too few"
    ).all()


@pytest.fixture(
    params=[300_000, 1_500_000], ids=["the budget allows more", "the budget has too few"]
)
def found(request, base, effort):
    top, bottom = top_down(base, request.param), bottom_up(base, effort, CAPACITY)
    return reconcile(top, bottom, currency="USD")


def test_the_arr_per_csm_of_the_plan_closes_the_gap(found, base):
    needs = {segment: found.lever("arr_per_csm", segment) for segment in ("high", "low")}
    top = top_down(base, needs)
    assert top["csms"].to_numpy() == pytest.approx(found.table["csms_bottom_up"].to_numpy()[:-1])
    per = {segment: found.lever("customers_per_csm", segment) for segment in ("high", "low")}
    assert top_down(base, per, per="customers")["csms"].to_numpy() == pytest.approx(
        top["csms"].to_numpy()
    )
    assert top_down(base.assign(segment="all"), found.lever("arr_per_csm"))[
        "csms"
    ].to_list() == pytest.approx([found.total["csms_bottom_up"]])


def test_the_hours_the_budget_pays_for_close_the_gap(found, base, effort):
    hours = [found.lever("hours_per_customer", segment) for segment in ("high", "low")]
    scaled = bottom_up(base, effort.assign(hours=hours), CAPACITY)
    assert scaled["csms"].to_numpy() == pytest.approx(found.table["csms_top_down"].to_numpy()[:-1])


def test_the_automation_share_closes_the_gap_where_there_is_one(found, base, effort):
    for segment in ("high", "low", "total"):
        row = found.table.set_index("segment").loc[segment]
        share = found.lever("automation_share", segment)
        left = row["csms_bottom_up"] * (1 - share)
        assert left == pytest.approx(min(row["csms_bottom_up"], row["csms_top_down"]))
        assert found.lever("hours_saved", segment) == pytest.approx(share * row["hours"])


def test_a_tool_pays_exactly_from_break_even_on(base, effort):
    cost = Cost(csm=104_000, tool=20_000, tool_per_customer=12)
    both = top_down(base, 1_500_000), bottom_up(base, effort, CAPACITY)
    found = reconcile(*both, cost=cost)
    even, customers = found.lever("break_even_customers"), found.total["customers"]
    hour = cost.csm / 12 / CAPACITY.for_customers
    saved_each = found.lever("hours_saved") / customers * 12 * hour
    assert saved_each * even == pytest.approx(cost.tools(even))
    assert found.lever("tool_cost") == cost.tools(customers)
    dear = reconcile(*both, cost=replace(cost, tool_per_customer=1e6))
    assert np.isinf(dear.lever("break_even_customers"))


def test_people_to_ask_for_are_whole_and_cost_what_they_cost(found):
    paid, needed = (headcount(found.total[f"csms_{side}"]) for side in ("top_down", "bottom_up"))
    assert found.lever("people") == needed - paid
    assert found.lever("people_cost") == (needed - paid) * Cost().csm
    assert found.lever("people", "high") == pytest.approx(found.table["gap"].iloc[0])


def test_segments_without_customers_are_said(base, effort):
    kinds = base.astype({"segment": pd.CategoricalDtype(["high", "low", "new"])})
    found = reconcile(top_down(kinds, 1e6), bottom_up(kinds, effort, CAPACITY))
    assert found.table.set_index("segment").loc["new", "verdict"] == "no customers"
    assert "new" not in set(found.levers["segment"])


def test_a_plan_without_work_is_more_than_paid_for(base, effort):
    found = reconcile(top_down(base, 1e6), bottom_up(base, effort.assign(hours=0.0), CAPACITY))
    assert found.total["verdict"] == "more than needed"
    assert np.isinf(found.lever("arr_per_csm"))
    assert found.lever("automation_share") == 0


def test_answers_that_are_not_about_the_same_are_refused(base, effort):
    top, bottom = top_down(base, 1e6), bottom_up(base, effort, CAPACITY)
    with pytest.raises(ValueError, match="different segments; only one of them has: low"):
        reconcile(top.iloc[:1], bottom)
    with pytest.raises(
        ValueError,
        match="different customers in the segment high: 41 with ARR 2,000,000 against 40",
    ):
        reconcile(top.assign(customers=[41, 200]), bottom)
    with pytest.raises(ValueError, match="top has more than one row for a segment"):
        reconcile(pd.concat([top, top]), bottom)
    with pytest.raises(ValueError, match="top.csms is a number of at least 0"):
        reconcile(top.assign(csms=[1.0, np.nan]), bottom)
    with pytest.raises(ValueError, match="bottom lacks the column hours"):
        reconcile(top, bottom.drop(columns="hours"))
    with pytest.raises(
        ValueError, match="tolerance is a share from 0 to 1, got 10. For 10% write 0.10."
    ):
        reconcile(top, bottom, 10)
    with pytest.raises(
        ValueError, match="costs are in USD, the customers' ARR in JPY. Give your own"
    ):
        reconcile(top, bottom, cost=Cost(), currency="JPY")
    with pytest.raises(ValueError, match="name is one of arr_per_csm, .* got 'salary'"):
        reconcile(top, bottom).lever("salary")
    with pytest.raises(ValueError, match="segment is one of high, low, total, got 'mid'"):
        reconcile(top, bottom).lever("people", "mid")


def test_the_order_of_the_segments_does_not_matter(base, effort):
    top, bottom = top_down(base, 1e6), bottom_up(base, effort, CAPACITY)
    pd.testing.assert_frame_equal(reconcile(top[::-1], bottom).table, reconcile(top, bottom).table)
    assert reconcile(top, bottom, currency="USD").levers["unit"].iloc[0] == "USD a year"


def test_costs_and_tools_refuse_what_cannot_be():
    with pytest.raises(ValueError, match="Cost: csm is a number of at least 0, got -1"):
        Cost(csm=-1)
    with pytest.raises(
        ValueError, match="tool_share is a share from 0 to 1, got 30. For 30% write 0.30."
    ):
        Cost(tool_share=30)
    with pytest.raises(ValueError, match="tool is a number of at least 0, got nan"):
        Cost(tool=float("nan"))


def test_the_overview_is_the_figures_of_its_parts(company):
    table = overview(company).set_index("role")
    customers = staffing.base(company)
    bottom = bottom_up(customers, staffing.effort(company), Capacity())
    assert table.loc["CSM", "needed"] == headcount(bottom["csms"].sum())
    counts = ["on_board", "needed", "paid_for", "to_ask_for"]
    assert table.loc["total", counts].to_list() == table[counts].iloc[:-1].sum().to_list()
    assert table["first_ask"].iloc[:-1].min() == table.loc["total", "first_ask"]
    unposted = overview(replace(company, posts=company.posts.iloc[:0])).set_index("role")
    assert unposted["on_board"].isna().all() and (unposted["needed"] == table["needed"]).all()


@pytest.mark.parametrize("bad", [None, -1, float("nan"), float("inf"), "many"])
def test_what_a_tool_saves_and_costs_is_a_number(bad):
    with pytest.raises(ValueError, match="break_even: hours_saved is a number of at least 0"):
        Cost().break_even(bad, 80)
    with pytest.raises(ValueError, match="tools: customers is a number of at least 0"):
        Cost().tools(bad)
