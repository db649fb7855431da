"""Pictures of health: a frame of the model goes in, Axes come out."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cstoolkit import theme
from cstoolkit.health.measures import MEASURES, shown
from cstoolkit.health.words import NAMES, leads_finding, queue_finding, signs_finding

COLORS = {"weights": theme.CONTRAST, "logistic": theme.MAIN, "boosting": theme.DARK}
BAND_COLORS = {"high": theme.BAD, "medium": theme.ACCENT, "low": theme.MUTED, "new": theme.FAINT}


@theme.style()
def leads(
    table: pd.DataFrame, limits: Mapping[str, float] | None = None, ax: Axes | None = None
) -> Axes:
    """How well each score ranked, by the days before the contract's end.

    Parameters
    ----------
    table : DataFrame
        ``health.judge(predictions, "lead")``.
    limits : mapping, optional
        What no score can exceed: words, and the AUC, drawn as a line each.
    """
    ax = ax if ax is not None else theme.axes(height=4.6)
    for score, rows in table.groupby("score", sort=False):
        rows = rows.sort_values("lead", ascending=False)
        color = COLORS[score]
        ax.fill_between(-rows["lead"], rows["low"], rows["high"], color=color, alpha=0.15, lw=0)
        ax.plot(-rows["lead"], rows["auc"], color=color, marker="o", label=NAMES[score])
    if limits:
        for best in limits.values():
            ax.axhline(best, color=theme.MUTED, linestyle=(0, (4, 1.5)))
        told = "; ".join(f"{text} {best:.2f}" for text, best in limits.items())
        theme.note(ax, f"dashed: {told}", (0, max(limits.values())), (4, 6), xycoords=_ACROSS)
    ax.axhline(0.5, color=theme.FAINT)
    theme.note(ax, "a coin", (0, 0.5), (4, 6), xycoords=_ACROSS)
    days = np.sort(table["lead"].unique())
    ax.set_xticks(-days, days)
    ax.set_ylim(0.45, 1)
    theme.finish(ax, leads_finding(table), "days before the contract's end", "AUC")
    return theme.label_ends(ax)


_ACROSS = ("axes fraction", "data")


@theme.style()
def calibration(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Forecast against what came, in ten groups; ``health.calibration`` goes in."""
    ax = ax if ax is not None else theme.axes(height=5)
    most = max(table["forecast"].max(), table["high"].max()) * 1.05
    ax.plot([0, most], [0, most], color=theme.MUTED, linewidth=1.2)
    theme.note(ax, "as forecast", (most * 0.68, most * 0.68), (-8, 4), ha="right")
    error = np.abs(table[["low", "high"]].to_numpy().T - table["share"].to_numpy())
    ax.errorbar(table["forecast"], table["share"], error, fmt="o", color=theme.MAIN, capsize=3)
    for axis in (ax.xaxis, ax.yaxis):
        theme.percent(axis)
    held = int(((table["low"] <= table["forecast"]) & (table["forecast"] <= table["high"])).sum())
    title = f"In {held} of {len(table)} groups as many churned as was forecast, within the interval"
    return theme.finish(ax, title, "forecast churn (mean of the group)", "churned", grid="both")


@theme.style()
def lift(predictions: pd.DataFrame, capacity: float = 0.2, ax: Axes | None = None) -> Axes:
    """The share of churners found by calling those at highest risk first.

    Parameters
    ----------
    predictions : DataFrame
        As ``health.backtest`` returns them.
    capacity : float
        Share of the renewals that the team can call.
    """
    ax = ax if ax is not None else theme.axes(height=4.8)
    outcome = predictions["churned"].to_numpy(bool)
    called = np.arange(1, len(outcome) + 1) / len(outcome)
    reached = {}
    for score in [name for name in NAMES if name in predictions]:
        order = np.argsort(-predictions[score].to_numpy(float), kind="stable")
        found = np.cumsum(outcome[order]) / outcome.sum()
        reached[score] = found[max(1, round(capacity * len(outcome))) - 1]
        ax.plot(called, found, color=COLORS[score], label=NAMES[score])
    ax.plot([0, 1], [0, 1], color=theme.MUTED, linewidth=1.2)
    theme.note(ax, "in any order", (0.75, 0.75), (6, -12))
    ax.axvline(capacity, color=theme.FAINT)
    theme.note(ax, f"the team calls {capacity:.0%}", (capacity, 0.02), (6, 0))
    for place, (score, share) in enumerate(reached.items()):
        text = f"{NAMES[score]}: {share:.0%}"
        theme.note(ax, text, (0.5, 0.36 - 0.08 * place), (0, 0), color=theme.ink(COLORS[score]))
    for axis in (ax.xaxis, ax.yaxis):
        theme.percent(axis)
    best = max(reached, key=reached.get)
    title = f"Calling {capacity:.0%} of the renewals finds {reached[best]:.0%} of the churn ({NAMES[best]})"
    return theme.finish(ax, title, "renewals called, highest risk first", "churners among them")


@theme.style()
def signs(table: pd.DataFrame, top: int = 8, ax: Axes | None = None) -> Axes:
    """How common each sign was among the churned, and among those who stayed (``health.signs``)."""
    rows = table.head(top)
    ax = ax if ax is not None else theme.axes(height=1.7 + 0.5 * len(rows))
    place = theme.rows(ax, [_sign(row) for row in rows.itertuples()])
    ends = rows[["of_churned", "of_stayed"]]
    ax.hlines(place, ends.min(axis=1), ends.max(axis=1), color=theme.FAINT, linewidth=6, zorder=1)
    ax.scatter(rows["of_stayed"], place, s=110, color=theme.GOOD, zorder=3)
    ax.scatter(rows["of_churned"], place, s=110, color=theme.BAD, zorder=3)
    if len(rows):
        for column, text, color in (
            ("of_churned", "churned", theme.BAD),
            ("of_stayed", "stayed", theme.GOOD),
        ):
            theme.note(
                ax, text, (rows[column].iloc[0], place[0]), (0, 12), color=color, ha="center"
            )
    ax.set_xlim(0, 1)
    theme.percent(ax.xaxis)
    return theme.finish(ax, signs_finding(table), "customers that had the sign", grid="x")


def _sign(row) -> str:
    worse = "low" if MEASURES.at[row.measure, "more_is"] == "better" else "many"
    return f"{worse} {row.label}" if row.measure != "value" else "basic value not reached"


@theme.style()
def queue(rows: pd.DataFrame, currency: str, top: int = 12, ax: Axes | None = None) -> Axes:
    """The renewals to work on first, by expected loss (``health.queue``)."""
    first = rows.head(top)
    ax = ax if ax is not None else theme.axes(height=1.8 + 0.45 * max(len(first), 1))
    names = [f"{theme.cut(row.name)}, in {row.days} days" for row in first.itertuples(index=False)]
    place = theme.rows(ax, names)
    colors = [BAND_COLORS[band] for band in first["band"]]
    ax.barh(place, first["at_risk"], color=colors, height=0.6)
    for y, row in zip(place, first.itertuples(index=False), strict=True):
        text = f"{row.risk:.0%} of {theme.short(row.arr)} ({row.band})"
        theme.note(ax, text, (row.at_risk, y), (5, 0))
    ax.set_xlim(0, max(first["at_risk"].max() if len(first) else 1, 1) * 1.55)
    theme.millions(ax.xaxis)
    title = queue_finding(rows)
    return theme.finish(ax, title, f"expected loss (risk x ARR, {currency} a year)", grid="x")


@theme.style()
def profiles(profile: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What distinguishes segments of use: each measure against the mean of all (``Segments.profile``)."""
    measures = [name for name in profile if name in MEASURES.index]
    weight = profile["customers"] / profile["customers"].sum()
    mean = (profile[measures].mul(weight, axis=0)).sum()
    spread = profile[measures].sub(mean).abs().max().replace(0, 1)
    apart = (profile[measures] - mean) / spread
    ax = ax if ax is not None else theme.axes(height=2.2 + 0.55 * len(profile))
    ax.imshow(apart.to_numpy(), cmap=theme.DIVERGING + "_r", vmin=-2.4, vmax=2.4, aspect="auto")
    texts = {name: _figures(name, profile[name]) for name in measures}
    for column, name in enumerate(measures):
        for row, text in enumerate(texts[name]):
            ax.text(column, row, text, ha="center", va="center", color=theme.INK)
    labels = [_narrow(MEASURES.at[name, "label"]) for name in measures]
    ax.set_xticks(range(len(measures)), labels)
    ax.tick_params(length=0)
    named = [f"{row.segment}\n({row.customers} customers)" for row in profile.itertuples()]
    ax.set_yticks(range(len(profile)), named)
    for side in ax.spines.values():
        side.set_visible(False)
    title = (
        f"{len(profile)} ways to use the product, the largest with {weight.max():.0%} of customers"
    )
    return theme.finish(ax, title, grid="")


def _figures(measure: str, values: pd.Series) -> list[str]:
    return [shown(measure, value).split(": ", 1)[1].removesuffix(" of seats") for value in values]


def _narrow(label: str) -> str:
    return textwrap.fill(label, 11)


@theme.style()
def scores(found: Mapping[str, tuple[float, float, float]], ax: Axes | None = None) -> Axes:
    """AUC of several scores with its interval: name to (auc, low, high)."""
    ax = ax if ax is not None else theme.axes(height=1.8 + 0.55 * len(found))
    place = theme.rows(ax, list(found))
    value, low, high = (np.array(each) for each in zip(*found.values(), strict=True))
    ax.hlines(place, low, high, color=theme.MAIN, linewidth=3)
    ax.scatter(value, place, s=110, color=theme.MAIN, zorder=3)
    for y, x in zip(place, value, strict=True):
        theme.note(ax, f"{x:.2f}", (x, y), (0, 11), ha="center")
    ax.axvline(0.5, color=theme.MUTED, linewidth=1.2)
    theme.note(ax, "a coin", (0.5, place[-1]), (5, -14))
    ax.set_xlim(min(0.45, low.min() - 0.03), 1)
    best = max(found, key=lambda name: found[name][0])
    title = f"{best}: right in {found[best][0]:.0%} of pairs of a churned and a staying customer"
    return theme.finish(ax, title[0].upper() + title[1:], "AUC, 95% interval", grid="x")
