"""Where are customers in their journey, where do they stall, whom should we not have sold to?  Notebook 03; source S1."""

from cstoolkit._lazy import lazy
from cstoolkit.lifecycle._actions import actions
from cstoolkit.lifecycle._effort import alike, effort
from cstoolkit.lifecycle._history import history, time_in_phase
from cstoolkit.lifecycle._occupancy import occupancy
from cstoolkit.lifecycle._phases import current, phases
from cstoolkit.lifecycle._qualification import (
    QualificationRules,
    answers,
    calibration,
    cutoffs,
    foretells,
    outcomes,
    qualified,
)
from cstoolkit.lifecycle._rules import JOURNEY, PhaseRules, basis
from cstoolkit.lifecycle._spells import STATES, flows, spells
from cstoolkit.lifecycle._stall_score import score_stalls
from cstoolkit.lifecycle._stalls import StallRules, stalls
from cstoolkit.lifecycle._worklist import worklist

__all__ = [
    "JOURNEY",
    "STATES",
    "PhaseRules",
    "QualificationRules",
    "StallRules",
    "actions",
    "alike",
    "answers",
    "basis",
    "calibration",
    "current",
    "cutoffs",
    "effort",
    "flows",
    "foretells",
    "history",
    "occupancy",
    "outcomes",
    "phases",
    "qualified",
    "score_stalls",
    "spells",
    "stalls",
    "time_in_phase",
    "worklist",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
