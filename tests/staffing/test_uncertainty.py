"""Monte Carlo and tornado against the point answer computed again, one draw at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import assumptions
from cstoolkit.staffing import (
    Capacity,
    Ratios,
    bottom_up,
    by_phase,
    effort_table,
    monte_carlo,
    roles,
    tornado,
)

RECORDS = {"capacity": Capacity(), "ratios": Ratios()}
OUTCOMES = ["hours", "csms", "headcount"]


@pytest.fixture
def mixed():
    rng = np.random.default_rng(3)
    size = 700
    return pd.DataFrame(
        {
            "segment": rng.choice(["smb", "mid"], size),
            "tier": rng.choice(["high", "low", "tech"], size, p=[0.1, 0.3, 0.6]),
            "phase": rng.choice(["onboarding", "adoption", "renewal", "expansion"], size),
            "arr": rng.lognormal(9, 1, size),
        }
    )


def point(customers, values, starts):
    """The answer for one set of values, by the public functions for a single answer."""
    records = {
        name: replace(
            record,
            **{
                key.split(".")[1]: value
                for key, value in values.items()
                if key.startswith(f"{name}.")
            },
        )
        for name, record in RECORDS.items()
    }
    plan = effort_table()
    keys = "effort." + plan["tier"] + "_" + plan["work"]
    plan["hours"] = [values.get(key, hours) for key, hours in zip(keys, plan["hours"], strict=True)]
    answer = bottom_up(customers, plan, records["capacity"], starts=starts)
    team = roles(answer, ratios=records["ratios"])
    return {
        "hours": answer["hours"].sum(),
        "csms": answer["csms"].sum(),
        "headcount": team["headcount"].sum(),
    }


@pytest.mark.parametrize("starts", [{"smb": 12.0, "mid": 5.0}, 20.0])
def test_each_draw_is_the_answer_for_its_assumptions(mixed, starts):
    draws = monte_carlo(mixed, starts=starts, size=25, seed=8)
    drawn = draws.drop(columns=OUTCOMES)
    again = pd.DataFrame([point(mixed, row, starts) for row in drawn.to_dict("records")])
    np.testing.assert_allclose(
        draws[OUTCOMES].to_numpy(dtype=float), again[OUTCOMES].to_numpy(dtype=float)
    )


def test_each_end_of_the_tornado_is_the_answer_for_that_end(mixed):
    for outcome in OUTCOMES:
        table = tornado(mixed, starts=9, outcome=outcome)
        for row in table.itertuples():
            for end in ("low", "high"):
                expected = point(mixed, {row.assumption: getattr(row, end)}, 9)[outcome]
                assert getattr(row, f"at_{end}") == pytest.approx(expected), (row.assumption, end)
        assert table["base"].to_numpy() == pytest.approx(point(mixed, {}, 9)[outcome])
        assert table["swing"].is_monotonic_decreasing


def test_the_tornado_has_every_assumption_with_a_range(mixed):
    varied = {
        f"{name}.{field.name}"
        for name, record in RECORDS.items()
        for field in assumptions.fields(record)
        if field.metadata["low"] < field.metadata["high"]
    }
    plan = effort_table()
    varied |= set("effort." + plan["tier"] + "_" + plan["work"])
    assert set(tornado(mixed, starts=9)["assumption"]) == varied
    assert set(monte_carlo(mixed, starts=9, size=2, seed=0)) == varied | set(OUTCOMES)


def test_the_same_seed_gives_the_same_draws_and_another_seed_others(mixed):
    one, again, other = (monte_carlo(mixed, starts=9, size=50, seed=seed) for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)


def test_an_assumption_that_the_base_does_not_touch_moves_nothing(mixed):
    low_only = mixed.assign(tier="low")
    table = tornado(low_only, starts=9).set_index("assumption")["swing"]
    assert (table.filter(regex=r"effort\.(high|tech)_") == 0).all()
    assert table["effort.low_checkins"] > 0


def test_a_plan_by_phase_has_the_same_spread(mixed):
    flat = tornado(mixed, starts=9, outcome="hours")
    phased = by_phase(mixed, effort_table(), starts=9)
    assert tornado(mixed, effort=phased.drop(columns=["low", "high"]), outcome="hours")[
        "base"
    ].iloc[0] == pytest.approx(flat["base"].iloc[0])


def test_bad_questions_are_refused(mixed):
    with pytest.raises(ValueError, match="outcome is one of headcount, csms, hours, got 'cost'"):
        tornado(mixed, starts=9, outcome="cost")
    with pytest.raises(ValueError, match="size is a whole number of at least 1"):
        monte_carlo(mixed, starts=9, size=0, seed=1)
    with pytest.raises(ValueError, match="say how many start a month"):
        monte_carlo(mixed, seed=1)
    with pytest.raises(ValueError, match="no effort for the tier gold"):
        monte_carlo(mixed.assign(tier="gold"), starts=9, seed=1)


def measured(hours=1.0):
    return pd.DataFrame(
        {"tier": ["high", "low"], "phase": "all", "hours": [4 * hours, hours], "per": "month"}
    )


def touched():
    return pd.DataFrame(
        {"segment": ["a"] * 30 + ["b"] * 70, "tier": ["high"] * 20 + ["low"] * 80, "arr": 1.0}
    )


def test_an_effort_frame_varies_by_tier():
    moves = tornado(touched(), effort=measured(), outcome="hours").set_index("assumption")
    point = bottom_up(touched(), measured(), Capacity())["hours"].sum()
    assert moves["base"].unique() == pytest.approx([point])
    level = moves.loc["effort.high"]
    assert level["swing"] == pytest.approx(20 * 4 * (level["high"] - level["low"]))


def test_draws_of_an_effort_frame_scale_with_its_hours():
    once = monte_carlo(touched(), effort=measured(), size=500, seed=4)
    twice = monte_carlo(touched(), effort=measured(2.0), size=500, seed=4)
    np.testing.assert_allclose(twice["csms"], 2 * once["csms"])
    expected = 80 * once["effort.high"] + 80 * once["effort.low"]
    np.testing.assert_allclose(once["hours"], expected)


def test_an_effort_frame_of_own_tiers_varies_too():
    own = measured().replace({"tier": {"low": "digital"}})
    moves = tornado(touched().replace({"tier": {"low": "digital"}}), effort=own)
    assert moves.set_index("assumption").loc["effort.digital", "swing"] > 0
