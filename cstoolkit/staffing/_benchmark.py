"""A benchmark made ready: revenue or customers per CSM for each segment, in the customers' own currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cstoolkit import reference
from cstoolkit.assumptions import check_number


def resolve(
    benchmark: Any,
    segments: list[str],
    *,
    per: str,
    currency: str | None,
    benchmark_currency: str | None,
    fx: Any,
) -> dict[str, tuple[float, str]]:
    """For each segment the benchmark and what it counts, ``"arr"`` or ``"customers"``; segments without one are left out."""
    if per not in ("arr", "customers"):
        raise ValueError(
            f"per is 'arr' or 'customers', what the benchmark counts per CSM; got {per!r}."
        )
    if isinstance(benchmark, pd.Series):
        benchmark = benchmark.to_dict()
    given = (
        {str(key): value for key, value in benchmark.items()}
        if isinstance(benchmark, Mapping)
        else dict.fromkeys(segments, benchmark)
    )
    result, used = {}, False
    for segment, value in given.items():
        counts, unit = per, benchmark_currency
        if isinstance(value, str):
            value, counts, unit = _published(value)
        check_number("top_down", f"benchmark ({counts} per CSM, segment {segment})", value, above=0)
        if counts == "arr" and unit is not None and unit != currency:
            rate = _rate(unit, currency, fx)
            value, used = value * rate, True
        result[segment] = (float(value), counts)
    if fx is not None and not isinstance(fx, Mapping) and not used and given:
        raise ValueError(
            "fx was given, but no benchmark is in another currency. "
            "Leave fx out, or name the benchmark's currency: benchmark_currency='JPY'."
        )
    return result


def _published(key: str) -> tuple[float, str, str | None]:
    """The typical value of a reference figure, what it counts and in which currency."""
    figure = reference.figure(key)
    if not figure.quantity.endswith(("per CSM", "per programme")):
        raise ValueError(
            f"the reference figure {key!r} is {figure.quantity}, not ARR or customers per CSM."
        )
    if figure.typical is None:
        ends = [f"{end:,.0f}" for end in (figure.low, figure.high) if end is not None]
        span = f" It runs from {' to '.join(ends)}: choose a number." if len(ends) == 2 else ""
        raise ValueError(
            f"the reference figure {key!r} ({figure.segment}) has no typical value.{span}"
        )
    return (
        (figure.typical, "customers", None)
        if figure.unit == "customers"
        else (figure.typical, "arr", figure.unit)
    )


def _rate(unit: str, currency: str | None, fx: Any) -> float:
    """What one unit of the benchmark's currency is worth in the customers' currency."""
    if currency is None:
        raise ValueError(
            f"the benchmark is in {unit}; say in which currency the customers' ARR is: currency=company.currency."
        )
    rate = fx.get(unit) if isinstance(fx, Mapping) else fx
    if rate is None:
        raise ValueError(
            f"the benchmark is in {unit}, the customers' ARR in {currency}. Pass fx, the {currency} that one {unit} is worth."
        )
    check_number("top_down", "fx", rate, above=0)
    return float(rate)
