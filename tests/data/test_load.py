"""Folders of files as vendors have them, read into a company or refused in one report."""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import tables
from cstoolkit.data import bundled, files

SINGLE = {"name": "Own", "currency": "JPY", "as_of": "2024-12-31"}
CONTRACTS = (
    "customer_id,starts_on,ends_on,arr,kind\n"
    "A1,2024-01-01,2025-01-01,1200,new\nA2,2024-02-01,,3600,new\n"
)
CUSTOMERS = "customer_id,name\nA1,Alpha\nA2,Beta\n"


@pytest.fixture
def folder(tmp_path):
    """A folder with the two needed tables; write(name, text, encoding) adds or replaces a file."""
    write(tmp_path, "customers.csv", CUSTOMERS)
    write(tmp_path, "contracts.csv", CONTRACTS)
    return tmp_path


def write(folder, name, text, encoding="utf-8"):
    (folder / name).write_bytes(text.encode(encoding))


def problems(folder, **how):
    with pytest.raises(cs.DataProblems) as caught:
        cs.load_company(folder, **{**SINGLE, **how})
    return caught.value


def test_the_bundled_company_is_the_default(monkeypatch):
    monkeypatch.delenv("CSTOOLKIT_DATA", raising=False)
    company = cs.load_company()
    about = bundled.about()
    assert (company.name, company.currency) == (about["name"], about["currency"])
    assert company.as_of == pd.Timestamp(about["as_of"])
    for name, table in company.tables.items():
        file = bundled.folder() / "parquet" / f"{name}.parquet"
        assert len(table) == len(pd.read_parquet(file))
    with pytest.raises(ValueError, match=r'load_company\(\).at\("2024-01-01"\)'):
        cs.load_company(as_of="2024-01-01")


def test_the_bundled_csv_files_are_the_same_company_as_the_parquet_files(monkeypatch):
    about = bundled.about()
    single = {key: about[key] for key in ("name", "currency", "as_of")}
    assert cs.load_company(bundled.folder() / "csv", **single).equals(cs.load_company())


def test_the_environment_names_a_folder(folder, monkeypatch):
    monkeypatch.setenv("CSTOOLKIT_DATA", str(folder))
    assert len(cs.load_company(**SINGLE).snapshot()) == 2
    monkeypatch.setenv("CSTOOLKIT_DATA", str(folder / "none"))
    with pytest.raises(FileNotFoundError, match="environment variable CSTOOLKIT_DATA"):
        cs.load_company()


def test_paths_that_are_no_folder(folder):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        cs.load_company(folder / "none")
    with pytest.raises(FileNotFoundError, match="is a file; load_company reads the folder"):
        cs.load_company(folder / "customers.csv")


def test_csv_excel_and_parquet_hold_the_same_company(folder, tmp_path_factory):
    company = cs.load_company(folder, **SINGLE)
    assert company.snapshot()["arr"].tolist() == [1200, 3600]
    assert company.notes == ()
    excel, parquet = tmp_path_factory.mktemp("excel"), tmp_path_factory.mktemp("parquet")
    for name in ("customers", "contracts"):
        table = pd.read_csv(folder / f"{name}.csv")
        for each in ("starts_on", "ends_on"):
            if each in table:
                table[each] = pd.to_datetime(table[each])
        table.to_excel(excel / f"{name}.xlsx", index=False)
        table.to_parquet(parquet / f"{name}.parquet")
    assert cs.load_company(excel, **SINGLE).equals(company)
    assert cs.load_company(parquet, **SINGLE).equals(company)


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8", False), ("utf-8-sig", False), ("cp932", True)]
)
def test_encodings_in_the_wild(folder, encoding, said):
    write(folder, "customers.csv", "customer_id,name\nA1,株式会社あおぞら\nA2,Beta\n", encoding)
    company = cs.load_company(folder, **SINGLE)
    assert company.customers["name"].tolist() == ["株式会社あおぞら", "Beta"]
    assert any("customers.csv: read as cp932" in note for note in company.notes) == said


def test_other_encodings_are_named(folder):
    write(folder, "customers.csv", "customer_id,name\nA1,Café Ünal\nA2,Å ÿ\n", "cp1252")
    assert "neither utf-8 nor cp932 (line 2)" in str(problems(folder))
    write(folder, "mapping.toml", '[tables.customers]\nencoding = "cp1252"')
    assert cs.load_company(folder, **SINGLE).customers["name"].tolist() == ["Café Ünal", "Å ÿ"]
    write(folder, "mapping.toml", '[tables.customers]\nencoding = "cp1253x"')
    assert "no such encoding" in str(problems(folder))
    write(folder, "mapping.toml", "")
    write(folder, "customers.csv", CUSTOMERS, "utf-16")
    assert 'encoding = "utf-16"' in str(problems(folder))
    write(folder, "mapping.toml", '[tables.customers]\nencoding = "utf-16"')
    assert len(cs.load_company(folder, **SINGLE).customers) == 2


def test_delimiters_are_named_not_guessed(folder):
    write(folder, "customers.csv", CUSTOMERS.replace(",", ";"))
    assert 'delimiter = ";"' in str(problems(folder))
    write(folder, "mapping.toml", '[tables.customers]\ndelimiter = ";"')
    assert len(cs.load_company(folder, **SINGLE).customers) == 2
    write(folder, "people.tsv", "person_id\thired_on\nP1\t2024-01-01\n")
    assert any(
        "people.tsv: not read (did you mean people.tsv" in note
        for note in cs.load_company(folder, **SINGLE).notes
    )
    write(
        folder,
        "mapping.toml",
        '[tables.customers]\ndelimiter = ";"\n[tables.people]\nfile = "people.tsv"',
    )
    assert 'delimiter = "\\t"' in str(problems(folder))
    write(
        folder,
        "mapping.toml",
        '[tables.customers]\ndelimiter=";"\n[tables.people]\nfile="people.tsv"\ndelimiter="\\t"',
    )
    assert len(cs.load_company(folder, **SINGLE).people) == 1


def test_the_row_is_the_one_a_spreadsheet_shows(folder):
    # A line break within quotes and an empty line both count as a spreadsheet counts them.
    text = 'customer_id,note,starts_on,ends_on,arr\nA1,"two\nlines",2024-01-01,,1\n\nA2,x,03-04-2024,,1\n'
    write(folder, "contracts.csv", text)
    found = problems(folder).problems
    assert found[["table", "column", "value"]].values.tolist() == [
        ["contracts", "starts_on", "03-04-2024"]
    ]
    assert found["row"].tolist() == [4]
    write(folder, "contracts.csv", text.replace("03-04-2024", "2024-04-03"))
    assert "contracts.csv: empty, left out: row 3." in cs.load_company(folder, **SINGLE).notes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "customer_id,name\nA1,Alpha,Ltd\n",
            ["row 2", "'Ltd' has 3 fields where the header has 2", "quotes"],
        ),
        ("customer_id,name,name\nA1,a,b\n", ["'name' names a column twice"]),
        ("customer_id,\nA1,a\n", ["no name for column 2"]),
        ("", ["has no column names"]),
        ("\n\n", ["has no column names"]),
        ('customer_id,name\nA1,"open\nA2,b\n', ["not well-formed CSV near line 3"]),
    ],
)
def test_broken_csv_files(folder, text, words):
    write(folder, "customers.csv", text)
    message = str(problems(folder))
    assert "customers" in message
    for each in words:
        assert each in message


def test_short_rows_are_read_and_said(folder):
    write(
        folder,
        "customers.csv",
        "customer_id,name,region\nA1,Alpha\nA2,Beta,North\nA3,Gamma,South,,\n",
    )
    company = cs.load_company(folder, **SINGLE)
    assert company.customers["region"].isna().tolist() == [True, False, False]
    assert (
        "customers.csv: fewer fields than the header, the rest read as empty: row 2."
        in company.notes
    )


def test_a_table_without_rows_is_no_file_error(folder):
    write(folder, "customers.csv", "customer_id,name\n")
    assert "'A1' is not in customers.customer_id" in str(problems(folder))


def test_all_problems_of_all_files_come_at_once(folder):
    write(folder, "customers.csv", "customer_id,employees\nA1,12.5\nA1,many\n,3\n")
    write(
        folder, "contracts.csv", CONTRACTS.replace("3600", "-5").replace("2025-01-01", "2023-01-01")
    )
    write(folder, "tiers.csv", "customer_id,tier,starts_on\nA9,gold,2024-01-01\n")
    write(folder, "voices.csv", "a,a\n")
    with pytest.raises(cs.DataProblems) as caught:
        cs.load_company(folder)
    error = caught.value
    cells = {
        (row.table, row.column, None if pd.isna(row.row) else row.row)
        for row in error.problems.itertuples()
    }
    assert cells == {
        ("mapping.toml", "name", None),
        ("mapping.toml", "currency", None),
        ("mapping.toml", "as_of", None),
        ("voices", "", 1),
        ("customers", "employees", 2),
        ("customers", "employees", 3),
        ("customers", "customer_id", 3),
        ("customers", "customer_id", 4),
        ("contracts", "ends_on", 2),
        ("contracts", "arr", 3),
        ("contracts", "customer_id", 3),
        ("tiers", "customer_id", 2),
        ("tiers", "tier", 2),
    }
    assert error.problems["fix"].str.len().min() > 5
    assert 'currency = "JPY"' in str(error)


def test_nothing_there_names_what_is(folder):
    (folder / "customers.csv").rename(folder / "accounts.csv")
    message = str(problems(folder))
    assert "accounts.csv, contracts.csv" in message
    assert '[tables.customers] file = "..."' in message


def test_unknown_files_are_said(folder):
    write(folder, "milestone.csv", "x\n")
    write(folder, "~$customers.xlsx", "")
    write(folder, "notes.md", "")
    notes = cs.load_company(folder, **SINGLE).notes
    assert notes == (
        "milestone.csv: not read (did you mean milestones.csv; a mapping can name it).",
    )


def test_two_files_for_one_table(folder):
    pd.DataFrame({"customer_id": ["A1"]}).to_excel(folder / "customers.xlsx", index=False)
    assert "could each be the table" in str(problems(folder))
    write(folder, "mapping.toml", '[tables.customers]\nfile = "customers.csv"')
    company = cs.load_company(folder, **SINGLE)
    assert len(company.customers) == 2
    assert any("customers.xlsx: not read" in note for note in company.notes)


def book(folder, name="customers.xlsx", *, sheets=None):
    (folder / "customers.csv").unlink(missing_ok=True)
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in (sheets or {}).items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(folder / name)


def test_excel_cells_as_they_are(folder):
    rows = [
        ["customer_id", "employees", "acquired_on", "own", None],
        [7, 12, dt.datetime(2024, 3, 1), 2.5],
        [],
        ["008", None, None, "x"],
    ]
    book(folder, sheets={"Sheet1": rows})
    write(folder, "contracts.csv", CONTRACTS.replace("A1", "7").replace("A2", "008"))
    company = cs.load_company(folder, **SINGLE)
    assert company.customers["customer_id"].tolist() == ["7", "008"]
    assert company.customers["acquired_on"].tolist()[0] == pd.Timestamp("2024-03-01")
    assert "customers.xlsx: empty, left out: row 3." in company.notes


def test_excel_numbers_as_ids_are_said(folder):
    book(folder, sheets={"Sheet1": [["customer_id"], [1001.5], [1002]]})
    error = problems(folder)
    assert "customers.customer_id, row 2 (customers.xlsx)" in str(error)


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ({"a": [["customer_id"]], "b": []}, ["several sheets: a, b", 'sheet = "a"']),
        (
            {"a": [["customer_id", "x"], ["A1", "#REF!"]]},
            ["row 2", "'#REF!' has an error in column x"],
        ),
        (
            {"a": [["customer_id"], ["A1", "beside"]]},
            ["row 2", "'beside' has a value beside the table"],
        ),
        (
            {"a": [["customer_id", "employees"], ["A1", "=1+1"]]},
            ["'=1+1' has a formula without a result"],
        ),
        ({"a": [[], ["customer_id"]]}, ["has no column names"]),
    ],
)
def test_excel_files_that_would_lose_something(folder, sheets, words):
    book(folder, sheets=sheets)
    message = str(problems(folder))
    for each in words:
        assert each in message


def test_sheets_by_mapping_or_by_name(folder):
    rows = [["customer_id"], ["A1"], ["A2"]]
    book(folder, "book.xlsx", sheets={"x": [["no"]], "customers": rows, "Kunden": rows[:2]})
    write(folder, "mapping.toml", '[tables.customers]\nfile = "book.xlsx"')
    assert len(cs.load_company(folder, **SINGLE).customers) == 2
    write(folder, "mapping.toml", '[tables.customers]\nfile = "book.xlsx"\nsheet = "Kunden"')
    assert "'A2' is not in customers.customer_id" in str(problems(folder))
    write(folder, "mapping.toml", '[tables.customers]\nfile = "book.xlsx"\nsheet = "Kunde"')
    assert "no sheet 'Kunde'; there are: x, customers, Kunden" in str(problems(folder))
    write(
        folder,
        "mapping.toml",
        '[tables.contracts]\nsheet = "x"\n[tables.customers]\nfile = "book.xlsx"\nencoding = "utf-8"',
    )
    message = str(problems(folder))
    assert "has no sheets" in message
    assert "has no encoding" in message


def test_a_formula_with_its_result_is_read(folder):
    book(folder, sheets={"a": [["customer_id", "employees"], ["A1", "=1+1"], ["A2", 3]]})
    path, computed = folder / "customers.xlsx", folder / "computed.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(computed, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(
                name,
                part.replace(b"<v />", b"<v>2</v>")
                .replace(b"<v></v>", b"<v>2</v>")
                .replace(b"<v/>", b"<v>2</v>"),
            )
    computed.replace(path)
    assert cs.load_company(folder, **SINGLE).customers["employees"].tolist() == [2, 3]


@pytest.mark.parametrize("name", ["customers.xlsx", "customers.parquet"])
def test_files_that_are_not_what_they_are_called(folder, name):
    (folder / "customers.csv").unlink()
    write(folder, name, "no such thing")
    assert "is not a readable" in str(problems(folder))


def test_parquet_with_text_that_is_none_is_refused(folder):
    (folder / "customers.csv").unlink()
    pd.DataFrame({"customer_id": ["A1", "A2"], "name": ["Alpha", "Beta"]}).to_parquet(
        folder / "customers.parquet", compression=None
    )
    path = folder / "customers.parquet"
    path.write_bytes(path.read_bytes().replace(b"Alpha", b"Al\xffha"))
    assert "customers (customers.parquet): is not a readable Parquet file" in str(problems(folder))


def test_a_folder_that_may_not_be_read_is_named(folder, monkeypatch):
    monkeypatch.setattr("os.access", lambda *asked: False)
    with pytest.raises(FileNotFoundError, match=f"{folder} cannot be opened: you may not read it"):
        cs.load_company(folder, **SINGLE)


@pytest.mark.parametrize("path", [[1], 5, {"a": 1}, pd.DataFrame()])
def test_what_names_no_folder_is_refused(path):
    with pytest.raises(TypeError, match="load_company: path is a folder's name, got a"):
        cs.load_company(path)


def test_where_no_contract_ever_ran_no_kind_is_counted(folder):
    withdrawn = (
        "customer_id,starts_on,stopped_on,ends_on,arr\nA1,2024-03-01,2024-03-01,2025-03-01,5\n"
    )
    write(folder, "contracts.csv", withdrawn)
    notes = cs.load_company(folder, **SINGLE).notes
    assert "contracts.kind: not given, told from what changed at each start." in notes


def test_other_kinds_of_file(folder):
    write(folder, "old.xls", "x")
    write(folder, "mapping.toml", '[tables.customers]\nfile = "old.xls"')
    assert "is a .xls file" in str(problems(folder))


def test_parquet_keeps_its_index_and_counts_from_zero(folder):
    (folder / "customers.csv").unlink()
    table = pd.DataFrame(
        {"employees": [1.0, 2.5]}, index=pd.Index(["A1", "A2"], name="customer_id")
    )
    table.to_parquet(folder / "customers.parquet")
    assert problems(folder).problems["row"].tolist() == [1]
    table.round().to_parquet(folder / "customers.parquet")
    assert cs.load_company(folder, **SINGLE).customers["customer_id"].tolist() == ["A1", "A2"]


def test_every_fault_says_what_is_wrong_and_what_to_do():
    table = tables.read("data", "faults")
    assert table["rule"].is_unique
    assert not table["problem"].str.endswith(".").any()
    fixed = table.loc[~table["fix"].str.endswith("}"), "fix"]
    assert fixed.str.endswith((".", "= ...")).all()
    assert str(files.Unreadable("no such encoding", encoding="latin")) == (
        "cannot be read as 'latin': no such encoding of text. Name one such as \"cp1252\"."
    )


@pytest.mark.parametrize("mark", ["n/a", "-", "なし"])
def test_a_mark_for_nothing_is_refused_and_the_mapping_named(folder, mark):
    write(folder, "contracts.csv", CONTRACTS.replace("2025-01-01", mark))
    told = problems(folder)
    assert told.problems["fix"].iloc[0].endswith(f'say so in mapping.toml: blanks = ["{mark}"].')
    write(folder, "mapping.toml", f'blanks = ["{mark}"]')
    assert cs.load_company(folder, **SINGLE).contracts["ends_on"].isna().all()


LAST_DAYS = """customer_id,starts_on,ends_on,arr
A1,2024-01-01,2024-12-31,1200
A2,2024-01-01,2024-12-31,1200
A3,2024-03-01,2025-02-28,1200
"""


def test_ends_that_look_like_last_days_are_asked_for(folder):
    write(folder, "customers.csv", "customer_id\nA1\nA2\nA3\n")
    write(folder, "contracts.csv", LAST_DAYS)
    assert 'ends = "last day", or ends = "day after"' in str(problems(folder))
    write(folder, "mapping.toml", 'ends = "last day"')
    company = cs.load_company(folder, **SINGLE)
    assert len(company.snapshot()) == 3
    assert company.contracts["ends_on"].tolist()[0] == pd.Timestamp("2025-01-01")
    write(folder, "mapping.toml", 'ends = "day after"')
    assert len(cs.load_company(folder, **SINGLE).snapshot()) == 1


def test_a_contract_of_one_day_and_a_stop_on_the_last_day(folder):
    text = "customer_id,starts_on,ends_on,stopped_on,arr\n"
    text += "A1,2024-12-31,2024-12-31,,1\nA2,2024-01-01,2024-12-31,2024-12-31,1\n"
    write(folder, "contracts.csv", text)
    write(folder, "mapping.toml", '[tables.contracts]\nends = "last day"')
    assert len(cs.load_company(folder, **SINGLE).snapshot()) == 2


def test_the_truth_is_told_of_the_bundled_company_alone(company):
    assert cs.load_truth(company.at("2023-06-30")).effect("handoff_on_value") < 0
    other = cs.Company.from_tables(
        name=company.name,
        currency="EUR",
        as_of="2024-06-30",
        customers=pd.DataFrame({"customer_id": ["nobody"]}),
        contracts=pd.DataFrame(
            {"customer_id": ["nobody"], "starts_on": ["2024-01-01"], "ends_on": None, "arr": 1.0}
        ),
    )
    assert cs.load_truth(other) is None and cs.load_truth(replace(company, name="Another")) is None
