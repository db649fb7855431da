"""Where did CS's hours really go, and were customers in different phases treated alike (S1's mistake)?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.company import MONTH_DAYS, Company
from cstoolkit.data.contract import PHASES, TIERS
from cstoolkit.days import NEVER, dates, day, days, joint
from cstoolkit.lifecycle._phases import intervals, main_of
from cstoolkit.lifecycle._rules import JOURNEY, PhaseRules
from cstoolkit.lifecycle._spells import spells
from cstoolkit.lifecycle._time import Journeys, codes

OUTSIDE = "not a customer"
"""Work for somebody who was not a customer on that day: before the start, or after leaving."""

NO_TIER = "no tier"


def effort(company: Company, *by: str, rules: PhaseRules | None = None) -> pd.DataFrame:
    """Hours of CS work by phase and tier, against the time that customers spent there.

    `by` is phase and tier unless named otherwise: some of phase, tier, kind (of activity). The phase is the customer's main one on the
    day of the work, by `rules`, whatever the activity itself was booked under. Returns one row a combination: the columns of `by`, hours,
    share (of all hours), customer_months (spent in that phase and tier since the first recorded work), hours_per_month (hours for one
    customer and month in it); the last two are missing for work outside the time as a customer.

    Raises MissingData without ``activities.hours``. *Structural*: it counts what is recorded.

    >>> import cstoolkit as cs
    >>> table = effort(cs.load_company(), "phase")
    >>> table.columns.to_list(), round(float(table["share"].sum()), 6)
    (['phase', 'hours', 'share', 'customer_months', 'hours_per_month'], 1.0)
    """
    company.need(activities=["hours"])
    by = by or ("phase", "tier")
    unknown = [each for each in by if each not in ("phase", "tier", "kind")]
    if unknown:
        raise ValueError(f"effort is told by phase, tier and kind, got {', '.join(unknown)}.")
    work = _work(company, rules or PhaseRules())
    result = work.groupby(list(by), observed=True).agg(hours=("hours", "sum")).reset_index()
    result["share"] = result["hours"] / result["hours"].sum()
    spent = _time(company, rules or PhaseRules(), work["happened_on"].min())
    over = [each for each in by if each != "kind"]
    if not over:
        return result.assign(
            customer_months=spent["months"].sum(),
            hours_per_month=result["hours"] / spent["months"].sum(),
        )
    spent = (
        spent.groupby(over, observed=True)["months"].sum().rename("customer_months").reset_index()
    )
    result = result.merge(spent, on=over, how="left")
    return result.assign(hours_per_month=result["hours"] / result["customer_months"])


def alike(
    company: Company, *, rules: PhaseRules | None = None, replications: int = 500, seed: int = 0
) -> pd.DataFrame:
    """How far the phase decides the hours a customer gets: S1's mistake (all treated alike) as a number.

    For each tier and for all: of the variance of monthly hours between customer-months, the share explained by the phase
    (eta squared = sum over phases of n_p (m_p - m)^2 / sum of (h - m)^2). 0: hours do not depend on the phase, customers are treated alike;
    1: the phase decides all. Within one tier, since high touch gets more in every phase. The phase is that on the customer's last
    live day of the month; months since the first recorded work.

    Returns one row a tier and one for "all": tier, customer_months, hours_per_month, explained, low, high (95%, bootstrap over
    customers, `replications` and `seed`), busiest, quietest (phase), ratio (hours a month in the busiest / in the quietest; missing if
    that is 0). *Structural*: it describes what was done, not whether it was right.
    """
    company.need(activities=["hours"])
    panel = _panel(company, rules or PhaseRules())
    rng = np.random.default_rng(seed)
    parts = [(tier, rows) for tier, rows in panel.groupby("tier", observed=True)]
    return pd.DataFrame(
        [_explained(name, rows, replications, rng) for name, rows in [*parts, ("all", panel)]]
    )


def _work(company: Company, rules: PhaseRules) -> pd.DataFrame:
    table = company.activities
    table = table[table["hours"].notna()]
    journeys = Journeys.of(company)
    customer, date = codes(table["customer_id"], journeys.ids), days(table["happened_on"])
    phase = _main(company, journeys, journeys.within(customer, date), date, rules)
    return table[["happened_on", "kind", "hours"]].assign(
        phase=phase, tier=_tier(company, journeys, customer, date)
    )


def _main(
    company: Company, journeys: Journeys, journey: np.ndarray, date: np.ndarray, rules: PhaseRules
) -> pd.Categorical:
    parts = {part[0]: part[1:4] for part in intervals(company, journeys, rules)}
    main = main_of(parts, journey, date, rules)
    place = np.append(pd.Index([*JOURNEY, OUTSIDE]).get_indexer(PHASES), len(JOURNEY))
    return pd.Categorical.from_codes(place[main], [*JOURNEY, OUTSIDE], ordered=True)


def _tier(
    company: Company, journeys: Journeys, customer: np.ndarray, date: np.ndarray
) -> pd.Categorical:
    tiers = company.tiers
    who, start, end = (
        codes(tiers["customer_id"], journeys.ids),
        days(tiers["starts_on"]),
        days(tiers["ends_on"]),
    )
    order = np.argsort(joint(who, start), kind="stable")
    found = np.full(len(customer), len(TIERS))
    if len(order):
        place = np.searchsorted(joint(who, start)[order], joint(customer, date), side="right") - 1
        row = order[np.maximum(place, 0)]
        inside = (place >= 0) & (who[row] == customer) & (date < end[row])
        found = np.where(inside, pd.Index(TIERS).get_indexer(tiers["tier"])[row], len(TIERS))
    return pd.Categorical.from_codes(found, [*TIERS, NO_TIER], ordered=True)


def _time(company: Company, rules: PhaseRules, since: pd.Timestamp) -> pd.DataFrame:
    """Months that customers spent in each phase and tier since that day."""
    after = company.as_of + pd.Timedelta(days=1)
    stays = spells(company, rules)[["customer_id", "state", "starts_on", "ends_on"]].fillna(
        {"ends_on": after}
    )
    stays["starts_on"] = stays["starts_on"].clip(lower=since)
    stays["months"] = (stays["ends_on"] - stays["starts_on"]).dt.days.clip(lower=0) / MONTH_DAYS
    tiers = company.tiers.rename(columns={"starts_on": "tier_from", "ends_on": "tier_to"}).fillna(
        {"tier_to": after}
    )
    both = stays.merge(tiers, on="customer_id")
    shared = both[["ends_on", "tier_to"]].min(axis=1) - both[["starts_on", "tier_from"]].max(axis=1)
    both["months"] = shared.dt.days.clip(lower=0) / MONTH_DAYS
    rest = (
        stays["months"].groupby(stays["state"], observed=False).sum()
        - both["months"].groupby(both["state"], observed=False).sum()
    )
    rest = rest.rename_axis("state").reset_index().assign(tier=NO_TIER)
    result = pd.concat(
        [both[["state", "tier", "months"]], rest[rest["months"] > 1e-6]], ignore_index=True
    )
    result["phase"] = pd.Categorical(
        result["state"].astype("str"), [*JOURNEY, OUTSIDE], ordered=True
    )
    result["tier"] = pd.Categorical(result["tier"].astype("str"), [*TIERS, NO_TIER], ordered=True)
    return result[["phase", "tier", "months"]]


def _panel(company: Company, rules: PhaseRules) -> pd.DataFrame:
    """One row a live customer and month: customer (number), phase and tier on its last live day of the month, hours."""
    work = company.activities[company.activities["hours"].notna()]
    months = pd.date_range(
        work["happened_on"].min().to_period("M").to_timestamp(), company.as_of, freq="MS"
    )
    bounds = days(months.to_numpy())
    journeys = Journeys.of(company)
    stop = np.minimum(journeys.end, day(company.as_of) + 1)
    first = np.maximum(np.searchsorted(bounds, journeys.start, side="right") - 1, 0)
    last = np.searchsorted(bounds, stop - 1, side="right") - 1
    size = np.maximum(last - first + 1, 0)
    journey = np.repeat(np.arange(len(journeys)), size)
    month = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + first[journey]
    date = np.minimum(np.append(bounds[1:], NEVER)[month], stop[journey]) - 1
    customer = journeys.customer[journey]
    key = customer * len(bounds) + month
    done = (
        codes(work["customer_id"], journeys.ids) * len(bounds)
        + np.searchsorted(bounds, days(work["happened_on"]), side="right")
        - 1
    )
    cells, place = np.unique(key, return_inverse=True)
    at = np.minimum(np.searchsorted(cells, done), len(cells) - 1)
    known = cells[at] == done
    hours = np.bincount(at[known], work["hours"].to_numpy()[known], minlength=len(cells))
    # A customer that left and came back within a month has one row for it: the later journey's.
    row = np.full(len(cells), -1)
    row[place] = np.arange(len(place))
    phase = _main(company, journeys, journey[row], date[row], rules)
    tier = _tier(company, journeys, customer[row], date[row])
    return pd.DataFrame(
        {
            "customer": customer[row],
            "month": dates(bounds)[month[row]],
            "phase": phase,
            "tier": tier,
            "hours": hours,
        }
    )


def _explained(name: str, rows: pd.DataFrame, replications: int, rng: np.random.Generator) -> dict:
    who = pd.factorize(rows["customer"])[0]
    phase, hours = rows["phase"].cat.codes.to_numpy(), rows["hours"].to_numpy()
    size, wide = who.max() + 1, len(rows["phase"].cat.categories)
    cell = who * wide + phase
    sums = [
        np.bincount(cell, weight, minlength=size * wide).reshape(size, wide)
        for weight in (None, hours)
    ]
    square = np.bincount(who, hours**2, minlength=size)[:, None]
    table = np.hstack([*sums, square]).astype(float)
    draws = [
        _share(rng.multinomial(size, np.full(size, 1 / size)) @ table, wide)
        for _ in range(replications)
    ]
    low, high = np.nanquantile(draws, [0.025, 0.975])
    months, total = table[:, :wide].sum(axis=0), table[:, wide : 2 * wide].sum(axis=0)
    mean = pd.Series(
        total[months > 0] / months[months > 0], index=rows["phase"].cat.categories[months > 0]
    )
    return {
        "tier": name,
        "customer_months": len(rows),
        "hours_per_month": hours.mean(),
        "explained": _share(table.sum(axis=0), wide),
        "low": low,
        "high": high,
        "busiest": mean.idxmax(),
        "quietest": mean.idxmin(),
        "ratio": mean.max() / mean.min() if mean.min() > 0 else np.nan,
    }


def _share(sums: np.ndarray, wide: int) -> float:
    """Eta squared from counts, sums and the sum of squares."""
    count, total, square = sums[:wide], sums[wide : 2 * wide], sums[-1]
    middle = total.sum() ** 2 / count.sum()
    between = np.divide(total**2, count, out=np.zeros(wide), where=count > 0).sum() - middle
    return between / (square - middle) if square > middle else np.nan
