"""The panels say what the functions say, at the ends of every control."""

from __future__ import annotations

import pytest

from cstoolkit import health
from cstoolkit.health import panels
from cstoolkit.stats import auc


@pytest.fixture(scope="module")
def shown(company, past, model):
    return {
        "weights": panels.weights(company, past[past["lead"] == 90]),
        "threshold": panels.threshold(company, model),
    }


@pytest.mark.parametrize("name", ["weights", "threshold"])
def test_they_draw_at_the_ends_of_every_control(shown, name):
    panel = shown[name]
    for control, widget in panel.controls.items():
        for value in (widget.min, widget.max):
            panel.set(**{control: value})
            assert panel.error is None and panel.picture
        panel.set(**{control: panel._start[control]})


def test_no_weight_at_all_asks_for_one(shown):
    panel = shown["weights"]
    start = dict(panel._start)
    panel.set(**dict.fromkeys(panel.controls, 0.0))
    assert "Give at least one measure" in panel.sentence
    panel.set(**start)


def test_your_weights_are_judged_on_the_same_renewals(company, past, shown):
    panel = shown["weights"]
    alone = dict.fromkeys(panel.controls, 0.0) | {"active_share": 1.0}
    panel.set(**alone)
    rows = past[past["lead"] == 90]
    risk = 100 - health.points(health.features(company, rows), alone)["score"]
    known = risk.notna()
    assert f"{auc(risk[known], rows['churned'][known]).value:.0%} of pairs" in panel.sentence
