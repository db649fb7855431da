"""One design as a picture: its chart and, below it, what it costs, set against other designs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection

from cstoolkit import theme
from cstoolkit.org import MEASURES, OrgDesign
from cstoolkit.org.plots._chart import EDGE, TITLE, finding, place, sheet
from cstoolkit.org.plots._compare import capital, short
from cstoolkit.org.plots._sheet import LINE, draw

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
    title: str | None = None,
) -> Axes:
    """The chart of `design` and a strip of its measures: takes its table of ``org.evaluate`` and,
    for the grey dots, the table of ``org.compare`` of the designs to see it among.

    Every line begins at zero and ends at the largest value among all of them. Returns the Axes of
    the chart; the strip is the figure's second.
    """
    layout = sheet(design)
    rows = -(-len(measures) // COLUMNS)
    width = max(layout.width + 2 * EDGE, 8.6)
    below = ROW * rows + LINE + 0.15
    figure = theme.figure(width, layout.height + TITLE + EDGE + below, layout=None)
    ax = place(figure, layout)
    draw(ax, layout)
    theme.finish(ax, finding(design) if title is None else title, grid="")
    height = figure.get_size_inches()[1]
    strip = figure.add_axes((EDGE / width, 0.06 / height, 1 - 2 * EDGE / width, below / height))
    _strip(strip, table.set_index("measure")["value"], among, measures, width - 2 * EDGE, below)
    return ax


def _strip(
    ax: Axes,
    values: pd.Series,
    among: pd.DataFrame,
    measures: Sequence[str],
    width: float,
    tall: float,
) -> None:
    """A line a measure in inches: grey dots for the other designs, this one in the contrasting
    colour with its value."""
    others = among.pivot(index="measure", columns="design", values="value")
    wide = min(width / COLUMNS, WIDEST)
    lines, grey, own = [], [], []
    for number, measure in enumerate(measures):
        x, y = number % COLUMNS * wide, tall - LINE - 0.15 - number // COLUMNS * ROW
        start, long, at = x + 0.05, wide - 0.45, y - 0.54
        value, known = values[measure], others.loc[measure].dropna().to_numpy(float)
        most = np.nanmax([*known, value, 0.0])
        scale = long / most if most > 0 else 0.0
        about = MEASURES.loc[measure]
        told = short(value, about.unit) if np.isfinite(value) else "not known"
        ax.text(x, y - 0.1, capital(about.label), va="center")
        ax.text(x, y - 0.34, told, va="center", color=theme.ink(theme.CONTRAST), fontweight="bold")
        if np.isfinite(value) and about.unit != "share":
            ax.text(
                x + len(told) * 0.105 + 0.06, y - 0.34, about.unit, va="center", color=theme.MUTED
            )
        lines.append([(start, at), (start + long, at)])
        grey += [(start + each * scale, at) for each in known]
        own += [(start + value * scale, at)] if np.isfinite(value) else []
    ax.add_collection(
        LineCollection(lines, colors=theme.FAINT, linewidths=2, zorder=1), autolim=False
    )
    for places, size, color, alpha in ((grey, 0.075, GREY, 0.6), (own, 0.125, theme.CONTRAST, 1)):
        ring = {
            "units": "xy",
            "offsets": places,
            "offset_transform": ax.transData,
            "facecolors": color,
            "linewidths": 0,
        }
        sizes = [size] * len(places)
        ax.add_collection(
            EllipseCollection(sizes, sizes, [0] * len(places), alpha=alpha, zorder=3, **ring),
            autolim=False,
        )
    many = among["design"].nunique()
    ax.text(
        0,
        tall - 0.1,
        f"Grey: {many} designs on the same company",
        va="center",
        color=theme.MUTED,
    )
    ax.set(xlim=(0, width), ylim=(0, tall), xticks=[], yticks=[])
    ax.set_axis_off()
