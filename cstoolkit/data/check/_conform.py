"""Tables as they came, made into tables of the contract without losing or guessing anything."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from cstoolkit.data.check import _rules
from cstoolkit.data.check._problems import Report
from cstoolkit.data.check._schemas import validate
from cstoolkit.data.contract import DTYPES, ESSENTIAL, TABLES, column, named
from cstoolkit.data.parse import parse

RESERVED = {
    "arr": "the sum of its contracts",
    "products": "those of its contracts",
    "tier": "that of the table tiers",
    "segment": "the one asked for",
    "tenure_months": "counted from its contracts",
}
"""Columns of a snapshot that come from elsewhere than the table customers."""


_OPEN_ENDED = (
    ' Where all are open-ended: ends_on = "" there, or contracts["ends_on"] = pd.NaT in pandas.'
)


_BLANKS = {
    "-",
    "--",
    "―",
    "－",
    "n/a",
    "na",
    "nan",
    "none",
    "null",
    "nil",
    "?",
    "unknown",
    "tbd",
    "なし",
    "未定",
    "不明",
    "該当なし",
}
"""What people write for "nothing here". It is not read so unasked: a dash may be a slip, and "none" a name."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a table's text is read: what the mapping says of it."""

    date_formats: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""
    blanks: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)


def conform(
    tables: Mapping[str, pd.DataFrame],
    *,
    as_of: pd.Timestamp,
    currency: str = "",
    report: Report | None = None,
    readings: Mapping[str, Reading] | None = None,
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """The tables with the contract's columns first, in its dtypes, and notes on what was read in another spelling or kept unknown.

    Raises DataProblems with everything that is wrong in all tables, together with what `report` holds already.
    """
    report = report or Report()
    notes: list[str] = []
    result: dict[str, pd.DataFrame] = {}
    for name, table in tables.items():
        if _is_table(name, table, report):
            _names(name, table, report)
            reading = (readings or {}).get(name, Reading())
            result[name] = _table(
                name, table.reset_index(drop=True), currency, reading, report, notes
            )
    for name in ESSENTIAL:
        if name not in tables and name not in report.failed:
            _missing_table(name, tables, report)
    for name, table in result.items():
        validate(name, table, report)
        _rules.unique(name, table, report)
        _rules.intervals(name, table, report)
        _rules.exclusive(name, table, report)
        _rules.later(name, table, as_of, report)
        _rules.references(name, result, report)
    report.raise_any()
    notes += _remarks(result)
    return result, tuple(notes)


def _is_table(name: str, table: object, report: Report) -> bool:
    if name not in TABLES:
        close = difflib.get_close_matches(name, TABLES, n=1)
        mend = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(TABLES)}."
        report.add(
            name,
            "",
            None,
            None,
            rule="unknown table",
            problem="the contract has no table of that name",
            mend=mend,
        )
        return False
    if not isinstance(table, pd.DataFrame):
        kind = type(table).__name__
        report.add(
            name,
            "",
            None,
            None,
            rule="no table",
            problem=f"is a {kind}, not a DataFrame",
            mend="Pass a pandas DataFrame.",
        )
        return False
    return True


def _missing_table(name: str, tables: Mapping[str, pd.DataFrame], report: Report) -> None:
    wanted = ", ".join(ESSENTIAL[name])
    mend = f"Give {name} with {wanted}; in a folder: the file {name}.csv, or [tables.{name}] with file = ... in mapping.toml."
    if name == "customers" and "contracts" in tables:
        mend += " With pandas: customers = contracts[['customer_id']].drop_duplicates()."
    report.add(
        name,
        "",
        None,
        None,
        rule="no table",
        problem="is missing, and nothing can be told without it",
        mend=mend,
    )


def _names(name: str, table: pd.DataFrame, report: Report) -> None:
    for each in table.columns[table.columns.duplicated()].unique():
        report.add(
            name,
            str(each),
            None,
            None,
            rule="twice",
            problem="is the name of several columns",
            mend="Give each column a name of its own.",
        )
    for each in table.columns:
        if not isinstance(each, str):
            report.add(
                name,
                str(each),
                None,
                None,
                rule="no name",
                problem="is no text; a column's name is",
                mend="Rename it.",
            )
    columns = TABLES[name].columns
    needed = [
        each
        for each in named(name)
        if each in ESSENTIAL.get(name, ()) or columns[each].metadata["required"]
    ]
    there = [str(each) for each in table.columns]
    free = [each for each in there if column(name, each) is None]
    for each in needed:
        if each not in there and not report.has(name, each):
            close = difflib.get_close_matches(each, free, n=1)
            line = f'[tables.{name}.columns] {each} = "{close[0] if close else "your name of it"}"'
            report.add(
                name,
                each,
                None,
                None,
                rule="no column",
                problem=f"is missing ({columns[each].description}); the columns are: {', '.join(there) or 'none'}",
                mend=f"Name it in mapping.toml: {line}; or rename the column.{_OPEN_ENDED if each == 'ends_on' else ''}",
            )


def _table(
    name: str,
    table: pd.DataFrame,
    currency: str,
    reading: Reading,
    report: Report,
    notes: list[str],
) -> pd.DataFrame:
    table = table.loc[:, ~table.columns.duplicated()]
    columns = {}
    for each in sorted(table.columns, key=lambda own: _place(name, own)):
        found = column(name, each) if isinstance(each, str) else None
        kind = found.metadata["kind"] if found else reading.kinds.get(each)
        if kind is None:
            columns[each] = table[each]
            continue
        parsed = parse(
            table[each],
            kind,
            unit=found.metadata["unit"] if found else "",
            choices=found.metadata["choices"] if found else (),
            currency=currency,
            date_format=reading.date_formats.get(each, reading.date_format),
            blanks=reading.blanks,
        )
        for position, fault in parsed.faults.items():
            value = table[each].iat[position]
            blank = (
                f' If it stands for an empty cell, say so in mapping.toml: blanks = ["{value}"].'
                if _blank(value)
                else ""
            )
            report.add(
                name,
                each,
                position,
                value,
                rule=fault.rule,
                problem=fault.problem,
                mend=f"{fault.mend}{blank}",
            )
        notes += [f"{name}.{each}: {note}." for note in parsed.notes]
        columns[each] = parsed.values
    for each in named(name):
        if each not in columns:
            kind = TABLES[name].columns[each].metadata["kind"]
            columns[each] = pd.Series(index=table.index, dtype=DTYPES[kind])
    own = [each for each in table.columns if isinstance(each, str) and column(name, each) is None]
    notes += _own(name, own, [str(each) for each in table.columns])
    order = sorted(columns, key=lambda each: _place(name, each))
    return pd.DataFrame({each: columns[each] for each in order}, index=table.index)


def _blank(value: object) -> bool:
    return isinstance(value, str) and value.strip().casefold() in _BLANKS


def _place(name: str, own: object) -> int:
    """Where a column stands: the contract's in its order, then those of its patterns, then the rest as they came."""
    known = named(name)
    if own in known:
        return known.index(own)
    return len(known) + (not isinstance(own, str) or column(name, own) is None)


def _own(name: str, own: list[str], there: list[str]) -> list[str]:
    """What is said of columns that the contract does not know."""
    if not own:
        return []
    absent = [each for each in named(name) if each not in there]
    notes = [f"{name}: kept as they are, unknown to the contract: {', '.join(own)}."]
    for each in own:
        close = difflib.get_close_matches(each.casefold(), absent, n=1, cutoff=0.75)
        if close:
            notes.append(f"{name}.{each}: did you mean {close[0]}?")
        if name == "customers" and each in RESERVED:
            notes.append(
                f"customers.{each}: a snapshot shows its own {each}, {RESERVED[each]}, in place of this one."
            )
    return notes


def _remarks(tables: dict[str, pd.DataFrame]) -> list[str]:
    """What is allowed and yet worth saying."""
    notes = []
    overlapping = _rules.overlaps(tables["contracts"])
    if overlapping:
        notes.append(
            f"contracts: {overlapping:,} begin{'s' * (overlapping == 1)} while another of the same customer and product "
            "still runs; their arr adds up."
        )
    never = (
        ~_rules.among(tables["customers"]["customer_id"], tables["contracts"]["customer_id"])
    ).sum()
    if never:
        notes.append(
            f"customers: {never:,} never had a contract (prospects); no snapshot shows them."
        )
    return notes


def day(value: str | pd.Timestamp, name: str) -> pd.Timestamp:
    """`value` as a day; ValueError where it is none or could be read in two ways.

    >>> day("2024年3月1日", "as_of")
    Timestamp('2024-03-01 00:00:00')
    """
    parsed = parse(pd.Series([value], dtype=object), "date")
    if parsed.faults:
        fault = parsed.faults[0]
        raise ValueError(f"{name}: {str(value)!r} {fault.problem}. {fault.mend}")
    if parsed.values.isna().any():
        raise ValueError(f'{name} is a day, got {value!r}. Write it as "2024-03-01".')
    return parsed.values.iloc[0]


def grace(value: int) -> int:
    """Days up to which a gap between contracts is a late renewal: 0 to 90.

    >>> grace(30)
    30
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 0 <= value <= 90:
        raise ValueError(
            f"grace_days is a whole number from 0 to 90, got {value!r}. 30 is usual here."
        )
    return value


def currency_code(value: str) -> str:
    """A currency by its code of three letters.

    >>> currency_code("JPY")
    'JPY'
    """
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise ValueError(
            f"currency is a code of three capital letters such as USD or JPY, got {value!r}."
        )
    return value


def text(value: str, name: str) -> str:
    """A name that says something."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} is a text that is not empty, got {value!r}.")
    return value.strip()
