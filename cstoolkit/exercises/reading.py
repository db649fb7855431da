"""Reading what a learner wrote: a number, a text of sentences."""

from __future__ import annotations

import math
import numbers
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd


class NotReadable(ValueError):
    """An answer that cannot be read as what was asked for; the message says what was asked and what came."""


def read_number(given: Any) -> float:
    """The answer as a float; NotReadable if it is not one number.

    >>> read_number(pd.Series([3])), read_number(np.float32(0.5))
    (3.0, 0.5)
    >>> read_number("12")
    Traceback (most recent call last):
    cstoolkit.exercises.reading.NotReadable: the answer is a number, got the text '12'. Write it without quotes.
    """
    if isinstance(given, (np.ndarray, pd.Series, pd.Index)) and given.size == 1:
        given = given.item()
    if isinstance(given, str):
        raise NotReadable(
            f"the answer is a number, got the text {given!r}. Write it without quotes."
        )
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
            f"the answer is a number, got {number}: a value was missing on the way, it was divided by zero, or it is beyond all bounds."
        )
    return number


def sentences(text: str) -> list[str]:
    """The sentences of a text, in English or Japanese.

    >>> len(sentences("Hire 2.5 people. See e.g. the plan! 三人目は来年です。"))
    3
    """
    kept = re.sub(r"\b(e\.g|i\.e|vs|etc|approx|cf|no)\.(?=\s+\S)", r"\1", text, flags=re.IGNORECASE)
    parts = re.split(r"(?:(?<=[.!?])[\"')\]]*\s+|(?<=[。！？]))", kept.strip())
    return [part for part in parts if re.search(r"\w", part)]
