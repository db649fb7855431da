"""Exercises on time to value: how long, for whom, and what is it worth?"""

from __future__ import annotations

from cstoolkit import ttv
from cstoolkit.data.company import Company
from cstoolkit.exercises.kinds import Choice, Decision, Number, Option


def time_to_basic_value(company: Company) -> float:
    """Days from the signing by which half of all customers had basic value."""
    table = ttv.durations(company, "contract_signed", "basic_value")
    found = ttv.incidence(table["days"], table["outcome"])
    return float(ttv.median(found)["days"].item())


def achievers(company: Company):
    """Days to basic value of those who got there, and of nobody else."""
    table = ttv.durations(company, "contract_signed", "basic_value")
    return table.loc[table["outcome"] == "value", "days"]


def median_of_achievers(company: Company) -> float:
    """The median over those who got there."""
    return float(achievers(company).median())


def mean_of_achievers(company: Company) -> float:
    """The mean over those who got there."""
    return round(float(achievers(company).mean()))


def median_of_closed(company: Company) -> float:
    """The median without those who still wait."""
    table = ttv.durations(company, "contract_signed", "basic_value")
    closed = table[table["outcome"] != "open"]
    return float(ttv.median(ttv.incidence(closed["days"], closed["outcome"]))["days"].item())


def median_from_kickoff(company: Company) -> float:
    """The right estimate of another span: the clock starts at the kickoff."""
    table = ttv.durations(company, "kickoff", "basic_value")
    return float(ttv.median(ttv.incidence(table["days"], table["outcome"]))["days"].item())


def exceeded_in_two_years(company: Company) -> float:
    """Share of all customers with exceeded value by day 730."""
    table = ttv.durations(company, "contract_signed", "exceeded_value")
    found = ttv.incidence(table["days"], table["outcome"])
    return ttv.share_by(found, 730)["share"].item()


def exceeded_if_nobody_churned(company: Company) -> float:
    """The same as if those who churned would have got there like the others."""
    table = ttv.durations(company, "contract_signed", "exceeded_value")
    found = ttv.curve(table["days"], table["outcome"] == "value")
    return ttv.share_by(found, 730)["share"].item()


def exceeded_on_record(company: Company) -> float:
    """Those seen to get there in time, divided by everybody, followed for two years or not."""
    table = ttv.durations(company, "contract_signed", "exceeded_value")
    return ((table["outcome"] == "value") & (table["days"] <= 730)).mean()


def churn_lower_by(company: Company) -> float:
    """Percentage points by which value in time lowers churn at the first renewal, among like customers."""
    table = ttv.renewal(company, "basic_value", landmark=180, draws=2).set_index("estimate")
    return -100 * table.loc["weighted", "difference"]


def churn_lower_as_it_looks(company: Company) -> float:
    """The plain difference."""
    table = ttv.renewal(company, "basic_value", landmark=180, draws=2).set_index("estimate")
    return -100 * table.loc["crude", "difference"]


def churn_lower_in_hindsight(company: Company) -> float:
    """The plain difference by whether value ever came."""
    table = ttv.durations(company, "contract_signed", "basic_value")
    value = table["outcome"] == "value"
    left = table["customer_id"].isin(company.snapshot()["customer_id"]).map({True: 0.0, False: 1.0})
    return 100 * (left[~value].mean() - left[value].mean())


def proposal(company: Company) -> str:
    """Three sentences as a head of CS might write them, with this company's figures."""
    lever = (
        ttv.levers(company, "basic_value")
        .set_index("lever")
        .loc["notes passed on at every handoff"]
    )
    days = max(round(lever["days_won"]), 1)
    gain = ttv.worth(company, days).iloc[0]
    return (
        f"I recommend to pass on the notes at every handoff: by our records that wins {lever['days_won']:.0f} of "
        f"{lever['days_now']:.0f} days from the signing to basic value (interval {lever['low']:.0f} to {lever['high']:.0f}). "
        f"That many days are worth {gain['arr']:,.0f} {company.currency} of ARR a year at first renewals (interval "
        f"{gain['arr_low']:,.0f} to {gain['arr_high']:,.0f}), so it pays only as long as writing the notes costs less. "
        f"Because records show what goes together and not what causes it, half of the handoffs, drawn by lot, start next quarter, "
        f"and if the two curves have not parted after a year, I was wrong."
    )


MILESTONES = {"milestones": ["milestone", "happened_on"]}
RECORDS = {
    **MILESTONES,
    "deals": ["fit"],
    "customers": ["onboarding"],
    "activities": ["hours"],
    "assignments": ["notes_passed"],
}

EXERCISES = (
    Number(
        question=(
            "What is the time to value here: how many days after contract_signed had half of all customers reached "
            "basic_value? Count those who still wait for the days they were followed, and those who churned as never."
        ),
        unit="days",
        answer=time_to_basic_value,
        tolerance=0,
        needs=MILESTONES,
        misconceptions=[
            (
                median_of_achievers,
                "That is the median over those who got there. It is not the TTV: everybody who is slow, still waits or has left is "
                "missing from it, so it is short by construction.",
            ),
            (
                mean_of_achievers,
                "That is the mean over those who got there: a few slow ones draw it up, and whoever never got there is still missing.",
            ),
            (
                median_of_closed,
                "That leaves out the customers who still wait. A recent customer then counts only if it was quick.",
            ),
            (
                median_from_kickoff,
                "That clock starts at the kickoff: the customer has waited since the signing.",
            ),
        ],
        hints=[
            "Two functions: one makes days and outcomes, the other one the curve of all.",
            'ttv.durations(company, "contract_signed", "basic_value") has the columns days and outcome.',
            "ttv.median(ttv.incidence(days, outcome)) has a column days.",
        ],
        why="Everybody whose clock started belongs in the count, each for as long as it was followed.",
    ),
    Number(
        question=(
            "What share of all customers has exceeded_value by day 730 after contract_signed? Those who churned before never will."
        ),
        unit="share",
        answer=exceeded_in_two_years,
        needs=MILESTONES,
        misconceptions=[
            (
                exceeded_if_nobody_churned,
                "That is the curve as if nobody churned (churned customers treated as 'not yet'): it promises value to people who left.",
            ),
            (
                exceeded_on_record,
                "That divides by everybody, also by those who signed less than two years ago: they have not had the time.",
            ),
        ],
        hints=[
            "Two reasons not to have value: not yet, and never.",
            "ttv.curve knows only 'not yet'; ttv.incidence keeps the two apart.",
            "ttv.share_by(ttv.incidence(days, outcome), 730) has a column share.",
        ],
        why="A customer who left is not a customer who waits: the competing risk takes it out for good.",
    ),
    Choice(
        question=(
            "A report says: 'Customers who received more than ten hours before value took longest to get there. Hours slow "
            "customers down.' What is wrong with it?"
        ),
        options={
            "a": Option(
                "Nothing: the correlation is strong and there are many customers.",
                "Taking a large sample for a fair comparison: more rows make a biased figure more precise, not right.",
            ),
            "b": Option(
                "The hours were counted to the end, so that whoever waits longer has time to collect more of them.",
                "Immortal-time bias: an hour explains only what comes after it. Cut time into weeks and count the hours before each.",
            ),
            "c": Option(
                "Customers without hours must be left out first.",
                "Taking a zero for a missing value: no hours is a fact about that customer, and leaving it out selects again.",
            ),
            "d": Option(
                "Hours should be compared among those who reached value only.",
                "Looking at achievers only: that throws away those whom the hours did not help, and the bias stays.",
            ),
        },
        right="b",
        hints=[
            "When were the hours known, and when did the clock start?",
            "Who has had the time to receive many hours?",
        ],
        why="What accrues after the start counts from its own day on: as start-stop rows, or before a stated landmark day.",
    ),
    Number(
        question=(
            "By how many percentage points is churn at the first renewal lower with basic value by day 180 than without, among "
            "like customers (estimate 'weighted')?"
        ),
        unit="percentage points",
        answer=churn_lower_by,
        tolerance=0.02,
        spec=".2f",
        needs=RECORDS,
        misconceptions=[
            (
                churn_lower_as_it_looks,
                "That is the crude difference: customers who fit well get value sooner and also stay for other reasons.",
            ),
            (
                churn_lower_in_hindsight,
                "That sorts customers by whether value EVER came. Who left early had no time to get there: state a landmark day first.",
            ),
        ],
        hints=[
            'ttv.renewal(company, "basic_value", landmark=180) compares the two groups in three ways.',
            "Take the row 'weighted' and its difference, times 100; lower means the sign changes.",
        ],
        why="First the landmark (no peeking at what came later), then like with like (fit, size and onboarding form).",
    ),
    Decision(
        question=(
            "Mio can change one thing next quarter. Write three sentences to the CFO: which lever do you pull, how many days "
            "and how much ARR may it bring (with an interval), and how will you find out whether you were wrong?"
        ),
        rubric=[
            "names one lever that CS can pull (fit is decided before the sale), and from which event to which the days are counted",
            "gives days or ARR with an interval, not as one sure number",
            "says that the effect is an estimate from records, and how it will be tested (who is compared with whom, by when)",
            "weighs it against what the lever costs",
        ],
        sample=proposal,
        needs=RECORDS,
        hints=[
            'ttv.levers(company, "basic_value") and ttv.worth(company, [7, 14, 30]) have the figures.',
            "The lever with the most days is not the one with the best return.",
        ],
        why="Days are won only as far as the effects are causes, so a plan to find out belongs to the request.",
    ),
)
