"""Who serves whom: in a design every piece of work falls to a unit, and within a unit every
customer to one person; today, as the assignments say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES
from cstoolkit.org.axes import Axis
from cstoolkit.org.workload import BIT, Work
from cstoolkit.org.workload import work as gathered

if TYPE_CHECKING:
    from cstoolkit.org.design import OrgDesign, Unit

NEAR = pd.Timedelta(days=31)
"""How near two days belong together (ours): the end of a colleague's assignment and the start of
the next, where the data do not say that it was a handoff; a handoff and the day its contact
left."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Division:
    """The work divided over units, before anybody is placed.

    Attributes
    ----------
    at : array of int
        The unit by class of customers (`of`: a customer's class), phase, feature or product, and
        department; -1 is a gap. A dimension that nothing divides has length 1.
    shares : array of float
        The share of a customer's work that goes to each feature or product.
    touched : array of bool
        The departments that count for each customer.
    by : tuple of str
        The dimensions that divide.
    phases : array of int
        The phases in which each unit serves its customers, as bits.
    twice : int
        Places claimed by two units.
    """

    work: Work
    at: np.ndarray
    of: np.ndarray
    shares: np.ndarray
    touched: np.ndarray
    by: tuple[str, ...]
    phases: np.ndarray
    twice: int

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The work's rows with their unit (-1: none takes it), split by the customer's use or ARR
        where features or products divide."""
        rows, part = self.work.rows, 0
        c, hours = rows["c"].to_numpy(), rows["hours"].to_numpy()
        if self.shares.shape[1] > 1:
            customer, held = np.nonzero(self.shares)
            many = np.bincount(customer, minlength=len(self.work))
            row, place = _ranges(_before(many)[c], many[c])
            rows, c, part = rows.take(row), c[row], held[place]
            hours = hours[row] * self.shares[c, part]
        phase, department = (
            rows[name].to_numpy() if name in self.by else 0 for name in ("phase", "department")
        )
        unit = self.at[self.of[c], phase, part, department]
        return rows.assign(hours=hours, unit=unit).reset_index(drop=True)

    @cached_property
    def place(self) -> np.ndarray:
        """By customer and unit: the place of the pair in `pairs`, -1 where they do not meet; the
        last column is the unit of -1."""
        serves = np.zeros((len(self.work), len(self.phases) + 1), bool)
        for part, department in np.ndindex(self.at.shape[2:]):
            c = np.flatnonzero((self.shares[:, part] > 0) & self.touched[:, department])
            for phase in range(self.at.shape[1]):
                serves[c, self.at[:, phase, part, department][self.of[c]]] = True
        serves[:, -1] = False
        place = np.full(serves.shape, -1, np.int32)
        place[serves] = np.arange(serves.sum())
        return place

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Who is served by which unit: c, unit, phases (bits), hours (a year), by c and unit."""
        c, unit = np.nonzero(self.place >= 0)
        pair = self.place[self.rows["c"], self.rows["unit"]]
        hours = np.bincount(pair[pair >= 0], self.rows["hours"][pair >= 0], len(c))
        return pd.DataFrame({"c": c, "unit": unit, "phases": self.phases[unit], "hours": hours})


@dataclass(frozen=True, kw_only=True, eq=False)
class Served:
    """Who serves whom, with places: c (customer), person, unit (the smallest part of a design) and
    top (the part below the head of CS).

    Attributes
    ----------
    people, units : tuple of str
    now, year, life : DataFrame
        c, person, unit, top for each time; a person of -1 is nobody in the design.
    handoffs, handoffs_between : float
        How often in the last 12 months the design passed a customer to another person, and to
        another top part.
    handoffs_any : float or None
        How often besides, since people leave and customers are shared out anew. None: as often for
        each contact as :func:`turnover` says.
    rows : DataFrame
        c, person, unit, department, kind, hours.
    partners : tuple of int
        The phases (bits) in which each partner is met besides.
    visible : Series or None
        Of each customer that lacks something: does somebody who sees what it uses also cover
        something that it lacks? None: nothing is known of what customers lack.
    measured : bool
        Whether all this was read from assignments and posts.
    """

    people: tuple[str, ...]
    units: tuple[str, ...]
    now: pd.DataFrame
    year: pd.DataFrame
    life: pd.DataFrame
    handoffs: float
    handoffs_between: float
    handoffs_any: float | None
    rows: pd.DataFrame
    partners: tuple[int, ...]
    visible: pd.Series | None
    measured: bool


def divide(work: Work, units: Sequence[Unit], axes: Sequence[Axis]) -> Division:
    """Find the unit for every customer, phase, feature (or product) and department that counts for
    it."""
    by = tuple(dict.fromkeys(axis.dimension for axis in axes))
    of, at, phases, twice = _lookup(work, units, axes)
    touched = work.touched if "department" in by else np.ones((len(work), 1), bool)
    return Division(
        work=work,
        at=at,
        of=of,
        shares=_shares(work, by),
        touched=touched,
        by=by,
        phases=phases,
        twice=twice,
    )


def deal(division: Division, units: Sequence[Unit]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Give every customer of a unit to one of its people.

    Customers are dealt out in the order of their hours, there and back again, so that people of a
    unit hold equal numbers and about equal hours: the fairest books that look at nothing else.
    Returns `pairs` with person (place among the people; -1 for a unit without any), and the people.
    """
    people = tuple(dict.fromkeys(who for unit in units for who in unit.people))
    code = {who: place for place, who in enumerate(people)}
    size = np.array([len(unit.people) for unit in units], np.int64)
    members = np.array([code[who] for unit in units for who in unit.people] + [-1], np.int64)
    unit = division.pairs["unit"].to_numpy()
    most = np.argsort(-division.pairs["hours"].to_numpy(), kind="stable")
    order = most[np.argsort(unit[most].astype(np.min_scalar_type(len(units))), kind="stable")]
    begins = _before(np.bincount(unit, minlength=len(units)))
    rank = np.empty(len(unit), np.int64)
    rank[order] = np.arange(len(unit)) - begins[unit[order]]
    many = np.maximum(size[unit], 1)
    lap, seat = np.divmod(rank, many)
    seat = np.where(lap % 2 == 1, many - 1 - seat, seat)
    person = np.where(size[unit] > 0, members[_before(size)[unit] + seat], -1)
    return division.pairs.assign(person=person), people


def derived(work: Work, design: OrgDesign) -> Served:
    """What follows from the design for the work of the last 12 months."""
    division = divide(work, design.units, design.all_axes)
    pairs, people = deal(division, design.units)
    top = pd.factorize(np.array([unit.path[0] for unit in design.units], object))[0]
    c, unit, phases = (pairs[name].to_numpy() for name in ("c", "unit", "phases"))
    pairs = pairs.assign(top=top[unit])
    now = pairs[(phases & work.now[c]) > 0]
    rows = division.rows
    person = np.append(pairs["person"].to_numpy(), -1)[division.place[rows["c"], rows["unit"]]]
    staffed = pairs[pairs["person"] >= 0]
    return Served(
        people=people,
        units=tuple(unit.name for unit in design.units),
        now=now,
        year=pairs[(phases & work.year[c]) > 0],
        life=pairs,
        handoffs=passings(work, staffed, "person") if people else np.nan,
        handoffs_between=passings(work, pairs, "top"),
        handoffs_any=None,
        rows=rows.assign(person=person),
        partners=tuple(sum(BIT[one] for one in phases) for phases in design.partners.values()),
        visible=_visible(work, design, division, now, people),
        measured=False,
    )


def measured(company: Company, work: Work, design: OrgDesign) -> Served:
    """Who serves whom as the assignments say, with the work as it was logged."""
    people = tuple(who for unit in design.units for who in unit.people)
    unit = np.array([place for place, unit in enumerate(design.units) for _ in unit.people] + [-1])
    given = _assignments(company, work, design, people)
    now = given[given["open"]]
    passed = company.kept(handoffs)
    own = passed[passed["why"] == "design"]
    place = np.append(pd.Index(people).get_indexer(work.people["person_id"]), -1)
    person = place[work.rows["person"]]
    lack = lacking(work)
    visible = None
    if lack is not None:
        seen = pd.Series(np.isin(np.arange(len(work)), now["c"]), index=work.ids)
        visible = seen[lack.any(axis=1)]
    return Served(
        people=people,
        units=tuple(unit.name for unit in design.units),
        now=now,
        year=given[given["open"] | (given["ends_on"] > work.since)],
        life=given,
        handoffs=float(len(own)),
        handoffs_between=float((own["team"] != own["team_before"]).sum()),
        handoffs_any=float(len(passed) - len(own)),
        rows=work.rows.assign(person=person, unit=unit[person]),
        partners=(),
        visible=visible,
        measured=True,
    )


def handoffs(company: Company) -> pd.DataFrame:
    """The handoffs of live customers in the last 12 months, as the assignments say.

    Returns customer_id, person_id, before (who had it until then), team, team_before (where each is
    now, or was last), why: "leaving" (the one before left the company), "design" (another role or
    team took over), "sharing" (a colleague of the same team and role: customers shared out anew).
    Without a note whether the record was passed on, an assignment that follows a colleague's within
    a month is a handoff.
    """
    found = gathered(company)
    given = company.assignments
    given = given.assign(c=found.ids.get_indexer(given["customer_id"]))
    given = given[given["c"] >= 0].sort_values(["c", "starts_on"], kind="stable")
    posts = company.posts.drop_duplicates("person_id", keep="last").set_index("person_id")
    left = company.people.set_index("person_id")["left_on"]
    rows = given.groupby("c", sort=False)
    before, role, until = (rows[name].shift() for name in ("person_id", "role", "ends_on"))
    passed = pd.DataFrame(
        {
            "customer_id": given["customer_id"],
            "person_id": given["person_id"],
            "before": before,
            "team": given["person_id"].map(posts["team"]).fillna(""),
            "team_before": before.map(posts["team"]).fillna(""),
        }
    )
    near = (given["starts_on"] - left.reindex(before).to_numpy()).abs() <= NEAR
    moved = (passed["team"] != passed["team_before"]) | (given["role"] != role)
    passed["why"] = np.select([near, moved.fillna(False)], ["leaving", "design"], "sharing")
    if company.has("assignments", "notes_passed"):
        one = given["notes_passed"].notna()
    else:
        other = before.notna() & (before != given["person_id"])
        one = other & ((given["starts_on"] - until).abs() <= NEAR)
    return passed[(one & (given["starts_on"] > found.since)).to_numpy()].reset_index(drop=True)


def turnover(company: Company) -> float:
    """Handoffs a contact and year that no design avoids: since people leave, or customers are
    shared out anew; missing without assignments."""
    found = gathered(company)
    given = company.assignments
    given = given[found.ids.get_indexer(given["customer_id"]) >= 0]
    begun = given["starts_on"].clip(lower=found.since)
    years = (given["ends_on"].fillna(company.as_of).clip(upper=company.as_of) - begun).clip(
        lower=pd.Timedelta(0)
    ).sum() / pd.Timedelta(days=365.25)
    return float((company.kept(handoffs)["why"] != "design").sum() / years) if years else np.nan


def passings(work: Work, pairs: pd.DataFrame, who: str) -> float:
    """How often the opening of a phase brought a customer somebody (`who`: person or top) who did
    not serve it just before."""
    if not len(work.openings) or not len(pairs):
        return 0.0
    size = int(pairs[who].max()) + 1
    key = pairs["c"].to_numpy() * size + pairs[who].to_numpy()
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    serves = np.bitwise_or.reduceat(pairs["phases"].to_numpy()[order], first)
    many = np.bincount(key[order][first] // size, minlength=len(work))
    c, phase, before = (work.openings[name].to_numpy() for name in ("c", "phase", "before"))
    opening, place = _ranges(_before(many)[c], many[c])
    new = (serves[place] & phase[opening]) > 0
    return float((new & ((serves[place] & before[opening]) == 0)).sum())


def lacking(work: Work, by: tuple[str, ...] = ()) -> np.ndarray | None:
    """What each customer does not have: products of the vendor, or features where the design goes
    by them (or there is one product)."""
    if "product" in by or ("feature" not in by and len(work.products) > 1):
        return work.held == 0
    return work.use == 0 if work.features else None


def _visible(
    work: Work, design: OrgDesign, division: Division, now: pd.DataFrame, people: tuple[str, ...]
) -> pd.Series | None:
    """Whether one of a customer's present contacts also covers something that the customer
    lacks."""
    lack = lacking(work, division.by)
    if lack is None:
        return None
    seen = np.zeros(len(work), bool)
    served = now[now["person"] >= 0]
    c, person = served["c"].to_numpy(), served["person"].to_numpy()
    if "feature" not in division.by and "product" not in division.by:
        seen[c] = True
    elif people:
        code = {who: place for place, who in enumerate(people)}
        member = np.zeros((len(design.units) + 1, len(people)), bool)
        for number, unit in enumerate(design.units):
            member[number, [code[who] for who in unit.people]] = True
        # class, phase, part, person: does the person serve that part of such a customer? The row
        # of -1 is nobody.
        covers = member[division.at].any(axis=3)
        for phase in range(covers.shape[1]):
            bit = BIT[PHASES[phase]] if covers.shape[1] > 1 else -1
            row = np.flatnonzero((work.now[c] & bit) > 0)
            covered = covers[division.of[c[row]], phase, :, person[row]]
            seen[c[row[(covered & lack[c[row]]).any(axis=1)]]] = True
    return pd.Series(seen, index=work.ids)[lack.any(axis=1)]


def _shares(work: Work, by: tuple[str, ...]) -> np.ndarray:
    """The share of a customer's work that goes to each feature or product; one column where neither
    divides."""
    if "feature" not in by and "product" not in by:
        return np.ones((len(work), 1))
    shares = work.use if "feature" in by else work.held
    # A customer without a known product falls to every product's unit rather than to nobody.
    return np.where(shares.any(axis=1, keepdims=True), shares, 1 / max(shares.shape[1], 1))


def _before(many: np.ndarray) -> np.ndarray:
    """The sum of those before each."""
    return np.cumsum(many) - many


def _ranges(first: np.ndarray, many: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each i the places first[i], first[i] + 1, ... (many[i] of them), behind i itself."""
    row = np.repeat(np.arange(len(many)), many)
    return row, np.arange(len(row)) + np.repeat(first - _before(many), many)


def _lookup(
    work: Work, units: Sequence[Unit], axes: Sequence[Axis]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """The class of every customer by the account axes, the unit at every class, phase, part and
    department, the phases of each unit (bits), and how many places are claimed twice."""
    joint, codes = np.zeros(len(work), np.int64), {}
    for axis in axes:
        if axis.dimension == "customer":
            value = axis.customers.reindex(work.ids)
            codes[axis.name] = pd.Index(axis.values).get_indexer(value)
            joint = joint * (len(axis.values) + 1) + codes[axis.name] + 1
    _, first, of = np.unique(joint, return_index=True, return_inverse=True)
    used = {axis.dimension for axis in axes}
    part = "product" if "product" in used else "feature"
    parts = work.products if part == "product" else work.features
    known = {"phase": PHASES, part: parts, "department": work.departments}
    sizes = [len(names) if name in used else 1 for name, names in known.items()]
    at = np.full((len(first), *sizes), -1, np.int64)
    phases = np.full(len(units), sum(BIT.values()), np.int64)
    by_name, twice = {axis.name: axis for axis in axes}, 0
    for number, unit in enumerate(units):
        masks = {"customer": np.ones(len(first), bool)}
        masks |= {name: np.ones(size, bool) for name, size in zip(known, sizes)}
        for name, value in unit.covers:
            axis = by_name[name]
            if axis.dimension == "customer":
                masks["customer"] &= codes[name][first] == axis.values.index(value)
                continue
            held = axis.members[value]
            masks[axis.dimension] &= np.isin(known[axis.dimension], held)
            if axis.dimension == "phase":
                phases[number] = sum(BIT[phase] for phase in held)
        block = np.ix_(*masks.values())
        twice += int((at[block] >= 0).sum())
        at[block] = number
    return of, at, phases, twice


def _assignments(
    company: Company, work: Work, design: OrgDesign, people: tuple[str, ...]
) -> pd.DataFrame:
    """The assignments of live customers, with places; who is no contact any more comes after those
    who are, with the unit of the last team."""
    given = company.assignments
    open_ = given.index.isin(company.open("assignments").index)
    given = given.assign(c=work.ids.get_indexer(given["customer_id"]), open=open_)
    given = given[given["c"] >= 0].sort_values(["c", "starts_on"], kind="stable")
    everybody = pd.Index(people).append(pd.Index(given["person_id"].unique())).unique()
    team = company.posts.drop_duplicates("person_id", keep="last").set_index("person_id")["team"]
    unit_of = {who: number for number, unit in enumerate(design.units) for who in unit.people}
    team_of = {unit.team: number for number, unit in enumerate(design.units)}
    unit = [unit_of.get(who, team_of.get(team.get(who), -1)) for who in everybody]
    person = everybody.get_indexer(given["person_id"])
    unit = np.array(unit, np.int64)[person]
    columns = given[["c", "ends_on", "open"]]
    return columns.assign(person=person, unit=unit, top=unit).reset_index(drop=True)
