"""Who is in a stall now, and what to do about it today: the finds of the monitoring, made a list of work."""

from __future__ import annotations

import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.lifecycle._actions import next_actions
from cstoolkit.lifecycle._phases import current
from cstoolkit.lifecycle._rules import PhaseRules
from cstoolkit.lifecycle._stalls import stalls


def worklist(
    company: Company, found: pd.DataFrame | None = None, phase_rules: PhaseRules | None = None
) -> pd.DataFrame:
    """The stalls that are open on `company.as_of`, those with most ARR first.

    `found` is what :func:`stalls` gives for this company (default: with its default rules). Returns one row a customer in a stall:
    customer_id, arr (currency a year), phase (main phase on `as_of`, which may be another than when the stall was found), since (first
    day of the run of low months), months (so many months of usage ago), reason, next_action (for that phase and reason, see
    :func:`actions`). ARR decides the order and nothing else: it says what is at stake, not who can be helped.

    >>> import cstoolkit as cs
    >>> table = worklist(cs.load_company())
    >>> bool(table["arr"].is_monotonic_decreasing), bool(table["customer_id"].is_unique)
    (True, True)
    """
    found = stalls(company, phase_rules=phase_rules) if found is None else found
    open_ = found.loc[found["ended_on"].isna(), ["customer_id", "since", "reason"]]
    now = current(company, rules=phase_rules)[["customer_id", "phase"]]
    result = open_.merge(company.snapshot()[["customer_id", "arr"]], on="customer_id").merge(
        now, on="customer_id"
    )
    today = company.as_of + pd.Timedelta(days=1)
    result["months"] = (
        12 * (today.year - result["since"].dt.year) + today.month - result["since"].dt.month
    )
    result["next_action"] = next_actions(result["phase"].array, result["reason"].array)
    result = result.sort_values(["arr", "customer_id"], ascending=[False, True], ignore_index=True)
    return result[["customer_id", "arr", "phase", "since", "months", "reason", "next_action"]]
