"""Learn, teach and plan customer success organisations.

``import cstoolkit as cs`` costs next to nothing: a submodule is imported when it is first named.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "Company": "data.company",
    "MissingData": "data.company",
    "DataProblems": "data.check",
    "load_company": "data.load",
    "load_truth": "data.truth",
    "say": "show",
}
_MODULES = (
    "assumptions",
    "data",
    "exercises",
    "export",
    "lifecycle",
    "org",
    "ownership",
    "panels",
    "plots",
    "reference",
    "show",
    "stages",
    "staffing",
    "ttv",
    "voc",
)

__all__ = [*_NAMES, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(f"cstoolkit.{_NAMES[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"cstoolkit.{name}")
    else:
        raise AttributeError(f"module 'cstoolkit' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
