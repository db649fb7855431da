"""Two health scores of the same measures: by weights that people chose, and by what churned customers
had in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cstoolkit import checks
from cstoolkit.assumptions import assumption
from cstoolkit.data.company import Company
from cstoolkit.health.measures import MEASURES, features

KNOWN_SHARE = 0.5
"""The share of the weights that must be known for a score by weights (ours; range 0.3 to 0.8)."""

GROWN_UP = 12
"""Months after which a customer is asked for as much as all others (ours; range 3 to 24)."""

KINDS = ("logistic", "boosting")
STEPS, EVENTS = 10, 10
"""A figure with more values than STEPS may be bent into a curve (ours), if there are so many churned
decisions for every coefficient (Peduzzi et al. 1996)."""
_BENDS = 6


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a model of churn is trained.

    Attributes
    ----------
    lead : int
        Days before a contract's end on which a back-test judges the customer.
    penalty : float
        Strength of the ridge penalty of the logistic regression, on measures in standard deviations;
        of the boosting, too.
    least : int
        Churned decisions that a model needs before it is trained at all: ten a measure that it learns
        from (Peduzzi et al. 1996).
    """

    lead: int = assumption(
        90, unit="days", low=30, high=180, says="before a contract's end, the customer is judged"
    )
    penalty: float = assumption(
        10, unit="ridge", low=1, high=200, says="pulls the weight of every measure towards nothing"
    )
    least: int = assumption(
        60, unit="decisions", low=20, high=200, says="churned ones that a model needs"
    )

    def __post_init__(self) -> None:
        checks.count("Training", "lead", self.lead, least=1, most=365)
        checks.number("Training", "penalty", self.penalty, above=0)
        checks.count("Training", "least", self.least, least=2)


USUAL = Training()
"""The training used where none is named."""


def points(known: pd.DataFrame, weights: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Points of 100 for every weighted measure, and the score that the weights make of them.

    Parameters
    ----------
    known : DataFrame
        Measures, as :func:`~cstoolkit.health.features` returns them.
    weights : mapping, optional
        Weight by measure, instead of those of ``measures.csv``. Only measures with bands can have
        one; 0 leaves a measure out.

    Returns
    -------
    pandas.DataFrame
        One column a weighted measure: 0 at its `bad` value, 100 at its `good` one, in between in
        proportion; where `months` is known both values grow in the first year from those of a
        customer's first day. `score`: their weighted mean over what is known; missing where less than half of
        the weight is known: such a customer is *new* or unknown, not at risk.

    Raises
    ------
    ValueError
        For a weight below 0, a measure that has no bands, or where nothing has a weight.

    Examples
    --------
    >>> points(pd.DataFrame({"active_share": [0.1, 0.35, 0.6], "value": [0.0, 1.0, 1.0]}),
    ...        {"active_share": 1, "value": 1})["score"].tolist()
    [0.0, 75.0, 100.0]
    """
    chosen = MEASURES["weight"].dropna() if weights is None else pd.Series(weights, dtype="float64")
    for name, weight in chosen.items():
        checks.one_of("points", "weights", name, MEASURES.index[MEASURES["bad"].notna()])
        checks.number("points", f"weights[{name!r}]", weight, least=0)
    chosen = chosen[(chosen > 0) & chosen.index.isin(known.columns)]
    if chosen.empty:
        raise ValueError("points: no measure that is known has a weight above 0.")
    each = pd.DataFrame({name: _points(known, name) for name in chosen.index}, index=known.index)
    held = each.notna() * chosen
    share = held.sum(axis=1) / chosen.sum()
    mean = (each.fillna(0) * chosen).sum(axis=1) / held.sum(axis=1).where(share >= KNOWN_SHARE)
    return each.assign(score=mean)


def _points(known: pd.DataFrame, measure: str) -> pd.Series:
    """0 at the bad value, 100 at the good one; less is asked of a customer in its first year."""
    bad, good, new_bad, new_good = MEASURES.loc[measure, ["bad", "good", "new_bad", "new_good"]]
    if "months" in known and not pd.isna(new_good):
        grown = (np.expm1(known["months"]) / GROWN_UP).clip(0, 1).fillna(1)
        bad, good = new_bad + grown * (bad - new_bad), new_good + grown * (good - new_good)
    return ((known[measure] - bad) / (good - bad) * 100).clip(0, 100)


def score(company: Company, weights: Mapping[str, float] | None = None) -> pd.DataFrame:
    """The score by weights of every live customer, today.

    Parameters
    ----------
    company : Company
    weights : mapping, optional
        As for :func:`points`.

    Returns
    -------
    pandas.DataFrame
        As :func:`points`, by customer_id, the worst first; customers without a score at the end.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = score(cs.load_company())["score"].dropna()
    >>> bool(found.is_monotonic_increasing and found.between(0, 100).all())
    True
    """
    return points(features(company), weights).sort_values("score", kind="stable")


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A trained model of churn at a contract's end. Made by :func:`fit`.

    Attributes
    ----------
    kind : str
        logistic or boosting.
    decisions, churned : int
        What it learned from.
    columns : tuple of str
        The measures it knows.
    """

    kind: str
    decisions: int
    churned: int
    columns: tuple[str, ...]
    _pipeline: object
    _typical: pd.Series | None

    def risk(self, known: pd.DataFrame) -> pd.Series:
        """The probability of churn for customers with these measures."""
        checks.columns("known", known, self.columns)
        with threadpool_limits(1):
            chance = self._pipeline.predict_proba(known[list(self.columns)])[:, 1]
        return pd.Series(chance, index=known.index, name="risk")

    def reasons(self, known: pd.DataFrame) -> pd.DataFrame:
        """What each measure adds to a customer's log-odds of churn, against the average decision
        learned from; one column a measure. Only of a logistic model.
        """
        if self._typical is None:
            raise ValueError(f"reasons: a model by {self.kind} has none; fit one by 'logistic'.")
        checks.columns("known", known, self.columns)
        return _parts(self._pipeline, known[list(self.columns)]) - self._typical


def fit(
    known: pd.DataFrame,
    churned: pd.Series,
    *,
    kind: str = "logistic",
    training: Training = USUAL,
    times: float = 1,
) -> Model:
    """Learn churn from measures and outcomes.

    Parameters
    ----------
    known : DataFrame
        Measures as known before each decision, one row a decision. Columns of text are taken as
        categories; missing values are an answer of their own.
    churned : Series of bool
        What came of each, with the same index.
    kind : str
        "logistic": ridge-penalised logistic regression, on splines of the measures where there are
        ten churned decisions for every coefficient. "boosting":
        gradient-boosted trees in which a measure that is better when it is higher never raises
        the risk.
    training : Training
    times : float
        How many rows tell of one decision, if it was looked at on several days; each counts for so
        much less.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        For fewer churned decisions than ``training.least``, or as many that did not churn.

    Examples
    --------
    >>> known = pd.DataFrame({"active_share": [0.1, 0.2, 0.6, 0.7] * 40})
    >>> model = fit(known, pd.Series([True, True, False, False] * 40))
    >>> model.risk(known).round(1).tolist()[:4]
    [0.9, 0.8, 0.2, 0.1]
    """
    checks.one_of("fit", "kind", kind, KINDS)
    churned = pd.Series(churned).astype(bool)
    for many, word in ((churned.sum(), "churned"), ((~churned).sum(), "stayed")):
        if round(many / times) < training.least:
            raise ValueError(
                f"fit: {many / times:.0f} of {len(churned) / times:.0f} decisions {word}; a model needs {training.least} of "
                "each (Training.least). Take a longer past."
            )
    known = known.loc[:, known.nunique() > 1]
    make = _logistic if kind == "logistic" else _boosting
    pipeline = make(known, training.penalty * times, churned.sum() / times)
    with threadpool_limits(1):
        pipeline.fit(known, churned)
    typical = _parts(pipeline, known).mean() if kind == "logistic" else None
    return Model(
        kind=kind,
        decisions=round(len(churned) / times),
        churned=round(churned.sum() / times),
        columns=tuple(known.columns),
        _pipeline=pipeline,
        _typical=typical,
    )


def _logistic(known: pd.DataFrame, penalty: float, events: float):
    """Figures, bent where there are enough decisions to tell how, a column for what is missing, a
    column a category; one ridge for all.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import MissingIndicator, SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

    smooth = [name for name in known.select_dtypes("number") if known[name].nunique() > STEPS]
    bent = smooth if events >= EVENTS * _BENDS * len(smooth) else []

    def part(column: pd.Series):
        if not pd.api.types.is_numeric_dtype(column):
            return OneHotEncoder(drop="if_binary", handle_unknown="ignore", sparse_output=False)
        fill = SimpleImputer(strategy="median")
        curve = SplineTransformer(n_knots=4, extrapolation="linear")
        figure = make_pipeline(fill, *([curve] if column.name in bent else []), StandardScaler())
        return make_union(figure, MissingIndicator(features="all")) if column.hasnans else figure

    return make_pipeline(
        ColumnTransformer([(name, part(known[name]), [name]) for name in known]),
        LogisticRegression(C=1 / penalty, max_iter=1000),
    )


def _boosting(known: pd.DataFrame, penalty: float, events: float):
    """Trees that respect what `measures.csv` says is better."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    better = MEASURES["more_is"].map({"better": -1, "worse": 1})
    signs = better.reindex(known.columns).fillna(0).astype(int)
    return HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=120,
        max_leaf_nodes=7,
        l2_regularization=penalty,
        monotonic_cst=signs.to_dict(),
        categorical_features="from_dtype",
        early_stopping=False,
        random_state=0,
    )


def _parts(pipeline, known: pd.DataFrame) -> pd.DataFrame:
    """What each measure adds to the log-odds."""
    made, regression = pipeline
    shown = made.transform(known) * regression.coef_[0]
    return pd.DataFrame(
        {name: shown[:, made.output_indices_[name]].sum(axis=1) for name in known},
        index=known.index,
    )
