"""Clocks, churn and reactivation, by hand and by an independent count on the bundled company."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit import ttv
from cstoolkit.data.company import MissingData
from cstoolkit.data.contract import MILESTONES


def by_key(table):
    return {
        (row.customer_id, row.product, row.journey): (row.days, row.outcome)
        for row in table.itertuples(index=False)
    }


def test_every_case_by_hand(small):
    found = by_key(ttv.durations(small, "contract_signed", "first_value"))
    assert found == {
        ("reached", "a", 1): (40, "value"),
        ("waiting", "a", 1): (60, "open"),
        ("left", "a", 1): (365, "churned"),
        ("too late", "a", 1): (365, "churned"),
        ("back", "a", 1): (365, "churned"),
        ("back", "a", 2): (30, "value"),
        ("two", "a", 1): (396, "value"),
        ("two", "b", 1): (366, "churned"),
        ("skipped", "a", 1): (100, "value"),
        ("stopped", "a", 1): (59, "churned"),
        ("signed", "a", 1): (10, "open"),
    }


def test_only_journeys_with_a_start_have_a_clock(small):
    found = by_key(ttv.durations(small, "kickoff", "first_value"))
    assert found == {
        ("reached", "a", 1): (30, "value"),
        ("waiting", "a", 1): (50, "open"),
        ("back", "a", 1): (334, "churned"),
        ("two", "b", 1): (366, "churned"),
    }


def test_days_and_outcome_feed_the_curves(small):
    table = ttv.durations(small)
    assert table["days"].dtype == "int64"
    assert (
        ttv.incidence(table["days"], table["outcome"])["churned"].sum()
        == (table["outcome"] == "churned").sum()
    )


def test_without_products_a_journey_is_the_customer(make):
    contracts = [
        (*row[:1], None, *row[2:])
        for row in [("x", "a", "2023-01-01", "2023-01-01", None, None, 10)]
    ]
    company = make([("x", None, None, "first_value", "2023-01-31")], contracts)
    assert by_key(ttv.durations(company.at("2024-01-01")).assign(product="-")) == {
        ("x", "-", 1): (30, "value")
    }


def test_the_clock_knows_nothing_later(company):
    """Later rows deleted and later values scrambled: the same answers as of that day."""
    day = pd.Timestamp("2023-11-15")
    tables = {name: table for name, table in company.tables.items() if len(table)}
    contracts, milestones = tables["contracts"], tables["milestones"]
    contracts = contracts[contracts["signed_on"] <= day]
    later = contracts["stopped_on"] > day
    free = contracts["stopped_on"].isna() & contracts["ends_on"].isna()
    tables["contracts"] = contracts.assign(
        stopped_on=contracts["stopped_on"].mask(later).mask(free, day + pd.Timedelta(days=40))
    )
    tables["milestones"] = milestones[milestones["happened_on"] <= day]
    assert later.any() and free.any()
    keep = {"customers", "contracts", "milestones"}
    changed = type(company).from_tables(
        name="x", currency="USD", as_of=company.as_of, **{name: tables[name] for name in keep}
    )
    pd.testing.assert_frame_equal(ttv.durations(changed.at(day)), ttv.durations(company.at(day)))


@pytest.mark.parametrize(
    ("start", "end"), [("contract_signed", "basic_value"), ("kickoff", "first_value")]
)
def test_bundled_company_equals_a_count_by_journey_number(company, start, end):
    """The table's own journey numbers, which `durations` does not read, give the same days."""
    reached = company.milestones.pivot_table(
        index=["customer_id", "product", "journey"],
        columns="milestone",
        values="happened_on",
        aggfunc="min",
    )
    reached["done"] = reached[list(MILESTONES[MILESTONES.index(end) :])].min(axis=1)
    expected = ((reached["done"] - reached[start]) / pd.Timedelta(days=1)).dropna()
    found = ttv.durations(company, start, end)
    value = found[found["outcome"] == "value"].set_index(["customer_id", "product", "journey"])[
        "days"
    ]
    value.index = value.index.set_levels(
        value.index.levels[2].astype(expected.index.levels[2].dtype), level=2
    )
    pd.testing.assert_series_equal(
        value.sort_index().astype(float), expected.sort_index(), check_names=False
    )
    live = set(company.snapshot()["customer_id"])
    assert set(found.loc[found["outcome"] == "open", "customer_id"]) <= live | set(
        company.contracts.loc[company.contracts["starts_on"] > company.as_of, "customer_id"]
    )


def test_ten_thousand_customers_take_no_loop(company):
    """Ten copies of the company cost no more than about ten times one, and give ten times the rows."""
    size = len(ttv.durations(company))
    tables = {}
    for name in ("customers", "contracts", "milestones"):
        table = company.tables[name]
        copies = [
            table.assign(customer_id=table["customer_id"] + f"-{number}") for number in range(10)
        ]
        tables[name] = pd.concat(copies, ignore_index=True)
    tables["contracts"]["contract_id"] = np.arange(len(tables["contracts"])).astype(str)
    many = type(company).from_tables(name="ten", currency="USD", as_of=company.as_of, **tables)
    assert len(ttv.durations(many)) == 10 * size


def test_names_and_order_are_checked(small):
    with pytest.raises(
        ValueError, match="end is a milestone, got 'value'. There are: contract_signed, kickoff"
    ):
        ttv.durations(small, "kickoff", "value")
    with pytest.raises(ValueError, match="start comes before end"):
        ttv.durations(small, "live", "kickoff")


def test_value_before_its_start_is_named(make):
    rows = [
        ("reached", "a", 1, "kickoff", "2023-03-01"),
        ("reached", "a", 1, "first_value", "2023-02-11"),
    ]
    with pytest.raises(
        ValueError, match="'reached' has first_value on 2023-02-11, before kickoff on 2023-03-01"
    ):
        ttv.durations(make(rows), "kickoff", "first_value")


def test_a_product_without_contract_is_named(make):
    with pytest.raises(ValueError, match="'reached' has kickoff for product 'A', but no contract"):
        ttv.durations(make([("reached", "A", 1, "kickoff", "2023-03-01")]))


def test_no_milestones_is_said(make):
    with pytest.raises(MissingData, match="milestones"):
        ttv.durations(make([]))
