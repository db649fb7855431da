"""Play with a rebalance: how even, how many may move, which locks and walls, who leaves?"""

from __future__ import annotations

from cstoolkit import books
from cstoolkit.books import plots as pictures
from cstoolkit.books import words
from cstoolkit.controls import Panel, choice, slider
from cstoolkit.data.company import Company

NOBODY_LEAVES = "nobody"
ROUNDS = 5
"""Fewer than usual, so that a slider's answer comes at once."""

LOCKS = {"all": None, "renewals only": ("moved", "risk"), "none": ("renewal", "moved", "risk")}
"""The locks that are taken off, by what is left."""
WALLS = {"tier and region": ("tier", "region"), "tier": ("tier",)}
MEASURES = {name: code for code, name in words.WORDS["measures"].items()}


def panel(company: Company, today: books.Today | None = None) -> Panel:
    """The plan for a company's books, before and after.

    >>> import cstoolkit as cs
    >>> shown = panel(cs.load_company())
    >>> sorted(shown.controls)
    ['even', 'leaver', 'locks', 'measure', 'most', 'walls']
    """
    start = today or books.today(company)
    size = len(start.customers)

    def draw(even: float, most: int, locks: str, walls: str, leaver: str, measure: str) -> tuple:
        case = start.unlocked(*LOCKS[locks]) if LOCKS[locks] else start
        if leaver != NOBODY_LEAVES:
            case = case.without(leaver)
        usual = books.Bands()
        plan = books.balance(
            case.customers,
            case.people,
            case.current,
            bands=usual.times(even / usual.hours),
            match=WALLS[walls],
            most=most,
            rounds=ROUNDS,
        )
        told = [f"{words.finding(plan, measure)}.", words.left(plan), f"{words.gap(plan)}."]
        return pictures.loads(plan, measure), " ".join(filter(None, told))

    top = max(20, min(size // 4, 300))
    return Panel(
        draw,
        {
            "even": slider("hours off fair share", 0.05, 0.02, 0.4, unit="share", step=0.01),
            "most": slider("moves at most", top, 0, top),
            "locks": choice("locks", list(LOCKS)),
            "walls": choice("keep apart by", list(WALLS)),
            "leaver": choice("who leaves", [NOBODY_LEAVES, *start.people["person_id"]]),
            "measure": choice("show", MEASURES),
        },
    )
