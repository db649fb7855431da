"""Who speaks, how often and in which mood: against slow counting by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, poisson_means_test
from statsmodels.stats.proportion import proportion_confint

from cstoolkit import voc
from cstoolkit.data.company import MissingData
from cstoolkit.voc import _interval

SAID = [
    ("a", "2025-06-01", "p"),
    ("a", "2025-06-20", "p"),
    ("a", "2025-06-21", "q"),
    ("b", "2024-07-01", "p"),  # the first day of the window
    ("b", "2024-06-30", "q"),  # the day before it
    ("d", "2025-05-01", "q"),  # has left
]


@pytest.fixture
def told(small):
    company = small(SAID, ends={"d": "2025-06-01"}, arr={"a": 100, "b": 30, "c": 7, "d": 999})
    return company, voc.given(company, company.voices["text"])


def test_wilson_is_that_of_statsmodels():
    events, of = np.array([0, 3, 10, 50]), np.array([10, 10, 10, 400])
    low, high = proportion_confint(events, of, method="wilson")
    _, ours_low, ours_high = _interval.wilson(events, of)
    assert np.allclose(ours_low, low) and np.allclose(ours_high, high)
    assert np.isnan(_interval.wilson(0, 0)[0])


@pytest.mark.parametrize(("before", "now"), [(0, 3), (3, 0), (5, 9), (200, 150)])
def test_the_ratio_of_rates_is_the_exact_conditional_one(before, now):
    ratio, low, high = (float(each) for each in _interval.rate_ratio(before, 50, now, 25))
    limits = binomtest(now, before + now).proportion_ci(0.95, method="exact")
    assert low == pytest.approx(limits.low / (1 - limits.low) * 2)
    assert high == (pytest.approx(limits.high / (1 - limits.high) * 2) if before else np.inf)
    assert ratio == (pytest.approx(now / before * 2) if before else np.inf)
    if (before, now) == (200, 150):
        assert poisson_means_test(now, 25, before, 50).pvalue < 0.05 and low > 1
    assert np.isnan(_interval.rate_ratio(0, 1, 0, 1)[0])


def test_speakers_count_live_customers_once(told):
    table = voc.speakers(*told, by="region").set_index(["topic", "segment"])
    total = table.xs("total", level="segment")
    assert total["live"].to_list() == [3, 3, 3]
    assert total["customers"].to_dict() == {"p": 2, "q": 1, "any topic": 2}
    assert total["voices"].to_dict() == {"p": 3, "q": 1, "any topic": 4}
    ever = voc.speakers(*told, window_days=None).set_index(["topic", "segment"])["customers"]
    assert ever["q", "total"] == 2


def test_speakers_by_hand_on_the_bundled_company(company, topics):
    table = voc.speakers(company, topics).set_index(["topic", "segment"])
    live = company.snapshot().set_index("customer_id")["tier"]
    since = company.as_of - pd.Timedelta(days=365)
    for topic in topics.names[:3]:
        who = {
            row.customer_id
            for row in topics.voices.itertuples()
            if row.topic == topic and row.happened_on > since and row.customer_id in live.index
        }
        for tier in ("high", "low", "tech"):
            assert table.loc[(topic, tier), "customers"] == sum(live[each] == tier for each in who)


def test_scores_by_hand_and_nothing_put_in(company, topics):
    table = voc.scores(company, topics).set_index("topic")
    for topic in topics.names:
        score = company.voices.loc[(topics.voices["topic"] == topic).to_numpy(), "score"]
        assert table.loc[topic, "mean"] == pytest.approx(score.mean())
        assert table.loc[topic, "missing"] == pytest.approx(score.isna().mean())
    assert ((table["low"] < table["mean"]) & (table["mean"] < table["high"])).all()


def test_the_interval_of_a_score_is_that_of_means_where_each_customer_speaks_once(small):
    said = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "happened_on": "2025-01-01",
            "text": "p",
            "score": [2.0, 4.0, 9.0, None],
            "channel": "x",
        }
    )
    company = small(said)
    row = voc.scores(company, voc.given(company, said["text"]), by="channel").iloc[0]
    assert row["voices"] == 4 and row["scored"] == 3 and row["missing"] == 0.25
    half = 1.959964 * np.std([2, 4, 9], ddof=1) / np.sqrt(3)
    assert row["high"] - row["mean"] == pytest.approx(half, rel=1e-6)


def test_scores_that_nobody_gave(told):
    table = voc.scores(*told)
    assert table["missing"].to_list() == [1, 1] and table["mean"].isna().all()
    with pytest.raises(KeyError, match="by is a column of voices that groups them"):
        voc.scores(*told, by="text")
    with pytest.raises(MissingData, match="voices.channel"):
        voc.scores(*told, by="channel")


@pytest.mark.parametrize("days", [0, -5, 1.5, True, "90"])
def test_the_window(told, days):
    with pytest.raises(ValueError, match="window_days is a whole number of at least 1"):
        voc.speakers(*told, window_days=days)


def test_the_level(told):
    with pytest.raises(ValueError, match="For 95% write 0.95"):
        voc.speakers(*told, level=95)
