"""What S0, S1 and S3 claim in words about each design, examined on a company: by arithmetic, by estimate, or not at all."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cstoolkit.data.company import Company, MissingData
from cstoolkit.org._charts import examples
from cstoolkit.org._design import OrgDesign
from cstoolkit.org._effects import effects
from cstoolkit.org._measures import MEASURES, compare
from cstoolkit.org._said import ESTIMATED, STRUCTURAL, UNKNOWABLE, Structural

LABELS = ("structural", "estimated", "not identifiable here")
"""structural: arithmetic of the design on this company's customers and work; estimated: from what was recorded, with an
interval; not identifiable here: the records hold nothing that could show it either way."""

SAME = 0.005
"""Two values of a measure that differ by less than this share count as the same (ours)."""


def claims(
    company: Company,
    designs: Mapping[str, OrgDesign] | None = None,
    *,
    truth: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Each consequence that the sources claim, with what this company shows of it.

    Returns one row a claim: claim, source, label (one of ``LABELS``), measure (or effect), design, value, against, other
    (the value it is set against), low, high (95% interval of an estimate, log-odds of leaving), truth (the effect behind
    synthetic data, where `truth` maps its name; 0 for an effect that the truth does not have), holds (missing where it
    cannot be said: an interval that contains both answers, or nothing to tell by), says (why).

    `designs` defaults to :func:`examples`. A structural claim is true of the design's arithmetic, not of customers'
    feelings; nothing here is a score.
    """
    designs = examples(company) if designs is None else designs
    wanted = {name for each in STRUCTURAL for name in (each.design, each.against)} & set(designs)
    rows = []
    if wanted:
        table = compare(company, {name: designs[name] for name in designs if name in wanted})
        values = table.pivot(index="measure", columns="design", values="value")
        rows += [
            _structural(each, values)
            for each in STRUCTURAL
            if {each.design, each.against} <= wanted
        ]
    rows += _estimated(company, truth)
    rows += [
        {"claim": claim, "source": source, "label": LABELS[2], "holds": None, "says": why}
        for claim, source, why in UNKNOWABLE
    ]
    columns = [
        "claim",
        "source",
        "label",
        "measure",
        "design",
        "value",
        "against",
        "other",
        "low",
        "high",
        "truth",
        "holds",
        "says",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    numbers = dict.fromkeys(["value", "other", "low", "high", "truth"], "float64")
    texts = dict.fromkeys(["measure", "design", "against"], "str")
    return frame.astype(numbers | texts | {"holds": "boolean"})


def _structural(one: Structural, values: pd.DataFrame) -> dict:
    value, other = (float(values.loc[one.measure, name]) for name in (one.design, one.against))
    holds = None
    if pd.notna(value) and pd.notna(other):
        differs = abs(value - other) > SAME * max(abs(value), abs(other))
        holds = bool(differs and (value > other) == one.more)
    measure = MEASURES[one.measure]
    says = f"{measure.label} ({measure.unit}): {value:.2f} {one.design}, {other:.2f} {one.against}"
    if holds is None:
        says = f"{measure.label} cannot be told from this company's records"
    elif not holds:
        says += f"; {one.why_not or 'it does not come out here'}"
    return {
        "claim": one.claim,
        "source": one.source,
        "label": LABELS[0],
        "measure": one.measure,
        "design": one.design,
        "value": value,
        "against": one.against,
        "other": other,
        "holds": holds,
        "says": says,
    }


def _estimated(company: Company, truth: Mapping[str, float] | None) -> list[dict]:
    try:
        found = effects(company).set_index("effect")
    except MissingData as missing:
        why = str(missing)
        return [
            {"claim": each[0], "source": each[1], "label": LABELS[2], "holds": None, "says": why}
            for each in ESTIMATED.values()
        ]
    rows = []
    for name, (claim, source, harms, known_as) in ESTIMATED.items():
        row = found.loc[name]
        base = {
            "claim": claim,
            "source": source,
            "measure": name,
            "value": row["estimate"],
            "low": row["low"],
            "high": row["high"],
        }
        if pd.isna(row["estimate"]):
            such = f"{int(row['cases'])} of {int(row['decisions'])} decisions were such"
            says = f"{such}: too few of them, or too few who left, to estimate from"
            rows.append({**base, "label": LABELS[2], "holds": None, "says": says})
            continue
        holds, says = _read(row, harms)
        known = None if truth is None else float(truth.get(known_as, 0.0) if known_as else 0.0)
        if known is not None:
            inside = row["low"] <= known <= row["high"]
            says += f"; the truth is {known:+.2f}, {'inside' if inside else 'outside'} the interval"
        rows.append({**base, "label": LABELS[1], "truth": known, "holds": holds, "says": says})
    return rows


def _read(row: pd.Series, harms: bool | None) -> tuple[bool | None, str]:
    """What the interval says of the claim."""
    low, high = row["low"], row["high"]
    odds, many = row["odds_ratio"], int(row["decisions"])
    interval = f"odds of leaving x{odds:.2f}, 95% interval of the log-odds {low:+.2f} to {high:+.2f}, {many:,} decisions"
    if harms is None:
        clear = low > 0 or high < 0
        return (False if clear else None), interval + (
            "" if clear else "; a cost is not shown, nor ruled out"
        )
    if low > 0 or high < 0:
        return bool((low > 0) == harms), interval
    return None, interval + "; it contains no effect"
