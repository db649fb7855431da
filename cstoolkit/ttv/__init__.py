"""Time to value (TTV): how long until a customer has value, for whom, and what shortens it?
Notebook 04; source S1."""

from cstoolkit._lazy import lazy
from cstoolkit.survival import (
    OUTCOMES,
    curve,
    incidence,
    logrank,
    median,
    quantile,
    restricted_mean,
    share_by,
)
from cstoolkit.ttv.clocks import THIRDS, durations, journeys, mistakes, segment
from cstoolkit.ttv.regression import (
    Windows,
    drivers,
    episodes,
    immortal_time,
    recovered,
)
from cstoolkit.ttv.renewals import first_renewals, renewal, renewals_saved
from cstoolkit.ttv.shortening import IN_TIME, LEVERS, levers, paid_effect, steps

__all__ = [
    "IN_TIME",
    "LEVERS",
    "OUTCOMES",
    "THIRDS",
    "Windows",
    "curve",
    "drivers",
    "durations",
    "episodes",
    "first_renewals",
    "immortal_time",
    "incidence",
    "journeys",
    "levers",
    "logrank",
    "median",
    "mistakes",
    "paid_effect",
    "quantile",
    "recovered",
    "renewal",
    "renewals_saved",
    "restricted_mean",
    "segment",
    "share_by",
    "steps",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
