"""Pictures of the voice of the customer: they show what the frame says, in both languages, and the title states the finding."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cstoolkit import display, theme, voc
from cstoolkit.voc import plots


@pytest.fixture(scope="module")
def topics(company):
    return voc.assign(company)


@pytest.fixture(scope="module")
def behind(company, topics):
    return voc.arr_at_risk(company, topics)


def title(ax):
    return " ".join(ax.get_title(loc="left").split())


def words(ax):
    return [each.get_text() for each in ax.texts]


def drawn(ax):
    """Draw it: a missing glyph is a warning, and warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert display.png(ax).startswith(b"\x89PNG")
    axes = ax.flat if isinstance(ax, np.ndarray) else [ax]
    assert all(text.get_fontsize() >= theme.TEXT for each in axes for text in each.texts)
    return ax


def test_topics_by_arr(behind, topics):
    ax = drawn(plots.topics_by_arr(behind, currency="USD", terms=topics.terms))
    whole = behind[(behind["segment"] == "total") & (behind["topic"] != "any topic")].sort_values(
        "arr", ascending=False
    )
    reach = [sum(bars[k].get_width() for bars in ax.containers) for k in range(len(whole))]
    assert reach == pytest.approx(whole["arr"].to_list())
    first = whole["topic"].iloc[0].replace("_", " ").capitalize()
    assert title(ax).startswith(f"{first} has most ARR behind it")
    labels = [each.get_text() for each in ax.get_yticklabels()]
    assert any("システム" in each for each in labels)
    assert {"high", "low", "tech"} <= set(words(ax))


def test_topics_by_another_segment_and_nobody(behind, company, topics):
    ax = drawn(plots.topics_by_arr(voc.arr_at_risk(company, topics, by="region")))
    assert ax.get_legend() is not None
    nobody = drawn(plots.topics_by_arr(behind.assign(arr=0.0, customers=0)))
    assert title(nobody) == "No live customer has voiced a topic lately"
    assert title(drawn(plots.topics_by_arr(behind.head(0)))) == "No topic was found in the voices"


def test_trend_has_a_picture_a_topic_with_its_changes(company, topics):
    table = voc.trend(company, topics)
    grid = drawn(plots.trend(table, changes=company.changes, since="2022-01-01"))
    assert [ax.get_title(loc="left") for ax in grid.flat] == [
        each.replace("_", " ") for each in topics.names
    ]
    for ax, topic in zip(grid.flat, topics.names, strict=True):
        own = table[(table["topic"] == topic) & (table["period"] >= "2022-01-01")]
        assert ax.get_lines()[0].get_ydata() == pytest.approx(own["share"].to_numpy())
        shipped = company.changes.loc[company.changes["topic"] == topic, "shipped_on"]
        assert len(ax.get_lines()) - 1 == (shipped >= "2022-01-01").sum()
    heading = " ".join(grid.flat[0].figure.get_suptitle().split())
    assert (
        heading.startswith("Search speed is voiced most: by")
        and "a quarter in the last four quarters" in heading
    )


def test_trend_of_a_short_history(company, topics):
    then = company.at("2021-08-15")
    grid = drawn(plots.trend(voc.trend(then, voc.assign(then))))
    assert grid.shape == (2, 4)
    assert grid.flat[0].figure.get_suptitle() == "How many customers voiced each topic"
    nothing = plots.trend(voc.trend(then, voc.assign(then)).assign(whole=False))
    assert title(drawn(nothing).item()) == "No whole period has passed yet"


def test_requirements_by_arr_for_their_effort(company, topics):
    form = voc.worksheet(company, topics).assign(effort=[6, 8, 20, 14, 25, 4, np.nan, 10])
    table = voc.requirements(company, topics, form, rank_by="arr_per_effort")
    ax = drawn(plots.requirements(table, currency="USD"))
    known = table.dropna(subset=["effort"])
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(
        known["arr_per_effort"].to_list()
    )
    assert title(ax).startswith(known["topic"].iloc[0].replace("_", " ").capitalize())
    assert "no effort given for: integration" in ax.get_xlabel()
    unknown = drawn(plots.requirements(table.assign(effort=np.nan)))
    assert title(unknown).startswith("Effort is known for no topic")


def test_lead_times_run_from_the_first_ask(company, topics):
    table = voc.lead_times(company, topics)
    ax = drawn(plots.lead_times(table, company.as_of))
    assert len(ax.get_yticks()) == len(table)
    assert "days to decide" in title(ax)
    assert f"{table['asks'].iloc[-1]:,} waiting" in words(ax)
    unshipped = table.tail(1)
    assert title(drawn(plots.lead_times(unshipped, company.as_of))) == "No change has shipped yet"
    none = drawn(plots.lead_times(table.assign(first_asked_on=pd.NaT), company.as_of))
    assert title(none) == "No change has answered a topic that anybody had voiced"


def test_churn_shows_the_honest_and_the_naive(company, topics):
    after, naive = voc.churn_after(company, topics), voc.immortal_time(company, topics)
    ax = drawn(plots.churn(after, naive))
    dots = [float(each.get_offsets()[0, 0]) for each in ax.collections]
    assert dots == pytest.approx([*after["ratio"], naive["ratio"].iloc[0]])
    assert title(ax).startswith("Answered customers leave neither more nor less often than those")
    too_few = drawn(
        plots.churn(after.assign(ratio=np.nan, low=np.nan, high=np.nan, verdict="too few"))
    )
    assert (
        title(too_few).startswith("Fewer than") and words(too_few) == ["too few left to tell"] * 2
    )


@pytest.mark.parametrize(
    "name", ["$\\frac{1}{0}$", "<b>x</b>", "長い名前" * 20, "a_b" * 40, "\\", "_"]
)
def test_names_from_data_are_drawn_as_text(behind, name):
    table = behind.assign(topic=behind["topic"].replace("search_speed", name))
    drawn(plots.topics_by_arr(table))


def test_a_picture_can_be_drawn_on_axes_at_hand(behind):
    ax = theme.axes()
    assert plots.topics_by_arr(behind, ax=ax) is ax


def test_every_picture_draws_names_as_they_stand(company, topics):
    names = {"search_speed": "$\\frac{a_^$ $x$", "integration": "<b>長い</b>"}
    odd = topics.renamed(names)
    changes = company.changes.assign(topic=company.changes["topic"].replace(names))
    known = replace(company, changes=changes)
    lead = voc.lead_times(known, odd)
    form = voc.worksheet(known, odd).assign(effort=2.0)
    for ax in (
        plots.trend(voc.trend(known, odd), changes=changes),
        plots.requirements(voc.requirements(known, odd, form, draws=20), currency="$U$"),
        plots.lead_times(lead, known.as_of),
    ):
        drawn(ax)
    assert lead.set_index("topic").loc[names["search_speed"], "asks"] > 0
