"""From what customers say to what development can build: a ranked list in the manner of CRE (S3)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company
from cstoolkit.voc._risk import arr_at_risk
from cstoolkit.voc._topics import Topics
from cstoolkit.voc._who import ALL, ANY, WINDOW, recent

NOTES = ("problem", "interpretation", "requirement", "effort")
"""What people add to the figures: three sentences, and the effort in person-weeks."""

RANK_BY = ("arr", "arr_per_effort", "customers")


def quotes(
    company: Company,
    topics: Topics,
    *,
    each: int = 2,
    language: str | None = None,
    window_days: int | None = WINDOW,
) -> pd.DataFrame:
    """The most typical voices of each topic: nearest to its middle, no text twice, `each` a topic and language.

    Returns topic, language, happened_on, customer_id, text (as it was written: escape it before it goes into HTML), strength. `language`
    keeps one of them. A topic without a recent voice has no row.
    """
    said = recent(company, topics, window_days)
    said = said.assign(text=company.voices["text"].reset_index(drop=True).reindex(said.index))
    if language is not None:
        said = said[said["language"] == language]
    said = said.sort_values(
        ["strength", "happened_on", "voice_id"], ascending=[False, False, True], kind="stable"
    )
    said = said.drop_duplicates(["topic", "text"])
    said = said[said.groupby(["topic", "language"]).cumcount() < each]
    place = pd.Categorical(said["topic"], categories=topics.names, ordered=True)
    said = said.assign(place=place.codes).sort_values(["place", "language"], kind="stable")
    return said[
        ["topic", "language", "happened_on", "customer_id", "text", "strength"]
    ].reset_index(drop=True)


def worksheet(
    company: Company, topics: Topics, *, window_days: int | None = WINDOW
) -> pd.DataFrame:
    """The form that CRE and CS fill in together, one row a topic: topic, problem, interpretation, requirement, effort.

    The problem is put in with the customers' own words (the most typical voice); interpretation (why it happens), requirement (what the
    product should do) and effort (person-weeks) are for people to write: nothing in the data knows them.
    """
    typical = quotes(company, topics, each=1, window_days=window_days)
    words = (
        typical.sort_values("strength", kind="stable")
        .drop_duplicates("topic", keep="last")
        .set_index("topic")["text"]
    )
    return pd.DataFrame(
        {
            "topic": pd.Series(topics.names, dtype="str"),
            "problem": words.reindex(topics.names).fillna("").to_numpy(),
            "interpretation": "",
            "requirement": "",
            "effort": np.nan,
        }
    )


def requirements(
    company: Company,
    topics: Topics,
    notes: pd.DataFrame | None = None,
    *,
    rank_by: str = "arr",
    window_days: int | None = WINDOW,
    draws: int = 500,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """The topics as requirements for development, ranked, with who and what stands behind each.

    `notes` is a :func:`worksheet` as people filled it in; effort is in person-weeks, above 0. Returns rank, rank_low, rank_high (the
    ranks that the topic takes in `level` of bootstrap draws of customers), topic, problem, interpretation, requirement, customers, arr
    (currency a year, of live customers that voiced it in the window, each once), share (of live ARR), effort, arr_per_effort (ARR a
    person-week), under_way (change_id decided and not yet shipped). `rank_by` is arr, customers or arr_per_effort; by the last,
    a topic without effort has no rank. A rank is an order of what was said, not a promise of what a change would save.

    Raises ValueError for notes about unknown topics, twice about one, or an effort that is none. Source: S3 (CRE), S1 (VOC).
    """
    checks.one_of("requirements", "rank_by", rank_by, RANK_BY)
    draws = checks.count("requirements", "draws", draws, least=1)
    written = _checked(
        topics, worksheet(company, topics, window_days=window_days) if notes is None else notes
    )
    risk = arr_at_risk(company, topics, window_days=window_days)
    risk = risk[(risk["segment"] == ALL) & (risk["topic"] != ANY)].set_index("topic")[
        ["customers", "arr", "share"]
    ]
    table = written.join(risk)
    table["arr_per_effort"] = table["arr"] / table["effort"]
    table["under_way"] = _under_way(company).reindex(table.index)
    key = table[rank_by]
    table["rank"] = key.rank(ascending=False, method="min").astype("Int64")
    worth = (
        1 / table["effort"] if rank_by == "arr_per_effort" else pd.Series(1.0, index=table.index)
    )
    table["rank_low"], table["rank_high"] = _ranks(
        company, topics, worth, rank_by != "customers", window_days, draws, seed, level
    )
    table = (
        table.rename_axis("topic")
        .reset_index()
        .sort_values(["rank", "arr"], ascending=[True, False], kind="stable")
    )
    first = [
        "rank",
        "rank_low",
        "rank_high",
        "topic",
        *NOTES[:3],
        "customers",
        "arr",
        "share",
        "effort",
        "arr_per_effort",
    ]
    return table[[*first, "under_way"]].reset_index(drop=True)


def _checked(topics: Topics, notes: pd.DataFrame) -> pd.DataFrame:
    if "topic" not in notes:
        raise ValueError(
            f"notes need a column topic; they have: {', '.join(map(str, notes.columns))}. voc.worksheet() makes the form."
        )
    unknown = [each for each in notes["topic"] if each not in topics.names]
    if unknown:
        raise ValueError(
            f"notes: no topic {', '.join(map(repr, unknown))}; there are: {', '.join(topics.names)}."
        )
    if notes["topic"].duplicated().any():
        raise ValueError(
            f"notes: {notes.loc[notes['topic'].duplicated(), 'topic'].iloc[0]!r} stands there twice; write one row a topic."
        )
    table = notes.set_index("topic").reindex(columns=list(NOTES)).reindex(topics.names)
    effort = pd.to_numeric(table["effort"], errors="coerce")
    wrong = (effort.isna() & table["effort"].notna()) | (effort <= 0) | np.isinf(effort)
    if wrong.any():
        topic = wrong.idxmax()
        came = np.asarray(table.loc[topic, "effort"]).item()
        raise ValueError(
            f"notes: effort of {topic!r} is a number of person-weeks above 0, got {came!r}. "
            "Leave it empty if nobody has estimated it."
        )
    table["effort"] = effort.astype("float64")
    table[list(NOTES[:3])] = table[list(NOTES[:3])].astype("str").fillna("")
    return table


def _under_way(company: Company) -> pd.Series:
    """The change of each topic that was decided and has not shipped."""
    changes = company.changes
    waiting = changes[changes["shipped_on"].isna()].dropna(subset=["topic"])
    return waiting.groupby("topic")["change_id"].agg(lambda ids: ", ".join(ids.dropna()))


def _ranks(
    company, topics, worth, weigh_arr, window_days, draws, seed, level
) -> tuple[pd.Series, pd.Series]:
    """Lower and upper rank of each topic over bootstrap draws of the customers that spoke."""
    live = company.snapshot()[["customer_id", "arr"]]
    said = (
        recent(company, topics, window_days)[["customer_id", "topic"]]
        .drop_duplicates()
        .merge(live, on="customer_id")
    )
    who, people = pd.factorize(said["customer_id"])
    held = np.zeros((len(people), len(topics.names)))
    held[who, pd.Index(topics.names).get_indexer(said["topic"])] = said["arr"] if weigh_arr else 1.0
    times = np.random.default_rng(seed).poisson(1.0, size=(draws, len(people)))
    value = times @ held * worth.to_numpy()
    place = pd.DataFrame(value).rank(axis=1, ascending=False, method="min")
    tails = place.quantile([(1 - level) / 2, (1 + level) / 2], interpolation="nearest")
    low, high = (
        pd.Series(row.to_numpy(), index=worth.index).astype("Int64") for _, row in tails.iterrows()
    )
    return low, high
