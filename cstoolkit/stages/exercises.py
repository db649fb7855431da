"""Exercises on the growth stages: which stage, how many people, which function next, and does the difference come from the offer?"""

from __future__ import annotations

from cstoolkit import stages
from cstoolkit.data.company import Company
from cstoolkit.exercises.kinds import Choice, Decision, Number, Option


def months_in_stage_3(company: Company) -> float:
    """Month ends at which the company stood in stage 3."""
    path = stages.history(company)
    return float((path["stage"] == 3).sum())


def plain_difference(company: Company) -> float:
    """Share completed, paid minus free, as it looks."""
    return stages.onboarding_effect(company).set_index("estimate").loc["crude", "difference"]


def like_with_like(company: Company) -> float:
    """Share completed, paid minus free, at the same fit and size."""
    return (
        stages.onboarding_effect(company)
        .set_index("estimate")
        .loc["same fit and size", "difference"]
    )


def book_to_outsource(company: Company) -> float:
    """ARR of a book from which on outsourcing a post that is empty for six months is cheaper than leaving it open."""
    return stages.vacancy_break_even(stages.Vacancy(months=6))


def book_with_full_quality(company: Company) -> float:
    """The same, as if outsourced people averted the whole loss."""
    return stages.vacancy_break_even(stages.Vacancy(months=6, quality=1.0))


def advice(company: Company) -> str:
    """Three sentences on a regional office, with this company's figures."""
    offices = stages.regional_office(company).sort_values("people").iloc[0]
    office = stages.RegionalOffice()
    careful = stages.break_even(offices["arr_mean"], stages.RegionalOffice(saved=0.0, won=0.0))
    plain = (
        "an office never pays" if careful == float("inf") else f"it takes {careful:,.0f} customers"
    )
    return (
        f"Try an office in {offices['region']}: {offices['customers']:,} customers live there and {offices['people']:.0f} of "
        f"us, and it pays "
        f"from {offices['break_even']:,.0f} customers on. "
        f"That rests on closeness keeping {office.saved:.0%} and winning {office.won:.0%} of local ARR a year, which nobody "
        f"has measured: "
        f"without either, {plain}. "
        "So send two people for a year first, and compare renewals there with a region that stays as it is."
    )


PAID = {"customers": ["onboarding", "employees"], "milestones": ["milestone"], "deals": ["fit"]}

EXERCISES = (
    Number(
        question="At how many month ends did the company stand in stage 3? Use stages.history(company).",
        unit="months",
        answer=months_in_stage_3,
        tolerance=0,
        misconceptions=[
            (
                lambda company: float((stages.history(company)["stage"] >= 3).sum()),
                "Those are all months from stage 3 on: the company has gone further since.",
            ),
            (
                lambda company: float((stages.history(company)["stage"] <= 3).sum()),
                "Those are all months up to stage 3, with stages 1 and 2 among them.",
            ),
        ],
        hints=["One row a month end; which column has the stage?", '(path["stage"] == 3).sum()'],
        why="The stage follows from live customers alone; a boundary value belongs to the later stage, which is this project's rule.",
    ),
    Choice(
        question="A company has 500 live customers and 12 people in CS. What does S1's table say?",
        options={
            "a": Option(
                "It is in stage 3 and has too many people.",
                "Two mistakes: a boundary value belongs to the later stage, and being above S1's headcount is not yet too many.",
            ),
            "b": Option(
                "It is in stage 4, above S1's headcount; whether that is too many, the hours decide.",
                "S1's bands span 50 to 167 customers per head in stage 4 and know neither price nor touch.",
            ),
            "c": Option(
                "It is in stage 4 and must let people go.",
                "Taking a band for a target: S1 describes what is typical, it does not calculate what work needs.",
            ),
            "d": Option(
                "It is in stage 5, since it has 10 or more people.",
                "Taking headcount for the stage: S1's stages go by live customers, the headcount comes with them.",
            ),
        },
        right="b",
        hints=["Which of the two numbers decides the stage?", "stages.stage(500)"],
        why="Customers decide the stage; the headcount beside it is a first orientation with a wide spread.",
    ),
    Number(
        question=(
            "Customers who paid for onboarding had basic value within 180 days more often than those with free onboarding. "
            "By what share, at the same "
            "fit and size? Use stages.onboarding_effect(company)."
        ),
        unit="share",
        answer=like_with_like,
        needs=PAID,
        misconceptions=[
            (
                plain_difference,
                "That is the plain difference. Who pays fits better to begin with (S1: motivated project leads), and would "
                "have completed more "
                "often anyway.",
            ),
            (
                lambda company: stages.onboarding_effect(company).iloc[-1]["high"],
                "That is the upper end of the interval, not the estimate.",
            ),
        ],
        hints=[
            "Three rows: as it looks, at the same fit, at the same fit and size.",
            'effect.set_index("estimate").loc["same fit and size", "difference"]',
        ],
        why="Comparing like with like takes out what the customers brought along; a motive that nobody rated is still in it.",
    ),
    Number(
        question=(
            "A CSM's post will be empty for six months. From which ARR of the book on is outsourcing cheaper than leaving it "
            "open, with the "
            "defaults of stages.Vacancy?"
        ),
        unit="currency a year",
        answer=book_to_outsource,
        misconceptions=[
            (
                book_with_full_quality,
                "That takes outsourced people to be as good as own ones: `quality` is the share of the loss that they avert.",
            ),
            (
                lambda company: stages.vacancy_break_even(),
                "Those are the default months, not six. A longer vacancy spreads the cost of finding and briefing people.",
            ),
        ],
        hints=[
            "Change one assumption of the record.",
            "stages.vacancy_break_even(stages.Vacancy(months=...))",
        ],
        why="Both the loss averted and the price grow with the months; only the start is paid once.",
    ),
    Decision(
        question=(
            "The head of CS asks whether to open a regional office where few of CS work. Write three sentences: what you advise, which "
            "figure it rests on, and how you would find out that you were wrong."
        ),
        rubric=[
            "names a region, its customers and the break-even number",
            "says which assumption carries the answer, and that it was not measured",
            "says what to watch, and by when, to change course",
        ],
        sample=advice,
        needs={"customers": ["region"], "people": ["region"]},
        hints=[
            "stages.regional_office(company) has the customers, the people and the break-even.",
            "What happens with saved=0 and won=0?",
        ],
        why="A break-even is arithmetic of assumptions: the advice is as good as the one that moves it most.",
    ),
)
