"""Pictures of the indicators, notebook 05: a frame of the model goes in, Axes come out.

What a picture finds is a sentence of its own here, for its title, its alt text and the panel.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cstoolkit import theme
from cstoolkit.indicators.chain import indicator_table
from cstoolkit.indicators.revenue import GAINS, LOSSES, rates

WORDS = tomllib.loads(
    files("cstoolkit.indicators").joinpath("words.toml").read_text(encoding="utf-8")
)
"""The words for codes (``words.toml``)."""


def bridge_finding(frame: pd.DataFrame) -> str:
    """What the bridge says, without a full stop.

    Examples
    --------
    >>> bridge_finding(pd.DataFrame({"opening": [10.0], "closing": [11.0], "churn": [1.0],
    ...                              "upsell": [2.0], "new": [0.0]}))
    'ARR went from 10 to 11; of the ARR at the start 90% was kept, 110% with expansion'
    """
    found = rates(frame)
    opening, closing = frame["opening"].iloc[0], frame["closing"].iloc[-1]
    start = f"ARR went from {theme.short(opening)} to {theme.short(closing)}"
    if not opening:
        return start
    return (
        f"{start}; of the ARR at the start {found['grr']:.0%} was kept, "
        f"{found['nrr']:.0%} with expansion"
    )


@theme.style()
def waterfall(frame: pd.DataFrame, currency: str = "", ax: Axes | None = None) -> Axes:
    """The ARR bridge as a waterfall; several periods are added up."""
    ax = ax if ax is not None else theme.axes(width=9, height=4.6)
    total = frame[[*GAINS, *LOSSES]].sum()
    opening, closing = frame["opening"].iloc[0], frame["closing"].iloc[-1]
    names = ["opening", *GAINS, *LOSSES, "closing"]
    steps = [*total[list(GAINS)], *-total[list(LOSSES)]]
    tops = opening + np.cumsum(steps)
    base = np.array([0, *(tops - steps), 0])
    height = np.array([opening, *steps, closing])
    color = [theme.MUTED, *[theme.GOOD] * len(GAINS), *[theme.BAD] * len(LOSSES), theme.MUTED]
    place = np.arange(len(names))
    ax.bar(place, height, bottom=base, color=color, width=0.66)
    level = np.array([opening, *tops])
    ax.hlines(level, place[:-1] + 0.33, place[1:] - 0.33, color=theme.MUTED, linewidth=1)
    for x, name, step, bottom in zip(place, names, height, base, strict=True):
        sign = "" if name in ("opening", "closing") else "+" if step >= 0 else "−"
        top = max(bottom, bottom + step)
        theme.note(ax, f"{sign}{theme.short(abs(step))}", (x, top), (0, 4), fontweight="bold")
    ax.set_xticks(place, [WORDS["part"][name] for name in names])
    ax.tick_params(axis="x", length=0)
    ax.set_ylim(0, 1.12 * max(level.max(), closing, 1))
    theme.millions(ax.yaxis) if max(opening, closing) >= 2e6 else theme.thousands(ax.yaxis)
    return theme.finish(ax, bridge_finding(frame), "", f"ARR ({currency or 'a year'})")


def cohort_finding(table: pd.DataFrame) -> str:
    """What the triangle says of the cohort that was watched longest, and what NRR hides in it."""
    if table.empty:
        return "There is no cohort yet"
    row = table.loc[table["age"].idxmax()]
    first, age = f"{row['cohort']:%Y-%m}", int(row["age"])
    return (
        f"Of the customers who came from {first} on, {row['staying']:.0%} still stay at age {age}; "
        f"their ARR is {row['nrr']:.0%} of the first day's, {row['grr']:.0%} without expansion"
    )


@theme.style()
def triangle(table: pd.DataFrame, measure: str = "nrr", ax: Axes | None = None) -> Axes:
    """The cohort triangle: one row a cohort, one column an age, the share in the cell."""
    grid = table.pivot(index="cohort", columns="age", values=measure)
    ax = ax if ax is not None else theme.axes(height=1.6 + 0.45 * max(len(grid), 1))
    place = theme.rows(
        ax,
        [
            f"{cohort:%Y-%m}  ({size:,.0f})"
            for cohort, size in table.groupby("cohort")["customers"].first().items()
        ],
    )
    far = np.nanmax(np.abs(grid.to_numpy() - 1), initial=0.05)
    crowded = grid.shape[1] > 10  # then the last age alone is told
    for y, (_, row) in zip(place, grid.iterrows(), strict=True):
        for age, share in row.dropna().items():
            color = theme.GOOD if share >= 1 else theme.BAD
            weight = 0.1 + 0.55 * min(abs(share - 1) / far, 1)
            ax.barh(y, 0.94, left=age - 0.47, height=0.86, color=color, alpha=weight, linewidth=0)
            if not crowded:
                ax.annotate(f"{share:.0%}", (age, y), ha="center", va="center")
            elif age == row.last_valid_index():
                theme.note(ax, f"{share:.0%}", (age + 0.47, y), (4, 0))
    ax.set_xticks(grid.columns)
    what = {"nrr": "ARR", "grr": "ARR without expansion", "staying": "customers who never left"}
    below = f"age (periods); {what[measure]}, share of the first day's"
    return theme.finish(ax, cohort_finding(table), below, grid="")


def switches_finding(table: pd.DataFrame, measure: str = "nrr") -> str:
    """Which convention moves the figure most, and by how much."""
    base = table[measure].iloc[0]
    moved = (table[measure] - base).iloc[1:]
    name = _upper(WORDS["measure"][measure])
    if np.isnan(base):
        return f"{name} is not known: there is nothing to divide by yet"
    if not moved.abs().max() >= 5e-5:
        return f"{name} is {base:.1%} by all of these conventions"
    row = table.loc[moved.abs().idxmax()]
    convention = f"{WORDS['convention'][row['convention']]} {_answer(row['value'])}"
    return f"{name} is {base:.1%} as set; {convention} makes it {row[measure]:.1%}"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _answer(value) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


@theme.style()
def switches(table: pd.DataFrame, measure: str = "nrr", ax: Axes | None = None) -> Axes:
    """What each other convention does to one figure."""
    rows = table.iloc[1:]
    ax = ax if ax is not None else theme.axes(height=1.4 + 0.36 * len(rows))
    names = [
        f"{WORDS['convention'][name]} {_answer(value)}"
        for name, value in zip(rows["convention"], rows["value"], strict=True)
    ]
    place = theme.rows(ax, names)
    base = table[measure].iloc[0]
    step = (rows[measure] - base).to_numpy() * 100
    ax.barh(place, step, height=0.6, color=np.where(step >= 0, theme.GOOD, theme.BAD).tolist())
    for y, by in zip(place, step, strict=True):
        text = f"{by:+.1f}" if abs(by) >= 0.005 else "no change"
        theme.note(ax, text, (np.nan_to_num(by), y), (-5 if by < 0 else 5, 0))
    ax.axvline(0, color=theme.INK, linewidth=1)
    reach = max(np.nanmax(np.abs(step), initial=0), 0.5)
    ax.set_xlim(-1.35 * reach, 1.35 * reach)
    name = WORDS["measure"][measure]
    below = f"percentage points of {name}, against the conventions as set"
    return theme.finish(ax, switches_finding(table, measure), below, grid="x")


def tree_finding(table: pd.DataFrame) -> str:
    """How many indicators of each kind there are, and how many of them the records hold."""
    kinds = table["kind"].value_counts()
    told = (
        f"{kinds.get('activity', 0)} activities are to move {kinds.get('leading', 0)} leading "
        f"indicators, and these {kinds.get('outcome', 0)} outcomes"
    )
    if "measured" in table and not table["measured"].all():
        told += f"; {(~table['measured']).sum()} of them are not recorded here"
    return told


@theme.style()
def tree(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The indicators as a tree, activity to leading to outcome; faint: not recorded."""
    kinds = ["activity", "leading", "outcome"]
    most = table["kind"].value_counts().max()
    ax = ax if ax is not None else theme.axes(width=9, height=1.2 + 0.42 * most)
    measured = table.get("measured", pd.Series(True, index=table.index))
    at = {}
    for x, kind in enumerate(kinds):
        rows = table[table["kind"] == kind]
        gap = most / len(rows)
        for number, key in enumerate(rows["key"]):
            at[key] = (x, most - gap * (number + 0.5))
        ax.annotate(WORDS["kind"][kind], (x, most + 0.35), ha="center", fontweight="bold")
    boxes = {}
    for row, there in zip(table.itertuples(), measured, strict=True):
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "linewidth": 1.4}
        box["edgecolor"] = theme.MAIN if there else theme.FAINT
        color = theme.INK if there else theme.MUTED
        boxes[row.key] = ax.annotate(
            row.name, at[row.key], ha="center", va="center", bbox=box, color=color
        )
    for row, there in zip(table.itertuples(), measured, strict=True):
        if row.moves:
            # Places are shares of a box: from its right to the other one's left, or straight down.
            down = at[row.moves][0] == at[row.key][0]
            start, stop = ((0.5, 0), (0.5, 1)) if down else ((1, 0.5), (0, 0.5))
            color = theme.MUTED if there else theme.FAINT
            arrow = {"arrowstyle": "-|>", "color": color, "shrinkA": 5, "shrinkB": 5}
            ax.annotate(
                "",
                stop,
                start,
                xycoords=boxes[row.moves],
                textcoords=boxes[row.key],
                arrowprops=arrow,
                zorder=2,
            )
    ax.set_xlim(-0.5, 2.5)
    ax.set_ylim(-0.2, most + 0.8)
    ax.axis("off")
    return theme.finish(ax, tree_finding(table.assign(measured=measured)), grid="")


def speaks_finding(table: pd.DataFrame) -> str:
    """How many arrows speak at all, and which is the clearest."""
    clear = table.dropna(subset=["lag"])
    if clear.empty:
        return "None of these indicators goes with what it should move"
    row = clear.loc[clear["correlation"].abs().idxmax()]
    name = indicator_table().set_index("key")["name"]
    return (
        f"{len(clear)} of {len(table)} arrows speak; the clearest is {name[row['key']]} → "
        f"{name[row['moves']]}, {_months(row['lag'])} ahead"
    )


def _months(count: float) -> str:
    return f"{count:.0f} month" + ("" if count == 1 else "s")


@theme.style()
def arrows(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Each arrow of the chain at the lag at which it speaks: correlation with its interval."""
    name = indicator_table().set_index("key")["name"]
    ax = ax if ax is not None else theme.axes(width=9, height=1.5 + 0.42 * max(len(table), 1))
    place = theme.rows(ax, [f"{name[row.key]} → {name[row.moves]}" for row in table.itertuples()])
    silent = table["lag"].isna().to_numpy()
    color = np.where(silent, theme.MUTED, theme.MAIN).tolist()
    ax.hlines(place, table["low"], table["high"], color=color, linewidth=3)
    ax.scatter(table["correlation"], place, color=color, s=60, zorder=3)
    for y, row in zip(place, table.itertuples(), strict=True):
        text = "silent" if np.isnan(row.lag) else f"{_months(row.lag)} ahead"
        theme.note(ax, text, (1.01, y), (4, 0), xycoords=("axes fraction", "data"))
    ax.axvline(0, color=theme.INK, linewidth=1)
    below = "correlation among customers of one age and year, with its 95% interval"
    return theme.finish(ax, speaks_finding(table), below, grid="x")


def lag_finding(table: pd.DataFrame, cause: str, effect: str) -> str:
    """From how far ahead one indicator speaks of another."""
    name = indicator_table().set_index("key")["name"]
    clear = table[(table["low"] > 0) | (table["high"] < 0)]
    first, second = _upper(name[cause]), name[effect]
    if clear.empty:
        return f"{first} says nothing about {second} at any of these lags"
    row = clear.loc[clear["correlation"].abs().idxmax()]
    way = "together" if row["correlation"] > 0 else "opposite ways"
    return (
        f"{first} and {second} go {way}, up to {_months(clear['lag'].max())} ahead, "
        f"most clearly {_months(row['lag'])} ahead"
    )


@theme.style()
def lag_chart(table: pd.DataFrame, cause: str, effect: str, ax: Axes | None = None) -> Axes:
    """The association of two indicators by lag: an ``indicators.lags``."""
    ax = ax if ax is not None else theme.axes(height=4)
    clear = ((table["low"] > 0) | (table["high"] < 0)).to_numpy()
    color = np.where(clear, theme.MAIN, theme.MUTED).tolist()
    ax.vlines(table["lag"], table["low"], table["high"], color=color, linewidth=4, alpha=0.5)
    ax.scatter(table["lag"], table["correlation"], color=color, s=55, zorder=3)
    ax.axhline(0, color=theme.INK, linewidth=1)
    ax.set_xticks(table["lag"])
    below = "months ahead (grey: the interval holds zero)"
    return theme.finish(ax, lag_finding(table, cause, effect), below, "correlation")


def books_finding(chance: dict) -> str:
    """Whether books lie further apart than chance would put them."""
    if np.isnan(chance["spread"]):
        return "There are too few books to compare"
    if chance["p_value"] < 0.05:
        told = "further apart than customers dealt at random would put them"
    else:
        told = "no further apart than customers dealt at random would put them"
    return (
        f"The NRR of {chance['books']} books lies {chance['spread']:.1%} around its mean, {told} "
        f"({chance['low']:.1%} to {chance['high']:.1%})"
    )


@theme.style()
def books(table: pd.DataFrame, chance: dict, ax: Axes | None = None) -> Axes:
    """NRR of each CSM's book with its interval: an ``indicators.books``."""
    ax = ax if ax is not None else theme.axes(height=1.5 + 0.34 * max(len(table), 1))
    place = theme.rows(ax, [f"{row.person_id}  ({row.customers})" for row in table.itertuples()])
    ax.hlines(place, table["low"], table["high"], color=theme.FAINT, linewidth=6)
    ax.scatter(table["nrr"], place, color=theme.MAIN, s=55, zorder=3)
    middle = table["closing"].sum() / table["opening"].sum() if len(table) else np.nan
    ax.axvline(middle, color=theme.INK, linewidth=1)
    theme.percent(ax.xaxis)
    below = "NRR of the book, with its 95% interval; customers in brackets; line: all books"
    return theme.finish(ax, books_finding(chance), below, grid="x")


def replay_finding(table: pd.DataFrame) -> str:
    """Whose warnings came true most often, of how many losses they told, and what chance gives."""
    rows = table[(table["system"] != "everybody") & table["false_alarms"].notna()]
    if rows.empty or not rows["churners"].max():
        return "There is nobody to be warned of"
    best = rows.loc[rows["false_alarms"].idxmin()]
    chance = 1 - table.loc[table["system"] == "everybody", "false_alarms"].item()
    return (
        f"{_upper(WORDS['system'][best['system']])}: {1 - best['false_alarms']:.0%} of its warnings "
        f"came true (of all customer-months {chance:.0%}), in time for {best['share']:.0%} of the "
        "customers lost"
    )


@theme.style()
def replay(table: pd.DataFrame, axes: np.ndarray | None = None) -> np.ndarray:
    """The five systems side by side: losses warned of in time, and warnings that came true."""
    ax = (
        axes
        if axes is not None
        else theme.axes(1, 2, width=9.6, height=1.9 + 0.42 * len(table), sharey=True)
    )
    place = theme.rows(ax[0], [WORDS["system"][name] for name in table["system"]])
    grey = (table["system"] == "everybody").to_numpy()
    color = np.where(grey, theme.MUTED, theme.MAIN).tolist()
    right = 1 - table[["false_alarms", "false_high", "false_low"]].to_numpy()
    sides = (
        (table[["share", "share_low", "share_high"]].to_numpy(), "customers lost, warned in time"),
        (right, "warnings after which the customer left"),
    )
    for panel, (values, name) in zip(ax, sides, strict=True):
        panel.hlines(place, values[:, 1], values[:, 2], color=color, linewidth=5, alpha=0.4)
        panel.scatter(values[:, 0], place, color=color, s=55, zorder=3)
        for y, (value, _, high) in zip(place, values, strict=True):
            theme.note(panel, f"{value:.0%}", (high, y), (6, 0))
        top = np.nanmax(values, initial=0.05)
        panel.set_xlim(0, 1.2 * top)
        theme.percent(panel.xaxis)
        if top > 0.8:
            panel.set_xticks(np.arange(0, 1.1, 0.25))
        theme.finish(panel, _upper(name), "share, with its 95% interval", grid="x")
    title = (
        ax[0].get_figure(root=True).suptitle(replay_finding(table), wrap=True, x=0.01, ha="left")
    )
    title.set_fontweight("bold")
    return ax


@theme.style()
def target(table: pd.DataFrame, name: str, ax: Axes | None = None) -> Axes:
    """An activity against its target (bars; dotted), and the falling customers reached (line)."""
    ax = ax if ax is not None else theme.axes(height=4.4)
    color = np.where(table["met"], theme.MAIN, theme.FAINT).tolist()
    ax.bar(table["quarter"], table["done"], width=70, color=color)
    ax.axhline(table["target"].iloc[0], color=theme.INK, linewidth=1, linestyle=":")
    theme.dates(ax.xaxis)
    other = ax.twinx()
    share = table["reached_falling"] if table["reached_falling"].notna().any() else table["reached"]
    other.plot(table["quarter"], share, color=theme.CONTRAST, marker="o")
    other.set_ylim(0, None)
    other.set_ylabel("falling customers reached (line)")
    theme.percent(other.yaxis)
    other.spines["right"].set_visible(True)
    theme.finish(ax, target_finding(table, name), "", f"{name} a quarter")
    return ax


def target_finding(table: pd.DataFrame, name: str) -> str:
    """How often the target was met, and what became of the reach meanwhile."""
    known = table.dropna(subset=["reached_falling"])
    if known.empty or not table["met"].any():
        return f"The target for {name} was met in {table['met'].sum()} of {len(table)} quarters"
    missed, met = (
        known.loc[known["met"] == way, "reached_falling"].mean() for way in (False, True)
    )
    told = f"The target for {name} was met in {table['met'].sum()} of {len(table)} quarters"
    if np.isnan(missed) or np.isnan(met):
        return told
    return (
        f"{told}; of customers whose usage fell, {met:.0%} were reached in a month then, "
        f"{missed:.0%} before"
    )
