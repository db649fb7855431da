"""Fractions against whole people: what it costs in people to keep segments, and customers, apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.staffing import _checks
from cstoolkit.staffing._capacity import SLACK, headcount

WAYS = {
    "fractions": "people in fractions, as calculated",
    "pooled": "one pool for all segments, rounded up once",
    "by segment": "a team for each segment, rounded up in each",
    "own books": "a team for each segment, and each customer belongs to one CSM",
}
"""The ways to count whole people, from the one that needs fewest on."""


def pooling(bottom: pd.DataFrame) -> pd.DataFrame:
    """How many people the same work needs when it may be shared by all, and when it may not.

    `bottom` is an answer of ``bottom_up`` (or ``top_down``). In a pool everybody serves every customer and only the last person is not
    full. With a team for each segment each team's last person is not full. With own books no customer is split between two
    CSMs either: a CSM holds whole customers, as many as fit (all customers of a segment taken as alike).

    Returns one row a way and segment, and one a way for the total: way, segment, people, idle (share of those people's capacity
    that the work does not use; NaN where there is nobody), says. Pool and fractions have a total only.

    >>> bottom = pd.DataFrame({"segment": ["high", "low"], "customers": [9, 110], "csms": [1.2, 1.1]})
    >>> pooling(bottom).query("segment == 'total'")[["way", "people"]].values.tolist()
    [['fractions', 2.3], ['pooled', 3.0], ['by segment', 4.0], ['own books', 4.0]]
    """
    _checks.columns(
        "bottom", bottom, ["segment", "customers", "csms"], "staffing.bottom_up(...) makes it."
    )
    csms, customers = (
        _checks.amounts("bottom", bottom["csms"]),
        _checks.amounts("bottom", bottom["customers"]),
    )
    exact = csms.sum()
    apart = np.ceil(csms - SLACK)
    parts = {"by segment": apart, "own books": _own_books(customers, csms)}
    rows = [
        ("fractions", _checks.TOTAL, exact, exact),
        ("pooled", _checks.TOTAL, float(headcount(exact)), exact),
    ]
    for way, people in parts.items():
        rows += [
            (way, *each) for each in zip(bottom["segment"].astype(str), people, csms, strict=True)
        ]
        rows.append((way, _checks.TOTAL, people.sum(), exact))
    frame = pd.DataFrame(rows, columns=["way", "segment", "people", "work"])
    people = frame["people"].to_numpy(dtype="float64")
    idle = np.divide(
        people - frame["work"], people, out=np.full(len(frame), np.nan), where=people > 0
    )
    return frame.drop(columns="work").assign(idle=np.maximum(idle, 0), says=frame["way"].map(WAYS))


def _own_books(customers: np.ndarray, csms: np.ndarray) -> np.ndarray:
    """Whole people when each holds whole customers; a customer too big for one CSM gets whole CSMs of its own."""
    each = np.divide(csms, customers, out=np.zeros_like(csms), where=customers > 0)
    fit = np.floor(np.divide(1, each, out=np.full_like(each, np.inf), where=each > 0) + SLACK)
    small = np.ceil(np.divide(customers, fit, out=np.zeros_like(csms), where=fit >= 1) - SLACK)
    return np.where(fit >= 1, small, customers * np.ceil(each - SLACK))
