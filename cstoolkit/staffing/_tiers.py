"""A touch tier for every customer before anything is calculated (S4): as the data say, or by ARR where they say nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import stages
from cstoolkit.assumptions import assumption
from cstoolkit.staffing import _checks

TIERS = ("high", "low", "tech")


@dataclass(frozen=True, kw_only=True)
class TierRule:
    """Which tier customers get whose tier nobody wrote down: the largest high touch, the next low touch, all others tech touch.

    Shares of customers rather than amounts, so that the rule holds in any currency. Up to 10 customers all are high touch (S1, stage 1).

    >>> TierRule(high=10)
    Traceback (most recent call last):
    ValueError: TierRule: high is a share from 0 to 1, got 10. For 10% write 0.10.
    """

    high: float = assumption(
        0.1,
        unit="share",
        low=0.02,
        high=0.25,
        says="share of customers, the largest by ARR, in high touch",
    )
    low: float = assumption(
        0.3, unit="share", low=0.1, high=0.5, says="share of customers, the next, in low touch"
    )

    def __post_init__(self) -> None:
        _checks.share("TierRule", "high", self.high, zero=True)
        _checks.share("TierRule", "low", self.low, zero=True)
        if self.high + self.low > 1:
            raise ValueError(
                f"TierRule: high and low are shares of one whole, got {self.high:g} and {self.low:g}."
            )

    def __str__(self) -> str:
        return f"the largest {self.high:.0%} by ARR high touch, the next {self.low:.0%} low touch, the others tech touch"


def by_rule(arr: pd.Series, rule: TierRule) -> np.ndarray:
    """The tier of each customer by its place in ARR; customers that pay the same get the same tier, the less personal one.

    >>> by_rule(pd.Series([9.0, 7, 5, 5, 5, 4, 3, 2, 1, 1]), TierRule(high=0.2, low=0.2)).tolist()
    ['high', 'high', 'tech', 'tech', 'tech', 'tech', 'tech', 'tech', 'tech', 'tech']
    """
    if len(arr) and stages.stage(len(arr)) == 1:
        return np.full(len(arr), TIERS[0], dtype=object)
    place = arr.rank(ascending=False, method="max", pct=True).to_numpy() - 1e-9
    return np.select(
        [place <= rule.high, place <= rule.high + rule.low], TIERS[:2], TIERS[2]
    ).astype(object)


def tiered(customers: pd.DataFrame, rule: TierRule | None = None) -> pd.DataFrame:
    """A snapshot whose empty tiers are filled by the rule; the tiers that the data name stay."""
    empty = customers["tier"].isna()
    if not empty.any():
        return customers
    tier = (
        customers["tier"]
        .astype(object)
        .where(~empty, by_rule(customers["arr"], rule or TierRule()))
    )
    return customers.assign(tier=tier.astype("str").astype("category"))


def assign_tiers(
    customers: pd.DataFrame, *, high: float, low: float, resegment: bool = True
) -> pd.DataFrame:
    """The customers with a tier by ARR: "high" from `high` on, "low" from `low` on, else "tech" (S4: assign each customer first).

    Amounts of one's own, in the currency of `arr`, in place of the tiers that the customers have. With `resegment`, segment becomes
    the tier too. Raises ValueError unless high is above low.

    >>> customers = pd.DataFrame({"arr": [80_000.0, 12_000.0, 900.0]})
    >>> assign_tiers(customers, high=50_000, low=10_000)["tier"].to_list()
    ['high', 'low', 'tech']
    """
    _checks.columns("customers", customers, ["arr"])
    _checks.not_negative("assign_tiers", high=high, low=low)
    if high <= low:
        raise ValueError(
            f"assign_tiers: high is above low, got high {high:,.0f} and low {low:,.0f}."
        )
    arr = _checks.amounts("customers", customers["arr"])
    place = np.select([arr >= high, arr >= low], [0, 1], 2)
    tier = pd.Categorical.from_codes(place, categories=TIERS)
    return customers.assign(tier=tier, segment=tier) if resegment else customers.assign(tier=tier)
