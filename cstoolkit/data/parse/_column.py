"""One column read as a kind: by distinct value, so that a million rows cost what their different values cost."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit.data.contract import DTYPES
from cstoolkit.data.parse._dates import FIRST_YEAR, check_day, read_date, read_day_number
from cstoolkit.data.parse._fault import Fault
from cstoolkit.data.parse._numbers import EXACT, read_number
from cstoolkit.data.parse._words import read_choice, read_flag, shortened


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """`values` in the kind's dtype, missing where faulty; `faults` by position; `notes` on what was read in another spelling."""

    values: pd.Series
    faults: dict[int, Fault] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _How:
    kind: str
    unit: str
    choices: tuple[str, ...]
    currency: str
    date_format: str
    blanks: frozenset[str]


def parse(
    column: pd.Series,
    kind: str,
    *,
    unit: str = "",
    choices: tuple[str, ...] = (),
    currency: str = "",
    date_format: str = "",
    blanks: Collection[str] = (),
) -> Parsed:
    """The column as `kind` (see ``data.contract``), whatever it came as, with every value that cannot be read without a guess as a fault.

    Empty cells and cells of spaces are missing; nothing else is, but what `blanks` lists ("-", "N/A"). Numbers, dates and flags are
    read in full-width letters too; ids stay text with their leading zeros. `currency` lets an amount's currency sign be checked.

    >>> parsed = parse(pd.Series(["2024/3/1", "01-03-2024", ""]), "date")
    >>> parsed.values.astype("str").to_list()
    ['2024-03-01', nan, nan]
    >>> parsed.faults[1].problem
    'can be read as 2024-03-01 or as 2024-01-03'
    """
    how = _How(
        kind=kind,
        unit=unit,
        choices=choices,
        currency=currency,
        date_format=date_format,
        blanks=frozenset(blanks),
    )
    column = column.reset_index(drop=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if column.dtype != object:
        return _typed(column, how)
    return _mixed(column, how)


def _mixed(column: pd.Series, how: _How) -> Parsed:
    """A column of Python objects, type by type: True, 1 and "1" are different things there."""
    column = column.mask(column.isna(), None)
    types = column.map(type)
    values = pd.Series(index=column.index, dtype=DTYPES[how.kind])
    faults, notes = {}, []
    for each in types[column.notna()].unique():
        rows = np.flatnonzero((types == each).to_numpy())
        part = _part(column.iloc[rows], each, how)
        values.iloc[rows] = part.values.to_numpy()
        faults |= {int(rows[position]): fault for position, fault in part.faults.items()}
        notes += part.notes
    return Parsed(values=values, faults=faults, notes=tuple(dict.fromkeys(notes)))


def _part(part: pd.Series, kind: type, how: _How) -> Parsed:
    """The values of one Python type."""
    part = part.reset_index(drop=True)
    if issubclass(kind, (bool, np.bool_)):
        return _typed(part.astype("bool"), how)
    if issubclass(kind, (int, float, np.number, decimal.Decimal)):
        whole = issubclass(kind, (int, np.integer))
        if whole and part.map(abs).max() >= 2**63:
            # Integers beyond int64 are exact only as text.
            return _typed(part.map(str).astype("str"), how)
        return _typed(part.astype("int64" if whole else "float64"), how)
    if issubclass(kind, str):
        return _typed(part.astype("str"), how)
    if issubclass(kind, (dt.date, np.datetime64)):
        return _days(part.map(_as_datetime), how)
    fault = Fault("no value", f"is a {kind.__name__}, not {_wanted(how)}", "Write a plain value.")
    return _all_faulty(part, how, fault)


def _as_datetime(day: Any) -> dt.datetime:
    if isinstance(day, dt.datetime):
        return day
    return (
        dt.datetime(day.year, day.month, day.day) if isinstance(day, dt.date) else pd.Timestamp(day)
    )


def _typed(column: pd.Series, how: _How) -> Parsed:
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_bool_dtype(column):
        return _bools(column, how)
    if pd.api.types.is_numeric_dtype(column):
        return _numbers(column, how)
    if pd.api.types.is_datetime64_any_dtype(column):
        return _datetimes(column, how)
    if pd.api.types.is_string_dtype(column):
        return _texts(column.astype("str"), how)
    return _mixed(column.astype(object), how)


def _texts(column: pd.Series, how: _How) -> Parsed:
    stripped = column.str.strip()
    blank = stripped.isna() | (stripped == "")
    if how.blanks:
        blank |= stripped.isin(how.blanks)
    text = stripped.mask(blank)
    if how.kind in ("id", "text", "choice"):
        return _words(column.mask(blank), text, how)
    codes, distinct = pd.factorize(text)
    if how.kind in ("number", "count"):
        return _amounts(codes, pd.Series(distinct, dtype="str"), how)
    if how.kind == "flag":
        return _spread(codes, [read_flag(each) for each in distinct], how)
    read = partial(read_date, month=how.kind == "month", date_format=how.date_format)
    return _spread(codes, [read(each) for each in distinct], how)


def _amounts(codes: np.ndarray, distinct: pd.Series, how: _How) -> Parsed:
    """Numbers from text. Most are plain digits, which need no look at each one."""
    plain = distinct.str.fullmatch(r"[-+]?[0-9]{1,15}(\.[0-9]{1,15})?").to_numpy(dtype=bool)
    numbers = pd.to_numeric(distinct.where(plain)).to_numpy(dtype="float64", copy=True)
    faults = {}
    for at in np.flatnonzero(~plain):
        value = read_number(distinct.iat[at], unit=how.unit, currency=how.currency)
        if isinstance(value, Fault):
            faults[at] = value
        else:
            numbers[at] = value
    values = pd.Series(np.append(numbers, np.nan)[codes])
    rows = np.flatnonzero(np.isin(codes, list(faults)))
    parsed = Parsed(values=values, faults={int(row): faults[codes[row]] for row in rows})
    return _whole(parsed) if how.kind == "count" else parsed


def _words(original: pd.Series, text: pd.Series, how: _How) -> Parsed:
    notes, faults = [], {}
    spaced = int((original != text).sum() - original.isna().sum())
    if spaced:
        notes.append(f"left out the spaces around {spaced:,} value{'s' * (spaced > 1)}")
    if how.kind == "choice" and how.choices:
        other = {
            each: read_choice(each, how.choices)
            for each in text[~text.isin(how.choices)].dropna().unique()
        }
        other = {own: choice for own, choice in other.items() if own != choice}
        if other:
            text = text.replace(other)
            notes.append(
                "read " + ", ".join(f"{own!r} as {choice!r}" for own, choice in other.items())
            )
    if how.kind == "id":
        suspects = text[text.str.contains("E+", regex=False).fillna(False)]
        for position, each in suspects.items():
            if shortened(each):
                faults[position] = Fault(
                    "shortened id",
                    "is a long number that a spreadsheet has shortened: its digits are lost",
                    "Export the column again, formatted as text.",
                )
        text = text.mask(text.index.isin(list(faults)))
    return Parsed(values=text.astype("str"), faults=faults, notes=tuple(notes))


def _numbers(column: pd.Series, how: _How) -> Parsed:
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    if how.kind in ("id", "text", "choice"):
        return _number_words(column, values, how)
    if how.kind in ("date", "month", "flag"):
        codes, distinct = pd.factorize(values)
        read = (
            _read_bit if how.kind == "flag" else partial(read_day_number, month=how.kind == "month")
        )
        finite = [read(each) if np.isfinite(each) else _INFINITE for each in distinct]
        return _spread(codes, finite, how)
    faults = dict.fromkeys(np.flatnonzero(np.isinf(values)).tolist(), _INFINITE)
    if pd.api.types.is_integer_dtype(column):
        far = np.flatnonzero(np.abs(values) >= EXACT)
        large = Fault(
            "too large", "is too large to be held exactly", "Give the number in a larger unit."
        )
        faults |= dict.fromkeys(far.tolist(), large)
    series = pd.Series(values)
    series.iloc[list(faults)] = np.nan
    parsed = Parsed(values=series, faults=faults)
    return _whole(parsed) if how.kind == "count" else parsed


def _number_words(column: pd.Series, values: np.ndarray, how: _How) -> Parsed:
    """Numbers where words are wanted: an id's float is its whole number, as spreadsheets hold it."""
    if pd.api.types.is_integer_dtype(column):
        return Parsed(values=column.astype("str"))
    missing = np.isnan(values)
    whole = ~missing & (np.abs(values) <= EXACT) & (values == np.floor(values))
    words = pd.Series(index=column.index, dtype="str")
    words[whole] = pd.Series(values[whole].astype("int64")).astype("str").to_numpy()
    odd = np.flatnonzero(~missing & ~whole)
    notes = (
        (f"read numbers as text: {values[whole][0]} as {words[whole].iloc[0]!r}",)
        if whole.any()
        else ()
    )
    if how.kind == "id":
        fault = Fault(
            "no id",
            "is no whole number, so that its text as an id is unclear",
            "Write ids as text.",
        )
        return Parsed(values=words, faults=dict.fromkeys(odd.tolist(), fault), notes=notes)
    words.iloc[odd] = [repr(float(each)) for each in values[odd]]
    return Parsed(values=words, notes=notes)


def _bools(column: pd.Series, how: _How) -> Parsed:
    if how.kind == "flag":
        return Parsed(values=column.astype("boolean"))
    if how.kind in ("text", "choice"):
        words = column.astype(object).map({True: "TRUE", False: "FALSE"}).astype("str")
        return Parsed(values=words)
    return _all_faulty(
        column, how, Fault("no value", f"is true or false, not {_wanted(how)}", "Check the column.")
    )


def _datetimes(column: pd.Series, how: _How) -> Parsed:
    if how.kind not in ("date", "month") or column.dt.tz is not None:
        return _days(column.astype(object), how)
    days = column.astype(DTYPES["date"])
    # Compared before the conversion: a nanosecond after midnight is not midnight.
    odd = (column != column.dt.normalize()) | (days.dt.year < FIRST_YEAR)
    if how.kind == "month":
        odd |= days.dt.day != 1
    odd &= column.notna()
    if not odd.any():
        return Parsed(values=days)
    rows = np.flatnonzero(odd.to_numpy())
    part = _days(column.iloc[rows].astype(object).reset_index(drop=True), how)
    nanoseconds = Fault("time of day", "has a time of day; a day is wanted", "Write the day alone.")
    faults = {int(row): part.faults.get(at, nanoseconds) for at, row in enumerate(rows)}
    return Parsed(values=days.mask(odd), faults=faults)


def _days(column: pd.Series, how: _How) -> Parsed:
    """Datetimes one by one, where they are few, have zones, or are not wanted."""
    column = column.reset_index(drop=True)
    if how.kind in ("text", "choice"):
        return Parsed(
            values=column.map(lambda day: f"{day:%Y-%m-%d}", na_action="ignore").astype("str")
        )
    if how.kind not in ("date", "month"):
        mend = "Format the column as it is meant; a spreadsheet may have turned 1-2 into a day."
        return _all_faulty(column, how, Fault("no value", f"is a day, not {_wanted(how)}", mend))
    codes, distinct = pd.factorize(column)
    values = [check_day(day, month=how.kind == "month") or day for day in distinct]
    return _spread(codes, values, how)


def _spread(codes: np.ndarray, distinct: list[Any], how: _How) -> Parsed:
    """Distinct values, or faults, back to the rows they came from."""
    bad = [at for at, value in enumerate(distinct) if isinstance(value, Fault)]
    good = pd.Series(
        [None if isinstance(value, Fault) else value for value in distinct], dtype=DTYPES[how.kind]
    )
    values = good.reindex(pd.Index(codes)).reset_index(drop=True).astype(DTYPES[how.kind])
    faults = {int(row): distinct[codes[row]] for row in np.flatnonzero(np.isin(codes, bad))}
    return Parsed(values=values, faults=faults)


def _whole(parsed: Parsed) -> Parsed:
    values = parsed.values
    broken = values.notna() & (values != np.floor(values))
    if not broken.any():
        return parsed
    fault = Fault(
        "no whole number",
        "is no whole number; it counts things",
        "Write a whole number, or check the column.",
    )
    faults = parsed.faults | dict.fromkeys(np.flatnonzero(broken).tolist(), fault)
    return Parsed(values=values.mask(broken), faults=faults, notes=parsed.notes)


def _all_faulty(column: pd.Series, how: _How, fault: Fault) -> Parsed:
    values = pd.Series(index=pd.RangeIndex(len(column)), dtype=DTYPES[how.kind])
    return Parsed(
        values=values, faults=dict.fromkeys(np.flatnonzero(column.notna()).tolist(), fault)
    )


def _read_bit(number: float) -> bool | Fault:
    return (
        bool(number)
        if number in (0, 1)
        else Fault("no flag", "is neither 1 nor 0", "Write true or false.")
    )


def _wanted(how: _How) -> str:
    names = {
        "date": "a day",
        "month": "a month",
        "flag": "true or false",
        "id": "an id",
        "count": "a whole number",
    }
    return names.get(how.kind, f"a {how.kind}")


_INFINITE = Fault("infinite", "is infinite", "Leave the cell empty where there is no number.")
