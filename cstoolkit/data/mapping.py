"""mapping.toml: how a vendor's own files, columns and values are called in the contract."""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as Mapped
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cstoolkit.data.check import Report
from cstoolkit.data.contract import DTYPES, TABLES, column, named

FILE = "mapping.toml"

_TOP = {
    "name": (str, "text"),
    "currency": (str, "text"),
    "as_of": ((str, dt.date), "a day, as 2025-12-31"),
    "grace_days": (int, "a whole number"),
    "date_format": (str, 'text, as "%d/%m/%Y"'),
    "blanks": (list, 'a list of texts, as ["-", "N/A"]'),
    "tables": (dict, "a table for each table"),
}
_TABLE = {
    "file": (str, "text"),
    "sheet": (str, "text"),
    "encoding": (str, "text"),
    "delimiter": (str, "one character"),
    "date_format": ((str, dict), "text, or a table with text for each column"),
    "blanks": (list, 'a list of texts, as ["-", "N/A"]'),
    "columns": (dict, 'a table: contract name = "own name"'),
    "values": (dict, 'a table for each column: "own value" = "contract value"'),
    "kinds": (dict, 'a table: own column = "number"'),
}


@dataclass(frozen=True, kw_only=True)
class TableMapping:
    """One table's part of the mapping.

    How its file is written, and its own names: `columns` from contract to own, `values` from own to contract, `kinds` of own columns.
    """

    file: str = ""
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    date_format: str = ""
    date_formats: Mapped[str, str] = field(default_factory=dict)
    blanks: tuple[str, ...] = ()
    columns: Mapped[str, str] = field(default_factory=dict)
    values: Mapped[str, Mapped[str, str]] = field(default_factory=dict)
    kinds: Mapped[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """What a mapping.toml says; None or empty where it says nothing."""

    name: str | None = None
    currency: str | None = None
    as_of: str | dt.date | None = None
    grace_days: int | None = None
    date_format: str = ""
    blanks: tuple[str, ...] = ()
    tables: Mapped[str, TableMapping] = field(default_factory=dict)

    def table(self, name: str) -> TableMapping:
        """The table's part, with the date format and blanks that hold for all tables."""
        return self.tables.get(name, TableMapping(date_format=self.date_format, blanks=self.blanks))


def read_mapping(path: Path) -> Mapping:
    """The mapping in the file. Raises DataProblems with every unknown name in it, and what was probably meant."""
    report = Report()
    data = _toml(path, report)
    _check(data, _TOP, "", report)
    parts = data.get("tables", {})
    for name, part in parts.items() if isinstance(parts, dict) else ():
        if not _known(name, TABLES, "tables", report):
            continue
        if isinstance(part, dict):
            _check_table(name, part, report)
        else:
            _add(
                report,
                f"tables.{name}",
                part,
                f"is not a table [tables.{name}]",
                "See load_company for an example.",
            )
    report.raise_any()
    shared = {"date_format": data.get("date_format", ""), "blanks": tuple(data.get("blanks", ()))}
    single = {key: data.get(key) for key in ("name", "currency", "as_of", "grace_days")}
    return Mapping(
        **single, **shared, tables={name: _table(part, shared) for name, part in parts.items()}
    )


def _toml(path: Path, report: Report) -> dict[str, Any]:
    try:
        # Editors on Windows put a byte order mark before UTF-8, which TOML does not know.
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        _add(report, "", None, "is not written in UTF-8", "Save it as UTF-8.")
    except tomllib.TOMLDecodeError as error:
        _add(
            report,
            "",
            None,
            f"is no valid TOML: {error}",
            'Texts stand in quotes: name = "Example".',
        )
    return {}


def _check_table(name: str, part: dict[str, Any], report: Report) -> None:
    where = f"tables.{name}"
    _check(part, _TABLE, where, report)
    if len(str(part.get("delimiter", ","))) != 1:
        _add(
            report,
            f"{where}.delimiter",
            part["delimiter"],
            "is not one character",
            r'Write "\t" for a tab, or ";".',
        )
    for key in ("columns", "values", "date_format"):
        for each in _keys(part, key):
            if column(name, each) is None:
                _known(each, named(name), f"{where}.{key}", report)
    for key, example in (("columns", "own name"), ("date_format", "%d/%m/%Y")):
        for each, own in _items(part, key):
            if not isinstance(own, str):
                _add(
                    report,
                    f"{where}.{key}.{each}",
                    own,
                    "is not text",
                    f'Write {each} = "{example}".',
                )
    for each, pairs in _items(part, "values"):
        if not isinstance(pairs, dict) or not all(
            isinstance(value, (str, int, float, bool)) for value in pairs.values()
        ):
            _add(
                report,
                f"{where}.values.{each}",
                pairs,
                "is not a table of values",
                'Write "own" = "contract" below it.',
            )
    for each, kind in _items(part, "kinds"):
        if column(name, each) is not None:
            mend = "Leave it out: the contract says how it is read."
            _add(report, f"{where}.kinds.{each}", kind, "is a column of the contract", mend)
        elif kind not in DTYPES:
            _known(str(kind), DTYPES, f"{where}.kinds.{each}", report)


def _table(part: dict[str, Any], shared: dict[str, Any]) -> TableMapping:
    date_format = part.get("date_format", shared["date_format"])
    several = isinstance(date_format, dict)
    plain = {
        key: part[key]
        for key in ("file", "sheet", "encoding", "delimiter", "columns", "kinds")
        if key in part
    }
    values = {
        each: {own: str(to) for own, to in pairs.items()}
        for each, pairs in part.get("values", {}).items()
    }
    return TableMapping(
        **plain,
        values=values,
        blanks=tuple(part.get("blanks", shared["blanks"])),
        date_format=shared["date_format"] if several else date_format,
        date_formats=date_format if several else {},
    )


def _check(
    data: dict[str, Any], keys: dict[str, tuple[Any, str]], where: str, report: Report
) -> None:
    """Every key is one of `keys`, and its value of the type that is wanted."""
    for key, value in data.items():
        if _known(key, keys, where, report):
            kind, wanted = keys[key]
            wrong = not isinstance(value, kind) or (isinstance(value, bool) and kind is int)
            if wrong or (kind is list and not all(isinstance(each, str) for each in value)):
                _add(
                    report,
                    f"{where}.{key}".lstrip("."),
                    value,
                    f"is not {wanted}",
                    "Mend it in mapping.toml.",
                )


def _known(name: str, names: Iterable[str], where: str, report: Report) -> bool:
    names = list(names)
    if name in names:
        return True
    close = difflib.get_close_matches(name, names, n=1)
    mend = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(names)}."
    _add(report, where, name, "is not known there", mend)
    return False


def _keys(part: dict[str, Any], key: str) -> list[str]:
    return [each for each, _ in _items(part, key)]


def _items(part: dict[str, Any], key: str) -> list[tuple[str, Any]]:
    return list(part[key].items()) if isinstance(part.get(key), dict) else []


def _add(report: Report, where: str, value: Any, problem: str, mend: str) -> None:
    report.add(FILE, where, None, value, rule=f"{where} {value}", problem=problem, mend=mend)
