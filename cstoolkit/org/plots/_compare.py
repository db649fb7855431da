"""Designs side by side, the reasons for and against one, and estimated effects."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cstoolkit import theme
from cstoolkit.org import MEASURES
from cstoolkit.org.plots._chart import capital

LINE = 0.22
"""Inches: height of a line of text."""
SHOWN = (
    "contacts_now",
    "contacts_life",
    "handoffs",
    "handoffs_all",
    "kinds_per_person",
    "stranded_worst",
    "cross_sell_visible",
    "arr_one_team_year",
    "coordination_links",
)
"""The measures compared unless others are named: what S0 and S1 say most about."""


@theme.style()
def compare(
    table: pd.DataFrame,
    *,
    measures: Sequence[str] = SHOWN,
    highlight: str | None = None,
    title: str | None = None,
) -> np.ndarray:
    """Designs side by side, one small dot plot a measure; takes the table of ``org.compare``.

    The line joins each dot to zero, so that lengths may be compared. `highlight` names the design
    drawn in the contrasting colour (default: today, where it is among them). Returns the array of
    Axes, one a measure.
    """
    unknown = [each for each in measures if each not in MEASURES.index]
    if unknown:
        raise KeyError(f"no measure {unknown[0]!r}; there are: {', '.join(MEASURES.index)}.")
    values = table.pivot(index="design", columns="measure", values="value")
    names = list(dict.fromkeys(table["design"].astype("str")))
    values = values.reindex(names)
    if highlight is None and "today" in names:
        highlight = "today"
    columns = min(3, len(measures))
    rows = -(-len(measures) // columns)
    height = rows * (0.27 * len(names) + 0.95) + 0.5
    grid = theme.axes(rows, columns, width=11, height=height, sharey=True, squeeze=False)
    for ax, measure in zip(grid.flat, measures):
        _dots(ax, values[measure], MEASURES.loc[measure], highlight)
    for ax in grid.flat[len(measures) :]:
        ax.set_visible(False)
    heading = _span(values, measures[0]) if title is None else title
    grid.flat[0].figure.suptitle(
        heading, x=0.01, ha="left", fontweight="bold", fontsize=theme.TITLE
    )
    return grid


def _dots(ax: Axes, values: pd.Series, about: pd.Series, highlight: str | None) -> None:
    """One measure of all designs; the largest, the smallest and the highlighted are named."""
    one, names = values.to_numpy(float), list(values.index)
    places = np.arange(len(names))[::-1]
    colors = [theme.CONTRAST if name == highlight else theme.MAIN for name in names]
    ax.hlines(places, 0, np.nan_to_num(one), color=colors, linewidth=1.4, alpha=0.45)
    ax.scatter(one, places, s=42, color=colors, zorder=3)
    known = np.isfinite(one)
    shown = {int(np.nanargmax(one)), int(np.nanargmin(one))} if known.any() else set()
    shown |= {names.index(highlight)} if highlight in names else set()
    for place in shown:
        if known[place]:
            text, at = short(one[place], about.unit), (one[place], places[place])
            theme.note(ax, text, at, (7, 0), color=theme.ink(colors[place]))
    for place in np.flatnonzero(~known):
        theme.note(ax, "not known", (0, places[place]), (5, 0), color=theme.MUTED)
    theme.finish(ax, about.label, x=about.unit, grid="x")
    most = (np.nanmax(one) if known.any() else 0.0) or 1.0
    ax.set_xlim(-0.03 * most, most * 1.25)
    if about.unit == "share":
        ax.set_xticks([each for each in ax.get_xticks() if 0 <= each <= 1.001])
        theme.percent(ax.xaxis)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.set_yticks(places, names, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_color(theme.FAINT)


@theme.style()
def reasons(table: pd.DataFrame, *, design: str) -> Axes:
    """What speaks for and against one design (or reporting line), in words; takes the table of
    ``org.recommend``."""
    rows = table[table["design"] == design]
    if rows.empty:
        there = ", ".join(dict.fromkeys(table["design"]))
        raise KeyError(f"no design {design!r}; there are: {there}.")
    marks = {"for": ("+", theme.GOOD), "against": ("-", theme.BAD), "open": ("?", theme.MUTED)}
    lines = [
        (*marks[speaks], textwrap.wrap(f"{row.rule} ({row.source}){_figures(row)}", 96))
        for speaks in marks
        for row in rows[rows["speaks"] == speaks].itertuples(index=False)
    ]
    height = sum(LINE * len(words) + 0.12 for *_, words in lines)
    ax = theme.axes(width=9.5, height=height + 0.7)
    y = 0.0
    for sign, color, words in lines:
        look = {"color": theme.ink(color), "fontweight": "bold", "fontsize": theme.TITLE}
        ax.text(0.12, y - LINE / 2, sign, ha="center", va="center", **look)
        ax.text(0.35, y, "\n".join(words), va="top", ha="left", linespacing=1.3)
        y -= LINE * len(words) + 0.12
    ax.set(xlim=(0, 9.2), ylim=(y, 0.05))
    count = rows["speaks"].value_counts()
    found = ", ".join(f"{count.get(each, 0)} {each}" for each in marks)
    theme.finish(ax, f"{capital(design)}: {found}", grid="")
    ax.set_axis_off()
    return ax


@theme.style()
def effects(table: pd.DataFrame, *, truth: Mapping[str, float] | None = None) -> Axes:
    """Odds of leaving for each effect with 95% intervals; takes the table of ``org.effects``.
    `truth`: log-odds by effect, drawn as rings."""
    table = table.dropna(subset="estimate")
    ax = theme.axes(width=9, height=1.3 + 0.62 * max(len(table), 1))
    place = theme.rows(ax, ["\n".join(textwrap.wrap(label, 24)) for label in table["label"]])
    clear = (table["low"] > 0) | (table["high"] < 0)
    low, high = np.exp(table["low"]), np.exp(table["high"])
    color = np.where(clear, theme.MAIN, theme.MUTED).tolist()
    ax.hlines(place, low, high, color=color, linewidth=2.5)
    ax.scatter(table["odds_ratio"], place, s=64, color=color, zorder=3)
    key = "odds of leaving, against customers without it"
    if truth is not None:
        rings = np.exp([truth.get(name, 0.0) for name in table["effect"]])
        ring = {"facecolor": "none", "edgecolor": theme.CONTRAST, "linewidth": 2}
        ax.scatter(rings, place, s=196, zorder=4, **ring)
        key += "; rings: the truth"
    ax.axvline(1, color=theme.INK, linewidth=1)
    ax.set_xscale("log")
    ticks = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4]
    ax.set_xticks(ticks, [f"x{each:g}" for each in ticks])
    ax.minorticks_off()
    ax.set_xlim(min([*low, 0.75]) * 0.93, max([*high, 1.5]) * 1.07)
    found = ", ".join(table["label"][clear])
    title = (
        f"Told apart from no effect: {found}" if found else "No effect can be told apart from none"
    )
    return theme.finish(ax, title, key, grid="x")


def _span(values: pd.DataFrame, measure: str) -> str:
    one = values[measure].dropna()
    about = MEASURES.loc[measure]
    if one.empty or one.max() == one.min():
        return f"The designs do not differ in {about.label}"
    low, high = (short(each, about.unit) for each in (one.min(), one.max()))
    ends = f"from {low} ({one.idxmin()}) to {high} ({one.idxmax()})"
    return f"{capital(about.label)}: {ends} {about.unit}"


def short(value: float, unit: str) -> str:
    if unit == "share":
        return theme.number(value, ".0%")
    if value >= 100 or value == round(value):
        return theme.number(value, ",.0f")
    return theme.number(value, ".2g" if value < 10 else ".3g")


def _figures(row) -> str:
    if pd.isna(row.value) or row.unit == "yes or no":
        return ""
    value, limit = (short(each, row.unit) for each in (row.value, row.threshold))
    whose = " by our limit" if row.set_by == "ours" else ""
    unit = "" if row.unit == "share" else f" {row.unit}"
    return f": {value}{unit} ({row.comparison} {limit}{whose})"
