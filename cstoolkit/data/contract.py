"""The data contract: which tables and columns a company may have, what they mean, what is allowed.

It stands in two files that anybody can edit. ``tables.csv`` has one row a table: *essential*
(nothing can be told without it), *key* (the columns that tell its rows apart), *apart* (the column
of
whose values the rows do not overlap in time). ``columns.csv`` has one row a column:

==========  =======================================================================================
kind        how it is read and held, see below
required    *value* in every row; *column*: it is there, and may be empty; else it may be absent
choices     the values allowed, separated by spaces
least most  bounds, included
known       *row*: the row is unknown before this day (*month*: before its end); *value*: the
            value is
refers      the table and column in which every value has its row
after       the column of the day that lies before this one
not_before  the same, where one day for both is allowed
==========  =======================================================================================

=========  ==================  ==================================================================
kind       dtype               is read from
=========  ==================  ==================================================================
id, text   str                 text
choice     str                 text, one of the listed values
date       datetime64[us]      a day; the time of day must be midnight
month      datetime64[us]      the first day of a month
number     float64             a number; missing allowed where the column allows it
count      float64             a whole number (float64, so that it may be missing)
flag       boolean             true or false; missing allowed
=========  ==================  ==================================================================

A column's name may be a pattern (``uses_.+``). What is absent is filled with missing values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cstoolkit import tables

DTYPES = {
    "id": "str",
    "text": "str",
    "choice": "str",
    "date": "datetime64[us]",
    "month": "datetime64[us]",
    "number": "float64",
    "count": "float64",
    "flag": "boolean",
}
"""The dtype in which a column of each kind is held."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the contract; for its fields see the module."""

    says: str
    kind: str
    unit: str
    required: str
    choices: tuple[str, ...]
    least: float | None
    most: float | None
    known: str
    refers: str
    after: str
    not_before: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the contract; for its fields see the module."""

    says: str
    essential: bool
    key: tuple[str, ...]
    apart: str
    columns: Mapping[str, Column]

    @property
    def names(self) -> list[str]:
        """The names of its columns, patterns left out."""
        return [name for name in self.columns if ".+" not in name]

    def column(self, name: str) -> Column | None:
        """The column of that name or pattern; None for one that the contract does not know."""
        return next((self.columns[each] for each in self.columns if re.fullmatch(each, name)), None)

    def empty(self) -> pd.DataFrame:
        """The table without rows, its named columns in their dtypes.

        >>> TABLES["tiers"].empty().dtypes.astype(str).to_list()
        ['str', 'str', 'datetime64[us]', 'datetime64[us]']
        """
        return pd.DataFrame(
            {name: pd.Series(dtype=DTYPES[self.columns[name].kind]) for name in self.names}
        )


def _read() -> dict[str, Table]:
    columns = tables.read("data", "columns").astype({"least": object, "most": object})
    columns["choices"] = columns["choices"].str.split().map(tuple)
    columns = columns.mask(columns.isna(), None).set_index("column")
    return {
        row.table: Table(
            says=row.says,
            essential=row.essential == "yes",
            key=tuple(row.key.split()),
            apart=row.apart,
            columns={
                name: Column(**found)
                for name, found in columns[columns["table"] == row.table]
                .drop(columns="table")
                .to_dict("index")
                .items()
            },
        )
        for row in tables.read("data", "tables").itertuples()
    }


TABLES = _read()
"""Every table, by name."""

ESSENTIAL = {
    name: tuple(each for each, column in table.columns.items() if column.required)
    for name, table in TABLES.items()
    if table.essential
}
"""The columns that own data must bring, by table."""

PHASES = TABLES["activities"].columns["phase"].choices
"""The lifecycle's preparation step and its four phases (S1, see docs/sources.md), in order."""

TIERS = TABLES["tiers"].columns["tier"].choices
"""The touch tiers, from the most personal on (S4, see docs/sources.md)."""

MILESTONES = TABLES["milestones"].columns["milestone"].choices
"""The events of a journey, in their order."""


def describe(table: str | None = None) -> pd.DataFrame:
    """The contract as a table.

    Parameters
    ----------
    table : str, optional
        One table; otherwise all.

    Returns
    -------
    DataFrame
        One row a column: table, column, kind, unit, required (own data must bring it), says.

    Examples
    --------
    >>> describe("tiers")["column"].to_list()
    ['customer_id', 'tier', 'starts_on', 'ends_on']
    """
    rows = [
        {
            "table": each,
            "column": name.replace(".+", "NAME"),
            "kind": found.kind,
            "unit": found.unit,
            "required": name in ESSENTIAL.get(each, ()),
            "says": found.says + (f": {', '.join(found.choices)}" if found.choices else ""),
        }
        for each in ([table] if table else TABLES)
        for name, found in TABLES[each].columns.items()
    ]
    return pd.DataFrame(rows)
