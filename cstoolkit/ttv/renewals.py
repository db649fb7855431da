"""Does value in time save the renewal, and what is that worth?

Customers who fit well get value sooner and also stay for other reasons. The plain difference credits
time to value with what fit did; comparing like with like takes that away again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES
from cstoolkit.stats import z
from cstoolkit.ttv.clocks import journeys
from cstoolkit.ttv.regression import traits

FIFTHS = 5
YEAR = 365


def first_renewals(
    company: Company, end: str = "basic_value", *, landmark: int = 180, fit: pd.Series | None = None
) -> pd.DataFrame:
    """Journeys whose first renewal has been decided, and whether value had come by day `landmark` after the signing.

    Only journeys that ran on the landmark day count, and nothing that came after it decides their group: else those who
    churned early would be without value because they churned. Open-ended contracts have no first renewal.

    Returns customer_id, product, journey, renews_on, value (by the landmark), churned (at that renewal or before it),
    fit, size, self_serve, paid (units as in `drivers`).

    Raises ValueError for an unknown milestone or a landmark that is no whole number of days.

    >>> import cstoolkit as cs
    >>> table = first_renewals(cs.load_company(), "basic_value", landmark=180)
    >>> bool(table.loc[table["value"], "churned"].mean() < table.loc[~table["value"], "churned"].mean())
    True
    """
    _check(end, landmark=landmark)
    table = journeys(company)
    mark = table["contract_signed"] + pd.Timedelta(days=landmark)
    decided = table["renews_on"] <= company.as_of - pd.Timedelta(days=company.grace_days)
    running = ~(table["ended_on"] <= mark) & (table["renews_on"] > mark)
    table = table.assign(
        value=_reached(table, end) <= mark,
        churned=table["ended_on"] <= table["renews_on"],
    )
    found = table.loc[
        decided & running, ["customer_id", "product", "journey", "renews_on", "value", "churned"]
    ]
    return found.assign(**traits(company, pd.Index(found["customer_id"]), fit)).reset_index(
        drop=True
    )


def renewal(
    company: Company,
    end: str = "basic_value",
    *,
    landmark: int = 180,
    seed: int = 0,
    draws: int = 400,
    level: float = 0.95,
    fit: pd.Series | None = None,
    probability: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Churn at the first renewal with and without value by day `landmark`: as it looks, and among like customers.

    Returns one row an estimate: `estimate`, `journeys`, `with_value`, `without_value` (churned shares), `difference` (with less
    without), `low`, `high` (bootstrap over customers). The estimates:

    crude : the two groups as they are.
    by fifth of fit : groups compared within fifths of fit, averaged over all journeys.
    weighted : each group weighted by the inverse of its chance, given fit, size and onboarding form (logistic), to look like all.

    To see the truth of the bundled company, `fit` replaces the rated fit (points by customer_id) and `probability` (customer_id,
    product, ends_on, probability) the outcomes: without the noise of either. What is adjusted for is fit, not
    everything: hours and handoffs go on between signing and landmark.

    Raises ValueError as `first_renewals`, and where all or none of the journeys had value in time.

    Source: landmark analysis by Anderson, Cain and Gelber (1983); weights by Robins, Hernan and Brumback (2000).

    >>> import cstoolkit as cs
    >>> renewal(cs.load_company(), draws=20)["estimate"].tolist()
    ['crude', 'by fifth of fit', 'weighted']
    """
    z(level)
    table = first_renewals(company, end, landmark=landmark, fit=fit)
    outcome = table["churned"].astype(float)
    if probability is not None:
        chance = probability.drop_duplicates(["customer_id", "product", "ends_on"])
        joined = table.merge(
            chance,
            left_on=["customer_id", "product", "renews_on"],
            right_on=["customer_id", "product", "ends_on"],
            how="left",
        )
        outcome = joined["probability"]
    table = table.assign(outcome=outcome.to_numpy())
    table = table.dropna(subset=["outcome", *_adjusted(table)]).reset_index(drop=True)
    if not 0 < table["value"].sum() < len(table):
        raise ValueError(
            f"of {len(table)} first renewals with everything on record, {table['value'].sum()} had {end} by day {landmark}: "
            "there is nothing to compare. Choose another landmark or milestone."
        )
    weights = _bootstrap(table["customer_id"], draws, seed)
    rows = []
    for name, estimate in (
        ("crude", _crude),
        ("by fifth of fit", _by_fifth),
        ("weighted", _weighted),
    ):
        if name == "by fifth of fit" and "fit" not in _adjusted(table):
            continue
        rates = estimate(table, weights)
        difference = rates[:, 0] - rates[:, 1]
        low, high = np.nanquantile(difference[1:], [(1 - level) / 2, (1 + level) / 2])
        rows.append((name, len(table), *rates[0], difference[0], low, high))
    columns = ["estimate", "journeys", "with_value", "without_value", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def worth(
    company: Company,
    days: int | list[int],
    end: str = "basic_value",
    *,
    landmark: int = 180,
    seed: int = 0,
    draws: int = 400,
    level: float = 0.95,
) -> pd.DataFrame:
    """What value `days` days sooner is worth at the first renewals of the coming year.

    Shortened by x days, those who get there within x days after the landmark would have been in time. Their
    share, times the difference that being in time makes (`weighted` of `renewal`), is what churn at the
    first renewal falls by.

    Returns one row a number of days: `days`, `due` (first renewals in the year after `as_of`), `due_arr`, `moved` (share that would be in
    time), `renewals`, `renewals_low`, `renewals_high`, `arr`, `arr_low`, `arr_high` (currency a year). Estimated: it holds as
    far as the difference is caused by value in time.

    >>> import cstoolkit as cs
    >>> table = worth(cs.load_company(), [7, 14], draws=20)
    >>> bool(table["moved"].is_monotonic_increasing)
    True
    """
    asked = np.atleast_1d(np.asarray(days))
    if asked.dtype.kind not in "iu" or (asked < 1).any():
        raise ValueError(f"days is a whole number from 1 up, got {days}.")
    table = first_renewals(company, end, landmark=landmark)
    table = (
        table.assign(outcome=table["churned"].astype(float))
        .dropna(subset=_adjusted(table))
        .reset_index(drop=True)
    )
    every = journeys(company)
    reached = (_reached(every, end) - every["contract_signed"]) / pd.Timedelta(days=1)
    age = (company.as_of - every["contract_signed"]) / pd.Timedelta(days=1)
    people = pd.concat([table["customer_id"], every["customer_id"]], ignore_index=True)
    weights = _bootstrap(people, draws, seed)
    rates = _weighted(table, weights[:, : len(table)])
    saved = rates[:, 1] - rates[:, 0]
    coming = every["ended_on"].isna() & (every["renews_on"] > company.as_of)
    coming &= every["renews_on"] <= company.as_of + pd.Timedelta(days=YEAR)
    due, due_arr = int(coming.sum()), float(every.loc[coming, "arr"].sum())
    rows = []
    for one in asked.tolist():
        seen = (age >= landmark + one).to_numpy()
        late = ((reached > landmark) & (reached <= landmark + one)).to_numpy()[seen]
        weight = weights[:, len(table) :][:, seen]
        moved = weight @ late / weight.sum(axis=1)
        gain = moved * saved
        low, high = np.nanquantile(gain[1:], [(1 - level) / 2, (1 + level) / 2])
        shares = (gain[0], low, high)
        rows.append(
            (
                one,
                due,
                due_arr,
                moved[0],
                *(due * s for s in shares),
                *(due_arr * s for s in shares),
            )
        )
    names = ["days", "due", "due_arr", "moved"]
    names += [f"{what}{bound}" for what in ("renewals", "arr") for bound in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=names)


def _check(end: str, landmark: int) -> None:
    if end not in MILESTONES[1:]:
        raise ValueError(
            f"end is a milestone after the signing, got {end!r}. There are: {', '.join(MILESTONES[1:])}."
        )
    if isinstance(landmark, bool) or landmark != int(landmark) or landmark < 1:
        raise ValueError(f"landmark is a whole number of days from 1 up, got {landmark}.")


def _reached(table: pd.DataFrame, end: str) -> pd.Series:
    """Day on which `end`, or a milestone after it, was reached while the journey ran."""
    day = table[list(MILESTONES[MILESTONES.index(end) :])].min(axis=1)
    return day.where(~(day >= table["ended_on"]))


def _adjusted(table: pd.DataFrame) -> list[str]:
    """Traits on record for somebody; one that is on record for nobody cannot be adjusted for."""
    return [name for name in ("fit", "size", "self_serve", "paid") if table[name].notna().any()]


def _bootstrap(customer: pd.Series, draws: int, seed: int) -> np.ndarray:
    """How often each row counts, draws by rows; the first draw is the data. Customers are drawn, with all their rows."""
    who, names = pd.factorize(customer)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    return np.vstack([np.ones(len(who)), times[:, who]])


def _crude(table: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    value, outcome = table["value"].to_numpy(bool), table["outcome"].to_numpy()
    return _means(weights, value, outcome)


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
        fitted = model.fit(start_params=guess)
        guess = fitted.params if guess is None else guess
        chance = np.clip(fitted.fittedvalues, 0.01, 0.99)
        inverse = weight[drawn] / np.where(value[drawn], chance, 1 - chance)
        result.append(_means(inverse[None, :], value[drawn], outcome[drawn])[0])
    return np.array(result)
