"""Pictures of the voice of the customer: a frame of ``cstoolkit.voc`` goes in, Axes come out. Notebook 08."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from cstoolkit import theme

TOTAL, ANY = "total", "any topic"


def plain(text: object, width: int = 26) -> str:
    """A topic's name or a customer's words as they are shown: cut to `width`, underscores as spaces."""
    return (
        textwrap.shorten(str(text).replace("_", " "), width, placeholder=" ...")
        or str(text)[:width]
    )


@theme.style()
def topics_by_arr(
    table: pd.DataFrame,
    *,
    currency: str = "",
    terms: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """ARR of the live customers that voiced each topic, split by segment: a ``voc.arr_at_risk``.

    `terms` (``Topics.terms``) writes each topic's most telling words, in every language, under its name.
    """
    topics = table[table["topic"] != ANY]
    whole = topics[topics["segment"] == TOTAL].sort_values("arr", ascending=False)
    if whole.empty:
        raise ValueError("there are no topics to draw.")
    order = whole["topic"].to_list()
    ax = (
        ax
        if ax is not None
        else theme.axes(
            width=8 if terms is None else 9,
            height=1.6 + (0.45 if terms is None else 0.62) * len(order),
        )
    )
    place = np.arange(len(order))[::-1]
    segments = [each for each in dict.fromkeys(topics["segment"]) if each != TOTAL]
    left = np.zeros(len(order))
    reach = max(whole["arr"].max(), 1e-9)
    for number, segment in enumerate(segments):
        arr = (
            topics[topics["segment"] == segment]
            .set_index("topic")["arr"]
            .reindex(order)
            .fillna(0)
            .to_numpy()
        )
        color = theme.TIERS.get(segment, theme.CATEGORIES[number % len(theme.CATEGORIES)])
        ax.barh(place, arr, left=left, height=0.62, color=color, label=plain(segment))
        left = left + arr
    _name_segments(ax, topics, segments, order[0], place[0], reach)
    for y, row in zip(place, whole.itertuples(), strict=True):
        ax.annotate(
            f"{theme.short(row.arr)}  ({row.customers:,} customers)",
            (row.arr, y),
            (6, 0),
            textcoords="offset points",
            va="center",
        )
    ax.set_yticks(place, [_named(each, terms) for each in order])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(0, reach * 1.5)
    ax.set_ylim(-0.55, len(order) - 0.1)
    theme.millions(ax.xaxis)
    first = whole.iloc[0]
    share = f", {first['share']:.0%} of all ARR" if np.isfinite(first["share"]) else ""
    title = (
        f"Customers who voiced {plain(first['topic'])} hold {theme.short(first['arr'])} {currency}".rstrip()
        + share
    )
    if not first["customers"]:
        title = "No live customer has voiced a topic lately"
    return theme.finish(
        ax,
        title,
        f"ARR of live customers that voiced it ({(currency + ' a year').strip()})",
        grid="x",
    )


def _named(topic: str, terms: pd.DataFrame | None) -> str:
    if terms is None:
        return plain(topic)
    own = terms[(terms["topic"] == topic) & (terms["terms"] != "")]["terms"]
    said = [", ".join(each.split(", ")[:2]) for each in own]
    return plain(topic) + ("\n" + plain(" / ".join(said), 34) if said else "")


def _name_segments(
    ax: Axes, topics: pd.DataFrame, segments: list[str], topic: str, y: float, reach: float
) -> None:
    """The segments named above their parts of the longest bar; a legend where the parts are too small for words."""
    own = topics[topics["topic"] == topic].set_index("segment")["arr"]
    width = own.reindex(segments).fillna(0).to_numpy()
    # A letter takes about a hundredth of the axis: where the words do not fit side by side, a legend has to do.
    if (width < 0.024 * reach * np.array([len(each) for each in segments])).any():
        ax.legend(loc="lower right")
        return
    for segment, middle, patch in zip(
        segments, np.cumsum(width) - width / 2, ax.containers, strict=False
    ):
        color = theme.ink(patch[0].get_facecolor())
        ax.annotate(
            plain(segment),
            (middle, y + 0.33),
            (0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=color,
        )


@theme.style()
def trend(
    table: pd.DataFrame,
    *,
    changes: pd.DataFrame | None = None,
    since: str | None = None,
    columns: int = 4,
) -> np.ndarray:
    """The share of live customers that voiced each topic, period by period, one small picture a topic: a ``voc.trend``.

    Bands are intervals; a period that has not ended is left out. `changes` (of the company) marks the day on which each answer to the
    topic shipped. `since` cuts the early history, when customers were few. Returns the Axes, rows x columns.
    """
    rows = table[table["whole"] & (table["live"] > 0)]
    rows = rows if since is None else rows[rows["period"] >= pd.Timestamp(since)]
    topics = list(dict.fromkeys(rows["topic"]))
    if not topics:
        raise ValueError("there is no whole period to draw.")
    columns = min(columns, len(topics))
    lines = -(-len(topics) // columns)
    grid = theme.axes(
        lines, columns, width=9, height=0.9 + 2.0 * lines, sharex=True, sharey=True, squeeze=False
    )
    top = np.nanquantile(rows["high"], 0.98)
    for ax, topic in zip(grid.flat, topics):
        own = rows[rows["topic"] == topic]
        day = own["period"].to_numpy()
        ax.fill_between(day, own["low"], own["high"], color=theme.MAIN, alpha=0.18, linewidth=0)
        ax.plot(day, own["share"], color=theme.MAIN, linewidth=1.8)
        shipped = (
            [] if changes is None else changes.loc[changes["topic"] == topic, "shipped_on"].dropna()
        )
        for when in shipped:
            if when >= day[0]:
                ax.axvline(when, color=theme.CONTRAST, linewidth=1.6, linestyle=(0, (3, 1.5)))
        theme.finish(ax, "")
        ax.set_title(plain(topic, 20), loc="left", fontsize=theme.TEXT)
        ax.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=4))
        ax.xaxis.set_major_formatter(
            ConciseDateFormatter(ax.xaxis.get_major_locator(), show_offset=False)
        )
        ax.yaxis.set_major_locator(MaxNLocator(4))
        theme.percent(ax.yaxis)
    for ax in grid.flat[len(topics) :]:
        ax.set_visible(False)
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
    days = (last[1] - last[0]) / np.timedelta64(1, "D")
    name = "month" if days < 32 else "quarter"
    sums = {
        when: rows[rows["period"].isin(part)].groupby("topic")[["customers", "live"]].sum()
        for when, part in (("before", last[:4]), ("now", last[4:]))
    }
    rate = {when: each["customers"] / each["live"] for when, each in sums.items()}
    topic = rate["now"].idxmax()
    return (
        f"{plain(topic).capitalize()} is voiced most: by {rate['now'][topic]:.1%} of customers a {name} in the last "
        f"four {name}s, {rate['before'][topic]:.1%} in the four before"
    )


@theme.style()
def requirements(table: pd.DataFrame, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """What stands behind each requirement against what it costs: a ``voc.requirements`` with effort for two topics or more.

    Lines join points of equal ARR a person-week: as much as the best, half and a quarter of it. A topic without an effort is named
    below the picture, not placed.
    """
    rows = table.dropna(subset=["effort"])
    if len(rows) < 2:
        raise ValueError(
            "effort is known for fewer than two topics; fill in the column effort of voc.worksheet()."
        )
    ax = ax if ax is not None else theme.axes(height=5)
    best = rows.loc[rows["arr_per_effort"].idxmax()]
    colors = [theme.CONTRAST if topic == best["topic"] else theme.MAIN for topic in rows["topic"]]
    right, top = rows["effort"].max() * 1.3, max(rows["arr"].max(), 1e-9) * 1.15
    corners = []
    for slope in best["arr_per_effort"] / np.array([1, 2, 4]):
        far = min(right, top / slope) if slope > 0 else right
        corners.append((far / right, far * slope / top))
        ax.plot([0, far], [0, far * slope], color=theme.FAINT, linewidth=1.2, zorder=1)
        ax.annotate(
            f"{theme.short(slope)} a week",
            (far, far * slope),
            (-4, -3),
            textcoords="offset points",
            ha="right",
            va="top",
            color=theme.MUTED,
        )
    ax.scatter(rows["effort"], rows["arr"], s=110, color=colors, zorder=3)
    ax.set_xlim(0, right)
    ax.set_ylim(0, top)
    names = [
        f"{row.rank}. {plain(row.topic)}" if pd.notna(row.rank) else plain(row.topic)
        for row in rows.itertuples()
    ]
    _name_points(ax, rows["effort"].to_numpy(), rows["arr"].to_numpy(), names, colors, corners)
    theme.millions(ax.yaxis)
    without = table.loc[table["effort"].isna(), "topic"]
    note = f"\nno effort given for: {plain(', '.join(without), 70)}" if len(without) else ""
    worth = f"{theme.short(best['arr_per_effort'])} {currency}".rstrip()
    title = f"{plain(best['topic']).capitalize()} answers most ARR for its effort: {worth}"
    return theme.finish(
        ax,
        f"{title} a person-week",
        f"effort (person-weeks){note}",
        f"ARR that voiced it ({currency or 'currency'} a year)",
        grid="both",
    )


def _name_points(
    ax: Axes, x: np.ndarray, y: np.ndarray, names: list[str], colors: list[str], corners
) -> None:
    """Each point's name beside it, where neither a point nor a name stands yet: right, left, above or below.

    `corners` are the upper right corners of short words that stand there already.
    """
    places = ax.transAxes.inverted().transform(ax.transData.transform(np.column_stack([x, y])))
    inches = ax.get_figure(root=True).get_size_inches() * (0.82, 0.8) * 72
    letter, line = 0.6 * theme.TEXT / inches[0], 1.35 * theme.TEXT / inches[1]
    dot = np.array([7, 7]) / inches
    taken = [(*(place - dot), *(place + dot)) for place in places]
    taken += [(x - 13 * letter, y - 1.3 * line, x, y) for x, y in corners]
    for place, name, color in zip(places, names, colors, strict=True):
        wide = letter * len(name)
        options = [
            (1, 0, 9, 0),
            (-1, 0, -9, 0),
            (0, 1, 0, 10),
            (0, -1, 0, -10),
            (1, 1, 6, 10),
            (1, -1, 6, -10),
        ]
        for side, up, right, rise in options:
            left = (
                place[0] + right / inches[0] - wide * (0 if side == 1 else 1 if side == -1 else 0.5)
            )
            low = place[1] + rise / inches[1] - line * (0.5 if up == 0 else 0 if up == 1 else 1)
            box = (left, low, left + wide, low + line)
            free = all(
                box[2] < t[0] or t[2] < box[0] or box[3] < t[1] or t[3] < box[1] for t in taken
            )
            if free and left >= 0 and box[2] <= 1.02:
                break
        taken.append(box)
        ax.annotate(
            name,
            place,
            (right, rise),
            xycoords="axes fraction",
            textcoords="offset points",
            ha={1: "left", -1: "right", 0: "center"}[side],
            va={0: "center", 1: "bottom", -1: "top"}[up],
            color=theme.ink(color),
            bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.5},
        )


@theme.style()
def lead_times(table: pd.DataFrame, as_of: str | pd.Timestamp, *, ax: Axes | None = None) -> Axes:
    """From the first ask through the decision to the day customers had it, one line a change: a ``voc.lead_times``."""
    rows = table.dropna(subset=["first_asked_on"])
    if rows.empty:
        raise ValueError("no change answered a topic that anybody had voiced.")
    ax = ax if ax is not None else theme.axes(height=1.5 + 0.42 * len(rows))
    place = np.arange(len(rows))[::-1]
    end = rows["shipped_on"].fillna(pd.Timestamp(as_of))
    first, decided = (rows[name].to_numpy() for name in ("first_asked_on", "decided_on"))
    ax.hlines(place, first, decided, color=theme.ACCENT, linewidth=6)
    ax.hlines(place, decided, end, color=theme.MAIN, linewidth=6)
    for y, row, when in zip(place, rows.itertuples(), end, strict=True):
        open_ = pd.isna(row.shipped_on)
        text = (
            f"{row.asks:,} waiting"
            if open_
            else f"{row.asks:,} asks, median wait {row.wait:,.0f} days"
        )
        ax.annotate(text, (when, y), (7, 0), textcoords="offset points", va="center")
    shorter = np.minimum((rows["decided_on"] - rows["first_asked_on"]), (end - rows["decided_on"]))
    widest = int(shorter.to_numpy().argmax())
    for word, side, shift, color in (
        ("until decided", "right", -3, theme.ACCENT),
        ("until shipped", "left", 3, theme.MAIN),
    ):
        ax.annotate(
            word,
            (decided[widest], place[widest]),
            (shift, 5),
            textcoords="offset points",
            ha=side,
            va="bottom",
            color=theme.ink(color),
        )
    ax.set_yticks(place, [plain(each) for each in rows["topic"]])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    begin = min(pd.Timestamp(first.min()), pd.Timestamp(decided.min()))
    ax.set_xlim(
        begin - pd.Timedelta(days=20),
        end.max() + max(end.max() - begin, pd.Timedelta(days=30)) * 0.6,
    )
    ax.set_ylim(-0.6, len(rows) - 0.2)
    ticks = AutoDateLocator(minticks=3).tick_values(begin, end.max())
    ax.xaxis.set_major_locator(FixedLocator(ticks[ticks <= date2num(end.max())]))
    ax.xaxis.set_major_formatter(
        ConciseDateFormatter(ax.xaxis.get_major_locator(), show_offset=False)
    )
    done = rows.dropna(subset=["shipped_on"])
    title = "No change has shipped yet"
    if len(done):
        decide, ship = done["to_decide"].median(), done["to_ship"].median()
        title = f"Most waiting is for the decision: {decide:,.0f} days to decide, {ship:,.0f} to ship (medians)"
        title = (
            title
            if decide > ship
            else f"Building takes longest: {ship:,.0f} days to ship, {decide:,.0f} to decide (medians)"
        )
    return theme.finish(ax, title, grid="x")


@theme.style()
def churn(
    after: pd.DataFrame, naive: pd.DataFrame | None = None, *, ax: Axes | None = None
) -> Axes:
    """Churn of the answered against others, as rate ratios with intervals: a ``voc.churn_after``.

    `naive` (a ``voc.immortal_time``) adds what the comparison says that counts the wait as if it had been survived.
    """
    says = {
        "waiting": "against customers whose\ntopic still waits",
        "silent": "against customers\nwho said nothing",
    }
    rows = [
        (says[row.against], row.ratio, row.low, row.high, theme.MAIN) for row in after.itertuples()
    ]
    if naive is not None:
        first = naive.iloc[0]
        rows.append(
            (
                "naive: ever answered\nagainst never",
                first["ratio"],
                first["low"],
                first["high"],
                theme.CONTRAST,
            )
        )
    ax = ax if ax is not None else theme.axes(height=1.6 + 0.75 * len(rows))
    place = np.arange(len(rows))[::-1]
    ax.axvline(1, color=theme.INK, linewidth=1)
    for y, (_, ratio, low, high, color) in zip(place, rows, strict=True):
        if not np.isfinite(ratio):
            ax.annotate(
                "too few churned to say", (1, y), (8, 0), textcoords="offset points", va="center"
            )
            continue
        ax.plot([low, high], [y, y], color=color, linewidth=5, solid_capstyle="butt", alpha=0.45)
        ax.scatter([ratio], [y], s=110, color=color, zorder=3)
        ax.annotate(
            f"{ratio:.2f} ({low:.2f} to {high:.2f})",
            (ratio, y + 0.16),
            ha="center",
            va="bottom",
            color=theme.ink(color),
        )
    finite = [each for row in rows for each in row[2:4] if np.isfinite(each) and each > 0]
    low, high = min([*finite, 0.5]), max([*finite, 2.0])
    ax.set_xscale("log")
    ax.set_xlim(low / 1.25, high * 1.25)
    ticks = [each for each in (0.1, 0.2, 0.5, 1, 2, 5, 10) if low / 1.25 <= each <= high * 1.25]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([f"{each:g}" for each in ticks])
    ax.set_yticks(place, [row[0] for row in rows])
    ax.set_ylim(-0.5, len(rows) - 0.3)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    titles = {
        "no difference beyond chance": "Answered customers leave neither more nor less often than those still waiting",
        "the answered left less than the waiting": "Answered customers leave less often than those still waiting",
        "the answered left more than the waiting": "Answered customers leave more often than those still waiting",
    }
    title = titles.get(
        after["says"].iloc[0], "Too few customers left to tell whether an answer keeps them"
    )
    return theme.finish(ax, title, "churn rate, answered over others (1: no difference)", grid="x")


@theme.style()
def agreement(
    tables: Mapping[str, pd.DataFrame], *, measure: str = "adjusted_rand", ax: Axes | None = None
) -> Axes:
    """How well ways of finding topics agree with known ones, by language: each name with its ``voc.agreement``."""
    parts = {
        name: table[table["measure"] == measure].set_index("language")
        for name, table in tables.items()
    }
    languages = list(dict.fromkeys(each for part in parts.values() for each in part.index))
    if not languages:
        raise ValueError(f"no agreement by the measure {measure!r} to draw.")
    ax = ax if ax is not None else theme.axes(height=1.5 + 0.4 * len(parts) * len(languages))
    place = {each: -number for number, each in enumerate(languages)}
    for number, (name, part) in enumerate(parts.items()):
        color = theme.CATEGORIES[number % len(theme.CATEGORIES)]
        y = np.array([place[each] for each in part.index]) - 0.8 / max(len(parts), 1) * (
            number - (len(parts) - 1) / 2
        )
        ax.hlines(y, part["low"], part["high"], color=color, linewidth=5, alpha=0.45)
        ax.scatter(part["value"], y, s=90, color=color, zorder=3)
        for at, value in zip(y, part["value"], strict=True):
            ax.annotate(
                f"{plain(name)} {value:.2f}",
                (value, at + 0.08),
                ha="right",
                va="bottom",
                color=theme.ink(color),
            )
    ax.set_xlim(min(0, min(part["low"].min() for part in parts.values())), 1.02)
    ax.set_ylim(min(place.values()) - 0.6, 0.7)
    names = {"both": "both languages", "en": "English", "ja": "Japanese"}
    ax.set_yticks(list(place.values()), [names.get(each, each) for each in place])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    whole = {name: part["value"].iloc[0] for name, part in parts.items()}
    best = max(whole, key=whole.get)
    others = ", ".join(
        f"{value:.2f} {plain(name)}" for name, value in whole.items() if name != best
    )
    title = f"Agreement with the truth: {whole[best]:.2f} {plain(best)}" + (
        f", {others}" if others else ""
    )
    labels = {"adjusted_rand": "adjusted Rand index (0: chance, 1: the same groups)"}
    return theme.finish(ax, title, labels.get(measure, measure.replace("_", " ")), grid="x")
