"""S1's stages: where the boundaries lie, and what the headcounts imply."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cstoolkit import stages


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


@given(st.integers(1, 10**6))
def test_the_stage_is_one_whose_customers_s1_gives(customers):
    row = stages.table().set_index("stage").loc[stages.stage(customers)]
    assert row["customers_low"] <= customers
    assert np.isnan(row["customers_high"]) or customers < row["customers_high"]


@given(st.lists(st.integers(0, 10**6), min_size=1))
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


def test_what_is_typical_is_told_of_every_stage_and_only_from_s1():
    every = stages.typical()
    assert every["stage"].unique().tolist() == [1, 2, 3, 4, 5]
    assert set(every["source"]) == set(stages.roles()["source"]) == {"S1"}
    assert stages.typical(3).equals(every[every["stage"] == 3].reset_index(drop=True))
    with pytest.raises(ValueError, match="S1 has stages 1 to 5, got 6"):
        stages.typical(6)
