"""Who is responsible, takes part or is informed, step by step from before the first contract to the closing of an expansion."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES

RESPONSIBLE, TAKING_PART, INFORMED, BLANK = "responsible", "taking part", "informed", ""
PARTS = (RESPONSIBLE, TAKING_PART, INFORMED, BLANK)
"""What part a team has in a step; blank: none."""

STEPS = {
    "rate the fit": "qualification",
    "close the first contract": "qualification",
    "kickoff": "onboarding",
    "onboard": "onboarding",
    "secure use": "adoption",
    "review with the customer": "adoption",
    "prepare the renewal": "renewal",
    "close the renewal": "renewal",
    "spot and propose an expansion": "expansion",
    "close the expansion": "expansion",
}
"""The steps from before the first contract to the closing of an expansion (S2's span; the division into ten is ours), each with its
lifecycle phase."""

CS, SALES = "CS", "sales"
COLUMNS = ["step", "phase", "team", "part"]


def chart(parts: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """A chart of ownership from ``{team: {step: part}}``: step, phase, team, part, one row a step and team, blanks included.

    A step without an entry is blank. Raises ValueError for a step or part that there is not.

    >>> mine = chart({"CS": {"onboard": "responsible"}, "sales": {"kickoff": "taking part"}})
    >>> mine[mine["part"] != ""][["step", "team", "part"]].values.tolist()
    [['kickoff', 'sales', 'taking part'], ['onboard', 'CS', 'responsible']]
    """
    if not parts:
        raise ValueError("a chart of ownership has at least one team.")
    for team, mine in parts.items():
        for step, part in mine.items():
            if step not in STEPS:
                raise ValueError(
                    f"{team}: there is no step {step!r}; the steps are: {', '.join(STEPS)}."
                )
            if part not in PARTS:
                raise ValueError(
                    f"{team}, {step}: a part is {', '.join(PARTS[:-1])} or blank, got {part!r}."
                )
    rows = [
        (step, phase, team, mine.get(step, BLANK))
        for step, phase in STEPS.items()
        for team, mine in parts.items()
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype(
        {
            "step": pd.CategoricalDtype(list(STEPS), ordered=True),
            "phase": pd.CategoricalDtype(PHASES, ordered=True),
        }
    )


def sample(
    *,
    cs_from: str = "rate the fit",
    sales_until: str = "kickoff",
    sales_again: str = "prepare the renewal",
    renewal: str = CS,
    expansion: str = SALES,
    others: bool = True,
) -> pd.DataFrame:
    """S2's sample shape: CS takes part from before the first contract to the closing of an expansion, and overlaps with sales
    on the way.

    S2 gives the span and the overlap, and says that any such chart is a sample. The rest is ours and can be varied: `cs_from`
    is the step from which CS takes part, `sales_until` the step up to which sales still does after the first contract,
    `sales_again` the step from which it does again; `renewal` and `expansion` say who (CS or sales) closes them, the question
    that S2 wants answered; `others` adds product, marketing, support and finance. Columns as :func:`chart`.

    >>> both = sample(others=False).pivot(index="step", columns="team", values="part")
    >>> both.loc["close the first contract"].to_dict()
    {'CS': 'taking part', 'sales': 'responsible'}
    """
    steps = list(STEPS)
    for name, step in (
        ("cs_from", cs_from),
        ("sales_until", sales_until),
        ("sales_again", sales_again),
    ):
        if step not in STEPS:
            raise ValueError(
                f"sample: {name} is a step, got {step!r}; the steps are: {', '.join(STEPS)}."
            )
    for name, team in (("renewal", renewal), ("expansion", expansion)):
        if team not in (CS, SALES):
            raise ValueError(f"sample: {name} is closed by CS or by sales, got {team!r}.")
    owner = dict.fromkeys(steps, CS) | dict.fromkeys(steps[:2], SALES)
    owner |= {"close the renewal": renewal, "close the expansion": expansion}
    first, last, again = (steps.index(step) for step in (cs_from, sales_until, sales_again))
    parts = {CS: {}, SALES: {}}
    for place, step in enumerate(steps):
        parts[CS][step] = (
            RESPONSIBLE if owner[step] == CS else TAKING_PART if place >= first else BLANK
        )
        joins = place <= last or place >= again
        parts[SALES][step] = (
            RESPONSIBLE if owner[step] == SALES else TAKING_PART if joins else INFORMED
        )
    return chart(parts | (OTHERS if others else {}))


OTHERS = {
    "product": {
        "rate the fit": INFORMED,
        "secure use": INFORMED,
        "review with the customer": TAKING_PART,
    },
    "marketing": {
        "onboard": INFORMED,
        "secure use": TAKING_PART,
        "review with the customer": INFORMED,
        "spot and propose an expansion": TAKING_PART,
    },
    "support": {"onboard": INFORMED, "secure use": TAKING_PART, "prepare the renewal": INFORMED},
    "finance": {
        "close the first contract": INFORMED,
        "close the renewal": INFORMED,
        "close the expansion": INFORMED,
    },
}
"""What further teams do in the sample (ours; S1 has feedback go into the product and success stories be shared inside)."""


def razor_sharp(*, others: bool = True) -> pd.DataFrame:
    """The variant that S2 warns of: every step has its owner and nobody else; whoever hands over is gone.

    Sales has all up to the first contract and again the closings; CS has what is between. Columns as :func:`chart`.

    >>> set(razor_sharp()["part"]) == {"responsible", ""}
    True
    """
    sales = dict.fromkeys(
        ("rate the fit", "close the first contract", "close the renewal", "close the expansion"),
        RESPONSIBLE,
    )
    cs = {step: RESPONSIBLE for step in STEPS if step not in sales}
    return chart({CS: cs, SALES: sales} | ({team: {} for team in OTHERS} if others else {}))


def in_practice(company: Company, months: int = 12) -> pd.DataFrame:
    """With which departments CS really works, by phase: what ``activities.department`` has recorded over the last `months` months.

    Returns phase, department, activities, hours, share (of all hours of CS in that phase), sorted by phase and share. It shows
    where other teams take part; who was responsible is not on record. Needs activities with phase, department and hours.

    >>> import cstoolkit as cs
    >>> found = in_practice(cs.load_company())
    >>> found[found["phase"] == "renewal"]["department"].iloc[0]
    'sales'
    """
    company.need(activities=["phase", "department", "hours"])
    work = company.activities[
        company.activities["happened_on"] > company.as_of - pd.DateOffset(months=months)
    ]
    total = work.groupby("phase")["hours"].sum()
    named = work[work["department"].fillna("").str.strip() != ""]
    frame = (
        named.groupby(["phase", "department"])["hours"]
        .agg(activities="size", hours="sum")
        .reset_index()
    )
    frame["share"] = frame["hours"] / frame["phase"].map(total)
    frame["phase"] = frame["phase"].astype(pd.CategoricalDtype(PHASES, ordered=True))
    return frame.sort_values(["phase", "share"], ascending=[True, False], ignore_index=True)
