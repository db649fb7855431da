"""Play with time to value: which clock, whose, and as known when?"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from cstoolkit import display, theme, ttv
from cstoolkit.controls import Panel, choice, widgets
from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES
from cstoolkit.ttv import plots as pictures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEGMENTS = {
    "onboarding form": ("onboarding", "customers", "onboarding"),
    "tier at the start": ("tier", "tiers", "tier"),
    "rated fit": ("fit", "deals", "fit"),
    "size": ("size", "customers", "employees"),
    "product": ("product", "contracts", "product"),
    "industry": ("industry", "customers", "industry"),
    "region": ("region", "customers", "region"),
}
"""How customers may be divided: a name to read, the segment of ``ttv.segment``, and the table and
column that it takes."""

NOBODY = "all together"
NEVER, LATER = "never gets there", "would still have got there"
"""What a customer that churned before value counts as: what happened to all, or what would have
if nobody churned."""

MOST = 4
"""So many curves, which end close together, can be told apart."""

_UNUSED = ("usage", "activities", "voices", "changes", "people", "posts", "assignments")


def panel(company: Company) -> Panel:
    """Share of customers with value by day, for the clock, the segment and the day
    of knowledge chosen.

    What is shown for a month is what was known at its end (``company.at``). Segments that the
    company has no data for, or more of than can be told apart, are not offered.

    >>> import cstoolkit as cs
    >>> shown = panel(cs.load_company())
    >>> sorted(shown.controls)
    ['churned', 'end', 'month', 'segment', 'start']
    """
    # What time to value does not read need not be wound back either.
    slim = replace(company, **{name: company.tables[name].iloc[:0] for name in _UNUSED})

    @lru_cache(maxsize=64)
    def known(month: pd.Timestamp) -> Company:
        return slim.at(month)

    @lru_cache(maxsize=64)
    def clock(month: pd.Timestamp, start: str, end: str) -> pd.DataFrame:
        return ttv.durations(known(month), start, end)

    def draw(start: str, end: str, segment: str, month: pd.Timestamp, churned: str) -> tuple:
        table = clock(month, start, end)
        by = None if segment == NOBODY else ttv.segment(known(month), table, SEGMENTS[segment][0])
        if churned == NEVER:
            found = ttv.incidence(table["days"], table["outcome"], by)
        else:
            found = ttv.curve(table["days"], table["outcome"] == "value", by)
        ax = _axes(found)
        pictures.curve(found, value=_words(end), ax=ax)
        ax.set_xlabel(f"days since {_words(start)}")
        return ax, _sentence(table, ttv.median(found), end, month, churned)

    months = _months(company)
    names = {_words(name): name for name in MILESTONES}
    return Panel(
        draw,
        {
            "start": choice("the clock starts at", dict(list(names.items())[:-1])),
            "end": choice("and stops at", dict(list(names.items())[1:]), "basic_value"),
            "segment": choice("customers", [NOBODY, *_segments(company)]),
            "month": widgets.SelectionSlider(
                options=months,
                value=months[-1][1],
                description="as known in",
                tooltip="The last month that anything is known of",
                layout=widgets.Layout(width="auto"),
            ),
            "churned": choice("who churned before value", [NEVER, LATER]),
        },
    )


def _axes(found: pd.DataFrame) -> Axes:
    """Axes with fixed margins: a layout would take a third of the time of a picture."""
    longest = max(map(len, found["group"].cat.categories), default=0) if "group" in found else 0
    ax = theme.axes(width=7.5, height=4.2, layout=None)
    ax.get_figure(root=True).subplots_adjust(
        left=0.11, right=0.965 - 0.0125 * longest, top=0.86, bottom=0.13
    )
    return ax


def _words(milestone: str) -> str:
    return milestone.replace("_", " ")


def _segments(company: Company) -> list[str]:
    """The segments that the company has data for, few enough to be told apart."""
    offered = []
    for name, (by, table, column) in SEGMENTS.items():
        many = by not in ttv.THIRDS and company.tables[table][column].nunique() > MOST
        if company.has(table, column) and company.tables[table][column].notna().any() and not many:
            offered.append(name)
    return offered


def _months(company: Company) -> list[tuple[str, pd.Timestamp]]:
    """The ends of the months from the first signing on; of the last month the day
    of the data itself.
    """
    first = company.contracts["signed_on"].min()
    first = company.as_of if pd.isna(first) else first
    ends = pd.date_range(first, company.as_of, freq="ME", inclusive="left")
    return [(f"{day:%Y-%m}", day) for day in [*ends, company.as_of]]


def _sentence(
    table: pd.DataFrame, medians: pd.DataFrame, end: str, month: pd.Timestamp, churned: str
) -> display.Shown:
    counts = table["outcome"].value_counts()
    begun = (
        "As known on {month}, of {n:,} journeys {value:,} had {end}, {open:,} not yet, and "
        "{churned:,} churned first. "
    )
    return display.sentence_of(
        begun + ("All counted: " if churned == NEVER else "As if nobody churned: ") + "**{says}**.",
        month=f"{month:%Y-%m-%d}",
        n=len(table),
        end=_words(end),
        **{name: counts[name] for name in ttv.OUTCOMES},
        says=_medians(medians),
    )


def _medians(medians: pd.DataFrame) -> str:
    if "group" not in medians:
        return medians["says"].item()
    reached = medians.dropna(subset="days").sort_values("days", kind="stable")
    if reached.empty:
        return "no segment has half of its customers there yet"
    days = [f"day {row.days} ({row.group})" for row in reached.itertuples()]
    says = f"half had it by {days[0]}" + (f", at the latest by {days[-1]}" if len(days) > 1 else "")
    late = ", ".join(map(str, medians.loc[medians["days"].isna(), "group"]))
    return f"{says}; not reached: {late}" if late else says
