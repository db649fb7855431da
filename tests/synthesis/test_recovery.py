"""Does an independent estimator find what was planted, and nothing where nothing was?

The estimators stand in conftest.py. Small worlds, fixed seeds.
"""

from __future__ import annotations

import pytest
from scipy.stats import binom

SEEDS = range(20)
NULLS = {
    "value": {
        "fit_on_value",
        "paid_on_value",
        "self_on_value",
        "handoff_on_value",
        "notes_win_back",
    },
    "churn": {
        "value_on_churn",
        "fit_on_churn",
        "usage_on_churn",
        "handoff_on_churn",
        "engagement_on_churn",
        "proposal_on_churn",
    },
    "contraction": {"usage_on_contraction"},
    "usage": {"value_on_usage", "fit_on_usage", "first_on_usage"},
    "upsell": {"usage_on_expansion", "value_on_expansion"},
    "cross_sell": {"usage_on_expansion", "value_on_expansion"},
    "stall": {"fit_on_stall", "hours_on_stall", "handoff_on_stall"},
    "stall_end": {"hours_on_stall_end", "response_on_stall_end"},
    "decline": {"fit_on_decline", "review_on_decline"},
    "recovery": {"hours_on_recovery"},
}
"""By estimator, what it finds that is not 0 as published."""
ZERO = {"churn": {"story_on_churn"}, "decline": {"community_on_decline"}}
"""What is 0 as published, and looks otherwise where its confounder is left out."""
TOGETHER = (
    ("value", "contraction", "usage"),
    ("churn", "stall", "stall_end"),
    ("upsell", "cross_sell", "decline", "recovery"),
)
"""Estimators whose effects are set to zero in one run; all others stay as published, so that every
confounder is still there. Those of usage are set to zero with those of value: fit confounds use
after value only where it acts on use, and that effect is among the zeros."""


def intervals(estimated, topic, name, *, zero=False):
    """One row a seed: low, high and truth of one effect."""
    together = next(group for group in TOGETHER if topic in group) if zero else tuple(NULLS)
    nothing = {each for own in together for each in NULLS[own]} if zero else set()
    return estimated(together, tuple(sorted(nothing)), SEEDS)[topic].query("name == @name")


EFFECTS = [(topic, name) for topic, names in NULLS.items() for name in sorted(names)] + [
    ("value", "hours_on_value")
]
NOTHING = [(topic, name) for topic, names in ZERO.items() for name in sorted(names)]
ALLOWED = int(binom.ppf(0.997, len(SEEDS), 0.05))
"""How many of the intervals may miss the truth by chance: more do once in 300 times."""


@pytest.mark.parametrize(("topic", "name"), EFFECTS)
def test_intervals_cover_the_published_effect(estimated, topic, name):
    found = intervals(estimated, topic, name)
    covered = ((found["low"] <= found["truth"]) & (found["truth"] <= found["high"])).sum()
    assert len(found) == len(SEEDS)
    assert covered >= len(SEEDS) - ALLOWED, f"{name}: {covered} of {len(SEEDS)}\n{found}"


@pytest.mark.parametrize(("topic", "name"), [pair for pair in EFFECTS if pair[1] in NULLS[pair[0]]])
def test_an_effect_set_to_zero_is_not_found_more_often_than_chance(estimated, topic, name):
    found = intervals(estimated, topic, name, zero=True)
    reported = ((found["low"] > 0) | (found["high"] < 0)).sum()
    assert reported <= ALLOWED, f"{name}: {reported} where chance allows {ALLOWED}\n{found}"


@pytest.mark.parametrize(("topic", "name"), NOTHING)
def test_what_was_published_as_nothing_is_not_found(estimated, topic, name):
    found = intervals(estimated, topic, name)
    reported = ((found["low"] > 0) | (found["high"] < 0)).sum()
    assert reported <= ALLOWED, f"{name}: {reported} where chance allows {ALLOWED}\n{found}"


@pytest.mark.parametrize(
    "name",
    [
        "fit_on_value",
        "value_on_churn",
        "value_on_usage",
        "engagement_on_churn",
        "handoff_on_stall",
    ],
)
def test_the_main_effects_are_large_enough_to_be_found(estimated, name):
    topic = next(topic for topic, names in NULLS.items() if name in names)
    found = intervals(estimated, topic, name)
    reported = ((found["low"] > 0) | (found["high"] < 0)).sum()
    assert reported >= 10, f"{name}: found in {reported} of {len(SEEDS)}"
