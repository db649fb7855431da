"""Which design suits this company?  The preconditions that S0, S1 and S2 state, as rules that show the facts they rest on."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cstoolkit import reference
from cstoolkit.data.company import Company
from cstoolkit.org._axes import COMPANY_FACING, CUSTOMER_FACING
from cstoolkit.org._charts import examples
from cstoolkit.org._design import OrgDesign
from cstoolkit.org._facts import Context, facts
from cstoolkit.org._reporting import LINES
from cstoolkit.org._rules import Rule, Thresholds, rules


def recommend(
    company: Company,
    context: Context | None = None,
    designs: Mapping[str, OrgDesign] | None = None,
    *,
    thresholds: Thresholds | None = None,
) -> pd.DataFrame:
    """Every design and reporting line with what speaks for it and against it on this company, and why.

    Returns one row a design and rule: design, speaks ("for", "against", "open": the records cannot tell and the context
    does not say), rule (in words), fact, value (of the fact), unit, comparison ("at least", "at most"), threshold, source.
    `designs` defaults to :func:`examples`. There is no score: rules are not added up, since no source weighs them.

    A threshold in a currency is compared only with a company in that currency; else the rule stays open. S0's rule of
    combination is among the rows.
    """
    limits = thresholds or Thresholds()
    designs = examples(company) if designs is None else designs
    known = facts(company, context).set_index("fact")
    every = rules(limits)
    rows = []
    for name, design in designs.items():
        tags = tags_of(design)
        rows += [
            (name, *_apply(rule, known, company.currency)) for rule in every if rule.tag in tags
        ]
        rows += [(name, *row) for row in _combined(design)]
        rows += [(name, *row) for row in _enough(design)]
        if not any(row[0] == name for row in rows):
            rows.append(
                (
                    name,
                    "open",
                    "the sources state no precondition for it",
                    "",
                    float("nan"),
                    "",
                    "",
                    float("nan"),
                    design.source,
                )
            )
    for line in LINES:
        rows += [
            (line, *_apply(rule, known, company.currency)) for rule in every if rule.tag == line
        ]
    columns = [
        "design",
        "speaks",
        "rule",
        "fact",
        "value",
        "unit",
        "comparison",
        "threshold",
        "source",
    ]
    return pd.DataFrame(rows, columns=columns)


def tags_of(design: OrgDesign) -> set[str]:
    """The types of the sources that a design takes up: the four axes, S1's charts, S3's hybrid."""
    tags = set()
    for each in (*design.axes, *design.matrix):
        special = {"region": "area", "value": "partnership", "trait": "trait"}
        tags.add(special.get(each.name, each.kind))
    if any(each.name == "product" for each in design.axes) and any(
        each.embedded for each in design.support
    ):
        tags = tags - {"feature"} | {"hybrid"}
    if design.partners:
        tags.add("sales-linked")
    if not design.axes and not design.matrix and not design.is_today:
        tags.add("all-rounder")
    return tags


def combination(design: OrgDesign) -> pd.DataFrame:
    """S0's preference for combining, on one design: one row a rule, with holds and why.

    Customer-facing axes (account, phase) combine by hierarchy, company-facing ones (feature, interface) by matrix; an
    organisation that has both is strong. A design of one axis combines nothing, so only the third rule speaks of it.
    """
    solid, crossed = design.axes, design.matrix
    if design.is_today:
        why = "today's teams are read from the posts, which do not name their axes"
        return pd.DataFrame(
            [("combination", None, why, "S0")], columns=["rule", "holds", "why", "source"]
        )
    several = len(solid) + len(crossed) > 1
    wrong_solid = [each.name for each in solid if each.kind in COMPANY_FACING] if several else []
    wrong_crossed = [each.name for each in crossed if each.kind in CUSTOMER_FACING]
    kinds = {each.kind for each in (*solid, *crossed)}
    customer, vendor = bool(kinds & set(CUSTOMER_FACING)), bool(kinds & set(COMPANY_FACING))
    rows = [
        (
            "company-facing axes combine by matrix",
            not wrong_solid,
            f"{', '.join(wrong_solid)} divides the hierarchy, so one customer falls to several branches and nobody below the "
            "head leads them all"
            if wrong_solid
            else "no company-facing axis divides the hierarchy with others",
        ),
        (
            "customer-facing axes combine by hierarchy",
            not wrong_crossed,
            f"{', '.join(wrong_crossed)} crosses the hierarchy, so each person follows two lines to the same customer"
            if wrong_crossed
            else "no customer-facing axis crosses the hierarchy",
        ),
        (
            "have both a customer-facing and a company-facing role",
            customer and vendor,
            "both are there"
            if customer and vendor
            else f"no {'company' if customer else 'customer'}-facing axis"
            + ("" if customer or vendor else ", and no company-facing one"),
        ),
    ]
    return pd.DataFrame([(*row, "S0") for row in rows], columns=["rule", "holds", "why", "source"])


def _apply(rule: Rule, known: pd.DataFrame, currency: str) -> tuple:
    value, unit = known.loc[rule.fact, "value"], known.loc[rule.fact, "unit"]
    comparison = "at least" if rule.least else "at most"
    money = rule.fact == "arr_per_customer"
    foreign = money and currency != reference.figure("arr_per_csm_high_touch").unit
    if pd.isna(value) or foreign:
        words = (
            f"not known: {known.loc[rule.fact, 'says']}"
            if not foreign
            else f"the published figure is in another currency than {currency}"
        )
        speaks = "open"
    else:
        good = value >= rule.threshold if rule.least else value <= rule.threshold
        speaks, words = ("for", rule.met) if good else ("against", rule.broken)
    return (
        speaks,
        words,
        known.loc[rule.fact, "says"],
        value,
        unit,
        comparison,
        rule.threshold,
        rule.source,
    )


def _combined(design: OrgDesign) -> list[tuple]:
    if design.is_today or not (design.axes or design.matrix):
        return []
    # With one axis there is nothing to combine: only whether the other side is missing.
    several = len(design.axes) + len(design.matrix) > 1
    return [
        (
            "for" if row.holds else "against",
            f"{row.rule}: {row.why}",
            "axes of the design",
            float(row.holds),
            "yes or no",
            "at least",
            1.0,
            "S0",
        )
        for row in combination(design).itertuples(index=False)
        if several or row.rule.startswith("have both")
    ]


def _enough(design: OrgDesign) -> list[tuple]:
    """Whether each part of the design can have somebody of its own."""
    people = len({who for unit in design.units for who in unit.people})
    parts = len(design.units)
    if design.is_today or not people or parts < 2:
        return []
    good = people >= parts
    words = (
        "every part has somebody of its own"
        if good
        else "fewer people than parts: people are shared, and the division stands on paper"
    )
    return [
        (
            "for" if good else "against",
            words,
            "people / parts",
            people / parts,
            "people a part",
            "at least",
            1.0,
            "ours",
        )
    ]
