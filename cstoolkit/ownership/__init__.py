"""Who owns which step, what passes between teams, and what is lost at a handoff?  Notebook 07; sources S2, S3, S0.

A chart of ownership and its check; teams as lines with what comes in and goes out; what handoffs cost on this company's own
records and what shared notes win back; the renewal as a joint play with its calendar.
"""

from cstoolkit._lazy import lazy
from cstoolkit.ownership._chart import (
    BLANK,
    INFORMED,
    PARTS,
    RESPONSIBLE,
    STEPS,
    TAKING_PART,
    chart,
    in_practice,
    razor_sharp,
    sample,
)
from cstoolkit.ownership._check import FINDINGS, check, passes
from cstoolkit.ownership._effects import OUTCOMES, handoff_effects, notes_worth
from cstoolkit.ownership._handoffs import handoffs, handoffs_by_year, stall_months
from cstoolkit.ownership._interfaces import (
    OUTSIDE,
    edges,
    embedded,
    embedding,
    interfaces,
    sample_flows,
)
from cstoolkit.ownership._renewal import BANDS, DAYS, calendar, play, risk_bands

__all__ = [
    "BANDS",
    "BLANK",
    "DAYS",
    "FINDINGS",
    "INFORMED",
    "OUTCOMES",
    "OUTSIDE",
    "PARTS",
    "RESPONSIBLE",
    "STEPS",
    "TAKING_PART",
    "calendar",
    "chart",
    "check",
    "edges",
    "embedded",
    "embedding",
    "handoff_effects",
    "handoffs",
    "handoffs_by_year",
    "in_practice",
    "interfaces",
    "notes_worth",
    "passes",
    "play",
    "razor_sharp",
    "risk_bands",
    "sample",
    "sample_flows",
    "stall_months",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
