"""A company from files: one's own, in a folder, or the bundled one."""

from __future__ import annotations

import datetime as dt
import difflib
import os
from pathlib import Path

import pandas as pd

from cstoolkit.data import files, mapping
from cstoolkit.data.check import Origin, Reading, Report, conform
from cstoolkit.data.company import Company, build
from cstoolkit.data.contract import ESSENTIAL, TABLES

VARIABLE = "CSTOOLKIT_DATA"
"""The environment variable that names the folder of one's own data."""

_DATA = (*files.SUFFIXES, ".xls", ".xlsm", ".ods", ".tsv", ".txt", ".json")


def load_company(
    path: str | os.PathLike[str] | None = None,
    *,
    name: str | None = None,
    currency: str | None = None,
    as_of: str | dt.date | pd.Timestamp | None = None,
    grace_days: int | None = None,
) -> Company:
    """A company from a folder of CSV, Excel or Parquet files; without `path` from the folder that the environment variable
    ``CSTOOLKIT_DATA`` names, else the bundled company.

    A file named as a table (``customers.csv``, ``contracts.xlsx``) is read as that table. Other names of files, columns and values, and
    what no file says, stand in ``mapping.toml`` beside the files; `name`, `currency`, `as_of` and `grace_days` given here win::

        name = "Example Ltd"
        currency = "JPY"
        as_of = 2025-12-31                  # the day the files were exported
        grace_days = 30                     # a gap up to this is a late renewal
        date_format = "%d/%m/%Y"            # only where days do not begin with the year
        blanks = ["-", "N/A"]               # what stands for an empty cell

        [tables.customers]
        file = "accounts.csv"               # several tables may name the same file
        encoding = "cp932"                  # if neither UTF-8 nor cp932; a tab: delimiter = "\\t"
        [tables.customers.columns]          # contract name = "name in the file"
        customer_id = "Account No"
        industry = "業種"
        [tables.customers.values.onboarding]    # "value in the file" = "value of the contract"
        "無料" = "free"
        [tables.customers.kinds]            # columns of one's own are text unless said
        "Credit limit" = "number"

        [tables.contracts]
        file = "book.xlsx"
        sheet = "Orders"
        date_format.starts_on = "%d.%m.%Y"  # for one column

    The tables and columns are those of ``cstoolkit.data.contract.describe()``; needed are ``customers.customer_id`` and
    ``contracts.customer_id, starts_on, ends_on, arr`` (``ends_on = ""`` in the mapping where all are open-ended). Read without asking:
    days that begin with the year in any spelling, thousands separators, currency signs that agree with the currency, full-width
    digits, yes and no in English and Japanese. Refused: what two readers would read differently. Columns that the contract does
    not know are kept. What was read in another spelling, kept or left out is said in ``company.notes``.

    Columns that must be computed first take a few lines of pandas before :meth:`Company.from_tables`; here from months of tenure,
    a monthly price, and whether the customer left::

        own = pd.read_csv("accounts.csv", dtype={"id": "str"})
        starts = as_of - own["tenure"].map(lambda months: pd.DateOffset(months=months))
        stops = pd.Series(as_of, own.index).where(own["left"] == "Yes")
        contracts = pd.DataFrame({"customer_id": own["id"], "starts_on": starts, "ends_on": pd.NaT, "stopped_on": stops,
                                  "arr": 12 * own["price"]})

    Raises DataProblems with everything that is wrong in all files: table, column, row as a spreadsheet shows it, value, mend;
    FileNotFoundError where there is no such folder.

    >>> company = load_company()
    >>> len(company.snapshot()) > 1000
    True
    """
    given = path if path is not None else os.environ.get(VARIABLE) or None
    if given is None:
        folder, said = _bundled(as_of)
    else:
        folder = _folder(Path(given).expanduser(), from_variable=path is None)
        described = folder / mapping.FILE
        said = mapping.read_mapping(described) if described.exists() else mapping.Mapping()
    report = Report()
    single = {
        "name": name if name is not None else said.name,
        "currency": currency if currency is not None else said.currency,
        "as_of": as_of if as_of is not None else said.as_of,
    }
    for key, value in single.items():
        if value is None:
            report.add(mapping.FILE, key, None, None, rule="not said", **_WANTED[key])
    tables, readings, notes = _tables(folder, said, report)
    if None in single.values():
        # What can be checked without them is reported in the same go.
        conform(tables, as_of=pd.Timestamp("9999-12-31"), report=report, readings=readings)
    grace = next(each for each in (grace_days, said.grace_days, 30) if each is not None)
    return build(tables, **single, grace_days=grace, report=report, readings=readings, notes=notes)


_WANTED = {
    "name": {
        "problem": "is not said: whose data are these?",
        "mend": 'Add the line: name = "Example Ltd" (or pass name=).',
    },
    "currency": {
        "problem": "is not said: in which currency is arr?",
        "mend": 'Add the line: currency = "JPY" (or pass currency=).',
    },
    "as_of": {
        "problem": "is not said: on which day were the tables taken?",
        "mend": "Add the line: as_of = 2025-12-31 (or pass as_of=).",
    },
}


def _bundled(as_of: object) -> tuple[Path, mapping.Mapping]:
    from cstoolkit.data import bundled

    about = bundled.about()
    if as_of is not None:
        raise ValueError(
            f"as_of is the day on which tables were taken, and the bundled ones were taken on {about['as_of']}. "
            f'For an earlier day: load_company().at("{as_of}").'
        )
    said = mapping.Mapping(name=about["name"], currency=about["currency"], as_of=about["as_of"])
    return bundled.folder() / "parquet", said


def _folder(path: Path, *, from_variable: bool) -> Path:
    said = f" (named by the environment variable {VARIABLE})" if from_variable else ""
    if path.is_file():
        raise NotADirectoryError(
            f"{path} is a file{said}; load_company reads the folder it lies in: {path.parent}"
        )
    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder {path}{said}")
    return path


def _tables(
    folder: Path, said: mapping.Mapping, report: Report
) -> tuple[dict[str, pd.DataFrame], dict[str, Reading], list[str]]:
    """The folder's tables under the contract's names; what cannot be read goes into the report."""
    found = _files(folder, said, report)
    tables, readings, notes, sheets = {}, {}, [], {}
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
            report.add(
                name,
                "",
                error.row,
                error.value,
                rule="file",
                problem=error.problem,
                mend=error.mend,
            )
            report.failed.add(name)
            continue
        sheet = sheets[key]
        report.origins[name] = Origin(source=path.name, rows=sheet.rows, columns=dict(how.columns))
        tables[name] = _values(name, _renamed(name, sheet.frame, how, report, notes), how, notes)
        readings[name] = Reading(
            date_format=how.date_format,
            date_formats=how.date_formats,
            blanks=how.blanks,
            kinds=how.kinds,
        )
    notes += _unread(folder, found)
    return tables, readings, notes


def _files(folder: Path, said: mapping.Mapping, report: Report) -> dict[str, Path]:
    """Which file holds which table: the one that the mapping names, else the one named as the table."""
    there = sorted(each for each in folder.iterdir() if each.is_file())
    found = {}
    for name in TABLES:
        own = said.table(name).file
        if own:
            if (folder / own).is_file():
                found[name] = folder / own
                continue
            close = difflib.get_close_matches(own, [each.name for each in there], n=1)
            mend = (
                f"Did you mean {close[0]}?"
                if close
                else f"There are: {', '.join(each.name for each in there)}."
            )
            report.add(
                name, "", None, own, rule="no file", problem=f"is no file in {folder}", mend=mend
            )
            report.failed.add(name)
            continue
        named = [
            each
            for each in there
            if each.stem.casefold() == name and each.suffix.casefold() in files.SUFFIXES
        ]
        if len(named) > 1:
            names = ", ".join(each.name for each in named)
            mend = f'Name one in mapping.toml: [tables.{name}] file = "{named[0].name}".'
            report.add(
                name,
                "",
                None,
                names,
                rule="several files",
                problem="could each be the table",
                mend=mend,
            )
            report.failed.add(name)
        elif named:
            found[name] = named[0]
        elif name in said.tables:
            mend = f'Add the line below [tables.{name}]: file = "its name".'
            problem = (
                f"is in {mapping.FILE}, but neither is its file named nor is there a {name}.csv"
            )
            report.add(name, "", None, None, rule="no file", problem=problem, mend=mend)
            report.failed.add(name)
        elif name in ESSENTIAL:
            names = (
                ", ".join(each.name for each in there if each.suffix.casefold() in _DATA)
                or "no data files"
            )
            problem = f"is missing, and nothing can be told without it; {folder} has: {names}"
            mend = (
                f'Name its file {name}.csv, or add to mapping.toml: [tables.{name}] file = "...".'
            )
            report.add(name, "", None, None, rule="no file", problem=problem, mend=mend)
            report.failed.add(name)
    return found


def _unread(folder: Path, found: dict[str, Path]) -> list[str]:
    """What is said of files that look like data and are not read."""
    read = {path.resolve() for path in found.values()}
    absent = [name for name in TABLES if name not in found]
    notes = []
    for path in sorted(folder.iterdir()):
        data = (
            path.is_file()
            and path.suffix.casefold() in _DATA
            and not path.name.startswith(("~$", "."))
        )
        if data and path.resolve() not in read:
            close = difflib.get_close_matches(path.stem.casefold(), absent, n=1)
            guess = f"did you mean {close[0]}{path.suffix}" if close else "no table of that name"
            notes.append(f"{path.name}: not read ({guess}; a mapping can name it).")
    return notes


def _renamed(
    name: str, frame: pd.DataFrame, how: mapping.TableMapping, report: Report, notes: list[str]
) -> pd.DataFrame:
    """The frame with the contract's names. An own column that had such a name already makes room."""
    columns = {}
    for each, own in how.columns.items():
        if own in frame:
            columns[each] = frame[own]
            continue
        if own == "":
            columns[each] = pd.Series(index=frame.index, dtype="str")
            continue
        close = difflib.get_close_matches(own, list(frame.columns), n=1)
        there = (
            f"Did you mean {close[0]!r}?"
            if close
            else f"The columns are: {', '.join(frame.columns)}."
        )
        mend = f"{there} Mend it in mapping.toml: [tables.{name}.columns] {each} = ..."
        problem = "is not in the file, as which the mapping names it"
        report.add(name, each, None, own, rule="no own column", problem=problem, mend=mend)
    used = {how.columns[each] for each in columns}
    for own in frame.columns:
        if own in used and own not in columns:
            continue
        if own in how.columns:
            if how.columns[own] != own:
                notes.append(
                    f"{name}: the file's own column {own} is kept as {own!r} + ' (file)', since another was mapped to it."
                )
                columns[f"{own} (file)"] = frame[own]
            continue
        columns[own] = frame[own]
    return pd.DataFrame(columns, index=frame.index)


def _values(
    name: str, table: pd.DataFrame, how: mapping.TableMapping, notes: list[str]
) -> pd.DataFrame:
    """Own values replaced by the contract's, as the mapping says."""
    replaced = {}
    for each, pairs in how.values.items():
        if each not in table:
            notes.append(
                f"{name}.{each}: the file has no such column, so that its values in the mapping do nothing."
            )
            continue
        text = table[each].map(lambda value: str(value).strip(), na_action="ignore")
        unused = [own for own in pairs if not (text == own).any()]
        if unused:
            notes.append(
                f"{name}.{each}: the mapping's {', '.join(map(repr, unused))} did not occur."
            )
        hit = text.isin(list(pairs))
        replaced[each] = table[each].astype(object).mask(hit, text.map(pairs))
    return table.assign(**replaced)
