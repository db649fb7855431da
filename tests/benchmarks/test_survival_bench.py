"""What a curve costs beside lifelines and beside merely reading the data, on 10 million rows.

Times are processor time, of all threads: that of a machine that is busy with other things too is not the code's.
"""

import time

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from cstoolkit import survival

pytestmark = [
    pytest.mark.bench,
    pytest.mark.benchmark(timer=time.process_time),
    pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0"),
]

GROUPS = 50


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(20)
    size = 10_000_000
    # Up to four years of days; rows of the groups lie mixed, as in a table of customers.
    return (
        rng.integers(0, 1460, size),
        rng.random(size) < 0.6,
        rng.permutation(np.arange(size) % GROUPS),
    )


def seconds(call, rounds=1):
    """Fastest of several calls: what disturbs a call only ever adds."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return min(taken)


def measure(benchmark, call, **peers):
    """Time `call`, then each peer; return how many times longer each peer takes."""
    benchmark.pedantic(call, rounds=5, warmup_rounds=1)
    own = benchmark.stats.stats.min
    ratios = {name: taken / own for name, taken in peers.items()}
    benchmark.extra_info.update(
        {f"times {name}": round(ratio, 2) for name, ratio in ratios.items()}
    )
    return ratios


def test_curve(benchmark, columns):
    days, observed, _ = columns
    fitter = seconds(lambda: KaplanMeierFitter().fit(days, observed))
    read = seconds(lambda: (days.sum(), observed.sum()), rounds=7)
    ratios = measure(benchmark, lambda: survival.curve(days, observed), lifelines=fitter, read=read)
    assert ratios["lifelines"] >= 25
    assert 1 / ratios["read"] <= 4.5


def test_curve_of_fifty_groups(benchmark, columns):
    """lifelines fits one group at a time, so that selecting a group's rows belongs to its work as to ours."""
    days, observed, by = columns

    def one_by_one():
        for group in range(GROUPS):
            rows = by == group
            KaplanMeierFitter().fit(days[rows], observed[rows])

    ratios = measure(
        benchmark, lambda: survival.curve(days, observed, by), lifelines=seconds(one_by_one)
    )
    assert ratios["lifelines"] >= 20


def test_logrank_of_fifty_groups(benchmark, columns):
    days, observed, by = columns
    test = seconds(lambda: multivariate_logrank_test(days, by, observed))
    ratios = measure(benchmark, lambda: survival.logrank(days, observed, by), lifelines=test)
    assert ratios["lifelines"] >= 50
