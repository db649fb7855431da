"""Two decisions with a break-even: a regional office, and outsourcing the work of an empty post.

S1 names closeness and an edge over competitors (stage 5), and says that a delay in hiring loses
revenue (stage 3). It gives no figures: those here are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks
from cstoolkit.data.company import Company, MissingData, checked

YEAR = pd.DateOffset(months=12)
CONTACT = ("csm", "customer success manager")
"""What the role of somebody who holds a book of customers is called, in posts (lower case)."""


_OFFICE, _VACANCY = (assumptions.read("stages", record) for record in ("RegionalOffice", "Vacancy"))


@dataclass(frozen=True, kw_only=True)
class RegionalOffice:
    """What an office costs and what closeness brings; all figures are ours, to be replaced.

    Examples
    --------
    >>> RegionalOffice(margin=75)
    Traceback (most recent call last):
    ValueError: RegionalOffice: margin is a share above 0 and up to 1, got 75. For 75% write 0.75.
    """

    fixed: float = _OFFICE["fixed"]
    person: float = _OFFICE["person"]
    premium: float = _OFFICE["premium"]
    least_people: float = _OFFICE["least_people"]
    customers_per_person: float = _OFFICE["customers_per_person"]
    saved: float = _OFFICE["saved"]
    won: float = _OFFICE["won"]
    margin: float = _OFFICE["margin"]
    travel: float = _OFFICE["travel"]

    def __post_init__(self) -> None:
        assumptions.check(self)
        half = "A person at half the cost is -0.5."
        checks.number("RegionalOffice", "premium", self.premium, above=-1, fix=half)

    def gain(self, arr: float | np.ndarray) -> float | np.ndarray:
        """What closeness brings a year with one local customer of that ARR (currency)."""
        return arr * self.margin * (self.saved + self.won) + self.travel


def office_net(
    customers: float | np.ndarray, arr: float | np.ndarray, office: RegionalOffice
) -> float | np.ndarray:
    """What an office brings a year over serving its customers from where CS is now (currency).

    The people it needs would otherwise sit elsewhere, so that only their extra cost counts, and the
    idle time of an office that is smaller than its least number of people. *Structural*.
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
    for each in np.ravel(arr):
        checks.number("break_even", "arr", each, least=0)
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


def closeness_keeps(
    company: Company, effect: Mapping[str, float] | None
) -> tuple[float, float, float]:
    """The share of ARR a year that closeness keeps, as the records have it.

    Parameters
    ----------
    company : Company
    effect : mapping or None
        A row of ``org.effects``, region_shared: `estimate`, `low`, `high` (log-odds of leaving
        where somebody assigned works in the customer's region); None where there is none.

    Returns
    -------
    saved, low, high : float
        Of the ARR of a year ago, what would not have left; below zero, more would. Missing where
        the effect could not be estimated, or nobody was a customer a year ago.
    """
    if effect is None:
        return (np.nan,) * 3
    before = checked(company).snapshot(company.as_of - YEAR).set_index("customer_id")["arr"]
    stayed = before.index.isin(company.snapshot()["customer_id"])
    lost = before[~stayed].sum() / before.sum() if before.sum() else np.nan
    odds = lost / (1 - lost) * np.exp([effect[name] for name in ("estimate", "high", "low")])
    saved, low, high = (float(lost - each / (1 + each)) for each in odds)
    return saved, low, high


def regional_office(
    company: Company,
    office: RegionalOffice | None = None,
    closeness: Mapping[str, float] | None = None,
    *,
    home: str | None = None,
) -> pd.DataFrame:
    """An office in each region with live customers, besides the head office's own.

    Only customers who are not looked after from their region can come closer. They are known from
    the assignments to people who work there; without assignments nobody counts as near.

    Parameters
    ----------
    company : Company
        With customers.region.
    office : RegionalOffice, optional
    closeness : mapping, optional
        A row of ``org.effects`` (region_shared), whose measured effect takes the place of
        ``office.saved``: see :func:`closeness_keeps`. What would be below zero counts as nothing.
    home : str, optional
        The head office's region; by default the one with most people in CS.

    Returns
    -------
    pandas.DataFrame
        One row a region, the largest first: region, customers (live), people (in CS there now; NaN:
        not on record), far (customers not looked after from there), arr_mean (theirs, currency a
        year), growth (customers, share a year), break_even (customers), net, net_low, net_high
        (currency a year, over the interval of what closeness keeps), won (share of local ARR a year
        that is assumed to be won from competitors), won_to_pay (what must be won for `net` to be 0;
        0: nothing), years_to_break_even (at that growth; 0: reached, NaN: not at this growth),
        verdict (head office, pays, cannot be told, too few customers yet, never pays on these
        assumptions). Whether a verdict rests on what is assumed: :func:`office_caveat`.

    References
    ----------
    S1, stage 5 (docs/sources.md). *Structural*; what closeness keeps is *estimated* where it is
    passed, what it wins is assumed.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> regional_office(cs.load_company())["verdict"].iloc[0]
    'head office'
    """
    checked(company).need(customers=["region"])
    office = office or RegionalOffice()
    saved = [office.saved] * 3
    if closeness is not None and not np.isnan(closeness["estimate"]):
        saved = np.clip(np.nan_to_num(closeness_keeps(company, closeness)), 0, 1)
    middle, *ends = (replace(office, saved=float(each)) for each in saved)
    frame = judge_offices(_regions(company, home), middle, *ends)
    return frame.sort_values("customers", ascending=False, ignore_index=True)


def _regions(company: Company, home: str | None) -> pd.DataFrame:
    """The regions with live customers: who is there, how far they are, how fast they grow."""
    live = company.snapshot().dropna(subset=["region"])
    if live.empty:
        raise MissingData(f"no live customer of {company.name} has a region on record.")
    live["near"] = live["customer_id"].isin(_near(company, live))
    frame = live.groupby("region")["near"].agg(customers="size", near="sum").reset_index()
    people = company.open("people")["region"].value_counts()
    known = company.has("people", "region")
    frame["people"] = frame["region"].map(people).fillna(0.0) if known else np.nan
    frame["far"] = frame["customers"] - frame["near"]
    mean = live.groupby("region")["arr"].mean()
    far = live[~live["near"]].groupby("region")["arr"].mean().reindex(mean.index).fillna(mean)
    frame["arr_mean"] = far.reindex(frame["region"]).to_numpy()
    before = company.snapshot(company.as_of - YEAR)["region"].value_counts()
    frame["growth"] = frame["customers"] / before.reindex(frame["region"]).to_numpy(float) - 1
    home = people.index[0] if home is None and len(people) else home
    return frame.assign(home=frame["region"] == home)


def _near(company: Company, live: pd.DataFrame) -> pd.Series:
    """Customers with somebody assigned who works in their region."""
    lives = company.people.set_index("person_id")["region"]
    held = company.open("assignments")[["customer_id", "person_id"]]
    held = held.merge(live[["customer_id", "region"]], on="customer_id")
    there = lives.reindex(held["person_id"]).to_numpy() == held["region"].to_numpy()
    return held.loc[there.astype(bool), "customer_id"]


def judge_offices(
    frame: pd.DataFrame, office: RegionalOffice, *ends: RegionalOffice
) -> pd.DataFrame:
    """The regions of a :func:`regional_office` on other terms.

    Parameters
    ----------
    frame : pandas.DataFrame
        With region, customers, people, far, arr_mean, growth, home.
    office : RegionalOffice
    *ends : RegionalOffice
        The same terms with both ends of what closeness keeps, if that was estimated.

    Returns
    -------
    pandas.DataFrame
        The same regions with break_even, net, net_low, net_high, won, won_to_pay,
        years_to_break_even and verdict.
    """
    columns = ["region", "customers", "people", "far", "arr_mean", "growth", "home"]
    frame = frame[columns].copy()
    frame["break_even"] = break_even(frame["arr_mean"].to_numpy(), office)
    for name, terms in zip(("net", "net_low", "net_high"), (office, *(ends or (office,) * 2))):
        frame[name] = office_net(frame["far"], frame["arr_mean"], terms)
    without = office_net(frame["far"], frame["arr_mean"], replace(office, won=0.0))
    frame["won"] = office.won
    frame["won_to_pay"] = (-without).clip(lower=0) / (
        frame["far"] * frame["arr_mean"] * office.margin
    )
    ratio = frame["break_even"] / frame["far"].where(frame["far"] > 0)
    grows = (frame["growth"] > 0) & np.isfinite(ratio) & (ratio > 1)
    years = np.log(ratio.where(grows)) / np.log1p(frame["growth"].where(grows))
    frame["years_to_break_even"] = years.where(ratio > 1, 0.0).where(frame["far"] > 0)
    frame["verdict"] = np.select(
        [
            frame["home"],
            frame["net_low"] >= 0,
            frame["net_high"] >= 0,
            np.isinf(frame["break_even"]),
        ],
        ["head office", "pays", "cannot be told", "never pays on these assumptions"],
        "too few customers yet",
    )
    gone = ["break_even", "net", "net_low", "net_high", "won_to_pay", "years_to_break_even"]
    frame.loc[frame["home"], gone] = np.nan
    return frame


def office_caveat(frame: pd.DataFrame) -> str:
    """What the verdicts of :func:`regional_office` rest on: a sentence, empty where nothing pays.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> frame = regional_office(cs.load_company(), RegionalOffice(saved=0.0, won=0.05))
    >>> office_caveat(frame).split(": ")[0]
    'That an office pays there rests on an assumption'
    """
    pays = frame[frame["verdict"] == "pays"]
    carried = pays[pays["won_to_pay"] > 0]
    if pays.empty:
        return ""
    if carried.empty:
        return "An office pays there even if it wins nothing from competitors."
    flips = ", ".join(f"{row.region} {row.won_to_pay:.1%}" for row in carried.itertuples())
    return (
        f"That an office pays there rests on an assumption: {pays['won'].iloc[0]:.1%} of local ARR "
        "a year won from competitors, which nobody has measured. "
        f"It stops paying where less is won than: {flips}."
    )


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
    checks.number("office_swing", "arr", arr, least=0)
    rows = []
    for field in assumptions.fields(office):
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

    months: float = _VACANCY["months"]
    churn: float = _VACANCY["churn"]
    expansion: float = _VACANCY["expansion"]
    lasting: float = _VACANCY["lasting"]
    margin: float = _VACANCY["margin"]
    pay: float = _VACANCY["pay"]
    price: float = _VACANCY["price"]
    quality: float = _VACANCY["quality"]
    start: float = _VACANCY["start"]

    def __post_init__(self) -> None:
        assumptions.check(self)

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


def arr_per_csm(company: Company) -> pd.DataFrame:
    """The book of one CSM on `as_of`, by team.

    Parameters
    ----------
    company : Company
        With posts and assignments. Where no post is called as :data:`CONTACT` says, those who have
        customers assigned count.

    Returns
    -------
    pandas.DataFrame
        team, csms, customers, arr (means of a book, currency a year), and a last row "all".
    """
    checked(company).need(posts=["role"], assignments=["person_id"])
    held = company.open("assignments")[["customer_id", "person_id"]].drop_duplicates()
    held = held.merge(company.snapshot()[["customer_id", "arr"]], on="customer_id")
    posts = company.open("posts")
    mine = posts["role"].str.casefold().isin(CONTACT)
    mine = mine if mine.any() else posts["person_id"].isin(held["person_id"])
    posts = posts[mine].drop_duplicates("person_id", keep="last")
    if posts.empty:
        raise MissingData(f"nobody at {company.name} has a post and customers to look after.")
    book = held.groupby("person_id")["arr"].agg(customers="size", arr="sum")
    book = book.reindex(posts["person_id"], fill_value=0)
    book["team"] = posts["team"].fillna("no team").to_numpy()
    mean = {"csms": ("arr", "size"), "customers": ("customers", "mean"), "arr": ("arr", "mean")}
    teams = [book.groupby("team").agg(**mean), book.assign(team="all").groupby("team").agg(**mean)]
    return pd.concat(teams).reset_index()
