"""Words: flags as people tick them, and values of a list whatever their case and width."""

from __future__ import annotations

import re
import unicodedata

from cstoolkit.data.parse._fault import Fault

YES = frozenset(
    {"true", "t", "1", "yes", "y", "はい", "有", "有り", "あり", "○", "◯", "〇", "✓", "✔"}
)
NO = frozenset({"false", "f", "0", "no", "n", "いいえ", "無", "無し", "なし", "×", "✕", "✗"})

_SHORTENED = re.compile(r"\d(\.\d+)?E\+\d{2,3}")


def read_flag(text: str) -> bool | Fault:
    """True or false, as ticked.

    >>> [read_flag(each) for each in ("ＴＲＵＥ", "はい", "No", "×")]
    [True, True, False, False]
    """
    clean = unicodedata.normalize("NFKC", text).strip().casefold()
    if clean in YES:
        return True
    if clean in NO:
        return False
    return Fault(
        "no flag", "is neither yes nor no", "Write true or false, or map the value in mapping.toml."
    )


def read_choice(text: str, choices: tuple[str, ...]) -> str:
    """The choice that the text spells in another case or width; the text itself where it spells none.

    >>> read_choice("Cross-Sell", ("upsell", "cross_sell"))
    'cross_sell'
    """
    clean = re.sub(r"[\s\-_]+", "_", unicodedata.normalize("NFKC", text).strip().casefold())
    return clean if clean in choices else text


def shortened(text: str) -> bool:
    """Whether a spreadsheet has cut a long number down to powers of ten: its digits are lost."""
    return bool(_SHORTENED.fullmatch(text))
