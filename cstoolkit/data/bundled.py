"""The bundled company's files: where they lie, and what they say about themselves."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from cstoolkit.data.contract import TABLES

ABOUT = "company.json"
"""The file that says whose data this is: name, currency, as_of, first_day, seed and the cast."""


@cache
def folder() -> Path:
    """The folder of the bundled data: inside an installed package, or ``datasets/`` of a checkout.

    Raises FileNotFoundError, naming the places looked at, when neither is there.

    >>> (folder() / "README.md").is_file()
    True
    """
    package = Path(__file__).resolve().parents[1]
    places = [package / "datasets", package.parent / "datasets"]
    for place in places:
        if (place / ABOUT).is_file() and (place / "parquet").is_dir():
            return place
    looked = " and ".join(str(place) for place in places)
    raise FileNotFoundError(
        f"The bundled company is not here; looked in {looked}. Run: python -m cstoolkit.synthesis"
    )


@cache
def about() -> MappingProxyType[str, Any]:
    """Whose data this is: name, currency, as_of, first_day, seed, cast (name, role, person_id or None).

    >>> about()["currency"]
    'USD'
    """
    return MappingProxyType(json.loads((folder() / ABOUT).read_text(encoding="utf-8")))


def read() -> dict[str, pd.DataFrame]:
    """All tables of the bundled company, fresh copies, by name.

    >>> sorted(read()) == sorted(TABLES)
    True
    """
    return {name: pd.read_parquet(folder() / "parquet" / f"{name}.parquet") for name in TABLES}
