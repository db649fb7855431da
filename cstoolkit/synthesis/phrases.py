"""The clauses from which customers' words are built, in English and Japanese; they stand in ``phrases.toml``."""

from __future__ import annotations

import tomllib
from importlib import resources

_TEXT = resources.files("cstoolkit.synthesis").joinpath("phrases.toml").read_text(encoding="utf-8")
_FOUND = tomllib.loads(_TEXT)

TOPICS: dict[str, tuple[str, str]] = {
    name: (topic["product"], topic["feature"]) for name, topic in _FOUND["topics"].items()
}
"""Topic: the product and the feature that it is mostly about."""

CLAUSES: dict[str, dict[str, tuple[list[str], list[str]]]] = {
    language: {
        name: (topic[f"{language}_problem"], topic[f"{language}_harm"])
        for name, topic in _FOUND["topics"].items()
    }
    for language in ("en", "ja")
}
"""By language and topic: problems, and the harm that they do."""

FRAMES: dict[str, dict[str, list[str]]] = {language: _FOUND[language] for language in ("en", "ja")}
"""By language: opening, join, closing, praise."""
