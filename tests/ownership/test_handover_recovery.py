"""What handoffs do: is the planted effect found, and nothing where nothing was planted? Small worlds, twenty fixed seeds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from cstoolkit import ownership
from cstoolkit.data.company import Company
from cstoolkit.synthesis import Truth, synthesize

SEEDS = range(20)
TRUTH = Truth()
NONE = replace(
    TRUTH, handoff_on_value=0.0, notes_win_back=0.0, handoff_on_stall=0.0, handoff_on_churn=0.0
)
PLANTED = {
    ("value", "no notes"): TRUTH.handoff_on_value,
    ("value", "with notes"): TRUTH.handoff_on_value + TRUTH.notes_win_back,
    ("value", "notes win back"): TRUTH.notes_win_back,
    ("stall", "no notes"): TRUTH.handoff_on_stall,
    ("stall", "with notes"): 0.0,
    ("stall", "notes win back"): -TRUTH.handoff_on_stall,
    ("leave", "no notes"): TRUTH.handoff_on_churn,
    ("leave", "with notes"): 0.0,
    ("leave", "notes win back"): -TRUTH.handoff_on_churn,
}


@cache
def estimates(planted: bool) -> dict[str, pd.DataFrame]:
    """One row a world, outcome and effect: with the true spans of stalls and fit (known), and with what the company sees (seen)."""
    frames = {"known": [], "seen": []}
    for seed in SEEDS:
        world = synthesize(
            TRUTH if planted else NONE, seed=seed, months=30, customers=800, voices=False
        )
        company = Company.from_tables(
            name="World", currency="USD", as_of=world.as_of, **world.tables
        )
        if planted:
            fit = world.truth["customers"].set_index("customer_id")["fit"]
            deals = company.deals.assign(fit=company.deals["customer_id"].map(fit))
            known = ownership.handoff_effects(
                replace(company, deals=deals), stalls=world.truth["stalls"]
            )
            frames["known"].append(known.assign(seed=seed))
        seen = ["stall", "leave"] if planted else ["value", "stall", "leave"]
        frames["seen"].append(ownership.handoff_effects(company, seen).assign(seed=seed))
    return {
        name: pd.concat(each).set_index(["outcome", "effect"])
        for name, each in frames.items()
        if each
    }


def reported(rows):
    return ((rows["low"] > 0) | (rows["high"] < 0)).sum()


@pytest.mark.parametrize(("outcome", "effect"), PLANTED)
def test_the_intervals_cover_what_was_planted(outcome, effect):
    rows = estimates(True)["known"].loc[(outcome, effect)]
    truth = PLANTED[outcome, effect]
    covered = ((rows["low"] <= truth) & (truth <= rows["high"])).sum()
    assert rows["estimate"].notna().sum() == len(SEEDS) and covered >= 16, (
        f"{covered}\n{rows[['low', 'high']]}"
    )


@pytest.mark.parametrize(("outcome", "effect"), PLANTED)
def test_nothing_is_found_where_nothing_was_planted(outcome, effect):
    rows = estimates(False)["seen"].loc[(outcome, effect)]
    # In a world with too few events nothing is estimated, and nothing reported; it must be the exception.
    assert rows["estimate"].notna().sum() >= 16
    assert reported(rows) <= int(binom.ppf(0.997, len(SEEDS), 0.05)), rows[["low", "high"]]


@pytest.mark.parametrize(("outcome", "sign"), [("stall", 1), ("leave", 1)])
def test_with_what_the_company_sees_the_direction_is_right_and_the_size_at_most_true(outcome, sign):
    """Stalls found month by month miss some and invent some, and rated fit is noisy: estimates shrink, and do not turn round."""
    rows = estimates(True)["seen"].loc[(outcome, "no notes")]
    mean, error = rows["estimate"].mean(), rows["estimate"].std() / np.sqrt(len(rows))
    truth = PLANTED[outcome, "no notes"]
    assert sign * mean > 2 * error
    assert sign * (mean - truth) < 2.5 * error
