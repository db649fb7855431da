"""The panels of the growth stages: every control moves what it should, and nothing breaks at the ends."""

from __future__ import annotations

import pytest

from cstoolkit.stages import arr_per_csm, vacancy_break_even
from cstoolkit.stages import panels as stages


@pytest.fixture(scope="module")
def offices(company):
    return stages.panel(company)


@pytest.fixture(scope="module")
def vacancy(company):
    return stages.vacancy(company)


@pytest.mark.parametrize("name", ["offices", "vacancy"])
def test_it_draws_at_the_ends_of_every_control(name, request):
    panel = request.getfixturevalue(name)
    for control_name, control in panel.controls.items():
        ends = [control.min, control.max] if hasattr(control, "min") else control.options
        for value in ends:
            panel.set(**{control_name: value})
            assert panel.error is None and panel.picture
        panel.set(**{control_name: panel._start[control_name]})


def test_closeness_that_is_worth_nothing_pays_nowhere(company, offices):
    panel = offices
    others = company.snapshot()["region"].nunique() - 1
    assert f"of {others} regions besides the head office's" in panel.set(saved=0.06, won=0.1)
    # What travel saves remains, and does not pay for an office whose people cost more.
    assert panel.set(saved=0.0, won=0.0).endswith("pays nowhere.")


def test_a_large_book_is_worth_outsourcing(company, vacancy):
    panel = vacancy
    books = arr_per_csm(company).set_index("team")["arr"].drop("all")
    worth = books >= vacancy_break_even()
    assert set(worth) == {True, False}
    for team, outsourced in worth.items():
        cheaper = "outsourcing is cheaper" if outsourced else "leaving it open is cheaper"
        assert cheaper in panel.set(team=team), team
