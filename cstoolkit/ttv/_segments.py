"""Which group a journey belongs to, told by what was so when its clock started."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from cstoolkit.data.company import UNSEGMENTED, Company

THIRDS = {"fit": "fit", "size": "employees"}
"""Segments made of a number, cut where a third and two thirds of the journeys lie below, and what the number is called."""


def segment(company: Company, table: pd.DataFrame, by: str = "onboarding") -> pd.Series:
    """The segment of each row of `durations` (or `journeys`): one ordered category a row, for the `by` of `curve`.

    `by` is "tier" (held when the clock started; else the customer's first on record), "fit" (thirds of rated fit), "size" (thirds of
    employees), "product", or one of the customer's own columns (onboarding, industry, region). A tier or a trait that came
    later than the start would group customers by what time to value itself brought about. A journey without a value
    there is "unsegmented".

    Raises KeyError for an unknown `by`.

    >>> import cstoolkit as cs
    >>> from cstoolkit import ttv
    >>> company = cs.load_company()
    >>> table = ttv.durations(company, "contract_signed", "first_value")
    >>> segment(company, table, "onboarding").cat.categories.tolist()
    ['free', 'paid', 'self']
    """
    own = company.customers.set_index("customer_id")
    if by == "product":
        values = table["product"]
    elif by == "tier":
        values = _tier_at_start(company, table)
    elif by in THIRDS:
        values = _thirds(_number(company, own, by, table), THIRDS[by])
    elif by in own.columns:
        values = table["customer_id"].map(own[by])
    else:
        known = ", ".join(["tier", "fit", "size", "product", *own.columns])
        raise KeyError(f"no segment {by!r}; there are: {known}.")
    if not isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype("category")
    if values.isna().any():
        values = values.cat.add_categories(UNSEGMENTED).fillna(UNSEGMENTED)
    return values.cat.remove_unused_categories().rename("segment")


def _number(company: Company, own: pd.DataFrame, by: str, table: pd.DataFrame) -> pd.Series:
    if by == "size":
        return table["customer_id"].map(own["employees"])
    deals = company.deals.dropna(subset=["customer_id", "fit"]).sort_values(
        "happened_on", kind="stable"
    )
    return table["customer_id"].map(
        deals.drop_duplicates("customer_id", keep="last").set_index("customer_id")["fit"]
    )


def _thirds(values: pd.Series, name: str) -> pd.Series:
    values = values.astype(float)
    if values.isna().all():
        return pd.Series(
            pd.Categorical([None] * len(values), categories=[], ordered=True), index=values.index
        )
    # Edges are rounded, so that the label says exactly who is in the group.
    edges = np.unique(np.round(np.nanquantile(values, [1 / 3, 2 / 3])))
    labels = [
        f"{name} up to {edges[0]:,.0f}",
        *[f"above {low:,.0f} to {high:,.0f}" for low, high in pairwise(edges)],
    ]
    return pd.cut(values, [-np.inf, *edges, np.inf], labels=[*labels, f"above {edges[-1]:,.0f}"])


def _tier_at_start(company: Company, table: pd.DataFrame) -> pd.Series:
    started = table["started_on"] if "started_on" in table else table["contract_signed"]
    tiers = company.tiers.dropna(subset=["tier"]).sort_values("starts_on", kind="stable")
    asked = pd.DataFrame({"customer_id": table["customer_id"], "day": started}).reset_index(
        names="row"
    )
    found = pd.merge_asof(
        asked.sort_values("day", kind="stable"),
        tiers[["customer_id", "starts_on", "tier"]],
        left_on="day",
        right_on="starts_on",
        by="customer_id",
    ).set_index("row")["tier"]
    first = tiers.drop_duplicates("customer_id").set_index("customer_id")["tier"]
    found = found.reindex(table.index).astype(object)
    return found.where(found.notna(), table["customer_id"].map(first).astype(object))
