"""Showing: pictures with alternative text, sentences with computed figures, small tables.

``cs.show(ax, alt)``, ``cs.say(sentence, **values)`` and ``cs.show_table(frame)`` display at once,
as HTML for the reader and as plain text for programs, and give back what was shown. The same input
gives the same bytes. Whatever comes from data is escaped.
"""

from __future__ import annotations

import base64
import html
import io
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cstoolkit import assumptions, reference, theme

NOT_KNOWN = "not known"
"""What stands where a figure is missing."""

SHARPNESS = 1.5
"""Picture pixels a CSS pixel, so that text stays crisp on dense screens and when projected."""

_LABELS = re.compile(
    r"(an?|the)?\s*(image|picture|figure|chart|plot|graph)\s+(of|showing|with|that)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Shown:
    """What was displayed, as plain text and as HTML. As a cell's last value it is not
    displayed a second time.
    """

    text: str
    html: str

    def _ipython_display_(self) -> None:
        """Nothing: it stands there already."""

    def __str__(self) -> str:
        return self.text


S = TypeVar("S", bound=Shown)


def show(ax: Axes | Figure | np.ndarray, alt: str) -> Shown:
    """Display the figure with `alt`, the sentence that tells its finding to those
    who cannot see it.

    `ax` is an Axes, several of one figure, or the Figure. Raises ValueError for an alt text
    that tells no finding.

    >>> ax = theme.axes(width=4, height=2)
    >>> shown = show(ax, "Hours per customer fall by half once onboarding ends.")
    Picture: Hours per customer fall by half once onboarding ends.
    """
    told = finding(alt)
    width = round(figure_of(ax).get_size_inches()[0] * theme.CSS_DPI)
    source = base64.b64encode(png(ax, sharpness=SHARPNESS)).decode("ascii")
    image = (
        f'<img alt="{html.escape(told)}" width="{width}" style="max-width:100%;height:auto" '
        f'src="data:image/png;base64,{source}">'
    )
    return display(Shown(text=f"Picture: {told}", html=image))


def finding(alt: str) -> str:
    """The alt text on one line; ValueError if it is empty, only a label, or names the kind of
    picture rather than a finding.

    >>> finding("Churn halves  after onboarding.")
    'Churn halves after onboarding.'
    """
    told = " ".join(alt.split()) if isinstance(alt, str) else ""
    if len(told.split()) < 4 or _LABELS.match(told):
        raise ValueError(
            "alt text tells the picture's finding in a sentence of at least four words, got "
            f"{alt!r}. "
            'Say what one sees in it, such as "Churn halves after onboarding".'
        )
    return told


def png(ax: Axes | Figure | np.ndarray, *, sharpness: float = 1.0, compression: int = 9) -> bytes:
    """The figure as PNG bytes, without time or version in them: the same picture
    gives the same bytes.

    `sharpness` is picture pixels a CSS pixel; `compression` goes from 1 (fast, for a picture soon
    replaced) to 9 (small).
    """
    buffer = io.BytesIO()
    figure = theme.literally(figure_of(ax))
    canvas = (
        figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    )
    dpi = figure.dpi
    with theme.style():
        figure.dpi = theme.CSS_DPI * sharpness
        try:
            # Not by savefig, which lays out and draws a figure twice.
            canvas.print_png(
                buffer, metadata={"Software": None}, pil_kwargs={"compress_level": compression}
            )
        finally:
            figure.dpi = dpi
    return buffer.getvalue()


def say(sentence: str, /, **values: Any) -> Shown:
    """Display a sentence with computed figures: ``{name:spec}`` takes one from the arguments,
    ``**so**`` makes it strong.

    A missing figure (None, NaN, NaT) is told as "not known". Raises ValueError if the sentence
    names a figure that was not passed, or if one was passed that it does not name.

    >>> sentence = "{who} needs **{people:.1f} people**; last year: {before:.0f}."
    >>> shown = say(sentence, who="Mori & Co", people=12.34, before=None)
    Mori & Co needs 12.3 people; last year: not known.
    >>> shown.html
    '<p>Mori &amp; Co needs <strong>12.3 people</strong>; last year: not known.</p>'
    """
    return display(sentence_of(sentence, **values))


def sentence_of(sentence: str, /, **values: Any) -> Shown:
    """What :func:`say` would display.

    >>> sentence_of("{people:,.0f} people", people=1200).text
    '1,200 people'
    """
    try:
        named = {
            field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None
        }
    except ValueError as error:
        raise ValueError(f"this sentence cannot be read: {error} ({sentence!r}).") from None
    asked = {re.split(r"[.\[]", field)[0] for field in named}
    if "" in asked or any(field.isdigit() for field in asked):
        raise ValueError(
            'figures are passed by name: write say("{people:.0f} people", people=...).'
        )
    for problem, names in (("needs", asked - set(values)), ("never uses", set(values) - asked)):
        if names:
            raise ValueError(f"the sentence {problem} {', '.join(sorted(names))}: {sentence!r}.")
    return Shown(
        text=_Text().format(sentence, **values), html=f"<p>{_Html().format(sentence, **values)}</p>"
    )


def fill(text: str, values: Mapping[str, Any]) -> str:
    """The text with the figures that it names, a missing one as "not known".

    >>> fill("{people:,.0f} people, {hours:.1f} hours", {"people": 1200, "hours": None, "more": 1})
    '1,200 people, not known hours'
    """
    return _Text().vformat(text, (), values)


def difference(one: float, other: float, spec: str = ".1f") -> float:
    """How far apart two figures are as they stand there in that format, so that a reader
    who subtracts agrees.

    >>> difference(17.46, 11.35), difference(0.256, 0.104, ".0%"), difference(1234.6, 1.4, ",.0f")
    (6.2, 0.16, 1234.0)
    """
    decimals = re.search(r"\.(\d+)", spec)
    places = (int(decimals[1]) if decimals else 0) + (2 if spec.endswith("%") else 0)
    return round(round(float(one), places) - round(float(other), places), places)


def show_table(
    frame: pd.DataFrame,
    *,
    caption: str = "",
    formats: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    rows: int = 10,
    columns: int = 6,
    missing: str = NOT_KNOWN,
) -> Shown:
    """Display a small table: the first `rows` rows and `columns` columns, and a sentence
    about those left out.

    `formats` gives a format spec a column (``{"arr": ",.0f"}``; a column not named is formatted by
    its kind and size), `names` a heading a column (default: the name with spaces; put units here).
    The index is shown where it has a name, else left out.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"show_table: frame is a DataFrame, got a {type(frame).__name__}.")
    laid = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    unknown = [name for name in {**(formats or {}), **(names or {})} if name not in laid.columns]
    if unknown:
        raise KeyError(
            f"no column {', '.join(map(repr, unknown))}; there are: "
            f"{', '.join(map(str, laid.columns))}."
        )
    part = laid.iloc[:rows, :columns]
    cells = [_column(part[name], (formats or {}).get(name), missing) for name in part.columns]
    headings = [(names or {}).get(name, str(name).replace("_", " ")) for name in part.columns]
    right = [
        pd.api.types.is_numeric_dtype(part[name]) and part[name].dtype != bool
        for name in part.columns
    ]
    left_out = []
    if len(laid) > rows:
        left_out.append(f"The first {rows} of {len(laid):,} rows.")
    if len(laid.columns) > columns:
        left_out.append(f"Columns not shown: {', '.join(map(str, laid.columns[columns:]))}.")
    return display(
        Shown(
            text=_plain(headings, cells, right, caption, left_out),
            html=_markup(headings, cells, right, caption, left_out),
        )
    )


def show_assumptions(*records: Any, caption: str = "") -> Shown:
    """Display what is assumed: each figure with its range, unit and source, a share in percent.

    >>> from cstoolkit.staffing import Capacity
    >>> shown = show_assumptions(Capacity())
    assumption   value  low  high  unit           source
    hours        160    140  175   hours a month  ours
    utilisation  65%    60%  70%   share          CSin15
    new share    0%     0%   30%   share          ours
    ramp months  3      1    6     months         ours
    """
    laid = assumptions.table(*records)
    laid["source"] = laid["source"].map(reference.cited)
    for name in ("value", "low", "high"):
        laid[name] = [
            f"{value:.3g}%"
            if unit.startswith("share")
            else f"{value:,.4g}"
            if abs(value) < 1000
            else f"{value:,.0f}"
            for value, unit in zip(
                laid[name] * np.where(laid["unit"].str.startswith("share"), 100, 1), laid["unit"]
            )
        ]
    laid["assumption"] = laid["assumption"].str.replace("_", " ")
    return show_table(
        laid[["assumption", "value", "low", "high", "unit", "source"]],
        caption=caption,
        rows=len(laid),
    )


def cell(value: Any, spec: str | None = None, missing: str = NOT_KNOWN) -> str:
    """One value as people read it.

    >>> cell(0.256, ".0%"), cell(None), cell(True), cell(pd.Timestamp("2024-03-01"))
    ('26%', 'not known', 'yes', '2024-03-01')
    """
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return missing
    if isinstance(value, (bool, np.bool_)) and not spec:
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp) and not spec:
        return f"{value:%Y-%m-%d}"
    text = format(value, spec or "")
    # Rounding may leave the sign of a number that is shown as zero.
    return text[1:] if re.fullmatch(r"-0(\.0*)?%?", text) else text


class _Text(string.Formatter):
    """Formatting for readers: missing figures in words, strong marks dropped."""

    def parse(self, format_string: str):
        for literal, *field in super().parse(format_string):
            yield literal.replace("**", ""), *field

    def format_field(self, value: Any, format_spec: str) -> str:
        return cell(value, format_spec)


class _Html(string.Formatter):
    """The same as HTML: everything escaped but the strong marks of the sentence itself."""

    def parse(self, format_string: str):
        strong = False
        for literal, *field in super().parse(format_string):
            first, *rest = html.escape(literal).split("**")
            for piece in rest:
                strong = not strong
                first += ("<strong>" if strong else "</strong>") + piece
            yield first, *field

    def format_field(self, value: Any, format_spec: str) -> str:
        return html.escape(cell(value, format_spec))


def _column(values: pd.Series, spec: str | None, missing: str) -> list[str]:
    if spec is None and pd.api.types.is_numeric_dtype(values) and values.dtype != bool:
        spec = _spec(values.dropna().to_numpy(dtype=float))
    return [cell(value, spec, missing) for value in values]


def _spec(numbers: np.ndarray) -> str:
    """Decimals by the column's size: none for whole or large numbers, two for small ones."""
    largest = np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0)
    if largest >= 100 or np.array_equal(numbers, np.round(numbers)):
        return ",.0f"
    return ",.1f" if largest >= 10 else ",.2f"


def _plain(
    headings: list[str],
    cells: list[list[str]],
    right: list[bool],
    caption: str,
    left_out: list[str],
) -> str:
    stacks = [[heading, *column] for heading, column in zip(headings, cells, strict=True)]
    widths = [max(map(len, stack)) for stack in stacks]
    lines = [
        "  ".join(
            text.rjust(width) if numeric else text.ljust(width)
            for text, width, numeric in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in zip(*stacks, strict=True)
    ]
    return "\n".join([*([caption] if caption else []), *lines, *left_out])


def _markup(
    headings: list[str],
    cells: list[list[str]],
    right: list[bool],
    caption: str,
    left_out: list[str],
) -> str:
    sides = ["right" if numeric else "left" for numeric in right]
    head = "".join(
        f'<th scope="col" style="text-align:{side}">{html.escape(heading)}</th>'
        for heading, side in zip(headings, sides, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:{side}{_whole(text)}">{html.escape(text)}</td>'
            for text, side in zip(line, sides, strict=True)
        )
        + "</tr>"
        for line in zip(*cells, strict=True)
    )
    title = f'<caption style="text-align:left">{html.escape(caption)}</caption>' if caption else ""
    note = f"<p>{html.escape(' '.join(left_out))}</p>" if left_out else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"


def _whole(text: str) -> str:
    """A day stays on one line; a browser would break it at its hyphens."""
    return ";white-space:nowrap" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else ""


def figure_of(ax: Axes | Figure | np.ndarray) -> Figure:
    """The figure that an Axes, an array of them or a Figure belongs to; TypeError
    for anything else.
    """
    first = ax.flat[0] if isinstance(ax, np.ndarray) else ax
    if isinstance(first, Figure):
        return first
    if isinstance(first, Axes):
        return first.get_figure(root=True)
    raise TypeError(f"a picture is an Axes, an array of them or a Figure, got {type(ax).__name__}.")


def display(shown: S) -> S:
    """Display in a notebook or an IPython shell, else print the text. Returns what was shown."""
    from IPython import get_ipython

    if get_ipython() is None:
        print(shown.text)
    else:
        publish({"text/plain": shown.text, "text/html": without_math(shown.html)})
    return shown


def publish(data: dict[str, Any]) -> None:
    """Send a bundle of outputs by their kinds to the notebook."""
    from IPython.display import publish_display_data

    publish_display_data(data)


def without_math(markup: str) -> str:
    """The same, marked for JupyterLab not to set what stands between two dollar signs as a formula.

    >>> without_math("<p>$20 a user, and $400 a month</p>")
    '<div class="mathjax_ignore"><p>$20 a user, and $400 a month</p></div>'
    """
    if "$" in markup or "\\" in markup:
        return f'<div class="mathjax_ignore">{markup}</div>'
    return markup
