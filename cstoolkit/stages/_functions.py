"""Which functions are due to be carved out of the all-rounders' work next, each with S1's reason and this company's facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.stages._history import history

YEAR = pd.DateOffset(months=12)

OFFICE = 2
"""People of CS in a region, besides the main one, from whom on it counts as an office (ours)."""

UNKNOWN, THERE, DUE, CONSIDER, LATER, OPEN = (
    "not on record",
    "there",
    "due",
    "to consider",
    "later",
    "no stage named",
)


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function on S1's path.

    `stage` is the one from which S1 sees it (None: S1 names none). It is *expected* there, unless S1 says that it may come,
    comes in some companies or is considered (`optional`). `words` tell it by a post's role or team, `form` by the customers'
    form of onboarding.
    """

    name: str
    stage: int | None
    optional: bool
    reason: str
    words: tuple[str, ...] = ()
    form: str = ""


FUNCTIONS = (
    Function(
        name="CS department",
        stage=2,
        optional=False,
        reason="a few generalists take over from sales, gather know-how and bring back what customers say",
        words=("csm", "customer success", "cs"),
    ),
    Function(
        name="onboarding team",
        stage=3,
        optional=True,
        reason="work gets formalised, and onboarding is the first part of it that can be a team's own",
        words=("onboarding",),
    ),
    Function(
        name="head of CS",
        stage=4,
        optional=False,
        reason="roles become clear",
        words=("head", "cco", "chief", "director"),
    ),
    Function(
        name="low-touch team",
        stage=4,
        optional=False,
        reason="high touch keeps a CSM of its own; a team covers many smaller companies",
        words=("low touch", "tech touch"),
    ),
    Function(
        name="CS Ops",
        stage=4,
        optional=False,
        reason="data analysis to planning initiatives, so that all of CS has the most effect; the health score comes to rest on evidence",
        words=("cs ops", "ops", "operations"),
    ),
    Function(
        name="data scientist",
        stage=4,
        optional=True,
        reason="takes health scores and reports over from CS Ops, in some companies",
        words=("data scientist", "data analyst", "scientist", "analyst", "analytics"),
    ),
    Function(
        name="self-serve onboarding",
        stage=4,
        optional=False,
        reason="content by which customers onboard themselves, while long onboardings get a goal, a roadmap and a planned kickoff",
        form="self",
    ),
    Function(
        name="paid onboarding",
        stage=5,
        optional=True,
        reason="it is asked for, more so for complex services; who pays has a motivated project lead",
        form="paid",
    ),
    Function(
        name="regional office",
        stage=5,
        optional=True,
        reason="closeness to customers, and an edge over competitors",
    ),
    Function(
        name="expansion team",
        stage=None,
        optional=True,
        reason="the specialist chart has a team for expansion; S1 does not say from when",
        words=("expansion", "growth", "upsell", "account management"),
    ),
)
"""S1's path from sales-run CS over all-rounders to specialists, one function after another, in its order."""


def functions(
    company: Company,
    date: str | pd.Timestamp | None = None,
    *,
    words: Mapping[str, list[str]] | None = None,
) -> pd.DataFrame:
    """S1's functions with what this company has of each, as known on `date` (default: `as_of`).

    `words` adds words by which a function is told from `posts.role` and `posts.team`, by the function's name, such as
    ``{"onboarding team": ["launch"]}``: an own company has its own names.

    Returns function, stage (S1's; NA where S1 names none), verdict, reason (S1's), fact (this company's), since (the first day
    on record), stage_reached (first month end in that stage or a later one), source. Verdicts:

    =============== =================================================================================
    there           it is on record
    due             the stage is reached and it is not there
    to consider     the same, where S1 says that it may come, or is considered
    later           its stage is not reached
    no stage named  it is not there, and S1 does not say from when
    not on record   the tables that would show it are missing
    =============== =================================================================================

    Source: S1. Raises KeyError for a function that S1 does not have.

    >>> import cstoolkit as cs
    >>> functions(cs.load_company(), "2023-06-30").set_index("function").loc["CS Ops", "verdict"]
    'later'
    """
    names = [each.name for each in FUNCTIONS]
    unknown = [name for name in words or {} if name not in names]
    if unknown:
        raise KeyError(
            f"no function {', '.join(map(repr, unknown))}; there are: {', '.join(names)}."
        )
    known = company if date is None else company.at(date)
    path = history(known)
    now = int(path["stage"].iloc[-1])
    rows = []
    for each in FUNCTIONS:
        there, since, fact = _there(known, each, (words or {}).get(each.name, []))
        reached = path.loc[path["stage"] >= each.stage, "date"].min() if each.stage else pd.NaT
        rows.append(
            {
                "function": each.name,
                "stage": each.stage,
                "verdict": _verdict(each, there, now),
                "reason": each.reason,
                "fact": fact,
                "since": since,
                "stage_reached": reached,
                "source": "S1",
            }
        )
    frame = pd.DataFrame(rows)
    dates = {
        name: pd.to_datetime(frame[name]).astype("datetime64[us]")
        for name in ("since", "stage_reached")
    }
    return frame.astype({"stage": "Int64"}).assign(**dates)


def _verdict(function: Function, there: bool | None, now: int) -> str:
    if there is None:
        return UNKNOWN
    if there:
        return THERE
    if function.stage is None:
        return OPEN
    if now < function.stage:
        return LATER
    return CONSIDER if function.optional else DUE


def _there(
    company: Company, function: Function, more: list[str]
) -> tuple[bool | None, pd.Timestamp, str]:
    """Whether the function is on record, since when, and the fact behind it."""
    if function.form:
        return _form(company, function.form)
    if not function.words:
        return _offices(company)
    return _posts(company, (*function.words, *more))


def _posts(company: Company, words: tuple[str, ...]) -> tuple[bool | None, pd.Timestamp, str]:
    """People on a post whose role or team has one of the words, as whole words."""
    if not company.has("posts", "person_id"):
        return None, pd.NaT, "no posts on record"
    posts = company.posts
    text = posts["role"].fillna("") + " | " + posts["team"].fillna("")
    text = text.str.casefold().str.replace(r"[\W_]+", " ", regex=True)
    pattern = "|".join(
        word.casefold().replace("_", " ") for word in sorted(words, key=len, reverse=True)
    )
    rows = posts[text.str.contains(rf"\b(?:{pattern})\b", regex=True)]
    now = rows[(rows["starts_on"] <= company.as_of) & ~(rows["ends_on"] <= company.as_of)]
    people = now["person_id"].nunique()
    if not people:
        gone = f"; there was until {rows['ends_on'].max():%b %Y}" if len(rows) else ""
        return False, pd.NaT, f"nobody on such a post{gone}"
    return (
        True,
        rows["starts_on"].min(),
        f"{people} {'person' if people == 1 else 'people'} on such a post",
    )


def _form(company: Company, form: str) -> tuple[bool | None, pd.Timestamp, str]:
    """Customers who came in the last twelve months and were onboarded in that form."""
    if not company.has("customers", "onboarding"):
        return None, pd.NaT, "no form of onboarding on record"
    customers = company.customers.dropna(subset=["onboarding", "acquired_on"])
    customers = customers[customers["acquired_on"] <= company.as_of]
    lately = customers[customers["acquired_on"] > company.as_of - YEAR]
    mine = customers[customers["onboarding"] == form]
    count = int((lately["onboarding"] == form).sum())
    since = mine["acquired_on"].min()
    return (
        bool(count),
        since if count else pd.NaT,
        f"{count:,} of {len(lately):,} customers who came in the last 12 months",
    )


def _offices(company: Company) -> tuple[bool | None, pd.Timestamp, str]:
    """Regions, besides the one with most people in CS, in which at least ``OFFICE`` of them work; and where customers have fewer."""
    if not company.has("people", "region") or not company.has("customers", "region"):
        return None, pd.NaT, "no regions of people and customers on record"
    people = company.people
    here = people[
        (people["hired_on"] <= company.as_of) & ~(people["left_on"] <= company.as_of)
    ].dropna(subset=["region"])
    staffed = here["region"].value_counts()
    opened = here.sort_values("hired_on").groupby("region")["hired_on"].nth(OFFICE - 1)
    offices = staffed[staffed >= OFFICE].index.difference(staffed.index[:1])
    customers = company.snapshot()["region"].value_counts()
    few = [
        f"{region} ({count:,} customers, {staffed.get(region, 0)} in CS)"
        for region, count in customers.items()
        if staffed.get(region, 0) < OFFICE
    ]
    fact = f"{OFFICE} or more people of CS in {int((staffed >= OFFICE).sum())} of the {len(customers)} regions with customers"
    since = opened[here.loc[opened.index, "region"].isin(offices)].min() if len(offices) else pd.NaT
    return bool(len(offices)), since, fact + (f"; fewer in {', '.join(few)}" if few else "")
