"""Pictures of the journey: a frame of ``cstoolkit.lifecycle`` goes in, Axes come out. Notebook 03."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.patches import FancyArrowPatch

from cstoolkit import theme

CHURNED = "churned"
_PLACES = {
    "start": (0.0, 0.0),
    "onboarding": (2.8, 0.0),
    "adoption": (5.5, 0.0),
    "expansion": (7.6, 2.2),
    "renewal": (9.7, 0.0),
    CHURNED: (7.6, -2.0),
}
_APART = 0.2
"""How far an arrow lies beside the straight line between two boxes, so that the way there and the way back keep apart."""

_COLORS = {"start": theme.MUTED, CHURNED: theme.MUTED, **theme.PHASES}


@theme.style()
def now(current: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Customers in each phase today, `current` of ``lifecycle.current``: in full colour where it is the main phase, pale where
    another phase comes first."""
    ax = theme.axes(height=3.2) if ax is None else ax
    besides = current["others"].str.split(";").explode()
    names = [name for name in _PLACES if name not in ("start", CHURNED)]
    names = sorted(names, key=list(theme.PHASES).index)
    main = current["phase"].astype("str").value_counts().reindex(names, fill_value=0)
    also = besides.value_counts().reindex(names, fill_value=0)
    colors = [_COLORS[name] for name in names]
    place = np.arange(len(names))
    ax.barh(place, main, color=colors)
    ax.barh(
        place,
        also,
        left=main,
        color=colors,
        alpha=0.35,
        hatch="///",
        edgecolor="white",
        linewidth=0,
    )
    for at, (first, second) in enumerate(zip(main, also, strict=True)):
        told = f"{first:,}" + (f" + {second:,}" if second else "")
        ax.annotate(told, (first + second, at), (5, 0), textcoords="offset points", va="center")
    ax.set_yticks(place, names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(0, max((main + also).max(), 1) * 1.15)
    theme.thousands(ax.xaxis)
    several = int((current["others"] != "").sum())
    title = f"{several:,} of {len(current):,} customers are in several phases at once"
    return theme.finish(
        ax,
        title,
        x="customers (pale, and after the plus sign: another phase comes first)",
        grid="x",
    )


@theme.style()
def flow(flows: pd.DataFrame, *, least: float = 0.01, ax: Axes | None = None) -> Axes:
    """The journey as a picture of who moved from where to where: `flows` of ``lifecycle.flows``.

    An arrow is as wide as its moves are many, and has the colour of where it comes from. Moves rarer than `least` of all are not drawn;
    the foot says how many they are.
    """
    ax = theme.axes(width=9.5, height=5.2) if ax is None else ax
    ax.set_aspect("equal")
    ax.set(xlim=(-0.7, 10.5), ylim=(-2.6, 2.6))
    ax.axis("off")
    total, most = flows["moves"].sum(), flows["moves"].max()
    drawn = flows[flows["moves"] >= least * total]
    for row in drawn.itertuples():
        _arrow(ax, row.source, row.target, row.moves, 2 + 16 * row.moves / most)
    for name, (x, y) in _PLACES.items():
        ax.text(
            x,
            y,
            name,
            ha="center",
            va="center",
            weight="bold",
            color=theme.ink(_COLORS[name]),
            bbox={
                "boxstyle": "round,pad=0.45",
                "facecolor": "white",
                "edgecolor": _COLORS[name],
                "linewidth": 2,
            },
            zorder=5,
        )
    rest = int(total - drawn["moves"].sum())
    if rest:
        ax.text(
            -0.7,
            -2.5,
            f"not drawn: {rest:,} rarer moves",
            color=theme.ink(theme.MUTED),
            va="bottom",
        )
    ended = flows[flows["source"] == "renewal"].set_index(
        flows.loc[flows["source"] == "renewal", "target"].astype("str")
    )["moves"]
    left = ended.get(CHURNED, 0)
    title = (
        f"Of {ended.sum():,} renewal windows that closed, {left / ended.sum():.0%} ended in churn"
        if ended.sum()
        else f"{total:,} moves between phases"
    )
    return theme.finish(ax, title, grid="")


def _arrow(ax: Axes, source: str, target: str, moves: int, width: float) -> None:
    start, end = np.array(_PLACES[source]), np.array(_PLACES[target])
    straight = source == "start" or (source, target) == ("onboarding", "adoption")
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
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle=f"simple,tail_width={width:.2f},head_width={width + 8:.2f},head_length={10 + width / 3:.2f}",
            shrinkA=0,
            shrinkB=0,
            mutation_scale=1,
            color=_COLORS[source],
            alpha=0.55,
            linewidth=0,
            zorder=1,
        )
    )
    ax.text(
        *middle,
        f"{moves:,}",
        ha="center",
        va="center",
        zorder=6,
        bbox={"facecolor": "white", "alpha": 0.75, "pad": 1, "linewidth": 0},
    )


def _border(name: str, way: np.ndarray) -> float:
    """The share of `way` that lies within the box of this name, from its middle."""
    wide, high = 0.075 * len(name) + 0.22, 0.36
    return min(wide / max(abs(way[0]), 1e-9), high / max(abs(way[1]), 1e-9))


@theme.style()
def occupancy(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Shares of journeys by state and days since the start, stacked: `table` of ``lifecycle.occupancy``, one group."""
    ax = theme.axes(width=9) if ax is None else ax
    wide = table.pivot(index="day", columns="state", values="share")
    wide = wide[[name for name in _COLORS if name in wide.columns]]
    ax.stackplot(
        wide.index,
        wide.to_numpy().T,
        colors=[_COLORS[name] for name in wide.columns],
        alpha=0.8,
        linewidth=0,
    )
    _label_stack(ax, wide)
    ax.set(xlim=(wide.index[0], wide.index[-1]), ylim=(0, 1))
    theme.percent(ax.yaxis)
    last = int(wide.index[-1])
    gone = wide[CHURNED].iloc[-1] if CHURNED in wide else 0.0
    year = 365 if last >= 365 else last
    then = np.interp(year, wide.index, wide[CHURNED]) if CHURNED in wide else 0.0
    title = f"{then:.0%} have churned {year:,} days after the start, {gone:.0%} after {last:,}"
    return theme.finish(ax, title, x="days since the start of the journey", y="share of journeys")


@theme.style()
def inside(history: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Customers in each phase at the end of each month, stacked: `history` of ``lifecycle.history`` (main phases)."""
    ax = theme.axes(width=9) if ax is None else ax
    wide = history.pivot(index="month", columns="phase", values="inside")
    ax.stackplot(
        wide.index,
        wide.to_numpy().T,
        colors=[_COLORS[str(name)] for name in wide.columns],
        alpha=0.8,
        linewidth=0,
    )
    _label_stack(ax, wide)
    _dates(ax)
    ax.set(xlim=(wide.index[0], wide.index[-1]), ylim=(0, None))
    theme.thousands(ax.yaxis)
    last = wide.iloc[-1]
    title = f"{last.sum():,.0f} customers, of whom {last.max() / max(last.sum(), 1):.0%} are in {last.idxmax()}"
    return theme.finish(ax, title, y="customers at the end of the month")


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
    """Small multiples of usage for customers in a stall: active users a month, the stall shaded, the day it was found.

    `usage` is the company's table, `stalls` what ``lifecycle.stalls`` gives, `customers` whom to draw: ids, or rows of
    ``lifecycle.worklist``, whose ARR and action for today then stand above (default: those with a stall that is not over, the latest
    found first, at most `most`). The last `months` are shown, each row of panels `height` inches high. Returns the first of the Axes.
    """
    going = stalls[stalls["ended_on"].isna()].sort_values(
        "found_on", ascending=False, kind="stable"
    )
    listed = isinstance(customers, pd.DataFrame)
    ids = (
        customers["customer_id"]
        if listed
        else going["customer_id"]
        if customers is None
        else customers
    )
    chosen = list(dict.fromkeys(ids))[: most if customers is None else None]
    if not chosen:
        ax = theme.axes(height=2)
        ax.text(0.5, 0.5, "no stall is open", ha="center", va="center", transform=ax.transAxes)
        ax.axis("off")
        return theme.finish(ax, "Nobody's usage stalls now", grid="")
    heads = _heads(
        customers if listed else stalls[stalls["customer_id"].isin(chosen)].sort_values("found_on")
    )
    rows = -(-len(chosen) // columns)
    board = theme.axes(
        rows, columns, width=10.5, height=0.7 + height * rows, sharex=True, squeeze=False
    )
    last = usage["month"].max() + pd.offsets.MonthEnd(1)
    for ax, customer in zip(board.flat, chosen, strict=False):
        own = usage[usage["customer_id"] == customer].sort_values("month")
        ax.plot(
            own["month"] + pd.offsets.MonthEnd(1),
            own["active_users"],
            color=theme.MAIN,
            marker="o",
            markersize=3,
        )
        for each in stalls[stalls["customer_id"] == customer].itertuples():
            until = last if pd.isna(each.ended_on) else each.ended_on
            ax.axvspan(each.since, until, color=theme.ACCENT, alpha=0.25, linewidth=0)
            ax.axvline(each.found_on, color=theme.CONTRAST, linewidth=1.5)
        ax.set_ylim(0, max(own["active_users"].max() * 1.1, 1) if len(own) else 1)
        ax.set_title(
            heads.get(customer, str(customer)), loc="left", fontsize=theme.TEXT, fontweight="normal"
        )
        ax.set_xlim(last - pd.DateOffset(months=months), last + pd.Timedelta(days=10))
        _dates(ax, ticks=2)
        ax.tick_params(axis="x", labelbottom=True)
    for ax in list(board.flat)[len(chosen) :]:
        ax.axis("off")
    for ax in board[:, 0]:
        ax.set_ylabel("active users")
    title = f"{len(going):,} stalls are open; shaded: the stall, line: the day it was found"
    board[0, 0].figure.suptitle(title, x=0.01, ha="left", weight="bold", fontsize=theme.TITLE)
    return board[0, 0]


def _heads(rows: pd.DataFrame) -> dict[str, str]:
    """What stands above each customer's panel: who, what is at stake, the signal and the next action."""
    heads = {}
    for row in rows.to_dict("records"):
        arr = f", ARR {theme.short(row['arr'])}" if "arr" in row else ""
        what = textwrap.wrap(f"{row['reason']}: {row['next_action']}", 32)
        heads[row["customer_id"]] = "\n".join([f"{row['customer_id']}{arr}", *what])
    return heads


@theme.style()
def calibration(table: pd.DataFrame, outcome: str = "churned", *, ax: Axes | None = None) -> Axes:
    """Share with the outcome by band of fit, with 95% intervals: `table` of ``lifecycle.calibration``."""
    ax = theme.axes() if ax is None else ax
    place = np.arange(len(table))
    share = table["share"].to_numpy()
    ax.errorbar(
        place,
        share,
        [share - table["low"], table["high"] - share],
        fmt="o",
        color=theme.MAIN,
        markersize=9,
        capsize=4,
        linewidth=2,
    )
    mean = float((share * table["deals"]).sum() / table["deals"].sum())
    ax.axhline(mean, color=theme.MUTED, linestyle="--", linewidth=1)
    ax.annotate(
        f"all: {mean:.0%}",
        (len(table) - 0.55, mean),
        (0, 4),
        textcoords="offset points",
        ha="right",
        color=theme.ink(theme.MUTED),
    )
    for x, row in zip(place, table.itertuples(), strict=True):
        ax.annotate(
            f"{row.share:.0%}", (x, row.share), (10, 0), textcoords="offset points", va="center"
        )
    ax.set_xticks(
        place, [f"{band}\nn = {n:,}" for band, n in zip(table["band"], table["deals"], strict=True)]
    )
    ax.set(xlim=(-0.5, len(table) - 0.5), ylim=(0, None))
    theme.percent(ax.yaxis)
    said = "churned" if outcome == "churned" else "had value in time"
    title = (
        f"{share[0]:.0%} of the worst-fitting customers {said}, {share[-1]:.0%} of the best-fitting"
    )
    return theme.finish(ax, title, x="fit asked before the sale, points", y=f"share that {said}")


@theme.style()
def cutoffs(table: pd.DataFrame, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """What a cut-off on fit averts and forgoes, and the balance: `table` of ``lifecycle.cutoffs``."""
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
    title = (
        f"Declining fit below {best['cutoff']:.0f} would have paid best"
        if best["net"] > 0
        else "At this cost of churn no cut-off on fit would have paid"
    )
    theme.finish(
        ax,
        title,
        x="deals with fit below this are declined, points",
        y=f"ARR, {currency} a year" if currency else "ARR a year",
    )
    return theme.label_ends(ax)


@theme.style()
def effort(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Hours a customer gets in a month, by phase and tier: `table` of ``lifecycle.effort`` (phase and tier)."""
    ax = theme.axes() if ax is None else ax
    rows = table[table["hours_per_month"].notna()]
    wide = (
        rows.pivot(index="phase", columns="tier", values="hours_per_month")
        .dropna(how="all")
        .dropna(axis=1, how="all")
    )
    for tier in wide.columns:
        ax.plot(
            range(len(wide)),
            wide[tier],
            marker="o",
            markersize=8,
            label=f"{tier} touch",
            color=theme.TIERS.get(str(tier), theme.MUTED),
        )
    ax.set_xticks(range(len(wide)), [str(phase) for phase in wide.index])
    ax.set_ylim(0, None)
    spread = (wide.max() / wide.min()).replace(np.inf, np.nan)
    title = (
        f"Between phases hours differ {spread.min():.1f} to {spread.max():.1f} times within a tier"
    )
    theme.finish(ax, title, y="hours for one customer and month")
    return theme.label_ends(ax)


def _label_stack(ax: Axes, wide: pd.DataFrame) -> None:
    """Names beside the areas at their right end; an area too thin for its name there goes without."""
    tops = wide.iloc[-1].cumsum()
    for name, top, size in zip(wide.columns, tops, wide.iloc[-1], strict=True):
        if size > 0.05 * max(tops.iloc[-1], 1e-9):
            ax.annotate(
                str(name),
                (wide.index[-1], top - size / 2),
                (6, 0),
                textcoords="offset points",
                va="center",
                color=theme.ink(_COLORS[str(name)]),
            )


def _dates(ax: Axes, ticks: int = 3) -> None:
    locator = AutoDateLocator(minticks=ticks, maxticks=2 * ticks + 1)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
