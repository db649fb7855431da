"""What the README promises is there (its example is run as a doctest)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cstoolkit.data.mapping import read_mapping

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)\s#]+)", (ROOT / page).read_text(encoding="utf-8"))
    missing = [
        target
        for target in targets
        if not re.match(r"[a-z]+:", target) and not (ROOT / target).exists()
    ]
    assert not missing


def test_every_notebook_has_its_row():
    rows = re.findall(
        r"^\| \[\d\d [^]]+\]\(notebooks/([\w.]+)\) \| .+ \| \d+ \|$", TEXT, re.MULTILINE
    )
    assert rows == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_the_commands_are_targets_of_make():
    targets = re.findall(
        r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    named = re.findall(
        r"\bmake ([a-z]+)\b", TEXT + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    )
    assert named
    assert set(named) <= set(targets)


def test_the_sample_mapping_is_read(tmp_path):
    (sample,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "mapping.toml").write_text(sample, encoding="utf-8")
    mapping = read_mapping(tmp_path / "mapping.toml")
    assert mapping.name == tomllib.loads(sample)["name"]
    assert mapping.table("contracts").columns["arr"] == "Yearly fee"
