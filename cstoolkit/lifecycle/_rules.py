"""The rules by which a phase begins and ends: explicit, changeable, each with its source."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cstoolkit import checks
from cstoolkit.assumptions import assumption
from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES

JOURNEY = ("onboarding", "adoption", "renewal", "expansion")
"""The four phases of a customer (S1). Qualification comes before there is one."""


@dataclass(frozen=True, kw_only=True)
class PhaseRules:
    """When each phase of S1's journey begins and ends.

    S1 gives the conditions (adoption follows smooth onboarding, renewal follows successful adoption, expansion needs established
    use and a continuing contract) and no figure; every figure here is ours, to be replaced by the reader's own.

    `onboarding_ends` and `established_at` name the milestone (it or a later one) at which a customer runs on its own, and at which
    use has taken root. `precedence` says which phase comes first where a customer is in several at once: a renewal has a date
    that does not wait, a customer in onboarding cannot do without help, an offer can wait.

    >>> PhaseRules(renewal_days=120).renewal_days
    120
    >>> PhaseRules(onboarding_ends="go-live")
    Traceback (most recent call last):
    ValueError: PhaseRules: onboarding_ends is one of live, first_value, basic_value, exceeded_value, got 'go-live'.
    """

    onboarding_ends: str = "first_value"
    established_at: str = "basic_value"
    precedence: tuple[str, ...] = ("renewal", "onboarding", "expansion", "adoption")
    onboarding_latest: float = assumption(
        180,
        unit="days",
        low=60,
        high=365,
        says="onboarding is over by then, value or not; the customer enters adoption unready",
    )
    onboarding_days: float = assumption(
        100,
        unit="days",
        low=30,
        high=180,
        source="onboarding_days_mean",
        says="length of onboarding where neither milestones nor usage are recorded",
    )
    running_share: float = assumption(
        0.25,
        unit="share of seats",
        low=0.05,
        high=0.6,
        says="active users in a month that end onboarding, without milestones",
    )
    established_share: float = assumption(
        0.4,
        unit="share of seats",
        low=0.1,
        high=0.8,
        says="active users that count as established use, without milestones",
    )
    established_months: float = assumption(
        3,
        unit="months",
        low=1,
        high=6,
        says="months in a row at that share until use counts as established",
    )
    renewal_days: float = assumption(
        90,
        unit="days",
        low=30,
        high=180,
        says="the renewal window opens so long before the planned end of a contract",
    )
    renewal_share: float = assumption(
        0.5,
        unit="share of the term",
        low=0.1,
        high=1,
        says="at most so much of a short contract is renewal window",
    )
    expansion_days: float = assumption(
        90,
        unit="days",
        low=30,
        high=180,
        says="an expansion stays under way so long after its latest sign",
    )

    def __post_init__(self) -> None:
        ends = MILESTONES[MILESTONES.index("live") :]
        for name in ("onboarding_ends", "established_at"):
            if getattr(self, name) not in ends:
                raise ValueError(
                    f"PhaseRules: {name} is one of {', '.join(ends)}, got {getattr(self, name)!r}."
                )
        if ends.index(self.established_at) < ends.index(self.onboarding_ends):
            raise ValueError(
                f"PhaseRules: established_at ({self.established_at}) comes before onboarding_ends ({self.onboarding_ends}); "
                "use takes root after onboarding (S1): name the same milestone or a later one."
            )
        if sorted(self.precedence) != sorted(JOURNEY):
            raise ValueError(
                f"PhaseRules: precedence names each of {', '.join(JOURNEY)} once, got {', '.join(self.precedence)}."
            )
        for name in (
            "onboarding_latest",
            "onboarding_days",
            "renewal_days",
            "expansion_days",
            "established_months",
        ):
            checks.number("PhaseRules", name, getattr(self, name), least=1, most=36500)
            if getattr(self, name) != int(getattr(self, name)):
                raise ValueError(
                    f"PhaseRules: {name} is a whole number, got {getattr(self, name):g}."
                )
        for name in ("running_share", "established_share", "renewal_share"):
            value = getattr(self, name)
            mend = (
                f"For {value:g}% write {value / 100:g}."
                if isinstance(value, (int, float)) and value > 1
                else ""
            )
            checks.number("PhaseRules", name, value, above=0, most=1, fix=mend)


def sources(company: Company) -> dict[str, str]:
    """From which table each boundary is read on this company: the keys are onboarding, established and expansion.

    What a company *records* decides, not what has happened so far, so that the answer is the same as of any date.
    """
    milestones = _records(company, "milestones", "milestone")
    usage = _records(company, "usage", "active_users") and _records(company, "usage", "seats")
    first = "milestones" if milestones else "usage" if usage else ""
    signs = ["activities"] if _records(company, "activities", "phase") else []
    signs += ["deals"] if _records(company, "deals", "customer_id") else []
    return {
        "onboarding": first or "contracts",
        "established": first or "contracts",
        "expansion": " and ".join([*signs, "contracts"]),
    }


def _records(company: Company, table: str, column: str) -> bool:
    return (table, column) in company.given or company.has(table, column)


def basis(company: Company, rules: PhaseRules | None = None) -> pd.DataFrame:
    """How each boundary between phases is found on this company, in words.

    Returns one row a boundary: boundary, table (read from), says. Show it beside any figure by phase: with fewer tables the rules are
    coarser.

    >>> import pandas as pd
    >>> contracts = pd.DataFrame({"customer_id": ["a"], "starts_on": ["2024-01-01"], "ends_on": ["2025-01-01"], "arr": [1200]})
    >>> small = Company.from_tables(name="One", currency="EUR", as_of="2024-06-30", contracts=contracts,
    ...                             customers=pd.DataFrame({"customer_id": ["a"]}))
    >>> basis(small)["table"].to_list()
    ['contracts', 'contracts', 'contracts', 'contracts']
    """
    rules = rules or PhaseRules()
    found = sources(company)
    onboarding = {
        "milestones": f"the milestone {rules.onboarding_ends} or a later one, after {rules.onboarding_latest:g} days at the latest",
        "usage": f"the first month with {rules.running_share:.0%} of the seats active, "
        f"after {rules.onboarding_latest:g} days at the latest",
        "contracts": f"{rules.onboarding_days:g} days after the start, since neither milestones nor usage are recorded",
    }
    established = {
        "milestones": f"the milestone {rules.established_at} or a later one",
        "usage": f"{rules.established_months:g} months in a row with {rules.established_share:.0%} of the seats active",
        "contracts": "the first renewal signed, since neither milestones nor usage are recorded",
    }
    rows = [
        ("end of onboarding", found["onboarding"], onboarding[found["onboarding"]]),
        ("established use", found["established"], established[found["established"]]),
        (
            "renewal window",
            "contracts",
            f"{rules.renewal_days:g} days before the planned end of a contract (at most {rules.renewal_share:.0%} of its term), "
            "until its successor is signed or it ends",
        ),
        (
            "expansion",
            found["expansion"],
            f"established use and a sign of an expansion (an upsell or cross-sell signed"
            f"{', work on it' if 'activities' in found['expansion'] else ''}"
            f"{', a deal won' if 'deals' in found['expansion'] else ''}), for {rules.expansion_days:g} days after each sign",
        ),
    ]
    return pd.DataFrame(rows, columns=["boundary", "table", "says"])
