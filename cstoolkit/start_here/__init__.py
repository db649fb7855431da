"""The whole kit in ten minutes, on one decision.  Notebook 00."""

from cstoolkit._lazy import lazy

__getattr__, __dir__ = lazy(__name__, ("exercises",))
