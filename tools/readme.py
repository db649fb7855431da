"""Write README's table of notebooks from their own cards: `python tools/readme.py` (a part of `make notebooks`)."""

from __future__ import annotations

import re
from pathlib import Path

import work

README = Path(__file__).parent.parent / "README.md"
HEAD = "| notebook | question | minutes |\n|---|---|---|\n"
TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")


def row(notebook: Path) -> str:
    """One notebook: the title up to its colon, what comes after, and the minutes of the card added up."""
    card = work.cells(notebook)[0]["source"]
    name, asked = re.match(r"# (.+?): (.+)", card).groups()
    minutes = sum(map(int, re.findall(r"(\d+) minutes", card)))
    return f"| [{name}](notebooks/{notebook.name}) | {asked[0].upper()}{asked[1:]} | {minutes} |\n"


def table() -> str:
    """The table of all notebooks, in their order."""
    return HEAD + "".join(row(notebook) for notebook in sorted(work.ORIGINALS.glob("*.ipynb")))


def main() -> None:
    """Put the table in the place of the one that stands there."""
    text = README.read_text(encoding="utf-8")
    README.write_text(TABLE.sub(lambda _: table(), text), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
