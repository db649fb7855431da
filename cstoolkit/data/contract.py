"""The data contract: which tables and columns a company may have, what they mean, and what is allowed in them.

Each table is a pandera schema whose columns carry their *kind* (how text from a file is read), their unit and one sentence.
Required of own data are only ``customers.customer_id`` and ``contracts.customer_id, starts_on, ends_on, arr``; a column that is
absent is filled with missing values and remembered as not given.

=========  ==================  =====================================================
kind       dtype               is read from
=========  ==================  =====================================================
id, text   str                 text
choice     str                 text, one of the listed values
date       datetime64[us]      a day; the time of day must be midnight
month      datetime64[us]      the first day of a month
number     float64             a number; missing allowed where the column allows it
count      float64             a whole number (float64, so that it may be missing)
flag       boolean             true or false; missing allowed
=========  ==================  =====================================================
"""

from __future__ import annotations

import re

import pandas as pd
import pandera.pandas as pa

DTYPES = {
    "id": "str",
    "text": "str",
    "choice": "str",
    "date": "datetime64[us]",
    "month": "datetime64[us]",
    "number": "float64",
    "count": "float64",
    "flag": "boolean",
}
"""The dtype in which a column of each kind is held."""

PHASES = ("qualification", "onboarding", "adoption", "renewal", "expansion")
"""The lifecycle's preparation step and its four phases (S1), in order."""

TIERS = ("high", "low", "tech")
"""The touch tiers, from the most personal on (S4)."""

MILESTONES = ("contract_signed", "kickoff", "live", "first_value", "basic_value", "exceeded_value")
"""The events of a journey, in their order."""


def _column(
    kind: str,
    says: str,
    *,
    unit: str = "",
    required: bool = False,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    most: float | None = None,
    unique: bool = False,
    known: str = "",
    refers: str = "",
    regex: bool = False,
) -> pa.Column:
    """One column. `known` is how :meth:`Company.at` treats it: "row" (the row is unknown before this day) or "value" (the value is)."""
    checks = []
    if choices:
        checks.append(pa.Check.isin(choices, name="choice"))
    if least is not None:
        checks.append(pa.Check.ge(least, name="least"))
    if most is not None:
        checks.append(pa.Check.le(most, name="most"))
    metadata = {
        "kind": kind,
        "unit": unit,
        "required": required,
        "choices": choices,
        "least": least,
        "most": most,
        "known": known,
        "refers": refers,
    }
    return pa.Column(
        DTYPES[kind],
        checks,
        nullable=not required,
        unique=unique,
        required=not regex,
        regex=regex,
        description=says,
        metadata=metadata,
    )


def _id(says: str, *, refers: str = "", required: bool = True, unique: bool = False) -> pa.Column:
    return _column("id", says, required=required, unique=unique, refers=refers)


def _start(says: str) -> pa.Column:
    return _column("date", says, required=True, known="row")


def _end(says: str) -> pa.Column:
    return _column("date", says, known="value")


_CUSTOMER = _id("the customer", refers="customers.customer_id")


def _table(
    says: str, columns: dict[str, pa.Column], unique: list[str] | None = None
) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, description=says, unique=unique)


TABLES: dict[str, pa.DataFrameSchema] = {
    "customers": _table(
        "one customer",
        {
            "customer_id": _id("the customer's key", unique=True),
            "name": _column("text", "what people call the customer"),
            "industry": _column("text", "the customer's industry"),
            "employees": _column("count", "size of the customer", unit="people", least=0),
            "region": _column("text", "where the customer is looked after"),
            "acquired_on": _column(
                "date", "when it became a customer (absent: its first signing)", known="value"
            ),
            "onboarding": _column("choice", "form of onboarding", choices=("self", "free", "paid")),
        },
    ),
    "contracts": _table(
        "one level of one product for one customer over a time; a change in mid-term stops one row and starts another",
        {
            "contract_id": _id("the row's key", required=False),
            "customer_id": _CUSTOMER,
            "product": _column("text", "what is subscribed to (absent: one product)"),
            "signed_on": _column("date", "when it became known (absent: starts_on)", known="row"),
            "starts_on": _column("date", "first day", required=True),
            "ends_on": _column("date", "planned end, exclusive; empty: open-ended"),
            "stopped_on": _column(
                "date", "actual end, exclusive; empty: ran to its end", known="value"
            ),
            "arr": _column(
                "number",
                "the level, never a change",
                unit="currency a year",
                required=True,
                least=0,
            ),
            "kind": _column(
                "choice",
                "what brought the level about",
                choices=("new", "renewal", "upsell", "cross_sell", "contraction"),
            ),
        },
    ),
    "tiers": _table(
        "a customer's touch tier for a time",
        {
            "customer_id": _CUSTOMER,
            "tier": _column("choice", "touch tier", required=True, choices=TIERS),
            "starts_on": _start("first day"),
            "ends_on": _end("day after the last; empty: still so"),
        },
    ),
    "deals": _table(
        "one qualification before a sale, won or not",
        {
            "deal_id": _id("the deal's key", required=False),
            "customer_id": _id(
                "the customer it became; empty: not sold",
                refers="customers.customer_id",
                required=False,
            ),
            "happened_on": _start("day of the qualification"),
            "decided_on": _column(
                "date", "when the outcome was known (absent: happened_on)", known="value"
            ),
            "fit": _column(
                "number",
                "rated fit of customer and product",
                unit="points of 100",
                least=0,
                most=100,
            ),
            "answer_.+": _column(
                "number", "one answer of the qualification", unit="points", regex=True
            ),
            "outcome": _column(
                "choice", "what was agreed", choices=("sold", "other_offer", "referred", "lost")
            ),
            "arr": _column("number", "value of the deal", unit="currency a year", least=0),
        },
    ),
    "milestones": _table(
        "one event of a journey",
        {
            "customer_id": _CUSTOMER,
            "product": _column("text", "product of the journey"),
            "journey": _column("count", "1, or 2 and on after a reactivation (absent: 1)", least=1),
            "milestone": _column("choice", "which event", required=True, choices=MILESTONES),
            "happened_on": _start("day of the event"),
        },
        unique=["customer_id", "product", "journey", "milestone"],
    ),
    "usage": _table(
        "one customer in one month",
        {
            "customer_id": _CUSTOMER,
            "month": _column(
                "month",
                "first day of the month; known at the month's end",
                required=True,
                known="month",
            ),
            "seats": _column("count", "seats paid for", unit="people", least=0),
            "active_users": _column("count", "people who logged in", unit="people", least=0),
            "logins": _column("count", "logins in the month", unit="logins", least=0),
            "features_used": _column("count", "different features used", unit="features", least=0),
            "uses_.+": _column(
                "count", "uses of one feature in the month", unit="uses", least=0, regex=True
            ),
        },
        unique=["customer_id", "month"],
    ),
    "activities": _table(
        "one piece of CS work",
        {
            "activity_id": _id("the activity's key", required=False),
            "customer_id": _CUSTOMER,
            "person_id": _id("who did it", refers="people.person_id", required=False),
            "happened_on": _start("day of the work"),
            "kind": _column("text", "what was done"),
            "phase": _column("choice", "lifecycle phase it served", choices=PHASES),
            "department": _column("text", "counterpart inside the vendor, if any"),
            "hours": _column("number", "time spent", unit="hours", least=0),
        },
    ),
    "voices": _table(
        "one thing a customer said",
        {
            "voice_id": _id("the voice's key", required=False),
            "customer_id": _CUSTOMER,
            "happened_on": _start("day it was said"),
            "channel": _column("text", "where it was said"),
            "feature": _column("text", "feature it is about, if known"),
            "text": _column("text", "the words"),
            "score": _column(
                "number", "rating given with it", unit="points of 10", least=0, most=10
            ),
        },
    ),
    "changes": _table(
        "one product change that answered voices",
        {
            "change_id": _id("the change's key", required=False),
            "topic": _column("text", "topic of the voices it answered"),
            "product": _column("text", "product changed"),
            "feature": _column("text", "feature changed"),
            "decided_on": _start("day of the decision"),
            "shipped_on": _end("day customers had it; empty: not yet"),
        },
    ),
    "people": _table(
        "one person in CS",
        {
            "person_id": _id("the person's key", unique=True),
            "region": _column("text", "where the person works"),
            "skills": _column("text", "industries known well, separated by ;"),
            "hired_on": _start("first day"),
            "left_on": _end("day after the last; empty: still here"),
            "hours": _column("number", "working hours", unit="hours a month", least=0),
        },
    ),
    "posts": _table(
        "a person's place for a time",
        {
            "person_id": _id("who", refers="people.person_id"),
            "team": _column("text", "team"),
            "role": _column("text", "role in it"),
            "manager_id": _id("who leads this person", refers="people.person_id", required=False),
            "starts_on": _start("first day"),
            "ends_on": _end("day after the last; empty: still so"),
        },
    ),
    "assignments": _table(
        "who looked after whom, for what, when",
        {
            "customer_id": _CUSTOMER,
            "person_id": _id("who", refers="people.person_id"),
            "role": _column("text", "in which role"),
            "scope": _column("text", "phase, product or feature; empty: all"),
            "notes_passed": _column("flag", "was the CRM record handed on; empty: no handoff"),
            "starts_on": _start("first day"),
            "ends_on": _end("day after the last; empty: still so"),
        },
    ),
}
"""The schema of every table, by name."""

ESSENTIAL = {
    "customers": ("customer_id",),
    "contracts": ("customer_id", "starts_on", "ends_on", "arr"),
}
"""What own data must bring; `contracts.ends_on` may be empty throughout."""

INTERVALS = {
    "contracts": [
        ("starts_on", "ends_on", False),
        ("starts_on", "stopped_on", True),
        ("stopped_on", "ends_on", True),
    ],
    "tiers": [("starts_on", "ends_on", False)],
    "people": [("hired_on", "left_on", True)],
    "posts": [("starts_on", "ends_on", False)],
    "assignments": [("starts_on", "ends_on", False)],
    "changes": [("decided_on", "shipped_on", True)],
    "deals": [("happened_on", "decided_on", True)],
}
"""Pairs of columns of which the first may not be later than the second; True where the same day is allowed."""

EXCLUSIVE = {"tiers": ["customer_id"]}
"""Tables whose rows may not overlap in time for the same key."""


def column(table: str, name: str) -> pa.Column | None:
    """The contract's column of that name, patterns such as ``uses_.+`` included; None for one that the contract does not know."""
    columns = TABLES[table].columns
    if name in columns:
        return columns[name]
    return next(
        (
            found
            for pattern, found in columns.items()
            if found.regex and re.fullmatch(pattern, name)
        ),
        None,
    )


def named(table: str) -> list[str]:
    """The names of the table's columns, patterns left out."""
    return [name for name, found in TABLES[table].columns.items() if not found.regex]


def empty(table: str) -> pd.DataFrame:
    """The table without rows, all named columns in their dtypes.

    >>> empty("tiers").dtypes.astype(str).to_dict()
    {'customer_id': 'str', 'tier': 'str', 'starts_on': 'datetime64[us]', 'ends_on': 'datetime64[us]'}
    """
    columns = TABLES[table].columns
    return pd.DataFrame(
        {name: pd.Series(dtype=DTYPES[columns[name].metadata["kind"]]) for name in named(table)}
    )


def describe(table: str | None = None) -> pd.DataFrame:
    """The contract as a table: table, column, kind, unit, required, what it says."""
    rows = [
        {
            "table": each,
            "column": name.replace(".+", "NAME"),
            "kind": found.metadata["kind"],
            "unit": found.metadata["unit"],
            "required": name in ESSENTIAL.get(each, ()),
            "says": found.description
            + (f": {', '.join(found.metadata['choices'])}" if found.metadata["choices"] else ""),
        }
        for each in ([table] if table else TABLES)
        for name, found in TABLES[each].columns.items()
    ]
    return pd.DataFrame(rows)
