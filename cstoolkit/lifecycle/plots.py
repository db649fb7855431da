"""Pictures of the journey: a frame of ``cstoolkit.lifecycle`` in, Axes out. Notebook 03."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from cstoolkit import theme
from cstoolkit.lifecycle.phasing import JOURNEY
from cstoolkit.lifecycle.stays import CHURNED, START

_PLACES = {
    START: (0.0, 0.0),
    "onboarding": (2.8, 0.0),
    "adoption": (5.5, 0.0),
    "expansion": (7.6, 2.2),
    "renewal": (9.7, 0.0),
    CHURNED: (7.6, -2.0),
}
_APART = 0.2
"""How far an arrow lies beside the straight line: the way there and the way back keep apart."""

_COLORS = {START: theme.MUTED, CHURNED: theme.MUTED, **theme.PHASES}


@theme.style()
def now(current: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Customers in each phase today, `current` of ``lifecycle.current``: in full colour where it is
    the main phase, pale where another phase comes first."""
    ax = theme.axes(height=3.2) if ax is None else ax
    main = current["phase"].astype("str").value_counts().reindex(JOURNEY, fill_value=0)
    also = current["others"].str.split(";").explode().value_counts().reindex(JOURNEY, fill_value=0)
    colors = [_COLORS[name] for name in JOURNEY]
    place = theme.rows(ax, JOURNEY)
    ax.barh(place, main, color=colors)
    pale = {"alpha": 0.35, "hatch": "///", "edgecolor": "white", "linewidth": 0}
    ax.barh(place, also, left=main, color=colors, **pale)
    for at, first, second in zip(place, main, also, strict=True):
        told = f"{first:,} + {second:,}" if second else f"{first:,}"
        theme.note(ax, told, (first + second, at))
    ax.set_xlim(0, max((main + also).max(), 1) * 1.15)
    theme.thousands(ax.xaxis)
    several = int((current["others"] != "").sum())
    title = f"{several:,} of {len(current):,} customers are in several phases at once"
    x = "customers (pale, and after the plus sign: another phase comes first)"
    return theme.finish(ax, title, x=x, grid="x")


@theme.style()
def flow(flows: pd.DataFrame, *, least: float = 0.01, ax: Axes | None = None) -> Axes:
    """The journey as a picture of who moved from where to where: `flows` of ``lifecycle.flows``.

    An arrow is as wide as its moves are many, and has the colour of where it comes from. Moves
    rarer than `least` of all are not drawn; the foot says how many they are.
    """
    ax = theme.axes(width=9.5, height=5.2) if ax is None else ax
    ax.set_aspect("equal")
    ax.set(xlim=(-0.7, 10.5), ylim=(-2.6, 2.6))
    ax.axis("off")
    total, most = flows["moves"].sum(), flows["moves"].max()
    drawn = flows[flows["moves"] >= least * total]
    for row in drawn.itertuples():
        _arrow(ax, row.source, row.target, row.moves, 2 + 16 * row.moves / most)
    middle = {"ha": "center", "va": "center"}
    for name, (x, y) in _PLACES.items():
        box = {"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": _COLORS[name]}
        color = theme.ink(_COLORS[name])
        ax.text(
            x, y, name, weight="bold", color=color, bbox=box | {"linewidth": 2}, zorder=5, **middle
        )
    rest = int(total - drawn["moves"].sum())
    if rest:
        theme.note(
            ax, f"not drawn: {rest:,} rarer moves", (-0.7, -2.5), (0.1, 0.1), color=theme.MUTED
        )
    ended = flows[flows["source"] == "renewal"].set_index("target")["moves"]
    title = f"{total:,} moves between phases"
    if ended.sum():
        left = ended.get(CHURNED, 0) / ended.sum()
        title = f"Of {ended.sum():,} renewal windows that closed, {left:.0%} ended in churn"
    return theme.finish(ax, title, grid="")


def _arrow(ax: Axes, source: str, target: str, moves: int, width: float) -> None:
    start, end = np.array(_PLACES[source]), np.array(_PLACES[target])
    straight = source == START or (source, target) == ("onboarding", "adoption")
    bend = 0.0 if straight else 0.2
    way = end - start
    # From box to box: arrows begin and end at the boxes' borders, whatever their direction.
    leave, reach = (_border(name, way) for name in (source, target))
    if target == CHURNED and way[0] < 0:
        bend = -bend  # outside the ring of phases
    beside = np.sign(bend) * _APART / np.hypot(*way)
    aside = beside * np.array([way[1], -way[0]])
    start, end = start + leave * way + aside, end - reach * way + aside
    along = end - start
    # The middle of the curve that arc3 draws.
    middle = (start + end) / 2 + 0.5 * bend * np.array([along[1], -along[0]])
    tail = f"tail_width={width:.2f},head_width={width + 8:.2f},head_length={10 + width / 3:.2f}"
    arrow = FancyArrowPatch(
        start,
        end,
        connectionstyle=f"arc3,rad={bend}",
        arrowstyle=f"simple,{tail}",
        shrinkA=0,
        shrinkB=0,
        mutation_scale=1,
        color=_COLORS[source],
        alpha=0.55,
        linewidth=0,
        zorder=1,
    )
    ax.add_patch(arrow)
    box = {"facecolor": "white", "alpha": 0.75, "pad": 1, "linewidth": 0}
    ax.text(*middle, f"{moves:,}", ha="center", va="center", zorder=6, bbox=box)


def _border(name: str, way: np.ndarray) -> float:
    """The share of `way` that lies within the box of this name, from its middle."""
    wide, high = 0.075 * len(name) + 0.22, 0.36
    return min(wide / max(abs(way[0]), 1e-9), high / max(abs(way[1]), 1e-9))


@theme.style()
def occupancy(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Shares of journeys by state and day, stacked: one group of ``survival.occupancy``."""
    ax = theme.axes(width=9) if ax is None else ax
    wide = table.pivot(index="day", columns="state", values="share")
    _stack(ax, wide[[name for name in _COLORS if name in wide.columns]])
    ax.set_ylim(0, 1)
    theme.percent(ax.yaxis)
    last = int(wide.index[-1])
    year = min(365, last)
    gone = wide.get(CHURNED, pd.Series(0.0, wide.index))
    then = np.interp(year, wide.index, gone)
    title = f"{then:.0%} have churned {year:,} days after the start"
    if last > year:
        title += f", {gone.iloc[-1]:.0%} after {last:,}"
    return theme.finish(ax, title, x="days since the start of the journey", y="share of journeys")


@theme.style()
def inside(history: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Customers in each phase at each month's end, stacked: `history` of ``lifecycle.history``."""
    ax = theme.axes(width=9) if ax is None else ax
    wide = history.pivot(index="month", columns="phase", values="inside")
    _stack(ax, wide)
    theme.dates(ax.xaxis)
    theme.thousands(ax.yaxis)
    last = wide.iloc[-1]
    share = last.max() / max(last.sum(), 1)
    title = f"{last.sum():,.0f} customers, of whom {share:.0%} are in {last.idxmax()}"
    return theme.finish(ax, title, y="customers at the end of the month")


def _stack(ax: Axes, wide: pd.DataFrame) -> None:
    """Areas on top of each other, named at the right end; one too thin goes without."""
    colors = [_COLORS[str(name)] for name in wide.columns]
    ax.stackplot(wide.index, wide.to_numpy().T, colors=colors, alpha=0.8, linewidth=0)
    if len(wide) > 1:
        ax.set_xlim(wide.index[0], wide.index[-1])
    ax.set_ylim(0, None)
    sizes = wide.iloc[-1]
    for name, top, size in zip(wide.columns, sizes.cumsum(), sizes, strict=True):
        if size > 0.05 * max(sizes.sum(), 1e-9):
            theme.note(ax, str(name), (wide.index[-1], top - size / 2), color=_COLORS[str(name)])


@theme.style()
def stall_board(
    usage: pd.DataFrame,
    stalls: pd.DataFrame,
    customers: Sequence[str] | pd.DataFrame | None = None,
    *,
    columns: int = 3,
    most: int = 9,
    months: int = 24,
    height: float = 2.5,
) -> Axes:
    """Active users a month of customers in a stall: the stall shaded, the day it was found.

    `usage` is the company's table, `stalls` what ``lifecycle.stalls`` gives, `customers` whom to
    draw: ids, or rows of ``lifecycle.worklist``, whose ARR and action for today then stand above
    (default: those with a stall that is not over, the latest found first, at most `most`). The last
    `months` are shown, each row of panels `height` inches high. Returns the first of the Axes.
    """
    going = stalls[stalls["ended_on"].isna()]
    if customers is None:
        latest = going.sort_values("found_on", ascending=False, kind="stable")
        customers = latest["customer_id"].head(most)
    listed = isinstance(customers, pd.DataFrame)
    chosen = list(dict.fromkeys(customers["customer_id"] if listed else customers))
    if not chosen:
        ax = theme.axes(height=2)
        ax.text(0.5, 0.5, "no stall is open", ha="center", va="center", transform=ax.transAxes)
        ax.axis("off")
        return theme.finish(ax, "Nobody's usage stalls now", grid="")
    told = stalls[stalls["customer_id"].isin(chosen)].sort_values("found_on")
    heads = _heads(customers if listed else told)
    rows = -(-len(chosen) // columns)
    size = {"width": 10.5, "height": 0.7 + height * rows}
    board = theme.axes(rows, columns, sharex=True, squeeze=False, **size)
    last = usage["month"].max() + pd.offsets.MonthEnd(1)
    for ax, customer in zip(board.flat, chosen, strict=False):
        own = usage[usage["customer_id"] == customer].sort_values("month")
        known = own["month"] + pd.offsets.MonthEnd(1)
        ax.plot(known, own["active_users"], color=theme.MAIN, marker="o", markersize=3)
        for stall in stalls[stalls["customer_id"] == customer].itertuples():
            until = last if pd.isna(stall.ended_on) else stall.ended_on
            ax.axvspan(stall.since, until, color=theme.ACCENT, alpha=0.25, linewidth=0)
            ax.axvline(stall.found_on, color=theme.CONTRAST, linewidth=1.5)
        ax.set_ylim(0, max(own["active_users"].max() * 1.1, 1) if len(own) else 1)
        head = heads.get(customer, str(customer))
        ax.set_title(head, loc="left", fontsize=theme.TEXT, fontweight="normal")
        ax.set_xlim(last - pd.DateOffset(months=months), last + pd.Timedelta(days=10))
        theme.dates(ax.xaxis, most=5)
        ax.tick_params(axis="x", labelbottom=True)
    for ax in list(board.flat)[len(chosen) :]:
        ax.axis("off")
    for ax in board[:, 0]:
        ax.set_ylabel("active users")
    title = f"{len(going):,} stalls are open; shaded: the stall, line: the day it was found"
    board[0, 0].figure.suptitle(title, x=0.01, ha="left", weight="bold", fontsize=theme.TITLE)
    return board[0, 0]


def _heads(rows: pd.DataFrame) -> dict[str, str]:
    """What stands above each panel: who, what is at stake, the signal and the next action."""
    heads = {}
    for row in rows.to_dict("records"):
        arr = f", ARR {theme.short(row['arr'])}" if "arr" in row else ""
        what = textwrap.wrap(f"{row['reason']}: {row['next_action']}", 32)
        heads[row["customer_id"]] = "\n".join([f"{row['customer_id']}{arr}", *what])
    return heads


@theme.style()
def calibration(table: pd.DataFrame, outcome: str = "churned", *, ax: Axes | None = None) -> Axes:
    """Share with the outcome by band of fit, 95% intervals: from ``lifecycle.calibration``."""
    ax = theme.axes() if ax is None else ax
    place, share = np.arange(len(table)), table["share"].to_numpy()
    # At a share of 0 or 1 the interval misses it by a rounding error.
    bars = np.maximum([share - table["low"], table["high"] - share], 0)
    ax.errorbar(place, share, bars, fmt="o", color=theme.MAIN, markersize=9, capsize=4, linewidth=2)
    mean = float((share * table["deals"]).sum() / table["deals"].sum())
    ax.axhline(mean, color=theme.MUTED, linestyle="--", linewidth=1)
    theme.note(ax, f"all: {mean:.0%}", (len(table) - 0.55, mean), (-0.1, 4), color=theme.MUTED)
    for x, value in zip(place, share, strict=True):
        theme.note(ax, f"{value:.0%}", (x, value), (10, 0))
    names = zip(table["band"], table["deals"], strict=True)
    ax.set_xticks(place, [f"{band}\nn = {n:,}" for band, n in names])
    ax.set(xlim=(-0.5, len(table) - 0.5), ylim=(0, None))
    theme.percent(ax.yaxis)
    said = "churned" if outcome == "churned" else "had value in time"
    title = (
        f"{share[0]:.0%} of the worst-fitting customers {said}, {share[-1]:.0%} of the best-fitting"
    )
    return theme.finish(ax, title, x="fit asked before the sale, points", y=f"share that {said}")


@theme.style()
def cutoffs(table: pd.DataFrame, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """What a cut-off on fit averts and forgoes, and the balance: `table` of ``cutoffs``."""
    ax = theme.axes() if ax is None else ax
    for name, label, color in (
        ("averted_arr", "churn averted", theme.MAIN),
        ("forgone_arr", "good business forgone", theme.CONTRAST),
        ("net", "balance", theme.INK),
    ):
        ax.plot(table["cutoff"], table[name], label=label, color=color)
    ax.axhline(0, color=theme.MUTED, linewidth=1)
    theme.millions(ax.yaxis)
    best = table.loc[table["net"].idxmax()]
    title = "At this cost of churn no cut-off on fit would have paid"
    if best["net"] > 0:
        title = f"Declining fit below {best['cutoff']:.0f} would have paid best"
    y = f"ARR, {currency} a year" if currency else "ARR a year"
    theme.finish(ax, title, x="deals with fit below this are declined, points", y=y)
    return theme.label_ends(ax)


@theme.style()
def effort(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Hours a customer gets in a month: `table` of ``lifecycle.effort``, by phase and tier."""
    ax = theme.axes() if ax is None else ax
    rows = table[table["hours_per_month"].notna()]
    wide = rows.pivot(index="phase", columns="tier", values="hours_per_month")
    wide = wide.dropna(how="all").dropna(axis=1, how="all")
    place = range(len(wide))
    for tier in wide.columns:
        color = theme.TIERS.get(str(tier), theme.MUTED)
        ax.plot(place, wide[tier], marker="o", markersize=8, label=f"{tier} touch", color=color)
    ax.set_xticks(place, [str(phase) for phase in wide.index])
    ax.set_ylim(0, None)
    spread = (wide.max() / wide.min()).replace(np.inf, np.nan)
    title = (
        f"Between phases hours differ {spread.min():.1f} to {spread.max():.1f} times within a tier"
    )
    theme.finish(ax, title, y="hours for one customer and month")
    return theme.label_ends(ax)
