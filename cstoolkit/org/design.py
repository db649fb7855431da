"""A CS organisation as data: who covers what, in which composition, and to whom it reports.

Sources: S0, S1, S2, S3 (docs/sources.md).
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

import pandas as pd

from cstoolkit import checks, reference
from cstoolkit.data.company import Company, MissingData, checked
from cstoolkit.org.axes import Axis, axis
from cstoolkit.org.people import HEAD, ReportingLine, place, reporting_line
from cstoolkit.org.workload import Work, work

KINDS = ("axis", "chart", "combination")
"""The types of the sources: S0's four axes, S1's five charts, and designs that combine axes."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """The smallest part of a design: a team, or in a matrix one crossing of a team with a second
    axis.

    Attributes
    ----------
    path : tuple of str
        The hierarchy down to the team.
    cross : tuple of str
        The values of the matrix axes.
    covers : tuple of (axis, value)
        A piece of work falls to the unit when it has all of these values.
    people : tuple of str
        Who serves it.
    main : tuple of str or None
        Those of `people` who have their main post here (None: all); the others have it elsewhere.
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
    """A cross-cutting team that serves the other teams: CS Ops, customer marketing, CRE (S1, S3).

    Its people stay in it and, where it is `embedded`, each also has a place beside managers (S3).
    """

    name: str
    people: tuple[str, ...] = ()
    embedded: bool = False


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A department outside CS that meets customers together with it in these phases (S1)."""

    department: str
    phases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class OrgDesign:
    """One way to organise CS: axes in a hierarchy, axes crossed as a matrix, the people placed in
    it, and its reporting line.

    Made by :func:`build`, :func:`examples` or :func:`today`; vary it with ``dataclasses.replace``.

    Attributes
    ----------
    name : str
    axes, matrix : tuple of Axis
        What divides the hierarchy, and what crosses it.
    units : tuple of Unit
        Coverage and people.
    leads : tuple of str
        People to whom others report today.
    support, partners : tuples of Support, Partner
        Who stands beside the units.
    reporting : ReportingLine
    source : str
        Where the type comes from.
    is_today : bool
        Read from the company's posts; its units cover what the assignments say.
    """

    name: str
    axes: tuple[Axis, ...] = ()
    matrix: tuple[Axis, ...] = ()
    units: tuple[Unit, ...]
    leads: tuple[str, ...] = ()
    support: tuple[Support, ...] = ()
    partners: tuple[Partner, ...] = ()
    reporting: ReportingLine
    source: str = "S0"
    is_today: bool = False

    @property
    def all_axes(self) -> tuple[Axis, ...]:
        """The axes of the hierarchy and of the matrix."""
        return (*self.axes, *self.matrix)

    @property
    def people(self) -> tuple[str, ...]:
        """Who looks after customers, each once."""
        return tuple(dict.fromkeys(who for unit in self.units for who in unit.people))

    @property
    def composition(self) -> str:
        """The design in one line: ``industry > phase x feature``."""
        if self.is_today:
            return "as the posts say"
        return _composition(self.axes, self.matrix)

    @property
    def teams(self) -> pd.DataFrame:
        """One row a team, from the head of CS down: team, parent, level (0: the whole), kind,
        covers, people.

        `kind` is line (part of the hierarchy), matrix (crosses it), support or partner (outside
        CS). `people` are the heads that serve the team or its parts; somebody who serves two parts
        counts once in what holds them both.
        """
        covers: dict[tuple[str, ...], tuple] = {}
        people: dict[tuple[str, ...], set[str]] = {}
        for unit in self.units:
            for level in range(len(unit.path) + 1):
                part = unit.path[:level]
                covers[part] = unit.covers[: level if self.axes else 0]
                people.setdefault(part, set()).update(unit.people)
        rows = [
            (
                " / ".join(part) or HEAD,
                " / ".join(part[:-1]) or (HEAD if part else ""),
                len(part),
                "line",
                _words(covers[part]),
                len(people[part]),
            )
            for part in people
        ]
        for each in self.matrix:
            for value in each.values:
                crossed = [unit for unit in self.units if (each.name, value) in unit.covers]
                many = len({who for unit in crossed for who in unit.people})
                rows.append((value, HEAD, 1, "matrix", _words([(each.name, value)]), many))
        for team in self.support:
            rows.append((team.name, HEAD, 1, "support", "the other teams", len(team.people)))
        for other in self.partners:
            met = f"phase: {', '.join(other.phases)}"
            rows.append((other.department, "", 0, "partner", met, 0))
        return pd.DataFrame(rows, columns=["team", "parent", "level", "kind", "covers", "people"])

    @property
    def posts(self) -> pd.DataFrame:
        """One row a place that a person has: person_id, team, cross, post.

        `post` is main (where most of the person's work is), shared (a further one, on purpose:
        fewer people than parts), lead, support or embedded (a support person's place beside a
        manager).
        """
        rows = [
            (who, unit.team, ", ".join(unit.cross), "main" if who in unit.at_home else "shared")
            for unit in self.units
            for who in unit.people
        ]
        rows += [(who, HEAD, "", "lead") for who in self.leads]
        rows += [(who, team.name, "", "support") for team in self.support for who in team.people]
        rows += [(who, team, "", "embedded") for who, team in self.embedded.itertuples(index=False)]
        return pd.DataFrame(rows, columns=["person_id", "team", "cross", "post"]).astype("str")

    @property
    def embedded(self) -> pd.DataFrame:
        """Which support person stands beside the managers of which teams: person_id, team.

        Teams are dealt out in turn.
        """
        teams = list(dict.fromkeys(unit.team for unit in self.units))
        rows = []
        for support in self.support:
            who = support.people if support.embedded else ()
            for i in range(max(len(teams), len(who)) if who else 0):
                rows.append((who[i % len(who)], teams[i % len(teams)]))
        return pd.DataFrame(rows, columns=["person_id", "team"]).astype("str")

    def __repr__(self) -> str:
        teams = len({unit.path for unit in self.units})
        return (
            f"OrgDesign({self.name}: {self.composition}; {teams} teams, "
            f"{len(self.people)} people with customers, {self.reporting.line})"
        )


def build(
    company: Company,
    *hierarchy: str | Axis,
    matrix: str | Axis | Sequence[str | Axis] = (),
    below: Mapping[str, Sequence[str | Axis]] | None = None,
    name: str = "",
    people: int | Sequence[str] | None = None,
    embedded: bool = False,
    partners: Sequence[Partner] = (),
    reporting: str | ReportingLine = "CEO-direct",
    book: Mapping[str, float] | None = None,
    source: str = "S0",
) -> OrgDesign:
    """A design from axes, on this company's customers, with its people placed in proportion to the
    work.

    Parameters
    ----------
    company : Company
    *hierarchy : str or Axis
        Divides by the first axis, then each part by the next; without any there is one team.
    matrix : str, Axis or sequence of them
        Axes that cross the whole.
    below : mapping, optional
        For values of the first axis, axes of their own instead (uneven hierarchies).
    name : str, optional
    people : int or sequence of str, optional
        Who looks after customers: ids, a number (they are then "person 1", ...), or (default) the
        company's own; nobody is placed where there are none.
    embedded : bool
        Whether support people stand beside the managers of the teams (S3).
    partners : sequence of Partner
    reporting : str or ReportingLine
    book : mapping, optional
        The most customers a person may hold in teams whose path contains the key; seats are kept
        for it as far as there are people.
    source : str

    Raises
    ------
    MissingData
        For an axis that the company has no data for.
    ValueError
        For axes that do not go together, or somebody named twice.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> build(cs.load_company(), "region", "phase", people=12).composition
    'region > phase'
    """
    solid = _made(company, hierarchy)
    crossed = _made(company, (matrix,) if isinstance(matrix, (str, Axis)) else matrix)
    instead = {value: _made(company, each) for value, each in (below or {}).items()}
    _check(solid, instead, crossed)
    # What divides one part only is an axis of the design too.
    solid_axes = {each.name: each for chain in (solid, *instead.values()) for each in chain}
    every = solid_axes | {each.name: each for each in crossed}
    units = [
        Unit(path=path or ("All customers",), cross=cross, covers=(*covers, *also))
        for path, covers in _leaves(solid, instead)
        for cross, also in _leaves(crossed, {})
    ]
    found = work(company)
    contacts = _contacts(found, people)
    support = tuple(replace(team, embedded=embedded) for team in _support(company))
    taken = {*contacts, *(who for team in support for who in team.people)}
    return OrgDesign(
        name=name or "by " + _composition(solid_axes.values(), crossed),
        axes=tuple(solid_axes.values()),
        matrix=tuple(crossed),
        units=tuple(place(units, tuple(every.values()), contacts, found, book or {})),
        leads=tuple(who for who in found.part("lead")["person_id"] if who not in taken),
        support=support,
        partners=tuple(partners),
        reporting=reporting_line(reporting) if isinstance(reporting, str) else reporting,
        source=source,
    )


def _contacts(found: Work, people: int | str | Sequence[str] | None) -> list[str]:
    """Who looks after customers: those named, so many nobody knows yet, or the company's own."""
    if people is None:
        return list(found.part("contact")["person_id"])
    if checks.is_number(people):
        many = checks.count("build", "people", people)
        return [f"person {number}" for number in range(1, many + 1)]
    named = [people] if isinstance(people, str) else list(people)
    if len(set(named)) < len(named):
        raise ValueError("people: somebody is named twice; each person has one place.")
    return named


def today(company: Company, *, reporting: str | ReportingLine = "CEO-direct") -> OrgDesign:
    """The organisation as it stands on `as_of`, read from people, posts and assignments.

    Leads are those to whom others report; teams of people who look after no customer are support.
    Raises MissingData without these tables, and where nobody on board looks after a live customer.
    """
    checked(company).need(people=["person_id"], posts=["team"], assignments=["person_id"])
    contacts = work(company).part("contact")
    if contacts.empty:
        raise MissingData(
            f"{company.name}: nobody on board looks after a live customer on "
            f"{company.as_of:%Y-%m-%d}. Check assignments.ends_on and people.left_on, or place "
            "people yourself: org.build(company, people=...)."
        )
    teams = contacts.groupby(contacts["team"].fillna("No team").astype("str"))
    return OrgDesign(
        name="today",
        units=tuple(
            Unit(path=(str(team),), people=tuple(rows["person_id"])) for team, rows in teams
        ),
        leads=tuple(work(company).part("lead")["person_id"]),
        support=_support(company),
        reporting=reporting_line(reporting) if isinstance(reporting, str) else reporting,
        source="the company's posts",
        is_today=True,
    )


def examples(company: Company, kind: str | None = None, **options) -> dict[str, OrgDesign]:
    """The types of the sources on this company, as designs of this one model.

    Parameters
    ----------
    company : Company
    kind : str, optional
        "axis" (S0's four ways to divide: account, by industry; phase; feature; interface), "chart"
        (S1's five: all-rounder, specialist, sales-linked, partnership, area), "combination" (a
        hierarchy, a matrix, both, and S3's hybrid). Default: all, and today's organisation where
        the posts tell. The table is ``org/designs.toml``.
    **options
        Handed to :func:`build`; they go before what the table says.

    Returns
    -------
    dict of str to OrgDesign
        What the company has no data for is left out.

    Raises
    ------
    ValueError
        For another kind.

    References
    ----------
    S0, S1, S3 (docs/sources.md).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> list(examples(cs.load_company(), "axis"))
    ['account', 'phase', 'feature', 'interface']
    """
    if kind is not None:
        checks.one_of("examples", "kind", kind, KINDS)
    work(company)  # what no design can do without is said here
    text = files("cstoolkit.org").joinpath("designs.toml").read_text(encoding="utf-8")
    made = {}
    for name, entry in tomllib.loads(text).items():
        if kind in (None, entry.pop("kind")):
            try:
                made[name] = _example(company, name, entry, options)
            except MissingData:
                continue
    if kind is None:
        with contextlib.suppress(MissingData):
            made["today"] = today(company, reporting=options.get("reporting", "CEO-direct"))
    return made


def check_designs(where: str, designs: Mapping[str, OrgDesign]) -> None:
    """Refuse what are no designs by name."""
    if not isinstance(designs, Mapping) or not designs:
        raise TypeError(
            f"{where}: designs have names, as in {{'mine': org.build(company, 'phase')}}, "
            f"got {designs if designs == {} else 'a ' + type(designs).__name__}."
        )


def _example(company: Company, name: str, entry: dict, options: Mapping) -> OrgDesign:
    """One design of ``designs.toml``."""
    hierarchy = _made(company, entry.pop("hierarchy", []))
    further = entry.pop("below_first", None)
    if further:
        entry["below"] = dict.fromkeys(hierarchy[0].values[:1], further)
    if "rest" in entry:
        entry["matrix"] = axis(company, entry["matrix"], rest=entry.pop("rest"))
    if "book" in entry:
        entry["book"] = {team: reference.figure(key).high for team, key in entry["book"].items()}
    if "partners" in entry:
        entry["partners"] = [
            Partner(department=each["department"], phases=tuple(each["phases"]))
            for each in entry["partners"]
        ]
    return build(company, *hierarchy, name=name, **(entry | options))


def _support(company: Company) -> tuple[Support, ...]:
    """The teams of the company's support people."""
    helpers = work(company).part("support")
    teams = helpers.groupby(helpers["team"].fillna("Support").astype("str"))
    return tuple(Support(name=str(team), people=tuple(rows["person_id"])) for team, rows in teams)


def _composition(solid: Iterable[Axis], crossed: Iterable[Axis]) -> str:
    names = " > ".join(each.name for each in solid) or "one team"
    return " x ".join([names, *(each.name for each in crossed)])


def _made(company: Company, wanted: Sequence[str | Axis]) -> list[Axis]:
    return [each if isinstance(each, Axis) else axis(company, each) for each in wanted]


def _check(solid: list[Axis], instead: Mapping[str, list[Axis]], crossed: list[Axis]) -> None:
    """Refuse axes that do not go together."""
    values = solid[0].values if solid else ()
    for value in instead:
        if value not in values:
            raise ValueError(
                f"below names {value!r}; the values of the first axis are: {', '.join(values)}."
            )
    chains = [solid + crossed, *(solid[:1] + each + crossed for each in instead.values())]
    for chain in chains:
        names = [each.name for each in chain]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"axis {name!r} stands twice in one design; each axis divides once."
                )
    if {"feature", "product"} <= {each.dimension for chain in chains for each in chain}:
        raise ValueError(
            "product is the coarse form of feature: take one of the two axes, not both."
        )


def _leaves(axes: Sequence[Axis], instead: Mapping[str, Sequence[Axis]]) -> Iterator[tuple]:
    """The paths through the axes with what each covers; values in `instead` go on with their
    own."""
    if not axes:
        yield (), ()
        return
    first, *others = axes
    for value in first.values:
        for path, covers in _leaves(instead.get(value, others), {}):
            yield (value, *path), ((first.name, value), *covers)


def _words(covers: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in covers) or "everything"
