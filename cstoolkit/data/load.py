"""A company from files: one's own, in a folder, or the bundled one."""

from __future__ import annotations

import datetime as dt
import difflib
import os
from pathlib import Path

import pandas as pd

from cstoolkit.data import bundled, files, mapping, spelling
from cstoolkit.data.company import Company, build
from cstoolkit.data.contract import ESSENTIAL, TABLES
from cstoolkit.data.mapping import Reading, Said, nearest
from cstoolkit.data.report import Fault, Origin, Report, fault

VARIABLE = "CSTOOLKIT_DATA"
"""The environment variable that names the folder of one's own data."""

_DATA = (*files.SUFFIXES, ".xls", ".xlsm", ".ods", ".tsv", ".txt", ".json")


class NoFolder(FileNotFoundError):
    """The folder of one's own data is not there, or is a file; the message names it."""

    def _render_traceback_(self) -> list[str]:
        """In a notebook the sentence alone."""
        return [f"{self}"]


def load_company(
    path: str | os.PathLike[str] | None = None,
    *,
    name: str | None = None,
    currency: str | None = None,
    as_of: str | dt.date | pd.Timestamp | None = None,
    grace_days: int | None = None,
) -> Company:
    """A company from a folder of CSV, Excel or Parquet files, or the bundled one.

    A file named as a table (``customers.csv``, ``contracts.xlsx``) is read as that table. Needed
    are ``customers.customer_id`` and ``contracts.customer_id, starts_on, ends_on, arr``; all tables
    and columns stand in ``cs.data.describe()``. Other names of files, columns and
    values stand in ``mapping.toml`` beside the files; docs/own_data.md tells what it may say and
    how values are read.

    Parameters
    ----------
    path : path, optional
        The folder; without it the one that the environment variable ``CSTOOLKIT_DATA`` names, else
        the bundled company.
    name, currency, as_of, grace_days : optional
        Whose data they are, the currency as a code of three letters, the day the tables were taken,
        and the longest gap between contracts that is a late renewal (30 days). They win over what
        the mapping says.

    Returns
    -------
    Company
        What was read in another spelling, kept or left out is said in its ``notes``.

    Raises
    ------
    DataProblems
        With everything that is wrong in all files: table, column, row as a spreadsheet shows it,
        value, what to fix.
    FileNotFoundError
        Where there is no such folder.

    Examples
    --------
    >>> company = load_company()
    >>> len(company.snapshot()) > 1000
    True
    """
    if not isinstance(path, (str, os.PathLike, type(None))):
        raise TypeError(f"load_company: path is a folder's name, got a {type(path).__name__}.")
    given = path if path is not None else os.environ.get(VARIABLE) or None
    if given is None:
        folder, said = _bundled(as_of)
    else:
        folder = _folder(Path(given).expanduser(), from_variable=path is None)
        described = folder / mapping.FILE
        said = mapping.read(described) if described.exists() else Said()
    report = Report()
    passed = {"name": name, "currency": currency, "as_of": as_of}
    single = {key: getattr(said, key) if passed[key] is None else passed[key] for key in passed}
    _not_said(single, report)
    tables, readings, notes = _tables(folder, said, report, single["currency"])
    grace = next(each for each in (grace_days, said.grace_days, 30) if each is not None)
    return build(tables, **single, grace_days=grace, report=report, readings=readings, notes=notes)


def _not_said(single: dict[str, object], report: Report) -> None:
    for key, value in single.items():
        if value is None:
            report.add(mapping.FILE, key, fault(f"{key} not said"))


def _bundled(as_of: object) -> tuple[Path, Said]:
    about = bundled.about()
    if as_of is not None:
        raise ValueError(
            "as_of is the day on which tables were taken, and the bundled ones were taken on "
            f"{about['as_of']}. "
            f'For an earlier day: load_company().at("{as_of}").'
        )
    said = Said(name=about["name"], currency=about["currency"], as_of=about["as_of"])
    return bundled.folder() / "parquet", said


def _folder(path: Path, *, from_variable: bool) -> Path:
    said = f" (named by the environment variable {VARIABLE})" if from_variable else ""
    if path.is_file():
        raise NoFolder(
            f"{path} is a file{said}; load_company reads the folder it lies in: {path.parent}"
        )
    if not path.is_dir():
        raise NoFolder(f"there is no folder {path}{said}")
    if not os.access(path, os.R_OK | os.X_OK):
        raise NoFolder(f"the folder {path}{said} cannot be opened: you may not read it")
    return path


def _tables(
    folder: Path, said: Said, report: Report, currency: object
) -> tuple[dict[str, pd.DataFrame], dict[str, Reading], list[str]]:
    """The folder's tables under the contract's names; what cannot be read goes into the report."""
    found = _files(folder, said, report)
    tables, notes, sheets = {}, [], {}
    for name, path in found.items():
        how = said.table(name)
        by_name = name if path.suffix.casefold() == ".xlsx" else ""
        key = (path, how.sheet or by_name, how.encoding, how.delimiter)
        try:
            if key not in sheets:
                sheets[key] = files.read(
                    path,
                    sheet=how.sheet,
                    encoding=how.encoding,
                    delimiter=how.delimiter,
                    table=name,
                )
                notes += [f"{path.name}: {note}." for note in sheets[key].notes]
        except files.Unreadable as error:
            report.origins[name] = Origin(source=path.name)
            report.add(name, "", error.fault, error.value, row=error.row)
            report.failed.add(name)
            continue
        sheet = sheets[key]
        report.origins[name] = Origin(source=path.name, rows=sheet.rows, columns=dict(how.columns))
        _check_signs(name, sheet, how, currency, report)
        tables[name] = _values(name, _renamed(name, sheet.frame, how, report, notes), how, notes)
    notes += _unread(folder, found)
    return tables, {name: said.table(name) for name in tables}, notes


def _check_signs(
    name: str, sheet: files.Sheet, how: Reading, currency: object, report: Report
) -> None:
    """What an Excel file shows beside its numbers agrees with what they are read as."""
    columns = {how.columns.get(each, each): each for each in TABLES[name].names}
    for own, sign, row in sheet.signs:
        each = columns.get(own, "")
        column = TABLES[name].column(each)
        if column is None or column.kind not in ("number", "count"):
            continue
        wrong = None
        if sign == "%":
            wrong = fault("shown as percentage", unit=column.unit)
        elif column.unit.startswith("currency"):
            wrong = spelling.other_currency(sign, str(currency or ""))
        if wrong:
            report.add(name, each, wrong, row=row)


def _files(folder: Path, said: Said, report: Report) -> dict[str, Path]:
    """Which file holds which table: the one that the mapping names, else the one named as the
    table.
    """
    there = sorted(each for each in folder.iterdir() if each.is_file())
    found = {}
    for name in TABLES:
        own = said.table(name).file
        named = [
            each
            for each in there
            if each.stem.casefold() == name and each.suffix.casefold() in files.SUFFIXES
        ]
        if own and _inside(folder, own):
            found[name] = folder / own
        elif not own and len(named) == 1:
            found[name] = named[0]
        elif own or named or name in said.tables or name in ESSENTIAL:
            report.add(name, "", *_no_file(folder, name, own, named, there, name in said.tables))
            report.failed.add(name)
    return found


def _no_file(
    folder: Path, name: str, own: str, named: list[Path], there: list[Path], mapped: bool
) -> tuple[Fault, str | None]:
    """Why no file was found for a table, and the name that stands for it."""
    if own:
        near = nearest(own, [each.name for each in there])
        return fault("no file of that name", folder=folder, nearest=near), own
    if named:
        names = ", ".join(each.name for each in named)
        return fault("several files", table=name, file=named[0].name), names
    if mapped:
        return fault("no file named", table=name), None
    data = ", ".join(each.name for each in there if each.suffix.casefold() in _DATA)
    return fault("no file", folder=folder, files=data or "no data files", table=name), None


def _inside(folder: Path, own: str) -> bool:
    """Whether it is a file of the folder or below it: a mapping that is passed on reads no
    others.
    """
    path = Path(os.path.abspath(folder / own))
    try:
        return path.is_file() and path.is_relative_to(os.path.abspath(folder))
    except OSError:  # such as a name that is too long
        return False


def _unread(folder: Path, found: dict[str, Path]) -> list[str]:
    """What is said of files that look like data and are not read."""
    read = {path.resolve() for path in found.values()}
    absent = [name for name in TABLES if name not in found]
    notes = []
    for path in sorted(folder.iterdir()):
        data = path.is_file() and path.suffix.casefold() in _DATA
        if data and not path.name.startswith(("~$", ".")) and path.resolve() not in read:
            close = difflib.get_close_matches(path.stem.casefold(), absent, n=1)
            guess = f"did you mean {close[0]}{path.suffix}" if close else "no table of that name"
            notes.append(f"{path.name}: not read ({guess}; a mapping can name it).")
    return notes


def _renamed(
    name: str, frame: pd.DataFrame, how: Reading, report: Report, notes: list[str]
) -> pd.DataFrame:
    """The frame with the contract's names. An own column that had such a name already makes
    room.
    """
    columns = {}
    for each, own in how.columns.items():
        if own in frame:
            columns[each] = frame[own]
        elif own == "":
            columns[each] = pd.Series(index=frame.index, dtype="str")
        else:
            near = nearest(own, frame.columns)
            missing = fault("no own column", nearest=near, table=name, column=each)
            report.add(name, each, missing, own)
    used = {how.columns[each] for each in columns}
    for own in frame.columns:
        if own not in how.columns:
            if own not in used:
                columns[own] = frame[own]
        elif own not in used:
            notes.append(
                f"{name}: the file's own column {own} is kept as {own!r} + ' (file)', "
                "since another was mapped to it."
            )
            columns[f"{own} (file)"] = frame[own]
    return pd.DataFrame(columns, index=frame.index)


def _values(name: str, table: pd.DataFrame, how: Reading, notes: list[str]) -> pd.DataFrame:
    """Own values replaced by the contract's, as the mapping says."""
    replaced = {}
    for each, pairs in how.values.items():
        if each not in table:
            notes.append(
                f"{name}.{each}: the file has no such column, "
                "so that its values in the mapping do nothing."
            )
            continue
        text = table[each].map(lambda value: str(value).strip(), na_action="ignore")
        unused = [own for own in pairs if not (text == own).any()]
        if unused:
            notes.append(
                f"{name}.{each}: the mapping's {', '.join(map(repr, unused))} did not occur."
            )
        replaced[each] = table[each].astype(object).mask(text.isin(list(pairs)), text.map(pairs))
    return table.assign(**replaced)
