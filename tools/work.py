"""A learner's own copies of the notebooks, in `work/`.

    python tools/work.py              copy the notebooks that are not there yet
    python tools/work.py reset 04     begin notebook 04 anew (reset all: every one); the old copy goes to work/before/
    python tools/work.py guide        gather the notes to the teacher in work/instructor_guide.md

A copy has no outputs and no notes to the teacher, and each exercise has its hint and its solution ready, and room for several lines where a
recommendation is asked. What a learner has changed is
never overwritten. Needs nothing but Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ORIGINALS = ROOT / "notebooks"
WORK = ROOT / "work"
FOR_TESTS = "# NBVAL_CHECK_OUTPUT\n"
RECOMMEND, SEVERAL_LINES = r"^recommendation = \.\.\..*$", 'recommendation = """\n\n"""'
"""Room for a text of several lines, quotes and all; empty, it is not answered."""
RECORD = ".copied.json"
"""In the folder of copies: the hash of each copy as it was made, by its name."""


def cells(path: Path) -> list[dict]:
    """The cells of a notebook, each source as one text."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


def tagged(cell: dict, tag: str) -> bool:
    return tag in cell["metadata"].get("tags", [])


def exercise_number(source: str) -> str:
    """The number of the exercise that a cell checks."""
    return re.search(r"\bcheck\((\d+)", source)[1]


def copy_of(original: Path) -> str:
    """The text of a learner's copy."""
    notebook = json.loads(original.read_text(encoding="utf-8"))
    kept = [cell for cell in cells(original) if not tagged(cell, "instructor")]
    for cell in kept:
        cell["source"] = cell["source"].removeprefix(FOR_TESTS)
        if tagged(cell, "exercise"):
            number = exercise_number(cell["source"])
            cell["source"] = re.sub(RECOMMEND, SEVERAL_LINES, cell["source"], flags=re.MULTILINE)
            help_ready = f"\n# hint({number})\n# solution({number})"
            cell["source"] = cell["source"].removesuffix(help_ready) + help_ready
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
        cell["source"] = cell["source"].splitlines(keepends=True)
    # As JupyterLab writes it: a notebook that was only opened and saved counts as not changed.
    return (
        json.dumps(notebook | {"cells": kept}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    )


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def prepare(originals: Path = ORIGINALS, work: Path = WORK) -> list[str]:
    """Make the copies that are missing, and renew those that nobody has changed; what there is to say."""
    made, said = _made(work), []
    for original in sorted(originals.glob("*.ipynb")):
        name, new, mine = original.name, copy_of(original), work / original.name
        now = hash_of(mine.read_text(encoding="utf-8")) if mine.exists() else None
        if now in (None, made.get(name)):
            _put(work, name, new, made)
        elif made.get(name) != hash_of(new):
            said.append(
                f"{name} has a newer original. Your copy stays as it is; to take the new one: {_reset(name)}"
            )
    return said


def reset(which: str, originals: Path = ORIGINALS, work: Path = WORK) -> list[str]:
    """Begin one notebook anew, named by its number, or `all` of them; what there is to say.

    A copy that was changed is kept in a folder beside, in place of the one kept there before. Raises ValueError for a number that no
    notebook has.
    """
    there = sorted(originals.glob("*.ipynb"))
    which = which.zfill(2)
    chosen = [path for path in there if which in ("all", path.name, path.stem, path.name[:2])]
    if not chosen:
        numbers = ", ".join(path.name[:2] for path in there)
        raise ValueError(f"there is no notebook {which!r}; name one of {numbers}, or all.")
    made, said = _made(work), []
    for original in chosen:
        name, mine = original.name, work / original.name
        kept = ""
        if mine.exists() and hash_of(mine.read_text(encoding="utf-8")) != made.get(name):
            aside = work / "before" / name
            aside.parent.mkdir(exist_ok=True)
            os.replace(mine, aside)
            kept = f" Your old copy is {aside.relative_to(work.parent)}."
        _put(work, name, copy_of(original), made)
        said.append(
            f"{name} begins anew.{kept} If it is open: File, Reload Notebook from Disk, and Kernel, Restart."
        )
    return said


def guide(originals: Path = ORIGINALS) -> str:
    """The notes to the teacher of all notebooks, each under the heading that it stands below."""
    lines = [
        "# Instructor's guide",
        "",
        "The notes that stand in the notebooks, in their order. Gathered by `make guide`.",
    ]
    for path in sorted(originals.glob("*.ipynb")):
        heading = ""
        for cell in cells(path):
            if tagged(cell, "instructor"):
                lines += ["", f"### {heading}", "", cell["source"]]
            elif cell["cell_type"] == "markdown":
                titles = re.findall(r"^#+ (.+)$", cell["source"], re.MULTILINE)
                if re.match(r"# ", cell["source"]):
                    lines += ["", f"## {titles[0]}", "", f"Notebook: {path.name}"]
                heading = titles[-1] if titles else heading
    return "\n".join(lines) + "\n"


def _reset(name: str) -> str:
    return f"make reset NOTEBOOK={name[:2]} (without make: python tools/work.py reset {name[:2]})"


def _made(work: Path) -> dict[str, str]:
    """The hashes of the copies as they were made."""
    place = work / RECORD
    return json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}


def _put(work: Path, name: str, text: str, made: dict[str, str]) -> None:
    """Write a copy and its hash."""
    work.mkdir(exist_ok=True)
    made[name] = hash_of(text)
    for place, content in (
        (work / name, text),
        (work / RECORD, json.dumps(made, indent=1, sort_keys=True) + "\n"),
    ):
        place.write_text(content, encoding="utf-8", newline="\n")


def main(command: str = "", which: str = "") -> int:
    """Run one of the commands, and return the exit code."""
    if command == "guide":
        WORK.mkdir(exist_ok=True)
        place = WORK / "instructor_guide.md"
        place.write_text(guide(), encoding="utf-8", newline="\n")
        print(f"The instructor's guide is {place.relative_to(ROOT)}.")
        return 0
    try:
        said = reset(which) if command == "reset" else prepare()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(said) if said else "Your notebooks are in work/.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
