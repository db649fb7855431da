"""The pictures say what their tables say, in text that can be read."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import cstoolkit as cs
from cstoolkit import theme, ttv
from cstoolkit.ttv import plots as pictures


def texts(ax):
    return [text.get_text() for text in ax.get_figure(root=True).findobj(Text) if text.get_text()]


def readable(ax):
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    return (
        min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= theme.TEXT
    )


@pytest.fixture(scope="module")
def days(company):
    table = ttv.durations(company)
    form = table["customer_id"].map(company.customers.set_index("customer_id")["onboarding"])
    return table.assign(form=form, value=table["outcome"] == "value")


def test_curves_carry_medians_labels_and_who_is_followed(days):
    table = ttv.curve(days["days"], days["value"], days["form"])
    ax = pictures.curve(table, value="first value", until=180)
    medians = ttv.median(table).set_index("group")["days"].sort_values()
    said = texts(ax)
    assert ax.get_title(loc="left").replace("\n", " ") == (
        f"Half have first value by day {medians.iloc[0]} ({medians.index[0]}), "
        f"by day {medians.iloc[-1]} ({medians.index[-1]})"
    )
    for name in ("free", "paid", "self"):
        at_risk = ttv.share_by(table[table["group"] == name].drop(columns="group"), 90)[
            "at_risk"
        ].item()
        assert said.count(name) == 2 and f"{at_risk:,}" in said
    steps = [line for line in ax.get_lines() if line.get_drawstyle() == "steps-post"]
    assert len(steps) == 3
    share = ttv.share_by(table[table["group"] == "free"].drop(columns="group"), 180)["share"].item()
    assert steps[0].get_ydata()[-1] == pytest.approx(share)
    assert readable(ax)


def test_one_curve_and_one_that_is_not_reached(days):
    one = pictures.curve(ttv.curve(days["days"], days["value"]), value="first value")
    assert one.get_title(loc="left").startswith("Half have first value by day")
    few = pictures.curve(ttv.curve([10, 40, 50], [True, False, False]))
    assert few.get_title(loc="left") == "Fewer than half have value so far"
    two = pictures.curve(
        ttv.curve([10, 40, 50, 3], [True, False, False, False], ["a", "a", "a", "b"])
    )
    assert "Most groups" in two.get_title(loc="left")
    assert readable(one) and readable(few) and readable(two)


def test_too_many_curves_are_refused():
    with pytest.raises(ValueError, match="8 curves cannot be told apart"):
        pictures.curve(ttv.curve(range(8), [True] * 8, list("abcdefgh")))


def test_outcomes_add_up_to_all(company):
    table = ttv.durations(company, end="exceeded_value")
    found = ttv.incidence(table["days"], table["outcome"])
    ax = pictures.incidence(found, value="exceeded value", until=720)
    row = ttv.share_by(found, 720)["share"].item()
    assert f"exceeded value {row:.0%}" in texts(ax)
    assert ax.get_title(loc="left").startswith(f"By day 720, {row:.0%} have exceeded value")
    assert readable(ax)
    with pytest.raises(ValueError, match="one picture shows one group"):
        pictures.incidence(ttv.incidence([1, 2], ["value", "open"], ["a", "b"]))


def test_steps_name_the_longest(company):
    table = ttv.steps(company)
    ax = pictures.steps(table)
    longest = table.loc[table["mean"].idxmax()]
    assert (
        ax.get_title(loc="left")
        .replace("\n", " ")
        .endswith(f"takes {longest['share']:.0%} of the way")
    )
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(table["mean"].tolist())
    assert f"{longest['mean']:.0f} days" in texts(ax) and readable(ax)


def test_levers_name_the_best(company):
    table = ttv.levers(company, draws=20)
    ax = pictures.levers(table, value="first value")
    assert f"{table['days_won'].max():.0f} of {table['days_now'][0]:.0f} days" in ax.get_title(
        loc="left"
    ).replace("\n", " ")
    assert set(table["lever"]) <= {text.replace("\n", " ") for text in texts(ax)} and readable(ax)


def test_drivers_show_the_truth_beside_the_estimate(company):
    found = ttv.drivers(company)
    truth = ttv.recovered(found, cs.load_truth()["effects"]).set_index("driver")["truth"]
    ax = pictures.drivers(found.effects, truth=truth)
    points, diamonds = ax.get_lines()[0], ax.get_lines()[-1]
    np.testing.assert_allclose(points.get_xdata(), found.effects["ratio"])
    np.testing.assert_allclose(diamonds.get_xdata(), np.exp(truth[found.effects["driver"]]))
    assert "diamond: truth" in texts(ax) and readable(ax)
    assert "diamond: truth" not in texts(pictures.drivers(found.effects))


def test_hindsight_is_named_only_where_it_turns_an_effect_round(company):
    table = ttv.immortal_time(company)
    assert readable(pictures.immortal_time(table))
    turned = pd.DataFrame(
        {
            "driver": ["hours", "notes"],
            "right": [0.2, 0.3],
            "right_low": [0.1, -0.1],
            "right_high": [0.3, 0.7],
        }
        | {"wrong": [-0.4, -0.5], "wrong_low": [-0.5, -0.6], "wrong_high": [-0.3, -0.4]}
    )
    ax = pictures.immortal_time(turned)
    assert ax.get_title(loc="left") == "Counted in hindsight, the effect of hours turns round"
    ax = pictures.immortal_time(turned.assign(wrong_high=0.1))
    assert (
        ax.get_title(loc="left")
        == "Counted in hindsight, the effect of notes is x 0.61, not x 1.35"
    )


def test_renewal_sets_what_seems_against_what_is(company):
    table = ttv.renewal(company, draws=20)
    ax = pictures.renewal(table, truth=-0.08, value="basic value")
    crude, like = (round(abs(table["difference"].iloc[n]) * 100) for n in (0, -1))
    assert f"by {like} points, not the {crude} it seems" in ax.get_title(loc="left").replace(
        "\n", " "
    )
    assert "truth" in texts(ax) and readable(ax)
    same = table.assign(difference=table["difference"].iloc[0])
    assert "not the" not in pictures.renewal(same).get_title(loc="left")


def test_pictures_stand_on_axes_that_are_given(company, days):
    found = ttv.incidence(days["days"], days["outcome"])
    drawn = [
        (pictures.curve, ttv.curve(days["days"], days["value"])),
        (pictures.incidence, found),
        (pictures.steps, ttv.steps(company)),
        (pictures.levers, ttv.levers(company, draws=5)),
        (pictures.drivers, ttv.drivers(company).effects),
        (pictures.immortal_time, ttv.immortal_time(company)),
        (pictures.renewal, ttv.renewal(company, draws=5)),
    ]
    for picture, table in drawn:
        left, right = theme.axes(1, 2, width=12)
        assert picture(table, ax=right) is right
        assert (
            right.get_xlabel() and not left.has_data() and len(left.get_figure(root=True).axes) == 2
        )
