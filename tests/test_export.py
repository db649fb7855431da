"""What goes to management: formatted, never run, written whole, the same bytes each time."""

from __future__ import annotations

import os
import threading
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cstoolkit as cs
from cstoolkit import assumptions, reference, theme
from cstoolkit.export import Sheet, legal, risky, to_csv, to_excel, to_picture, write

HOSTILE = [
    "=1+1",
    "＝1+1",
    "+1",
    "-1",
    "−1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "cmd|' /C calc'!A0",
    "%0A=1",
    "\ufeff=1",
    "\u200b=1",
]
HARMLESS = ["Mori & Co", "a-b", "a=b", "50 % of it", "あおぞら", "", "a|b"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Assumptions of a plan."""

    hours: float = assumptions.assumption(3, unit="hours", low=1, high=5, says="hours of a review")
    span: float = assumptions.assumption(
        6, unit="people", low=4, high=8, source="span_new", says="people a leader leads"
    )


@pytest.fixture(scope="module")
def company():
    """A company with a hostile name."""
    return cs.Company.from_tables(
        name="=HYPERLINK(1)",
        currency="EUR",
        as_of="2024-12-31",
        customers=pd.DataFrame({"customer_id": ["a", "never"]}),
        contracts=pd.DataFrame(
            {"customer_id": ["a"], "starts_on": ["2024-01-01"], "ends_on": [None], "arr": [5]}
        ),
    )


def table():
    return pd.DataFrame(
        {
            "segment": ["=cmd()", "high", None],
            "arr": [1200000.0, np.nan, -3.5],
            "customers": [1, 2, 3],
            "utilisation": [0.655, 0.7, np.inf],
            "csms": [1.25, 2.0, 3.0],
            "hours": [10.25, 3.0, 1.0],
            "due": pd.to_datetime(["2024-03-01", None, "2024-05-31"]),
            "ok": pd.array([True, None, False], dtype="boolean"),
        }
    )


UNITS = {"arr": "EUR a year", "utilisation": "share", "hours": "hours a month", "csms": "people"}


def cells(path, sheet):
    return {
        cell.coordinate: cell
        for row in openpyxl.load_workbook(path)[sheet].iter_rows()
        for cell in row
    }


def test_a_workbook_reads_back_as_it_was(tmp_path, company):
    path = to_excel(
        tmp_path / "plan.xlsx",
        {
            "Plan": Sheet(table=table(), units=UNITS, note="Four are needed."),
            "Plain": pd.DataFrame({"x": [1]}),
        },
        company=company,
        sources=[assumptions.table(Plan()), reference.table("span_new")],
        title="Staffing plan",
    )
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Read me", "Plan", "Plain", "Sources"]
    plan = cells(path, "Plan")
    assert [plan[f"{at}1"].value for at in "ABCDEFGH"] == [
        "segment",
        "arr (EUR a year)",
        "customers",
        "utilisation (share)",
        "csms (people)",
        "hours (hours a month)",
        "due",
        "ok",
    ]
    assert [plan[f"{at}2"].number_format for at in "BCDEFG"] == [
        "#,##0",
        "#,##0",
        "0.0%",
        "#,##0.00",
        "#,##0.0",
        "yyyy-mm-dd",
    ]
    assert [plan[f"B{row}"].value for row in (2, 3, 4)] == [1200000, None, -3.5]
    assert [plan[f"B{row}"].data_type for row in (2, 4)] == ["n", "n"], "numbers stay numbers"
    assert plan["D4"].value == "inf"
    assert plan["G2"].value == pd.Timestamp("2024-03-01").to_pydatetime()
    assert plan["G3"].value is None
    assert [plan[f"H{row}"].value for row in (2, 3, 4)] == [True, None, False]
    assert plan["A1"].font.bold
    assert book["Plan"].freeze_panes == "A2"
    assert book["Plan"].column_dimensions["A"].width >= 12
    sources = "\n".join(str(cell.value) for cell in cells(path, "Sources").values())
    assert "span_new" in sources
    assert all(field.metadata["says"] in sources for field in assumptions.fields(Plan()))


def test_the_cover_says_whose_figures_and_when(tmp_path, company):
    path = to_excel(
        tmp_path / "plan.xlsx",
        {"Plan": Sheet(table=table(), note="Four are needed.")},
        company=company,
    )
    cover = openpyxl.load_workbook(path)["Read me"]
    rows = [(row[0].value, row[1].value) for row in cover.iter_rows(min_row=3)]
    told = dict(rows)
    assert told["Company"] == "=HYPERLINK(1)"
    assert told["As of"] == pd.Timestamp("2024-12-31").to_pydatetime()
    assert told["Currency"] == "EUR"
    assert told["Live customers"] == 1
    assert told["Plan"] == "Four are needed."
    notes = [value for name, value in rows if name == "Note on the data"]
    assert any("prospects" in note for note in notes) and len(notes) == len(company.notes)
    assert openpyxl.load_workbook(path).sheetnames == ["Read me", "Plan"], (
        "no empty sheet of sources"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_never_a_formula(tmp_path, company, text):
    frame = pd.DataFrame({text: [text], "number": [-1]})
    path = to_excel(
        tmp_path / "a.xlsx", {"a": Sheet(table=frame, note=text)}, company=company, title=text
    )
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, str) and risky(cell.value):
                    assert cell.data_type == "s"
                    assert cell.quotePrefix
    with zipfile.ZipFile(path) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet2.xml")
    # openpyxl and XML both turn a carriage return into a line feed on reading.
    assert cells(path, "a")["A2"].value.replace("\r", "\n") == text.replace("\r", "\n")
    assert cells(path, "a")["B2"].value == -1


@pytest.mark.parametrize("text", HOSTILE)
def test_csv_text_is_never_a_formula(tmp_path, text):
    path = to_csv(tmp_path / "a.csv", pd.DataFrame({"t": [text], text: [-1.5]}))
    back = pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)
    assert back["t"].tolist()[0].startswith("'")
    assert back.columns[1].startswith("'")
    assert back.iloc[0, 1] == -1.5


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_left_alone(tmp_path, text):
    assert not risky(text)
    path = to_csv(tmp_path / "a.csv", pd.DataFrame({"t": [text]}))
    assert pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)["t"].tolist() == [text]


@given(st.text(max_size=8), st.sampled_from("=+-@＝＋－＠"), st.text(max_size=8))
def test_whatever_stands_before_a_formula(before, sign, after):
    invisible = "".join(
        each for each in before if each.isspace() or unicodedata.category(each) in ("Cc", "Cf")
    )
    assert risky(invisible + sign + after)


@settings(max_examples=50)
@given(st.text(st.characters(codec=None), max_size=20))
def test_any_text_can_be_written(text):
    clean = legal(text)
    assert len(clean) == len(text)
    clean.encode("utf-8")
    openpyxl.Workbook().active.cell(1, 1).value = clean
    assert legal(clean) == clean


def test_control_characters_are_shown_not_lost(tmp_path, company):
    path = to_excel(
        tmp_path / "a.xlsx", {"a": pd.DataFrame({"t": ["a\x00b\x0bc"]})}, company=company
    )
    assert cells(path, "a")["A2"].value == "a\ufffdb\ufffdc"


def test_error_names_in_text_stay_text(tmp_path, company):
    path = to_excel(
        tmp_path / "a.xlsx", {"a": pd.DataFrame({"t": ["#REF!", "#N/A"]})}, company=company
    )
    with zipfile.ZipFile(path) as parts:
        assert b't="e"' not in parts.read("xl/worksheets/sheet2.xml")


def test_other_things_become_text_or_days(tmp_path, company):
    frame = pd.DataFrame(
        {
            "v": pd.Series(
                [
                    pd.Interval(0, 1),
                    pd.Timestamp("2024-01-01 10:30"),
                    pd.Timestamp("2024-01-01", tz="UTC"),
                    pd.NaT,
                    pd.NA,
                    np.int64(5),
                    np.float64(2),
                    np.True_,
                    pd.Timestamp("2024-01-01").date(),
                ],
                dtype=object,
            )
        }
    )
    path = to_excel(tmp_path / "a.xlsx", {"a": frame}, company=company)
    values = [cells(path, "a")[f"A{row}"].value for row in range(2, 11)]
    assert values[0] == "(0, 1]"
    assert values[1] == pd.Timestamp("2024-01-01 10:30").to_pydatetime()
    assert values[2].startswith("2024-01-01 00:00:00+00:00")
    assert values[3:8] == [None, None, 5, 2, True]
    assert values[8] == pd.Timestamp("2024-01-01").to_pydatetime()


def test_indexes_that_say_something_become_columns(tmp_path, company):
    frame = pd.DataFrame(
        {("arr", "sum"): [1.0, 2.0]},
        index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", "y"]),
    )
    path = to_excel(
        tmp_path / "a.xlsx", {"a": Sheet(table=frame, units={"arr sum": "EUR"})}, company=company
    )
    assert [cells(path, "a")[f"{at}1"].value for at in "ABC"] == ["x", "y", "arr sum (EUR)"]
    csv = to_csv(tmp_path / "a.csv", frame["arr"]["sum"].to_frame())
    assert csv.read_text(encoding="utf-8-sig").splitlines()[0] == '"x","y","sum"'


@pytest.mark.parametrize("name", ["", " ", "a" * 32, "a/b", "a[b", "'a", "Read me", "sources"])
def test_names_that_excel_refuses(tmp_path, company, name):
    with pytest.raises(ValueError, match="sheet"):
        to_excel(tmp_path / "a.xlsx", {name: table()}, company=company)
    assert not list(tmp_path.iterdir())


def test_sheets_that_excel_refuses(tmp_path, company, monkeypatch):
    with pytest.raises(ValueError, match="taken"):
        to_excel(tmp_path / "a.xlsx", {"Plan": table(), "plan": table()}, company=company)
    with pytest.raises(ValueError, match="units are given for nothing"):
        to_excel(
            tmp_path / "a.xlsx",
            {"a": Sheet(table=table(), units={"nothing": "share"})},
            company=company,
        )
    with pytest.raises(ValueError, match=r"40,000 characters starts 'xxx"):
        to_excel(tmp_path / "a.xlsx", {"a": pd.DataFrame({"t": ["x" * 40_000]})}, company=company)
    with pytest.raises(ValueError, match=r"1,048,576 rows, and Excel holds 1,048,575"):
        to_excel(tmp_path / "a.xlsx", {"a": pd.DataFrame({"t": range(1_048_576)})}, company=company)
    assert not list(tmp_path.iterdir())


def draw():
    ax = theme.axes(width=4, height=2)
    ax.plot([1, 2], [3, 4])
    ax.set_title("Four are needed")
    return ax


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.png", "a.svg"])
def test_the_same_input_gives_the_same_bytes(tmp_path, company, name):
    first, second = tmp_path / name, tmp_path / f"second-{name}"
    for path in (first, second):
        make(path, company)
    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_bytes()) > 20


def make(path, company, **how):
    if path.suffix == ".xlsx":
        return to_excel(
            path,
            {"Plan": Sheet(table=table(), units=UNITS)},
            company=company,
            sources=reference.table("span_new"),
            **how,
        )
    if path.suffix == ".csv":
        return to_csv(path, table(), **how)
    return to_picture(draw(), path, **how)


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.png", "a.svg"])
def test_nothing_is_overwritten_unasked(tmp_path, company, name):
    path = tmp_path / name
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=r"exists already; pass overwrite=True"):
        make(path, company)
    assert path.read_text() == "mine"
    assert make(path, company, overwrite=True) == path
    assert path.read_bytes() != b"mine"
    assert [each.name for each in tmp_path.iterdir()] == [name], "no draft is left"


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"first")
    with pytest.raises(FileExistsError):
        write(path, b"second", overwrite=False)
    assert path.read_bytes() == b"first"


def test_of_many_writers_one_wins_and_its_file_is_whole(tmp_path):
    path, errors = tmp_path / "a.bin", []

    def one(number):
        try:
            write(path, bytes([number]) * 100_000, overwrite=False)
        except FileExistsError as error:
            errors.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 7
    assert len(set(path.read_bytes())) == 1
    assert path.stat().st_size == 100_000


@pytest.mark.parametrize("exists", [False, True])
def test_without_hard_links_too(tmp_path, monkeypatch, exists):
    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "a.bin"
    if exists:
        path.write_bytes(b"first")
        with pytest.raises(FileExistsError):
            write(path, b"second", overwrite=False)
    else:
        write(path, b"first", overwrite=False)
    assert path.read_bytes() == b"first"


def test_a_failure_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def full(_):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        write(path, b"new", overwrite=True)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.bin"]


@pytest.mark.parametrize("suffix", [".xls", ".txt", ""])
def test_the_suffix_says_what_is_written(tmp_path, company, suffix):
    for make_one in (
        lambda path: to_excel(path, {"a": table()}, company=company),
        lambda path: to_csv(path, table()),
        lambda path: to_picture(draw(), path),
    ):
        with pytest.raises(ValueError, match="name ends in"):
            make_one(tmp_path / f"a{suffix}")


def test_folders_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        to_csv(tmp_path / "none" / "a.csv", table())
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        to_csv(tmp_path / "a.csv", table())


def test_pictures_are_sharp_and_hold_text(tmp_path):
    ax = draw()
    png = to_picture(ax, tmp_path / "a.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20]) == 4 * 96 * 3
    for each in (ax.figure, np.array([ax])):
        path = to_picture(each, tmp_path / "a.svg", overwrite=True)
        assert path.read_text(encoding="utf-8").startswith("<?xml")
    with pytest.raises(TypeError, match="a picture is an Axes"):
        to_picture("no picture", tmp_path / "b.svg")
    assert not Path(tmp_path / "b.svg").exists()


def test_a_file_has_the_rights_of_its_owners_other_files(tmp_path):
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert to_csv(tmp_path / "a.csv", table()).stat().st_mode == plain.stat().st_mode


def test_a_file_that_is_replaced_keeps_its_rights(tmp_path):
    path = to_csv(tmp_path / "a.csv", table())
    path.chmod(0o600)
    to_csv(path, table(), overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["a" * 300 + ".csv", "a\0b.csv"])
def test_a_name_that_cannot_be_is_refused_by_name(tmp_path, name):
    with pytest.raises(ValueError, match=r"a.*csv' cannot be a file's name: "):
        to_csv(tmp_path / name, table())


def test_the_longest_name_that_can_be_is_written(tmp_path):
    assert to_csv(tmp_path / ("a" * 251 + ".csv"), table()).exists()
