"""Watching usage month by month, every customer at once: what is remembered of a month is all that the next one knows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cstoolkit.data.company import MONTH_DAYS, Company
from cstoolkit.data.contract import TIERS
from cstoolkit.days import NEVER, days
from cstoolkit.lifecycle._time import Journeys, codes, month_ends

SIGNALS = ("users", "features", "frequency")
"""S1's signals: people who logged in, features used, how often those who use it log in."""

BANDS = (3, 12, 24)
"""Months of tenure at which customers change to another group of peers."""

_APART = 0.5
"""How far (on the log scale) one customer can move the typical change of its peers."""


def by_month(company: Company, ids: pd.Index) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Month by month: its last day, the numbers of the customers that have a row of usage, and the rows."""
    customer = codes(company.usage["customer_id"], ids)
    number, distinct = pd.factorize(company.usage["month"], sort=True)
    number = np.where((customer >= 0) & (number >= 0), number, len(distinct))
    row = np.argsort(number.astype(np.min_scalar_type(len(distinct))), kind="stable")
    bounds = np.append(0, np.cumsum(np.bincount(number, minlength=len(distinct) + 1)))
    for place, day in enumerate(month_ends(pd.Series(distinct))):
        rows = row[bounds[place] : bounds[place + 1]]
        yield int(day), customer[rows], rows


class Past:
    """The last `size` months of one figure for every customer, those of a stall left out."""

    def __init__(self, size: int, customers: int) -> None:
        self._size = size
        self._kept = np.zeros(customers * size)
        self._total = np.zeros(customers)
        self._place = np.zeros(customers, np.int32)
        self.months = np.zeros(customers, np.int32)

    def mean(self, who: np.ndarray, least: int) -> np.ndarray:
        """The mean of what is kept; missing where there are fewer than `least` months."""
        months = self.months[who]
        return np.where(months >= least, self._total[who] / np.maximum(months, 1), np.nan)

    def keep(self, who: np.ndarray, value: np.ndarray) -> None:
        """Add this month's figure and drop the oldest; a missing one changes nothing."""
        given = ~np.isnan(value)
        if not given.all():
            who, value = who[given], value[given]
        place = self._place[who]
        cell = who * self._size + place
        self._total[who] += value - self._kept[cell]
        self._kept[cell] = value
        self._place[who] = np.where(place + 1 < self._size, place + 1, 0)
        self.months[who] = np.minimum(self.months[who] + 1, self._size)

    def forget(self, who: np.ndarray) -> None:
        self._kept.reshape(-1, self._size)[who] = 0
        self._total[who] = self.months[who] = self._place[who] = 0


class Runs:
    """Runs of low months of one signal: how many in a row, the sum of their changes, the first day."""

    def __init__(self, customers: int) -> None:
        self.months = np.zeros(customers, np.int32)
        self.total = np.zeros(customers)
        self.since = np.zeros(customers, np.int64)

    def go_on(self, who: np.ndarray, low: np.ndarray, change: np.ndarray, start: int) -> None:
        """Another month: runs of the customers that are `low` go on or begin, all others end."""
        self.months[who[~low]] = 0
        who, change = who[low], change[low]
        fresh = self.months[who] == 0
        self.total[who] = np.where(fresh, 0, self.total[who]) + change
        self.since[who] = np.where(fresh, start, self.since[who])
        self.months[who] += 1


class Peers:
    """To which group of peers a customer belongs at the end of a month: same tier, same products, similar tenure.

    Only contracts and tiers that had begun count, and a product stays for `grace_days` after its planned or actual end, so that a
    group never changes because of what came later.
    """

    def __init__(self, company: Company, journeys: Journeys) -> None:
        size = len(journeys.ids)
        self._first = np.full(size, NEVER, np.int64)
        np.minimum.at(self._first, journeys.customer, journeys.start)
        tiers = company.tiers
        who, tier = codes(tiers["customer_id"], journeys.ids), codes(tiers["tier"], pd.Index(TIERS))
        start, end = days(tiers["starts_on"]), days(tiers["ends_on"])
        # On the day of a change the end comes first, the new tier after it.
        self._tier_events = _by_day(
            np.concatenate([end, start]),
            np.concatenate([who, who]),
            np.concatenate([np.full(len(tier), -1), tier]),
        )
        self._tier = np.full(size, -1)
        contracts = company.contracts
        product, names = contracts["product"].fillna("").factorize()
        who = codes(contracts["customer_id"], journeys.ids)
        end = np.minimum(days(contracts["ends_on"]), days(contracts["stopped_on"]))
        end = np.where(end < NEVER, end + company.grace_days, end)
        begun = days(contracts["starts_on"])
        change = np.repeat([-1, 1], len(contracts))
        self._product_events = _by_day(
            np.concatenate([end, begun]), np.tile(who, 2), np.tile(product, 2), change
        )
        self._running = np.zeros((len(names), size), np.int64)

    def at(self, day: int, who: np.ndarray) -> np.ndarray:
        """The number of each customer's group on that day; days may only go forward."""
        for _, customer, tier in self._due("_tier_events", day):
            self._tier[customer] = tier
        for _, customer, product, change in self._due("_product_events", day):
            np.add.at(self._running, (product, customer), change)
        group = (
            np.digitize((day - self._first[who]) / MONTH_DAYS, BANDS) * (len(TIERS) + 1)
            + self._tier[who]
            + 1
        )
        for running in self._running:
            group = group * 2 + (running[who] > 0)
            if group.max(initial=0) > len(group):
                group = np.unique(group, return_inverse=True)[1]
        return group

    def _due(self, name: str, day: int) -> list[tuple[np.ndarray, ...]]:
        events = getattr(self, name)
        due = np.searchsorted(events[0], day, side="right")
        setattr(self, name, tuple(each[due:] for each in events))
        return [tuple(each[:due] for each in events)]


def typical(change: np.ndarray, group: np.ndarray, least: int) -> np.ndarray:
    """The usual change in each customer's group (mean, each customer's kept within bounds).

    Where fewer than `least` customers of the group can be compared, all customers of the month stand in; where they are fewer too, 0.
    """
    given = ~np.isnan(change)
    if given.sum() < least:
        return np.zeros(len(change))
    kept = np.clip(change[given], -_APART, _APART)
    size = np.bincount(group[given], minlength=group.max() + 1)
    mean = np.bincount(group[given], kept, minlength=len(size)) / np.maximum(size, 1)
    return np.where(size >= least, mean, kept.mean())[group]


def _by_day(day: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
    order = np.argsort(day, kind="stable")
    order = order[day[order] < NEVER]
    return tuple(each[order] for each in (day, *others))
