"""Answers to the exercises of notebook 01; their texts stand in exercises.toml."""

from cstoolkit import org
from cstoolkit.exercises import load


def _measure(company, measure, *axes):
    table = org.evaluate(company, org.build(company, *axes))
    return table.set_index("measure").loc[measure, "value"]


def contacts_in_a_matrix(company):
    table = org.evaluate(company, org.build(company, "phase", matrix="feature"))
    return table.set_index("measure").loc["contacts_now", "value"]


def contacts_by_feature(company):
    return _measure(company, "contacts_now", "feature")


def teams_by_feature(company):
    return len(org.build(company, "feature").units)


def one_contact(company):
    return 1


def contacts_by_phase(company):
    return _measure(company, "contacts_now", "phase")


def one_part_by_phase(company):
    table = org.evaluate(company, org.build(company, "phase"))
    return table.set_index("measure").loc["arr_one_team_year", "value"]


def one_part_now(company):
    return _measure(company, "arr_one_team_now", "phase")


def one_part_in_a_hierarchy(company):
    return _measure(company, "arr_one_team_year", "industry", "phase")


def several_parts(company):
    return 1 - one_part_by_phase(company)


def proposal(company):
    """The figures of three sentences as a head of CS might write them."""
    across = org.axis(company, "department", rest="customers only")
    designs = {
        "mine": org.build(company, "industry", matrix=across),
        "phase": org.build(company, "phase"),
    }
    found = org.compare(company, designs).pivot(index="measure", columns="design", values="value")
    known = org.facts(company, design=designs["mine"]).set_index("fact")["value"]
    helps = org.effects(company).set_index("effect").loc["industry_known", "high"] < 0
    return {
        "customers": known["live_customers"],
        "shift": known["mix_shift"],
        "with_others": known["counterpart_hours"],
        "handoffs": found.loc["handoffs", "mine"],
        "by_phase": found.loc["handoffs", "phase"],
        "anyway": found.loc["handoffs_any", "mine"],
        "stranded": found.loc["stranded_worst", "mine"],
        "shown": "estimated from" if helps else "not shown by",
    }


EXERCISES = load(
    "org",
    contacts_in_a_matrix,
    contacts_by_feature,
    teams_by_feature,
    one_contact,
    contacts_by_phase,
    one_part_by_phase,
    one_part_now,
    one_part_in_a_hierarchy,
    several_parts,
    proposal,
)
