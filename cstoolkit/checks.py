"""Checks of arguments: what cannot be is refused in one wording, naming the argument, the value
that came and how to fix it.

Each function takes `where` first (the function or record whose argument it is) and raises
ValueError, or TypeError where
a whole object is of the wrong type.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import pandas as pd

LARGEST = 1e300
"""Numbers beyond are taken for no numbers; a whole number of Python's may be larger still."""


def number(
    where: str,
    name: str,
    value: Any,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
    fix: str = "",
) -> None:
    """Refuse what is not a finite number within its bounds.

    Parameters
    ----------
    where, name : str
        The function or record, and its argument.
    value : object
        What came.
    above, least, most : float, optional
        The bounds: greater than `above`, at least `least`, at most `most`.
    fix : str, optional
        A sentence that says what to write instead.

    Raises
    ------
    ValueError
        With the argument, its bounds and the value that came.

    Examples
    --------
    >>> number("Capacity", "hours", -3, least=0)
    Traceback (most recent call last):
    ValueError: Capacity: hours is a number of at least 0, got -3.
    """
    _within("number", where, name, value, above, least, most, fix)


def count(
    where: str,
    name: str,
    value: Any,
    *,
    least: int = 0,
    most: int | None = None,
    fix: str = "",
) -> int:
    """The value as an int; refused where it is not a whole number within its bounds.

    Parameters
    ----------
    where, name, value, fix
        As for :func:`number`.
    least, most : int, optional
        The bounds, included.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        With the argument, its bounds and the value that came.

    Examples
    --------
    >>> count("leaders", "people", 12.0)
    12
    >>> count("leaders", "people", 2.5)
    Traceback (most recent call last):
    ValueError: leaders: people is a whole number of at least 0, got 2.5.
    """
    _within("whole number", where, name, value, None, least, most, fix)
    return int(value)


def share(
    where: str, name: str, value: Any, *, zero: bool = False, one: bool = True, fix: str = ""
) -> None:
    """Refuse what is not a share; a percentage is told how to be written.

    Parameters
    ----------
    where, name, value, fix
        As for :func:`number`.
    zero, one : bool
        Whether 0 and 1 themselves are allowed.

    Raises
    ------
    ValueError
        With the argument, its bounds and the value that came.

    Examples
    --------
    >>> share("Capacity", "utilisation", 80)
    Traceback (most recent call last):
    ValueError: Capacity: utilisation is a share above 0 and up to 1, got 80. For 80% write 0.80.
    """
    real = is_number(value)
    if real and 0 <= value <= 1 and (zero or value != 0) and (one or value != 1):
        return
    if real and not fix and 1 < value <= 100:
        fix = f"For {value:g}% write {value / 100:.2f}."
    low = "from 0" if zero else "above 0"
    high = "below 1" if not one else "to 1" if zero else "up to 1"
    joint = " " if zero and one else " and "
    _refuse(where, name, f"a share {low}{joint}{high}", value, fix)


def positive(where: str, **values: Any) -> None:
    """Refuse what is not a finite number above 0; each argument by its name."""
    for name, value in values.items():
        number(where, name, value, above=0)


def not_negative(where: str, **values: Any) -> None:
    """Refuse what is not a finite number of at least 0; each argument by its name."""
    for name, value in values.items():
        number(where, name, value, least=0)


def one_of(where: str, name: str, value: Any, allowed: Iterable[Any]) -> None:
    """Refuse what is not one of the values allowed.

    Examples
    --------
    >>> one_of("trend", "every", "day", ["month", "quarter"])
    Traceback (most recent call last):
    ValueError: trend: every is one of month, quarter, got 'day'.
    """
    allowed = list(allowed)
    if not isinstance(value, Hashable) or value not in set(allowed):
        _refuse(where, name, f"one of {', '.join(map(str, allowed))}", value)


def columns(name: str, frame: Any, needed: Iterable[str], fix: str = "") -> None:
    """Refuse what is not a DataFrame with the columns needed.

    Parameters
    ----------
    name : str
        The argument.
    frame : object
        What came.
    needed : iterable of str
        The columns that the function reads.
    fix : str, optional
        A sentence that says where such a frame comes from.

    Raises
    ------
    TypeError
        Where it is not a DataFrame.
    ValueError
        With the columns that are missing and those that are there.

    Examples
    --------
    >>> fix = "company.snapshot() has them."
    >>> columns("customers", pd.DataFrame({"arr": [1]}), ["segment", "arr"], fix)
    Traceback (most recent call last):
    ValueError: customers lacks the column segment; it has: arr. company.snapshot() has them.
    """
    needed = list(needed)
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            f"{name} is a DataFrame with the columns {', '.join(needed)}, "
            f"got {type(frame).__name__}."
        )
    missing = [column for column in needed if column not in frame]
    if missing:
        have = ", ".join(map(str, frame.columns)) or "none"
        raise ValueError(
            f"{name} lacks the column {', '.join(missing)}; it has: {have}.{_spaced(fix)}"
        )


def filled(name: str, column: pd.Series, fix: str = "") -> None:
    """Refuse a column of the frame `name` with missing values, saying how many and where the first
    one is.

    Examples
    --------
    >>> filled("effort", pd.Series(["high", None], name="tier"), "Name a tier.")
    Traceback (most recent call last):
    ValueError: effort.tier is empty in 1 of 2 rows (first: row 1). Name a tier.
    """
    gaps = column.isna().to_numpy()
    if gaps.any():
        first = column.index[int(gaps.argmax())]
        raise ValueError(
            f"{name}.{column.name} is empty in {gaps.sum():,} of {len(column):,} rows "
            f"(first: row {first}).{_spaced(fix)}"
        )


def amounts(name: str, column: pd.Series) -> np.ndarray:
    """The column of the frame `name` as floats; refused with the first row that is not a number of
    at least 0.

    Examples
    --------
    >>> amounts("customers", pd.Series([1200, -1], name="arr"))
    Traceback (most recent call last):
    ValueError: customers.arr is a number of at least 0; 1 of 2 rows are not (first: row 1, -1). \
Fill or leave out these rows first.
    """
    try:
        values = column.to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name}.{column.name} holds numbers; {error}.") from error
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"{name}.{column.name} is a number of at least 0; {bad.sum():,} of {len(values):,} "
            "rows "
            f"are not (first: row {column.index[row]}, {values[row]:g}). "
            "Fill or leave out these rows first."
        )
    return values


def is_number(value: Any) -> bool:
    """Whether the value is one number (True and False are not)."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _within(
    kind: str,
    where: str,
    name: str,
    value: Any,
    above: float | None,
    least: float | None,
    most: float | None,
    fix: str,
) -> None:
    inside = (
        is_number(value)
        and -LARGEST <= value <= LARGEST
        and (kind == "number" or value == int(value))
        and (above is None or value > above)
        and (least is None or value >= least)
        and (most is None or value <= most)
    )
    if not inside:
        bounds = [
            f"above {above:g}" if above is not None else "",
            f"of at least {least:g}" if least is not None else "",
            f"up to {most:g}" if most is not None else "",
        ]
        wanted = " and ".join(bound for bound in bounds if bound)
        _refuse(where, name, f"a {kind} {wanted}".rstrip(), value, fix)


def _refuse(where: str, name: str, wanted: str, value: Any, fix: str = "") -> None:
    if is_number(value):
        shown = f"{value:g}" if abs(value) < LARGEST else str(value)[:20]
    elif np.isscalar(value) or value is None or value is pd.NA:
        shown = repr(value)
    else:
        shown = f"a {type(value).__name__}"
    raise ValueError(f"{where}: {name} is {wanted}, got {shown}.{_spaced(fix)}")


def _spaced(sentence: str) -> str:
    return f" {sentence}" if sentence else ""
