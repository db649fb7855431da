"""Exercises on ownership: who owns which step, what passes between teams, what is lost at a handoff?"""

from __future__ import annotations

import pandas as pd

from cstoolkit import ownership
from cstoolkit.data.company import Company
from cstoolkit.exercises.kinds import Choice, Decision, Number, Option, Table


def share_with_notes(company: Company) -> float:
    """Share of the handoffs of the last twelve months at which the notes were passed on."""
    found = ownership.handoffs(company)
    lately = found[found["handed_on"] > company.as_of - pd.DateOffset(months=12)]
    return lately["notes"].mean()


def share_of_assignments(company: Company) -> float:
    """The same, with first assignments counted as if they were handoffs without notes."""
    rows = company.assignments[
        company.assignments["starts_on"] > company.as_of - pd.DateOffset(months=12)
    ]
    return rows["notes_passed"].fillna(False).mean()


def odds_of_leaving(company: Company) -> float:
    """How many times the odds of leaving are as high after a handoff without notes."""
    found = ownership.handoff_effects(company, ["leave"]).set_index("effect")
    return found.loc["no notes", "ratio"]


def against_notes(company: Company) -> float:
    """No notes against notes: another question."""
    found = ownership.handoff_effects(company, ["leave"]).set_index("effect")
    return 1 / found.loc["notes win back", "ratio"]


def high_risk_renewals(company: Company) -> pd.DataFrame:
    """ARR of the renewals of the next 90 days, by risk band."""
    rows = ownership.calendar(company, ownership.risk_bands(company), within=90)
    renewals = rows.drop_duplicates(["customer_id", "renews_on"])
    return renewals.groupby("band", as_index=False)["arr"].sum()


def every_step(company: Company) -> pd.DataFrame:
    """The same with a renewal counted once for each of its steps."""
    rows = ownership.calendar(company, ownership.risk_bands(company), within=90)
    return rows.groupby("band", as_index=False)["arr"].sum()


def advice(company: Company) -> str:
    """Three sentences on notes at handoffs, with this company's figures."""
    found = ownership.handoff_effects(company, ["leave"]).set_index("effect")
    lost, kept = found.loc["no notes"], found.loc["with notes"]
    worth = ownership.notes_worth(company).iloc[0]
    return (
        f"From now on no customer changes hands before the notes are in the CRM: last year {1 - share_with_notes(company):.0%} did. "
        f"After a handoff without notes the odds of leaving are {lost['ratio']:.1f} times as high (95% interval "
        f"{lost['ratio_low']:.1f} to "
        f"{lost['ratio_high']:.1f}), with notes {kept['ratio']:.1f} times. "
        f"Expect {worth['arr_kept']:,.0f} {company.currency} of ARR kept in a year, somewhere between {worth['arr_kept_low']:,.0f} and "
        f"{worth['arr_kept_high']:,.0f}, and stop if the share with notes has not risen within two quarters."
    )


NEEDS = {"assignments": ["notes_passed", "person_id"]}
DECIDED = NEEDS | {"milestones": ["milestone"], "usage": ["active_users"]}

EXERCISES = (
    Choice(
        question="Sales closes the first contract, CS takes over at the kickoff. What does S2 ask for at this border?",
        options={
            "a": Option(
                "One team a step and a written line between them, so that nobody does the other's work.",
                "Taking clear for sharp: one team is responsible for each step, but at a razor-sharp border CS comes in cold "
                "and sales is gone.",
            ),
            "b": Option(
                "CS takes part before the contract is closed, sales still does at the kickoff.",
                "Responsibility passes on at one moment; taking part overlaps on both sides of it.",
            ),
            "c": Option(
                "Both are responsible for both steps.",
                "Taking overlap for shared responsibility: then nobody decides. The next owner takes part, the last one "
                "stays; one is responsible.",
            ),
            "d": Option(
                "Sales informs CS in writing once the contract is signed.",
                "Being informed is not taking part: CS learns what was promised when it can no longer be changed.",
            ),
        },
        right="b",
        hints=[
            "ownership.check(ownership.sample()) says which borders overlap, and how.",
            "Where does ownership of CS begin in S2?",
        ],
        why="S2 has CS take part from before the first contract closes, overlapping with sales on purpose.",
    ),
    Number(
        question="At what share of the handoffs of the last twelve months were the notes passed on? Use ownership.handoffs(company).",
        unit="share",
        answer=share_with_notes,
        needs=NEEDS,
        misconceptions=[
            (
                share_of_assignments,
                "That counts first assignments as handoffs without notes. Where nobody looked after the customer before, "
                "nothing was passed on.",
            ),
            (
                lambda company: ownership.handoffs(company)["notes"].mean(),
                "That is the share over the whole history; the question asks for the last twelve months.",
            ),
        ],
        hints=[
            "One row a handoff; `handed_on` is its day and `notes` says whether they were passed.",
            'lately["notes"].mean()',
        ],
        why="A handoff is an assignment that follows another one; only there can notes be passed or lost.",
    ),
    Number(
        question=(
            "How many times as high are the odds of leaving at a renewal that was decided within half a year after a handoff "
            "without notes? "
            'Use ownership.handoff_effects(company, ["leave"]).'
        ),
        unit="times",
        answer=odds_of_leaving,
        tolerance=0.02,
        spec=".2f",
        needs=DECIDED,
        misconceptions=[
            (
                against_notes,
                "That compares no notes with notes. The question compares a handoff without notes with no recent handoff at all.",
            ),
            (
                lambda company: (
                    ownership.handoff_effects(company, ["leave"])
                    .set_index("effect")
                    .loc["no notes", "estimate"]
                ),
                "That is the logarithm of the ratio: its exponential is the ratio.",
            ),
        ],
        hints=[
            "The effect is called no notes; which column has the ratio?",
            'effects.set_index("effect").loc["no notes", "ratio"]',
        ],
        why="Odds are the chance of leaving against staying; at equal value, fit and usage the ratio is what goes with the handoff.",
    ),
    Table(
        question=(
            "How much ARR comes up for renewal in the next 90 days, by risk band? A table with the columns band and arr. Use "
            "ownership.calendar(company, ownership.risk_bands(company), within=90)."
        ),
        answer=high_risk_renewals,
        keys=["band"],
        needs={"usage": ["active_users"], "milestones": ["milestone"]},
        misconceptions=[
            (
                every_step,
                "The calendar has one row a renewal and step: you have counted each renewal once for each of its steps.",
            ),
        ],
        hints=[
            "How many rows has one renewal?",
            'rows.drop_duplicates(["customer_id", "renews_on"]), then group by band.',
        ],
        why="One renewal, five steps: count renewals, not steps.",
    ),
    Decision(
        question=(
            "The head of CS asks what a rule 'no handoff without notes' would be worth. Write three sentences: what you "
            "advise, what it rests on "
            "and how sure that is, and by what you will see whether it works."
        ),
        rubric=[
            "names the rule and how often it is broken today",
            "gives an effect with its interval, and does not call it certain",
            "says what is watched, and by when",
        ],
        sample=advice,
        needs=DECIDED,
        hints=[
            "ownership.notes_worth(company) has ARR with its interval.",
            "An interval that reaches below zero is part of the answer.",
        ],
        why="Passing notes costs hours; who pays them wants to know what comes back, and how surely.",
    ),
)
