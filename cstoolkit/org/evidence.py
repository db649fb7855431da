"""What is behind the sources' claims on a company: arithmetic of the design, an estimate, or
nothing.

The claims are ``org/claims.csv``, the effects that records can show ``org/effects.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cstoolkit import tables
from cstoolkit.data.company import Company, MissingData, checked
from cstoolkit.org.design import OrgDesign, examples
from cstoolkit.org.measures import MEASURES, compare

LABELS = ("structural", "estimated", "not identifiable here")
"""structural: arithmetic of the design on this company's customers and work; estimated: from what
was recorded, with an interval; not identifiable here: no table holds anything that could show
it."""

EFFECTS = tables.read("org", "effects").set_index("effect")
"""How CS is organised, as each decision found it; each acts on the log-odds of leaving."""

CONTROLS = ("value", "fit", "fit_missing", "health", "health_missing")

NOTICE = pd.Timedelta(days=30)
"""Before a contract's end, when a renewal is taken to be decided (ours)."""
RECENT = pd.Timedelta(days=180)
"""How long a handoff counts as recent at the decision (ours)."""
USAGE = pd.Timedelta(days=100)
"""How old the last known usage may be at the decision (ours)."""
LEAST_ACTIVE = 0.05
"""Active seats below this share all count like it, so that the logarithm stays finite (ours)."""
FEWEST = 5
"""Decisions that each cell of an effect needs, left or stayed, with it or without (ours)."""
SAME = 0.005
"""Two values of a measure that differ by less than this share count as the same (ours)."""


def decisions(company: Company) -> pd.DataFrame:
    """Every renewal that came up, as known when it was decided, 30 days before the planned end.

    Returns
    -------
    DataFrame
        One row a contract that ran to its planned end: customer_id, product, decided_on, left (no
        successor within the grace period), the rows of ``org/effects.csv`` as columns (0 or 1),
        value (basic value reached), fit (tens of points; 0 where not recorded), fit_missing, health
        (ln of the active share of seats, mean of three months; 0 where unknown), health_missing.

    Raises
    ------
    MissingData
        Without assignments.
    """
    checked(company).need(assignments=["person_id"])
    rows = company.levels[["customer_id", "product", "starts_on", "ends_on", "until"]].copy()
    rows["product"] = rows["product"].fillna("")
    rows = rows.sort_values(["customer_id", "product", "starts_on"], kind="stable")
    following = rows.groupby(["customer_id", "product"])["starts_on"].shift(-1)
    due = rows["ends_on"] + pd.Timedelta(days=company.grace_days)
    rows["left"] = ~(following <= due)
    rows["decided_on"] = rows["ends_on"] - NOTICE
    ran = (rows["until"] >= rows["ends_on"]) & (rows["decided_on"] > rows["starts_on"])
    rows = rows[ran & (due <= company.as_of)].reset_index(drop=True)
    rows = rows[["customer_id", "product", "left", "decided_on"]]
    parts = (_handoffs(company, rows), _contacts(company, rows), _controls(company, rows))
    return pd.concat([rows, *parts], axis=1)


def effects(company: Company) -> pd.DataFrame:
    """The effects of how CS is organised on leaving, with 95% intervals.

    Logistic regression of `left` on all of them with value, fit and health held (they drive
    renewals and go with how customers are served); standard errors clustered by customer.

    Returns
    -------
    DataFrame
        One row an effect: effect, label, says, estimate (log-odds), low, high, odds_ratio,
        decisions, cases (decisions where it was so). An effect with fewer than five decisions in
        one of the four cells (with and without it, left and stayed) has no estimate.
    """
    rows = decisions(company)
    left = rows["left"].to_numpy(float)
    frame = rows[[*EFFECTS.index, *CONTROLS]].astype("float64")
    few = {
        name: min((frame[name] == has)[left == gone].sum() for has in (0, 1) for gone in (0, 1))
        for name in EFFECTS.index
    }
    told = [name for name in EFFECTS.index if few[name] >= FEWEST]
    varied = told + [name for name in CONTROLS if frame[name].nunique() > 1]
    found = pd.DataFrame(np.nan, index=EFFECTS.index, columns=["estimate", "low", "high"])
    if told:
        from statsmodels.discrete.discrete_model import Logit
        from statsmodels.tools.tools import add_constant

        groups = pd.factorize(rows["customer_id"])[0]
        how = {"disp": 0, "maxiter": 100, "warn_convergence": False}
        model = Logit(left, add_constant(frame[varied], has_constant="add")).fit(
            cov_type="cluster", cov_kwds={"groups": groups}, **how
        )
        if model.mle_retvals["converged"]:
            found.loc[told, "estimate"] = model.params[told]
            found.loc[told, ["low", "high"]] = model.conf_int().loc[told].to_numpy()
    found.insert(0, "label", EFFECTS["label"])
    found.insert(1, "says", EFFECTS["says"])
    found["odds_ratio"] = np.exp(found["estimate"])
    found["decisions"] = len(rows)
    found["cases"] = frame[list(EFFECTS.index)].sum().astype("int64")
    return found.reset_index()


def claims(
    company: Company,
    designs: Mapping[str, OrgDesign] | None = None,
    *,
    truth: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Each consequence that the sources claim, with what this company shows of it.

    Parameters
    ----------
    company : Company
    designs : mapping of str to OrgDesign, optional
        Default: ``org.examples(company)``. A claim about a design that is not there is left out.
    truth : mapping of str to float, optional
        The effects behind synthetic data (log-odds), by the names of its published truth.

    Returns
    -------
    DataFrame
        One row a claim: claim, source, label (structural, estimated, not identifiable here),
        measure (or effect), design, value, against, other (the value it is set against), low, high
        (95% interval of an estimate, log-odds of leaving), truth (0 for an effect that the truth
        does not have), holds (missing where it cannot be said: an interval that contains both
        answers, or nothing to tell by), says (why). A structural claim is true of the design's
        arithmetic, not of customers' feelings; nothing here is a score.

    References
    ----------
    S0, S1, S3 (docs/sources.md).
    """
    designs = examples(company) if designs is None else designs
    table = tables.read("org", "claims")
    about = table[["design", "against"]]
    table = table[about.isin([*designs, ""]).all(axis=1)].reset_index(drop=True)
    wanted = [name for name in designs if about.eq(name).any(axis=None)]
    values = pd.DataFrame()
    if wanted:
        found = compare(company, {name: designs[name] for name in wanted})
        values = found.pivot(index="measure", columns="design", values="value")
    try:
        estimates, lack = effects(company).set_index("effect"), ""
    except MissingData as missing:
        lack = str(missing)
    rows = []
    for claim in table.itertuples():
        if claim.label == LABELS[0]:
            answer = _structural(claim, values)
        elif claim.label == LABELS[1] and not lack:
            answer = _estimated(claim, estimates.loc[claim.measure], truth)
        else:
            answer = {"label": LABELS[2], "measure": "", "says": claim.why or lack}
        rows.append(claim._asdict() | {"truth": None} | answer)
    columns = ["claim", "source", "label", "measure", "design", "value", "against", "other"]
    frame = pd.DataFrame(rows, columns=[*columns, "low", "high", "truth", "holds", "says"])
    frame = frame.replace(dict.fromkeys(["measure", "design", "against"], ""), np.nan)
    numbers = dict.fromkeys(["value", "other", "low", "high", "truth"], "float64")
    return frame.astype(numbers | {"holds": "boolean"})


def _structural(claim, values: pd.DataFrame) -> dict:
    """Whether the measure of the design is more, or less, than that of the other."""
    value, other = (values.loc[claim.measure, name] for name in (claim.design, claim.against))
    label, unit = MEASURES.loc[claim.measure, ["label", "unit"]]
    holds, says = None, f"{label} cannot be told from this company's records"
    if not np.isnan([value, other]).any():
        differs = abs(value - other) > SAME * max(abs(value), abs(other))
        holds = bool(differs and (value > other) == (claim.direction == "more"))
        says = f"{label} ({unit}): {value:.2f} {claim.design}, {other:.2f} {claim.against}"
        says += "" if holds else f"; {claim.why or 'it does not come out here'}"
    return {"value": value, "other": other, "holds": holds, "says": says}


def _estimated(claim, row: pd.Series, truth: Mapping[str, float] | None) -> dict:
    """What the interval of an effect says of a claim, and where the truth lies."""
    cases, many, low, high = (row[name] for name in ("cases", "decisions", "low", "high"))
    if pd.isna(row["estimate"]):
        says = f"{cases} of {many} decisions were such: too few of them, or too few who left, "
        return {"label": LABELS[2], "holds": None, "says": says + "to estimate from"}
    clear = low > 0 or high < 0
    says = (
        f"odds of leaving x{row['odds_ratio']:.2f} (95% interval x{np.exp(low):.2f} to "
        f"x{np.exp(high):.2f}), {many:,} decisions"
    )
    if claim.direction == "same":
        holds = False if clear else None
        says += "" if clear else "; a cost is not shown, nor ruled out"
    else:
        holds = bool((low > 0) == (claim.direction == "more")) if clear else None
        says += "" if clear else "; no effect (x1) is inside"
    known = None if truth is None else float(truth.get(claim.truth, 0.0))
    if known is not None:
        inside = "inside" if low <= known <= high else "outside"
        says += f"; the truth is x{np.exp(known):.2f}, {inside} the interval"
    estimate = {"value": row["estimate"], "low": low, "high": high}
    return estimate | {"truth": known, "holds": holds, "says": says}


def _last(rows: pd.DataFrame, known: pd.DataFrame, within: pd.Timedelta) -> pd.Series:
    """The last value (customer_id, day, value) known at each decision, no older than `within`."""
    asked = rows[["customer_id", "decided_on"]].reset_index()
    found = pd.merge_asof(
        asked.sort_values("decided_on", kind="stable"),
        known.sort_values("day", kind="stable"),
        left_on="decided_on",
        right_on="day",
        by="customer_id",
        tolerance=within,
    )
    return found.set_index("index")["value"].reindex(rows.index)


def _handoffs(company: Company, rows: pd.DataFrame) -> pd.DataFrame:
    """Whether the last handoff before the decision was recent, without and with notes."""
    passed = company.assignments.dropna(subset="notes_passed")
    passed = passed.rename(columns={"starts_on": "day", "notes_passed": "value"})
    noted = _last(rows, passed[["customer_id", "day", "value"]], RECENT).astype("boolean")
    told = {"handoff_without_notes": ~noted, "handoff_with_notes": noted}
    return pd.DataFrame({name: each.fillna(False).astype(float) for name, each in told.items()})


def _contacts(company: Company, rows: pd.DataFrame) -> pd.DataFrame:
    """Whether somebody assigned at the decision knows the customer's industry, and works in its
    region."""
    given = company.assignments[["customer_id", "person_id", "starts_on", "ends_on"]]
    asked = rows[["customer_id", "decided_on"]].reset_index().merge(given, on="customer_id")
    begun, over = (asked[name] <= asked["decided_on"] for name in ("starts_on", "ends_on"))
    asked = asked[begun & ~over]
    customers = company.customers.set_index("customer_id").reindex(asked["customer_id"])
    people = company.people.set_index("person_id").reindex(asked["person_id"])
    skills = people["skills"].fillna("").str.split(r"\s*;\s*", regex=True)
    knows = [one in own for one, own in zip(customers["industry"], skills)]
    near = people["region"].to_numpy() == customers["region"].to_numpy()
    asked = asked.assign(industry_known=np.array(knows, bool), region_shared=near.astype(bool))
    best = asked.groupby("index")[["industry_known", "region_shared"]].max()
    return best.reindex(rows.index, fill_value=False).astype(float)


def _controls(company: Company, rows: pd.DataFrame) -> pd.DataFrame:
    """Value, fit and usage health as known at the decision."""
    value = company.milestones[company.milestones["milestone"] == "basic_value"]
    value = value.assign(product=value["product"].fillna(""))
    first = value.groupby(["customer_id", "product"])["happened_on"].min()
    reached = first.reindex(pd.MultiIndex.from_frame(rows[["customer_id", "product"]]))
    fit = company.fit_then(rows["customer_id"], rows["decided_on"])
    usage = company.usage[["customer_id", "month", "seats", "active_users"]].dropna()
    usage = usage[usage["seats"] > 0].sort_values(["customer_id", "month"], kind="stable")
    active = (usage["active_users"] / usage["seats"]).clip(LEAST_ACTIVE, 1)
    usage = usage.assign(value=np.log(active), day=usage["month"] + pd.offsets.MonthBegin(1))
    recent = usage.groupby("customer_id")["value"].rolling(3, min_periods=1).mean()
    usage["value"] = recent.to_numpy()
    health = _last(rows, usage[["customer_id", "day", "value"]], USAGE)
    return pd.DataFrame(
        {
            "value": (reached.to_numpy() <= rows["decided_on"].to_numpy()).astype(float),
            "fit": fit.fillna(0.0) / 10,
            "fit_missing": fit.isna().astype(float),
            "health": health.fillna(0.0),
            "health_missing": health.isna().astype(float),
        }
    )
