"""Log-rank tests and restricted means against statsmodels, lifelines and closed forms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import restricted_mean_survival_time
from statsmodels.duration.survfunc import survdiff

from cstoolkit import survival

# Written by lifelines about its own use of pandas.
pytestmark = pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0")

ROWS = 600


def some_rows(seed, groups, layers=1):
    rng = np.random.default_rng(seed)
    days = rng.geometric(0.02, ROWS)
    return (
        days,
        rng.random(ROWS) < 0.6,
        rng.integers(0, groups, ROWS),
        rng.integers(0, layers, ROWS),
    )


@pytest.mark.parametrize("groups", [2, 3, 7])
def test_statistic_equals_statsmodels_and_lifelines(groups):
    days, observed, by, _ = some_rows(groups, groups)
    ours = survival.logrank(days, observed, by)
    statistic, p_value = survdiff(days, observed.astype(int), by)
    assert ours.statistic == pytest.approx(statistic, rel=1e-10)
    assert ours.p_value == pytest.approx(p_value, rel=1e-9)
    assert ours.dof == groups - 1
    assert ours.statistic == pytest.approx(
        multivariate_logrank_test(days, by, observed).test_statistic, rel=1e-10
    )


@pytest.mark.parametrize("groups", [2, 4])
def test_stratified_statistic_equals_statsmodels(groups):
    days, observed, by, strata = some_rows(10 + groups, groups, layers=5)
    ours = survival.logrank(days, observed, by, strata=pd.Series(strata).map(str))
    statistic, p_value = survdiff(days, observed.astype(int), by, strata=strata)
    assert ours.statistic == pytest.approx(statistic, rel=1e-10)
    assert ours.p_value == pytest.approx(p_value, rel=1e-9)
    assert ours.groups["observed"].sum() == observed.sum()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 2)), min_size=4, max_size=50
    )
)
def test_any_rows_equal_statsmodels_where_it_has_an_answer(table):
    days, observed, by = (np.array(column) for column in zip(*table))
    ours = survival.logrank(days, observed, by)
    assert ours.groups["observed"].sum() == pytest.approx(ours.groups["expected"].sum())
    assert ours.groups["customers"].sum() == len(days)
    assume(ours.dof == len(np.unique(by)) - 1 and ours.dof > 0)
    statistic, _ = survdiff(days, observed.astype(int), by)
    assert ours.statistic == pytest.approx(statistic, rel=1e-8, abs=1e-10)


def test_strata_take_away_a_difference_that_is_theirs():
    """Paid onboarding is bought by well-fitting customers, and fit alone makes them quick."""
    rng = np.random.default_rng(8)
    fit = rng.integers(0, 2, 4000)
    paid = rng.random(4000) < np.where(fit == 1, 0.8, 0.2)
    days = rng.geometric(np.where(fit == 1, 0.05, 0.01))
    observed = np.ones(4000, bool)
    assert survival.logrank(days, observed, paid).p_value < 1e-6
    assert survival.logrank(days, observed, paid, strata=fit).p_value > 0.01


def test_a_group_without_anyone_at_risk_adds_no_degree_of_freedom():
    days, observed, by = (
        [5, 6, 7, 9, 1, 2],
        [1, 1, 1, 0, 0, 0],
        ["a", "b", "a", "b", "gone", "gone"],
    )
    ours = survival.logrank(days, observed, by)
    assert ours.dof == 1
    assert ours.statistic == pytest.approx(
        survival.logrank(days[:4], observed[:4], by[:4]).statistic
    )
    assert ours.groups.set_index("group").loc["gone", "expected"] == 0


def test_nothing_to_compare_is_said():
    for days, observed, by in [([3, 4], [0, 0], [0, 1]), ([3, 4], [1, 1], [0, 0]), ([3], [1], [0])]:
        ours = survival.logrank(days, observed, by)
        assert ours.dof == 0 and np.isnan(ours.p_value)
        assert "no day on which groups could be compared" in str(ours)


def test_groups_that_never_meet_are_counted_by_rank():
    """Two pairs of groups in two strata: four groups, but only two comparisons."""
    days, observed = [3, 5, 4, 6, 3, 8, 9, 7], [1] * 8
    by, strata = ["a", "a", "b", "b", "c", "c", "d", "d"], [0, 0, 0, 0, 1, 1, 1, 1]
    ours = survival.logrank(days, observed, by, strata)
    apart = [
        survival.logrank(days[s], observed[s], by[s]).statistic for s in (slice(0, 4), slice(4, 8))
    ]
    assert ours.dof == 2
    assert ours.statistic == pytest.approx(sum(apart))


def test_order_of_rows_and_names_do_not_matter():
    days, observed, by, _ = some_rows(3, 4)
    order = np.random.default_rng(0).permutation(ROWS)
    renamed = np.array(["d", "a", "c", "b"])[by]
    expected = survival.logrank(days, observed, by).statistic
    assert survival.logrank(
        days[order], observed[order], renamed[order]
    ).statistic == pytest.approx(expected, rel=1e-12)


def test_logrank_needs_groups():
    with pytest.raises(ValueError, match="compares groups"):
        survival.logrank([1], [True], None)
    with pytest.raises(ValueError, match="strata is missing in 1 rows"):
        survival.logrank([1, 2], [True, True], ["a", "b"], strata=["x", None])
    with pytest.raises(ValueError, match="strata has 1"):
        survival.logrank([1, 2], [True, True], ["a", "b"], strata=["x"])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=50),
    st.integers(1, 30),
)
def test_restricted_mean_equals_lifelines(table, until):
    days, observed = zip(*table)
    assume(until <= max(days))
    ours = survival.restricted_mean(days, observed, until=until)["mean"].item()
    theirs = restricted_mean_survival_time(KaplanMeierFitter().fit(days, observed), t=until)
    assert ours == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=50), st.integers(1, 80))
def test_without_censoring_it_is_the_mean_of_capped_days(days, until):
    """Closed form, standard error included: the mean of min(days, until) and its binomial-type variance."""
    capped = np.minimum(days, until)
    ours = survival.restricted_mean(days, [True] * len(days), until=until).iloc[0]
    assert ours["mean"] == pytest.approx(capped.mean(), abs=1e-10)
    assert ours["se"] == pytest.approx(capped.std() / np.sqrt(len(days)), abs=1e-8)


def test_standard_error_equals_the_written_formula():
    days, observed, by, _ = some_rows(5, 3)
    ours = survival.restricted_mean(days, observed, by, until=50)
    for row in ours.itertuples():
        d, o = days[by == row.group], observed[by == row.group]
        variance, share_at = 0.0, KaplanMeierFitter().fit(d, o)
        for t in np.unique(d[o]):
            if t < 50:
                n, events = (d >= t).sum(), (d[o] == t).sum()
                ahead = sum(share_at.predict(u) for u in range(t, 50))
                variance += ahead**2 * events / (n * (n - events))
        assert row.se == pytest.approx(np.sqrt(variance), rel=1e-10)


def test_difference_interval_covers_the_truth():
    """Geometric days, whose restricted means are known: over 40 seeds the 95% interval covers at least 34 times."""
    until, covered = 60, 0

    def truth(p):
        return (1 - (1 - p) ** until) / p

    by = np.repeat(["free", "paid"], 400)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        days = rng.geometric(np.where(by == "paid", 0.05, 0.03))
        stop = rng.integers(60, 120, 800)
        row = (
            survival.restricted_mean(np.minimum(days, stop), days <= stop, by, until=until)
            .set_index("group")
            .loc["paid"]
        )
        covered += row["difference_low"] <= truth(0.05) - truth(0.03) <= row["difference_high"]
    assert covered >= 34


def test_differences_are_against_the_group_named():
    days, observed, by, _ = some_rows(6, 3)
    names = np.array(["free", "paid", "self"])[by]
    ours = survival.restricted_mean(days, observed, names, until=90, against="paid").set_index(
        "group"
    )
    assert ours.loc["paid", ["difference", "p_value"]].isna().all()
    gap = ours.loc["self", "mean"] - ours.loc["paid", "mean"]
    assert ours.loc["self", "difference"] == pytest.approx(gap)
    with pytest.raises(
        ValueError,
        match="against is 'gold', which is no group here. Groups: 'free', 'paid', 'self'",
    ):
        survival.restricted_mean(days, observed, names, until=90, against="gold")


def test_nobody_is_followed_beyond_the_last_day():
    days, observed, by = [10, 30, 12, 20], [1, 0, 1, 0], ["a", "a", "b", "b"]
    assert survival.restricted_mean(days, observed, by)["until"].tolist() == [20, 20]
    with pytest.raises(
        ValueError, match="customers of group 'b' were followed to day 20 only.*until=20 or less"
    ):
        survival.restricted_mean(days, observed, by, until=25)
    with pytest.raises(ValueError, match="whole number of days above 0"):
        survival.restricted_mean(days, observed, by, until=0)
    done = survival.restricted_mean([10, 20], [1, 1], until=100)
    assert done["mean"].item() == 15


def test_rows_of_one_customer_are_not_two_witnesses():
    """Every row twice: the same mean, and with the customer named the same error as once; unnamed it looks surer."""
    rng = np.random.default_rng(3)
    days, group = rng.integers(1, 300, 400), rng.choice(["a", "b"], 400)
    observed = rng.random(400) < 0.8
    once = survival.restricted_mean(days, observed, group, until=200)
    twice = [np.repeat(each, 2) for each in (days, observed, group)]
    who = np.repeat(np.arange(400), 2)
    named = survival.restricted_mean(*twice, until=200, cluster=who)
    alone = survival.restricted_mean(*twice, until=200)
    assert named["mean"].to_numpy() == pytest.approx(once["mean"].to_numpy())
    assert named["se"].to_numpy() == pytest.approx(once["se"].to_numpy(), rel=0.02)
    assert alone["se"].to_numpy() == pytest.approx(once["se"].to_numpy() / 2**0.5, rel=0.02)
    widths = [table["difference_high"][1] - table["difference_low"][1] for table in (named, once)]
    assert widths[0] == pytest.approx(widths[1], rel=0.02)
    single = survival.restricted_mean(days, observed, until=200, cluster=np.arange(400))
    assert single["se"][0] == pytest.approx(
        survival.restricted_mean(days, observed, until=200)["se"][0], rel=0.02
    )
