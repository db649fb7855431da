"""Where nothing drives churn, nothing is found more often than chance has it: twenty small worlds."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from scipy.stats import binom

import cstoolkit as cs
from cstoolkit import health, indicators
from cstoolkit.synthesis import Truth, synthesize

SEEDS = range(20)
CAUSES = [
    "engagement_on_churn",
    "fit_on_churn",
    "handoff_on_churn",
    "proposal_on_churn",
    "usage_on_churn",
    "value_on_churn",
]
ALLOWED = int(binom.ppf(0.997, len(SEEDS), 0.05))
"""How many of the 95% intervals may miss what is true."""


@pytest.fixture(scope="module")
def found():
    """One row a seed and figure: figure, low, high, nothing (its value where there is nothing to find)."""
    truth, rows = replace(Truth(), **dict.fromkeys(CAUSES, 0.0)), []
    for seed in SEEDS:
        world = synthesize(truth, seed=seed, months=28, customers=260, voices=False)
        # As it is, without the checks that files of others need.
        company = cs.Company(name="Nothing", currency="USD", as_of=world.as_of, **world.tables)
        past = health.backtest(company, kinds=["logistic"], training=health.Training(least=20))
        for row in health.judge(past).itertuples():
            rows.append((f"AUC {row.score}", row.low, row.high, 0.5))
        acted = health.acting(company, "check_in").iloc[-1]
        rows.append(("work", acted["low"], acted["high"], 0.0))
        panel = indicators.monthly(company)
        lag = indicators.lags(panel, "active_share", "churn", most=3)
        # The intervals of all lags hold together.
        rows.append(("lag", lag["low"].max(), lag["high"].min(), 0.0))
    return pd.DataFrame(rows, columns=["figure", "low", "high", "nothing"])


@pytest.mark.parametrize("figure", ["AUC weights", "AUC logistic", "work", "lag"])
def test_nothing_is_found_more_often_than_chance(found, figure):
    rows = found[found["figure"] == figure]
    missed = (rows["low"] > rows["nothing"]) | (rows["high"] < rows["nothing"])
    assert len(rows) == len(SEEDS)
    assert missed.sum() <= ALLOWED, rows[missed]
