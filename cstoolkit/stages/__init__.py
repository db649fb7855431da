"""Which business stage is the company in, and what changes next?  Notebook 02; source S1.

S1's five stages as data; where the company stood month by month, its people against S1's headcounts; the functions that are due
to be carved out next; and three decisions with numbers: a regional office, paid onboarding, outsourcing against a vacancy.
"""

from cstoolkit._lazy import lazy
from cstoolkit.stages._functions import FUNCTIONS, functions
from cstoolkit.stages._history import Outlook, history, outlook, passages
from cstoolkit.stages._onboarding import (
    PaidOnboarding,
    onboarding_effect,
    onboarding_forms,
    paid_onboarding,
)
from cstoolkit.stages._regional import (
    RegionalOffice,
    break_even,
    office_net,
    office_swing,
    regional_office,
)
from cstoolkit.stages._table import in_words, roles, stage, table, typical
from cstoolkit.stages._vacancy import Vacancy, arr_per_csm, vacancy, vacancy_break_even

__all__ = [
    "FUNCTIONS",
    "Outlook",
    "PaidOnboarding",
    "RegionalOffice",
    "Vacancy",
    "arr_per_csm",
    "break_even",
    "functions",
    "history",
    "in_words",
    "office_net",
    "office_swing",
    "onboarding_effect",
    "onboarding_forms",
    "outlook",
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
