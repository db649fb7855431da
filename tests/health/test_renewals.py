"""The renewal queue, its bands and its forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import health, ownership


@pytest.fixture(scope="module")
def queue(company, model):
    return health.queue(company, model)


def test_what_comes_up_is_open_and_not_signed(company, queue):
    assert queue["days"].between(1, 180).all()
    assert queue["customer_id"].isin(company.snapshot()["customer_id"]).all()
    assert queue["risk"].between(0, 1).all()
    assert queue["at_risk"].tolist() == pytest.approx((queue["risk"] * queue["arr"]).tolist())


def test_the_first_is_where_the_work_changes_most_and_high_is_what_pays(queue):
    assert queue["gain"].is_monotonic_decreasing
    judged = queue[queue["band"] != "new"]
    assert ((judged["gain"] > 0) == (judged["band"] == "high")).all()
    pays = judged["risk"] > health.threshold(judged["arr"], judged["days"])
    assert (pays == (judged["band"] == "high")).all()


@pytest.mark.parametrize("hours", [0, 30, 1e6])
def test_work_never_exceeds_the_hours(queue, hours):
    costs = health.Costs()
    rows = health.rank(queue, costs, hours)
    assert (rows["band"] == "high").sum() * costs.hours <= hours
    assert (rows["gain"] > 0).sum() == rows["band"].isin(["high", "medium"]).sum() + (
        (rows["band"] == "new") & (rows["gain"] > 0)
    ).sum()


def test_where_nobody_ever_spoke_the_queue_does_not_know_when(company, queue):
    silent = replace(company, voices=company.voices.head(0))
    assert health.queue(silent, health.train(silent))["said_on"].isna().all()
    assert queue["said_on"].notna().any()


def test_young_customers_are_new(queue):
    rows = health.rank(queue, replace(health.Costs(), young=1e5))
    assert (rows["band"] == "new").all() and health.bands(rows).empty


def test_bands_fit_the_calendar_of_cs_and_sales(company, queue):
    bands = health.bands(queue)
    assert bands.index.is_unique and set(bands) <= set(ownership.play()["band"])
    assert len(ownership.calendar(company, bands, within=60))


def test_bands_of_the_past_hold_every_renewal_and_point_at_the_losses(past):
    rows = past[past["lead"] == 90]
    table = health.judge_bands(rows, hours=100)
    assert table["renewals"].sum() == len(rows) and table["found"].sum() == pytest.approx(1)
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    loss = table.set_index("band")["loss"]
    assert loss["high"] > loss["medium"] > loss["low"]
    most = rows.groupby("quarter").size().size * 100
    assert table["renewals"].iloc[0] * health.Costs().hours <= most


def test_the_longer_the_horizon_the_more(queue):
    table = health.horizons(queue)
    assert table["arr"].is_monotonic_increasing and table["at_risk"].iloc[-1] == pytest.approx(
        queue["at_risk"].sum()
    )


def test_the_forecast_is_the_sum_of_the_risks_and_its_interval_covers(queue):
    row = health.forecast(queue).iloc[0]
    assert row["low"] < row["expected"] < row["high"]
    assert row["expected"] == pytest.approx((queue["risk"] * queue["arr"]).sum())
    rng = np.random.default_rng(0)
    small = pd.DataFrame({"arr": rng.uniform(1, 9, 40), "risk": rng.uniform(0.1, 0.6, 40)})
    small["part"] = 1
    held = 0
    one = health.forecast(small).iloc[0]
    for _ in range(200):
        came = small["arr"][rng.random(40) < small["risk"]].sum()
        held += one["low"] <= came <= one["high"]
    assert 0.84 < held / 200 < 0.96


def test_moves_are_differences_of_two_days(company, model):
    table = health.moves(company, model, 60)
    rise = (table["now"] - table["before"]).to_numpy()
    assert (np.diff(rise) <= 1e-12).all()
    assert (np.sign(table["moved"]) == np.sign(rise)).mean() > 0.99


def test_words_of_a_reason_name_the_value():
    assert health.shown("hours", np.log1p(3)) == "hours received: 3 hours"
    assert health.shown("score", np.nan) == "last score given: not known"
    assert health.shown("region", "north") == "region: north"


def test_costs_that_cannot_be_are_refused():
    for wrong in ({"saved": 30}, {"hours": 0}, {"young": -1}):
        with pytest.raises(ValueError, match="Costs"):
            health.Costs(**wrong)
