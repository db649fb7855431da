"""The panel of organisation types: whatever is chosen can be drawn or is told why not, and what it tells is what the model says."""

from __future__ import annotations

import pandas as pd
import pytest

from cstoolkit import org
from cstoolkit.data.company import Company
from cstoolkit.org import panels


@pytest.fixture(scope="module")
def panel(company):
    return panels.panel(company)


def start(panel, **values):
    return panel.set(**{**panel._start, **values})


def test_every_axis_can_be_chosen_in_every_place(panel):
    axes = list(panels.AXES.values())
    for first, inside, across in zip(axes, axes[1:] + axes[:1], axes[2:] + axes[:2]):
        if not {"feature", "product"} <= {first, inside, across}:
            start(panel, first=first, inside=inside, across=across)
            assert panel.error is None and panel.picture, (first, inside, across)
    for place in ("first", "inside", "across"):
        for name in ("feature", "product"):
            start(panel, **{"first": "", place: name})
            assert panel.error is None and panel.picture, (place, name)


@pytest.mark.parametrize(
    ("people", "embedded", "line"), [*zip((1, 60, 60), (False, True, False), org.LINES)]
)
def test_other_controls_draw_at_their_ends(panel, people, embedded, line):
    told = start(panel, people=people, embedded=embedded, reporting=line)
    assert panel.error is None and f"Phase, {line}." in told


def test_axes_that_do_not_go_together_are_told(panel):
    assert "each axis divides once" in start(panel, first="phase", inside="phase")
    assert "product is the coarse form of feature" in start(
        panel, first="feature", across="product"
    )
    assert panel.picture == b""


def test_the_sentence_gives_the_rules_of_the_design(company, panel):
    told = start(panel, first="industry", inside="phase", across="department")
    design = org.build(
        company, "industry", "phase", matrix=org.axis(company, "department", rest="customers only")
    )
    table = org.recommend(company, designs={"it": design})
    table = table[table["design"].isin(["it", "CEO-direct"])]
    for speaks in ("for", "against", "open"):
        rules = table.loc[table["speaks"] == speaks, "rule"].drop_duplicates()
        for rule in rules[:2]:
            assert rule.removeprefix("not known: ") in told
        assert (f"and {len(rules) - 2} more" in told) or len(rules) <= 2


def test_the_context_closes_what_was_open(company, panel):
    sure = panels.panel(company, context=org.Context(targets_settled=True, businesses=False))
    assert "target segments are settled (context)" in start(panel, first="industry")
    assert "Open: nothing" in start(sure, first="industry")


def test_the_own_people_are_placed_until_another_number_is_chosen(company, panel, monkeypatch):
    drawn = []
    real = panels.pictures.built
    monkeypatch.setattr(
        panels.pictures, "built", lambda design, *rest: drawn.append(design) or real(design, *rest)
    )
    own = panel._start["people"]
    start(panel, people=own + 1)
    start(panel)
    ids = [{who for unit in design.units for who in unit.people} for design in drawn]
    assert len(ids[0]) == own + 1 and not ids[0] & set(company.people["person_id"])
    assert len(ids[1]) == own and ids[1] <= set(company.people["person_id"])


def test_a_company_with_contracts_alone_is_offered_what_it_has_data_for():
    contracts = pd.DataFrame(
        {
            "customer_id": list("abc"),
            "starts_on": "2024-01-01",
            "ends_on": "2026-01-01",
            "arr": [9.0, 1.0, 2.0],
        }
    )
    bare = Company.from_tables(
        name="Bare",
        currency="EUR",
        as_of="2025-01-01",
        customers=contracts[["customer_id"]],
        contracts=contracts,
    )
    panel = panels.panel(bare)
    assert panel.error is None
    assert list(panel.controls["inside"].options.values()) == ["", "value", "phase"]
    assert "Value x phase" in panel.set(first="value", across="phase") and panel.error is None
