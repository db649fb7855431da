"""The renewal as a joint play: complete, in order, and laid over the renewals that really come up."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from cstoolkit import ownership, stats
from cstoolkit.data.company import Company, MissingData
from cstoolkit.ownership import BANDS
from cstoolkit.ownership.renewals import _history as history

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
    with pytest.raises(ValueError, match="calendar: within is a whole number of at least 1"):
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


def renewals(left, *, customers=60, stalled=True, **change):
    """A company whose contracts all end in January 2024, with so many of 60 leaving by their signs at the end of 2023."""
    months = pd.date_range("2023-02-01", "2024-05-01", freq="MS")
    contracts, usage, milestones = [], [], []
    for signs, gone in left.items():
        for number in range(customers):
            name, leaves = f"{signs} {number:02}", number < gone
            contracts.append((name, "x", "2023-01-10", "2024-01-10", None, 1.0))
            if not leaves:
                contracts.append((name, "x", "2024-01-10", "2025-01-10", None, 1.0))
            running = months[months < "2024-01-01"] if leaves else months
            fallen = running.isin(pd.to_datetime(["2023-11-01", "2023-12-01"])) & (
                "stalled" in signs
            )
            usage.append(
                pd.DataFrame(
                    {
                        "customer_id": name,
                        "month": running,
                        "active_users": 40 - 36 * fallen,
                        "seats": 50,
                    }
                )
            )
            if "no value yet" not in signs:
                milestones.append((name, "basic_value", "2023-05-01"))
    columns = ["customer_id", "milestone", "happened_on"]
    tables = {"milestones": pd.DataFrame(milestones, columns=columns)}
    if stalled:
        tables["usage"] = pd.concat(usage, ignore_index=True)
    return small(*contracts, **tables)


@pytest.mark.parametrize(
    ("stalled", "valueless", "bands"),
    [
        (30, 15, ("high", "medium")),
        (15, 30, ("medium", "high")),
        (3, 30, ("low", "high")),
        (0, 20, ("low", "high")),
        (20, 20, ("high", "high")),
    ],
)
def test_bands_follow_the_churn_that_was_measured(stalled, valueless, bands):
    company = renewals(
        {"no sign": 3, "no sign too": 3, "stalled": stalled, "no value yet": valueless}
    )
    found = ownership.risk_signs(company).set_index("signs")
    assert found.loc["no sign", ["decisions", "left", "band"]].to_list() == [120, 6, "low"]
    assert tuple(found.loc[["stalled", "no value yet"], "band"]) == bands
    assert found.loc[["stalled", "no value yet"], "left"].to_list() == [stalled, valueless]
    share, low, high = stats.wilson(valueless, 60)
    row = found.loc["no value yet", ["share", "low", "high"]].to_list()
    assert row == pytest.approx([share, low, high])
    assert (found.loc["stalled", "says"].startswith("no higher band")) == (stalled < 6)
    now = ownership.risk_bands(company)
    assert now["no value yet 59"] == bands[1] and now["no sign 59"] == "low"


def test_nothing_later_than_the_quarter_end_is_looked_at():
    company = renewals({"no sign": 3, "no sign too": 3, "no value yet": 30})
    before = ownership.risk_signs(company)
    later = pd.DataFrame(
        {"customer_id": [f"no value yet {n:02}" for n in range(60)], "milestone": "basic_value"}
    ).assign(happened_on="2024-01-05")
    usage = company.usage.assign(
        active_users=company.usage["active_users"].where(company.usage["month"] < "2024-01-01", 1)
    )
    milestones = pd.concat([company.milestones, later.astype({"happened_on": "datetime64[us]"})])
    changed = replace(company, usage=usage, milestones=milestones)
    pd.testing.assert_frame_equal(ownership.risk_signs(changed), before)


@pytest.mark.parametrize("day", ["2023-09-30", "2025-03-31"])
def test_what_was_known_on_a_day_is_what_is_known_of_it_later(company, day):
    day = pd.Timestamp(day)
    later = history(company, ownership.RiskRules())
    then = history(company.at(day), ownership.RiskRules())
    known = later[later["decided_on"] <= day].reset_index(drop=True)
    assert len(then) > 50
    pd.testing.assert_frame_equal(known, then)


def test_a_company_too_small_to_measure_gets_no_band():
    company = renewals({"no sign": 1, "no value yet": 3}, customers=4)
    found = ownership.risk_signs(company)
    assert found["band"].isna().all() and found["says"].str.startswith("too few").all()
    assert ownership.risk_bands(company).isna().all()
    plan = ownership.calendar(company, ownership.risk_bands(company), within=365)
    assert set(plan["band"]) == {"not rated"}
    young = small(
        ("a", "x", "2024-06-01", "2025-06-01", None, 1.0), milestones=company.milestones.iloc[:0]
    )
    with pytest.raises(MissingData, match="usage"):
        ownership.risk_signs(young)


def test_where_no_sign_tells_who_leaves_nobody_has_a_band():
    company = renewals({"no sign": 6, "stalled": 6, "no value yet": 7})
    found = ownership.risk_signs(company).set_index("signs")
    assert found["band"].isna().all() and ownership.risk_bands(company).isna().all()
    assert found.loc["no sign", "says"] == "no band: no sign tells who leaves"
    assert found.loc["no value yet", "says"].startswith("no higher band")


def test_without_usage_value_alone_is_a_sign():
    found = ownership.risk_signs(
        renewals({"no sign": 6, "stalled": 6, "no value yet": 30}, stalled=False)
    )
    assert found["signs"].to_list() == ["no sign", "no value yet"]
    assert found["decisions"].to_list() == [120, 60]


def test_a_late_renewal_and_another_level_have_not_left_and_a_stop_has():
    days = {"a": "2024-02-05", "b": "2024-02-15"}
    rows = [(name, "x", "2023-01-10", "2024-01-10", None, 1.0) for name in (*"abc", "d")]
    rows += [(name, "x", day, None, None, 1.0) for name, day in days.items()]
    rows[2] = ("c", "x", "2023-01-10", "2024-01-10", "2024-01-05", 1.0)
    rows += [("d", "x", "2024-01-05", "2025-01-10", None, 2.0)]
    rows[3] = ("d", "x", "2023-01-10", "2024-01-10", "2024-01-05", 1.0)
    milestones = pd.DataFrame(
        {"customer_id": list("abcd"), "milestone": "live", "happened_on": "2023-02-01"}
    )
    found = history(small(*rows, milestones=milestones), ownership.RiskRules())
    assert found.set_index("customer_id")["left"].to_dict() == {
        "a": False,
        "b": True,
        "c": True,
        "d": False,
    }


def test_the_back_test_judges_bands_on_what_came_after_they_were_learned(company):
    found = ownership.risk_back_test(company).set_index("band")
    judged = history(company, ownership.RiskRules())
    assert found["decisions"].sum() == len(judged) and found["left"].sum() == judged["left"].sum()
    assert found.loc["high", "share"] > found.loc["low", "share"]
    assert found["says"].iloc[0] == "what the other bands are compared with"
    # All renewals of one day: none was decided before, so that nothing could be learned.
    once = ownership.risk_back_test(renewals({"no sign": 6, "no value yet": 30}))
    assert once["band"].to_list() == ["not rated"] and once["left"].to_list() == [36]


def test_every_live_customer_has_a_measured_band_or_none(company):
    bands = ownership.risk_bands(company)
    assert bands.index.to_list() == company.snapshot()["customer_id"].to_list()
    assert set(bands.dropna()) <= set(BANDS)
    with pytest.raises(MissingData, match="usage"):
        ownership.risk_bands(small(("a", "x", "2023-12-01", None, None, 1.0)))
