"""A small company written by hand, one journey for each thing that can happen to a clock."""

import pandas as pd
import pytest

import cstoolkit as cs

CONTRACTS = [
    # customer, product, signed, starts, ends, stopped, arr
    ("reached", "a", "2023-01-02", "2023-01-10", "2025-01-10", None, 100),
    ("waiting", "a", "2024-05-01", "2024-05-01", "2025-05-01", None, 200),
    ("left", "a", "2023-01-01", "2023-01-01", "2024-01-01", None, 300),
    ("too late", "a", "2023-01-01", "2023-01-01", "2024-01-01", None, 300),
    ("back", "a", "2022-01-01", "2022-01-01", "2023-01-01", None, 300),
    ("back", "a", "2023-09-01", "2023-09-10", "2024-09-10", None, 300),
    ("two", "a", "2023-01-01", "2023-01-01", "2024-01-01", None, 50),
    ("two", "a", "2023-12-20", "2024-01-05", "2025-01-05", None, 60),  # renewed four days late
    ("two", "b", "2023-06-01", "2023-06-01", "2024-06-01", None, 70),
    ("skipped", "a", "2023-01-01", "2023-01-01", None, None, 80),
    ("stopped", "a", "2023-01-01", "2023-01-01", None, "2023-03-01", 80),
    (
        "signed",
        "a",
        "2024-06-20",
        "2024-07-10",
        "2025-07-10",
        None,
        90,
    ),  # begins after the day of knowledge
]
MILESTONES = [
    ("reached", "a", 1, "contract_signed", "2023-01-02"),
    ("reached", "a", 1, "kickoff", "2023-01-12"),
    ("reached", "a", 1, "first_value", "2023-02-11"),
    ("waiting", "a", 1, "kickoff", "2024-05-11"),
    ("too late", "a", 1, "first_value", "2024-01-01"),  # the day it had left
    ("back", "a", 1, "kickoff", "2022-02-01"),
    ("back", "a", 2, "contract_signed", "2023-09-01"),
    ("back", "a", 2, "first_value", "2023-10-01"),
    ("two", "a", 1, "first_value", "2024-02-01"),
    ("two", "b", 1, "kickoff", "2023-06-01"),
    ("skipped", "a", 1, "basic_value", "2023-04-11"),
]


def hand_made(milestones=MILESTONES, contracts=CONTRACTS, as_of="2024-06-30"):
    names = ["customer_id", "product", "signed_on", "starts_on", "ends_on", "stopped_on", "arr"]
    contracts = pd.DataFrame(contracts, columns=names)
    events = pd.DataFrame(
        milestones, columns=["customer_id", "product", "journey", "milestone", "happened_on"]
    )
    customers = pd.DataFrame({"customer_id": contracts["customer_id"].unique()})
    tables = {"customers": customers, "contracts": contracts, "milestones": events}
    return cs.Company.from_tables(name="Hand made", currency="EUR", as_of=as_of, **tables)


@pytest.fixture(scope="session")
def small():
    return hand_made()


@pytest.fixture(scope="session")
def make():
    return hand_made
