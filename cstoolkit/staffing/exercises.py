"""Answers to the exercises of notebook 09; their texts stand in exercises.toml."""

from cstoolkit import staffing
from cstoolkit.exercises import load


def _plan(company, **capacity):
    """The people that the recorded work needs, by segment."""
    effort, capacity = staffing.effort(company), staffing.Capacity(**capacity)
    return staffing.bottom_up(staffing.base(company), effort, capacity)


def needed(company):
    return _plan(company)["csms"].sum()


def needed_at_60(company):
    effort, capacity = staffing.effort(company), staffing.Capacity(utilisation=0.6)
    return staffing.bottom_up(staffing.base(company), effort, capacity)["csms"].sum()


def without_utilisation(company):
    return _plan(company, utilisation=1)["csms"].sum()


def per_csm(company):
    return len(staffing.base(company)) / needed(company)


def of_the_textbook(company):
    customers = staffing.base(company)
    plan, starts = staffing.effort_table(), staffing.starts(company)
    return staffing.bottom_up(customers, plan, staffing.Capacity(), starts=starts)["csms"].sum()


def most_personal(company):
    """The most personal tier that customers have: high, else low, else tech touch."""
    return {"tier": staffing.base(company)["tier"].astype("str").min()}


def per_csm_there(company):
    customers, effort = staffing.base(company), staffing.effort(company)
    plan = staffing.bottom_up(customers, effort, staffing.Capacity())
    tier = customers["tier"].astype("str").min()
    return plan.set_index("segment").loc[tier, "customers_per_csm"]


def per_csm_there_without_utilisation(company):
    return per_csm_there(company) / staffing.Capacity().utilisation


def organisation(company):
    return staffing.roles(_plan(company))["headcount"].sum()


def organisation_with_new_leaders(company):
    customers, effort = staffing.base(company), staffing.effort(company)
    plan = staffing.bottom_up(customers, effort, staffing.Capacity())
    return staffing.roles(plan, ratios=staffing.Ratios(span=6))["headcount"].sum()


def without_leaders(company):
    roles = staffing.roles(_plan(company))
    return roles.loc[roles["role"] != "leader", "headcount"].sum()


def csms_alone(company):
    return staffing.headcount(needed(company))


def request(company):
    """The figures of three sentences as a head of CS might write them."""
    customers, bottom = staffing.base(company), _plan(company)
    top = staffing.top_down(customers, "accounts_per_csm_survey_mean", per="customers")
    return {
        "people": staffing.headcount(bottom["csms"].sum()),
        "paid": staffing.headcount(top["csms"].sum()),
        "hours": bottom["hours"].sum(),
        "capacity": staffing.Capacity().for_customers,
        "fewer": staffing.reconcile(top, bottom).lever("hours_per_customer"),
        "now": bottom["hours"].sum() / len(customers),
    }


EXERCISES = load(
    "staffing",
    needed,
    needed_at_60,
    without_utilisation,
    per_csm,
    of_the_textbook,
    most_personal,
    per_csm_there,
    per_csm_there_without_utilisation,
    organisation,
    organisation_with_new_leaders,
    without_leaders,
    csms_alone,
    request,
)
