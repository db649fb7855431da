"""Figures are functions of the records; designs are compared future by future."""

from __future__ import annotations

import numpy as np
import pytest

from cstoolkit import simulator
from cstoolkit.simulator.outcomes import _median_age


@pytest.fixture(scope="module")
def outcomes(run):
    return {name: run(name, replications=12) for name in ("one team", "phase")}


def test_every_measure_has_one_figure_a_future(outcomes):
    one = outcomes["one team"]
    for name in simulator.MEASURES:
        assert one.measure(name).shape == (12,) and np.isfinite(one.measure(name)).all(), name
    table = one.table().set_index("measure")
    assert (table["low"] <= table["mean"]).all() and (table["mean"] <= table["high"]).all()
    assert list(table.index) == list(simulator.MEASURES)


def test_segments_add_up(outcomes):
    one = outcomes["one team"]
    parts = sum(one.weekly("arr", tier) for tier in one.segments)
    assert np.allclose(parts, one.weekly("arr"))
    assert 0 < one.measure("grr", "low").mean() <= 1
    with pytest.raises(ValueError, match="segment"):
        one.measure("grr", "middle")


def test_grr_is_never_above_nrr_nor_one(outcomes):
    for one in outcomes.values():
        assert (one.measure("grr") <= np.minimum(one.measure("nrr"), 1) + 1e-12).all()


def test_a_design_against_itself_is_not_told_apart(outcomes):
    same = {"a": outcomes["phase"], "b": outcomes["phase"]}
    row = simulator.compare(same, "nrr").iloc[1]
    assert (row["difference"], row["won"], row["apart"]) == (0, 0.5, "not told apart")


def test_a_comparison_is_paired(outcomes):
    table = simulator.compare(outcomes, "nrr", against="one team").set_index("design")
    row = table.loc["phase"]
    apart = outcomes["phase"].measure("nrr") - outcomes["one team"].measure("nrr")
    assert row["difference"] == pytest.approx(apart.mean())
    assert row["low"] < row["difference"] < row["high"] and row["futures"] == 12
    assert row["won"] == (apart > 0).mean()
    other = simulator.compare(outcomes, "nrr", against="phase").set_index("design")
    assert other.loc["one team", "difference"] == pytest.approx(-row["difference"])


def test_what_is_less_can_be_better(outcomes):
    table = simulator.compare(outcomes, "handoffs").set_index("design")
    assert table.loc["phase", "apart"] == "worse" and table.loc["phase", "won"] == 0


def test_other_futures_are_not_compared(outcomes, run):
    with pytest.raises(ValueError, match="did not meet the same futures"):
        simulator.compare({"a": outcomes["phase"], "b": run("phase", seed=12, replications=12)})


def test_common_futures_need_fewer_of_them(outcomes):
    pair = outcomes["one team"], outcomes["phase"]
    paired = simulator.precision(pair[0], "nrr", half_width=0.01, other=pair[1])
    spread = np.hypot(*(each.measure("nrr").std(ddof=1) for each in pair))
    assert paired < (1.96 * spread / 0.01) ** 2
    assert simulator.precision(pair[0], "nrr", half_width=0.005) >= 3.5 * simulator.precision(
        pair[0], "nrr", half_width=0.01
    )


def test_the_median_age_is_kaplan_meiers():
    counts = np.zeros((2, 2, 9))
    counts[0, 0, [2, 4, 6]], counts[0, 1, 3] = 1, 1  # value at 2, 4, 6; one watched to 3
    counts[1, 0, 2], counts[1, 1, 8] = 1, 5
    assert _median_age(counts)[0] == 4 and np.isnan(_median_age(counts)[1])


def test_a_year_is_asked_for(run):
    short = run(weeks=20)
    with pytest.raises(ValueError, match="nrr needs a year: simulate 52 weeks or more, got 20"):
        short.measure("nrr")
    assert "nrr" not in set(short.table()["measure"])
