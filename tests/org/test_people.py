"""Whole people: placed in proportion to the work, led by as many as the span asks for."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit import org
from cstoolkit.org import workload
from cstoolkit.org.people import apportion


def values(company, design):
    return org.evaluate(company, design).set_index("measure")["value"]


def test_people_are_placed_in_proportion_to_hours(one):
    design = org.build(one, "industry", people=200)
    since = one.as_of - pd.DateOffset(months=12)
    work = one.activities[
        (one.activities["happened_on"] > since) & (one.activities["person_id"] != "p5")
    ]
    work = work.merge(one.snapshot()[["customer_id", "industry"]], on="customer_id")
    hours = work.groupby("industry")["hours"].sum()
    placed = pd.Series({unit.team: len(unit.people) for unit in design.units})
    assert (placed / 200 - hours / hours.sum()).abs().max() < 1 / 200


def test_people_go_where_they_live_and_to_the_work_they_did(company):
    area = values(company, org.build(company, "region"))["same_region"]
    elsewhere = values(company, org.build(company, "size"))["same_region"]
    assert area > elsewhere + 0.2
    design = org.build(company, "phase")
    onboarding = next(unit for unit in design.units if unit.team == "Onboarding")
    specialists = set(workload.work(company).people.query("role == 'onboarding'")["person_id"])
    assert len(specialists & set(onboarding.people)) > len(onboarding.people) / 2


def test_a_book_keeps_seats_for_the_closest_team(company):
    closest = np.ceil(0.05 * len(company.snapshot()))
    free, kept = (
        len(org.examples(company, "chart", book=book)["partnership"].units[0].people)
        for book in ({}, {"highest ARR": 8})
    )
    assert kept * 8 >= closest > free * 8


@given(seats=st.integers(1, 80), weights=st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
@settings(deadline=None, max_examples=50)
def test_apportion_gives_all_seats_and_is_fair(seats, weights):
    seats += len(weights)
    taken = apportion(seats, weights, [1] * len(weights))
    assert sum(taken) == seats and min(taken) >= 1
    if any(weights):
        # Webster: no seat could pass to another part whose claim to it is larger.
        for i, a in enumerate(weights):
            for j, b in enumerate(weights):
                if taken[i] > 1:
                    assert a / (2 * taken[i] - 1) >= b / (2 * taken[j] + 1) * (1 - 1e-12)


@pytest.mark.parametrize("people", [2, 8, 9, 25, 60, 500])
@pytest.mark.parametrize("span", [4, 8])
def test_leaders_never_lead_more_than_the_span_and_lead_everybody(one, people, span):
    design = org.build(one, "region", "phase", people=people)
    design = dataclasses.replace(design, support={})
    led = org.managers(design, span=span)
    assert (np.ceil(led["reports"] / led["leaders"]) <= span).all()
    # Everybody but the head reports to somebody: people and leaders below the head.
    assert led["reports"].sum() == people + led["leaders"].sum() - 1
    assert (led["layer"].max() == 1) == (people <= span)


def test_span_is_refused_below_two(one):
    with pytest.raises(ValueError, match="managers: span is a whole number of at least 2, got 1"):
        org.managers(org.build(one), span=1)


def test_posts_in_a_circle_are_refused(one):
    posts = one.posts.copy()
    posts.loc[posts["person_id"] == "p6", "manager_id"] = "p0"
    posts.loc[posts["person_id"] == "p0", "manager_id"] = "p6"
    circle = dataclasses.replace(one, posts=posts)
    with pytest.raises(ValueError, match="posts name managers in a circle"):
        org.evaluate(circle, org.today(circle))


def test_reporting_lines_are_a_property(one):
    design = org.build(one, "phase", reporting="under CRO")
    assert design.reporting == ("CEO", "CRO", "CCO") == org.reporting_line("under CRO")
    direct = org.build(one, "phase")
    gap = values(one, design)["levels_to_top"] - values(one, direct)["levels_to_top"]
    assert gap == 1
    own = org.build(one, "phase", reporting=["head of the business", "COO", "head of CS"])
    assert values(one, own)["levels_to_top"] == values(one, direct)["levels_to_top"] + 1


def test_people_of_a_design_are_a_number_or_ids(one):
    with pytest.raises(ValueError, match="build: people is a whole number of at least 0, got -1"):
        org.build(one, people=-1)
    with pytest.raises(ValueError, match="build: people is a whole number of at least 0, got 2.5"):
        org.build(one, people=2.5)
    assert org.build(one, people="p1").people == ("p1",)


def test_where_nobody_serves_customers_a_sentence_says_so(one):
    over = dataclasses.replace(
        one, assignments=one.assignments.assign(ends_on=one.assignments["starts_on"])
    )
    with pytest.raises(LookupError, match="nobody on board looks after a live customer"):
        org.today(over)
    assert "today" not in org.examples(over)
    none = dataclasses.replace(one, contracts=one.contracts.iloc[:0])
    for entry in (org.build, org.examples, org.facts, org.recommend):
        with pytest.raises(LookupError, match="has no live customers on .*: nothing to divide"):
            entry(none)


def test_wrong_types_are_told_where_the_right_ones_come_from(one):
    with pytest.raises(TypeError, match="company is what cs.load_company.. gives, got a DataFrame"):
        org.build(one.customers)
    with pytest.raises(TypeError, match="compare: designs have names, .* got a OrgDesign"):
        org.compare(one, org.build(one))
    with pytest.raises(TypeError, match="recommend: designs have names"):
        org.recommend(one, designs=[org.build(one)])
