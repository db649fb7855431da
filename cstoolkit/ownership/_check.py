"""What a chart of ownership gets right and wrong by S2: overlaps that are wanted, gaps and razor-sharp borders that are not."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from cstoolkit.ownership._chart import (
    COLUMNS,
    CS,
    INFORMED,
    PARTS,
    RESPONSIBLE,
    SALES,
    STEPS,
    TAKING_PART,
)

FINDINGS = {
    "overlap": "wanted",
    "one-sided border": "mind",
    "shared responsibility": "mind",
    "razor-sharp border": "breach",
    "gap": "breach",
    "CS is out": "breach",
    "no overlap with sales": "breach",
}
"""What :func:`check` can find, and how it weighs: wanted, to mind, or a breach of S2's shape."""


def check(ownership: pd.DataFrame, *, cs: str = CS, sales: str = SALES) -> pd.DataFrame:
    """What a chart (see :func:`chart`) gets right and wrong: finding, weight, steps, teams, says.

    ===================== ==============================================================================================
    overlap               where responsibility passes on, the next owner takes part before and the last one after (S2)
    one-sided border      only one of the two does
    razor-sharp border    neither does: being informed is not taking part
    gap                   a step that nobody is responsible for
    shared responsibility a step with several: say who decides
    CS is out             a step between before the first contract and the closing of an expansion in which CS has no part (S2)
    no overlap with sales no step in which CS and sales both have a part (S2)
    ===================== ==============================================================================================

    `cs` and `sales` are what the two are called in the chart. Raises ValueError for a chart without them, or with two parts for one
    team in one step. Source: S2; that both sides of a border count is ours.

    >>> from cstoolkit.ownership import razor_sharp, sample
    >>> set(check(sample())["weight"]), int((check(razor_sharp())["finding"] == "razor-sharp border").sum())
    ({'wanted'}, 4)
    """
    grid = _grid(ownership, cs, sales)
    acts = grid.isin([RESPONSIBLE, TAKING_PART])
    owners = {
        step: list(grid.columns[row])
        for step, row in zip(grid.index, (grid == RESPONSIBLE).to_numpy(), strict=True)
    }
    rows = []

    def add(finding: str, steps: list[str], teams: list[str], says: str) -> None:
        weight = FINDINGS[finding]
        rows.append(
            {
                "finding": finding,
                "weight": weight,
                "steps": " > ".join(steps),
                "teams": ", ".join(teams),
                "says": says,
            }
        )

    for step, mine in owners.items():
        if not mine:
            add("gap", [step], [], f"nobody is responsible for: {step}.")
        if len(mine) > 1:
            add(
                "shared responsibility",
                [step],
                mine,
                f"{' and '.join(mine)} are both responsible for: {step}. Say who decides.",
            )
        if not acts.loc[step, cs]:
            told = "is only informed" if grid.loc[step, cs] == INFORMED else "has no part"
            add("CS is out", [step], [cs], f"{cs} {told} in: {step}.")
    steps = list(grid.index)
    for before, after in pairwise(steps):
        for old in owners[before]:
            for new in owners[after]:
                if old in owners[after] or new in owners[before]:
                    continue
                early, late = acts.loc[before, new], acts.loc[after, old]
                add(*_border(before, after, old, new, early, late))
    if not (acts[cs] & acts[sales]).any():
        add(
            "no overlap with sales",
            [],
            [cs, sales],
            f"{cs} and {sales} never work on the same step.",
        )
    return pd.DataFrame(rows, columns=["finding", "weight", "steps", "teams", "says"])


def passes(findings: pd.DataFrame) -> bool:
    """Whether a :func:`check` found no breach.

    >>> from cstoolkit.ownership import razor_sharp, sample
    >>> passes(check(sample())), passes(check(razor_sharp()))
    (True, False)
    """
    return not (findings["weight"] == "breach").any()


def _border(
    before: str, after: str, old: str, new: str, early: bool, late: bool
) -> tuple[str, list[str], list[str], str]:
    teams, steps = [old, new], [before, after]
    if early and late:
        return (
            "overlap",
            steps,
            teams,
            f"{new} takes part before it takes over, {old} stays for: {after}.",
        )
    if early or late:
        kept = (
            f"{new} takes part before it takes over, but {old} is gone then"
            if early
            else f"{old} stays, but {new} comes in cold"
        )
        return "one-sided border", steps, teams, f"From {before} to {after}: {kept}."
    return (
        "razor-sharp border",
        steps,
        teams,
        f"From {before} to {after}: {new} comes in cold and {old} is gone.",
    )


def _grid(ownership: pd.DataFrame, cs: str, sales: str) -> pd.DataFrame:
    missing = [name for name in COLUMNS if name not in ownership]
    if missing:
        raise ValueError(
            f"a chart of ownership has the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}."
        )
    strange = sorted(set(ownership["part"].fillna("")) - set(PARTS))
    if strange:
        raise ValueError(
            f"a part is {', '.join(PARTS[:-1])} or blank, got {', '.join(map(repr, strange))}."
        )
    twice = ownership[ownership.duplicated(["step", "team"])]
    if len(twice):
        row = twice.iloc[0]
        raise ValueError(
            f"{row['team']} has two parts in the step {row['step']!r}: keep one row a step and team."
        )
    grid = (
        ownership.assign(step=ownership["step"].astype("str"))
        .pivot(index="step", columns="team", values="part")
        .fillna("")
    )
    grid = grid.reindex(
        index=list(STEPS), columns=list(dict.fromkeys(ownership["team"])), fill_value=""
    )
    for team in (cs, sales):
        if team not in grid:
            raise ValueError(
                f"the chart has no team {team!r}; its teams are: {', '.join(grid.columns)}. "
                "Say what it is called: check(..., cs=..., sales=...)."
            )
    return grid
