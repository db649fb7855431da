"""The panel of the staffing answer: it says what the functions say, for any company, at the ends of every control."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cstoolkit import staffing
from cstoolkit.data.company import Company
from cstoolkit.staffing.panels import panel


@pytest.fixture(scope="module")
def shown(company):
    """The bundled company's panel; each test sets the control it needs."""
    return panel(company)


@pytest.fixture(scope="module")
def bare():
    """Customers and contracts alone, in a currency for which no benchmark was published."""
    customers = pd.DataFrame({"customer_id": [f"c{at}" for at in range(40)]})
    contracts = customers.assign(
        starts_on="2024-01-01", ends_on=None, arr=[1_000.0 * (at + 1) for at in range(40)]
    )
    return Company.from_tables(
        name="Bare", currency="EUR", as_of="2025-06-30", customers=customers, contracts=contracts
    )


def test_it_draws_at_the_ends_of_every_control(shown):
    for control, widget in shown.controls.items():
        for value in [widget.min, widget.max] if hasattr(widget, "min") else widget.options:
            shown.set(**{control: value})
            assert shown.error is None and shown.picture
        shown.set(**{control: shown._start[control]})


def test_it_says_what_reconcile_says(company, shown):
    customers, effort = staffing.base(company), staffing.effort(company)
    top = staffing.top_down(customers, "accounts_per_csm_survey_mean", per="customers")
    assert shown.set(**shown._start).startswith(f"The budget pays for {top['csms'].sum():.1f} of")
    for utilisation in (0.6, 0.7):
        bottom = staffing.bottom_up(customers, effort, staffing.Capacity(utilisation=utilisation))
        answer = staffing.reconcile(top, bottom)
        said = shown.set(utilisation=utilisation)
        assert staffing.verdict(answer).startswith(said)


@pytest.mark.parametrize("control", ["benchmark", "utilisation", "hours", "tools", "more"])
def test_each_control_alone_can_close_the_gap(shown, control):
    assert shown.set(**shown._start).startswith("The budget pays for")
    widget = shown.controls[control]
    ends = () if control == "benchmark" else (widget.min, widget.max, 21)
    settings = np.linspace(*ends).round(2) if ends else widget.options
    assert any(
        shown.set(**{control: setting}).startswith("Both approaches agree") for setting in settings
    )


def test_benchmarks_in_another_currency_come_with_a_rate(bare):
    alone = panel(bare)
    assert len(alone.controls["benchmark"].options) == 1
    widget = alone.controls["more"]
    for more in (widget.min, widget.max):
        assert alone.set(more=more) and alone.error is None and alone.picture
    assert len(panel(bare, fx={"USD": 0.9}).controls["benchmark"].options) == 4
