"""The words for staffing's codes and numbers, once: ``words.toml`` filled in.

Pictures, panels, notebooks and exercises take their sentences from here.
"""

from __future__ import annotations

import math
import tomllib
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import checks, stages
from cstoolkit.data.company import Company, checked
from cstoolkit.staffing.csms import TOTAL
from cstoolkit.staffing.customers import LARGEST, TIERS, tiers_by_arr
from cstoolkit.staffing.gap import NOBODY, Reconciliation
from cstoolkit.staffing.hours import effort, recorded
from cstoolkit.staffing.plan import unknown_titles
from cstoolkit.staffing.team import ASSUMED_IN, SLACK, Cost, headcount

WORDS = tomllib.loads(
    files("cstoolkit.staffing").joinpath("words.toml").read_text(encoding="utf-8")
)


def people(count: float) -> str:
    """A number of people as one reads it: fractions with a decimal, parts of one person with two.

    Examples
    --------
    >>> people(12.62), people(0.125), people(5), people(1234.5), people(0.0004)
    ('12.6', '0.12', '5', '1,234.5', '0.0004')
    """
    if float(count).is_integer():
        return f"{count:,.0f}"
    if abs(count) < 0.005:
        return f"{count:.1g}"
    return f"{count:,.1f}" if abs(count) >= 0.995 else f"{count:.2f}"


def apart(one: float, other: float) -> str:
    """How far apart two numbers of people are as they are read, so that whoever subtracts agrees.

    Examples
    --------
    >>> apart(17.46, 11.35), apart(0.123, 0.101)
    ('6.2', '0.02')
    """
    read = [float(people(each).replace(",", "")) for each in (one, other)]
    return people(round(read[0] - read[1], 6))


def counted(count: float, one: str, many: str = "") -> str:
    """A whole number with its noun.

    Examples
    --------
    >>> counted(1, "customer"), counted(1234.4, "customer"), counted(0, "person", "people")
    ('1 customer', '1,234 customers', '0 people')
    """
    if math.isinf(count):
        return f"any number of {many or one + 's'}"
    return f"{count:,.0f} {one if round(count) == 1 else many or one + 's'}"


def finding(row: pd.Series | dict) -> str:
    """The verdict of one row of a reconciliation's table, without its advice or a full stop.

    Examples
    --------
    >>> finding({"csms_top_down": 12.6, "csms_bottom_up": 17.5, "verdict": "too few"})
    'The budget pays for 12.6 of the 17.5 CSMs that the plan needs'
    """
    top, bottom = row["csms_top_down"], row["csms_bottom_up"]
    shown = {"top": people(top), "bottom": people(bottom), "gap": apart(top, bottom)}
    return WORDS["verdict"][row["verdict"]]["finding"].format(**shown)


def in_units(row: pd.Series | dict) -> str:
    """The same row in customers per CSM, as a sentence."""
    held, asked = row["customers_per_csm_bottom_up"], row["customers_per_csm_top_down"]
    few = "any number" if math.isinf(asked) else f"{asked:,.0f}"
    return WORDS["units"]["each"].format(held=counted(held, "customer"), asked=few)


def verdict(found: Reconciliation, segment: str = TOTAL) -> str:
    """The verdict of a segment, or in total, in sentences: finding, both units, what to do.

    Parameters
    ----------
    found : Reconciliation
    segment : str

    Returns
    -------
    str
        For the total also which segments differ from it.
    """
    row = found.table.set_index("segment").loc[segment]
    parts = [finding(row) + "."]
    if row["verdict"] != NOBODY:
        parts += [in_units(row), WORDS["verdict"][row["verdict"]]["advice"]]
    if segment == TOTAL:
        rows = found.table.iloc[:-1]
        rows = rows[(rows["verdict"] != row["verdict"]) & (rows["customers"] > 0)]
        if len(rows):
            named = ", ".join(f"{other.segment} ({other.verdict})" for other in rows.itertuples())
            parts.append(WORDS["units"]["hidden"].format(segments=named))
    else:
        parts[0] = f"{segment}: {parts[0]}"
    return " ".join(parts)


def levers(found: Reconciliation, segment: str | None = None) -> pd.DataFrame:
    """The levers of a reconciliation with their names and a sentence each.

    Parameters
    ----------
    found : Reconciliation
    segment : str, optional
        One segment, or "total"; default: all.

    Returns
    -------
    DataFrame
        One row a segment and lever: segment, lever (its name to read), now, solved, unit, says.
    """
    rows = found.levers
    rows = rows if segment is None else rows[rows["segment"] == segment]
    table = found.table.set_index("segment")
    says = [_lever(row, table.loc[row["segment"]], found) for row in rows.to_dict("records")]
    names = rows["lever"].map({lever: words["name"] for lever, words in WORDS["lever"].items()})
    return rows.assign(lever=names, says=says).reset_index(drop=True)


def _lever(row: dict, segment: pd.Series, found: Reconciliation) -> str:
    """What one lever says: which of its sentences, with its numbers."""
    lever, solved, now, cost = row["lever"], row["solved"], row["now"], found.cost
    case, most = "says", (cost or Cost()).tool_share
    if math.isnan(solved) and lever in ("tool_cost", "break_even_customers", "people_cost"):
        nothing = lever == "break_even_customers" and segment["gap"] <= SLACK
        if not nothing:
            return WORDS["unknown"]["lever"]
        case = "none"
    elif lever == "break_even_customers":
        case = "never" if math.isinf(solved) else "says" if now >= solved else "most"
    elif lever == "automation_share":
        case = "none" if solved <= SLACK else "most" if solved > most else "says"
    elif lever in ("tool_cost", "people") and abs(solved) <= SLACK:
        case = "none"
    elif lever == "people" and solved < 0:
        case = "spare"
    top, bottom = segment["csms_top_down"], segment["csms_bottom_up"]
    if lever == "people" and row["segment"] == TOTAL:  # in whole people, as they are solved
        top, bottom = headcount(top), headcount(bottom)
    values: dict[str, Any] = {
        "solved": solved,
        "now": now,
        "unit": row["unit"],
        "currency": found.currency,
        "top": people(top),
        "bottom": people(bottom),
        "hours": segment["hours"],
        "customers": counted(segment["customers_per_csm_bottom_up"], "customer"),
        "whole": np.ceil(solved - SLACK),
        "people": people(abs(solved)),
        "most": most,
        "each": cost.csm if cost else np.nan,
    }
    return WORDS["lever"][lever][case].format(**values)


def hiring_finding(plan: pd.DataFrame, role: str = "CSM") -> str:
    """What a hiring plan asks for of one role, and who is missing at worst, without a full stop."""
    rows, words = plan[plan["role"] == role], WORDS["hiring"]
    asked = rows[rows["asked"] > 0]
    count = int(rows["asked"].sum())
    said = words["nobody"].format(role=role)
    if count:
        soon = int(asked["asked"].iloc[0])
        said = words["asks"].format(
            people=counted(count, role, words["plural"].get(role, role)),
            soon="all" if soon == count else f"{soon:,}",
            month=asked["month"].iloc[0],
        )
    missing = rows["short"] + rows["outsourced"]
    if missing.max() <= 0.05:
        return f"{said}: {words['enough']}"
    worst = words["missing"].format(
        people=people(missing.max()), month=rows.loc[missing.idxmax(), "month"]
    )
    bought = rows["outsourced"].sum() / missing.sum()
    return f"{said}: {worst}" + (words["bought"].format(share=bought) if bought > 0 else "")


def draws_span(low: float, high: float, outcome: str = "headcount") -> str:
    """From where to where draws lie: "24 to 31 people in CS", "1 person in CS"."""
    what = WORDS["outcome"][outcome]
    ends = [people(low), people(high)] if high < 100 else [f"{low:,.0f}", f"{high:,.0f}"]
    if ends[0] == ends[1]:
        return f"{ends[0]} {what['one'] if ends[0] == '1' else what['many']}"
    return f"{ends[0]} to {ends[1]} {what['many']}"


def pooling_finding(frame: pd.DataFrame) -> str:
    """What own books cost against one pool, as a sentence without its full stop."""
    total = frame[frame["segment"] == TOTAL].set_index("way")["people"]
    more = total["own books"] - total["pooled"]
    return WORDS["pooling"]["more" if more else "none"].format(
        people=counted(more, "more person", "more people")
    )


def stage_finding(view: pd.DataFrame, customers: int) -> str:
    """What a ``stage_view`` shows, as a sentence without its full stop."""
    band, answers = view.iloc[0], view.iloc[1:]
    said = WORDS["stage"]["finding"].format(customers=customers, band=span(band))
    if answers.empty:
        return said
    inside = (answers["against"] == "inside").sum()
    return f"{said}; {WORDS['stage']['inside'].format(inside=inside, answers=len(answers))}"


def span(band: pd.Series) -> str:
    """The band of a ``stage_view``: 6-10, 10 or more, 0."""
    low, high = band["low"], band["high"]
    upper = " or more" if np.isnan(high) else "" if low == high else f"-{high:.0f}"
    return f"{low:.0f}{upper}"


def basis(company: Company, *, months: int = 12) -> dict[str, str]:
    """What a staffing answer rests on: the company's own records, or a rule where it has none.

    Parameters
    ----------
    company : Company
    months : int
        As for ``effort``.

    Returns
    -------
    dict
        A sentence for each of tiers, free, hours, people, growth, money: what ``base``, ``effort``,
        ``on_board``, ``growth`` and the costs take their figures from, who pays nothing, what is
        missing, and how to give one's own. Empty where there is nothing to say.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> basis(cs.load_company())["tiers"]
    'Touch tiers are those of the company.'
    """
    months = checks.count("basis", "months", months, least=1)
    snapshot, words = checked(company).snapshot(), WORDS["basis"]
    free = int((snapshot["arr"] <= 0).sum())
    before = company.snapshot(company.as_of - pd.DateOffset(months=months))
    money = words["money"].format(assumed=ASSUMED_IN, currency=company.currency)
    return {
        "tiers": _tiers(snapshot),
        "free": words["free"].format(who=counted(free, "live customer")) if free else "",
        "hours": _hours(company, months),
        "people": _people(company),
        "growth": "" if len(before) else words["growth"].format(months=months),
        "money": "" if company.currency == ASSUMED_IN else money,
    }


def _tiers(snapshot: pd.DataFrame) -> str:
    words, empty, live = WORDS["basis"], snapshot["tier"].isna(), len(snapshot)
    if not empty.any():
        return words["tiers"]
    who = words["nobody" if empty.all() else "some"].format(without=empty.sum(), live=live)
    case = "few" if stages.stage(live) == 1 else "rule"
    given = pd.Series(tiers_by_arr(snapshot["arr"]))[empty.to_numpy()].value_counts()
    count = {tier: int(given.get(tier, 0)) for tier in TIERS}
    shares = {f"share_{tier}": share for tier, share in LARGEST.items()}
    return words[case].format(who=who, own=words["own"], **shares, **count)


def _people(company: Company) -> str:
    words = WORDS["basis"]
    if not company.has("posts", "role"):
        return words["posts"]
    titles = unknown_titles(company)
    if not titles:
        return words["people"]
    count = sum(titles.values())
    said = words["titles"].format(
        people=counted(count, "person is", "people are"),
        titles=", ".join(titles),
        first=next(iter(titles)),
    )
    return f"{words['people']} {said}"


def _hours(company: Company, months: int) -> str:
    words, found = WORDS["basis"], recorded(company, months)
    if found is None:
        return words["unrecorded"].format(months=months, textbook=words["textbook"])
    rows = effort(company, months=months)
    silent = rows.loc[~rows["source"].str.startswith("activities"), "tier"].unique()
    said = {"first": found[0], "last": found[-1], "silent": ", ".join(silent)}
    return words["partly" if len(silent) else "hours"].format(**said, textbook=words["textbook"])
