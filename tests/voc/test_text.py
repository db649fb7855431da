"""Languages, cleaning, and the space in which voices about one thing lie close together."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit.voc import _text


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
    assert _text.language(pd.Series([text], dtype="str")).item() == language


def test_cleaning_makes_one_form_and_bounds_the_length():
    texts = pd.Series(["ＡＢＣ\u3000１２\n\t３", "x" * 100_000, None], dtype="str")
    assert _text.clean(texts).to_list() == ["abc 12 3", "x" * _text.LONGEST, ""]


def test_close_texts_are_closer_and_points_have_unit_length():
    texts = [
        "the export fails again",
        "the export fails today",
        "a phone shows a blank page",
        "my phone shows nothing",
    ] * 20
    points = _text.space(
        pd.Series(texts), "en", pd.Series([None] * 80, dtype="str"), dims=5, seed=0
    )
    assert np.allclose(np.linalg.norm(points, axis=1), 1)
    cosine = points @ points.T
    assert cosine[0, 1] > cosine[0, 2] and cosine[2, 3] > cosine[1, 2]


def test_a_shared_feature_brings_texts_together():
    texts = pd.Series(["alpha beta", "gamma delta", "epsilon zeta"] * 40)
    none = pd.Series([None] * 120, dtype="str")
    about = pd.Series(["x", "x", "y"] * 40, dtype="str")
    without, with_ = (_text.space(texts, "en", each, dims=4, seed=0) for each in (none, about))
    assert with_[0] @ with_[1] > without[0] @ without[1] + 0.05


@pytest.mark.parametrize("texts", [["!!", "??"], ["word"], ["a", "b"], ["同", "異"]])
def test_hardly_any_words_still_give_rows(texts):
    points = _text.space(
        pd.Series(texts), "ja", pd.Series([None] * len(texts), dtype="str"), dims=10, seed=0
    )
    assert len(points) == len(texts) and np.isfinite(points).all()


def test_telling_terms_set_groups_apart():
    texts = pd.Series(
        ["payroll export broken", "payroll export late", "phone screen broken", "phone screen late"]
        * 5
    )
    terms = _text.telling(texts, "en", np.array([0, 0, 1, 1] * 5), 2, most=2)
    assert set(terms[0]) == {"payroll", "export"} and set(terms[1]) == {"phone", "screen"}
    assert _text.telling(pd.Series(["!!"]), "en", np.array([0]), 1) == [()]


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
    terms = _text.telling(texts, "ja", np.array([0, 0, 1, 1] * 5), 2, most=1)
    assert terms == [("カレンダー",), ("給与",)]
