"""Paid against free onboarding: is the planted effect found, and nothing where nothing was planted?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import cstoolkit as cs
from cstoolkit import ttv
from cstoolkit.data.company import Company, MissingData
from cstoolkit.synthesis import Truth, synthesize

SEEDS = range(20)
ALLOWED = int(binom.ppf(0.997, len(SEEDS), 0.05))
# Self-service apart, hours given to paid customers would act as part of the effect, and unseen pace would blur it.
PLAIN = replace(Truth(), hours_on_value=0.0, frailty_sd=0.0, fit_on_paid=0.8, answer_noise=0.0)


@cache
def found(paid: float) -> pd.DataFrame:
    """The estimates in twenty small worlds, one row a world and estimate; fit as it really is."""
    frames = []
    for seed in SEEDS:
        world = synthesize(
            replace(PLAIN, paid_on_value=paid), seed=seed, months=11, customers=600, voices=False
        )
        fit = world.truth["customers"].set_index("customer_id")["fit"]
        rated = {name: world.tables[name] for name in ("customers", "contracts", "milestones")}
        deals = world.tables["deals"]
        rated["deals"] = deals.assign(fit=deals["customer_id"].map(fit))
        company = Company.from_tables(name="World", currency="USD", as_of=world.as_of, **rated)
        frames.append(ttv.paid_effect(company, days=180).assign(seed=seed))
    return pd.concat(frames, ignore_index=True)


def test_like_customers_show_the_planted_effect():
    rows = found(0.5).query("estimate == 'same fit and size'")
    covered = ((np.log(rows["ratio_low"]) <= 0.5) & (np.log(rows["ratio_high"]) >= 0.5)).sum()
    assert len(rows) == len(SEEDS) and covered >= len(SEEDS) - ALLOWED, rows


def test_no_effect_is_found_where_none_was_planted():
    rows = found(0.0).query("estimate == 'same fit and size'")
    reported = ((rows["low"] > 0) | (rows["high"] < 0)).sum()
    assert reported <= ALLOWED, rows


def test_the_plain_difference_credits_the_offer_with_the_fit():
    table = found(0.0).pivot(index="seed", columns="estimate", values="difference")
    assert table["as it looks"].mean() > 0.05
    assert abs(table["same fit and size"].mean()) < table["as it looks"].mean() / 2


def test_the_published_effect_lies_in_the_interval_and_not_at_zero(company):
    """Journeys of both products and what came later tell enough: the same figure as in the regression of all drivers."""
    last = ttv.paid_effect(company).iloc[-1]
    assert (
        last["ratio_low"]
        < np.exp(cs.load_truth(company).effect("paid_on_value"))
        < last["ratio_high"]
    )
    assert last["low"] > 0 and 0 < last["difference"] < last["paid"]
    of_all = ttv.drivers(company, end="basic_value").effects.set_index("driver").loc["paid"]
    assert last["ratio_low"] < of_all["ratio"] < last["ratio_high"]


def test_shares_without_adjustment_are_those_counted(company):
    """Without censoring the averaged shares are the plain ones."""
    old = company.at("2025-12-31")
    days = 180
    crude = ttv.paid_effect(old, days=days).iloc[0]
    clock = ttv.durations(old, "contract_signed", "basic_value")
    clock = clock[clock["started_on"] <= old.as_of - pd.Timedelta(days=days)]
    form = clock["customer_id"].map(old.customers.set_index("customer_id")["onboarding"])
    fit = clock["customer_id"].isin(old.fit().index)
    in_time = (clock["outcome"] == "value") & (clock["days"] <= days)
    for name in ("paid", "free"):
        assert crude[name] == pytest.approx(in_time[(form == name) & fit].mean(), abs=0.03)


def test_two_products_of_a_customer_widen_the_interval(company):
    """The same journeys, as if each were a customer of its own, look surer than they are."""
    rows = ttv.paid_effect(company)
    twice = pd.concat([company.contracts, company.contracts.assign(product="again")])
    marks = pd.concat([company.milestones, company.milestones.assign(product="again")])
    doubled = ttv.paid_effect(
        replace(
            company,
            contracts=twice.drop(columns="contract_id").assign(contract_id=None),
            milestones=marks,
        )
    )
    assert doubled["journeys"].iloc[0] > rows["journeys"].iloc[0]
    width = doubled["high"] - doubled["low"]
    assert (width > 0.8 * (rows["high"] - rows["low"])).all()


def test_too_few_to_compare_is_refused(company):
    with pytest.raises(MissingData, match="too few +to compare"):
        ttv.paid_effect(company.at("2022-06-30"))
    with pytest.raises(ValueError, match="all or none of the customers had value"):
        ttv.paid_effect(company, days=1)
    with pytest.raises(ValueError, match="paid_effect: days is a whole number of at least 1"):
        ttv.paid_effect(company, days=0)
