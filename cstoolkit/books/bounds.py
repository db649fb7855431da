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

LINEAR, EXACT, TRIED = 6_000, 150, 80
"""Up to so many pairs of a unit and somebody it may go to, the linear program is solved; the
integer one over all pairs; and over those that the search has tried (ours: a second, about)."""

MANY = 200
"""Units among which one person's moves are counted exactly; with more, measure by measure."""

NODES, FEW_NODES = 100, 20
"""Branches of an integer program before it gives up, and of one person's: counted, not timed, so
that each run ends alike."""


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


def counted(problem: Problem, *, together: bool = False) -> float:
    """The least cost by counting: moves out of whoever holds too much, or in to whoever holds too
    little, whichever is more, in each group of people between whom units can move.

    `together` counts for all measures of a person at once, which says more and takes longer.
    """
    found = cuts(problem)
    loose = problem.owner == NOBODY
    least = found.moves - 1 + np.minimum(1, 100 * problem.price / found.slope)
    # What is nobody's today comes in without a move.
    spare = problem.allowed[np.unique(problem.kind[loose])].any(axis=0)
    least[~found.out & spare[found.person]] = 0
    sides = np.zeros((2, problem.people))
    side = found.out.astype(int)
    np.maximum.at(sides, (side, found.person), least)
    several, count = np.unique(np.stack([side, found.person]), axis=1, return_counts=True)
    for out, person in several[:, (count > 1) & together].T:
        if out or not spare[person]:
            which = (side == out) & (found.person == person)
            sides[out, person] = max(
                sides[out, person], _together(problem, person, found.measure[which], bool(out))
            )
    group = _groups(problem)
    return float(np.stack([np.bincount(group, each) for each in sides]).max(axis=0).sum())


def _together(problem: Problem, person: int, measures: np.ndarray, out: bool) -> float:
    """The least cost of one person's moves out (or in) that several measures ask for at once."""
    free = np.flatnonzero(~problem.fixed)
    mine = problem.owner[free] == person
    units = free[mine] if out else free[~mine & problem.may(person, free)]
    if len(units) > MANY:
        return 0.0
    base = problem.loads(problem.owner)[person]
    gap = base - problem.high[person] if out else problem.low[person] - base
    scale = problem.scale[person, measures]
    sizes = problem.amounts[units][:, measures].T / scale[:, None]
    left = len(measures)  # what stays uneven in each
    solved = optimize.milp(
        np.append(np.ones(len(units)), np.full(left, 100 * problem.price)),
        integrality=np.append(np.ones(len(units)), np.zeros(left)),
        bounds=optimize.Bounds(0, np.append(np.ones(len(units)), np.full(left, np.inf))),
        constraints=optimize.LinearConstraint(
            np.hstack([sizes, np.eye(left)]), gap[measures] / scale, np.inf
        ),
        options={"node_limit": FEW_NODES, "mip_rel_gap": 0},
    )
    return max(float(solved.mip_dual_bound or 0.0) - 1e-6, 0.0)


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


def improve(
    problem: Problem, place: np.ndarray, tried: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, float]:
    """An assignment that costs no more, and a cost that none can be below.

    Parameters
    ----------
    problem : Problem
    place : array
        The assignment found so far.
    tried : tuple of arrays
        The pairs (unit, person) that the search has used: of a few, the best are chosen exactly.

    Returns
    -------
    tuple
        The assignment (proven to be the best where both costs agree), and the bound.
    """
    cost, bound = problem.cost(place), counted(problem)
    free = ~problem.fixed
    many = int(problem.allowed.sum(axis=1)[problem.kind[free]].sum())
    every = pairs(problem) if many <= LINEAR + free.sum() else None
    if cost - bound > 1e-6 and many:
        more = cost  # where nothing can move
        if every is None:
            more = counted(problem, together=True)
        elif len(every[0]):
            more, _ = solve(problem, *every, whole=False)
        bound = max(bound, more - 1e-6)
    for found_pairs, largest in ((tried, TRIED), (every, EXACT)):
        unit, person = found_pairs or (np.zeros(0, int), np.zeros(0, int))
        if not 0 < len(unit) <= largest or cost - bound <= 1e-6:
            continue
        found, x = solve(problem, unit, person, whole=True)
        if largest == EXACT:
            bound = max(bound, found - 1e-6)
        if len(x):
            other = problem.owner.copy()
            other[unit[x > 0.5]] = person[x > 0.5]
            if problem.cost(other) < cost:
                place, cost = other, problem.cost(other)
    return place, min(bound, cost)
