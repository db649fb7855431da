"""Which design suits this company?  The preconditions that the sources state, with the facts they
rest on.

Sources: S0, S1, S2, S3 (docs/sources.md). The rules are ``org/preconditions.csv``,
the facts ``org/facts.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from cstoolkit import assumptions, reference, tables
from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES
from cstoolkit.org.axes import COMPANY_FACING, CUSTOMER_FACING, Axis
from cstoolkit.org.design import OrgDesign, check_designs, examples
from cstoolkit.org.people import LINES
from cstoolkit.org.service import derived
from cstoolkit.org.workload import MONTHS, Work, over, work

MONEY = reference.figure("arr_per_csm_high_touch").unit
"""The currency of the one threshold that is an amount of money."""

COLUMNS = ["speaks", "rule", "fact", "value", "unit", "comparison", "threshold", "set_by", "source"]


NOTHING = ("open", "the sources state no precondition for it", "", np.nan, "", "", np.nan, "", "")
"""What is said of today's organisation, whose posts name no axes."""

OWN_RULES = {"region": "area", "value": "partnership", "trait": "trait"}
"""Account axes that the sources speak of as types of their own."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What no table tells, answered by whoever knows; None leaves the rules that ask for it open.

    Attributes
    ----------
    targets_settled : bool or None
        Sales and marketing do not mean to change their target segments.
    executive_sponsor : bool or None
        An executive understands the value of connecting departments.
    product_led : bool or None
        Growth comes from the product rather than from sales.
    sales_peer : bool or None
        The head of sales would be a peer of the CCO.
    businesses : bool or None
        The company consists of independent businesses.
    """

    targets_settled: bool | None = None
    executive_sponsor: bool | None = None
    product_led: bool | None = None
    sales_peer: bool | None = None
    businesses: bool | None = None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and not isinstance(value, (bool, np.bool_)):
                raise ValueError(
                    f"Context: {name} is True, False or None (not known), got {value!r}."
                )


_RULES = assumptions.read("org", "Thresholds")


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Where the sources' words become numbers: the figures stand in ``org/rules.csv``.

    The sources say "many", "few", "settled"; the figures are this project's unless a source is
    named.
    """

    many_customers: float = _RULES["many_customers"]
    settled_shift: float = _RULES["settled_shift"]
    spread_region: float = _RULES["spread_region"]
    dominates: float = _RULES["dominates"]
    notes_kept: float = _RULES["notes_kept"]
    second_product: float = _RULES["second_product"]
    with_others: float = _RULES["with_others"]
    customer_hours: float = _RULES["customer_hours"]
    close_book: float = _RULES["close_book"]
    high_arr: float = _RULES["high_arr"]

    def __post_init__(self) -> None:
        assumptions.check(self)


def facts(
    company: Company, context: Context | None = None, design: OrgDesign | None = None
) -> pd.DataFrame:
    """The facts on which :func:`recommend` rests.

    Parameters
    ----------
    company : Company
    context : Context, optional
        What no table tells.
    design : OrgDesign, optional
        Adds the facts about this design: the customers and the books that it would have.

    Returns
    -------
    DataFrame
        One row each: fact, value (missing where the records cannot tell; yes and no are 1 and 0),
        unit, says.
    """
    known = _company_facts(company, context or Context())
    if design is not None:
        known = pd.concat([known, _design_facts(company, design)])
    return known.reset_index()[["fact", "value", "unit", "says"]]


def _company_facts(company: Company, context: Context) -> pd.DataFrame:
    """What holds for the company in any design."""
    found, customers = work(company), company.customers
    new = customers["acquired_on"] > found.since
    given = company.assignments
    notes = given.loc[given["starts_on"] > found.since, "notes_passed"].dropna()
    values = {
        "live_customers": len(found),
        "second_region": _second(found.region[found.region >= 0]),
        "self_onboarding": _mean(customers.loc[new, "onboarding"].dropna() == "self"),
        "notes_passed": _mean(notes),
        "features": len(found.features) or np.nan,
        "embeddable": len(found.part("support")) if len(found.people) else np.nan,
    }
    if len(found.products) > 1 and len(found):
        held = found.held > 0
        values["second_product"] = np.sort(held.mean(axis=0))[-2]
        values["lacking"] = (~held).any(axis=1).mean()
    if found.logged:
        values |= _hours(company, found)
    return _listed("company", company, values | asdict(context))


def _hours(company: Company, found: Work) -> dict[str, float]:
    """How a year's customer hours are spent."""
    rows, live = found.rows, company.kept(Company.snapshot)
    hours, department = rows["hours"].to_numpy(), rows["department"].to_numpy()
    high = (live["tier"].astype("str") == "high").to_numpy()[rows["c"]]
    late = rows["phase"].isin([PHASES.index("renewal"), PHASES.index("expansion")]).to_numpy()
    sales = [name.casefold() == "sales" for name in found.departments]
    values = {}
    if company.has("tiers"):
        values["high_touch_hours"] = over(hours[high].sum(), hours.sum())
    if len(found.departments) > 1:
        values["counterpart_hours"] = over(hours[department > 0].sum(), hours.sum())
    if any(sales):
        with_sales = late & np.array(sales)[department]
        values["sales_hours"] = over(hours[with_sales].sum(), hours[late].sum())
    return values


def _listed(of: str, company: Company, values: Mapping[str, float]) -> pd.DataFrame:
    """The facts of ``org/facts.csv`` about the company or a design, with their values."""
    table = tables.read("org", "facts").set_index("fact")
    table = table[table["of"] == of]
    value = pd.Series(values, dtype="float64").reindex(table.index)
    unit = table["unit"].replace("currency", company.currency)
    return table.assign(value=value, unit=unit, axes="")


def recommend(
    company: Company,
    context: Context | None = None,
    designs: Mapping[str, OrgDesign] | None = None,
    *,
    thresholds: Thresholds | None = None,
) -> pd.DataFrame:
    """Every design and reporting line with what speaks for it and against it on this company, and
    why.

    Parameters
    ----------
    company : Company
    context : Context, optional
        What no table tells.
    designs : mapping of str to OrgDesign, optional
        Default: ``org.examples(company)``.
    thresholds : Thresholds, optional
        Where the sources' words become numbers.

    Returns
    -------
    DataFrame
        One row a design and rule: design, speaks ("for", "against", "open": the records cannot tell
        and the context does not say), rule (in words), fact, value (of the fact), unit, comparison
        ("at least", "at most"), threshold, set_by (whose threshold it is: ours, a source or a
        published figure), source (of the rule). There is no score: rules are not added up, since no
        source weighs them. A design is judged by the customers and books that it would have. A
        threshold in a currency is compared only with a company in that currency; else the rule
        stays open. S0's rule of combination is among the rows.

    References
    ----------
    S0, S1, S2, S3 (docs/sources.md).
    """
    designs = examples(company) if designs is None else designs
    check_designs("recommend", designs)
    limits = thresholds or Thresholds()
    known = _company_facts(company, context or Context())
    rows = []
    for name, design in designs.items():
        of_both = pd.concat([known, _design_facts(company, design)])
        rows += [(name, *row) for row in _judged(_types(design), of_both, limits) or [NOTHING]]
    for line in LINES:
        rows += [(line, *row) for row in _judged({line}, known, limits)]
    return pd.DataFrame(rows, columns=["design", *COLUMNS])


def _types(design: OrgDesign) -> set[str]:
    """What a design takes up of the sources: the four axes, S1's charts, S3's hybrid; and how."""
    if design.is_today:
        return set()
    types = {OWN_RULES.get(axis.name, axis.kind) for axis in design.all_axes}
    if design.embedded and any(axis.name == "product" for axis in design.axes):
        types = types - {"feature"} | {"hybrid"}
    if design.partners:
        types.add("sales-linked")
    types.add("axes" if design.all_axes else "all-rounder")
    if len(design.all_axes) > 1:
        types.add("several axes")
    if len(design.units) > 1 and design.people:
        types.add("parts")
    return types


def _design_facts(company: Company, design: OrgDesign) -> pd.DataFrame:
    """The facts about a design on this company: whom it accompanies, with what books."""
    found = work(company)
    values = {"people_per_part": over(len(design.people), len(design.units))}
    account = [axis for axis in design.all_axes if axis.kind == "account"]
    account = [axis for axis in account if axis.name not in OWN_RULES]
    if account:
        values["mix_shift"] = _shift(company, account[0], found.since)
    working = found.part("contact")["hours"].mean() * len(design.people)
    if found.logged:
        values["utilisation"] = over(found.rows["hours"].sum() / MONTHS, working)
    if any(axis.name == "value" for axis in design.axes):
        values |= _accompanied(found, design)
    composed = _composed(design)
    known = _listed("design", company, values | composed["value"].to_dict())
    return known.assign(axes=composed["axes"].reindex(known.index, fill_value=""))


def _accompanied(found: Work, design: OrgDesign) -> dict[str, float]:
    """Mean ARR of the customers of highest ARR, and how many of them one person would hold."""
    by_value = next(axis for axis in design.axes if axis.name == "value")
    cover = (by_value.name, by_value.values[0])
    arr = found.arr[(by_value.customers.reindex(found.ids) == by_value.values[0]).to_numpy()]
    served = derived(found, design)
    close = [place for place, unit in enumerate(design.units) if cover in unit.covers]
    pairs = served.life[served.life["unit"].isin(close) & (served.life["person"] >= 0)]
    books = pairs[["c", "person"]].drop_duplicates()
    return {
        "accompanied_arr": arr.mean() if len(arr) else np.nan,
        "accompanied_book": over(len(books), books["person"].nunique()),
    }


def _composed(design: OrgDesign) -> pd.DataFrame:
    """S0's three facts about how axes combine; `axes` names what each is about."""
    several = len(design.all_axes) > 1
    solid = [axis.name for axis in design.axes if several and axis.kind in COMPANY_FACING]
    crossed = [axis.name for axis in design.matrix if axis.kind in CUSTOMER_FACING]
    sides = {"customer-facing": CUSTOMER_FACING, "company-facing": COMPANY_FACING}
    kinds = {axis.kind for axis in design.all_axes}
    lacking = [side for side, own in sides.items() if not kinds & set(own)]
    rows = {
        "company_axes_cross": (not solid, ", ".join(solid)),
        "customer_axes_divide": (not crossed, ", ".join(crossed)),
        "both_sides": (not lacking, " or ".join(lacking)),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "axes"])


def _judged(types: set[str], known: pd.DataFrame, limits: Thresholds) -> list[tuple]:
    """The rules on these types, held against what is known; rows of ``COLUMNS``."""
    about = {field.name: field.metadata for field in assumptions.fields(limits)}
    rules = tables.read("org", "preconditions")
    rows = []
    for rule in rules[rules["type"].isin(types)].itertuples():
        value, unit, says, axes = known.loc[rule.fact, ["value", "unit", "says", "axes"]]
        named = about.get(rule.threshold, {"source": rule.source, "unit": ""})
        limit = asdict(limits).get(rule.threshold, rule.threshold)
        limit = float(limit)
        met = value >= limit if rule.comparison == "at least" else value <= limit
        if np.isnan(value):
            speaks, words = "open", f"not known: {says}"
        elif named["unit"] == MONEY != unit:
            speaks, words = "open", f"the published figure is in another currency than {unit}"
        else:
            speaks, words = "for" if met else "against", rule.met if met else rule.broken
            words = (f"{rule.rule}: " if rule.rule else "") + words.format(axes=axes)
        figures = says, value, unit, rule.comparison, limit, named["source"]
        rows.append((speaks, words, *figures, rule.source))
    return rows


def _mean(values: pd.Series) -> float:
    return float(values.astype(float).mean()) if len(values) else np.nan


def _shift(company: Company, axis: Axis, since: pd.Timestamp) -> float:
    """The total variation distance between two mixes of an axis, this year's new customers and
    those before: the share that would have to move to make them the same.

    Those who left count too where the axis is a column of the customers.
    """
    customers = company.customers
    value = customers.get(axis.name)
    if value is None or not set(value.dropna()) >= set(axis.values):
        value = axis.customers.reindex(customers["customer_id"]).set_axis(customers.index)
    new = customers["acquired_on"] > since
    now, before = (value[rows].value_counts(normalize=True) for rows in (new, ~new))
    if not len(now) or not len(before):
        return np.nan
    return float(now.sub(before, fill_value=0).abs().sum() / 2)


def _second(codes: np.ndarray) -> float:
    """The share of the second most frequent code; 0 where there is one."""
    return float(np.sort([0, *np.bincount(codes)])[-2] / len(codes)) if len(codes) else np.nan
