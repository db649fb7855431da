"""What no assignment can beat, and the best one where that can be proven: HiGHS, through SciPy.

Counting alone says much: whoever is far above a band has to give away so many customers. Where the
problem is small enough, a linear program says more, and an integer one finds the best assignment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse
from scipy.sparse import csgraph

from cstoolkit.books.problem import MEASURES, NOBODY, Problem

LINEAR, EXACT = 6_000, 150
"""Up to so many pairs of a unit and somebody it may go to, the linear or the integer program is
solved (ours: a second each, about)."""

NODES = 300
"""Branches of the integer program before it gives up: counted, so that each run ends alike."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """So many moves out of (or in to) a person at least, less what is left uneven times `slope`.

    Who is d above a band gives away n units at least, if the n - 1 largest together are smaller
    than d. Leaving part of d uneven makes that less, by `slope` for each fair share.
    """

    person: np.ndarray
    measure: np.ndarray
    out: np.ndarray
    moves: np.ndarray
    slope: np.ndarray


def cuts(problem: Problem) -> Cuts:
    """The cuts of all people who are outside a band today."""
    found = []
    base = problem.loads(problem.owner)
    free = np.flatnonzero(~problem.fixed)
    for person in range(problem.people):
        mine = problem.owner[free] == person
        for out, units, gap in (
            (True, free[mine], base[person] - problem.high[person]),
            (False, free[~mine], problem.low[person] - base[person]),
        ):
            if not out:
                units = units[problem.may(person, units)]
            for measure in np.flatnonzero(gap > 1e-9 * problem.scale[person]):
                sizes = np.sort(problem.amounts[units, measure])[::-1]
                sums = np.concatenate([[0.0], sizes.cumsum()])
                moves = min(int(np.searchsorted(sums, gap[measure] - 1e-9)), len(sizes))
                rest = gap[measure] - sums[max(moves - 1, 0)]
                if moves and rest > 1e-9:
                    slope = problem.scale[person, measure] / rest
                    found.append((person, measure, out, moves, slope))
    columns = list(zip(*found)) or [()] * 5
    kinds = (int, int, bool, float, float)
    return Cuts(*(np.array(each, kind) for each, kind in zip(columns, kinds)))


def counted(problem: Problem) -> float:
    """The least cost by counting: moves out of whoever holds too much, or in to whoever holds too
    little, whichever is more, in each group of people between whom units can move.
    """
    found = cuts(problem)
    loose = problem.owner == NOBODY
    least = found.moves - 1 + np.minimum(1, 100 * problem.price / found.slope)
    # What is nobody's today comes in without a move.
    spare = problem.allowed[np.unique(problem.kind[loose])].any(axis=0)
    least[~found.out & spare[found.person]] = 0
    sides = np.zeros((2, problem.people))
    np.maximum.at(sides, (found.out.astype(int), found.person), least)
    group = _groups(problem)
    return float(np.stack([np.bincount(group, each) for each in sides]).max(axis=0).sum())


def _groups(problem: Problem) -> np.ndarray:
    """The group of each person: two are in one if a unit of one may go to the other."""
    held = np.flatnonzero(problem.owner >= 0)
    links = sparse.lil_matrix((len(problem.allowed), problem.people))
    links[problem.allowed] = 1
    links = links.tocsr() + sparse.csr_matrix(
        (np.ones(len(held)), (problem.kind[held], problem.owner[held])), links.shape
    )
    both = sparse.block_array([[None, links], [links.T, None]])
    return csgraph.connected_components(both, directed=False)[1][len(problem.allowed) :]


def pairs(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Every unit with every person it may go to."""
    free = np.flatnonzero(~problem.fixed)
    can = problem.allowed[problem.kind[free]]
    owned = problem.owner[free] >= 0
    can[owned, problem.owner[free][owned]] = False
    row, person = np.nonzero(can)
    return free[row], person


def solve(
    problem: Problem, unit: np.ndarray, person: np.ndarray, *, whole: bool
) -> tuple[float, np.ndarray]:
    """The least cost over these pairs, and how much of each happens.

    Parameters
    ----------
    unit, person : arrays
        The pairs. A unit without one stays where it is.
    whole : bool
        Whether units move as a whole; else parts of them may, which costs less or the same.

    Returns
    -------
    tuple
        A cost that no assignment over these pairs is below, and the share of each pair (empty if
        there was none when the branches were used up).
    """
    loose = np.flatnonzero(problem.owner == NOBODY)
    base = problem.loads(problem.owner)
    found = cuts(problem)
    people, wide = problem.people, base.size
    own = problem.owner[unit]
    moved = np.flatnonzero(own >= 0)
    # Variables: above and below each band, hours beyond capacity, units left out, pairs.
    first = 2 * wide + people
    column = first + len(loose) + np.arange(len(unit))
    cut = wide + people  # rows: measures of people, their capacity, cuts, all moves, units
    last = cut + len(found.person) + 1
    entries = []

    def add(row, column, value):
        entries.append(np.broadcast_arrays(row, column, value))

    for who, where, sign in ((person, np.arange(len(unit)), 1.0), (own[moved], moved, -1.0)):
        for measure in range(len(MEASURES)):
            amount = sign * problem.amounts[unit[where], measure]
            add(who * len(MEASURES) + measure, column[where], amount / problem.scale[who, measure])
            if measure == 0:
                add(wide + who, column[where], amount)
    for start, sign in ((0, -1.0), (wide, 1.0)):  # in fair shares
        add(np.arange(wide), start + np.arange(wide), sign)
    add(wide + np.arange(people), 2 * wide + np.arange(people), -1.0)
    for at, who in enumerate(found.person):
        add(cut + at, column[(own if found.out[at] else person) == who], 1.0)
        side = who * len(MEASURES) + found.measure[at] + (0 if found.out[at] else wide)
        add(cut + at, side, found.slope[at])
    add(last - 1, column[moved], 1.0)
    add(last + unit, column, 1.0)
    add(last + loose, first + np.arange(len(loose)), 1.0)
    rows, columns, values = (
        np.concatenate([each[i].ravel() for each in entries]) for i in range(3)
    )
    shape = (last + len(problem.owner), column[-1] + 1)
    matrix = sparse.csr_matrix((values, (rows.astype(int), columns.astype(int))), shape)
    low, high = ((each - base) / problem.scale for each in (problem.low, problem.high))
    least = np.concatenate([low.ravel(), np.full(people, -np.inf), found.moves, [0.0]])
    most = np.concatenate([high.ravel(), problem.capacity - base[:, 0]])
    once = np.where(problem.owner == NOBODY, 1.0, 0.0)
    price = np.concatenate(
        [
            np.full(2 * wide, 100 * problem.price),
            np.full(people, 2 * problem.beyond),
            problem.beyond * (problem.amounts[loose, 0] + 0.001),
            (own >= 0) * 1.0,
        ]
    )
    roof = np.where(np.arange(len(price)) < first, np.inf, 1.0)
    roof[2 * wide : first] = problem.roof - problem.capacity
    solved = optimize.milp(
        price,
        integrality=(np.arange(len(price)) >= first) * whole,
        bounds=optimize.Bounds(0, roof),
        constraints=optimize.LinearConstraint(
            matrix,
            np.concatenate([least, once]),
            np.concatenate(
                [most, np.full(len(found.person), np.inf), [problem.most], np.ones(len(once))]
            ),
        ),
        options={"node_limit": NODES, "mip_rel_gap": 0},
    )
    bound = solved.mip_dual_bound if whole else solved.fun
    x = np.zeros(0) if solved.x is None else solved.x[first + len(loose) :]
    return (float(bound) if bound is not None else 0.0), x


def improve(problem: Problem, place: np.ndarray) -> tuple[np.ndarray, float]:
    """An assignment that costs no more, and a cost that none can be below.

    Parameters
    ----------
    problem : Problem
    place : array
        The assignment found so far.

    Returns
    -------
    tuple
        The assignment (proven to be the best where both costs agree), and the bound.
    """
    cost, bound = problem.cost(place), counted(problem)
    unit, person = pairs(problem)
    for whole, largest in ((False, LINEAR), (True, EXACT)):
        if not 0 < len(unit) <= largest or cost - bound <= 1e-6:
            break
        found, x = solve(problem, unit, person, whole=whole)
        bound = max(bound, found - 1e-6)
        if whole and len(x):
            other = problem.owner.copy()
            taken = x > 0.5
            other[unit[taken]] = person[taken]
            if problem.cost(other) < cost:
                place, cost = other, problem.cost(other)
    return place, min(bound, cost)
