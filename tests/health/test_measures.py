"""Measures know what was known on their day, and nothing later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import health
from cstoolkit.data.timeline import known_on


@pytest.mark.parametrize("day", ["2023-03-31", "2024-08-15"])
def test_deleting_the_future_changes_nothing(company, day):
    then = company.at(day)
    rows = pd.DataFrame({"customer_id": then.snapshot()["customer_id"], "day": then.as_of})
    pd.testing.assert_frame_equal(
        health.features(company, rows), health.features(then, rows), check_exact=False, rtol=1e-9
    )


def test_scrambling_the_future_changes_nothing(company):
    day, rng = pd.Timestamp("2024-08-15"), np.random.default_rng(0)
    rows = pd.DataFrame({"customer_id": company.at(day).snapshot()["customer_id"], "day": day})
    scrambled = {}
    for name in ("usage", "voices", "activities", "milestones"):
        table = getattr(company, name).copy()
        later = np.flatnonzero((known_on(name, table) > day).to_numpy())
        table.loc[table.index[later], "customer_id"] = rng.permutation(
            table["customer_id"].to_numpy()[later]
        )
        scrambled[name] = table
    other = replace(company, **scrambled)
    pd.testing.assert_frame_equal(health.features(company, rows), health.features(other, rows))


def test_a_small_case_by_hand():
    company = cs.Company.from_tables(
        name="x",
        currency="EUR",
        as_of="2024-12-31",
        customers=pd.DataFrame({"customer_id": ["A", "B"]}),
        contracts=pd.DataFrame(
            {"customer_id": ["A", "B"], "starts_on": ["2024-01-01"] * 2, "arr": [100.0, 50]}
        ).assign(ends_on=pd.NaT),
        usage=pd.DataFrame(
            {
                "customer_id": "A",
                "month": ["2024-04-01", "2024-05-01", "2024-06-01", "2024-07-01"],
                "seats": 10,
                "active_users": [4, 4, 4, 2],
                "logins": [40, 40, 40, 10],
                "features_used": [3, 3, 3, 1],
            }
        ),
        voices=pd.DataFrame(
            {
                "customer_id": ["A", "A"],
                "happened_on": ["2024-07-10", "2024-08-10"],
                "score": [8, 2],
            }
        ).assign(text="x"),
    )
    asked = pd.DataFrame(
        {"customer_id": ["A", "A", "B"], "day": ["2024-07-30", "2024-07-31", "2024-07-31"]}
    )
    asked["day"] = pd.to_datetime(asked["day"])
    found = health.features(company, asked)
    # July is known at its end, the score of August not yet.
    assert found["active_share"].tolist()[:2] == pytest.approx([0.4, 1 / 3])
    assert found["active_change"].tolist()[:2] == pytest.approx([0, np.log(0.5) / 2])
    assert found["logins_change"].tolist()[:2] == pytest.approx([0, np.log(0.5) / 2])
    assert found["logins_per_user"].iloc[1] == pytest.approx(np.log(5))
    assert found["score"].tolist()[:2] == [8, 8]
    assert found["said"].tolist() == [1, 1, 0]
    assert found[["active_share", "score"]].iloc[2].isna().all()
    assert np.exp(found["arr"]).round().tolist() == [100, 100, 50]


def test_a_judgement_starts_anew_with_the_csm():
    """What was said to the last CSM is no judgement of this one; the first one has no forerunner."""
    ids = ["A", "B"]
    company = cs.Company.from_tables(
        name="x",
        currency="EUR",
        as_of="2024-12-31",
        customers=pd.DataFrame({"customer_id": ids}),
        contracts=pd.DataFrame({"customer_id": ids, "starts_on": "2024-01-01", "arr": 1.0}).assign(
            ends_on=pd.NaT
        ),
        people=pd.DataFrame({"person_id": ["p", "q"], "hired_on": "2023-01-01"}),
        assignments=pd.DataFrame(
            {
                "customer_id": ["A", "A", "B"],
                "person_id": ["p", "q", "p"],
                "role": "csm",
                "starts_on": ["2024-01-01", "2024-06-01", "2024-06-01"],
                "ends_on": ["2024-06-01", None, None],
            }
        ),
        voices=pd.DataFrame({"customer_id": ids, "happened_on": "2024-05-01", "score": 3}).assign(
            text="x"
        ),
    )
    asked = pd.DataFrame(
        {"customer_id": ["A", "A", "B"], "day": ["2024-05-31", "2024-06-01", "2024-06-01"]}
    )
    asked["day"] = pd.to_datetime(asked["day"])
    assert health.features(company, asked)["score"].fillna(-1).tolist() == [3, -1, 3]


def test_a_missing_table_costs_its_own_measures(company):
    with_all = set(health.features(company))
    without = set(health.features(replace(company, voices=company.voices.iloc[:0])))
    assert with_all - without == {"score", "said"}


def test_own_columns_are_taken_by_name_and_days_after_the_data_are_refused(company):
    assert "region" in health.features(company, own=["region"])
    with pytest.raises(ValueError, match="own is one of"):
        health.features(company, own=["colour"])
    late = pd.DataFrame({"customer_id": ["C0001"], "day": [company.as_of + pd.Timedelta(days=1)]})
    with pytest.raises(ValueError, match="lies after"):
        health.features(company, late)


def test_every_measure_of_the_table_is_described(company):
    assert set(health.features(company)) <= set(health.MEASURES.index)
    assert health.MEASURES[["label", "unit", "says", "kind"]].ne("").all().all()
    weighed = health.MEASURES["weight"].notna()
    assert health.MEASURES.loc[weighed, ["bad", "good"]].notna().all().all()
