"""Leaders level upon level, CS Ops and customer marketing by their rules."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cstoolkit.staffing import Cost, Span, Support, leader_levels, leaders, roles

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


@given(st.integers(0, 300), st.integers(2, 15))
def test_leaders_equal_filling_the_levels_one_by_one(people, span):
    assert leaders(people, span) == by_hand(people, span)


@given(PEOPLE, SPANS)
def test_more_people_never_need_fewer_leaders_and_wider_spans_never_more(people, span):
    assert leaders(people, span) <= leaders(people + 1, span)
    assert leaders(people, span + 0.5) <= leaders(people, span)


@given(PEOPLE, SPANS)
def test_levels_end_in_one_head_and_nobody_leads_more_than_the_span(people, span):
    levels = leader_levels(people, span)
    assert levels["leaders"].sum() == leaders(people, span)
    if people > 1:
        assert levels["leaders"].iloc[0] == 1
        assert levels["led"].iloc[-1] == people
        assert (levels["led"].iloc[:-1].to_numpy() == levels["leaders"].iloc[1:].to_numpy()).all()
        assert (levels["reports"] <= span + 1e-9).all()
        # One leader less on any level would be too few.
        assert ((levels["leaders"] - 1) * span < levels["led"]).all()
    else:
        assert levels.empty


def test_one_person_leads_nobody():
    assert (leaders(0, 8), leaders(1, 8), leaders(2, 8)) == (0, 0, 1)


@pytest.mark.parametrize("span", [1, 0, -3, float("nan"), None])
def test_a_span_below_2_is_refused(span):
    with pytest.raises(ValueError, match="leaders: span is a number of at least 2"):
        leaders(10, span)


def test_people_are_whole(base):
    with pytest.raises(ValueError, match=r"people is a whole number, got 7.5. Round up first"):
        leaders(7.5, 8)
    with pytest.raises(ValueError, match="at least 0, got -1"):
        leaders(-1, 8)
    assert leaders(8.0, 8) == 1


def test_new_leaders_narrow_the_span():
    assert (Span().reports, Span(new_share=1).reports, Span(new_share=0.5).reports) == (10, 6, 8)
    assert leaders(60, Span(new_share=1)) > leaders(60, Span())
    with pytest.raises(ValueError, match="Span: new is a number of at least 2, got 1"):
        Span(new=1)
    with pytest.raises(ValueError, match="For 50% write 0.50"):
        Span(new_share=50)


def test_support_comes_when_half_of_its_work_is_there():
    support = Support(csms_per_ops=12, customers_per_marketing=600)
    found = {
        csms: roles(csms, 0, support=support).set_index("role")["headcount"]
        for csms in (5, 6, 17, 18)
    }
    assert [found[csms]["CS Ops"] for csms in found] == [0, 1, 1, 2]
    marketing = [
        roles(1, n, support=support).set_index("role").loc["customer marketing", "headcount"]
        for n in (299, 300, 900)
    ]
    assert marketing == [0, 1, 2]


@given(st.floats(0, 300), st.integers(0, 20_000))
def test_the_headcount_is_people_and_the_leaders_of_all_of_them(csms, customers):
    found = roles(csms, customers).set_index("role")["headcount"]
    team = found.drop("leader").sum()
    assert found["leader"] == leaders(int(team), Span())
    assert -1e-6 < found["CSM"] - csms < 1


def test_an_answer_brings_its_customers(base):
    bottom = pd.DataFrame({"segment": ["a", "b"], "customers": [500, 700], "csms": [10.2, 10.2]})
    assert roles(bottom).equals(roles(20.4, 1_200))
    assert roles(bottom, 0).set_index("role").loc["customer marketing", "headcount"] == 0
    cost = Cost(csm=1, cs_ops=10, customer_marketing=100, leader=1000)
    assert roles(bottom, cost=cost)["cost"].to_list() == [21, 20, 200, 4000]
    assert roles(bottom, span=8)["source"].iloc[-1] == "ours"
    with pytest.raises(ValueError, match="say how many customers customer marketing serves"):
        roles(20)
    assert roles(bottom, currency="JPY")["cost"].isna().all()
    with pytest.raises(ValueError, match="costs are in USD"):
        roles(bottom, cost=cost, currency="JPY")
    with pytest.raises(ValueError, match="Support: csms_per_ops is a number above 0, got 0"):
        Support(csms_per_ops=0)
