"""Showing: alternative text, computed sentences, small tables; escaped, and the same bytes every time."""

import base64
import html.parser
import io
import math
import re

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbclient import NotebookClient
from PIL import Image

import cstoolkit as cs
from cstoolkit import display, theme

HOSTILE = "<script>alert(\"x\")</script> & 'quoted'"
FINDING = "Hours per customer fall by half once onboarding ends."


class Tags(html.parser.HTMLParser):
    """What a browser would make of it: the tags and the text."""

    def __init__(self, markup):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def shell():
    shell = InteractiveShell.instance()
    yield shell
    InteractiveShell.clear_instance()


def ax(value=1.0):
    made = theme.axes(width=4, height=2)
    made.plot([0, value])
    return made


def test_a_picture_is_an_image_with_its_finding(shell):
    with capture_output() as caught:
        shown = cs.show(ax(), FINDING + ' "so"')
    (output,) = caught.outputs
    assert output.data == {"text/plain": shown.text, "text/html": shown.html}
    ((tag, attributes),) = Tags(shown.html).tags
    assert (tag, attributes["alt"], attributes["width"]) == ("img", FINDING + ' "so"', str(4 * 96))
    head, data = attributes["src"].split(",")
    assert head == "data:image/png;base64"
    size = Image.open(io.BytesIO(base64.b64decode(data))).size
    assert size == (4 * 96 * display.SHARPNESS, 2 * 96 * display.SHARPNESS)


@pytest.mark.parametrize(
    "alt",
    [
        "",
        "   ",
        None,
        "Churn",
        "Churn by month",
        "A chart of churn by month",
        "Figure showing that x",
    ],
)
def test_an_alt_text_without_a_finding_is_refused(alt):
    with pytest.raises(
        ValueError,
        match="alt text tells the picture's finding in a sentence of at least four words, got",
    ):
        cs.show(ax(), alt)


@pytest.mark.parametrize(
    "word", ["Charting churn pays off soon", "Pictures help people decide faster"]
)
def test_words_that_only_begin_like_a_label_pass(word):
    assert display.finding(word) == word


def test_the_same_picture_gives_the_same_bytes_and_another_gives_others():
    assert display.png(ax()) == display.png(ax())
    assert display.png(ax()) != display.png(ax(-1.0))
    assert Image.open(io.BytesIO(display.png(ax()))).text == {}


def test_all_that_holds_a_picture_can_be_shown():
    pair = theme.axes(1, 2)
    assert display.png(pair) == display.png(pair[1]) == display.png(pair[0].figure)
    with pytest.raises(TypeError, match="an Axes, an array of them or a Figure, got DataFrame"):
        display.png(pd.DataFrame())


def test_outside_a_notebook_the_text_is_printed(capsys):
    cs.say("{people:.0f} people", people=3)
    assert capsys.readouterr().out == "3 people\n"


def test_in_a_notebook_each_is_shown_once_even_as_last_value():
    source = "import cstoolkit as cs\ncs.say('{people:.0f} people', people=3)\ncs.say('{people:.0f} more', people=4)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    assert [(output.output_type, output.data["text/plain"]) for output in outputs] == [
        ("display_data", "3 people"),
        ("display_data", "4 more"),
    ]


def test_the_package_shows_whichever_part_of_it_came_first():
    import importlib

    importlib.import_module("cstoolkit.display")
    assert cs.show is display.show and cs.show_table is display.show_table and cs.say is display.say
    assert str(cs.show(ax(), FINDING)) == f"Picture: {FINDING}"


def test_strings_in_a_sentence_are_escaped_and_strong_marks_come_from_the_sentence_alone():
    shown = display.sentence_of("**{name} & {n:,.0f}** < 5", name=HOSTILE + "**", n=1234)
    assert shown.text == f"{HOSTILE}** & 1,234 < 5"
    told = Tags(shown.html)
    assert [tag for tag, _ in told.tags] == ["p", "strong"]
    assert told.text == shown.text


@pytest.mark.parametrize("missing", [None, math.nan, np.nan, pd.NaT, pd.NA])
def test_missing_figures_are_told_as_not_known(missing):
    assert (
        display.sentence_of("It takes {days:.0f} days.", days=missing).text
        == "It takes not known days."
    )
    assert display.cell(missing, ",.0f", "none") == "none"


def test_a_rounded_zero_has_no_sign():
    assert (
        display.sentence_of("{a:.0f} {b:.0%} {c:.1f}", a=-0.3, b=-0.001, c=-0.06).text
        == "0 0% -0.1"
    )


@pytest.mark.parametrize(
    ("sentence", "values", "message"),
    [
        ("{people:.0f} people", {}, "the sentence needs people"),
        ("people", {"people": 3}, "the sentence never uses people"),
        ("{:.0f} people", {}, "passed by name"),
        ("{0} people", {}, "passed by name"),
        ("{people", {"people": 3}, "cannot be read"),
    ],
)
def test_a_sentence_and_its_figures_have_to_agree(sentence, values, message):
    with pytest.raises(ValueError, match=message):
        display.sentence_of(sentence, **values)


@given(st.text(max_size=30))
def test_any_text_survives_the_way_through_html(text):
    shown = display.sentence_of("[{text}]", text=text)
    assert shown.text == f"[{text}]"
    assert html.unescape(re.sub(r"</?p>", "", shown.html)) == shown.text


FRAME = pd.DataFrame(
    {
        "tier": ["high", HOSTILE, None],
        "customers_per_csm": [12.345, 140.0, np.nan],
        "customers": [1200, 3, 0],
        "on_time": [True, False, True],
        "since": pd.to_datetime(["2024-03-01", None, "2024-05-01"]),
        "share": [0.25, 0.5, 0.333],
        "more": ["a", "b", "c"],
    }
)


def test_a_table_is_formatted_escaped_and_says_what_it_leaves_out():
    shown = display.show_table(
        FRAME,
        caption="Three <tiers>",
        formats={"share": ".0%"},
        names={"customers_per_csm": "customers per CSM"},
        rows=2,
    )
    told = Tags(shown.html)
    assert "script" not in [tag for tag, _ in told.tags]
    assert [dict(attributes)["scope"] for tag, attributes in told.tags if tag == "th"] == [
        "col"
    ] * 6
    for text in (shown.text, told.text):
        for part in (
            "Three <tiers>",
            "customers per CSM",
            HOSTILE,
            "1,200",
            "140",
            "2024-03-01",
            "not known",
            "25%",
            "yes",
        ):
            assert part in text
        assert "The first 2 of 3 rows." in text and "Columns not shown: more." in text
    assert shown.text.splitlines()[2].startswith("high")


def test_a_named_index_is_shown_and_a_bare_one_is_not():
    frame = FRAME[["customers"]].head(1)
    assert display.show_table(frame).text == "customers\n    1,200"
    assert (
        display.show_table(frame.rename_axis("place")).text == "place  customers\n    0      1,200"
    )


def test_decimals_follow_the_size_of_the_column():
    frame = pd.DataFrame(
        {"a": [0.123, 2.0], "b": [12.34, 1.0], "c": [1234.5, 1.0], "d": [1.0, np.inf]}
    )
    assert display.show_table(frame, missing="-").text.splitlines()[1].split() == [
        "0.12",
        "12.3",
        "1,234",
        "1",
    ]


def test_an_empty_table_shows_its_headings_and_an_unknown_column_is_told():
    assert display.show_table(FRAME.head(0)[["tier", "customers"]]).text == "tier  customers"
    with pytest.raises(KeyError, match="no column 'arr'; there are: tier, customers_per_csm"):
        display.show_table(FRAME, formats={"arr": ",.0f"})


def test_the_frame_is_left_as_it_was():
    before = FRAME.copy(deep=True)
    display.show_table(FRAME, rows=1, columns=2)
    pd.testing.assert_frame_equal(FRAME, before)


@pytest.mark.parametrize("spec", [".0f", ",.1f", ".2f", ".0%", ".1%"])
def test_a_difference_is_that_of_the_figures_shown(spec):
    """A reader who subtracts what stands there gets what stands there."""
    rng = np.random.default_rng(1)
    for one, other in rng.random((200, 2)) * 3:
        read = [float(format(value, spec).rstrip("%").replace(",", "")) for value in (one, other)]
        scale = 100 if spec.endswith("%") else 1
        assert display.difference(one, other, spec) * scale == pytest.approx(read[0] - read[1])


def test_a_day_is_not_broken_at_its_hyphens():
    frame = pd.DataFrame({"day": [pd.Timestamp("2024-03-01")], "name": ["North-West"]})
    markup = display.show_table(frame).html
    assert '<td style="text-align:left;white-space:nowrap">2024-03-01</td>' in markup
    assert '<td style="text-align:left">North-West</td>' in markup


@pytest.mark.parametrize("frame", [None, [1], "text", {"a": 1}, pd.Series([1])])
def test_what_is_no_table_is_refused(frame):
    with pytest.raises(TypeError, match="show_table: frame is a DataFrame, got a"):
        display.show_table(frame)


def test_a_tab_in_a_name_is_drawn_as_a_space():
    ax = theme.axes(width=3, height=2)
    ax.set_title("North\tWest\x07\nNorth")
    theme.literally(ax.get_figure(root=True))
    assert ax.get_title() == "North West \nNorth"
