"""The words for books' codes and numbers, once: ``words.toml`` filled in."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pandas as pd

from cstoolkit.books.balancing import RULES
from cstoolkit.books.current import USUAL, Locks
from cstoolkit.books.plans import Plan

WORDS = tomllib.loads(files("cstoolkit.books").joinpath("words.toml").read_text(encoding="utf-8"))

COMPARED = {"names": WORDS["compared"], "formats": WORDS["formats"], "columns": 8, "missing": "-"}
"""How ``cs.show_table`` shows a ``books.compare``."""


def reasons(plan: Plan, customers: pd.DataFrame, locks: Locks = USUAL) -> pd.Series:
    """Why each customer is where it is, in words.

    Parameters
    ----------
    plan : Plan
    customers : DataFrame
        Those that were balanced, in their order.
    locks : Locks
        The days and points that the locks stand for.

    Returns
    -------
    Series
        By customer_id, in the order of ``plan.assignment``.

    Examples
    --------
    >>> from cstoolkit import books
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "hours": [4, 3, 2, 1]})
    >>> people = pd.DataFrame({"person_id": ["Ann", "Bo"], "hours": [10, 10]})
    >>> plan = books.balance(customers, people, pd.Series("Ann", index=list("abcd")))
    >>> reasons(plan, customers)["a"]
    'Ann held 100% more hours than a fair share, Bo 100% less hours'
    """
    told = []
    asked = customers.reset_index(drop=True)
    for at, row in enumerate(plan.assignment.to_dict("records")):
        values = row | {"lock": lock_of(row["detail"], locks) if row["why"] == "locked" else ""}
        for side in ("measure_from", "measure_to"):
            values[side] = WORDS["measures"].get(row[side], "")
        if row["why"] in ("nobody", "none_together"):
            values["rules"] = " and ".join(
                WORDS["rules"][rule].format(value=asked.loc[at, RULES.loc[rule, "customer"]])
                for rule in row["detail"].split(";")
            )
        off = row["off_from"]
        much = f"{off:.0%} more" if not off > 3 else "many times more"
        values |= {"hours": row["takes"], "much": much}
        values["many"] = 0 if np.isnan(row["many"]) else int(row["many"])
        told.append(WORDS["reasons"][row["why"]].format(**values))
    return pd.Series(told, index=plan.assignment["customer_id"], name="reason", dtype="str")


def lock_of(code: str, locks: Locks = USUAL) -> str:
    """A lock in words; a code of one's own as it stands.

    Examples
    --------
    >>> lock_of("renewal"), lock_of("the CEO asked for it")
    ('its renewal is less than 90 days away', 'the CEO asked for it')
    """
    return WORDS["locks"].get(code, code).format(**vars(locks))


def finding(plan: Plan, measure: str = "hours") -> str:
    """What a plan brings, in a sentence."""
    report = plan.report().set_index("measure").loc[measure]
    kind = "plan"
    if plan.assignment["before"].isna().all():
        kind = "fresh"
    elif not plan.moves:
        kind = "nothing"
    return WORDS["findings"][kind].format(
        moves=plan.moves,
        customers=f"{len(plan.assignment):,}",
        measure=WORDS["measures"][measure],
        before=report["off_before"],
        after=report["off_after"],
    )


def gap(plan: Plan) -> str:
    """How far from proven best a plan is, in a sentence."""
    kind = "best" if plan.proven else "gap"
    return WORDS["findings"][kind].format(least=plan.least, gap=plan.gap)


def curve_finding(curve: pd.DataFrame) -> str:
    """What the curve of moves against balance says, in a sentence."""
    start = curve.iloc[0]
    rows = curve.sort_values("moves", kind="stable")
    knee, end = rows.iloc[min(2, len(rows) - 1)], rows.iloc[-1]
    return WORDS["findings"]["curve"].format(
        first=int(knee["moves"]),
        start=start["off_hours"],
        middle=knee["off_hours"],
        rest=int(end["moves"] - knee["moves"]),
        end=end["off_hours"],
    )


def left(plan: Plan) -> str:
    """Whom nobody can take, and who is over capacity, in a sentence; empty where there is none."""
    told = []
    many, over = len(plan.unplaced), plan.over_capacity
    if many:
        told.append(WORDS["findings"]["unplaced"].format(many=many))
    if over:
        told.append(
            WORDS["findings"]["over"].format(who=", ".join(map(str, over[:5])), many=len(over))
        )
    return " ".join(told)


def flows_finding(plan: Plan) -> str:
    """Who gives most and who takes most, in a sentence."""
    moved = plan.assignment[plan.assignment["moved"]]
    if moved.empty:
        return WORDS["findings"]["nothing"]
    gives, takes = moved["before"].value_counts(), moved["after"].value_counts()
    return WORDS["findings"]["flows"].format(
        giver=gives.index[0], given=gives.iloc[0], taker=takes.index[0], taken=takes.iloc[0]
    )
