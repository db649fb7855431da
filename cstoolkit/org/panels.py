"""Play with the shape of CS: choose axes and how they combine, and see the chart, what it costs and
what speaks for and against it."""

from __future__ import annotations

import pandas as pd

from cstoolkit import display, org
from cstoolkit.controls import Panel, choice, slider
from cstoolkit.data.company import Company, MissingData
from cstoolkit.org import plots as pictures
from cstoolkit.org.workload import work

# Touch tiers are left out on purpose: touch is a method that follows from dividing, not an axis
# (S0).
AXES = {
    "industry": "industry",
    "size": "size",
    "use of the product": "trait",
    "contract value": "value",
    "region": "region",
    "phase": "phase",
    "feature": "feature",
    "product": "product",
    "department connected": "department",
}
"""What can be divided by: words to read, and the name of the axis."""

TOLD = 2
"""Reasons told for and against; the others are counted."""


def panel(company: Company, *, context: org.Context | None = None) -> Panel:
    """Build a design: a first axis, a second inside each of its teams (hierarchy), a third across
    all teams (matrix), the people, where support people sit, and the reporting line.

    Only axes that the company has data for are offered. As many people as the company has are its
    own people, placed where their experience is; any other number is of people nobody knows yet.
    `context` answers what no table tells.

    >>> import cstoolkit as cs
    >>> shown = panel(cs.load_company())
    >>> sorted(shown.controls)
    ['across', 'embedded', 'first', 'inside', 'people', 'reporting']
    >>> "customers are already many" in shown.set(first="industry")
    True
    """
    found = {name: _axis(company, name) for name in AXES.values()}
    offered = {words: name for words, name in AXES.items() if found[name] is not None}
    further = {"no further axis": ""} | offered
    crossing = {**found, "department": _axis(company, "department", rest="customers only")}
    among = org.compare(company, org.examples(company))
    own = len(work(company).part("contact"))

    def draw(first: str, inside: str, across: str, people: int, embedded: bool, reporting: str):
        design = org.build(
            company,
            *(found[each] for each in (first, inside) if each),
            matrix=[crossing[across]] if across else (),
            people=None if people == own else people,
            embedded=embedded,
            reporting=reporting,
        )
        reasons = org.recommend(company, context, {"it": design})
        picture = pictures.built(design, org.evaluate(company, design), among)
        return picture, _sentence(design, reporting, reasons)

    return Panel(
        draw,
        {
            "first": choice("divide by", {"nothing: all-rounders": ""} | offered, "phase"),
            "inside": choice("then, inside each team, by", further),
            "across": choice("across all teams, by", further),
            "people": slider("people with customers", own or 5, 1, max(60, 2 * own), step=1),
            "embedded": choice(
                "CS Ops and the like",
                {"in teams of their own": False, "embedded in each team": True},
            ),
            "reporting": choice("CS reports", list(org.LINES)),
        },
    )


def _axis(company: Company, name: str, **options) -> org.Axis | None:
    """The axis, or None where the company has no data for it."""
    try:
        found = org.axis(company, name, **options)
    except MissingData:
        return None
    return found if found.values else None


def _sentence(design: org.OrgDesign, line: str, table: pd.DataFrame) -> display.Shown:
    mine = table[table["design"].isin(["it", line])]
    good, bad, open_ = (_reasons(mine, speaks) for speaks in ("for", "against", "open"))
    name, told = (
        pictures.named(design),
        "**{name}, {line}.** For: {good}. Against: {bad}. Open: {open}.",
    )
    return display.sentence_of(told, name=name, line=line, good=good, bad=bad, open=open_)


def _reasons(table: pd.DataFrame, speaks: str) -> str:
    """The first reasons, those of the sources before those of the design's arithmetic, and how many
    more there are."""
    rules = list(dict.fromkeys(table.loc[table["speaks"] == speaks, "rule"]))
    if not rules:
        return "nothing"
    said = "; ".join(each.removeprefix("not known: ") for each in rules[:TOLD])
    return said + (f"; and {len(rules) - TOLD} more" if len(rules) > TOLD else "")
