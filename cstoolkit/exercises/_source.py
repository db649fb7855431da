"""The code of a solution, with the imports and helpers that it takes to run by itself."""

from __future__ import annotations

import inspect
import io
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType


def source(function: Callable) -> str:
    """The code of a function as it stands in its file, after the imports and the helpers of that file which it uses.

    >>> print(source(_import).splitlines()[0])
    def _import(module, name):
    """
    imports: set[str] = set()
    parts: dict[str, str] = {}
    _gather(function, imports, parts)
    lines = "\n".join(sorted(imports, key=lambda line: (line.startswith("from"), line)))
    return "\n\n\n".join([*([lines] if lines else []), *parts.values()])


def _gather(function: FunctionType, imports: set[str], parts: dict[str, str]) -> None:
    """Helpers come before what uses them."""
    for name in _names(function.__code__):
        value = function.__globals__.get(name)
        if isinstance(value, ModuleType):
            imports.add(_import(value.__name__, name))
        elif getattr(value, "__module__", None) == function.__module__ and isinstance(
            value, FunctionType
        ):
            if name not in parts and value is not function:
                _gather(value, imports, parts)
        elif isinstance(value, (FunctionType, type)):
            imports.add(f"from {value.__module__} import {name}")
    parts[function.__name__] = _plain(function)


def _plain(function: FunctionType) -> str:
    """The function without the annotations of its signature: a learner need not know them, and they may need imports."""
    if function.__name__ == "<lambda>":
        raise TypeError(
            "a solution is shown by its code, so it is a function with a name (def), not a lambda."
        )
    text = textwrap.dedent(inspect.getsource(function)).rstrip()
    signature = inspect.signature(function)
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    header = f"def {function.__name__}{signature.replace(parameters=bare, return_annotation=signature.empty)}:"
    (first, start), (last, end) = _header(text)
    lines = text.splitlines()
    return "\n".join(
        [
            *lines[: first - 1],
            lines[first - 1][:start] + header + lines[last - 1][end:],
            *lines[last:],
        ]
    )


def _header(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the code's ``def`` begins and the colon of that header ends."""
    begin, depth = None, 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth += (
            (token.string in "([{") - (token.string in ")]}") if token.type == tokenize.OP else 0
        )
        if begin is None and token.string == "def":
            begin = token.start
        elif begin and depth == 0 and token.string == ":":
            return begin, token.end
    raise ValueError(f"no function in this code: {text!r}")


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function and all inside it take from outside (attributes are among them, which does no harm)."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _import(module: str, name: str) -> str:
    if module == name:
        return f"import {name}"
    package, _, last = module.rpartition(".")
    if package and last == name:
        return f"from {package} import {name}"
    return f"import {module} as {name}"
