"""Pictures of the growth stages: a frame of ``cstoolkit.stages`` goes in, Axes come out. Notebook 02."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from cstoolkit import theme


@theme.style()
def timeline(
    history: pd.DataFrame, table: pd.DataFrame, axes: np.ndarray | None = None
) -> np.ndarray:
    """Live customers through S1's stages, and people in CS against S1's headcount, over the same months.

    `history` is a ``stages.history``, `table` is ``stages.table()``. Returns the two Axes, one above the other.
    """
    if axes is None:
        axes = theme.axes(2, 1, height=6.4, sharex=True, height_ratios=[1.25, 1])
    above, below = axes
    _customers(above, history, table)
    _people(below, history)
    locator = AutoDateLocator(minticks=3, maxticks=9)
    below.xaxis.set_major_locator(locator)
    below.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    below.set_xlim(history["date"].iloc[0], history["date"].iloc[-1])
    return axes


def _customers(ax: Axes, history: pd.DataFrame, table: pd.DataFrame) -> None:
    """Live customers on a scale of ratios, S1's stages as bands across."""
    most = max(history["customers"].max(), 12)
    top = most * 1.6
    for row in table.itertuples():
        low, high = (
            max(row.customers_low, 1),
            row.customers_high if row.customers_high == row.customers_high else np.inf,
        )
        if low > top:
            continue
        if row.stage % 2 == 0:
            ax.axhspan(low, min(high, top), color=theme.FAINT, alpha=0.45, linewidth=0)
        if np.sqrt(min(high, top) / low) > 1.12:
            ax.annotate(
                f"stage {row.stage}",
                (1, np.sqrt(low * min(high, top))),
                (8, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                color=theme.MUTED,
                annotation_clip=False,
            )
    ax.set_yscale("log")
    ax.set_ylim(1, top)
    borders = [each for each in (1, 10, 100, 500, 1_000) if each <= top]
    ax.yaxis.set_major_locator(FixedLocator(borders))
    ax.yaxis.set_minor_locator(NullLocator())
    theme.thousands(ax.yaxis)
    ax.plot(history["date"], history["customers"].where(history["customers"] > 0), color=theme.MAIN)
    begins = history[history["stage"] != history["stage"].shift()].iloc[1:]
    ax.scatter(begins["date"], begins["customers"], s=46, color=theme.MAIN, zorder=4)
    span = (history["date"].iloc[-1] - history["date"].iloc[0]) / pd.Timedelta(days=1)
    for date, count in zip(begins["date"], begins["customers"], strict=True):
        early = (date - history["date"].iloc[0]) / pd.Timedelta(days=1) < 0.15 * span
        ax.annotate(
            f"{date:%b %Y}",
            (date, count),
            (8, -5) if early else (-7, 7),
            textcoords="offset points",
            ha="left" if early else "right",
            va="top" if early else "bottom",
            color=theme.ink(theme.MAIN),
        )
    last = history.iloc[-1]
    ax.annotate(
        f"{last['customers']:,}",
        (last["date"], max(last["customers"], 1)),
        (-4, 8),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=theme.ink(theme.MAIN),
        fontweight="bold",
    )
    theme.finish(ax, _title(history), y="live customers", grid="")


def _title(history: pd.DataFrame) -> str:
    last, first = history.iloc[-1], history.iloc[0]
    if last["stage"] == history["stage"].max() and last["stage"] > first["stage"]:
        since = history.loc[history["stage"] == last["stage"], "date"].iloc[0]
        return f"In stage {last['stage']} since {since:%b %Y}, with {last['customers']:,} live customers"
    if last["stage"] < history["stage"].max():
        return f"Back in stage {last['stage']}, with {last['customers']:,} live customers"
    return f"In stage {last['stage']} all along, with {last['customers']:,} live customers"


def _people(ax: Axes, history: pd.DataFrame) -> None:
    """People in CS as a step, S1's headcount of each month's stage as an area; an open end fades out."""
    date = history["date"].to_numpy()
    low, high = history["headcount_low"].to_numpy(float), history["headcount_high"].to_numpy(float)
    known = history["people"].notna().any()
    top = (
        max(np.nanmax(np.append(high, 0)), low.max(), history["people"].max() if known else 0, 2)
        * 1.18
    )
    closed = np.where(np.isnan(high), low, high)
    ax.fill_between(date, low, closed, step="post", color=theme.FAINT, linewidth=0)
    open_end = np.isnan(high)
    for part in np.linspace(0, 1, 12):
        ax.fill_between(
            date,
            low,
            low + (top - low) * (1 - part),
            where=open_end,
            step="post",
            color=theme.FAINT,
            alpha=0.1,
            linewidth=0,
        )
    ax.plot(date, low, drawstyle="steps-post", color=theme.MUTED, linewidth=1)
    ax.plot(date, closed, drawstyle="steps-post", color=theme.MUTED, linewidth=1)
    at = int(len(date) * 0.72)
    ax.annotate(
        "S1's headcount",
        (date[at], low[at]),
        (0, -5),
        textcoords="offset points",
        ha="center",
        va="top",
        color=theme.MUTED,
    )
    ax.set_ylim(0, top)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    if not known:
        theme.finish(
            ax, "Nobody in CS is on record: S1's headcount alone", y="people in CS", grid="y"
        )
        return
    ax.plot(date, history["people"], drawstyle="steps-post", color=theme.CONTRAST)
    last = history.iloc[-1]
    ax.annotate(
        f"{last['people']:.0f}",
        (last["date"], last["people"]),
        (-4, 5),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=theme.ink(theme.CONTRAST),
        fontweight="bold",
    )
    theme.finish(ax, _people_title(history), y="people in CS", grid="y")


def _people_title(history: pd.DataFrame) -> str:
    counted = history[history["against"].isin(["below", "inside", "above"])]
    share = counted["against"].value_counts(normalize=True)
    most = share.index[0]
    way = {"inside": "inside", "above": "above", "below": "below"}[most]
    if share.iloc[0] == 1:
        return f"People in CS: {way} S1's headcount in every month"
    return f"People in CS: {way} S1's headcount in {share.iloc[0]:.0%} of the months"


@theme.style()
def functions(frame: pd.DataFrame, until: pd.Timestamp, ax: Axes | None = None) -> Axes:
    """When each function came, against the month in which its stage was reached: a ``stages.functions``, up to the day `until`."""
    rows = frame.reset_index(drop=True)
    ax = ax if ax is not None else theme.axes(height=1.6 + 0.42 * max(len(rows), 1))
    place = np.arange(len(rows))[::-1]
    dates = pd.concat([rows["since"], rows["stage_reached"]]).dropna()
    begin = (
        min(dates.min(), until - pd.Timedelta(days=360))
        if len(dates)
        else until - pd.Timedelta(days=720)
    )
    begin, end = date2num(begin), date2num(until)
    span = end - begin
    for y, row in zip(place, rows.itertuples(), strict=True):
        if row.verdict == "there":
            since = date2num(row.since)
            ax.barh(y, end - since, left=since, height=0.5, color=theme.MAIN)
        else:
            color = {"due": theme.CONTRAST, "to consider": theme.ACCENT}.get(
                row.verdict, theme.MUTED
            )
            ax.annotate(
                row.verdict,
                (end, y),
                (7, 0),
                textcoords="offset points",
                va="center",
                color=theme.ink(color),
                annotation_clip=False,
            )
        if not pd.isna(row.stage_reached):
            ax.scatter(
                date2num(row.stage_reached),
                y,
                s=60,
                marker="D",
                color=theme.ACCENT,
                edgecolor="white",
                zorder=4,
            )
    ax.set_xlim(begin - 0.02 * span, end)
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.xaxis_date()
    locator = AutoDateLocator(minticks=3, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.set_yticks(
        place,
        [
            f"{name} ({stage})" if not pd.isna(stage) else f"{name} (–)"
            for name, stage in zip(rows["function"], rows["stage"], strict=True)
        ],
    )
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    there = rows[rows["verdict"] == "there"]
    early = int((there["stage_reached"].isna() | (there["since"] < there["stage_reached"])).sum())
    title = f"{len(there)} of {len(rows)} functions are there; {early} came before their stage"
    theme.finish(
        ax,
        title,
        "bar: on record since; diamond: S1's stage reached (its number in brackets)",
        grid="x",
    )
    return ax


@theme.style()
def offices(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Customers of each region against the number from which on an office pays: a ``stages.regional_office``."""
    ax = ax if ax is not None else theme.axes(width=7, height=1.5 + 0.55 * max(len(frame), 1))
    place = np.arange(len(frame))[::-1]
    reach = (
        max(frame["customers"].max(), frame["break_even"].replace(np.inf, np.nan).max(), 1) * 1.22
    )
    colors = np.where(frame["net"] >= 0, theme.MAIN, theme.MUTED)
    ax.barh(place, frame["customers"], height=0.5, color=colors.tolist())
    for y, row in zip(place, frame.itertuples(), strict=True):
        staff = "" if np.isnan(row.people) else f", {row.people:.0f} in CS"
        ax.annotate(
            f"{row.customers:,}{staff}",
            (row.customers, y),
            (7, 0),
            textcoords="offset points",
            va="center",
        )
        if np.isfinite(row.break_even):
            ax.plot([row.break_even] * 2, [y - 0.38, y + 0.38], color=theme.CONTRAST, linewidth=3)
    ax.set_yticks(place, frame["region"])
    ax.set_ylim(-0.6, len(frame) - 0.3)
    ax.set_xlim(0, reach)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    pays = int((frame["net"] >= 0).sum())
    points = frame["break_even"].replace(np.inf, np.nan).dropna()
    if points.empty:
        title = "An office pays in no region, however many customers it has"
    else:
        span = (
            f"{points.min():,.0f}"
            if round(points.min()) == round(points.max())
            else f"{points.min():,.0f} to {points.max():,.0f}"
        )
        title = f"An office pays from {span} local customers on: in {pays} of {len(frame)} regions"
    return theme.finish(
        ax, title, "live customers (red mark: the office pays from here on)", grid="x"
    )


@theme.style()
def swing(table: pd.DataFrame, ax: Axes | None = None, top: int = 9) -> Axes:
    """How far each assumption moves the break-even of an office:

    a ``stages.office_swing``. A bar that ends in an arrow never breaks even there.
    """
    rows = table.head(top)
    ax = ax if ax is not None else theme.axes(width=9, height=1.5 + 0.42 * max(len(rows), 1))
    base = float(rows["base"].iloc[0])
    ends = rows[["at_low", "at_high"]].to_numpy(float)
    finite = np.append(ends[np.isfinite(ends)], base if np.isfinite(base) else 0)
    low, high = finite.min(), finite.max()
    far = high + 0.25 * max(high - low, 1)
    middle = base if np.isfinite(base) else far
    place = np.arange(len(rows))[::-1]
    shown = np.where(np.isfinite(ends), ends, far)
    same_side = (shown[:, 0] >= middle) == (shown[:, 1] >= middle)
    shorter = np.abs(shown - middle).argmin(axis=1)
    for which, (column, color) in enumerate((("low", theme.MAIN), ("high", theme.CONTRAST))):
        inner = same_side & (shorter == which)
        ax.barh(
            place,
            shown[:, which] - middle,
            left=middle,
            height=np.where(inner, 0.3, 0.6),
            color=color,
            zorder=2 + inner.any(),
        )
        for y, x, value, unit, reached, turned in zip(
            place,
            shown[:, which],
            rows[column],
            rows["unit"],
            np.isfinite(ends[:, which]),
            inner,
            strict=True,
        ):
            ahead = (x >= middle) != turned
            x = middle if turned else x
            text = (f"{value:.0%}" if unit == "share" else theme.short(value)) + (
                "" if reached else ": never"
            )
            theme.label_end(ax, text, x, y, ahead=ahead, color=color)
    ax.axvline(middle, color=theme.INK, linewidth=1)
    ax.set_yticks(place, rows["says"])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    pad = 0.16 * (far - low)
    ax.set_xlim(low - pad, far + pad)
    first = rows.iloc[0]
    return theme.finish(
        ax,
        f"What moves the break-even most: {first['says']}",
        "break-even in local customers (blue: low end, red: high end)",
        grid="x",
    )


@theme.style()
def onboarding(effect: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Paid against free onboarding, as it looks and among like customers, with 95% intervals: a ``stages.onboarding_effect``."""
    ax = ax if ax is not None else theme.axes(width=7.5, height=1.6 + 0.6 * max(len(effect), 1))
    place = np.arange(len(effect))[::-1]
    first, last = effect.iloc[0], effect.iloc[-1]
    colors = [theme.MUTED] + [theme.MAIN] * (len(effect) - 1)
    ax.hlines(place, effect["low"], effect["high"], color=colors, linewidth=3)
    ax.scatter(effect["difference"], place, s=110, color=colors, zorder=3)
    for y, row in zip(place, effect.itertuples(), strict=True):
        ax.annotate(
            f"{row.difference * 100:+.0f} points",
            (row.difference, y),
            (0, 10),
            textcoords="offset points",
            ha="center",
            va="bottom",
        )
    ax.axvline(0, color=theme.INK, linewidth=1)
    ax.set_yticks(place, effect["estimate"])
    ax.set_ylim(-0.6, len(effect) - 0.2)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value * 100:+.0f}" if value else "0")
    )
    title = (
        f"Paid onboarding completes {first['difference'] * 100:+.0f} points more often as it looks, "
        f"{last['difference'] * 100:+.0f} among like customers"
    )
    if len(effect) > 1 and last["low"] <= 0 <= last["high"]:
        title += " (which may be nothing)"
    return theme.finish(
        ax, title, "percentage points completed, paid minus free (95% interval)", grid="x"
    )


@theme.style()
def vacancy(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What an empty post has cost so far, left open and outsourced:

    a ``stages.vacancy``. A cost below zero means that pay saved is more.
    """
    ax = ax if ax is not None else theme.axes(width=7, height=3.8)
    last = {}
    for option, color in (("left open", theme.CONTRAST), ("outsourced", theme.MAIN)):
        rows = frame[frame["option"] == option]
        ax.plot(
            rows["month"],
            rows["cost"],
            color=color,
            label=option,
            linestyle="-" if option == "left open" else (0, (5, 1.5)),
        )
        last[option] = float(rows["cost"].iloc[-1])
    ax.axhline(0, color=theme.MUTED, linewidth=1)
    theme.millions(ax.yaxis)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(0, max(frame["month"].max(), 1e-9))
    apart = abs(last["left open"] - last["outsourced"])
    if apart < 0.02 * max(abs(each) for each in last.values()) + 1e-9:
        title = "Leaving the post open and outsourcing cost the same"
    else:
        better = min(last, key=last.get)
        way = "outsourcing" if better == "outsourced" else "leaving it open"
        title = f"After {frame['month'].max():g} months, {way} is {theme.short(apart)} cheaper"
    theme.finish(ax, title, "months the post has been empty", "cost so far (currency)")
    return theme.label_ends(ax)
