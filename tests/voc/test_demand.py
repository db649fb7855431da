"""What stands behind topics and the list made of it: against slow counting by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import voc
from cstoolkit.data.company import Company

SAID = pd.DataFrame(
    [
        ("a", "2025-06-01", "p", 2.0),
        ("a", "2025-06-20", "p", None),
        ("a", "2025-06-21", "q", None),
        ("b", "2024-07-01", "p", 4.0),  # the first day of the window
        ("b", "2024-06-30", "q", None),  # the day before it
        ("d", "2025-05-01", "q", None),  # has left
    ],
    columns=["customer_id", "happened_on", "text", "score"],
)


@pytest.fixture
def told(small):
    company = small(SAID, ends={"d": "2025-06-01"}, arr={"a": 100, "b": 30, "c": 7, "d": 999})
    return company, voc.given(company, company.voices["text"])


@pytest.fixture(scope="module")
def form(company, topics):
    return voc.worksheet(company, topics)


def test_live_customers_count_once_a_topic_with_their_arr(told):
    table = voc.arr_at_risk(*told).query("segment == 'total'").set_index("topic")
    assert table["live"].to_list() == [3, 3, 3]
    assert table["customers"].to_dict() == {"p": 2, "q": 1, "any topic": 2}
    assert table["voices"].to_dict() == {"p": 3, "q": 1, "any topic": 4}
    assert table["arr"].to_dict() == {"p": 130, "q": 100, "any topic": 130}
    assert table["share"].to_dict() == pytest.approx(
        {"p": 130 / 137, "q": 100 / 137, "any topic": 130 / 137}
    )
    short = voc.arr_at_risk(*told, window_days=60).query("segment == 'total'").set_index("topic")
    assert short["arr"].to_dict() == {"p": 100, "q": 100, "any topic": 100}
    ever = voc.arr_at_risk(*told, window_days=None).set_index(["topic", "segment"])["customers"]
    assert ever["q", "total"] == 2


def test_customers_by_tier_by_hand_on_the_bundled_company(company, topics):
    table = voc.arr_at_risk(company, topics).set_index(["topic", "segment"])
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
    table = voc.growth(*told, months=40)
    assert (table["says"] == "history too short").all() and table["ratio"].isna().all()
    with pytest.raises(ValueError, match="every is one of month, quarter, got 'week'"):
        voc.trend(*told, every="week")
    with pytest.raises(ValueError, match="months is a whole number"):
        voc.growth(*told, months=0)


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
        }
    )
    company = small(said)
    row = voc.scores(company, voc.given(company, said["text"])).iloc[0]
    assert row["voices"] == 4 and row["scored"] == 3 and row["missing"] == 0.25
    half = 1.959964 * np.std([2, 4, 9], ddof=1) / np.sqrt(3)
    assert row["high"] - row["mean"] == pytest.approx(half, rel=1e-6)


def test_scores_that_nobody_gave(small):
    company = small(SAID.drop(columns="score"))
    table = voc.scores(company, voc.given(company, company.voices["text"]))
    assert table["missing"].to_list() == [1, 1] and table["mean"].isna().all()


def test_scores_of_one_channel(company, topics):
    survey = company.voices["channel"] == "survey"
    table = voc.scores(company, topics.only(survey)).set_index("topic")
    asked = company.voices.loc[survey & (topics.voices["topic"] == "mobile"), "score"]
    assert table.loc["mobile", "mean"] == pytest.approx(asked.mean())
    assert table["voices"].sum() == (survey & topics.voices["topic"].notna()).sum()


@pytest.mark.parametrize("days", [0, -5, 1.5, True, "90", np.nan])
def test_the_window(told, days):
    with pytest.raises(ValueError, match="window_days is a whole number of at least 1"):
        voc.arr_at_risk(*told, window_days=days)


def test_the_level(told):
    for figure in (voc.scores, voc.trend, voc.growth):
        with pytest.raises(ValueError, match="For 95% write 0.95"):
            figure(*told, level=95)


def test_the_form_has_the_customers_own_words(company, topics, form):
    assert form["topic"].to_list() == list(topics.names)
    assert form["problem"].isin(company.voices["text"]).all()
    assert (form[["interpretation", "requirement"]] == "").all().all() and form[
        "effort"
    ].isna().all()


def test_quotes_are_typical_recent_and_never_twice(company, topics):
    table = voc.quotes(company, topics, each=3)
    assert (table.groupby(["topic", "language"]).size() == 3).all() and not table.duplicated(
        ["topic", "text"]
    ).any()
    assert (table["happened_on"] > company.as_of - pd.Timedelta(days=365)).all()
    truth = pd.Series(voc.known_topics(company).to_numpy(), index=company.voices["text"])
    assert (
        truth[~truth.index.duplicated()].reindex(table["text"]).to_numpy() == table["topic"]
    ).mean() > 0.95
    japanese = topics.only(topics.voices["language"] == "ja")
    assert set(voc.quotes(company, japanese)["language"]) == {"ja"}
    with pytest.raises(ValueError, match="each is a whole number of at least 1, got -1"):
        voc.quotes(company, topics, each=-1)


def test_ranked_by_arr(company, topics, form):
    table = voc.requirements(company, topics, form)
    risk = voc.arr_at_risk(company, topics).query("segment == 'total'").set_index("topic")["arr"]
    assert (table["arr"].diff().dropna() <= 0).all() and table["rank"].to_list() == list(
        range(1, 9)
    )
    assert table.set_index("topic")["arr"].to_dict() == risk.drop("any topic").to_dict()
    assert ((table["rank_low"] <= table["rank"]) & (table["rank"] <= table["rank_high"])).all()
    assert table.set_index("topic")["under_way"].dropna().to_dict() == {"integration": "G11"}


def test_ranked_by_effort_leaves_out_what_nobody_estimated(company, topics, form):
    form = form.assign(
        effort=np.where(form["topic"].isin(["mobile", "guidance"]), [2.0] * 8, np.nan)
    )
    table = voc.requirements(company, topics, form, rank_by="arr_per_effort")
    assert table["rank"].isna().sum() == 6 and table["topic"].head(2).to_list() == [
        "mobile",
        "guidance",
    ]
    assert table["rank_low"].isna().sum() == 6
    assert table["arr_per_effort"].head(2).to_list() == (table["arr"].head(2) / 2).to_list()
    alone = voc.requirements(company, topics, form, rank_by="customers")
    assert (alone["customers"].diff().dropna() <= 0).all()


def test_a_close_race_has_wide_ranks_and_a_clear_one_none(small):
    said = [(each, "2025-06-01", "p") for each in "abcdefgh"] + [
        (each, "2025-06-01", "q") for each in "ijklmnop"
    ]
    said += [("a", "2025-06-01", "r")]
    company = small(said, customers="abcdefghijklmnop", arr={"a": 1.0})
    table = voc.requirements(company, voc.given(company, company.voices["text"])).set_index("topic")
    assert table.loc[["p", "q"], "rank_low"].to_list() == [1, 1] and table.loc[
        ["p", "q"], "rank_high"
    ].to_list() == [
        2,
        2,
    ]
    assert table.loc["r", "rank_low"] == 3


def test_the_same_seed_gives_the_same_ranks(company, topics):
    one, two = (voc.requirements(company, topics, seed=4, draws=50) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda form: form.drop(columns="topic"), "notes lacks the column topic"),
        (lambda form: form.assign(topic="nothing"), "no topic 'nothing'"),
        (lambda form: pd.concat([form, form.head(1)]), "'calendar_sync' stands there twice"),
        (
            lambda form: form.assign(effort=0),
            "effort of 'calendar_sync' is a number of person-weeks above 0, got 0",
        ),
        (lambda form: form.assign(effort="two"), "got 'two'"),
        (lambda form: form.assign(effort=np.inf), "above 0, got inf"),
    ],
)
def test_notes_that_cannot_be_read(company, topics, form, change, says):
    with pytest.raises(ValueError, match=says):
        voc.requirements(company, topics, change(form))


def test_what_to_rank_by(company, topics):
    with pytest.raises(
        ValueError, match="rank_by is one of arr, arr_per_effort, customers, got 'noise'"
    ):
        voc.requirements(company, topics, rank_by="noise")
    with pytest.raises(ValueError, match="draws is a whole number"):
        voc.requirements(company, topics, draws=0)


def test_a_segment_may_be_called_like_the_row_of_all(small):
    company = small([("a", "2025-06-01", "p"), ("b", "2025-06-01", "p")])
    company = replace(company, customers=company.customers.assign(region=["total", "x", "x", "x"]))
    table = voc.arr_at_risk(company, voc.given(company, ["p", "p"]), by="region")
    own = table[table["topic"] == "p"].set_index("segment")["customers"].to_dict()
    assert own == {"total (region)": 1, "x": 1, "total": 2}
