"""Milestones and stalls: proportional hazards on a weekly grid."""

from __future__ import annotations

import numpy as np

from cstoolkit.days import NEVER
from cstoolkit.synthesis.state import BASIC, EXCEEDED, FIRST, KICKOFF, LIVE, State

HANDOFF_DAYS = 60
"""For how long a handoff matters for milestones and stalls."""
RAMP = {KICKOFF: (0, 1), LIVE: (2, 3), FIRST: (5, 6), BASIC: (9, 8)}
"""Weeks after signing in which a milestone cannot come yet, and weeks over which its rate then rises to the baseline."""
EXCEEDED_RAMP = (8, 12)
"""The same for exceeded value, after basic value."""
WORKDAYS = np.array([0.21, 0.21, 0.2, 0.19, 0.17, 0.01, 0.01])
"""Share of each weekday among the days on which something is reached or said, from Monday."""
GAP_DAYS = (2, 15)
"""A milestone that a later one brings along came so many days before it (from, to)."""


def weekday(rng: np.random.Generator, shape) -> np.ndarray:
    """Days after Monday, seldom on a weekend."""
    return np.searchsorted(np.cumsum(WORKDAYS)[:-1], rng.random(shape), side="right")


def on_workday(days: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Weekends moved to the Friday before, where that is not before `floor`."""
    moved = days - np.maximum((days + 3) % 7 - 4, 0)
    return np.where(moved >= floor, moved, days)


def _ramp(weeks: np.ndarray, after: float, over: float) -> np.ndarray:
    return np.clip((weeks - after) / over, 0, 1)


def pace(state: State, monday: int) -> np.ndarray:
    """Log-hazard of every milestone against the baseline, by customer."""
    truth, people = state.truth, state.people
    recent, lost = state.handoff(monday, HANDOFF_DAYS)
    return (
        truth.fit_on_value * (people.fit - 60) / 10
        + truth.size_on_value * np.log(people.employees / 120)
        + np.choose(people.form, [truth.self_on_value, 0.0, truth.paid_on_value])
        + np.choose(np.maximum(state.tier, 0), [truth.high_on_value, 0.0, truth.tech_on_value])
        + truth.hours_on_value * np.log1p(state.hours_lately())
        + truth.handoff_on_value * recent
        + truth.notes_win_back * (recent & ~lost)
        + people.frailty
    )


def milestones(state: State, monday: int) -> None:
    """Draw this week's milestones.

    Each milestone has its own clock from the signing, and a later one brings those before it along, a few days earlier than itself.
    So the time from signing to basic value has a hazard proportional to exp(pace), and those before it nearly so.
    """
    truth, rng = state.truth, state.rng["milestones"]
    active = state.active(monday)
    weeks = np.where(active, (monday + 3.5 - state.signed) / 7, 0.0)
    valued_weeks = np.clip((monday + 3.5 - state.reached[:, :, BASIC]) / 7, 0, None)
    rates = (truth.kickoff_rate, truth.live_rate, truth.first_rate, truth.basic_rate)
    hazard = np.empty(state.reached.shape)
    for which, rate in enumerate(rates):
        hazard[:, :, which] = rate * _ramp(weeks, *RAMP[which])
    hazard[:, :, EXCEEDED] = truth.exceeded_rate * _ramp(valued_weeks, *EXCEEDED_RAMP)
    hazard *= np.exp(pace(state, monday))[:, None, None]
    open_ = active[:, :, None] & (state.reached == NEVER)
    hit = open_ & (rng.random(hazard.shape) < -np.expm1(-hazard))
    days = np.where(hit, monday + weekday(rng, hazard.shape), NEVER)
    gap = rng.integers(*GAP_DAYS, hazard.shape)
    for later in (BASIC, FIRST, LIVE):
        before = later - 1
        own, reached = days[:, :, before], days[:, :, later]
        floor = state.reached[:, :, before - 1] if before else NEVER
        floor = np.maximum(np.where(floor < NEVER, floor, state.signed), state.signed)
        brought = on_workday(np.maximum(reached - gap[:, :, before], floor), floor)
        needs = open_[:, :, before] & (reached < NEVER) & (own >= reached)
        days[:, :, before] = np.where(needs, np.minimum(brought, reached), own)
    days = np.where(days < state.until[:, :, None], days, NEVER)
    customer, product, which = np.nonzero(days < NEVER)
    if len(customer):
        found = days[customer, product, which]
        state.reached[customer, product, which] = found
        journey = state.journey[customer, product]
        state.milestones.add(
            customer=customer, product=product, journey=journey, milestone=which + 1, day=found
        )


def stalls(state: State, monday: int) -> None:
    """Begin and end spans of low usage, on Mondays."""
    truth, rng, people = state.truth, state.rng["stalls"], state.people
    answered = state.done_lately("stall_response", monday, 28)
    active = state.active(monday)
    using = ((state.reached[:, :, LIVE] <= monday) & active).any(axis=1)
    hours = np.log1p(state.hours_lately())
    _, lost = state.handoff(monday, HANDOFF_DAYS)
    fit = truth.fit_on_stall * (people.fit - 60) / 10
    start = truth.stall_rate * np.exp(
        fit + truth.hours_on_stall * hours + truth.handoff_on_stall * lost
    )
    end = truth.stall_end_rate * np.exp(
        truth.hours_on_stall_end * hours + truth.response_on_stall_end * answered
    )
    draw, why = rng.random((2, len(state)))
    begins = using & ~state.stalled & (draw < -np.expm1(-start))
    ends = state.stalled & (draw < -np.expm1(-end)) & using
    owed = lost & (why < -np.expm1(-truth.handoff_on_stall))
    who = np.flatnonzero(begins)
    if len(who):
        state.stall_row[who] = state.stalls.add(
            customer=who, starts=monday, cause=owed[who].astype(int)
        )
        state.stalled[who], state.stall_since[who] = True, monday
    finish(state, np.flatnonzero(ends), np.full(ends.sum(), monday))
    state.stalled_weeks += state.stalled
    state.month_weeks += 1


def finish(state: State, who: np.ndarray, days: np.ndarray) -> None:
    """End the stalls of these customers."""
    state.stalls.close(state.stall_row[who], days)
    state.stalled[who], state.stall_since[who], state.stall_row[who] = False, NEVER, -1
