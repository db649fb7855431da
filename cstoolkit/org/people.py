"""Whole people in a design: how many go to each team, who takes which place, who leads whom.

Sources: S0, S2, S4 (docs/sources.md).
"""

from __future__ import annotations

import dataclasses
import heapq
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cstoolkit import checks, reference, tables
from cstoolkit.data.company import Company
from cstoolkit.org.service import divide
from cstoolkit.org.workload import Work

if TYPE_CHECKING:
    from cstoolkit.org.axes import Axis
    from cstoolkit.org.design import OrgDesign, Unit

HEAD = "Customer Success"
"""The name of the whole, which the head of CS leads."""

LIVES, KNOWS = 1e6, 1.0
"""What a person's place is worth beside the hours done there, in hours: more than anybody works for
the region that somebody lives in, a tie-break for an industry that somebody knows (ours)."""


REPORTING = tables.read("org", "reporting_lines").set_index("line")["chain"].str.split(" > ")
LINES = tuple(REPORTING.index)
"""S2's reporting lines. S2 names them and says where each is seen; it gives no further detail."""


def reporting_line(line: str) -> tuple[str, ...]:
    """Who stands above CS in one of S2's reporting lines, from the top down to its head.

    Raises
    ------
    ValueError
        For a line that is none of S2's.

    References
    ----------
    S2 (docs/sources.md).

    Examples
    --------
    >>> reporting_line("under CCO")
    ('CEO', 'CCO', 'head of CS')
    """
    checks.one_of("reporting_line", "line", line, LINES)
    return tuple(REPORTING[line])


def apportion(seats: int, weights: Sequence[float], least: Sequence[int]) -> list[int]:
    """Whole seats in proportion to the weights, by Webster's rule, each part with its least.

    The next seat goes to the largest weight / (2 seats + 1); all weights zero count like all equal.

    Examples
    --------
    >>> apportion(10, [50, 30, 20], [1, 1, 1]), apportion(4, [97, 2, 1], [1, 1, 1])
    ([5, 3, 2], [2, 1, 1])
    """
    taken = list(least)
    if not any(weights):
        weights = [1.0] * len(weights)
    queue = [(-weights[i] / (2 * many + 1), i) for i, many in enumerate(taken)]
    heapq.heapify(queue)
    for _ in range(seats - sum(taken)):
        i = queue[0][1]
        taken[i] += 1
        heapq.heapreplace(queue, (-weights[i] / (2 * taken[i] + 1), i))
    return taken


def place(
    units: Sequence[Unit],
    axes: Sequence[Axis],
    people: Sequence[str],
    work: Work,
    book: Mapping[str, float],
) -> list[Unit]:
    """The units with their people.

    Seats are handed down the hierarchy in proportion to hours, at least one a part; where there are
    fewer people than parts, neighbouring parts share a person, who then holds more than one place
    on purpose. Then each person takes the seat whose work he or she did most of in the last year
    (a linear assignment of people to seats).
    """
    if not people:
        return [dataclasses.replace(unit, people=(), main=()) for unit in units]
    division = divide(work, units, axes)
    taken = division.rows[division.rows["unit"] >= 0]
    hours = np.bincount(taken["unit"], taken["hours"], len(units))
    customers = np.zeros(len(units))
    if book or not hours.any():
        customers = np.bincount(division.pairs["unit"], minlength=len(units))
    if not hours.any():
        hours = customers.astype(float)
    least = [
        max((math.ceil(many / cap) for key, cap in book.items() if key in unit.path), default=1)
        for unit, many in zip(units, customers)
    ]
    paths = [(*unit.path, *unit.cross) for unit in units]
    seats = _hand_down(list(range(len(units))), 0, len(people), paths, hours, least)
    done = _done(division.rows, units, people, work)
    chosen = np.arange(len(people))
    if done.any() and len(set(seats)) > 1:
        from scipy.optimize import linear_sum_assignment

        gain = np.stack([done[:, list(seat)].sum(axis=1) for seat in seats], axis=1)
        person, seat = linear_sum_assignment(gain, maximize=True)
        chosen[seat] = person
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


def _hand_down(
    units: list[int],
    level: int,
    seats: int,
    paths: Sequence[tuple[str, ...]],
    hours: np.ndarray,
    least: Sequence[int],
) -> list[tuple[int, ...]]:
    """Give `seats` to the units that share the first `level` names of their path; a seat is the
    units that one person serves."""
    if len(units) == 1 or seats == 1:
        return [tuple(units)] * seats
    parts: dict[str, list[int]] = {}
    for unit in units:
        parts.setdefault(paths[unit][level] if level < len(paths[unit]) else "", []).append(unit)
    groups = list(parts.values())
    weight = [float(hours[group].sum()) for group in groups]
    if seats >= len(groups):
        kept = [[least[unit] for unit in group] for group in groups]
        wanted = [sum(each) if max(each) > 1 else 1 for each in kept]
        if sum(wanted) > seats:
            wanted = [1] * len(groups)
        found = []
        for group, share in zip(groups, apportion(seats, weight, wanted)):
            found += _hand_down(group, level + 1, share, paths, hours, least)
        return found
    # Fewer people than parts: the heaviest part goes to the person with least, then the next.
    load = [(0.0, 0, person, []) for person in range(seats)]
    for i in sorted(range(len(groups)), key=lambda i: (-weight[i], i)):
        total, many, person, held = load[0]
        heapq.heapreplace(load, (total + weight[i], many + 1, person, [*held, *groups[i]]))
    return sorted(tuple(sorted(held)) for *_, held in load)


def _done(
    rows: pd.DataFrame, units: Sequence[Unit], people: Sequence[str], work: Work
) -> np.ndarray:
    """What speaks for each person at each unit, in hours: the work done there, and who lives or
    knows where."""
    code = np.append(pd.Index(people).get_indexer(work.people["person_id"]), -1)
    person, unit = code[rows["person"]], rows["unit"].to_numpy()
    good = (person >= 0) & (unit >= 0)
    key, hours = person[good] * len(units) + unit[good], rows["hours"][good]
    done = np.bincount(key, hours, len(people) * len(units)).astype(float)
    done = done.reshape(len(people), -1)
    region = work.known("region").reindex(people)
    skills = work.known("skills").reindex(people).fillna("").str.split(";")
    for number, one in enumerate(units):
        covers = dict(one.covers)
        if "region" in covers:
            done[:, number] += LIVES * (region == covers["region"]).fillna(False)
        if "industry" in covers:
            done[:, number] += KNOWS * np.array([covers["industry"] in own for own in skills])
    return done


def managers(design: OrgDesign, *, span: int | None = None) -> pd.DataFrame:
    """The leaders that a design needs.

    Nobody stands between the head and the people while all of them fit one leader's span. Beyond
    that a team of two or more has a leader, a part of the hierarchy with two or more reports too,
    and where reports exceed the span they are split among several leaders. Leaders come on top of
    the people placed. Support teams count as parts below the head.

    Parameters
    ----------
    design : OrgDesign
    span : int, optional
        Direct reports a leader can have; default: what an experienced leader handles at least, 8.

    Returns
    -------
    DataFrame
        One row a team that has any: team, leaders, reports (direct, in all), layer (1 leads
        people).

    Raises
    ------
    ValueError
        For a span below 2.

    References
    ----------
    S4 (docs/sources.md).
    """
    span = reference.figure("span_experienced").low if span is None else span
    span = checks.count("managers", "span", span, least=2)
    teams = [(unit.path, len(unit.main)) for unit in design.units]
    teams += [((team,), len(own)) for team, own in design.support.items()]
    tree: dict = {}
    for path, many in teams:
        node = tree
        for name in path:
            node = node.setdefault(name, {})
        node[None] = node.get(None, 0) + many
    rows: list[tuple[str, int, int, int]] = []
    reports, below = sum(many for _, many in teams), 0
    if reports > span:
        parts = [_lead(child, name, span, rows) for name, child in tree.items()]
        reports, below = sum(many for many, _ in parts), max(layer for _, layer in parts)
    while reports > span:
        groups = math.ceil(reports / span)
        below += 1
        rows.append(("group leads", groups, reports, below))
        reports = groups
    rows.append((HEAD, 1, reports, below + 1))
    return pd.DataFrame(rows[::-1], columns=["team", "leaders", "reports", "layer"])


def _lead(node: dict, name: str, span: int, rows: list) -> tuple[int, int]:
    """How many report upwards out of this part, and how many layers of leaders stand in it."""
    reports, layer = node.get(None, 0), 0
    for child, below in node.items():
        if child is not None:
            many, deep = _lead(below, f"{name} / {child}", span, rows)
            reports, layer = reports + many, max(layer, deep)
    if reports <= 1:
        return reports, layer
    leaders = math.ceil(reports / span)
    rows.append((name, leaders, reports, layer + 1))
    return leaders, layer + 1


def posted(company: Company, people: pd.DataFrame) -> pd.DataFrame:
    """The same from the posts on `as_of`, one row a leader; `team` is where the leader stands."""
    people = people.set_index("person_id")
    boss = people["manager_id"].where(people["manager_id"].isin(people.index))
    reports = boss.value_counts()
    layer, level, height = pd.Series(0, index=boss.index), boss.index, 0
    while len(level):
        layer[level] = height
        level, height = pd.Index(boss[level].dropna().unique()), height + 1
        if height > len(boss):
            raise ValueError(
                f"{company.name}: posts name managers in a circle; "
                "nobody is led by their own report."
            )
    led = people.loc[reports.index, ["team"]].assign(leaders=1, reports=reports)
    return led.assign(layer=layer[reports.index]).reset_index(drop=True)
