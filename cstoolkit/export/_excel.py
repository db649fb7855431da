"""A workbook for management: a cover that says whose figures these are, the tables, and where their figures come from."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.export._files import target, write
from cstoolkit.export._text import legal, risky

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

COVER, SOURCES = "Read me", "Sources"

LONGEST = 32_767
"""Characters that an Excel cell holds."""

ROWS = 1_048_575
"""Rows that an Excel sheet holds below its header."""

_MOMENT = (1980, 1, 1, 0, 0, 0)
_WIDEST = 60


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet: a table, the `units` of its columns (``{"arr": "USD a year"}``) and `note`, what it says in a sentence."""

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

    `sheets` by name; `sources` are the tables of ``reference.table(...)`` and ``assumptions.table(...)`` that the figures rest on.
    Columns are formatted by their unit (share as per cent, money without decimals, hours with one) and by their dtype where no
    unit is given.
    Text that a spreadsheet would run as a formula stays text; a missing value is an empty cell. Returns the path.

    Raises FileExistsError where there is a file already, unless `overwrite`; ValueError for sheet names, tables and texts that
    Excel cannot hold, and for units of columns that are not there.

    >>> import tempfile
    >>> import cstoolkit as cs
    >>> plan = Sheet(table=pd.DataFrame({"segment": ["high"], "csms": [4.5]}), units={"csms": "people"}, note="Four and a half.")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_excel(Path(folder, "plan.xlsx"), {"Plan": plan}, company=cs.load_company()).name
    'plan.xlsx'
    """
    from openpyxl import Workbook

    where = target(path, (".xlsx",), overwrite=overwrite)
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
        _fill(book.create_sheet(name), [sheet])
    cited = [
        Sheet(table=each) for each in ([sources] if isinstance(sources, pd.DataFrame) else sources)
    ]
    if cited:
        _fill(book.create_sheet(SOURCES), cited)
    return write(where, _bytes(book, company.as_of, heading), overwrite=overwrite)


def _check(name: str, sheet: Sheet, sheets: Mapping[str, Sheet]) -> None:
    if (
        not name.strip()
        or len(name) > 31
        or re.search(r"[\[\]:*?/\\]", name)
        or name[0] == "'"
        or name[-1] == "'"
    ):
        raise ValueError(
            f"a sheet's name has 1 to 31 characters, none of [ ] : * ? / \\ and no outer quotes, got {name!r}."
        )
    others = [other.casefold() for other in (COVER, SOURCES, *sheets) if other is not name]
    if name.casefold() in others:
        raise ValueError(
            f"the sheet name {name!r} is taken; {COVER!r} and {SOURCES!r} are written for every workbook."
        )
    unknown = [each for each in sheet.units if each not in _flat(sheet.table).columns]
    if unknown:
        raise ValueError(
            f"sheet {name!r}: units are given for {', '.join(unknown)}, which the table does not have."
        )
    if len(sheet.table) > ROWS:
        raise ValueError(
            f"sheet {name!r} has {len(sheet.table):,} rows, and Excel holds {ROWS:,}. Write it with to_csv."
        )


def _cover(sheet: Worksheet, heading: str, company: Company, sheets: Mapping[str, Sheet]) -> None:
    from openpyxl.styles import Font

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
        _wrap(sheet.cell(row, 2))
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 90
    sheet.sheet_view.showGridLines = False


def _fill(sheet: Worksheet, parts: list[Sheet]) -> None:
    """The tables one below the other, each with its header; the first header stays in sight."""
    from openpyxl.utils import get_column_letter

    row, widths = 1, {}
    for part in parts:
        table = _flat(part.table)
        for at, name in enumerate(table.columns, start=1):
            unit = part.units.get(name, "")
            label = f"{name} ({unit})" if unit else str(name)
            _head(sheet.cell(row, at), label)
            style = _format(table.iloc[:, at - 1], unit)
            longest = min(len(label), 24)
            for down, value in enumerate(table.iloc[:, at - 1], start=row + 1):
                cell = sheet.cell(down, at)
                _put(cell, value)
                if style and cell.data_type in ("n", "d") and cell.value is not None:
                    cell.number_format = style
                if cell.data_type == "s":
                    longest = max(longest, len(cell.value))
                    _wrap(cell)
            widths[at] = max(widths.get(at, 0), min(longest + 3, _WIDEST), 12)
        row += len(table) + 2
    for at, width in widths.items():
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "A2"


def _head(cell: Cell, label: str) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    _put(cell, label)
    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = PatternFill("solid", start_color="1F3A5F")
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.border = Border(bottom=Side(style="thin", color="1F3A5F"))


def _wrap(cell: Cell) -> None:
    from openpyxl.styles import Alignment

    cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")


def _put(cell: Cell, value: Any) -> None:
    """The value as what it is: numbers and days as such, all else as text, which is never run."""
    value = _plain(value)
    cell.value = value
    if isinstance(value, str):
        # openpyxl would make formulas and errors of texts that look like them.
        cell.data_type = "s"
        cell.quotePrefix = risky(value)


def _plain(value: Any) -> Any:
    if (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or (isinstance(value, float) and np.isnan(value))
    ):
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else str(float(value))
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        midnight = value == dt.datetime.combine(value.date(), dt.time())
        return value.date() if midnight else pd.Timestamp(value).to_pydatetime()
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    text = legal(str(value))
    if len(text) > LONGEST:
        raise ValueError(
            f"a text of {len(text):,} characters starts {text[:40]!r}, and an Excel cell holds {LONGEST:,}."
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
    whole = pd.api.types.is_integer_dtype(column) or bool((column.dropna() % 1 == 0).all())
    return "#,##0" if whole else "#,##0.00"


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its index as columns, where the index says something, and one name a column."""
    plain = isinstance(table.index, pd.RangeIndex) and table.index.name is None
    flat = table if plain else table.reset_index()
    names = [
        " ".join(map(str, name)).strip() if isinstance(name, tuple) else str(name)
        for name in flat.columns
    ]
    return flat.set_axis(names, axis=1)


def _bytes(book: Workbook, as_of: pd.Timestamp, title: str) -> bytes:
    """The workbook as a file without a clock in it: the same tables give the same bytes."""
    from openpyxl.writer.excel import ExcelWriter

    moment = as_of.to_pydatetime()
    book.properties.creator = "cstoolkit"
    book.properties.title = legal(title)
    book.properties.created = book.properties.modified = moment
    first = io.BytesIO()
    # Workbook.save would write the time of day into the properties.
    ExcelWriter(book, zipfile.ZipFile(first, "w", zipfile.ZIP_DEFLATED)).save()
    fixed = io.BytesIO()
    with (
        zipfile.ZipFile(first) as parts,
        zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as result,
    ):
        for name in parts.namelist():
            info = zipfile.ZipInfo(name, date_time=_MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            result.writestr(info, parts.read(name))
    return fixed.getvalue()
