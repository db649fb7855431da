"""Panels without a browser: controls bound to one function, errors told, bytes and sentence in step."""

import io
from dataclasses import dataclass

import ipywidgets as widgets
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cstoolkit import display, theme
from cstoolkit.assumptions import assumption
from cstoolkit.controls import FEW, MANY, STEPS, Panel, choice, slider, slider_for


@dataclass(frozen=True, kw_only=True)
class Calls:
    minutes: int = assumption(30, unit="minutes", low=15, high=60, says="length of a call")
    share: float = assumption(
        0.65, unit="share", low=0.6, high=0.7, says="share of hours that reaches customers"
    )
    cost: float = assumption(
        90_000, unit="USD a year", low=60_000.0, high=140_000.0, says="cost of one person"
    )


def controls():
    return {
        "minutes": slider_for(Calls(), "minutes"),
        "share": slider_for(Calls(), "share"),
        "segment": choice("segment by", ["tier", "industry"]),
    }


class Drawn:
    """A draw function that counts and can be told to fail."""

    def __init__(self):
        self.calls, self.error = [], None

    def __call__(self, minutes, share, segment):
        self.calls.append((minutes, share, segment))
        if self.error:
            raise self.error
        ax = theme.axes(width=4, height=2)
        ax.barh([segment], [minutes * share])
        return ax, f"{minutes * share:.1f} minutes by <{segment}>"


@pytest.fixture
def drawn():
    return Drawn()


@pytest.fixture
def panel(drawn):
    return Panel(drawn, controls())


def shown(panel):
    """The image and the sentence as the browser gets them."""
    _, told, image = panel.widget.children
    return image, told.value


def test_it_is_drawn_at_once_with_the_values_of_the_record(panel, drawn):
    assert drawn.calls == [(30, 0.65, "tier")]
    assert panel.values == {"minutes": 30, "share": 0.65, "segment": "tier"}
    image, told = shown(panel)
    assert panel.sentence == "19.5 minutes by <tier>"
    assert (
        told
        == '<div role="status" aria-live="polite" aria-atomic="true">19.5 minutes by &lt;tier&gt;</div>'
    )
    assert (image.tooltip, image.width, image.description) == (panel.sentence, "384", "")
    assert Image.open(io.BytesIO(panel.picture)).size == (384, 192)
    assert panel.error is None


def test_a_moved_control_redraws_once(panel, drawn):
    before = panel.picture
    panel.controls["minutes"].value = 45
    assert len(drawn.calls) == 2
    assert panel.sentence == "29.2 minutes by <tier>" and panel.picture != before


def test_setting_several_redraws_once(panel, drawn):
    assert panel.set(minutes=40, share=0.7, segment="industry") == "28.0 minutes by <industry>"
    assert drawn.calls[1:] == [(40, 0.7, "industry")]


def test_the_button_brings_the_start_back(panel, drawn):
    start = panel.values
    panel.set(minutes=60, segment="industry")
    panel.widget.children[0].children[-1].click()
    assert panel.values == start and drawn.calls[-1] == (30, 0.65, "tier")


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"hours": 3}, KeyError, "no control hours; there are: minutes, share, segment"),
        (
            {"minutes": 45, "share": 0.9},
            ValueError,
            r"the control share cannot be set to 0.9. It goes from 0.6 to 0.7.",
        ),
        ({"segment": "colour"}, ValueError, "the control segment cannot be set to 'colour'"),
        ({"minutes": "many"}, ValueError, "the control minutes cannot be set to 'many'"),
    ],
)
def test_a_value_that_a_control_cannot_take_changes_nothing(panel, drawn, values, error, message):
    before = panel.values, panel.sentence, len(drawn.calls)
    with pytest.raises(error, match=message):
        panel.set(**values)
    assert (panel.values, panel.sentence, len(drawn.calls)) == before


def test_a_sentence_may_have_strong_words():
    def draw(**values):
        return theme.axes(width=4, height=2), display.sentence_of("**{a:.0f}** <b>", a=3)

    panel = Panel(draw, controls())
    assert "<p><strong>3</strong> &lt;b&gt;</p>" in shown(panel)[1] and panel.sentence == "3 <b>"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ValueError("share is up to 1, got <2>."),
            "Nothing to draw with these settings. share is up to 1, got <2>.",
        ),
        (KeyError("no tier 'mid'"), "Nothing to draw with these settings. no tier 'mid'"),
        (TypeError("not so"), "Nothing to draw with these settings. TypeError: not so"),
        (RuntimeError(), "Nothing to draw with these settings. RuntimeError: "),
    ],
)
def test_an_error_is_told_in_the_panel_and_no_old_picture_stays(panel, drawn, error, told):
    drawn.error = error
    assert panel.set(minutes=45) == told
    assert panel.error is error and panel.picture == b""
    assert "<2>" not in shown(panel)[1]
    drawn.error = None
    assert panel.set(minutes=44) == "28.6 minutes by <tier>"
    assert panel.error is None and panel.picture


def test_an_error_in_the_first_drawing_is_told_too(drawn):
    drawn.error = LookupError("Bare has no data for this: it needs the table usage.")
    assert "it needs the table usage" in Panel(drawn, controls()).sentence


def test_a_panel_has_few_controls_and_each_says_what_it_sets(drawn):
    one = controls()
    with pytest.raises(
        ValueError, match=rf"a panel has {FEW} to {MANY} controls, got 2: minutes, share"
    ):
        Panel(drawn, {name: one[name] for name in ("minutes", "share")})
    with pytest.raises(ValueError, match="got 7"):
        Panel(drawn, {f"c{each}": choice("c", [1]) for each in range(7)})
    with pytest.raises(ValueError, match="these do not: segment"):
        Panel(drawn, {**one, "segment": widgets.Dropdown(options=["tier"])})


def test_without_a_kernel_the_sentence_is_there(panel):
    bundle = panel._repr_mimebundle_()
    assert bundle["text/plain"] == "Panel: 19.5 minutes by <tier>"
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.widget.model_id


def test_no_broken_picture_stands_where_there_is_nothing_to_draw(panel, drawn):
    drawn.error = ValueError("no such end")
    panel.set(minutes=20)
    assert panel.picture == b"" and panel.widget.children[-1].layout.display == "none"
    drawn.error = None
    panel.set(minutes=30)
    assert panel.picture and panel.widget.children[-1].layout.display != "none"


def test_labels_and_options_have_the_room_that_the_longest_takes(drawn):
    long = {**controls(), "segment": choice("customers divided by what they use", ["w" * 40])}
    panel = Panel(drawn, long)
    label = float(long["minutes"].style.description_width.removesuffix("em"))
    assert label > 0.5 * len("customers divided by what they use")
    assert all(control.style.description_width == f"{label:.0f}em" for control in long.values())
    columns = panel.widget.children[0].layout.grid_template_columns
    assert float(columns.split("100%, ")[1].split("em")[0]) > label + 0.5 * 40


def test_a_slider_takes_all_from_the_field():
    minutes, share, cost = (slider_for(Calls(), name) for name in ("minutes", "share", "cost"))
    assert (minutes.value, minutes.min, minutes.max, minutes.step) == (30, 15, 60, 1)
    assert isinstance(minutes, widgets.IntSlider) and minutes.tooltip == "length of a call"
    assert [each.description for each in (minutes, share, cost)] == [
        "minutes",
        "share",
        "cost (USD a year)",
    ]
    assert share.readout_format == ".1%" and cost.readout_format == ",.0f"
    assert slider_for(Calls(share=0.62), "share", says="customer-facing share").value == 0.62


def test_a_value_outside_its_range_widens_the_slider():
    assert slider_for(Calls(minutes=90), "minutes").max == 90
    assert slider_for(Calls(minutes=5), "minutes").min == 5


def test_an_assumption_that_is_not_there_is_named():
    with pytest.raises(
        KeyError, match="Calls has no assumption 'hours'; there are: minutes, share, cost"
    ):
        slider_for(Calls(), "hours")


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e7))
def test_a_slider_has_about_as_many_steps_as_it_should(low, span):
    made = slider("a", low, low, low + span)
    assert STEPS / 2.5 <= (made.max - made.min) / made.step <= STEPS * 2.5


@given(low=st.integers(-1000, 1000), span=st.integers(0, 10_000))
def test_whole_numbers_have_whole_steps(low, span):
    made = slider("a", low, low, low + span)
    assert isinstance(made, widgets.IntSlider) and isinstance(made.step, int) and made.step >= 1


def test_choices_take_a_mapping_and_a_first_value():
    assert choice("c", {"one": 1, "two": 2}).value == 1
    assert choice("c", {"one": 1, "two": 2}, 2).value == 2
