"""One file read whole and as it is: CSV, Excel or Parquet, with the row numbers that its owner sees."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ENCODINGS = ("utf-8", "cp932")
"""Encodings tried, strictly, in this order; UTF-8 with or without a byte order mark."""

SUFFIXES = (".csv", ".xlsx", ".parquet")
"""What is read without being named in a mapping."""

_EXCEL_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")


class Unreadable(ValueError):
    """A file that cannot be read without losing or guessing something: what, at which row, and the mend."""

    def __init__(
        self, problem: str, mend: str, *, row: int | None = None, value: str | None = None
    ) -> None:
        super().__init__(f"{problem}. {mend}")
        self.problem, self.mend, self.row, self.value = problem, mend, row, value


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A file's table: text from CSV, typed values from Excel and Parquet; `rows` are row numbers as shown by a spreadsheet."""

    frame: pd.DataFrame
    rows: np.ndarray | None
    notes: tuple[str, ...] = ()


def read(
    path: Path, *, sheet: str = "", encoding: str = "", delimiter: str = "", table: str = ""
) -> Sheet:
    """The table in the file. `sheet` names one of an Excel file (`table` is taken where a sheet has that name).

    Raises Unreadable for an unknown encoding, rows with more fields than the header, header names that are empty or come
    twice, empty files, Excel cells with errors.
    """
    suffix = path.suffix.casefold()
    if sheet and suffix != ".xlsx":
        raise Unreadable(
            f"has no sheets, being {suffix or 'no Excel file'}", "Leave sheet out of the mapping."
        )
    if (encoding or delimiter) and suffix in (".xlsx", ".parquet"):
        raise Unreadable(
            f"has no encoding or delimiter, being {suffix}", "Leave them out of the mapping."
        )
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
        raise Unreadable(
            "may be divided by tabs, semicolons or commas",
            'Say so in the mapping: delimiter = "\\t".',
        )
    # Quotes are kept strict: a quote that never closes would swallow the rest of the file into one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or ",", strict=True)
    try:
        records = list(reader)
    except csv.Error as error:
        raise Unreadable(
            f"is no well-formed CSV near line {reader.line_num}: {error}", "Check the quotes there."
        ) from None
    header = _header(records[0] if records else [], delimiter)
    frame, rows, more = _frame(header, records)
    return Sheet(frame=frame, rows=rows, notes=(*notes, *more))


def _frame(
    header: list[str], records: list[list[str]]
) -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    width = len(header)
    lengths = np.fromiter((len(record) for record in records), dtype=np.int64, count=len(records))[
        1:
    ]
    numbers = np.arange(2, len(records) + 1)
    for at in np.flatnonzero(lengths > width):
        extra = records[at + 1][width:]
        if any(each.strip() for each in extra):
            raise Unreadable(
                f"has {lengths[at]} fields where the header has {width}",
                "Put quotes around values that hold the delimiter.",
                row=int(numbers[at]),
                value=", ".join(extra),
            )
    notes = []
    short = numbers[(lengths < width) & (lengths > 0)]
    if len(short):
        notes.append(f"fewer fields than the header, the rest read as empty: {_rows(short)}")
    body = [
        record if len(record) == width else (record + [""] * width)[:width]
        for record in records[1:]
        if record
    ]
    filled = lengths > 0
    if not all(filled[: _last(filled)]):
        notes.append(
            f"empty, left out: {_rows(numbers[: _last(filled)][~filled[: _last(filled)]])}"
        )
    columns = zip(*body, strict=True) if body else ((),) * width
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype="str") for name, values in zip(header, columns, strict=True)}
    )
    return frame.mask(frame == ""), numbers[filled], notes


def _last(filled: np.ndarray) -> int:
    return int(np.flatnonzero(filled)[-1]) + 1 if filled.any() else 0


def _rows(numbers: np.ndarray) -> str:
    shown = ", ".join(str(each) for each in numbers[:5])
    return f"row{'s' * (len(numbers) > 1)} {shown}{f' and {len(numbers) - 5:,} more' if len(numbers) > 5 else ''}"


def _decoded(raw: bytes, encoding: str) -> tuple[str, list[str]]:
    if not encoding and raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable("is written in UTF-16", 'Say so in the mapping: encoding = "utf-16".')
    for each in (encoding,) if encoding else ENCODINGS:
        try:
            text = raw.decode(each)
        except LookupError:
            raise Unreadable(
                f"cannot be read as {each!r}: no such encoding", 'Name one such as "cp1252".'
            ) from None
        except UnicodeDecodeError as error:
            where = raw[: error.start].count(b"\n") + 1
            continue
        notes = [] if encoding or each == "utf-8" else [f"read as {each}, since it is no UTF-8"]
        return text.removeprefix("\ufeff"), notes
    tried = encoding or " nor ".join(ENCODINGS)
    raise Unreadable(
        f"is {'not' if encoding else 'neither'} {tried} (line {where})",
        'Name its encoding in the mapping, such as encoding = "cp1252", or save it as CSV UTF-8.',
    )


def _header(names: list[object], delimiter: str = "") -> list[str]:
    header = ["" if name is None else str(name).strip() for name in names]
    if not any(header):
        raise Unreadable("has no column names", "The first row names the columns.", row=1)
    if len(header) == 1 and not delimiter and (found := re.search(r"[;\t]", header[0])):
        name = {";": ";", "\t": "\\t"}[found[0]]
        raise Unreadable(
            "seems not to be divided by commas",
            f'Say so in the mapping: delimiter = "{name}".',
            row=1,
            value=header[0],
        )
    for at, name in enumerate(header):
        if not name:
            raise Unreadable(
                f"has no name for column {at + 1}", "Name every column in the first row.", row=1
            )
        if name in header[:at]:
            raise Unreadable(
                "names a column twice", "Give each column a name of its own.", row=1, value=name
            )
    return header


def _parquet(path: Path) -> Sheet:
    from pyarrow.lib import ArrowException

    try:
        frame = pd.read_parquet(path)
    except (ArrowException, OSError) as error:
        raise Unreadable(
            f"is no readable Parquet file ({str(error).splitlines()[0]})", "Write it again."
        ) from None
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
        raise Unreadable(
            f"is no readable Excel file ({error})", "Save it as .xlsx again."
        ) from None
    try:
        name = _sheet(book.sheetnames, sheet, table)
        book[name].reset_dimensions()
        cells = [list(row) for row in book[name].iter_rows(values_only=True)]
    finally:
        book.close()
    _refuse_uncomputed(path, name, cells)
    while cells and cells[0] and cells[0][-1] is None:
        cells[0].pop()
    header = _header(cells[0] if cells else [])
    width = len(header)
    body, rows, empty = [], [], []
    for number, row in enumerate(cells[1:], start=2):
        if all(value is None for value in row):
            empty.append(number)
            continue
        if any(value is not None for value in row[width:]):
            extra = next(str(value) for value in row[width:] if value is not None)
            raise Unreadable(
                "has a value beside the table",
                "Name its column, or delete it.",
                row=number,
                value=extra,
            )
        for at, value in enumerate(row[:width]):
            if isinstance(value, str) and value in _EXCEL_ERRORS:
                raise Unreadable(
                    f"has an error in column {header[at]}",
                    "Mend or empty the cell.",
                    row=number,
                    value=value,
                )
        body.append((row + [None] * width)[:width])
        rows.append(number)
    between = np.array([number for number in empty if rows and number < rows[-1]], dtype=int)
    notes = (f"empty, left out: {_rows(between)}",) if len(between) else ()
    frame = pd.DataFrame(body, columns=header, dtype=object)
    return Sheet(frame=frame.infer_objects(), rows=np.array(rows, dtype=int), notes=notes)


def _sheet(names: list[str], sheet: str, table: str) -> str:
    if sheet:
        if sheet not in names:
            raise Unreadable(
                f"has no sheet {sheet!r}; there are: {', '.join(names)}",
                "Name one of them in the mapping.",
            )
        return sheet
    if table in names:
        return table
    if len(names) > 1:
        raise Unreadable(
            f"has several sheets: {', '.join(names)}",
            f'Name one in the mapping: sheet = "{names[0]}".',
        )
    return names[0]


def _refuse_uncomputed(path: Path, name: str, cells: list[list[object]]) -> None:
    """A formula that no spreadsheet has computed reads as an empty cell: that would lose a value in silence."""
    with zipfile.ZipFile(path) as parts:
        if not any(
            _has_formula(parts, part)
            for part in parts.namelist()
            if part.startswith("xl/worksheets/")
        ):
            return
    for number, at, formula in _formulas(path, name):
        row = cells[number - 1] if number <= len(cells) else []
        if at >= len(row) or row[at] is None:
            raise Unreadable(
                "has a formula without a result",
                "Open the file in a spreadsheet and save it.",
                row=number,
                value=formula,
            )


def _has_formula(parts: zipfile.ZipFile, part: str) -> bool:
    return re.search(rb"<f[\s>/]", parts.read(part)) is not None


def _formulas(path: Path, name: str) -> Iterator[tuple[int, int, str]]:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    try:
        for number, row in enumerate(book[name].iter_rows(), start=1):
            yield from (
                (number, at, str(cell.value))
                for at, cell in enumerate(row)
                if cell.data_type == "f"
            )
    finally:
        book.close()
