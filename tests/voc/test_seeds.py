"""The lexicon: read, checked, and counted in texts."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit import voc
from cstoolkit.voc import _seeds


def test_a_lexicon_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[speed]\nen = ["Slow", "ＦＲＥＥＺＥ"]\nja = ["遅い"]\n', encoding="utf-8")
    assert voc.seeds(path) == {"speed": {"en": ("slow", "freeze"), "ja": ("遅い",)}}


def test_the_bundled_lexicon_speaks_both_languages_and_is_handed_out_as_a_copy():
    voc.seeds()["mobile"] = {}
    assert all(set(each) == {"en", "ja"} and all(each.values()) for each in voc.seeds().values())


@pytest.mark.parametrize(
    ("lexicon", "says"),
    [
        ({}, "a lexicon names topics"),
        ({"a": ["x"]}, "topic 'a': give terms by language"),
        ({" ": {"en": ["x"]}}, "give terms by language"),
        ({"a": {"de": ["x"]}}, "language 'de' is none of en, ja"),
        ({"a": {"en": "slow"}}, "a list of terms, each with a letter in it, got 'slow'"),
        ({"a": {"en": [" "]}}, "each with a letter in it"),
        ({"a": {"en": ["!!"]}}, "each with a letter in it"),
        ({"a": {"en": [3]}}, "a list of terms"),
        (
            {"a": {"en": ["Slow"]}, "b": {"en": ["slow"]}},
            "'slow' \\(en\\) speaks for 'a' and for 'b'; keep one",
        ),
    ],
)
def test_what_is_no_lexicon_is_refused(company, lexicon, says):
    with pytest.raises(ValueError, match=says):
        voc.assign(company, lexicon)


def test_a_file_that_is_no_toml(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[speed", encoding="utf-8")
    with pytest.raises(ValueError, match="mine.toml is no lexicon"):
        voc.seeds(path)


def test_english_terms_begin_a_word_japanese_ones_stand_anywhere():
    lexicon = {"a": {"en": ["form", "c++"], "ja": ["評価"]}, "b": {"en": ["plat"]}}
    english = pd.Series(["the form", "a platform", "forms in c++", "inform"])
    assert _seeds.hits(english, "en", lexicon).tolist() == [[1, 0], [0, 1], [2, 0], [0, 0]]
    assert _seeds.hits(pd.Series(["人事評価", "給与"]), "ja", lexicon).tolist() == [[1, 0], [0, 0]]


def test_a_tie_decides_nothing():
    assert _seeds.decided(np.array([[1, 1, 0], [0, 2, 1], [0, 0, 0]])).tolist() == [-1, 1, -1]


def test_a_topic_nobody_speaks_of_is_named(company):
    lexicon = {**voc.seeds(), "billing": {"en": ["invoice number"], "ja": ["請求書"]}}
    notes = voc.assign(company, lexicon).notes
    assert [note.split(" by a term")[0] for note in notes] == [
        f"No voice in {k} speaks for billing" for k in ("en", "ja")
    ]
