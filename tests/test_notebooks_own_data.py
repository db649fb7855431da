"""Notebooks on a company that has customers and contracts alone: they say what is missing, and go on."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pandas as pd
import pytest

from cstoolkit.data.company import MissingData

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


def run(name):
    """All cells of a notebook, in order; the names that they leave."""
    names = {"__name__": "__main__"}
    for cell in nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, name, "exec"), names)
    return names


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("00_start_here", STAFFING),
        ("01_org_types", "Least has no data for this"),
        ("03_lifecycle", "Least has no data for this"),
        ("09_staffing", STAFFING),
    ],
)
@pytest.mark.usefixtures("least")
def test_it_runs_from_top_to_bottom_and_says_what_stands_in(name, says, capsys):
    names = run(name)
    assert names["company"].name == "Least"
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("02_growth_stages", "customers.region"),
        ("04_time_to_value", "the table milestones"),
        ("07_ownership", "the table activities"),
        ("08_voice_of_customer", "the table voices"),
    ],
)
@pytest.mark.usefixtures("least")
def test_what_cannot_go_on_without_its_table_stops_with_the_sentence(name, lacks):
    """In JupyterLab the sentence stands alone under the cell, and Run All stops there."""
    with pytest.raises(MissingData, match=f"Least has no data for this: it needs .*{lacks}"):
        run(name)
