"""The data card: what the bundled company is, how it came about and what it is no use for. Every number in it is computed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cstoolkit.data.contract import describe
from cstoolkit.synthesis import journey, roster, sales, usage, work
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
    return f"""# {NAME}: the bundled company

{NAME} does not exist. It is a fictional vendor of HR software with two products, *recruiting* and *talent* (talent management), and its
data are made by `cstoolkit.synthesis` from causes that stand on this page. Currency: {CURRENCY}. History: from
{world.first_day.date()} up to the end of {world.as_of.date()} (`as_of`). Names of customers are random combinations of words; any
likeness to a real company is an accident.

## Cast

{people}

## How it grew

{_markdown(_history(world))}

## Tables

`csv/` (UTF-8, ISO days) and `parquet/` hold the same tables. `company.json` holds name, currency, `as_of` and cast. What the columns mean:
`cstoolkit.data.contract.describe()`.

{_markdown(_contents(world))}

What is missing, on purpose: {deals["fit"].isna().mean():.0%} of the qualifications have no recorded fit, {voices["score"].isna().mean():.0%} of the
voices no score, {voices["feature"].isna().mean():.0%} no feature; the pilots were never qualified. Before the first CS person, sales did the work and recorded none
of it. Webinars and e-mails are recorded by customer; the work of CS Ops, managers and analysts is not in `activities`.

## What only the makers know

`truth/` is read by `cs.load_truth()` and never part of a company. `customers`: latent fit and frailty. `stalls`: spans of low usage
({len(world.truth["stalls"]):,}), with the cause. `voices`: the true topic. `risk`: each of the {len(risk):,} decisions on a contract with its probability of
ending, the noise included. `effects`: the table below.

## The causal model

Time runs in weeks that begin on Monday; what a week's draw depends on is what was so on its Monday. *Hours* are the hours of the
customer's activities in the 28 days before. A *handoff* is a new assignment with `notes_passed` filled; it matters for milestones and
stalls for {journey.HANDOFF_DAYS} days, for a renewal for {sales.CHURN_HANDOFF_DAYS} days. Names in `code` are effects of the table below. x60 means (fit - 60) / 10.

**Qualification.** Latent fit is normal (`fit_mean`, `fit_sd`). Each of four answers is (fit + normal `answer_noise`) / 25, rounded to 0-4; recorded
fit is their weighted sum on the scale 0-100 ({questions}). Log-odds of a sale rise by `fit_on_sale` per 10 points of recorded fit. Regressing on
recorded in place of latent fit finds slightly less than the truth.

**Form of onboarding.** Relative odds against free: paid by `fit_on_paid` x60 and `size_on_paid` ln(employees / 120); self by `size_on_self` ln(employees / 120). So who
pays also fits better, and the naive comparison of paid with free is confounded.

**Milestones.** Hazard a week of milestone m, w weeks after `contract_signed`:

    rate_m * ramp_m(w) * exp(pace)
    pace = fit_on_value * x60 + size_on_value * ln(employees / 120) + form + tier + hours_on_value * ln(1 + hours)
           + handoff_on_value * (recent handoff) + notes_win_back * (recent handoff with notes) + frailty

Form is `self_on_value` or `paid_on_value`, tier `high_on_value` or `tech_on_value`; frailty is normal (0, `frailty_sd`). Each milestone has its own clock from the signing, and
a later one brings those before it along; so time from signing to kickoff, live, first or basic value is each a proportional-hazards time with the
same effects. ramp rises from 0 to 1: weeks before it starts and weeks it takes are {ramps}. Exceeded value runs from basic value, with ramp {journey.EXCEEDED_RAMP}.

**Hours are endogenous.** CSMs give more to high touch, to onboarding (more to paid), to renewals within {work.WINDOW_DAYS} days and to stalls older than {work.DETECTION_DAYS} days; what
does not fit into a person's week ({work.CUSTOMER_SHARE:.0%} of working hours) is not done, the least urgent first. So raw hours go with trouble.

**Handoffs.** An onboarding specialist hands over to a CSM {roster.SETTLED_DAYS} days after first value, or {roster.ONBOARDING_MOST_DAYS} days after taking over; further handoffs come when people leave, when teams are
reorganised, when a tier changes, and when a new colleague's book is filled. Whether the notes pass is chance (`notes_share`, `notes_share_ops`).

**Stalls.** Start a week: `stall_rate` exp(`fit_on_stall` x60 + `hours_on_stall` ln(1 + hours) + `handoff_on_stall` (recent handoff without notes)), once live. End a week: `stall_end_rate` exp(`hours_on_stall_end` ln(1 + hours)).

**Usage.** ln(active share of seats) in a month = ln `usage_base` + `fit_on_usage` x60 + `first_on_usage` (first value before the month) + `value_on_usage` (basic value before the
month) + share of weeks in a stall * ln `stall_factor` + ln `setup_factor` before going live + customer's level + normal `usage_month_sd`; never above 1. *Usage health* is
ln(active share / {usage.HEALTHY_SHARE:g}), kept within {usage.HEALTH_RANGE[0]:g} and {usage.HEALTH_RANGE[1]:g}, mean of the last three months known (half a user where there is none).

**Renewal.** Decided on the last Monday at least {sales.DECISION_DAYS} days before the contract's end:

    log-odds of leaving = churn_base + value_on_churn * (this product's basic value reached) + fit_on_churn * x60 + usage_on_churn * usage health
                          + handoff_on_churn * (last handoff within {sales.CHURN_HANDOFF_DAYS} days, without notes) + normal churn_noise_sd

In all, {fixed["churned"].mean():.1%} of {len(fixed):,} decisions ended a contract. Open-ended contracts take the same log-odds plus `open_ended_shift` once a month. {sales.LATE_SHARE:.0%} of renewals come
1-{sales.LATE_MOST_DAYS} days late. Fit acts on churn directly, through value and through usage: value and renewal share it as a common cause.

**Contracts.** Months and share of new contracts: {terms} (0 is open-ended). New ones start within two weeks of signing. A renewal keeps its level, takes 3% more, or is a
contraction.

**Contraction, expansion, return.** Contraction at a renewal: log-odds `contraction_base` + `usage_on_contraction` usage health. Upsell (in mid-term, {sales.QUIET_DAYS} days or more after the
level began and before its end) and second product: `upsell_rate` and `cross_sell_rate` a week times
exp(`usage_on_expansion` usage health + `value_on_expansion` (basic value reached)). A customer who left comes back at `return_rate` a week, from 90 days on.

**Voices and changes.** Topics drift over time; a shipped change lowers the weight of its topic. Scores follow usage health with noise. Neither speaking up nor a change alters
renewal: there is no such effect to be found.

**Organisation.** No effect of any team shape, tier policy or department is planted beyond the handoffs and hours that follow from it.

## Effects

{_markdown(_effects(world))}

## What it is no use for

It says nothing about real companies: effect sizes are assumptions. Results on it are checks of a method (does it find what is there?) or arithmetic of a design.
Seasonality, prices, competition and the economy are as simple as they look. People are interchangeable: nobody is better at the work than
anybody else. Hiring follows the sales plan, not what happened. Voices are built from clauses, so that text analysis is easier than in life.

## Again, and under which terms

`python -m cstoolkit.synthesis` rewrites this folder from seed {world.seed}; under the pinned versions the CSV files come out to the same bytes. The data are
dedicated to the public domain (CC0 1.0); the code that makes them has the project's licence.
"""


def _ramps() -> dict[str, tuple[float, float]]:
    names = ("kickoff", "live", "first value", "basic value")
    return dict(zip(names, journey.RAMP.values(), strict=True))
