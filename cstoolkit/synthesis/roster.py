"""Tiers and assignments: who looks after whom, and when that changes hands."""

from __future__ import annotations

import numpy as np

from cstoolkit.days import NEVER, month_of
from cstoolkit.synthesis import journey
from cstoolkit.synthesis.state import FIRST, State
from cstoolkit.synthesis.team import TEAMS

HIGH_FROM, LOW_FROM, HIGH_FROM_EARLY = 70_000, 19_000, 30_000
"""ARR from which a customer is high or low touch once there are three tiers; and high touch
while there are two."""
ONBOARDING_MOST_DAYS, SETTLED_DAYS = 120, 14
"""An onboarding specialist hands over this long after first value, or after so many
days at the latest."""


def policy(live: float, together: bool) -> int:
    """How many tiers the vendor distinguishes, by the customers foreseen."""
    return 3 if together or live >= 500 else 2 if live >= 100 else 1


def tiers(state: State, monday: int, week: int, together: bool) -> None:
    """Tier new customers, and all of them when the policy changes or the fiscal year begins."""
    count = policy(state.team.live[week], together)
    before = policy(state.team.live[week - 1], together) if week else count
    month, last = month_of(np.array([monday, monday - 7]))
    review = count != before or (month != last and month % 12 == 3)
    active = state.active(monday)
    present = active.any(axis=1)
    arr = (state.arr * active).sum(axis=1)
    if count == 1:
        wanted = np.zeros(len(state), int)
    elif count == 2:
        wanted = np.where(arr >= HIGH_FROM_EARLY, 0, 1)
    else:
        slack = 0.85 if count == before else 1.0
        held = state.tier
        high = arr >= HIGH_FROM * np.where(held == 0, slack, 1)
        low = arr >= LOW_FROM * np.where((held == 0) | (held == 1), slack, 1)
        wanted = np.where(high, 0, np.where(low, 1, 2))
    changed = present & ((state.tier < 0) | (review & (state.tier != wanted)))
    who = np.flatnonzero(changed)
    if not len(who):
        return
    old = who[state.tier[who] >= 0]
    state.tiers.close(state.tier_row[old], monday)
    starts = np.where(
        state.tier[who] < 0, np.where(active[who], state.signed[who], NEVER).min(axis=1), monday
    )
    state.tier[who] = wanted[who]
    state.tier_row[who] = state.tiers.add(customer_id=who, tier=wanted[who], starts_on=starts)


def _fill(rng: np.random.Generator, loads: np.ndarray, count: int) -> np.ndarray:
    """Place `count` customers on people one after another, each on the smallest book.
    Returns indexes of people.
    """
    reach = loads[:, None] + np.arange(count)[None, :] + rng.random((len(loads), 1)) * 0.5
    order = np.argsort(reach, axis=None, kind="stable")[:count]
    return rng.permutation(order // count)


def _needed_team(state: State, era: int) -> np.ndarray:
    """Index into TEAMS of the team that a customer belongs to, by tier and region."""
    if era < 2:
        return np.full(len(state), TEAMS.index(("Customer Success", "CSM")[era]))
    low = ("Low Touch", "Low Touch") if era == 2 else ("Low Touch Japan", "Low Touch Global")
    near, far = (TEAMS.index(name) for name in low)
    by_tier = (
        TEAMS.index("High Touch"),
        np.where(state.people.region < 2, near, far),
        TEAMS.index("Tech Touch"),
    )
    return np.choose(np.maximum(state.tier, 0), by_tier)


def assign(state: State, monday: int, week: int) -> None:
    """End onboardings, replace who left, follow reorganisations, fill new people's books,
    greet new customers.
    """
    team, rng = state.team, state.rng["roster"]
    place, role = team.place[:, week], team.role[:, week]
    active = state.active(monday)
    present = active.any(axis=1)
    onboarders = np.flatnonzero((role == "onboarding") & (place >= 0))
    here = np.zeros(len(team) + 1, bool)
    here[onboarders] = True

    first = state.reached[:, :, FIRST].min(axis=1)
    held = state.onboarder >= 0
    over = held & (
        (first <= monday - SETTLED_DAYS) | (monday - state.onboarder_since >= ONBOARDING_MOST_DAYS)
    )
    gone = held & ~over & ~here[state.onboarder]
    ended = np.flatnonzero(over | gone)
    state.assignments.close(state.onboarder_row[ended], monday)
    state.onboarder[ended] = -1

    new = present & ~state.met & (state.people.form != 0)
    wants = np.flatnonzero(gone | new)
    if len(onboarders) and len(wants):
        load = np.bincount(state.onboarder[state.onboarder >= 0], minlength=len(team))[onboarders]
        who = onboarders[_fill(rng, load, len(wants))]
        state.onboarder[wants] = who
        state.onboarder_since[wants] = np.where(gone[wants], state.onboarder_since[wants], monday)
        state.onboarder_row[wants] = _record(state, wants, who, "onboarding", 1, monday)
    _second_product(state, monday, onboarders, here)
    _relationship(state, monday, week, present & (state.onboarder < 0))


def _relationship(state: State, monday: int, week: int, concerned: np.ndarray) -> None:
    """Give every concerned customer a CSM of the team it belongs to."""
    team, rng = state.team, state.rng["roster"]
    place, role = team.place[:, week], team.role[:, week]
    csms = np.flatnonzero((role == "csm") & (place >= 0))
    if not len(csms):
        state.assignments.close(state.csm_row[state.csm >= 0], monday)
        state.csm[:] = -1
        return
    needed = _needed_team(state, team.era[week])
    staffed = np.isin(needed, place[csms])
    current = np.full(len(team) + 1, -1)
    current[csms] = place[csms]
    theirs = current[state.csm]
    wrong = np.where(staffed, theirs != needed, theirs < 0)
    move = concerned & ((state.csm < 0) | wrong)
    settled = concerned & ~move
    if week:
        earlier = np.where(team.role[:, week - 1] == "csm", team.place[:, week - 1], -1)
        fresh = csms[earlier[csms] != place[csms]]
        for person in fresh:
            book = settled & (needed == place[person])
            mates = np.unique(state.csm[book])
            share = book.sum() // (len(mates) + 1)
            load = np.bincount(state.csm[book], minlength=len(team))
            chance = book * np.where(load > share, 1 - share / np.maximum(load, 1), 0)[state.csm]
            move |= book & (rng.random(len(state)) < 0.8 * chance)
            settled = concerned & ~move
    load = np.bincount(state.csm[settled], minlength=len(team)).astype(float)
    pool = np.where(staffed, needed, -1)
    for where in np.unique(pool[move]):
        who = np.flatnonzero(move & (pool == where))
        mates = csms[place[csms] == where] if where >= 0 else csms
        chosen = mates[_fill(rng, load[mates], len(who))]
        load += np.bincount(chosen, minlength=len(team))
        same = chosen == state.csm[who]
        who, chosen = who[~same], chosen[~same]
        had = state.csm[who] >= 0
        state.assignments.close(state.csm_row[who[had]], monday)
        state.csm[who] = chosen
        state.csm_row[who] = _record(state, who, chosen, "csm", 0, monday)


def _second_product(state: State, monday: int, onboarders: np.ndarray, here: np.ndarray) -> None:
    """An onboarding specialist joins the CSM while a second product is introduced; the relationship
    does not change hands.
    """
    rng, active = state.rng["roster"], state.active(monday)
    newest = np.where(active, state.signed, -NEVER)
    product = newest.argmax(axis=1)
    rows = np.arange(len(state))
    held = state.specialist >= 0
    done = state.reached[rows, product, FIRST] <= monday - SETTLED_DAYS
    late = monday - state.specialist_since >= ONBOARDING_MOST_DAYS
    ended = np.flatnonzero(held & (done | late | ~here[state.specialist]))
    state.assignments.close(state.specialist_row[ended], monday)
    state.specialist[ended] = -1
    begun = (
        active.all(axis=1) & (newest.max(axis=1) >= monday - 7) & (newest.min(axis=1) < monday - 60)
    )
    wants = np.flatnonzero(
        begun & (state.csm >= 0) & (state.people.form != 0) & (state.specialist < 0)
    )
    if len(wants) and len(onboarders):
        who = onboarders[rng.integers(0, len(onboarders), len(wants))]
        state.specialist[wants], state.specialist_since[wants] = who, monday
        state.specialist_row[wants] = state.assignments.add(
            customer_id=wants,
            person_id=who,
            role="onboarding",
            scope=2 + product[wants],
            notes_passed=-1,
            starts_on=monday,
        )


def _record(
    state: State, who: np.ndarray, person: np.ndarray, role: str, scope: int, monday: int
) -> np.ndarray:
    """Write the assignments; where somebody looked after the customer before, this is a handoff,
    with or without the notes.
    """
    truth, team = state.truth, state.team
    ops = (team.hired <= monday) & (team.left > monday) & (team.role == "cs_ops").any(axis=1)
    share = truth.notes_share_ops if ops.any() else truth.notes_share
    passed = state.rng["notes"].random(len(who)) < share
    notes = np.where(state.met[who], passed.astype(int), -1)
    again = who[state.met[who]]
    state.handoff_on[again], state.handoff_notes[again] = monday, passed[state.met[who]]
    state.met[who] = True
    return state.assignments.add(
        customer_id=who,
        person_id=person,
        role=role,
        scope=scope,
        notes_passed=notes,
        starts_on=monday,
    )


def release(state: State, monday: int) -> None:
    """Close what is open for customers whose last contract has ended."""
    left = (state.tier >= 0) & (
        state.until.min(axis=1, initial=NEVER, where=state.signed < monday) < NEVER
    )
    left &= ~state.active(monday).any(axis=1)
    who = np.flatnonzero(left)
    if not len(who):
        return
    days = np.where(state.until[who] < NEVER, state.until[who], 0).max(axis=1)
    books = (
        (state.csm, state.csm_row),
        (state.onboarder, state.onboarder_row),
        (state.specialist, state.specialist_row),
    )
    for person, row in books:
        held = person[who] >= 0
        state.assignments.close(row[who[held]], days[held])
        person[who] = -1
    state.tiers.close(state.tier_row[who], days)
    state.tier[who], state.met[who] = -1, False
    stalled, declining = state.stalled[who], state.declining[who]
    journey.end_stalls(state, who[stalled], days[stalled])
    journey.end_declines(state, who[declining], days[declining])
    state.engagement[who], state.decline_since[who], state.problem_since[who] = 0, NEVER, NEVER
