"""Handoffs on record, what is lost at one, and what notes that are passed on win back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cstoolkit import checks, lifecycle, org, stats, tables, ttv
from cstoolkit.data.company import Company, MissingData, checked

RECENT_DAYS = 60
"""For how long a handoff counts as recent where usage may stall (ours)."""
LEAST = 10
"""Events below which a regression is not tried (ours)."""
LEAST_AFTER = 3
"""Events, and cases without one, that must have followed each kind of handoff (ours)."""
EFFECTS = ("no notes", "with notes", "notes win back")
KINDS = ["handoff_without_notes", "handoff_with_notes"]
DAY = pd.Timedelta(days=1)


def handoffs(company: Company) -> pd.DataFrame:
    """Every handoff on record.

    A handoff is an assignment with `notes_passed` filled; the first one of a customer has none.

    Parameters
    ----------
    company : Company
        With assignments.notes_passed.

    Returns
    -------
    pandas.DataFrame
        customer_id, handed_on, notes (were they passed), giver (person_id; assigned last before),
        taker, in the order of the days.

    References
    ----------
    S0, handoffs where teams are divided by phase (docs/sources.md).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = handoffs(cs.load_company())
    >>> bool((found["giver"] != found["taker"]).mean() > 0.9)
    True
    """
    checked(company).need(assignments=["person_id", "notes_passed"])
    rows = company.assignments.sort_values(["customer_id", "starts_on"], kind="stable")
    rows = rows.assign(giver=rows.groupby("customer_id")["person_id"].shift())
    rows = rows.rename(
        columns={"starts_on": "handed_on", "notes_passed": "notes", "person_id": "taker"}
    )
    rows = rows[["customer_id", "handed_on", "notes", "giver", "taker"]].dropna(subset=["notes"])
    rows = rows.sort_values(["handed_on", "customer_id"], kind="stable", ignore_index=True)
    return rows.astype({"notes": bool})


def handoffs_by_year(company: Company) -> pd.DataFrame:
    """Handoffs a year.

    Parameters
    ----------
    company : Company
        With assignments.notes_passed.

    Returns
    -------
    pandas.DataFrame
        year, handoffs, per_customer (a customer and year), notes (share with the notes passed on),
        customers (mean live).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> bool(handoffs_by_year(cs.load_company())["notes"].dropna().between(0, 1).all())
    True
    """
    found, spans = handoffs(company), company.spans
    end = spans["ends_on"].fillna(company.as_of + DAY)
    begin = spans["starts_on"].min()
    rows = []
    for year in range(begin.year, company.as_of.year + 1):
        first = max(pd.Timestamp(year, 1, 1), begin)
        last = min(pd.Timestamp(year + 1, 1, 1), company.as_of + DAY)
        live = end.clip(upper=last) - spans["starts_on"].clip(lower=first)
        days = live.clip(lower=pd.Timedelta(0)).sum() / DAY
        mine = found[found["handed_on"].dt.year == year]
        per_customer = len(mine) / (days / 365.25) if days else np.nan
        rows.append(
            (year, len(mine), per_customer, mine["notes"].mean(), days / ((last - first) / DAY))
        )
    return pd.DataFrame(rows, columns=["year", "handoffs", "per_customer", "notes", "customers"])


def stall_months(company: Company, stalls: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every month in which a customer's usage could begin to stall.

    Parameters
    ----------
    company : Company
        With usage.active_users and assignments.notes_passed.
    stalls : pandas.DataFrame, optional
        customer_id, starts_on, ends_on (empty: goes on). By default those of ``lifecycle.stalls``,
        found from the months' usage by what was known, which misses short ones and finds false
        ones; they need a past of their own, so that the first three months do not count.

    Returns
    -------
    pandas.DataFrame
        customer_id, month, began (did it), without, passed (share of the month within
        ``RECENT_DAYS`` of a handoff, without and with the notes), fit (tens of points; 0 where not
        rated), fit_missing, hours (ln of 1 + the hours of the month before), age (band of months
        since the first usage).
    """
    checked(company).need(usage=["active_users"], assignments=["notes_passed"])
    past = 0
    if stalls is None:
        past, found = 3, lifecycle.stalls(company)
        stalls = found.rename(columns={"since": "starts_on"}).assign(
            ends_on=found["ended_on"] + DAY
        )
    rows = company.usage[["customer_id", "month"]]
    rows = rows.sort_values(["customer_id", "month"], ignore_index=True)
    number = _month(rows["month"])
    age = number - number.groupby(rows["customer_id"]).transform("min")
    live = company.milestones[company.milestones["milestone"] == "live"]
    live = live.groupby("customer_id")["happened_on"].min()
    begun = rows["customer_id"].map(live) < rows["month"] if len(live) else age >= 1
    began, ran = _stalled(rows["customer_id"], number, stalls)
    rows["began"], rows["age"] = began, np.searchsorted((0, 4, 7, 13), age, side="right")
    rows = rows[begun & (age >= past) & ~ran].reset_index(drop=True)
    rows = rows.join(_exposure(company, rows))
    fit = rows["customer_id"].map(company.fit()) / 10
    rows["fit"], rows["fit_missing"] = fit.fillna(0.0), fit.isna().astype(float)
    work = company.activities
    spent = work.groupby([work["customer_id"], _month(work["happened_on"])])["hours"].sum()
    before = pd.MultiIndex.from_arrays([rows["customer_id"], _month(rows["month"]) - 1])
    rows["hours"] = np.log1p(spent.reindex(before).fillna(0.0).to_numpy())
    return rows


def _month(days: pd.Series) -> pd.Series:
    """The months of days, numbered through."""
    return days.dt.year * 12 + days.dt.month


def _stalled(customers: pd.Series, months: pd.Series, stalls: pd.DataFrame) -> tuple:
    """Whether a stall began in each month, and whether one ran already when the month began."""
    start = _month(stalls["starts_on"])
    # One that ended within a month ran when the month began; one without an end still runs.
    last = _month(stalls["ends_on"] - DAY).fillna(months.max()).astype(int)
    running = pd.DataFrame(
        {
            "customer_id": stalls["customer_id"],
            "month": [range(first + 1, end + 1) for first, end in zip(start, last, strict=True)],
        }
    )
    running = running.explode("month").dropna()
    asked = pd.MultiIndex.from_arrays([customers, months])
    began = asked.isin(pd.MultiIndex.from_arrays([stalls["customer_id"], start]))
    return began, asked.isin(pd.MultiIndex.from_frame(running))


def _exposure(company: Company, rows: pd.DataFrame) -> pd.DataFrame:
    """Share of each month within RECENT_DAYS of the customer's last handoff, by its notes."""
    passed = handoffs(company)
    following = passed.groupby("customer_id")["handed_on"].shift(-1)
    until = pd.concat([passed["handed_on"] + RECENT_DAYS * DAY, following], axis=1).min(axis=1)
    month = passed["handed_on"].dt.to_period("M").dt.to_timestamp()
    parts = []
    for _ in range(RECENT_DAYS // 28 + 1):
        end = month + pd.offsets.MonthBegin(1)
        days = np.minimum(until, end) - np.maximum(passed["handed_on"], month)
        share = (days / (end - month)).clip(lower=0)
        parts.append(passed[["customer_id", "notes"]].assign(month=month, share=share))
        month = end
    shares = pd.concat(parts).groupby(["customer_id", "month", "notes"])["share"].sum()
    shares = shares.unstack("notes").reindex(columns=[False, True])
    shares = shares.reindex(pd.MultiIndex.from_frame(rows[["customer_id", "month"]])).fillna(0.0)
    return shares.set_axis(["without", "passed"], axis=1).reset_index(drop=True)


def handoff_effects(
    company: Company,
    outcomes: Sequence[str] = ("value", "stall", "leave"),
    *,
    stalls: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What follows a handoff without notes, one with notes, and the difference that notes make.

    Each outcome against customers without a recent handoff: *value*, the pace to basic value within
    60 days (Cox regression, ``ttv.drivers``); *stall*, the rate at which usage begins to stall
    within 60 days (complementary log-log regression on :func:`stall_months`; fit, hours and age
    held); *leave*, the odds of leaving at a renewal decided within 180 days (logistic regression on
    ``org.decisions``; value, fit and usage held; errors clustered by customer).

    *Estimated*: handoffs do not come by lot. People leave, books grow, onboardings end; what goes
    with these and is not held stays in.

    Parameters
    ----------
    company : Company
        With assignments.notes_passed.
    outcomes : list of str
        Some of value, stall, leave (``outcomes.csv``).
    stalls : pandas.DataFrame, optional
        As for :func:`stall_months`.

    Returns
    -------
    pandas.DataFrame
        One row an outcome and effect: outcome, says, effect (no notes, with notes, notes win back),
        estimate (log), low, high (95%), ratio, ratio_low, ratio_high, unit (hazard, odds), events,
        note (why there is no estimate; else empty).

    References
    ----------
    S0, handoffs and the CRM record (docs/sources.md).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = handoff_effects(cs.load_company()).set_index(["outcome", "effect"])["ratio"]
    >>> bool(found["value", "no notes"] < found["value", "with notes"])
    True
    """
    checked(company).need(assignments=["person_id", "notes_passed"])
    known = tables.read("ownership", "outcomes").set_index("outcome")
    if isinstance(outcomes, str):
        raise ValueError(f"handoff_effects: outcomes is a list, got {outcomes!r}.")
    rows = []
    for outcome in outcomes:
        checks.one_of("handoff_effects", "an outcome", outcome, known.index)
        told = {"outcome": outcome, **known.loc[outcome]}
        try:
            estimate, covariance, events = {
                "value": lambda: _value(company),
                "stall": lambda: _stall(company, stalls),
                "leave": lambda: _leave(company),
            }[outcome]()
        except (MissingData, ValueError) as error:
            rows += [{**told, "effect": effect, "note": str(error)} for effect in EFFECTS]
            continue
        # A handoff without notes, one with them, and the difference.
        for effect, weights in zip(EFFECTS, ([1, 0], [0, 1], [-1, 1]), strict=True):
            bounds = stats.delta_interval(np.dot(weights, estimate), weights, covariance)
            row = {**told, "effect": effect, "events": events, "note": ""}
            for name, value in zip(("", "_low", "_high"), bounds, strict=True):
                row[name.removeprefix("_") or "estimate"] = value
                row[f"ratio{name}"] = float(np.exp(value))
            rows.append(row)
    columns = ["outcome", "says", "effect", "estimate", "low", "high"]
    columns += ["ratio", "ratio_low", "ratio_high", "unit", "events", "note"]
    return pd.DataFrame(rows, columns=columns).astype({"events": "Int64"})


def _value(company: Company) -> tuple[np.ndarray, np.ndarray, int]:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = ttv.drivers(company, end="basic_value")
    if not np.isfinite(found.covariance).all():
        raise MissingData(f"too little to estimate from: {found.events} journeys with value.")
    names = found.effects["driver"].to_list()
    if not {"handoff", "notes"} <= set(names):
        raise ValueError("no handoffs with and without notes before basic value are on record.")
    place = [names.index("handoff"), names.index("notes")]
    # The regression gives a handoff and what notes add; here each kind stands by itself.
    turn = np.array([[1.0, 0.0], [1.0, 1.0]])
    estimate = turn @ found.effects["effect"].to_numpy()[place]
    return estimate, turn @ found.covariance[np.ix_(place, place)] @ turn.T, found.events


def _stall(company: Company, stalls: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray, int]:
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.families.links import CLogLog
    from statsmodels.genmod.generalized_linear_model import GLM

    rows = stall_months(company, stalls)
    _enough(rows["began"], rows[["without", "passed"]], "stalls")
    ages = pd.get_dummies(rows["age"], dtype=float, drop_first=True)
    design = rows[["without", "passed", "fit", "fit_missing", "hours"]].join(ages)
    design = design.loc[:, design.nunique() > 1]
    matrix = np.column_stack([design, np.ones(len(design))])
    fitted = GLM(rows["began"].to_numpy(float), matrix, family=Binomial(link=CLogLog())).fit()
    covariance = np.asarray(fitted.cov_params())
    return np.asarray(fitted.params)[:2], covariance[:2, :2], int(rows["began"].sum())


def _leave(company: Company) -> tuple[np.ndarray, np.ndarray, int]:
    decisions = org.decisions(company)
    _, beta, covariance = _leaving(decisions)
    return beta[:2], covariance[:2, :2], int(decisions["left"].sum())


def _leaving(decisions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The regression of leaving, both kinds of handoff first: matrix, estimates, covariance."""
    from statsmodels.discrete.discrete_model import Logit

    left = decisions["left"].to_numpy(float)
    _enough(left, decisions[KINDS], "customers who left or who stayed")
    controls = ["value", "fit", "fit_missing", "health", "health_missing"]
    held = decisions[controls].loc[:, decisions[controls].nunique() > 1]
    matrix = np.column_stack([decisions[KINDS], held, np.ones(len(left))]).astype(float)
    groups = pd.factorize(decisions["customer_id"])[0]
    settings = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    fitted = Logit(left, matrix).fit(disp=0, maxiter=100, **settings)
    return matrix, np.asarray(fitted.params), np.asarray(fitted.cov_params())


def _enough(happened: np.ndarray, exposed: pd.DataFrame, what: str) -> None:
    """MissingData where events, or cases without one, are too few, in all or after a handoff."""
    happened = np.asarray(happened, bool)
    groups = [("", np.ones(len(happened), bool), LEAST)]
    for name, notes in zip(exposed, ("without", "with"), strict=True):
        after = exposed[name].to_numpy() > 0
        groups.append((f" after a handoff {notes} notes", after, LEAST_AFTER))
    for where, group, least in groups:
        seen = int(min((happened & group).sum(), (~happened & group).sum()))
        if seen < least:
            raise MissingData(
                f"too little to estimate from: {seen} {what}{where}, at least {least} are needed."
            )


def kept_with_notes(company: Company, *, months: int = 12) -> pd.DataFrame:
    """What passing the notes on at every handoff would have kept of the renewals lately decided.

    Each decision whose last handoff in the 180 days before came without notes is given the odds of
    one with notes, all else as it was. *Estimated*: as :func:`handoff_effects`; what notes save by
    sooner value and fewer stalls is not counted.

    Parameters
    ----------
    company : Company
        With assignments.notes_passed.
    months : int
        Decisions of the last so many months.

    Returns
    -------
    pandas.DataFrame
        One row: decisions (without notes), arr (behind them, currency a year), renewals (that would
        have been kept), renewals_low, renewals_high, arr_kept, arr_kept_low, arr_kept_high (95%,
        delta method).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = kept_with_notes(cs.load_company()).iloc[0]
    >>> bool(found["renewals_low"] < found["renewals"] < found["renewals_high"])
    True
    """
    checked(company).need(assignments=["person_id", "notes_passed"])
    checks.count("kept_with_notes", "months", months, least=1)
    decisions = org.decisions(company)
    matrix, beta, covariance = _leaving(decisions)
    lately = decisions["decided_on"] > company.as_of - pd.DateOffset(months=months)
    mine = (lately & (decisions["handoff_without_notes"] == 1)).to_numpy()
    was = matrix[mine]
    passed = was.copy()
    passed[:, :2] = 0.0, 1.0
    leave_was, leave_passed = (1 / (1 + np.exp(-rows @ beta)) for rows in (was, passed))
    slopes = was * (leave_was * (1 - leave_was))[:, None]
    slopes -= passed * (leave_passed * (1 - leave_passed))[:, None]
    kept = leave_was - leave_passed
    arr = _arr(company, decisions[mine])
    row = {"decisions": len(arr), "arr": float(arr.sum())}
    for name, weight in (("renewals", np.ones(len(arr))), ("arr_kept", arr)):
        bounds = stats.delta_interval(weight @ kept, weight @ slopes, covariance)
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), bounds, strict=True))
    return pd.DataFrame([row])


def _arr(company: Company, decisions: pd.DataFrame) -> np.ndarray:
    """ARR of the level that each decision was about."""
    levels = company.levels[["customer_id", "product", "starts_on", "until", "arr"]]
    levels = levels.assign(product=levels["product"].fillna(""))
    asked = decisions[["customer_id", "product", "decided_on"]].reset_index(drop=True)
    both = asked.reset_index().merge(levels, on=["customer_id", "product"])
    both = both[both["decided_on"].between(both["starts_on"], both["until"])]
    return both.groupby("index")["arr"].last().reindex(asked.index).to_numpy(float)
