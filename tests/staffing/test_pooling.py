"""Whole people: one pool, a team a segment, own books."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cstoolkit.staffing import pooling

PARTS = st.lists(st.tuples(st.integers(0, 500), st.floats(0.001, 30)), min_size=1, max_size=5)


def frame(parts):
    return pd.DataFrame(
        {
            "segment": [f"s{place}" for place in range(len(parts))],
            "customers": [count for count, _ in parts],
            "csms": [csms if count else 0.0 for count, csms in parts],
        }
    )


@given(PARTS)
def test_each_restriction_can_only_cost_people(parts):
    total = pooling(frame(parts)).query("segment == 'total'").set_index("way")["people"]
    assert total.is_monotonic_increasing
    assert total["pooled"] - total["fractions"] < 1
    assert total["by segment"] - total["fractions"] < len(parts)


@given(st.integers(1, 200), st.floats(0.01, 3))
def test_own_books_equal_filling_books_one_by_one(customers, each):
    found = pooling(
        pd.DataFrame({"segment": ["one"], "customers": [customers], "csms": [customers * each]})
    )
    people = found[(found["way"] == "own books") & (found["segment"] == "one")]["people"].iloc[0]
    if each > 1:
        assert people == customers * math.ceil(each - 1e-9)
    else:
        books, room = 0, 0.0
        for _ in range(customers):
            if room < each - 1e-9:
                books, room = books + 1, 1.0
            room -= each
        assert people == books


def test_idle_is_what_the_people_do_not_use():
    found = pooling(
        pd.DataFrame({"segment": ["a", "b"], "customers": [10, 0], "csms": [1.5, 0.0]})
    ).set_index(["way", "segment"])
    assert found.loc[("by segment", "a"), "idle"] == pytest.approx(0.25)
    assert math.isnan(found.loc[("by segment", "b"), "idle"])
    assert found.loc[("fractions", "total"), "idle"] == 0
    with pytest.raises(ValueError, match="bottom lacks the column csms"):
        pooling(pd.DataFrame({"segment": ["a"], "customers": [1]}))
