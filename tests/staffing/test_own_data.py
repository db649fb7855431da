"""Staffing for companies that have little: no tiers, no hours, no posts, another currency, nobody a year ago."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import MissingData
from cstoolkit.data.company import Company
from cstoolkit.data.contract import TABLES
from cstoolkit.staffing import (
    Capacity,
    Cost,
    Hiring,
    basis,
    benchmarks,
    bottom_up,
    effort,
    effort_table,
    growth,
    hiring_plan,
    monte_carlo,
    on_board,
    reconcile,
    roles,
    starts,
    top_down,
)
from cstoolkit.staffing import base as base_of


def bare(arr, *, currency="JPY", starts_on="2023-01-01", as_of="2025-06-30", **tables):
    """A company with the required tables alone, one customer for each amount."""
    customers = pd.DataFrame({"customer_id": [f"c{at:03}" for at in range(len(arr))]})
    contracts = customers.assign(starts_on=starts_on, ends_on=None, arr=arr)
    return Company.from_tables(
        name="Bare",
        currency=currency,
        as_of=as_of,
        customers=customers,
        contracts=contracts,
        **tables,
    )


@pytest.fixture
def company_of_50():
    return bare(np.arange(50, 0, -1) * 1e6)


def test_tiers_come_from_the_order_of_arr_where_nobody_wrote_them_down(company_of_50):
    found = base_of(company_of_50)
    assert found["tier"].to_list() == ["high"] * 5 + ["low"] * 15 + ["tech"] * 30
    assert found["segment"].equals(found["tier"].rename("segment"))
    # The rule knows no currency.
    dear = replace(
        company_of_50, contracts=company_of_50.contracts.assign(arr=lambda t: t["arr"] * 150)
    )
    assert base_of(dear)["tier"].to_list() == found["tier"].to_list()


def test_customers_that_pay_the_same_get_the_same_tier():
    assert set(base_of(bare([5.0] * 40))["tier"]) == {"low"}, "nothing tells them apart"
    assert set(base_of(bare([5.0] * 9))["tier"]) == {"high"}, (
        "S1: at stage 1 everybody is high touch"
    )


def test_tiers_that_are_written_down_stay():
    tiers = pd.DataFrame(
        {"customer_id": ["c049", "c000"], "tier": ["high", "tech"], "starts_on": "2024-01-01"}
    )
    company = bare(np.arange(50, 0, -1) * 1e6, tiers=tiers)
    tier = base_of(company).set_index("customer_id")["tier"]
    assert (tier["c049"], tier["c000"], tier["c001"]) == ("high", "tech", "high")
    assert basis(company)["tiers"].startswith(
        "48 of 50 customers do not have a touch tier in the data; they get one by ARR"
    )


def test_without_hours_the_plan_is_the_textbook_one(company_of_50):
    table, plan = effort(company_of_50), effort_table().set_index(["tier", "work"])["hours"]
    assert set(table["per"]) == {"month"} and set(table["phase"]) == {"all"}
    high = table[table["tier"] == "high"].set_index("work")["hours"]
    assert high["reviews"] == pytest.approx(plan["high", "reviews"] / 3)
    assert high["renewal"] == pytest.approx(plan["high", "renewal"] / 12)
    assert high["onboarding"] == 0, "nobody started in the last twelve months"
    customers = base_of(company_of_50)
    hours = bottom_up(customers, table, Capacity()).set_index("segment")["hours"]
    assert hours["high"] == pytest.approx(5 * high.sum())
    assert monte_carlo(customers, effort=table, size=10, seed=1)["headcount"].min() > 0


def test_onboarding_falls_due_as_often_as_customers_start():
    customers = bare([1.0] * 40, starts_on=["2023-01-01", "2025-03-01"] * 20)
    hours = effort(customers).set_index(["tier", "work"])["hours"]
    plan = effort_table().set_index(["tier", "work"])["hours"]
    assert hours["low", "onboarding"] == pytest.approx(20 / 12 / 40 * plan["low", "onboarding"])


def work(first, last, hours=1.0):
    """An hour of work for every customer of fifty on each day."""
    days = pd.date_range(first, last)
    return pd.DataFrame(
        {
            "customer_id": np.tile([f"c{at:03}" for at in range(50)], len(days)),
            "happened_on": np.repeat(days, 50),
            "hours": hours,
        }
    )


def test_a_log_that_begins_late_is_not_divided_by_the_months_before_it():
    company = bare(np.arange(50, 0, -1) * 1e6, activities=work("2025-03-10", "2025-06-30"))
    table = effort(company)
    assert table["source"].unique().tolist() == ["activities, 2025-04 to 2025-06"]
    assert table["hours"].to_list() == pytest.approx([91 / 3] * 3)
    assert basis(company)["hours"] == "Hours are those really given, 2025-04 to 2025-06."
    one = effort(
        replace(
            company,
            activities=company.activities[company.activities["happened_on"] >= "2025-06-20"],
        )
    )
    assert one["source"].iloc[0] == "activities, 2025-06 to 2025-06"


def test_a_log_that_ended_long_ago_is_no_record_of_idleness():
    company = bare(np.arange(50, 0, -1) * 1e6, activities=work("2023-03-10", "2023-06-30"))
    assert basis(company)["hours"].startswith("No hours of work are recorded in the last 12 months")
    assert set(effort(company)["source"]) >= {"ours"}


def test_a_tier_that_has_no_record_yet_gets_the_textbook_plan():
    everybody = pd.DataFrame(
        {"customer_id": [f"c{at:03}" for at in range(50)], "tier": "low", "starts_on": "2023-01-01"}
    )
    everybody["ends_on"] = ["2025-07-02"] + [None] * 49
    raised = pd.DataFrame(
        {"customer_id": ["c000"], "tier": "high", "starts_on": "2025-07-02", "ends_on": None}
    )
    company = bare(
        [1.0] * 50,
        as_of="2025-07-05",
        tiers=pd.concat([everybody, raised]),
        activities=work("2024-01-01", "2025-06-30"),
    )
    found = effort(company)
    assert found.groupby("tier")["source"].agg(
        lambda each: each.str.startswith("activities").all()
    ).to_dict() == {
        "high": False,
        "low": True,
    }
    assert basis(company)["hours"].startswith(
        "Hours are those really given, 2024-07 to 2025-06; for high touch, of a textbook"
    )
    assert bottom_up(base_of(company), found, Capacity())["csms"].gt(0).all()


def test_a_company_with_everything_says_so(company):
    found = basis(company)
    assert " ".join(filter(None, found.values())) == (
        "Touch tiers are those of the company. Hours are those really given, 2025-01 to 2025-12. "
        "The people on board are those of its posts."
    )
    assert effort(company)["source"].str.startswith("activities").all()


def test_what_is_missing_is_said_sentence_by_sentence(company_of_50):
    found = basis(company_of_50)
    assert "5 high, 15 low and 30 tech touch" in found["tiers"]
    assert "no table posts" in found["people"]
    assert 'staffing.Cost(..., currency="JPY")' in found["money"]
    assert found["growth"] == ""
    young = basis(bare([1.0] * 9, starts_on="2025-05-01", currency="USD"))
    assert young["growth"].startswith("Nobody was live 12 months before")
    assert "all get high touch" in young["tiers"] and young["money"] == ""


def test_nobody_live_is_said_at_once(company_of_50):
    with pytest.raises(
        MissingData, match="Bare has no live customers on 2022-06-30: nobody to staff for"
    ):
        base_of(company_of_50, "2022-06-30")


def test_what_stands_in_is_taken_only_where_something_is_missing(company, company_of_50):
    own = {"CSM": 3, "CS Ops": 0, "customer marketing": 0, "leader": 1}
    found = on_board(company_of_50, otherwise=own).set_index("role")
    assert found["headcount"].to_dict() == own and found["capacity"].to_dict() == own
    assert on_board(company, otherwise=own).equals(on_board(company))
    with pytest.raises(MissingData, match="posts"):
        on_board(company_of_50)
    assert growth(bare([1.0] * 9, starts_on="2025-05-01"), otherwise=0.01) == 0.01
    assert growth(company, otherwise=0.5) == growth(company)


def test_benchmarks_are_those_in_the_currency_and_those_that_can_be_converted(company_of_50):
    customers = base_of(company_of_50)
    yen = benchmarks(customers, "JPY")
    assert yen["key"].unique().tolist() == [
        "accounts_per_csm_survey_mean",
        "arr_per_csm_japan_first",
    ]
    assert benchmarks(customers, "EUR")["key"].unique().tolist() == ["accounts_per_csm_survey_mean"]
    rated = benchmarks(customers, "JPY", fx={"USD": 150.0}).set_index(["key", "segment"])["csms"]
    asked = top_down(customers, "arr_per_csm_scale", currency="JPY", fx=150.0).set_index("segment")[
        "csms"
    ]
    assert rated["arr_per_csm_scale"].to_dict() == asked.to_dict()
    assert rated["arr_per_csm_scale"].sum() == pytest.approx(customers["arr"].sum() / 300e6)


def test_money_in_another_currency_is_not_known_until_it_is_given(base, effort):
    top, bottom = top_down(base, 2e6), bottom_up(base, effort, Capacity())
    found = reconcile(top, bottom, currency="JPY")
    money = ["tool_cost", "people_cost", "break_even_customers"]
    assert found.total["verdict"] == "too few" and found.currency == "JPY"
    assert all(np.isnan(found.lever(name)) for name in money)
    rows = found.levers[found.levers["segment"] == "total"].set_index("lever")
    assert rows.loc["people_cost", "unit"] == "JPY a year"
    assert roles(bottom, currency="JPY")["cost"].isna().all()
    needed = pd.Series([4, 5.0], index=pd.period_range("2025-01", periods=2, freq="M"))
    assert hiring_plan(needed, 4, currency="JPY")["cost"].isna().all()

    cost = Cost(
        csm=9e6,
        cs_ops=1e7,
        customer_marketing=9e6,
        leader=14e6,
        tool=4e6,
        tool_per_customer=3e3,
        currency="JPY",
    )
    known = reconcile(top, bottom, cost=cost)
    assert known.currency == "JPY"
    assert known.lever("people_cost") == known.lever("people") * 9e6
    assert known.lever("tool_cost") == cost.tools(240)
    with pytest.raises(ValueError, match="costs are in JPY, the customers' ARR in EUR. Give your"):
        reconcile(top, bottom, cost=cost, currency="EUR")


def test_amounts_assumed_in_usd_are_taken_for_no_other_currency():
    with pytest.raises(ValueError, match="assumed here are in USD. In JPY give csm, cs_ops, "):
        Cost(tool=4e6, currency="JPY")
    amounts = {"cs_ops": 1, "customer_marketing": 1, "leader": 1, "tool": 1, "tool_per_customer": 1}
    same = Cost(csm=float("110000"), currency="EUR", **amounts)
    assert same.csm == Cost().csm, "an own amount may happen to be as large"
    assert replace(same, leader=2).leader == 2


def test_a_plan_without_a_known_team_starts_from_a_full_one():
    needed = pd.Series([4.2, 4.2, 4.2], index=pd.period_range("2025-01", periods=3, freq="M"))
    plan = hiring_plan(needed, None)
    assert plan["on_board"].to_list() == [5, 5, 5] and plan["asked"].sum() == 0


def test_an_empty_table_of_activities_is_none(company_of_50):
    assert effort(replace(company_of_50, activities=TABLES["activities"].empty())).equals(
        effort(company_of_50)
    )


def staffed(hours, roles="csm", **people):
    """Fifty customers and four people on posts."""
    names = [f"p{at}" for at in range(4)]
    return bare(
        np.arange(50, 0, -1) * 1e6,
        people=pd.DataFrame(
            {"person_id": names, "hired_on": "2023-01-01", "hours": hours, **people}
        ),
        posts=pd.DataFrame({"person_id": names, "role": roles, "starts_on": "2023-01-01"}),
    )


def test_part_time_people_are_four_heads_and_two_full_time_people():
    csms = on_board(staffed(80)).set_index("role").loc["CSM"]
    assert csms.to_list() == [4, 2.0]
    assert on_board(staffed(None)).set_index("role").loc["CSM", "capacity"] == 4
    months = pd.Series(3.0, index=pd.period_range("2025-01", periods=12, freq="M"))
    hiring = Hiring(attrition=0, lead_months=0)
    plan = hiring_plan(months, on_board(staffed(80)), hiring=hiring)
    assert plan["on_board"].iloc[-1] == 5 and plan["capacity"].iloc[-1] == 3
    assert plan["asked"].sum() == 1 and plan["effective"].iloc[-1] == 3
    assert hiring_plan(months, 4, hiring=hiring)["asked"].sum() == 0


def test_titles_of_ones_own_are_told_and_counted_as_one_says():
    company = staffed(160, ["Customer Success Manager", "Senior CSM", "Senior CSM", "Head of CS"])
    found = on_board(company).set_index("role")["headcount"]
    assert (found["CSM"], found["other"]) == (1, 3)
    assert basis(company)["people"].endswith(
        "3 people are in posts whose role is not known (Senior CSM, Head of CS) and count as nobody: "
        'staffing.on_board(company, roles={"Senior CSM": "CSM"}).'
    )
    named = on_board(company, {"senior csm": "CSM", "Head of CS": "leader"}).set_index("role")
    assert named["headcount"].to_dict() == {
        "CSM": 3,
        "CS Ops": 0,
        "customer marketing": 0,
        "leader": 1,
    }
    with pytest.raises(ValueError, match="roles is one of CSM, CS Ops, .* leader, got 'csm'"):
        on_board(company, {"Senior CSM": "csm"})


def test_a_team_of_which_no_role_is_known_is_not_known():
    company = staffed(160, "Kundenbetreuer")
    assert on_board(company, otherwise={}).empty
    assert "is not known" in basis(company)["people"]
    needed = pd.Series([4.2, 4.2], index=pd.period_range("2025-01", periods=2, freq="M"))
    assert hiring_plan(needed, on_board(company, otherwise={}))["on_board"].to_list() == [5, 5]


def test_late_renewals_are_no_shrinking():
    """Two years of monthly renewals, each 20 days late; nobody joins or leaves."""
    names = [f"c{at:02}" for at in range(24)]
    first = pd.date_range("2022-01-15", periods=12, freq="MS").repeat(2) + pd.Timedelta(days=14)
    rows = []
    for year in range(4):
        begins = first + pd.DateOffset(years=year) + pd.Timedelta(days=20 if year else 0)
        ends = first + pd.DateOffset(years=year + 1)
        rows.append(
            pd.DataFrame({"customer_id": names, "starts_on": begins, "ends_on": ends, "arr": 1.0})
        )
    contracts = pd.concat(rows)
    company = Company.from_tables(
        name="Late",
        currency="EUR",
        as_of="2025-06-30",
        customers=pd.DataFrame({"customer_id": names}),
        contracts=contracts[contracts["starts_on"] <= "2025-06-30"],
    )
    assert growth(company) == pytest.approx(0)


def test_list_prices_keep_customers_together_and_the_sentence_counts_them():
    prices = [20_000.0] * 20 + [5_000.0] * 30 + [500.0] * 50
    assert base_of(bare(prices))["tier"].value_counts().to_dict() == {
        "tech": 50,
        "low": 30,
        "high": 20,
    }
    assert "20 high, 30 low and 50 tech touch" in basis(bare(prices))["tiers"]
    equal = bare([900.0] * 20)
    assert set(base_of(equal)["tier"]) == {"low"}
    assert "0 high, 20 low and 0 tech touch" in basis(equal)["tiers"]
    assert "staffing.assign_tiers" in basis(equal)["tiers"]


def test_starts_are_onboardings_of_every_product(company):
    found = starts(company)
    since = company.as_of - pd.DateOffset(months=12)
    begun = company.contracts.groupby(["customer_id", "product"])["starts_on"].min()
    first = ((begun > since) & (begun <= company.as_of)).sum()
    assert found.sum() * 12 >= first - 1e-9, "a first start of each product, and returns"
    assert found.sum() > (company.snapshot()["tenure_months"] < 12).sum() / 12
    with pytest.raises(ValueError, match="customers lacks the column customer_id"):
        starts(company, pd.DataFrame({"segment": ["a"]}))


def test_a_young_company_is_asked_from_its_first_start_on():
    company = bare([1.0] * 60, starts_on="2025-04-01")
    months = (company.as_of - pd.Timestamp("2025-04-01")).days / (365.25 / 12)
    assert starts(company).sum() == pytest.approx(60 / months)
