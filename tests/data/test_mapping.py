"""mapping.toml: own names and values, and every slip in it named."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit.data.mapping import Said
from cstoolkit.data.mapping import read as read_mapping

OWN = """Konto,業種,Form,Land,Limit,Seit
001,製造業,無料,DE,"1,000",01.02.2023
002,小売,有料,-,,03.04.2023
"""
ORDERS = """id,Konto,Beginn,Ende,Wert
1,001,01.03.2024,01.03.2025,"¥1,200,000"
2,002,05.06.2024,,３６００
"""
TOML = """
name = "Muster"
currency = "JPY"
as_of = 2024-12-31
grace_days = 45
date_format = "%d.%m.%Y"
blanks = ["-"]

[tables.customers]
file = "konten.csv"
encoding = "cp932"
[tables.customers.columns]
customer_id = "Konto"
industry = "業種"
onboarding = "Form"
region = "Land"
acquired_on = "Seit"
[tables.customers.values.onboarding]
"無料" = "free"
"有料" = "paid"
"自走" = "self"
[tables.customers.kinds]
Limit = "number"

[tables.contracts]
file = "orders.csv"
[tables.contracts.columns]
contract_id = "id"
customer_id = "Konto"
starts_on = "Beginn"
ends_on = "Ende"
arr = "Wert"
"""


@pytest.fixture
def folder(tmp_path):
    """A vendor's folder with names, values, dates and amounts of its own."""
    (tmp_path / "konten.csv").write_bytes(OWN.encode("cp932"))
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "mapping.toml").write_text(TOML, encoding="utf-8")
    return tmp_path


def change(folder, old, new):
    path = folder / "mapping.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_own_names_values_dates_and_amounts(folder):
    company = cs.load_company(folder)
    assert (company.name, company.currency, company.grace_days) == ("Muster", "JPY", 45)
    assert company.as_of == pd.Timestamp("2024-12-31")
    customers = company.customers
    assert customers["customer_id"].tolist() == ["001", "002"]
    assert customers["onboarding"].tolist() == ["free", "paid"]
    assert customers["region"].isna().tolist() == [False, True]
    assert customers["Limit"].tolist()[0] == 1000
    assert customers["Limit"].dtype == "float64"
    assert customers["acquired_on"].tolist() == [
        pd.Timestamp("2023-02-01"),
        pd.Timestamp("2023-04-03"),
    ]
    assert company.snapshot()["arr"].tolist() == [1_200_000, 3600]
    assert company.snapshot(segment="region")["segment"].tolist() == ["DE", "unsegmented"]
    assert "customers.onboarding: the mapping's '自走' did not occur." in company.notes
    assert "customers: kept as they are, unknown to the contract: Limit." in company.notes


def test_arguments_win(folder):
    company = cs.load_company(folder, name="Other", as_of="2024-07-01", grace_days=0)
    assert (company.name, company.as_of, company.grace_days) == (
        "Other",
        pd.Timestamp("2024-07-01"),
        0,
    )


def test_a_date_format_for_one_column(folder):
    change(folder, 'date_format = "%d.%m.%Y"\n', "")
    with pytest.raises(cs.DataProblems) as caught:
        cs.load_company(folder)
    assert set(caught.value.problems["source"]) == {
        "konten.csv: Seit",
        "orders.csv: Beginn",
        "orders.csv: Ende",
    }
    change(
        folder,
        'file = "orders.csv"',
        'file = "orders.csv"\ndate_format.starts_on = "%d.%m.%Y"\ndate_format.ends_on = "%d.%m.%Y"',
    )
    change(folder, 'file = "konten.csv"', 'file = "konten.csv"\ndate_format = "%m.%d.%Y"')
    company = cs.load_company(folder)
    assert company.customers["acquired_on"].tolist() == [
        pd.Timestamp("2023-01-02"),
        pd.Timestamp("2023-03-04"),
    ]
    assert company.contracts["starts_on"].tolist() == [
        pd.Timestamp("2024-03-01"),
        pd.Timestamp("2024-06-05"),
    ]


def test_several_tables_from_one_file(folder):
    change(
        folder,
        "[tables.contracts]\n",
        '[tables.tiers]\nfile = "orders.csv"\n[tables.tiers.columns]\ncustomer_id = "Konto"\n'
        'starts_on = "Beginn"\ntier = "id"\n[tables.tiers.values.tier]\n1 = "high"\n2 = "tech"\n[tables.contracts]\n',
    )
    snapshot = cs.load_company(folder).snapshot()
    assert snapshot["tier"].tolist() == ["high", "tech"]


def test_contracts_that_are_all_open_ended(folder):
    change(folder, 'ends_on = "Ende"', 'ends_on = ""')
    assert cs.load_company(folder).contracts["ends_on"].isna().all()


def test_a_wrong_own_name_is_answered_with_the_near_one(folder):
    change(folder, '"Beginn"', '"Begin"')
    with pytest.raises(
        cs.DataProblems,
        match=r"contracts.starts_on .*'Begin' is not in the file.*Did you mean Beginn\?",
    ) as caught:
        cs.load_company(folder)
    assert len(caught.value.problems) == 1, "the missing column is not reported a second time"


def test_a_wrong_file_name_is_answered_with_the_near_one(folder):
    change(folder, '"orders.csv"', '"order.csv"')
    with pytest.raises(cs.DataProblems, match=r"Did you mean orders.csv\?"):
        cs.load_company(folder)


def test_an_own_column_with_a_contract_name_makes_room(folder):
    (folder / "orders.csv").write_text(ORDERS.replace("id,Konto", "arr,Konto"), encoding="utf-8")
    change(folder, 'contract_id = "id"\n', "")
    company = cs.load_company(folder)
    assert company.contracts["arr"].tolist() == [1_200_000, 3600]
    assert company.contracts["arr (file)"].tolist() == ["1", "2"]
    assert any("arr (file)" in note for note in company.notes)


def test_every_slip_at_once(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_text(
        """
nam = "x"
currency = 5
as_of = true
grace_days = true
blanks = [1]
[tables.customer]
[tables.contracts]
fille = "a"
delimiter = ";;"
[tables.contracts.columns]
start_on = "a"
arr = 5
[tables.contracts.values]
kind = "x"
[tables.contracts.values.typ]
a = "b"
[tables.contracts.date_format]
ends_at = 5
[tables.contracts.kinds]
arr = "number"
Own = "nummer"
""",
        encoding="utf-8",
    )
    with pytest.raises(cs.DataProblems) as caught:
        read_mapping(path)
    told = {(row.column, row.value): row.fix for row in caught.value.problems.itertuples()}
    assert told["", "nam"] == "Did you mean name?"
    assert ("currency", "5") in told
    assert ("as_of", "True") in told
    assert ("grace_days", "True") in told
    assert ("blanks", "[1]") in told
    assert told["tables", "customer"] == "Did you mean customers?"
    assert told["tables.contracts", "fille"] == "Did you mean file?"
    assert ("tables.contracts.delimiter", ";;") in told
    assert told["tables.contracts.columns", "start_on"] == "Did you mean starts_on?"
    assert ("tables.contracts.columns.arr", "5") in told
    assert ("tables.contracts.values.kind", "x") in told
    assert ("tables.contracts.values", "typ") in told
    assert ("tables.contracts.kinds.arr", "number") in told
    assert told["tables.contracts.kinds.Own", "nummer"] == "Did you mean number?"
    assert told["tables.contracts.date_format", "ends_at"] == "Did you mean ends_on?"
    assert ("tables.contracts.date_format.ends_at", "5") in told
    assert len(told) == 16


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"name = Example", "is not valid TOML"),
        ('name = "é"'.encode("cp1252"), "not written in UTF-8"),
        (b"tables = 5", "is not a table for each table"),
        (b"[tables]\ncustomers = 5", r"is not a table \[tables.customers\]"),
        (b"[tables.customers]\ncolumns = 5", "is not a table"),
        (b"[tables.customers]\ndelimiter = 5", "is not one character"),
    ],
)
def test_files_that_are_no_mapping(tmp_path, content, problem):
    path = tmp_path / "mapping.toml"
    path.write_bytes(content)
    with pytest.raises(cs.DataProblems, match=problem):
        read_mapping(path)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_bytes('name = "Ä"\nas_of = "2024-01-01"'.encode("utf-8-sig"))
    assert read_mapping(path).name == "Ä"


def test_an_empty_mapping_says_nothing(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_text("")
    assert read_mapping(path) == Said()


@pytest.mark.parametrize(
    "day", ["2024-12-31", '"2024-12-31"', '"2024年12月31日"', "2024-12-31T00:00:00"]
)
def test_the_day_in_any_clear_spelling(folder, day):
    change(folder, "as_of = 2024-12-31", f"as_of = {day}")
    assert cs.load_company(folder).as_of.date() == dt.date(2024, 12, 31)


def test_a_day_that_is_not_clear(folder):
    change(folder, "as_of = 2024-12-31", 'as_of = "03-04-2024"')
    with pytest.raises(ValueError, match="as_of: '03-04-2024' can be read as"):
        cs.load_company(folder)


def test_a_table_without_a_file_and_values_of_an_absent_column(folder):
    change(folder, "[tables.contracts]\n", "[tables.voices]\nblanks = []\n[tables.contracts]\n")
    with pytest.raises(
        cs.DataProblems,
        match=r"voices: is in mapping.toml, but neither is its file named nor is there a voices.csv",
    ):
        cs.load_company(folder)
    change(
        folder, "[tables.voices]\nblanks = []\n", '[tables.contracts.values.kind]\n"Neu" = "new"\n'
    )
    assert (
        "contracts.kind: the file has no such column, so that its values in the mapping do nothing."
        in cs.load_company(folder).notes
    )


def test_the_decimal_sign_is_named(folder):
    orders = ORDERS.replace('"¥1,200,000"', "1.200.000").replace("３６００", '"3.600,50"')
    (folder / "orders.csv").write_text(orders, encoding="utf-8")
    with pytest.raises(cs.DataProblems, match="Name the decimal sign"):
        cs.load_company(folder)
    change(folder, 'file = "orders.csv"', 'file = "orders.csv"\ndecimal = ","')
    assert cs.load_company(folder).contracts["arr"].tolist() == [1_200_000, 3600.5]
    change(folder, 'decimal = ","', 'decimal = ";"')
    with pytest.raises(cs.DataProblems, match='is not "," or "."'):
        cs.load_company(folder)
