"""The checker: not answered, right, wrong with the misconception, crashed and no data told apart, for this company."""

import math
import re
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cstoolkit import tables
from cstoolkit.data.company import Company, MissingData
from cstoolkit.exercises import learner
from cstoolkit.exercises.checker import Checker
from cstoolkit.exercises.kinds import Choice, Decision, Number, Option, Table


@cache
def make(arr=(100.0, 200.0, 600.0), name="Trio"):
    customers = pd.DataFrame({"customer_id": [f"c{each}" for each in range(len(arr))]})
    contracts = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "starts_on": "2024-01-01",
            "ends_on": None,
            "arr": arr,
        }
    )
    return Company.from_tables(
        name=name, currency="EUR", as_of="2025-06-30", customers=customers, contracts=contracts
    )


def live(company):
    return company.snapshot()


def mean_arr(company):
    """ARR a customer."""
    return live(company)["arr"].mean()


def median_arr(company):
    return live(company)["arr"].median()


def total_arr(company):
    return live(company)["arr"].sum()


def share_of_largest(company):
    arr = live(company)["arr"].to_numpy()
    return np.max(arr) / np.sum(arr)


def by_customer(company):
    return live(company)[["customer_id", "arr"]]


def monthly(company):
    return by_customer(company).assign(arr=lambda frame: frame["arr"] / 12)


def larger(company):
    return "a" if mean_arr(company) > median_arr(company) else "c"


def fails(company):
    raise MissingData("nothing to go by")


MEAN = Number(
    question="What does a customer pay a year on average?",
    unit="EUR",
    answer=mean_arr,
    misconceptions=[
        (median_arr, "That is the median: half pay less."),
        (total_arr, "That is the total of all customers."),
        (lambda company: math.nan, "never"),
        (lambda company: 1 / 0, "never"),
        (fails, "never"),
    ],
    hints=["Add up, then divide.", "Use mean()."],
    why="The mean is the total divided by the number of customers.",
)
SHARE = Number(
    question=lambda company: f"Which share of {company.name} does the largest customer hold?",
    unit="share",
    answer=share_of_largest,
    hints=["Divide by the total."],
    why="Largest by total.",
)
CHOICE = Choice(
    question="Which is larger?",
    options={
        "a": Option("the mean", "The long tail pulls the mean up."),
        "b": Option("the median", "Taking the middle one for the average one."),
        "c": Option("neither", "Taking every distribution for symmetric."),
    },
    right=larger,
    hints=["Think of the tail."],
    why="ARR has a long tail.",
)
TABLE = Table(
    question="ARR of each customer",
    answer=by_customer,
    keys=["customer_id"],
    misconceptions=[(monthly, "That is a month's revenue, not a year's."), (fails, "never")],
    hints=["Look at the snapshot."],
    why="ARR is a level.",
)
DECISION = Decision(
    question="Whom do you look after first?",
    rubric=["names a customer", "gives a figure", "says what is left out"],
    sample=lambda company: (
        f"The largest first. It pays {max(live(company)['arr']):,.0f}. The others wait."
    ),
    hints=["Who pays?"],
    why="Attention follows value.",
)
USAGE = Number(
    question="How many logins?",
    unit="",
    answer=mean_arr,
    hints=["-"],
    why="-",
    needs={"usage": ["logins"]},
)
ALL = (MEAN, SHARE, CHOICE, TABLE, DECISION, USAGE)


@pytest.fixture
def checker(capsys):
    return Checker(make(), "sample", ALL)


@pytest.mark.parametrize("answer", [..., None, "", "  "])
def test_not_answered_asks_the_question(checker, answer):
    verdict = checker.check(1, answer)
    assert verdict.outcome == "not answered"
    assert (
        verdict.text
        == "… Exercise 1: not answered yet.\nWhat does a customer pay a year on average?"
    )
    assert checker.check(1).text == verdict.text


def test_the_question_may_speak_of_the_company_and_lists_the_options(checker):
    assert "Which share of Trio does" in checker.check(2).text
    assert checker.check(3).text.splitlines()[2:] == [
        "  - a) the mean",
        "  - b) the median",
        "  - c) neither",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        300,
        300.0,
        301,
        np.float32(300),
        np.int64(300),
        Decimal(300),
        Fraction(300),
        pd.Series([300]),
        "300",
        "300 EUR",
        "３００",
    ],
)
def test_right(checker, answer):
    verdict = checker.check(1, answer)
    assert verdict.outcome == "right"
    assert "The mean is the total divided by" in verdict.text


def test_an_answer_may_be_a_function(checker):
    assert checker.check(1, lambda: 300).outcome == "right"
    assert checker.check(1, mean_arr).outcome == "right"
    assert checker.check(1, lambda factor=1: 300 * factor).outcome == "right"


def test_wrong_with_the_misconception_named(checker):
    verdict = checker.check(1, 200)
    assert verdict.outcome == "wrong"
    assert (
        verdict.text
        == "✗ Exercise 1: not right yet.\n200 EUR. That is the median: half pay less.\nhint(1) helps."
    )
    assert "total of all customers" in checker.check(1, 900).text


def test_wrong_without_a_known_misconception_says_the_direction(checker):
    assert "500 EUR. That is too high." in checker.check(1, 500).text
    assert "-5 EUR. That is too low." in checker.check(1, -5).text


def test_a_share_given_in_percent_is_told(checker):
    assert checker.check(2, 2 / 3).outcome == "right"
    assert "80% is written 0.80" in checker.check(2, 66.67).text


@pytest.mark.parametrize(
    ("number", "answer", "message"),
    [
        (1, "many", "The answer is a number, got the text 'many'."),
        (1, "300 or 400", "The answer is a number, got the text '300 or 400'."),
        (1, math.nan, "The answer is a number, got nan: a value was missing"),
        (1, math.inf, "The answer is a number, got inf"),
        (1, True, "The answer is one number, got bool. Give the number alone."),
        (1, [300], "The answer is one number, got list. Give the number alone."),
        (1, 3j, "The answer is one number, got complex. Give the number alone."),
        (1, pd.Series([1, 2]), "The answer is one number, got Series. Give the number alone."),
        (1, 10**400, "The answer is a number, got inf"),
        (1, lambda: None, "Your function gave nothing back: end it with return and the answer."),
        (1, lambda: 1 / 0, "Your function raised ZeroDivisionError: division by zero"),
        (1, lambda company: company.nothing, "Your function raised AttributeError"),
        (3, "d", "The answer is one of the letters a, b, c in quotes, got 'd'."),
        (3, 1, "The answer is one of the letters a, b, c in quotes, got 1."),
        (3, ["a"], "in quotes, got ['a']."),
        (4, [1], "The answer is a table (a DataFrame), got list."),
        (
            4,
            pd.DataFrame({"arr": [1]}),
            "The table needs the columns customer_id, arr; missing: customer_id.",
        ),
        (5, 5, "The answer is text in quotes, got int."),
    ],
)
def test_crashed_says_what_was_asked_and_what_came(checker, number, answer, message):
    verdict = checker.check(number, answer)
    assert verdict.outcome == "crashed"
    assert message in verdict.text


def test_a_choice_is_read_in_either_case_and_names_the_misconception(checker):
    assert [checker.check(3, each).outcome for each in (" A ", "a)", "(a)", "ａ")] == ["right"] * 4
    verdict = checker.check(3, "b")
    assert (
        verdict.outcome == "wrong" and "Taking the middle one for the average one." in verdict.text
    )


def test_what_is_right_follows_the_company(capsys):
    even = Checker(make((50.0, 50.0, 50.0), "Even"), "sample", ALL)
    assert even.check(1, 300).outcome == "wrong" and even.check(1, 50).outcome == "right"
    assert even.check(3, "c").outcome == "right" and even.check(3, "a").outcome == "wrong"
    assert "50 EUR" in even.solution(1).text


def test_a_misconception_that_gives_the_right_number_here_does_not_misfire(capsys):
    even = Checker(make((50.0, 50.0, 50.0), "Even"), "sample", ALL)
    assert even.check(1, 50).outcome == "right"
    near = even.check(1, 50.9)
    assert near.outcome == "wrong" and "median" not in near.text, (
        "too close to right to be called the median"
    )


def test_two_misconceptions_with_one_value_are_both_told(capsys):
    single = Checker(
        make((70.0,), "One"),
        "sample",
        [
            Number(
                question="?",
                unit="",
                answer=lambda company: 7.0,
                hints=["-"],
                why="-",
                misconceptions=[
                    (mean_arr, "First."),
                    (median_arr, "Second."),
                    (total_arr, "First."),
                ],
            )
        ],
    )
    assert "70. First. Or: Second." in single.check(1, 70).text


@given(st.floats(1, 1e9), st.floats(-0.3, 0.3))
def test_right_is_within_the_tolerance_and_nothing_else(right, off):
    number = Number(
        question="?", unit="", answer=lambda company: right, hints=["-"], why="-", tolerance=0.1
    )
    if abs(abs(off) - 0.1) > 1e-9:
        assert (number.judge(make(), right * (1 + off)).outcome == "right") == (abs(off) < 0.1)


def test_without_tolerance_the_very_number_is_asked():
    number = Number(
        question="?", unit="people", answer=lambda company: 0, hints=["-"], why="-", tolerance=0
    )
    assert number.judge(make(), 0).outcome == "right"
    assert number.judge(make(), 1).outcome == number.judge(make(), 0.001).outcome == "wrong"


@pytest.mark.parametrize(
    ("right", "shown", "refused"),
    [
        (22.6, [22.6, 22.60, 23, 22, "22.6", 22.62], [21, 24, 22.4]),
        (1311.7, [1312, 1311, "1,312", (1, 312), 1311.7], [1300, 1330]),
        (0.1437, [0.14, 0.144, "14%", "14.4%"], [0.1, 0.2, "15%"]),
        (4.3, [4.3], [4, 5]),
    ],
)
def test_the_figure_as_displayed_is_accepted(right, shown, refused):
    number = Number(
        question="?", unit="", answer=lambda company: right, hints=["-"], why="-", tolerance=0.005
    )
    assert {number.judge(make(), each).outcome for each in shown} == {"right"}
    assert {number.judge(make(), each).outcome for each in refused} == {"wrong"}


def test_a_rounded_figure_that_a_mistake_gives_is_told_as_the_mistake():
    number = Number(
        question="?",
        unit="",
        answer=lambda company: 22.6,
        misconceptions=[(lambda company: 23.1, "Off by a little.")],
        hints=["-"],
        why="-",
    )
    assert "Off by a little" in number.judge(make(), 23.1).says
    assert number.judge(make(), 22.6).outcome == "right"


@pytest.mark.parametrize("answer", ["a. b. c.", "Yes. Hire more people now. So it goes on."])
def test_a_recommendation_that_says_too_little_is_not_noted(checker, answer):
    verdict = checker.check(5, answer)
    assert verdict.outcome == "wrong" and "says too little" in verdict.text


def test_a_table_may_be_in_any_order_and_have_more_columns(checker):
    frame = by_customer(make()).iloc[::-1].assign(more=1, arr=lambda frame: frame["arr"] * 1.001)
    assert checker.check(4, frame).outcome == "right"


def test_a_wrong_table_says_where_or_which_misconception(checker):
    frame = by_customer(make())
    assert "not a year's" in checker.check(4, monthly(make())).text
    other = frame.assign(arr=[100.0, 999.0, 600.0])
    assert "Column arr differs in 1 of 3 rows; the first is c1." in checker.check(4, other).text
    assert (
        "The table has 2 rows; 2 of them are among the 3 asked for."
        in checker.check(4, frame.head(2)).text
    )
    assert "share the same customer_id" in checker.check(4, pd.concat([frame, frame])).text
    text = checker.check(4, frame.assign(arr="x")).text
    assert "Column arr differs in 3 of 3 rows" in text


def test_a_decision_has_three_sentences_and_is_not_graded(checker):
    assert "this has 2" in checker.check(5, "Hire two. Not three").text
    verdict = checker.check(5, "Hire 2.5 people. Ask finance, e.g. in May! 三人目は来年です。")
    assert verdict.outcome == "noted"
    assert verdict.text.splitlines()[-3:] == [f"  - {point}" for point in DECISION.rubric]


def test_without_the_data_it_says_so(checker):
    assert checker.check(6, ...).outcome == "not answered"
    verdict = checker.check(6, 12)
    assert verdict.outcome == "no data"
    assert "Trio has no data for this: it needs the table usage" in verdict.text
    assert "Trio has no data for this" in checker.solution(6).text
    lost = Checker(
        make(), "sample", [Number(question="?", unit="", answer=fails, hints=["-"], why="-")]
    )
    assert lost.check(1, 3).outcome == "no data" and "nothing to go by" in lost.check(1, 3).text
    assert "nothing to go by" in lost.solution(1).text
    unknown = Checker(
        make(),
        "sample",
        [Number(question="?", unit="", answer=lambda c: math.nan, hints=["-"], why="-")],
    )
    assert "For Trio this figure is not known." in unknown.check(1, 3).text
    assert learner.read() == {}


def test_hints_open_one_at_a_time(checker):
    assert checker.hint(1).text == "Exercise 1, hint 1 of 2.\n  - Add up, then divide."
    assert "Use mean()." in checker.hint(1).text
    last = checker.hint(1).text
    assert last.startswith(
        "Exercise 1, hint 2 of 2.\nThat was the last one; solution(1) shows the answer."
    )
    assert checker.hint(3).text.startswith("Exercise 3, hint 1 of 1."), "each exercise has its own"


def test_the_solution_shows_the_answer_the_code_and_the_reason(checker):
    text = checker.solution(1).text
    assert text.startswith("Exercise 1, solution.\nAnswer: 300 EUR\nThe mean is")
    assert 'return live(company)["arr"].mean()' in text
    assert "Answer: a) the mean" in checker.solution(3).text
    assert "def larger(company):" in checker.solution(3).text
    assert "600.0" in checker.solution(4).text
    assert "Answer: The largest first. It pays 600." in checker.solution(5).text
    assert "  - gives a figure" in checker.solution(5).text


@pytest.mark.parametrize("number", [0, 7, -1, "1", 1.0, True, None])
def test_an_exercise_that_does_not_exist_is_named(checker, number):
    for function in (checker.check, checker.hint, checker.solution):
        with pytest.raises(ValueError, match=r"sample has the exercises 1 to 6, got"):
            function(number)


def test_signs_never_stand_alone_and_all_is_escaped(capsys):
    assert tables.read("exercises", "outcomes").ne("").all(axis=None)
    hostile = Checker(make(name="<img src=x onerror=1>"), "sample", ALL)
    verdict = hostile.check(2)
    assert "<img" not in verdict.html and "&lt;img src=x onerror=1&gt;" in verdict.html
    verdict = hostile.check(3, "<b>z</b>")
    assert "<b>" not in verdict.html
    assert re.sub("<[^>]+>", "", verdict.html).startswith(
        "⚠ Exercise 3: your answer could not be read."
    )
    assert "<pre><code>" in hostile.solution(1).html


def test_outcomes_are_kept_and_what_was_right_stays_right(checker):
    checker.check(1, ...)
    checker.hint(1)
    checker.solution(1)
    assert not learner.path().exists(), "nothing was answered yet"
    checker.check(1, 500)
    assert learner.read() == {"sample": {"1": "wrong"}}
    checker.check(1, 300)
    checker.check(1, "x")
    checker.check(5, "Hire two people. The largest pay most. The rest must wait.")
    assert learner.read() == {"sample": {"1": "right", "5": "noted"}}


def test_progress_that_cannot_be_kept_is_told_and_the_check_goes_on(checker, tmp_path, monkeypatch):
    learner.path().write_text("broken {")
    verdict = checker.check(1, 300)
    assert verdict.outcome == "right"
    assert "Your progress was not saved: the progress file" in verdict.text
    assert learner.path().read_text() == "broken {"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CSTOOLKIT_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert "Your progress was not saved" in checker.check(1, 300).text


def test_figures_are_computed_once_however_often_one_tries(capsys):
    calls = []

    def slow(company):
        calls.append(company)
        return 7.0

    often = Checker(
        make(), "sample", [Number(question="?", unit="share", answer=slow, hints=["-"], why="-")]
    )
    for answer in (1, 2, 700, 7):
        often.check(1, answer)
    assert len(calls) == 1
