"""What do customers say, and what does the product change because of it?

Notebook 08; sources S1 (VOC) and S3 (CRE), docs/sources.md.
"""

from cstoolkit._lazy import lazy
from cstoolkit.voc.changes import after_changes, churn_after, immortal_time, lead_times, waits
from cstoolkit.voc.demand import (
    arr_at_risk,
    growth,
    quotes,
    requirements,
    scores,
    trend,
    worksheet,
)
from cstoolkit.voc.quality import agreement, known_topics
from cstoolkit.voc.text import language, seeds
from cstoolkit.voc.topics import Topics, assign, discover, given

__all__ = [
    "Topics",
    "after_changes",
    "agreement",
    "arr_at_risk",
    "assign",
    "churn_after",
    "discover",
    "given",
    "growth",
    "immortal_time",
    "known_topics",
    "language",
    "lead_times",
    "quotes",
    "requirements",
    "scores",
    "seeds",
    "trend",
    "waits",
    "worksheet",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
