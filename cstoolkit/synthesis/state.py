"""What is true in the running world on a Monday, and the ledgers that record what happened."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.days import NEVER
from cstoolkit.synthesis.customers import FEATURES, Customers
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
    """Rows in the order written, columns named as in the tables; a row may be closed later with a
    day in the column `closes`.

    Customers, people and choices are written as numbers; they get their names when
    the tables are made.
    """

    def __init__(self, columns: str, closes: str = "") -> None:
        self.columns, self.closes, self.size = columns.split(), closes, 0
        self._rows: list[tuple[np.ndarray, ...]] = []
        self._closed: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, **values: np.ndarray | int | str) -> np.ndarray:
        """Write rows (scalars are repeated) and return their numbers."""
        arrays = np.broadcast_arrays(*(np.atleast_1d(values[name]) for name in self.columns))
        self._rows.append(tuple(array.copy() for array in arrays))
        self.size += len(arrays[0])
        return np.arange(self.size - len(arrays[0]), self.size)

    def close(self, rows: np.ndarray, days: np.ndarray | int) -> None:
        """Close rows, by their numbers, on these days."""
        self._closed.append((rows, np.broadcast_to(days, rows.shape).copy()))

    def known(self, end: int, *keys: str) -> pd.DataFrame:
        """The rows as known at the end of day `end`, sorted by `keys`; the first key is
        the day a row is from.

        What closes later is open (NEVER). The index numbers the rows as they were written.
        """
        rows = {
            name: np.concatenate([written[place] for written in self._rows] or [np.empty(0, int)])
            for place, name in enumerate(self.columns)
        }
        if self.closes:
            ends = np.full(self.size, NEVER)
            for numbers, days in self._closed:
                ends[numbers] = days
            rows[self.closes] = np.where(ends <= end, ends, NEVER)
        table = pd.DataFrame(rows)
        return table[table[keys[0]] <= end].sort_values(list(keys), kind="stable")


class State:
    """The world on one Monday. Arrays are by customer, or by customer and product."""

    def __init__(
        self, truth: Truth, people: Customers, team: Team, rng: dict[str, np.random.Generator]
    ) -> None:
        self.truth, self.people, self.team, self.rng = truth, people, team, rng
        n = len(people)
        # one entry a customer
        none, before, later = np.full(n, -1), np.full(n, -NEVER), np.full(n, NEVER)
        self.tier, self.tier_row = none.copy(), none.copy()
        self.csm, self.csm_row = none.copy(), none.copy()
        self.onboarder, self.onboarder_row = none.copy(), none.copy()
        self.specialist, self.specialist_row = none.copy(), none.copy()
        self.onboarder_since, self.specialist_since = before.copy(), before.copy()
        self.met = np.zeros(n, bool)
        self.handoff_on, self.handoff_notes = before.copy(), np.zeros(n, bool)
        self.stalled, self.stall_since, self.stall_row = (
            np.zeros(n, bool),
            later.copy(),
            none.copy(),
        )
        self.stalled_weeks, self.month_weeks = np.zeros(n), 0
        self.engagement, self.declining = np.zeros(n), np.zeros(n, bool)
        self.decline_since, self.decline_row = later.copy(), none.copy()
        self.problem_since = later.copy()
        self.earlier: list[np.ndarray] = []
        self.last_done = {name: before.copy() for name in KEPT_IN_MIND}
        self.hours = np.zeros((4, n))
        self.health = np.full((3, n), np.nan)
        # one entry a customer and product
        shape = (n, 2)
        self.signed, self.starts, self.until = (np.full(shape, NEVER) for _ in range(3))
        self.journey = np.zeros(shape, np.int64)
        self.reached = np.full((*shape, 5), NEVER)
        self.row, self.next_row = np.full(shape, -1), np.full(shape, -1)
        self.level_starts, self.next_starts = np.full(shape, NEVER), np.full(shape, NEVER)
        self.ends, self.next_ends = np.full(shape, NEVER), np.full(shape, NEVER)
        self.arr, self.next_arr = np.zeros(shape), np.zeros(shape)
        self.term = np.zeros(shape, np.int64)
        # what was written
        self.contracts = Ledger(
            "customer_id product signed_on starts_on ends_on arr kind", closes="stopped_on"
        )
        self.milestones = Ledger("customer_id product journey milestone happened_on")
        self.tiers = Ledger("customer_id tier starts_on", closes="ends_on")
        self.assignments = Ledger(
            "customer_id person_id role scope notes_passed starts_on", closes="ends_on"
        )
        self.activities = Ledger("customer_id person_id happened_on kind phase department hours")
        used = " ".join(f"uses_{name}" for name in FEATURES.index)
        self.usage = Ledger(f"customer_id month seats active_users logins {used} spirit problem")
        self.stalls = Ledger("customer_id starts_on cause", closes="ends_on")
        self.declines = Ledger("customer_id starts_on cause", closes="ends_on")
        self.risk = Ledger(
            "customer_id product contract decided_on ends_on open_ended engagement declining_since"
            " probability churned"
        )

    def __len__(self) -> int:
        return len(self.people)

    def active(self, monday: int) -> np.ndarray:
        """Products under contract (signed before this Monday, not ended), by customer."""
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
        """Customers whose last handoff is less than `days` ago: all of them, and
        those without notes.
        """
        recent = monday - self.handoff_on < days
        return recent, recent & ~self.handoff_notes

    def done_lately(self, kind: str, monday: int, days: int) -> np.ndarray:
        """Customers for whom work of this kind was done in the last `days` days."""
        return monday - self.last_done[kind] <= days

    def engagement_before(self, weeks: int, over: int = 1) -> np.ndarray:
        """Engagement so many weeks ago, the mean of the `over` weeks up to then; 0
        before the history.
        """
        last = len(self.earlier) - weeks
        seen = self.earlier[max(last - over, 0) : max(last, 0)]
        return np.mean(seen, axis=0) if seen else np.zeros(len(self))
