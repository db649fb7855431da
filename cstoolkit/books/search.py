"""The fast way: a greedy start, then moves, exchanges, and taking back what several moves did.

Deterministic: the rounds are counted, not timed, and chance comes from a seed.
"""

from __future__ import annotations

import numpy as np

from cstoolkit.books.problem import NOBODY, Problem

NEAR, PARTNERS = 64, 4
"""With how many others a person looks for a move, and for an exchange when no single move helps."""

GAIN = 1e-7
"""The least improvement that counts, in moves."""


class Search:
    """An assignment that is being improved: `place` (whose each unit is) and what goes with it."""

    def __init__(self, problem: Problem, place: np.ndarray) -> None:
        self.problem = problem
        self.moved = int(problem.moved(place).sum())
        self.place = place.copy()
        self.loads = problem.loads(place)
        self.strain = problem.strain(self.loads)

    @property
    def cost(self) -> float:
        """As ``Problem.cost``."""
        problem = self.problem
        left = self.place < 0
        hours = (problem.amounts[left, 0] + 0.001).sum()
        return float(self.moved + self.strain.sum() + problem.beyond * hours)

    @property
    def spare(self) -> float:
        """How many more moves there may be."""
        return self.problem.most - self.moved

    def put(self, unit: int, person: int) -> None:
        """Give the unit to the person."""
        before, owner = self.place[unit], self.problem.owner[unit]
        if owner >= 0:
            self.moved += int(person != owner) - int(before != owner)
        self.place[unit] = person
        for who, sign in ((before, -1), (person, 1)):
            if who >= 0:
                self.loads[who] += sign * self.problem.amounts[unit]
                self.strain[who] = self.problem.strain(self.loads[who], who)

    def place_all(self) -> None:
        """Give what nobody holds to the person whose load it evens out most, the largest first.

        Whoever has no room for it is left out.
        """
        problem = self.problem
        left = np.flatnonzero(self.place < 0)
        typical = np.maximum(problem.fair.mean(axis=0), 1e-9)
        order = left[np.argsort(-(problem.amounts[left] / typical).max(axis=1), kind="stable")]
        # What is to be the most even counts most.
        each = 1 / (problem.scale**2 * np.sqrt(np.maximum(problem.bands, 1e-4)))
        for unit in order:
            amount = problem.amounts[unit]
            room = self.loads[:, 0] + amount[0] <= problem.roof
            who = np.flatnonzero(room & problem.allowed[problem.kind[unit]])
            if len(who):
                rise = ((2 * self.loads[who] + amount) * amount * each[who]).sum(axis=1)
                self.put(unit, who[rise.argmin()])

    def relieve(self, waiting: np.ndarray | None = None) -> None:
        """Move and exchange, the person furthest off first, until nothing helps those `waiting`."""
        waiting = np.ones(self.problem.people, bool) if waiting is None else waiting
        while True:
            strain = np.where(waiting, self.strain, 0)
            person = int(strain.argmax())
            if strain[person] <= GAIN:
                return
            near = self.opposed(person)
            touched = self.move(person, near) or self.exchange(person, near[:PARTNERS])
            waiting[touched or person] = bool(touched)

    def opposed(self, person: int) -> np.ndarray:
        """The others, those first whose loads are off where the person's are off the other way."""
        problem = self.problem
        off = (self.loads - problem.fair) / problem.scale / np.maximum(problem.bands, 1e-4)
        score = off @ off[person]
        score[person] = np.inf
        return np.argsort(score, kind="stable")[: min(NEAR, problem.people - 1)]

    def move(self, person: int, near: np.ndarray) -> list[int]:
        """The best single move between the person and those near, done; whom it touched."""
        mine = np.flatnonzero((self.place == person) & ~self.problem.fixed)
        given, unit_out, taker = self.giving(mine, person, near)
        taken, unit_in = self.taking(person, near)
        if min(given, taken) >= -GAIN:
            return []
        if given <= taken:
            self.put(unit_out, taker)
            return [person, taker]
        giver = int(self.place[unit_in])
        self.put(unit_in, person)
        return [person, giver]

    def giving(self, mine: np.ndarray, person: int, near: np.ndarray) -> tuple[float, int, int]:
        """The best unit to give to somebody: what it changes, which unit, and to whom."""
        problem = self.problem
        if not len(mine) or not len(near):
            return 0.0, NOBODY, NOBODY
        amounts, owner = problem.amounts[mine], problem.owner[mine]
        gains = (problem.strain(self.loads[person] - amounts, person) - self.strain[person])[
            :, None
        ]
        loads = self.loads[near] + amounts[:, None, :]
        gains = gains + problem.strain(loads, near) - self.strain[near]
        home = owner[:, None] == near
        fee = ((owner >= 0) * 1.0 - ((owner >= 0) & (owner != person)))[:, None] - home
        can = problem.allowed[problem.kind[mine]][:, near] | home
        can &= (loads[..., 0] <= problem.roof[near]) & (fee <= self.spare)
        gains = np.where(can, gains + fee, np.inf)
        at = gains.argmin()
        return float(gains.flat[at]), int(mine[at // len(near)]), int(near[at % len(near)])

    def taking(self, person: int, near: np.ndarray) -> tuple[float, int]:
        """The best unit to take from somebody: what it changes, and which."""
        problem = self.problem
        holders = np.zeros(problem.people + 1, bool)  # the last stands for nobody
        holders[near] = True
        units = np.flatnonzero(holders[self.place] & ~problem.fixed)
        home = problem.owner[units] == person
        room = self.loads[person, 0] + problem.amounts[units, 0] <= problem.roof[person]
        units = units[room & (problem.may(person, units) | home)]
        if not len(units):
            return 0.0, NOBODY
        amounts, holder, owner = problem.amounts[units], self.place[units], problem.owner[units]
        gains = problem.strain(self.loads[person] + amounts, person) - self.strain[person]
        gains += problem.strain(self.loads[holder] - amounts, holder) - self.strain[holder]
        fee = (owner >= 0) * ((owner != person) * 1.0 - (owner != holder))
        gains = np.where(fee <= self.spare, gains + fee, np.inf)
        at = gains.argmin()
        return float(gains[at]), int(units[at])

    def exchange(self, person: int, partners: np.ndarray) -> list[int]:
        """The best exchange of two units with one of the partners, done; whom it touched."""
        problem = self.problem
        best, found = -GAIN, None
        mine = np.flatnonzero((self.place == person) & ~problem.fixed)
        for other in partners.tolist():
            theirs = np.flatnonzero((self.place == other) & ~problem.fixed)
            if not len(mine) or not len(theirs):
                continue
            gains = self.swapping(person, mine, other, theirs)
            at = gains.argmin()
            if gains.flat[at] < best:
                best = gains.flat[at]
                found = (int(mine[at // len(theirs)]), int(theirs[at % len(theirs)]), other)
        if found is None:
            return []
        self.put(found[0], found[2])
        self.put(found[1], person)
        return [person, found[2]]

    def swapping(self, person: int, mine: np.ndarray, other: int, theirs: np.ndarray) -> np.ndarray:
        """What exchanging each of the person's units for each of the other's changes."""
        problem = self.problem
        shift = problem.amounts[theirs][None] - problem.amounts[mine][:, None]
        here, there = self.loads[person] + shift, self.loads[other] - shift
        gains = problem.strain(here, person) + problem.strain(there, other)
        gains -= self.strain[person] + self.strain[other]
        can, fees = np.ones(gains.shape, bool), np.zeros(gains.shape)
        for units, giver, taker, loads, axis in (
            (mine, person, other, there, 1),
            (theirs, other, person, here, 0),
        ):
            owner = problem.owner[units]
            home = owner == taker
            fee = (owner >= 0) * (~home * 1.0 - (owner != giver))
            room = loads[..., 0] <= problem.roof[taker]
            fees += np.expand_dims(fee, axis)
            can &= np.expand_dims(home | problem.may(taker, units), axis) & room
        return np.where(can & (fees <= self.spare), gains + fees, np.inf)

    def take_back(self, people: np.ndarray) -> np.ndarray:
        """Undo all moves from and to these people; who was touched, as a mask."""
        problem = self.problem
        hit = np.isin(self.place, people) | np.isin(problem.owner, people)
        touched = np.zeros(problem.people, bool)
        touched[people] = True
        for unit in np.flatnonzero(problem.moved(self.place) & hit):
            touched[self.place[unit]] = True
            self.put(unit, problem.owner[unit])
            touched[problem.owner[unit]] = True
        return touched


def search(
    problem: Problem, start: np.ndarray, *, rounds: int, seed: int
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """What is left when moves, exchanges and `rounds` of taking back do not help.

    Returns the assignment, never worse than `start` and what the greedy steps make of it, and the
    pairs (unit, person) of all moves that were tried.
    """
    state = Search(problem, start)
    state.place_all()
    state.relieve()
    state.place_all()
    best, cost = state.place.copy(), state.cost
    rng = np.random.default_rng(seed)
    tried = [_changed(problem, best)]
    for _ in range(rounds):
        moved = np.flatnonzero(problem.moved(best))
        if not len(moved):
            break
        state = Search(problem, best)
        state.relieve(state.take_back(_neighbours(problem, best, moved, rng)))
        tried.append(_changed(problem, state.place))
        if state.cost <= cost + GAIN:
            best, cost = state.place.copy(), state.cost
    unit, person = np.unique(np.concatenate(tried), axis=0).T
    return best, (unit, person)


def _changed(problem: Problem, place: np.ndarray) -> np.ndarray:
    """The pairs (unit, person) that are not as today."""
    unit = np.flatnonzero((place >= 0) & (place != problem.owner))
    return np.stack([unit, place[unit]], axis=1)


def _neighbours(problem: Problem, place: np.ndarray, moved: np.ndarray, rng) -> np.ndarray:
    """Some people who gave to each other: a chain of moves through the current assignment."""
    first = rng.choice(moved)
    people = {int(problem.owner[first]), int(place[first])}
    wanted = rng.integers(2, min(max(problem.people // 3, 3), 7))
    for _ in range(8):
        if len(people) >= wanted:
            break
        now = np.array(sorted(people))
        near = moved[np.isin(problem.owner[moved], now) | np.isin(place[moved], now)]
        unit = rng.choice(near)
        people |= {int(problem.owner[unit]), int(place[unit])}
    return np.array(sorted(people))
