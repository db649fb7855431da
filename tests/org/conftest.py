"""Small companies in which every kind of axis has something to divide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cstoolkit import org
from cstoolkit.data.company import Company

AS_OF = pd.Timestamp("2025-06-30")
INDUSTRIES = ("Retail", "Health", "Finance")
REGIONS = ("East", "West")
PHASES = ("onboarding", "adoption", "renewal", "expansion")
KINDS = ("call", "training", "review", "mail")


def make(seed: int, customers: int = 24, people: int = 7) -> Company:
    """A company with gaps, several products and features, work with departments, assignments with and without notes."""
    rng = np.random.default_rng(seed)
    ids = [f"c{number:03d}" for number in range(customers)]
    staff = [f"p{number}" for number in range(people)]
    begun = AS_OF - pd.to_timedelta(rng.integers(20, 900, customers), "D")
    table = pd.DataFrame(
        {
            "customer_id": ids,
            "industry": rng.choice(INDUSTRIES, customers),
            "employees": rng.integers(5, 3000, customers).astype(float),
            "region": rng.choice(REGIONS, customers),
            "onboarding": rng.choice(["self", "free", "paid"], customers),
        }
    )
    contracts = []
    for place, customer in enumerate(ids):
        held = [["core"], ["extra"], ["core", "extra"]][rng.integers(0, 3)]
        for product in held:
            start = begun[place]
            while start <= AS_OF:
                end = start + pd.DateOffset(years=1)
                contracts.append((customer, product, start, end, float(rng.integers(1, 40)) * 1000))
                if rng.random() < 0.1:
                    break
                start = end
    contracts = pd.DataFrame(
        contracts, columns=["customer_id", "product", "starts_on", "ends_on", "arr"]
    )
    value = rng.random(customers) < 0.7
    milestones = pd.DataFrame(
        {
            "customer_id": np.array(ids)[value],
            "milestone": "first_value",
            "happened_on": (begun + pd.to_timedelta(rng.integers(15, 150, customers), "D"))[value],
        }
    )
    milestones = milestones[milestones["happened_on"] <= AS_OF]
    months = pd.date_range("2025-01-01", "2025-06-01", freq="MS")
    usage = pd.DataFrame(
        [(customer, month) for customer in ids[:-2] for month in months],
        columns=["customer_id", "month"],
    )
    many = len(usage)
    for feature in ("plan", "pay", "post"):
        usage[f"uses_{feature}"] = rng.integers(0, 9, many) * (rng.random(many) < 0.5)
    usage = usage.assign(
        seats=20.0, active_users=rng.integers(0, 20, many), logins=rng.integers(0, 90, many)
    )
    usage["features_used"] = (usage[["uses_plan", "uses_pay", "uses_post"]] > 0).sum(axis=1)
    size = 20 * customers
    activities = pd.DataFrame(
        {
            "customer_id": rng.choice(ids, size),
            "person_id": rng.choice(staff[:-2], size),
            "happened_on": AS_OF - pd.to_timedelta(rng.integers(0, 500, size), "D"),
            "kind": rng.choice(KINDS, size),
            "phase": rng.choice(PHASES, size),
            "department": rng.choice(["sales", "product", None, None, None], size),
            "hours": np.round(rng.gamma(2, 1, size), 2),
        }
    )
    assignments = []
    for place, customer in enumerate(ids[:-1]):
        start = begun[place]
        for turn in range(rng.integers(1, 4)):
            end = start + pd.Timedelta(days=int(rng.integers(60, 400)))
            last = end > AS_OF or turn == 2
            noted = None if turn == 0 else bool(rng.random() < 0.5)
            assignments.append(
                (customer, rng.choice(staff[:-2]), "csm", noted, start, pd.NaT if last else end)
            )
            if last:
                break
            start = end
    columns = ["customer_id", "person_id", "role", "notes_passed", "starts_on", "ends_on"]
    board = pd.DataFrame(
        {
            "person_id": staff,
            "region": rng.choice(REGIONS, people),
            "skills": [";".join(rng.choice(INDUSTRIES, 2, replace=False)) for _ in staff],
            "hired_on": pd.Timestamp("2022-01-01"),
            "hours": 160.0,
        }
    )
    posts = pd.DataFrame(
        {
            "person_id": staff,
            "team": [*(["First", "Second"] * people)[: people - 2], "CS Ops", "Heads"],
            "role": "csm",
            "manager_id": [*[staff[-1]] * (people - 1), None],
            "starts_on": pd.Timestamp("2022-01-01"),
        }
    )
    return Company.from_tables(
        name="Small",
        currency="USD",
        as_of=AS_OF,
        customers=table,
        contracts=contracts,
        milestones=milestones,
        usage=usage,
        activities=activities[activities["happened_on"] <= AS_OF],
        assignments=pd.DataFrame(assignments, columns=columns),
        people=board,
        posts=posts,
    )


@pytest.fixture(scope="session", params=range(3))
def small(request):
    return make(request.param)


@pytest.fixture(scope="session")
def one():
    return make(1)


@pytest.fixture(scope="session")
def designs(company):
    """The types of the sources on the bundled company, and today."""
    return org.examples(company)


@pytest.fixture(scope="session")
def compared(company, designs):
    return org.compare(company, designs)


@pytest.fixture(scope="session")
def recommended(company, designs):
    return org.recommend(company, designs=designs)


@pytest.fixture(scope="session")
def claimed(company, designs):
    return org.claims(company, designs)
