"""A prediction is read gently, whatever it is, and answered."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cstoolkit as cs
from cstoolkit.exercises.guess import answer_guess


@pytest.mark.parametrize("guess", [..., None, "", "  "])
def test_no_guess_gets_no_answer(guess, capsys):
    assert answer_guess(guess, 3) is None
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("guess", "told"),
    [
        (15, "15 CSMs, it is 17.5: 2.5 too low (14%). Few."),
        ("about 15", "15 CSMs, it is 17.5: 2.5 too low (14%). Few."),
        ("maybe 15?", "15 CSMs, it is 17.5: 2.5 too low (14%). Few."),
        ("１５人", "15 CSMs, it is 17.5: 2.5 too low (14%). Few."),
        (np.int64(25), "25 CSMs, it is 17.5: 7.5 too high (43%). Many."),
        ("17,5", "17.5 CSMs, it is 17.5: just right. Close."),
        (17, "17 CSMs, it is 17.5: 0.5 too low (3%), which is close. Close."),
        ("15-20", "15 to 20 CSMs, it is 17.5, within your range. Close."),
        ("from 20 to 30", "20 to 30 CSMs, it is 17.5: 2.5 too high (14%). Many."),
        ([5, 10], "5 to 10 CSMs, it is 17.5: 7.5 too low (43%). Few."),
        ("a dozen", "12 CSMs, it is 17.5: 5.5 too low (31%). Few."),
        ((1, 312), "1,312 CSMs, it is 17.5: 1,294.5 too high (7397%). Many."),
        ("2k", "2,000 CSMs, it is 17.5: 1,982.5 too high (11329%). Many."),
        ("fifteen", "15 CSMs, it is 17.5: 2.5 too low (14%). Few."),
        (0.15, "0.15 CSMs, it is 17.5: 17.35 too low (99%). Few."),
        (-3, "-3 CSMs, it is 17.5: 20.5 too low (117%). Few."),
    ],
)
def test_a_number_is_answered_by_how_far_off_it_is(guess, told):
    shown = answer_guess(guess, 17.46, "CSMs", close="Close.", low="Few.", high="Many.")
    assert shown.text == f"You guessed {told}"


@pytest.mark.parametrize("guess", [0.1, "10%", "10 percent", 10, "about 10"])
def test_a_share_is_told_in_percent(guess):
    assert (
        answer_guess(guess, 0.142, "share").text
        == "You guessed 10%, it is 14.2%: 4.2 percentage points too low."
    )
    assert "50%" in answer_guess("half", 0.142, "share").text


def test_words_choose_an_option():
    options = {"value only": "A.", "value": "B.", "neither": "C."}
    assert answer_guess("VALUE only!", "value only", options=options).text == (
        "You guessed value only, and so it is. A."
    )
    assert answer_guess("I think neither", "value", options=options).text == (
        "You guessed neither, it is value. C."
    )
    for unclear in ("value or neither", "no idea", 5, [], object):
        assert answer_guess(unclear, "value", options=options).text.endswith("it is value.")


def test_where_the_answer_is_free_both_stand_side_by_side():
    told = answer_guess("they leave", "people are spread thin", "").text
    assert told == "You wrote: they leave. What came: people are spread thin"


@pytest.mark.parametrize("right", [None, math.nan])
def test_where_the_records_do_not_tell_it_says_so(right):
    assert answer_guess(3, right).text == "You wrote: 3. What came: the records here do not tell."


def test_what_is_written_is_escaped_and_cut():
    shown = answer_guess("<b>" + "long " * 40, 3, "people")
    assert "<b>" not in shown.html and len(shown.text) < 140
    assert shown.text.endswith("What came: it is 3 people.")


@pytest.mark.parametrize(
    "guess",
    [
        object(),
        {},
        [],
        pd.DataFrame(),
        math.nan,
        math.inf,
        10**400,
        lambda: 1,
        "1 2 3 4",
        True,
        b"a",
        3j,
    ],
)
def test_nonsense_is_answered_too(guess):
    assert "it is 42 people." in answer_guess(guess, 42, "people").text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.text(), st.floats(-1e12, 1e12))
def test_nothing_stops_the_notebook(guess, right):
    answer_guess(guess, right, "people")
    answer_guess(guess, right, "share")
    answer_guess(guess, "yes", options={"yes": "", "no": ""})


def test_it_is_at_hand():
    assert cs.answer_guess is answer_guess
