"""What stands beside a topic as CSV or TOML (its stages, rules, words ...), for anybody
to read and edit."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pandas as pd


def read(topic: str, name: str) -> pd.DataFrame:
    """The table `name` of a topic.

    Parameters
    ----------
    topic : str
        The topic's folder, such as ``"stages"``.
    name : str
        The file's name without ``.csv``.

    Returns
    -------
    pandas.DataFrame
        The rows in the file's order. An empty cell is missing (NaN) in a column of numbers, and
        empty text in any other.

    Examples
    --------
    >>> read("stages", "roles")["role"].to_list()
    ['CSM', 'CS Ops', 'data scientist']
    """
    with files("cstoolkit").joinpath(topic, f"{name}.csv").open(encoding="utf-8") as file:
        frame = pd.read_csv(file, keep_default_na=False, na_values=[""])
    text = [name for name in frame if frame[name].isna().all() or frame[name].dtype == "str"]
    return frame.assign(**{name: frame[name].astype("str").fillna("") for name in text})


def texts(topic: str, name: str) -> dict[str, Any]:
    """The words of a topic, from ``name.toml`` in its folder.

    Examples
    --------
    >>> sorted(texts("synthesis", "names"))
    ['endings', 'japanese_stems', 'latin_stems']
    """
    return tomllib.loads(files("cstoolkit").joinpath(topic, f"{name}.toml").read_text("utf-8"))
