"""Pictures of the voice of the customer: a frame of ``cstoolkit.voc`` goes in, Axes come out."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from cstoolkit import theme
from cstoolkit.voc.changes import verdict
from cstoolkit.voc.demand import ALL, ANY


def plain(text: object, width: int = 26) -> str:
    """A topic's name or a customer's words as they are shown: cut, with underscores as spaces."""
    short = textwrap.shorten(str(text).replace("_", " "), width, placeholder=" ...")
    return short if short.strip(" .") else str(text)[:width]


def _nothing(title: str) -> Axes:
    """A picture that has only its title, for data that show nothing."""
    ax = theme.axes(height=1.4)
    ax.set_axis_off()
    return theme.finish(ax, title)


@theme.style()
def topics_by_arr(
    table: pd.DataFrame,
    *,
    currency: str = "",
    terms: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """ARR of the live customers that voiced each topic, split by segment.

    Parameters
    ----------
    table : DataFrame
        A ``voc.arr_at_risk``.
    currency : str
        That of the ARR.
    terms : DataFrame, optional
        ``Topics.terms``: the most telling words, in every language, under each topic's name.
    ax : Axes, optional
        Axes to draw on.
    """
    topics = table[table["topic"] != ANY]
    whole = topics[topics["segment"] == ALL].sort_values("arr", ascending=False)
    if whole.empty:
        return _nothing("No topic was found in the voices")
    if ax is None:
        line = 0.45 if terms is None else 0.62
        ax = theme.axes(width=8 if terms is None else 9, height=1.6 + line * len(whole))
    place = theme.rows(ax, [_named(topic, terms) for topic in whole["topic"]])
    parts = topics.pivot(index="topic", columns="segment", values="arr").loc[whole["topic"]]
    segments = [name for name in dict.fromkeys(topics["segment"]) if name != ALL]
    left = np.zeros(len(whole))
    for number, segment in enumerate(segments):
        color = theme.TIERS.get(segment, theme.CATEGORIES[number % len(theme.CATEGORIES)])
        arr = parts[segment].to_numpy()
        ax.barh(place, arr, left=left, height=0.62, color=color, label=plain(segment))
        left = left + arr
    reach = max(whole["arr"].max(), 1e-9)
    _name_segments(ax, segments, reach)
    for y, row in zip(place, whole.itertuples()):
        theme.note(ax, f"{theme.short(row.arr)}  ({_customers(row.customers)})", (row.arr, y))
    ax.set_xlim(0, reach * 1.5)
    theme.millions(ax.xaxis)
    first = whole.iloc[0]
    title = f"{plain(first['topic']).capitalize()} has most ARR behind it: "
    title += f"{theme.short(first['arr'])} {currency}".rstrip()
    if np.isfinite(first["share"]):
        title += f", {first['share']:.0%} of all ARR"
    if not first["customers"]:
        title = "No live customer has voiced a topic lately"
    unit = f"{currency} a year".strip()
    return theme.finish(ax, title, f"ARR of live customers that voiced it ({unit})", grid="x")


def _named(topic: str, terms: pd.DataFrame | None) -> str:
    if terms is None:
        return plain(topic)
    own = terms[(terms["topic"] == topic) & (terms["terms"] != "")]["terms"]
    said = " / ".join(", ".join(words.split(", ")[:2]) for words in own)
    return plain(topic) + (f"\n{plain(said, 34)}" if said else "")


def _customers(count: float) -> str:
    return "1 customer" if count == 1 else f"{count:,} customers"


def _name_segments(ax: Axes, segments: list[str], reach: float) -> None:
    """The segments named above their parts of the longest bar; a legend where words do not fit."""
    longest = [bars[0] for bars in ax.containers]
    # A letter takes about a fortieth of the longest bar.
    if any(bar.get_width() < 0.024 * reach * len(name) for bar, name in zip(longest, segments)):
        ax.legend(loc="lower right")
        return
    for bar, name in zip(longest, segments):
        at = (bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height())
        theme.note(ax, plain(name), at, (0, 2), color=bar.get_facecolor())


@theme.style()
def trend(
    table: pd.DataFrame,
    *,
    changes: pd.DataFrame | None = None,
    since: str | pd.Timestamp | None = None,
) -> np.ndarray:
    """The share of live customers that voiced each topic by period, one small picture a topic.

    Parameters
    ----------
    table : DataFrame
        A ``voc.trend``. Bands are intervals; a period that has not ended is left out.
    changes : DataFrame, optional
        Of the company: the day on which each answer to the topic shipped is marked.
    since : str or Timestamp, optional
        Cuts the early history, when customers were few.
    """
    early = pd.Timestamp.min if since is None else pd.Timestamp(since)
    rows = table[table["whole"] & (table["live"] > 0) & (table["period"] >= early)]
    topics = list(dict.fromkeys(rows["topic"]))
    if not topics:
        return np.array([[_nothing("No whole period has passed yet")]])
    columns = min(4, len(topics))
    lines = -(-len(topics) // columns)
    grid = theme.axes(
        lines, columns, width=9, height=0.9 + 2.0 * lines, sharex=True, sharey=True, squeeze=False
    )
    for ax, topic in zip(grid.flat, topics):
        own = rows[rows["topic"] == topic]
        day = own["period"].to_numpy()
        ax.fill_between(day, own["low"], own["high"], color=theme.MAIN, alpha=0.18, linewidth=0)
        ax.plot(day, own["share"], color=theme.MAIN, linewidth=1.8)
        shipped = [] if changes is None else changes.loc[changes["topic"] == topic, "shipped_on"]
        for when in shipped:
            if when >= day[0]:
                ax.axvline(when, color=theme.CONTRAST, linewidth=1.6, linestyle=(0, (3, 1.5)))
        theme.finish(ax, "")
        ax.set_title(plain(topic, 20), loc="left", fontsize=theme.TEXT)
        theme.dates(ax.xaxis, least=2, most=4)
        ax.xaxis.get_major_formatter().show_offset = False
        ax.yaxis.set_major_locator(MaxNLocator(4))
        theme.percent(ax.yaxis)
    for ax in grid.flat[len(topics) :]:
        ax.set_visible(False)
    top = np.nanquantile(rows["high"], 0.98)
    grid.flat[0].set_ylim(0, top * 1.08 if top > 0 else 1)
    figure = grid.flat[0].get_figure()
    figure.supylabel("share of live customers", fontsize=theme.TEXT)
    if changes is not None:
        figure.supxlabel(
            "dashed: the day a change that answered the topic shipped",
            fontsize=theme.TEXT,
            color=theme.ink(theme.CONTRAST),
        )
    figure.suptitle(textwrap.fill(_trend_title(rows), 76), x=0.01, ha="left", fontweight="bold")
    return grid


def _trend_title(rows: pd.DataFrame) -> str:
    """The topic voiced most in the last four periods, against the four before."""
    last = np.sort(rows["period"].unique())[-8:]
    if len(last) < 8:
        return "How many customers voiced each topic"
    name = "month" if last[1] - last[0] < np.timedelta64(32, "D") else "quarter"
    before, now = (
        rows[rows["period"].isin(part)].groupby("topic")[["customers", "live"]].sum()
        for part in (last[:4], last[4:])
    )
    before, now = (sums["customers"] / sums["live"] for sums in (before, now))
    topic = now.idxmax()
    return (
        f"{plain(topic).capitalize()} is voiced most: by {now[topic]:.1%} of customers a {name} in "
        f"the last four {name}s, {before[topic]:.1%} in the four before"
    )


@theme.style()
def requirements(table: pd.DataFrame, *, currency: str = "") -> Axes:
    """The ARR behind each requirement for every person-week that it takes.

    Parameters
    ----------
    table : DataFrame
        A ``voc.requirements`` with effort for one topic or more. A topic without an effort is named
        below the picture.
    currency : str
        That of the ARR.
    """
    rows = table.dropna(subset=["effort"]).sort_values("arr_per_effort", ascending=False)
    if rows.empty:
        return _nothing("Effort is known for no topic: fill in effort of voc.worksheet()")
    ax = theme.axes(height=1.9 + 0.5 * len(rows))
    place = theme.rows(ax, [plain(topic) for topic in rows["topic"]])
    colors = [theme.CONTRAST, *[theme.MAIN] * (len(rows) - 1)]
    ax.barh(place, rows["arr_per_effort"], height=0.62, color=colors)
    for y, row in zip(place, rows.itertuples()):
        text = (
            f"{theme.short(row.arr_per_effort)}  ({theme.short(row.arr)} for {row.effort:g} weeks)"
        )
        theme.note(ax, text, (row.arr_per_effort, y))
    best = rows.iloc[0]
    ax.set_xlim(0, max(best["arr_per_effort"], 1e-9) * 1.6)
    theme.millions(ax.xaxis)
    without = table.loc[table["effort"].isna(), "topic"]
    note = f"\nno effort given for: {plain(', '.join(without), 70)}" if len(without) else ""
    worth = f"{theme.short(best['arr_per_effort'])} {currency}".rstrip()
    title = f"{plain(best['topic']).capitalize()} answers most ARR for its effort"
    return theme.finish(
        ax,
        f"{title}: {worth} a person-week",
        f"ARR that voiced it ({currency or 'currency'} a year) for a person-week{note}",
        grid="x",
    )


@theme.style()
def lead_times(table: pd.DataFrame, as_of: str | pd.Timestamp) -> Axes:
    """From the first ask through the decision to the day customers had it, one line a change.

    Parameters
    ----------
    table : DataFrame
        A ``voc.lead_times``.
    as_of : str or Timestamp
        Until when changes that have not shipped are drawn.
    """
    rows = table.dropna(subset=["first_asked_on"])
    if rows.empty:
        return _nothing("No change has answered a topic that anybody had voiced")
    ax = theme.axes(height=1.5 + 0.42 * len(rows))
    place = theme.rows(ax, [plain(topic) for topic in rows["topic"]])
    end = rows["shipped_on"].fillna(pd.Timestamp(as_of))
    first, decided = rows["first_asked_on"], rows["decided_on"]
    ax.hlines(place, first, decided, color=theme.ACCENT, linewidth=6)
    ax.hlines(place, decided, end, color=theme.MAIN, linewidth=6)
    for y, row, when in zip(place, rows.itertuples(), end):
        text = f"{row.asks:,} waiting"
        if pd.notna(row.shipped_on):
            text = f"{row.asks:,} asks, median wait {row.wait:,.0f} days"
        theme.note(ax, text, (when, y))
    widest = int(np.minimum(decided - first, end - decided).to_numpy().argmax())
    at = (decided.iloc[widest], place[widest])
    theme.note(ax, "until decided", at, (-3, 7), color=theme.ACCENT)
    theme.note(ax, "until shipped", at, (3, 7), color=theme.MAIN)
    begin = min(first.min(), decided.min())
    span = max(end.max() - begin, pd.Timedelta(days=30))
    ax.set_xlim(begin - 0.03 * span, end.max() + 0.03 * span)  # the words may stand outside
    theme.dates(ax.xaxis, most=7)
    ax.xaxis.get_major_formatter().show_offset = False
    done = rows.dropna(subset=["shipped_on"])
    decide, ship = done["to_decide"].median(), done["to_ship"].median()
    title = f"Most waiting is for the decision: {decide:,.0f} days to decide, {ship:,.0f} to ship"
    if done.empty:
        title = "No change has shipped yet"
    elif decide <= ship:
        title = f"Building takes longest: {ship:,.0f} days to ship, {decide:,.0f} to decide"
    return theme.finish(ax, f"{title} (medians)" if len(done) else title, grid="x")


@theme.style()
def churn(after: pd.DataFrame, naive: pd.DataFrame | None = None) -> Axes:
    """Churn of the answered against others, as rate ratios with intervals.

    Parameters
    ----------
    after : DataFrame
        A ``voc.churn_after``.
    naive : DataFrame, optional
        A ``voc.immortal_time``: the comparison that counts the wait as if it had been survived.
    """
    names = {
        "waiting": "against customers whose\ntopic still waits",
        "silent": "against customers\nwho said nothing",
        "naive": "naive: ever answered\nagainst never",
    }
    rows = after[["against", "ratio", "low", "high"]]
    if naive is not None:
        rows = pd.concat([rows, naive[["ratio", "low", "high"]].head(1).assign(against="naive")])
    ax = theme.axes(height=1.6 + 0.75 * len(rows))
    place = theme.rows(ax, [names[against] for against in rows["against"]])
    ax.axvline(1, color=theme.INK, linewidth=1)
    for y, row in zip(place, rows.itertuples()):
        color = theme.CONTRAST if row.against == "naive" else theme.MAIN
        if not np.isfinite(row.ratio):
            theme.note(ax, "too few left to tell", (1, y), (8, 0))
            continue
        ends = [row.low, row.high]
        ax.plot(ends, [y, y], color=color, linewidth=5, solid_capstyle="butt", alpha=0.45)
        ax.scatter([row.ratio], [y], s=110, color=color, zorder=3)
        text = f"{row.ratio:.2f} ({row.low:.2f} to {row.high:.2f})"
        theme.note(ax, text, (row.ratio, y + 0.14), (0, 1), color=color)
    limits = rows[["low", "high"]].to_numpy(float)
    limits = limits[np.isfinite(limits) & (limits > 0)]
    low, high = min([*limits, 0.5]) / 1.25, max([*limits, 2.0]) * 1.25
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ticks = [tick for tick in (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100) if low <= tick <= high]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([f"{tick:g}" for tick in ticks])
    title = verdict(after.iloc[0])
    return theme.finish(ax, title, "churn rate, answered over others (1: no difference)", grid="x")
