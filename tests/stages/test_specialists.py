"""S1's functions: which are there, which are due, by what this company has on record."""

from __future__ import annotations

import pandas as pd
import pytest

from cstoolkit import stages, tables


def verdicts(company, date=None, **words):
    return stages.functions(company, date, **words).set_index("function")["verdict"].to_dict()


def posts(*rows):
    return pd.DataFrame(
        [
            {"person_id": f"p{place}", "team": team, "role": role, "starts_on": "2024-01-01"}
            for place, (team, role) in enumerate(rows)
        ]
    )


def people(count, region=None):
    return pd.DataFrame(
        {
            "person_id": [f"p{place}" for place in range(count)],
            "hired_on": "2024-01-01",
            "region": region,
        }
    )


def test_functions_follow_the_stage_and_the_posts(company):
    early, late = verdicts(company, "2022-12-31"), verdicts(company)
    assert early["onboarding team"] == late["onboarding team"] == "there"
    assert early["CS Ops"] == "later" and late["CS Ops"] == "there"
    assert late["expansion team"] == "no stage named"


@pytest.mark.parametrize(("customers", "expected"), [(50, "later"), (499, "later"), (500, "due")])
def test_what_is_missing_is_due_from_its_stage_on(make, customers, expected):
    found = verdicts(
        make([("2024-01-01", None)] * customers, people=people(1), posts=posts(("Success", "CSM")))
    )
    assert found["CS Ops"] == expected
    assert found["data scientist"] == ("to consider" if expected == "due" else expected)
    assert found["CS department"] == "there"


def test_words_are_told_as_whole_words_in_any_writing(make):
    spans = [("2024-01-01", None)] * 600
    rows = posts(("CS-Ops", "lead"), ("laptops", "shop"), ("Customer_Success", "HEAD of CS"))
    found = verdicts(make(spans, people=people(3), posts=rows))
    assert found["CS Ops"] == found["head of CS"] == found["CS department"] == "there"
    assert (
        verdicts(make(spans, people=people(1), posts=posts(("laptops", "shop"))))["CS Ops"] == "due"
    )
    own = make(spans, people=people(1), posts=posts(("Launch", "guide")))
    assert verdicts(own)["onboarding team"] == "to consider"
    assert verdicts(own, words={"onboarding team": ["launch"]})["onboarding team"] == "there"
    with pytest.raises(ValueError, match="words is one of CS department, .*, got 'launch'"):
        stages.functions(own, words={"launch": ["launch"]})


def test_a_post_that_ended_is_told(make):
    rows = posts(("CS Ops", "analyst")).assign(ends_on="2024-06-01")
    found = (
        stages.functions(make([("2024-01-01", None)] * 600, people=people(1), posts=rows))
        .set_index("function")
        .loc["CS Ops"]
    )
    assert (
        found["verdict"] == "due"
        and found["fact"].endswith("there was until Jun 2024")
        and pd.isna(found["since"])
    )


def test_without_the_tables_it_says_so(make):
    found = verdicts(make([("2024-01-01", None)] * 600))
    assert set(found.values()) == {"not on record"}


def test_forms_of_onboarding_count_those_who_came_lately(make):
    own = pd.DataFrame({"onboarding": ["self"] + ["free"] * 1_199})
    spans = [("2022-01-01", None)] + [("2024-06-01", None)] * 1_199
    found = stages.functions(make(spans, customers=own)).set_index("function")
    assert found.loc["self-serve onboarding", "verdict"] == "due"
    assert found.loc["paid onboarding", "verdict"] == "to consider"
    assert found.loc["paid onboarding", "fact"].startswith("0 of 1,199")


def test_an_office_is_a_second_region_with_two_people(make):
    own = pd.DataFrame({"region": ["North"] * 700 + ["South"] * 400})
    spans = [("2024-01-01", None)] * 1_100
    one = make(spans, customers=own, people=people(4, ["North", "North", "North", "South"]))
    two = make(
        spans, customers=own, people=people(5, ["North", "North", "North", "South", "South"])
    )
    row = stages.functions(one).set_index("function").loc["regional office"]
    assert row["verdict"] == "to consider" and "South (400 live, 1 in CS)" in row["fact"]
    assert verdicts(two)["regional office"] == "there"


def test_the_path_is_s1s():
    path = tables.read("stages", "functions")
    named = path["stage"].dropna()
    assert named.is_monotonic_increasing and named.isin(stages.table()["stage"]).all()
    assert path["function"].is_unique and set(path["optional"]) == {"yes", "no"}
    assert set(path["evidence"]) == {"posts", "onboarding", "regions"}
    assert (path.loc[path["evidence"] != "regions", "words"] != "").all()
    assert set(path["source"]) == {"S1"}


def test_every_verdict_is_one_that_is_listed(company):
    found = [stages.functions(company, day) for day in ("2021-06-30", "2023-06-30", None)]
    verdicts = {"there", "due", "to consider", "later", "no stage named", "not on record"}
    assert set(pd.concat(found)["verdict"]) <= verdicts
