"""A post stays empty:

what does the delay cost, and from when on is it cheaper to buy the work outside?  S1, stage 3: a delay loses revenue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.assumptions import assumption, check_number
from cstoolkit.data.company import Company

CONTACT = ("csm", "customer success manager")
"""What the role of somebody who holds a book of customers is called, in posts (lower case)."""


@dataclass(frozen=True, kw_only=True)
class Vacancy:
    """What an empty post loses and what outsourced work costs. S1 gives no figure: all are ours, to be replaced by the reader's own."""

    months: float = assumption(
        4, unit="months", low=1, high=9, says="how long the post stays empty"
    )
    churn: float = assumption(
        0.05,
        unit="share",
        low=0.0,
        high=0.15,
        says="ARR a year that leaves more where nobody looks after it",
    )
    expansion: float = assumption(
        0.02,
        unit="share",
        low=0.0,
        high=0.08,
        says="ARR a year that is not won as upsell or cross-sell",
    )
    lasting: float = assumption(
        2.0, unit="years", low=1.0, high=4.0, says="for how long ARR lost now is missing"
    )
    margin: float = assumption(
        0.75, unit="share", low=0.6, high=0.9, says="what is left of ARR after serving it"
    )
    pay: float = assumption(
        110_000,
        unit="currency a year",
        low=70_000,
        high=180_000,
        says="what the person would cost, all in",
    )
    price: float = assumption(
        1.5,
        unit="times",
        low=1.1,
        high=2.5,
        says="outsourced work, in times what an own person's costs",
    )
    quality: float = assumption(
        0.7, unit="share", low=0.4, high=0.95, says="share of the loss that outsourced people avert"
    )
    start: float = assumption(
        6_000,
        unit="currency",
        low=0,
        high=30_000,
        says="finding and briefing the outsourced people",
    )

    def __post_init__(self) -> None:
        for name in ("months", "churn", "expansion", "lasting", "pay", "price", "start"):
            check_number("Vacancy", name, getattr(self, name), least=0)
        for name in ("churn", "expansion", "margin", "quality"):
            value = getattr(self, name)
            mend = (
                f"For {value:g}% write {value / 100:g}."
                if isinstance(value, (int, float)) and value > 1
                else ""
            )
            check_number("Vacancy", name, value, least=0, most=1, mend=mend)

    def loss(self, arr: float) -> float:
        """What one month without anybody loses with a book of that ARR (currency)."""
        return arr / 12 * (self.churn + self.expansion) * self.lasting * self.margin


def vacancy(arr: float, terms: Vacancy | None = None) -> pd.DataFrame:
    """Month by month, what the empty post has cost so far with a book of `arr` (currency a year): left open, or outsourced.

    Returns month (0 to the length of the vacancy), option (left open, outsourced), lost (margin lost), paid (to others), saved
    (pay that is not spent), cost (lost + paid - saved; currency, cumulative). The pay saved stands in both, so that it decides
    nothing between them. Source: S1, stage 3. *Structural*.

    >>> vacancy(1_000_000).query("month == 4").set_index("option")["lost"].round().to_dict()
    {'left open': 35000.0, 'outsourced': 10500.0}
    """
    terms = terms or Vacancy()
    check_number("vacancy", "arr", arr, least=0)
    month = np.unique(np.append(np.arange(0, np.floor(terms.months) + 1), terms.months))
    salary = terms.pay / 12 * month
    lost = terms.loss(arr) * month
    options = {
        "left open": (lost, np.zeros_like(month)),
        "outsourced": (lost * (1 - terms.quality), terms.start + terms.price * salary),
    }
    frames = [
        pd.DataFrame(
            {
                "month": month,
                "option": name,
                "lost": gone,
                "paid": paid,
                "saved": salary,
                "cost": gone + paid - salary,
            }
        )
        for name, (gone, paid) in options.items()
    ]
    return pd.concat(frames, ignore_index=True)


def vacancy_break_even(terms: Vacancy | None = None) -> float:
    """The ARR of a book (currency a year) from which on outsourcing is cheaper than leaving the post empty; infinite where it never is.

    >>> terms = Vacancy()
    >>> at = vacancy_break_even(terms)
    >>> both = vacancy(at, terms).query("month == 4")["cost"]
    >>> bool(abs(both.iloc[0] - both.iloc[1]) < 1e-6)
    True
    """
    terms = terms or Vacancy()
    averted = terms.loss(12.0) / 12 * terms.months * terms.quality  # for one unit of ARR
    paid = terms.start + terms.price * terms.pay / 12 * terms.months
    return paid / averted if averted > 0 else float("inf")


def arr_per_csm(company: Company, roles: tuple[str, ...] = CONTACT) -> pd.DataFrame:
    """The book of one CSM on `as_of`, by team: team, csms, customers, arr (mean ARR of a book, currency a year), and a last row "all".

    By the open assignments of people who are on a post of one of `roles` (lower case). Raises MissingData without posts and
    assignments.
    """
    company.need(posts=["role"], assignments=["person_id"])
    day = company.as_of
    posts = company.posts[(company.posts["starts_on"] <= day) & ~(company.posts["ends_on"] <= day)]
    posts = posts[posts["role"].str.casefold().isin(roles)].drop_duplicates(
        "person_id", keep="last"
    )
    held = company.assignments[
        (company.assignments["starts_on"] <= day) & ~(company.assignments["ends_on"] <= day)
    ]
    held = (
        held[["customer_id", "person_id"]]
        .drop_duplicates()
        .merge(company.snapshot()[["customer_id", "arr"]], on="customer_id")
    )
    book = (
        held.groupby("person_id")["arr"]
        .agg(customers="size", arr="sum")
        .reindex(posts["person_id"])
        .fillna(0)
    )
    book["team"] = posts["team"].fillna("no team").to_numpy()
    frame = (
        book.groupby("team")
        .agg(csms=("arr", "size"), customers=("customers", "mean"), arr=("arr", "mean"))
        .reset_index()
    )
    every = {
        "team": "all",
        "csms": len(book),
        "customers": book["customers"].mean(),
        "arr": book["arr"].mean(),
    }
    return pd.concat([frame, pd.DataFrame([every])], ignore_index=True)
