"""A CS organisation as data: who covers what, in which composition, and to whom it reports.

Sources: S0, S1, S2, S3 (docs/sources.md).
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import pandas as pd

from cstoolkit import checks, reference
from cstoolkit.data.company import Company, MissingData, checked
from cstoolkit.org.axes import Axis, axis
from cstoolkit.org.people import HEAD, place, reporting_line
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
    main : tuple of str
        Those of `people` who have their main post here; the others have it elsewhere.
    """

    path: tuple[str, ...]
    cross: tuple[str, ...] = ()
    covers: tuple[tuple[str, str], ...] = ()
    people: tuple[str, ...] = ()
    main: tuple[str, ...] = ()

    @property
    def team(self) -> str:
        """The team's name: its path below the head of CS."""
        return " / ".join(self.path)

    @property
    def name(self) -> str:
        """The unit's name: the team's, and what it is crossed with."""
        return " x ".join((self.team, *self.cross))


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
    support : mapping of str to tuple of str
        Cross-cutting teams that serve the other teams (CS Ops, customer marketing, CRE; S1, S3),
        with their people.
    embedded : bool
        Whether each of those people also has a place beside the managers of teams (S3).
    partners : mapping of str to tuple of str
        Departments outside CS that meet customers together with it, with the phases (S1).
    reporting : tuple of str
        From the top down to the head of CS.
    is_today : bool
        Read from the company's posts; its units cover what the assignments say.
    """

    name: str
    axes: tuple[Axis, ...] = ()
    matrix: tuple[Axis, ...] = ()
    units: tuple[Unit, ...]
    leads: tuple[str, ...] = ()
    support: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    embedded: bool = False
    partners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reporting: tuple[str, ...]
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
    def posts(self) -> pd.DataFrame:
        """One row a place that a person has: person_id, team, cross, post.

        `post` is main (where most of the person's work is), shared (a further one, on purpose:
        fewer people than parts), lead, support or embedded (a support person's place beside a
        manager).
        """
        rows = [
            (who, unit.team, ", ".join(unit.cross), "main" if who in unit.main else "shared")
            for unit in self.units
            for who in unit.people
        ]
        rows += [(who, HEAD, "", "lead") for who in self.leads]
        rows += [(who, team, "", "support") for team, own in self.support.items() for who in own]
        rows += [(who, team, "", "embedded") for who, team in self.beside]
        return pd.DataFrame(rows, columns=["person_id", "team", "cross", "post"]).astype("str")

    @property
    def beside(self) -> list[tuple[str, str]]:
        """Which support person stands beside the managers of which team, teams dealt out in
        turn."""
        teams = list(dict.fromkeys(unit.team for unit in self.units))
        return [
            (own[i % len(own)], teams[i % len(teams)])
            for own in (self.support.values() if self.embedded else ())
            for i in range(max(len(teams), len(own)))
        ]

    def __repr__(self) -> str:
        teams = len({unit.path for unit in self.units})
        return (
            f"OrgDesign({self.name}: {self.composition}; {teams} teams, "
            f"{len(self.people)} people with customers, {' > '.join(self.reporting)})"
        )


def build(
    company: Company,
    *hierarchy: str | Axis,
    matrix: str | Axis | Sequence[str | Axis] = (),
    below: Mapping[str, Sequence[str | Axis]] | None = None,
    name: str = "",
    people: int | Sequence[str] | None = None,
    embedded: bool = False,
    partners: Mapping[str, Sequence[str]] | None = None,
    reporting: str | Sequence[str] = "CEO-direct",
    book: Mapping[str, float] | None = None,
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
    partners : mapping of str to sequence of str, optional
        Departments that meet customers together with CS, and in which phases.
    reporting : str or sequence of str
        One of ``org.LINES``, or a line of one's own from the top down to the head of CS.
    book : mapping, optional
        The most customers a person may hold in teams whose path contains the key; seats are kept
        for it as far as there are people.

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
    solid, crossed, units = _parts(company, hierarchy, matrix, below or {})
    axes = {each.name: each for each in (*solid, *crossed)}
    found = work(company)
    contacts, support = _contacts(found, people), company.kept(_support)
    taken = {*contacts, *(who for own in support.values() for who in own)}
    return OrgDesign(
        name=name or "by " + _composition(solid, crossed),
        axes=solid,
        matrix=crossed,
        units=tuple(place(units, tuple(axes.values()), contacts, found, book or {})),
        leads=tuple(who for who in found.part("lead")["person_id"] if who not in taken),
        support=support,
        embedded=embedded,
        partners={each: tuple(phases) for each, phases in (partners or {}).items()},
        reporting=_reporting(reporting),
    )


def _parts(
    company: Company,
    hierarchy: Sequence[str | Axis],
    matrix: str | Axis | Sequence[str | Axis],
    below: Mapping[str, Sequence[str | Axis]],
) -> tuple[tuple[Axis, ...], tuple[Axis, ...], list[Unit]]:
    """The axes of the hierarchy and of the matrix, and the smallest parts that they make."""
    solid = _made(company, hierarchy)
    crossed = _made(company, (matrix,) if isinstance(matrix, (str, Axis)) else matrix)
    instead = {value: _made(company, each) for value, each in below.items()}
    _check(solid, instead, crossed)
    # What divides one part only is an axis of the design too.
    axes = {each.name: each for chain in (solid, *instead.values()) for each in chain}
    units = [
        Unit(path=path or ("All customers",), cross=cross, covers=(*covers, *also))
        for path, covers in _leaves(solid, instead)
        for cross, also in _leaves(crossed, {})
    ]
    return tuple(axes.values()), tuple(crossed), units


def _reporting(line: str | Sequence[str]) -> tuple[str, ...]:
    return reporting_line(line) if isinstance(line, str) else tuple(line)


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


def today(company: Company, *, reporting: str | Sequence[str] = "CEO-direct") -> OrgDesign:
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
    return OrgDesign(
        name="today",
        units=tuple(
            Unit(path=(team,), people=people, main=people)
            for team, people in _by_team(contacts, "No team").items()
        ),
        leads=tuple(work(company).part("lead")["person_id"]),
        support=company.kept(_support),
        reporting=_reporting(reporting),
        is_today=True,
    )


def _by_team(people: pd.DataFrame, otherwise: str) -> dict[str, tuple[str, ...]]:
    """The people of each team in alphabetical order; `otherwise` names those without a team."""
    teams = people.groupby(people["team"].fillna(otherwise).astype("str"))["person_id"]
    return {str(team): tuple(rows) for team, rows in teams}


def _support(company: Company) -> dict[str, tuple[str, ...]]:
    """The teams of the company's support people."""
    return _by_team(work(company).part("support"), "Support")


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
        del entry["source"]
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
    return build(company, *hierarchy, name=name, **(entry | options))


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
