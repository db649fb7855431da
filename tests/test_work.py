"""A learner's own copies of the notebooks: without outputs and notes to the teacher, and never overwritten."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import lab
import nbformat
import pytest
import work

ROOT = Path(__file__).parent.parent


@pytest.fixture
def place(tmp_path):
    """A folder of two originals, and a folder of copies that is not there yet."""
    originals = tmp_path / "notebooks"
    originals.mkdir()
    for name in ("00_start_here", "04_time_to_value"):
        shutil.copy(work.ORIGINALS / f"{name}.ipynb", originals)
    return originals, tmp_path / "work"


def write(path, text):
    """Add a cell to a notebook, as somebody who works on it."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell(text))
    nbformat.write(notebook, path)


@pytest.mark.parametrize("path", sorted(work.ORIGINALS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_copy_is_the_original_without_what_would_spoil_it(path):
    original, copy = nbformat.read(path, as_version=4), nbformat.reads(work.copy_of(path), 4)
    nbformat.validate(copy)
    kept = [cell for cell in original.cells if "instructor" not in cell.metadata.get("tags", [])]
    assert [cell.id for cell in copy.cells] == [cell.id for cell in kept]
    assert "For the teacher" not in work.copy_of(path)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in copy.cells)
    for mine, theirs in zip(copy.cells, kept, strict=True):
        if "exercise" in mine.metadata.get("tags", []):
            (number,) = re.findall(r"^check\((\d+), \w+\)$", mine.source, re.MULTILINE)
            asked = re.sub(
                r"(?m)^recommendation = .*", 'recommendation = """\n\n"""', theirs.source
            )
            ready = f"\n# hint({number})\n# solution({number})"
            assert mine.source == asked.removesuffix(ready) + ready
            assert mine.source.count("# hint(") == mine.source.count("# solution(") == 1
        else:
            assert mine.source == theirs.source.replace("# NBVAL_CHECK_OUTPUT\n", "")


def test_exercises_are_numbered_in_their_order_and_all_are_tagged():
    for path in work.ORIGINALS.glob("*.ipynb"):
        asked = [cell for cell in work.cells(path) if re.search(r"^check\(", cell["source"], re.M)]
        assert [work.exercise_number(cell["source"]) for cell in asked] == [
            str(at) for at in range(1, len(asked) + 1)
        ]
        assert all(work.tagged(cell, "exercise") for cell in asked)


def test_the_decision_has_room_for_several_lines():
    for path in work.ORIGINALS.glob("*.ipynb"):
        last = [cell for cell in work.cells(path) if work.tagged(cell, "exercise")][-1]
        assert last["source"].startswith("recommendation = ..."), path.name


def test_a_copy_that_was_opened_and_saved_is_not_changed(place):
    originals, copies = place
    work.prepare(originals, copies)
    mine = copies / "04_time_to_value.ipynb"
    before = mine.read_bytes()
    nbformat.write(nbformat.read(mine, as_version=4), mine)
    assert mine.read_bytes() == before


def test_a_new_original_renews_an_untouched_copy_and_leaves_a_learners_work(place):
    originals, copies = place
    assert work.prepare(originals, copies) == []
    write(copies / "04_time_to_value.ipynb", "my notes")
    mine = (copies / "04_time_to_value.ipynb").read_text(encoding="utf-8")
    assert work.prepare(originals, copies) == [], "nothing new: nothing to say"
    for name in ("00_start_here", "04_time_to_value"):
        write(originals / f"{name}.ipynb", "new in this edition")
    (said,) = work.prepare(originals, copies)
    assert "04_time_to_value.ipynb has a newer original" in said
    assert "make reset NOTEBOOK=04" in said
    assert (copies / "04_time_to_value.ipynb").read_text(encoding="utf-8") == mine
    assert "new in this edition" in (copies / "00_start_here.ipynb").read_text(encoding="utf-8")


def test_an_original_that_was_only_executed_again_is_not_newer(place):
    originals, copies = place
    work.prepare(originals, copies)
    write(copies / "04_time_to_value.ipynb", "my notes")
    original = nbformat.read(originals / "04_time_to_value.ipynb", as_version=4)
    for cell in original.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(original, originals / "04_time_to_value.ipynb")
    assert work.prepare(originals, copies) == []


def test_reset_begins_one_notebook_anew_and_keeps_the_old_copy(place):
    originals, copies = place
    work.prepare(originals, copies)
    for name in ("00_start_here", "04_time_to_value"):
        write(copies / f"{name}.ipynb", "my notes")
    (said,) = work.reset("4", originals, copies)
    assert "begins anew" in said and str(Path("work/before/04_time_to_value.ipynb")) in said
    assert "my notes" not in (copies / "04_time_to_value.ipynb").read_text(encoding="utf-8")
    assert "my notes" in (copies / "before" / "04_time_to_value.ipynb").read_text(encoding="utf-8")
    assert "my notes" in (copies / "00_start_here.ipynb").read_text(encoding="utf-8")
    assert len(work.reset("all", originals, copies)) == 2
    with pytest.raises(ValueError, match="no notebook '77'; name one of 00, 04, or all"):
        work.reset("77", originals, copies)


def test_the_guide_holds_every_note_once_under_its_heading():
    told = work.guide()
    notes = [
        cell["source"]
        for path in work.ORIGINALS.glob("*.ipynb")
        for cell in work.cells(path)
        if work.tagged(cell, "instructor")
    ]
    assert notes and all(told.count(note) == 1 for note in notes)
    assert told.count("\n## ") == len(list(work.ORIGINALS.glob("*.ipynb")))


def test_the_folder_of_copies_is_ignored_by_git():
    assert "work/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_own_data_are_found_from_where_the_command_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = lab.environment({"CSTOOLKIT_DATA": "mine", "JUPYTER_CONFIG_PATH": "theirs"})
    assert told["CSTOOLKIT_DATA"] == str(tmp_path / "mine")
    assert told["JUPYTER_CONFIG_PATH"].endswith(os.pathsep + "theirs")
    assert "CSTOOLKIT_DATA" not in lab.environment({})


def test_a_folder_that_is_not_there_is_told_before_the_course_opens(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "notebooks").mkdir()
    ran = subprocess.run(
        [sys.executable, tmp_path / "tools" / "lab.py"],
        env=os.environ | {"CSTOOLKIT_DATA": "nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.strip().startswith("There is no folder nowhere (named by")


def test_the_settings_are_json():
    settings = ROOT / "tools" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    assert json.loads(settings.read_text(encoding="utf-8"))[
        "@jupyterlab/apputils-extension:notification"
    ]
