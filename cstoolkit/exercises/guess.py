"""A learner's prediction, answered once the figure is there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cstoolkit.display import Shown, cell, display, sentence_of
from cstoolkit.exercises.reading import NotReadable, read_guess, read_option

CLOSE = 0.1
"""A guess within this share of the right figure is called close."""


def answer_guess(
    guess: Any,
    right: float | str | None,
    unit: str = "",
    *,
    close: str = "",
    low: str = "",
    high: str = "",
    options: Mapping[str, str] | None = None,
) -> Shown | None:
    """Answer a prediction: how far off it is, and what the difference means. A guess of
    ``...`` gets no answer.

    Any guess is read gently: a number, ``"about 15"``, ``"15-20"``, ``"15%"``, ``"half"``,
    ``1,312``; or one of `options`, in a sentence of the learner's own. What cannot be read is told
    together with what came out.

    Parameters
    ----------
    guess : what the learner wrote.
    right : the figure, or the right one of `options`; None or NaN where records do not tell.
    unit : of the figure; "share" is told in percent.
    close, low, high : what it means if the guess was close, too low or too high: one sentence each.
    options : what could be answered in words, each with the sentence to say to whoever chose it.

    >>> shown = answer_guess("about 15", 17.46, "CSMs", low="Utilisation is easily forgotten.")
    You guessed 15 CSMs, it is 17.5: 2.5 too low (14%). Utilisation is easily forgotten.
    >>> options = {"about equal": "Look again.", "too few": "Now name the lever."}
    >>> shown = answer_guess("few", "too few", options=options)
    You guessed too few, and so it is. Now name the lever.
    >>> answer_guess(..., 17.46)
    """
    if guess is None or guess is ... or (isinstance(guess, str) and not guess.strip()):
        return None
    if right is None or (isinstance(right, float) and math.isnan(right)):
        return display(_said(guess, "the records here do not tell."))
    try:
        if options is not None:
            chosen = read_option(guess, options)
            fits = "and so it is" if chosen == right else f"it is {right}"
            told = f"You guessed {chosen}, {fits}. {options[chosen]}"
        elif isinstance(right, str):
            return display(_said(guess, f"{right}"))
        else:
            told = _number(read_guess(guess), float(right), unit, (close, low, high))
    except NotReadable:
        if isinstance(right, str):
            return display(_said(guess, f"it is {right}."))
        spec, scale, _ = _shape(float(right), unit)
        figure = cell(right * scale, spec) + ("%" if scale == 100 else f" {unit}".rstrip())
        return display(_said(guess, f"it is {figure}."))
    return display(sentence_of("{told}", told=told.strip()))


def _said(guess: Any, rest: str) -> Shown:
    """What the learner wrote, cut short, and the rest."""
    text = " ".join(str(guess).split())
    return sentence_of(
        "You wrote: {text}. What came: {rest}", text=text[:60] + "…" * (len(text) > 60), rest=rest
    )


def _shape(right: float, unit: str) -> tuple[str, int, int]:
    """The format of a figure, what it is multiplied by, and its decimals."""
    scale = 100 if unit == "share" else 1
    size = abs(right * scale)
    decimals = 0 if size >= 20 or size == round(size) else 1 if size >= 1 else 2
    return f",.{decimals}f", scale, decimals


def _number(span: tuple[float, float], right: float, unit: str, means: tuple[str, ...]) -> str:
    """How far off, by the figures as they are shown."""
    spec, scale, decimals = _shape(right, unit)
    if scale == 100 and span[1] > 1.5 and abs(right) <= 1:
        span = (span[0] / 100, span[1] / 100)  # 15 for 15%
    first, last, figure = (round(value * scale, decimals) for value in (*span, right))
    first, last = (
        round(
            value * scale,
            decimals + (abs(value * scale - shown) > 0.05 * min(abs(figure), abs(value * scale))),
        )
        for value, shown in zip(span, (first, last))
    )
    sign = "%" if scale == 100 else ""
    told = f"{first:,g}{sign}" if first == last else f"{first:,g}{sign} to {last:,g}{sign}"
    named = told if sign or not unit else f"{told} {unit}"
    start = f"You guessed {named}, it is {cell(figure, spec)}{sign}"
    close, low, high = means
    if first != last and first <= figure <= last:
        return f"{start}, within your range. {close}"
    off = min((first - figure, last - figure), key=abs)
    if off == 0:
        return f"{start}: just right. {close}"
    points = " percentage points" if sign else ""
    share = f" ({abs(off / figure):.0%})" if figure and not sign else ""
    gap = f"{round(abs(off), 6):,g}{points} too {'low' if off < 0 else 'high'}{share}"
    if abs(off) <= CLOSE * abs(figure):
        return f"{start}: {gap}, which is close. {close}"
    return f"{start}: {gap}. {low if off < 0 else high}"
