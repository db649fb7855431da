"""Who stays: renewals of what was due, logo churn, the cohort triangle; and all figures together.

References: S2 (docs/sources.md); the conventions are this topic's own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cstoolkit import checks, stats
from cstoolkit.data.company import Company
from cstoolkit.days import add_months, dates, day, days, month_of, month_start
from cstoolkit.indicators.conventions import Conventions, alternatives, known, lines, settle
from cstoolkit.indicators.revenue import (
    GAINS,
    LOSSES,
    MONTHS,
    before,
    bridge,
    changes,
    moments_of,
    rates,
    share,
)


def logo_churn(
    source: Company | pd.DataFrame,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    *,
    conventions: Conventions | None = None,
) -> dict[str, float]:
    """Customers lost, over the denominator that the conventions name.

    Parameters
    ----------
    source, start, end, conventions
        As for :func:`bridge`. `conventions.denominator`: "opening" (customers of the first day),
        "average" (mean of both days), or "due" (of those with a planned end in the time).

    Returns
    -------
    dict
        lost, of (customers), churn, low, high (Wilson's interval, 95%).
    """
    rules = settle(source, conventions)
    row = bridge(source, start, end, conventions=rules).iloc[0]
    lost, size = row["customers_lost"], row["customers"]
    if rules.denominator == "average":
        size = (row["customers"] + row["customers_closing"]) / 2
    elif rules.denominator == "due":
        rows = _due(source, moments_of(start, end, None), rules)
        left = rows.groupby("customer")["kept"].sum()
        lost, size = (left == 0).sum(), len(left)
    _, low, high = stats.wilson(lost, max(size, lost))
    return {
        "lost": lost,
        "of": size,
        "churn": share(lost, size),
        "low": float(low),
        "high": float(high),
    }


def renewals(
    source: Company | pd.DataFrame,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    *,
    conventions: Conventions | None = None,
) -> pd.DataFrame:
    """The renewal rate: what was renewed of what was up for renewal, by length of term.

    A renewal is the planned end of a line (a product of a customer) that ran up to it. What was
    stopped earlier was not up for renewal: it is churn or a change, and in no renewal rate. The
    last days of the time, as many as the grace time, are left out: nobody knows yet.

    Parameters
    ----------
    source, start, end, conventions
        As for :func:`bridge`: planned ends after `start` and up to `end`. With netting per customer
        the lines of a customer that end on one day are one renewal, and a customer that keeps
        anything has renewed.

    Returns
    -------
    pandas.DataFrame
        One row a length of term, and last all together (term missing): term (years), due, renewed
        (renewals), rate, low, high (Wilson), annual (the rate a year, if the conventions ask for
        it: a term of two years that 81% renew loses 10% a year), arr_due, arr_rate (capped at what
        was due), arr_annual.

    Examples
    --------
    >>> contracts = pd.DataFrame({"customer_id": ["a", "b", "b"], "arr": [100.0, 50.0, 60.0],
    ...     "starts_on": ["2023-01-01", "2023-01-01", "2024-01-15"],
    ...     "ends_on": ["2024-01-01", "2024-01-01", "2025-01-15"]})
    >>> renewals(contracts, "2023-12-31", "2024-06-30")[["due", "renewed", "arr_rate"]].values[-1]
    array([2.        , 1.        , 0.33333333])
    """
    rules = settle(source, conventions)
    rows = _due(source, moments_of(start, end, None), rules)
    if rules.netting == "customer":
        shape = {"due": ("due", "sum"), "kept": ("kept", "sum"), "term": ("term", "max")}
        rows = rows.groupby(["customer", "day"], as_index=False).agg(**shape)
    rows["renewed"] = rows["kept"] > 0
    rows["kept"] = np.minimum(rows["kept"], rows["due"])
    table = rows.groupby("term", as_index=False).agg(
        renewals=("due", "size"),
        renewed=("renewed", "sum"),
        arr_due=("due", "sum"),
        arr_kept=("kept", "sum"),
    )
    power = 1 / table["term"] if rules.annualise else 1.0
    weight = {
        "annual": table["renewals"] * table["term"],
        "arr_annual": table["arr_due"] * table["term"],
    }
    table["annual"] = (table["renewed"] / table["renewals"]) ** power
    table["arr_annual"] = (
        table["arr_kept"] / table["arr_due"].where(table["arr_due"] > 0)
    ) ** power
    total = table.drop(columns="term").sum().to_dict()
    for name, by in weight.items():
        by = by if rules.annualise else by / table["term"]
        total[name] = share((table[name] * by).sum(), by.sum())
    table = pd.concat([table, pd.DataFrame([{"term": np.nan, **total}])], ignore_index=True)
    table["rate"], table["low"], table["high"] = stats.wilson(table["renewed"], table["renewals"])
    table["arr_rate"] = table["arr_kept"] / table["arr_due"].where(table["arr_due"] > 0)
    table["arr_due"] /= 10**rules.decimals
    table = table.rename(columns={"renewals": "due"})
    return table[
        [
            "term",
            "due",
            "renewed",
            "rate",
            "low",
            "high",
            "annual",
            "arr_due",
            "arr_rate",
            "arr_annual",
        ]
    ]


def cohorts(
    source: Company | pd.DataFrame,
    end: str | pd.Timestamp,
    *,
    every: str = "year",
    conventions: Conventions | None = None,
) -> pd.DataFrame:
    """The cohort triangle: customers by when they came, looked at on each of their anniversaries.

    Parameters
    ----------
    source, end, conventions
        As for :func:`bridge`.
    every : {"month", "quarter", "year"}
        The width of a cohort, and the time between two looks.

    Returns
    -------
    pandas.DataFrame
        One row a cohort and age: cohort (first day of its period), age (periods since each
        customer's first day), customers (of the cohort), staying (share that never left), nrr, grr
        (of the ARR of the first day; GRR capped at each customer's lowest so far). Only ages that
        all customers of a cohort have reached. Staying and GRR never grow.
    """
    checks.one_of("cohorts", "every", every, MONTHS)
    step, last = MONTHS[every], day(pd.Timestamp(end))
    rules = settle(source, conventions)
    found = lines(known(source, pd.Timestamp(end)), rules)
    size = len(found.ids)
    period = month_of(found.begun) // step
    first = month_start(period * step)
    ages = int((month_of(last) - month_of(first.min(initial=last))) // step) if size else -1
    rows, staying, lowest, opening = [], np.ones(size, bool), None, None
    for age in range(ages + 1):
        then = add_months(found.begun, age * step)[found.customer]
        running = (found.start <= then) & (found.until > then)
        whose = found.customer[running]
        amount = np.bincount(whose, found.amount[running], size)
        staying = staying & (np.bincount(whose, minlength=size) > 0)
        opening = amount if opening is None else opening
        lowest = amount if lowest is None else np.minimum(lowest, amount)
        full = add_months(month_start((period + 1) * step) - 1, age * step) <= last
        rows.append(
            pd.DataFrame({"cohort": first, "opening": opening, "amount": amount, "lowest": lowest})
            .assign(age=age, staying=staying, customers=1)[full]
            .groupby(["cohort", "age"], as_index=False)
            .sum()
        )
    columns = ["cohort", "age", "customers", "staying", "nrr", "grr"]
    if not rows:
        return pd.DataFrame(columns=columns)
    table = pd.concat(rows, ignore_index=True).sort_values(["cohort", "age"], ignore_index=True)
    table["cohort"] = dates(table["cohort"].to_numpy())
    table["staying"] = table["staying"] / table["customers"]
    paid = table["opening"].where(table["opening"] > 0)
    table["nrr"], table["grr"] = table["amount"] / paid, table["lowest"] / paid
    return table[columns]


def overview(
    source: Company | pd.DataFrame,
    end: str | pd.Timestamp,
    *,
    months: int = 12,
    conventions: Conventions | None = None,
) -> pd.DataFrame:
    """The figures that management asks for, each with what stands above and below the line.

    Parameters
    ----------
    source, end, conventions
        As for :func:`bridge`.
    months : int

    Returns
    -------
    pandas.DataFrame
        One row a figure: figure (nrr, grr, nrr_of_survivors, renewal_rate, renewal_rate_arr,
        logo_churn, quick_ratio), value, above, below (in ARR or customers).
    """
    rules, start = settle(source, conventions), before(end, months)
    rows = changes(source, start, end, conventions=rules)
    total, survivors = rows.sum(numeric_only=True), rows[rows["closing"] > 0]
    logos = logo_churn(source, start, end, conventions=rules)
    renewed = renewals(source, start, end, conventions=rules).iloc[-1]
    opening = total["opening"]
    figures = {
        "nrr": (total["closing"] - total["new"] - total["reactivation"], opening),
        "grr": (total["kept"], opening),
        "nrr_of_survivors": (
            (survivors["closing"] - survivors["new"] - survivors["reactivation"]).sum(),
            survivors["opening"].sum(),
        ),
        "renewal_rate": (renewed["renewed"], renewed["due"]),
        "renewal_rate_arr": (renewed["arr_rate"] * renewed["arr_due"], renewed["arr_due"]),
        "logo_churn": (logos["lost"], logos["of"]),
        "quick_ratio": (total[list(GAINS)].sum(), total[list(LOSSES)].sum()),
    }
    return pd.DataFrame(
        [
            {"figure": name, "value": share(above, below), "above": above, "below": below}
            for name, (above, below) in figures.items()
        ]
    )


def switches(
    source: Company | pd.DataFrame,
    end: str | pd.Timestamp,
    *,
    months: int = 12,
    conventions: Conventions | None = None,
) -> pd.DataFrame:
    """What each convention does to the figures, switched one at a time.

    Parameters
    ----------
    source, end, months, conventions
        As for :func:`overview`; the conventions that are started from.

    Returns
    -------
    pandas.DataFrame
        One row a switch, first none: convention, value, nrr, grr, logo_churn, renewal (by count;
        a year, if the conventions ask for it). All are shares.
    """
    rules = settle(source, conventions)
    if isinstance(source, Company):  # the same knowledge for all of them, gathered once
        source = source.at(end).contracts
    start, rows = before(end, months), []
    for switch in ({}, *alternatives(rules)):
        other = replace(rules, **switch)
        name, value = next(iter(switch.items()), ("none", ""))
        found = rates(bridge(source, start, end, conventions=other))
        rows.append(
            {
                "convention": name,
                "value": value,
                "nrr": found["nrr"],
                "grr": found["grr"],
                "logo_churn": logo_churn(source, start, end, conventions=other)["churn"],
                "renewal": renewals(source, start, end, conventions=other)["annual"].iloc[-1],
            }
        )
    return pd.DataFrame(rows)


def _due(source: Company | pd.DataFrame, moments: np.ndarray, rules: Conventions) -> pd.DataFrame:
    """Lines that came up for renewal: customer, line, day, due, kept (then), term (years)."""
    first, last = moments[0], moments[-1]
    found = lines(known(source, pd.Timestamp(dates(moments[-1:])[0])), rules)
    ends, stop = days(found.levels["ends_on"]), days(found.levels["stopped_on"])
    rows = pd.DataFrame(
        {"customer": found.customer, "line": found.line, "day": ends, "amount": found.amount}
    ).assign(start=found.start, until=found.until, full=stop >= ends)
    term = rows.groupby(["line", "day"])["start"].min().rename("begun")
    up = rows[rows["full"] & (rows["day"] > first) & (rows["day"] <= last - rules.grace_days)]
    due = up.groupby(["customer", "line", "day"], as_index=False)["amount"].sum()
    due = due.rename(columns={"amount": "due"}).join(term, on=["line", "day"])
    years = (due["day"] - due["begun"]) / 365.25
    due["term"] = np.where(years > 0.75, years.round(), (years * 12).round().clip(1) / 12)
    after = due[["line", "day"]].merge(rows[["line", "start", "until", "amount"]], on="line")
    after = after[(after["start"] <= after["day"]) & (after["until"] > after["day"])]
    kept = after.groupby(["line", "day"])["amount"].agg(["sum", "size"])
    due = due.join(kept, on=["line", "day"])
    # A line that goes on at a level of zero has been renewed, too.
    due["kept"] = due["sum"].fillna(0)
    return due[["customer", "line", "day", "due", "kept", "term"]]
