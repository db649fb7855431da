"""Reading what a learner wrote: a number as typed or in words, a guess, one of several
options, sentences."""

from __future__ import annotations

import math
import numbers
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import tables

_NUMBERS = tables.read("exercises", "numbers")
WORDS = {word: n for n, words in _NUMBERS.itertuples(index=False) for word in words.split()}
"""Numbers in words."""
PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
SIZES = {
    "%": 0.01,
    "k": 1e3,
    "thousand": 1e3,
    "千": 1e3,
    "万": 1e4,
    "m": 1e6,
    "million": 1e6,
    "億": 1e8,
}
_FIGURE = re.compile(
    r"(?:(?<![\d.,])[-+−])?(\d{1,3}(?:[,' ]\d{3})+(?!\d)|\d+)(?:[.,](\d+))?"
    r"\s*(%|percent|(?:thousand|million|k|m)\b|[千万億])?"
)
_WHOLE = rf"\b(\d+|{'|'.join(WORDS)})"
_FRACTION = re.compile(rf"{_WHOLE}\s*(?:/|\bin\b|\b(?:out )?of\b)\s*{_WHOLE}\b")
_NAMED_PART = re.compile(
    rf"(?:{_WHOLE}\s+|\ban?\s+)?\b(third|fifth|sixth|eighth|tenth|quarter|half)\b"
)


class NotReadable(ValueError):
    """An answer that cannot be read as what was asked for; the message says what was
    asked and what came.
    """


def read_number(given: Any) -> float:
    """The answer as a float; NotReadable if it is not one number.

    A thousands separator typed without quotes (``1,312`` is a pair in Python) and a number in
    quotes are read as meant.

    >>> [read_number(given) for given in (pd.Series([3]), (1, 312), "1,312.5", "80%")]
    [3.0, 1312.0, 1312.5, 0.8]
    >>> read_number("many")
    Traceback (most recent call last):
    cstoolkit.exercises.reading.NotReadable: the answer is a number, got the text 'many'.
    """
    if isinstance(given, (np.ndarray, pd.Series, pd.Index)) and given.size == 1:
        given = given.item()
    if isinstance(given, tuple) and _grouped(given):
        given = int("".join(f"{part:03d}" for part in given))
    if isinstance(given, str):
        figures = list(_FIGURE.finditer(_plain(given)))
        if len(figures) != 1:
            raise NotReadable(f"the answer is a number, got the text {given!r}.")
        given = _value(figures[0])
    if isinstance(given, (bool, np.bool_)) or not isinstance(given, (numbers.Real, Decimal)):
        raise NotReadable(
            f"the answer is one number, got {type(given).__name__}. Give the number alone."
        )
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise NotReadable(
            f"the answer is a number, got {number}: a value was missing on the way, it was "
            "divided by zero, or it is beyond all bounds."
        )
    return number


def read_guess(guess: Any) -> tuple[float, float]:
    """The range that a guess names, from low to high (the same twice for one number);
    NotReadable if it names none.

    >>> read_guess("about 15"), read_guess("15-20 people"), read_guess("half"), read_guess([3, 5])
    ((15.0, 15.0), (15.0, 20.0), (0.5, 0.5), (3.0, 5.0))
    >>> read_guess("1 in 5"), read_guess("three quarters")
    ((0.2, 0.2), (0.75, 0.75))
    """
    if isinstance(guess, str):
        text = _plain(guess)
        values = (
            _fractions(text)
            or [_value(figure) for figure in _FIGURE.finditer(text)]
            or [WORDS[word] for word in re.findall(r"\w+", text) if word in WORDS]
        )
    elif isinstance(guess, (list, tuple, range)) and len(guess) == 2 and not _grouped(guess):
        values = [read_number(each) for each in guess]
    else:
        values = [read_number(guess)]
    if not 1 <= len(values) <= 2:
        raise NotReadable(f"no number in {guess!r}.")
    return float(min(values)), float(max(values))


def read_option(given: Any, options: Iterable[str]) -> str:
    """The one option that a text names, whole or in part; NotReadable if it names none, or several.

    >>> read_option("Too few people!", ["about equal", "too few", "more than needed"])
    'too few'
    """
    options = list(options)
    text = f" {_words(given)} "
    named = [option for option in options if f" {_words(option)} " in text]
    # "value only" names "value" too: the longest one is meant.
    named = [
        option
        for option in named
        if not any(_words(option) in _words(other) for other in named if other != option)
    ] or [option for option in options if text.strip() and text in f" {_words(option)} "]
    if len(named) != 1:
        raise NotReadable(f"{given!r} is none of: {', '.join(options)}.")
    return named[0]


def sentences(text: str) -> list[str]:
    """The sentences of a text, in English or Japanese.

    >>> len(sentences("Hire 2.5 people. See e.g. the plan! 三人目は来年です。"))
    3
    """
    kept = re.sub(r"\b(e\.g|i\.e|vs|etc|approx|cf|no)\.(?=\s+\S)", r"\1", text, flags=re.IGNORECASE)
    parts = re.split(r"(?:(?<=[.!?])[\"')\]]*\s+|(?<=[。！？]))", kept.strip())
    return [part for part in parts if re.search(r"\w", part)]


def says_little(sentence: str) -> bool:
    """Whether a sentence is too short to advise anything: under three words, or nine letters where
    words are not parted.

    >>> says_little("a."), says_little("Hire three more people."), says_little("三人目は来年採用します。")
    (True, False, False)
    """
    return len(sentence.split()) < 3 and len(re.findall(r"[^\x00-\u2fff]", sentence)) < 9


def _plain(text: str) -> str:
    """In one width and case."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _words(given: Any) -> str:
    return " ".join(re.findall(r"\w+", _plain(str(given))))


def _value(figure: re.Match) -> float:
    """What a figure in a text stands for; a comma that groups no thousands is a decimal one."""
    whole, decimals, size = figure.groups()
    number = float(re.sub(r"[,' ]", "", whole) + "." + (decimals or "0"))
    sign = -1 if figure.group()[0] in "-−" else 1
    return sign * number * SIZES.get((size or "").replace("percent", "%"), 1)


def _fractions(text: str) -> list[float]:
    """The shares that a text names as parts of a whole: 1 in 5, 2/3, two thirds, half."""
    if re.search(r"[\d%]", _FRACTION.sub("", text)):
        return []
    found = [
        _count(part[1]) / _count(part[2]) for part in _FRACTION.finditer(text) if _count(part[2])
    ]
    named = re.sub(r"(third|fifth|sixth|eighth|tenth|quarter)s\b", r"\1", text)
    return found or [
        _count(part[1] or "1") / PARTS[part[2]] for part in _NAMED_PART.finditer(named)
    ]


def _count(text: str) -> float:
    return float(text) if text.isdecimal() else WORDS[text]


def _grouped(parts: Any) -> bool:
    """Whether a tuple is what Python makes of a number typed with thousands separators."""
    return (
        len(parts) > 1
        and all(type(part) is int for part in parts)
        and 0 < parts[0] < 1000
        and all(part == 0 or 99 < part < 1000 for part in parts[1:])
    )
