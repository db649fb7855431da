"""A company's tables as they were known at the end of a day: nothing that happened, ended or was decided later."""

from __future__ import annotations

import pandas as pd

from cstoolkit.data.contract import TABLES


def known_on(name: str, table: pd.DataFrame) -> pd.Series | None:
    """The day from which each row of the table is known; None for customers, who are known from their first mention."""
    if name == "contracts":
        return table["signed_on"].fillna(table["starts_on"])
    for column, found in TABLES[name].columns.items():
        if found.metadata["known"] == "row":
            return table[column]
        if found.metadata["known"] == "month":
            return table[column] + pd.offsets.MonthBegin(1) - pd.Timedelta(days=1)
    return None


def first_mention(tables: dict[str, pd.DataFrame]) -> pd.Series:
    """The day from which each customer is known, by customer_id: its acquisition or the first row that names it.

    Deals do not count: a deal names its customer only once it is sold.
    """
    customers = tables["customers"]
    days = [pd.Series(customers["acquired_on"].to_numpy(), index=customers["customer_id"])]
    for name, table in tables.items():
        if name not in ("customers", "deals") and "customer_id" in table:
            days.append(pd.Series(known_on(name, table).to_numpy(), index=table["customer_id"]))
    every = pd.concat(days)
    return every.groupby(level=0).min()


def at(tables: dict[str, pd.DataFrame], date: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The tables as known at the end of `date`: later rows gone, later values empty."""
    result = {}
    for name, table in tables.items():
        days = known_on(name, table)
        if days is None:
            mention = first_mention(tables)
            days = mention.reindex(table["customer_id"])
        table = table[(days <= date).to_numpy()].reset_index(drop=True)
        for column, found in TABLES[name].columns.items():
            if found.metadata["known"] == "value":
                table[column] = table[column].where(table[column] <= date)
        if name == "deals":
            open_ = table["decided_on"].isna()
            table[["customer_id", "outcome"]] = table[["customer_id", "outcome"]].mask(open_)
        result[name] = table
    return result
