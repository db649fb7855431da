"""Today's organisation as a design: its teams from the posts, its coverage from assignments and logged work."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.org._design import OrgDesign, Support, Unit
from cstoolkit.org._reporting import ReportingLine, reporting_line
from cstoolkit.org._served import Served, lacking
from cstoolkit.org._work import MONTHS, Work, work

NEAR = pd.Timedelta(days=31)
"""An assignment that begins this near to the end of a colleague's is a handoff where the data do not say (ours)."""


def today(company: Company, *, reporting: str | ReportingLine = "CEO-direct") -> OrgDesign:
    """The organisation as it stands on `as_of`, read from people, posts and assignments.

    Raises MissingData without them. Leads are those to whom others report; teams of people who look after no customer are
    support.
    """
    company.need(people=["person_id"], posts=["team"], assignments=["person_id"])
    people = work(company).people
    team = people["team"].fillna("No team").astype("str")
    contacts = people["part"] == "contact"
    units = [
        Unit(path=(str(name),), people=tuple(rows["person_id"]))
        for name, rows in people[contacts].groupby(team)
    ]
    helpers = people[people["part"] == "support"]
    support = [
        Support(name=str(name), people=tuple(rows["person_id"]))
        for name, rows in helpers.groupby(team)
    ]
    return OrgDesign(
        name="today",
        units=tuple(units),
        leads=tuple(people.loc[people["part"] == "lead", "person_id"]),
        support=tuple(support),
        reporting=reporting_line(reporting) if isinstance(reporting, str) else reporting,
        source="the company's posts",
        is_today=True,
    )


def measured(company: Company, found: Work, design: OrgDesign) -> Served:
    """Who serves whom as the assignments say, with the work as it was logged."""
    people = tuple(who for unit in design.units for who in unit.people)
    person_of = pd.Index(people)
    unit_of = np.array(
        [number for number, unit in enumerate(design.units) for _ in unit.people] + [-1], np.int64
    )
    given = _assignments(company, found, design)
    since = company.as_of - pd.DateOffset(months=MONTHS)
    open_ = given["ends_on"].isna() | (given["ends_on"] > company.as_of)
    year = given[open_ | (given["ends_on"] > since)]
    passed = _passed(given, company.has("assignments", "notes_passed"))
    passed = passed[passed["starts_on"] > since]
    rows = found.rows
    place = person_of.get_indexer(found.people["person_id"])
    person = np.append(place, -1)[rows["person"].to_numpy()]
    now = given[open_]
    lack = lacking(found)
    visible = None
    if lack is not None:
        seen = np.zeros(len(found), bool)
        seen[now["c"].to_numpy()] = True
        visible = pd.Series(seen, index=found.ids)[lack.any(axis=1)]
    return Served(
        people=people,
        units=tuple(unit.name for unit in design.units),
        top=np.arange(len(design.units)),
        now=now,
        year=year,
        life=given,
        handoffs=float(len(passed)),
        handoffs_between=float((passed["unit"] != passed["before"]).sum()),
        rows=rows[["c", "phase", "department", "kind", "hours"]].assign(
            person=person, unit=unit_of[person]
        ),
        partners=(),
        visible=visible,
        measured=True,
    )


def _assignments(company: Company, found: Work, design: OrgDesign) -> pd.DataFrame:
    """The assignments of live customers, with codes; who is no contact any more comes after those who are, with the unit of
    the last team."""
    given = company.assignments
    c = found.ids.get_indexer(given["customer_id"])
    given, c = given[c >= 0], c[c >= 0]
    on_board = {who: number for number, unit in enumerate(design.units) for who in unit.people}
    everybody = pd.Index([*on_board]).append(pd.Index(given["person_id"].unique())).unique()
    person = everybody.get_indexer(given["person_id"])
    last = company.posts.drop_duplicates("person_id", keep="last").set_index("person_id")["team"]
    teams = {unit.team: number for number, unit in enumerate(design.units)}
    unit = [on_board.get(who, teams.get(last.get(who), -1)) for who in everybody]
    unit = np.array(unit, np.int64)[person]
    columns = given[["notes_passed", "starts_on", "ends_on"]].assign(
        c=c, person=person, unit=unit, top=unit
    )
    return columns.sort_values(["c", "starts_on"], kind="stable").reset_index(drop=True)


def _passed(given: pd.DataFrame, noted: bool) -> pd.DataFrame:
    """The assignments that were handoffs: those where it is told whether notes were passed; without that column those that
    follow a colleague's within a month. `before` is the unit of the assignment before."""
    rows = given.groupby("c", sort=False)
    given = given.assign(before=rows["unit"].shift().fillna(-1).astype("int64"))
    if noted:
        return given[given["notes_passed"].notna()]
    other = rows["person"].shift().notna() & (rows["person"].shift() != given["person"])
    return given[other & ((given["starts_on"] - rows["ends_on"].shift()).abs() <= NEAR)]


def assigned(company: Company, found: Work, design: OrgDesign) -> np.ndarray:
    """The customers (places) that have an open assignment to somebody on board."""
    given = _assignments(company, found, design)
    open_ = given["ends_on"].isna() | (given["ends_on"] > company.as_of)
    on_board = sum(len(unit.people) for unit in design.units)
    return np.unique(given.loc[open_ & (given["person"] < on_board), "c"])
