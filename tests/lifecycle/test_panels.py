"""The panels of the journey: controls do what they say, every redraw is quick work, and a company with little still plays."""

from __future__ import annotations

import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import lifecycle
from cstoolkit.data.company import Company
from cstoolkit.lifecycle import panels


@pytest.fixture(scope="module")
def phases(company):
    return panels.panel(company)


@pytest.fixture(scope="module")
def stalls(company):
    truth = cs.load_truth()
    return panels.stalls(company, pd.concat([truth.stalls, truth.declines]))


@pytest.fixture
def bare():
    """A company with the required columns alone."""
    contracts = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "starts_on": ["2024-01-01", "2025-05-01"],
            "ends_on": ["2025-08-01", "2026-05-01"],
            "arr": 1000.0,
        }
    )
    customers = pd.DataFrame({"customer_id": ["a", "b"]})
    return Company.from_tables(
        name="Bare", currency="EUR", as_of="2025-06-30", customers=customers, contracts=contracts
    )


@pytest.fixture(autouse=True)
def back_to_the_start(request):
    yield
    for name in {"phases", "stalls"} & set(request.fixturenames):
        shown = request.getfixturevalue(name)
        shown.set(**shown._start)


@pytest.mark.parametrize("which", ["phases", "stalls"])
def test_it_draws_at_the_ends_of_every_control(which, request):
    panel = request.getfixturevalue(which)
    assert panel.error is None
    for name, control in panel.controls.items():
        if hasattr(control, "min"):
            ends = [control.min, control.max]
        else:
            options = list(
                control.options.values() if isinstance(control.options, dict) else control.options
            )
            ends = [options[0], options[-1]]
        for value in ends:
            panel.set(**{name: value})
            assert panel.error is None and panel.picture
        panel.set(**{name: panel._start[name]})


def test_the_sentence_is_what_the_rules_give(phases, company):
    date = list(phases.controls["date"].options.values())[4]
    told = phases.set(date=date, renewal_days=150, first="expansion")
    rules = lifecycle.PhaseRules(
        renewal_days=150, precedence=("expansion", "renewal", "onboarding", "adoption")
    )
    now, usual = lifecycle.current(company, date, rules), lifecycle.current(company, date)
    renewing = (now["phase"] == "renewal").sum()
    moved = (now["phase"].astype(str) != usual["phase"].astype(str)).sum()
    assert told.startswith(f"On {date:%Y-%m-%d}: {renewing:,} of {len(now):,} customers")
    assert moved > 0 and f"put {moved:,} in another phase" in told


def test_the_rules_at_the_start_move_nobody(phases):
    assert "put 0 in another phase" in phases.sentence
    assert "put 0 in another phase" not in phases.set(onboarding_ends="basic_value")


def test_a_stricter_monitoring_finds_less_and_is_right_more_often(stalls, company):
    first = stalls.sentence
    strict = stalls.set(certainty=4.0)
    opened = [int(each.split(" stalls")[0].replace(",", "")) for each in (first, strict)]
    right = [int(each.split(" so far ")[1].split("%")[0]) for each in (first, strict)]
    assert opened[0] > opened[1] > 0 and right[0] < right[1]
    rules = lifecycle.StallRules(certainty=4.0)
    assert opened[1] == lifecycle.stalls(company, rules)["ended_on"].isna().sum()


def test_without_the_truth_nothing_is_said_about_being_right(company):
    assert "are right" not in panels.stalls(company).sentence


def test_a_company_with_contracts_alone_plays_with_the_length_of_onboarding(bare):
    panel = panels.panel(bare)
    assert "onboarding_days" in panel.controls and "onboarding_latest" not in panel.controls
    assert panel.error is None and "1 of 2 customers" in panel.sentence
    assert "onboarding" in panel.set(onboarding_days=180) and panel.error is None
    with pytest.raises(cs.MissingData, match="usage"):
        panels.stalls(bare)


def test_signals_that_are_not_recorded_are_not_offered(company):
    from dataclasses import replace

    usage = company.usage.assign(logins=float("nan"))
    panel = panels.stalls(replace(company, usage=usage))
    assert (
        set(panel.controls["signals"].options) == {"users only", "users and features"}
        and panel.error is None
    )
