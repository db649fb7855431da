"""The two halves of a week on arrays, for who has no numba: the same mechanisms, the same bits."""

from __future__ import annotations

import numpy as np

from cstoolkit.simulator import mechanisms as m


def first_half(state, fixed, key, seg, place, news, week, moments, terms, a, demand, records):
    """``mechanisms.first_half`` for all customers at once."""
    unit, share, _worth, seat, _visible = place
    f, c, r = fixed.T[:, None], np.arange(state.shape[1]), np.arange(len(state))[:, None]
    state = np.moveaxis(state, 2, 0)
    new = m.arrives(state, f, week)
    live = state[m.LIVE] > 0
    old = state[m.PHASE].astype(np.int64)
    state[m.PHASE] = np.where(live, m.phase(state, a), state[m.PHASE])
    now = state[m.PHASE].astype(np.int64)
    who = seat[c, now]
    gone, came = (each[r, who] for each in news)
    moved = (seat[c, old] != who) | came
    plan = fixed[c, m.PLAN + now]
    passed = m.before_work(state, moments, key, moved, gone, terms[m.NOTES], plan, a)
    kind = m.kind_of_work(state, a).astype(np.int64)
    waiting = np.where(live, state[m.BACKLOG], 0.0)[:, :, None] * share[c, now]
    place = (r[:, :, None] * demand.shape[1] + unit[c, now]) * len(m.WORK) + kind[:, :, None]
    demand += np.bincount(place.ravel(), waiting.ravel(), demand.size).reshape(demand.shape)
    asked = np.where(live, state[m.REQUESTED], 0.0)
    signed = np.where(new & live, state[m.ARR], 0.0)
    for what, amount in ((m.ASKED, asked), (m.HANDOFFS, passed), (m.NEW_ARR, signed)):
        _record(records, seg, what, amount)


def second_half(state, fixed, key, seg, place, done, moments, terms, a, records):
    """``mechanisms.second_half`` for all customers at once."""
    unit, share, worth, _seat, visible = place
    c, r = np.arange(state.shape[1]), np.arange(len(state))[:, None]
    state = np.moveaxis(state, 2, 0)
    live, before = state[m.LIVE] > 0, state.copy()
    now = state[m.PHASE].astype(np.int64)
    kind = m.kind_of_work(state, a).astype(np.int64)
    part = share[c, now] * done[r[:, :, None], unit[c, now], kind[:, :, None]]
    served, valued = np.zeros(live.shape), np.zeros(live.shape)
    for k in range(unit.shape[2]):  # in this order, so that sums end in the same bits
        served = served + part[:, :, k]
        valued = valued + part[:, :, k] * worth[c, now, k]
    d = list(terms)
    some = served > 0
    d[m.SHARE], d[m.VISIBLE] = served, visible
    d[m.WORTH] = np.where(some, valued / np.where(some, served, 1.0), 0.0)
    used, value, decided, left, lost, lower, won = m.after_work(
        state, fixed.T[:, None], d, moments, key, a
    )
    np.copyto(state, before, where=~live)
    for what, amount in (
        (m.LIVE_NOW, state[m.LIVE]),
        (m.ARR_NOW, state[m.ARR]),
        (m.SERVED, used),
        (m.WAITING, state[m.BACKLOG]),
        (m.LEFT, left),
        (m.LEFT_ARR, lost),
        (m.EXPANDED_ARR, won),
        (m.CONTRACTED_ARR, lower),
        (m.VALUED, value),
        (m.RENEWALS, decided),
    ):
        _record(records, seg, what, np.where(live, amount, 0.0))


def _record(records, seg, what, amount) -> None:
    """Add the amounts of all customers to their segments, one after the other."""
    many, segments = records.shape[:2]
    place = np.arange(many)[:, None] * segments + seg
    sums = np.bincount(place.ravel(), amount.ravel(), many * segments)
    records[:, :, what] += sums.reshape(many, segments)
