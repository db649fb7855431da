"""What a learner passes in place of a company is refused in one sentence, wherever it is passed."""

from __future__ import annotations

import importlib
import inspect

import pandas as pd
import pytest

from cstoolkit import exercises
from cstoolkit.course import TOPICS


def entries():
    """Every public function of a topic whose first argument is a company."""
    for topic in TOPICS:
        module = importlib.import_module(f"cstoolkit.{topic}")
        for name in getattr(module, "__all__", ()):
            function = getattr(module, name)
            if inspect.isfunction(function):
                parameters = list(inspect.signature(function).parameters.values())
                if parameters and parameters[0].name == "company":
                    yield pytest.param(function, parameters, id=f"{topic}.{name}")


@pytest.mark.parametrize("wrong", ["folder", [1, 2], pd.DataFrame({"arr": [1]})])
@pytest.mark.parametrize(("function", "parameters"), list(entries()))
def test_what_is_no_company_is_refused(function, parameters, wrong):
    rest = ["x" for each in parameters[1:] if each.default is each.empty and each.kind < 2]
    # Another argument may be refused first: "x" is none of what is asked for.
    with pytest.raises((TypeError, ValueError), match="company|, got "):
        function(wrong, *rest)


@pytest.mark.parametrize("wrong", ["folder", [1, 2], None, pd.DataFrame({"arr": [1]})])
def test_exercises_are_started_with_a_company(wrong):
    with pytest.raises(TypeError, match="company is what"):
        exercises.start(wrong, "org")
