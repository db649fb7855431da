"""Top-down against bottom-up: the verdict for each segment, and the levers that close the gap (S4).

Codes and numbers; the words for them stand in ``words``. S4 names the levers and solves none.
Sources: docs/sources.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company
from cstoolkit.staffing.csms import TOTAL, bottom_up, top_down
from cstoolkit.staffing.customers import base, growth
from cstoolkit.staffing.hours import Capacity, effort
from cstoolkit.staffing.plan import hiring_plan, needs, on_board
from cstoolkit.staffing.team import ASSUMED_IN, SLACK, Cost, headcount, priced, roles

EQUAL, TOO_FEW, MORE, NOBODY = "about equal", "too few", "more than needed", "no customers"
"""The verdicts: the three cases of S4, and a segment without customers."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reconciliation:
    """What the two approaches say about each other.

    Attributes
    ----------
    table : DataFrame
        One row a segment and one for the total: segment, customers, arr, hours, csms_top_down,
        csms_bottom_up, customers_per_csm_top_down, customers_per_csm_bottom_up, gap (people that
        the plan needs beyond the budget; negative where the budget allows more), gap_share (of the
        larger of both), verdict ("about equal", "too few", "more than needed", "no customers").
    levers : DataFrame
        One row a segment and lever: segment, lever, now, solved, unit. Each is solved for the
        number that closes the gap by itself:

        ====================  ==================================================================
        arr_per_csm           ARR that one CSM may hold for the plan to be staffed
        customers_per_csm     the same in customers
        hours_per_customer    hours a month and customer that the budget's people can give
        automation_share      share of the plan's hours that tools must take over
        hours_saved           the hours a month that are taken over
        tool_cost             what such a tool costs a year
        break_even_customers  customers from which the tool pays for itself (infinite: never)
        people                people to ask for; in total whole people, rounded up on each side
        people_cost           what they cost a year
        ====================  ==================================================================

        Where the budget allows more than the plan needs, the same numbers say how far the plan
        could go: hours that could be given, a negative number of people, no hours to automate. A
        row without customers has no levers.
    tolerance : float
        The gap_share up to which both are about equal.
    cost : Cost or None
        What people and tools cost; None where amounts of money are not known (NaN).
    currency : str
        That of the costs.
    """

    table: pd.DataFrame
    levers: pd.DataFrame
    tolerance: float
    cost: Cost | None
    currency: str

    @property
    def total(self) -> pd.Series:
        """The table's last row."""
        return self.table.iloc[-1]

    def lever(self, name: str, segment: str = TOTAL) -> float:
        """The number that closes the gap with that lever, in that segment."""
        checks.one_of("lever", "name", name, self.levers["lever"].unique())
        checks.one_of("lever", "segment", segment, self.levers["segment"].unique())
        solved = self.levers.set_index(["lever", "segment"])["solved"]
        return float(solved[name, segment])


def reconcile(
    top: pd.DataFrame,
    bottom: pd.DataFrame,
    tolerance: float = 0.1,
    *,
    cost: Cost | None = None,
    currency: str | None = None,
) -> Reconciliation:
    """Compare the answers of ``top_down`` and ``bottom_up``, in both units, by segment and total.

    Both are "about equal" when they differ by at most `tolerance` of the larger. Otherwise the
    budget has "too few" people for the plan (S4's case: top-down asks more customers of each CSM
    than the plan allows), or allows "more than needed" (for which S4 has no advice: what we say
    there is ours).

    Parameters
    ----------
    top, bottom : DataFrame
        The answers, about the same segments and customers.
    tolerance : float
        A share (ours: 0.1, plausible 0.05-0.2; S4 gives none).
    cost : Cost, optional
        What people and tools cost.
    currency : str, optional
        That of the customers' ARR. The costs assumed are in USD: in another currency amounts of
        money are NaN until `cost` is given.

    Returns
    -------
    Reconciliation

    Raises
    ------
    ValueError
        Where both are not about the same segments and customers, or `cost` is in another currency.

    References
    ----------
    S4 (docs/sources.md).

    Examples
    --------
    >>> from cstoolkit.staffing import Capacity, bottom_up, top_down
    >>> base = pd.DataFrame({"segment": ["high"] * 40, "tier": "high", "arr": 50_000.0})
    >>> plan = pd.DataFrame({"tier": ["high"], "phase": "all", "hours": [10], "per": "month"})
    >>> needed = bottom_up(base, plan, Capacity(hours=160, utilisation=0.625))
    >>> found = reconcile(top_down(base, 1_000_000), needed)
    >>> found.total["verdict"], found.lever("people")
    ('too few', 2.0)
    >>> [found.lever(name) for name in ("arr_per_csm", "hours_per_customer", "automation_share")]
    [500000.0, 5.0, 0.5]
    """
    checks.share("reconcile", "tolerance", tolerance, zero=True)
    if currency is None and cost is not None:
        currency = cost.currency
    cost = priced(cost, currency)
    table = _table(_both(top, bottom), tolerance)
    rows = [row for row in table.to_dict("records") if row["customers"]]
    levers = pd.DataFrame(
        [solved for row in rows for solved in _solved(row, cost, currency)],
        columns=["segment", "lever", "now", "solved", "unit"],
    )
    return Reconciliation(
        table=table,
        levers=levers.astype({"now": "float64", "solved": "float64"}),
        tolerance=tolerance,
        cost=cost,
        currency=currency or ASSUMED_IN,
    )


def overview(
    company: Company, benchmark: str = "accounts_per_csm_survey_mean", *, months: int = 18
) -> pd.DataFrame:
    """The figures that the decision rests on, in whole people: there, needed, paid for, to ask for.

    The work is what customers get (:func:`effort`), the capacity and the ratios are those assumed,
    and the base grows on as in the last year.

    Parameters
    ----------
    company : Company
    benchmark : str
        The reference figure that the budget goes by.
    months : int
        How far ahead to plan, from the month after `as_of`.

    Returns
    -------
    DataFrame
        One row a role of a headcount and one for all ("total"): role, on_board (missing where
        nobody knows), needed (today), paid_for (by the benchmark), to_ask_for (within `months`),
        first_ask (its month; empty where nobody is to be asked for).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> table = overview(cs.load_company()).set_index("role")
    >>> bool((table.loc["CSM", ["on_board", "needed", "paid_for"]] > 0).all())
    True
    """
    customers = base(company)
    bottom = bottom_up(customers, effort(company), Capacity())
    top = top_down(customers, benchmark, currency=company.currency)
    held = on_board(company, otherwise={})
    start = company.as_of + pd.offsets.MonthBegin()
    ahead = needs(bottom, growth(company, otherwise=0.0), months=months, start=start)
    plan = hiring_plan(ahead, held, currency=company.currency)
    asked = plan[plan["asked"] > 0]
    table = pd.DataFrame(
        {
            "on_board": held.set_index("role")["headcount"].astype("Int64"),
            "needed": roles(bottom).set_index("role")["headcount"],
            "paid_for": roles(top).set_index("role")["headcount"],
            "to_ask_for": plan.groupby("role")["asked"].sum(),
        }
    )
    table = table.reindex(roles(bottom)["role"])
    table.loc[TOTAL] = table.sum(min_count=1)
    table["first_ask"] = asked.groupby("role")["month"].min().reindex(table.index)
    table.loc[TOTAL, "first_ask"] = asked["month"].min()
    return table.rename_axis("role").reset_index()


def _both(top: pd.DataFrame, bottom: pd.DataFrame) -> pd.DataFrame:
    """Both answers side by side, in the order of `bottom`."""
    needed = ["segment", "customers", "arr", "csms"]
    checks.columns("top", top, needed, "staffing.top_down(...) makes it.")
    checks.columns("bottom", bottom, [*needed, "hours"], "staffing.bottom_up(...) makes it.")
    checks.amounts("bottom", bottom["hours"])
    for name, frame in (("top", top), ("bottom", bottom)):
        for column in ("customers", "arr", "csms"):
            checks.amounts(name, frame[column])
        if frame["segment"].duplicated().any():
            raise ValueError(
                f"{name} has more than one row for a segment; it has one row a segment."
            )
    left, right = top.set_index("segment"), bottom.set_index("segment")
    apart = sorted(set(left.index) ^ set(right.index))
    if apart:
        raise ValueError(
            "top and bottom are about different segments; "
            f"only one of them has: {', '.join(apart)}."
        )
    left = left.loc[right.index]
    same = (left["customers"] == right["customers"]) & np.isclose(left["arr"], right["arr"])
    if not same.all():
        segment = same.index[~same][0]
        one, other = left.loc[segment], right.loc[segment]
        raise ValueError(
            f"top and bottom are about different customers in the segment {segment}: "
            f"{one['customers']:,.0f} with ARR {one['arr']:,.0f} against {other['customers']:,.0f} "
            f"with ARR {other['arr']:,.0f}. Give both the same customers."
        )
    both = right[["customers", "arr", "hours"]]
    return both.assign(csms_top_down=left["csms"], csms_bottom_up=right["csms"])


def _table(both: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    total = both.sum().to_frame(TOTAL).T.astype(both.dtypes.to_dict())
    table = pd.concat([both, total])
    top, bottom = table["csms_top_down"].to_numpy(), table["csms_bottom_up"].to_numpy()
    customers = table["customers"].to_numpy()
    larger = np.maximum(top, bottom)
    with np.errstate(divide="ignore", invalid="ignore"):
        table["customers_per_csm_top_down"] = customers / top
        table["customers_per_csm_bottom_up"] = customers / bottom
        share = np.where(larger > 0, (bottom - top) / larger, 0.0)
    table["gap"] = bottom - top
    table["gap_share"] = share
    # A bare comparison of floats would call 9 against 10 unequal at a tolerance of 0.1.
    equal = np.abs(share) <= tolerance + SLACK
    table["verdict"] = np.select([customers == 0, equal, share > 0], [NOBODY, EQUAL, TOO_FEW], MORE)
    return table.rename_axis("segment").reset_index().astype({"segment": "str", "verdict": "str"})


def _solved(row: dict, cost: Cost | None, currency: str | None) -> list[tuple]:
    """The levers of one row of the table."""
    top, bottom = np.float64(row["csms_top_down"]), np.float64(row["csms_bottom_up"])
    customers, arr, hours = row["customers"], row["arr"], row["hours"]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = max(0.0, 1 - top / bottom) if bottom > 0 else 0.0
        # The hours that one CSM has for customers; without work any would do.
        capacity = hours / bottom
        solved = {
            "arr_per_csm": (arr / top, arr / bottom, f"{currency or 'currency'} a year"),
            "customers_per_csm": (customers / top, customers / bottom, "customers"),
            "hours_per_customer": (hours / customers, top * capacity / customers, "hours a month"),
        }
    money = f"{cost.currency if cost else currency} a year"
    ask = bottom - top
    if row["segment"] == TOTAL:
        ask = headcount(bottom) - headcount(top)
    tool = even = np.nan
    if cost and share > SLACK:
        tool = cost.tools(customers)
        even = cost.break_even(share * hours / customers, cost.csm / 12 / capacity)
    elif share <= SLACK:
        tool = 0.0
    solved |= {
        "automation_share": (0.0, share, "share of hours"),
        "hours_saved": (0.0, share * hours, "hours a month"),
        "tool_cost": (0.0, tool, money),
        "break_even_customers": (customers, even, "customers"),
        "people": (0.0, ask, "people"),
        "people_cost": (0.0, ask * cost.csm if cost else np.nan, money),
    }
    return [(row["segment"], lever, *values) for lever, values in solved.items()]
