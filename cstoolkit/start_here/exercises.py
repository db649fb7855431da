"""Exercises of the first notebook: reading a company, one unit against the other, a first recommendation."""

from __future__ import annotations

from cstoolkit import staffing, stages
from cstoolkit.data.company import Company
from cstoolkit.exercises.kinds import Choice, Decision, Number, Option


def live_customers(company: Company) -> int:
    """Customers live on the day the data were taken."""
    return len(company.snapshot())


def stage_of(company: Company) -> str:
    """The letter of the stage that the company is in: a to e for S1's five."""
    return "abcde"[stages.stage(live_customers(company)) - 1]


def first_answer(company: Company) -> str:
    """Three sentences that a learner might write after ten minutes."""
    customers = staffing.base(company)
    paid = staffing.top_down(customers, "accounts_per_csm_survey_mean", per="customers")[
        "csms"
    ].sum()
    return (
        f"Do not decide on {staffing.headcount(paid)} CSMs yet: that number comes from other firms. "
        f"Let us first count the hours that our {len(customers):,} customers need, by touch tier. "
        "If both agree, we budget it; if not, we decide together which work to stop."
    )


EXERCISES = (
    Number(
        question="How many customers are live on the day the data were taken? Use company.snapshot().",
        unit="customers",
        answer=live_customers,
        tolerance=0,
        misconceptions=[
            (
                lambda company: len(company.customers),
                "That counts everyone who ever became a customer. Those who left are still in the table customers; "
                "snapshot() knows who is live.",
            ),
            (
                lambda company: len(company.contracts),
                "Those are contracts. A customer has one a product, and a new one with each renewal or change.",
            ),
        ],
        hints=["A snapshot has one row a live customer.", "len(company.snapshot())"],
        why="Who is live is decided in one place: a customer has churned on the day its last contract ends without a successor.",
    ),
    Choice(
        question="Which of S1's five business stages is this company in, by its live customers?",
        options={
            "a": Option(
                "1: sales does CS as well",
                "Stage 1 ends at 10 live customers: count the live customers, not the years.",
            ),
            "b": Option(
                "2: a first small department", "Stage 2 reaches from 10 to 100 live customers."
            ),
            "c": Option(
                "3: work gets formalised", "Stage 3 reaches from 100 to 500 live customers."
            ),
            "d": Option(
                "4: clear roles and CS Ops", "Stage 4 reaches from 500 to 1,000 live customers."
            ),
            "e": Option(
                "5: regions and paid onboarding come up", "Stage 5 begins at 1,000 live customers."
            ),
        },
        right=stage_of,
        hints=["Count the live customers.", "stages.table() of the package shows S1's borders."],
        why="The stage follows from live customers; a boundary value belongs to the later stage (a rule of this project).",
    ),
    Decision(
        question="The CFO wants to decide today, from the survey's average alone. Write three sentences to the CFO.",
        rubric=[
            "says where the offered number comes from, and that it is not this company",
            "names the second calculation that is missing",
            "proposes what happens when the two agree, and when they do not",
        ],
        sample=first_answer,
        hints=["You need no number of your own yet: say what is missing."],
        why="Top-down alone is half of the method; the difference to the other half is what can be discussed (S4).",
    ),
)
