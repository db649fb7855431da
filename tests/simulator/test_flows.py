"""Closed forms, judged by confidence interval."""

from __future__ import annotations

import numpy as np
import pytest

from cstoolkit import stats
from cstoolkit.simulator import flows

SURE = stats.z(0.999)


def within(values, expected):
    error = values.std(ddof=1) / np.sqrt(len(values))
    return abs(values.mean() - expected) <= SURE * error and error < 0.02 * expected + 0.02


@pytest.mark.parametrize(
    ("interarrival", "service", "servers", "wait"),
    [
        (4, 3, 1, 9),
        (6, 4, 2, 0.5),
        (4, 10, 4, 2.1324),
        (1 / 0.9, 1, 1, 9),
        (1 / 4.5, 1, 5, 1.525),
        (1 / 18, 1, 20, 0.2754),
    ],
)
def test_waits_are_those_of_the_closed_form(interarrival, service, servers, wait):
    assert flows.expected_wait(interarrival, service, servers) == pytest.approx(wait, rel=1e-3)
    waits = flows.queue(
        interarrival, service, servers, requests=2500, warmup=700, replications=500, seed=3
    )
    assert within(waits, wait)


def test_a_load_of_one_never_ends():
    assert flows.expected_wait(1, 2, 2) == np.inf


def test_headcount_with_attrition_and_a_hire_a_month():
    people = flows.workforce([10], stay=[0.98], recruits=1, periods=12, replications=4000, seed=1)
    total = people.sum(axis=2)
    assert within(total[:, 6], 14.566) and within(total[:, 12], 18.611)


def test_grades_settle_where_they_should():
    people = flows.workforce(
        [25, 20, 16], stay=[0.8, 0.85, 0.9], rise=[0.12, 0.08], recruits=5, periods=40,
        replications=4000, seed=1,
    )  # fmt: skip
    for grade, expected in enumerate((25, 20, 16)):
        assert within(people[:, -1, grade], expected)


def test_seeds_replay():
    assert np.array_equal(
        *(flows.queue(2, 1, 1, requests=50, replications=3, seed=4) for _ in "ab")
    )
