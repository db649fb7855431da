"""A company as known on a day, as the arrays that a simulation starts from.

The estimates use the company's own records only: what customers bought, reached, used and received.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import staffing
from cstoolkit.data.company import MONTH_DAYS, Company, checked
from cstoolkit.data.contract import TIERS
from cstoolkit.days import NEVER, days
from cstoolkit.org.workload import work
from cstoolkit.simulator.mechanisms import GAMMA, PHASES, mixed

WEEKS_A_MONTH = MONTH_DAYS / 7
WEEKS_A_YEAR = 12 * WEEKS_A_MONTH
NOTICED = -0.4
"""A fall of use below the customer's own usual by so much (log) is taken for friction (ours)."""
SLIPPING = -0.15
"""A smaller fall is taken for a decline of engagement (ours)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """What a simulation starts from: those who are customers, and those who will sign.

    Attributes
    ----------
    company : Company
        As known on the first day.
    weeks : int
        How far new customers are prepared.
    customers : DataFrame
        One row a customer, those of today first: live (place among today's customers whose traits
        it has), start (week of signing; -1: a customer today), arr, products, tier, x60 (tens of
        points of fit from 60), size (log of employees against 120), form, age, due, term (weeks),
        open_ended, running, value (0 or 1), value_age, use and usual (log of the active share
        against 40% in the last two months and the last year; missing where unknown), known (share).
    plan : array of float, shape (3, 4)
        Hours a week that a customer gets, by tier and phase.
    occupancy : array of float, shape (3, 4)
        Share of the customers of a tier that were in a phase, over the last year.
    hours : Series
        By person: hours a week for customers where the records tell, else missing.
    hired, ops, marketing, others : float, bool, float, float
        People who came in net in the last year among those with customers; whether there is CS Ops;
        customer marketers; people without customers.
    """

    company: Company
    weeks: int
    customers: pd.DataFrame
    plan: np.ndarray
    occupancy: np.ndarray
    hours: pd.Series
    hired: float
    ops: bool
    marketing: float
    others: float

    def __len__(self) -> int:
        return len(self.customers)

    def __repr__(self) -> str:
        today = int((self.customers["start"] < 0).sum())
        return (
            f"World({self.company.name}, {self.company.as_of:%Y-%m-%d}: {today:,} customers, "
            f"{len(self) - today:,} to sign in {self.weeks} weeks)"
        )


def start(
    company: Company,
    date: str | pd.Timestamp | None = None,
    *,
    weeks: int = 104,
    new_a_year: float | None = None,
) -> World:
    """The company on a day, ready to be simulated.

    Parameters
    ----------
    company : Company
    date : str or Timestamp, optional
        Default: `as_of`. Nothing that became known later is used.
    weeks : int
        How far ahead customers are to sign.
    new_a_year : float, optional
        How many sign in a year; default: as many as in the year before. They are like those who
        signed in that year and are still there.

    Returns
    -------
    World

    Raises
    ------
    MissingData
        Where nobody is live, or nothing tells who the people are.
    """
    company = checked(company) if date is None else checked(company).at(date)
    live, plan, occupancy = company.kept(_today)
    people = work(company).people
    contact = people[people["part"] == "contact"]
    year = company.as_of - pd.DateOffset(years=1)
    signed = company.spans["starts_on"].gt(year).sum() if new_a_year is None else new_a_year
    gone = company.people["left_on"].gt(year) & company.people["hired_on"].le(year)
    hired = contact["hired_on"].gt(year).sum() - gone.sum() if len(contact) else 0.0
    helpers = people.loc[people["part"] == "support", "role"].astype("str")
    hours = contact.set_index("person_id")["hours"].astype("float64") / WEEKS_A_MONTH
    return World(
        company=company,
        weeks=weeks,
        customers=_with_new(live, float(signed), weeks),
        plan=plan,
        occupancy=occupancy,
        hours=hours,
        hired=float(max(hired, 0)),
        ops=bool(helpers.str.contains("ops").any()),
        marketing=float(helpers.str.contains("marketing").sum()),
        others=float(len(people) - len(contact)),
    )


def _today(company: Company) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Today's customers, their plan and their phases: gathered once a company."""
    live = _live(company)
    return live, *_plan(company, live)


def _live(company: Company) -> pd.DataFrame:
    """Today's customers, in the order of ``org.workload.work``."""
    snapshot = company.kept(Company.snapshot)
    found = work(company)
    now = int(days(np.array([company.as_of], "datetime64[D]"))[0])
    ids = found.ids
    open_ = company.open("contracts").sort_values("arr", kind="stable")
    main = open_.drop_duplicates("customer_id", keep="last").set_index("customer_id").reindex(ids)
    ends, begins = days(main["ends_on"]), days(main["starts_on"])
    length = ends - begins
    term = np.select([ends >= NEVER, length < 210, length > 550], [WEEKS_A_MONTH, 26.0, 104.0], 52)
    agreed = company.contracts[company.contracts["starts_on"] > company.as_of]
    renewed = agreed.groupby("customer_id")["ends_on"].max().reindex(ids)
    kind = main["kind"].astype("str").to_numpy()
    partial = np.isin(kind, ("upsell", "cross_sell")) & (length < 350)
    term = np.where(partial & (ends < NEVER), 52.0, term)
    due = np.where(ends >= NEVER, WEEKS_A_MONTH, np.maximum(np.ceil((ends - now) / 7), 1.0))
    # A successor that is signed already: the next decision is at its end.
    agreed_due = np.ceil((days(renewed) - now) / 7)
    due = np.where(renewed.notna() & (ends < NEVER), np.maximum(due, agreed_due), due)
    age = np.floor(snapshot["tenure_months"].to_numpy() * WEEKS_A_MONTH)
    value, value_age, running = _milestones(company, ids, age, now)
    use, usual = _use(company, ids)
    fit = company.fit().reindex(ids).to_numpy(dtype="float64")
    fit = np.where(np.isnan(fit), np.nanmean(fit) if np.isfinite(fit).any() else 60.0, fit)
    employees = pd.to_numeric(snapshot["employees"]).to_numpy(dtype="float64")
    size = np.log(np.where(employees > 0, employees, 120.0) / 120.0)
    tier = pd.Index(TIERS).get_indexer(snapshot["tier"].astype("str"))
    form = pd.Index(("self", "free", "paid")).get_indexer(snapshot["onboarding"].astype("str"))
    return pd.DataFrame(
        {
            "live": np.arange(len(ids)),
            "start": -1.0,
            "arr": snapshot["arr"].to_numpy(dtype="float64"),
            "products": np.minimum((found.held > 0).sum(axis=1), 2).clip(1).astype("float64"),
            "sellable": float(len(found.products) > 1),
            "tier": np.where(tier < 0, 1, tier),
            "x60": (fit - 60) / 10,
            "size": size,
            "form": np.where(form < 0, 1, form),
            "age": age,
            "due": due,
            "term": term,
            "open_ended": (ends >= NEVER).astype("float64"),
            "running": running,
            "value": value,
            "value_age": value_age,
            "use": use,
            "usual": usual,
            "known": _known(company, ids, now),
        }
    )


def _milestones(company: Company, ids: pd.Index, age: np.ndarray, now: int) -> tuple:
    """Value, the age at which it came, and in use or not; by age where no milestone is recorded."""
    if not company.has("milestones", "milestone"):
        return (age >= 26).astype(float), np.minimum(age, 26.0), (age >= 6).astype(float)
    rows = company.milestones
    begun = pd.Series(now - 7 * age, index=ids)
    day = pd.Series(days(rows["happened_on"]), index=rows.index)
    rows = rows[(day >= rows["customer_id"].map(begun) - 60).to_numpy()].assign(day=day)
    first = rows.groupby(["customer_id", "milestone"], observed=True)["day"].min().unstack()
    first = first.reindex(index=ids, columns=["live", "first_value", "basic_value"])
    valued = first["basic_value"].to_numpy(dtype="float64")
    value = ~np.isnan(valued)
    at = np.where(value, np.clip(np.floor((valued - begun.to_numpy()) / 7), 0, age), 0.0)
    return value.astype(float), at, first.notna().any(axis=1).to_numpy(dtype="float64")


def _use(company: Company, ids: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """Log of the active share against 40%: the last two months, and the year's median."""
    unknown = np.full(len(ids), np.nan)
    if not company.has("usage", "active_users", "seats"):
        return unknown, unknown
    rows = company.usage[company.usage["month"] > company.as_of - pd.DateOffset(months=13)]
    share = np.maximum(rows["active_users"], 0.5) / np.maximum(rows["seats"], 1) / 0.4
    rows = rows.assign(log=np.clip(np.log(share), -2, 1))
    recent = rows[rows["month"] > company.as_of - pd.DateOffset(months=3)]
    means = recent.groupby("customer_id")["log"].mean(), rows.groupby("customer_id")["log"].median()
    return tuple(each.reindex(ids).to_numpy(dtype="float64") for each in means)


def _known(company: Company, ids: pd.Index, now: int) -> np.ndarray:
    """What is known of each customer: regained since the last handoff, less where notes were not
    passed; all where no handoff is recorded."""
    known = np.full(len(ids), 0.95)
    if not company.has("assignments", "notes_passed"):
        return known
    rows = company.assignments[company.assignments["notes_passed"].notna()]
    last = rows.sort_values("starts_on", kind="stable").drop_duplicates("customer_id", keep="last")
    last = last.set_index("customer_id").reindex(ids)
    since = (now - days(last["starts_on"])) / 7
    kept = np.where(last["notes_passed"].fillna(True).to_numpy(dtype=bool), 0.75, 0.2)
    regained = 0.95 - (0.95 - kept) * np.exp(-0.08 * np.maximum(since, 0))
    return np.where(last["starts_on"].notna(), regained, known)


def _plan(company: Company, live: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Hours a week and customer by tier and phase, as given over the last year (else a textbook
    plan), and the share of customers in each phase."""
    occupancy = np.zeros((3, 4))
    np.add.at(occupancy, (live["tier"], _phase_now(live)), 1.0)
    there = np.maximum(occupancy, 0.25)
    share = there / there.sum(axis=1, keepdims=True)
    hours = np.zeros((3, 4))
    table = staffing.effort(company, months=12)
    for row in table.itertuples():
        tier = TIERS.index(row.tier) if row.tier in TIERS else 1
        work_of = {"emails": 1, "checkins": 1, "reviews": 1, "qualification": 0, "other": 1}
        place = PHASES.index(row.work) if row.work in PHASES else work_of.get(row.work, 1)
        hours[tier, place] += row.hours / WEEKS_A_MONTH
    plan = hours / share
    ongoing = hours[:, 1] / share[:, 1:].sum(axis=1)
    plan[:, 1] = ongoing
    plan[:, 2:] += ongoing[:, None]
    return plan, share


def _phase_now(live: pd.DataFrame) -> np.ndarray:
    """The phase of today's customers, by the conditions of ``mechanisms.phase``."""
    young = (live["value"] == 0) & (live["age"] < 26)
    late = (live["due"] <= 13) & (live["age"] >= 13) & (live["open_ended"] == 0)
    settled = (live["value"] > 0) & (live["age"] - live["value_age"] >= 26)
    return np.select([young, late, settled], [0, 2, 3], 1)


def _with_new(live: pd.DataFrame, a_year: float, weeks: int) -> pd.DataFrame:
    """Today's customers and those who will sign, evenly over the weeks."""
    many = int(a_year * weeks / WEEKS_A_YEAR)
    like = np.flatnonzero((live["age"] < 52) & (live["start"] < 0))
    like = like if len(like) else np.arange(len(live))
    turn = mixed(np.arange(many, dtype=np.uint64) * np.uint64(GAMMA % 2**63))
    new = live.iloc[like[(turn % np.uint64(len(like))).astype(np.int64)]].copy()
    week = np.floor(np.arange(many) * WEEKS_A_YEAR / max(a_year, 1e-9))
    new = new.assign(start=week, age=0.0, due=new["term"], running=0.0, value=0.0, value_age=0.0)
    new = new.assign(use=np.nan, usual=np.nan, known=0.95)
    return pd.concat([live, new], ignore_index=True)
