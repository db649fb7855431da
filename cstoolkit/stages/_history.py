"""Where the company stood at the end of every month of its history: live customers, stage, people in CS against S1's headcount."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.assumptions import check_number
from cstoolkit.data.company import Company
from cstoolkit.stages._table import stage, table

UNKNOWN = "not known"


def history(company: Company) -> pd.DataFrame:
    """One row a month end, from the first customer on, and one for `as_of`.

    Returns date, customers (live), stage (1-5), people (in CS: everybody in `people`, else everybody on a post; NaN where the company
    records neither), headcount_low, headcount_high (S1's; NaN: no upper end), against (below, inside or above S1's headcount, or not
    known), customers_per_person, customers_per_person_low, customers_per_person_high (what S1's own numbers imply).

    Who was live is told from today's knowledge: a late renewal counts as no interruption. Source: S1.

    >>> import cstoolkit as cs
    >>> found = history(cs.load_company())
    >>> found["stage"].drop_duplicates().to_list()
    [1, 2, 3, 4, 5]
    """
    spans = company.spans
    if spans.empty:
        raise ValueError(
            f"{company.name} had no customer live up to {company.as_of:%Y-%m-%d}: there is no history of stages."
        )
    days = _month_ends(spans["starts_on"].min(), company.as_of)
    customers = _present(days, spans["starts_on"], spans["ends_on"])
    frame = pd.DataFrame(
        {
            "date": days,
            "customers": customers,
            "stage": stage(customers),
            "people": _people(company, days),
        }
    )
    bands = table().set_index("stage").loc[frame["stage"]].reset_index(drop=True)
    low, high = bands["headcount_low"].astype("float64"), bands["headcount_high"]
    frame["headcount_low"], frame["headcount_high"] = low, high
    people = frame["people"]
    frame["against"] = np.select(
        [people.isna(), people < low, people > high], [UNKNOWN, "below", "above"], "inside"
    )
    frame["customers_per_person"] = frame["customers"] / people.replace(0, np.nan)
    frame["customers_per_person_low"] = bands["customers_per_head_low"]
    frame["customers_per_person_high"] = bands["customers_per_head_high"]
    return frame


def passages(found: pd.DataFrame) -> pd.DataFrame:
    """Every change of stage in a :func:`history`: stage, came_from, date, customers, people, months (for which it then lasted;
    NaN: still).

    A company that shrinks goes back; then a stage comes more than once.

    >>> import cstoolkit as cs
    >>> bool(passages(history(cs.load_company()))["stage"].is_monotonic_increasing)
    True
    """
    before = found["stage"].shift()
    rows = found.loc[
        found["stage"] != before, ["stage", "date", "customers", "people"]
    ].reset_index(drop=True)
    rows.insert(1, "came_from", rows["stage"].shift().astype("Int64"))
    lasted = rows["date"].shift(-1).dt.to_period("M").astype("object")
    months = [
        (then - now).n if not pd.isna(then) else np.nan
        for then, now in zip(lasted, rows["date"].dt.to_period("M"), strict=True)
    ]
    return rows.assign(months=np.array(months, dtype="float64"))


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Where the company stands and how far the next stage is.

    `growth` is the monthly growth of live customers over the last `months` months; `to_next` the customers missing to the next
    stage (None in stage 5) and `months_to_next` the months until then if growth goes on (None if it never comes). `people` is None
    where nobody in CS is on record.
    """

    date: pd.Timestamp
    stage: int
    customers: int
    people: int | None
    against: str
    months: int
    growth: float | None
    to_next: int | None
    months_to_next: float | None


def outlook(found: pd.DataFrame, months: int = 12) -> Outlook:
    """The last row of a :func:`history` and, at the growth of the last `months` months, when the next stage comes.

    >>> import cstoolkit as cs
    >>> outlook(history(cs.load_company().at("2024-06-30"))).stage
    4
    """
    check_number("outlook", "months", months, least=1)
    last = found.iloc[-1]
    now, number = int(last["customers"]), int(last["stage"])
    earlier = found[
        found["date"] <= last["date"] - pd.DateOffset(months=int(months)) + pd.offsets.MonthEnd(0)
    ]
    before = int(earlier["customers"].iloc[-1]) if len(earlier) else 0
    growth = (now / before) ** (1 / months) - 1 if before and now else None
    borders = table().set_index("stage")["customers_low"]
    missing = int(borders[number + 1]) - now if number < len(borders) else None
    wait = (
        math.log(borders[number + 1] / now) / math.log1p(growth)
        if missing and growth and growth > 0
        else None
    )
    return Outlook(
        date=last["date"],
        stage=number,
        customers=now,
        people=None if pd.isna(last["people"]) else int(last["people"]),
        against=str(last["against"]),
        months=int(months),
        growth=growth,
        to_next=missing,
        months_to_next=wait,
    )


def _month_ends(first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    ends = pd.date_range(first, last, freq="ME").as_unit("us").normalize()
    return (
        ends
        if len(ends) and ends[-1] == last
        else ends.append(pd.DatetimeIndex([last]).as_unit("us"))
    )


def _present(days: pd.DatetimeIndex, starts: pd.Series, ends: pd.Series) -> np.ndarray:
    """How many spans (end exclusive, missing: still so) run on each of the days."""
    begun = np.searchsorted(np.sort(starts.dropna().to_numpy()), days.to_numpy(), side="right")
    over = np.searchsorted(np.sort(ends.dropna().to_numpy()), days.to_numpy(), side="right")
    return begun - over


def _people(company: Company, days: pd.DatetimeIndex) -> np.ndarray:
    """People in CS on each of the days: by `people`, else by `posts`, whose overlapping rows count a person once."""
    if company.has("people", "hired_on"):
        return _present(days, company.people["hired_on"], company.people["left_on"]).astype(
            "float64"
        )
    if company.has("posts", "starts_on"):
        posts = company.posts
        on = (posts["starts_on"].to_numpy()[:, None] <= days.to_numpy()) & ~(
            posts["ends_on"].to_numpy()[:, None] <= days.to_numpy()
        )
        return (
            pd.DataFrame(on)
            .groupby(posts["person_id"].to_numpy())
            .any()
            .sum()
            .to_numpy(dtype="float64")
        )
    return np.full(len(days), np.nan)
