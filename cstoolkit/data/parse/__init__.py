"""A column as it came, in text or typed, read as one of the contract's kinds; what cannot be read without a guess is a fault."""

from cstoolkit.data.parse._column import Parsed, parse
from cstoolkit.data.parse._fault import Fault

__all__ = ["Fault", "Parsed", "parse"]
