"""Which business stage is the company in, and what changes next?  Notebook 02.

S1's five stages as data; where the company stood month by month, its people against S1's
headcounts; the functions that are due to be carved out next; and three decisions with numbers: a
regional office, paid onboarding, outsourcing against a vacancy.

References: S1 (docs/sources.md).
"""

from cstoolkit._lazy import lazy
from cstoolkit.stages.decisions import (
    RegionalOffice,
    Vacancy,
    arr_per_csm,
    break_even,
    closeness_keeps,
    judge_offices,
    office_caveat,
    office_swing,
    regional_office,
    vacancy,
    vacancy_break_even,
)
from cstoolkit.stages.growth import (
    history,
    in_words,
    passages,
    roles,
    stage,
    table,
    typical,
)
from cstoolkit.stages.onboarding import (
    PaidOnboarding,
    onboarding_evidence,
    onboarding_forms,
    paid_onboarding,
)
from cstoolkit.stages.specialists import functions

__all__ = [
    "PaidOnboarding",
    "RegionalOffice",
    "Vacancy",
    "arr_per_csm",
    "break_even",
    "closeness_keeps",
    "functions",
    "history",
    "in_words",
    "judge_offices",
    "office_caveat",
    "office_swing",
    "onboarding_evidence",
    "onboarding_forms",
    "paid_onboarding",
    "passages",
    "regional_office",
    "roles",
    "stage",
    "table",
    "typical",
    "vacancy",
    "vacancy_break_even",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
