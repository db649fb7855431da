"""What is lost at a handoff, and what shared notes win back: estimated from what followed on this company's own records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cstoolkit import org, ttv
from cstoolkit.data.company import Company, MissingData
from cstoolkit.ownership._handoffs import stall_months

Z = 1.959963984540054  # 97.5% point of the normal distribution
LEAST = 10
"""Events below which a regression is not tried (ours)."""
LEAST_AFTER = 3
"""Events, and cases without one, that must have followed each kind of handoff (ours)."""
EFFECTS = ("no notes", "with notes", "notes win back")
OUTCOMES = {
    "value": "basic value comes",
    "stall": "usage begins to stall",
    "leave": "a customer leaves at its renewal",
}
"""The outcomes and what a ratio above 1 means for each: value sooner, more stalls, more leaving."""
UNITS = {"value": "hazard", "stall": "hazard", "leave": "odds"}
COLUMNS = [
    "outcome",
    "says",
    "effect",
    "estimate",
    "low",
    "high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "unit",
    "events",
    "note",
]
_NAMES = ["handoff_without_notes", "handoff_with_notes"]
_CONTROLS = ["value", "fit", "fit_missing", "health", "health_missing"]


def handoff_effects(
    company: Company,
    outcomes: Sequence[str] = tuple(OUTCOMES),
    *,
    fit: pd.Series | None = None,
    stalls: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What follows a handoff without notes, one with notes, and the difference that the notes make, with 95% intervals.

    Three outcomes (or those of `outcomes`), each against customers without a recent handoff: *value*, the pace to basic value
    within 60 days (Cox regression, ``ttv.drivers``); *stall*, the rate at which usage begins to stall within 60 days
    (complementary log-log regression on :func:`stall_months`, fit, hours and age held); *leave*, the odds of leaving at a
    renewal decided within 180 days (logistic regression on ``org.decisions``, value, fit and usage held; errors clustered by
    customer). Returns one row an outcome and effect: outcome, says, effect (no notes, with notes, notes win back), estimate
    (log), low, high, ratio, ratio_low, ratio_high, unit, events, note (why there is no estimate; else empty).

    *Estimated*: handoffs do not come by lot. People leave, books grow, onboardings end; what goes with these and is not held
    stays in. `fit` (points by customer_id) and `stalls` (see :func:`stall_months`) replace what the company rated and found, so
    that the bundled company's truth can judge the estimate. Source: S0 (handoffs of the phase cut, the CRM record).

    >>> import cstoolkit as cs
    >>> found = handoff_effects(cs.load_company()).set_index(["outcome", "effect"])
    >>> bool(found.loc[("value", "no notes"), "ratio"] < found.loc[("value", "with notes"), "ratio"])
    True
    """
    company.need(assignments=["person_id", "notes_passed"])
    strange = [each for each in outcomes if each not in OUTCOMES]
    if strange or isinstance(outcomes, str):
        raise ValueError(f"outcomes is a list of some of {', '.join(OUTCOMES)}, got {outcomes!r}.")
    estimates = {"value": _value, "stall": _stall, "leave": _leave}
    rows = []
    for outcome in outcomes:
        try:
            found, covariance, events = estimates[outcome](company, fit, stalls)
            rows += _rows(outcome, found, covariance, events)
        except (MissingData, ValueError) as error:
            rows += [
                {
                    "outcome": outcome,
                    "says": OUTCOMES[outcome],
                    "effect": each,
                    "unit": UNITS[outcome],
                    "note": str(error),
                }
                for each in EFFECTS
            ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"events": "Int64"})


def notes_worth(company: Company, *, months: int = 12) -> pd.DataFrame:
    """What passing the notes on at every handoff would have kept of the renewals decided in the last `months` months.

    One row: decisions (whose last handoff in the 180 days before came without notes), arr (behind them, currency a year),
    renewals (that would have been kept), renewals_low, renewals_high, arr_kept, arr_kept_low, arr_kept_high (95%, delta
    method). Each of these decisions is given the odds of one with notes, all else as it was. *Estimated*: as
    :func:`handoff_effects`; what notes save by sooner value and fewer stalls is not counted.

    >>> import cstoolkit as cs
    >>> found = notes_worth(cs.load_company()).iloc[0]
    >>> bool(found["renewals_low"] < found["renewals"] < found["renewals_high"])
    True
    """
    company.need(assignments=["person_id", "notes_passed"])
    decisions = org.decisions(company)
    model, names = _fitted(decisions)
    lately = (decisions["decided_on"] > company.as_of - pd.DateOffset(months=months)) & (
        decisions["handoff_without_notes"] == 1
    )
    mine = decisions[lately]
    was = np.column_stack([np.ones(len(mine)), mine[names].to_numpy(float)])
    passed = was.copy()
    passed[:, 1 + names.index("handoff_without_notes")] = 0.0
    passed[:, 1 + names.index("handoff_with_notes")] = 1.0
    beta, covariance = model
    chance = [1 / (1 + np.exp(-design @ beta)) for design in (was, passed)]
    slopes = [
        design * (each * (1 - each))[:, None]
        for design, each in zip((was, passed), chance, strict=True)
    ]
    kept, slope = chance[0] - chance[1], slopes[0] - slopes[1]
    arr = _arr(company, mine)
    row = {"decisions": len(mine), "arr": float(arr.sum())}
    for name, weight in (("renewals", np.ones(len(mine))), ("arr_kept", arr)):
        value, direction = float(weight @ kept), weight @ slope
        half = Z * float(np.sqrt(direction @ covariance @ direction))
        row |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    return pd.DataFrame([row])


def _value(
    company: Company, fit: pd.Series | None, _: pd.DataFrame | None
) -> tuple[np.ndarray, np.ndarray, int]:
    found = ttv.drivers(company, end="basic_value", fit=fit)
    names = found.effects["driver"].to_list()
    if not {"handoff", "notes"} <= set(names):
        raise ValueError("no handoffs with and without notes before basic value are on record.")
    place = [names.index("handoff"), names.index("notes")]
    # The regression gives a handoff and what notes add to it; here each kind of handoff stands by itself.
    turn = np.array([[1.0, 0.0], [1.0, 1.0]])
    estimate = turn @ found.effects["effect"].to_numpy()[place]
    return estimate, turn @ found.covariance[np.ix_(place, place)] @ turn.T, found.events


def _stall(
    company: Company, fit: pd.Series | None, stalls: pd.DataFrame | None
) -> tuple[np.ndarray, np.ndarray, int]:
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.families.links import CLogLog
    from statsmodels.genmod.generalized_linear_model import GLM

    rows = stall_months(company, stalls)
    if fit is not None:
        rows = rows.assign(fit=(rows["customer_id"].map(fit).to_numpy() - 60) / 10, fit_missing=0.0)
    _enough(rows["began"], rows[["without", "passed"]], "stalls")
    design = pd.concat(
        [
            rows[["without", "passed", "fit", "fit_missing", "hours"]],
            pd.get_dummies(rows["age"], dtype=float, drop_first=True),
        ],
        axis=1,
    )
    design = design.loc[:, design.nunique() > 1]
    matrix = np.column_stack([np.ones(len(design)), design.to_numpy(float)])
    fitted = GLM(rows["began"].to_numpy(float), matrix, family=Binomial(link=CLogLog())).fit()
    return (
        np.asarray(fitted.params)[1:3],
        np.asarray(fitted.cov_params())[1:3, 1:3],
        int(rows["began"].sum()),
    )


def _leave(
    company: Company, fit: pd.Series | None, _: pd.DataFrame | None
) -> tuple[np.ndarray, np.ndarray, int]:
    decisions = org.decisions(company)
    if fit is not None:
        decisions = decisions.assign(
            fit=(decisions["customer_id"].map(fit).to_numpy() - 60) / 10, fit_missing=0.0
        )
    (beta, covariance), names = _fitted(decisions)
    place = [1 + names.index(name) for name in _NAMES]
    return beta[place], covariance[np.ix_(place, place)], int(decisions["left"].sum())


def _fitted(decisions: pd.DataFrame) -> tuple[tuple[np.ndarray, np.ndarray], list[str]]:
    """The logistic regression of leaving: coefficients (constant first) with their covariance, and the names of the rest."""
    from statsmodels.discrete.discrete_model import Logit

    left = decisions["left"].to_numpy(float)
    _enough(left, decisions[_NAMES], "customers who left or who stayed")
    names = [name for name in [*_NAMES, *_CONTROLS] if decisions[name].nunique() > 1]
    matrix = np.column_stack([np.ones(len(left)), decisions[names].to_numpy(float)])
    groups = pd.factorize(decisions["customer_id"])[0]
    fitted = Logit(left, matrix).fit(
        disp=0, maxiter=100, cov_type="cluster", cov_kwds={"groups": groups}
    )
    return (np.asarray(fitted.params), np.asarray(fitted.cov_params())), names


def _enough(happened: np.ndarray, exposed: pd.DataFrame, what: str) -> None:
    """Refuse what a regression cannot tell: too few events, or a kind of handoff that all of them, or none, followed."""
    happened = np.asarray(happened, bool)
    events = int(min(happened.sum(), (~happened).sum()))
    if events < LEAST:
        raise ValueError(
            f"too little to estimate from: {events} {what}, at least {LEAST} are needed."
        )
    for name, says in zip(exposed, ("without", "with"), strict=True):
        after = exposed[name].to_numpy() > 0
        seen = int(min((happened & after).sum(), (~happened & after).sum()))
        if seen < LEAST_AFTER:
            raise ValueError(
                f"too little to estimate from: {seen} {what} after a handoff {says} notes, at least {LEAST_AFTER} are needed."
            )


def _rows(outcome: str, estimate: np.ndarray, covariance: np.ndarray, events: int) -> list[dict]:
    """Both kinds of handoff and the difference between them."""
    rows = []
    for effect, weights in zip(EFFECTS, ([1.0, 0.0], [0.0, 1.0], [-1.0, 1.0]), strict=True):
        value = float(np.dot(weights, estimate))
        half = Z * float(np.sqrt(np.dot(weights, covariance @ weights)))
        bounds = {"estimate": value, "low": value - half, "high": value + half}
        ratios = {
            "ratio" + name: float(np.exp(bounds[key]))
            for name, key in (("", "estimate"), ("_low", "low"), ("_high", "high"))
        }
        rows.append(
            {
                "outcome": outcome,
                "says": OUTCOMES[outcome],
                "effect": effect,
                **bounds,
                **ratios,
                "unit": UNITS[outcome],
                "events": events,
                "note": "",
            }
        )
    return rows


def _arr(company: Company, decisions: pd.DataFrame) -> np.ndarray:
    """ARR of the level that each decision was about."""
    levels = company.levels[["customer_id", "product", "starts_on", "arr"]].assign(
        product=company.levels["product"].fillna("")
    )
    asked = (
        decisions[["customer_id", "product", "decided_on"]]
        .reset_index()
        .sort_values("decided_on", kind="stable")
    )
    found = pd.merge_asof(
        asked,
        levels.sort_values("starts_on", kind="stable"),
        left_on="decided_on",
        right_on="starts_on",
        by=["customer_id", "product"],
    )
    return found.set_index("index")["arr"].reindex(decisions.index).to_numpy(float)
