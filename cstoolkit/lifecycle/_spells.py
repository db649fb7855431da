"""The journey as one state at a time: spells of the main phase, and who moved from where to where."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES
from cstoolkit.days import NEVER, apart, dates, day, joint
from cstoolkit.lifecycle._phases import intervals, main_of
from cstoolkit.lifecycle._rules import JOURNEY, PhaseRules
from cstoolkit.lifecycle._time import Journeys

CHURNED = "churned"
STATES = (*JOURNEY, CHURNED)
"""The states of a journey: the four phases, and having left, from which this journey does not come back."""

START = "start"


def spells(company: Company, rules: PhaseRules | None = None) -> pd.DataFrame:
    """Every journey cut into spells of its main phase (by `rules.precedence`), as known on `company.as_of`.

    Returns one row a spell, in the order customer, journey, start: customer_id, journey, state (ordered category of the four phases
    and churned), starts_on, ends_on (exclusive; empty: still so), from_day and to_day (days since the journey's start; `to_day` is the
    day after `as_of` where the spell is still open), next (the state that followed; missing: still open, that is censored).
    Spells of one journey follow each other without gap; a journey after a reactivation begins anew at day 0.

    >>> import pandas as pd
    >>> contracts = pd.DataFrame({"customer_id": ["a"], "starts_on": ["2024-01-01"], "ends_on": ["2025-01-01"], "arr": [1200]})
    >>> one = Company.from_tables(name="One", currency="EUR", as_of="2025-06-30", contracts=contracts,
    ...                           customers=pd.DataFrame({"customer_id": ["a"]}))
    >>> spells(one)[["state", "from_day", "to_day", "next"]].to_numpy().tolist()
    [['onboarding', 0, 100, 'adoption'], ['adoption', 100, 276, 'renewal'], ['renewal', 276, 366, 'churned']]
    """
    rules = rules or PhaseRules()
    journeys = Journeys.of(company)
    parts = {part[0]: part[1:4] for part in intervals(company, journeys, rules)}
    end = np.minimum(journeys.end, day(company.as_of) + 1)
    every = np.arange(len(journeys))
    key = np.concatenate([every, *(np.concatenate(parts[phase][:1] * 2) for phase in JOURNEY)])
    turn = np.concatenate(
        [journeys.start, *(np.concatenate(parts[phase][1:3]) for phase in JOURNEY)]
    )
    inside = (turn >= journeys.start[key]) & (turn < end[key])
    turns = np.unique(joint(key[inside], turn[inside]))
    key, turn = apart(turns)
    state = main_of(parts, key, turn, rules)
    fresh = np.ones(len(key), bool)
    fresh[1:] = (key[1:] != key[:-1]) | (state[1:] != state[:-1])
    key, turn, state = key[fresh], turn[fresh], state[fresh]
    last = np.append(key[1:] != key[:-1], True) if len(key) else np.empty(0, bool)
    stop = np.where(last, journeys.end[key], np.append(turn[1:], NEVER)[: len(turn)])
    codes = pd.Index(STATES).get_indexer(pd.Index(PHASES).take(state))
    after = np.where(
        last,
        np.where(stop < NEVER, STATES.index(CHURNED), -1),
        np.append(codes[1:], -1)[: len(codes)],
    )
    begun = journeys.start[key]
    return pd.DataFrame(
        {
            "customer_id": pd.Series(
                journeys.ids.take(journeys.customer[key]).to_numpy(), dtype="str"
            ),
            "journey": journeys.number[key],
            "state": pd.Categorical.from_codes(codes, STATES, ordered=True),
            "starts_on": dates(turn),
            "ends_on": dates(stop),
            "from_day": turn - begun,
            "to_day": np.minimum(stop, end[key]) - begun,
            "next": pd.Categorical.from_codes(after, STATES, ordered=True),
        }
    )


def flows(
    spells: pd.DataFrame,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Who moved from where to where, from day `start` on and before day `end` (default: ever).

    `spells` is what :func:`spells` gives. Returns one row a move that happened: source (start: a journey began), target, moves,
    customers (different ones), median_days (spent in the source before; missing for start). The law of flows: what came into a
    state less what went out of it is what it gained.

    >>> import cstoolkit as cs
    >>> year = flows(cs.lifecycle.spells(cs.load_company()), "2025-01-01", "2026-01-01")
    >>> year.columns.to_list()
    ['source', 'target', 'moves', 'customers', 'median_days']
    """
    begun = spells[spells["from_day"] == 0]
    moved = spells[spells["next"].notna()]
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "source": START,
                    "target": begun["state"].astype("str"),
                    "on": begun["starts_on"],
                    "customer_id": begun["customer_id"],
                    "days": np.nan,
                }
            ),
            pd.DataFrame(
                {
                    "source": moved["state"].astype("str"),
                    "target": moved["next"].astype("str"),
                    "on": moved["ends_on"],
                    "customer_id": moved["customer_id"],
                    "days": (moved["to_day"] - moved["from_day"]).astype(float),
                }
            ),
        ]
    )
    if start is not None:
        table = table[table["on"] >= pd.Timestamp(start)]
    if end is not None:
        table = table[table["on"] < pd.Timestamp(end)]
    order = pd.CategoricalDtype([START, *STATES], ordered=True)
    table = table.astype({"source": order, "target": order})
    rows = table.groupby(["source", "target"], observed=True)
    result = rows.agg(
        moves=("customer_id", "size"),
        customers=("customer_id", "nunique"),
        median_days=("days", "median"),
    )
    return result.reset_index()
