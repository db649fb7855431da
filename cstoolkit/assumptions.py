"""Assumptions as records: every figure with its unit, its plausible range and where it comes from.

A record of assumptions is a frozen, keyword-only dataclass whose fields are made by
:func:`assumption`. What a slider, a table, a sensitivity view or a Monte Carlo needs to know about
a figure stands in its field, and nowhere else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import checks, reference, tables

OURS = "ours"
"""The source of a figure that nobody published: an assumption of this project, to be replaced by
the reader's own."""


KINDS = ("", "number", "share", "chance", "whole", "amount", "positive", "points")
"""What a figure can be at all, see :func:`check`."""


def assumption(
    default: float,
    *,
    unit: str,
    low: float,
    high: float,
    source: str = OURS,
    says: str,
    kind: str = "",
) -> Any:
    """A dataclass field for one assumption.

    `default`, `low` and `high` are in `unit`; `source` is a key of the reference figures, one of
    S0-S4, or ``"ours"``; `says` is one short sentence for people who read the table. `low` and
    `high` bound what is plausible (sliders and Monte Carlo use them), not what is possible: that
    says `kind`, for :func:`check`, or the record itself.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Calls:
    ...     minutes: float = assumption(30, unit="minutes", low=15, high=60, says="of a call")
    >>> Calls().minutes
    30
    """
    if not low <= default <= high:
        raise ValueError(
            f"an assumption's default lies in its range: got {default}, outside {low} to {high} "
            f"({says})."
        )
    known = {OURS, *reference.sources()["key"], *reference.keys()}
    for key in source.split(", "):
        if key not in known:
            raise ValueError(
                f"source {key!r} is neither a key of the reference figures, nor S0-S4, nor 'ours'."
            )
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS[1:])}, got {kind!r}.")
    metadata = {"unit": unit, "low": low, "high": high, "source": source, "says": says}
    return dataclasses.field(default=default, metadata={**metadata, "kind": kind})


def read(topic: str, record: str) -> dict[str, Any]:
    """The fields of a record whose figures stand in `rules.csv` beside its topic.

    Parameters
    ----------
    topic : str
        The topic's folder, such as ``"lifecycle"``.
    record : str
        The record's name, as in the table's first column.

    Returns
    -------
    dict
        By name, what :func:`assumption` gives.

    Examples
    --------
    >>> read("lifecycle", "StallRules")["drop"].metadata["unit"]
    'share'
    """
    rows = tables.read(topic, "rules")
    rows = rows[rows["record"] == record].drop(columns="record").set_index("name")
    made = {}
    for name, row in rows.to_dict("index").items():
        value = row.pop("value")
        made[name] = assumption(int(value) if value == int(value) else value, **row)
    return made


def check(record: Any) -> None:
    """Refuse figures of a record that cannot be, by the kind of each.

    A number is finite; a share is above 0 and up to 1, a chance from 0 to 1; whole is a whole
    number from 1 to 36,500; an amount is at least 0; positive is above 0; points lie from 0 to 100.

    Raises
    ------
    ValueError
        With the record, the figure, its bounds and the value that came.
    """
    where = type(record).__name__
    for field in fields(record):
        name, value, kind = field.name, getattr(record, field.name), field.metadata["kind"]
        if kind in ("share", "chance"):
            checks.share(where, name, value, zero=kind == "chance")
        elif kind == "whole":
            checks.count(where, name, value, least=1, most=36_500)
        elif kind == "number":
            checks.number(where, name, value)
        elif kind == "amount":
            checks.number(where, name, value, least=0)
        elif kind == "positive":
            checks.number(where, name, value, above=0)
        elif kind == "points":
            checks.number(where, name, value, least=0, most=100)


def fields(record: Any) -> tuple[dataclasses.Field, ...]:
    """The fields of a record (or of its class) that are assumptions, in the order written."""
    return tuple(field for field in dataclasses.fields(record) if "unit" in field.metadata)


def table(*records: Any) -> pd.DataFrame:
    """What is assumed, one row a figure: name, value, unit, low, high, source, says.

    >>> from cstoolkit.staffing import Capacity
    >>> list(table(Capacity()).columns)
    ['assumption', 'value', 'unit', 'low', 'high', 'source', 'says']
    """
    rows = [
        {"assumption": field.name, "value": getattr(record, field.name), **field.metadata}
        for record in records
        for field in fields(record)
    ]
    return pd.DataFrame(
        rows, columns=["assumption", "value", "unit", "low", "high", "source", "says"]
    )


def draw(records: Mapping[str, Any], size: int, rng: np.random.Generator) -> pd.DataFrame:
    """`size` draws of every assumption of `records`, each triangular over its range with
    the mode at its value.

    Columns are named ``record.field``. An assumption whose range is a point is not varied
    and has no column. The triangle is a choice of ours: it needs nothing but the three
    figures that an assumption has.
    """
    columns = {}
    for name, record in records.items():
        for field in fields(record):
            low, high, mode = (
                field.metadata["low"],
                field.metadata["high"],
                getattr(record, field.name),
            )
            low, high = min(low, mode), max(high, mode)
            if low < high:
                columns[f"{name}.{field.name}"] = rng.triangular(low, mode, high, size)
    return pd.DataFrame(columns, index=pd.RangeIndex(size, name="draw"))
