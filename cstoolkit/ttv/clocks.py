"""Which clock, started when, stopped by what: days and outcomes of journeys, and how they are read.

Time to value means little until both of its ends are named: S1 (docs/sources.md) measures "until
value is recognised"; the field tells first, basic and exceeded value apart.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data import timeline
from cstoolkit.data.company import UNSEGMENTED, Company, checked
from cstoolkit.data.contract import MILESTONES
from cstoolkit.days import NEVER_ON
from cstoolkit.survival import OUTCOMES, curve, incidence, mean_within, quantile

_DAY = np.timedelta64(1, "D")


def durations(
    company: Company, start: str = "contract_signed", end: str = "first_value"
) -> pd.DataFrame:
    """Days from one milestone to another, one row a journey whose clock has started.

    A journey is one customer's time with one product; a reactivation begins another. `start` and
    `end` are milestones in the journey's order: contract_signed, kickoff, live, first_value,
    basic_value, exceeded_value. A contract without a recorded signing milestone starts at its own
    signing. A later milestone shows that the earlier ones were reached, on its day at the latest.

    Returns
    -------
    DataFrame
        customer_id, product, journey (1, 2 after a reactivation), started_on, days (whole),
        outcome: "value" (`end` reached after `days`), "churned" (the journey ended first) or "open"
        (neither is known on `company.as_of`; one whose end may yet turn out a late renewal is open
        and was followed up to that end, see ``Company.spans``). Journeys without `start` are not in
        it: their clock has not started.

    Raises
    ------
    ValueError
        Unknown milestones or their order, a milestone of a product never contracted, an `end` dated
        before its `start`.
    MissingData
        Without milestones.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> table = durations(cs.load_company(), "contract_signed", "first_value")
    >>> list(table.columns)
    ['customer_id', 'product', 'journey', 'started_on', 'days', 'outcome']
    >>> sorted(table["outcome"].unique())
    ['churned', 'open', 'value']
    """
    last = _order(start, end)
    reached = journeys(company)
    begun = reached[start].where(reached[start] <= company.as_of)
    begun = begun.where(reached["ended_on"].isna() | (begun < reached["ended_on"]))
    done = reached[list(MILESTONES[last:])].min(axis=1)
    wrong = done < begun
    if start == MILESTONES[0]:
        # Value before the signing, as of a pilot, tells no time; the company's notes name it.
        begun = begun.mask(wrong)
    elif wrong.any():
        row = reached[wrong].iloc[0]
        raise ValueError(
            f"milestones: customer {row['customer_id']!r} has {end} on "
            f"{done[wrong].iloc[0]:%Y-%m-%d}, before {start} on "
            f"{row[start]:%Y-%m-%d} ({wrong.sum():,} such journeys). Correct the days, or start "
            "the clock earlier."
        )
    value = done.notna() & ~(done >= reached["ended_on"])
    churned = ~value & reached["ended_on"].notna() & ~reached["pending"]
    until = done.where(value, reached["ended_on"].fillna(company.as_of))
    outcome = np.select([value, churned], [1, 2], 0)
    table = reached[["customer_id", "product", "journey"]].assign(
        started_on=begun,
        days=(until - begun) / _DAY,
        outcome=pd.Categorical.from_codes(outcome, categories=list(OUTCOMES)),
    )
    table = table[begun.notna()].reset_index(drop=True)
    return table.assign(days=table["days"].astype("int64"))


def _order(start: str, end: str) -> int:
    """Place of `end` among the milestones; refuses what is no milestone and an end that is
    not after its start.
    """
    for name, which in (("start", start), ("end", end)):
        checks.one_of("durations", name, which, MILESTONES)
    first, last = MILESTONES.index(start), MILESTONES.index(end)
    if first >= last:
        raise ValueError(
            f"start comes before end in a journey ({', '.join(MILESTONES)}); got {start} to {end}."
        )
    return last


def journeys(company: Company) -> pd.DataFrame:
    """One row a journey with the day of every milestone (empty where not reached).

    Returns customer_id, product, journey, one column a milestone, starts_on and renews_on (first
    day and planned end of its first contract; empty end: open-ended), ended_on (empty while it
    runs), pending (that end may yet turn out a late renewal; else it is churn), arr (currency a
    year, running on `as_of`).

    Milestones belong to the journey that they number, or where they number none (or one that no
    contract knows) to the last that was signed by their day.

    >>> import cstoolkit as cs
    >>> table = journeys(cs.load_company())
    >>> reached = table.dropna(subset="first_value")
    >>> bool((reached["first_value"] >= reached["contract_signed"]).all())
    True
    """
    checked(company).need(milestones=["milestone", "happened_on"])
    spans, names = _spans(company)
    events = company.milestones.assign(key=names.get_indexer(_key(company, company.milestones)))
    unknown = ~events["key"].isin(spans["key"])
    if unknown.any():
        row = events[unknown].iloc[0]
        raise ValueError(
            f"milestones: customer {row['customer_id']!r} has {row['milestone']} for product "
            f"{row['product']!r}, but no contract "
            f"for it ({unknown.sum():,} such rows). Name the products alike in both tables, or "
            "add the contract."
        )
    last = spans[["key", "journey", "signed_on"]].rename(columns={"journey": "by_day"})
    events = pd.merge_asof(
        events[["key", "milestone", "happened_on", "journey"]].sort_values("happened_on"),
        last.sort_values("signed_on"),
        left_on="happened_on",
        right_on="signed_on",
        by="key",
    )
    # A table in which every journey is the first may simply not number them.
    numbered = pd.MultiIndex.from_frame(events[["key", "journey"]])
    known = numbered.isin(pd.MultiIndex.from_frame(spans[["key", "journey"]]))
    known &= events["journey"].max() > 1
    events["journey"] = events["journey"].where(known, events["by_day"].fillna(1)).astype("int64")
    days = events.pivot_table(
        index=["key", "journey"], columns="milestone", values="happened_on", aggfunc="min"
    )
    days = days.reindex(columns=list(MILESTONES)).reindex(
        pd.MultiIndex.from_frame(spans[["key", "journey"]])
    )
    table = spans[["customer_id", "product", "journey"]].reset_index(drop=True)
    for name in MILESTONES:
        table[name] = days[name].to_numpy().astype("datetime64[us]")
    signed = spans["signed_on"].reset_index(drop=True)
    table["contract_signed"] = table["contract_signed"].fillna(signed)
    return table.assign(
        **{
            name: spans[name].to_numpy()
            for name in ("starts_on", "renews_on", "ended_on", "pending", "arr")
        }
    )


def _key(company: Company, table: pd.DataFrame) -> pd.Series:
    """What makes a journey: the customer and, where both tables name it, the product."""
    if company.has("milestones", "product") and company.has("contracts", "product"):
        return table["customer_id"] + "\x1f" + table["product"].fillna("")
    return table["customer_id"]


def _spans(company: Company) -> tuple[pd.DataFrame, pd.Index]:
    """The unbroken times of each customer with each product, signed but not yet begun ones
    included; what each `key` stands for.
    """
    key, names = pd.factorize(_key(company, company.levels))
    levels = company.levels.assign(key=key)
    spans = timeline.spans(levels.assign(customer_id=levels["key"]), NEVER_ON, company.grace_days)
    spans = spans.rename(columns={"customer_id": "key", "ends_on": "ended_on"})
    spans["ended_on"] = spans["ended_on"].where(spans["ended_on"] <= company.as_of)
    grace = pd.Timedelta(days=company.grace_days)
    spans["pending"] = spans["ended_on"] > company.as_of - grace
    first = levels.drop_duplicates(["key", "starts_on"])[
        ["key", "customer_id", "product", "starts_on", "ends_on"]
    ]
    signed = levels.groupby(["key", "starts_on"], as_index=False)["signed_on"].min()
    spans = spans.merge(first, on=["key", "starts_on"]).merge(signed, on=["key", "starts_on"])
    running = company.open("contracts")
    arr = spans["key"].map(running.groupby(levels["key"].loc[running.index])["arr"].sum())
    runs = (spans["starts_on"] <= company.as_of) & spans["ended_on"].isna()
    return spans.rename(columns={"ends_on": "renews_on"}).assign(
        arr=arr.where(runs).fillna(0.0)
    ), pd.Index(names)


THIRDS = {"fit": "fit", "size": "employees"}
"""Segments made of a number, cut where a third and two thirds of the journeys lie below, and what
the number is called."""


def segment(company: Company, table: pd.DataFrame, by: str = "onboarding") -> pd.Series:
    """The segment of each row of `durations` (or `journeys`): one ordered category a row, for
    the `by` of `curve`.

    `by` is "tier" (held when the clock started; else the customer's first on record), "fit"
    (thirds of rated fit), "size" (thirds of employees), "product", or one of the customer's own
    columns (onboarding, industry, region). A tier or a trait that came later than the start
    would group customers by what time to value itself brought about. A journey without a value
    there is "unsegmented".

    Raises KeyError for an unknown `by`.

    >>> import cstoolkit as cs
    >>> from cstoolkit import ttv
    >>> company = cs.load_company()
    >>> table = ttv.durations(company, "contract_signed", "first_value")
    >>> segment(company, table, "onboarding").cat.categories.tolist()
    ['free', 'paid', 'self']
    """
    own = checked(company).customers.set_index("customer_id")
    if by == "product":
        values = table["product"]
    elif by == "tier":
        values = _tier_at_start(company, table)
    elif by in THIRDS:
        number = own["employees"] if by == "size" else company.fit()
        values = _thirds(table["customer_id"].map(number), THIRDS[by])
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


def mistakes(company: Company, end: str = "basic_value", *, within: int = 365) -> pd.DataFrame:
    """What each common short cut says, what the same records really say, and how far it is off.

    Right are, for a median, the day by which half of *all* customers who signed had value, those
    still open counted for the days they were followed and those who churned counted as never
    (`incidence`); for a mean, the mean days without value in the first `within` days (the area
    above the same curve). The clock starts at the signing.

    Returns
    -------
    DataFrame
        One row a mistake: `mistake`, `journeys` (used by the short cut), `days` (what it says),
        `right`, `error` (days too many; negative: too rosy), `says`. An empty `days` or `right`
        means not reached.

    Notes
    -----
    mean of achievers : the mean days of those who had value in the first `within` days. It forgets
    everybody else. open ones dropped : the median without customers still waiting. Recent customers
    then count only if they were quick. clock from kickoff : the same right estimate, but the wait
    before the kickoff is not counted. survivors only : the median of customers who are live today.
    Those who never had value left.

    >>> import cstoolkit as cs
    >>> table = mistakes(cs.load_company())
    >>> bool(table.set_index("mistake").loc["mean of achievers", "error"] < 0)
    True
    """
    within = checks.count("mistakes", "within", within, least=1)
    table = durations(company, "contract_signed", end)
    value = table["outcome"] == "value"
    if not value.any():
        raise ValueError(
            f"{company.name}: nobody has reached {end}, so that there is nothing to be wrong about."
        )
    everybody = incidence(table["days"], table["outcome"])
    median, mean = _median(everybody), mean_within(everybody, within)
    kickoff = durations(company, "kickoff", end)
    live = table["customer_id"].isin(company.snapshot()["customer_id"])
    closed = table[table["outcome"] != "open"]
    survivors = table[live]
    quick = table.loc[value & (table["days"] <= within), "days"]
    short_cuts = (
        ("open ones dropped", incidence(closed["days"], closed["outcome"]), closed),
        ("clock from kickoff", incidence(kickoff["days"], kickoff["outcome"]), kickoff),
        ("survivors only", curve(survivors["days"], survivors["outcome"] == "value"), survivors),
    )
    rows = [("mean of achievers", len(quick), float(quick.mean()), mean)]
    rows += [(name, len(used), _median(found), median) for name, found, used in short_cuts]
    found = pd.DataFrame(rows, columns=["mistake", "journeys", "days", "right"])
    found["error"] = found["days"] - found["right"]
    found["says"] = [_in_words(*row) for row in found[["days", "right", "error"]].to_numpy()]
    return found


def _median(table: pd.DataFrame) -> float:
    days = quantile(table, 0.5)["days"].item()
    return np.nan if days is pd.NA else float(days)


def _in_words(days: float, right: float, error: float) -> str:
    if np.isnan(days) or np.isnan(right):
        which = (
            "the short cut finds no such day"
            if np.isnan(days)
            else "in truth half never got there yet"
        )
        return f"cannot be compared: {which}"
    if round(error) == 0:
        return f"{days:.0f} days, which is right"
    way = "too few" if error < 0 else "too many"
    share = "less than 1%" if abs(error) < 0.005 * right else f"{error / right:+.0%}"
    return f"{days:.0f} days where {right:.0f} is right: {abs(error):.0f} {way} ({share})"
