"""Play with the rules of the journey: in which phase is who, and which usage counts as stalled?"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from cstoolkit import display, lifecycle
from cstoolkit.controls import Panel, choice, slider_for
from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES
from cstoolkit.lifecycle import plots as pictures

FIRST = {
    "renewal": ("renewal", "onboarding", "expansion", "adoption"),
    "expansion": ("expansion", "renewal", "onboarding", "adoption"),
    "onboarding": ("onboarding", "renewal", "expansion", "adoption"),
}
"""Which phase comes first where a customer is in several at once."""

DAYS = 12
"""As of so many days, the ends of the last quarters, the panel can look."""

SIGNALS = {
    "users, features and frequency": ("users", "features", "frequency"),
    "users only": ("users",),
    "users and features": ("users", "features"),
    "features and frequency": ("features", "frequency"),
}

SHOWN = 2
"""So many customers stand on the board of the panel."""


def panel(company: Company) -> Panel:
    """Customers in each phase on a day, by the rules chosen; what was known on that day decides.

    Without milestones and usage the length of onboarding is an assumption and takes their place
    among the controls.

    >>> import cstoolkit as cs
    >>> sorted(panel(cs.load_company()).controls)
    ['date', 'first', 'onboarding_ends', 'onboarding_latest', 'renewal_days']
    """
    start = lifecycle.PhaseRules()

    small = _slim(company)
    # Winding back takes longer than the phases do: all days are made ready once.
    known = {date: small.at(date) for date in _days(company)}
    usual = {
        date: lifecycle.current(each)["phase"].astype("str").to_numpy()
        for date, each in known.items()
    }

    def draw(date: pd.Timestamp, first: str, **values: object) -> tuple:
        rules = lifecycle.PhaseRules(precedence=FIRST[first], **_consistent(values))
        now = lifecycle.current(known[date], rules=rules)
        moved = int((now["phase"].astype("str").to_numpy() != usual[date]).sum())
        # All customers are in adoption once onboarding is over: what asks for a decision is another
        # phase besides.
        two = now["others"].str.contains("renewal|expansion|onboarding", regex=True).sum()
        return pictures.now(now), display.sentence_of(
            "On {date}: {renewing:,} of {all:,} customers first of all **renew**, {two:,} are in "
            "two of onboarding, renewal and "
            "expansion at once. These rules put **{moved:,}** in another phase than the rules at "
            "the start.",
            date=date,
            renewing=(now["phase"] == "renewal").sum(),
            all=len(now),
            two=two,
            moved=moved,
        )

    recorded = company.has("milestones", "milestone") or company.has(
        "usage", "active_users", "seats"
    )
    controls = {"date": choice("as known on", {f"{each:%Y-%m-%d}": each for each in known})}
    if company.has("milestones", "milestone"):
        ends = [name for name in MILESTONES if name in ("live", "first_value", "basic_value")]
        words = {name.replace("_", " "): name for name in ends}
        controls["onboarding_ends"] = choice("onboarding ends with", words, start.onboarding_ends)
    if recorded:
        controls["onboarding_latest"] = slider_for(
            start, "onboarding_latest", says="onboarding at latest", step=5
        )
    else:
        controls["onboarding_days"] = slider_for(
            start, "onboarding_days", says="length of onboarding", step=5
        )
    controls["renewal_days"] = slider_for(start, "renewal_days", says="renewal window", step=5)
    controls["first"] = choice("comes first", list(FIRST))
    return Panel(draw, controls)


def stalls(company: Company, truth: pd.DataFrame | None = None) -> Panel:
    """What counts as a stall: the customers with most ARR that stall by the default rules, judged
    by the rules chosen.

    `truth` are the stalls that there were (``cs.load_truth().stalls``), where they are known: then
    the sentence says how many finds are right and how many stalls are found. Raises MissingData
    without usage.

    >>> import cstoolkit as cs
    >>> sorted(stalls(cs.load_company(), cs.load_truth().stalls).controls)
    ['certainty', 'drop', 'past_months', 'signals']
    """
    start = lifecycle.StallRules()
    found = lifecycle.stalls(company, start)
    work = lifecycle.worklist(company, found).head(SHOWN)
    last, usage = company.usage["month"].max(), company.usage
    if len(work):
        usage = usage[usage["customer_id"].isin(work["customer_id"])]

    def draw(signals: str, **values: float) -> tuple:
        rules = lifecycle.StallRules(signals=SIGNALS[signals], **values)
        now = lifecycle.stalls(company, rules)
        fresh = (now["found_on"] > last).sum()
        ax = pictures.stall_board(
            usage, now, work if len(work) else None, columns=SHOWN, most=SHOWN
        )
        told = "**{open:,} stalls** are open, {fresh:,} of them found last month."
        figures = {"open": now["ended_on"].isna().sum(), "fresh": fresh}
        if truth is not None:
            score = lifecycle.score_stalls(now, truth, until=company.as_of).set_index("measure")[
                "value"
            ]
            told += (
                " Of all finds so far {precision:.0%} are right; of the stalls of a month or more "
                "{recall:.0%} were found."
            )
            figures |= {"precision": score["precision"], "recall": score["recall"]}
        return ax, display.sentence_of(told, **figures)

    return Panel(
        draw,
        {
            "drop": slider_for(start, "drop", says="drop below the own past", step=0.05),
            "certainty": slider_for(start, "certainty", step=0.25),
            "past_months": slider_for(start, "past_months", says="past compared with"),
            "signals": choice("signals watched", {name: name for name in _signals(company)}),
        },
    )


def _slim(company: Company) -> Company:
    """The company with what the phases read, and no more."""
    unused = ["voices", "changes", "people", "posts", "assignments", "tiers"]
    unused += ["usage"] if company.has("milestones", "milestone") else []
    work = company.activities
    tables = {name: company.tables[name].iloc[:0] for name in unused}
    return replace(company, **tables, activities=work[(work["phase"] == "expansion").fillna(False)])


def _consistent(values: dict) -> dict:
    """Use cannot take root before onboarding is over: the later milestone serves for both."""
    if values.get("onboarding_ends") == "basic_value":
        return {**values, "established_at": "basic_value"}
    return values


def _days(company: Company) -> list[pd.Timestamp]:
    """The day of the data and the ends of quarters before it on which there were
    customers, latest first.
    """
    first = company.spans["starts_on"].min()
    ends = pd.date_range(end=company.as_of - pd.Timedelta(days=1), periods=DAYS - 1, freq="QE")[
        ::-1
    ]
    return [company.as_of, *(each for each in ends if each >= first)]


def _signals(company: Company) -> list[str]:
    """The choices of signals that the company's usage allows."""
    columns = {
        "users": ["active_users"],
        "features": ["features_used"],
        "frequency": ["logins", "active_users"],
    }
    company.need(usage=["active_users"])
    return [
        name
        for name, signals in SIGNALS.items()
        if name == "users only" or all(company.has("usage", *columns[each]) for each in signals)
    ]
