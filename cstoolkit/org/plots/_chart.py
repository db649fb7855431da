"""Org charts: first a layout in inches, then the drawing, so that five people and sixty are laid
out by the same few rules."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cstoolkit import theme
from cstoolkit.org import OrgDesign, managers
from cstoolkit.org.plots._grid import grid
from cstoolkit.org.plots._sheet import (
    CARD,
    DOT,
    GAP,
    HELPERS,
    LINE,
    PAD,
    PAPER,
    PITCH,
    Layout,
    across,
    draw,
    fitting,
    long,
    wrap,
)

TITLE, EDGE = 0.62, 0.15
"""Inches: space above the sheet for the title, and around it."""
PEER = "head of sales"
"""Who stands beside the CCO (S2), or beside the head of CS where there is none (ours)."""


@theme.style()
def chart(design: OrgDesign) -> Axes:
    """The organisation chart: the reporting line on top, below it the teams with their people, at
    the foot the cross-cutting teams.

    A blue dot is a person at the main post, a hollow one somebody who has it elsewhere and serves
    here too; a black dot is a leader that the design needs (``org.managers``), a square a support
    person, in the colour of the own team. A matrix is drawn as a grid, the hierarchy across and the
    crossing axes down. The picture is as large as the design needs.
    """
    layout = sheet(design)
    width, height = layout.width + 2 * EDGE, layout.height + TITLE + EDGE
    return drawn(theme.figure(width, height, layout=None), design, layout)


def drawn(figure: Figure, design: OrgDesign, layout: Layout) -> Axes:
    """The chart at the upper left of the figure, at its own scale, so that text fits the boxes."""
    width, height = figure.get_size_inches()
    wide, tall = layout.width + 0.1, layout.height + 0.1
    left, low = EDGE - 0.05, height - TITLE + 0.05 - tall
    ax = figure.add_axes((left / width, low / height, wide / width, tall / height))
    draw(ax, layout)
    return theme.finish(ax, finding(design), grid="")


def sheet(design: OrgDesign) -> Layout:
    """Where everything stands, in inches."""
    layout = Layout()
    leaders = _leaders(design)
    y = _above(layout, design.reporting)
    right = layout.width
    lay = grid if design.matrix else _tree
    y = lay(layout, design, y, _marks(design), leaders)
    _key(layout, design, right, leaders)
    _across(layout, design, y, leaders)
    return layout


def named(design: OrgDesign) -> str:
    """The design in words: "Industry, then phase"."""
    words = design.composition if design.all_axes else "all-rounders"
    return capital(words.replace(" > ", ", then "))


def finding(design: OrgDesign) -> str:
    """The chart's title: what is divided by what, and how many people that leaves to a part."""
    people, parts = len(design.people), len({unit.path for unit in design.units})
    teams = _many(parts, "team")
    if design.is_today:
        return f"Today: {teams}, {_many(people, 'person')} with customers"
    if not people:
        return f"{named(design)}: {teams}, nobody placed"
    if design.matrix:
        parts = len(design.units)
        teams = f"{parts} crossings"
    way = "must share" if people < parts else "in"
    return f"{named(design)}: {_many(people, 'person')} {way} {teams}"


def capital(words: str) -> str:
    """The words, the first with a capital letter."""
    return words[:1].upper() + words[1:]


def _many(count: int, what: str) -> str:
    plural = {"person": "people"}.get(what, f"{what}s")
    return f"{count} {what if count == 1 else plural}"


def _leaders(design: OrgDesign) -> dict[str, int]:
    """How many leaders each team needs, by its name; none where nobody is placed, and none for
    today, whose leaders are people with posts of their own."""
    if design.is_today or not design.people:
        return {}
    led = managers(design)
    return dict(zip(led["team"], led["leaders"]))


def _marks(design: OrgDesign) -> dict[tuple, list[tuple]]:
    """What is drawn for the people of every unit, by path and cross."""
    colors = {}
    for place, own in enumerate(design.support.values()):
        colors |= dict.fromkeys(own, HELPERS[place % len(HELPERS)])
    beside: dict[str, list[tuple]] = {}
    for who, team in design.beside:
        beside.setdefault(team, []).append(("square", colors[who]))
    marks = {}
    for unit in design.units:
        kinds = sorted("person" if who in unit.main else "shared" for who in unit.people)
        own = [(kind, theme.MAIN) for kind in kinds]
        marks[unit.path, unit.cross] = own + beside.pop(unit.team, [])
    return marks


def _above(layout: Layout, chain: tuple[str, ...]) -> float:
    """The reporting line, with the head of sales beside it; returns where the organisation
    begins."""
    y, tall, middle = 0.0, 0.34, CARD / 2
    level = "CCO" if "CCO" in chain else chain[-1]
    for name in chain:
        if y:
            layout.lines.append((middle, y - 0.16, middle, y))
        head = name == chain[-1]
        layout.card(0, y, CARD, tall, name, edge=theme.INK, dark=head)
        if name == level:
            x, wide = CARD + 0.3, long(PEER) + 0.3
            layout.lines.append((middle, y - 0.08, x + wide / 2, y - 0.08))
            layout.lines.append((x + wide / 2, y - 0.08, x + wide / 2, y))
            layout.card(x, y, wide, tall, PEER, edge=theme.FAINT, color=theme.MUTED)
        y += tall + 0.16
    return y


def _key(layout: Layout, design: OrgDesign, right: float, leaders: dict[str, int]) -> None:
    """What the marks mean, in the corner beside the reporting line, which is free in every
    chart."""
    kinds = {kind for _, _, kind, _ in layout.dots}
    groups = leaders.get("group leads", 0)
    teams = sum(leaders.values()) - groups - 1
    heads = ["leaders: the head", *[f"{teams} in the teams"] * (teams > 0)]
    heads += [_many(groups, "group lead")] * (groups > 0)
    helps = "supports the teams" + ", embedded" * ("square" in kinds)
    rows = [
        ("person", theme.MAIN, "a person, at the main post", "person" in kinds),
        ("shared", theme.MAIN, "serves here too", "shared" in kinds),
        ("square", HELPERS[0], helps, design.support),
        ("lead", theme.INK, ", ".join(heads), leaders),
        ("", "", f"not drawn: {len(design.leads)} people who lead", not leaders and design.leads),
    ]
    said = [row[:3] for row in rows if row[3]]
    if not said:
        return
    need = max(long(words) for *_, words in said) + 2 * DOT + 0.1
    x = max(right + 0.35, layout.width - need)
    for row, (kind, color, words) in enumerate(said):
        y = 0.12 + row * (LINE + 0.03)
        if kind:
            layout.dots.append((x + DOT, y, f"key {kind}", color))
        layout.text(x + 2 * DOT + 0.1, y, words, color=theme.MUTED)
    layout.width = max(layout.width, x + need)


def _tree(
    layout: Layout, design: OrgDesign, top: float, marks: dict, leaders: dict[str, int]
) -> float:
    """Branches as columns, their parts stacked below them."""
    branches: dict[str, list[tuple[str, ...]]] = {}
    for unit in design.units:
        branches.setdefault(unit.path[0], []).append(unit.path)
    names = list(branches)
    widest = int((layout.most + GAP) / (CARD + GAP))
    bands = -(-len(names) // widest)
    many = -(-len(names) // bands)
    left = 0.22 if bands > 1 else 0.0
    y, trunk = top + 0.12, CARD / 2 if not left else 0.08
    for first in range(0, len(names), many):
        band = names[first : first + many]
        centres = [left + step * (CARD + GAP) + CARD / 2 for step in range(len(band))]
        layout.lines.append((trunk, top - 0.16, trunk, y))
        layout.lines.append((min(trunk, centres[0]), y, max(trunk, centres[-1]), y))
        ends = []
        for x, name in zip(centres, band):
            layout.lines.append((x, y, x, y + 0.14))
            ends.append(_branch(layout, x - CARD / 2, y + 0.14, branches[name], marks, leaders))
        y = max(ends) + 0.2
    layout.width = max(layout.width, left + many * (CARD + GAP) - GAP)
    return y - 0.06


def _branch(
    layout: Layout, x: float, y: float, paths: list[tuple[str, ...]], marks: dict, leaders: dict
) -> float:
    """One branch: a card for each part, those further down indented; returns where it ends."""
    leaves = set(paths)
    for part in dict.fromkeys(path[:level] for path in paths for level in range(1, len(path) + 1)):
        first, leaf = len(part) == 1, part in leaves
        indent = 0.14 * (len(part) - 1)
        left, wide = x + indent + PAD, CARD - indent - 2 * PAD
        own = [("lead", theme.INK)] * leaders.get(" / ".join(part), 0) + marks.get((part, ()), [])
        words = wrap(part[-1], wide, bold=first)
        # A short name and few people share one line, but for teams at the top: they keep the
        # place that people need.
        need = long(part[-1], bold=first) + across(len(own)) + 0.06
        one = not (first and leaf) and len(words) == 1 and need <= wide
        rows = 0 if one else -(-len(own) // fitting(wide))
        below = y + PAD + len(words) * LINE
        tall = below - y + PAD + (-0.06 if one else rows * PITCH + 0.05 if rows else 0)
        middle = y + PAD + len(words) * LINE / 2 - (0.03 if one else 0)
        fill, edge = PAPER if leaf else "white", theme.MAIN if first else theme.FAINT
        layout.box(x + indent, y, wide + 2 * PAD, tall, fill=fill, edge=edge)
        layout.text(left, middle, "\n".join(words), bold=first)
        if one:
            layout.people(left + wide - across(len(own)), middle - DOT, wide, own)
        else:
            layout.people(left, below + 0.05, wide, own)
        y += tall + (0.05 if one else 0.07)
    return y


def _across(layout: Layout, design: OrgDesign, y: float, leaders: dict[str, int]) -> None:
    """Cross-cutting teams side by side and partners as bars, below all the others."""
    bars = []
    for step, (team, people) in enumerate(design.support.items()):
        color, name = HELPERS[step % len(HELPERS)], team + " (embedded)" * design.embedded
        own = [("lead", theme.INK)] * leaders.get(team, 0) + [("square", color)] * len(people)
        bars.append((name, own, color, long(name) + across(len(own)) + 2 * PAD + 0.1))
    while bars:
        row = [bars.pop(0)]
        while bars and sum(need + GAP for *_, need in row) + bars[0][-1] <= layout.width:
            row.append(bars.pop(0))
        more = max(layout.width + GAP - sum(need + GAP for *_, need in row), 0) / len(row)
        x = 0.0
        for name, own, color, need in row:
            wide = need + more
            layout.box(x, y, wide, 0.32, edge=color)
            layout.text(x + PAD, y + 0.16, name)
            layout.people(x + wide - PAD - across(len(own)), y + 0.16 - DOT, wide, own)
            x += wide + GAP
        y += 0.4
    for department, phases in design.partners.items():
        met = " and ".join(phases)
        words = f"{capital(department)}, outside CS: meets customers in {met}"
        layout.box(0, y, max(layout.width, long(words) + 2 * PAD), 0.32, dashed=True)
        layout.text(PAD, y + 0.16, words)
        y += 0.4
