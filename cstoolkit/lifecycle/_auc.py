"""How well a score ranks: the area under the ROC curve, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from scipy.stats import rankdata

_Z = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Auc:
    """Area under the ROC curve: `value`, its 95% interval `low` to `high`, and of how many with the outcome (`yes`) and without (`no`)."""

    value: float
    low: float
    high: float
    yes: int
    no: int

    @property
    def p_value(self) -> float:
        """Of no better than chance (0.5), two-sided, from the interval's standard error."""
        error = (self.high - self.low) / (2 * _Z)
        return float(2 * ndtr(-abs(self.value - 0.5) / error)) if error > 0 else float("nan")


def auc(score: np.ndarray, outcome: np.ndarray) -> Auc:
    """The chance that a case with the outcome scores higher than one without (ties count half), with DeLong's interval.

    Source: DeLong, DeLong and Clarke-Pearson (1988); by ranks after Sun and Xu (2014).

    >>> auc(np.array([1.0, 2, 3, 4]), np.array([False, False, True, True])).value
    1.0
    """
    score, outcome = np.asarray(score, float), np.asarray(outcome, bool)
    yes, no = score[outcome], score[~outcome]
    if len(yes) == 0 or len(no) == 0:
        raise ValueError(
            f"the outcome came in {len(yes)} of {len(score)} cases: nothing can be ranked. Take a longer or shorter time."
        )
    rank = rankdata(np.concatenate([yes, no]))
    higher = (rank[: len(yes)] - rankdata(yes)) / len(
        no
    )  # share of the others that each case with the outcome beats
    lower = 1 - (rank[len(yes) :] - rankdata(no)) / len(yes)
    value = float(higher.mean())
    variance = sum(
        part.var(ddof=1) / len(part) if len(part) > 1 else np.nan for part in (higher, lower)
    )
    half = _Z * float(np.sqrt(variance))
    return Auc(
        value=value,
        low=max(value - half, 0.0),
        high=min(value + half, 1.0),
        yes=len(yes),
        no=len(no),
    )
