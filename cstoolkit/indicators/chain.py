"""From what CS does, to what moves first, to what comes out; and when each of them speaks.

S2 names activity, leading and outcome indicators without defining them; the chain between them is
the field's usual one, the list of indicators (``indicators.csv``) ours.

S3 rebuilt its indicators every year for five years and says of each no more than its idea:
qualitative, stages, quantified value, a platform, a health score. What is replayed here
(``systems.csv``) is our reading of each, with thresholds of ours. The last one takes the signs of
the other four together. References: S1, S2, S3 (docs/sources.md).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import checks, stats, tables
from cstoolkit.data.company import MONTH_DAYS, Company, MissingData, checked
from cstoolkit.days import dates, month_start

LOW_SCORE = 4
"""Points of 10 up to which a voice is a complaint (ours)."""
RECENT = 3
"""Months over which complaints and escalations are counted."""
FALLEN = -0.4
"""Against its peak, from where on usage has fallen (ours)."""
NOTICE = 60
"""Days that anybody needs to act on a sign (ours, plausible 30 to 90)."""

HEALTH = "health"
"""The fifth system: a score that counts the signs of the others."""
SIGNS = 2
"""From how many signs on the health score warns (ours)."""
WINDOW, EARLY = 180, 30
"""A warning is about the next 180 days; one less than 30 days before is too late to act (ours)."""


def indicator_table(company: Company | None = None) -> pd.DataFrame:
    """The indicators.

    Parameters
    ----------
    company : Company, optional
        Adds `measured`: whether this company's records hold what the indicator needs.

    Returns
    -------
    pandas.DataFrame
        One row an indicator (``indicators.csv``): key, name, kind (activity, leading, outcome),
        formula (in words), owner, unit, delay (days until it is known), needs (tables and columns),
        kinds (of activities that are counted), moves (the indicator that it should move).

    Examples
    --------
    >>> indicator_table()["kind"].unique().tolist()
    ['activity', 'leading', 'outcome']
    """
    frame = tables.read("indicators", "indicators")
    if company is None:
        return frame
    there = set(checked(company).activities["kind"].dropna().unique())
    measured = [
        all(company.has(*need.split(".")) for need in _listed(row.needs))
        and (not row.kinds or bool(there & set(_listed(row.kinds))))
        for row in frame.itertuples()
    ]
    return frame.assign(measured=measured)


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(";") if each.strip()]


def monthly(company: Company) -> pd.DataFrame:
    """Every indicator of every customer at the end of every month, by what was known then.

    Parameters
    ----------
    company : Company
        Of its tables only contracts are needed; an indicator without records has no column.

    Returns
    -------
    pandas.DataFrame
        One row a customer and month at whose end it was live: customer_id, month (its first day),
        end (its last), number (months since 1970-01), tenure_months, arr, days_to_churn (from `end`
        to the day on which this time as a customer ended; missing while it runs), a column an
        indicator that is measured, and months_without_value and silent_days (since the last
        activity, or since the start) where milestones or activities are kept. The outcomes tell
        the month that follows and are missing for the last one.
    """
    rows = _live_months(company)
    table = indicator_table(company).set_index("key")
    work = company.activities.dropna(subset=["customer_id", "happened_on"])
    for key, row in table[table["measured"] & (table["kinds"] != "")].iterrows():
        events = work[work["kind"].isin(_listed(row["kinds"]))]
        rows[key] = _counted(rows, events, RECENT if row["kind"] == "leading" else 1)
    measured = set(table.index[table["measured"]])
    if "complaints" in measured:
        voices = company.voices[company.voices["score"] <= LOW_SCORE]
        rows["complaints"] = _counted(rows, voices, RECENT)
    if len(work):
        days = work[["customer_id", "happened_on"]].sort_values("happened_on")
        found = pd.merge_asof(
            rows[["customer_id", "end"]].reset_index().sort_values("end"),
            days,
            left_on="end",
            right_on="happened_on",
            by="customer_id",
        ).set_index("index")["happened_on"]
        since = rows["end"] - pd.to_timedelta(rows["tenure_months"] * MONTH_DAYS, unit="D")
        found = found.reindex(rows.index)
        rows["silent_days"] = (rows["end"] - found.where(found.notna(), since)).dt.days
    if "basic_value" in measured:
        reached = company.milestones[company.milestones["milestone"] == "basic_value"]
        first = reached.groupby("customer_id")["happened_on"].min().reindex(rows["customer_id"])
        rows["basic_value"] = (first.to_numpy() <= rows["end"]).astype(float)
        rows["months_without_value"] = rows["tenure_months"] * (rows["basic_value"] == 0)
    rows = _with_usage(rows, company, measured)
    follows = rows.merge(
        rows[["customer_id", "number", "arr"]].assign(number=rows["number"] - 1),
        on=["customer_id", "number"],
        how="left",
        suffixes=("", "_next"),
    )["arr_next"]
    told = rows["number"] < rows["number"].max()
    ahead = (rows["end"] + pd.offsets.MonthEnd(1) - rows["end"]).dt.days
    rows["churn"] = (rows["days_to_churn"] <= ahead).astype(float).where(told)
    rows["expansion"] = (follows > rows["arr"]).astype(float).where(told)
    return rows


def _live_months(company: Company) -> pd.DataFrame:
    """A row a customer and month end, of the times that customers were live."""
    spans = checked(company).spans
    month = pd.Timestamp(company.as_of).to_period("M")
    if not company.as_of.is_month_end:
        month -= 1
    last = (month.year - 1970) * 12 + month.month - 1
    first = (spans["starts_on"].dt.year - 1970) * 12 + spans["starts_on"].dt.month - 1
    ended = spans["ends_on"].fillna(company.as_of + pd.Timedelta(days=62))
    # On the last day of a month who leaves on it is gone.
    final = (ended.dt.year - 1970) * 12 + ended.dt.month - 2
    size = (final.clip(upper=last) - first + 1).clip(lower=0).to_numpy()
    rows = spans.loc[spans.index.repeat(size)].reset_index(drop=True)
    offset = np.arange(size.sum()) - np.repeat(size.cumsum() - size, size)
    rows["number"] = np.repeat(first.to_numpy(), size) + offset
    rows["month"] = dates(month_start(rows["number"]))
    rows["end"] = dates(month_start(rows["number"] + 1) - 1)
    rows["tenure_months"] = (rows["end"] - rows["starts_on"]).dt.days / MONTH_DAYS
    rows["days_to_churn"] = (rows["ends_on"] - rows["end"]).dt.days
    rows.loc[rows["pending"].astype(bool), "days_to_churn"] = np.nan
    levels = company.levels[["customer_id", "starts_on", "until", "arr"]]
    held = rows[["customer_id", "end", "number"]].merge(levels, on="customer_id")
    held = held[(held["starts_on"] <= held["end"]) & (held["until"] > held["end"])]
    arr = held.groupby(["customer_id", "number"])["arr"].sum().rename("arr")
    rows = rows.join(arr, on=["customer_id", "number"])
    columns = ["customer_id", "month", "end", "number", "tenure_months", "arr", "days_to_churn"]
    return rows[columns].sort_values(["customer_id", "number"], ignore_index=True)


def _counted(rows: pd.DataFrame, events: pd.DataFrame, months: int) -> np.ndarray:
    """How many events each customer had in the month and those just before, `months` in all."""
    when = events["happened_on"]
    number = (when.dt.year - 1970) * 12 + when.dt.month - 1
    seen = pd.concat(
        [
            pd.DataFrame({"customer_id": events["customer_id"], "number": number + later})
            for later in range(months)
        ]
    )
    counts = seen.groupby(["customer_id", "number"]).size().rename("count")
    return rows.join(counts, on=["customer_id", "number"])["count"].fillna(0).to_numpy(float)


def _with_usage(rows: pd.DataFrame, company: Company, measured: set[str]) -> pd.DataFrame:
    """The indicators of usage, month by month; missing where a month has no record."""
    if not measured & {"active_share", "usage_change", "features_used"}:
        return rows
    usage = company.usage.sort_values(["customer_id", "month"]).reset_index(drop=True)
    found = usage[["customer_id", "month"]].copy()
    if "active_share" in measured:
        found["active_share"] = usage["active_users"] / usage["seats"].where(usage["seats"] > 0)
    if "usage_change" in measured:
        users = usage.groupby("customer_id")["active_users"]
        three = pd.concat([users.shift(back) for back in range(3)], axis=1)
        peak = users.cummax()
        found["usage_change"] = three.mean(axis=1, skipna=False) / peak.where(peak > 0) - 1
    if "features_used" in measured:
        found["features_used"] = usage["features_used"]
    return rows.merge(found, on=["customer_id", "month"], how="left")


def lags(panel: pd.DataFrame, cause: str, effect: str, *, most: int = 12) -> pd.DataFrame:
    """How one indicator goes with another one some months later.

    Customers are compared with others of the same age (whole months as a customer) in the same
    year, so that neither the growth of the company plays a part, nor that usage rises and no
    contract ends while a customer is new. An association is no effect: CS also goes where trouble is.

    Parameters
    ----------
    panel : DataFrame
        As :func:`monthly` returns it.
    cause, effect : str
        Two of its columns.
    most : int
        The longest lag, in months.

    Returns
    -------
    pandas.DataFrame
        One row a lag from 1 to `most`: lag (months from the end of the month), correlation, low,
        high (customers taken as clusters; at a level at which all lags together hold 95%), pairs.
        Missing where nothing varies.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> panel = cs.load_company().kept(monthly)
    >>> lags(panel, "active_share", "churn", most=2)["lag"].to_list()
    [1, 2]
    """
    needed = ["customer_id", "number", "tenure_months", cause, effect]
    checks.columns("panel", panel, needed, "indicators.monthly(company) makes one.")
    peers = (panel["number"] // 12) * 1000 + np.floor(panel["tenure_months"]).astype("int64")
    causes = panel[["customer_id", "number"]].assign(x=panel[cause], peers=peers).dropna()
    outcome = effect in ("churn", "expansion")  # they tell the month that follows already
    width, found = stats.z(1 - 0.05 / most), []
    for lag in range(1, most + 1):
        later = panel[["customer_id", "number", effect]].dropna()
        later = later.assign(number=later["number"] - lag + outcome).rename(columns={effect: "y"})
        both = causes.merge(later, on=["customer_id", "number"])
        apart = both[["x", "y"]] - both.groupby("peers")[["x", "y"]].transform("mean")
        size, error, value = len(both), np.nan, np.nan
        spread = apart.std(ddof=0) if size else pd.Series({"x": 0.0, "y": 0.0})
        if (spread > 1e-12).all():
            x, y = (apart[name].to_numpy() / spread[name] for name in ("x", "y"))
            value = float((x * y).mean())
            scores = np.bincount(pd.factorize(both["customer_id"])[0], x * (y - value * x))
            error = float(np.sqrt((scores**2).sum())) / size
        low, high = value - width * error, value + width * error
        row = {"lag": lag, "correlation": value, "low": max(low, -1), "high": min(high, 1)}
        found.append(row | {"pairs": size})
    frame = pd.DataFrame(found)
    frame.loc[frame["correlation"].isna(), ["low", "high"]] = np.nan
    return frame


def speaks(company: Company, *, most: int = 12, notice: int = NOTICE) -> pd.DataFrame:
    """When each arrow of the chain speaks: the lag at which the association is clearest.

    Parameters
    ----------
    company : Company
    most : int
        The longest lag looked at, in months.
    notice : int
        Days that somebody needs to act.

    Returns
    -------
    pandas.DataFrame
        One row an arrow whose both ends are measured: key, moves (indicators), lag (months; missing
        where no interval is free of zero), correlation, low, high (at that lag, or at the first),
        last (the longest lag at which the interval is free of zero), actionable (by then the
        indicator is known and `notice` is left).
    """
    most = checks.count("speaks", "most", most, least=1)
    panel, rows = checked(company).kept(monthly), []
    table = indicator_table()
    delay = table.set_index("key")["delay"]
    for arrow in table.itertuples():
        if arrow.key not in panel or arrow.moves not in panel:
            continue
        found = lags(panel, arrow.key, arrow.moves, most=most)
        clear = found[(found["low"] > 0) | (found["high"] < 0)]
        best = clear.loc[clear["correlation"].abs().idxmax()] if len(clear) else found.iloc[0]
        last = clear["lag"].max() if len(clear) else np.nan
        row = {"key": arrow.key, "moves": arrow.moves}
        row["lag"] = best["lag"] if len(clear) else np.nan
        row |= {name: best[name] for name in ("correlation", "low", "high")}
        # A month's figure is there at its end; what is known later speaks for less time.
        left = (last - 1) * MONTH_DAYS - (0 if delay[arrow.key] == 30 else delay[arrow.key])
        rows.append(row | {"last": last, "actionable": bool(left >= notice)})
    columns = ["key", "moves", "lag", "correlation", "low", "high", "last", "actionable"]
    return pd.DataFrame(rows, columns=columns)


def against_target(
    company: Company, indicator: str = "check_ins", *, target: float | None = None
) -> pd.DataFrame:
    """An activity against its target, beside what it was meant for: Goodhart's law on the records.

    Parameters
    ----------
    company : Company
        With activities.
    indicator : str
        An activity indicator.
    target : float, optional
        How much of it a quarter is asked for. Default: the median of the quarters.

    Returns
    -------
    pandas.DataFrame
        One row a whole quarter: quarter (its first day), done, target, met, customers (live at the
        end of a month, on average), reached (share of customer-months with any of it),
        reached_falling (the same among customers whose usage had fallen; missing without usage),
        churn (customers lost over customer-months).

    Raises
    ------
    MissingData
        If no such activity is recorded.
    """
    panel = checked(company).kept(monthly)
    names = indicator_table().set_index("key")
    checks.one_of(
        "against_target", "indicator", indicator, names.index[names["kind"] == "activity"]
    )
    if indicator not in panel:
        raise MissingData(f"{company.name} has no record of {names['name'][indicator]}.")
    rows = panel.assign(
        quarter=panel["month"].dt.to_period("Q").dt.start_time, any=panel[indicator] > 0
    )
    by = rows.groupby("quarter")
    table = by.agg(
        months=("number", "nunique"), done=(indicator, "sum"), size=("any", "size"),
        reached=("any", "mean"), churn=("churn", "mean"),
    )  # fmt: skip
    if "usage_change" in rows:
        falling = rows[rows["usage_change"] <= FALLEN]
        table["reached_falling"] = falling.groupby("quarter")["any"].mean()
    else:
        table["reached_falling"] = np.nan
    table = table[table["months"] == 3]
    table["customers"] = table["size"] / 3
    table["target"] = table["done"].median() if target is None else target
    table["met"] = table["done"] >= table["target"]
    columns = ["done", "target", "met", "customers", "reached", "reached_falling", "churn"]
    return table[columns].reset_index()


def system_table() -> pd.DataFrame:
    """The signs of each system.

    Returns
    -------
    pandas.DataFrame
        One row a sign (``systems.csv``): system, year (of S3's), measure (a column of
        ``monthly``), side (above or below the threshold is a sign), threshold, unit, source, says.

    Examples
    --------
    >>> system_table()["system"].unique().tolist()
    ['qualitative', 'stages', 'value', 'platform']
    """
    return tables.read("indicators", "systems")


def warnings(company: Company, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Whether each system warns of each customer at the end of each month, by what was known then.

    Parameters
    ----------
    company : Company
    table : DataFrame, optional
        The signs; default: those of ``systems.csv``. A sign whose measure is not recorded is left out,
        and a system without any sign.

    Returns
    -------
    pandas.DataFrame
        One row a customer and month: customer_id, end, number, days_to_churn, a column of booleans
        a system. A measure missing in a month is no sign.
    """
    panel = checked(company).kept(monthly)
    rows = panel[["customer_id", "end", "number", "days_to_churn"]].copy()
    signs = pd.Series(0, index=rows.index)
    for sign in (system_table() if table is None else table).itertuples():
        if sign.measure not in panel:
            continue
        value = panel[sign.measure]
        shown = value > sign.threshold if sign.side == "above" else value < sign.threshold
        rows[sign.system] = rows.get(sign.system, False) | shown
        signs += shown
    rows[HEALTH] = signs >= SIGNS
    return rows


def replay(
    company: Company,
    table: pd.DataFrame | None = None,
    *,
    window: int = WINDOW,
    early: int = EARLY,
    level: float = 0.95,
) -> pd.DataFrame:
    """What each system would have warned of, how early, and how often for nothing.

    Parameters
    ----------
    company, table
        As for :func:`warnings`.
    window : int
        A warning is about the next so many days.
    early : int
        A warning less than so many days before is too late.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        One row a system, first `everybody` (who warns of all customers always): system, warned
        (share of customer-months), churners (customers lost that were live long enough to be warned
        of), caught (warned of in time), share, share_low, share_high, lead, lead_low, lead_high
        (days from the first warning within the window to the loss, median of those caught),
        false_alarms (share of the warnings after which nobody left within the window), false_low,
        false_high (customers taken as clusters). Warnings whose window is not over are left out.
    """
    rows = warnings(company, table)
    systems = [name for name in rows.columns if name not in list(rows.columns[:4])]
    rows.insert(4, "everybody", True)
    left = rows["days_to_churn"]
    within = left <= window
    loss = rows["end"] + pd.to_timedelta(left, unit="D")
    in_time = within & (left >= early)
    losses = [rows["customer_id"][in_time], loss[in_time]]
    over = rows["end"] + pd.Timedelta(days=window) <= company.as_of
    found = []
    for name in ["everybody", *systems]:
        flag = rows[name].astype(bool)
        first = left.where(flag)[in_time].groupby(losses).max()
        caught = int(first.notna().sum())
        share, low, high = stats.wilson(caught, len(first), level)
        lead = stats.median_interval(first.dropna(), level)
        told = flag & over
        wrong = stats.clustered_share(~within[told], rows.loc[told, "customer_id"], level)
        row = {"system": name, "warned": flag.mean(), "churners": len(first), "caught": caught}
        row |= {"share": float(share), "share_low": float(low), "share_high": float(high)}
        row |= dict(zip(("lead", "lead_low", "lead_high"), lead, strict=True))
        row |= dict(zip(("false_alarms", "false_low", "false_high"), wrong, strict=True))
        found.append(row)
    return pd.DataFrame(found).replace({None: np.nan})
