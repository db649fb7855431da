"""All that is wrong with the data, in one report."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cstoolkit import tables

SHOWN = 10
"""Lines of a report's message; the rest stands in ``.problems``."""

KEPT = 1_000
"""Rows of one kind that are kept one by one; more are counted."""

_WIDEST = 60


class Fault(NamedTuple):
    """What is wrong with a value.

    `rule` names the sort of fault (a report groups by it), `problem` says what is wrong and `fix`
    what to write instead.
    """

    rule: str
    problem: str
    fix: str


_FAULTS = {row.rule: row for row in tables.read("data", "faults").itertuples()}


def fault(rule: str, **values: Any) -> Fault:
    """The fault of a rule in ``faults.csv``, with `values` put into its sentences.

    >>> fault("time of day", day="2024-03-01").fix
    'Write 2024-03-01.'
    """
    found = _FAULTS[rule]
    return Fault(rule, found.problem.format(**values), found.fix.format(**values))


class DataProblems(ValueError):
    """The data break the contract. The message shows the first problems; ``problems`` holds all.

    Attributes
    ----------
    problems : DataFrame
        One row a problem: table, column, row, value, problem, fix, source. `row` is the row number
        that a spreadsheet shows of a CSV or Excel file (its header is row 1); of a DataFrame and of
        Parquet it is the position, from 0 (``frame.iloc[row]``); it is empty where a whole table or
        column is meant. `source` is the file and its own column name. Of a kind with many rows the
        first thousand.
    count : int
        How many problems there are.
    """

    def __init__(self, problems: pd.DataFrame, rules: list[str], uncounted: Counter) -> None:
        self.problems = problems
        self.groups = _grouped(problems, rules, uncounted)
        self.count = len(problems) + uncounted.total()
        super().__init__(self._message())

    def _message(self) -> str:
        lines = [_title(self.count, self.groups)]
        lines += [
            f"  {group['where']}: {group['problem']} {group['fix']}{group['more']}"
            for group in self.groups[:SHOWN]
        ]
        left = len(self.groups) - SHOWN
        if left > 0:
            lines.append(f"  ... and {left} more kinds of problem.")
        if len(self.problems) > min(len(self.groups), SHOWN):
            what = "All of them" if self.count == len(self.problems) else f"Of each kind {KEPT:,}"
            lines.append(f"{what}, one a row, stand in the error's .problems.")
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        """In a notebook the report alone: what is to be fixed is in the user's file."""
        return [f"{type(self).__name__}: {self}"]

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            frame = pd.DataFrame(self.groups).to_html(index=False, border=0)
        return f"<p>{html.escape(_title(self.count, self.groups))}</p>{frame}"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a table came from: a file's name, its row numbers, its own names of columns."""

    source: str = ""
    rows: np.ndarray | None = None
    columns: dict[str, str] = field(default_factory=dict)

    def where(self, column: str) -> str:
        """The file and, where it differs, its own name of the column."""
        own = self.columns.get(column, "")
        return ": ".join(part for part in (self.source, own if own != column else "") if part)


class Report:
    """Problems as they are found, raised together.

    Attributes
    ----------
    origins : dict of str to Origin
        Where each table came from.
    failed : set of str
        The tables that are there and could not be read.
    """

    def __init__(self) -> None:
        self.origins: dict[str, Origin] = {}
        self.failed: set[str] = set()
        self._rows: list[tuple] = []
        self._rules: list[str] = []
        self._cells: set[tuple[str, str, int]] = set()
        self._columns: set[tuple[str, str]] = set()
        self._uncounted: Counter[tuple[str, str, str]] = Counter()

    def add(
        self, table: str, column: str, fault: Fault, value: Any = None, *, row: int | None = None
    ) -> None:
        """A problem of a whole table or column, or of a file (`row` as its owner counts)."""
        self._columns.add((table, column))
        self._add(table, column, row, value, fault)

    def cells(
        self,
        table: str,
        column: str,
        where: Iterable[bool],
        values: pd.Series,
        fault: Fault | Callable[[int], Fault],
    ) -> None:
        """Problems of cells: of all rows that `where` marks; `fault` may depend on the position.

        A cell is reported once, by its first problem, and not at all where its whole column is
        missing. Of a kind the first rows are kept, the others counted.
        """
        if (table, column) in self._columns:
            return
        positions = np.flatnonzero(where)
        if len(positions) > KEPT:
            rule = (fault if isinstance(fault, Fault) else fault(int(positions[0]))).rule
            self._uncounted[(table, column, rule)] += len(positions) - KEPT
        for position in positions[:KEPT].tolist():
            if (table, column, position) not in self._cells:
                self._cells.add((table, column, position))
                found = fault if isinstance(fault, Fault) else fault(position)
                row = self.row(table, position)
                self._add(table, column, row, values.iat[position], found)

    def _add(self, table: str, column: str, row: int | None, value: Any, fault: Fault) -> None:
        where = self.origins.get(table, Origin()).where(column)
        self._rows.append((table, column, row, shown(value), fault.problem, fault.fix, where))
        self._rules.append(fault.rule)

    def row(self, table: str, position: int) -> int:
        """A row as its owner counts: by the file's row numbers where there are any."""
        rows = self.origins.get(table, Origin()).rows
        return position if rows is None else int(rows[position])

    def has(self, table: str, column: str) -> bool:
        """Whether the whole column is reported."""
        return (table, column) in self._columns

    def raise_any(self) -> None:
        """Raise DataProblems if there are any."""
        if self._rows:
            names = ["table", "column", "row", "value", "problem", "fix", "source"]
            frame = pd.DataFrame(self._rows, columns=names).astype({"row": "Int64"})
            raise DataProblems(frame, self._rules, self._uncounted)


def shown(value: Any) -> str:
    """A value as a report shows it: days without their time, at most sixty letters; "" where
    missing.
    """
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    text = f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
    if not text.isprintable():
        # What nobody sees (a blank of no width, a line's end) is what may be wrong.
        text = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _title(count: int, groups: list[dict[str, str]]) -> str:
    if count == 1:
        return "1 problem in the data:"
    kinds = f" of {len(groups)} kind{'s' * (len(groups) > 1)}" if len(groups) < count else ""
    return f"{count:,} problems{kinds} in the data:"


def _grouped(problems: pd.DataFrame, rules: list[str], uncounted: Counter) -> list[dict[str, str]]:
    """One line a table, column and rule: its first case in full, the others counted."""
    lines = []
    keys = ["table", "column", pd.Series(rules, dtype="str")]
    for (table, column, rule), group in problems.groupby(keys, sort=False, dropna=False):
        first = group.iloc[0]
        where = ".".join(part for part in (table, column) if part)
        more = len(group) - 1 + uncounted[(table, column, rule)]
        where += f", row {first['row']}" if pd.notna(first["row"]) else ""
        where += f" ({first['source']})" if first["source"] else ""
        others = group["row"].iloc[1:].dropna()
        named = ", ".join(str(row) for row in others.iloc[:4]) + ", ..." * (len(others) > 4)
        rows = f": row{'s' * (len(others) > 1)} {named}" if named else ""
        lines.append(
            {
                "where": where,
                "problem": f"'{first['value']}' " * bool(first["value"])
                + first["problem"]
                + "." * (not first["problem"].endswith("?")),
                "fix": first["fix"],
                "more": f" (and {more:,} more{rows})" if more else "",
            }
        )
    return lines
