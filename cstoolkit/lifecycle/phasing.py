"""In which phase was every customer, from when until when?  Explicit rules on a
company's records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks, tables
from cstoolkit.data.company import Company, checked
from cstoolkit.data.contract import MILESTONES, PHASES
from cstoolkit.days import NEVER, dates, day, days, joint, month_of, month_start
from cstoolkit.lifecycle.journeys import Journeys, covering, union

JOURNEY = PHASES[1:]
"""The four phases of a customer. Qualification comes before there is one."""

OPENED_BY = (
    "start",
    *MILESTONES,
    "usage",
    "latest",
    "days",
    "planned end",
    "expansion sign",
    "deal",
)
"""What opens a phase: a milestone by its name, or a rule."""

_RULES = assumptions.read("lifecycle", "PhaseRules")


@dataclass(frozen=True, kw_only=True)
class PhaseRules:
    """When each phase of the journey begins and ends. The figures stand in `lifecycle/rules.csv`.

    The source gives the conditions (adoption follows smooth onboarding, renewal follows successful
    adoption, expansion needs established use and a continuing contract) and no figure; every figure
    here is ours, to be replaced by the reader's own.

    Parameters
    ----------
    onboarding_ends, established_at : str
        The milestone (it or a later one) at which a customer runs on its own, and at which use has
        taken root.
    precedence : tuple of str
        Which phase comes first where a customer is in several at once: a renewal has a date that
        does not wait, a customer in onboarding cannot do without help, an offer can wait.
    onboarding_latest, onboarding_days, renewal_days, expansion_days : int
        Days.
    running_share, established_share : float
        Shares of the seats that are active.
    established_months : int
        Months.
    renewal_share : float
        Share of a contract's term.

    Raises
    ------
    ValueError
        For rules that cannot be.

    References
    ----------
    S1 (docs/sources.md): the conditions.

    Examples
    --------
    >>> PhaseRules(renewal_days=120).renewal_days
    120
    >>> PhaseRules(onboarding_ends="go-live")
    Traceback (most recent call last):
    ValueError: PhaseRules: onboarding_ends is one of live, first_value, basic_value, \
exceeded_value, got 'go-live'.
    """

    onboarding_ends: str = "first_value"
    established_at: str = "basic_value"
    precedence: tuple[str, ...] = ("renewal", "onboarding", "expansion", "adoption")
    onboarding_latest: float = _RULES["onboarding_latest"]
    onboarding_days: float = _RULES["onboarding_days"]
    running_share: float = _RULES["running_share"]
    established_share: float = _RULES["established_share"]
    established_months: float = _RULES["established_months"]
    renewal_days: float = _RULES["renewal_days"]
    renewal_share: float = _RULES["renewal_share"]
    expansion_days: float = _RULES["expansion_days"]

    def __post_init__(self) -> None:
        assumptions.check(self)
        ends = MILESTONES[MILESTONES.index("live") :]
        for name in ("onboarding_ends", "established_at"):
            checks.one_of("PhaseRules", name, getattr(self, name), ends)
        if ends.index(self.established_at) < ends.index(self.onboarding_ends):
            raise ValueError(
                f"PhaseRules: established_at ({self.established_at}) comes before onboarding_ends "
                f"({self.onboarding_ends}); use takes root after onboarding: name the same "
                "milestone "
                "or a later one."
            )
        if sorted(self.precedence) != sorted(JOURNEY):
            raise ValueError(
                f"PhaseRules: precedence names each of {', '.join(JOURNEY)} once, "
                f"got {', '.join(self.precedence)}."
            )


def sources(company: Company) -> dict[str, str]:
    """From which tables the boundaries are read on this company: by onboarding, expansion.

    What a company *records* decides, not what has happened so far, so that the answer is the same
    as of any date.
    """

    def records(table: str, column: str) -> bool:
        return (table, column) in checked(company).given or company.has(table, column)

    usage = records("usage", "active_users") and records("usage", "seats")
    milestones = records("milestones", "milestone")
    signs = [("activities", "phase"), ("deals", "customer_id")]
    return {
        "onboarding": "milestones" if milestones else "usage" if usage else "contracts",
        "expansion": " and ".join(
            [*(table for table, column in signs if records(table, column)), "contracts"]
        ),
    }


def basis(company: Company, rules: PhaseRules | None = None) -> pd.DataFrame:
    """How each boundary between phases is found on this company, in words.

    Show it beside any figure by phase: with fewer tables the rules are coarser.

    Parameters
    ----------
    company : Company
    rules : PhaseRules, optional

    Returns
    -------
    DataFrame
        One row a boundary: boundary, table (read from), says.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"customer_id": ["a"]})
    >>> contracts = pd.DataFrame({"customer_id": ["a"], "starts_on": ["2024-01-01"],
    ...                           "ends_on": ["2025-01-01"], "arr": [1200]})
    >>> small = Company.from_tables(name="One", currency="EUR", as_of="2024-06-30",
    ...                             contracts=contracts, customers=customers)
    >>> basis(small)["table"].to_list()
    ['contracts', 'contracts', 'contracts', 'contracts']
    """
    found = sources(company)
    read_from = {
        "end of onboarding": found["onboarding"],
        "established use": found["onboarding"],
        "renewal window": "contracts",
        "expansion": found["expansion"],
    }
    rows = tables.read("lifecycle", "boundaries")
    rows = rows[rows["table"] == rows["boundary"].map(read_from)].reset_index(drop=True)
    figures = asdict(rules or PhaseRules())
    return rows.assign(says=[says.format(**figures) for says in rows["says"]])


def phases(company: Company, rules: PhaseRules | None = None) -> pd.DataFrame:
    """The phases of every customer as intervals, as known on `company.as_of`.

    ============  =============================  =============================  ===================
    phase         begins                         ends                           condition
    ============  =============================  =============================  ===================
    qualification the deal that led to the       its decision, or the start     none
                  journey
    onboarding    the journey's start            `onboarding_ends` reached, or  none
                                                 `onboarding_latest`
    adoption      the end of onboarding          churn                          onboarding ended by
                                                                                value
    renewal       `renewal_days` before a        successor signed, or contract  use established by
                  contract's planned end         over                           then
    expansion     established use and a sign of  `expansion_days` after the     use established,
                  an expansion                   latest sign                    contract continues
    ============  =============================  =============================  ===================

    Intervals of different phases may overlap: adoption lasts until the customer leaves, renewal
    windows and expansions lie over it (and over an onboarding that takes too long). Those of one
    phase do not.

    Only contracts are needed. Without milestones, usage stands in (a share of seats active);
    without both, onboarding lasts `onboarding_days` and use counts as established with the first
    renewal. Signs of an expansion are upsells and cross-sells signed, and, where recorded, CS work
    of the phase expansion and deals won with live customers. Without deals there is no
    qualification. :func:`basis` says which of these apply. Who is live is decided by
    ``company.spans`` alone.

    ``phases(company.at(date))`` uses nothing that became known after `date`; what it says of a day
    does not change later, except that a gap of up to ``grace_days`` may turn out a late renewal,
    and that a deal names its customer only once it is won.

    Parameters
    ----------
    company : Company
    rules : PhaseRules, optional

    Returns
    -------
    DataFrame
        One row a phase that a customer went through, in the order of `company.customers`, journey,
        start: customer_id, journey (1, 2 after a reactivation), phase (ordered category),
        starts_on, ends_on (exclusive; empty: still so), opened_by (a milestone or a rule, see
        ``OPENED_BY``) and condition_met (missing where the company's records cannot tell).

    References
    ----------
    S1 (docs/sources.md): the phases and their conditions.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"customer_id": ["a"]})
    >>> contracts = pd.DataFrame({"customer_id": ["a"], "starts_on": ["2024-01-01"],
    ...                           "ends_on": ["2025-01-01"], "arr": [1200]})
    >>> milestones = pd.DataFrame({"customer_id": ["a"], "milestone": ["first_value"],
    ...                            "happened_on": ["2024-02-15"]})
    >>> one = Company.from_tables(name="One", currency="EUR", as_of="2024-11-30",
    ...                           contracts=contracts, milestones=milestones, customers=customers)
    >>> found = phases(one)
    >>> found["phase"].to_list(), found["condition_met"].to_list()
    (['onboarding', 'adoption', 'renewal'], [<NA>, True, False])
    >>> found["starts_on"].dt.strftime("%Y-%m-%d").to_list()
    ['2024-01-01', '2024-02-15', '2024-10-03']
    """
    journeys, as_of = Journeys.of(company), day(company.as_of)
    found = intervals(company, journeys, rules or PhaseRules())
    rows = pd.concat(
        [
            pd.DataFrame(part._asdict()).assign(phase=PHASES.index(name))
            for name, part in found.items()
        ],
        ignore_index=True,
    )
    rows = rows[(rows["start"] < rows["end"]) & (rows["start"] <= as_of)]
    rows = rows.sort_values(["journey", "start", "phase"], ignore_index=True)
    journey, end, met = (rows[name].to_numpy() for name in ("journey", "end", "met"))
    return pd.DataFrame(
        {
            "customer_id": journeys.names(journeys.customer[journey]),
            "journey": journeys.number[journey],
            "phase": pd.Categorical.from_codes(rows["phase"], PHASES, ordered=True),
            "starts_on": dates(rows["start"].to_numpy()),
            "ends_on": dates(np.where(end > as_of, NEVER, end)),
            "opened_by": pd.Categorical.from_codes(rows["opened_by"], OPENED_BY),
            "condition_met": pd.arrays.BooleanArray(met > 0, met < 0),
        }
    )


def current(
    company: Company, date: str | pd.Timestamp | None = None, rules: PhaseRules | None = None
) -> pd.DataFrame:
    """The main phase of every customer live on a date, by what was known at the end of it.

    Parameters
    ----------
    company : Company
    date : str or Timestamp, optional
        By default `company.as_of`.
    rules : PhaseRules, optional

    Returns
    -------
    DataFrame
        One row a live customer, in the order of `company.snapshot(date)`: customer_id, journey,
        phase
        (the first of `rules.precedence` that it is in), since (when that phase began), others (the
        phases it is in besides, joined by ;).

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"customer_id": ["a", "b"]})
    >>> contracts = pd.DataFrame({"customer_id": ["a", "b"],
    ...                           "starts_on": ["2024-01-01", "2024-10-01"],
    ...                           "ends_on": ["2025-01-01", "2025-10-01"], "arr": [1200, 900]})
    >>> two = Company.from_tables(name="Two", currency="EUR", as_of="2024-12-31",
    ...                           contracts=contracts, customers=customers)
    >>> current(two)[["customer_id", "phase", "others"]].to_numpy().tolist()
    [['a', 'renewal', 'adoption'], ['b', 'onboarding', '']]
    >>> current(two, "2024-06-30")[["customer_id", "phase"]].to_numpy().tolist()
    [['a', 'adoption']]
    """
    rules = rules or PhaseRules()
    if date is not None:
        company = checked(company).at(date)
    ids = checked(company).snapshot()["customer_id"]
    held = phases(company, rules)
    held = held[held["ends_on"].isna()]
    order = pd.CategoricalDtype(rules.precedence, ordered=True)
    held = held.assign(rank=held["phase"].astype(order)).sort_values("rank", kind="stable")
    besides = held[held["customer_id"].duplicated()]
    others = besides["phase"].astype("str").groupby(besides["customer_id"]).agg(";".join)
    main = held.drop_duplicates("customer_id").set_index("customer_id").reindex(ids)
    main = main[["journey", "phase", "starts_on"]].rename(columns={"starts_on": "since"})
    main["others"] = others.reindex(ids).fillna("").astype("str")
    return main.astype({"journey": "int64"}).reset_index()


class Intervals(NamedTuple):
    """The intervals of one phase, sorted by journey and start; some may be empty (start = end)."""

    journey: np.ndarray
    start: np.ndarray
    end: np.ndarray
    opened_by: np.ndarray | int
    """Place in ``OPENED_BY``."""
    met: np.ndarray | int = -1
    """Whether the condition was met: 1, 0, or -1 for unknown."""


def intervals(company: Company, journeys: Journeys, rules: PhaseRules) -> dict[str, Intervals]:
    """The intervals of every phase, in the order of ``PHASES``, also those in the future."""
    recorded = sources(company)["onboarding"]
    windows = _windows(company, journeys, rules)
    onboarded, by, established = _value(company, journeys, rules, recorded, windows)
    latest, assumed = OPENED_BY.index("latest"), OPENED_BY.index("days")
    smooth = np.where(by == latest, 0, np.where(by == assumed, -1, 1))
    renewing = union(*windows[:3])
    ready = (established[renewing[0]] <= renewing[1]).astype(np.int64)
    signs, signed = _signs(company, journeys)
    opens = np.maximum(signed, established[signs])
    closes = np.minimum(signed + int(rules.expansion_days), journeys.end[signs])
    every = np.arange(len(journeys))
    return {
        "qualification": Intervals(*_qualification(company, journeys), OPENED_BY.index("deal")),
        "onboarding": Intervals(every, journeys.start, onboarded, OPENED_BY.index("start")),
        "adoption": Intervals(every, onboarded, journeys.end, by, smooth),
        "renewal": Intervals(
            *renewing,
            OPENED_BY.index("planned end"),
            ready if recorded != "contracts" else -1,
        ),
        "expansion": Intervals(*union(signs, opens, closes), OPENED_BY.index("expansion sign"), 1),
    }


def main_phase(
    found: dict[str, Intervals], journey: np.ndarray, date: np.ndarray, rules: PhaseRules
) -> np.ndarray:
    """The place in ``PHASES`` of the main phase of journeys on days, -1 where there is none.

    `found` is what :func:`intervals` gives; `journey` is -1 where there was none on that day.
    """
    main, wanted = np.full(len(journey), -1), joint(journey, date)
    for phase in reversed(rules.precedence):
        own = found[phase]
        place = covering(joint(own.journey, own.start), own.journey, own.end, wanted, journey, date)
        main[place >= 0] = PHASES.index(phase)
    return main


def _value(
    company: Company, journeys: Journeys, rules: PhaseRules, recorded: str, windows: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every journey the day onboarding ended, by which rule, and the day use took root."""
    if recorded == "contracts":
        onboarded = np.minimum(journeys.start + int(rules.onboarding_days), journeys.end)
        established = journeys.first(windows[0], windows[3])
        by = np.full(len(journeys), OPENED_BY.index("days"))
        return onboarded, by, np.maximum(established, onboarded)
    if recorded == "milestones":
        by = OPENED_BY.index(rules.onboarding_ends)
        first, established = (
            milestone_day(company, journeys, name)
            for name in (rules.onboarding_ends, rules.established_at)
        )
    else:
        by = OPENED_BY.index("usage")
        first, established = _usage(company, journeys, rules)
    latest = journeys.start + int(rules.onboarding_latest)
    onboarded = np.minimum(np.clip(first, journeys.start, latest), journeys.end)
    established = np.where(established < journeys.end, np.maximum(established, onboarded), NEVER)
    return onboarded, np.where(first <= latest, by, OPENED_BY.index("latest")), established


def milestone_day(company: Company, journeys: Journeys, milestone: str) -> np.ndarray:
    """The first day with a milestone or a later one, of every journey; ``NEVER`` if none came.

    A milestone belongs to the customer's journey in which its day lies, or to the next one. The
    number in the table counts the journeys with one product, which may be others.
    """
    table = company.milestones
    table = table[table["milestone"].isin(MILESTONES[MILESTONES.index(milestone) :])]
    happened = days(table["happened_on"])
    return journeys.first(
        journeys.ahead(journeys.numbers(table["customer_id"]), happened), happened
    )


def _usage(
    company: Company, journeys: Journeys, rules: PhaseRules
) -> tuple[np.ndarray, np.ndarray]:
    """The first day known of a running share, and of enough months at the established share."""
    table = company.usage
    month = month_of(days(table["month"]))
    known = month_start(month + 1) - 1
    journey = journeys.within(journeys.numbers(table["customer_id"]), known)
    seats = table["seats"].to_numpy()
    share = np.divide(table["active_users"], seats, out=np.zeros(len(table)), where=seats > 0)
    first = journeys.first(np.where(share >= rules.running_share, journey, -1), known)
    rows = np.flatnonzero((share >= rules.established_share) & (journey >= 0))
    rows = rows[np.argsort(joint(journey[rows], month[rows]), kind="stable")]
    back = int(rules.established_months) - 1
    last, before = rows[back:], rows[: len(rows) - back]
    run = last[(journey[last] == journey[before]) & (month[last] - month[before] == back)]
    return first, journeys.first(journey[run], known[run])


def _windows(company: Company, journeys: Journeys, rules: PhaseRules) -> tuple[np.ndarray, ...]:
    """Renewal windows, one a planned end: journey, opens, closes, successor signed."""
    levels = company.levels
    customer = journeys.numbers(levels["customer_id"])
    product, names = pd.factorize(levels["product"].fillna(""))
    key, start = customer * max(len(names), 1) + product, days(levels["starts_on"])
    order = np.argsort(joint(key, start), kind="stable")
    levels, customer, key, start = levels.iloc[order], customer[order], key[order], start[order]
    planned, until, signed = (days(levels[name]) for name in ("ends_on", "until", "signed_on"))
    after = np.searchsorted(joint(key, start), joint(key, planned))
    follows = np.append(key, -1)[after] == key
    successor = np.where(follows, np.append(signed, NEVER)[after], NEVER)
    # A change in mid-term does not shorten the term: one planned end, one first start.
    term = pd.Series(start).groupby(joint(key, planned)).transform("min").to_numpy()
    length = np.floor(rules.renewal_share * (planned - term)).astype(np.int64)
    opens = np.maximum(planned - np.minimum(length, int(rules.renewal_days)), start)
    closes = np.minimum(until, np.maximum(successor, opens))
    renewed = np.where(until >= planned, successor, NEVER)
    journey = journeys.within(customer, start)
    ran = (planned < NEVER) & (journey >= 0)
    return journey[ran], opens[ran], closes[ran], renewed[ran]


def _signs(company: Company, journeys: Journeys) -> tuple[np.ndarray, np.ndarray]:
    """Signs that an expansion is under way: journey and day."""
    contracts, deals, work = company.contracts, company.deals, company.activities
    grown = contracts[contracts["kind"].isin(["upsell", "cross_sell"])]
    at_work = work[work["phase"] == "expansion"]
    won = deals[(deals["outcome"] == "sold") & deals["customer_id"].notna()]
    rows = ((grown, "signed_on"), (at_work, "happened_on"), (won, "decided_on"))
    customer = np.concatenate([journeys.numbers(frame["customer_id"]) for frame, _ in rows])
    date = np.concatenate([days(frame[column]) for frame, column in rows])
    # A deal that began before the journey is the one that led to it.
    begun = np.append(date[: len(grown) + len(at_work)], days(won["happened_on"]))
    journey = journeys.within(customer, date)
    sign = (journey >= 0) & (date < NEVER) & (begun > np.append(journeys.start, NEVER)[journey])
    return journey[sign], date[sign]


def _qualification(company: Company, journeys: Journeys) -> tuple[np.ndarray, ...]:
    """The qualification before each journey, from the deals that were won: journey, start, end."""
    deals = company.deals[company.deals["customer_id"].notna()]
    begun, decided = days(deals["happened_on"]), days(deals["decided_on"])
    journey = journeys.ahead(journeys.numbers(deals["customer_id"]), begun)
    start = np.append(journeys.start, -1)[journey]
    led = (decided < NEVER) & (begun < start)
    return union(journey[led], begun[led], np.minimum(decided, start)[led])
