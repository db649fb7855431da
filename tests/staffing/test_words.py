"""The words for staffing's codes: each case has its sentence, and says the numbers of the answer."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from cstoolkit.staffing import (
    Capacity,
    Cost,
    bottom_up,
    levers,
    pooling,
    reconcile,
    stage_view,
    top_down,
    verdict,
    words,
)

CAPACITY = Capacity(hours=160, utilisation=0.65)


@pytest.fixture
def bottom(base, effort):
    return bottom_up(base, effort, CAPACITY)


def against(bottom, share, **settings):
    return reconcile(bottom.assign(csms=bottom["csms"] * share), bottom, **settings)


def says(found, lever, segment="total"):
    return levers(found, segment).set_index("lever")["says"][words.WORDS["lever"][lever]["name"]]


@pytest.mark.parametrize(
    ("share", "finding", "advice"),
    [
        (1.0, "Both approaches agree: about {bottom}", "Budget it with finance."),
        (0.5, "The budget pays for {top} of the {bottom}", "scale the plan to the budget."),
        (2.0, "The budget pays for {top} CSMs, {gap} more than", "before giving the rest back."),
    ],
)
def test_a_verdict_says_the_numbers_both_units_and_what_to_do(bottom, share, finding, advice):
    found = against(bottom, share)
    numbers = {
        "top": words.people(found.total["csms_top_down"]),
        "bottom": words.people(found.total["csms_bottom_up"]),
    }
    numbers["gap"] = words.people(float(numbers["top"]) - float(numbers["bottom"]))
    said = verdict(found)
    assert said.startswith(finding.format(**numbers)) and said.endswith(advice)
    assert f"{found.total['customers_per_csm_bottom_up']:,.0f} customers under the plan" in said
    assert verdict(found, "high").startswith("high: ")


def test_the_total_names_what_it_hides(bottom):
    whole = bottom["csms"].sum()
    found = reconcile(bottom.assign(csms=[whole - 0.1, 0.1]), bottom)
    assert found.total["verdict"] == "about equal"
    assert verdict(found).endswith(
        "The total hides what differs: high (more than needed), low (too few)."
    )


def test_nobody_is_said(base, effort):
    kinds = base.astype({"segment": pd.CategoricalDtype(["high", "low", "new"])})
    found = reconcile(top_down(kinds, 1e6), bottom_up(kinds, effort, CAPACITY))
    assert verdict(found, "new") == "new: There are no customers to staff for."


def test_differences_agree_with_the_figures_beside_them(bottom):
    """17.46 and 12.54 are shown as 17.5 and 12.5: their difference as 5.0, not 4.9."""
    row = {"csms_top_down": 17.46, "csms_bottom_up": 12.54, "verdict": "more than needed"}
    assert words.finding(row) == (
        "The budget pays for 17.5 CSMs, 5 more than the 12.5 that the plan needs"
    )


def test_every_lever_has_its_sentence(bottom):
    for found in (against(bottom, 0.5), against(bottom, 2.0), against(bottom, 0.5, currency="JPY")):
        shown = levers(found)
        assert len(shown) == len(words.WORDS["lever"]) * 3
        assert not shown["says"].str.contains("nan|inf|{").any()
    assert levers(found, "high")["segment"].unique().tolist() == ["high"]


def test_levers_tell_their_cases(bottom):
    few, plenty = against(bottom, 0.8), against(bottom, 2.0)
    assert says(few, "automation_share") == "Tools that take over 20% of the hours close the gap."
    assert "tools alone do not close the gap" in says(against(bottom, 0.1), "automation_share")
    assert says(plenty, "automation_share").startswith("There is nothing to automate")
    assert says(plenty, "tool_cost") == "No tool is needed."
    assert says(plenty, "break_even_customers") == "Nothing is automated."
    assert says(plenty, "people").endswith("more than the plan needs.")
    assert says(against(bottom, 1.0), "people").startswith("The budget pays for the people")
    assert says(few, "people") == "The plan needs 1 more than the budget pays for: 4 against 3."
    dear = against(bottom, 0.8, cost=replace(Cost(), tool_per_customer=1e6))
    assert says(dear, "break_even_customers").startswith("The tool never pays")
    late = against(bottom, 0.8, cost=replace(Cost(), tool=1e7))
    assert says(late, "break_even_customers").endswith("with 240 it does not pay yet.")


def test_small_companies_are_told_in_their_own_size():
    assert words.people(0.04) == "0.04"
    assert words.counted(1, "customer") == "1 customer"
    row = {"customers_per_csm_bottom_up": 1.0, "customers_per_csm_top_down": 24.0}
    assert "after 1 customer under the plan, 24 under" in words.in_units(row)


def test_whole_people_and_stages_are_told():
    alone = pd.DataFrame({"segment": ["a"], "customers": [10], "csms": [2.0]})
    assert words.pooling_finding(pooling(alone)).startswith("Own books cost nobody more")
    two = pd.DataFrame({"segment": ["a", "b"], "customers": [3, 3], "csms": [1.1, 1.1]})
    assert "cost 1 more person than" in words.pooling_finding(pooling(two))
    view = stage_view(800, {"hours": 14, "revenue": 7})
    assert words.stage_finding(view, 800) == (
        "For 800 customers S1 sees 6-10 people in CS; 1 of 2 answers are inside"
    )
    assert words.stage_finding(stage_view(1_000, {}), 1_000).endswith("10 or more people in CS")


def test_parts_of_one_person_are_told_apart():
    """A small company's 0.12 and 0.10 are not both 0.1, with 0.02 between them."""
    row = {"csms_top_down": 0.1204, "csms_bottom_up": 0.1004, "verdict": "more than needed"}
    assert words.finding(row) == (
        "The budget pays for 0.12 CSMs, 0.02 more than the 0.10 that the plan needs"
    )


@pytest.mark.parametrize(
    ("low", "high", "outcome", "says"),
    [
        (24, 31, "headcount", "24 to 31 people in CS"),
        (1, 1, "headcount", "1 person in CS"),
        (0.08, 0.12, "csms", "0.08 to 0.12 CSMs"),
        (1200.4, 1900.2, "hours", "1,200 to 1,900 hours a month"),
    ],
)
def test_the_span_of_draws_reads_well(low, high, outcome, says):
    assert words.draws_span(low, high, outcome) == says
