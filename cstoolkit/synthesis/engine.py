"""The run: one Monday after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.days import day, month_of, month_start
from cstoolkit.synthesis import journey, roster, sales, signals, tables, team, work
from cstoolkit.synthesis.customers import TALENT_FROM_MONTH, create
from cstoolkit.synthesis.effects import Truth
from cstoolkit.synthesis.state import State

FIRST_DAY = day("2021-01-01")
STREAMS = (
    "customers",
    "team",
    "milestones",
    "stalls",
    "engagement",
    "roster",
    "notes",
    "renewals",
    "cancellations",
    "upsells",
    "cross_sells",
    "returns",
    "usage",
    "work",
    "voices",
)
"""One random stream a purpose, so that changing one part leaves the draws of the
others as they were."""


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """A synthetic company: `tables` as the data contract names them, and `truth`, which the
    company itself cannot see.

    `truth` holds the tables customers, stalls, declines, voices, risk, signs and effects.
    `first_day` and `as_of` bound the history.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]
    seed: int
    first_day: pd.Timestamp
    as_of: pd.Timestamp


def synthesize(
    truth: Truth | None = None,
    *,
    seed: int,
    as_of: str = "2025-12-31",
    months: int = 60,
    scale: float = 1.0,
    customers: int | None = None,
    voices: bool = True,
) -> Synthesis:
    """A company's history of `months` months up to the end of `as_of` (a month's last
    day), caused by `truth`.

    With `customers`, all of them sign in the first quarter, every product, tier and form of
    onboarding is on offer from the start, and the team is complete: a small world in which effects
    can be recovered. Otherwise the vendor grows; `scale` multiplies its sales. `voices=False`
    leaves out what customers say, which saves time where nobody reads it.

    >>> world = synthesize(seed=1, months=12, customers=40, voices=False)
    >>> len(world.tables["customers"]), world.as_of.date().isoformat()
    (40, '2025-12-31')
    """
    truth = truth or Truth()
    end = day(as_of)
    last_month = int(month_of(np.array(end)))
    if month_start(np.array(last_month + 1)) != end + 1:
        raise ValueError(
            f"as_of is the last day of a month, got {as_of}. "
            "Months of usage are known at their end."
        )
    if months < 1 or scale <= 0 or (customers is not None and customers < 1):
        raise ValueError(
            "months and customers are at least 1 and scale is above 0, "
            f"got months={months}, customers={customers}, scale={scale}."
        )
    first = int(month_start(last_month - months + 1))
    children = np.random.SeedSequence(seed).spawn(len(STREAMS))
    rng = {
        name: np.random.Generator(np.random.PCG64(child))
        for name, child in zip(STREAMS, children, strict=True)
    }
    people, deals = create(truth, rng["customers"], first, months, customers, scale)
    mondays = np.arange(first - (first + 3) % 7, end + 1, 7)
    together = customers is not None
    state = State(truth, people, team.build(rng["team"], people, mondays, together), rng)
    _run(state, last_month, months, together=together)
    known, hidden = tables.collect(state, deals, first=first, end=end, said=voices)
    return Synthesis(
        tables=known,
        truth=hidden,
        seed=seed,
        first_day=pd.Timestamp(np.datetime64(first, "D")),
        as_of=pd.Timestamp(np.datetime64(end, "D")),
    )


def _run(state: State, last_month: int, months: int, *, together: bool) -> None:
    """All weeks of the history; use is recorded once a month is over."""
    habits = signals.Habits(state, state.rng["usage"])
    unrecorded = list(range(last_month - months + 1, last_month + 1))
    opened = unrecorded[0] - (TALENT_FROM_MONTH if together else 0)
    for week, monday in enumerate(state.team.mondays.tolist()):
        while month_start(np.array(unrecorded[0] + 1)) <= monday:
            signals.record(state, habits, unrecorded.pop(0))
        sales.sign(state, monday)
        sales.advance(state, monday)
        roster.release(state, monday)
        roster.tiers(state, monday, week, together)
        roster.assign(state, monday, week)
        sales.renew(state, monday)
        sales.cancel(state, monday)
        journey.milestones(state, monday)
        journey.stalls(state, monday)
        journey.engagement(state, monday)
        work.week(state, monday, week)
        sales.upsell(state, monday)
        sales.cross_sell(state, monday, int(month_of(np.array(monday))) - opened)
        sales.come_back(state, monday)
    sales.sign(state, int(state.team.mondays[-1]) + 7)
    for month in unrecorded:
        signals.record(state, habits, month)
