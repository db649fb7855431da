"""The axes along which a CS organisation can be divided, derived from a company's own customers, use and work (S0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from cstoolkit.assumptions import assumption, check_number
from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES

KINDS = ("account", "phase", "feature", "interface")
"""The four kinds of axis (S0): by account, by phase, by product feature, by internal interface."""

CUSTOMER_FACING = ("account", "phase")
COMPANY_FACING = ("feature", "interface")
"""S0's preference: customer-aligned axes combine by hierarchy, company-aligned ones by matrix."""

NO_COUNTERPART = "no counterpart"
"""The work that needs no other department: what the interface axis leaves over."""

_snapshots: WeakKeyDictionary[Company, pd.DataFrame] = WeakKeyDictionary()

PHASE_TEAMS: Mapping[str, tuple[str, ...]] = {
    "Onboarding": ("qualification", "onboarding"),
    "Adoption": ("adoption",),
    "Renewal": ("renewal",),
    "Expansion": ("expansion",),
}
"""Four teams for S1's preparation step and four phases: who brings a customer in also takes part before the contract (S2)."""


@dataclass(frozen=True, kw_only=True)
class SizeBands:
    """Where a small customer ends and a large one begins, by its employees. No source gives a figure; every vendor has its
    own."""

    mid_from: float = assumption(
        100, unit="employees", low=20, high=300, says="smallest mid-sized customer"
    )
    large_from: float = assumption(
        1000, unit="employees", low=300, high=5000, says="smallest large customer"
    )

    def __post_init__(self) -> None:
        check_number("SizeBands", "mid_from", self.mid_from, above=0)
        check_number(
            "SizeBands",
            "large_from",
            self.large_from,
            above=self.mid_from,
            mend="Large begins above mid.",
        )


@dataclass(frozen=True, kw_only=True)
class TraitRule:
    """How customers are told apart by how they use the product (S3 divides by user traits and does not name its segments).

    *Breadth* is the mean number of features used, *frequency* the logins a seat and month, both over the last months. A
    customer is broad (frequent) when it lies at or above that quantile of the live customers who use the product at all.
    """

    quantile: float = assumption(
        0.5, unit="share", low=0.25, high=0.75, says="customers below the line, on each side"
    )
    months: float = assumption(3, unit="months", low=1, high=12, says="months of usage looked at")

    def __post_init__(self) -> None:
        check_number(
            "TraitRule",
            "quantile",
            self.quantile,
            above=0,
            most=1,
            mend="For the median write 0.5.",
        )
        check_number("TraitRule", "months", self.months, least=1)


@dataclass(frozen=True, kw_only=True)
class ValueRule:
    """Which customers are worth a partnership: few and of high contract value (S1)."""

    share: float = assumption(
        0.05, unit="share of customers", low=0.01, high=0.2, says="customers of the highest ARR"
    )

    def __post_init__(self) -> None:
        check_number("ValueRule", "share", self.share, above=0, most=1, mend="For 5% write 0.05.")


@dataclass(frozen=True, kw_only=True, eq=False)
class Axis:
    """One axis of division: what it divides by, and what falls under each of its values.

    `dimension` is what it reads: "customer" (an account axis; `customers` holds the value of every live customer, by
    customer_id, empty where it has none), "phase", "feature", "product" or "department" (`members` lists what each value
    holds). What no value holds is left to nobody, and the coverage of a design names it.
    """

    name: str
    kind: str
    dimension: str
    values: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    customers: pd.Series | None = None

    def __repr__(self) -> str:
        return f"Axis({self.name}, {self.kind}: {', '.join(self.values)})"


def axis(
    company: Company,
    name: str,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    bands: SizeBands | None = None,
    rule: TraitRule | None = None,
    value: ValueRule | None = None,
    rest: str = "",
) -> Axis:
    """The axis of that name, on this company.

    ======================  =============================================================================================
    name                    divides by
    ======================  =============================================================================================
    size                    employees, by `bands` (account)
    trait                   breadth and frequency of use, by `rule` (account; S3)
    value                   the customers of the highest ARR and the others, by `value` (account; S1's partnership)
    a column of a snapshot  industry, region, tier, or one of the customers' own columns (account)
    phase                   S1's phases, grouped as in ``PHASE_TEAMS`` (phase)
    feature                 the columns ``usage.uses_FEATURE`` (feature)
    product                 the products under contract: the coarse form of feature (feature)
    department              the departments in ``activities.department`` (interface)
    ======================  =============================================================================================

    `groups` puts several values into one: ``{"Japan": ["Japan East", "Japan West"]}``; values that no group names are left
    out. `rest` names the team of the interface axis that also takes the work without a counterpart; without it nobody does.
    Values come in order: of the phases, of size, else by number of live customers. Raises MissingData naming the column
    that the axis needs, KeyError for an unknown name, ValueError for groups that name what is not there.
    """
    if name == "phase":
        return _listed("phase", "phase", "phase", PHASES, groups or PHASE_TEAMS)
    if name == "feature":
        company.need(usage=[])
        found = features(company)
        if not found:
            company.need(usage=["uses_FEATURE"])
        return _listed("feature", "feature", "feature", found, groups)
    if name == "product":
        company.need(contracts=["product"])
        return _listed("product", "feature", "product", products(company), groups)
    if name == "department":
        company.need(activities=["department"])
        found = departments(company)
        groups = dict(groups or {each: (each,) for each in found})
        if rest:
            groups[rest] = (*groups.get(rest, ()), NO_COUNTERPART)
        return _listed("department", "interface", "department", (*found, NO_COUNTERPART), groups)
    return _account(
        company, name, groups, bands or SizeBands(), rule or TraitRule(), value or ValueRule()
    )


def snapshot(company: Company) -> pd.DataFrame:
    """The company's live customers on `as_of`, taken once and remembered: every design of a company starts from them."""
    if company not in _snapshots:
        _snapshots[company] = company.snapshot()
    return _snapshots[company]


def features(company: Company) -> tuple[str, ...]:
    """The product's features: the columns ``uses_FEATURE`` of the usage table, in their order."""
    return tuple(
        each.removeprefix("uses_") for each in company.usage.columns if each.startswith("uses_")
    )


def products(company: Company) -> tuple[str, ...]:
    """The products under contract on `as_of`, the one with most customers first."""
    running = company.levels
    running = running[(running["starts_on"] <= company.as_of) & (running["until"] > company.as_of)]
    pairs = running[["customer_id", "product"]].dropna().drop_duplicates()
    return tuple(
        pairs["product"]
        .value_counts(sort=True)
        .sort_index(kind="stable")
        .sort_values(ascending=False)
        .index
    )


def departments(company: Company) -> tuple[str, ...]:
    """The departments that CS works with: the distinct ``activities.department``, in alphabetical order."""
    return tuple(sorted(company.activities["department"].dropna().unique()))


def traits(company: Company, rule: TraitRule | None = None) -> pd.DataFrame:
    """Every live customer's use of the product in the last months, and the trait that follows from it.

    Returns customer_id, breadth (features used, mean a month), frequency (logins a seat and month), trait. A customer without
    any use is "no use". Raises MissingData without usage, seats and logins.
    """
    rule = rule or TraitRule()
    company.need(usage=["seats", "logins"])
    usage = company.usage
    last = usage["month"].max()
    recent = usage[usage["month"] > last - pd.DateOffset(months=int(rule.months))]
    used = [each for each in usage.columns if each.startswith("uses_")]
    if recent["features_used"].notna().any():
        breadth = recent["features_used"]
    elif used:
        breadth = (recent[used] > 0).sum(axis=1)
    else:
        company.need(usage=["features_used"])
    rows = recent.assign(breadth=breadth).groupby("customer_id", sort=False)
    sums = rows[["seats", "logins", "breadth"]].agg("sum").assign(months=rows.size())
    sums = sums.reindex(snapshot(company)["customer_id"])
    found = pd.DataFrame(index=sums.index)
    found["breadth"] = sums["breadth"] / sums["months"]
    found["frequency"] = sums["logins"] / sums["seats"].where(sums["seats"] > 0)
    active = (sums["logins"] > 0).to_numpy()
    line = found[active].quantile(rule.quantile)
    wide = np.where(found["breadth"] >= line["breadth"], "broad", "narrow")
    often = np.where(found["frequency"] >= line["frequency"], "frequent", "rare")
    trait = pd.Series(wide, index=found.index).str.cat(often, sep=" and ")
    return found.assign(trait=trait.where(active, "no use")).reset_index()


def _account(
    company: Company, name: str, groups, bands: SizeBands, rule: TraitRule, value: ValueRule
) -> Axis:
    """An account axis: a value for every live customer."""
    live = snapshot(company)
    ids = pd.Index(live["customer_id"], name="customer_id")
    order: tuple[str, ...] | None = None
    if name == "size":
        company.need(customers=["employees"])
        employees = live["employees"].to_numpy()
        mid, large = int(bands.mid_from), int(bands.large_from)
        order = (
            f"under {mid:,} people",
            f"{mid:,} to {large - 1:,} people",
            f"{large:,} people and more",
        )
        place = np.searchsorted([bands.mid_from, bands.large_from], employees, side="right")
        found = pd.Series(np.array(order)[place], index=ids, dtype="str").where(
            ~np.isnan(employees)
        )
    elif name == "trait":
        order = (
            "broad and frequent",
            "broad and rare",
            "narrow and frequent",
            "narrow and rare",
            "no use",
        )
        found = traits(company, rule).set_index("customer_id")["trait"].reindex(ids)
    elif name == "value":
        order = ("highest ARR", "others")
        most = max(int(np.ceil(value.share * len(live))), 1)
        rank = live["arr"].rank(method="first", ascending=False).to_numpy()
        found = pd.Series(np.where(rank <= most, *order), index=ids, dtype="str")
    else:
        if name not in live.columns or name in (
            "customer_id",
            "name",
            "arr",
            "tenure_months",
            "segment",
        ):
            others = [
                each
                for each in live.columns
                if isinstance(live[each].dtype, (pd.StringDtype, pd.CategoricalDtype))
            ]
            known = ["size", "trait", "value", "phase", "feature", "product", "department", *others]
            known = [
                each
                for each in dict.fromkeys(known)
                if each not in ("customer_id", "name", "segment")
            ]
            raise KeyError(f"no axis {name!r}; there are: {', '.join(known)}.")
        if name == "tier":
            company.need(tiers=["tier"])
        elif name in company.customers:
            company.need(customers=[name])
        found = pd.Series(live[name].astype("str").to_numpy(), index=ids, dtype="str")
    if groups:
        _check_groups(name, groups, set(found.dropna()))
        of = {each: group for group, members in groups.items() for each in members}
        found, order = found.map(of).astype("str"), tuple(groups)
    counts = (
        found.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    )
    values = tuple(each for each in order if each in counts.index) if order else tuple(counts.index)
    return Axis(name=name, kind="account", dimension="customer", values=values, customers=found)


def _listed(name: str, kind: str, dimension: str, found: Sequence[str], groups) -> Axis:
    """An axis whose values hold a list of phases, features, products or departments."""
    groups = {
        group: tuple(members)
        for group, members in (groups or {each: (each,) for each in found}).items()
    }
    _check_groups(name, groups, set(found))
    return Axis(name=name, kind=kind, dimension=dimension, values=tuple(groups), members=groups)


def _check_groups(name: str, groups: Mapping[str, Sequence[str]], known: set[str]) -> None:
    seen: dict[str, str] = {}
    for group, members in groups.items():
        if isinstance(members, str):
            raise ValueError(f"groups of {name}: write a list, {group!r}: [{members!r}].")
        for each in members:
            if each not in known:
                raise ValueError(
                    f"groups of {name}: {group!r} names {each!r}; there are: {', '.join(sorted(known))}."
                )
            if each in seen:
                raise ValueError(
                    f"groups of {name}: {each!r} stands in {seen[each]!r} and in {group!r}; one of them."
                )
            seen[each] = group
