"""Two decisions with a break-even: a regional office, and outsourcing the work of an empty post.

S1 names closeness and an edge over competitors (stage 5), and says that a delay in hiring loses
revenue (stage 3). It gives no figures: those here are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.assumptions import assumption, fields
from cstoolkit.data.company import Company

CONTACT = ("csm", "customer success manager")
"""What the role of somebody who holds a book of customers is called, in posts (lower case)."""


@dataclass(frozen=True, kw_only=True)
class RegionalOffice:
    """What an office costs and what closeness brings; all figures are ours, to be replaced.

    Examples
    --------
    >>> RegionalOffice(margin=75)
    Traceback (most recent call last):
    ValueError: RegionalOffice: margin is a share above 0 and up to 1, got 75. For 75% write 0.75.
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
        0.02, unit="share", low=0.0, high=0.06, says="local ARR a year that closeness keeps"
    )
    won: float = assumption(
        0.03, unit="share", low=0.0, high=0.1, says="local ARR a year won from competitors"
    )
    margin: float = assumption(
        0.75, unit="share", low=0.6, high=0.9, says="what is left of ARR after serving it"
    )
    travel: float = assumption(
        150, unit="currency a year", low=0, high=1_000, says="travel saved with one local customer"
    )

    def __post_init__(self) -> None:
        for name in ("fixed", "person", "travel", "least_people"):
            checks.number("RegionalOffice", name, getattr(self, name), least=0)
        for name in ("saved", "won"):
            checks.share("RegionalOffice", name, getattr(self, name), zero=True)
        checks.share("RegionalOffice", "margin", self.margin)
        checks.number("RegionalOffice", "customers_per_person", self.customers_per_person, above=0)
        half = "A person at half the cost is -0.5."
        checks.number("RegionalOffice", "premium", self.premium, above=-1, fix=half)

    def gain(self, arr: float | np.ndarray) -> float | np.ndarray:
        """What closeness brings a year with one local customer of that ARR (currency)."""
        return arr * self.margin * (self.saved + self.won) + self.travel


def office_net(
    customers: float | np.ndarray, arr: float | np.ndarray, office: RegionalOffice
) -> float | np.ndarray:
    """What an office brings a year over serving its customers from where CS is now.

    The people it needs would otherwise sit elsewhere, so that only their extra cost counts, and the
    idle time of an office that is smaller than its least number of people. *Structural*.

    Parameters
    ----------
    customers : float or array
        Local customers.
    arr : float or array
        Their mean ARR (currency a year).
    office : RegionalOffice

    Returns
    -------
    float or array
        Currency a year.
    """
    needed = customers / office.customers_per_person
    there = np.maximum(needed, office.least_people)
    extra = there * office.person * (1 + office.premium) - needed * office.person
    return customers * office.gain(arr) - extra - office.fixed


def break_even(arr: float | np.ndarray, office: RegionalOffice | None = None) -> float | np.ndarray:
    """Local customers from which on a regional office pays; infinite where it never does.

    Below ``least_people x customers_per_person`` customers each further one fills idle time; above
    it each brings its gain less the premium of its share of a person. Where that premium eats the
    whole gain, an office that pays does so up to a size only; see the `net` of
    :func:`regional_office`. *Structural*: arithmetic of the assumptions.

    Parameters
    ----------
    arr : float or array
        Mean ARR of the local customers (currency a year).
    office : RegionalOffice, optional

    Returns
    -------
    float or array

    Examples
    --------
    >>> office = RegionalOffice(
    ...     fixed=50_000, least_people=0, premium=0, travel=0, saved=0.05, won=0, margin=1
    ... )
    >>> break_even(20_000, office)
    50.0
    """
    office = office or RegionalOffice()
    gain = office.gain(np.asarray(arr, float))
    share = office.person / office.customers_per_person
    full = office.least_people * office.customers_per_person
    slope = gain - office.premium * share
    people = office.least_people * office.person * (1 + office.premium)
    with np.errstate(divide="ignore", invalid="ignore"):
        idle = (office.fixed + people) / (gain + share)
        filled = np.where(slope > 0, office.fixed / slope, np.inf)
    found = np.where(idle <= full, idle, filled)
    return found if found.ndim else float(found)


def regional_office(company: Company, office: RegionalOffice | None = None) -> pd.DataFrame:
    """An office in each region with live customers.

    Parameters
    ----------
    company : Company
        With customers.region.
    office : RegionalOffice, optional

    Returns
    -------
    pandas.DataFrame
        One row a region, the largest first: region, customers, arr, arr_mean (currency a year),
        people (in CS there now; NaN: not on record), growth (customers, share a year), break_even
        (customers), net (currency a year), years_to_break_even (at that growth; 0: reached, NaN:
        not at this growth), verdict (pays, too few customers yet, never pays on these assumptions).

    References
    ----------
    S1, stage 5 (docs/sources.md). *Structural*; whether closeness keeps customers is assumed here.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> regional_office(cs.load_company())["region"].iloc[0]
    'Japan East'
    """
    company.need(customers=["region"])
    office = office or RegionalOffice()
    live = company.snapshot().groupby("region")["arr"]
    frame = live.agg(customers="size", arr="sum", arr_mean="mean").reset_index()
    frame["people"] = np.nan
    if company.has("people", "region"):
        people = company.open("people")["region"].value_counts()
        frame["people"] = frame["region"].map(people).fillna(0.0)
    before = company.snapshot(company.as_of - pd.DateOffset(months=12))["region"].value_counts()
    frame["growth"] = frame["customers"] / frame["region"].map(before) - 1
    frame["break_even"] = break_even(frame["arr_mean"].to_numpy(), office)
    frame["net"] = office_net(frame["customers"], frame["arr_mean"], office)
    ratio = frame["break_even"] / frame["customers"]
    grows = (frame["growth"] > 0) & np.isfinite(ratio)
    years = np.log(ratio.where(grows)) / np.log1p(frame["growth"].where(grows))
    frame["years_to_break_even"] = years.where(ratio > 1, 0.0)
    frame["verdict"] = np.select(
        [frame["net"] >= 0, np.isinf(frame["break_even"])],
        ["pays", "never pays on these assumptions"],
        "too few customers yet",
    )
    return frame.sort_values("customers", ascending=False, ignore_index=True)


def office_swing(arr: float, office: RegionalOffice | None = None) -> pd.DataFrame:
    """How far each assumption, moved alone over its range, moves the break-even.

    Parameters
    ----------
    arr : float
        Mean ARR of the local customers (currency a year).
    office : RegionalOffice, optional

    Returns
    -------
    pandas.DataFrame
        assumption, says, unit, low, high (of the assumption), at_low, at_high (customers, infinite:
        never), base, swing; the widest first.
    """
    office = office or RegionalOffice()
    rows = []
    for field in fields(office):
        row = {"assumption": field.name, **field.metadata, "base": break_even(arr, office)}
        for end in ("low", "high"):
            moved = replace(office, **{field.name: row[end]})
            row[f"at_{end}"] = break_even(arr, moved)
        rows.append(row | {"swing": abs(row["at_high"] - row["at_low"])})
    columns = ["assumption", "says", "unit", "low", "high", "at_low", "at_high", "base", "swing"]
    frame = pd.DataFrame(rows)[columns]
    return frame.sort_values("swing", ascending=False, ignore_index=True, kind="stable")


@dataclass(frozen=True, kw_only=True)
class Vacancy:
    """What an empty post loses, what outsourced work costs; all figures are ours."""

    months: float = assumption(
        4, unit="months", low=1, high=9, says="how long the post stays empty"
    )
    churn: float = assumption(
        0.05, unit="share", low=0.0, high=0.15, says="ARR a year lost more where nobody looks"
    )
    expansion: float = assumption(
        0.02, unit="share", low=0.0, high=0.08, says="ARR a year not won as upsell or cross-sell"
    )
    lasting: float = assumption(
        2.0, unit="years", low=1.0, high=4.0, says="for how long ARR lost now is missing"
    )
    margin: float = assumption(
        0.75, unit="share", low=0.6, high=0.9, says="what is left of ARR after serving it"
    )
    pay: float = assumption(
        110_000,
        unit="currency a year",
        low=70_000,
        high=180_000,
        says="what the person would cost, all in",
    )
    price: float = assumption(
        1.5, unit="times", low=1.1, high=2.5, says="outsourced work, in times an own person's cost"
    )
    quality: float = assumption(
        0.7, unit="share", low=0.4, high=0.95, says="share of the loss that outsourced people avert"
    )
    start: float = assumption(
        6_000, unit="currency", low=0, high=30_000, says="finding and briefing outsourced people"
    )

    def __post_init__(self) -> None:
        for name in ("months", "lasting", "pay", "price", "start"):
            checks.number("Vacancy", name, getattr(self, name), least=0)
        for name in ("churn", "expansion", "margin", "quality"):
            checks.share("Vacancy", name, getattr(self, name), zero=True)

    def loss(self, arr: float) -> float:
        """What one month without anybody loses with a book of that ARR (currency)."""
        return arr / 12 * (self.churn + self.expansion) * self.lasting * self.margin


def vacancy(arr: float, terms: Vacancy | None = None) -> pd.DataFrame:
    """Month by month, what the empty post has cost so far: left open, or outsourced. *Structural*.

    Parameters
    ----------
    arr : float
        The book that nobody looks after (currency a year).
    terms : Vacancy, optional

    Returns
    -------
    pandas.DataFrame
        month (0 to the length of the vacancy), option (left open, outsourced), lost (margin lost),
        paid (to others), saved (pay not spent: the same in both), cost (lost + paid - saved);
        currency, cumulative.

    References
    ----------
    S1, stage 3 (docs/sources.md).

    Examples
    --------
    >>> end = vacancy(1_000_000).query("month == 4").set_index("option")
    >>> end["lost"].round().to_dict()
    {'left open': 35000.0, 'outsourced': 10500.0}
    """
    terms = terms or Vacancy()
    checks.number("vacancy", "arr", arr, least=0)
    month = np.unique(np.append(np.arange(0, np.floor(terms.months) + 1), terms.months))
    frame = pd.DataFrame({"month": month, "saved": terms.pay / 12 * month})
    lost = terms.loss(arr) * month
    paid = terms.start + terms.price * frame["saved"]
    left_open = frame.assign(option="left open", lost=lost, paid=0.0)
    outsourced = frame.assign(option="outsourced", lost=lost * (1 - terms.quality), paid=paid)
    both = pd.concat([left_open, outsourced], ignore_index=True)
    both["cost"] = both["lost"] + both["paid"] - both["saved"]
    return both[["month", "option", "lost", "paid", "saved", "cost"]]


def vacancy_break_even(terms: Vacancy | None = None) -> float:
    """The book from which on outsourcing is cheaper than leaving the post empty.

    Parameters
    ----------
    terms : Vacancy, optional

    Returns
    -------
    float
        Currency a year; infinite where outsourcing never is cheaper.

    Examples
    --------
    >>> both = vacancy(vacancy_break_even()).query("month == 4")["cost"]
    >>> bool(abs(both.iloc[0] - both.iloc[1]) < 1e-6)
    True
    """
    terms = terms or Vacancy()
    averted = terms.loss(1.0) * terms.months * terms.quality
    paid = terms.start + terms.price * terms.pay / 12 * terms.months
    return paid / averted if averted > 0 else float("inf")


def arr_per_csm(company: Company, roles: tuple[str, ...] = CONTACT) -> pd.DataFrame:
    """The book of one CSM on `as_of`, by team.

    Parameters
    ----------
    company : Company
        With posts and assignments.
    roles : tuple of str
        What a CSM's post is called, in lower case.

    Returns
    -------
    pandas.DataFrame
        team, csms, customers, arr (means of a book, currency a year), and a last row "all".
    """
    company.need(posts=["role"], assignments=["person_id"])
    posts = company.open("posts")
    posts = posts[posts["role"].str.casefold().isin(roles)].drop_duplicates(
        "person_id", keep="last"
    )
    held = company.open("assignments")[["customer_id", "person_id"]].drop_duplicates()
    held = held.merge(company.snapshot()[["customer_id", "arr"]], on="customer_id")
    book = held.groupby("person_id")["arr"].agg(customers="size", arr="sum")
    book = book.reindex(posts["person_id"], fill_value=0)
    book["team"] = posts["team"].fillna("no team").to_numpy()
    mean = {"csms": ("arr", "size"), "customers": ("customers", "mean"), "arr": ("arr", "mean")}
    teams = [book.groupby("team").agg(**mean), book.assign(team="all").groupby("team").agg(**mean)]
    return pd.concat(teams).reset_index()
