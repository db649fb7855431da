"""Steps and levers: sums that must add up, effects that must vanish, and a curve built by hand."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit import ttv
from cstoolkit.survival.counts import count
from cstoolkit.ttv import shortening


@pytest.fixture(scope="module")
def found(company):
    return ttv.levers(company, "first_value", draws=100)


def test_steps_are_those_between_neighbours(company):
    table = ttv.steps(company, "basic_value")
    assert table["step"].tolist() == [
        "contract_signed to kickoff",
        "kickoff to live",
        "live to first_value",
        "first_value to basic_value",
    ]
    days = ttv.durations(company, "live", "first_value")
    waiting = ttv.incidence(days["days"], days["outcome"])
    row = table.iloc[2]
    assert row["median"] == ttv.median(waiting)["days"].item()
    # The area above the curve, day by day.
    known = waiting.set_index("day")["share"].reindex(range(365), method="ffill")
    assert row["mean"] == pytest.approx((1 - known).sum())
    assert table["share"].sum() == pytest.approx(1)
    assert table["reached"].between(0, 1).all()


def test_levers_start_from_the_curve_of_the_same_journeys(company, found):
    rows = ttv.episodes(company, end="first_value").dropna()
    last = rows.drop_duplicates("row", keep="last")
    mean = ttv.restricted_mean(last["leaves"] - 1, last["event"], until=365)["mean"].item()
    assert found["days_now"].to_numpy() == pytest.approx(np.full(len(found), mean))
    np.testing.assert_allclose(found["days_won"], found["days_now"] - found["days_then"])
    assert found["days_won"].is_monotonic_decreasing
    assert ((found["low"] <= found["days_won"]) & (found["days_won"] <= found["high"])).all()
    assert found["concerns"].between(0, 1).all()


def test_a_chance_times_two_is_a_curve_by_hand():
    days, observed = np.array([3, 3, 9, 12, 20]), np.array([1, 0, 1, 1, 0], np.uint8)
    counts = count(days, observed, 2)
    ours = shortening._mean(counts, np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]), 15)
    for mean, factor in zip(ours, (1, 2), strict=True):
        waiting, area = 1.0, 0.0
        for day in range(15):
            at_risk, hits = (days >= day).sum(), ((days == day) & (observed == 1)).sum()
            waiting *= 1 - min(factor * hits / at_risk, 1)
            area += waiting
        assert mean == pytest.approx(area)


def test_a_lever_without_effect_wins_nothing(monkeypatch, company):
    monkeypatch.setitem(shortening.LEVERS, "nothing", ("fit", lambda rows: rows))
    row = ttv.levers(company, draws=5).set_index("lever").loc["nothing"]
    assert row["days_won"] == pytest.approx(0, abs=1e-9)
    assert row["concerns"] == 0


def test_levers_change_what_they_say():
    rows = pd.DataFrame(
        {
            "fit": [0.0, 1.0],
            "self_serve": [1.0, 0.0],
            "paid": [0.0, 0.0],
            "hours": [0.0, np.log(3)],
            "handoff": [1.0, 0.0],
            "notes": [0.0, 0.0],
        }
    )
    changed = {
        name: change(rows)[[driver]].squeeze().tolist()
        for name, (driver, change) in ttv.LEVERS.items()
    }
    assert changed == {
        "guided onboarding instead of self-service": [0, 0],
        "paid onboarding instead of free": [0, 1],
        "notes passed on at every handoff": [1, 0],
        "no handoff on the way to value": [0, 0],
        "one hour more every four weeks": [pytest.approx(np.log(2)), pytest.approx(np.log(4))],
        "fit rated 10 points higher": [1, 2],
    }
    assert rows["notes"].sum() == 0, "the rows themselves are left alone"


def test_bad_questions_are_refused(company):
    with pytest.raises(ValueError, match="steps: end is one of kickoff.*got 'value'"):
        ttv.steps(company, "value")
    with pytest.raises(ValueError, match="durations: end is one of .*got 'value'"):
        ttv.levers(company, "value")


@pytest.mark.parametrize("draws", [0, -1, 1.5, float("nan"), "x"])
def test_a_number_of_draws_that_cannot_be_is_refused(company, draws):
    with pytest.raises(ValueError, match="draws is a whole number of at least 1, got"):
        ttv.levers(company, draws=draws)
