"""Play with the conventions: which of them moves which figure, and how much?"""

from __future__ import annotations

from functools import cache

from cstoolkit.controls import Panel, choice, slider
from cstoolkit.data.company import Company
from cstoolkit.indicators import plots as pictures
from cstoolkit.indicators.conventions import Conventions, settle
from cstoolkit.indicators.retention import switches


def panel(company: Company) -> Panel:
    """The figures of the last twelve months, and what each other convention would make of them.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> sorted(panel(cs.load_company()).controls)
    ['annualise', 'denominator', 'figure', 'grace', 'netting']
    """
    start = settle(company, None)

    @cache
    def table(conventions: Conventions):
        return switches(company, company.as_of, conventions=conventions)

    def draw(figure: str, netting: str, grace: int, denominator: str, annualise: bool) -> tuple:
        conventions = Conventions(
            netting=netting, grace_days=grace, denominator=denominator, annualise=annualise
        )
        found = table(conventions)
        return pictures.switches(found, figure), f"{pictures.switches_finding(found, figure)}."

    words = pictures.WORDS
    return Panel(
        draw,
        {
            "figure": choice("figure", {name: key for key, name in words["measure"].items()}),
            "netting": choice(words["convention"]["netting"], ["customer", "product"]),
            "grace": slider(words["convention"]["grace_days"], start.grace_days, 0, 90, step=15),
            "denominator": choice(
                words["convention"]["denominator"],
                {"customers of the first day": "opening", "mean of both": "average", "due": "due"},
            ),
            "annualise": choice(words["convention"]["annualise"], {"yes": True, "no": False}),
        },
    )
