"""Requirements: what people wrote beside what the data say, ranked, and how sure the ranks are."""

import numpy as np
import pandas as pd
import pytest

from cstoolkit import voc


@pytest.fixture(scope="module")
def form(company, topics):
    return voc.worksheet(company, topics)


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
    assert set(voc.quotes(company, topics, language="ja")["language"]) == {"ja"}


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
        (lambda form: form.drop(columns="topic"), "notes need a column topic"),
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
