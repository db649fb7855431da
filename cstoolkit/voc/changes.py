"""What the product changes because of voices: how long customers wait for it, and whether those who
were answered leave less, by an estimate that starts its clock where the question does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import MONTH_DAYS, Company
from cstoolkit.stats import rate_ratio, z
from cstoolkit.voc.demand import WINDOW
from cstoolkit.voc.topics import Topics, of_company

DAY = pd.Timedelta(days=1)
YEAR = pd.Timedelta(days=365.25)

TENURES = (12, 24)
"""Months as a customer at which strata are cut: first contract year, second, and later (ours)."""

FEWEST = 5
"""Churned customers that each side needs at least for a ratio worth telling (ours, range 3-20)."""

VERDICTS = {
    "less": "Answered customers leave less often than those who {others}",
    "more": "Answered customers leave more often than those who {others}",
    "no difference": "Answered customers leave neither more nor less often than those who {others}",
    "too few": f"Fewer than {FEWEST} customers left on a side: too few to tell",
}
"""The words for the verdicts of :func:`churn_after`."""

OTHERS = {"waiting": "still wait for another change", "silent": "said nothing"}
"""Those with whom the answered are compared."""


def verdict(row: pd.Series) -> str:
    """One row of :func:`churn_after` as a sentence without a full stop.

    Examples
    --------
    >>> verdict(pd.Series({"against": "silent", "verdict": "less"}))
    'Answered customers leave less often than those who said nothing'
    """
    return VERDICTS[row["verdict"]].format(others=OTHERS[row["against"]])


def waits(company: Company, topics: Topics) -> pd.DataFrame:
    """What customers asked for and how long they waited, one row an *ask*.

    An ask is a customer and a topic from the first voice since the topic's last change until the
    next change that ships (or until the customer leaves, or `as_of`); voices in between are the
    same ask. A voice on the very day of a change waits for the next one. A change answers a topic
    of the same name; topics without a change are all open.

    Parameters
    ----------
    company : Company
        Needs changes.topic; changes without shipped_on are under way.
    topics : Topics

    Returns
    -------
    DataFrame
        customer_id, topic, asked_on, voices, change_id and answered_on (of the change that ended
        it), left_on (the end of the stay, if it has ended), days, outcome ("answered"; "left": the
        customer went first; "open": still waiting).
    """
    asks = _answers(company, topics).groupby(["customer_id", "topic", "answered_on"], dropna=False)
    asks = asks.agg(
        asked_on=("happened_on", "min"),
        voices=("happened_on", "size"),
        change_id=("change_id", "first"),
    ).reset_index()
    ends = company.spans[~company.spans["pending"]].dropna(subset=["ends_on"])
    ends = ends[["customer_id", "ends_on"]].rename(columns={"ends_on": "left_on"})
    asks = pd.merge_asof(
        asks.sort_values(["asked_on", "customer_id", "topic"], kind="stable"),
        ends.sort_values("left_on"),
        left_on="asked_on",
        right_on="left_on",
        by="customer_id",
        direction="forward",
        allow_exact_matches=False,
    )
    gone = asks["left_on"].notna() & ~(asks["answered_on"] <= asks["left_on"])
    asks[["answered_on", "change_id"]] = asks[["answered_on", "change_id"]].mask(gone)
    answered = asks["answered_on"].notna()
    until = asks["answered_on"].fillna(asks["left_on"]).fillna(company.as_of)
    asks["days"] = ((until - asks["asked_on"]) / DAY).astype("int64")
    asks["outcome"] = np.select([answered, gone], ["answered", "left"], "open")
    first = ["customer_id", "topic", "asked_on", "voices", "change_id", "answered_on", "left_on"]
    return asks[[*first, "days", "outcome"]]


def _answers(company: Company, topics: Topics) -> pd.DataFrame:
    """Each voice with the first change of its topic that shipped after its day."""
    said = of_company(company, topics)[["customer_id", "topic", "happened_on"]]
    ships = _changes(company).dropna(subset=["shipped_on"])[["topic", "shipped_on", "change_id"]]
    return pd.merge_asof(
        said.sort_values("happened_on", kind="stable"),
        ships.rename(columns={"shipped_on": "answered_on"}).sort_values("answered_on"),
        left_on="happened_on",
        right_on="answered_on",
        by="topic",
        direction="forward",
        allow_exact_matches=False,
    )


def _changes(company: Company) -> pd.DataFrame:
    """The changes that name a topic, in the order of decisions, each with an id."""
    company.need(changes=["topic"])
    rows = company.changes.dropna(subset=["topic"])
    numbers = pd.Series([f"change {row + 1}" for row in rows.index], rows.index, dtype="str")
    rows = rows.assign(change_id=rows["change_id"].fillna(numbers))
    return rows.sort_values(["decided_on", "change_id"], kind="stable")


def lead_times(company: Company, topics: Topics) -> pd.DataFrame:
    """Each change, and the waiting before it, in the order of decisions.

    Returns
    -------
    DataFrame
        change_id, topic, first_asked_on, decided_on, shipped_on, asks (customers waiting when it
        shipped, or today), to_decide (days from the first of their asks to the decision, negative
        if nobody had asked before), to_ship (days from decision to shipping), wait (median days
        that they waited). Empty where not known; changes of topics that nobody voiced have no ask.
    """
    asks, changes = waits(company, topics), _changes(company)
    waiting = changes[changes["shipped_on"].isna()].drop_duplicates("topic")
    under_way = asks["topic"].map(dict(zip(waiting["topic"], waiting["change_id"])))
    asks["change_id"] = asks["change_id"].where(asks["outcome"] != "open", under_way)
    behind = asks.groupby("change_id").agg(
        first_asked_on=("asked_on", "min"), asks=("customer_id", "size"), wait=("days", "median")
    )
    table = changes.merge(behind, how="left", left_on="change_id", right_index=True)
    table["asks"] = table["asks"].fillna(0).astype("int64")
    table["to_decide"] = (table["decided_on"] - table["first_asked_on"]) / DAY
    table["to_ship"] = (table["shipped_on"] - table["decided_on"]) / DAY
    first = ["change_id", "topic", "first_asked_on", "decided_on", "shipped_on", "asks"]
    return table[[*first, "to_decide", "to_ship", "wait"]].reset_index(drop=True)


def immortal_time(company: Company, topics: Topics, *, level: float = 0.95) -> pd.DataFrame:
    """What the naive comparison says: churn from the day of asking, answered or never answered.

    It is wrong by construction: to be answered one has to stay until the change ships, so the time
    up to it can hold no churn of the answered (immortal time), and the change seems to keep
    customers. To be shown, not to be used.

    Returns
    -------
    DataFrame
        group ("answered", "never answered"), asks, churned, years, rate, and in the first row
        ratio, low, high (answered against never; exact, conditional).
    """
    asks = waits(company, topics)
    asks["years"] = (asks["left_on"].fillna(company.as_of) - asks["asked_on"]) / YEAR
    group = np.where(asks["outcome"] == "answered", "answered", "never answered")
    table = asks.groupby(group).agg(
        asks=("years", "size"), churned=("left_on", "count"), years=("years", "sum")
    )
    table = table.reindex(["answered", "never answered"]).fillna(0)
    table[["asks", "churned"]] = table[["asks", "churned"]].astype("int64")
    table["rate"] = table["churned"] / table["years"].where(table["years"] > 0)
    (one, other), (t_one, t_other) = table["churned"], table["years"]
    for name, value in zip(("ratio", "low", "high"), rate_ratio(other, t_other, one, t_one, level)):
        table[name] = [float(value), np.nan]
    return table.rename_axis("group").reset_index()


def churn_after(
    company: Company,
    topics: Topics,
    *,
    window_days: int = WINDOW,
    follow_days: int = 365,
    level: float = 0.95,
) -> pd.DataFrame:
    """Churn of customers whose topic was answered, against others live on the same day.

    Everybody is followed from the day a change shipped and was a customer then: time before, in
    which those who left could not be answered any more, counts for nobody (:func:`immortal_time`
    shows what counting it does). It is an association: those who speak may differ from those who do
    not, which the comparison with the waiting lessens.

    Parameters
    ----------
    company : Company
        Needs changes.topic; changes without shipped_on are under way.
    topics : Topics
    window_days, follow_days : int
        As for :func:`after_changes`.
    level : float
        Confidence level. One customer may have heard of several changes; its rows are one piece of
        evidence (cluster-robust variance).

    Returns
    -------
    DataFrame
        One row a comparison: against ("waiting", "silent"), customers, churned, rate (of the
        answered, a year), other_customers, other_churned, other_rate, ratio (of the rates,
        Mantel-Haenszel over the strata of :func:`after_changes`), low, high, verdict ("less",
        "more", "no difference", "too few": then there is no ratio).

    References
    ----------
    Greenland and Robins (1985) for the ratio; van Houwelingen (2007) for following from a landmark;
    S1, S3 (docs/sources.md) for the question.
    """
    table = after_changes(company, topics, window_days=window_days, follow_days=follow_days)
    rows = []
    for against in OTHERS:
        part = table[table["group"].isin(["answered", against])]
        row = {"against": against}
        for before, group in (("", "answered"), ("other_", against)):
            side = part[part["group"] == group]
            years = side["years"].sum()
            row[f"{before}customers"] = side["customer_id"].nunique()
            row[f"{before}churned"] = side.loc[side["churned"], "customer_id"].nunique()
            row[f"{before}rate"] = side["churned"].sum() / years if years > 0 else np.nan
        ratio, low, high = np.nan, np.nan, np.nan
        if min(row["churned"], row["other_churned"]) >= FEWEST:
            ratio, low, high = _mantel_haenszel(part, level)
        told = "less" if high < 1 else "more" if low > 1 else "no difference"
        told = told if np.isfinite(ratio) else "too few"
        rows.append(row | {"ratio": ratio, "low": low, "high": high, "verdict": told})
    return pd.DataFrame(rows)


def after_changes(
    company: Company, topics: Topics, *, window_days: int = WINDOW, follow_days: int = 365
) -> pd.DataFrame:
    """Customers followed from the day each change shipped, one row a change and a customer.

    Parameters
    ----------
    company : Company
        Needs changes.topic; changes without shipped_on are under way.
    topics : Topics
    window_days : int
        How far before the change a voice counts.
    follow_days : int
        How long customers are followed at most.

    Returns
    -------
    DataFrame
        change_id, topic, shipped_on, customer_id, group, stratum (the change, the tier and the time
        as a customer, all as on that day), years (followed), churned. A row is a customer live on
        that day. Groups: "answered" (voiced the topic and was waiting for it), "waiting" (voiced
        another topic that had not been answered), "silent" (no voice in the window), "other"
        (voices all answered earlier). Following ends with churn, after `follow_days`, on `as_of`,
        and for the waiting when their own change ships.
    """
    window = DAY * checks.count("after_changes", "window_days", window_days, least=1)
    follow = DAY * checks.count("after_changes", "follow_days", follow_days, least=1)
    voices, shipped = _answers(company, topics), _changes(company)
    shipped = shipped[(shipped["shipped_on"] < company.as_of) & shipped["topic"].isin(topics.names)]
    shipped = shipped.sort_values("shipped_on", kind="stable").drop_duplicates(
        ["topic", "shipped_on"]
    )
    tables = [_followed(company, voices, row, window, follow) for row in shipped.itertuples()]
    columns = ["change_id", "topic", "shipped_on", "customer_id", "group", "stratum", "years"]
    nobody = pd.DataFrame(columns=[*columns, "churned"]).astype({"years": float, "churned": bool})
    return pd.concat(tables or [nobody], ignore_index=True)


def _followed(company, voices, change, window, follow) -> pd.DataFrame:
    """The customers live on the day one change shipped, grouped, and how long each was followed."""
    day = change.shipped_on
    live = company.open("spans", day).set_index("customer_id")
    lately = voices[(voices["happened_on"] <= day) & (voices["happened_on"] > day - window)]
    answered = lately[(lately["topic"] == change.topic) & (lately["answered_on"] == day)]
    waiting = lately[~(lately["answered_on"] <= day)]
    group = pd.Series("silent", index=live.index)
    for name, part in (("other", lately), ("waiting", waiting), ("answered", answered)):
        group[live.index.isin(part["customer_id"])] = name
    released = waiting.groupby("customer_id")["answered_on"].min().reindex(live.index)
    end = pd.Series(min(day + follow, company.as_of), index=live.index)
    end = end.where(~((group == "waiting") & (released < end)), released)
    left = live["ends_on"] <= end
    tiers = company.open("tiers", day).drop_duplicates("customer_id").set_index("customer_id")
    tier = tiers["tier"].reindex(live.index).fillna("no tier")
    months = (day - live["starts_on"]) / DAY / MONTH_DAYS
    tenure = np.searchsorted(TENURES, months, side="right").astype(str)
    return pd.DataFrame(
        {
            "change_id": change.change_id,
            "topic": change.topic,
            "shipped_on": day,
            "customer_id": live.index,
            "group": group.to_numpy(),
            "stratum": (
                f"{change.topic} {day:%Y-%m-%d}, " + tier + ", tenure " + tenure
            ).to_numpy(),
            "years": ((end.where(~left, live["ends_on"]) - day) / YEAR).to_numpy(),
            # An end so near to as_of that it may yet turn out a late renewal is no churn.
            "churned": (left & ~live["pending"]).to_numpy(dtype=bool),
        }
    )


def _mantel_haenszel(part: pd.DataFrame, level: float) -> tuple[float, float, float]:
    """Rate ratio of the answered against the others over strata, clustered by customer.

    The ratio solves sum over strata of (d1 T0 - ratio d0 T1) / T = 0, with churned d and years T of
    both sides. Each row's share in that sum, the change of T0/T and T1/T included, is added up by
    customer; their squares give the variance (sandwich).
    """
    one = (part["group"] == "answered").to_numpy()
    stratum = pd.factorize(part["stratum"])[0]
    years, churned = part["years"].to_numpy(float), part["churned"].to_numpy(float)
    t1, t0, d1, d0 = (
        np.bincount(stratum, weights=values)
        for values in (years * one, years * ~one, churned * one, churned * ~one)
    )
    total = np.maximum(
        t1 + t0, 1e-12
    )  # a stratum of customers who left that very day tells nothing
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
    half = z(level) * np.sqrt((by_customer**2).sum()) / below / ratio
    return float(ratio), float(ratio * np.exp(-half)), float(ratio * np.exp(half))
