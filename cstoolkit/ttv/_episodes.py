"""Journeys cut into weeks: what was true of a customer at the start of each, known by then and no later.

Hours received and handoffs come after the clock has started. Attached to a whole journey they would be counted before they
happened; cut into start-stop rows, each counts from its own day on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.assumptions import assumption, check_number, fields
from cstoolkit.data.company import Company
from cstoolkit.ttv._durations import durations

WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Windows:
    """For how long hours received and a handoff are taken to matter.

    >>> Windows(hours_days=14).hours_days
    14
    >>> Windows(handoff_days=0)
    Traceback (most recent call last):
    ValueError: Windows: handoff_days is a number of at least 1, got 0. Give whole days.
    """

    hours_days: int = assumption(
        28,
        unit="days",
        low=7,
        high=91,
        says="hours received count for so many days after they were given",
    )
    handoff_days: int = assumption(
        60,
        unit="days",
        low=14,
        high=180,
        says="a handoff counts for so many days after it happened",
    )

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            check_number("Windows", field.name, value, least=1, mend="Give whole days.")
            if value != int(value):
                raise ValueError(f"Windows: {field.name} is a whole number of days, got {value:g}.")


WINDOWS = Windows()
"""Four weeks and two months: choices of ours. What is found with others is found with ``windows=Windows(...)``."""


def meanings(windows: Windows = WINDOWS) -> dict[str, str]:
    """The drivers, in the order of the tables, and what one unit of each is.

    >>> meanings(Windows(hours_days=14))["hours"]
    'hours received in the last 14 days, per log(1 + hours)'
    """
    return {
        "fit": "rated fit, per 10 points",
        "size": "employees, per log-unit",
        "self_serve": "self-service onboarding, against free",
        "paid": "paid onboarding, against free",
        "high": "high touch, against low touch",
        "tech": "tech touch, against low touch",
        "hours": f"hours received in the last {windows.hours_days} days, per log(1 + hours)",
        "handoff": f"a handoff in the last {windows.handoff_days} days, notes not passed on",
        "notes": "notes passed on at that handoff: what it wins back",
    }


COVARIATES = tuple(meanings())
"""The names of the drivers, in the order of the tables."""

_EPOCH = np.datetime64("1970-01-01", "D")


def episodes(
    company: Company,
    start: str = "contract_signed",
    end: str = "first_value",
    *,
    windows: Windows = WINDOWS,
    fit: pd.Series | None = None,
) -> pd.DataFrame:
    """One row a journey and week until `end`, churn or `as_of`: the start-stop rows of a Cox regression.

    Returns customer_id, row (which journey of `durations`), enters, leaves (days since the start; a customer is at risk on its
    last day), event (True in the week of `end`), and the columns of `COVARIATES`. Fit, size and onboarding form are those of
    the customer; tier, hours and handoffs are as of the first day of the week, counted for as long as `windows` says. A journey
    without a fit on record, or without an onboarding form or tier, has missing values there. `fit` (points by customer_id)
    replaces the rated one.

    >>> import cstoolkit as cs
    >>> rows = episodes(cs.load_company())
    >>> bool((rows["enters"] < rows["leaves"]).all())
    True
    """
    table = durations(company, start, end)
    weeks = table["days"].to_numpy() // WEEK + 1
    row = np.repeat(np.arange(len(table)), weeks)
    enters = (np.arange(len(row)) - np.repeat(np.cumsum(weeks) - weeks, weeks)) * WEEK
    last = np.append(row[1:] != row[:-1], True)
    leaves = np.where(last, table["days"].to_numpy()[row] + 1, enters + WEEK)
    day = _day(table["started_on"])[row] + enters
    return _rows(
        company,
        table,
        row,
        enters,
        leaves,
        last,
        day,
        windows.hours_days,
        windows.handoff_days,
        fit,
    )


def hindsight(
    company: Company, start: str = "contract_signed", end: str = "first_value"
) -> pd.DataFrame:
    """The same columns, done wrong: one row a journey, with all hours and any handoff until its end counted from its start.

    Whoever waits longer collects more of both, so that they seem to delay value: immortal-time bias, turned round.
    It is here to be shown beside `episodes`, and for nothing else.
    """
    table = durations(company, start, end)
    days = table["days"].to_numpy()
    row = np.arange(len(table))
    last_day = _day(table["started_on"]) + days
    return _rows(
        company, table, row, np.zeros_like(days), days + 1, row >= 0, last_day, days, days + 1
    )


def _rows(
    company, table, row, enters, leaves, last, day, hours_days, handoff_days, fit=None
) -> pd.DataFrame:
    customer = pd.Index(company.customers["customer_id"])
    who = customer.get_indexer(table["customer_id"])[row]
    fixed = traits(company, customer, fit)
    return pd.DataFrame(
        {
            "customer_id": table["customer_id"].take(row).array,
            "row": row,
            "enters": enters,
            "leaves": leaves,
            "event": last & (table["outcome"] == "value").to_numpy()[row],
            **{name: values[who] for name, values in fixed.items()},
            **_moving(company, customer, who, day, hours_days, handoff_days),
        }
    )


def traits(
    company: Company, customer: pd.Index, fit: pd.Series | None = None
) -> dict[str, np.ndarray]:
    """What is fixed of each customer in `customer`, by the names and units of `COVARIATES`."""
    if fit is None:
        deals = company.deals.dropna(subset=["customer_id", "fit"]).sort_values("happened_on")
        fit = deals.drop_duplicates("customer_id", keep="last").set_index("customer_id")["fit"]
    own = company.customers.set_index("customer_id").reindex(customer)
    form = own["onboarding"]
    return {
        "fit": (fit.reindex(customer).to_numpy(float) - 60) / 10,
        "size": np.log(own["employees"].clip(lower=1).to_numpy(float) / 120),
        "self_serve": (form == "self").astype(float).where(form.notna()).to_numpy(),
        "paid": (form == "paid").astype(float).where(form.notna()).to_numpy(),
    }


def _moving(company, customer, who, day, hours_days, handoff_days) -> dict[str, np.ndarray]:
    """What was so on `day`: hours received in the `hours_days` before it, the latest handoff, the tier."""
    work = company.activities
    spent = _History(customer, work["customer_id"], work["happened_on"])
    total = np.append(0.0, np.cumsum(work["hours"].fillna(0).to_numpy()[spent.order]))
    hours = total[spent.before(who, day)] - total[spent.before(who, day - hours_days)]

    handed = company.assignments.dropna(subset=["notes_passed"])
    changes = _History(customer, handed["customer_id"], handed["starts_on"])
    latest = changes.before(who, day + 1)
    recent = latest > changes.before(who, day + 1 - handoff_days)
    passed = np.append(False, handed["notes_passed"].to_numpy(dtype=bool)[changes.order])[latest]

    tiers = _History(customer, company.tiers["customer_id"], company.tiers["starts_on"])
    place = np.maximum(tiers.before(who, day + 1), tiers.before(who, np.zeros_like(day)) + 1)
    held = np.append(None, company.tiers["tier"].to_numpy(dtype=object)[tiers.order])
    known = place <= tiers.before(who, np.full_like(day, _FAR))
    tier = held[np.where(known, place, 0)]
    return {
        **{name: np.where(known, tier == name, np.nan) for name in ("high", "tech")},
        "hours": np.log1p(np.maximum(hours, 0)),
        "handoff": recent.astype(float),
        "notes": (recent & passed).astype(float),
    }


_FAR = 2**24


def _day(dates: pd.Series) -> np.ndarray:
    """Days since 1970 of a column of days."""
    return (dates.to_numpy().astype("datetime64[D]") - _EPOCH).astype(np.int64)


class _History:
    """Dated rows of many customers, searchable by customer and day in one sorted vector."""

    def __init__(self, customer: pd.Index, who: pd.Series, when: pd.Series) -> None:
        key = customer.get_indexer(who) * 2 * _FAR + _FAR + _day(when)
        self.order = np.argsort(key, kind="stable")
        self.key = key[self.order]

    def before(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """How many rows, counted over all customers in order, lie before this customer's `day`."""
        return np.searchsorted(self.key, who * 2 * _FAR + _FAR + day, side="left")
