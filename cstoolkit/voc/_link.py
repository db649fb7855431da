"""Matching the topics of two languages that share no words: by what they are about and by when they were voiced."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ["topic", "distance", "next_best", "sure"]

TIME = 0.5
"""Weight of the quarters against the features: features name a thing, seasons only hint (ours, range 0-1)."""


def match(
    table: pd.DataFrame, feature: pd.Series, number: np.ndarray, topics: int
) -> tuple[np.ndarray, pd.DataFrame, list[str]]:
    """The groups of the second language renumbered as their counterparts in the first, the links, and what to mind.

    A group's profile is the share of its voices by feature and by quarter; two groups are as far apart as the squared Hellinger distance
    of their profiles, and the matching with the least sum is taken. `sure` is False where the runner-up is less than a tenth farther.
    """
    from scipy.optimize import linear_sum_assignment

    rows = {
        kind: np.flatnonzero((table["language"] == kind).to_numpy() & (number >= 0))
        for kind in ("en", "ja")
    }
    if not all(map(len, rows.values())):
        return number, pd.DataFrame(columns=COLUMNS), []
    quarter = table["happened_on"].dt.to_period("Q").astype("str")
    profile = {}
    for kind, each in rows.items():
        about = _shares(number[each], feature.iloc[each], sorted(feature.dropna().unique()), topics)
        when = _shares(number[each], quarter.iloc[each], sorted(quarter.unique()), topics)
        profile[kind] = np.hstack([np.sqrt(about), np.sqrt(TIME * when)])
    distance = ((profile["en"][:, None] - profile["ja"][None]) ** 2).sum(axis=2)
    first, second = linear_sum_assignment(distance)
    turned = np.empty(topics, dtype=np.int64)
    turned[second] = first
    result = number.copy()
    result[rows["ja"]] = turned[number[rows["ja"]]]
    chosen = distance[first, second]
    others = distance.copy()
    others[first, second] = np.inf
    runner = (
        np.minimum(others.min(axis=1), others[:, second].min(axis=0))
        if topics > 1
        else np.full(1, np.inf)
    )
    links = pd.DataFrame(
        {"topic": first, "distance": chosen, "next_best": runner, "sure": runner >= 1.1 * chosen}
    )
    links = links[np.isin(links["topic"], result[result >= 0])]
    notes = [
        "Topics of the two languages were matched by feature and time: read voices of both before relying on it."
    ]
    if feature.notna().sum() == 0:
        notes = [
            "Without voices.feature only time matches the topics of the two languages, which is little: give a lexicon."
        ]
    return result, links, notes


def _shares(number: np.ndarray, values: pd.Series, levels: list, topics: int) -> np.ndarray:
    """Topics x levels: the share of each level among the topic's voices, an absent topic spread evenly."""
    counted = np.full((topics, max(len(levels), 1)), 0.5)
    place = pd.Index(levels).get_indexer(values)
    known = place >= 0
    np.add.at(counted, (number[known], place[known]), 1)
    return counted / counted.sum(axis=1, keepdims=True)
