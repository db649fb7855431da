"""Pictures of simulations, notebook 11: outcomes or frames of the model go in, Axes come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cstoolkit import theme
from cstoolkit.simulator import words
from cstoolkit.simulator.game import QUARTERS, Game
from cstoolkit.simulator.outcomes import MEASURES, Outcomes

NAMES = {
    "arr": "ARR",
    "customers": "customers",
    "backlog": "hours of work that wait",
    "handoffs": "handoffs a week",
}
"""Records of a fan, as an axis names them."""


@theme.style()
def fan(outcomes: Outcomes, record: str = "arr", ax: Axes | None = None) -> Axes:
    """The futures of one record: median, and the bands that hold half and nine tenths of them."""
    ax = ax if ax is not None else theme.axes(height=3.8)
    rows = outcomes.fan(record)
    week = rows["week"]
    ax.fill_between(week, rows["p05"], rows["p95"], color=theme.MAIN, alpha=0.18, linewidth=0)
    ax.fill_between(week, rows["p25"], rows["p75"], color=theme.MAIN, alpha=0.35, linewidth=0)
    ax.plot(week, rows["p50"], color=theme.MAIN, linewidth=2)
    last = rows.iloc[-1]
    for column, text in (("p95", "95% below"), ("p50", "median"), ("p05", "5% below")):
        theme.note(ax, text, (last["week"], last[column]), color=theme.MAIN)
    if record == "arr":
        theme.millions(ax.yaxis)
    ax.set_xlim(0, last["week"] * 1.14)
    unit = f" ({outcomes.world.company.currency} a year)" if record == "arr" else ""
    return theme.finish(ax, words.fan_finding(outcomes, record), "week", NAMES[record] + unit)


@theme.style()
def paired(table: pd.DataFrame, measure: str, against: str, ax: Axes | None = None) -> Axes:
    """Differences to one design with their intervals. `table` is that of ``compare``."""
    rows = table[table["design"] != against]
    ax = ax if ax is not None else theme.axes(height=1.6 + 0.5 * len(rows))
    place = theme.rows(ax, rows["design"].to_list())
    ax.axvline(0, color=theme.MUTED, linewidth=1)
    colors = {"better": theme.GOOD, "worse": theme.BAD}
    for y, row in zip(place, rows.itertuples(), strict=True):
        color = colors.get(row.apart, theme.MUTED)
        ax.plot([row.low, row.high], [y, y], color=color, linewidth=4, solid_capstyle="round")
        ax.plot([row.difference], [y], "o", color=color, markersize=9)
        text = f"ahead in {row.won:.0%} of futures"
        theme.note(ax, text, (row.high, y), (8, 0), color=color)
    low, high = min(rows["low"].min(), 0), max(rows["high"].max(), 0)
    ax.set_xlim(low - 0.05 * (high - low), high + 0.45 * (high - low))
    if MEASURES[measure][1] == "share":
        points = FuncFormatter(lambda value, _: f"{100 * value:+.0f}")
        ax.xaxis.set_major_formatter(points)
        unit = "points"
    else:
        unit = MEASURES[measure][1]
    label = f"{MEASURES[measure][0]} against {against} ({unit}), 95% interval"
    return theme.finish(ax, words.paired_finding(table, measure, against), label, grid="x")


@theme.style()
def frontier(
    outcomes: Mapping[str, Outcomes], measure: str = "nrr", ax: Axes | None = None
) -> Axes:
    """Cost against a measure: what no other run beats at its cost is joined by a line."""
    ax = ax if ax is not None else theme.axes(height=4.2)
    table = words.frontier(outcomes, measure)
    best = table[table["efficient"]]
    ax.plot(best["cost"], best[measure], color=theme.FAINT, linewidth=3, zorder=1)
    for row in table.itertuples():
        color = theme.MAIN if row.efficient else theme.MUTED
        ax.scatter(row.cost, getattr(row, measure), s=70, color=color, zorder=3)
        theme.note(ax, row.name, (row.cost, getattr(row, measure)), (7, 4), color=color)
    theme.millions(ax.xaxis)
    if MEASURES[measure][1] == "share":
        theme.percent(ax.yaxis, decimals=1)
    ax.margins(0.18)
    currency = next(iter(outcomes.values())).world.company.currency
    cost = f"people with customers and tools ({currency} a year)"
    return theme.finish(
        ax, words.frontier_finding(table, measure), cost, MEASURES[measure][0], grid="both"
    )


@theme.style()
def effects(table: pd.DataFrame, measure: str, ax: Axes | None = None, most: int = 8) -> Axes:
    """Morris's screening as bars. `table` is that of ``sensitivity.screen``."""
    rows = table.head(most)
    ax = ax if ax is not None else theme.axes(height=1.4 + 0.48 * len(rows))
    place = theme.rows(ax, rows["assumption"].str.replace("_", " ").to_list())
    ax.barh(place, rows["effect"], color=theme.MAIN, height=0.6)
    half = rows["error"]
    ax.errorbar(rows["effect"], place, xerr=half, fmt="none", ecolor=theme.INK, capsize=3)
    label = f"change of the difference in {MEASURES[measure][0]} over the whole range"
    return theme.finish(ax, words.screen_finding(table), label, grid="x")


@theme.style()
def flips(tables: Sequence[pd.DataFrame], said: str, ax: Axes | None = None) -> Axes:
    """The difference between two designs along the ranges of several assumptions, each range from
    0 to 1. `said` is the finding."""
    ax = ax if ax is not None else theme.axes(height=4.2)
    ax.axhline(0, color=theme.MUTED, linewidth=1)
    for table, color in zip(tables, theme.CATEGORIES):
        value = table["value"].to_numpy()
        at = (value - value[0]) / max(value[-1] - value[0], 1e-12)
        ax.fill_between(at, table["low"], table["high"], color=color, alpha=0.12, linewidth=0)
        name = table.attrs["assumption"].replace("_", " ")
        ax.plot(at, table["difference"], color=color, label=name, linewidth=2)
        held = np.interp(table.attrs["value"], value, at)
        here = np.interp(table.attrs["value"], value, table["difference"])
        ax.plot([held], [here], "o", color=color, markersize=8)
    ax.set_xlim(0, 1.45)
    ax.set_xticks([0, 0.5, 1], ["lowest", "middle", "highest"])
    theme.label_ends(ax)
    return theme.finish(
        ax, said, "value of the assumption in its range (dot: assumed)", "difference"
    )


@theme.style()
def backtest(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What was simulated (bar: nine of ten futures) and what came (dot), for shares."""
    rows = table[table["measure"] != "ttv"]
    ax = ax if ax is not None else theme.axes(height=1.4 + 0.5 * len(rows))
    segment = np.where(rows["segment"] == "all", "", ", " + rows["segment"] + " touch")
    place = theme.rows(ax, (rows["says"] + segment).to_list())
    ax.hlines(place, rows["low"], rows["high"], color=theme.FAINT, linewidth=9)
    ax.scatter(rows["simulated"], place, marker="|", s=220, color=theme.INK, zorder=3)
    color = np.where(rows["inside"], theme.GOOD, theme.BAD)
    ax.scatter(rows["came"], place, s=80, color=color, zorder=4)
    theme.percent(ax.xaxis)
    label = "share (bar: nine of ten futures, stroke: their mean, dot: what came)"
    return theme.finish(ax, words.backtest_finding(table), label, grid="x")


@theme.style()
def game(played: Game, axes: np.ndarray | None = None) -> np.ndarray:
    """A game so far: ARR with the predictions, the flows of customers, and the people's hours."""
    axes = axes if axes is not None else theme.axes(1, 3, width=10, height=3.4)
    rows = played.quarters
    for ax in axes:
        ax.set_xlim(0.3, QUARTERS + 0.7)
        ax.set_xticks([1, 4, 8, 12])
    if rows.empty:
        rows = pd.DataFrame({name: [] for name in ("quarter", "arr", "signed", "lost")})
    axes[0].bar(rows["quarter"], rows["arr"], color=theme.MAIN)
    told = rows[rows["predicted"].notna()] if "predicted" in rows else rows.head(0)
    if len(told):
        expected = told["arr"] / (1 + told["growth"]) * (1 + told["predicted"].astype("float64"))
        axes[0].plot(told["quarter"], expected, "D", color=theme.CONTRAST, markersize=6)
        last = told["quarter"].iloc[-1], expected.iloc[-1]
        theme.note(axes[0], "predicted", last, (-7, 8), color=theme.CONTRAST)
    theme.millions(axes[0].yaxis)
    axes[1].bar(rows["quarter"], rows["signed"], color=theme.GOOD)
    axes[1].bar(rows["quarter"], -rows["lost"], color=theme.BAD)
    axes[1].axhline(0, color=theme.MUTED, linewidth=1)
    for name, color in (("hours_in_use", theme.MAIN), ("known", theme.CONTRAST)):
        if len(played.rows):
            label = name.replace("_", " ")
            axes[2].plot(rows["quarter"], rows[name], "o-", color=color, label=label)
    axes[2].set_ylim(0, 1.15)
    theme.percent(axes[2].yaxis)
    if len(played.rows):
        theme.label_ends(axes[2], side="left" if len(rows) > 6 else "right")
    theme.finish(axes[0], "ARR", "quarter")
    theme.finish(axes[1], "Customers: signed, left", "quarter")
    theme.finish(axes[2], "Hours in use, known", "quarter")
    return axes


@theme.style()
def waiting(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How long work waits, by load: own books and pooled. `table` is that of
    ``words.by_averages``."""
    ax = ax if ax is not None else theme.axes(height=3.8)
    for way, color in (("own books", theme.CONTRAST), ("pooled", theme.MAIN)):
        rows = table[table["way"] == way]
        ax.plot(rows["load"], rows["wait"], "o-", color=color, label=way, linewidth=2)
    theme.percent(ax.xaxis)
    ax.set_xlim(right=float(table["load"].max()) * 1.08)
    theme.label_ends(ax)
    label = "mean wait (in times the work itself takes)"
    return theme.finish(
        ax, words.waiting_finding(table), "load: hours of work / hours there", label
    )
