"""Rows to counts: everything in time to value that is estimated without covariates starts here.

A curve needs no more than two numbers a day: how many customers were still followed, and what
happened to how many. Whole days make those numbers countable in one pass, so the cost of a curve
is that of reading the columns once, and all statistics afterwards work on a few thousand counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

# Up to this many cells (32 MB) counts are kept as a full table of groups x days x outcomes; beyond
# it, and beyond the number of rows, days with gaps of centuries are sorted instead.
_DENSE_CELLS = 2**22
_FEW_GROUPS = 2**12
_NO_CALENDAR = 2**62


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Customers by group, day and outcome: one entry a group and day on which somebody's record ended.

    Every group begins with an entry for day 0, so that its curve has a start. `start` holds the
    position of that entry, `labels` the name of each group (None when there was no `by`).
    """

    labels: pd.Index | None
    start: np.ndarray
    group: np.ndarray
    day: np.ndarray
    leaving: np.ndarray  # entries x outcomes
    at_risk: np.ndarray

    def cumulate(self, values: np.ndarray) -> np.ndarray:
        """Running sums that begin anew in every group (compensated, so that groups do not disturb each other)."""
        if len(self.start) == 1:
            return np.cumsum(values)
        return pd.Series(values).groupby(self.group).cumsum().to_numpy()

    def frame(self, **columns) -> pd.DataFrame:
        """A table with the columns `group` (if there are groups) and `day` before the ones given."""
        lead = {} if self.labels is None else {"group": self.labels.take(self.group)}
        return pd.DataFrame({**lead, "day": self.day, **columns})


def count(
    days, outcome: np.ndarray, outcomes: int, group: np.ndarray | None, labels: pd.Index | None
) -> Counts:
    """Collapse rows to `Counts`.

    `outcome` numbers what happened from 0 to `outcomes` - 1; `group` and `labels` come from `codes`.
    """
    days, last = whole_days(days)
    groups = 1 if labels is None else len(labels)
    width = last + 1
    if groups * width * outcomes <= max(_DENSE_CELLS, len(days)):
        cells = _count_dense(days, outcome, outcomes, group, groups, width)
        met = (cells.sum(axis=1) > 0).reshape(groups, width)
        met[:, 0] = met.any(axis=1)
        group, day = np.nonzero(met)
        leaving = cells[met.ravel()]
    else:
        group, day, leaving = _count_sparse(days, outcome, outcomes, group)
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    if labels is not None:
        labels, group = (
            labels.take(group[start]),
            np.repeat(np.arange(len(start)), np.diff(np.r_[start, len(group)])),
        )
    total = leaving.sum(axis=1)
    gone_before = np.cumsum(total) - total
    size = np.add.reduceat(total, start)
    at_risk = size[group] - (gone_before - gone_before[start][group])
    return Counts(
        labels=labels, start=start, group=group, day=day, leaving=leaving, at_risk=at_risk
    )


def _count_dense(days, outcome, outcomes, group, groups, width) -> np.ndarray:
    # Pieces small enough to stay in the processor's cache: the combined number is never written to memory.
    cells = groups * width * outcomes
    piece = max(2**16, 4 * cells)
    number = np.empty(min(piece, len(days)), np.intp)
    counts = np.zeros(cells, np.intp)
    for first in range(0, len(days), piece):
        rows = slice(first, first + piece)
        part = number[: len(days[rows])]
        if group is None:
            np.multiply(days[rows], outcomes, out=part, dtype=np.intp)
        else:
            np.multiply(group[rows], width, out=part, dtype=np.intp)
            part += days[rows]
            part *= outcomes
        part += outcome[rows]
        counts += np.bincount(part, minlength=cells)
    return counts.reshape(groups * width, outcomes)


def _count_sparse(days, outcome, outcomes, group) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    group = np.zeros(len(days), np.intp) if group is None else group
    present = np.unique(group)
    distinct, place = np.unique(np.r_[0, days], return_inverse=True)
    number = group.astype(np.int64) * len(distinct) + place[1:]
    entry, row = np.unique(np.r_[present * len(distinct), number], return_inverse=True)
    leaving = np.bincount(row[len(present) :] * outcomes + outcome, minlength=len(entry) * outcomes)
    return (
        entry // len(distinct),
        distinct[entry % len(distinct)],
        leaving.reshape(len(entry), outcomes),
    )


def whole_days(days, name: str = "days") -> tuple[np.ndarray, int]:
    """`days` as a vector of integers, none below 0, and the largest; a clear error for anything else."""
    values = _vector(days, name)
    if values.dtype.kind in "mM":
        raise ValueError(
            f"{name} holds {values.dtype}: give whole days, for example `({name}).dt.days`."
        )
    if len(values) == 0:
        raise ValueError(f"{name} is empty: there is no customer to follow.")
    if values.dtype.kind == "f":
        bad = ~np.isfinite(values) | (values != np.floor(values)) | (np.abs(values) >= 2**53)
        if bad.any():
            _refuse(
                name,
                values,
                bad,
                "Give whole days from 0 up; leave out customers whose clock never started.",
            )
        values = values.astype(np.int64)
    elif values.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold whole days as integers, got {values.dtype}.")
    last = _largest(values)
    if last >= _NO_CALENDAR:
        if values.dtype.kind == "i" and values.min() < 0:
            _refuse(
                name,
                values,
                values < 0,
                "The end lies before the start: check which milestone came first.",
            )
        _refuse(name, values, values >= _NO_CALENDAR, "That is no number of days.")
    # NumPy adds unsigned to signed 64-bit numbers as floats.
    return values.view(np.int64) if values.dtype == np.uint64 else values, last


def _largest(values: np.ndarray) -> int:
    """The largest of integers in one pass, or `_NO_CALENDAR` if any is negative: a sign read as a digit is huge."""
    most = int(values.view(f"u{values.dtype.itemsize}").max())
    return _NO_CALENDAR if values.dtype.kind == "i" and most > np.iinfo(values.dtype).max else most


def truths(observed, name: str = "observed") -> np.ndarray:
    """True/False (or 1/0) as a vector of 0 and 1."""
    values = _vector(observed, name)
    if values.dtype == bool:
        return values.view(np.uint8)
    if values.dtype.kind not in "iuf":
        raise ValueError(
            f"{name} must be True where value was reached and False where not, got {values.dtype}."
        )
    bad = (values != 0) & (values != 1)
    if bad.any():
        _refuse(
            name, values, bad, "Give True where value was reached and False where it was not (yet)."
        )
    return values.astype(np.uint8)


def aligned(**columns) -> None:
    """Refuse columns of different length, or Series whose rows are labelled differently."""
    given = {name: column for name, column in columns.items() if column is not None}
    sizes = {name: len(column) for name, column in given.items()}
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{name} has {size:,}" for name, size in sizes.items())
        raise ValueError(f"one row a customer in every column, but {said}.")
    series = {name: column.index for name, column in given.items() if isinstance(column, pd.Series)}
    (first, index), *others = series.items() or [(None, None)]
    for name, other in others:
        if not index.equals(other):
            raise ValueError(
                f"the rows of {name} are labelled differently from those of {first}: "
                "take them from one table, or pass `.to_numpy()` if their order is the same."
            )


def codes(by, name: str) -> tuple[np.ndarray | None, pd.Index | None]:
    """A group's number for every row, and the labels these numbers stand for (both None without `by`)."""
    if by is None:
        return None, None
    values = by if isinstance(by, (pd.Series, pd.Index, pd.Categorical)) else np.asarray(by)
    if values.ndim != 1:
        raise ValueError(
            f"{name} must have one dimension, got {values.ndim}: join several columns into one first."
        )
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and len(values):
        # Small numbers are used as they are. The limit keeps the table of counts in proportion to the rows.
        numbers = np.asarray(values)
        most = _largest(numbers)
        if most < max(_FEW_GROUPS, len(numbers) // 8):
            return numbers.view(np.int64) if numbers.dtype == np.uint64 else numbers, pd.RangeIndex(
                most + 1
            )
    if isinstance(values.dtype, pd.CategoricalDtype):
        categorical = values.array if isinstance(values, (pd.Series, pd.Index)) else values
        numbers, labels = (
            categorical.codes,
            pd.CategoricalIndex(categorical.categories, dtype=categorical.dtype),
        )
    else:
        numbers, labels = pd.factorize(values, sort=True)
    if len(numbers) and numbers.min() < 0:
        missing = numbers < 0
        raise ValueError(
            f"{name} is missing in {missing.sum():,} rows, first in row {missing.argmax():,} (counted from 0). "
            "Name a group for them, for example `.fillna('unknown')`."
        )
    return numbers, pd.Index(labels)


def _vector(values, name: str) -> np.ndarray:
    if isinstance(values, (pd.Series, pd.Index)):
        if values.hasnans:
            missing = values.isna().to_numpy() if isinstance(values, pd.Series) else values.isna()
            raise ValueError(
                f"{name} is missing in {missing.sum():,} rows, first in row {missing.argmax():,} (counted from 0). "
                "A customer who has not got there yet carries the days followed so far, and False."
            )
        numpy_like = values.dtype.kind if hasattr(values.dtype, "kind") else "O"
        if numpy_like in "biuf" and not isinstance(values.dtype, np.dtype):
            return values.to_numpy(dtype=getattr(values.dtype, "numpy_dtype", None))
        return values.to_numpy()
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, got {array.ndim}.")
    return array


def _refuse(name: str, values: np.ndarray, bad: np.ndarray, mend: str) -> None:
    row = int(bad.argmax())
    more = f" (and {bad.sum() - 1:,} more)" if bad.sum() > 1 else ""
    raise ValueError(f"{name} has {values[row]} in row {row:,} (counted from 0){more}. {mend}")
