"""Days as whole numbers: they say what pandas says, and no day is too far to be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cstoolkit.days import (
    NEVER,
    NEVER_ON,
    add_months,
    apart,
    dates,
    day,
    days,
    joint,
    month_of,
    month_start,
)

numbers = st.lists(st.integers(-NEVER + 1, NEVER - 1), min_size=1, max_size=20).map(np.array)


@given(numbers)
def test_days_are_those_of_pandas_and_come_back(values):
    found = pd.Series(dates(values))
    assert found.dtype == "datetime64[us]"
    assert ((found - pd.Timestamp("1970-01-01").as_unit("us")).dt.days == values).all()
    assert (days(found) == values).all()
    assert [day(each) for each in found] == values.tolist()
    assert (month_of(values) == (found.dt.year - 1970) * 12 + found.dt.month - 1).all()
    assert (dates(month_start(month_of(values))) == found.to_numpy("datetime64[M]")).all()


@pytest.mark.parametrize("far", [NEVER, 2 * NEVER, 1 << 30, np.iinfo(np.int64).max])
def test_a_day_that_does_not_come_is_no_date_however_far(far):
    assert np.isnat(dates(np.array([0, far]))).tolist() == [False, True]


def test_no_date_and_one_beyond_never_are_never():
    found = pd.Series([NEVER_ON, pd.NaT, NEVER_ON + pd.Timedelta(days=1)])
    assert days(found).tolist() == [NEVER] * 3


@given(numbers, st.data())
def test_key_and_day_in_one_number_sort_by_key_then_day_and_come_apart(values, data):
    size = len(values)
    key = np.array(data.draw(st.lists(st.integers(-1, 10**6), min_size=size, max_size=size)))
    number = joint(key, values)
    assert [part.tolist() for part in apart(number)] == [key.tolist(), values.tolist()]
    assert (np.argsort(number, kind="stable") == np.lexsort((values, key))).all()


@given(
    days=st.lists(st.integers(-20_000, 40_000), min_size=1, max_size=20), months=st.integers(0, 60)
)
def test_calendar_arithmetic_equals_pandas(days, months):
    found = add_months(np.array(days), months)
    wanted = [pd.Timestamp(np.datetime64(day, "D")) + pd.DateOffset(months=months) for day in days]
    assert [pd.Timestamp(np.datetime64(int(day), "D")) for day in found] == wanted
