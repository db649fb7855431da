"""Exercises as TOML: what is written is what is asked, and a slip is refused in a sentence that names it."""

import importlib
import tomllib
from pathlib import Path

import pytest

from cstoolkit.course import TOPICS
from cstoolkit.exercises.kinds import Choice, Decision, Number, Table
from cstoolkit.exercises.texts import read


def four(company):
    return 4


def five(company):
    return 5


def letter(company):
    return "a"


def words(company):
    return {"sum": four(company), "note": None}


NUMBER = """
[[exercise]]
kind = "number"
question = "Two and
two? It is not
 {{sum}}."
figures = "words"
answer = "four"
unit = "apples"
tolerance = 0
hints = ["Count."]
why = "It is {sum:.1f} by {note}."
needs = {usage = ["logins"]}
[exercise.misconceptions]
five = "You counted one twice."
""".replace('"Two', '"""Two').replace('{{sum}}."', '{{sum}}."""')
CHOICE = """
[[exercise]]
kind = "choice"
question = "Which?"
right = "a"
hints = ["Look."]
why = "So."
options.a = {text = "this", says = "Yes."}
options.b = {text = "that", says = "No."}
"""
DECISION = """
[[exercise]]
kind = "decision"
question = "What now?"
rubric = ["x", "y", "z"]
sample = "I have {sum}."
figures = "words"
hints = ["Say."]
why = "Because."
"""
TABLE = """
[[exercise]]
kind = "table"
question = "Which?"
answer = "four"
keys = ["band"]
hints = ["Look."]
why = "So."
"""


def test_what_is_written_is_what_is_asked():
    number, choice, decision, table = read(NUMBER + CHOICE + DECISION + TABLE, four, five, words)
    assert [type(each) for each in (number, choice, decision, table)] == [
        Number,
        Choice,
        Decision,
        Table,
    ]
    assert number.told(number.question, None) == "Two and two? It is not {sum}."
    assert number.told(number.why, None) == "It is 4.0 by not known."
    assert number.misconceptions == ((five, "You counted one twice."),)
    assert (number.tolerance, number.unit, number.needs) == (0, "apples", {"usage": ["logins"]})
    assert number.code == "def four(company):\n    return 4\n"
    assert choice.options_for(None) == ("a) this", "b) that")
    assert decision.result(None) == "I have 4."
    assert table.keys == ("band",)


def test_the_right_letter_may_be_found_by_a_function(company):
    (choice,) = read(CHOICE.replace('right = "a"', 'right = "letter"'), letter)
    assert choice.letter(company) == "a" and "def letter" in choice.code


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("unit =", "units =", r"t.toml, exercise 1: unknown key units. It has: kind, question,"),
        ('unit = "apples"', "", r"t.toml, exercise 1: missing unit\."),
        ('kind = "number"', 'kind = "sum"', r"kind is one of number, choice, table, decision"),
        ('kind = "number"', "", r"kind is one of"),
        ('"four"', '"fuor"', r"no function 'fuor' was passed; passed were: four, five, words"),
        ("five =", "six =", r"no function 'six' was passed"),
        ('"You counted one twice."', '" "', r"exercise 1, five: a text is asked for, got ' '"),
        ('["Count."]', '"Count."', r"hints is a list of texts, got 'Count.'"),
        ('["Count."]', "[]", r"hints is a list of texts"),
        ('["Count."]', "[1]", r"hints: a text is asked for, got 1"),
        ("[[exercise]]", "[[task]]", r"t.toml holds \[\[exercise\]\] tables only, got: task"),
    ],
)
def test_a_slip_is_named(old, new, message):
    with pytest.raises(ValueError, match=message):
        read(NUMBER.replace(old, new), four, five, words, name="t.toml")


def test_an_option_has_a_text_and_what_it_says():
    with pytest.raises(ValueError, match="option b has text and says, got {'text': 'that'}"):
        read(CHOICE.replace(', says = "No."', ""))


def test_a_function_nobody_names_is_refused():
    with pytest.raises(ValueError, match="names no function letter: do not pass it, or use it"):
        read(NUMBER, four, five, words, letter)


def test_every_file_of_texts_is_a_topics_and_reads_as_its_exercises():
    for topic in TOPICS:
        module = importlib.import_module(f"cstoolkit.{topic}.exercises")
        path = Path(module.__file__).with_suffix(".toml")
        if path.exists():
            kinds = [each["kind"] for each in tomllib.loads(path.read_text("utf-8"))["exercise"]]
            assert kinds == [type(each).__name__.lower() for each in module.EXERCISES]
