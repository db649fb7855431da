"""S1's five business stages: live customers, the CS headcount that goes with each, what is typical, and who does what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

_STAGES = (
    # stage, customers from, customers to, headcount from, headcount to (S1; None: no upper end)
    (1, 1, 10, 0, 0),
    (2, 10, 100, 1, 2),
    (3, 100, 500, 3, 5),
    (4, 500, 1_000, 6, 10),
    (5, 1_000, None, 10, None),
)


def table() -> pd.DataFrame:
    """S1's stages, one row each: stage, customers_low, customers_high, headcount_low, headcount_high, customers_per_head_low,
    customers_per_head_high, source.

    A high that is NaN has no upper end. The last two columns are what S1's own numbers imply, not what it says: their spread in stages
    2-4 is wide. S1's stages overlap at their boundaries; see :func:`stage`.

    >>> table().query("stage == 4")[["customers_per_head_low", "customers_per_head_high"]].round().values.tolist()
    [[50.0, 167.0]]
    """
    frame = pd.DataFrame(
        _STAGES,
        columns=["stage", "customers_low", "customers_high", "headcount_low", "headcount_high"],
    )
    frame = frame.astype({"customers_high": "float64", "headcount_high": "float64"})
    with np.errstate(divide="ignore"):
        frame["customers_per_head_low"] = frame["customers_low"] / frame["headcount_high"].replace(
            0, np.nan
        )
        frame["customers_per_head_high"] = frame["customers_high"] / frame["headcount_low"].replace(
            0, np.nan
        )
    return frame.assign(source="S1")


def in_words() -> pd.DataFrame:
    """The same table as people read it: stage, live customers, people in CS, customers per head.

    >>> in_words().query("stage == 4").values.tolist()
    [[4, '500-1,000', '6-10', '50-167']]
    """
    frame = table()
    pairs = {
        "live customers": ("customers_low", "customers_high"),
        "people in CS": ("headcount_low", "headcount_high"),
        "customers per head": ("customers_per_head_low", "customers_per_head_high"),
    }
    words = {
        name: [_range(*both) for both in frame[list(columns)].to_numpy()]
        for name, columns in pairs.items()
    }
    return pd.DataFrame({"stage": frame["stage"], **words})


def _range(low: float, high: float) -> str:
    if np.isnan(low):
        return "open"
    if np.isnan(high):
        return f"{low:,.0f} or more"
    return f"{low:,.0f}" if low == high else f"{low:,.0f}-{high:,.0f}"


def stage(live_customers: Any) -> Any:
    """The stage, 1 to 5, of a company with so many live customers: an int for a number, an array for an array, a Series for a Series.

    S1's stages overlap at 10, 100, 500 and 1,000 customers; a boundary value belongs to the later stage (the project's rule: S1's
    text supports it at 500 and 1,000, but gives 10 to stage 1 as well). A company without customers is in stage 1. Raises
    ValueError for what is no whole number of at least 0.

    >>> stage(9), stage(10), stage(1_000)
    (1, 2, 5)
    >>> stage(np.array([0, 499, 500])).tolist()
    [1, 3, 4]
    """
    values = np.asarray(live_customers)
    if values.dtype.kind not in "iuf":
        raise ValueError(f"live_customers is a whole number of at least 0, got {live_customers!r}.")
    bad = ~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))
    if bad.any():
        raise ValueError(
            f"live_customers is a whole number of at least 0, got {np.atleast_1d(values)[np.atleast_1d(bad)][0]}."
        )
    found = np.searchsorted([row[1] for row in _STAGES[1:]], values, side="right") + 1
    if isinstance(live_customers, pd.Series):
        return pd.Series(found, index=live_customers.index, name="stage")
    return int(found) if values.ndim == 0 else found


_TYPICAL = (
    # stage, about, what S1 says of it
    (1, "organisation", "sales does CS as well"),
    (1, "touch", "every customer is high touch"),
    (1, "work", "onboarding and averting churn come first; there is little to upsell yet"),
    (1, "product", "hypotheses about features are refined"),
    (
        2,
        "organisation",
        "a CS department of a few generalists, often people from inside who are new to CS",
    ),
    (2, "work", "know-how is gathered"),
    (2, "product", "the voice of the customer is analysed and fed back into the company"),
    (3, "organisation", "a dedicated onboarding team may start"),
    (3, "work", "work gets formalised; its effects show in numbers"),
    (3, "people", "headcount is granted: moves from sales, and hires"),
    (
        3,
        "people",
        "few have experience, so that hiring is hard; a delay loses revenue: outsource if needed",
    ),
    (4, "organisation", "clear roles: head of CS, CSM, CS Ops, in some companies a data scientist"),
    (4, "touch", "high touch: one CSM of its own; low touch: a team for many companies"),
    (4, "work", "the health score rests on evidence: what customers who left had in common"),
    (
        4,
        "work",
        "long onboardings get a defined goal, a roadmap and a planned kickoff; self-serve onboarding content",
    ),
    (5, "organisation", "regional offices are considered: closeness, and an edge over competitors"),
    (
        5,
        "work",
        "paid onboarding is asked for, more so for complex services; who pays has a motivated project lead and succeeds more often",
    ),
)

_ROLES = (
    (
        "CSM",
        "faces the customer: onboarding, upsell and cross-sell, averting churn",
        "clear from stage 4 on",
    ),
    (
        "CS Ops",
        "from data analysis to planning initiatives, so that all of CS has the most effect",
        "clear from stage 4 on",
    ),
    (
        "data scientist",
        "takes health scores and reports over from CS Ops, finds what customers say with other teams, reports to management",
        "from stage 4 on, in some companies",
    ),
)


def typical(number: int | None = None) -> pd.DataFrame:
    """What S1 calls typical of each stage (or of stage `number` alone): stage, about (organisation, touch, work, product,
    people), says, source.

    >>> typical(1)["says"].iloc[0]
    'sales does CS as well'
    """
    frame = pd.DataFrame(_TYPICAL, columns=["stage", "about", "says"]).assign(source="S1")
    if number is None:
        return frame
    if number not in range(1, len(_STAGES) + 1):
        raise ValueError(f"S1 has stages 1 to {len(_STAGES)}, got {number!r}.")
    return frame[frame["stage"] == number].reset_index(drop=True)


def roles() -> pd.DataFrame:
    """The roles that S1 describes: role, does, when, source.

    >>> roles()["role"].to_list()
    ['CSM', 'CS Ops', 'data scientist']
    """
    return pd.DataFrame(_ROLES, columns=["role", "does", "when"]).assign(source="S1")
