"""Charts of ownership and their check: S2's shape passes, a razor-sharp one is reported, every finding is found."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cstoolkit import ownership
from cstoolkit.ownership import BLANK, INFORMED, PARTS, RESPONSIBLE, STEPS, TAKING_PART

STEP = list(STEPS)


def found(chart, finding):
    rows = ownership.check(chart)
    return rows[rows["finding"] == finding]


def test_s2s_shape_passes_its_own_check():
    rows = ownership.check(ownership.sample())
    assert ownership.passes(rows) and set(rows["finding"]) == {"overlap"}
    grid = ownership.sample().pivot(index="step", columns="team", values="part")
    assert grid["CS"].isin([RESPONSIBLE, TAKING_PART]).all()
    assert ((grid == RESPONSIBLE).sum(axis=1) == 1).all()


def test_the_razor_sharp_variant_is_reported():
    rows = ownership.check(ownership.razor_sharp())
    assert not ownership.passes(rows)
    sharp = rows.loc[rows["finding"] == "razor-sharp border", "steps"].to_list()
    assert sharp == [
        "close the first contract > kickoff",
        "prepare the renewal > close the renewal",
        "close the renewal > spot and propose an expansion",
        "spot and propose an expansion > close the expansion",
    ]
    assert len(found(ownership.razor_sharp(), "no overlap with sales")) == 1


@pytest.mark.parametrize(
    ("early", "late", "finding"),
    [
        (TAKING_PART, TAKING_PART, "overlap"),
        (TAKING_PART, INFORMED, "one-sided border"),
        (BLANK, TAKING_PART, "one-sided border"),
        (INFORMED, INFORMED, "razor-sharp border"),
        (BLANK, BLANK, "razor-sharp border"),
    ],
)
def test_a_border_is_judged_by_both_sides_and_informing_is_not_taking_part(early, late, finding):
    cs = dict.fromkeys(STEP[2:], RESPONSIBLE) | {STEP[0]: TAKING_PART, STEP[1]: early}
    sales = {STEP[0]: RESPONSIBLE, STEP[1]: RESPONSIBLE, STEP[2]: late}
    rows = found(ownership.chart({"CS": cs, "sales": sales}), finding)
    assert rows["steps"].to_list() == [f"{STEP[1]} > {STEP[2]}"] and rows["teams"].to_list() == [
        "sales, CS"
    ]


def test_gaps_and_shared_responsibility_are_named():
    cs = dict.fromkeys(STEP, RESPONSIBLE) | {"onboard": TAKING_PART}
    chart = ownership.chart({"CS": cs, "sales": {"kickoff": RESPONSIBLE}})
    assert found(chart, "gap")["steps"].to_list() == ["onboard"]
    assert found(chart, "shared responsibility")["teams"].to_list() == ["CS, sales"]
    assert "Say who decides" in found(chart, "shared responsibility")["says"].item()


def test_cs_that_is_only_informed_is_out():
    cs = dict.fromkeys(STEP, RESPONSIBLE) | {"rate the fit": INFORMED}
    chart = ownership.chart(
        {"CS": cs, "sales": {"rate the fit": RESPONSIBLE, "close the first contract": TAKING_PART}}
    )
    assert found(chart, "CS is out")["says"].item() == "CS is only informed in: rate the fit."


PARTS_OF = st.dictionaries(st.sampled_from(STEP), st.sampled_from(PARTS))


@given(PARTS_OF, PARTS_OF, PARTS_OF)
def test_any_chart_is_judged_as_by_hand(cs, sales, third):
    chart = ownership.chart({"CS": cs, "sales": sales, "third": third})
    rows = ownership.check(chart)
    teams = {"CS": cs, "sales": sales, "third": third}
    owners = [
        [name for name, mine in teams.items() if mine.get(step) == RESPONSIBLE] for step in STEP
    ]
    acts = [
        {name for name, mine in teams.items() if mine.get(step) in (RESPONSIBLE, TAKING_PART)}
        for step in STEP
    ]
    assert (rows["finding"] == "gap").sum() == sum(not each for each in owners)
    assert (rows["finding"] == "CS is out").sum() == sum("CS" not in each for each in acts)
    sharp = 0
    for place in range(len(STEP) - 1):
        for old in owners[place]:
            for new in owners[place + 1]:
                passes_on = old not in owners[place + 1] and new not in owners[place]
                sharp += passes_on and new not in acts[place] and old not in acts[place + 1]
    assert (rows["finding"] == "razor-sharp border").sum() == sharp
    assert (rows["finding"] == "no overlap with sales").any() == (
        not any({"CS", "sales"} <= each for each in acts)
    )


def test_the_sample_can_be_varied_and_told_by_other_names():
    late = ownership.sample(cs_from="kickoff", sales_until="close the first contract")
    assert len(found(late, "razor-sharp border")) == 1
    mine = ownership.sample().replace({"team": {"CS": "Kundenerfolg", "sales": "Vertrieb"}})
    assert ownership.passes(ownership.check(mine, cs="Kundenerfolg", sales="Vertrieb"))
    with pytest.raises(ValueError, match="the chart has no team 'CS'; its teams are: Kundenerfolg"):
        ownership.check(mine)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ownership.chart({}), "at least one team"),
        (lambda: ownership.chart({"CS": {"golive": RESPONSIBLE}}), "there is no step 'golive'"),
        (
            lambda: ownership.chart({"CS": {"kickoff": "owner"}}),
            "a part is responsible, taking part, informed or blank, got 'owner'",
        ),
        (lambda: ownership.sample(cs_from="golive"), "cs_from is a step, got 'golive'"),
        (
            lambda: ownership.sample(renewal="finance"),
            "renewal is closed by CS or by sales, got 'finance'",
        ),
        (lambda: ownership.check(ownership.sample().drop(columns="part")), "missing: part"),
        (lambda: ownership.check(ownership.sample().assign(part="boss")), "or blank, got 'boss'"),
        (
            lambda: ownership.check(ownership.sample().assign(team="CS")),
            "CS has two parts in the step 'rate the fit'",
        ),
    ],
)
def test_bad_charts_are_refused_with_the_mend(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_practice_counts_hours_with_other_departments(company):
    rows = ownership.in_practice(company, months=6)
    work = company.activities[
        company.activities["happened_on"] > company.as_of - pd.DateOffset(months=6)
    ]
    renewal = work[work["phase"] == "renewal"]
    sales = renewal.loc[renewal["department"] == "sales", "hours"].sum()
    row = rows[(rows["phase"] == "renewal") & (rows["department"] == "sales")].iloc[0]
    assert row["hours"] == pytest.approx(sales) and row["share"] == pytest.approx(
        sales / renewal["hours"].sum()
    )
