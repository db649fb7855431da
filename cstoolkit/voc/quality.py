"""How well do topics that were found agree with topics that are known?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data import bundled
from cstoolkit.data.company import Company, checked
from cstoolkit.voc.text import LANGUAGES
from cstoolkit.voc.topics import Topics, one_each


def known_topics(company: Company) -> pd.Series:
    """The true topic of each voice of the bundled company; missing for voices that are not its own.

    Nobody knows it of a real company: there, somebody reads a sample and gives its topics to
    :func:`agreement`, the rest missing.

    Returns
    -------
    Series of str
        In the order of ``company.voices``.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> known_topics(cs.load_company()).nunique()
    8
    """
    made = pd.read_parquet(
        bundled.folder() / "parquet" / "voices.parquet", columns=["voice_id", "text"]
    ).merge(bundled.load_truth().voices, on="voice_id")
    own = checked(company).voices[["voice_id", "text"]]
    return own.merge(made, how="left", on=["voice_id", "text"])["topic"].astype("str")


def agreement(
    topics: Topics,
    truth: Sequence[str] | pd.Series,
    *,
    draws: int = 1_000,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Agreement of found topics with known ones, by language and for both.

    Parameters
    ----------
    topics : Topics
    truth : array_like of str
        The known topic of each voice, in the order of ``topics.voices``; a Series may instead carry
        the voice_id or the row numbers as its index, in any order. Names need not match.
    draws, level, seed : int, float, int
        Of the bootstrap over voices.

    Returns
    -------
    DataFrame
        language (both, en, ja), voices, left_out (not sorted, or truth missing), measure, value,
        low, high. Measures:

        - named_right: share of voices whose topic has the very name, where the names are the same
        - purity: share of voices in the commonest known topic of their found topic, that is, right
          once somebody has named the groups; rises with the number of topics by itself
        - adjusted_rand: pairs of voices that both keep together or apart, corrected for chance (0:
          chance, 1: the same groups)

    Raises
    ------
    ValueError
        For another number of labels, or an index that is neither.

    References
    ----------
    Hubert and Arabie (1985), Comparing partitions.
    """
    draws = checks.count("agreement", "draws", draws, least=1)
    checks.share("agreement", "level", level, one=False)
    table = topics.voices.assign(known=one_each("truth", truth, topics.voices))
    rows = []
    for kind in ("both", *LANGUAGES):
        part = table if kind == "both" else table[table["language"] == kind]
        both = part.dropna(subset=["topic", "known"])
        if both.empty:
            continue
        measures = _measured(pd.crosstab(both["topic"], both["known"]), draws, seed)
        for measure, values in measures.items():
            low, high = np.quantile(values[1:], [(1 - level) / 2, (1 + level) / 2])
            rows.append((kind, len(both), len(part) - len(both), measure, values[0], low, high))
    columns = ["language", "voices", "left_out", "measure", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _measured(counted: pd.DataFrame, draws: int, seed: int) -> dict[str, np.ndarray]:
    """Each measure of a table of found x known counts, and then of each bootstrap draw of it."""
    cells = counted.to_numpy()
    shares = cells.ravel() / cells.sum()
    drawn = np.random.default_rng(seed).multinomial(cells.sum(), shares, size=draws)
    seen = np.concatenate([cells[None], drawn.reshape(-1, *cells.shape)])
    measures = {"adjusted_rand": _adjusted_rand(seen), "purity": _share(seen.max(axis=2), seen)}
    if set(counted.index) <= set(counted.columns):
        same = counted.index.to_numpy()[:, None] == counted.columns.to_numpy()
        measures["named_right"] = _share(seen[:, same], seen)
    return measures


def _share(right: np.ndarray, cells: np.ndarray) -> np.ndarray:
    return right.sum(axis=1) / cells.sum(axis=(1, 2))


def _adjusted_rand(cells: np.ndarray) -> np.ndarray:
    """The index of each table of counts: tables x found x known."""

    def pairs(counts: np.ndarray) -> np.ndarray:
        return (counts * (counts - 1.0) / 2).reshape(len(counts), -1).sum(axis=1)

    found, known = pairs(cells.sum(axis=2)), pairs(cells.sum(axis=1))
    every = pairs(cells.sum(axis=(1, 2))[:, None])
    chance = found * known / np.maximum(every, 1)
    room = (found + known) / 2 - chance
    # Without room beyond chance (one group on both sides, or all alone) both are the same grouping.
    return np.divide(pairs(cells) - chance, room, out=np.ones_like(room), where=room > 0)
