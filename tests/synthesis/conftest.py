"""Estimators of what was planted: regressions on covariates rebuilt from a company's tables alone.

Only latent fit (the effects act on it, not on its noisy record), engagement and the spans of stalls
and declines come from the truth.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cstoolkit.synthesis import Synthesis, Truth, synthesize
from cstoolkit.synthesis.publish import SEED

DAY, WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")


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
    keep = (week > 9) & (week < 80)
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
    bands = pd.get_dummies(pd.cut(week, [9, 10, 11, 12, 13, 14, 15, 16, 17, 80]), dtype=float)
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
        ran.sort_values("ends_on")[["contract_id", "customer_id", "product", "ends_on"]],
        begins,
        left_on="ends_on",
        right_on="starts_on",
        by=["customer_id", "product"],
        direction="forward",
        tolerance=pd.Timedelta(days=30),
    )
    notice = _days(after["ends_on"]) - 30 * DAY
    monday = notice - (notice.astype(np.int64) + 3) % 7 * DAY
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
        "engagement_on_churn": _engagement(world, after["contract_id"]),
        "proposal_on_churn": _done(world, "usage_proposal", who, monday, 90).astype(float),
        "story_on_churn": _done(world, "success_story", who, monday, 180).astype(float),
    }
    design = sm.add_constant(pd.DataFrame(columns))
    left = after["starts_on"].isna().to_numpy(float)
    return _read(sm.GLM(left, design, family=sm.families.Binomial()).fit(), columns)


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
    return _weekly(event, columns)


def _engagement(world: Synthesis, contracts: pd.Series) -> np.ndarray:
    """Engagement at the decision on a contract; only the makers know it."""
    risk = world.truth["risk"].drop_duplicates("contract_id", keep="last").set_index("contract_id")
    return contracts.map(risk["engagement"]).fillna(0).to_numpy()


def _done(world: Synthesis, kind: str, who: pd.Series, monday: np.ndarray, days: int) -> np.ndarray:
    """Was work of this kind done in a week that began in the `days` days before each Monday?"""
    work = world.tables["activities"]
    work = work.loc[work["kind"] == kind, ["customer_id", "happened_on"]]
    day = work["happened_on"]
    work = work.assign(week=day - pd.to_timedelta(day.dt.day_of_week, unit="D")).sort_values("week")
    left = pd.DataFrame({"customer_id": who.to_numpy(), "monday": monday.astype("datetime64[us]")})
    left["order"] = np.arange(len(left))
    found = pd.merge_asof(
        left.sort_values("monday"),
        work[["customer_id", "week"]],
        left_on="monday",
        right_on="week",
        by="customer_id",
        allow_exact_matches=False,
    ).sort_values("order")
    return ((found["monday"] - found["week"]).dt.days <= days).to_numpy()


def _weeks_in_use(world: Synthesis) -> tuple[pd.Series, np.ndarray]:
    """Customer and Monday of every week in which a customer was live and had gone live, first journeys."""
    live = _milestone(world, "live").query("journey == 1")
    contracts = world.tables["contracts"]
    ends = contracts["stopped_on"].fillna(contracts["ends_on"]).fillna(world.as_of)
    left = ends.groupby([contracts["customer_id"], contracts["product"]]).max().rename("left")
    rows = live.merge(left.reset_index(), on=["customer_id", "product"])
    rows = rows.groupby("customer_id", as_index=False).agg(
        live=("happened_on", "min"), left=("left", "max")
    )
    last = np.minimum(_days(rows["left"]), np.datetime64(world.as_of, "D"))
    row, monday = _mondays(_days(rows["live"]), last.astype("datetime64[D]"))
    return rows["customer_id"].iloc[row].reset_index(drop=True), monday


def _within(spans: pd.DataFrame, who: pd.Series, monday: np.ndarray) -> tuple:
    """The span (row number, -1: none) in which each Monday lies, its start included, and the start."""
    spans = spans.reset_index(drop=True).reset_index(names="span").sort_values("starts_on")
    left = pd.DataFrame({"customer_id": who.to_numpy(), "monday": monday.astype("datetime64[us]")})
    left["order"] = np.arange(len(left))
    found = pd.merge_asof(
        left.sort_values("monday"),
        spans[["customer_id", "span", "starts_on", "ends_on"]],
        left_on="monday",
        right_on="starts_on",
        by="customer_id",
    ).sort_values("order")
    inside = found["span"].notna() & ~(found["ends_on"] <= found["monday"])
    number = np.where(inside, found["span"], -1).astype(int)
    return number, found["starts_on"].to_numpy("datetime64[D]"), found["ends_on"].to_numpy()


def _weekly(event: np.ndarray, columns: dict[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    """Complementary log-log regression of a weekly hazard."""
    design = sm.add_constant(pd.DataFrame(columns))
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    return _read(sm.GLM(event.astype(float), design, family=family).fit(), columns)


def _stall(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Weekly hazard at which a customer who is not in a stall falls into one."""
    who, monday = _weeks_in_use(world)
    span, start, _ = _within(world.truth["stalls"], who, monday)
    begins = (span >= 0) & (start == monday)
    keep = begins | (span < 0)
    who, monday, begins = who[keep], monday[keep], begins[keep]
    since, noted = _last_handoff(world, who, monday)
    columns = {
        "fit_on_stall": _fit_of(world, who),
        "hours_on_stall": np.log1p(_hours(world, who, monday)),
        "handoff_on_stall": ((since < 60) & ~noted).astype(float),
    }
    return _weekly(begins, columns)


def _turning(world: Synthesis, spans: pd.DataFrame) -> tuple[pd.Series, np.ndarray, np.ndarray]:
    """Customer and Monday of every week inside a span after its first, and whether it ended then."""
    who, monday = _weeks_in_use(world)
    span, start, _ = _within(spans, who, monday)
    inside = (span >= 0) & (start < monday)
    earlier, began, ended = _within(spans, who, monday - WEEK)
    over = (earlier >= 0) & (began <= monday - WEEK) & (ended == monday.astype("datetime64[us]"))
    keep = inside | over
    return who[keep], monday[keep], over[keep]


def _stall_end(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Weekly hazard at which a stall ends."""
    who, monday, over = _turning(world, world.truth["stalls"])
    columns = {
        "hours_on_stall_end": np.log1p(_hours(world, who, monday)),
        "response_on_stall_end": _done(world, "stall_response", who, monday, 28).astype(float),
    }
    return _weekly(over, columns)


def _decline(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Weekly hazard of a decline without a cause in the tables, among customers whose engagement is whole."""
    who, monday = _weeks_in_use(world)
    declines = world.truth["declines"]
    span, start, _ = _within(declines, who, monday)
    begins = (span >= 0) & (start == monday)
    lost = (declines["ends_on"] - declines["starts_on"]) / 2  # engagement comes back twice as fast
    low = declines.assign(ends_on=declines["ends_on"] + lost + pd.Timedelta(weeks=2))
    dipped, _, _ = _within(low, who, monday)
    keep = begins | (dipped < 0)
    who, monday, begins, span = who[keep], monday[keep], begins[keep], span[keep]
    unexplained = declines["cause"].isin(["own", "champion_left"]).to_numpy()
    columns = {
        "fit_on_decline": _fit_of(world, who),
        "review_on_decline": _done(world, "business_review", who, monday, 180).astype(float),
        "community_on_decline": _done(world, "user_group", who, monday, 180).astype(float),
    }
    return _weekly(begins & unexplained[span], columns)


def _recovery(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Weekly hazard at which a decline turns."""
    who, monday, over = _turning(world, world.truth["declines"])
    return _weekly(over, {"hours_on_recovery": np.log1p(_hours(world, who, monday))})


def _contraction(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Is a contract that goes on renewed at a lower level?"""
    risk = world.truth["risk"].query("~open_ended & ~churned").sort_values("ends_on")
    rows = world.tables["contracts"]
    rows = rows[rows["kind"].isin(["renewal", "contraction"])].sort_values("starts_on")
    after = pd.merge_asof(
        risk,
        rows[["customer_id", "product", "starts_on", "kind"]],
        left_on="ends_on",
        right_on="starts_on",
        by=["customer_id", "product"],
        direction="forward",
        tolerance=pd.Timedelta(days=30),
    ).dropna(subset="kind")
    health = _health_at(world, after["customer_id"], _days(after["decided_on"]))
    design = sm.add_constant(pd.DataFrame({"usage_on_contraction": health}))
    lower = (after["kind"] == "contraction").to_numpy(float)
    return _read(
        sm.GLM(lower, design, family=sm.families.Binomial()).fit(), ["usage_on_contraction"]
    )


def _cross_sell(world: Synthesis) -> dict[str, tuple[float, float]]:
    """Weekly hazard of the second product, among customers who have one and stay."""
    rows = world.tables["contracts"]
    first = (
        rows[rows["kind"] == "new"]
        .groupby("customer_id")
        .agg(starts=("starts_on", "min"), products=("product", "nunique"))
    )
    second = rows[rows["kind"] == "cross_sell"].groupby("customer_id")["signed_on"].min()
    risk = world.truth["risk"].query("churned").groupby("customer_id")["decided_on"].min()
    frame = first[first["products"] == 1].assign(second=second, decided=risk)
    frame = frame[~(frame["second"] < frame["starts"])]
    last = frame[["second", "decided"]].min(axis=1).fillna(world.as_of)
    sold = (frame["second"].notna() & (last == frame["second"])).to_numpy()
    last = np.where(sold, _days(frame["second"]) + DAY, _days(last)).astype("datetime64[D]")
    row, monday = _mondays(_days(frame["starts"]) + 89 * DAY, last)
    who = pd.Series(frame.index[row])
    event = sold[row] & ((_days(frame["second"])[row] - monday).astype("timedelta64[D]") < WEEK)
    basic = _milestone(world, "basic_value").groupby("customer_id")["happened_on"].min()
    columns = {
        "usage_on_expansion": _health_at(world, who, monday),
        "value_on_expansion": (who.map(basic).to_numpy("datetime64[D]") < monday).astype(float),
    }
    return _weekly(event, columns)


def _read(result, names) -> dict[str, tuple[float, float]]:
    """The 95% interval of each coefficient."""
    intervals = pd.DataFrame(np.asarray(result.conf_int()), index=result.model.exog_names)
    return {name: tuple(intervals.loc[name]) for name in names}


ESTIMATORS = {
    "value": _value,
    "churn": _churn,
    "contraction": _contraction,
    "usage": _usage,
    "upsell": _upsell,
    "cross_sell": _cross_sell,
    "stall": _stall,
    "stall_end": _stall_end,
    "decline": _decline,
    "recovery": _recovery,
}


@pytest.fixture(scope="session")
def world():
    """The bundled company, made anew."""
    return synthesize(seed=SEED)


@pytest.fixture(scope="session")
def estimated():
    """By estimator: name, low, high and truth of each effect, one row a seed; small worlds.

    The function takes names of estimators, effects to set to zero, and seeds.
    """

    @cache
    def found(topics: tuple[str, ...], zeroed: tuple[str, ...], seeds: range):
        truth = replace(Truth(), **dict.fromkeys(zeroed, 0.0))
        rows = {topic: [] for topic in topics}
        for seed in seeds:
            world = synthesize(truth, seed=seed, months=30, customers=400, voices=False)
            for topic, own in rows.items():
                for name, (low, high) in ESTIMATORS[topic](world).items():
                    own.append((name, low, high, getattr(truth, name, np.nan)))
        columns = ["name", "low", "high", "truth"]
        return {topic: pd.DataFrame(own, columns=columns) for topic, own in rows.items()}

    return found
