"""What do customers say, and what does the product change because of it?  Notebook 08; sources S1 (VOC), S3 (CRE)."""

from cstoolkit._lazy import lazy
from cstoolkit.voc._agreement import agreement, known_topics
from cstoolkit.voc._change import lead_times, until_change, waits
from cstoolkit.voc._churn import after_changes, churn_after, immortal_time
from cstoolkit.voc._requirements import quotes, requirements, worksheet
from cstoolkit.voc._risk import arr_at_risk, growth, trend
from cstoolkit.voc._seeds import seeds
from cstoolkit.voc._text import language
from cstoolkit.voc._topics import Topics, assign, discover, given
from cstoolkit.voc._who import scores, speakers

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
    "speakers",
    "trend",
    "until_change",
    "waits",
    "worksheet",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
