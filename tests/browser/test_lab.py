"""`make lab` as a newcomer meets it: their own copy of notebook 00, no question, and a word where the kernel has forgotten."""

from __future__ import annotations

import nbformat
import pytest

pytestmark = pytest.mark.browser

RUN = """
async (index) => {
    const opened = window.jupyterapp.shell.currentWidget;
    await opened.context.ready;
    await opened.sessionContext.ready;
    opened.content.activeCellIndex = index;
    return await window.jupyterapp.commands.execute("notebook:run-cell");
}
"""


def place_of(lab, name, tag):
    """Where the first cell with a tag stands in a copy."""
    cells = nbformat.read(lab.folder / name, as_version=4).cells
    return next(at for at, cell in enumerate(cells) if tag in cell.metadata.get("tags", []))


def test_the_course_opens_at_the_first_notebook_and_asks_nothing(page, lab):
    page.goto(lab.first_page)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_role("heading", name="00 Start here").wait_for()
    page.wait_for_timeout(4000)
    assert page.locator(".jp-toast-button, .Toastify__toast").count() == 0, "no question about news"
    assert page.locator(".jp-OutputArea-output").count() == 0, "nothing answered beforehand"
    assert page.get_by_text("For the teacher").count() == 0


def test_a_kernel_that_has_forgotten_says_which_cells_to_run(page, lab):
    page.goto(lab.page("00_start_here.ipynb"))
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    at = place_of(lab, "00_start_here.ipynb", "exercise")
    page.evaluate(RUN, at)
    output = page.locator(".jp-Notebook .jp-Cell").nth(at).locator(".jp-OutputArea-output")
    output.wait_for()
    assert output.inner_text().startswith("Run the cells above this one first")


def test_a_page_of_the_kit_opens_as_a_page(page, lab):
    page.goto(
        lab.page("00_start_here.ipynb").replace("work/00_start_here.ipynb", "docs/glossary.md")
    )
    page.locator(".jp-MarkdownViewer table").first.wait_for()
