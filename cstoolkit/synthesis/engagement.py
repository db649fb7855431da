"""Engagement: how much a customer still wants the product. It falls in declines, which have causes, and may recover."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.days import NEVER
from cstoolkit.synthesis.effects import Truth
from cstoolkit.synthesis.journey import HANDOFF_DAYS
from cstoolkit.synthesis.state import LIVE, State

CAUSES = (
    "own",
    "champion_left",
    "stall_not_answered",
    "problem_not_solved",
    "handoff_without_notes",
)
SIGNS = {
    "decline": None,
    "logins": "logins_lag",
    "active_users": "users_lag",
    "features_used": "features_lag",
    "voices": "voices_lag",
}
"""What a decline shows in, and the effect that says how many weeks later; the decline itself is seen by nobody."""
PATIENCE_DAYS = 35
"""A stall or a problem brings declines once it has lasted so long."""
ANSWER_DAYS = 42
"""An answer to a stall holds declines off for so long."""
MEMORY_DAYS = 180
"""For how long a business review, a success story or a user group meeting could matter."""
RECOVERS_FASTER = 2.0
"""Engagement comes back at so many times the pace at which it was lost."""


def week(state: State, monday: int) -> None:
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
        state.decline_row[who] = state.declines.add(customer=who, starts=monday, cause=cause)
        state.declining[who], state.decline_since[who] = True, monday
    turn = truth.recovery_rate * np.exp(truth.hours_on_recovery * np.log1p(state.hours_lately()))
    finish(state, np.flatnonzero(state.declining & (turns < -np.expm1(-turn))), monday)
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


def finish(state: State, who: np.ndarray, days: np.ndarray | int) -> None:
    """End the declines of these customers: engagement comes back from here, or they have left."""
    who = who[state.declining[who]] if len(who) else who
    if len(who):
        state.declines.close(state.decline_row[who], days)
        state.declining[who], state.decline_row[who] = False, -1


def lead_times(risk: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    """How long each sign of a decline had spoken when the decision that ended the contract was taken.

    One row a sign: sign, lag_weeks (after the decline began), lead_days (median), low, high (quartiles), in_time (share that spoke before).
    """
    rows = risk[risk["churned"] & ~risk["open_ended"] & risk["declining_since"].notna()]
    since = (rows["decided_on"] - rows["declining_since"]).dt.days
    told = []
    for sign, effect in SIGNS.items():
        lag = int(getattr(truth, effect)) if effect else 0
        low, middle, high = (since - 7 * lag).quantile([0.25, 0.5, 0.75]).round()
        told.append((sign, lag, middle, low, high, round((since > 7 * lag).mean(), 3)))
    return pd.DataFrame(told, columns=["sign", "lag_weeks", "lead_days", "low", "high", "in_time"])
