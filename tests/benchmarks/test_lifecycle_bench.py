"""Phases and stalls of 100,000 customers over 60 months, against one pandas groupby over the same usage."""

from __future__ import annotations

import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import lifecycle
from cstoolkit.data.company import Company

CUSTOMERS, MONTHS = 100_000, 60


@pytest.fixture(scope="module")
def big() -> Company:
    rng = np.random.default_rng(0)
    ids = pd.Series([f"c{number:06d}" for number in range(CUSTOMERS)], dtype="str")
    start = np.datetime64("2021-01-01") + rng.integers(0, 700, CUSTOMERS).astype("timedelta64[D]")
    who, term = np.repeat(np.arange(CUSTOMERS), 4), np.tile(np.arange(4), CUSTOMERS)
    begun = start[who] + (365 * term).astype("timedelta64[D]")
    kept = (term < rng.geometric(0.15, CUSTOMERS)[who]) & (begun < np.datetime64("2025-12-31"))
    contracts = pd.DataFrame(
        {
            "customer_id": ids.take(who[kept]).to_numpy(),
            "product": "recruiting",
            "signed_on": begun[kept] - np.timedelta64(20, "D"),
            "starts_on": begun[kept],
            "ends_on": begun[kept] + np.timedelta64(365, "D"),
            "arr": 1000.0,
            "kind": np.where(rng.random(kept.sum()) < 0.1, "upsell", "renewal"),
        }
    )
    first = start + rng.exponential(100, CUSTOMERS).astype("timedelta64[D]")
    basic = first + rng.exponential(100, CUSTOMERS).astype("timedelta64[D]")
    milestones = pd.DataFrame(
        {
            "customer_id": pd.concat([ids, ids], ignore_index=True),
            "product": "recruiting",
            "milestone": np.repeat(["first_value", "basic_value"], CUSTOMERS),
            "happened_on": np.concatenate([first, basic]),
        }
    )
    seats = np.repeat(rng.integers(20, 200, CUSTOMERS), MONTHS)
    low = np.sin(rng.random((CUSTOMERS, 1)) * 6 + np.arange(MONTHS) / 6).ravel() > 0.8
    active = np.round(
        seats * np.minimum(np.where(low, 0.2, 0.5) * rng.lognormal(0, 0.12, len(seats)), 1)
    )
    usage = pd.DataFrame(
        {
            "customer_id": ids.take(np.repeat(np.arange(CUSTOMERS), MONTHS)).to_numpy(),
            "month": np.tile(pd.date_range("2021-01-01", periods=MONTHS, freq="MS"), CUSTOMERS),
            "seats": seats,
            "active_users": active,
            "logins": active * 8,
            "features_used": np.minimum(8, 1 + active // 20),
        }
    )
    tier = rng.choice(["high", "low", "tech"], CUSTOMERS, p=[0.1, 0.3, 0.6])
    return Company.from_tables(
        name="Big",
        currency="USD",
        as_of="2025-12-31",
        customers=pd.DataFrame({"customer_id": ids}),
        contracts=contracts,
        milestones=milestones[milestones["happened_on"] <= "2025-12-31"],
        usage=usage,
        tiers=pd.DataFrame(
            {"customer_id": ids, "tier": tier, "starts_on": start, "ends_on": pd.NaT}
        ),
    )


def peer(company: Company) -> float:
    """One pandas groupby of three columns over the same usage: the least that anything by customer costs. Processor seconds."""
    begun = time.process_time()
    company.usage.groupby("customer_id")[["active_users", "logins", "features_used"]].agg(
        ["mean", "std", "min", "max"]
    )
    return time.process_time() - begun


def run(company: Company) -> tuple[float, float, int, int]:
    """Seconds by the clock and of the processor, and what came out. Nothing is kept from an earlier run."""
    fresh = replace(company)
    begun, busy = time.perf_counter(), time.process_time()
    phases, stalls = lifecycle.phases(fresh), lifecycle.stalls(fresh)
    return time.perf_counter() - begun, time.process_time() - busy, len(phases), len(stalls)


def test_phases_and_stalls_of_a_hundred_thousand_customers(big, benchmark, capsys):
    runs, peers = [], []
    benchmark.pedantic(lambda: (runs.append(run(big)), peers.append(peer(big))), rounds=3)
    taken, busy, phases, stalls = min(runs, key=lambda each: each[1])
    other = min(peers)
    tracemalloc.start()
    run(big)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held = sum(table.memory_usage(deep=True).sum() for table in big.tables.values())
    with capsys.disabled():
        print(
            f"\nlifecycle: {phases:,} phases and {stalls:,} stalls of {CUSTOMERS:,} customers x {MONTHS} months in {taken:.1f} s "
            f"(processor {busy:.1f} s, {busy / other:.1f} x one groupby of {other:.2f} s), "
            f"peak {peak / 2**20:,.0f} MB beside tables of {held / 2**20:,.0f} MB"
        )
    assert stalls > CUSTOMERS / 2 and phases > 3 * CUSTOMERS
    # Processor time on both sides: the ratio then says the same on a busy machine.
    assert busy < 14 * other
    assert peak < 3 * held
