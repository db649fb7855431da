"""The renewal as a joint play: complete, in order, and laid over the renewals that really come up."""

from __future__ import annotations

import pandas as pd
import pytest

from cstoolkit import ownership
from cstoolkit.data.company import Company
from cstoolkit.ownership import BANDS

DAYS = [180, 120, 90, 60, 30]


def small(*rows, **tables):
    """Contracts as (customer, product, starts, ends, stopped, arr) and, if it was before the start, the day of signing."""
    columns = ["customer_id", "product", "starts_on", "ends_on", "stopped_on", "arr", "signed_on"]
    contracts = pd.DataFrame([(*row, None)[:7] for row in rows], columns=columns)
    customers = pd.DataFrame({"customer_id": contracts["customer_id"].unique()})
    return Company.from_tables(
        name="S",
        currency="EUR",
        as_of="2024-06-30",
        customers=customers,
        contracts=contracts,
        **tables,
    )


def test_every_band_has_one_step_at_each_distance_with_one_owner():
    rows = ownership.play()
    assert rows.groupby("band")["days"].agg(list).to_dict() == dict.fromkeys(BANDS, DAYS)
    assert rows["responsible"].isin(["CS", "sales"]).all() and (rows["action"] != "").all()
    assert set(rows["source"]) <= {"S1", "S3", "ours"}


def test_the_higher_the_risk_the_earlier_sales_joins():
    joins = {
        band: ownership.play(band)
        .query("responsible == 'sales' or taking_part.str.contains('sales')")["days"]
        .max()
        for band in BANDS
    }
    assert joins["low"] < joins["medium"] < joins["high"]
    with pytest.raises(ValueError, match="a risk band is one of low, medium, high, got 'red'"):
        ownership.play("red")


def test_only_what_really_comes_up_is_due():
    company = small(
        ("due", "x", "2023-09-01", "2024-09-01", None, 100.0),
        ("due", "y", "2023-09-01", "2024-09-01", None, 50.0),
        ("renewed", "x", "2023-08-01", "2024-08-01", None, 1.0),
        ("renewed", "x", "2024-08-01", "2025-08-01", None, 1.0, "2024-06-01"),
        ("far", "x", "2024-06-01", "2025-06-01", None, 1.0),
        ("open", "x", "2024-01-01", None, None, 1.0),
        ("gone", "x", "2023-07-15", "2024-07-15", "2024-03-01", 1.0),
    )
    rows = ownership.calendar(company, {})
    assert rows["customer_id"].unique().tolist() == ["due"]
    assert rows["arr"].unique().tolist() == [150.0]


@pytest.mark.parametrize(
    ("ends", "now", "past"),
    [
        ("2024-07-10", 30, 4),
        ("2024-07-30", 30, 4),
        ("2024-07-31", 60, 3),
        ("2024-12-27", 180, 0),
        ("2024-12-28", 180, 0),
    ],
)
def test_the_step_that_should_be_going_on(ends, now, past):
    rows = ownership.calendar(
        small(("a", "x", "2023-12-01", ends, None, 1.0)), {"a": "high"}, within=200
    )
    assert len(rows) == 5 and (rows["status"] == "past").sum() == past
    assert rows.loc[rows["status"] == "now", "days"].to_list() == [now]
    assert rows["due_on"].is_monotonic_increasing
    assert (rows["renews_on"] - rows["due_on"]).dt.days.to_list() == DAYS


def test_who_was_not_rated_is_to_be_rated_today():
    rows = ownership.calendar(
        small(("a", "x", "2023-12-01", "2024-09-01", None, 1.0)), pd.Series({"b": "low"})
    )
    assert rows[["band", "status", "responsible"]].values.tolist() == [["not rated", "now", "CS"]]
    assert rows["due_on"].item() == pd.Timestamp("2024-06-30")


def test_a_band_that_there_is_not_is_refused():
    company = small(("a", "x", "2023-12-01", "2024-09-01", None, 1.0))
    with pytest.raises(ValueError, match="a risk band is one of low, medium, high, got 'red'"):
        ownership.calendar(company, {"a": "red"})
    with pytest.raises(ValueError, match="coming: within is a whole number of at least 1"):
        ownership.calendar(company, {}, within=0)
    assert ownership.calendar(company, {}, within=30).empty


def test_the_csm_is_the_one_assigned_today():
    people = pd.DataFrame({"person_id": ["p", "q"], "hired_on": "2023-01-01"})
    assignments = pd.DataFrame(
        {
            "customer_id": "a",
            "person_id": ["p", "q"],
            "role": "csm",
            "starts_on": ["2023-12-01", "2024-03-01"],
            "ends_on": ["2024-03-01", None],
        }
    )
    company = small(
        ("a", "x", "2023-12-01", "2024-09-01", None, 1.0), people=people, assignments=assignments
    )
    assert set(ownership.calendar(company, {"a": "low"})["csm"]) == {"q"}
