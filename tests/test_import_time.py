"""What imports load: `import cstoolkit` nothing heavy, the maths no drawing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_maths_loads_no_drawing_and_no_widgets():
    modules = sorted({path.stem for path in PACKAGE.iterdir() if holds(path)} - DRAWING)
    assert len(modules) > 10
    statement = "\n".join(f"import cstoolkit.{module}" for module in modules)
    assert not loaded(statement) & {"matplotlib", "ipywidgets", "IPython"}


def test_without_the_extra_for_notebooks_all_but_panels_works(tmp_path):
    program = f"""
import sys
for name in ("ipywidgets", "jupyterlab", "traitlets"):
    sys.modules[name] = None
import cstoolkit as cs
company = cs.load_company()
plan = cs.staffing.top_down(company.snapshot(segment="tier"), "arr_per_csm_scale", currency="USD")
cs.export.to_csv({str(tmp_path / "plan.csv")!r}, plan)
try:
    cs.staffing.panels
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == (
        "panels need ipywidgets, which the kit's extra \"lab\" brings: pip install 'cstoolkit[lab]' "
        "(in a copy of the kit: pip install --editable '.[lab]').\n"
    ), done.stderr
    assert (tmp_path / "plan.csv").exists()
