"""How often is it said, by whom, and in which mood?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company
from cstoolkit.stats import wilson, z
from cstoolkit.voc._topics import Topics, fits

WINDOW = 365
"""Days back from `as_of` that count as recent, unless told otherwise (ours, range 90-730)."""

ALL, ANY = "total", "any topic"
"""Names of the rows for all segments together and for all topics together."""


def recent(company: Company, topics: Topics, window_days: int | None) -> pd.DataFrame:
    """The sorted voices of the last `window_days` up to `as_of` (None: all there are)."""
    voices = fits(company, topics)
    if window_days is None:
        return voices
    days = checks.count("voc", "window_days", window_days, least=1)
    return voices[voices["happened_on"] > company.as_of - pd.Timedelta(days=days)]


def speakers(
    company: Company,
    topics: Topics,
    by: str = "tier",
    *,
    window_days: int | None = WINDOW,
    level: float = 0.95,
) -> pd.DataFrame:
    """How many of the customers now live voiced each topic lately, by segment.

    `by` is a column of ``company.snapshot()``. Returns one row a topic and segment: topic, segment, live (customers of the segment),
    customers (who voiced it, each once), voices, share (customers / live), low, high (Wilson). The rows "total" take all segments, the
    rows "any topic" all topics; customers who voiced two topics count once there, so topics do not add up.
    """
    live = company.snapshot(segment=by)[["customer_id", "segment"]]
    said = recent(company, topics, window_days).merge(live, on="customer_id")
    live_by = live["segment"].value_counts(sort=False)
    live_by[ALL] = len(live)
    index = pd.MultiIndex.from_product(
        [[*topics.names, ANY], live_by.index], names=["topic", "segment"]
    )
    said["segment"] = said["segment"].astype("str")
    whole = pd.concat([said, said.assign(segment=ALL)])
    whole = pd.concat([whole, whole.assign(topic=ANY)])
    table = whole.groupby(["topic", "segment"]).agg(
        customers=("customer_id", "nunique"), voices=("customer_id", "size")
    )
    table = table.reindex(index).fillna(0).astype("int64").reset_index()
    table.insert(2, "live", table["segment"].map(live_by).astype("int64"))
    table["share"], table["low"], table["high"] = wilson(table["customers"], table["live"], level)
    return table


def scores(
    company: Company,
    topics: Topics,
    *,
    by: str | None = None,
    window_days: int | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """The mean score of the voices on each topic, where one was given, and the share that has none.

    `by` is a column of ``company.voices``, such as channel. Returns topic (and `by`), voices, scored, missing (share of voices
    without a score), mean (points of 10), low, high. Nothing is put in for a missing score. The interval treats voices of one customer
    as one piece of evidence (cluster-robust); with scores of fewer than two customers there is none.

    A low share of scored voices is more than a smaller sample: who is asked for a score, and who gives one, is not chance (a survey
    asks everybody, a ticket nobody). Compare topics within one channel before believing a difference.
    """
    said = recent(company, topics, window_days)
    if by is not None:
        if by not in company.voices or by in ("text", "customer_id", "voice_id"):
            raise KeyError(
                f"by is a column of voices that groups them, such as channel; got {by!r}."
            )
        company.need(voices=[by])
        said = said.assign(**{by: company.voices[by].reset_index(drop=True).reindex(said.index)})
    score = company.voices["score"].reset_index(drop=True).reindex(said.index)
    said = said.assign(score=score, has=score.notna())
    keys = ["topic"] if by is None else ["topic", by]
    groups = said.groupby(keys)
    table = groups.agg(voices=("topic", "size"), scored=("has", "sum"), mean=("score", "mean"))
    given = said.dropna(subset=["score"])
    away = given["score"] - given.groupby(keys)["score"].transform("mean")
    sums = given.assign(away=away).groupby([*keys, "customer_id"])["away"].sum()
    square = (sums**2).groupby(level=keys).sum().reindex(table.index)
    many = sums.groupby(level=keys).size().reindex(table.index)
    usable = many.where(many >= 2)
    error = np.sqrt(square * usable / (usable - 1)) / table["scored"]
    table["low"], table["high"] = (
        table["mean"] - z(level) * error,
        table["mean"] + z(level) * error,
    )
    table.insert(2, "missing", 1 - table["scored"] / table["voices"])
    if by is None:
        table = table.reindex(pd.Index(topics.names, name="topic"))
        table[["voices", "scored"]] = table[["voices", "scored"]].fillna(0).astype("int64")
    return table.reset_index()
