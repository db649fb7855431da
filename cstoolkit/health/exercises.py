"""Answers to the exercises of notebook 06; their texts stand in exercises.toml."""

from cstoolkit import health
from cstoolkit.exercises import load


def nobody_churns(company):
    rows = health.settled(company)
    return 100 * (1 - rows["churned"].mean())


def of_the_churned(company):
    rows = health.settled(company)
    return 100 * rows["churned"].mean()


def late_threshold(company):
    return 100 * float(health.threshold(20_000, 30))


def early_threshold(company):
    return 100 * float(health.threshold(20_000, 90))


def trial(company):
    rows = health.settled(company)
    return health.trial_size(rows["churned"].mean(), 0.2)


def both_groups(company):
    return 2 * trial(company)


def recommendation(company):
    """The figures of three sentences as a head of CS might write them."""
    rows = health.queue(company, health.train(company))
    acted = rows[rows["band"] == "high"]
    return {
        "renewals": len(acted),
        "hours": len(acted) * health.Costs().hours,
        "kept": acted["gain"].sum(),
        "trial": trial(company),
    }


EXERCISES = load(
    "health",
    nobody_churns,
    of_the_churned,
    late_threshold,
    early_threshold,
    trial,
    both_groups,
    recommendation,
)
