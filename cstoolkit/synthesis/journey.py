"""What befalls customers, week by week: milestones, stalls, and how much they still
want the product.

Milestones and stalls are proportional hazards on a weekly grid. Engagement falls in declines, which
have causes, and may recover.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import tables
from cstoolkit.days import NEVER
from cstoolkit.synthesis.effects import Truth
from cstoolkit.synthesis.state import BASIC, EXCEEDED, FIRST, KICKOFF, LIVE, State

HANDOFF_DAYS = 60
"""For how long a handoff matters for milestones and stalls."""
RAMP = {KICKOFF: (0, 1), LIVE: (2, 3), FIRST: (5, 6), BASIC: (9, 8)}
"""Weeks after signing in which a milestone cannot come yet, and weeks over which its rate then
rises to the baseline."""
EXCEEDED_RAMP = (8, 12)
"""The same for exceeded value, after basic value."""
WORKDAYS = np.array([0.21, 0.21, 0.2, 0.19, 0.17, 0.01, 0.01])
"""Share of each weekday among the days on which something is reached or said, from Monday."""
GAP_DAYS = (2, 15)
"""A milestone that a later one brings along came so many days before it (from, to)."""

CAUSES = (
    "own",
    "champion_left",
    "stall_not_answered",
    "problem_not_solved",
    "handoff_without_notes",
)
SIGNS = tables.read("synthesis", "signs").set_index("sign")
"""What a decline shows in, and the effect that says how many weeks later; the decline
itself is seen by nobody."""
PATIENCE_DAYS = 35
"""A stall or a problem brings declines once it has lasted so long."""
ANSWER_DAYS = 42
"""An answer to a stall holds declines off for so long."""
MEMORY_DAYS = 180
"""For how long a business review, a success story or a user group meeting could matter."""
RECOVERS_FASTER = 2.0
"""Engagement comes back at so many times the pace at which it was lost."""


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

    Each milestone has its own clock from the signing, and a later one brings those before it along,
    a few days earlier than itself. So the time from signing to basic value has a hazard
    proportional to exp(pace), and those before it nearly so.
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
            customer_id=customer,
            product=product,
            journey=journey,
            milestone=which + 1,
            happened_on=found,
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
            customer_id=who, starts_on=monday, cause=owed[who].astype(int)
        )
        state.stalled[who], state.stall_since[who] = True, monday
    end_stalls(state, np.flatnonzero(ends), monday)
    state.stalled_weeks += state.stalled
    state.month_weeks += 1


def end_stalls(state: State, who: np.ndarray, days: np.ndarray | int) -> None:
    """End the stalls of these customers."""
    state.stalls.close(state.stall_row[who], days)
    state.stalled[who], state.stall_since[who], state.stall_row[who] = False, NEVER, -1


def engagement(state: State, monday: int) -> None:
    """One week: problems come and go, declines begin and turn, engagement moves."""
    truth, people, rng = state.truth, state.people, state.rng["engagement"]
    active = state.active(monday)
    present = active.any(axis=1)
    using = ((state.reached[:, :, LIVE] <= monday) & active).any(axis=1)
    problem, solved, begins, which, turns = rng.random((5, len(state)))
    _problems(state, monday, using, problem, solved)

    _, lost = state.handoff(monday, HANDOFF_DAYS)
    unanswered = state.stalled & (monday - state.stall_since >= PATIENCE_DAYS)
    unanswered &= ~state.done_lately("stall_response", monday, ANSWER_DAYS)
    waiting = monday - state.problem_since >= PATIENCE_DAYS
    rates = np.stack(
        [
            np.full(len(state), truth.decline_rate),
            np.full(len(state), truth.champion_rate),
            truth.stall_decline_rate * unanswered,
            truth.problem_decline_rate * waiting,
            truth.handoff_decline_rate * lost,
        ]
    ) * np.exp(
        truth.fit_on_decline * (people.fit - 60) / 10
        + truth.review_on_decline * state.done_lately("business_review", monday, MEMORY_DAYS)
        + truth.community_on_decline * state.done_lately("user_group", monday, MEMORY_DAYS)
    )
    total = np.cumsum(rates, axis=0)
    calm = using & ~state.declining & (state.engagement == 0)
    who = np.flatnonzero(calm & (begins < -np.expm1(-total[-1])))
    if len(who):
        cause = (which[who] * total[-1, who] > total[:, who]).sum(axis=0)
        state.decline_row[who] = state.declines.add(customer_id=who, starts_on=monday, cause=cause)
        state.declining[who], state.decline_since[who] = True, monday
    turn = truth.recovery_rate * np.exp(truth.hours_on_recovery * np.log1p(state.hours_lately()))
    end_declines(state, np.flatnonzero(state.declining & (turns < -np.expm1(-turn))), monday)
    step = np.where(state.declining, -1.0, RECOVERS_FASTER) * truth.decline_step
    state.engagement = np.clip(state.engagement + step, -truth.decline_floor, 0)
    state.engagement[~present] = 0
    state.decline_since[~state.declining & (state.engagement == 0)] = NEVER
    state.earlier.append(state.engagement.copy())


def _problems(
    state: State, monday: int, using: np.ndarray, begins: np.ndarray, ends: np.ndarray
) -> None:
    truth = state.truth
    open_ = state.problem_since < NEVER
    state.problem_since[open_ & ((ends < -np.expm1(-truth.problem_end_rate)) | ~using)] = NEVER
    state.problem_since[using & ~open_ & (begins < -np.expm1(-truth.problem_rate))] = monday


def end_declines(state: State, who: np.ndarray, days: np.ndarray | int) -> None:
    """End the declines of these customers: engagement comes back from here, or they have left."""
    state.declines.close(state.decline_row[who], days)
    state.declining[who], state.decline_row[who] = False, -1


def lead_times(risk: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    """How long each sign of a decline had spoken when the decision that ended the
    contract was taken.

    One row a sign: sign, lag_weeks (after the decline began), lead_days (median), low, high
    (quartiles), in_time (share that spoke before).
    """
    rows = risk[risk["churned"] & ~risk["open_ended"] & risk["declining_since"].notna()]
    since = (rows["decided_on"] - rows["declining_since"]).dt.days
    told = []
    for sign, effect in SIGNS["effect"].items():
        lag = int(getattr(truth, effect)) if effect else 0
        low, middle, high = (since - 7 * lag).quantile([0.25, 0.5, 0.75]).round()
        told.append((sign, lag, middle, low, high, round((since > 7 * lag).mean(), 3)))
    return pd.DataFrame(told, columns=["sign", "lag_weeks", "lead_days", "low", "high", "in_time"])
