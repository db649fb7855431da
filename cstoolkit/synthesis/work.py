"""What CS people do in a week: who needs what, and what fits into the hours there are."""

from __future__ import annotations

import numpy as np

from cstoolkit.days import NEVER
from cstoolkit.synthesis.state import BASIC, State

KINDS = (
    "onboarding_session",
    "training",
    "check_in",
    "email",
    "business_review",
    "renewal_prep",
    "expansion_proposal",
    "escalation",
    "webinar",
)
HOURS = np.array([1.6, 1.8, 1.0, 0.4, 2.4, 2.0, 1.6, 2.2, 0.1])
"""Mean hours of one activity of each kind, preparation included."""
URGENCY = np.array([0.6, 0.75, 1.0, 1.3, 1.0, 0.7, 1.3, 0.3, 0.2])
"""What is put off first when the week is full: the higher, the sooner."""
CUSTOMER_SHARE = 0.66
"""Share of working hours that contact people can give to customers."""
WEEKS_A_MONTH = 365.25 / 12 / 7
ONBOARDING_DAYS, WINDOW_DAYS, DETECTION_DAYS = 180, 90, 35
"""Onboarding work ends with basic value or after so many days; renewal work opens so many days before a contract's end; a stall is
noticed after so many days."""
PHASES = ("onboarding", "adoption", "renewal", "expansion")

SESSION = {"by_form": np.array([0.05, 0.34, 0.55]), "by_tier": np.array([1.35, 1.0, 0.75])}
TRAINING = {"by_form": np.array([0.02, 0.1, 0.2]), "by_tier": np.array([1.2, 1.0, 0.8])}
BY_TIER = {
    "training": np.array([0.045, 0.022, 0.004]),
    "check_in": np.array([0.42, 0.12, 0.012]),
    "email": np.array([0.65, 0.28, 0.06]),
    "business_review": np.array([1 / 13, 1 / 28, 0.0]),
    "renewal_prep": np.array([0.26, 0.13, 0.02]),
    "expansion_proposal": np.array([0.05, 0.03, 0.004]),
    "escalation": np.array([0.014, 0.009, 0.004]),
    "webinar": np.array([0.01, 0.02, 0.04]),
    "stall_training": np.array([0.22, 0.13, 0.03]),
    "stall_check_in": np.array([0.25, 0.15, 0.04]),
}
"""Chance of an activity in a week by tier (high, low, tech), on top of onboarding."""
DEPARTMENTS = ("", "sales", "product", "support", "marketing", "finance")
COUNTERPART = np.array(
    [
        [0.88, 0.08, 0.02, 0.02, 0.0, 0.0],
        [0.90, 0.0, 0.06, 0.04, 0.0, 0.0],
        [0.91, 0.03, 0.02, 0.03, 0.01, 0.0],
        [0.92, 0.02, 0.01, 0.03, 0.0, 0.02],
        [0.68, 0.1, 0.16, 0.0, 0.0, 0.06],
        [0.35, 0.52, 0.0, 0.0, 0.0, 0.13],
        [0.24, 0.68, 0.04, 0.0, 0.02, 0.02],
        [0.12, 0.03, 0.33, 0.5, 0.0, 0.02],
        [0.30, 0.0, 0.04, 0.0, 0.66, 0.0],
    ]
)
"""Share of the internal counterpart by kind of activity."""


def _chances(state: State, monday: int, onboarding: np.ndarray, due: np.ndarray) -> np.ndarray:
    """Chance of each kind of activity this week, kinds by customers."""
    people, tier = state.people, np.maximum(state.tier, 0)
    stalled = state.stalled & (monday - state.stall_since >= DETECTION_DAYS)
    thrives = state.valued(monday) & (state.usage_health() > 0)
    by = {name: chance[tier] for name, chance in BY_TIER.items()}
    late = np.where(onboarding, 0.35, 1.0)
    return np.stack(
        [
            onboarding * SESSION["by_form"][people.form] * SESSION["by_tier"][tier],
            onboarding * TRAINING["by_form"][people.form] * TRAINING["by_tier"][tier]
            + by["training"]
            + stalled * by["stall_training"],
            by["check_in"] * late + stalled * by["stall_check_in"],
            by["email"] + onboarding * np.array([0.03, 0.15, 0.2])[people.form],
            by["business_review"] * ~onboarding,
            by["renewal_prep"] * due,
            by["expansion_proposal"] * thrives,
            by["escalation"] * (1 + 2 * stalled),
            by["webinar"] * (1 + 0.5 * onboarding),
        ]
    )


def _within_capacity(
    rng, person: np.ndarray, kind: np.ndarray, hours: np.ndarray, limit: np.ndarray
) -> np.ndarray:
    """Keep what fits into each person's week, the most urgent first."""
    rank = URGENCY[kind] * (0.5 + rng.random(len(kind)))
    order = np.lexsort((rank, person))
    running = np.cumsum(hours[order])
    start = np.flatnonzero(np.diff(person[order], prepend=-1))
    before = np.repeat(running[start] - hours[order][start], np.diff(np.append(start, len(order))))
    keep = np.zeros(len(kind), bool)
    keep[order] = running - before <= limit[person[order]]
    return keep


def week(state: State, monday: int, index: int) -> None:
    """One week of work; what was done becomes the hours that customers received."""
    rng, team = state.rng["work"], state.team
    active = state.active(monday)
    present = active.any(axis=1)
    young = (
        active & (state.reached[:, :, BASIC] >= monday) & (monday - state.signed < ONBOARDING_DAYS)
    )
    left = np.where(active & (state.ends < NEVER), state.ends, NEVER) - monday
    due = (left.min(axis=1) <= WINDOW_DAYS) & present
    onboarding = young.any(axis=1)
    chance = _chances(state, monday, onboarding, due) * present
    kind, who = np.nonzero(rng.random(chance.shape) < np.minimum(chance, 0.95))
    hours = np.maximum(
        np.round(HOURS[kind] * np.exp(rng.normal(-0.05, 0.32, len(kind))) * 4) / 4, 0.25
    )
    hours = np.where(kind == KINDS.index("webinar"), 0.1, hours)

    specialist = np.where(state.onboarder >= 0, state.onboarder, state.specialist)
    person = np.where(state.csm >= 0, state.csm, state.onboarder)[who]
    teaches = (kind <= 1) & onboarding[who] & (specialist[who] >= 0)
    person = np.where(teaches, specialist[who], person)
    marketers = np.flatnonzero(
        (team.role[:, index] == "customer_marketing") & (team.place[:, index] >= 0)
    )
    host = marketers[index % len(marketers)] if len(marketers) else -1
    person = np.where((kind == KINDS.index("webinar")) & (host >= 0), host, person)
    day = monday + rng.integers(0, 5, len(kind))
    fits = (person >= 0) & (day < np.where(active, state.until, 0).max(axis=1)[who])
    kind, who, hours, person, day = (column[fits] for column in (kind, who, hours, person, day))
    fits = _within_capacity(rng, person, kind, hours, team.hours * CUSTOMER_SHARE / WEEKS_A_MONTH)
    kind, who, hours, person, day = (column[fits] for column in (kind, who, hours, person, day))

    phase = np.where(onboarding[who], 0, np.where(due[who] & (rng.random(len(who)) < 0.3), 2, 1))
    phase = np.choose(
        np.isin(kind, (0, 5, 6)), [phase, np.choose(kind, [0, 0, 0, 0, 0, 2, 3, 0, 0])]
    )
    counterpart = (
        rng.random(len(kind))[:, None] > np.cumsum(COUNTERPART[kind], axis=1)[:, :-1]
    ).sum(axis=1)
    if len(who):
        state.activities.add(
            customer=who,
            person=person,
            day=day,
            kind=kind,
            phase=phase,
            department=counterpart,
            hours=hours,
        )
    state.hours = np.roll(state.hours, -1, axis=0)
    state.hours[-1] = np.bincount(who, weights=hours, minlength=len(state))
