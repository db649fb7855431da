"""Draw the floors of the package: `python tools/architecture.py` writes docs/architecture.svg from the list below.

The list is the one that tests/test_layout.py checks all imports against, so that the picture cannot be wrong.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from cstoolkit.course import TOPICS

FLOORS = (
    (
        "_lazy",
        "course",
        "days",
        "checks",
        "stats",
        "survival",
        "assumptions",
        "reference",
        "tables",
    ),
    ("data",),
    *((topic,) for topic in TOPICS),
    ("theme",),
    ("display",),
    ("export",),
    ("controls", "exercises"),
    ("a topic's plots",),
    ("a topic's panels", "a topic's exercises"),
)
"""From the ground up: a module imports from its own floor and from those below, never from one above."""

APART = ("synthesis",)
"""Imports what it likes of the company's data, and nothing else imports it."""

PLACE = Path(__file__).parent.parent / "docs" / "architecture.svg"
WIDTH, HIGH, GAP = 720, 34, 6
GROUND, MODEL, SHOWN, APART_INK = "#DCE9F3", "#F6E7C8", "#E3F1EA", "#EEEEEE"


def picture() -> str:
    """The floors as SVG, the ground at the bottom."""
    rows = [("notebooks and your own programs", "#FFFFFF")]
    rows += [(",  ".join(rooms), _colour(rooms)) for rooms in reversed(FLOORS)]
    high = len(rows) * (HIGH + GAP) + 50
    told = "The floors of the package: each imports from those below it, none from those above."
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" '
        f'font-family="sans-serif" font-size="14" role="img" aria-label="{told}">',
        f"<title>{told}</title>",
        f'<rect width="{WIDTH}" height="{high}" fill="white"/>',
    ]
    for at, (words, colour) in enumerate(rows):
        top = 8 + at * (HIGH + GAP)
        parts.append(
            f'<rect x="8" y="{top}" width="{WIDTH - 170}" height="{HIGH}" rx="4" fill="{colour}" stroke="#767676"/>'
        )
        parts.append(f'<text x="20" y="{top + 22}" fill="#222222">{escape(words)}</text>')
    low = 8 + len(rows) * (HIGH + GAP)
    parts.append(
        f'<rect x="{WIDTH - 150}" y="{low - 2 * (HIGH + GAP)}" width="140" height="{HIGH}" rx="4" '
        f'fill="{APART_INK}" stroke="#767676" stroke-dasharray="4"/>'
    )
    parts.append(
        f'<text x="{WIDTH - 138}" y="{low - 2 * (HIGH + GAP) + 22}" fill="#222222">{APART[0]} (apart)</text>'
    )
    for line, words in enumerate(
        (
            "A file imports from its own floor and from those below.",
            "Blue: common ground. Sand: models. Green: what is shown.",
        )
    ):
        parts.append(f'<text x="8" y="{low + 20 + 20 * line}" fill="#222222">{words}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _colour(rooms: tuple[str, ...]) -> str:
    if rooms[0] in TOPICS:
        return MODEL
    return GROUND if FLOORS.index(rooms) < 2 else SHOWN


if __name__ == "__main__":
    PLACE.write_text(picture(), encoding="utf-8")
