"""Count the package: `python tools/house.py [folder]`.  Files, lines, code lines, public names, long functions, long lines."""

from __future__ import annotations

import ast
import sys
import tokenize
from pathlib import Path

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
LONG_FUNCTION, LONG_LINE = 60, 100


def docstrings(tree: ast.AST) -> set[int]:
    """The lines of docstrings, those under a constant or a field among them."""
    lines = set()
    for node in ast.walk(tree):
        for inner in (
            getattr(node, "body", []) if isinstance(getattr(node, "body", None), list) else []
        ):
            if (
                isinstance(inner, ast.Expr)
                and isinstance(inner.value, ast.Constant)
                and isinstance(inner.value.value, str)
            ):
                lines.update(range(inner.lineno, inner.end_lineno + 1))
    return lines


def code_lines(path: Path, tree: ast.AST) -> int:
    """Lines that hold code: no blank lines, comments or docstrings."""
    told = docstrings(tree)
    lines = set()
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type not in NO_CODE and token.type != tokenize.ENCODING:
                lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - told)


def public(path: Path, tree: ast.Module) -> int:
    """Names a file offers: of `__all__` in an `__init__`, else none."""
    if path.name != "__init__.py":
        return 0
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return sum(isinstance(each, ast.Constant) for each in getattr(node.value, "elts", []))
    return 0


def count(folder: Path) -> dict[str, int]:
    """The figures of one folder of Python files."""
    total = dict.fromkeys(
        (
            "files",
            "lines",
            "code lines",
            "public names",
            "functions over 60 lines",
            "lines over 100 columns",
            "longest file",
        ),
        0,
    )
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        functions = [
            node
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]
        total["files"] += 1
        total["lines"] += text.count("\n")
        total["code lines"] += code_lines(path, tree)
        total["public names"] += public(path, tree)
        total["functions over 60 lines"] += sum(
            node.end_lineno - node.lineno >= LONG_FUNCTION for node in functions
        )
        total["lines over 100 columns"] += sum(len(line) > LONG_LINE for line in text.splitlines())
        total["longest file"] = max(total["longest file"], text.count("\n"))
    return total


def main() -> None:
    """Print the figures of the package, or of the folder named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "cstoolkit"
    for name, figure in count(folder).items():
        print(f"{name:24} {figure:>7,}")


if __name__ == "__main__":
    main()
