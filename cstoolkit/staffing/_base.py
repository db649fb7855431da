"""What staffing starts from: the customers live, with segment, tier and phase, how many start a month, and the people on board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from cstoolkit.staffing import _checks
from cstoolkit.staffing._roles import ROLES
from cstoolkit.staffing._tiers import TierRule, tiered

if TYPE_CHECKING:
    from cstoolkit.data.company import Company


def base(
    company: Company,
    date: str | pd.Timestamp | None = None,
    *,
    segment: str = "tier",
    rule: TierRule | None = None,
) -> pd.DataFrame:
    """The customers live on `date` (default: `as_of`) as the approaches take them, with what was known on that day.

    A snapshot (customer_id, arr, tier, segment, ...) with the main lifecycle `phase` of each customer, by the rules of
    ``lifecycle.current``: read from milestones, from usage, or by contracts alone. `segment` as in ``Company.snapshot``.
    A customer whose tier the data do not name gets one by `rule` (default: ``TierRule()``); :func:`basis` says so in a sentence. Raises
    MissingData where nobody is live.
    """
    from cstoolkit import lifecycle

    known = company if date is None else company.at(date)
    customers = tiered(known.snapshot(segment=segment), rule)
    if customers.empty:
        from cstoolkit.data.company import MissingData

        raise MissingData(
            f"{company.name} has no live customers on {known.as_of:%Y-%m-%d}: nobody to staff for. "
            "If that is a surprise, check as_of and contracts.ends_on."
        )
    if segment == "tier":
        customers["segment"] = customers["tier"]
    phases = lifecycle.current(known)[["customer_id", "phase"]]
    return customers.merge(phases, on="customer_id", how="left", validate="one_to_one")


def starts(customers: pd.DataFrame, months: int = 12) -> pd.Series:
    """Customers that started a month, by segment: those of the live ones whose tenure is under `months`, divided by `months`.

    What came and went within those months is not counted.

    >>> customers = pd.DataFrame({"segment": ["high", "high", "low"], "tenure_months": [3.0, 40.0, 7.5]})
    >>> starts(customers, months=6).to_dict()
    {'high': 0.16666666666666666, 'low': 0.0}
    """
    _checks.columns(
        "customers", customers, ["segment", "tenure_months"], "company.snapshot() has them."
    )
    months = _checks.whole("starts", "months", months, least=1)
    young = customers["tenure_months"] < months
    return young.groupby(customers["segment"], observed=False).sum().rename("starts") / months


def growth(company: Company, months: int = 12, *, otherwise: float | None = None) -> float:
    """How fast the number of live customers grew, as a share a month, over the last `months` months.

    Where nobody was live that long ago, or nobody is now, there is no rate: `otherwise` if it is given, else ValueError.
    """
    months = _checks.whole("growth", "months", months, least=1)
    before = len(company.snapshot(company.as_of - pd.DateOffset(months=months)))
    now = len(company.snapshot())
    if (before == 0 or now == 0) and otherwise is not None:
        return otherwise
    if before == 0 or now == 0:
        raise ValueError(
            f"{company.name} had {before} live customers {months} months before {company.as_of:%Y-%m-%d} and {now} then: no rate of growth."
        )
    return (now / before) ** (1 / months) - 1


ROLE_OF = {
    "csm": "CSM",
    "onboarding": "CSM",
    "cs_ops": "CS Ops",
    "data_analyst": "CS Ops",
    "customer_marketing": "customer marketing",
    "manager": "leader",
    "head": "leader",
}
"""Which role of a headcount a post counts as, by `posts.role`: onboarding is customer work; S1's analysts grow out of CS Ops."""


def on_board(
    company: Company,
    roles: Mapping[str, str] | None = None,
    *,
    otherwise: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """The people in CS on `as_of` by role of a headcount (CSM, CS Ops, customer marketing, leader), as ``hiring_plan`` takes them.

    `roles` adds to (or changes) which role a post of the company counts as. A person on several posts counts once, in the role of the
    latest. Without posts: `otherwise` (people by role) if it is given, else MissingData. Raises ValueError for a post whose role
    is not known.
    """
    if otherwise is not None and not company.has("posts", "role"):
        return dict(otherwise)
    company.need(posts=["person_id", "role"])
    known = ROLE_OF | dict(roles or {})
    posts = company.posts[
        (company.posts["starts_on"] <= company.as_of) & ~(company.posts["ends_on"] <= company.as_of)
    ]
    gone = company.people.loc[company.people["left_on"] <= company.as_of, "person_id"]
    posts = (
        posts[~posts["person_id"].isin(gone)]
        .sort_values("starts_on", kind="stable")
        .drop_duplicates("person_id", keep="last")
    )
    strange = sorted(set(posts["role"].dropna().astype(str)) - set(known))
    if strange:
        raise ValueError(
            f"posts.role {', '.join(strange)} is not known; say what it counts as: roles={{{strange[0]!r}: 'CSM'}}. "
            f"Known: {', '.join(known)}."
        )
    count = posts["role"].map(known).value_counts()
    return {role: int(count.get(role, 0)) for role in ROLES}
