"""Does acting help? What the records can say, what they cannot, and the trial that would tell."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company, checked
from cstoolkit.health.backtesting import settled
from cstoolkit.health.measures import MEASURES, features
from cstoolkit.stats import z

DECIDED = 30
"""Days before a contract's end on which its renewal is decided (ours; range 1 to 90)."""


def acting(
    company: Company, kind: str = "usage_proposal", *, lead: int = 120, level: float = 0.95
) -> pd.DataFrame:
    """Churn of renewals with and without a kind of work before the decision, plain and among like
    customers.

    CS works where it sees a risk, or where it is welcome: the plain comparison credits the work with
    both. The adjusted one compares customers that looked alike on the day before the work could begin.
    What nobody recorded still stands between the two groups.

    Parameters
    ----------
    company : Company
    kind : str
        Of ``company.activities``: done from `lead` days before the end up to 30 days before it.
    lead : int
        Days before the end on which customers are compared, more than 30.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        One row an estimate (plain, among like customers): estimate, renewals, treated, churn_with,
        churn_without (shares; adjusted: as if all had it, as if none had), difference, log_odds, low,
        high (of the log-odds; customers with several renewals count as clusters).

    Raises
    ------
    ValueError
        Where fewer than 10 renewals had this work, or fewer than 10 churned.

    References
    ----------
    Standardisation (g-formula) over a logistic regression: Robins (1986).
    """
    import statsmodels.api as sm

    checks.count("acting", "lead", lead, least=DECIDED + 1, most=365)
    checked(company).need(activities=["kind", "happened_on"])
    kinds = sorted(company.activities["kind"].dropna().unique())
    checks.one_of("acting", "kind", kind, kinds)
    rows = settled(company, lead)
    churned = rows["churned"].astype(float)
    treated = _had(company, kind, rows)
    for many, what in ((treated.sum(), f"had {kind}"), (churned.sum(), "churned")):
        if many < 10:
            raise ValueError(
                f"acting: {many:.0f} of {len(rows)} settled renewals {what}; less than 10 tell nothing."
            )
    known = features(company, rows)
    own = known.columns.difference([kind])
    filled = known[own].fillna(known[own].median())
    missing = known[own].isna().astype(float).add_suffix(" missing")
    like = pd.concat([filled, missing], axis=1)
    like = like.loc[:, like.std() > 0]
    like = ((like - like.mean()) / like.std()).T.drop_duplicates().T
    found = []
    for name, traits in (("plain", like.iloc[:, :0]), ("among like customers", like)):
        design = sm.add_constant(pd.concat([treated.rename("treated"), traits], axis=1))
        fitted = sm.GLM(churned, design, family=sm.families.Binomial()).fit(
            cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["customer_id"])[0]}
        )
        with_it, without = (fitted.predict(design.assign(treated=x)).mean() for x in (1.0, 0.0))
        odds, error = fitted.params["treated"], fitted.bse["treated"]
        half = z(level) * error
        row = (name, len(rows), int(treated.sum()), with_it, without, with_it - without)
        found.append((*row, odds, odds - half, odds + half))
    columns = ["estimate", "renewals", "treated", "churn_with", "churn_without", "difference"]
    return pd.DataFrame(found, columns=[*columns, "log_odds", "low", "high"])


def _had(company: Company, kind: str, rows: pd.DataFrame) -> pd.Series:
    """1 where that kind of work was done between the day compared and the decision."""
    work = company.activities
    done = work.loc[work["kind"] == kind, ["customer_id", "happened_on"]]
    pairs = rows.reset_index(names="row").merge(done, on="customer_id")
    decided = pairs["renews_on"] - pd.Timedelta(days=DECIDED)
    within = pairs["happened_on"].between(pairs["day"], decided, inclusive="right")
    return pd.Series(rows.index.isin(pairs.loc[within, "row"]), index=rows.index).astype(float)


def trial_size(churn: float, saved: float, *, power: float = 0.8, level: float = 0.95) -> int:
    """Renewals that a trial needs in each group to find that acting averts a share of churn.

    Parameters
    ----------
    churn : float
        The share that churns without acting.
    saved : float
        The share of that which acting averts.
    power : float
        The chance of finding it.
    level : float
        One less the chance of finding what is not there (two-sided).

    Returns
    -------
    int
        Renewals a group, drawn by lot.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical methods for rates and proportions, chapter 4.

    Examples
    --------
    Of 20% churn a quarter averted:

    >>> trial_size(0.20, 0.25)
    906
    """
    for name, value in (("churn", churn), ("saved", saved), ("power", power)):
        checks.share("trial_size", name, value, one=name == "saved")
    less = churn * (1 - saved)
    middle = (churn + less) / 2
    plain = z(level) * math.sqrt(2 * middle * (1 - middle))
    other = z(2 * power - 1) if power > 0.5 else -z(1 - 2 * power) if power < 0.5 else 0.0
    apart = other * math.sqrt(churn * (1 - churn) + less * (1 - less))
    return math.ceil(((plain + apart) / (churn - less)) ** 2)


def signs(company: Company, lead: int = 90) -> pd.DataFrame:
    """What churned customers had in common, beside how common it was among those who stayed.

    A sign is a measure in its bad third (the third of all renewals in which it is worst). That two of
    three churned customers had it says nothing where two of three of the others had it too.

    Parameters
    ----------
    company : Company
    lead : int
        Days before the planned end on which the measures are taken.

    Returns
    -------
    pandas.DataFrame
        One row a measure with a direction, the most telling first: measure, label, limit (of the bad
        third), with_sign (renewals), of_churned, of_stayed (shares that had the sign), churn_with,
        churn_without (shares that churned), ratio (of the two).

    References
    ----------
    S1: from gut feeling to evidence by analysing what churned customers had in common
    (docs/sources.md).
    """
    rows = settled(company, lead)
    churned, known = rows["churned"], features(company, rows)
    found = []
    for measure in known:
        better = MEASURES["more_is"].get(measure, "")
        values = known[measure] if better == "better" else -known[measure]
        limit = values.quantile(1 / 3)
        sign = values <= limit
        if not better or sign[values.notna()].all() or not sign.any():
            continue
        shares = sign[churned].mean(), sign[~churned].mean()
        apart = churned[sign].mean(), churned[~sign & values.notna()].mean()
        limit = limit if better == "better" else -limit
        label = MEASURES.at[measure, "label"]
        ratio = apart[0] / apart[1] if apart[1] else np.inf
        found.append((measure, label, limit, int(sign.sum()), *shares, *apart, ratio))
    columns = ["measure", "label", "limit", "with_sign", "of_churned", "of_stayed"]
    table = pd.DataFrame(found, columns=[*columns, "churn_with", "churn_without", "ratio"])
    return table.sort_values("ratio", ascending=False, kind="stable", ignore_index=True)
