"""Play with ownership: from where does CS take part, until when does sales stay, and who closes?"""

from __future__ import annotations

from cstoolkit import display, ownership
from cstoolkit.controls import Panel, choice
from cstoolkit.data.company import Company
from cstoolkit.ownership import plots


def panel(company: Company) -> Panel:
    """A chart of ownership built by five choices, what its check finds, and what is on record.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> panel(cs.load_company()).sentence.startswith("No breach")
    True
    """
    steps = list(ownership.steps())
    start = ownership.sample()
    start = start[start["team"].isin(["CS", "sales"])]
    shared = _shared(company)

    def draw(**choices: str) -> tuple:
        chart = ownership.vary(start, **choices)
        findings = ownership.check(chart)
        said = display.sentence_of("{said} {shared}", said=_said(findings), shared=shared)
        return plots.heatmap(chart, findings), said

    return Panel(
        draw,
        {
            "cs_from": choice("CS takes part from", steps),
            "sales_until": choice("sales stays until", steps, "kickoff"),
            "sales_again": choice("sales comes back at", steps, "prepare the renewal"),
            "renewal": choice("renewal is closed by", ["CS", "sales"]),
            "expansion": choice("expansion is closed by", ["sales", "CS"]),
        },
    )


def _shared(company: Company) -> str:
    """What the records say about renewals, as a sentence; empty where they say nothing."""
    if company.lacks(activities=["phase", "department", "hours"]):
        return ""
    rows = ownership.in_practice(company)
    share = rows.loc[(rows["phase"] == "renewal") & (rows["department"] == "sales"), "share"].sum()
    return f"In the last year sales shared {share:.0%} of CS's hours on renewals."


def _said(findings) -> str:
    """The first breach, else the first thing to mind."""
    says = {weight: rows["says"].to_list() for weight, rows in findings.groupby("weight")}
    breaches = says.get("breach", [])
    if breaches:
        more = f" ({len(breaches) - 1} more)" if len(breaches) > 1 else ""
        return f"{len(breaches)} {'breach' if not more else 'breaches'}: {breaches[0]}{more}"
    if "mind" in says:
        return f"No breach, but mind: {says['mind'][0]}"
    return "No breach: every border overlaps."
