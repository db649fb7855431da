"""Scores are judged on the past in the order of time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

import cstoolkit as cs
from cstoolkit import health, stats
from cstoolkit.data.company import MissingData


def test_what_is_judged_was_open_on_its_day(company):
    rows = health.decisions(company, 60)
    assert ((rows["renews_on"] - rows["day"]).dt.days == 60).all()
    assert (rows["until"] > rows["day"]).all() and (rows["day"] <= company.as_of).all()
    then = company.at("2024-06-30")
    day = rows["day"] == then.as_of
    known = health.decisions(then, 60)
    assert set(rows.loc[day, "customer_id"]) == set(
        known.loc[known["day"] == then.as_of, "customer_id"]
    )


def test_a_backtest_of_the_past_is_part_of_todays(company, past):
    """What later years brought changes no judgement of earlier ones."""
    then = company.at("2025-03-31")
    early = health.backtest(then, [90, 30], kinds=["logistic"])
    key = ["customer_id", "product", "renews_on", "lead"]
    both = early.merge(past, on=key, suffixes=("", "_now"))
    assert len(both) == len(early)
    np.testing.assert_allclose(both["logistic"], both["logistic_now"], rtol=1e-6)
    np.testing.assert_allclose(both["weights"], both["weights_now"])


def test_figures_are_those_of_scikit_learn(past):
    rows = past[past["lead"] == 90]
    row = health.judge(rows).set_index("score").loc["logistic"]
    assert row["auc"] == pytest.approx(roc_auc_score(rows["churned"], rows["logistic"]))
    assert row["precision"] == pytest.approx(
        average_precision_score(rows["churned"], rows["logistic"])
    )
    assert row["brier"] == pytest.approx(brier_score_loss(rows["churned"], rows["logistic"]))
    assert row["low"] < row["auc"] < row["high"]


def test_everybody_called_is_everybody_found(past):
    table = health.judge(past, "lead", capacity=1)
    assert (table["found"] == 1).all() and np.allclose(table["lift"], 1)
    assert set(table["lead"]) == {30, 90}


def test_bins_hold_all_renewals(past):
    rows = past[past["lead"] == 90]
    table = health.calibration(rows)
    assert table["renewals"].sum() == len(rows) and table["forecast"].is_monotonic_increasing
    assert np.average(table["share"], weights=table["renewals"]) == pytest.approx(
        rows["churned"].mean()
    )


def test_the_evidence_is_not_worse_than_the_weights_and_no_better_than_the_truth(company, past):
    rows = past[past["lead"] == 30]
    area = health.judge(rows).set_index("score")["auc"]
    best = health.best_possible(cs.load_truth(company)["risk"], rows)
    assert area["weights"] - 0.02 < area["logistic"] < best + 0.02


def test_the_evidence_goes_most_of_the_way_to_what_the_records_allow(company, past):
    """The limits are published: what forty other companies teach of the records, and the truth."""
    truth = cs.load_truth(company)
    for days in (90, 30):
        rows, told = past[past["lead"] == days], truth["recorded"].query("days == @days")
        way = health.reached(rows, told, draws=200)
        area = health.judge(rows).set_index("score")["auc"]
        assert way["weights"] == pytest.approx(area["weights"], abs=0.005)
        assert way["evidence"] == pytest.approx(area["logistic"], abs=0.005)
        assert way["weights"] < way["best"] < health.best_possible(truth["risk"], rows)
        assert way["low"] < way["share"] < way["high"]
        assert way["share"] >= 0.9


def test_logins_speak_before_active_users_by_the_weeks_published(company):
    """How long each had fallen by a third when churn was decided: later than the decline begins, since
    a fall takes weeks, and apart by the published lags.
    """
    leads = np.arange(30, 361, 15)
    left = health.settled(company, 30).query("churned")
    rows = pd.concat(
        [left.assign(day=left["renews_on"] - pd.Timedelta(days=int(lead))) for lead in leads]
    )
    known = health.features(company, rows.reset_index(drop=True))
    lead = {}
    for measure in ("logins_change", "active_change"):
        fallen = (known[measure] < np.log(2 / 3)).to_numpy().reshape(len(leads), -1)
        months = np.cumprod(fallen, axis=0).sum(axis=0)
        lead[measure] = stats.median_interval(pd.Series(leads[months[months > 0] - 1] - 30.0))
    signs = cs.load_truth(company)["signs"].set_index("sign")
    logins, users = lead["logins_change"], lead["active_change"]
    apart = signs.loc["logins", "lead_days"] - signs.loc["active_users", "lead_days"]
    assert logins[1] - users[2] <= apart <= logins[2] - users[1]
    assert users[0] < logins[0] < signs.loc["logins", "lead_days"]


def test_average_precision_has_an_interval_that_narrows_with_churned_renewals(past):
    rows = past[past["lead"] == 90]
    one, many = (
        health.judge(pd.concat([rows] * times)).set_index("score").loc["logistic"]
        for times in (1, 4)
    )
    assert one["precision_low"] < one["precision"] < one["precision_high"]
    widths = [row["precision_high"] - row["precision_low"] for row in (one, many)]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.02)


def test_what_is_missing_is_one_sentence(company):
    assert health.lacks(company) == ""
    young = company.at("2022-12-31")
    assert "churned" in health.lacks(young) and health.lacks(young, health.Training(least=2)) == ""


def test_the_one_cause_is_found(made):
    table = health.judge(health.backtest(made, kinds=["logistic"], weights={"active_share": 1}))
    assert (table["auc"] > 0.75).all()
    assert health.signs(made)["measure"].iloc[0] == "active_share"


def test_too_short_a_past_is_said_in_a_sentence(company):
    young = company.at("2021-12-31")
    for ask in (health.train, health.backtest):
        with pytest.raises(MissingData, match="settled renewals"):
            ask(young)


def test_the_best_possible_is_the_ranking_of_the_probabilities():
    rows = pd.DataFrame(
        {"customer_id": list("abcd"), "product": "p", "renews_on": pd.Timestamp("2024-01-01")}
    )
    risk = rows.rename(columns={"renews_on": "ends_on"}).assign(probability=[0.1, 0.2, 0.3, 0.4])
    assert health.best_possible(risk, rows.assign(churned=[False, False, True, True])) == 1
