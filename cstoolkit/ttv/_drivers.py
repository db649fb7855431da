"""What brings value sooner? Cox regression on start-stop rows, its check, and its answers beside the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from cstoolkit.data.company import Company
from cstoolkit.stats import z
from cstoolkit.ttv._episodes import COVARIATES, WINDOWS, Windows, episodes, hindsight, meanings

TRUTH_NAMES = {name: f"{name}_on_value" for name in COVARIATES} | {
    "notes": "notes_win_back",
    "self_serve": "self_on_value",
}
"""Under which name the bundled company's truth publishes each effect."""


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """A fitted Cox regression of days to value.

    `effects` has one row a driver: `driver`, `means` (what one unit is), `effect` (log-hazard), `low`, `high`, `ratio` (hazard
    ratio: 1.2 means that at any moment value is 20% likelier to come next), `p_value`, and `changing`, the p value of the
    hypothesis that the effect does not change with time (small: proportional hazards are in doubt).
    `covariance` belongs to the effects. `journeys` and `events` were used, `left_out` had a missing value, `dropped` names drivers
    that are not on record or do not vary here.
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
    """Effects of fit, size, onboarding form, tier, hours received and handoffs on the pace to value.

    A customer that churns or is still open is censored. Effects are associations at equal values of the other drivers; that
    they are causes is an assumption. Rated fit carries the noise of the rating, which draws its effect towards 0; `fit` (points of
    100 by customer_id) replaces it, so that the true fit of the bundled company shows by how much. `windows` says for how long
    hours and handoffs count.

    Source: Cox (1972); ties by Efron (1977); check of proportional hazards by Grambsch and Therneau (1994) on ranked days.

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
    """What hours and handoffs seem to do when they are counted before they happened, beside the right answer.

    Returns one row a driver that accrues with time: `driver`, `right`, `right_low`, `right_high`, `wrong`, `wrong_low`,
    `wrong_high` (log-hazards). Right counts each from its day on (`episodes`); wrong gives every journey its total
    from the first day (`hindsight`).

    >>> import cstoolkit as cs
    >>> table = immortal_time(cs.load_company()).set_index("driver")
    >>> bool(table.loc["hours", "wrong"] < 0 < table.loc["hours", "right"])
    True
    """
    right = regress(
        episodes(company, start, end, windows=windows), start=start, end=end
    ).effects.set_index("driver")
    wrong = regress(hindsight(company, start, end), start=start, end=end).effects.set_index(
        "driver"
    )
    columns = {"effect": "", "low": "_low", "high": "_high"}
    sides = [
        table[list(columns)].rename(columns={old: f"{side}{new}" for old, new in columns.items()})
        for side, table in (("right", right), ("wrong", wrong))
    ]
    accrues = [
        name
        for name in ("hours", "handoff", "notes")
        if name in right.index and name in wrong.index
    ]
    return pd.concat(sides, axis=1).loc[accrues].reset_index()


def recovered(found: Drivers, effects: pd.DataFrame) -> pd.DataFrame:
    """The estimated effects beside the published ones: `driver`, `effect`, `low`, `high`, `truth`, `covered`.

    `effects` is the table of that name in the bundled company's truth (`name`, `value`).

    >>> import cstoolkit as cs
    >>> table = recovered(drivers(cs.load_company()), cs.load_truth()["effects"])
    >>> bool(table["covered"].sum() >= 7)
    True
    """
    known = effects.set_index("name")["value"]
    table = found.effects[["driver", "effect", "low", "high"]].copy()
    table["truth"] = table["driver"].map(TRUTH_NAMES).map(known)
    table["covered"] = (table["low"] <= table["truth"]) & (table["truth"] <= table["high"])
    return table


def regress(
    rows: pd.DataFrame, *, start: str, end: str, windows: Windows = WINDOWS, level: float = 0.95
) -> Drivers:
    """Cox regression on start-stop rows with the columns of `episodes`."""
    from statsmodels.duration.hazard_regression import PHReg

    width = z(level)
    known = [name for name in COVARIATES if rows[name].notna().any()]
    complete = rows[known].notna().all(axis=1)
    used = rows[complete]
    names = _independent(used[known])
    events = int(used["event"].sum())
    if not names or events <= len(names):
        raise ValueError(
            f"{events} journeys with {end} and everything on record are too few for {len(names)} drivers: take an earlier milestone."
        )
    model = PHReg(
        used["leaves"].to_numpy(float),
        used[names].to_numpy(float),
        status=used["event"].to_numpy(int),
        # PHReg counts a row as at risk on its day of entry too, when the week before it still is. Days are whole, so
        # that half a day later means from the next day on.
        entry=used["enters"].to_numpy(float) + 0.5,
        ties="efron",
    )
    result = model.fit()
    covariance = np.asarray(result.cov_params())
    se = np.sqrt(np.diag(covariance))
    effect = np.asarray(result.params)
    table = pd.DataFrame(
        {
            "driver": names,
            "means": [meanings(windows)[name] for name in names],
            "effect": effect,
            "low": effect - width * se,
            "high": effect + width * se,
            "ratio": np.exp(effect),
            "p_value": chdtrc(1, (effect / se) ** 2),
            "changing": _changing(result.schoenfeld_residuals, used, covariance),
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
