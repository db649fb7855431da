"""Qualification: does the fit asked before the sale foretell value and churn, and whom should we not have sold to?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.assumptions import assumption
from cstoolkit.data.company import Company, MissingData
from cstoolkit.data.contract import MILESTONES
from cstoolkit.days import dates, day, days
from cstoolkit.lifecycle._time import Journeys, codes
from cstoolkit.stats import Auc, auc, wilson

BANDS = (0, 40, 50, 60, 70, 80, 100)
"""Edges of the bands of fit, in points; ours."""

OUTCOMES = ("sold", "other_offer", "referred", "lost")


@dataclass(frozen=True, kw_only=True)
class QualificationRules:
    """What counts as value, as churn and as poor fit when a qualification is judged by what followed. All figures are ours.

    `milestone` (it or a later one) is the value looked for.

    >>> QualificationRules(cutoff=0.5).cutoff
    0.5
    >>> QualificationRules(cutoff=120)
    Traceback (most recent call last):
    ValueError: QualificationRules: cutoff is a number of at least 0 and up to 100, got 120. Fit is rated in points of 100.
    """

    milestone: str = "basic_value"
    value_days: float = assumption(
        180, unit="days", low=60, high=365, says="value counts if it comes so soon after the start"
    )
    churn_days: float = assumption(
        400,
        unit="days",
        low=180,
        high=800,
        says="churn counts if it comes so soon: a first yearly renewal and its grace",
    )
    cutoff: float = assumption(
        50, unit="points of 100", low=30, high=70, says="fit below this is poor"
    )
    churn_cost: float = assumption(
        1,
        unit="years of its ARR",
        low=0,
        high=3,
        says="cost of a customer that leaves, beyond what it paid: sale, onboarding, name",
    )

    def __post_init__(self) -> None:
        if self.milestone not in MILESTONES:
            raise ValueError(
                f"QualificationRules: milestone is one of {', '.join(MILESTONES)}, got {self.milestone!r}."
            )
        for name in ("value_days", "churn_days"):
            checks.number("QualificationRules", name, getattr(self, name), least=1)
        mend = "Fit is rated in points of 100."
        checks.number("QualificationRules", "cutoff", self.cutoff, least=0, most=100, fix=mend)
        checks.number("QualificationRules", "churn_cost", self.churn_cost, least=0)


def qualified(company: Company, rules: QualificationRules | None = None) -> pd.DataFrame:
    """What became of the deals that were sold: one row a deal that led to a journey.

    Returns deal_id, customer_id, happened_on, fit (points; may be missing), the columns answer_*, arr (of the deal, currency a year),
    starts_on (of the journey), value (`rules.milestone` or a later one within `rules.value_days` of the start) and churned (left within
    `rules.churn_days` of it). Both are missing where the journey began too lately to know, whatever happened so far, so that
    the known ones are no selection of the quick.

    Only deals that were sold have a journey: what is found holds for those, not for deals that were declined.
    Raises MissingData without deals.

    >>> import cstoolkit as cs
    >>> deals = qualified(cs.load_company())
    >>> bool(deals.loc[deals["starts_on"] > "2025-09-01", "value"].isna().all())
    True
    """
    rules = rules or QualificationRules()
    company.need(deals=["customer_id", "fit"])
    journeys = Journeys.of(company)
    deals = company.deals
    deals = deals[deals["customer_id"].notna() & (deals["outcome"] == "sold").fillna(False)]
    begun = days(deals["happened_on"])
    journey = journeys.ahead(codes(deals["customer_id"], journeys.ids), begun)
    good = journey >= 0
    good[good] &= begun[good] <= journeys.start[journey[good]]
    deals, journey = deals[good], journey[good]
    table = company.milestones
    step = pd.Index(MILESTONES).get_indexer(table["milestone"])
    happened = days(table["happened_on"])
    place = journeys.ahead(codes(table["customer_id"], journeys.ids), happened)
    value = journeys.first(
        np.where(step >= MILESTONES.index(rules.milestone), place, -1), happened
    )[journey]
    start, end = journeys.start[journey], journeys.end[journey]
    seen = day(company.as_of) - start
    answers = [name for name in deals.columns if name.startswith("answer_")]
    result = deals[["deal_id", "customer_id", "happened_on", "fit", *answers, "arr"]].reset_index(
        drop=True
    )
    result["starts_on"] = dates(start)
    for name, event, within in (
        ("value", value, rules.value_days),
        ("churned", end, rules.churn_days),
    ):
        known = (seen >= within) & ((name != "value") | company.has("milestones"))
        result[name] = pd.Series(event - start <= within, dtype="boolean").mask(~known)
    return result


def calibration(
    deals: pd.DataFrame, outcome: str, *, score: str = "fit", bands: Sequence[float] = BANDS
) -> pd.DataFrame:
    """How often `outcome` (value or churned) came, by band of fit; `deals` is what :func:`qualified` gives.

    Returns one row a band with deals in it: band (low edge included, last band closed), deals, score (its mean), share, low, high (95%,
    Wilson), lift (share / share of all that are known). Rows without fit, or whose outcome is not known yet, do not count.
    On the bundled company *estimated*.
    """
    known = _known(deals, outcome, score)
    edges = np.asarray(bands, float)
    if len(edges) < 2 or (np.diff(edges) <= 0).any():
        raise ValueError(f"bands are rising edges, at least two, got {list(bands)}.")
    inside = known[(known[score] >= edges[0]) & (known[score] <= edges[-1])]
    place = np.minimum(np.searchsorted(edges, inside[score], side="right") - 1, len(edges) - 2)
    names = pd.CategoricalDtype(
        [f"{low:g}-{high:g}" for low, high in pairwise(edges)], ordered=True
    )
    band = pd.Categorical.from_codes(place, dtype=names)
    rows = inside.assign(yes=inside[outcome].astype(float)).groupby(band, observed=True)
    result = rows.agg(deals=("yes", "size"), score=(score, "mean"), events=("yes", "sum"))
    share, low, high = wilson(result["events"], result["deals"])
    lift = share / known[outcome].astype(float).mean()
    result = result.drop(columns="events").assign(share=share, low=low, high=high, lift=lift)
    return result.rename_axis("band").reset_index()


def foretells(deals: pd.DataFrame, outcome: str, *, score: str = "fit") -> Auc:
    """How well fit ranks deals by `outcome`: the area under the ROC curve with its 95% interval (DeLong).

    The chance that a deal with the outcome had the higher fit than one without: 0.5 is no better than a coin. For churned a good fit
    lies *below* 0.5. Raises ValueError if the outcome never or always came.
    """
    known = _known(deals, outcome, score)
    return auc(known[score].to_numpy(float), known[outcome].to_numpy(bool))


def answers(deals: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Which answers tell: odds ratio of `outcome` a point of each answer, the other answers held (logistic regression, statsmodels).

    Returns one row an answer: answer, odds_ratio, low, high (95%), deals. Rows with a missing answer do not count. Answers that ask
    about the same fit share what they tell: intervals are wide, and an answer that adds nothing is not wrong for it.
    """
    import statsmodels.api as sm

    names = [name for name in deals.columns if name.startswith("answer_")]
    if not names:
        raise ValueError("deals has no column answer_...: there are no answers to compare.")
    known = deals[deals[outcome].notna() & deals[names].notna().all(axis=1)]
    fitted = sm.Logit(known[outcome].astype(float), sm.add_constant(known[names])).fit(disp=0)
    bounds = np.exp(fitted.conf_int().loc[names])
    return pd.DataFrame(
        {
            "answer": names,
            "odds_ratio": np.exp(fitted.params[names]).to_numpy(),
            "low": bounds[0].to_numpy(),
            "high": bounds[1].to_numpy(),
            "deals": len(known),
        }
    )


def cutoffs(
    deals: pd.DataFrame,
    at: Sequence[float] = tuple(range(0, 101, 5)),
    rules: QualificationRules | None = None,
) -> pd.DataFrame:
    """What a cut-off on fit would have declined, and what churn it would have averted; `deals` is what :func:`qualified` gives.

    Returns one row a cut-off: cutoff (deals below it are declined), declined, declined_arr (currency a year), averted (of these, those
    that churned), averted_arr, forgone_arr (ARR of those that stayed), right (share of the declined that churned) with low and high
    (95%), net (averted_arr * `rules.churn_cost` - forgone_arr). Counted are deals with fit and known outcome; where net never rises
    above 0, declining does not pay at this cost. It is arithmetic on what happened to deals sold (*estimated*): a cut-off chosen from
    it looks better here than it will.
    """
    rules = rules or QualificationRules()
    known = _known(deals, "churned", "fit")
    fit, arr, gone = (
        known["fit"].to_numpy(),
        known["arr"].fillna(0).to_numpy(),
        known["churned"].to_numpy(bool),
    )
    order = np.argsort(fit, kind="stable")
    at = np.unique(np.asarray(at, float))
    below = np.searchsorted(fit[order], at)
    parts = {
        "declined_arr": arr,
        "averted": gone,
        "averted_arr": arr * gone,
        "forgone_arr": arr * ~gone,
    }
    total = {name: np.append(0, np.cumsum(values[order]))[below] for name, values in parts.items()}
    right, low, high = wilson(total["averted"], below)
    net = rules.churn_cost * total["averted_arr"] - total["forgone_arr"]
    return pd.DataFrame(
        {
            "cutoff": at,
            "declined": below,
            **total,
            "right": right,
            "low": low,
            "high": high,
            "net": net,
        }
    )


def outcomes(company: Company, rules: QualificationRules | None = None) -> pd.DataFrame:
    """What was agreed with prospects, by whether they fit: S1's honest outcomes (sell, propose something else, refer on), and lost.

    `rules.cutoff` divides poor fit from good. Returns one row a fit (good, poor, unrated) and outcome (sold,
    other_offer, referred, lost, open) that occurred: fit, outcome, deals, arr (currency a year), share (of the deals of that fit) with
    low and high (95%). Poor fit and sold are the deals S1 would not have forced.
    """
    rules = rules or QualificationRules()
    company.need(deals=["outcome"])
    deals = company.deals
    rated = np.where(
        deals["fit"].isna(), "unrated", np.where(deals["fit"] < rules.cutoff, "poor", "good")
    )
    fit = pd.Categorical(rated, ["good", "poor", "unrated"], ordered=True)
    outcome = pd.Categorical(deals["outcome"].fillna("open"), [*OUTCOMES, "open"], ordered=True)
    keyed = pd.DataFrame({"fit": fit, "outcome": outcome, "arr": deals["arr"].to_numpy()})
    result = (
        keyed.groupby(["fit", "outcome"], observed=True)
        .agg(deals=("arr", "size"), arr=("arr", "sum"))
        .reset_index()
    )
    of = result.groupby("fit", observed=True)["deals"].transform("sum")
    share, low, high = wilson(result["deals"], of)
    return result.assign(share=share, low=low, high=high)


def _known(deals: pd.DataFrame, outcome: str, score: str) -> pd.DataFrame:
    if outcome not in deals or score not in deals:
        raise ValueError(
            f"deals has no column {outcome if outcome not in deals else score!r}: give what qualified(company) returns."
        )
    known = deals[deals[outcome].notna() & deals[score].notna()]
    if known.empty:
        raise MissingData(
            f"no deal has both {score} and a known {outcome}: the journeys began too lately, or fit was not recorded."
        )
    return known
