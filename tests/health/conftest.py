"""What several tests of health share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import health


@pytest.fixture(scope="session")
def past(company):
    """The bundled company's renewals as the scores judged them."""
    return health.backtest(company, [90, 30], kinds=["logistic"])


@pytest.fixture(scope="session")
def model(company):
    """What the bundled company's renewals teach."""
    return health.train(company)


@pytest.fixture(scope="session")
def made():
    """A made-up company of yearly contracts in which few active users mean churn, and nothing else does.

    CS makes a proposal to customers with few active users more often, and it changes nothing.
    """
    rng = np.random.default_rng(1)
    many = 900
    ids = np.array([f"C{i:04d}" for i in range(many)])
    start = pd.Timestamp("2021-01-04") + pd.to_timedelta(rng.integers(0, 900, many), unit="D")
    share = rng.uniform(0.05, 0.7, many).round(2)
    churned = rng.random(many) < 1 / (1 + np.exp(-(1.5 - 9 * share)))
    first = pd.DataFrame({"customer_id": ids, "starts_on": start})
    first["ends_on"] = first["starts_on"] + pd.Timedelta(days=365)
    again = first[~churned].assign(starts_on=first["ends_on"], ends_on=pd.NaT)
    contracts = pd.concat([first, again], ignore_index=True).assign(arr=1000.0)
    months = pd.date_range("2021-01-01", "2024-12-01", freq="MS")
    usage = pd.DataFrame({"customer_id": np.repeat(ids, len(months))})
    usage["month"] = np.tile(months, many)
    usage["seats"], usage["active_users"] = 100.0, np.repeat(share * 100, len(months)).round()
    called = rng.random(many) < 0.6 - 0.7 * share
    day = start + pd.to_timedelta(rng.integers(365 - 100, 365 - 40, many), unit="D")
    work = pd.DataFrame({"customer_id": ids, "happened_on": day, "kind": "usage_proposal"})[called]
    return cs.Company.from_tables(
        name="Made",
        currency="EUR",
        as_of="2024-12-31",
        customers=pd.DataFrame({"customer_id": ids}),
        contracts=contracts,
        usage=usage,
        activities=work.assign(hours=1.0),
    )
