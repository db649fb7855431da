"""What brings value sooner? Cox regression on weeks, its check, and its answers beside the truth.

Journeys are cut into weeks, each with what was known at its start: hours received and handoffs come
after the clock has started. Attached to a whole journey they would be counted before they happened;
cut into start-stop rows, each counts from its own day on.
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from cstoolkit import assumptions, tables
from cstoolkit.data.company import Company
from cstoolkit.days import NEVER, days, joint
from cstoolkit.stats import z
from cstoolkit.ttv.clocks import durations

WEEK = 7
_RULES = assumptions.read("ttv", "Windows")
_DRIVERS = tables.read("ttv", "drivers").set_index("driver")
"""What one unit of a driver means, and under which name the bundled company's truth
publishes it."""
COVARIATES = tuple(_DRIVERS.index)
"""The names of the drivers, in the order of the tables."""


@dataclass(frozen=True, kw_only=True)
class Windows:
    """For how long hours received and a handoff are taken to matter.

    >>> Windows(hours_days=14).hours_days
    14
    >>> Windows(handoff_days=0)
    Traceback (most recent call last):
    ValueError: Windows: handoff_days is a whole number of at least 1 and up to 36500, got 0.
    """

    hours_days: int = _RULES["hours_days"]
    handoff_days: int = _RULES["handoff_days"]

    def __post_init__(self) -> None:
        assumptions.check(self)


WINDOWS = Windows()
"""Four weeks and two months: choices of ours. What is found with others is found with
``windows=Windows(...)``."""


def meanings(windows: Windows = WINDOWS) -> dict[str, str]:
    """The drivers, in the order of the tables, and what one unit of each is.

    >>> meanings(Windows(hours_days=14))["hours"]
    'hours received in the last 14 days, 2.7 times as many'
    """
    return {name: says.format(**asdict(windows)) for name, says in _DRIVERS["means"].items()}


def episodes(
    company: Company,
    start: str = "contract_signed",
    end: str = "first_value",
    *,
    windows: Windows = WINDOWS,
    fit: pd.Series | None = None,
) -> pd.DataFrame:
    """One row a journey and week until `end`, churn or `as_of`: the start-stop rows
    of a Cox regression.

    Returns customer_id, row (which journey of `durations`), enters, leaves (days since the start; a
    customer is at risk on its last day), event (True in the week of `end`), and the columns of
    `COVARIATES`. Fit, size and onboarding form are those of the customer; tier, hours and handoffs
    are as of the first day of the week, counted for as long as `windows` says. A journey without a
    fit on record, or without an onboarding form or tier, has missing values there. `fit` (points by
    customer_id) replaces the rated one.

    >>> import cstoolkit as cs
    >>> rows = episodes(cs.load_company())
    >>> bool((rows["enters"] < rows["leaves"]).all())
    True
    """
    table = durations(company, start, end)
    weeks = table["days"].to_numpy() // WEEK + 1
    row = np.repeat(np.arange(len(table)), weeks)
    enters = (np.arange(len(row)) - np.repeat(np.cumsum(weeks) - weeks, weeks)) * WEEK
    last = np.append(row[1:] != row[:-1], True)
    leaves = np.where(last, table["days"].to_numpy()[row] + 1, enters + WEEK)
    day = days(table["started_on"])[row] + enters
    spans = {"row": row, "enters": enters, "leaves": leaves, "last": last, "day": day}
    return _rows(company, table, spans, windows.hours_days, windows.handoff_days, fit)


def hindsight(
    company: Company, start: str = "contract_signed", end: str = "first_value"
) -> pd.DataFrame:
    """The same columns, done wrong: one row a journey, with all hours and any handoff until its end
    counted from its start.

    Whoever waits longer collects more of both, so that they seem to delay value: immortal-time
    bias, turned round. It is here to be shown beside `episodes`, and for nothing else.
    """
    table = durations(company, start, end)
    waited, every = table["days"].to_numpy(), np.arange(len(table))
    day = days(table["started_on"]) + waited
    spans = {
        "row": every,
        "enters": 0 * every,
        "leaves": waited + 1,
        "last": every >= 0,
        "day": day,
    }
    return _rows(company, table, spans, waited, waited + 1)


def _rows(
    company: Company,
    table: pd.DataFrame,
    spans: dict[str, np.ndarray],
    hours_days: int | np.ndarray,
    handoff_days: int | np.ndarray,
    fit: pd.Series | None = None,
) -> pd.DataFrame:
    """The spans of journeys with what is known of them on the `day` of each."""
    customer, row = pd.Index(company.customers["customer_id"]), spans["row"]
    who = customer.get_indexer(table["customer_id"])[row]
    value = (table["outcome"] == "value").to_numpy()[row]
    fixed = traits(company, customer, fit)
    return pd.DataFrame(
        {
            "customer_id": table["customer_id"].take(row).array,
            **{name: spans[name] for name in ("row", "enters", "leaves")},
            "event": spans["last"] & value,
            **{name: values[who] for name, values in fixed.items()},
            **_moving(company, customer, who, spans["day"], hours_days, handoff_days),
        }
    )


def traits(
    company: Company, customer: pd.Index, fit: pd.Series | None = None
) -> dict[str, np.ndarray]:
    """What is fixed of each customer in `customer`, by the names and units of `COVARIATES`."""
    fit = company.fit() if fit is None else fit
    own = company.customers.set_index("customer_id").reindex(customer)
    form = own["onboarding"]
    return {
        "fit": fit.reindex(customer).to_numpy(float) / 10,
        "size": np.log(own["employees"].clip(lower=1).to_numpy(float)),
        "self_serve": (form == "self").astype(float).where(form.notna()).to_numpy(),
        "paid": (form == "paid").astype(float).where(form.notna()).to_numpy(),
    }


def _moving(company, customer, who, day, hours_days, handoff_days) -> dict[str, np.ndarray]:
    """What was so on `day`: hours received in the `hours_days` before it, the
    latest handoff, the tier.
    """
    work = company.activities
    spent = _History(customer, work["customer_id"], work["happened_on"])
    total = np.append(0.0, np.cumsum(work["hours"].fillna(0).to_numpy()[spent.order]))
    hours = total[spent.before(who, day)] - total[spent.before(who, day - hours_days)]

    handed = company.assignments.dropna(subset=["notes_passed"])
    changes = _History(customer, handed["customer_id"], handed["starts_on"])
    latest = changes.before(who, day + 1)
    recent = latest > changes.before(who, day + 1 - handoff_days)
    passed = np.append(False, handed["notes_passed"].to_numpy(dtype=bool)[changes.order])[latest]

    tiers = _History(customer, company.tiers["customer_id"], company.tiers["starts_on"])
    place = np.maximum(tiers.before(who, day + 1), tiers.before(who, np.zeros_like(day)) + 1)
    held = np.append(None, company.tiers["tier"].to_numpy(dtype=object)[tiers.order])
    known = place <= tiers.before(who, np.full_like(day, NEVER))
    tier = held[np.where(known, place, 0)]
    return {
        **{name: np.where(known, tier == name, np.nan) for name in ("high", "tech")},
        "hours": np.log1p(np.maximum(hours, 0)),
        "handoff": recent.astype(float),
        "notes": (recent & passed).astype(float),
    }


class _History:
    """Dated rows of many customers, searchable by customer and day in one sorted vector."""

    def __init__(self, customer: pd.Index, who: pd.Series, when: pd.Series) -> None:
        key = joint(customer.get_indexer(who), days(when))
        self.order = np.argsort(key, kind="stable")
        self.key = key[self.order]

    def before(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """How many rows, counted over all customers in order, lie before this customer's `day`."""
        return np.searchsorted(self.key, joint(who, day), side="left")


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """A fitted Cox regression of days to value.

    `effects` has one row a driver: `driver`, `means` (what one unit is), `effect` (log-hazard),
    `low`, `high`, `ratio` (hazard ratio: 1.2 means that at any moment value is 20% likelier to come
    next), `p_value`, and `changing`, the p value of the hypothesis that the effect does not change
    with time (small: proportional hazards are in doubt). `covariance` belongs to the effects.
    `journeys` and `events` were used, `left_out` had a missing value, `dropped` names drivers that
    are not on record or do not vary here.
    """

    start: str
    end: str
    effects: pd.DataFrame
    covariance: np.ndarray
    journeys: int
    events: int
    left_out: int
    dropped: tuple[str, ...]

    def __str__(self) -> str:
        said = f"{self.events:,} of {self.journeys:,} journeys reached {self.end}"
        if self.left_out:
            said += f"; {self.left_out:,} left out for a missing value"
        return said + (
            f"; not on record or without variation: {', '.join(self.dropped)}"
            if self.dropped
            else ""
        )


def drivers(
    company: Company,
    start: str = "contract_signed",
    end: str = "first_value",
    *,
    windows: Windows = WINDOWS,
    fit: pd.Series | None = None,
    level: float = 0.95,
) -> Drivers:
    """Effects of fit, size, onboarding form, tier, hours received and handoffs on
    the pace to value.

    A customer that churns or is still open is censored. Effects are associations at equal values of
    the other drivers; that they are causes is an assumption. Rated fit carries the noise of the
    rating, which draws its effect towards 0; `fit` (points of 100 by customer_id) replaces it, so
    that the true fit of the bundled company shows by how much. `windows` says for how long hours
    and handoffs count.

    Source: Cox (1972); ties by Efron (1977); check of proportional hazards by Grambsch and Therneau
    (1994) on ranked days.

    >>> import cstoolkit as cs
    >>> found = drivers(cs.load_company()).effects.set_index("driver")
    >>> bool(found.loc["fit", "low"] > 0)
    True
    """
    rows = episodes(company, start, end, windows=windows, fit=fit)
    return regress(rows, start=start, end=end, windows=windows, level=level)


def immortal_time(
    company: Company,
    start: str = "contract_signed",
    end: str = "first_value",
    *,
    windows: Windows = WINDOWS,
) -> pd.DataFrame:
    """What hours and handoffs seem to do when they are counted before they happened,
    beside the right answer.

    Returns one row a driver that accrues with time: `driver`, `right`, `right_low`, `right_high`,
    `wrong`, `wrong_low`, `wrong_high` (log-hazards). Right counts each from its day on
    (`episodes`); wrong gives every journey its total from the first day (`hindsight`).

    >>> import cstoolkit as cs
    >>> table = immortal_time(cs.load_company()).set_index("driver")
    >>> bool(table.loc["hours", "wrong"] < 0 < table.loc["hours", "right"])
    True
    """
    sides = {
        "right": episodes(company, start, end, windows=windows),
        "wrong": hindsight(company, start, end),
    }
    parts = []
    for side, rows in sides.items():
        found = regress(rows, start=start, end=end).effects.set_index("driver")
        names = {"effect": side, "low": f"{side}_low", "high": f"{side}_high"}
        parts.append(found.rename(columns=names)[list(names.values())])
    both = pd.concat(parts, axis=1, join="inner")
    return both[both.index.isin(["hours", "handoff", "notes"])].reset_index()


def recovered(found: Drivers, effects: pd.DataFrame) -> pd.DataFrame:
    """The estimated effects beside the published ones: `driver`, `effect`, `low`, `high`,
    `truth`, `covered`.

    `effects` is the table of that name in the bundled company's truth (`name`, `value`).

    >>> import cstoolkit as cs
    >>> table = recovered(drivers(cs.load_company()), cs.load_truth()["effects"])
    >>> bool(table["covered"].sum() >= 7)
    True
    """
    known = effects.set_index("name")["value"]
    table = found.effects[["driver", "effect", "low", "high"]].copy()
    table["truth"] = table["driver"].map(_DRIVERS["truth"]).map(known)
    table["covered"] = (table["low"] <= table["truth"]) & (table["truth"] <= table["high"])
    return table


def regress(
    rows: pd.DataFrame, *, start: str, end: str, windows: Windows = WINDOWS, level: float = 0.95
) -> Drivers:
    """Cox regression on start-stop rows with the columns of `episodes`."""
    width = z(level)
    known = [name for name in COVARIATES if rows[name].notna().any()]
    used = rows[rows[known].notna().all(axis=1)]
    names = _independent(used[known])
    events = int(used["event"].sum())
    fitted = _fitted(used, names) if names and events > len(names) else None
    if fitted is None:
        raise ValueError(
            f"{events} journeys with {end} and everything on record are too few to tell "
            f"{len(names)} drivers apart: take an earlier milestone, or wait for more customers."
        )
    effect, covariance, residuals = fitted
    error = np.sqrt(np.diag(covariance))
    table = pd.DataFrame(
        {
            "driver": names,
            "means": [meanings(windows)[name] for name in names],
            "effect": effect,
            "low": effect - width * error,
            "high": effect + width * error,
            "ratio": np.exp(effect),
            "p_value": chdtrc(1, (effect / error) ** 2),
            "changing": _changing(residuals, used, covariance),
        }
    )
    return Drivers(
        start=start,
        end=end,
        effects=table,
        covariance=covariance,
        journeys=int(used["row"].nunique()),
        events=events,
        left_out=int(rows["row"].nunique() - used["row"].nunique()),
        dropped=tuple(name for name in COVARIATES if name not in names),
    )


def _fitted(used: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, ...] | None:
    """Effects, their covariance, Schoenfeld residuals; None where an effect has no finite estimate.

    A driver that parts all who got there from all who did not has none.
    """
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    model = PHReg(
        used["leaves"].to_numpy(float),
        used[names].to_numpy(float),
        status=used["event"].to_numpy(int),
        # PHReg counts a row as at risk on its day of entry too, when the week before it still is.
        # Days are whole, so that half a day later means from the next day on.
        entry=used["enters"].to_numpy(float) + 0.5,
        ties="efron",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", RuntimeWarning)
        try:
            result = model.fit()
            effect, covariance = np.asarray(result.params), np.asarray(result.cov_params())
            error = np.sqrt(np.diag(covariance))
        except (np.linalg.LinAlgError, ConvergenceWarning, RuntimeWarning):
            return None
    known = np.isfinite([effect, error]).all() and (error > 0).all()
    return (effect, covariance, result.schoenfeld_residuals) if known else None


def _independent(columns: pd.DataFrame) -> list[str]:
    """The columns that say something which those before them do not, a constant included."""
    names: list[str] = []
    basis = np.ones((len(columns), 1))
    for name in columns:
        wider = np.column_stack([basis, columns[name].to_numpy(float)])
        if len(columns) and np.linalg.matrix_rank(wider.T @ wider) == wider.shape[1]:
            names.append(name)
            basis = wider
    return names


def _changing(residuals: np.ndarray, rows: pd.DataFrame, covariance: np.ndarray) -> np.ndarray:
    """P value that scaled Schoenfeld residuals do not drift with the rank of the day, by driver."""
    event = rows["event"].to_numpy(dtype=bool)
    rank = rows.loc[event, "leaves"].rank().to_numpy()
    rank = rank - rank.mean()
    scaled = event.sum() * residuals[event] @ covariance
    statistic = (rank @ scaled) ** 2 / (event.sum() * np.diag(covariance) * (rank**2).sum())
    return chdtrc(1, statistic)
