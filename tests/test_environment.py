"""The three lists of what the project needs say the same: pyproject.toml, its lock, and the file for conda."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {"matplotlib": "matplotlib-base", "SALib": "salib"}
"""Where conda-forge names a package otherwise than PyPI does."""

LOCKS = {
    "requirements.txt": ["lab", "fast", "build"],
    "requirements-test.txt": ["lab", "fast", "cluster", "build", "test"],
}
"""Each lock, with the extras that it pins."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def wanted() -> dict[str, str]:
    """What pyproject.toml asks of conda, which serves notebooks: the version range by conda's name of the package."""
    ranges = {"pip": ""}
    for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"]:
        asked = Requirement(line)
        name = asked.name + (f"[{','.join(sorted(asked.extras))}]" if asked.extras else "")
        ranges[CONDA_NAMES.get(name, name)] = str(asked.specifier)
    return ranges


def test_conda_asks_for_the_same():
    specs = [
        rattler.MatchSpec(line, strict=True)
        for line in CONDA["dependencies"]
        if isinstance(line, str)
    ]
    ranges = {spec.name.normalized: str(spec.version or "") for spec in specs}
    python = ranges.pop("python")  # one version: from a range Binder would take its own default
    assert SpecifierSet(PROJECT["requires-python"]).contains(
        python.removeprefix("=").removesuffix(".*")
    )
    assert ranges == wanted()
    assert CONDA["channels"] == ["conda-forge"]


def test_conda_installs_the_project_itself_by_pip():
    assert [line for line in CONDA["dependencies"] if not isinstance(line, str)] == [
        {"pip": ["--editable ."]}
    ]


def pins(name):
    """What a lock pins: the versions by package."""
    found = {}
    for package, version in re.findall(
        r"^([\w.-]+)==([\w.]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_pins_what_is_asked(name):
    extras = [PROJECT["optional-dependencies"][extra] for extra in LOCKS[name]]
    pinned = pins(name)
    for line in PROJECT["dependencies"] + [line for extra in extras for line in extra]:
        asked = Requirement(line)
        versions = pinned.get(canonicalize_name(asked.name))
        assert versions, f"{line}: compile {name} anew (its first lines name the command)"
        assert all(asked.specifier.contains(version) for version in versions), line


def test_the_course_is_tested_with_what_it_runs_with():
    course, tests = (pins(name) for name in LOCKS)
    assert course.items() <= tests.items()
    assert not {"pytest", "lifelines", "playwright", "py-rattler", "ruff"} & set(course)


def test_what_the_package_imports_is_asked_for():
    asked = {
        canonicalize_name(Requirement(line).name)
        for extra in (None, "lab", "fast", "cluster")
        for line in PROJECT["optional-dependencies"].get(extra, PROJECT["dependencies"])
    }
    sources = [
        ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "cstoolkit").rglob("*.py")
    ]
    nodes = [node for source in sources for node in ast.walk(source)]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {
        node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
    }
    others = (
        {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"cstoolkit"}
    )
    brought_by = packages_distributions()
    silent = [
        name
        for name in others
        if not asked & {canonicalize_name(each) for each in brought_by.get(name, [])}
    ]
    assert not silent, "imported, but not in the dependencies of pyproject.toml"


@pytest.mark.parametrize("name", [*LOCKS, "tools/uv.txt"])
def test_every_pin_has_a_hash(name):
    lock = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
