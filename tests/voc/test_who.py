"""Who speaks, how often and in which mood: against slow counting by hand."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit import voc
from cstoolkit.data.company import MissingData

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
