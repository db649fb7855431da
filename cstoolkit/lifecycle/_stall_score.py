"""How good is the monitoring?  What it found, held against stalls that are known to have been."""

from __future__ import annotations

import pandas as pd

from cstoolkit.stats import clustered_share, median_interval


def score_stalls(
    found: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    until: str | pd.Timestamp,
    least_days: int = 30,
    slack_days: int = 31,
    spans: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Precision, recall and lead time of the stalls `found`, against the stalls that there were.

    `found` is what :func:`stalls` gives (customer_id, found_on); `truth` has customer_id, starts_on, ends_on (empty: still so on
    `until`), such as ``cs.load_truth().stalls``. A find is right if it lies inside a true stall of that customer or up to `slack_days`
    after it (a month's figures are known at its end). Stalls of less than `least_days` are not asked for (monthly figures cannot
    show them), but finding one is right. With `spans` (``company.spans``), how long before their churn those who left were found.

    Returns one row a measure: measure, value, low, high (95% interval), n (of how many).

    - precision: right finds / finds; recall: true stalls found / true stalls. The interval counts finds of one customer as belonging
      together (cluster-robust variance, Wilson's interval on the effective number).
    - delay_days: median days from a stall's start to its first find; left_days: median days the stall still went on from there (those
      still open count up to `until`). Intervals from order statistics.
    - lead_days: median days from the last find of the year before churn to the churn; lead_share: share of those who left who were
      found at least 30 days before.

    On the bundled company this is *estimated* against the published truth. Of one's own company no truth is known.

    >>> found = pd.DataFrame({"customer_id": ["a", "b"], "found_on": pd.to_datetime(["2024-03-31", "2024-03-31"])})
    >>> truth = pd.DataFrame({"customer_id": ["a", "c"], "starts_on": pd.to_datetime(["2024-03-04", "2024-01-01"]),
    ...                       "ends_on": pd.to_datetime(["2024-06-01", "2024-05-01"])})
    >>> score_stalls(found, truth, until="2024-12-31").set_index("measure")["value"].to_dict()
    {'precision': 0.5, 'recall': 0.5, 'delay_days': 27.0, 'left_days': 62.0}
    """
    day = pd.Timestamp(until)
    found = found[["customer_id", "found_on"]].reset_index(drop=True)
    known = truth[["customer_id", "starts_on", "ends_on"]].reset_index(drop=True)
    if (found["found_on"] > day).any() or (known["starts_on"] > day).any():
        raise ValueError(
            f"until ({day:%Y-%m-%d}) lies before some of the stalls: give the day up to which both tables reach."
        )
    known["ends_on"] = known["ends_on"].fillna(day).clip(upper=day)
    pairs = found.reset_index(names="find").merge(
        known.reset_index(names="stall"), on="customer_id"
    )
    late = pairs["ends_on"] + pd.Timedelta(days=slack_days)
    pairs = pairs[(pairs["found_on"] >= pairs["starts_on"]) & (pairs["found_on"] <= late)]
    right = found.index.isin(pairs["find"])
    asked = (known["ends_on"] - known["starts_on"]) >= pd.Timedelta(days=least_days)
    hit = known.index.isin(pairs["stall"])
    first = (
        pairs[pairs["stall"].isin(known.index[asked])]
        .sort_values("found_on")
        .drop_duplicates("stall")
    )
    delay = (first["found_on"] - first["starts_on"]).dt.days
    left = (first["ends_on"] - first["found_on"]).dt.days.clip(lower=0)
    rows = [
        ("precision", *clustered_share(right, found["customer_id"]), len(found)),
        ("recall", *clustered_share(hit[asked], known.loc[asked, "customer_id"]), int(asked.sum())),
        ("delay_days", *median_interval(delay), len(first)),
        ("left_days", *median_interval(left), len(first)),
    ]
    if spans is not None:
        churned = spans.loc[
            spans["ends_on"].notna() & ~spans["pending"], ["customer_id", "ends_on"]
        ].reset_index(drop=True)
        before = churned.reset_index(names="span").merge(found, on="customer_id")
        lead = (before["ends_on"] - before["found_on"]).dt.days
        lead = lead[(lead >= 0) & (lead < 365)].groupby(before["span"]).agg(["min", "max"])
        warned = churned.index.isin(lead.index[lead["max"] >= 30])
        rows += [
            ("lead_days", *median_interval(lead["min"]), len(lead)),
            ("lead_share", *clustered_share(warned, churned["customer_id"]), len(churned)),
        ]
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high", "n"])
