"""Who owns which step, what passes between teams, what is lost at a handoff?  Notebook 07.

A chart of ownership and its check; teams as lines with what comes in and goes out; what handoffs
cost on this company's own records and what shared notes win back; the renewal as a joint play with
its calendar.

References: S0, S2, S3 (docs/sources.md).
"""

from cstoolkit._lazy import lazy
from cstoolkit.ownership.charts import (
    PARTS,
    chart,
    check,
    in_practice,
    sample,
    steps,
    vary,
    without_overlap,
)
from cstoolkit.ownership.flows import edges, embedded, embedding, interfaces, sample_flows
from cstoolkit.ownership.handover import (
    handoff_effects,
    handoffs,
    handoffs_by_year,
    kept_with_notes,
)
from cstoolkit.ownership.renewals import BANDS, calendar, play

__all__ = [
    "BANDS",
    "PARTS",
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
    "kept_with_notes",
    "play",
    "sample",
    "sample_flows",
    "steps",
    "vary",
    "without_overlap",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
