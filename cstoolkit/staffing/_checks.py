"""What staffing refuses, in one place, so that each refusal reads alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit.assumptions import check_number

TOTAL = "total"
"""The name of the row that stands for all segments together; no segment may be called so."""


def share(record: str, name: str, value: Any, *, zero: bool = False) -> None:
    """Refuse what is no share: outside 0 to 1 (0 itself only where `zero`), with the mend for a percentage.

    >>> share("Capacity", "utilisation", 80)
    Traceback (most recent call last):
    ValueError: Capacity: utilisation is a share above 0 and up to 1, got 80. For 80% write 0.80.
    """
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not (0 <= value <= 1) or (value == 0 and not zero):
        mend = f" For {value:g}% write {value / 100:.2f}." if number and 1 < value <= 100 else ""
        shown = f"{value:g}" if number else repr(value)
        bounds = "from 0 to 1" if zero else "above 0 and up to 1"
        raise ValueError(f"{record}: {name} is a share {bounds}, got {shown}.{mend}")


def positive(record: str, **values: Any) -> None:
    """Refuse what is not a finite number above 0."""
    for name, value in values.items():
        check_number(record, name, value, above=0)


def not_negative(record: str, **values: Any) -> None:
    """Refuse what is not a finite number of at least 0."""
    for name, value in values.items():
        check_number(record, name, value, least=0)


def whole(record: str, name: str, value: Any, *, least: int = 0) -> int:
    """The value as an int; refused where it is no whole number of at least `least`."""
    check_number(record, name, value, least=least)
    if value != int(value):
        raise ValueError(
            f"{record}: {name} is a whole number, got {value:g}. Round up first: staffing.headcount({value:g})."
        )
    return int(value)


def columns(name: str, frame: Any, needed: Iterable[str], mend: str = "") -> None:
    """Refuse what is no DataFrame with the columns needed."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            f"{name} is a DataFrame with the columns {', '.join(needed)}, got {type(frame).__name__}."
        )
    missing = [each for each in needed if each not in frame]
    if missing:
        have = ", ".join(map(str, frame.columns)) or "none"
        raise ValueError(
            f"{name} lacks the column {', '.join(missing)}; it has: {have}.{' ' + mend if mend else ''}"
        )


def no_gaps(name: str, column: pd.Series, mend: str) -> None:
    """Refuse a column with missing values, saying how many and where the first one is."""
    gaps = column.isna().to_numpy()
    if gaps.any():
        first = column.index[int(gaps.argmax())]
        raise ValueError(
            f"{name}.{column.name} is empty in {gaps.sum():,} of {len(column):,} rows (first: row {first}). {mend}"
        )


def amounts(name: str, column: pd.Series) -> np.ndarray:
    """The column as floats of at least 0; refused with the first row that is not."""
    try:
        values = column.to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}.{column.name} holds numbers; {error}.") from error
    # One pass tells whether all is well: a sum is finite only if every value is, and min is cheap.
    if len(values) and not (np.isfinite(values.sum()) and values.min() >= 0):
        bad = ~(np.isfinite(values) & (values >= 0))
        row = int(bad.argmax())
        raise ValueError(
            f"{name}.{column.name} is a number of at least 0; {bad.sum():,} of {len(values):,} rows are not "
            f"(first: row {column.index[row]}, {values[row]:g}). Fill or leave out these rows first."
        )
    return values


def codes(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """The column as whole-number codes (-1 where missing) and what they stand for.

    A categorical column keeps its categories and their order, empty ones included, and costs nothing to code.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), [str(each) for each in column.cat.categories]
    found, labels = pd.factorize(column, sort=True)
    return found, [str(each) for each in labels]
