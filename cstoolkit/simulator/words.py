"""The words for what was found, once for pictures, panels, exercises and the notebook; and the two
small tables that they speak about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cstoolkit.simulator.flows import queue
from cstoolkit.simulator.game import QUARTERS, SCENARIOS, Game
from cstoolkit.simulator.outcomes import MEASURES, Outcomes


def fan_finding(outcomes: Outcomes, record: str) -> str:
    """What a fan of futures shows."""
    low, middle, high = outcomes.fan(record).iloc[-1][["p05", "p50", "p95"]]
    if record == "arr":
        parts = [f"{each / 1e6:,.1f} million" for each in (low, middle, high)]
    else:
        parts = [f"{each:,.0f}" for each in (low, middle, high)]
    what = {"arr": "ARR", "customers": "Customers", "backlog": "Hours waiting"}.get(record, record)
    return (
        f"{what} after {outcomes.weeks} weeks with {outcomes.name}: {parts[1]} in the middle future, "
        f"{parts[0]} to {parts[2]} in nine of ten"
    )


def paired_finding(table: pd.DataFrame, measure: str, against: str) -> str:
    """Which designs are told apart from one of them."""
    named = {
        verdict: table.loc[table["apart"] == verdict, "design"].to_list()
        for verdict in ("better", "worse", "not told apart")
    }
    says = MEASURES[measure][0]
    parts = []
    if named["better"]:
        parts.append(f"{_listed(named['better'])} better")
    if named["worse"]:
        parts.append(f"{_listed(named['worse'])} worse")
    if named["not told apart"]:
        parts.append(f"{_listed(named['not told apart'])} not told apart")
    return f"{says} against {against}: {'; '.join(parts) or 'nothing to compare'}"


SHORT = {
    "nrr": "NRR",
    "grr": "GRR",
    "logo_churn": "customers lost",
    "ttv": "weeks to value",
    "utilisation": "hours in use",
    "handoffs": "handoffs a customer",
    "leavers": "people who leave",
    "waiting": "weeks work waits",
}
"""Measures as heads of a table."""


def lead(outcomes: Mapping[str, Outcomes], measures: Sequence[str]) -> pd.DataFrame:
    """The means of several measures, one row a run: design, then the measures by their short
    names."""
    rows = {
        name: {SHORT[each]: float(np.nanmean(run.measure(each))) for each in measures}
        for name, run in outcomes.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("design").reset_index()


def frontier(outcomes: Mapping[str, Outcomes], measure: str = "nrr") -> pd.DataFrame:
    """Cost and a measure of every run: name, cost, the measure, efficient (no other is at least as
    good for no more money)."""
    rows = [
        (name, float(np.nanmean(run.measure("cost"))), float(np.nanmean(run.measure(measure))))
        for name, run in outcomes.items()
    ]
    table = pd.DataFrame(rows, columns=["name", "cost", measure])
    table = table.sort_values("cost", kind="stable", ignore_index=True)
    better = MEASURES[measure][2] or 1
    reached = (table[measure] * better).cummax().shift(fill_value=-np.inf)
    return table.assign(efficient=table[measure] * better > reached)


def frontier_finding(table: pd.DataFrame, measure: str) -> str:
    """Which runs give most for their money."""
    best = table.loc[table["efficient"], "name"].to_list()
    return f"Most {MEASURES[measure][0]} for the money: {_listed(best)}"


def screen_finding(table: pd.DataFrame) -> str:
    """Which assumption moves the difference most."""
    first = table.iloc[0]
    return f"What moves the difference most: {first['says']}"


def backtest_finding(table: pd.DataFrame) -> str:
    """How the back-test went."""
    shares = table[table["measure"] != "ttv"]
    good, all_ = int(shares["inside"].sum()), len(shares)
    lost = shares[(shares["measure"] == "logo_churn") & (shares["segment"] == "all")].iloc[0]
    return (
        f"What came lies within nine of ten futures for {good} of {all_} figures; customers lost: "
        f"{lost['simulated']:.1%} simulated, {lost['came']:.1%} came"
    )


def by_averages(
    people: int,
    loads: Sequence[float] = (0.7, 0.8, 0.9, 0.95),
    *,
    seed: int,
    replications: int = 100,
) -> pd.DataFrame:
    """How long requests wait when staffing follows the average: in one pool of people, and when
    each keeps an own book.

    Returns
    -------
    DataFrame
        One row a way and load: way ("own books", "pooled"), load, wait (mean, in times the work
        itself takes).
    """
    rows = []
    for load in loads:
        for way, servers in (("own books", 1), ("pooled", people)):
            waits = queue(1 / load / servers, 1, servers, replications=replications, seed=seed)
            rows.append((way, load, float(waits.mean())))
    return pd.DataFrame(rows, columns=["way", "load", "wait"])


def waiting_finding(table: pd.DataFrame) -> str:
    """What pooling does to waiting at the highest load."""
    load = table["load"].max()
    at = table[table["load"] == load].set_index("way")["wait"]
    return (
        f"People who are busy {load:.0%} of their time on average: work waits "
        f"{at['own books']:.0f} times its own length in own books, {at['pooled']:.1f} times in a pool"
    )


def quarter(game: Game) -> str:
    """What a quarter of the game brought, and what had been predicted."""
    if not game.rows:
        return (
            f"{game.scenario}: {SCENARIOS.loc[game.scenario, 'says']} Decide, predict how ARR will "
            "grow, and play the first quarter."
        )
    row = game.rows[-1]
    said = (
        f"Quarter {row['quarter']} of {QUARTERS}: ARR {row['arr'] / 1e6:.1f} million "
        f"({row['growth']:+.1%}"
    )
    if row["predicted"] is not None:
        apart = 100 * (row["growth"] - row["predicted"])
        said += f", {abs(apart):.0f} points {'above' if apart > 0 else 'below'} your prediction"
    said += (
        f"). {row['signed']} customers signed, {row['lost']} left; {row['people']} people, "
        f"{row['left']} left; hours in use {row['hours_in_use']:.0%}, {row['waiting']:.0f} hours "
        f"wait; customers are known to {row['known']:.0%}."
    )
    if not game.over:
        said += f" Next: up to {min(game.allowed, 20)} people may be asked for."
    return said


def debriefing(game: Game, table: pd.DataFrame) -> str:
    """What explains a game that is over. `table` is that of ``game.debrief``."""
    rows = game.quarters
    you, others = table.iloc[0], table.iloc[1:]
    best = others.sort_values("after_cost").iloc[-1]
    tight = rows.loc[rows["hours_in_use"] > 0.97, "quarter"].to_list()
    low = rows.loc[rows["known"].idxmin()]
    half = len(rows) // 2
    early, late = rows["lost"].iloc[:half].sum(), rows["lost"].iloc[half:].sum()
    ahead = "ahead of" if you["after_cost"] > best["after_cost"] else "behind"
    parts = [
        f"You end {ahead} the best reference policy ({best['way']}): ARR less the last year's cost "
        f"{you['after_cost'] / 1e6:.1f} against {best['after_cost'] / 1e6:.1f} million.",
        f"Hours ran out in {'no quarter' if not tight else 'quarters ' + _listed([str(q) for q in tight])}.",
        f"Customers were known least in quarter {low['quarter']:.0f} ({low['known']:.0%}).",
        f"{early} customers left in the first half and {late} in the second: what a quarter costs, "
        "renewals answer up to a year later.",
    ]
    return " ".join(parts)


def _listed(names: Sequence[str]) -> str:
    """Names as a list in words."""
    if len(names) < 2:
        return "".join(names) or "none"
    return ", ".join(names[:-1]) + " and " + names[-1]
