"""Placing people: whole people into teams in proportion to the work, each where their experience is."""

from __future__ import annotations

import dataclasses
import heapq
import math
from collections.abc import Mapping, Sequence

import numpy as np

from cstoolkit.org._service import Divided
from cstoolkit.org._work import Work


def apportion(seats: int, weights: Sequence[float], least: Sequence[int] | int = 1) -> list[int]:
    """Whole seats in proportion to the weights, each at least `least`: Webster's rule (largest weight / (2 seats + 1) gets
    the next).

    Weights that are all zero count alike. Raises ValueError when the least already take more seats than there are.

    >>> apportion(10, [50, 30, 20]), apportion(4, [97, 2, 1])
    ([5, 3, 2], [2, 1, 1])
    """
    taken = [least] * len(weights) if isinstance(least, int) else list(least)
    if sum(taken) > seats:
        raise ValueError(
            f"{seats} seats do not give {len(taken)} parts their least, {sum(taken)} in all."
        )
    even = not any(weight > 0 for weight in weights)
    queue = [
        (-(1.0 if even else weight) / (2 * count + 1), i)
        for i, (weight, count) in enumerate(zip(weights, taken))
    ]
    heapq.heapify(queue)
    for _ in range(seats - sum(taken)):
        i = heapq.heappop(queue)[1]
        taken[i] += 1
        heapq.heappush(queue, (-(1.0 if even else weights[i]) / (2 * taken[i] + 1), i))
    return taken


def place(
    units: Sequence, divided: Divided, people: Sequence[str], work: Work, book: Mapping[str, float]
) -> list:
    """The units with their people.

    Seats are handed down the hierarchy in proportion to hours, at least one a part; where there are fewer people than parts,
    neighbouring parts share a person, who then holds more than one place on purpose. Then each person takes the seat whose
    work he or she did most of in the last year (a linear assignment of people to seats).
    """
    if not people:
        return [dataclasses.replace(unit, people=(), main=None) for unit in units]
    pairs = divided.pairs
    hours = np.bincount(pairs["unit"], pairs["hours"], len(units))
    customers = np.bincount(pairs["unit"], minlength=len(units))
    if not hours.any():
        hours = customers.astype(float)
    least = [
        max((math.ceil(many / cap) for key, cap in book.items() if key in unit.path), default=1)
        for unit, many in zip(units, customers)
    ]
    seats: list[tuple[int, ...]] = []
    _hand_down(
        list(range(len(units))),
        0,
        len(people),
        [(*u.path, *u.cross) for u in units],
        hours,
        least,
        seats,
    )
    chosen = _choose(seats, units, divided, people, work)
    members: list[list[str]] = [[] for _ in units]
    mains: list[list[str]] = [[] for _ in units]
    for seat, person in zip(seats, chosen):
        mains[max(seat, key=lambda unit: (hours[unit], -unit))].append(people[person])
        for unit in seat:
            members[unit].append(people[person])
    return [
        dataclasses.replace(unit, people=tuple(everybody), main=tuple(own))
        for unit, everybody, own in zip(units, members, mains)
    ]


def _hand_down(units, level, seats, paths, hours, least, found) -> None:
    """Give `seats` to the units that share the first `level` names of their path; a seat is the units that one person
    serves."""
    if len(units) == 1 or seats == 1:
        found += [tuple(units)] * seats
        return
    parts: dict[str, list[int]] = {}
    for unit in units:
        parts.setdefault(paths[unit][level] if level < len(paths[unit]) else "", []).append(unit)
    groups = list(parts.values())
    if len(groups) == 1:
        _hand_down(units, level + 1, seats, paths, hours, least, found)
        return
    weight = [float(hours[group].sum()) for group in groups]
    if seats >= len(groups):
        wanted = [
            sum(least[unit] for unit in group) if any(least[unit] > 1 for unit in group) else 1
            for group in groups
        ]
        if sum(wanted) > seats:
            wanted = [1] * len(groups)
        for group, share in zip(groups, apportion(seats, weight, wanted)):
            _hand_down(group, level + 1, share, paths, hours, least, found)
        return
    # Fewer people than parts: the heaviest part goes to the person with least, then the next.
    load = [(0.0, person, []) for person in range(seats)]
    for i in sorted(range(len(groups)), key=lambda i: (-weight[i], i)):
        total, person, held = heapq.heappop(load)
        heapq.heappush(load, (total + weight[i], person, [*held, *groups[i]]))
    found += [tuple(sorted(held)) for _, _, held in sorted(load, key=lambda each: min(each[2]))]


def _choose(
    seats, units: Sequence, divided: Divided, people: Sequence[str], work: Work
) -> np.ndarray:
    """Which person takes each seat: first who lives in a seat's region, then who did most of its work, then who knows its
    industry."""
    known = work.people.set_index("person_id").reindex(people)
    column = {who: number for number, who in enumerate(people)}
    code = np.array([column.get(who, -1) for who in work.people["person_id"]] + [-1], np.int64)
    rows = divided.rows
    person, unit = code[rows["person"].to_numpy()], rows["unit"].to_numpy()
    good = (person >= 0) & (unit >= 0)
    done = np.bincount(
        person[good] * len(units) + unit[good],
        rows["hours"].to_numpy()[good],
        len(people) * len(units),
    )
    done = done.reshape(len(people), len(units)).astype(float)
    # Bonuses in hours: more than anybody works for where people live, a tie-break for what they know.
    lives, knows = 1e6, 1.0
    skills = known["skills"].fillna("").str.split(";")
    for number, one in enumerate(units):
        covers = dict(one.covers)
        if "region" in covers:
            done[:, number] += (
                lives * (known["region"] == covers["region"]).fillna(False).to_numpy()
            )
        if "industry" in covers:
            done[:, number] += knows * np.array([covers["industry"] in each for each in skills])
    if not done.any():
        return np.arange(len(people))
    from scipy.optimize import linear_sum_assignment

    gain = np.stack([done[:, list(seat)].sum(axis=1) for seat in seats], axis=1)
    chosen, seat = linear_sum_assignment(gain, maximize=True)
    result = np.empty(len(seats), np.int64)
    result[seat] = chosen
    return result
