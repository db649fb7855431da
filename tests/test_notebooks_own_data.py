"""Notebooks on a company that has customers and contracts alone: they say what is missing, and go on."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pandas as pd
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"

STAFFING = "No customer has a touch tier in the data; they get one by ARR"


@pytest.fixture
def least(tmp_path, monkeypatch):
    """A folder with what is required and nothing else, in yen."""
    customers = pd.DataFrame({"customer_id": [f"c{at:03}" for at in range(120)]})
    contracts = customers.assign(
        starts_on=pd.date_range("2023-01-01", periods=120, freq="8D").strftime("%Y-%m-%d"),
        ends_on="",
        arr=[100_000 * (1 + at % 17) ** 2 for at in range(120)],
    )
    customers.to_csv(tmp_path / "customers.csv", index=False)
    contracts.to_csv(tmp_path / "contracts.csv", index=False)
    (tmp_path / "mapping.toml").write_text('name = "Least"\ncurrency = "JPY"\nas_of = 2025-12-31\n')
    monkeypatch.setenv("CSTOOLKIT_DATA", str(tmp_path))


@pytest.mark.parametrize(("name", "says"), [("00_start_here", STAFFING), ("09_staffing", STAFFING)])
@pytest.mark.usefixtures("least")
def test_it_runs_from_top_to_bottom_and_says_what_stands_in(name, says, capsys):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    names = {"__name__": "__main__"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, name, "exec"), names)
    assert names["company"].name == "Least"
    assert says in capsys.readouterr().out
