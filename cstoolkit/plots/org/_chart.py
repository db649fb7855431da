"""Org charts: first a layout in inches, then the drawing, so that five people and sixty are laid out by the same few
rules."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from cstoolkit.org import OrgDesign
from cstoolkit.plots import theme

CARD, GAP, PAD = 1.52, 0.14, 0.09
"""Inches: width of a team's card, space between cards, space within."""
DOT, PITCH, LINE = 0.066, 0.17, 0.2
"""Inches: radius of a person, distance between two, height of a line of text."""
LETTER = 0.094
"""Inches: mean width of a letter at the smallest text."""
WIDEST = 6
"""Cards side by side; more go to a further row."""
PAPER, CELL = "#F2F6FA", "#F3F3F3"
HELPERS = (theme.ACCENT, theme.GREEN, theme.PURPLE, theme.SKY)


@dataclass
class Layout:
    """Shapes in inches, x to the right and y downwards from the top left corner."""

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

    def people(self, x, y, width, marks) -> float:
        """Marks (kind, colour) in rows from the left; returns the height taken."""
        per = max(int((width + PITCH - 2 * DOT) / PITCH), 1)
        for place, (kind, color) in enumerate(marks):
            self.dots.append((x + DOT + place % per * PITCH, y + DOT + place // per * PITCH, kind, color))
        return -(-len(marks) // per) * PITCH


@theme.style()
def chart(design: OrgDesign, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """The organisation chart: the reporting line on top, below it the teams with their people, at the foot the
    cross-cutting teams.

    A filled dot is a person at the main post, a hollow one somebody who has it elsewhere and serves here too; a square is
    an embedded support person, in the colour of the own team. A matrix is drawn as a grid, the hierarchy across and the
    crossing axes down. The picture is as large as the design needs; `ax` draws into axes of your own instead, at their
    scale.
    """
    layout = Layout()
    y = _above(layout, design)
    y = _grid(layout, design, y) if design.matrix else _tree(layout, design, y)
    y = _across(layout, design, y)
    _legend(layout, design, y)
    ax = theme.axes(width=layout.width + 0.4, height=layout.height + 0.75) if ax is None else ax
    _draw(ax, layout)
    theme.finish(ax, finding(design) if title is None else title, grid="")
    ax.set_axis_off()
    return ax


def finding(design: OrgDesign) -> str:
    """The chart's title: what is divided by what, and how many people that leaves to a part."""
    people = len({who for unit in design.units for who in unit.people})
    parts = len({unit.path for unit in design.units})
    if design.is_today:
        return f"Today: {_many(parts, 'team')}, {_many(people, 'person')} with customers"
    words = capital(design.composition if design.axes or design.matrix else "all-rounders").replace(" > ", ", then ")
    if design.matrix:
        crossings = len(design.units)
        tail = "must share" if people < crossings else "in"
        return f"{words}: {_many(people, 'person')} {tail} {crossings} crossings"
    if people < parts:
        return f"{words}: {_many(people, 'person')} must share {parts} teams"
    return f"{words}: {_many(people, 'person')} in {_many(parts, 'team')}"


def capital(words: str) -> str:
    """The words, the first with a capital letter."""
    return words[:1].upper() + words[1:]


def _many(count: int, what: str) -> str:
    plural = {"person": "people", "team": "teams"}[what]
    return f"{count} {what if count == 1 else plural}"


def _wrap(words: str, width: float) -> list[str]:
    return textwrap.wrap(words, max(int(width / LETTER), 6), break_long_words=False) or [""]


def _above(layout: Layout, design: OrgDesign) -> float:
    """The reporting line, with the peers beside it; returns where the organisation begins."""
    y, tall, wide = 0.0, 0.34, CARD
    line = design.reporting
    for place, name in enumerate(line.chain):
        if place:
            layout.lines.append((wide / 2, y - 0.16, wide / 2, y))
        layout.box(0, y, wide, tall, fill=theme.INK if name == line.head else "white", edge=theme.INK)
        layout.text(
            wide / 2,
            y + tall / 2,
            name,
            bold=name == line.head,
            align="center",
            color="white" if name == line.head else theme.INK,
        )
        if name == line.beside:
            x = wide + 0.3
            for peer in line.peers:
                own = len(peer) * LETTER + 0.3
                layout.lines += [(wide / 2, y - 0.08, x + own / 2, y - 0.08), (x + own / 2, y - 0.08, x + own / 2, y)]
                layout.box(x, y, own, tall, edge=theme.FAINT)
                layout.text(x + own / 2, y + tall / 2, peer, align="center", color=theme.MUTED)
                x += own + GAP
        y += tall + 0.16
    return y


def _marks(design: OrgDesign) -> dict[tuple, list[tuple]]:
    """What is drawn for the people of every unit, by path and cross."""
    colors = {who: HELPERS[place % len(HELPERS)] for place, each in enumerate(design.support) for who in each.people}
    beside = design.embedded.groupby("team")["person_id"].agg(list).to_dict()
    marks: dict[tuple, list[tuple]] = {}
    for unit in design.units:
        own = [("person" if who in unit.at_home else "shared", theme.MAIN) for who in unit.people]
        own.sort()
        own += [("square", colors[who]) for who in beside.pop(unit.team, [])]
        marks[unit.path, unit.cross] = own
    return marks


def _tree(layout: Layout, design: OrgDesign, top: float) -> float:
    """Branches as columns, their parts stacked below them."""
    marks = _marks(design)
    branches: dict[str, list[tuple[str, ...]]] = {}
    for unit in design.units:
        branches.setdefault(unit.path[0], []).append(unit.path)
    names = list(branches)
    bands = -(-len(names) // WIDEST)
    many = -(-len(names) // bands)
    left = 0.22 if len(names) > WIDEST else 0.0
    y, trunk = top + 0.12, CARD / 2 if not left else 0.08
    for first in range(0, len(names), many):
        band = names[first : first + many]
        centres = [left + place * (CARD + GAP) + CARD / 2 for place in range(len(band))]
        layout.lines.append((trunk, top - 0.16, trunk, y))
        layout.lines.append((min(trunk, centres[0]), y, max(trunk, centres[-1]), y))
        ends = []
        for x, name in zip(centres, band):
            layout.lines.append((x, y, x, y + 0.14))
            ends.append(_branch(layout, x - CARD / 2, y + 0.14, branches[name], marks))
        y = max(ends) + 0.2
    layout.width = max(layout.width, left + many * (CARD + GAP) - GAP)
    return y - 0.06


def _branch(layout: Layout, x: float, y: float, paths: list[tuple[str, ...]], marks: dict) -> float:
    """One branch: a card for each part, those further down indented; returns where it ends."""
    drawn: set[tuple[str, ...]] = set()
    for path in paths:
        for level in range(1, len(path) + 1):
            part = path[:level]
            if part in drawn:
                continue
            drawn.add(part)
            indent = 0.14 * (level - 1)
            wide = CARD - indent
            own = marks.get((part, ()), [])
            words = _wrap(part[-1], wide - 2 * PAD)
            per = max(int((wide - 2 * PAD + PITCH - 2 * DOT) / PITCH), 1)
            rows = -(-len(own) // per)
            tall = 2 * PAD + len(words) * LINE + (rows * PITCH + 0.05 if rows else 0)
            leaf = part == path
            layout.box(
                x + indent,
                y,
                wide,
                tall,
                fill=PAPER if leaf else "white",
                edge=theme.MAIN if level == 1 else theme.FAINT,
            )
            layout.text(x + indent + PAD, y + PAD + len(words) * LINE / 2, "\n".join(words), bold=level == 1)
            if rows:
                layout.people(x + indent + PAD, y + PAD + len(words) * LINE + 0.05, wide - 2 * PAD, own)
            y += tall + 0.07
    return y


def _grid(layout: Layout, design: OrgDesign, top: float) -> float:
    """The hierarchy across, the crossing axes down, people in the crossings."""
    marks = _marks(design)
    columns = list(dict.fromkeys(unit.path for unit in design.units))
    rows = list(dict.fromkeys(unit.cross for unit in design.units))
    labels = [" x ".join(each).replace("_", " ") for each in rows]
    left = min(max(len(each) for each in labels) * LETTER + 0.15, 2.4)
    wide = min(max((9.6 - left) / len(columns), 0.3), 1.35)
    turned = wide < 0.95
    heads = [[path[-1]] if turned else _wrap(path[-1], wide - 0.06) for path in columns]
    above = max(len(words[0]) for words in heads) * LETTER if turned else max(len(words) for words in heads) * LINE
    grouped = len(columns[0]) > 1
    y = top + (LINE * 2 + 0.1 if grouped else 0.05)
    if grouped:
        _groups(layout, columns, left, wide, y - 0.1)
    for place, words in enumerate(heads):
        x = left + (place + 0.5) * wide
        layout.text(
            x, y + above if turned else y + above / 2, "\n".join(words), bold=not grouped, align="center", turned=turned
        )
    y += above + 0.1
    per = max(int((wide - 0.16 + PITCH - 2 * DOT) / PITCH), 1)
    for cross, label in zip(rows, labels):
        most = max(len(marks[path, cross]) for path in columns)
        tall = max(-(-most // per) * PITCH + 0.14, 0.3)
        words = _wrap(label, left - 0.1)
        tall = max(tall, len(words) * LINE + 0.06)
        layout.text(0, y + tall / 2, "\n".join(words), bold=True)
        for place, path in enumerate(columns):
            own = marks[path, cross]
            x = left + place * wide
            layout.box(
                x + 0.02,
                y,
                wide - 0.04,
                tall - 0.04,
                fill=PAPER if any(kind == "person" for kind, _ in own) else CELL,
                edge="none",
            )
            across = min(len(own), per) * PITCH - PITCH + 2 * DOT
            layout.people(
                x + (wide - across) / 2,
                y + (tall - 0.04 - (-(-len(own) // per) * PITCH - PITCH + 2 * DOT)) / 2,
                across,
                own,
            )
        y += tall
    layout.width = max(layout.width, left + wide * len(columns))
    return y + 0.1


def _groups(layout: Layout, columns: list[tuple[str, ...]], left: float, wide: float, y: float) -> None:
    """The first names of the paths, once above all their columns."""
    first = 0
    while first < len(columns):
        name = columns[first][0]
        last = first
        while last + 1 < len(columns) and columns[last + 1][0] == name:
            last += 1
        x, end = left + first * wide + 0.03, left + (last + 1) * wide - 0.03
        layout.lines.append((x, y, end, y))
        words = _wrap(name, end - x)
        layout.text((x + end) / 2, y - 0.04 - len(words) * LINE / 2, "\n".join(words), bold=True, align="center")
        first = last + 1


def _across(layout: Layout, design: OrgDesign, y: float) -> float:
    """Cross-cutting teams and partners as bars below all the others."""
    wide = max(layout.width, 5.4)
    for place, each in enumerate(design.support):
        color = HELPERS[place % len(HELPERS)]
        layout.box(0, y, wide, 0.32, edge=color)
        layout.text(PAD, y + 0.16, each.name + (" (embedded)" if each.embedded else ""))
        mark = [("square", color)] * len(each.people)
        layout.people(wide - PAD - len(mark) * PITCH, y + 0.16 - DOT, wide, mark)
        y += 0.4
    for each in design.partners:
        layout.box(0, y, wide, 0.32, dashed=True)
        layout.text(
            PAD, y + 0.16, f"{capital(each.department)}, outside CS: meets customers in {' and '.join(each.phases)}"
        )
        y += 0.4
    return y


def _legend(layout: Layout, design: OrgDesign, y: float) -> None:
    marks = [mark for each in _marks(design).values() for mark in each]
    kinds = {kind for kind, _ in marks}
    said = [("person", theme.MAIN, "a person, at the main post")]
    if "shared" in kinds:
        said.append(("shared", theme.MAIN, "serves here too"))
    if design.support:
        said.append(("square", HELPERS[0], "supports the teams" + (", embedded" if "square" in kinds else "")))
    x = 0.0
    for kind, color, words in said:
        layout.dots.append((x + DOT, y + 0.12, kind, color))
        layout.text(x + 2 * DOT + 0.08, y + 0.12, words, color=theme.MUTED)
        x += len(words) * LETTER * 0.93 + 0.5
    layout.width, layout.height = max(layout.width, x - 0.4), max(layout.height, y + 0.26)


def _draw(ax: Axes, layout: Layout) -> None:
    """The layout on the axes, lines first."""
    for x0, y0, x1, y1 in layout.lines:
        ax.plot([x0, x1], [-y0, -y1], color=theme.MUTED, linewidth=1.1, solid_capstyle="butt", zorder=1)
    for x, y, width, height, fill, edge, dashed in layout.boxes:
        ax.add_patch(
            FancyBboxPatch(
                (x, -y - height),
                width,
                height,
                boxstyle="round,pad=0,rounding_size=0.05",
                facecolor=fill,
                edgecolor=edge,
                linewidth=1.1,
                linestyle="--" if dashed else "-",
                zorder=2,
            )
        )
    for x, y, kind, color in layout.dots:
        if kind == "square":
            patch = Rectangle((x - DOT, -y - DOT), 2 * DOT, 2 * DOT, facecolor=color, edgecolor="none", zorder=3)
        else:
            hollow = kind == "shared"
            patch = Circle(
                (x, -y), DOT, facecolor="white" if hollow else color, edgecolor=color, linewidth=1.2, zorder=3
            )
        ax.add_patch(patch)
    for x, y, words, bold, color, align, turned in layout.texts:
        ax.text(
            x,
            -y,
            words,
            ha=align,
            va="bottom" if turned else "center",
            color=color,
            fontweight="bold" if bold else "normal",
            rotation=90 if turned else 0,
            linespacing=1.15,
            parse_math=False,
            zorder=4,
        )
    ax.set_xlim(-0.05, layout.width + 0.05)
    ax.set_ylim(-layout.height - 0.05, 0.05)
    ax.set_aspect("equal", anchor="NW")
