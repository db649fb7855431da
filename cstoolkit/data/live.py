"""Who is live, from when until when, and at which level: the one place that decides it.

A customer has churned on the day its last contract ends or stops without a successor. A gap of up to `grace_days` before a
successor is a late renewal: the old level carries on through it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

OPEN = pd.Timestamp("2262-01-01")
"""Stands for "no end" where ends are compared."""


def levels(contracts: pd.DataFrame, grace_days: int = 30) -> pd.DataFrame:
    """The contracts with `until`, the day on which each level really ended (exclusive), late renewals bridged.

    One row a contract, in the order customer, start; columns of `contracts` and `until` (``live.OPEN`` where there is no end).
    A row whose level never ran (stopped on its first day) is left out: it was never in force. Rows of one customer and product
    that overlap add up.
    """
    end = contracts[["ends_on", "stopped_on"]].min(axis=1).fillna(OPEN)
    frame = contracts.assign(until=end)
    frame = frame[frame["until"] > frame["starts_on"]].sort_values(
        ["customer_id", "starts_on"], kind="stable"
    )
    product = frame["product"].fillna("")
    for keys in ([frame["customer_id"], product], [frame["customer_id"]]):
        frame["until"] = _bridge(frame["starts_on"], frame["until"], keys, grace_days)
    return frame.reset_index(drop=True)


def _bridge(
    start: pd.Series, until: pd.Series, keys: list[pd.Series], grace_days: int
) -> pd.Series:
    """Carry the rows that end last before a short gap on to the successor's start. `start` ascends within each key."""
    latest = until.groupby(keys).cummax()
    successor = start.groupby(keys).shift(-1)
    gap = (successor - latest) / np.timedelta64(1, "D")
    short = (gap > 0) & (gap <= grace_days)
    # Rows of one key that ended on the same last day all carry on; the gap is found at the last row before it.
    bridge = pd.DataFrame({"until": latest.where(short), "to": successor.where(short)}).dropna()
    if bridge.empty:
        return until
    key = pd.Series(
        pd.MultiIndex.from_arrays([each.astype("str") for each in keys]).factorize()[0],
        index=start.index,
    )
    target = pd.Series(
        bridge["to"].to_numpy(),
        index=pd.MultiIndex.from_arrays([key[bridge.index], bridge["until"]]),
    )
    target = target[~target.index.duplicated()]
    found = target.reindex(pd.MultiIndex.from_arrays([key, until])).to_numpy()
    return until.where(np.isnat(found), pd.Series(found, index=until.index))


def spans(levels: pd.DataFrame, as_of: pd.Timestamp, grace_days: int = 30) -> pd.DataFrame:
    """The unbroken times for which each customer was live.

    Returns one row a span: customer_id, journey (1, 2 after a reactivation, ...), starts_on, ends_on (the day of churn; empty
    while live on `as_of`), pending (True where the end lies so short before `as_of` that it may yet turn out a late renewal).
    """
    latest = levels["until"].groupby(levels["customer_id"]).cummax()
    before = latest.groupby(levels["customer_id"]).shift()
    first = before.isna() | (levels["starts_on"] > before)
    journey = first.groupby(levels["customer_id"]).cumsum()
    rows = levels.assign(journey=journey).groupby(["customer_id", "journey"], sort=False)
    found = rows.agg(starts_on=("starts_on", "min"), ends_on=("until", "max")).reset_index()
    found = found[found["starts_on"] <= as_of].reset_index(drop=True)
    found["ends_on"] = found["ends_on"].where(found["ends_on"] <= as_of)
    found["pending"] = (as_of - found["ends_on"]) < pd.Timedelta(days=grace_days)
    return found
