"""A company's own books: who holds what today, what is locked, and what is not known."""

import pandas as pd
import pytest

from cstoolkit import books
from cstoolkit.data.company import Company, MissingData


def company(people=None, **columns):
    customers = pd.DataFrame({"customer_id": list("abcdef"), **columns})
    contracts = customers[["customer_id"]].assign(
        starts_on="2024-01-01", ends_on=["2025-08-01", "2026-06-01"] * 3, arr=1200
    )
    assignments = customers[["customer_id"]].assign(
        person_id=["Ann"] * 4 + ["Bo"] * 2, starts_on=["2024-01-01"] * 5 + ["2025-05-01"]
    )
    tables = {"customers": customers, "contracts": contracts, "assignments": assignments}
    if people is not None:
        tables["people"] = people
    return Company.from_tables(name="Six", currency="EUR", as_of="2025-06-30", **tables)


def staff(*names):
    return pd.DataFrame({"person_id": names, "hired_on": "2023-01-01"})


def test_customers_contracts_assignments_and_people_are_enough():
    found = books.today(company(staff("Ann", "Bo")))
    assert found.people["person_id"].to_list() == ["Ann", "Bo"]
    assert found.customers["lock"].to_list() == ["renewal", "", "renewal", "", "renewal", "moved"]
    assert found.customers["renewals"].to_list() == [1200.0, 0, 1200, 0, 1200, 0]
    assert "No work is recorded" in found.basis
    plan = books.balance(found.customers, found.people, found.current)
    assert plan.moves == 1


def test_who_has_nobody_counts_where_most_of_its_tier_have_somebody():
    made = company(staff("Ann", "Bo"))
    tiers = made.customers[["customer_id"]].assign(
        tier=["low"] * 4 + ["tech"] * 2, starts_on="2024-01-01"
    )
    given = made.assignments[made.assignments["customer_id"].isin(["a", "b", "c"])]
    given = given.assign(person_id=["Ann", "Ann", "Bo"])
    tables = made.tables | {"tiers": tiers, "assignments": given}
    tables = {name: table for name, table in tables.items() if len(table)}
    found = books.today(Company.from_tables(name="Six", currency="EUR", as_of=made.as_of, **tables))
    assert found.customers["customer_id"].to_list() == ["a", "b", "c", "d"]
    assert "2 customers have no contact of their own" in found.basis
    plan = books.balance(found.customers, found.people, found.current)
    assert books.reasons(plan, found.customers)["d"].startswith("nobody looked after it")


def test_parents_make_families_up_to_the_top():
    found = books.today(company(staff("Ann", "Bo"), parent_id=[None, "a", "b", None, None, None]))
    family = found.customers["family"]
    assert family[:3].to_list() == ["a", "a", "a"] and family[3:].isna().all()


def test_parents_in_a_circle_end():
    found = books.today(company(staff("Ann", "Bo"), parent_id=["b", "a", None, None, None, None]))
    assert len(found.customers) == 6


def test_without_assignments_it_says_so():
    bare = Company.from_tables(
        name="Bare",
        currency="EUR",
        as_of="2025-06-30",
        customers=pd.DataFrame({"customer_id": ["a"]}),
        contracts=pd.DataFrame(
            {"customer_id": ["a"], "starts_on": "2024-01-01", "ends_on": None, "arr": 1.0}
        ),
    )
    with pytest.raises(MissingData, match="it needs the table assignments"):
        books.today(bare)


def test_one_person_has_nobody_to_share_with():
    with pytest.raises(MissingData, match="it needs two people"):
        books.today(alone())


def alone():
    made = company(staff("Ann", "Bo"))
    mine = made.assignments.assign(person_id="Ann")
    return Company.from_tables(
        name="One",
        currency="EUR",
        as_of=made.as_of,
        customers=made.customers,
        contracts=made.contracts,
        assignments=mine,
        people=made.people,
    )


def test_a_leaver_and_a_hire(today):
    person = today.people["person_id"].iloc[0]
    gone = today.without(person)
    plan = books.balance(gone.customers, gone.people, gone.current, rounds=1)
    left = (today.current == person).sum()
    assert plan.forced + len(plan.unplaced) >= left
    assert person not in set(plan.assignment["after"].dropna())
    assert books.reasons(plan, gone.customers).str.contains("not there any more").sum() > 0
    hired = today.hire(person, "Zoe", hours=50)
    plan = books.balance(hired.customers, hired.people, hired.current, match=["tier"], rounds=1)
    assert (plan.assignment["after"] == "Zoe").sum() > 0
    with pytest.raises(ValueError, match="is there already"):
        today.hire(person, person)
    with pytest.raises(ValueError, match="person is one of"):
        today.without("nobody")


def test_the_bundled_company_keeps_its_locks_and_gets_even(today, plan):
    locked = (today.customers["lock"] != "").to_numpy()
    assert not plan.assignment["moved"][locked].any()
    report = plan.report().set_index("measure")
    assert report.loc["hours", "off_after"] < report.loc["hours", "off_before"] / 4
    assert plan.gap < 0.15
    assert (today.unlocked("moved").customers["lock"] != "moved").all()
    assert (today.unlocked().customers["lock"] == "").all()
