"""The random numbers and the arithmetic of the mechanisms."""

from __future__ import annotations

import numpy as np
import pytest

from cstoolkit.simulator import Assumptions, engine
from cstoolkit.simulator import mechanisms as m


def draws(week, stream, many=200_000):
    key = m.mixed(np.arange(many, dtype=np.uint64) * np.uint64(m.GAMMA))
    return m.uniform(key, engine.moments(week)[stream])


def test_draws_are_uniform_and_unrelated():
    one, other, later = draws(0, 0), draws(0, 1), draws(1, 0)
    for each in (one, other, later):
        assert each.min() >= 0 and each.max() < 1
        shares = np.bincount((each * 20).astype(int), minlength=20) / len(each)
        assert np.abs(shares - 0.05).max() < 0.003
    table = np.corrcoef([one, other, later, np.roll(one, 1)])
    assert np.abs(table - np.eye(4)).max() < 0.01


def test_the_exponential_is_right():
    x = np.linspace(-8, 8, 1001)
    assert np.abs(m.exp(x) / np.exp(x) - 1).max() < 1e-7
    near = np.linspace(-3, 3, 1001)
    assert np.abs(m.exp(near) / np.exp(near) - 1).max() < 1e-9
    assert np.isfinite(m.exp(np.array([-1e9, 1e9]))).all()


def test_chances_odds_and_doses():
    rate = np.linspace(0, 0.5, 101)
    assert np.abs(m.chance(rate) - (1 - np.exp(-rate))).max() < 0.008
    assert m.chance(5.0) == 1
    assert m.odds(0.0) == 0.5 and m.odds(-19.0) < 1e-8
    hours = np.linspace(0, 4, 41)
    assert np.allclose(m.dose(hours), np.log1p(hours), rtol=0.03, atol=1e-9)


def customer(**rows):
    s = np.zeros((m.STATES, 1))
    s[m.LIVE], s[m.KNOWN], s[m.AGE], s[m.DUE] = 1, 1, 30, 40
    for name, value in rows.items():
        s[getattr(m, name)] = value
    return s


@pytest.mark.parametrize(
    ("rows", "phase"),
    [
        ({"AGE": 3}, m.ONBOARDING),
        ({"AGE": 26}, m.ADOPTION),
        ({"VALUE": 1, "VALUE_AGE": 20}, m.ADOPTION),
        ({"VALUE": 1, "AGE": 60, "VALUE_AGE": 20}, m.EXPANSION),
        ({"VALUE": 1, "AGE": 60, "VALUE_AGE": 20, "FRICTION": 2}, m.ADOPTION),
        ({"VALUE": 1, "AGE": 60, "VALUE_AGE": 20, "DUE": 13}, m.RENEWAL),
    ],
)
def test_phases_follow_from_what_is_so(rows, phase):
    assert m.phase(customer(**rows), Assumptions()) == phase


@pytest.mark.parametrize(("u", "gone", "left"), [(0, 0, 0.75), (0.99, 0, 0.2), (0.99, 1, 0.14)])
def test_a_handoff_costs_knowledge_and_notes_soften_it(monkeypatch, u, gone, left):
    monkeypatch.setattr(m, "uniform", lambda key, moment: u)
    s, yes = customer(), np.array([True])
    passed = m.hand_over(s, yes, yes * bool(gone), 0.7, None, np.zeros(20), Assumptions())
    assert passed == 1 and s[m.KNOWN] == pytest.approx(left)


def test_leaving_follows_value_use_engagement_and_knowledge():
    a, f = Assumptions(), np.zeros((m.FIXED, 1))
    base = m.leaving(customer(), f, 0.0, 0.0, a)
    assert m.leaving(customer(VALUE=1), f, 0.0, 0.0, a) < base
    assert m.leaving(customer(), f, 0.5, 0.0, a) < base
    assert m.leaving(customer(ENGAGEMENT=-1), f, 0.0, 0.0, a) > base
    assert m.leaving(customer(KNOWN=0), f, 0.0, 0.0, a) > base
    assert m.leaving(customer(), f, 0.0, 1.0, a) < base


def test_a_decline_goes_down_to_its_floor_and_comes_back():
    a, f, d = Assumptions(), np.zeros((m.FIXED, 1)), np.ones(8)
    s = customer(RUNNING=1, DECLINING=1)
    for _ in range(60):
        m.cool(s, f, d, 0.0, 0.0, 0.0, 0.999, a)
    assert s[m.ENGAGEMENT] == -a.decline_floor
    m.cool(s, f, d, 0.0, 0.0, 0.0, 0.0, a)
    assert s[m.DECLINING] == 0 and s[m.ENGAGEMENT] > -a.decline_floor


def test_sizes_spread_evenly_between_their_ends():
    u, sold = draws(0, 0), 0.25
    sizes = m.between(0.1, 0.5, u[u < sold], sold)
    assert sizes.min() >= 0.1 and sizes.max() < 0.5
    assert abs(sizes.mean() - 0.3) < 4 * 0.4 / np.sqrt(12 * len(sizes))


@pytest.mark.parametrize(("u", "arr"), [(0.0, 60.0), (0.7, 110.0), (0.3, 100.0)])
def test_a_renewal_is_lower_dearer_or_as_before(u, arr):
    a = Assumptions(
        churn_base=-60, contraction_base=-1, contraction_level=0.6, price_rise=0.1,
        price_rise_share=0.5,
    )  # fmt: skip
    s, f = customer(DUE=0, ARR=100), np.zeros((m.FIXED, 1))
    f[m.TERM] = 52
    m.renew(s, f, np.zeros(1), 0.0, np.array([0.5]), np.array([u]), a)
    assert s[m.ARR] == pytest.approx(arr) and s[m.DUE] == 52
