"""The simulator beside SimPy and mesa on the same laws, and how its cost grows.

The peers' model is one team in which nobody leaves, as their users would write it: a customer is an
object with a weekly step in plain Python, and the team shares its hours out once a week.
"""

from __future__ import annotations

import math
import random
import resource
import time
from dataclasses import replace
from functools import partial

import mesa
import numpy as np
import pytest
import simpy

from cstoolkit import org, simulator, staffing
from cstoolkit.simulator import engine
from cstoolkit.simulator import mechanisms as m

pytestmark = pytest.mark.bench

ORDER = (0, 3, 1, 2, 4)  # friction, renewal, onboarding, adoption, expansion


class Customer:
    """One customer; `s` is its state and `f` what is fixed, as in the simulator."""

    def __init__(self, s, f, worth, a, draw):
        self.s, self.f, self.worth, self.a, self.draw = list(s), list(f), list(worth), a, draw
        self.churned = self.valued = 0

    def ask(self, week):
        s, a = self.s, self.a
        if self.f[m.START] == week:
            s[m.LIVE] = 1.0
        elif s[m.LIVE]:
            s[m.AGE] += 1
        if not s[m.LIVE]:
            return 0, 0.0
        late = s[m.DUE] <= 13 and s[m.AGE] >= 13
        settled = s[m.VALUE] and s[m.AGE] - s[m.VALUE_AGE] >= 26 and s[m.ENGAGEMENT] == 0
        later = m.EXPANSION if settled and not s[m.FRICTION] else m.ADOPTION
        young = not s[m.VALUE] and s[m.AGE] < 26
        self.phase = m.ONBOARDING if young else m.RENEWAL if late else later
        plan = self.f[m.PLAN + self.phase]
        size = max(plan, a.request_hours)
        if self.draw() * size < plan:
            s[m.BACKLOG] += size
        self.kind = 0 if s[m.FRICTION] >= a.friction_notice else self.phase + 1
        return self.kind, s[m.BACKLOG]

    def live(self, share):
        s, f, a, draw = self.s, self.f, self.a, self.draw
        if not s[m.LIVE]:
            return
        used = s[m.BACKLOG] * share
        s[m.HOURS] = (1 - 1 / a.hours_memory) * s[m.HOURS] + used * self.worth[self.phase]
        s[m.FULFILLED] += (share - s[m.FULFILLED]) / a.service_memory
        s[m.BACKLOG] = (s[m.BACKLOG] - used) * (1 - a.work_fades)
        s[m.KNOWN] += (1 - s[m.KNOWN]) * a.relearning * s[m.FULFILLED] - a.forgetting * s[m.KNOWN]
        help_ = math.log1p(s[m.HOURS])
        unknown, done = 1 - s[m.KNOWN], s[m.FULFILLED]
        answered = f[m.ANSWERED] * done
        if not s[m.VALUE]:
            pace = math.exp(s[m.PACE] + a.hours_on_value * help_ + a.unknown_on_value * unknown)
            age = s[m.AGE] + 0.5
            starts = min(max((age - 2) / 3, 0), 1)
            ripe = min(max((age - 9) / 8, 0), 1)
            if draw() < 1 - math.exp(-a.value_rate * ripe * pace):
                s[m.VALUE], s[m.VALUE_AGE], s[m.RUNNING] = 1.0, s[m.AGE], 1.0
                self.valued += 1
            elif draw() < 1 - math.exp(-a.running_rate * starts * pace):
                s[m.RUNNING] = 1.0
        self.rub(help_, unknown, answered)
        self.cool(help_, unknown, answered, f[m.REVIEWED] * done)
        level = a.usage_base + a.fit_on_usage * f[m.X60] + a.value_on_usage * s[m.VALUE]
        level += s[m.LEVEL] + a.engagement_on_usage * s[m.ENGAGEMENT]
        level += 0 if s[m.RUNNING] else a.setup_on_usage
        level += a.friction_on_usage if s[m.FRICTION] else 0
        usage = min(max(level, -2), 1)
        s[m.DUE] -= 1
        if s[m.DUE] <= 0:
            self.renew(usage, unknown, f[m.PROPOSED] * done)
        if s[m.LIVE] and s[m.DUE] > 8 and s[m.AGE] > 8:
            urge = a.usage_on_expansion * usage + a.value_on_expansion * s[m.VALUE]
            urge = math.exp(urge) * (1 - a.proposal_on_expansion * (1 - s[m.FULFILLED]))
            if draw() < 1 - math.exp(-a.upsell_rate * urge):
                s[m.ARR] *= 1 + a.upsell_least + (a.upsell_most - a.upsell_least) * draw()
            second = f[m.SELLABLE] and s[m.PRODUCTS] < 2 and s[m.AGE] > 13
            if second and draw() < 1 - math.exp(-a.cross_sell_rate * urge):
                s[m.ARR] *= (
                    1 + a.cross_sell_least + (a.cross_sell_most - a.cross_sell_least) * draw()
                )
                s[m.PRODUCTS] = 2.0

    def rub(self, help_, unknown, answered):
        s, a = self.s, self.a
        if s[m.FRICTION]:
            ends = a.hours_on_friction_end * help_ + a.answer_on_friction_end * answered
            gone = self.draw() < 1 - math.exp(-a.friction_end_rate * math.exp(ends))
            s[m.FRICTION] = 0.0 if gone else s[m.FRICTION] + 1
        elif s[m.RUNNING]:
            comes = a.fit_on_friction * self.f[m.X60] + a.hours_on_friction * help_
            comes = math.exp(comes + a.unknown_on_friction * unknown) * a.friction_rate
            if self.draw() < 1 - math.exp(-comes):
                s[m.FRICTION] = 1.0

    def cool(self, help_, unknown, answered, reviewed):
        s, a = self.s, self.a
        if s[m.DECLINING]:
            turns = a.recovery_rate * math.exp(a.hours_on_recovery * help_)
            if self.draw() < 1 - math.exp(-turns):
                s[m.DECLINING] = 0.0
        elif s[m.RUNNING] and s[m.ENGAGEMENT] == 0:
            causes = a.decline_rate + a.unknown_on_decline * unknown
            if s[m.FRICTION] >= a.friction_notice:
                causes += a.friction_on_decline * (1 - answered)
            shield = a.fit_on_decline * self.f[m.X60] + a.review_on_decline * reviewed
            if self.draw() < 1 - math.exp(-causes * math.exp(shield)):
                s[m.DECLINING] = 1.0
        step = -1 if s[m.DECLINING] else 2
        s[m.ENGAGEMENT] = min(max(s[m.ENGAGEMENT] + step * a.decline_step, -a.decline_floor), 0)

    def renew(self, usage, unknown, proposed):
        s, f, a = self.s, self.f, self.a
        s[m.DUE] += f[m.TERM]
        logit = a.churn_base + f[m.SHIFT] + a.value_on_churn * s[m.VALUE]
        logit += a.fit_on_churn * f[m.X60] + a.usage_on_churn * usage
        logit += a.engagement_on_churn * s[m.ENGAGEMENT] + a.unknown_on_churn * unknown
        logit += a.proposal_on_churn * proposed
        if self.draw() < 1 / (1 + math.exp(-logit)):
            s[m.LIVE], s[m.BACKLOG] = 0.0, 0.0
            self.churned += 1
            return
        lower = 1 / (1 + math.exp(-(a.contraction_base + a.usage_on_contraction * usage)))
        u = self.draw()
        dearer = 1 + a.price_rise if u > 1 - a.price_rise_share else 1.0
        s[m.ARR] *= a.contraction_level if u < lower else dearer


def customers(run, fixed, worth, a, seed):
    """The objects of one replication, as the simulator begins it."""
    draw = random.Random(seed).random
    rows = zip(run.state[0], fixed, worth[:, :, 0])
    return [Customer(s, f, w, a, draw) for s, f, w in rows]


def shares(demand, capacity):
    """What share of each kind of work the team does."""
    done, left = [1.0] * 5, capacity
    for kind in ORDER:
        given = min(demand[kind], left)
        done[kind] = given / demand[kind] if demand[kind] else 1.0
        left -= given
    return done


def in_simpy(found, capacity, weeks):
    """Each customer is a process; the team meets them once a week."""
    env = simpy.Environment()
    board = {"demand": [0.0] * 5, "done": env.event()}

    def customer(one):
        for week in range(weeks):
            kind, hours = one.ask(week)
            board["demand"][kind] += hours
            done = yield board["done"]
            one.live(done[kind])
            yield env.timeout(0.5)

    def team():
        for week in range(weeks):
            yield env.timeout(week + 0.5 - env.now)
            done, board["done"] = board["done"], env.event()
            demand, board["demand"] = board["demand"], [0.0] * 5
            done.succeed(shares(demand, capacity[week]))

    for one in found:
        env.process(customer(one))
    env.process(team())
    env.run()
    return found


def in_mesa(found, capacity, weeks):
    """Each customer is an agent; the model's step is a week."""

    class Agent(mesa.Agent):
        def __init__(self, model, one):
            super().__init__(model)
            self.one = one

        def ask(self):
            kind, hours = self.one.ask(self.model.week)
            self.kind = kind
            self.model.demand[kind] += hours

        def live(self):
            self.one.live(self.model.done[self.kind])

    class Vendor(mesa.Model):
        def __init__(self):
            super().__init__(seed=1)
            self.week = 0
            for one in found:
                Agent(self, one)

        def step(self):
            self.demand = [0.0] * 5
            self.agents.do("ask")
            self.done = shares(self.demand, capacity[self.week])
            self.agents.do("live")
            self.week += 1

    model = Vendor()
    for _ in range(weeks):
        model.step()
    return found


def totals(found):
    """Customers, ARR, churned and valued at the end."""
    live = [one for one in found if one.s[m.LIVE]]
    arr = sum(one.s[m.ARR] for one in live)
    return np.array([len(live), arr, sum(o.churned for o in found), sum(o.valued for o in found)])


SIZE, WEEKS, REPLICATIONS = 2_000, 156, 20
STILL = simulator.Staffing(
    capacity=staffing.Capacity(hours=160), hiring=staffing.Hiring(attrition=0), hires_a_year=0
)


def sized(company, size, weeks):
    """A world of so many customers, those there are over and over, served by one team."""
    world = simulator.start(company, weeks=weeks)
    placed = simulator.place(world, org.build(company), STILL)
    taken = np.resize(np.random.default_rng(1).permutation(len(world)), size)
    rows = {
        name: getattr(placed, name)[taken]
        for name in ("unit", "share", "contacts", "seat", "visible")
    }
    gains = {name: part[taken] for name, part in placed.gains.items()}
    world = replace(world, customers=world.customers.iloc[taken].reset_index(drop=True))
    return world, replace(placed, gains=gains, **rows)


@pytest.fixture(scope="module")
def both(company):
    return sized(company, SIZE, WEEKS)


def timed(call):
    """What it gives, and the processor's seconds: both sides run on one core."""
    begun = time.process_time()
    made = call()
    return made, time.process_time() - begun


def peer(world, placed, way, weeks, seed):
    """A replication of a peer, with its time."""
    a = simulator.Assumptions()
    run = engine.begin(world, placed, a, seed=1, replications=range(1))
    fixed = engine.fixed_rows(world, STILL)
    fixed[:, m.SHIFT] = a.open_ended_shift * world.customers["open_ended"].to_numpy()
    run.people[1] = 1000
    hours = float(engine._capacity(run, placed, STILL).sum())
    found = customers(run, fixed, placed.worth(a), a, seed)
    return timed(lambda: way(found, [hours] * weeks, weeks))


@pytest.mark.parametrize(("way", "times"), [(in_simpy, 40), (in_mesa, 20)], ids=["SimPy", "mesa"])
def test_it_is_many_times_faster_on_one_core(both, way, times):
    """A peer's replication is timed over half a year, since its cost is linear in weeks."""
    (world, placed), options = both, {"weeks": WEEKS, "replications": REPLICATIONS, "seed": 1}
    simulator.simulate(world, placed, STILL, **options | {"replications": 1})
    ours = min(timed(lambda: simulator.simulate(world, placed, STILL, **options))[1] for _ in "ab")
    theirs = peer(world, placed, way, 26, 1)[1] * WEEKS / 26 * REPLICATIONS
    rate = SIZE * WEEKS * REPLICATIONS / ours
    print(f"\nours {ours:.2f} s ({rate / 1e6:.1f} million customer-weeks a second), {way.__name__}")
    print(f"{theirs:.0f} s: {theirs / ours:.0f} times")
    assert theirs / ours >= times


def test_the_peers_obey_the_same_laws(company):
    """The means of a few replications agree within their spread."""
    world, placed = sized(company, 600, 52)
    run = simulator.simulate(world, placed, STILL, weeks=52, replications=40, seed=1)
    names = "customers", "arr", "churned", "valued"
    ours = np.array([run.weekly(name)[:, -1] for name in names[:2]])
    ours = np.concatenate([ours, [run.weekly(name).sum(axis=1) for name in names[2:]]])
    for way in (in_simpy, in_mesa):
        theirs = [totals(peer(world, placed, way, 52, seed)[0]) for seed in range(6)]
        apart = np.mean(theirs, axis=0) - ours.mean(axis=1)
        error = ours.std(axis=1, ddof=1) * np.sqrt(1 / 6 + 1 / 40)
        assert (np.abs(apart) < 3.5 * error).all(), (way.__name__, apart / error)


def test_how_many_random_numbers_a_second_are_behind_it(both):
    """The ratio to the machine's throughput of the generator alone is told."""
    (world, placed), options = both, {"weeks": WEEKS, "replications": REPLICATIONS, "seed": 1}
    ours = timed(lambda: simulator.simulate(world, placed, STILL, **options))[1]
    rng = np.random.default_rng(1)
    many = 50_000_000
    draws = many / timed(lambda: rng.random(many))[1]
    weeks = SIZE * WEEKS * REPLICATIONS / ours
    print(f"\n{draws / 1e6:.0f} million draws a second, {weeks / draws:.3f} customer-weeks a draw")


def test_cost_is_linear_in_customers_and_replications(company):
    """Ten thousand customers and paired replications of two designs: measured on a few, the time
    for a thousand is told, and memory is bounded by chunks and records."""
    seconds = {}
    for size, replications in ((2_500, 8), (5_000, 8), (10_000, 8), (10_000, 16)):
        world, placed = sized(company, size, WEEKS)
        options = {"weeks": WEEKS, "replications": replications, "seed": 1}
        call = partial(simulator.simulate, world, placed, STILL, **options)
        took = min(timed(call)[1] for _ in "ab")
        seconds[size, replications] = took
    per = {key: took / (key[0] * key[1]) for key, took in seconds.items()}
    print("\nseconds:", {key: round(took, 2) for key, took in seconds.items()})
    assert max(per.values()) / min(per.values()) < 2
    records = simulator.simulate(world, placed, STILL, **options).records.nbytes / 16
    whole = 2 * 1000 / 16 * seconds[10_000, 16]
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"1,000 paired replications: {whole / 60:.1f} minutes on one core, by extrapolation;")
    print(f"{used:.1f} GiB here and {2 * 1000 * records / 2**30:.2f} GiB of records")
    assert used + 2 * 1000 * records / 2**30 < 4
