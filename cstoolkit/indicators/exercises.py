"""Answers to the exercises of notebook 05; their texts stand in exercises.toml."""

import pandas as pd

from cstoolkit import indicators
from cstoolkit.exercises import load


def moved(company):
    left = company.spans["ends_on"].dropna()
    last_active = left - pd.Timedelta(days=1)
    return (left.dt.to_period("M") != last_active.dt.to_period("M")).sum()


def all_losses(company):
    return company.spans["ends_on"].notna().sum()


def pays_less(company):
    start = company.as_of - pd.DateOffset(years=1)
    rows = indicators.changes(company, start, company.as_of)
    there = rows[rows["opening"] > 0]
    return (there["closing"] < there["opening"]).mean()


def lost_alone(company):
    start = company.as_of - pd.DateOffset(years=1)
    return indicators.logo_churn(company, start, company.as_of)["churn"]


def of_revenue(company):
    return 1 - indicators.grr(company, company.as_of)


def proposal(company):
    """The figures of three sentences as a head of CS might write them."""
    table = indicators.overview(company, company.as_of).set_index("figure")["value"]
    systems = indicators.replay(company).set_index("system").drop("everybody")
    best = systems.sort_values("false_alarms").iloc[0]
    return {
        "nrr": table["nrr"],
        "grr": table["grr"],
        "logos": table["logo_churn"],
        "share": best["share"],
        "lead": best["lead"],
        "wrong": best["false_alarms"],
    }


EXERCISES = load(
    "indicators",
    moved,
    all_losses,
    pays_less,
    lost_alone,
    of_revenue,
    proposal,
)
