"""The look: colours that stay apart, text large enough, glyphs for Japanese, and no trace outside the picture."""

import itertools
import subprocess
import sys
from contextlib import nullcontext

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import colors
from matplotlib.text import Text

from cstoolkit import display, export, theme

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(color, sight):
    """CIE L*a*b* of a colour as seen with that sight (white point D65)."""
    rgb = np.array(colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(SIGHT[sight]) @ linear, 0, 1)
    x, y, z = (TO_XYZ @ seen) / (TO_XYZ @ np.ones(3))
    f = [np.cbrt(v) if v > (6 / 29) ** 3 else v / (3 * (6 / 29) ** 2) + 4 / 29 for v in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one, other, sight):
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


def test_the_measure_sees_what_colour_blind_people_do_not():
    assert apart("#C00000", "#5A7D00", "full") > 60
    assert apart("#C00000", "#5A7D00", "deuteranopia") < 25


GROUPS = {
    "roles": [theme.MAIN, theme.CONTRAST, theme.ACCENT, theme.MUTED],
    "tiers": theme.TIERS.values(),
    "phases": theme.PHASES.values(),
    "categories": theme.CATEGORIES,
    "good and bad": [theme.GOOD, theme.BAD],
}


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("group", GROUPS)
def test_colours_of_one_group_stay_apart_for_everyone(group, sight):
    for one, other in itertools.combinations(GROUPS[group], 2):
        assert apart(one, other, sight) > 17, (one, other)


def test_text_colours_can_be_read():
    assert theme.contrast(theme.INK) > 7
    assert theme.contrast(theme.MUTED) >= 4.5
    for color in (*theme.CATEGORIES, "yellow", "white"):
        assert theme.contrast(theme.ink(color)) >= 4.5
    assert theme.ink(theme.MAIN) == theme.MAIN.lower(), "a colour dark enough stays as it is"


def test_contrast_agrees_with_the_published_example():
    # WCAG's own example pair: #777 on white is 4.48, just short of the 4.5 asked for.
    assert theme.contrast("#777777") == pytest.approx(4.48, abs=0.01)
    assert theme.contrast("#777777", "white") == theme.contrast("white", "#777777")


def lines(ax, ends):
    for name, end in ends.items():
        ax.plot([0, 1], [0, end], label=name)
    return ax


def texts(figure):
    return [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


def picture():
    ax = lines(theme.axes(width=6, height=3.5), {"high touch": 10, "low touch": 9.9, "_hidden": 5})
    theme.finish(
        ax,
        "High and low touch end level: 解約率 (churn) halves in a year",
        "months since signing",
        "customers",
    )
    return theme.label_ends(ax)


def test_every_text_is_at_least_eleven_points():
    ax = picture()
    display.png(ax)
    sizes = {text.get_text(): text.get_fontsize() for text in texts(ax.figure)}
    assert len(sizes) > 8
    assert min(sizes.values()) >= 11, sizes


def test_the_title_is_the_finding_left_and_wrapped_inside_the_figure():
    ax = picture()
    display.png(ax)
    assert (
        ax.get_title(loc="left").replace("\n", " ")
        == "High and low touch end level: 解約率 (churn) halves in a year"
    )
    box = ax._left_title.get_window_extent()
    assert box.x0 >= 0 and box.x1 <= ax.figure.bbox.width


def test_a_title_in_one_of_several_columns_stays_in_its_column():
    pair = theme.axes(1, 2, width=8, height=3)
    for ax in pair:
        theme.finish(ax, "A finding of eight words that needs wrapping here")
    display.png(pair)
    assert pair[0]._left_title.get_window_extent().x1 < pair[1]._left_title.get_window_extent().x0


def test_end_labels_are_those_of_the_labelled_lines_and_do_not_overlap():
    ax = picture()
    display.png(ax)
    labels = list(ax.texts)
    assert [text.get_text() for text in labels] == ["high touch", "low touch"]
    boxes = sorted((text.get_window_extent() for text in labels), key=lambda box: box.y0)
    assert boxes[0].y1 <= boxes[1].y0 + 1
    assert all(box.x1 <= ax.figure.bbox.width for box in boxes), "labels stay inside the figure"


def test_end_labels_pass_over_lines_that_end_in_gaps_and_take_new_names():
    ax = theme.axes()
    ax.plot([0, 1, 2], [1, 4, np.nan], label="a")
    ax.plot([], [], label="empty")
    theme.label_ends(ax, names={"a": "ahead"})
    assert [(text.get_text(), text.xy) for text in ax.texts] == [("ahead", (1.0, 4.0))]
    bare = theme.axes()
    assert theme.label_ends(bare) is bare and not bare.texts


@given(st.lists(st.floats(0, 300), min_size=1, max_size=12), st.floats(0.5, 40))
def test_spread_keeps_order_and_gap_and_moves_nothing_without_need(places, gap):
    places = np.array(places)
    moved = theme._spread(places, gap)
    order = np.argsort(places, kind="stable")
    assert np.diff(moved[order]).min(initial=gap) >= gap - 1e-6
    if np.diff(places[order]).min(initial=gap) >= gap:
        assert moved == pytest.approx(places)
    assert moved.mean() == pytest.approx(places.mean(), abs=1e-6), (
        "pushed apart around where they were"
    )


def test_bar_labels_and_axis_numbers():
    ax = theme.axes()
    ax.bar(["a", "b"], [1234.4, -0.2])
    theme.label_bars(ax, unit=" h")
    assert [text.get_text() for text in ax.texts] == ["1,234 h", "0 h"]
    told = {}
    for name, setter in {
        "thousands": theme.thousands,
        "millions": theme.millions,
        "percent": theme.percent,
    }.items():
        setter(ax.yaxis)
        told[name] = ax.yaxis.get_major_formatter()(0.5 if name == "percent" else 1_250_000, 0)
    assert told == {"thousands": "1,250,000", "millions": "1.25M", "percent": "50%"}
    assert theme.number(0.5, "+.1f") == "+0.5"


@pytest.mark.parametrize(
    "text", ["解約率・継続率", "カスタマーサクセス", "顧客の声（ＶＯＣ）", "€ £ ¥ – “x”"]
)
@pytest.mark.filterwarnings("error")
def test_no_glyph_is_missing(text, caplog):
    ax = theme.axes(width=3, height=2)
    theme.finish(ax, text, x=text)
    display.png(ax)
    assert not caplog.records


def test_nothing_of_the_look_stays_behind():
    before = matplotlib.rcParams.copy()
    picture()

    @theme.style()
    def breaks():
        raise RuntimeError(matplotlib.rcParams["axes.titlelocation"])

    with pytest.raises(RuntimeError, match="left"):
        breaks()
    assert matplotlib.rcParams.copy() == before


def test_importing_and_drawing_touch_neither_settings_nor_pyplot():
    code = """
import sys, matplotlib
before = matplotlib.rcParams.copy()
from cstoolkit import theme
from cstoolkit import display
assert matplotlib.rcParams.copy() == before
ax = theme.axes(); ax.plot([1, 2]); display.png(ax)
assert matplotlib.rcParams.copy() == before
assert "matplotlib.pyplot" not in sys.modules, "pyplot came in"
assert "matplotlib_fontja" not in sys.modules, "its import changes the font of every figure"
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("name", ["a$b_$c", r"$\frac{a_^$", "20 $ and 400 $", "a_b^c", "100 %"])
def test_text_from_data_is_drawn_as_it_stands(name, tmp_path):
    """In a title, on an axis, beside a point and in a legend, written inside the style or outside of it."""

    def draw(word, place=theme.style):
        with place():
            ax = theme.axes(width=4, height=3)
            ax.bar([word, "b"], [1, 2], label=word)
            ax.annotate(word, (0, 1))
            ax.legend()
            theme.note(ax, word, (1, 1))
            ax.figure.suptitle(word)
            return theme.finish(ax, word, x=word, y=word)

    for place in (theme.style, nullcontext):
        ax = draw(name, place)
        display.png(ax)
        assert all(not text.get_parse_math() for text in ax.figure.findobj(Text))
        written = export.to_picture(ax, tmp_path / f"{place.__name__}.svg").read_text("utf-8")
        assert written.count(f"<!-- {name} -->") == 8


def test_a_cut_name_is_never_wider_than_asked():
    for name in ("", "a", "株", "x" * 40, "日本語の長い名前" * 3, "ab株" * 12):
        wide = sum(2 if ord(letter) > 0x2E80 else 1 for letter in theme.cut(name, 12))
        assert wide <= 12 and name.startswith(theme.cut(name, 12).rstrip("…"))


def test_whole_numbers_are_never_shown_twice():
    ax = theme.axes(width=8, height=2)
    ax.set_xlim(0, 2.3)
    theme.thousands(ax.xaxis)
    shown = [ax.xaxis.get_major_formatter()(tick) for tick in ax.get_xticks()]
    assert len(set(shown)) == len(shown)
