"""Reading what a learner wrote: numbers and sentences."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit.exercises.reading import NotReadable, read_guess, read_number, sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One", 1),
        ("One. Two. Three.", 3),
        ("Grow 1.5 times (e.g. in May). So what?", 2),
        ("一つ。二つ！三つ？", 3),
        ("A... B", 2),
        ("!!!", 0),
    ],
)
def test_sentences(text, count):
    assert len(sentences(text)) == count


def test_numbers_are_read_from_what_holds_one():
    assert read_number(np.array([[4]])) == read_number(pd.Index([4])) == 4.0
    with pytest.raises(NotReadable, match="got dict"):
        read_number({})


@pytest.mark.parametrize(
    ("guess", "read"),
    [
        ("1 in 5", (0.2, 0.2)),
        ("one in five", (0.2, 0.2)),
        ("2/3", (2 / 3, 2 / 3)),
        ("3 out of 4", (0.75, 0.75)),
        ("two thirds", (2 / 3, 2 / 3)),
        ("between a third and a half", (1 / 3, 1 / 2)),
        ("fifteen", (15.0, 15.0)),
        ("15 in the low tier", (15.0, 15.0)),
        ("1/0", (0.0, 1.0)),
    ],
)
def test_a_guess_may_be_a_fraction_or_a_word(guess, read):
    assert read_guess(guess) == pytest.approx(read)
