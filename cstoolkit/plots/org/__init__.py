"""Pictures of organisations: org charts for hierarchy and matrix, designs compared, reasons, estimated effects.  Notebook 01."""

from cstoolkit.plots.org._chart import chart
from cstoolkit.plots.org._compare import compare, effects, reasons

__all__ = ["chart", "compare", "effects", "reasons"]
