"""How well do topics that were found agree with topics that are known?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data import bundled
from cstoolkit.data.bundled import load_truth
from cstoolkit.data.company import Company
from cstoolkit.voc._text import LANGUAGES
from cstoolkit.voc._topics import Topics

MEASURES = ("adjusted_rand", "v_measure", "purity")


def known_topics(company: Company) -> pd.Series:
    """The true topic of each voice of the bundled company, in the order of ``company.voices``; missing for every other company.

    Nobody knows it of a real company: there, somebody reads a sample and gives its topics to :func:`agreement`, the rest missing.

    >>> import cstoolkit as cs
    >>> known_topics(cs.load_company()).nunique()
    8
    """
    truth = load_truth().voices.set_index("voice_id")["topic"].astype("str")
    own = company.voices["voice_id"].reset_index(drop=True)
    same = (
        len(own) > 0
        and own.isin(truth.index).all()
        and company.customers["name"].isin(_bundled_names()).all()
    )
    return (
        truth.reindex(own).reset_index(drop=True)
        if same
        else pd.Series(None, index=own.index, dtype="str")
    )


def _bundled_names() -> pd.Series:
    return pd.read_parquet(bundled.folder() / "parquet" / "customers.parquet", columns=["name"])[
        "name"
    ]


def agreement(
    topics: Topics, truth: pd.Series, *, draws: int = 1_000, level: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Agreement of found topics with known ones, by language and for both, each with a bootstrap interval over voices.

    `truth` holds the known topic of each voice, in the order of ``topics.voices``; names need not match. Voices that were not sorted
    or whose truth is missing are left out; `left_out` counts them. Returns language (both, en, ja), voices, left_out, measure,
    value, low, high:

    - adjusted_rand: pairs of voices that both keep together or apart, corrected for chance (0: chance, 1: the same groups)
    - v_measure: harmonic mean of homogeneity and completeness, 0-1
    - purity: share of voices in the commonest known topic of their found topic; rises with the number of topics by itself
    - named_right: share of voices whose topic has the very name, where the names are the same

    Raises ValueError for another number of labels. Sources: Hubert and Arabie (1985); Rosenberg and Hirschberg (2007).
    """
    if len(truth) != len(topics.voices):
        raise ValueError(
            f"truth: one topic for each of {len(topics.voices):,} voices, got {len(truth):,}."
        )
    known = pd.Series(np.asarray(truth, dtype=object)).astype("str")
    table = topics.voices[["language", "topic"]].assign(known=known)
    rows = []
    for language in ("both", *LANGUAGES):
        part = table if language == "both" else table[table["language"] == language]
        both = part.dropna(subset=["topic", "known"])
        if both.empty:
            continue
        counted = pd.crosstab(both["topic"], both["known"])
        cells = counted.to_numpy()
        shares = cells.ravel() / cells.sum()
        drawn = (
            np.random.default_rng(seed)
            .multinomial(cells.sum(), shares, size=draws)
            .reshape(-1, *cells.shape)
        )
        values = dict(zip(MEASURES, _measures(cells[None])))
        spread = dict(zip(MEASURES, _measures(drawn)))
        if set(counted.index) <= set(counted.columns):
            same = counted.index.to_numpy()[:, None] == counted.columns.to_numpy()[None]
            values["named_right"] = cells[same].sum(keepdims=True) / cells.sum()
            spread["named_right"] = drawn[:, same].sum(axis=1) / cells.sum()
        tails = [(1 - level) / 2, (1 + level) / 2]
        for measure, value in values.items():
            low, high = np.quantile(spread[measure], tails)
            left_out = len(part) - len(both)
            rows.append(
                (language, len(both), left_out, measure, float(value[0]), float(low), float(high))
            )
    return pd.DataFrame(
        rows, columns=["language", "voices", "left_out", "measure", "value", "low", "high"]
    )


def _measures(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Adjusted Rand index, V-measure and purity of each table of found x known counts: tables x found x known."""
    n = cells.sum(axis=(1, 2)).astype(float)
    found, known = cells.sum(axis=2), cells.sum(axis=1)

    def pairs(counts):
        return (counts * (counts - 1.0) / 2).reshape(len(counts), -1).sum(axis=1)

    together, own, other, every = pairs(cells), pairs(found), pairs(known), n * (n - 1) / 2
    chance = np.divide(own * other, every, out=np.zeros_like(n), where=every > 0)
    room = (own + other) / 2 - chance
    # Without room for agreement beyond chance (one group on both sides, or all alone) both sides are the same grouping.
    rand = np.divide(together - chance, room, out=np.ones_like(n), where=room > 0)

    def entropy(counts):
        share = counts.reshape(len(counts), -1) / n[:, None]
        return -(share * np.log(np.where(share > 0, share, 1))).sum(axis=1)

    h_found, h_known, h_both = entropy(found), entropy(known), entropy(cells)
    shared = h_found + h_known - h_both
    total = h_found + h_known
    v = np.divide(2 * shared, total, out=np.ones_like(n), where=total > 1e-12)
    return rand, v, cells.max(axis=2).sum(axis=1) / n
