"""Play with the organisation, and see a year of its futures beside those of today's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cstoolkit import theme
from cstoolkit.controls import Panel, choice, slider
from cstoolkit.data.company import Company
from cstoolkit.simulator import plots as pictures
from cstoolkit.simulator.engine import simulate
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
