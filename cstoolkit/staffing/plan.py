"""The hiring plan: who is on board, who is needed month by month, and who must be asked for when.

Sources: docs/sources.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks, tables
from cstoolkit.data.company import Company, checked
from cstoolkit.staffing.csms import by_segment, say_lacking
from cstoolkit.staffing.hours import Capacity
from cstoolkit.staffing.team import ROLES, SLACK, Cost, Ratios, headcount, priced, roles

OTHER = "other"
"""People in posts of which nobody said what they count as."""

COUNTED_AS = tables.read("staffing", "titles").set_index("title")["role"].to_dict()
"""Which role a post counts as, by `posts.role`: onboarding serves customers, analysts are Ops."""

_RULES = assumptions.read("staffing", "Hiring")


@dataclass(frozen=True, kw_only=True)
class Hiring:
    """How people come and go.

    Hiring is hard, since experienced people are few, and a delay loses revenue: outsource if
    needed.

    References
    ----------
    S1 (docs/sources.md). The figures are ours.
    """

    lead_months: float = _RULES["lead_months"]
    attrition: float = _RULES["attrition"]
    outsourced: float = _RULES["outsourced"]

    def __post_init__(self) -> None:
        assumptions.check(self)
        checks.count("Hiring", "lead_months", self.lead_months)
        checks.share("Hiring", "attrition", self.attrition, zero=True, one=False)


def on_board(
    company: Company,
    roles: Mapping[str, str] | None = None,
    *,
    capacity: Capacity | None = None,
    otherwise: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """The people in CS on `as_of`, by role of a headcount, as ``hiring_plan`` takes them.

    Parameters
    ----------
    company : Company
    roles : mapping, optional
        Adds to, or changes, which role a post of the company counts as (``{"Senior CSM": "CSM"}``);
        capitals and blanks do not matter.
    capacity : Capacity, optional
        Says what a full-time person works (`hours`); `people.hours` are set against it. Who has
        none is taken as full-time.
    otherwise : mapping, optional
        The people by role of a company without posts, or none whose role is known; empty: nobody
        knows.

    Returns
    -------
    DataFrame
        One row a role (CSM, CS Ops, customer marketing, leader; other, where there are posts of an
        unknown role): role, headcount (people), capacity (in full-time people). A person on several
        posts counts once, in the role of the latest.

    Raises
    ------
    MissingData
        Without posts, where there is no `otherwise`.
    ValueError
        For a role in `roles` that is no role of a headcount.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> on_board(cs.load_company())["role"].to_list()
    ['CSM', 'CS Ops', 'customer marketing', 'leader']
    """
    for role in (roles or {}).values():
        checks.one_of("on_board", "roles", role, ROLES)
    if otherwise is None:
        checked(company).need(posts=["person_id", "role"])
    people = _posted(company, roles) if company.has("posts", "role") else None
    if otherwise is not None and (people is None or people["role"].eq(OTHER).all()):
        held = pd.Series(dict(otherwise), dtype="int64").rename_axis("role")
        return (
            held.rename("headcount").reset_index().assign(capacity=held.to_numpy(dtype="float64"))
        )
    full = (capacity or Capacity()).hours
    hours = company.people.set_index("person_id")["hours"].reindex(people["person_id"])
    people["capacity"] = np.nan_to_num(hours.to_numpy(dtype="float64"), nan=full) / full
    order = [*ROLES, *([OTHER] if people["role"].eq(OTHER).any() else [])]
    table = people.groupby("role")["capacity"].agg(headcount="size", capacity="sum")
    return table.reindex(order, fill_value=0).rename_axis("role").reset_index()


def _posted(company: Company, roles: Mapping[str, str] | None = None) -> pd.DataFrame:
    """One row a person on a post on `as_of`: person_id, title, role (of a headcount, or other)."""
    posts = company.open("posts").sort_values("starts_on", kind="stable")
    gone = set(company.people["person_id"]) - set(company.open("people")["person_id"])
    posts = posts[~posts["person_id"].isin(gone)].drop_duplicates("person_id", keep="last")
    known = COUNTED_AS | {_plain(title): role for title, role in (roles or {}).items()}
    title = posts["role"].astype("str").fillna("")
    role = [known.get(_plain(each), OTHER) for each in title]
    return pd.DataFrame({"person_id": posts["person_id"], "title": title, "role": role})


def unknown_titles(company: Company) -> dict[str, int]:
    """The titles of posts that count as no role of a headcount, and how many people hold each."""
    people = _posted(company)
    return people.loc[people["role"] == OTHER, "title"].value_counts().to_dict()


def _plain(title: str) -> str:
    return "_".join(str(title).casefold().split())


def needs(
    bottom: pd.DataFrame,
    growth: float | Mapping[str, float],
    *,
    months: int,
    start: str | pd.Timestamp,
    ratios: Ratios | None = None,
) -> pd.DataFrame:
    """People that a growing base needs, month by month and role by role.

    Parameters
    ----------
    bottom : DataFrame
        The answer of ``bottom_up`` for the month of `start`, of a capacity with ``new_share=0``:
        the hiring plan counts the ramp of new people itself.
    growth : float or mapping
        How the customers of each segment grow, and the work with them: a share a month, one number
        or one a segment; negative: they shrink.
    months : int
    start : str or Timestamp
        A day of the first month.
    ratios : Ratios, optional

    Returns
    -------
    DataFrame
        One row a month and role: month (its first day), role, customers (of that month), needed
        (people; CSMs in fractions, the other roles whole, by the rules of ``roles``).

    Examples
    --------
    >>> bottom = pd.DataFrame({"segment": ["high"], "customers": [100], "csms": [5.0]})
    >>> plan = needs(bottom, 0.1, months=3, start="2025-01")
    >>> plan.query("role == 'CSM'")["needed"].round(2).to_list()
    [5.0, 5.5, 6.05]
    """
    checks.columns(
        "bottom", bottom, ["segment", "customers", "csms"], "staffing.bottom_up(...) makes it."
    )
    months = checks.count("needs", "months", months, least=1)
    rates = _rates(growth, bottom["segment"].astype("str").to_list())
    factor = (1 + rates) ** np.arange(months)[:, None]
    csms = factor @ checks.amounts("bottom", bottom["csms"])
    customers = factor @ checks.amounts("bottom", bottom["customers"])
    first = pd.Timestamp(start).to_period("M")
    frames = []
    for month in range(months):
        team = roles(float(csms[month]), float(customers[month]), ratios=ratios)
        frame = team[["role"]].assign(
            month=(first + month).to_timestamp(),
            customers=customers[month],
            needed=team["headcount"].where(team["role"] != "CSM", csms[month]).astype("float64"),
        )
        frames.append(frame[["month", "role", "customers", "needed"]])
    return pd.concat(frames, ignore_index=True)


def _rates(growth: float | Mapping[str, float], segments: list[str]) -> np.ndarray:
    """The growth a month of each segment."""
    given = by_segment(growth, segments)
    say_lacking("growth says nothing about the segment", segments, given)
    for segment, rate in given.items():
        name, fix = f"growth a month of {segment}", "For 2% a month write 0.02."
        checks.number("needs", name, rate, above=-1, most=1, fix=fix)
    return np.array([given[segment] for segment in segments])


def hiring_plan(
    needed: pd.DataFrame | pd.Series,
    on_board: int | Mapping[str, int] | pd.DataFrame | None,
    *,
    hiring: Hiring | None = None,
    capacity: Capacity | None = None,
    cost: Cost | None = None,
    currency: str | None = None,
) -> pd.DataFrame:
    """Who must be asked for when, so that needed people are there and fully productive in time.

    Someone asked for in a month starts `lead_months` later, ramps over ``capacity.ramp_months``,
    and is asked for as late as leaves no work undone, people in their ramp doing part of it; the
    earliest asks are in the first month, so what is missing before those are productive shows as
    `short`. People leave as whole people, as soon as attrition adds up to one, experienced ones
    first; nobody is sent away. Nothing is asked for on account of months beyond the plan's last.

    Parameters
    ----------
    needed : DataFrame or Series
        One row a month and role (month, role, needed), as :func:`needs` makes it, or CSMs by month;
        months without gaps.
    on_board : int, mapping, DataFrame or None
        Who is there in the first month, all past their ramp: a number of full-time CSMs, one a
        role, or the frame of :func:`on_board`, whose CSMs count by their capacity (part-time people
        lead and analyse as others do). None, or an empty frame, where nobody knows: as many as the
        first month needs, so that the plan asks for growth and leavers alone.
    hiring, capacity, cost : optional
    currency : str, optional
        That of the company; in another than USD the cost is not known (NaN) without `cost`.

    Returns
    -------
    DataFrame
        One row a month and role: month, role, needed, on_board (people), capacity (full-time people
        that they amount to), effective (the same less what people in their ramp lack), asked,
        starts, leavers, outsourced and short (in people at full capacity; their sum is what is
        missing), cost (currency, this month: people, finding them, outsourcing).

    Raises
    ------
    ValueError
        For months with gaps, roles that are not known, or a role that `on_board` does not name.

    Examples
    --------
    >>> months = pd.period_range("2025-01", periods=6, freq="M")
    >>> needed = pd.Series([4, 4, 4, 5, 5, 6.0], index=months)
    >>> soon, short = Hiring(lead_months=1, attrition=0), Capacity(ramp_months=2)
    >>> plan = hiring_plan(needed, 4, hiring=soon, capacity=short)
    >>> plan["asked"].to_list(), plan["on_board"].to_list()
    ([0, 1, 1, 0, 0, 0], [4, 4, 5, 6, 6, 6])
    """
    hiring, capacity, cost = hiring or Hiring(), capacity or Capacity(), priced(cost, currency)
    demand = _demand(needed)
    held, full = _held(on_board, demand)
    say_lacking("on_board says nothing about", demand, held, fix=" 0 is an answer.")
    frames = []
    for role in demand:
        people = checks.count("hiring_plan", f"on_board of {role}", held[role])
        each = full if role == "CSM" else 1.0
        frame = _staff(demand[role].to_numpy(), people, each, hiring, capacity)
        frame = _paid(frame, role, hiring.outsourced, cost)
        frame.insert(0, "role", role)
        frame.insert(0, "month", demand.index)
        frames.append(frame)
    # A stable sort leaves the roles of a month in their order.
    return pd.concat(frames).sort_values("month", kind="stable", ignore_index=True)


def _paid(frame: pd.DataFrame, role: str, outsourced: float, cost: Cost | None) -> pd.DataFrame:
    """A role's months with what is bought outside, what stays short, and the cost.

    S1 outsources for want of people to do the work with customers; a leader or an analyst is not
    bought by the hour.
    """
    missing = (frame["needed"] - frame["effective"]).clip(lower=0)
    bought = missing * (outsourced if role == "CSM" else 0)
    paid = np.nan
    if cost:
        work = frame["capacity"] + cost.outsourcing * bought
        paid = cost.of(role) * (work / 12 + cost.hiring * frame["starts"])
    return frame.assign(outsourced=bought, short=missing - bought, cost=paid)


def asks(
    plan: pd.DataFrame, *, hiring: Hiring | None = None, capacity: Capacity | None = None
) -> pd.DataFrame:
    """The plan's asks as a list.

    Parameters
    ----------
    plan : DataFrame
        Of :func:`hiring_plan`.
    hiring, capacity : optional
        Those of the plan.

    Returns
    -------
    DataFrame
        One row an ask: ask_in, role, people, start_in, full_in (months; when past the ramp).
    """
    checks.columns("plan", plan, ["month", "role", "asked"], "staffing.hiring_plan(...) makes it.")
    rows = plan[plan["asked"] > 0].reset_index(drop=True)
    month = rows["month"].dt.to_period("M")
    lead, ramped = (hiring or Hiring()).lead_months, _ramped(capacity or Capacity())
    return pd.DataFrame(
        {
            "ask_in": rows["month"],
            "role": rows["role"],
            "people": rows["asked"],
            "start_in": (month + int(lead)).dt.to_timestamp(),
            "full_in": (month + int(lead) + ramped).dt.to_timestamp(),
        }
    )


def _held(
    on_board: int | Mapping[str, int] | pd.DataFrame | None, demand: pd.DataFrame
) -> tuple[dict[str, int], float]:
    """The people by role, and what each CSM is of a full-time person."""
    if isinstance(on_board, pd.DataFrame):
        checks.columns(
            "on_board", on_board, ["role", "headcount", "capacity"], "staffing.on_board makes it."
        )
        rows = on_board.set_index("role")
        if len(rows):
            csms = rows.reindex(["CSM"], fill_value=0).iloc[0]
            full = csms["capacity"] / csms["headcount"] if csms["headcount"] else 1.0
            return rows["headcount"].to_dict(), full
        on_board = None
    if on_board is None:
        return {role: headcount(demand[role].iloc[0]) for role in demand}, 1.0
    return dict(on_board) if isinstance(on_board, Mapping) else {"CSM": on_board}, 1.0


def _demand(needed: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """The people needed, one row a month and one column a role."""
    if isinstance(needed, pd.Series):
        index = needed.index
        if not isinstance(index, pd.PeriodIndex):
            index = pd.to_datetime(index).to_period("M")
        demand = needed.to_frame("CSM").set_axis(index)
    else:
        checks.columns(
            "needed", needed, ["month", "role", "needed"], "staffing.needs(...) makes it."
        )
        rows = needed.assign(month=pd.to_datetime(needed["month"]).dt.to_period("M"))
        strange = sorted(set(rows["role"].astype("str")) - set(ROLES))
        if strange:
            raise ValueError(f"needed.role is one of {', '.join(ROLES)}, got {', '.join(strange)}.")
        if rows.duplicated(["month", "role"]).any():
            raise ValueError("needed has more than one row for a month and role; it has one.")
        demand = rows.pivot(index="month", columns="role", values="needed")
        demand = demand[[role for role in ROLES if role in demand]]
    if demand.empty:
        raise ValueError("needed has no months.")
    for role in demand:
        checks.amounts("needed", demand[role])
    if not demand.index.equals(pd.period_range(demand.index[0], periods=len(demand), freq="M")):
        raise ValueError("needed has every month once, in order, without gaps.")
    return demand.to_timestamp()


def _ramped(capacity: Capacity) -> int:
    """Months after the first day at which a person works at full capacity."""
    return int(np.ceil(max(0.0, capacity.ramp_months - 0.5)))


@dataclass(frozen=True)
class Staff:
    """One role's people on the first day, how they leave, and what they and those who ramp give.

    `full` is what each of those on the first day is of a full-time person; who comes later is one.
    """

    people: int
    full: float
    leaving: float
    unready: np.ndarray

    def months(self, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """On board, leavers, full-time and effective people in each month, given who starts
        when."""
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
        # Experienced people leave first; where there are not enough of them, new ones leave, and
        # nobody counts below nothing.
        first = np.maximum(self.people - np.cumsum(leavers), 0)
        able = board - (1 - self.full) * first
        effective = np.clip(able - np.convolve(starts, self.unready)[:months], 0, able)
        return board, leavers, able, effective


def _staff(
    needed: np.ndarray, people: int, full: float, hiring: Hiring, capacity: Capacity
) -> pd.DataFrame:
    """One role's months: asks, starts, leavers, people on board and what they amount to."""
    lead, ramped = int(hiring.lead_months), _ramped(capacity)
    leaving = 1 - (1 - hiring.attrition) ** (1 / 12)
    staff = Staff(people, full, leaving, 1 - capacity.ramp(max(ramped, 1)))
    starts = _postponed(_in_time(needed, staff, lead, ramped), needed, staff)
    board, leavers, able, effective = staff.months(starts)
    return pd.DataFrame(
        {
            "needed": needed,
            "on_board": board,
            "capacity": able,
            "effective": effective,
            "asked": np.append(starts[lead:], np.zeros(min(lead, len(starts)), dtype="int64")),
            "starts": starts,
            "leavers": leavers,
        }
    )


def _in_time(needed: np.ndarray, staff: Staff, lead: int, ramped: int) -> np.ndarray:
    """Who starts when, so that in each month within reach enough people are past their ramp."""
    months = len(needed)
    starts = np.zeros(months, dtype="int64")
    for month in range(min(lead + ramped, months - 1), months):
        first = max(lead, month - ramped)
        # Who starts may leave before that month: then one more is needed.
        gap = 1
        while first < months and gap > 0:
            able = staff.months(starts)[2][month]
            gap = int(np.ceil(needed[month] - able - SLACK))
            starts[first] += max(gap, 0)
    return starts


def _postponed(starts: np.ndarray, needed: np.ndarray, staff: Staff) -> np.ndarray:
    """The same people as late as they can start without more work left undone."""

    def undone(candidate: np.ndarray) -> float:
        return float(np.maximum(0, needed - staff.months(candidate)[3]).sum())

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
