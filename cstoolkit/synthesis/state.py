"""What is true in the running world on a Monday, and the ledgers that record what happened."""

from __future__ import annotations

import numpy as np

from cstoolkit.days import NEVER
from cstoolkit.synthesis.customers import Customers, Deals
from cstoolkit.synthesis.effects import Truth
from cstoolkit.synthesis.team import Team

KICKOFF, LIVE, FIRST, BASIC, EXCEEDED = range(5)
KEPT_IN_MIND = (
    "business_review",
    "stall_response",
    "usage_proposal",
    "success_story",
    "user_group",
)
"""Kinds of work whose last day matters, or is asked to matter, for what happens next."""


class Ledger:
    """Rows in the order written; a row may be closed later with a day in the column `closes`."""

    def __init__(self, *columns: str, closes: str = "") -> None:
        self.columns, self.closes, self.size = columns, closes, 0
        self._chunks: dict[str, list[np.ndarray]] = {name: [] for name in columns}
        self._closed: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, **values: np.ndarray | int | str) -> np.ndarray:
        """Write rows (scalars are repeated) and return their numbers."""
        arrays = np.broadcast_arrays(*(np.atleast_1d(values[name]) for name in self.columns))
        for name, array in zip(self.columns, arrays, strict=True):
            self._chunks[name].append(array.copy())
        count = len(arrays[0])
        self.size += count
        return np.arange(self.size - count, self.size)

    def close(self, rows: np.ndarray, days: np.ndarray | int) -> None:
        """Close rows, by their numbers, on these days."""
        self._closed.append((rows, np.broadcast_to(days, rows.shape).copy()))

    def arrays(self) -> dict[str, np.ndarray]:
        """All columns, the closing day included (NEVER while open)."""
        found = {
            name: np.concatenate(chunks) if chunks else np.array([], np.int64)
            for name, chunks in self._chunks.items()
        }
        if self.closes:
            ends = np.full(self.size, NEVER)
            for rows, days in self._closed:
                ends[rows] = days
            found[self.closes] = ends
        return found


class State:
    """The world on one Monday. Arrays are by customer, or by customer and product."""

    def __init__(
        self, truth: Truth, people: Customers, team: Team, rng: dict[str, np.random.Generator]
    ) -> None:
        self.truth, self.people, self.team, self.rng = truth, people, team, rng
        n = len(people)
        # one entry a customer
        self.tier = np.full(n, -1)
        self.csm, self.onboarder, self.specialist = (np.full(n, -1) for _ in range(3))
        self.csm_row, self.onboarder_row, self.specialist_row, self.tier_row, self.stall_row = (
            np.full(n, -1) for _ in range(5)
        )
        self.onboarder_since, self.specialist_since = np.full(n, -NEVER), np.full(n, -NEVER)
        self.met = np.zeros(n, bool)
        self.handoff_on, self.handoff_notes = np.full(n, -NEVER), np.zeros(n, bool)
        self.stalled, self.stall_since = np.zeros(n, bool), np.full(n, NEVER)
        self.stalled_weeks, self.month_weeks = np.zeros(n), 0
        self.engagement, self.declining = np.zeros(n), np.zeros(n, bool)
        self.decline_since, self.decline_row = np.full(n, NEVER), np.full(n, -1)
        self.problem_since = np.full(n, NEVER)
        self.earlier: list[np.ndarray] = []
        self.last_done = {name: np.full(n, -NEVER) for name in KEPT_IN_MIND}
        self.deals: Deals | None = None
        self.hours = np.zeros((4, n))
        self.health = np.full((3, n), np.nan)
        # one entry a customer and product
        shape = (n, 2)
        self.signed, self.starts, self.until = (np.full(shape, NEVER) for _ in range(3))
        self.journey = np.zeros(shape, np.int64)
        self.reached = np.full((*shape, 5), NEVER)
        self.row = np.full(shape, -1)
        self.level_starts, self.ends = np.full(shape, NEVER), np.full(shape, NEVER)
        self.arr, self.term = np.zeros(shape), np.zeros(shape, np.int64)
        self.next_row = np.full(shape, -1)
        self.next_starts, self.next_ends, self.next_arr = (
            np.full(shape, NEVER),
            np.full(shape, NEVER),
            np.zeros(shape),
        )

        self.contracts = Ledger(
            "customer",
            "product",
            "signed",
            "starts",
            "ends",
            "arr",
            "kind",
            "journey",
            closes="stopped",
        )
        self.milestones = Ledger("customer", "product", "journey", "milestone", "day")
        self.tiers = Ledger("customer", "tier", "starts", closes="ends")
        self.assignments = Ledger(
            "customer", "person", "role", "scope", "notes", "starts", closes="ends"
        )
        self.activities = Ledger(
            "customer", "person", "day", "kind", "phase", "department", "hours"
        )
        self.usage = Ledger("customer", "month", "seats", "active", "logins", "spirit", "problem")
        self.uses: list[np.ndarray] = []
        self.stalls = Ledger("customer", "starts", "cause", closes="ends")
        self.declines = Ledger("customer", "starts", "cause", closes="ends")
        self.risk = Ledger(
            "customer",
            "product",
            "row",
            "decided",
            "ends",
            "engagement",
            "declining_since",
            "probability",
            "churned",
        )

    def __len__(self) -> int:
        return len(self.people)

    def active(self, monday: int) -> np.ndarray:
        """Products under contract (signed before this Monday, not ended), by customer and product."""
        return (self.signed < monday) & (self.until > monday)

    def hours_lately(self) -> np.ndarray:
        """Hours received in the last 28 days, by customer."""
        return self.hours.sum(axis=0)

    def usage_health(self) -> np.ndarray:
        """Mean of the last three known months of usage health; 0 where no month is known yet."""
        known = ~np.isnan(self.health)
        total = np.where(known, self.health, 0).sum(axis=0)
        return total / np.maximum(known.sum(axis=0), 1)

    def valued(self, monday: int) -> np.ndarray:
        """Has a product under contract reached basic value?"""
        return ((self.reached[:, :, BASIC] < monday) & self.active(monday)).any(axis=1)

    def handoff(self, monday: int, days: int) -> tuple[np.ndarray, np.ndarray]:
        """Customers whose last handoff is less than `days` ago: all of them, and those without notes."""
        recent = monday - self.handoff_on < days
        return recent, recent & ~self.handoff_notes

    def done_lately(self, kind: str, monday: int, days: int) -> np.ndarray:
        """Customers for whom work of this kind was done in the last `days` days."""
        return monday - self.last_done[kind] <= days

    def engagement_before(self, weeks: int, over: int = 1) -> np.ndarray:
        """Engagement so many weeks ago, the mean of the `over` weeks up to then; 0 before the history."""
        last = len(self.earlier) - weeks
        seen = self.earlier[max(last - over, 0) : max(last, 0)]
        return np.mean(seen, axis=0) if seen else np.zeros(len(self))
