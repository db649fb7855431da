"""Plans from frames: rules, locks, families, absences, reasons, and the laws that they keep."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit import books


def frames(customers=8, people=2, **columns):
    who = pd.DataFrame({"customer_id": [f"c{at}" for at in range(customers)], "hours": 1.0})
    whom = pd.DataFrame({"person_id": ["Ann", "Bo", "Cy"][:people], "hours": 100.0})
    for name, values in columns.items():
        if len(values) == customers:
            who[name] = values
        else:
            whom[name] = values
    return who, whom, pd.Series("Ann", index=who["customer_id"])


def test_the_same_call_gives_the_same_plan(uneven):
    one, other = (books.balance(*uneven) for _ in range(2))
    pd.testing.assert_frame_equal(one.assignment, other.assignment)
    pd.testing.assert_frame_equal(one.loads, other.loads)


def test_everybody_is_placed_once_and_loads_add_up(uneven):
    customers, people, current = uneven
    plan = books.balance(customers, people, current)
    assert plan.assignment["customer_id"].to_list() == customers["customer_id"].to_list()
    assert plan.unplaced.empty and not plan.over_capacity
    totals = plan.loads.groupby("measure")[["before", "after", "fair"]].sum()
    for name in ("hours", "arr", "renewals"):
        np.testing.assert_allclose(totals.loc[name], customers[name].sum())
    held = plan.holdings("before").set_index("person_id")
    assert held["customers"].to_dict() == current.value_counts().to_dict()
    assert held["off"].is_monotonic_decreasing
    locked = (customers["lock"] != "").to_numpy()
    assert not plan.assignment["moved"][locked].any()
    assert plan.bound <= plan.cost + 1e-9 and 0 <= plan.least <= plan.moves
    assert plan.gap < 0.2


def test_from_nothing_it_is_even(uneven):
    customers, people, _ = uneven
    plan = books.balance(customers, people)
    report = plan.report().set_index("measure")
    assert report.loc["hours", "off_after"] < 0.01 and report.loc["arr", "off_after"] < 0.06
    assert plan.moves == 0 and report.loc["hours", "gini_after"] < 0.01


def test_wider_bands_take_fewer_moves(uneven):
    curve = books.trade_off(*uneven, scales=(4, 1), rounds=2)
    assert curve["moves"].is_monotonic_increasing and curve["moves"].iloc[-1] > 0
    assert curve["off_hours"].iloc[-1] < curve["off_hours"].iloc[0]
    assert (curve["least"] <= curve["moves"]).all()


def test_rules_bind_who_is_given_a_customer_and_not_who_keeps_it():
    who, whom, current = frames(
        people=3, language=["ja"] * 4 + ["en"] * 4, languages=["en", "ja; en", ""]
    )
    plan = books.balance(who, whom, current)
    given = plan.assignment[plan.assignment["moved"]]
    assert len(given) and set(given["after"]) == {"Bo", "Cy"}
    who, whom, current = frames(level=[2] * 4 + [1] * 4, people=2)
    whom["level"] = [2, 1]
    moved = books.balance(who, whom, current).assignment.query("moved")
    assert len(moved) == 4 and set(moved["customer_id"]) <= {"c4", "c5", "c6", "c7"}


def test_a_rule_that_is_not_asked_for_does_not_bind():
    who, whom, current = frames(industry=["Retail"] * 8, skills=["", "Finance"])
    assert books.balance(who, whom, current).moves == 4
    plan = books.balance(who, whom, current, match=["skill"])
    assert plan.moves == 0
    with pytest.raises(ValueError, match="match is one of tier, region, language, skill, level"):
        books.balance(who, whom, current, match=["taste"])


def test_families_stay_together():
    who, whom, current = frames(family=["x", "x", "x", "x", None, None, None, None])
    current.iloc[0] = "Bo"
    plan = books.balance(who, whom, current, bands=books.Bands(hours=0))
    after = plan.assignment["after"]
    assert after[:4].nunique() == 1 and (after == "Ann").sum() == 4
    wide = books.Bands(hours=1, customers=1, price=0.1)
    plan = books.balance(who, whom, current, bands=wide)
    assert plan.assignment["why"][0] == "family" and plan.forced == plan.moves == 1


def test_a_family_that_two_people_hold_locked_is_not_joined():
    who, whom, current = frames(family=["x"] * 2 + [None] * 6, lock=["risk"] * 2 + [""] * 6)
    current.iloc[0] = "Bo"
    plan = books.balance(who, whom, current)
    assert plan.assignment["after"][:2].to_list() == ["Bo", "Ann"]
    assert plan.assignment["why"][:2].to_list() == ["locked", "locked"]


def test_the_absent_hold_nothing_and_those_who_left_neither():
    who, whom, current = frames(people=3, away=[1, 0, 0.5], lock=["renewal"] * 8)
    current[:2] = "Dan"
    plan = books.balance(who, whom, current)
    assert set(plan.assignment["why"]) == {"left", "away"}
    held = plan.assignment["after"].value_counts()
    assert held.to_dict() == {"Bo": 5, "Cy": 3} and plan.forced == plan.moves == 8


def test_who_finds_nobody_is_told_why():
    who, whom, _ = frames(region=["Mars"] * 2 + ["Earth"] * 6, tier=["low"] * 8)
    whom = whom.assign(regions="Earth", tiers="low", hours=[2.0, 2.5])
    plan = books.balance(who, whom, match=["tier", "region"])
    told = books.reasons(plan, who)
    assert told["c0"] == "nobody looks after Mars"
    assert plan.unplaced["why"].value_counts().to_dict() == {"nobody": 2, "no_hours": 2}
    late = plan.unplaced["customer_id"].iloc[-1]
    assert told[late] == "the 2 who may hold it have at most 0.5 hours free, it takes 1.0"
    whom = whom.assign(regions=["Mars", "Earth"], tiers=["high", "low"])
    plan = books.balance(who, whom, match=["tier", "region"])
    assert books.reasons(plan, who)["c0"] == (
        "nobody looks after low touch and looks after Mars, all at once"
    )


def test_every_customer_has_a_reason_in_words(uneven):
    customers, people, current = uneven
    plan = books.balance(customers, people, current)
    told = books.reasons(plan, customers)
    assert told.index.to_list() == customers["customer_id"].to_list()
    assert told.str.len().min() > 10 and not told.str.contains("nan|{").any()
    assert told[(customers["lock"] != "").to_numpy()].str.contains("less than 90 days").all()


def test_nobody_gets_a_customer_beyond_capacity():
    who, whom, current = frames(customers=8)
    plan = books.balance(who, whom.assign(hours=[3.0, 4]), current)
    assert plan.over_capacity == ["Ann"] and plan.unplaced.empty
    assert (plan.assignment["after"] == "Bo").sum() == 4


def test_what_cannot_be_is_refused_with_the_reason():
    who, whom, current = frames()
    for wrong, told in (
        ((who.assign(hours=-1), whom, current), "customers.hours is a number of at least 0"),
        ((who.drop(columns="hours"), whom, current), "customers lacks the column hours"),
        ((pd.concat([who, who]), whom, current), "customer_id 'c0' more than once"),
        ((who, whom.assign(hours=0), current), "nobody has hours for customers"),
        ((who, whom.assign(away=50), current), "For 50% write 0.50"),
        ((who, whom, pd.concat([current, current])), "current names customer 'c0' more than once"),
    ):
        with pytest.raises(ValueError, match=told):
            books.balance(*wrong)


def test_the_gini_coefficient_is_half_the_mean_difference():
    values = np.random.default_rng(0).lognormal(size=50)
    half = np.abs(values[:, None] - values).mean() / values.mean() / 2
    assert books.gini(values) == pytest.approx(half)
    assert books.gini(np.zeros(3)) == 0


def test_nobody_at_all_is_a_plan(uneven):
    customers, people, current = uneven
    plan = books.balance(customers.iloc[:0], people, current)
    assert plan.moves == 0 and plan.assignment.empty
