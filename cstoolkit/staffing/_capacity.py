"""What one person can give to customers in a month, and how many whole people a fraction makes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cstoolkit import reference
from cstoolkit.assumptions import assumption
from cstoolkit.staffing import _checks

_OFFICE = reference.figure("not_customer_facing")


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The hours that one CSM can give to customers in a month.

    S4 divides a CSM's monthly hours by the hours a customer needs, and leaves open which hours are meant. The idea behind it
    needs the hours for *customers*: working hours times `utilisation`, the customer-facing share. A person still in the
    ramp gives half of that on average (the ramp is a straight line from nothing to all over `ramp_months`).

    >>> Capacity(hours=160, utilisation=0.75).for_customers
    120.0
    >>> Capacity(utilisation=80)
    Traceback (most recent call last):
    ValueError: Capacity: utilisation is a share above 0 and up to 1, got 80. For 80% write 0.80.
    """

    hours: float = assumption(
        160, unit="hours a month", low=140, high=175, says="working hours of one full-time person"
    )
    utilisation: float = assumption(
        round(1 - (_OFFICE.low + _OFFICE.high) / 2, 3),
        unit="share",
        low=round(1 - _OFFICE.high, 3),
        high=round(1 - _OFFICE.low, 3),
        source="not_customer_facing",
        says="share of working hours that reaches customers",
    )
    new_share: float = assumption(
        0,
        unit="share",
        low=0,
        high=0.3,
        says="share of the team that is still in its ramp; 0: nobody is new",
    )
    ramp_months: float = assumption(
        3, unit="months", low=1, high=6, says="months until a new person works at full capacity"
    )

    def __post_init__(self) -> None:
        _checks.positive("Capacity", hours=self.hours)
        _checks.share("Capacity", "utilisation", self.utilisation)
        _checks.share("Capacity", "new_share", self.new_share, zero=True)
        _checks.not_negative("Capacity", ramp_months=self.ramp_months)

    @property
    def for_customers(self) -> float:
        """Hours a month that a member of the team gives to customers, on average over experienced and new people."""
        return for_customers(self.hours, self.utilisation, self.new_share)

    def ramp(self, months: int) -> np.ndarray:
        """The share of full capacity a new person reaches in each of the first `months` months.

        >>> Capacity(ramp_months=3).ramp(4).round(2).tolist()
        [0.17, 0.5, 0.83, 1.0]
        """
        month = np.arange(months) + 0.5
        return np.ones(months) if self.ramp_months == 0 else np.minimum(1, month / self.ramp_months)


def for_customers(hours, utilisation, new_share):
    """Hours for customers a month, of numbers or arrays of draws alike."""
    return hours * utilisation * (1 - new_share / 2)


def headcount(csms: float) -> int:
    """Whole people for a fraction of people, rounded up. Done once, at the end: fractions add up over segments, whole people do not.

    >>> headcount(7.2), headcount(7.0), headcount(0)
    (8, 7, 0)
    """
    _checks.not_negative("headcount", csms=csms)
    return math.ceil(csms - SLACK)


SLACK = 1e-9
"""Fractions are sums of floats: 7.000000000001 people are 7."""
