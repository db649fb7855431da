"""The conventions behind every revenue figure, and the contracts as these conventions read them.

Two firms with the same contracts report another NRR, because they settle these questions otherwise.
Here each is one field of one record, so that it can be switched and its effect be seen.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cstoolkit import checks, tables
from cstoolkit.assumptions import OURS, assumption
from cstoolkit.data import timeline
from cstoolkit.data.company import Company
from cstoolkit.days import NEVER, days, joint

NEEDED = ["customer_id", "starts_on", "ends_on", "arr"]
"""The columns of contracts without which there is no figure."""


def _switch(default: Any, *options: Any, says: str) -> Any:
    """A field of the record that is one of a few answers."""
    metadata = {"options": (default, *options), "source": OURS, "says": says}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """How contracts become figures: each question that firms settle differently, with our answer.

    Raises
    ------
    ValueError
        For an answer that there is not, naming those there are.

    Examples
    --------
    >>> Conventions(netting="product").grace_days
    30
    >>> Conventions(netting="contract")
    Traceback (most recent call last):
    ValueError: Conventions: netting is one of customer, product, got 'contract'.
    """

    netting: str = _switch(
        "customer",
        "product",
        says="a customer's gains and losses are set off against each other, or each product counts",
    )
    grace_days: int = assumption(
        30, unit="days", low=0, high=90, says="a gap up to this long is a late renewal, no churn"
    )
    pause_days: int = assumption(
        92,
        unit="days",
        low=0,
        high=184,
        says="a level of zero up to this long, between paid levels, is a pause or credit, no loss",
    )
    migrations: bool = _switch(
        True,
        False,
        says="a product that begins on the day another one ends carries that one on",
    )
    denominator: str = _switch(
        "opening",
        "average",
        "due",
        says="lost customers are divided by those of the first day, of both days' mean, or due",
    )
    annualise: bool = _switch(
        True, False, says="the renewal rate of a longer term is told as a rate a year"
    )
    decimals: int = assumption(
        2, unit="decimals", low=0, high=4, says="the smallest unit of the currency: 2 are cents"
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if "options" in field.metadata:
                value = getattr(self, field.name)
                checks.one_of("Conventions", field.name, value, field.metadata["options"])
            else:
                checks.count("Conventions", field.name, getattr(self, field.name))


def conventions_table(conventions: Conventions | None = None) -> pd.DataFrame:
    """The conventions as a table.

    Parameters
    ----------
    conventions : Conventions, optional
        Default: ours.

    Returns
    -------
    pandas.DataFrame
        One row a convention: convention, value, unit ("choice" where it is one of a few answers),
        range, source, says.

    Examples
    --------
    >>> conventions_table().set_index("convention").loc["grace_days", ["value", "range"]].to_list()
    [30, '0 to 90']
    """
    record = conventions or Conventions()
    rows = []
    for field in dataclasses.fields(record):
        about = field.metadata
        options = about.get("options")
        rows.append(
            {
                "convention": field.name,
                "value": getattr(record, field.name),
                "unit": "choice" if options else about["unit"],
                "range": ", ".join(map(str, options))
                if options
                else f"{about['low']} to {about['high']}",
                "source": about["source"],
                "says": about["says"],
            }
        )
    return pd.DataFrame(rows)


def alternatives(conventions: Conventions) -> list[dict[str, Any]]:
    """What else a firm might have settled, one convention at a time: other answers, ends of ranges.

    Examples
    --------
    >>> alternatives(Conventions())[:2]
    [{'netting': 'product'}, {'grace_days': 0}]
    """
    found = []
    for field in dataclasses.fields(conventions):
        about = field.metadata
        others = about.get("options") or (about["low"], about["high"])
        now = getattr(conventions, field.name)
        found += [{field.name: other} for other in others if other != now]
    return [each for each in found if "decimals" not in each]


def other_names() -> pd.DataFrame:
    """What others call the same figure, or call by the same name and mean otherwise.

    Returns
    -------
    pandas.DataFrame
        One row a usage (``other_names.csv``): name, used_by, means, ours (the figure of this
        topic that it is, or is nearest to), differs.

    Examples
    --------
    >>> "NRR" in set(other_names()["name"])
    True
    """
    return tables.read("indicators", "other_names")


def settle(source: Company | pd.DataFrame, conventions: Conventions | None) -> Conventions:
    """The conventions asked for; of a company by default ours with its own grace time."""
    if conventions is not None:
        return conventions
    return Conventions(
        grace_days=source.grace_days if isinstance(source, Company) else Conventions().grace_days
    )


def known(source: Company | pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The contracts as known at the end of a day; a frame is taken as it stands.

    Raises
    ------
    ValueError
        For a frame without a column that is needed, or a day after the company's last.
    """
    if isinstance(source, Company):
        return source.at(day).contracts
    checks.columns("contracts", source, NEEDED, "company.contracts has them.")
    absent = {name for name in ("product", "stopped_on") if name not in source}
    frame = source.assign(**dict.fromkeys(absent))
    dates = ["starts_on", "ends_on", "stopped_on"]
    return frame.assign(**{name: pd.to_datetime(frame[name]).dt.as_unit("us") for name in dates})


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Contracts as the conventions read them, one entry a level; days are whole (``days.days``).

    Attributes
    ----------
    ids : pandas.Index
        customer_id of each customer code.
    begun : ndarray of int
        The first day on which each customer ever had a contract in force.
    customer, line : ndarray of int
        Codes; a line is one product of one customer, or what one product became.
    start, until : ndarray of int
        First day in force, and first day no longer.
    amount : ndarray of int
        ARR in the smallest unit of the currency, so that sums are exact.
    owner : ndarray of int
        The customer code of each line.
    levels : pandas.DataFrame
        The rows they came from, in this order.
    """

    ids: pd.Index
    begun: np.ndarray
    customer: np.ndarray
    line: np.ndarray
    start: np.ndarray
    until: np.ndarray
    amount: np.ndarray
    owner: np.ndarray
    levels: pd.DataFrame


def lines(
    contracts: pd.DataFrame, conventions: Conventions, first: int | None = None, last: int = 0
) -> Lines:
    """The contracts by the conventions: late renewals and pauses bridged, migrations joined.

    Parameters
    ----------
    contracts : DataFrame
        As :func:`known` gives them.
    conventions : Conventions
    first, last : int, optional
        The days asked about. Levels that neither run in that time nor touch it by a late renewal
        are left out; all are kept without `first`.
    """
    frame = contracts[["customer_id", "product", "starts_on", "ends_on", "stopped_on", "arr"]]
    code, ids = pd.factorize(frame["customer_id"])
    product, _ = pd.factorize(frame["product"])  # no product given is a product
    frame = frame.assign(customer_id=code, product=product)
    start = days(frame["starts_on"])
    end = np.minimum(days(frame["ends_on"]), days(frame["stopped_on"]))
    begun = np.full(len(ids), NEVER)
    np.minimum.at(begun, code[end > start], start[end > start])
    if first is not None:
        near = max(conventions.grace_days, conventions.pause_days)
        frame = frame[(start <= last + near) & (end > first - near)]
    levels = timeline.levels(frame, conventions.grace_days)
    amount = np.rint(levels["arr"].to_numpy("float64") * 10**conventions.decimals)
    customer, product = levels["customer_id"].to_numpy(), levels["product"].to_numpy()
    start, until = days(levels["starts_on"]), days(levels["until"])
    width = int(product.max(initial=0)) + 2
    line, keys = pd.factorize(customer * width + product + 1)
    owner = (keys // width).astype(np.int64)
    if conventions.pause_days:
        amount = _carry_pauses(line, start, until, amount, conventions.pause_days)
    if conventions.migrations and len(keys):
        label = _joined(line, owner, start, until)
        line, kept = pd.factorize(label[line])
        owner = pd.Series(owner).groupby(label).first().to_numpy()[kept]
    return Lines(
        ids=pd.Index(ids),
        begun=begun,
        customer=customer,
        line=line,
        start=start,
        until=until,
        amount=amount.astype(np.int64),
        owner=owner,
        levels=levels,
    )


def _carry_pauses(line, start, until, amount, longest: int) -> np.ndarray:
    """Amounts in which a short zero between paid levels of its line is the level before it."""
    if not (amount == 0).any():
        return amount
    order = np.lexsort((start, line))
    one, begin, end, level = line[order], start[order], until[order], amount[order]
    before, after = np.roll(np.arange(len(one)), 1), np.roll(np.arange(len(one)), -1)
    pause = (level == 0) & (end - begin <= longest) & (level[before] > 0) & (level[after] > 0)
    pause &= (one == one[before]) & (one == one[after])
    pause &= (end[before] == begin) & (begin[after] == end)
    carried = amount.copy()
    carried[order[pause]] = level[before][pause]
    return carried


def _joined(line, owner, start, until) -> np.ndarray:
    """A label a line; lines of a customer share one if one begins on the day the other ends."""
    size = len(owner)
    first, last = np.full(size, np.iinfo(np.int64).max), np.zeros(size, np.int64)
    np.minimum.at(first, line, start)
    np.maximum.at(last, line, until)
    ended, began = joint(owner, last), joint(owner, first)
    # Few lines begin on the day another one ends: the others need not be looked at.
    ends = pd.DataFrame({"day": ended, "from": np.arange(size)})[np.isin(ended, began)]
    begins = pd.DataFrame({"day": began, "to": np.arange(size)})[np.isin(began, ended)]
    pairs = ends.merge(begins, on="day")
    graph = coo_matrix((np.ones(len(pairs)), (pairs["from"], pairs["to"])), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def on(codes: np.ndarray, size: int, lines: Lines, moments: np.ndarray) -> np.ndarray:
    """ARR of each code (customers or lines) on each of some ascending days.

    Returns
    -------
    ndarray of int, shape (2, size, len(moments))
        The amounts, and the number of levels in force.
    """
    width = len(moments) + 1
    came = codes * width + np.searchsorted(moments, lines.start)
    went = codes * width + np.searchsorted(moments, lines.until)
    result = []
    for weight in (lines.amount.astype("float64"), np.ones(len(codes))):
        change = np.bincount(came, weight, size * width) - np.bincount(went, weight, size * width)
        result.append(change.reshape(size, width).cumsum(axis=1)[:, :-1])
    return np.array(result).round().astype(np.int64)
