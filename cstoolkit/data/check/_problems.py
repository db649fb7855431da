"""All that is wrong with the data, in one report."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = ["table", "column", "row", "value", "problem", "mend", "source"]
SHOWN = 10
"""Lines of a report's message; the rest stands in ``.problems``."""

_WIDEST = 60


class DataProblems(ValueError):
    """The data break the contract. The message shows the first problems; ``problems`` holds all of them.

    ``problems`` has one row a problem: table, column, row, value, problem, mend, source. `row` is the row number that a
    spreadsheet shows of a CSV or Excel file (its header is row 1); of a DataFrame and of Parquet it is the position, from 0
    (``frame.iloc[row]``); it is empty where a whole table or column is meant. `source` is the file and its own column name.
    """

    def __init__(self, problems: pd.DataFrame, rules: list[str]) -> None:
        self.problems = problems
        self.groups = _grouped(problems, rules)
        super().__init__(self._message())

    def _message(self) -> str:
        lines = [_title(self.problems, self.groups)]
        lines += [
            f"  {each['where']}: {each['problem']} {each['mend']}{each['more']}"
            for each in self.groups[:SHOWN]
        ]
        left = len(self.groups) - SHOWN
        if left > 0:
            lines.append(f"  ... and {left} more kinds of problem.")
        if len(self.problems) > min(len(self.groups), SHOWN):
            lines.append("All of them, one a row, stand in the error's .problems.")
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        """In a notebook the report alone: the mend is in the user's file, not in the package."""
        return [f"{type(self).__name__}: {self}"]

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td>{html.escape(each[name])}</td>"
                for name in ("where", "problem", "mend", "more")
            )
            + "</tr>"
            for each in self.groups
        )
        head = "".join(f"<th>{name}</th>" for name in ("where", "problem", "mend", "more"))
        return f"<p>{html.escape(_title(self.problems, self.groups))}</p><table><tr>{head}</tr>{rows}</table>"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a table came from: a file's name, its rows' numbers in it, and its own names of the contract's columns."""

    source: str = ""
    rows: np.ndarray | None = None
    columns: dict[str, str] = field(default_factory=dict)

    def where(self, column: str) -> str:
        own = self.columns.get(column, "")
        return ": ".join(part for part in (self.source, own if own != column else "") if part)

    def row(self, position: int | None) -> int | None:
        """The row as its owner counts: by the file's row numbers where there are any."""
        return position if position is None or self.rows is None else int(self.rows[position])


class Report:
    """Problems as they are found; raised together. `failed` are the tables that are there and could not be read."""

    def __init__(self, origins: dict[str, Origin] | None = None) -> None:
        self.origins = dict(origins or {})
        self.failed: set[str] = set()
        self._rows: list[tuple] = []
        self._rules: list[str] = []
        self._cells: set[tuple[str, str, int]] = set()
        self._columns: set[tuple[str, str]] = set()

    def add(
        self,
        table: str,
        column: str,
        position: int | None,
        value: Any,
        *,
        rule: str,
        problem: str,
        mend: str,
    ) -> None:
        """One problem; `position` is that of the row in the table as read. A cell is reported once, by its first problem, and
        not at all where its whole column is missing."""
        if position is None:
            self._columns.add((table, column))
        else:
            position = int(position)
            if (table, column, position) in self._cells or (table, column) in self._columns:
                return
            self._cells.add((table, column, position))
        origin = self.origins.get(table, Origin())
        shown = "" if value is None else _shown(value)
        self._rows.append(
            (table, column, origin.row(position), shown, problem, mend, origin.where(column))
        )
        self._rules.append(rule)

    def has(self, table: str, column: str) -> bool:
        """Whether the whole column is reported."""
        return (table, column) in self._columns

    def raise_any(self) -> None:
        if self._rows:
            frame = pd.DataFrame(self._rows, columns=COLUMNS).astype({"row": "Int64"})
            raise DataProblems(frame, self._rules)


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    text = f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _title(problems: pd.DataFrame, groups: list[dict[str, str]]) -> str:
    count = len(problems)
    if count == 1:
        return "1 problem in the data:"
    kinds = f" of {len(groups)} kind{'s' * (len(groups) > 1)}" if len(groups) < count else ""
    return f"{count:,} problems{kinds} in the data:"


def _grouped(problems: pd.DataFrame, rules: Iterable[str]) -> list[dict[str, str]]:
    """One line a table, column and rule: its first case in full, the others counted."""
    lines = []
    for _, group in problems.groupby(
        ["table", "column", pd.Series(list(rules), dtype="str")], sort=False, dropna=False
    ):
        first = group.iloc[0]
        where = ".".join(part for part in (first["table"], first["column"]) if part)
        where += f", row {first['row']}" if pd.notna(first["row"]) else ""
        where += f" ({first['source']})" if first["source"] else ""
        others = group["row"].iloc[1:].dropna()
        named = ", ".join(str(row) for row in others.iloc[:4])
        rest = ", ..." if len(others) > 4 else ""
        rows = f": row{'s' * (len(others) > 1)} {named}{rest}" if named else ""
        more = f" (and {len(group) - 1:,} more{rows})" if len(group) > 1 else ""
        stop = "" if first["problem"].endswith("?") else "."
        value = f"{first['value']!r} " if first["value"] else ""
        lines.append(
            {
                "where": where,
                "problem": f"{value}{first['problem']}{stop}",
                "mend": first["mend"],
                "more": more,
            }
        )
    return lines
