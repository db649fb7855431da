"""The pages of docs/: sources and glossary are complete, say the same as the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cstoolkit import reference

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def page(name):
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.name for path in DOCS.glob("*.md")))
def test_links_lead_somewhere(name):
    targets = re.findall(r"\]\(([^)\s#]+)", page(name))
    assert not [
        target
        for target in targets
        if not re.match(r"[a-z]+:", target) and not (DOCS / target).exists()
    ]


def test_the_page_of_sources_says_what_the_table_says():
    text = page("sources.md")
    for source in reference.sources().itertuples():
        (row,) = re.findall(rf"^\| {source.key} \|.*$", text, re.MULTILINE)
        for said in (source.title, source.author, source.year, source.address, source.what):
            assert said in row, (source.key, said)
        assert f"(https://{source.address})" in row
        assert f"**{source.key}.**" in text, "and what it holds"


def test_the_glossary_is_sorted_and_has_a_line_a_term():
    terms = ROW.findall(page("glossary.md"))[1:]
    names = [term for term, _, _ in terms]
    assert names == sorted(names, key=str.lower) and len(set(names)) == len(names) > 50
    assert all(len(meaning) < 160 for _, _, meaning in terms)
    japanese = [term for term, word, _ in terms if not re.search(r"[\u3040-\u9fff]", word)]
    assert set(japanese) <= {"CRE", "S0, S1, S2, S3, S4"}
    said = " ".join(names)
    for asked in ("CCO", "CRO", "NRR", "CRM", "S0", "S4", "TTV", "odds", "VOC", "utilisation"):
        assert asked in said
