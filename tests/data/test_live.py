"""Who is live, against a slow independent account of every single day."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cstoolkit as cs
from cstoolkit.data import timeline

START = dt.date(2024, 1, 1)
HORIZON = 320


def day(number):
    return START + dt.timedelta(days=number)


@st.composite
def rows(draw):
    """Contracts of up to three customers and two products with gaps, overlaps, stops, open ends."""
    found = []
    for _ in range(draw(st.integers(1, 7))):
        begins = draw(st.integers(0, 250))
        length = draw(st.one_of(st.none(), st.integers(1, 90)))
        stop = draw(st.one_of(st.none(), st.integers(0, length or 90)))
        found.append(
            {
                "customer_id": draw(st.sampled_from("abc")),
                "product": draw(st.sampled_from(["p", "q", None])),
                "begins": begins,
                "ends": None if length is None else begins + length,
                "stops": None if stop is None else begins + stop,
                "arr": draw(st.integers(1, 9)),
            }
        )
    return found


def company(found, grace):
    contracts = pd.DataFrame(
        {
            "contract_id": [f"k{number}" for number in range(len(found))],
            "customer_id": [row["customer_id"] for row in found],
            "product": pd.Series([row["product"] for row in found], dtype="str"),
            "starts_on": [day(row["begins"]) for row in found],
            "ends_on": [None if row["ends"] is None else day(row["ends"]) for row in found],
            "stopped_on": [None if row["stops"] is None else day(row["stops"]) for row in found],
            "arr": [row["arr"] for row in found],
        }
    )
    return cs.Company.from_tables(
        name="Own",
        currency="EUR",
        as_of=day(HORIZON + 100),
        grace_days=grace,
        customers=pd.DataFrame({"customer_id": list("abc")}),
        contracts=contracts,
    )


def slow_levels(found, grace):
    """For each contract the days on which its level counts, by walking: first renewals of the same product, then of the customer."""
    last = HORIZON + 200
    runs = []
    for row in found:
        ends = [each for each in (row["ends"], row["stops"]) if each is not None]
        until = min(ends) if ends else last
        if until > row["begins"]:
            runs.append({**row, "until": until})
    for same in (lambda one, two: one["product"] == two["product"], lambda one, two: True):
        bridged = [dict(run) for run in runs]
        for run, result in zip(runs, bridged, strict=True):
            others = [
                each
                for each in runs
                if each["customer_id"] == run["customer_id"] and same(each, run)
            ]
            # Nothing of the same key may run on the day this one ends: only then is there a gap to bridge.
            if any(each["begins"] <= run["until"] < each["until"] for each in others):
                continue
            later = [each["begins"] for each in others if each["begins"] > run["until"]]
            if later and min(later) - run["until"] <= grace:
                result["until"] = min(later)
        runs = bridged
    return runs


@settings(max_examples=40)
@given(
    grace=st.sampled_from([0, 1, 30, 90]),
    found=rows(),
    dates=st.lists(st.integers(0, HORIZON + 100), min_size=2, max_size=2),
)
def test_levels_and_spans_equal_a_walk_over_all_days(grace, found, dates):
    made = company(found, grace)
    runs = slow_levels(found, grace)
    counted = [
        (row.customer_id, row.starts_on.date(), row.until.date(), row.arr)
        for row in made.levels.itertuples()
    ]
    for date in range(HORIZON + 101):
        today = day(date)
        expected = [
            (run["customer_id"], run["arr"]) for run in runs if run["begins"] <= date < run["until"]
        ]
        assert sorted(
            (who, arr) for who, begun, until, arr in counted if begun <= today < until
        ) == sorted(expected)
    for date in dates:
        expected = {}
        for run in runs:
            if run["begins"] <= date < run["until"]:
                expected[run["customer_id"]] = expected.get(run["customer_id"], 0) + run["arr"]
        snapshot = made.snapshot(day(date))
        assert dict(zip(snapshot["customer_id"], snapshot["arr"], strict=True)) == expected
    spans = made.spans
    for customer in "abc":
        live = [
            any(
                run["begins"] <= date < run["until"] and run["customer_id"] == customer
                for run in runs
            )
            for date in range(HORIZON + 101)
        ]
        edges = [
            date for date in range(len(live)) if live[date] and (date == 0 or not live[date - 1])
        ]
        ends = [date for date in range(1, len(live)) if live[date - 1] and not live[date]]
        own = spans[spans["customer_id"] == customer]
        assert [each.date() for each in own["starts_on"]] == [day(each) for each in edges]
        assert [each.date() for each in own["ends_on"].dropna()] == [day(each) for each in ends]
        assert own["journey"].tolist() == list(range(1, len(own) + 1))


def two(gap, grace, second="p", as_of="2024-12-31"):
    """One customer whose second contract starts `gap` days after the first has ended on 2024-02-01."""
    starts = pd.Timestamp("2024-02-01") + pd.Timedelta(days=gap)
    contracts = pd.DataFrame(
        {
            "customer_id": "a",
            "product": ["p", second],
            "starts_on": [pd.Timestamp("2024-01-01"), starts],
            "ends_on": [pd.Timestamp("2024-02-01"), None],
            "arr": [10.0, 4.0],
        }
    )
    return cs.Company.from_tables(
        name="Own",
        currency="EUR",
        as_of=as_of,
        grace_days=grace,
        customers=pd.DataFrame({"customer_id": ["a"]}),
        contracts=contracts,
    )


@pytest.mark.parametrize(
    ("gap", "grace", "journeys"),
    [(0, 0, 1), (1, 0, 2), (30, 30, 1), (31, 30, 2), (90, 90, 1), (91, 90, 2)],
)
def test_the_edges_of_grace(gap, grace, journeys):
    made = two(gap, grace)
    assert made.spans["journey"].tolist() == list(range(1, journeys + 1))
    between = made.snapshot(pd.Timestamp("2024-02-01"))
    if gap:
        assert between["arr"].tolist() == ([10.0] if journeys == 1 else [])


def test_another_product_within_grace_keeps_the_customer():
    assert two(10, 30, second="q").spans["ends_on"].isna().tolist() == [True]


def test_a_reactivated_customer_has_two_journeys_and_starts_its_tenure_anew():
    made = two(100, 30)
    assert made.spans["journey"].tolist() == [1, 2]
    assert made.spans["ends_on"].tolist()[0] == pd.Timestamp("2024-02-01")
    assert made.snapshot("2024-06-11")["tenure_months"].tolist() == [pytest.approx(31 / 30.4375)]


@pytest.mark.parametrize(
    ("date", "pending"), [("2024-02-01", True), ("2024-03-01", True), ("2024-03-02", False)]
)
def test_an_end_is_pending_as_long_as_a_late_renewal_can_come(date, pending):
    made = two(200, 30).at(date)
    assert made.spans["pending"].tolist() == [pending]
    # The very next day a successor could begin: then, and only then, the customer would never have left.
    successor = pd.Timestamp(date) + pd.Timedelta(days=1)
    gap = (successor - pd.Timestamp("2024-02-01")).days
    assert (len(two(gap, 30).spans) == 1) is pending


def test_who_is_live_is_not_pending():
    assert not two(0, 30).spans["pending"].any()


def test_order_of_rows_changes_nothing():
    made = cs.load_company()
    shuffled = made.contracts.sample(frac=1, random_state=5)
    again = cs.Company.from_tables(
        name=made.name,
        currency=made.currency,
        as_of=made.as_of,
        customers=made.customers,
        contracts=shuffled,
    )
    one, other = made.spans, again.spans
    pd.testing.assert_frame_equal(one, other)


def test_kinds_are_told_from_what_changed(company):
    contracts = company.contracts
    told = timeline.kinds(contracts, company.grace_days)
    in_force = told.notna()
    assert (told == contracts["kind"])[in_force].mean() > 0.99
