"""The search and the bounds against each other, and against trying everything."""

from itertools import product

import numpy as np
import pytest

from cstoolkit.books import bounds
from cstoolkit.books.problem import Problem, even_split
from cstoolkit.books.search import Search, search


@pytest.fixture(params=range(12))
def problem(request, small):
    return small(request.param)


def everything(problem):
    """The least cost of all assignments that keep the rules."""
    choices = [
        [problem.owner[unit]]
        if problem.fixed[unit]
        else {problem.owner[unit], *np.flatnonzero(problem.allowed[problem.kind[unit]])}
        for unit in range(len(problem.owner))
    ]
    places = (np.array(each) for each in product(*choices))
    within = (each for each in places if (problem.loads(each)[:, 0] <= problem.roof + 1e-9).all())
    return min(problem.cost(each) for each in within)


def test_small_cases_are_as_good_as_trying_everything(problem):
    best = everything(problem)
    place, bound = bounds.improve(problem, *search(problem, problem.owner, rounds=5, seed=0))
    assert problem.cost(place) == pytest.approx(best, rel=1e-5, abs=1e-4)
    assert bound == pytest.approx(best, rel=1e-4, abs=1e-3)
    assert bounds.counted(problem) <= best + 1e-9
    assert bounds.counted(problem, together=True) <= best + 1e-6


def test_what_the_search_returns_keeps_the_rules_and_is_no_worse_than_its_start(problem):
    start = Search(problem, problem.owner)
    start.place_all()
    place, _ = search(problem, problem.owner, rounds=5, seed=0)
    assert problem.cost(place) <= start.cost + 1e-6
    assert (place[problem.fixed] == problem.owner[problem.fixed]).all()
    given = (place >= 0) & (place != problem.owner)
    assert problem.allowed[problem.kind[given], place[given]].all()
    assert (problem.loads(place)[:, 0] <= problem.roof + 1e-9).all()


def test_a_state_knows_its_own_cost(problem):
    state = Search(problem, problem.owner)
    state.place_all()
    state.relieve()
    assert state.cost == pytest.approx(problem.cost(state.place))
    np.testing.assert_allclose(state.loads, problem.loads(state.place), atol=1e-9)


def test_no_more_moves_than_allowed(small):
    whole = small(1, units=30, people=4)
    for most in (0, 1, 3):
        fields = ("amounts", "kind", "allowed", "owner", "fixed", "capacity", "bands", "price")
        limited = Problem(**{name: getattr(whole, name) for name in fields}, most=most)
        place, _ = bounds.improve(limited, *search(limited, limited.owner, rounds=5, seed=0))
        assert limited.moved(place).sum() <= most


def test_fair_shares_add_up_and_are_those_of_capacity_where_all_may_hold_all(small):
    problem = small(3, units=30, people=4)
    every = np.ones((3, 4), bool)
    capacity = np.array([10.0, 20, 30, 40])
    fair = even_split(problem.amounts, problem.kind, every, capacity)
    np.testing.assert_allclose(fair, np.outer(capacity / 100, problem.amounts.sum(axis=0)))


def test_groups_that_share_nothing_have_their_own_fair_shares():
    amounts = np.array([[100.0, 1, 0, 0], [1, 1, 0, 0]])
    allowed = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], bool)
    fair = even_split(amounts, np.array([0, 1]), allowed, np.array([1.0, 1, 1, 3]))
    np.testing.assert_allclose(fair[:, 0], [50, 50, 0.25, 0.75])


def test_hours_are_as_even_as_the_rules_allow():
    """One person may hold everything, the other only the small part: that part is all the other's."""
    amounts = np.array([[90.0, 1, 0, 0], [10, 1, 0, 0]])
    allowed = np.array([[True, False], [True, True]])
    fair = even_split(amounts, np.array([0, 1]), allowed, np.array([1.0, 1]))
    np.testing.assert_allclose(fair[:, 0], [90, 10], rtol=1e-3)
