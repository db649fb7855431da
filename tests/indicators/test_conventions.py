"""The conventions are one record with ranges, and the tables beside it can be read."""

from __future__ import annotations

import pytest

from cstoolkit import indicators


def test_each_convention_has_a_range_and_a_reason():
    table = indicators.conventions_table(indicators.Conventions(netting="product"))
    assert table.set_index("convention").loc["netting", "value"] == "product"
    assert (table[["unit", "range", "source", "says"]] != "").all(axis=None)


def test_what_is_no_answer_is_refused():
    with pytest.raises(ValueError, match="denominator is one of opening, average, due"):
        indicators.Conventions(denominator="all")
    with pytest.raises(ValueError, match="grace_days is a whole number of at least 0"):
        indicators.Conventions(grace_days=-1)


def test_other_names_say_what_they_mean():
    table = indicators.other_names()
    assert (table[["name", "used_by", "means", "ours"]] != "").all(axis=None)
    assert not table.duplicated(["name", "used_by"]).any()
