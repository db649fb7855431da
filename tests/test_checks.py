"""Checks of arguments: what passes, what is refused and in which words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cstoolkit import checks


@pytest.mark.parametrize("value", [0, 0.5, 1, np.float64(1), np.int64(0)])
def test_a_number_within_its_bounds_passes(value):
    checks.number("f", "x", value, least=0, most=1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-1, "-1"),
        (2, "2"),
        (np.nan, "nan"),
        (np.inf, "inf"),
        (None, "None"),
        ("1", "'1'"),
        (True, "True"),
        ([1], "a list"),
        (pd.NA, "<NA>"),
    ],
)
def test_anything_else_is_refused(value, shown):
    with pytest.raises(
        ValueError, match=f"^f: x is a number of at least 0 and up to 1, got {shown}"
    ):
        checks.number("f", "x", value, least=0, most=1)


def test_a_bound_can_be_excluded_and_the_fix_named():
    with pytest.raises(ValueError, match=r"^f: x is a number above 0, got 0. Give days.$"):
        checks.number("f", "x", 0, above=0, fix="Give days.")


def test_a_count_is_an_int():
    assert [type(checks.count("f", "x", value)) for value in (3, 3.0, np.int8(3))] == [int] * 3
    for value in (2.5, -1, np.nan, np.inf, "3", None):
        with pytest.raises(ValueError, match="f: x is a whole number of at least 0, got"):
            checks.count("f", "x", value)
    with pytest.raises(ValueError, match="of at least 1 and up to 5, got 6"):
        checks.count("f", "x", 6, least=1, most=5)


def test_a_share_lies_between_0_and_1():
    for value, bounds in ((0, {"zero": True}), (1, {}), (0.5, {"one": False})):
        checks.share("f", "x", value, **bounds)
    for value, bounds, words in (
        (0, {}, "a share above 0 and up to 1, got 0"),
        (1, {"one": False}, "a share above 0 and below 1, got 1"),
        (-0.1, {"zero": True}, "a share from 0 to 1, got -0.1"),
        (1, {"zero": True, "one": False}, "a share from 0 and below 1, got 1"),
        (np.nan, {}, "got nan"),
        (7, {}, "got 7. For 7% write 0.07."),
        (700, {}, "got 700.$"),
    ):
        with pytest.raises(ValueError, match=words):
            checks.share("f", "x", value, **bounds)


def test_each_argument_by_its_name():
    checks.positive("f", x=1, y=2)
    checks.not_negative("f", x=0)
    with pytest.raises(ValueError, match="f: y is a number above 0, got 0"):
        checks.positive("f", x=1, y=0)
    with pytest.raises(ValueError, match="f: y is a number of at least 0, got -1"):
        checks.not_negative("f", x=1, y=-1)


def test_one_of():
    checks.one_of("f", "x", "a", ("a", "b"))
    with pytest.raises(ValueError, match="f: x is one of a, b, got 'c'"):
        checks.one_of("f", "x", "c", ("a", "b"))


def test_columns():
    frame = pd.DataFrame({"a": [1]})
    checks.columns("frame", frame, ["a"])
    with pytest.raises(ValueError, match=r"^frame lacks the column b; it has: a. f\(\) makes it.$"):
        checks.columns("frame", frame, ["a", "b"], "f() makes it.")
    with pytest.raises(ValueError, match=r"it has: none.$"):
        checks.columns("frame", pd.DataFrame(), ["a"])
    for value in (None, [1], "a", 3):
        with pytest.raises(TypeError, match="frame is a DataFrame with the columns a, got"):
            checks.columns("frame", value, ["a"])


def test_filled():
    column = pd.Series(["a", None, None], name="tier", index=[7, 8, 9])
    checks.filled("frame", column.head(1))
    with pytest.raises(ValueError, match=r"frame.tier is empty in 2 of 3 rows \(first: row 8\)"):
        checks.filled("frame", column)


def test_amounts():
    column = pd.Series([1, None], name="arr", dtype="Float64")
    assert checks.amounts("frame", column.head(1)).tolist() == [1.0]
    assert len(checks.amounts("frame", column.head(0))) == 0
    with pytest.raises(ValueError, match=r"1 of 2 rows are not \(first: row 1, nan\)"):
        checks.amounts("frame", column)
    with pytest.raises(ValueError, match="frame.arr holds numbers; "):
        checks.amounts("frame", pd.Series(["x"], name="arr"))


@pytest.mark.parametrize("value", [10**400, -(10**400), float("inf"), float("nan"), None, "5", [1]])
def test_what_is_no_number_is_refused_in_one_way(value):
    for check in (checks.number, checks.count, checks.share):
        with pytest.raises(ValueError, match="^where: name is a .* got "):
            check("where", "name", value)
