"""Customers divided by how they use the product, not by their size (S3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company, checked
from cstoolkit.health.measures import MEASURES, features

MOST = 6
STABLE = 0.8
"""Agreement (adjusted Rand index) from which a division counts as stable (ours; range 0.6 to 0.9)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Segments:
    """Customers divided by behaviour. Made by :func:`segments`.

    Attributes
    ----------
    of : Series
        The segment's name by customer_id.
    profile : DataFrame
        One row a segment: segment, customers, and of each measure of use the mean.
    stability : DataFrame
        One row a number of segments: number, agreement (mean adjusted Rand index of divisions made
        from random halves), stable.
    """

    of: pd.Series
    profile: pd.DataFrame
    stability: pd.DataFrame


def segments(
    company: Company, number: int | None = None, *, seed: int = 0, halves: int = 10
) -> Segments:
    """Divide live customers by the measures of use (k-means on standardised measures).

    Parameters
    ----------
    company : Company
    number : int, optional
        How many segments, 2 to 6; default: as many as are stable.
    seed, halves : int
        Of the random halves by which stability is judged, and how many pairs of them.

    Returns
    -------
    Segments
        Named by what distinguishes them: the measure in which their mean is farthest from all.

    Raises
    ------
    MissingData
        Without usage.
    ValueError
        For fewer than 30 live customers with known use, or where fewer ways of use than segments
        are there.

    References
    ----------
    S3 divides by user traits and does not name its segments (docs/sources.md). Stability: Ben-Hur,
    Elisseeff and Guyon (2002).

    Examples
    --------
    Segments as a column of the customers are an axis by which ``org`` can divide the organisation:

    >>> from dataclasses import replace
    >>> import cstoolkit as cs
    >>> company = cs.load_company()
    >>> customers, of = company.customers, segments(company, 2, halves=1).of
    >>> use = customers["customer_id"].map(of).fillna("not known")
    >>> divided = replace(company, customers=customers.assign(use=use))
    >>> set(of) <= set(cs.org.axis(divided, "use").values)
    True
    """
    if number is not None:
        checks.count("segments", "number", number, least=2, most=MOST)
    checked(company).need(usage=["active_users"])
    known = features(company)
    known = known[[name for name in known if MEASURES.at[name, "kind"] == "use"]].dropna()
    if len(known) < 30:
        raise ValueError(
            f"segments: the use of {len(known)} live customers is known; less than 30 make no segments."
        )
    # Rounded: means of the same months may differ in their last digit, which is no way of use.
    scaled = ((known - known.mean()) / known.std().round(9).replace(0, 1)).clip(-3, 3).round(9)
    differ = len(np.unique(scaled, axis=0))
    if differ < (number or 2):
        raise ValueError(
            f"segments: among {len(known)} customers {differ} ways of use are there; "
            f"{number or 2} segments take as many."
        )
    stability = _stability(scaled.to_numpy(), np.random.default_rng(seed), halves)
    if number is None:
        stable = stability.loc[stability["stable"], "number"]
        number = int(stable.max()) if len(stable) else 2
    label = _clusters(scaled.to_numpy(), number).labels_
    means = scaled.groupby(label).mean()
    names = _names(means)
    of = pd.Series(names.loc[label].to_numpy(), index=known.index, name="segment")
    profile = known.groupby(of.to_numpy()).mean().rename_axis("segment")
    profile.insert(0, "customers", of.value_counts().reindex(profile.index))
    profile = profile.sort_values("customers", ascending=False).reset_index()
    return Segments(of=of, profile=profile, stability=stability)


def explained(company: Company, *, seed: int = 0) -> pd.DataFrame:
    """How much of need and of churn a division of a year ago explains: by behaviour, and by tier.

    Parameters
    ----------
    company : Company
    seed : int
        As for :func:`segments`.

    Returns
    -------
    pandas.DataFrame
        One row a division and outcome of the 12 months that followed: division, groups, outcome
        (hours received, churned), customers, explained (share of the variance between groups,
        adjusted for their number: omega squared; below 0 is nothing).
    """
    then = checked(company).at(company.as_of - pd.Timedelta(days=365))
    of = {"use": segments(then, seed=seed).of}
    of["tier"] = then.snapshot().set_index("customer_id")["segment"].astype("str")
    common = of["use"].index.intersection(of["tier"].index)
    work = company.activities[company.activities["happened_on"] > then.as_of]
    outcomes = {"churned": (~common.isin(company.snapshot()["customer_id"])).astype(float)}
    if company.has("activities", "hours"):
        hours = work.groupby("customer_id")["hours"].sum().reindex(common).fillna(0)
        outcomes["hours received"] = np.log1p(hours.to_numpy())
    rows = []
    for division, names in of.items():
        group = pd.factorize(names.reindex(common))[0]
        for outcome, values in outcomes.items():
            share = _omega(values, group)
            rows.append((division, group.max() + 1, outcome, len(common), share))
    columns = ["division", "groups", "outcome", "customers", "explained"]
    return pd.DataFrame(rows, columns=columns)


def _omega(values: np.ndarray, group: np.ndarray) -> float:
    """Omega squared of a one-way division."""
    size = np.bincount(group)
    mean = np.bincount(group, values) / size
    between = float((size * (mean - values.mean()) ** 2).sum())
    total = float(((values - values.mean()) ** 2).sum())
    noise = (total - between) / (len(values) - len(size))
    return (between - (len(size) - 1) * noise) / (total + noise) if total > 0 else 0.0


def _clusters(values: np.ndarray, number: int):
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # threads that wait for one another cost more than small data
        return KMeans(number, n_init=10, random_state=0).fit(values)


def _nearest(values: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The number of the nearest center of each row."""
    return ((values[:, None, :] - centers) ** 2).sum(axis=2).argmin(axis=1)


def _stability(values: np.ndarray, rng: np.random.Generator, halves: int) -> pd.DataFrame:
    from sklearn.metrics import adjusted_rand_score

    found = []
    cuts = [rng.permutation(len(values)) for _ in range(halves)]
    pairs = [[values[part] for part in np.array_split(order, 2)] for order in cuts]
    differ = min(len(np.unique(half, axis=0)) for pair in pairs for half in pair)
    for number in range(2, min(MOST, differ) + 1):
        agree = []
        for one, other in pairs:
            middles = [_clusters(half, number).cluster_centers_ for half in (one, other)]
            labels = [_nearest(values, centers) for centers in middles]
            agree.append(adjusted_rand_score(*labels))
        found.append((number, float(np.mean(agree))))
    table = pd.DataFrame(found, columns=["number", "agreement"])
    return table.assign(stable=table["agreement"] >= STABLE)


def _names(means: pd.DataFrame) -> pd.Series:
    """A name a segment: what it has much or little of; none is given twice."""
    names: dict[int, str] = {}
    for place in means.abs().max(axis=1).sort_values(ascending=False).index:
        row = means.loc[place]
        for measure in row.abs().sort_values(ascending=False).index:
            name = f"{'high' if row[measure] > 0 else 'low'} {MEASURES.at[measure, 'label']}"
            if name not in names.values():
                break
        names[place] = name
    return pd.Series(names)
