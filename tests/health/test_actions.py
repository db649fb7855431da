"""What records say of acting, and what a trial needs."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from cstoolkit import health


def test_calls_to_the_weak_look_harmful_until_like_is_compared_with_like(made):
    plain, fair = health.acting(made).to_dict("records")
    assert plain["low"] > 0, "who was called churned more"
    assert fair["low"] < 0 < fair["high"], "among like customers it makes no difference"
    assert abs(fair["difference"]) < abs(plain["difference"])


def test_too_few_tell_nothing(made):
    with pytest.raises(ValueError, match="kind is one of"):
        health.acting(made, "success_story")
    with pytest.raises(ValueError, match="lead"):
        health.acting(made, lead=10)


@pytest.mark.parametrize(
    ("churn", "saved", "power"), [(0.2, 0.25, 0.8), (0.1, 0.5, 0.9), (0.5, 0.3, 0.5)]
)
def test_the_size_of_a_trial_is_that_of_statsmodels(churn, saved, power):
    effect = proportion_effectsize(churn, churn * (1 - saved))
    oracle = NormalIndPower().solve_power(effect, alpha=0.05, power=power)
    assert health.trial_size(churn, saved, power=power) == pytest.approx(oracle, rel=0.03)


def test_a_sign_has_its_base_rate(made):
    table = health.signs(made)
    first = table.iloc[0]
    rows = health.settled(made)
    churned = rows["churned"]
    both = first["of_churned"] * churned.sum() + first["of_stayed"] * (~churned).sum()
    assert both == pytest.approx(first["with_sign"])
    assert np.isfinite(table["ratio"]).all() and table["ratio"].is_monotonic_decreasing
