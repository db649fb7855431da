"""How work, customers, ARR and knowledge are spread over people and teams, and which teams must talk to each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.org._served import Served
from cstoolkit.org._work import MONTHS, Work

MAIN, KNOWS = 0.5, 0.05
"""In a pivot: who gave at least MAIN of the hours to the industry given up, and less than KNOWS to the new one, is stranded
(ours)."""


def variation(values: np.ndarray) -> float:
    """The coefficient of variation: standard deviation / mean; 0 when all are equal, missing without a mean.

    >>> variation(np.array([1.0, 3.0]))
    0.5
    """
    values = np.asarray(values, float)
    return float(values.std() / values.mean()) if len(values) and values.mean() > 0 else np.nan


def gini(values: np.ndarray) -> float:
    """The Gini coefficient: half the mean difference between two of the values, relative to their mean; 0 when all are equal.

    >>> gini(np.array([0.0, 0.0, 0.0, 1.0]))
    0.75
    """
    values = np.sort(np.asarray(values, float))
    many, total = len(values), values.sum()
    if not many or total <= 0:
        return np.nan
    return float((2 * np.arange(1, many + 1) - many - 1) @ values / (many * total))


def loads(found: Work, served: Served, now: pd.DataFrame) -> dict[str, float]:
    """Customers, ARR and hours over people, ARR and hours over teams."""
    size, units, rows = len(served.people), len(served.units), served.rows
    on_board = now[now["person"] < size]
    customers = np.bincount(on_board["person"], minlength=size)
    arr_people = _parts(found.arr, on_board, "person", size)
    hours = _hours(rows, "person", size)
    teams = served.now[["c", "unit"]].drop_duplicates()
    arr_teams = _parts(found.arr, teams[teams["unit"] >= 0], "unit", units)
    hours_teams = _hours(rows, "unit", units)
    monthly = hours / MONTHS
    if served.measured:
        # Who came during the year is compared by the months on board.
        monthly = hours / _months(found, served)
    return {
        "customers_cv": variation(customers),
        "customers_gini": gini(customers),
        "closest_book": _closest(served),
        "arr_cv_people": variation(arr_people),
        "arr_gini_people": gini(arr_people),
        "hours_cv_people": variation(monthly),
        "hours_gini_people": gini(monthly),
        "arr_cv_teams": variation(arr_teams),
        "arr_gini_teams": gini(arr_teams),
        "hours_cv_teams": variation(hours_teams),
        "hours_gini_teams": gini(hours_teams),
        "hours_per_person": monthly.mean() if size else np.nan,
    }


def knowledge(found: Work, served: Served) -> dict[str, float]:
    """How specialised people are by kind of work and by industry, who would be stranded in a pivot, whom departments meet."""
    rows = served.rows[(served.rows["person"] >= 0) & (served.rows["person"] < len(served.people))]
    size, person, hours = len(served.people), rows["person"].to_numpy(), rows["hours"].to_numpy()
    kinds = _table(person, rows["kind"].to_numpy(), hours, size, len(found.kinds))
    industry = found.industry[rows["c"].to_numpy()]
    told = industry >= 0
    industries = _table(person[told], industry[told], hours[told], size, len(found.industries))
    stranded = _stranded(industries)
    met = (
        _table(person, rows["department"].to_numpy(), hours, size, len(found.departments))[:, 1:]
        > 0
    )
    reached = met.any(axis=0)
    total = kinds.sum()
    return {
        "specialisation": kinds.max(axis=1, initial=0).sum() / total if total > 0 else np.nan,
        "kinds_per_person": _mean(kinds, 1 / np.maximum(_squares(kinds), 1e-12)),
        "industry_concentration": _mean(industries, _squares(industries)),
        "stranded_mean": stranded.mean() if len(stranded) else np.nan,
        "stranded_worst": stranded.max() if len(stranded) else np.nan,
        "people_per_department": met.sum() / reached.sum() if reached.any() else np.nan,
    }


def links(served: Served, found: Work) -> float:
    """Pairs of teams that shared a live customer in the year; a partner is paired with every team it met customers beside."""
    from scipy.sparse import coo_matrix

    pairs = served.year[["c", "unit"]]
    pairs = pairs[pairs["unit"] >= 0]
    units = len(served.units)
    met = coo_matrix(
        (np.ones(len(pairs)), (pairs["c"], pairs["unit"])), shape=(len(found), units)
    ).tocsr()
    shared = (met.T @ met).toarray() > 0
    beside = 0
    for bits in served.partners:
        with_partner = (found.year[pairs["c"].to_numpy()] & bits) > 0
        beside += pairs["unit"][with_partner].nunique()
    return float(np.triu(shared, 1).sum() + beside)


def _closest(served: Served) -> float:
    """Customers a person of the team that has fewest."""
    pairs = served.life if not served.measured else served.now
    pairs = pairs[
        (pairs["unit"] >= 0) & (pairs["person"] >= 0) & (pairs["person"] < len(served.people))
    ]
    per = pairs[["c", "unit"]].drop_duplicates()["unit"].value_counts()
    people = pairs[["person", "unit"]].drop_duplicates()["unit"].value_counts()
    return float((per / people).min()) if len(per) else np.nan


def _parts(arr: np.ndarray, pairs: pd.DataFrame, who: str, size: int) -> np.ndarray:
    """Each customer's ARR in equal parts to those who serve it."""
    c = pairs["c"].to_numpy()
    many = np.bincount(c, minlength=len(arr))
    return np.bincount(pairs[who], arr[c] / many[c], size)


def _hours(rows: pd.DataFrame, who: str, size: int) -> np.ndarray:
    code = rows[who].to_numpy()
    good = (code >= 0) & (code < size)
    return np.bincount(code[good], rows["hours"].to_numpy()[good], size).astype(float)


def _months(found: Work, served: Served) -> np.ndarray:
    """Months of the window that each person was on board (at least one)."""
    hired = found.people.set_index("person_id")["hired_on"].reindex(list(served.people))
    months = (found.as_of - hired) / pd.Timedelta(days=365.25 / 12)
    return np.clip(months.fillna(MONTHS).to_numpy(), 1, MONTHS)


def _table(
    row: np.ndarray, column: np.ndarray, hours: np.ndarray, rows: int, columns: int
) -> np.ndarray:
    return (
        np.bincount(row * columns + column, hours, rows * columns)
        .reshape(rows, columns)
        .astype(float)
    )


def _squares(table: np.ndarray) -> np.ndarray:
    """sum(share^2) of each row; 0 for a row without hours."""
    total = table.sum(axis=1, keepdims=True)
    shares = np.divide(table, total, out=np.zeros_like(table), where=total > 0)
    return (shares**2).sum(axis=1)


def _mean(table: np.ndarray, values: np.ndarray) -> float:
    weight = table.sum(axis=1)
    return float(weight @ values / weight.sum()) if weight.sum() > 0 else np.nan


def _stranded(industries: np.ndarray) -> np.ndarray:
    """People stranded by giving up industry A for B, for all ordered pairs of industries that there is work in."""
    industries = industries[:, industries.sum(axis=0) > 0]
    total = industries.sum(axis=1, keepdims=True)
    shares = np.divide(industries, total, out=np.zeros_like(industries), where=total > 0)
    busy = total[:, 0] > 0
    main, ignorant = (shares >= MAIN) & busy[:, None], (shares < KNOWS) & busy[:, None]
    pairs = main.astype(float).T @ ignorant.astype(float)
    return pairs[~np.eye(len(pairs), dtype=bool)]
