"""The chart of a matrix: the hierarchy across, the crossing axes down, people in the crossings."""

from __future__ import annotations

import itertools

from cstoolkit import theme
from cstoolkit.org import OrgDesign
from cstoolkit.org.plots._sheet import (
    CELL,
    DOT,
    LINE,
    PAPER,
    PITCH,
    Layout,
    across,
    fitting,
    long,
    wrap,
)


def grid(
    layout: Layout, design: OrgDesign, top: float, marks: dict, leaders: dict[str, int]
) -> float:
    """Columns are the parts of the hierarchy, rows what crosses them; returns where the grid
    ends."""
    columns = list(dict.fromkeys(unit.path for unit in design.units))
    rows = list(dict.fromkeys(unit.cross for unit in design.units))
    labels = [" x ".join(each).replace("_", " ") for each in rows]
    left = min(max(long(each, bold=True) for each in labels) + 0.15, 2.4)
    wide = min(max((layout.most - 0.2 - left) / len(columns), 0.3), 1.35)
    turned, grouped = wide < 0.95, len(columns[0]) > 1
    heads = [
        [path[-1].replace("_", " ")] if turned else wrap(path[-1], wide - 0.06, bold=True)
        for path in columns
    ]
    above = (
        max(long(words[0], bold=not grouped) for words in heads)
        if turned
        else max(len(words) for words in heads) * LINE
    )
    y = top + (LINE * 2 + 0.1 if grouped else 0.05)
    if grouped:
        _groups(layout, columns, left, wide, y - 0.1, leaders)
        y += PITCH if any(leaders.get(path[0], 0) for path in columns) else 0
    for step, words in enumerate(heads):
        x = left + (step + 0.5) * wide
        layout.text(
            x,
            y + above if turned else y + above / 2,
            "\n".join(words),
            bold=not grouped,
            align="center",
            turned=turned,
        )
    y += above + 0.1
    led = [leaders.get(" / ".join(path), 0) for path in columns]
    if any(led):
        for step, many in enumerate(led):
            x = left + (step + 0.5) * wide - across(many) / 2
            layout.people(x, y - 0.06, wide, [("lead", theme.INK)] * many)
        y += PITCH + 0.02
    per = fitting(wide - 0.16)
    for cross, label in zip(rows, labels):
        most = max(len(marks[path, cross]) for path in columns)
        words = wrap(label, left - 0.1, bold=True)
        tall = max(-(-most // per) * PITCH + 0.14, 0.3, len(words) * LINE + 0.06)
        layout.text(0, y + tall / 2, "\n".join(words), bold=True)
        for step, path in enumerate(columns):
            own = marks[path, cross]
            x = left + step * wide
            fill = PAPER if any(kind == "person" for kind, _ in own) else CELL
            layout.box(x + 0.02, y, wide - 0.04, tall - 0.04, fill=fill, edge="none")
            side = across(min(len(own), per))
            down = -(-len(own) // per) * PITCH - PITCH + 2 * DOT
            layout.people(x + (wide - side) / 2, y + (tall - 0.04 - down) / 2, side, own)
        y += tall
    layout.width = max(layout.width, left + wide * len(columns))
    return y + 0.1


def _groups(
    layout: Layout,
    columns: list[tuple[str, ...]],
    left: float,
    wide: float,
    y: float,
    leaders: dict,
) -> None:
    """The first names of the paths, once above all their columns, with their leaders."""
    for name, group in itertools.groupby(path[0] for path in columns):
        end = left + wide * len(list(group))
        layout.lines.append((left + 0.03, y, end - 0.03, y))
        words, middle = wrap(name, end - left - 0.06, bold=True), (left + end) / 2
        height = y - 0.04 - len(words) * LINE / 2
        layout.text(middle, height, "\n".join(words), bold=True, align="center")
        led = [("lead", theme.INK)] * leaders.get(name, 0)
        layout.people(middle - across(len(led)) / 2, y + 0.06, end - left, led)
        left = end
