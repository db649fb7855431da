"""Agreement with known topics, against scikit-learn's measures."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from cstoolkit import voc
from cstoolkit.voc import quality

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=60)


@given(PAIRS)
def test_the_measures_are_those_of_scikit_learn(pairs):
    found, known = np.array(pairs).T
    cells = contingency_matrix(known, found).T
    frame = pd.DataFrame(cells)
    measures = {name: values[0] for name, values in quality._measured(frame, 1, 0).items()}
    assert measures["adjusted_rand"] == pytest.approx(adjusted_rand_score(known, found), abs=1e-9)
    best = [np.bincount(known[found == each]).max() for each in np.unique(found)]
    assert measures["purity"] == pytest.approx(sum(best) / len(pairs))


def test_the_interval_holds_the_value_and_narrows_with_more_voices(small):
    rng = np.random.default_rng(1)

    def width(size):
        true = rng.choice(["x", "y", "z"], size)
        seen = np.where(rng.random(size) < 0.8, true, rng.choice(["x", "y", "z"], size))
        company = small([("a", "2025-01-01", "some words")] * size)
        table = voc.agreement(voc.given(company, pd.Series(seen)), pd.Series(true))
        assert (table["low"] <= table["value"] + 0.02).all() and (
            table["high"] >= table["value"] - 1e-12
        ).all()
        row = table.query("language == 'both' and measure == 'adjusted_rand'").iloc[0]
        return row["high"] - row["low"]

    assert width(1_600) < 0.75 * width(200)


def test_names_count_only_where_they_are_the_same(small):
    company = small([("a", "2025-01-01", "some words")] * 4)
    truth = pd.Series(["x", "x", "y", None])
    same = voc.agreement(voc.given(company, pd.Series(["x", "y", "y", "y"])), truth)
    row = same[same["measure"] == "named_right"].iloc[0]
    assert row["value"] == pytest.approx(2 / 3) and row["voices"] == 3 and row["left_out"] == 1
    other = voc.agreement(voc.given(company, pd.Series(["1", "2", "2", "2"])), truth)
    assert "named_right" not in set(other["measure"])
    with pytest.raises(ValueError, match="one topic for each of 4 voices, got 1"):
        voc.agreement(voc.given(company, truth), truth.head(1))


def test_the_truth_is_known_of_the_bundled_company_alone(company, small):
    assert voc.known_topics(company).notna().all()
    assert voc.known_topics(company.at("2023-01-31")).notna().all()
    other = small([("a", "2025-01-01", "slow")])
    assert voc.known_topics(other).isna().all()
    assert voc.agreement(voc.assign(other), voc.known_topics(other)).empty


def test_the_truth_belongs_to_its_voices_in_whatever_order_it_comes(company, topics):
    truth = voc.known_topics(company)
    expected = voc.agreement(topics, truth, draws=50)
    by_id = truth.set_axis(company.voices["voice_id"])
    for other in (truth.sort_values(), by_id.sort_values(), truth.to_list()):
        pd.testing.assert_frame_equal(voc.agreement(topics, other, draws=50), expected)
    for labels in (truth.set_axis(range(1, len(truth) + 1)), truth.set_axis([0] * len(truth))):
        with pytest.raises(ValueError, match="truth: the index is neither the voices' row numbers"):
            voc.agreement(topics, labels)
    with pytest.raises(ValueError, match="labels: the index is neither"):
        voc.given(company, truth.set_axis(range(1, len(truth) + 1)))
    pd.testing.assert_series_equal(
        voc.given(company, by_id.sort_values()).voices["topic"], truth, check_names=False
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"draws": 0}, "draws is a whole number of at least 1"),
        ({"draws": np.nan}, "draws is a whole number"),
        ({"level": 95}, "For 95% write 0.95"),
        ({"level": np.nan}, "level is a share"),
    ],
)
def test_arguments(company, topics, arguments, says):
    with pytest.raises(ValueError, match=says):
        voc.agreement(topics, voc.known_topics(company), **arguments)
