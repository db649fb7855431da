"""The checker: reads answers, opens hints, shows solutions, and keeps the learner's progress."""

from __future__ import annotations

import html
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from cstoolkit import tables
from cstoolkit.data.company import Company, MissingData
from cstoolkit.display import Shown, display
from cstoolkit.exercises import learner
from cstoolkit.exercises.kinds import Decision, Exercise, Verdict
from cstoolkit.exercises.reading import NotReadable

_OUTCOMES = tables.read("exercises", "outcomes").set_index("outcome")
"""How an outcome is told. Its sign never stands alone: the words say the same."""


@dataclass(frozen=True)
class Outcome(Shown):
    """What was said about an answer, and how it stands: not answered, right, wrong,
    crashed, noted or no data.
    """

    outcome: str


class Checker:
    """The exercises of one topic for one company. The hints opened are remembered here, outcomes in
    the progress file."""

    def __init__(self, company: Company, topic: str, exercises: Sequence[Exercise]) -> None:
        self.company, self.topic, self.exercises = company, topic, tuple(exercises)
        self._opened = [0] * len(self.exercises)

    def check(self, number: int, answer: Any = ...) -> Outcome:
        """Read the answer to exercise `number` and say how it stands.

        An answer of ``...``, None or empty text is not answered. An answer may be a function: it is
        called, with the company if it takes an argument, and an error in it is told.
        """
        exercise = self._exercise(number)
        verdict = self._verdict(exercise, answer)
        told = [verdict.says]
        if verdict.outcome in learner.KEPT:
            try:
                learner.record(self.topic, number, verdict.outcome)
            except (ValueError, OSError) as error:
                told.append(f"Your progress was not saved: {error}")
        if verdict.outcome in ("wrong", "crashed"):
            told.append(f"hint({number}) helps.")
        points: Sequence[str] = ()
        if verdict.outcome == "not answered":
            points = exercise.options_for(self.company)
        elif verdict.outcome == "noted":
            points = exercise.rubric
        sign, words = _OUTCOMES.loc[verdict.outcome, ["sign", "words"]]
        title = f"{sign} Exercise {number}: {words}."
        shown = _lay_out(title, [line for line in told if line], points)
        return display(Outcome(text=shown.text, html=shown.html, outcome=verdict.outcome))

    def hint(self, number: int) -> Shown:
        """Open the next hint of exercise `number`; those opened before are shown with it."""
        exercise = self._exercise(number)
        total = len(exercise.hints)
        self._opened[number - 1] = opened = min(self._opened[number - 1] + 1, total)
        last = [f"That was the last one; solution({number}) shows the answer."]
        title = f"Exercise {number}, hint {opened} of {total}."
        return display(_lay_out(title, last * (opened == total), exercise.hints[:opened]))

    def solution(self, number: int) -> Shown:
        """Show the answer to exercise `number` for this company, the code that gives
        it, and the reasoning.
        """
        exercise = self._exercise(number)
        why = ""
        try:
            lacking = self.company.lacks(**exercise.needs)
            result = lacking or f"Answer: {exercise.result(self.company)}"
            why = "" if lacking else exercise.told(exercise.why, self.company)
        except MissingData as error:
            result = str(error)
        rubric = exercise.rubric if isinstance(exercise, Decision) else ()
        return display(
            _lay_out(f"Exercise {number}, solution.", [result, why], rubric, code=exercise.code)
        )

    def _exercise(self, number: int) -> Exercise:
        whole = isinstance(number, Integral) and not isinstance(number, bool)
        if not (whole and 1 <= number <= len(self.exercises)):
            raise ValueError(
                f"{self.topic} has the exercises 1 to {len(self.exercises)}, got {number!r}."
            )
        return self.exercises[number - 1]

    def _verdict(self, exercise: Exercise, answer: Any) -> Verdict:
        if answer is None or answer is ... or (isinstance(answer, str) and not answer.strip()):
            try:
                return Verdict("not answered", exercise.told(exercise.question, self.company))
            except MissingData as error:
                return Verdict("no data", str(error))
        lacking = self.company.lacks(**exercise.needs)
        if lacking:
            return Verdict("no data", lacking)
        if callable(answer):
            try:
                answer = _call(answer, self.company)
            except Exception as error:  # noqa: BLE001 - whatever a learner's code raises
                return Verdict("crashed", f"Your function raised {type(error).__name__}: {error}")
            if answer is None:
                nothing = "Your function gave nothing back: end it with return and the answer."
                return Verdict("crashed", nothing)
        try:
            return exercise.judge(self.company, answer)
        except NotReadable as error:
            return Verdict("crashed", f"{str(error)[0].upper()}{str(error)[1:]}")
        except MissingData as error:
            return Verdict("no data", str(error))


def _call(function: Any, company: Company) -> Any:
    takes = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return function(company) if takes else function()


def _lay_out(title: str, lines: Sequence[str], points: Sequence[str], *, code: str = "") -> Shown:
    """A title, sentences, a list and code, as text and as HTML."""
    text = [title, *lines, *(f"  - {point}" for point in points), *(["", code] if code else [])]
    markup = [f"<p><strong>{html.escape(title)}</strong>"]
    markup += [f"<br>{html.escape(line)}".replace("\n", "<br>") for line in lines]
    markup.append("</p>")
    if points:
        markup += ["<ul>", *(f"<li>{html.escape(point)}</li>" for point in points), "</ul>"]
    if code:
        markup.append(f"<pre><code>{html.escape(code)}</code></pre>")
    return Shown(text="\n".join(text), html="".join(markup))
