"""The company's data: the contract, own files, the company itself and the bundled one."""

from cstoolkit.data.bundled import load_truth
from cstoolkit.data.company import Company, MissingData
from cstoolkit.data.contract import describe
from cstoolkit.data.load import load_company
from cstoolkit.data.report import DataProblems

__all__ = ["Company", "DataProblems", "MissingData", "describe", "load_company", "load_truth"]
