"""Where does usage stall, what is to be done about it, and how good is the monitoring?

Signals are held against each customer's own past and against its peers, as of each month's end:
what is remembered of a month is all that the next one knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import assumptions, tables
from cstoolkit.data.company import Company, checked
from cstoolkit.data.contract import PHASES
from cstoolkit.days import NEVER, dates, day, month_of, month_start
from cstoolkit.lifecycle.journeys import Journeys, Peers
from cstoolkit.lifecycle.phasing import PhaseRules, current, intervals, main_phase
from cstoolkit.stats import clustered_share, median_interval

SIGNALS = ("users", "features", "frequency")
"""People who logged in, features used, how often those who use it log in."""

ENDS = ("recovered", "accepted", "left")
"""How a stall ends: usage is back; so long low that it is the new past; no customer any more."""

GONE_DAYS = 100
"""After so long without usage a customer begins anew."""

SHORT_DAYS = 30
"""Stalls shorter than that cannot show in monthly figures: nobody asks for them."""

LATE_DAYS = 31
"""A find is right so long after the end of a stall: a month's figures are known at its end."""

_FIGURES = ("users", "share", "features", "frequency")
_PAST = [_FIGURES.index(signal) for signal in SIGNALS]
_HALF = 0.5
"""None counts as half, so that there is a logarithm."""

_TIE = 1e-9
"""So close to a limit a change lies on it, whatever the order in which its past was added up."""

_BOUND = 0.5
"""How far (on the log scale) one customer can move the typical change of its peers."""

_RULES = assumptions.read("lifecycle", "StallRules")


@dataclass(frozen=True, kw_only=True)
class StallRules:
    """When low usage counts as a stall. The figures, all ours, stand in `lifecycle/rules.csv`.

    A signal is *low* in a month if it lies `drop` or more below the customer's own past, after what
    its peers' signal did in the same month is taken out. A run of low months is a *stall* once it
    is too low for too long to be chance: its mean lies `certainty` standard errors below the past.
    The error counts chance in small numbers of people (binomial) and `noise` from month to month.

    Parameters
    ----------
    signals : tuple of str
        Some of ``SIGNALS``.
    drop : float
        Share.
    certainty : float
        Standard errors.
    noise : float
        Standard deviation on the log scale.
    past_months, least_months, accept_months : int
        Months.
    least_peers : int
        Customers.

    Raises
    ------
    ValueError
        For rules that cannot be.

    References
    ----------
    S1 (docs/sources.md): the signals, without figures.

    Examples
    --------
    >>> StallRules(drop=30)
    Traceback (most recent call last):
    ValueError: StallRules: drop is a share above 0 and up to 1, got 30. For 30% write 0.30.
    """

    signals: tuple[str, ...] = SIGNALS
    drop: float = _RULES["drop"]
    certainty: float = _RULES["certainty"]
    noise: float = _RULES["noise"]
    past_months: float = _RULES["past_months"]
    least_months: float = _RULES["least_months"]
    least_peers: float = _RULES["least_peers"]
    accept_months: float = _RULES["accept_months"]

    def __post_init__(self) -> None:
        assumptions.check(self)
        if not self.signals or not set(self.signals) <= set(SIGNALS):
            raise ValueError(
                f"StallRules: signals are some of {', '.join(SIGNALS)}, "
                f"got {', '.join(self.signals) or 'none'}."
            )
        if self.least_months > self.past_months:
            raise ValueError(
                f"StallRules: least_months ({self.least_months:g}) is more than past_months "
                f"({self.past_months:g}); the shortest past fits into the past."
            )


def stalls(
    company: Company, rules: StallRules | None = None, phase_rules: PhaseRules | None = None
) -> pd.DataFrame:
    """The stalls found in `company.usage`, each on the day it could be found by what was known.

    Each month is judged with earlier months only, so ``stalls(company.at(date))`` is this table up
    to `date`, apart from ends that came later (and from the phase, where a late renewal changes
    it). `users` counts as low only if both the people active and their share of the seats fell, so
    that neither more seats nor a contraction is taken for a stall.

    Needs ``usage.active_users``; seats, logins and features_used sharpen it. What is found is
    *estimated*: see :func:`score_stalls`.

    Parameters
    ----------
    company : Company
    rules : StallRules, optional
    phase_rules : PhaseRules, optional

    Returns
    -------
    DataFrame
        One row a stall, in order of found_on, then customer: customer_id, found_on (the last day of
        the month whose figures gave it away), since (first day of the run of low months), ended_on
        (last day of the month in which it was over, or the day of the churn; empty: still so),
        ended_by (see ``ENDS``), users, features, frequency (that month against the customer's own
        past, 1 = as before; missing where not comparable), against_peers (the reason's signal
        against the own past, the peers' change taken out), reason (the signal with the strongest
        evidence), phase (main phase on found_on), next_action (see :func:`actions`).

    Raises
    ------
    MissingData
        Without ``usage.active_users``.

    References
    ----------
    S1 (docs/sources.md): the signals and the next actions; the statistic is ours.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = stalls(cs.load_company().at("2023-12-31"))
    >>> bool((found["found_on"] <= "2023-12-31").all())
    True
    """
    checked(company).need(usage=["active_users"])
    journeys = Journeys.of(company)
    usage, peers = company.usage, Peers(company, journeys)
    watch = _Watch(rules or StallRules(), len(journeys.ids))
    customer = journeys.numbers(usage["customer_id"])
    columns = ["active_users", "seats", "logins", "features_used"]
    values = usage[columns].to_numpy(float).T
    for month, rows in sorted(usage.groupby("month").indices.items()):
        rows = rows[customer[rows] >= 0]
        now = np.full((len(columns), len(journeys.ids)), np.nan)
        now[:, customer[rows]] = values[:, rows]
        start = day(month)
        end = int(month_start(month_of(start) + 1)) - 1
        here = np.zeros(len(journeys.ids), bool)
        here[customer[rows]] = True
        watch.month(start, end, here, now, peers.at(end))
    return _frame(watch, company, journeys, phase_rules or PhaseRules())


def actions() -> pd.DataFrame:
    """The next action for each phase and reason of a stall, as `lifecycle/actions.csv` has it.

    The source names the means (training for other users, other features, use cases, check-ins,
    reviews tied to goals) and the phases they belong to. That an offer waits while use stalls is
    ours: the source wants offers to arise from a need seen in monitoring.

    Returns
    -------
    DataFrame
        One row a phase and reason: phase, reason, next_action, source.

    References
    ----------
    S1 (docs/sources.md).

    Examples
    --------
    >>> table = actions().set_index(["phase", "reason"])
    >>> table.loc[("adoption", "users"), "next_action"]
    'class for other users'
    """
    return tables.read("lifecycle", "actions")


def worklist(
    company: Company, found: pd.DataFrame | None = None, phase_rules: PhaseRules | None = None
) -> pd.DataFrame:
    """The stalls that are open on `company.as_of`, those with most ARR first.

    ARR decides the order only: it says what is at stake, not who can be helped.

    Parameters
    ----------
    company : Company
    found : DataFrame, optional
        What :func:`stalls` gives for this company; by default with its default rules.
    phase_rules : PhaseRules, optional

    Returns
    -------
    DataFrame
        One row a customer in a stall: customer_id, arr (currency a year), phase (main phase on
        `as_of`, which may be another than when the stall was found), since (first day of the run of
        low months), months (so many months of usage ago), reason, next_action (for that phase and
        reason).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> table = worklist(cs.load_company())
    >>> bool(table["arr"].is_monotonic_decreasing), bool(table["customer_id"].is_unique)
    (True, True)
    """
    found = stalls(company, phase_rules=phase_rules) if found is None else found
    result = found.loc[found["ended_on"].isna(), ["customer_id", "since", "reason"]]
    result = result.merge(company.snapshot()[["customer_id", "arr"]], on="customer_id")
    now = current(company, rules=phase_rules)[["customer_id", "phase"]]
    result = result.merge(now, on="customer_id")
    today, since = company.as_of + pd.Timedelta(days=1), result["since"].dt
    result["months"] = 12 * (today.year - since.year) + today.month - since.month
    result["next_action"] = _next_actions(result["phase"].array, result["reason"].array)
    result = result.sort_values(["arr", "customer_id"], ascending=[False, True], ignore_index=True)
    return result[["customer_id", "arr", "phase", "since", "months", "reason", "next_action"]]


def score_stalls(
    found: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    until: str | pd.Timestamp,
    spans: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Precision, recall and lead time of the stalls found, against the stalls that there were.

    A find is right if it lies inside a true stall of that customer or up to 31 days after it (a
    month's figures are known at its end). Stalls of less than 30 days are not asked for (monthly
    figures cannot show them), but finding one is right. On the bundled company this is *estimated*
    against the published truth; of one's own company no truth is known.

    Parameters
    ----------
    found : DataFrame
        What :func:`stalls` gives (customer_id, found_on).
    truth : DataFrame
        customer_id, starts_on, ends_on (empty: still so on `until`), as ``cs.load_truth().stalls``.
    until : str or Timestamp
        The day up to which both reach.
    spans : DataFrame, optional
        ``company.spans``: then also how long before their churn those who left were found.

    Returns
    -------
    DataFrame
        One row a measure: measure, value, low, high (95% interval), n (of how many).

        - precision: right finds / finds; recall: true stalls found / true stalls. The intervals
          count rows of one customer as belonging together.
        - delay_days: median days from a stall's start to its first find; left_days: median days
          that the stall still went on from there (those still open count up to `until`).
        - lead_days: median days from the last find of the year before churn to the churn;
          lead_share: share of those who left who were found at least 30 days before.

    Raises
    ------
    ValueError
        Where `until` lies before some of the stalls.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> found = pd.DataFrame({"customer_id": ["a", "b"], "found_on": day(["2024-03-31"] * 2)})
    >>> truth = pd.DataFrame({"customer_id": ["a", "c"]})
    >>> truth["starts_on"] = day(["2024-03-04", "2024-01-01"])
    >>> truth["ends_on"] = day(["2024-06-01", "2024-05-01"])
    >>> score_stalls(found, truth, until="2024-12-31").set_index("measure")["value"].to_dict()
    {'precision': 0.5, 'recall': 0.5, 'delay_days': 27.0, 'left_days': 62.0}
    """
    last = pd.Timestamp(until)
    found = found[["customer_id", "found_on"]].reset_index(drop=True)
    truth = truth[["customer_id", "starts_on", "ends_on"]].reset_index(drop=True)
    if (found["found_on"] > last).any() or (truth["starts_on"] > last).any():
        raise ValueError(
            f"until ({last:%Y-%m-%d}) lies before some of the stalls: give the day up to which "
            "both "
            "tables reach."
        )
    truth["ends_on"] = truth["ends_on"].fillna(last).clip(upper=last)
    actual = truth.reset_index(names="stall")
    pairs = found.reset_index(names="find").merge(actual, on="customer_id")
    late = pairs["ends_on"] + pd.Timedelta(days=LATE_DAYS)
    pairs = pairs[pairs["found_on"].between(pairs["starts_on"], late)]
    right = found.index.isin(pairs["find"])
    asked = truth[(truth["ends_on"] - truth["starts_on"]).dt.days >= SHORT_DAYS]
    hit = asked.index.isin(pairs["stall"])
    first = pairs[pairs["stall"].isin(asked.index)].sort_values("found_on").drop_duplicates("stall")
    delay = (first["found_on"] - first["starts_on"]).dt.days
    left = (first["ends_on"] - first["found_on"]).dt.days.clip(lower=0)
    rows = [
        ("precision", *clustered_share(right, found["customer_id"]), len(found)),
        ("recall", *clustered_share(hit, asked["customer_id"]), len(asked)),
        ("delay_days", *median_interval(delay), len(first)),
        ("left_days", *median_interval(left), len(first)),
    ]
    if spans is not None:
        churned = spans[spans["ends_on"].notna() & ~spans["pending"]].reset_index(names="span")
        before = churned[["span", "customer_id", "ends_on"]].merge(found, on="customer_id")
        lead = (before["ends_on"] - before["found_on"]).dt.days
        lead = lead[(lead >= 0) & (lead < 365)].groupby(before["span"]).agg(["min", "max"])
        warned = churned["span"].isin(lead.index[lead["max"] >= 30])
        rows += [
            ("lead_days", *median_interval(lead["min"]), len(lead)),
            ("lead_share", *clustered_share(warned, churned["customer_id"]), len(churned)),
        ]
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high", "n"])


class _Watch:
    """The state of the monitoring after a month, one place a customer; and the record of stalls."""

    def __init__(self, rules: StallRules, customers: int) -> None:
        self.rules = rules
        # The last months of every figure, those of a stall left out, in a ring; how many were kept.
        self.ring = np.zeros((len(_FIGURES), int(rules.past_months), customers))
        self.kept = np.zeros((len(_FIGURES), customers), np.int64)
        # The run of low months of every signal: how many, the sum of their changes, the first day.
        self.run = np.zeros((len(SIGNALS), customers), np.int64)
        self.total = np.zeros((len(SIGNALS), customers))
        self.since = np.zeros((len(SIGNALS), customers), np.int64)
        # The stall that is open, by its place in the record, and its signal.
        self.open = np.full(customers, -1)
        self.signal = np.zeros(customers, np.int64)
        self.seen = np.full(customers, -NEVER)
        self.count = 0
        self.opened: list[pd.DataFrame] = []
        self.closed: list[pd.DataFrame] = []

    def month(
        self, start: int, end: int, here: np.ndarray, now: np.ndarray, group: np.ndarray
    ) -> None:
        """Judge one month by what earlier months left behind, then remember it.

        `now` has users, seats, logins, features by customer, `here` who has a row, `group` their
        peers.
        """
        rules = self.rules
        self._forget(here & (end - self.seen > GONE_DAYS))
        self.seen[here] = end
        users, seats, logins, features = now
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(seats > 0, users / seats, np.nan)
            frequency = np.where(users > 0, logins / users, np.nan)
        figures = np.stack([users, share, features, frequency])
        months = np.minimum(self.kept, int(rules.past_months))
        past = self.ring.sum(axis=1) / np.maximum(months, 1)
        past[months < rules.least_months] = np.nan
        change = _changes(figures, past, seats)
        beside = np.full_like(change, np.nan)
        for place, signal in enumerate(SIGNALS):
            if signal in rules.signals:
                usual = _typical(change[place], group, int(rules.least_peers))
                beside[place] = change[place] - usual
        low = beside <= np.log1p(-rules.drop) + _TIE
        fresh = low & (self.run == 0)
        self.since[fresh] = start
        self.total = np.where(low, np.where(fresh, 0, self.total) + beside, self.total)
        self.run = np.where(low, self.run + 1, np.where(here, 0, self.run))
        self._open(end, self._evidence(low, past), change, beside)
        self._close(end, here, beside)
        calm = here & ~low.any(axis=0) & (self.open < 0)
        figure, who = np.nonzero(calm & ~np.isnan(figures))
        self.ring[figure, self.kept[figure, who] % self.ring.shape[1], who] = figures[figure, who]
        self.kept[figure, who] += 1

    def _forget(self, who: np.ndarray) -> None:
        """These customers begin anew."""
        self.ring[:, :, who] = 0
        self.kept[:, who] = self.run[:, who] = 0
        self.open[who] = -1

    def _evidence(self, low: np.ndarray, past: np.ndarray) -> np.ndarray:
        """By how many standard errors a run's mean lies below the past, whose error counts too."""
        users, share, features, frequency = past
        active = np.maximum(users, _HALF)
        chance = np.stack(
            [
                np.maximum(1 - np.nan_to_num(share), 0) / active,
                1 / np.maximum(features, _HALF),
                1 / np.maximum(active * frequency, _HALF),
            ]
        )
        history = np.clip(self.kept[_PAST], 1, int(self.rules.past_months))
        error = np.sqrt((self.rules.noise**2 + chance) * (self.run + self.run**2 / history))
        return np.divide(-self.total, error, out=np.zeros_like(error), where=low)

    def _open(self, end: int, evidence: np.ndarray, change: np.ndarray, beside: np.ndarray) -> None:
        strongest = evidence.max(axis=0)
        sure = (strongest >= self.rules.certainty) & (strongest > 0)
        new = np.flatnonzero(sure & (self.open < 0))
        signal = evidence[:, new].argmax(axis=0)
        self.open[new], self.signal[new] = self.count + np.arange(len(new)), signal
        self.count += len(new)
        found = {"customer": new, "found": end, "since": self.since[signal, new], "reason": signal}
        found |= dict(zip(SIGNALS, np.exp(change[:, new])))
        self.opened.append(pd.DataFrame({**found, "against_peers": np.exp(beside[signal, new])}))

    def _close(self, end: int, here: np.ndarray, beside: np.ndarray) -> None:
        """A stall is over when its signal is back half of the way, or has become the new past."""
        held = np.flatnonzero(here & (self.open >= 0))
        signal = self.signal[held]
        back = beside[signal, held] > np.log1p(-self.rules.drop / 2) + _TIE
        lasted = ~back & (self.run[signal, held] >= self.rules.accept_months)
        for over, how in ((back, "recovered"), (lasted, "accepted")):
            ended = {"stall": self.open[held[over]], "ended": end, "by": ENDS.index(how)}
            self.closed.append(pd.DataFrame(ended))
        self.open[held[back]] = -1
        self._forget(held[lasted])


def _typical(change: np.ndarray, group: np.ndarray, least: int) -> np.ndarray:
    """The usual change in each customer's group (mean, each customer's kept within bounds).

    Where fewer than `least` customers of the group can be compared, all customers of the month
    stand in; where they are fewer too, 0.
    """
    given = ~np.isnan(change)
    if given.sum() < least:
        return np.zeros(len(change))
    kept = np.clip(change[given], -_BOUND, _BOUND)
    size = np.bincount(group[given], minlength=group.max() + 1)
    mean = np.bincount(group[given], kept, minlength=len(size)) / np.maximum(size, 1)
    return np.where(size >= least, mean, kept.mean())[group]


def _changes(figures: np.ndarray, past: np.ndarray, seats: np.ndarray) -> np.ndarray:
    """Each signal's change against the own past, on the log scale; none counts as half."""
    users, _, features, frequency = figures
    with np.errstate(divide="ignore", invalid="ignore"):
        least = _HALF / seats
        active = np.maximum(users, _HALF)
        people = np.log(active / np.maximum(past[0], _HALF))
        share = np.log(active / seats / np.maximum(past[1], least))
        shown = np.log(np.maximum(features, _HALF) / np.maximum(past[2], _HALF))
        often = np.log(frequency / past[3])
    often[~np.isfinite(often)] = np.nan
    return np.stack([np.fmax(people, np.where(seats > 0, share, np.nan)), shown, often])


def _frame(
    watch: _Watch, company: Company, journeys: Journeys, phase_rules: PhaseRules
) -> pd.DataFrame:
    found, closed = pd.concat(watch.opened, ignore_index=True), pd.concat(watch.closed)
    customer, date = found["customer"].to_numpy(), found["found"].to_numpy()
    ended, by = np.full(len(found), NEVER), np.full(len(found), -1)
    ended[closed["stall"]], by[closed["stall"]] = closed["ended"], closed["by"]
    journey = journeys.within(customer, date)
    # Usage ends with the customer: a stall that nothing ended before is over on the day it left.
    gone = np.maximum(np.where(journey >= 0, np.append(journeys.end, NEVER)[journey], date), date)
    by = np.where(gone < ended, ENDS.index("left"), by)
    reason = pd.Categorical.from_codes(found["reason"], SIGNALS)
    main = main_phase(intervals(company, journeys, phase_rules), journey, date, phase_rules)
    phase = pd.Categorical.from_codes(main, PHASES, ordered=True)
    return pd.DataFrame(
        {
            "customer_id": journeys.names(customer),
            "found_on": dates(date),
            "since": dates(found["since"].to_numpy()),
            "ended_on": dates(np.minimum(gone, ended)),
            "ended_by": pd.Categorical.from_codes(by, ENDS),
            **found[[*SIGNALS, "against_peers"]],
            "reason": reason,
            "phase": phase,
            "next_action": _next_actions(phase, reason),
        }
    )


def _next_actions(phase: pd.Categorical, reason: pd.Categorical) -> pd.Series:
    """The action for each pair; missing where the phase is (usage outside every contract)."""
    wide = actions().pivot(index="phase", columns="reason", values="next_action")
    wide = wide.reindex(index=[*phase.categories, None], columns=reason.categories)
    return pd.Series(wide.to_numpy(object)[phase.codes, reason.codes], dtype="str")
