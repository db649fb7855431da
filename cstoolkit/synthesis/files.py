"""The bundled data set as files: CSV to the same bytes each time, Parquet of equal content, truth, and the data card."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import pandas as pd

from cstoolkit.data import bundled
from cstoolkit.synthesis import card
from cstoolkit.synthesis.engine import Synthesis

FOLDERS = ("csv", "parquet", "truth")


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The table as CSV: UTF-8, ISO days, line feeds, no decimals that say nothing.

    >>> csv_bytes(pd.DataFrame({"arr": [1200.0, 0.25], "on": pd.to_datetime(["2024-03-01", None])}))
    b'arr,on\\n1200,2024-03-01\\n0.25,\\n'
    """
    text = table.to_csv(
        index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.10g"
    )
    return text.encode("utf-8")


def contents(world: Synthesis) -> dict[str, bytes]:
    """Every text file of the data set: path inside the folder, and bytes."""
    found = {f"csv/{name}.csv": csv_bytes(table) for name, table in world.tables.items()}
    found |= {f"truth/{name}.csv": csv_bytes(table) for name, table in world.truth.items()}
    found[bundled.ABOUT] = (
        json.dumps(card.about(world), indent=2, ensure_ascii=False) + "\n"
    ).encode("utf-8")
    found["README.md"] = card.text(world).encode("utf-8")
    return found


def write(world: Synthesis, folder: Path) -> None:
    """Rewrite the data set in `folder`: everything is made beside it first, then moved into place; leftovers of its folders go."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".synthesis-", dir=folder.parent))
    try:
        for path, data in contents(world).items():
            (made / path).parent.mkdir(exist_ok=True)
            (made / path).write_bytes(data)
        (made / "parquet").mkdir()
        for name, table in world.tables.items():
            table.to_parquet(made / "parquet" / f"{name}.parquet", index=False, compression="zstd")
        new = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
        for path in new:
            (folder / path).parent.mkdir(exist_ok=True)
            os.replace(made / path, folder / path)
        for name in FOLDERS:
            for old in (folder / name).iterdir():
                if old.is_file() and old.relative_to(folder) not in new:
                    old.unlink()
    finally:
        shutil.rmtree(made)
