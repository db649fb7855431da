"""The hours that one customer gets, and the hours that one CSM can give: S4's bottom-up side.

Hours come from the company's own records of work, or from a textbook plan (``effort.csv``, beside
this file): high touch as published, low and tech touch ours. Sources: docs/sources.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks, tables
from cstoolkit.data.company import Company
from cstoolkit.staffing.customers import base, starts, with_tiers

PER = {"month": 1.0, "quarter": 1 / 3, "year": 1 / 12, "once": 1.0}
"""How often a month the hours of an effort row fall due; `once`: with each customer that starts."""

ALL = "all"
"""The phase of work that every customer of a tier gets, whatever its phase."""

_RULES = assumptions.read("staffing", "Capacity")


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The hours that one CSM can give to customers in a month.

    S4 divides a CSM's monthly hours by the hours that a customer needs, and leaves open which hours
    are meant. The idea behind it needs the hours for *customers*: working hours times
    `utilisation`, the customer-facing share. A person still in the ramp gives half of that on
    average (the ramp is a straight line from nothing to all over `ramp_months`).

    Raises
    ------
    ValueError
        For an impossible value, with its name and how to write it.

    References
    ----------
    S4 (docs/sources.md); utilisation: reference figure not_customer_facing.

    Examples
    --------
    >>> Capacity(hours=160, utilisation=0.75).for_customers
    120.0
    >>> Capacity(utilisation=80)
    Traceback (most recent call last):
    ValueError: Capacity: utilisation is a share above 0 and up to 1, got 80. For 80% write 0.80.
    """

    hours: float = _RULES["hours"]
    utilisation: float = _RULES["utilisation"]
    new_share: float = _RULES["new_share"]
    ramp_months: float = _RULES["ramp_months"]

    def __post_init__(self) -> None:
        assumptions.check(self)

    @property
    def for_customers(self) -> float:
        """Hours a month that a member of the team gives to customers, on average."""
        return customer_hours(self.hours, self.utilisation, self.new_share)

    def ramp(self, months: int) -> np.ndarray:
        """The share of full capacity that a new person reaches in each of the first months.

        Examples
        --------
        >>> Capacity(ramp_months=3).ramp(4).round(2).tolist()
        [0.17, 0.5, 0.83, 1.0]
        """
        month = np.arange(months) + 0.5
        return np.ones(months) if self.ramp_months == 0 else np.minimum(1, month / self.ramp_months)


def customer_hours(hours, utilisation, new_share):
    """Hours for customers a month, of numbers or of arrays of draws."""
    return hours * utilisation * (1 - new_share / 2)


def effort_table() -> pd.DataFrame:
    """The textbook plan: hours that one customer gets, by tier and kind of work.

    Returns
    -------
    DataFrame
        One row a tier and kind of work: tier, phase ("all"), work, hours, per (month, quarter,
        year, once: with each customer that starts), low and high (the plausible range of hours),
        source
        (a reference figure, or ours), says. Change a figure as in any frame.

    Examples
    --------
    >>> plan = effort_table()
    >>> plan.loc[plan["work"] == "onboarding", ["tier", "hours", "per"]].values.tolist()
    [['high', 9.0, 'once'], ['low', 4.0, 'once'], ['tech', 1.0, 'once']]
    """
    table = tables.read("staffing", "effort")
    table.insert(1, "phase", ALL)
    return table


def check_effort(effort: pd.DataFrame) -> pd.DataFrame:
    """The effort frame with text in its text columns; refused where it cannot be read.

    Raises
    ------
    ValueError
        For missing columns, an unknown `per`, negative or missing hours, and rows given twice.
    """
    checks.columns(
        "effort", effort, ["tier", "phase", "hours", "per"], "staffing.effort_table() makes one."
    )
    if effort.empty:
        raise ValueError(
            "effort has no rows: say for each tier how many hours a customer gets, and per what."
        )
    for name in ("tier", "phase", "per"):
        fix = "Write 'all' for every phase." if name == "phase" else "Fill it."
        checks.filled("effort", effort[name], fix)
    checks.amounts("effort", effort["hours"])
    effort = effort.astype({"tier": "str", "phase": "str", "per": "str"})
    unknown = sorted(set(effort["per"]) - set(PER))
    if unknown:
        raise ValueError(f"effort.per is one of {', '.join(PER)}, got {', '.join(unknown)}.")
    key = ["tier", "phase", "work" if "work" in effort else "per"]
    twice = effort[effort.duplicated(key)]
    if len(twice):
        row = ", ".join(f"{name} {twice[name].iloc[0]}" for name in key)
        fix = "" if "work" in effort else " name each in a column work,"
        raise ValueError(
            f"effort has more than one row for {row}. Add them up,{fix} or leave one out."
        )
    return effort


def effort(company: Company, *, months: int = 12) -> pd.DataFrame:
    """The hours that a customer gets in a month: really given where recorded, else a textbook plan.

    Parameters
    ----------
    company : Company
    months : int
        How many whole months before `as_of` to look at; a log that begins later begins with its
        first whole month.

    Returns
    -------
    DataFrame
        One row a tier and kind of work: tier, phase ("all"), work (the phase that the activity
        served, "other" where none is written, or the work of the plan), hours (a month and live
        customer), per ("month"), source. Work on customers that were not live at the end of its
        month is left out of both sides. A tier without a record of work gets the plan's hours, its
        onboarding as often as customers of the tier started in the last twelve months.

    Notes
    -----
    Hours *given* are no plan: a team that is short gives less than its plan asks for.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> effort(cs.load_company())["source"].unique().tolist()
    ['activities, 2025-01 to 2025-12']
    """
    months = checks.count("effort", "months", months, least=1)
    customers = base(company)
    plan = _textbook(company, customers)
    if recorded(company, months) is None:
        return plan
    given = company.kept(_given, months).copy(deep=False)
    silent = set(customers["tier"].astype("str")) - set(given["tier"])
    if not silent:
        return given
    return pd.concat([given, plan[plan["tier"].isin(silent)]], ignore_index=True)


def recorded(company: Company, months: int) -> pd.PeriodIndex | None:
    """The months, of the last whole ones, for which work is recorded; None where there are none.

    Empty months before a log begins are not idle ones.
    """
    if not company.has("activities", "hours", "happened_on"):
        return None
    days = company.activities.loc[company.activities["hours"].notna(), "happened_on"]
    if days.empty:
        return None
    last = (company.as_of + pd.Timedelta(days=1)).to_period("M") - 1
    first = max(last - months + 1, min(days.min().to_period("M") + 1, last))
    found = pd.period_range(first, last, freq="M")
    return found if days.dt.to_period("M").isin(found).any() else None


def _textbook(company: Company, customers: pd.DataFrame) -> pd.DataFrame:
    """The plan in hours a month and customer of a tier; onboarding as often as it starts there."""
    plan = effort_table()[["tier", "phase", "work", "hours", "per", "source"]]
    tier = customers["tier"].astype("str")
    rate = starts(company, customers.assign(segment=tier)) / tier.value_counts()
    begun = plan["tier"].map(rate).astype("float64").fillna(0.0)
    times = plan["per"].map(PER).where(plan["per"] != "once", begun)
    return plan.assign(hours=plan["hours"] * times, per="month")


def _given(company: Company, months: int) -> pd.DataFrame:
    """Hours of the company's activities a month and customer, by tier and phase served."""
    periods = recorded(company, months)
    held = pd.concat(
        with_tiers(company.snapshot(month.end_time.normalize()))[["customer_id", "tier"]].assign(
            month=month
        )
        for month in periods
    ).astype({"tier": "str"})
    work = company.activities.dropna(subset="hours")
    work = work.assign(
        month=work["happened_on"].dt.to_period("M"),
        work=work["phase"].astype("str").fillna("other"),
    )[["customer_id", "month", "work", "hours"]]
    spent = held.merge(work, on=["customer_id", "month"]).groupby(["tier", "work"])["hours"].sum()
    count = held.groupby("tier").size()
    table = (spent / count.reindex(spent.index, level="tier")).rename("hours").reset_index()
    silent = [tier for tier in count.index if tier not in set(table["tier"])]
    idle = pd.DataFrame({"tier": silent, "work": "other", "hours": 0.0})
    source = f"activities, {periods[0]} to {periods[-1]}"
    table = pd.concat([table, idle], ignore_index=True).assign(
        phase=ALL, per="month", source=source
    )
    return table[["tier", "phase", "work", "hours", "per", "source"]]
