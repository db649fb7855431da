"""The contract: what its tables, kinds and rules promise each other."""

from __future__ import annotations

import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import tables
from cstoolkit.data.contract import DTYPES, ESSENTIAL, TABLES, describe
from cstoolkit.staffing.plan import COUNTED_AS

FIELDS = {
    "kind": set(DTYPES),
    "required": {"", "column", "value"},
    "known": {"", "row", "month", "value"},
}


def test_the_files_hold_what_they_may():
    columns = tables.read("data", "columns")
    assert not columns.duplicated(["table", "column"]).any()
    assert set(columns["table"]) == set(tables.read("data", "tables")["table"])
    assert (columns["says"].str.len() > 2).all()
    for field, allowed in FIELDS.items():
        assert set(columns[field]) <= allowed, field
    of_choices = columns["kind"] == "choice"
    assert (columns.loc[of_choices, "choices"] != "").all()
    assert set(columns.loc[columns["choices"] != "", "kind"]) == {"choice", "text"}
    days = columns["kind"].isin(["date", "month"])
    assert days[columns[["known", "after", "not_before"]].ne("").any(axis=1)].all()
    numbers = columns["kind"].isin(["number", "count"])
    assert numbers[columns[["least", "most"]].notna().any(axis=1)].all()


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_keeps_the_contract(name):
    empty = TABLES[name].empty()
    assert list(empty.columns) == TABLES[name].names
    for each, dtype in empty.dtypes.items():
        assert dtype == DTYPES[TABLES[name].columns[each].kind]


def test_references_and_rules_name_columns_that_exist():
    for table in TABLES.values():
        for column in table.columns.values():
            target, _, key = column.refers.partition(".")
            assert not target or TABLES[target].key == (key,)
            assert {column.after, column.not_before} <= {"", *table.names}
        assert {*table.key, *([table.apart] if table.apart else [])} <= set(table.names)
    assert set(ESSENTIAL) == {"customers", "contracts"}


def test_every_table_but_customers_tells_from_when_a_row_is_known():
    for name, table in TABLES.items():
        known = [column for column in table.columns.values() if column.known in ("row", "month")]
        assert len(known) == (name != "customers")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("uses_surveys", "count"), ("logins", "count"), ("uses_", None), ("my_uses_x", None)],
)
def test_columns_by_name_or_pattern(name, kind):
    found = TABLES["usage"].column(name)
    assert (found.kind if found else None) == kind


def test_the_contract_describes_itself():
    described = describe()
    assert set(described["table"]) == set(TABLES)
    required = described[described["required"]]
    assert set(zip(required["table"], required["column"], strict=True)) == {
        (table, name) for table, names in ESSENTIAL.items() for name in names
    }
    assert "uses_NAME" in describe("usage")["column"].tolist()
    assert "self, free, paid" in describe("customers").set_index("column").loc["onboarding", "says"]


def test_the_company_has_a_field_for_every_table(company):
    for name, frame in company.tables.items():
        assert set(TABLES[name].names) <= set(frame.columns)
    assert isinstance(cs.load_company().tables["usage"], pd.DataFrame)


def test_the_roles_that_are_known_are_those_that_a_headcount_counts():
    assert set(TABLES["posts"].columns["role"].choices) == set(COUNTED_AS)
