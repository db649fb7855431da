"""Learn, teach and plan customer success organisations.

``import cstoolkit as cs`` costs next to nothing: a submodule is imported when it is first named.
"""

from __future__ import annotations

from cstoolkit._lazy import lazy
from cstoolkit.course import TOPICS

__version__ = "0.1.0"

_NAMES = {
    "answer_guess": "exercises.guess",
    "Company": "data.company",
    "MissingData": "data.company",
    "DataProblems": "data.report",
    "load_company": "data.load",
    "load_truth": "data.bundled",
    "difference": "display",
    "say": "display",
    "show": "display",
    "show_assumptions": "display",
    "show_table": "display",
}
_MODULES = ("assumptions", "data", "exercises", "export", "reference", "theme", *TOPICS)

__all__ = [*_NAMES, *_MODULES]

__getattr__, __dir__ = lazy(__name__, _MODULES, _NAMES)
