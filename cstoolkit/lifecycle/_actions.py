"""What to do about a stall, by the phase it was found in and the signal that gave it away."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.contract import PHASES
from cstoolkit.lifecycle._monitor import SIGNALS

_CLASS, _FEATURES, _STORY = (
    "class for other users",
    "show other features",
    "case story of a customer like this one",
)

_ACTIONS = (
    ("onboarding", "users", "training session on the basics", "S1"),
    ("onboarding", "features", "in-product tutorial and a webinar on the next feature", "S1"),
    (
        "onboarding",
        "frequency",
        "check-in on the first goal, then the onboarding plan anew",
        "ours",
    ),
    ("adoption", "users", _CLASS, "S1"),
    ("adoption", "features", _FEATURES, "S1"),
    ("adoption", "frequency", _STORY, "S1"),
    ("renewal", "users", f"business review on the customer's goals, with a {_CLASS}", "S1"),
    ("renewal", "features", f"business review on the customer's goals; {_FEATURES}", "S1"),
    ("renewal", "frequency", f"business review on the customer's goals, with a {_STORY}", "S1"),
    ("expansion", "users", f"hold the offer; {_CLASS}", "ours"),
    ("expansion", "features", f"hold the offer; {_FEATURES}", "ours"),
    ("expansion", "frequency", f"hold the offer; {_STORY}", "ours"),
)


def actions() -> pd.DataFrame:
    """The next action for each phase and reason of a stall: phase, reason, next_action, source.

    S1 names the means (training for other users, other features, use cases, check-ins, reviews tied to goals) and the phases they
    belong to. That an offer waits while use stalls is ours: S1 wants offers to arise from a need seen in monitoring.

    >>> table = actions().set_index(["phase", "reason"])
    >>> table.loc[("adoption", "users"), "next_action"]
    'class for other users'
    """
    return pd.DataFrame(_ACTIONS, columns=["phase", "reason", "next_action", "source"])


def next_actions(phase: pd.Categorical, reason: pd.Categorical) -> pd.Series:
    """The action for each pair; missing where the phase is (usage outside every contract)."""
    grid = np.full((len(PHASES) + 1, len(SIGNALS) + 1), None, dtype=object)
    for each, signal, action, _ in _ACTIONS:
        grid[PHASES.index(each), SIGNALS.index(signal)] = action
    return pd.Series(grid[phase.codes, reason.codes], dtype="str")
