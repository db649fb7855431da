"""S1's five business stages, and where the company stood in them month by month."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import tables
from cstoolkit.data import timeline
from cstoolkit.data.company import Company, checked

_BORDERS = tables.read("stages", "stages")["customers_low"].to_numpy()[1:]
"""Customers from which on stages 2 to 5 begin."""


def table() -> pd.DataFrame:
    """S1's stages (``stages.csv``), with the customers per head that its numbers imply.

    Returns
    -------
    pandas.DataFrame
        One row a stage: stage, customers_low, customers_high, headcount_low, headcount_high, source
        and customers_per_head_low, customers_per_head_high. A high that is NaN has no upper end.
        The last two follow from S1's numbers, S1 does not say them: their spread in stages 2-4 is
        wide.

    References
    ----------
    S1 (docs/sources.md).

    Examples
    --------
    >>> four = table().query("stage == 4")
    >>> four[["customers_per_head_low", "customers_per_head_high"]].round().values.tolist()
    [[50.0, 167.0]]
    """
    frame = tables.read("stages", "stages")
    some = frame[["headcount_low", "headcount_high"]].replace(0, np.nan)
    return frame.assign(
        customers_per_head_low=frame["customers_low"] / some["headcount_high"],
        customers_per_head_high=frame["customers_high"] / some["headcount_low"],
    )


def in_words() -> pd.DataFrame:
    """The same table as people read it.

    Returns
    -------
    pandas.DataFrame
        One row a stage: stage, live customers, people in CS, customers per head, as text.

    Examples
    --------
    >>> in_words().query("stage == 4").values.tolist()
    [[4, '500-1,000', '6-10', '50-167']]
    """
    frame = table()
    words = frame[["stage"]].copy()
    for heading, name in (
        ("live customers", "customers"),
        ("people in CS", "headcount"),
        ("customers per head", "customers_per_head"),
    ):
        words[heading] = list(map(_range, frame[f"{name}_low"], frame[f"{name}_high"]))
    return words


def _range(low: float, high: float) -> str:
    if np.isnan(low):
        return "open"
    if np.isnan(high):
        return f"{low:,.0f} or more"
    return f"{low:,.0f}" if low == high else f"{low:,.0f}-{high:,.0f}"


def stage(live_customers: Any) -> Any:
    """The stage, 1 to 5, of a company with so many live customers.

    S1's stages overlap at 10, 100, 500 and 1,000 customers; a boundary value belongs to the later
    stage (our rule: S1's text supports it at 500 and 1,000, but gives 10 to stage 1 as well). A
    company without customers is in stage 1.

    Parameters
    ----------
    live_customers : int, array or Series of int
        Customers live, 0 or more.

    Returns
    -------
    int, array or Series
        As `live_customers` came.

    Raises
    ------
    ValueError
        For what is no whole number of at least 0.

    Examples
    --------
    >>> stage(9), stage(10), stage(1_000)
    (1, 2, 5)
    >>> stage(np.array([0, 499, 500])).tolist()
    [1, 3, 4]
    """
    values = np.asarray(live_customers)
    if values.dtype.kind not in "iuf":
        raise ValueError(f"live_customers is a whole number of at least 0, got {live_customers!r}.")
    wrong = values[~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))]
    if wrong.size:
        raise ValueError(f"live_customers is a whole number of at least 0, got {wrong[0]}.")
    found = np.searchsorted(_BORDERS, values, side="right") + 1
    if isinstance(live_customers, pd.Series):
        return pd.Series(found, index=live_customers.index, name="stage")
    return int(found) if values.ndim == 0 else found


def typical() -> pd.DataFrame:
    """What S1 calls typical of each stage (``typical.csv``).

    Returns
    -------
    pandas.DataFrame
        stage, about (organisation, touch, work, product, people), says, source.

    Examples
    --------
    >>> typical()["says"].iloc[0]
    'sales does CS as well'
    """
    return tables.read("stages", "typical")


def roles() -> pd.DataFrame:
    """The roles that S1 describes (``roles.csv``): role, does, when, source."""
    return tables.read("stages", "roles")


def history(company: Company) -> pd.DataFrame:
    """Where the company stood at each month end, from its first customer on, and on `as_of`.

    Each day's customers are those known to be live then: a renewal that is late counts from the day
    it is signed, on past days as on `as_of`.

    Parameters
    ----------
    company : Company

    Returns
    -------
    pandas.DataFrame
        date, customers (live), stage (1-5), people (in CS: everybody in `people`, else everybody on
        a post; NaN where neither is on record), headcount_low, headcount_high (S1's; NaN: no upper
        end), against (below, inside, above, not known).

    Raises
    ------
    ValueError
        If the company never had a customer.

    References
    ----------
    S1 (docs/sources.md).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> history(cs.load_company())["stage"].drop_duplicates().to_list()
    [1, 2, 3, 4, 5]
    """
    if checked(company).spans.empty:
        raise ValueError(
            f"{company.name} had no customer live up to {company.as_of:%Y-%m-%d}: "
            "there is no history of stages."
        )
    customers = company.kept(_known_live)
    days = customers.index
    frame = pd.DataFrame(
        {"date": days, "customers": customers.to_numpy(), "stage": stage(customers.to_numpy())}
    )
    frame["people"] = np.nan
    for table_name in ("posts", "people"):  # the better source comes last
        if company.has(table_name, "person_id"):
            frame["people"] = [
                float(company.open(table_name, day)["person_id"].nunique()) for day in days
            ]
    bands = table().set_index("stage").loc[frame["stage"]].reset_index(drop=True)
    frame["headcount_low"] = bands["headcount_low"].astype("float64")
    frame["headcount_high"] = bands["headcount_high"]
    people = frame["people"]
    frame["against"] = np.select(
        [people.isna(), people < frame["headcount_low"], people > frame["headcount_high"]],
        ["not known", "below", "above"],
        "inside",
    )
    return frame


def _known_live(company: Company) -> pd.Series:
    """How many customers each month end, and `as_of`, knew to be live."""
    days = pd.date_range(company.spans["starts_on"].min(), company.as_of, freq="ME").normalize()
    counts = {}
    for day in days.union([company.as_of]).as_unit("us"):
        known = timeline.known_at({"contracts": company.contracts}, day)["contracts"]
        levels = timeline.levels(known, company.grace_days)
        live = (levels["starts_on"] <= day) & (levels["until"] > day)
        counts[day] = levels.loc[live, "customer_id"].nunique()
    return pd.Series(counts)


def passages(path: pd.DataFrame) -> pd.DataFrame:
    """Every change of stage in a :func:`history`.

    Returns
    -------
    pandas.DataFrame
        One row a change: stage, date (month end), customers, people, months (for which it lasted;
        NaN: still). A company that shrinks goes back; then a stage comes more than once.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> bool(passages(history(cs.load_company()))["stage"].is_monotonic_increasing)
    True
    """
    changed = path["stage"] != path["stage"].shift()
    rows = path.loc[changed, ["stage", "date", "customers", "people"]].reset_index(drop=True)
    month = rows["date"].dt.year * 12 + rows["date"].dt.month
    return rows.assign(months=month.shift(-1) - month)
