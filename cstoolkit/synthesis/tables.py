"""From ledgers to the tables of the data contract, cut at the day of knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from cstoolkit.days import NEVER, dates, month_of
from cstoolkit.synthesis import journey, sales, signals, work
from cstoolkit.synthesis.customers import FEATURES, INDUSTRIES, PRODUCTS, REGIONS, names
from cstoolkit.synthesis.state import Ledger, State
from cstoolkit.synthesis.team import TEAMS

FORMS = ("self", "free", "paid")
TIERS = ("high", "low", "tech")
MILESTONES = ("contract_signed", "kickoff", "live", "first_value", "basic_value", "exceeded_value")
SCOPES = (None, "onboarding", *PRODUCTS)
STALL_CAUSES = ("own", "handoff")
NOTES = (False, True, None)
"""By 0, 1 and -1."""


def _ids(letter: str, numbers: Iterable[int], digits: int) -> np.ndarray:
    """Identifiers such as C0001 for number 0."""
    return np.array([f"{letter}{number + 1:0{digits}d}" for number in numbers], dtype=object)


def _table(ledger: Ledger, end: int, *keys: str, **choices: Sequence) -> pd.DataFrame:
    """The rows of a ledger known by day `end`, in the order of `keys`: days become dates, and
    numbers their `choices`.
    """
    rows = ledger.known(end, *keys)
    rows["customer_id"] = _ids("C", rows["customer_id"], 4)
    if "person_id" in rows:
        rows["person_id"] = _ids("P", rows["person_id"], 2)
    for name, options in choices.items():
        rows[name] = np.array(options, dtype=object)[rows[name].to_numpy(int)]
    days = [name for name in rows if name.endswith(("_on", "_since")) or name == "month"]
    return rows.assign(**{name: dates(rows[name]) for name in days})


def collect(
    state: State, deals: pd.DataFrame, *, first: int, end: int, said: bool
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The company's tables as known at the end of day `end`, and those of the truth; rows are in
    the order of their days and keys.
    """
    start, known = int(month_of(first)), state.people.signed <= end
    use = state.usage.known(end, "month", "customer_id")
    voices = _voices(signals.voices(state, use if said else use.iloc[:0], start))
    journeys = {"product": PRODUCTS, "milestone": MILESTONES}
    reached = ("happened_on", "customer_id", "product", "milestone")
    tables = {
        "customers": _customers(state)[known],
        "contracts": _contracts(state, end),
        "tiers": _table(state.tiers, end, "starts_on", "customer_id", tier=TIERS),
        "deals": _deals(deals, end),
        "milestones": _table(state.milestones, end, *reached, **journeys),
        "usage": _usage(state, end),
        "activities": _activities(state, end),
        **_people(state, end),
        "assignments": _assignments(state, end),
        "voices": voices.drop(columns="topic"),
        "changes": signals.changes(start, end),
    }
    risk = _risk(state, end)
    truth = {
        "customers": _latent(state)[known],
        "stalls": _spans(state.stalls, end, STALL_CAUSES),
        "declines": _spans(state.declines, end, journey.CAUSES),
        "risk": risk.round({"engagement": 4, "probability": 6}),
        "effects": state.truth.table(),
        "signs": journey.lead_times(risk, state.truth),
        "voices": voices[["voice_id", "topic"]],
    }
    return _finish(tables), _finish(truth)


def _finish(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Words in one type, rows numbered from 0."""
    for name, table in tables.items():
        text = [column for column in table if table[column].dtype == object]
        tables[name] = table.astype(dict.fromkeys(text, "str")).reset_index(drop=True)
    return tables


def _customers(state: State) -> pd.DataFrame:
    people = state.people
    return pd.DataFrame(
        {
            "customer_id": _ids("C", range(len(people)), 4),
            "name": names(state.rng["customers"], people),
            "industry": np.array(list(INDUSTRIES))[people.industry],
            "employees": people.employees,
            "region": np.array(list(REGIONS))[people.region],
            "acquired_on": dates(people.signed),
            "onboarding": np.array(FORMS)[people.form],
        }
    )


def _latent(state: State) -> pd.DataFrame:
    ids, people = _ids("C", range(len(state)), 4), state.people
    latent = {"fit": people.fit.round(3), "frailty": people.frailty.round(4)}
    return pd.DataFrame({"customer_id": ids, **latent})


def _contracts(state: State, end: int) -> pd.DataFrame:
    order = ("signed_on", "customer_id", "product", "starts_on")
    table = _table(state.contracts, end, *order, product=PRODUCTS, kind=sales.KINDS)
    table.insert(0, "contract_id", _ids("K", table.index, 5))
    table.insert(6, "stopped_on", table.pop("stopped_on"))
    return table.round({"arr": 2})


def _activities(state: State, end: int) -> pd.DataFrame:
    order = ("happened_on", "person_id", "customer_id", "kind")
    choices = {"kind": work.KINDS, "phase": work.PHASES, "department": work.DEPARTMENTS}
    table = _table(state.activities, end, *order, **choices)
    table.insert(0, "activity_id", _ids("A", range(len(table)), 6))
    return table.round({"hours": 2})


def _assignments(state: State, end: int) -> pd.DataFrame:
    order = ("starts_on", "customer_id", "person_id")
    table = _table(state.assignments, end, *order, scope=SCOPES, notes_passed=NOTES)
    return table.astype({"notes_passed": "boolean"})


def _voices(said: pd.DataFrame) -> pd.DataFrame:
    table = said.assign(
        customer_id=_ids("C", said["customer_id"], 4), happened_on=dates(said["happened_on"])
    )
    table.insert(0, "voice_id", _ids("V", range(len(table)), 5))
    return table


def _risk(state: State, end: int) -> pd.DataFrame:
    """Every decision on a contract: how likely it was to end, and whether it did."""
    order = ("decided_on", "customer_id", "product")
    table = _table(state.risk, end, *order, product=PRODUCTS)
    table["contract"] = _ids("K", table["contract"], 5)
    return table.rename(columns={"contract": "contract_id"})


def _spans(ledger: Ledger, end: int, causes: Sequence[str]) -> pd.DataFrame:
    table = _table(ledger, end, "starts_on", "customer_id", cause=causes)
    return table[["customer_id", "starts_on", "ends_on", "cause"]]


def _deals(deals: pd.DataFrame, end: int) -> pd.DataFrame:
    ids = _ids("C", deals["customer"], 4)
    deals = deals.assign(
        customer=np.where(deals["customer"] >= 0, ids, None),
        happened_on=dates(deals["happened_on"]),
        decided_on=dates(deals["decided_on"]),
    ).rename(columns={"customer": "customer_id"})
    deals.insert(0, "deal_id", _ids("D", range(len(deals)), 5))
    return deals[deals["decided_on"] <= dates(np.array(end))]


def _usage(state: State, end: int) -> pd.DataFrame:
    table = _table(state.usage, end, "month", "customer_id").drop(columns=["spirit", "problem"])
    uses = table[[f"uses_{name}" for name in FEATURES.index]]
    table.insert(5, "features_used", (uses > 0).sum(axis=1))
    return table


def _people(state: State, end: int) -> dict[str, pd.DataFrame]:
    """People and posts. A post lasts as long as team, role and manager stay the same."""
    team = state.team
    ids = _ids("P", range(len(team)), 2)
    people = pd.DataFrame(
        {
            "person_id": ids,
            "region": np.array(list(REGIONS))[team.region],
            "skills": team.skills,
            "hired_on": dates(team.hired),
            "left_on": dates(np.where(team.left <= end, team.left, NEVER)),
            "hours": team.hours.astype(float),
        }
    )
    role = np.unique(team.role, return_inverse=True)[1].reshape(team.role.shape)
    key = np.stack([team.place, team.manager, role])
    person, week = np.nonzero((np.diff(key, axis=2, prepend=-9) != 0).any(axis=0))
    until = np.append(team.mondays[week[1:]], NEVER)[: len(person)]
    until[:-1][person[1:] != person[:-1]] = NEVER
    place, manager = team.place[person, week], team.manager[person, week]
    posts = pd.DataFrame(
        {
            "person_id": ids[person],
            "team": np.array(TEAMS)[place],
            "role": team.role[person, week],
            "manager_id": np.where(manager >= 0, ids[manager], None),
            "starts_on": dates(team.mondays[week]),
            "ends_on": dates(until),
        }
    )
    return {"people": people[team.hired <= end], "posts": posts[place >= 0]}
