"""Panels in a real JupyterLab: a slider moved by keyboard changes the picture and the sentence, soon."""

from __future__ import annotations

import statistics

import nbformat
import pytest

pytestmark = pytest.mark.browser

MOVES = 12

PANEL = """
from cstoolkit.controls import Panel, choice, slider_for
from cstoolkit import theme
from cstoolkit.staffing import Capacity

@theme.style()
def draw(hours, utilisation, people):
    ax = theme.axes(width=7, height=3.5)
    given = hours * utilisation * people
    ax.barh(["worked", "for customers"], [hours * people, given], color=[theme.MUTED, theme.MAIN])
    theme.label_bars(ax)
    return theme.finish(ax, f"{given:,.0f} hours reach customers", x="hours a month", grid="x"), f"{given:,.0f} hours reach customers."

Panel(draw, {
    "hours": slider_for(Capacity(), "hours"),
    "utilisation": slider_for(Capacity(), "utilisation"),
    "people": choice("people", [1, 5, 10], 5),
})
"""

RUN_ALL = """
async () => {
    const opened = window.jupyterapp.shell.currentWidget;
    await opened.context.ready;
    await opened.sessionContext.ready;
    return await window.jupyterapp.commands.execute("notebook:run-all-cells");
}
"""
"""The command behind Run, Run All Cells, once the kernel is there: run earlier, JupyterLab asks which one to take."""

WATCH = """
(image) => {
    window.waited = [];
    let pressed = null;
    document.addEventListener("keydown", () => { pressed = performance.now(); }, true);
    image.addEventListener("load", () => {
        if (pressed !== null) { window.waited.push(performance.now() - pressed); pressed = null; }
    });
}
"""


@pytest.fixture(params=["panel", "09_staffing"])
def notebook(request, lab):
    """A notebook with a panel, in the folder that JupyterLab serves: one of a single cell, and one of the course."""
    name = f"{request.param}.ipynb"
    if request.param == "panel":
        written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(PANEL.strip())])
        written.metadata.kernelspec = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(written, lab.folder / name)
    return name


def run_all(page, lab, notebook):
    page.goto(lab.page(notebook))
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    assert page.evaluate(RUN_ALL), "a cell failed"


def test_a_slider_moved_by_keyboard_changes_picture_and_sentence(page, lab, notebook, capsys):
    run_all(page, lab, notebook)
    panel = page.locator(".jp-OutputArea:has(img.widget-image)").first
    image, sentence = panel.locator("img.widget-image"), panel.get_by_role("status")
    image.wait_for()
    sentence.wait_for()
    slider = panel.get_by_role("slider").first
    assert (
        slider.get_attribute("aria-label")
        == panel.locator(".widget-slider .widget-label").first.inner_text()
    ), "a slider's handle is named by its label"
    cut = [
        each.inner_text()
        for each in panel.locator(".widget-label, .widget-readout").all()
        if each.evaluate("element => element.scrollWidth > element.clientWidth")
    ]
    assert not cut
    slider.focus()

    bytes_of = (
        "async (image) => [...new Uint8Array(await (await fetch(image.src)).arrayBuffer())].join()"
    )
    before = image.get_attribute("src"), image.evaluate(bytes_of), sentence.inner_text()
    image.evaluate(WATCH)
    for move in range(1, MOVES + 1):
        page.keyboard.press("ArrowRight" if move % 4 else "ArrowLeft")
        page.wait_for_function("count => window.waited.length >= count", arg=move)
    after = image.get_attribute("src"), image.evaluate(bytes_of), sentence.inner_text()

    assert all(new != old for new, old in zip(after, before, strict=True))
    assert image.get_attribute("title") == after[2], "the picture is named by its finding"
    waited = page.evaluate("window.waited")
    with capsys.disabled():
        print(
            f"\nslider to new picture: median {statistics.median(waited):.0f} ms, longest {max(waited):.0f} ms of {MOVES} moves"
        )
    assert statistics.median(waited) < 1000, "a slider that answers after a second is no slider"
