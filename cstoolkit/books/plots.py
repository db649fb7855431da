"""Pictures of books, notebook 10: a plan or a frame of the model goes in, Axes come out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cstoolkit import theme
from cstoolkit.books import words
from cstoolkit.books.plans import Plan, outside

SHOWN = 20
"""The most people in one picture: those who were furthest off."""


@theme.style()
def loads(plan: Plan, measure: str = "hours", ax: Axes | None = None) -> Axes:
    """What each person holds before and after, as a share of the fair share, with the band.

    An arrow a person, from before to after; the band is the grey area.
    """
    rows = plan.loads[plan.loads["measure"] == measure]
    far = rows["off_before"].abs().sort_values(ascending=False, kind="stable").index[:SHOWN]
    rows = rows.loc[far].sort_values("off_before", ascending=False, kind="stable")
    ax = ax if ax is not None else theme.axes(height=1.8 + 0.3 * len(rows))
    place = theme.rows(ax, rows["person_id"].to_list())
    before, after = (1 + rows[f"off_{when}"].to_numpy() for when in ("before", "after"))
    fair = rows["fair"].where(rows["fair"] > 0, 1.0)
    low, high = (float((rows[end] / fair).median()) for end in ("low", "high"))
    ax.axvspan(low, high, color=theme.FAINT, alpha=0.6, linewidth=0, zorder=0)
    ax.axvline(1, color=theme.MUTED, linewidth=1, zorder=1)
    ax.hlines(place, before, after, color=theme.MAIN, linewidth=2, zorder=2)
    ax.scatter(before, place, s=60, facecolor="white", edgecolor=theme.INK, zorder=3)
    ends = np.where(outside(rows), theme.CONTRAST, theme.MAIN).tolist()
    ax.scatter(after, place, s=70, color=ends, zorder=4)
    ax.margins(x=0.12)
    theme.percent(ax.xaxis)
    name = words.WORDS["measures"][measure]
    key = "open: today, filled: after (red: still outside), grey: the band"
    some = (
        f" (the {SHOWN} furthest off)"
        if len(far) < (plan.loads["measure"] == measure).sum()
        else ""
    )
    label = f"{name} held, of the fair share{some}\n{key}"
    return theme.finish(ax, words.finding(plan, measure), label, grid="x")


@theme.style()
def curve(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Moves against the largest distance from a fair share in hours: a ``books.trade_off``.

    The lighter mark beside each point is the number of moves that no plan is below.
    """
    rows = table.drop_duplicates("moves").sort_values("moves", kind="stable")
    ax = ax if ax is not None else theme.axes(height=4.2)
    ax.hlines(rows["off_hours"], rows["least"], rows["moves"], color=theme.ACCENT, linewidth=5)
    ax.plot(rows["moves"], rows["off_hours"], marker="o", color=theme.MAIN)
    for row in rows.itertuples():
        theme.note(ax, f"{row.moves:,.0f}", (row.moves, row.off_hours), (8, 8))
    ax.set_ylim(0, rows["off_hours"].max() * 1.15 or 1)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    theme.percent(ax.yaxis)
    label = "customers that change hands\norange: down to what no plan can be below"
    return theme.finish(ax, words.curve_finding(table), label, "furthest off a fair share in hours")


@theme.style()
def flows(plan: Plan, ax: Axes | None = None) -> Axes:
    """How many customers go from whom to whom, as a table of numbers."""
    moved = plan.assignment[plan.assignment["moved"]]
    table = pd.crosstab(moved["before"], moved["after"])
    table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index[:SHOWN]]
    table = table[table.sum().sort_values(ascending=False, kind="stable").index[:SHOWN]]
    width = min(10, 2.6 + 0.55 * max(table.shape[1], 4))
    ax = ax if ax is not None else theme.axes(width=max(width, 7), height=2 + 0.34 * len(table))
    place = theme.rows(ax, table.index.to_list())
    for y, row in zip(place, table.to_numpy(), strict=True):
        for x, many in enumerate(row):
            if many:
                ax.scatter(x, y, s=60 + 480 * many / table.to_numpy().max(), color=theme.SKY)
                theme.note(ax, f"{many}", (x, y), (0, 0), ha="center", va="center")
    ax.set_xticks(
        np.arange(table.shape[1]), table.columns, rotation=45 if table.shape[1] > 10 else 0
    )
    ax.set_xlim(-0.6, table.shape[1] - 0.4)
    return theme.finish(ax, words.flows_finding(plan), "given to", "taken from", grid="")
