"""Each rule for a book by hand; chance where there is nothing but chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cstoolkit import indicators
from cstoolkit.data.company import Company, MissingData

END = "2024-12-31"


def make(contracts, assignments, **tables):
    ids = sorted({row[0] for row in contracts})
    columns = ["customer_id", "starts_on", "ends_on", "arr"]
    held = ["customer_id", "person_id", "starts_on", "ends_on"]
    frame = pd.DataFrame(assignments, columns=held).assign(role="csm")
    return Company.from_tables(
        name="Books",
        currency="EUR",
        as_of=END,
        customers=pd.DataFrame({"customer_id": ids}),
        contracts=pd.DataFrame(contracts, columns=columns),
        people=pd.DataFrame(
            {"person_id": sorted(set(frame["person_id"])), "hired_on": "2020-01-01"}
        ),
        assignments=frame,
        **tables,
    )


def kept(name, arr=100.0, now=100.0):
    return [(name, "2023-01-01", "2024-07-01", arr), (name, "2024-07-01", "2025-07-01", now)]


def left(name, day, arr=100.0):
    return [(name, "2023-01-01", day, arr)]


def test_the_owner_of_the_last_day_counts():
    company = make(
        [*kept("a"), *left("b", "2024-06-01"), *kept("c")],
        [
            ("a", "ann", "2023-01-01", None),
            ("b", "ann", "2023-01-01", "2024-05-20"),
            ("b", "bob", "2024-05-20", "2024-06-01"),
            ("c", "bob", "2023-01-01", None),
        ],
    )
    rows = indicators.accounts(company, END).set_index("customer_id")
    assert rows["person_id"].to_dict() == {"a": "ann", "b": "bob", "c": "bob"}
    assert rows.loc["b", "held_days"] == 12
    table = indicators.by_rule(company, END).set_index("person_id")
    assert table.loc["bob", ["none", "least_days", "all"]].to_list() == [0.5, 1.0, 1.0]
    assert table.loc["ann", "none"] == 1.0


def test_neglect_is_forgiven_for_a_while():
    assignments = [
        ("a", "old", "2023-01-01", "2024-04-01"),
        ("a", "new", "2024-04-01", "2024-06-01"),
        ("b", "new", "2023-01-01", None),
    ]
    contracts = [*left("a", "2024-06-01"), *kept("b")]
    work = pd.DataFrame({"customer_id": ["a"], "happened_on": ["2023-02-01"], "kind": ["call"]})
    found = indicators.by_rule(make(contracts, assignments, activities=work), END)
    assert found.set_index("person_id").loc["new", ["none", "inherited"]].to_list() == [0.5, 1.0]
    work["happened_on"] = "2024-03-20"
    found = indicators.by_rule(make(contracts, assignments, activities=work), END)
    assert found.set_index("person_id").loc["new", "inherited"] == 0.5


def test_a_spike_is_capped():
    company = make(
        [*kept("a", now=500.0), *kept("b")], [(c, "ann", "2023-01-01", None) for c in "ab"]
    )
    found = indicators.by_rule(company, END).iloc[0]
    assert (found["none"], found["spike"]) == (3.0, 1.5)


def test_who_handed_on_every_account_is_judged_by_none():
    company = make(
        [*kept("a"), *left("b", "2024-06-01")],
        [
            ("a", "gone", "2023-01-01", "2024-09-01"),
            ("a", "ann", "2024-09-01", None),
            ("b", "gone", "2023-01-01", "2024-06-01"),
        ],
    )
    assert set(indicators.accounts(company, END)["person_id"]) == {"gone", "ann"}
    assert indicators.books(company, END)["person_id"].to_list() == ["ann"]
    assert np.isnan(indicators.chance(company, END)["spread"])


def test_chance_alone_is_seldom_called_skill():
    rng, found = np.random.default_rng(7), []
    for _ in range(12):
        contracts = [
            row
            for number in range(60)
            for row in (
                left(f"c{number:02}", "2024-06-01")
                if rng.random() < 0.15
                else kept(f"c{number:02}", now=100 + 50 * rng.random())
            )
        ]
        owners = [(f"c{n:02}", f"p{n % 5}", "2023-01-01", None) for n in range(60)]
        found.append(indicators.chance(make(contracts, owners), END)["p_value"])
    assert sum(p < 0.05 for p in found) <= 3
    assert 0.2 < np.mean(found) < 0.8


def test_books_of_the_company(company):
    table = indicators.books(company, company.as_of)
    again = indicators.books(company, company.as_of)
    assert table.equals(again)
    known = table.dropna()
    assert ((known["low"] <= known["nrr"]) & (known["nrr"] <= known["high"])).all()
    assert table["nrr"].is_monotonic_decreasing
    with pytest.raises(ValueError, match="spike is a number of at least 0"):
        indicators.BookRules(spike=-1)


def test_without_owners_it_is_said():
    contracts = pd.DataFrame(kept("a"), columns=["customer_id", "starts_on", "ends_on", "arr"])
    company = Company.from_tables(
        name="None", currency="EUR", as_of=END, customers=contracts[["customer_id"]].head(1),
        contracts=contracts,
    )  # fmt: skip
    with pytest.raises(MissingData, match="the table assignments"):
        indicators.books(company, END)
