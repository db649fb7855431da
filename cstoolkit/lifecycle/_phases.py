"""In which phase was every customer, from when until when?  The rules of `_rules`, applied to a company's own records."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES, PHASES
from cstoolkit.days import NEVER, dates, day, days, joint, month_of
from cstoolkit.lifecycle._rules import PhaseRules, sources
from cstoolkit.lifecycle._time import Journeys, codes, month_ends, union

_OPENED_BY = (
    "start",
    *MILESTONES,
    "usage",
    "latest",
    "days",
    "planned end",
    "expansion sign",
    "deal",
)


def phases(company: Company, rules: PhaseRules | None = None) -> pd.DataFrame:
    """The phases of every customer as intervals, as known on `company.as_of`.

    Returns one row a phase that a customer went through, in the order of `company.customers`, journey, start: customer_id, journey
    (1, 2 after a reactivation), phase (ordered category of S1's five), starts_on, ends_on (exclusive; empty: still so), opened_by
    (the rule that opened it) and condition_met (whether S1's condition for entering it was met; missing where the company's
    records cannot tell).

    Intervals of different phases may overlap: adoption lasts until the customer leaves, renewal windows and expansions lie over it
    (and over an onboarding that takes too long); intervals of one phase do not.

    ============  ==================================  ==================================  ==============================
    phase         begins                              ends                                condition (S1)
    ============  ==================================  ==================================  ==============================
    qualification the deal that led to the journey    its decision, or the start          none
    onboarding    the journey's start                 `rules.onboarding_ends` reached,    none
                                                      or `rules.onboarding_latest`
    adoption      the end of onboarding               churn                               onboarding ended by value
    renewal       `rules.renewal_days` before a       successor signed, or contract over  use established by then
                  contract's planned end
    expansion     established use and a sign of an    `rules.expansion_days` after the    use established, contract
                  expansion                           latest sign                         continues (always met)
    ============  ==================================  ==================================  ==============================

    Only contracts are needed. Without milestones, usage stands in (a share of seats active); without both, onboarding lasts
    `rules.onboarding_days` and use counts as established with the first renewal. Signs of an expansion are upsells and
    cross-sells signed, and, where recorded, CS work of the phase expansion and deals won with live customers. Without deals there is no
    qualification. :func:`basis` says which of these apply. Who is live is decided by ``company.spans`` alone.

    ``phases(company.at(date))`` uses nothing that became known after `date`; what it says of a day does not change later, except that
    a gap of up to ``grace_days`` may turn out a late renewal, and that a deal names its customer only once it is won.

    >>> import pandas as pd
    >>> contracts = pd.DataFrame({"customer_id": ["a"], "starts_on": ["2024-01-01"], "ends_on": ["2025-01-01"], "arr": [1200]})
    >>> milestones = pd.DataFrame({"customer_id": ["a"], "milestone": ["first_value"], "happened_on": ["2024-02-15"]})
    >>> one = Company.from_tables(name="One", currency="EUR", as_of="2024-11-30", contracts=contracts, milestones=milestones,
    ...                           customers=pd.DataFrame({"customer_id": ["a"]}))
    >>> found = phases(one)
    >>> found["phase"].to_list(), found["starts_on"].dt.strftime("%d %b").to_list(), found["condition_met"].to_list()
    (['onboarding', 'adoption', 'renewal'], ['01 Jan', '15 Feb', '03 Oct'], [<NA>, True, False])
    """
    journeys = Journeys.of(company)
    return _frame(intervals(company, journeys, rules or PhaseRules()), journeys, day(company.as_of))


def current(
    company: Company, date: str | pd.Timestamp | None = None, rules: PhaseRules | None = None
) -> pd.DataFrame:
    """The main phase of every customer live on that date (default: `as_of`), by what was known at the end of it.

    Returns one row a live customer, in the order of `company.snapshot(date)`: customer_id, journey, phase (the first of
    `rules.precedence` that it is in), since (when that phase began), others (the phases it is in besides, joined by ;).

    >>> import pandas as pd
    >>> contracts = pd.DataFrame({"customer_id": ["a", "b"], "starts_on": ["2024-01-01", "2024-10-01"],
    ...                           "ends_on": ["2025-01-01", "2025-10-01"], "arr": [1200, 900]})
    >>> two = Company.from_tables(name="Two", currency="EUR", as_of="2024-12-31", contracts=contracts,
    ...                           customers=pd.DataFrame({"customer_id": ["a", "b"]}))
    >>> current(two)[["customer_id", "phase", "others"]].to_numpy().tolist()
    [['a', 'renewal', 'adoption'], ['b', 'onboarding', '']]
    >>> current(two, "2024-06-30")[["customer_id", "phase"]].to_numpy().tolist()
    [['a', 'adoption']]
    """
    rules = rules or PhaseRules()
    if date is not None:
        company = company.at(date)
    open_ = phases(company, rules)
    open_ = open_[open_["ends_on"].isna()]
    rank = (
        open_["phase"]
        .map({phase: place for place, phase in enumerate(rules.precedence)})
        .astype("int64")
    )
    open_ = open_.assign(rank=rank).sort_values("rank", kind="stable")
    rows = open_.groupby("customer_id", sort=False)
    main = rows.first()
    second = open_[rows.cumcount() > 0]
    others = second["phase"].astype("str").groupby(second["customer_id"]).agg(";".join)
    result = company.snapshot()[["customer_id"]]
    main = main.reindex(result["customer_id"])
    return result.assign(
        journey=main["journey"].to_numpy(),
        phase=main["phase"].to_numpy(),
        since=main["starts_on"].to_numpy(),
        others=others.reindex(result["customer_id"]).fillna("").to_numpy(),
    ).astype({"phase": open_["phase"].dtype, "others": "str"})


def main_phase(
    company: Company, journeys: Journeys, customer: np.ndarray, date: np.ndarray, rules: PhaseRules
) -> pd.Categorical:
    """The main phase of customers (by number) on days (counted from 1970); missing where the customer was not live."""
    journey = journeys.within(customer, date)
    main = main_of(
        {part[0]: part[1:4] for part in intervals(company, journeys, rules)}, journey, date, rules
    )
    return pd.Categorical.from_codes(main, PHASES, ordered=True)


def main_of(
    parts: dict[str, tuple], journey: np.ndarray, date: np.ndarray, rules: PhaseRules
) -> np.ndarray:
    """The place in PHASES of the main phase of journeys (by number, -1 for none) on days; -1 where there is none."""
    main = np.full(len(journey), -1)
    for phase in rules.precedence[::-1]:
        key, start, end = parts[phase]
        place = np.searchsorted(joint(key, start), joint(journey, date), side="right") - 1
        safe = np.maximum(place, 0)
        if len(key):
            inside = (place >= 0) & (journey >= 0) & (key[safe] == journey) & (date < end[safe])
            main[inside] = PHASES.index(phase)
    return main


def intervals(company: Company, journeys: Journeys, rules: PhaseRules) -> list[tuple]:
    """One entry a phase: its name, then journey, start, end, the rule that opened it and whether the condition was met (-1 unknown).

    Sorted by journey, then start, within each phase; some may be empty (start = end).
    """
    found = sources(company)
    windows = _windows(company, journeys, rules)
    onboarded, onboarded_by, established = _value(company, journeys, rules, found, windows)
    every = np.arange(len(journeys))
    signs, signed = _signs(company, journeys)
    opened = np.maximum(signed, established[signs])
    expanding = union(
        signs, opened, np.minimum(signed + int(rules.expansion_days), journeys.end[signs])
    )
    renewing = union(*windows[:3])
    known = found["established"] != "contracts"
    adopted = np.where(onboarded_by == "latest", 0, np.where(onboarded_by == "days", -1, 1))
    ready = (
        np.where(established[renewing[0]] <= renewing[1], 1, 0)
        if known
        else np.full(len(renewing[0]), -1)
    )
    return [
        ("qualification", *_qualification(company, journeys), "deal", -1),
        ("onboarding", every, journeys.start, onboarded, "start", -1),
        ("adoption", every, onboarded, journeys.end, onboarded_by, adopted),
        ("renewal", *renewing, "planned end", ready),
        ("expansion", *expanding, "expansion sign", 1),
    ]


def _value(company: Company, journeys: Journeys, rules: PhaseRules, found: dict, windows: tuple):
    """The day onboarding ended and by which rule, and the day use was established, of every journey."""
    never = np.full(len(journeys), NEVER, np.int64)
    if found["onboarding"] == "contracts":
        onboarded = np.minimum(journeys.start + int(rules.onboarding_days), journeys.end)
        established = journeys.first(windows[0], windows[3])
        return (
            onboarded,
            np.full(len(journeys), "days", dtype=object),
            np.maximum(established, onboarded),
        )
    if found["onboarding"] == "milestones":
        first, established = _milestones(company, journeys, rules)
        by = rules.onboarding_ends
    else:
        first, established = _usage(company, journeys, rules)
        by = "usage"
    latest = journeys.start + int(rules.onboarding_latest)
    onboarded = np.minimum(np.clip(first, journeys.start, latest), journeys.end)
    established = np.where(established < journeys.end, np.maximum(established, onboarded), never)
    return onboarded, np.where(first <= latest, by, "latest").astype(object), established


def _milestones(
    company: Company, journeys: Journeys, rules: PhaseRules
) -> tuple[np.ndarray, np.ndarray]:
    table = company.milestones
    step = pd.Index(MILESTONES).get_indexer(table["milestone"])
    happened = days(table["happened_on"])
    journey = journeys.ahead(codes(table["customer_id"], journeys.ids), happened)
    return tuple(
        journeys.first(np.where(step >= MILESTONES.index(name), journey, -1), happened)
        for name in (rules.onboarding_ends, rules.established_at)
    )


def _usage(
    company: Company, journeys: Journeys, rules: PhaseRules
) -> tuple[np.ndarray, np.ndarray]:
    table = company.usage
    known = month_ends(table["month"])
    journey = journeys.within(codes(table["customer_id"], journeys.ids), known)
    seats = table["seats"].to_numpy()
    share = np.divide(
        table["active_users"].to_numpy(), seats, out=np.zeros(len(table)), where=seats > 0
    )
    first = journeys.first(np.where(share >= rules.running_share, journey, -1), known)
    rows = np.flatnonzero((share >= rules.established_share) & (journey >= 0))
    month = month_of(known[rows])
    order = np.argsort(joint(journey[rows], month), kind="stable")
    rows, month = rows[order], month[order]
    back = int(rules.established_months) - 1
    run = rows[back:]
    unbroken = (journey[run] == journey[rows[: len(run)]]) & (
        month[back:] - month[: len(run)] == back
    )
    return first, journeys.first(journey[run[unbroken]], known[run[unbroken]])


def _windows(company: Company, journeys: Journeys, rules: PhaseRules) -> tuple[np.ndarray, ...]:
    """Renewal windows, one a contract that came near its planned end: journey, opens, closes, day its successor was signed."""
    levels = company.levels
    customer = codes(levels["customer_id"], journeys.ids)
    product, names = pd.factorize(levels["product"].fillna(""))
    key = customer * max(len(names), 1) + product
    start = days(levels["starts_on"])
    order = np.argsort(joint(key, start), kind="stable")
    levels, customer, key, start = levels.iloc[order], customer[order], key[order], start[order]
    planned, until, signed = (days(levels[name]) for name in ("ends_on", "until", "signed_on"))
    after = np.searchsorted(joint(key, start), joint(key, planned))
    safe = np.minimum(after, len(key) - 1)
    successor = (
        np.where((after < len(key)) & (key[safe] == key), signed[safe], NEVER)
        if len(key)
        else signed
    )
    # A change in mid-term does not shorten the term: rows with the same planned end share its first start.
    term = np.full(len(key), NEVER, np.int64)
    place = pd.factorize(joint(key, planned))[0]
    np.minimum.at(term, place, start)
    length = np.floor(rules.renewal_share * (planned - term[place])).astype(np.int64)
    opens = np.maximum(planned - np.minimum(length, int(rules.renewal_days)), start)
    closes = np.minimum(until, np.maximum(successor, opens))
    ran = planned < NEVER
    renewed = np.where(until >= planned, successor, NEVER)
    journey = journeys.within(customer, start)
    ran &= journey >= 0
    return journey[ran], opens[ran], closes[ran], renewed[ran]


def _signs(company: Company, journeys: Journeys) -> tuple[np.ndarray, np.ndarray]:
    """Signs that an expansion is under way: journey and day."""
    contracts, deals, work = company.contracts, company.deals, company.activities
    grown = contracts[contracts["kind"].isin(["upsell", "cross_sell"])]
    at_work = work[(work["phase"] == "expansion").fillna(False)]
    won = deals[(deals["outcome"] == "sold").fillna(False) & deals["customer_id"].notna()]
    customer = np.concatenate(
        [codes(each["customer_id"], journeys.ids) for each in (grown, at_work, won)]
    )
    date = np.concatenate(
        [days(grown["signed_on"]), days(at_work["happened_on"]), days(won["decided_on"])]
    )
    journey = journeys.within(customer, date)
    # A deal that began before the journey is the one that led to it.
    begun = np.concatenate([date[: len(grown) + len(at_work)], days(won["happened_on"])])
    good = (journey >= 0) & (date < NEVER)
    good[good] &= begun[good] > journeys.start[journey[good]]
    return journey[good], date[good]


def _qualification(
    company: Company, journeys: Journeys
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The qualification before each journey, from the deals that were won: journey, start, end."""
    deals = company.deals[company.deals["customer_id"].notna()]
    customer = codes(deals["customer_id"], journeys.ids)
    begun, decided = days(deals["happened_on"]), days(deals["decided_on"])
    journey = journeys.ahead(customer, begun)
    good = (journey >= 0) & (decided < NEVER)
    good[good] &= begun[good] < journeys.start[journey[good]]
    journey, begun, decided = journey[good], begun[good], decided[good]
    return union(journey, begun, np.minimum(decided, journeys.start[journey]))


def _frame(parts: list[tuple], journeys: Journeys, as_of: int) -> pd.DataFrame:
    sizes = [len(part[1]) for part in parts]
    phase = np.repeat([PHASES.index(part[0]) for part in parts], sizes)
    journey, start, end = (np.concatenate([part[place] for part in parts]) for place in (1, 2, 3))
    opened = pd.Index(_OPENED_BY)
    by = np.concatenate(
        [opened.get_indexer(np.broadcast_to(part[4], size)) for part, size in zip(parts, sizes)]
    )
    met = np.concatenate([np.broadcast_to(part[5], size) for part, size in zip(parts, sizes)])
    some = (start < end) & (start <= as_of)
    rows = np.flatnonzero(some)
    rows = rows[np.lexsort((phase[rows], start[rows], journey[rows]))]
    journey, end, met = journey[rows], end[rows], met[rows]
    return pd.DataFrame(
        {
            "customer_id": pd.Series(
                journeys.ids.take(journeys.customer[journey]).to_numpy(), dtype="str"
            ),
            "journey": journeys.number[journey],
            "phase": pd.Categorical.from_codes(phase[rows], PHASES, ordered=True),
            "starts_on": dates(start[rows]),
            "ends_on": dates(np.where(end > as_of, NEVER, end)),
            "opened_by": pd.Categorical.from_codes(by[rows], opened),
            "condition_met": pd.array(np.where(met < 0, False, met > 0), dtype="boolean"),
        }
    ).assign(condition_met=lambda frame: frame["condition_met"].mask(met < 0))
