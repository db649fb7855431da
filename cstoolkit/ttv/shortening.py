"""Which step of the way takes the days, and how many each lever would win back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES
from cstoolkit.survival import incidence, mean_within, quantile, share_by
from cstoolkit.survival.counts import count
from cstoolkit.ttv.clocks import durations
from cstoolkit.ttv.regression import WEEK, WINDOWS, Windows, episodes, regress

LEVERS = {
    "guided onboarding instead of self-service": (
        "self_serve",
        lambda rows: rows.assign(self_serve=0.0),
    ),
    "paid onboarding instead of free": (
        "paid",
        lambda rows: rows.assign(paid=rows["paid"].where(rows["self_serve"] == 1, 1.0)),
    ),
    "notes passed on at every handoff": ("notes", lambda rows: rows.assign(notes=rows["handoff"])),
    "no handoff on the way to value": ("handoff", lambda rows: rows.assign(handoff=0.0, notes=0.0)),
    "one hour more every four weeks": (
        "hours",
        lambda rows: rows.assign(hours=np.log1p(np.expm1(rows["hours"]) + 1)),
    ),
    "fit rated 10 points higher": ("fit", lambda rows: rows.assign(fit=rows["fit"] + 1)),
}
"""What could be done: the driver it works through, and what it changes in the weeks of a journey."""


def steps(company: Company, end: str = "basic_value", *, within: int = 365) -> pd.DataFrame:
    """Days from each milestone to the next, up to `end`.

    Returns one row a step: `step` (from to), `journeys` (that have begun it), `median` (days; empty: not reached), `reached` (share
    with the next milestone in `within` days), `mean` (days in the step, counting at most `within`), `share` (of the
    sum of the means).

    >>> import cstoolkit as cs
    >>> table = steps(cs.load_company())
    >>> bool(abs(table["share"].sum() - 1) < 1e-12)
    True
    """
    if end not in MILESTONES[1:]:
        raise ValueError(
            f"end is a milestone after the signing, got {end!r}. There are: {', '.join(MILESTONES[1:])}."
        )
    path = MILESTONES[: MILESTONES.index(end) + 1]
    rows = []
    for start, following in pairwise(path):
        table = durations(company, start, following)
        found = incidence(table["days"], table["outcome"])
        rows.append(
            {
                "step": f"{start} to {following}",
                "journeys": len(table),
                "median": quantile(found, 0.5)["days"].array[0],
                "reached": share_by(found, within)["share"].item(),
                "mean": mean_within(found, within),
            }
        )
    result = pd.DataFrame(rows).astype({"median": "Int64"})
    return result.assign(share=result["mean"] / result["mean"].sum())


def levers(
    company: Company,
    end: str = "first_value",
    *,
    within: int = 365,
    windows: Windows = WINDOWS,
    seed: int = 0,
    draws: int = 200,
    level: float = 0.95,
) -> pd.DataFrame:
    """Expected days that each lever wins on the way from the signing to `end`, counting at most `within` days.

    The Cox regression of `drivers` says by which factor a lever changes the chance of value in each week of those who are still
    waiting; the curve is then built again from these chances. Returns one row a lever, the most days first: `lever`,
    `concerns` (share of journeys that it changes), `days_now`, `days_then` (mean days without value),
    `days_won`, `low`, `high` (from the uncertainty of the effects). Levers are taken one at a time, and win what they
    promise only as far as the effects are causes; customers who churn first are censored, as in `drivers`. A lever
    whose driver is not on record is left out.

    >>> import cstoolkit as cs
    >>> table = levers(cs.load_company(), "first_value", draws=20)
    >>> bool((table["days_then"] < table["days_now"]).all())
    True
    """
    rows = episodes(company, "contract_signed", end, windows=windows)
    fitted = regress(rows, start="contract_signed", end=end)
    names = fitted.effects["driver"].tolist()
    rows = rows.dropna(subset=names).reset_index(drop=True)
    rng = np.random.default_rng(seed)
    best = fitted.effects["effect"].to_numpy()
    effects = np.vstack([best, rng.multivariate_normal(best, fitted.covariance, size=draws)])
    week = rows["enters"].to_numpy() // WEEK
    pace = _by_week(rows[names], effects, week)
    counts = _counts(rows)
    now = _mean(counts, np.ones((1, pace.shape[1])), within)[0]
    result = []
    for lever, (driver, change) in LEVERS.items():
        if driver not in names:
            continue
        changed = change(rows)[names]
        concerned = (
            rows.loc[(changed != rows[names]).any(axis=1), "row"].nunique() / rows["row"].nunique()
        )
        then = _mean(counts, _by_week(changed, effects, week) / pace, within)
        low, high = np.quantile(now - then[1:], [(1 - level) / 2, (1 + level) / 2])
        result.append((lever, concerned, now, then[0], now - then[0], low, high))
    columns = ["lever", "concerns", "days_now", "days_then", "days_won", "low", "high"]
    table = pd.DataFrame(result, columns=columns)
    return table.sort_values("days_won", ascending=False, ignore_index=True)


def _by_week(columns: pd.DataFrame, effects: np.ndarray, week: np.ndarray) -> np.ndarray:
    """Sum of hazard ratios over the journeys at risk, draws by weeks."""
    order = np.argsort(week, kind="stable")
    start = np.flatnonzero(np.r_[True, np.diff(week[order]) > 0])
    ratios = np.exp(columns.to_numpy(float)[order] @ effects.T)
    return np.add.reduceat(ratios, start, axis=0).T


def _counts(rows: pd.DataFrame):
    last = rows["row"].ne(rows["row"].shift(-1))
    ends = rows[last]
    return count(ends["leaves"].to_numpy() - 1, ends["event"].to_numpy().astype(np.uint8), 2)


def _mean(counts, ratio: np.ndarray, within: int) -> np.ndarray:
    """Restricted mean days without value if the chance of value in each week is multiplied by `ratio`, one a draw."""
    chance = counts.leaving[:, 1] / counts.at_risk * ratio[:, counts.day // WEEK]
    waiting = np.cumprod(1 - np.minimum(chance, 1), axis=1)
    ends = np.minimum(np.append(counts.day[1:], max(within, counts.day[-1])), within)
    return waiting @ (ends - np.minimum(counts.day, within))
