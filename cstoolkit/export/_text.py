"""Text from data made harmless for spreadsheets."""

from __future__ import annotations

import re
import unicodedata

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STARTS = ("=", "+", "-", "\u2212", "@", "|", "%")
_LINK = re.compile(r"\|.*!", re.DOTALL)

REPLACED = "\ufffd"
"""What stands for a character that no spreadsheet file may hold."""


def legal(text: str) -> str:
    """The text without control characters, which XML forbids, each shown as the replacement character.

    >>> legal("a\\x00b")
    'a\ufffdb'
    """
    return _ILLEGAL.sub(REPLACED, text)


def risky(text: str) -> bool:
    """Whether a spreadsheet might run the text: a formula's first letter, in full width too, or a call of another program.

    >>> [risky(each) for each in ("=1+1", "＝1+1", " @SUM(A1)", "\\t=1", "cmd|' /C calc'!A0", "Mori & Co", "a-b")]
    [True, True, True, True, True, False, False]
    """
    # Spaces, control characters and marks that nobody sees may stand before the first letter that counts.
    seen = (each for each in text if unicodedata.category(each)[0] not in "ZC")
    first = unicodedata.normalize("NFKC", next(seen, ""))
    return (
        first.startswith(_STARTS) or text.startswith(("\t", "\r", "\n")) or bool(_LINK.search(text))
    )
