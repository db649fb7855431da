"""One design as a picture: its chart and, below it, what it costs, set against other designs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cstoolkit import theme
from cstoolkit.org import MEASURES, OrgDesign
from cstoolkit.org.plots._chart import EDGE, TITLE, capital, drawn, sheet
from cstoolkit.org.plots._compare import short
from cstoolkit.org.plots._sheet import LINE

STRIP = (
    "contacts_now",
    "handoffs_all",
    "arr_one_team_year",
    "specialisation",
    "stranded_worst",
    "coordination_links",
)
"""The measures below a chart unless others are named: what changes most from one axis to
another."""

GREY = "#8A8A8A"
COLUMNS, ROW, WIDEST = 3, 0.78, 3.2
"""Measures side by side; inches: height of a measure, the most it is wide."""


@theme.style()
def built(
    design: OrgDesign,
    table: pd.DataFrame,
    among: pd.DataFrame,
    *,
    measures: Sequence[str] = STRIP,
) -> Axes:
    """The chart of `design` and a strip of its measures: takes its table of ``org.evaluate`` and,
    for the grey dots, the table of ``org.compare`` of the designs to see it among.

    Every line begins at zero and ends at the largest value among all of them. Returns the Axes of
    the chart; the strip is the figure's second.
    """
    layout = sheet(design)
    below = ROW * -(-len(measures) // COLUMNS) + LINE + 0.15
    width = max(layout.width + 2 * EDGE, 8.6)
    height = layout.height + TITLE + EDGE + below
    figure = theme.figure(width, height, layout=None)
    ax = drawn(figure, design, layout)
    strip = figure.add_axes((EDGE / width, 0.06 / height, 1 - 2 * EDGE / width, below / height))
    strip.set(xlim=(0, width - 2 * EDGE), ylim=(0, below))  # in inches
    _strip(strip, table.set_index("measure")["value"], among, measures)
    return ax


def _strip(ax: Axes, values: pd.Series, among: pd.DataFrame, measures: Sequence[str]) -> None:
    """A line a measure: grey dots for the other designs, this one in the contrasting colour with
    its value."""
    others = among.pivot(index="measure", columns="design", values="value")
    width, tall = ax.get_xlim()[1], ax.get_ylim()[1]
    wide = min(width / COLUMNS, WIDEST)
    grey, own = [], []
    for number, measure in enumerate(measures):
        row, column = divmod(number, COLUMNS)
        x, y = column * wide, tall - LINE - 0.15 - row * ROW
        start, long, at = x + 0.05, wide - 0.45, y - 0.54
        value, known = values[measure], others.loc[measure].dropna().to_numpy(float)
        most = np.nanmax([*known, value, 0.0])
        scale = long / most if most > 0 else 0.0
        about = MEASURES.loc[measure]
        told = short(value, about.unit) if np.isfinite(value) else "not known"
        ax.text(x, y - 0.1, capital(about.label), va="center")
        ax.text(x, y - 0.34, told, va="center", color=theme.ink(theme.CONTRAST), fontweight="bold")
        if np.isfinite(value) and about.unit != "share":
            after = x + len(told) * 0.105 + 0.06
            ax.text(after, y - 0.34, about.unit, va="center", color=theme.MUTED)
        ax.hlines(at, start, start + long, colors=theme.FAINT, linewidth=2, zorder=1)
        grey += [(start + each * scale, at) for each in known]
        own += [(start + value * scale, at)] if np.isfinite(value) else []
    for places, size, color, alpha in ((grey, 29, GREY, 0.6), (own, 81, theme.CONTRAST, 1)):
        x, y = np.reshape(places, (-1, 2)).T
        ax.scatter(x, y, size, color, alpha=alpha, linewidths=0, zorder=3)
    many = f"Grey: {among['design'].nunique()} designs on the same company"
    ax.text(0, tall - 0.1, many, va="center", color=theme.MUTED)
    ax.set_axis_off()
