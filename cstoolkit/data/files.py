"""One file read whole and as it is: CSV, Excel or Parquet, with the row numbers its owner sees."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cstoolkit.data.report import fault
from cstoolkit.data.spelling import SIGNS

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

ENCODINGS = ("utf-8", "cp932")
"""Encodings tried, strictly, in this order; UTF-8 with or without a byte order mark."""

SUFFIXES = (".csv", ".xlsx", ".parquet")
"""What is read without being named in a mapping."""

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_RUN = re.compile(rb"([A-Za-z]?)((?:[\x81-\x9f\xe0-\xfc][\x40-\xfc]|[\x80-\xff])+)(?=([A-Za-z]?))")
"""Characters of cp932 beyond ASCII that follow each other, and the letters beside them."""

_SIGN = re.compile(f"[{''.join(SIGNS)}%]|{'|'.join(sorted({*chain(*SIGNS.values())}))}")
_CURRENCY_FORMAT = re.compile(r"\[\$([^-\]]*)[^\]]*\]")
"""What a number format may show beside a number: a currency's sign or code, or per cent."""

_PART = 50_000
"""Rows that become a frame at once."""

_EXCEL_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")


class Unreadable(ValueError):
    """A file that cannot be read without losing or guessing something.

    Parameters
    ----------
    rule : str
        What is wrong: a rule of faults.csv.
    row : int, optional
        The row as a spreadsheet shows it.
    value : str, optional
        What stands there.
    **values
        What the rule's sentences name.
    """

    def __init__(
        self, rule: str, *, row: int | None = None, value: str | None = None, **values: Any
    ) -> None:
        self.fault, self.row, self.value = fault(rule, **values), row, value
        super().__init__(f"{self.fault.problem}. {self.fault.fix}")


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
    signs : tuple of (column, sign, row)
        The currency and percent signs that Excel shows beside numbers, each with its first row.
    """

    frame: pd.DataFrame
    rows: np.ndarray | None
    notes: tuple[str, ...] = ()
    signs: tuple[tuple[str, str, int], ...] = ()


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
    try:
        path.open("rb").close()
    except OSError as error:
        raise Unreadable("not opened", why=error.strerror) from None
    if sheet and suffix != ".xlsx":
        raise Unreadable("no sheets", kind=suffix or "no Excel file")
    if (encoding or delimiter) and suffix in (".xlsx", ".parquet"):
        raise Unreadable("no encoding", kind=suffix)
    if suffix == ".xlsx":
        return _excel(path, sheet, table)
    if suffix == ".parquet":
        return _parquet(path)
    if suffix in (".csv", ".tsv", ".txt"):
        return _csv(path, encoding, delimiter)
    raise Unreadable("kind of file", kind=suffix or "nameless")


def _csv(path: Path, encoding: str, delimiter: str) -> Sheet:
    text, notes = _text(path.read_bytes(), encoding)
    if not delimiter and path.suffix.casefold() != ".csv":
        raise Unreadable("divided by")
    # Quotes are kept strict: one that never closes would swallow the rest of the file into one
    # cell.
    reader = csv.reader(_lines(text), delimiter=delimiter or ",", strict=True)
    try:
        return _sheet(_header(next(reader, []), delimiter), reader, "", notes)
    except csv.Error as error:
        raise Unreadable("no CSV", line=reader.line_num, why=error) from None


def _lines(text: str) -> Iterator[str]:
    """The lines; a lone carriage return ends one only in a file that knows no other end."""
    end, start = "\n" if "\n" in text else "\r", 0
    while at := text.find(end, start) + 1:
        yield text[start:at]
        start = at
    if start < len(text):
        yield text[start:]


def _text(raw: bytes, encoding: str) -> tuple[str, list[str]]:
    """A file's text, and what is said of how it was read."""
    if not encoding:
        _refuse_marked(raw)
    text, used = _decoded(raw, encoding)
    notes = [f"read as {used}, since it is not UTF-8"] if used == "cp932" and not encoding else []
    whole = text.rstrip("\x1a")
    if len(whole) < len(text):
        notes.append("a mark for the end of the file (Ctrl-Z), left out")
    if found := _CONTROL.search(whole):
        line = whole.count("\n", 0, found.start()) + 1
        raise Unreadable("control character", row=line, letter=found[0])
    return whole.removeprefix("\ufeff"), notes


def _refuse_marked(raw: bytes) -> None:
    """Encodings that tell themselves by a mark are named, since they may look like another."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = "utf-16"
    elif re.search(rb"\x1b(\$[@B]|\(J)", raw):
        name = "iso-2022-jp"
    else:
        return
    raise Unreadable("marked encoding", upper=name.upper(), encoding=name)


def _decoded(raw: bytes, encoding: str) -> tuple[str, str]:
    for each in (encoding,) if encoding else ENCODINGS:
        try:
            text = raw.decode(each)
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            continue
        except (LookupError, ValueError):
            raise Unreadable("no such encoding", encoding=each) from None
        if each == "cp932" and not encoding:
            _refuse_western(raw)
        return text, each
    tried = f"not {encoding}" if encoding else f"neither {' nor '.join(ENCODINGS)}"
    raise Unreadable("other encoding", tried=tried, line=line)


def _refuse_western(raw: bytes) -> None:
    """Text in a Western encoding may be valid cp932: accents become kana and kanji amid letters."""
    japanese, doubtful = 0, []
    for run in _RUN.finditer(raw):
        beside = run[1] or run[3]
        if 0x81 <= run[2][0] <= 0x98 and (len(run[2]) > 2 or not beside):
            japanese += 1  # kana, or kanji of the first level
        elif beside or run[2][0] >= 0xE0:
            doubtful.append(run)
    if len(doubtful) >= japanese:
        at = (doubtful or [_RUN.search(raw)])[0].start(2)
        line = raw[raw.rfind(b"\n", 0, at) + 1 :].splitlines()[0]
        one, other = (line.decode(each, "replace") for each in ("cp932", "cp1252"))
        row = raw.count(b"\n", 0, at) + 1
        raise Unreadable("Japanese or Western", row=row, one=one, other=other)


def _header(names: list[Any], delimiter: str = "") -> list[str]:
    header = ["" if name is None else str(name).strip() for name in names]
    if not any(header):
        raise Unreadable("no header", row=1)
    if len(header) == 1 and not delimiter and (found := re.search(r"[;\t]", header[0])):
        name = {";": ";", "\t": "\\t"}[found[0]]
        raise Unreadable("no commas", row=1, value=header[0], delimiter=name)
    if len(header) > 2 and sum(map(bool, header)) == 1:
        raise Unreadable("title", row=1, value="".join(header))
    for at, name in enumerate(header):
        if not name:
            raise Unreadable("nameless column", row=1, number=at + 1)
        if name in header[:at]:
            raise Unreadable("named twice", row=1, value=name)
    return header


def _sheet(header: list[str], body: Iterable[list], blank: str | None, notes: list[str]) -> Sheet:
    """The rows below the header; `blank` is how an empty cell came. Rows without cells are left
    out.

    Rows become a frame by the part: Python's lists take many times the room of its columns.
    """
    width = len(header)
    parts, part, rows, empty, short = [], [], [], [], []
    for number, record in enumerate(body, start=2):
        if not record:
            empty.append(number)
            continue
        _refuse_beside(record, width, blank, number)
        if blank is not None and len(record) < width:
            short.append(number)
        part.append(record[:width] + [blank] * (width - len(record)))
        rows.append(number)
        if len(part) == _PART:
            parts.append(_frame(header, part, blank))
            part = []
    if short:
        notes.append(f"fewer fields than the header, the rest read as empty: {_rows(short)}")
    between = [number for number in empty if rows and number < rows[-1]]
    if between:
        notes.append(f"empty, left out: {_rows(between)}")
    frame = pd.concat([*parts, _frame(header, part, blank)], ignore_index=True)
    frame = frame.infer_objects() if blank is None else frame
    return Sheet(frame=frame, rows=np.array(rows, dtype=int), notes=tuple(notes))


def _refuse_beside(record: list, width: int, blank: str | None, number: int) -> None:
    """A cell beside the table would be lost."""
    beside = [str(cell) for cell in record[width:] if cell is not None and str(cell).strip()]
    if beside and blank is None:
        raise Unreadable("beside the table", row=number, value=beside[0])
    if beside:
        fields = {"fields": len(record), "wanted": width}
        raise Unreadable("too many fields", row=number, value=", ".join(beside), **fields)


def _frame(header: list[str], body: list[list], blank: str | None) -> pd.DataFrame:
    columns = zip(*body, strict=True) if body else ((),) * len(header)
    dtype = object if blank is None else "str"
    frame = pd.DataFrame(
        {name: pd.Series(cells, dtype=dtype) for name, cells in zip(header, columns, strict=True)}
    )
    return frame if blank is None else frame.mask(frame == "")


def _rows(numbers: list[int]) -> str:
    more = f" and {len(numbers) - 5:,} more" if len(numbers) > 5 else ""
    return f"row{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:5]))}{more}"


@contextmanager
def _readable(kind: str) -> Iterator[None]:
    """Whatever a library raises of a broken file is one problem; what it warns of is no news."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - a broken file makes parsers raise whatever comes
        said = str(error).splitlines() or [type(error).__name__]
        raise Unreadable(f"no {kind}", why=said[0]) from None


def _parquet(path: Path) -> Sheet:
    from pyarrow import parquet

    with _readable("Parquet"):
        parquet.read_table(path).validate(full=True)  # text that is none is found only when used
        frame = pd.read_parquet(path)
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    _header(list(frame.columns), ",")
    return Sheet(frame=frame.reset_index(drop=True), rows=None)


def _excel(path: Path, sheet: str, table: str) -> Sheet:
    from openpyxl import load_workbook

    with _readable("Excel"):
        # From memory: where a file is broken the library leaves it open.
        held = io.BytesIO(path.read_bytes())
        book = load_workbook(held, read_only=True, data_only=True)
        try:
            name, notes = _sheet_name(book, sheet, table)
            book[name].reset_dimensions()
            records, signs = _cells(book[name])
        finally:
            book.close()
        _refuse_unseen(path, name, records)
    header = _header(records[0] if records else [])
    for number, record in enumerate(records[1:], start=2):
        for column, cell in zip(header, record, strict=False):
            if isinstance(cell, str) and cell in _EXCEL_ERRORS:
                raise Unreadable("error in a cell", row=number, value=cell, column=column)
    read = _sheet(header, records[1:], None, notes)
    named = [(header[at], sign, row) for (at, sign), row in signs.items() if at < len(header)]
    return replace(read, signs=tuple(named))


def _cells(sheet: ReadOnlyWorksheet) -> tuple[list[list], dict[tuple[int, str], int]]:
    """The values by row, and the currency or percent signs that number formats show, by column."""
    records, signs = [], {}
    for row in sheet.iter_rows():
        cells = [cell.value for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        records.append(cells)
        for at, value in enumerate(cells):
            if isinstance(value, (int, float)):
                shown = _CURRENCY_FORMAT.sub(r"\1", row[at].number_format)
                for sign in _SIGN.findall(shown):
                    signs.setdefault((at, sign), len(records))
    return records, signs


def _sheet_name(book: Workbook, sheet: str, table: str) -> tuple[str, list[str]]:
    names = [each.title for each in book.worksheets]
    if sheet in names:
        return sheet, []
    if sheet:
        raise Unreadable("no such sheet", sheet=sheet, names=", ".join(names))
    seen = [each.title for each in book.worksheets if each.sheet_state == "visible"]
    hidden = [each for each in names if each not in seen]
    notes = [f"hidden sheets, not read: {', '.join(hidden)}"] if hidden else []
    if table in seen:
        return table, notes
    if not seen:
        raise Unreadable("hidden sheets")
    if len(seen) > 1:
        raise Unreadable("several sheets", names=", ".join(seen), first=seen[0])
    return seen[0], notes


def _refuse_unseen(path: Path, name: str, records: list[list]) -> None:
    """Cells that read as empty though a spreadsheet shows a value: uncomputed formulas, merged
    cells.
    """
    from openpyxl import load_workbook

    with zipfile.ZipFile(path) as parts:
        sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/")]
        if not any(re.search(rb"<(f|mergeCell)[\s>/]", parts.read(part)) for part in sheets):
            return
    sheet = load_workbook(io.BytesIO(path.read_bytes()))[name]
    for area in sheet.merged_cells.ranges:
        if area.max_row > 1 and area.min_row <= len(records) and area.min_col <= len(records[0]):
            raise Unreadable("merged cells", row=area.min_row, area=area)
    for row, record in zip(sheet.iter_rows(), records, strict=False):
        for at, cell in enumerate(row):
            if cell.data_type == "f" and (at >= len(record) or record[at] is None):
                raise Unreadable("formula", row=cell.row, value=str(cell.value))
