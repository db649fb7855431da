"""Claims examined: what is arithmetic comes from the measures, what is estimated recovers the truth and nothing where nothing is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import org
from cstoolkit.data.company import Company
from cstoolkit.org.evidence import EFFECTS, LABELS
from cstoolkit.stats import z
from cstoolkit.synthesis import Truth, synthesize

SEEDS = range(5)
TABLES = ("customers", "contracts", "milestones", "usage", "deals", "assignments", "people")


@cache
def estimated(planted: bool) -> pd.DataFrame:
    """The effects found in five worlds of half the bundled company's size, with the published truth or without any effect of handoffs."""
    truth = (
        Truth()
        if planted
        else Truth(handoff_on_churn=0, handoff_on_stall=0, handoff_on_value=0, notes_win_back=0)
    )
    found = []
    for seed in SEEDS:
        world = synthesize(truth, seed=seed, scale=0.5, voices=False)
        tables = {name: world.tables[name] for name in TABLES}
        company = Company.from_tables(name="world", currency="USD", as_of=world.as_of, **tables)
        found.append(org.effects(company).assign(seed=seed))
    return pd.concat(found)


@pytest.mark.parametrize(
    ("effect", "truth"),
    [
        ("handoff_without_notes", Truth().handoff_on_churn),
        ("handoff_with_notes", 0),
        ("industry_known", 0),
        ("region_shared", 0),
    ],
)
def test_intervals_cover_the_truth(effect, truth):
    rows = estimated(True).query("effect == @effect")
    assert rows["estimate"].notna().all()
    assert ((rows["low"] <= truth) & (truth <= rows["high"])).sum() >= 4
    # The intervals are 95% intervals, not the whole line.
    assert (rows["high"] - rows["low"]).median() < 1.5


def test_a_planted_effect_is_found_and_an_absent_one_is_not():
    says = lambda rows: int(((rows["low"] > 0) | (rows["high"] < 0)).sum())  # noqa: E731
    with_effect = estimated(True).query("effect == 'handoff_without_notes'")
    truth = Truth().handoff_on_churn
    assert with_effect["estimate"].mean() == pytest.approx(truth, abs=0.2)
    # One small world cannot tell the effect from none; five together can.
    error = (with_effect["high"] - with_effect["low"]) / (2 * z())
    weight = 1 / error**2
    assert (weight * with_effect["estimate"]).sum() / weight.sum() > z() / weight.sum() ** 0.5
    # With no effect, 5% of five intervals miss zero: more than 2 by chance about once in a thousand.
    for _, rows in estimated(False).groupby("effect"):
        assert says(rows) <= 2


def test_decisions_by_hand(one):
    """Each decision's facts, looked up one by one."""
    table = org.decisions(one)
    contracts = one.contracts
    fit = (
        one.deals.dropna(subset=["customer_id", "fit"])
        .drop_duplicates("customer_id")
        .set_index("customer_id")["fit"]
    )
    people = one.people.set_index("person_id")
    customers = one.customers.set_index("customer_id")
    assert len(table) > 10 and 0 < table["left"].mean() < 1
    for row in table.itertuples():
        end = row.decided_on + pd.Timedelta(days=30)
        mine = contracts[
            (contracts["customer_id"] == row.customer_id) & (contracts["product"] == row.product)
        ]
        assert (mine["ends_on"] == end).any()
        assert row.left == (not mine["starts_on"].between(end, end + pd.Timedelta(days=30)).any())
        given = one.assignments[one.assignments["customer_id"] == row.customer_id]
        passed = given[
            given["notes_passed"].notna() & (given["starts_on"] <= row.decided_on)
        ].sort_values("starts_on")
        recent = passed[passed["starts_on"] >= row.decided_on - pd.Timedelta(days=180)].tail(1)
        noted = recent["notes_passed"].iloc[0] if len(recent) else None
        assert row.handoff_with_notes == float(noted is not None and bool(noted))
        assert row.handoff_without_notes == float(noted is not None and not bool(noted))
        open_ = given[
            (given["starts_on"] <= row.decided_on) & ~(given["ends_on"] <= row.decided_on)
        ]["person_id"]
        assert row.region_shared == float(
            (people.loc[open_, "region"] == customers.loc[row.customer_id, "region"]).any()
        )
        assert row.industry_known == float(
            people.loc[open_, "skills"]
            .str.contains(customers.loc[row.customer_id, "industry"])
            .any()
        )
        assert row.fit == (fit[row.customer_id] / 10 if row.customer_id in fit else 0)


def test_later_facts_do_not_change_a_decision(company):
    """What is looked up for a decision was known on that day: the company as of then gives the same facts."""
    day = pd.Timestamp("2024-06-30")
    now = org.decisions(company)
    then = org.decisions(company.at(day))
    # Decided, and the grace period over, by that day.
    both = now[now["decided_on"] + pd.Timedelta(days=60) <= day]
    merged = both.merge(then, on=["customer_id", "product", "decided_on"], suffixes=("", "_then"))
    assert len(merged) == len(both) > 300
    for column in [*EFFECTS.index, "left", "value", "health"]:
        assert np.allclose(merged[column].astype(float), merged[f"{column}_then"].astype(float)), (
            column
        )


def test_every_structural_claim_says_what_the_measures_say(claimed, compared):
    table = claimed.query("label == 'structural'")
    measures = compared.pivot(index="measure", columns="design", values="value")
    for row in table.itertuples():
        assert row.value == measures.loc[row.measure, row.design]
        assert row.other == measures.loc[row.measure, row.against]
        if row.holds is not pd.NA and row.holds:
            assert row.value != row.other
    heavy = table.set_index("claim").loc["all-rounder: heavy load on each person"]
    assert not heavy["holds"] and "the same work over the same people" in heavy["says"]


def test_estimates_stand_beside_the_truth(company, claimed):
    truth = cs.load_truth().effects.set_index("name")["value"].to_dict()
    table = org.claims(company, {}, truth=truth).query("label == 'estimated'").set_index("measure")
    assert set(table.index) == set(EFFECTS.index)
    assert ((table["low"] <= table["truth"]) & (table["truth"] <= table["high"])).all()
    assert table.loc["handoff_without_notes", "truth"] == truth["handoff_on_churn"]
    # An interval around zero settles nothing; another does.
    unclear = (table["low"] < 0) & (table["high"] > 0)
    assert table["holds"].isna().equals(unclear)
    assert claimed["truth"].isna().all()


def test_every_claim_has_one_of_three_labels_and_a_reason(claimed):
    table = claimed
    assert set(table["label"]) == set(LABELS)
    assert (table["says"].str.len() > 20).all() and table["claim"].is_unique
    assert table.query("label == 'not identifiable here'")["holds"].isna().all()


def test_where_too_few_left_nothing_is_estimated(one):
    table = org.effects(one.at("2023-06-30"))
    assert table["estimate"].isna().all()
    assert set(table["effect"]) == set(EFFECTS.index)
    early = org.claims(one.at("2023-06-30"))
    assert set(early.loc[early["measure"].isin(list(EFFECTS.index)), "label"]) == {
        "not identifiable here"
    }
