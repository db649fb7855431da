"""What a design costs and gains: one tidy table of measures, each with its formula and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.org import _spread
from cstoolkit.org._design import OrgDesign
from cstoolkit.org._managers import managers, posted
from cstoolkit.org._served import Served, derived
from cstoolkit.org._service import distinct
from cstoolkit.org._today import measured
from cstoolkit.org._work import Work, work


@dataclass(frozen=True)
class Measure:
    """What a measure is called, its unit, how it is computed, and who speaks of it. `logged`: it needs logged hours."""

    label: str
    unit: str
    formula: str
    source: str
    logged: bool = False


MEASURES: dict[str, Measure] = {
    "people": Measure("people with customers", "people", "distinct people placed in teams", "S0"),
    "teams": Measure(
        "teams", "teams", "smallest parts of the design; in a matrix its crossings", "S0"
    ),
    "hours_uncovered": Measure(
        "work without a team",
        "share",
        "hours that fall to no team (today: of customers without an open assignment) / all hours",
        "S0",
    ),
    "contacts_now": Measure(
        "contacts at once",
        "people a customer",
        "people whose work the customer's present phases need, partners included",
        "S0",
    ),
    "contacts_life": Measure(
        "contacts over life",
        "people a customer",
        "people over all phases (today: everybody ever assigned), partners included",
        "S0",
    ),
    "handoffs": Measure(
        "handoffs",
        "a customer-year",
        "new contacts at the opening of a phase (today: handoffs recorded) / customer-years",
        "S0",
    ),
    "handoffs_between": Measure(
        "handoffs between parts",
        "a customer-year",
        "the same, counted between the parts below the head of CS",
        "S0",
    ),
    "specialisation": Measure(
        "work of the main kind",
        "share",
        "sum over people of the hours of their main kind / all hours",
        "S0",
        logged=True,
    ),
    "kinds_per_person": Measure(
        "kinds of work each",
        "kinds",
        "effective number 1 / sum(share^2) of kinds, mean weighted by hours",
        "S1",
        logged=True,
    ),
    "industry_concentration": Measure(
        "industry knowledge",
        "share",
        "sum(share^2) of industries in a person's hours, mean weighted by hours",
        "S0",
    ),
    "stranded_mean": Measure(
        "stranded in a pivot",
        "people",
        "people with half their hours in industry A and under 5% in B, mean over all A, B",
        "S0",
    ),
    "stranded_worst": Measure(
        "stranded, worst pivot",
        "people",
        "the same, for the pair A, B that strands most people",
        "S0",
    ),
    "customers_cv": Measure(
        "customers a person", "CV", "sd / mean of customers a person, at once", "S0"
    ),
    "customers_gini": Measure(
        "customers a person", "Gini", "Gini of customers a person, at once", "S0"
    ),
    "closest_book": Measure(
        "smallest books",
        "customers a person",
        "customers / people, of the team where it is smallest",
        "S1",
    ),
    "arr_cv_people": Measure(
        "ARR a person", "CV", "sd / mean; a customer's ARR in equal parts to its contacts", "S0"
    ),
    "arr_gini_people": Measure(
        "ARR a person", "Gini", "Gini; a customer's ARR in equal parts to its contacts", "S0"
    ),
    "hours_cv_people": Measure(
        "hours a person", "CV", "sd / mean of a year's customer hours", "S0", logged=True
    ),
    "hours_gini_people": Measure(
        "hours a person", "Gini", "Gini of a year's customer hours", "S0", logged=True
    ),
    "arr_cv_teams": Measure(
        "ARR a team", "CV", "sd / mean; a customer's ARR in equal parts to its teams, at once", "S0"
    ),
    "arr_gini_teams": Measure(
        "ARR a team", "Gini", "Gini; a customer's ARR in equal parts to its teams, at once", "S0"
    ),
    "hours_cv_teams": Measure(
        "hours a team", "CV", "sd / mean of a year's customer hours", "S0", logged=True
    ),
    "hours_gini_teams": Measure(
        "hours a team", "Gini", "Gini of a year's customer hours", "S0", logged=True
    ),
    "hours_per_person": Measure(
        "load", "hours a month", "a year's customer hours / 12 / people", "S1", logged=True
    ),
    "cross_sell_visible": Measure(
        "cross-sell in sight",
        "share",
        "customers lacking a product (else a feature) with a contact who serves what they have and covers what they lack",
        "S0",
    ),
    "departments_connected": Measure(
        "departments connected",
        "departments",
        "distinct departments in a year's activities",
        "S0",
        logged=True,
    ),
    "departments_owned": Measure(
        "departments with a team",
        "departments",
        "departments that a team of the interface axis, or a partner, stands for",
        "S0",
    ),
    "people_per_department": Measure(
        "people a department meets",
        "people",
        "people who work with a department, mean over departments",
        "S0",
        logged=True,
    ),
    "arr_one_team_now": Measure(
        "ARR under one part, now",
        "share",
        "ARR of customers whom exactly one part below the head serves at present",
        "S2",
    ),
    "arr_one_team_year": Measure(
        "ARR under one part, a year",
        "share",
        "the same over the phases of the last 12 months: whose NRR an indicator can show",
        "S2",
    ),
    "coordination_links": Measure(
        "coordination links",
        "pairs",
        "pairs of teams (and partners) that shared a live customer in the last 12 months",
        "S0",
    ),
    "same_region": Measure(
        "contacts in the region",
        "share",
        "customers' contacts at once who work in the customer's region",
        "S1",
    ),
    "bosses_per_person": Measure(
        "lines a person follows",
        "lines",
        "1, and 1 more for each matrix axis and each team where somebody is embedded; mean over people",
        "S0",
    ),
    "span_mean": Measure("span of control, mean", "reports", "direct reports / leaders", "S4"),
    "span_most": Measure(
        "span of control, widest", "reports", "direct reports of the leader with most", "S4"
    ),
    "levels": Measure(
        "levels of leaders",
        "levels",
        "leaders between a person and the top of CS, the head included",
        "S4",
    ),
    "levels_to_top": Measure(
        "levels to the top", "levels", "the same and the reporting line up to the CEO", "S2"
    ),
}
"""Every measure, in the order of the table."""


def evaluate(company: Company, design: OrgDesign) -> pd.DataFrame:
    """All measures of one design on one company.

    Returns one row a measure: measure, value (missing where the company's records cannot tell), unit, formula, source, basis.
    `basis` is "measured" (read from assignments, activities and posts: today's organisation, and what no design changes) or
    "derived" (the design, applied to the customers, phases and work of the last 12 months).

    >>> import cstoolkit as cs
    >>> from cstoolkit import org
    >>> company = cs.load_company()
    >>> table = evaluate(company, org.build(company, "phase", people=10)).set_index("measure")
    >>> int(table.loc["teams", "value"]), table.loc["handoffs", "basis"]
    (4, 'derived')
    """
    found = work(company)
    served = measured(company, found, design) if design.is_today else derived(found, design)
    values = _values(company, found, design, served)
    if not found.logged:
        values |= {name: np.nan for name, each in MEASURES.items() if each.logged}
    basis = "measured" if served.measured else "derived"
    always = {"departments_connected": "measured"}
    rows = [
        (name, float(values[name]), each.unit, each.formula, each.source, always.get(name, basis))
        for name, each in MEASURES.items()
    ]
    return pd.DataFrame(rows, columns=["measure", "value", "unit", "formula", "source", "basis"])


def compare(company: Company, designs: Mapping[str, OrgDesign]) -> pd.DataFrame:
    """:func:`evaluate` for several designs: the same rows with a first column design (ordered category, in the order
    given)."""
    if not designs:
        raise ValueError("compare needs at least one design.")
    tables = [evaluate(company, design).assign(design=name) for name, design in designs.items()]
    result = pd.concat(tables, ignore_index=True)
    result["design"] = pd.Categorical(result["design"], list(designs), ordered=True)
    return result[["design", "measure", "value", "unit", "formula", "source", "basis"]]


def _values(company: Company, found: Work, design: OrgDesign, served: Served) -> dict[str, float]:
    many, size = len(found), len(served.people)
    staffed = size > 0
    partners = [((found.now & bits) > 0).astype(float) for bits in served.partners]
    extra = float(np.sum([each.mean() for each in partners])) if many else 0.0
    now, life = _distinct(served.now, "person"), _distinct(served.life, "person")
    rows = served.rows
    nobody = ~rows["c"].isin(served.now["c"]) if served.measured else rows["unit"] < 0
    years = found.customer_years
    values = {
        "people": size,
        "teams": len(served.units),
        "hours_uncovered": _share(rows["hours"][nobody], rows["hours"]),
        "contacts_now": len(now) / many + extra if many and staffed else np.nan,
        "contacts_life": len(life) / many + len(partners) if many and staffed else np.nan,
        "handoffs": served.handoffs / years if years else np.nan,
        "handoffs_between": served.handoffs_between / years if years else np.nan,
        "cross_sell_visible": np.nan
        if served.visible is None or not staffed
        else served.visible.mean(),
        "departments_connected": int((found.touched[:, 1:]).any(axis=0).sum()),
        "departments_owned": _owned(found, design),
        "arr_one_team_now": _one_team(found, served.now, served, found.now),
        "arr_one_team_year": _one_team(found, served.year, served, found.year),
        "coordination_links": _spread.links(served, found),
        "same_region": _same_region(found, served, now),
        "bosses_per_person": _lines(design),
    }
    values |= _spread.loads(found, served, now)
    values |= _spread.knowledge(found, served)
    led = posted(company, found.people) if design.is_today else managers(design)
    known = led["reports"].sum() > 0
    values["span_mean"] = led["reports"].sum() / led["leaders"].sum() if known else np.nan
    values["span_most"] = np.ceil(led["reports"] / led["leaders"]).max() if known else np.nan
    values["levels"] = led["layer"].max() if known else np.nan
    values["levels_to_top"] = values["levels"] + design.reporting.levels
    return values


def _distinct(pairs: pd.DataFrame, who: str) -> pd.DataFrame:
    """Distinct customers and people (or teams), nobody left out."""
    c, code = pairs["c"].to_numpy(np.int64), pairs[who].to_numpy(np.int64)
    good = code >= 0
    size = int(code.max(initial=0)) + 1
    key = distinct(c[good] * size + code[good])
    return pd.DataFrame({"c": key // size, who: key % size})


def _share(part: pd.Series, whole: pd.Series) -> float:
    return float(part.sum() / whole.sum()) if whole.sum() > 0 else np.nan


def _one_team(found: Work, pairs: pd.DataFrame, served: Served, phases: np.ndarray) -> float:
    """The share of ARR whose customer is served by exactly one part below the head; a partner met in these phases is a
    second one."""
    tops = np.bincount(_distinct(pairs, "top")["c"], minlength=len(found))
    for bits in served.partners:
        tops = tops + ((phases & bits) > 0)
    return float(found.arr[tops == 1].sum() / found.arr.sum()) if found.arr.sum() > 0 else np.nan


def _owned(found: Work, design: OrgDesign) -> int:
    axes = [each for each in (*design.axes, *design.matrix) if each.dimension == "department"]
    named = {one for each in axes for members in each.members.values() for one in members}
    named |= {each.department for each in design.partners}
    return len(
        {each.casefold() for each in named} & {each.casefold() for each in found.departments[1:]}
    )


def _lines(design: OrgDesign) -> float:
    contacts = {who for unit in design.units for who in unit.people}
    helpers = {who for each in design.support for who in each.people} - contacts
    many = len(contacts) + len(helpers)
    return (
        1 + (len(contacts) * len(design.matrix) + len(design.embedded)) / many if many else np.nan
    )


def _same_region(found: Work, served: Served, now: pd.DataFrame) -> float:
    """Of the contacts at once whose region and whose customer's region are known, those where they agree."""
    region = (
        found.people.set_index("person_id")["region"]
        .reindex(list(served.people))
        .reset_index(drop=True)
    )
    now = now[now["person"] < len(served.people)]
    if region.isna().all() or found.region.isna().all() or not len(now):
        return np.nan
    there = region.iloc[now["person"]].reset_index(drop=True)
    here = found.region.iloc[now["c"]].reset_index(drop=True)
    known = there.notna() & here.notna()
    return float((there == here)[known].mean()) if known.any() else np.nan
