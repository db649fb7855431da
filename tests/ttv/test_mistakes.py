"""Each wrong estimate is wrong in the way that is claimed, and right figures come from elsewhere too."""

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from cstoolkit import ttv


@pytest.fixture(scope="module")
def found(company):
    return ttv.mistakes(company, "basic_value").set_index("mistake")


def test_figures_equal_independent_ones(company, found):
    table = ttv.durations(company, end="basic_value")
    value = table["outcome"] == "value"
    quick = table[value & (table["days"] <= 365)]
    assert found.loc["mean of achievers", "days"] == pytest.approx(quick["days"].mean())
    live = table[table["customer_id"].isin(company.snapshot()["customer_id"])]
    fitted = KaplanMeierFitter().fit(live["days"], live["outcome"] == "value")
    assert found.loc["survivors only", "days"] == fitted.median_survival_time_
    closed = table[table["outcome"] != "open"]
    # With nobody open, the day by which half of them had value is a plain quantile, churn counted as never.
    days = np.sort(np.where(closed["outcome"] == "value", closed["days"], np.inf))
    assert found.loc["open ones dropped", "days"] == days[int(np.ceil(len(days) / 2)) - 1]


def test_every_short_cut_is_too_rosy_here(found):
    assert (
        found.loc[["mean of achievers", "open ones dropped", "clock from kickoff"], "error"] < 0
    ).all()
    assert (found["error"] == found["days"] - found["right"]).all()
    assert found.loc["open ones dropped", "says"].endswith("%)")


def test_mean_of_achievers_is_below_the_mean_of_all_whatever_the_company(small):
    row = (
        ttv.mistakes(small, "first_value", within=100).set_index("mistake").loc["mean of achievers"]
    )
    assert row["days"] == pytest.approx((40 + 30 + 100) / 3)
    assert row["days"] < row["right"] <= 100


def test_a_day_that_is_not_reached_is_empty(small):
    table = ttv.mistakes(small, "basic_value").set_index("mistake")
    assert np.isnan(table.loc["clock from kickoff", "days"])
    assert table.loc["clock from kickoff", "says"].startswith("cannot be compared")


def test_bad_questions_are_refused(small):
    with pytest.raises(ValueError, match="whole number of days from 1 up, got 0"):
        ttv.mistakes(small, within=0)
    with pytest.raises(ValueError, match="nobody has reached exceeded_value"):
        ttv.mistakes(small, "exceeded_value")


def test_nobody_is_followed_beyond_the_last_day(make):
    contracts = [(name, "a", "2024-01-01", "2024-01-01", None, None, 1) for name in ("x", "y")]
    company = make(
        [("x", "a", 1, "kickoff", "2024-01-02"), ("x", "a", 1, "first_value", "2024-01-11")],
        contracts,
    )
    with pytest.raises(ValueError, match="nobody was followed beyond day 181. Give 181 or less"):
        ttv.mistakes(company, "first_value", within=200)
    assert ttv.mistakes(company, "first_value", within=181)["right"].iloc[0] == (10 + 181) / 2


def test_order_of_rows_does_not_matter(company, found):
    shuffled = company.milestones.sample(frac=1, random_state=1)
    tables = {name: table for name, table in company.tables.items() if len(table)} | {
        "milestones": shuffled
    }
    other = type(company).from_tables(name="x", currency="USD", as_of=company.as_of, **tables)
    pd.testing.assert_frame_equal(ttv.mistakes(other, "basic_value").set_index("mistake"), found)
