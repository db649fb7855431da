"""Numbers as people and spreadsheets write them: full-width digits, thousands separators, currency signs."""

from __future__ import annotations

import re
import unicodedata

from cstoolkit.data.parse._fault import Fault

SIGNS = {
    "¥": ("JPY", "CNY"),
    "円": ("JPY",),
    "$": ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD"),
    "€": ("EUR",),
    "£": ("GBP",),
    "₩": ("KRW",),
    "₹": ("INR",),
}
"""Currency signs, with the currencies that each is written for."""

EXACT = 2**53
"""Whole numbers below this are held exactly by float64."""

_AMOUNT = re.compile(
    r"(?P<minus>[-+\u2212\u25b2\u25b3]?)\s*(?P<sign>[¥$€£₩₹]?)\s*(?P<inner>[-\u2212]?)(?P<digits>[\d., '\u2019]*\d)\s*(?P<after>[円€]?)"
)
_PLAIN = re.compile(r"\d+(\.\d+)?")
_GROUPED = re.compile(
    r"\d{1,3}(?:(,)\d{3}(?:,\d{3})*|( )\d{3}(?: \d{3})*|(['\u2019])\d{3}(?:['\u2019]\d{3})*)(\.\d+)?"
)
_SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d+)?[eE][-+]?\d{1,3}")
_EUROPEAN = re.compile(r"\d{1,3}(\.\d{3})*,\d+|\d+,\d+")


def read_number(text: str, *, unit: str, currency: str) -> float | Fault:
    """The number that the text writes, or what is wrong with it.

    A comma, a space or an apostrophe separates thousands, and only where groups of three say so; a decimal comma is refused,
    since 1,200 could be either. A currency sign is taken in columns of money, where it agrees with `currency`.

    >>> read_number("¥１,２００,０００", unit="currency a year", currency="JPY")
    1200000.0
    >>> read_number("1,5", unit="hours", currency="").rule
    'decimal comma'
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    if _SCIENTIFIC.fullmatch(clean):
        return _finite(clean)
    if clean.endswith("%"):
        share = clean[:-1].strip()
        whole = (
            f"{share} if {unit} are meant" if unit else f"{share}, or the share, {_share(share)}"
        )
        return Fault("percent", "is a percentage; a plain number is wanted", f"Write {whole}.")
    found = _AMOUNT.fullmatch(clean)
    if not found or (found["minus"] and found["inner"]) or (found["sign"] and found["after"]):
        return Fault(
            "no number", "is no number", f"Write digits with a point for decimals{_of(unit)}."
        )
    sign = found["sign"] or found["after"]
    if sign and "currency" not in unit:
        return Fault(
            "currency sign",
            f"has a currency sign, but this column is no money{_of(unit)}",
            "Write the number alone.",
        )
    if sign and currency and currency not in SIGNS[sign]:
        return Fault(
            "other currency",
            f"is written in {' or '.join(SIGNS[sign])}, but the company's currency is {currency}",
            f"Convert it to {currency}, or set the company's currency to that of all its amounts.",
        )
    digits = found["digits"]
    grouped = _GROUPED.fullmatch(digits)
    if grouped:
        digits = re.sub(r"[, '\u2019]", "", digits)
    elif not _PLAIN.fullmatch(digits):
        if _EUROPEAN.fullmatch(digits):
            point = digits.replace(".", "").replace(",", ".")
            return Fault(
                "decimal comma",
                "has a comma that separates no thousands",
                f"If a decimal comma is meant, write {point}.",
            )
        return Fault(
            "no number", "is no number", f"Write digits with a point for decimals{_of(unit)}."
        )
    negative = found["minus"] not in ("", "+") or bool(found["inner"])
    return _finite(("-" if negative else "") + digits)


def _finite(digits: str) -> float | Fault:
    value = float(digits)
    if abs(value) >= EXACT:
        return Fault(
            "too large", "is too large to be held exactly", "Give the number in a larger unit."
        )
    return value


def _share(text: str) -> str:
    return f"{float(text) / 100:g}" if _PLAIN.fullmatch(text) else "between 0 and 1"


def _of(unit: str) -> str:
    return f" ({unit})" if unit else ""
