"""By which axis can a CS organisation be divided, and what does each cost this company?  Notebook 01; sources S0, S1, S2, S3."""

from cstoolkit._lazy import lazy
from cstoolkit.org._axes import Axis, SizeBands, TraitRule, ValueRule, axis, traits
from cstoolkit.org._charts import examples, five_charts, four_axes, hybrid
from cstoolkit.org._claims import LABELS, claims
from cstoolkit.org._coverage import coverage, laws
from cstoolkit.org._design import OrgDesign, Partner, Support, Unit, build
from cstoolkit.org._effects import EFFECTS, decisions, effects
from cstoolkit.org._facts import Context, facts
from cstoolkit.org._managers import managers
from cstoolkit.org._measures import MEASURES, compare, evaluate
from cstoolkit.org._recommend import Thresholds, combination, recommend
from cstoolkit.org._reporting import LINES, ReportingLine, reporting_line
from cstoolkit.org._staff import apportion
from cstoolkit.org._today import today
from cstoolkit.org._work import Work, work

__all__ = [
    "EFFECTS",
    "LABELS",
    "LINES",
    "MEASURES",
    "Axis",
    "Context",
    "OrgDesign",
    "Partner",
    "ReportingLine",
    "SizeBands",
    "Support",
    "Thresholds",
    "TraitRule",
    "Unit",
    "ValueRule",
    "Work",
    "apportion",
    "axis",
    "build",
    "claims",
    "combination",
    "compare",
    "coverage",
    "decisions",
    "effects",
    "evaluate",
    "examples",
    "facts",
    "five_charts",
    "four_axes",
    "hybrid",
    "laws",
    "managers",
    "recommend",
    "reporting_line",
    "today",
    "traits",
    "work",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
