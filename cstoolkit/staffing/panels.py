"""Play with the staffing answer: which benchmark, how much of a day, how many hours, customers?"""

from __future__ import annotations

from collections.abc import Mapping

from cstoolkit import staffing, theme
from cstoolkit.controls import Panel, choice, slider, slider_for
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
    ['benchmark', 'customers', 'hours', 'tools', 'utilisation']
    """
    customers = staffing.base(company)
    bottom = staffing.bottom_up(customers, staffing.effort(company), staffing.Capacity())
    published = staffing.benchmarks(customers, company.currency, fx=fx)
    paid_by = dict(iter(published.groupby("benchmark", sort=False)))

    def draw(
        benchmark: str, utilisation: float, hours: float, tools: float, customers: float
    ) -> tuple:
        grown = 1 + customers
        count = (bottom["customers"] * grown).round().astype("int64")
        base = bottom.assign(customers=count, arr=bottom["arr"] * grown)
        work = base["hours"] * hours * (1 - tools) * grown
        capacity = staffing.Capacity(utilisation=utilisation)
        needed = base.assign(hours=work, csms=work / capacity.for_customers)
        paid = base.assign(csms=paid_by[benchmark]["csms"].to_numpy() * grown)
        answer = staffing.reconcile(paid, needed, currency=company.currency)
        ax = theme.axes(height=1.5 + 0.65 * len(bottom))  # controls and picture on one screen
        sentence = f"{words.finding(answer.total)}. {words.in_units(answer.total)}"
        return pictures.approaches(answer.table, ax), sentence

    return Panel(
        draw,
        {
            "benchmark": choice("budget by", list(paid_by)),
            "utilisation": slider_for(staffing.Capacity(), "utilisation"),
            "hours": slider(
                "hours a customer, against now", 1.0, 0.5, 1.5, unit="share", step=0.05
            ),
            "tools": slider("hours that tools take over", 0.0, 0.0, 0.5, unit="share", step=0.02),
            "customers": slider("more customers", 0.0, -0.2, 1.0, unit="share", step=0.05),
        },
    )
