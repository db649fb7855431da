"""Exercises on staffing: how many people, and what if finance says fewer?"""

from __future__ import annotations

from cstoolkit import staffing
from cstoolkit.data.company import Company
from cstoolkit.exercises.kinds import Choice, Decision, Number, Option


def needed(company: Company) -> float:
    """CSMs that the hours really given call for."""
    customers = staffing.base(company)
    effort = staffing.measured_effort(company)
    return staffing.bottom_up(customers, effort, staffing.Capacity())["csms"].sum()


def needed_without_utilisation(company: Company) -> float:
    """The same, as if every working hour reached a customer."""
    customers = staffing.base(company)
    effort = staffing.measured_effort(company)
    return staffing.ignoring_utilisation(customers, effort, staffing.Capacity())[
        "csms_ignoring"
    ].sum()


def customers_per_csm(company: Company) -> float:
    """The same answer in the other unit."""
    return len(staffing.base(company)) / needed(company)


def most_personal(company: Company) -> str:
    """The most personal tier that customers have: high, else low, else tech touch."""
    return staffing.base(company)["tier"].astype("str").min()


def customers_per_csm_there(company: Company) -> float:
    """Customers that one CSM can look after in the most personal tier."""
    customers = staffing.base(company)
    effort = staffing.measured_effort(company)
    answer = staffing.bottom_up(customers, effort, staffing.Capacity()).set_index("segment")
    return answer.loc[most_personal(company), "customers_per_csm"]


def arr_per_csm(company: Company) -> float:
    """ARR that one CSM may hold if the plan is to be carried out: the lever that S4 names first."""
    customers = staffing.base(company)
    answer = staffing.bottom_up(customers, staffing.measured_effort(company), staffing.Capacity())
    return customers["arr"].sum() / answer["csms"].sum()


def organisation(company: Company) -> float:
    """All of CS: CSMs in whole people, CS Ops, customer marketing and leaders."""
    customers = staffing.base(company)
    answer = staffing.bottom_up(customers, staffing.measured_effort(company), staffing.Capacity())
    return staffing.roles(answer["csms"].sum(), len(customers))["headcount"].sum()


def organisation_without_leaders(company: Company) -> float:
    """The same without those who lead."""
    customers = staffing.base(company)
    answer = staffing.bottom_up(customers, staffing.measured_effort(company), staffing.Capacity())
    roles = staffing.roles(answer["csms"].sum(), len(customers))
    return roles.loc[roles["role"] != "leader", "headcount"].sum()


def request(company: Company) -> str:
    """Three sentences as a head of CS might write them, with this company's figures."""
    customers = staffing.base(company)
    bottom = staffing.bottom_up(customers, staffing.measured_effort(company), staffing.Capacity())
    top = staffing.top_down(customers, "accounts_per_csm_survey_mean", per="customers")
    answer = staffing.reconcile(top, bottom)
    paid, people = staffing.whole_people(answer)
    hours = answer.lever("hours_per_customer")
    return (
        f"I ask for {people} CSMs where the survey's benchmark pays for {paid}. "
        f"What we do for customers takes {bottom['hours'].sum():,.0f} hours a month, and one CSM can give customers "
        f"{staffing.Capacity().for_customers:.0f} of them. "
        f"If it has to be {paid}, each customer gets {hours:.2f} hours a month instead of "
        f"{bottom['hours'].sum() / len(customers):.2f}, and we decide together whose hours go."
    )


NEEDS = {"activities": ["hours", "happened_on"]}

EXERCISES = (
    Number(
        question=(
            "How many CSMs do the hours that customers received last year call for, in total and in fractions? "
            "Use staffing.measured_effort(company) and staffing.Capacity()."
        ),
        unit="CSMs",
        answer=needed,
        needs=NEEDS,
        misconceptions=[
            (
                needed_without_utilisation,
                "That divides by all working hours. Meetings, training and leave are in them: only working hours "
                "times utilisation reach customers.",
            ),
            (
                customers_per_csm,
                "That is customers per CSM, the other unit. Bottom-up often arrives there first: divide the customers by it.",
            ),
            (
                lambda company: staffing.bottom_up(
                    staffing.base(company),
                    staffing.effort_table(by_phase=True),
                    staffing.Capacity(),
                )["csms"].sum(),
                "Those are the hours of a textbook plan (effort_table). The question asks for the hours that "
                "customers really received (measured_effort).",
            ),
        ],
        hints=[
            "Three inputs: the customers, the hours each receives, and what one CSM can give.",
            "staffing.bottom_up(customers, effort, capacity) has a column csms; add it up over the segments.",
            "customers = staffing.base(company); effort = staffing.measured_effort(company).",
        ],
        why="Hours needed divided by the hours one CSM has for customers give CSMs, segment by segment; the sum is the total.",
    ),
    Number(
        question=lambda company: (
            f"How many customers can one CSM look after in the {most_personal(company)}-touch segment, if each gets the hours it got "
            "last year?"
        ),
        unit="customers per CSM",
        answer=customers_per_csm_there,
        needs=NEEDS,
        misconceptions=[
            (
                customers_per_csm,
                "That is the average over all segments. Nobody works there: the least personal pulls it up, "
                "and CSMs close to their customers would drown.",
            ),
            (
                lambda company: customers_per_csm_there(company) / staffing.Capacity().utilisation,
                "That counts every working hour as an hour for customers: utilisation is missing.",
            ),
        ],
        hints=[
            "Bottom-up answers by segment.",
            "Look for the segment's row and the column customers_per_csm.",
        ],
        why="S4 asks for both calculations per segment: an average over tiers describes no CSM there is.",
    ),
    Choice(
        question="Top-down says 46 customers per CSM, bottom-up says 30 customers per CSM. What follows?",
        options={
            "a": Option(
                "The plan has too many people: top-down is larger.",
                "Mixing up the units: more customers per CSM means FEWER people. Convert to people before comparing.",
            ),
            "b": Option(
                "The budget buys too few people for the plan.",
                "One CSM is asked to hold more customers than the plan's hours allow. Talk with finance: more people, or a smaller plan.",
            ),
            "c": Option(
                "The benchmark is right, since others manage it.",
                "Taking a benchmark for a law: it carries other firms' prices, brand and segments (S4).",
            ),
            "d": Option(
                "Take the average of the two.",
                "Splitting the difference: neither the plan nor the budget is met, and nothing was decided.",
            ),
        },
        right="b",
        hints=["Write both in people: for the same customers, which needs more CSMs?"],
        why="S4 speaks of top-down being larger in customers per CSM; in people it is then the smaller one.",
    ),
    Number(
        question=(
            "How many people does CS need in all (CSMs in whole people, CS Ops, customer marketing and leaders), "
            "for the hours customers really received? Use staffing.roles."
        ),
        unit="people",
        answer=organisation,
        tolerance=0,
        needs=NEEDS,
        misconceptions=[
            (
                organisation_without_leaders,
                "The leaders are missing. S4: an experienced leader has 8-12 direct reports, so they must be added, level upon level.",
            ),
            (
                lambda company: staffing.headcount(needed(company)),
                "Those are the CSMs alone. CS Ops, customer marketing and leaders come on top (S4).",
            ),
        ],
        hints=[
            "CSMs first, then those who make them effective, then those who lead.",
            'staffing.roles(csms, customers)["headcount"].sum()',
        ],
        why="The request to management is for the organisation, not for the CSMs alone.",
    ),
    Decision(
        question=(
            "The CFO offers what the survey's average pays for: one CSM for 104 customers. Write three sentences "
            "to the CFO: how many CSMs do you ask for, why, and what happens if the answer is no?"
        ),
        rubric=[
            "names one number of people, and the number it is compared with in the same unit",
            "gives the reason in hours or ARR, not in how busy everyone feels",
            "says what customers would no longer get, or which lever closes the gap",
        ],
        sample=request,
        needs=NEEDS,
        hints=[
            "Begin with the number.",
            "reconcile(...).lever('hours_per_customer') says what the budget pays for.",
        ],
        why="S4: the result is a trade-off that can be discussed; a decision-maker needs the request, its reason and the alternative.",
    ),
)
