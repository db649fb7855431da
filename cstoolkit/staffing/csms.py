"""How many CSMs: top-down from a benchmark, bottom-up from the hours of a plan (S4).

Both answer in both units, CSMs needed and customers per CSM, since S4's steps end in different
ones. Sources: docs/sources.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import checks, reference, tables
from cstoolkit.staffing.hours import ALL, PER, Capacity, check_effort

TOTAL = "total"
"""The name of the row that stands for all segments together; no segment may be called so."""

BENCHMARKS = tables.read("staffing", "benchmarks").set_index("benchmark")["key"].to_dict()
"""Published benchmarks that hold for all segments: a name to read, the reference figure's key."""


def top_down(
    customers: pd.DataFrame,
    benchmark: float | str | Mapping[str, float | str] | pd.Series,
    *,
    per: str = "arr",
    currency: str | None = None,
    fx: float | Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """CSMs that a benchmark pays for, per segment.

    Parameters
    ----------
    customers : DataFrame
        One row a customer with `segment` and `arr` (currency a year).
    benchmark : number, str, or one of them a segment
        What one CSM holds: a number (of ARR in the customers' currency, or of customers), or the
        key of a reference figure, which knows what it counts and in which currency.
    per : {"arr", "customers"}
        What a number counts.
    currency : str, optional
        That of the customers' ARR; a reference figure of ARR asks for it.
    fx : float or mapping, optional
        What one unit of the reference figure's currency is worth in `currency`; a mapping names the
        currencies, as ``{"USD": 150.0}``.

    Returns
    -------
    DataFrame
        One row a segment: segment, customers, arr, csms (float), customers_per_csm. A category
        without customers has 0 CSMs and no customers_per_csm (NaN).

    Raises
    ------
    ValueError
        For a segment without a benchmark, one that is not above 0, or one in another currency
        without `fx`.

    References
    ----------
    S4 (docs/sources.md).

    Examples
    --------
    >>> base = pd.DataFrame({"segment": ["high", "high", "low"], "arr": [6e5, 4e5, 5e4]})
    >>> top_down(base, {"high": 500_000, "low": 1_000_000})["csms"].to_list()
    [2.0, 0.05]
    >>> top_down(base, {"high": 500_000})
    Traceback (most recent call last):
    ValueError: no benchmark for the segment low; there is one for: high.
    """
    checks.one_of("top_down", "per", per, ["arr", "customers"])
    answer, _ = _segments(customers)
    segments = answer["segment"].to_list()
    given = by_segment(benchmark, segments)
    held = answer.loc[answer["customers"] > 0, "segment"]
    say_lacking("no benchmark for the segment", held, given, "there is one for")
    rates = {key: _rate(key, value, per, currency, fx) for key, value in given.items()}
    if isinstance(fx, (int, float)) and given and not any(rate[2] for rate in rates.values()):
        raise ValueError(
            "fx was given, but no benchmark is a reference figure in another currency. "
            "Leave fx out; a number of your own is in the customers' currency."
        )
    for row, segment in enumerate(segments):
        if segment in rates:
            value, counts, _ = rates[segment]
            answer.loc[row, "csms"] = answer.at[row, counts] / value
    return _with_ratio(answer)


def bottom_up(
    customers: pd.DataFrame,
    effort: pd.DataFrame,
    capacity: Capacity,
    *,
    starts: float | Mapping[str, float] | pd.Series | None = None,
) -> pd.DataFrame:
    """CSMs that a plan needs, per segment: its hours, divided by what one CSM has for customers.

    Parameters
    ----------
    customers : DataFrame
        One row a customer with `segment`, `arr`, `tier` and, where `effort` tells phases apart,
        `phase`.
    effort : DataFrame
        One row a tier and phase (or "all"): tier, phase, hours, per (month, quarter, year, once),
        and `work` where one pair has several kinds of it; rows add up.
    capacity : Capacity
        What one CSM can give.
    starts : float, mapping or Series, optional
        How many customers start a month, for work done once: one number a segment, or one in all
        that is spread over the segments by their customers. Within a segment they are spread over
        tiers alike.

    Returns
    -------
    DataFrame
        One row a segment: segment, customers, arr, hours (a month), csms (float),
        customers_per_csm.

    Raises
    ------
    ValueError
        For a tier or phase without effort, naming it and those that have one.

    References
    ----------
    S4 (docs/sources.md).

    Examples
    --------
    >>> tiers = ["high", "low", "low"]
    >>> base = pd.DataFrame({"segment": "mid", "tier": tiers, "arr": [9e4, 2e4, 1e4]})
    >>> plan = pd.DataFrame({"tier": ["high", "low"], "phase": "all", "hours": [8, 12],
    ...                      "per": ["month", "year"]})
    >>> answer = bottom_up(base, plan, Capacity(hours=160, utilisation=0.625))
    >>> answer[["hours", "csms"]].values.tolist()
    [[10.0, 0.1]]
    """
    if not isinstance(capacity, Capacity):
        raise TypeError(
            f"capacity is a staffing.Capacity, got {type(capacity).__name__}. Working hours alone "
            "are no capacity: say which share reaches customers, "
            "staffing.Capacity(hours=160, utilisation=0.65)."
        )
    load = workload(customers, effort, starts)
    answer = load.segments
    hours = load.effort["hours"].to_numpy(dtype="float64") @ load.times
    answer.insert(3, "hours", hours)
    return _with_ratio(answer.assign(csms=hours / capacity.for_customers))


def by_phase(
    customers: pd.DataFrame,
    effort: pd.DataFrame,
    *,
    starts: float | Mapping[str, float] | pd.Series | None = None,
) -> pd.DataFrame:
    """The same plan told by lifecycle phase: each kind of work falls to the customers in its phase.

    Work that is named like a phase (onboarding, renewal, expansion) is given to the customers of
    the tier that are in that phase today, so many hours each that the plan's hours stay what they
    are. Where nobody is, every customer of the tier gets it.

    Parameters
    ----------
    customers : DataFrame
        One row a customer with `segment`, `arr`, `tier` and `phase`, as :func:`base` gives them.
    effort, starts
        As for :func:`bottom_up`; `effort` with a column `work`.

    Returns
    -------
    DataFrame
        The effort frame with hours a month ("month" for each per) and the phases in which they are
        given.

    Examples
    --------
    >>> base = pd.DataFrame({"segment": "a", "tier": "high", "arr": 9.0,
    ...                      "phase": ["onboarding", "adoption"]})
    >>> plan = pd.DataFrame({"tier": "high", "phase": "all", "work": ["onboarding", "emails"],
    ...                      "hours": [9.0, 2.0], "per": ["once", "month"]})
    >>> by_phase(base, plan, starts=0.5)[["phase", "hours"]].values.tolist()
    [['onboarding', 4.5], ['all', 2.0]]
    """
    checks.columns("effort", effort, ["work"], "It says which phase a row belongs to.")
    checks.columns("customers", customers, ["phase"], "staffing.base(company) has it.")
    load = workload(customers, effort, starts)
    rows = load.effort
    hours = rows["hours"].to_numpy(dtype="float64") * load.times.sum(axis=1)
    held = customers.astype({"tier": "str", "phase": "str"}).value_counts(["tier", "phase"])
    everybody = customers["tier"].astype("str").value_counts()
    phase, each = [], []
    for row in rows.itertuples():
        here = row.work if row.phase == ALL and (row.tier, row.work) in held else row.phase
        phase.append(here)
        each.append(everybody.get(row.tier, 0) if here == ALL else held.get((row.tier, here), 0))
    each = np.array(each)
    spread = np.divide(hours, each, out=np.zeros_like(hours), where=each > 0)
    return rows.assign(phase=phase, hours=spread, per="month")


def benchmarks(
    customers: pd.DataFrame, currency: str, *, fx: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """What each published benchmark pays for: finance's side of the table.

    Parameters
    ----------
    customers : DataFrame
        As for :func:`top_down`.
    currency : str
        That of the customers' ARR.
    fx : mapping, optional
        What one unit of another currency is worth, as ``{"USD": 150.0}``. A benchmark in a currency
        that it does not name is left out; the first, in customers per CSM, is always there.

    Returns
    -------
    DataFrame
        One row a benchmark and segment: benchmark (a name), key (of the reference figure), segment,
        customers, arr, csms, customers_per_csm.

    Examples
    --------
    >>> base = pd.DataFrame({"segment": "all", "arr": [50_000_000.0] * 10})
    >>> benchmarks(base, "JPY")[["benchmark", "csms"]].round(2).values.tolist()
    [['survey: customers per CSM', 0.1], ['Japan, first goal: ARR per CSM', 10.0]]
    """
    rates = dict(fx or {})
    frames = []
    for name, key in BENCHMARKS.items():
        if reference.figure(key).unit in ("customers", currency, *rates):
            found = top_down(customers, key, currency=currency, fx=rates)
            found.insert(0, "key", key)
            found.insert(0, "benchmark", name)
            frames.append(found)
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True)
class Workload:
    """What a base asks of a plan.

    `effort` is the checked plan, `times` (its rows by segments) how often a month a row's hours
    fall due, `segments` the frame of segments with their customers and ARR.
    """

    effort: pd.DataFrame
    times: np.ndarray
    segments: pd.DataFrame


def workload(customers: pd.DataFrame, effort: pd.DataFrame, starts: Any = None) -> Workload:
    """How often a month the hours of each row of the plan fall due in each segment."""
    effort = check_effort(effort)
    segments, segment = _segments(customers)
    phased = [phase for phase in effort.loc[effort["per"] != "once", "phase"] if phase != ALL]
    fix = "staffing.assign_tiers(...) gives tiers by ARR."
    checks.columns("customers", customers, ["tier"], fix)
    tier, tiers = _codes(
        customers["tier"], "Give every customer a tier first (S4): staffing.assign_tiers(...)."
    )
    phase, phases = np.zeros(len(customers), dtype=np.int8), [ALL]
    if phased:
        fix = "staffing.base(company) has it; or plan by tier alone, with phase 'all'."
        if "phase" not in customers:
            raise ValueError(
                f"effort tells phases apart ({', '.join(dict.fromkeys(phased))}), "
                f"but customers has no column phase. {fix}"
            )
        phase, phases = _codes(
            customers["phase"], "Fill it, or plan by tier alone, with phase 'all'."
        )
    shape = len(segments), len(tiers), len(phases)
    cell = (segment.astype(np.intp) * shape[1] + tier) * shape[2] + phase
    held = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
    _refuse_uncovered(effort, held.sum(axis=0), tiers, phases)
    rate = np.zeros(len(segments))
    if (effort["per"] == "once").any():
        rate = _start_rate(starts, segments)
    times = np.zeros((len(effort), len(segments)))
    for row, (of, during, per) in enumerate(effort[["tier", "phase", "per"]].to_numpy()):
        if of not in tiers or (per != "once" and during not in (ALL, *phases)):
            continue
        here = held[:, tiers.index(of)]
        whole = per == "once" or during == ALL
        count = here.sum(axis=1) if whole else here[:, phases.index(during)]
        times[row] = count * (rate if per == "once" else PER[per])
    return Workload(effort, times, segments)


def _segments(customers: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """One row a segment (segment, customers, arr, csms: 0), and the customers' segment codes."""
    checks.columns("customers", customers, ["segment", "arr"], "company.snapshot() has them.")
    if customers.empty:
        raise ValueError("customers has no rows: nobody to staff for.")
    arr = checks.amounts("customers", customers["arr"])
    code, segments = _codes(customers["segment"], "Every customer is in a segment.")
    if TOTAL in segments:
        raise ValueError(
            f"no segment may be called {TOTAL!r}: the row of all segments together is. Rename it."
        )
    size = len(segments)
    frame = pd.DataFrame(
        {
            "segment": pd.Series(segments, dtype="str"),
            "customers": np.bincount(code, minlength=size),
            "arr": np.bincount(code, arr, size),
            "csms": np.zeros(size),
        }
    )
    return frame, code


def _with_ratio(answer: pd.DataFrame) -> pd.DataFrame:
    """The answer with customers_per_csm; infinite where customers have no CSMs."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return answer.assign(customers_per_csm=answer["customers"] / answer["csms"])


def _codes(column: pd.Series, fix: str) -> tuple[np.ndarray, list[str]]:
    """The column as whole-number codes and what they stand for; categories keep their order."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        code, labels = column.cat.codes.to_numpy(), column.cat.categories
    else:
        code, labels = pd.factorize(column, sort=True)
    if len(code) and code.min() < 0:
        checks.filled("customers", column, fix)
    return code, [str(label) for label in labels]


def by_segment(given: Any, segments: Iterable[str]) -> dict[str, Any]:
    """What was given for each segment; one value is given for all."""
    if isinstance(given, (Mapping, pd.Series)):
        return {str(key): value for key, value in given.items()}
    return dict.fromkeys(segments, given)


def say_lacking(
    what: str, names: Iterable[str], given: Mapping[str, Any], those: str = "it has", fix: str = ""
) -> None:
    """Refuse where one of the names has nothing given."""
    lacking = [name for name in names if name not in given]
    if lacking:
        raise ValueError(
            f"{what} {', '.join(lacking)}; {those}: {', '.join(given) or 'none'}.{fix}"
        )


def _rate(
    segment: str, value: Any, per: str, currency: str | None, fx: Any
) -> tuple[float, str, bool]:
    """A benchmark in the customers' currency, what it counts, and whether it was converted."""
    if not isinstance(value, str):
        checks.number("top_down", f"benchmark ({per} per CSM, segment {segment})", value, above=0)
        return float(value), per, False
    figure = reference.figure(value)
    if not figure.quantity.endswith(("per CSM", "per programme")):
        raise ValueError(
            f"the reference figure {value!r} is {figure.quantity}, not ARR or customers per CSM."
        )
    if figure.typical is None:
        ends = [f"{end:,.0f}" for end in (figure.low, figure.high) if end is not None]
        span = f" It runs from {' to '.join(ends)}: choose a number." if len(ends) == 2 else ""
        raise ValueError(
            f"the reference figure {value!r} ({figure.segment}) has no typical value.{span}"
        )
    if figure.unit == "customers":
        return figure.typical, "customers", False
    if currency is None:
        raise ValueError(
            f"the benchmark is in {figure.unit}; say in which currency the customers' ARR is: "
            "currency=company.currency."
        )
    if figure.unit == currency:
        return figure.typical, "arr", False
    rate = fx.get(figure.unit) if isinstance(fx, Mapping) else fx
    if rate is None:
        raise ValueError(
            f"the benchmark is in {figure.unit}, the customers' ARR in {currency}. "
            f"Pass fx, the {currency} that one {figure.unit} is worth."
        )
    checks.positive("top_down", fx=rate)
    return figure.typical * rate, "arr", True


def _refuse_uncovered(
    effort: pd.DataFrame, held: np.ndarray, tiers: list[str], phases: list[str]
) -> None:
    """Refuse customers of a tier, or of a tier in a phase, for whom the plan has no row."""
    for code, tier in enumerate(tiers):
        if not held[code].any():
            continue
        rows = effort[effort["tier"] == tier]
        if rows.empty:
            have = ", ".join(sorted(set(effort["tier"])))
            raise ValueError(f"no effort for the tier {tier}; there is one for: {have}.")
        # Work done once stands for the whole of a tier: no row a phase is asked for beside it.
        if (rows["phase"] == ALL).any() or (rows["per"] == "once").any():
            continue
        lacking = [
            phase
            for phase, count in zip(phases, held[code], strict=True)
            if count and phase not in set(rows["phase"])
        ]
        if lacking:
            raise ValueError(
                f"no effort for the tier {tier} in the phase {lacking[0]}; the tier has: "
                f"{', '.join(rows['phase'])}. Add a row for that phase (0 hours is an answer), "
                "or one with phase 'all'."
            )


def _start_rate(starts: Any, segments: pd.DataFrame) -> np.ndarray:
    """Starts a month for each customer of a segment."""
    if starts is None:
        raise ValueError(
            "effort has work done once for each customer that starts: say how many start a month, "
            "starts=... (staffing.starts(company) counts them)."
        )
    count = segments["customers"].to_numpy()
    if not isinstance(starts, (Mapping, pd.Series)):
        checks.not_negative("bottom_up", starts=starts)
        return np.full(len(segments), starts / max(count.sum(), 1))
    given = by_segment(starts, ())
    held = segments.loc[segments["customers"] > 0, "segment"]
    say_lacking("starts says nothing about the segment", held, given, fix=" 0 is an answer.")
    for segment, value in given.items():
        checks.not_negative("bottom_up", **{f"starts of the segment {segment}": value})
    begun = segments["segment"].map(given).astype("float64").fillna(0).to_numpy()
    return np.divide(begun, count, out=np.zeros(len(count)), where=count > 0)
