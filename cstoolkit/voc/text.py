"""What a text is made of: its language, the lexicon's terms in it, its place among the others."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

LONGEST = 5_000
"""Letters of a voice that are read: a mail thread pasted into one field outweighs the rest."""

LANGUAGES = {"en": "English", "ja": "Japanese"}
"""How a text is cut: by words, which stand between spaces (en, and any such language), or by
letters (ja, and Chinese)."""

FEATURE_WEIGHT = 0.4
"""Length of the part that the feature column adds to a text's vector of length 1. Chosen on worlds
made from other seeds."""

FIT_ON = 20_000
"""Voices that the space is built from, and that are placed in it at a time."""

_EAST = r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9d]"
_LETTER = r"[^\W\d_]"
_BETWEEN = r"[^\w+#'-]+"
"""What stands between words; the signs left out occur inside some (sign-on, c++)."""

Lexicon = Mapping[str, Mapping[str, Sequence[str]]]
"""Topic: language: terms."""


def clean(text: pd.Series) -> pd.Series:
    """The texts in one form: full-width letters made plain (NFKC), no case, single spaces.

    Missing texts become empty.

    Examples
    --------
    >>> clean(pd.Series(["ＣＳＶ  Export", None])).to_list()
    ['csv export', '']
    """
    plain = text.astype("str").fillna("").str.slice(0, LONGEST).str.normalize("NFKC").str.casefold()
    return plain.str.replace(r"\s+", " ", regex=True).str.strip()


def language(text: pd.Series) -> pd.Series:
    """The language of each text.

    Parameters
    ----------
    text : Series of str

    Returns
    -------
    Series of str
        "ja" where a fifth of the letters or more are Japanese, because product names are written in
        Latin letters within Japanese text; else "en"; "" without any letter.

    Examples
    --------
    >>> language(pd.Series(["CSVで出力できません", "Export fails", "!?", None])).to_list()
    ['ja', 'en', '', '']
    """
    return language_of(clean(text))


def language_of(cleaned: pd.Series) -> pd.Series:
    """The language of texts that are cleaned already."""
    east, letters = (cleaned.str.count(each).to_numpy() for each in (_EAST, _LETTER))
    found = np.where(letters == 0, "", np.where(east >= 0.2 * letters, "ja", "en"))
    return pd.Series(found, index=cleaned.index, dtype="str")


def seeds(path: str | Path | None = None) -> dict[str, dict[str, tuple[str, ...]]]:
    """A lexicon: the terms, in each language, that speak for a topic.

    Parameters
    ----------
    path : str or Path, optional
        A TOML file with one table a topic and in it a list of terms for each language:
        ``[reporting]``, ``en = ["export"]``, ``ja = ["集計"]``. Default: ``seeds.toml``, which was
        written for the bundled company.

    Returns
    -------
    dict
        Topic, then language, then its terms, cleaned.

    Raises
    ------
    ValueError
        For a lexicon that cannot be used, naming the place.

    Examples
    --------
    >>> sorted(seeds()["mobile"])
    ['en', 'ja']
    """
    file = resources.files("cstoolkit.voc").joinpath("seeds.toml") if path is None else Path(path)
    try:
        return checked(tomllib.loads(file.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name} is no lexicon: {error}.") from None


def checked(lexicon: Lexicon) -> dict[str, dict[str, tuple[str, ...]]]:
    """The lexicon with its terms cleaned as texts are; ValueError where it is none."""
    if not isinstance(lexicon, Mapping) or not lexicon:
        raise ValueError(
            "a lexicon names topics, each with terms by language, such as "
            '{"mobile": {"en": ["tablet"], "ja": ["タブレット"]}}.'
        )
    result, taken = {}, {}
    for topic, languages in lexicon.items():
        if not isinstance(languages, Mapping) or not isinstance(topic, str) or not topic.strip():
            raise ValueError(
                f'lexicon, topic {topic!r}: give terms by language, such as {{"en": ["tablet"]}}.'
            )
        result[topic] = {name: _terms(topic, name, terms) for name, terms in languages.items()}
        for name, terms in result[topic].items():
            for term in terms:
                first = taken.setdefault((name, term), topic)
                if first != topic:
                    raise ValueError(
                        f"lexicon: {term!r} ({name}) speaks for {first!r} and for {topic!r}; "
                        "keep one."
                    )
    return result


def _terms(topic: str, name: str, terms: Sequence[str]) -> tuple[str, ...]:
    """The terms of one topic in one language, cleaned."""
    if name not in LANGUAGES:
        raise ValueError(
            f"lexicon, topic {topic!r}: language {name!r} is none of {', '.join(LANGUAGES)}."
        )
    words = () if isinstance(terms, str) else terms
    if words is not terms or not all(isinstance(x, str) and re.search(r"\w", x) for x in words):
        raise ValueError(
            f"lexicon, topic {topic!r}, {name}: a list of terms, each with a letter in it, "
            f"got {terms!r}."
        )
    return tuple(dict.fromkeys(clean(pd.Series(list(terms), dtype="str"))))


def hits(text: pd.Series, kind: str, lexicon: Lexicon) -> np.ndarray:
    """How many terms of each topic occur in each cleaned text of one language: texts x topics."""
    # With one space before each word, "begins a word" is a plain search, faster than a pattern.
    begin = "" if kind == "ja" else " "
    text = text if kind == "ja" else " " + text.str.replace(_BETWEEN, " ", regex=True)
    found = np.zeros((len(text), len(lexicon)), dtype=np.int64)
    for column, languages in enumerate(lexicon.values()):
        for term in languages.get(kind, ()):
            word = term if kind == "ja" else re.sub(_BETWEEN, " ", term).strip()
            found[:, column] += text.str.contains(begin + word, regex=False).to_numpy(dtype=bool)
    return found


def decided(found: np.ndarray) -> np.ndarray:
    """The topic with most terms in each text, by number; -1 where none occurs or two topics tie.

    Examples
    --------
    >>> decided(np.array([[2, 1], [1, 1], [0, 0]])).tolist()
    [0, -1, -1]
    """
    most = found.max(axis=1)
    alone = (found == most[:, None]).sum(axis=1) == 1
    return np.where((most > 0) & alone, found.argmax(axis=1), -1)


def space(text: pd.Series, kind: str, feature: pd.Series, *, dims: int, seed: int) -> np.ndarray:
    """Each text as a point, near those that share its terms: latent semantic analysis of TF-IDF.

    Parameters
    ----------
    text : Series of str
        Cleaned, of one language.
    kind : str
        The language: English is counted by words and pairs of words, Japanese by runs of two to
        four letters, which needs no dictionary.
    feature : Series of str
        What each voice is about, counted as one more term; may be missing.
    dims : int
        Dimensions, at most.
    seed : int
        Of the sample and of the decomposition.

    Returns
    -------
    ndarray, shape (texts, dimensions)
        Points of unit length; zeros for a text that shares no term with another.

    References
    ----------
    Deerwester et al. (1990), Indexing by latent semantic analysis.
    """
    from scipy import sparse
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize
    from threadpoolctl import threadpool_limits

    order = np.random.default_rng(seed).permutation(len(text))
    chosen = np.sort(order[:FIT_ON])
    counter = _counter(text.iloc[chosen], kind)
    number, names = pd.factorize(feature, sort=True)
    about = FEATURE_WEIGHT * sparse.eye(len(names) + 1, len(names), format="csr")  # none: the last

    def terms(rows: np.ndarray) -> sparse.csr_matrix:
        words = sparse.csr_matrix((len(rows), 1))
        if counter is not None:
            words = counter.transform(text.iloc[rows])
        return normalize(sparse.hstack([words, about[number[rows]]]).tocsr())

    sample = terms(chosen)
    least = min(dims, sample.shape[1] - 1, len(chosen) - 1)
    if least < 2:
        return terms(np.arange(len(text))).toarray()
    # Where all texts are alike, the shares of variance that it also computes are 0 / 0.
    with threadpool_limits(1), np.errstate(divide="ignore", invalid="ignore"):
        model = TruncatedSVD(least, random_state=seed).fit(sample)
        parts = np.array_split(np.arange(len(text)), -(-len(text) // FIT_ON))
        return np.concatenate([normalize(model.transform(terms(rows))) for rows in parts])


def _counter(text: pd.Series, kind: str):
    """What counts the terms of texts of one language; None where there is no term."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    cut = {"analyzer": "char", "ngram_range": (2, 4)} if kind == "ja" else {"ngram_range": (1, 2)}
    rare = 3 if len(text) >= 100 else 1
    counter = TfidfVectorizer(
        **cut, min_df=rare, sublinear_tf=True, lowercase=False, max_features=30_000
    )
    try:
        return counter.fit(text)
    except ValueError:  # punctuation, or nothing said twice
        return None


def telling(
    text: pd.Series, kind: str, group: np.ndarray, groups: int, *, most: int = 4
) -> list[tuple[str, ...]]:
    """The terms that set each group of texts apart from the others, the most telling first.

    Words in English; in Japanese runs of katakana, or of kanji where a particle follows, which are
    mostly nouns. Ranked by the z-score of log-odds with an informative prior.

    Parameters
    ----------
    text : Series of str
        Cleaned, of one language.
    kind : str
        The language.
    group : ndarray of int
        The group of each text from 0, -1 for none.
    groups, most : int
        How many groups there are, and how many terms to give for each.

    Returns
    -------
    list of tuple of str
        One a group.

    References
    ----------
    Monroe, Colaresi and Quinn (2008), Fightin' words.
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
    said = (np.arange(groups)[:, None] == group[inside]).astype(float) @ counted
    total = said.sum(axis=0)
    prior = total * (100 / max(total.sum(), 1)) + 0.01
    own, rest = said + prior, total - said + prior
    # One more word that nobody said keeps the odds finite where a group has but one.
    own_all, rest_all = (1 + each.sum(axis=1, keepdims=True) for each in (own, rest))
    gap = np.log(own / (own_all - own)) - np.log(rest / (rest_all - rest))
    score = gap / np.sqrt(1 / own + 1 / rest)
    names = counter.get_feature_names_out()
    order = np.argsort(-score, axis=1, kind="stable")[:, :most]
    return [tuple(str(names[k]) for k in row if own[k] > 0) for row, own in zip(order, score)]
