"""The machine keeps its books: verification by name."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from cstoolkit import org, simulator, staffing
from cstoolkit.simulator import engine, mechanisms
from cstoolkit.simulator.mechanisms import RECORDS

FIELDS = ("records", "team", "books", "value_ages")
AMPLE = simulator.Staffing(capacity=staffing.Capacity(hours=160_000))


def same(one, other):
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in FIELDS)


@pytest.fixture(scope="module")
def plain(run):
    return run()


def test_customers_are_conserved(plain, world):
    customers, left = plain.weekly("customers"), plain.weekly("churned")
    start = world.customers["start"].to_numpy()
    signed = np.array([(start == week).sum() for week in range(plain.weeks)])
    before = np.concatenate([np.full((6, 1), (start < 0).sum()), customers[:, :-1]], axis=1)
    assert np.array_equal(customers, before + signed - left)


def test_arr_is_conserved_to_the_last_unit(plain, world):
    start = world.customers["start"] < 0
    first = np.full((6, 1), world.customers.loc[start, "arr"].sum())
    flows = {name: plain.weekly(name) for name in RECORDS if name.endswith("_arr")}
    change = flows["new_arr"] + flows["expanded_arr"]
    change = change - flows["churned_arr"] - flows["contracted_arr"]
    arr = plain.weekly("arr")
    before = np.concatenate([first, arr[:, :-1]], axis=1)
    assert np.abs(arr - before - change).max() < 1e-6


def test_the_books_of_a_year_agree_with_its_flows(plain):
    books = plain.books[:, 0].sum(axis=1)
    opening, kept, gross, now, customers, still = books.T
    assert (gross <= np.minimum(opening, kept) + 1e-6).all() and (kept == now).all()
    lost = plain.weekly("churned")[:, :52].sum(axis=1)
    assert (customers - still <= lost).all(), "those who signed in the year may have left too"


def test_hours_used_never_exceed_capacity(run):
    tight = run(staffing=simulator.Staffing(capacity=staffing.Capacity(utilisation=0.2)))
    used, capacity = tight.weekly("hours_served"), tight.team[:, :, 3]
    assert (used <= capacity * (1 + 1e-12)).all()
    assert tight.measure("utilisation").min() > 0.95


def test_an_idle_system_does_nothing(run, world):
    idle = run(staffing=simulator.Staffing(touch={"high": 0, "low": 0, "tech": 0}))
    assert not idle.weekly("hours_asked").any() and not idle.weekly("backlog").any()
    assert not idle.team[:, :, 4].any() and not idle.team[:, :, 5].any()


def test_boundary_values(run):
    nobody_leaves = replace(simulator.Assumptions(), churn_base=-60, open_ended_shift=-4)
    assert not run(assumptions=nobody_leaves).weekly("churned").any()
    everybody = run(assumptions=replace(simulator.Assumptions(), churn_base=60))
    assert np.array_equal(everybody.weekly("churned"), everybody.weekly("renewals"))
    frozen = replace(simulator.Assumptions(), value_rate=0, upsell_rate=0, cross_sell_rate=0)
    frozen = replace(frozen, contraction_base=-60)
    still = run(assumptions=frozen)
    assert not still.weekly("valued").any() and not still.weekly("contracted_arr").any()
    stable = simulator.Staffing(hiring=staffing.Hiring(attrition=0), hires_a_year=0)
    assert (run(staffing=stable).team[:, :, 0] == 5).all()


def test_the_trace_of_one_customer(world, designs):
    """Taken through half a year by hand, one mechanism after the other."""
    a, staff = simulator.Assumptions(), replace(AMPLE, hiring=staffing.Hiring(attrition=0))
    staff = replace(staff, hires_a_year=0)
    placement = simulator.place(world, designs["one team"], staff)
    run = engine.begin(world, placement, a, seed=3, replications=range(1))
    who = int(np.flatnonzero(world.customers["start"] == 0)[0])
    fixed = engine.fixed_rows(world, staff)
    f, s, key = fixed[who][:, None], run.state[0, who].copy()[:, None], run.key[0, who : who + 1]
    d = engine._terms(world, placement, staff, a)[:, None].repeat(1, axis=1)
    worth, seen = placement.worth(a)[who], []
    for week in range(26):
        mechanisms.arrives(s, f, float(week))
        s[mechanisms.PHASE] = mechanisms.phase(s, a)
        now, phase = engine.moments(week), int(s[mechanisms.PHASE, 0])
        no, plan = np.array([False]), f[mechanisms.PLAN + phase]
        mechanisms.before_work(s, now, key, no, no, 1.0, plan, a)
        d[mechanisms.SHARE], d[mechanisms.WORTH], d[mechanisms.VISIBLE] = 1, worth[phase, 0], 1
        mechanisms.after_work(s, f, d, now, key, a)
        seen.append(phase)
    engine.advance(run, world, placement, staff, a, weeks=26, fast=True)
    assert s[:, 0].tolist() == run.state[0, who].tolist()
    assert s[mechanisms.AGE, 0] == 25 and seen[0] == mechanisms.ONBOARDING


def test_equal_designs_have_equal_futures(run, past, world, plain):
    again = org.build(past, name="the same by another name", people=5)
    assert same(plain, simulator.simulate(world, again, weeks=60, replications=6, seed=11))


def test_more_capacity_never_raises_the_backlog(run):
    """Where work follows from customers alone: nobody leaves, nothing depends on service."""
    still = replace(
        simulator.Assumptions(), churn_base=-60, value_rate=0, friction_rate=0, decline_rate=0,
        unknown_on_decline=0,
    )  # fmt: skip
    calm = staffing.Hiring(attrition=0)
    before = None
    for hours in (20, 60, 160, 160_000):
        capacity = staffing.Capacity(utilisation=min(hours / 160, 1))
        staff = simulator.Staffing(capacity=capacity, hiring=calm, hires_a_year=hours // 1000)
        backlog = run(staffing=staff, assumptions=still).weekly("backlog")
        assert before is None or (backlog <= before + 1e-9).all()
        before = backlog
    assert before.max() < 1e-9, "with a hundred hires there is none"


def test_without_effects_all_designs_are_equal(run):
    none = replace(simulator.Assumptions(), **simulator.WITHOUT_DESIGN)
    stable = replace(AMPLE, hiring=staffing.Hiring(attrition=0))
    one, other = (run(name, stable, none) for name in ("one team", "phase"))
    for record in set(RECORDS) - {"handoffs"}:
        assert np.array_equal(one.weekly(record), other.weekly(record)), record
    assert one.weekly("handoffs").sum() < other.weekly("handoffs").sum()


def test_a_seed_replays_its_bytes(run, plain):
    assert same(plain, run())
    assert not same(plain, run(seed=12))


def test_chunks_change_nothing(run, plain, monkeypatch):
    monkeypatch.setattr(engine, "CHUNK", 1)
    assert same(plain, run())


def test_more_futures_begin_where_the_others_ended(run, plain):
    later = run(first=4, replications=2)
    assert np.array_equal(plain.records[4:], later.records)


def test_a_run_goes_on_from_where_it_stopped(world, designs, plain):
    a, staff = simulator.Assumptions(), simulator.Staffing()
    placement = simulator.place(world, designs["one team"], staff)
    run = engine.begin(world, placement, a, seed=11, replications=range(6))
    parts = [engine.advance(run, world, placement, staff, a, weeks=n, fast=True) for n in (13, 47)]
    assert np.array_equal(plain.records, np.concatenate([part[0] for part in parts], axis=1))


@pytest.mark.parametrize("design", ["one team", "phase"])
def test_numba_and_numpy_agree_to_the_last_bit(run, design):
    pytest.importorskip("numba")
    assert same(run(design, fast=True, weeks=30), run(design, fast=False, weeks=30))


def test_several_teams_at_once_agree_too(world, past):
    pytest.importorskip("numba")
    features = org.build(past, "phase", matrix="feature", people=5)
    options = {"weeks": 12, "replications": 2, "seed": 5}
    one, other = (simulator.simulate(world, features, fast=fast, **options) for fast in (1, 0))
    assert one.placement.unit.shape[2] > 1
    assert same(one, other)


def test_a_larger_plan_for_people_who_leave_is_felt(run):
    """Overload makes people leave, which leaves more work to the others."""
    tight = simulator.Staffing(capacity=staffing.Capacity(utilisation=0.12), hires_a_year=0)
    calm = replace(simulator.Assumptions(), overload_on_leaving=0)
    gone, stayed = (run(staffing=tight, assumptions=a, replications=40) for a in (None, calm))
    assert gone.measure("leavers").mean() > 1.5 * stayed.measure("leavers").mean()


def test_ration_follows_the_priority():
    demand, capacity = np.array([[[4.0, 4.0, 4.0]]]), np.array([[6.0]])
    assert engine.ration(demand, capacity, [2, 0, 1]).tolist() == [[[0.5, 0.0, 1.0]]]
    assert engine.ration(demand * 0, capacity, [0, 1, 2]).all()


def test_what_cannot_be_is_refused(world, designs, past):
    with pytest.raises(ValueError, match="prepared for 80 weeks, got 90"):
        simulator.simulate(world, designs["phase"], weeks=90, seed=1)
    with pytest.raises(ValueError, match="weeks"):
        simulator.simulate(world, designs["phase"], weeks=0, seed=1)
    units = tuple(replace(unit, people=()) for unit in designs["phase"].units)
    empty = replace(designs["phase"], units=units)
    with pytest.raises(ValueError, match="nobody is placed"):
        simulator.simulate(world, empty, weeks=4, seed=1)
    with pytest.raises(ValueError, match="priority names each of"):
        simulator.Staffing(priority=("renewal",))


def test_without_numba_it_runs(world):
    program = """
import sys
sys.modules["numba"] = None
import cstoolkit as cs
from cstoolkit import org, simulator
company = cs.load_company().at("2021-12-31")
done = simulator.simulate(company, org.build(company, people=2), weeks=3, replications=1, seed=1,
                          fast=False)
print(done.weekly("customers").shape)
"""
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ
    )
    assert told.stdout.strip() == "(1, 3)"
