"""Does a regional office pay?

The number of local customers from which on it does.  S1 names closeness and an edge over competitors; the figures are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cstoolkit.assumptions import assumption, check_number, fields
from cstoolkit.data.company import Company


@dataclass(frozen=True, kw_only=True)
class RegionalOffice:
    """What an office costs and what closeness is worth. Nobody published these figures: all are ours, to be replaced by the
    reader's own.

    >>> RegionalOffice(margin=75)
    Traceback (most recent call last):
    ValueError: RegionalOffice: margin is a number above 0 and up to 1, got 75. For 75% write 0.75.
    """

    fixed: float = assumption(
        60_000,
        unit="currency a year",
        low=15_000,
        high=200_000,
        says="rent, set-up and travel of the office",
    )
    person: float = assumption(
        110_000, unit="currency a year", low=70_000, high=180_000, says="one person in CS, all in"
    )
    premium: float = assumption(
        0.1, unit="share", low=-0.3, high=0.4, says="how much more a person costs there"
    )
    least_people: float = assumption(
        2, unit="people", low=1, high=4, says="the smallest office that stays open in holidays"
    )
    customers_per_person: float = assumption(
        45, unit="customers", low=15, high=110, says="local customers that one person looks after"
    )
    saved: float = assumption(
        0.02,
        unit="share",
        low=0.0,
        high=0.06,
        says="local ARR a year that closeness keeps from churning",
    )
    won: float = assumption(
        0.03,
        unit="share",
        low=0.0,
        high=0.1,
        says="local ARR a year won by an edge over competitors",
    )
    margin: float = assumption(
        0.75, unit="share", low=0.6, high=0.9, says="what is left of ARR after serving it"
    )
    travel: float = assumption(
        150, unit="currency a year", low=0, high=1_000, says="travel saved with one local customer"
    )

    def __post_init__(self) -> None:
        for name in ("fixed", "person", "travel"):
            check_number("RegionalOffice", name, getattr(self, name), least=0)
        for name in ("saved", "won"):
            value = getattr(self, name)
            check_number("RegionalOffice", name, value, least=0, most=1, mend=_mend(value))
        check_number(
            "RegionalOffice", "margin", self.margin, above=0, most=1, mend=_mend(self.margin)
        )
        check_number(
            "RegionalOffice",
            "premium",
            self.premium,
            above=-1,
            mend="A person at half the cost is -0.5.",
        )
        check_number("RegionalOffice", "customers_per_person", self.customers_per_person, above=0)
        check_number("RegionalOffice", "least_people", self.least_people, least=0)


def _mend(value: float) -> str:
    return (
        f"For {value:g}% write {value / 100:g}."
        if isinstance(value, (int, float)) and value > 1
        else ""
    )


def gain(arr: np.ndarray, office: RegionalOffice) -> np.ndarray:
    """What closeness is worth a year with one local customer of that ARR (currency)."""
    return np.asarray(arr, float) * office.margin * (office.saved + office.won) + office.travel


def office_net(customers: np.ndarray, arr: np.ndarray, office: RegionalOffice) -> np.ndarray:
    """What an office for so many local customers of that mean ARR brings a year over serving them from where CS is now (currency).

    The people it needs would otherwise sit elsewhere, so that only their extra cost counts, and the idle time of an office that is
    smaller than its least number of people.
    """
    customers = np.asarray(customers, float)
    needed = customers / office.customers_per_person
    there = np.maximum(needed, office.least_people)
    extra = there * office.person * (1 + office.premium) - needed * office.person
    return customers * gain(arr, office) - extra - office.fixed


def break_even(arr: float | np.ndarray, office: RegionalOffice | None = None) -> float | np.ndarray:
    """Local customers, of mean ARR `arr`, from which on a regional office pays; infinite where it never does.

    Below ``least_people x customers_per_person`` customers each further one fills idle time; above it each brings its gain less the
    premium of its share of a person. Where that premium eats the whole gain, an office that pays does so up to a size only; see
    the `net` of :func:`regional_office`. *Structural*: arithmetic of the assumptions.

    >>> office = RegionalOffice(fixed=50_000, least_people=0, premium=0, travel=0, saved=0.05, won=0, margin=1)
    >>> break_even(20_000, office)
    50.0
    """
    office = office or RegionalOffice()
    each = gain(arr, office)
    share = office.person / office.customers_per_person
    full = office.least_people * office.customers_per_person
    with np.errstate(divide="ignore", invalid="ignore"):
        idle = (office.fixed + office.least_people * office.person * (1 + office.premium)) / (
            each + share
        )
    slope = each - office.premium * share
    filled = np.where(slope > 0, office.fixed / np.where(slope > 0, slope, 1), np.inf)
    found = np.where(idle <= full, idle, filled)
    return float(found) if np.ndim(arr) == 0 else found


def regional_office(company: Company, office: RegionalOffice | None = None) -> pd.DataFrame:
    """An office in each region with live customers: customers, arr, arr_mean (currency a year), people (in CS there now; NaN:
    not on record), growth (customers, share a year), break_even (customers), net (currency a year), years_to_break_even (at
    that growth; 0: reached, NaN: not at this growth), verdict.

    Source: S1 (stage 5). *Structural*; whether closeness keeps customers is assumed here, not estimated.

    >>> import cstoolkit as cs
    >>> list(regional_office(cs.load_company())["region"])[:1]
    ['Japan East']
    """
    company.need(customers=["region"])
    office = office or RegionalOffice()
    live = company.snapshot().dropna(subset=["region"])
    frame = (
        live.groupby("region")["arr"]
        .agg(customers="size", arr="sum", arr_mean="mean")
        .reset_index()
    )
    people = company.people[
        (company.people["hired_on"] <= company.as_of)
        & ~(company.people["left_on"] <= company.as_of)
    ]
    count = people["region"].value_counts()
    frame["people"] = (
        frame["region"].map(count).fillna(0.0) if company.has("people", "region") else np.nan
    )
    before = company.snapshot(company.as_of - pd.DateOffset(months=12))["region"].value_counts()
    frame["growth"] = frame["customers"] / frame["region"].map(before) - 1
    frame["break_even"] = break_even(frame["arr_mean"].to_numpy(), office)
    frame["net"] = office_net(frame["customers"], frame["arr_mean"], office)
    ratio = frame["break_even"] / frame["customers"]
    grows = (frame["growth"] > 0) & np.isfinite(ratio)
    years = (np.log(ratio.where(grows)) / np.log1p(frame["growth"].where(grows))).clip(lower=0)
    frame["years_to_break_even"] = years.where(ratio > 1, 0.0)
    frame["verdict"] = np.select(
        [frame["net"] >= 0, np.isinf(frame["break_even"])],
        ["pays", "never pays on these assumptions"],
        "too few customers yet",
    )
    return frame.sort_values("customers", ascending=False, ignore_index=True)


def office_swing(arr: float, office: RegionalOffice | None = None) -> pd.DataFrame:
    """How far each assumption, moved alone over its range, moves the break-even:

    assumption, says, unit, low, high (of the assumption), at_low, at_high (customers, infinite: never), base, swing; the widest
    first.
    """
    office = office or RegionalOffice()
    base = break_even(arr, office)
    rows = []
    for field in fields(office):
        ends = [field.metadata["low"], field.metadata["high"]]
        at = [break_even(arr, replace(office, **{field.name: end})) for end in ends]
        moved = {
            "low": ends[0],
            "high": ends[1],
            "at_low": at[0],
            "at_high": at[1],
            "base": base,
            "swing": abs(at[1] - at[0]),
        }
        rows.append(
            {
                "assumption": field.name,
                "says": field.metadata["says"],
                "unit": field.metadata["unit"],
                **moved,
            }
        )
    return pd.DataFrame(rows).sort_values(
        "swing", ascending=False, ignore_index=True, kind="stable"
    )
