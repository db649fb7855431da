"""Does value in time save the renewal, and how many renewals would value some days sooner save?

Customers who fit well get value sooner and also stay for other reasons. The plain difference
credits time to value with what fit did; comparing like with like takes that away again.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES
from cstoolkit.stats import z
from cstoolkit.ttv.clocks import journeys
from cstoolkit.ttv.regression import traits

FIFTHS = 5
YEAR = 365
NOTICE = 30
"""Days before a contract's end on which its renewal is decided (ours; range 1 to 90)."""

LEAST = 10
"""First renewals with value, and without, that a comparison takes."""

_DAY = pd.Timedelta(days=1)


def first_renewals(
    company: Company,
    end: str = "basic_value",
    *,
    notice: int = NOTICE,
    fit: pd.Series | None = None,
) -> pd.DataFrame:
    """Journeys whose first renewal is past, and whether value had come by the day it was decided.

    The decision falls `notice` days before the planned end of the first contract. Only journeys
    that ran on that day count, and nothing later decides their group: else those who left early
    would be without value because they left. Open-ended contracts have no first renewal.

    Parameters
    ----------
    company : Company
    end : str
        The milestone that counts as value; a later one shows that it was reached.
    notice : int
        Days between decision and end of the contract, 1 to 90.
    fit : Series, optional
        Points of 100 by customer_id, instead of the rated fit.

    Returns
    -------
    DataFrame
        customer_id, product, journey, renews_on, value (by the decision), late (days from the
        decision to value; negative: before it; missing: never while the journey ran), churned (left
        on the planned end or before it), fit, size, self_serve, paid (units as in `drivers`).

    Raises
    ------
    ValueError
        An unknown milestone, or a notice that is no whole number of days.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> table = first_renewals(cs.load_company())
    >>> churned = table.groupby("value")["churned"].mean()
    >>> bool(churned[True] < churned[False])
    True
    """
    checks.one_of("first_renewals", "end", end, MILESTONES[1:])
    notice = checks.count("first_renewals", "notice", notice, least=1, most=90)
    table = journeys(company)
    decided = table["renews_on"] - notice * _DAY
    reached = table[list(MILESTONES[MILESTONES.index(end) :])].min(axis=1)
    reached = reached.where(~(reached >= table["ended_on"]))
    table["late"] = (reached - decided) / _DAY
    table["value"] = table["late"] <= 0
    table["churned"] = table["ended_on"] <= table["renews_on"]
    past = table["renews_on"] <= company.as_of - company.grace_days * _DAY
    running = ~(table["ended_on"] <= decided) & (table["contract_signed"] <= decided)
    columns = ["customer_id", "product", "journey", "renews_on", "value", "late", "churned"]
    found = table.loc[past & running, columns].reset_index(drop=True)
    return found.assign(**traits(company, pd.Index(found["customer_id"]), fit))


def renewal(
    company: Company,
    end: str = "basic_value",
    *,
    notice: int = NOTICE,
    seed: int = 0,
    draws: int = 400,
    level: float = 0.95,
    fit: pd.Series | None = None,
    probability: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Churn at the first renewal with and without value by the decision, plain and
    among like customers.

    Parameters
    ----------
    company, end, notice, fit
        As for :func:`first_renewals`.
    seed, draws : int
        Of the bootstrap over customers (both products of a customer are drawn together).
    level : float
        Confidence level.
    probability : DataFrame, optional
        customer_id, product, ends_on, probability: takes the place of the outcomes. With `fit` it
        shows the truth of the bundled company, without the noise of either.

    Returns
    -------
    DataFrame
        One row an estimate: `estimate`, `journeys`, `with_value`, `without_value` (churned shares),
        `difference` (with less without), `low`, `high`. The estimates:

        crude : the two groups as they are.
        by fifth of fit : compared within fifths of fit, averaged over all journeys.
        weighted : each group weighted by the inverse of its chance, given fit, size and onboarding
        form (logistic), to look like all.

        What is adjusted for is fit, not everything: hours and handoffs go on until the decision.

    Raises
    ------
    ValueError
        As :func:`first_renewals`, and where too few of the journeys had value in time, or had not.

    References
    ----------
    Landmark analysis: Anderson, Cain and Gelber (1983), here with each contract's own day of
    decision as the landmark; weights: Robins, Hernan and Brumback (2000).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> renewal(cs.load_company(), draws=20)["estimate"].tolist()
    ['crude', 'by fifth of fit', 'weighted']
    """
    z(level)
    table = first_renewals(company, end, notice=notice, fit=fit)
    if probability is not None:
        chance = probability.drop_duplicates(["customer_id", "product", "ends_on"])
        chance = chance.rename(columns={"ends_on": "renews_on", "probability": "outcome"})
        keys = ["customer_id", "product", "renews_on"]
        table = table.merge(chance[[*keys, "outcome"]], on=keys, how="left")
    table, weights = _drawn(table, end, draws, seed)
    estimates = {"crude": _crude, "by fifth of fit": _by_fifth, "weighted": _weighted}
    if "fit" not in _adjusted(table):
        del estimates["by fifth of fit"]
    rows = []
    for name, estimate in estimates.items():
        rates = estimate(table, weights)
        difference = rates[:, 0] - rates[:, 1]
        rows.append((name, len(table), *rates[0], *_interval(difference, level)))
    columns = ["estimate", "journeys", "with_value", "without_value", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def renewals_saved(
    company: Company,
    days: int | list[int],
    end: str = "basic_value",
    *,
    notice: int = NOTICE,
    seed: int = 0,
    draws: int = 400,
    level: float = 0.95,
) -> pd.DataFrame:
    """First renewals that value some days sooner would save in a year like the coming one.

    If everybody's time to value were shorter by so many days, those who get there within that many
    days after their decision would have been in time. Their share of the past first renewals, times
    the difference that value by the decision makes among like customers (`weighted` of
    :func:`renewal`), times the first renewals that come up.

    Parameters
    ----------
    company, end, notice, seed, draws, level
        As for :func:`renewal`.
    days : int or several
        Whole days from 1 up.

    Returns
    -------
    DataFrame
        One row a number of days: `days`, `due` (first renewals in the year after `as_of`),
        `due_arr`, `moved` (share that would be in time), `renewals`, `renewals_low`,
        `renewals_high`, `arr`, `arr_low`, `arr_high` (currency a year). It holds as far as value in
        time is the cause of the difference. Who left before value counts as never moved, which errs
        low beyond `notice` days.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> table = renewals_saved(cs.load_company(), [7, 14], draws=20)
    >>> bool(table["moved"].is_monotonic_increasing)
    True
    """
    z(level)
    asked = [checks.count("renewals_saved", "days", one, least=1) for one in np.atleast_1d(days)]
    table, weights = _drawn(first_renewals(company, end, notice=notice), end, draws, seed)
    rates = _weighted(table, weights)
    every = journeys(company)
    coming = every["ended_on"].isna() & (every["renews_on"] > company.as_of)
    coming &= every["renews_on"] <= company.as_of + YEAR * _DAY
    due, due_arr = int(coming.sum()), float(every.loc[coming, "arr"].sum())
    rows = []
    for one in asked:
        late = ((table["late"] > 0) & (table["late"] <= one)).to_numpy()
        moved = weights @ late / weights.sum(axis=1)
        gain = np.array(_interval(moved * (rates[:, 1] - rates[:, 0]), level))
        rows.append((one, due, due_arr, moved[0], *(due * gain), *(due_arr * gain)))
    names = [f"{what}{bound}" for what in ("renewals", "arr") for bound in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["days", "due", "due_arr", "moved", *names])


def _drawn(table: pd.DataFrame, end: str, draws: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The renewals with everything on record, and how often each counts, draws by rows.

    The first draw is the data; customers are drawn, with all their rows.
    """
    if "outcome" not in table:
        table = table.assign(outcome=table["churned"].astype(float))
    table = table.dropna(subset=["outcome", *_adjusted(table)]).reset_index(drop=True)
    with_value = int(table["value"].sum())
    if min(with_value, len(table) - with_value) < LEAST:
        raise ValueError(
            f"of {len(table)} first renewals with everything on record, {with_value} had {end} by "
            "the "
            f"decision: that is too few to compare, which takes {LEAST} with value and {LEAST} "
            "without. "
            "Choose another milestone, or wait for more renewals."
        )
    who, names = pd.factorize(table["customer_id"])
    rng = np.random.default_rng(seed)
    draws = checks.count("renewal", "draws", draws, least=1)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    return table, np.vstack([np.ones(len(who)), times[:, who]])


def _adjusted(table: pd.DataFrame) -> list[str]:
    """Traits on record for somebody; one that is on record for nobody cannot be adjusted for."""
    return [name for name in ("fit", "size", "self_serve", "paid") if table[name].notna().any()]


def _interval(drawn: np.ndarray, level: float) -> tuple[float, float, float]:
    """The estimate (the first draw) and its limits."""
    return (drawn[0], *np.nanquantile(drawn[1:], [(1 - level) / 2, (1 + level) / 2]))


def _crude(table: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    return _means(weights, table["value"].to_numpy(bool), table["outcome"].to_numpy())


def _means(weights: np.ndarray, value: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Weighted mean outcome with and without value, one row a draw."""
    with np.errstate(invalid="ignore"):
        sides = [
            weights[:, side] @ outcome[side] / weights[:, side].sum(axis=1)
            for side in (value, ~value)
        ]
    return np.column_stack(sides)


def _by_fifth(table: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    value, outcome = table["value"].to_numpy(bool), table["outcome"].to_numpy()
    fifth = pd.qcut(table["fit"], FIFTHS, labels=False, duplicates="drop").to_numpy()
    total, size = 0.0, 0.0
    for one in np.unique(fifth):
        rows = fifth == one
        rates = _means(weights[:, rows], value[rows], outcome[rows])
        # A fifth in which a draw holds only one of the two groups compares nothing.
        share = np.where(np.isfinite(rates).all(axis=1), weights[:, rows].sum(axis=1), 0.0)[:, None]
        total, size = total + np.nan_to_num(rates) * share, size + share
    return total / size


def _weighted(table: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning, SingularMatrixWarning

    value, outcome = table["value"].to_numpy(bool), table["outcome"].to_numpy()
    names = [name for name in _adjusted(table) if table[name].nunique() > 1]
    design = np.column_stack([np.ones(len(table)), *(table[name] for name in names)])
    result = []
    guess = None
    for weight in weights:
        drawn = weight > 0
        model = GLM(
            value[drawn].astype(float), design[drawn], family=Binomial(), freq_weights=weight[drawn]
        )
        with warnings.catch_warnings():
            # Drawn again, a form that few take may be gone or be on one side alone; chances stay
            # away from 0 and 1.
            warnings.simplefilter("ignore", SingularMatrixWarning)
            warnings.simplefilter("ignore", PerfectSeparationWarning)
            fitted = model.fit(start_params=guess)
        guess = fitted.params if guess is None else guess
        chance = np.clip(fitted.fittedvalues, 0.01, 0.99)
        inverse = weight[drawn] / np.where(value[drawn], chance, 1 - chance)
        result.append(_means(inverse[None, :], value[drawn], outcome[drawn])[0])
    return np.array(result)
