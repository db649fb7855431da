"""Where the axes of a panel's pictures stand, remembered: laying out takes a third of the time of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Places:
    """The places that the layout engine found, for pictures whose words take the same room."""

    def __init__(self) -> None:
        self._known: dict[tuple, list[Any]] = {}

    def settle(self, figure: Figure, render: Any) -> bytes:
        """What `render` makes of the figure, laid out as before if a picture with words of these lengths was."""
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
    """The lengths of all words beside and inside the axes: those that take the same room give the same layout."""
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
