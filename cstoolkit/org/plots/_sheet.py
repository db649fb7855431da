"""The sheet an org chart is laid out on, in inches, and its drawing: few collections, since a panel
draws one at every move."""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.patches import FancyBboxPatch

from cstoolkit import theme

CARD, GAP, PAD = 1.52, 0.14, 0.09
"""Inches: width of a team's card, space between cards, space within."""
DOT, PITCH, LINE = 0.066, 0.17, 0.2
"""Inches: radius of a person, distance between two, height of a line of text."""
LETTER = 0.094
"""Inches: mean width of a letter at the smallest text."""
BOLD = 1.08
"""How much wider bold letters are."""
PAPER, CELL = "#F2F6FA", "#F3F3F3"
HELPERS = (theme.ACCENT, theme.GREEN, theme.PURPLE, theme.SKY)
"""Colours of the cross-cutting teams, in their order."""


@dataclass
class Layout:
    """Shapes in inches, x to the right and y downwards from the top left corner; `most` is the
    width to keep to where that is possible."""

    most: float = 9.8
    width: float = 0.0
    height: float = 0.0
    boxes: list[tuple] = field(default_factory=list)
    lines: list[tuple] = field(default_factory=list)
    texts: list[tuple] = field(default_factory=list)
    dots: list[tuple] = field(default_factory=list)

    def box(self, x, y, width, height, fill="white", edge=theme.MUTED, dashed=False) -> None:
        self.boxes.append((x, y, width, height, fill, edge, dashed))
        self.width, self.height = max(self.width, x + width), max(self.height, y + height)

    def text(self, x, y, words, *, bold=False, color=theme.INK, align="left", turned=False) -> None:
        self.texts.append((x, y, words, bold, color, align, turned))

    def card(self, x, y, width, height, words, *, edge, dark=False, color=theme.INK) -> None:
        """A box with its words in the middle; a dark one stands out."""
        self.box(x, y, width, height, fill=theme.INK if dark else "white", edge=edge)
        middle, color = (x + width / 2, y + height / 2), "white" if dark else color
        self.text(*middle, words, bold=dark, align="center", color=color)

    def people(self, x, y, width, marks) -> None:
        """Marks (kind, colour) in rows from the left."""
        per = fitting(width)
        for place, (kind, color) in enumerate(marks):
            down, right = divmod(place, per)
            self.dots.append((x + DOT + right * PITCH, y + DOT + down * PITCH, kind, color))


def fitting(width: float) -> int:
    """How many people stand side by side in that width; one at least."""
    return max(int((width + PITCH - 2 * DOT) / PITCH + 1e-9), 1)


def across(many: int) -> float:
    """The width that so many people take side by side."""
    return many * PITCH - PITCH + 2 * DOT if many else 0.0


def long(words: str, *, bold: bool = False) -> float:
    """Inches that the words take; a Japanese letter is as wide as two."""
    letters = sum(1.75 if unicodedata.east_asian_width(each) in "WF" else 1 for each in words)
    return letters * LETTER * (BOLD if bold else 1)


def wrap(words: str, width: float, *, bold: bool = False) -> list[str]:
    """The words in lines of that width; a word is broken only where it would not fit a line."""
    words = words.replace("_", " ")
    letters = int(width / long(words, bold=bold) * len(words)) if words else 1
    return textwrap.wrap(words, max(letters, 4)) or [""]


def draw(ax: Axes, layout: Layout) -> None:
    """The layout on the axes: lines, boxes, marks, text. Marks carry their kind as ``gid``."""
    segments = [[(x0, -y0), (x1, -y1)] for x0, y0, x1, y1 in layout.lines]
    lines = LineCollection(segments, colors=theme.MUTED, linewidths=1.1, zorder=1)
    ax.add_collection(lines, autolim=False)
    round_ = {"boxstyle": "round,pad=0,rounding_size=0.05", "linewidth": 1.1}
    boxes = []
    for x, y, width, height, fill, edge, dashed in layout.boxes:
        look = {"facecolor": fill, "edgecolor": edge, "linestyle": "--" if dashed else "-"}
        boxes.append(FancyBboxPatch((x, -y - height), width, height, **round_, **look))
    ax.add_collection(PatchCollection(boxes, match_original=True, zorder=2), autolim=False)
    for kind in dict.fromkeys(kind for _, _, kind, _ in layout.dots):
        dots = [(x, -y, color) for x, y, one, color in layout.dots if one == kind]
        x, y, color = zip(*dots)
        fill = "white" if kind.endswith("shared") else color
        marker = "s" if kind.endswith("square") else "o"
        size = (2 * DOT * 72) ** 2  # points, of 72 an inch
        look = {"edgecolors": color, "linewidths": 1.2, "zorder": 3}
        ax.scatter(x, y, size, fill, marker=marker, gid=kind, **look)
    for x, y, words, bold, color, align, turned in layout.texts:
        look = {"color": color, "fontweight": "bold" if bold else "normal", "linespacing": 1.15}
        turn = {"rotation": 90, "va": "bottom"} if turned else {"va": "center"}
        ax.text(x, -y, words, ha=align, **look, **turn, parse_math=False, zorder=4)
    ax.set_xlim(-0.05, layout.width + 0.05)
    ax.set_ylim(-layout.height - 0.05, 0.05)
    ax.set_aspect("equal", anchor="NW")
    ax.set(xticks=[], yticks=[])
    ax.set_axis_off()
