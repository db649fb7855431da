"""S1's path from all-rounders to specialists: which functions a company has, and which are due."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cstoolkit import checks, tables
from cstoolkit.data.company import Company, checked
from cstoolkit.stages.growth import history

OFFICE = 2
"""People of CS in a region, besides the main one, from whom on it counts as an office (ours)."""


def functions(
    company: Company,
    date: str | pd.Timestamp | None = None,
    *,
    words: Mapping[str, list[str]] | None = None,
) -> pd.DataFrame:
    """S1's functions (``functions.csv``) with what this company has of each.

    Parameters
    ----------
    company : Company
    date : str or Timestamp, optional
        As known on that day; default `as_of`.
    words : dict of str to list of str, optional
        Further words by which a function is told from `posts.role` and `posts.team`, by its name,
        such as ``{"onboarding team": ["launch"]}``: an own company has its own names.

    Returns
    -------
    pandas.DataFrame
        function, stage (S1's; NA where S1 names none), verdict, reason (S1's), fact (this
        company's), since (first day on record), stage_reached (first month end in that stage or a
        later one), source. Verdicts:

        =============== ==============================================================
        there           it is on record
        due             the stage is reached and it is not there
        to consider     the same, where S1 says that it may come, or is considered
        later           its stage is not reached
        no stage named  it is not there, and S1 does not say from when
        not on record   the tables that would show it are missing
        =============== ==============================================================

    Raises
    ------
    ValueError
        For `words` of a function that S1 does not have.

    References
    ----------
    S1 (docs/sources.md).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = functions(cs.load_company(), "2023-06-30").set_index("function")
    >>> found.loc["CS Ops", "verdict"]
    'later'
    """
    path = tables.read("stages", "functions")
    words = words or {}
    for name in words:
        checks.one_of("functions", "words", name, path["function"])
    known = checked(company) if date is None else checked(company).at(date)
    months = history(known)
    now = months["stage"].iloc[-1]
    find = {"posts": _posts, "onboarding": _onboarding, "regions": _offices}
    rows = []
    for row in path.itertuples():
        wanted = [*row.words.split("; "), *words.get(row.function, [])]
        there, since, fact = find[row.evidence](known, wanted)
        reached = months.loc[months["stage"] >= row.stage, "date"].min()
        rows.append((_verdict(there, row.stage, row.optional == "yes", now), fact, since, reached))
    found = pd.DataFrame(rows, columns=["verdict", "fact", "since", "stage_reached"])
    days = ["since", "stage_reached"]
    found[days] = found[days].astype("datetime64[us]")
    frame = pd.concat([path, found], axis=1).astype({"stage": "Int64"})
    return frame[["function", "stage", "verdict", "reason", "fact", *days, "source"]]


def _verdict(there: bool | None, stage: float, optional: bool, now: int) -> str:
    if there is None:
        return "not on record"
    if there:
        return "there"
    if pd.isna(stage):
        return "no stage named"
    if now < stage:
        return "later"
    return "to consider" if optional else "due"


def _posts(company: Company, words: list[str]) -> tuple[bool | None, pd.Timestamp, str]:
    """People on a post whose role or team has one of the words, as whole words."""
    if not company.has("posts", "person_id"):
        return None, pd.NaT, "no posts on record"
    posts = company.posts
    text = posts["role"].fillna("") + " | " + posts["team"].fillna("")
    text = text.str.casefold().str.replace(r"[\W_]+", " ", regex=True)
    pattern = "|".join(word.casefold().replace("_", " ") for word in words)
    rows = posts[text.str.contains(rf"\b(?:{pattern})\b", regex=True)]
    now = company.open("posts")
    people = now.loc[now.index.isin(rows.index), "person_id"].nunique()
    if people:
        said = f"{people} {'person' if people == 1 else 'people'} on such a post"
        return True, rows["starts_on"].min(), said
    gone = f"; there was until {rows['ends_on'].max():%b %Y}" if len(rows) else ""
    return False, pd.NaT, f"nobody on such a post{gone}"


def _onboarding(company: Company, forms: list[str]) -> tuple[bool | None, pd.Timestamp, str]:
    """Customers who came in the last twelve months and were onboarded in that form."""
    if not company.has("customers", "onboarding"):
        return None, pd.NaT, "no form of onboarding on record"
    came = company.customers.dropna(subset=["onboarding", "acquired_on"])
    came = came[came["acquired_on"] <= company.as_of]
    mine = came["onboarding"].isin(forms)
    lately = came["acquired_on"] > company.as_of - pd.DateOffset(months=12)
    count = int((mine & lately).sum())
    fact = f"{count:,} of {lately.sum():,} customers who came in the last 12 months"
    return count > 0, came.loc[mine, "acquired_on"].min() if count else pd.NaT, fact


def _offices(company: Company, _: list[str]) -> tuple[bool | None, pd.Timestamp, str]:
    """Regions, besides the main one, with an office; and where customers have none."""
    if not company.has("people", "region") or not company.has("customers", "region"):
        return None, pd.NaT, "no regions of people and customers on record"
    people = company.open("people").dropna(subset=["region"]).sort_values("hired_on")
    staffed = people["region"].value_counts()
    offices = staffed.index[1:][staffed.iloc[1:] >= OFFICE]
    customers = company.snapshot()["region"].value_counts()
    few = [
        f"{region} ({count:,} live, {staffed.get(region, 0)} in CS)"
        for region, count in customers.items()
        if staffed.get(region, 0) < OFFICE
    ]
    fact = (
        f"{OFFICE} or more people of CS in {(staffed >= OFFICE).sum()} "
        f"of the {len(customers)} regions with customers"
    )
    there = people[people["region"].isin(offices)]
    opened = there.groupby("region")["hired_on"].nth(OFFICE - 1).min()
    return len(offices) > 0, opened, fact + (f"; fewer in {', '.join(few)}" if few else "")
