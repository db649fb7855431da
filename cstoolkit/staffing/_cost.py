"""What people and tools cost. Nobody published these for every market: they are ours, with ranges, to be replaced by the reader's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cstoolkit.assumptions import assumption, fields
from cstoolkit.staffing import _checks

OURS_IN = "USD"
"""The currency of the amounts that are assumed below; nothing here converts them."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one person costs in a year, all in (pay, social costs, desk, tools), in `currency`, and what hiring costs.

    In another currency than USD every amount is asked for, since those assumed here are in USD.

    >>> Cost(csm=9_000_000, currency="JPY")
    Traceback (most recent call last):
    ValueError: Cost: the amounts assumed here are in USD. In JPY give cs_ops, customer_marketing, leader too.
    """

    csm: float = assumption(
        110_000, unit="currency a year", low=70_000, high=180_000, says="a CSM, all in"
    )
    cs_ops: float = assumption(
        120_000, unit="currency a year", low=75_000, high=190_000, says="a CS Ops person, all in"
    )
    customer_marketing: float = assumption(
        110_000,
        unit="currency a year",
        low=70_000,
        high=180_000,
        says="a customer marketing person, all in",
    )
    leader: float = assumption(
        170_000, unit="currency a year", low=110_000, high=280_000, says="a leader, all in"
    )
    hiring: float = assumption(
        0.2,
        unit="share",
        low=0.1,
        high=0.35,
        says="cost of finding one person, as a share of its yearly cost",
    )
    outsourcing: float = assumption(
        1.5,
        unit="times",
        low=1.1,
        high=2.5,
        says="price of outsourced work, in times what an own person's costs",
    )
    currency: str = OURS_IN

    def __post_init__(self) -> None:
        for field in fields(self):
            _checks.not_negative("Cost", **{field.name: getattr(self, field.name)})
        _own_amounts(self)

    def of(self, role: str) -> float:
        """The yearly cost of one person in that role: "CSM", "CS Ops", "customer marketing" or "leader"."""
        return {
            "CSM": self.csm,
            "CS Ops": self.cs_ops,
            "customer marketing": self.customer_marketing,
            "leader": self.leader,
        }[role]


def in_currency(record: Any, kind: type, currency: str | None) -> Any:
    """The record, or what is assumed where none was given: nothing (None) in another currency than USD.

    Refuses a record in another currency than the customers' ARR.
    """
    if record is None:
        return kind() if currency in (None, OURS_IN) else None
    if currency is not None and currency != record.currency:
        raise ValueError(
            f"costs are in {record.currency}, the customers' ARR in {currency}. "
            f"Give your own: staffing.{kind.__name__}(..., currency={currency!r})."
        )
    return record


def _own_amounts(record: Any) -> None:
    """Refuse amounts that nobody gave in a currency that is not theirs."""
    if record.currency == OURS_IN:
        return
    money = [field for field in fields(record) if field.metadata["unit"].startswith("currency")]
    # The very object of the default, not an equal number: somebody's own amount may happen to be as large.
    assumed = [field.name for field in money if getattr(record, field.name) is field.default]
    if assumed:
        raise ValueError(
            f"{type(record).__name__}: the amounts assumed here are in {OURS_IN}. In {record.currency} give {', '.join(assumed)} too."
        )


@dataclass(frozen=True, kw_only=True)
class Automation:
    """A tool that takes over part of the hours (S4: without tools, customers per CSM stay low; tools cut hours and cost budget).

    Its amounts are in `currency`; in another than USD each is asked for.
    """

    most: float = assumption(
        0.3,
        unit="share",
        low=0.1,
        high=0.5,
        says="the largest share of hours that a tool can take over",
    )
    tool: float = assumption(
        30_000,
        unit="currency a year",
        low=10_000,
        high=120_000,
        says="what the tool costs by itself",
    )
    tool_per_customer: float = assumption(
        20, unit="currency a year", low=0, high=100, says="what the tool costs for each customer"
    )
    currency: str = OURS_IN

    def __post_init__(self) -> None:
        _checks.share("Automation", "most", self.most, zero=True)
        _checks.not_negative("Automation", tool=self.tool, tool_per_customer=self.tool_per_customer)
        _own_amounts(self)

    def cost(self, customers: float) -> float:
        """What the tool costs a year for so many customers.

        >>> Automation(tool=30_000, tool_per_customer=20).cost(1_000)
        50000
        """
        return self.tool + self.tool_per_customer * customers

    def break_even(self, hours_saved: float, hour_cost: float) -> float:
        """From how many customers on the tool pays, when it saves each so many hours a month; infinite where it never does.

        `hour_cost` is what one customer-facing hour costs.

        >>> Automation(tool=30_000, tool_per_customer=20).break_even(hours_saved=0.125, hour_cost=80)
        300.0
        >>> Automation(tool_per_customer=200).break_even(hours_saved=0.1, hour_cost=100)
        inf
        """
        gain = 12 * hours_saved * hour_cost - self.tool_per_customer
        return self.tool / gain if gain > 0 else float("inf")
