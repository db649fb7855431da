"""Answers to the exercises of notebook 03; their texts stand in exercises.toml."""

import pandas as pd

from cstoolkit import lifecycle
from cstoolkit.exercises import load


def spells_in_adoption(company):
    """Spells in adoption that began in the last two years."""
    spells = lifecycle.spells(company)
    recent = spells[spells["starts_on"] > company.as_of - pd.DateOffset(years=2)]
    return recent[recent["state"] == "adoption"]


def days_in_adoption(company):
    spells = lifecycle.spells(company)
    recent = spells[spells["starts_on"] > company.as_of - pd.DateOffset(years=2)]
    lengths = lifecycle.time_in_phase(recent).set_index("state")["median_days"]
    return lengths.get("adoption", float("nan"))


def days_of_ended_spells(company):
    ended = spells_in_adoption(company).dropna(subset=["next"])
    return (ended["to_day"] - ended["from_day"]).median()


def mean_of_ended_spells(company):
    ended = spells_in_adoption(company).dropna(subset=["next"])
    return (ended["to_day"] - ended["from_day"]).mean()


def days_as_if_all_had_ended(company):
    spells = spells_in_adoption(company)
    return (spells["to_day"] - spells["from_day"]).median()


def half_a_year_ago(company):
    return {"date": company.as_of - pd.DateOffset(months=6)}


def open_half_a_year_ago(company):
    date = company.as_of - pd.DateOffset(months=6)
    return lifecycle.stalls(company.at(date))["ended_on"].isna().sum()


def still_open(company):
    date = company.as_of - pd.DateOffset(months=6)
    found = lifecycle.stalls(company)
    return ((found["found_on"] <= date) & found["ended_on"].isna()).sum()


def found_by_then(company):
    date = company.as_of - pd.DateOffset(months=6)
    return (lifecycle.stalls(company)["found_on"] <= date).sum()


def open_today(company):
    return lifecycle.stalls(company)["ended_on"].isna().sum()


def cost_that_pays(company):
    deals = lifecycle.qualified(company)
    row = lifecycle.cutoffs(deals, at=[50]).iloc[0]
    return row["forgone_arr"] / row["averted_arr"] if row["averted_arr"] else float("nan")


def cost_by_heads(company):
    row = lifecycle.cutoffs(lifecycle.qualified(company), at=[50]).iloc[0]
    return (row["declined"] - row["averted"]) / row["averted"] if row["averted"] else float("nan")


def cost_with_all_forgone(company):
    row = lifecycle.cutoffs(lifecycle.qualified(company), at=[50]).iloc[0]
    return row["declined_arr"] / row["averted_arr"] if row["averted_arr"] else float("nan")


def advice(company):
    """The figures of three sentences on selling to a poor fit."""
    rules = lifecycle.QualificationRules()
    deals = lifecycle.qualified(company)
    row = lifecycle.cutoffs(deals, at=[rules.cutoff]).iloc[0]
    agreed = lifecycle.outcomes(company)
    poor = agreed[agreed["fit"] == "poor"].set_index("outcome")["share"]
    return {
        "cutoff": rules.cutoff,
        "all": deals.loc[deals["fit"].notna(), "churned"].astype("float64").mean(),
        "right": row["right"],
        "declined": row["declined"],
        "forgone": row["forgone_arr"],
        "averted": row["averted_arr"],
        "elsewhere": poor.get("other_offer", 0.0) + poor.get("referred", 0.0),
        "currency": company.currency,
    }


EXERCISES = load(
    "lifecycle",
    days_in_adoption,
    days_of_ended_spells,
    mean_of_ended_spells,
    days_as_if_all_had_ended,
    half_a_year_ago,
    open_half_a_year_ago,
    still_open,
    found_by_then,
    open_today,
    cost_that_pays,
    cost_by_heads,
    cost_with_all_forgone,
    advice,
)
