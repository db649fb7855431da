"""Contracts: first signings, renewals and churn, levels up and down, the second product, and
customers who come back."""

from __future__ import annotations

import numpy as np

from cstoolkit.days import NEVER, add_months, month_of, month_start
from cstoolkit.synthesis.customers import TALENT_FROM_MONTH
from cstoolkit.synthesis.journey import MEMORY_DAYS
from cstoolkit.synthesis.state import BASIC, State

DECISION_DAYS = 30
"""A renewal is decided on the last Monday at least this many days before the contract's end."""
CHURN_HANDOFF_DAYS = 180
PROPOSAL_DAYS = 90
"""A usage proposal matters for a decision so many days after it."""
LATE_SHARE, LATE_MOST_DAYS = 0.04, 20
QUIET_DAYS = 60
"""No change of level this soon after a level began or this close to its end."""
KINDS = ("new", "renewal", "upsell", "cross_sell", "contraction")
OPEN_ENDED_STEP = 1
"""Months of an open-ended contract between two decisions."""


def _begin(state: State, who, product, signed, starts, term, arr, kind: int) -> None:
    """Open a contract and its journey."""
    open_ended = term == 0
    ends = np.where(open_ended, NEVER, add_months(starts, np.where(open_ended, 12, term)))
    at = (who, product)
    state.journey[at] += 1
    state.signed[at], state.starts[at], state.until[at] = signed, starts, NEVER
    state.level_starts[at], state.ends[at], state.arr[at], state.term[at] = starts, ends, arr, term
    state.reached[at] = NEVER
    state.next_row[at] = -1
    state.row[at] = state.contracts.add(
        customer_id=who,
        product=product,
        signed_on=signed,
        starts_on=starts,
        ends_on=ends,
        arr=arr,
        kind=kind,
    )
    state.milestones.add(
        customer_id=who,
        product=product,
        journey=state.journey[at],
        milestone=0,
        happened_on=signed,
    )


def sign(state: State, monday: int) -> None:
    """Customers who signed during the last week (before the first Monday: ever)."""
    people = state.people
    new = (people.signed < monday) & (state.journey.sum(axis=1) == 0)
    who, product = np.nonzero(new[:, None] & people.buys)
    if len(who):
        values = people.signed[who], people.starts[who], people.term[who], people.arr[who, product]
        _begin(state, who, product, *values, kind=0)


def advance(state: State, monday: int) -> None:
    """A level that was agreed takes over when the old one ends."""
    at = np.nonzero((state.next_row >= 0) & (state.ends <= monday))
    state.row[at], state.level_starts[at] = state.next_row[at], state.next_starts[at]
    state.ends[at], state.arr[at], state.next_row[at] = state.next_ends[at], state.next_arr[at], -1


def churn_logit(state: State, monday: int) -> np.ndarray:
    """Log-odds of leaving, by customer and product, as known on this Monday; without
    the unrecorded noise.
    """
    truth = state.truth
    _, lost = state.handoff(monday, CHURN_HANDOFF_DAYS)
    by_customer = (
        truth.churn_base
        + truth.engagement_on_churn * state.engagement
        + truth.proposal_on_churn * state.done_lately("usage_proposal", monday, PROPOSAL_DAYS)
        + truth.story_on_churn * state.done_lately("success_story", monday, MEMORY_DAYS)
        + truth.fit_on_churn * (state.people.fit - 60) / 10
        + truth.usage_on_churn * state.usage_health()
        + truth.handoff_on_churn * lost
    )
    return by_customer[:, None] + truth.value_on_churn * (state.reached[:, :, BASIC] < monday)


def renew(state: State, monday: int) -> None:
    """Decide the contracts that are due on this Monday: end, same level, or a lower one."""
    truth, rng = state.truth, state.rng["renewals"]
    fixed = state.active(monday) & (state.term > 0) & (state.next_row < 0)
    notice = state.ends - DECISION_DAYS
    due = fixed & (monday <= notice) & (notice < monday + 7)
    logit = churn_logit(state, monday) + rng.normal(0, 1, due.shape) * truth.churn_noise_sd
    probability = 1 / (1 + np.exp(-logit))
    leaves = due & (rng.random(due.shape) < probability)
    _note_risk(state, due, monday, state.ends, probability, leaves)
    state.until = np.where(leaves, state.ends, state.until)

    at = np.nonzero(due & ~leaves)
    size = len(at[0])
    if not size:
        return
    health = state.usage_health()[at[0]]
    lower = rng.random(size) < 1 / (
        1 + np.exp(-(truth.contraction_base + truth.usage_on_contraction * health))
    )
    raised = rng.random(size) < 0.35
    factor = np.where(lower, rng.uniform(0.55, 0.9, size), np.where(raised, 1.03, 1.0))
    late = rng.random(size) < LATE_SHARE
    ends = state.ends[at]
    starts = ends + np.where(late, rng.integers(1, LATE_MOST_DAYS + 1, size), 0)
    signed = np.where(late, starts - rng.integers(0, 3, size), monday + rng.integers(1, 29, size))
    signed = np.where(late, np.maximum(signed, ends), signed)
    arr = np.maximum(np.round(state.arr[at] * factor / 10) * 10, 600)
    planned = add_months(starts, state.term[at])
    state.next_row[at] = state.contracts.add(
        customer_id=at[0],
        product=at[1],
        signed_on=signed,
        starts_on=starts,
        ends_on=planned,
        arr=arr,
        kind=np.where(lower, 4, 1),
    )
    state.next_starts[at], state.next_ends[at], state.next_arr[at] = starts, planned, arr


def cancel(state: State, monday: int) -> None:
    """Open-ended contracts: on the first Monday of a month, stop at the month's end or go on."""
    truth, rng = state.truth, state.rng["cancellations"]
    month, before = month_of(np.array([monday, monday - 7]))
    if month == before:
        return
    due = (
        state.active(monday)
        & (state.term == 0)
        & (state.until == NEVER)
        & (state.starts <= monday - 60)
    )
    noise = rng.normal(0, 1, due.shape) * truth.churn_noise_sd
    probability = 1 / (1 + np.exp(-(churn_logit(state, monday) + truth.open_ended_shift + noise)))
    leaves = due & (rng.random(due.shape) < probability)
    stop = np.full(due.shape, month_start(month + OPEN_ENDED_STEP))
    _note_risk(state, due, monday, stop, probability, leaves)
    at = np.nonzero(leaves)
    state.until[at] = stop[at]
    state.contracts.close(state.row[at], stop[at])


def _note_risk(
    state: State,
    due: np.ndarray,
    monday: int,
    ends: np.ndarray,
    probability: np.ndarray,
    leaves: np.ndarray,
) -> None:
    who, product = at = np.nonzero(due)
    state.risk.add(
        customer_id=who,
        product=product,
        contract=state.row[at],
        decided_on=monday,
        ends_on=ends[at],
        open_ended=state.term[at] == 0,
        engagement=state.engagement[who],
        declining_since=state.decline_since[who],
        probability=probability[at],
        churned=leaves[at],
    )


def expansion(state: State, monday: int) -> np.ndarray:
    """Log-hazard of an upsell or of a second product against the baseline, by customer."""
    truth = state.truth
    return (
        truth.usage_on_expansion * state.usage_health()
        + truth.value_on_expansion * state.valued(monday)
    )


def upsell(state: State, monday: int) -> None:
    """Raise levels in mid-term: one row stops and another starts on the same day."""
    truth, rng = state.truth, state.rng["upsells"]
    hazard = truth.upsell_rate * np.exp(expansion(state, monday))
    calm = (
        (state.next_row < 0) & (state.until == NEVER) & (monday - state.level_starts >= QUIET_DAYS)
    )
    calm &= state.ends - monday >= QUIET_DAYS
    at = np.nonzero(
        state.active(monday) & calm & (rng.random(state.arr.shape) < -np.expm1(-hazard)[:, None])
    )
    size = len(at[0])
    if not size:
        return
    days = monday + rng.integers(0, 5, size)
    arr = np.round(state.arr[at] * rng.uniform(1.12, 1.7, size) / 50) * 50 + 50
    state.contracts.close(state.row[at], days)
    state.row[at] = state.contracts.add(
        customer_id=at[0],
        product=at[1],
        signed_on=days,
        starts_on=days,
        ends_on=state.ends[at],
        arr=arr,
        kind=2,
    )
    state.level_starts[at], state.arr[at] = days, arr


def cross_sell(state: State, monday: int, months_open: int) -> None:
    """A live customer of one product buys the other. `months_open` counts months since
    the vendor's start.
    """
    truth, rng, people = state.truth, state.rng["cross_sells"], state.people
    draw, ratio = rng.random((2, len(state)))
    ahead = rng.integers(0, 5, len(state))
    active = state.active(monday)
    if months_open < TALENT_FROM_MONTH:
        return
    settled = (active & (state.starts <= monday - 90) & (state.until == NEVER)).any(axis=1)
    single = settled & (active.sum(axis=1) == 1) & (state.journey == 0).any(axis=1)
    hazard = truth.cross_sell_rate * np.exp(expansion(state, monday))
    who = np.flatnonzero(single & (draw < -np.expm1(-hazard)))
    if len(who):
        product = (state.journey[who] == 0).argmax(axis=1)
        arr = np.round(people.arr[who].max(axis=1) * (0.3 + 0.4 * ratio[who]) / 50) * 50 + 600
        signed = monday + ahead[who]
        _begin(state, who, product, signed, signed + 7, np.full(len(who), 12), arr, kind=3)


def come_back(state: State, monday: int) -> None:
    """A customer who left signs again, and a new journey begins."""
    truth, rng = state.truth, state.rng["returns"]
    draw, ratio = rng.random((2, len(state)))
    gone = np.where(state.journey > 0, state.until, -NEVER).max(axis=1)
    away = (state.journey.sum(axis=1) > 0) & (gone <= monday - 90)
    who = np.flatnonzero(away & (draw < -np.expm1(-truth.return_rate)))
    if len(who):
        product = state.journey[who].argmax(axis=1)
        arr = np.round(state.arr[who, product] * (0.7 + 0.4 * ratio[who]) / 50) * 50 + 50
        state.health[:, who] = np.nan
        state.handoff_on[who] = -NEVER
        for days in state.last_done.values():
            days[who] = -NEVER
        signed = np.full(len(who), monday)
        _begin(state, who, product, signed, signed + 7, np.full(len(who), 12), arr, kind=0)
