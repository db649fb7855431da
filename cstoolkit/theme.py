"""The look of every picture: palette, type, and the few helpers that make a finding readable.

Importing this changes nothing. A picture is drawn inside ``style()``, on a Figure that pyplot never
hears of, so that
nothing is left open and the reader's own settings stay as they were.

The hues are those of Okabe and Ito (Color Universal Design, 2008), four of them made lighter or
darker so that all
seven keep apart under each form of colour blindness. Good and bad are blue and vermilion, never
green and red, and no
picture relies on hue alone: series are labelled where they end.
"""

from __future__ import annotations

import dataclasses
import re
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import colors, font_manager
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import AutoLocator, FuncFormatter, MaxNLocator

BLUE, VERMILION, ORANGE, GREEN = "#0072B2", "#D55E00", "#E69F00", "#2AA57B"
SKY, PURPLE, DARK = "#7CC5F0", "#9B3F7A", "#333333"

MAIN = BLUE
"""What the picture is about."""
CONTRAST = VERMILION
"""What it is set against."""
ACCENT = ORANGE
"""A third thing, or the one point to look at."""
MUTED = "#767676"
"""Context: the past, the others, a reference line."""
FAINT = "#D9D9D9"
"""Areas and rules that only carry the eye."""
INK = "#222222"
"""Text and axes."""
GOOD, BAD = BLUE, VERMILION

CATEGORIES = (BLUE, ORANGE, DARK, GREEN, PURPLE, SKY, VERMILION)
"""Colours for unordered groups, in the order to take them. More than these seven groups call for
small multiples.
"""
TIERS = {"high": BLUE, "low": ORANGE, "tech": DARK}
PHASES = {
    "qualification": DARK,
    "onboarding": SKY,
    "adoption": GREEN,
    "renewal": ORANGE,
    "expansion": PURPLE,
}
SEQUENTIAL, DIVERGING = "cividis", "PuOr"
"""Colour maps for amounts, and for amounts around a middle."""

TEXT = 11
"""The smallest text, in points as shown."""
TITLE = 13
CSS_DPI = 96
"""Pixels an inch as browsers count them: a figure of 8 inches is shown 768 pixels wide, so that 11
pt stay 11 pt.
"""

RC: Mapping[str, Any] = {
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "legend.fontsize": TEXT,
    "figure.titlesize": TITLE,
    "axes.titlesize": TITLE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.edgecolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.prop_cycle": matplotlib.cycler(color=CATEGORIES),
    "axes.facecolor": "white",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.2,
    "legend.frameon": False,
    "image.cmap": SEQUENTIAL,
    "text.parse_math": False,  # a customer's name with two dollar signs is a name, no formula
    "svg.hashsalt": "cstoolkit",  # else the ids in an SVG differ from one time to the next
}


@cache
def families() -> tuple[str, ...]:
    """The font families, in order: what the first cannot draw (Japanese), the next one draws.

    The Japanese font comes with the package matplotlib-fontja; it is read from there without
    importing the package, whose import
    would change the font of every figure.
    """
    spec = find_spec("matplotlib_fontja")
    folders = spec.submodule_search_locations or [] if spec else []
    names = set()
    for path in (path for folder in folders for path in Path(folder).rglob("*.ttf")):
        font_manager.fontManager.addfont(path)
        regular = font_manager.fontManager.ttflist[-1]
        # The font has one weight. Listed as bold too, it serves in bold titles without a complaint
        # in the log.
        font_manager.fontManager.ttflist.append(dataclasses.replace(regular, weight=700))
        names.add(regular.name)
    return ("DejaVu Sans", *sorted(names))


@contextmanager
def style() -> Iterator[None]:
    """The look, for as long as the block (or the decorated function) runs.

    >>> import matplotlib
    >>> before = matplotlib.rcParams["font.size"]
    >>> with style():
    ...     matplotlib.rcParams["font.size"]
    11.0
    >>> matplotlib.rcParams["font.size"] == before
    True
    """
    with matplotlib.rc_context({**RC, "font.family": list(families())}):
        yield


def figure(
    width: float = 8.0, height: float = 4.5, *, layout: str | None = "constrained"
) -> Figure:
    """An empty Figure, `width` by `height` inches as shown, drawn by Agg and unknown to pyplot."""
    with style():
        made = Figure(figsize=(width, height), dpi=CSS_DPI, layout=layout)
        FigureCanvasAgg(made)
    return made


def axes(
    rows: int = 1,
    columns: int = 1,
    *,
    width: float = 8.0,
    height: float = 4.5,
    layout: str | None = "constrained",
    **subplots,
) -> Any:
    """Axes on a Figure of their own: one Axes, or an array of them for more than one row or column.

    Further arguments go to ``Figure.subplots`` (``sharex``, ``width_ratios`` ...).

    >>> axes(width=6, height=3).figure.get_size_inches().tolist()
    [6.0, 3.0]
    """
    with style():
        return figure(width, height, layout=layout).subplots(rows, columns, **subplots)


_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
"""Tabs and other characters that no font draws; a line end is drawn."""


def literally(figure: Figure) -> Figure:
    """The figure with all its text drawn as it stands, also what was written outside
    ``style()``. A tab becomes a space.
    """
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        if _UNSEEN.search(text.get_text()):
            text.set_text(_UNSEEN.sub(" ", text.get_text()))
    return figure


def finish(ax: Axes, title: str, x: str = "", y: str = "", *, grid: str = "y") -> Axes:
    """The finding as title (left, wrapped to the figure's width), the axes' names with their units,
    a light grid.

    `grid` is "x", "y", "both" or "" for none. Returns the Axes.
    """
    with style():
        place = ax.get_subplotspec()
        columns = place.get_gridspec().ncols if place else 1
        # To wrap, matplotlib measures words between dollar signs as mathematics.
        by_figure = columns == 1 and "$" not in title
        if not by_figure:
            # matplotlib wraps at the edge of the figure alone. A bold letter of this font is about
            # 0.7 of its size wide, and
            # the axis beside the title takes about an inch.
            inches = ax.get_figure(root=True).get_size_inches()[0] / columns - 1
            title = textwrap.fill(title, max(int(inches * 72 / (TITLE * 0.7)), 12))
        ax.set_title(title, loc="left", wrap=by_figure)
        ax.set_xlabel(x)
        ax.set_ylabel(y)
        ax.grid(False)
        if grid:
            ax.grid(True, axis=grid)
    return ax


def label_ends(ax: Axes, *, names: Mapping[str, str] | None = None, side: str = "right") -> Axes:
    """Write each line's label at its end, in the line's colour, instead of a legend.

    Lines without a label (or whose label begins with an underscore) are left alone; `names` renames
    labels. Call it
    last: labels that would overlap are pushed apart by the limits that the axes have now. Returns
    the Axes.
    """
    last = -1 if side == "right" else 0
    ends = []
    for line in ax.get_lines():
        label = str(line.get_label())
        xs, ys = (
            np.asarray(line.get_xdata(orig=False), float),
            np.asarray(line.get_ydata(orig=False), float),
        )
        drawn = np.flatnonzero(np.isfinite(xs) & np.isfinite(ys))
        if label and not label.startswith("_") and len(drawn):
            ends.append(
                (
                    line,
                    (names or {}).get(label, label),
                    xs[drawn[last]],
                    ys[drawn[last]],
                )
            )
    if not ends:
        return ax
    with style():
        ax.get_ylim()  # settles limits that are still pending, which transData does not
        points = (
            ax.transData.transform([(x, y) for _, _, x, y in ends])[:, 1]
            * 72
            / ax.get_figure(root=True).dpi
        )
        # A line that ends on the upper edge has its label below the title, not in it.
        bottom, top = (ax.bbox.extents[[1, 3]] * 72 / ax.get_figure(root=True).dpi).tolist()
        inside = np.clip(points, bottom + TEXT / 2, top - TEXT)
        for (line, label, x, y), shift in zip(
            ends, _spread(inside, gap=TEXT * 1.25) - points, strict=True
        ):
            ax.annotate(
                label,
                (x, y),
                xytext=(7 if side == "right" else -7, shift),
                textcoords="offset points",
                ha="left" if side == "right" else "right",
                va="center",
                color=ink(line.get_color()),
                annotation_clip=False,
            )
    return ax


def label_end(ax: Axes, text: str, x: float, y: float, *, ahead: bool, color: str) -> None:
    """Write beside the end of a bar that runs to `x`: to its right when `ahead`, else to its left,
    in the bar's colour.
    """
    ax.annotate(
        text,
        (x, y),
        (5 if ahead else -5, 0),
        textcoords="offset points",
        ha="left" if ahead else "right",
        va="center",
        color=ink(color),
    )


def rows(ax: Axes, labels: Sequence[str]) -> np.ndarray:
    """Name the rows of a picture on its left, the first on top, without ticks or an axis line.

    Parameters
    ----------
    ax : Axes
    labels : sequence of str
        One a row.

    Returns
    -------
    numpy.ndarray
        The place of each row on the y axis.

    Examples
    --------
    >>> rows(axes(width=4, height=2), ["high touch", "low touch"]).tolist()
    [1, 0]
    """
    place = np.arange(len(labels))[::-1]
    ax.set_yticks(place, labels)
    ax.set_ylim(-0.6, len(labels) - 0.3)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return place


def note(
    ax: Axes, text: str, at: tuple, shift: tuple[float, float] = (7, 0), **settings: Any
) -> None:
    """Write beside a point, on the side to which the text is shifted, also outside the axes.

    Parameters
    ----------
    ax : Axes
    text : str
        Written as it stands, without reading it as mathematics.
    at : tuple
        x and y of the point, in data (another `xycoords` may be passed).
    shift : tuple of float
        How far from it, in points: right and up are positive; 0 is centred.
    **settings
        For ``Axes.annotate``; a `color` is darkened until it can be read.

    Examples
    --------
    >>> ax = axes(width=4, height=2)
    >>> note(ax, "4 people", (0.5, 0.5), (-7, 0))
    >>> ax.texts[0].get_horizontalalignment()
    'right'
    """
    right, up = shift
    sides = {
        "ha": "left" if right > 0 else "right" if right < 0 else "center",
        "va": "bottom" if up > 0 else "top" if up < 0 else "center",
    }
    if "color" in settings:
        sides["color"] = ink(settings.pop("color"))
    ax.annotate(
        text,
        at,
        shift,
        textcoords="offset points",
        annotation_clip=False,
        **(sides | settings),
    )


def dates(axis: Axis, *, least: int = 3, most: int = 9) -> None:
    """Days on an axis: about `least` to `most` of them, each named as shortly as it can be."""
    locator = AutoDateLocator(minticks=least, maxticks=most)
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator))


def label_bars(ax: Axes, spec: str = ",.0f", *, unit: str = "") -> Axes:
    """Write each bar's value at its end, formatted by `spec`, with `unit` after it. Returns the
    Axes.
    """
    with style():
        for bars in ax.containers:
            if hasattr(bars, "datavalues"):
                ax.bar_label(
                    bars,
                    [number(value, spec) + unit for value in bars.datavalues],
                    padding=4,
                    color=INK,
                )
    return ax


def thousands(axis: Axis, *, unit: str = "") -> None:
    """Whole numbers with a separator: 12,000. `unit` follows each."""
    if isinstance(axis.get_major_locator(), AutoLocator):  # between 0 and 2 there is only 1
        axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, ",.0f") + unit))


def millions(axis: Axis) -> None:
    """Large amounts in short: 250k, 1.5M. The axis' name says the currency."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def percent(axis: Axis, *, decimals: int = 0) -> None:
    """Shares as percentages: 0.25 is shown as 25%."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, f".{decimals}%")))


def number(value: float, spec: str = ",.0f") -> str:
    """A number as text, without the sign of a zero.

    >>> number(-0.2), number(12345.6), number(0.256, ".0%")
    ('0', '12,346', '26%')
    """
    return format(float(value), "z" + spec if not spec.startswith("+") else "+z" + spec[1:])


def short(value: float) -> str:
    """A large amount in short.

    >>> short(950), short(12_000), short(1_500_000)
    ('950', '12k', '1.5M')
    """
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def cut(text: object, width: int = 26) -> str:
    """A name from data that would crowd a picture, cut to `width` letters; Japanese
    ones are two wide.

    >>> cut("A name of somebody else"), cut("A name that is much longer than that"), cut("株式会社" * 5)
    ('A name of somebody else', 'A name that is much longe…', '株式会社株式会社株式会社…')
    """
    whole = str(text)
    wide = np.cumsum([1 + (unicodedata.east_asian_width(letter) in "WF") for letter in whole])
    if not len(wide) or wide[-1] <= width:
        return whole
    return whole[: np.searchsorted(wide, width - 1, side="right")] + "…"


def ink(color: Any) -> str:
    """The colour, darkened until text in it stands out from white by 4.5 to 1 (WCAG 2.2, success
    criterion 1.4.3).
    """
    rgb = np.array(colors.to_rgb(color))
    while contrast(rgb) < 4.5:
        rgb = rgb * 0.96
    return colors.to_hex(rgb)


def contrast(color: Any, other: Any = "white") -> float:
    """The contrast ratio of two colours as WCAG defines it, from 1 to 21.

    >>> round(contrast("black"))
    21
    """
    light, dark = sorted((_luminance(color), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Any) -> float:
    rgb = np.array(colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _spread(places: np.ndarray, gap: float) -> np.ndarray:
    """The places moved as little as need be, in the least squares, so that neighbours are `gap`
    apart.

    Taking i x gap off the i-th place turns "at least a gap apart" into "not falling", which pooling
    neighbours solves.
    """
    order = np.argsort(places, kind="stable")
    steps = np.arange(len(places)) * gap
    pools: list[tuple[float, int]] = []
    for value in places[order] - steps:
        total, size = float(value), 1
        while pools and pools[-1][0] / pools[-1][1] >= total / size:
            before, many = pools.pop()
            total, size = total + before, size + many
        pools.append((total, size))
    level = np.concatenate([np.full(size, total / size) for total, size in pools])
    moved = np.empty_like(places, dtype=float)
    moved[order] = level + steps
    return moved
