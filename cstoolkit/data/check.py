"""Tables as they came, made into tables of the contract without losing or guessing anything."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

import pandas as pd

from cstoolkit import checks
from cstoolkit.data import columns, rules
from cstoolkit.data.contract import DTYPES, ESSENTIAL, TABLES
from cstoolkit.data.mapping import Reading, nearest
from cstoolkit.data.report import Fault, Report

RESERVED = {
    "arr": "the sum of its contracts",
    "products": "those of its contracts",
    "tier": "that of the table tiers",
    "segment": "the one asked for",
    "tenure_months": "counted from its contracts",
}
"""Columns of a snapshot that come from elsewhere than the table customers."""

_OPEN_ENDED = (
    ' Where all are open-ended: ends_on = "" there, or contracts["ends_on"] = pd.NaT in pandas.'
)

_BLANKS = {"-", "--", "―", "－", "n/a", "na", "nan", "none", "null", "nil", "?", "unknown", "tbd"}
_BLANKS |= {"なし", "未定", "不明", "該当なし"}
"""What people write for "nothing here". It is not read so unasked: a dash may be a slip, and "none" a name."""


_CURRENCY = {"currency", "currency code", "currency_code", "currencycode", "ccy", "curr", "iso"}
_CURRENCY |= {"währung", "waehrung", "devise", "moneda", "valuta", "通貨", "通貨コード"}
"""What a column is called that says in which currency the amounts of a row are."""


def conform(
    tables: Mapping[str, pd.DataFrame],
    *,
    as_of: pd.Timestamp,
    currency: str = "",
    report: Report | None = None,
    readings: Mapping[str, Reading] | None = None,
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """The tables with the contract's columns first, in its dtypes.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By the contract's names of tables and columns.
    as_of : Timestamp
        The day they were taken.
    currency : str
        The company's.
    report : Report, optional
        What reading their files has found wrong.
    readings : mapping of str to Reading, optional
        How each table's text is read.

    Returns
    -------
    tables : dict of str to DataFrame
    notes : tuple of str
        What was read in another spelling, kept unknown, or is allowed and worth saying.

    Raises
    ------
    DataProblems
        With all that is wrong in all tables.
    """
    report = report or Report()
    notes: list[str] = []
    result: dict[str, pd.DataFrame] = {}
    for name, table in tables.items():
        if name not in TABLES:
            problem = "the contract has no table of that name"
            report.add(name, "", Fault("unknown table", problem, nearest(name, TABLES)))
        elif not isinstance(table, pd.DataFrame):
            problem = f"is a {type(table).__name__}, not a DataFrame"
            report.add(name, "", Fault("no table", problem, "Pass a pandas DataFrame."))
        else:
            _check_names(name, table, report)
            reading = (readings or {}).get(name, Reading())
            result[name] = _table(name, table, currency, reading, report, notes)
            if "arr" in result[name]:
                _check_currency(name, result[name], currency, report)
    for name in ESSENTIAL:
        if name not in tables and name not in report.failed:
            report.add(name, "", _missing_table(name, tables))
    last_day = {name for name in result if (readings or {}).get(name, Reading()).ends == "last day"}
    notes += _ends(result, last_day, readings, report)
    rules.check(result, as_of, report, last_day)
    report.raise_any()
    return _filled(result), (*notes, *rules.remarks(result))


def _ends(
    tables: dict[str, pd.DataFrame],
    last_day: set[str],
    readings: Mapping[str, Reading] | None,
    report: Report,
) -> list[str]:
    """Last days become the day after. Where contracts look like them and nobody says, it is asked."""
    for name in last_day:
        days = {
            each: tables[name][each] + pd.Timedelta(days=1) for each in rules.ENDS.get(name, ())
        }
        tables[name] = tables[name].assign(**days)
    said = (readings or {}).get("contracts", Reading()).ends
    if said or "contracts" not in tables:
        return []
    seem, known = rules.seem_last_days(tables["contracts"])
    if not 2 * seem > known:
        return []
    problem = f"seems to hold last days: {seem:,} of {known:,} lie one day before a full term"
    if readings is None:
        return [f"contracts.ends_on {problem}; it is read as the day after the last."]
    fix = 'Say in mapping.toml which it is: ends = "last day", or ends = "day after".'
    report.add("contracts", "ends_on", Fault("ends", problem, fix))
    return []


def _missing_table(name: str, tables: Mapping[str, pd.DataFrame]) -> Fault:
    fix = (
        f"Give {name} with {', '.join(ESSENTIAL[name])}; in a folder: the file {name}.csv, "
        f"or [tables.{name}] with file = ... in mapping.toml."
    )
    if name == "customers" and "contracts" in tables:
        fix += " With pandas: customers = contracts[['customer_id']].drop_duplicates()."
    return Fault("no table", "is missing, and nothing can be told without it", fix)


def _check_names(name: str, table: pd.DataFrame, report: Report) -> None:
    for each in table.columns[table.columns.duplicated()].unique():
        fix = "Give each column a name of its own."
        report.add(name, str(each), Fault("twice", "is the name of several columns", fix))
    for each in table.columns:
        if not isinstance(each, str):
            problem = "is not text; a column's name is"
            report.add(name, str(each), Fault("no name", problem, "Rename it."))
    there = [str(each) for each in table.columns]
    free = [each for each in there if TABLES[name].column(each) is None]
    for each, column in TABLES[name].columns.items():
        if column.required and each not in there and not report.has(name, each):
            close = difflib.get_close_matches(each, free, n=1)
            own = close[0] if close else "your name of it"
            report.add(
                name,
                each,
                Fault(
                    "no column",
                    f"is missing ({column.says}); the columns are: {', '.join(there) or 'none'}",
                    f'Name it in mapping.toml: [tables.{name}.columns] {each} = "{own}"; '
                    f"or rename the column.{_OPEN_ENDED if each == 'ends_on' else ''}",
                ),
            )


def _table(
    name: str,
    table: pd.DataFrame,
    currency: str,
    reading: Reading,
    report: Report,
    notes: list[str],
) -> pd.DataFrame:
    """The contract's columns in its order, then those of its patterns, then the rest as they came."""
    table = table.reset_index(drop=True).loc[:, ~table.columns.duplicated()]
    names, own, patterns = TABLES[name].names, [], []
    for each in table.columns:
        if not isinstance(each, str) or TABLES[name].column(each) is None:
            own.append(each)
        elif each not in names:
            patterns.append(each)
    result = {}
    for each in (*names, *patterns, *own):
        column = TABLES[name].column(each) if each not in own else None
        kind = column.kind if column else reading.kinds.get(each)
        if each not in table:
            result[each] = pd.Series(index=table.index, dtype=DTYPES[kind])
        elif kind is None:
            result[each] = table[each]
        else:
            parsed = columns.read(
                table[each],
                kind,
                unit=column.unit if column else "",
                choices=column.choices if column else (),
                currency=currency,
                date_format=reading.date_formats.get(each, reading.date_format),
                decimal=reading.decimal or _decimal(table[each], kind),
                blanks=reading.blanks,
            )
            _report_faults(name, each, table[each], parsed.faults, report)
            notes += [f"{name}.{each}: {note}." for note in parsed.notes]
            result[each] = parsed.values
    notes += _own(name, [each for each in own if isinstance(each, str)], table)
    return pd.DataFrame(result, index=table.index)


def _decimal(cells: pd.Series, kind: str) -> str:
    """A point, where some number of the column could not be read with points between thousands."""
    if kind not in ("number", "count") or not isinstance(cells.dtype, pd.StringDtype):
        return ""
    shown = cells.str.contains(r"(?:^|[^0-9])(?:0|[0-9]{4,})\.[0-9]", na=False)
    shown |= cells.str.contains(r"\.(?:[0-9]{1,2}|[0-9]{4,})(?:[^0-9.]|$)", na=False)
    return "." if shown.any() else ""


def _check_currency(name: str, table: pd.DataFrame, currency: str, report: Report) -> None:
    """Amounts are in the company's currency, where a column says in which they are."""
    for each in table.columns:
        if isinstance(each, str) and each.strip().casefold() in _CURRENCY and currency:
            codes = table[each].astype("str").str.strip().str.upper()
            other = codes.str.fullmatch("[A-Z]{3}", na=False) & (codes != currency)
            problem = f"is not {currency}, the company's currency, in which arr is added up"
            fix = f"Convert the amounts of these rows to {currency}, or leave the rows out."
            report.cells(name, each, other, table[each], Fault("other currency", problem, fix))


def _report_faults(
    name: str, each: str, cells: pd.Series, faults: Mapping[int, Fault], report: Report
) -> None:
    def fault(position: int) -> Fault:
        found, value = faults[position], cells.iat[position]
        if isinstance(value, str) and value.strip().casefold() in _BLANKS:
            blanks = (
                f'If it stands for an empty cell, say so in mapping.toml: blanks = ["{value}"].'
            )
            return found._replace(fix=f"{found.fix} {blanks}")
        return found

    report.cells(name, each, cells.index.isin(list(faults)), cells, fault)


def _own(name: str, own: list[str], table: pd.DataFrame) -> list[str]:
    """What is said of columns that the contract does not know."""
    if not own:
        return []
    absent = [each for each in TABLES[name].names if each not in table]
    notes = [f"{name}: kept as they are, unknown to the contract: {', '.join(own)}."]
    for each in own:
        close = difflib.get_close_matches(each.casefold(), absent, n=1, cutoff=0.75)
        if close:
            notes.append(f"{name}.{each}: did you mean {close[0]}?")
        if name == "customers" and each in RESERVED:
            notes.append(
                f"customers.{each}: a snapshot shows its own {each}, {RESERVED[each]}, in place of this one."
            )
    return notes


def _filled(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with the days and numbers that the contract derives where they are absent."""
    contracts, customers = tables["contracts"], tables["customers"]
    signed = contracts["signed_on"].fillna(contracts["starts_on"])
    first = signed.groupby(contracts["customer_id"]).min()
    earliest = first.reindex(customers["customer_id"]).set_axis(customers.index)
    acquired = customers["acquired_on"].fillna(earliest)
    filled = {
        **tables,
        "contracts": contracts.assign(signed_on=signed),
        "customers": customers.assign(acquired_on=acquired),
    }
    if "deals" in tables:
        deals = tables["deals"]
        settled = deals["outcome"].notna() | deals["customer_id"].notna()
        decided = deals["decided_on"].fillna(deals["happened_on"].where(settled))
        filled["deals"] = deals.assign(decided_on=decided)
    if "milestones" in tables:
        journey = tables["milestones"]["journey"].fillna(1.0)
        filled["milestones"] = tables["milestones"].assign(journey=journey)
    return filled


def day(value: str | pd.Timestamp, name: str) -> pd.Timestamp:
    """An argument as a day.

    Parameters
    ----------
    value : str, date or Timestamp
        The day.
    name : str
        The argument, for the message.

    Returns
    -------
    Timestamp

    Raises
    ------
    ValueError
        Where it is not a day or could be read in two ways.

    Examples
    --------
    >>> day("2024年3月1日", "as_of")
    Timestamp('2024-03-01 00:00:00')
    """
    parsed = columns.read(pd.Series([value], dtype=object), "date")
    if parsed.faults:
        fault = parsed.faults[0]
        raise ValueError(f"{name}: {str(value)!r} {fault.problem}. {fault.fix}")
    if parsed.values.isna().any():
        raise ValueError(f'{name} is a day, got {value!r}. Write it as "2024-03-01".')
    return parsed.values.iloc[0]


def single(name: str, currency: str, grace_days: int) -> None:
    """Refuse what cannot be a company's name, currency and days of grace.

    Raises
    ------
    ValueError
        For an empty name, a currency that is not a code of three capital letters, grace_days
        outside 0 to 90.

    Examples
    --------
    >>> single("Example", "dollars", 30)
    Traceback (most recent call last):
    ValueError: currency is a code of three capital letters such as USD or JPY, got 'dollars'.
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"name is a text that is not empty, got {name!r}.")
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError(
            f"currency is a code of three capital letters such as USD or JPY, got {currency!r}."
        )
    checks.count("Company", "grace_days", grace_days, most=90, fix="30 is usual here.")
