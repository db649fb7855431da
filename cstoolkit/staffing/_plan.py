"""The hiring plan: month by month who is needed, who is on board, and who must be asked for when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.assumptions import assumption
from cstoolkit.staffing import _checks
from cstoolkit.staffing._capacity import SLACK, Capacity, headcount
from cstoolkit.staffing._cost import Cost, in_currency
from cstoolkit.staffing._roles import ROLES, Span, Support, roles


@dataclass(frozen=True, kw_only=True)
class Hiring:
    """How people come and go. S1: hiring is hard, since experienced people are few, and a delay loses revenue; outsource if needed."""

    lead_months: int = assumption(
        3,
        unit="months",
        low=1,
        high=6,
        says="whole months from asking for a person to its first day",
    )
    attrition: float = assumption(
        0.15,
        unit="share a year",
        low=0.05,
        high=0.30,
        says="share of the team that leaves in a year",
    )
    outsourced: float = assumption(
        0,
        unit="share",
        low=0,
        high=1,
        says="share of the CSM work nobody on board can do that is bought outside",
    )

    def __post_init__(self) -> None:
        _checks.whole("Hiring", "lead_months", self.lead_months)
        _checks.share("Hiring", "attrition", self.attrition, zero=True)
        if self.attrition == 1:
            raise ValueError(
                "Hiring: attrition is a share below 1, got 1: nobody would stay to be planned with."
            )
        _checks.share("Hiring", "outsourced", self.outsourced, zero=True)


def needs(
    bottom: pd.DataFrame,
    growth: float | Mapping[str, float],
    *,
    months: int,
    start: str | pd.Timestamp,
    support: Support | None = None,
    span: Span | float | None = None,
) -> pd.DataFrame:
    """People that a growing base needs, month by month and role by role.

    `bottom` is the answer for the month of `start`; the customers of each segment then grow by `growth` a month (a share, one number or
    one a segment; negative: shrink), and the work with them. Returns one row a month and role: month (its first day), role,
    customers (of that month), needed (people; CSMs in fractions, the other roles whole, by the rules of ``roles``).
    Take `bottom` with a capacity of ``new_share=0``: the hiring plan counts the ramp of new people itself.

    >>> bottom = pd.DataFrame({"segment": ["high"], "customers": [100], "csms": [5.0]})
    >>> needs(bottom, 0.1, months=3, start="2025-01").query("role == 'CSM'")["needed"].round(2).to_list()
    [5.0, 5.5, 6.05]
    """
    _checks.columns(
        "bottom", bottom, ["segment", "customers", "csms"], "staffing.bottom_up(...) makes it."
    )
    months = _checks.whole("needs", "months", months, least=1)
    segments = bottom["segment"].astype(str).to_list()
    given = (
        {str(key): value for key, value in growth.items()}
        if isinstance(growth, Mapping)
        else dict.fromkeys(segments, growth)
    )
    lacking = [each for each in segments if each not in given]
    if lacking:
        raise ValueError(
            f"growth says nothing about the segment {', '.join(lacking)}; it has: {', '.join(given) or 'none'}."
        )
    for segment, rate in given.items():
        _checks.check_number(
            "needs",
            f"growth a month of {segment}",
            rate,
            above=-1,
            most=1,
            mend="For 2% a month write 0.02.",
        )
    factor = (1 + np.array([given[each] for each in segments])) ** np.arange(months)[:, None]
    csms = factor @ _checks.amounts("bottom", bottom["csms"])
    customers = factor @ _checks.amounts("bottom", bottom["customers"])
    first = pd.Timestamp(start).to_period("M")
    frames = []
    for month in range(months):
        team = roles(float(csms[month]), float(customers[month]), support=support, span=span)
        needed = team["headcount"].to_numpy(dtype="float64").copy()
        needed[team["role"] == "CSM"] = csms[month]
        frames.append(
            pd.DataFrame(
                {
                    "month": (first + month).to_timestamp(),
                    "role": team["role"],
                    "customers": customers[month],
                    "needed": needed,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def hiring_plan(
    needed: pd.DataFrame | pd.Series,
    on_board: int | Mapping[str, int] | None,
    *,
    hiring: Hiring | None = None,
    capacity: Capacity | None = None,
    cost: Cost | None = None,
    currency: str | None = None,
) -> pd.DataFrame:
    """Who must be asked for when, so that needed people are there and fully productive in time.

    `needed` has one row a month and role (month, role, needed, as :func:`needs` makes it), or is a Series of CSMs by month; months
    are without gaps. `on_board` is how many are there in the first month, all past their ramp: a number of CSMs or one a role; None
    where nobody knows: as many as the first month needs, so that the plan asks for growth and leavers alone.
    Someone asked for in a month starts `lead_months` later, ramps over ``capacity.ramp_months``, and is asked for as late as
    leaves no work undone, people in their ramp doing part of it; the earliest asks are in the first month, so what is missing before
    those are productive shows as `short`. People leave as whole people, as soon as attrition adds up to one, experienced ones first;
    nobody is sent away. Nothing is asked for on account of months beyond the plan's last.

    Returns one row a month and role: month, role, needed, on_board, effective (people at full capacity that the people on board amount
    to), asked, starts, leavers, outsourced and short (in people at full capacity; their sum is what is missing), cost (currency, this
    month: people, finding them, outsourcing; NaN in another `currency` than USD without a `cost`).

    >>> plan = hiring_plan(pd.Series([4, 4, 4, 5, 5, 6.0], index=pd.period_range("2025-01", periods=6, freq="M")), 4,
    ...                    hiring=Hiring(lead_months=1, attrition=0), capacity=Capacity(ramp_months=2))
    >>> plan["asked"].to_list(), plan["on_board"].to_list(), plan["short"].to_list()
    ([0, 1, 1, 0, 0, 0], [4, 4, 5, 6, 6, 6], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    """
    hiring, capacity, cost = (
        hiring or Hiring(),
        capacity or Capacity(),
        in_currency(cost, Cost, currency),
    )
    demand = _demand(needed)
    held = on_board if isinstance(on_board, Mapping) else {"CSM": on_board}
    if on_board is None:
        held = {role: headcount(demand[role].iloc[0]) for role in demand}
    lacking = [role for role in demand.columns if role not in held]
    if lacking:
        raise ValueError(
            f"on_board says nothing about {', '.join(lacking)}; it has: {', '.join(held) or 'none'}. 0 is an answer."
        )
    frames = []
    for role in demand.columns:
        people = _checks.whole("hiring_plan", f"on_board of {role}", held[role])
        frame = _staff(demand[role].to_numpy(), people, hiring, capacity)
        # S1 outsources for want of people to do the work with customers; a leader or an analyst is not bought by the hour.
        missing = np.maximum(0, frame["needed"] - frame["effective"])
        frame["outsourced"] = missing * (hiring.outsourced if role == "CSM" else 0)
        frame["short"] = missing - frame["outsourced"]
        frame["cost"] = _cost(frame, cost, role)
        frame.insert(0, "role", role)
        frame.insert(0, "month", demand.index)
        frames.append(frame)
    plan = pd.concat(frames)
    order = {role: place for place, role in enumerate(demand.columns)}
    return plan.sort_values(
        ["month", "role"],
        key=lambda each: each.map(order) if each.name == "role" else each,
        ignore_index=True,
    )


def _cost(frame: pd.DataFrame, cost: Cost | None, role: str) -> pd.Series | float:
    if cost is None:
        return np.nan
    each = cost.of(role)
    work = frame["on_board"] + cost.outsourcing * frame["outsourced"]
    return each / 12 * work + each * cost.hiring * frame["starts"]


def asks(
    plan: pd.DataFrame, *, hiring: Hiring | None = None, capacity: Capacity | None = None
) -> pd.DataFrame:
    """The plan's asks as a list, one row an ask: ask_in, role, people, start_in, full_in (months; when past the ramp).

    `hiring` and `capacity` are those of the plan.
    """
    hiring, capacity = hiring or Hiring(), capacity or Capacity()
    rows = plan[plan["asked"] > 0]
    month = rows["month"].dt.to_period("M")
    lead = int(hiring.lead_months)
    return pd.DataFrame(
        {
            "ask_in": month.dt.to_timestamp(),
            "role": rows["role"],
            "people": rows["asked"],
            "start_in": (month + lead).dt.to_timestamp(),
            "full_in": (month + lead + _ramped(capacity)).dt.to_timestamp(),
        }
    ).reset_index(drop=True)


def _demand(needed: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """The people needed, one row a month and one column a role."""
    if isinstance(needed, pd.Series):
        demand = needed.to_frame("CSM")
        if not isinstance(demand.index, pd.PeriodIndex):
            demand.index = pd.to_datetime(demand.index).to_period("M")
    else:
        _checks.columns(
            "needed", needed, ["month", "role", "needed"], "staffing.needs(...) makes it."
        )
        month = pd.to_datetime(needed["month"]).dt.to_period("M")
        if pd.MultiIndex.from_arrays([month, needed["role"]]).has_duplicates:
            raise ValueError("needed has more than one row for a month and role; it has one.")
        demand = needed.assign(month=month).pivot(index="month", columns="role", values="needed")
        known = [role for role in ROLES if role in demand]
        strange = [role for role in demand if role not in ROLES]
        if strange:
            raise ValueError(
                f"needed.role is one of {', '.join(ROLES)}, got {', '.join(map(str, strange))}."
            )
        demand = demand[known]
    if demand.empty:
        raise ValueError("needed has no months.")
    for role in demand:
        _checks.amounts("needed", demand[role])
    if (
        len(demand) != (demand.index[-1] - demand.index[0]).n + 1
        or not demand.index.is_monotonic_increasing
    ):
        raise ValueError("needed has every month once, in order, without gaps.")
    demand.index = demand.index.to_timestamp()
    return demand


def _ramped(capacity: Capacity) -> int:
    """Months after the first day at which a person works at full capacity."""
    return int(np.ceil(max(0.0, capacity.ramp_months - 0.5)))


@dataclass(frozen=True)
class _Team:
    """One role's people on the first day, and how they leave and ramp."""

    people: int
    leaving: float
    unready: np.ndarray

    def months(self, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """On board, leavers and effective people in each month, given who starts when."""
        months = len(starts)
        board, leavers = np.zeros(months, dtype="int64"), np.zeros(months, dtype="int64")
        people, due = self.people, 0.0
        for month in range(months):
            if month:
                due += people * self.leaving
                leavers[month] = min(int(due + SLACK), people)
                due -= leavers[month]
            people += int(starts[month] - leavers[month])
            board[month] = people
        # Experienced people leave first; where there are not enough of them, new ones leave, and nobody counts below nothing.
        effective = np.clip(board - np.convolve(starts, self.unready)[:months], 0, board)
        return board, leavers, effective


def _staff(needed: np.ndarray, people: int, hiring: Hiring, capacity: Capacity) -> pd.DataFrame:
    """One role's months: asks, starts, leavers, people on board and what they amount to."""
    lead, ramped = int(hiring.lead_months), _ramped(capacity)
    team = _Team(people, 1 - (1 - hiring.attrition) ** (1 / 12), 1 - capacity.ramp(max(ramped, 1)))
    starts = _postponed(_in_time(needed, team, lead, ramped), needed, team)
    board, leavers, effective = team.months(starts)
    return pd.DataFrame(
        {
            "needed": needed,
            "on_board": board,
            "effective": effective,
            "asked": np.append(starts[lead:], np.zeros(min(lead, len(starts)), dtype="int64")),
            "starts": starts,
            "leavers": leavers,
        }
    )


def _in_time(needed: np.ndarray, team: _Team, lead: int, ramped: int) -> np.ndarray:
    """Who starts when, so that in each month that can be reached enough people are past their ramp."""
    months = len(needed)
    starts = np.zeros(months, dtype="int64")
    for month in range(min(lead + ramped, months - 1), months):
        first = max(lead, month - ramped)
        while (
            first < months
            and (gap := int(np.ceil(needed[month] - team.months(starts)[0][month] - SLACK))) > 0
        ):
            starts[first] += gap
    return starts


def _postponed(starts: np.ndarray, needed: np.ndarray, team: _Team) -> np.ndarray:
    """The same people as late as they can start without more work left undone: those in their ramp do part of it."""

    def undone(candidate: np.ndarray) -> float:
        return float(np.maximum(0, needed - team.months(candidate)[2]).sum())

    least, last = undone(starts) + SLACK, len(starts) - 1
    moved = True
    while moved:
        moved = False
        for month in np.flatnonzero(starts)[::-1]:
            later = starts.copy()
            later[month] -= 1
            if month < last:
                later[month + 1] += 1
            if undone(later) <= least:
                starts, moved = later, True
    return starts
