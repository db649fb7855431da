"""What is wrong with one value, and what to do about it."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """`rule` names the sort of fault (a report groups by it), `problem` says what is wrong, `mend` what to write instead."""

    rule: str
    problem: str
    mend: str
