"""What a design comes to for customers and people: who meets whom now, over a year and over life, and who does which work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.data.contract import PHASES
from cstoolkit.org._design import OrgDesign
from cstoolkit.org._service import Divided, deal, divide
from cstoolkit.org._work import BIT, Work


@dataclass(frozen=True, kw_only=True, eq=False)
class Served:
    """Who serves whom. Codes: c (customer), person, unit (the smallest part of a design) and top (the part below the head
    of CS).

    `now`, `year` and `life` hold c, person, unit, top for each time; `handoffs` and `handoffs_between` are the passings on
    of a customer to another person, and to another top part, in the last 12 months. `partners` are met besides (bits of
    phases each). `rows`: c, person, unit, phase, department, kind, hours. `visible` says of each customer whether somebody
    who sees what it uses also covers something that it lacks (None: nothing is known of what customers lack). A person of
    -1 is nobody in the design. `measured` tells whether all this was read from assignments and posts.
    """

    people: tuple[str, ...]
    units: tuple[str, ...]
    top: np.ndarray
    now: pd.DataFrame
    year: pd.DataFrame
    life: pd.DataFrame
    handoffs: float
    handoffs_between: float
    rows: pd.DataFrame
    partners: tuple[int, ...]
    visible: pd.Series | None
    measured: bool


def derived(work: Work, design: OrgDesign) -> Served:
    """What follows from the design for the work of the last 12 months."""
    axes = (*design.axes, *design.matrix)
    divided = divide(work, design.units, axes)
    pairs, people = deal(divided, design.units)
    names = list(dict.fromkeys(unit.path[:1] for unit in design.units))
    top = np.array([names.index(unit.path[:1]) for unit in design.units], np.int64)
    pairs["top"] = top[pairs["unit"].to_numpy()]
    c, bits = pairs["c"].to_numpy(), pairs["phases"].to_numpy()
    pair, unit = divided.rows["pair"].to_numpy(), divided.rows["unit"].to_numpy()
    person = np.where(pair >= 0, np.append(pairs["person"].to_numpy(), -1)[pair], -1)
    columns = ["c", "phase", "department", "kind", "hours"]
    now = pairs[(bits & work.now[c]) > 0]
    staffed = pairs[pairs["person"] >= 0]
    return Served(
        people=people,
        units=tuple(unit.name for unit in design.units),
        top=top,
        now=now,
        year=pairs[(bits & work.year[c]) > 0],
        life=pairs,
        handoffs=passings(work.openings, staffed, "person") if people else np.nan,
        handoffs_between=passings(work.openings, pairs, "top"),
        rows=divided.rows[columns].assign(person=person, unit=unit),
        partners=tuple(sum(BIT[phase] for phase in each.phases) for each in design.partners),
        visible=_visible(work, design, divided, now, people),
        measured=False,
    )


def passings(openings: pd.DataFrame, pairs: pd.DataFrame, who: str) -> float:
    """How often the opening of a phase brought a customer somebody (`who`: person or top) who did not serve it just
    before."""
    if not len(openings) or not len(pairs):
        return 0.0
    size = int(pairs[who].max()) + 1
    key, place = np.unique(
        pairs["c"].to_numpy() * size + pairs[who].to_numpy(), return_inverse=True
    )
    bits = np.zeros(len(key), np.int64)
    np.bitwise_or.at(bits, place, pairs["phases"].to_numpy())
    first = np.searchsorted(key // size, openings["c"].to_numpy())
    many = np.searchsorted(key // size, openings["c"].to_numpy(), side="right") - first
    row = np.repeat(np.arange(len(openings)), many)
    step = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    served = bits[first[row] + step]
    phase, before = openings["phase"].to_numpy()[row], openings["before"].to_numpy()[row]
    return float((((served & phase) > 0) & ((served & before) == 0)).sum())


def lacking(work: Work, by: tuple[str, ...] = ()) -> np.ndarray | None:
    """What each customer does not have: products of the vendor, or features where the design goes by them (or there is one
    product)."""
    if "product" in by or ("feature" not in by and len(work.products) > 1):
        return work.held == 0
    return work.use == 0 if work.features else None


def _visible(
    work: Work, design: OrgDesign, divided: Divided, now: pd.DataFrame, people: tuple[str, ...]
):
    """Whether one of a customer's present contacts also covers something that the customer lacks; only customers that lack
    something."""
    lack = lacking(work, divided.by)
    if lack is None:
        return None
    seen = np.zeros(len(work), bool)
    served = now[now["person"] >= 0]
    c, person = served["c"].to_numpy(), served["person"].to_numpy()
    if "feature" not in divided.by and "product" not in divided.by:
        seen[c] = True
    elif len(people):
        code = {who: place for place, who in enumerate(people)}
        member = np.zeros((len(design.units) + 1, len(people)), bool)
        for number, unit in enumerate(design.units):
            member[number, [code[who] for who in unit.people]] = True
        # class, phase, part, person: does the person serve that part of such a customer? The row of -1 is nobody.
        covers = member[divided.at].any(axis=3)
        good = np.zeros(len(c), bool)
        for phase in range(covers.shape[1]):
            bit = BIT[PHASES[phase]] if covers.shape[1] > 1 else -1
            rows = np.flatnonzero((work.now[c] & bit) > 0)
            held = covers[divided.of[c[rows]], phase, :, person[rows]]
            good[rows] |= (held & lack[c[rows]]).any(axis=1)
        seen[c[good]] = True
    return pd.Series(seen, index=work.ids)[lack.any(axis=1)]
