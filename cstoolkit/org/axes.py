"""The axes along which a CS organisation can be divided, from a company's own customers, use and
work.

Source: S0 (docs/sources.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company, checked
from cstoolkit.data.contract import PHASES

KINDS = {
    "customer": "account",
    "phase": "phase",
    "feature": "feature",
    "product": "feature",
    "department": "interface",
}
"""S0's kind of axis, by what the axis divides."""

CUSTOMER_FACING = ("account", "phase")
COMPANY_FACING = ("feature", "interface")
"""S0's preference: the first combine by hierarchy, the second by matrix."""

NO_COUNTERPART = "no counterpart"
"""The work that needs no other department: what the interface axis leaves over."""

PHASE_TEAMS = {
    "Onboarding": ("qualification", "onboarding"),
    "Adoption": ("adoption",),
    "Renewal": ("renewal",),
    "Expansion": ("expansion",),
}
"""Four teams for S1's preparation step and four phases: who brings a customer in also takes part
before the contract (S2)."""

TRAITS = (
    "broad and frequent",
    "broad and rare",
    "narrow and frequent",
    "narrow and rare",
    "no use",
)
VALUES = ("highest ARR", "others")
MID, LARGE = 100, 1000
"""Employees from which on a customer is mid-sized, and large (ours)."""
TOP_SHARE = 0.05
"""Customers of the highest ARR, as a share of all (ours)."""
MONTHS_OF_USE = 3
"""Months of usage that tell a customer's trait (ours)."""
COMPUTED = ("size", "trait", "value", "phase", "feature", "product", "department")
"""The axes that are no column of a snapshot."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Axis:
    """One axis of division: what it divides by, and what falls under each of its values.

    Attributes
    ----------
    name : str
    dimension : str
        What it reads: "customer" (an account axis), "phase", "feature", "product" or "department".
    values : tuple of str
        The parts, in order. What no value holds is left to nobody; ``org.laws`` names it.
    members : mapping
        The phases, features, products or departments that each value holds.
    customers : Series or None
        Of an account axis: the value of every live customer by customer_id, empty where it has
        none.
    """

    name: str
    dimension: str
    values: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    customers: pd.Series | None = None

    @property
    def kind(self) -> str:
        """S0's kind of axis: account, phase, feature or interface."""
        return KINDS[self.dimension]

    @property
    def held(self) -> set[str]:
        """What its values hold, together."""
        return {one for members in self.members.values() for one in members}

    def __repr__(self) -> str:
        return f"Axis({self.name}, {self.kind}: {', '.join(self.values)})"


def axis(
    company: Company,
    name: str,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    rest: str = "",
) -> Axis:
    """The axis of that name, on this company.

    Parameters
    ----------
    company : Company
    name : str
        By account: "size" (employees), "trait" (breadth and frequency of use), "value" (the
        customers of the highest ARR and the others), or a column of text of the snapshot such as
        industry, region, tier. "phase": S1's phases as in ``PHASE_TEAMS``. By feature: "feature"
        (the columns ``usage.uses_FEATURE``) or, coarser, "product". By interface: "department"
        (``activities.department``).
    groups : mapping, optional
        Puts several values into one: ``{"Japan": ["Japan East", "Japan West"]}``. Values that no
        group names are left out.
    rest : str, optional
        The team of the interface axis that also takes the work without a counterpart; without it
        nobody does.

    Returns
    -------
    Axis
        Values in the order of the phases, of size, else by number of live customers.

    Raises
    ------
    MissingData, KeyError, ValueError
        For a column that the axis needs, an unknown name, groups that name what is not there.
    """
    checked(company)
    if KINDS.get(name, "account") == "account":
        return _account(company, name, groups)
    parts: tuple[str, ...] = PHASES
    if name == "phase":
        groups = groups or PHASE_TEAMS
    elif name == "feature":
        parts = features(company)
        if not parts or not company.has("usage"):
            company.need(usage=["uses_FEATURE"])
    elif name == "product":
        company.need(contracts=["product"])
        parts = products(company)
    else:
        company.need(activities=["department"])
        parts = departments(company)
    groups = groups or {one: (one,) for one in parts}
    _check_groups(name, groups, (*parts, NO_COUNTERPART) if name == "department" else parts)
    members = {group: tuple(each) for group, each in groups.items()}
    if rest:
        members[rest] = (*members.get(rest, ()), NO_COUNTERPART)
    return Axis(name=name, dimension=name, values=tuple(members), members=members)


def _account(company: Company, name: str, groups: Mapping[str, Sequence[str]] | None) -> Axis:
    """An axis that sorts customers by a property of theirs."""
    value, order = _by_account(company, name)
    if groups:
        _check_groups(name, groups, set(value.dropna()))
        group_of = {one: group for group, members in groups.items() for one in members}
        value, order = value.map(group_of).astype("str"), tuple(groups)
    there = by_number(value)
    values = tuple(one for one in order if one in there) if order else there
    return Axis(name=name, dimension="customer", values=values, customers=value)


def features(company: Company) -> tuple[str, ...]:
    """The product's features: the columns ``uses_FEATURE`` of the usage table, in their order."""
    columns = company.usage.columns
    return tuple(name.removeprefix("uses_") for name in columns if name.startswith("uses_"))


def products(company: Company) -> tuple[str, ...]:
    """The products under contract on `as_of`, the one with most customers first."""
    held = company.open("contracts")[["customer_id", "product"]]
    return by_number(held.drop_duplicates()["product"])


def departments(company: Company) -> tuple[str, ...]:
    """The departments that CS works with, in alphabetical order."""
    return tuple(sorted(company.activities["department"].dropna().unique()))


def by_number(values: pd.Series) -> tuple[str, ...]:
    """The distinct values, the most frequent first, ties in alphabetical order."""
    counts = values.value_counts().sort_index(kind="stable")
    return tuple(counts.sort_values(ascending=False, kind="stable").index)


def traits(company: Company) -> pd.DataFrame:
    """Every live customer's use of the product in the last months, and the trait that follows.

    S3 divides by user traits without naming its segments. Here a customer is broad (frequent) when
    the features it uses (its logins a seat and month) lie at or above the median of the live
    customers who use the product at all.

    Returns customer_id, breadth (features used, mean a month), frequency (logins a seat and
    month), trait. Raises MissingData without usage, seats and logins.
    """
    company.need(usage=["seats", "logins"])
    usage = company.usage
    recent = usage[usage["month"] > usage["month"].max() - pd.DateOffset(months=MONTHS_OF_USE)]
    breadth = recent["features_used"]
    if breadth.isna().all():
        used = [f"uses_{name}" for name in features(company)]
        if not used:
            company.need(usage=["features_used"])
        breadth = (recent[used] > 0).sum(axis=1)
    rows = recent.assign(breadth=breadth).groupby("customer_id", sort=False)
    sums = rows[["seats", "logins", "breadth"]].sum().assign(months=rows.size())
    sums = sums.reindex(company.kept(Company.snapshot)["customer_id"])
    frequency = sums["logins"] / sums["seats"].where(sums["seats"] > 0)
    use = pd.DataFrame({"breadth": sums["breadth"] / sums["months"], "frequency": frequency})
    active = sums["logins"] > 0
    broad, frequent = (use[column] >= use.loc[active, column].median() for column in use)
    chosen = [~active, broad & frequent, broad, frequent]
    trait = np.select(chosen, [TRAITS[4], *TRAITS[:3]], TRAITS[3])
    return use.assign(trait=pd.Series(trait, index=use.index, dtype="str")).reset_index()


def _by_account(company: Company, name: str) -> tuple[pd.Series, tuple[str, ...] | None]:
    """The value of every live customer by customer_id, and the order of values where there is
    one."""
    live = company.kept(Company.snapshot)
    order = None
    if name == "size":
        company.need(customers=["employees"])
        bands = f"under {MID:,}", f"{MID:,} to {LARGE - 1:,}"
        order = (*(f"{band} people" for band in bands), f"{LARGE:,} people and more")
        edges = [-np.inf, MID, LARGE, np.inf]
        values = pd.cut(live["employees"], edges, right=False, labels=list(order))
    elif name == "trait":
        order, values = TRAITS, traits(company)["trait"]
    elif name == "value":
        most = max(int(np.ceil(TOP_SHARE * len(live))), 1)
        rank = live["arr"].rank(method="first", ascending=False)
        order, values = VALUES, np.where(rank <= most, *VALUES)
    else:
        own = _columns(live)
        if name not in own:
            raise KeyError(f"no axis {name!r}; there are: {', '.join([*COMPUTED, *own])}.")
        if name == "tier":
            company.need(tiers=["tier"])
        elif name in company.customers:
            company.need(customers=[name])
        values = live[name]
    ids = pd.Index(live["customer_id"], name="customer_id")
    return pd.Series(np.asarray(values), index=ids).astype("str"), order


def _columns(live: pd.DataFrame) -> list[str]:
    """The columns of a snapshot that can divide customers: text, but for their names."""
    text = live.select_dtypes(["str", "category"]).columns
    return [name for name in text if name not in ("customer_id", "name", "segment")]


def _check_groups(name: str, groups: Mapping[str, Sequence[str]], known: Iterable[str]) -> None:
    """Refuse groups of what is not there, and a value in two groups."""
    seen: dict[str, str] = {}
    for group, members in groups.items():
        if isinstance(members, str):
            raise ValueError(f"groups of {name}: write a list, {group!r}: [{members!r}].")
        for one in members:
            if one not in known:
                there = ", ".join(sorted(known))
                raise ValueError(f"groups of {name}: {group!r} names {one!r}; there are: {there}.")
            if one in seen:
                both = f"{seen[one]!r} and in {group!r}"
                raise ValueError(f"groups of {name}: {one!r} stands in {both}; one of them.")
            seen[one] = group
