"""The kinds of exercise: a number, a choice, a table, a decision. Each reads an answer and says how it stands.

No answer is typed in: what is right, and what a misconception would answer, are functions of the company at hand. Texts
come from a topic's ``exercises.toml``; ``cstoolkit/exercises/texts.py`` says how it is written.
"""

from __future__ import annotations

import inspect
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company, MissingData
from cstoolkit.display import cell, fill
from cstoolkit.exercises.reading import NotReadable, read_number, sentences

Answer = Callable[[Company], Any]
Compute = Callable[[Answer, Company], Any]


def compute_now(function: Answer, company: Company) -> Any:
    """What a function of the company gives; the checker hands in one that remembers."""
    return function(company)


@dataclass(frozen=True)
class Verdict:
    """How an answer stands: `outcome` (right, wrong, crashed, noted or no data) and what to say about it."""

    outcome: str
    says: str


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What every exercise has.

    `needs` names the tables and columns that it takes (``{"usage": ["logins"]}``); without them the exercise says so.
    `hints` go from a nudge to nearly the answer. `why` is the reasoning, shown with a right answer and with the
    solution. `figures` gives what stands in braces in the texts.
    """

    question: str | Callable[[Company], str]
    hints: Sequence[str]
    why: str
    needs: Mapping[str, list[str]] = field(default_factory=dict)
    figures: Callable[[Company], Mapping[str, Any]] | None = None

    def told(self, text: str, company: Company) -> str:
        """A text of this exercise, with the company's figures in it."""
        if callable(text):
            return text(company)
        return fill(text, self.figures(company)) if self.figures and "{" in text else text

    @property
    def code(self) -> str:
        """The code of the solution; empty where none is asked for."""
        return ""

    def options_for(self, company: Company) -> tuple[str, ...]:
        """The lines to choose from; none but for a choice."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Number(Exercise):
    """A number is asked, in `unit`.

    `answer` gives it for a company; it is a function with a name, whose source is shown as the solution.
    `misconceptions` are pairs: a function that makes the mistake, and the sentence that names it. A given number counts
    as equal within `tolerance` (a share of the right number; 0 asks for the very number).
    """

    answer: Answer
    unit: str
    misconceptions: Sequence[tuple[Answer, str]] = ()
    tolerance: float = 0.01
    spec: str = ",.6g"

    def judge(self, company: Company, given: Any, compute: Compute = compute_now) -> Verdict:
        """Right, or wrong with the misconception that gives this very number, if one does."""
        number = read_number(given)
        right = float(compute(self.answer, company))
        if not math.isfinite(right):
            return Verdict("no data", f"For {company.name} this figure is not known.")
        told = self.with_unit(number)
        if self._equal(number, right, 1):
            return Verdict("right", f"{told}. {self.told(self.why, company)}")
        # A mistake that leads to the right number on this company cannot be told from being right: it is not named.
        values = [
            (_attempt(compute, mistake, company), says) for mistake, says in self.misconceptions
        ]
        if self.unit == "share":
            values.append(
                (
                    100 * right,
                    "That is in percent: the question asks for a share, so 80% is written 0.80.",
                )
            )
        likely = [
            says
            for value, says in values
            if value is not None
            and not self._equal(value, right, 2)
            and self._equal(number, value, 1)
        ]
        if likely:
            return Verdict("wrong", f"{told}. {_either(likely)}")
        return Verdict("wrong", f"{told} is too {'high' if number > right else 'low'}.")

    def result(self, company: Company) -> str:
        """The right answer as text."""
        return self.with_unit(float(self.answer(company)))

    def with_unit(self, number: float) -> str:
        """A number with its unit."""
        return f"{cell(number, self.spec)} {self.unit}".rstrip()

    @property
    def code(self) -> str:
        """The code of the solution."""
        return inspect.getsource(self.answer)

    def _equal(self, number: float, other: float, widths: int) -> bool:
        return abs(number - other) <= max(
            widths * self.tolerance * abs(other), 1e-9 * max(1.0, abs(other))
        )


@dataclass(frozen=True)
class Option:
    """One option: its text, and what to say to whoever chose it. Of a wrong one, `says` names the misconception behind it."""

    text: str
    says: str


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """One option of several is asked, by its letter. `right` is the letter, or a named function of the company that finds it."""

    options: Mapping[str, Option]
    right: str | Callable[[Company], str]

    def judge(self, company: Company, given: Any, compute: Compute = compute_now) -> Verdict:
        """Right, or wrong with the misconception of the option chosen."""
        letter = (
            unicodedata.normalize("NFKC", given).strip(" \t\n().:").lower()
            if isinstance(given, str)
            else given
        )
        if not isinstance(letter, str) or letter not in self.options:
            raise NotReadable(
                f"the answer is one of the letters {', '.join(self.options)} in quotes, got {given!r}."
            )
        outcome = "right" if letter == self.letter(company) else "wrong"
        why = f" {self.told(self.why, company)}" if outcome == "right" else ""
        return Verdict(outcome, f"{letter}) {self.options[letter].says}{why}")

    def letter(self, company: Company) -> str:
        """The letter that is right for this company."""
        return self.right(company) if callable(self.right) else self.right

    def options_for(self, company: Company) -> tuple[str, ...]:
        """The options, a line each."""
        return tuple(f"{letter}) {option.text}" for letter, option in self.options.items())

    def result(self, company: Company) -> str:
        """The right answer as text."""
        return f"{self.letter(company)}) {self.options[self.letter(company)].text}"

    @property
    def code(self) -> str:
        """The code that finds the right option, where it depends on the company."""
        return inspect.getsource(self.right) if callable(self.right) else ""


@dataclass(frozen=True, kw_only=True)
class Table(Exercise):
    """A table is asked: `answer` gives it, `keys` name its rows. Order and further columns do not matter."""

    answer: Callable[[Company], pd.DataFrame]
    keys: Sequence[str]
    misconceptions: Sequence[tuple[Callable[[Company], pd.DataFrame], str]] = ()
    tolerance: float = 0.01

    def judge(self, company: Company, given: Any, compute: Compute = compute_now) -> Verdict:
        """Right, or wrong with the misconception that gives this table, or with the first difference."""
        if not isinstance(given, pd.DataFrame):
            raise NotReadable(f"the answer is a table (a DataFrame), got {type(given).__name__}.")
        right = compute(self.answer, company)
        absent = [name for name in right.columns if name not in given.columns]
        if absent:
            raise NotReadable(
                f"the table needs the columns {', '.join(right.columns)}; missing: {', '.join(absent)}."
            )
        difference = self._difference(given, right)
        if not difference:
            return Verdict("right", self.told(self.why, company))
        wrong = [
            (_attempt_frame(compute, mistake, company), says)
            for mistake, says in self.misconceptions
        ]
        likely = [
            says
            for frame, says in wrong
            if frame is not None
            and self._difference(frame, right)
            and not self._difference(given, frame)
        ]
        return Verdict("wrong", _either(likely) if likely else difference)

    def result(self, company: Company) -> str:
        """The right answer as text."""
        return self.answer(company).to_string(index=False)

    @property
    def code(self) -> str:
        """The code of the solution."""
        return inspect.getsource(self.answer)

    def _difference(self, given: pd.DataFrame, right: pd.DataFrame) -> str:
        """The first difference in words; empty if there is none."""
        keys = list(self.keys)
        if given.duplicated(keys).any():
            return f"Some rows share the same {', '.join(keys)}; each should be there once."
        mine, theirs = (
            frame.assign(**{key: frame[key].astype("str") for key in keys}).set_index(keys)
            for frame in (given, right)
        )
        if set(mine.index) != set(theirs.index):
            common = len(mine.index.intersection(theirs.index))
            return f"The table has {len(mine):,} rows; {common:,} of them are among the {len(theirs):,} asked for."
        mine = mine.loc[theirs.index]
        for column in theirs.columns:
            differs = ~_same(mine[column], theirs[column], self.tolerance)
            if differs.any():
                where = theirs.index[differs.argmax()]
                name = ", ".join(where) if isinstance(where, tuple) else where
                return f"Column {column} differs in {differs.sum():,} of {len(theirs):,} rows; the first is {name}."
        return ""


@dataclass(frozen=True, kw_only=True)
class Decision(Exercise):
    """A recommendation in three sentences, judged by its reader: `rubric` says what a good one has, `sample` is one,
    with this company's figures."""

    rubric: Sequence[str]
    sample: str | Callable[[Company], str]

    def judge(self, company: Company, given: Any, compute: Compute = compute_now) -> Verdict:
        """Noted with the rubric once there are three sentences; nothing is graded."""
        if not isinstance(given, str):
            raise NotReadable(f"the answer is text in quotes, got {type(given).__name__}.")
        count = len(sentences(given))
        if count != 3:
            return Verdict("wrong", f"A recommendation here has three sentences; this has {count}.")
        return Verdict("noted", "Now judge it yourself, or let a neighbour do it. A good one has:")

    def result(self, company: Company) -> str:
        """One recommendation that satisfies the rubric."""
        return self.told(self.sample, company)


def _attempt(compute: Compute, mistake: Answer, company: Company) -> float | None:
    """What the mistake gives on this company; None where it gives no number."""
    try:
        value = float(compute(mistake, company))
    except (MissingData, ArithmeticError):
        return None
    return value if math.isfinite(value) else None


def _attempt_frame(compute: Compute, mistake: Answer, company: Company) -> pd.DataFrame | None:
    try:
        return compute(mistake, company)
    except (MissingData, ArithmeticError):
        return None


def _either(likely: Sequence[str]) -> str:
    """All the misconceptions that give this answer, each once."""
    return " Or: ".join(dict.fromkeys(likely))


def _same(mine: pd.Series, theirs: pd.Series, tolerance: float) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(mine) and pd.api.types.is_numeric_dtype(theirs):
        return np.isclose(
            mine.to_numpy(float),
            theirs.to_numpy(float),
            rtol=max(tolerance, 1e-9),
            atol=1e-9,
            equal_nan=True,
        )
    return (mine.astype("str").fillna("") == theirs.astype("str").fillna("")).to_numpy()
