"""The work a plan gives to each customer: hours by tier and lifecycle phase. Published, ours, or measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cstoolkit import reference
from cstoolkit.assumptions import OURS, assumption, fields
from cstoolkit.staffing import _checks
from cstoolkit.staffing._base import base
from cstoolkit.staffing._tiers import tiered

if TYPE_CHECKING:
    from cstoolkit.data.company import Company

PER = {"month": 1.0, "quarter": 1 / 3, "year": 1 / 12, "once": 1.0}
"""How often the hours of an effort row fall due in a month; hours done once fall due with each customer that starts."""

ALL = "all"
"""The phase of work that every customer of a tier gets, whatever its phase."""


def _cited(key: str, unit: str, says: str) -> Any:
    """A field for a published range: its middle is the default."""
    figure = reference.figure(key)
    return assumption(
        (figure.low + figure.high) / 2,
        unit=unit,
        low=figure.low,
        high=figure.high,
        source=key,
        says=says,
    )


def _ours(default: float, low: float, high: float, unit: str, says: str) -> Any:
    return assumption(default, unit=unit, low=low, high=high, source=OURS, says=says)


_ONBOARDING_DAYS = reference.figure("onboarding_days_mean")
_MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Hours that one customer gets, by tier. High touch as published; low and tech touch are ours, nobody published them.

    Change a figure with ``dataclasses.replace``; :func:`effort_table` turns the record into the frame that ``bottom_up`` takes.

    >>> Effort(high_checkins=-1)
    Traceback (most recent call last):
    ValueError: Effort: high_checkins is a number of at least 0, got -1.
    """

    high_onboarding: float = _cited(
        "onboarding_hours", "hours once", "high touch: onboarding of a new customer"
    )
    high_checkins: float = _cited("checkin_hours", "hours a month", "high touch: regular check-ins")
    high_emails: float = _cited("email_hours", "hours a month", "high touch: e-mail")
    high_reviews: float = _cited("review_hours", "hours a quarter", "high touch: business review")
    high_renewal: float = _cited(
        "renewal_hours", "hours a year", "high touch: preparing and closing the renewal"
    )
    high_expansion: float = _ours(
        6, 3, 12, "hours a year", "high touch: proposals for upsell and cross-sell"
    )
    low_onboarding: float = _ours(4, 2, 6, "hours once", "low touch: onboarding of a new customer")
    low_checkins: float = _ours(
        0.25, 0.1, 0.5, "hours a month", "low touch: check-ins, some in groups"
    )
    low_emails: float = _ours(0.3, 0.15, 0.6, "hours a month", "low touch: e-mail")
    low_reviews: float = _ours(0.5, 0.25, 1, "hours a quarter", "low touch: short review")
    low_renewal: float = _ours(
        3, 1.5, 5, "hours a year", "low touch: preparing and closing the renewal"
    )
    low_expansion: float = _ours(
        1.5, 0.5, 3, "hours a year", "low touch: proposals for upsell and cross-sell"
    )
    tech_onboarding: float = _ours(
        1, 0.5, 2, "hours once", "tech touch: helping a new customer that asks"
    )
    tech_emails: float = _ours(
        0.15, 0.05, 0.3, "hours a month", "tech touch: answering what campaigns bring in"
    )
    tech_renewal: float = _ours(
        0.75, 0.25, 1.5, "hours a year", "tech touch: renewals that need a person"
    )
    tech_expansion: float = _ours(
        0.25, 0.1, 0.5, "hours a year", "tech touch: upsells that need a person"
    )
    onboarding_months: float = assumption(
        round(_ONBOARDING_DAYS.typical / _MONTH_DAYS, 1),
        unit="months",
        low=2,
        high=5,
        source="onboarding_days_mean",
        says="months in the onboarding phase (used where work is planned by phase)",
    )
    # The lifecycle's rules set how long these two phases last, and with it how many customers are in them: a rule is not in doubt,
    # so that they have no range. Who changes the rule changes the figure.
    renewal_months: float = _ours(
        3, 3, 3, "months", "months in the renewal phase, as long as the lifecycle's rule makes it"
    )
    expansion_months: float = _ours(
        3, 3, 3, "months", "months in the expansion phase, as long as the lifecycle's rule makes it"
    )

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_months"):
                _checks.positive("Effort", **{field.name: value})
            else:
                _checks.not_negative("Effort", **{field.name: value})


@dataclass(frozen=True)
class Row:
    """One row of the default table: which field gives its hours, and over which months a phase spreads them."""

    tier: str
    phase: str
    work: str
    field: str
    per: str
    over: str | None = None

    def hours(self, values: Any) -> Any:
        """The row's hours, from numbers or arrays of draws by field name."""
        return (
            values[self.field]
            if self.over is None
            else values[self.over] ** -1 * values[self.field]
        )


def rows(by_phase: bool) -> list[Row]:
    """The rows of the default table: by tier alone, or with onboarding, renewal and expansion work in their phases."""
    result = []
    for field in fields(Effort):
        tier, work = field.name.split("_")
        per = field.metadata["unit"].split()[-1]
        phase, over = ALL, None
        if work == "months":
            continue
        if by_phase and work in ("onboarding", "renewal", "expansion"):
            phase, over, per = work, f"{work}_months", "month"
        result.append(Row(tier, phase, work, field.name, per, over))
    return result


def effort_table(effort: Effort | None = None, *, by_phase: bool = False) -> pd.DataFrame:
    """The effort frame of a record (default: the published figures and our ranges).

    Returns one row a tier and kind of work: tier, phase, work, hours, per (month, quarter, year, once), source. Without phases,
    onboarding is done once for each customer that starts (``bottom_up`` then needs `starts`), renewal and expansion work
    is spread over the year of every customer. With `by_phase`, customers that are in onboarding, renewal or expansion get that
    work, spread over the months of the phase.

    >>> table = effort_table()
    >>> table.query("tier == 'high'")[["work", "hours", "per"]].to_string(index=False, header=False).split("\\n")[0].split()
    ['onboarding', '9.0', 'once']
    >>> effort_table(by_phase=True)["phase"].unique().tolist()
    ['onboarding', 'all', 'renewal', 'expansion']
    """
    effort = Effort() if effort is None else effort
    sources = {field.name: field.metadata["source"] for field in fields(effort)}
    return pd.DataFrame(
        [
            {
                "tier": row.tier,
                "phase": row.phase,
                "work": row.work,
                "hours": float(row.hours(vars(effort))),
                "per": row.per,
                "source": sources[row.field],
            }
            for row in rows(by_phase)
        ]
    )


@dataclass(frozen=True)
class Plan:
    """A checked effort frame: hours a month by tier and phase, and the hours done once with each customer that starts."""

    tiers: tuple[str, ...]
    phases: tuple[str, ...]
    monthly: np.ndarray
    once: np.ndarray

    @property
    def by_phase(self) -> bool:
        return len(self.phases) > 0


def checked(effort: pd.DataFrame) -> Plan:
    """The effort frame as arrays; `monthly` has a last column for phases that it does not name, NaN where a tier has no row.

    Raises ValueError for missing columns, an unknown `per`, negative or missing hours, and rows given twice.
    """
    _checks.columns(
        "effort", effort, ["tier", "phase", "hours", "per"], "staffing.effort_table() makes one."
    )
    if effort.empty:
        raise ValueError(
            "effort has no rows: say for each tier how many hours a customer gets, and per what."
        )
    for name in ("tier", "phase", "per"):
        _checks.no_gaps(
            "effort",
            effort[name],
            "Write 'all' for every phase." if name == "phase" else "Fill it.",
        )
    hours = _checks.amounts("effort", effort["hours"])
    unknown = sorted(set(effort["per"].astype(str)) - set(PER))
    if unknown:
        raise ValueError(f"effort.per is one of {', '.join(PER)}, got {', '.join(unknown)}.")
    key = ["tier", "phase", "work" if "work" in effort else "per"]
    twice = effort.duplicated(key)
    if twice.any():
        row = effort[twice].iloc[0]
        named = ", ".join(f"{each} {row[each]}" for each in key)
        mend = (
            "Add them up, or"
            if "work" in effort
            else "Add them up, or name each in a column work, or"
        )
        raise ValueError(f"effort has more than one row for {named}. {mend} leave one out.")
    tier, tiers = _checks.codes(effort["tier"].astype("str"))
    phase = effort["phase"].astype(str).to_numpy()
    per = effort["per"].astype(str).to_numpy()
    once = per == "once"
    phases = tuple(dict.fromkeys(each for each in phase[~once] if each != ALL))
    monthly = np.zeros((len(tiers), len(phases) + 1))
    given = np.zeros_like(monthly, dtype=bool)
    due = hours * np.array([PER[each] for each in per])
    for column, name in enumerate([*phases, None]):
        here = ~once & ((phase == ALL) | (phase == name))
        monthly[:, column] = np.bincount(tier[here], due[here], len(tiers))
        # Work done once stands for the whole of a tier: it makes no sense to ask for a row a phase beside it.
        given[:, column] = np.bincount(tier[here | once], minlength=len(tiers)) > 0
    monthly[~given] = np.nan
    return Plan(tuple(tiers), phases, monthly, np.bincount(tier[once], hours[once], len(tiers)))


def effort(company: Company, *, months: int = 12) -> pd.DataFrame:
    """The hours that a customer gets in a month, by tier: really given where they are recorded, else those of a textbook plan.

    Returns an effort frame with "all" for each phase and "month" for each per: that of :func:`measured_effort` and, for tiers without
    a record of work in those months, of :func:`effort_table`, whose onboarding falls due as often as customers of the tier started in
    the last twelve months. ``basis(company)`` says in a sentence which of the two it is, `source` says it row by row.

    >>> import cstoolkit as cs
    >>> effort(cs.load_company())["source"].unique().tolist()
    ['activities, 2025-01 to 2025-12']
    """
    customers = base(company)
    if recorded(company, months) is None:
        return _textbook(customers)
    found = measured_effort(company, months=months)
    silent = set(customers["tier"].astype("str")) - set(found["tier"])
    plan = _textbook(customers)
    return (
        pd.concat([found, plan[plan["tier"].isin(silent)]], ignore_index=True) if silent else found
    )


def _textbook(customers: pd.DataFrame) -> pd.DataFrame:
    """The default plan in hours a month and customer of a tier; onboarding as often as customers of the tier start."""
    table = effort_table()
    young = (customers["tenure_months"] < 12).groupby(customers["tier"].astype("str")).mean() / 12
    times = (
        table["per"].map(PER).where(table["per"] != "once", table["tier"].map(young).fillna(0.0))
    )
    return table.assign(hours=table["hours"] * times, per="month")


def recorded(company: Company, months: int) -> pd.PeriodIndex | None:
    """The months, of the last `months` whole ones, for which there is a record of work; None where there is none.

    A log that begins within them begins with its first whole month, or its only one: empty months before it are no idle ones.
    """
    if not company.has("activities", "hours", "happened_on"):
        return None
    days = company.activities.loc[company.activities["hours"].notna(), "happened_on"]
    last = (company.as_of + pd.Timedelta(days=1)).to_period("M") - 1
    first = max(last - months + 1, min(days.min().to_period("M") + 1, last))
    found = pd.period_range(first, last, freq="M")
    return found if days.dt.to_period("M").isin(found).any() else None


def measured_effort(company: Company, *, months: int = 12) -> pd.DataFrame:
    """The hours that customers really got, by tier: an effort frame from the company's own activities.

    Takes the last `months` whole months before `as_of`, or as many as there is a record of work for (their last days are where
    customers and tiers are counted; a customer without a tier has one by ``TierRule``). Returns tier, phase ("all"), work (the phase
    the activity served, "other" where none is written), hours (a month and live customer), per ("month") and source. Work on
    customers that were not live at that month's end is left out of both sides. Raises MissingData without hours in those months.

    These are hours *given*. A team that is short gives less than its plan asks for, so this is no plan: it says what the people on
    board achieve.
    """
    months = _checks.whole("measured_effort", "months", months, least=1)
    company.need(activities=["hours", "happened_on"])
    periods = recorded(company, months)
    if periods is None:
        from cstoolkit.data.company import MissingData

        raise MissingData(
            f"{company.name} has no hours of work in the {months} whole months before {company.as_of:%Y-%m-%d}."
        )
    held = [
        tiered(company.snapshot(period.end_time.normalize()))[["customer_id", "tier"]].assign(
            month=period
        )
        for period in periods
    ]
    held = pd.concat(held).astype({"tier": "str"})
    work = company.activities[["customer_id", "happened_on", "phase", "hours"]].dropna(
        subset="hours"
    )
    work = work.assign(
        month=work["happened_on"].dt.to_period("M"),
        work=work["phase"].astype("str").fillna("other"),
    )
    exposure = held.groupby("tier").size()
    spent = (
        held.merge(work, on=["customer_id", "month"])
        .groupby(["tier", "work"], sort=True)["hours"]
        .sum()
    )
    silent = [tier for tier in exposure.index if tier not in spent.index.get_level_values("tier")]
    table = (spent / exposure.reindex(spent.index, level="tier")).rename("hours").reset_index()
    table = pd.concat(
        [table, pd.DataFrame({"tier": silent, "work": "other", "hours": 0.0})], ignore_index=True
    )
    table = table.assign(
        phase=ALL, per="month", source=f"activities, {periods[0]} to {periods[-1]}"
    )
    return table[["tier", "phase", "work", "hours", "per", "source"]]
