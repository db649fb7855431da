"""What the sources say in words of each design: the claims that a measure can show, those that records can, and the
others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Structural:
    """A claim that a design has more (`more`) or less of a measure than another."""

    claim: str
    source: str
    design: str
    against: str
    measure: str
    more: bool
    why_not: str = ""


STRUCTURAL = (
    Structural(
        "by account: knowledge of an industry gathers in one place",
        "S0",
        "account",
        "all-rounder",
        "industry_concentration",
        True,
    ),
    Structural(
        "by account: hard to pivot once built",
        "S0",
        "account",
        "all-rounder",
        "stranded_mean",
        True,
    ),
    Structural(
        "by phase: work is standardised easily, each person does fewer kinds",
        "S0",
        "phase",
        "all-rounder",
        "specialisation",
        True,
    ),
    Structural(
        "by phase: contacts change more often", "S0", "phase", "all-rounder", "handoffs", True
    ),
    Structural(
        "by feature: several teams talk to one customer at once",
        "S0",
        "feature",
        "all-rounder",
        "contacts_now",
        True,
    ),
    Structural(
        "by feature: cross-sell falls between the teams",
        "S0",
        "feature",
        "all-rounder",
        "cross_sell_visible",
        False,
    ),
    Structural(
        "by feature: sideways coordination must be strengthened",
        "S0",
        "feature",
        "all-rounder",
        "coordination_links",
        True,
    ),
    Structural(
        "by interface: each department has a team to turn to",
        "S0",
        "interface",
        "all-rounder",
        "departments_owned",
        True,
    ),
    Structural(
        "by interface: departments deal with fewer people",
        "S0",
        "interface",
        "all-rounder",
        "people_per_department",
        False,
    ),
    Structural(
        "by interface: a contribution is hard to show in a KPI",
        "S0",
        "interface",
        "all-rounder",
        "arr_one_team_year",
        False,
    ),
    Structural(
        "matrix: each person has a role on two axes",
        "S0",
        "matrix",
        "phase",
        "bosses_per_person",
        True,
    ),
    Structural(
        "hierarchy of customer-facing axes: one part keeps the customer through all phases",
        "S0",
        "hierarchy",
        "phase",
        "arr_one_team_year",
        True,
    ),
    Structural(
        "all-rounder: continuity, the same contact through life",
        "S1",
        "all-rounder",
        "specialist",
        "contacts_life",
        False,
    ),
    Structural(
        "all-rounder: heavy load on each person",
        "S1",
        "all-rounder",
        "specialist",
        "hours_per_person",
        True,
        "the same work over the same people is the same hours; what is heavy is the variety",
    ),
    Structural(
        "all-rounder: each person masters more kinds of work",
        "S1",
        "all-rounder",
        "specialist",
        "kinds_per_person",
        True,
    ),
    Structural(
        "specialist: coordination between teams is needed",
        "S1",
        "specialist",
        "all-rounder",
        "coordination_links",
        True,
    ),
    Structural(
        "sales-linked: the customer may feel it has two salespeople",
        "S1",
        "sales-linked",
        "all-rounder",
        "contacts_now",
        True,
    ),
    Structural(
        "partnership: needs much capacity", "S1", "partnership", "specialist", "closest_book", False
    ),
    Structural(
        "area: contacts are close to their customers",
        "S1",
        "area",
        "all-rounder",
        "same_region",
        True,
    ),
    Structural(
        "hybrid: operations and marketing people belong to two lines",
        "S3",
        "hybrid",
        "all-rounder",
        "bosses_per_person",
        True,
    ),
)

ESTIMATED = {
    "handoff_without_notes": (
        "by phase: repeated contact changes weaken the relationship (seen as customers leaving)",
        "S0",
        True,
        "handoff_on_churn",
    ),
    "handoff_with_notes": (
        "by phase: with the record shared in the CRM, a change of contact costs nothing",
        "S0",
        None,
        None,
    ),
    "industry_known": (
        "by account: knowing the industry helps to keep customers",
        "S0",
        False,
        None,
    ),
    "region_shared": ("area: closeness is an edge (seen as customers staying)", "S1", False, None),
}
"""By effect: the claim, its source, whether it says that leaving becomes likelier (None: no difference), and the effect's
name in the truth."""

UNKNOWABLE = (
    (
        "by phase: early warning signs stay hidden",
        "S0",
        "a sign that nobody noticed is not recorded",
    ),
    (
        "by feature: value is taught in more depth",
        "S0",
        "depth is not recorded; telling it by results needs customers with and without teams by feature in the same years",
    ),
    (
        "by interface: sales' performance of 1 becomes 1.5",
        "S0",
        "it needs what other departments achieve with and without CS, which is not recorded",
    ),
    (
        "all-rounder: more satisfaction, less churn",
        "S1",
        "it needs both forms in the same years; a company changes from one to the other as it grows, and much else with it",
    ),
    (
        "specialist: focus brings results",
        "S1",
        "it needs both forms in the same years; a company changes from one to the other as it grows, and much else with it",
    ),
    (
        "sales-linked: the right follow-up at the right time",
        "S1",
        "sales joins where a renewal or an upsell is expected, so customers met with and without sales differ already",
    ),
    (
        "partnership: deep relations",
        "S1",
        "the largest customers are accompanied closely and differ in much else; the depth of a relation is not recorded",
    ),
    (
        "hybrid: embedded people sharpen a team's strategy",
        "S3",
        "it needs teams with and without embedded people in the same years; places of that kind are not recorded",
    ),
)
"""Claims that no table of the data contract can settle, and what it would take."""
