"""The bundled data set as files: CSV to the same bytes each time, Parquet, truth,
and the data card.

The card (``card.md``) says what the company is, how it came about and what it is no use for; every
number in it is computed.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import tables
from cstoolkit.data import bundled
from cstoolkit.data.contract import TABLES
from cstoolkit.stats import auc
from cstoolkit.synthesis import journey, roster, sales, signals, work
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
    """The people whom the notebooks name; those in CS are the longest-serving
    holders of their role.
    """
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
    contracts = contracts.assign(ends_on=contracts["stopped_on"].fillna(contracts["ends_on"]))
    people = people.rename(columns={"hired_on": "starts_on", "left_on": "ends_on"})
    rows = []
    for day in [world.first_day, *pd.date_range(world.first_day, world.as_of, freq="YE")]:
        runs, held, on_board = (
            rows[(rows["starts_on"] <= day) & ~(rows["ends_on"] <= day)]
            for rows in (contracts[contracts["signed_on"] <= day], tiers, people)
        )
        arr = runs.groupby("customer_id")["arr"].sum()
        share = held["tier"].value_counts(normalize=True)
        touch = [f"{share.get(tier, 0):.0%}" for tier in ("high", "low", "tech")]
        rows.append(
            {
                "day": day.date().isoformat(),
                "customers": f"{len(arr):,}",
                "ARR, million": f"{arr.sum() / 1e6:.1f}",
                "median ARR": f"{arr.median():,.0f}",
                "mean ARR": f"{arr.mean():,.0f}",
                "people in CS": len(on_board),
                "high, low, tech touch": ", ".join(touch),
            }
        )
    return pd.DataFrame(rows)


def _contents(world: Synthesis) -> pd.DataFrame:
    rows = [
        {"table": name, "rows": f"{len(table):,}", "columns": ", ".join(table.columns)}
        for name, table in ((name, world.tables[name]) for name in TABLES)
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
    showed = fixed["declining_since"].notna().groupby(fixed["churned"]).mean()
    names = ("kickoff", "live", "first value", "basic value")
    ramps = zip(names, journey.RAMP.values(), strict=True)
    people = [
        f"- **{one['name']}**, {one['role']}"
        + (f" (`{one['person_id']}`)" if one["person_id"] else "")
        + f": {one['wants']}."
        for one in cast(world)
    ]
    values = {
        "name": NAME,
        "currency": CURRENCY,
        "people": "\n".join(people),
        "questions": ", ".join(f"`answer_{name}` {weight:g}" for name, weight in ANSWERS.items()),
        "ramps": ", ".join(f"{name} ({after:g}, {over:g})" for name, (after, over) in ramps),
        "terms": ", ".join(f"{months}: {share:.0%}" for months, share in TERMS.items()),
        "history": _markdown(_history(world)),
        "contents": _markdown(_contents(world)),
        "effects": _markdown(_effects(world)),
        "leads": _markdown(_leads(world)),
        "unrated": f"{deals['fit'].isna().mean():.0%}",
        "unscored": f"{voices['score'].isna().mean():.0%}",
        "unnamed": f"{voices['feature'].isna().mean():.0%}",
        "stalls": f"{len(world.truth['stalls']):,}",
        "declines": f"{len(world.truth['declines']):,}",
        "decisions": f"{len(risk):,}",
        "fixed_decisions": f"{len(fixed):,}",
        "churned": f"{fixed['churned'].mean():.1%}",
        "recovered": f"{_recovered(world):.0%}",
        "showed": f"{showed.get(True, np.nan):.0%}",
        "false_alarms": f"{showed.get(False, np.nan):.0%}",
        "best_rank": _ranked(fixed, fixed["probability"]),
        "engagement_rank": _ranked(fixed, -fixed["engagement"]),
        **{f"recorded_{days}": _recorded(world, days) for days in (90, 30)},
    }
    template = resources.files("cstoolkit.synthesis").joinpath("card.md").read_text("utf-8")
    causes = {"journey": journey, "roster": roster, "sales": sales, "signals": signals}
    return template.format_map(values | causes | {"work": work, "world": world})


def _leads(world: Synthesis) -> pd.DataFrame:
    signs = world.truth["signs"]
    quartiles = [
        f"{low:.0f} to {high:.0f}" for low, high in signs[["low", "high"]].itertuples(index=False)
    ]
    return pd.DataFrame(
        {
            "sign": signs["sign"].map(journey.SIGNS["words"]),
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


def _recorded(world: Synthesis, days: int) -> str:
    """The same by the probabilities that the records so many days before the end allow."""
    if world.seed != SEED:
        return "an unknown share"
    key = ["customer_id", "product", "ends_on"]
    recorded = tables.read("synthesis", "recorded")
    recorded["ends_on"] = pd.to_datetime(recorded["ends_on"]).dt.as_unit("us")
    risk = world.truth["risk"].drop_duplicates(key)
    both = recorded[recorded["days"] == days].merge(risk[[*key, "churned"]], on=key)
    return _ranked(both, both["probability"])


def _recovered(world: Synthesis) -> float:
    """Share of declines that turned while the customer was live."""
    declines, contracts = world.truth["declines"], world.tables["contracts"]
    last = contracts["stopped_on"].fillna(contracts["ends_on"]).fillna(world.as_of)
    left = declines["customer_id"].map(last.groupby(contracts["customer_id"]).max())
    return float((declines["ends_on"] < left).mean())


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The table as CSV: UTF-8, ISO days, line feeds, no decimals that say nothing.

    >>> csv_bytes(pd.DataFrame({"arr": [1200.0, 0.25], "on": pd.to_datetime(["2024-03-01", None])}))
    b'arr,on\\n1200,2024-03-01\\n0.25,\\n'
    """
    text = table.to_csv(
        index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.10g"
    )
    return text.encode("utf-8")


def contents(world: Synthesis) -> dict[str, bytes]:
    """Every text file of the data set: path inside the folder, and bytes."""
    found = {f"csv/{name}.csv": csv_bytes(table) for name, table in world.tables.items()}
    found |= {f"truth/{name}.csv": csv_bytes(table) for name, table in world.truth.items()}
    if world.seed == SEED:
        found["truth/recorded.csv"] = csv_bytes(tables.read("synthesis", "recorded"))
    found[bundled.ABOUT] = (json.dumps(about(world), indent=2, ensure_ascii=False) + "\n").encode(
        "utf-8"
    )
    found["README.md"] = text(world).encode("utf-8")
    return found


def write(world: Synthesis, folder: Path) -> None:
    """Rewrite the data set in `folder`: everything is made beside it first, then moved into place;
    leftovers of its folders go.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".synthesis-", dir=folder.parent))
    try:
        for path, data in contents(world).items():
            (made / path).parent.mkdir(exist_ok=True)
            (made / path).write_bytes(data)
        (made / "parquet").mkdir()
        for name, table in world.tables.items():
            table.to_parquet(made / "parquet" / f"{name}.parquet", index=False, compression="zstd")
        new = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
        for path in new:
            (folder / path).parent.mkdir(exist_ok=True)
            os.replace(made / path, folder / path)
        for name in ("csv", "parquet", "truth"):
            for old in (folder / name).iterdir():
                if old.is_file() and old.relative_to(folder) not in new:
                    old.unlink()
    finally:
        shutil.rmtree(made)
