"""The effort frame: where its figures come from, and what is refused in one."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from cstoolkit import assumptions, reference
from cstoolkit.staffing import Capacity, Ratios, bottom_up, effort_table
from cstoolkit.staffing import effort as effort_of

CAPACITY = Capacity()


def one_of_each(tier, phase="adoption"):
    return pd.DataFrame({"segment": ["one"], "tier": [tier], "phase": [phase], "arr": [1.0]})


def test_high_touch_is_as_published():
    table = effort_table().query("tier == 'high'").set_index("work")
    cited = table[table["source"] != "ours"]
    assert set(cited.index) == {"onboarding", "checkins", "emails", "reviews", "renewal"}
    for row in cited.itertuples():
        figure = reference.figure(row.source)
        assert (row.low, row.high) == (figure.low, figure.high)
        assert row.hours == (figure.low + figure.high) / 2


def test_what_nobody_published_is_marked_as_ours_with_a_range():
    table = effort_table()
    assert (table.loc[table["tier"] != "high", "source"] == "ours").all()
    assert (table["low"] < table["hours"]).all() and (table["hours"] < table["high"]).all()
    assert not table.duplicated(["tier", "work"]).any()


@pytest.mark.parametrize(
    ("tier", "key"),
    [
        ("high", "accounts_per_csm_high"),
        ("low", "accounts_per_csm_low"),
        ("tech", "accounts_per_csm_tech"),
    ],
)
def test_the_default_plan_lies_inside_the_published_customers_per_csm(tier, key):
    figure = reference.figure(key)
    answer = bottom_up(one_of_each(tier), effort_table(), CAPACITY, starts=0.02)[
        "customers_per_csm"
    ].iloc[0]
    assert figure.low <= answer <= (figure.high or float("inf"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"hours": [-1.0, 2.0]},
            r"effort.hours is a number of at least 0; 1 of 2 rows are not \(first: row 0, -1\)",
        ),
        ({"hours": [1.0, None]}, "effort.hours is a number of at least 0"),
        ({"per": "week"}, "effort.per is one of month, quarter, year, once, got week"),
        ({"tier": ["high", None]}, "effort.tier is empty in 1 of 2 rows"),
        ({"phase": [None, "all"]}, "Write 'all' for every phase"),
        ({"tier": "high"}, "effort has more than one row for tier high, phase all, per month"),
        (
            {"tier": "high", "work": "calls"},
            "more than one row for tier high, phase all, work calls. Add them up, or leave one out",
        ),
    ],
)
def test_bad_effort_is_refused(effort, base, change, says):
    with pytest.raises(ValueError, match=says):
        bottom_up(base, effort.assign(**change), CAPACITY)


def test_effort_without_rows_or_columns_is_refused(effort, base):
    with pytest.raises(ValueError, match="effort has no rows"):
        bottom_up(base, effort.iloc[:0], CAPACITY)
    with pytest.raises(ValueError, match="effort lacks the column per"):
        bottom_up(base, effort.drop(columns="per"), CAPACITY)


def test_kinds_of_work_add_up(effort, base):
    twice = pd.concat([effort.assign(work="calls"), effort.assign(work="mail")])
    assert (
        bottom_up(base, twice, CAPACITY)["hours"].to_list()
        == (2 * bottom_up(base, effort, CAPACITY)["hours"]).to_list()
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"utilisation": 80},
            "utilisation is a share above 0 and up to 1, got 80. For 80% write 0.80.",
        ),
        ({"utilisation": 0}, "utilisation is a share above 0 and up to 1, got 0."),
        ({"utilisation": float("nan")}, "utilisation is a share above 0 and up to 1, got nan."),
        ({"utilisation": "most"}, "utilisation is a share above 0 and up to 1, got 'most'."),
        ({"new_share": 30}, "new_share is a share from 0 to 1, got 30. For 30% write 0.30."),
        ({"hours": 0}, "hours is a number above 0, got 0."),
        ({"ramp_months": -1}, "ramp_months is a number of at least 0, got -1."),
    ],
)
def test_capacity_refuses_what_cannot_be(change, says):
    with pytest.raises(ValueError, match=f"^Capacity: {says}$"):
        Capacity(**change)


def test_utilisation_is_what_is_left_of_the_published_share():
    figure = reference.figure("not_customer_facing")
    table = assumptions.table(Capacity()).set_index("assumption").loc["utilisation"]
    assert (1 - table["high"], 1 - table["low"]) == pytest.approx((figure.low, figure.high))


def test_the_ramp_rises_in_a_straight_line_to_all():
    assert Capacity(ramp_months=4).ramp(6).tolist() == [0.125, 0.375, 0.625, 0.875, 1, 1]
    assert Capacity(ramp_months=0).ramp(2).tolist() == [1, 1]
    assert Capacity(ramp_months=6).ramp(6).mean() == pytest.approx(0.5)


def test_measured_hours_are_those_of_the_activities(company):
    """Counted again month by month: hours on live customers of a tier, over customers of that tier."""
    table = effort_of(company, months=2)
    spent, held = {}, {}
    last = (company.as_of + pd.Timedelta(days=1)).to_period("M") - 1
    for month in (last - 1, last):
        tier = (
            company.snapshot(month.end_time.normalize())
            .set_index("customer_id")["tier"]
            .astype("str")
        )
        of_month = company.activities[company.activities["happened_on"].dt.to_period("M") == month]
        found = of_month["customer_id"].map(tier)
        for name in tier.unique():
            held[name] = held.get(name, 0) + (tier == name).sum()
            spent[name] = spent.get(name, 0) + of_month.loc[found == name, "hours"].sum()
    hours = table.groupby("tier")["hours"].sum()
    assert hours.to_dict() == pytest.approx({name: spent[name] / held[name] for name in held})
    assert set(table["per"]) == {"month"}


def test_a_tier_that_gets_no_hours_is_in_the_measured_plan_with_0(company):
    tier = company.snapshot().set_index("customer_id")["tier"].astype("str")
    quiet = company.activities[company.activities["customer_id"].map(tier) != "tech"]
    found = effort_of(replace(company, activities=quiet), months=1)
    assert found.loc[found["tier"] == "tech", "hours"].to_list() == [0.0]


def test_assumptions_that_are_published_are_those_of_the_publication():
    """A figure in rules.csv that names a reference figure lies in it."""
    office, new = (reference.figure(key) for key in ("not_customer_facing", "span_new"))
    share = {field.name: field.metadata for field in assumptions.fields(Capacity())}["utilisation"]
    ends = [1 - office.high, 1 - office.low]
    assert [share["low"], share["high"]] == pytest.approx(ends)
    assert Capacity().utilisation == pytest.approx(sum(ends) / 2)
    ratios, span = Ratios(), reference.figure("span_experienced")
    assert ratios.csms_per_ops == reference.figure("csm_per_cs_ops").typical
    assert ratios.span == (span.low + span.high) / 2 and ratios.span_new == new.high
