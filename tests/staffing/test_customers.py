"""What staffing takes from a company's customers."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from cstoolkit import lifecycle
from cstoolkit.data.company import Company
from cstoolkit.staffing import (
    Capacity,
    assign_tiers,
    base,
    basis,
    bottom_up,
    by_phase,
    effort_table,
    growth,
    starts,
)


def test_the_base_is_the_snapshot_with_the_phases_known_that_day(company):
    for date in (None, "2024-06-30"):
        found = base(company, date)
        assert found.drop(columns="phase").equals(company.snapshot(date))
        phases = lifecycle.current(company, date).set_index("customer_id")["phase"]
        assert (
            found["phase"].astype("str").to_list()
            == phases.reindex(found["customer_id"]).astype("str").to_list()
        )
        assert found["phase"].notna().all()
    assert base(company, segment="region")["segment"].nunique() > 2


def test_the_base_can_be_staffed_by_phase_and_without(company):
    customers = base(company)
    begun = starts(company)
    phased = bottom_up(customers, by_phase(customers, effort_table(), starts=begun), Capacity())
    flat = bottom_up(customers, effort_table(), Capacity(), starts=begun)
    assert phased["hours"].to_list() == pytest.approx(flat["hours"].to_list())


def test_a_company_with_contracts_alone_has_phases_too():
    contracts = pd.DataFrame(
        {"customer_id": ["a"], "starts_on": ["2024-01-01"], "ends_on": ["2025-01-01"], "arr": [9.0]}
    )
    tiny = Company.from_tables(
        name="Tiny",
        currency="EUR",
        as_of="2024-06-30",
        contracts=contracts,
        customers=pd.DataFrame({"customer_id": ["a"]}),
    )
    assert base(tiny)["phase"].to_list() == ["adoption"]
    tiered = assign_tiers(base(tiny), high=5, low=1)
    answer = bottom_up(tiered, effort_table(), Capacity(), starts=0)
    assert answer["segment"].to_list() == ["high", "low", "tech"]
    with pytest.raises(
        ValueError, match="Tiny had 0 live customers 12 months before 2024-06-30 and 1 then"
    ):
        growth(tiny)


def test_tiers_by_arr(base):
    found = assign_tiers(base, high=50_000, low=10_000)
    assert found["tier"].value_counts().to_dict() == {"high": 40, "low": 0, "tech": 200}
    kept = assign_tiers(base, high=50_000, low=8_000, resegment=False)
    assert kept["segment"].equals(base["segment"])
    assert set(kept["tier"]) == {"high", "low"}
    with pytest.raises(ValueError, match="high is above low, got high 1,000 and low 2,000"):
        assign_tiers(base, high=1_000, low=2_000)


def test_growth_compounds_to_what_is_live_now(company):
    rate = growth(company, 12)
    before = len(company.at(company.as_of - pd.DateOffset(months=12)).snapshot())
    assert before * (1 + rate) ** 12 == pytest.approx(len(company.snapshot()))


def test_who_pays_nothing_is_named_and_can_be_left_out():
    """A trial counts in every headcount: that is said, with how many, and switched off."""
    customers = pd.DataFrame({"customer_id": ["A", "B"]})
    contracts = customers.assign(starts_on="2024-12-01", ends_on="", arr=[1200.0, 0.0])
    trial = Company.from_tables(
        name="Trial", currency="USD", as_of="2024-12-31", customers=customers, contracts=contracts
    )
    assert "1 live customer without ARR" in basis(trial)["free"]
    assert base(trial)["customer_id"].to_list() == ["A", "B"]
    assert base(trial, paying=True)["customer_id"].to_list() == ["A"]
    paid = dataclasses.replace(trial, contracts=trial.contracts.assign(arr=1200.0))
    assert basis(paid)["free"] == ""


def test_what_is_no_company_is_refused_in_one_sentence():
    for entry in (base, basis):
        with pytest.raises(
            TypeError, match=r"company is what cs.load_company\(\) gives, got a str"
        ):
            entry("Asagao Works")
