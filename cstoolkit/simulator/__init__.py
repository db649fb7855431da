"""Which design does better in the same futures, and which assumption decides it?  Notebook 11.

An executable model: organisation design, staffing and touch model meet the same random futures.
Sources: S0 to S4 (docs/sources.md).
"""

from cstoolkit._lazy import lazy
from cstoolkit.simulator.backtesting import backtest
from cstoolkit.simulator.engine import simulate
from cstoolkit.simulator.flows import expected_wait, queue, workforce
from cstoolkit.simulator.game import Move, debrief, new_game, resume
from cstoolkit.simulator.outcomes import MEASURES, Outcomes, compare, precision
from cstoolkit.simulator.placement import Placement, contenders, place
from cstoolkit.simulator.reporting import report, script
from cstoolkit.simulator.sensitivity import Difference, flip, screen, sentence, shares
from cstoolkit.simulator.settings import WITHOUT_DESIGN, Assumptions, Staffing
from cstoolkit.simulator.words import by_averages, frontier
from cstoolkit.simulator.world import World, start

__all__ = [
    "MEASURES",
    "WITHOUT_DESIGN",
    "Assumptions",
    "Difference",
    "Move",
    "Outcomes",
    "Placement",
    "Staffing",
    "World",
    "backtest",
    "by_averages",
    "compare",
    "contenders",
    "debrief",
    "expected_wait",
    "flip",
    "frontier",
    "new_game",
    "place",
    "precision",
    "queue",
    "report",
    "resume",
    "screen",
    "script",
    "sentence",
    "shares",
    "simulate",
    "start",
    "workforce",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
