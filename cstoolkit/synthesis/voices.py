"""What customers say, and the product changes that answered it.

A voice has one true topic. A third of the voices also touch a second one in passing, and topics share words, so that a keyword does not
settle the matter. Speaking up changes nothing about a customer's renewal, and neither does a product change: no such effect is planted.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.days import NEVER, dates, month_of, month_start
from cstoolkit.synthesis import journey, phrases

RATE, RATE_WITH_PROBLEM = 0.068, 0.22
"""Chance that a customer says something that is written down, by month; and while a problem is open."""
NEW_DAYS, FIRST_WORD_DAYS = 75, 5
"""Who signed less than so many days ago says nothing of earlier days; nobody speaks before so many days."""
DOUBTS = (0.02, 0.45)
"""Share of voices that doubt whether to go on, and the same where spirits are low."""
LOW_SPIRITS = -0.6
"""Points of score that count as low spirits."""
SHARES = {
    "calendar_sync": (0.2, 0.08),
    "reporting": (0.14, 0.14),
    "search_speed": (0.05, 0.17),
    "permissions": (0.05, 0.13),
    "mobile": (0.12, 0.16),
    "guidance": (0.25, 0.08),
    "integration": (0.12, 0.16),
    "review_forms": (0.1, 0.13),
}
"""Weight of each topic at the history's start and at its end; talent's topics count only for those who have the product."""
CHANGES = (
    ("guidance", 9, 3),
    ("calendar_sync", 14, 5),
    ("reporting", 20, 4),
    ("mobile", 27, 8),
    ("integration", 31, 6),
    ("review_forms", 38, 5),
    ("guidance", 41, 2),
    ("permissions", 46, 6),
    ("search_speed", 50, 7),
    ("reporting", 53, 4),
    ("integration", 57, 6),
)
"""Topic, month of the decision (counted from the start), months until customers had it."""
AFTER_CHANGE = 0.45
"""What remains of a topic's weight once a change shipped."""
CHANNELS = ("ticket", "survey", "check_in", "business_review", "community")
CHANNEL_SHARES = (0.38, 0.27, 0.18, 0.1, 0.07)
SCORED = np.array([0.12, 0.95, 0.1, 0.3, 0.05])
"""Share of voices with a score, by channel."""


def changes(first_month: int, end: int) -> pd.DataFrame:
    """The product changes decided by day `end`."""
    month = first_month + np.array([decided for _, decided, _ in CHANGES])
    decided = month_start(month) + 9
    shipped = month_start(month + np.array([took for _, _, took in CHANGES])) + 17
    topic = [topic for topic, _, _ in CHANGES]
    table = pd.DataFrame(
        {
            "change_id": [f"G{number + 1:02d}" for number in range(len(CHANGES))],
            "topic": topic,
            "product": [phrases.TOPICS[each][0] for each in topic],
            "feature": [phrases.TOPICS[each][1] for each in topic],
            "decided_on": dates(decided),
            "shipped_on": dates(np.where(shipped <= end, shipped, NEVER)),
        }
    )
    return table[decided <= end].reset_index(drop=True)


def _weights(months: np.ndarray, has_talent: np.ndarray, first_month: int) -> np.ndarray:
    """Weight of each topic for each voice."""
    passed = np.clip((months - first_month) / 60, 0, 1)[:, None]
    start, end = np.array(list(SHARES.values())).T
    weight = start + (end - start) * passed
    for topic, decided, took in CHANGES:
        which = list(SHARES).index(topic)
        weight[:, which] *= np.where(months - first_month >= decided + took, AFTER_CHANGE, 1)
    talent = np.array([phrases.TOPICS[topic][0] == "talent" for topic in SHARES])
    return weight * np.where(talent[None, :], 3 * has_talent[:, None], 1)


def _pick(rng: np.random.Generator, options: list[str]) -> str:
    return options[int(rng.integers(len(options)))]


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
    language = "ja" if japanese else "en"
    frames, clauses = phrases.FRAMES[language], phrases.CLAUSES[language]
    opening, join, closing = (_pick(rng, frames[part]) for part in ("opening", "join", "closing"))
    if not new and rng.random() < 0.4:
        opening = _pick(rng, frames["later"])
    if doubts:
        closing = _pick(rng, frames["doubt"])
    problem, harm = (_pick(rng, part) for part in clauses[topic])
    body = problem if rng.random() < 0.3 else f"{problem}{join}{harm}"
    if rng.random() < 0.33:
        aside = _pick(rng, clauses[other][1])
        body += f"。{aside}" if japanese else f". Besides, {aside}"
    if glad:
        praise = _pick(rng, frames["praise"])
        body += f"。ただ、{praise}" if japanese else f". That said, {praise}"
    text = f"{opening}{body}"
    if japanese:
        return f"{text}。{closing}"
    return f"{text[0].upper()}{text[1:]}.{closing}"


def create(
    rng: np.random.Generator,
    *,
    customer: np.ndarray,
    month: np.ndarray,
    health: np.ndarray,
    has_talent: np.ndarray,
    region: np.ndarray,
    spirit: np.ndarray,
    problem: np.ndarray,
    signed: np.ndarray,
    first_month: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Voices for customers' live months (arrays of equal length), and their true topics.

    Returns the voices with the integer `customer` in place of an id, and voice_id with topic.
    """
    rate = np.where(problem, RATE_WITH_PROBLEM, RATE)
    said = np.flatnonzero(rng.random(len(customer)) < rate)
    # In the month of the signing only what comes after it can be said.
    length = month_start(month_of(month[said]) + 1) - month[said]
    said = said[signed[said] + FIRST_WORD_DAYS + 7 < month[said] + length]
    months = month_of(month[said])
    weight = np.cumsum(_weights(months, has_talent[said], first_month), axis=1)
    size = len(said)
    first, second = (
        (rng.random((size, 1)) * weight[:, -1:] > weight).sum(axis=1) for _ in range(2)
    )
    earliest = np.maximum(month[said], signed[said] + FIRST_WORD_DAYS)
    length = month_start(months + 1) - earliest
    day = earliest + (rng.random(size) * length).astype(np.int64)
    day = np.where(rng.random(size) < 0.93, journey.on_workday(day, earliest), day)
    channel = np.searchsorted(np.cumsum(CHANNEL_SHARES)[:-1], rng.random(size), side="right")
    japanese = rng.random(size) < np.array([0.75, 0.75, 0.08, 0.03])[region[said]]
    mood = 6.2 + 1.6 * health[said] + spirit[said] + rng.normal(0, 2.0, size)
    doubts = rng.random(size) < np.where(spirit[said] < LOW_SPIRITS, *DOUBTS[::-1])
    score = np.where(rng.random(size) < SCORED[channel], np.clip(np.round(mood), 0, 10), np.nan)
    order = np.lexsort((customer[said], day))
    topics = np.array(list(SHARES))
    named = rng.random(size) < 0.7
    new = day - signed[said] < NEW_DAYS
    columns = (topics[first], topics[second], japanese, mood >= 8, new, doubts)
    lines = zip(*columns, strict=True)
    text = np.array([_words(rng, *line) for line in lines], dtype=object)
    features = np.array([phrases.TOPICS[topic][1] for topic in topics], dtype=object)
    table = pd.DataFrame(
        {
            "voice_id": [f"V{number + 1:05d}" for number in range(size)],
            "customer": customer[said][order],
            "day": day[order],
            "channel": np.array(CHANNELS)[channel][order],
            "feature": np.where(named, features[first], None)[order],
            "text": text[order],
            "score": score[order],
        }
    )
    return table, pd.DataFrame({"voice_id": table["voice_id"], "topic": topics[first][order]})
