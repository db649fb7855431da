"""Time to value (TTV): how long until a customer has value, for whom, and what shortens it?  Notebook 04; source S1."""

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
from cstoolkit.ttv._drivers import Drivers, drivers, immortal_time, recovered
from cstoolkit.ttv._durations import durations, journeys
from cstoolkit.ttv._episodes import COVARIATES, Windows, episodes
from cstoolkit.ttv._levers import LEVERS, levers, steps
from cstoolkit.ttv._mistakes import mistakes
from cstoolkit.ttv._renewal import first_renewals, renewal, worth
from cstoolkit.ttv._segments import THIRDS, segment

__all__ = [
    "COVARIATES",
    "LEVERS",
    "OUTCOMES",
    "THIRDS",
    "Drivers",
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
    "quantile",
    "recovered",
    "renewal",
    "restricted_mean",
    "segment",
    "share_by",
    "steps",
    "worth",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
