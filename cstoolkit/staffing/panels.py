"""Play with the staffing answer: which benchmark, how much of a working day, how many hours, how many customers?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cstoolkit import display, staffing, theme
from cstoolkit.controls import Panel, choice, slider, slider_for
from cstoolkit.data.company import Company
from cstoolkit.staffing import plots as pictures


def panel(company: Company, *, fx: Mapping[str, float] | None = None) -> Panel:
    """The two approaches side by side, for the company's customers as of today.

    Tiers and hours are the company's own, or rules of ours where it has none (``staffing.basis`` says which). A benchmark of ARR in
    another currency than the company's is offered only if `fx` says what one unit of that is worth, as ``{"USD": 150.0}``.

    >>> import cstoolkit as cs
    >>> shown = panel(cs.load_company())
    >>> sorted(shown.controls)
    ['benchmark', 'customers', 'hours', 'tools', 'utilisation']
    """
    customers = staffing.base(company)
    bottom = staffing.bottom_up(customers, staffing.effort(company), staffing.Capacity())
    published = staffing.offers(customers, company.currency, fx=fx)
    offers = {
        name: rows.reset_index(drop=True)
        for name, rows in published.groupby("benchmark", sort=False)
    }

    def draw(
        benchmark: str, utilisation: float, hours: float, tools: float, customers: float
    ) -> tuple:
        capacity = staffing.Capacity(utilisation=utilisation)
        work = hours * (1 - tools) * (1 + customers)
        needed = bottom.assign(hours=bottom["hours"] * work)
        needed["csms"] = needed["hours"] / capacity.for_customers
        paid = offers[benchmark]
        paid = paid.assign(csms=paid["csms"] * (1 + customers))
        both = [_grown(frame, customers) for frame in (paid, needed)]
        answer = staffing.reconcile(*both, currency=company.currency)
        rows = len(answer.table) - 1
        ax = theme.axes(height=1.5 + 0.65 * rows)  # controls and picture on one screen
        return pictures.approaches(answer.table, ax), _sentence(answer)

    return Panel(
        draw,
        {
            "benchmark": choice("budget by", list(offers)),
            "utilisation": slider_for(staffing.Capacity(), "utilisation"),
            "hours": slider(
                "hours a customer, against now", 1.0, 0.5, 1.5, unit="share", step=0.05
            ),
            "tools": slider("hours that tools take over", 0.0, 0.0, 0.5, unit="share", step=0.02),
            "customers": slider("more customers", 0.0, -0.2, 1.0, unit="share", step=0.05),
        },
    )


def _grown(answer: pd.DataFrame, more: float) -> pd.DataFrame:
    """The answer for `more` customers of the same kind; counts of customers are whole."""
    count = np.round(answer["customers"] * (1 + more)).astype("int64")
    return answer.assign(customers=count, arr=answer["arr"] * (1 + more))


def _sentence(answer: staffing.Reconciliation) -> display.Shown:
    return display.sentence_of(
        "The work needs **{needed:.1f} CSMs**, the budget pays for **{paid:.1f}**: {verdict}. "
        "One CSM would hold {held:.0f} customers under the plan, {asked:.0f} under the budget.",
        needed=answer.total["csms_bottom_up"],
        paid=answer.total["csms_top_down"],
        verdict=answer.total["verdict"],
        held=answer.total["customers_per_csm_bottom_up"],
        asked=answer.total["customers_per_csm_top_down"],
    )
