"""A column as it came, in text or typed, read as one of the contract's kinds.

What is right already is taken as a whole; the rest is read by distinct value, so that a million
rows cost what their different values cost. What cannot be read without a guess is a fault.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit.data import spelling
from cstoolkit.data.contract import DTYPES
from cstoolkit.data.report import Fault, fault

_WANTED = {
    "id": "an id",
    "text": "a text",
    "choice": "a choice",
    "date": "a day",
    "month": "a month",
    "number": "a number",
    "count": "a whole number",
    "flag": "true or false",
}


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A column that was read.

    Attributes
    ----------
    values : Series
        In the kind's dtype, missing where faulty.
    faults : dict of int to Fault
        What is wrong, by position.
    notes : tuple of str
        What was read in another spelling.
    """

    values: pd.Series
    faults: dict[int, Fault]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Format:
    """How the values of a column are read; for the fields see :func:`read`."""

    kind: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    currency: str = ""
    date_format: str = ""
    decimal: str = ""
    blanks: Collection[str] = ()


def read(column: pd.Series, kind: str, **how: Any) -> Parsed:
    """The column as a kind of the contract, whatever it came as.

    Empty cells and cells of spaces are missing. Numbers, dates and flags are read in full-width
    letters too; ids stay text with their leading zeros.

    Parameters
    ----------
    column : Series
        Text, typed values, or Python objects.
    kind : str
        A key of ``contract.DTYPES``.
    unit : str, optional
        Of numbers; amounts of money begin with "currency".
    choices : tuple of str, optional
        The values allowed, for the kind choice.
    currency : str, optional
        The company's, to check currency signs.
    date_format : str, optional
        How days are written that do not begin with the year.
    decimal : str, optional
        The decimal sign; without it a point is one where the column shows so.
    blanks : collection of str, optional
        What stands for an empty cell, such as "-" or "N/A".

    Returns
    -------
    Parsed

    Examples
    --------
    >>> parsed = read(pd.Series(["2024/3/1", "01-03-2024", ""]), "date")
    >>> parsed.values.astype("str").to_list()
    ['2024-03-01', nan, nan]
    >>> parsed.faults[1].problem
    'can be read as 2024-03-01 or as 2024-01-03'
    """
    form = Format(kind=kind, **how)
    column = column.reset_index(drop=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    values, right = _as_it_is(column, form)
    rest = column[~right & column.notna().to_numpy()]
    if rest.empty:
        return Parsed(values=values, faults={}, notes=())
    # By what Python writes: True, 1 and "1" are different things in a column of objects.
    code, _ = pd.factorize(rest if isinstance(rest.dtype, pd.StringDtype) else rest.map(repr))
    distinct = rest[~pd.Series(code, rest.index).duplicated()].to_list()
    found = [_value(value, form) for value in distinct]
    plain = [None if isinstance(each, Fault) else each for each in found]
    values.iloc[rest.index] = pd.Series(plain, dtype=DTYPES[kind]).iloc[code].to_numpy()
    faults = {
        position: found[at]
        for position, at in zip(rest.index.tolist(), code, strict=True)
        if isinstance(found[at], Fault)
    }
    notes = tuple(_notes(distinct, found, np.bincount(code), form))
    return Parsed(values=values, faults=faults, notes=notes)


def _as_it_is(column: pd.Series, form: Format) -> tuple[pd.Series, np.ndarray]:
    """The values of the kind, and where they are right already (elsewhere they are missing)."""
    kind, values, right = form.kind, column, None
    types = pd.api.types
    if isinstance(column.dtype, pd.StringDtype):
        if kind in ("number", "count"):
            point = r"(\.[0-9]{1,15})?" if form.decimal == "." else ""
            right = column.str.fullmatch(rf"[-+]?[0-9]{{1,15}}{point}", na=False)
            values = pd.to_numeric(column.where(right)).astype("float64")
        elif kind in ("id", "text", "choice"):
            right = (column == column.str.strip()) & (column != "")
            if kind == "id":
                right &= ~column.str.contains(rf"E\+|{spelling.UNUSUAL}", na=False)
            if kind == "choice":
                right &= column.isin(form.choices)
        if right is not None:
            right &= ~column.isin(form.blanks)
    elif types.is_bool_dtype(column):
        right = column.notna() if kind == "flag" else None
    elif types.is_numeric_dtype(column) and kind in ("number", "count"):
        values = pd.Series(column.to_numpy(dtype="float64", na_value=np.nan))
        right = values.abs() < spelling.EXACT
    elif types.is_integer_dtype(column) and kind in ("id", "text", "choice"):
        right = column.notna()
    elif getattr(column.dtype, "kind", "") == "M" and kind in ("date", "month"):
        midnight = column.dt.tz is None and column == column.dt.normalize()
        right = midnight & (column.dt.year >= spelling.FIRST_YEAR)
        right &= (kind == "date") | (column.dt.day == 1)
    if kind == "count" and right is not None:
        right &= values == np.floor(values)
    if right is None:
        right = pd.Series(False, index=column.index)
        values = pd.Series(index=column.index, dtype=DTYPES[kind])
    right = right.to_numpy(dtype=bool, na_value=False)
    return values.astype(DTYPES[kind]).where(right), right


def _value(value: Any, form: Format) -> Any:
    """One value as its kind, None where it is blank, or what is wrong with it."""
    kind, text_wanted = form.kind, form.kind in ("text", "choice")
    if isinstance(value, str):
        return _text(value.strip(), form)
    if isinstance(value, pd.Period):
        value = value.to_timestamp()
    if isinstance(value, (bool, np.bool_)):
        if text_wanted:
            return "TRUE" if value else "FALSE"
        if kind == "flag":
            return bool(value)
        return fault("true or false", wanted=_WANTED[kind])
    if isinstance(value, (int, float, np.number, decimal.Decimal)):
        return _number(value, form)
    if isinstance(value, (dt.date, np.datetime64)):
        if text_wanted:
            return f"{pd.Timestamp(value):%Y-%m-%d}"
        if kind in ("date", "month"):
            plain = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
            day = dt.datetime(value.year, value.month, value.day) if plain else value
            day = pd.Timestamp(day) if isinstance(day, np.datetime64) else day
            return spelling.check_day(day, month=kind == "month") or day
        return fault("a day", wanted=_WANTED[kind])
    return fault("no value", kind=type(value).__name__, wanted=_WANTED[kind])


def _text(text: str, form: Format) -> Any:
    kind = form.kind
    if not text or text in form.blanks:
        return None
    if kind == "text":
        return text
    if kind == "id":
        return spelling.identifier(text)
    if kind == "choice":
        return spelling.choice(text, form.choices)
    if kind == "flag":
        return spelling.flag(text)
    if kind in ("date", "month"):
        return spelling.date(text, month=kind == "month", date_format=form.date_format)
    return _whole(
        spelling.number(text, unit=form.unit, currency=form.currency, decimal=form.decimal), form
    )


def _number(value: Any, form: Format) -> Any:
    kind = form.kind
    exact = isinstance(value, (int, np.integer))
    if abs(value) == float("inf"):
        return fault("infinite")
    whole = exact or (abs(value) <= spelling.EXACT and value == int(value))
    if kind in ("number", "count"):
        return _whole(spelling.check_number(value), form)
    if kind in ("id", "text", "choice") and whole:
        return str(int(value))
    if kind in ("text", "choice"):
        return repr(float(value))
    if kind == "flag" and value in (0, 1):
        return bool(value)
    if kind in ("date", "month") and whole:
        return spelling.date(str(int(value)), month=kind == "month")
    if kind == "id":
        return fault("no id")
    return fault("neither 1 nor 0" if kind == "flag" else "number for a day")


def _whole(value: float | Fault, form: Format) -> float | Fault:
    if form.kind == "count" and not isinstance(value, Fault) and value != int(value):
        return fault("no whole number")
    return value


def _notes(distinct: list, found: list, rows: np.ndarray, form: Format) -> list[str]:
    """What is said of values that were read as something else."""
    if form.kind not in ("id", "text", "choice"):
        return []
    notes, spaced, respelt = [], 0, {}
    for own, value, count in zip(distinct, found, rows.tolist(), strict=True):
        if isinstance(value, Fault) or value is None:
            continue
        if not isinstance(own, str):
            if isinstance(own, (float, np.floating)) and not notes and value.lstrip("-").isdigit():
                notes.append(f"read numbers as text: {own} as {value!r}")
            continue
        spaced += count * (own != own.strip())
        if own.strip() != value:
            respelt[own.strip()] = value
    if spaced:
        notes.append(f"left out the spaces around {spaced:,} value{'s' * (spaced > 1)}")
    if respelt:
        pairs = [f"{own!r} as {value!r}" for own, value in respelt.items()]
        more = f" and {len(pairs) - 5:,} more" * (len(pairs) > 5)
        notes.append(f"read {', '.join(pairs[:5])}{more}")
    return notes
