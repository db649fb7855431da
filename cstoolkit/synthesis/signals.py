"""What a customer shows: monthly use of the product, what it says, and the product
changes that answered.

A voice has one true topic. A third of the voices also touch a second one in passing, and topics
share words, so that a keyword does not settle the matter. Speaking up changes nothing about a
customer's renewal, and neither does a product change: no such effect is planted. Clauses and topics
stand in ``phrases.toml``, the changes in ``changes.csv``: topic, month of the decision (counted
from the history's start), months until customers had it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import tables
from cstoolkit.days import NEVER, dates, month_of, month_start
from cstoolkit.synthesis.customers import FEATURES, PRODUCTS, choose
from cstoolkit.synthesis.journey import on_workday
from cstoolkit.synthesis.state import BASIC, FIRST, LIVE, State

HEALTHY_SHARE = 0.4
"""Active share of seats at which usage health is 0."""
HEALTH_RANGE = (-2.0, 1.0)
LOGINS_PER_USER = 9.0

RATE, RATE_WITH_PROBLEM = 0.068, 0.22
"""Chance that a customer says something that is written down, by month; and while a
problem is open."""
NEW_DAYS, FIRST_WORD_DAYS = 75, 5
"""Who signed less than so many days ago says nothing of earlier days; nobody speaks
before so many days."""
DOUBTS, DOUBTS_LOW = 0.02, 0.45
"""Share of voices that doubt whether to go on, and the same where spirits are low."""
LOW_SPIRITS = -0.6
"""Points of score that count as low spirits."""
AFTER_CHANGE = 0.45
"""What remains of a topic's weight once a change shipped."""
CHANNELS = {
    "ticket": 0.38,
    "survey": 0.27,
    "check_in": 0.18,
    "business_review": 0.1,
    "community": 0.07,
}
SCORED = np.array([0.12, 0.95, 0.1, 0.3, 0.05])
"""Share of voices with a score, by channel."""
IN_JAPANESE = np.array([0.75, 0.75, 0.08, 0.03])
"""Share of voices in Japanese, by region."""

PHRASES = tables.texts("synthesis", "phrases")
TOPICS = pd.DataFrame.from_dict(PHRASES["topics"], orient="index")
"""By topic: product and feature that it is mostly about, weight at the start and
the end, clauses."""
CHANGES = tables.read("synthesis", "changes")


class Habits:
    """Lasting differences in use between customers."""

    def __init__(self, state: State, rng: np.random.Generator) -> None:
        n = len(state)
        self.level = rng.normal(0, 1, n) * state.truth.usage_customer_sd
        self.takes_up = rng.random((n, len(FEATURES)))
        self.affinity = np.exp(rng.normal(-0.18, 0.6, (n, len(FEATURES))))
        self.logins = np.exp(rng.normal(0, 0.25, n))


def health(active: np.ndarray, seats: np.ndarray) -> np.ndarray:
    """Log of the active share against HEALTHY_SHARE, kept within HEALTH_RANGE; half a user
    where there is none.
    """
    return np.clip(np.log(np.maximum(active, 0.5) / seats / HEALTHY_SHARE), *HEALTH_RANGE)


def record(state: State, habits: Habits, month: int) -> None:
    """Write one month of use for the customers who were live on its last day."""
    truth, rng, people = state.truth, state.rng["usage"], state.people
    first_day, after = month_start(np.array([month, month + 1]))
    live = (state.starts < after) & (state.until >= after) & (state.signed < after)
    n = len(state)
    started = state.reached[:, :, LIVE] < first_day
    felt = ((state.reached[:, :, FIRST] < first_day) & live).any(axis=1)
    valued = ((state.reached[:, :, BASIC] < first_day) & live).any(axis=1)
    logins_felt, users_felt, features_felt, spirit = (
        state.engagement_before(lag, over=4)
        for lag in (truth.logins_lag, truth.users_lag, truth.features_lag, truth.voices_lag)
    )
    log_share = (
        np.log(truth.usage_base)
        + truth.fit_on_usage * (people.fit - 60) / 10
        + truth.first_on_usage * felt
        + truth.value_on_usage * valued
        + np.log(truth.stall_factor) * (state.stalled_weeks / max(state.month_weeks, 1))
        + truth.engagement_on_users * users_felt
        + np.where((started & live).any(axis=1), 0, np.log(truth.setup_factor))
        + habits.level
        + rng.normal(0, 1, n) * truth.usage_month_sd
    )
    seats = np.maximum(np.round((state.arr * live).sum(axis=1) * people.seats_per_arr), 3)
    share = np.minimum(np.exp(log_share), 1)
    active = np.minimum(np.floor(seats * share + rng.random(n)), seats)
    per_user = np.exp(0.15 * valued + truth.engagement_on_logins * logins_felt)
    logins = rng.poisson(active * LOGINS_PER_USER * habits.logins * per_user)
    products = FEATURES["product"].map(PRODUCTS.index).to_numpy()
    ready = FEATURES["takes_up"].to_numpy() + 0.2 * felt[:, None] + 0.2 * valued[:, None]
    takes = habits.takes_up < np.minimum(ready, 1) + (
        truth.engagement_on_features * features_felt[:, None]
    )
    using = takes & (live & started)[:, products]
    often = active[:, None] * FEATURES["uses"].to_numpy() * habits.affinity
    uses = rng.poisson(np.where(using, often, 0))

    who = np.flatnonzero(live.any(axis=1))
    state.usage.add(
        customer_id=who,
        month=first_day,
        seats=seats[who].astype(np.int64),
        active_users=active[who].astype(np.int64),
        logins=logins[who],
        **{f"uses_{name}": uses[who, place] for place, name in enumerate(FEATURES.index)},
        spirit=spirit[who],
        problem=state.problem_since[who] < NEVER,
    )
    state.health = np.roll(state.health, -1, axis=0)
    state.health[-1] = np.nan
    state.health[-1, who] = health(active[who], seats[who])
    state.stalled_weeks[:], state.month_weeks = 0, 0


def changes(first_month: int, end: int) -> pd.DataFrame:
    """The product changes decided by day `end`."""
    month = first_month + CHANGES["decided"].to_numpy()
    decided = month_start(month) + 9
    shipped = month_start(month + CHANGES["took"].to_numpy()) + 17
    table = pd.DataFrame(
        {
            "change_id": [f"G{number + 1:02d}" for number in range(len(CHANGES))],
            "topic": CHANGES["topic"],
            "product": CHANGES["topic"].map(TOPICS["product"]),
            "feature": CHANGES["topic"].map(TOPICS["feature"]),
            "decided_on": dates(decided),
            "shipped_on": dates(np.where(shipped <= end, shipped, NEVER)),
        }
    )
    return table[decided <= end]


def _weights(months: np.ndarray, has_talent: np.ndarray, first_month: int) -> np.ndarray:
    """Weight of each topic for each voice; talent's topics count only for those who
    have the product.
    """
    passed = np.clip((months - first_month) / 60, 0, 1)[:, None]
    start, end = np.array(TOPICS["weight"].to_list()).T
    weight = start + (end - start) * passed
    for change in CHANGES.itertuples():
        shipped = months - first_month >= change.decided + change.took
        weight[:, TOPICS.index.get_loc(change.topic)] *= np.where(shipped, AFTER_CHANGE, 1)
    talent = (TOPICS["product"] == "talent").to_numpy()
    return weight * np.where(talent, 3 * has_talent[:, None], 1)


def _words(
    rng: np.random.Generator,
    topic: str,
    other: str,
    japanese: bool,
    glad: bool,
    new: bool,
    doubts: bool,
) -> str:
    """One text, in the customer's language."""

    def pick(options: list[str]) -> str:
        return options[int(rng.integers(len(options)))]

    language = "ja" if japanese else "en"
    frames = PHRASES[language]
    opening, join, closing = (pick(frames[part]) for part in ("opening", "join", "closing"))
    if not new and rng.random() < 0.4:
        opening = pick(frames["later"])
    if doubts:
        closing = pick(frames["doubt"])
    problem = pick(PHRASES["topics"][topic][f"{language}_problem"])
    harm = pick(PHRASES["topics"][topic][f"{language}_harm"])
    body = problem if rng.random() < 0.3 else f"{problem}{join}{harm}"
    if rng.random() < 0.33:
        aside = pick(PHRASES["topics"][other][f"{language}_harm"])
        body += f"。{aside}" if japanese else f". Besides, {aside}"
    if glad:
        praise = pick(frames["praise"])
        body += f"。ただ、{praise}" if japanese else f". That said, {praise}"
    text = f"{opening}{body}"
    if japanese:
        return f"{text}。{closing}"
    return f"{text[0].upper()}{text[1:]}.{closing}"


def voices(state: State, rows: pd.DataFrame, first_month: int) -> pd.DataFrame:
    """What customers say in their live months, the `rows` of use, in the order of the days.

    Returns customer_id (a number), happened_on (a whole day), channel, feature,
    text, score and topic.
    """
    rng, people, month = state.rng["voices"], state.people, rows["month"].to_numpy()
    signed = people.signed[rows["customer_id"]]
    rate = np.where(rows["problem"], RATE_WITH_PROBLEM, RATE)
    said = rng.random(len(rows)) < rate
    # In the month of the signing only what comes after it can be said.
    said &= signed + FIRST_WORD_DAYS + 7 < month_start(month_of(month) + 1)
    rows, month, signed = rows[said], month[said], signed[said]
    customer, size = rows["customer_id"].to_numpy(), len(rows)
    talent = FEATURES.index[FEATURES["product"] == "talent"]
    has_talent = (rows[[f"uses_{name}" for name in talent]] > 0).any(axis=1)
    weight = np.cumsum(_weights(month_of(month), has_talent.to_numpy(), first_month), axis=1)
    first, second = (
        (rng.random((size, 1)) * weight[:, -1:] > weight).sum(axis=1) for _ in range(2)
    )
    earliest = np.maximum(month, signed + FIRST_WORD_DAYS)
    length = month_start(month_of(month) + 1) - earliest
    day = earliest + (rng.random(size) * length).astype(np.int64)
    day = np.where(rng.random(size) < 0.93, on_workday(day, earliest), day)
    channel = choose(rng, CHANNELS, size)
    japanese = rng.random(size) < IN_JAPANESE[people.region[customer]]
    spirit = rows["spirit"].to_numpy() * state.truth.engagement_on_score
    healthy = health(rows["active_users"].to_numpy(), rows["seats"].to_numpy())
    mood = 6.2 + 1.6 * healthy + spirit + rng.normal(0, 2.0, size)
    doubts = rng.random(size) < np.where(spirit < LOW_SPIRITS, DOUBTS_LOW, DOUBTS)
    score = np.where(rng.random(size) < SCORED[channel], np.clip(np.round(mood), 0, 10), np.nan)
    topics = TOPICS.index.to_numpy()
    named = rng.random(size) < 0.7
    spoken = zip(
        topics[first], topics[second], japanese, mood >= 8, day - signed < NEW_DAYS, doubts
    )
    table = pd.DataFrame(
        {
            "customer_id": customer,
            "happened_on": day,
            "channel": np.array(list(CHANNELS))[channel],
            "feature": np.where(named, TOPICS["feature"].to_numpy()[first], None),
            "text": np.array([_words(rng, *line) for line in spoken], dtype=object),
            "score": score,
            "topic": topics[first],
        }
    )
    return table.sort_values(["happened_on", "customer_id"], kind="stable")
