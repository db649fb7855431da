"""The kinds of exercise: a number, a choice, a table, a decision. Each reads an answer and
says how it stands.

No answer is typed in: what is right, and what a misconception would answer, are functions of
the company at hand. Texts come from a topic's ``exercises.toml``;
``cstoolkit/exercises/texts.py`` says how it is written.
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
from cstoolkit.exercises.reading import NotReadable, read_number, says_little, sentences

Answer = Callable[[Company], Any]

ROUNDED = 0.05
"""A figure rounded for display is accepted where this share of it is not rounded away."""


@dataclass(frozen=True)
class Verdict:
    """How an answer stands: `outcome` (right, wrong, crashed, noted or no data) and
    what to say about it.
    """

    outcome: str
    says: str


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What every exercise has.

    `needs` names the tables and columns that it takes (``{"usage": ["logins"]}``); without them the
    exercise says so. `hints` go from a nudge to nearly the answer. `why` is the reasoning, shown
    with a right answer and with the solution. `figures` gives what stands in braces in the texts.
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
class Computed(Exercise):
    """What is right is computed: `answer` is a function with a name, whose code is shown as the
    solution. What it gives is kept with the company, so that who tries again does not wait.

    `misconceptions` are pairs: a function that makes the mistake, and the sentence that names it.
    Figures count as equal within `tolerance`, a share of the right one; 0 asks for the very figure.
    """

    answer: Answer
    misconceptions: Sequence[tuple[Answer, str]] = ()
    tolerance: float = 0.01

    def named(self, company: Company, given: Any, right: Any) -> str:
        """All the misconceptions that give this answer, each once; empty if none does."""
        likely = {}
        for mistake, says in self.misconceptions:
            try:
                value = company.kept(mistake)
            except (MissingData, ArithmeticError):
                continue
            # A mistake that leads to the right answer on this company cannot be told from being
            # right: it is not named.
            if self.differs(value, right, widths=2) and not self.differs(given, value):
                likely[says] = None
        return " Or: ".join(likely)

    @property
    def code(self) -> str:
        """The code of the solution."""
        return inspect.getsource(self.answer)


@dataclass(frozen=True, kw_only=True)
class Number(Computed):
    """A number is asked, in `unit`; `spec` formats it."""

    unit: str
    spec: str = ",.6g"

    def judge(self, company: Company, given: Any) -> Verdict:
        """Right, or wrong with the misconception that gives this very number, if one does."""
        number, right = read_number(given), float(company.kept(self.answer))
        if not math.isfinite(right):
            return Verdict("no data", f"For {company.name} this figure is not known.")
        told = self.with_unit(number)
        wrong = self.differs(number, right) and (
            self.named(company, number, right)
            or ("" if _as_displayed(number, right) else self.differs(number, right))
        )
        if wrong:
            return Verdict("wrong", f"{told}. {wrong}")
        return Verdict("right", f"{told}. {self.told(self.why, company)}")

    def differs(self, number: float, other: float, widths: int = 1) -> str:
        """In which way a number differs from another; empty if it does not."""

        def equal(value: float) -> bool:
            bound = max(widths * self.tolerance * abs(value), 1e-9 * max(1.0, abs(value)))
            return abs(number - value) <= bound

        if equal(other):
            return ""
        if self.unit == "share" and equal(100 * other):
            return "That is in percent: the question asks for a share, so 80% is written 0.80."
        return f"That is too {'high' if number > other else 'low'}."

    def result(self, company: Company) -> str:
        """The right answer as text."""
        return self.with_unit(float(company.kept(self.answer)))

    def with_unit(self, number: float) -> str:
        """A number with its unit."""
        return f"{cell(number, self.spec)} {self.unit}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Table(Computed):
    """A table is asked; `keys` name its rows. Order and further columns do not matter."""

    keys: Sequence[str]

    def judge(self, company: Company, given: Any) -> Verdict:
        """Right, or wrong with the misconception that gives this table, or with the
        first difference.
        """
        if not isinstance(given, pd.DataFrame):
            raise NotReadable(f"the answer is a table (a DataFrame), got {type(given).__name__}.")
        right = company.kept(self.answer)
        absent = [name for name in right.columns if name not in given.columns]
        if absent:
            names, missing = ", ".join(right.columns), ", ".join(absent)
            raise NotReadable(f"the table needs the columns {names}; missing: {missing}.")
        difference = self.differs(given, right)
        if not difference:
            return Verdict("right", self.told(self.why, company))
        return Verdict("wrong", self.named(company, given, right) or difference)

    def differs(self, given: pd.DataFrame, right: pd.DataFrame, widths: int = 1) -> str:
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
            return (
                f"The table has {len(mine):,} rows; {common:,} of them are among the "
                f"{len(theirs):,} asked for."
            )
        mine = mine.loc[theirs.index]
        for column in theirs.columns:
            differs = ~_same(mine[column], theirs[column], widths * self.tolerance)
            if differs.any():
                where = theirs.index[differs.argmax()]
                name = ", ".join(where) if isinstance(where, tuple) else where
                return (
                    f"Column {column} differs in {differs.sum():,} of {len(theirs):,} rows; "
                    f"the first is {name}."
                )
        return ""

    def result(self, company: Company) -> str:
        """The right answer as text."""
        return company.kept(self.answer).to_string(index=False)


@dataclass(frozen=True)
class Option:
    """One option: its text, and what to say to whoever chose it. Of a wrong one, `says` names the
    misconception behind it.
    """

    text: str
    says: str


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """One option of several is asked, by its letter. `right` is the letter, or a named function of
    the company that finds it.
    """

    options: Mapping[str, Option]
    right: str | Callable[[Company], str]

    def judge(self, company: Company, given: Any) -> Verdict:
        """Right, or wrong with the misconception of the option chosen."""
        text = given if isinstance(given, str) else ""
        letter = unicodedata.normalize("NFKC", text).strip(" \t\n().:").lower()
        if letter not in self.options:
            letters = ", ".join(self.options)
            raise NotReadable(
                f"the answer is one of the letters {letters} in quotes, got {given!r}."
            )
        outcome = "right" if letter == self.letter(company) else "wrong"
        why = f" {self.told(self.why, company)}" if outcome == "right" else ""
        return Verdict(outcome, f"{letter}) {self.options[letter].says}{why}")

    def letter(self, company: Company) -> str:
        """The letter that is right for this company."""
        return company.kept(self.right) if callable(self.right) else self.right

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
class Decision(Exercise):
    """A recommendation in three sentences, judged by its reader: `rubric` says what a good one has,
    `sample` is one, with this company's figures."""

    rubric: Sequence[str]
    sample: str | Callable[[Company], str]

    def judge(self, company: Company, given: Any) -> Verdict:
        """Noted with the rubric once there are three sentences; nothing is graded."""
        if not isinstance(given, str):
            raise NotReadable(f"the answer is text in quotes, got {type(given).__name__}.")
        told = sentences(given)
        if len(told) != 3:
            says = f"A recommendation here has three sentences; this has {len(told)}."
            return Verdict("wrong", says)
        short = [each for each in told if says_little(each)]
        if short:
            return Verdict("wrong", f"“{short[0]}” says too little: what do you advise, and why?")
        return Verdict("noted", "Now judge it yourself, or let a neighbour do it. A good one has:")

    def result(self, company: Company) -> str:
        """One recommendation that satisfies the rubric."""
        return self.told(self.sample, company)


def _as_displayed(number: float, right: float) -> bool:
    """Whether the number is the right one rounded, as tables and sentences show it:
    23 or 22 for 22.6.
    """
    if abs(number - right) > ROUNDED * abs(right):
        return False
    if number == round(number):
        return abs(number - right) < 1
    decimals = len(f"{number:.9f}".rstrip("0").partition(".")[2])
    return math.isclose(round(right, decimals), number)


def _same(mine: pd.Series, theirs: pd.Series, tolerance: float) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(mine) and pd.api.types.is_numeric_dtype(theirs):
        numbers = mine.to_numpy(float), theirs.to_numpy(float)
        return np.isclose(*numbers, rtol=max(tolerance, 1e-9), atol=1e-9, equal_nan=True)
    return (mine.astype("str").fillna("") == theirs.astype("str").fillna("")).to_numpy()
