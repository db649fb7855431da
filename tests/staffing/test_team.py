"""Leaders level upon level, other roles by their rules, whole people, S1's stages."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit.staffing import (
    Cost,
    Ratios,
    headcount,
    leaders,
    pooling,
    roles,
    stage_view,
)

PEOPLE, SPANS = st.integers(0, 5_000), st.floats(2, 15)


def by_hand(people, span):
    """Each level filled one leader after the other."""
    total = 0
    while people > 1:
        above, room = 0, 0.0
        while room < people - 1e-9:
            above, room = above + 1, room + span
        total, people = total + above, above
    return total


@settings(max_examples=40)
@given(st.integers(0, 300), st.integers(2, 15))
def test_leaders_equal_filling_the_levels_one_by_one(people, span):
    assert leaders(people, span) == by_hand(people, span)


@settings(max_examples=40)
@given(PEOPLE, SPANS)
def test_more_people_never_need_fewer_leaders_and_wider_spans_never_more(people, span):
    assert leaders(people, span) <= leaders(people + 1, span)
    assert leaders(people, span + 0.5) <= leaders(people, span)


def test_one_person_leads_nobody():
    assert (leaders(0, 8), leaders(1, 8), leaders(2, 8)) == (0, 0, 1)


@pytest.mark.parametrize("span", [1, 0, -3, float("nan"), None])
def test_a_span_below_2_is_refused(span):
    with pytest.raises(ValueError, match="leaders: span is a number of at least 2"):
        leaders(10, span)


def test_people_are_whole(base):
    with pytest.raises(
        ValueError, match="people is a whole number of at least 0, got 7.5. Round up first"
    ):
        leaders(7.5, 8)
    with pytest.raises(ValueError, match="at least 0, got -1"):
        leaders(-1, 8)
    assert leaders(8.0, 8) == 1


def test_new_leaders_narrow_the_span():
    spans = [Ratios(new_leaders=share).reports for share in (0, 1, 0.5)]
    assert spans == [10, 6, 8]
    assert leaders(60, spans[1]) > leaders(60, spans[0])
    with pytest.raises(ValueError, match="Ratios: span_new is a number of at least 2, got 1"):
        Ratios(span_new=1)
    with pytest.raises(ValueError, match="For 50% write 0.50"):
        Ratios(new_leaders=50)
    with pytest.raises(ValueError, match="Ratios: csms_per_ops is a number above 0, got 0"):
        Ratios(csms_per_ops=0)


def count(csms, customers, role):
    ratios = Ratios(csms_per_ops=12, customers_per_marketing=600)
    found = roles(csms, customers, ratios=ratios).set_index("role")["headcount"]
    return found[role]


def test_support_comes_when_half_of_its_work_is_there():
    assert [count(csms, 0, "CS Ops") for csms in (5, 6, 17, 18)] == [0, 1, 1, 2]
    assert [count(1, n, "customer marketing") for n in (299, 300, 900)] == [0, 1, 2]


@settings(max_examples=40)
@given(st.floats(0, 300), st.integers(0, 20_000))
def test_the_headcount_is_people_and_the_leaders_of_all_of_them(csms, customers):
    found = roles(csms, customers).set_index("role")["headcount"]
    team = found.drop("leader").sum()
    assert found["leader"] == leaders(int(team), Ratios().reports)
    assert -1e-6 < found["CSM"] - csms < 1


def test_an_answer_brings_its_customers(base):
    bottom = pd.DataFrame({"segment": ["a", "b"], "customers": [500, 700], "csms": [10.2, 10.2]})
    assert roles(bottom).equals(roles(20.4, 1_200))
    assert roles(bottom, 0).set_index("role").loc["customer marketing", "headcount"] == 0
    cost = Cost(csm=1, cs_ops=10, customer_marketing=100, leader=1000)
    assert roles(bottom, cost=cost)["cost"].to_list() == [21, 20, 200, 4000]
    with pytest.raises(ValueError, match="say how many customers customer marketing serves"):
        roles(20)
    assert roles(bottom, currency="JPY")["cost"].isna().all()
    with pytest.raises(ValueError, match="costs are in USD"):
        roles(bottom, cost=cost, currency="JPY")


def test_headcount_rounds_up_once_and_not_for_the_dust_of_floats():
    assert [headcount(each) for each in (0, 0.1, 3, 0.1 + 0.2 + 2.7, 3.01)] == [0, 1, 3, 3, 4]
    with pytest.raises(ValueError, match="at least 0"):
        headcount(-1)


PARTS = st.lists(st.tuples(st.integers(0, 500), st.floats(0.001, 30)), min_size=1, max_size=5)


def frame(parts):
    return pd.DataFrame(
        {
            "segment": [f"s{place}" for place in range(len(parts))],
            "customers": [count for count, _ in parts],
            "csms": [csms if count else 0.0 for count, csms in parts],
        }
    )


@settings(max_examples=40)
@given(PARTS)
def test_each_restriction_can_only_cost_people(parts):
    total = pooling(frame(parts)).query("segment == 'total'").set_index("way")["people"]
    assert total.is_monotonic_increasing
    assert total["pooled"] - total["fractions"] < 1
    assert total["by segment"] - total["fractions"] < len(parts)


@settings(max_examples=40)
@given(st.integers(1, 200), st.floats(0.01, 3))
def test_own_books_equal_filling_books_one_by_one(customers, each):
    found = pooling(
        pd.DataFrame({"segment": ["one"], "customers": [customers], "csms": [customers * each]})
    )
    people = found[(found["way"] == "own books") & (found["segment"] == "one")]["people"].iloc[0]
    if each > 1:
        assert people == customers * math.ceil(each - 1e-9)
    else:
        books, room = 0, 0.0
        for _ in range(customers):
            if room < each - 1e-9:
                books, room = books + 1, 1.0
            room -= each
        assert people == books


def test_idle_is_what_the_people_do_not_use():
    found = pooling(
        pd.DataFrame({"segment": ["a", "b"], "customers": [10, 0], "csms": [1.5, 0.0]})
    ).set_index(["way", "segment"])
    assert found.loc[("by segment", "a"), "idle"] == pytest.approx(0.25)
    assert math.isnan(found.loc[("by segment", "b"), "idle"])
    assert found.loc[("fractions", "total"), "idle"] == 0
    with pytest.raises(ValueError, match="bottom lacks the column csms"):
        pooling(pd.DataFrame({"segment": ["a"], "customers": [1]}))


def test_s1_beside_hours_and_revenue():
    found = stage_view(800, {"hours": 14, "revenue": 5.5, "on board": 10}).set_index("view")
    assert found.loc["S1, stage 4", ["low", "high"]].to_list() == [6, 10]
    assert found.loc[
        "S1, stage 4", ["customers_per_person_low", "customers_per_person_high"]
    ].to_list() == [
        80,
        800 / 6,
    ]
    assert found["against"].to_list() == ["inside", "above", "below", "inside"]
    assert found.loc["revenue", "customers_per_person_low"] == pytest.approx(800 / 5.5)


def test_the_last_stage_has_no_upper_end_and_the_first_nobody():
    last = stage_view(1_000, {"many": 500, "few": 9})
    assert last["against"].to_list() == ["inside", "inside", "below"]
    assert np.isnan(last["high"].iloc[0])
    first = stage_view(5, {"one": 1, "none": 0})
    assert first["against"].to_list() == ["inside", "above", "inside"]


def test_bad_questions_are_refused():
    with pytest.raises(ValueError, match="customers is a whole number of at least 0, got 1.5"):
        stage_view(1.5, {})
    with pytest.raises(ValueError, match="hours is a number of at least 0, got -1"):
        stage_view(5, {"hours": -1})
