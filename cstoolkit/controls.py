"""What every panel is: three to six controls, one function, one picture, one sentence.

The picture is an ``Image`` widget of PNG bytes and the sentence an ``HTML`` widget. The browser
sends a control's next value only once the last one was answered, so that a fast drag skips values
rather than queueing pictures.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from cstoolkit import assumptions, display, theme

try:
    import ipywidgets as widgets
    import traitlets
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f'panels need {error.name}, which the kit\'s extra "lab" brings: '
        "pip install 'cstoolkit[lab]' (in a copy of the kit: pip install --editable '.[lab]')."
    ) from None

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW, MANY = 3, 6
"""How many controls a panel has: with fewer there is little to play with, with more nobody
sees what did it."""

STEPS = 40
"""About how many steps a slider has from end to end."""


LETTER = 0.56
"""Width of a letter of a label in em, about."""

NAME_SLIDERS = """
const output = element.closest(".jp-OutputArea") || document.body;
const name = () => output.querySelectorAll(".widget-slider").forEach((slider) => {
  const label = slider.querySelector(".widget-label"), handle = slider.querySelector("[role=slider]");
  if (label && handle) handle.setAttribute("aria-label", label.textContent);
});
new MutationObserver(name).observe(output, {childList: true, subtree: true});
name();
"""
"""For the browser: a slider's handle takes its label as its name, which ipywidgets
leaves without (8.1)."""


class Picture(widgets.Image):
    """An image with a name. The widget has no alternative text; its ``tooltip`` becomes the title,
    which names an image without one.

    The browser's part asks every widget with a tooltip for its description and fails where there is
    none (ipywidgets 8.1).
    """

    description = traitlets.Unicode("").tag(sync=True)


class Panel:
    """Controls bound to one function.

    `draw` takes the controls' values by name and returns ``(Axes, sentence)``; the sentence (text,
    or what ``display.sentence_of`` gives) states the finding, stands above the picture and is its
    name for those who cannot see it. `controls` are widgets by the names of `draw`'s arguments,
    each with a description. What `draw` raises stands in the panel in place of the sentence, and in
    :attr:`error`. Raises ValueError for too few or too many controls, or one without a description.

    >>> from cstoolkit import theme
    >>> def draw(hours, share, people):
    ...     ax = theme.axes(width=4, height=2)
    ...     ax.barh(["given", "worked"], [hours * share * people, hours * people])
    ...     return ax, f"{hours * share * people:,.0f} hours reach customers."
    >>> panel = Panel(draw, {
    ...     "hours": slider("hours a month", 160, 140, 175),
    ...     "share": slider("customer-facing share", 0.65, 0.5, 0.8, unit="share"),
    ...     "people": slider("people", 4, 1, 12),
    ... })
    >>> panel.sentence
    '416 hours reach customers.'
    >>> panel.set(share=0.75, people=5)
    '600 hours reach customers.'
    >>> panel.picture[1:4]
    b'PNG'
    """

    def __init__(
        self,
        draw: Callable[..., tuple[Axes, str | display.Shown]],
        controls: Mapping[str, widgets.Widget],
    ) -> None:
        if not FEW <= len(controls) <= MANY:
            raise ValueError(
                f"a panel has {FEW} to {MANY} controls, got {len(controls)}: {', '.join(controls)}."
            )
        unnamed = [
            name for name, control in controls.items() if not getattr(control, "description", "")
        ]
        if unnamed:
            raise ValueError(
                "each control says in its description what it sets; these do not: "
                f"{', '.join(unnamed)}."
            )
        self._draw, self.controls, self._places = draw, dict(controls), Places()
        self._start = self.values
        self._image = Picture(
            format="png", layout=widgets.Layout(max_width="100%", object_fit="contain")
        )
        self._told = widgets.HTML()
        self._back = widgets.Button(
            description="Back to the start", tooltip="Set every control to its first value"
        )
        self._back.on_click(lambda _: self.set(**self._start))
        self._held = False
        self.sentence, self.error = "", None
        label, needed = _widths(self.controls.values())
        for control in self.controls.values():
            control.style.description_width = f"{label:.0f}em"
        columns = f"repeat(auto-fit, minmax(min(100%, {needed:.0f}em), 1fr))"
        self.widget = widgets.VBox(
            [
                widgets.GridBox(
                    [*self.controls.values(), self._back],
                    layout=widgets.Layout(grid_template_columns=columns, grid_gap="0 1em"),
                ),
                self._told,
                self._image,
            ]
        )
        for control in self.controls.values():
            control.observe(self._render, names="value")
        self._render()

    @property
    def values(self) -> dict[str, Any]:
        """What the controls are set to, by name."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def picture(self) -> bytes:
        """The picture shown, as PNG; empty while an error is shown."""
        return bytes(self._image.value)

    def set(self, **values: Any) -> str:
        """Set controls as a hand would, all before one redraw; returns the sentence.

        Raises KeyError for a control that is not there and ValueError for a value that it cannot
        take; then nothing has changed.
        """
        unknown = [name for name in values if name not in self.controls]
        if unknown:
            raise KeyError(
                f"no control {', '.join(unknown)}; there are: {', '.join(self.controls)}."
            )
        before = self.values
        self._held = True
        try:
            for name, value in values.items():
                _put(name, self.controls[name], value)
        except ValueError:
            for name in values:
                self.controls[name].value = before[name]
            raise
        finally:
            self._held = False
        self._render()
        return self.sentence

    def _render(self, _: Any = None) -> None:
        if self._held:
            return
        try:
            ax, sentence = self._draw(**self.values)
            told = (
                sentence
                if isinstance(sentence, display.Shown)
                else display.Shown(text=sentence, html=html.escape(sentence))
            )
            figure = ax.get_figure(root=True)
            width = str(round(figure.get_size_inches()[0] * theme.CSS_DPI))
            picture = self._places.settle(figure, partial(display.png, compression=1))
            self.error = None
        except Exception as error:  # noqa: BLE001 - in a widget's callback it would be lost
            self.error = error
            kind = (
                "" if isinstance(error, (ValueError, LookupError)) else f"{type(error).__name__}: "
            )
            text = (
                "Nothing to draw with these settings. "
                f"{kind}{error.args[0] if error.args else error}"
            )
            told, picture, width = display.Shown(text=text, html=html.escape(text)), b"", "0"
        self.sentence = told.text
        with self._image.hold_sync():
            self._image.value = picture
            self._image.width = width
            self._image.tooltip = told.text
        self._image.layout.display = (
            "" if picture else "none"
        )  # a browser shows no picture as a broken one
        self._told.value = (
            f'<div role="status" aria-live="polite" aria-atomic="true">{told.html}</div>'
        )

    def _ipython_display_(self) -> None:
        """The widget, and what names its sliders for those who cannot see them."""
        display.publish(self._repr_mimebundle_())
        display.publish({"application/javascript": NAME_SLIDERS})

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The widget where there is a kernel, the sentence as text elsewhere."""
        return {**self.widget._repr_mimebundle_(**kwargs), "text/plain": f"Panel: {self.sentence}"}


def slider_for(
    record: Any, name: str, *, says: str = "", unit: str = "", step: float | None = None
) -> widgets.Widget:
    """A slider for one assumption of a record: its value, range, unit and what it says come from
    the record's field.

    `says` replaces the field's name as the label, `unit` its unit (such as money a currency).

    >>> from cstoolkit.staffing import Capacity
    >>> hours = slider_for(Capacity(), "hours")
    >>> hours.description, hours.value, hours.min, hours.max, hours.step
    ('hours a month', 160.0, 140.0, 175.0, 1.0)
    """
    fields = {field.name: field for field in assumptions.fields(record)}
    if name not in fields:
        raise KeyError(
            f"{type(record).__name__} has no assumption {name!r}; there are: {', '.join(fields)}."
        )
    about = fields[name].metadata
    value = getattr(record, name)
    low, high = min(about["low"], value), max(about["high"], value)
    return slider(
        says or name.replace("_", " "),
        value,
        low,
        high,
        unit=unit or about["unit"],
        step=step,
        tooltip=about["says"],
    )


def slider(
    label: str,
    value: float,
    low: float,
    high: float,
    *,
    unit: str = "",
    step: float | None = None,
    tooltip: str = "",
) -> widgets.Widget:
    """A slider with a label, from `low` to `high`. A share is shown in percent; whole
    numbers stay whole.

    >>> slider("utilisation", 0.65, 0.6, 0.7, unit="share").readout_format
    '.1%'
    """
    whole = all(isinstance(each, int) for each in (value, low, high, 1 if step is None else step))
    step = step or _step(low, high, whole)
    share = unit == "share"
    decimals = max(0, -math.floor(math.log10(step * (100 if share else 1)) + 1e-9))
    kind = widgets.IntSlider if whole else widgets.FloatSlider
    named = (
        label
        if share or not unit or unit in label
        else unit
        if unit.startswith(label)
        else f"{label} ({unit})"
    )
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        description=named,
        tooltip=tooltip or label,
        readout_format=f".{decimals}%" if share else f",.{decimals}f",
        layout=widgets.Layout(width="auto"),
    )


def choice(label: str, options: Mapping[str, Any] | list, value: Any = None) -> widgets.Dropdown:
    """A drop-down with a label; `options` are values, or text to value.

    >>> choice("segment by", ["tier", "industry"]).value
    'tier'
    """
    first = next(iter(options.values() if isinstance(options, Mapping) else options))
    return widgets.Dropdown(
        options=options,
        value=first if value is None else value,
        description=label,
        layout=widgets.Layout(width="auto"),
    )


def _widths(controls: Iterable[widgets.Widget]) -> tuple[float, float]:
    """The room for the longest label, and for a label with the longest option of a
    drop-down, in em.
    """
    controls = list(controls)
    label = 2 + LETTER * max(len(control.description) for control in controls)
    options = [
        str(option)
        for control in controls
        if isinstance(control, widgets.Dropdown)
        for option in control._options_labels
    ]
    return label, label + max(14, 4 + LETTER * max(map(len, options), default=0))


class Places:
    """Where the axes of a panel's pictures stand, remembered for pictures whose words
    take the same room.

    Laying out takes a third of the time of a picture.
    """

    def __init__(self) -> None:
        self._known: dict[tuple, list[Any]] = {}

    def settle(self, figure: Figure, render: Callable[[Figure], bytes]) -> bytes:
        """What `render` makes of the figure, laid out as before if a picture with words
        of these lengths was.
        """
        if figure.get_layout_engine() is None:
            return render(figure)
        key = _room(figure)
        if key in self._known:
            figure.set_layout_engine("none")
            for ax, place in zip(figure.axes, self._known[key], strict=True):
                ax.set_position(place)
            return render(figure)
        rendered = render(figure)
        self._known[key] = [ax.get_position() for ax in figure.axes]
        return rendered


def _room(figure: Figure) -> tuple:
    """The lengths of all words beside and inside the axes: those that take the same room
    give the same layout.
    """
    each = [
        (
            *(len(ax.get_title(loc=side)) for side in ("left", "center", "right")),
            *(len(axis.label.get_text()) for axis in (ax.xaxis, ax.yaxis)),
            *(tuple(_lengths(axis.get_majorticklabels())) for axis in (ax.xaxis, ax.yaxis)),
            tuple(_lengths(ax.texts)),
            ax.get_legend() is not None and tuple(_lengths(ax.get_legend().get_texts())),
        )
        for ax in figure.axes
    ]
    return (*figure.get_size_inches(), tuple(_lengths(figure.texts)), *each)


def _lengths(texts: Any) -> list[int]:
    """A line's length is what takes room: the longest line of each text."""
    return [max(map(len, text.get_text().split("\n"))) for text in texts]


def _step(low: float, high: float, whole: bool) -> float:
    """A step of 1, 2 or 5 times a power of ten: about STEPS of them from `low` to `high`."""
    rough = (high - low) / STEPS
    if rough <= 0:
        return 1 if whole else 0.1
    power = 10.0 ** math.floor(math.log10(rough))
    step = min(
        (1 * power, 2 * power, 5 * power, 10 * power), key=lambda each: abs(math.log(each / rough))
    )
    return max(1, round(step)) if whole else step


def _put(name: str, control: widgets.Widget, value: Any) -> None:
    """Set one control; a value outside its range, which widgets move to its end, is refused."""
    try:
        control.value = value
    except Exception as error:  # noqa: BLE001 - each widget refuses in its own way
        raise ValueError(f"the control {name} cannot be set to {value!r}: {error}") from None
    if control.value != value:
        taken = (
            f" It goes from {control.min:g} to {control.max:g}." if hasattr(control, "min") else ""
        )
        raise ValueError(f"the control {name} cannot be set to {value!r}.{taken}")
