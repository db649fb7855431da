"""Play with the organisation: a year of its futures beside those of today's, and the game."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import numpy as np

from cstoolkit import display, theme
from cstoolkit.controls import NAME_SLIDERS, Panel, Picture, choice, slider
from cstoolkit.data.company import Company
from cstoolkit.simulator import plots as pictures
from cstoolkit.simulator import words
from cstoolkit.simulator.engine import simulate
from cstoolkit.simulator.game import (
    DESIGNS,
    ONBOARDING,
    SCENARIOS,
    TOUCH,
    Move,
    debrief,
    new_game,
    resume,
)
from cstoolkit.simulator.outcomes import compare
from cstoolkit.simulator.placement import contenders
from cstoolkit.simulator.settings import Assumptions, Staffing
from cstoolkit.simulator.world import start

WEEKS, FUTURES, SEED = 52, 8, 11


def panel(company: Company) -> Panel:
    """One year in the same eight futures: the design, people, tools and notes against today's.

    Raises MissingData where nobody is known to look after customers.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> shown = panel(cs.load_company().at("2022-12-31"))
    >>> sorted(shown.controls)
    ['automation', 'design', 'hires', 'kept', 'notes']
    """
    designs = contenders(company)
    world = start(company, weeks=WEEKS)
    options = {"weeks": WEEKS, "replications": FUTURES, "seed": SEED}
    before = simulate(world, designs["today"], **options)
    held = Assumptions()
    usual = round(world.hired)

    def draw(design: str, hires: float, automation: float, notes: float, kept: float) -> tuple:
        staff = Staffing(hires_a_year=hires, automation=automation)
        share = {"notes_share_ops": notes, "notes_share": notes, "kept_with_notes": kept}
        run = simulate(world, designs[design], staff, replace(held, **share), **options)
        ax = theme.axes(height=3.6)
        gap = compare({"today": before, design + " so": run}, "nrr").iloc[1]
        work, left = run.measure("utilisation").mean(), run.measure("leavers").mean()
        said = (
            f"NRR {gap['mean']:.1%}: {100 * gap['difference']:+.1f} points against today's, ahead "
            f"in {gap['won']:.0%} of {FUTURES} futures. Hours in use {work:.0%}, people who leave "
            f"{left:.0%} a year, handoffs {run.measure('handoffs').mean():.1f} a customer."
        )
        return pictures.fan(run, "arr", ax), said

    notes = float(np.round(held.notes_share_ops if world.ops else held.notes_share, 2))
    return Panel(
        draw,
        {
            "design": choice("organised", list(designs)),
            "hires": slider("people hired a year", usual, 0, max(2 * usual, 6)),
            "automation": slider("low, tech touch by tools", 0.0, 0.0, 0.6, unit="share", step=0.1),
            "notes": slider("handoffs with notes", notes, 0.0, 1.0, unit="share", step=0.05),
            "kept": slider(
                "knowledge notes keep", held.kept_with_notes, 0.0, 1.0, unit="share", step=0.05
            ),
        },
    )


class GamePanel:
    """The game: decide, predict, play a quarter, read what came; a game is saved as text.

    All controls are reached by the tab key and changed by the arrow keys; the sentence is announced.

    Parameters
    ----------
    company : Company
    seed : int
        The future that is played.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> game = GamePanel(cs.load_company())
    >>> game.controls["hire"].value = 1
    >>> game.play()[:16]
    'Quarter 1 of 12:'
    """

    def __init__(self, company: Company, *, seed: int = 1) -> None:
        self.company, self.seed = company, seed
        self.controls = {
            "scenario": choice("scenario (begins a new game)", list(SCENARIOS.index)),
            "design": choice("organised", list(DESIGNS)),
            "hire": slider("people to ask for", 0, 0, 6),
            "touch": choice("touch", list(TOUCH), "as now"),
            "automation": slider("done by tools", 0.0, 0.0, 0.6, unit="share", step=0.1),
            "onboarding": choice("onboarding", list(ONBOARDING), "free"),
            "predicted": slider("my prediction: ARR", 0.05, -0.1, 0.4, unit="share", step=0.01),
        }
        for control in self.controls.values():
            control.style.description_width = "13em"
        self._image, self._told = Picture(format="png"), widgets.HTML()
        self._image.layout.max_width = "100%"
        self._saved = widgets.Textarea(description="saved game", rows=2)
        self._saved.layout.width = "auto"
        self.buttons = {
            "play": widgets.Button(description="Play the quarter", button_style="primary"),
            "resume": widgets.Button(description="Resume the saved game"),
        }
        self.buttons["play"].on_click(lambda _: self.play())
        self.buttons["resume"].on_click(lambda _: self.resume(self._saved.value))
        self.controls["scenario"].observe(lambda _: self.begin(), names="value")
        grid = widgets.Layout(
            grid_template_columns="repeat(auto-fit, minmax(min(100%, 24em), 1fr))",
            grid_gap="0 1em",
        )
        self.widget = widgets.VBox(
            [
                widgets.GridBox([*self.controls.values(), self.buttons["play"]], layout=grid),
                self._told,
                self._image,
                widgets.GridBox([self._saved, self.buttons["resume"]], layout=grid),
            ]
        )
        self.begin()

    @property
    def saved(self) -> str:
        """The game as text, which :meth:`resume` takes."""
        return self._saved.value

    def begin(self) -> str:
        """A new game of the scenario chosen; returns the sentence."""
        self.game = new_game(self.company, self.controls["scenario"].value, seed=self.seed)
        return self._show()

    def play(self) -> str:
        """Play a quarter with what the controls say; returns the sentence."""
        values = {name: each.value for name, each in self.controls.items() if name != "scenario"}
        try:
            self.game.play(Move(**values))
        except ValueError as error:
            return self._say(str(error))
        return self._show()

    def resume(self, saved: str) -> str:
        """Go on with a saved game; returns the sentence."""
        try:
            self.game = resume(self.company, saved)
        except (ValueError, KeyError, TypeError) as error:
            return self._say(f"This is no saved game: {error}")
        return self._show()

    def _show(self) -> str:
        axes = pictures.game(self.game)
        said = words.quarter(self.game)
        table = ""
        if self.game.over:
            ways = debrief(self.game)
            said += " " + words.debriefing(self.game, ways)
            names = ["way", "ARR at the end", "customers lost", "people who left", "cost in all"]
            shown = ways[["way", "arr", "lost", "left", "cost"]].set_axis(names, axis=1)
            table = shown.to_html(index=False, float_format="{:,.0f}".format, border=0)
        self.buttons["play"].disabled = self.game.over
        self._image.value = display.png(axes, compression=1)
        self._image.tooltip = said
        self._saved.value = self.game.save()
        return self._say(said, table)

    def _say(self, said: str, table: str = "") -> str:
        self.sentence = said
        text = f'<div role="status" aria-live="polite" aria-atomic="true">{html.escape(said)}</div>'
        self._told.value = text + table
        return said

    def _ipython_display_(self) -> None:
        """The widget, and what names its sliders for those who cannot see them."""
        display.publish(self._repr_mimebundle_())
        display.publish({"application/javascript": NAME_SLIDERS})

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The widget where there is a kernel, the sentence as text elsewhere."""
        return {**self.widget._repr_mimebundle_(**kwargs), "text/plain": f"Game: {self.sentence}"}


def game(company: Company, *, seed: int = 1) -> GamePanel:
    """The game, see :class:`GamePanel`."""
    return GamePanel(company, seed=seed)
