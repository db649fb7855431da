"""Paid against free onboarding: is the planted effect found, and nothing where nothing was planted?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from cstoolkit import stages
from cstoolkit.data.company import Company
from cstoolkit.synthesis import Truth, synthesize

SEEDS = range(20)
# Self-service apart, hours given to paid customers would act as part of the effect, and unseen pace would blur it.
PLAIN = replace(Truth(), hours_on_value=0.0, frailty_sd=0.0, fit_on_paid=0.8, answer_noise=0.0)


@cache
def found(paid: float) -> pd.DataFrame:
    """The estimates in twenty small worlds, one row a world and estimate; fit as it really is."""
    frames = []
    for seed in SEEDS:
        world = synthesize(
            replace(PLAIN, paid_on_value=paid), seed=seed, months=14, customers=600, voices=False
        )
        fit = world.truth["customers"].set_index("customer_id")["fit"]
        deals = world.tables["deals"]
        rated = world.tables | {"deals": deals.assign(fit=deals["customer_id"].map(fit))}
        company = Company.from_tables(name="World", currency="USD", as_of=world.as_of, **rated)
        frames.append(stages.onboarding_effect(company).assign(seed=seed))
    return pd.concat(frames, ignore_index=True)


def test_like_customers_show_the_planted_effect():
    rows = found(0.5).query("estimate == 'same fit and size'")
    covered = ((np.log(rows["ratio_low"]) <= 0.5) & (np.log(rows["ratio_high"]) >= 0.5)).sum()
    assert len(rows) == len(SEEDS) and covered >= 16, rows


def test_no_effect_is_found_where_none_was_planted():
    rows = found(0.0).query("estimate == 'same fit and size'")
    reported = ((rows["low"] > 0) | (rows["high"] < 0)).sum()
    assert reported <= int(binom.ppf(0.997, len(SEEDS), 0.05)), rows


def test_the_plain_difference_credits_the_offer_with_the_fit():
    table = found(0.0).pivot(index="seed", columns="estimate", values="difference")
    assert table["crude"].mean() > 0.05
    assert abs(table["same fit and size"].mean()) < table["crude"].mean() / 2


def test_the_shares_are_those_counted_by_hand(company):
    frame = stages.onboarding_forms(company, "first_value", 120).set_index("form")
    first = company.milestones[
        (company.milestones["journey"] == 1)
        & company.milestones["milestone"].isin(["first_value", "basic_value", "exceeded_value"])
    ]
    reached = first.groupby("customer_id")["happened_on"].min()
    signed = company.contracts.groupby("customer_id")["signed_on"].min()
    for form, row in frame.iterrows():
        ids = company.customers.loc[company.customers["onboarding"] == form, "customer_id"]
        ids = [each for each in ids if signed[each] <= company.as_of - pd.Timedelta(days=120)]
        done = [
            each in reached and reached[each] <= signed[each] + pd.Timedelta(days=120)
            for each in ids
        ]
        assert row["customers"] == len(ids) and row["completed"] == pytest.approx(np.mean(done))
        assert row["low"] < row["completed"] < row["high"]


def test_crude_is_the_plain_difference_of_the_same_customers(company):
    effect = stages.onboarding_effect(company).set_index("estimate")
    assert effect["customers"].nunique() == 1
    crude = effect.loc["crude"]
    assert crude["difference"] == pytest.approx(crude["paid"] - crude["free"])
    assert effect.loc["same fit and size", "difference"] < crude["difference"]


def test_the_money_is_arithmetic_of_the_terms(company):
    effect = stages.onboarding_effect(company)
    terms = stages.PaidOnboarding(fee=2_000, take_up=0.5, lost=0.0, extra_hours=10, hour=100)
    frame = stages.paid_onboarding(company, terms, effect)
    assert frame["completed_more"].to_list() == [
        0.0,
        *effect.iloc[-1][["low", "difference", "high"]],
    ]
    assert np.allclose(frame["net"], frame["paying"] * (2_000 - 1_000) + frame["renewals"])
    again = stages.paid_onboarding(
        company, replace(terms, fee=float(frame["fee_to_break_even"].iloc[0])), effect
    )
    assert again["net"].iloc[0] == pytest.approx(0, abs=1e-6)
    nobody = stages.paid_onboarding(company, replace(terms, take_up=0.0), effect)
    assert nobody["net"].to_list() == [0] * 4 and nobody["fee_to_break_even"].isna().all()


def test_too_few_to_compare_is_refused(company):
    with pytest.raises(ValueError, match="too few to compare"):
        stages.onboarding_effect(company.at("2023-06-30"))
    with pytest.raises(ValueError, match="milestone is one of kickoff, .*, got 'golive'"):
        stages.onboarding_forms(company, "golive")
    with pytest.raises(ValueError, match="all or none of the customers completed"):
        stages.onboarding_effect(company, days=1)
