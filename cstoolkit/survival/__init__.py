"""Time until something happens, with those still waiting counted for as long as they were followed.

Every topic that asks "how long until?" estimates here: value, churn, the answer to a request.
"""

from cstoolkit.survival.comparisons import LogRank, logrank, restricted_mean
from cstoolkit.survival.curves import (
    OUTCOMES,
    curve,
    incidence,
    mean_within,
    median,
    quantile,
    share_by,
)
from cstoolkit.survival.multistate import occupancy

__all__ = [
    "OUTCOMES",
    "LogRank",
    "curve",
    "incidence",
    "logrank",
    "mean_within",
    "median",
    "occupancy",
    "quantile",
    "restricted_mean",
    "share_by",
]
