"""The problem in arrays: what is divided, among whom, what may not be, and what counts as even.

A *unit* is what moves as one: a customer, or a family of customers. Units with one pattern of who
may hold them are of one *kind*, so that no table is as large as units times people.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MEASURES = ("hours", "customers", "arr", "renewals")
"""What is evened out: hours a month, customers, ARR, and ARR that comes up for renewal soon."""

NOBODY = -1

TURNS = 400
"""How often the even split is corrected: after fewer times, shares move by less than 0.1%."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Units, people, and how far from an even share is still even.

    Attributes
    ----------
    amounts : (units, 4) array
        Of each unit, in the order of ``MEASURES``.
    kind : (units,) array of int
        The row of `allowed` of each unit.
    allowed : (kinds, people) array of bool
        Who may be given a unit of the kind. Today's owner may keep what is outside the rules.
    owner : (units,) array of int
        Whose it is today, ``NOBODY`` where it is nobody's or its owner cannot go on.
    fixed : (units,) array of bool
        Locked with its owner.
    capacity : (people,) array
        Hours a month. Nobody is given a unit beyond it.
    bands : (4,) array
        How far from the fair share is even, as a share of it.
    price : float
        Moves that one percentage point beyond a band is worth.
    most : float
        How many units may move at most.
    fair : (people, 4) array
        Each person's fair share, see :func:`even_split`; `low` and `high` are the ends of the bands
        around it, `scale` is what one percent is taken of, and `weight` what falls outside costs.
    beyond : float
        What an hour beyond capacity costs (half of it: an hour that nobody takes), in moves: more
        than anything else.
    roof : (people,) array
        Hours that nobody gets beyond: capacity, or what is held today if that is more.
    """

    amounts: np.ndarray
    kind: np.ndarray
    allowed: np.ndarray
    owner: np.ndarray
    fixed: np.ndarray
    capacity: np.ndarray
    bands: np.ndarray
    price: float
    most: float = np.inf
    fair: np.ndarray = field(init=False)
    scale: np.ndarray = field(init=False)
    low: np.ndarray = field(init=False)
    high: np.ndarray = field(init=False)
    weight: np.ndarray = field(init=False)
    beyond: float = field(init=False)
    roof: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        fair = even_split(self.amounts, self.kind, self.allowed, self.capacity)
        typical = np.maximum(fair.mean(axis=0), 1e-9)
        scale = np.maximum(fair, 0.05 * typical)
        hours = max(self.amounts[:, 0].mean(), 1e-9) if len(self.amounts) else 1.0
        for name, value in {
            "fair": fair,
            "scale": scale,
            "low": fair - self.bands * scale,
            "high": fair + self.bands * scale,
            "weight": 100 * self.price / scale,
            "beyond": 1000 / hours,
        }.items():
            object.__setattr__(self, name, value)
        base = self.loads(self.owner)[:, 0]
        object.__setattr__(self, "roof", np.maximum(self.capacity, base))

    @property
    def people(self) -> int:
        """How many there are."""
        return len(self.capacity)

    def may(self, person: int, units: np.ndarray) -> np.ndarray:
        """Which of the units the person may be given."""
        return self.allowed[self.kind[units], person]

    def loads(self, place: np.ndarray) -> np.ndarray:
        """What each person holds: (people, 4)."""
        held = place >= 0
        return np.stack(
            [np.bincount(place[held], each, self.people) for each in self.amounts[held].T], axis=1
        ).astype(float)

    def strain(self, loads: np.ndarray, who=slice(None)) -> np.ndarray:
        """What loads cost for being uneven or beyond capacity, in moves.

        `loads` ends with the four measures; `who` are the people they belong to, as an index.
        """
        off = np.maximum(loads - self.high[who], self.low[who] - loads)
        over = np.maximum(loads[..., 0] - self.capacity[who], 0)
        cost = np.einsum("...k,...k->...", np.maximum(off, 0), self.weight[who])
        return cost + 2 * self.beyond * over

    def moved(self, place: np.ndarray) -> np.ndarray:
        """Which units change from one owner to another."""
        return (self.owner >= 0) & (place >= 0) & (place != self.owner)

    def cost(self, place: np.ndarray) -> float:
        """What an assignment costs, in moves: moves, unevenness, hours that nobody takes."""
        left = (self.amounts[place < 0, 0] + 0.001).sum()
        strain = self.strain(self.loads(place)).sum()
        return float(self.moved(place).sum() + strain + self.beyond * left)


def even_split(
    amounts: np.ndarray, kind: np.ndarray, allowed: np.ndarray, capacity: np.ndarray
) -> np.ndarray:
    """Each person's share if every unit could be divided among those who may hold it.

    Everybody takes part of each unit in proportion to a weight of the person's own. The weights are
    such that hours are as even, measured by capacity, as the rules allow; the other measures are
    what comes with those hours. Where everybody may hold everything, the shares are those of
    capacity.

    Returns
    -------
    (people, 4) array

    Examples
    --------
    Two people with 100 and 50 hours; the second may hold the first unit alone:

    >>> amounts = np.array([[30, 1, 9, 0], [60, 1, 3, 0]])
    >>> allowed = np.array([[True, True], [True, False]])
    >>> even_split(amounts, np.array([0, 1]), allowed, np.array([100, 50])).round().tolist()
    [[60.0, 1.0, 3.0, 0.0], [30.0, 1.0, 9.0, 0.0]]
    """
    totals = np.stack([np.bincount(kind, each, len(allowed)) for each in amounts.T], axis=1)
    with np.errstate(divide="ignore"):
        weight = np.log(capacity)  # as logarithms: groups that share nothing may drift far apart
    split = allowed * 0.0
    mean = totals[:, 0].sum() / max(capacity.sum(), 1e-300)
    for _ in range(TURNS):
        row = np.where(allowed, weight, -np.inf)
        top = row.max(axis=1, keepdims=True, initial=-np.inf)
        split = np.exp(row - np.where(np.isfinite(top), top, 0))
        split /= np.maximum(split.sum(axis=1, keepdims=True), 1e-300)
        busy = totals[:, 0] @ split / np.maximum(capacity, 1e-300)
        weight = weight - np.where(busy > 0, np.log(np.maximum(busy / max(mean, 1e-300), 1e-9)), 0)
    return split.T @ totals
