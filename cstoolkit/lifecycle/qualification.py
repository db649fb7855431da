"""Does fit asked before the sale predict value and churn, and whom should we not have sold to?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks
from cstoolkit.data.company import Company, MissingData, checked
from cstoolkit.data.contract import MILESTONES
from cstoolkit.days import NEVER, dates, day, days
from cstoolkit.lifecycle.journeys import Journeys
from cstoolkit.lifecycle.phasing import milestone_day
from cstoolkit.stats import Auc, auc, wilson

BANDS = (0, 40, 50, 60, 70, 80, 100)
"""Edges of the bands of fit, in points; ours."""

OUTCOMES = ("sold", "other_offer", "referred", "lost", "open")
"""What is agreed with a prospect: the three honest outcomes, lost, and not decided yet."""

_RULES = assumptions.read("lifecycle", "QualificationRules")


@dataclass(frozen=True, kw_only=True)
class QualificationRules:
    """What counts as value and as poor fit when a qualification is judged by what followed.

    The figures, all ours, stand in `lifecycle/rules.csv`.

    Parameters
    ----------
    milestone : str
        The value looked for: this milestone or a later one.
    value_days : int
        Days.
    cutoff : float
        Points of 100; fit below it is poor.
    churn_cost : float
        Years of the ARR of a customer that leaves.

    Raises
    ------
    ValueError
        For rules that cannot be.

    Examples
    --------
    >>> QualificationRules(cutoff=120)
    Traceback (most recent call last):
    ValueError: QualificationRules: cutoff is a number of at least 0 and up to 100, got 120.
    """

    milestone: str = "basic_value"
    value_days: float = _RULES["value_days"]
    cutoff: float = _RULES["cutoff"]
    churn_cost: float = _RULES["churn_cost"]

    def __post_init__(self) -> None:
        assumptions.check(self)
        checks.one_of("QualificationRules", "milestone", self.milestone, MILESTONES)


def qualified(company: Company, rules: QualificationRules | None = None) -> pd.DataFrame:
    """What became of the deals that were sold.

    Only deals that were sold have a journey: what is found holds for those, not for deals that were
    declined.

    Parameters
    ----------
    company : Company
    rules : QualificationRules, optional

    Returns
    -------
    DataFrame
        One row a deal that led to a journey: deal_id, customer_id, happened_on, fit (points; may be
        missing), the columns answer_*, arr (of the deal, currency a year), starts_on (of the
        journey), value (`rules.milestone` or a later one within `rules.value_days` of the start)
        and churned (left on the first renewal, the planned end of the contract with which the
        journey began, or before it). Both are missing where it is too early to know, whatever
        happened so far, so that the known ones are no selection of the quick; churned is known
        `grace_days` after that end, and never of a contract without one.

    Raises
    ------
    MissingData
        Without deals.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> deals = qualified(cs.load_company())
    >>> bool(deals.loc[deals["starts_on"] > "2025-09-01", "value"].isna().all())
    True
    """
    rules = rules or QualificationRules()
    checked(company).need(deals=["customer_id", "fit"])
    journeys, deals = Journeys.of(company), company.deals
    deals = deals[deals["customer_id"].notna() & (deals["outcome"] == "sold")]
    begun = days(deals["happened_on"])
    journey = journeys.ahead(journeys.numbers(deals["customer_id"]), begun)
    led = (journey >= 0) & (begun <= np.append(journeys.start, -1)[journey])
    deals, journey = deals[led], journey[led]
    start, end = journeys.start[journey], journeys.end[journey]
    value = milestone_day(company, journeys, rules.milestone)[journey]
    answers = [name for name in deals if name.startswith("answer_")]
    result = deals[["deal_id", "customer_id", "happened_on", "fit", *answers, "arr"]]
    result = result.reset_index(drop=True).assign(starts_on=dates(start))
    seen, recorded = day(company.as_of) - start, company.has("milestones")
    known = recorded & (seen >= rules.value_days)
    result["value"] = pd.arrays.BooleanArray(value - start <= rules.value_days, ~known)
    due = first_renewal(company, journeys)[journey]
    known = day(company.as_of) - due >= company.grace_days
    result["churned"] = pd.arrays.BooleanArray(end <= due, ~known)
    return result


def first_renewal(company: Company, journeys: Journeys) -> np.ndarray:
    """The planned end of the contract with which each journey began; ``NEVER`` where it has none.

    Of several that began on that day the one that runs longest: before its end nobody leaves for
    good.
    """
    levels = company.levels
    begun = days(levels["starts_on"])
    journey = journeys.within(journeys.numbers(levels["customer_id"]), begun)
    first = begun == np.append(journeys.start, NEVER)[journey]
    due = np.zeros(len(journeys), np.int64)
    np.maximum.at(due, journey[first], days(levels["ends_on"])[first])
    return due


def calibration(
    deals: pd.DataFrame, outcome: str, *, score: str = "fit", bands: Sequence[float] = BANDS
) -> pd.DataFrame:
    """How often an outcome came, by band of fit. On the bundled company *estimated*.

    Parameters
    ----------
    deals : DataFrame
        What :func:`qualified` gives. Rows without `score`, or whose outcome is not known yet, do
        not count.
    outcome : str
        "value" or "churned".
    score : str
        The column to band by.
    bands : sequence of float
        Rising edges of the bands, each low edge included, the last band closed.

    Returns
    -------
    DataFrame
        One row a band with deals in it: band, deals, score (its mean), share, low, high (95%,
        Wilson), lift (share / share of all that are known).

    Raises
    ------
    MissingData
        Where no deal has both.
    """
    known = _known(deals, outcome, score)
    edges = np.asarray(bands, float)
    if len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ValueError(f"bands are rising edges, at least two, got {list(bands)}.")
    inside = known[known[score].between(edges[0], edges[-1])]
    place = np.minimum(np.searchsorted(edges, inside[score], side="right") - 1, len(edges) - 2)
    names = [f"{low:g}-{high:g}" for low, high in pairwise(edges)]
    band = pd.Categorical.from_codes(place, names, ordered=True)
    rows = inside.assign(yes=inside[outcome].astype(float)).groupby(band, observed=True)
    result = rows.agg(deals=("yes", "size"), score=(score, "mean"), share=("yes", "mean"))
    _, result["low"], result["high"] = wilson(rows["yes"].sum(), result["deals"])
    result["lift"] = result["share"] / known[outcome].astype(float).mean()
    return result.rename_axis("band").reset_index()


def discrimination(deals: pd.DataFrame, outcome: str, *, score: str = "fit") -> Auc:
    """How well fit ranks deals by an outcome: the area under the ROC curve.

    The chance that a deal with the outcome had the higher fit than one without: 0.5 is no better
    than a coin. For churned a good fit lies *below* 0.5.

    Parameters
    ----------
    deals, outcome, score
        As for :func:`calibration`; `score` may be one answer, to see which of them tell.

    Returns
    -------
    Auc
        See :func:`cstoolkit.stats.auc`.

    Raises
    ------
    ValueError
        If the outcome never or always came.
    """
    known = _known(deals, outcome, score)
    return auc(known[score].to_numpy(float), known[outcome].to_numpy(bool))


def cutoffs(
    deals: pd.DataFrame,
    at: Sequence[float] = tuple(range(0, 101, 5)),
    rules: QualificationRules | None = None,
) -> pd.DataFrame:
    """What a cut-off on fit would have declined, and what churn it would have averted.

    Where net never rises above 0, declining does not pay at this cost. It is arithmetic on what
    happened to deals sold (*estimated*): a cut-off chosen from it looks better here than it will.

    Parameters
    ----------
    deals : DataFrame
        What :func:`qualified` gives; counted are deals with fit and known outcome.
    at : sequence of float
        Cut-offs, in points: deals below are declined.
    rules : QualificationRules, optional
        Their `churn_cost` weighs what is averted.

    Returns
    -------
    DataFrame
        One row a cut-off: cutoff, declined, declined_arr (currency a year), averted (of these,
        those that churned), averted_arr, forgone_arr (ARR of those that stayed), right (share of
        the declined that churned) with low and high (95%), net (averted_arr * `churn_cost` -
        forgone_arr).
    """
    rules = rules or QualificationRules()
    checks.count("cutoffs", "the number of cut-offs (at)", len(at), least=1)
    for cutoff in at:
        checks.number("cutoffs", "at", cutoff, least=0, most=100)
    known = _known(deals, "churned", "fit")
    gone, arr = known["churned"].astype(bool), known["arr"].fillna(0)
    rows = []
    for cutoff in np.unique(np.asarray(at, float)):
        below = known["fit"] < cutoff
        rows.append(
            {
                "cutoff": cutoff,
                "declined": below.sum(),
                "declined_arr": arr[below].sum(),
                "averted": (below & gone).sum(),
                "averted_arr": arr[below & gone].sum(),
                "forgone_arr": arr[below & ~gone].sum(),
            }
        )
    table = pd.DataFrame(rows)
    table["right"], table["low"], table["high"] = wilson(table["averted"], table["declined"])
    return table.assign(net=rules.churn_cost * table["averted_arr"] - table["forgone_arr"])


def outcomes(company: Company, rules: QualificationRules | None = None) -> pd.DataFrame:
    """What was agreed with prospects, by whether they fit. Poor fit sold is a sale that was forced.

    Parameters
    ----------
    company : Company
    rules : QualificationRules, optional
        Their `cutoff` divides poor fit from good.

    Returns
    -------
    DataFrame
        One row a fit (good, poor, unrated) and outcome (see ``OUTCOMES``) that occurred: fit,
        outcome, deals, arr (currency a year), share (of the deals of that fit) with low and high
        (95%).

    References
    ----------
    S1 (docs/sources.md): the honest outcomes.
    """
    cutoff = (rules or QualificationRules()).cutoff
    checked(company).need(deals=["outcome"])
    deals = company.deals
    rated = np.where(deals["fit"] < cutoff, "poor", "good")
    rated = np.where(deals["fit"].isna(), "unrated", rated)
    keyed = pd.DataFrame(
        {
            "fit": pd.Categorical(rated, ["good", "poor", "unrated"], ordered=True),
            "outcome": pd.Categorical(deals["outcome"].fillna("open"), OUTCOMES, ordered=True),
            "arr": deals["arr"].to_numpy(),
        }
    )
    rows = keyed.groupby(["fit", "outcome"], observed=True)["arr"]
    result = rows.agg(deals="size", arr="sum").reset_index()
    of = result.groupby("fit", observed=True)["deals"].transform("sum")
    result["share"], result["low"], result["high"] = wilson(result["deals"], of)
    return result


def _known(deals: pd.DataFrame, outcome: str, score: str) -> pd.DataFrame:
    checks.columns("deals", deals, [outcome, score], "Give what qualified(company) returns.")
    known = deals[deals[outcome].notna() & deals[score].notna()]
    if known.empty:
        raise MissingData(
            f"no deal has both {score} and a known {outcome}: it is too early to know what became "
            "of "
            f"them, or {score} was not recorded."
        )
    return known
