"""Play with ownership: from where does CS take part, until when does sales stay, and who closes?"""

from __future__ import annotations

from cstoolkit import display, ownership
from cstoolkit.controls import Panel, choice
from cstoolkit.data.company import Company
from cstoolkit.ownership import plots as pictures


def panel(company: Company) -> Panel:
    """A chart of ownership built by five choices, with what its check finds; beside it how much of CS's renewal work sales
    really shares.

    >>> import cstoolkit as cs
    >>> shown = panel(cs.load_company())
    >>> shown.sentence.startswith("No breach")
    True
    """
    steps = list(ownership.STEPS)
    shared = _shared(company)

    def draw(
        cs_from: str, sales_until: str, sales_again: str, renewal: str, expansion: str
    ) -> tuple:
        chart = ownership.sample(
            cs_from=cs_from,
            sales_until=sales_until,
            sales_again=sales_again,
            renewal=renewal,
            expansion=expansion,
            others=False,
        )
        findings = ownership.check(chart)
        return pictures.heatmap(chart, findings), _sentence(findings, shared)

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


def _sentence(findings, shared: str) -> display.Shown:
    breaches = findings[findings["weight"] == "breach"]
    mind = findings[findings["weight"] == "mind"]
    if breaches.empty and mind.empty:
        said = "No breach: every border overlaps."
    elif breaches.empty:
        said = f"No breach, but mind: {mind['says'].iloc[0]}"
    else:
        more = f" ({len(breaches) - 1} more)" if len(breaches) > 1 else ""
        said = f"{len(breaches)} {'breach' if len(breaches) == 1 else 'breaches'}: {breaches['says'].iloc[0]}{more}"
    return display.sentence_of("{said} {shared}", said=said, shared=shared)
