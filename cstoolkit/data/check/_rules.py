"""What rows must keep among each other: intervals, keys, references, and nothing from after the day the tables were taken."""

from __future__ import annotations

import pandas as pd

from cstoolkit.data.check._problems import Origin, Report
from cstoolkit.data.contract import EXCLUSIVE, INTERVALS, TABLES
from cstoolkit.data.known import known_on

DEFAULTS = {("milestones", "journey"): 1.0}
"""What a missing part of a key stands for."""


def intervals(name: str, table: pd.DataFrame, report: Report) -> None:
    """Ends come after starts."""
    for first, second, same in INTERVALS.get(name, []):
        wrong = table[second] < table[first] if same else table[second] <= table[first]
        for position in wrong[wrong].index:
            start = f"{table[first].iat[position]:%Y-%m-%d}"
            relation = "lies before" if same else "is not after"
            mend = "Check both days."
            if (first, second) == ("starts_on", "ends_on"):
                mend = f"{second} is the day after the last; empty where there is none."
            elif (first, second) == ("stopped_on", "ends_on"):
                mend = "A level that stops ends by its planned end; leave stopped_on empty where it ran to its end."
            report.add(
                name,
                second,
                position,
                table[second].iat[position],
                rule=f"before {first}",
                problem=f"{relation} {first} {start}",
                mend=mend,
            )


def unique(name: str, table: pd.DataFrame, report: Report) -> None:
    """No two rows have the same key. The later one is reported, with the row that it repeats."""
    schema = TABLES[name]
    singles = [[each] for each, found in schema.columns.items() if found.unique]
    for keys in singles + ([list(schema.unique)] if schema.unique else []):
        _unique(name, table, keys, report)


def _unique(name: str, table: pd.DataFrame, keys: list[str], report: Report) -> None:
    parts = pd.DataFrame({key: table[key] for key in keys})
    for key in keys:
        if (name, key) in DEFAULTS:
            parts[key] = parts[key].fillna(DEFAULTS[name, key])
    # A row whose required key is missing is reported for that, and equals no other.
    known = (
        parts[[key for key in keys if TABLES[name].columns[key].metadata["required"]]]
        .notna()
        .all(axis=1)
    )
    again = parts.duplicated() & known
    if not again.any():
        return
    group = parts.groupby(keys, dropna=False, sort=False).ngroup()
    first = pd.Series(group.drop_duplicates().index, index=group.drop_duplicates())
    origin = report.origins.get(name, Origin())
    for position in again[again].index:
        row = origin.row(int(first[group.iat[position]]))
        value = ", ".join(_text(table[key].iat[position]) for key in keys)
        report.add(
            name,
            keys[-1],
            position,
            value,
            rule="repeated",
            problem=f"repeats row {row} ({', '.join(keys)} {'are' if len(keys) > 1 else 'is'} written once)",
            mend=_once(name),
        )


def _once(name: str) -> str:
    if name == "customers":
        return "Keep one row a customer (with pandas: customers.drop_duplicates('customer_id'))."
    return "Keep one row, or add the rows up."


def exclusive(name: str, table: pd.DataFrame, report: Report) -> None:
    """Rows of one key do not overlap in time."""
    keys = EXCLUSIVE.get(name)
    if not keys:
        return
    rows = table.sort_values([*keys, "starts_on"], kind="stable")
    end = rows["ends_on"].fillna(pd.Timestamp.max.as_unit("us"))
    latest = (
        end.groupby([rows[key] for key in keys])
        .cummax()
        .groupby([rows[key] for key in keys])
        .shift()
    )
    wrong = rows["starts_on"] < latest
    for position in wrong[wrong].index:
        key = ", ".join(_text(table[each].iat[position]) for each in keys)
        report.add(
            name,
            "starts_on",
            position,
            table["starts_on"].iat[position],
            rule="overlap",
            problem=f"lies within an earlier row of {key}",
            mend="End the earlier row on the day the next one starts.",
        )


def later(name: str, table: pd.DataFrame, as_of: pd.Timestamp, report: Report) -> None:
    """Nothing that was not known on `as_of`."""
    days = known_on(name, table)
    day = f"{as_of:%Y-%m-%d}"
    if days is not None:
        column = next(
            each
            for each, found in TABLES[name].columns.items()
            if found.metadata["known"] in ("row", "month")
        )
        mend = f"Leave the row out, or set as_of to the day the tables were taken, if that is later than {day}."
        for position in (days > as_of)[days > as_of].index:
            shown, text = column, f"is later than as_of, {day}"
            if name == "contracts" and pd.isna(table["signed_on"].iat[position]):
                shown, text = (
                    "starts_on",
                    f"is later than as_of, {day}, and no signed_on says that it was known",
                )
                mend = "Give signed_on, the day it was signed; or leave the row out; or set a later as_of."
            elif column == "month":
                text = f"is a month that was not over on as_of, {day}"
            report.add(
                name,
                shown,
                position,
                table[shown].iat[position],
                rule="later",
                problem=text,
                mend=mend,
            )
    for each, found in TABLES[name].columns.items():
        if found.metadata["known"] == "value":
            late = table[each] > as_of
            for position in late[late].index:
                report.add(
                    name,
                    each,
                    position,
                    table[each].iat[position],
                    rule="later",
                    problem=f"is later than as_of, {day}: it tells what has happened",
                    mend="Leave it empty until it has happened, or set a later as_of.",
                )


def references(name: str, tables: dict[str, pd.DataFrame], report: Report) -> None:
    """Every id that is named has its row, where its table was given."""
    for column, found in TABLES[name].columns.items():
        target, _, key = found.metadata["refers"].partition(".")
        if not target or target not in tables or target == name:
            continue
        table = tables[name]
        known = tables[target][key]
        orphan = table[column].notna() & ~among(table[column], known)
        for position in orphan[orphan].index:
            report.add(
                name,
                column,
                position,
                table[column].iat[position],
                rule="unknown id",
                problem=f"is not in {target}.{key}",
                mend=f"Add it to {target}, or check how it is spelt in both.",
            )


def among(ids: pd.Series, known: pd.Series) -> pd.Series:
    """Which of `ids` are in `known`; for many known ids several times faster than ``isin``."""
    found = pd.Index(known.dropna().unique()).get_indexer(pd.Index(ids))
    return pd.Series(found >= 0, index=ids.index)


def overlaps(contracts: pd.DataFrame) -> int:
    """How many contracts of one customer and product begin while an earlier one still runs."""
    end = contracts[["ends_on", "stopped_on"]].min(axis=1).fillna(pd.Timestamp.max.as_unit("us"))
    rows = contracts.assign(until=end, product=contracts["product"].fillna(""))
    rows = rows[rows["until"] > rows["starts_on"]].sort_values(
        ["customer_id", "product", "starts_on"], kind="stable"
    )
    keys = [rows["customer_id"], rows["product"]]
    latest = rows["until"].groupby(keys).cummax().groupby(keys).shift()
    return int((rows["starts_on"] < latest).sum())


def _text(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
