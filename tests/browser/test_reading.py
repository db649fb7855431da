"""A committed notebook read in JupyterLab, not run and not trusted: what was shown is there, with its words."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.browser

FINDING = 'Half of the "given" hours reach customers.'
PRICES = "It costs $20 per user, and $400 a month"
CELL = f"""
import cstoolkit as cs
import pandas as pd
from cstoolkit import theme
ax = theme.axes(width=6, height=3)
ax.barh(["given", "worked"], [80, 160])
cs.show(ax, {FINDING!r})
cs.say("The plan needs **{{people:.1f}} people**.", people=12.34)
cs.show_table(pd.DataFrame({{"tier": ["high", "low"], "customers": [12, 1200]}}), caption="Customers by tier")
cs.say("{{said}}", said={PRICES!r})
cs.show_table(pd.DataFrame({{"said": [{PRICES!r}]}}), caption="Prices")
"""


@pytest.fixture
def notebook(lab):
    """An executed notebook in the folder that JupyterLab serves."""
    written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL.strip())])
    NotebookClient(written, timeout=60, kernel_name="python3").execute()
    nbformat.write(written, lab.folder / "reading.ipynb")
    return "reading.ipynb"


def test_pictures_sentences_and_tables_are_there_without_running(page, lab, notebook):
    page.goto(lab.page(notebook))
    outputs = page.locator(".jp-OutputArea").first
    image = outputs.get_by_role("img", name=FINDING)
    image.wait_for()
    assert image.evaluate("image => image.naturalWidth") >= 6 * 96, "the picture's bytes were kept"
    assert image.evaluate("image => image.clientWidth") <= 6 * 96
    assert outputs.locator("strong").inner_text() == "12.3 people"
    table = outputs.get_by_role("table", name="Customers by tier")
    assert table.get_by_role("columnheader").all_inner_texts() == ["tier", "customers"]
    assert table.get_by_role("cell").last.inner_text() == "1,200"
    told = outputs.get_by_role("table", name="Prices").get_by_role("cell").inner_text()
    assert told == PRICES
    assert outputs.get_by_text(PRICES).count() == 2
    assert outputs.locator("mjx-container, .MathJax").count() == 0, "a price is no formula"
