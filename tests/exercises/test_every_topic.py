"""Laws for the exercises of every topic, on the bundled company and on one that has only what is required."""

import ast
import math
from functools import cache
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import exercises
from cstoolkit.course import TOPICS
from cstoolkit.data.company import Company
from cstoolkit.exercises.kinds import Choice, Decision, Number, Table

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
EVERY = [
    pytest.param(topic, number, id=f"{topic}-{number}")
    for topic in TOPICS
    for number in range(1, len(getattr(cs, topic).exercises.EXERCISES) + 1)
]


@pytest.fixture
def bare():
    """A company with the required columns alone."""
    customers = pd.DataFrame({"customer_id": [f"c{each}" for each in range(30)]})
    contracts = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "starts_on": ["2024-01-01", "2024-06-01", "2025-02-01"] * 10,
            "ends_on": [None] * 30,
            "arr": [1000.0 * (each + 1) for each in range(30)],
        }
    )
    return Company.from_tables(
        name="Bare", currency="EUR", as_of="2025-06-30", customers=customers, contracts=contracts
    )


def exercise_of(topic, number):
    return getattr(cs, topic).exercises.EXERCISES[number - 1]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_a_choice_and_a_decision_and_takes_a_sitting(topic):
    kinds = [type(each) for each in getattr(cs, topic).exercises.EXERCISES]
    assert 3 <= len(kinds) <= 5
    assert Choice in kinds and Decision in kinds


@pytest.mark.parametrize(("topic", "number"), EVERY)
def test_unanswered_it_asks_and_does_so_the_same_way_each_time(topic, number, company):
    first, again = (exercises.start(company, topic)[0](number, ...) for _ in range(2))
    assert first.outcome == "not answered"
    assert (first.text, first.html) == (again.text, again.html)
    assert len(first.text.splitlines()) >= 2


@pytest.mark.parametrize(("topic", "number"), EVERY)
def test_hints_lead_on_and_end(topic, number, company):
    _, hint, _ = exercises.start(company, topic)
    hints = exercise_of(topic, number).hints
    assert 1 <= len(hints) == len(set(hints)) and not isinstance(hints, str)
    told = [hint(number).text for _ in range(len(hints) + 1)]
    assert told[-1] == told[-2] if len(hints) > 1 else told[-1]
    assert all(each in told[-1] for each in hints)


@cache
def names_of_notebook(topic):
    """What a learner has at hand there: what the notebook's cells import."""
    module = getattr(cs, topic).exercises
    if not Path(module.__file__).with_suffix(".toml").exists():
        return vars(module)
    notebooks = (nbformat.read(path, as_version=4) for path in NOTEBOOKS.glob("*.ipynb"))
    codes = ([c.source for c in notebook.cells if c.cell_type == "code"] for notebook in notebooks)
    cells = next(cells for cells in codes if f'start(company, "{topic}")' in "".join(cells))
    imports = [
        node
        for code in cells
        for node in ast.parse(code).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    names = {}
    exec(compile(ast.Module(imports, []), topic, "exec"), names)
    return names


@pytest.mark.parametrize(("topic", "number"), EVERY)
def test_the_code_of_the_solution_runs_in_the_notebook_and_is_right(topic, number, company):
    exercise = exercise_of(topic, number)
    check, _, solution = exercises.start(company, topic)
    shown = solution(number)
    assert exercise.told(exercise.why, company) in shown.text and exercise.code in shown.text
    if exercise.code:
        names = dict(names_of_notebook(topic))
        exec(compile(exercise.code, f"solution {number}", "exec"), names)
        function = exercise.right if isinstance(exercise, Choice) else exercise.answer
        answer = names[function.__name__](company)
    elif isinstance(exercise, Choice):
        answer = exercise.letter(company)
    else:
        answer = exercise.result(company)
    assert check(number, answer).outcome == ("noted" if isinstance(exercise, Decision) else "right")


@pytest.mark.parametrize(("topic", "number"), EVERY)
def test_each_misconception_is_named_when_its_answer_comes(topic, number, company):
    exercise = exercise_of(topic, number)
    check, _, _ = exercises.start(company, topic)
    if isinstance(exercise, Choice):
        for letter in set(exercise.options) - {exercise.letter(company)}:
            verdict = check(number, letter)
            assert verdict.outcome == "wrong" and exercise.options[letter].says in verdict.text
        assert (
            len({option.says for option in exercise.options.values()}) == len(exercise.options) >= 3
        )
    elif isinstance(exercise, (Number, Table)):
        assert exercise.misconceptions, "a mistake that people make teaches; name one at least"
        for mistake, says in exercise.misconceptions:
            verdict = check(number, company.kept(mistake))
            assert verdict.outcome == "wrong" and says in verdict.text
    else:
        assert len(exercise.rubric) >= 3
        assert check(number, "Hire.").outcome == "wrong"


@pytest.mark.parametrize(("topic", "number"), EVERY)
def test_whatever_is_answered_nothing_is_raised(topic, number, company, bare):
    for each in (company, bare):
        check, hint, solution = exercises.start(each, topic)
        for answer in (
            ...,
            None,
            1,
            0,
            -3.5,
            "a",
            "z",
            "one two",
            math.nan,
            math.inf,
            True,
            [],
            {},
            pd.DataFrame(),
            lambda: 1 / 0,
            object(),
        ):
            assert check(number, answer).text
        assert hint(number).text and solution(number).text
