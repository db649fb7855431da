"""Who looks after whom, evenly and without breaking relations?  Notebook 10.

Customers, or families of customers, go to people within capacity: hours, customers, ARR and ARR
that comes up for renewal are evened out, with few changes of hands, and a reason for every one.
Sources: S0 and S1 (docs/sources.md).
"""

from cstoolkit._lazy import lazy
from cstoolkit.books.balancing import RULES, balance, trade_off
from cstoolkit.books.current import Locks, Today, Work, today
from cstoolkit.books.plans import FRESH, Bands, Plan, compare, gini
from cstoolkit.books.words import reasons

__all__ = [
    "FRESH",
    "RULES",
    "Bands",
    "Locks",
    "Plan",
    "Today",
    "Work",
    "balance",
    "compare",
    "gini",
    "reasons",
    "today",
    "trade_off",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
