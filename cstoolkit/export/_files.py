"""Files written whole or not at all, and never over another unless that is asked for."""

from __future__ import annotations

import csv
import io
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cstoolkit.export._text import legal, risky

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHARPNESS = 3.0
"""Picture pixels a CSS pixel in a PNG: 288 dots an inch, enough for print."""


def target(path: str | os.PathLike[str], suffixes: tuple[str, ...], *, overwrite: bool) -> Path:
    """The path, if it can be written: a folder that exists, a suffix that fits, no file there unless `overwrite`."""
    where = Path(path).expanduser()
    if where.suffix.casefold() not in suffixes:
        raise ValueError(f"the file's name ends in {' or '.join(suffixes)}, got {where.name!r}.")
    if not where.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {where.parent}; make it first.")
    if where.is_dir():
        raise IsADirectoryError(f"{where} is a folder; name a file.")
    if where.exists() and not overwrite:
        raise _exists(where)
    return where


def write(where: Path, content: bytes, *, overwrite: bool) -> Path:
    """Write beside the target, then put it in place in one step: nobody ever sees half a file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder, "a.txt"), b"all of it", overwrite=False).read_bytes()
    b'all of it'
    """
    draft = where.with_name(f".{where.name}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            os.replace(draft, where)
        else:
            _place(draft, where)
    finally:
        draft.unlink(missing_ok=True)
    return where


def _place(draft: Path, where: Path) -> None:
    """Move without replacing, even if somebody writes the target this very moment."""
    try:
        os.link(draft, where)
    except FileExistsError:
        raise _exists(where) from None
    except OSError:
        # A file system without hard links: the small gap between look and move is the best there is.
        if where.exists():
            raise _exists(where) from None
        os.replace(draft, where)


def _exists(where: Path) -> FileExistsError:
    return FileExistsError(
        f"{where} exists already; pass overwrite=True to replace it, or choose another name."
    )


def to_csv(path: str | os.PathLike[str], table: pd.DataFrame, *, overwrite: bool = False) -> Path:
    """Write a table as CSV that spreadsheets open as it is: UTF-8 with a byte order mark, ISO days, text in quotes.

    Text that a spreadsheet might run (``=1+1``) gets an apostrophe before it; numbers stay numbers. Returns the path.
    Raises FileExistsError where there is a file already, unless `overwrite`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = to_csv(Path(folder, "plan.csv"), pd.DataFrame({"team": ["=A1", "East"], "csms": [-1.5, 2]}))
    ...     print(path.read_text(encoding="utf-8-sig"))
    "team","csms"
    "'=A1",-1.5
    "East",2.0
    """
    where = target(path, (".csv",), overwrite=overwrite)
    flat = table if isinstance(table.index, pd.RangeIndex) else table.reset_index()
    buffer = io.StringIO(newline="")
    safe = flat.apply(_safe_column).set_axis([_safe(str(name)) for name in flat.columns], axis=1)
    safe.to_csv(buffer, index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    return write(where, buffer.getvalue().encode("utf-8-sig"), overwrite=overwrite)


def _safe_column(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.astype(object).map(
        lambda value: _safe(value) if isinstance(value, str) else value
    )


def _safe(text: str) -> str:
    clean = legal(text)
    return f"'{clean}" if risky(clean) else clean


def to_picture(
    ax: Axes | Figure | np.ndarray, path: str | os.PathLike[str], *, overwrite: bool = False
) -> Path:
    """Write a figure as PNG (for print, 288 dots an inch) or SVG, by the path's suffix; the same figure gives the same bytes.

    `ax` is an Axes, several of one figure, or the Figure. Returns the path. Raises FileExistsError where there is a file already,
    unless `overwrite`.

    >>> import tempfile
    >>> from cstoolkit import theme
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_picture(theme.axes(width=4, height=2), Path(folder, "plan.svg")).name
    'plan.svg'
    """
    from cstoolkit import display, theme

    where = target(path, (".png", ".svg"), overwrite=overwrite)
    if where.suffix.casefold() == ".png":
        return write(where, display.png(ax, sharpness=SHARPNESS), overwrite=overwrite)
    first = ax.flat[0] if hasattr(ax, "flat") else ax
    if not hasattr(first, "get_figure"):
        raise TypeError(
            f"a picture is an Axes, an array of them or a Figure, got {type(ax).__name__}."
        )
    buffer = io.BytesIO()
    with theme.style():
        first.get_figure(root=True).savefig(
            buffer, format="svg", metadata={"Date": None, "Creator": None}
        )
    return write(where, buffer.getvalue(), overwrite=overwrite)
