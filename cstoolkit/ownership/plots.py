"""Pictures of ownership: a frame of ``cstoolkit.ownership`` goes in, Axes come out. Notebook 07."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.patches import FancyArrowPatch, Rectangle
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
FEW = 12
"""Teams up to which the graph of interfaces names what passes; with more it shows that something does."""


@theme.style()
def heatmap(chart: pd.DataFrame, findings: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Who has which part in which step, with razor-sharp borders and gaps marked: a chart and its ``ownership.check``."""
    steps = list(dict.fromkeys(chart["step"].astype("str")))
    teams = list(dict.fromkeys(chart["team"]))
    ax = (
        ax
        if ax is not None
        else theme.axes(width=max(6.6, 3.3 + 1.05 * len(teams)), height=1.7 + 0.44 * len(steps))
    )
    for row in chart.itertuples():
        color, ink, letter = PARTS[row.part]
        x, y = teams.index(row.team), steps.index(str(row.step))
        ax.add_patch(
            Rectangle(
                (x + 0.03, y + 0.05),
                0.94,
                0.9,
                facecolor=color,
                edgecolor=theme.FAINT if row.part == "" else "none",
                linewidth=0.8,
            )
        )
        ax.text(
            x + 0.5,
            y + 0.52,
            letter,
            ha="center",
            va="center",
            color=ink,
            fontweight="bold" if letter == "R" else "normal",
        )
    breaches = findings[findings["weight"] == "breach"]
    for row in breaches.itertuples():
        told = [each for each in row.steps.split(" > ") if each in steps]
        if row.finding == "razor-sharp border" and len(told) == 2:
            ax.plot(
                [0, len(teams)],
                [steps.index(told[1])] * 2,
                color=theme.CONTRAST,
                linewidth=3,
                clip_on=False,
                zorder=5,
            )
        if row.finding == "gap" and told:
            ax.add_patch(
                Rectangle(
                    (0, steps.index(told[0])),
                    len(teams),
                    1,
                    fill=False,
                    edgecolor=theme.CONTRAST,
                    linewidth=2.5,
                    zorder=5,
                    clip_on=False,
                )
            )
    ax.set_xlim(0, len(teams))
    ax.set_ylim(len(steps), 0)
    ax.set_xticks(np.arange(len(teams)) + 0.5, [textwrap.fill(each, 12) for each in teams])
    ax.xaxis.tick_top()
    ax.set_yticks(np.arange(len(steps)) + 0.5, steps)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    note = "R responsible, T taking part, i informed"
    if (breaches["finding"] == "razor-sharp border").any():
        note += "; red line: razor-sharp border"
    if (breaches["finding"] == "gap").any():
        note += "; red frame: nobody is responsible"
    note = textwrap.fill(note, int(ax.get_figure(root=True).get_size_inches()[0] * 7))
    return theme.finish(ax, _chart_title(findings), note, grid="")


def _chart_title(findings: pd.DataFrame) -> str:
    count = findings["finding"].value_counts()
    sharp, gaps, wanted = (
        int(count.get(name, 0)) for name in ("razor-sharp border", "gap", "overlap")
    )
    if not (findings["weight"] == "breach").any():
        return f"Responsibility passes on {wanted} {_times(wanted)} with an overlap; no gap, no razor-sharp border"
    said = []
    if gaps:
        said.append(f"{gaps} {'step' if gaps == 1 else 'steps'} without an owner")
    if sharp:
        said.append(f"{sharp} razor-sharp {'border' if sharp == 1 else 'borders'}")
    out = int(count.get("CS is out", 0))
    if out:
        said.append(f"CS out of {out} {'step' if out == 1 else 'steps'}")
    return (
        (", ".join(said) or "CS and sales never work on the same step")
        .capitalize()
        .replace("Cs ", "CS ")
        .replace(" cs ", " CS ")
    )


def _times(count: int) -> str:
    return "time" if count == 1 else "times"


@theme.style()
def graph(edges: pd.DataFrame, interfaces: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Teams as boxes, what passes between them as arrows: ``ownership.edges`` and ``ownership.interfaces``.

    Up to a dozen teams the items stand at their arrows; with more an arrow's width tells how many there are. Who is no line is red.
    """
    shapes = interfaces.set_index("team")["shape"].to_dict()
    names = [*shapes, *sorted((set(edges["giver"]) | set(edges["taker"])) - set(shapes))]
    few = len(names) <= FEW
    ax = ax if ax is not None else theme.axes(width=10 if few else 8.5, height=6.7 if few else 8.9)
    place = _places(names, edges, few)
    boxes = {name: _box(ax, name, place[name], _colour(shapes, name), few) for name in names}
    pairs = edges.groupby(["giver", "taker"], sort=False)["item"].agg(list)
    for (giver, taker), items in pairs.items():
        both = (taker, giver) in pairs.index
        bend = 0.3 if both and few else 0.14
        arrow = FancyArrowPatch(
            place[giver],
            place[taker],
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>",
            mutation_scale=14 if few else 9,
            color=theme.MUTED,
            alpha=0.9 if few else 0.5,
            linewidth=1.3 if few else min(0.6 + 0.4 * len(items), 3),
            shrinkA=2 if few else 5,
            shrinkB=2 if few else 5,
            zorder=2,
            **({"patchA": boxes[giver], "patchB": boxes[taker]} if few else {}),
        )
        ax.add_patch(arrow)
        if few:
            _name_items(ax, items, place[giver], place[taker], bend, 0.17 if both else 0.0)
    ax.set_aspect("equal")
    reach = (1.95, 1.2) if few else (1.45, 1.45)
    ax.set_xlim(-reach[0], reach[0])
    ax.set_ylim(-reach[1], reach[1])
    ax.set_axis_off()
    return theme.finish(ax, _graph_title(edges, interfaces), grid="")


def _places(names: list[str], edges: pd.DataFrame, few: bool) -> dict[str, np.ndarray]:
    """Teams on an ellipse, the one that most others exchange with in its middle if there is one; many teams on a circle."""
    ends = pd.concat([edges["giver"], edges["taker"]]).value_counts()
    ring = list(names)
    place = {}
    if few and len(names) > 3 and len(ends):
        hub = ends.index[0]
        touching = edges[(edges["giver"] == hub) | (edges["taker"] == hub)]
        partners = set(touching["giver"]) | set(touching["taker"])
        if len(partners) - 1 >= 0.6 * (len(names) - 1):
            ring.remove(hub)
            place[hub] = np.zeros(2)
    ring = _around(ring, edges)
    angle = np.pi / 2 - (np.arange(len(ring)) + (0.5 if len(place) else 0)) * 2 * np.pi / max(
        len(ring), 1
    )
    wide = 1.6 if few else 1.0
    points = np.column_stack([np.cos(angle) * wide, np.sin(angle)])
    return place | dict(zip(ring, points, strict=True))


def _colour(shapes: dict[str, str], name: str) -> str:
    """Outside grey, a line blue, whatever is none red."""
    if name not in shapes:
        return theme.MUTED
    return theme.MAIN if shapes[name] == "line" else theme.CONTRAST


def _box(ax: Axes, name: str, at: np.ndarray, color: str, few: bool) -> Any:
    """A team: a box, or among many a dot with its name outside the circle."""
    if few:
        frame = {
            "boxstyle": "round,pad=0.45",
            "facecolor": "white",
            "edgecolor": color,
            "linewidth": 2,
        }
        text = textwrap.fill(name, 12)
        return ax.text(
            *at,
            text,
            ha="center",
            va="center",
            fontweight="bold",
            zorder=6,
            linespacing=1.05,
            bbox=frame,
        )
    ax.scatter(*at, s=45, color=color, zorder=4)
    turn = np.degrees(np.arctan2(at[1], at[0]))
    left = abs(turn) > 90
    return ax.text(
        *(at * 1.04),
        name,
        ha="right" if left else "left",
        va="center",
        rotation=turn - 180 * np.sign(turn) if left else turn,
        rotation_mode="anchor",
        color=theme.ink(color) if color == theme.CONTRAST else theme.INK,
    )


def _name_items(
    ax: Axes, items: list[str], start: np.ndarray, end: np.ndarray, bend: float, towards: float
) -> None:
    """What passes, in words on the arrow; where both directions pass, each one's words move towards their giver."""
    chord = end - start
    at = (start + end) / 2 + bend / 2 * np.array([chord[1], -chord[0]]) - towards * chord
    ax.text(
        *at,
        "\n".join(textwrap.fill(item, 14) for item in items),
        ha="center",
        va="center",
        linespacing=1.02,
        zorder=4,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1},
    )


def _around(ring: list[str], edges: pd.DataFrame) -> list[str]:
    """An order around the circle that brings teams that exchange something close together: swaps of two, as long as one helps."""
    where = {name: place for place, name in enumerate(ring)}
    inside = edges[edges["giver"].isin(ring) & edges["taker"].isin(ring)]
    ends = np.column_stack([inside[side].map(where).to_numpy(int) for side in ("giver", "taker")])
    at = np.arange(len(ring))

    def length(at: np.ndarray) -> int:
        apart = np.abs(at[ends[:, 0]] - at[ends[:, 1]])
        return int(np.minimum(apart, len(at) - apart).sum())

    best, helped = length(at), len(ends) > 0
    while helped:
        helped = False
        for one in range(len(ring)):
            for other in range(one):
                tried = at.copy()
                tried[[one, other]] = tried[[other, one]]
                found = length(tried)
                if found < best:
                    at, best, helped = tried, found, True
    return [ring[name] for name in np.argsort(at)]


def _graph_title(edges: pd.DataFrame, interfaces: pd.DataFrame) -> str:
    points = interfaces.loc[interfaces["shape"] != "line", "team"].to_list()
    loose = int((interfaces[["nobody_takes", "nobody_gives"]] != "").any(axis=1).sum())
    passes = "1 thing passes" if len(edges) == 1 else f"{len(edges)} things pass"
    said = f"{passes} between {len(interfaces)} teams"
    if points:
        named = ", ".join(points[:3]) + (f" and {len(points) - 3} more" if len(points) > 3 else "")
        said += f"; no line: {named}"
    if loose:
        said += f"; something hangs loose at {loose}"
    return said + ("" if points or loose else "; every team is a line, nothing hangs loose")


@theme.style()
def effects(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What follows a handoff, as ratios with 95% intervals on a scale of ratios: an ``ownership.handoff_effects``."""
    rows = frame[frame["effect"] != "notes win back"]
    outcomes = list(dict.fromkeys(rows["outcome"]))
    ax = ax if ax is not None else theme.axes(width=8.5, height=1.7 + 0.95 * max(len(outcomes), 1))
    known = rows["estimate"].notna()
    ends = rows.loc[known, ["ratio_low", "ratio_high"]].to_numpy(float)
    low, high = (min(ends.min(), 0.7), max(ends.max(), 1.4)) if ends.size else (0.5, 2.0)
    for step, outcome in enumerate(outcomes):
        mine = rows[rows["outcome"] == outcome].set_index("effect")
        for effect, shift, color in (
            ("no notes", -0.2, theme.CONTRAST),
            ("with notes", 0.2, theme.MAIN),
        ):
            if effect not in mine.index:
                continue
            row = mine.loc[effect]
            y = step + shift
            if pd.isna(row["estimate"]):
                ax.text(
                    1.0, y, f"{effect}: no estimate", ha="center", va="center", color=theme.MUTED
                )
                continue
            ax.hlines(y, row["ratio_low"], row["ratio_high"], color=color, linewidth=3)
            ax.scatter(row["ratio"], y, s=100, color=color, zorder=3)
            text = f"{row['ratio']:.2f} times" if step else f"{effect}: {row['ratio']:.2f} times"
            ax.annotate(
                text,
                (row["ratio_high"], y),
                (8, 0),
                textcoords="offset points",
                va="center",
                color=theme.ink(color),
            )
    ax.axvline(1, color=theme.INK, linewidth=1)
    ax.set_xscale("log")
    ax.set_xlim(low * 0.9, high * 1.75)
    ticks = [
        each
        for each in (0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4)
        if low * 0.9 <= each <= high * 1.3
    ]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    says = rows.drop_duplicates("outcome").set_index("outcome")["says"]
    ax.set_yticks(range(len(outcomes)), [textwrap.fill(says[outcome], 20) for outcome in outcomes])
    ax.set_ylim(len(outcomes) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return theme.finish(
        ax,
        _effects_title(frame),
        "times as likely as without a recent handoff (95% interval)",
        grid="x",
    )


def _effects_title(frame: pd.DataFrame) -> str:
    table = frame.set_index(["outcome", "effect"])
    lost = [
        name for name in dict.fromkeys(frame["outcome"]) if _sure(table.loc[(name, "no notes")])
    ]
    kept = [
        name for name in dict.fromkeys(frame["outcome"]) if _sure(table.loc[(name, "with notes")])
    ]
    names = {"value": "slower value", "stall": "more stalls", "leave": "more leaving"}
    if not lost:
        return "No effect of handoffs is certain on these records"
    said = f"After a handoff without notes: {', '.join(names.get(each, each) for each in lost)}"
    return said + (
        "; with notes none of it is certain"
        if not kept
        else f"; with notes still {', '.join(names.get(each, each) for each in kept)}"
    )


def _sure(row: pd.Series) -> bool:
    return bool(row["low"] > 0 or row["high"] < 0)


@theme.style()
def calendar(
    frame: pd.DataFrame, as_of: pd.Timestamp, ax: Axes | None = None, *, top: int = 15
) -> Axes:
    """The steps of the next renewals, the `top` largest: an ``ownership.calendar``. Filled: to come or going on; hollow: past."""
    sizes = (
        frame.drop_duplicates(["customer_id", "renews_on"])
        .nlargest(top, "arr")
        .sort_values(["renews_on", "customer_id"])
    )
    ax = ax if ax is not None else theme.axes(width=10, height=1.7 + 0.36 * max(len(sizes), 1))
    places = {
        key: place
        for place, key in enumerate(zip(sizes["customer_id"], sizes["renews_on"], strict=True))
    }
    keys = zip(frame["customer_id"], frame["renews_on"], strict=True)
    rows = frame[np.array([key in places for key in keys], dtype=bool)]
    for (customer, renews), y in places.items():
        mine = rows[(rows["customer_id"] == customer) & (rows["renews_on"] == renews)]
        color = BANDS[mine["band"].iloc[0]]
        ax.hlines(
            y, min(mine["due_on"].min(), renews), renews, color=theme.FAINT, linewidth=5, zorder=1
        )
        past, now, later = (mine[mine["status"] == each] for each in ("past", "now", "to come"))
        ax.scatter(
            past["due_on"], [y] * len(past), s=40, facecolor="white", edgecolor=color, zorder=3
        )
        ax.scatter(later["due_on"], [y] * len(later), s=40, color=color, zorder=3)
        ax.scatter(now["due_on"], [y] * len(now), s=130, color=color, marker="D", zorder=4)
        ax.scatter([renews], [y], s=70, color=theme.INK, marker="|", linewidth=2.5, zorder=4)
    names = [
        f"{_short(row.name if isinstance(row.name, str) else row.customer_id)}  {theme.short(row.arr)}"
        for row in sizes[["customer_id", "name", "arr"]].itertuples(index=False)
    ]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -1.4)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.axvline(as_of, color=theme.INK, linewidth=1)
    ax.annotate(
        "today",
        (as_of, 0),
        (5, 2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="left",
        va="bottom",
        color=theme.MUTED,
    )
    locator = AutoDateLocator(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    _name_bands(ax, rows)
    every = frame.drop_duplicates(["customer_id", "renews_on"])
    high = every[every["band"] == "high"]
    at_risk, in_all = theme.short(high["arr"].sum()), theme.short(every["arr"].sum())
    title = f"{len(every):,} renewals are coming up, {len(high):,} of them at high risk ({at_risk} of {in_all})"
    return theme.finish(
        ax, title, "diamond: the step that should be going on; bar: the renewal", grid="x"
    )


def _name_bands(ax: Axes, rows: pd.DataFrame) -> None:
    """The colours named, on a line above the renewals."""
    left = 0.0
    for band in [band for band in BANDS if (rows["band"] == band).any()]:
        words = f"● {band} risk" if band in ("low", "medium", "high") else f"● {band}"
        ax.annotate(
            words,
            (0, 1),
            (4 + left, -3),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            color=theme.ink(BANDS[band]),
        )
        left += 7.5 * len(words) + 12


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
