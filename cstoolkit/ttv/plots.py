"""Pictures of time to value: curves with their medians and who is still followed, outcomes,
drivers, levers, renewals."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cstoolkit import theme, ttv

_ALL = "all"
_CLOCK = "days since the clock started"
_NAME = 32  # letters in a line beside the axes
_MOST_GROUPS = len(theme.CATEGORIES)


@theme.style()
def curve(
    table: pd.DataFrame,
    *,
    value: str = "value",
    until: int | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Share with value by each day, one line a group with its interval, its median and the
    customers still followed.

    `table` comes from ``ttv.curve`` or ``ttv.incidence``; `value` names the milestone in words;
    `until` is the last day shown (by default the day on which every curve has almost come to rest);
    `title` replaces the computed finding. On an `ax` of yours the curves stand alone: who is still
    followed takes a second one below.
    """
    groups = _groups(table)
    if len(groups) > _MOST_GROUPS:
        raise ValueError(
            f"{len(groups)} curves cannot be told apart in one picture: choose at most "
            f"{_MOST_GROUPS} groups."
        )
    until = until or _rest(groups)
    rows = len(groups)
    below = None
    if ax is None:
        heights = [4.3, 0.3 * (rows + 1)]
        ax, below = theme.axes(
            2, 1, width=8, height=4.3 + 0.24 * rows, sharex=True, height_ratios=heights
        )
    medians = ttv.median(table)["days"]
    for (name, part), colour, days in zip(groups.items(), theme.CATEGORIES, medians, strict=False):
        day, share, low, high = _until(part, until)
        label = name if rows > 1 else "_"
        ax.step(day, share, where="post", color=colour, label=theme.cut(label))
        ax.fill_between(day, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
        if days is not pd.NA and days <= until:
            ax.plot([days, days], [0, 0.5], color=colour, linewidth=1.2, linestyle=(0, (4, 3)))
            ax.plot([days], [0.5], marker="o", markersize=6, color=colour)
    ax.axhline(0.5, color=theme.MUTED, linewidth=0.8, linestyle=(0, (1, 3)))
    ax.set(xlim=(0, until), ylim=(0, 1))
    theme.percent(ax.yaxis)
    theme.finish(
        ax,
        title or _finding(list(groups), medians, value, until),
        y=f"share of customers with {value}",
    )
    theme.label_ends(ax)
    if below is None:
        ax.set_xlabel(_CLOCK)
    else:
        _at_risk(below, groups, until)
    return ax


def _groups(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    if "group" not in table:
        return {_ALL: table}
    return {str(name): part for name, part in table.groupby("group", sort=False, observed=True)}


def _rest(groups: dict[str, pd.DataFrame]) -> int:
    """Day by which each curve has covered 95% of its way, rounded up to a month."""
    days = [
        part.loc[part["share"] >= 0.95 * part["share"].iloc[-1], "day"].iloc[0]
        for part in groups.values()
    ]
    return int(np.ceil(max(*days, 30) / 30) * 30)


def _until(part: pd.DataFrame, until: int) -> list[np.ndarray]:
    """day, share, low, high up to `until`, the last values carried on to the last day followed."""
    shown = part[part["day"] <= until]
    end = min(until, int(part["day"].iloc[-1]))
    columns = [
        np.append(shown[name].to_numpy(float), shown[name].iloc[-1])
        for name in ("day", "share", "low", "high")
    ]
    columns[0][-1] = end
    return columns


def _finding(names: list[str], medians: pd.Series, value: str, until: int) -> str:
    if len(names) == 1:
        days = medians.iloc[0]
        return (
            f"Half have {value} by day {days}"
            if days is not pd.NA
            else f"Fewer than half have {value} so far"
        )
    known = medians.notna().to_numpy()
    if known.sum() < 2:
        return f"Most groups have not brought half of their customers to {value}"
    order = np.argsort(medians[known].to_numpy(float), kind="stable")
    names = np.array(names)[known][order]
    days = medians[known].to_numpy(int)[order]
    return f"Half have {value} by day {days[0]} ({names[0]}), by day {days[-1]} ({names[-1]})"


def _at_risk(ax: Axes, groups: dict[str, pd.DataFrame], until: int) -> None:
    """Under the days, how many customers of each group are still followed and without value."""
    ticks = np.linspace(0, until, 7).round().astype(int)
    ax.set(ylim=(len(groups) - 0.4, -0.9), xlim=(0, until), xticks=ticks)
    for row, ((name, part), colour) in enumerate(
        zip(groups.items(), theme.CATEGORIES, strict=False)
    ):
        followed = np.append(part["at_risk"].to_numpy(), 0)[
            np.searchsorted(part["day"].to_numpy(), ticks)
        ]
        for day, left in zip(ticks, followed, strict=True):
            ax.text(
                day,
                row,
                f"{left:,}",
                ha="center",
                va="center",
                color=theme.ink(colour),
                clip_on=False,
            )
        if len(groups) > 1:
            ax.text(
                -0.05,
                row,
                name,
                transform=ax.get_yaxis_transform(),
                ha="right",
                va="center",
                color=theme.ink(colour),
            )
    ax.text(0, -0.9, "still waiting and followed", color=theme.INK, va="center", clip_on=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(left=False, labelleft=False)
    ax.set_xlabel(_CLOCK)


@theme.style()
def incidence(
    table: pd.DataFrame,
    *,
    value: str = "value",
    until: int | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """What had become of all customers by each day: value, churn before it, neither. `table`:
    ``ttv.incidence`` without groups.
    """
    if "group" in table:
        raise ValueError(
            "one picture shows one group: pass the rows of one, without the column group."
        )
    until = until or _rest({_ALL: table})
    shown = table[table["day"] <= until]
    day = np.append(shown["day"], until)
    reached, churned = (
        np.append(shown[name], shown[name].iloc[-1]) for name in ("share", "churned_share")
    )
    ax = theme.axes(width=8, height=4.5) if ax is None else ax
    ax.fill_between(day, 0, reached, step="post", color=theme.MAIN, linewidth=0)
    ax.fill_between(day, reached, 1 - churned, step="post", color=theme.FAINT, linewidth=0)
    ax.fill_between(day, 1 - churned, 1, step="post", color=theme.CONTRAST, linewidth=0)
    parts = [
        (reached[-1] / 2, f"{value} {reached[-1]:.0%}", theme.MAIN),
        (
            (reached[-1] + 1 - churned[-1]) / 2,
            f"still open {1 - reached[-1] - churned[-1]:.0%}",
            theme.MUTED,
        ),
        (1 - churned[-1] / 2, f"churned before {churned[-1]:.0%}", theme.CONTRAST),
    ]
    ax.set(xlim=(0, until), ylim=(0, 1))
    for height, text, colour in parts:
        ax.annotate(
            text,
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=theme.ink(colour),
            annotation_clip=False,
        )
    theme.percent(ax.yaxis)
    said = (
        f"By day {until}, {reached[-1]:.0%} have {value}, and {churned[-1]:.0%} churned before it"
    )
    return theme.finish(ax, title or said, x=_CLOCK, y="share of customers", grid="")


@theme.style()
def steps(table: pd.DataFrame, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Mean days in each step of the way, from ``ttv.steps``."""
    ax = theme.axes(width=8, height=1.2 + 0.55 * len(table)) if ax is None else ax
    names = table["step"].str.replace("_", " ")
    longest = table["mean"].to_numpy().argmax()
    colours = np.where(np.arange(len(table)) == longest, theme.MAIN, theme.MUTED)
    ax.barh(names, table["mean"], color=colours, height=0.62)
    theme.label_bars(ax, ",.0f", unit=" days")
    ax.invert_yaxis()
    ax.margins(x=0.12)
    said = f"{names.iloc[longest].capitalize()} takes {table['share'].iloc[longest]:.0%} of the way"
    return theme.finish(ax, title or said, x="mean days in the step", grid="x")


@theme.style()
def levers(
    table: pd.DataFrame, *, value: str = "value", title: str = "", ax: Axes | None = None
) -> Axes:
    """Days that each lever wins, with its interval, from ``ttv.levers``."""
    ax = theme.axes(width=8, height=1.4 + 0.5 * len(table)) if ax is None else ax
    _intervals(ax, table["lever"], table["days_won"], table["low"], table["high"], theme.MAIN)
    best = table.loc[table["days_won"].idxmax()]
    said = (
        f"{best['lever'].capitalize()} wins most: {best['days_won']:.0f} of "
        f"{best['days_now']:.0f} days to {value}"
    )
    return theme.finish(ax, title or said, x="days won on average, all customers counted", grid="x")


@theme.style()
def drivers(
    effects: pd.DataFrame,
    *,
    truth: pd.Series | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Hazard ratios with intervals, from ``ttv.drivers(...).effects``; `truth` (log-hazard by
    driver) is set beside them.
    """
    ax = theme.axes(width=8, height=1.6 + 0.45 * len(effects)) if ax is None else ax
    ratio = {name: np.exp(effects[name]) for name in ("effect", "low", "high")}
    _intervals(
        ax,
        effects["means"],
        ratio["effect"],
        ratio["low"],
        ratio["high"],
        theme.MAIN,
        "estimated",
        base=1,
    )
    if truth is not None:
        known = np.exp(effects["driver"].map(truth).to_numpy(float))
        ax.plot(known, np.arange(len(effects)), "D", color=theme.CONTRAST, markersize=6, zorder=4)
        _note(ax, "diamond: truth", (0, 1), "axes fraction", (5, -3))
    _times(ax)
    sure = ((effects["low"] > 0) | (effects["high"] < 0)).sum()
    said = f"{sure} of {len(effects)} drivers change the pace to value beyond chance"
    return theme.finish(ax, title or said, x="chance of value on any day, times", grid="x")


@theme.style()
def immortal_time(table: pd.DataFrame, *, title: str = "", ax: Axes | None = None) -> Axes:
    """The effect of what accrues with time on the chance of value, counted rightly and in
    hindsight: ``ttv.immortal_time``.
    """
    columns = [name for name in table if name != "driver"]
    table = table.assign(**np.exp(table[columns]))
    ax = theme.axes(width=8, height=1.8 + 0.6 * len(table)) if ax is None else ax
    sides = (
        ("right", -0.15, theme.GOOD, "counted from its day on"),
        ("wrong", 0.15, theme.BAD, "counted before it happened"),
    )
    for side, shift, colour, label in sides:
        columns = (table[side], table[f"{side}_low"], table[f"{side}_high"])
        _intervals(ax, table["driver"], *columns, colour, label, shift=shift, base=1)
    _times(ax)
    for side, shift, colour, label in sides:
        # Written from the interval's end inwards, so that the words stay within the picture.
        inner = "low" if table[side].iloc[0] < np.prod(ax.get_xlim()) ** 0.5 else "high"
        above = side == "right"
        ax.annotate(
            label,
            (float(table[f"{side}_{inner}"].iloc[0]), shift),
            xytext=(0, 8 if above else -8),
            textcoords="offset points",
            ha="left" if inner == "low" else "right",
            va="bottom" if above else "top",
            color=theme.ink(colour),
        )
    # Only where both intervals leave 1 out, on opposite sides, is it certain that an effect turns
    # round.
    up = (table["right_low"] > 1) & (table["wrong_high"] < 1)
    down = (table["right_high"] < 1) & (table["wrong_low"] > 1)
    flipped = table.loc[up | down, "driver"].tolist()
    most = table.iloc[np.abs(np.log(table["wrong"] / table["right"])).to_numpy().argmax()]
    off = f"the effect of {most['driver']} is x {most['wrong']:.2f}, not x {most['right']:.2f}"
    turned = f"the effect of {' and '.join(flipped)} turns round" if flipped else off
    said = f"Counted in hindsight, {turned}"
    return theme.finish(ax, title or said, x="chance of value on any day, times", grid="x")


def _times(ax: Axes) -> None:
    """A scale on which half as likely lies as far from 1 as twice as likely."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ticks = [tick for tick in (0.1, 0.25, 0.5, 0.7, 1, 1.4, 2, 3, 5) if low <= tick <= high]
    ax.set_xticks(ticks, [f"x {tick:g}" for tick in ticks])
    ax.minorticks_off()


@theme.style()
def renewal(
    table: pd.DataFrame,
    *,
    truth: float | None = None,
    value: str = "value",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Difference in churn at the first renewal, as it looks and among like customers,
    from ``ttv.renewal``.
    """
    ax = theme.axes(width=8, height=1.7 + 0.5 * len(table)) if ax is None else ax
    _intervals(ax, table["estimate"], table["difference"], table["low"], table["high"], theme.MAIN)
    if truth is not None:
        ax.axvline(truth, color=theme.CONTRAST, linewidth=1.6)
        _note(ax, "truth", (truth, 1), ("data", "axes fraction"), (4, -2))
    ax.xaxis.set_major_formatter(
        lambda share, _: f"{100 * share:+.0f}" if round(100 * share) else "0"
    )
    first, last = table["difference"].iloc[0], table["difference"].iloc[-1]
    way = "lowers" if last < 0 else "raises"
    said = (
        f"In time, {value} {way} churn by {abs(last) * 100:.0f} points, not the "
        f"{abs(first) * 100:.0f} it seems"
    )
    if round(abs(first) * 100) == round(abs(last) * 100):
        said = f"In time, {value} {way} churn at the first renewal by {abs(last) * 100:.0f} points"
    return theme.finish(
        ax,
        title or said,
        x="churn with value in time less churn without (percentage points)",
        grid="x",
    )


def _intervals(
    ax: Axes,
    names,
    middle,
    low,
    high,
    colour: str,
    label: str = "_",
    *,
    shift: float = 0.0,
    base: float = 0,
) -> None:
    """Points with their intervals, one row a name, from the top down, and a line where
    there is no effect.
    """
    place = np.arange(len(names)) + shift
    ax.hlines(place, low, high, color=colour, linewidth=2.2, zorder=3)
    ax.plot(
        np.asarray(middle, float), place, "o", color=colour, markersize=7, zorder=4, label=label
    )
    ax.axvline(base, color=theme.MUTED, linewidth=1)
    ax.set_yticks(np.arange(len(names)), [textwrap.fill(str(name), _NAME) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)


def _note(ax: Axes, text: str, at: tuple, coords, offset: tuple[int, int]) -> None:
    """A word on the truth beside what was estimated."""
    ax.annotate(
        text,
        at,
        xycoords=coords,
        xytext=offset,
        textcoords="offset points",
        va="top",
        color=theme.ink(theme.CONTRAST),
    )
