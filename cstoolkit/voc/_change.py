"""How long from a voice to the change that answers it?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import ttv
from cstoolkit.data.company import Company
from cstoolkit.voc._topics import Topics, fits

OUTCOMES = ("answered", "left", "open")


def waits(company: Company, topics: Topics) -> pd.DataFrame:
    """What customers asked for and how long they waited, one row an *ask*.

    An ask is a customer and a topic from the first voice since the topic's last change until the next change that ships (or until the
    customer leaves, or `as_of`); voices in between are the same ask. Returns customer_id, topic, asked_on, voices, change_id and
    answered_on (of the change that ended it), left_on (end of the stay, if that came first), days, outcome ("answered"; "left": the
    customer went first; "open": still waiting). A voice on the very day of a change waits for the next one.

    Needs changes.topic and changes.shipped_on. A change answers a topic of the same name; topics without a change are all open.
    """
    company.need(changes=["topic"])
    said = fits(company, topics)[["customer_id", "topic", "happened_on"]].sort_values(
        "happened_on", kind="stable"
    )
    ships = company.changes.dropna(subset=["topic", "shipped_on"])[
        ["topic", "shipped_on", "change_id"]
    ]
    ships = ships.sort_values("shipped_on", kind="stable").rename(
        columns={"shipped_on": "answered_on"}
    )
    found = pd.merge_asof(
        said,
        ships,
        left_on="happened_on",
        right_on="answered_on",
        by="topic",
        direction="forward",
        allow_exact_matches=False,
    )
    asks = found.groupby(["customer_id", "topic", "answered_on"], dropna=False)
    asks = asks.agg(
        asked_on=("happened_on", "min"),
        voices=("happened_on", "size"),
        change_id=("change_id", "first"),
    )
    asks = asks.reset_index().sort_values(["asked_on", "customer_id", "topic"], kind="stable")
    ends = (
        company.spans.loc[~company.spans["pending"], ["customer_id", "ends_on"]]
        .dropna()
        .sort_values("ends_on")
    )
    ends = ends.rename(columns={"ends_on": "left_on"})
    asks = pd.merge_asof(
        asks,
        ends,
        left_on="asked_on",
        right_on="left_on",
        by="customer_id",
        direction="forward",
        allow_exact_matches=False,
    )
    gone = asks["left_on"].notna() & ~(asks["answered_on"] <= asks["left_on"])
    asks["answered_on"] = asks["answered_on"].mask(gone)
    asks["change_id"] = asks["change_id"].mask(gone)
    asks["left_on"] = asks["left_on"].where(gone)
    until = asks["answered_on"].fillna(asks["left_on"]).fillna(company.as_of)
    asks["days"] = ((until - asks["asked_on"]) / pd.Timedelta(days=1)).astype("int64")
    asks["outcome"] = np.select([asks["answered_on"].notna(), gone], ["answered", "left"], "open")
    columns = [
        "customer_id",
        "topic",
        "asked_on",
        "voices",
        "change_id",
        "answered_on",
        "left_on",
        "days",
        "outcome",
    ]
    return asks[columns].reset_index(drop=True)


def until_change(
    company: Company, topics: Topics, *, by_topic: bool = True, level: float = 0.95
) -> pd.DataFrame:
    """Share of asks answered by a shipped change within so many days, by topic: the table of ``ttv.curve``.

    An ask that is still open, or whose customer left, says only that its wait was longer than that: it is censored, not dropped. One
    change answers every ask of its topic on one day, so the limits, which take asks for independent, are too narrow: read them
    beside the number of changes in :func:`lead_times`.
    """
    asks = waits(company, topics)
    by = pd.Categorical(
        asks["topic"], categories=[each for each in topics.names if (asks["topic"] == each).any()]
    )
    return ttv.curve(
        asks["days"], asks["outcome"] == "answered", by=by if by_topic else None, level=level
    )


def lead_times(company: Company, topics: Topics) -> pd.DataFrame:
    """Each change, and the waiting before it: change_id, topic, first_asked_on, decided_on, shipped_on, asks, to_decide, to_ship, wait.

    `asks` are the customers waiting when it shipped (or today, if it has not); `to_decide` the days from the first of their asks to
    the decision (negative if nobody had asked before), `to_ship` from decision to shipping, `wait` the median days that they waited.
    Empty where not known. Changes of topics that nobody voiced have no ask. In the order of decisions.
    """
    asks = waits(company, topics)
    changes = company.changes.dropna(subset=["topic"]).sort_values(
        ["decided_on", "change_id"], kind="stable"
    )
    changes = changes.assign(number=np.arange(len(changes)))
    open_ = (
        changes[changes["shipped_on"].isna()].drop_duplicates("topic").set_index("topic")["number"]
    )
    key = changes.dropna(subset=["shipped_on"]).set_index(["topic", "shipped_on"])["number"]
    key = key[~key.index.duplicated()]
    number = pd.Series(
        key.reindex(pd.MultiIndex.from_frame(asks[["topic", "answered_on"]])).to_numpy(),
        index=asks.index,
    )
    still = asks["outcome"] == "open"
    number = number.where(~still, asks["topic"].map(open_))
    behind = asks.assign(number=number).dropna(subset=["number"]).groupby("number")
    found = behind.agg(
        first_asked_on=("asked_on", "min"), asks=("customer_id", "size"), wait=("days", "median")
    )
    table = changes.merge(found, left_on="number", right_index=True, how="left")
    table["asks"] = table["asks"].fillna(0).astype("int64")
    day = pd.Timedelta(days=1)
    table["to_decide"] = (table["decided_on"] - table["first_asked_on"]) / day
    table["to_ship"] = (table["shipped_on"] - table["decided_on"]) / day
    columns = [
        "change_id",
        "topic",
        "first_asked_on",
        "decided_on",
        "shipped_on",
        "asks",
        "to_decide",
        "to_ship",
        "wait",
    ]
    return table[columns].reset_index(drop=True)
