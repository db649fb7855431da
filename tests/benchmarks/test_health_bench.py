"""Speed of health: the measures of 100,000 customers at 60 months' ends, beside one groupby of their usage."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import health

CUSTOMERS, MONTHS = 100_000, 60


@pytest.fixture(scope="module")
def large():
    rng = np.random.default_rng(0)
    ids = np.array([f"C{i:06d}" for i in range(CUSTOMERS)])
    months = pd.date_range("2020-01-01", periods=MONTHS, freq="MS")
    usage = pd.DataFrame(
        {"customer_id": np.repeat(ids, MONTHS), "month": np.tile(months, CUSTOMERS)}
    )
    usage["seats"] = 50.0
    for column, most in (("active_users", 50), ("logins", 500), ("features_used", 8)):
        usage[column] = rng.integers(1, most, len(usage)).astype(float)
    contracts = pd.DataFrame({"customer_id": ids, "starts_on": months[0], "arr": 1000.0})
    return cs.Company.from_tables(
        name="Large",
        currency="EUR",
        as_of="2024-12-31",
        customers=pd.DataFrame({"customer_id": ids}),
        contracts=contracts.assign(ends_on=pd.NaT),
        usage=usage,
    )


def test_measures_of_all_months(large, benchmark):
    ends = pd.date_range("2020-01-31", periods=MONTHS, freq="ME")
    ids = large.customers["customer_id"].to_numpy()
    rows = pd.DataFrame({"customer_id": np.repeat(ids, MONTHS), "day": np.tile(ends, len(ids))})
    begun = time.perf_counter()
    large.usage.groupby("customer_id")["active_users"].rolling(6).mean()
    peer = time.perf_counter() - begun
    benchmark.pedantic(health.features, args=(large, rows), rounds=1)
    benchmark.extra_info["peer"] = f"one rolling mean by customer in pandas: {peer:.1f} s"
    print(
        f"\n{len(rows):,} rows: {benchmark.stats['mean']:.1f} s; pandas' one rolling mean {peer:.1f} s"
    )
    assert benchmark.stats["mean"] < 10 * peer
