"""How a committed notebook looks: executed from top to bottom, short cells, no warnings, no dead links, one set-up cell."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
LINES = 12
THREAD, OPTIONAL = 33, {"proof", "optional"}

SETUP = r"""import cstoolkit as cs
company = cs\.load_company\(\)
check, hint, solution = cs\.exercises\.start\(company, "(\w+)"\)
company"""


@pytest.fixture(scope="module", params=sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_it_is_a_valid_notebook(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata, (
        "states of widgets are not kept: `make notebooks` leaves them out"
    )


def test_it_was_executed_from_top_to_bottom(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(
        range(1, len(code(notebook)) + 1)
    )


def test_no_cell_shows_an_error_or_a_warning(notebook):
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [
        output.text
        for output in outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]


def test_cells_are_short_and_call_the_package(notebook):
    for cell in code(notebook):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= LINES, f"{len(lines)} lines:\n{cell.source}"
        defined = [
            node
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        ]
        assert not defined, f"what a cell would define belongs into the package:\n{cell.source}"


def test_the_thread_is_about_thirty_cells(notebook):
    thread = [cell for cell in code(notebook) if not OPTIONAL & set(cell.metadata.get("tags", []))]
    assert len(thread) <= THREAD, "what not everybody needs is tagged as a proof, or optional"


def test_the_set_up_cell_is_the_same_everywhere(notebook):
    tagged = [cell.source for cell in code(notebook) if "setup" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    lines = "\n".join(
        line for line in tagged[0].splitlines() if line.strip() and not line.startswith("#")
    )
    assert re.fullmatch(SETUP, lines), f"not as in the other notebooks:\n{tagged[0]}"


def test_its_card_links_its_sources_and_the_glossary(notebook):
    rows = dict(
        re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", notebook.cells[0].source, re.MULTILINE)
    )
    assert set(rows) == {"Question", "You will be able to", "Time", "Builds on", "Sources", "Terms"}
    assert re.search(r"\[S\d\]\(\.\./docs/sources\.md\)", rows["Sources"])
    assert not re.search(r"(?<!\[)\bS\d\b", rows["Sources"]), "each source is a link"
    assert "(../docs/glossary.md)" in rows["Terms"]


def test_links_lead_somewhere(notebook):
    for text in prose(notebook):
        for target in re.findall(r"\]\(([^)\s#]+)", text):
            if not re.match(r"[a-z]+:", target):
                assert (FOLDER / target).exists(), f"a link to {target}"


def test_the_first_one_leads_to_every_other():
    first, *others = sorted(FOLDER.glob("*.ipynb"))
    text = "\n".join(prose(nbformat.read(first, as_version=4)))
    assert not [other.name for other in others if f"]({other.name})" not in text]
