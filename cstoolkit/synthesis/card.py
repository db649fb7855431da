"""The data card: what the bundled company is, how it came about and what it is no use for. Every number in it is computed."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pandas as pd

from cstoolkit.data.contract import describe
from cstoolkit.stats import auc
from cstoolkit.synthesis import engagement, journey, roster, sales, usage, work
from cstoolkit.synthesis.customers import ANSWERS, TERMS
from cstoolkit.synthesis.engine import Synthesis

NAME, CURRENCY, SEED = "Asagao Works", "USD", 2021
CAST = (
    ("Reiko Tanabe", "CEO", None, "asks what CS is for, and decides"),
    ("Daniel Okafor", "CFO", None, "pays, and asks what fewer people would mean"),
    ("Mio Kanzaki", "head of CS", "head", "has to defend the plan"),
    ("Tomás Rivera", "CS Ops", "cs_ops", "keeps the data and knows its faults"),
    ("Aiko Brandt", "CSM, high touch", "csm", "looks after customers"),
)
"""Name, role, role in `posts` (None: not in CS), and what they want."""


def about(world: Synthesis) -> dict[str, Any]:
    """Whose data this is, for ``company.json``."""
    return {
        "name": NAME,
        "currency": CURRENCY,
        "as_of": world.as_of.date().isoformat(),
        "first_day": world.first_day.date().isoformat(),
        "seed": world.seed,
        "cast": cast(world),
    }


def cast(world: Synthesis) -> list[dict[str, Any]]:
    """The people whom the notebooks name; those in CS are the longest-serving holders of their role."""
    posts = world.tables["posts"].merge(
        world.tables["people"][["person_id", "hired_on"]], on="person_id"
    )
    now = posts[posts["ends_on"].isna()].sort_values(["hired_on", "person_id"], kind="stable")
    people = []
    for name, role, post, wants in CAST:
        held = now[now["role"] == post]
        if post == "csm":
            held = held[held["team"] == "High Touch"]
        person = None if held.empty else held["person_id"].iloc[0]
        people.append({"name": name, "role": role, "person_id": person, "wants": wants})
    return people


def _markdown(table: pd.DataFrame) -> str:
    rows = [
        table.columns.to_list(),
        ["---"] * table.shape[1],
        *table.astype(str).to_numpy().tolist(),
    ]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
    )


def _history(world: Synthesis) -> pd.DataFrame:
    """The vendor at each year's end, live customers counted as contracts that run on that day."""
    contracts, people, tiers = (world.tables[name] for name in ("contracts", "people", "tiers"))
    stop = contracts["stopped_on"].fillna(contracts["ends_on"])
    rows = []
    for day in [world.first_day, *pd.date_range(world.first_day, world.as_of, freq="YE")]:
        known = contracts["signed_on"] <= day
        runs = contracts[known & (contracts["starts_on"] <= day) & (stop.isna() | (stop > day))]
        arr = runs.groupby("customer_id")["arr"].sum()
        now = tiers[
            (tiers["starts_on"] <= day) & (tiers["ends_on"].isna() | (tiers["ends_on"] > day))
        ]
        share = now["tier"].value_counts(normalize=True)
        on_board = (people["hired_on"] <= day) & (
            people["left_on"].isna() | (people["left_on"] > day)
        )
        rows.append(
            {
                "day": day.date().isoformat(),
                "customers": f"{len(arr):,}",
                "ARR, million": f"{arr.sum() / 1e6:.1f}",
                "median ARR": f"{arr.median():,.0f}",
                "mean ARR": f"{arr.mean():,.0f}",
                "people in CS": int(on_board.sum()),
                "high, low, tech touch": ", ".join(
                    f"{share.get(tier, 0):.0%}" for tier in ("high", "low", "tech")
                ),
            }
        )
    return pd.DataFrame(rows)


def _contents(world: Synthesis) -> pd.DataFrame:
    says = describe().groupby("table", sort=False)["column"].agg(list)
    rows = [
        {
            "table": name,
            "rows": f"{len(world.tables[name]):,}",
            "columns": ", ".join(world.tables[name].columns),
        }
        for name in says.index
    ]
    return pd.DataFrame(rows)


def _effects(world: Synthesis) -> pd.DataFrame:
    table = world.truth["effects"]
    return pd.DataFrame(
        {
            "name": "`" + table["name"].astype(str) + "`",
            "value": table["value"].map("{:g}".format),
            "unit": table["unit"],
            "range": table["low"].map("{:g}".format) + " to " + table["high"].map("{:g}".format),
            "meaning": table["meaning"],
        }
    )


def text(world: Synthesis) -> str:
    """The data card, in Markdown."""
    risk, deals, voices = world.truth["risk"], world.tables["deals"], world.tables["voices"]
    fixed = risk[~risk["open_ended"]]
    ramps = ", ".join(f"{name} ({after:g}, {over:g})" for name, (after, over) in _ramps().items())
    questions = ", ".join(f"`answer_{name}` {weight:g}" for name, weight in ANSWERS.items())
    terms = ", ".join(f"{months}: {share:.0%}" for months, share in TERMS)
    people = "\n".join(
        f"- **{one['name']}**, {one['role']}"
        + (f" (`{one['person_id']}`)" if one["person_id"] else "")
        + f": {one['wants']}."
        for one in cast(world)
    )
    values = {
        "people": people,
        "questions": questions,
        "ramps": ramps,
        "terms": terms,
        "first_day": world.first_day.date(),
        "as_of": world.as_of.date(),
        "name": NAME,
        "currency": CURRENCY,
        "history": _markdown(_history(world)),
        "contents": _markdown(_contents(world)),
        "unrated": f"{deals['fit'].isna().mean():.0%}",
        "unscored": f"{voices['score'].isna().mean():.0%}",
        "unnamed": f"{voices['feature'].isna().mean():.0%}",
        "stalls": f"{len(world.truth['stalls']):,}",
        "decisions": f"{len(risk):,}",
        "handoff_days": journey.HANDOFF_DAYS,
        "churn_handoff_days": sales.CHURN_HANDOFF_DAYS,
        "exceeded_ramp": journey.EXCEEDED_RAMP,
        "window_days": work.WINDOW_DAYS,
        "detection_days": work.DETECTION_DAYS,
        "customer_share": f"{work.CUSTOMER_SHARE:.0%}",
        "settled_days": roster.SETTLED_DAYS,
        "onboarding_most_days": roster.ONBOARDING_MOST_DAYS,
        "healthy_share": f"{usage.HEALTHY_SHARE:g}",
        "health_low": f"{usage.HEALTH_RANGE[0]:g}",
        "health_high": f"{usage.HEALTH_RANGE[1]:g}",
        "decision_days": sales.DECISION_DAYS,
        "churned": f"{fixed['churned'].mean():.1%}",
        "fixed_decisions": f"{len(fixed):,}",
        "late_share": f"{sales.LATE_SHARE:.0%}",
        "late_most_days": sales.LATE_MOST_DAYS,
        "quiet_days": sales.QUIET_DAYS,
        "effects": _markdown(_effects(world)),
        "declines": f"{len(world.truth['declines']):,}",
        "patience_days": engagement.PATIENCE_DAYS,
        "answer_days": engagement.ANSWER_DAYS,
        "memory_days": engagement.MEMORY_DAYS,
        "proposal_days": sales.PROPOSAL_DAYS,
        "leads": _markdown(_leads(world)),
        "recovered": f"{_recovered(world):.0%}",
        "showed": f"{fixed.loc[fixed['churned'], 'declining_since'].notna().mean():.0%}",
        "false_alarms": f"{fixed.loc[~fixed['churned'], 'declining_since'].notna().mean():.0%}",
        "best_rank": _ranked(fixed, fixed["probability"]),
        "engagement_rank": _ranked(fixed, -fixed["engagement"]),
        "seed": world.seed,
    }
    template = resources.files("cstoolkit.synthesis").joinpath("card.md")
    return template.read_text(encoding="utf-8").format_map(values)


SIGNS = {
    "decline": "the decline itself",
    "logins": "logins",
    "active_users": "active users",
    "features_used": "features in use",
    "voices": "what they say",
}


def _leads(world: Synthesis) -> pd.DataFrame:
    signs = world.truth["signs"]
    quartiles = [
        f"{low:.0f} to {high:.0f}" for low, high in signs[["low", "high"]].itertuples(index=False)
    ]
    return pd.DataFrame(
        {
            "sign": signs["sign"].map(SIGNS),
            "weeks after the decline began": signs["lag_weeks"],
            "days before the decision, median": signs["lead_days"].map("{:.0f}".format),
            "quartiles": quartiles,
            "speaks before the decision": signs["in_time"].map("{:.0%}".format),
        }
    )


def _ranked(risk: pd.DataFrame, score: pd.Series) -> str:
    """In how many pairs a contract that ended has the higher score than one that went on."""
    if risk["churned"].nunique() < 2:
        return "an unknown share"
    return f"{auc(score, risk['churned']).value:.0%}"


def _recovered(world: Synthesis) -> float:
    """Share of declines that turned while the customer was live."""
    declines, contracts = world.truth["declines"], world.tables["contracts"]
    last = contracts["stopped_on"].fillna(contracts["ends_on"]).fillna(world.as_of)
    left = declines["customer_id"].map(last.groupby(contracts["customer_id"]).max())
    return float((declines["ends_on"] < left).mean())


def _ramps() -> dict[str, tuple[float, float]]:
    names = ("kickoff", "live", "first value", "basic value")
    return dict(zip(names, journey.RAMP.values(), strict=True))
