"""The house: imports run one way, each library has its room, each topic its set of files, every file is fit to be published."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "cstoolkit"

TOPICS = ["lifecycle", "ttv", "indicators", "health", "stages", "staffing", "org", "ownership", "voc", "books"]
ORDER = [
    {"data", "assumptions", "reference"},
    *({topic} for topic in TOPICS),
    {"simulator"},
    {"plots", "show", "export"},
    {"exercises"},
    {"panels"},
]
"""A module imports from earlier rooms and from its own, never from a later one. A new topic is one more name above."""

ROOMS = {"matplotlib": {"plots", "show"}, "matplotlib_fontja": {"plots"}, "ipywidgets": {"panels"}}
"""Where a library may be imported; anywhere, if it is not named here."""

NOTEBOOKS = {
    "org_types": "org",
    "growth_stages": "stages",
    "time_to_value": "ttv",
    "voice_of_customer": "voc",
} | {name: name for name in ("lifecycle", "indicators", "health", "ownership", "staffing", "books", "simulator")}
"""The topic of each notebook, by the notebook's name without its number."""

ACROSS = {"start_here", "capstone"}
"""Notebooks that draw on all topics."""

OUTSIDE = {".venv", ".git", "__pycache__", ".ruff_cache", ".pytest_cache", ".hypothesis", "dist", "build"}

BINARY = {".parquet", ".png", ".xlsx"}


def room(name: str) -> str:
    """The part of the package that a module belongs to: `cstoolkit.plots.staffing` -> `plots`."""
    return name.split(".")[1] if "." in name else ""


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


@cache
def files() -> tuple[Path, ...]:
    """The files of the project: those that git tracks or would track, or all where there is no git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = []
    # A folder unpacked inside another repository: git knows it, and none of its files.
    paths = [ROOT / name for name in listed if name] or [*ROOT.rglob("*")]
    return tuple(path for path in paths if path.is_file() and not OUTSIDE & set(path.relative_to(ROOT).parts))


def named(paths) -> list:
    return [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in paths]


def test_every_module_has_a_room():
    rooms = {room(name) for name in sources()} - {""}
    assert rooms <= set().union(*ORDER), "a new module of the package is named in ORDER"


@pytest.mark.parametrize("name", [name for name in sources() if name != "cstoolkit"])
def test_imports_run_one_way(name):
    rank = {each: step for step, level in enumerate(ORDER) for each in level}
    ours = [each for each in needs(name) if each.split(".")[0] == "cstoolkit"]
    assert "cstoolkit" not in ours, "inside the package, name the module: the top level hides cycles"
    late = [each for each in ours if rank[room(each)] > rank[room(name)]]
    assert not late, f"{name} imports from a later room: {late}"


@pytest.mark.parametrize("name", sources())
def test_a_library_stays_in_its_room(name):
    taken = {each.split(".")[0] for each in needs(name)}
    strays = [library for library, rooms in ROOMS.items() if library in taken and room(name) not in rooms]
    assert not strays, f"{name} imports {strays}"


def test_no_cycles_even_inside_functions():
    graph = {name: {each for each in needs(name) if each in sources()} - {"cstoolkit"} for name in sources()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize("name", [name for name in sources() if not name.endswith("__main__")])
def test_what_is_public_is_there(name):
    module = importlib.import_module(name)
    public = getattr(module, "__all__", [])
    assert len(set(public)) == len(public)
    missing = [each for each in public if not hasattr(module, each)]
    assert not missing


def holds(folder: Path, name: str) -> bool:
    """Whether the folder has the module, as a file or as a folder of that name."""
    return (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if holds(PACKAGE, topic)])
def test_a_topic_is_tested(topic):
    tests = ROOT / "tests"
    assert (tests / f"test_{topic}.py").is_file() or list((tests / topic).glob("test_*.py"))


@pytest.mark.parametrize("path", named(sorted((ROOT / "notebooks").glob("*.ipynb"))))
def test_a_notebook_has_its_topic(path):
    numbered = re.fullmatch(r"\d\d_(\w+)", path.stem)
    assert numbered, "notebooks are numbered, and nothing else is"
    if numbered[1] in ACROSS:
        return
    assert numbered[1] in NOTEBOOKS, "a new notebook is named in NOTEBOOKS"
    topic = NOTEBOOKS[numbered[1]]
    assert holds(PACKAGE, topic)
    for part in ("plots", "exercises", "panels"):
        assert holds(PACKAGE / part, topic), f"the notebook has no {part}"


def test_only_notebooks_carry_numbers():
    stems = [path for path in files() if path.suffix == ".py" and path.stem[0].isdigit()]
    assert not stems


@pytest.mark.parametrize("path", named(path for path in files() if path.suffix == ".py"))
def test_files_are_short(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{lines} lines: one idea, one short file"


def forbidden(text: str) -> list[str]:
    """What a published file must not hold: notes for later, paths of one machine, hosts of package registries."""
    text = re.sub(r";base64,[\w+/=]+", "", text)  # the letters of a picture say nothing
    found = re.findall(r"\b(?:TODO|FIXME|XXX)\b", text)
    found += re.findall(r"(?<![\w.~/-])/(?:home|root|work|opt|Users)/[\w.-]+", text)
    found += re.findall(r"\b[\w.-]*(?:pypi\.org|pythonhosted\.org|anaconda\.org|npmjs\.org|npmjs\.com)\b", text)
    return found


@pytest.mark.parametrize(
    "path", named(path for path in files() if path != Path(__file__) and path.suffix not in BINARY)
)
def test_files_are_fit_to_be_published(path):
    text = path.read_bytes().decode(errors="replace")  # a sample file may be in another encoding
    assert not forbidden(text)
    if path.name == "requirements.txt":
        assert not re.search(r"https?:|file:|--(extra-)?index-url", text), "the lock names no address"


def test_forbidden_things_are_seen():
    seen = forbidden(
        "see /home/ann/kit and /root/x, TODO; from https://files.pythonhosted.org/a but not a/home/b or ~/root/x"
    )
    assert seen == ["TODO", "/home/ann", "/root/x", "files.pythonhosted.org"]
