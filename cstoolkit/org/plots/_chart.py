"""Org charts: first a layout in inches, then the drawing, so that five people and sixty are laid
out by the same few rules."""

from __future__ import annotations

from matplotlib.axes import Axes

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


@theme.style()
def chart(design: OrgDesign, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """The organisation chart: the reporting line on top, below it the teams with their people, at
    the foot the cross-cutting teams.

    A blue dot is a person at the main post, a hollow one somebody who has it elsewhere and serves
    here too; a black dot is a leader that the design needs (``org.managers``), a square a support
    person, in the colour of the own team. A matrix is drawn as a grid, the hierarchy across and the
    crossing axes down. The picture is as large as the design needs; `ax` draws into axes of your
    own instead, at their scale.
    """
    layout = sheet(design)
    if ax is None:
        ax = place(
            theme.figure(layout.width + 2 * EDGE, layout.height + TITLE + EDGE, layout=None), layout
        )
    draw(ax, layout)
    theme.finish(ax, finding(design) if title is None else title, grid="")
    return ax


def place(figure, layout: Layout) -> Axes:
    """Axes at the upper left of the figure that hold the layout at its own scale, so that text fits
    the boxes."""
    width, height = figure.get_size_inches()
    wide, tall = layout.width + 0.1, layout.height + 0.1
    return figure.add_axes(
        ((EDGE - 0.05) / width, 1 - (TITLE - 0.05 + tall) / height, wide / width, tall / height)
    )


def sheet(design: OrgDesign) -> Layout:
    """Where everything stands, in inches."""
    layout = Layout()
    leaders = _leaders(design)
    y = _above(layout, design)
    right = layout.width
    lay = grid if design.matrix else _tree
    y = lay(layout, design, y, marks_of(design), leaders)
    _key(layout, design, right, leaders)
    _across(layout, design, y, leaders)
    return layout


def finding(design: OrgDesign) -> str:
    """The chart's title: what is divided by what, and how many people that leaves to a part."""
    people = len({who for unit in design.units for who in unit.people})
    parts = len({unit.path for unit in design.units})
    if design.is_today:
        return f"Today: {_many(parts, 'team')}, {_many(people, 'person')} with customers"
    words = capital(design.composition if design.axes or design.matrix else "all-rounders").replace(
        " > ", ", then "
    )
    if not people:
        return f"{words}: {_many(parts, 'team')}, nobody placed"
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
    plural = {"person": "people", "team": "teams", "group lead": "group leads"}[what]
    return f"{count} {what if count == 1 else plural}"


def _leaders(design: OrgDesign) -> dict[str, int]:
    """How many leaders each team needs, by its name; none where nobody is placed, and none for
    today, whose leaders are people with posts of their own."""
    if design.is_today or not any(unit.people for unit in design.units):
        return {}
    led = managers(design)
    return dict(zip(led["team"], led["leaders"]))


def marks_of(design: OrgDesign) -> dict[tuple, list[tuple]]:
    """What is drawn for the people of every unit, by path and cross."""
    colors = {
        who: HELPERS[place % len(HELPERS)]
        for place, each in enumerate(design.support)
        for who in each.people
    }
    beside = design.embedded.groupby("team")["person_id"].agg(list).to_dict()
    marks: dict[tuple, list[tuple]] = {}
    for unit in design.units:
        own = [("person" if who in unit.at_home else "shared", theme.MAIN) for who in unit.people]
        own.sort()
        own += [("square", colors[who]) for who in beside.pop(unit.team, [])]
        marks[unit.path, unit.cross] = own
    return marks


def _above(layout: Layout, design: OrgDesign) -> float:
    """The reporting line, with the peers beside it; returns where the organisation begins."""
    y, tall, wide = 0.0, 0.34, CARD
    line = design.reporting
    for step, name in enumerate(line.chain):
        if step:
            layout.lines.append((wide / 2, y - 0.16, wide / 2, y))
        layout.box(
            0, y, wide, tall, fill=theme.INK if name == line.head else "white", edge=theme.INK
        )
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
                own = long(peer) + 0.3
                layout.lines += [
                    (wide / 2, y - 0.08, x + own / 2, y - 0.08),
                    (x + own / 2, y - 0.08, x + own / 2, y),
                ]
                layout.box(x, y, own, tall, edge=theme.FAINT)
                layout.text(x + own / 2, y + tall / 2, peer, align="center", color=theme.MUTED)
                x += own + GAP
        y += tall + 0.16
    return y


def _key(layout: Layout, design: OrgDesign, right: float, leaders: dict[str, int]) -> None:
    """What the marks mean, in the corner beside the reporting line, which is free in every
    chart."""
    kinds = {kind for _, _, kind, _ in layout.dots}
    said = [("person", theme.MAIN, "a person, at the main post")] if "person" in kinds else []
    if "shared" in kinds:
        said.append(("shared", theme.MAIN, "serves here too"))
    if design.support:
        said.append(
            (
                "square",
                HELPERS[0],
                "supports the teams" + (", embedded" if "square" in kinds else ""),
            )
        )
    if design.is_today and design.leads:
        said.append(("", "", f"not drawn: {len(design.leads)} people who lead"))
    elif leaders:
        groups = leaders.get("group leads", 0)
        teams = sum(leaders.values()) - groups - 1
        words = [f"{teams} in the teams"] if teams else []
        words += [_many(groups, "group lead")] if groups else []
        said.append(
            ("lead", theme.INK, "leaders: the head" + "".join(f", {each}" for each in words))
        )
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
    drawn: set[tuple[str, ...]] = set()
    leaves = set(paths)
    for path in paths:
        for level in range(1, len(path) + 1):
            part = path[:level]
            if part in drawn:
                continue
            drawn.add(part)
            indent = 0.14 * (level - 1)
            left, wide = x + indent + PAD, CARD - indent - 2 * PAD
            own = [("lead", theme.INK)] * leaders.get(" / ".join(part), 0) + marks.get(
                (part, ()), []
            )
            words = wrap(part[-1], wide, bold=level == 1)
            # A short name and few people share one line, but for teams at the top: they keep the
            # place that people need.
            need = long(part[-1], bold=level == 1) + across(len(own)) + 0.06
            one = (level > 1 or part not in leaves) and len(words) == 1 and need <= wide
            rows = 0 if one else -(-len(own) // fitting(wide))
            tall = (
                2 * PAD
                + len(words) * LINE
                + (rows * PITCH + 0.05 if rows else 0)
                - (0.06 if one else 0)
            )
            middle = y + PAD + len(words) * LINE / 2 - (0.03 if one else 0)
            fill, edge = (
                PAPER if part in leaves else "white",
                theme.MAIN if level == 1 else theme.FAINT,
            )
            layout.box(x + indent, y, wide + 2 * PAD, tall, fill=fill, edge=edge)
            layout.text(left, middle, "\n".join(words), bold=level == 1)
            if one:
                layout.people(left + wide - across(len(own)), middle - DOT, wide, own)
            else:
                layout.people(left, y + PAD + len(words) * LINE + 0.05, wide, own)
            y += tall + (0.05 if one else 0.07)
    return y


def _across(layout: Layout, design: OrgDesign, y: float, leaders: dict[str, int]) -> None:
    """Cross-cutting teams side by side and partners as bars, below all the others."""
    names = [each.name + (" (embedded)" if each.embedded else "") for each in design.support]
    marks = [
        [("lead", theme.INK)] * leaders.get(each.name, 0)
        + [("square", HELPERS[step % len(HELPERS)])] * len(each.people)
        for step, each in enumerate(design.support)
    ]
    bars = [
        (name, own, long(name) + across(len(own)) + 2 * PAD + 0.1)
        for name, own in zip(names, marks)
    ]
    while bars:
        row = [bars.pop(0)]
        while bars and sum(need + GAP for *_, need in row) + bars[0][2] <= layout.width:
            row.append(bars.pop(0))
        more = max(layout.width + GAP - sum(need + GAP for *_, need in row), 0) / len(row)
        x = 0.0
        for name, own, need in row:
            wide = need + more
            layout.box(
                x,
                y,
                wide,
                0.32,
                edge=next((color for kind, color in own if kind == "square"), theme.MUTED),
            )
            layout.text(x + PAD, y + 0.16, name)
            layout.people(x + wide - PAD - across(len(own)), y + 0.16 - DOT, wide, own)
            x += wide + GAP
        y += 0.4
    for each in design.partners:
        phases = " and ".join(each.phases)
        words = f"{capital(each.department)}, outside CS: meets customers in {phases}"
        layout.box(0, y, max(layout.width, long(words) + 2 * PAD), 0.32, dashed=True)
        layout.text(PAD, y + 0.16, words)
        y += 0.4
