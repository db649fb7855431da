"""What became of the revenue: the ARR bridge, NRR and GRR by cohort and by bridge.

All from contracts alone. A day's state is what is in force on it; a period runs from the state of
its first day to that of its last, so that the closing of one period opens the next. Where a
company is passed, its contracts are taken as they were known on the last day.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company
from cstoolkit.days import add_months, dates, day, month_of
from cstoolkit.indicators.conventions import (
    Conventions,
    Lines,
    known,
    lines,
    on,
    settle,
)

GAINS = ("new", "upsell", "cross_sell", "reactivation")
LOSSES = ("contraction", "churn")
PARTS = ("opening", *GAINS, *LOSSES, "closing")
"""The parts of a bridge: closing is opening plus the gains minus the losses."""
MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""How many months a period of each name has."""


def bridge(
    source: Company | pd.DataFrame,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    *,
    every: str | None = None,
    conventions: Conventions | None = None,
) -> pd.DataFrame:
    """The ARR bridge: what moved the ARR from one day to another.

    Parameters
    ----------
    source : Company or DataFrame
        A company (its contracts as known on `end`), or contracts as they stand.
    start, end : str or Timestamp
        The first and the last day, both told as they were at their end.
    every : {"month", "quarter", "year"}, optional
        One row a period, counted from `start`; the last one is cut off at `end`. Default: one row.
    conventions : Conventions, optional

    Returns
    -------
    pandas.DataFrame
        One row a period: start, end, the parts (currency a year; contraction and churn are positive
        and go off), and customers, customers_new, customers_back, customers_lost,
        customers_closing. Closing is opening + new + upsell + cross_sell + reactivation -
        contraction - churn, to the last unit of currency. Who comes and goes inside one period is
        not seen in it, and ups and downs in it are set off: shorter periods show more.

    Raises
    ------
    ValueError
        For days the wrong way round, or beyond what the company knows.

    Examples
    --------
    >>> contracts = pd.DataFrame({"customer_id": ["a", "b"], "starts_on": ["2024-01-01"] * 2,
    ...                           "ends_on": [None, "2024-07-01"], "arr": [100.0, 50.0]})
    >>> row = bridge(contracts, "2024-06-30", "2024-12-31").iloc[0]
    >>> row[["opening", "churn", "closing"]].astype(float).to_list()
    [150.0, 50.0, 100.0]
    """
    moments = moments_of(start, end, every)
    moves, found, rules = _moves(source, moments, conventions)
    frame = pd.DataFrame({"start": dates(moments[:-1]), "end": dates(moments[1:])})
    for name in PARTS:
        frame[name] = moves[name].sum(axis=0) / 10**rules.decimals
    back = found.begun[:, None] <= moments[:-1]
    was, now = moves["was"], moves["now"]
    counts = {"customers": was, "customers_new": now & ~was & ~back}
    counts |= {"customers_back": now & ~was & back, "customers_lost": was & ~now}
    for name, rows in (counts | {"customers_closing": now}).items():
        frame[name] = rows.sum(axis=0)
    return frame


def changes(
    source: Company | pd.DataFrame,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    *,
    conventions: Conventions | None = None,
) -> pd.DataFrame:
    """The bridge customer by customer.

    Parameters
    ----------
    source, start, end, conventions
        As for :func:`bridge`.

    Returns
    -------
    pandas.DataFrame
        One row a customer that is live on the first or the last day: customer_id, the parts of the
        bridge (currency a year), kept (ARR of the first day that is still there on the last, the
        gains left out; with netting per product, of each product).
    """
    moments = moments_of(start, end, None)
    moves, found, rules = _moves(source, moments, conventions)
    frame = pd.DataFrame({name: moves[name][:, 0] for name in PARTS})
    frame["kept"] = frame["opening"] - frame["contraction"] - frame["churn"]
    frame = frame / 10**rules.decimals
    frame.insert(0, "customer_id", found.ids)
    live = (moves["was"] | moves["now"])[:, 0]
    return frame[live].reset_index(drop=True)


def rates(bridge: pd.DataFrame | pd.Series | Mapping[str, float]) -> dict[str, float]:
    """The rates of a bridge; several periods are taken as one long one.

    Parameters
    ----------
    bridge : DataFrame, Series or dict
        As :func:`bridge` returns it, or figures of anybody's: opening, contraction, churn, and
        either upsell and cross_sell or their sum, expansion. What is not given is 0.

    Returns
    -------
    dict
        nrr, grr (shares of the opening), quick_ratio (what came in for each unit lost: new,
        reactivation and expansion over contraction and churn). Missing where nothing is below.

    Examples
    --------
    >>> published = {"opening": 10.0, "contraction": 0.6, "churn": 0.9, "expansion": 1.8}
    >>> {name: round(value, 3) for name, value in rates(published).items()}
    {'nrr': 1.03, 'grr': 0.85, 'quick_ratio': 1.2}
    """
    rows = bridge if isinstance(bridge, pd.DataFrame) else pd.DataFrame([dict(bridge)])
    total = rows.reindex(columns=[*PARTS, "expansion"], fill_value=0).sum()
    opening = rows["opening"].iloc[0]
    expansion = total["upsell"] + total["cross_sell"] + total["expansion"]
    lost = total["contraction"] + total["churn"]
    return {
        "nrr": share(opening + expansion - lost, opening),
        "grr": share(opening - lost, opening),
        "quick_ratio": share(total["new"] + total["reactivation"] + expansion, lost),
    }


def nrr(
    source: Company | pd.DataFrame,
    end: str | pd.Timestamp,
    months: int = 12,
    *,
    conventions: Conventions | None = None,
) -> float:
    """Net revenue retention by cohort: the ARR on `end` of the customers of `months` earlier.

    New customers are out; of the same customers, what they pay now over what they paid then.

    Parameters
    ----------
    source, end, conventions
        As for :func:`bridge`.
    months : int

    Returns
    -------
    float
        A share; missing where nobody was there.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> company = cs.load_company()
    >>> nrr(company, company.as_of) >= grr(company, company.as_of)
    True
    """
    return rates(bridge(source, before(end, months), end, conventions=conventions))["nrr"]


def grr(
    source: Company | pd.DataFrame,
    end: str | pd.Timestamp,
    months: int = 12,
    *,
    conventions: Conventions | None = None,
) -> float:
    """Gross revenue retention by cohort: as :func:`nrr`, each customer capped at what it paid then.

    Parameters
    ----------
    source, end, months, conventions
        As for :func:`nrr`. With netting per product, each product of a customer is capped.

    Returns
    -------
    float
        A share from 0 to 1; missing where nobody was there.
    """
    return rates(bridge(source, before(end, months), end, conventions=conventions))["grr"]


def bridge_to_cohort(
    source: Company | pd.DataFrame,
    end: str | pd.Timestamp,
    *,
    months: int = 12,
    every: str = "month",
    conventions: Conventions | None = None,
) -> pd.DataFrame:
    """Why the NRR of summed bridges is not the NRR of the cohort.

    The sum of twelve monthly bridges counts what customers bought and lost who had not been there
    at the start, and takes a customer who left and came back for lost.

    Parameters
    ----------
    source, end, conventions
        As for :func:`bridge`.
    months : int
    every : {"month", "quarter", "year"}

    Returns
    -------
    pandas.DataFrame
        One row a step: step (bridge, their_expansion, their_losses, returned, cohort), nrr (what
        the step adds, as a share of the opening; of the first and the last row, the NRR).
    """
    rows, _, _ = _moves(source, moments_of(before(end, months), end, every), conventions)
    cohort = rows["was"][:, 0]
    opening = rows["opening"][:, 0].sum()
    gained = (rows["upsell"] + rows["cross_sell"]).sum(axis=1)
    lost = (rows["contraction"] + rows["churn"]).sum(axis=1)
    returned = (rows["new"] + rows["reactivation"]).sum(axis=1)
    steps = {
        "bridge": opening + gained.sum() - lost.sum(),
        "their_expansion": -gained[~cohort].sum(),
        "their_losses": lost[~cohort].sum(),
        "returned": returned[cohort].sum(),
        "cohort": rows["closing"][cohort, -1].sum(),
    }
    shares = [share(value, opening) for value in steps.values()]
    return pd.DataFrame({"step": list(steps), "nrr": shares})


def before(end: str | pd.Timestamp, months: int) -> pd.Timestamp:
    """The same day so many months earlier; the last day of a month stays the last day.

    Examples
    --------
    >>> before("2025-06-30", 1)
    Timestamp('2025-05-31 00:00:00')
    """
    months = checks.count("before", "months", months, least=1)
    last = pd.Timestamp(end)
    first = last - pd.DateOffset(months=months)
    return first + pd.offsets.MonthEnd(0) if last.is_month_end else first


def moments_of(start, end, every: str | None) -> np.ndarray:
    """The days between which the periods lie."""
    first, last = day(pd.Timestamp(start)), day(pd.Timestamp(end))
    if first >= last:
        raise ValueError(f"a period starts before it ends, got {start} to {end}.")
    if every is None:
        return np.array([first, last])
    checks.one_of("bridge", "every", every, MONTHS)
    count = (month_of(last) - month_of(first)) // MONTHS[every] + 1
    # A period that starts on a month's last day ends on one.
    shift = int(month_of(first + 1) != month_of(first))
    later = (
        add_months(np.full(count, first + shift), MONTHS[every] * np.arange(1, count + 1)) - shift
    )
    return np.array([first, *later[later < last], last])


def _moves(
    source: Company | pd.DataFrame, moments: np.ndarray, conventions: Conventions | None
) -> tuple[dict[str, np.ndarray], Lines, Conventions]:
    """What moved between neighbouring days: arrays of customers x periods by the name of the part.

    Also `was` and `now`: who is live at the start and at the end of each period.
    """
    rules = settle(source, conventions)
    contracts = known(source, pd.Timestamp(dates(moments[-1:])[0]))
    found = lines(contracts, rules, int(moments[0]), int(moments[-1]))
    size = len(found.ids)

    def per_customer(values: np.ndarray) -> np.ndarray:
        columns = [np.bincount(found.owner, each, size) for each in values.T.astype("float64")]
        return np.array(columns).T.round().astype(np.int64)

    arr, levels = on(found.customer, size, found, moments)
    each, running = on(found.line, len(found.owner), found, moments)
    was, now = levels[:, :-1] > 0, levels[:, 1:] > 0
    stays, comes = was & now, now & ~was
    step = np.diff(each, axis=1)
    up, first = np.maximum(step, 0), running[:, :-1] == 0
    gained, crossed = per_customer(up), per_customer(up * first)
    lost = gained - per_customer(step)
    if rules.netting == "customer":
        net = gained - lost
        gained, lost = np.maximum(net, 0), np.maximum(-net, 0)
        crossed = np.minimum(crossed, gained)
    back = found.begun[:, None] <= moments[:-1]
    opening, closing = arr[:, :-1], arr[:, 1:]
    moves = {
        "opening": opening,
        "new": closing * (comes & ~back),
        "upsell": (gained - crossed) * stays,
        "cross_sell": crossed * stays,
        "contraction": lost * stays,
        "churn": opening * (was & ~now),
        "reactivation": closing * (comes & back),
        "closing": closing,
        "was": was,
        "now": now,
    }
    return moves, found, rules


def share(above: float, below: float) -> float:
    """One figure over another; missing where nothing is below."""
    # Rounded where figures of money as floats differ from what they stand for.
    return round(float(above) / float(below), 12) if below else float("nan")
