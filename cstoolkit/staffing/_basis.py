"""What a staffing answer rests on, in sentences: this company's own records, or a rule where it has none."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cstoolkit import stages
from cstoolkit.staffing._cost import OURS_IN
from cstoolkit.staffing._effort import effort, recorded
from cstoolkit.staffing._tiers import TierRule

if TYPE_CHECKING:
    from cstoolkit.data.company import Company


@dataclass(frozen=True, kw_only=True)
class Basis:
    """A sentence for each input: `tiers`, `hours`, `people`, `growth`, `money`. As text, all of them."""

    tiers: str
    hours: str
    people: str
    growth: str
    money: str

    def __str__(self) -> str:
        return " ".join(each for each in astuple(self) if each)


def basis(company: Company, *, months: int = 12, rule: TierRule | None = None) -> Basis:
    """Where ``base``, ``effort``, ``on_board``, ``growth`` and the costs take their figures from for this company.

    What is missing is named, with what stands in for it and how to give one's own.

    >>> import cstoolkit as cs
    >>> basis(cs.load_company()).tiers
    'Touch tiers are those of the company.'
    """
    snapshot = company.snapshot()
    return Basis(
        tiers=_tiers(int(snapshot["tier"].isna().sum()), len(snapshot), rule or TierRule()),
        hours=_hours(company, months),
        people="The people on board are those of its posts."
        if company.has("posts", "role")
        else "Who is on board is not known (no table posts): a hiring plan then starts from a full team.",
        growth=_growth(company, months),
        money=""
        if company.currency == OURS_IN
        else f"The costs assumed here are in {OURS_IN}, not in {company.currency}: amounts of money are not known until you give "
        f'staffing.Cost(..., currency="{company.currency}").',
    )


def _tiers(without: int, live: int, rule: TierRule) -> str:
    if not without:
        return "Touch tiers are those of the company."
    who = "No customer has" if without == live else f"{without:,} of {live:,} customers do not have"
    given = (
        "all get high touch, since they are so few (S1)"
        if stages.stage(live) == 1
        else f"they get one by ARR: {rule} (ours)"
    )
    return f"{who} a touch tier in the data; {given}. With your own limits: staffing.assign_tiers(customers, high=..., low=...)."


def _hours(company: Company, months: int) -> str:
    found = recorded(company, months)
    textbook = "a textbook plan (staffing.Effort: published for high touch, ours for the rest)"
    if found is None:
        return f"No hours of work are recorded in the last {months} months (activities.hours): the hours are those of {textbook}."
    rows = effort(company, months=months)
    silent = rows.loc[~rows["source"].str.startswith("activities"), "tier"].unique()
    says = f"Hours are those really given, {found[0]} to {found[-1]}"
    return f"{says}; for {', '.join(silent)} touch, of {textbook}." if len(silent) else f"{says}."


def _growth(company: Company, months: int) -> str:
    before = company.snapshot(company.as_of - pd.DateOffset(months=months))
    if len(before):
        return ""
    return f"Nobody was live {months} months before: how fast the base grows is not known."
