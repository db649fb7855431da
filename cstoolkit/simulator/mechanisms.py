"""What happens to a customer in a week: one small function a mechanism, and the random numbers.

Every function is plain arithmetic on numbers or on arrays alike: no library function
whose last digit depends on the machine. So the same source gives the same bits whether NumPy runs
it on arrays or numba compiles it for one customer at a time. `s` is the state of customers by the
rows below, `f` what is fixed about them, `d` what the design gives them in their present phase,
and `a` the assumptions.

References: S0, S1, S3, S4 (docs/sources.md); each assumption names its source in rules.csv.
"""

from __future__ import annotations

import numpy as np

(
    LIVE,
    ARR,
    PRODUCTS,
    AGE,
    RUNNING,
    VALUE,
    VALUE_AGE,
    DUE,
    ENGAGEMENT,
    DECLINING,
    FRICTION,
    KNOWN,
    BACKLOG,
    HOURS,
    FULFILLED,
    PHASE,
    REQUESTED,
    OPENING,
    PACE,
    LEVEL,
) = range(20)
STATES = 20
"""Rows of the state: live (0, 1), ARR, products, weeks since signing, live in use (0, 1), basic
value (0, 1) and the age at which it came, weeks to the renewal, engagement (0 or below), in a
decline (0, 1), weeks of friction (0: none), knowledge of the customer (0 to 1), hours of work that
wait, hours received, the last weeks counting most, smoothed share of planned work done, phase, hours asked for this
week, ARR at the year's opening, log-hazard of value, level of use."""

X60, START, TERM, SHIFT, SELLABLE, ANSWERED, REVIEWED, PROPOSED, PLAN = range(9)
FIXED = 13
"""Rows of what is fixed: fit (tens of points from 60), week of signing, weeks of a term, log-odds of
an open-ended contract, could buy another product (0, 1), shares of friction answered, of business
reviews and of proposals, and from PLAN on the planned hours a week in each of the four phases."""

WORTH, SHARE, SEAT, VISIBLE, SPEED, TURN, FRICTION_FACTOR, NOTES = range(8)
"""What the design gives: value of an hour, share of the work that was done, seat of the contact,
cross-sell in sight, speed at which friction ends and declines turn, rate of friction, and share of
handoffs with notes."""

ONBOARDING, ADOPTION, RENEWAL, EXPANSION = range(4)
PHASES = ("onboarding", "adoption", "renewal", "expansion")
WORK = ("friction", *PHASES)
"""The kinds of work among which a team with too few hours chooses."""

(
    LIVE_NOW,
    ARR_NOW,
    ASKED,
    SERVED,
    WAITING,
    HANDOFFS,
    LEFT,
    LEFT_ARR,
    EXPANDED_ARR,
    CONTRACTED_ARR,
    NEW_ARR,
    VALUED,
    RENEWALS,
) = range(13)
RECORDS = (
    "customers",
    "arr",
    "hours_asked",
    "hours_served",
    "backlog",
    "handoffs",
    "churned",
    "churned_arr",
    "expanded_arr",
    "contracted_arr",
    "new_arr",
    "valued",
    "renewals",
)
"""What is recorded a week, replication and segment."""

STREAMS = ("request", "notes", "running", "value", "friction", "decline", "renewal", "level",
           "upsell", "cross_sell", "person", "level_of_use", "pace", "decline_before")  # fmt: skip
(
    U_REQUEST,
    U_NOTES,
    U_RUNNING,
    U_VALUE,
    U_FRICTION,
    U_DECLINE,
    U_RENEWAL,
    U_LEVEL,
    U_UPSELL,
    U_CROSS_SELL,
    U_PERSON,
    U_USE,
    U_PACE,
    U_BEFORE,
) = range(14)

GAMMA = 0x9E3779B97F4A7C15
_S30, _S27, _S31, _S11 = (np.uint64(shift) for shift in (30, 27, 31, 11))
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_TO_UNIT = 2.0**-53


def mixed(z):
    """The finaliser of SplitMix64: 64 bits in, 64 bits that look unrelated out.

    References
    ----------
    Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.
    """
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


def uniform(key, moment):
    """A number from 0 up to 1 that depends on the key (seed, replication, customer) and the moment
    (week, stream) alone: whoever asks, in whatever order, on however many workers."""
    return (mixed(key + moment) >> _S11) * _TO_UNIT


def pick(condition, yes, no):
    """One of two numbers, or of two arrays place by place. (numba has a form of its own for it.)"""
    return np.where(condition, yes, no)


def some(condition):
    """Whether anybody is concerned, so that the others need not be looked at: they stay as they
    are either way. (numba has a form of its own for it: one customer.)"""
    return np.any(condition)


def exp(x):
    """The exponential of -20 to 20, by + and * alone; right to nine digits."""
    y = np.minimum(np.maximum(x, -20.0), 20.0) * 0.015625
    y = 1.0 + y * (1.0 + y * (0.5 + y * (1 / 6 + y * (1 / 24 + y * (1 / 120 + y * (1 / 720))))))
    y = y * y
    y = y * y
    y = y * y
    y = y * y
    y = y * y
    return y * y


def chance(rate):
    """The chance in a week of what comes at so many a week (the trapezoidal rule)."""
    return np.minimum(2.0 * rate / (2.0 + rate), 1.0)


def odds(logit):
    """The probability with these log-odds."""
    return 1.0 / (1.0 + exp(-logit))


def dose(hours):
    """How hours act: log(1 + hours), within 3% up to four hours a month and flatter beyond."""
    return hours * (6.0 + 3.0 * hours) / (6.0 + hours * (6.0 + hours))


def arrives(s, f, week):
    """A customer signs in its week."""
    new = f[START] == week
    s[LIVE] = pick(new, 1.0, s[LIVE])
    s[AGE] = pick(new, 0.0, s[AGE] + s[LIVE])
    return new


def phase(s, a):
    """S1's phases, as conditions: renewal in a term's last quarter, onboarding until value comes or
    half a year has passed, expansion where use is established and nothing is wrong."""
    late = s[DUE] <= 13.0
    young = (s[VALUE] == 0.0) & (s[AGE] < 26.0)
    settled = (s[VALUE] > 0.0) & (s[AGE] - s[VALUE_AGE] >= 26.0) & (s[ENGAGEMENT] == 0.0)
    other = pick(settled & (s[FRICTION] == 0.0), float(EXPANSION), float(ADOPTION))
    later = pick(late & (s[AGE] >= 13.0), float(RENEWAL), other)
    return pick(young, float(ONBOARDING), later)


def hand_over(s, moved, gone, notes, key, moments, a):
    """A new contact knows less of the customer; notes that are passed on soften it (S0), and what
    somebody who left the company knew is lost besides. Returns 1 where that happened."""
    passed = (moved | gone) & (s[LIVE] > 0.0) & (s[AGE] > 0.0)
    if some(passed):
        noted = uniform(key, moments[U_NOTES]) < notes
        kept = pick(noted, a.kept_with_notes, a.kept_without_notes)
        kept = pick(gone, kept * (1.0 - a.lost_with_people), kept)
        s[KNOWN] = pick(passed, s[KNOWN] * kept, s[KNOWN])
    return pick(passed, 1.0, 0.0)


def ask(s, plan, u, a):
    """Work comes in pieces; the plan says how much on average. What waits is added."""
    size = np.maximum(plan, a.request_hours)
    s[REQUESTED] = pick((u * size < plan) & (s[LIVE] > 0.0), size, 0.0)
    s[BACKLOG] = s[BACKLOG] + s[REQUESTED]


def kind_of_work(s, a):
    """Friction that was noticed goes before its customer's phase."""
    return pick(s[FRICTION] >= a.friction_notice, 0.0, s[PHASE] + 1.0)


def receive(s, d, a):
    """Hours that reach the customer: specialised ones are worth more (S0), further contacts at once
    cost some; what is not done waits, and fades. Returns the hours used."""
    used = s[BACKLOG] * d[SHARE]
    s[HOURS] = (1.0 - 1.0 / a.hours_memory) * s[HOURS] + used * d[WORTH]
    s[FULFILLED] = s[FULFILLED] + (d[SHARE] - s[FULFILLED]) / a.service_memory
    s[BACKLOG] = (s[BACKLOG] - used) * (1.0 - a.work_fades)
    return used


def get_to_know(s, a):
    """Whoever serves a customer gets to know it; knowledge fades (S0)."""
    s[KNOWN] = s[KNOWN] + (1.0 - s[KNOWN]) * a.relearning * s[FULFILLED] - a.forgetting * s[KNOWN]


def reach_value(s, help_, u_running, u_value, a):
    """Time to value from hours, fit and form of onboarding (S1); a customer whom nobody knows takes
    longer (S0). Returns 1 where value came this week."""
    pace = exp(s[PACE] + a.hours_on_value * help_ + a.unknown_on_value * (1.0 - s[KNOWN]))
    age = s[AGE] + 0.5
    starts = np.minimum(np.maximum((age - 2.0) * (1.0 / 3.0), 0.0), 1.0)
    ripe = np.minimum(np.maximum((age - 9.0) * 0.125, 0.0), 1.0)
    valued = (s[VALUE] == 0.0) & (s[LIVE] > 0.0) & (u_value < chance(a.value_rate * ripe * pace))
    running = valued | ((u_running < chance(a.running_rate * starts * pace)) & (s[LIVE] > 0.0))
    s[VALUE_AGE] = pick(valued, s[AGE], s[VALUE_AGE])
    s[VALUE] = pick(valued, 1.0, s[VALUE])
    s[RUNNING] = pick(running, 1.0, s[RUNNING])
    return pick(valued, 1.0, 0.0)


def rub(s, f, d, help_, answered, u, a):
    """Friction comes and goes: hours protect and help, an answer ends it sooner (S1), CRE removes
    causes (S3), a team that connects to the departments speeds it up (S0)."""
    unknown = 1.0 - s[KNOWN]
    begins, lasts = s[FRICTION] * 0.0, s[FRICTION] * 0.0
    calm = (s[FRICTION] == 0.0) & (s[RUNNING] > 0.0)
    if some(calm):
        comes = a.fit_on_friction * f[X60] + a.hours_on_friction * help_
        comes = exp(comes + a.unknown_on_friction * unknown)
        comes = chance(a.friction_rate * d[FRICTION_FACTOR] * comes)
        begins = pick(calm & (u < comes), 1.0, 0.0)
    if some(s[FRICTION] > 0.0):
        ends = exp(a.hours_on_friction_end * help_ + a.answer_on_friction_end * answered)
        ends = chance(a.friction_end_rate * d[SPEED] * ends)
        lasts = pick((s[FRICTION] > 0.0) & (u >= ends), s[FRICTION] + 1.0, 0.0)
    s[FRICTION] = begins + lasts


def cool(s, f, d, help_, answered, reviewed, u, a):
    """Engagement falls in declines, which have causes (friction without an answer, nobody who knows
    the customer), are rarer with business reviews (S1) and a community (S3), and turn with hours."""
    begins, lasts = s[DECLINING] * 0.0, s[DECLINING] * 0.0
    calm = (s[RUNNING] > 0.0) & (s[ENGAGEMENT] == 0.0)
    if some(calm):
        causes = a.decline_rate + a.unknown_on_decline * (1.0 - s[KNOWN])
        hurts = pick(s[FRICTION] >= a.friction_notice, 1.0 - answered, 0.0)
        shield = a.fit_on_decline * f[X60] + a.review_on_decline * reviewed
        causes = (causes + a.friction_on_decline * hurts) * exp(shield + a.community_on_decline)
        begins = pick(calm & (s[DECLINING] == 0.0) & (u < chance(causes)), 1.0, 0.0)
    if some(s[DECLINING] > 0.0):
        turns = chance(a.recovery_rate * d[TURN] * exp(a.hours_on_recovery * help_))
        lasts = pick((s[DECLINING] > 0.0) & (u >= turns), 1.0, 0.0)
    s[DECLINING] = begins + lasts
    moved = s[ENGAGEMENT] + pick(s[DECLINING] > 0.0, -1.0, 2.0) * a.decline_step
    s[ENGAGEMENT] = np.minimum(np.maximum(moved, -a.decline_floor), 0.0)


def use(s, f, a):
    """Use of the product, as the log of the active share of seats against 40%."""
    level = a.usage_base + a.fit_on_usage * f[X60] + a.value_on_usage * s[VALUE] + s[LEVEL]
    level = level + pick(s[RUNNING] > 0.0, 0.0, a.setup_on_usage)
    level = level + pick(s[FRICTION] > 0.0, a.friction_on_usage, 0.0)
    return np.minimum(np.maximum(level + a.engagement_on_usage * s[ENGAGEMENT], -2.0), 1.0)


def leaving(s, f, usage, proposed, a):
    """Log-odds of leaving at a renewal: value, fit, use, engagement, a contact who knows the
    customer, and a usage proposal prepared in time (S1, S3)."""
    return (
        a.churn_base
        + f[SHIFT]
        + a.value_on_churn * s[VALUE]
        + a.fit_on_churn * f[X60]
        + a.usage_on_churn * usage
        + a.engagement_on_churn * s[ENGAGEMENT]
        + a.unknown_on_churn * (1.0 - s[KNOWN])
        + a.proposal_on_churn * proposed
    )


def renew(s, f, usage, proposed, u, u_level, a):
    """A contract's end: the customer leaves, goes on at a lower level, or goes on. Returns who
    decided and who left (0, 1), and the ARR lost by leaving, by a lower level, and won."""
    due = (s[DUE] <= 0.0) & (s[LIVE] > 0.0)
    s[DUE] = pick(due, s[DUE] + f[TERM], s[DUE])
    risk = odds(leaving(s, f, usage, proposed, a))
    leaves, stays = due & (u < risk), due & (u >= risk)
    lower = u_level < odds(a.contraction_base + a.usage_on_contraction * usage)
    dearer = pick(u_level > 1.0 - a.price_rise_share, 1.0 + a.price_rise, 1.0)
    factor = pick(lower, a.contraction_level, dearer)
    change = pick(stays, s[ARR] * (factor - 1.0), 0.0)
    lost = pick(leaves, s[ARR], 0.0)
    s[ARR] = pick(leaves, 0.0, s[ARR] + change)
    s[LIVE] = pick(leaves, 0.0, s[LIVE])
    s[BACKLOG] = pick(leaves, 0.0, s[BACKLOG])
    out = pick(leaves, 1.0, 0.0), lost, np.maximum(-change, 0.0), np.maximum(change, 0.0)
    return (pick(due, 1.0, 0.0), *out)


def between(least, most, u, chance_of):
    """A size from least to most for those whose number was below the chance: the same number, used
    again."""
    return least + (most - least) * u / np.maximum(chance_of, 1e-12)


def expand(s, f, d, usage, u_up, u_cross, a):
    """Upsell and a second product arise from use and value (S1) and from work that was done; a
    contact who covers what the customer lacks sees the second one (S0). Returns the ARR won."""
    done = 1.0 - a.proposal_on_expansion * (1.0 - s[FULFILLED])
    urge = done * exp(a.usage_on_expansion * usage + a.value_on_expansion * s[VALUE])
    up, cross = chance(a.upsell_rate * urge), chance(a.cross_sell_rate * urge * d[VISIBLE])
    calm = (s[LIVE] > 0.0) & (s[DUE] > 8.0) & (s[AGE] > 8.0)
    sold = calm & (u_up < up)
    more = pick(sold, s[ARR] * between(a.upsell_least, a.upsell_most, u_up, up), 0.0)
    second = calm & (f[SELLABLE] > 0.0) & (s[PRODUCTS] < 2.0) & (s[AGE] > 13.0) & (u_cross < cross)
    also = pick(
        second, s[ARR] * between(a.cross_sell_least, a.cross_sell_most, u_cross, cross), 0.0
    )
    s[PRODUCTS] = pick(second, 2.0, s[PRODUCTS])
    s[ARR] = s[ARR] + more + also
    return more + also


def before_work(s, moments, key, moved, gone, notes, plan, a):
    """The first half of a customer's week: contacts change, work comes in. Returns handoffs."""
    passed = hand_over(s, moved, gone, notes, key, moments, a)
    ask(s, plan, uniform(key, moments[U_REQUEST]), a)
    return passed


def after_work(s, f, d, moments, key, a):
    """The second half: what the work that was done, and all else, brings about.

    Returns what is recorded: hours used, value reached, decided, left, and ARR lost by leaving, by
    a lower level, and won.
    """
    used = receive(s, d, a)
    get_to_know(s, a)
    help_ = dose(s[HOURS])
    answered, reviewed = f[ANSWERED] * s[FULFILLED], f[REVIEWED] * s[FULFILLED]
    valued = s[VALUE] * 0.0
    if some(s[VALUE] == 0.0):
        u_running, u_value = uniform(key, moments[U_RUNNING]), uniform(key, moments[U_VALUE])
        valued = reach_value(s, help_, u_running, u_value, a)
    rub(s, f, d, help_, answered, uniform(key, moments[U_FRICTION]), a)
    cool(s, f, d, help_, answered, reviewed, uniform(key, moments[U_DECLINE]), a)
    usage = use(s, f, a)
    decided, left, lost, lower, higher = valued * 0.0, valued * 0.0, valued * 0.0, 0.0, 0.0
    s[DUE] = s[DUE] - 1.0
    if some(s[DUE] <= 0.0):
        proposed = f[PROPOSED] * s[FULFILLED]
        u, u_level = uniform(key, moments[U_RENEWAL]), uniform(key, moments[U_LEVEL])
        decided, left, lost, lower, higher = renew(s, f, usage, proposed, u, u_level, a)
    u_up, u_cross = uniform(key, moments[U_UPSELL]), uniform(key, moments[U_CROSS_SELL])
    won = higher + expand(s, f, d, usage, u_up, u_cross, a)
    return used, valued, decided, left, lost, lower, won


def first_half(state, fixed, key, seg, place, news, week, moments, terms, a, demand, records):
    """`before_work` for one customer after the other, as numba compiles it.

    `state` is by replication, customer and row, `fixed` by customer and row. `place` is
    (unit, share, worth, seat, visible) of the design, `news` who left and who came, by replication
    and seat, `terms` what holds for all this week (see WORTH ...). Adds to `demand`
    (replication, unit, kind of work) and `records` (replication, segment, what).
    """
    unit, share, _worth, seat, _visible = place
    gone, came = news
    for r in range(state.shape[0]):
        for c in range(state.shape[1]):
            s, f = state[r, c], fixed[c]
            new = arrives(s, f, week)
            if s[LIVE] == 0.0:
                continue
            old = int(s[PHASE])
            s[PHASE] = phase(s, a)
            now = int(s[PHASE])
            who = seat[c, now]
            moved = (seat[c, old] != who) | came[r, who]
            passed = before_work(
                s, moments, key[r, c], moved, gone[r, who], terms[NOTES], f[PLAN + now], a
            )
            kind = int(kind_of_work(s, a))
            for k in range(unit.shape[2]):
                demand[r, unit[c, now, k], kind] += s[BACKLOG] * share[c, now, k]
            row = records[r, seg[c]]
            row[ASKED] += s[REQUESTED]
            row[HANDOFFS] += passed
            row[NEW_ARR] += s[ARR] if new else 0.0


def second_half(state, fixed, key, seg, place, done, moments, terms, a, records):
    """`after_work` for one customer after the other; `done` is the share of the work that each
    team did, by replication, unit and kind."""
    unit, share, worth, _seat, visible = place
    d = terms.copy()
    for r in range(state.shape[0]):
        for c in range(state.shape[1]):
            s, f = state[r, c], fixed[c]
            if s[LIVE] == 0.0:
                continue
            now, kind = int(s[PHASE]), int(kind_of_work(s, a))
            d[SHARE], d[WORTH], d[VISIBLE] = 0.0, 0.0, visible[c]
            for k in range(unit.shape[2]):
                part = share[c, now, k] * done[r, unit[c, now, k], kind]
                d[SHARE] += part
                d[WORTH] += part * worth[c, now, k]
            d[WORTH] = d[WORTH] / d[SHARE] if d[SHARE] > 0.0 else 0.0
            used, valued, decided, left, lost, lower, won = after_work(
                s, f, d, moments, key[r, c], a
            )
            row = records[r, seg[c]]
            row[LIVE_NOW] += s[LIVE]
            row[ARR_NOW] += s[ARR]
            row[SERVED] += used
            row[WAITING] += s[BACKLOG]
            row[LEFT] += left
            row[LEFT_ARR] += lost
            row[EXPANDED_ARR] += won
            row[CONTRACTED_ARR] += lower
            row[VALUED] += valued
            row[RENEWALS] += decided
