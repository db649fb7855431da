"""What stands behind a topic: who voiced it, how often, with how much ARR; and the list of
requirements that development gets from it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company, checked
from cstoolkit.stats import rate_ratio, wilson, z
from cstoolkit.voc.topics import Topics, of_company

WINDOW = 365
"""Days back from `as_of` that count as recent, unless told otherwise (ours, range 90-730)."""

ALL, ANY = "total", "any topic"
"""Names of the rows for all segments together and for all topics together."""

EVERY = {"month": "M", "quarter": "Q"}

NOTES = ("problem", "interpretation", "requirement")
"""What people write about a topic beside its effort in person-weeks."""

RANK_BY = ("arr", "arr_per_effort", "customers")


def recent(company: Company, topics: Topics, window_days: int | None = WINDOW) -> pd.DataFrame:
    """The sorted voices of the last `window_days` up to `as_of` (None: all there are)."""
    voices = of_company(company, topics)
    if window_days is None:
        return voices
    days = checks.count("voc", "window_days", window_days, least=1)
    return voices[voices["happened_on"] > company.as_of - pd.Timedelta(days=days)]


def arr_at_risk(
    company: Company, topics: Topics, by: str = "tier", *, window_days: int | None = WINDOW
) -> pd.DataFrame:
    """The customers now live that voiced each topic lately, and their ARR, by segment.

    It is the ARR that *spoke*, an upper bound of what is at stake, not an expected loss: that would
    need an effect of the topic on churn, which :func:`churn_after` looks for.

    Parameters
    ----------
    company : Company
    topics : Topics
    by : str
        A column of ``company.snapshot()``.
    window_days : int or None
        How far back voices count; None for all.

    Returns
    -------
    DataFrame
        One row a topic and segment: topic, segment, live (customers of the segment), customers (who
        voiced it, each once), voices, arr (theirs, currency a year), share (of the live ARR of the
        segment). The rows "total" take all segments. The rows "any topic" count each customer once,
        so that topics add up to more.
    """
    live = checked(company).snapshot(segment=by)[["customer_id", "segment", "arr"]]
    live["segment"] = live["segment"].astype("str").replace({ALL: f"{ALL} ({by})"})
    said = recent(company, topics, window_days)[["customer_id", "topic"]]
    said = pd.concat([said, said.assign(topic=ANY)])
    said = said.groupby(["customer_id", "topic"]).size().reset_index(name="voices")
    order = [*sorted(set(live["segment"]), key=_tier_first), ALL]
    live = pd.concat([live, live.assign(segment=ALL)])
    base = live.groupby("segment").agg(live=("arr", "size"), whole=("arr", "sum")).reindex(order)
    held = said.merge(live, on="customer_id").groupby(["topic", "segment"])
    held = held.agg(customers=("arr", "size"), voices=("voices", "sum"), arr=("arr", "sum"))
    index = pd.MultiIndex.from_product([[*topics.names, ANY], order], names=["topic", "segment"])
    table = held.reindex(index).join(base, on="segment").fillna(0).reset_index()
    counts = ["live", "customers", "voices"]
    table[counts] = table[counts].astype("int64")
    table["share"] = table["arr"] / table["whole"].where(table["whole"] > 0)
    return table[["topic", "segment", *counts, "arr", "share"]]


def _tier_first(name: str) -> tuple[int, str]:
    """Tiers in their order, other segments by the alphabet."""
    known = ("high", "low", "tech")
    return (known.index(name) if name in known else len(known), name)


def scores(
    company: Company, topics: Topics, *, window_days: int | None = None, level: float = 0.95
) -> pd.DataFrame:
    """The mean score of the voices on each topic, where one was given, and the share without.

    Nothing is put in for a missing score. A low share of scored voices is more than a smaller
    sample: who is asked for a score, and who gives one, is not chance (a survey asks everybody, a
    ticket nobody). Compare topics within one channel (:meth:`Topics.only`) before believing a
    difference.

    Parameters
    ----------
    company : Company
    topics : Topics
    window_days : int or None
        How far back voices count; None for all.
    level : float
        Confidence level. Voices of one customer are one piece of evidence (cluster-robust).

    Returns
    -------
    DataFrame
        topic, voices, scored, missing (share of voices without a score), mean (points of 10), low,
        high (missing with scores of fewer than two customers).
    """
    half = z(level)
    said = recent(company, topics, window_days)
    groups = said.groupby("topic")["score"]
    table = groups.agg(voices="size", scored="count", mean="mean").reindex(topics.names)
    scored = said.dropna(subset=["score"])
    away = scored["score"] - scored.groupby("topic")["score"].transform("mean")
    sums = away.groupby([scored["topic"], scored["customer_id"]]).sum()
    clusters = sums.groupby(level="topic").agg(square=lambda own: (own**2).sum(), many="size")
    clusters = clusters.reindex(topics.names)
    many = clusters["many"].where(clusters["many"] >= 2)
    error = np.sqrt(clusters["square"] * many / (many - 1)) / table["scored"]
    table["low"], table["high"] = table["mean"] - half * error, table["mean"] + half * error
    table.insert(2, "missing", 1 - table["scored"] / table["voices"])
    table[["voices", "scored"]] = table[["voices", "scored"]].fillna(0).astype("int64")
    return table.rename_axis("topic").reset_index()


def trend(
    company: Company, topics: Topics, every: str = "quarter", *, level: float = 0.95
) -> pd.DataFrame:
    """The share of live customers that voiced each topic, month by month or quarter by quarter.

    Dividing by the customers of the time keeps growth of the company from looking like growth of a
    problem. Voices of customers not live at the time are not counted.

    Parameters
    ----------
    company : Company
    topics : Topics
    every : str
        "month" or "quarter".
    level : float
        Confidence level (Wilson).

    Returns
    -------
    DataFrame
        topic, period (its first day), whole (False where it had not ended by `as_of`), live
        (customers live on at least one day of it), customers (of them, those who voiced the topic
        in it), share, low, high.

    Raises
    ------
    ValueError
        Where there have been no customers yet.
    """
    checks.one_of("trend", "every", every, EVERY)
    stays = _stays(company, EVERY[every])
    if stays.empty:
        raise ValueError(f"{company.name} has had no customers yet: there is nothing to divide by.")
    periods = pd.period_range(stays["first"].min(), company.as_of, freq=EVERY[every])
    said = of_company(company, topics)[["customer_id", "topic", "happened_on"]]
    said["period"] = said["happened_on"].dt.to_period(EVERY[every])
    said = said.drop_duplicates(["customer_id", "topic", "period"]).merge(stays, on="customer_id")
    said = said[(said["first"] <= said["period"]) & (said["period"] <= said["last"])]
    index = pd.MultiIndex.from_product([topics.names, periods], names=["topic", "period"])
    counts = said.groupby(["topic", "period"]).size().reindex(index, fill_value=0)
    table = counts.reset_index(name="customers")
    begun, gone = (np.sort(stays[side].astype("int64")) for side in ("first", "last"))
    number = periods.astype("int64")
    live = np.searchsorted(begun, number, "right") - np.searchsorted(gone, number, "left")
    table.insert(2, "live", np.tile(live, len(topics.names)))
    table.insert(2, "whole", table["period"].dt.end_time.dt.normalize() <= company.as_of)
    table["period"] = table["period"].dt.to_timestamp().astype("datetime64[us]")
    table["share"], table["low"], table["high"] = wilson(table["customers"], table["live"], level)
    return table


def _stays(company: Company, freq: str) -> pd.DataFrame:
    """First and last period that each customer was live in, one row a stay."""
    spans = checked(company).spans.sort_values(["customer_id", "starts_on"])
    end = (spans["ends_on"] - pd.Timedelta(days=1)).fillna(company.as_of)
    first, last = (days.dt.to_period(freq) for days in (spans["starts_on"], end))
    stays = pd.DataFrame({"customer_id": spans["customer_id"], "first": first, "last": last})
    # A customer that left and came back within one period was live in it once.
    before = stays.groupby("customer_id")["last"].shift()
    stays["first"] = stays["first"].where(~(before >= stays["first"]), before + 1)
    return stays[stays["first"] <= stays["last"]]


def growth(
    company: Company, topics: Topics, *, months: int = 12, level: float = 0.95
) -> pd.DataFrame:
    """How often each topic is voiced in the last months against those before, per customer.

    Counts customer-months: months in which a live customer voiced the topic, over all months that
    customers were live. Only months that have ended by `as_of` count.

    Parameters
    ----------
    company : Company
    topics : Topics
    months : int
        The length of either side.
    level : float
        Confidence level (exact, conditional).

    Returns
    -------
    DataFrame
        topic, before, now (customer-months with the topic), rate_before, rate_now (of 1,000
        customer-months), ratio, low, high, says ("rising", "falling", "no clear change", "not
        voiced" or, without figures, "history too short").
    """
    months = checks.count("growth", "months", months, least=1)
    table = trend(company, topics, "month", level=level)
    table = table[table["whole"]]
    ends = table["period"].drop_duplicates().sort_values().tail(2 * months)
    result, live = pd.DataFrame({"topic": topics.names}), {}
    if len(ends) < 2 * months:
        columns = ["before", "now", "rate_before", "rate_now", "ratio", "low", "high"]
        return result.assign(**dict.fromkeys(columns, np.nan), says="history too short")
    for name, part in {"before": ends.head(months), "now": ends.tail(months)}.items():
        sums = table[table["period"].isin(part)].groupby("topic")[["customers", "live"]].sum()
        result[name] = sums["customers"].reindex(topics.names).to_numpy()
        live[name] = sums["live"].reindex(topics.names).to_numpy()
    for name in live:
        result[f"rate_{name}"] = 1000 * result[name] / live[name]
    ratio = rate_ratio(result["before"], live["before"], result["now"], live["now"], level)
    result["ratio"], result["low"], result["high"] = ratio
    clear = [result["low"] > 1, result["high"] < 1, result["ratio"].isna()]
    result["says"] = np.select(clear, ["rising", "falling", "not voiced"], "no clear change")
    return result


def quotes(
    company: Company, topics: Topics, *, each: int = 2, window_days: int | None = WINDOW
) -> pd.DataFrame:
    """The most typical voices of each topic: nearest to its middle, no text twice.

    Parameters
    ----------
    company : Company
    topics : Topics
    each : int
        Voices a topic and language, at most.
    window_days : int or None
        How far back voices count; None for all.

    Returns
    -------
    DataFrame
        topic, language, happened_on, customer_id, text (as it was written: escape it before it goes
        into HTML), strength. A topic without a recent voice has no row.
    """
    each = checks.count("quotes", "each", each, least=1)
    said = recent(company, topics, window_days).sort_values(
        ["strength", "happened_on", "voice_id"], ascending=[False, False, True], kind="stable"
    )
    said = said.drop_duplicates(["topic", "text"])
    said = said[said.groupby(["topic", "language"]).cumcount() < each]
    place = pd.Index(topics.names).get_indexer(said["topic"])
    said = said.assign(place=place).sort_values(["place", "language"], kind="stable")
    columns = ["topic", "language", "happened_on", "customer_id", "text", "strength"]
    return said[columns].reset_index(drop=True)


def worksheet(
    company: Company, topics: Topics, *, window_days: int | None = WINDOW
) -> pd.DataFrame:
    """The form that CRE and CS fill in together, one row a topic.

    Returns
    -------
    DataFrame
        topic, problem (in the customers' own words: the most typical voice), and for people to
        write, as nothing in the data knows them: interpretation (why it happens), requirement (what
        the product should do) and effort (person-weeks).
    """
    typical = quotes(company, topics, each=1, window_days=window_days)
    words = typical.sort_values("strength", kind="stable").drop_duplicates("topic", keep="last")
    problem = words.set_index("topic")["text"].reindex(topics.names).fillna("")
    form = problem.rename_axis("topic").reset_index(name="problem")
    return form.assign(interpretation="", requirement="", effort=np.nan)


def requirements(
    company: Company,
    topics: Topics,
    notes: pd.DataFrame | None = None,
    *,
    rank_by: str = "arr",
    window_days: int | None = WINDOW,
    draws: int = 500,
    seed: int = 0,
) -> pd.DataFrame:
    """The topics as requirements for development, ranked, with who and what stands behind each.

    A rank is an order of what was said, not a promise of what a change would save.

    Parameters
    ----------
    company : Company
    topics : Topics
    notes : DataFrame, optional
        A :func:`worksheet` as people filled it in; effort is in person-weeks, above 0.
    rank_by : str
        "arr", "customers" or "arr_per_effort"; by the last, a topic without effort has no rank.
    window_days : int or None
        How far back voices count; None for all.
    draws, seed : int
        Of the bootstrap over customers.

    Returns
    -------
    DataFrame
        rank, rank_low, rank_high (the ranks that the topic takes in 95% of bootstrap draws), topic,
        problem, interpretation, requirement, customers, arr (currency a year, of live customers
        that voiced it in the window, each once), share (of live ARR), effort, arr_per_effort (ARR a
        person-week), under_way (change_id decided and not yet shipped).

    Raises
    ------
    ValueError
        For notes about unknown topics, twice about one, or an effort that is none.

    References
    ----------
    S3 (CRE) and S1 (VOC), docs/sources.md.
    """
    checks.one_of("requirements", "rank_by", rank_by, RANK_BY)
    form = worksheet(company, topics, window_days=window_days) if notes is None else notes
    table = _read_notes(topics, form)
    risk = arr_at_risk(company, topics, window_days=window_days)
    risk = risk[risk["segment"] == ALL].set_index("topic")[["customers", "arr", "share"]]
    table = table.join(risk)
    table["arr_per_effort"] = table["arr"] / table["effort"]
    table["under_way"] = _under_way(company).reindex(table.index)
    table["rank"] = table[rank_by].rank(ascending=False, method="min").astype("Int64")
    cost = table["effort"] if rank_by == "arr_per_effort" else 1.0
    place = _ranks_drawn(company, topics, rank_by, window_days, draws, seed, cost)
    for name, tail in (("rank_low", 0.025), ("rank_high", 0.975)):
        table[name] = place.quantile(tail, interpolation="nearest").astype("Int64")
    table = table.reset_index().sort_values(["rank", "arr"], ascending=[True, False], kind="stable")
    columns = ["rank", "rank_low", "rank_high", "topic", *NOTES, *risk]
    return table[[*columns, "effort", "arr_per_effort", "under_way"]].reset_index(drop=True)


def _under_way(company: Company) -> pd.Series:
    """The changes of each topic that were decided and have not shipped."""
    started = company.changes[company.changes["shipped_on"].isna()].groupby("topic")["change_id"]
    return started.agg(lambda ids: ", ".join(ids.dropna()))


def _ranks_drawn(company, topics, rank_by, window_days, draws, seed, cost) -> pd.DataFrame:
    """The rank of each topic in each bootstrap draw of customers: draws x topics."""
    draws = checks.count("requirements", "draws", draws, least=1)
    said = recent(company, topics, window_days)[["customer_id", "topic"]].drop_duplicates()
    said = said.merge(company.snapshot()[["customer_id", "arr"]], on="customer_id")
    held = said.assign(held=1.0 if rank_by == "customers" else said["arr"])
    held = held.pivot(index="customer_id", columns="topic", values="held")
    held = held.reindex(columns=topics.names).fillna(0)
    times = np.random.default_rng(seed).poisson(1.0, size=(draws, len(held)))
    drawn = pd.DataFrame(times @ held.to_numpy(), columns=held.columns) / cost
    return drawn.rank(axis=1, ascending=False, method="min")


def _read_notes(topics: Topics, notes: pd.DataFrame) -> pd.DataFrame:
    """The notes by topic, each topic once; ValueError where they cannot be read."""
    checks.columns("notes", notes, ["topic"], "voc.worksheet() makes the form.")
    unknown = [topic for topic in notes["topic"] if topic not in topics.names]
    if unknown:
        raise ValueError(
            f"notes: no topic {', '.join(map(repr, unknown))}; "
            f"there are: {', '.join(topics.names)}."
        )
    twice = notes.loc[notes["topic"].duplicated(), "topic"]
    if len(twice):
        raise ValueError(f"notes: {twice.iloc[0]!r} stands there twice; write one row a topic.")
    table = notes.set_index("topic").reindex(topics.names)
    table = table.reindex(columns=[*NOTES, "effort"]).rename_axis("topic")
    effort = pd.to_numeric(table["effort"], errors="coerce")
    wrong = (effort.isna() & table["effort"].notna()) | (effort <= 0) | np.isinf(effort)
    if wrong.any():
        topic = wrong.idxmax()
        came = np.asarray(table.loc[topic, "effort"]).item()
        raise ValueError(
            f"notes: effort of {topic!r} is a number of person-weeks above 0, got {came!r}. "
            "Leave it empty if nobody has estimated it."
        )
    table[list(NOTES)] = table[list(NOTES)].astype("str").fillna("")
    return table.assign(effort=effort.astype("float64"))
