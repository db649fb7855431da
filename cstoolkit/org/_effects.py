"""What handoffs, industry knowledge and closeness did to renewals, estimated from the company's own decisions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company

NOTICE = 30
"""Days before a contract's end at which a renewal is taken to be decided (ours)."""
RECENT = 180
"""Days for which a handoff counts as recent at the decision (ours)."""
USUAL = 0.4
"""Share of seats active at which usage health is 0; it does not move the estimates (ours)."""

FEWEST = 5
"""Decisions that each cell of an effect needs, left or stayed, with it or without (ours)."""

EFFECTS = {
    "handoff_without_notes": "a handoff in the 180 days before the decision, the CRM record not passed on",
    "handoff_with_notes": "a handoff in the 180 days before the decision, the CRM record passed on",
    "industry_known": "the customer's industry is among the skills of somebody assigned to it",
    "region_shared": "somebody assigned to it works in the customer's region",
}
"""The effects of how CS is organised that the records can show, each on the log-odds of leaving."""


def decisions(company: Company) -> pd.DataFrame:
    """Every renewal that came up, as known when it was decided (30 days before the contract's planned end).

    One row a contract that ran to its planned end: customer_id, product, decided_on, left (no successor within the grace
    period), the columns of ``EFFECTS`` (0 or 1), value (basic value reached), fit (tens of points around 60; 0 where not
    recorded), fit_missing, health (ln of the active share of seats over 0.4, last three months), health_missing.
    """
    company.need(assignments=["person_id"])
    levels = company.levels[["customer_id", "product", "starts_on", "ends_on", "until"]].copy()
    levels["product"] = levels["product"].fillna("")
    levels = levels.sort_values(["customer_id", "product", "starts_on"], kind="stable")
    following = levels.groupby(["customer_id", "product"])["starts_on"].shift(-1)
    grace = pd.Timedelta(days=company.grace_days)
    came_up = (
        levels["ends_on"].notna()
        & (levels["until"] >= levels["ends_on"])
        & (levels["ends_on"] + grace <= company.as_of)
    )
    rows = levels[came_up].assign(left=~(following <= levels["ends_on"] + grace)[came_up])
    rows["decided_on"] = rows["ends_on"] - pd.Timedelta(days=NOTICE)
    rows = rows[rows["decided_on"] > rows["starts_on"]].reset_index(drop=True)
    rows = (
        rows.join(_handoffs(company, rows))
        .join(_contacts(company, rows))
        .join(_journey(company, rows))
    )
    return rows.drop(columns=["starts_on", "ends_on", "until"])


def effects(company: Company) -> pd.DataFrame:
    """The effects of ``EFFECTS`` on leaving, with 95% intervals.

    Logistic regression of `left` on all of them with value, fit and health held (they drive renewals and go with how
    customers are served); standard errors clustered by customer. Returns one row an effect: effect, says, estimate
    (log-odds), low, high, odds_ratio, decisions, cases (decisions where it was so). An effect with fewer than five
    decisions in one of the four cells (with and without it, left and stayed) has no estimate.
    """
    rows = decisions(company)
    return fit(rows)


def fit(rows: pd.DataFrame) -> pd.DataFrame:
    """The regression behind :func:`effects`, on a table of decisions."""
    controls = ["value", "fit", "fit_missing", "health", "health_missing"]
    left = rows["left"].to_numpy(float)
    frame = rows[[*EFFECTS, *controls]].astype("float64")
    # An effect needs people who left and who stayed, with it and without; a control needs to vary.
    few = {
        name: min((frame[name] == has)[left == gone].sum() for has in (0, 1) for gone in (0, 1))
        for name in EFFECTS
    }
    varied = [
        name
        for name in frame
        if (few[name] >= FEWEST if name in EFFECTS else frame[name].nunique() > 1)
    ]
    cases = frame[list(EFFECTS)].sum()
    estimate = pd.DataFrame(np.nan, index=list(EFFECTS), columns=["estimate", "low", "high"])
    if set(varied) & set(EFFECTS):
        from statsmodels.discrete.discrete_model import Logit
        from statsmodels.tools.tools import add_constant

        matrix = add_constant(frame[varied], has_constant="add")
        groups = pd.factorize(rows["customer_id"])[0]
        model = Logit(left, matrix).fit(
            disp=0,
            maxiter=100,
            warn_convergence=False,
            cov_type="cluster",
            cov_kwds={"groups": groups},
        )
        bounds = model.conf_int()
        for name in EFFECTS:
            if name in varied and model.mle_retvals["converged"]:
                estimate.loc[name] = model.params[name], bounds.loc[name, 0], bounds.loc[name, 1]
    return pd.DataFrame(
        {
            "effect": list(EFFECTS),
            "says": list(EFFECTS.values()),
            **{name: estimate[name].to_numpy() for name in estimate},
            "odds_ratio": np.exp(estimate["estimate"]).to_numpy(),
            "decisions": len(rows),
            "cases": cases.astype("int64").to_numpy(),
        }
    )


def _handoffs(company: Company, rows: pd.DataFrame) -> pd.DataFrame:
    """Whether the last handoff before the decision was recent, without and with notes."""
    passed = company.assignments.dropna(subset="notes_passed")[
        ["customer_id", "starts_on", "notes_passed"]
    ]
    passed = passed.rename(columns={"starts_on": "passed_on"}).sort_values(
        "passed_on", kind="stable"
    )
    asked = (
        rows[["customer_id", "decided_on"]].reset_index().sort_values("decided_on", kind="stable")
    )
    found = pd.merge_asof(
        asked,
        passed,
        left_on="decided_on",
        right_on="passed_on",
        by="customer_id",
        tolerance=pd.Timedelta(days=RECENT),
    ).set_index("index")["notes_passed"]
    found = found.reindex(rows.index)
    return pd.DataFrame(
        {
            "handoff_without_notes": (found == False).fillna(False).astype(float),  # noqa: E712 (missing is neither)
            "handoff_with_notes": (found == True).fillna(False).astype(float),  # noqa: E712
        }
    )


def _contacts(company: Company, rows: pd.DataFrame) -> pd.DataFrame:
    """Whether somebody assigned at the decision knows the customer's industry, and works in its region."""
    given = company.assignments[["customer_id", "person_id", "starts_on", "ends_on"]]
    asked = rows[["customer_id", "decided_on"]].reset_index().merge(given, on="customer_id")
    asked = asked[
        (asked["starts_on"] <= asked["decided_on"]) & ~(asked["ends_on"] <= asked["decided_on"])
    ]
    customers = company.customers.set_index("customer_id")
    people = company.people.drop_duplicates("person_id").set_index("person_id")
    pairs = asked[["customer_id", "person_id"]].drop_duplicates()
    industry = customers["industry"].reindex(pairs["customer_id"]).to_numpy()
    skills = people["skills"].reindex(pairs["person_id"]).fillna("").str.split(";").to_numpy()
    pairs["knows"] = [one in {each.strip() for each in many} for one, many in zip(industry, skills)]
    there = people["region"].reindex(asked["person_id"]).to_numpy()
    here = customers["region"].reindex(asked["customer_id"]).to_numpy()
    asked = (
        asked.merge(pairs, on=["customer_id", "person_id"]).assign(near=there == here)
        if len(asked)
        else asked.assign(knows=False, near=False)
    )
    best = asked.groupby("index")[["knows", "near"]].max().reindex(rows.index)
    best = best.fillna(False).astype(float)
    return best.rename(columns={"knows": "industry_known", "near": "region_shared"})


def _journey(company: Company, rows: pd.DataFrame) -> pd.DataFrame:
    """Value, fit and usage health as known at the decision."""
    value = company.milestones[company.milestones["milestone"] == "basic_value"]
    product = value["product"].fillna("")
    first = value.assign(product=product).groupby(["customer_id", "product"])["happened_on"].min()
    reached = first.reindex(pd.MultiIndex.from_frame(rows[["customer_id", "product"]])).to_numpy()
    points = (
        company.deals.dropna(subset=["customer_id", "fit"])
        .drop_duplicates("customer_id")
        .set_index("customer_id")["fit"]
    )
    points = points.reindex(rows["customer_id"]).to_numpy()
    usage = company.usage[["customer_id", "month", "seats", "active_users"]].dropna()
    usage = usage[usage["seats"] > 0]
    share = np.maximum(usage["active_users"], 0.5) / usage["seats"]
    usage = usage.assign(
        known_on=usage["month"] + pd.offsets.MonthBegin(1),
        health=np.clip(np.log(share / USUAL), -2, 1),
    )
    usage = usage.sort_values(["customer_id", "month"], kind="stable")
    usage["health"] = (
        usage.groupby("customer_id")["health"].rolling(3, min_periods=1).mean().to_numpy()
    )
    asked = (
        rows[["customer_id", "decided_on"]].reset_index().sort_values("decided_on", kind="stable")
    )
    found = pd.merge_asof(
        asked,
        usage[["customer_id", "known_on", "health"]].sort_values("known_on", kind="stable"),
        left_on="decided_on",
        right_on="known_on",
        by="customer_id",
        tolerance=pd.Timedelta(days=100),
    ).set_index("index")["health"]
    health = found.reindex(rows.index)
    return pd.DataFrame(
        {
            "value": (reached <= rows["decided_on"].to_numpy()).astype(float),
            "fit": np.nan_to_num((points - 60) / 10),
            "fit_missing": np.isnan(points).astype(float),
            "health": health.fillna(0.0).to_numpy(),
            "health_missing": health.isna().astype(float).to_numpy(),
        },
        index=rows.index,
    )
