"""Designs as data: axes from the company, people placed, laws kept, gaps named."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit import org
from cstoolkit.data.company import Company, MissingData


def values(company, design):
    return org.evaluate(company, design).set_index("measure")["value"]


# ---- axes ----------------------------------------------------------------------------------------------------------------------


def test_size_bands_hold_their_edges(one):
    axis = org.axis(one, "size", bands=org.SizeBands(mid_from=200, large_from=1000))
    employees = one.snapshot().set_index("customer_id")["employees"]
    bands = {
        "under 200 people": (0, 200),
        "200 to 999 people": (200, 1000),
        "1,000 people and more": (1000, np.inf),
    }
    for customer, name in axis.customers.items():
        low, high = bands[name]
        assert low <= employees[customer] < high
    # A band that no customer is in gets no team.
    assert set(axis.values) == set(axis.customers)


def test_size_bands_refuse_a_large_below_a_mid():
    with pytest.raises(
        ValueError,
        match="SizeBands: large_from is a number above 500, got 300. Large begins above mid.",
    ):
        org.SizeBands(mid_from=500, large_from=300)


def test_traits_come_from_breadth_and_frequency_of_use(one):
    table = org.traits(one, org.TraitRule(quantile=0.4, months=2)).set_index("customer_id")
    usage = one.usage[one.usage["month"] >= "2025-05-01"]
    for customer, row in table.iterrows():
        mine = usage[usage["customer_id"] == customer]
        if mine["logins"].sum() == 0:
            assert row["trait"] == "no use"
            continue
        assert row["breadth"] == pytest.approx(mine["features_used"].mean())
        assert row["frequency"] == pytest.approx(mine["logins"].sum() / mine["seats"].sum())
    active = table[table["trait"] != "no use"]
    broad = active["trait"].str.startswith("broad")
    frequent = active["trait"].str.endswith("frequent")
    assert active.loc[broad, "breadth"].min() > active.loc[~broad, "breadth"].max()
    assert active.loc[frequent, "frequency"].min() > active.loc[~frequent, "frequency"].max()
    assert (~frequent).mean() == pytest.approx(0.4, abs=1 / len(active))


def test_value_takes_the_highest_arr(one):
    axis = org.axis(one, "value", value=org.ValueRule(share=0.2))
    arr = one.snapshot().set_index("customer_id")["arr"]
    top = axis.customers == "highest ARR"
    assert top.sum() == np.ceil(0.2 * len(arr))
    assert arr[top].min() >= arr[~top].max()


def test_interface_axis_has_the_distinct_departments(one):
    assert org.axis(one, "department").values == tuple(
        sorted(one.activities["department"].dropna().unique())
    )


def test_groups_put_values_together_and_leave_the_rest(one):
    axis = org.axis(one, "industry", groups={"care": ["Health", "Finance"]})
    industry = one.snapshot().set_index("customer_id")["industry"]
    assert (axis.customers.notna() == industry.isin(["Health", "Finance"])).all()
    gaps = org.coverage(one, org.build(one, axis))
    assert (gaps["uncovered"] == (industry == "Retail").sum()).all()
    assert gaps["gap"].str.contains("no team for their industry").all()


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"a": ["Retail"], "b": ["Retail"]}, "'Retail' stands in 'a' and in 'b'; one of them"),
        ({"a": ["Shops"]}, "'a' names 'Shops'; there are: Finance, Health, Retail"),
        ({"a": "Retail"}, "write a list"),
    ],
)
def test_groups_that_do_not_fit_are_refused(one, groups, words):
    with pytest.raises(ValueError, match=words):
        org.axis(one, "industry", groups=groups)


def test_an_unknown_axis_names_those_there_are(one):
    with pytest.raises(
        KeyError,
        match="no axis 'branch'; there are: size, trait, value, phase, feature, product, department",
    ):
        org.build(one, "branch")


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


# ---- laws ----------------------------------------------------------------------------------------------------------------------


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
    gaps = org.coverage(small, org.today(small))
    given = small.assignments[~(small.assignments["ends_on"] <= small.as_of)]
    live = small.snapshot()["customer_id"]
    assert (gaps["covered"] == live.isin(given["customer_id"]).sum()).all()
    assert ((gaps["gap"] == "") == (gaps["uncovered"] == 0)).all()


def test_a_phase_that_no_team_has_is_a_named_gap(one):
    axis = org.axis(one, "phase", groups={"In": ["onboarding"], "On": ["adoption", "renewal"]})
    gaps = org.coverage(one, org.build(one, "region", axis)).set_index("phase")
    live = len(one.snapshot())
    assert gaps["covered"].to_dict() == {
        "qualification": 0, "onboarding": live, "adoption": live, "renewal": live, "expansion": 0,
    }  # fmt: skip
    assert gaps.loc["expansion", "gap"] == f"no team for this phase ({live} customers)"


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
    teams = design.teams.set_index("team")
    assert teams.loc["Customer Success", "people"] == people
    main = design.posts[design.posts["post"] == "main"]
    assert sorted(main["person_id"]) == sorted(
        f"person {number}" for number in range(1, people + 1)
    )
    assert all(unit.people for unit in design.units)
    for unit in design.units:
        assert len(unit.path) == len(spec)
    for parent, rows in design.teams[design.teams["kind"] == "line"].groupby("parent"):
        if parent:
            assert teams.loc[parent, "people"] <= rows["people"].sum()
            if people >= len(design.units):
                assert teams.loc[parent, "people"] == rows["people"].sum()


def test_people_are_placed_in_proportion_to_hours(one):
    design = org.build(one, "industry", people=200)
    since = one.as_of - pd.DateOffset(months=12)
    work = one.activities[
        (one.activities["happened_on"] > since) & (one.activities["person_id"] != "p5")
    ]
    work = work.merge(one.snapshot()[["customer_id", "industry"]], on="customer_id")
    hours = work.groupby("industry")["hours"].sum()
    placed = pd.Series({unit.team: len(unit.people) for unit in design.units})
    assert (placed / 200 - hours / hours.sum()).abs().max() < 1 / 200


def test_people_go_where_they_live_and_to_the_work_they_did(company):
    area = values(company, org.build(company, "region"))["same_region"]
    elsewhere = values(company, org.build(company, "size"))["same_region"]
    assert area > elsewhere + 0.2
    design = org.build(company, "phase")
    onboarding = next(unit for unit in design.units if unit.team == "Onboarding")
    specialists = set(org.work(company).people.query("role == 'onboarding'")["person_id"])
    assert len(specialists & set(onboarding.people)) > len(onboarding.people) / 2


def test_a_book_keeps_seats_for_the_closest_team(company):
    closest = np.ceil(0.05 * len(company.snapshot()))
    free, kept = (
        len(org.five_charts(company, book=book)["partnership"].units[0].people)
        for book in ({}, {"highest ARR": 8})
    )
    assert kept * 8 >= closest > free * 8


@given(
    seats=st.integers(1, 80),
    weights=st.lists(st.floats(0, 1e6), min_size=1, max_size=12),
)
@settings(deadline=None)
def test_apportion_gives_all_seats_and_is_fair(seats, weights):
    if seats < len(weights):
        with pytest.raises(ValueError, match="do not give"):
            org.apportion(seats, weights)
        return
    taken = org.apportion(seats, weights)
    assert sum(taken) == seats and min(taken) >= 1
    if any(weights):
        # Webster: no seat could pass to another part whose claim to it is larger.
        for i, a in enumerate(weights):
            for j, b in enumerate(weights):
                if taken[i] > 1:
                    assert a / (2 * taken[i] - 1) >= b / (2 * taken[j] + 1) * (1 - 1e-12)


# ---- the sources' types ----------------------------------------------------------------------------------------------------------


def test_the_types_of_the_sources_are_designs_of_one_model(company):
    made = org.examples(company)
    assert list(made) == [
        "account", "phase", "feature", "interface", "all-rounder", "specialist", "sales-linked", "partnership", "area",
        "hierarchy", "matrix", "combined", "hybrid", "today",
    ]  # fmt: skip
    assert {type(each) for each in made.values()} == {org.OrgDesign}
    found = {name: values(company, design) for name, design in made.items()}
    assert found["all-rounder"]["contacts_life"] == 1 and found["all-rounder"]["handoffs"] == 0
    assert found["specialist"]["contacts_life"] == pytest.approx(4)
    assert found["sales-linked"]["contacts_life"] == 2
    assert found["area"]["teams"] == company.snapshot()["region"].nunique()
    assert found["feature"]["teams"] == sum(each.startswith("uses_") for each in company.usage)
    assert found["interface"]["departments_owned"] == company.activities["department"].nunique()
    assert found["hierarchy"]["handoffs_between"] == 0 < found["hierarchy"]["handoffs"]


def test_the_hybrid_has_two_product_organisations_and_embedded_people(company):
    design = org.hybrid(company)
    teams = design.teams
    assert list(teams.loc[teams["level"].eq(1) & teams["kind"].eq("line"), "team"]) == [
        "recruiting",
        "talent",
    ]
    traits = teams.loc[teams["parent"] == "recruiting", "covers"]
    assert set(traits.str.split("trait: ").str[1]) >= {"broad and frequent", "narrow and rare"}
    embedded = design.embedded
    every = {unit.team for unit in design.units}
    for support in design.support:
        mine = embedded[embedded["person_id"].isin(support.people)]
        assert set(mine["team"]) == every
    assert (design.posts.query("post == 'embedded'")["person_id"].isin(embedded["person_id"])).all()


def test_reporting_lines_are_a_property(one):
    design = org.build(one, "phase", reporting="under CRO")
    assert design.reporting.chain == ("CEO", "CRO", "CCO") and design.reporting.peers == (
        "head of sales",
    )
    direct = org.build(one, "phase")
    gap = values(one, design)["levels_to_top"] - values(one, direct)["levels_to_top"]
    assert gap == 1
    business = org.reporting_line("under CCO", top="head of the business")
    assert business.chain[0] == "head of the business"


def test_a_design_can_be_varied(one):
    design = org.build(one, "phase")
    varied = dataclasses.replace(design, name="other", reporting=org.reporting_line("under CCO"))
    assert varied.units == design.units and varied.name == "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        design.name = "x"
    assert "phase; 4 teams" in repr(design)


# ---- leaders -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [2, 8, 9, 25, 60, 500])
@pytest.mark.parametrize("span", [4, 8])
def test_leaders_never_lead_more_than_the_span_and_lead_everybody(one, people, span):
    design = org.build(one, "region", "phase", people=people, support=())
    led = org.managers(design, span=span)
    assert (np.ceil(led["reports"] / led["leaders"]) <= span).all()
    # Everybody but the head reports to somebody: people and leaders below the head.
    assert led["reports"].sum() == people + led["leaders"].sum() - 1
    assert (led["layer"].max() == 1) == (people <= span)


def test_span_is_refused_below_two(one):
    with pytest.raises(ValueError, match="span is a whole number of at least 2"):
        org.managers(org.build(one), span=1)


def test_posts_in_a_circle_are_refused(one):
    posts = one.posts.copy()
    posts.loc[posts["person_id"] == "p6", "manager_id"] = "p0"
    posts.loc[posts["person_id"] == "p0", "manager_id"] = "p6"
    circle = dataclasses.replace(one, posts=posts)
    with pytest.raises(ValueError, match="posts name managers in a circle"):
        org.evaluate(circle, org.today(circle))


def test_today_needs_people_and_posts():
    with pytest.raises(MissingData, match="people"):
        org.today(bare())
