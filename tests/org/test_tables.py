"""The tables beside the topic: whoever edits them is told at once what does not fit."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from importlib.resources import files

import pytest

import cstoolkit as cs
from cstoolkit import org, tables
from cstoolkit.org import advice
from cstoolkit.org.evidence import EFFECTS, LABELS

SOURCES = {"S0", "S1", "S2", "S3", "S4", "ours"}


def read(name):
    table = tables.read("org", name)
    texts = table.select_dtypes("str")
    assert (texts == texts.apply(lambda column: column.str.strip())).all().all()
    return table


def entries():
    return tomllib.loads(files("cstoolkit.org").joinpath("designs.toml").read_text("utf-8"))


def test_measures_are_those_that_evaluate_gives(one):
    table = read("measures")
    assert table["measure"].is_unique and set(table["source"]) <= SOURCES
    assert set(table["from_hours"]) == {"yes", "no"}
    assert (table[["label", "unit", "formula"]] != "").all().all()
    values = org.evaluate(one, org.build(one, "phase")).set_index("measure")["value"]
    assert values.notna().all() and list(values.index) == list(table["measure"])


def test_rules_rest_on_facts_and_thresholds_that_there_are(designs):
    table, facts = read("preconditions"), read("facts")
    assert set(table["comparison"]) == {"at least", "at most"} and set(table["source"]) <= SOURCES
    assert (table[["met", "broken"]] != "").all().all()
    assert set(table["fact"]) <= set(facts["fact"])
    limits = asdict(org.Thresholds())
    assert all(each in limits or float(each) >= 0 for each in table["threshold"])
    assert set(limits) <= set(table["threshold"])
    # Every type of design and every line is met with.
    met = set(org.LINES).union(*(advice._types(design) for design in designs.values()))
    assert set(table["type"]) <= met


def test_facts_are_those_that_are_computed(company):
    table = read("facts")
    assert table["fact"].is_unique and set(table["of"]) == {"company", "design"}
    assert list(org.facts(company)["fact"]) == list(table.loc[table["of"] == "company", "fact"])


def test_claims_name_designs_measures_and_effects():
    table = read("claims")
    assert table["claim"].is_unique and set(table["label"]) == set(LABELS)
    assert set(table["source"]) <= SOURCES
    structural, estimated, unknown = (table[table["label"] == label] for label in LABELS)
    assert {*structural["design"], *structural["against"]} <= set(entries())
    assert set(structural["measure"]) <= set(org.MEASURES.index)
    assert set(structural["direction"]) == {"more", "less"}
    assert set(estimated["measure"]) == set(EFFECTS.index)
    assert set(estimated["direction"]) <= {"more", "less", "same"}
    truth = set(cs.load_truth().effects["name"])
    assert set(estimated["truth"]) - {""} <= truth
    assert (unknown["why"] != "").all()


def test_designs_are_of_the_kinds_that_there_are(company, designs):
    made = entries()
    assert {entry["kind"] for entry in made.values()} == {"axis", "chart", "combination"}
    assert {entry["source"] for entry in made.values()} <= SOURCES
    assert list(designs) == [*made, "today"]
    for kind in ("axis", "chart", "combination"):
        wanted = [name for name, entry in made.items() if entry["kind"] == kind]
        assert list(org.examples(company, kind)) == wanted
    with pytest.raises(ValueError, match="examples: kind is one of axis, chart, combination"):
        org.examples(company, "axes")


def test_every_reporting_line_has_its_row():
    assert tuple(read("reporting_lines")["line"]) == org.LINES
    with pytest.raises(ValueError, match="line is one of CEO-direct, under CCO, under CRO"):
        org.reporting_line("under COO")
