"""The work that an organisation divides: who is live, in which phases, with how many hours of which
kind, using what.

Gathered once a company, in arrays with one place a live customer; every design divides it its own
way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import lifecycle
from cstoolkit.data.company import Company, MissingData, checked
from cstoolkit.data.contract import PHASES
from cstoolkit.org import axes

MONTHS = 12
"""The window of what is called a year's work: the last 12 months to `as_of`."""

BIT = {phase: 1 << place for place, phase in enumerate(PHASES)}
"""Phases as bits, so that a set of phases is one small number."""

ROWS = ("c", "person", "phase", "department", "kind")
"""The columns of ``Work.rows`` that are places in lists."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Work:
    """A company's live customers and a year of CS work.  ``c`` is a customer's place in `ids`.

    Attributes
    ----------
    ids, arr, region, industry
        By customer; `region` and `industry` are places in `regions` and `industries`, -1 where
        they are unknown.
    now, year
        By customer: bits of the phases open now, and during the last 12 months.
    touched, use, held
        By customer and department (is it needed; the first is none), feature (share of uses),
        product (share of ARR).
    as_of, since, customer_years
        The day, when the 12 months before it began, and the time that these customers were live in
        them.
    rows
        c, person (place in `people`, -1 unknown), phase, department, kind (places), hours in the
        last 12 months. Where no activity is logged, each customer counts one hour a phase and
        `logged` is False: designs can still be compared by numbers of customers.
    openings
        c, phase (bit), before (bits of the phases it was in until then): one row a phase that
        began in the last 12 months and was not the first of its journey.
    people
        Who is on board: person_id, part (lead, contact, support), region, skills, hired_on, hours,
        team, role, manager_id. A lead is somebody to whom others report. A contact is assigned to a
        live customer or works in a team with somebody who is (without assignments: has logged work
        in the last three months; without both: everybody else). The others are support. Roles are
        text and differ from vendor to vendor, so they do not decide.
    """

    ids: pd.Index
    arr: np.ndarray
    region: np.ndarray
    regions: pd.Index
    industry: np.ndarray
    industries: tuple[str, ...]
    now: np.ndarray
    year: np.ndarray
    touched: np.ndarray
    departments: tuple[str, ...]
    use: np.ndarray
    features: tuple[str, ...]
    held: np.ndarray
    products: tuple[str, ...]
    as_of: pd.Timestamp
    since: pd.Timestamp
    customer_years: float
    rows: pd.DataFrame
    kinds: tuple[str, ...]
    logged: bool
    openings: pd.DataFrame
    people: pd.DataFrame

    def __len__(self) -> int:
        return len(self.ids)

    def known(self, column: str) -> pd.Series:
        """A column of `people` by person_id."""
        return pd.Series(self.people[column].array, index=self.people["person_id"])

    def part(self, name: str) -> pd.DataFrame:
        """The people of one part: lead, contact or support."""
        return self.people[self.people["part"] == name]


def work(company: Company) -> Work:
    """The company's work, gathered at the first call and kept with the company.

    Raises TypeError for what is no company, MissingData where nobody is live.
    """
    return checked(company).kept(_gather)


def over(part: float, whole: float) -> float:
    """A quotient, missing without a whole."""
    return float(part / whole) if whole > 0 else np.nan


def _gather(company: Company) -> Work:
    live = company.kept(Company.snapshot)
    if live.empty:
        raise MissingData(
            f"{company.name} has no live customers on {company.as_of:%Y-%m-%d}: nothing to divide."
        )
    ids = pd.Index(live["customer_id"])
    since = company.as_of - pd.DateOffset(months=MONTHS)
    now, year, openings = _phases(company, ids, since)
    people = _people(company, ids)
    departments = (axes.NO_COUNTERPART, *axes.departments(company))
    rows, kinds = _rows(company, ids, since, people, departments, now)
    touched = np.zeros((len(ids), len(departments)), bool)
    touched[:, 0] = True
    touched[rows["c"], rows["department"]] = True
    features, use = _use(company, ids, since)
    products, held = _held(company, ids)
    region, regions = pd.factorize(live["region"], sort=True)
    industry, industries = pd.factorize(live["industry"], sort=True)
    begun = company.open("spans")["starts_on"].clip(lower=since)
    return Work(
        ids=ids,
        arr=live["arr"].to_numpy(),
        region=region,
        regions=pd.Index(regions),
        industry=industry,
        industries=tuple(industries),
        now=now,
        year=year,
        touched=touched,
        departments=departments,
        use=use,
        features=features,
        held=held,
        products=products,
        as_of=company.as_of,
        since=since,
        customer_years=float((company.as_of - begun).sum() / pd.Timedelta(days=365.25)),
        rows=rows,
        kinds=kinds or PHASES,
        logged=len(kinds) > 0,
        openings=openings,
        people=people,
    )


def _phases(
    company: Company, ids: pd.Index, since: pd.Timestamp
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Bits of the phases each customer is in now and was in during the year, and the openings."""
    found = lifecycle.phases(company)
    c = ids.get_indexer(found["customer_id"])
    bit = 1 << found["phase"].cat.codes.to_numpy().astype(np.int64)
    journey = c * (found["journey"].max() + 1) + found["journey"]
    times = {"day": found["starts_on"], "until": found["ends_on"]}
    found = pd.DataFrame({"c": c, "bit": bit, "journey": journey, **times})[c >= 0]
    open_ = found["until"].isna()
    now = _union(found["c"][open_], found["bit"][open_], len(ids))
    lately = open_ | (found["until"] > since)
    year = _union(found["c"][lately], found["bit"][lately], len(ids))
    # The first interval of a journey is no handoff.
    later = found["day"] > found.groupby("journey")["day"].transform("min")
    opened = found[later & (found["day"] > since)].reset_index(drop=True).rename_axis("row")
    pairs = (
        opened[["journey", "day"]].reset_index().merge(found, on="journey", suffixes=("", "_in"))
    )
    # A phase that ended on the very day handed over to the one that began.
    held = pairs[(pairs["day_in"] < pairs["day"]) & ~(pairs["until"] < pairs["day"])]
    before = _union(held["row"], held["bit"], len(opened))
    # After a pause (contract signed, not yet begun) it takes over from the phase that ended last.
    past = pairs[pairs["until"] < pairs["day"]].sort_values("until", kind="stable")
    last = past.drop_duplicates("row", keep="last").set_index("row")["bit"]
    last = last.reindex(opened.index, fill_value=0).to_numpy()
    before = np.where(before == 0, last, before)
    openings = pd.DataFrame({"c": opened["c"], "phase": opened["bit"], "before": before})
    return now, year, openings[(before & openings["phase"]) == 0].reset_index(drop=True)


def _union(place: pd.Series, bit: pd.Series, size: int) -> np.ndarray:
    """The union of the bits at each place."""
    result = np.zeros(size, np.int64)
    np.bitwise_or.at(result, place.to_numpy(), bit.to_numpy())
    return result


def _people(company: Company, ids: pd.Index) -> pd.DataFrame:
    people = company.open("people")
    who = people["person_id"]
    posts = company.open("posts").drop_duplicates("person_id", keep="last").set_index("person_id")
    lead = who.isin(posts["manager_id"].dropna())
    if len(company.assignments):
        given = company.open("assignments")
        mine = ids.get_indexer(given["customer_id"]) >= 0
        contact = who.isin(given["person_id"][mine].unique())
        team = posts["team"].reindex(who).set_axis(who.index)
        contact |= team.isin(team[contact & ~lead].dropna())
    elif company.has("activities", "person_id"):
        recent = company.activities["happened_on"] > company.as_of - pd.DateOffset(months=3)
        contact = who.isin(company.activities["person_id"][recent].dropna().unique())
    else:
        contact = pd.Series(True, index=who.index)
    part = np.select([lead, contact], ["lead", "contact"], "support")
    found = people[["person_id", "region", "skills", "hired_on", "hours"]].assign(part=part)
    for column in ("team", "role", "manager_id"):
        found[column] = posts[column].reindex(who).to_numpy()
    return found.reset_index(drop=True)


def _rows(
    company: Company,
    ids: pd.Index,
    since: pd.Timestamp,
    people: pd.DataFrame,
    departments: tuple[str, ...],
    now: np.ndarray,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A year of work with live customers, summed, and its kinds.

    What support people did (webinars for many, say) stays with them in every design and is left
    out.
    """
    logged = company.activities[company.activities["happened_on"] > since]
    c = ids.get_indexer(logged["customer_id"])
    person = pd.Index(people["person_id"]).get_indexer(logged["person_id"])
    support = np.append(people["part"] == "support", False)[person]
    logged, c, person = (each[(c >= 0) & ~support] for each in (logged, c, person))
    if not logged["hours"].sum() > 0:
        c, phase = np.divmod(np.arange(len(ids) * len(PHASES)), len(PHASES))
        rows = {"c": c, "person": -1, "phase": phase, "department": 0, "kind": phase, "hours": 1.0}
        return pd.DataFrame(rows), ()
    # Work without a phase served the first phase that the customer is in.
    lowest = np.log2(np.maximum(now & -now, 1)).astype(np.int64)
    phase = pd.Index(PHASES).get_indexer(logged["phase"])
    phase = np.where(phase >= 0, phase, lowest[c])
    kind = logged["kind"].fillna(pd.Series(np.array(PHASES)[phase], index=logged.index))
    kind, kinds = pd.factorize(kind, sort=True)
    department = np.maximum(pd.Index(departments).get_indexer(logged["department"]), 0)
    sizes = (len(ids), len(people) + 1, len(PHASES), len(departments), len(kinds))
    place = np.ravel_multi_index((c, person + 1, phase, department, kind), sizes)
    key, place = np.unique(place, return_inverse=True)
    rows = pd.DataFrame(dict(zip(ROWS, np.unravel_index(key, sizes))))
    rows["person"] -= 1
    hours = np.bincount(place, logged["hours"].fillna(0), len(key))
    return rows.assign(hours=hours), tuple(kinds)


def _use(
    company: Company, ids: pd.Index, since: pd.Timestamp
) -> tuple[tuple[str, ...], np.ndarray]:
    """Each customer's uses by feature in the last year, as shares.

    Without any use: the feature that the vendor's customers use most.
    """
    features = axes.features(company)
    columns = [f"uses_{name}" for name in features]
    uses = company.usage[company.usage["month"] > since].groupby("customer_id")[columns].sum()
    use = uses.reindex(ids).fillna(0).to_numpy(float, copy=True)
    if features:
        use[use.sum(axis=1) == 0, use.sum(axis=0).argmax()] = 1
        use /= use.sum(axis=1, keepdims=True)
    return features, use


def _held(company: Company, ids: pd.Index) -> tuple[tuple[str, ...], np.ndarray]:
    """Each customer's ARR by product, as shares."""
    products = axes.products(company)
    running = company.open("contracts")
    c = ids.get_indexer(running["customer_id"])
    product = pd.Index(products).get_indexer(running["product"])
    good = (c >= 0) & (product >= 0)
    held = np.zeros((len(ids), len(products)))
    # A tenth of a cent keeps a product that costs nothing among those held.
    arr = np.maximum(running["arr"].to_numpy(), 1e-3)
    np.add.at(held, (c[good], product[good]), arr[good])
    total = held.sum(axis=1, keepdims=True)
    return products, np.divide(held, total, out=held, where=total > 0)
