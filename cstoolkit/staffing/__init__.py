"""How many people does customer success need, and what if finance says fewer?  Notebook 09.

Top-down from a benchmark, bottom-up from the hours of a plan, each in both units; the verdict
between them with the levers that close the gap; the roles around the CSMs; the hiring plan; and how
sure all of it is. Sources: S4 and S1 (docs/sources.md).
"""

from cstoolkit._lazy import lazy
from cstoolkit.staffing.csms import benchmarks, bottom_up, by_phase, top_down
from cstoolkit.staffing.customers import assign_tiers, base, growth, starts
from cstoolkit.staffing.gap import Reconciliation, overview, reconcile
from cstoolkit.staffing.hours import Capacity, effort, effort_table
from cstoolkit.staffing.plan import Hiring, asks, hiring_plan, needs, on_board
from cstoolkit.staffing.team import (
    Cost,
    Ratios,
    headcount,
    leaders,
    pooling,
    roles,
    stage_view,
)
from cstoolkit.staffing.uncertainty import monte_carlo, tornado
from cstoolkit.staffing.words import basis, levers, verdict

__all__ = [
    "Capacity",
    "Cost",
    "Hiring",
    "Ratios",
    "Reconciliation",
    "asks",
    "assign_tiers",
    "base",
    "basis",
    "benchmarks",
    "bottom_up",
    "by_phase",
    "effort",
    "effort_table",
    "growth",
    "headcount",
    "hiring_plan",
    "leaders",
    "levers",
    "monte_carlo",
    "needs",
    "on_board",
    "overview",
    "pooling",
    "reconcile",
    "roles",
    "stage_view",
    "starts",
    "top_down",
    "tornado",
    "verdict",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
