"""Pictures of organisations: charts for hierarchy and matrix, measures, designs compared, reasons, effects.  Notebook 01."""

from cstoolkit.plots.org._built import built
from cstoolkit.plots.org._chart import chart
from cstoolkit.plots.org._compare import compare, effects, reasons

__all__ = ["built", "chart", "compare", "effects", "reasons"]
