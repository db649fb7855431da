"""Where are customers, where do they stall, whom should we not have sold to?  Notebook 03."""

from cstoolkit._lazy import lazy
from cstoolkit.lifecycle.monitoring import (
    SIGNALS,
    StallRules,
    actions,
    score_stalls,
    stalls,
    worklist,
)
from cstoolkit.lifecycle.phasing import JOURNEY, PhaseRules, basis, current, phases
from cstoolkit.lifecycle.qualification import (
    QualificationRules,
    calibration,
    cutoffs,
    discrimination,
    outcomes,
    qualified,
)
from cstoolkit.lifecycle.stays import (
    CHURNED,
    STATES,
    effort,
    flows,
    history,
    spells,
    time_in_phase,
    variance_explained,
)
from cstoolkit.survival import occupancy

__all__ = [
    "CHURNED",
    "JOURNEY",
    "SIGNALS",
    "STATES",
    "PhaseRules",
    "QualificationRules",
    "StallRules",
    "actions",
    "basis",
    "calibration",
    "current",
    "cutoffs",
    "discrimination",
    "effort",
    "flows",
    "history",
    "occupancy",
    "outcomes",
    "phases",
    "qualified",
    "score_stalls",
    "spells",
    "stalls",
    "time_in_phase",
    "variance_explained",
    "worklist",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
