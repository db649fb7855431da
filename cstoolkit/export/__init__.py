"""Results for management: tables as Excel or CSV, pictures as PNG or SVG, each written whole or not at all.

What comes from data is never run: text that a spreadsheet would take for a formula stays text. The same input gives the same bytes.
"""

from cstoolkit.export._excel import Sheet, to_excel
from cstoolkit.export._files import to_csv, to_picture

__all__ = ["Sheet", "to_csv", "to_excel", "to_picture"]
