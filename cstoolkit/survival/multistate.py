"""Which share of journeys is in which state so many days after their start, those still under way
followed as far as seen."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.stats import z


def occupancy(
    spells: pd.DataFrame, days: Iterable[int] | None = None, by: str | None = None
) -> pd.DataFrame:
    """Share of journeys in each state, so many days after their start (Aalen-Johansen).

    The occupancy after day t is p(t) = p(0) * product over days u up to t of (I + dA(u)), where
    dA_ij(u) is the share that moved from i to j on day u of those in i just before. Its variance
    grows by Greenwood's recursion, which is Greenwood's formula for two states. A journey still
    under way counts as long as it was seen. A state's share is right without the Markov property,
    if censoring does not depend on the state.

    Parameters
    ----------
    spells : DataFrame
        One row a spell: state, from_day, to_day (days since the journey's start), next (missing:
        still in that state on `to_day`), such as ``lifecycle.spells`` gives. Spells of one journey
        follow each other, the first with from_day 0.
    days : iterable of int, optional
        Days to report; by default every 30 up to the last move.
    by : str, optional
        A column of `spells` to group by.

    Returns
    -------
    DataFrame
        One row a (group,) day and state: day, state, share, low, high (95%, on the logit
        scale), followed (journeys seen in the state just after that day). Days after the last
        journey was seen are left out.

    Raises
    ------
    ValueError
        For spells that cannot be.

    References
    ----------
    Aalen and Johansen (1978); Datta and Satten (2001) on states without the Markov property.

    Examples
    --------
    >>> table = pd.DataFrame({"state": "on", "from_day": 0, "to_day": [1, 2, 2, 3],
    ...                       "next": ["off", "off", None, "off"]})
    >>> found = occupancy(table, days=[0, 1, 2])
    >>> found.loc[found["state"] == "on", "share"].to_list()
    [1.0, 0.75, 0.5]
    """
    _check(spells, by)
    if by is not None:
        parts = [
            occupancy(rows, days, None).assign(**{by: name})
            for name, rows in spells.groupby(by, observed=True)
        ]
        result = pd.concat(parts, ignore_index=True)
        return result[[by, *result.columns.drop(by)]]
    states = _states(spells)
    size = len(states)
    state = states.get_indexer(spells["state"])
    after = states.get_indexer(spells["next"])
    begun, over = spells["from_day"].to_numpy(np.int64), spells["to_day"].to_numpy(np.int64)
    last = int(over.max())
    if days is None:
        days = range(0, int(over[after >= 0].max(initial=0)) + 30, 30)
    wanted = np.unique([checks.count("occupancy", "days", each) for each in days])
    wanted = wanted[wanted <= last]
    entered = _counts(begun, state, last, size)
    left = _counts(over, state, last, size)
    # At risk on a day: entered before it, not left before it.
    risk = np.cumsum(entered, axis=0) - entered - (np.cumsum(left, axis=0) - left)
    moved = after >= 0
    moves = _counts(over[moved], state[moved] * size + after[moved], last, size * size).reshape(
        -1, size, size
    )
    first = entered[0] / entered[0].sum()
    share, error = _product(first, int(entered[0].sum()), risk, moves)
    arrived = _counts(over[moved], after[moved], last, size)
    # Nobody is followed in a state that is never left: who arrived is there.
    final = ~entered.any(axis=0)
    gone = np.where(final, 0, np.cumsum(left, axis=0))
    inside = np.cumsum(np.where(final, arrived, entered), axis=0) - gone
    return _frame(states, wanted, share[wanted], error[wanted], inside[wanted])


def _product(
    first: np.ndarray, journeys: int, risk: np.ndarray, moves: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The product integral day by day, and the standard error of every share."""
    days, size = risk.shape
    identity = np.eye(size)
    share, error = np.empty((days, size)), np.empty((days, size))
    now, variance = first, (np.diag(first) - np.outer(first, first)) / journeys
    some = moves.any(axis=(1, 2))
    for day in range(days):
        if some[day]:
            at_risk = np.maximum(risk[day], 1)
            step = identity + moves[day] / at_risk[:, None]
            step[np.diag_indices(size)] -= moves[day].sum(axis=1) / at_risk
            spread = now**2 / at_risk
            variance = (
                step.T @ variance @ step
                + np.diag(spread @ step)
                - (step * spread[:, None]).T @ step
            )
            now = now @ step
        share[day], error[day] = now, np.sqrt(np.maximum(np.diag(variance), 0))
    return share, error


def _counts(day: np.ndarray, cell: np.ndarray, last: int, cells: int) -> np.ndarray:
    return np.bincount(day * cells + cell, minlength=(last + 1) * cells).reshape(last + 1, cells)


def _states(spells: pd.DataFrame) -> pd.Index:
    if isinstance(spells["state"].dtype, pd.CategoricalDtype):
        return spells["state"].cat.categories
    return pd.Index(pd.unique(pd.concat([spells["state"], spells["next"].dropna()])))


def _frame(
    states: pd.Index, wanted: np.ndarray, share: np.ndarray, error: np.ndarray, inside: np.ndarray
) -> pd.DataFrame:
    share = np.clip(share, 0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.exp(z() * error / (share * (1 - share)))
        odds = share / (1 - share)
        low, high = odds / half / (1 + odds / half), odds * half / (1 + odds * half)
    certain = ~np.isfinite(half) | ~np.isfinite(odds) | (share <= 0)
    return pd.DataFrame(
        {
            "day": np.repeat(wanted, len(states)),
            "state": pd.Categorical(np.tile(states, len(wanted)), categories=states, ordered=True),
            "share": share.ravel(),
            "low": np.where(certain, share, low).ravel(),
            "high": np.where(certain, share, high).ravel(),
            "followed": inside.ravel(),
        }
    )


def _check(spells: pd.DataFrame, by: str | None) -> None:
    needed = ["state", "from_day", "to_day", "next", *([] if by is None else [by])]
    checks.columns("spells", spells, needed, "lifecycle.spells(company) has them.")
    if spells.empty:
        raise ValueError("spells is empty: there is no journey to follow.")
    bad = spells["to_day"].to_numpy() <= spells["from_day"].to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            "spells: to_day is later than from_day, got "
            f"{spells['from_day'].iloc[row]} to {spells['to_day'].iloc[row]} in row {row} "
            "(counted from 0). Leave out spells of no length."
        )
    if not (spells["from_day"] == 0).any():
        raise ValueError(
            "spells: no spell begins on day 0; count days from the start of each journey."
        )
