"""Segments by use: planted groups come out again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cstoolkit import health
from cstoolkit.data.company import MissingData
from cstoolkit.health.traits import _omega


@pytest.fixture(scope="module")
def planted(company):
    """Every second customer uses the product much, the others little."""
    usage = company.usage.copy()
    even = usage["customer_id"].str[-1].isin(list("02468"))
    usage["seats"] = 100.0
    usage["active_users"] = np.where(even, 80.0, 10.0)
    usage["logins"] = usage["active_users"] * np.where(even, 20, 2)
    usage["features_used"] = np.where(even, 6.0, 1.0)
    return replace(company, usage=usage)


def test_planted_groups_are_found(planted):
    found = health.segments(planted, 2)
    even = found.of.index.str[-1].isin(list("02468"))
    assert found.of[even].nunique() == 1 and found.of[~even].nunique() == 1
    assert found.profile["customers"].sum() == len(found.of)


def test_the_number_is_the_largest_that_is_stable(planted):
    found = health.segments(planted, halves=3)
    table = found.stability
    assert table.loc[table["number"] == 2, "agreement"].item() == pytest.approx(1)
    stable = table.loc[table["stable"], "number"]
    assert len(found.profile) == stable.max()


def test_more_segments_than_ways_of_use_are_refused(planted):
    alike = planted.usage.assign(active_users=50.0, logins=100.0, features_used=3.0)
    with pytest.raises(ValueError, match="1 ways of use are there; 2 segments take as many"):
        health.segments(replace(planted, usage=alike))
    with pytest.raises(ValueError, match="3 segments take as many"):
        health.segments(planted, 3)


def test_names_are_given_once(company):
    assert health.segments(company, 4, halves=1).profile["segment"].is_unique


def test_explained_variance_is_that_of_the_textbook():
    values, group = np.array([1.0, 2, 3, 7, 8, 9]), np.array([0, 0, 0, 1, 1, 1])
    between, within = 54.0, 4.0
    noise = within / 4
    assert _omega(values, group) == pytest.approx((between - noise) / (between + within + noise))
    rng = np.random.default_rng(0)
    assert abs(_omega(rng.normal(size=4000), rng.integers(0, 5, 4000))) < 0.005


def test_divisions_are_compared_on_the_same_customers(company):
    table = health.explained(company)
    assert table["customers"].nunique() == 1
    assert set(table["division"]) == {"use", "tier"} and (table["explained"] <= 1).all()


def test_without_usage_it_says_so(company):
    with pytest.raises(MissingData, match="usage"):
        health.segments(replace(company, usage=company.usage.iloc[:0]))
