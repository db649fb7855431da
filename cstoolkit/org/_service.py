"""Who serves whom in a design: every piece of work falls to a unit, and within a unit every customer to one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.data.contract import PHASES
from cstoolkit.org._axes import Axis
from cstoolkit.org._work import Work

ALL_PHASES = (1 << len(PHASES)) - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Divided:
    """The work divided over units, before anybody is placed.

    `pairs`: c, unit, phases (bits in which the unit serves the customer), hours (a year), sorted by c and unit. `rows`: the
    work's rows as c, person, phase, department, kind, hours, unit, pair (place in `pairs`); unit and pair are -1 where no
    unit takes the work. `at`: the unit of every class of customers (`of` is a customer's class), phase, feature or product,
    and department; -1 is a gap. `twice` counts the places claimed by two units.
    """

    units: int
    pairs: pd.DataFrame
    rows: pd.DataFrame
    at: np.ndarray
    of: np.ndarray
    parts: np.ndarray
    by: tuple[str, ...]
    twice: int


def divide(work: Work, units: Sequence, axes: Sequence[Axis]) -> Divided:
    """Find the unit for every customer, phase, feature (or product) and department that counts for it."""
    by = tuple(dict.fromkeys(each.dimension for each in axes))
    of, at, twice = _lookup(work, units, axes)
    parts = (
        work.use if "feature" in by else work.held if "product" in by else np.ones((len(work), 1))
    )
    needed = parts > 0
    if "product" in by:
        # A customer without a known product falls to every product's unit rather than to nobody.
        needed = needed | ~needed.any(axis=1, keepdims=True)
    touched = work.touched if "department" in by else np.ones((len(work), 1), bool)
    found = []
    for part in range(at.shape[2]):
        for department in range(at.shape[3]):
            c = np.flatnonzero(needed[:, part] & touched[:, department])
            for phase in range(at.shape[1]):
                unit = at[of[c], phase, part, department]
                found.append((c[unit >= 0], unit[unit >= 0]))
    c, unit = (np.concatenate(each) for each in zip(*found))
    size = max(len(units), 1)
    key = distinct(c * size + unit)
    c, unit = key // size, key % size
    rows = _rows(work, of, at, parts, by)
    # Whatever a row needs, its customer needs: a row that has a unit has a pair.
    place = np.searchsorted(key, rows["c"].to_numpy() * size + rows["unit"].to_numpy())
    rows["pair"] = np.where(rows["unit"] >= 0, place, -1)
    taken = rows[rows["unit"] >= 0]
    hours = np.bincount(taken["pair"], taken["hours"], len(key))
    bits = _unit_phases(units, axes)
    pairs = pd.DataFrame({"c": c, "unit": unit, "phases": bits[unit], "hours": hours})
    return Divided(
        units=len(units), pairs=pairs, rows=rows, at=at, of=of, parts=parts, by=by, twice=twice
    )


def distinct(key: np.ndarray) -> np.ndarray:
    """The distinct whole numbers, ascending. (Sorting them is several times faster than the hash table of
    ``numpy.unique``.)"""
    key = np.sort(key)
    return key[np.concatenate([[True], key[1:] != key[:-1]])] if len(key) else key


def deal(divided: Divided, units: Sequence) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Give every customer of a unit to one of its people: `pairs` with person (place among the people; -1 for a unit
    without any).

    Customers are dealt out in the order of their hours, there and back again, so that people of a unit hold equal numbers
    and about equal hours: the fairest books that look at nothing else.
    """
    people = tuple(dict.fromkeys(who for unit in units for who in unit.people))
    code = {who: place for place, who in enumerate(people)}
    members = [np.array([code[who] for who in unit.people], np.int64) for unit in units]
    size = np.array([len(each) for each in members], np.int64)
    first = np.concatenate([[0], np.cumsum(size)])
    flat = np.concatenate([*members, np.array([-1])])
    pairs = divided.pairs
    unit = pairs["unit"].to_numpy()
    order = np.lexsort((pairs["c"].to_numpy(), -pairs["hours"].to_numpy(), unit))
    begins = np.concatenate([[0], np.cumsum(np.bincount(unit, minlength=len(units)))])
    rank = np.empty(len(pairs), np.int64)
    rank[order] = np.arange(len(pairs)) - begins[unit[order]]
    many = np.maximum(size[unit], 1)
    lap, seat = np.divmod(rank, many)
    seat = np.where(lap % 2 == 1, many - 1 - seat, seat)
    person = np.where(size[unit] > 0, flat[np.minimum(first[unit] + seat, len(flat) - 1)], -1)
    return pairs.assign(person=person), people


def _lookup(
    work: Work, units: Sequence, axes: Sequence[Axis]
) -> tuple[np.ndarray, np.ndarray, int]:
    """The class of every customer by the account axes, and the unit at every class, phase, part and department."""
    accounts = [each for each in axes if each.dimension == "customer"]
    codes = np.zeros((len(work), 0), np.int64)
    if accounts:
        columns = [
            pd.Index(each.values).get_indexer(each.customers.reindex(work.ids)) for each in accounts
        ]
        codes = np.stack(columns, axis=1)
    width = [len(each.values) + 1 for each in accounts]
    joint = (
        np.ravel_multi_index(tuple((codes + 1).T), width)
        if accounts
        else np.zeros(len(work), np.int64)
    )
    classes, of = np.unique(joint, return_inverse=True)
    values = (
        np.stack(np.unravel_index(classes, width)) - 1
        if accounts
        else np.zeros((0, len(classes)), np.int64)
    )
    known = {
        "phase": PHASES,
        "feature": work.features,
        "product": work.products,
        "department": work.departments,
    }
    used = {each.dimension for each in axes}
    part = "product" if "product" in used else "feature"
    shape = [len(known[each]) if each in used else 1 for each in ("phase", part, "department")]
    at = np.full((len(classes), *shape), -1, np.int64)
    by_name = {each.name: each for each in axes}
    place = {each.name: number for number, each in enumerate(accounts)}
    twice = 0
    for number, unit in enumerate(units):
        masks = [np.ones(size, bool) for size in at.shape]
        for name, value in unit.covers:
            one = by_name[name]
            if one.dimension == "customer":
                masks[0] &= values[place[name]] == one.values.index(value)
            else:
                dimension = 1 + ("phase", part, "department").index(one.dimension)
                masks[dimension] &= np.isin(known[one.dimension], one.members[value])
        block = np.ix_(*masks)
        twice += int((at[block] >= 0).sum())
        at[block] = number
    return of, at, twice


def _rows(
    work: Work, of: np.ndarray, at: np.ndarray, parts: np.ndarray, by: tuple[str, ...]
) -> pd.DataFrame:
    """The work's rows with their unit; where features or products divide, each row is split by the customer's use or ARR."""
    rows = work.rows
    c = rows["c"].to_numpy()
    phase = rows["phase"].to_numpy() if "phase" in by else np.zeros(len(rows), np.int64)
    department = (
        rows["department"].to_numpy() if "department" in by else np.zeros(len(rows), np.int64)
    )
    part, share = np.zeros(len(rows), np.int64), None
    if "feature" in by or "product" in by:
        even = np.where(parts.any(axis=1, keepdims=True), parts, 1 / max(parts.shape[1], 1))
        held_c, held = np.nonzero(even)
        first = np.concatenate([[0], np.cumsum(np.bincount(held_c, minlength=len(work)))])
        many = np.diff(first)[c]
        row = np.repeat(np.arange(len(rows)), many)
        step = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
        part = held[first[c[row]] + step]
        rows, share = rows.iloc[row], even[c[row], part]
        c, phase, department = c[row], phase[row], department[row]
    unit = at[of[c], phase, part, department]
    hours = rows["hours"].to_numpy() if share is None else rows["hours"].to_numpy() * share
    return rows.assign(hours=hours, unit=unit).reset_index(drop=True)


def _unit_phases(units: Sequence, axes: Sequence[Axis]) -> np.ndarray:
    """The phases in which each unit serves its customers, as bits."""
    by_phase = {each.name: each for each in axes if each.dimension == "phase"}
    bits = np.full(len(units), ALL_PHASES, np.int64)
    for number, unit in enumerate(units):
        for name, value in unit.covers:
            if name in by_phase:
                bits[number] = sum(
                    1 << PHASES.index(phase) for phase in by_phase[name].members[value]
                )
    return bits
