"""Charts of ownership and their check: S2's shape passes, one without overlap is reported, every finding is found."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cstoolkit import ownership, tables
from cstoolkit.data.contract import PHASES
from cstoolkit.ownership.charts import BLANK, INFORMED, PARTS, RESPONSIBLE, TAKING_PART

STEP = list(ownership.steps())


def found(chart, finding):
    rows = ownership.check(chart)
    return rows[rows["finding"] == finding]


def breached(chart, **names):
    return (ownership.check(chart, **names)["weight"] == "breach").any()


def test_the_tables_are_whole():
    phases = list(ownership.steps().values())
    assert sorted(phases, key=PHASES.index) == phases and set(phases) == set(PHASES)
    for name in ("chart_sample", "chart_without_overlap"):
        stored = tables.read("ownership", name)
        assert stored["step"].to_list() == STEP and stored["phase"].to_list() == phases
    findings = tables.read("ownership", "findings")
    assert findings["finding"].is_unique
    assert set(findings["weight"]) == {"wanted", "mind", "breach"}


def test_s2s_shape_passes_its_own_check():
    rows = ownership.check(ownership.sample())
    assert set(rows["finding"]) == {"overlap"} and set(rows["weight"]) == {"wanted"}
    grid = ownership.sample().pivot(index="step", columns="team", values="part")
    assert grid["CS"].isin([RESPONSIBLE, TAKING_PART]).all()
    assert ((grid == RESPONSIBLE).sum(axis=1) == 1).all()


def test_a_chart_without_overlap_is_reported():
    rows = ownership.check(ownership.without_overlap())
    sharp = rows.loc[rows["finding"] == "no overlap", "steps"].to_list()
    assert sharp == [
        "close the first contract > kickoff",
        "prepare the renewal > close the renewal",
        "close the renewal > spot and propose an expansion",
        "spot and propose an expansion > close the expansion",
    ]
    assert len(found(ownership.without_overlap(), "CS and sales apart")) == 1


@pytest.mark.parametrize(
    ("early", "late", "finding"),
    [
        (TAKING_PART, TAKING_PART, "overlap"),
        (TAKING_PART, INFORMED, "early exit"),
        (BLANK, TAKING_PART, "cold start"),
        (INFORMED, INFORMED, "no overlap"),
        (BLANK, BLANK, "no overlap"),
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
    assert found(chart, "CS is out")["says"].item() == "CS does not take part in: rate the fit."


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
    assert (rows["finding"] == "no overlap").sum() == sharp
    assert (rows["finding"] == "CS and sales apart").any() == (
        not any({"CS", "sales"} <= each for each in acts)
    )


def test_the_sample_can_be_varied_and_told_by_other_names():
    assert ownership.vary(ownership.sample()).equals(ownership.sample())
    late = ownership.vary(
        ownership.sample(), cs_from="kickoff", sales_until="close the first contract"
    )
    assert len(found(late, "no overlap")) == 1
    mine = ownership.sample().replace({"team": {"CS": "Kundenerfolg", "sales": "Vertrieb"}})
    assert not breached(mine, cs="Kundenerfolg", sales="Vertrieb")
    with pytest.raises(ValueError, match="the chart has no team 'CS'; its teams are: Kundenerfolg"):
        ownership.check(mine)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ownership.chart({}), "at least one team"),
        (
            lambda: ownership.chart({"CS": {"golive": RESPONSIBLE}}),
            "chart, CS: a step is one of rate the fit, .*, got 'golive'",
        ),
        (
            lambda: ownership.chart({"CS": {"kickoff": "owner"}}),
            "chart, CS, kickoff: a part is one of responsible, .*, got 'owner'",
        ),
        (
            lambda: ownership.vary(ownership.sample(), cs_from="golive"),
            "cs_from is one of .* got 'golive'",
        ),
        (
            lambda: ownership.vary(ownership.sample(), renewal="finance"),
            "renewal is one of CS, sales, got 'finance'",
        ),
        (lambda: ownership.check(ownership.sample().drop(columns="part")), "lacks the column part"),
        (
            lambda: ownership.check(ownership.sample().assign(part="boss")),
            "a part is one of .* got 'boss'",
        ),
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
