"""What cells and rows must keep: values allowed, order of days, keys, references, and nothing from
after `as_of`.
"""

from __future__ import annotations

import difflib

import pandas as pd

from cstoolkit.data import spelling
from cstoolkit.data.contract import TABLES, Column
from cstoolkit.data.report import KEPT, Fault, Report, shown
from cstoolkit.data.timeline import known_on
from cstoolkit.days import NEVER_ON

_DEFAULTS = {("milestones", "journey"): 1.0}
"""What a missing part of a key stands for."""

_ORDER_FIXES = {
    ("starts_on", "ends_on"): "ends_on is the day after the last; empty where there is none.",
    ("stopped_on", "ends_on"): (
        "A level that stops ends by its planned end; "
        "leave stopped_on empty where it ran to its end."
    ),
}

_WHOLE_ROWS = ("contracts", "posts", "assignments")
"""Tables in which two rows without a key that are equal in all columns cannot both be meant."""


ENDS = {
    "contracts": ("ends_on", "stopped_on"),
    "tiers": ("ends_on",),
    "people": ("left_on",),
    "posts": ("ends_on",),
    "assignments": ("ends_on",),
}
"""The columns that hold the first day without."""


def check(
    tables: dict[str, pd.DataFrame], as_of: pd.Timestamp, report: Report, last_day: set[str]
) -> None:
    """Report all that is wrong in tables whose columns have the contract's dtypes.

    The tables in `last_day` came with last days, to which one day was added: an end on `as_of`
    itself is known there.
    """
    for name, table in tables.items():
        _values(name, table, report)
        _keys(name, table, report)
        _order(name, table, report)
        _overlaps(name, table, report)
        _later(name, table, as_of, report, pd.Timedelta(days=int(name in last_day)))
        _references(name, tables, report)


def _values(name: str, table: pd.DataFrame, report: Report) -> None:
    """Cells are filled where they must be, and hold what is allowed."""
    for each, cells in table.items():
        column = TABLES[name].column(each) if isinstance(each, str) else None
        if column is None:
            continue
        if column.required == "value":
            fix = "Fill it in, or leave the row out."
            fault = Fault("empty", "is empty, and every row needs it", fix)
            report.cells(name, each, cells.isna(), cells, fault)
        if column.required == "value" and column.kind == "id":
            _no_rows(name, each, cells, report)
        if column.kind == "choice":
            for value in cells[~cells.isin(column.choices)].dropna().unique():
                fault = _not_a_choice(name, each, value, column)
                report.cells(name, each, cells == value, cells, fault)
        if column.least is not None or column.most is not None:
            outside = (cells < column.least) if column.least is not None else cells.isna() & False
            if column.most is not None:
                outside |= cells > column.most
            report.cells(name, each, outside, cells, _out_of_bounds(column))


def _no_rows(name: str, each: str, ids: pd.Series, report: Report) -> None:
    """Rows below a table's header that repeat it or add the others up."""
    fix = "Leave the row out; if it is meant, map it in mapping.toml: "
    fix += f'[tables.{name}.values.{each}] "..." = "another id".'
    own = report.origins[name].columns.get(each, each) if name in report.origins else each
    total = Fault("no row", "seems to be a row of totals", fix)
    report.cells(name, each, ids.str.lower().isin(spelling.WORDS["total"]), ids, total)
    report.cells(name, each, ids.isin([each, own]), ids, Fault("no row", "is a header", fix))


def _not_a_choice(name: str, each: str, value: str, column: Column) -> Fault:
    close = difflib.get_close_matches(value.casefold(), column.choices, n=1)
    meant = close[0] if close else "..."
    line = f'[tables.{name}.values.{each}] "{value}" = "{meant}"'
    problem = f"is none of {', '.join(column.choices)}"
    fix = f"Write one of them, or map it in mapping.toml: {line}."
    return Fault(f"choice {value}", problem, fix)


def _out_of_bounds(column: Column) -> Fault:
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("at least", column.least), ("at most", column.most))
        if bound is not None
    ]
    unit = f" ({column.unit})" if column.unit else ""
    problem = f"is not {' and '.join(bounds)}{unit}"
    return Fault("bounds", problem, "Check the value and its unit.")


def _keys(name: str, table: pd.DataFrame, report: Report) -> None:
    """No two rows have the same key. The later one is reported, with the row that it repeats."""
    keys = list(TABLES[name].key)
    parts = table[keys].fillna({key: value for (of, key), value in _DEFAULTS.items() if of == name})
    required = [key for key in keys if TABLES[name].columns[key].required] or keys
    # A row whose required key is missing is reported for that, and equals no other.
    keyed = parts[required].notna().all(axis=1) & bool(keys)
    fix = "Keep one row. If both are meant, give the second a key of its own."
    if name == "customers":
        fix = "Keep one row a customer (with pandas: customers.drop_duplicates('customer_id'))."
    elif name == "milestones":
        fix = "Keep one row; if the customer came back and began anew, give the second journey = 2."
    elif name == "usage":
        fix = "Keep one row, or add the rows up."
    written = f"{', '.join(keys)} {'are' if len(keys) > 1 else 'is'} written once"
    _repeated(name, table, parts[keyed], written, fix, report)
    if name in _WHOLE_ROWS:
        fix = f"Keep one row (with pandas: {name}.drop_duplicates())."
        columns = TABLES[name].columns
        needed = [each for each in columns if columns[each].required == "value"]
        whole = table[~keyed & table[needed].notna().all(axis=1)]
        _repeated(name, table, whole, "they are equal in all columns", fix, report)


def _repeated(
    name: str,
    table: pd.DataFrame,
    parts: pd.DataFrame,
    written: str,
    fix: str,
    report: Report,
) -> None:
    """Report the rows of which `parts` equals that of an earlier row."""
    again = parts.duplicated()
    if not again.any():
        return
    group = parts.groupby(list(parts), dropna=False, sort=False).ngroup()
    first = pd.Series(group.drop_duplicates().index, index=group.drop_duplicates())
    keys = [
        key for key in TABLES[name].key if key in parts and len(parts.columns) < len(table.columns)
    ]
    column = keys[-1] if keys else TABLES[name].names[0]
    told = again[again].index[:KEPT]
    values = table.loc[told, keys or [column]].map(shown).agg(", ".join, axis=1)
    report.cells(
        name,
        column,
        again.reindex(table.index, fill_value=False),
        values.reindex(table.index),
        lambda at: Fault(
            "repeated", f"repeats row {report.row(name, first[group[at]])} ({written})", fix
        ),
    )


def _order(name: str, table: pd.DataFrame, report: Report) -> None:
    """Ends come after starts."""
    for second, column in TABLES[name].columns.items():
        if column.after:
            wrong = table[second] <= table[column.after]
            _wrong_order(name, table, column.after, second, wrong, "is not after", report)
        if column.not_before:
            wrong = table[second] < table[column.not_before]
            _wrong_order(name, table, column.not_before, second, wrong, "lies before", report)


def _wrong_order(
    name: str,
    table: pd.DataFrame,
    first: str,
    second: str,
    wrong: pd.Series,
    relation: str,
    report: Report,
) -> None:
    fix = _ORDER_FIXES.get((first, second), "Check both days.")
    report.cells(
        name,
        second,
        wrong,
        table[second],
        lambda at: Fault(
            f"before {first}", f"{relation} {first} {shown(table[first].iat[at])}", fix
        ),
    )


def _overlaps(name: str, table: pd.DataFrame, report: Report) -> None:
    """Rows of one key do not overlap in time."""
    key = TABLES[name].apart
    if not key:
        return
    rows = table.sort_values([key, "starts_on"], kind="stable")
    wrong = rows["starts_on"] < _latest(rows["ends_on"].fillna(NEVER_ON), [rows[key]])
    fix = "End the earlier row on the day the next one starts."
    report.cells(
        name,
        "starts_on",
        wrong.reindex(table.index),
        table["starts_on"],
        lambda at: Fault("overlap", f"lies within an earlier row of {table[key].iat[at]}", fix),
    )


def _latest(end: pd.Series, keys: list[pd.Series]) -> pd.Series:
    """The latest end of the rows before, within each key."""
    return end.groupby(keys).cummax().groupby(keys).shift()


def _later(
    name: str, table: pd.DataFrame, as_of: pd.Timestamp, report: Report, added: pd.Timedelta
) -> None:
    """Nothing that was not known on `as_of`."""
    than = f"is later than as_of, {as_of:%Y-%m-%d}"
    for each, column in TABLES[name].columns.items():
        if not column.known:
            continue
        cells = table[each]
        if column.known == "value":
            fix = "Leave it empty until it has happened, or set a later as_of."
            fault = Fault("later", f"{than}: it tells what has happened", fix)
            until = as_of + added if each in ENDS.get(name, ()) else as_of
            report.cells(name, each, cells > until, cells, fault)
        else:
            problem = than
            if column.known == "month":
                problem = f"is a month that was not over on as_of, {as_of:%Y-%m-%d}"
            fix = (
                "Leave the row out, or set as_of to the day the tables were taken, if that is later"
            )
            fault = Fault("later", problem, f"{fix} than {as_of:%Y-%m-%d}.")
            late = known_on(name, table) > as_of
            report.cells(name, each, late & cells.notna(), cells, fault)
    if name == "contracts":
        problem = f"{than}, and no signed_on says that it was known"
        fix = "Give signed_on, the day it was signed; or leave the row out; or set a later as_of."
        starts = table["starts_on"]
        late = table["signed_on"].isna() & (starts > as_of)
        report.cells(name, "starts_on", late, starts, Fault("later", problem, fix))


def _references(name: str, tables: dict[str, pd.DataFrame], report: Report) -> None:
    """Every id that is named has its row, where its table was given."""
    for each, column in TABLES[name].columns.items():
        target, _, key = column.refers.partition(".")
        if target in tables and target != name:
            cells = tables[name][each]
            fix = f"Add it to {target}, or check how it is spelt in both."
            fault = Fault("unknown id", f"is not in {column.refers}", fix)
            orphan = cells.notna() & ~among(cells, tables[target][key])
            report.cells(name, each, orphan, cells, fault)


def among(ids: pd.Series, known: pd.Series) -> pd.Series:
    """Which of `ids` are in `known`; for many known ids several times faster than ``isin``."""
    found = pd.Index(known.dropna().unique()).get_indexer(pd.Index(ids))
    return pd.Series(found >= 0, index=ids.index)


def seem_last_days(contracts: pd.DataFrame) -> tuple[int, int]:
    """How many planned ends look like last days, of how many.

    Two signs tell: an end one day before a whole number of months, and a successor that starts one
    day after. Where as many ends or more look like the day after, nothing is suspected: (0, n).
    """
    rows = contracts.dropna(subset=["customer_id", "starts_on", "ends_on"])
    rows = rows.assign(product=rows["product"].fillna(""))
    rows = rows.sort_values(["customer_id", "product", "starts_on"], kind="stable")
    start, end = rows["starts_on"], rows["ends_on"]
    following = start.groupby([rows["customer_id"], rows["product"]]).shift(-1)
    day = pd.Timedelta(days=1)
    after = (end != start) & ((end.dt.day == start.dt.day) | (following == end))
    last = ((end + day).dt.day == start.dt.day) | (following == end + day) | (end == start)
    last &= ~after
    return (int(last.sum()) if last.sum() > after.sum() else 0), len(rows)


def _before_signing(contracts: pd.DataFrame, milestones: pd.DataFrame) -> list[str]:
    """What is said of events that lie before their customer signed for the product, or for any."""
    keys = ["customer_id"]
    if contracts["product"].notna().any() and milestones["product"].notna().any():
        keys.append("product")
    signed = contracts.assign(day=contracts["signed_on"].fillna(contracts["starts_on"]))
    events = milestones.assign(day=milestones["happened_on"]).fillna({"product": ""})
    at_signing = events["milestone"] == "contract_signed"
    known = pd.concat([signed[[*keys, "day"]], events.loc[at_signing, [*keys, "day"]]])
    first = known.fillna(dict.fromkeys(keys, "")).groupby(keys)["day"].min().rename("first")
    early = events[(events["day"] < events.join(first, on=keys)["first"]) & ~at_signing]
    if early.empty:
        return []
    rows = early[["customer_id", "milestone", "day"]].head(5).map(shown).agg(" ".join, axis=1)
    more = f" and {len(early) - 5:,} more" * (len(early) > 5)
    return [
        f"milestones: {len(early):,} before the contract was signed ({', '.join(rows)}{more}); "
        "time to value, counted from the signing, leaves these journeys out. Correct the days, or "
        "signed_on; leave out what belongs to a pilot before the sale."
    ]


def remarks(tables: dict[str, pd.DataFrame], grace_days: int) -> list[str]:
    """What is allowed and yet worth saying, one sentence each."""
    notes = []
    contracts = tables["contracts"]
    terms = (contracts["ends_on"] - contracts["starts_on"]).dt.days.dropna()
    short = int((terms <= grace_days + 1).sum())
    if grace_days and 2 * short > len(terms):
        notes.append(
            f"contracts: {short:,} of {len(terms):,} terms are about as short as the "
            f"{grace_days} days of grace: who skips a month counts as live through it. "
            "grace_days = 0 turns that off."
        )
    end = contracts[["ends_on", "stopped_on"]].min(axis=1).fillna(NEVER_ON)
    rows = contracts.assign(until=end, product=contracts["product"].fillna(""))
    rows = rows[rows["until"] > rows["starts_on"]]
    rows = rows.sort_values(["customer_id", "product", "starts_on"], kind="stable")
    latest = _latest(rows["until"], [rows["customer_id"], rows["product"]])
    overlapping = int((rows["starts_on"] < latest).sum())
    if overlapping:
        notes.append(
            f"contracts: {overlapping:,} begin{'s' * (overlapping == 1)} while another of the same "
            "customer and product still runs; their arr adds up."
        )
    for name in ("deals", "activities", "voices", "changes"):
        if name in tables:
            alike = tables[name][tables[name][list(TABLES[name].key)].isna().all(axis=1)]
            if again := int(alike.duplicated().sum()):
                notes.append(
                    f"{name}: {again:,} equal an earlier row in all columns and have no key; "
                    "each counts."
                )
    if "milestones" in tables:
        notes += _before_signing(contracts, tables["milestones"])
    never = (~among(tables["customers"]["customer_id"], contracts["customer_id"])).sum()
    if never:
        notes.append(
            f"customers: {never:,} never had a contract (prospects); no snapshot shows them."
        )
    return notes
