"""Do those who spoke leave less once the change came? An estimate that starts its clock where the question does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import MONTH_DAYS, Company
from cstoolkit.stats import rate_ratio, z
from cstoolkit.voc._change import waits
from cstoolkit.voc._topics import Topics, fits
from cstoolkit.voc._who import WINDOW

AGAINST = {"waiting": "still waiting for another change", "silent": "said nothing"}
"""Those with whom the answered are compared."""

TENURES = (12, 24)
"""Months as a customer at which strata are cut: the first contract year, the second, and later (ours)."""

FEWEST = 5
"""Churned customers that each side needs at least for a ratio worth telling (ours, range 3-20)."""


def after_changes(
    company: Company, topics: Topics, *, window_days: int = WINDOW, follow_days: int = 365
) -> pd.DataFrame:
    """Customers followed from the day each change shipped, one row a change and a customer live on that day.

    Returns change_id, topic, shipped_on, customer_id, group, stratum, years (followed), churned. The group is "answered" (voiced the
    topic in the `window_days` before and was waiting for it), "waiting" (voiced another topic then, which had not been answered),
    "silent" (no voice then) or "other" (voices all answered earlier). Following ends with churn, after `follow_days`, on `as_of`, and for
    the waiting on the day their own change ships. The stratum is the change, the tier and the time as a customer, all as on that day.
    """
    company.need(changes=["topic", "shipped_on"])
    checks.count("after_changes", "window_days", window_days, least=1)
    checks.count("after_changes", "follow_days", follow_days, least=1)
    asks = _answered_on(company, topics)
    shipped = company.changes.dropna(subset=["topic", "shipped_on"])
    shipped = shipped[(shipped["shipped_on"] < company.as_of) & shipped["topic"].isin(topics.names)]
    shipped = shipped.sort_values(["shipped_on", "change_id"], kind="stable").drop_duplicates(
        ["topic", "shipped_on"]
    )
    tables = [
        _followed(company, asks, change, window_days, follow_days)
        for change in shipped.itertuples()
    ]
    columns = [
        "change_id",
        "topic",
        "shipped_on",
        "customer_id",
        "group",
        "stratum",
        "years",
        "churned",
    ]
    return (
        pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    )


def churn_after(
    company: Company,
    topics: Topics,
    *,
    window_days: int = WINDOW,
    follow_days: int = 365,
    level: float = 0.95,
) -> pd.DataFrame:
    """Churn of customers whose topic was answered, against others live on the same day: rate ratios with intervals.

    Returns one row a comparison ("waiting", "silent"): against, customers, churned, rate (of the answered, a year), other_customers,
    other_churned, other_rate, ratio (Mantel-Haenszel over the strata of :func:`after_changes`), low, high, says. One customer may
    have heard of several changes; its rows are one piece of evidence (cluster-robust variance). Below 5 churned customers on a side the
    ratio is not given. Everybody is followed from the day the change shipped and was a customer then: time before, in which those
    who left could not be answered any more, counts for nobody (:func:`immortal_time` shows what counting it does).

    It is an association: those who speak may differ from those who do not, which the comparison with the waiting lessens.
    Sources: Greenland and Robins (1985) for the ratio; van Houwelingen (2007) for following from a landmark; S1, S3 for the question.
    """
    table = after_changes(company, topics, window_days=window_days, follow_days=follow_days)
    rows = []
    for against, name in AGAINST.items():
        part = table[table["group"].isin(["answered", against])]
        one, other = (part[part["group"] == group] for group in ("answered", against))
        sums = [
            value
            for side in (one, other)
            for value in (
                side["customer_id"].nunique(),
                side.loc[side["churned"].astype(bool), "customer_id"].nunique(),
                side["churned"].sum() / side["years"].sum() if side["years"].sum() > 0 else np.nan,
            )
        ]
        enough = min(sums[1], sums[4]) >= FEWEST
        ratio = _mantel_haenszel(part, against, level) if enough else (np.nan, np.nan, np.nan)
        says = f"fewer than {FEWEST} churned customers on a side: not identifiable here"
        if enough and np.isfinite(ratio[0]):
            away = ratio[1] > 1 or ratio[2] < 1
            way = "more" if ratio[0] > 1 else "less"
            says = (
                f"the answered left {way} than those who {name}"
                if against == "silent"
                else f"the answered left {way} than the waiting"
            )
            says = says if away else "no difference beyond chance"
        rows.append((against, *sums, *ratio, says))
    columns = [
        "against",
        "customers",
        "churned",
        "rate",
        "other_customers",
        "other_churned",
        "other_rate",
        "ratio",
        "low",
        "high",
        "says",
    ]
    return pd.DataFrame(rows, columns=columns)


def immortal_time(company: Company, topics: Topics, *, level: float = 0.95) -> pd.DataFrame:
    """What the naive comparison says: churn from the day of asking, of those ever answered against those never answered.

    It is wrong by construction: to be answered one has to stay until the change ships, so the time up to it can hold no churn of the
    answered (immortal time), and the change seems to keep customers. Returns group (answered, never answered), asks, churned, years,
    rate, and ratio, low, high (answered against never; exact, conditional) in the first row. To be shown, not to be used.
    """
    asks = waits(company, topics)
    ends = (
        company.spans.loc[~company.spans["pending"], ["customer_id", "ends_on"]]
        .dropna()
        .sort_values("ends_on")
    )
    asks = pd.merge_asof(
        asks.sort_values("asked_on", kind="stable"),
        ends,
        left_on="asked_on",
        right_on="ends_on",
        by="customer_id",
        direction="forward",
        allow_exact_matches=False,
    )
    asks["years"] = (asks["ends_on"].fillna(company.as_of) - asks["asked_on"]) / pd.Timedelta(
        days=365.25
    )
    asks["group"] = np.where(asks["outcome"] == "answered", "answered", "never answered")
    table = asks.groupby("group").agg(
        asks=("years", "size"), churned=("ends_on", "count"), years=("years", "sum")
    )
    table = table.reindex(["answered", "never answered"]).fillna(0)
    table[["asks", "churned"]] = table[["asks", "churned"]].astype("int64")
    table["rate"] = table["churned"] / table["years"].where(table["years"] > 0)
    (one, other), (t_one, t_other) = table["churned"], table["years"]
    for name, value in zip(("ratio", "low", "high"), rate_ratio(other, t_other, one, t_one, level)):
        table[name] = [float(value), np.nan]
    return table.reset_index()


def _answered_on(company: Company, topics: Topics) -> pd.DataFrame:
    """Each voice with the day of the first change of its topic after it."""
    said = fits(company, topics)[["customer_id", "topic", "happened_on"]].sort_values(
        "happened_on", kind="stable"
    )
    ships = company.changes.dropna(subset=["topic", "shipped_on"])[
        ["topic", "shipped_on"]
    ].sort_values("shipped_on")
    return pd.merge_asof(
        said,
        ships.rename(columns={"shipped_on": "answered_on"}),
        left_on="happened_on",
        right_on="answered_on",
        by="topic",
        direction="forward",
        allow_exact_matches=False,
    )


def _followed(company, asks, change, window_days, follow_days) -> pd.DataFrame:
    """The customers live on the day one change shipped, grouped, and how long each was followed."""
    day = change.shipped_on
    live = company.open("spans", day).set_index("customer_id")
    lately = asks[
        (asks["happened_on"] <= day) & (asks["happened_on"] > day - pd.Timedelta(days=window_days))
    ]
    answered = lately.loc[
        (lately["topic"] == change.topic) & (lately["answered_on"] == day), "customer_id"
    ].unique()
    waiting = lately[~(lately["answered_on"] <= day)]
    own_change = waiting.groupby("customer_id")["answered_on"].min()
    group = pd.Series("silent", index=live.index, dtype="str")
    group[live.index.isin(lately["customer_id"])] = "other"
    group[live.index.isin(waiting["customer_id"])] = "waiting"
    group[live.index.isin(answered)] = "answered"
    end = pd.Series(min(day + pd.Timedelta(days=follow_days), company.as_of), index=live.index)
    released = own_change.reindex(live.index).where(group == "waiting")
    end = end.where(~(released < end), released)
    left = live["ends_on"] <= end
    years = (end.where(~left, live["ends_on"]) - day) / pd.Timedelta(days=365.25)
    tier = (
        company.open("tiers", day)
        .drop_duplicates("customer_id")
        .set_index("customer_id")["tier"]
        .reindex(live.index)
        .fillna("no tier")
    )
    months = (day - live["starts_on"]) / pd.Timedelta(days=MONTH_DAYS)
    tenure = pd.Series(np.searchsorted(TENURES, months, side="right"), index=live.index).astype(
        "str"
    )
    number = f"{change.topic} {day:%Y-%m-%d}"
    return pd.DataFrame(
        {
            "change_id": change.change_id,
            "topic": change.topic,
            "shipped_on": day,
            "customer_id": live.index,
            "group": group.to_numpy(),
            "stratum": (number + ", " + tier + ", tenure " + tenure).to_numpy(),
            "years": years.to_numpy(),
            # An end so near to as_of that it may yet turn out a late renewal is no churn.
            "churned": (left & ~live["pending"]).to_numpy(),
        }
    )


def _mantel_haenszel(part: pd.DataFrame, against: str, level: float) -> tuple[float, float, float]:
    """Rate ratio of the answered against the others over strata, with limits that take each customer as one piece of evidence.

    The ratio solves sum over strata of (d1 T0 - ratio d0 T1) / T = 0, with churned d and years T of both sides. Each row's share in
    that sum, the change of T0/T and T1/T included, is added up by customer; their squares give the variance (sandwich).
    """
    one = (part["group"] == "answered").to_numpy()
    stratum = pd.factorize(part["stratum"])[0]
    years, churned = part["years"].to_numpy(float), part["churned"].to_numpy(float)

    def sums(values):
        return np.bincount(stratum, weights=values, minlength=stratum.max() + 1)

    t1, t0, d1, d0 = (
        sums(years * one),
        sums(years * ~one),
        sums(churned * one),
        sums(churned * ~one),
    )
    total = t1 + t0
    use = total > 0
    t1, t0, d1, d0, total = (
        np.where(use, each, fill) for each, fill in ((t1, 0), (t0, 0), (d1, 0), (d0, 0), (total, 1))
    )
    above, below = (d1 * t0 / total).sum(), (d0 * t1 / total).sum()
    if above <= 0 or below <= 0:
        return np.nan, np.nan, np.nan
    ratio = above / below
    gap = (d1 * t0 - ratio * d0 * t1) / total**2
    share = np.where(
        one,
        churned * (t0 / total)[stratum] + years * (-ratio * d0 / total - gap)[stratum],
        -ratio * churned * (t1 / total)[stratum] + years * (d1 / total - gap)[stratum],
    )
    by_customer = np.bincount(pd.factorize(part["customer_id"])[0], weights=share)
    error = np.sqrt((by_customer**2).sum()) / below / ratio
    half = z(level) * error
    return float(ratio), float(ratio * np.exp(-half)), float(ratio * np.exp(half))
