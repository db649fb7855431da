"""mapping.toml: how a vendor's own files, columns and values are called in the contract.

What may stand in it is documented in docs/own_data.md.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cstoolkit.data.contract import DTYPES, TABLES
from cstoolkit.data.report import Fault, Report, fault

FILE = "mapping.toml"

_BLANKS = (list, 'a list of texts, as ["-", "N/A"]')

_DECIMAL = ((",", "."), '"," or "."')
_ENDS = (("last day", "day after"), '"last day" or "day after"')

_TRIALS = (("count", "leave out"), '"count" or "leave out"')

_TOP = {
    "name": (str, "text"),
    "currency": (str, "text"),
    "as_of": ((str, dt.date), "a day, as 2025-12-31"),
    "grace_days": (int, "a whole number"),
    "date_format": (str, 'text, as "%d/%m/%Y"'),
    "blanks": _BLANKS,
    "decimal": _DECIMAL,
    "ends": _ENDS,
    "trials": _TRIALS,
    "tables": (dict, "a table for each table"),
}
_TABLE = {
    "file": (str, "text"),
    "sheet": (str, "text"),
    "encoding": (str, "text"),
    "delimiter": (str, "one character"),
    "date_format": ((str, dict), "text, or a table with text for each column"),
    "blanks": _BLANKS,
    "decimal": _DECIMAL,
    "ends": _ENDS,
    "columns": (dict, 'a table: contract name = "own name"'),
    "values": (dict, 'a table for each column: "own value" = "contract value"'),
    "kinds": (dict, 'a table: own column = "number"'),
}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How one table is read: its part of the mapping.

    Attributes
    ----------
    file, sheet, encoding, delimiter : str
        How its file is called and written.
    date_format, date_formats
        Of all its columns, and of some by their contract name.
    blanks : tuple of str
        What stands for an empty cell.
    decimal : str
        The decimal sign of numbers in text.
    ends : str
        What a day in an end is: the "last day", or the "day after".
    trials : str
        Whether contracts with an arr of 0 "count", or are to "leave out".
    columns : mapping
        Contract name to own name.
    values : mapping
        For a contract name: own value to contract value.
    kinds : mapping
        Own columns that are not text: "number", "date", ...
    """

    file: str = ""
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    date_format: str = ""
    date_formats: Mapping[str, str] = field(default_factory=dict)
    blanks: tuple[str, ...] = ()
    decimal: str = ""
    ends: str = ""
    trials: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a mapping.toml says: of the company (None where nothing), of all tables and of each."""

    name: str | None = None
    currency: str | None = None
    as_of: str | dt.date | None = None
    grace_days: int | None = None
    shared: Reading = Reading()
    tables: Mapping[str, Reading] = field(default_factory=dict)

    def table(self, name: str) -> Reading:
        """How the table is read."""
        return self.tables.get(name, self.shared)


def read(path: Path) -> Said:
    """What the mapping in a file says.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Said

    Raises
    ------
    DataProblems
        With every unknown name in it, and what was probably meant.
    """
    report = Report()
    data = _toml(path, report)
    _check(data, _TOP, "", report)
    _year(data.get("date_format"), "date_format", report)
    parts = data.get("tables", {})
    for name, part in parts.items() if isinstance(parts, dict) else ():
        if _known(name, TABLES, "tables", report):
            if isinstance(part, dict):
                _check_table(name, part, report)
            else:
                _add(report, f"tables.{name}", part, fault("no TOML table", table=name))
    report.raise_any()
    shared = Reading(
        date_format=data.get("date_format", ""),
        blanks=tuple(data.get("blanks", ())),
        decimal=data.get("decimal", ""),
        ends=data.get("ends", ""),
        trials=data.get("trials", ""),
    )
    return Said(
        **{key: data.get(key) for key in ("name", "currency", "as_of", "grace_days")},
        shared=shared,
        tables={name: _reading(part, shared) for name, part in parts.items()},
    )


def _toml(path: Path, report: Report) -> dict[str, Any]:
    try:
        # Editors on Windows put a byte order mark before UTF-8, which TOML does not know.
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        _add(report, "", None, fault("not UTF-8"))
    except OSError as error:
        _add(report, "", None, fault("mapping not opened", why=error.strerror))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        _add(report, "", None, fault("no TOML", why=error))
    return {}


def _check(
    data: dict[str, Any], keys: dict[str, tuple[Any, str]], where: str, report: Report
) -> None:
    """Every key is one of `keys`, and its value of the type that is wanted."""
    for key, value in data.items():
        if _known(key, keys, where, report):
            kind, wanted = keys[key]
            if not _fits(value, kind):
                at = f"{where}.{key}".lstrip(".")
                _add(report, at, value, fault("not wanted", wanted=wanted))


def _fits(value: Any, kind: Any) -> bool:
    if kind in (_DECIMAL[0], _ENDS[0], _TRIALS[0]):
        return value in kind
    if kind is list:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _year(date_format: Any, where: str, report: Report) -> None:
    """A format of dates names the year, which else would be 1900."""
    if isinstance(date_format, str) and date_format and not re.search("%[Yycx]", date_format):
        _add(report, where, date_format, fault("no year"))


def _check_table(name: str, part: dict[str, Any], report: Report) -> None:
    where, table = f"tables.{name}", TABLES[name]
    _check(part, _TABLE, where, report)
    _year(part.get("date_format"), f"{where}.date_format", report)
    if len(str(part.get("delimiter", ","))) != 1:
        _add(report, f"{where}.delimiter", part["delimiter"], fault("no delimiter"))
    inner = {key: value for key, value in part.items() if isinstance(value, dict)}
    for key in ("columns", "values", "date_format"):
        for each, value in inner.get(key, {}).items():
            at = f"{where}.{key}"
            if table.column(each) is None:
                _known(each, table.names, at, report)
            if key != "values" and not isinstance(value, str):
                example = "own name" if key == "columns" else "%d/%m/%Y"
                wrong = fault("mapped to no text", column=each, example=example)
                _add(report, f"{at}.{each}", value, wrong)
            if key == "date_format":
                _year(value, f"{at}.{each}", report)
            if key == "values" and not (
                isinstance(value, dict)
                and all(isinstance(to, (str, int, float)) for to in value.values())
            ):
                _add(report, f"{at}.{each}", value, fault("no values"))
    for each, kind in inner.get("kinds", {}).items():
        at = f"{where}.kinds.{each}"
        if table.column(each) is not None:
            _add(report, at, kind, fault("kind of the contract"))
        elif kind not in DTYPES:
            _known(str(kind), DTYPES, at, report)


def _reading(part: dict[str, Any], shared: Reading) -> Reading:
    date_format = part.get("date_format", shared.date_format)
    several = isinstance(date_format, dict)
    return Reading(
        **{
            key: value
            for key, value in part.items()
            if key not in ("date_format", "blanks", "decimal", "ends", "values")
        },
        decimal=part.get("decimal", shared.decimal),
        ends=part.get("ends", shared.ends),
        trials=shared.trials,
        values={
            each: {own: str(to) for own, to in pairs.items()}
            for each, pairs in part.get("values", {}).items()
        },
        blanks=tuple(part.get("blanks", shared.blanks)),
        date_format=shared.date_format if several else date_format,
        date_formats=date_format if several else {},
    )


def _known(name: str, names: Iterable[str], where: str, report: Report) -> bool:
    if name in names:
        return True
    _add(report, where, name, fault("not known there", nearest=nearest(name, names)))
    return False


def nearest(name: str, names: Iterable[str]) -> str:
    """A sentence with the name that was probably meant, or else with all names there are."""
    names = list(names)
    close = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(names) or 'none'}."


def _add(report: Report, where: str, value: Any, wrong: Fault) -> None:
    """Each value is a problem of its own kind."""
    report.add(FILE, where, wrong._replace(rule=f"{where} {value}"), value)
