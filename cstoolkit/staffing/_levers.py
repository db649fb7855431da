"""The levers between a budget and a plan, each solved for the number that closes the gap (S4 names them and solves none)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.staffing._capacity import SLACK, headcount
from cstoolkit.staffing._checks import TOTAL
from cstoolkit.staffing._cost import Automation, Cost


def levers(
    table: pd.DataFrame,
    *,
    cost: Cost | None,
    automation: Automation | None,
    currency: str | None = None,
) -> pd.DataFrame:
    """The numbers that close the gap, for each row of a reconciliation's table.

    Returns one row a segment and lever: segment, lever, now, solved, unit, says.

    ====================  =====================================================================================
    arr_per_csm           ARR that one CSM may hold for the plan to be staffed
    customers_per_csm     the same in customers
    hours_per_customer    hours a month and customer that the budget's people can give
    automation_share      share of the plan's hours that tools must take over for the budget's people to do the rest
    hours_saved           the hours a month that are taken over
    tool_cost             what such a tool costs a year
    break_even_customers  customers from which the tool pays for itself at that share (infinite: never)
    people                people to ask for; in total whole people, rounded up once on each side
    people_cost           what they cost a year
    ====================  =====================================================================================

    Where the budget allows more than the plan needs, the same numbers say how far the plan could go: hours that could be given, a
    negative number of people to ask for, no hours to automate. A row without customers has no levers. Without `cost` or `automation`
    the amounts of money are NaN.
    """
    rows = [
        row
        for each in table.to_dict("records")
        if each["customers"]
        for row in _solve(each, cost, automation, currency)
    ]
    return pd.DataFrame(rows, columns=["segment", "lever", "now", "solved", "unit", "says"]).astype(
        {"now": "float64", "solved": "float64"}
    )


def _solve(
    row: dict, cost: Cost | None, automation: Automation | None, currency: str | None
) -> list[dict]:
    top, bottom = row["csms_top_down"], row["csms_bottom_up"]
    customers, hours = row["customers"], row["hours"]
    capacity = _ratio(hours, bottom)
    share = max(0.0, 1 - _ratio(top, bottom)) if bottom > 0 else 0.0
    saved = share * hours
    tool = 0.0 if share <= SLACK else automation.cost(customers) if automation else np.nan
    priced = cost is not None and automation is not None
    even = np.nan
    if share > SLACK and priced:
        even = automation.break_even(saved / customers, _ratio(cost.csm / 12, capacity))
    ask = bottom - top
    if row["segment"] == TOTAL:
        ask = headcount(bottom) - headcount(top)
    people_cost = ask * cost.csm if cost else np.nan
    unit = f"{next((each.currency for each in (cost, automation) if each), currency)} a year"
    found = [
        (
            "arr_per_csm",
            _ratio(row["arr"], top),
            _ratio(row["arr"], bottom),
            f"{currency or 'currency'} a year",
            _arr_says(row, currency),
        ),
        (
            "customers_per_csm",
            _ratio(customers, top),
            _ratio(customers, bottom),
            "customers",
            f"One CSM looks after {_ratio(customers, bottom):,.0f} customers under the plan.",
        ),
        (
            "hours_per_customer",
            hours / customers,
            _ratio(top * capacity, customers),
            "hours a month",
            f"The budget's {top:.1f} CSMs can give each customer {_ratio(top * capacity, customers):.2f} hours a month; "
            f"the plan gives {hours / customers:.2f}.",
        ),
        (
            "automation_share",
            0.0,
            share,
            "share of hours",
            _automation_says(share, automation or Automation()),
        ),
        (
            "hours_saved",
            0.0,
            saved,
            "hours a month",
            f"Tools take over {saved:,.0f} of {hours:,.0f} hours a month.",
        ),
        ("tool_cost", 0.0, tool, unit, _tool_says(tool, unit)),
        (
            "break_even_customers",
            float(customers),
            even,
            "customers",
            _even_says(even, customers, share, priced),
        ),
        ("people", 0.0, ask, "people", _ask_says(ask, top, bottom)),
        (
            "people_cost",
            0.0,
            people_cost,
            unit,
            f"At {cost.csm:,.0f} {cost.currency} a person (assumption)."
            if cost
            else _UNPRICED.format("Cost"),
        ),
    ]
    return [
        {
            "segment": row["segment"],
            "lever": lever,
            "now": now,
            "solved": solved,
            "unit": unit,
            "says": says,
        }
        for lever, now, solved, unit, says in found
    ]


def _ratio(above: float, below: float) -> float:
    """A quotient that is infinite, or NaN for 0/0, where the divisor is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(above) / np.float64(below))


def _arr_says(row: dict, currency: str | None) -> str:
    needs, held = (
        _ratio(row["arr"], row["csms_bottom_up"]),
        _ratio(row["arr"], row["csms_top_down"]),
    )
    return (
        f"The plan needs one CSM for every {needs:,.0f}{f' {currency}' if currency else ''} of ARR; "
        f"the benchmark gives one for every {held:,.0f}."
    )


def _automation_says(share: float, automation: Automation) -> str:
    if share <= SLACK:
        return "There is nothing to automate: the budget pays for all hours of the plan."
    if share > automation.most:
        return (
            f"{share:.0%} of the hours would have to go, more than the {automation.most:.0%} a tool can take over "
            "(assumption): tools alone do not close the gap."
        )
    return f"Tools that take over {share:.0%} of the hours close the gap."


_UNPRICED = "Not known: say what it costs in your currency (staffing.{})."


def _tool_says(tool: float, unit: str) -> str:
    if np.isnan(tool):
        return _UNPRICED.format("Automation")
    return f"Such a tool costs {tool:,.0f} {unit} (assumption)." if tool else "No tool is needed."


def _even_says(even: float, customers: int, share: float, priced: bool) -> str:
    if share <= SLACK:
        return "Nothing is automated."
    if not priced:
        return _UNPRICED.format("Cost and staffing.Automation")
    if np.isinf(even):
        return "The tool never pays: each customer costs more than it saves."
    pays = "it pays" if customers >= even else "it does not pay yet"
    return (
        f"The tool pays from {np.ceil(even - SLACK):,.0f} customers on; with {customers:,} {pays}."
    )


def _ask_says(ask: float, top: float, bottom: float) -> str:
    if ask > SLACK:
        return f"Ask for {_people(ask)} more: {bottom:,.1f} needed, {top:,.1f} in the budget."
    if ask < -SLACK:
        return f"The budget allows {_people(-ask)} more than the plan needs."
    return "Nobody to ask for."


def _people(count: float) -> str:
    """Whole people without decimals, a segment's fraction with one or two."""
    return (
        f"{count:,.0f}"
        if count == round(count)
        else f"{count:,.1f}"
        if count >= 1
        else f"{count:.2f}"
    )
