"""Landmark, adjustment for fit, and what days are worth: by hand, by closed form, and beside the truth."""

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import ttv
from cstoolkit.ttv.renewals import _by_fifth, _weighted


def test_first_renewals_by_hand(small):
    """Open-ended, undecided and early endings have no place; value after the decision does not count."""
    found = ttv.first_renewals(small, "first_value").set_index(
        ["customer_id", "product", "journey"]
    )
    expected = {
        ("left", "a", 1): (False, True),
        ("too late", "a", 1): (False, True),
        ("back", "a", 1): (False, True),
        ("two", "a", 1): (False, False),  # renewed late; value came on day 396
    }
    # "two b" ends within the days of grace and may yet renew; "reached" is decided next year.
    assert {key: (row.value, row.churned) for key, row in found.iterrows()} == expected
    # Decided on 2023-12-02, value on 2024-02-01.
    assert found.loc[("two", "a", 1), "late"] == 61
    assert found["late"].notna().sum() == 1


def test_nobody_is_without_value_because_it_churned(company):
    """Every journey ran on its day of decision, and value was dated by then."""
    found = ttv.first_renewals(company, "basic_value", notice=45)
    keys = ["customer_id", "product", "journey"]
    both = found.merge(ttv.journeys(company), on=keys, suffixes=("", "_"))
    decided = both["renews_on"] - pd.Timedelta(days=45)
    assert (~(both["ended_on"] <= decided)).all()
    reached = both[["basic_value", "exceeded_value"]].min(axis=1)
    assert (both["value"] == (reached <= decided)).all()
    assert both["renews_on"].max() <= company.as_of - pd.Timedelta(days=company.grace_days)


@pytest.fixture(scope="module")
def found(company):
    return ttv.renewal(company, "basic_value", draws=100).set_index("estimate")


def test_crude_shares_are_plain_shares(company, found):
    table = ttv.first_renewals(company).dropna(subset=["fit", "size", "paid"])
    shares = table.groupby("value")["churned"].mean()
    assert found.loc["crude", "with_value"] == pytest.approx(shares[True])
    assert found.loc["crude", "difference"] == pytest.approx(shares[True] - shares[False])
    assert (found["low"] < found["difference"]).all() and (
        found["difference"] < found["high"]
    ).all()


def test_adjusting_for_fit_goes_the_way_of_the_truth(company, found):
    truth = cs.load_truth()
    exact = ttv.renewal(
        company,
        fit=truth["customers"].set_index("customer_id")["fit"],
        probability=truth["risk"],
        draws=2,
    ).set_index("estimate")["difference"]
    adjusted = exact["weighted"]
    assert exact["crude"] < adjusted < 0, "fit makes value in time look better than it is"
    assert found.loc["weighted", "low"] <= adjusted <= found.loc["weighted", "high"]
    assert found.loc["crude", "difference"] < found.loc["weighted", "difference"] < 0


def test_weights_of_one_yes_or_no_trait_are_a_standardised_difference():
    """Closed form: with one binary trait the logistic model is exact, and weighting equals comparing within it."""
    rng = np.random.default_rng(12)
    trait = rng.integers(0, 2, 400).astype(float)
    value = rng.random(400) < 0.3 + 0.4 * trait
    outcome = (rng.random(400) < 0.4 - 0.2 * trait - 0.1 * value).astype(float)
    table = pd.DataFrame(
        {
            "value": value,
            "outcome": outcome,
            "fit": trait,
            "size": np.nan,
            "self_serve": 0.0,
            "paid": 0.0,
        }
    )
    within = table.groupby(["fit", "value"])["outcome"].mean().unstack()
    expected = [within[side] @ np.bincount(trait.astype(int)) / 400 for side in (True, False)]
    weights = np.ones((1, 400))
    np.testing.assert_allclose(_weighted(table, weights)[0], expected, atol=1e-6)
    fifths = table.assign(fit=trait + rng.random(400) * 1e-9 * 0)
    np.testing.assert_allclose(
        _by_fifth(fifths, weights)[0], [outcome[value].mean(), outcome[~value].mean()], atol=1e-9
    )


def test_no_effect_none_found():
    """Value drawn by fit, churn drawn by fit alone: crude sees an effect, weighting does not, over 20 seeds."""
    seen = {"crude": 0, "weighted": 0}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        fit = rng.normal(0, 1, 900)
        value = rng.random(900) < 1 / (1 + np.exp(-1.2 * fit))
        churned = rng.random(900) < 1 / (1 + np.exp(1 + 0.9 * fit))
        table = pd.DataFrame({"value": value, "outcome": churned.astype(float), "fit": fit})
        table = table.assign(size=0.0, self_serve=0.0, paid=0.0)
        weights = np.vstack([np.ones(900), rng.multinomial(900, np.full(900, 1 / 900), 40)])
        rates = _weighted(table, weights)
        difference = rates[:, 0] - rates[:, 1]
        seen["weighted"] += abs(difference[0]) > 1.96 * difference[1:].std()
        crude = churned[value].mean() - churned[~value].mean()
        seen["crude"] += crude < -0.1
    assert seen["crude"] >= 18
    assert seen["weighted"] <= 4


@pytest.fixture(scope="module")
def saved(company):
    return ttv.renewals_saved(company, [7, 14, 30], draws=100)


def test_saved_is_share_moved_times_difference(company, saved):
    difference = ttv.renewal(company, draws=2).set_index("estimate").loc["weighted", "difference"]
    every = ttv.journeys(company)
    due = every["ended_on"].isna() & (every["renews_on"] > company.as_of)
    due &= every["renews_on"] <= company.as_of + pd.Timedelta(days=365)
    assert (saved["due"] == due.sum()).all()
    np.testing.assert_allclose(saved["renewals"], -saved["due"] * saved["moved"] * difference)
    np.testing.assert_allclose(saved["arr"], -saved["due_arr"] * saved["moved"] * difference)
    assert saved["moved"].is_monotonic_increasing
    assert (saved["renewals_low"] < saved["renewals"]).all()
    assert (saved["arr"] < saved["arr_high"]).all()
    late = ttv.first_renewals(company).dropna(subset=["fit", "size", "paid"])["late"]
    assert saved["moved"].iloc[1] == pytest.approx(late.between(1, 14).mean())


def test_renewals_saved_agree_with_the_published_truth(company, saved):
    """Each past decision's true chance, with value's true effect where the shift brings it in time."""
    truth = cs.load_truth()
    effect = truth["effects"].set_index("name").loc["value_on_churn", "value"]
    risk = truth["risk"].drop_duplicates(["customer_id", "product", "ends_on"])
    both = ttv.journeys(company).merge(
        risk,
        left_on=["customer_id", "product", "renews_on"],
        right_on=["customer_id", "product", "ends_on"],
    )
    reached = both[["basic_value", "exceeded_value"]].min(axis=1)
    late = (reached - both["decided_on"]) / pd.Timedelta(days=1)
    odds = both["probability"] / (1 - both["probability"]) * np.exp(effect)
    gain = both["probability"] - odds / (1 + odds)
    for row in saved.itertuples():
        planted = row.due * (gain * late.between(0, row.days)).mean()
        assert 0 < row.renewals_low < planted < row.renewals_high


def test_arr_of_running_journeys_is_that_of_the_snapshot(company):
    total = company.snapshot()["arr"].sum()
    assert ttv.journeys(company)["arr"].sum() == pytest.approx(total)


def test_the_same_seed_gives_the_same_interval(company):
    first, second, other = (ttv.renewal(company, draws=20, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, second)
    assert not first["low"].equals(other["low"])


def test_bad_questions_are_refused(small, company):
    for notice in (0, 91, 1.5, float("nan")):
        with pytest.raises(ValueError, match="notice is a whole number of at least 1"):
            ttv.renewal(company, notice=notice)
    with pytest.raises(ValueError, match="end is one of kickoff, .* got 'contract_signed'"):
        ttv.renewal(company, "contract_signed")
    with pytest.raises(ValueError, match="too few to compare"):
        ttv.renewal(small, "exceeded_value")
    for days in (0, -7, 1.5, float("inf")):
        with pytest.raises(ValueError, match="days is a whole number of at least 1"):
            ttv.renewals_saved(company, days)
    with pytest.raises(ValueError, match="draws is a whole number of at least 1, got 0"):
        ttv.renewal(company, draws=0)
