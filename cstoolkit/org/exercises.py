"""Exercises on organisation design: by which axis is CS divided, how do axes combine, and what does it cost?"""

from __future__ import annotations

from cstoolkit import org
from cstoolkit.data.company import Company
from cstoolkit.exercises.kinds import Choice, Decision, Number, Option


def contacts_by_feature(company: Company) -> float:
    """People a customer has to do with at once, if CS is divided by product feature."""
    table = org.evaluate(company, org.build(company, "feature"))
    return table.set_index("measure").loc["contacts_now", "value"]


def teams_by_feature(company: Company) -> float:
    """The number of teams, which is not the number of people a customer meets."""
    table = org.evaluate(company, org.build(company, "feature"))
    return table.set_index("measure").loc["teams", "value"]


def contacts_by_phase(company: Company) -> float:
    """The same for a division by phase."""
    table = org.evaluate(company, org.build(company, "phase"))
    return table.set_index("measure").loc["contacts_now", "value"]


def answerable(company: Company) -> float:
    """The share of ARR for which one part of CS alone can answer over a year, if CS is divided by phase."""
    table = org.evaluate(company, org.build(company, "phase"))
    return table.set_index("measure").loc["arr_one_team_year", "value"]


def answerable_now(company: Company) -> float:
    """The same at one moment."""
    table = org.evaluate(company, org.build(company, "phase"))
    return table.set_index("measure").loc["arr_one_team_now", "value"]


def answerable_in_hierarchy(company: Company) -> float:
    """The same for a division by industry, then phase."""
    table = org.evaluate(company, org.build(company, "industry", "phase"))
    return table.set_index("measure").loc["arr_one_team_year", "value"]


def proposal(company: Company) -> str:
    """Three sentences as a head of CS might write them, with this company's figures."""
    design = org.build(
        company, "industry", matrix=org.axis(company, "department", rest="customers only")
    )
    designs = {"mine": design, "phase": org.build(company, "phase")}
    found = org.compare(company, designs).pivot(index="measure", columns="design", values="value")
    known = org.facts(company).set_index("fact")["value"]
    helps = org.effects(company).set_index("effect").loc["industry_known", "high"] < 0
    return (
        f"I propose teams by industry and, across them, a role for each department that we connect to, under a CCO: we have "
        f"{known['live_customers']:,.0f} customers, the mix of new ones moves by only "
        f"{known['industry_shift']:.0%}, and {known['counterpart_hours']:.0%} of our hours need another department. "
        f"It keeps handoffs at {found.loc['handoffs', 'mine']:.1f} a customer-year where a division by phase brings "
        f"{found.loc['handoffs', 'phase']:.1f}, which is arithmetic; that knowing an industry keeps customers is "
        f"{'estimated from' if helps else 'not shown by'} our records. "
        f"The price is that up to {found.loc['stranded_worst', 'mine']:.0f} people would be stranded if we left an "
        f"industry, so I would propose a division by phase instead if you tell me that our target segments will change."
    )


EXERCISES = (
    Choice(
        question='Today\'s teams have names such as "High Touch" and "Low Touch". By which axis are they divided, in the sense of S0?',
        options={
            "a": Option(
                "By touch, a fifth axis.",
                "Taking a method for an axis. High touch and low touch say how a customer is looked after, not by what teams are "
                "divided (S0).",
            ),
            "b": Option(
                "By account: customers were sorted by a property of theirs, and the touch followed from it.",
                "Size or value decides who is in which team; touch is what the team then does. Even if every segment ended up "
                "in high touch, it would be a division by account.",
            ),
            "c": Option(
                "By phase: high touch is for customers who are new.",
                "Mixing up how closely with when. The phase axis is time since the product was rolled out; a customer of ten "
                "years can be high touch.",
            ),
            "d": Option(
                "By product feature: each touch uses other features.",
                "Mixing up what the vendor does with what the product does. A feature team teaches payroll, say, to customers of "
                "every touch.",
            ),
        },
        right="b",
        hints=[
            "What was looked at when a customer was put into a team?",
            "Is touch something a customer has, or something CS does?",
        ],
        why="What matters is that customers are classified well; the touch level follows as a method.",
    ),
    Number(
        question=(
            "CS is divided by product feature. How many people does a customer have to do with at once, on average? "
            'Use org.build(company, "feature") and org.evaluate.'
        ),
        unit="people a customer",
        answer=contacts_by_feature,
        needs={"usage": []},
        misconceptions=[
            (
                teams_by_feature,
                "That is the number of teams. A customer meets those teams only whose features it uses.",
            ),
            (
                lambda company: 1.0,
                "One contact is what a division by account gives. Features cut through the customer: each one in use brings its own team.",
            ),
            (
                contacts_by_phase,
                "That is the division by phase. There a customer meets one team after another; by feature several at the same time.",
            ),
        ],
        hints=[
            "evaluate gives one row a measure; which measure is about now, not about life?",
            'table.set_index("measure").loc["contacts_now", "value"]',
        ],
        why="S0's warning about features, several teams talking to one customer, is arithmetic: it follows from the features in use.",
    ),
    Number(
        question=(
            "CS is divided by phase. For which share of ARR can one part of CS answer alone over a whole year? "
            "(The measure arr_one_team_year.)"
        ),
        unit="share",
        answer=answerable,
        misconceptions=[
            (
                answerable_now,
                "That is the share at this moment. Over a year customers move on to the next phase and so to another team.",
            ),
            (
                answerable_in_hierarchy,
                "That is a hierarchy: divided by account first, one part keeps its customers through all phases. By phase nobody does.",
            ),
            (
                lambda company: 1 - answerable(company),
                "That is the rest: the ARR for which several parts answer together.",
            ),
        ],
        hints=[
            "An NRR belongs to a team only if no other team looked after the same customers.",
            'Build by "phase", evaluate, and read the measure arr_one_team_year.',
        ],
        why=(
            "An indicator such as NRR runs over a year and several phases, so that a team by phase hardly owns any of it: "
            "give it an indicator of its phase, such as time to value."
        ),
    ),
    Choice(
        question="Which of these follows S0's preference for combining axes in full?",
        options={
            "a": Option(
                "Two product organisations, in one of them a team for each user trait (S3's shape).",
                "Taking a real example for the rule. Product is company-facing and divides the hierarchy here: a customer with both "
                "products falls to two branches. S3 gains something else by it, a common strategy with individual ones.",
            ),
            "b": Option(
                "Teams by industry, inside each a team for each phase, and nothing else.",
                "Stopping half-way. The customer-facing axes are combined as S0 likes, but nobody has a company-facing role.",
            ),
            "c": Option(
                "Teams by industry; across them, a role for each department that CS connects to.",
                "The customer-facing axis forms the hierarchy, the company-facing one crosses it as a matrix, and both are there.",
            ),
            "d": Option(
                "Teams by phase, crossed as a matrix with industries.",
                "Any two axes make a matrix, but two customer-facing ones give each person two lines to the same customer.",
            ),
        },
        right="c",
        hints=[
            "Sort the four axes first: which two look at the customer, which two at the company?",
            "Customer-facing: hierarchy. Company-facing: matrix. And have both.",
        ],
        why="It is a preference for the sake of clarity, not a law: S3's vendor breaks it with reasons.",
    ),
    Decision(
        question=(
            "Reiko Tanabe, the CEO, asks how CS should be organised from next year on. Write three sentences: the design and its "
            "reporting line with the facts that speak for it, what is arithmetic and what nobody has shown, and what speaks against it "
            "or would change your mind."
        ),
        rubric=[
            "names axes, how they combine, and the reporting line",
            "rests on facts of this company, at least one with its figure",
            "keeps what follows from the design apart from what was estimated and from what the records cannot show",
            "says what speaks against it, or which answer would change the recommendation",
        ],
        sample=proposal,
        needs={
            "customers": ["industry"],
            "activities": ["department"],
            "assignments": ["person_id"],
        },
        hints=[
            "org.recommend(company) lists what speaks for and against each design, with the fact.",
            "Choose by the reason you can defend, not by counting reasons: no source weighs them.",
        ],
        why="A design is a choice of which costs to bear; whoever decides has to see them.",
    ),
)
