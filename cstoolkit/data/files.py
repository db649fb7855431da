"""One file read whole and as it is: CSV, Excel or Parquet, with the row numbers its owner sees."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ENCODINGS = ("utf-8", "cp932")
"""Encodings tried, strictly, in this order; UTF-8 with or without a byte order mark."""

SUFFIXES = (".csv", ".xlsx", ".parquet")
"""What is read without being named in a mapping."""

_EXCEL_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")


class Unreadable(ValueError):
    """A file that cannot be read without losing or guessing something.

    Parameters
    ----------
    problem, fix : str
        What is wrong, without a full stop, and what to do, with one.
    row : int, optional
        The row as a spreadsheet shows it.
    value : str, optional
        What stands there.
    """

    def __init__(
        self, problem: str, fix: str, *, row: int | None = None, value: str | None = None
    ) -> None:
        super().__init__(f"{problem}. {fix}")
        self.problem, self.fix, self.row, self.value = problem, fix, row, value


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A file's table.

    Attributes
    ----------
    frame : DataFrame
        Text from CSV, typed values from Excel and Parquet.
    rows : ndarray of int or None
        The number of each row as a spreadsheet shows it.
    notes : tuple of str
        What was left out.
    """

    frame: pd.DataFrame
    rows: np.ndarray | None
    notes: tuple[str, ...] = ()


def read(
    path: Path, *, sheet: str = "", encoding: str = "", delimiter: str = "", table: str = ""
) -> Sheet:
    """The table in a file.

    Parameters
    ----------
    path : Path
        The file.
    sheet : str, optional
        One of an Excel file's; otherwise the one named as the table, or the only one.
    encoding, delimiter : str, optional
        Of a CSV file; otherwise UTF-8 or cp932, and a comma.
    table : str, optional
        The table it is read for.

    Returns
    -------
    Sheet

    Raises
    ------
    Unreadable
        For another kind of file or encoding, rows with more fields than the header, column names
        that are empty or come twice, files without a header, Excel cells with errors.
    """
    suffix = path.suffix.casefold()
    if sheet and suffix != ".xlsx":
        kind = suffix or "no Excel file"
        raise Unreadable(f"has no sheets, being {kind}", "Leave sheet out of the mapping.")
    if (encoding or delimiter) and suffix in (".xlsx", ".parquet"):
        problem = f"has no encoding or delimiter, being {suffix}"
        raise Unreadable(problem, "Leave them out of the mapping.")
    if suffix == ".xlsx":
        return _excel(path, sheet, table)
    if suffix == ".parquet":
        return _parquet(path)
    if suffix in (".csv", ".tsv", ".txt"):
        return _csv(path, encoding, delimiter)
    raise Unreadable(f"is a {suffix or 'nameless'} file", "Save it as .csv, .xlsx or .parquet.")


def _csv(path: Path, encoding: str, delimiter: str) -> Sheet:
    text, notes = _decoded(path.read_bytes(), encoding)
    if not delimiter and path.suffix.casefold() != ".csv":
        fix = 'Say so in the mapping: delimiter = "\\t".'
        raise Unreadable("may be divided by tabs, semicolons or commas", fix)
    # Quotes are kept strict: one that never closes would swallow the rest of the file into one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or ",", strict=True)
    try:
        records = list(reader)
    except csv.Error as error:
        problem = f"is not well-formed CSV near line {reader.line_num}: {error}"
        raise Unreadable(problem, "Check the quotes there.") from None
    header = _header(records[0] if records else [], delimiter)
    short = [at for at, record in enumerate(records, start=1) if 0 < len(record) < len(header)]
    if short:
        notes.append(f"fewer fields than the header, the rest read as empty: {_rows(short)}")
    return _sheet(header, records, "", notes)


def _decoded(raw: bytes, encoding: str) -> tuple[str, list[str]]:
    if not encoding and raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable("is written in UTF-16", 'Say so in the mapping: encoding = "utf-16".')
    for each in (encoding,) if encoding else ENCODINGS:
        try:
            text = raw.decode(each)
        except LookupError:
            problem = f"cannot be read as {each!r}: no such encoding"
            raise Unreadable(problem, 'Name one such as "cp1252".') from None
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            continue
        notes = [] if encoding or each == "utf-8" else [f"read as {each}, since it is not UTF-8"]
        return text.removeprefix("\ufeff"), notes
    tried = f"not {encoding}" if encoding else f"neither {' nor '.join(ENCODINGS)}"
    fix = 'Name its encoding in the mapping, such as encoding = "cp1252", or save it as CSV UTF-8.'
    raise Unreadable(f"is {tried} (line {line})", fix)


def _header(names: list[Any], delimiter: str = "") -> list[str]:
    header = ["" if name is None else str(name).strip() for name in names]
    if not any(header):
        raise Unreadable("has no column names", "The first row names the columns.", row=1)
    if len(header) == 1 and not delimiter and (found := re.search(r"[;\t]", header[0])):
        name = {";": ";", "\t": "\\t"}[found[0]]
        fix = f'Say so in the mapping: delimiter = "{name}".'
        raise Unreadable("seems not to be divided by commas", fix, row=1, value=header[0])
    for at, name in enumerate(header):
        if not name:
            fix = "Name every column in the first row."
            raise Unreadable(f"has no name for column {at + 1}", fix, row=1)
        if name in header[:at]:
            fix = "Give each column a name of its own."
            raise Unreadable("names a column twice", fix, row=1, value=name)
    return header


def _sheet(header: list[str], records: list[list], blank: str | None, notes: list[str]) -> Sheet:
    """The rows below the header; `blank` is how an empty cell came. Rows without cells are left out."""
    width = len(header)
    body, rows, empty = [], [], []
    for number, record in enumerate(records[1:], start=2):
        if not record:
            empty.append(number)
            continue
        beside = [str(cell) for cell in record[width:] if cell is not None and str(cell).strip()]
        if beside and blank is None:
            problem, fix = "has a value beside the table", "Name its column, or delete it."
            raise Unreadable(problem, fix, row=number, value=beside[0])
        if beside:
            problem = f"has {len(record)} fields where the header has {width}"
            fix = "Put quotes around values that hold the delimiter."
            raise Unreadable(problem, fix, row=number, value=", ".join(beside))
        body.append(record[:width] + [blank] * (width - len(record)))
        rows.append(number)
    between = [number for number in empty if rows and number < rows[-1]]
    if between:
        notes.append(f"empty, left out: {_rows(between)}")
    columns = zip(*body, strict=True) if body else ((),) * width
    dtype = object if blank is None else "str"
    frame = pd.DataFrame(
        {name: pd.Series(cells, dtype=dtype) for name, cells in zip(header, columns, strict=True)}
    )
    frame = frame.infer_objects() if blank is None else frame.mask(frame == "")
    return Sheet(frame=frame, rows=np.array(rows, dtype=int), notes=tuple(notes))


def _rows(numbers: list[int]) -> str:
    more = f" and {len(numbers) - 5:,} more" if len(numbers) > 5 else ""
    return f"row{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:5]))}{more}"


def _parquet(path: Path) -> Sheet:
    from pyarrow.lib import ArrowException

    try:
        frame = pd.read_parquet(path)
    except (ArrowException, OSError) as error:
        problem = f"is not a readable Parquet file ({str(error).splitlines()[0]})"
        raise Unreadable(problem, "Write it again.") from None
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    _header(list(frame.columns), ",")
    return Sheet(frame=frame.reset_index(drop=True), rows=None)


def _excel(path: Path, sheet: str, table: str) -> Sheet:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
        problem = f"is not a readable Excel file ({error})"
        raise Unreadable(problem, "Save it as .xlsx again.") from None
    try:
        name = _sheet_name(book.sheetnames, sheet, table)
        book[name].reset_dimensions()
        records = [_trimmed(row) for row in book[name].iter_rows(values_only=True)]
    finally:
        book.close()
    _refuse_uncomputed(path, name, records)
    header = _header(records[0] if records else [])
    for number, record in enumerate(records[1:], start=2):
        for column, cell in zip(header, record, strict=False):
            if isinstance(cell, str) and cell in _EXCEL_ERRORS:
                problem = f"has an error in column {column}"
                raise Unreadable(problem, "Correct or empty the cell.", row=number, value=cell)
    return _sheet(header, records, None, [])


def _trimmed(row: tuple) -> list:
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _sheet_name(names: list[str], sheet: str, table: str) -> str:
    if sheet and sheet not in names:
        problem = f"has no sheet {sheet!r}; there are: {', '.join(names)}"
        raise Unreadable(problem, "Name one of them in the mapping.")
    if sheet or table in names:
        return sheet or table
    if len(names) > 1:
        fix = f'Name one in the mapping: sheet = "{names[0]}".'
        raise Unreadable(f"has several sheets: {', '.join(names)}", fix)
    return names[0]


def _refuse_uncomputed(path: Path, name: str, records: list[list]) -> None:
    """A formula that no spreadsheet has computed reads as an empty cell: a value lost in silence."""
    from openpyxl import load_workbook

    with zipfile.ZipFile(path) as parts:
        sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/")]
        if not any(re.search(rb"<f[\s>/]", parts.read(part)) for part in sheets):
            return
    book = load_workbook(path, read_only=True)
    try:
        for row, record in zip(book[name].iter_rows(), records, strict=True):
            for at, cell in enumerate(row):
                if cell.data_type == "f" and (at >= len(record) or record[at] is None):
                    problem = "has a formula without a result"
                    fix = "Open the file in a spreadsheet and save it."
                    raise Unreadable(problem, fix, row=cell.row, value=str(cell.value))
    finally:
        book.close()
