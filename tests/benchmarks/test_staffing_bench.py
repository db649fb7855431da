"""What staffing costs on a million customers beside one pandas groupby over the same frame."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from cstoolkit.staffing import Capacity, bottom_up, by_phase, effort_table, reconcile, top_down

pytestmark = pytest.mark.bench

AT_MOST = 3
"""Times one groupby; measured on two busy cores: bottom_up 0.5, reconcile 0.2, all together 0.9."""


@pytest.fixture(scope="module")
def customers():
    rng = np.random.default_rng(0)
    size = 1_000_000

    def column(values):
        return pd.Categorical.from_codes(rng.integers(0, len(values), size), categories=values)

    return pd.DataFrame(
        {
            "segment": column(["smb", "mid", "enterprise", "public"]),
            "tier": column(["high", "low", "tech"]),
            "phase": column(["onboarding", "adoption", "renewal", "expansion"]),
            "arr": rng.lognormal(9, 1, size),
        }
    )


@pytest.fixture(scope="module")
def plan(customers):
    return by_phase(customers, effort_table(), starts=20_000)


def times_groupby(benchmark, customers, call):
    """How many groupbys one call costs: the fastest of several of each, taken in turn."""
    peers = []

    def setup():
        start = time.perf_counter()
        customers.groupby(["segment", "tier", "phase"], observed=True).sum()
        peers.append(time.perf_counter() - start)

    benchmark.pedantic(call, setup=setup, rounds=10, warmup_rounds=1)
    ratio = benchmark.stats.stats.min / min(peers)
    benchmark.extra_info["times groupby"] = round(ratio, 2)
    print(f"\n{ratio:.2f} times one groupby ({min(peers) * 1e3:.0f} ms)")
    return ratio


def test_bottom_up(benchmark, customers, plan):
    capacity = Capacity()
    assert (
        times_groupby(benchmark, customers, lambda: bottom_up(customers, plan, capacity)) <= AT_MOST
    )


def test_reconcile(benchmark, customers, plan):
    top = top_down(customers, 2_000_000)
    bottom = bottom_up(customers, plan, Capacity())
    assert times_groupby(benchmark, customers, lambda: reconcile(top, bottom)) <= AT_MOST


def test_all_from_the_million_to_the_verdict(benchmark, customers, plan):
    capacity = Capacity()

    def answer():
        reconcile(top_down(customers, 2_000_000), bottom_up(customers, plan, capacity))

    assert times_groupby(benchmark, customers, answer) <= AT_MOST
