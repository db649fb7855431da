"""A model report by one call: what was simulated, from what, how to repeat it.

Its sections are those of STRESS (Monks et al. 2019, Strengthening the reporting of empirical
simulation studies) and of the ODD protocol (Grimm et al. 2020).
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from cstoolkit import assumptions as records
from cstoolkit import checks
from cstoolkit.simulator import mechanisms
from cstoolkit.simulator.outcomes import MEASURES, Outcomes, compare
from cstoolkit.simulator.settings import Staffing

VERIFICATION = (
    "customers and ARR are conserved to the last unit",
    "hours used never exceed capacity",
    "an idle system does nothing; boundary values",
    "the trace of one customer, by hand",
    "equal designs have equal futures; without effects all designs are equal",
    "more capacity never raises the backlog",
    "a seed replays its bytes, whatever the chunks, workers and machine; numba and NumPy agree",
    "M/M/s queues, pooling, headcount and grades against closed forms, by confidence interval",
)
"""What tests/simulator verifies by name."""

MECHANISMS = (
    "hand_over", "ask", "receive", "get_to_know", "reach_value", "rub", "cool", "use", "leaving",
    "expand",
)  # fmt: skip
"""The mechanisms that the report explains, in the order of a week."""


def report(outcomes: Mapping[str, Outcomes], *, purpose: str, measure: str = "nrr") -> str:
    """The report of a study, as Markdown.

    Parameters
    ----------
    outcomes : mapping
        Runs by name; the first is what the others are compared with.
    purpose : str
        The question of the study.
    measure : str
        The measure of the comparison.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Without a run.
    """
    checks.one_of("report", "measure", measure, MEASURES)
    if not outcomes:
        raise ValueError("report: outcomes has no runs; simulator.simulate(...) makes one.")
    one = next(iter(outcomes.values()))
    world, company = one.world, one.world.company
    today = int((world.customers["start"] < 0).sum())
    parts = [
        f"# Model report: {company.name}",
        f"## Purpose (STRESS 1, ODD 1)\n\n{purpose}",
        "## Entities, states and scales (STRESS 2, ODD 2)\n\n"
        f"- Customers: {today:,} live on {company.as_of:%Y-%m-%d}, {len(world) - today:,} prepared "
        f"to sign. States: {', '.join(_states())}.\n"
        f"- People: {int((one.placement.opens < 0).sum())} with customers, "
        f"{int((one.placement.opens >= 0).sum())} further seats; there or not, weeks in the "
        "company, weeks until a successor comes, overload felt.\n"
        f"- Time: {one.weeks} weeks, one at a time.",
        f"## Process and schedule (ODD 3)\n\n{_mechanisms()}",
        f"## Designs compared\n\n{_designs(outcomes)}",
        f"## Inputs (STRESS 3, ODD 5 and 6)\n\n{_inputs(outcomes)}",
        "## Random streams, run length, replications (STRESS 4)\n\n"
        f"SplitMix64 keyed by seed, replication, customer (or seat), week and stream "
        f"({', '.join(mechanisms.STREAMS)}): every design meets the same futures. Seed {one.seed}, "
        f"replications {one.first} to {one.first + one.replications - 1}, {one.weeks} weeks each, "
        "no warm-up: the run starts from the company's state.",
        "## Verification and validation\n\n"
        + "\n".join(f"- {each}" for each in VERIFICATION)
        + "\n- `simulator.backtest(company, date)` sets a past year beside what came.",
        f"## Results\n\n{_results(outcomes, measure)}",
        f"## Versions and how to repeat it (STRESS 5 and 6)\n\n{_versions()}\n\n"
        f"```python\n{script(outcomes)}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def script(outcomes: Mapping[str, Outcomes]) -> str:
    """Python that repeats the runs: every figure that is not assumed by default is written out."""
    one = next(iter(outcomes.values()))
    day = f"{one.world.company.as_of:%Y-%m-%d}"
    lines = [
        "import cstoolkit as cs",
        "from cstoolkit import org, simulator, staffing",
        "",
        f'company = cs.load_company().at("{day}")',
        f"world = simulator.start(company, weeks={one.world.weeks})",
        "outcomes = {}",
    ]
    for name, run in outcomes.items():
        figures = ", ".join(
            f"{field.name}={getattr(run.assumptions, field.name)!r}"
            for field in records.fields(run.assumptions)
            if getattr(run.assumptions, field.name) != field.default
        )
        lines += [
            f"design = {_built(run)}",
            f"outcomes[{name!r}] = simulator.simulate(",
            f"    world, design, simulator.Staffing({_staffed(run.staffing)}),",
            f"    simulator.Assumptions({figures}),",
            f"    weeks={run.weeks}, replications={run.replications}, seed={run.seed},"
            f" first={run.first},",
            ")",
        ]
    return "\n".join(lines)


def _built(run: Outcomes) -> str:
    """The call that makes a design of axes that the company names."""
    design = run.placement.design
    if design.is_today:
        return "org.today(company)"
    options = [repr(axis.name) for axis in design.axes]
    if design.matrix:
        options.append(f"matrix={[axis.name for axis in design.matrix]!r}")
    options += [f"name={design.name!r}", f"people={list(design.people)!r}"]
    return f"org.build(company, {', '.join(options)})"


def _staffed(staffing: Staffing) -> str:
    plain = Staffing()
    return ", ".join(
        f"{field.name}={_written(getattr(staffing, field.name))}"
        for field in fields(Staffing)
        if getattr(staffing, field.name) != getattr(plain, field.name)
    )


def _written(value: object) -> str:
    return ("staffing." if type(value).__module__.startswith("cstoolkit.staffing") else "") + repr(
        value
    )


def _states() -> list[str]:
    return [
        "phase", "ARR", "products", "age", "live in use", "value reached", "weeks to the renewal",
        "engagement", "friction", "knowledge of the customer", "work that waits",
        "hours received lately",
    ]  # fmt: skip


def _mechanisms() -> str:
    rows = []
    for name in MECHANISMS:
        text = " ".join((getattr(mechanisms, name).__doc__ or "").split())
        rows.append(f"- `{name}`: {text}")
    return (
        "Each week: people leave and come, customers sign and change phase, contacts change, work "
        "comes in, teams ration their hours by a stated priority, and what was done acts:\n\n"
        + "\n".join(rows)
    )


def _designs(outcomes: Mapping[str, Outcomes]) -> str:
    rows = [
        "| run | design | teams | people | hires a year | automation |",
        "|---|---|---|---|---|---|",
    ]
    for name, run in outcomes.items():
        design, staff = run.placement.design, run.staffing
        hires = run.world.hired if staff.hires_a_year is None else staff.hires_a_year
        rows.append(
            f"| {name} | {design.composition} | {len(design.units)} | {len(design.people)} | "
            f"{hires:g} | {staff.automation:.0%} |"
        )
    return "\n".join(rows)


def _inputs(outcomes: Mapping[str, Outcomes]) -> str:
    one = next(iter(outcomes.values()))
    rows = ["| assumption | value | range | unit | source | meaning |", "|---|---|---|---|---|---|"]
    for row in records.table(one.assumptions).itertuples():
        rows.append(
            f"| {row.assumption} | {row.value:g} | {row.low:g} to {row.high:g} | {row.unit} | "
            f"{row.source} | {row.says} |"
        )
    first = one.staffing.priority
    return (
        "Hours a week and customer come from the company's records of work (or a textbook plan); "
        f"what goes first where hours are short: {', '.join(first)}.\n\n" + "\n".join(rows)
    )


def _results(outcomes: Mapping[str, Outcomes], measure: str) -> str:
    table = compare(outcomes, measure)
    head = ["design", "mean", "difference", "95% interval", "ahead in"]
    rows = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in table.itertuples():
        span = f"{row.low:.4g} to {row.high:.4g}" if np.isfinite(row.low) else "-"
        rows.append(
            f"| {row.design} | {row.mean:.4g} | {row.difference:.4g} | {span} | {row.won:.0%} |"
        )
    return f"{MEASURES[measure][0]} ({MEASURES[measure][1]}):\n\n" + "\n".join(rows)


def _versions() -> str:
    found = []
    for name in ("cstoolkit", "numpy", "pandas", "scipy", "numba", "SALib"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"without {name}")
    return f"Python {platform.python_version()}, {', '.join(found)}."
