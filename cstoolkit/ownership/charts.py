"""Who is responsible, takes part or is informed in each step, and what S2 would say of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pandas as pd

from cstoolkit import checks, tables
from cstoolkit.data.company import Company, checked
from cstoolkit.data.contract import PHASES

RESPONSIBLE, TAKING_PART, INFORMED, BLANK = "responsible", "taking part", "informed", ""
PARTS = (RESPONSIBLE, TAKING_PART, INFORMED, BLANK)
"""What part a team has in a step; blank: none."""

CS, SALES = "CS", "sales"
COLUMNS = ["step", "phase", "team", "part"]


def steps() -> dict[str, str]:
    """The steps from before the first contract to the closing of an expansion, each with its phase.

    The span is S2's (docs/sources.md), the division into ten is ours.

    Examples
    --------
    >>> list(steps())[:2]
    ['rate the fit', 'close the first contract']
    """
    return tables.read("ownership", "chart_sample").set_index("step")["phase"].to_dict()


def chart(parts: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """A chart of ownership.

    Parameters
    ----------
    parts : dict
        ``{team: {step: part}}``; a step that is not named is blank. A table with one row a step and
        one column a team becomes such a dict by ``table.set_index("step").to_dict()``.

    Returns
    -------
    pandas.DataFrame
        step, phase, team, part: one row a step and team, blanks included.

    Raises
    ------
    ValueError
        For a step or part that there is not, or without a team.

    Examples
    --------
    >>> mine = chart({"CS": {"onboard": "responsible"}, "sales": {"kickoff": "taking part"}})
    >>> mine[mine["part"] != ""][["step", "team", "part"]].values.tolist()
    [['kickoff', 'sales', 'taking part'], ['onboard', 'CS', 'responsible']]
    """
    if not parts:
        raise ValueError("a chart of ownership has at least one team.")
    phases = steps()
    for team, mine in parts.items():
        for step, part in mine.items():
            checks.one_of(f"chart, {team}", "a step", step, phases)
            checks.one_of(f"chart, {team}, {step}", "a part", part, PARTS)
    rows = [
        (step, phase, team, mine.get(step, BLANK))
        for step, phase in phases.items()
        for team, mine in parts.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def sample() -> pd.DataFrame:
    """A chart of S2's shape (``chart_sample.csv``), columns as :func:`chart`.

    CS takes part from before the first contract to the closing of an expansion, and overlaps with
    sales on the way. S2 gives the span and the overlap, and says that any such chart is a sample;
    the rest is ours. :func:`vary` changes it.

    Examples
    --------
    >>> both = sample().pivot(index="step", columns="team", values="part")
    >>> both.loc["close the first contract", ["CS", "sales"]].to_list()
    ['taking part', 'responsible']
    """
    return _stored("chart_sample")


def without_overlap() -> pd.DataFrame:
    """What S2 warns of (``chart_without_overlap.csv``): each step has its owner and nobody else.

    Examples
    --------
    >>> set(without_overlap()["part"]) == {"responsible", ""}
    True
    """
    return _stored("chart_without_overlap")


def _stored(name: str) -> pd.DataFrame:
    return chart(tables.read("ownership", name).set_index("step").drop(columns="phase").to_dict())


def vary(
    ownership: pd.DataFrame,
    *,
    cs_from: str = "rate the fit",
    sales_until: str = "kickoff",
    sales_again: str = "prepare the renewal",
    renewal: str = CS,
    expansion: str = SALES,
) -> pd.DataFrame:
    """A chart in which CS and sales take part elsewhere; what others do stays.

    Parameters
    ----------
    ownership : pandas.DataFrame
        A :func:`chart` with the teams CS and sales.
    cs_from : str
        The step from which CS takes part, where it is not responsible.
    sales_until, sales_again : str
        The step up to which sales takes part, and the one from which it does again; in between it
        is informed, where it is not responsible.
    renewal, expansion : str
        Who closes them, CS or sales: the question that S2 wants answered.

    Returns
    -------
    pandas.DataFrame
        As :func:`chart`.

    Examples
    --------
    >>> vary(sample()).equals(sample())
    True
    """
    grid = _grid(ownership, CS, SALES)
    order = list(grid.index)
    for name, step in (
        ("cs_from", cs_from),
        ("sales_until", sales_until),
        ("sales_again", sales_again),
    ):
        checks.one_of("vary", name, step, order)
    for name, step, closer in (
        ("renewal", "close the renewal", renewal),
        ("expansion", "close the expansion", expansion),
    ):
        checks.one_of("vary", name, closer, (CS, SALES))
        grid.loc[step, [CS, SALES]] = BLANK
        grid.loc[step, closer] = RESPONSIBLE
    first, last, again = map(order.index, (cs_from, sales_until, sales_again))
    for place, step in enumerate(order):
        joins = place <= last or place >= again
        if grid.loc[step, CS] != RESPONSIBLE:
            grid.loc[step, CS] = TAKING_PART if place >= first else BLANK
        if grid.loc[step, SALES] != RESPONSIBLE:
            grid.loc[step, SALES] = TAKING_PART if joins else INFORMED
    return chart(grid.to_dict())


def check(ownership: pd.DataFrame, *, cs: str = CS, sales: str = SALES) -> pd.DataFrame:
    """What a chart gets right and wrong (``findings.csv``).

    ===================== ========================================================================
    overlap               where responsibility passes on, the next owner takes part before and the
                          last one after (S2); that both sides count is ours
    cold start            the next owner did not take part before: being informed is not enough
    early exit            the last owner does not take part after
    no overlap            both
    gap                   a step that nobody is responsible for
    shared responsibility a step with several: say who decides
    CS is out             a step of the chart in which CS does not take part (S2)
    CS and sales apart    no step in which CS and sales both take part (S2)
    ===================== ========================================================================

    Parameters
    ----------
    ownership : pandas.DataFrame
        A :func:`chart`.
    cs, sales : str
        What the two are called in it.

    Returns
    -------
    pandas.DataFrame
        finding, weight (wanted, mind, breach), steps, teams, says.

    Raises
    ------
    ValueError
        For a chart without the two teams, or with two parts for one team in one step.

    References
    ----------
    S2 (docs/sources.md).

    Examples
    --------
    >>> set(check(sample())["weight"])
    {'wanted'}
    >>> int((check(without_overlap())["finding"] == "no overlap").sum())
    4
    """
    grid = _grid(ownership, cs, sales)
    acts = grid.isin([RESPONSIBLE, TAKING_PART])
    owners = {step: list(grid.columns[grid.loc[step] == RESPONSIBLE]) for step in grid.index}
    found: list[tuple[str, list[str], list[str]]] = []
    for step, mine in owners.items():
        if not mine:
            found.append(("gap", [step], []))
        if len(mine) > 1:
            found.append(("shared responsibility", [step], mine))
        if not acts.loc[step, cs]:
            found.append(("CS is out", [step], [cs]))
    kinds = {
        (True, True): "overlap",
        (False, True): "cold start",
        (True, False): "early exit",
        (False, False): "no overlap",
    }
    for before, after in pairwise(grid.index):
        for old in owners[before]:
            for new in owners[after]:
                if old not in owners[after] and new not in owners[before]:
                    kind = kinds[acts.loc[before, new], acts.loc[after, old]]
                    found.append((kind, [before, after], [old, new]))
    if not (acts[cs] & acts[sales]).any():
        found.append(("CS and sales apart", [], [cs, sales]))
    words = tables.read("ownership", "findings").set_index("finding")
    rows = [
        {
            "finding": kind,
            "weight": words.loc[kind, "weight"],
            "steps": " > ".join(where),
            "teams": ", ".join(teams),
            "says": words.loc[kind, "says"].format(
                steps=where, teams=teams, all_teams=" and ".join(teams)
            ),
        }
        for kind, where, teams in found
    ]
    return pd.DataFrame(rows, columns=["finding", "weight", "steps", "teams", "says"])


def _grid(ownership: pd.DataFrame, cs: str, sales: str) -> pd.DataFrame:
    """The chart with one row a step and one column a team, both in its order."""
    checks.columns("a chart of ownership", ownership, COLUMNS)
    for part in ownership["part"].unique():
        checks.one_of("a chart of ownership", "a part", part, PARTS)
    twice = ownership[ownership.duplicated(["step", "team"])]
    if len(twice):
        row = twice.iloc[0]
        raise ValueError(
            f"{row['team']} has two parts in the step {row['step']!r}: "
            "keep one row a step and team."
        )
    grid = ownership.pivot(index="step", columns="team", values="part").fillna(BLANK)
    grid = grid.loc[ownership["step"].unique(), ownership["team"].unique()]
    for team in (cs, sales):
        if team not in grid:
            raise ValueError(
                f"the chart has no team {team!r}; its teams are: {', '.join(grid.columns)}. "
                "Say what it is called: check(..., cs=..., sales=...)."
            )
    return grid


def in_practice(company: Company, months: int = 12) -> pd.DataFrame:
    """With which departments CS really works, by phase; who is responsible is not on record.

    Parameters
    ----------
    company : Company
        With activities that have phase, department and hours.
    months : int
        The last so many months.

    Returns
    -------
    pandas.DataFrame
        phase, department, hours, share (of all hours of CS in that phase), by phase and share.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = in_practice(cs.load_company())
    >>> found[found["phase"] == "renewal"]["department"].iloc[0]
    'sales'
    """
    checked(company).need(activities=["phase", "department", "hours"])
    checks.count("in_practice", "months", months, least=1)
    since = company.as_of - pd.DateOffset(months=months)
    work = company.activities[company.activities["happened_on"] > since]
    work = work.astype({"phase": pd.CategoricalDtype(PHASES, ordered=True)})
    total = work.groupby("phase", observed=True)["hours"].sum()
    named = work[work["department"].fillna("").str.strip() != ""]
    frame = named.groupby(["phase", "department"], observed=True)["hours"].sum().reset_index()
    frame["share"] = frame["hours"] / frame["phase"].map(total).astype(float)
    return frame.sort_values(["phase", "share"], ascending=[True, False], ignore_index=True)
