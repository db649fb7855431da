"""Monthly use of the product: what customers did, and the usage health that decisions depend on."""

from __future__ import annotations

import numpy as np

from cstoolkit.days import NEVER, month_start
from cstoolkit.synthesis.state import BASIC, FIRST, LIVE, State

FEATURES = {
    "job_posts": ("recruiting", 2.2, 0.95),
    "applicant_tracking": ("recruiting", 7.0, 0.8),
    "interview_scheduling": ("recruiting", 4.0, 0.45),
    "hiring_reports": ("recruiting", 1.2, 0.25),
    "goals": ("talent", 1.5, 0.85),
    "reviews": ("talent", 1.1, 0.7),
    "one_on_ones": ("talent", 3.0, 0.4),
    "skills_map": ("talent", 0.8, 0.25),
}
"""Product, uses per active user and month, and the share of customers who take a feature up without having reached value."""
HEALTHY_SHARE = 0.4
"""Active share of seats at which usage health is 0."""
HEALTH_RANGE = (-2.0, 1.0)
LOGINS_PER_USER = 9.0


class Habits:
    """Lasting differences in use between customers."""

    def __init__(self, state: State, rng: np.random.Generator) -> None:
        n = len(state)
        self.level = rng.normal(0, 1, n) * state.truth.usage_customer_sd
        self.takes_up = rng.random((n, len(FEATURES)))
        self.affinity = np.exp(rng.normal(-0.18, 0.6, (n, len(FEATURES))))
        self.logins = np.exp(rng.normal(0, 0.25, n))


def health(active: np.ndarray, seats: np.ndarray) -> np.ndarray:
    """log of the active share against HEALTHY_SHARE, kept within HEALTH_RANGE; half a user where there is none."""
    return np.clip(np.log(np.maximum(active, 0.5) / seats / HEALTHY_SHARE), *HEALTH_RANGE)


def record(state: State, habits: Habits, month: int) -> None:
    """Write one month for the customers who were live on its last day."""
    truth, rng, people = state.truth, state.rng["usage"], state.people
    first_day, after = month_start(np.array([month, month + 1]))
    live = (state.starts < after) & (state.until >= after) & (state.signed < after)
    n = len(state)
    started = state.reached[:, :, LIVE] < first_day
    felt = ((state.reached[:, :, FIRST] < first_day) & live).any(axis=1)
    valued = ((state.reached[:, :, BASIC] < first_day) & live).any(axis=1)
    stalled = state.stalled_weeks / max(state.month_weeks, 1)
    logins_felt, users_felt, features_felt, spirit = (
        state.engagement_before(lag, over=4)
        for lag in (truth.logins_lag, truth.users_lag, truth.features_lag, truth.voices_lag)
    )
    log_share = (
        np.log(truth.usage_base)
        + truth.fit_on_usage * (people.fit - 60) / 10
        + truth.first_on_usage * felt
        + truth.value_on_usage * valued
        + np.log(truth.stall_factor) * stalled
        + truth.engagement_on_users * users_felt
        + np.where((started & live).any(axis=1), 0, np.log(truth.setup_factor))
        + habits.level
        + rng.normal(0, 1, n) * truth.usage_month_sd
    )
    arr = (state.arr * live).sum(axis=1)
    seats = np.maximum(np.round(arr * people.seats_per_arr), 3)
    share = np.minimum(np.exp(log_share), 1)
    active = np.minimum(np.floor(seats * share + rng.random(n)), seats)
    per_user = np.exp(0.15 * valued + truth.engagement_on_logins * logins_felt)
    logins = rng.poisson(active * LOGINS_PER_USER * habits.logins * per_user)
    products = np.array([product == "talent" for product, _, _ in FEATURES.values()], int)
    rate = np.array([uses for _, uses, _ in FEATURES.values()])
    ready = np.array([share for _, _, share in FEATURES.values()])
    ready = ready + 0.2 * felt[:, None] + 0.2 * valued[:, None]
    takes = habits.takes_up < np.minimum(ready, 1) + (
        truth.engagement_on_features * features_felt[:, None]
    )
    using = takes & (live & started)[:, products]
    uses = rng.poisson(np.where(using, active[:, None] * rate * habits.affinity, 0))

    who = np.flatnonzero(live.any(axis=1))
    state.usage.add(
        customer=who,
        month=np.full(len(who), first_day),
        seats=seats[who].astype(np.int64),
        active=active[who].astype(np.int64),
        logins=logins[who],
        spirit=spirit[who],
        problem=state.problem_since[who] < NEVER,
    )
    state.uses.append(uses[who])
    state.health = np.roll(state.health, -1, axis=0)
    state.health[-1] = np.nan
    state.health[-1, who] = health(active[who], seats[who])
    state.stalled_weeks[:], state.month_weeks = 0, 0
