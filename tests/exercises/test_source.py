"""The code of a solution: complete, plain, and running by itself."""

import math

import numpy as np
import pytest

from cstoolkit.data.company import Company
from cstoolkit.exercises._source import _header, source


def live(company):
    return company.snapshot()


def mean_arr(company):
    return live(company)["arr"].mean()


def outer(
    company: Company,
    factor: float = 1,
) -> float:
    # A comment stays.
    def inner(value):
        return factor * np.round(value) + math.pi

    return inner(mean_arr(company))


def short(company: Company) -> int: return len(company.name)  # fmt: skip


def test_the_source_of_one_line_and_of_a_lambda():
    assert source(short) == "def short(company): return len(company.name)  # fmt: skip"
    with pytest.raises(TypeError, match="a function with a name"):
        source(lambda company: 1)
    with pytest.raises(ValueError, match="no function in this code"):
        _header("x = 1")


def test_the_source_runs_by_itself(company):
    names = {}
    exec(source(outer), names)
    assert names["outer"](company) == outer(company)
    code = source(outer)
    assert "def outer(company, factor=1):\n    # A comment stays." in code, (
        "annotations are left out"
    )
    assert code.splitlines()[:2] == ["import math", "import numpy as np"]
    assert code.index("def live") < code.index("def mean_arr") < code.index("def outer")
