"""Both scores: what the weights make of measures, and what a model learns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cstoolkit import health


@given(st.floats(0.1, 0.6), st.floats(0.1, 0.6))
def test_more_active_users_never_cost_points(one, other):
    found = health.points(pd.DataFrame({"active_share": [one, other]}), {"active_share": 1})[
        "score"
    ]
    assert (found[0] <= found[1]) == (one <= other) or found[0] == found[1]


def test_less_is_asked_of_a_customer_in_its_first_year():
    known = pd.DataFrame({"active_share": 0.2, "months": np.log1p([0.0, 6.0, 12.0, 40.0])})
    found = health.points(known, {"active_share": 1})["score"]
    assert found.tolist() == pytest.approx([100, 100 * 0.15 / 0.35, 20, 20])


def test_what_is_not_known_is_left_out_and_too_little_is_no_score():
    known = pd.DataFrame({"active_share": [0.6, np.nan], "value": [np.nan, 0.0]})
    found = health.points(known, {"active_share": 3, "value": 1})["score"]
    assert found[0] == 100 and np.isnan(found[1])


def test_weights_that_cannot_be_are_refused():
    known = pd.DataFrame({"active_share": [0.5]})
    for weights, says in (
        ({"hours": 1}, "weights is one of"),
        ({"active_share": -1}, "at least 0"),
        ({"active_share": 0}, "no measure that is known"),
    ):
        with pytest.raises(ValueError, match=says):
            health.points(known, weights)


@pytest.fixture(scope="module")
def learned():
    rng = np.random.default_rng(0)
    known = pd.DataFrame(
        {"active_share": rng.random(3000), "said": rng.poisson(2, 3000).astype(float)}
    )
    known["onboarding"] = rng.choice(["free", "paid"], 3000)
    known.loc[::7, "said"] = np.nan
    odds = 1 - 4 * known["active_share"] + (known["onboarding"] == "paid")
    return known, pd.Series(rng.random(3000) < 1 / (1 + np.exp(-odds))), odds


def test_the_evidence_recovers_what_made_it(learned):
    known, churned, odds = learned
    model = health.fit(known, churned)
    risk = model.risk(known)
    assert abs(risk.mean() - churned.mean()) < 0.005
    assert np.corrcoef(np.log(risk / (1 - risk)), odds)[0, 1] > 0.97
    assert model.decisions == 3000 and model.churned == churned.sum()


def test_reasons_add_up_to_the_log_odds(learned):
    known, churned, _ = learned
    model = health.fit(known, churned)
    risk = model.risk(known)
    apart = np.log(risk / (1 - risk)) - model.reasons(known).sum(axis=1)
    assert np.ptp(apart) < 1e-9


def test_trees_never_call_more_use_a_risk(learned):
    known, churned, _ = learned
    model = health.fit(known.drop(columns="onboarding"), churned, kind="boosting")
    grid = pd.DataFrame({"active_share": np.linspace(0, 1, 50), "said": 2.0})
    assert (np.diff(model.risk(grid)) <= 1e-12).all()
    with pytest.raises(ValueError, match="by 'logistic'"):
        model.reasons(grid)


def test_too_little_to_learn_from_is_said(learned):
    known, churned, _ = learned
    with pytest.raises(ValueError, match=r"of 20 decisions .* a model needs 60"):
        health.fit(known[:20], churned[:20])


def test_a_measure_that_never_changes_is_left_out(learned):
    known, churned, _ = learned
    assert "flat" not in health.fit(known.assign(flat=1.0), churned).columns
