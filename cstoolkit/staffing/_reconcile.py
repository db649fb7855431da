"""Top-down against bottom-up: the verdict for each segment and in total, in words (S4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.staffing import _checks
from cstoolkit.staffing._capacity import SLACK, headcount
from cstoolkit.staffing._cost import OURS_IN, Automation, Cost, in_currency
from cstoolkit.staffing._levers import levers

EQUAL, TOO_FEW, MORE, NOBODY = "about equal", "too few", "more than needed", "no customers"
"""The three cases of S4, and a segment without customers."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reconciliation:
    """What the two approaches say about each other.

    `table`: one row a segment and one for the total: segment, customers, arr, hours, csms_top_down, csms_bottom_up,
    customers_per_csm_top_down, customers_per_csm_bottom_up, gap (people that the plan needs beyond the budget; negative where the
    budget allows more), gap_share (of the larger of both), verdict.
    `verdicts`: for each segment, and the total, what follows, as a sentence.
    `levers`: one row a segment and lever (see ``staffing.levers``): each is solved for the number that closes the gap.
    `tolerance`: the gap_share up to which both are about equal. `currency`: of the costs.
    """

    table: pd.DataFrame
    verdicts: dict[str, str]
    levers: pd.DataFrame
    tolerance: float
    currency: str

    @property
    def total(self) -> pd.Series:
        """The table's last row."""
        return self.table.iloc[-1]

    def lever(self, name: str, segment: str = _checks.TOTAL) -> float:
        """The number that closes the gap with that lever, in that segment."""
        found = self.levers[(self.levers["lever"] == name) & (self.levers["segment"] == segment)]
        if found.empty:
            known = ", ".join(dict.fromkeys(self.levers["lever"]))
            raise KeyError(
                f"no lever {name!r} for the segment {segment!r}; the levers are: {known}."
            )
        return float(found["solved"].iloc[0])


def reconcile(
    top: pd.DataFrame,
    bottom: pd.DataFrame,
    tolerance: float = 0.1,
    *,
    cost: Cost | None = None,
    automation: Automation | None = None,
    currency: str | None = None,
) -> Reconciliation:
    """Compare the answers of :func:`top_down` and :func:`bottom_up`, in both units, per segment and in total.

    Both are "about equal" when they differ by at most `tolerance` (ours: 0.1, range 0.05-0.2; S4 gives none) of the larger. Otherwise
    the budget has "too few" people for the plan (S4's case: top-down asks more customers of each CSM than the plan allows), or
    allows "more than needed" (for which S4 has no advice: what we say there is ours). `currency` is that of the
    customers' ARR; costs in another are refused, and those assumed here, in USD, are not taken for any other: what people and tools
    cost is then NaN until `cost` and `automation` are given. Raises ValueError where both are not about the same segments and customers.

    >>> base = pd.DataFrame({"segment": ["high"] * 40, "tier": "high", "arr": 50_000.0})
    >>> effort = pd.DataFrame({"tier": ["high"], "phase": "all", "hours": [10], "per": "month"})
    >>> from cstoolkit.staffing import Capacity, bottom_up, top_down
    >>> found = reconcile(top_down(base, 1_000_000), bottom_up(base, effort, Capacity(hours=160, utilisation=0.625)))
    >>> found.table[["csms_top_down", "csms_bottom_up", "verdict"]].values.tolist()[-1]
    [2.0, 4.0, 'too few']
    >>> found.lever("arr_per_csm"), found.lever("hours_per_customer"), found.lever("automation_share")
    (500000.0, 5.0, 0.5)
    """
    _checks.share("reconcile", "tolerance", tolerance, zero=True)
    money = currency or next((each.currency for each in (cost, automation) if each), None)
    cost, automation = in_currency(cost, Cost, money), in_currency(automation, Automation, money)
    both = _both(top, bottom)
    table = _table(both, tolerance)
    verdicts = {row["segment"]: _says(row, table, tolerance) for row in table.to_dict("records")}
    return Reconciliation(
        table=table,
        verdicts=verdicts,
        levers=levers(table, cost=cost, automation=automation, currency=currency),
        tolerance=tolerance,
        currency=money or OURS_IN,
    )


def _both(top: pd.DataFrame, bottom: pd.DataFrame) -> pd.DataFrame:
    """Both answers side by side, in the order of `bottom`."""
    _checks.columns(
        "top", top, ["segment", "customers", "arr", "csms"], "staffing.top_down(...) makes it."
    )
    _checks.columns(
        "bottom",
        bottom,
        ["segment", "customers", "arr", "hours", "csms"],
        "staffing.bottom_up(...) makes it.",
    )
    for name, frame in (("top", top), ("bottom", bottom)):
        for column in ("customers", "arr", "csms"):
            _checks.amounts(name, frame[column])
        if frame["segment"].duplicated().any():
            raise ValueError(
                f"{name} has more than one row for a segment; it has one row a segment."
            )
    _checks.amounts("bottom", bottom["hours"])
    left, right = top.set_index("segment"), bottom.set_index("segment")
    apart = sorted(set(left.index) ^ set(right.index))
    if apart:
        raise ValueError(
            f"top and bottom are about different segments; only one of them has: {', '.join(apart)}."
        )
    left = left.loc[right.index]
    same = (left["customers"] == right["customers"]) & np.isclose(left["arr"], right["arr"])
    if not same.all():
        segment = same.index[~same][0]
        raise ValueError(
            f"top and bottom are about different customers in the segment {segment}: {left.at[segment, 'customers']:,} with ARR "
            f"{left.at[segment, 'arr']:,.0f} against {right.at[segment, 'customers']:,} with ARR {right.at[segment, 'arr']:,.0f}. "
            "Give both the same customers."
        )
    return pd.DataFrame(
        {
            "customers": right["customers"],
            "arr": right["arr"],
            "hours": right["hours"],
            "csms_top_down": left["csms"],
            "csms_bottom_up": right["csms"],
        }
    )


def _table(both: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    table = pd.concat([both, both.sum().to_frame(_checks.TOTAL).T.astype(both.dtypes.to_dict())])
    top, bottom = table["csms_top_down"].to_numpy(), table["csms_bottom_up"].to_numpy()
    customers = table["customers"].to_numpy()
    larger = np.maximum(top, bottom)
    with np.errstate(divide="ignore", invalid="ignore"):
        table["customers_per_csm_top_down"] = customers / top
        table["customers_per_csm_bottom_up"] = customers / bottom
        share = np.where(larger > 0, (bottom - top) / larger, 0.0)
    table["gap"] = bottom - top
    table["gap_share"] = share
    # A bare comparison would call 9 against 10 unequal at a tolerance of 0.1: the gap is a difference of floats.
    equal = np.abs(share) <= tolerance + SLACK
    table["verdict"] = np.select([customers == 0, equal, share > 0], [NOBODY, EQUAL, TOO_FEW], MORE)
    table["verdict"] = table["verdict"].astype("str")
    return table.rename_axis("segment").reset_index().astype({"segment": "str"})


def _says(row: dict, table: pd.DataFrame, tolerance: float) -> str:
    """The verdict of one row in words."""
    where = "In total" if row["segment"] == _checks.TOTAL else f"Segment {row['segment']}:"
    if row["verdict"] == NOBODY:
        return f"{where.removesuffix(':')}: no customers, nobody needed."
    top, bottom = row["csms_top_down"], row["csms_bottom_up"]
    people = f"the plan needs {bottom:.1f} CSMs, the benchmark pays for {top:.1f}"
    each = f"{row['customers_per_csm_top_down']:.0f} customers per CSM where the plan allows {row['customers_per_csm_bottom_up']:.0f}"
    if row["verdict"] == EQUAL:
        text = f"{where} both agree within {tolerance:.0%}: {people}. Budget it with finance."
    elif row["verdict"] == TOO_FEW:
        text = (
            f"{where} the budget has too few people: {people} ({each}). Talk with finance and management about the people really "
            "needed; then lower the revenue per CSM to what the plan needs, or scale the plan to the budget."
        )
    else:
        text = (
            f"{where} the budget allows more than the plan needs: {people} ({each}). Check whether the plan gives customers "
            "enough before giving the rest back."
        )
    if row["segment"] == _checks.TOTAL:
        text += _hidden(row["verdict"], table)
    return text


def _hidden(verdict: str, table: pd.DataFrame) -> str:
    """What a total hides: segments whose verdicts differ from it."""
    parts = table.iloc[:-1]
    others = parts[(parts["verdict"] != verdict) & (parts["customers"] > 0)]
    if others.empty:
        return ""
    named = ", ".join(f"{row.segment} ({row.verdict})" for row in others.itertuples())
    return f" The total hides what differs: {named}."


def whole_people(found: Reconciliation) -> tuple[int, int]:
    """Whole CSMs in total, rounded up once: what the benchmark pays for, and what the plan needs."""
    return headcount(found.total["csms_top_down"]), headcount(found.total["csms_bottom_up"])
