"""Designs as data: built from axes, laws kept, gaps named; the sources' types."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cstoolkit import org
from cstoolkit.data.company import Company, MissingData


def values(company, design):
    return org.evaluate(company, design).set_index("measure")["value"]


def test_axes_that_do_not_go_together_are_refused(one):
    with pytest.raises(ValueError, match="axis 'phase' stands twice"):
        org.build(one, "phase", matrix="phase")
    with pytest.raises(ValueError, match="product is the coarse form of feature"):
        org.build(one, "product", matrix="feature")
    with pytest.raises(ValueError, match="below names 'Shops'; the values of the first axis are"):
        org.build(one, "industry", below={"Shops": ["phase"]})
    with pytest.raises(ValueError, match="somebody is named twice"):
        org.build(one, people=["p1", "p1"])


def bare():
    contracts = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "starts_on": ["2024-01-01"] * 3,
            "ends_on": ["2026-01-01"] * 3,
            "arr": [9.0, 1.0, 2.0],
        }
    )
    return Company.from_tables(
        name="Bare",
        currency="EUR",
        as_of="2025-01-01",
        customers=contracts[["customer_id"]],
        contracts=contracts,
    )


def test_a_company_with_contracts_only():
    """What can be said is said, what cannot is missing; axes without data say what they need."""
    company = bare()
    with pytest.raises(MissingData, match="customers.industry"):
        org.build(company, "industry")
    with pytest.raises(MissingData, match="usage"):
        org.build(company, "feature")
    assert list(org.examples(company, people=2)) == [
        "phase",
        "all-rounder",
        "specialist",
        "sales-linked",
        "partnership",
    ]
    found = values(company, org.build(company, "phase", people=4))
    assert found["contacts_life"] == 4
    assert (
        found[
            [
                "specialisation",
                "industry_concentration",
                "hours_per_person",
                "cross_sell_visible",
                "same_region",
            ]
        ]
        .isna()
        .all()
    )
    assert org.build(company).posts.empty
    assert np.isnan(values(company, org.build(company))["contacts_now"])
    assert not org.laws(company, org.build(company)).set_index("law")["holds"].iloc[0]
    assert len(org.recommend(company))
    assert set(org.claims(company)["label"]) == {"structural", "not identifiable here"}


def test_today_needs_people_and_posts():
    with pytest.raises(MissingData, match="people"):
        org.today(bare())


def test_every_example_keeps_the_laws_but_the_interface_axis_alone(small):
    for name, design in org.examples(small).items():
        laws = org.laws(small, design).set_index("law")
        broken = laws[~laws["holds"].astype(bool)]
        if name == "interface":
            assert list(broken.index) == ["every customer is covered for every phase"]
            assert "no team for work with no counterpart" in broken["detail"].iloc[0]
        elif name != "today":
            assert broken.empty, (name, broken)


def test_today_names_customers_without_an_assignment(small):
    law = org.laws(small, org.today(small)).iloc[0]
    given = small.assignments[~(small.assignments["ends_on"] <= small.as_of)]
    alone = (~small.snapshot()["customer_id"].isin(given["customer_id"])).sum()
    assert law["holds"] == (alone == 0)
    assert law["detail"].count(f"no open assignment ({alone} customer") == 5 * (alone > 0)


def test_a_phase_that_no_team_has_is_a_named_gap(one):
    axis = org.axis(one, "phase", groups={"In": ["onboarding"], "On": ["adoption", "renewal"]})
    law = org.laws(one, org.build(one, "region", axis)).iloc[0]
    gap = f"no team for this phase ({len(one.snapshot())} customers)"
    assert law["detail"] == f"qualification: {gap}; expansion: {gap}"


def test_somebody_placed_twice_by_accident_is_found(one):
    design = org.build(one, "region")
    first, *others = design.units
    doubled = dataclasses.replace(
        others[0],
        people=(*others[0].people, first.people[0]),
        main=(*others[0].main, first.people[0]),
    )
    laws = org.laws(
        one, dataclasses.replace(design, units=(first, doubled, *others[1:]))
    ).set_index("law")
    assert not laws.loc["nobody is on two posts by accident", "holds"]
    assert laws.loc["nobody is on two posts by accident", "detail"] == first.people[0]


def test_work_claimed_by_two_teams_is_found(one):
    design = org.build(one, "industry")
    twice = dataclasses.replace(
        design, units=(*design.units, dataclasses.replace(design.units[0], path=("Again",)))
    )
    assert not org.laws(one, twice).set_index("law").loc["no work falls to two teams", "holds"]


@pytest.mark.parametrize("people", [1, 2, 5, 11, 60])
@pytest.mark.parametrize("spec", [("phase",), ("industry", "phase"), ("region", "size", "phase")])
def test_hierarchy_counts_add_up_for_any_number_of_people(one, people, spec):
    design = org.build(one, *spec, people=people)
    main = design.posts[design.posts["post"] == "main"]
    assert sorted(main["person_id"]) == sorted(
        f"person {number}" for number in range(1, people + 1)
    )
    assert all(unit.people for unit in design.units)
    for unit in design.units:
        assert len(unit.path) == len(spec)
    if people >= len(design.units):
        assert all(unit.people == unit.main for unit in design.units)


def test_the_types_of_the_sources_are_designs_of_one_model(company, designs, compared):
    made = designs
    assert list(made) == [
        "account", "phase", "feature", "interface", "all-rounder", "specialist", "sales-linked", "partnership", "area",
        "hierarchy", "matrix", "combined", "hybrid", "today",
    ]  # fmt: skip
    assert {type(each) for each in made.values()} == {org.OrgDesign}
    found = compared.pivot(index="measure", columns="design", values="value")
    assert found["all-rounder"]["contacts_life"] == 1 and found["all-rounder"]["handoffs"] == 0
    assert found["specialist"]["contacts_life"] == pytest.approx(4)
    assert found["sales-linked"]["contacts_life"] == 2
    assert found["area"]["teams"] == company.snapshot()["region"].nunique()
    assert found["feature"]["teams"] == sum(each.startswith("uses_") for each in company.usage)
    assert found["interface"]["departments_owned"] == company.activities["department"].nunique()
    assert found["hierarchy"]["handoffs_between"] == 0 < found["hierarchy"]["handoffs"]


def test_the_hybrid_has_two_product_organisations_and_embedded_people(designs):
    design = designs["hybrid"]
    assert list(dict.fromkeys(unit.path[0] for unit in design.units)) == ["recruiting", "talent"]
    traits = {unit.path[1] for unit in design.units if unit.path[0] == "recruiting"}
    assert traits >= {"broad and frequent", "narrow and rare"}
    embedded = design.posts.query("post == 'embedded'")
    for own in design.support.values():
        mine = embedded[embedded["person_id"].isin(own)]
        assert set(mine["team"]) == {unit.team for unit in design.units}


def test_a_design_can_be_varied(one):
    design = org.build(one, "phase")
    varied = dataclasses.replace(design, name="other", reporting=org.reporting_line("under CCO"))
    assert varied.units == design.units and varied.name == "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        design.name = "x"
    assert "phase; 4 teams" in repr(design)
