"""Files as they come: each is read right, or refused in one report; never a wrong number in silence."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import tomllib
import zipfile
from pathlib import Path

import openpyxl
import openpyxl.chart
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit.data import files

CASES = tomllib.loads(Path(__file__).with_name("cases.toml").read_text(encoding="utf-8"))
FOLDER = CASES.pop("folder")


def write(folder, case):
    """The files of a case and those that every folder has; how they are loaded."""
    said = {"name": "Own", **FOLDER, **case}
    for name, text in said.items():
        if "." in name:
            encoding = case.get("encoding", "utf-8") if name in case else "utf-8"
            encoding = "utf-8" if name == "mapping.toml" else encoding
            (folder / name).write_bytes(text.removeprefix("\n").encode(encoding))
    return {key: said[key] for key in ("name", "currency", "as_of") if said[key]}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{kind}: {name}")
        for kind in CASES
        for name, case in CASES[kind].items()
    ],
)
def test_each_case_is_read_right_or_refused(case, tmp_path):
    how = write(tmp_path, case)
    if "problem" in case:
        with pytest.raises(cs.DataProblems) as caught:
            cs.load_company(tmp_path, **how)
        for text in case["problem"]:
            assert text in str(caught.value)
        return
    company = cs.load_company(tmp_path, **how)
    live = company.snapshot()
    assert (len(live), live["arr"].sum()) == (case["live"], case["arr"])
    said = "\n".join(company.notes)
    for text in case.get("notes", []):
        assert text in said
    assert not (case.get("silent") and said)


def book(path, rows, change=None):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    if change:
        change(made)
    made.save(path)


CONTRACTS = [
    ["customer_id", "starts_on", "ends_on", "arr"],
    ["A", dt.date(2024, 1, 1), None, 100],
    ["B", dt.date(2024, 1, 1), None, 1e3],
]


def merged(made):
    made.active.merge_cells("D2:D3")


def number_format(code):
    def change(made):
        made.active["D3"].number_format = code

    return change


def hidden(made):
    made.active.title = "contracts"
    made.active.sheet_state = "hidden"
    made.active["D2"] = 7
    shown = made.create_sheet("Orders")
    for row in CONTRACTS:
        shown.append(row)
    made.active = 1


def chart(made):
    made.active.title = "Orders"
    made.create_chartsheet("contracts").add_chart(openpyxl.chart.BarChart())


def large(made):
    made.active["D2"] = 1e300


@pytest.mark.parametrize(
    ("change", "currency", "says"),
    [
        (merged, "USD", "contracts, row 2 (contracts.xlsx): has merged cells, D2:D3"),
        (number_format('"$"#,##0.00'), "JPY", "contracts.arr, row 3 (contracts.xlsx): is written"),
        (number_format("[$€-407]#,##0"), "JPY", "is written in EUR, but the company's currency is"),
        (number_format('#,##0 "USD"'), "JPY", "is written in USD, but the company's currency is"),
        (number_format("0%"), "USD", "is shown as a percentage; a plain number is wanted"),
        (large, "USD", "'1e+300' is too large to be held exactly"),
        (number_format('"$"#,##0.00'), "USD", 1100),
        (number_format("[$-411]#,##0"), "JPY", 1100),
        (number_format("[$¥-411]#,##0"), "JPY", 1100),
        (hidden, "USD", 1100),
        (chart, "USD", 1100),
    ],
)
def test_what_excel_shows_is_what_is_read(change, currency, says, tmp_path):
    how = write(tmp_path, {"contracts.csv": "", "currency": currency})
    (tmp_path / "contracts.csv").unlink()
    book(tmp_path / "contracts.xlsx", CONTRACTS, change)
    if isinstance(says, int):
        assert cs.load_company(tmp_path, **how).snapshot()["arr"].sum() == says
    else:
        with pytest.raises(cs.DataProblems) as caught:
            cs.load_company(tmp_path, **how)
        assert says in str(caught.value)


def test_what_cannot_be_opened_is_one_problem(tmp_path):
    how = write(tmp_path, {})
    (tmp_path / "mapping.toml").mkdir()
    with pytest.raises(cs.DataProblems, match=r"cannot be opened \(Is a directory\)"):
        cs.load_company(tmp_path, **how)
    (tmp_path / "mapping.toml").rmdir()
    (tmp_path / "mapping.toml").write_text("a = " + "[" * 100_000)
    with pytest.raises(cs.DataProblems, match="is not valid TOML"):
        cs.load_company(tmp_path, **how)


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_it_is_one_problem(tmp_path):
    how = write(tmp_path, {})
    (tmp_path / "customers.csv").chmod(0)
    with pytest.raises(
        cs.DataProblems, match=r"customers.* cannot be opened \(Permission denied\)"
    ):
        cs.load_company(tmp_path, **how)


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file_is_read_or_refused(seed, tmp_path):
    """Bytes of an Excel file, of one part inside it, or of a Parquet file are changed or cut off."""
    change = random.Random(seed)
    path = tmp_path / ("table.parquet" if seed % 3 == 2 else "table.xlsx")
    if path.suffix == ".parquet":
        pd.DataFrame(CONTRACTS[1:], columns=CONTRACTS[0]).to_parquet(path)
    else:
        book(path, CONTRACTS)
    if seed % 3 == 1:
        with zipfile.ZipFile(path) as whole:
            parts = {name: whole.read(name) for name in whole.namelist()}
        name = change.choice(sorted(parts))
        parts[name] = damaged(parts[name], change)
        with zipfile.ZipFile(path, "w") as whole:
            for each, content in parts.items():
                whole.writestr(each, content)
    else:
        path.write_bytes(damaged(path.read_bytes(), change))
    with contextlib.suppress(files.Unreadable):
        files.read(path)


def damaged(raw, change):
    if change.random() < 0.2:
        return raw[: change.randrange(len(raw))]
    raw = bytearray(raw)
    for _ in range(change.choice([1, 3, 10])):
        raw[change.randrange(len(raw))] = change.randrange(256)
    return bytes(raw)


def test_of_many_problems_of_a_kind_the_first_are_kept_and_all_are_counted(tmp_path):
    how = write(tmp_path, {"customers.csv": "customer_id\nA\nB\n" + "A\n" * 3000})
    with pytest.raises(cs.DataProblems) as caught:
        cs.load_company(tmp_path, **how)
    assert "3,000 problems of 1 kind" in str(caught.value)
    assert "(and 2,999 more: rows 5, 6, 7, 8, ...)" in str(caught.value)
    assert "Of each kind 1,000, one a row" in str(caught.value)
    assert (caught.value.count, len(caught.value.problems)) == (3000, 1000)


def test_a_long_file_is_read_by_the_part_with_nothing_lost(tmp_path, monkeypatch):
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,name\n" + "".join(f"{n},\n" for n in range(9)) + '9,"a\nb"\n')
    whole = files.read(path)
    monkeypatch.setattr(files, "_PART", 3)
    parts = files.read(path)
    pd.testing.assert_frame_equal(parts.frame, whole.frame)
    assert parts.rows.tolist() == whole.rows.tolist() == list(range(2, 12))
    assert parts.frame["name"].dropna().tolist() == ["a\nb"]
