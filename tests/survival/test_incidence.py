"""Cumulative incidence against statsmodels and lifelines."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter
from statsmodels.duration.survfunc import CumIncidenceRight

from cstoolkit import survival

NAMES = np.array(["open", "value", "churned"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), min_size=2, max_size=60))
def test_shares_and_standard_errors_equal_statsmodels(table):
    days, code = (np.array(column) for column in zip(*table))
    # statsmodels returns as many causes as the highest number met: two at least here.
    days, code = np.r_[days, 20], np.r_[code, 2]
    with np.errstate(all="ignore"):
        theirs = CumIncidenceRight(days, code)
    ours = survival.incidence(days, NAMES[code])
    met = ours[ours["day"].isin(theirs.times)]
    for k, (share, se) in enumerate([("share", "se"), ("churned_share", "churned_se")]):
        np.testing.assert_allclose(met[share], theirs.cinc[k], atol=1e-10)
        with np.errstate(all="ignore"):
            known = np.isfinite(theirs.cinc_se[k])
        # Their variance is a difference of large sums: at 0 it may leave the square root of rounding.
        np.testing.assert_allclose(met[se][known] ** 2, theirs.cinc_se[k][known] ** 2, atol=1e-12)
    np.testing.assert_allclose(
        ours[["share", "churned_share", "open_share"]].sum(axis=1), 1, atol=1e-12
    )


def test_limits_equal_lifelines_without_ties_between_causes():
    rng = np.random.default_rng(6)
    days = rng.permutation(np.arange(1, 121))
    code = rng.integers(0, 3, 120)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k, prefix in [(1, ""), (2, "churned_")]:
            fitted = AalenJohansenFitter().fit(days, code, event_of_interest=k)
            ours = survival.incidence(days, NAMES[code])
            np.testing.assert_allclose(
                ours[f"{prefix}share"], fitted.cumulative_density_.iloc[:, 0], atol=1e-10
            )
            limits = fitted.confidence_interval_.to_numpy()
            inside = np.isfinite(limits).all(axis=1)
            assert inside.sum() > 100
            np.testing.assert_allclose(
                ours[[f"{prefix}high", f"{prefix}low"]].to_numpy()[inside],
                np.sort(limits[inside])[:, ::-1],
                atol=1e-10,
            )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=50))
def test_without_churn_it_is_the_curve(table):
    days, observed = (np.array(column) for column in zip(*table))
    ours = survival.incidence(days, np.where(observed, "value", "open"))
    plain = survival.curve(days, observed)
    np.testing.assert_allclose(ours["share"], plain["share"], atol=1e-12)
    assert (ours["churned_share"] == 0).all() and (ours["churned_high"] == 0).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=50))
def test_with_everybody_followed_to_the_end_it_is_a_proportion(outcome):
    """Closed form: with nobody open, the last share is binomial."""
    code = np.array(outcome) % 2 + 1
    last = survival.incidence(np.arange(len(code)), NAMES[code]).iloc[-1]
    p, n = np.mean(code == 1), len(code)
    assert last["share"] == pytest.approx(p, abs=1e-12)
    assert last["se"] ** 2 == pytest.approx(p * (1 - p) / n, abs=1e-12)


def test_counting_churn_as_not_yet_overstates_the_share_with_value():
    days, outcome = [10, 20, 30, 40], ["churned", "value", "churned", "value"]
    assert survival.incidence(days, outcome)["share"].iloc[-1] == pytest.approx(0.5)
    assert survival.curve(days, np.array(outcome) == "value")["share"].iloc[-1] == 1


def test_groups_are_their_own_and_types_do_not_matter():
    rng = np.random.default_rng(7)
    days, code, by = rng.integers(0, 90, 400), rng.integers(0, 3, 400), rng.integers(0, 4, 400)
    ours = survival.incidence(
        days, pd.Categorical(NAMES[code], categories=["churned", "value", "open", "unused"]), by
    )
    for name in range(4):
        alone = ours[ours["group"] == name].drop(columns="group").reset_index(drop=True)
        pd.testing.assert_frame_equal(
            alone, survival.incidence(days[by == name], pd.Series(NAMES[code][by == name]))
        )


def test_quantiles_read_the_share_of_all_customers():
    table = survival.incidence([10, 20, 30, 40], ["churned", "value", "churned", "value"])
    assert survival.quantile(table, 0.25)["days"].item() == 20
    assert survival.share_by(table, 25)["share"].item() == pytest.approx(0.25)


@pytest.mark.parametrize("wrong", ["lost", None, "Value"])
def test_unknown_outcomes_are_named(wrong):
    outcome = ["value", wrong, "open"]
    for given_as in (outcome, pd.Series(outcome), pd.Series(outcome).astype("category")):
        with pytest.raises(
            ValueError, match="one of open, value, churned; got .* in row 1 .*1 such rows"
        ):
            survival.incidence([1, 2, 3], given_as)


def test_lengths_and_days_are_checked():
    with pytest.raises(ValueError, match="days has 2, outcome has 1"):
        survival.incidence([1, 2], ["value"])
    with pytest.raises(ValueError, match="days has -1"):
        survival.incidence([-1], ["value"])
    with pytest.raises(ValueError, match="days is empty"):
        survival.incidence([], [])
