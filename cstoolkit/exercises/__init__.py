"""Exercises: what every topic's ``exercises.toml`` and ``exercises.py`` are read by, and the
checker of answers.

``check, hint, solution = cs.exercises.start(company, "staffing")`` stands in every
notebook's set-up cell.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

import pandas as pd

from cstoolkit.course import TOPICS
from cstoolkit.data.company import Company, checked
from cstoolkit.exercises import learner
from cstoolkit.exercises.checker import Checker, Outcome
from cstoolkit.exercises.guess import answer_guess
from cstoolkit.exercises.texts import load

__all__ = ["answer_guess", "load", "progress", "reset", "start"]


def start(
    company: Company, topic: str
) -> tuple[Callable[..., Outcome], Callable[[int], str], Callable[[int], str]]:
    """The three functions of a notebook, bound to this company and topic: check, hint, solution.

    ``check(1, answer)`` reads an answer and says whether it is not answered, right, wrong (and
    which misconception is likely) or cannot be read; ``hint(1)`` opens the next hint;
    ``solution(1)`` shows code that gives the answer, and why. All three compute with the company at
    hand. Raises ValueError for a topic without exercises.
    """
    checker = Checker(checked(company), topic, _exercises(topic))
    return checker.check, checker.hint, checker.solution


def progress() -> pd.DataFrame:
    """How far the learner has come: one row an exercise of every topic: topic, exercise
    (its number), outcome.

    Raises ValueError if the file that keeps it cannot be read.
    """
    kept = learner.read()
    rows = [
        {
            "topic": topic,
            "exercise": number,
            "outcome": kept.get(topic, {}).get(str(number), "not answered"),
        }
        for topic in TOPICS
        for number in range(1, len(_exercises(topic)) + 1)
    ]
    return pd.DataFrame(rows, columns=["topic", "exercise", "outcome"])


def reset() -> None:
    """Forget the learner's progress. A file that cannot be read is set aside under
    another name, not deleted.
    """
    learner.reset()


def _exercises(topic: str) -> tuple:
    if topic not in TOPICS:
        raise ValueError(
            f"there are no exercises for {topic!r}; there are for: {', '.join(TOPICS)}."
        )
    return tuple(importlib.import_module(f"cstoolkit.{topic}.exercises").EXERCISES)
