"""Org charts show everybody once, in text that can be read; comparisons show the table's values."""

import dataclasses

import numpy as np
import pytest
from matplotlib.text import Text

from cstoolkit import org, theme
from cstoolkit.org import plots as pictures


def texts(ax):
    return [text.get_text() for text in ax.get_figure(root=True).findobj(Text) if text.get_text()]


def readable(ax):
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    return (
        min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= theme.TEXT
    )


def marks(ax):
    """How many marks of each kind are drawn, by the kind's name; those of the key are kinds of their own."""
    found = {each.get_gid(): each for each in ax.collections if each.get_gid()}
    return {
        kind: max(len(each.get_offsets()), len(each.get_paths())) for kind, each in found.items()
    }


def overlapping(ax):
    """Pairs of texts inside the axes whose boxes overlap by more than a hair."""
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    boxes = [text.get_window_extent().shrunk(0.97, 0.8) for text in ax.texts if text.get_text()]
    return [
        (i, j) for i, a in enumerate(boxes) for j, b in enumerate(boxes) if i < j and a.overlaps(b)
    ]


@pytest.mark.parametrize("people", [5, 20, 60])
@pytest.mark.parametrize(
    "spec",
    [
        ((), ()),
        (("phase",), ()),
        (("feature",), ()),
        (("industry", "phase"), ()),
        (("phase",), ("feature",)),
        (("industry", "phase"), ("department",)),
    ],
)
def test_a_chart_shows_everybody_once(company, spec, people):
    design = org.build(company, *spec[0], matrix=spec[1], people=people)
    ax = pictures.chart(design)
    posts = design.posts["post"]
    drawn = marks(ax)
    assert drawn["person"] == people == (posts == "main").sum()
    assert drawn.get("shared", 0) == (posts == "shared").sum()
    assert drawn["square"] == (posts == "support").sum()
    # Leaders are drawn where they stand; the head and the leads of groups of teams have no card, and are told in the key.
    led = org.managers(design).set_index("team")["leaders"]
    told = led.reindex(["Customer Success", "group leads"]).fillna(0)
    assert drawn.get("lead", 0) == led.sum() - told.sum()
    key = " ".join(text.get_text() for text in ax.texts)
    assert "leaders: the head" in key and (f"{told['group leads']:.0f} group lead" in key) == (
        told["group leads"] > 0
    )
    assert readable(ax) and not overlapping(ax)
    width = ax.get_figure(root=True).get_size_inches()[0]
    assert width <= 11


def test_titles_say_what_the_people_come_to(company):
    chart = lambda design: pictures.chart(design).get_title(loc="left").replace("\n", " ")  # noqa: E731
    assert chart(org.build(company, "phase", people=9)) == "Phase: 9 people in 4 teams"
    assert (
        chart(org.build(company, "industry", "phase", people=5))
        == "Industry, then phase: 5 people must share 28 teams"
    )
    assert chart(org.build(company, people=1)) == "All-rounders: 1 person in 1 team"
    parts = len(org.build(company, "phase", matrix="feature").units)
    assert (
        chart(org.build(company, "phase", matrix="feature", people=5))
        == f"Phase x feature: 5 people must share {parts} crossings"
    )
    assert "with customers" in chart(org.today(company))


def test_the_reporting_line_stands_on_top(company):
    said = texts(pictures.chart(org.build(company, "phase", reporting="under CRO")))
    for name in ("CEO", "CRO", "CCO", "head of sales"):
        assert name in said
    assert "head of CS" not in said


def test_the_hybrid_shows_embedded_people_in_each_team(designs):
    design = designs["hybrid"]
    ax = pictures.chart(design)
    posts = design.posts["post"]
    assert marks(ax)["square"] == (posts == "support").sum() + (posts == "embedded").sum()
    assert "CS Ops (embedded)" in texts(ax) and readable(ax) and not overlapping(ax)


def test_names_are_drawn_as_they_are_written(company):
    """A customer's own words are no formulas, and no letters are missing."""
    odd = company.customers.assign(
        industry=company.customers["industry"].replace({"Retail": "小売 $a_b$ & <b>"})
    )
    ax = pictures.chart(org.build(dataclasses.replace(company, customers=odd), "industry"))
    assert any("小売 $a" in each for each in texts(ax)) and readable(ax)


def test_the_strip_shows_the_design_among_the_others(company, designs, compared):
    among, table = compared, org.evaluate(company, designs["phase"])
    ax = pictures.built(
        designs["phase"], table, among, measures=["contacts_now", "same_region", "handoffs"]
    )
    strip = ax.figure.axes[1]
    values = among.pivot(index="measure", columns="design", values="value")
    *lines, grey, own = strip.collections
    assert len(grey.get_offsets()) == 3 * len(designs) and len(own.get_offsets()) == 3
    # Each line runs from zero to the largest value: contacts at once of the phase design lie where their share of it does.
    start, end = lines[0].get_segments()[0][:, 0]
    share = values.loc["contacts_now", "phase"] / values.loc["contacts_now"].max()
    assert own.get_offsets()[0][0] == pytest.approx(start + share * (end - start))
    assert "Handoffs by design" in texts(ax) and readable(ax)
    assert f"{values.loc['handoffs', 'phase']:.1f}" in texts(ax)
    nobody = org.build(company, "phase", people=[])
    assert "not known" in texts(pictures.built(nobody, org.evaluate(company, nobody), among))


def test_partners_stand_outside(designs):
    said = texts(pictures.chart(designs["sales-linked"]))
    assert "Sales, outside CS: meets customers in renewal and expansion" in said


def test_compare_draws_the_table(designs, compared):
    table = compared
    grid = pictures.compare(table, measures=["contacts_now", "handoffs", "specialisation"])
    values = table.pivot(index="measure", columns="design", values="value")
    for ax, measure in zip(grid.flat, ["contacts_now", "handoffs", "specialisation"]):
        points = ax.collections[-1].get_offsets()
        assert np.allclose(points[:, 0], values.loc[measure, list(designs)])
    assert [each.get_text() for each in grid.flat[0].get_yticklabels()] == list(designs)
    assert readable(grid.flat[0])
    heading = grid.flat[0].figure.get_suptitle()
    assert (
        values.loc["contacts_now"].idxmax() in heading
        and values.loc["contacts_now"].idxmin() in heading
    )
    with pytest.raises(KeyError, match="no measure 'contact'"):
        pictures.compare(table, measures=["contact"])


def test_compare_says_what_is_not_known(company):
    table = org.compare(company, {"a": org.build(company, "phase"), "b": org.build(company)})
    table.loc[(table["design"] == "a") & (table["measure"] == "handoffs"), "value"] = np.nan
    ax = pictures.compare(table, measures=["handoffs"]).flat[0]
    assert "not known" in texts(ax)


def test_reasons_show_every_rule(recommended):
    table = recommended
    ax = pictures.reasons(table, design="hybrid")
    rows = table[table["design"] == "hybrid"]
    said = [text.get_text().replace("\n", " ") for text in ax.texts]
    for row in rows.itertuples():
        assert any(each.startswith(row.rule) for each in said)
    assert (
        said.count("+") == (rows["speaks"] == "for").sum()
        and said.count("-") == (rows["speaks"] == "against").sum()
    )
    assert readable(ax)
    with pytest.raises(KeyError, match="no design 'pyramid'"):
        pictures.reasons(table, design="pyramid")


def test_effects_show_intervals_and_truth(company):
    table = org.effects(company)
    ax = pictures.effects(table, truth={"handoff_without_notes": 0.5})
    intervals, points, rings = ax.collections
    ends = np.array(intervals.get_segments())[:, :, 0]
    assert np.allclose(np.log(ends), table[["low", "high"]])
    assert np.allclose(points.get_offsets()[:, 0], table["odds_ratio"])
    assert np.allclose(rings.get_offsets()[:, 0], [np.exp(0.5), 1, 1, 1])
    clear = table.assign(low=[0.1, -0.2, -0.2, -0.2], high=[0.9, 0.2, 0.2, 0.2])
    title = pictures.effects(clear).get_title(loc="left")
    assert title == f"Told apart from no effect: {clear['label'].iloc[0]}" and readable(ax)
    none = pictures.effects(clear.assign(low=-0.2, high=0.2)).get_title(loc="left")
    assert none == "No effect can be told apart from none"
