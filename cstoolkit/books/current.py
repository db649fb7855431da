"""A company's books as they are today: what is divided, among whom, and what must not move now."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks, health, staffing
from cstoolkit.assumptions import assumption
from cstoolkit.data.company import Company, MissingData, checked
from cstoolkit.staffing.customers import with_tiers

MONTHS = 12
"""The window of the hours recorded: the last 12 months to `as_of`."""

SERVES = 0.05
"""A team serves a tier or region that at least this share of its customers is in (ours)."""

BY_NAME = 0.5
"""A tier is looked after by name if at least this share of its customers has a contact: only then
does one without a contact miss one (ours)."""


@dataclass(frozen=True, kw_only=True)
class Locks:
    """Who must not change hands now; write 0 to leave a lock out.

    Examples
    --------
    >>> Locks(renewal_days=0).moved_days
    182
    """

    renewal_days: float = assumption(
        90, unit="days", low=0, high=180, says="days before a renewal", kind="amount"
    )
    health_below: float = assumption(
        35, unit="points", low=0, high=60, says="health score that counts as at risk", kind="points"
    )
    moved_days: float = assumption(
        182, unit="days", low=0, high=365, says="days after a change of hands", kind="amount"
    )

    def __post_init__(self) -> None:
        assumptions.check(self)


USUAL = Locks()


@dataclass(frozen=True, kw_only=True)
class Work:
    """How the hours of a customer and of a person are estimated."""

    own_months: float = assumption(
        6,
        unit="months",
        low=0,
        high=24,
        says="months of its tier's average that count beside a customer's own record",
        kind="amount",
    )
    renewals_months: float = assumption(
        6, unit="months", low=1, high=12, says="how far ahead a renewal is soon", kind="whole"
    )

    def __post_init__(self) -> None:
        assumptions.check(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class Today:
    """What ``books.balance`` takes, for one company and day.

    Attributes
    ----------
    customers, people, current
        As for ``books.balance``. `customers` has name, too, and `people` team.
    role : str
        The role whose books these are.
    basis : str
        What the figures rest on, in a sentence or two.
    """

    customers: pd.DataFrame
    people: pd.DataFrame
    current: pd.Series
    role: str
    basis: str

    def without(self, person: str) -> Today:
        """The same when somebody leaves: the book is to be divided among the others."""
        self._known(person)
        return replace(self, people=self.people[self.people["person_id"] != person])

    def hire(self, like: str, person: str = "new", *, hours: float | None = None) -> Today:
        """The same when somebody is hired who may hold what a colleague may hold.

        Parameters
        ----------
        like : str
            The colleague.
        person : str
            The new person's id.
        hours : float, optional
            A month for customers; default: as many as the colleague.
        """
        self._known(like)
        if person in set(self.people["person_id"]):
            raise ValueError(f"hire: {person!r} is there already; choose another person.")
        row = self.people[self.people["person_id"] == like].assign(person_id=person)
        if hours is not None:
            checks.positive("hire", hours=hours)
            row = row.assign(hours=hours)
        return replace(self, people=pd.concat([self.people, row], ignore_index=True))

    def unlocked(self, *codes: str) -> Today:
        """The same without these locks ("renewal", "risk", "moved"); where none is named, all."""
        lock = self.customers["lock"]
        kept = lock.where(~lock.isin(codes), "") if codes else ""
        return replace(self, customers=self.customers.assign(lock=kept))

    def _known(self, person: str) -> None:
        checks.one_of("today", "person", person, self.people["person_id"])


def today(
    company: Company,
    role: str | None = None,
    *,
    locks: Locks = USUAL,
    work: Work = Work(),
) -> Today:
    """The books of one role today.

    Parameters
    ----------
    company : Company
        With assignments. Without people their hours are those of ``staffing.Capacity``; without
        activities each customer's hours are those of the textbook plan for its tier.
    role : str, optional
        Of the assignments; default: the one that most live customers are looked after in.
    locks : Locks
    work : Work

    Returns
    -------
    Today
        `customers` are those looked after in the role, and those that nobody looks after in tiers
        where most have a contact: customer_id, name, arr, tier, region, industry, hours, renewals, renews_on (the next
        renewal), moved_on, lock, family (the top of its parents, where customers have a column
        parent_id; or their column family). `people` hold the role or a book: person_id, team,
        hours, tiers, regions (what their team looks after today), skills, away (0).

    Raises
    ------
    MissingData
        Without assignments to live customers, or where one person holds all.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> books = today(cs.load_company())
    >>> len(books.people), books.role, bool((books.customers["hours"] > 0).all())
    (13, 'csm', True)
    """
    checked(company).need(assignments=["customer_id", "person_id"])
    live = with_tiers(company.snapshot())
    given = company.open("assignments")
    given = given[given["customer_id"].isin(live["customer_id"])]
    if given.empty:
        raise MissingData(f"{company.name} has no data for this: it needs open assignments.")
    named = given["role"].fillna("")
    role = named.mode().sort_values().iloc[0] if role is None else role
    checks.one_of("today", "role", role, sorted(named.unique()))
    held = given[named == role].sort_values("starts_on", kind="stable")
    held = held.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    elsewhere = given["customer_id"][~given["customer_id"].isin(held.index)]
    customers = live[~live["customer_id"].isin(elsewhere)]
    mine = customers["customer_id"].isin(held.index)
    by_name = mine.groupby(customers["tier"].astype("str")).transform("mean") >= BY_NAME
    pooled = int((~mine & ~by_name).sum())
    customers = customers[mine | by_name].reset_index(drop=True)
    key = customers["customer_id"]
    people = _people(company, role, held["person_id"])
    if len(people) < 2:
        raise MissingData(
            f"{company.name} has no data for this: it needs two people in one role of assignments, "
            f"and the role {role!r} has {len(people)}."
        )
    customers = customers.assign(
        hours=_hours(company, customers, people["person_id"], work),
        moved_on=key.map(held["starts_on"]),
        family=_family(customers),
        **_renewals(company, key, int(work.renewals_months)),
    )
    customers["lock"] = _locks(company, customers, locks)
    people = people.assign(**_served(people, customers, held["person_id"]), away=0.0)
    basis = "Hours are those recorded in the last 12 months, mixed with the average of the tier."
    if not company.has("activities", "hours", "person_id"):
        basis = "No work is recorded: hours are those of a textbook plan for each tier."
    if not len(company.people):
        basis += " No working hours are known: everybody has those of a textbook."
    if pooled:
        basis += f" {pooled:,} customers have no contact of their own, like most of their tier."
    return Today(
        customers=customers, people=people, current=held["person_id"], role=role, basis=basis
    )


def _people(company: Company, role: str, holders: pd.Series) -> pd.DataFrame:
    """Who holds a book, or has the role and none yet, with hours for customers."""
    posts = company.open("posts").drop_duplicates("person_id", keep="last").set_index("person_id")
    there = company.open("people").set_index("person_id")
    ids = sorted(set(holders) | set(posts.index[posts["role"] == role]))
    if len(there):
        ids = [each for each in ids if each in there.index]
    capacity = staffing.Capacity()
    hours = there["hours"].reindex(ids).fillna(capacity.hours).to_numpy()
    return pd.DataFrame(
        {
            "person_id": ids,
            "team": posts["team"].reindex(ids).to_numpy(),
            "hours": hours * capacity.utilisation,
            "skills": there["skills"].reindex(ids).to_numpy(),
        }
    )


def _hours(company: Company, customers: pd.DataFrame, people: pd.Series, work: Work) -> np.ndarray:
    """Hours a month of each customer: its own record, drawn towards the average of its tier.

    Who has been here for m of the last 12 months and got h hours counts (h + k a) / (m + k), with
    a the average a month of the tier and k the months that it counts for.
    """
    tier = customers["tier"].astype("str")
    log = company.activities
    since = company.as_of - pd.DateOffset(months=MONTHS)
    log = log[(log["happened_on"] > since) & log["person_id"].isin(people)]
    got = log.groupby("customer_id")["hours"].sum().reindex(customers["customer_id"]).fillna(0.0)
    if not got.sum() > 0:
        plan = staffing.effort(company).groupby("tier")["hours"].sum()
        return tier.map(plan).fillna(plan.mean()).to_numpy(float)
    months = customers["tenure_months"].clip(1, MONTHS).to_numpy(float)
    sums = pd.DataFrame({"tier": tier, "got": got.to_numpy(), "months": months})
    mean = sums.groupby("tier")[["got", "months"]].sum()
    mean = tier.map(mean["got"] / mean["months"]).to_numpy(float)
    return (got.to_numpy() + work.own_months * mean) / (months + work.own_months)


def _renewals(company: Company, key: pd.Series, months: int) -> dict[str, pd.Series]:
    """The next renewal of each customer, and its ARR that comes up soon."""
    terms = company.renewals
    terms = terms[(terms["renews_on"] > company.as_of) & terms["signed_on"].isna()]
    soon = terms[terms["renews_on"] <= company.as_of + pd.DateOffset(months=months)]
    return {
        "renews_on": key.map(terms.groupby("customer_id")["renews_on"].min()),
        "renewals": key.map(soon.groupby("customer_id")["arr"].sum()).fillna(0.0),
    }


def _locks(company: Company, customers: pd.DataFrame, locks: Locks) -> np.ndarray:
    """The first lock that holds each customer; empty text where none does."""
    day, held = company.as_of, customers["moved_on"].notna()
    near = customers["renews_on"] <= day + pd.Timedelta(days=locks.renewal_days)
    fresh = customers["moved_on"] > day - pd.Timedelta(days=locks.moved_days)
    risk = pd.Series(False, index=customers.index)
    if company.has("usage") and locks.health_below:
        score = customers["customer_id"].map(company.kept(health.score)["score"])
        risk = score < locks.health_below
    chosen = [held & each for each in (near, risk, fresh)]
    return np.select(chosen, ["renewal", "risk", "moved"], "")


def _family(customers: pd.DataFrame) -> pd.Series:
    """The family of each customer: its column, or the top of its parents; missing: none."""
    if "family" in customers:
        return customers["family"]
    if "parent_id" not in customers:
        return pd.Series(None, index=customers.index, dtype=object)
    parent = customers.set_index("customer_id")["parent_id"].dropna()
    top = customers["customer_id"].astype(object)
    for _ in range(len(parent)):
        above = top.map(parent).fillna(top)
        if above.equals(top):
            break
        top = above
    return top.where(top.duplicated(keep=False))


def _served(people: pd.DataFrame, customers: pd.DataFrame, current: pd.Series) -> dict:
    """The tiers and regions that each person's team looks after today, joined by ``;``."""
    team = people["team"].astype(object).where(people["team"].notna(), people["person_id"])
    team = team.set_axis(people["person_id"])
    of_customer = customers["customer_id"].map(current).map(team)
    served = {}
    for name, column in (("tiers", "tier"), ("regions", "region")):
        shares = pd.crosstab(of_customer, customers[column].astype("str"), normalize="index")
        lists = {each: ";".join(row.index[row >= SERVES]) for each, row in shares.iterrows()}
        served[name] = [lists.get(each, "") for each in team]
    return served
