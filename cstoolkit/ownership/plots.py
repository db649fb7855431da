"""Pictures of ownership: a frame of ``cstoolkit.ownership`` goes in, Axes come out."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cstoolkit import theme

PARTS = {
    "responsible": (theme.MAIN, "white", "R"),
    "taking part": (theme.SKY, theme.INK, "T"),
    "informed": ("#EFEFEF", theme.MUTED, "i"),
    "": ("white", theme.MUTED, ""),
}
"""Colour of the cell, of its letter, and the letter, so that no part is told by colour alone."""

BANDS = {
    "high": theme.CONTRAST,
    "medium": theme.ACCENT,
    "low": theme.MAIN,
    "not rated": theme.MUTED,
}
EFFECTS = {"no notes": (-0.2, theme.CONTRAST), "with notes": (0.2, theme.MAIN)}
LOST = {"value": "slower value", "stall": "more stalls", "leave": "more leaving"}
FEW = 9
"""Teams up to which the picture of flows names what passes; with more it counts."""


def _cells(ax: Axes, rows: list[str], columns: list[str], wrap: int) -> None:
    """A grid of cells: the columns named on top, the rows on the left, the first row on top."""
    ax.set_xlim(0, len(columns))
    ax.set_ylim(len(rows), 0)
    heads = [textwrap.fill(name, wrap) for name in columns]
    ax.set_xticks(np.arange(len(columns)) + 0.5, heads, parse_math=False)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows, parse_math=False)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _cell(ax: Axes, x: int, y: int, color: str, edge: str = "none") -> None:
    place = {"facecolor": color, "edgecolor": edge, "linewidth": 0.8}
    ax.add_patch(Rectangle((x + 0.03, y + 0.05), 0.94, 0.9, **place))


@theme.style()
def heatmap(chart: pd.DataFrame, findings: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Who has which part in which step, breaches marked: a chart and its ``ownership.check``."""
    steps, teams = list(chart["step"].unique()), list(chart["team"].unique())
    width = max(6.6, 3.3 + 1.05 * len(teams))
    ax = ax if ax is not None else theme.axes(width=width, height=1.7 + 0.44 * len(steps))
    for row in chart.itertuples():
        color, ink, letter = PARTS[row.part]
        x, y = teams.index(row.team), steps.index(row.step)
        _cell(ax, x, y, color, "none" if row.part else theme.FAINT)
        weight = "bold" if letter == "R" else "normal"
        text = {"ha": "center", "va": "center", "color": ink, "fontweight": weight}
        ax.text(x + 0.5, y + 0.52, letter, **text)
    key = "R responsible, T taking part, i informed"
    red = {"color": theme.CONTRAST, "zorder": 5, "clip_on": False}
    borders = findings.loc[findings["finding"] == "no overlap", "steps"]
    for border in borders:
        ax.plot([0, len(teams)], [steps.index(border.split(" > ")[1])] * 2, linewidth=3, **red)
    gaps = findings.loc[findings["finding"] == "gap", "steps"]
    for step in gaps:
        place = (0, steps.index(step))
        ax.add_patch(Rectangle(place, len(teams), 1, fill=False, linewidth=2.5, **red))
    key += "; red line: no overlap" if len(borders) else ""
    key += "; red frame: nobody is responsible" if len(gaps) else ""
    _cells(ax, steps, teams, 12)
    width = int(ax.get_figure(root=True).get_size_inches()[0] * 7)
    return theme.finish(ax, _chart_title(findings), textwrap.fill(key, width), grid="")


def _chart_title(findings: pd.DataFrame) -> str:
    count = findings["finding"].value_counts().reindex(findings["finding"].unique())
    if not (findings["weight"] == "breach").any():
        wanted = count.get("overlap", 0)
        times = "time" if wanted == 1 else "times"
        return f"Responsibility passes on {wanted} {times} with an overlap; no breach"
    said = [
        f"{count[finding]} {one if count[finding] == 1 else many}"
        for finding, one, many in (
            ("gap", "step without an owner", "steps without an owner"),
            ("no overlap", "border without overlap", "borders without overlap"),
            ("CS is out", "step without CS", "steps without CS"),
        )
        if finding in count
    ]
    return ", ".join(said) or "CS and sales never work on the same step"


@theme.style()
def flows(edges: pd.DataFrame, interfaces: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What passes from a team on the left to one on top: ``ownership.edges`` and ``interfaces``.

    A team's row is what goes out, its column what comes in. Up to nine teams the items are named,
    with more the number stands for them. The name of a team that is no line is red.
    """
    shape = interfaces.set_index("team")["shape"]
    givers = [*shape.index, *sorted(set(edges["giver"]) - set(shape.index))]
    takers = [*shape.index, *sorted(set(edges["taker"]) - set(shape.index))]
    few = max(len(givers), len(takers)) <= FEW
    if ax is None:
        wide, high = (1.2, 0.66) if few else (0.3, 0.27)
        ax = theme.axes(
            width=max(2.2 + wide * len(takers), 7), height=max(2 + high * len(givers), 3.2)
        )
    for y, giver in enumerate(givers):
        for x, taker in enumerate(takers):
            items = edges.loc[(edges["giver"] == giver) & (edges["taker"] == taker), "item"]
            if giver == taker:
                _cell(ax, x, y, "#EFEFEF")
            if items.empty:
                continue
            _cell(ax, x, y, theme.SKY)
            words = "\n".join(textwrap.fill(item, 13) for item in items)
            text = words if few else str(len(items))
            place = {"ha": "center", "va": "center", "linespacing": 1.0, "parse_math": False}
            ax.text(x + 0.5, y + 0.5, text, **place)
    _cells(ax, givers, takers, 12)
    if not few:
        ax.tick_params(axis="x", labelrotation=90)
    for labels, names in ((ax.get_yticklabels(), givers), (ax.get_xticklabels(), takers)):
        for label, name in zip(labels, names, strict=True):
            if shape.get(name, "line") != "line":
                label.set(color=theme.ink(theme.CONTRAST), fontweight="bold")
    key = "a row: what goes out of the team; a column: what comes in"
    return theme.finish(ax, _flows_title(edges, interfaces), key, grid="")


def _flows_title(edges: pd.DataFrame, interfaces: pd.DataFrame) -> str:
    points = interfaces.loc[interfaces["shape"] != "line", "team"].to_list()
    loose = int((interfaces[["nobody_takes", "nobody_gives"]] != "").any(axis=1).sum())
    passes = "1 thing passes" if len(edges) == 1 else f"{len(edges)} things pass"
    said = f"{passes} between {len(interfaces)} teams"
    if points:
        more = f" and {len(points) - 3} more" if len(points) > 3 else ""
        said += f"; no line: {', '.join(points[:3])}{more}"
    if loose:
        said += f"; something hangs loose at {loose}"
    return said + ("" if points or loose else "; every team is a line, nothing hangs loose")


@theme.style()
def effects(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What follows a handoff, as ratios with 95% intervals: an ``ownership.handoff_effects``."""
    outcomes = frame.drop_duplicates("outcome").set_index("outcome")["says"]
    ax = ax if ax is not None else theme.axes(width=8.5, height=1.7 + 0.95 * len(outcomes))
    place = theme.rows(ax, [textwrap.fill(says, 20) for says in outcomes])
    ends = frame.loc[frame["effect"].isin(EFFECTS), ["ratio_low", "ratio_high"]].stack().dropna()
    low, high = min([*ends, 0.7]) * 0.9, max([*ends, 1.4])
    found = frame.set_index(["outcome", "effect"])
    for y, outcome in zip(place, outcomes.index, strict=True):
        for effect, (shift, color) in EFFECTS.items():
            row = found.loc[(outcome, effect)]
            name = f"{effect}: " if outcome == outcomes.index[0] else ""
            if pd.isna(row["estimate"]):
                theme.note(ax, f"{effect}: no estimate", (1, y - shift), color=theme.MUTED)
                continue
            ax.hlines(y - shift, row["ratio_low"], row["ratio_high"], color=color, linewidth=3)
            ax.scatter(row["ratio"], y - shift, s=100, color=color, zorder=3)
            text = f"{name}{row['ratio']:.2f} times"
            theme.note(ax, text, (row["ratio_high"], y - shift), (8, 0), color=color)
    ax.axvline(1, color=theme.INK, linewidth=1)
    ax.set_xscale("log")
    ax.set_xlim(low, high * 1.75)
    scale = (0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4)
    ax.xaxis.set_major_locator(FixedLocator([tick for tick in scale if low <= tick <= high * 1.3]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    key = "times as likely as without a recent handoff (95% interval)"
    return theme.finish(ax, _effects_title(found), key, grid="x")


def _effects_title(found: pd.DataFrame) -> str:
    sure = found[(found["low"] > 0) | (found["high"] < 0)].reset_index()
    lost, kept = (
        ", ".join(LOST[outcome] for outcome in sure.loc[sure["effect"] == effect, "outcome"])
        for effect in EFFECTS
    )
    if not lost:
        return "No effect of handoffs is certain on these records"
    still = f"with notes still {kept}" if kept else "with notes none of it is certain"
    return f"After a handoff without notes: {lost}; {still}"


@theme.style()
def calendar(
    frame: pd.DataFrame, as_of: pd.Timestamp, ax: Axes | None = None, *, top: int = 15
) -> Axes:
    """The steps of the `top` largest renewals: an ``ownership.calendar``.

    Filled: to come or going on; hollow: past.
    """
    every = frame.drop_duplicates(["customer_id", "renews_on"])
    shown = every.nlargest(top, "arr").sort_values(["renews_on", "customer_id"])
    ax = ax if ax is not None else theme.axes(width=10, height=1.7 + 0.36 * max(len(shown), 1))
    names = shown["name"].fillna(shown["customer_id"])
    place = theme.rows(
        ax,
        [
            f"{theme.cut(name)}  {theme.short(arr)}"
            for name, arr in zip(names, shown["arr"], strict=True)
        ],
    )
    ax.set_ylim(-0.6, len(shown) + 0.4)
    marks = {
        "past": {"s": 40, "facecolor": "white"},
        "to come": {"s": 40},
        "now": {"s": 130, "marker": "D"},
    }
    for y, renewal in zip(place, shown.itertuples(), strict=True):
        mine = frame[
            (frame["customer_id"] == renewal.customer_id)
            & (frame["renews_on"] == renewal.renews_on)
        ]
        begin = min(mine["due_on"].min(), renewal.renews_on)
        ax.hlines(y, begin, renewal.renews_on, color=theme.FAINT, linewidth=5, zorder=1)
        color = BANDS[renewal.band]
        for status, mark in marks.items():
            due = mine.loc[mine["status"] == status, "due_on"]
            ax.scatter(due, [y] * len(due), zorder=3, **({"color": color} | mark), edgecolor=color)
        end = {"s": 70, "color": theme.INK, "marker": "|", "linewidth": 2.5, "zorder": 4}
        ax.scatter([renewal.renews_on], [y], **end)
    ax.axvline(as_of, color=theme.INK, linewidth=1)
    where = {"xycoords": ("data", "axes fraction"), "color": theme.MUTED}
    theme.note(ax, "today", (as_of, 0), (5, 2), **where)
    theme.dates(ax.xaxis)
    left = 4.0
    for band in [band for band in BANDS if (shown["band"] == band).any()]:
        words = f"● {band}" if band == "not rated" else f"● {band} risk"
        theme.note(ax, words, (0, 1), (left, -3), xycoords="axes fraction", color=BANDS[band])
        left += 7.5 * len(words) + 12
    high = every[every["band"] == "high"]
    at_risk, in_all = theme.short(high["arr"].sum()), theme.short(every["arr"].sum())
    title = f"{len(every):,} renewals are coming up"
    if (every["band"] == "not rated").all():
        title += ", none of them rated" if len(every) else ""
    else:
        title += f", {len(high):,} of them at high risk ({at_risk} of {in_all})"
    key = "diamond: the step that should be going on; bar: the renewal"
    return theme.finish(ax, title, key, grid="x")
