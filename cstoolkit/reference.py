"""The published figures that this project rests on, each with who said it, when and where.

They are data (`reference_figures.csv`, beside this file), cited by key:
`figure("arr_per_csm_scale")`. A figure that is not here is an assumption of ours and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One published figure: `low`, `typical` and `high` in `unit` (None where the source gives
    none), and its source.
    """

    key: str
    quantity: str
    segment: str
    low: float | None
    typical: float | None
    high: float | None
    unit: str
    year: str
    who: str
    kind: str
    address: str


def sources() -> pd.DataFrame:
    """The five articles that the project follows, one row each: key (S0-S4), title, author,
    year, address, what.

    `docs/sources.md` says what each of them holds.

    >>> sources()["key"].to_list()
    ['S0', 'S1', 'S2', 'S3', 'S4']
    """
    return _read("sources").copy()


@cache
def _rows() -> dict[str, Figure]:
    rows = {}
    for row in _read("reference_figures").to_dict("records"):
        texts = {name: row.pop(name) for name in ("low", "typical", "high")}
        numbers = {name: float(text) if text else None for name, text in texts.items()}
        rows[row["key"]] = Figure(**row, **numbers)
    return rows


@cache
def _read(name: str) -> pd.DataFrame:
    with files("cstoolkit").joinpath(f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype="str", keep_default_na=False)


def keys() -> tuple[str, ...]:
    """The keys of all figures, in the file's order."""
    return tuple(_rows())


def figure(key: str) -> Figure:
    """The published figure of that key.

    >>> figure("arr_per_csm_scale").typical
    2000000.0
    >>> figure("arr_per_csm")
    Traceback (most recent call last):
    KeyError: "no reference figure 'arr_per_csm'; there are: arr_per_csm_scale, arr_per_csm_triple_growth, ...
    """
    if key not in _rows():
        raise KeyError(f"no reference figure {key!r}; there are: {', '.join(_rows())}")
    return _rows()[key]


def cited(source: str) -> str:
    """A source as people read it: the keys of figures that it names replaced by who published them.

    >>> cited("span_experienced, span_new"), cited("ours")
    ('The Success League (S4)', 'ours')
    """
    named = [figure(key).who if key in _rows() else key for key in source.split(", ")]
    return ", ".join(dict.fromkeys(named))


def table(*only: str) -> pd.DataFrame:
    """The figures as a table, one row a figure, all of them or those of the keys `only`.

    >>> spans = table("span_new", "span_experienced")[["key", "high", "unit", "who"]]
    >>> spans.to_string(index=False).splitlines()[1].split()[:3]
    ['span_new', '6.0', 'people']
    """
    return pd.DataFrame([vars(figure(key)) for key in only or keys()])
