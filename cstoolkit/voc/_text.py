"""What a text is made of: its language, and its place in a space where voices about the same thing lie close together."""

from __future__ import annotations

import numpy as np
import pandas as pd

LONGEST = 5_000
"""Letters of a voice that are read: a whole mail thread pasted into one field would outweigh all others."""

LANGUAGES = ("en", "ja")
"""How a text is cut: by words, which stand between spaces (en, and any such language), or by letters (ja, and Chinese)."""

FEATURE_WEIGHT = 0.4
"""Length of the part that the feature column adds to a text's vector of length 1. Chosen on worlds made from other seeds."""

FIT_ON = 20_000
"""Voices that the space is built from; with more of them, a drawn sample. Every voice is placed in it."""

_EAST = r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9d]"
_LETTER = r"[^\W\d_]"


def clean(text: pd.Series) -> pd.Series:
    """The texts in one form: full-width letters made plain (NFKC), no case, white space single; missing ones empty.

    >>> clean(pd.Series(["ＣＳＶ  Export", None])).to_list()
    ['csv export', '']
    """
    plain = text.astype("str").fillna("").str.slice(0, LONGEST).str.normalize("NFKC").str.casefold()
    return plain.str.replace(r"\s+", " ", regex=True).str.strip()


def language(text: pd.Series, *, cleaned: bool = False) -> pd.Series:
    """The language of each text: "ja" where a fifth of its letters or more are Japanese, else "en"; "" without any letter.

    A fifth, because product names and abbreviations are written in Latin letters within Japanese text. `cleaned` says that the texts went
    through :func:`clean` already.

    >>> language(pd.Series(["CSVで出力できません", "Export fails", "!?", None])).to_list()
    ['ja', 'en', '', '']
    """
    plain = clean(text) if not cleaned else text
    east, letters = plain.str.count(_EAST).to_numpy(), plain.str.count(_LETTER).to_numpy()
    found = np.where(letters == 0, "", np.where(east >= 0.2 * letters, "ja", "en"))
    return pd.Series(found, index=text.index, dtype="str")


def space(text: pd.Series, kind: str, feature: pd.Series, *, dims: int, seed: int) -> np.ndarray:
    """Each text as a point of unit length in at most `dims` dimensions: latent semantic analysis of TF-IDF.

    `text` is cleaned and of one language, `kind`: English is counted by words and pairs of words, Japanese by runs of two to four
    letters, which needs no dictionary. Where `feature` names what a voice is about, that counts as one more term. A text
    that shares no term with any other becomes a row of zeros.

    Source: Deerwester et al. (1990), Indexing by latent semantic analysis.
    """
    from scipy import sparse
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    chosen = (
        np.sort(rng.choice(len(text), FIT_ON, replace=False))
        if len(text) > FIT_ON
        else np.arange(len(text))
    )
    cut = {"analyzer": "char", "ngram_range": (2, 4)} if kind == "ja" else {"ngram_range": (1, 2)}
    rare = 3 if len(text) >= 100 else 1
    counter = TfidfVectorizer(
        **cut, min_df=rare, sublinear_tf=True, lowercase=False, max_features=30_000
    )
    try:
        fitted = counter.fit_transform(text.iloc[chosen])
        counted = fitted if len(chosen) == len(text) else counter.transform(text)
    except ValueError:  # no term at all: punctuation, or nothing said twice
        counted = sparse.csr_matrix((len(text), 0))
    number, _ = pd.factorize(feature, sort=True)
    known = np.flatnonzero(number >= 0)
    about = sparse.csr_matrix(
        (np.full(len(known), FEATURE_WEIGHT), (known, number[known])),
        shape=(len(text), max(number.max(initial=-1) + 1, 0)),
    )
    both = sparse.hstack([counted, about]).tocsr()
    if not both.shape[1]:
        return np.zeros((len(text), 1))
    rows = normalize(both)
    least = min(dims, rows.shape[1] - 1, len(chosen) - 1)
    if least < 2:
        return rows.toarray()
    with threadpool_limits(1):
        placed = TruncatedSVD(least, random_state=seed).fit(rows[chosen]).transform(rows)
    return normalize(placed)


def telling(
    text: pd.Series, kind: str, group: np.ndarray, groups: int, *, most: int = 4
) -> list[tuple[str, ...]]:
    """The terms that set each group of texts apart from the others, `most` a group, the most telling first.

    Words in English; in Japanese runs of katakana, or of kanji where a particle follows, which are mostly nouns. `group` numbers the
    texts from 0, -1 for none. Ranked by the z-score of log-odds with an informative prior (Monroe, Colaresi and Quinn 2008).
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

    noun = r"[\u30a1-\u30ff]{2,}|[\u3400-\u9fff]{2,}(?=[がをにでのとはもやへ、。]|$)"
    pattern = noun if kind == "ja" else r"\b[^\W\d_][\w'-]{2,}\b"
    stop = None if kind == "ja" else sorted(ENGLISH_STOP_WORDS)
    counter = CountVectorizer(
        token_pattern=pattern, stop_words=stop, binary=True, lowercase=False, max_features=20_000
    )
    step = -(-len(text) // FIT_ON)
    text, group = text.iloc[::step], group[::step]
    inside = group >= 0
    try:
        counted = counter.fit_transform(text[inside])
    except ValueError:
        return [()] * groups
    member = np.zeros((groups, inside.sum()))
    member[group[inside], np.arange(inside.sum())] = 1
    said = np.asarray(member @ counted)
    total = said.sum(axis=0)
    prior = total * (100 / max(total.sum(), 1)) + 0.01
    own, rest = said + prior, total - said + prior
    # One more word that nobody said keeps the odds finite where a group has but one.
    own_all, rest_all = 1 + own.sum(axis=1, keepdims=True), 1 + rest.sum(axis=1, keepdims=True)
    score = (np.log(own / (own_all - own)) - np.log(rest / (rest_all - rest))) / np.sqrt(
        1 / own + 1 / rest
    )
    names = counter.get_feature_names_out()
    order = np.argsort(-score, axis=1, kind="stable")[:, :most]
    return [
        tuple(str(names[each]) for each in row if score[k, each] > 0) for k, row in enumerate(order)
    ]
