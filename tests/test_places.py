"""The remembered layout: the same bytes as laying out anew, and anew where words take other room."""

from functools import partial

import pytest

from cstoolkit import display, theme
from cstoolkit.controls import Places

render = partial(display.png, compression=1)


def picture(value=5.0, label="hours", title="Half of it reaches customers", layout="constrained"):
    ax = theme.axes(width=5, height=3, layout=layout)
    with theme.style():
        ax.barh(["worked", "given"], [10, value])
    theme.label_bars(ax, ",.1f")
    theme.finish(ax, title, x=label)
    return ax.figure


def laid_out(figure):
    """How often the figure's layout engine ran while it was rendered."""
    engine, ran = figure.get_layout_engine(), []
    execute = engine.execute
    engine.execute = lambda each: ran.append(execute(each))
    return ran


def test_the_second_picture_is_not_laid_out_and_has_the_same_bytes():
    places = Places()
    first, second, other = picture(), picture(), picture(6.0)
    bytes_of_first = places.settle(first, render)
    ran = laid_out(second), laid_out(other)
    assert places.settle(second, render) == bytes_of_first == render(picture())
    assert places.settle(other, render) == render(picture(6.0)) != bytes_of_first
    assert ran == ([], [])


@pytest.mark.parametrize(
    "change",
    [
        {"value": 5000.0},
        {"label": "hours a month"},
        {
            "title": "Half of it reaches customers, and the other half is lost between the chairs of the office"
        },
    ],
)
def test_words_that_take_other_room_are_laid_out_anew(change):
    places = Places()
    places.settle(picture(), render)
    changed = picture(**change)
    ran = laid_out(changed)
    assert places.settle(changed, render) == render(picture(**change))
    assert ran


def test_a_figure_without_layout_is_left_alone():
    assert Places().settle(picture(layout=None), render) == render(picture(layout=None))
