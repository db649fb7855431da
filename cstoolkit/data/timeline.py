"""What was in force on a day, and what was known.

A customer has churned on the day its last contract ends or stops without a successor. A gap of up
to `grace_days` before a successor is a late renewal: the old level carries on through it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.contract import TABLES
from cstoolkit.days import NEVER_ON, days, joint


def levels(contracts: pd.DataFrame, grace_days: int = 30) -> pd.DataFrame:
    """The contracts with the day on which each level really ended, late renewals bridged.

    Parameters
    ----------
    contracts : DataFrame
        The table of the contract. Rows of one customer and product that overlap add up.
    grace_days : int
        The longest gap before a successor that is a late renewal.

    Returns
    -------
    DataFrame
        One row a contract, in the order customer, start: the columns of `contracts` and `until`
        (exclusive; ``days.NEVER_ON`` where there is no end). A row that stopped on its first day
        was never
        in force and is left out.
    """
    end = contracts[["ends_on", "stopped_on"]].min(axis=1).fillna(NEVER_ON)
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
    """Carry the rows that end last before a short gap on to the successor's start.

    `start` ascends within each key. Rows of one key that ended on the same last day all carry on.
    """
    latest = until.groupby(keys).cummax()
    successor = start.groupby(keys).shift(-1)
    gap = (successor - latest) / np.timedelta64(1, "D")
    short = (gap > 0) & (gap <= grace_days)
    key = until.groupby(keys).ngroup()
    bridges = successor[short].groupby([key[short], latest[short]]).first()
    found = bridges.reindex(pd.MultiIndex.from_arrays([key, until])).to_numpy()
    return until.where(np.isnat(found), pd.Series(found, index=until.index))


def spans(levels: pd.DataFrame, as_of: pd.Timestamp, grace_days: int = 30) -> pd.DataFrame:
    """The unbroken times for which each customer was live.

    Parameters
    ----------
    levels : DataFrame
        As :func:`levels` returns them.
    as_of : Timestamp
        The day up to which ends are known.
    grace_days : int
        As for :func:`levels`.

    Returns
    -------
    DataFrame
        One row a span: customer_id, journey (1, 2 after a reactivation, ...), starts_on, ends_on
        (the day of churn; empty while live on `as_of`), pending (the end lies so short before
        `as_of` that it may yet turn out a late renewal: such a customer is not live, and nobody
        counts it as churned; it was followed up to that end).
    """
    latest = levels["until"].groupby(levels["customer_id"]).cummax()
    before = latest.groupby(levels["customer_id"]).shift()
    first = before.isna() | (levels["starts_on"] > before)
    journey = first.groupby(levels["customer_id"]).cumsum()
    rows = levels.assign(journey=journey).groupby(["customer_id", "journey"], sort=False)
    result = rows.agg(starts_on=("starts_on", "min"), ends_on=("until", "max")).reset_index()
    result = result[result["starts_on"] <= as_of].reset_index(drop=True)
    result["ends_on"] = result["ends_on"].where(result["ends_on"] <= as_of)
    result["pending"] = (as_of - result["ends_on"]) < pd.Timedelta(days=grace_days)
    return result


def kinds(contracts: pd.DataFrame, grace_days: int = 30) -> pd.Series:
    """What brought each level about, told from how the customer's arr changed on that day.

    Parameters
    ----------
    contracts : DataFrame
        The table of the contract.
    grace_days : int
        As for :func:`levels`.

    Returns
    -------
    Series
        By the index of `contracts`: "new" where the customer had no arr the day before,
        "cross_sell" where it had none of the product, "contraction" where that of the product fell,
        "upsell" where it rose in mid-term, else "renewal"; missing for rows never in force.
    """
    rows = levels(contracts.assign(row=contracts.index), grace_days)
    customer = pd.factorize(rows["customer_id"])[0]
    pair = pd.factorize(rows["customer_id"] + "\x1f" + rows["product"].fillna(""))[0]
    of_customer, _ = _before(customer, rows)
    of_product, change = _before(pair, rows)
    here = joint(pair, days(rows["starts_on"]))
    order = np.argsort(here, kind="stable")
    planned = np.maximum.accumulate(joint(pair, days(rows["ends_on"]))[order])
    earlier = np.searchsorted(here[order], here) - 1
    in_term = (earlier >= 0) & (planned[earlier] > here)
    kind = np.select(
        [of_customer == 0, of_product == 0, change < 0, (change > 0) & in_term],
        ["new", "cross_sell", "contraction", "upsell"],
        "renewal",
    )
    return pd.Series(kind, index=rows["row"], dtype="str").reindex(contracts.index)


def _before(key: np.ndarray, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The arr in force in each row's key the day before its start, and how it changed on that
    day.
    """
    starts, ends = (joint(key, days(rows[each])) for each in ("starts_on", "until"))
    day = np.concatenate([starts, ends])
    order = np.argsort(day, kind="stable")
    # What has begun ends, if never: the running sum is back at 0 where the next key begins.
    level = np.cumsum(np.concatenate([rows["arr"], -rows["arr"]])[order])
    level = np.concatenate([[0.0], level]).round(6)
    before = level[np.searchsorted(day[order], starts)]
    return before, level[np.searchsorted(day[order], starts, side="right")] - before


def known_on(name: str, table: pd.DataFrame) -> pd.Series | None:
    """The day from which each row is known; None for customers, known from their first mention."""
    if name == "contracts":
        return table["signed_on"].fillna(table["starts_on"])
    for column, found in TABLES[name].columns.items():
        if found.known == "row":
            return table[column]
        if found.known == "month":
            return table[column] + pd.offsets.MonthBegin(1) - pd.Timedelta(days=1)
    return None


def known_at(tables: dict[str, pd.DataFrame], date: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The tables as known at the end of a day: later rows gone, later values empty."""
    result = {}
    for name, table in tables.items():
        days = known_on(name, table)
        if days is None:
            days = _first_mention(tables).reindex(table["customer_id"])
        table = table[(days <= date).to_numpy()].reset_index(drop=True)
        for column, found in TABLES[name].columns.items():
            if found.known == "value":
                table[column] = table[column].where(table[column] <= date)
        if name == "deals":
            undecided = table["decided_on"].isna()
            table[["customer_id", "outcome"]] = table[["customer_id", "outcome"]].mask(undecided)
        result[name] = table
    return result


def _first_mention(tables: dict[str, pd.DataFrame]) -> pd.Series:
    """The day from which each customer is known: its acquisition or the first row that names it.

    Deals do not count: a deal names its customer only once it is sold.
    """
    customers = tables["customers"]
    days = [pd.Series(customers["acquired_on"].to_numpy(), index=customers["customer_id"])]
    for name, table in tables.items():
        if name not in ("customers", "deals") and "customer_id" in table:
            days.append(pd.Series(known_on(name, table).to_numpy(), index=table["customer_id"]))
    return pd.concat(days).groupby(level=0).min()


def renewals(levels: pd.DataFrame, as_of: pd.Timestamp, grace_days: int = 30) -> pd.DataFrame:
    """The terms of contracts that have a planned end, and what came of each.

    Levels of one customer and product with one planned end are one term, whatever changed within
    it. Open-ended levels never come up for renewal.

    Parameters
    ----------
    levels : DataFrame
        As :func:`levels` returns them.
    as_of : Timestamp
        The day up to which ends are known.
    grace_days : int
        As for :func:`levels`: so long after its end a successor may still come.

    Returns
    -------
    DataFrame
        One row a term, in the order renews_on, customer: customer_id, product (empty text: not
        given), starts_on, renews_on (the planned end), until (the day it really ended; the planned
        end where that is to come), arr (at its end, currency a year), signed_on (the day its
        successor was signed; empty: there is none), churned (True: none came; missing while one may
        still come).
    """
    key = ["customer_id", "product"]
    frame = levels.assign(product=levels["product"].fillna("").astype("str"))
    planned = frame[frame["ends_on"].notna()]
    last = planned.groupby([*key, "ends_on"])["until"].transform("max")
    terms = planned.assign(arr=planned["arr"].where(planned["until"] == last, 0.0))
    terms = terms.groupby([*key, "ends_on"], as_index=False).agg(
        starts_on=("starts_on", "min"), until=("until", "max"), arr=("arr", "sum")
    )
    pairs = terms.reset_index(names="row").merge(frame, on=key, suffixes=("", "_next"))
    follows = (pairs["starts_on_next"] <= pairs["until"]) & (pairs["until_next"] > pairs["until"])
    follows |= (pairs["until"] > pairs["ends_on"]) & (pairs["starts_on_next"] == pairs["until"])
    follows &= ~(pairs["ends_on_next"] == pairs["ends_on"])
    signed = pairs["signed_on"].fillna(pairs["starts_on_next"])[follows]
    terms["signed_on"] = signed.groupby(pairs["row"]).min().reindex(terms.index)
    terms["until"] = terms[["until", "ends_on"]].min(axis=1)
    settled = terms["until"] + pd.Timedelta(days=grace_days) <= as_of
    alone = terms["signed_on"].isna()
    terms["churned"] = alone.astype("boolean").where(settled | ~alone)
    columns = [*key, "starts_on", "ends_on", "until", "arr", "signed_on", "churned"]
    ordered = terms[columns].rename(columns={"ends_on": "renews_on"})
    return ordered.sort_values(["renews_on", "customer_id"], kind="stable", ignore_index=True)
