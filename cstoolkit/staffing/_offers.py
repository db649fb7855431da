"""What the published benchmarks would pay for: finance's side of the table, in the company's own currency."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cstoolkit import reference
from cstoolkit.staffing._approaches import top_down

BENCHMARKS = {
    "survey: customers per CSM": "accounts_per_csm_survey_mean",
    "rule of thumb: ARR per CSM": "arr_per_csm_scale",
    "survey: ARR per CSM": "arr_per_csm_survey_mean",
    "growing over 100% a year: ARR per CSM": "arr_per_csm_triple_growth",
    "Japan, a first goal: ARR per CSM": "arr_per_csm_japan_first",
}
"""What finance may come with: a name to read and the key of the reference figure, those that hold for all segments alike."""


def offers(
    customers: pd.DataFrame, currency: str, *, fx: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """What each published benchmark pays for, by :func:`top_down`.

    `currency` is that of the customers' ARR. A benchmark in another one is left out, unless `fx` says what one unit of its currency is
    worth (``{"USD": 150.0}``): nothing here knows rates. The first, in customers per CSM, is always there. Returns one row a benchmark and
    segment: benchmark (a name), key (of the reference figure), segment, customers, arr, csms, customers_per_csm.

    >>> base = pd.DataFrame({"segment": "all", "arr": [50_000_000.0] * 10})
    >>> offers(base, "JPY")[["benchmark", "csms"]].round(2).values.tolist()
    [['survey: customers per CSM', 0.1], ['Japan, a first goal: ARR per CSM', 10.0]]
    """
    rates = dict(fx or {})
    frames = []
    for name, key in BENCHMARKS.items():
        unit = reference.figure(key).unit
        if unit in ("customers", currency) or unit in rates:
            found = top_down(customers, key, currency=currency, fx=rates)
            found.insert(0, "key", key)
            found.insert(0, "benchmark", name)
            frames.append(found)
    return pd.concat(frames, ignore_index=True)
