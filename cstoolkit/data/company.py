"""A company: its tables, in the currency and as of the day they were taken, and the questions
every topic asks of them.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from cstoolkit.data import check, timeline
from cstoolkit.data.contract import TABLES
from cstoolkit.data.mapping import Reading
from cstoolkit.data.report import Report

T = TypeVar("T")

MONTH_DAYS = 365.25 / 12
"""Days in a month, where a span of days is told in months."""

UNSEGMENTED = "unsegmented"
"""The segment of customers that have none in the data."""

DURATIONS = {
    "contracts": ("starts_on", "until"),
    "tiers": ("starts_on", "ends_on"),
    "people": ("hired_on", "left_on"),
    "posts": ("starts_on", "ends_on"),
    "assignments": ("starts_on", "ends_on"),
    "spans": ("starts_on", "ends_on"),
}
"""The columns between which the rows of a table are open; the second day is the first without."""


class MissingData(LookupError):
    """A figure needs a table or column that this company does not have; the message names it and
    what it would hold.
    """

    def _render_traceback_(self) -> list[str]:
        """In a notebook the sentence alone: where in the package it was noticed helps nobody."""
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Company:
    """One vendor's customers, contracts and CS work, as known on `as_of`.

    One DataFrame a table of the data contract (``cstoolkit.data.contract``); a table that was not
    given is there without rows, a
    column that was not given is there with missing values, and ``has`` tells. Frames are shared,
    not copied: treat them as read-only.
    Made by ``cs.load_company()`` or :meth:`from_tables`, which check the tables; :meth:`at` winds
    the clock back.
    """

    name: str
    currency: str
    as_of: pd.Timestamp
    customers: pd.DataFrame
    contracts: pd.DataFrame
    tiers: pd.DataFrame = field(default_factory=lambda: TABLES["tiers"].empty())
    deals: pd.DataFrame = field(default_factory=lambda: TABLES["deals"].empty())
    milestones: pd.DataFrame = field(default_factory=lambda: TABLES["milestones"].empty())
    usage: pd.DataFrame = field(default_factory=lambda: TABLES["usage"].empty())
    activities: pd.DataFrame = field(default_factory=lambda: TABLES["activities"].empty())
    voices: pd.DataFrame = field(default_factory=lambda: TABLES["voices"].empty())
    changes: pd.DataFrame = field(default_factory=lambda: TABLES["changes"].empty())
    people: pd.DataFrame = field(default_factory=lambda: TABLES["people"].empty())
    posts: pd.DataFrame = field(default_factory=lambda: TABLES["posts"].empty())
    assignments: pd.DataFrame = field(default_factory=lambda: TABLES["assignments"].empty())
    grace_days: int = 30
    notes: tuple[str, ...] = ()
    given: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def from_tables(
        cls,
        *,
        name: str,
        currency: str,
        as_of: str | pd.Timestamp,
        grace_days: int = 30,
        **tables: pd.DataFrame,
    ) -> Company:
        """A company from DataFrames that keep the data contract.

        `as_of` is the day the tables were taken; `grace_days` (ours: 30, range 0-90) is the longest
        gap between two contracts
        that counts as a late renewal. Absent days are filled as the contract says:
        ``contracts.signed_on`` by ``starts_on``,
        ``customers.acquired_on`` by the first signing, ``deals.decided_on`` by ``happened_on``,
        ``milestones.journey`` by 1.
        Raises DataProblems with all that is wrong: table, column, row, value, mend.

        >>> import pandas as pd
        >>> customers = pd.DataFrame({"customer_id": ["a", "b"]})
        >>> contracts = customers.assign(
        ...     starts_on=["2024-01-01", "2024-03-01"],
        ...     ends_on=["2025-01-01", None],
        ...     arr=[1200, 3600],
        ... )
        >>> company = Company.from_tables(
        ...     name="Two",
        ...     currency="EUR",
        ...     as_of="2025-06-30",
        ...     customers=customers,
        ...     contracts=contracts,
        ... )
        >>> company.snapshot("2024-06-30")[["customer_id", "arr"]].to_dict("list")
        {'customer_id': ['a', 'b'], 'arr': [1200.0, 3600.0]}
        >>> company.snapshot()["customer_id"].to_list()
        ['b']
        """
        return build(tables, name=name, currency=currency, as_of=as_of, grace_days=grace_days)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables of the contract, by name."""
        return {name: getattr(self, name) for name in TABLES}

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table has rows and, of each of `columns`, at least one value.

        A column of the pattern kind is asked for by its name, such as ``uses_surveys``.
        """
        frame = getattr(self, table)
        return len(frame) > 0 and all(
            column in frame and frame[column].notna().any() for column in columns
        )

    def lacks(self, **needs: list[str]) -> str:
        """What is missing of the tables and columns named, as one sentence; empty when nothing is.

        >>> import cstoolkit as cs
        >>> cs.load_company().lacks(usage=["logins"], voices=["text"])
        ''
        """
        missing = []
        for table, columns in needs.items():
            if not self.has(table):
                wanted = f" with {', '.join(columns)}" if columns else ""
                missing.append(f"the table {table} ({TABLES[table].says}){wanted}")
            else:
                missing += [
                    f"{table}.{column}" for column in columns if not self.has(table, column)
                ]
        return (
            f"{self.name} has no data for this: it needs {'; '.join(missing)}." if missing else ""
        )

    def need(self, **needs: list[str]) -> None:
        """Raise MissingData with the sentence of :meth:`lacks`, if anything is missing."""
        sentence = self.lacks(**needs)
        if sentence:
            raise MissingData(sentence)

    @cached_property
    def levels(self) -> pd.DataFrame:
        """The contracts with `until`, the day each level really ended; late renewals bridged (see
        ``data.timeline``).
        """
        return timeline.levels(self.contracts, self.grace_days)

    @cached_property
    def spans(self) -> pd.DataFrame:
        """The unbroken times each customer was live: customer_id, journey, starts_on, ends_on
        (empty while live), pending.

        An end is churn once `grace_days` have passed without a successor. Until then it is pending:
        the customer is not live, and nobody counts it as churned.
        """
        return timeline.spans(self.levels, self.as_of, self.grace_days)

    @cached_property
    def renewals(self) -> pd.DataFrame:
        """The terms of contracts with a planned end, and what came of each (``data.timeline``)."""
        return timeline.renewals(self.levels, self.as_of, self.grace_days)

    def kept(self, make: Callable[..., T], *given: Hashable) -> T:
        """`make(company, *given)`, computed at the first call and kept as long as
        the company lives.

        For what several figures start from and what takes long to gather. A company wound back or
        otherwise changed is another company, with nothing kept. Nobody changes what is kept.

        Examples
        --------
        >>> import cstoolkit as cs
        >>> company = cs.load_company()
        >>> company.kept(Company.snapshot) is company.kept(Company.snapshot)
        True
        """
        key = (make, *given)
        if key not in self._made:
            self._made[key] = make(self, *given)
        return self._made[key]

    @cached_property
    def _made(self) -> dict[tuple[Hashable, ...], Any]:
        return {}

    def at(self, date: str | pd.Timestamp) -> Company:
        """The same company as it was known at the end of that day.

        Rows that happened or were signed later are gone; ends, leavings, stops and outcomes that
        came later are empty; a month of
        usage is known at its end.
        """
        day = self._day(date)
        if day == self.as_of:
            return self
        return replace(self, as_of=day, **timeline.known_at(self.tables, day))

    def open(self, table: str, day: str | pd.Timestamp | None = None) -> pd.DataFrame:
        """The rows of a table that are open on a day: begun, and not yet ended.

        Parameters
        ----------
        table : str
            "tiers", "posts" or "assignments" (`starts_on` to `ends_on`), "people" (`hired_on` to
            `left_on`), "contracts" (the levels in force, late renewals bridged) or "spans" (the
            customers live).
        day : str or Timestamp, optional
            A day up to `as_of`, which is the default. Ends are exclusive: who leaves on the day is
            gone. For what was known on an earlier day ask ``company.at(day).open(table)``.

        Returns
        -------
        DataFrame
            The table's columns (for contracts those of `levels`), in its order, with its index.

        Raises
        ------
        ValueError
            For a table whose rows have no duration, or a day after `as_of`.

        Examples
        --------
        >>> import cstoolkit as cs
        >>> company = cs.load_company()
        >>> len(company.open("spans")) == len(company.snapshot())
        True
        """
        if table not in DURATIONS:
            raise ValueError(f"open: table is one of {', '.join(DURATIONS)}, got {table!r}.")
        rows = self.levels if table == "contracts" else getattr(self, table)
        start, end = (rows[column] for column in DURATIONS[table])
        on = self.as_of if day is None else self._day(day)
        return rows[(start <= on) & ~(end <= on)]

    def fit(self, day: str | pd.Timestamp | None = None) -> pd.Series:
        """Each customer's fit: the last rating known by a day.

        Parameters
        ----------
        day : str or Timestamp, optional
            A day up to `as_of`, which is the default. A rating is known from the day of its
            qualification (``deals.happened_on``); of two on one day the later row counts.

        Returns
        -------
        Series
            Points of 100 by `customer_id`, in the order of the first ratings; a customer that
            was never rated is not in it.

        Examples
        --------
        >>> import cstoolkit as cs
        >>> company = cs.load_company()
        >>> bool(company.fit().between(0, 100).all())
        True
        """
        on = self.as_of if day is None else self._day(day)
        deals = self._ratings[self._ratings["happened_on"] <= on]
        return deals.groupby("customer_id", sort=False)["fit"].last()

    def fit_then(self, customers: pd.Series, days: pd.Series) -> pd.Series:
        """The fit of each customer as known on a day of its own: :meth:`fit` for many days at once.

        Parameters
        ----------
        customers, days : Series
            Customer ids, and the day asked about for each, with one index.

        Returns
        -------
        Series
            Points of 100 with that index; missing where the customer was not rated by then.

        Examples
        --------
        >>> import cstoolkit as cs
        >>> company = cs.load_company()
        >>> ids = company.customers["customer_id"]
        >>> then = company.fit_then(ids, pd.Series(pd.Timestamp("2023-06-30"), ids.index))
        >>> bool((then.dropna().to_numpy() == company.fit("2023-06-30")[ids[then.notna()]]).all())
        True
        """
        asked = pd.DataFrame({"customer_id": customers, "day": days.astype("datetime64[us]")})
        asked = asked.reset_index(names="row").sort_values("day", kind="stable")
        known = pd.merge_asof(
            asked, self._ratings, left_on="day", right_on="happened_on", by="customer_id"
        )
        return known.set_index("row")["fit"].reindex(customers.index).rename("fit")

    @cached_property
    def _ratings(self) -> pd.DataFrame:
        """The ratings of customers in the order in which they became known."""
        rated = self.deals.dropna(subset=["customer_id", "fit", "happened_on"])
        rated = rated.sort_values("happened_on", kind="stable")
        return rated[["customer_id", "happened_on", "fit"]]

    def snapshot(
        self, date: str | pd.Timestamp | None = None, *, segment: str = "tier"
    ) -> pd.DataFrame:
        """The customers live on that date (default: `as_of`), one row each.

        Returns customer_id, arr (currency a year, all products), products (joined by ;), tier,
        segment, tenure_months (since the
        start of the unbroken time as a customer) and the customer's own columns, in the order of
        `customers`. `segment` names the
        column that segments the base: tier, or one of the customer's own columns. A customer
        without a value there is
        "unsegmented". No other code decides who is live.
        """
        day = self.as_of if date is None else self._day(date)
        running = self.open("contracts", day)
        rows = running.groupby("customer_id", sort=False).agg(arr=("arr", "sum"))
        rows["products"] = _products(running)
        tiers = self.open("tiers", day).set_index("customer_id")["tier"]
        rows["tier"] = tiers.reindex(rows.index)
        begun = self.open("spans", day).set_index("customer_id")["starts_on"].reindex(rows.index)
        rows["tenure_months"] = (day - begun) / pd.Timedelta(days=MONTH_DAYS)
        own = self.customers.drop(columns=[each for each in rows.columns if each in self.customers])
        result = own.merge(rows, left_on="customer_id", right_index=True, how="inner")
        if segment not in result.columns:
            raise KeyError(
                f"segment {segment!r} is no column of a snapshot; "
                f"there are: {', '.join(result.columns)}."
            )
        result["segment"] = result[segment].astype("str").fillna(UNSEGMENTED).astype("category")
        result["tier"] = result["tier"].astype("category")
        first = ["customer_id", "arr", "products", "tier", "segment", "tenure_months"]
        return result[first + [each for each in own.columns if each not in first]].reset_index(
            drop=True
        )

    def equals(self, other: Company) -> bool:
        """Whether both are the same company: name, currency, day and every table."""
        mine = (self.name, self.currency, self.as_of, self.grace_days)
        return mine == (other.name, other.currency, other.as_of, other.grace_days) and all(
            table.equals(other.tables[name]) for name, table in self.tables.items()
        )

    def _day(self, date: str | pd.Timestamp) -> pd.Timestamp:
        day = check.day(date, "date")
        if day > self.as_of:
            raise ValueError(
                f"{self.name} is known up to {self.as_of:%Y-%m-%d}; "
                f"there is nothing to say about {day:%Y-%m-%d}."
            )
        return day

    def __repr__(self) -> str:
        live = f"{len(self.snapshot()):,} live customers"
        return f"Company({self.name}, as of {self.as_of:%Y-%m-%d}, {live}, {self.currency})"

    def _repr_html_(self) -> str:
        snapshot = self.snapshot()
        held = [f"{name} ({len(table):,})" for name, table in self.tables.items() if len(table)]
        absent = [name for name, table in self.tables.items() if not len(table)]
        lines = [
            f"<b>{html.escape(self.name)}</b>, as of {self.as_of:%Y-%m-%d}: "
            f"{len(snapshot):,} live customers, "
            f"ARR {snapshot['arr'].sum():,.0f} {html.escape(self.currency)}",
            f"Tables (rows): {', '.join(held)}",
        ]
        if absent:
            lines.append(f"Not given: {', '.join(absent)}")
        lines += [html.escape(note) for note in self.notes]
        # What stands between two dollar signs is no formula.
        return f'<div class="mathjax_ignore">{"<br>".join(lines)}</div>'


def checked(company: Any) -> Company:
    """The company; TypeError for anything else, saying where one comes from."""
    if not isinstance(company, Company):
        raise TypeError(f"company is what cs.load_company() gives, got a {type(company).__name__}.")
    return company


def build(
    tables: Mapping[str, pd.DataFrame],
    *,
    name: str,
    currency: str,
    as_of: str | pd.Timestamp,
    grace_days: int,
    report: Report | None = None,
    readings: Mapping[str, Reading] | None = None,
    notes: Iterable[str] = (),
) -> Company:
    """The company of these tables, checked; `report`, `readings` and `notes` are what reading
    their files has found.
    """
    report = report or Report()
    day = check.facts(name, currency, as_of, grace_days, report)
    held, said = check.conform(
        tables,
        as_of=day,
        currency=currency,
        grace_days=grace_days,
        report=report,
        readings=readings,
    )
    given = frozenset(
        (table, str(column)) for table, frame in tables.items() for column in frame.columns
    )
    return Company(
        name=name.strip(),
        currency=currency,
        as_of=day,
        grace_days=grace_days,
        notes=(*notes, *said),
        given=given,
        **held,
    )


def _products(running: pd.DataFrame) -> pd.Series:
    """The products of each customer, joined by ";" in alphabetical order."""
    who, customers = pd.factorize(running["customer_id"])
    what, products = pd.factorize(running["product"], sort=True)
    held = np.zeros((len(customers), len(products)), bool)
    held[who[what >= 0], what[what >= 0]] = True
    sets, which = np.unique(held, axis=0, return_inverse=True)
    names = pd.Series([";".join(products[each]) or None for each in sets], dtype="str")
    return names.take(which.ravel()).set_axis(pd.Index(customers))
