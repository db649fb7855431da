"""The contract: what its tables, kinds and rules promise each other."""

from __future__ import annotations

import pandas as pd
import pytest
from pandera.errors import SchemaError

from cstoolkit.data.contract import (
    DTYPES,
    ESSENTIAL,
    EXCLUSIVE,
    INTERVALS,
    TABLES,
    column,
    describe,
    empty,
    named,
)


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_keeps_its_schema(table):
    frame = empty(table)
    assert list(frame.columns) == named(table)
    pd.testing.assert_frame_equal(TABLES[table].validate(frame), frame)


@pytest.mark.parametrize("table", TABLES)
def test_a_column_of_another_type_is_no_column_of_the_contract(table):
    frame = empty(table)
    for name, dtype in frame.dtypes.items():
        wrong = frame.assign(**{name: pd.Series(dtype="float64" if dtype != "float64" else "str")})
        with pytest.raises(SchemaError, match=name):
            TABLES[table].validate(wrong)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_says_what_it_is(table):
    for name, found in TABLES[table].columns.items():
        assert found.metadata["kind"] in DTYPES
        assert found.description
        assert found.nullable != found.metadata["required"]
        if found.metadata["kind"] == "choice":
            assert found.metadata["choices"], name
        if found.metadata["known"]:
            assert found.metadata["kind"] in ("date", "month")


def test_references_and_rules_name_columns_that_exist():
    for table, schema in TABLES.items():
        for found in schema.columns.values():
            if found.metadata["refers"]:
                target, _, key = found.metadata["refers"].partition(".")
                assert TABLES[target].columns[key].unique
        for first, second, _ in INTERVALS.get(table, []):
            assert {first, second} <= set(named(table))
        assert set(EXCLUSIVE.get(table, [])) | set(ESSENTIAL.get(table, ())) | set(
            schema.unique or []
        ) <= set(named(table))


def test_every_table_but_customers_tells_from_when_a_row_is_known():
    for table, schema in TABLES.items():
        known = [
            name
            for name, found in schema.columns.items()
            if found.metadata["known"] in ("row", "month")
        ]
        assert len(known) == 1 or table in ("customers", "tiers", "people", "posts", "assignments")
        assert known or table == "customers"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("uses_surveys", "count"), ("logins", "count"), ("uses_", None), ("my_uses_x", None)],
)
def test_columns_by_name_or_pattern(name, kind):
    found = column("usage", name)
    assert (found.metadata["kind"] if found else None) == kind


def test_the_contract_describes_itself():
    described = describe()
    assert set(described["table"]) == set(TABLES)
    assert (described["says"].str.len() > 2).all()
    required = described[described["required"]]
    assert set(zip(required["table"], required["column"], strict=True)) == {
        (table, name) for table, names in ESSENTIAL.items() for name in names
    }
    assert "uses_NAME" in describe("usage")["column"].tolist()
    assert "self, free, paid" in describe("customers").set_index("column").loc["onboarding", "says"]
