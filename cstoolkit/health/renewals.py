"""Which renewals to work on now: what is at risk, what acting can still change, and what hours allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.assumptions import assumption
from cstoolkit.data.company import Company, checked
from cstoolkit.health.backtesting import ages
from cstoolkit.health.measures import features, shown
from cstoolkit.health.scores import Model
from cstoolkit.stats import clustered_share

NEW, HIGH, MEDIUM, LOW = "new", "high", "medium", "low"
BANDS = (NEW, HIGH, MEDIUM, LOW)
"""A customer too young to judge; worth acting on and within the hours there are; worth it, but beyond
the hours; not worth its cost."""
HORIZONS = (30, 60, 90, 120, 180)
"""Days to the renewal at which ARR at risk is summed up."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What acting on a renewal costs, and what it can change."""

    hours: float = assumption(
        6, unit="hours", low=2, high=20, says="work on one renewal that is at risk"
    )
    hour: float = assumption(
        80, unit="currency an hour", low=30, high=200, says="cost of an hour of CS work"
    )
    saved: float = assumption(
        0.25, unit="share", low=0.05, high=0.5, says="of churn that acting in time averts"
    )
    in_time: float = assumption(
        90,
        unit="days",
        low=30,
        high=180,
        says="before the end, for the full effect; less when later",
    )
    margin: float = assumption(
        0.8, unit="share of ARR", low=0.5, high=0.9, says="lost when a customer churns"
    )
    young: float = assumption(
        90, unit="days", low=30, high=180, says="a customer this young is new, not at risk"
    )

    def __post_init__(self) -> None:
        checks.positive("Costs", hours=self.hours, hour=self.hour, in_time=self.in_time)
        checks.share("Costs", "saved", self.saved)
        checks.share("Costs", "margin", self.margin)
        checks.not_negative("Costs", young=self.young)


def threshold(arr: float, days: float, costs: Costs = Costs()) -> float:
    """The risk of churn from which acting on a renewal pays.

    Parameters
    ----------
    arr : float or array
        What comes up, currency a year.
    days : float or array
        Days to the renewal.
    costs : Costs

    Returns
    -------
    float or array
        Probability; above 1 where acting never pays.

    Examples
    --------
    Acting costs 480 and averts a quarter of the churn of 8,000 a year:

    >>> round(float(threshold(10_000, 90)), 2)
    0.24
    """
    with np.errstate(divide="ignore"):
        return costs.hours * costs.hour / (_effect(days, costs) * costs.margin * np.asarray(arr))


def _effect(days, costs: Costs) -> np.ndarray:
    """The share of churn that acting so many days before the end averts."""
    return costs.saved * np.clip(np.asarray(days, float) / costs.in_time, 0, 1)


def queue(
    company: Company,
    model: Model,
    *,
    costs: Costs = Costs(),
    hours: float | None = None,
    within: int = 180,
) -> pd.DataFrame:
    """The renewals that come up, those first where an hour of work changes most.

    Parameters
    ----------
    company : Company
    model : Model
        Trained on renewals that were settled by `as_of`, see :func:`~cstoolkit.health.train`.
    costs : Costs
    hours : float, optional
        The hours there are for it; default: as many as it takes.
    within : int
        Days after `as_of` in which the renewals are due.

    Returns
    -------
    pandas.DataFrame
        One row a renewal: customer_id, name, product, renews_on, days (left), age (days as a customer), arr, risk (of churn),
        at_risk (risk x arr), gain (what acting now is expected to keep, less its cost; currency a
        year), band (see ``BANDS``), score and said_on (the last score the customer gave, and the day
        of the last thing it said; missing: none), handoffs (without notes, in the last half year),
        reasons (what raises the risk most, in words).

    Raises
    ------
    ValueError
        For hours below 0.

    References
    ----------
    S3: CS and sales judge the risk from the health score and from what customers say, and act
    together (docs/sources.md).
    """
    rows = coming(company, within)
    known = features(company, rows)
    risk = model.risk(known).to_numpy() if len(rows) else np.zeros(0)
    found = rows.assign(risk=risk, at_risk=risk * rows["arr"])
    said = company.voices.groupby("customer_id")["happened_on"].max()
    found["said_on"] = said.reindex(rows["customer_id"]).to_numpy()
    for name in ("score", "handoffs"):
        found[name] = known.get(name, np.nan)
    found["reasons"] = reasons(model, known)
    return rank(found, costs, hours)


def rank(rows: pd.DataFrame, costs: Costs, hours: float | None = None) -> pd.DataFrame:
    """A :func:`queue` ordered and banded anew, by other costs or hours.

    Parameters
    ----------
    rows : DataFrame
        A queue.
    costs : Costs
    hours : float, optional
        The hours there are for it; default: as many as it takes.
    """
    columns = ["customer_id", "name", "product", "renews_on", "days", "age", "arr", "risk"]
    columns += ["at_risk", "gain", "band", "score", "said_on", "handoffs", "reasons"]
    return _banded(rows, costs, hours)[columns].reset_index(drop=True)


def _banded(rows: pd.DataFrame, costs: Costs, hours: float | None) -> pd.DataFrame:
    """Renewals with gain and band, in the order in which to work on them."""
    if hours is not None:
        checks.number("rank", "hours", hours, least=0)
    kept = rows["at_risk"] * _effect(rows["days"], costs) * costs.margin
    found = rows.assign(gain=kept - costs.hours * costs.hour)
    found["band"] = np.where(found["gain"] > 0, HIGH, LOW)
    found.loc[found["age"] < costs.young, "band"] = NEW
    found = found.sort_values(["gain", "customer_id"], ascending=[False, True], kind="stable")
    if hours is not None:
        worked = (found["band"] == HIGH).cumsum() * costs.hours <= hours
        found["band"] = found["band"].mask((found["band"] == HIGH) & ~worked, MEDIUM)
    return found


def bands(rows: pd.DataFrame) -> pd.Series:
    """A band by customer, from a :func:`queue`: of several renewals the most pressing counts.

    Customers that are new have none. The bands are those of ``ownership.calendar``.
    """
    judged = rows[rows["band"] != NEW]
    order = {band: place for place, band in enumerate(BANDS)}
    first = judged.sort_values("band", key=lambda band: band.map(order), kind="stable")
    return first.drop_duplicates("customer_id").set_index("customer_id")["band"]


def judge_bands(
    predictions: pd.DataFrame, costs: Costs = Costs(), hours: float | None = None, *, seed: int = 0
) -> pd.DataFrame:
    """Would the bands have pointed at the losses?  Past renewals, banded as they would have been then.

    Parameters
    ----------
    predictions : DataFrame
        As :func:`~cstoolkit.health.backtest` returns them, of one lead; with the column `logistic`.
    costs : Costs
    hours : float, optional
        The hours there were in a quarter; default: as many as it takes.
    seed : int
        Of the interval: renewals drawn anew, with replacement, 1,000 times.

    Returns
    -------
    pandas.DataFrame
        One row a band, the most pressing first: band, renewals, churned, share, low, high (of those
        that churned; customers with several taken as clusters, 95%), loss, loss_low, loss_high (ARR
        that churned, currency a year and renewal), found (share of all ARR that churned).
    """
    rows = predictions.rename(columns={"logistic": "risk", "lead": "days"})
    rows = rows.assign(at_risk=rows["risk"] * rows["arr"], lost=rows["arr"] * rows["churned"])
    rows = pd.concat([_banded(part, costs, hours) for _, part in rows.groupby("quarter")])
    rng, found = np.random.default_rng(seed), []
    for band in (HIGH, MEDIUM, LOW, NEW):
        part = rows[rows["band"] == band]
        if part.empty:
            continue
        share = clustered_share(part["churned"], part["customer_id"])
        lost, size = part["lost"].to_numpy(), len(part)
        drawn = rng.multinomial(size, np.full(size, 1 / size), 1000) @ lost / size
        loss = (lost.mean(), *np.quantile(drawn, [0.025, 0.975]))
        whole = rows["lost"].sum()
        found.append((band, size, part["churned"].sum(), *share, *loss, lost.sum() / whole))
    columns = ["band", "renewals", "churned", "share", "low", "high"]
    columns += ["loss", "loss_low", "loss_high", "found"]
    return pd.DataFrame(found, columns=columns)


def horizons(rows: pd.DataFrame) -> pd.DataFrame:
    """ARR at risk by the time that is left, from a :func:`queue`.

    Returns
    -------
    pandas.DataFrame
        One row each of ``HORIZONS``: days (renewals due within them), renewals, arr, at_risk (expected
        loss), kept (expected gain of acting on all that are worth it and within the hours).
    """
    found = []
    for days in HORIZONS:
        due = rows[rows["days"] <= days]
        acted = due.loc[due["band"] == HIGH, "gain"].sum()
        found.append((days, len(due), due["arr"].sum(), due["at_risk"].sum(), acted))
    return pd.DataFrame(found, columns=["days", "renewals", "arr", "at_risk", "kept"])


def forecast(
    rows: pd.DataFrame,
    score: str = "risk",
    *,
    by: str | None = None,
    level: float = 0.9,
    seed: int = 0,
    draws: int = 4000,
) -> pd.DataFrame:
    """The ARR that will churn of renewals, with its interval.

    Parameters
    ----------
    rows : DataFrame
        Renewals with arr and a probability of churn: a :func:`queue`, or a
        :func:`~cstoolkit.health.backtest` (then `churned` is told beside the forecast).
    score : str
        The column of the probability.
    by : str, optional
        A column to forecast apart by, such as "quarter".
    level : float
        Of the interval: renewals are decided one by one, each with its probability. That the model
        itself may be off is not in it; the back-test shows how much that matters.
    seed, draws : int
        Of the simulation.

    Returns
    -------
    pandas.DataFrame
        One row a part: renewals, arr, expected, low, high (ARR that churns) and, of the past, actual.
    """
    checks.count("forecast", "draws", draws, least=100)
    tail = (1 - level) / 2
    found = []
    for name, part in [("all", rows)] if by is None else rows.groupby(by, observed=True):
        rng = np.random.default_rng(seed)
        arr, risk = part["arr"].to_numpy(float), part[score].to_numpy(float)
        lost = np.array([arr[rng.random(len(arr)) < risk].sum() for _ in range(draws)])
        low, high = np.quantile(lost, [tail, 1 - tail])
        row = {} if by is None else {by: name}
        row |= {"renewals": len(part), "arr": arr.sum(), "expected": (arr * risk).sum()}
        row |= {"low": low, "high": high}
        if "churned" in part:
            row["actual"] = arr[part["churned"].to_numpy(bool)].sum()
        found.append(row)
    return pd.DataFrame(found)


def reasons(model: Model, known: pd.DataFrame, top: int = 2) -> pd.Series:
    """What raises each customer's risk most, in words; empty text where nothing does.

    Parameters
    ----------
    model : Model
        Of kind "logistic".
    known : DataFrame
        Measures, as :func:`~cstoolkit.health.features` returns them.
    top : int
        At most so many a customer.
    """
    parts = model.reasons(known)
    order = np.argsort(-parts.to_numpy(), axis=1, kind="stable")[:, :top]
    found = []
    for row, places in zip(range(len(parts)), order, strict=True):
        names = [parts.columns[place] for place in places if parts.iat[row, place] > 0]
        found.append("; ".join(shown(name, known[name].iat[row]) for name in names))
    return pd.Series(found, index=known.index, dtype="str")


def moves(company: Company, model: Model, days: int = 30) -> pd.DataFrame:
    """What moved the risk of live customers since some days ago.

    Parameters
    ----------
    company : Company
    model : Model
        Of kind "logistic".
    days : int
        How long ago.

    Returns
    -------
    pandas.DataFrame
        customer_id, before, now (probabilities of churn), measure (that moved most in the direction
        of the change), moved (its part of the change, log-odds), said (its value in words); the largest
        rise first. Customers live on both days.
    """
    checks.count("moves", "days", days, least=1)
    then = checked(company).as_of - pd.Timedelta(days=days)
    live = pd.Index(company.snapshot()["customer_id"])
    stayed = live[live.isin(company.snapshot(then)["customer_id"])]
    known, risk, parts = [], [], []
    for day in (then, company.as_of):
        rows = pd.DataFrame({"customer_id": stayed, "day": day}, index=stayed)
        known.append(features(company, rows))
        risk.append(model.risk(known[-1]))
        parts.append(model.reasons(known[-1]))
    change = parts[1] - parts[0]
    up = np.sign(risk[1] - risk[0])
    most = change.mul(up, axis=0).idxmax(axis=1)
    moved = [change.at[who, name] for who, name in most.items()]
    words = [shown(name, known[1].at[who, name]) for who, name in most.items()]
    found = pd.DataFrame(
        {"customer_id": stayed, "before": risk[0].to_numpy(), "now": risk[1].to_numpy()}
    ).assign(measure=most.to_numpy(), moved=moved, said=words)
    rise = (found["before"] - found["now"]).sort_values(kind="stable")
    return found.loc[rise.index].reset_index(drop=True)


def coming(company: Company, within: int = 180) -> pd.DataFrame:
    """The renewals that come up: contracts that run, with a planned end and no successor signed.

    Parameters
    ----------
    company : Company
    within : int
        Days after `as_of` in which they are due, at least 1.

    Returns
    -------
    pandas.DataFrame
        One row a renewal, the next one first: customer_id, name, product, renews_on, arr (currency a
        year), day (`as_of`), days (left), age (days as a customer).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> bool(coming(cs.load_company(), 30)["days"].between(1, 30).all())
    True
    """
    terms = checked(company).renewals
    checks.count("coming", "within", within, least=1)
    days = (terms["renews_on"] - company.as_of) / pd.Timedelta(days=1)
    running = (terms["starts_on"] <= company.as_of) & (terms["until"] > company.as_of)
    due = running & terms["signed_on"].isna() & days.between(1, within)
    rows = terms[due].assign(day=company.as_of, days=days[due].astype("int64"))
    named = company.customers.set_index("customer_id")["name"]
    name = rows["customer_id"].map(named).fillna(rows["customer_id"])
    rows = rows.assign(name=name, age=ages(company, rows)).reset_index(drop=True)
    return rows[["customer_id", "name", "product", "renews_on", "arr", "day", "days", "age"]]
