"""The words for health's codes and numbers, once: pictures, panels, notebooks take them from here."""

from __future__ import annotations

import pandas as pd

from cstoolkit.health.renewals import Costs

NAMES = {"weights": "by weights", "logistic": "by evidence", "boosting": "by trees"}
"""The scores, as a reader calls them."""


def leads_finding(table: pd.DataFrame) -> str:
    """How early the best score speaks, from ``judge(predictions, "lead")``."""
    best = table.loc[table["auc"].idxmax(), "score"]
    rows = table[table["score"] == best].sort_values("lead")
    near, far = rows.iloc[0], rows.iloc[-1]
    return (
        f"{far['lead']:.0f} days before the end the score {NAMES[best]} ranks {far['auc']:.2f}, "
        f"{near['lead']:.0f} days before {near['auc']:.2f}"
    )


def signs_finding(table: pd.DataFrame) -> str:
    """The most telling sign, from ``signs``."""
    if table.empty:
        return "No measure tells the churned from those who stayed"
    first = table.iloc[0]
    return (
        f"{first['label'][0].upper()}{first['label'][1:]}: {first['of_churned']:.0%} of the churned "
        f"were in the worst third, and {first['of_stayed']:.0%} of those who stayed"
    )


def queue_finding(rows: pd.DataFrame) -> str:
    """What the hours reach, from a ``queue``."""
    if rows.empty:
        return "No renewal comes up"
    acted = rows[rows["band"] == "high"]
    share = acted["at_risk"].sum() / rows["at_risk"].sum() if rows["at_risk"].sum() else 0.0
    return f"Work on {len(acted)} of {len(rows)} renewals reaches {share:.0%} of the expected loss"


def bands_finding(table: pd.DataFrame) -> str:
    """Whether the bands pointed at the losses, from ``judge_bands``."""
    first, others = table.iloc[0], table.iloc[1:]
    if not len(others):
        return "All renewals are in one band: there is nothing to compare."
    surely = first["loss_low"] > others["loss_high"].max()
    verdict = "surely more than any other" if surely else "not surely more than every other"
    return (
        f"The band {first['band']} held {first['renewals'] / table['renewals'].sum():.0%} of the "
        f"renewals and {first['found']:.0%} of the ARR lost; a renewal in it lost {verdict}."
    )


def weights_finding(mine: float, learned: float) -> str:
    """A score by weights beside that of the evidence (AUC each)."""
    apart = round(learned, 2) - round(mine, 2)
    verdict = (
        "as good as the evidence"
        if abs(apart) < 0.005
        else f"{abs(apart):.2f} {'below' if apart > 0 else 'above'} the evidence"
    )
    return f"Your weights rank right in {mine:.0%} of pairs: {verdict} ({learned:.0%})."


def hours_finding(rows: pd.DataFrame, costs: Costs) -> str:
    """What the hours are used for, from a ``queue``."""
    acted, left = rows["band"].eq("high").sum(), rows["band"].eq("medium").sum()
    kept = rows.loc[rows["band"] == "high", "gain"].sum()
    more = f" {left} more would pay, but the hours are used up." if left else ""
    return (
        f"{acted} renewals are worked on, in {acted * costs.hours:,.0f} hours; after their cost that "
        f"is expected to keep {kept:,.0f} a year.{more}"
    )


ACTING = {
    "less": "So the records say; whether the work is the cause, a trial by lot would tell.",
    "the same": "The interval holds no difference. That is not to say that there is none.",
    "more": "They were called because they were at risk.",
}
"""What the records may say of renewals with some work, against those without."""


def acting_code(table: pd.DataFrame) -> str:
    """Which of ``ACTING`` the records say, among like customers (``acting``)."""
    row = table.iloc[-1]
    return "less" if row["high"] < 0 else "more" if row["low"] > 0 else "the same"
