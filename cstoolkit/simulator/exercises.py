"""Answers to the exercises of notebook 11; their texts stand in exercises.toml."""

from cstoolkit import org, simulator
from cstoolkit.exercises import load


def lost_by_phase(company):
    world = simulator.start(company, weeks=52)
    design = org.build(company, "phase")
    run = simulator.simulate(world, design, weeks=52, replications=10, seed=3)
    return run.measure("logo_churn").mean()


def lost_today(company):
    world = simulator.start(company, weeks=52)
    run = simulator.simulate(world, org.today(company), weeks=52, replications=10, seed=3)
    return run.measure("logo_churn").mean()


def own_books(company):
    return simulator.expected_wait(2 / 0.85, 2, 1)


def one_pool(company):
    return simulator.expected_wait(2 / 0.85 / 6, 2, 6)


def no_wait(company):
    return 0.0


def idle_share(company):
    return 0.15 * 2


def futures_needed(company):
    world = simulator.start(company, weeks=52)
    options = {"weeks": 52, "replications": 10, "seed": 3}
    runs = [
        simulator.simulate(world, design, **options)
        for design in (org.build(company, "phase"), org.today(company))
    ]
    return simulator.precision(runs[0], "nrr", half_width=0.005, other=runs[1])


def futures_alone(company):
    world = simulator.start(company, weeks=52)
    design = org.build(company, "phase")
    run = simulator.simulate(world, design, weeks=52, replications=10, seed=3)
    return simulator.precision(run, "nrr", half_width=0.005)


EXERCISES = load(
    "simulator",
    lost_by_phase,
    lost_today,
    own_books,
    one_pool,
    no_wait,
    idle_share,
    futures_needed,
    futures_alone,
)
