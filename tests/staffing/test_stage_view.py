"""S1's stage table beside other answers."""

from __future__ import annotations

import numpy as np
import pytest

from cstoolkit.staffing import stage_view


def test_s1_beside_hours_and_revenue():
    found = stage_view(800, {"hours": 14, "revenue": 5.5, "on board": 10}).set_index("view")
    assert found.loc["S1, stage 4", ["low", "high"]].to_list() == [6, 10]
    assert found.loc[
        "S1, stage 4", ["customers_per_person_low", "customers_per_person_high"]
    ].to_list() == [
        80,
        800 / 6,
    ]
    assert found["against"].to_list() == ["inside", "above", "below", "inside"]
    assert found.loc["revenue", "customers_per_person_low"] == pytest.approx(800 / 5.5)
    assert (
        found["says"].iloc[0]
        == "S1 sees 6-10 people in CS at stage 4, which 800 live customers are in."
    )


def test_the_last_stage_has_no_upper_end_and_the_first_nobody():
    last = stage_view(1_000, {"many": 500, "few": 9})
    assert last["against"].to_list() == ["inside", "inside", "below"]
    assert np.isnan(last["high"].iloc[0])
    assert "10 or more people" in last["says"].iloc[0]
    first = stage_view(5, {"one": 1, "none": 0})
    assert first["against"].to_list() == ["inside", "above", "inside"]


def test_bad_questions_are_refused():
    with pytest.raises(ValueError, match="customers is a whole number, got 1.5"):
        stage_view(1.5, {})
    with pytest.raises(ValueError, match="hours is a number of at least 0, got -1"):
        stage_view(5, {"hours": -1})
