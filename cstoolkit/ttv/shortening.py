"""Which step of the way takes the days, and how many each lever would win back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from cstoolkit import checks, stats
from cstoolkit.data.company import Company, MissingData, checked
from cstoolkit.data.contract import MILESTONES
from cstoolkit.survival import incidence, mean_within, quantile, share_by
from cstoolkit.survival.counts import count
from cstoolkit.ttv.clocks import durations
from cstoolkit.ttv.regression import WEEK, WINDOWS, Windows, episodes, regress, traits
from cstoolkit.ttv.renewals import NOTICE, YEAR

IN_TIME = YEAR - NOTICE
"""Days from the signing to the decision on the first renewal of a contract of one year."""
PERIOD = 30
"""Days within which the pace to value is taken to be even (ours)."""
LEAST = 10
"""Customers of either form of onboarding below which they are not compared (ours)."""

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
"""What could be done: the driver it works through, and what it changes in the weeks
of a journey."""


def steps(company: Company, end: str = "basic_value", *, within: int = 365) -> pd.DataFrame:
    """Days from each milestone to the next, up to `end`.

    Returns one row a step: `step` (from to), `journeys` (that have begun it), `median` (days;
    empty: not reached), `reached` (share with the next milestone in `within` days), `mean` (days in
    the step, counting at most `within`), `share` (of the sum of the means).

    >>> import cstoolkit as cs
    >>> table = steps(cs.load_company())
    >>> bool(abs(table["share"].sum() - 1) < 1e-12)
    True
    """
    checks.one_of("steps", "end", end, MILESTONES[1:])
    within = checks.count("steps", "within", within, least=1)
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
    """Expected days that each lever wins on the way from the signing to `end`, counting at
    most `within` days.

    The Cox regression of `drivers` says by which factor a lever changes the chance of value in each
    week of those who are still waiting; the curve is then built again from these chances. Returns
    one row a lever, the most days first: `lever`, `concerns` (share of journeys that it changes),
    `days_now`, `days_then` (mean days without value), `days_won`, `low`, `high` (from the
    uncertainty of the effects). Levers are taken one at a time, and win what they promise only as
    far as the effects are causes; customers who churn first are censored, as in `drivers`. A lever
    whose driver is not on record is left out.

    >>> import cstoolkit as cs
    >>> table = levers(cs.load_company(), "first_value", draws=20)
    >>> bool((table["days_then"] < table["days_now"]).all())
    True
    """
    within = checks.count("levers", "within", within, least=1)
    draws = checks.count("levers", "draws", draws, least=1)
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
    """Restricted mean days without value if the chance of value in each week is multiplied by
    `ratio`, one a draw.
    """
    chance = counts.leaving[:, 1] / counts.at_risk * ratio[:, counts.day // WEEK]
    waiting = np.cumprod(1 - np.minimum(chance, 1), axis=1)
    ends = np.minimum(np.append(counts.day[1:], max(within, counts.day[-1])), within)
    return waiting @ (ends - np.minimum(counts.day, within))


def paid_effect(
    company: Company, end: str = "basic_value", days: int = IN_TIME, *, level: float = 0.95
) -> pd.DataFrame:
    """Value in time with paid against free onboarding, as it looks and among like customers.

    S1 reports that customers who pay succeed more often and that they have motivated project leads:
    it names a confounder of its own finding. The pace to value is compared in periods of 30 days
    (complementary log-log regression, whose coefficient is the log of the ratio of hazards); the
    shares are averaged over all journeys of either form. Who left without value has not got there.
    The hours that paid customers get more belong to the effect. *Estimated*: rated fit carries
    noise, and a motive that nobody rated stays in.

    Parameters
    ----------
    company : Company
        With customers.onboarding and milestones.
    end : str
        The milestone that counts as value, or a later one.
    days : int
        Days from the signing within which value is in time.
    level : float
        Confidence level; errors are clustered by customer, who may have two products.

    Returns
    -------
    DataFrame
        One row an estimate (as it looks; same fit; same fit and size), all on the same journeys;
        one whose adjustment is not on record is left out: `estimate`, `journeys`, `paid` (share in
        time if all paid), `free` (if nobody did), `difference`, `low`, `high`, `ratio`,
        `ratio_low`, `ratio_high` (of the hazards: how much sooner).

    Raises
    ------
    MissingData
        With too few customers of either form.
    ValueError
        Where all or none had value in time.

    References
    ----------
    S1 (docs/sources.md) for the claim; Prentice and Gloeckler (1978) for the regression.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = paid_effect(cs.load_company()).set_index("estimate")
    >>> bool(found.loc["as it looks", "difference"] > found.loc["same fit", "difference"] > 0)
    True
    """
    checks.count("paid_effect", "days", days, least=1)
    checked(company).need(customers=["onboarding"])
    clock = durations(company, "contract_signed", end)
    rows = clock.assign(**traits(company, pd.Index(clock["customer_id"])))
    rows = rows[rows["self_serve"] == 0]
    held = [
        name for name in ("fit", "size") if rows[name].notna().any() and rows[name].nunique() > 1
    ]
    rows = rows.dropna(subset=held).reset_index(drop=True)
    paid, free = (rows.loc[rows["paid"] == one, "customer_id"].nunique() for one in (1, 0))
    if min(paid, free) < LEAST:
        raise MissingData(
            f"{company.name} has too few to compare: customers who paid for onboarding {paid}, "
            "who got "
            f"it free {free}; {LEAST} of each at least."
        )
    last = max(days // PERIOD, 1) - 1
    churned = rows["outcome"] == "churned"
    rows["event"] = (rows["outcome"] == "value") & (rows["days"] <= days)
    # Of a journey that is open, the period that has begun says nothing yet.
    begun = (rows["days"] // PERIOD).clip(upper=last)
    begun = begun - ((rows["outcome"] == "open") & (rows["days"] < days))
    rows["periods"] = begun.mask(churned, last) + 1
    if not 0 < rows["event"].sum() < len(rows):
        raise ValueError(
            "all or none of the customers had value in time: choose another milestone or number "
            "of days."
        )
    adjusted = {"as it looks": [], "same fit": ["fit"], "same fit and size": ["fit", "size"]}
    return pd.DataFrame(
        [
            {"estimate": name, "journeys": len(rows), **_paid_against_free(rows, names, level)}
            for name, names in adjusted.items()
            if set(names) <= set(held)
        ]
    )


def _paid_against_free(rows: pd.DataFrame, names: list[str], level: float) -> dict[str, float]:
    """The standardised difference with its interval, and the ratio of hazards."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.families.links import CLogLog
    from statsmodels.genmod.generalized_linear_model import GLM

    at_risk = rows.loc[rows.index.repeat(rows["periods"])]
    period = at_risk.groupby(level=0).cumcount()
    event = at_risk["event"] & (period + 1 == at_risk["periods"])
    told = period.isin(period[event])  # a period without any event says nothing of the effect
    dummies = pd.get_dummies(period[told], dtype=float).to_numpy()
    own = at_risk.loc[told.to_numpy(), ["paid", *names]].to_numpy(float)
    groups = pd.factorize(at_risk.loc[told.to_numpy(), "customer_id"])[0]
    model = GLM(
        event[told].to_numpy(float), np.hstack([own, dummies]), family=Binomial(link=CLogLog())
    )
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": groups})
    beta, covariance = np.asarray(fitted.params), np.asarray(fitted.cov_params())
    pace = np.exp(beta[own.shape[1] :])
    shares, slopes = [], []
    for form in (1.0, 0.0):
        x = rows[["paid", *names]].assign(paid=form).to_numpy(float)
        ratio = np.exp(x @ beta[: own.shape[1]])
        hazard = ratio * pace.sum()
        shares.append(float(-np.expm1(-hazard).mean()))
        by_trait = x.T @ (hazard * np.exp(-hazard)) / len(x)
        slopes.append(np.append(by_trait, pace * (ratio * np.exp(-hazard)).mean()))
    gap = shares[0] - shares[1], slopes[0] - slopes[1], covariance
    log_ratio = stats.delta_interval(beta[0], np.eye(len(beta))[0], covariance, level)
    return {
        "paid": shares[0],
        "free": shares[1],
        **dict(zip(("difference", "low", "high"), stats.delta_interval(*gap, level), strict=True)),
        **dict(zip(("ratio", "ratio_low", "ratio_high"), np.exp(log_ratio), strict=True)),
    }
