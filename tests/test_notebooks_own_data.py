"""Notebooks on a company that has customers and contracts alone: they say what is missing, and go on."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from cstoolkit.data.company import MissingData

FOLDER = Path(__file__).parent.parent / "notebooks"

SAYS = "Least has (no data for this: it needs .+|all that this notebook uses)"
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


def run(path):
    """All cells of a notebook, in order; the names that they leave."""
    names = {"__name__": "__main__"}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, path.stem, "exec"), names)
    return names


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
@pytest.mark.usefixtures("least")
def test_it_says_what_is_missing_and_goes_on_or_stops_with_that_sentence(path, capsys):
    """Where nothing can go on the sentence stands alone under the cell in JupyterLab, and Run All stops there."""
    told = ""
    try:
        assert run(path)["company"].name == "Least"
    except MissingData as error:
        told = str(error)
    told = told or capsys.readouterr().out
    assert STAFFING in told or re.search(SAYS, told)


@pytest.mark.usefixtures("least")
def test_voices_of_another_vendor(tmp_path, capsys):
    """Other topics, features and channels, names that look like formulas, and changes that answered nothing."""
    said = ["The invoice is wrong $x_$", "Late truck, third time $\\frac{a_^$", "配送が遅れました"]
    rows = range(36)
    pd.DataFrame(
        {
            "customer_id": [f"c{at % 12:03}" for at in rows],
            "happened_on": pd.date_range("2023-06-01", periods=36, freq="25D").strftime("%F"),
            "text": [said[at % 3] for at in rows],
            "channel": "mail $a_$",
        }
    ).to_csv(tmp_path / "voices.csv", index=False)
    pd.DataFrame(
        {"topic": ["trucks"], "decided_on": ["2025-11-01"], "shipped_on": ["2025-12-30"]}
    ).to_csv(tmp_path / "changes.csv", index=False)
    names = run(FOLDER / "08_voice_of_customer.ipynb")
    assert names["topics"] is names["alone"] and len(names["ranked"]) == len(names["topics"].names)
    told = capsys.readouterr().out
    assert "Rightly sorted: not known" in told
    assert "No change has answered an ask" in told
    assert "too few to tell" in told
