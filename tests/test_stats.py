"""Statistics that topics share, against scipy, statsmodels, scikit-learn and brute force."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, mannwhitneyu, norm, quantile_test
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from cstoolkit import stats


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
def test_z_is_the_normal_quantile(level):
    assert stats.z(level) == pytest.approx(norm.ppf((1 + level) / 2))


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, float("nan")])
def test_a_level_is_a_share(level):
    with pytest.raises(ValueError, match="level is a share between 0 and 1, got .* write 0.95"):
        stats.z(level)
    for call in (
        lambda: stats.wilson(1, 2, level),
        lambda: stats.rate_ratio(1, 1, 1, 1, level),
        lambda: stats.median_interval([1, 2], level),
        lambda: stats.clustered_share([True, False], [1, 2], level),
        lambda: stats.delta_interval(0.0, [1], [[1]], level),
    ):
        with pytest.raises(ValueError, match="level is a share"):
            call()


@given(st.integers(1, 400), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_is_that_of_statsmodels_and_scipy(size, data, level):
    events = data.draw(st.integers(0, size))
    found = stats.wilson(events, size, level)
    assert found[0] == events / size
    expected = proportion_confint(events, size, alpha=1 - level, method="wilson")
    assert found[1:] == pytest.approx(expected, abs=1e-12)
    exact = binomtest(events, size).proportion_ci(level, method="wilson")
    assert found[1:] == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_wilson_takes_arrays_and_is_missing_where_there_is_nobody():
    share, low, high = stats.wilson([0, 3, 0], [10, 4, 0])
    assert share[:2].tolist() == [0, 0.75]
    assert np.isnan([share[2], low[2], high[2]]).all()
    assert low[0] == 0 and 0 < high[0] < 1


def test_a_clustered_share_uses_the_cluster_robust_variance():
    rng = np.random.default_rng(1)
    cluster = rng.integers(0, 60, 400)
    yes = rng.random(400) < rng.random(60)[cluster]
    share, low, high = stats.clustered_share(yes, cluster)
    robust = sm.OLS(yes.astype(float), np.ones(400)).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    size = share * (1 - share) / robust.bse[0] ** 2
    assert share == yes.mean() and size < 400
    assert (low, high) == pytest.approx(
        proportion_confint(share * size, size, method="wilson"), abs=1e-9
    )


def test_a_clustered_share_of_rows_that_stand_alone_or_come_in_copies():
    yes = [True, False, True, True]
    alone = stats.clustered_share(yes, list("abcd"))
    assert alone == pytest.approx([float(x) for x in stats.wilson(3, 4)])
    # Four copies of each row tell no more than one.
    assert stats.clustered_share(np.repeat(yes, 4), np.repeat(list("abcd"), 4)) == pytest.approx(
        alone
    )
    assert stats.clustered_share([True, True], [1, 1])[0] == 1
    assert np.isnan(stats.clustered_share([], [])).all()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.sampled_from([0.8, 0.95]))
def test_a_median_interval_is_that_of_scipy(values, level):
    median, low, high = stats.median_interval(values, level)
    assert median == np.median(values)
    limits = quantile_test(values, q=0, p=0.5).confidence_interval(level)
    assert [low, high] == pytest.approx([limits.low, limits.high], nan_ok=True)


def test_a_median_interval_needs_enough_values():
    assert stats.median_interval(range(1, 101))[1:] == (40, 61)
    assert np.isnan(stats.median_interval([1.0, 2])[1:]).all()
    assert np.isnan(stats.median_interval([])).all()


@pytest.mark.parametrize(
    ("before", "time_before", "now", "time_now"),
    [(10, 100, 20, 100), (3, 50, 1, 200), (0, 10, 5, 20), (4, 10, 0, 20)],
)
def test_a_rate_ratio_has_the_exact_limits_of_the_binomial(before, time_before, now, time_now):
    found = stats.rate_ratio(before, time_before, now, time_now)
    share = binomtest(now, before + now).proportion_ci(method="exact")
    with np.errstate(divide="ignore"):
        expected = [
            np.float64(now) / time_now / (np.float64(before) / time_before),
            *(
                np.float64(p) / (1 - np.float64(p)) * time_before / time_now
                for p in (share.low, share.high)
            ),
        ]
    assert np.allclose(found, expected)


def test_a_rate_ratio_of_nothing_is_missing():
    for row in ((0, 10, 0, 10), (1, 0, 1, 10), (1, 10, 1, 0)):
        assert np.isnan(stats.rate_ratio(*row)).all()


def test_the_delta_method_gives_the_interval_of_a_contrast():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 3))
    fitted = sm.OLS(x @ [1.0, 2.0, -1.0] + rng.normal(size=200), x).fit()
    weights = np.array([1.0, -0.5, 2.0])
    found = stats.delta_interval(weights @ fitted.params, weights, fitted.cov_params(), 0.9)
    tested = fitted.t_test(weights, use_t=False)
    assert found == pytest.approx((tested.effect[0], *tested.conf_int(0.1)[0]))


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.booleans()),
        min_size=4,
        max_size=60,
    ).filter(lambda rows: 2 <= sum(yes for _, yes in rows) <= len(rows) - 2)
)
def test_auc_is_that_of_scikit_learn_with_delongs_variance(rows):
    score = np.array([value for value, _ in rows], float)
    outcome = np.array([yes for _, yes in rows])
    found = stats.auc(score, outcome)
    assert found.value == pytest.approx(roc_auc_score(outcome, score))
    pairs = mannwhitneyu(score[outcome], score[~outcome]).statistic
    assert found.value == pytest.approx(pairs / (found.yes * found.no))
    wins = np.sign(score[outcome][:, None] - score[~outcome]) / 2 + 0.5
    variance = sum(wins.mean(axis=axis).var(ddof=1) / wins.shape[1 - axis] for axis in (0, 1))
    half = norm.ppf(0.975) * np.sqrt(variance)
    assert (found.low, found.high) == pytest.approx(
        (max(found.value - half, 0), min(found.value + half, 1))
    )


def test_auc_turns_round_with_the_score_and_covers_the_truth():
    rng = np.random.default_rng(3)
    truth, covered, seen = norm.cdf(1 / np.sqrt(2)), 0, 200
    for _ in range(seen):
        outcome = np.arange(150) < 50
        score = rng.normal(size=150) + outcome
        found, flipped = stats.auc(score, outcome), stats.auc(-score, outcome)
        assert flipped.value == pytest.approx(1 - found.value)
        assert flipped.p_value == pytest.approx(found.p_value)
        covered += found.low <= truth <= found.high
    assert 0.9 * seen < covered < seen
    coin = stats.auc(rng.normal(size=200), np.arange(200) % 2 == 0)
    assert coin.low < 0.5 < coin.high and coin.p_value > 0.05


def test_auc_needs_both_outcomes():
    with pytest.raises(ValueError, match="the outcome came in 3 of 3 cases"):
        stats.auc(np.arange(3.0), np.ones(3, bool))
