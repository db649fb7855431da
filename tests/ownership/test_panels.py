"""The panel of ownership: every choice is drawn, and the sentence says what the check finds."""

from __future__ import annotations

import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.ownership import panels as ownership


def test_every_choice_is_drawn(company):
    panel = ownership.panel(company)
    for name, control in panel.controls.items():
        for value in control.options:
            panel.set(**{name: value})
            assert panel.error is None and panel.picture
        panel.set(**{name: panel._start[name]})


def test_the_sentence_names_the_breach_and_the_practice(company):
    panel = ownership.panel(company)
    assert panel.sentence.startswith("No breach") and "of CS's hours on renewals" in panel.sentence
    assert panel.set(cs_from="kickoff").startswith(
        "2 breaches: CS does not take part in: rate the fit. (1 more)"
    )
    panel.set(cs_from="rate the fit", sales_until="close the first contract")
    assert panel.sentence.startswith(
        "No breach, but mind: From close the first contract to kickoff"
    )


def test_without_activities_it_says_nothing_of_practice():
    customers = pd.DataFrame({"customer_id": ["a"]})
    contracts = pd.DataFrame(
        {"customer_id": ["a"], "starts_on": ["2024-01-01"], "ends_on": [None], "arr": [1.0]}
    )
    company = Company.from_tables(
        name="A", currency="EUR", as_of="2024-12-31", customers=customers, contracts=contracts
    )
    assert "hours on renewals" not in ownership.panel(company).sentence
