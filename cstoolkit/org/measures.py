"""What a design costs and gains, measure by measure, and the laws that it keeps.

The table of measures, with formulas and sources, is ``org/measures.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cstoolkit import tables
from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES
from cstoolkit.org.design import OrgDesign, check_designs
from cstoolkit.org.people import HEAD, managers, posted
from cstoolkit.org.service import Division, Served, derived, divide, measured, turnover
from cstoolkit.org.workload import MONTHS, Work, over, work

MEASURES = tables.read("org", "measures").set_index("measure")
"""Every measure, in the order of :func:`evaluate`: label, unit, formula, source, from_hours."""

MAIN, KNOWS = 0.5, 0.05
"""In a pivot: who gave at least MAIN of the hours to the industry given up, and less than KNOWS to
the new one, is stranded (ours)."""


def evaluate(company: Company, design: OrgDesign) -> pd.DataFrame:
    """All measures of one design on one company.

    Parameters
    ----------
    company : Company
    design : OrgDesign

    Returns
    -------
    DataFrame
        One row a measure: measure, value (missing where the records cannot tell), unit, formula,
        source, basis. `basis` is "measured" (read from assignments, activities and posts: today's
        organisation, and what no design changes) or "derived" (the design, applied to the
        customers, phases and work of the last 12 months).

    References
    ----------
    S0, S1, S2, S4 (docs/sources.md).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> from cstoolkit import org
    >>> company = cs.load_company()
    >>> table = evaluate(company, org.build(company, "phase", people=10)).set_index("measure")
    >>> int(table.loc["teams", "value"]), table.loc["handoffs", "basis"]
    (4, 'derived')
    """
    found = work(company)
    served = measured(company, found, design) if design.is_today else derived(found, design)
    values = pd.Series(_values(company, found, design, served), dtype="float64")
    table = MEASURES.assign(value=values, basis="measured" if served.measured else "derived")
    table.loc["departments_connected", "basis"] = "measured"
    if not found.logged:
        table.loc[table["from_hours"] == "yes", "value"] = np.nan
    return table.reset_index()[["measure", "value", "unit", "formula", "source", "basis"]]


def compare(company: Company, designs: Mapping[str, OrgDesign]) -> pd.DataFrame:
    """:func:`evaluate` for several designs, below each other.

    The first column, design, is an ordered category in the order given. Raises TypeError without
    any design.
    """
    check_designs("compare", designs)
    parts = [evaluate(company, design).assign(design=name) for name, design in designs.items()]
    result = pd.concat(parts, ignore_index=True)
    result["design"] = pd.Categorical(result["design"], list(designs), ordered=True)
    return result[["design", *parts[0].columns[:-1]]]


def laws(company: Company, design: OrgDesign) -> pd.DataFrame:
    """The laws that a design keeps.

    Every customer covered for every phase; no work claimed by two teams; nobody on two posts by
    accident (a further place is marked as shared or embedded); the people of the teams, each by the
    main post, add up to the whole. Returns one row each: law, holds, detail (what breaks it).
    """
    gaps = {phase: gap for phase, gap in _gaps(company, design).items() if gap}
    twice = 0
    if not design.is_today:
        twice = divide(work(company), design.units, design.all_axes).twice
    posts = design.posts[design.posts["post"].isin(["main", "lead", "support"])]
    doubled = posts.loc[posts["person_id"].duplicated(), "person_id"].unique()
    main, whole = int((posts["post"] == "main").sum()), len(design.people)
    apart = f"{HEAD} has {whole} people, its teams {main}"
    broken = {
        "every customer is covered for every phase": "; ".join(map(": ".join, gaps.items())),
        "no work falls to two teams": f"{twice} places claimed twice" if twice else "",
        "nobody is on two posts by accident": ", ".join(doubled),
        "the hierarchy adds up": "" if main == whole else apart,
    }
    rows = [(law, not detail, detail) for law, detail in broken.items()]
    return pd.DataFrame(rows, columns=["law", "holds", "detail"])


def variation(values: np.ndarray) -> float:
    """The coefficient of variation: standard deviation / mean; missing without a mean.

    >>> variation(np.array([1.0, 3.0]))
    0.5
    """
    values = np.asarray(values, float)
    return float(values.std() / values.mean()) if len(values) and values.mean() > 0 else np.nan


def _values(company: Company, found: Work, design: OrgDesign, served: Served) -> dict[str, float]:
    """Every measure by its name."""
    size, visible = len(served.people), served.visible
    met = [(found.now & bits) > 0 for bits in served.partners]
    now, life = _distinct(served.now, "person"), _distinct(served.life, "person")
    rows, years = served.rows, found.customer_years
    alone = ~rows["c"].isin(served.now["c"]) if served.measured else rows["unit"] < 0
    contacts = (len(now) + np.sum(met)) / len(found) if size else np.nan
    led = posted(company, found.people) if design.is_today else managers(design)
    leads = led["reports"].sum() > 0
    levels = led["layer"].max() if leads else np.nan
    anyway = served.handoffs_any
    if anyway is None:
        anyway = company.kept(turnover) * len(now) / len(found) * years if size else np.nan
    values = {
        "people": size,
        "teams": len(served.units),
        "hours_uncovered": over(rows["hours"][alone].sum(), rows["hours"].sum()),
        "contacts_now": contacts,
        "contacts_life": len(life) / len(found) + len(served.partners) if size else np.nan,
        "handoffs": over(served.handoffs, years),
        "handoffs_any": over(anyway, years),
        "handoffs_all": over(served.handoffs + anyway, years),
        "handoffs_between": over(served.handoffs_between, years),
        "cross_sell_visible": np.nan if visible is None or not size else visible.mean(),
        "departments_connected": found.touched[:, 1:].any(axis=0).sum(),
        "departments_owned": _owned(found, design),
        "arr_one_team_now": _one_team(found, served, served.now, found.now),
        "arr_one_team_year": _one_team(found, served, served.year, found.year),
        "coordination_links": _links(found, served),
        "same_region": _same_region(found, served, now),
        "bosses_per_person": _lines(design),
        "span_mean": over(led["reports"].sum(), led["leaders"].sum()) if leads else np.nan,
        "span_most": np.ceil(led["reports"] / led["leaders"]).max() if leads else np.nan,
        "levels": levels,
        "levels_to_top": levels + len(design.reporting) - 1,
    }
    return values | _loads(found, served, now) | _knowledge(found, served)


def _distinct(pairs: pd.DataFrame, who: str) -> pd.DataFrame:
    """Distinct customers and people (or units, or tops), nobody left out.

    Sorting whole numbers is several times faster than the hash table of ``drop_duplicates``.
    """
    c, code = pairs["c"].to_numpy(np.int64), pairs[who].to_numpy(np.int64)
    size = int(code.max(initial=0)) + 1
    key = np.sort((c * size + code)[code >= 0])
    key = key[np.diff(key, prepend=-1) > 0]
    return pd.DataFrame({"c": key // size, who: key % size})


def _one_team(found: Work, served: Served, pairs: pd.DataFrame, phases: np.ndarray) -> float:
    """The share of ARR whose customer is served by exactly one part below the head; a partner met
    in these phases is a second one."""
    tops = np.bincount(_distinct(pairs, "top")["c"], minlength=len(found))
    for bits in served.partners:
        tops = tops + ((phases & bits) > 0)
    return over(found.arr[tops == 1].sum(), found.arr.sum())


def _owned(found: Work, design: OrgDesign) -> int:
    """Departments that a team or a partner stands for."""
    axes = [axis for axis in design.all_axes if axis.dimension == "department"]
    named = {one for axis in axes for one in axis.held}.union(design.partners)
    known = {one.casefold() for one in found.departments[1:]}
    return len(known & {one.casefold() for one in named})


def _lines(design: OrgDesign) -> float:
    """Lines that a person follows: 1, and 1 more for each matrix axis and each embedded place."""
    many = len({*design.people, *(who for own in design.support.values() for who in own)})
    return 1 + over(len(design.people) * len(design.matrix) + len(design.beside), many)


def _same_region(found: Work, served: Served, now: pd.DataFrame) -> float:
    """Of the contacts at once whose region and whose customer's region are known, those where they
    agree."""
    region = found.known("region").reindex(list(served.people))
    now = now[now["person"] < len(served.people)]
    there, here = found.regions.get_indexer(region)[now["person"]], found.region[now["c"]]
    known = region.notna().to_numpy()[now["person"]] & (here >= 0)
    return float((there == here)[known].mean()) if known.any() else np.nan


def _links(found: Work, served: Served) -> float:
    """Pairs of teams that shared a live customer in the year; a partner is paired with every team
    it met customers beside."""
    from scipy.sparse import coo_matrix

    pairs = _distinct(served.year, "unit")
    shape = (len(found), len(served.units))
    serves = coo_matrix((np.ones(len(pairs)), (pairs["c"], pairs["unit"])), shape).tocsr()
    beside = 0
    for bits in served.partners:
        beside += pairs["unit"][(found.year[pairs["c"]] & bits) > 0].nunique()
    return float(np.triu((serves.T @ serves).toarray() > 0, 1).sum() + beside)


def _loads(found: Work, served: Served, now: pd.DataFrame) -> dict[str, float]:
    """Customers, ARR and hours over people, ARR and hours over teams."""
    size = len(served.people)
    on_board = now[now["person"] < size]
    teams = _distinct(served.now, "unit")
    hours = _hours(served.rows, "person", size)
    monthly = hours / MONTHS
    if served.measured:
        # Who came during the year is compared by the months on board.
        hired = found.known("hired_on").reindex(list(served.people))
        months = (found.as_of - hired) / pd.Timedelta(days=365.25 / 12)
        monthly = hours / np.clip(months.fillna(MONTHS), 1, MONTHS).to_numpy()
    spread = {
        "customers_cv": np.bincount(on_board["person"], minlength=size),
        "arr_cv_people": _arr(found, on_board, "person", size),
        "hours_cv_people": monthly,
        "arr_cv_teams": _arr(found, teams, "unit", len(served.units)),
        "hours_cv_teams": _hours(served.rows, "unit", len(served.units)),
    }
    values = {"closest_book": _closest(served)}
    values["hours_per_person"] = monthly.mean() if size else np.nan
    return values | {name: variation(each) for name, each in spread.items()}


def _closest(served: Served) -> float:
    """Customers a person of the team that has fewest."""
    pairs = served.now if served.measured else served.life
    pairs = pairs[(pairs["person"] >= 0) & (pairs["person"] < len(served.people))]
    customers = _distinct(pairs, "unit")["unit"].value_counts()
    members = pd.DataFrame({"c": pairs["person"], "unit": pairs["unit"]})
    people = _distinct(members, "unit")["unit"].value_counts()
    return float((customers / people).min()) if len(customers) else np.nan


def _arr(found: Work, pairs: pd.DataFrame, who: str, size: int) -> np.ndarray:
    """Each customer's ARR in equal parts to those who serve it."""
    c = pairs["c"].to_numpy()
    many = np.bincount(c, minlength=len(found))
    return np.bincount(pairs[who], found.arr[c] / many[c], size)


def _hours(rows: pd.DataFrame, who: str, size: int) -> np.ndarray:
    """A year's hours of each person or unit."""
    code = rows[who].to_numpy()
    return np.bincount(code[code >= 0], rows["hours"].to_numpy()[code >= 0], size).astype(float)


def _knowledge(found: Work, served: Served) -> dict[str, float]:
    """How specialised people are by kind of work and by industry, who would be stranded in a pivot,
    whom departments meet."""
    rows = served.rows[served.rows["person"] >= 0]
    person, hours = rows["person"].to_numpy(), rows["hours"].to_numpy()

    def table(column: np.ndarray, columns: int) -> np.ndarray:
        """Hours by person and column; a column of -1 is not counted."""
        good, size = column >= 0, len(served.people) * columns
        key = person[good] * columns + column[good]
        return np.bincount(key, hours[good], size).reshape(-1, columns).astype(float)

    kinds = table(rows["kind"].to_numpy(), len(found.kinds))
    industries = table(found.industry[rows["c"]], max(len(found.industries), 1))
    met = table(rows["department"].to_numpy(), len(found.departments))[:, 1:] > 0
    stranded = _stranded(industries)
    squares, focus = (_squares(each) for each in (kinds, industries))
    return {
        "specialisation": over(kinds.max(axis=1, initial=0).sum(), kinds.sum()),
        "kinds_per_person": over(kinds.sum(axis=1) @ (1 / np.maximum(squares, 1e-12)), kinds.sum()),
        "industry_concentration": over(industries.sum(axis=1) @ focus, industries.sum()),
        "stranded_mean": stranded.mean() if len(stranded) else np.nan,
        "stranded_worst": stranded.max() if len(stranded) else np.nan,
        "people_per_department": over(met.sum(), met.any(axis=0).sum()),
    }


def _shares(table: np.ndarray) -> np.ndarray:
    """Each row's shares; 0 throughout for a row without hours."""
    total = table.sum(axis=1, keepdims=True)
    return np.divide(table, total, out=np.zeros_like(table), where=total > 0)


def _squares(table: np.ndarray) -> np.ndarray:
    return (_shares(table) ** 2).sum(axis=1)


def _stranded(industries: np.ndarray) -> np.ndarray:
    """People stranded by giving up industry A for B, for all ordered pairs of industries that there
    is work in."""
    shares = _shares(industries[:, industries.sum(axis=0) > 0])
    busy = shares.any(axis=1, keepdims=True)
    pairs = ((shares >= MAIN) & busy).astype(float).T @ ((shares < KNOWS) & busy).astype(float)
    return pairs[~np.eye(len(pairs), dtype=bool)]


def _gaps(company: Company, design: OrgDesign) -> dict[str, str]:
    """What is missing in each phase, with how many customers; empty where every live customer has a
    team with people for all its work in the phase."""
    found = work(company)
    if design.is_today:
        now = measured(company, found, design).now
        served = now["c"][now["person"] < len(design.people)]
        alone = {"no open assignment": ~np.isin(np.arange(len(found)), served)}
        return dict.fromkeys(PHASES, _in_words(alone))
    division = divide(found, design.units, design.all_axes)
    asked = (division.shares > 0)[:, :, None] & division.touched[:, None, :]
    staffed = np.array([bool(unit.people) for unit in design.units] + [True])
    gaps = {}
    for number, phase in enumerate(PHASES):
        at = division.at[division.of, number if division.at.shape[1] > 1 else 0]
        empty = (asked & (at >= 0) & ~staffed[at]).any(axis=(1, 2))
        bad = empty | (asked & (at < 0)).any(axis=(1, 2))
        lacking = _lacking(found, design, division, phase) | {"team without people": empty}
        gaps[phase] = _in_words({name: mask & bad for name, mask in lacking.items()})
    return gaps


def _in_words(lacking: Mapping[str, np.ndarray]) -> str:
    """What is missing, and how many customers miss it."""
    counts = {name: int(mask.sum()) for name, mask in lacking.items()}
    return "; ".join(
        f"{name} ({count:,} customer{'s' if count > 1 else ''})"
        for name, count in counts.items()
        if count
    )


def _lacking(
    found: Work, design: OrgDesign, division: Division, phase: str
) -> dict[str, np.ndarray]:
    """Which customers may lack a team in the phase, by what no value of an axis holds."""
    parts = {"department": (found.departments, division.touched)}
    parts |= {"feature": (found.features, division.shares > 0)}
    parts |= {"product": (found.products, division.shares > 0)}
    missing = {}
    for axis in design.all_axes:
        if axis.dimension == "customer":
            value = axis.customers.reindex(found.ids)
            missing[f"no team for their {axis.name}"] = ~value.isin(axis.values).to_numpy()
        elif axis.dimension == "phase":
            missing["no team for this phase"] = np.full(len(found), phase not in axis.held)
        else:
            names, needed = parts[axis.dimension]
            work_with = "work with " if axis.dimension == "department" else ""
            for place, name in enumerate(names):
                if name not in axis.held:
                    missing[f"no team for {work_with}{name}"] = needed[:, place]
    return missing
