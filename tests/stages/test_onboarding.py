"""Paid onboarding: what the records say, and the money that follows from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import stages, ttv
from cstoolkit.data.company import MissingData


@pytest.fixture(scope="module")
def evidence(company):
    return stages.onboarding_evidence(company, draws=50)


def test_the_shares_are_those_counted_by_hand(company):
    frame = stages.onboarding_forms(company, "first_value", 120).set_index("form")
    clock = ttv.durations(company, "contract_signed", "first_value")
    clock = clock[clock["started_on"] <= company.as_of - pd.Timedelta(days=120)]
    for form, row in frame.iterrows():
        ids = company.customers.loc[company.customers["onboarding"] == form, "customer_id"]
        mine = clock[clock["customer_id"].isin(ids)]
        done = [r.outcome == "value" and r.days <= 120 for r in mine.itertuples()]
        assert row["journeys"] == len(mine) and row["in_time"] == pytest.approx(np.mean(done))
        assert row["low"] < row["in_time"] < row["high"]


def test_what_the_records_say_stands_once(company, evidence):
    found = evidence.set_index("what")
    paid = ttv.paid_effect(company).iloc[-1]
    saved = ttv.renewal(company, draws=50).iloc[-1]
    forms = stages.onboarding_forms(company).set_index("form")
    assert found.loc["more in time", "estimate"] == paid["difference"]
    assert found.loc["churn averted", ["estimate", "low", "high"]].to_list() == [
        -saved["difference"],
        -saved["high"],
        -saved["low"],
    ]
    assert found.loc["more renewals", "estimate"] == pytest.approx(
        paid["difference"] * -saved["difference"]
    )
    assert found.loc["hours more", "estimate"] == pytest.approx(
        forms.loc["paid", "hours"] - forms.loc["free", "hours"]
    )
    assert (found["low"] < found["estimate"]).all() and (found["estimate"] < found["high"]).all()


def test_the_money_is_arithmetic_of_the_terms(company, evidence):
    terms = stages.PaidOnboarding(fee=2_000, take_up=0.5, lost=0.0, hour=100)
    frame = stages.paid_onboarding(company, terms, evidence)
    found = evidence.set_index("what")
    more = found.loc["more renewals", ["low", "estimate", "high"]]
    assert frame["renew_more"].to_list() == [0.0, *more]
    hours = found.loc["hours more", "estimate"]
    assert np.allclose(frame["net"], frame["paying"] * (2_000 - 100 * hours) + frame["renewals"])
    fee = float(frame["fee_to_break_even"].iloc[0])
    again = stages.paid_onboarding(company, replace(terms, fee=fee), evidence)
    assert again["net"].iloc[0] == pytest.approx(0, abs=1e-6)
    nobody = stages.paid_onboarding(company, replace(terms, take_up=0.0), evidence)
    assert nobody["net"].to_list() == [0] * 4 and nobody["fee_to_break_even"].isna().all()


def test_what_cannot_be_told_is_refused(company, evidence):
    with pytest.raises(ValueError, match="end is one of contract_signed, kickoff"):
        stages.onboarding_forms(company, "golive")
    with pytest.raises(ValueError, match="days is a whole number of at least 1"):
        stages.onboarding_forms(company, days=0)
    nobody = replace(company, customers=company.customers.assign(onboarding="self"))
    with pytest.raises(MissingData, match="nobody came to .* with free onboarding"):
        stages.paid_onboarding(nobody, evidence=evidence)
