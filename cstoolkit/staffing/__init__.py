"""How many people does customer success need, and what if finance says fewer?  Notebook 09; source S4, with S1's stages.

Top-down from a benchmark, bottom-up from the hours of a plan, each in both units; the verdict between them with the levers that close
the gap; the roles around the CSMs; the hiring plan; and how sure all of it is.
"""

from cstoolkit._lazy import lazy
from cstoolkit.staffing._approaches import bottom_up, ignoring_utilisation, top_down
from cstoolkit.staffing._base import base, growth, on_board, starts
from cstoolkit.staffing._basis import Basis, basis
from cstoolkit.staffing._capacity import Capacity, headcount
from cstoolkit.staffing._cost import Automation, Cost
from cstoolkit.staffing._effort import Effort, effort, effort_table, measured_effort
from cstoolkit.staffing._levers import levers
from cstoolkit.staffing._offers import offers
from cstoolkit.staffing._plan import Hiring, asks, hiring_plan, needs
from cstoolkit.staffing._pooling import pooling
from cstoolkit.staffing._reconcile import Reconciliation, reconcile, whole_people
from cstoolkit.staffing._roles import Span, Support, leader_levels, leaders, roles
from cstoolkit.staffing._stage_view import stage_view
from cstoolkit.staffing._tiers import TierRule, assign_tiers
from cstoolkit.staffing._uncertainty import Interval, Level, interval, monte_carlo, tornado

__all__ = [
    "Automation",
    "Basis",
    "Capacity",
    "Cost",
    "Effort",
    "Hiring",
    "Interval",
    "Level",
    "Reconciliation",
    "Span",
    "Support",
    "TierRule",
    "asks",
    "assign_tiers",
    "base",
    "basis",
    "bottom_up",
    "effort",
    "effort_table",
    "growth",
    "headcount",
    "hiring_plan",
    "ignoring_utilisation",
    "interval",
    "leader_levels",
    "leaders",
    "levers",
    "measured_effort",
    "monte_carlo",
    "needs",
    "offers",
    "on_board",
    "pooling",
    "reconcile",
    "roles",
    "stage_view",
    "starts",
    "top_down",
    "tornado",
    "whole_people",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
