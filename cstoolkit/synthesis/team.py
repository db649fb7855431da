"""People, their posts and the reorganisations: the CS organisation as the vendor grew.

The plan follows the number of customers that the sales plan foresees, not what befalls them, so
that who works here is settled before the journeys begin.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from cstoolkit import tables
from cstoolkit.days import NEVER
from cstoolkit.synthesis.customers import INDUSTRIES, REGIONS, Customers

POSTS = tables.read("synthesis", "posts").set_index("function")
"""By function: role, the function that posts are filled from by promotion, team (empty: by era and
tier), and the live customers foreseen at which each post is opened."""
ERAS = (0, 150, 500, 1000)
"""Live customers foreseen at which CS is reorganised: all-rounders; onboarding apart; by tier; low
touch by region."""
TEAMS = (
    "Customer Success",
    "CSM",
    "High Touch",
    "Low Touch",
    "Low Touch Japan",
    "Low Touch Global",
    "Tech Touch",
    "Onboarding",
    "CS Ops",
    "Customer Marketing",
    "Analytics",
)
BY_TIER = "HLLHLTLHLTHLLLT"
LOW_TOUCH_GLOBAL = (2, 8, 12)
"""Places of the CSM posts in the teams by tier, and those low-touch posts that go to the
team outside Japan."""
EXPECTED_LOSS = 0.11
"""Share of customers that the plan expects to lose in a year."""


@dataclass
class Team:
    """Who works in CS, week by week. `place[p, w]` is an index into TEAMS, -1 when person p
    has no post in week w.
    """

    hired: np.ndarray
    left: np.ndarray
    hours: np.ndarray
    region: np.ndarray
    skills: list[str]
    place: np.ndarray
    role: np.ndarray
    manager: np.ndarray
    era: np.ndarray
    live: np.ndarray
    mondays: np.ndarray

    def __len__(self) -> int:
        return len(self.hired)


def foreseen(customers: Customers, mondays: np.ndarray, together: bool) -> np.ndarray:
    """Live customers that the plan foresees in each week."""
    if together:
        return np.full(len(mondays), float(len(customers)))
    known = customers.starts[None, :] <= mondays[:, None]
    years = np.maximum(mondays[:, None] - customers.starts[None, :] - 300, 0) / 365.25
    return (known * np.exp(-EXPECTED_LOSS * years)).sum(axis=1)


def _occupy(
    rng: np.random.Generator, live: np.ndarray, mondays: np.ndarray, together: bool
) -> tuple[list[tuple[int, str, int, int, int]], list[int], list[int]]:
    """Fill the slots week by week. Returns stints (person, function, number, first week, week after
    the last), hires, leavings.
    """
    weeks = len(mondays)
    queue: list[tuple[int, str, int, int]] = []
    for function, opens_at in POSTS["opens_at"].items():
        for number, customers in enumerate(opens_at.split()):
            reached = np.flatnonzero(live >= int(customers))
            if len(reached):
                lag = 0 if together else int(rng.integers(0, 6))
                heapq.heappush(queue, (int(reached[0]) + lag, function, number, 0))
    hired: list[int] = []
    leaves: list[int] = []
    holder: dict[tuple[str, int], tuple[int, int]] = {}
    version: dict[tuple[str, int], int] = {}
    stints = []

    def vacate(slot: tuple[str, int], week: int, after: int) -> None:
        person, since = holder.pop(slot)
        if week > since:
            stints.append((person, *slot, since, week))
        version[slot] = version.get(slot, 0) + 1
        if week + after < weeks:
            heapq.heappush(queue, (week + after, *slot, version[slot]))

    while queue:
        week, function, number, seen = heapq.heappop(queue)
        slot = (function, number)
        if week >= weeks or seen != version.get(slot, 0):
            continue
        if slot in holder:
            vacate(slot, week, int(rng.integers(5, 13)))
            continue
        source = POSTS.loc[function, "promoted_from"]
        ready = [
            (hired[person], person, key)
            for key, (person, since) in holder.items()
            if key[0] == source and week - hired[person] >= 40 and leaves[person] > week + 30
        ]
        if ready:
            _, person, key = min(ready)
            vacate(key, week, int(rng.integers(3, 9)))
        else:
            person = len(hired)
            hired.append(week)
            stay = 35 + int(rng.exponential(270))
            leaves.append(week + stay)
        if function == "head":
            leaves[person] = weeks
        holder[slot] = (person, week)
        if leaves[person] < weeks:
            heapq.heappush(queue, (leaves[person], function, number, version.get(slot, 0)))
    for slot, (person, since) in holder.items():
        stints.append((person, *slot, since, weeks))
    return stints, hired, leaves


def _place(function: str, number: int, era: int) -> str:
    """The team of a post; where the function has none of its own, it goes by era and tier."""
    fixed = POSTS.loc[function, "team"]
    if fixed:
        return fixed
    if era < 2:
        return ("Customer Success", "CSM")[era]
    tier = BY_TIER[number % len(BY_TIER)] if function == "csm" else "HL"[number]
    if tier == "L" and era == 3:
        abroad = function == "csm" and number in LOW_TOUCH_GLOBAL
        return "Low Touch Global" if abroad else "Low Touch Japan"
    return {"H": "High Touch", "L": "Low Touch", "T": "Tech Touch"}[tier]


def build(
    rng: np.random.Generator, customers: Customers, mondays: np.ndarray, together: bool
) -> Team:
    """Hire, promote, lose and reorganise people over the weeks."""
    live = foreseen(customers, mondays, together)
    era = np.searchsorted(ERAS, np.maximum.accumulate(live), side="right") - 1
    stints, hired, leaves = _occupy(rng, live, mondays, together)
    people, weeks = len(hired), len(mondays)
    place = np.full((people, weeks), -1)
    role = np.full((people, weeks), "", dtype="<U20")
    manager = np.full((people, weeks), -1)
    head, csm_managers = np.full(weeks, -1), np.full((2, weeks), -1)
    onboarding_manager = np.full(weeks, -1)
    for person, function, number, since, until in stints:
        if function == "head":
            head[since:until] = person
        elif function == "csm_manager":
            csm_managers[number, since:until] = person
        elif function == "onboarding_manager":
            onboarding_manager[since:until] = person
    for person, function, number, since, until in stints:
        for step in range(4):
            span = np.flatnonzero(era[since:until] == step) + since
            if not len(span):
                continue
            team = _place(function, number, step)
            place[person, span] = TEAMS.index(team)
            role[person, span] = POSTS.loc[function, "role"]
            first, second = csm_managers[:, span]
            if function == "csm":
                one, other = (second, first) if team.startswith("Low Touch") else (first, second)
                lead = np.where(one >= 0, one, np.where(other >= 0, other, head[span]))
            elif function == "onboarding":
                lead = np.where(onboarding_manager[span] >= 0, onboarding_manager[span], head[span])
            else:
                lead = head[span] if function != "head" else np.full(len(span), -1)
            manager[person, span] = lead
    industries = list(INDUSTRIES)
    skills = [
        ";".join(sorted(rng.choice(industries, size=int(rng.integers(1, 4)), replace=False)))
        for _ in range(people)
    ]
    gone = np.array(leaves, int)
    return Team(
        hired=mondays[np.array(hired, int)],
        left=np.where(gone < weeks, mondays[np.minimum(gone, weeks - 1)], NEVER),
        hours=rng.choice([150, 152, 156, 160, 160, 164, 168, 170], size=people),
        region=rng.choice(len(REGIONS), size=people, p=[0.5, 0.22, 0.18, 0.1]),
        skills=skills,
        place=place,
        role=role,
        manager=manager,
        era=era,
        live=live,
        mondays=mondays,
    )
