"""Today's organisation, read from posts and assignments, and designs of an earlier day."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from cstoolkit import org
from cstoolkit.org import workload


def test_today_is_measured_from_assignments(small):
    table = org.evaluate(small, org.today(small)).set_index("measure")
    value = table["value"]
    assert set(table["basis"]) == {"measured"}
    live = set(small.snapshot()["customer_id"])
    since = small.as_of - pd.DateOffset(months=12)
    given = [row for row in small.assignments.itertuples(index=False) if row.customer_id in live]
    open_ = [row for row in given if pd.isna(row.ends_on) or row.ends_on > small.as_of]
    assert value["contacts_now"] == pytest.approx(
        len({(row.customer_id, row.person_id) for row in open_}) / len(live)
    )
    assert value["contacts_life"] == pytest.approx(
        len({(row.customer_id, row.person_id) for row in given}) / len(live)
    )
    begun = small.spans[small.spans["ends_on"].isna()]["starts_on"].clip(lower=since)
    years = (small.as_of - begun).dt.days.sum() / 365.25
    work = small.activities[
        (small.activities["happened_on"] > since) & small.activities["customer_id"].isin(live)
    ]
    work = work[work["person_id"] != "p5"]
    alone = ~work["customer_id"].isin({row.customer_id for row in open_})
    assert value["hours_uncovered"] == pytest.approx(
        work.loc[alone, "hours"].sum() / work["hours"].sum()
    )
    passed = sum(pd.notna(row.notes_passed) and row.starts_on > since for row in given)
    assert value["handoffs_all"] == pytest.approx(passed / years)
    assert value["span_most"] == 6 and value["levels"] == 1
    assert value["levels_to_top"] == 2


def test_handoffs_without_notes_column_follow_a_colleague(one):
    blind = dataclasses.replace(
        one,
        assignments=one.assignments.assign(
            notes_passed=pd.array([pd.NA] * len(one.assignments), "boolean")
        ),
    )
    live = set(one.snapshot()["customer_id"])
    since = one.as_of - pd.DateOffset(months=12)
    count = 0
    for _customer, rows in one.assignments[one.assignments["customer_id"].isin(live)].groupby(
        "customer_id"
    ):
        rows = rows.sort_values("starts_on").reset_index(drop=True)
        for before, after in zip(rows.itertuples(), list(rows.itertuples())[1:]):
            count += before.person_id != after.person_id and after.starts_on > since
    found = org.evaluate(blind, org.today(blind)).set_index("measure")["value"]["handoffs_all"]
    assert found == pytest.approx(count / workload.work(one).customer_years)


def by_hand(company):
    """Today's handoffs by why, and the contact-years of live customers in the last 12 months."""
    live = set(company.snapshot()["customer_id"])
    since = company.as_of - pd.DateOffset(months=12)
    team = dict(zip(company.posts["person_id"], company.posts["team"]))
    left = dict(zip(company.people["person_id"], company.people["left_on"]))
    why, days, last = {"design": 0, "leaving": 0, "sharing": 0}, 0, {}
    for row in company.assignments.sort_values("starts_on", kind="stable").itertuples(index=False):
        if row.customer_id not in live:
            continue
        before, last[row.customer_id] = last.get(row.customer_id), row.person_id
        end = company.as_of if pd.isna(row.ends_on) else min(row.ends_on, company.as_of)
        days += max((end - max(row.starts_on, since)).days, 0)
        if row.starts_on <= since or pd.isna(row.notes_passed):
            continue
        if before in left and abs((row.starts_on - left[before]).days) <= 31:
            why["leaving"] += 1
        else:
            why["sharing" if team[before] == team[row.person_id] else "design"] += 1
    return why, days / 365.25


def test_today_and_designs_are_compared_like_with_like(one):
    """What no design avoids comes on top of every design's own handoffs, at the company's own rate."""
    gone = one.people["left_on"].mask(one.people["person_id"] == "p1", one.as_of)
    shared = dataclasses.replace(one, people=one.people.assign(left_on=gone))
    row = shared.assignments["notes_passed"].notna() & (shared.assignments["person_id"] != "p1")
    day = shared.assignments["starts_on"].mask(row, one.as_of - pd.Timedelta(days=20))
    shared = dataclasses.replace(shared, assignments=shared.assignments.assign(starts_on=day))
    why, years = by_hand(shared)
    assert min(why.values()) > 0
    found = workload.work(shared)
    today = org.evaluate(shared, org.today(shared)).set_index("measure")["value"]
    assert today["handoffs"] == pytest.approx(why["design"] / found.customer_years)
    anyhow = (why["leaving"] + why["sharing"]) / found.customer_years
    assert today["handoffs_any"] == pytest.approx(anyhow)
    rate = (why["leaving"] + why["sharing"]) / years
    for design in (org.build(shared), org.build(shared, "phase")):
        value = org.evaluate(shared, design).set_index("measure")["value"]
        assert value["handoffs_any"] == pytest.approx(rate * value["contacts_now"])
        assert value["handoffs_all"] == pytest.approx(value["handoffs"] + value["handoffs_any"])


def test_who_has_no_assignments_knows_the_designed_handoffs_only(one):
    blind = dataclasses.replace(one, assignments=one.assignments.iloc[:0])
    value = org.evaluate(blind, org.build(blind, "phase")).set_index("measure")["value"]
    assert value["handoffs"] > 0
    assert value[["handoffs_any", "handoffs_all"]].isna().all()


def test_what_is_known_earlier_is_used_earlier(company):
    """A design of an earlier day rests on that day's customers and people alone."""
    then = company.at("2023-06-30")
    design = org.build(then, "industry")
    ids = set(then.snapshot()["customer_id"])
    assert set(design.axes[0].customers.index) == ids
    hired = set(company.people.loc[company.people["hired_on"] <= "2023-06-30", "person_id"])
    assert {who for unit in design.units for who in unit.people} <= hired
    assert org.laws(then, design)["holds"].all()
