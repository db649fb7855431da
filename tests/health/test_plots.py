"""The pictures say what their tables say, in text that can be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import cstoolkit as cs
from cstoolkit import health, theme
from cstoolkit.health import plots as pictures
from cstoolkit.health import words


def texts(ax):
    return [text.get_text() for text in ax.get_figure(root=True).findobj(Text) if text.get_text()]


def title(ax):
    return ax.get_title(loc="left").replace("\n", " ")


@pytest.fixture(scope="module")
def queue():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"customer_id": [f"C{i}" for i in range(30)], "product": "p"})
    rows["name"] = [f"Name $a_{i}$" for i in range(30)]
    rows["renews_on"], rows["days"], rows["age"] = pd.Timestamp("2025-06-01"), 90, 400.0
    rows["arr"], rows["risk"] = rng.uniform(1e4, 9e4, 30), rng.uniform(0.05, 0.9, 30)
    rows["at_risk"] = rows["arr"] * rows["risk"]
    rows[["score", "handoffs"]], rows["said_on"], rows["reasons"] = 1.0, pd.NaT, ""
    return health.rank(rows, health.Costs(), 60)


def test_the_queue_names_customers_as_they_are_called(queue):
    ax = pictures.queue(queue, "EUR")
    assert any("Name $a_" in text for text in texts(ax))
    assert title(ax) == words.queue_finding(queue)
    assert len(ax.patches) == 12


def test_the_title_of_the_lift_is_the_table_of_the_judge(past):
    rows = past[past["lead"] == 90]
    found = health.judge(rows, capacity=0.3)["found"].max()
    assert f"finds {found:.0%} of the churn" in title(pictures.lift(rows, 0.3))


def test_calibration_draws_all_bins(past):
    table = health.calibration(past[past["lead"] == 90])
    ax = pictures.calibration(table)
    assert len(ax.lines[1].get_xdata()) == len(table)


def test_leads_run_towards_the_end_of_the_contract(past):
    ax = pictures.leads(health.judge(past, "lead"), {"the truth": 0.9})
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["30", "90"]
    assert ax.get_xticks()[0] > ax.get_xticks()[1], "30 days before the end lies to the right"


def test_signs_and_profiles_show_every_row(company):
    table = health.signs(company)
    assert title(pictures.signs(table, 4)) == words.signs_finding(table)
    divided = health.segments(company, 3, halves=1)
    said = " ".join(texts(pictures.profiles(divided.profile)))
    assert all(name in said for name in divided.profile["segment"])


def test_every_text_is_large_enough_and_a_picture_has_words(queue):
    ax = pictures.scores({"by evidence": (0.8, 0.75, 0.85)})
    for each in (ax, pictures.queue(queue, "EUR"), pictures.queue(queue.iloc[:0], "EUR")):
        figure = each.get_figure(root=True)
        figure.canvas.draw()
        shown = [text for text in figure.findobj(Text) if text.get_text()]
        assert min(text.get_fontsize() for text in shown) >= theme.TEXT
    cs.show(ax, "The score by evidence is right in 80% of pairs.")
