"""The preconditions that S0, S1, S2 and S3 state for a design, as rules on facts; the words turned into numbers in one
record."""

from __future__ import annotations

from dataclasses import dataclass

from cstoolkit import reference
from cstoolkit.assumptions import assumption, check_number


def _few_hours() -> float:
    """What is left of working time for customers, at most: 1 - the least share that is not customer-facing."""
    return 1 - reference.figure("not_customer_facing").low


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Where the sources' words become numbers. The sources say "many", "few", "settled"; the figures are this project's
    unless a source is named."""

    many_customers: float = assumption(
        100,
        unit="customers",
        low=50,
        high=500,
        source="S1",
        says="from here on work is formalised (stage 3)",
    )
    settled_shift: float = assumption(
        0.1, unit="share", low=0.05, high=0.2, says="mix of new customers moves no more than this"
    )
    spread_region: float = assumption(
        0.2, unit="share", low=0.1, high=0.4, says="customers in the second region"
    )
    dominates: float = assumption(
        0.5,
        unit="share",
        low=0.3,
        high=0.7,
        says="hours in high touch, self-service among new customers",
    )
    notes_kept: float = assumption(
        0.8, unit="share", low=0.6, high=0.95, says="handoffs with the CRM record passed on"
    )
    second_product: float = assumption(
        0.1, unit="share", low=0.05, high=0.3, says="customers who hold the second product"
    )
    with_others: float = assumption(
        0.2, unit="share", low=0.1, high=0.5, says="hours that need another department, or sales"
    )

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            check_number(
                "Thresholds", name, value, above=0, most=None if name == "many_customers" else 1
            )


@dataclass(frozen=True)
class Rule:
    """One rule: it speaks for `tag` when the fact is at least (`least`) or at most (not `least`) the threshold, against it
    otherwise."""

    tag: str
    fact: str
    least: bool
    threshold: float
    met: str
    broken: str
    source: str


def rules(limits: Thresholds) -> list[Rule]:
    """Every rule, design by design."""
    book = reference.figure("accounts_per_csm_high").high
    worth = reference.figure("arr_per_csm_high_touch").typical / book
    few, yes, no = limits.many_customers, 1.0, 0.0
    return [
        Rule(
            "account",
            "live_customers",
            True,
            limits.many_customers,
            "customers are already many",
            "customers are still few",
            "S0",
        ),
        Rule(
            "account",
            "industry_shift",
            False,
            limits.settled_shift,
            "the mix of new customers is settled",
            "the mix of new customers still moves: hard to pivot once built",
            "S0",
        ),
        Rule(
            "account",
            "targets_settled",
            True,
            yes,
            "target segments are settled",
            "targets may change: hard to pivot once built",
            "S0",
        ),
        Rule(
            "phase",
            "live_customers",
            True,
            limits.many_customers,
            "enough customers to formalise work and start an onboarding team",
            "too few customers to divide the work",
            "S1",
        ),
        Rule(
            "phase",
            "high_touch_hours",
            False,
            limits.dominates,
            "high touch does not dominate",
            "high touch dominates: contact changes weaken relationships and hide early warnings",
            "S0",
        ),
        Rule(
            "phase",
            "notes_passed",
            True,
            limits.notes_kept,
            "handoffs carry the CRM record",
            "the CRM record is often not passed on, and dividing by phase depends on it",
            "S0",
        ),
        Rule(
            "feature",
            "features",
            True,
            2,
            "several features to teach in depth",
            "one feature: nothing to divide",
            "S0",
        ),
        Rule(
            "feature",
            "lacking",
            False,
            limits.dominates,
            "few customers lack a product",
            "many customers lack a product: cross-sell falls between teams",
            "S0",
        ),
        Rule(
            "interface",
            "executive_sponsor",
            True,
            yes,
            "an executive understands a contribution that no KPI shows",
            "no executive who understands a contribution that no KPI shows",
            "S0",
        ),
        Rule(
            "interface",
            "counterpart_hours",
            True,
            limits.with_others,
            "much work needs other departments",
            "little work needs other departments",
            "S0",
        ),
        Rule(
            "all-rounder",
            "live_customers",
            False,
            few,
            "a small base: a department of a few generalists",
            "past the stage of a few generalists",
            "S1",
        ),
        Rule(
            "all-rounder",
            "utilisation",
            False,
            _few_hours(),
            "people have room for all phases",
            "people are loaded already, and each would carry all phases",
            "S1",
        ),
        Rule(
            "sales-linked",
            "sales_hours",
            True,
            limits.with_others,
            "sales already takes part in renewal and expansion",
            "sales hardly takes part in renewal and expansion so far",
            "S1",
        ),
        Rule(
            "partnership",
            "arr_per_customer",
            True,
            worth,
            "contract values are high",
            "contract values are too low for it",
            "S1",
        ),
        Rule(
            "partnership",
            "customers_per_person",
            False,
            book,
            "few customers a person",
            "too many customers a person to accompany each closely",
            "S1",
        ),
        Rule(
            "area",
            "second_region",
            True,
            limits.spread_region,
            "customers are spread over regions",
            "customers sit in one region",
            "S1",
        ),
        Rule(
            "hybrid",
            "second_product",
            True,
            limits.second_product,
            "a second product with customers of its own",
            "no second product to speak of",
            "S3",
        ),
        Rule(
            "hybrid",
            "embeddable",
            True,
            1,
            "operations or marketing people to embed",
            "nobody to embed in the teams",
            "S3",
        ),
        Rule(
            "CEO-direct",
            "live_customers",
            False,
            few,
            "usual in start-ups",
            "past the start: S2 sees it in start-ups",
            "S2",
        ),
        Rule(
            "CEO-direct",
            "businesses",
            False,
            no,
            "one business, one CEO",
            "independent businesses: the head of each business takes the CEO's place",
            "S2",
        ),
        Rule(
            "under CCO",
            "sales_peer",
            True,
            yes,
            "the head of sales would be the CCO's peer",
            "the head of sales would not be the CCO's peer",
            "S2",
        ),
        Rule(
            "under CRO",
            "product_led",
            True,
            yes,
            "growth is led by the product",
            "growth is not led by the product",
            "S2",
        ),
        Rule(
            "under CRO",
            "self_onboarding",
            True,
            limits.dominates,
            "most new customers onboard by self-service, as in product-led growth",
            "few new customers onboard by self-service, unlike product-led growth",
            "S2",
        ),
    ]
