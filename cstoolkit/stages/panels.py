"""Play with two decisions: when does a regional office pay, what does an empty post cost?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cstoolkit import display, org, stages, theme
from cstoolkit.controls import Panel, choice, slider_for
from cstoolkit.data.company import Company
from cstoolkit.stages import plots


def panel(company: Company) -> Panel:
    """Regional offices: from how many local customers on does one pay, and where are there as many?

    Examples
    --------
    >>> import cstoolkit as cs
    >>> sorted(panel(cs.load_company()).controls)
    ['fixed', 'least_people', 'premium', 'saved', 'won']
    """
    start = stages.RegionalOffice()
    if not company.lacks(assignments=["person_id"]):
        near = org.effects(company).set_index("effect").loc["region_shared"]
        kept = stages.closeness_keeps(company, near)[0]
        start = replace(start, saved=min(max(kept, 0.0), 1.0)) if kept == kept else start
    regions = stages.regional_office(company, start)

    def draw(**values: float) -> tuple:
        frame = stages.judge_offices(regions, stages.RegionalOffice(**values))
        pays = frame[frame["verdict"] == "pays"]
        if pays.empty:
            said = display.sentence_of("On these assumptions an office pays **nowhere**.")
            return plots.offices(frame), said
        first = pays.loc[pays["net"].idxmax()]
        return plots.offices(frame), display.sentence_of(
            "An office pays in **{pays} of {all} regions** besides the head office's; most in "
            "{region}: {net} {currency} a year. {caveat}",
            caveat=stages.office_caveat(frame),
            pays=len(pays),
            all=int((~frame["home"]).sum()),
            region=first["region"],
            net=theme.short(first["net"]),
            currency=company.currency,
        )

    return Panel(
        draw,
        {
            "saved": slider_for(start, "saved", says="ARR a year kept from churning", step=0.005),
            "won": slider_for(start, "won", says="ARR a year won", step=0.005),
            "fixed": slider_for(start, "fixed", says="cost of the office"),
            "premium": slider_for(start, "premium", says="people cost more there by"),
            "least_people": slider_for(start, "least_people", says="smallest office"),
        },
    )


def vacancy(company: Company) -> Panel:
    """An empty post: leave it open or outsource its work? By the team whose book it is.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> "cheaper" in vacancy(cs.load_company()).sentence
    True
    """
    books = stages.arr_per_csm(company).set_index("team")["arr"]
    start = stages.Vacancy()

    def draw(team: str, **values: float) -> tuple:
        terms = stages.Vacancy(**values)
        frame = stages.vacancy(books[team], terms)
        even = stages.vacancy_break_even(terms)
        return plots.vacancy(frame), display.sentence_of(
            "With a book of {book} {currency}, **{option}** is cheaper; "
            "outsourcing pays from {even} on.",
            book=theme.short(books[team]),
            currency=company.currency,
            option="outsourcing" if books[team] > even else "leaving it open",
            even="no book" if np.isinf(even) else theme.short(even),
        )

    return Panel(
        draw,
        {
            "team": choice("book of", list(books.index)),
            "months": slider_for(start, "months", says="months empty", step=0.5),
            "churn": slider_for(start, "churn", says="ARR a year that leaves more", step=0.005),
            "quality": slider_for(start, "quality", says="loss averted by outsourcing", step=0.05),
            "price": slider_for(start, "price", says="price of outsourced work", step=0.1),
        },
    )
