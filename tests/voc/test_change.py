"""From voice to change: asks, waits and what is still open, on a company written by hand."""

import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from cstoolkit import voc
from cstoolkit.data.company import MissingData

SAID = [
    ("a", "2025-01-01", "p"),
    ("a", "2025-01-10", "p"),  # the same ask
    ("a", "2025-03-01", "p"),  # on the very day of the change: a new ask
    ("b", "2025-01-15", "p"),  # leaves before the change
    ("c", "2025-04-01", "p"),  # after the change, another was decided
    ("c", "2025-02-01", "q"),  # nobody answers
    ("d", "2025-02-20", "p"),
]
CHANGES = pd.DataFrame(
    {
        "change_id": ["G1", "G2", "G3"],
        "topic": ["p", "p", "other"],
        "decided_on": ["2025-02-01", "2025-06-01", "2025-01-01"],
        "shipped_on": ["2025-03-01", None, "2025-02-01"],
    }
)


@pytest.fixture
def told(small):
    company = small(SAID, ends={"b": "2025-02-10"}, changes=CHANGES)
    return company, voc.given(company, company.voices["text"])


def test_asks_and_how_they_ended(told):
    table = voc.waits(*told).sort_values(["customer_id", "asked_on"])
    rows = [
        (r.customer_id, r.topic, f"{r.asked_on:%m-%d}", r.voices, r.days, r.outcome)
        for r in table.itertuples()
    ]
    assert rows == [
        ("a", "p", "01-01", 2, 59, "answered"),
        ("a", "p", "03-01", 1, 121, "open"),
        ("b", "p", "01-15", 1, 26, "left"),
        ("c", "q", "02-01", 1, 149, "open"),
        ("c", "p", "04-01", 1, 90, "open"),
        ("d", "p", "02-20", 1, 9, "answered"),
    ]
    assert table.loc[table["outcome"] == "answered", "change_id"].to_list() == ["G1", "G1"]
    assert (
        table.loc[table["outcome"] != "answered", ["change_id", "answered_on"]].isna().all().all()
    )


def test_what_ships_later_is_not_known_yet(told, small):
    company, _ = told
    then = company.at("2025-02-25")
    table = voc.waits(then, voc.given(then, then.voices["text"]))
    # b's contract ended two weeks ago: it may yet be renewed late.
    assert set(table["outcome"]) == {"open"} and len(table) == 4


def test_the_curve_is_kaplan_meiers_over_asks(company, topics):
    asks = voc.waits(company, topics)
    ours = voc.until_change(company, topics, by_topic=False).set_index("day")["share"]
    theirs = (
        KaplanMeierFitter()
        .fit(asks["days"], asks["outcome"] == "answered")
        .survival_function_.iloc[:, 0]
    )
    days = [100, 250, 400, 700]
    for day in days:
        assert ours[ours.index <= day].iloc[-1] == pytest.approx(
            1 - theirs[theirs.index <= day].iloc[-1]
        )
    assert set(voc.until_change(company, topics)["group"]) == set(topics.names)


def test_lead_times(told):
    table = voc.lead_times(*told).set_index("change_id")
    assert table.index.to_list() == ["G3", "G1", "G2"]
    assert table["asks"].to_dict() == {"G3": 0, "G1": 2, "G2": 2}
    assert table.loc["G1", ["to_decide", "to_ship", "wait"]].to_list() == [31, 28, 34]
    assert table.loc["G2", "first_asked_on"] == pd.Timestamp("2025-03-01") and pd.isna(
        table.loc["G2", "to_ship"]
    )


def test_every_answered_ask_belongs_to_a_change(company, topics):
    asks, lead = voc.waits(company, topics), voc.lead_times(company, topics)
    shipped = lead.dropna(subset=["shipped_on"])
    assert shipped["asks"].sum() == (asks["outcome"] == "answered").sum()
    assert len(asks) == len(asks.drop_duplicates(["customer_id", "topic", "asked_on"]))
    assert asks["voices"].sum() == len(topics.voices)


def test_without_changes_it_says_what_is_missing(small):
    company = small([("a", "2025-01-01", "p")])
    topics = voc.given(company, company.voices["text"])
    for figure in (voc.waits, voc.lead_times, voc.churn_after, voc.immortal_time):
        with pytest.raises(MissingData, match="the table changes"):
            figure(company, topics)
