"""Would the scores have warned? Judged on past renewals, with what was known on the day alone.

A model is trained on the renewals that were settled by the first day of a quarter and judges those
whose day falls into that quarter. No row is drawn at random: a row from next year would tell of this
one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import rankdata

from cstoolkit import checks
from cstoolkit.data.company import Company, MissingData, checked
from cstoolkit.health.measures import EVIDENCE, features
from cstoolkit.health.scores import KINDS, USUAL, Model, Training, fit, points
from cstoolkit.stats import auc, wilson, z

BINS = 10
KEY = ["customer_id", "product", "renews_on"]
"""What makes a renewal."""
LEADS = (30, 60, 90, 120, 180)
"""Days before its end on which a model looks at each renewal, so that one model serves at all times."""


def decisions(company: Company, lead: int = USUAL.lead) -> pd.DataFrame:
    """The renewals that came up, each on the day on which its customer is judged.

    Parameters
    ----------
    company : Company
    lead : int
        Days before the planned end on which the customer is judged.

    Returns
    -------
    pandas.DataFrame
        customer_id, product, renews_on, day, age (days as a customer), until, arr, churned (missing:
        not settled), in the order of `day`. Not in it: terms that began after that day, had ended by it or were renewed
        already, and days after `as_of`.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> rows = decisions(cs.load_company(), lead=90)
    >>> bool(((rows["renews_on"] - rows["day"]).dt.days == 90).all())
    True
    """
    checks.count("decisions", "lead", lead, least=1, most=365)
    terms = checked(company).renewals
    day = terms["renews_on"] - pd.Timedelta(days=lead)
    at_risk = (terms["starts_on"] <= day) & (terms["until"] > day) & ~(terms["signed_on"] <= day)
    rows = terms.assign(day=day)[at_risk & (day <= company.as_of)]
    rows = rows.assign(age=ages(company, rows))
    columns = ["customer_id", "product", "renews_on", "day", "age", "until", "arr", "churned"]
    return rows[columns].sort_values(["day", "customer_id"], kind="stable", ignore_index=True)


def ages(company: Company, rows: pd.DataFrame) -> pd.Series:
    """Days since the first contract of each customer_id, on its day."""
    first = company.levels.groupby("customer_id")["starts_on"].min()
    return (rows["day"] - rows["customer_id"].map(first)) / pd.Timedelta(days=1)


def settled(company: Company, lead: int = USUAL.lead) -> pd.DataFrame:
    """The :func:`decisions` whose outcome is known, `churned` being True or False.

    Raises
    ------
    MissingData
        Where nobody churned among them, or everybody.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> bool(settled(cs.load_company())["churned"].any())
    True
    """
    rows = decisions(company, lead).dropna(subset=["churned"]).reset_index(drop=True)
    rows["churned"] = rows["churned"].astype(bool)
    if rows["churned"].all() or not rows["churned"].any():
        raise MissingData(
            f"{company.name}: {rows['churned'].sum()} of {len(rows)} settled renewals churned; it "
            "needs contracts with a planned end, some renewed and some not."
        )
    return rows


def train(company: Company, *, kind: str = "logistic", training: Training = USUAL) -> Model:
    """A model from all renewals that are settled by `as_of`, each seen on several days before its end.

    Parameters
    ----------
    company : Company
        The model learns from the measures of ``EVIDENCE`` that it has data for, or from all measures
        where it has none of them.
    kind, training
        As for :func:`~cstoolkit.health.fit`.

    Returns
    -------
    Model

    Raises
    ------
    MissingData
        Where too few renewals are settled, or too few churned.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> model = train(cs.load_company())
    >>> model.churned < model.decisions
    True
    """
    missing = lacks(company, training)
    if missing:
        raise MissingData(missing)
    return _learn(*_past(company, LEADS), kind, training)


def lacks(company: Company, training: Training = USUAL) -> str:
    """What a model of churn misses, as one sentence; empty where nothing is missing.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> lacks(cs.load_company())
    ''
    """
    churned = decisions(company, training.lead)["churned"].dropna().astype(bool)
    left, stayed = int(churned.sum()), int((~churned).sum())
    if min(left, stayed) >= training.least:
        return ""
    return (
        f"{company.name} has no data for this: it needs contracts with a planned end, {training.least} that "
        f"churned and as many that were renewed (Training.least); of {len(churned)} settled renewals "
        f"{left} churned."
    )


def _past(company: Company, leads: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The settled renewals on each of these days before their end, and all that was known then."""
    found = [decisions(company, lead).assign(lead=lead) for lead in leads]
    rows = pd.concat(found, ignore_index=True).dropna(subset=["churned"]).reset_index(drop=True)
    return rows.astype({"churned": bool}), features(company, rows)


def _learn(rows: pd.DataFrame, known: pd.DataFrame, kind: str, training: Training) -> Model:
    """A model of renewals that stand there once a lead."""
    chosen = [name for name in EVIDENCE if name in known] or list(known)
    times = len(rows) / len(rows[KEY].drop_duplicates())
    return fit(known[chosen], rows["churned"], kind=kind, training=training, times=times)


def backtest(
    company: Company,
    leads: Sequence[int] | None = None,
    *,
    kinds: Sequence[str] = KINDS,
    training: Training = USUAL,
    weights: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """What each score said of past renewals before they were decided.

    Parameters
    ----------
    company : Company
    leads : sequence of int, optional
        Days before the planned end on which the customers are judged; default: that of `training`.
        The models are those of :func:`train` in any case.
    kinds : sequence of str
        The models beside the score by weights.
    training : Training
    weights : mapping, optional
        Of the score by weights, as for :func:`~cstoolkit.health.points`.

    Returns
    -------
    pandas.DataFrame
        One row a settled renewal and lead: the columns of :func:`decisions`, lead, quarter (of the
        day), tier (on the day), `weights` (100 less the points, so that more is more risk) and a
        column a model (the probability of churn). Renewals before there was enough to learn from
        are left out, and those without a score by weights.

    Raises
    ------
    MissingData
        Where no quarter had enough behind it.
    """
    for kind in kinds:
        checks.one_of("backtest", "kinds", kind, KINDS)
    leads = [training.lead] if leads is None else list(leads)
    every, known = _past(company, sorted({*LEADS, *leads}))
    learned, rows = every[every["lead"].isin(LEADS)], every[every["lead"].isin(leads)]
    rows = rows.assign(quarter=rows["day"].dt.to_period("Q").dt.to_timestamp())
    risk = 100 - points(known.loc[rows.index], weights)["score"]
    found = rows.assign(tier=_tier(company, rows), weights=risk)
    found[list(kinds)] = np.nan
    settled_on = learned["until"] + pd.Timedelta(days=company.grace_days)
    for start in rows["quarter"].unique():
        before, now = learned[settled_on <= start], rows.index[rows["quarter"] == start]
        churned = before.drop_duplicates(KEY)["churned"]
        if min(churned.sum(), (~churned).sum()) < training.least:
            continue
        for kind in kinds:
            model = _learn(before, known.loc[before.index], kind, training)
            found.loc[now, kind] = model.risk(known.loc[now])
    found = found.dropna(subset=["weights", *kinds]).reset_index(drop=True)
    if found.empty:
        raise MissingData(
            lacks(company, training)
            or f"{company.name} has no data for this: no quarter had {training.least} churned renewals "
            "before it (Training.least); a back-test needs a longer past."
        )
    return found


def judge(
    predictions: pd.DataFrame, by: str | None = None, *, capacity: float = 0.2
) -> pd.DataFrame:
    """How good each score was.

    Parameters
    ----------
    predictions : DataFrame
        As :func:`backtest` returns them.
    by : str, optional
        A column to judge apart by, such as "tier", "quarter" or "lead"; parts in which none or all churned are left out.
    capacity : float
        Share of the renewals that the team can call.

    Returns
    -------
    pandas.DataFrame
        One row a score (and part): score, renewals, churned, auc, low, high (DeLong, 95%),
        precision (average precision), precision_low, precision_high (95%, on the logit), base (the
        share that churned: the average precision of no score at all), lift (churn among the
        `capacity` renewals at highest risk against all), found (share of the churned ones among
        these), brier, calibration (mean distance of forecast and
        outcome over ten bins of equal size; both missing for points, which are no probabilities).

    References
    ----------
    DeLong et al. (1988) for the interval of the AUC; Boyd, Eng and Page (2013) for that of the
    average precision. Both take renewals for independent.
    """
    from sklearn.metrics import average_precision_score, brier_score_loss

    checks.number("judge", "capacity", capacity, above=0, most=1)
    parts = [("all", predictions)] if by is None else predictions.groupby(by, observed=True)
    found = []
    for name, rows in parts:
        outcome = rows["churned"].to_numpy(bool)
        if outcome.all() or not outcome.any():
            continue
        called = max(1, round(capacity * len(rows)))
        for score in [name for name in ("weights", *KINDS) if name in rows]:
            risk = rows[score].to_numpy(float)
            area = auc(risk, outcome)
            first = outcome[np.argsort(-risk, kind="stable")[:called]]
            row = {"score": score} | ({} if by is None else {by: name})
            row |= {"renewals": len(rows), "churned": int(outcome.sum())}
            row |= {"auc": area.value, "low": area.low, "high": area.high}
            names = ["precision", "precision_low", "precision_high"]
            found_at = average_precision_score(outcome, risk)
            row |= dict(zip(names, _on_the_logit(found_at, outcome.sum()), strict=True))
            row["base"] = outcome.mean()
            row |= {"lift": first.mean() / outcome.mean(), "found": first.sum() / outcome.sum()}
            if score in KINDS:
                bins = calibration(rows, score)
                apart = (bins["forecast"] - bins["share"]).abs()
                row["brier"] = brier_score_loss(outcome, risk)
                row["calibration"] = float(np.average(apart, weights=bins["renewals"]))
            found.append(row)
    return pd.DataFrame(found)


def _on_the_logit(share: float, many: int) -> tuple[float, float, float]:
    """A share of so many, with its interval (95%)."""
    half = z() / np.sqrt(many * share * (1 - share)) if share < 1 else 0.0
    return share, *(float(expit(logit(share) + side * half)) for side in (-1, 1))


def calibration(predictions: pd.DataFrame, score: str = "logistic") -> pd.DataFrame:
    """Of renewals with this forecast, how many churned?

    Parameters
    ----------
    predictions : DataFrame
        As :func:`backtest` returns them.
    score : str
        "logistic" or "boosting".

    Returns
    -------
    pandas.DataFrame
        Ten bins of equal size by forecast: renewals, forecast (mean), share (that churned), low,
        high (Wilson, 95%).
    """
    checks.one_of("calibration", "score", score, KINDS)
    order = predictions[score].rank(method="first")
    bins = pd.qcut(order, min(BINS, len(predictions)), labels=False)
    grouped = predictions.groupby(bins)
    table = grouped.agg(renewals=(score, "size"), forecast=(score, "mean"))
    table["share"], table["low"], table["high"] = wilson(
        grouped["churned"].sum(), table["renewals"]
    )
    return table.reset_index(drop=True)


def _tier(company: Company, rows: pd.DataFrame) -> np.ndarray:
    """The tier of each customer on its day; "unsegmented" where there is none."""
    tiers = company.tiers.sort_values("starts_on", kind="stable")[
        ["customer_id", "starts_on", "tier"]
    ]
    asked = rows[["customer_id", "day"]].reset_index().sort_values("day", kind="stable")
    if tiers.empty:
        return np.full(len(rows), "unsegmented")
    held = pd.merge_asof(asked, tiers, left_on="day", right_on="starts_on", by="customer_id")
    return held.set_index("index")["tier"].reindex(rows.index).fillna("unsegmented").to_numpy()


def best_possible(risk: pd.DataFrame, rows: pd.DataFrame) -> float:
    """How well the published truth ranks these renewals: no score can do better, but by luck.

    Parameters
    ----------
    risk : DataFrame
        ``cs.load_truth().risk``: the probabilities that churn was drawn from, on the days of decision;
        or ``recorded`` of some days.
    rows : DataFrame
        As :func:`backtest` returns them.

    Returns
    -------
    float
        AUC over the renewals that are in both.
    """
    both = _beside(risk, rows)
    return auc(both["probability"], both["churned"]).value


def reached(
    predictions: pd.DataFrame, best: pd.DataFrame, *, draws: int = 500, seed: int = 0
) -> dict[str, float]:
    """How far the score by evidence goes from the score by weights to the best possible one.

    Parameters
    ----------
    predictions : DataFrame
        As :func:`backtest` returns them, of one lead.
    best : DataFrame
        As for :func:`best_possible`, or ``cs.load_truth().recorded`` of these days: what the records
        allow.
    draws, seed : int
        Of the interval: customers drawn anew, with replacement.

    Returns
    -------
    dict
        weights, evidence, best (AUC of each), share (of the way from the first to the last), low,
        high (95%).
    """
    rows = _beside(best, predictions)
    outcome = rows["churned"].to_numpy(bool)
    scores = rows[["weights", "logistic", "probability"]].to_numpy(float).T
    customer, ids = pd.factorize(rows["customer_id"])
    places = np.split(np.argsort(customer, kind="stable"), np.bincount(customer).cumsum()[:-1])
    rng, found = np.random.default_rng(seed), []
    for _ in range(draws):
        drawn = np.concatenate([places[one] for one in rng.integers(0, len(ids), len(ids))])
        weights, evidence, most = (_area(score[drawn], outcome[drawn]) for score in scores)
        found.append((evidence - weights) / (most - weights))
    weights, evidence, most = (_area(score, outcome) for score in scores)
    low, high = np.nanquantile(found, [0.025, 0.975])
    share = (evidence - weights) / (most - weights)
    areas = {"weights": weights, "evidence": evidence, "best": most}
    return areas | {"share": share, "low": float(low), "high": float(high)}


def _area(score: np.ndarray, outcome: np.ndarray) -> float:
    """AUC alone."""
    many = outcome.sum()
    above = rankdata(score)[outcome].sum() - many * (many + 1) / 2
    return float(above / (many * (len(outcome) - many)))


def _beside(best: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The renewals that are in both, each once."""
    drawn = best.rename(columns={"ends_on": "renews_on"})[[*KEY, "probability"]]
    return rows.drop_duplicates(KEY).merge(drawn.drop_duplicates(KEY), on=KEY)
