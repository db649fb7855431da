"""The synthetic company: is it the one that was promised, consistent in itself, and the same each time?"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cstoolkit as cs
from cstoolkit.data import bundled
from cstoolkit.data.contract import MILESTONES, TABLES
from cstoolkit.synthesis import Truth, journey, synthesize

LATER = pd.Timestamp("2100-01-01")


@pytest.fixture(scope="module")
def tables(world):
    return world.tables


def _live(tables, days, grace=0):
    """Live customers on each day, counted here without the package: contracts that run, gaps of up to `grace` days bridged."""
    rows = tables["contracts"]
    ends = rows["stopped_on"].fillna(rows["ends_on"]).fillna(LATER) + pd.Timedelta(days=grace)
    counts = []
    for day in days:
        runs = (rows["starts_on"] <= day) & (ends > day) & (rows["signed_on"] <= day)
        counts.append(rows.loc[runs, "customer_id"].nunique())
    return np.array(counts)


def test_it_keeps_the_data_contract(tables):
    about = bundled.about()
    company = cs.Company.from_tables(
        name=about["name"], currency=about["currency"], as_of=about["as_of"], **tables
    )
    assert not company.notes
    assert set(tables) == set(TABLES)
    assert len(company.snapshot()) == _live(tables, [company.as_of])[0]


def test_it_passes_the_five_stages_in_order(tables, world):
    days = pd.date_range(world.as_of, world.first_day, freq="-7D")[::-1]
    live = _live(tables, days)
    assert 3 <= live[0] <= 8
    assert 1150 <= live[-1] <= 1350
    crossed = [days[(live >= size).argmax()] for size in (10, 100, 500, 1000)]
    assert crossed == sorted(crossed)
    months = [(day - world.first_day).days / 30.4 for day in crossed]
    assert (
        1 <= months[0] <= 6
        and 10 <= months[1] <= 20
        and 28 <= months[2] <= 40
        and 44 <= months[3] <= 56
    )
    people = tables["people"]
    assert (people["hired_on"] > crossed[0] - pd.Timedelta(days=60)).all(), (
        "nobody in CS in the first stage"
    )
    assert 25 <= people["left_on"].isna().sum() <= 35
    assert people["left_on"].notna().sum() >= 4


def test_it_is_as_varied_as_promised(tables, world):
    customers, contracts = tables["customers"], tables["contracts"]
    assert customers["industry"].nunique() >= 6
    assert customers["region"].nunique() == 4
    assert set(contracts["product"]) == {"recruiting", "talent"}
    assert set(contracts["kind"]) == {"new", "renewal", "upsell", "cross_sell", "contraction"}
    stop = contracts["stopped_on"].fillna(contracts["ends_on"]).fillna(LATER)
    now = contracts[(contracts["starts_on"] <= world.as_of) & (stop > world.as_of)]
    arr = now.groupby("customer_id")["arr"].sum()
    assert 10_000 <= arr.median() <= 14_000
    assert 25_000 <= arr.mean() <= 35_000
    assert 30e6 <= arr.sum() <= 45e6
    top = arr.sort_values().tail(len(arr) // 10).sum() / arr.sum()
    assert 0.4 < top < 0.75, (
        "a heavy tail: a tenth of the customers brings around half of the revenue"
    )
    tier = tables["tiers"][tables["tiers"]["ends_on"].isna()]["tier"].value_counts(normalize=True)
    assert 0.055 <= tier["high"] <= 0.09
    assert 0.24 <= tier["low"] <= 0.31
    assert tables["milestones"]["journey"].max() >= 2
    names = customers["name"]
    assert names.is_unique
    assert (
        names.str.contains("'").any()
        and names.str.contains(",").any()
        and names.str.contains("[ぁ-んァ-ヶ]").any()
    )


def test_signings_have_seasons_and_renewals_are_sometimes_late(tables):
    new = tables["contracts"].query("kind == 'new'")["signed_on"].dt.month.value_counts()
    assert new[[3, 4]].mean() > 1.4 * new[[5, 8]].mean()
    rows = tables["contracts"].sort_values(["customer_id", "product", "starts_on"])
    ended = rows.groupby(["customer_id", "product"])["ends_on"].shift()
    late = (rows["starts_on"] - ended).dt.days[rows["kind"].isin(["renewal", "contraction"])]
    assert late.min() == 0
    assert late.max() == 20
    assert 0.02 < (late > 0).mean() < 0.06


def test_levels_of_a_product_never_overlap(tables):
    rows = tables["contracts"].sort_values(["customer_id", "product", "starts_on"], kind="stable")
    ends = rows["stopped_on"].fillna(rows["ends_on"]).fillna(LATER)
    previous = ends.groupby([rows["customer_id"], rows["product"]]).shift()
    assert not (rows["starts_on"] < previous).any()
    raised = rows[rows["kind"] == "upsell"].merge(
        rows, on=["customer_id", "product"], suffixes=("", "_old")
    )
    follows = raised[raised["stopped_on_old"] == raised["starts_on"]]
    assert len(follows) == (rows["kind"] == "upsell").sum(), (
        "an upsell starts on the day the old level stops"
    )
    assert (follows["arr"] > follows["arr_old"]).all()


def test_milestones_come_in_order_and_while_under_contract(tables):
    wide = tables["milestones"].pivot(
        index=["customer_id", "product", "journey"], columns="milestone", values="happened_on"
    )
    for earlier, later in pairwise(MILESTONES):
        reached = wide[later].notna()
        assert (wide.loc[reached, earlier] <= wide.loc[reached, later]).all(), later
    contracts = tables["contracts"].assign(
        ends=lambda rows: (
            rows["stopped_on"].fillna(rows["ends_on"]).fillna(LATER) + pd.Timedelta(days=20)
        )
    )
    events = tables["milestones"].merge(contracts, on=["customer_id", "product"])
    runs = (events["signed_on"] <= events["happened_on"]) & (events["happened_on"] < events["ends"])
    assert (
        runs.groupby(
            [events["customer_id"], events["product"], events["journey"], events["milestone"]]
        )
        .any()
        .all()
    )


def test_usage_is_recorded_for_those_live_at_the_months_end(tables):
    for month, rows in tables["usage"].groupby("month"):
        last = month + pd.offsets.MonthEnd(0)
        least, most = (_live(tables, [last], grace=days)[0] for days in (0, 20))
        assert least <= len(rows) <= most, "a late renewal goes on using; who left does not"
    usage = tables["usage"]
    assert (usage["active_users"] <= usage["seats"]).all()
    uses = usage.filter(like="uses_")
    assert ((uses > 0).sum(axis=1) == usage["features_used"]).all()


def test_hours_fit_the_people(tables):
    work = tables["activities"].merge(tables["people"], on="person_id", suffixes=("", "_a_month"))
    month = work["happened_on"].dt.to_period("M")
    share = (
        work.groupby(["person_id", month])["hours"].sum()
        / work.groupby(["person_id", month])["hours_a_month"].first()
    )
    assert share.max() <= 0.75
    assert 0.4 < share.median() < 0.7
    assert (work["happened_on"] >= work["hired_on"]).all()
    assert (work["happened_on"] < work["left_on"].fillna(LATER)).all()
    assert (work["happened_on"].dt.day_of_week < 5).all()


def test_effort_differs_by_tier_and_phase(tables, world):
    year = tables["activities"].query("happened_on >= '2025-01-01'")
    tier = tables["tiers"][tables["tiers"]["ends_on"].isna()].set_index("customer_id")["tier"]
    held = year["customer_id"].map(tier)
    adoption = (
        year[year["phase"] == "adoption"].groupby(held)["hours"].sum() / tier.value_counts() / 12
    )
    assert adoption["high"] > 2 * adoption["low"] > 8 * adoption["tech"]
    assert 1.5 < adoption["high"] < 6


def test_assignments_follow_people_and_posts(tables):
    rows, posts = tables["assignments"], tables["posts"]
    ends = rows["ends_on"].fillna(LATER)
    merged = rows.assign(row=range(len(rows)), end=ends).merge(
        posts, on="person_id", suffixes=("", "_post")
    )
    overlap = np.minimum(merged["end"], merged["ends_on_post"].fillna(LATER)) - np.maximum(
        merged["starts_on"], merged["starts_on_post"]
    )
    fits = merged["role"] == merged["role_post"]
    covered = (
        overlap.clip(lower=pd.Timedelta(0))
        .where(fits, pd.Timedelta(0))
        .groupby(merged["row"])
        .sum()
    )
    assert (covered.to_numpy() == (ends - rows["starts_on"]).to_numpy()).all(), (
        "a person looks after customers in that role"
    )
    relation = rows[rows["scope"].isna() | (rows["scope"] == "onboarding")].sort_values(
        ["customer_id", "starts_on"]
    )
    previous = relation["ends_on"].fillna(LATER).groupby(relation["customer_id"]).shift()
    assert not (relation["starts_on"] < previous).any(), (
        "one person at a time holds the relationship"
    )
    assert rows.loc[rows["scope"].isin(["recruiting", "talent"]), "notes_passed"].isna().all()
    assert 0.3 < rows["notes_passed"].mean() < 0.9


def test_managers_are_there_when_they_manage(tables):
    posts, people = tables["posts"], tables["people"].set_index("person_id")
    led = posts.dropna(subset="manager_id")
    hired, left = (led["manager_id"].map(people[name]) for name in ("hired_on", "left_on"))
    assert (hired <= led["starts_on"]).all()
    assert (left.fillna(LATER) >= led["ends_on"].fillna(LATER)).all()
    assert (led["manager_id"] != led["person_id"]).all()
    now = led[led["ends_on"].isna()].groupby("manager_id").size()
    assert now.max() <= 12
    assert posts["team"].nunique() >= 8


def test_voices_are_varied_and_in_two_languages(tables, world):
    voices = tables["voices"]
    japanese = voices["text"].str.contains("[ぁ-ん]")
    assert 2_000 <= len(voices) <= 3_000
    assert 0.3 < japanese.mean() < 0.7
    assert voices["text"].duplicated().mean() < 0.05
    assert 0.3 < voices["score"].isna().mean() < 0.8
    topics = world.truth["voices"]["topic"]
    assert topics.nunique() == 8
    assert topics.value_counts(normalize=True).max() < 0.3
    assert len(tables["changes"]) >= 10


def test_days_and_ratings_look_like_life(tables):
    """Few milestones and voices on weekends, no rating that half of all share, no two milestones always on one day."""
    for table in ("milestones", "voices"):
        assert 0 < (tables[table]["happened_on"].dt.day_of_week >= 5).mean() < 0.08, table
    assert (tables["activities"]["happened_on"].dt.day_of_week < 5).all()
    fit = tables["deals"]["fit"].dropna()
    assert fit.nunique() > 100
    assert fit.value_counts(normalize=True).max() < 0.1
    keys = ["customer_id", "product", "journey"]
    days = tables["milestones"].set_index([*keys, "milestone"])["happened_on"].unstack()
    for one, next_one in (("live", "first_value"), ("first_value", "basic_value")):
        both = days.dropna(subset=[one, next_one])
        assert (both[one] == both[next_one]).mean() < 0.05


def test_nobody_speaks_before_signing_or_of_what_was_before(tables):
    voices = tables["voices"].merge(tables["customers"][["customer_id", "acquired_on"]])
    since = (voices["happened_on"] - voices["acquired_on"]).dt.days
    assert since.min() >= 5
    earlier = voices["text"].str.contains("last update|Again this month|最近の更新|今月も")
    assert since[earlier].min() >= 75


def test_growth_speeds_up(tables, world):
    ends = pd.date_range(world.first_day - pd.Timedelta(days=1), world.as_of, freq="YE")
    gained = np.diff(_live(tables, ends))
    assert (np.diff(gained) > 0).all(), gained


def test_signs_of_a_decline_speak_one_after_another(world):
    """Against the months before it: logins fall first, then users, then features in use, then scores."""
    declines, usage = world.truth["declines"], world.tables["usage"]
    long = declines[(declines["ends_on"] - declines["starts_on"]).dt.days.fillna(999) > 200]
    usage = usage.assign(
        logins=np.log1p(usage["logins"] / usage["active_users"].clip(lower=1)),
        users=np.log(usage["active_users"].clip(lower=0.5) / usage["seats"]),
        features=usage["features_used"]
        / usage.groupby("customer_id")["features_used"].transform("max"),
    )
    after = long.merge(usage, on="customer_id")
    after["step"] = ((after["month"] - after["starts_on"]).dt.days // 30).astype(int)
    said = long.merge(world.tables["voices"].dropna(subset="score"), on="customer_id")
    said["step"] = ((said["happened_on"] - said["starts_on"]).dt.days // 30).astype(int)

    def halfway(rows, sign):
        """Months until half of the fall has come."""
        mean = rows.groupby("step")[sign].mean()
        before, low = mean.loc[-6:-1].mean(), mean.loc[6:8].mean()
        return int((mean.loc[0:8] < (before + low) / 2).idxmax())

    steps = [halfway(after, sign) for sign in ("logins", "users", "features")]
    assert steps == sorted(steps) and steps[0] < steps[-1], steps
    assert halfway(said, "score") >= steps[1]


def test_lead_times_are_those_of_the_decisions(world):
    risk, signs = world.truth["risk"], world.truth["signs"].set_index("sign")
    left = risk[risk["churned"] & ~risk["open_ended"]].dropna(subset="declining_since")
    lead = (left["decided_on"] - left["declining_since"]).dt.days
    assert signs.loc["decline", "lead_days"] == pytest.approx(lead.median(), abs=0.5)
    assert (signs["lead_days"] + 7 * signs["lag_weeks"]).nunique() == 1
    for sign in signs.itertuples():
        assert sign.in_time == pytest.approx((lead > 7 * sign.lag_weeks).mean(), abs=1e-3)
        assert sign.low < sign.lead_days < sign.high


def test_some_declines_turn_and_some_who_leave_never_showed(world):
    risk = world.truth["risk"].query("~open_ended")
    declining = risk["declining_since"].notna()
    assert 0.3 < declining[risk["churned"]].mean() < 0.7
    assert 0.05 < declining[~risk["churned"]].mean() < 0.2
    assert set(world.truth["declines"]["cause"]) == set(journey.CAUSES)


def test_nothing_of_the_truth_stands_in_the_company(tables, world):
    secret = {"frailty", "cause", "engagement", "probability", "churned", "meaning"}
    for name, table in tables.items():
        assert not secret & set(table.columns), name
    topics = set(world.truth["voices"]["topic"])
    assert "topic" not in tables["voices"]
    assert not topics & set(tables["voices"]["feature"].dropna())
    latent = world.truth["customers"].set_index("customer_id")["fit"]
    deals = tables["deals"].dropna(subset=["customer_id", "fit"])
    noise = deals["fit"] - deals["customer_id"].map(latent)
    assert 4 < noise.std() < 10


def test_nothing_is_known_before_its_day(tables, world):
    for table, column in {
        "contracts": "signed_on",
        "tiers": "starts_on",
        "milestones": "happened_on",
        "activities": "happened_on",
        "voices": "happened_on",
        "assignments": "ends_on",
        "people": "left_on",
        "changes": "shipped_on",
    }.items():
        assert not (tables[table][column] > world.as_of).any(), table


def test_truth_agrees_with_what_happened(tables, world):
    risk = world.truth["risk"]
    fixed = risk[~risk["open_ended"] & (risk["ends_on"] <= world.as_of - pd.Timedelta(days=31))]
    expected, variance = (
        fixed["probability"].sum(),
        (fixed["probability"] * (1 - fixed["probability"])).sum(),
    )
    assert abs(fixed["churned"].sum() - expected) < 3 * np.sqrt(variance)
    contracts = tables["contracts"]
    left = fixed[fixed["churned"]].merge(contracts, on=["customer_id", "product"])
    within = (left["starts_on"] >= left["ends_on_x"]) & (
        left["starts_on"] < left["ends_on_x"] + pd.Timedelta(days=30)
    )
    assert not within.any(), "who was decided to leave has no successor"
    stalls = world.truth["stalls"]
    assert (stalls["ends_on"].dropna() > stalls.loc[stalls["ends_on"].notna(), "starts_on"]).all()


def test_the_card_states_every_effect_and_the_cast():
    card = (bundled.folder() / "README.md").read_text(encoding="utf-8")
    for name, value in Truth().table()[["name", "value"]].itertuples(index=False):
        assert f"| `{name}` | {value:g} |" in card
    for person in bundled.about()["cast"]:
        assert person["name"] in card


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stall_factor": 0}, "stall_factor is a share above 0 and up to 1, got 0"),
        ({"usage_base": 30}, "usage_base is a share above 0 and up to 1, got 30"),
        ({"notes_share": 45}, "notes_share is a share from 0 to 1, got 45"),
        ({"frailty_sd": -1}, "frailty_sd is a number of at least 0, got -1"),
        ({"basic_rate": -0.1}, "basic_rate is a number of at least 0, got -0.1"),
        ({"fit_on_value": float("nan")}, "fit_on_value is a number"),
    ],
)
def test_an_impossible_truth_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(Truth(), **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"as_of": "2025-12-30"}, "as_of is the last day of a month, got 2025-12-30"),
        ({"months": 0}, "months=0"),
        ({"scale": 0}, "scale=0"),
        ({"customers": 0}, "customers=0"),
    ],
)
def test_an_impossible_history_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        synthesize(seed=1, **change)


@settings(max_examples=8)
@given(
    seed=st.integers(0, 2**32),
    customers=st.none() | st.integers(1, 60),
    months=st.integers(1, 20),
    year=st.integers(2016, 2030),
)
def test_any_world_keeps_the_contract(seed, customers, months, year):
    world = synthesize(
        seed=seed,
        customers=customers,
        months=months,
        as_of=f"{year}-02-{28 + (year % 4 == 0)}",
        scale=0.2,
    )
    company = cs.Company.from_tables(name="any", currency="USD", as_of=world.as_of, **world.tables)
    assert set(company.contracts["customer_id"]) <= set(company.customers["customer_id"])


def test_effects_of_one_kind_leave_the_other_draws_alone():
    plain = synthesize(seed=3, months=12, customers=60, voices=False)
    other = synthesize(Truth(churn_base=-3.0), seed=3, months=12, customers=60, voices=False)
    pd.testing.assert_frame_equal(plain.tables["customers"], other.tables["customers"])
    pd.testing.assert_frame_equal(plain.tables["deals"], other.tables["deals"])
