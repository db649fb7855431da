"""The types that the sources name, as designs of this one model: four axes (S0), five charts (S1), the hybrid (S3)."""

from __future__ import annotations

from cstoolkit import reference
from cstoolkit.data.company import Company, MissingData
from cstoolkit.org._axes import ValueRule, axis
from cstoolkit.org._design import OrgDesign, Partner, Support, build
from cstoolkit.org._today import today
from cstoolkit.org._work import work


def four_axes(company: Company, **options) -> dict[str, OrgDesign]:
    """S0's four ways to divide, each alone: account (by industry), phase, feature, interface. `options` go to :func:`build`.

    An axis that the company has no data for is left out. The interface axis covers the work with other departments; what
    needs none is its named gap.
    """
    named = {
        "account": "industry",
        "phase": "phase",
        "feature": "feature",
        "interface": "department",
    }
    return _those(
        company,
        {
            kind: (lambda one=one, kind=kind: build(company, one, name=kind, **options))
            for kind, one in named.items()
        },
    )


def five_charts(company: Company, **options) -> dict[str, OrgDesign]:
    """S1's five org charts.

    =============  ===================================================================================================
    all-rounder    one team; a person covers a customer from onboarding to expansion
    specialist     teams by phase
    sales-linked   one team; in renewal and expansion, sales acts together with it
    partnership    the customers of the highest ARR accompanied closely by a team of their own, with books as small as the published
                   rule for high touch allows; the others by phase (S1: it can be a team inside the specialist type)
    area           teams by region
    =============  ===================================================================================================
    """
    cap = reference.figure("accounts_per_csm_high").high
    made = {
        "all-rounder": lambda: build(company, name="all-rounder", source="S1", **options),
        "specialist": lambda: build(company, "phase", name="specialist", source="S1", **options),
        "sales-linked": lambda: build(
            company,
            name="sales-linked",
            source="S1",
            **{
                "partners": [Partner(department="sales", phases=("renewal", "expansion"))],
                **options,
            },
        ),
        "partnership": lambda: build(
            company,
            axis(company, "value", value=ValueRule()),
            below={"others": ["phase"]},
            name="partnership",
            source="S1",
            **{"book": {"highest ARR": cap}, **options},
        ),
        "area": lambda: build(company, "region", name="area", source="S1", **options),
    }
    return _those(company, made)


def hybrid(company: Company, **options) -> OrgDesign:
    """S3's hybrid: an organisation for each product, the larger one with a team for each user trait, and cross-cutting teams.

    Operations and marketing people (here: the company's support people) are embedded beside the manager of each team. S3
    describes the inside of one product's organisation only, so the others stay undivided. S3 does not name its four traits;
    these come from the company's own usage (:func:`traits`).
    """
    products = axis(company, "product")
    if "support" not in options:
        helpers = work(company).people
        helpers = helpers[helpers["part"] == "support"]
        named = helpers["team"].fillna("Support").astype("str")
        options["support"] = [
            Support(name=name, people=tuple(rows["person_id"]), embedded=True)
            for name, rows in helpers.groupby(named)
        ]
    below = {value: ["trait"] if place == 0 else [] for place, value in enumerate(products.values)}
    return build(company, products, below=below, name="hybrid", source="S3", **options)


def examples(company: Company, **options) -> dict[str, OrgDesign]:
    """Every type of the sources on this company, and today's organisation where the posts tell: what the company has no
    data for is left out.

    The four axes, the five charts, a hierarchy (industry, then phase), a matrix (phase x feature), customer- and
    company-facing axes combined (industry, then phase, x department), and the hybrid.

    >>> import cstoolkit as cs
    >>> list(examples(cs.load_company()))[:5]
    ['account', 'phase', 'feature', 'interface', 'all-rounder']
    """
    made = {
        "hierarchy": lambda: build(company, "industry", "phase", name="hierarchy", **options),
        "matrix": lambda: build(company, "phase", matrix="feature", name="matrix", **options),
        "combined": lambda: build(
            company,
            "industry",
            "phase",
            matrix=axis(company, "department", rest="customers only"),
            name="combined",
            **options,
        ),
        "hybrid": lambda: hybrid(company, **options),
        "today": lambda: today(company, reporting=options.get("reporting", "CEO-direct")),
    }
    return four_axes(company, **options) | five_charts(company, **options) | _those(company, made)


def _those(company: Company, made: dict) -> dict[str, OrgDesign]:
    """The designs that the company has data for."""
    found = {}
    for name, make in made.items():
        try:
            found[name] = make()
        except MissingData:
            continue
    return found
