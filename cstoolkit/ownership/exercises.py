"""Answers to the exercises of notebook 07; their texts stand in exercises.toml."""

import pandas as pd

from cstoolkit import health, ownership
from cstoolkit.exercises import load


def share_with_notes(company):
    found = ownership.handoffs(company)
    lately = found[found["handed_on"] > company.as_of - pd.DateOffset(months=12)]
    return lately["notes"].mean()


def share_of_assignments(company):
    rows = company.assignments
    lately = rows[rows["starts_on"] > company.as_of - pd.DateOffset(months=12)]
    return lately["notes_passed"].fillna(False).mean()


def share_of_all_years(company):
    return ownership.handoffs(company)["notes"].mean()


def odds_of_leaving(company):
    effects = ownership.handoff_effects(company, ["leave"])
    return effects.set_index("effect").loc["no notes", "ratio"]


def against_notes(company):
    effects = ownership.handoff_effects(company, ["leave"])
    return 1 / effects.set_index("effect").loc["notes win back", "ratio"]


def logarithm(company):
    effects = ownership.handoff_effects(company, ["leave"])
    return effects.set_index("effect").loc["no notes", "estimate"]


def arr_by_band(company):
    bands = health.bands(health.queue(company, health.train(company), hours=200))
    rows = ownership.calendar(company, bands, within=90)
    renewals = rows.drop_duplicates(["customer_id", "renews_on"])
    return renewals.groupby("band", as_index=False)["arr"].sum()


def every_step(company):
    bands = health.bands(health.queue(company, health.train(company), hours=200))
    rows = ownership.calendar(company, bands, within=90)
    return rows.groupby("band", as_index=False)["arr"].sum()


def rule(company):
    """What a rule 'no handoff without notes' would keep, and how surely."""
    effects = ownership.handoff_effects(company, ["leave"]).set_index("effect")
    lost, kept = effects.loc["no notes"], effects.loc["with notes"]
    return {
        "broken": 1 - share_with_notes(company),
        "odds": lost["ratio"],
        "odds_low": lost["ratio_low"],
        "odds_high": lost["ratio_high"],
        "odds_with_notes": kept["ratio"],
        "currency": company.currency,
        **ownership.kept_with_notes(company).iloc[0],
    }


EXERCISES = load(
    "ownership",
    share_with_notes,
    share_of_assignments,
    share_of_all_years,
    odds_of_leaving,
    against_notes,
    logarithm,
    arr_by_band,
    every_step,
    rule,
)
