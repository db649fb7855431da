"""Exercises on the voice of the customer: what do customers say, and what does the product change because of it?"""

from __future__ import annotations

from cstoolkit import voc
from cstoolkit.data.company import Company
from cstoolkit.exercises.kinds import Choice, Decision, Number, Option


def mean_score(company: Company) -> float:
    """Mean of the scores that were given."""
    return company.voices["score"].mean()


def arr_that_spoke(company: Company) -> float:
    """ARR of live customers that voiced any topic in the last 365 days, each customer once."""
    table = voc.arr_at_risk(company, voc.assign(company)).set_index(["topic", "segment"])
    return table.loc[("any topic", "total"), "arr"]


def topics_added_up(company: Company) -> float:
    """The same, with customers of two topics counted twice."""
    table = voc.arr_at_risk(company, voc.assign(company))
    return table.loc[(table["segment"] == "total") & (table["topic"] != "any topic"), "arr"].sum()


def arr_that_ever_spoke(company: Company) -> float:
    """The same over the whole history."""
    table = voc.arr_at_risk(company, voc.assign(company), window_days=None).set_index(
        ["topic", "segment"]
    )
    return table.loc[("any topic", "total"), "arr"]


def answered_against_waiting(company: Company) -> float:
    """Churn rate of the answered over that of the waiting, both from the day the change shipped."""
    return voc.churn_after(company, voc.assign(company))["ratio"].iloc[0]


def crude_ratio(company: Company) -> float:
    """The same without strata."""
    first = voc.churn_after(company, voc.assign(company)).iloc[0]
    return first["rate"] / first["other_rate"]


def request(company: Company) -> str:
    """Three sentences to development, with this company's figures."""
    topics = voc.assign(company)
    table = voc.requirements(company, topics)
    first = table[table["under_way"].isna()].iloc[0]
    score = voc.scores(company, topics).set_index("topic").loc[first["topic"]]
    return (
        f"Please take {first['topic'].replace('_', ' ')} into the next plan: {first['customers']:,} live customers with "
        f"{first['arr']:,.0f} {company.currency} a year voiced it in the last twelve months. "
        f"By ARR it ranks {first['rank']}, between {first['rank_low']} and {first['rank_high']} if chance is allowed for, and "
        f"{score['missing']:.0%} of its voices carry no score, so mood is no argument here. "
        "I cannot promise less churn from it, so let us agree on the effort first and look again at how often it is voiced two "
        "quarters after it shipped."
    )


VOICES = {"voices": ["text", "happened_on"]}
ANSWERED = {"voices": ["text", "happened_on"], "changes": ["topic", "shipped_on"]}

EXERCISES = (
    Number(
        question="What is the mean score of the voices? Most have none; decide what to do about that.",
        unit="points of 10",
        answer=mean_score,
        needs={"voices": ["score"]},
        misconceptions=[
            (
                lambda company: company.voices["score"].fillna(0).mean(),
                "That counts a missing score as a zero: silence is not anger.",
            ),
            (
                lambda company: company.voices["score"].fillna(5).mean(),
                "That puts the middle of the scale in for every missing score: it makes up voices that say nothing.",
            ),
            (
                lambda company: company.voices["score"].notna().mean(),
                "That is the share of voices that have a score, worth telling beside the mean, but not the mean.",
            ),
        ],
        hints=[
            "Which voices can say anything about the score?",
            'company.voices["score"] holds it; pandas leaves missing ones out.',
        ],
        why="Nothing is put in for a missing score. Tell the share that is missing beside the mean: who is asked for one is not chance.",
    ),
    Number(
        question=(
            "How much ARR do the live customers hold who voiced any topic in the last 365 days? "
            "Use voc.assign(company) and voc.arr_at_risk."
        ),
        unit="a year",
        spec=",.0f",
        answer=arr_that_spoke,
        needs=VOICES,
        misconceptions=[
            (
                topics_added_up,
                "That adds up the topics: a customer who voiced two is counted twice, and in a talkative year the sum passes all ARR.",
            ),
            (
                arr_that_ever_spoke,
                "That takes voices of all times: most of them are long answered or forgotten.",
            ),
            (
                lambda company: company.snapshot()["arr"].sum(),
                "That is the ARR of everybody, those who said nothing included.",
            ),
        ],
        hints=[
            "A customer with two topics is still one customer.",
            'The table has rows for the topic "any topic" and the segment "total".',
        ],
        why="Each customer counts once. It is the ARR that spoke, an upper bound of what is at stake, not a forecast of loss.",
    ),
    Choice(
        question=(
            "Of customers whose wish came true far fewer have left than of those whose wish never did. "
            "What does this say about answering wishes?"
        ),
        options={
            "a": Option(
                "Answering keeps customers: ship more changes.",
                "Taking survival for an effect: whoever left early never got the chance to be answered.",
            ),
            "b": Option(
                "Nothing yet: to be answered, one has to stay until the change ships.",
                "That time cannot hold a churned customer of the answered group: immortal time.",
            ),
            "c": Option(
                "Answering drives customers away.",
                "Reading the figure the wrong way round: fewer of the answered left.",
            ),
            "d": Option(
                "It would be proof if only the sample were larger.",
                "Hoping that numbers cure a bias: more data make a crooked comparison more precise, not straight.",
            ),
        },
        right="b",
        hints=["When does the clock start, and who can still be in the group by then?"],
        why="Start the clock for everybody on the day the change shipped, among customers live then, and compare from there on.",
    ),
    Number(
        question=(
            "The answered against those still waiting, everybody followed from the day a change shipped: what is the ratio of "
            "their churn rates? Use voc.churn_after."
        ),
        unit="times the rate",
        answer=answered_against_waiting,
        needs=ANSWERED,
        misconceptions=[
            (
                lambda company: voc.immortal_time(company, voc.assign(company))["ratio"].iloc[0],
                "That starts the clock on the day of asking, so the wait that the answered had to survive counts for them.",
            ),
            (
                crude_ratio,
                "That divides the two rates as they are: changes, tiers and contract years are mixed together. The column ratio compares "
                "like with like.",
            ),
            (
                lambda company: voc.churn_after(company, voc.assign(company))["ratio"].iloc[1],
                "That is the comparison with those who said nothing: they differ in more than the answer.",
            ),
        ],
        hints=["churn_after has one row a comparison.", 'Row "waiting", column ratio.'],
        why="Look at the interval before telling anybody: if 1 lies in it, the data do not say that an answer keeps customers.",
    ),
    Decision(
        question=(
            "Write three sentences to development: which requirement should be built next, who stands behind it, and what do you "
            "not claim?"
        ),
        rubric=[
            "names one topic or requirement, and the live customers and ARR behind it, each customer counted once",
            "says how sure the rank is, or what the figures leave out",
            "promises no saved churn that was not shown, and says how one will see whether it worked",
        ],
        sample=request,
        needs=VOICES,
        hints=[
            "Begin with the topic.",
            "voc.requirements gives customers, ARR and the ranks that chance allows.",
        ],
        why="CRE (S3) turns voices into requirements: development needs the problem, who has it, and what is still uncertain.",
    ),
)
