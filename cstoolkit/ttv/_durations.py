"""From a company's contracts and milestones to days and outcomes: which clock, started when, stopped by what.

Time to value means little until both of its ends are named: S1 measures "until value is recognised"; the field tells first, basic
and exceeded value apart.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data import timeline
from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES
from cstoolkit.survival import OUTCOMES

_DAY = np.timedelta64(1, "D")


def durations(
    company: Company, start: str = "contract_signed", end: str = "first_value"
) -> pd.DataFrame:
    """Days from one milestone to another, one row a journey whose clock has started.

    A journey is one customer's time with one product; a reactivation begins another. `start` and `end` are milestones in
    the journey's order: contract_signed, kickoff, live, first_value, basic_value, exceeded_value. A contract
    without a recorded signing milestone starts at its own signing. A later milestone shows that the earlier ones were
    reached, on its day at the latest.

    Returns
    -------
    customer_id, product, journey (1, 2 after a reactivation), started_on, days (whole), outcome: "value" (`end` reached
    after `days`), "churned" (the journey ended first) or "open" (neither by `company.as_of`). Journeys without
    `start` are not in it: their clock has not started.

    Raises
    ------
    ValueError for unknown milestones or their order, for a milestone of a product never contracted, and for an `end`
    dated before its `start`; MissingData without milestones.

    >>> import cstoolkit as cs
    >>> table = durations(cs.load_company(), "contract_signed", "first_value")
    >>> list(table.columns), sorted(table["outcome"].unique())
    (['customer_id', 'product', 'journey', 'started_on', 'days', 'outcome'], ['churned', 'open', 'value'])
    """
    last = _order(start, end)
    reached = journeys(company)
    begun = reached[start].where(reached[start] <= company.as_of)
    begun = begun.where(reached["ended_on"].isna() | (begun < reached["ended_on"]))
    done = reached[list(MILESTONES[last:])].min(axis=1)
    wrong = done < begun
    if wrong.any():
        row = reached[wrong].iloc[0]
        raise ValueError(
            f"milestones: customer {row['customer_id']!r} has {end} on {done[wrong].iloc[0]:%Y-%m-%d}, before {start} on "
            f"{row[start]:%Y-%m-%d} ({wrong.sum():,} such journeys). Correct the days, or start the clock earlier."
        )
    value = done.notna() & ~(done >= reached["ended_on"])
    churned = ~value & reached["ended_on"].notna()
    until = done.where(value, reached["ended_on"].where(churned, company.as_of))
    outcome = np.select([value, churned], [1, 2], 0)
    table = reached[["customer_id", "product", "journey"]].assign(
        started_on=begun,
        days=(until - begun) / _DAY,
        outcome=pd.Categorical.from_codes(outcome, categories=list(OUTCOMES)),
    )
    table = table[begun.notna()].reset_index(drop=True)
    return table.assign(days=table["days"].astype("int64"))


def _order(start: str, end: str) -> int:
    """Place of `end` among the milestones; refuses what is no milestone and an end that is not after its start."""
    for name, which in (("start", start), ("end", end)):
        if which not in MILESTONES:
            raise ValueError(
                f"{name} is a milestone, got {which!r}. There are: {', '.join(MILESTONES)}."
            )
    first, last = MILESTONES.index(start), MILESTONES.index(end)
    if first >= last:
        raise ValueError(
            f"start comes before end in a journey ({', '.join(MILESTONES)}); got {start} to {end}."
        )
    return last


def journeys(company: Company) -> pd.DataFrame:
    """One row a journey with the day of every milestone (empty where not reached).

    Returns customer_id, product, journey, one column a milestone, starts_on and renews_on (first day and planned end of its
    first contract; empty end: open-ended), ended_on (churn; empty while it runs), arr (currency a year, running on `as_of`).

    >>> import cstoolkit as cs
    >>> table = journeys(cs.load_company())
    >>> bool((table["first_value"].dropna() >= table["contract_signed"][table["first_value"].notna()]).all())
    True
    """
    company.need(milestones=["milestone", "happened_on"])
    spans, names = _spans(company)
    events = company.milestones.assign(key=names.get_indexer(_key(company, company.milestones)))
    unknown = ~events["key"].isin(spans["key"])
    if unknown.any():
        row = events[unknown].iloc[0]
        raise ValueError(
            f"milestones: customer {row['customer_id']!r} has {row['milestone']} for product {row['product']!r}, but no contract "
            f"for it ({unknown.sum():,} such rows). Name the products alike in both tables, or add the contract."
        )
    # Which journey an event belongs to follows from its day: the last one signed by then, else the first of all.
    events = pd.merge_asof(
        events[["key", "milestone", "happened_on"]].sort_values("happened_on"),
        spans[["key", "journey", "signed_on"]].sort_values("signed_on"),
        left_on="happened_on",
        right_on="signed_on",
        by="key",
    )
    events["journey"] = events["journey"].fillna(1).astype(spans["journey"].dtype)
    days = events.pivot_table(
        index=["key", "journey"], columns="milestone", values="happened_on", aggfunc="min"
    )
    days = days.reindex(columns=list(MILESTONES)).reindex(
        pd.MultiIndex.from_frame(spans[["key", "journey"]])
    )
    table = spans[["customer_id", "product", "journey"]].reset_index(drop=True)
    for name in MILESTONES:
        table[name] = days[name].to_numpy().astype("datetime64[us]")
    signed = spans["signed_on"].reset_index(drop=True)
    table["contract_signed"] = table["contract_signed"].fillna(signed)
    return table.assign(
        **{name: spans[name].to_numpy() for name in ("starts_on", "renews_on", "ended_on", "arr")}
    )


def _key(company: Company, table: pd.DataFrame) -> pd.Series:
    """What makes a journey: the customer and, where both tables name it, the product."""
    if company.has("milestones", "product") and company.has("contracts", "product"):
        return table["customer_id"] + "\x1f" + table["product"].fillna("")
    return table["customer_id"]


def _spans(company: Company) -> tuple[pd.DataFrame, pd.Index]:
    """The unbroken times of each customer with each product, signed but not yet begun ones included; what each `key` stands for."""
    key, names = pd.factorize(_key(company, company.levels))
    levels = company.levels.assign(key=key)
    spans = timeline.spans(
        levels.assign(customer_id=levels["key"]), timeline.OPEN, company.grace_days
    )
    spans = spans.rename(columns={"customer_id": "key", "ends_on": "ended_on"})
    spans["ended_on"] = spans["ended_on"].where(spans["ended_on"] <= company.as_of)
    first = levels.drop_duplicates(["key", "starts_on"])[
        ["key", "customer_id", "product", "starts_on", "ends_on"]
    ]
    signed = levels.groupby(["key", "starts_on"], as_index=False)["signed_on"].min()
    spans = spans.merge(first, on=["key", "starts_on"]).merge(signed, on=["key", "starts_on"])
    running = levels[(levels["starts_on"] <= company.as_of) & (levels["until"] > company.as_of)]
    arr = spans["key"].map(running.groupby("key")["arr"].sum())
    runs = (spans["starts_on"] <= company.as_of) & spans["ended_on"].isna()
    return spans.rename(columns={"ends_on": "renews_on"}).assign(
        arr=arr.where(runs).fillna(0.0)
    ), pd.Index(names)
