"""Play with the staffing answer: which benchmark, how much of a day, how many hours, people?"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cstoolkit import staffing, theme
from cstoolkit.controls import Panel, choice, slider
from cstoolkit.data.company import Company
from cstoolkit.staffing import plots as pictures
from cstoolkit.staffing import words


def panel(company: Company, *, fx: Mapping[str, float] | None = None) -> Panel:
    """The two approaches side by side, for the company's customers as of today.

    Tiers and hours are the company's own, or rules of ours where it has none (``staffing.basis``
    says which). A benchmark of ARR in another currency than the company's is there only if `fx`
    says what one unit of that is worth, as ``{"USD": 150.0}``.

    >>> import cstoolkit as cs
    >>> shown = panel(cs.load_company())
    >>> sorted(shown.controls)
    ['benchmark', 'hours', 'more', 'tools', 'utilisation']
    """
    customers = staffing.base(company)
    bottom = staffing.bottom_up(customers, staffing.effort(company), staffing.Capacity())
    published = staffing.benchmarks(customers, company.currency, fx=fx)
    paid_by = dict(iter(published.groupby("benchmark", sort=False)))

    paid, needed = (frame["csms"].sum() for frame in (next(iter(paid_by.values())), bottom))
    close = paid / needed if needed else 1.0  # what one slider alone must reach
    gap = math.ceil(abs(needed - paid))

    def draw(benchmark: str, utilisation: float, hours: float, tools: float, more: float) -> tuple:
        work = bottom["hours"] * hours * (1 - tools)
        capacity = staffing.Capacity(utilisation=utilisation)
        needed = bottom.assign(hours=work, csms=work / capacity.for_customers)
        paid = bottom.assign(
            csms=_with(paid_by[benchmark]["csms"].to_numpy(), needed["csms"], more)
        )
        answer = staffing.reconcile(paid, needed, currency=company.currency)
        ax = theme.axes(height=1.5 + 0.65 * len(bottom))  # controls and picture on one screen
        sentence = f"{words.finding(answer.total)}. {words.in_units(answer.total)}"
        return pictures.approaches(answer.table, ax), sentence

    share = staffing.Capacity().utilisation
    low, high = _five(min(0.5, close)), _five(max(1.5, close), up=True)
    most = _five(min(0.95, max(0.5, 1 - close)), up=True)
    return Panel(
        draw,
        {
            "benchmark": choice("budget by", list(paid_by)),
            "utilisation": slider("hours for customers", share, 0.4, 1.0, unit="share", step=0.01),
            "hours": slider("hours given, of today's", 1.0, low, high, unit="share", step=0.01),
            "tools": slider("done by tools", 0.0, 0.0, most, unit="share", step=0.01),
            "more": slider("people beyond budget", 0.0, -5.0 - gap, 5.0 + gap, step=0.1),
        },
    )


def _with(paid: np.ndarray, needed: pd.Series, more: float) -> np.ndarray:
    """The budget's people by segment with `more` in all: they go where most are missing."""
    if more < 0:
        return paid * max(0.0, 1 + more / paid.sum())
    lacking = np.maximum(needed.to_numpy() - paid, 0)
    weight = lacking if lacking.sum() else needed.to_numpy()
    return paid + more * weight / max(weight.sum(), 1e-9)


def _five(share: float, *, up: bool = False) -> float:
    """A share rounded down, or up, to whole steps of 5%."""
    return (math.ceil if up else math.floor)(round(share * 20, 6)) / 20
