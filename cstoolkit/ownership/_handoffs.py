"""Handoffs on record: who passed which customer on to whom, when, with the notes or without, and which months they touch."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import lifecycle
from cstoolkit.data.company import Company

RECENT_DAYS = 60
"""For how long a handoff counts as recent where usage may stall (ours)."""
DAY = pd.Timedelta(days=1)
YEAR_DAYS = 365.25
_LEAST_PAST = 3
_AGES = (0, 4, 7, 13)


def handoffs(company: Company) -> pd.DataFrame:
    """Every handoff on record: customer_id, handed_on, notes (were they passed), giver, taker (person_id), kind (role before >
    role after), first (is it the customer's first handoff).

    A handoff is an assignment with `notes_passed` filled; the first one of a customer has none. The giver is who was assigned
    last before it. Raises MissingData without assignments.notes_passed. Source: S0 (phase cut: handoffs; sharing the CRM record
    matters more).

    >>> import cstoolkit as cs
    >>> found = handoffs(cs.load_company())
    >>> bool((found["giver"] != found["taker"]).mean() > 0.9)
    True
    """
    company.need(assignments=["person_id", "notes_passed"])
    rows = company.assignments.sort_values(["customer_id", "starts_on"], kind="stable")
    before = rows.groupby("customer_id")[["person_id", "role"]].shift()
    rows = rows.assign(giver=before["person_id"], was=before["role"])
    passed = rows[rows["notes_passed"].notna()]
    kind = passed["was"].fillna("not known") + " > " + passed["role"].fillna("not known")
    frame = pd.DataFrame(
        {
            "customer_id": passed["customer_id"],
            "handed_on": passed["starts_on"],
            "notes": passed["notes_passed"].astype(bool),
            "giver": passed["giver"],
            "taker": passed["person_id"],
            "kind": kind,
            "first": ~passed.duplicated("customer_id"),
        }
    )
    return frame.sort_values(["handed_on", "customer_id"], kind="stable", ignore_index=True)


def handoffs_by_year(company: Company) -> pd.DataFrame:
    """Handoffs a year: year, handoffs, per_customer (a customer and year), notes (share with the notes passed on), customers
    (mean live).

    >>> import cstoolkit as cs
    >>> list(handoffs_by_year(cs.load_company()).columns)
    ['year', 'handoffs', 'per_customer', 'notes', 'customers']
    """
    found = handoffs(company)
    spans = company.spans
    end = spans["ends_on"].fillna(company.as_of + DAY)
    rows = []
    for year in range(spans["starts_on"].min().year, company.as_of.year + 1):
        first = max(pd.Timestamp(year, 1, 1), spans["starts_on"].min())
        last = min(pd.Timestamp(year + 1, 1, 1), company.as_of + DAY)
        days = (
            ((end.clip(upper=last) - spans["starts_on"].clip(lower=first)) / DAY)
            .clip(lower=0)
            .sum()
        )
        mine = found[found["handed_on"].dt.year == year]
        share = mine["notes"].mean() if len(mine) else np.nan
        per = len(mine) / (days / YEAR_DAYS) if days else np.nan
        rows.append((year, len(mine), per, share, days / ((last - first) / DAY)))
    return pd.DataFrame(rows, columns=["year", "handoffs", "per_customer", "notes", "customers"])


def stall_months(company: Company, stalls: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every month in which a customer's usage could begin to stall: customer_id, month, began (did it), without, passed (share
    of the month within 60 days of a handoff, without and with the notes), fit (tens of points around 60; 0 where not rated),
    fit_missing, hours (ln of 1 + the hours of the month before), age (band of months since the first usage).

    `stalls` has customer_id, starts_on and ends_on (empty: goes on); by default those of ``lifecycle.stalls``, found from the
    months' usage by what was known, which misses short ones and finds false ones. Found stalls need a past of their own, so
    that the first three months do not count.
    """
    company.need(usage=["active_users"], assignments=["notes_passed"])
    found = stalls is None
    if found:
        seen = lifecycle.stalls(company)
        stalls = pd.DataFrame(
            {
                "customer_id": seen["customer_id"],
                "starts_on": seen["since"],
                "ends_on": seen["ended_on"] + DAY,
            }
        )
    rows = company.usage[["customer_id", "month"]].sort_values(
        ["customer_id", "month"], ignore_index=True
    )
    live = (
        company.milestones[company.milestones["milestone"] == "live"]
        .groupby("customer_id")["happened_on"]
        .min()
    )
    first = rows.groupby("customer_id")["month"].transform("min")
    age = _months(rows["month"]) - _months(first)
    going = (
        (rows["customer_id"].map(live) < rows["month"]) if company.has("milestones") else age >= 1
    )
    kept = going & (age >= (_LEAST_PAST if found else 0))
    stalled, began = _stalled(rows, stalls)
    rows = rows.assign(began=began, age=np.searchsorted(_AGES, age, side="right"))
    rows = rows[kept & ~stalled].reset_index(drop=True)
    rows = rows.join(_exposure(company, rows))
    fit = (
        company.deals.dropna(subset=["customer_id", "fit"])
        .drop_duplicates("customer_id")
        .set_index("customer_id")["fit"]
    )
    points = (rows["customer_id"].map(fit) - 60) / 10
    rows["fit"], rows["fit_missing"] = points.fillna(0.0), points.isna().astype(float)
    rows["hours"] = _hours(company, rows)
    return rows


def _months(days: pd.Series) -> np.ndarray:
    return (days.dt.year * 12 + days.dt.month).to_numpy()


def _stalled(rows: pd.DataFrame, stalls: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Whether a stall ran already when each month began, and whether one began in it."""
    key = pd.MultiIndex.from_arrays([rows["customer_id"], _months(rows["month"])])
    start = _months(stalls["starts_on"])
    began = key.isin(pd.MultiIndex.from_arrays([stalls["customer_id"], start]))
    # A stall that began on the first of a month begins in it; one that ended within a month ran when the month began.
    last = stalls["ends_on"].fillna(rows["month"].max() + 2 * DAY) - DAY
    span = np.maximum(_months(last) - start, 0)
    who = np.repeat(stalls["customer_id"].to_numpy(), span)
    month = (
        np.repeat(start, span) + 1 + np.arange(span.sum()) - np.repeat(np.cumsum(span) - span, span)
    )
    return key.isin(pd.MultiIndex.from_arrays([who, month])), began


def _exposure(company: Company, rows: pd.DataFrame) -> pd.DataFrame:
    """Share of each month within RECENT_DAYS of the customer's last handoff, by whether its notes were passed."""
    passed = handoffs(company).sort_values(
        ["customer_id", "handed_on"], kind="stable", ignore_index=True
    )
    following = passed.groupby("customer_id")["handed_on"].shift(-1)
    until = (passed["handed_on"] + RECENT_DAYS * DAY).where(
        ~(following < passed["handed_on"] + RECENT_DAYS * DAY), following
    )
    parts = []
    for later in range(RECENT_DAYS // 28 + 1):
        month = passed["handed_on"].dt.to_period("M").dt.to_timestamp() + pd.DateOffset(
            months=later
        )
        end = month + pd.offsets.MonthBegin(1)
        begin, stop = np.maximum(passed["handed_on"], month), np.minimum(until, end)
        share = ((stop - begin) / (end - month)).clip(lower=0)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": passed["customer_id"],
                    "month": month,
                    "notes": passed["notes"],
                    "share": share,
                }
            )
        )
    shares = (
        pd.concat(parts)
        .groupby(["customer_id", "month", "notes"])["share"]
        .sum()
        .unstack("notes", fill_value=0.0)
    )
    shares = shares.reindex(columns=[False, True], fill_value=0.0)
    at = pd.MultiIndex.from_arrays([rows["customer_id"], rows["month"]])
    values = shares.reindex(at).fillna(0.0).to_numpy()
    return pd.DataFrame({"without": values[:, 0], "passed": values[:, 1]}, index=rows.index)


def _hours(company: Company, rows: pd.DataFrame) -> np.ndarray:
    """ln(1 + hours of the month before); 0 where no work is on record."""
    work = company.activities
    spent = work["hours"].groupby([work["customer_id"], _months(work["happened_on"])]).sum()
    at = pd.MultiIndex.from_arrays([rows["customer_id"], _months(rows["month"]) - 1])
    return np.log1p(spent.reindex(at).fillna(0.0).to_numpy())
