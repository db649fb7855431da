"""What imports load: `import cstoolkit` nothing heavy, the maths no drawing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cstoolkit"
HEAVY = {
    "IPython",
    "ipywidgets",
    "matplotlib",
    "pandas",
    "pyarrow",
    "scipy",
    "sklearn",
    "statsmodels",
}
DRAWING = {"theme", "display", "controls", "export", "exercises"}


def holds(path: Path) -> bool:
    """Whether the path is a public module of the package, a file or a folder."""
    return path.stem[0] != "_" and (path.suffix == ".py" or (path / "__init__.py").is_file())


def loaded(statement: str) -> set[str]:
    """The top-level modules that a new interpreter has loaded after the statement."""
    program = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded("import cstoolkit") & HEAVY


@pytest.mark.parametrize(
    "module", sorted({path.stem for path in PACKAGE.iterdir() if holds(path)} - DRAWING)
)
def test_maths_loads_no_drawing_and_no_widgets(module):
    assert not loaded(f"import cstoolkit.{module}") & {"matplotlib", "ipywidgets", "IPython"}
