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
    people, start = state.people, int(month_of(first))
    who = ("customer_id", "product")
    known = people.signed <= end
    ids = _ids("C", range(len(people)), 4)
    kinds = {"product": PRODUCTS, "kind": sales.KINDS}
    contracts = _table(state.contracts, end, "signed_on", *who, "starts_on", **kinds)
    contracts.insert(0, "contract_id", _ids("K", contracts.index, 5))
    contracts.insert(6, "stopped_on", contracts.pop("stopped_on"))
    journeys = {"product": PRODUCTS, "milestone": MILESTONES}
    kinds = {"kind": work.KINDS, "phase": work.PHASES, "department": work.DEPARTMENTS}
    done = ("happened_on", "person_id", "customer_id", "kind")
    activities = _table(state.activities, end, *done, **kinds).round({"hours": 2})
    activities.insert(0, "activity_id", _ids("A", range(len(activities)), 6))
    scopes = {"scope": SCOPES, "notes_passed": NOTES}
    assigned = _table(state.assignments, end, "starts_on", "customer_id", "person_id", **scopes)
    use = state.usage.known(end, "month", "customer_id")
    voices = signals.voices(state, use if said else use.iloc[:0], start)
    voices["customer_id"] = ids[voices["customer_id"].to_numpy(int)]
    voices["happened_on"] = dates(voices["happened_on"])
    voices.insert(0, "voice_id", _ids("V", range(len(voices)), 5))
    tables = {
        "customers": pd.DataFrame(
            {
                "customer_id": ids,
                "name": names(state.rng["customers"], people),
                "industry": np.array(list(INDUSTRIES))[people.industry],
                "employees": people.employees,
                "region": np.array(list(REGIONS))[people.region],
                "acquired_on": dates(people.signed),
                "onboarding": np.array(FORMS)[people.form],
            }
        )[known],
        "contracts": contracts.round({"arr": 2}),
        "tiers": _table(state.tiers, end, "starts_on", "customer_id", tier=TIERS),
        "deals": _deals(deals, ids, end),
        "milestones": _table(state.milestones, end, "happened_on", *who, "milestone", **journeys),
        "usage": _usage(state, end),
        "activities": activities,
        **_people(state, end),
        "assignments": assigned.astype({"notes_passed": "boolean"}),
        "voices": voices.drop(columns="topic"),
        "changes": signals.changes(start, end),
    }
    risk = _table(state.risk, end, "decided_on", *who, product=PRODUCTS)
    risk = risk.assign(contract=_ids("K", risk["contract"], 5))
    risk = risk.rename(columns={"contract": "contract_id"})
    stalls, declines = (
        _table(ledger, end, "starts_on", "customer_id", cause=causes)
        for ledger, causes in ((state.stalls, STALL_CAUSES), (state.declines, journey.CAUSES))
    )
    order = ["customer_id", "starts_on", "ends_on", "cause"]
    truth = {
        "customers": pd.DataFrame(
            {"customer_id": ids, "fit": people.fit.round(3), "frailty": people.frailty.round(4)}
        )[known],
        "stalls": stalls[order],
        "declines": declines[order],
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


def _deals(deals: pd.DataFrame, ids: np.ndarray, end: int) -> pd.DataFrame:
    deals = deals.assign(
        customer=np.where(deals["customer"] >= 0, ids[deals["customer"]], None),
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
