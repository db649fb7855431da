"""The lexicon of topics: terms, in each language, that speak for a topic. An input that everybody can read and change."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from cstoolkit.voc._text import LANGUAGES, clean

Seeds = Mapping[str, Mapping[str, Sequence[str]]]
"""Topic: language: terms."""

_BETWEEN = r"[^\w+#'-]+"
"""What stands between words; the signs left out occur inside some (sign-on, c++)."""


@cache
def _bundled() -> dict[str, dict[str, tuple[str, ...]]]:
    text = resources.files("cstoolkit.voc").joinpath("seeds.toml").read_text(encoding="utf-8")
    return checked(tomllib.loads(text))


def seeds(path: str | Path | None = None) -> dict[str, dict[str, tuple[str, ...]]]:
    """The lexicon in a TOML file, or the one that comes with the bundled company: topic, then language, then its terms.

    The file has one table a topic, with a list of terms for each language: ``[reporting]``, ``en = ["export"]``, ``ja = ["集計"]``.
    Raises ValueError for a lexicon that cannot be used, naming the place.

    >>> sorted(seeds()["mobile"])
    ['en', 'ja']
    """
    if path is None:
        return {topic: dict(terms) for topic, terms in _bundled().items()}
    try:
        return checked(tomllib.loads(Path(path).read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{Path(path).name} is no lexicon: {error}.") from None


def checked(lexicon: Seeds) -> dict[str, dict[str, tuple[str, ...]]]:
    """The lexicon with its terms cleaned as texts are; ValueError where it is none."""
    if not isinstance(lexicon, Mapping) or not lexicon:
        raise ValueError(
            'a lexicon names topics, each with terms by language, such as {"mobile": {"en": ["tablet"], "ja": ["タブレット"]}}.'
        )
    result = {}
    for topic, languages in lexicon.items():
        if not isinstance(languages, Mapping) or not isinstance(topic, str) or not topic.strip():
            raise ValueError(
                f'lexicon, topic {topic!r}: give terms by language, such as {{"en": ["tablet"]}}.'
            )
        result[topic] = {}
        for name, terms in languages.items():
            if name not in LANGUAGES:
                raise ValueError(
                    f"lexicon, topic {topic!r}: language {name!r} is none of {', '.join(LANGUAGES)}."
                )
            if isinstance(terms, str) or not all(
                isinstance(term, str) and re.search(r"\w", term) for term in terms
            ):
                raise ValueError(
                    f"lexicon, topic {topic!r}, {name}: a list of terms, each with a letter in it, got {terms!r}."
                )
            result[topic][name] = tuple(dict.fromkeys(clean(pd.Series(list(terms), dtype="str"))))
    taken: dict[tuple[str, str], str] = {}
    for topic, languages in result.items():
        for name, terms in languages.items():
            for term in terms:
                if taken.setdefault((name, term), topic) != topic:
                    raise ValueError(
                        f"lexicon: {term!r} ({name}) speaks for {taken[name, term]!r} and for {topic!r}; keep one."
                    )
    return result


def hits(
    text: pd.Series, kind: str, lexicon: Mapping[str, Mapping[str, Sequence[str]]]
) -> np.ndarray:
    """How many terms of each topic occur in each cleaned text of one language: texts x topics."""
    # With one space before each word, "begins a word" is a plain search, many times faster than an expression.
    begin = "" if kind == "ja" else " "
    text = text if kind == "ja" else " " + text.str.replace(_BETWEEN, " ", regex=True)
    found = np.zeros((len(text), len(lexicon)), dtype=np.int64)
    for column, languages in enumerate(lexicon.values()):
        for term in languages.get(kind, ()):
            word = term if kind == "ja" else re.sub(_BETWEEN, " ", term).strip()
            found[:, column] += text.str.contains(begin + word, regex=False).to_numpy(dtype=bool)
    return found


def decided(found: np.ndarray) -> np.ndarray:
    """The topic with most terms in each text, by number; -1 where no term occurs or two topics tie.

    >>> decided(np.array([[2, 1], [1, 1], [0, 0]])).tolist()
    [0, -1, -1]
    """
    if not found.size:
        return np.full(len(found), -1)
    most = found.max(axis=1)
    alone = (found == most[:, None]).sum(axis=1) == 1
    return np.where((most > 0) & alone, found.argmax(axis=1), -1)
