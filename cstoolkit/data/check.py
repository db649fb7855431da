"""Tables as they came, made into tables of the contract without losing or guessing anything."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

import pandas as pd

from cstoolkit import checks
from cstoolkit.data import columns, rules, spelling, timeline
from cstoolkit.data.contract import DTYPES, ESSENTIAL, TABLES, Column
from cstoolkit.data.mapping import FILE, Reading, nearest
from cstoolkit.data.report import Fault, Report, fault, shown
from cstoolkit.days import NEVER_ON

RESERVED = {
    "arr": "the sum of its contracts",
    "products": "those of its contracts",
    "tier": "that of the table tiers",
    "segment": "the one asked for",
    "tenure_months": "counted from its contracts",
}
"""Columns of a snapshot that come from elsewhere than the table customers."""

_FROM_CONTRACTS = "With pandas: customers = contracts[['customer_id']].drop_duplicates()."
_OPEN_ENDED = (
    ' Where all are open-ended: ends_on = "" there, or contracts["ends_on"] = pd.NaT in pandas.'
)


def conform(
    tables: Mapping[str, pd.DataFrame],
    *,
    as_of: pd.Timestamp,
    currency: str = "",
    grace_days: int = 30,
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
    grace_days : int
        The longest gap between contracts that is a late renewal.
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
    result = _typed(tables, currency, readings or {}, report, notes)
    last_day = {name for name in result if (readings or {}).get(name, Reading()).ends == "last day"}
    notes += _ends(result, last_day, readings, report)
    rules.check(result, as_of, report, last_day)
    report.raise_any()
    trials = (readings or {}).get("contracts", Reading()).trials
    result["contracts"] = _paid(result["contracts"], trials, as_of, notes)
    notes += rules.remarks(result, grace_days)
    return _filled(result, grace_days, notes), tuple(notes)


def _typed(
    tables: Mapping[str, pd.DataFrame],
    currency: str,
    readings: Mapping[str, Reading],
    report: Report,
    notes: list[str],
) -> dict[str, pd.DataFrame]:
    """The tables in the contract's dtypes; what there is no table for is reported."""
    result = {}
    for name, table in tables.items():
        if name not in TABLES:
            report.add(name, "", fault("unknown table", nearest=nearest(name, TABLES)))
        elif not isinstance(table, pd.DataFrame):
            report.add(name, "", fault("no DataFrame", kind=type(table).__name__))
        else:
            _check_names(name, table, report)
            reading = readings.get(name, Reading())
            result[name] = _table(name, table, currency, reading, report, notes)
            if "arr" in result[name]:
                _check_currency(name, result[name], currency, report)
    for name in ESSENTIAL:
        if name not in tables and name not in report.failed:
            missing = fault("no table", table=name, columns=", ".join(ESSENTIAL[name]))
            if name == "customers" and "contracts" in tables:
                missing = missing._replace(fix=f"{missing.fix} {_FROM_CONTRACTS}")
            report.add(name, "", missing)
    return result


def _ends(
    tables: dict[str, pd.DataFrame],
    last_day: set[str],
    readings: Mapping[str, Reading] | None,
    report: Report,
) -> list[str]:
    """Last days become the day after. Where contracts look like them and nobody says, it is
    asked.
    """
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
    problem = f"seems to hold last days: so {seem:,} of {known:,}, such as 2024-01-01 to 2024-12-31"
    if readings is None:
        return [f"contracts.ends_on {problem}; it is read as the day after the last."]
    report.add("contracts", "ends_on", fault("ends", problem=problem))
    return []


def _paid(
    contracts: pd.DataFrame, trials: str, as_of: pd.Timestamp, notes: list[str]
) -> pd.DataFrame:
    """Contracts without those of trials and pauses, where the mapping leaves them out."""
    free = contracts["arr"] == 0
    if trials == "leave out" and free.any():
        notes.append(f"contracts: {free.sum():,} with an arr of 0 left out, as the mapping says.")
        return contracts[~free].reset_index(drop=True)
    ended = contracts[["ends_on", "stopped_on"]].min(axis=1) <= as_of
    running = int((free & (contracts["starts_on"] <= as_of) & ~ended).sum())
    if running and not trials:
        notes.append(
            f"contracts: {running:,} in force on {as_of:%Y-%m-%d} with an arr of 0 (trials, "
            "paused): their customers count as live; in mapping.toml "
            'trials = "leave out" leaves such rows out.'
        )
    return contracts


def _check_names(name: str, table: pd.DataFrame, report: Report) -> None:
    for each in table.columns[table.columns.duplicated()].unique():
        report.add(name, str(each), fault("several columns"))
    for each in table.columns:
        if not isinstance(each, str):
            report.add(name, str(each), fault("no name"))
    there = [str(each) for each in table.columns]
    named = table.loc[:, [isinstance(each, str) for each in table.columns]]
    named = named.loc[:, ~named.columns.duplicated()]
    free = named[[each for each in named if TABLES[name].column(each) is None]]
    for each, column in TABLES[name].columns.items():
        if column.required and each not in there and not report.has(name, each):
            own = _candidate(each, column, free) or "your name of it"
            missing = fault(
                "no column",
                says=column.says,
                columns=", ".join(map(shown, there)) or "none",
                table=name,
                column=each,
                own=own,
                more=_OPEN_ENDED if each == "ends_on" else "",
            )
            report.add(name, each, missing)


def _candidate(wanted: str, column: Column, free: pd.DataFrame) -> str | None:
    """The own column that is probably the one wanted: its name is close and its values can be
    read.
    """
    own = {re.sub(r"[\W_]+", "_", spelling.plain(each).casefold()): each for each in free}
    for close in difflib.get_close_matches(wanted, own, n=3, cutoff=0.55):
        cells = free[own[close]].dropna().head(20)
        if not columns.read(cells, column.kind, unit=column.unit, choices=column.choices).faults:
            return own[close]
    return None


def _table(
    name: str,
    table: pd.DataFrame,
    currency: str,
    reading: Reading,
    report: Report,
    notes: list[str],
) -> pd.DataFrame:
    """The contract's columns in its order, then those of its patterns, then the rest as they
    came.
    """
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
            if kind == "text" and column and column.choices:
                notes += _unusual(name, each, parsed.values, column)
    notes += _own(name, [each for each in own if isinstance(each, str)], table)
    return pd.DataFrame(result, index=table.index)


def _unusual(name: str, each: str, cells: pd.Series, column: Column) -> list[str]:
    """What is said of texts that mean nothing to the models."""
    counts = cells.value_counts()
    unknown = [own for own in counts.index if spelling.choice(own, column.choices) == own]
    unknown = [own for own in unknown if own not in column.choices]
    if not unknown:
        return []
    named = ", ".join(f"{own!r} ({counts[own]:,})" for own in unknown[:5])
    more = f" and {len(unknown) - 5:,} more" * (len(unknown) > 5)
    return [
        f"{name}.{each}: known are {', '.join(column.choices)}; not known: {named}{more}. "
        f"A mapping says what they are: "
        f'[tables.{name}.values.{each}] "{unknown[0]}" = "one of these".'
    ]


def _decimal(cells: pd.Series, kind: str) -> str:
    """A point, where some number of the column could not be read with points between thousands."""
    if kind not in ("number", "count") or not isinstance(cells.dtype, pd.StringDtype):
        return ""
    shown = cells.str.contains(r"(?:^|[^0-9])(?:0|[0-9]{4,})\.[0-9]", na=False)
    shown |= cells.str.contains(r"\.(?:[0-9]{1,2}|[0-9]{4,})(?:[^0-9.]|$)", na=False)
    return "." if shown.any() else ""


def _check_currency(name: str, table: pd.DataFrame, currency: str, report: Report) -> None:
    """Amounts are in the company's currency, where a column says in which they are."""
    for each in table.columns if currency else ():
        if isinstance(each, str) and each.strip().casefold() in spelling.WORDS["currency"]:
            codes = table[each].astype("str").str.strip().str.upper()
            other = codes.str.fullmatch("[A-Z]{3}", na=False) & (codes != currency)
            wrong = fault("other currency", currency=currency)
            report.cells(name, each, other, table[each], wrong)


def _report_faults(
    name: str, each: str, cells: pd.Series, faults: Mapping[int, Fault], report: Report
) -> None:
    def found(position: int) -> Fault:
        wrong, value = faults[position], cells.iat[position]
        if isinstance(value, str) and value.strip().casefold() in spelling.WORDS["blank"]:
            return wrong._replace(fix=f"{wrong.fix} {fault('blank', value=value).fix}")
        return wrong

    report.cells(name, each, cells.index.isin(list(faults)), cells, found)


def _own(name: str, own: list[str], table: pd.DataFrame) -> list[str]:
    """What is said of columns that the contract does not know."""
    if not own:
        return []
    absent = [each for each in TABLES[name].names if each not in table]
    notes = [f"{name}: kept as they are, unknown to the contract: {', '.join(own)}."]
    for each in own:
        plain = re.sub(r"[\W_]+", "_", spelling.plain(each).casefold())
        close = difflib.get_close_matches(plain, absent, n=1, cutoff=0.75)
        if close:
            notes.append(f"{name}.{each}: did you mean {close[0]}?")
        if name == "customers" and each in RESERVED:
            notes.append(
                f"customers.{each}: a snapshot shows its own {each}, {RESERVED[each]}, "
                "in place of this one."
            )
    return notes


def _filled(
    tables: dict[str, pd.DataFrame], grace_days: int, notes: list[str]
) -> dict[str, pd.DataFrame]:
    """The tables with the days, numbers and kinds that the contract derives where they are
    absent.
    """
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
    if contracts["kind"].isna().all() and len(contracts):
        kind = timeline.kinds(contracts, grace_days)
        filled["contracts"] = filled["contracts"].assign(kind=kind)
        counts = ", ".join(f"{each} {count:,}" for each, count in kind.value_counts().items())
        told = f" ({counts})" if counts else ""
        notes.append(f"contracts.kind: not given, told from what changed at each start{told}.")
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
    found = _day(value)
    if isinstance(found, Fault):
        raise ValueError(f"{name}: {value!r} {found.problem}. {found.fix}")
    return found


def _day(value: object) -> pd.Timestamp | Fault:
    parsed = columns.read(pd.Series([value], dtype=object), "date")
    if parsed.faults:
        return fault("fact", problem=parsed.faults[0].problem)
    if parsed.values.isna().any():
        return fault("fact", problem="is not a day")
    return parsed.values.iloc[0]


def facts(
    name: object, currency: object, as_of: object, grace_days: object, report: Report
) -> pd.Timestamp:
    """The day on which a company's tables were taken; what is wrong with its facts is reported.

    Parameters
    ----------
    name, currency, as_of, grace_days
        As they came: a text that is not empty, a code of three capital letters, a day, days from 0
        to 90.
    report : Report
        Gets what they are not. What mapping.toml does not say stands there already.

    Returns
    -------
    Timestamp
        ``days.NEVER_ON`` where it is no day, so that the tables can be checked all the same.
    """
    day = _day(as_of)
    named = isinstance(name, str) and name.strip()
    coded = isinstance(currency, str) and re.fullmatch("[A-Z]{3}", currency)
    whole = checks.is_number(grace_days) and grace_days in range(91)
    for key, value, right in (
        ("name", name, named),
        ("currency", currency, coded),
        ("grace_days", grace_days, whole),
    ):
        if not right and not report.has(FILE, key):
            report.add("", key, fault(key), value)
    if isinstance(day, Fault) and not report.has(FILE, "as_of"):
        report.add("", "as_of", day, as_of)
    return NEVER_ON if isinstance(day, Fault) else day
