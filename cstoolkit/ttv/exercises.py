"""Answers to the exercises of notebook 04; their texts stand in exercises.toml."""

from cstoolkit import ttv
from cstoolkit.exercises import load


def time_to_basic_value(company):
    table = ttv.durations(company, "contract_signed", "basic_value")
    everybody = ttv.incidence(table["days"], table["outcome"])
    return float(ttv.median(everybody)["days"].item())


def _days_of_achievers(company):
    table = ttv.durations(company, "contract_signed", "basic_value")
    return table.loc[table["outcome"] == "value", "days"]


def median_of_achievers(company):
    return float(_days_of_achievers(company).median())


def mean_of_achievers(company):
    return round(float(_days_of_achievers(company).mean()))


def median_of_closed(company):
    table = ttv.durations(company, "contract_signed", "basic_value")
    closed = table[table["outcome"] != "open"]
    return float(ttv.median(ttv.incidence(closed["days"], closed["outcome"]))["days"].item())


def median_from_kickoff(company):
    table = ttv.durations(company, "kickoff", "basic_value")
    return float(ttv.median(ttv.incidence(table["days"], table["outcome"]))["days"].item())


def exceeded_in_two_years(company):
    table = ttv.durations(company, "contract_signed", "exceeded_value")
    everybody = ttv.incidence(table["days"], table["outcome"])
    return ttv.share_by(everybody, 730)["share"].item()


def exceeded_if_nobody_churned(company):
    table = ttv.durations(company, "contract_signed", "exceeded_value")
    as_if = ttv.curve(table["days"], table["outcome"] == "value")
    return ttv.share_by(as_if, 730)["share"].item()


def exceeded_on_record(company):
    table = ttv.durations(company, "contract_signed", "exceeded_value")
    return ((table["outcome"] == "value") & (table["days"] <= 730)).mean()


def churn_lower_by(company):
    churn = ttv.renewal(company, "basic_value", notice=90, draws=2).set_index("estimate")
    return -100 * churn.loc["weighted", "difference"]


def churn_lower_a_month_before(company):
    churn = ttv.renewal(company, "basic_value", draws=2).set_index("estimate")
    return -100 * churn.loc["weighted", "difference"]


def churn_lower_as_it_looks(company):
    churn = ttv.renewal(company, "basic_value", notice=90, draws=2).set_index("estimate")
    return -100 * churn.loc["crude", "difference"]


def churn_lower_in_hindsight(company):
    table = ttv.durations(company, "contract_signed", "basic_value")
    value = table["outcome"] == "value"
    left = ~table["customer_id"].isin(company.snapshot()["customer_id"])
    return 100 * (left[~value].mean() - left[value].mean())


def notes_passed_on(company):
    """The days and the ARR that notes at every handoff win."""
    levers = ttv.levers(company, "basic_value").set_index("lever")
    lever = levers.loc["notes passed on at every handoff"]
    gain = ttv.renewals_saved(company, max(round(lever["days_won"]), 1)).iloc[0]
    return {**lever, **gain, "currency": company.currency}


EXERCISES = load(
    "ttv",
    time_to_basic_value,
    median_of_achievers,
    mean_of_achievers,
    median_of_closed,
    median_from_kickoff,
    exceeded_in_two_years,
    exceeded_if_nobody_churned,
    exceeded_on_record,
    churn_lower_by,
    churn_lower_a_month_before,
    churn_lower_as_it_looks,
    churn_lower_in_hindsight,
    notes_passed_on,
)
