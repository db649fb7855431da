"""Customers as whole numbers and days as whole numbers: what the lifecycle computes with, for all customers at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.days import NEVER, apart, days, joint, month_of, month_start


def month_ends(months: pd.Series) -> np.ndarray:
    """The last day of each month: the first on which the month's usage is known."""
    number, distinct = pd.factorize(months)
    last = month_start(month_of(days(distinct)) + 1) - 1
    return np.append(last, NEVER)[number]


def codes(ids: pd.Series, known: pd.Index) -> np.ndarray:
    """The position of each id in `known`, -1 where it is missing or not there. Hashes each distinct id once."""
    number, distinct = pd.factorize(ids)
    places = known.get_indexer(pd.Index(distinct)) if len(distinct) else np.empty(0, np.int64)
    return np.append(places, -1)[number]


@dataclass(frozen=True)
class Journeys:
    """Every journey of every customer, in the order customer, start; a customer's number is its place in `ids`.

    `end` is the day of churn, ``NEVER`` while the customer is live.
    """

    ids: pd.Index
    customer: np.ndarray
    number: np.ndarray
    start: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, company: Company) -> Journeys:
        ids = pd.Index(company.customers["customer_id"])
        spans = company.spans
        customer = codes(spans["customer_id"], ids)
        start = days(spans["starts_on"])
        order = np.argsort(joint(customer, start), kind="stable")
        end = days(spans["ends_on"])
        number = spans["journey"].to_numpy(np.int64)
        return cls(ids, customer[order], number[order], start[order], end[order])

    def __len__(self) -> int:
        return len(self.customer)

    def within(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The journey in which that day of that customer lies, -1 where there is none."""
        place = (
            np.searchsorted(joint(self.customer, self.start), joint(customer, day), side="right")
            - 1
        )
        safe = np.maximum(place, 0)
        inside = (place >= 0) & (customer >= 0)
        if len(self):
            inside &= (self.customer[safe] == customer) & (day < self.end[safe])
        return np.where(inside, place, -1)

    def ahead(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The journey in which that day lies or, between two and before the first, the next one; -1 where none is left."""
        place = np.searchsorted(joint(self.customer, self.end), joint(customer, day), side="right")
        safe = np.minimum(place, len(self) - 1)
        inside = (place < len(self)) & (customer >= 0)
        if len(self):
            inside &= self.customer[safe] == customer
        return np.where(inside, place, -1)

    def first(self, journey: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The earliest of the days given for each journey, ``NEVER`` where there is none; journeys of -1 are passed over."""
        earliest = np.full(len(self), NEVER, np.int64)
        given = journey >= 0
        np.minimum.at(earliest, journey[given], day[given])
        return earliest


def union(
    key: np.ndarray, start: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Intervals of the same key that overlap or touch, made one; empty ones are left out. Sorted by key, then start."""
    some = start < end
    key, start, end = key[some], start[some], end[some]
    order = np.argsort(joint(key, start), kind="stable")
    key, start, end = key[order], start[order], end[order]
    reach = np.maximum.accumulate(joint(key, end))
    fresh = np.ones(len(key), bool)
    fresh[1:] = joint(key[1:], start[1:]) > reach[:-1]
    fresh[1:] |= key[1:] != key[:-1]
    last = (
        np.append(np.flatnonzero(fresh)[1:] - 1, len(key) - 1)
        if len(key)
        else np.empty(0, np.int64)
    )
    return key[fresh], start[fresh], apart(reach[last])[1]
