"""Rows to counts: how many customers were followed to each day, and what happened to how many.

A curve needs no more than that, so its cost is that of reading the columns once; all statistics
afterwards work on a few thousand counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

_FULL_TABLE = 2**22
"""Up to so many cells are counted in a table of groups x days x outcomes; more are sorted."""
_PIECE = 2**16
"""Rows numbered at a time, few enough to stay in the processor's cache."""
_FEW_GROUPS = 2**12
_LONGEST = 2**31


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Customers by group, day and outcome: one entry a group and day on which a record ends.

    Every group begins with an entry for day 0, so that its curve has a start. `start` holds the
    position of that entry, `labels` the name of each group (None without groups), `leaving` one
    row an entry and one column an outcome.
    """

    labels: pd.Index | None
    start: np.ndarray
    group: np.ndarray
    day: np.ndarray
    leaving: np.ndarray
    at_risk: np.ndarray

    @property
    def last(self) -> np.ndarray:
        """Position of each group's last entry."""
        return np.append(self.start[1:], len(self.day)) - 1

    def cumulate(self, values: np.ndarray) -> np.ndarray:
        """Running sums that begin anew in every group (compensated, so that none
        disturbs the next).
        """
        if len(self.start) == 1:
            return np.cumsum(values)
        return pd.Series(values).groupby(self.group).cumsum().to_numpy()

    def frame(self, **columns) -> pd.DataFrame:
        """A table with `group` (if there are groups) and `day` before the columns given."""
        lead = {} if self.labels is None else {"group": self.labels.take(self.group)}
        return pd.DataFrame({**lead, "day": self.day, **columns})


def count(days, outcome: np.ndarray, outcomes: int, group=None, labels=None) -> Counts:
    """Collapse rows to `Counts`.

    `outcome` numbers what happened from 0 to `outcomes` - 1; `group`, `labels` are of `groups_of`.
    """
    days, last = whole_days(days)
    width = last + 1
    cells = (1 if labels is None else len(labels)) * width * outcomes

    def numbers(rows: slice) -> np.ndarray:
        number = days[rows] * outcomes
        number += outcome[rows]
        if group is not None:
            number += np.multiply(group[rows], width * outcomes, dtype=np.int64)
        return number

    if cells <= max(_FULL_TABLE, len(days)):
        table, piece = np.zeros(cells, np.int64), max(_PIECE, 4 * cells)
        for first in range(0, len(days), piece):
            table += np.bincount(numbers(slice(first, first + piece)), minlength=cells)
        cell = np.flatnonzero(table)
        size = table[cell]
    else:
        cell, size = np.unique(numbers(slice(None)), return_counts=True)
    return _entries(cell // outcomes, cell % outcomes, size, width, outcomes, labels)


def _entries(place, outcome, size, width, outcomes, labels) -> Counts:
    """`Counts` from the cells that hold somebody; `place` is group x width + day."""
    entry = np.union1d(place, np.unique(place // width) * width)
    leaving = np.zeros((len(entry), outcomes), np.int64)
    leaving[np.searchsorted(entry, place), outcome] = size
    group, day = entry // width, entry % width
    start = np.flatnonzero(day == 0)
    length = np.diff(np.append(start, len(entry)))
    labels = None if labels is None else labels.take(group[start])
    total = leaving.sum(axis=1)
    gone_before = np.cumsum(total) - total
    left = np.add.reduceat(total, start) + gone_before[start]
    return Counts(
        labels=labels,
        start=start,
        group=np.repeat(np.arange(len(start)), length),
        day=day,
        leaving=leaving,
        at_risk=np.repeat(left, length) - gone_before,
    )


def whole_days(days) -> tuple[np.ndarray, int]:
    """`days` as a vector of integers from 0 up, and the largest."""
    values = _vector(days, "days")
    if values.dtype.kind in "mM":
        raise ValueError(
            f"days holds {values.dtype}: give whole days, for example `(days).dt.days`."
        )
    if values.dtype.kind not in "iuf":
        raise ValueError(f"days must hold whole days as integers, got {values.dtype}.")
    if len(values) == 0:
        raise ValueError("days is empty: there is no customer to follow.")
    if values.dtype.kind == "f":
        bad = ~np.isfinite(values) | (values != np.floor(values))
        mend = "Give whole days from 0 up; leave out customers whose clock never started."
        _refuse("days", values, bad, mend)
    values = values.astype(np.int64, copy=False)
    last = _largest(values)
    if last >= _LONGEST:
        _refuse("days", values, values < 0, "The end lies before the start: check both milestones.")
        _refuse("days", values, values >= _LONGEST, "That is no number of days.")
    return values, last


def _largest(numbers: np.ndarray) -> int:
    """The largest in one pass; a negative number, its sign read as a digit, is a huge one."""
    return int(numbers.view(np.uint64).max())


def truths(observed) -> np.ndarray:
    """True/False (or 1/0) as a vector of 0 and 1."""
    values = _vector(observed, "observed")
    if values.dtype.kind not in "biuf":
        raise ValueError(
            f"observed must be True where it happened and False where not, got {values.dtype}."
        )
    if values.dtype == bool:
        return values.view(np.uint8)
    mend = "Give True where it happened and False where it has not (yet)."
    _refuse("observed", values, (values != 0) & (values != 1), mend)
    return values.astype(np.uint8)


def groups_of(by, name: str) -> tuple[np.ndarray | None, pd.Index | None]:
    """Each row's group as a number, and the labels of these numbers (both None without `by`)."""
    if by is None:
        return None, None
    values = by if isinstance(by, (pd.Series, pd.Index, pd.Categorical)) else np.asarray(by)
    if values.ndim != 1:
        raise ValueError(
            f"{name} must have one dimension, got {values.ndim}: join several columns into one."
        )
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and len(values):
        numbers = np.asarray(values).astype(np.int64, copy=False)
        last = _largest(numbers)
        if last < _FEW_GROUPS:
            return numbers, pd.RangeIndex(last + 1)
    if isinstance(values.dtype, pd.CategoricalDtype):
        numbers = pd.Series(values).cat.codes.to_numpy()
        labels = pd.CategoricalIndex(values.dtype.categories, dtype=values.dtype)
    else:
        numbers, labels = pd.factorize(values, sort=True)
    missing = numbers < 0
    if missing.any():
        raise ValueError(
            f"{name} is missing in {missing.sum():,} rows, first in row {missing.argmax():,} "
            "(counted from 0). Name a group for them, for example `.fillna('unknown')`."
        )
    return numbers, pd.Index(labels)


def aligned(**columns) -> None:
    """Refuse columns of different length, or Series whose rows are labelled differently."""
    given = {name: column for name, column in columns.items() if column is not None}
    sizes = {name: len(column) for name, column in given.items()}
    if len(set(sizes.values())) > 1:
        lengths = ", ".join(f"{name} has {size:,}" for name, size in sizes.items())
        raise ValueError(f"one row a customer in every column, but {lengths}.")
    series = {name: column.index for name, column in given.items() if isinstance(column, pd.Series)}
    (first, index), *others = series.items() or [(None, None)]
    for name, other in others:
        if not index.equals(other):
            raise ValueError(
                f"the rows of {name} are labelled differently from those of {first}: "
                "take them from one table, or pass `.to_numpy()` if their order is the same."
            )


def _vector(values, name: str) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, got {array.ndim}.")
    return array


def _refuse(name: str, values: np.ndarray, bad: np.ndarray, mend: str) -> None:
    if bad.any():
        row = int(bad.argmax())
        more = f" (and {bad.sum() - 1:,} more)" if bad.sum() > 1 else ""
        raise ValueError(f"{name} has {values[row]} in row {row:,} (counted from 0){more}. {mend}")
