"""Does an independent estimator find what was planted, and nothing where nothing was?

The estimators are regressions of statsmodels on covariates rebuilt from the company's tables alone; only latent fit (the effects act on
it, not on its noisy record) and the spans of stalls come from the truth. Small worlds, fixed seeds.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import binom

from cstoolkit.synthesis import Synthesis, Truth, synthesize

SEEDS = range(20)
DAY, WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")
NULLS = {
    "value": {
        "fit_on_value",
        "paid_on_value",
        "self_on_value",
        "handoff_on_value",
        "notes_win_back",
    },
    "churn": {"value_on_churn", "fit_on_churn", "usage_on_churn", "handoff_on_churn"},
    "usage": {"value_on_usage", "fit_on_usage", "first_on_usage"},
    "upsell": {"usage_on_expansion", "value_on_expansion"},
}
"""The effects set to zero together; all others stay as published, so that every confounder is still there."""


def _days(series: pd.Series) -> np.ndarray:
    return series.to_numpy("datetime64[D]")


def _fit_of(world: Synthesis, customers: pd.Series) -> np.ndarray:
    fit = world.truth["customers"].set_index("customer_id")["fit"]
    return (customers.map(fit).to_numpy() - 60) / 10


def _mondays(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row number and Monday for every Monday after day `first` and before day `last`."""
    start = first + (7 - (first.astype(np.int64) + 3) % 7) * DAY
    count = np.maximum(-(-(last - start).astype(np.int64) // 7), 0)
    row = np.repeat(np.arange(len(first)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, start[row] + step * WEEK


def _last_handoff(
    world: Synthesis, who: pd.Series, monday: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Days since the last handoff up to each Monday (infinite: none), and whether its notes were passed."""
    handoffs = world.tables["assignments"].dropna(subset="notes_passed")
    handoffs = handoffs[["customer_id", "starts_on", "notes_passed"]].sort_values(
        "starts_on", kind="stable"
    )
    left = pd.DataFrame({"customer_id": who.to_numpy(), "monday": monday.astype("datetime64[us]")})
    left["order"] = np.arange(len(left))
    merged = pd.merge_asof(
        left.sort_values("monday"),
        handoffs,
        left_on="monday",
        right_on="starts_on",
        by="customer_id",
    ).sort_values("order")
    days = (merged["monday"] - merged["starts_on"]).dt.days.fillna(np.inf).to_numpy()
    return days, merged["notes_passed"].fillna(False).to_numpy(bool)


def _hours(world: Synthesis, who: pd.Series, monday: np.ndarray) -> np.ndarray:
    """Hours of the customer's activities in the 28 days before each Monday."""
    work = world.tables["activities"]
    names = pd.Index(world.tables["customers"]["customer_id"])
    origin = np.datetime64("2000-01-03")
    week = ((_days(work["happened_on"]) - origin) // WEEK).astype(int)
    at = ((monday - origin) // WEEK).astype(int)
    base = at.min() - 5
    table = np.zeros((len(names), at.max() - base + 1))
    inside = (week >= base) & (week <= at.max())
    np.add.at(
        table,
        (names.get_indexer(work["customer_id"])[inside], week[inside] - base),
        work["hours"][inside],
    )
    total = np.cumsum(table, axis=1)
    row = names.get_indexer(who)
    return total[row, at - base - 1] - total[row, at - base - 5]


def _milestone(world: Synthesis, which: str) -> pd.DataFrame:
    rows = world.tables["milestones"]
    return rows.loc[
        rows["milestone"] == which, ["customer_id", "product", "journey", "happened_on"]
    ]


def _health(world: Synthesis) -> pd.DataFrame:
    """Usage health known from each month's end: mean of up to three months."""
    usage = world.tables["usage"].sort_values(["customer_id", "month"])
    share = np.maximum(usage["active_users"], 0.5) / usage["seats"] / 0.4
    health = (
        np.log(share).clip(-2, 1).groupby(usage["customer_id"]).rolling(3, min_periods=1).mean()
    )
    known = usage["month"] + pd.offsets.MonthBegin(1)
    table = pd.DataFrame(
        {"customer_id": usage["customer_id"], "known": known, "health": health.to_numpy()}
    )
    return table.sort_values("known", kind="stable")


def _health_at(world: Synthesis, who: pd.Series, monday: np.ndarray) -> np.ndarray:
    left = pd.DataFrame({"customer_id": who.to_numpy(), "monday": monday.astype("datetime64[us]")})
    left["order"] = np.arange(len(left))
    found = pd.merge_asof(
        left.sort_values("monday"),
        _health(world),
        left_on="monday",
        right_on="known",
        by="customer_id",
    )
    return found.sort_values("order")["health"].fillna(0).to_numpy()


def _value(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Weekly hazard of basic value in first journeys: complementary log-log regression, baseline by bands of weeks."""
    signed = _milestone(world, "contract_signed").query("journey == 1")
    basic = _milestone(world, "basic_value").rename(columns={"happened_on": "basic"})
    rows = signed.merge(basic, how="left", on=["customer_id", "product", "journey"]).reset_index(
        drop=True
    )
    contracts = world.tables["contracts"]
    ends = contracts["stopped_on"].fillna(contracts["ends_on"]).fillna(world.as_of)
    left = (
        ends.groupby([contracts["customer_id"], contracts["product"]])
        .max()
        .rename("left")
        .reset_index()
    )
    rows = rows.merge(left, on=["customer_id", "product"])
    last = np.minimum(_days(rows["left"]), np.datetime64(world.as_of, "D"))
    last = np.where(rows["basic"].notna(), _days(rows["basic"]) + DAY, last).astype("datetime64[D]")
    row, monday = _mondays(_days(rows["happened_on"]), last)
    week = ((monday - _days(rows["happened_on"])[row]).astype(int) + 3.5) / 7
    keep = (week > 5.5) & (week < 80)
    row, monday, week = row[keep], monday[keep], week[keep]
    event = (_days(rows["basic"])[row] - monday).astype("timedelta64[D]") < WEEK
    event &= rows["basic"].notna().to_numpy()[row]

    who = rows["customer_id"].iloc[row]
    customers = world.tables["customers"].set_index("customer_id").loc[who]
    tiers = (
        world.tables["tiers"]
        .drop_duplicates("customer_id")
        .set_index("customer_id")["tier"]
        .loc[who]
    )
    since, noted = _last_handoff(world, who, monday)
    recent = since < 60
    bands = pd.get_dummies(pd.cut(week, [5, 7, 8, 9, 10, 11, 12, 13, 14, 80]), dtype=float)
    columns = {
        "fit_on_value": _fit_of(world, who),
        "paid_on_value": (customers["onboarding"] == "paid").to_numpy(float),
        "self_on_value": (customers["onboarding"] == "self").to_numpy(float),
        "handoff_on_value": recent.astype(float),
        "notes_win_back": (recent & noted).astype(float),
        "hours_on_value": np.log1p(_hours(world, who, monday)),
        "size": np.log(customers["employees"].to_numpy() / 120),
        "high": (tiers == "high").to_numpy(float),
        "tech": (tiers == "tech").to_numpy(float),
    }
    design = pd.DataFrame(columns).join(bands.rename(columns=str))
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    return _read(sm.GLM(event.astype(float), design, family=family).fit(), columns)


def _churn(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Does a fixed-term contract that ran out have a successor? Logistic regression on what was known at the decision."""
    contracts = world.tables["contracts"]
    ran = contracts[
        contracts["stopped_on"].isna()
        & (contracts["ends_on"] <= world.as_of - pd.Timedelta(days=31))
    ]
    begins = contracts[["customer_id", "product", "starts_on"]].sort_values("starts_on")
    after = pd.merge_asof(
        ran.sort_values("ends_on")[["customer_id", "product", "ends_on"]],
        begins,
        left_on="ends_on",
        right_on="starts_on",
        by=["customer_id", "product"],
        direction="forward",
        tolerance=pd.Timedelta(days=30),
    )
    notice = _days(after["ends_on"]) - 30 * DAY
    monday = notice - (notice.astype(np.int64) + 3) % 7
    who = after["customer_id"]
    basic = (
        _milestone(world, "basic_value")
        .sort_values("happened_on")
        .rename(columns={"happened_on": "basic"})
    )
    signed = (
        _milestone(world, "contract_signed")
        .sort_values("happened_on")
        .rename(columns={"happened_on": "signed"})
    )
    after["monday"] = monday.astype("datetime64[us]")
    after = after.reset_index(names="order").sort_values("monday")
    keys = {"left_on": "monday", "by": ["customer_id", "product"], "allow_exact_matches": False}
    after = pd.merge_asof(
        after, signed[["customer_id", "product", "signed"]], right_on="signed", **keys
    )
    after = pd.merge_asof(
        after, basic[["customer_id", "product", "basic"]], right_on="basic", **keys
    ).sort_values("order")
    since, noted = _last_handoff(world, who, monday)
    columns = {
        "value_on_churn": (after["basic"] >= after["signed"]).to_numpy(float),
        "fit_on_churn": _fit_of(world, who),
        "usage_on_churn": _health_at(world, who, monday),
        "handoff_on_churn": ((since < 180) & ~noted).astype(float),
    }
    design = sm.add_constant(pd.DataFrame(columns))
    return _read(sm.Logit(after["starts_on"].isna().to_numpy(float), design).fit(disp=0), columns)


def _usage(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Log active share of customers that are live and not in a stall: least squares, errors clustered by customer.

    Only each customer's first ten months: after the first renewal those who use little and fit badly are gone, and among the rest
    fit and level would no longer be independent.
    """
    usage = world.tables["usage"]
    usage = usage[usage["seats"] >= 15]
    firsts = {}
    for which in ("contract_signed", "live", "first_value", "basic_value"):
        firsts[which] = usage["customer_id"].map(
            _milestone(world, which).groupby("customer_id")["happened_on"].min()
        )
    stalls = world.truth["stalls"]
    pairs = usage[["customer_id", "month"]].reset_index().merge(stalls, on="customer_id")
    over = (pairs["starts_on"] < pairs["month"] + pd.offsets.MonthBegin(1)) & ~(
        pairs["ends_on"] <= pairs["month"]
    )
    calm = (
        ~usage.index.isin(pairs.loc[over, "index"]) & (firsts["live"] < usage["month"]).to_numpy()
    )
    calm &= (usage["month"] < firsts["contract_signed"] + pd.Timedelta(days=300)).to_numpy()
    usage = usage[calm]
    columns = {
        "fit_on_usage": _fit_of(world, usage["customer_id"]),
        "first_on_usage": (firsts["first_value"][calm] < usage["month"]).to_numpy(float),
        "value_on_usage": (firsts["basic_value"][calm] < usage["month"]).to_numpy(float),
    }
    design = sm.add_constant(pd.DataFrame(columns))
    share = np.log(np.maximum(usage["active_users"], 0.5) / usage["seats"]).to_numpy()
    groups = pd.factorize(usage["customer_id"])[0]
    return _read(
        sm.OLS(share, design).fit(cov_type="cluster", cov_kwds={"groups": groups}), columns
    )


def _upsell(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Weekly hazard of a contract row's being stopped by an upsell, while levels may change: complementary log-log regression."""
    rows = world.tables["contracts"].dropna(subset="ends_on").reset_index(drop=True)
    raised = rows["stopped_on"].notna().to_numpy()
    last = np.minimum(_days(rows["ends_on"]) - 59 * DAY, np.datetime64(world.as_of, "D") - 5 * DAY)
    last = np.where(raised, _days(rows["stopped_on"]) + DAY, last).astype("datetime64[D]")
    row, monday = _mondays(_days(rows["starts_on"]) + 59 * DAY, last)
    event = raised[row] & (
        (_days(rows["stopped_on"])[row] - monday).astype("timedelta64[D]") < WEEK
    )
    who = rows["customer_id"].iloc[row]
    first = _milestone(world, "basic_value").groupby("customer_id")["happened_on"].min()
    columns = {
        "usage_on_expansion": _health_at(world, who, monday),
        "value_on_expansion": (who.map(first).to_numpy("datetime64[D]") < monday).astype(float),
    }
    design = sm.add_constant(pd.DataFrame(columns))
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    return _read(sm.GLM(event.astype(float), design, family=family).fit(), columns)


def _read(result, names) -> dict[str, tuple[float, float]]:
    """The 95% interval of each coefficient."""
    intervals = pd.DataFrame(np.asarray(result.conf_int()), index=result.model.exog_names)
    return {name: tuple(intervals.loc[name]) for name in names}


ESTIMATORS = {"value": _value, "churn": _churn, "usage": _usage, "upsell": _upsell}


@cache
def _all_intervals(zeroed: str) -> dict[str, pd.DataFrame]:
    """The 95% intervals of each topic's effects over all seeds; where a topic is `zeroed`, its own, with its effects set to zero."""
    truth = replace(Truth(), **dict.fromkeys(NULLS[zeroed], 0.0)) if zeroed else Truth()
    rows = {topic: [] for topic in ESTIMATORS if zeroed in ("", topic)}
    for seed in SEEDS:
        world = synthesize(truth, seed=seed, months=30, customers=400, voices=False)
        for topic, found in rows.items():
            for name, (low, high) in ESTIMATORS[topic](world).items():
                found.append((name, low, high, getattr(truth, name, np.nan)))
    return {
        topic: pd.DataFrame(found, columns=["name", "low", "high", "truth"])
        for topic, found in rows.items()
    }


def intervals(topic: str, name: str, *, zero: bool = False) -> pd.DataFrame:
    """One row a seed: low, high and truth of one effect."""
    return _all_intervals(topic if zero else "")[topic].query("name == @name")


EFFECTS = [(topic, name) for topic, names in NULLS.items() for name in sorted(names)] + [
    ("value", "hours_on_value")
]


@pytest.mark.parametrize(("topic", "name"), EFFECTS)
def test_intervals_cover_the_published_effect(topic, name):
    found = intervals(topic, name)
    covered = ((found["low"] <= found["truth"]) & (found["truth"] <= found["high"])).sum()
    assert len(found) == len(SEEDS)
    assert covered >= 16, f"{name}: {covered} of {len(SEEDS)}\n{found}"


@pytest.mark.parametrize(("topic", "name"), [pair for pair in EFFECTS if pair[1] in NULLS[pair[0]]])
def test_an_effect_set_to_zero_is_not_found_more_often_than_chance(topic, name):
    found = intervals(topic, name, zero=True)
    reported = ((found["low"] > 0) | (found["high"] < 0)).sum()
    allowed = int(binom.ppf(0.997, len(SEEDS), 0.05))
    assert reported <= allowed, (
        f"{name}: {reported} of {len(SEEDS)} where chance allows {allowed}\n{found}"
    )


@pytest.mark.parametrize(
    "name", ["fit_on_value", "value_on_churn", "value_on_usage", "paid_on_value"]
)
def test_the_main_effects_are_large_enough_to_be_found(name):
    topic = next(topic for topic, names in NULLS.items() if name in names)
    found = intervals(topic, name)
    reported = ((found["low"] > 0) | (found["high"] < 0)).sum()
    assert reported >= 10, f"{name}: found in {reported} of {len(SEEDS)}"
