"""How long the bridge and the cohorts take on a million contracts, against the bare groupby."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from cstoolkit import indicators


@pytest.fixture(scope="module")
def contracts():
    """A million contracts of a year each, of 300,000 customers and three products."""
    rng, size = np.random.default_rng(1), 1_000_000
    starts = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 2000, size), unit="D")
    ids = np.char.add("C", rng.integers(0, 300_000, size).astype("str"))
    return pd.DataFrame(
        {
            "customer_id": pd.Series(ids, dtype="str"),
            "product": pd.Series(rng.choice(["one", "two", "three"], size), dtype="str"),
            "starts_on": pd.Series(starts).dt.as_unit("us"),
            "ends_on": pd.Series(starts + pd.Timedelta(days=365)).dt.as_unit("us"),
            "stopped_on": pd.Series(pd.NaT, index=range(size), dtype="datetime64[us]"),
            "arr": rng.integers(1000, 90_000, size).astype("float64"),
        }
    )


def bare(contracts, moments):
    """The sums by customer and product on each of the days, and each customer's first day."""
    contracts.groupby("customer_id")["starts_on"].min()
    for moment in moments:
        there = (contracts["starts_on"] <= moment) & (contracts["ends_on"] > moment)
        contracts[there].groupby(["customer_id", "product"])["arr"].sum()


def seconds(function, *arguments, **named):
    """Of the processor, whatever else runs on it."""
    start = time.process_time()
    function(*arguments, **named)
    return time.process_time() - start


START, END = pd.Timestamp("2023-12-31"), pd.Timestamp("2024-12-31")


def test_bridge(contracts):
    yardstick = min(seconds(bare, contracts, [START, END]) for _ in range(3))
    taken = min(seconds(indicators.bridge, contracts, START, END) for _ in range(3))
    print(f"bridge {taken:.2f} s, bare groupby {yardstick:.2f} s, {taken / yardstick:.1f} times")
    assert taken < 3 * yardstick


def test_cohorts(contracts):
    moments = pd.date_range("2020-12-31", END, freq="YE")
    yardstick = min(seconds(bare, contracts, moments) for _ in range(2))
    taken = min(seconds(indicators.cohorts, contracts, END) for _ in range(2))
    print(f"cohorts {taken:.2f} s, bare groupby {yardstick:.2f} s, {taken / yardstick:.1f} times")
    assert taken < 3 * yardstick
