"""By which axis can a CS organisation be divided, and what does each cost this company?

Notebook 01; sources S0, S1, S2, S3 (docs/sources.md).
"""

from cstoolkit._lazy import lazy
from cstoolkit.org.advice import Context, Thresholds, facts, recommend
from cstoolkit.org.axes import Axis, axis
from cstoolkit.org.design import OrgDesign, build, examples, today
from cstoolkit.org.evidence import claims, decisions, effects
from cstoolkit.org.measures import MEASURES, compare, evaluate, laws
from cstoolkit.org.people import LINES, managers, reporting_line

__all__ = [
    "LINES",
    "MEASURES",
    "Axis",
    "Context",
    "OrgDesign",
    "Thresholds",
    "axis",
    "build",
    "claims",
    "compare",
    "decisions",
    "effects",
    "evaluate",
    "examples",
    "facts",
    "laws",
    "managers",
    "recommend",
    "reporting_line",
    "today",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
