"""The panel on time to value: right for every setting, as known then, clear where nothing can be drawn."""

from dataclasses import replace

import pytest

from cstoolkit import ttv
from cstoolkit.ttv import panels


@pytest.fixture
def panel(company):
    return panels.panel(company)


def months(panel):
    return dict(panel.controls["month"].options)


def test_it_begins_with_all_customers_and_all_that_is_known(panel, company):
    table = ttv.durations(company, "contract_signed", "basic_value")
    found = ttv.incidence(table["days"], table["outcome"])
    assert panel.error is None and panel.picture[1:4] == b"PNG"
    assert panel.values["month"] == company.as_of
    assert (
        ttv.median(found)["says"].item() in panel.sentence
        and f"of {len(table):,} journeys" in panel.sentence
    )


@pytest.mark.parametrize("month", ["2022-06", "2024-02"])
def test_a_month_shows_what_was_known_then(panel, company, month):
    day = months(panel)[month]
    sentence = panel.set(month=day, end="first_value", churned=panels.LATER)
    then = ttv.durations(company.at(day), "contract_signed", "first_value")
    counts = then["outcome"].value_counts()
    assert (
        f"{counts['value']:,} had first value, {counts['open']:,} not yet, and {counts['churned']:,} churned"
        in sentence
    )
    assert (
        ttv.median(ttv.curve(then["days"], then["outcome"] == "value"))["says"].item() in sentence
    )
    # What comes later is not read at all: without it the panel says the same.
    assert panels.panel(company.at(day)).set(end="first_value", churned=panels.LATER) == sentence


def test_every_segment_offered_can_be_drawn(panel, company):
    table = ttv.durations(company, "contract_signed", "basic_value")
    offered = panel.controls["segment"].options
    assert set(offered) == {panels.NOBODY, *panels.SEGMENTS} - {"industry"}, (
        "seven industries cannot be told apart"
    )
    for name in offered[1:]:
        sentence = panel.set(segment=name)
        assert panel.error is None
        by = ttv.segment(company, table, panels.SEGMENTS[name][0])
        days = ttv.median(ttv.incidence(table["days"], table["outcome"], by)).dropna(subset="days")
        quick, slow = (days.loc[days["days"].idxmin()], days.loc[days["days"].idxmax()])
        assert (
            f"day {quick['days']} ({quick['group']}), at the latest by day {slow['days']} ("
            in sentence
        )


def test_what_is_not_reached_is_said(company, panel):
    early = months(panel)["2021-03"]
    assert "no segment has half of its customers there yet" in panel.set(
        month=early, segment="onboarding form"
    )
    assert "not reached: 0% had value" in panel.set(
        month=months(panel)["2021-01"], segment=panels.NOBODY
    )
    then = company.at(months(panel)["2024-12"])
    table = ttv.durations(then, end="exceeded_value")
    forms = ttv.segment(then, table, "onboarding")
    half = ttv.median(ttv.incidence(table["days"], table["outcome"], forms)).set_index("group")
    short = half.index[half["days"].isna()]
    assert 0 < len(short) < len(half)
    assert f"not reached: {', '.join(short)}." in panel.set(
        month=then.as_of, end="exceeded_value", segment="onboarding form"
    )


def test_a_clock_that_runs_backwards_is_explained(panel):
    says = panel.set(start="first_value", end="kickoff")
    assert "start comes before end in a journey" in says and panel.picture == b""
    assert (
        "had basic value" in panel.set(start="first_value", end="basic_value")
        and panel.error is None
    )


def test_only_what_is_on_record_is_offered(company, small_company):
    assert panels.panel(small_company).controls["segment"].options == (panels.NOBODY, "product")
    without = replace(company, milestones=company.milestones.iloc[:0], given=frozenset())
    assert "milestones" in panels.panel(without).sentence


@pytest.fixture
def small_company():
    import pandas as pd

    import cstoolkit as cs

    customers = pd.DataFrame({"customer_id": ["a", "b"]})
    contracts = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "product": "x",
            "starts_on": "2024-01-01",
            "ends_on": None,
            "arr": 100.0,
        }
    )
    milestones = pd.DataFrame(
        {
            "customer_id": ["a"],
            "product": "x",
            "milestone": "basic_value",
            "happened_on": "2024-03-01",
        }
    )
    return cs.Company.from_tables(
        name="Two",
        currency="EUR",
        as_of="2024-06-15",
        customers=customers,
        contracts=contracts,
        milestones=milestones,
    )


def test_the_last_month_is_the_day_of_the_data(small_company):
    options = months(panels.panel(small_company))
    assert list(options) == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]
