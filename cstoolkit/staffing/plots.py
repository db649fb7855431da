"""Pictures of the staffing answer, notebook 09: a frame of the model goes in, Axes come out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cstoolkit import theme
from cstoolkit.staffing import words
from cstoolkit.staffing.csms import TOTAL

OUTCOMES = {
    "headcount": "people in CS (all roles)",
    "csms": "CSMs (people, in fractions)",
    "hours": "hours a month with customers",
}
"""The outcomes of ``monte_carlo`` and ``tornado``, as an axis names them."""


@theme.style()
def approaches(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """CSMs by both approaches for each segment, as a dumbbell.

    `table` is that of a ``Reconciliation``. The title says what holds in total; each segment's CSMs
    stand beside its dots.
    """
    total = table[table["segment"] == TOTAL].iloc[0]
    rows = table[(table["segment"] != TOTAL) & (table["customers"] > 0)]
    ax = ax if ax is not None else theme.axes(height=1.7 + 0.75 * max(len(rows), 1))
    names = [
        f"{theme.cut(row.segment)}\n{words.counted(row.customers, 'customer')}"
        for row in rows.itertuples()
    ]
    place = theme.rows(ax, names)
    paid, needed = rows["csms_top_down"].to_numpy(), rows["csms_bottom_up"].to_numpy()
    reach = max(paid.max(initial=0), needed.max(initial=0), 1e-9)
    ends = np.minimum(paid, needed), np.maximum(paid, needed)
    ax.hlines(place, *ends, color=theme.FAINT, linewidth=6, zorder=1)
    ax.scatter(paid, place, s=130, color=theme.CONTRAST, zorder=3)
    ax.scatter(needed, place, s=130, color=theme.MAIN, zorder=3)
    ax.set_xlim(-0.03 * reach, reach * 1.2)
    far = np.abs(paid - needed) / reach
    for y, one, other, apart in zip(place, paid, needed, far, strict=True):
        if apart < 0.06:
            text = f"{words.people(other)} needed, {words.people(one)} paid for"
            theme.note(ax, text, (max(one, other), y), (11, 0))
            continue
        for x, color, last in (
            (one, theme.CONTRAST, one >= other),
            (other, theme.MAIN, other > one),
        ):
            # The first dot has its number before it, or above where there is no room.
            shift = (11, 0) if last else (-11, 0) if x > 0.09 * reach else (0, 12)
            theme.note(ax, words.people(x), (x, y), shift, color=color, fontweight="bold")
    if len(rows) and far.max() >= 0.06:
        _name_dots(ax, rows.iloc[far.argmax()], place[far.argmax()], reach)
    return theme.finish(ax, words.finding(total), OUTCOMES["csms"], grid="x")


def _name_dots(ax: Axes, row: pd.Series, y: float, reach: float) -> None:
    """The two colours named in words, under the segment where they are farthest apart."""
    paid, needed = row["csms_top_down"], row["csms_bottom_up"]
    for x, text, color, first in (
        (needed, "plan needs\n(bottom-up)", theme.MAIN, needed < paid),
        (paid, "benchmark pays for\n(top-down)", theme.CONTRAST, paid < needed),
    ):
        side = "left" if first and x < 0.15 * reach else "center"
        theme.note(ax, text, (x, y), (0, -14), color=color, ha=side, linespacing=1.05)


@theme.style()
def hiring(plan: pd.DataFrame, role: str = "CSM", ax: Axes | None = None) -> Axes:
    """People needed against people on board of one role, month by month, with each ask marked.

    `plan` is a ``staffing.hiring_plan``.
    """
    rows = plan[plan["role"] == role]
    if rows.empty:
        roles = ", ".join(dict.fromkeys(plan["role"]))
        raise ValueError(f"the plan has no role {role!r}; it has: {roles}.")
    ax = ax if ax is not None else theme.axes(height=4.8)
    month = rows["month"].to_numpy()
    needed = rows["needed"].to_numpy()
    effective = (rows["effective"] + rows["outsourced"]).to_numpy()
    missing = needed > effective
    gap = {"color": theme.CONTRAST, "alpha": 0.22, "linewidth": 0}
    ax.fill_between(month, effective, needed, where=missing, interpolate=True, **gap)
    board = {"color": theme.MUTED, "linewidth": 1.6, "label": "on board"}
    ax.step(month, rows["on_board"], where="post", **board)
    ax.plot(month, effective, color=theme.MAIN, label="at full capacity")
    steps = "steps-post" if (needed == np.floor(needed)).all() else "default"
    dashed = {"color": theme.CONTRAST, "linestyle": (0, (4, 1.5))}
    ax.plot(month, needed, drawstyle=steps, label="needed", **dashed)
    ax.set_xlim(month[0] - np.timedelta64(12, "D"), month[-1])
    lines = np.concatenate([rows["on_board"], needed, effective])
    _mark_asks(ax, rows[rows["asked"] > 0], lines.min(), max(lines.max(), 1))
    theme.dates(ax.xaxis)
    theme.thousands(ax.yaxis)
    theme.finish(ax, words.hiring_finding(plan, role), "", f"{role} (people)")
    return theme.label_ends(ax)


def _mark_asks(ax: Axes, asked: pd.DataFrame, low: float, top: float) -> None:
    """The asks in a strip of their own under the lines, so that numbers never run into them."""
    floor = max(0, low - 0.3 * (top - low)) if top > low else 0
    strip = floor - 0.13 * max(top - floor, 1)
    if asked.empty:
        return
    ax.set_ylim(strip - 0.1 * (top - floor), top * 1.03)
    place = np.full(len(asked), strip)
    ax.scatter(asked["month"], place, marker="^", s=60, color=theme.INK, zorder=4, clip_on=False)
    size = theme.TEXT if asked["asked"].max() < 100 else 0.6 * theme.TEXT
    for ask in asked.itertuples():
        told = {"fontweight": "bold", "fontsize": size}
        theme.note(ax, f"{ask.asked:,}", (ask.month, strip), (0, 6), **told)
    theme.note(ax, "ask for", (0, strip), (-8, 0), xycoords=("axes fraction", "data"))
    whole = [tick for tick in ax.get_yticks() if tick == int(tick)]
    ax.set_yticks([tick for tick in whole if floor <= tick <= top])


@theme.style()
def tornado(table: pd.DataFrame, top: int = 10, ax: Axes | None = None) -> Axes:
    """What moves the answer: the `top` widest bars of a ``staffing.tornado``.

    Blue is the low end of an assumption, red the high one.
    """
    outcome = table.attrs.get("outcome", "csms")
    rows = table[table["swing"] > 0].head(top)
    ax = ax if ax is not None else theme.axes(width=9, height=1.5 + 0.42 * max(len(rows), 1))
    if rows.empty:
        return theme.finish(ax, "No assumption moves the answer", OUTCOMES[outcome], grid="x")
    place = theme.rows(ax, rows["says"].to_list())
    base = float(rows["base"].iloc[0])
    for end, color in (("low", theme.MAIN), ("high", theme.CONTRAST)):
        at = rows[f"at_{end}"].to_numpy()
        ax.barh(place, at - base, left=base, height=0.62, color=color)
        for y, x, value, unit in zip(place, at, rows[end], rows["unit"], strict=True):
            if abs(x - base) > 1e-9:
                theme.label_end(ax, _amount(value, unit), x, y, ahead=x > base, color=color)
    ax.axvline(base, color=theme.INK, linewidth=1)
    ax.margins(x=0.17)
    first = rows.iloc[0]
    ends = sorted([first["at_low"], first["at_high"]])
    unit = {"csms": "CSMs", "headcount": "people", "hours": "hours"}[outcome]
    moved = f"{words.people(ends[0])} to {words.people(ends[1])} {unit}"
    title = f"What moves the answer most: {first['says']} ({moved})"
    key = "blue: the assumption at its low end, red: at its high end"
    return theme.finish(ax, title, f"{OUTCOMES[outcome]}\n{key}", grid="x")


def _amount(value: float, unit: str) -> str:
    if unit.startswith("share"):
        return f"{value:.0%}"
    short = {"hours": " h", "months": " mo"}.get(unit.split()[0], "")
    return (f"{value:.3g}" if value < 1000 else f"{value:,.0f}") + short


@theme.style()
def draws(
    frame: pd.DataFrame, outcome: str = "headcount", *, level: float = 0.9, ax: Axes | None = None
) -> Axes:
    """The spread of a ``staffing.monte_carlo``: how often each answer came, the middle marked."""
    ax = ax if ax is not None else theme.axes(height=4)
    values = frame[outcome].to_numpy(dtype="float64")
    low, median, high = np.quantile(values, [(1 - level) / 2, 0.5, (1 + level) / 2])
    whole = outcome == "headcount"
    edges = np.histogram_bin_edges(values, bins=40)
    if whole:
        step = max(np.ceil(np.ptp(values) / 40), 1)  # a bar for each number, while they fit
        edges = np.arange(values.min() - 0.5, values.max() + step, step)
        ax.set_xlim(edges[0] - step, edges[-1] + step)
    share = np.histogram(values, edges)[0] / len(values)
    middle = (edges[:-1] + edges[1:]) / 2
    color = np.where((middle >= low) & (middle <= high), theme.MAIN, theme.FAINT)
    ax.bar(middle, share, np.diff(edges) * 0.92, color=color.tolist())
    ax.axvline(median, 0, 0.88, color=theme.INK, linewidth=1.2)
    peak = share.max()
    ax.annotate(f"median {words.people(median)}", (median, peak * 1.07), ha="center", va="bottom")
    ax.set_ylim(0, peak * 1.2)
    ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= min(1, peak * 1.2)])
    theme.percent(ax.yaxis)
    ax.xaxis.set_major_locator(MaxNLocator(integer=whole))
    title = f"{level:.0%} of {len(values):,} draws need {words.draws_span(low, high, outcome)}"
    return theme.finish(ax, title, OUTCOMES[outcome], "share of draws")


@theme.style()
def pooling(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Fractions against whole people: the totals of ``staffing.pooling`` as bars."""
    rows = frame[frame["segment"] == TOTAL]
    ax = ax if ax is not None else theme.axes(width=9, height=3.4)
    ways = [words.WORDS["way"][way].replace(", ", ",\n", 1) for way in rows["way"]]
    place = theme.rows(ax, ways)
    people = rows["people"].to_numpy()
    exact, others = people[0], len(rows) - 1
    ax.barh(place, people, height=0.6, color=[theme.FAINT, *[theme.MAIN] * others])
    idle = [theme.FAINT, *[theme.ACCENT] * others]
    ax.barh(place, people - exact, left=exact, height=0.6, color=idle)
    for y, row in zip(place, rows.itertuples(), strict=True):
        text = f"{words.people(row.people)}"
        text += "" if row.way == "fractions" else f"  (idle {row.idle:.0%})"
        theme.label_end(ax, text, row.people, y, ahead=True, color=theme.INK)
    ax.axvline(exact, color=theme.INK, linewidth=1, linestyle=":")
    ax.margins(x=0.24)
    return theme.finish(ax, words.pooling_finding(frame), "CSMs (people)", grid="x")


@theme.style()
def stage_view(frame: pd.DataFrame, customers: int, ax: Axes | None = None) -> Axes:
    """S1's headcount band beside other answers for so many customers: a ``staffing.stage_view``."""
    ax = ax if ax is not None else theme.axes(height=1.6 + 0.55 * len(frame))
    place = theme.rows(ax, frame["view"].to_list())
    band, answers = frame.iloc[0], frame.iloc[1:]
    reach = max(answers["high"].max(), band["low"], np.nan_to_num(band["high"]), 1) * 1.4
    high = reach if np.isnan(band["high"]) else band["high"]
    ax.axvspan(band["low"], high, color=theme.FAINT, alpha=0.5, linewidth=0)
    ax.barh(place[0], max(high - band["low"], 0), left=band["low"], height=0.5, color=theme.MUTED)
    room = band["low"] > 0.25 * reach  # for the label between the axis and the bar
    shift, color = ((-7, 0), theme.INK) if room else ((7, 0), "white")
    ax.annotate(
        words.span(band),
        (band["low"], place[0]),
        shift,
        textcoords="offset points",
        ha="right" if room else "left",
        va="center",
        color=color,
    )
    inside = (answers["against"] == "inside").to_numpy()
    color = np.where(inside, theme.MAIN, theme.CONTRAST).tolist()
    ax.scatter(answers["low"], place[1:], s=130, color=color, zorder=3)
    for y, row in zip(place[1:], answers.itertuples(), strict=True):
        held = customers / row.low if row.low else 0
        each = f" ({held:,.{0 if held >= 10 else 1}f} customers each)" if held else ""
        shift = (11 if row.low <= 0.62 * reach else -11, 0)
        theme.note(ax, words.people(row.low) + each, (row.low, y), shift)
    ax.set_xlim(0, reach)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    title = words.stage_finding(frame, customers)
    return theme.finish(ax, title, OUTCOMES["headcount"], grid="x")
