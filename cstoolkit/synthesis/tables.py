"""From ledgers to the tables of the data contract, cut at the day of knowledge."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.days import NEVER, dates, month_of
from cstoolkit.synthesis import engagement, names, sales, usage, voices, work
from cstoolkit.synthesis.customers import ANSWERS, INDUSTRIES, PRODUCTS, REGIONS
from cstoolkit.synthesis.state import State
from cstoolkit.synthesis.team import TEAMS

FORMS = ("self", "free", "paid")
TIERS = ("high", "low", "tech")
MILESTONES = ("contract_signed", "kickoff", "live", "first_value", "basic_value", "exceeded_value")
SCOPES = ("", "onboarding", *PRODUCTS)


def collect(
    state: State, *, first: int, end: int, said: bool
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The company's tables as known at the end of day `end`, rows ordered by day and key, and those of the truth."""
    ids = np.array([f"C{number + 1:04d}" for number in range(len(state))])
    tables = {
        "customers": _customers(state, ids, end),
        "contracts": _contracts(state, ids, end),
        "tiers": _tiers(state, ids, end),
        "deals": _deals(state, ids, end),
        "milestones": _milestones(state, ids, end),
        "usage": _usage(state, ids),
        "activities": _activities(state, ids, end),
        **_people(state, end),
        "assignments": _assignments(state, ids, end),
    }
    truth = {
        "customers": pd.DataFrame(
            {
                "customer_id": ids,
                "fit": state.people.fit.round(3),
                "frailty": state.people.frailty.round(4),
            }
        ),
        "stalls": _stalls(state, ids, end),
        "declines": _declines(state, ids, end),
        "risk": _risk(state, ids, end),
        "effects": state.truth.table(),
    }
    truth["customers"] = truth["customers"][
        truth["customers"]["customer_id"].isin(tables["customers"]["customer_id"])
    ]
    truth["signs"] = engagement.lead_times(truth["risk"], state.truth)
    heard, truth["voices"] = _voices(state, first, wanted=said)
    tables["voices"] = pd.DataFrame(
        {
            "voice_id": heard["voice_id"],
            "customer_id": _texts(ids[heard["customer"].to_numpy(int)]),
            "happened_on": dates(heard["day"].to_numpy(np.int64)),
            "channel": heard["channel"],
            "feature": heard["feature"],
            "text": heard["text"],
            "score": heard["score"].astype(float),
        }
    )
    tables["changes"] = _changes(first, end)
    return (
        {name: _finish(table) for name, table in tables.items()},
        {name: _finish(table) for name, table in truth.items()},
    )


def _changes(first: int, end: int) -> pd.DataFrame:
    return voices.changes(int(month_of(np.array(first))), end)


def _texts(values: np.ndarray) -> pd.Series:
    """Strings; empty ones are missing."""
    values = np.asarray(values, dtype=object)
    return pd.Series(np.where(values == "", None, values), dtype="str")


def _finish(table: pd.DataFrame) -> pd.DataFrame:
    text = [name for name in table.columns if table[name].dtype == object]
    return table.astype(dict.fromkeys(text, "str")).reset_index(drop=True)


def _by_day(rows: dict[str, np.ndarray], *keys: str) -> dict[str, np.ndarray]:
    order = np.lexsort(tuple(rows[key] for key in reversed(keys)))
    return {name: column[order] for name, column in rows.items()}


def _known(
    rows: dict[str, np.ndarray], column: str, end: int, closes: str = ""
) -> dict[str, np.ndarray]:
    """Rows known by day `end`; closings after it are not known yet."""
    keep = rows[column] <= end
    rows = {name: values[keep] for name, values in rows.items()}
    if closes:
        rows[closes] = np.where(rows[closes] <= end, rows[closes], NEVER)
    return rows


def _customers(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    people = state.people
    known = people.signed <= end
    table = pd.DataFrame(
        {
            "customer_id": ids,
            "name": names.companies(state.rng["customers"], people.industry, people.region),
            "industry": np.array(list(INDUSTRIES))[people.industry],
            "employees": people.employees,
            "region": np.array(list(REGIONS))[people.region],
            "acquired_on": dates(people.signed),
            "onboarding": np.array(FORMS)[people.form],
        }
    )
    return table[known]


def _contracts(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    rows = state.contracts.arrays()
    rows["number"] = np.arange(len(rows["customer"]))
    rows = _by_day(
        _known(rows, "signed", end, closes="stopped"), "signed", "customer", "product", "starts"
    )
    return pd.DataFrame(
        {
            "contract_id": [f"K{number + 1:05d}" for number in rows["number"]],
            "customer_id": ids[rows["customer"]],
            "product": np.array(PRODUCTS)[rows["product"]],
            "signed_on": dates(rows["signed"]),
            "starts_on": dates(rows["starts"]),
            "ends_on": dates(rows["ends"]),
            "stopped_on": dates(rows["stopped"]),
            "arr": rows["arr"].round(2),
            "kind": np.array(sales.KINDS)[rows["kind"]],
        }
    )


def _tiers(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    rows = _by_day(_known(state.tiers.arrays(), "starts", end, closes="ends"), "starts", "customer")
    return pd.DataFrame(
        {
            "customer_id": ids[rows["customer"]],
            "tier": np.array(TIERS)[rows["tier"]],
            "starts_on": dates(rows["starts"]),
            "ends_on": dates(rows["ends"]),
        }
    )


def _deals(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    deals = state.deals
    table = pd.DataFrame(
        {
            "deal_id": [f"D{number + 1:05d}" for number in range(len(deals.customer))],
            "customer_id": _texts(np.where(deals.customer >= 0, ids[deals.customer], "")),
            "happened_on": dates(deals.happened),
            "decided_on": dates(deals.decided),
            **{f"answer_{name}": deals.answers[:, number] for number, name in enumerate(ANSWERS)},
            "fit": deals.recorded.round(2),
            "outcome": deals.outcome,
            "arr": deals.arr.round(2),
        }
    )
    return table[deals.decided <= end]


def _milestones(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    rows = _known(state.milestones.arrays(), "day", end)
    rows = _by_day(rows, "day", "customer", "product", "milestone")
    return pd.DataFrame(
        {
            "customer_id": ids[rows["customer"]],
            "product": np.array(PRODUCTS)[rows["product"]],
            "journey": rows["journey"],
            "milestone": np.array(MILESTONES)[rows["milestone"]],
            "happened_on": dates(rows["day"]),
        }
    )


def _usage(state: State, ids: np.ndarray) -> pd.DataFrame:
    rows = state.usage.arrays()
    uses = np.concatenate(state.uses)
    table = pd.DataFrame(
        {
            "customer_id": ids[rows["customer"]],
            "month": dates(rows["month"]),
            "seats": rows["seats"],
            "active_users": rows["active"],
            "logins": rows["logins"],
            "features_used": (uses > 0).sum(axis=1),
            **{f"uses_{name}": uses[:, number] for number, name in enumerate(usage.FEATURES)},
        }
    )
    return table.sort_values(["month", "customer_id"], kind="stable")


def _activities(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    rows = _by_day(
        _known(state.activities.arrays(), "day", end), "day", "person", "customer", "kind"
    )
    size = len(rows["day"])
    return pd.DataFrame(
        {
            "activity_id": [f"A{number + 1:06d}" for number in range(size)],
            "customer_id": ids[rows["customer"]],
            "person_id": [f"P{person + 1:02d}" for person in rows["person"]],
            "happened_on": dates(rows["day"]),
            "kind": np.array(work.KINDS)[rows["kind"]],
            "phase": np.array(work.PHASES)[rows["phase"]],
            "department": _texts(np.array(work.DEPARTMENTS)[rows["department"]]),
            "hours": rows["hours"].round(2),
        }
    )


def _people(state: State, end: int) -> dict[str, pd.DataFrame]:
    """People and posts. A post lasts as long as team, role and manager stay the same."""
    team = state.team
    ids = np.array([f"P{number + 1:02d}" for number in range(len(team))])
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
    key = np.stack(
        [
            team.place,
            team.manager,
            np.unique(team.role, return_inverse=True)[1].reshape(team.role.shape),
        ]
    )
    changed = (np.diff(key, axis=2, prepend=-9) != 0).any(axis=0)
    person, week = np.nonzero(changed)
    last = np.append(person[1:] != person[:-1], True)[: len(person)]
    until = np.where(last, NEVER, np.append(team.mondays[week[1:]], NEVER)[: len(person)])
    place, manager = team.place[person, week], team.manager[person, week]
    posts = pd.DataFrame(
        {
            "person_id": ids[person],
            "team": np.array(TEAMS)[place],
            "role": team.role[person, week],
            "manager_id": _texts(np.where(manager >= 0, ids[manager], "")),
            "starts_on": dates(team.mondays[week]),
            "ends_on": dates(until),
        }
    )
    return {"people": people[team.hired <= end], "posts": posts[place >= 0]}


def _assignments(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    rows = _by_day(
        _known(state.assignments.arrays(), "starts", end, closes="ends"),
        "starts",
        "customer",
        "person",
    )
    return pd.DataFrame(
        {
            "customer_id": ids[rows["customer"]],
            "person_id": [f"P{person + 1:02d}" for person in rows["person"]],
            "role": rows["role"],
            "scope": _texts(np.array(SCOPES)[rows["scope"].astype(int)]),
            "notes_passed": pd.array(
                np.where(rows["notes"] < 0, None, rows["notes"] > 0), dtype="boolean"
            ),
            "starts_on": dates(rows["starts"]),
            "ends_on": dates(rows["ends"]),
        }
    )


def _stalls(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    rows = _by_day(
        _known(state.stalls.arrays(), "starts", end, closes="ends"), "starts", "customer"
    )
    return pd.DataFrame(
        {
            "customer_id": ids[rows["customer"]],
            "starts_on": dates(rows["starts"]),
            "ends_on": dates(rows["ends"]),
            "cause": np.where(rows["cause"] > 0, "handoff", "own"),
        }
    )


def _declines(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    """Every span in which engagement fell: who, from when until when (it turned, or they left), and why."""
    rows = _by_day(
        _known(state.declines.arrays(), "starts", end, closes="ends"), "starts", "customer"
    )
    return pd.DataFrame(
        {
            "customer_id": ids[rows["customer"]],
            "starts_on": dates(rows["starts"]),
            "ends_on": dates(rows["ends"]),
            "cause": np.array(engagement.CAUSES)[rows["cause"]],
        }
    )


def _risk(state: State, ids: np.ndarray, end: int) -> pd.DataFrame:
    """Every decision on a contract: who, which, when, how likely it was to end, and whether it did."""
    rows = _by_day(_known(state.risk.arrays(), "decided", end), "decided", "customer", "product")
    return pd.DataFrame(
        {
            "customer_id": ids[rows["customer"]],
            "product": np.array(PRODUCTS)[rows["product"]],
            "contract_id": [f"K{number + 1:05d}" for number in rows["row"]],
            "decided_on": dates(rows["decided"]),
            "ends_on": dates(rows["ends"]),
            "open_ended": state.contracts.arrays()["ends"][rows["row"]] >= NEVER,
            "engagement": rows["engagement"].round(4),
            "declining_since": dates(rows["declining_since"]),
            "probability": rows["probability"].round(6),
            "churned": rows["churned"],
        }
    )


def _voices(state: State, first: int, wanted: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = state.usage.arrays()
    uses = np.concatenate(state.uses)
    talent = np.array([product == "talent" for product, _, _ in usage.FEATURES.values()])
    keep = np.full(len(rows["customer"]), wanted)
    customer = rows["customer"][keep]
    return voices.create(
        state.rng["voices"],
        customer=customer,
        month=rows["month"][keep],
        health=usage.health(rows["active"], rows["seats"])[keep],
        has_talent=(uses[:, talent] > 0).any(axis=1)[keep],
        region=state.people.region[customer],
        spirit=rows["spirit"][keep] * state.truth.engagement_on_score,
        problem=rows["problem"][keep],
        signed=state.people.signed[customer],
        first_month=int(month_of(np.array(first))),
    )
