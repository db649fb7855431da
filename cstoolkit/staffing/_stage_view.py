"""S1's headcounts by business stage beside an answer of one's own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cstoolkit import stages
from cstoolkit.staffing import _checks


def stage_view(customers: int, people: Mapping[str, float]) -> pd.DataFrame:
    """How S1's stage table compares with other answers for so many live customers.

    `people` names answers in people of the whole CS organisation (S1 counts all of it, not CSMs alone), such as
    ``{"hours": 14, "revenue": 21, "on board": 12}``. Returns one row for S1's band and one an answer: view, low, high (people; NaN: no
    upper end), customers_per_person_low, customers_per_person_high, against (below, inside or above S1's band), says.

    >>> stage_view(800, {"hours": 14, "revenue": 7})[["view", "low", "high", "against"]].values.tolist()
    [['S1, stage 4', 6.0, 10.0, 'inside'], ['hours', 14.0, 14.0, 'above'], ['revenue', 7.0, 7.0, 'inside']]
    """
    customers = _checks.whole("stage_view", "customers", customers)
    _checks.not_negative("stage_view", **{str(name): value for name, value in people.items()})
    number = stages.stage(customers)
    band = stages.table().set_index("stage").loc[number]
    low, high = float(band["headcount_low"]), float(band["headcount_high"])
    rows = [(f"S1, stage {number}", low, high)] + [
        (str(name), float(value), float(value)) for name, value in people.items()
    ]
    frame = pd.DataFrame(rows, columns=["view", "low", "high"])
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["customers_per_person_low"] = customers / frame["high"]
        frame["customers_per_person_high"] = customers / frame["low"]
    frame["against"] = np.select(
        [frame["high"] < low, frame["low"] > (np.inf if np.isnan(high) else high)],
        ["below", "above"],
        "inside",
    )
    frame["says"] = [_says(row, customers, number) for row in frame.to_dict("records")]
    return frame


def _says(row: dict, customers: int, number: int) -> str:
    if row["view"] == f"S1, stage {number}":
        upper = " or more" if np.isnan(row["high"]) else f"-{row['high']:.0f}"
        return f"S1 sees {row['low']:.0f}{upper} people in CS at stage {number}, which {customers:,} live customers are in."
    return f"{row['view']}: {row['low']:,.{0 if row['low'] >= 10 else 1}f} people, {row['against']} S1's band."
