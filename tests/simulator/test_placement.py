"""A design as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from cstoolkit import org, simulator

STAFF = simulator.Staffing()


@pytest.fixture(scope="module")
def placed(company):
    world = simulator.start(company, weeks=52)
    return {
        name: simulator.place(world, design, STAFF)
        for name, design in simulator.contenders(company).items()
    }


def test_all_work_falls_to_somebody(placed):
    for name, placement in placed.items():
        assert placement.share.sum(axis=2) == pytest.approx(1, abs=1e-6), name
        assert placement.split.sum(axis=1) == pytest.approx(1), name
        assert (placement.split.sum(axis=0) > 0).all(), name


def test_today_and_the_divisions_have_the_same_people(placed):
    seats = {(len(each.opens), each.hours.sum().round(6)) for each in placed.values()}
    assert len(seats) == 1


def test_a_contact_sits_in_the_team_that_serves(placed):
    for name in ("account", "phase", "hierarchy"):
        placement = placed[name]
        team = placement.split[placement.seat, placement.unit[:, :, 0]]
        assert (team > 0).all(), name


def test_gains_follow_what_divides(placed):
    gains = {name: {k: v.mean() for k, v in p.gains.items()} for name, p in placed.items()}
    assert gains["account"]["industry"] > 0.9 and gains["account"]["phase"] < 0.05
    assert gains["phase"]["phase"] > 0.9 and gains["phase"]["industry"] < 0.05
    assert gains["feature"]["feature"] > 0.9 > gains["phase"]["feature"] == 0
    assert gains["hierarchy"]["industry"] > 0.5 and gains["hierarchy"]["phase"] > 0.5


def test_features_bring_more_contacts_and_hide_cross_sell(placed):
    assert placed["feature"].contacts.mean() > 1.5 > placed["account"].contacts.mean() == 1
    assert placed["feature"].visible.mean() < 0.2 and (placed["account"].visible == 1).all()


def test_contacts_change_with_the_phase_only_where_phases_divide(placed):
    for name, moves in (("account", 0.0), ("phase", 1.0)):
        seat = placed[name].seat
        assert (seat.min(axis=1) < seat.max(axis=1)).mean() == pytest.approx(moves, abs=0.05), name


def test_coordination_costs_and_specialists_gain(placed):
    a = simulator.Assumptions(coordination_cost=0.3, phase_gain=0.0)
    assert (placed["feature"].worth(a) >= 0.05).all()
    assert (
        placed["feature"].worth(a).mean() < placed["feature"].worth(simulator.Assumptions()).mean()
    )
    flat = simulator.Assumptions(
        phase_gain=0, industry_gain=0, feature_gain=0, closeness_gain=0, coordination_cost=0
    )
    assert (placed["matrix"].worth(flat) == 1).all()


def test_hires_go_where_the_work_is(company):
    world = simulator.start(company, weeks=52)
    design = org.build(company, "phase")
    more = simulator.place(world, design, simulator.Staffing(hires_a_year=10))
    assert len(more.opens) == len(design.people) + 10
    assert np.diff(more.opens[-10:]).tolist() == pytest.approx([5.2] * 9, abs=1)
