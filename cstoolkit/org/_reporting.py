"""Under which leader CS stands: S2's three reporting lines, as a property of a design."""

from __future__ import annotations

from dataclasses import dataclass

LINES = ("CEO-direct", "under CCO", "under CRO")
"""S2's reporting lines. S2 names them and says where each is seen; it gives no further detail."""

_SEEN = {
    "CEO-direct": "usual in start-ups",
    "under CCO": "probably the easiest to apply in many companies; the head of sales and the CCO must be peers",
    "under CRO": "seen with product-led growth; the CRO owns all revenue, new and existing",
}


@dataclass(frozen=True, kw_only=True)
class ReportingLine:
    """Who stands above CS and who beside it: `chain` from the top down to the leader of CS, `peers` of the chain's place
    below the top.

    `beside` is the member of the chain whose peers they are, `seen` what S2 says of the line.
    """

    line: str
    chain: tuple[str, ...]
    beside: str
    peers: tuple[str, ...]
    seen: str

    @property
    def head(self) -> str:
        """Who heads CS."""
        return self.chain[-1]

    @property
    def levels(self) -> int:
        """Levels from the top to the head of CS: 1 when it reports directly."""
        return len(self.chain) - 1


def reporting_line(
    line: str, *, top: str = "CEO", peers: tuple[str, ...] = ("head of sales",)
) -> ReportingLine:
    """One of S2's reporting lines. In a large company of independent businesses, `top` is the head of the business.

    The head of sales as peer is S2's for the CCO; for the other two lines it is the reading of this project. Further peers
    can be named.

    >>> reporting_line("under CCO").chain
    ('CEO', 'CCO', 'head of CS')
    >>> reporting_line("under COO")
    Traceback (most recent call last):
    ValueError: reporting line 'under COO' is not known; there are: CEO-direct, under CCO, under CRO.
    """
    chains = {
        "CEO-direct": ((top, "head of CS"), "head of CS"),
        "under CCO": ((top, "CCO", "head of CS"), "CCO"),
        "under CRO": ((top, "CRO", "CCO"), "CCO"),
    }
    if line not in chains:
        raise ValueError(f"reporting line {line!r} is not known; there are: {', '.join(LINES)}.")
    chain, beside = chains[line]
    return ReportingLine(line=line, chain=chain, beside=beside, peers=peers, seen=_SEEN[line])
