"""How is the owner of a book judged?  NRR by CSM, by stated rules, and how much of it is chance.

References: S2 (docs/sources.md) asks who owns renewals and expansion; the rules are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.assumptions import assumption
from cstoolkit.data.company import Company, checked
from cstoolkit.indicators.conventions import Conventions
from cstoolkit.indicators.revenue import before, changes

DRAWS = 1000
"""How often customers are drawn anew, for an interval or for chance."""


@dataclass(frozen=True, kw_only=True)
class BookRules:
    """By which rules an account counts for the person who owned it last.

    Examples
    --------
    >>> BookRules(spike=0.5).least_days
    30
    """

    least_days: int = assumption(
        30, unit="days", low=0, high=180, says="the owner had the account at least so long"
    )
    inherited_days: int = assumption(
        90,
        unit="days",
        low=0,
        high=180,
        says="an account inherited neglected does not count for so long",
    )
    neglected_days: int = assumption(
        90,
        unit="days",
        low=30,
        high=180,
        says="neglected: nobody had been in touch for so long before the handover",
    )
    spike: float = assumption(
        1.0,
        unit="share",
        low=0.25,
        high=3.0,
        says="growth of an account beyond this share of its opening ARR is no credit",
    )

    def __post_init__(self) -> None:
        for name in ("least_days", "inherited_days", "neglected_days", "spike"):
            checks.number("BookRules", name, getattr(self, name), least=0)


NO_RULES = BookRules(least_days=0, inherited_days=0, spike=1e9)
"""Every account counts in full for whoever owned it on its last day."""


def accounts(
    company: Company,
    end: str | pd.Timestamp,
    *,
    months: int = 12,
    conventions: Conventions | None = None,
) -> pd.DataFrame:
    """The customers of `months` before `end`: who owned each last, and what became of it.

    Parameters
    ----------
    company : Company
        With assignments; as known on `end`.
    end : str or Timestamp
    months : int
    conventions : Conventions, optional

    Returns
    -------
    pandas.DataFrame
        One row a customer with an owner: customer_id, person_id (CSM on `end`, or on the last day
        before the customer left), opening, closing (ARR),
        held_days (how long the owner had had it), holds (the owner has an account that is live on
        `end`), inherited (somebody else had it before), silent_days (without any activity before
        the handover; missing where no activity was ever recorded).

    Raises
    ------
    MissingData
        Without assignments.
    """
    checked(company).need(assignments=["person_id", "role"])
    then, last = company.at(end), pd.Timestamp(end)
    rows = changes(then, before(end, months), end, conventions=conventions)
    rows = rows[rows["opening"] > 0][["customer_id", "opening", "closing"]]
    left = then.spans.groupby("customer_id")["ends_on"].last() - pd.Timedelta(days=1)
    rows["day"] = rows["customer_id"].map(left).fillna(last).clip(upper=last)
    held = then.assignments.dropna(subset=["person_id"])
    held = held[held["role"].fillna("").str.casefold().str.contains("csm")]
    first = held.groupby("customer_id")["starts_on"].min()
    held = held[["customer_id", "person_id", "starts_on", "ends_on"]].merge(rows, on="customer_id")
    owned = (held["starts_on"] <= held["day"]) & ~(held["ends_on"] <= held["day"])
    held = held[owned].sort_values("starts_on", kind="stable")
    held = held.drop_duplicates("customer_id", keep="last")
    held["held_days"] = (held["day"] - held["starts_on"]).dt.days + 1
    held["inherited"] = first.reindex(held["customer_id"]).to_numpy() < held["starts_on"]
    work = then.activities[["customer_id", "happened_on"]].dropna().sort_values("happened_on")
    held = pd.merge_asof(
        held.sort_values("starts_on"),
        work,
        left_on="starts_on",
        right_on="happened_on",
        by="customer_id",
        allow_exact_matches=False,
    )
    held["silent_days"] = (held["starts_on"] - held["happened_on"]).dt.days
    held["holds"] = held.groupby("person_id")["closing"].transform("max") > 0
    columns = ["customer_id", "person_id", "opening", "closing", "held_days", "holds", "inherited"]
    return held[[*columns, "silent_days"]].sort_values("customer_id", ignore_index=True)


def judged(accounts: pd.DataFrame, rules: BookRules) -> pd.DataFrame:
    """The accounts that count by the rules, with the closing ARR that is credited.

    Whoever has handed on all accounts is judged by none: what stayed is in the books of others, and
    only what left would be in this one.

    Parameters
    ----------
    accounts : DataFrame
        As :func:`accounts` returns it.
    rules : BookRules

    Returns
    -------
    pandas.DataFrame
        The rows that count, with `closing` up to the spike.
    """
    neglected = accounts["inherited"] & (accounts["silent_days"] >= rules.neglected_days)
    out = neglected & (accounts["held_days"] <= rules.inherited_days)
    rows = accounts[accounts["holds"] & ~out & (accounts["held_days"] >= rules.least_days)]
    most = rows["opening"] * (1 + rules.spike)
    return rows.assign(closing=np.minimum(rows["closing"], most))


def books(
    company: Company,
    end: str | pd.Timestamp,
    *,
    months: int = 12,
    rules: BookRules | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """NRR of each CSM's book, with its interval.

    Parameters
    ----------
    company, end, months
        As for :func:`accounts`.
    rules : BookRules, optional
    level : float
        Confidence level.
    seed : int
        For the interval: the customers of a book drawn anew, with replacement, 1,000 times.

    Returns
    -------
    pandas.DataFrame
        One row a CSM, the best first: person_id, customers, opening, closing (ARR), nrr, low, high
        (missing with fewer than five customers).
    """
    rows = judged(accounts(company, end, months=months), rules or BookRules())
    rng, tail, found = np.random.default_rng(seed), (1 - level) / 2, []
    for person, mine in rows.groupby("person_id"):
        size, opening, closing = len(mine), mine["opening"].to_numpy(), mine["closing"].to_numpy()
        low = high = np.nan
        if size >= 5:
            drawn = rng.multinomial(size, np.full(size, 1 / size), DRAWS)
            low, high = np.quantile((drawn @ closing) / (drawn @ opening), [tail, 1 - tail])
        row = {"person_id": person, "customers": size, "opening": opening.sum()}
        row |= {"closing": closing.sum(), "nrr": closing.sum() / opening.sum()}
        found.append(row | {"low": low, "high": high})
    columns = ["person_id", "customers", "opening", "closing", "nrr", "low", "high"]
    frame = pd.DataFrame(found, columns=columns)
    return frame.sort_values("nrr", ascending=False, ignore_index=True)


def by_rule(
    company: Company,
    end: str | pd.Timestamp,
    *,
    months: int = 12,
    rules: BookRules | None = None,
) -> pd.DataFrame:
    """What each rule does to each CSM's NRR.

    Parameters
    ----------
    company, end, months, rules
        As for :func:`books`.

    Returns
    -------
    pandas.DataFrame
        One row a CSM: person_id, customers (without any rule), none, least_days, inherited, spike
        (NRR with that one rule alone), all (with all of them); missing where nothing is left.
    """
    rules = rules or BookRules()
    rows = accounts(company, end, months=months)
    neglect = {"inherited_days": rules.inherited_days, "neglected_days": rules.neglected_days}
    sets = {
        "none": NO_RULES,
        "least_days": replace(NO_RULES, least_days=rules.least_days),
        "inherited": replace(NO_RULES, **neglect),
        "spike": replace(NO_RULES, spike=rules.spike),
        "all": rules,
    }
    rows = rows[rows["holds"]]
    table = rows.groupby("person_id").size().rename("customers").to_frame()
    for name, each in sets.items():
        sums = judged(rows, each).groupby("person_id")[["opening", "closing"]].sum()
        table[name] = sums["closing"] / sums["opening"]
    return table.sort_values("none", ascending=False).reset_index()


def chance(
    company: Company,
    end: str | pd.Timestamp,
    *,
    months: int = 12,
    rules: BookRules | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """How far the NRR of books would lie apart if customers were dealt to them at random.

    Parameters
    ----------
    company, end, months, rules, seed
        As for :func:`books`.

    Returns
    -------
    dict
        books, spread (standard deviation between books, each weighted by its opening ARR), chance
        (its median over 1,000 deals), low, high (95% of the deals), p_value (share of deals that
        lie at least as far apart).
    """
    rows = judged(accounts(company, end, months=months), rules or BookRules())
    person, people = pd.factorize(rows["person_id"])
    amounts = rows[["opening", "closing"]].to_numpy()

    def spread(order: np.ndarray) -> float:
        opening, closing = (np.bincount(person, column, len(people)) for column in amounts[order].T)
        share = closing / opening
        middle = np.average(share, weights=opening)
        return float(np.sqrt(np.average((share - middle) ** 2, weights=opening)))

    if len(people) < 2:
        return dict.fromkeys(("spread", "chance", "low", "high", "p_value"), np.nan) | {
            "books": len(people)
        }
    rng = np.random.default_rng(seed)
    found = spread(np.arange(len(rows)))
    dealt = np.array([spread(rng.permutation(len(rows))) for _ in range(DRAWS)])
    low, middle, high = np.quantile(dealt, [0.025, 0.5, 0.975])
    shares = {"low": float(low), "high": float(high), "p_value": float((dealt >= found).mean())}
    return {"books": len(people), "spread": found, "chance": float(middle), **shares}
