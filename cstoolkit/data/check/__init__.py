"""Tables made to keep the contract, or one report of all that is wrong with them."""

from cstoolkit.data.check._conform import Reading, conform, currency_code, day, grace, text
from cstoolkit.data.check._problems import DataProblems, Origin, Report

__all__ = [
    "DataProblems",
    "Origin",
    "Reading",
    "Report",
    "conform",
    "currency_code",
    "day",
    "grace",
    "text",
]
