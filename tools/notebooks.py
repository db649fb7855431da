"""Execute the notebooks in place, each from a fresh kernel: `make notebooks`.

A notebook is written only when all its cells ran without an error and without a warning. What would differ from one run to the
next without telling a reader anything (times of execution, ids of widgets, the patch version of Python) is left out.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

FOLDER = Path(__file__).parent.parent / "notebooks"
CELL_SECONDS = 120
SCRIPT = "application/javascript"
WIDGET = "application/vnd.jupyter.widget-view+json"


def settle(data: dict[str, str], number: int) -> None:
    """Leave out of a cell's output what is random: views of widgets, addresses in memory, ids of styled tables, folders for
    temporary files."""
    data.pop(WIDGET, None)
    for kind in ("text/plain", "text/html"):
        if kind in data:
            made = re.escape(os.path.join(tempfile.gettempdir(), "cstoolkit_")) + r"\w+"
            data[kind] = re.sub(made, "a temporary folder", data[kind])
    if "text/plain" in data:
        data["text/plain"] = re.sub(r" at 0x[0-9a-f]+", "", data["text/plain"])
    if "text/html" in data:
        data["text/html"] = re.sub(r"\bT_[0-9a-f]{5}", f"T_{number:05x}", data["text/html"])


def execute(path: Path) -> str:
    """Execute one notebook and write it back; what went wrong, or an empty string."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return str(error)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    warned = "".join(
        output.text
        for output in outputs
        if output.output_type == "stream" and output.name == "stderr"
    )
    if warned:
        return f"a cell printed to stderr:\n{warned}"
    for cell in notebook.cells:
        if cell.cell_type == "code":  # what a panel tells the browser is for its own moment
            cell.outputs = [each for each in cell.outputs if SCRIPT not in each.get("data", {})]
    for number, output in enumerate(outputs):
        settle(output.get("data", {}), number)
    notebook.metadata.kernelspec = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    beside = path.with_suffix(".part")
    nbformat.write(notebook, beside)
    os.replace(beside, path)
    return ""


def main() -> int:
    """Execute all notebooks, print how long each took, and return the exit code."""
    failed = []
    os.environ.pop("CSTOOLKIT_DATA", None)  # committed notebooks show the bundled company
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CSTOOLKIT_PROGRESS"] = str(Path(folder) / "progress.json")
        for path in sorted(FOLDER.glob("*.ipynb")):
            begun = time.perf_counter()
            problem = execute(path)
            print(
                f"{path.name}: {time.perf_counter() - begun:.1f} s{', NOT written' if problem else ''}",
                flush=True,
            )
            if problem:
                failed.append(path.name)
                print(problem, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
