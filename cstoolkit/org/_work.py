"""The work that an organisation divides: who is live, in which phases, with how many hours of which kind, using what.

Gathered once a company from its own tables, in arrays with one place a live customer; every design is a way to divide it.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from cstoolkit import lifecycle
from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES
from cstoolkit.org import _axes

MONTHS = 12
"""The window of what is called a year's work: the last 12 months to `as_of`."""

BIT = {phase: 1 << place for place, phase in enumerate(PHASES)}
"""Phases as bits, so that a set of phases is one small number."""

_gathered: WeakKeyDictionary[Company, Work] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True, eq=False)
class Work:
    """A company's live customers and a year of CS work, as arrays. ``c`` is a customer's place in `ids`.

    By customer: `arr`, `now` and `year` (bits of the phases open now and during the last 12 months), `touched` (departments
    needed; the first is none), `use` (shares of uses by feature), `held` (shares of ARR by product), `industry` (place in
    `industries`, -1 unknown), `region`. `customer_years` is the time that they were live in the window.

    `rows`: c, person (place in `people`, -1 unknown), phase, department (places), kind (place in `kinds`), hours in the
    last 12 months. Where no activity is logged, each customer counts one hour a phase and `logged` is False: designs can
    still be compared by numbers of customers. `openings`: c, phase (bit), before (bits of the phases it was in until then),
    one row a phase that began in the last 12 months and was not the first of its journey.
    """

    ids: pd.Index
    arr: np.ndarray
    now: np.ndarray
    year: np.ndarray
    openings: pd.DataFrame
    as_of: pd.Timestamp
    customer_years: float
    rows: pd.DataFrame
    logged: bool
    kinds: tuple[str, ...]
    departments: tuple[str, ...]
    touched: np.ndarray
    features: tuple[str, ...]
    use: np.ndarray
    products: tuple[str, ...]
    held: np.ndarray
    industries: tuple[str, ...]
    industry: np.ndarray
    region: pd.Series
    people: pd.DataFrame

    def __len__(self) -> int:
        return len(self.ids)


def work(company: Company) -> Work:
    """The company's work, gathered on the first call and remembered as long as the company lives."""
    if company not in _gathered:
        _gathered[company] = _gather(company)
    return _gathered[company]


def _gather(company: Company) -> Work:
    snapshot = _axes.snapshot(company)
    ids = pd.Index(snapshot["customer_id"])
    since = company.as_of - pd.DateOffset(months=MONTHS)
    now, year, openings = _phases(company, ids, since)
    people = _people(company, ids)
    rows, kinds, departments, touched = _rows(company, ids, since, people, now)
    spans = company.spans[company.spans["ends_on"].isna()]
    begun = spans["starts_on"].where(spans["starts_on"] > since, since)
    features, use = _use(company, ids, since)
    products, held = _held(company, ids)
    industry = snapshot["industry"].astype("category")
    return Work(
        ids=ids,
        arr=snapshot["arr"].to_numpy(),
        now=now,
        year=year,
        openings=openings,
        as_of=company.as_of,
        customer_years=float((company.as_of - begun).sum() / pd.Timedelta(days=365.25)),
        rows=rows,
        logged=len(kinds) > 0,
        kinds=kinds or PHASES,
        departments=departments,
        touched=touched,
        features=features,
        use=use,
        products=products,
        held=held,
        industries=tuple(industry.cat.categories),
        industry=industry.cat.codes.to_numpy().astype(np.int64),
        region=pd.Series(snapshot["region"].to_numpy(), dtype="str"),
        people=people,
    )


def _phases(
    company: Company, ids: pd.Index, since: pd.Timestamp
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Bits of the phases each customer is in now and was in during the year, and the phases that began in it."""
    found = lifecycle.phases(company)
    c = ids.get_indexer(found["customer_id"])
    bit = np.left_shift(1, found["phase"].cat.codes.to_numpy().astype(np.int64))
    start, end = found["starts_on"].to_numpy(), found["ends_on"].to_numpy()
    live, open_ = c >= 0, np.isnat(end)
    now = _or(c, bit, live & open_, len(ids))
    year = _or(c, bit, live & (open_ | (end > np.datetime64(since))), len(ids))
    # Journeys are sorted: the first interval of each is no handoff.
    key = pd.MultiIndex.from_arrays([c, found["journey"]]).factorize()[0]
    first = pd.Series(start).groupby(key).transform("min").to_numpy()
    opened = np.flatnonzero(live & (start > np.datetime64(since)) & (start > first))
    one = pd.DataFrame({"row": opened, "key": key[opened], "day": start[opened]})
    other = pd.DataFrame({"key": key, "from": start, "until": end, "bit": bit})
    pairs = one.merge(other[other["key"].isin(one["key"])], on="key")
    # A phase that ended on the very day handed over to the one that began.
    held = pairs[
        (pairs["from"] < pairs["day"]) & (pairs["until"].isna() | (pairs["until"] >= pairs["day"]))
    ]
    place = pd.Index(opened).get_indexer(held["row"])
    before = _or(place, held["bit"].to_numpy(), place >= 0, len(opened))
    # After a pause (contract signed, not yet begun) it takes over from the phase that ended last.
    past = (
        pairs[pairs["until"] < pairs["day"]]
        .sort_values("until", kind="stable")
        .drop_duplicates("row", keep="last")
    )
    last = past.set_index("row")["bit"].reindex(opened).fillna(0).to_numpy().astype(np.int64)
    before = np.where(before == 0, last, before)
    openings = pd.DataFrame({"c": c[opened], "phase": bit[opened], "before": before})
    return now, year, openings[(openings["before"] & openings["phase"]) == 0].reset_index(drop=True)


def _or(place: np.ndarray, bit: np.ndarray, use: np.ndarray, size: int) -> np.ndarray:
    """The union of the bits at each place."""
    result = np.zeros(size, np.int64)
    np.bitwise_or.at(result, place[use], bit[use])
    return result


def _people(company: Company, ids: pd.Index) -> pd.DataFrame:
    """Who is on board, and in which part: person_id, part (lead, contact, support), region,
    skills, hired_on, team, role, manager_id, hours.

    A lead is somebody to whom others report; a contact is assigned to a live customer or works in a team with somebody who
    is (without assignments: has logged work with customers in the last three months; without both: everybody else); the
    others are support. Roles are text and differ from vendor to vendor, so they do not decide.
    """
    day = company.as_of
    people = company.people[~(company.people["left_on"] <= day)].drop_duplicates("person_id")
    posts, given = company.posts, company.assignments
    posts = (
        posts[~(posts["ends_on"] <= day)]
        .drop_duplicates("person_id", keep="last")
        .set_index("person_id")
    )
    given = given[~(given["ends_on"] <= day) & given["customer_id"].isin(ids)]
    recent = company.activities[company.activities["happened_on"] > day - pd.DateOffset(months=3)]
    who = people["person_id"]
    lead = who.isin(posts["manager_id"].dropna())
    if len(company.assignments):
        contact = who.isin(given["person_id"])
        team = posts["team"].reindex(who).to_numpy()
        contact |= pd.Series(team, index=who.index).isin(pd.Series(team[contact & ~lead]).dropna())
    elif company.has("activities", "person_id"):
        contact = who.isin(recent["person_id"].dropna())
    else:
        contact = pd.Series(True, index=who.index)
    part = np.where(lead, "lead", np.where(contact, "contact", "support"))
    found = people[["person_id", "region", "skills", "hired_on", "hours"]].assign(part=part)
    for column in ("team", "role", "manager_id"):
        found[column] = posts[column].reindex(who).to_numpy()
    return found.reset_index(drop=True)


def _rows(
    company: Company, ids: pd.Index, since: pd.Timestamp, people: pd.DataFrame, now: np.ndarray
):
    """A year of work with live customers, summed; its kinds, the departments, and which customer needed which.

    What support people did (webinars for many, say) stays with them in every design and is left out.
    """
    departments = (_axes.NO_COUNTERPART, *_axes.departments(company))
    logged = company.activities[company.activities["happened_on"] > since]
    c = ids.get_indexer(logged["customer_id"])
    mine = (c >= 0) & ~logged["person_id"].isin(
        people.loc[people["part"] == "support", "person_id"]
    ).to_numpy()
    logged, c = logged[mine], c[mine]
    columns = ["c", "person", "phase", "department", "kind", "hours"]
    touched = np.zeros((len(ids), len(departments)), bool)
    touched[:, 0] = True
    if not logged["hours"].sum() > 0:
        c, phase = np.divmod(np.arange(len(ids) * len(PHASES)), len(PHASES))
        rows = dict.fromkeys(columns, 0) | {
            "c": c,
            "phase": phase,
            "kind": phase,
            "person": -1,
            "hours": 1.0,
        }
        return pd.DataFrame(rows, columns=columns), (), departments, touched
    phase = pd.Index(PHASES).get_indexer(logged["phase"])
    # Work without a phase served the first phase that the customer is in.
    lowest = np.log2(np.maximum(now & -now, 1)).astype(np.int64)
    phase = np.where(phase >= 0, phase, lowest[c])
    kind = logged["kind"].fillna(pd.Series(np.array(PHASES)[phase], index=logged.index))
    code, kinds = pd.factorize(kind, sort=True)
    department = np.maximum(pd.Index(departments).get_indexer(logged["department"]), 0)
    touched[c, department] = True
    person = pd.Index(people["person_id"]).get_indexer(logged["person_id"])
    sizes = (len(ids), len(people) + 1, len(PHASES), len(departments), len(kinds))
    key, place = np.unique(
        np.ravel_multi_index((c, person + 1, phase, department, code), sizes), return_inverse=True
    )
    hours = np.bincount(place, logged["hours"].fillna(0).to_numpy(), len(key))
    found = dict(zip(columns, np.unravel_index(key, sizes)))
    found["person"] = found["person"] - 1
    return pd.DataFrame({**found, "hours": hours}), tuple(kinds), departments, touched


def _use(
    company: Company, ids: pd.Index, since: pd.Timestamp
) -> tuple[tuple[str, ...], np.ndarray]:
    """Each customer's uses by feature in the last year, as shares. Without any use: the feature that the vendor's customers
    use most."""
    features = _axes.features(company)
    columns = [f"uses_{each}" for each in features]
    uses = company.usage[company.usage["month"] > since].groupby("customer_id")[columns].sum()
    use = uses.reindex(ids).fillna(0).to_numpy(float, copy=True)
    if features:
        nothing = use.sum(axis=1) == 0
        use[nothing, use.sum(axis=0).argmax()] = 1
        use /= use.sum(axis=1, keepdims=True)
    return features, use


def _held(company: Company, ids: pd.Index) -> tuple[tuple[str, ...], np.ndarray]:
    """Each customer's ARR by product, as shares (equal ones where the ARR is zero)."""
    products = _axes.products(company)
    running = company.levels
    running = running[(running["starts_on"] <= company.as_of) & (running["until"] > company.as_of)]
    c, p = (
        ids.get_indexer(running["customer_id"]),
        pd.Index(products).get_indexer(running["product"]),
    )
    good = (c >= 0) & (p >= 0)
    held = np.zeros((len(ids), len(products)))
    # A tenth of a cent keeps a product that costs nothing among those held.
    np.add.at(held, (c[good], p[good]), np.maximum(running["arr"].to_numpy()[good], 1e-3))
    total = held.sum(axis=1, keepdims=True)
    return products, np.divide(held, total, out=held, where=total > 0)
