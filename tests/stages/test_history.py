"""Where the company stood: counted again by hand, and beside S1's headcount."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from cstoolkit import stages


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
    assert passed["came_from"].isna().to_list() == [True] + [False] * 4
    assert passed["months"].iloc[:-1].sum() + 1 <= len(stages.history(company))
    assert math.isnan(passed["months"].iloc[-1])


def test_a_company_that_shrinks_goes_back(make):
    spans = [("2024-01-01", None)] * 6 + [("2024-02-01", "2024-08-01")] * 6
    path = stages.history(make(spans))
    assert path["customers"].to_list() == [6] + [12] * 6 + [6] * 5
    passed = stages.passages(path)
    assert passed["stage"].to_list() == [1, 2, 1]
    assert passed["months"].to_list()[:2] == [1, 6]
    assert stages.outlook(path, months=3).months_to_next is None


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


def test_the_outlook_is_the_growth_carried_on(company):
    path = stages.history(company.at("2024-06-30"))
    seen = stages.outlook(path)
    before = len(company.snapshot("2023-06-30"))
    assert seen.growth == pytest.approx((seen.customers / before) ** (1 / 12) - 1)
    assert seen.customers * (1 + seen.growth) ** seen.months_to_next == pytest.approx(1_000)
    assert seen.to_next == 1_000 - seen.customers
    last = stages.outlook(stages.history(company))
    assert last.stage == 5 and last.to_next is None and last.months_to_next is None


def test_what_it_cannot_tell_is_none_or_refused(make):
    young = stages.outlook(stages.history(make([("2024-11-01", None)])))
    assert young.growth is None and young.months_to_next is None and young.people is None
    with pytest.raises(ValueError, match="outlook: months"):
        stages.outlook(stages.history(make([("2024-11-01", None)])), months=0)
    with pytest.raises(ValueError, match="had no customer live"):
        stages.history(make([]))


def test_history_is_honest_about_a_date(company):
    then = stages.history(company.at("2023-12-31"))
    now = stages.history(company).iloc[: len(then)]
    assert np.array_equal(then["people"], now["people"])
    # A late renewal is a gap until it is signed: only the last month before the date may count fewer.
    assert np.array_equal(then["customers"].iloc[:-1], now["customers"].iloc[:-1])
    assert 0 <= now["customers"].iloc[-1] - then["customers"].iloc[-1] <= 5
