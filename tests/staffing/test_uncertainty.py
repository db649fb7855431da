"""Monte Carlo and tornado against the point answer computed again, one draw at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import assumptions
from cstoolkit.staffing import (
    Capacity,
    Effort,
    Span,
    Support,
    bottom_up,
    effort_table,
    interval,
    monte_carlo,
    roles,
    tornado,
)

RECORDS = {"effort": Effort(), "capacity": Capacity(), "support": Support(), "span": Span()}


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


def point(customers, values, by_phase, starts):
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
    plan = effort_table(records["effort"], by_phase=by_phase)
    answer = bottom_up(customers, plan, records["capacity"], starts=starts)
    team = roles(answer, support=records["support"], span=records["span"])
    return {
        "hours": answer["hours"].sum(),
        "csms": answer["csms"].sum(),
        "headcount": team["headcount"].sum(),
    }


@pytest.mark.parametrize(
    ("by_phase", "starts"), [(True, None), (False, {"smb": 12.0, "mid": 5.0}), (False, 20.0)]
)
def test_each_draw_is_the_answer_for_its_assumptions(mixed, by_phase, starts):
    draws = monte_carlo(mixed, by_phase=by_phase, starts=starts, size=25, seed=8)
    outcomes = ["hours", "csms", "headcount"]
    drawn = draws.drop(columns=outcomes)
    again = pd.DataFrame([point(mixed, row, by_phase, starts) for row in drawn.to_dict("records")])
    np.testing.assert_allclose(
        draws[outcomes].to_numpy(dtype=float), again[outcomes].to_numpy(dtype=float)
    )


def test_each_end_of_the_tornado_is_the_answer_for_that_end(mixed):
    for outcome in ("csms", "headcount", "hours"):
        table = tornado(mixed, by_phase=True, outcome=outcome)
        for row in table.itertuples():
            for end in ("low", "high"):
                expected = point(mixed, {row.assumption: getattr(row, end)}, True, None)[outcome]
                assert getattr(row, f"at_{end}") == pytest.approx(expected), (row.assumption, end)
        assert table["base"].to_numpy() == pytest.approx(point(mixed, {}, True, None)[outcome])
        assert table["swing"].is_monotonic_decreasing


def test_the_tornado_has_every_assumption_with_a_range(mixed):
    varied = {
        f"{name}.{field.name}"
        for name, record in RECORDS.items()
        for field in assumptions.fields(record)
        if field.metadata["low"] < field.metadata["high"]
    }
    assert set(tornado(mixed, by_phase=True)["assumption"]) == varied
    assert set(monte_carlo(mixed, by_phase=True, size=2, seed=0)) == varied | {
        "hours",
        "csms",
        "headcount",
    }


def test_the_same_seed_gives_the_same_draws_and_another_seed_others(mixed):
    one, again, other = (
        monte_carlo(mixed, by_phase=True, size=50, seed=seed) for seed in (1, 1, 2)
    )
    assert one.equals(again)
    assert not one.equals(other)


def test_an_assumption_that_the_base_does_not_touch_moves_nothing(mixed):
    low_only = mixed.assign(tier="low")
    table = tornado(low_only, by_phase=True).set_index("assumption")["swing"]
    assert (table.filter(regex=r"effort\.(high|tech)_") == 0).all()
    assert table["effort.low_checkins"] > 0


def test_the_interval_is_the_middle_of_the_draws(mixed):
    draws = monte_carlo(mixed, by_phase=True, size=4_000, seed=5)
    for level in (0.5, 0.9):
        found = interval(draws, "csms", level)
        share = draws["csms"].between(found.low, found.high).mean()
        assert share == pytest.approx(level, abs=0.01)
    assert found.low < draws["csms"].median() == found.median < found.high


def test_bad_questions_are_refused(mixed):
    with pytest.raises(ValueError, match="outcome is one of headcount, csms, hours, got 'cost'"):
        tornado(mixed, by_phase=True, outcome="cost")
    with pytest.raises(
        ValueError, match="level is a share above 0 and up to 1, got 90. For 90% write 0.90."
    ):
        interval(pd.DataFrame({"headcount": [1]}), level=90)
    with pytest.raises(ValueError, match="there are no draws"):
        interval(pd.DataFrame({"headcount": []}))
    with pytest.raises(ValueError, match="size is a number of at least 1"):
        monte_carlo(mixed, by_phase=True, size=0, seed=1)
    with pytest.raises(ValueError, match="say how many start a month"):
        monte_carlo(mixed, seed=1)
    with pytest.raises(ValueError, match="no effort for the tier gold"):
        monte_carlo(mixed.assign(tier="gold"), by_phase=True, seed=1)


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
    assert moves.loc["effort.tech", "swing"] == 0


def test_draws_of_an_effort_frame_scale_with_its_hours():
    once = monte_carlo(touched(), effort=measured(), size=500, seed=4)
    twice = monte_carlo(touched(), effort=measured(2.0), size=500, seed=4)
    np.testing.assert_allclose(twice["csms"], 2 * once["csms"])
    expected = 80 * once["effort.high"] + 80 * once["effort.low"]
    np.testing.assert_allclose(once["hours"], expected)


def test_an_effort_frame_with_what_it_cannot_vary_is_refused():
    with pytest.raises(ValueError, match="starts is one number"):
        monte_carlo(touched(), effort=measured(), starts={"a": 1.0, "b": 2.0}, size=5, seed=1)
    own = measured().replace({"tier": {"low": "digital"}})
    with pytest.raises(ValueError, match="no range for the tier digital"):
        tornado(touched().replace({"tier": {"low": "digital"}}), effort=own)
