"""Answers to the exercises of notebook 00; their texts stand in exercises.toml."""

from cstoolkit import staffing
from cstoolkit.exercises import load


def a_year_before(company):
    """A year before the data were taken, as one types it."""
    import pandas as pd

    return {"day": f"{company.as_of - pd.DateOffset(years=1):%Y-%m-%d}"}


def live_a_year_before(company):
    import pandas as pd

    day = company.as_of - pd.DateOffset(years=1)
    return len(company.snapshot(day))


def live_customers(company):
    return len(company.snapshot())


def ever_customers(company):
    return len(company.customers)


def contracts(company):
    return len(company.contracts)


def stage(company):
    from cstoolkit import stages

    return "abcde"[stages.stage(len(company.snapshot())) - 1]


def offer(company):
    """What the survey's average pays for, which is what the CFO offers."""
    customers = staffing.base(company)
    paid = staffing.top_down(customers, "accounts_per_csm_survey_mean", per="customers")["csms"]
    return {"customers": len(customers), "csms": staffing.headcount(paid.sum())}


EXERCISES = load(
    "start_here",
    a_year_before,
    live_a_year_before,
    live_customers,
    ever_customers,
    contracts,
    stage,
    offer,
)
