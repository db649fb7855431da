"""The curve against lifelines and statsmodels, and what is read off it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from statsmodels.duration.survfunc import SurvfuncRight

from cstoolkit import survival

# Written by lifelines on reading a percentile off its curve.
pytestmark = pytest.mark.filterwarnings("ignore:Approximating using")

rows = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


def by_lifelines(days, observed):
    fitted = KaplanMeierFitter().fit(days, observed)
    limits = fitted.confidence_interval_cumulative_density_
    return pd.DataFrame(
        {
            "day": fitted.timeline.astype(int),
            "at_risk": fitted.event_table["at_risk"].to_numpy(),
            "events": fitted.event_table["observed"].to_numpy(),
            "share": fitted.cumulative_density_.iloc[:, 0].to_numpy(),
            "low": limits.iloc[:, 0].to_numpy(),
            "high": limits.iloc[:, 1].to_numpy(),
        }
    )


def assert_same(ours, theirs):
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, atol=1e-10, rtol=0)


CASES = {
    "ties": ([5, 5, 5, 7, 7, 9, 9, 9], [1, 1, 0, 1, 0, 1, 1, 0]),
    "nobody reached value": ([3, 8, 8, 20], [0, 0, 0, 0]),
    "all reached value": ([3, 8, 8, 20], [1, 1, 1, 1]),
    "one customer with value": ([12], [1]),
    "one customer still waiting": ([12], [0]),
    "value on day 0": ([0, 0, 4, 9], [1, 0, 1, 0]),
    "all on day 0": ([0, 0, 0], [1, 1, 1]),
    "followed for no day": ([0, 0], [0, 0]),
    "gaps of centuries": ([1, 400_000, 400_000, 2_000_000_000], [1, 1, 0, 1]),
}


@pytest.mark.parametrize("case", CASES)
def test_edge_cases_equal_lifelines(case):
    days, observed = CASES[case]
    assert_same(survival.curve(days, np.array(observed, bool)), by_lifelines(days, observed))


@settings(max_examples=60, deadline=None)
@given(rows)
def test_any_rows_equal_lifelines_and_statsmodels(table):
    days, observed = (np.array(column) for column in zip(*table))
    ours = survival.curve(days, observed)
    assert_same(ours, by_lifelines(days, observed))
    theirs = SurvfuncRight(days, observed.astype(int))
    at_events = ours[ours["events"] > 0]
    np.testing.assert_array_equal(at_events["day"], theirs.surv_times)
    np.testing.assert_array_equal(at_events["at_risk"], theirs.n_risk)
    np.testing.assert_allclose(1 - at_events["share"], theirs.surv_prob, atol=1e-10)


def test_limits_follow_from_greenwood_standard_errors_of_statsmodels():
    rng = np.random.default_rng(4)
    days, observed = rng.integers(0, 200, 400), rng.random(400) < 0.6
    theirs = SurvfuncRight(days, observed.astype(int))
    inside = theirs.surv_prob > 0
    waiting, se = theirs.surv_prob[inside], theirs.surv_prob_se[inside]
    stretch = np.exp(1.6448536269514722 * se / (waiting * -np.log(waiting)))
    ours = survival.curve(days, observed, level=0.9).query("events > 0")[inside]
    np.testing.assert_allclose(ours["low"], 1 - waiting ** (1 / stretch), atol=1e-10)
    np.testing.assert_allclose(ours["high"], 1 - waiting**stretch, atol=1e-10)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 25), st.booleans(), st.sampled_from("abc")),
        min_size=1,
        max_size=60,
    )
)
def test_groups_are_the_curves_of_their_own_rows(table):
    frame = pd.DataFrame(table, columns=["days", "observed", "tier"])
    ours = survival.curve(frame["days"], frame["observed"], by=frame["tier"])
    assert list(ours["group"].unique()) == sorted(frame["tier"].unique())
    for name, part in frame.groupby("tier"):
        alone = ours[ours["group"] == name].drop(columns="group").reset_index(drop=True)
        assert_same(alone, survival.curve(part["days"], part["observed"]))


def test_one_group_beyond_reach_of_the_others_numbers():
    """A group where everybody has value ends at -infinity inside; its neighbours must not notice."""
    days, observed, by = [1, 2, 5, 6, 7], [1, 1, 0, 0, 1], [0, 0, 1, 1, 1]
    ours = survival.curve(days, observed, by)
    assert_same(
        ours[ours["group"] == 1].drop(columns="group").reset_index(drop=True),
        by_lifelines([5, 6, 7], [0, 0, 1]),
    )


def test_every_way_of_naming_groups_gives_the_same_curves():
    rng = np.random.default_rng(1)
    days, observed, code = rng.integers(0, 90, 500), rng.random(500) < 0.5, rng.integers(0, 3, 500)
    names = np.array(["free", "paid", "self"])
    expected = survival.curve(days, observed, code).drop(columns="group")
    ways = {
        "strings": names[code],
        "str column": pd.Series(names[code]),
        "categories with one that is empty": pd.Categorical.from_codes(code, [*names, "unused"]),
        "negative numbers": code - 2,
        "large numbers": code * 10**12,
        "small integers": code.astype("int8"),
        "unsigned integers": code.astype("uint64"),
        "nullable integers": pd.array(code, dtype="Int64"),
    }
    for way, by in ways.items():
        ours = survival.curve(days, observed, by)
        assert_same(ours.drop(columns="group"), expected)
        assert ours["group"].nunique() == 3, way
    assert list(survival.curve(days, observed, ways["strings"])["group"].unique()) == [
        "free",
        "paid",
        "self",
    ]
    assert survival.curve(days, observed, code == 0)["group"].unique().tolist() == [False, True]


def test_categories_keep_their_order():
    by = pd.Categorical(["high", "tech", "low"], categories=["high", "low", "tech"], ordered=True)
    ours = survival.curve([1, 2, 3], [True, True, True], by)
    assert ours["group"].drop_duplicates().tolist() == ["high", "low", "tech"]
    assert ours["group"].cat.ordered


def test_counts_do_not_depend_on_how_they_are_kept():
    """The same rows with days spread too far for a full table of counts."""
    rng = np.random.default_rng(2)
    days, observed, by = rng.integers(0, 60, 800), rng.random(800) < 0.5, rng.integers(0, 7, 800)
    near, far = survival.curve(days, observed, by), survival.curve(days * 10_000_000, observed, by)
    assert_same(far.assign(day=far["day"] // 10_000_000), near)


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
)
def test_every_number_type_counts_alike(dtype):
    days = np.tile(np.array([0, 7, 100, 127]), 50)
    observed = np.arange(200) % 3 == 0
    assert_same(survival.curve(days.astype(dtype), observed), survival.curve(days, observed))
    assert_same(
        survival.curve(pd.array(days, dtype="Int64"), pd.array(observed, dtype="boolean")),
        survival.curve(days, observed),
    )


def test_rows_in_several_pieces_are_counted_once():
    rng = np.random.default_rng(3)
    days, observed = rng.integers(0, 400, 200_001), rng.random(200_001) < 0.5
    ours = survival.curve(days, observed)
    assert ours["events"].sum() == observed.sum()
    np.testing.assert_array_equal(ours["events"], np.bincount(days, weights=observed))


BAD = {
    "negative": (
        [3, -2, 5],
        [True, True, False],
        None,
        "days has -2 in row 1 .*end lies before the start",
    ),
    "not whole": ([3.0, 2.5], [True, True], None, "days has 2.5 in row 1 .*whole days"),
    "NaN": ([3.0, np.nan, np.nan], [True] * 3, None, r"days has nan in row 1 .*\(and 1 more\)"),
    "missing": (
        pd.Series([3, None], dtype="Int64"),
        [True, True],
        None,
        "days has nan in row 1 .*leave out customers",
    ),
    "infinite": ([3.0, np.inf], [True, True], None, "days has inf in row 1"),
    "negative, narrow": (
        np.array([3, -1], dtype="int8"),
        [True, True],
        None,
        "days has -1 in row 1",
    ),
    "negative, beyond any calendar": (
        [-(2**62), 2**62],
        [True, True],
        None,
        "days has -4611686018427387904 in row 0",
    ),
    "beyond any calendar": (
        np.array([2**40], dtype="uint64"),
        [True],
        None,
        "That is no number of days",
    ),
    "time spans": (pd.to_timedelta([3, 4], unit="D"), [True, True], None, r"\.dt\.days"),
    "words": (["a", "b"], [True, True], None, "days must hold whole days"),
    "a table": ([[1, 2], [3, 4]], [True, True], None, "one dimension"),
    "nobody": ([], [], None, "days is empty"),
    "lengths": ([1, 2, 3], [True, True], None, "days has 3, observed has 2"),
    "by too short": ([1, 2, 3], [True] * 3, ["a", "b"], "days has 3, observed has 3, by has 2"),
    "by missing": (
        [1, 2, 3],
        [True] * 3,
        ["a", None, "b"],
        "by is missing in 1 rows, first in row 1",
    ),
    "category missing": (
        [1, 2],
        [True] * 2,
        pd.Categorical(["a", None]),
        "by is missing in 1 rows",
    ),
    "by a table": ([1, 2], [True] * 2, np.zeros((2, 2)), "by must have one dimension"),
    "observed 2": ([1, 2], [1, 2], None, "observed has 2 in row 1"),
    "observed NaN": ([1, 2], [1.0, np.nan], None, "observed has nan in row 1"),
    "observed missing": (
        [1, 2],
        pd.array([True, None], dtype="boolean"),
        None,
        "observed must be True where",
    ),
    "observed words": ([1, 2], ["yes", "no"], None, "observed must be True where"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_row_and_mend(case):
    days, observed, by, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        survival.curve(days, observed, by)


def test_columns_from_different_tables_are_refused():
    days, observed = pd.Series([1, 2, 3]), pd.Series([True, False, True], index=[2, 1, 0])
    with pytest.raises(
        ValueError, match="rows of observed are labelled differently from those of days"
    ):
        survival.curve(days, observed)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_level_is_a_share(level):
    with pytest.raises(ValueError, match="For 95% write 0.95"):
        survival.curve([1], [True], level=level)


@settings(max_examples=40, deadline=None)
@given(rows, st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
def test_quantiles_and_their_limits_equal_lifelines(table, q):
    days, observed = zip(*table)
    fitted = KaplanMeierFitter().fit(days, observed)
    ours = survival.quantile(survival.curve(days, observed), q).iloc[0]
    limits = fitted.confidence_interval_
    theirs = [fitted.percentile(1 - q)]
    for column in limits:
        crossed = limits.index[limits[column] <= 1 - q + 1e-12]
        theirs.append(crossed[0] if len(crossed) else np.inf)
    mine = [np.inf if ours[c] is pd.NA else ours[c] for c in ("days", "low", "high")]
    # lifelines compares without a tolerance: at a share of exactly q, rounding decides there.
    if not np.isclose(fitted.survival_function_.to_numpy(), 1 - q, atol=1e-12).any():
        assert mine[0] == theirs[0]
    assert mine[1:] == theirs[1:]


def test_median_interval_equals_lifelines():
    rng = np.random.default_rng(5)
    days, observed = rng.integers(0, 200, 300), rng.random(300) < 0.7
    fitted = KaplanMeierFitter().fit(days, observed)
    ours = survival.median(survival.curve(days, observed)).iloc[0]
    low, high = median_survival_times(fitted.confidence_interval_).iloc[0]
    assert (ours["days"], ours["low"], ours["high"]) == (fitted.median_survival_time_, low, high)


def test_exactly_half_is_a_median_that_is_reached():
    assert survival.median(survival.curve([1, 2, 3, 4, 5, 6], [1] * 6))["days"].item() == 3
    # 9/10 * 8/9 * ... ends on a half only but for rounding.
    assert (
        survival.median(survival.curve(np.arange(10), np.r_[np.ones(5), np.zeros(5)]))[
            "days"
        ].item()
        == 4
    )


def test_not_reached_is_said_and_empty():
    found = survival.quantile(
        survival.curve([3, 9, 9, 4], [True, False, False, True], by=["a", "a", "a", "b"]),
        [0.2, 0.5],
    )
    assert list(found["group"]) == ["a", "b", "a", "b"]
    missing = found.iloc[2]
    assert missing["days"] is pd.NA and missing["high"] is pd.NA
    assert missing["says"].startswith("not reached: 33% had value by day 9")
    assert found.iloc[3]["says"] == "half had value by day 4 (interval: day 4 to day 4)"
    assert found["says"].iloc[0] == "20% had value by day 3 (interval: day 3 to not reached)"


def test_nobody_with_value_has_no_quantile():
    found = survival.median(survival.curve([5, 6], [False, False]))
    assert found[["days", "low", "high"]].isna().all(axis=None)
    assert found["says"].item() == "not reached: 0% had value by day 6, the last day followed"


@pytest.mark.parametrize("q", [0, 50, np.nan, [0.5, -1]])
def test_quantile_is_a_share(q):
    with pytest.raises(ValueError, match="For the median write 0.5"):
        survival.quantile(survival.curve([1], [True]), q)


def test_share_by_reads_the_last_known_day():
    table = survival.curve([2, 5, 5, 8, 3], [1, 1, 0, 0, 1], by=["a"] * 4 + ["b"])
    found = survival.share_by(table, [0, 4, 5, 8, 9]).set_index(["group", "day"])
    assert found.loc[("a", 0), "share"] == 0
    assert found.loc[("a", 4), "share"] == pytest.approx(1 / 4)
    assert found.loc[("a", 4), "at_risk"] == 3
    assert found.loc[("a", 8), ["share", "at_risk"]].tolist() == pytest.approx([1 / 2, 1])
    assert np.isnan(found.loc[("a", 9), "share"]), "nobody was followed to day 9"
    assert found.loc[("b", 9), "share"] == 1, "all had value before"
    assert found.loc[("b", 9), "at_risk"] == 0


@settings(max_examples=30, deadline=None)
@given(rows, st.integers(0, 30))
def test_share_by_equals_lifelines_within_following(table, day):
    days, observed = zip(*table)
    found = survival.share_by(survival.curve(days, observed), day).iloc[0]
    assert found["at_risk"] == sum(d >= day for d in days)
    if day <= max(days):
        expected = 1 - KaplanMeierFitter().fit(days, observed).predict(day)
        assert found["share"] == pytest.approx(expected, abs=1e-10)


def test_share_by_refuses_what_is_not_a_day_or_not_a_curve():
    with pytest.raises(ValueError, match="whole number from 0 up"):
        survival.share_by(survival.curve([1], [True]), -1)
    with pytest.raises(ValueError, match="not a table made by curve"):
        survival.share_by(pd.DataFrame({"day": [1]}), 1)
