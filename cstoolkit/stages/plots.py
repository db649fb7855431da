"""Pictures of the growth stages: a frame of ``cstoolkit.stages`` goes in, Axes come out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from cstoolkit import theme


@theme.style()
def timeline(
    history: pd.DataFrame, table: pd.DataFrame, axes: np.ndarray | None = None
) -> np.ndarray:
    """Live customers through S1's stages, and people in CS against S1's headcount.

    `history` is a ``stages.history``, `table` is ``stages.table()``. Returns two Axes, one above
    the other, over the same months.
    """
    if axes is None:
        axes = theme.axes(2, 1, height=6.4, sharex=True, height_ratios=[1.25, 1])
    _customers(axes[0], history, table)
    _people(axes[1], history)
    theme.dates(axes[1].xaxis)
    axes[1].set_xlim(history["date"].iloc[0], history["date"].iloc[-1])
    return axes


def _customers(ax: Axes, history: pd.DataFrame, table: pd.DataFrame) -> None:
    """Live customers on a scale of ratios, S1's stages as bands across."""
    most = max(history["customers"].max(), 12)
    top = most * (1.6 if most < 5_000 else 3)  # room for its figure, on a scale of ratios
    bands = table[table["customers_low"] <= top]
    for row in bands.itertuples():
        high = np.nanmin([row.customers_high, top])
        if row.stage % 2 == 0:
            ax.axhspan(row.customers_low, high, color=theme.FAINT, alpha=0.45, linewidth=0)
        middle = np.sqrt(row.customers_low * high)
        if middle > 1.12 * row.customers_low:  # high enough for its name
            side = {"xycoords": ("axes fraction", "data"), "color": theme.MUTED}
            theme.note(ax, f"stage {row.stage}", (1, middle), (8, 0), **side)
    ax.set_yscale("log")
    ax.set_ylim(1, top)
    ax.yaxis.set_major_locator(FixedLocator(bands["customers_low"]))
    ax.yaxis.set_minor_locator(NullLocator())
    theme.thousands(ax.yaxis)
    dates, customers = history["date"], history["customers"]
    ax.plot(dates, customers.where(customers > 0), color=theme.MAIN)
    begins = history[history["stage"] != history["stage"].shift()].iloc[1:]
    ax.scatter(begins["date"], begins["customers"], s=46, color=theme.MAIN, zorder=4)
    left = dates.iloc[0] + 0.15 * (dates.iloc[-1] - dates.iloc[0])
    later = dates.iloc[-1] + (dates.iloc[-1] - dates.iloc[0])
    for date, count in zip(begins["date"][::-1], begins["customers"][::-1], strict=True):
        if later - date < 0.13 * (dates.iloc[-1] - dates.iloc[0]):
            continue  # its name would stand on that of the next one
        later, shift = date, (8, -5) if date < left else (-7, 7)
        theme.note(ax, f"{date:%b %Y}", (date, count), shift, color=theme.MAIN)
    _name_end(ax, dates.iloc[-1], max(customers.iloc[-1], 1), f"{customers.iloc[-1]:,}", theme.MAIN)
    theme.finish(ax, _customers_title(history), y="live customers", grid="")


def _name_end(ax: Axes, date: pd.Timestamp, y: float, text: str, color: str) -> None:
    theme.note(ax, text, (date, y), (-4, 7), color=color, fontweight="bold")


def _customers_title(history: pd.DataFrame) -> str:
    last, most = history.iloc[-1], history["stage"].max()
    if last["stage"] < most:
        said = f"Back in stage {last['stage']}"
    elif last["stage"] == history["stage"].iloc[0]:
        said = f"In stage {last['stage']} all along"
    else:
        since = history.loc[history["stage"] == most, "date"].iloc[0]
        said = f"In stage {last['stage']} since {since:%b %Y}"
    return f"{said}, with {last['customers']:,} live customers"


def _people(ax: Axes, history: pd.DataFrame) -> None:
    """People in CS, over S1's headcount for each month's stage; an open end fades out."""
    date, people = history["date"].to_numpy(), history["people"]
    low, high = (history[name].to_numpy(float) for name in ("headcount_low", "headcount_high"))
    top = np.nanmax([*low, *high, *people, 2]) * 1.18
    closed = np.where(np.isnan(high), low, high)
    ax.fill_between(date, low, closed, step="post", color=theme.FAINT, linewidth=0)
    area = {"where": np.isnan(high), "step": "post", "color": theme.FAINT, "linewidth": 0}
    for part in np.linspace(0, 1, 12):
        ax.fill_between(date, low, low + (top - low) * (1 - part), alpha=0.1, **area)
    for border in (low, closed):
        ax.plot(date, border, drawstyle="steps-post", color=theme.MUTED, linewidth=1)
    at = int(len(date) * 0.72)
    border, shift = (low[at], -5) if low[at] > 0.2 * top else (closed[at], 7)
    theme.note(ax, "S1's headcount", (date[at], border), (0, shift), color=theme.MUTED)
    ax.set_ylim(0, top)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    title = "Nobody in CS is on record: S1's headcount alone"
    if people.notna().any():
        ax.plot(date, people, drawstyle="steps-post", color=theme.CONTRAST)
        _name_end(ax, date[-1], people.iloc[-1], f"{people.iloc[-1]:.0f}", theme.CONTRAST)
        share = history.loc[people.notna(), "against"].value_counts(normalize=True)
        often = "every month" if share.iloc[0] == 1 else f"{share.iloc[0]:.0%} of the months"
        title = f"People in CS: {share.index[0]} S1's headcount in {often}"
    theme.finish(ax, title, y="people in CS", grid="y")


@theme.style()
def functions(frame: pd.DataFrame, until: pd.Timestamp, ax: Axes | None = None) -> Axes:
    """When each function came and its stage was reached: a ``stages.functions``, up to `until`."""
    ax = ax if ax is not None else theme.axes(height=1.6 + 0.42 * max(len(frame), 1))
    stage = frame["stage"].astype("object").fillna("–")
    place = theme.rows(ax, [f"{name} ({at})" for name, at in zip(frame["function"], stage)])
    first = frame[["since", "stage_reached"]].min().min()
    begin = min(until - pd.Timedelta(days=360), until if pd.isna(first) else first)
    begin, end = date2num(begin), date2num(until)
    is_there = frame["verdict"] == "there"
    since = date2num(frame.loc[is_there, "since"])
    ax.barh(place[is_there], end - since, left=since, height=0.5, color=theme.MAIN)
    colors = {"due": theme.CONTRAST, "to consider": theme.ACCENT}
    for y, verdict in zip(place[~is_there], frame.loc[~is_there, "verdict"], strict=True):
        theme.note(ax, verdict, (end, y), color=colors.get(verdict, theme.MUTED))
    reached = frame["stage_reached"].notna()
    diamond = {"s": 60, "marker": "D", "color": theme.ACCENT, "edgecolor": "white", "zorder": 4}
    ax.scatter(date2num(frame.loc[reached, "stage_reached"]), place[reached], **diamond)
    ax.set_xlim(begin - 0.02 * (end - begin), end)
    ax.xaxis_date()
    theme.dates(ax.xaxis, most=8)
    early = int((is_there & ~(frame["since"] >= frame["stage_reached"])).sum())
    title = f"{is_there.sum()} of {len(frame)} functions are there; {early} came before their stage"
    key = "bar: on record since; diamond: S1's stage reached (its number in brackets)"
    return theme.finish(ax, title, key, grid="x")


@theme.style()
def offices(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Customers whom an office would bring closer, and from how many on it pays.

    Takes a ``stages.regional_office``.
    """
    ax = ax if ax is not None else theme.axes(width=8, height=1.5 + 0.55 * max(len(frame), 1))
    place = theme.rows(ax, frame["region"].map(theme.cut).to_list())
    at = frame["break_even"].replace(np.inf, np.nan)
    pays = frame["verdict"] == "pays"
    colors = np.where(pays, theme.MAIN, theme.MUTED).tolist()
    ax.barh(place, frame["far"], height=0.5, color=colors)
    told = at.notna()
    mark = {"color": theme.CONTRAST, "linewidth": 3}
    ax.vlines(at[told], place[told] - 0.38, place[told] + 0.38, **mark)
    for y, row in zip(place, frame.itertuples(), strict=True):
        staff = "" if np.isnan(row.people) else f", {row.people:.0f} in CS"
        own = ": the head office's" if row.home else ""
        theme.note(ax, f"{row.far:,} of {row.customers:,}{staff}{own}", (row.far, y))
    most = np.nanmax([*frame["far"], *at, 1])
    ax.set_xlim(0, most * (1.45 if most < 10_000 else 1.8))
    theme.thousands(ax.xaxis)
    key = "live customers not looked after from there (red mark: an office pays from here on)"
    return theme.finish(ax, _offices_title(frame, at), key, grid="x")


def _offices_title(frame: pd.DataFrame, at: pd.Series) -> str:
    others = frame[~frame["home"]]
    if others.empty:
        return "No region besides the head office's has customers"
    if at.isna().all():
        return "An office pays in no region, however many customers it has"
    ends = dict.fromkeys((f"{at.min():,.0f}", f"{at.max():,.0f}"))
    pays = (others["verdict"] == "pays").sum()
    unsure = (others["verdict"] == "cannot be told").sum()
    more = f"; in {unsure} it cannot be told" if unsure else ""
    many = f"{len(others)} region" + ("" if len(others) == 1 else "s")
    won = others.loc[others["verdict"] == "pays", ["won", "won_to_pay"]].min()
    assumed = f", if it wins {won['won']:.1%} of ARR a year (assumed)"
    said = f"An office pays from {' to '.join(ends)} customers on: in {pays} of {many}{more}"
    return said + assumed * bool(won["won_to_pay"] > 0)


@theme.style()
def swing(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How far each assumption moves the break-even of an office: a ``stages.office_swing``.

    An end that is never reached stands at the picture's edge and says so.
    """
    ax = ax if ax is not None else theme.axes(width=9, height=1.5 + 0.42 * len(table))
    place = theme.rows(ax, table["says"])
    ends = table[["at_low", "at_high"]].to_numpy(float)
    base = float(table["base"].iloc[0])
    finite = [value for value in (*ends.ravel(), base) if np.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    far = high + 0.25 * max(high - low, 1)
    middle = min(base, far)
    shown = np.minimum(ends, far)
    # Of two ends on one side the nearer is drawn inside the other, and named across the middle.
    one_side = (shown[:, 0] >= middle) == (shown[:, 1] >= middle)
    nearer = np.abs(shown - middle).argmin(axis=1)
    for which, (end, color) in enumerate((("low", theme.MAIN), ("high", theme.CONTRAST))):
        inner = one_side & (nearer == which)
        height = np.where(inner, 0.3, 0.6)
        bars = {"left": middle, "height": height, "color": color, "zorder": 2 + inner.any()}
        ax.barh(place, shown[:, which] - middle, **bars)
        for y, x, value, unit, at, turned in zip(
            place, shown[:, which], table[end], table["unit"], ends[:, which], inner, strict=True
        ):
            text = f"{value:.0%}" if unit == "share" else theme.short(value)
            text += "" if np.isfinite(at) else ": never"
            shift = 5 if (x >= middle) != turned else -5
            theme.note(ax, text, (middle if turned else x, y), (shift, 0), color=color)
    ax.axvline(middle, color=theme.INK, linewidth=1)
    pad = 0.16 * (far - low)
    ax.set_xlim(low - pad, far + pad)
    title = f"What moves the break-even most: {table['says'].iloc[0]}"
    key = "break-even in local customers (blue: low end, red: high end)"
    return theme.finish(ax, title, key, grid="x")


@theme.style()
def onboarding(effect: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Paid against free onboarding, with 95% intervals: a ``ttv.paid_effect``."""
    ax = ax if ax is not None else theme.axes(width=7.5, height=1.6 + 0.6 * max(len(effect), 1))
    place = theme.rows(ax, effect["estimate"])
    colors = [theme.MUTED] + [theme.MAIN] * (len(effect) - 1)
    ax.hlines(place, effect["low"], effect["high"], color=colors, linewidth=3)
    ax.scatter(effect["difference"], place, s=110, color=colors, zorder=3)
    for x, y in zip(effect["difference"], place, strict=True):
        theme.note(ax, f"{x * 100:+.0f} points", (x, y), (0, 10))
    ax.axvline(0, color=theme.INK, linewidth=1)
    points = FuncFormatter(lambda value, _: f"{value * 100:+.0f}" if value else "0")
    ax.xaxis.set_major_formatter(points)
    first, last = effect.iloc[0], effect.iloc[-1]
    title = (
        f"Paid onboarding brings value in time {first['difference'] * 100:+.0f} points more often "
        f"as it looks, {last['difference'] * 100:+.0f} among like customers"
    )
    if len(effect) > 1 and last["low"] <= 0 <= last["high"]:
        title += " (which may be nothing)"
    key = "percentage points with value in time, paid minus free (95% interval)"
    return theme.finish(ax, title, key, grid="x")


@theme.style()
def vacancy(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What an empty post has cost so far, left open and outsourced: a ``stages.vacancy``.

    A cost below zero means that the pay saved is more.
    """
    ax = ax if ax is not None else theme.axes(width=7, height=3.8)
    for option, color, dashes in (
        ("left open", theme.CONTRAST, "-"),
        ("outsourced", theme.MAIN, (0, (5, 1.5))),
    ):
        rows = frame[frame["option"] == option]
        ax.plot(rows["month"], rows["cost"], color=color, label=option, linestyle=dashes)
    ax.axhline(0, color=theme.MUTED, linewidth=1)
    theme.millions(ax.yaxis)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    months = frame["month"].max()
    ax.set_xlim(0, max(months, 1e-9))
    last = frame[frame["month"] == months].set_index("option")["cost"]
    apart = abs(last["left open"] - last["outsourced"])
    title = "Leaving the post open and outsourcing cost the same"
    if apart > 0.02 * last.abs().max():
        way = "outsourcing" if last.idxmin() == "outsourced" else "leaving it open"
        title = f"After {months:g} months, {way} is {theme.short(apart)} cheaper"
    theme.finish(ax, title, "months the post has been empty", "cost so far (currency)")
    return theme.label_ends(ax)
