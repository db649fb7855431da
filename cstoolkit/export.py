"""Results for management: tables as Excel or CSV, pictures as PNG or SVG, each written whole or not
at all.

What comes from data is never run: text that a spreadsheet would take for a formula stays text. The
same input gives the
same bytes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import secrets
import shutil
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from cstoolkit import display, theme
from cstoolkit.data.company import Company

__all__ = ["Sheet", "to_csv", "to_excel", "to_picture"]

COVER, SOURCES = "Read me", "Sources"
"""The sheets that every workbook has, and that a workbook with sources has."""

LONGEST, ROWS = 32_767, 1_048_575
"""Characters that an Excel cell holds, and rows that a sheet holds below its header."""

WIDEST = 60
"""The widest column, in characters."""

SHARPNESS = 3.0
"""Picture pixels a CSS pixel in a PNG: 288 dots an inch, enough for print."""

REPLACED = "\ufffd"
"""What stands for a character that no spreadsheet file may hold."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STARTS = ("=", "+", "-", "\u2212", "@", "|", "%")
_LINK = re.compile(r"\|.*!", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet of a workbook.

    Parameters
    ----------
    table : the table; an index that says something becomes columns.
    units : the unit of a column, such as ``{"arr": "USD a year"}``.
    note : what the table says, in a sentence for the cover.
    """

    table: pd.DataFrame
    units: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def to_excel(
    path: str | os.PathLike[str],
    sheets: Mapping[str, pd.DataFrame | Sheet],
    *,
    company: Company,
    sources: pd.DataFrame | Iterable[pd.DataFrame] = (),
    title: str = "",
    overwrite: bool = False,
) -> Path:
    """Write tables as one Excel workbook: a cover sheet, a sheet a table, and a sheet of sources.

    Columns are formatted by their unit (a share in per cent, money without decimals, hours with
    one) and by their dtype
    where no unit is given. Text that a spreadsheet would run as a formula stays text; a missing
    value is an empty cell.

    Parameters
    ----------
    path : the file, ending in ``.xlsx``.
    sheets : tables by the name of their sheet.
    company : whose figures these are, for the cover.
    sources : what ``reference.table(...)`` and ``assumptions.table(...)`` give for the figures that
    these rest on.
    title : the cover's heading.
    overwrite : whether a file that is there already is replaced.

    Returns
    -------
    Path

    Raises
    ------
    FileExistsError
        Where there is a file already, unless `overwrite`.
    ValueError
        For sheet names, tables and texts that Excel cannot hold, and for units of columns that are
        not there.

    Examples
    --------
    >>> import tempfile
    >>> import cstoolkit as cs
    >>> table = pd.DataFrame({"segment": ["high"], "csms": [4.5]})
    >>> plan = Sheet(table=table, units={"csms": "people"})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_excel(Path(folder, "plan.xlsx"), {"Plan": plan}, company=cs.load_company()).name
    'plan.xlsx'
    """
    where = _target(path, (".xlsx",), overwrite)
    full = {
        name: each if isinstance(each, Sheet) else Sheet(table=each)
        for name, each in sheets.items()
    }
    for name, sheet in full.items():
        _check(name, sheet, full)
    book = Workbook()
    book.remove(book.active)
    heading = title or f"{company.name}: figures from cstoolkit"
    _cover(book.create_sheet(COVER), heading, company, full)
    for name, sheet in full.items():
        _lay(book.create_sheet(name), [sheet])
    cited = [sources] if isinstance(sources, pd.DataFrame) else list(sources)
    if cited:
        _lay(book.create_sheet(SOURCES), [Sheet(table=each) for each in cited])
    return write(where, _bytes(book, company.as_of, heading), overwrite=overwrite)


def to_csv(path: str | os.PathLike[str], table: pd.DataFrame, *, overwrite: bool = False) -> Path:
    """Write a table as CSV that spreadsheets open as it is: UTF-8 with a byte order mark, ISO days,
    text in quotes.

    Text that a spreadsheet might run (``=1+1``) gets an apostrophe before it; numbers stay numbers.
    Returns the path.
    Raises FileExistsError where there is a file already, unless `overwrite`.

    >>> import tempfile
    >>> table = pd.DataFrame({"team": ["=A1", "East"], "csms": [-1.5, 2]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = to_csv(Path(folder, "plan.csv"), table)
    ...     print(path.read_text(encoding="utf-8-sig"))
    "team","csms"
    "'=A1",-1.5
    "East",2.0
    """
    where = _target(path, (".csv",), overwrite)
    flat = table if isinstance(table.index, pd.RangeIndex) else table.reset_index()
    buffer = io.StringIO(newline="")
    safe = flat.apply(_safe_column).set_axis([_safe(str(name)) for name in flat.columns], axis=1)
    safe.to_csv(buffer, index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    return write(where, buffer.getvalue().encode("utf-8-sig"), overwrite=overwrite)


def to_picture(
    ax: Axes | Figure | np.ndarray, path: str | os.PathLike[str], *, overwrite: bool = False
) -> Path:
    """Write a figure as PNG (for print, 288 dots an inch) or SVG, by the path's suffix.

    `ax` is an Axes, several of one figure, or the Figure. Returns the path. Raises FileExistsError
    where there is a file
    already, unless `overwrite`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_picture(theme.axes(width=4, height=2), Path(folder, "plan.svg")).name
    'plan.svg'
    """
    where = _target(path, (".png", ".svg"), overwrite)
    if where.suffix.casefold() == ".png":
        return write(where, display.png(ax, sharpness=SHARPNESS), overwrite=overwrite)
    buffer = io.BytesIO()
    with theme.style():
        figure = theme.literally(display.figure_of(ax))
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return write(where, buffer.getvalue(), overwrite=overwrite)


def write(where: Path, content: bytes, *, overwrite: bool) -> Path:
    """Write beside the target, then put it in place in one step: nobody ever sees half a file.

    A file that is replaced leaves its permissions to the new one.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder, "a.txt"), b"all of it", overwrite=False).read_bytes()
    b'all of it'
    """
    draft = where.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            if where.exists():
                shutil.copymode(where, draft)
            os.replace(draft, where)
        else:
            _place(draft, where)
    finally:
        draft.unlink(missing_ok=True)
    return where


def legal(text: str) -> str:
    """The text without control characters, which XML forbids, each shown as the replacement
    character.

    >>> legal("a\\x00b")
    'a\ufffdb'
    """
    return _ILLEGAL.sub(REPLACED, text)


def risky(text: str) -> bool:
    """Whether a spreadsheet might run the text: a formula's first letter, in full width too, or a
    call of a program.

    >>> texts = ("=1+1", "＝1+1", " @SUM(A1)", "\\t=1", "cmd|' /C calc'!A0", "Mori & Co")
    >>> [risky(each) for each in texts]
    [True, True, True, True, True, False]
    """
    # Spaces, control characters and marks that nobody sees may stand before the first letter that
    # counts.
    seen = (each for each in text if unicodedata.category(each)[0] not in "ZC")
    first = unicodedata.normalize("NFKC", next(seen, ""))
    return (
        first.startswith(_STARTS) or text.startswith(("\t", "\r", "\n")) or bool(_LINK.search(text))
    )


def _target(path: str | os.PathLike[str], suffixes: tuple[str, ...], overwrite: bool) -> Path:
    """The path, if it can be written: a folder that exists, a suffix that fits, no file there
    unless `overwrite`.
    """
    where = Path(path).expanduser()
    if where.suffix.casefold() not in suffixes:
        raise ValueError(f"the file's name ends in {' or '.join(suffixes)}, got {where.name!r}.")
    if not where.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {where.parent}; make it first.")
    try:
        os.lstat(where)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ValueError(f"{where.name!r} cannot be a file's name: {error.strerror}.") from None
    except ValueError as error:
        raise ValueError(f"{where.name!r} cannot be a file's name: {error}.") from None
    if where.is_dir():
        raise IsADirectoryError(f"{where} is a folder; name a file.")
    if where.exists() and not overwrite:
        raise _exists(where)
    return where


def _place(draft: Path, where: Path) -> None:
    """Move without replacing, even if somebody writes the target this very moment."""
    try:
        os.link(draft, where)
    except FileExistsError:
        raise _exists(where) from None
    except OSError:
        # A file system without hard links: the small gap between look and move is the best there
        # is.
        if where.exists():
            raise _exists(where) from None
        os.replace(draft, where)


def _exists(where: Path) -> FileExistsError:
    return FileExistsError(
        f"{where} exists already; pass overwrite=True to replace it, or choose another name."
    )


def _safe_column(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.astype(object).map(
        lambda value: _safe(value) if isinstance(value, str) else value
    )


def _safe(text: str) -> str:
    clean = legal(text)
    return f"'{clean}" if risky(clean) else clean


def _check(name: str, sheet: Sheet, sheets: Mapping[str, Sheet]) -> None:
    """ValueError for what Excel cannot hold."""
    if not name.strip() or len(name) > 31 or re.search(r"[\[\]:*?/\\]|^'|'$", name):
        raise ValueError(
            "a sheet's name has 1 to 31 characters, none of [ ] : * ? / \\ and no outer quotes, "
            f"got {name!r}."
        )
    others = [other.casefold() for other in (COVER, SOURCES, *sheets) if other is not name]
    if name.casefold() in others:
        raise ValueError(
            f"the sheet name {name!r} is taken; {COVER!r} and {SOURCES!r} are written for every "
            "workbook."
        )
    unknown = [each for each in sheet.units if each not in _flat(sheet.table).columns]
    if unknown:
        raise ValueError(
            f"sheet {name!r}: units are given for {', '.join(unknown)}, which the table does not "
            "have."
        )
    if len(sheet.table) > ROWS:
        raise ValueError(
            f"sheet {name!r} has {len(sheet.table):,} rows, and Excel holds {ROWS:,}. "
            "Write it with to_csv."
        )


def _cover(sheet: Worksheet, heading: str, company: Company, sheets: Mapping[str, Sheet]) -> None:
    lines = [
        ("Company", company.name),
        ("As of", company.as_of),
        ("Currency", company.currency),
        ("Live customers", len(company.snapshot())),
        *((name, each.note) for name, each in sheets.items()),
        *(("Note on the data", note) for note in company.notes),
    ]
    _put(sheet.cell(1, 1), heading)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    for row, (label, value) in enumerate(lines, start=3):
        _put(sheet.cell(row, 1), label)
        sheet.cell(row, 1).font = Font(bold=True)
        _put(sheet.cell(row, 2), value)
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 90
    sheet.sheet_view.showGridLines = False


def _lay(sheet: Worksheet, parts: list[Sheet]) -> None:
    """The tables one below the other, each with its header; the first header stays in sight."""
    row, widths = 1, {}
    for part in parts:
        table = _flat(part.table)
        for at, name in enumerate(table.columns, start=1):
            unit = part.units.get(name, "")
            label = f"{name} ({unit})" if unit else str(name)
            head = sheet.cell(row, at)
            _put(head, label)
            head.font = Font(bold=True, color="FFFFFF")
            head.fill = PatternFill("solid", start_color="1F3A5F")
            style = _format(table.iloc[:, at - 1], unit)
            longest = min(len(label), 24)
            for down, value in enumerate(table.iloc[:, at - 1], start=row + 1):
                cell = sheet.cell(down, at)
                _put(cell, value)
                if style and cell.data_type in ("n", "d") and cell.value is not None:
                    cell.number_format = style
                if cell.data_type == "s":
                    longest = max(longest, len(cell.value))
            widths[at] = max(widths.get(at, 0), min(longest + 3, WIDEST), 12)
        row += len(table) + 2
    for at, width in widths.items():
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "A2"


def _put(cell: Cell, value: Any) -> None:
    """The value as what it is: numbers and days as such, all else as text, which is never run."""
    value = _plain(value)
    cell.value = value
    if isinstance(value, str):
        # openpyxl would make formulas and errors of texts that look like them.
        cell.data_type = "s"
        cell.quotePrefix = risky(value)
        cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")


def _plain(value: Any) -> Any:
    """The value as a type that Excel has."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (bool, int)) or (isinstance(value, float) and np.isfinite(value)):
        return value
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        midnight = value == dt.datetime.combine(value.date(), dt.time())
        return value.date() if midnight else pd.Timestamp(value).to_pydatetime()
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    text = legal(str(value))
    if len(text) > LONGEST:
        raise ValueError(
            f"a text of {len(text):,} characters starts {text[:40]!r}, "
            f"and an Excel cell holds {LONGEST:,}."
        )
    return text


def _format(column: pd.Series, unit: str) -> str:
    """The number format: by unit where it tells one, else by dtype."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return "yyyy-mm-dd"
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return ""
    if unit.startswith("share"):
        return "0.0%"
    if re.match(r"[A-Z]{3}\b|currency", unit):
        return "#,##0"
    if unit.startswith(("hours", "months")):
        return "#,##0.0"
    return "#,##0" if bool((column.dropna() % 1 == 0).all()) else "#,##0.00"


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its index as columns, where the index says something, and one name a
    column.
    """
    plain = isinstance(table.index, pd.RangeIndex) and table.index.name is None
    flat = table if plain else table.reset_index()
    names = [
        " ".join(map(str, name)).strip() if isinstance(name, tuple) else str(name)
        for name in flat.columns
    ]
    return flat.set_axis(names, axis=1)


def _bytes(book: Workbook, as_of: pd.Timestamp, title: str) -> bytes:
    """The workbook as a file without a clock in it: the same tables give the same bytes."""
    book.properties.creator = "cstoolkit"
    book.properties.title = legal(title)
    book.properties.created = book.properties.modified = as_of.to_pydatetime()
    first = io.BytesIO()
    # Workbook.save would write the time of day into the properties.
    ExcelWriter(book, zipfile.ZipFile(first, "w", zipfile.ZIP_DEFLATED)).save()
    fixed = io.BytesIO()
    with (
        zipfile.ZipFile(first) as parts,
        zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as result,
    ):
        for name in parts.namelist():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            result.writestr(info, parts.read(name))
    return fixed.getvalue()
