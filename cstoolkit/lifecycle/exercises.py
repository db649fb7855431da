"""Exercises on the journey: which phase, how long, what stalled as far as was known, and whom should we not have sold to?"""

from __future__ import annotations

import pandas as pd

from cstoolkit import lifecycle
from cstoolkit.data.company import Company
from cstoolkit.exercises.kinds import Choice, Decision, Number, Option


def recent(company: Company) -> pd.DataFrame:
    """Spells that began in the last two years."""
    spells = lifecycle.spells(company)
    return spells[spells["starts_on"] > company.as_of - pd.DateOffset(years=2)]


def days_in_adoption(company: Company) -> float:
    """Median length of a spell in adoption, those still open counted as at least so long."""
    lengths = lifecycle.time_in_phase(recent(company)).set_index("state")["median_days"]
    return lengths.get("adoption", float("nan"))


def days_of_ended_spells(company: Company) -> float:
    """The same from the spells that have ended, the others left out."""
    spells = recent(company)
    ended = spells[(spells["state"] == "adoption") & spells["next"].notna()]
    return (ended["to_day"] - ended["from_day"]).median()


def mean_of_ended_spells(company: Company) -> float:
    """The mean of the spells that have ended."""
    lengths = lifecycle.time_in_phase(recent(company)).set_index("state")["mean_ended"]
    return lengths.get("adoption", float("nan"))


def days_as_if_all_had_ended(company: Company) -> float:
    """The median as if every open spell ended today."""
    spells = recent(company)
    adoption = spells[spells["state"] == "adoption"]
    return (adoption["to_day"] - adoption["from_day"]).median()


def open_half_a_year_ago(company: Company) -> float:
    """Stalls that were open half a year ago, by what was known then."""
    date = company.as_of - pd.DateOffset(months=6)
    return lifecycle.stalls(company.at(date))["ended_on"].isna().sum()


def still_open(company: Company) -> float:
    """Stalls found by then that are open today: those that have ended since are not counted."""
    date = company.as_of - pd.DateOffset(months=6)
    found = lifecycle.stalls(company)
    return ((found["found_on"] <= date) & found["ended_on"].isna()).sum()


def found_by_then(company: Company) -> float:
    """All stalls found by then, over or not."""
    date = company.as_of - pd.DateOffset(months=6)
    return (lifecycle.stalls(company)["found_on"] <= date).sum()


def cost_that_pays(company: Company) -> float:
    """Cost of a churned customer, in years of its ARR, from which declining fit below 50 would have paid."""
    deals = lifecycle.qualified(company)
    row = lifecycle.cutoffs(deals, at=[50]).iloc[0]
    return row["forgone_arr"] / row["averted_arr"] if row["averted_arr"] else float("nan")


def cost_by_heads(company: Company) -> float:
    """The same, counting customers in place of ARR."""
    row = lifecycle.cutoffs(lifecycle.qualified(company), at=[50]).iloc[0]
    return (row["declined"] - row["averted"]) / row["averted"] if row["averted"] else float("nan")


def cost_with_all_forgone(company: Company) -> float:
    """The same, as if the customers that churned had been good business too."""
    row = lifecycle.cutoffs(lifecycle.qualified(company), at=[50]).iloc[0]
    return row["declined_arr"] / row["averted_arr"] if row["averted_arr"] else float("nan")


def advice(company: Company) -> str:
    """Three sentences on selling to a poor fit, with this company's figures."""
    rules = lifecycle.QualificationRules()
    deals = lifecycle.qualified(company)
    row = lifecycle.cutoffs(deals, at=[rules.cutoff]).iloc[0]
    all_ = deals.loc[deals["fit"].notna(), "churned"].astype("float64").mean()
    agreed = lifecycle.outcomes(company)
    poor = agreed[agreed["fit"] == "poor"].set_index("outcome")["share"]
    elsewhere = poor.get("other_offer", 0.0) + poor.get("referred", 0.0)
    return (
        f"Do not decline every prospect rated below {rules.cutoff:.0f}: {row['right']:.0%} of those we sold to left within "
        f"{rules.churn_days:.0f} days, against {all_:.0%} of all, and declining them all would have forgone "
        f"{row['forgone_arr']:,.0f} {company.currency} a year to avert {row['averted_arr']:,.0f}. "
        f"Propose something smaller or refer on first, as we do with {elsewhere:.0%} of them today, and sell only where the customer "
        f"has heard what does not fit. "
        f"This rests on {row['declined']:.0f} customers, and nobody knows how the declined would have fared: look again when a quarter of "
        f"such sales went through a second pair of eyes."
    )


FIT = {"deals": ["customer_id", "fit", "outcome"]}

EXERCISES = (
    Choice(
        question=(
            "A customer had basic value long ago. Its contract ends in 60 days and is not renewed yet, and three weeks ago it bought "
            "more seats. In which phase is it, by the rules of lifecycle.PhaseRules()?"
        ),
        options={
            "a": Option(
                "In expansion: that is the last phase it reached.",
                "Taking the journey for a ladder with one rung at a time: the contract still ends in 60 days.",
            ),
            "b": Option(
                "In renewal, expansion and adoption at once; the order of precedence makes renewal the main one.",
                "Use goes on, a contract runs out and an expansion is under way: three facts, and a rule says who acts first.",
            ),
            "c": Option(
                "In adoption: renewal begins when the contract has ended.",
                "Taking renewal for an event at the end: the window opens before it, so that there is time to act.",
            ),
            "d": Option(
                "In renewal only: expansion has to wait until the contract is renewed.",
                "Taking precedence for exclusion: the main phase says what comes first, not that the rest has stopped.",
            ),
        },
        right="b",
        hints=[
            "What is true of this customer today? Check each phase by itself.",
            "lifecycle.current has a column others.",
        ],
        why="Phases are found one by one from the company's records, and may overlap; precedence is a decision of the people who run CS.",
    ),
    Number(
        question=(
            "Take the spells in adoption that began in the last two years. How many days do they last in the median, if those still "
            "open count as 'at least so long'? Use lifecycle.spells and lifecycle.time_in_phase."
        ),
        unit="days",
        answer=days_in_adoption,
        tolerance=0.005,
        misconceptions=[
            (
                days_of_ended_spells,
                "That is the median of the spells that have ended. The long ones are still open and were left out: it flatters.",
            ),
            (
                mean_of_ended_spells,
                "That is the mean over the spells that have ended: the open ones, the long ones among them, are missing.",
            ),
            (
                days_as_if_all_had_ended,
                "That counts every open spell as if it ended today. It lasts at least so long, not exactly so long.",
            ),
        ],
        hints=[
            "An open spell is not missing: it tells that it has lasted at least so long.",
            'recent = spells[spells["starts_on"] > company.as_of - pd.DateOffset(years=2)]',
            "lifecycle.time_in_phase(recent) has a row for adoption; which of its columns counts the open ones?",
        ],
        why="A spell that is still open is right-censored: Kaplan-Meier uses what it tells and no more.",
    ),
    Number(
        question=lambda company: (
            f"How many stalls were open on {company.as_of - pd.DateOffset(months=6):%Y-%m-%d}, by what was known on that day? "
            "Use company.at and lifecycle.stalls."
        ),
        unit="stalls",
        answer=open_half_a_year_ago,
        tolerance=0,
        needs={"usage": ["active_users"]},
        misconceptions=[
            (
                still_open,
                "Those are the ones still open today. Stalls that ended since were open then: you looked with today's knowledge.",
            ),
            (
                found_by_then,
                "Those are all that had been found by then, with the ones that were long over.",
            ),
            (
                lambda company: lifecycle.stalls(company)["ended_on"].isna().sum(),
                "Those are open today. Wind the company back first: company.at(date).",
            ),
        ],
        hints=[
            "What would the list of that Monday have shown?",
            'then = company.at("..."); a stall is open where ended_on is missing.',
        ],
        why="A list of that day knows no later ends. Judging it with today's table would make the monitoring look better than it was.",
    ),
    Number(
        question=(
            "From which cost of a churned customer (in years of its ARR) on would declining all deals with fit below 50 have paid? "
            "Use lifecycle.qualified and lifecycle.cutoffs."
        ),
        unit="years of ARR",
        answer=cost_that_pays,
        needs=FIT,
        misconceptions=[
            (
                cost_by_heads,
                "That counts customers. What is declined and what is averted are worth their ARR, and customers differ in it.",
            ),
            (
                cost_with_all_forgone,
                "That sets all declined ARR against the churn averted. Only those that stayed were good business.",
            ),
        ],
        hints=[
            "At the break-even, cost times churn averted equals the good business forgone.",
            "row = lifecycle.cutoffs(deals, at=[50]).iloc[0]; which two of its columns do you divide?",
        ],
        why="The cut-off turns on what a churned customer costs beyond its ARR, which is an assumption: state it with the answer.",
    ),
    Decision(
        question=(
            "The sales director asks: may we go on selling to prospects rated below 50? Write three sentences: what you advise, the "
            "figures it rests on, and what this company's records cannot tell."
        ),
        rubric=[
            "takes one of S1's honest outcomes (sell, propose something else, refer on) for a named kind of prospect",
            "sets churn averted against good business forgone, in the same unit",
            "says that only deals that were sold have an outcome, or that few of them rated poor",
        ],
        sample=advice,
        needs=FIT,
        hints=[
            "lifecycle.cutoffs(deals, at=[50]) has both sides of the balance.",
            "lifecycle.outcomes(company) says what was agreed with poor fits so far.",
        ],
        why="A poor rating is a reason to look again, not a verdict: the balance depends on the cost of churn and on other offers.",
    ),
)
