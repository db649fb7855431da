"""Exercises from a topic's texts (a TOML file) and its functions (plain Python).

``cstoolkit/<topic>/exercises.toml`` is an ordered list of exercises, written by whoever teaches::

    [[exercise]]
    kind = "number"                    # number, choice, table or decision
    question = '''
    How many CSMs do last year's hours call for in {tier} touch?
    Use staffing.measured_effort(company).
    '''
    figures = "most_personal"          # optional: its dict fills {tier} in question, why, sample
    hints = ["Three inputs.", "The last hint is nearly the answer."]
    why = "Hours needed divided by the hours one CSM has."
    needs = {activities = ["hours"]}   # optional: tables and columns without which it is not asked

    # a number
    answer = "needed"                  # the function that is right; its code is the solution
    unit = "CSMs"
    tolerance = 0.01                   # optional: a share of it; 0 asks for the very number
    spec = ",.1f"                      # optional: how numbers are told
    [exercise.misconceptions]          # a function that makes the mistake, what to say
    all_hours = "That divides by all working hours."

    [[exercise]]
    kind = "choice"                    # also: question, hints, why, figures, needs
    right = "b"                        # its letter, or a function that finds the letter
    [exercise.options.a]
    text = "Too many."
    says = "Taking one unit for the other."    # the misconception, or why it is right
    [exercise.options.b]
    text = "Too few."
    says = "The plan does not fit the budget."

    [[exercise]]
    kind = "table"                     # like a number, without unit and spec
    answer = "arr_by_band"
    keys = ["band"]                    # the columns that name a row

    [[exercise]]
    kind = "decision"
    rubric = ["names a number", "gives the reason", "says what follows from a no"]
    sample = "I ask for {people} CSMs ..."     # one good answer, filled by `figures`

Line breaks inside a text are spaces. A brace that is no figure is doubled where ``figures`` is
given. The functions stand in ``cstoolkit/<topic>/exercises.py``, take the company and nothing else,
and are handed to :func:`load`. An answer's code is shown as it stands there: write it without
annotations, and with only the names that the notebook has.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from importlib.resources import files
from typing import Any

from cstoolkit.exercises.kinds import Choice, Decision, Exercise, Number, Option, Table

KINDS = {"number": Number, "choice": Choice, "table": Table, "decision": Decision}
FUNCTIONS = ("answer", "figures")
"""The fields that name a function; `right` does where it is no letter."""
LISTS = ("hints", "keys", "rubric")


def load(topic: str, *functions: Callable) -> tuple[Exercise, ...]:
    """The exercises of a topic.

    Parameters
    ----------
    topic : the folder of the package that holds ``exercises.toml``.
    functions : those that the file names, each called with the company.

    Raises
    ------
    ValueError
        If a key is unknown or missing, a text is empty, or a function is named and not passed, or
        passed and not named.
    """
    text = files(f"cstoolkit.{topic}").joinpath("exercises.toml").read_text("utf-8")
    return read(text, *functions, name=f"{topic}/exercises.toml")


def read(text: str, *functions: Callable, name: str = "exercises.toml") -> tuple[Exercise, ...]:
    """The exercises of a TOML text; `name` says in errors which one."""
    known = {function.__name__: function for function in functions}
    used: set[str] = set()
    document = tomllib.loads(text)
    if set(document) != {"exercise"}:
        raise ValueError(f"{name} holds [[exercise]] tables only, got: {', '.join(document)}.")
    made = tuple(
        _exercise(entry, f"{name}, exercise {number}", known, used)
        for number, entry in enumerate(document["exercise"], start=1)
    )
    idle = sorted(set(known) - used)
    if idle:
        raise ValueError(f"{name} names no function {', '.join(idle)}: do not pass it, or use it.")
    return made


def _exercise(entry: dict, where: str, known: Mapping[str, Callable], used: set[str]) -> Exercise:
    """One exercise from its TOML table; the functions it takes are added to `used`."""

    def function(name: Any) -> Callable:
        if name not in known:
            raise ValueError(
                f"{where}: no function {name!r} was passed; passed were: {', '.join(known)}."
            )
        used.add(name)
        return known[name]

    kind = KINDS.get(entry.pop("kind", None))
    if kind is None:
        raise ValueError(f"{where}: kind is one of {', '.join(KINDS)}.")
    _keys(entry, kind, where)
    values: dict[str, Any] = {}
    for key, value in entry.items():
        if key in FUNCTIONS or (key == "right" and value not in entry["options"]):
            values[key] = function(value)
        elif key == "misconceptions":
            values[key] = tuple(
                (function(name), _text(says, f"{where}, {name}")) for name, says in value.items()
            )
        elif key == "options":
            values[key] = {letter: _option(each, where, letter) for letter, each in value.items()}
        elif key in LISTS:
            if not isinstance(value, list) or not value:
                raise ValueError(f"{where}: {key} is a list of texts, got {value!r}.")
            values[key] = tuple(_text(each, f"{where}, {key}") for each in value)
        elif key in ("question", "why", "sample"):
            values[key] = _text(value, f"{where}, {key}")
        else:
            values[key] = value
    return kind(**values)


def _keys(entry: Mapping, kind: type, where: str) -> None:
    """ValueError for a key that the kind does not have, or one that is missing."""
    there = fields(kind)
    required = [
        field.name
        for field in there
        if field.default is MISSING and field.default_factory is MISSING
    ]
    names = ", ".join(field.name for field in there)
    for problem, keys in (
        ("unknown key", [key for key in entry if key not in {field.name for field in there}]),
        ("missing", [key for key in required if key not in entry]),
    ):
        if keys:
            raise ValueError(f"{where}: {problem} {', '.join(keys)}. It has: kind, {names}.")


def _option(option: Any, where: str, letter: str) -> Option:
    if not isinstance(option, dict) or set(option) != {"text", "says"}:
        raise ValueError(f"{where}: option {letter} has text and says, got {option!r}.")
    return Option(**{key: _text(value, f"{where}, {letter}") for key, value in option.items()})


def _text(value: Any, where: str) -> str:
    """The text on one line; ValueError if there is none."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: a text is asked for, got {value!r}.")
    return " ".join(value.split())
