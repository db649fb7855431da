"""How long customers stay in a main phase, where they go next, and what work they get there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import checks, survival
from cstoolkit.data.company import MONTH_DAYS, Company, checked
from cstoolkit.data.contract import PHASES, TIERS
from cstoolkit.days import NEVER, apart, dates, day, days, joint
from cstoolkit.lifecycle.journeys import Journeys, covering, positions
from cstoolkit.lifecycle.phasing import JOURNEY, PhaseRules, intervals, main_phase

CHURNED = "churned"
STATES = (*JOURNEY, CHURNED)
"""The states of a journey: the four phases, and having left, which ends it."""

START = "start"
"""Where a journey comes from."""

OUTSIDE = "not a customer"
"""Work for somebody who was not a customer on that day: before the start, or after leaving."""

NO_TIER = "no tier"

_DAYS = ("from_day", "to_day")


def spells(company: Company, rules: PhaseRules | None = None) -> pd.DataFrame:
    """Every journey cut into spells of its main phase, as known on `company.as_of`.

    Spells of one journey follow each other without gap; a journey after a reactivation begins anew
    at day 0.

    Parameters
    ----------
    company : Company
    rules : PhaseRules, optional
        Their `precedence` decides which phase is the main one.

    Returns
    -------
    DataFrame
        One row a spell, in the order customer, journey, start: customer_id, journey, state (ordered
        category of ``STATES``), starts_on, ends_on (exclusive; empty: still so), from_day and
        to_day
        (days since the journey's start; `to_day` is the day after `as_of` where the spell is still
        open), next (the state that followed; missing: not known, that is censored: still open, or
        the customer's end may yet turn out a late renewal, see ``Company.spans``).

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"customer_id": ["a"]})
    >>> contracts = pd.DataFrame({"customer_id": ["a"], "starts_on": ["2024-01-01"],
    ...                           "ends_on": ["2025-01-01"], "arr": [1200]})
    >>> one = Company.from_tables(name="One", currency="EUR", as_of="2025-06-30",
    ...                           contracts=contracts, customers=customers)
    >>> for row in spells(one)[["state", "from_day", "to_day", "next"]].to_numpy().tolist():
    ...     print(*row)
    onboarding 0 100 adoption
    adoption 100 276 renewal
    renewal 276 366 churned
    """
    rules = rules or PhaseRules()
    journeys = Journeys.of(company)
    found = intervals(company, journeys, rules)
    end = np.minimum(journeys.end, day(company.as_of) + 1)
    # The main phase can change where a phase begins or ends.
    parts = [found[phase] for phase in JOURNEY]
    key = np.concatenate([part.journey for part in parts for _ in range(2)])
    turn = np.concatenate([days_ for part in parts for days_ in (part.start, part.end)])
    inside = (turn >= journeys.start[key]) & (turn < end[key])
    key, turn = apart(np.unique(joint(key[inside], turn[inside])))
    phase = main_phase(found, key, turn, rules)
    changed = np.ones(len(key), bool)
    changed[1:] = (key[1:] != key[:-1]) | (phase[1:] != phase[:-1])
    key, turn = key[changed], turn[changed]
    state = phase[changed] - PHASES.index(JOURNEY[0])
    last = np.append(key[1:] != key[:-1], True)[: len(key)]
    stop = np.where(last, journeys.end[key], np.append(turn[1:], NEVER)[: len(key)])
    left = np.where((stop < NEVER) & ~journeys.pending[key], STATES.index(CHURNED), -1)
    after = np.where(last, left, np.append(state[1:], -1)[: len(key)])
    begun = journeys.start[key]
    return pd.DataFrame(
        {
            "customer_id": journeys.names(journeys.customer[key]),
            "journey": journeys.number[key],
            "state": pd.Categorical.from_codes(state, STATES, ordered=True),
            "starts_on": dates(turn),
            "ends_on": dates(stop),
            "from_day": turn - begun,
            "to_day": np.minimum(stop, end[key]) - begun,
            "next": pd.Categorical.from_codes(after, STATES, ordered=True),
        }
    )


def flows(
    spells: pd.DataFrame,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Who moved from where to where.

    The law of flows: what came into a state less what went out of it is what it gained.

    Parameters
    ----------
    spells : DataFrame
        What :func:`spells` gives.
    start, end : str or Timestamp, optional
        Moves from day `start` on and before day `end`; by default all.

    Returns
    -------
    DataFrame
        One row a move that happened: source ("start": a journey began), target, moves, customers
        (different ones), median_days (spent in the source before; missing for start).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> year = flows(cs.lifecycle.spells(cs.load_company()), "2025-01-01", "2026-01-01")
    >>> year.columns.to_list()
    ['source', 'target', 'moves', 'customers', 'median_days']
    """
    _check(spells, "customer_id", "state", "starts_on", "ends_on", "next", *_DAYS)
    begun, moved = spells[spells["from_day"] == 0], spells[spells["next"].notna()]
    began = {"source": START, "target": begun["state"], "on": begun["starts_on"], "days": np.nan}
    went = {"source": moved["state"], "target": moved["next"], "on": moved["ends_on"]}
    went["days"] = (moved["to_day"] - moved["from_day"]).astype(float)
    order = pd.CategoricalDtype([START, *STATES], ordered=True)
    parts = ((begun, began), (moved, went))
    table = pd.concat(
        pd.DataFrame({"customer_id": rows["customer_id"], **columns}).astype(
            {"source": order, "target": order}
        )
        for rows, columns in parts
    )
    if start is not None:
        table = table[table["on"] >= pd.Timestamp(start)]
    if end is not None:
        table = table[table["on"] < pd.Timestamp(end)]
    rows = table.groupby(["source", "target"], observed=True)
    return rows.agg(
        moves=("customer_id", "size"),
        customers=("customer_id", "nunique"),
        median_days=("days", "median"),
    ).reset_index()


def history(spells: pd.DataFrame, as_of: str | pd.Timestamp) -> pd.DataFrame:
    """Entries, exits and customers in every main phase, month by month, up to the month of `as_of`.

    Laws: inside = inside of the month before + entries - exits, and `inside` adds up to the live
    customers. An exit counts in the month of the first day outside.

    Parameters
    ----------
    spells : DataFrame
        What :func:`spells` gives.
    as_of : str or Timestamp
        The day of the company, ``company.as_of``.

    Returns
    -------
    DataFrame
        One row a month and phase: month (its first day), phase, entries, exits, inside (at the end
        of the month's last day, or of `as_of`).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> company = cs.load_company()
    >>> table = history(cs.lifecycle.spells(company), company.as_of)
    >>> int(table.tail(4)["inside"].sum()) == len(company.snapshot())
    True
    """
    _check(spells, "state", "starts_on", "ends_on")
    last = pd.Timestamp(as_of).to_period("M")
    first = spells["starts_on"].min()
    months = pd.period_range(last if pd.isna(first) else first.to_period("M"), last, freq="M")
    index = pd.MultiIndex.from_product([months, JOURNEY], names=["month", "phase"])
    counts = pd.DataFrame(index=index)
    for name, column in (("entries", "starts_on"), ("exits", "ends_on")):
        rows = spells[spells[column].notna()]
        size = rows.groupby([rows[column].dt.to_period("M"), rows["state"].astype("str")]).size()
        counts[name] = size.reindex(index, fill_value=0).to_numpy()
    net = counts["entries"] - counts["exits"]
    result = counts.assign(inside=net.groupby("phase").cumsum()).reset_index()
    phase = result["phase"].astype(pd.CategoricalDtype(JOURNEY, ordered=True))
    return result.assign(month=result["month"].dt.to_timestamp(), phase=phase)


def time_in_phase(spells: pd.DataFrame) -> pd.DataFrame:
    """How long a spell of each phase lasts, those still open counted as "at least so long".

    Parameters
    ----------
    spells : DataFrame
        What :func:`spells` gives.

    Returns
    -------
    DataFrame
        One row a phase: state, spells, open, median_days with low and high (95%; missing where half
        of them have not ended within what was observed), and mean_ended: the mean over the spells
        that have ended, the figure that flatters since long ones are still open.

    References
    ----------
    Kaplan and Meier (1958); Brookmeyer and Crowley (1982) for the interval, log-log.
    """
    _check(spells, "state", "next", *_DAYS)
    rows = spells[["state"]].assign(
        days=spells["to_day"] - spells["from_day"], ended=spells["next"].notna()
    )
    ended = rows["days"].where(rows["ended"]).groupby(rows["state"], observed=True)
    table = rows.groupby("state", observed=True).agg(
        spells=("ended", "size"), open=("ended", lambda ended: (~ended).sum())
    )
    if len(rows):
        middle = survival.median(survival.curve(rows["days"], rows["ended"], rows["state"]))
        middle = middle.set_index("group")[["days", "low", "high"]].astype("float64")
        table = table.join(middle.rename(columns={"days": "median_days"}))
    else:
        table = table.reindex(columns=["spells", "open", "median_days", "low", "high"])
    return table.assign(mean_ended=ended.mean()).reset_index()


def _check(table: pd.DataFrame, *needed: str) -> None:
    checks.columns("spells", table, needed, "lifecycle.spells(company) has them.")


def effort(company: Company, *by: str, rules: PhaseRules | None = None) -> pd.DataFrame:
    """Hours of CS work by phase and tier, against the time that customers spent there.

    The phase is the customer's main one on the day of the work, whatever the activity itself was
    booked under. *Structural*: it counts what is recorded.

    Parameters
    ----------
    company : Company
    by : str
        Some of phase, tier, kind (of activity); phase and tier unless named otherwise.
    rules : PhaseRules, optional

    Returns
    -------
    DataFrame
        One row a combination: the columns of `by`, hours, share (of all hours), customer_months
        (spent in that phase and tier since the first recorded work), hours_per_month (hours for one
        customer and month in it); the last two are missing for work outside the time as a customer.

    Raises
    ------
    MissingData
        Without ``activities.hours``.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> table = effort(cs.load_company(), "phase")
    >>> table.columns.to_list(), round(float(table["share"].sum()), 6)
    (['phase', 'hours', 'share', 'customer_months', 'hours_per_month'], 1.0)
    """
    checked(company).need(activities=["hours"])
    by = by or ("phase", "tier")
    for name in by:
        checks.one_of("effort", "by", name, ("phase", "tier", "kind"))
    rules = rules or PhaseRules()
    work = company.activities[company.activities["hours"].notna()]
    where = _Whereabouts(company, rules)
    customer, date = where.journeys.numbers(work["customer_id"]), days(work["happened_on"])
    work = work.assign(phase=where.phase(customer, date), tier=where.tier(customer, date))
    result = work.groupby(list(by), observed=True).agg(hours=("hours", "sum")).reset_index()
    result["share"] = result["hours"] / result["hours"].sum()
    spent = _time(company, rules, work["happened_on"].min())
    over = [name for name in by if name != "kind"]
    if over:
        spent = spent.groupby(over, observed=True)["customer_months"].sum().reset_index()
        result = result.merge(spent, on=over, how="left")
    else:
        result["customer_months"] = spent["customer_months"].sum()
    return result.assign(hours_per_month=result["hours"] / result["customer_months"])


def variance_explained(
    company: Company, *, rules: PhaseRules | None = None, replications: int = 500, seed: int = 0
) -> pd.DataFrame:
    """How far the phase decides the hours a customer gets: "all treated alike" as a number.

    Of the variance of monthly hours between customer-months, the share explained by the phase (eta
    squared = sum over phases of n_p (m_p - m)^2 / sum of (h - m)^2). 0: hours do not depend on the
    phase, customers are treated alike; 1: the phase decides all. Within one tier, since high touch
    gets more in every phase. The phase is that on the customer's last live day of the month; months
    since the first recorded work. *Structural*: it describes what was done, not whether it was
    right.

    Parameters
    ----------
    company : Company
    rules : PhaseRules, optional
    replications, seed : int
        Of the bootstrap over customers.

    Returns
    -------
    DataFrame
        One row a tier and one for "all": tier, customer_months, hours_per_month, explained, low,
        high (95%), busiest, quietest (phase), ratio (hours a month in the busiest / in the
        quietest; missing if that is 0).

    Raises
    ------
    MissingData
        Without ``activities.hours``.
    """
    checked(company).need(activities=["hours"])
    checks.count("variance_explained", "replications", replications, least=1)
    months = customer_months(company, rules or PhaseRules())
    rng = np.random.default_rng(seed)
    parts = [*months.groupby("tier", observed=True), ("all", months)]
    return pd.DataFrame([_explained(tier, rows, replications, rng) for tier, rows in parts])


class _Whereabouts:
    """In which main phase and tier customers (by number) were on days (counted from 1970)."""

    def __init__(self, company: Company, rules: PhaseRules) -> None:
        self.journeys, self.rules = Journeys.of(company), rules
        self.found = intervals(company, self.journeys, rules)
        tiers = company.tiers
        who, start = self.journeys.numbers(tiers["customer_id"]), days(tiers["starts_on"])
        order = np.argsort(joint(who, start), kind="stable")
        self.tiers = (who[order], start[order], days(tiers["ends_on"])[order])
        self.touch = positions(tiers["tier"], pd.Index(TIERS))[order]

    def phase(self, customer: np.ndarray, date: np.ndarray) -> pd.Categorical:
        journey = self.journeys.within(customer, date)
        place = main_phase(self.found, journey, date, self.rules) - PHASES.index(JOURNEY[0])
        place = np.where(journey < 0, len(JOURNEY), place)
        return pd.Categorical.from_codes(place, [*JOURNEY, OUTSIDE], ordered=True)

    def tier(self, customer: np.ndarray, date: np.ndarray) -> pd.Categorical:
        who, start, end = self.tiers
        row = covering(joint(who, start), who, end, joint(customer, date), customer, date)
        touch = np.append(self.touch, len(TIERS))[row]
        return pd.Categorical.from_codes(touch, [*TIERS, NO_TIER], ordered=True)


def _time(company: Company, rules: PhaseRules, since: pd.Timestamp) -> pd.DataFrame:
    """Months spent in each phase and tier since that day: phase, tier, customer_months."""
    after = company.as_of + pd.Timedelta(days=1)
    stays = spells(company, rules)[["customer_id", "state", "starts_on", "ends_on"]]
    stays = stays.fillna({"ends_on": after}).rename(columns={"state": "phase"})
    stays["starts_on"] = stays["starts_on"].clip(lower=since)
    stays = stays[stays["ends_on"] > stays["starts_on"]].reset_index(names="stay")
    whole = (stays["ends_on"] - stays["starts_on"]).dt.days
    tiers = company.tiers.rename(columns={"starts_on": "tier_from", "ends_on": "tier_to"})
    both = stays.merge(tiers.fillna({"tier_to": after}), on="customer_id")
    shared = both[["ends_on", "tier_to"]].min(axis=1) - both[["starts_on", "tier_from"]].max(axis=1)
    both["days"] = shared.dt.days.clip(lower=0)
    rest = (
        whole - both.groupby("stay")["days"].sum().reindex(stays["stay"], fill_value=0).to_numpy()
    )
    both = pd.concat([both, stays.assign(tier=NO_TIER, days=rest)[rest > 0]])
    for name, order in (("phase", JOURNEY), ("tier", TIERS)):
        kinds = [*order, OUTSIDE if name == "phase" else NO_TIER]
        both[name] = pd.Categorical(both[name].astype("str"), kinds, ordered=True)
    months = both.groupby(["phase", "tier"], observed=True)["days"].sum() / MONTH_DAYS
    return months.rename("customer_months").reset_index()


def customer_months(company: Company, rules: PhaseRules) -> pd.DataFrame:
    """One row a live customer and month: customer, phase and tier on its last live day, hours.

    A customer that left and came back within a month has one row for it: the later journey's.
    """
    work = company.activities[company.activities["hours"].notna()]
    where = _Whereabouts(company, rules)
    journeys = where.journeys
    first = work["happened_on"].min().to_period("M").to_timestamp()
    starts = days(pd.date_range(first, company.as_of, freq="MS").to_numpy())
    ends = np.append(starts[1:], NEVER)
    stop = np.minimum(journeys.end, day(company.as_of) + 1)
    parts = []
    for start, end in zip(starts, ends, strict=True):
        own = np.flatnonzero((journeys.start < end) & (stop > start))
        parts.append(
            (journeys.customer[own], np.full(len(own), start), np.minimum(end, stop[own]) - 1)
        )
    customer, month, date = (np.concatenate(part) for part in zip(*parts, strict=True))
    rows = pd.DataFrame({"customer": customer, "month": month, "date": date})
    rows = rows.drop_duplicates(["customer", "month"], keep="last")
    done = pd.DataFrame(
        {
            "customer": journeys.numbers(work["customer_id"]),
            "month": starts[np.searchsorted(starts, days(work["happened_on"]), side="right") - 1],
            "hours": work["hours"].to_numpy(),
        }
    )
    hours = done.groupby(["customer", "month"], as_index=False)["hours"].sum()
    rows = rows.merge(hours, on=["customer", "month"], how="left").fillna({"hours": 0.0})
    customer, date = rows["customer"].to_numpy(), rows["date"].to_numpy()
    return rows.assign(phase=where.phase(customer, date), tier=where.tier(customer, date))


def _explained(tier: str, rows: pd.DataFrame, replications: int, rng: np.random.Generator) -> dict:
    """Eta squared of one tier, with the percentile interval of a bootstrap over customers."""
    sums = rows.assign(square=rows["hours"] ** 2)
    cells = sums.groupby(["customer", "phase"], observed=True).agg(
        months=("hours", "size"), hours=("hours", "sum")
    )
    wide = cells.unstack("phase").fillna(0.0)
    months, hours = wide["months"].to_numpy(float), wide["hours"].to_numpy()
    square = sums.groupby("customer")["square"].sum().to_numpy()

    def eta(weight: np.ndarray) -> float:
        size, total = weight @ months, weight @ hours
        middle = total.sum() ** 2 / size.sum()
        between = np.divide(total**2, size, out=np.zeros(len(size)), where=size > 0).sum() - middle
        whole = weight @ square - middle
        return between / whole if whole > 0 else np.nan

    size = len(square)
    draws = [eta(rng.multinomial(size, np.full(size, 1 / size))) for _ in range(replications)]
    # Where all hours are the same there is nothing to explain.
    draws = [draw for draw in draws if draw == draw] or [np.nan]
    low, high = np.quantile(draws, [0.025, 0.975])
    mean = rows.groupby("phase", observed=True)["hours"].mean()
    return {
        "tier": tier,
        "customer_months": len(rows),
        "hours_per_month": rows["hours"].mean(),
        "explained": eta(np.ones(size)),
        "low": low,
        "high": high,
        "busiest": mean.idxmax(),
        "quietest": mean.idxmin(),
        "ratio": mean.max() / mean.min() if mean.min() > 0 else np.nan,
    }
