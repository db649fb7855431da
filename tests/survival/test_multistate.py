"""Shares of journeys by state: a closed form, independent estimators on the same data, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from cstoolkit import survival


def journeys_of(chain: np.ndarray, size: int, seen: np.ndarray, rng) -> pd.DataFrame:
    """Day by day walks through the states of a chain, censored after `seen` days."""
    state = np.zeros(size, int)
    path = [state]
    for _ in range(seen.max()):
        state = (rng.random(size)[:, None] > chain[state].cumsum(axis=1)).sum(axis=1)
        path.append(state)
    path = np.array(path)
    rows = []
    for who in range(size):
        own = path[: seen[who] + 1, who]
        turns = np.flatnonzero(np.diff(own)) + 1
        begun = np.append(0, turns)
        over = np.append(turns, seen[who])
        after = [*own[turns], None]
        rows += [
            (own[a], a, b, n)
            for a, b, n in zip(begun, over, after, strict=True)
            if own[a] < 3 and b > a
        ]
    names = np.array(["onboarding", "adoption", "renewal", "churned"])
    frame = pd.DataFrame(rows, columns=["state", "from_day", "to_day", "next"])
    frame["state"] = names[frame["state"].astype(int)]
    frame["next"] = [None if pd.isna(each) else names[int(each)] for each in frame["next"]]
    return frame


RATES = np.array(
    [[-0.03, 0.025, 0.0, 0.005], [0, -0.02, 0.02, 0], [0, 0.03, -0.04, 0.01], [0, 0, 0, 0]]
)


def test_occupancy_meets_the_closed_form_of_a_markov_chain():
    rng = np.random.default_rng(11)
    seen = rng.integers(20, 200, 3000)
    table = journeys_of(expm(RATES), 3000, seen, rng)
    days = np.array([0, 10, 40, 90, 150])
    found = survival.occupancy(table, days=days)
    names = ["onboarding", "adoption", "renewal", "churned"]
    wide = found.pivot(index="day", columns="state", values="share")[names]
    exact = np.array([expm(RATES * day)[0] for day in days])
    assert np.abs(wide.to_numpy() - exact).max() < 0.03
    np.testing.assert_allclose(wide.sum(axis=1), 1, atol=1e-12)
    last = found[found["day"] > 0].set_index(["day", "state"])
    truth = (
        pd.DataFrame(exact, index=days, columns=names)
        .stack()
        .loc[lambda each: each.index.get_level_values(0) > 0]
    )
    covered = [
        (last.loc[key, "low"] <= value <= last.loc[key, "high"]) for key, value in truth.items()
    ]
    assert sum(covered) >= len(covered) - 2


def test_intervals_of_occupancy_cover_as_often_as_they_say():
    hits, exact = 0, expm(RATES * 60)[0][1]
    for seed in range(60):
        rng = np.random.default_rng(seed)
        table = journeys_of(expm(RATES), 150, rng.integers(30, 120, 150), rng)
        row = survival.occupancy(table, days=[60]).query("state == 'adoption'").iloc[0]
        hits += row["low"] <= exact <= row["high"]
    assert 52 <= hits <= 60  # 57 expected; the binomial's 0.5% point is 52


def test_pure_competing_risks_equal_statsmodels():
    rng = np.random.default_rng(2)
    days = rng.integers(1, 60, 500)
    ended = rng.choice(3, 500, p=[0.4, 0.35, 0.25])
    table = pd.DataFrame(
        {
            "state": "open",
            "from_day": 0,
            "to_day": days,
            "next": np.array([None, "value", "churned"], dtype=object)[ended],
        }
    )
    oracle = CumIncidenceRight(days, ended)
    found = survival.occupancy(table, days=range(60))
    for place, name in enumerate(("value", "churned")):
        mine = found[found["state"] == name].set_index("day")["share"]
        np.testing.assert_allclose(mine.loc[oracle.times], oracle.cinc[place], rtol=0, atol=1e-12)


def test_two_states_are_kaplan_meier_with_greenwoods_error():
    rng = np.random.default_rng(3)
    days, ended = rng.integers(1, 40, 300), rng.random(300) < 0.6
    table = pd.DataFrame(
        {"state": "on", "from_day": 0, "to_day": days, "next": np.where(ended, "off", None)}
    )
    oracle = SurvfuncRight(days, ended.astype(int))
    found = survival.occupancy(table, days=oracle.surv_times).query("state == 'on'")
    np.testing.assert_allclose(found["share"], oracle.surv_prob, atol=1e-12)
    share, error = oracle.surv_prob[:-1], oracle.surv_prob_se[:-1]
    odds = np.log(share / (1 - share)) - 1.959963984540054 * error / (share * (1 - share))
    np.testing.assert_allclose(found["low"][:-1], 1 / (1 + np.exp(-odds)), atol=1e-9)


def test_without_censoring_occupancy_is_a_count():
    rng = np.random.default_rng(8)
    table = journeys_of(expm(RATES), 200, np.full(200, 300), rng)
    table = table[
        table.groupby((table["from_day"] == 0).cumsum())["next"].transform(
            lambda each: each.notna().all()
        )
    ]
    journey = (table["from_day"] == 0).cumsum()
    found = survival.occupancy(table, days=[25]).set_index("state")["share"]
    inside = (
        table[(table["from_day"] <= 25) & (table["to_day"] > 25)]["state"].value_counts()
        / journey.max()
    )
    for name, share in inside.items():
        assert found[name] == pytest.approx(share)


def test_groups_are_followed_each_for_itself():
    rng = np.random.default_rng(5)
    one, two = (journeys_of(expm(RATES), 50, rng.integers(20, 90, 50), rng) for _ in range(2))
    both = pd.concat([one.assign(group="early"), two.assign(group="late")], ignore_index=True)
    found = survival.occupancy(both, days=[10, 40], by="group")
    late = found[found["group"] == "late"].set_index(["day", "state"])["share"]
    alone = survival.occupancy(two, days=[10, 40]).set_index(["day", "state"])["share"]
    assert late.to_dict() == pytest.approx(alone.to_dict())


def test_spells_that_cannot_be_are_refused():
    spells = pd.DataFrame({"state": ["a"], "from_day": [5], "to_day": [9], "next": [None]})
    with pytest.raises(ValueError, match="spells lacks the column next"):
        survival.occupancy(spells.drop(columns="next"))
    with pytest.raises(ValueError, match="there is no journey"):
        survival.occupancy(spells[:0])
    with pytest.raises(ValueError, match="to_day is later than from_day, got 5 to 5 in row 0"):
        survival.occupancy(spells.assign(to_day=5))
    with pytest.raises(ValueError, match="no spell begins on day 0"):
        survival.occupancy(spells)
    begun = spells.assign(from_day=0)
    with pytest.raises(ValueError, match="days is a whole number of at least 0, got nan"):
        survival.occupancy(begun, days=[0, float("nan")])
    with pytest.raises(ValueError, match="spells lacks the column tier"):
        survival.occupancy(begun, by="tier")
