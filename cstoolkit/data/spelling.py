"""One text, read as a day, a number, a flag or a choice, as people and spreadsheets write them.

What two readers would read differently is not read: it is a :class:`Fault`.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from cstoolkit import tables
from cstoolkit.data.report import Fault, fault

FIRST_YEAR = 1900
"""Days before this year are taken for slips of the pen."""

EXACT = 2**53
"""Whole numbers below this are held exactly by float64."""

SIGNS = {
    "¥": ("JPY", "CNY"),
    "円": ("JPY",),
    "$": ("USD", "AUD", "BRL", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "TWD"),
    "€": ("EUR",),
    "£": ("GBP",),
    "₩": ("KRW",),
    "₹": ("INR",),
}
"""Currency signs, with the currencies that each is written for."""

UNUSUAL = (
    "[\u00a0\u00ad\u0300-\u036f\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u3000\u3099\u309a\ufeff\uff01-\uffee]"
)
"""A regular expression for the characters that :func:`plain` replaces."""

WORDS = {
    meaning: frozenset(words)
    for meaning, words in tables.read("data", "words").groupby("meaning")["word"]
}
"""Words in small letters, from words.csv: for "yes" and "no", what people write for nothing
("blank"), a row that adds others up ("total"), and what a column of codes is called
("currency")."""

_DAYS = (
    re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]+(?P<time>.+))?"),
    re.compile(r"(\d{4})(年)\s*(\d{1,2})月\s*(\d{1,2})日"),
    re.compile(r"(\d{4})()(\d{2})(\d{2})"),
)
_MONTHS = re.compile(r"(\d{4})(?:[-/.](\d{1,2})|年\s*(\d{1,2})月|(\d{2}))")
_MIDNIGHT = re.compile(r"0{1,2}:00(:00([.,]0+)?)?")
_ZONE = re.compile(r"(Z|UTC|GMT|[+-]\d\d:?(\d\d)?)$", re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})")
_SERIAL = re.compile(r"[1-9]\d{4}(\.0+)?")
_ERA = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])\s*(\d{1,2}|元)\s*[年./-].*")

_AMOUNT = re.compile(
    r"(?P<minus>[-+\u2212\u25b2\u25b3]?)\s*(?P<sign>[¥$€£₩₹]?)\s*(?P<inner>[-\u2212]?)"
    r"(?P<digits>[\d., '\u2019]*\d)\s*(?P<after>[円€]?)"
)
_PLAIN = re.compile(r"\d+(\.\d+)?")
_GROUPED = re.compile(r"\d{1,3}([, '\u2019])\d{3}(\1\d{3})*(\.\d+)?")
_SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d+)?[eE][-+]?\d{1,3}")
_POINTS = re.compile(r"[1-9]\d{0,2}(\.\d{3})+")
_DECIMAL_COMMA = re.compile(r"\d{1,3}(\.\d{3})*,\d+|\d+,\d+")


def plain(text: str) -> str:
    """The text in ordinary characters: one width, one kind of blank, nothing that nobody sees.

    What means something else stays, so that 12² is not taken for 122.

    >>> plain("Ａ\u00a01\u200b"), plain("12²")
    ('A 1', '12²')
    """
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", "".join(map(_ordinary, text))).strip()


def _ordinary(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in ("Cf", "Zs"):
        return " " if category == "Zs" else ""
    width = unicodedata.decomposition(letter).startswith(("<wide>", "<narrow>"))
    return unicodedata.normalize("NFKC", letter) if width else letter


def date(text: str, *, month: bool = False, date_format: str = "") -> dt.datetime | Fault:
    """The day that a text writes (of a month: its first), or what is wrong with it.

    Parameters
    ----------
    text : str
        Year first is read in any of its spellings.
    month : bool
        Whether the first day of a month is wanted.
    date_format : str, optional
        How other days are written, in the codes of ``strptime``.

    Returns
    -------
    datetime or Fault

    Examples
    --------
    >>> date("２０２４年３月１日")
    datetime.datetime(2024, 3, 1, 0, 0)
    >>> date("03-04-2024").problem
    'can be read as 2024-04-03 or as 2024-03-04'
    >>> date("03-04-2024", date_format="%d-%m-%Y")
    datetime.datetime(2024, 4, 3, 0, 0)
    """
    clean = plain(text)
    if date_format:
        try:
            day = dt.datetime.strptime(clean, date_format)
        except ValueError:
            # A format that itself begins with the year would compete with the spellings below.
            if date_format.startswith(("%Y", "%y")):
                return fault("other format", form=date_format)
        else:
            if not month and not re.search("%[djcx]", date_format):
                return fault("no day", example="")
            return check_day(day, month=month) or day
    if found := next(filter(None, (each.fullmatch(clean) for each in _DAYS)), None):
        parts = [found[1], found[3], found[4]]
        time = found.groupdict().get("time")
        if time and _ZONE.search(time):
            return fault("time zone", day="-".join(parts))
        if time and not _MIDNIGHT.fullmatch(time.strip()):
            return fault("time of day", day=f"{parts[0]}-{int(parts[1]):02}-{int(parts[2]):02}")
    elif found := _MONTHS.fullmatch(clean):
        parts = [found[1], found[2] or found[3] or found[4], "1"]
        if not month:
            return fault("no day", example=f": {parts[0]}-{int(parts[1]):02}-01")
    else:
        return _not_a_date(clean, date_format)
    try:
        day = dt.datetime(*map(int, parts))
    except ValueError:
        return fault("no such day")
    return check_day(day, month=month) or day


def check_day(day: dt.datetime, *, month: bool) -> Fault | None:
    """What is wrong with a date: a time of day, not the first of a month, a year long gone."""
    if day.tzinfo is not None:
        return fault("time zone", day=f"{day:%Y-%m-%d}")
    if day.time() != dt.time() or getattr(day, "nanosecond", 0):
        return fault("time of day", day=f"{day:%Y-%m-%d}")
    if day.year < FIRST_YEAR:
        return fault("long ago", year=FIRST_YEAR)
    if month and day.day != 1:
        return fault("no first day", day=day)
    return None


def _not_a_date(clean: str, date_format: str) -> Fault:
    if found := _YEAR_LAST.fullmatch(clean):
        readings = _readings(*found.groups())
        if len({*readings.values()}) > 1:
            days = " or as ".join(f"{day:%Y-%m-%d}" for day in readings.values())
            names = " or ".join(f'date_format = "{each}"' for each in readings)
            return fault("ambiguous date", days=days, names=names)
        if readings:
            return fault("date without format", form=next(iter(readings)))
    if _SERIAL.fullmatch(clean):
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(float(clean)))
        return fault("day number", day=day)
    if _ERA.fullmatch(clean):
        return fault("era")
    fits = f" and does not fit the date format {date_format}" if date_format else ""
    return fault("no date", fits=fits)


def _readings(first: str, separator: str, second: str, year: str) -> dict[str, dt.datetime]:
    """The days that a text with the year last can mean, by format."""
    code = "%Y" if len(year) == 4 else "%y"
    readings = {}
    for order in ("%d{0}%m{0}{1}", "%m{0}%d{0}{1}"):
        each = order.format(separator, code)
        try:
            readings[each] = dt.datetime.strptime(separator.join((first, second, year)), each)
        except ValueError:
            continue
    return readings


def number(text: str, *, unit: str = "", currency: str = "", decimal: str = "") -> float | Fault:
    """The number that a text writes, or what is wrong with it.

    A comma, a space or an apostrophe separates thousands, and only where groups of three say so; a
    decimal comma is refused, since 1,200 could be either. A currency sign is read in columns of
    money, where it agrees with `currency`.

    Parameters
    ----------
    text : str
        The text.
    unit : str, optional
        The column's unit; one of money begins with "currency".
    currency : str, optional
        The company's, as a code of three letters.
    decimal : str, optional
        The decimal sign, "." or ","; without it 12.500 and 1,5 are refused, which could be either.

    Returns
    -------
    float or Fault

    Examples
    --------
    >>> number("¥１,２００,０００", unit="currency a year", currency="JPY")
    1200000.0
    >>> number("1,5", unit="hours").rule
    'decimal comma'
    """
    clean = plain(text)
    of = f" ({unit})" if unit else ""
    if _SCIENTIFIC.fullmatch(clean):
        return check_number(float(clean))
    if clean.endswith("%"):
        share = clean[:-1].strip()
        part = f"{float(share) / 100:g}" if _PLAIN.fullmatch(share) else "between 0 and 1"
        meant = f" if {unit} are meant" if unit else f", or the share, {part}"
        return fault("percent", share=share, meant=meant)
    found = _AMOUNT.fullmatch(clean)
    if not found or (found["minus"] and found["inner"]) or (found["sign"] and found["after"]):
        return fault("no number", of=of)
    sign = found["sign"] or found["after"]
    if sign and "currency" not in unit:
        return fault("currency sign", of=of)
    if sign and (other := other_currency(sign, currency)):
        return other
    digits = _digits(found["digits"], decimal)
    if not isinstance(digits, str):
        return digits or fault("no number", of=of)
    negative = found["minus"] not in ("", "+") or found["inner"]
    return check_number(-float(digits) if negative else float(digits))


def _digits(digits: str, decimal: str) -> str | Fault | None:
    """The digits alone, with a point for decimals; None for no number."""
    if not decimal and _POINTS.fullmatch(digits):
        whole = digits.replace(".", "")
        either = f"or as {digits.rstrip('0')}" if digits.count(".") == 1 else "or not at all"
        return fault("decimal sign", whole=whole, either=either)
    if decimal == ",":
        digits = digits.translate(str.maketrans(".,", ",."))
    if _GROUPED.fullmatch(digits):
        return re.sub(r"[, '\u2019]", "", digits)
    if _DECIMAL_COMMA.fullmatch(digits):
        if decimal == ",":
            return fault("decimal point")
        return fault("decimal comma", point=digits.replace(".", "").replace(",", "."))
    return digits if _PLAIN.fullmatch(digits) else None


def other_currency(sign: str, currency: str) -> Fault | None:
    """What is wrong with an amount beside a sign or code of a currency, in a company of another."""
    codes = SIGNS.get(sign, (sign,))
    if not currency or currency in codes:
        return None
    return fault("currency of a cell", codes=" or ".join(codes), currency=currency)


def check_number(value: float) -> float | Fault:
    """The number itself, unless it is too large to be held exactly."""
    if abs(value) < EXACT:
        return float(value)
    return fault("too large")


def flag(text: str) -> bool | Fault:
    """True or false, as ticked in English or Japanese.

    >>> [flag(text) for text in ("ＴＲＵＥ", "はい", "No", "×")]
    [True, True, False, False]
    """
    clean = plain(text).casefold()
    if clean in WORDS["yes"] or clean in WORDS["no"]:
        return clean in WORDS["yes"]
    return fault("no flag")


def choice(text: str, choices: tuple[str, ...]) -> str:
    """The choice that a text spells in another case or width; the text itself where it spells none.

    >>> choice("Cross-Sell", ("upsell", "cross_sell"))
    'cross_sell'
    """
    clean = re.sub(r"[\s\-_]+", "_", plain(text).casefold())
    return clean if clean in choices else text


def identifier(text: str) -> str | Fault:
    """The text in ordinary characters, unless a spreadsheet has cut it down to powers of ten."""
    text = plain(text)
    if re.fullmatch(r"\d(\.\d+)?E\+\d{2,3}", text):
        return fault("shortened id")
    return text
