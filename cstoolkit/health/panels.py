"""Play with health: weights against evidence, and from which risk on acting pays."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from cstoolkit import health, theme
from cstoolkit.controls import Panel, slider, slider_for
from cstoolkit.data.company import Company
from cstoolkit.health import plots as pictures
from cstoolkit.health import words
from cstoolkit.stats import auc

WEIGHED = ("active_share", "logins_change", "features_used", "value", "score", "escalations")
"""The measures that the panel weighs first."""


def weights(company: Company, predictions: pd.DataFrame | None = None) -> Panel:
    """Weigh the measures yourself: does your score rank past renewals as well as the evidence does?

    Parameters
    ----------
    company : Company
    predictions : DataFrame, optional
        ``health.backtest(company)``, if it was computed already.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> sorted(weights(cs.load_company()).controls)[:2]
    ['active_share', 'escalations']
    """
    past = health.backtest(company, kinds=["logistic"]) if predictions is None else predictions
    known = health.features(company, past)
    able = health.MEASURES.index[health.MEASURES["bad"].notna()].intersection(known.columns)
    asked = [name for name in WEIGHED if name in able] + [
        name for name in able if name not in WEIGHED
    ]
    start = health.MEASURES["weight"].fillna(0.0)
    learned = auc(past["logistic"], past["churned"])

    def draw(**chosen: float) -> tuple:
        ax = theme.axes(height=2.9)
        found = {"by evidence": (learned.value, learned.low, learned.high)}
        if not any(chosen.values()):
            return pictures.scores(found, ax), "Give at least one measure a weight above 0."
        risk = 100 - health.points(known, chosen)["score"]
        judged = risk.notna()
        mine = auc(risk[judged], past["churned"][judged])
        found = {"by your weights": (mine.value, mine.low, mine.high)} | found
        return pictures.scores(found, ax), words.weights_finding(mine.value, learned.value)

    return Panel(
        draw,
        {
            name: slider(health.MEASURES.at[name, "label"], float(start[name]), 0, 5, step=0.5)
            for name in asked[:6]
        },
    )


def threshold(company: Company, model: health.Model | None = None) -> Panel:
    """Who is worth the work, by what an hour costs, what acting saves, and the hours there are.

    Parameters
    ----------
    company : Company
    model : Model, optional
        ``health.train(company)``, if it was trained already.
    """
    model = health.train(company) if model is None else model
    costs = health.Costs()
    every = health.queue(company, model)

    def draw(hours: float, hour: float, saved: float, available: float) -> tuple:
        chosen = replace(costs, hours=hours, hour=hour, saved=saved)
        rows = health.rank(every, chosen, available)
        ax = theme.axes(height=5)
        return pictures.queue(rows, company.currency, 8, ax), words.hours_finding(rows, chosen)

    return Panel(
        draw,
        {
            "hours": slider_for(costs, "hours", says="hours a renewal"),
            "hour": slider_for(
                costs, "hour", says="cost of work", unit=f"{company.currency} an hour"
            ),
            "saved": slider_for(costs, "saved", says="churn averted"),
            "available": slider("hours there are", 200, 0, 1000, unit="hours", step=10),
        },
    )
