"""What the README promises is there (its example is run as a doctest)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import readme

import cstoolkit as cs
from cstoolkit.course import TOPICS
from cstoolkit.data import mapping

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/own_data.md"])
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)\s#]+)", (ROOT / page).read_text(encoding="utf-8"))
    missing = [
        target
        for target in targets
        if not re.match(r"[a-z]+:", target) and not ((ROOT / page).parent / target).exists()
    ]
    assert not missing


def test_the_table_of_notebooks_is_made_of_their_cards():
    assert readme.TABLE.findall(TEXT) == [readme.table()], "make notebooks writes it"
    assert readme.table().count("](notebooks/") == len(list((ROOT / "notebooks").glob("*.ipynb")))


def test_the_list_of_topics_is_what_the_notebooks_are_about():
    asked = [path.read_text(encoding="utf-8") for path in (ROOT / "notebooks").glob("*.ipynb")]
    topics = [re.search(r'exercises\.start\(company, \\"(\w+)\\"\)', text)[1] for text in asked]
    assert sorted(topics) == sorted(TOPICS)


def test_the_commands_are_targets_of_make():
    targets = re.findall(
        r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    named = re.findall(
        r"\bmake ([a-z]+)\b", TEXT + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    )
    assert named
    assert set(named) <= set(targets)


def code(page, language):
    """The blocks of code of one language in a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", ["README.md", "docs/own_data.md"])
def test_the_sample_mapping_is_read(page, tmp_path):
    (sample,) = code(page, "toml")
    (tmp_path / "mapping.toml").write_text(sample, encoding="utf-8")
    said = mapping.read(tmp_path / "mapping.toml")
    wanted = tomllib.loads(sample)
    assert said.name == wanted["name"]
    for name, table in wanted["tables"].items():
        assert said.table(name).columns == table.get("columns", {})


def test_the_code_for_own_data_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "accounts.csv").write_text("id,tenure,left,price\nA1,12,No,100\nA2,3,Yes,50\n")
    names = {"cs": cs}
    exec(code("docs/own_data.md", "python")[-1], names)
    assert names["company"].snapshot()[["customer_id", "arr"]].values.tolist() == [["A1", 1200]]
