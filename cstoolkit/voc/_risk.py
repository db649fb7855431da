"""What stands behind a topic: the ARR of those who voiced it, and whether they become more."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company
from cstoolkit.stats import rate_ratio, wilson
from cstoolkit.voc._topics import Topics, fits
from cstoolkit.voc._who import ALL, ANY, WINDOW, recent

EVERY = {"month": "M", "quarter": "Q"}


def arr_at_risk(
    company: Company, topics: Topics, by: str = "tier", *, window_days: int | None = WINDOW
) -> pd.DataFrame:
    """ARR of the customers now live that voiced each topic in the last `window_days`, by segment.

    `by` is a column of ``company.snapshot()``. Returns topic, segment, customers, arr (currency a year), share (of the live ARR of the
    segment). A customer counts once a topic however often it spoke; the rows "any topic" count it once in all, so that topics
    add up to more. It is the ARR that *spoke*, an upper bound of what is at stake, not an expected loss: that would need
    an effect of the topic on churn, which :func:`churn_after` looks for.
    """
    live = company.snapshot(segment=by)[["customer_id", "segment", "arr"]]
    live["segment"] = live["segment"].astype("str")
    said = recent(company, topics, window_days)[["customer_id", "topic"]].drop_duplicates()
    once = pd.concat([said, said[["customer_id"]].drop_duplicates().assign(topic=ANY)])
    held = once.merge(live, on="customer_id")
    held = pd.concat([held, held.assign(segment=ALL)])
    whole = live.groupby("segment")["arr"].sum()
    whole[ALL] = live["arr"].sum()
    order = [*sorted(set(whole.index) - {ALL}, key=_tier_first), ALL]
    index = pd.MultiIndex.from_product([[*topics.names, ANY], order], names=["topic", "segment"])
    table = held.groupby(["topic", "segment"]).agg(
        customers=("customer_id", "size"), arr=("arr", "sum")
    )
    table = table.reindex(index).fillna(0).reset_index()
    table["customers"] = table["customers"].astype("int64")
    base = table["segment"].map(whole)
    table["share"] = table["arr"] / base.where(base > 0)
    return table


def _tier_first(name: str) -> tuple[int, str]:
    """Tiers in their order, other segments by the alphabet."""
    known = ("high", "low", "tech")
    return (known.index(name) if name in known else len(known), name)


def trend(
    company: Company, topics: Topics, every: str = "quarter", *, level: float = 0.95
) -> pd.DataFrame:
    """The share of live customers that voiced each topic, month by month or quarter by quarter.

    Returns topic, period (its first day), whole (False where the period had not ended by `as_of`), live (customers live on at least
    one day of it), customers (of them, those who voiced the topic in it), share, low, high (Wilson). Dividing by the customers of the
    time keeps growth of the company from looking like growth of a problem. Voices of customers not live at the time (before the first
    contract, after the last) are not counted.
    """
    checks.one_of("trend", "every", every, EVERY)
    freq = EVERY[every]
    stays = _stays(company, freq)
    if stays.empty:
        raise ValueError(f"{company.name} has had no customers yet: there is nothing to divide by.")
    last = _number(pd.Series([company.as_of]), freq).iloc[0]
    periods = np.arange(stays["first"].min(), last + 1)
    live = np.searchsorted(np.sort(stays["first"]), periods, side="right") - np.searchsorted(
        np.sort(stays["last"]), periods, side="left"
    )
    said = _spoke_while_live(company, topics, freq, stays)
    counts = said.groupby(["topic", "number"]).size()
    index = pd.MultiIndex.from_product([topics.names, periods], names=["topic", "number"])
    table = counts.reindex(index, fill_value=0).rename("customers").reset_index()
    table["live"] = np.tile(live, len(topics.names))
    begin = pd.PeriodIndex.from_ordinals(periods, freq=freq)
    table["period"] = np.tile(begin.to_timestamp().astype("datetime64[us]"), len(topics.names))
    table["whole"] = np.tile(begin.end_time.normalize() <= company.as_of, len(topics.names))
    table["share"], table["low"], table["high"] = wilson(table["customers"], table["live"], level)
    return table[["topic", "period", "whole", "live", "customers", "share", "low", "high"]]


def growth(
    company: Company, topics: Topics, *, months: int = 12, level: float = 0.95
) -> pd.DataFrame:
    """How often each topic is voiced in the last `months` against the `months` before, per customer.

    Counts customer-months: months in which a live customer voiced the topic, over all months that customers were live. Returns
    topic, before, now (customer-months with the topic), rate_before, rate_now (of 1,000 customer-months), ratio, low, high (exact,
    conditional), says (rising, falling, or no clear change). Only months that have ended by `as_of` count.
    """
    months = checks.count("growth", "months", months, least=1)
    table = trend(company, topics, "month", level=level)
    table = table[table["whole"]]
    ends = table["period"].drop_duplicates().sort_values().tail(2 * months).to_list()
    if len(ends) < 2 * months:
        raise ValueError(
            f"comparing {months} months with the {months} before takes {2 * months} whole months; there are {len(ends)}."
        )
    halves = {
        "before": table["period"].isin(ends[:months]),
        "now": table["period"].isin(ends[months:]),
    }
    result = pd.DataFrame({"topic": topics.names})
    live = {}
    for name, inside in halves.items():
        sums = table[inside].groupby("topic")[["customers", "live"]].sum().reindex(topics.names)
        result[name], live[name] = sums["customers"].to_numpy(), sums["live"].to_numpy()
    for name in halves:
        result[f"rate_{name}"] = 1000 * result[name] / live[name]
    ratio = rate_ratio(result["before"], live["before"], result["now"], live["now"], level)
    result["ratio"], result["low"], result["high"] = ratio
    result["says"] = np.select(
        [result["low"] > 1, result["high"] < 1, result["ratio"].isna()],
        ["rising", "falling", "not voiced"],
        "no clear change",
    )
    return result


def _number(days: pd.Series, freq: str) -> pd.Series:
    """The number of the period that each day lies in."""
    return (
        days.dt.year * 12 + days.dt.month - 1 - 1970 * 12
        if freq == "M"
        else (days.dt.year - 1970) * 4 + days.dt.quarter - 1
    )


def _stays(company: Company, freq: str) -> pd.DataFrame:
    """First and last period that each customer was live in, one row a stay, no period twice for a customer."""
    spans = company.spans[["customer_id", "starts_on", "ends_on"]].sort_values(
        ["customer_id", "starts_on"]
    )
    end = (spans["ends_on"] - pd.Timedelta(days=1)).fillna(company.as_of)
    stays = pd.DataFrame(
        {
            "customer_id": spans["customer_id"],
            "first": _number(spans["starts_on"], freq),
            "last": _number(end, freq),
        }
    )
    # A customer that left and came back within one period was live in it once.
    before = stays.groupby("customer_id")["last"].cummax().groupby(stays["customer_id"]).shift()
    stays["first"] = stays["first"].where(~(before >= stays["first"]), before + 1).astype("int64")
    return stays[stays["first"] <= stays["last"]]


def _spoke_while_live(
    company: Company, topics: Topics, freq: str, stays: pd.DataFrame
) -> pd.DataFrame:
    """Customer, topic and period of what live customers voiced, each once."""
    voices = fits(company, topics)
    said = (
        voices[["customer_id", "topic"]]
        .assign(number=_number(voices["happened_on"], freq))
        .drop_duplicates()
    )
    held = said.merge(stays, on="customer_id")
    return held[held["number"].between(held["first"], held["last"])]
