"""What CS people do in a week: who needs what, and what fits into the hours there are.

The kinds of work stand in ``work.csv``: mean hours of one activity, preparation included;
urgency (what is put off first when the week is full: the higher, the sooner); the chance in a
week by tier, on top of onboarding; the phase it belongs to, where that is fixed; and the share
of each internal counterpart.
"""

from __future__ import annotations

import numpy as np

from cstoolkit import tables
from cstoolkit.days import NEVER
from cstoolkit.synthesis.state import BASIC, State

PHASES = ("onboarding", "adoption", "renewal", "expansion")
DEPARTMENTS = (None, "sales", "product", "support", "marketing", "finance")
_WORK = tables.read("synthesis", "work").set_index("kind")
KINDS = tuple(_WORK.index)
HOURS, URGENCY = _WORK["hours"].to_numpy(), _WORK["urgency"].to_numpy()
BY_TIER = _WORK[["high", "low", "tech"]].to_numpy()
COUNTERPART = _WORK[["none", *DEPARTMENTS[1:]]].to_numpy()
FIXED_PHASE = np.array([PHASES.index(phase) if phase else -1 for phase in _WORK["phase"]])
TEACHING = np.isin(KINDS, ("onboarding_session", "training"))
GROUP_HOURS = {"webinar": 0.1, "user_group": 0.25}
"""Kinds that one person holds for many customers: who holds them is a customer marketer,
where there is one."""
CUSTOMER_SHARE = 0.66
"""Share of working hours that contact people can give to customers."""
WEEKS_A_MONTH = 365.25 / 12 / 7
ONBOARDING_DAYS, WINDOW_DAYS, DETECTION_DAYS = 180, 90, 35
"""Onboarding work ends with basic value or after so many days; renewal work opens so many days
before a contract's end; a stall is noticed after so many days."""
SESSION_BY_FORM, TRAINING_BY_FORM = np.array([0.05, 0.34, 0.55]), np.array([0.02, 0.1, 0.2])
EMAIL_BY_FORM = np.array([0.03, 0.15, 0.2])
SESSION_BY_TIER, TRAINING_BY_TIER = np.array([1.35, 1.0, 0.75]), np.array([1.2, 1.0, 0.8])
"""Onboarding work a week, by form (self, free, paid) and its factor by tier (high, low, tech)."""


def _chances(state: State, monday: int, onboarding: np.ndarray, due: np.ndarray) -> np.ndarray:
    """Chance of each kind of activity this week, kinds by customers."""
    people, tier = state.people, np.maximum(state.tier, 0)
    stalled = state.stalled & (monday - state.stall_since >= DETECTION_DAYS)
    thrives = state.valued(monday) & (state.usage_health() > 0)
    quiet = state.engagement_before(state.truth.features_lag) < -0.2
    chance = dict(zip(KINDS, BY_TIER[:, tier].astype(float), strict=True))
    chance["onboarding_session"] = onboarding * SESSION_BY_FORM[people.form] * SESSION_BY_TIER[tier]
    chance["training"] += onboarding * TRAINING_BY_FORM[people.form] * TRAINING_BY_TIER[tier]
    chance["check_in"] *= np.where(onboarding, 0.35, 1.0)
    chance["email"] += onboarding * EMAIL_BY_FORM[people.form]
    chance["business_review"] *= ~onboarding
    chance["renewal_prep"] *= due
    chance["expansion_proposal"] *= thrives
    chance["escalation"] *= 1 + 2 * stalled + 6 * (state.problem_since < NEVER)
    chance["webinar"] *= 1 + 0.5 * onboarding
    chance["stall_response"] *= stalled
    chance["usage_proposal"] *= due * (1 + 1.5 * quiet)
    chance["success_story"] *= thrives
    chance["user_group"] *= ~onboarding * np.exp(0.3 * (people.fit - 60) / 10)
    return np.stack([chance[kind] for kind in KINDS])


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
    group = np.isin(kind, [KINDS.index(name) for name in GROUP_HOURS])
    for name, spent in GROUP_HOURS.items():
        hours[kind == KINDS.index(name)] = spent

    specialist = np.where(state.onboarder >= 0, state.onboarder, state.specialist)
    person = np.where(state.csm >= 0, state.csm, state.onboarder)[who]
    teaches = TEACHING[kind] & onboarding[who] & (specialist[who] >= 0)
    person = np.where(teaches, specialist[who], person)
    marketers = np.flatnonzero(
        (team.role[:, index] == "customer_marketing") & (team.place[:, index] >= 0)
    )
    host = marketers[index % len(marketers)] if len(marketers) else -1
    person = np.where(group & (host >= 0), host, person)
    day = monday + rng.integers(0, 5, len(kind))
    fits = (person >= 0) & (day < np.where(active, state.until, 0).max(axis=1)[who])
    kind, who, hours, person, day = (column[fits] for column in (kind, who, hours, person, day))
    fits = _within_capacity(rng, person, kind, hours, team.hours * CUSTOMER_SHARE / WEEKS_A_MONTH)
    kind, who, hours, person, day = (column[fits] for column in (kind, who, hours, person, day))

    phase = np.where(onboarding[who], 0, np.where(due[who] & (rng.random(len(who)) < 0.3), 2, 1))
    phase = np.where(FIXED_PHASE[kind] >= 0, FIXED_PHASE[kind], phase)
    counterpart = (
        rng.random(len(kind))[:, None] > np.cumsum(COUNTERPART[kind], axis=1)[:, :-1]
    ).sum(axis=1)
    if len(who):
        state.activities.add(
            customer_id=who,
            person_id=person,
            happened_on=day,
            kind=kind,
            phase=phase,
            department=counterpart,
            hours=hours,
        )
    for name, last in state.last_done.items():
        done = kind == KINDS.index(name)
        last[who[done]] = monday
    state.hours = np.roll(state.hours, -1, axis=0)
    state.hours[-1] = np.bincount(who, weights=hours, minlength=len(state))
