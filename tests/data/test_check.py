"""Tables that break the contract: everything is found, everything is told in one report."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit.data import report
from cstoolkit.data.contract import TABLES

CUSTOMERS = pd.DataFrame({"customer_id": ["a", "b"]})
CONTRACTS = pd.DataFrame(
    {
        "customer_id": ["a", "b"],
        "starts_on": ["2024-01-01", "2024-03-01"],
        "ends_on": ["2025-01-01", None],
        "arr": [1, 2],
    }
)
PEOPLE = pd.DataFrame({"person_id": ["p", "q"], "hired_on": ["2024-01-01", "2024-01-01"]})


def company(as_of="2025-06-30", **tables):
    return cs.Company.from_tables(
        name="Own",
        currency="USD",
        as_of=as_of,
        **{"customers": CUSTOMERS, "contracts": CONTRACTS, **tables},
    )


def refused(as_of="2025-06-30", **tables):
    """The problems as (table, column, row): text."""
    with pytest.raises(cs.DataProblems) as caught:
        company(as_of, **tables)
    rows = caught.value.problems
    return {
        (
            row.table,
            row.column,
            None if pd.isna(row.row) else row.row,
        ): f"{row.value}|{row.problem}|{row.fix}"
        for row in rows.itertuples()
    }


def usage(**columns):
    return pd.DataFrame({"customer_id": ["a", "a"], "month": ["2024-01", "2024-02"], **columns})


@pytest.mark.parametrize(
    ("tables", "cell", "words"),
    [
        (
            {"customers": pd.DataFrame({"customer_id": ["a", "b", "a"]})},
            ("customers", "customer_id", 2),
            "a|repeats row 0",
        ),
        (
            {"customers": pd.DataFrame({"customer_id": ["a", "b", None]})},
            ("customers", "customer_id", 2),
            "is empty",
        ),
        (
            {"customers": CUSTOMERS.assign(employees=[1, -1])},
            ("customers", "employees", 1),
            "-1|is not at least 0 (people)",
        ),
        (
            {"customers": CUSTOMERS.assign(onboarding=["free", "payed"])},
            ("customers", "onboarding", 1),
            '[tables.customers.values.onboarding] "payed" = "paid"',
        ),
        (
            {"contracts": CONTRACTS.assign(arr=[1, None])},
            ("contracts", "arr", 1),
            "is empty, and every row needs it",
        ),
        ({"contracts": CONTRACTS.assign(arr=[1, np.inf])}, ("contracts", "arr", 1), "is infinite"),
        (
            {"contracts": CONTRACTS.assign(ends_on="2024-01-01")},
            ("contracts", "ends_on", 0),
            "is not after starts_on 2024-01-01",
        ),
        (
            {"contracts": CONTRACTS.assign(stopped_on=["2023-12-31", None])},
            ("contracts", "stopped_on", 0),
            "lies before starts_on",
        ),
        (
            {"contracts": CONTRACTS.assign(stopped_on=["2025-02-01", None])},
            ("contracts", "ends_on", 0),
            "lies before stopped_on",
        ),
        (
            {"contracts": CONTRACTS.assign(customer_id=["a", "c"])},
            ("contracts", "customer_id", 1),
            "c|is not in customers.customer_id",
        ),
        (
            {"contracts": CONTRACTS.assign(starts_on="2026-01-01", ends_on=None)},
            ("contracts", "starts_on", 0),
            "no signed_on says",
        ),
        (
            {"contracts": CONTRACTS.assign(signed_on="2026-01-01")},
            ("contracts", "signed_on", 1),
            "is later than as_of, 2025-06-30",
        ),
        (
            {"contracts": CONTRACTS.assign(stopped_on=[None, "2026-01-01"])},
            ("contracts", "stopped_on", 1),
            "it tells what has happened",
        ),
        ({"usage": usage(logins=[1, 1.5])}, ("usage", "logins", 1), "is not a whole number"),
        (
            {"usage": usage(uses_surveys=[1, -2])},
            ("usage", "uses_surveys", 1),
            "is not at least 0 (uses)",
        ),
        (
            {"usage": usage(month=["2024-01", "2024-01"])},
            ("usage", "month", 1),
            "a, 2024-01-01|repeats row 0",
        ),
        (
            {"usage": usage(month=["2024-01", "2024-01-15"])},
            ("usage", "month", 1),
            "not the first day of a month",
        ),
        (
            {"usage": usage(month=["2024-01", "2025-07"])},
            ("usage", "month", 1),
            "not over on as_of",
        ),
        (
            {
                "milestones": pd.DataFrame(
                    {
                        "customer_id": "a",
                        "milestone": "live",
                        "happened_on": "2024-02-01",
                        "journey": [None, 1],
                    }
                )
            },
            ("milestones", "milestone", 1),
            "repeats row 0",
        ),
        (
            {
                "tiers": pd.DataFrame(
                    {
                        "customer_id": "a",
                        "tier": ["high", "low"],
                        "starts_on": ["2024-01-01", "2024-05-01"],
                    }
                )
            },
            ("tiers", "starts_on", 1),
            "lies within an earlier row of a",
        ),
        (
            {
                "tiers": pd.DataFrame(
                    {"customer_id": ["a"], "tier": ["mid"], "starts_on": "2024-01-01"}
                )
            },
            ("tiers", "tier", 0),
            "none of high",
        ),
        (
            {"tiers": pd.DataFrame({"customer_id": ["a"], "starts_on": "2024-01-01"})},
            ("tiers", "tier", None),
            "is missing",
        ),
        (
            {
                "people": PEOPLE,
                "posts": pd.DataFrame(
                    {"person_id": ["p"], "manager_id": ["z"], "starts_on": "2024-01-01"}
                ),
            },
            ("posts", "manager_id", 0),
            "z|is not in people.person_id",
        ),
        (
            {"people": PEOPLE.assign(left_on=["2023-01-01", None])},
            ("people", "left_on", 0),
            "lies before hired_on",
        ),
        (
            {"deals": pd.DataFrame({"happened_on": ["2024-01-01"], "fit": ["101"]})},
            ("deals", "fit", 0),
            "not at least 0 and at most 100",
        ),
        ({"customer": CUSTOMERS}, ("customer", "", None), "Did you mean customers?"),
        ({"usage": [1, 2]}, ("usage", "", None), "is a list, not a DataFrame"),
        ({"customers": CUSTOMERS.set_axis([5], axis=1)}, ("customers", "5", None), "is not text"),
    ],
)
def test_what_is_refused(tables, cell, words):
    found = refused(**tables)
    assert cell in found
    assert words in found[cell]


EVENTS = {"customer_id": "a", "happened_on": "2024-02-01"}
ROWS = {
    "contracts": CONTRACTS.assign(contract_id="C1"),
    "activities": pd.DataFrame([EVENTS] * 2).assign(activity_id="1"),
    "voices": pd.DataFrame([EVENTS] * 2).assign(voice_id="1"),
    "deals": pd.DataFrame([EVENTS] * 2).assign(deal_id="1"),
    "changes": pd.DataFrame({"decided_on": ["2024-02-01"] * 2, "change_id": "1"}),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_key_that_comes_twice_is_reported(name):
    (key,) = TABLES[name].key
    assert "repeats row 0" in refused(**{name: ROWS[name]})[name, key, 1]


def test_rows_without_a_key_repeat_none():
    assert len(company(contracts=CONTRACTS.assign(contract_id=["C1", None])).contracts) == 2


@pytest.mark.parametrize("name", ["contracts", "posts", "assignments"])
def test_rows_that_are_equal_throughout_are_reported(name):
    row = {"person_id": "p", "starts_on": "2024-02-01", "role": "CSM"}
    rows = pd.DataFrame([row] * 2)
    if name == "assignments":
        rows["customer_id"] = "a"
    if name == "contracts":
        rows = pd.concat([CONTRACTS, CONTRACTS.head(1)])
    (found,) = refused(**{name: rows, "people": PEOPLE}).values()
    assert "repeats row 0 (they are equal in all columns)" in found


def test_equal_events_without_a_key_are_said():
    notes = company(voices=pd.DataFrame([EVENTS] * 3)).notes
    assert "voices: 2 equal an earlier row in all columns and have no key; each counts." in notes


def test_a_second_journey_is_named_for_what_it_is():
    rows = pd.DataFrame([{**EVENTS, "milestone": "live"}] * 2)
    (found,) = refused(milestones=rows).values()
    assert "journey = 2" in found


def test_the_same_cells_are_fine_where_they_keep_the_contract():
    tiers = pd.DataFrame(
        {
            "customer_id": "a",
            "tier": ["high", "low"],
            "starts_on": ["2024-01-01", "2024-05-01"],
            "ends_on": ["2024-05-01", None],
        }
    )
    deals = pd.DataFrame({"happened_on": ["2024-01-01"], "fit": ["100"], "answer_budget": ["3"]})
    posts = pd.DataFrame({"person_id": ["p"], "manager_id": ["q"], "starts_on": ["2024-01-01"]})
    made = company(
        tiers=tiers,
        deals=deals,
        people=PEOPLE,
        posts=posts,
        usage=usage(uses_surveys=[1, 2]),
        contracts=CONTRACTS.assign(
            stopped_on=["2024-01-01", "2025-06-30"], signed_on="2025-06-30", kind="new"
        ),
    )
    assert made.usage["uses_surveys"].tolist() == [1, 2]
    assert made.deals["answer_budget"].tolist() == [3]
    assert made.notes == ()


def test_people_are_not_asked_for_where_their_table_is_not_given():
    posts = pd.DataFrame({"person_id": ["p"], "starts_on": ["2024-01-01"]})
    assert len(company(posts=posts).posts) == 1


def test_missing_tables_and_columns():
    with pytest.raises(
        cs.DataProblems, match=r"contracts: is missing, and nothing can be told without it"
    ) as caught:
        cs.Company.from_tables(name="Own", currency="USD", as_of="2025-01-01", customers=CUSTOMERS)
    assert len(caught.value.problems) == 1
    with pytest.raises(cs.DataProblems, match=r"drop_duplicates"):
        cs.Company.from_tables(name="Own", currency="USD", as_of="2025-01-01", contracts=CONTRACTS)
    found = refused(
        contracts=CONTRACTS.rename(columns={"starts_on": "start_on", "ends_on": "until"})
    )
    assert (
        "the columns are: customer_id, start_on, until, arr"
        in found["contracts", "starts_on", None]
    )
    assert (
        '[tables.contracts.columns] starts_on = "start_on"' in found["contracts", "starts_on", None]
    )
    assert 'contracts["ends_on"] = pd.NaT' in found["contracts", "ends_on", None]
    assert len(found) == 2, "rows are not blamed for a column that is not there"


def test_columns_that_come_twice():
    assert (
        "several columns"
        in refused(customers=CUSTOMERS[["customer_id", "customer_id"]])[
            "customers", "customer_id", None
        ]
    )


def test_rows_are_positions_whatever_the_index():
    found = refused(contracts=CONTRACTS.assign(arr=["1", "x"]).set_index(pd.Index([70, 80])))
    assert set(found) == {("contracts", "arr", 1)}


def test_a_cell_is_reported_once():
    found = refused(contracts=CONTRACTS.assign(starts_on=["2024-01-01", "soon"]))
    assert set(found) == {("contracts", "starts_on", 1)}


def test_conversions_lose_nothing_and_leave_the_input_alone():
    customers = pd.DataFrame(
        {"customer_id": [1, 2], "Own": ["x", None], "employees": ["１２", None]}, index=[5, 6]
    )
    before = customers.copy()
    made = company(customers=customers, contracts=CONTRACTS.assign(customer_id=[1, 2]))
    assert customers.equals(before)
    assert made.customers["customer_id"].tolist() == ["1", "2"]
    assert made.customers["employees"].tolist()[0] == 12
    assert made.customers.columns[-1] == "Own", "the contract's columns come first"
    assert made.contracts["starts_on"].dtype == "datetime64[us]"


def test_what_is_allowed_is_said():
    contracts = pd.concat([CONTRACTS, CONTRACTS.assign(arr=5).head(1)])
    made = company(
        contracts=contracts,
        customers=pd.DataFrame({"customer_id": ["a", "b", "c"], "acquired_at": 1, "tier": "high"}),
    )
    assert made.snapshot("2024-06-30")["arr"].tolist() == [6, 2]
    notes = "\n".join(made.notes)
    assert (
        "1 begins while another of the same customer and product still runs; their arr adds up"
        in notes
    )
    assert "customers: 1 never had a contract (prospects)" in notes
    assert "kept as they are, unknown to the contract: acquired_at, tier" in notes
    assert "customers.acquired_at: did you mean acquired_on?" in notes
    assert "customers.tier: a snapshot shows its own tier, that of the table tiers" in notes


def test_currency_signs_agree_with_the_currency():
    assert company(contracts=CONTRACTS.assign(arr=["$1,200", "$5"])).contracts["arr"].tolist() == [
        1200,
        5,
    ]
    assert (
        "the company's currency is USD"
        in refused(contracts=CONTRACTS.assign(arr=["¥1", "$5"]))["contracts", "arr", 0]
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"as_of": "03-04-2024"}, "as_of: '03-04-2024' can be read as"),
        ({"as_of": None}, "as_of: is not a day"),
        ({"currency": "dollars"}, "three capital letters"),
        ({"currency": "$"}, "three capital letters"),
        ({"name": " "}, "name: ' ' is not a name. Write a text"),
        ({"grace_days": 91}, "grace_days: '91' is not a whole number from 0 to 90"),
        ({"grace_days": 1.5}, "is not a whole number from 0 to 90"),
        ({"grace_days": True}, "is not a whole number from 0 to 90"),
    ],
)
def test_the_company_itself(change, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        cs.Company.from_tables(
            **{
                "name": "Own",
                "currency": "USD",
                "as_of": "2025-06-30",
                "customers": CUSTOMERS,
                "contracts": CONTRACTS,
                **change,
            }
        )


def test_the_report_is_short_and_holds_everything():
    contracts = pd.DataFrame(
        {"customer_id": "a", "starts_on": "x", "ends_on": None, "arr": ["1,5"] * 500}
    )
    extra = {f"uses_{at}": ["z", "1"] for at in range(20)}
    with pytest.raises(cs.DataProblems) as caught:
        company(contracts=contracts, usage=usage(**extra))
    error = caught.value
    assert len(error.problems) == 1020
    lines = str(error).splitlines()
    assert len(lines) == 13
    assert lines[0] == "1,020 problems of 22 kinds in the data:"
    assert "contracts.starts_on, row 0: 'x' is not a date." in lines[1]
    assert "(and 499 more: rows 1, 2, 3, 4, ...)" in lines[1]
    assert lines[-2:] == [
        "  ... and 12 more kinds of problem.",
        "All of them, one a row, stand in the error's .problems.",
    ]
    assert list(error.problems) == ["table", "column", "row", "value", "problem", "fix", "source"]


def test_hostile_text_is_escaped_and_cut():
    bad = "<script>alert(1)</script>" * 10
    with pytest.raises(cs.DataProblems) as caught:
        company(contracts=CONTRACTS.assign(arr=[bad, 1]))
    assert "<script>" not in caught.value._repr_html_()
    assert "&lt;script&gt;" in caught.value._repr_html_()
    assert caught.value.problems["value"].str.len().max() == 60


def test_many_rows_that_are_fine():
    rows = 50_000
    ids = np.arange(rows).astype("str")
    customers = pd.DataFrame({"customer_id": ids})
    contracts = pd.DataFrame(
        {"customer_id": ids, "starts_on": "2024-01-01", "ends_on": "2025-01-01", "arr": "1,000"}
    )
    made = company(customers=customers, contracts=contracts)
    assert made.snapshot("2024-06-30")["arr"].sum() == rows * 1000


def test_the_check_is_the_public_one():
    assert report.DataProblems is cs.DataProblems


@pytest.mark.parametrize(
    "amounts", [["12.500", "9.000"], ["€ 12.500", "€ 9.000"], ["1.250.000", "1"]]
)
def test_points_between_thousands_are_asked_for(amounts):
    with pytest.raises(cs.DataProblems, match='decimal = ","'):
        cs.Company.from_tables(
            name="Own",
            currency="EUR",
            as_of="2025-06-30",
            customers=CUSTOMERS,
            contracts=CONTRACTS.assign(arr=amounts),
        )


@pytest.mark.parametrize("other", ["12.5", "0.125", "1250.125", "1,250.50", "$3.75"])
def test_a_point_is_decimal_where_the_column_shows_it(other):
    made = company(contracts=CONTRACTS.assign(arr=["12.500", other]))
    assert made.contracts["arr"].tolist()[0] == 12.5


def test_another_currency_in_a_column_is_refused():
    found = refused(contracts=CONTRACTS.assign(currency=["USD", "jpy"]))
    assert list(found) == [("contracts", "currency", 1)]
    assert "is not USD" in found["contracts", "currency", 1]
    assert company(contracts=CONTRACTS.assign(Currency="usd")).contracts["arr"].sum() == 3
