"""Teams as lines: arrows, loose ends, points; and S3's embedded people."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cstoolkit import ownership
from cstoolkit.data.company import Company

FLOW = st.tuples(
    st.sampled_from("ABCD"), st.sampled_from(["in", "out"]), st.sampled_from(["x", "y", "z"])
)


def flows(*rows):
    return pd.DataFrame(rows, columns=["team", "direction", "item"])


def test_in_the_sample_every_team_is_a_line():
    rows = ownership.interfaces(ownership.sample_flows())
    assert set(rows["shape"]) == {"line"} and "customers" not in set(rows["team"])
    assert set(ownership.sample_flows()["source"]) <= {"S0", "S1", "S3", "ours"}


def test_every_shape_and_every_loose_end_is_named():
    rows = ownership.interfaces(
        flows(
            ("A", "out", "x"),
            ("B", "in", "x"),
            ("B", "out", "y"),
            ("C", "in", "y"),
            ("D", "out", "film"),
            ("D", "in", "budget"),
        )
    ).set_index("team")
    assert rows["shape"].to_dict() == {"A": "source", "B": "line", "C": "dead end", "D": "point"}
    assert rows.loc["D", "nobody_takes"] == "film" and rows.loc["D", "nobody_gives"] == "budget"


def test_what_a_team_gives_itself_is_no_arrow():
    same = flows(("A", "out", "x"), ("A", "in", "x"))
    assert ownership.edges(same).empty
    assert ownership.interfaces(same)["shape"].item() == "point"


@given(st.lists(FLOW, min_size=1, max_size=20))
def test_arrows_are_those_counted_by_hand(rows):
    table = flows(*rows)
    given_, taken = (
        {(t, i) for t, d, i in rows if d == "out"},
        {(t, i) for t, d, i in rows if d == "in"},
    )
    expected = {(g, t, i) for g, i in given_ for t, j in taken if i == j and g != t}
    assert set(ownership.edges(table).itertuples(index=False, name=None)) == expected
    for row in ownership.interfaces(table).itertuples():
        loose = {i for t, i in given_ if t == row.team} - {
            i for g, _, i in expected if g == row.team
        }
        assert set(filter(None, row.nobody_takes.split("; "))) == loose


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (flows(("A", "up", "x")), "direction is one of in, out, got 'up'"),
        (flows(("A", "in", "x")).drop(columns="item"), "lacks the column item"),
    ],
)
def test_bad_flows_are_refused(table, says):
    with pytest.raises(ValueError, match=says):
        ownership.edges(table)


def test_embedded_people_take_in_and_give_out():
    rows = ownership.embedded()
    assert set(rows["who"]) == {"customer operations", "customer marketing"}
    assert rows.groupby("who")["direction"].agg(set).map(lambda each: each == {"in", "out"}).all()


def company_of(*posts):
    customers = pd.DataFrame({"customer_id": ["c"]})
    contracts = pd.DataFrame(
        {"customer_id": ["c"], "starts_on": ["2024-01-01"], "ends_on": [None], "arr": [1.0]}
    )
    ids = [post[0] for post in posts]
    people = pd.DataFrame({"person_id": ids, "hired_on": "2024-01-01"})
    rows = pd.DataFrame(posts, columns=["person_id", "team", "role", "manager_id"]).assign(
        starts_on="2024-01-01"
    )
    return Company.from_tables(
        name="C",
        currency="EUR",
        as_of="2024-06-30",
        customers=customers,
        contracts=contracts,
        people=people,
        posts=rows,
    )


def test_people_are_embedded_by_team_or_by_the_teams_own_manager():
    found = ownership.embedding(
        company_of(
            ("boss", "North", "manager", None),
            ("a", "North", "csm", "boss"),
            ("b", "North", "cs_ops", "boss"),
            ("other", "South", "manager", None),
            ("c", "South", "csm", "other"),
            ("d", "Marketing", "customer_marketing", "other"),
            ("e", "CS Ops", "data_analyst", None),
        )
    ).set_index("team")
    assert found.loc["North", ["people", "operations", "marketing"]].to_list() == [1, 1, 0]
    assert found.loc["South", ["people", "operations", "marketing"]].to_list() == [1, 0, 1]
    assert found.loc["central", ["people", "operations", "marketing"]].to_list() == [1, 1, 0]


def test_a_manager_of_several_teams_embeds_nobody_in_one_of_them(company):
    found = ownership.embedding(company).set_index("team")
    helpers = company.posts[
        company.posts["ends_on"].isna()
        & company.posts["role"].isin(["cs_ops", "data_analyst", "customer_marketing"])
    ]
    assert found[["operations", "marketing"]].to_numpy().sum() == len(helpers)
    assert found.loc["central", "people"] == len(helpers)
