"""ARR behind topics, trend and growth: against slow counting by hand."""

import pandas as pd
import pytest

from cstoolkit import voc
from cstoolkit.data.company import Company

SAID = [
    ("a", "2025-06-01", "p"),
    ("a", "2025-06-20", "p"),
    ("a", "2025-06-21", "q"),
    ("b", "2024-07-01", "p"),
    ("b", "2024-06-30", "q"),
    ("d", "2025-05-01", "q"),
]


@pytest.fixture
def told(small):
    company = small(SAID, ends={"d": "2025-06-01"}, arr={"a": 100, "b": 30, "c": 7, "d": 999})
    return company, voc.given(company, company.voices["text"])


def test_each_customer_counts_once_a_topic_and_only_while_live(told):
    table = voc.arr_at_risk(*told).query("segment == 'total'").set_index("topic")
    assert table["arr"].to_dict() == {"p": 130, "q": 100, "any topic": 130}
    assert table["customers"].to_dict() == {"p": 2, "q": 1, "any topic": 2}
    assert table["share"].to_dict() == pytest.approx(
        {"p": 130 / 137, "q": 100 / 137, "any topic": 130 / 137}
    )
    short = voc.arr_at_risk(*told, window_days=60).query("segment == 'total'").set_index("topic")
    assert short["arr"].to_dict() == {"p": 100, "q": 100, "any topic": 100}


@pytest.mark.parametrize("by", ["tier", "region", "industry"])
def test_segments_add_up_to_the_total(company, topics, by):
    table = voc.arr_at_risk(company, topics, by=by)
    parts = table[table["segment"] != "total"].groupby("topic")[["customers", "arr"]].sum()
    total = table[table["segment"] == "total"].set_index("topic")[["customers", "arr"]]
    pd.testing.assert_frame_equal(parts.sort_index(), total.sort_index())
    assert total.loc["any topic", "arr"] <= company.snapshot()["arr"].sum()
    assert total.loc["any topic", "arr"] < total.drop("any topic")["arr"].sum()


def test_as_of_a_day_the_figures_are_those_of_that_day(company):
    then = company.at("2024-06-30")
    table = voc.arr_at_risk(then, voc.assign(then))
    assert (table["arr"] <= then.snapshot()["arr"].sum()).all()
    trend = voc.trend(then, voc.assign(then))
    assert trend["period"].max() == pd.Timestamp("2024-04-01") and trend["whole"].all()


@pytest.mark.parametrize("every", ["month", "quarter"])
def test_trend_by_hand(company, topics, every):
    table = voc.trend(company, topics, every)
    freq = {"month": "M", "quarter": "Q"}[every]
    for period in ("2021-05-02", "2023-05-10", "2025-12-31"):
        inside = pd.Period(period, freq)
        start, end = inside.start_time, inside.end_time.normalize()
        spans = company.spans[
            (company.spans["starts_on"] <= end) & ~(company.spans["ends_on"] <= start)
        ]
        live = set(spans["customer_id"])
        row = table[table["period"] == start].set_index("topic")
        assert (row["live"] == len(live)).all()
        for topic in topics.names:
            said = topics.voices[
                (topics.voices["topic"] == topic) & topics.voices["happened_on"].between(start, end)
            ]
            assert row.loc[topic, "customers"] == len(set(said["customer_id"]) & live)


def test_a_customer_who_came_back_within_a_period_is_counted_once():
    contracts = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "starts_on": ["2025-01-01", "2025-02-20", "2025-01-01"],
            "ends_on": ["2025-02-05", None, None],
            "arr": [1.0, 1.0, 1.0],
        }
    )
    said = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a"],
            "happened_on": ["2025-02-03", "2025-02-10", "2025-02-25"],
            "text": "p",
        }
    )
    company = Company.from_tables(
        name="Back",
        currency="EUR",
        as_of="2025-04-15",
        grace_days=0,
        customers=pd.DataFrame({"customer_id": ["a", "b"]}),
        contracts=contracts,
        voices=said,
    )
    table = voc.trend(company, voc.given(company, said["text"]), "month")
    assert table["live"].to_list() == [2, 2, 2, 2]
    assert table["customers"].to_list() == [0, 1, 0, 0]
    assert table["whole"].to_list() == [True, True, True, False]


def test_growth_sums_the_months(company, topics):
    table = voc.growth(company, topics, months=6).set_index("topic")
    months = voc.trend(company, topics, "month")
    for topic in topics.names:
        own = months[months["topic"] == topic].sort_values("period")
        now, before = own.tail(6), own.tail(12).head(6)
        assert table.loc[topic, "now"] == now["customers"].sum()
        expected = (now["customers"].sum() / now["live"].sum()) / (
            before["customers"].sum() / before["live"].sum()
        )
        assert table.loc[topic, "ratio"] == pytest.approx(expected)
    clear = (table["low"] > 1) | (table["high"] < 1)
    assert clear.equals(table["says"].isin(["rising", "falling"]))


def test_growth_of_customers_is_no_growth_of_a_topic(small):
    """Twice as many customers who speak as often as before."""
    ids = [f"c{n:03d}" for n in range(400)]
    said = [
        (each, f"2024-{month:02d}-15", "p")
        for month in range(1, 13)
        for each in ids[month % 10 : 200 : 10]
    ]
    said += [
        (each, f"2025-{month:02d}-15", "p")
        for month in range(1, 13)
        for each in ids[month % 10 :: 10]
    ]
    contracts = pd.DataFrame(
        {
            "customer_id": ids,
            "starts_on": ["2024-01-01"] * 200 + ["2025-01-01"] * 200,
            "ends_on": None,
            "arr": 1.0,
        }
    )
    company = Company.from_tables(
        name="Grown",
        currency="EUR",
        as_of="2025-12-31",
        customers=pd.DataFrame({"customer_id": ids}),
        contracts=contracts,
        voices=pd.DataFrame(said, columns=["customer_id", "happened_on", "text"]),
    )
    row = voc.growth(company, voc.given(company, company.voices["text"])).iloc[0]
    assert (
        row["now"] == 2 * row["before"]
        and row["ratio"] == pytest.approx(1)
        and row["says"] == "no clear change"
    )


def test_too_short_a_history(told):
    with pytest.raises(ValueError, match="takes 80 whole months; there are 30"):
        voc.growth(*told, months=40)
    with pytest.raises(ValueError, match="every is one of month, quarter, got 'week'"):
        voc.trend(*told, every="week")
    with pytest.raises(ValueError, match="months is a whole number"):
        voc.growth(*told, months=0)
