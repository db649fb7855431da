"""Who looks after whom: evenly, within capacity, and with few changes of hands.

Sources: S0 for evening out what each person holds, and for what a pivot breaks; S1 for continuity
(docs/sources.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cstoolkit import checks, tables
from cstoolkit.books import bounds
from cstoolkit.books.plans import FRESH, Bands, Plan
from cstoolkit.books.problem import MEASURES, NOBODY, Problem
from cstoolkit.books.search import search

RULES = tables.read("books", "rules").set_index("rule")
"""What a person must have for a customer: the columns compared, and how."""

NO_REASON = {
    "why": "stays",
    "measure_from": "",
    "off_from": np.nan,
    "measure_to": "",
    "off_to": np.nan,
    "detail": "",
    "many": np.nan,
    "free": np.nan,
    "takes": np.nan,
}
CARE = {"customers": "books.today(company).customers has them.", "people": "One row a person."}


def balance(
    customers: pd.DataFrame,
    people: pd.DataFrame,
    current: pd.Series | None = None,
    *,
    bands: Bands | None = None,
    match: Sequence[str] = ("tier", "region", "language", "level"),
    most: int | None = None,
    rounds: int = 20,
    seed: int = 0,
) -> Plan:
    """Assign customers to people: evenly, within capacity, and with few changes of hands.

    Parameters
    ----------
    customers : DataFrame
        One row a customer: customer_id, hours (a month), and where known arr, renewals (ARR that
        comes up for renewal soon), tier, region, language, industry, level, family (customers with
        the same family stay together) and lock (a reason not to move it now; empty: none).
    people : DataFrame
        One row a person: person_id, hours (a month for customers), and where known tiers, regions,
        languages, skills (several separated by ``;``; empty: any), level, away (the share of the
        time that somebody is absent; 1: customers are looked after by others).
    current : Series, optional
        Whose each customer is today: person_id by customer_id. Default: nobody's, and moves cost
        nothing.
    bands : Bands, optional
        Default: ``Bands()``, or ``FRESH`` without `current`.
    match : sequence of str
        The rules that bind who is *given* a customer, of ``RULES``; each where both sides have its
        column. Today's owner may keep what is outside the rules. "skill" (the customer's industry)
        has to be asked for: where few know few industries, many customers find nobody.
    most : int, optional
        How many units may move at most, forced moves left out.
    rounds : int
        How often moves are taken back and looked for anew; more takes longer and finds better.
    seed : int
        Of the chance in that. The same call gives the same plan.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError
        For missing columns, keys given twice, impossible figures, or a rule that is none.

    References
    ----------
    S0, S1 (docs/sources.md).

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "hours": [4, 3, 2, 1]})
    >>> people = pd.DataFrame({"person_id": ["Ann", "Bo"], "hours": [10, 10]})
    >>> current = pd.Series("Ann", index=list("abcd"))
    >>> plan = balance(customers, people, current, bands=Bands(hours=0, customers=1))
    >>> plan.moves, plan.assignment["after"].to_list(), plan.proven
    (2, ['Bo', 'Ann', 'Ann', 'Bo'], True)
    """
    customers, people, match = _checked(customers, people, match)
    bands = bands or (Bands() if current is not None else FRESH)
    rounds = checks.count("balance", "rounds", rounds)
    most = np.inf if most is None else checks.count("balance", "most", most)
    capacity = people["hours"].to_numpy(float) * (1 - people["away"].to_numpy(float))
    there = np.flatnonzero(capacity > 0)
    staff = people.iloc[there].reset_index(drop=True)
    before = _before(customers, current)
    holder = pd.Index(staff["person_id"]).get_indexer(before)
    unit = _units(customers, holder)
    fits = {rule: _fits(customers, staff, rule) for rule in match}
    pattern = np.logical_and.reduce([np.ones((len(customers), len(staff)), bool), *fits.values()])
    problem = _problem(customers, capacity[there], holder, unit, pattern, bands, most)
    place, tried = search(problem, problem.owner, rounds=rounds, seed=seed)
    place, bound = bounds.improve(problem, place, tried)
    after = place[unit]
    names = np.append(staff["person_id"].to_numpy(object), None)  # the last stands for nobody
    assignment = pd.DataFrame(
        {"customer_id": customers["customer_id"], "before": before, "after": names[after]}
    )
    assignment["moved"] = assignment["before"].notna() & assignment["after"].notna()
    assignment["moved"] &= assignment["before"] != assignment["after"]
    loads = _loads(problem, staff["person_id"], customers, holder, after)
    assignment = _explained(assignment, problem, customers, people, unit, holder, place, fits)
    forced = assignment["why"].isin(["left", "away", "family"])
    return Plan(
        assignment=assignment,
        loads=loads,
        moves=int(assignment["moved"].sum()),
        forced=int((assignment["moved"] & forced).sum()),
        chosen=int(problem.moved(place).sum()),
        cost=problem.cost(place),
        bound=bound,
    )


def trade_off(
    customers: pd.DataFrame,
    people: pd.DataFrame,
    current: pd.Series,
    *,
    bands: Bands | None = None,
    scales: Sequence[float] = (8, 4, 2, 1, 0.5),
    **settings,
) -> pd.DataFrame:
    """Moves against balance: the same for wider and narrower bands.

    Parameters
    ----------
    customers, people, current, bands
        As for :func:`balance`.
    scales : sequence of float
        Times the bands.
    **settings
        For :func:`balance`.

    Returns
    -------
    DataFrame
        The books of today, then one row a scale: scale, moves, least (as ``Plan.least``),
        off_hours, off_customers, off_arr, off_renewals (the largest distance from a fair share),
        gap.
    """
    bands = bands or Bands()
    rows = []
    for scale in scales:
        plan = balance(customers, people, current, bands=bands.times(scale), **settings)
        report = plan.report().set_index("measure")
        if not rows:
            rows.append(_point(np.nan, 0, 0.0, report["off_before"], 0.0))
        rows.append(_point(scale, plan.moves, plan.least, report["off_after"], plan.gap))
    return pd.DataFrame(rows)


def _point(scale, moves, least, off: pd.Series, gap) -> dict:
    return {"scale": scale, "moves": moves, "least": least, **off.add_prefix("off_"), "gap": gap}


def _checked(
    customers: pd.DataFrame, people: pd.DataFrame, match: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Both frames with every column that is read, and the rules for which both have theirs."""
    for name, frame, key in (
        ("customers", customers, "customer_id"),
        ("people", people, "person_id"),
    ):
        checks.columns(name, frame, [key, "hours"], CARE[name])
        checks.filled(name, frame[key])
        checks.amounts(name, frame["hours"])
        twice = frame[key][frame[key].duplicated()]
        if len(twice):
            raise ValueError(f"{name} has {key} {twice.iloc[0]!r} more than once; leave one row.")
    for rule in match:
        checks.one_of("balance", "match", rule, RULES.index)
    rules = [
        rule
        for rule in match
        if RULES.loc[rule, "customer"] in customers and RULES.loc[rule, "person"] in people
    ]
    empty = {"arr": 0.0, "renewals": 0.0, "lock": "", "family": None}
    customers = customers.assign(
        **{name: value for name, value in empty.items() if name not in customers}
    ).reset_index(drop=True)
    for name in ("arr", "renewals"):
        checks.amounts("customers", customers[name])
    people = people.assign(away=people["away"].fillna(0.0) if "away" in people else 0.0)
    for share in people["away"]:
        checks.share("people", "away", share, zero=True)
    if not (people["hours"] * (1 - people["away"]) > 0).any():
        raise ValueError("people: nobody has hours for customers, so nobody can hold any.")
    return customers, people.reset_index(drop=True), rules


def _before(customers: pd.DataFrame, current: pd.Series | None) -> np.ndarray:
    """Today's owner of each customer, None where there is none."""
    if current is None:
        return np.full(len(customers), None, object)
    if not current.index.is_unique:
        twice = current.index[current.index.duplicated()][0]
        raise ValueError(f"current names customer {twice!r} more than once; it has one owner.")
    found = current.reindex(customers["customer_id"])
    return found.astype(object).where(found.notna(), None).to_numpy(object)


def _units(customers: pd.DataFrame, holder: np.ndarray) -> np.ndarray:
    """The unit of each customer: its own, or its family's.

    A family of which two people hold locked members is not joined now.
    """
    family = customers["family"]
    own = pd.Series("\x1f" + customers["customer_id"].astype("str"), index=customers.index)
    key = family.astype(object).where(family.notna() & (family != ""), own)
    fixed = (customers["lock"].fillna("") != "") & (holder >= 0)
    owners = pd.Series(holder)[fixed].groupby(key[fixed]).nunique()
    key = key.where(~key.isin(owners.index[owners > 1]), own)
    return pd.factorize(key)[0]


def _fits(customers: pd.DataFrame, people: pd.DataFrame, rule: str) -> np.ndarray:
    """Who has what each customer asks for by one rule: (customers, people)."""
    asked = customers[RULES.loc[rule, "customer"]]
    has = people[RULES.loc[rule, "person"]]
    if RULES.loc[rule, "how"] == "at least":
        least = asked.fillna(-np.inf).to_numpy(float)
        return has.fillna(-np.inf).to_numpy(float) >= least[:, None]
    codes, values = pd.factorize(asked.astype(object), use_na_sentinel=True)
    lists = [_listed(each) for each in has]
    table = np.array(
        [[not each or str(value) in each for each in lists] for value in values]
    ).reshape(len(values), len(lists))
    table = np.vstack([table, np.ones((1, len(lists)), bool)])  # who asks for nothing
    return table[codes]


def _listed(text: object) -> set[str]:
    """What stands between semicolons."""
    if pd.isna(text):
        return set()
    return {part.strip() for part in str(text).split(";")} - {""}


def _problem(
    customers: pd.DataFrame,
    capacity: np.ndarray,
    holder: np.ndarray,
    unit: np.ndarray,
    pattern: np.ndarray,
    bands: Bands,
    most: float,
) -> Problem:
    """The arrays of the problem, one place a unit."""
    count = unit.max(initial=-1) + 1
    each = customers.assign(customers=1.0)[list(MEASURES)].to_numpy(float)
    amounts = np.stack([np.bincount(unit, part, count) for part in each.T], axis=1)
    order = np.argsort(unit, kind="stable")
    first = np.flatnonzero(np.diff(unit[order], prepend=-1))
    may = np.logical_and.reduceat(pattern[order], first, axis=0) if count else pattern
    _, one, kind = np.unique(
        np.packbits(may, axis=1), axis=0, return_index=True, return_inverse=True
    )
    allowed = may[one]
    # A family's owner holds a locked member, or else most of its hours.
    locked = (customers["lock"].fillna("") != "").to_numpy() & (holder >= 0)
    rows = pd.DataFrame({"unit": unit, "holder": holder, "hours": each[:, 0], "locked": locked})
    held = rows[holder >= 0].groupby(["unit", "holder"], as_index=False)
    held = held.agg(hours=("hours", "sum"), locked=("locked", "max"))
    held = held.sort_values(["locked", "hours"], kind="stable").drop_duplicates("unit", keep="last")
    owner = np.full(count, NOBODY)
    owner[held["unit"]] = held["holder"]
    fixed = np.zeros(count, bool)
    fixed[held["unit"]] = held["locked"]
    return Problem(
        amounts=amounts,
        kind=kind.ravel(),
        allowed=allowed,
        owner=owner,
        fixed=fixed,
        capacity=capacity,
        bands=np.array([getattr(bands, name) for name in MEASURES]),
        price=bands.price,
        most=most,
    )


def _loads(
    problem: Problem,
    ids: pd.Series,
    customers: pd.DataFrame,
    holder: np.ndarray,
    after: np.ndarray,
) -> pd.DataFrame:
    """The loads of everybody in every measure, before and after."""
    each = customers.assign(customers=1.0)[list(MEASURES)].to_numpy(float)
    people, measures = len(ids), len(MEASURES)
    table = {
        "person_id": np.repeat(ids.to_numpy(object), measures),
        "measure": np.tile(MEASURES, people),
        "capacity": np.repeat(problem.capacity, measures),
        "fair": problem.fair.ravel(),
    }
    for when, place in (("before", holder), ("after", after)):
        held = place >= 0
        loads = [np.bincount(place[held], part[held], people) for part in each.T]
        table[when] = np.stack(loads, axis=1).astype(float).ravel()
    scale = problem.scale.ravel()
    for when in ("before", "after"):
        table[f"off_{when}"] = (table[when] - table["fair"]) / scale
    return pd.DataFrame(table | {"low": problem.low.ravel(), "high": problem.high.ravel()})


def _explained(
    assignment: pd.DataFrame,
    problem: Problem,
    customers: pd.DataFrame,
    people: pd.DataFrame,
    unit: np.ndarray,
    holder: np.ndarray,
    place: np.ndarray,
    fits: dict[str, np.ndarray],
) -> pd.DataFrame:
    """The assignment with why each customer is where it is: a code, and what the reason names."""
    base = problem.loads(problem.owner)
    off = (base - problem.fair) / problem.scale
    # The measure in which somebody was furthest outside a band counts as the reason.
    outside = np.stack([base - problem.high, problem.low - base]) / problem.scale
    measure = outside.argmax(axis=2)
    far = outside.max(axis=2) > 1e-9
    lock = customers["lock"].fillna("").to_numpy(object)
    there = set(people["person_id"])
    names = np.array(MEASURES)
    free = problem.capacity - problem.loads(place)[:, 0]
    rows = []
    for at, (before, held, now) in enumerate(zip(assignment["before"], holder, place[unit])):
        row = NO_REASON.copy()
        if now < 0:
            row |= _unplaced(problem, unit[at], free, fits, at)
        elif held == now:
            if lock[at]:
                row |= {"why": "locked", "detail": lock[at]}
        elif held < 0:
            gone = "new" if pd.isna(before) else "away" if before in there else "left"
            row["why"] = gone
        elif problem.owner[unit[at]] == now:
            row["why"] = "family"
        else:
            gives, takes = far[0, held], far[1, now]
            row["why"] = {(1, 1): "both", (1, 0): "from", (0, 1): "to"}.get(
                (gives, takes), "exchange"
            )
            if gives:
                which = measure[0, held]
                row |= {"measure_from": names[which], "off_from": off[held, which]}
            if takes:
                which = measure[1, now]
                row |= {"measure_to": names[which], "off_to": -off[now, which]}
        rows.append(row)
    told = pd.DataFrame(rows, index=assignment.index, columns=list(NO_REASON))
    return assignment.join(told)


def _unplaced(
    problem: Problem, unit: int, free: np.ndarray, fits: dict[str, np.ndarray], at: int
) -> dict:
    """Why nobody takes a unit: rules that nobody keeps, or no hours."""
    may = problem.allowed[problem.kind[unit]]
    if may.any():
        takes = problem.amounts[unit, 0]
        return {"why": "no_hours", "many": may.sum(), "free": free[may].max(), "takes": takes}
    alone = [rule for rule, fit in fits.items() if not fit[at].any()]
    if alone:
        return {"why": "nobody", "detail": ";".join(alone)}
    return {"why": "none_together", "detail": ";".join(fits)}
