"""Which numbers does CS steer by, and which only report the past?  Notebook 05.

Revenue retention by stated conventions; the NRR of a book and what of it is chance; activity,
leading and outcome indicators and when they speak; five systems of indicators replayed.

References: S1, S2, S3 (docs/sources.md).
"""

from cstoolkit._lazy import lazy
from cstoolkit.indicators.chain import (
    against_target,
    indicator_table,
    lags,
    monthly,
    replay,
    speaks,
    warnings,
)
from cstoolkit.indicators.conventions import Conventions, conventions_table, other_names
from cstoolkit.indicators.owners import BookRules, accounts, books, by_rule, chance, judged
from cstoolkit.indicators.retention import cohorts, logo_churn, overview, renewals, switches
from cstoolkit.indicators.revenue import (
    GAINS,
    LOSSES,
    bridge,
    bridge_to_cohort,
    changes,
    grr,
    nrr,
    rates,
)

__all__ = [
    "GAINS",
    "LOSSES",
    "BookRules",
    "Conventions",
    "accounts",
    "against_target",
    "books",
    "bridge",
    "bridge_to_cohort",
    "by_rule",
    "chance",
    "changes",
    "cohorts",
    "conventions_table",
    "grr",
    "indicator_table",
    "judged",
    "lags",
    "logo_churn",
    "monthly",
    "nrr",
    "other_names",
    "overview",
    "rates",
    "renewals",
    "replay",
    "speaks",
    "switches",
    "warnings",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
