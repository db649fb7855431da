"""S1's stages as a table, and where the company stood, counted again by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit import stages
from cstoolkit.data.company import Company


@pytest.mark.parametrize(
    ("customers", "expected"),
    [
        (0, 1),
        (1, 1),
        (9, 1),
        (10, 2),
        (99, 2),
        (100, 3),
        (499, 3),
        (500, 4),
        (999, 4),
        (1_000, 5),
        (10**7, 5),
    ],
)
def test_a_boundary_value_belongs_to_the_later_stage(customers, expected):
    assert stages.stage(customers) == expected


@settings(max_examples=30)
@given(st.integers(1, 10**6))
def test_the_stage_is_one_whose_customers_s1_gives(customers):
    row = stages.table().set_index("stage").loc[stages.stage(customers)]
    assert row["customers_low"] <= customers
    assert np.isnan(row["customers_high"]) or customers < row["customers_high"]


@settings(max_examples=30)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_arrays_and_series_are_as_single_numbers(customers):
    single = [stages.stage(each) for each in customers]
    assert stages.stage(np.array(customers)).tolist() == single
    series = stages.stage(
        pd.Series(customers, index=[f"m{place}" for place in range(len(customers))])
    )
    assert series.to_list() == single
    assert series.index[0] == "m0"


def test_s1s_numbers_and_what_they_imply():
    """Customers per head of stages 2-4: 5-100, 20-167, 50-167."""
    table = stages.table()
    assert table[["headcount_low", "headcount_high"]].iloc[1:4].to_numpy().tolist() == [
        [1, 2],
        [3, 5],
        [6, 10],
    ]
    implied = table[["customers_per_head_low", "customers_per_head_high"]].round().iloc[1:4]
    assert implied.to_numpy().tolist() == [[5, 100], [20, 167], [50, 167]]
    assert (
        table["customers_low"].iloc[1:].to_numpy() == table["customers_high"].iloc[:-1].to_numpy()
    ).all()


@pytest.mark.parametrize(
    "customers", [-1, 1.5, float("nan"), float("inf"), "many", None, True, np.array([5, -2])]
)
def test_what_is_no_number_of_customers_is_refused(customers):
    with pytest.raises(ValueError, match="live_customers is a whole number of at least 0, got"):
        stages.stage(customers)


def test_the_tables_are_whole_and_only_from_s1():
    typical = stages.typical()
    assert (
        typical["stage"].unique().tolist() == stages.table()["stage"].to_list() == [1, 2, 3, 4, 5]
    )
    for table in (stages.table(), typical, stages.roles()):
        assert set(table["source"]) == {"S1"}
    assert (typical[["about", "says"]] != "").all(axis=None)


def test_customers_are_those_of_the_snapshot(company):
    path = stages.history(company)
    for row in path.iloc[::9].itertuples():
        assert row.customers == len(company.snapshot(row.date))
        assert row.stage == stages.stage(row.customers)


def test_people_are_those_hired_and_not_gone(company):
    path = stages.history(company)
    for row in path.iloc[::9].itertuples():
        here = [
            a <= row.date and not b <= row.date
            for a, b in zip(company.people["hired_on"], company.people["left_on"])
        ]
        assert row.people == sum(here)


def test_the_bundled_company_went_through_all_five_stages_in_order(company):
    passed = stages.passages(stages.history(company))
    assert passed["stage"].to_list() == [1, 2, 3, 4, 5]
    assert passed["months"].iloc[:-1].sum() + 1 <= len(stages.history(company))
    assert np.isnan(passed["months"].iloc[-1])


def test_a_company_that_shrinks_goes_back(make):
    spans = [("2024-01-01", None)] * 6 + [("2024-02-01", "2024-08-01")] * 6
    path = stages.history(make(spans))
    assert path["customers"].to_list() == [6] + [12] * 6 + [6] * 5
    passed = stages.passages(path)
    assert passed["stage"].to_list() == [1, 2, 1]
    assert passed["months"].to_list()[:2] == [1, 6]


def test_an_as_of_within_a_month_is_the_last_row(make):
    path = stages.history(make([("2024-01-10", None)], as_of="2024-03-10"))
    assert path["date"].dt.strftime("%m-%d").to_list() == ["01-31", "02-29", "03-10"]
    assert path["people"].isna().all() and set(path["against"]) == {"not known"}


def test_against_names_the_side_of_the_band(make):
    people = pd.DataFrame(
        {"person_id": list("abc"), "hired_on": ["2024-01-01", "2024-02-01", "2024-03-01"]}
    )
    path = stages.history(make([("2024-01-01", None)] * 20, as_of="2024-03-31", people=people))
    assert path["against"].to_list() == ["inside", "inside", "above"]
    none = stages.history(
        make(
            [("2024-01-01", None)] * 20,
            as_of="2024-01-31",
            people=people.assign(hired_on="2024-01-31", left_on="2024-01-31"),
        )
    )
    assert none["against"].to_list() == ["below"]


def test_posts_stand_in_for_people_and_count_nobody_twice(make):
    posts = pd.DataFrame(
        {
            "person_id": ["a", "a", "b"],
            "role": "csm",
            "starts_on": ["2024-01-01", "2024-01-05", "2024-02-01"],
            "ends_on": [None, None, "2024-03-01"],
        }
    )
    path = stages.history(make([("2024-01-01", None)], as_of="2024-03-31", posts=posts))
    assert path["people"].to_list() == [1, 2, 1]


def test_what_cannot_be_told_is_missing_or_refused(make):
    young = stages.history(make([("2024-11-01", None)]))
    assert young["people"].isna().all()
    with pytest.raises(ValueError, match="had no customer live"):
        stages.history(make([]))


def test_history_is_honest_about_a_date(company):
    then = stages.history(company.at("2023-12-31"))
    now = stages.history(company).iloc[: len(then)]
    assert np.array_equal(then["people"], now["people"])
    assert np.array_equal(then["customers"], now["customers"])
    for day in ("2022-05-31", "2025-09-30"):
        row = stages.history(company).set_index("date").loc[day]
        assert row["customers"] == len(company.at(day).snapshot())


def test_late_renewals_do_not_make_the_last_month_drop():
    """Twelve customers, one renewed on the 15th of each month, 20 days late: on every month end one waits."""
    months = pd.date_range("2021-01-15", periods=12, freq=pd.DateOffset(months=1))
    rows = [
        (
            f"c{at}",
            month + pd.DateOffset(years=year, days=20 * (year > 0)),
            month + pd.DateOffset(years=year + 1),
        )
        for at, month in enumerate(months)
        for year in range(4)
    ]
    contracts = pd.DataFrame(rows, columns=["customer_id", "starts_on", "ends_on"])
    contracts = contracts[contracts["starts_on"] <= "2024-06-30"]
    company = Company.from_tables(
        name="Late",
        currency="EUR",
        as_of="2024-06-30",
        customers=contracts[["customer_id"]].drop_duplicates(),
        contracts=contracts.assign(arr=1.0),
    )
    path = stages.history(company).set_index("date")["customers"]
    assert set(path.loc["2022-01-31":]) == {11}
