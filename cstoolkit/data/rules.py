"""What cells and rows must keep: values allowed, order of days, keys, references, and nothing from
after `as_of`.
"""

from __future__ import annotations

import difflib
from functools import partial

import pandas as pd

from cstoolkit.data import spelling
from cstoolkit.data.contract import TABLES, Column
from cstoolkit.data.report import KEPT, Fault, Report, fault, shown
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
            report.cells(name, each, cells.isna(), cells, fault("empty"))
        if column.required == "value" and column.kind == "id":
            _no_rows(name, each, cells, report)
        if column.kind == "choice":
            for value in cells[~cells.isin(column.choices)].dropna().unique():
                wrong = _not_a_choice(name, each, value, column)
                report.cells(name, each, cells == value, cells, wrong)
        if column.least is not None or column.most is not None:
            outside = (cells < column.least) if column.least is not None else cells.isna() & False
            if column.most is not None:
                outside |= cells > column.most
            report.cells(name, each, outside, cells, _out_of_bounds(column))


def _no_rows(name: str, each: str, ids: pd.Series, report: Report) -> None:
    """Rows below a table's header that repeat it or add the others up."""
    own = report.origins[name].columns.get(each, each) if name in report.origins else each
    total = ids.str.lower().isin(spelling.WORDS["total"])
    report.cells(name, each, total, ids, fault("totals", table=name, column=each))
    header = fault("header", table=name, column=each)
    report.cells(name, each, ids.isin([each, own]), ids, header)


def _not_a_choice(name: str, each: str, value: str, column: Column) -> Fault:
    close = difflib.get_close_matches(value.casefold(), column.choices, n=1)
    meant, choices = close[0] if close else "...", ", ".join(column.choices)
    wrong = fault("choice", choices=choices, table=name, column=each, value=value, meant=meant)
    return wrong._replace(rule=f"choice {value}")


def _out_of_bounds(column: Column) -> Fault:
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("at least", column.least), ("at most", column.most))
        if bound is not None
    ]
    unit = f" ({column.unit})" if column.unit else ""
    return fault("bounds", bounds=" and ".join(bounds), unit=unit)


def _keys(name: str, table: pd.DataFrame, report: Report) -> None:
    """No two rows have the same key. The later one is reported, with the row that it repeats."""
    keys = list(TABLES[name].key)
    parts = table[keys].fillna({key: value for (of, key), value in _DEFAULTS.items() if of == name})
    required = [key for key in keys if TABLES[name].columns[key].required] or keys
    # A row whose required key is missing is reported for that, and equals no other.
    keyed = parts[required].notna().all(axis=1) & bool(keys)
    written = f"{', '.join(keys)} {'are' if len(keys) > 1 else 'is'} written once"
    of = name if name in ("customers", "milestones", "usage") else "a table"
    _repeated(name, table, parts[keyed], f"repeated key of {of}", written, report)
    if name in _WHOLE_ROWS:
        columns = TABLES[name].columns
        needed = [each for each in columns if columns[each].required == "value"]
        whole = table[~keyed & table[needed].notna().all(axis=1)]
        _repeated(name, table, whole, "repeated row", "they are equal in all columns", report)


def _repeated(
    name: str,
    table: pd.DataFrame,
    parts: pd.DataFrame,
    rule: str,
    written: str,
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
        lambda at: fault(rule, row=report.row(name, first[group[at]]), written=written, table=name),
    )


def _order(name: str, table: pd.DataFrame, report: Report) -> None:
    """Ends come after starts."""
    for each, column in TABLES[name].columns.items():
        for first, strictly in ((column.after, True), (column.not_before, False)):
            if first:
                wrong = table[each] <= table[first] if strictly else table[each] < table[first]
                found = partial(_wrong_order, table[first], each, strictly)
                report.cells(name, each, wrong, table[each], found)


def _wrong_order(first: pd.Series, second: str, strictly: bool, at: int) -> Fault:
    fix = _ORDER_FIXES.get((first.name, second), "Check both days.")
    relation = "is not after" if strictly else "lies before"
    wrong = fault("order", relation=relation, first=first.name, day=shown(first.iat[at]), fix=fix)
    return wrong._replace(rule=f"before {first.name}")


def _overlaps(name: str, table: pd.DataFrame, report: Report) -> None:
    """Rows of one key do not overlap in time."""
    key = TABLES[name].apart
    if not key:
        return
    rows = table.sort_values([key, "starts_on"], kind="stable")
    wrong = rows["starts_on"] < _latest(rows["ends_on"].fillna(NEVER_ON), [rows[key]])
    report.cells(
        name,
        "starts_on",
        wrong.reindex(table.index),
        table["starts_on"],
        lambda at: fault("overlap", key=table[key].iat[at]),
    )


def _latest(end: pd.Series, keys: list[pd.Series]) -> pd.Series:
    """The latest end of the rows before, within each key."""
    return end.groupby(keys).cummax().groupby(keys).shift()


def _later(
    name: str, table: pd.DataFrame, as_of: pd.Timestamp, report: Report, added: pd.Timedelta
) -> None:
    """Nothing that was not known on `as_of`."""
    for each, column in TABLES[name].columns.items():
        if not column.known:
            continue
        cells = table[each]
        wrong = fault(f"later {column.known}", as_of=as_of)
        if column.known == "value":
            until = as_of + added if each in ENDS.get(name, ()) else as_of
            report.cells(name, each, cells > until, cells, wrong)
        else:
            late = known_on(name, table) > as_of
            report.cells(name, each, late & cells.notna(), cells, wrong)
    if name == "contracts":
        starts = table["starts_on"]
        late = table["signed_on"].isna() & (starts > as_of)
        report.cells(name, "starts_on", late, starts, fault("later contract", as_of=as_of))


def _references(name: str, tables: dict[str, pd.DataFrame], report: Report) -> None:
    """Every id that is named has its row, where its table was given."""
    for each, column in TABLES[name].columns.items():
        target, _, key = column.refers.partition(".")
        if target in tables and target != name:
            cells = tables[name][each]
            wrong = fault("unknown id", refers=column.refers, target=target)
            orphan = cells.notna() & ~among(cells, tables[target][key])
            report.cells(name, each, orphan, cells, wrong)


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
