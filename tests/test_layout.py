"""The house: imports run one way, each library has its room, each topic is one folder, every file is fit to be published."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import architecture
import nbformat
import pytest
from architecture import APART, FLOORS

from cstoolkit.course import TOPICS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "cstoolkit"

SHOWN = {"plots", "panels", "exercises"}
"""What a topic's folder holds beside the files of its model."""

DRAWING = {"matplotlib", "matplotlib_fontja", "ipywidgets", "IPython"}
MAY_DRAW = {
    "matplotlib": {"theme", "display", "export", "controls", "plots", "panels"},
    "matplotlib_fontja": {"theme"},
    "IPython": {"display"},
    "ipywidgets": {"controls", "panels"},
}
"""Where a library of pictures and widgets may be imported: a room, or a kind of file in a topic."""

OUTSIDE = {
    ".venv",
    ".venv-newer",
    ".git",
    "__pycache__",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "dist",
    "build",
    "work",
}

BINARY = {".parquet", ".png", ".xlsx"}

LINES = 500


def room(name: str) -> str:
    """The part of the package that a module belongs to: `cstoolkit.staffing.plots` -> `a topic's plots`."""
    parts = name.split(".")
    if len(parts) > 2 and parts[1] in TOPICS and parts[2] in SHOWN:
        return f"a topic's {parts[2]}"
    return parts[1] if len(parts) > 1 else ""


def floor(name: str) -> int:
    """How high up a module stands."""
    return next(step for step, rooms in enumerate(FLOORS) if room(name) in rooms)


@cache
def sources() -> dict[str, Path]:
    """Every module of the package, by its dotted name; a package stands for its `__init__`."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    """What a file imports, at any depth but under TYPE_CHECKING: the module and the name taken from it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: a relative import"
            yield from ((node.module, alias.name) for alias in node.names)
        yield from imports(node)


@cache
def needs(name: str) -> frozenset[str]:
    """The modules that a module of ours imports, ours and others; of ours the one that is really meant."""
    found = set()
    for module, taken in imports(ast.parse(sources()[name].read_text(encoding="utf-8"))):
        inner = f"{module}.{taken}"
        found.add(inner if inner in sources() else module)
    return frozenset(found - {name})


def ours(name: str) -> list[str]:
    """The modules of ours that a module imports."""
    return [each for each in needs(name) if each.split(".")[0] == "cstoolkit"]


@cache
def files() -> tuple[Path, ...]:
    """The files of the project: those that git tracks or would track, or all where there is no git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = (
            subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
            .stdout.decode()
            .split("\0")
        )
    except (OSError, subprocess.CalledProcessError):
        listed = []
    # A folder unpacked inside another repository: git knows it, and none of its files.
    paths = [ROOT / name for name in listed if name] or [*ROOT.rglob("*")]
    return tuple(
        path for path in paths if path.is_file() and not OUTSIDE & set(path.relative_to(ROOT).parts)
    )


def test_every_module_has_a_room():
    rooms = {room(name) for name in sources()} - {""} - set(APART)
    assert rooms <= set().union(*FLOORS), (
        "a new room is named in FLOORS, a new topic in cstoolkit/course.py"
    )


def test_the_picture_of_the_architecture_is_drawn_from_the_floors():
    assert architecture.PLACE.read_text(encoding="utf-8") == architecture.picture(), (
        "draw it anew: python tools/architecture.py"
    )
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"]({architecture.PLACE.name})" in page
    named = {name.strip("`/").split("/")[-1] for name in re.findall(r"`[\w/]+/`|`\w+\.py`", page)}
    there = {path.name for path in files()} | {path.parent.name for path in files()}
    assert named <= there, named - there
    shared = set(FLOORS[0]) | {"data", "synthesis", "theme", "display", "export", "controls"}
    assert not [name for name in shared if name not in page], "a room that the page leaves out"


def test_imports_run_one_way():
    wrong = []
    for name in sources():
        if name == "cstoolkit" or room(name) in APART:
            continue
        if "cstoolkit" in ours(name):
            wrong.append(f"{name} imports the top level, which hides cycles: name the module")
        up = [
            each
            for each in ours(name)
            if each != "cstoolkit" and (room(each) in APART or floor(each) > floor(name))
        ]
        wrong += [f"{name} imports {each}, which stands above it" for each in up]
    assert not wrong, "\n".join(wrong)


def test_a_topic_draws_only_its_own_pictures():
    """What a topic shows may use other topics' models, and of pictures, panels and exercises its own alone."""
    wrong = [
        f"{name} imports {each}"
        for name in sources()
        for each in ours(name)
        if room(each).startswith("a topic's") and each.split(".")[1] != name.split(".")[1]
    ]
    assert not wrong, "\n".join(wrong)


def test_a_library_stays_in_its_room():
    strays = []
    for name in sources():
        kind = room(name).removeprefix("a topic's ")
        taken = {each.split(".")[0] for each in needs(name)} & DRAWING
        strays += [
            f"{name} imports {library}" for library in taken if kind not in MAY_DRAW[library]
        ]
    assert not strays, "\n".join(strays)


def test_no_cycles_even_inside_functions():
    graph = {
        name: {each for each in needs(name) if each in sources()} - {"cstoolkit"}
        for name in sources()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other: {' <- '.join(error.args[1])}")


def test_what_is_public_is_there():
    wrong = []
    for name in sources():
        if name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        public = getattr(module, "__all__", [])
        assert len(set(public)) == len(public), name
        wrong += [f"{name}.{each}" for each in public if not hasattr(module, each)]
    assert not wrong, "\n".join(wrong)


def test_a_file_and_a_function_never_share_a_name():
    shared = []
    for topic in TOPICS:
        module = importlib.import_module(f"cstoolkit.{topic}")
        files_there = {path.stem for path in (PACKAGE / topic).glob("*.py")}
        shared += [f"{topic}.{name}" for name in files_there & set(getattr(module, "__all__", ()))]
    assert not shared, "\n".join(shared)


def notebooks() -> dict[str, Path]:
    """The topic of each notebook, as its set-up cell names it."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert re.fullmatch(r"\d\d_\w+", path.stem), "notebooks are numbered, and nothing else is"
        code = "\n".join(
            cell.source
            for cell in nbformat.read(path, as_version=4).cells
            if cell.cell_type == "code"
        )
        (topic,) = re.findall(r'cs\.exercises\.start\(company, "(\w+)"\)', code)
        found[topic] = path
    return found


def test_a_topic_is_a_folder_its_tests_and_a_notebook():
    assert set(notebooks()) == set(TOPICS)
    for topic in TOPICS:
        there = {path.stem for path in (PACKAGE / topic).iterdir()}
        assert "exercises" in there, topic
        if there - {"__init__", "__pycache__"} - SHOWN:  # it has a model
            assert there >= SHOWN, topic
            assert list((ROOT / "tests" / topic).glob("test_*.py")), topic


def test_only_notebooks_carry_numbers():
    assert not [path for path in files() if path.suffix == ".py" and path.stem[0].isdigit()]


def test_files_are_short():
    sizes = {
        path: path.read_text(encoding="utf-8").count("\n")
        for path in files()
        if path.suffix == ".py"
    }
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines" for path, lines in sizes.items() if lines > LINES
    ]
    assert not long, "one idea, one short file:\n" + "\n".join(long)


def forbidden(text: str) -> list[str]:
    """What a published file must not hold: notes for later, paths of one machine, hosts of package registries."""
    text = re.sub(r";base64,[\w+/=]+", "", text)  # the letters of a picture say nothing
    found = re.findall(r"\b(?:TODO|FIXME|XXX)\b", text)
    found += re.findall(r"(?<![\w.~/-])/(?:home|root|work|opt|Users)/[\w.-]+", text)
    found += re.findall(
        r"\b[\w.-]*(?:pypi\.org|pythonhosted\.org|anaconda\.org|npmjs\.org|npmjs\.com)\b", text
    )
    return found


def test_files_are_fit_to_be_published():
    wrong = []
    for path in files():
        if path == Path(__file__) or path.suffix in BINARY:
            continue
        text = path.read_bytes().decode(
            errors="replace"
        )  # a sample file may be in another encoding
        wrong += [f"{path.relative_to(ROOT)}: {found}" for found in forbidden(text)]
        if path.name in ("requirements.txt", "requirements-test.txt", "uv.txt") and re.search(
            r"https?:|file:|--(extra-)?index-url", text
        ):
            wrong.append(f"{path.name}: the lock names an address")
    assert not wrong, "\n".join(wrong)


def test_forbidden_things_are_seen():
    seen = forbidden(
        "see /home/ann/kit and /root/x, TODO; from https://files.pythonhosted.org/a but not a/home/b or ~/root/x"
    )
    assert seen == ["TODO", "/home/ann", "/root/x", "files.pythonhosted.org"]
