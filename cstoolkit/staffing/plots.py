"""Pictures of the staffing answer: a frame of ``cstoolkit.staffing`` goes in, Axes come out. Notebook 09."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import MaxNLocator

from cstoolkit import theme

TOTAL = "total"


@theme.style()
def approaches(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """CSMs by both approaches for each segment, as a dumbbell: `table` of a ``staffing.Reconciliation``.

    The title says what holds in total; each segment's gap stands between its dots.
    """
    total = table[table["segment"] == TOTAL].iloc[0]
    rows = table[(table["segment"] != TOTAL) & (table["customers"] > 0)]
    ax = ax if ax is not None else theme.axes(height=1.7 + 0.75 * max(len(rows), 1))
    place = np.arange(len(rows))[::-1]
    top, bottom = rows["csms_top_down"].to_numpy(), rows["csms_bottom_up"].to_numpy()
    ax.hlines(
        place,
        np.minimum(top, bottom),
        np.maximum(top, bottom),
        color=theme.FAINT,
        linewidth=6,
        zorder=1,
    )
    ax.scatter(top, place, s=130, color=theme.CONTRAST, zorder=3)
    ax.scatter(bottom, place, s=130, color=theme.MAIN, zorder=3)
    reach = max(top.max(initial=0), bottom.max(initial=0), 1e-9)
    ax.set_xlim(-0.03 * reach, reach * 1.2)
    for y, paid, needed in zip(place, top, bottom, strict=True):
        right = paid >= needed
        if abs(paid - needed) < 0.06 * reach:
            both = f"{needed:.1f} needed, {paid:.1f} paid for"
            ax.annotate(
                both, (max(paid, needed), y), (11, 0), textcoords="offset points", va="center"
            )
            continue
        for x, text, color, ahead in (
            (paid, paid, theme.CONTRAST, right),
            (needed, needed, theme.MAIN, not right),
        ):
            side = 1 if ahead or x < 0.09 * reach else -1
            shift = (11 * side, 0) if ahead or side < 0 else (0, 12)
            ax.annotate(
                f"{text:.1f}",
                (x, y),
                shift,
                textcoords="offset points",
                ha="center" if shift[0] == 0 else "left" if side > 0 else "right",
                va="center" if shift[0] else "bottom",
                color=theme.ink(color),
                fontweight="bold",
            )
    _name_dots(ax, rows, place, reach)
    ax.set_yticks(
        place,
        [f"{row.segment}\n{row.customers:,} customers" for row in rows.itertuples()],
        parse_math=False,
    )
    ax.set_ylim(-0.6, len(rows) - 0.25)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return theme.finish(ax, _verdict(total), "CSMs (people, in fractions)", grid="x")


def _name_dots(ax: Axes, rows: pd.DataFrame, place: np.ndarray, reach: float) -> None:
    """The two colours named in words, above the segment where they are farthest apart."""
    if rows.empty:
        return
    apart = (rows["csms_top_down"] - rows["csms_bottom_up"]).abs().to_numpy()
    row = int(apart.argmax())
    paid, needed = rows["csms_top_down"].iloc[row], rows["csms_bottom_up"].iloc[row]
    if apart[row] < 0.06 * reach:
        return  # each row's own words tell the dots apart
    for x, text, color, first in (
        (needed, "plan needs\n(bottom-up)", theme.MAIN, needed < paid),
        (paid, "benchmark pays for\n(top-down)", theme.CONTRAST, paid < needed),
    ):
        ax.annotate(
            text,
            (x, place[row]),
            (0, -14),
            textcoords="offset points",
            ha="left" if first and x < 0.15 * reach else "center",
            va="top",
            color=theme.ink(color),
            linespacing=1.05,
        )


def _verdict(total: pd.Series) -> str:
    top, bottom = total["csms_top_down"], total["csms_bottom_up"]
    if total["verdict"] == "too few":
        return f"The budget pays for {top:.1f} of the {bottom:.1f} CSMs that the plan needs"
    if total["verdict"] == "more than needed":
        return f"The budget pays for {top:.1f} CSMs, {top - bottom:.1f} more than the plan needs"
    if total["verdict"] == "about equal":
        return f"Both approaches agree: about {bottom:.1f} CSMs ({top:.1f} by the benchmark)"
    return "There are no customers to staff for"


@theme.style()
def hiring(plan: pd.DataFrame, role: str = "CSM", ax: Axes | None = None) -> Axes:
    """People needed against people on board of one role, month by month, with each ask marked: a ``staffing.hiring_plan``."""
    rows = plan[plan["role"] == role]
    if rows.empty:
        raise ValueError(
            f"the plan has no role {role!r}; it has: {', '.join(dict.fromkeys(plan['role']))}."
        )
    ax = ax if ax is not None else theme.axes(height=4.8)
    month = rows["month"].to_numpy()
    needed, effective = (
        rows["needed"].to_numpy(),
        rows["effective"].to_numpy() + rows["outsourced"].to_numpy(),
    )
    ax.fill_between(
        month,
        effective,
        needed,
        where=needed > effective,
        interpolate=True,
        color=theme.CONTRAST,
        alpha=0.22,
        linewidth=0,
    )
    ax.step(
        month, rows["on_board"], where="post", color=theme.MUTED, linewidth=1.6, label="on board"
    )
    ax.plot(month, effective, color=theme.MAIN, label="effective")
    whole = "steps-post" if (needed == np.floor(needed)).all() else "default"
    ax.plot(
        month,
        needed,
        color=theme.CONTRAST,
        linestyle=(0, (4, 1.5)),
        drawstyle=whole,
        label="needed",
    )
    ax.set_xlim(month[0] - np.timedelta64(12, "D"), month[-1])
    top = max(rows["on_board"].max(), needed.max(), 1)
    # The asks have a strip of their own under the lines, so that their numbers never run into them.
    low = min(float(effective.min()), float(needed.min()), float(rows["on_board"].min()))
    floor = max(0, low - 0.3 * (top - low)) if top > low else 0
    strip = floor - 0.13 * max(top - floor, 1)
    ax.set_ylim(strip - 0.1 * (top - floor), top * 1.03)
    asked = rows[rows["asked"] > 0]
    ax.scatter(
        asked["month"],
        np.full(len(asked), strip),
        marker="^",
        s=60,
        color=theme.INK,
        zorder=4,
        clip_on=False,
    )
    for ask in asked.itertuples():
        ax.annotate(
            f"{ask.asked}",
            (ask.month, strip),
            (0, 6),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontweight="bold",
        )
    ax.annotate(
        "ask for",
        (0, strip),
        (-8, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va="center",
    )
    ax.set_yticks(
        [
            tick
            for tick in ax.get_yticks()
            if tick >= max(floor, 0) and tick == int(tick) and tick <= top
        ]
    )
    locator = AutoDateLocator(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    theme.finish(ax, _hiring_title(rows, role), "", f"{role} (people)")
    theme.label_ends(
        ax, names={"effective": "at full capacity", "on board": "on board", "needed": "needed"}
    )
    return ax


def _hiring_title(rows: pd.DataFrame, role: str) -> str:
    people = int(rows["asked"].sum())
    first = rows[rows["asked"] > 0]
    missing = rows["short"] + rows["outsourced"]
    gone = rows[missing > 0.05]
    asks = (
        f"{people} {role}{'s' if people > 1 and role in ('CSM', 'leader') else ''} to ask for"
        if people
        else f"No {role} to ask for"
    )
    if people:
        count = int(first["asked"].iloc[0])
        asks += f", {'all' if count == people else count} of them in {first['month'].iloc[0]:%b %Y}"
    if gone.empty:
        return f"{asks}: nobody is missing"
    bought = rows["outsourced"].sum() / missing.sum()
    worst = f"{missing.max():.1f}"
    end = f": {worst} {'person is' if worst == '1.0' else 'people are'} missing at worst, in {rows.loc[missing.idxmax(), 'month']:%b %Y}"
    return asks + end + (f" ({bought:.0%} of it bought outside)" if bought > 0 else "")


@theme.style()
def tornado(table: pd.DataFrame, top: int = 10, ax: Axes | None = None) -> Axes:
    """What moves the answer: the `top` widest bars of a ``staffing.tornado``; blue is the low end of an assumption, red the high."""
    outcome = table.attrs.get("outcome", "csms")
    rows = table[table["swing"] > 0].head(top)
    ax = ax if ax is not None else theme.axes(width=9, height=1.5 + 0.42 * max(len(rows), 1))
    place = np.arange(len(rows))[::-1]
    base = float(table["base"].iloc[0])
    for end, color in (("low", theme.MAIN), ("high", theme.CONTRAST)):
        at = rows[f"at_{end}"].to_numpy()
        ax.barh(place, at - base, left=base, height=0.62, color=color)
        for y, x, value, unit in zip(place, at, rows[end], rows["unit"], strict=True):
            if abs(x - base) < 1e-9:
                continue
            ahead = x > base
            theme.label_end(ax, _amount(value, unit), x, y, ahead=ahead, color=color)
    ax.axvline(base, color=theme.INK, linewidth=1)
    ax.set_yticks(place, [_sentence(row) for row in rows.itertuples()])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.17, y=0.03)
    names = {
        "csms": "CSMs (people, in fractions)",
        "headcount": "headcount (people)",
        "hours": "hours a month",
    }
    if rows.empty:
        return theme.finish(ax, "No assumption moves the answer", names[outcome], grid="x")
    first = rows.iloc[0]
    unit = {"csms": "CSMs", "headcount": "people", "hours": "hours"}[outcome]
    title = f"What moves the answer most: {_sentence(first)} ({_range(first['at_low'], first['at_high'])} {unit})"
    return theme.finish(ax, title, names[outcome], grid="x")


def _sentence(row: Any) -> str:
    return row.says.split(" (")[0].split("; ")[0]


def _amount(value: float, unit: str) -> str:
    if unit.startswith("share"):
        return f"{value:.0%}"
    short = {"hours": " h", "months": " mo"}.get(unit.split()[0], "")
    return (f"{value:.3g}" if value < 1000 else f"{value:,.0f}") + short


def _range(one: float, other: float) -> str:
    return f"{min(one, other):.1f} to {max(one, other):.1f}"


@theme.style()
def draws(
    frame: pd.DataFrame, outcome: str = "headcount", *, level: float = 0.9, ax: Axes | None = None
) -> Axes:
    """The spread of a ``staffing.monte_carlo``: how often each answer came, with the middle `level` marked."""
    ax = ax if ax is not None else theme.axes(height=4)
    values = frame[outcome].to_numpy(dtype="float64")
    low, median, high = np.quantile(values, [(1 - level) / 2, 0.5, (1 + level) / 2])
    whole = np.arange(values.min() - 0.5, values.max() + 1)
    edges = whole if outcome == "headcount" else np.histogram_bin_edges(values, bins=40)
    share, _ = np.histogram(values, edges)
    share = share / share.sum()
    middle = (edges[:-1] + edges[1:]) / 2
    inside = (middle >= low) & (middle <= high)
    ax.bar(
        middle,
        share,
        np.diff(edges) * 0.92,
        color=np.where(inside, theme.MAIN, theme.FAINT).tolist(),
    )
    peak = share.max()
    ax.axvline(median, 0, 0.9, color=theme.INK, linewidth=1.2)
    ax.annotate(f"median {median:.0f}", (median, peak * 1.07), ha="center", va="bottom")
    ax.set_ylim(0, peak * 1.2)
    theme.percent(ax.yaxis)
    ax.xaxis.set_major_locator(MaxNLocator(integer=outcome == "headcount"))
    names = {
        "headcount": "people in CS (all roles)",
        "csms": "CSMs (people)",
        "hours": "hours a month with customers",
    }
    title = f"{level:.0%} of {len(values):,} draws need {low:.0f} to {high:.0f} {names[outcome].split(' (')[0]}"
    return theme.finish(ax, title, names[outcome], "share of draws")


@theme.style()
def pooling(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Fractions against whole people: the totals of ``staffing.pooling`` as bars, from the way that needs fewest on."""
    rows = frame[frame["segment"] == TOTAL]
    ax = ax if ax is not None else theme.axes(width=9, height=3.4)
    place = np.arange(len(rows))[::-1]
    people = rows["people"].to_numpy()
    colors = [theme.FAINT, *[theme.MAIN] * (len(rows) - 1)]
    ax.barh(place, people, height=0.6, color=colors)
    exact = people[0]
    ax.barh(
        place,
        people - exact,
        left=exact,
        height=0.6,
        color=[theme.FAINT, *[theme.ACCENT] * (len(rows) - 1)],
    )
    for y, row in zip(place, rows.itertuples(), strict=True):
        text = (
            f"{row.people:.1f}"
            if row.way == "fractions"
            else f"{row.people:.0f}  (idle {row.idle:.0%})"
        )
        ax.annotate(text, (row.people, y), (6, 0), textcoords="offset points", va="center")
    ax.axvline(exact, color=theme.INK, linewidth=1, linestyle=":")
    ax.set_yticks(place, [each.replace(", ", ",\n", 1) for each in rows["says"]])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.24)
    most = int(people[-1] - people[1])
    title = (
        f"Own books cost {most} more {'person' if most == 1 else 'people'} than one pool, for the same work"
        if most
        else "Own books cost nobody more than one pool here"
    )
    return theme.finish(ax, title, "CSMs (people)", grid="x")


@theme.style()
def stage_view(frame: pd.DataFrame, customers: int, ax: Axes | None = None) -> Axes:
    """S1's headcount band beside other answers for so many customers: a ``staffing.stage_view``."""
    ax = ax if ax is not None else theme.axes(height=1.6 + 0.55 * len(frame))
    place = np.arange(len(frame))[::-1]
    band, answers = frame.iloc[0], frame.iloc[1:]
    open_end = np.isnan(band["high"])
    reach = max(answers["high"].max(), band["low"] if open_end else band["high"], 1) * 1.4
    high = reach if open_end else band["high"]
    ax.axvspan(band["low"], high, color=theme.FAINT, alpha=0.5, linewidth=0)
    ax.barh(place[0], max(high - band["low"], 0), left=band["low"], height=0.5, color=theme.MUTED)
    beside = band["low"] > 0.25 * reach  # room for the label between the axis and the bar
    upper = " or more" if open_end else "" if band["low"] == high else f"-{high:.0f}"
    ax.annotate(
        f"{band['low']:.0f}{upper}",
        (band["low"], place[0]),
        (-7 if beside else 7, 0),
        textcoords="offset points",
        ha="right" if beside else "left",
        va="center",
        color=theme.INK if beside else "white",
    )
    far = 0.62 * reach
    inside = (answers["against"] == "inside").to_numpy()
    ax.scatter(
        answers["low"],
        place[1:],
        s=130,
        color=np.where(inside, theme.MAIN, theme.CONTRAST).tolist(),
        zorder=3,
    )
    for y, row in zip(place[1:], answers.itertuples(), strict=True):
        each = f", {customers / row.low:,.0f} customers each" if row.low else ""
        ax.annotate(
            f"{row.low:,.{0 if row.low >= 10 else 1}f}{each}",
            (row.low, y),
            (-11 if row.low > far else 11, 0),
            textcoords="offset points",
            ha="right" if row.low > far else "left",
            va="center",
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
        )
    ax.set_yticks(place, frame["view"], parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(0, reach)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylim(-0.6, len(frame) - 0.4)
    title = f"For {customers:,} customers S1 sees {band['low']:.0f}{upper} people in CS" + (
        f"; {inside.sum()} of {len(inside)} answers are inside" if len(inside) else ""
    )
    return theme.finish(ax, title, "people in CS (all roles)", grid="x")
