"""Is every customer covered for every phase, and does the design keep its own laws?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES
from cstoolkit.org._design import HEAD, OrgDesign
from cstoolkit.org._service import divide
from cstoolkit.org._today import assigned
from cstoolkit.org._work import work


def coverage(company: Company, design: OrgDesign) -> pd.DataFrame:
    """For every phase: how many live customers have a team in it, and what is missing for the others.

    Returns one row a phase: phase, customers (live), covered (customers all of whose work in the phase falls to a team with
    people), uncovered, arr_uncovered, gap (in words; empty where there is none).

    >>> from cstoolkit import org
    >>> import cstoolkit as cs
    >>> company = cs.load_company()
    >>> set(coverage(company, org.build(company, "phase", people=4))["gap"])
    {''}
    """
    found = work(company)
    rows = []
    if design.is_today:
        good = np.zeros(len(found), bool)
        good[assigned(company, found, design)] = True
        missing = {"no open assignment": ~good}
        for phase in PHASES:
            rows.append(_row(found, phase, ~good, missing))
        return pd.DataFrame(rows)
    axes = (*design.axes, *design.matrix)
    divided = divide(found, design.units, axes)
    staffed = np.array([bool(unit.people) for unit in design.units] + [True])
    needed = [(divided.parts > 0) | ~(divided.parts > 0).any(axis=1, keepdims=True)]
    touched = found.touched if divided.at.shape[3] > 1 else np.ones((len(found), 1), bool)
    for number, phase in enumerate(PHASES):
        at = divided.at[divided.of, number if divided.at.shape[1] > 1 else 0]
        asked = needed[0][:, :, None] & touched[:, None, :]
        nobody = (asked & (at < 0)).any(axis=(1, 2))
        empty = (asked & (at >= 0) & ~staffed[at]).any(axis=(1, 2))
        missing = _reasons(found, axes, phase)
        missing["team without people"] = empty
        rows.append(_row(found, phase, nobody | empty, missing))
    return pd.DataFrame(rows)


def laws(company: Company, design: OrgDesign) -> pd.DataFrame:
    """The laws that a design keeps, one row each: law, holds, detail (what breaks it, in words).

    Every customer covered for every phase; no work claimed by two teams; nobody on two posts by accident (a further place
    is marked as shared or embedded); the parts of the hierarchy add up to the whole.
    """
    gaps = coverage(company, design)
    gaps = gaps[gaps["gap"] != ""]
    twice = (
        0
        if design.is_today
        else divide(work(company), design.units, (*design.axes, *design.matrix)).twice
    )
    posts = design.posts
    main = posts[posts["post"].isin(["main", "lead", "support"])]
    doubled = main.loc[main["person_id"].duplicated(), "person_id"].unique()
    sums = _sums(design)
    rows = [
        (
            "every customer is covered for every phase",
            gaps.empty,
            "; ".join(gaps["phase"] + ": " + gaps["gap"]),
        ),
        (
            "no work falls to two teams",
            twice == 0,
            f"{twice} places claimed twice" if twice else "",
        ),
        ("nobody is on two posts by accident", not len(doubled), ", ".join(doubled)),
        ("the hierarchy adds up", not sums, "; ".join(sums)),
    ]
    return pd.DataFrame(rows, columns=["law", "holds", "detail"])


def _reasons(found, axes, phase: str) -> dict[str, np.ndarray]:
    """Why a customer can be without a team: it has no value on an account axis, or the phase, feature or department is in
    no team."""
    missing = {}
    for each in axes:
        if each.dimension == "customer":
            value = each.customers.reindex(found.ids)
            missing[f"no team for their {each.name}"] = (~value.isin(each.values)).to_numpy()
            continue
        held = {one for members in each.members.values() for one in members}
        if each.dimension == "phase":
            missing["no team for this phase"] = np.full(len(found), phase not in held)
        elif each.dimension == "department":
            for place, name in enumerate(found.departments):
                if name not in held:
                    missing[f"no team for work with {name}"] = found.touched[:, place]
        else:
            names, parts = (
                (found.features, found.use)
                if each.dimension == "feature"
                else (found.products, found.held)
            )
            for place, name in enumerate(names):
                if name not in held:
                    missing[f"no team for {name}"] = parts[:, place] > 0
    return missing


def _row(found, phase: str, bad: np.ndarray, missing: dict[str, np.ndarray]) -> dict:
    words = [
        f"{name} ({int((mask & bad).sum()):,} customers)"
        for name, mask in missing.items()
        if (mask & bad).any()
    ]
    return {
        "phase": phase,
        "customers": len(found),
        "covered": int((~bad).sum()),
        "uncovered": int(bad.sum()),
        "arr_uncovered": float(found.arr[bad].sum()),
        "gap": "; ".join(words),
    }


def _sums(design: OrgDesign) -> list[str]:
    """Parts of the hierarchy whose people, counted by main post, are not those of their own parts."""
    posts = design.posts
    main = posts[posts["post"] == "main"]
    counted = main["team"].value_counts()
    whole = {who for unit in design.units for who in unit.people}
    wrong = []
    if counted.sum() != len(whole):
        wrong.append(f"{HEAD} has {len(whole)} people, its teams {int(counted.sum())}")
    teams = design.teams
    for parent, rows in teams[teams["kind"] == "line"].groupby("parent"):
        if parent:
            own = set(_people(design, parent))
            parts = set().union(*(_people(design, team) for team in rows["team"]))
            if own != parts:
                wrong.append(f"{parent} has {len(own)} people, its parts {len(parts)}")
    return wrong


def _people(design: OrgDesign, team: str) -> set[str]:
    return {
        who
        for unit in design.units
        for who in unit.people
        if team == HEAD or (unit.team + " / ").startswith(team + " / ")
    }
