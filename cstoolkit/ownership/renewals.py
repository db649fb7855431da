"""The renewal as a joint play of CS and sales, laid over the renewals that come up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import checks, lifecycle, stats, tables
from cstoolkit.assumptions import assumption
from cstoolkit.data.company import Company, MissingData, checked

BANDS = ("low", "medium", "high")
"""Bands of churn risk, the lowest first."""
NOT_RATED = "not rated"
NO_SIGN = "no sign"
MOST_BANDS = len(BANDS)
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class RiskRules:
    """How churn by sign is measured; no source gives figures, all are ours.

    Examples
    --------
    >>> RiskRules(horizon=0)
    Traceback (most recent call last):
    ValueError: RiskRules: horizon is a whole number of at least 1, got 0.
    """

    horizon: int = assumption(
        90, unit="days", low=30, high=180, says="how long before its end a renewal is looked at"
    )
    least: int = assumption(
        10, unit="renewals", low=5, high=50, says="past renewals from which on churn is measured"
    )

    def __post_init__(self) -> None:
        for name in ("horizon", "least"):
            checks.count("RiskRules", name, getattr(self, name), least=1)


def play(band: str | None = None) -> pd.DataFrame:
    """Who does what at 180, 120, 90, 60 and 30 days before a renewal (``play.csv``).

    S3 has churn risk judged from the health score and from what customers say, and CS and sales act
    together; earlier detection with a prepared usage proposal is linked to better results. The days
    and the split by band are ours.

    Parameters
    ----------
    band : str, optional
        One band (low, medium, high) alone.

    Returns
    -------
    pandas.DataFrame
        days, band, responsible, taking_part, informed, action, source; the farthest step first.

    References
    ----------
    S1, S3 (docs/sources.md).

    Examples
    --------
    >>> play("high").query("days == 120")["taking_part"].item()
    'sales'
    """
    frame = tables.read("ownership", "play")
    if band is None:
        return frame
    checks.one_of("play", "a risk band", band, BANDS)
    return frame[frame["band"] == band].reset_index(drop=True)


def calendar(
    company: Company, risk: Mapping[str, str] | pd.Series, *, within: int = 180
) -> pd.DataFrame:
    """The play laid over the renewals that come up, one row a renewal and step, the next one first.

    A renewal is the planned end of a level that runs on `as_of` and has no successor yet;
    open-ended contracts have none. Levels of a customer that end on one day are one renewal.

    Parameters
    ----------
    company : Company
    risk : dict or Series
        A band (low, medium, high) by customer_id. A customer without one is *not rated*, and its
        one step is to judge the risk, today.
    within : int
        Days after `as_of` in which the renewals are due, at least 1.

    Returns
    -------
    pandas.DataFrame
        customer_id, name, renews_on, arr (due on that day, currency a year), band, days, due_on,
        status
        (past: a later step is due already; now: the step that should be going on; to come),
        responsible, taking_part, informed, action, csm (person_id; missing: none).

    Raises
    ------
    ValueError
        For a band that there is not.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> company = cs.load_company()
    >>> rows = calendar(company, risk_bands(company), within=30)
    >>> now = rows[rows["status"] == "now"]
    >>> bool(now.duplicated(["customer_id", "renews_on"]).any())
    False
    """
    checks.count("calendar", "within", within, least=1)
    bands = pd.Series(risk, dtype="object").dropna()
    for band in bands.unique():
        checks.one_of("calendar", "a risk band", band, BANDS)
    due = _due(company, within)
    due["band"] = due["customer_id"].map(bands).astype("object").fillna(NOT_RATED)
    rated = due.merge(play().drop(columns="source"), on="band")
    rated["due_on"] = rated["renews_on"] - pd.to_timedelta(rated["days"], unit="D")
    begun = rated["due_on"] <= company.as_of
    # Of a renewal farther away than the first step, the first one may begin now.
    going = rated["days"].where(begun).groupby([rated["customer_id"], rated["renews_on"]])
    going = going.transform("min").fillna(rated["days"].max())
    rated["status"] = begun.map({True: "past", False: "to come"})
    rated.loc[rated["days"] == going, "status"] = "now"
    unrated = due[due["band"] == NOT_RATED].assign(
        days=lambda rows: (rows["renews_on"] - company.as_of).dt.days,
        due_on=company.as_of,
        status="now",
        responsible="CS",
        taking_part="",
        informed="",
        action="judge the churn risk: it has not been rated",
    )
    columns = ["customer_id", "name", "renews_on", "arr", "band", "days", "due_on", "status"]
    columns += ["responsible", "taking_part", "informed", "action", "csm"]
    rows = pd.concat([rated, unrated], ignore_index=True)[columns]
    order = ["renews_on", "customer_id", "due_on"]
    return rows.sort_values(order, kind="stable", ignore_index=True)


def _followed(company: Company) -> pd.DataFrame:
    """The levels, with the start and the signing of the next one of the same product."""
    levels = company.levels
    groups = levels.groupby([levels["customer_id"], levels["product"].fillna("")])
    return levels.join(groups[["starts_on", "signed_on"]].shift(-1).add_prefix("next_"))


def _coming(levels: pd.DataFrame, day: pd.Timestamp, within: int, grace: int) -> pd.DataFrame:
    """The levels that end within so many days of a day, without a successor known on that day."""
    near = (levels["ends_on"] > day) & (levels["ends_on"] <= day + within * DAY)
    rows = levels[near]
    known = (rows["starts_on"] <= day) & (rows["signed_on"] <= day)
    late = rows["ends_on"] + grace * DAY
    renewed = (rows["next_starts_on"] <= late) & (rows["next_signed_on"] <= day)
    return rows[known & ~(rows["stopped_on"] <= day) & ~renewed]


def _due(company: Company, within: int) -> pd.DataFrame:
    """Renewals that come up: customer_id, renews_on, arr, csm, name."""
    rows = _coming(_followed(company), company.as_of, within, company.grace_days)
    rows = rows[~(rows["stopped_on"] <= rows["ends_on"])]
    frame = rows.groupby(["customer_id", "ends_on"], as_index=False)["arr"].sum()
    held = company.open("assignments")
    held = held[held["role"].fillna("").str.casefold().str.contains("csm")]
    csm = held.drop_duplicates("customer_id", keep="last").set_index("customer_id")["person_id"]
    names = company.customers.set_index("customer_id")["name"]
    return frame.rename(columns={"ends_on": "renews_on"}).assign(
        csm=frame["customer_id"].map(csm), name=frame["customer_id"].map(names)
    )


def risk_bands(company: Company, rules: RiskRules | None = None) -> pd.Series:
    """The band of churn risk of each live customer, by the signs that it shows now.

    For as long as no health score is at hand: churn is measured by sign on this company's own past,
    see :func:`risk_signs`.

    Parameters
    ----------
    company : Company
        With usage or milestones.
    rules : RiskRules, optional

    Returns
    -------
    pandas.Series
        A band by customer_id; missing where too few past renewals showed the same signs, or where
        no sign told those who left from those who stayed.

    Raises
    ------
    MissingData
        Without both tables.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> set(risk_bands(cs.load_company()).dropna()) <= set(BANDS)
    True
    """
    live = checked(company).snapshot()[["customer_id"]].assign(day=company.as_of)
    band = risk_signs(company, rules).set_index("signs")["band"]
    bands = _signs(company, live).map(band).rename("band")
    return bands.set_axis(pd.Index(live["customer_id"], name="customer_id"))


def risk_signs(company: Company, rules: RiskRules | None = None) -> pd.DataFrame:
    """How many left at renewals past, by the signs that were known before: the bands' evidence.

    At each past quarter end, the renewals of the days after it are looked at by what was known on
    that day: did usage stall, had basic value come? Those that are decided by `as_of` count.

    Customers without a sign are at *low* risk, and so are those with signs at which no more left.
    The other combinations follow by the share that left; two that cannot be told apart (95%) are
    one band. *Estimated*: a sign tells who leaves, not why.

    Parameters
    ----------
    company : Company
        With usage or milestones.
    rules : RiskRules, optional

    Returns
    -------
    pandas.DataFrame
        One row a combination of signs, the lowest share first: signs, decisions (renewals), left,
        share, low, high (95%, Wilson, for customers with several), band (missing: none), says.

    Raises
    ------
    MissingData
        Without both tables.

    References
    ----------
    S3 has churn risk judged before a renewal; signs and bands are ours. Two shares: Newcombe
    (1998), Interval estimation for the difference between independent proportions.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> bool(risk_signs(cs.load_company())["share"].dropna().is_monotonic_increasing)
    True
    """
    rules = rules or RiskRules()
    return _measured(_history(company, rules), rules)


def risk_back_test(company: Company, rules: RiskRules | None = None) -> pd.DataFrame:
    """Would the bands have ordered churn?  Learned at each quarter end, judged on what followed.

    Parameters
    ----------
    company : Company
        With usage or milestones.
    rules : RiskRules, optional

    Returns
    -------
    pandas.DataFrame
        One row a band, the lowest first: band (with *not rated*), decisions, left, share, low, high
        (as in :func:`risk_signs`), says (whether more left than in the band below).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> risk_back_test(cs.load_company())["band"].iloc[0] in {*BANDS, NOT_RATED}
    True
    """
    rules = rules or RiskRules()
    history = _history(company, rules)
    history["band"] = NOT_RATED
    for day, rows in history.groupby("day"):
        learned = _measured(history[history["decided_on"] <= day], rules).dropna(subset="band")
        band = rows["signs"].map(dict(zip(learned["signs"], learned["band"], strict=True)))
        history.loc[rows.index[band.notna()], "band"] = band.dropna()
    groups = [[band] for band in (*BANDS, NOT_RATED) if (history["band"] == band).any()]
    frame = _shares(history, "band", groups).rename(columns={"group": "band"})
    apart = [None, *(_apart(frame, place) for place in range(1, len(frame)))]
    verdicts = ["first" if gap is None else "above" if gap > 0 else "not above" for gap in apart]
    frame["says"] = _words(np.where(frame["band"] == NOT_RATED, "not rated", verdicts))
    return frame


def _history(company: Company, rules: RiskRules) -> pd.DataFrame:
    """Past renewals and what was known at the quarter end before: customer_id, day, decided_on
    (when it was sure), left, signs."""
    levels, grace = _followed(checked(company)), company.grace_days
    ends = pd.date_range(levels["starts_on"].min(), company.as_of, freq="QE")
    past = [_coming(levels, day, rules.horizon, grace).assign(day=day) for day in ends]
    rows = pd.concat([levels.iloc[:0].assign(day=company.as_of), *past], ignore_index=True)
    rows["decided_on"] = rows["ends_on"] + grace * DAY
    rows = rows[rows["decided_on"] <= company.as_of].reset_index(drop=True)
    # A renewal leaves something of the product in force after the end, in time or a little late.
    keys = ["customer_id", "product"]
    after = levels[[*keys, "starts_on", "until"]].rename(columns={"until": "runs_to"})
    both = rows[[*keys, "ends_on", "decided_on"]].reset_index().merge(after, on=keys)
    goes_on = (both["starts_on"] <= both["decided_on"]) & (both["runs_to"] > both["ends_on"])
    rows["left"] = ~rows.index.isin(both.loc[goes_on, "index"])
    rows["signs"] = _signs(company, rows)
    return rows[["customer_id", "day", "decided_on", "left", "signs"]]


def _signs(company: Company, rows: pd.DataFrame) -> pd.Series:
    """The signs of each customer_id as known on its day: those that there are, in words."""
    watched, reached = company.has("usage", "active_users"), company.has("milestones", "milestone")
    if not watched and not reached:
        raise MissingData(company.lacks(usage=["active_users"], milestones=["milestone"]))
    stalled = without = np.zeros(len(rows), bool)
    if watched:
        found = lifecycle.stalls(company)[["customer_id", "found_on", "ended_on"]]
        both = rows[["customer_id", "day"]].reset_index().merge(found, on="customer_id")
        now = (both["found_on"] <= both["day"]) & ~(both["ended_on"] <= both["day"])
        stalled = rows.index.isin(both.loc[now, "index"])
    if reached:
        value = company.milestones["milestone"].isin(["basic_value", "exceeded_value"])
        first = company.milestones[value].groupby("customer_id")["happened_on"].min()
        without = ~(first.reindex(rows["customer_id"]).to_numpy() <= rows["day"].to_numpy())
    names = ["stalled, no value yet", "stalled", "no value yet"]
    signs = np.select([stalled & without, stalled, without], names, NO_SIGN)
    return pd.Series(signs, rows.index, dtype="str")


def _measured(history: pd.DataFrame, rules: RiskRules) -> pd.DataFrame:
    """The table of :func:`risk_signs` from past renewals."""
    every = [[signs] for signs in history["signs"].unique()]
    frame = _shares(history, "signs", every).rename(columns={"group": "signs"})
    frame = frame.sort_values(["share", "signs"], ignore_index=True)
    enough = frame.loc[frame["decisions"] >= rules.least, ["signs", "share"]]
    usual = enough.loc[enough["signs"] == NO_SIGN, "share"]
    frame["band"], frame["says"] = None, "too few"
    if len(usual):
        below = enough["share"] <= usual.item()
        groups = [
            enough.loc[below, "signs"].to_list(),
            *([one] for one in enough.loc[~below, "signs"]),
        ]
        groups = _told_apart(history, groups)
        names = [None] if len(groups) == 1 else ["low", "high"] if len(groups) == 2 else BANDS
        band = {signs: name for group, name in zip(groups, names) for signs in group}
        frame["band"] = frame["signs"].map(band).astype("object")
        says = frame["band"].fillna("usual")
        says = says.mask(frame["signs"].isin(groups[0]) & (frame["signs"] != NO_SIGN), "no order")
        frame["says"] = says.where(frame["signs"].isin(enough["signs"]), "too few")
    frame["says"] = _words(frame["says"])
    return frame


def _told_apart(history: pd.DataFrame, groups: list[list[str]]) -> list[list[str]]:
    """Neighbours joined until each group has surely more churn than the one before it."""
    while len(groups) > 1:
        frame = _shares(history, "signs", groups)
        gaps = [_apart(frame, place) for place in range(1, len(groups))]
        least = int(np.argmin(gaps))
        if gaps[least] > 0 and len(groups) <= MOST_BANDS:
            break
        joined = groups[least] + groups[least + 1]
        groups = [*groups[:least], joined, *groups[least + 2 :]]
    return groups


def _apart(frame: pd.DataFrame, place: int) -> float:
    """The least by which a row's share lies above that of the row before (95%, Newcombe)."""
    below, above = frame.iloc[place - 1], frame.iloc[place]
    half = np.hypot(above["share"] - above["low"], below["high"] - below["share"])
    return float(above["share"] - below["share"] - half)


def _shares(history: pd.DataFrame, column: str, groups: list[list[str]]) -> pd.DataFrame:
    """How many left in each group of values: group (its first value), decisions, left, shares."""
    rows = []
    for group in groups:
        mine = history[history[column].isin(group)]
        share = stats.clustered_share(mine["left"], mine["customer_id"])
        rows.append((group[0], len(mine), int(mine["left"].sum()), *share))
    return pd.DataFrame(rows, columns=["group", "decisions", "left", "share", "low", "high"])


def _words(verdicts) -> list[str]:
    said = tables.read("ownership", "risk").set_index("verdict")["says"]
    return said[list(verdicts)].to_list()
