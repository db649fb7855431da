"""Whole people in a design: how many go to each team, who takes which place, who leads whom.

Sources: S0, S2, S4 (docs/sources.md).
"""

from __future__ import annotations

import dataclasses
import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


LINES = ("CEO-direct", "under CCO", "under CRO")
"""S2's reporting lines. S2 names them and says where each is seen; it gives no further detail."""


@dataclass(frozen=True, kw_only=True)
class ReportingLine:
    """Who stands above CS and who beside it.

    Attributes
    ----------
    line : str
        One of ``LINES``.
    chain : tuple of str
        From the top down to the leader of CS.
    beside : str
        The member of the chain whose peers `peers` are.
    """

    line: str
    chain: tuple[str, ...]
    beside: str
    peers: tuple[str, ...]

    @property
    def head(self) -> str:
        """Who heads CS."""
        return self.chain[-1]

    @property
    def levels(self) -> int:
        """Levels from the top to the head of CS: 1 when it reports directly."""
        return len(self.chain) - 1


def reporting_line(
    line: str, *, top: str = "CEO", peers: tuple[str, ...] = ("head of sales",)
) -> ReportingLine:
    """One of S2's reporting lines.

    Parameters
    ----------
    line : str
        One of ``LINES``.
    top : str
        In a large company of independent businesses, the head of the business.
    peers : tuple of str
        The head of sales is S2's for the CCO; for the other two lines it is this project's reading.

    Raises
    ------
    ValueError
        For a line that is none of S2's.

    References
    ----------
    S2 (docs/sources.md).

    Examples
    --------
    >>> reporting_line("under CCO").chain
    ('CEO', 'CCO', 'head of CS')
    """
    checks.one_of("reporting_line", "line", line, LINES)
    row = tables.read("org", "reporting_lines").set_index("line").loc[line]
    below = [part.strip() for part in row["below_top"].split(";")]
    return ReportingLine(line=line, chain=(top, *below), beside=row["beside"], peers=peers)


def apportion(seats: int, weights: Sequence[float], least: Sequence[int] | int = 1) -> list[int]:
    """Whole seats in proportion to the weights, by Webster's rule.

    Parameters
    ----------
    seats : int
        How many there are.
    weights : sequence of float
        Of each part; all zero counts like all equal.
    least : int or sequence of int
        What each part has in any case.

    Returns
    -------
    list of int
        Seats of each part: the next goes to the largest weight / (2 seats + 1).

    Raises
    ------
    ValueError
        For what is no number of seats, no weight or no parts, and when the least already take more
        seats than there are.

    Examples
    --------
    >>> apportion(10, [50, 30, 20]), apportion(4, [97, 2, 1])
    ([5, 3, 2], [2, 1, 1])
    """
    seats = checks.count("apportion", "seats", seats)
    weights = checks.amounts(
        "apportion", pd.Series(weights, name="weights", dtype="object")
    ).tolist()
    taken = [least] * len(weights) if checks.is_number(least) else list(least)
    taken = [checks.count("apportion", "least", many) for many in taken]
    if not weights or len(taken) != len(weights):
        raise ValueError(
            f"apportion: each part has a weight and a least, got {len(weights)} weights "
            f"and {len(taken)} least."
        )
    if sum(taken) > seats:
        raise ValueError(
            f"{seats} seats do not give {len(taken)} parts their least, {sum(taken)} in all."
        )
    if not any(weight > 0 for weight in weights):
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
        return [dataclasses.replace(unit, people=(), main=None) for unit in units]
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
        wanted = [
            sum(least[unit] for unit in group) if any(least[unit] > 1 for unit in group) else 1
            for group in groups
        ]
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
    known = work.people.set_index("person_id").reindex(people)
    skills = known["skills"].fillna("").str.split(";")
    for number, one in enumerate(units):
        covers = dict(one.covers)
        if "region" in covers:
            done[:, number] += LIVES * (known["region"] == covers["region"]).fillna(False)
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
    posts = design.posts
    main = posts[posts["post"].isin(["main", "support"])]
    tree: dict = {}
    for (team, _), rows in main.groupby(["team", "post"], sort=False):
        node = tree
        for name in str(team).split(" / "):
            node = node.setdefault(name, {})
        node[None] = node.get(None, 0) + len(rows)
    rows: list[tuple[str, int, int, int]] = []
    reports, below = len(main), 0
    if len(main) > span:
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
    layer = pd.Series(0, index=boss.index)
    level = boss.index
    for height in range(1, len(boss) + 1):
        level = pd.Index(boss[level].dropna().unique())
        if not len(level):
            break
        layer[level] = height
    else:
        raise ValueError(
            f"{company.name}: posts name managers in a circle; nobody is led by their own report."
        )
    leaders = reports.index
    return pd.DataFrame(
        {
            "team": people["team"][leaders].to_numpy(),
            "leaders": 1,
            "reports": reports.to_numpy(),
            "layer": layer[leaders].to_numpy(),
        }
    )
