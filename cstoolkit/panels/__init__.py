"""Panels: one module a topic, of the topic's name. A few controls around one model call and one picture; see ``panels.frame``."""

from __future__ import annotations

import importlib
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """A topic's module, imported when it is first named."""
    qualified = f"{__name__}.{name}"
    try:
        return importlib.import_module(qualified)
    except ModuleNotFoundError as error:
        if error.name != qualified:
            raise
        raise AttributeError(f"cstoolkit.panels has no module {name!r}") from None
