"""Pictures of organisations: charts for hierarchy and matrix, measures, designs compared, reasons,
effects.  Notebook 01."""

from cstoolkit.org.plots._built import built
from cstoolkit.org.plots._chart import chart, named
from cstoolkit.org.plots._compare import SHOWN, compare, effects, reasons

__all__ = ["SHOWN", "built", "chart", "compare", "effects", "named", "reasons"]
