"""Languages, the lexicon, and the space in which voices about one thing lie close together."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit import voc
from cstoolkit.voc.text import LONGEST, clean, decided, hits, space, telling


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The export fails", "en"),
        ("出力できません", "ja"),
        ("CSVのエクスポートができない", "ja"),
        ("ｶﾀｶﾅ", "ja"),
        ("We met 田中 about the export of our monthly figures", "en"),
        ("Der Bericht fehlt", "en"),
        ("12345 -- !!", ""),
        ("", ""),
        (None, ""),
        ("🎉🎉", ""),
    ],
)
def test_language(text, language):
    assert voc.language(pd.Series([text], dtype="str")).item() == language


def test_cleaning_makes_one_form_and_bounds_the_length():
    texts = pd.Series(["ＡＢＣ\u3000１２\n\t３", "x" * 100_000, None], dtype="str")
    assert clean(texts).to_list() == ["abc 12 3", "x" * LONGEST, ""]


def test_close_texts_are_closer_and_points_have_unit_length():
    texts = [
        "the export fails again",
        "the export fails today",
        "a phone shows a blank page",
        "my phone shows nothing",
    ] * 20
    points = space(pd.Series(texts), "en", pd.Series([None] * 80, dtype="str"), dims=5, seed=0)
    assert np.allclose(np.linalg.norm(points, axis=1), 1)
    cosine = points @ points.T
    assert cosine[0, 1] > cosine[0, 2] and cosine[2, 3] > cosine[1, 2]


def test_a_shared_feature_brings_texts_together():
    texts = pd.Series(["alpha beta", "gamma delta", "epsilon zeta"] * 40)
    none = pd.Series([None] * 120, dtype="str")
    about = pd.Series(["x", "x", "y"] * 40, dtype="str")
    without, with_ = (space(texts, "en", each, dims=4, seed=0) for each in (none, about))
    assert with_[0] @ with_[1] > without[0] @ without[1] + 0.05


@pytest.mark.parametrize("texts", [["!!", "??"], ["word"], ["a", "b"], ["同", "異"]])
def test_hardly_any_words_still_give_rows(texts):
    points = space(
        pd.Series(texts), "ja", pd.Series([None] * len(texts), dtype="str"), dims=10, seed=0
    )
    assert len(points) == len(texts) and np.isfinite(points).all()


def test_telling_terms_set_groups_apart():
    texts = pd.Series(
        ["payroll export broken", "payroll export late", "phone screen broken", "phone screen late"]
        * 5
    )
    terms = telling(texts, "en", np.array([0, 0, 1, 1] * 5), 2, most=2)
    assert set(terms[0]) == {"payroll", "export"} and set(terms[1]) == {"phone", "screen"}
    assert telling(pd.Series(["!!"]), "en", np.array([0]), 1) == [()]


def test_japanese_terms_are_whole_words_of_katakana_or_kanji():
    texts = pd.Series(
        [
            "カレンダーが反映されません",
            "カレンダーの予定がずれます",
            "給与の計算が合いません",
            "給与に入力しています",
        ]
        * 5
    )
    terms = telling(texts, "ja", np.array([0, 0, 1, 1] * 5), 2, most=1)
    assert terms == [("カレンダー",), ("給与",)]


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
    assert hits(english, "en", lexicon).tolist() == [[1, 0], [0, 1], [2, 0], [0, 0]]
    assert hits(pd.Series(["人事評価", "給与"]), "ja", lexicon).tolist() == [[1, 0], [0, 0]]


def test_a_tie_decides_nothing():
    assert decided(np.array([[1, 1, 0], [0, 2, 1], [0, 0, 0]])).tolist() == [-1, 1, -1]


def test_a_topic_nobody_speaks_of_is_named(company):
    lexicon = {**voc.seeds(), "billing": {"en": ["invoice number"], "ja": ["請求書"]}}
    notes = voc.assign(company, lexicon).notes
    assert [note.split(" by a term")[0] for note in notes] == [
        f"No voice in {k} speaks for billing" for k in ("en", "ja")
    ]
