"""Every journey of every customer as whole numbers, and which customers are peers on a day.

What the lifecycle computes with, for all customers at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.data.company import MONTH_DAYS, Company, checked
from cstoolkit.data.contract import TIERS
from cstoolkit.days import NEVER, apart, days, joint

TENURE_MONTHS = (3, 12, 24)
"""Months of tenure at which customers change to another group of peers."""


def positions(ids: pd.Series, known: pd.Index) -> np.ndarray:
    """The place of each id in `known`, -1 where it is missing or not there.

    Looks each distinct id up once, which for text is many times faster than ``known.get_indexer``.

    >>> positions(pd.Series(["b", None, "c", "b"], dtype="str"), pd.Index(["a", "b"])).tolist()
    [1, -1, -1, 1]
    """
    number, distinct = pd.factorize(ids)
    places = known.get_indexer(pd.Index(distinct)) if len(distinct) else np.empty(0, np.int64)
    return np.append(places, -1)[number]


@dataclass(frozen=True)
class Journeys:
    """Every journey of every customer, in the order customer, start.

    Attributes
    ----------
    ids : pandas.Index
        The customers; a customer's number is its place here.
    customer, number : numpy.ndarray
        Whose journey it is, and which of its journeys (1, 2 after a reactivation).
    start, end : numpy.ndarray
        Its first day and its end (``NEVER`` while the customer is live), as whole days.
    pending : numpy.ndarray
        Whether that end may yet turn out a late renewal; else it is churn.
    """

    ids: pd.Index
    customer: np.ndarray
    number: np.ndarray
    start: np.ndarray
    end: np.ndarray
    pending: np.ndarray

    @classmethod
    def of(cls, company: Company) -> Journeys:
        """The journeys of a company, from ``company.spans``."""
        ids = pd.Index(checked(company).customers["customer_id"])
        spans = company.spans
        customer, start = positions(spans["customer_id"], ids), days(spans["starts_on"])
        order = np.argsort(joint(customer, start), kind="stable")
        number, end = spans["journey"].to_numpy(np.int64), days(spans["ends_on"])
        pending = spans["pending"].to_numpy(bool)
        return cls(ids, *(column[order] for column in (customer, number, start, end, pending)))

    def __len__(self) -> int:
        return len(self.customer)

    def numbers(self, ids: pd.Series) -> np.ndarray:
        """The numbers of customers, -1 for one that is not known."""
        return positions(ids, self.ids)

    def names(self, customer: np.ndarray) -> pd.Series:
        """The ids of customers, by their numbers."""
        return pd.Series(self.ids.take(customer).array, dtype="str")

    def within(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The journey in which that day of that customer lies, -1 where there is none."""
        keys, wanted = joint(self.customer, self.start), joint(customer, day)
        return covering(keys, self.customer, self.end, wanted, customer, day)

    def ahead(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """As :meth:`within`; before the first journey and between two it is the next one."""
        place = np.searchsorted(joint(self.customer, self.end), joint(customer, day), side="right")
        owner = np.append(self.customer, -2)[place]
        return np.where((owner == customer) & (customer >= 0), place, -1)

    def first(self, journey: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The earliest of the days given for each journey, ``NEVER`` where there is none.

        Rows of no journey (-1) are passed over.
        """
        earliest = np.full(len(self), NEVER, np.int64)
        given = journey >= 0
        np.minimum.at(earliest, journey[given], day[given])
        return earliest


class Peers:
    """To which group of peers customers belong: same tier and products, similar time as a customer.

    Only contracts and tiers that had begun count, and a product stays for `grace_days` after its
    planned or actual end, so that a group never changes because of what came later.
    """

    def __init__(self, company: Company, journeys: Journeys) -> None:
        self.first = np.full(len(journeys.ids), NEVER, np.int64)
        np.minimum.at(self.first, journeys.customer, journeys.start)
        tiers, contracts = company.tiers, company.contracts
        self.tier = (
            journeys.numbers(tiers["customer_id"]),
            positions(tiers["tier"], pd.Index(TIERS)),
            days(tiers["starts_on"]),
            days(tiers["ends_on"]),
        )
        product, names = contracts["product"].fillna("").factorize()
        end = np.minimum(days(contracts["ends_on"]), days(contracts["stopped_on"]))
        self.product = (
            journeys.numbers(contracts["customer_id"]),
            product,
            days(contracts["starts_on"]),
            end + company.grace_days,
        )
        self.products = len(names)

    def at(self, date: int) -> np.ndarray:
        """The number of every customer's group on a day."""
        who, tier, start, end = self.tier
        given = (start <= date) & (date < end)
        touch = np.full(len(self.first), -1)
        touch[who[given]] = tier[given]
        tenure = np.digitize((date - self.first) / MONTH_DAYS, TENURE_MONTHS)
        group = tenure * (len(TIERS) + 1) + touch + 1
        who, product, start, end = self.product
        runs = (start <= date) & (date < end)
        for number in range(self.products):
            held = np.zeros(len(group), np.int64)
            held[who[runs & (product == number)]] = 1
            group = group * 2 + held
            if group.max(initial=0) > len(group):
                group = np.unique(group, return_inverse=True)[1]
        return group


def covering(
    keys: np.ndarray,
    owner: np.ndarray,
    end: np.ndarray,
    wanted: np.ndarray,
    customer: np.ndarray,
    day: np.ndarray,
) -> np.ndarray:
    """The place of the interval that holds each day of its owner, -1 where none does.

    Intervals of one owner do not overlap. `keys` are their owners and starts, and `wanted` the
    owners and days asked for, as :func:`cstoolkit.days.joint` makes them; `keys` are sorted.
    """
    place = np.searchsorted(keys, wanted, side="right") - 1
    # One more row at the end, so that place -1 is nobody's.
    inside = (np.append(owner, -2)[place] == customer) & (day < np.append(end, 0)[place])
    return np.where(inside & (customer >= 0), place, -1)


def union(
    key: np.ndarray, start: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Intervals of one key that overlap or touch, made one; empty ones are left out.

    Sorted by key, then start.
    """
    some = start < end
    key, start, end = key[some], start[some], end[some]
    order = np.argsort(joint(key, start), kind="stable")
    key, start, end = key[order], start[order], end[order]
    reach = np.maximum.accumulate(joint(key, end))
    fresh = np.ones(len(key), bool)
    fresh[1:] = (joint(key[1:], start[1:]) > reach[:-1]) | (key[1:] != key[:-1])
    last = np.append(fresh[1:], True)[: len(key)]
    return key[fresh], start[fresh], apart(reach[last])[1]
