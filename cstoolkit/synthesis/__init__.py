"""The bundled company is made here, from published causes.

:func:`synthesize` runs a fictional vendor's history from a frozen record of causes
(:class:`Truth`); ``python -m cstoolkit.synthesis`` rewrites the bundled data set. What the company
knows and what only the makers know are two separate sets of tables.
"""

from cstoolkit.synthesis.effects import Truth
from cstoolkit.synthesis.engine import Synthesis, synthesize

__all__ = ["Synthesis", "Truth", "synthesize"]
