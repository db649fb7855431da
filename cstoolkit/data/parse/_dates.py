"""Days and months as people and spreadsheets write them: year first is read, anything that two readers read differently is not."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from cstoolkit.data.parse._fault import Fault

FIRST_YEAR = 1900
"""Days before this year are taken for slips of the pen."""

_SEPARATED = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]+(.+))?")
_KANJI = re.compile(r"(\d{4})年\s*(\d{1,2})月\s*(\d{1,2})日")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTHS = (
    re.compile(r"(\d{4})[-/.](\d{1,2})"),
    re.compile(r"(\d{4})年\s*(\d{1,2})月"),
    re.compile(r"(\d{4})(\d{2})"),
)
_MIDNIGHT = re.compile(r"0{1,2}:00(:00([.,]0+)?)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})")
_SERIAL = re.compile(r"[1-9]\d{4}(\.0+)?")
_ERA = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])\s*(\d{1,2}|元)\s*[年./-].*")

NAME_FORMAT = 'in mapping.toml (with pandas: pd.to_datetime(column, format="{}"))'


def read_date(text: str, *, month: bool, date_format: str = "") -> dt.datetime | Fault:
    """The day that the text writes (of a month: its first), or what is wrong with it.

    Year first is read in any of its spellings. `date_format` (of ``strptime``) reads others.

    >>> read_date("２０２４年３月１日", month=False)
    datetime.datetime(2024, 3, 1, 0, 0)
    >>> read_date("03-04-2024", month=False).problem
    'can be read as 2024-04-03 or as 2024-03-04'
    >>> read_date("03-04-2024", month=False, date_format="%d-%m-%Y")
    datetime.datetime(2024, 4, 3, 0, 0)
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    if date_format:
        try:
            return _checked(dt.datetime.strptime(clean, date_format), month)
        except ValueError:
            # A format that itself begins with the year would otherwise compete with the spellings below.
            if date_format.startswith(("%Y", "%y")):
                return Fault(
                    "no date",
                    f"does not fit the date format {date_format}",
                    "Mend the value, or the format in mapping.toml.",
                )
    parts, time = None, None
    if found := _SEPARATED.fullmatch(clean):
        parts, time = (found[1], found[3], found[4]), found[5]
    elif found := _KANJI.fullmatch(clean) or _COMPACT.fullmatch(clean):
        parts = found.groups()
    elif found := next(filter(None, (each.fullmatch(clean) for each in _MONTHS)), None):
        if not month:
            return Fault(
                "no day",
                "is a month; a day is wanted",
                f"Write the day too: {found[1]}-{int(found[2]):02}-01.",
            )
        parts = (found[1], found[2], "1")
    if parts is None:
        return _refused(clean, date_format)
    if time and not _MIDNIGHT.fullmatch(time.strip()):
        return Fault(
            "time of day",
            "has a time of day; a day is wanted",
            f"Write {parts[0]}-{int(parts[1]):02}-{int(parts[2]):02}.",
        )
    try:
        return _checked(dt.datetime(*map(int, parts)), month)
    except ValueError:
        return Fault(
            "no date", "is no day of the calendar", "Write a day that exists, as 2024-03-01."
        )


def read_day_number(number: float, *, month: bool) -> dt.datetime | Fault:
    """A number in a column of days: 20240301 is read, a spreadsheet's day count is not."""
    if number == number // 1:
        return read_date(f"{int(number)}", month=month)
    return Fault("no date", "is a number; a day is wanted", "Write it as 2024-03-01.")


def _checked(day: dt.datetime, month: bool) -> dt.datetime | Fault:
    return check_day(day, month=month) or day


def check_day(day: dt.datetime, *, month: bool) -> Fault | None:
    """What is wrong with a date that is one already: a time of day, another day than the first of a month, a year long gone."""
    if day.tzinfo is not None:
        return Fault(
            "time zone",
            "has a time zone; a plain day is wanted",
            f"Write {day:%Y-%m-%d} if that is the day where the company works.",
        )
    if (day.hour, day.minute, day.second, day.microsecond) != (0, 0, 0, 0):
        return Fault("time of day", "has a time of day; a day is wanted", f"Write {day:%Y-%m-%d}.")
    if day.year < FIRST_YEAR:
        return Fault("no date", f"lies before {FIRST_YEAR}", "Check the year.")
    if month and day.day != 1:
        return Fault(
            "no first day",
            "is not the first day of a month",
            f"Write the month's first day: {day:%Y-%m}-01.",
        )
    return None


def _refused(clean: str, date_format: str) -> Fault:
    if found := _YEAR_LAST.fullmatch(clean):
        first, separator, second, year = found.groups()
        code = "%Y" if len(year) == 4 else "%y"
        formats = {
            f"%d{separator}%m{separator}{code}": (second, first),
            f"%m{separator}%d{separator}{code}": (first, second),
        }
        readings = {}
        for each, (month, day) in formats.items():
            try:
                readings[each] = dt.datetime.strptime(f"{month}/{day}/{year}", f"%m/%d/{code}")
            except ValueError:
                continue
        if len({*readings.values()}) > 1:
            days = " or as ".join(f"{day:%Y-%m-%d}" for day in readings.values())
            names = " or ".join(f'date_format = "{each}"' for each in readings)
            return Fault(
                "ambiguous date",
                f"can be read as {days}",
                f"Name the format: {names} {NAME_FORMAT.format('...')}.",
            )
        if readings:
            each = next(iter(readings))
            return Fault(
                "date without format",
                "does not begin with the year, so that other days of the column could be read in two ways",
                f'Name the format: date_format = "{each}" {NAME_FORMAT.format(each)}.',
            )
    if _SERIAL.fullmatch(clean):
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(float(clean)))
        return Fault(
            "day number",
            "is a spreadsheet's day number",
            f"Format the cells as dates; if days count from 1900, write {day}.",
        )
    if _ERA.fullmatch(clean):
        return Fault(
            "era", "is a year of an era", "Write the year of the western calendar, as 2024-03-01."
        )
    fits = f" and does not fit the date format {date_format}" if date_format else ""
    return Fault(
        "no date",
        f"is no date{fits}",
        'Write it as 2024-03-01, or name its format: date_format = "..." in mapping.toml.',
    )
