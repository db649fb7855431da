"""A CS organisation as data: who covers what, in which composition, and to whom it reports (S0, S1, S2, S3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.org._axes import Axis, axis
from cstoolkit.org._reporting import ReportingLine, reporting_line
from cstoolkit.org._service import divide
from cstoolkit.org._staff import place
from cstoolkit.org._work import work

CEO_DIRECT = reporting_line("CEO-direct")
HEAD = "Customer Success"
"""The name of the whole, which the head of CS leads."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """The smallest part of a design: a team, or in a matrix one crossing of a team with a second axis.

    `path` is the hierarchy down to the team, `cross` the values of the matrix axes, `covers` both as (axis, value): a piece
    of work falls to the unit when it has all of these values. `people` serve it; `main` are those of them who have their
    main post here (None: all), the others have it elsewhere and serve this unit too.
    """

    path: tuple[str, ...]
    cross: tuple[str, ...] = ()
    covers: tuple[tuple[str, str], ...] = ()
    people: tuple[str, ...] = ()
    main: tuple[str, ...] | None = None

    @property
    def at_home(self) -> tuple[str, ...]:
        """Those of the people whose main post this is."""
        return self.people if self.main is None else self.main

    @property
    def team(self) -> str:
        """The team's name: its path below the head of CS."""
        return " / ".join(self.path)

    @property
    def name(self) -> str:
        """The unit's name: the team's, and what it is crossed with."""
        return " x ".join((self.team, *self.cross))


@dataclass(frozen=True, kw_only=True)
class Support:
    """A cross-cutting team that serves the other teams rather than customers: CS Ops, customer marketing, CRE (S1, S3).

    Its people stay in it and, where it is `embedded`, each also has a place beside the managers of `places` (S3).
    """

    name: str
    people: tuple[str, ...] = ()
    embedded: bool = False


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A department outside CS that meets customers together with it, in these phases (S1's sales-linked type)."""

    department: str
    phases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class OrgDesign:
    """One way to organise CS: axes in a hierarchy, axes crossed as a matrix, the people placed in it, and its reporting line.

    Made by :func:`build` (or ``org.axes``, ``org.charts``, ``org.hybrid``, ``org.today``); vary it with
    ``dataclasses.replace``. `units` hold coverage and people, `support` and `partners` stand beside them. `source` is where
    the type comes from. A design that `is_today` was read from the company's posts; its units cover what the assignments
    say.
    """

    name: str
    axes: tuple[Axis, ...] = ()
    matrix: tuple[Axis, ...] = ()
    units: tuple[Unit, ...]
    leads: tuple[str, ...] = ()
    support: tuple[Support, ...] = ()
    partners: tuple[Partner, ...] = ()
    reporting: ReportingLine = CEO_DIRECT
    source: str = "S0"
    is_today: bool = False

    @property
    def composition(self) -> str:
        """The design in one line: ``industry > phase x feature``."""
        if self.is_today:
            return "as the posts say"
        return _composition(self.axes, self.matrix)

    @property
    def teams(self) -> pd.DataFrame:
        """One row a team, from the head of CS down: team, parent, level (0: the whole), kind, covers, people.

        `kind` is line (part of the hierarchy), matrix (crosses it), support or partner (outside CS). `people` are the heads
        that serve the team or its parts; somebody who serves two parts counts once in what holds them both.
        """
        rows: dict[tuple[str, ...], dict] = {}
        for unit in self.units:
            for level in range(len(unit.path) + 1):
                part = unit.path[:level]
                row = rows.setdefault(part, {"covers": [], "people": set()})
                row["covers"] = unit.covers[: level if self.axes else 0]
                row["people"].update(unit.people)
        frame = [
            {
                "team": " / ".join(path) or HEAD,
                "parent": " / ".join(path[:-1]) or (HEAD if path else ""),
                "level": len(path),
                "kind": "line",
                "covers": _words(row["covers"]),
                "people": len(row["people"]),
            }
            for path, row in rows.items()
        ]
        crossed = [(each.name, value) for each in self.matrix for value in each.values]
        for name, value in crossed:
            people = {
                who for unit in self.units if (name, value) in unit.covers for who in unit.people
            }
            frame.append(_row(value, "matrix", _words([(name, value)]), len(people)))
        frame += [
            _row(each.name, "support", "the other teams", len(each.people)) for each in self.support
        ]
        for each in self.partners:
            row = _row(each.department, "partner", f"phase: {', '.join(each.phases)}", 0)
            frame.append(row | {"parent": "", "level": 0})
        return pd.DataFrame(frame)

    @property
    def posts(self) -> pd.DataFrame:
        """One row a place that a person has: person_id, team, cross, post.

        `post` is main (where most of the person's work is), shared (a further one, on purpose: fewer people than parts),
        lead, support or embedded (a support person's place beside a team's manager).
        """
        rows = [
            (who, unit.team, ", ".join(unit.cross), "main" if who in unit.at_home else "shared")
            for unit in self.units
            for who in unit.people
        ]
        rows += [(who, HEAD, "", "lead") for who in self.leads]
        for support in self.support:
            rows += [(who, support.name, "", "support") for who in support.people]
        rows += [(who, team, "", "embedded") for who, team in self.embedded.itertuples(index=False)]
        return pd.DataFrame(rows, columns=["person_id", "team", "cross", "post"]).astype("str")

    @property
    def embedded(self) -> pd.DataFrame:
        """Which support person stands beside the managers of which teams: person_id, team. Teams are dealt out in turn."""
        teams = list(dict.fromkeys(unit.team for unit in self.units))
        rows = []
        for support in self.support:
            if support.embedded and support.people:
                many = max(len(teams), len(support.people))
                rows += [
                    (support.people[i % len(support.people)], teams[i % len(teams)])
                    for i in range(many)
                ]
        return pd.DataFrame(rows, columns=["person_id", "team"]).astype("str")

    def __repr__(self) -> str:
        people = len({who for unit in self.units for who in unit.people})
        teams = len({unit.path for unit in self.units})
        return f"OrgDesign({self.name}: {self.composition}; {teams} teams, {people} people with customers, {self.reporting.line})"


def build(
    company: Company,
    *hierarchy: str | Axis,
    matrix: str | Axis | Sequence[str | Axis] = (),
    below: Mapping[str, Sequence[str | Axis]] | None = None,
    name: str = "",
    people: int | Sequence[str] | None = None,
    support: Sequence[Support] | None = None,
    partners: Sequence[Partner] = (),
    reporting: str | ReportingLine = "CEO-direct",
    book: Mapping[str, float] | None = None,
    source: str = "S0",
) -> OrgDesign:
    """A design from axes, on this company's customers, with its people placed in proportion to the work.

    `hierarchy` divides by the first axis, then each part by the next; without any there is one team. `below` gives parts of
    the first axis, by value, axes of their own instead (uneven hierarchies). `matrix` axes cross the whole. An axis is a
    name or made by :func:`axis`. `people` are those who look after customers: ids, a number (they are then "person 1",
    ...), or the company's own; nobody is placed where there are none. `support` defaults to the teams of the company's
    support people. `book` caps the customers a person may hold in teams whose path contains the key (seats are kept for it
    as far as there are people).

    Raises MissingData for an axis that the company has no data for, ValueError for axes that do not go together.

    >>> import cstoolkit as cs
    >>> design = build(cs.load_company(), "region", "phase", people=12)
    >>> design.composition
    'region > phase'
    """
    made = _axes(company, hierarchy)
    crossed = _axes(company, (matrix,) if isinstance(matrix, (str, Axis)) else matrix)
    instead = {value: _axes(company, each) for value, each in (below or {}).items()}
    every = {
        each.name: each
        for each in (*made, *(one for each in instead.values() for one in each), *crossed)
    }
    _check(made, instead, crossed, every)
    units = [
        Unit(path=path, cross=cross, covers=(*covers, *also))
        for path, covers in _leaves(made, instead)
        for cross, also in _leaves(crossed, {})
    ]
    units = [
        each if each.path else Unit(path=("All customers",), cross=each.cross, covers=each.covers)
        for each in units
    ]
    found = work(company)
    on_board = found.people
    if people is None:
        contacts = list(on_board.loc[on_board["part"] == "contact", "person_id"])
    elif isinstance(people, int):
        contacts = [f"person {number}" for number in range(1, people + 1)]
    else:
        contacts = list(people)
        if len(set(contacts)) < len(contacts):
            raise ValueError("people: somebody is named twice; each person has one place.")
    divided = divide(found, units, tuple(every.values()))
    units = place(units, divided, contacts, found, book or {})
    if support is None:
        helpers = on_board[on_board["part"] == "support"]
        support = [
            Support(name=str(team), people=tuple(rows["person_id"]))
            for team, rows in helpers.groupby(helpers["team"].fillna("Support"))
        ]
    taken = {*contacts, *(who for each in support for who in each.people)}
    leads = on_board.loc[
        (on_board["part"] == "lead") & ~on_board["person_id"].isin(taken), "person_id"
    ]
    solid = tuple(each for each in every.values() if each.name not in {one.name for one in crossed})
    return OrgDesign(
        name=name or "by " + _composition(solid, crossed),
        axes=solid,
        matrix=tuple(crossed),
        units=tuple(units),
        leads=tuple(leads),
        support=tuple(support),
        partners=tuple(partners),
        reporting=reporting_line(reporting) if isinstance(reporting, str) else reporting,
        source=source,
    )


def _composition(axes: Sequence[Axis], matrix: Sequence[Axis]) -> str:
    solid = " > ".join(each.name for each in axes) or "one team"
    return " x ".join([solid, *(each.name for each in matrix)])


def _axes(company: Company, wanted: Sequence[str | Axis]) -> list[Axis]:
    return [each if isinstance(each, Axis) else axis(company, each) for each in wanted]


def _check(
    made: list[Axis], instead: Mapping, crossed: list[Axis], every: Mapping[str, Axis]
) -> None:
    for chain in (
        [*made, *crossed],
        *([made[:1] + list(each) + crossed for each in instead.values()] if made else []),
    ):
        names = [each.name for each in chain]
        twice = sorted({each for each in names if names.count(each) > 1})
        if twice:
            raise ValueError(
                f"axis {twice[0]!r} stands twice in one design; each axis divides once."
            )
    if {"feature", "product"} <= {each.dimension for each in every.values()}:
        raise ValueError(
            "product is the coarse form of feature: take one of the two axes, not both."
        )
    values = made[0].values if made else ()
    for value in instead:
        if value not in values:
            raise ValueError(
                f"below names {value!r}; the values of the first axis are: {', '.join(values)}."
            )


def _leaves(axes: Sequence[Axis], instead: Mapping[str, Sequence[Axis]]):
    """The paths through the axes with what each covers; values in `instead` go on with axes of their own."""
    if not axes:
        yield (), ()
        return
    first, *others = axes
    for value in first.values:
        for path, covers in _leaves(instead.get(value, others), {}):
            yield (value, *path), ((first.name, value), *covers)


def _words(covers: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in covers) or "everything"


def _row(team: str, kind: str, covers: str, people: int) -> dict:
    return {
        "team": team,
        "parent": HEAD,
        "level": 1,
        "kind": kind,
        "covers": covers,
        "people": people,
    }
