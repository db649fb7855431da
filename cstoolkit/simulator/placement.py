"""A design as arrays: which team does a customer's work in each phase, who is its contact, and what
an hour there is worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES as ALL_PHASES
from cstoolkit.org.axes import axis
from cstoolkit.org.design import OrgDesign, build, examples, today
from cstoolkit.org.service import divide
from cstoolkit.org.workload import Work, work
from cstoolkit.simulator.mechanisms import PHASES
from cstoolkit.simulator.settings import Assumptions, Staffing
from cstoolkit.simulator.world import World

MOST = 4
"""Teams that do a customer's work in one phase, at most: the largest shares (ours)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Placement:
    """Who serves whom in a design. Arrays are by customer of the world, phase and place among the
    teams that serve it.

    Attributes
    ----------
    design : OrgDesign
    unit, share : array
        The team, and its share of the customer's work; less than 1 in all where work falls to
        nobody.
    gains : dict of array
        By name, from 0 (as in one undivided team) to 1 how much the team works in one phase,
        industry or feature only, and shares the customer's region.
    contacts : array, shape (customers, 4)
        People who talk to the customer at once.
    seat : array of int, shape (customers, 4)
        The contact.
    visible : array, shape (customers,)
        Whether a contact covers what the customer lacks.
    split : array, shape (seats, teams)
        The share of a person's hours that each team has.
    hours : array, shape (seats,)
        Hours a week for customers.
    opens : array, shape (seats,)
        The week in which the seat is filled for the first time (-1: today).
    interface, embedded : bool
        Whether a team connects to other departments; whether operations sit in the teams.
    """

    design: OrgDesign
    unit: np.ndarray
    share: np.ndarray
    gains: dict[str, np.ndarray]
    contacts: np.ndarray
    seat: np.ndarray
    visible: np.ndarray
    split: np.ndarray
    hours: np.ndarray
    opens: np.ndarray
    interface: bool
    embedded: bool

    def worth(self, a: Assumptions) -> np.ndarray:
        """What an hour is worth against one in an undivided team, where nobody works in the
        customer's region by design (S0: knowledge gathers where work is divided; contacts at once
        must be coordinated)."""
        gain = 1.0 + sum(getattr(a, f"{name}_gain") * part for name, part in self.gains.items())
        extra = (self.contacts - 1.0)[:, :, None]
        return np.maximum(gain - a.coordination_cost * extra, 0.05)


def place(world: World, design: OrgDesign, staffing: Staffing) -> Placement:
    """The design on the world's customers, with seats for those who are hired over its weeks.

    Raises
    ------
    ValueError
        For a design without people.
    """
    if not design.people:
        raise ValueError(
            f"{design.name}: nobody is placed in this design; build it with people "
            "(org.build(company, ..., people=20))."
        )
    found = work(world.company)
    now = world.customers[world.customers["start"] < 0]
    tier = now["tier"].to_numpy()
    hours = world.plan[tier] * world.occupancy[tier]
    parts = _parts(found, design) if not design.is_today else _parts_today(found, design, tier)
    units = len(design.units)
    weight = np.zeros((len(now), 4, units))
    for unit, of_part in parts:
        np.add.at(weight, (np.arange(len(now))[:, None], np.arange(4), unit), of_part)
    load = np.einsum("cp,cpu->u", hours, weight)
    split, opens, who = _seats(world, design, staffing, load)
    chosen = np.argsort(-weight, axis=2, kind="stable")[:, :, : min(MOST, units)]
    share = np.take_along_axis(weight, chosen, axis=2)
    share *= (weight.sum(axis=2) / np.maximum(share.sum(axis=2), 1e-12))[:, :, None]
    # One customer at a time: as many columns as the widest needs.
    wide = max(int((share > 0).sum(axis=2).max()), 1)
    chosen, share = chosen[:, :, :wide], share[:, :, :wide]
    seat = _contacts(chosen[:, :, 0], hours, split, found, design, who)
    of = world.customers["live"].to_numpy()
    gains = _gains(found, hours, weight, parts, chosen, split, who, design)
    dims = {axis.dimension for axis in design.all_axes}
    own = pd.Series(who).map(world.hours).fillna(world.hours.mean()).to_numpy(dtype="float64")
    partners = len(design.partners) > 0
    return Placement(
        design=design,
        unit=chosen[of],
        share=share[of],
        gains={name: part[of] for name, part in gains.items()},
        contacts=((share > 0).sum(axis=2).clip(1) + partners).astype("float64")[of],
        seat=seat[of],
        visible=_visible(parts, split, seat, dims)[of],
        split=split,
        hours=staffing.week(own),
        opens=opens,
        interface="department" in dims or partners,
        embedded=design.embedded,
    )


def _parts(found: Work, design: OrgDesign) -> list[tuple[np.ndarray, np.ndarray]]:
    """By feature (or product): the unit of every customer and phase, and its share of the work
    there. Departments share a phase's work as they did over the year."""
    division = divide(found, design.units, design.all_axes)
    phases = [ALL_PHASES.index(name) for name in PHASES] if division.at.shape[1] > 1 else [0] * 4
    rows = found.rows
    by = np.zeros((len(ALL_PHASES), len(found.departments)))
    np.add.at(by, (rows["phase"], rows["department"]), rows["hours"])
    by[0] += by.sum(axis=0)  # where a phase has no work of its own: as all of it
    total = by.sum(axis=1, keepdims=True)
    by = np.where(total > 0, by / np.where(total > 0, total, 1), by[0] / max(by[0].sum(), 1e-12))
    taken = []
    for part in range(division.at.shape[2]):
        for department in range(division.at.shape[3]):
            unit = division.at[:, phases, part, department][division.of]
            share = np.repeat(division.shares[:, part][:, None], 4, axis=1)
            if division.at.shape[3] > 1:
                share = share * by[[ALL_PHASES.index(name) for name in PHASES], department]
            taken.append((np.maximum(unit, 0), np.where(unit >= 0, share, 0.0)))
    return taken


def _parts_today(found: Work, design: OrgDesign, tier: np.ndarray) -> list[tuple]:
    """The team of every customer and phase as it stands: that of the contact whom the assignments
    name (but for onboarding), else the one that did most of a tier's work in the phase."""
    team = {who: place for place, unit in enumerate(design.units) for who in unit.people}
    names = list(found.people["person_id"])
    of = np.array([team.get(name, -1) for name in names] + [-1])
    rows = found.rows
    unit = of[rows["person"].to_numpy()]
    done = np.zeros((3, len(ALL_PHASES), len(design.units)))
    seen = unit >= 0
    place = (tier[rows["c"].to_numpy()[seen]], rows["phase"].to_numpy()[seen], unit[seen])
    np.add.at(done, place, rows["hours"].to_numpy()[seen])
    most = done.argmax(axis=2)[tier][:, [ALL_PHASES.index(name) for name in PHASES]]
    given = _own_contact(found, design)
    own = np.where(given >= 0, of[np.maximum(given, 0)], -1)
    most[:, 1:] = np.where(own[:, None] >= 0, own[:, None], most[:, 1:])
    return [(most, np.ones(most.shape))]


def _own_contact(found: Work, design: OrgDesign) -> np.ndarray:
    """By customer the place among the people of the contact that logged most of its work outside
    onboarding; -1: none."""
    onboarding = [ALL_PHASES.index(name) for name in ("qualification", "onboarding")]
    rows = found.rows[(found.rows["person"] >= 0) & ~found.rows["phase"].isin(onboarding)]
    rows = rows[found.people["person_id"].isin(design.people).to_numpy()[rows["person"]]]
    sums = rows.groupby(["c", "person"], as_index=False)["hours"].sum()
    best = sums.sort_values("hours", kind="stable").drop_duplicates("c", keep="last")
    own = np.full(len(found), -1)
    own[best["c"]] = best["person"]
    return own


def _seats(world: World, design: OrgDesign, staffing: Staffing, load: np.ndarray) -> tuple:
    """How people's hours are split over teams, when each seat is filled first, and who sits there
    (empty: not hired yet). A new seat goes where the work a head is largest."""
    who = list(design.people)
    split = np.zeros((len(who), len(design.units)))
    for unit, each in enumerate(design.units):
        for name in each.people:
            split[who.index(name), unit] = max(load[unit], 1e-9) / len(each.people)
    split /= split.sum(axis=1, keepdims=True)
    if staffing.hires_on is None:
        a_year = world.hired if staffing.hires_a_year is None else staffing.hires_a_year
        opens = np.arange(1, int(a_year * world.weeks / 52) + 1) * 52 // max(a_year, 1e-9)
    else:
        opens = np.array(staffing.hires_on, dtype="float64")
    many = len(opens)
    for _ in range(many):
        # The unit, or the group of units that one head now shares, with most work a head.
        a_head = load / np.maximum(split.sum(axis=0), 1e-9)
        unit = int(np.argmax(a_head))
        likest = split[np.argmax(split[:, unit])]
        split = np.vstack([split, likest])
    return split, np.concatenate([np.full(len(who), -1.0), opens]), who + [""] * many


def _contacts(unit, hours, split, found: Work, design: OrgDesign, who: list[str]) -> np.ndarray:
    """The seat of every customer and phase: customers of a team are dealt out in the order of their
    hours, there and back again; whoever is hired later takes an even part of everybody's book; today
    those who have a contact keep it."""
    seat = np.zeros(unit.shape, np.int64)
    order = np.argsort(-hours.sum(axis=1), kind="stable")
    hired = np.array([not name for name in who])
    for one in range(split.shape[1]):
        there = np.flatnonzero((split[:, one] > 0) & ~hired)
        later = np.flatnonzero((split[:, one] > 0) & hired)
        for phase in range(4):
            mine = order[unit[order, phase] == one]
            number = np.arange(len(mine))
            lap, place = np.divmod(number, max(len(there), 1))
            place = np.where(lap % 2 == 1, len(there) - 1 - place, place)
            seat[mine, phase] = there[place] if len(there) else 0
            for many, new in enumerate(later, start=len(there)):
                seat[mine[number % (many + 1) == many], phase] = new
    # Phases of one team have one contact: the one dealt for adoption, or the first in line.
    for phase in (0, 2, 3):
        same = unit[:, phase] == unit[:, 1]
        seat[same, phase] = seat[same, 1]
    for phase in (0, 2):
        same = (unit[:, phase] == unit[:, 3]) & (unit[:, phase] != unit[:, 1])
        seat[same, phase] = seat[same, 3]
    if design.is_today:
        given = _own_contact(found, design)
        known = {name: place for place, name in enumerate(who) if name}
        place = np.array([known.get(name, -1) for name in found.people["person_id"]] + [-1])[given]
        seat[:, 1:] = np.where(place[:, None] >= 0, place[:, None], seat[:, 1:])
    return seat


def _gains(found, hours, weight, parts, chosen, split, who, design) -> dict[str, np.ndarray]:
    """How specialised each customer's teams are, from 0 (as everybody together) to 1."""
    volume = hours[:, :, None] * weight
    by_phase = volume.sum(axis=0).T
    industries = np.asarray(found.industry) + 1
    by_industry = np.zeros((weight.shape[2], industries.max() + 1))
    np.add.at(by_industry.T, industries, volume.sum(axis=1))
    by_part = np.zeros((weight.shape[2], len(parts)))
    for number, (unit, share) in enumerate(parts):
        np.add.at(by_part[:, number], unit, hours * share)
    if not {"feature", "product"} & {axis.dimension for axis in design.all_axes}:
        by_part = by_part.sum(axis=1, keepdims=True)
    # What a person does is what his or her teams do.
    gains = {}
    for name, table in (("phase", by_phase), ("industry", by_industry), ("feature", by_part)):
        gains[name] = _concentration(table, split)[chosen]
    home = pd.Series(who).map(found.people.set_index("person_id")["region"]).astype("str")
    regions, mine = found.regions, found.region
    sits = np.zeros((weight.shape[2], len(regions) + 1))
    place = regions.get_indexer(home)
    np.add.at(sits.T, np.where(place < 0, len(regions), place), split)
    sits /= np.maximum(sits.sum(axis=1, keepdims=True), 1e-12)
    gains["closeness"] = np.where(
        (mine >= 0)[:, None, None], sits[chosen, np.maximum(mine, 0)[:, None, None]], 0.0
    )
    return gains


def _concentration(table: np.ndarray, split: np.ndarray) -> np.ndarray:
    """The sum of squared shares of what the people of each team do, set against everybody's."""

    def of(rows):
        shares = rows / np.maximum(rows.sum(axis=-1, keepdims=True), 1e-12)
        return (shares**2).sum(axis=-1)

    a_head = table / np.maximum(split.sum(axis=0), 1e-12)[:, None]
    person = of(split @ a_head)
    all_ = of(table.sum(axis=0))
    gain = (person - all_) / max(1 - all_, 1e-12) if all_ < 1 else np.zeros(len(person))
    heads = split / np.maximum(split.sum(axis=0), 1e-12)
    return np.clip(heads.T @ gain, 0, 1)


def _visible(parts, split, seat, dims) -> np.ndarray:
    """Cross-sell in sight: the share of the other features or products that the contact covers."""
    if not {"feature", "product"} & dims or len(parts) < 2:
        return np.ones(len(seat))
    covers = np.zeros((len(parts), split.shape[1]), bool)
    for number, (unit, share) in enumerate(parts):
        covers[number, np.unique(unit[share > 0])] = True
    seen = (covers.astype(float) @ (split > 0).T > 0).sum(axis=0)
    return ((seen - 1).clip(0) / (len(parts) - 1))[seat[:, 1]]


def contenders(company: Company) -> dict[str, OrgDesign]:
    """Today's organisation, S0's four divisions, its hierarchy and its matrix, with the same people.

    The division by interface also has a team for the work that needs no other department; in S0's
    pure form nobody does it.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> list(contenders(cs.load_company()))
    ['today', 'account', 'phase', 'feature', 'interface', 'hierarchy', 'matrix']
    """
    designs = {"today": today(company)} | examples(company, "axis")
    if "interface" in designs:
        departments = axis(company, "department", rest="customers only")
        designs["interface"] = build(company, departments, name="interface")
    both = examples(company, "combination")
    return designs | {name: both[name] for name in ("hierarchy", "matrix") if name in both}
