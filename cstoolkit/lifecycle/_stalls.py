"""Where does usage stall?  S1's monitoring: signals against each customer's own past and against its peers, as of each month's end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.assumptions import assumption
from cstoolkit.data.company import Company
from cstoolkit.days import NEVER, dates, month_of, month_start
from cstoolkit.lifecycle._actions import next_actions
from cstoolkit.lifecycle._monitor import SIGNALS, Past, Peers, Runs, by_month, typical
from cstoolkit.lifecycle._phases import main_phase
from cstoolkit.lifecycle._rules import PhaseRules
from cstoolkit.lifecycle._time import Journeys

ENDS = ("recovered", "accepted", "left")
_HALF = 0.5
_GONE_DAYS = 100


@dataclass(frozen=True, kw_only=True)
class StallRules:
    """When low usage counts as a stall. S1 names the signals and no figure: all figures here are ours.

    A signal is *low* in a month if it lies more than `drop` below the customer's own past, after what its peers' signal did in the
    same month is taken out. A run of low months is a *stall* once it is too low for too long to be chance: its mean lies `certainty`
    standard errors below the past. The error counts chance in small numbers of people (binomial) and `noise` from month to month.

    >>> StallRules(drop=30)
    Traceback (most recent call last):
    ValueError: StallRules: drop is a number above 0 and up to 0.95, got 30. For 30% write 0.3.
    """

    signals: tuple[str, ...] = SIGNALS
    drop: float = assumption(
        0.3, unit="share", low=0.1, high=0.6, says="how far below its own past a low month lies"
    )
    certainty: float = assumption(
        2.5, unit="standard errors", low=1, high=4, says="how unlikely as chance a stall is"
    )
    noise: float = assumption(
        0.15,
        unit="log",
        low=0.05,
        high=0.4,
        says="ordinary difference between two months of a customer",
    )
    past_months: float = assumption(
        6, unit="months", low=3, high=12, says="the past that a month is compared with"
    )
    least_months: float = assumption(
        3, unit="months", low=2, high=6, says="the shortest past that can be compared with"
    )
    least_peers: float = assumption(
        10, unit="customers", low=5, high=50, says="the smallest group of peers"
    )
    accept_months: float = assumption(
        12,
        unit="months",
        low=6,
        high=24,
        says="after so long in a stall the low level is the new past",
    )

    def __post_init__(self) -> None:
        unknown = [each for each in self.signals if each not in SIGNALS]
        if unknown or not self.signals or len(set(self.signals)) < len(self.signals):
            raise ValueError(
                f"StallRules: signals are some of {', '.join(SIGNALS)}, got {', '.join(self.signals) or 'none'}."
            )
        mend = f"For {self.drop:g}% write {self.drop / 100:g}." if self.drop > 1 else ""
        checks.number("StallRules", "drop", self.drop, above=0, most=0.95, fix=mend)
        checks.number("StallRules", "certainty", self.certainty, least=0)
        checks.number("StallRules", "noise", self.noise, above=0)
        for name in ("past_months", "least_months", "least_peers", "accept_months"):
            checks.number("StallRules", name, getattr(self, name), least=1)
            if getattr(self, name) != int(getattr(self, name)):
                raise ValueError(
                    f"StallRules: {name} is a whole number, got {getattr(self, name):g}."
                )
        if self.least_months > self.past_months:
            raise ValueError(
                f"StallRules: least_months ({self.least_months:g}) is more than past_months ({self.past_months:g}); "
                "the shortest past fits into the past."
            )


def stalls(
    company: Company, rules: StallRules | None = None, phase_rules: PhaseRules | None = None
) -> pd.DataFrame:
    """The stalls found in `company.usage`, each on the day it could be found, by what was known then.

    Returns one row a stall, in order of found_on, then customer: customer_id, found_on (the last day of the month whose figures gave it
    away), since (first day of the run of low months), ended_on (last day of the month in which it was over, or the day of the churn;
    empty: still so), ended_by (recovered; accepted: so long low that it is the new past; left: no customer any more), users, features,
    frequency (that month against the customer's own past, 1 = as before; missing where not comparable), against_peers (the reason's
    signal against own past, the peers' change taken out), reason (the signal with the strongest evidence), phase (main phase on
    found_on), next_action (see :func:`actions`).

    Each month is judged with earlier months only, so ``stalls(company.at(date))`` is this table up to `date`, apart from ends that
    came later (and from the phase, where a late renewal changes it). `users` counts as low only if both the people active and their
    share of the seats fell, so that neither more seats nor a contraction is taken for a stall.

    Needs ``usage.active_users``; seats, logins and features_used sharpen it. Raises MissingData without.
    Source: S1 (the signals, the next actions); the statistic is ours. On the bundled company what is found is *estimated*: see
    :func:`score_stalls`.

    >>> import cstoolkit as cs
    >>> found = stalls(cs.load_company().at("2023-12-31"))
    >>> bool((found["found_on"] <= "2023-12-31").all())
    True
    """
    company.need(usage=["active_users"])
    rules = rules or StallRules()
    journeys = Journeys.of(company)
    watch = _Watch(company, rules, journeys)
    for day, customer, row in by_month(company, journeys.ids):
        watch.month(day, customer, row)
    return _frame(watch, company, journeys, phase_rules or PhaseRules())


class _Watch:
    """The state of the monitoring after a month: pasts, runs of low months, open stalls; and the record of stalls."""

    def __init__(self, company: Company, rules: StallRules, journeys: Journeys) -> None:
        size = len(journeys.ids)
        self.rules, self.peers = rules, Peers(company, journeys)
        usage = company.usage
        self.table = {
            name: usage[name].to_numpy()
            for name in ("active_users", "seats", "logins", "features_used")
        }
        self.past = {
            name: Past(int(rules.past_months), size)
            for name in ("users", "share", "features", "frequency")
        }
        self.runs = {name: Runs(size) for name in rules.signals}
        self.open = np.full(size, -1)
        self.signal = np.zeros(size, np.int64)
        self.seen = np.full(size, -NEVER)
        self.count = 0
        self.found: list[dict[str, np.ndarray]] = []
        self.ended: list[tuple[np.ndarray, int, np.ndarray]] = []

    def month(self, day: int, who: np.ndarray, row: np.ndarray) -> None:
        """Judge one month by what earlier months left behind, then remember it."""
        rules = self.rules
        self._forget(who[day - self.seen[who] > _GONE_DAYS])
        self.seen[who] = day
        users, seats, logins, features = (values[row] for values in self.table.values())
        share = np.divide(users, seats, out=np.full(len(who), np.nan), where=seats > 0)
        frequency = np.divide(logins, users, out=np.full(len(who), np.nan), where=users > 0)
        now = {"users": users, "share": share, "features": features, "frequency": frequency}
        past = {name: each.mean(who, int(rules.least_months)) for name, each in self.past.items()}
        change = _changes(now, past, seats)
        group = self.peers.at(day, who)
        start = int(month_start(month_of(day)))
        beside, evidence = (
            np.full((len(SIGNALS), len(who)), np.nan),
            np.zeros((len(SIGNALS), len(who))),
        )
        calm = np.ones(len(who), bool)
        for signal, runs in self.runs.items():
            place = SIGNALS.index(signal)
            beside[place] = change[signal] - typical(change[signal], group, int(rules.least_peers))
            low = beside[place] <= np.log1p(-rules.drop)
            runs.go_on(who, low, beside[place], start)
            calm &= ~low
            at = np.flatnonzero(low)
            evidence[place, at] = self._evidence(
                signal, who[at], {name: each[at] for name, each in past.items()}
            )
        self._open(day, who, evidence, change, beside)
        self._close(day, who, beside)
        calm &= self.open[who] < 0
        for name, value in now.items():
            self.past[name].keep(who[calm], value[calm])

    def _forget(self, who: np.ndarray) -> None:
        """These customers begin anew."""
        for past in self.past.values():
            past.forget(who)
        for runs in self.runs.values():
            runs.months[who] = 0
        self.open[who] = -1

    def _evidence(self, signal: str, who: np.ndarray, past: dict[str, np.ndarray]) -> np.ndarray:
        """By how many standard errors the run's mean lies below the past: one error a month, and the past's own."""
        active = np.maximum(past["users"], _HALF)
        if signal == "users":
            chance = np.maximum(1 - np.nan_to_num(past["share"]), 0) / active
        elif signal == "features":
            chance = 1 / np.maximum(past["features"], _HALF)
        else:
            chance = 1 / np.maximum(active * past["frequency"], _HALF)
        months, history = (
            self.runs[signal].months[who],
            np.maximum(self.past[signal].months[who], 1),
        )
        error = np.sqrt((self.rules.noise**2 + chance) * (months + months**2 / history))
        return -self.runs[signal].total[who] / error

    def _open(
        self, day: int, who: np.ndarray, evidence: np.ndarray, change: dict, beside: np.ndarray
    ) -> None:
        candidates = np.flatnonzero(
            (evidence.max(axis=0) >= self.rules.certainty) & (evidence.max(axis=0) > 0)
        )
        new = candidates[self.open[who[candidates]] < 0]
        new = new[np.argsort(who[new])]
        signal = np.argmax(evidence[:, new], axis=0)
        customer = who[new]
        self.open[customer] = self.count + np.arange(len(new))
        self.signal[customer] = signal
        self.count += len(new)
        since = np.zeros(len(new), np.int64)
        for name, runs in self.runs.items():
            since = np.where(signal == SIGNALS.index(name), runs.since[customer], since)
        found = {
            "customer": customer,
            "found": np.full(len(new), day),
            "since": since,
            "reason": signal,
        }
        found |= {name: change[name][new] for name in SIGNALS}
        self.found.append(found | {"against_peers": beside[signal, new]})

    def _close(self, day: int, who: np.ndarray, beside: np.ndarray) -> None:
        """A stall is over when its signal is back half of the way, or when it has lasted so long that it is the new past."""
        held = np.flatnonzero(self.open[who] >= 0)
        customer = who[held]
        signal = self.signal[customer]
        back = beside[signal, held] > np.log1p(-self.rules.drop / 2)
        months = np.zeros(len(held))
        for name, runs in self.runs.items():
            months = np.where(signal == SIGNALS.index(name), runs.months[customer], months)
        long_ = ~back & (months >= self.rules.accept_months)
        over = back | long_
        self.ended.append((self.open[customer[over]], day, long_[over]))
        self.open[customer[over]] = -1
        self._forget(customer[long_])


def _changes(now: dict, past: dict, seats: np.ndarray) -> dict[str, np.ndarray]:
    """Each signal's change against the own past, on the log scale; none counts as half."""
    users = np.maximum(now["users"], _HALF)
    with np.errstate(divide="ignore", invalid="ignore"):
        people = np.log(users / np.maximum(past["users"], _HALF))
        share = np.log(users / seats / np.maximum(past["share"], _HALF / seats))
        features = np.log(np.maximum(now["features"], _HALF) / np.maximum(past["features"], _HALF))
        frequency = np.log(now["frequency"] / past["frequency"])
    frequency[~np.isfinite(frequency)] = np.nan
    return {
        "users": np.fmax(people, np.where(seats > 0, share, np.nan)),
        "features": features,
        "frequency": frequency,
    }


def _frame(
    watch: _Watch, company: Company, journeys: Journeys, phase_rules: PhaseRules
) -> pd.DataFrame:
    names = ("customer", "found", "since", "reason", *SIGNALS, "against_peers")
    parts = {name: [month[name] for month in watch.found] for name in names}
    found = {name: np.concatenate(part) if part else np.empty(0) for name, part in parts.items()}
    customer, day = found["customer"].astype(np.int64), found["found"].astype(np.int64)
    ended, by = np.full(len(customer), NEVER), np.full(len(customer), -1)
    for number, on, long_ in watch.ended:
        ended[number], by[number] = on, long_
    journey = journeys.within(customer, day)
    # Usage ends with the customer: a stall that nothing ended before is over on the day it left.
    gone = np.maximum(
        np.where(journey >= 0, journeys.end[journey] if len(journeys) else NEVER, day), day
    )
    left = gone < ended
    ended, by = np.where(left, gone, ended), np.where(left, ENDS.index("left"), by)
    reason = pd.Categorical.from_codes(found["reason"].astype(np.int64), SIGNALS)
    phase = main_phase(company, journeys, customer, day, phase_rules)
    frame = {
        "customer_id": pd.Series(journeys.ids.take(customer).to_numpy(), dtype="str"),
        "found_on": dates(day),
        "since": dates(found["since"]),
        "ended_on": dates(ended),
        "ended_by": pd.Categorical.from_codes(by, ENDS),
    }
    frame |= {name: np.exp(found[name].astype(float)) for name in (*SIGNALS, "against_peers")}
    frame |= {"reason": reason, "phase": phase}
    return pd.DataFrame(frame).assign(next_action=next_actions(phase, reason))
