"""Who is qualified, who buys, when, and what they are like: all that is settled
before the journey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import tables
from cstoolkit.days import month_of, month_start
from cstoolkit.synthesis.effects import Truth

INDUSTRIES = {
    "Manufacturing": 0.22,
    "Retail": 0.17,
    "IT services": 0.17,
    "Healthcare": 0.14,
    "Logistics": 0.12,
    "Financial services": 0.09,
    "Hospitality": 0.09,
}
REGIONS = {"Japan East": 0.42, "Japan West": 0.25, "Southeast Asia": 0.2, "North America": 0.13}
PRODUCTS = ("recruiting", "talent")
FEATURES = tables.read("synthesis", "features").set_index("feature")
"""Product, uses per active user and month, share of customers who take a feature up
before any value."""
ANSWERS = {"goal_clear": 0.31, "sponsor": 0.26, "data_ready": 0.19, "process_match": 0.24}
"""The four questions of a qualification (answers 0-4) and their weights in `fit`."""

SIGNED_A_YEAR = (62, 170, 300, 430, 570)
"""New customers in each year of the history; later years repeat the last."""
SEASON = np.array([0.8, 0.95, 1.5, 1.55, 0.7, 1.05, 0.85, 0.6, 1.2, 1.0, 0.8, 1.0])
"""Signings by calendar month: the Japanese fiscal year begins in April."""
PILOTS = 5
TALENT_FROM_MONTH, PAID_FROM_MONTH, SELF_SERVE_FROM_MONTH = 26, 36, 33
TERMS = {12: 0.82, 24: 0.08, 6: 0.05, 0: 0.05}
"""Months of a contract and their shares; 0 is open-ended, from month to month."""
SECOND = ("", "North ", "New ", "Old ")
"""Put before an invented name once the plain ones are used up."""


@dataclass
class Customers:
    """One entry a customer, in order of signing."""

    fit: np.ndarray
    frailty: np.ndarray
    employees: np.ndarray
    industry: np.ndarray
    region: np.ndarray
    form: np.ndarray
    signed: np.ndarray
    starts: np.ndarray
    term: np.ndarray
    buys: np.ndarray
    arr: np.ndarray
    seats_per_arr: np.ndarray

    def __len__(self) -> int:
        return len(self.fit)


def _signing_days(
    rng: np.random.Generator, first: int, months: int, customers: int | None, scale: float
) -> np.ndarray:
    """Sorted signing days: the vendor's growth with its seasons, or all of
    `customers` within a quarter.
    """
    if customers is not None:
        return np.sort(rng.integers(first, first + 91, customers))
    start = int(month_of(np.array(first)))
    month = start + np.arange(months)
    year = np.minimum(np.arange(months) // 12, len(SIGNED_A_YEAR) - 1)
    growth = np.array(SIGNED_A_YEAR)[year] * (
        1 + (np.arange(months) % 12 - 5.5) * np.where(year < 3, 0.05, 0.022)
    )
    wanted = growth * SEASON[month % 12] / 12 * scale
    count = np.maximum(np.round(np.cumsum(wanted)).astype(int), 0)
    count = np.diff(count, prepend=0)
    opens = month_start(month)
    length = month_start(month + 1) - opens
    late_in_month = np.sqrt(rng.random(count.sum()))
    days = np.repeat(opens, count) + (late_in_month * np.repeat(length, count)).astype(np.int64)
    pilots = np.full(PILOTS, first) - rng.integers(1, 10, PILOTS)
    return np.sort(np.concatenate([pilots, days]))


def _weekday(days: np.ndarray) -> np.ndarray:
    """Weekends moved to the Friday before."""
    weekday = (days + 3) % 7
    return days - np.maximum(weekday - 4, 0)


def choose(rng: np.random.Generator, shares: Mapping[Any, float], size) -> np.ndarray:
    """Numbers of choices drawn with these shares."""
    return np.searchsorted(np.cumsum(list(shares.values()))[:-1], rng.random(size), side="right")


def _odds(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit))


def answer(
    rng: np.random.Generator, fit: np.ndarray, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Answers 0-4 to the four questions, and the recorded fit that they add up to (0-100)."""
    answers = np.clip(
        np.round((fit[:, None] + rng.normal(0, noise, (len(fit), len(ANSWERS)))) / 25), 0, 4
    )
    return answers, answers @ (np.array(list(ANSWERS.values())) * 25)


def create(
    truth: Truth,
    rng: np.random.Generator,
    first: int,
    months: int,
    customers: int | None,
    scale: float,
) -> tuple[Customers, pd.DataFrame]:
    """Customers in order of signing, and the deals that led to them or did not, with the number of
    the `customer` (-1: none).
    """
    signed = _weekday(_signing_days(rng, first, months, customers, scale))
    size = len(signed)
    fit = np.clip(rng.normal(truth.fit_mean, truth.fit_sd, 6 * size + 60), 3, 98)
    answers, recorded = answer(rng, fit, truth.answer_noise)
    sold = rng.random(len(fit)) < _odds(truth.fit_on_sale * (recorded - 58) / 10)
    last = np.flatnonzero(sold)[size - 1] + 1
    fit, answers, recorded, sold = fit[:last], answers[:last], recorded[:last], sold[:last]

    employees = np.clip(np.round(np.exp(rng.normal(np.log(120), 1.35, last))), 8, 60_000).astype(
        np.int64
    )
    value = 11_500 * (employees / 120) ** 0.78 * np.exp(rng.normal(0, 0.45, last))
    people = _describe(
        truth, rng, signed, first, customers is not None, fit[sold], employees[sold], value[sold]
    )

    took = rng.integers(15, 75, last)
    decided = _weekday(np.sort(rng.choice(signed, last)))
    decided[sold] = signed
    customer = np.full(last, -1)
    customer[sold] = np.arange(size)
    paid = np.round(value / 50) * 50
    paid[sold] = people.arr.sum(axis=1)
    outcome = np.where(sold, "sold", _not_sold(rng, recorded))
    early = decided < first + 365
    answers[rng.random(last) < np.where(early, 0.25, 0.09)] = np.nan
    answers[rng.random(answers.shape) < 0.012] = np.nan
    deals = pd.DataFrame(
        {
            "customer": customer,
            "happened_on": _weekday(decided - took),
            "decided_on": decided,
            **{f"answer_{name}": column for name, column in zip(ANSWERS, answers.T, strict=True)},
            "fit": np.where(np.isnan(answers).any(axis=1), np.nan, recorded).round(2),
            "outcome": outcome,
            "arr": paid.round(2),
        }
    )
    return people, deals[~(sold & (decided < first))].sort_values("decided_on", kind="stable")


def _not_sold(rng: np.random.Generator, recorded: np.ndarray) -> np.ndarray:
    poor = recorded < 45
    draw = rng.random(len(recorded))
    other, referred = np.where(poor, 0.45, 0.15), np.where(poor, 0.75, 0.2)
    return np.where(draw < other, "other_offer", np.where(draw < referred, "referred", "lost"))


def _describe(truth, rng, signed, first, together, fit, employees, value) -> Customers:
    """The customers' own traits; `together` means that every product and form is on offer
    from the first day.
    """
    size = len(fit)
    month = np.full(size, 10_000) if together else month_of(signed) - month_of(np.array(first))
    log_size = np.log(employees / 120)
    paid = np.exp(-1.6 + truth.fit_on_paid * (fit - 60) / 10 + truth.size_on_paid * log_size)
    paid = np.where(month >= PAID_FROM_MONTH, paid, 0)
    self_serve = np.exp(
        np.where(month >= SELF_SERVE_FROM_MONTH, -0.4, -2.0) + truth.size_on_self * log_size
    )
    draw = rng.random(size) * (1 + paid + self_serve)
    form = np.where(draw < 1, 1, np.where(draw < 1 + paid, 2, 0))

    draw = rng.random(size)
    newer = month >= TALENT_FROM_MONTH
    buys = np.stack([~(newer & (draw < 0.18)), newer & (draw < 0.28)], axis=1)
    arr = np.stack([value, value * rng.uniform(0.45, 0.9, size)], axis=1)
    arr = np.where(buys, np.maximum(np.round(arr / 50) * 50, 600), 0)

    next_month = month_start(month_of(signed) + 1)
    starts = np.where(next_month - signed <= 14, next_month, signed + rng.integers(0, 8, size))
    starts = np.where(signed < first, first, starts)
    term = np.array(list(TERMS))[choose(rng, TERMS, size)]
    seats = np.maximum(0.13 * employees * np.exp(rng.normal(0, 0.3, size)), 5)
    return Customers(
        fit=fit,
        frailty=rng.normal(0, 1, size) * truth.frailty_sd,
        employees=employees,
        industry=choose(rng, INDUSTRIES, size),
        region=choose(rng, REGIONS, size),
        form=form,
        signed=signed,
        starts=starts,
        term=term,
        buys=buys,
        arr=arr,
        seats_per_arr=seats / arr.sum(axis=1),
    )


def names(rng: np.random.Generator, people: Customers) -> np.ndarray:
    """An invented name for each customer, none twice; some of those in Japan are
    written in Japanese.

    They are random combinations: any likeness to a real company is an accident.
    """
    words = tables.texts("synthesis", "names")
    japanese = (people.region < 2) & (rng.random(len(people)) < 0.22)
    named = np.empty(len(people), dtype=object)
    for number, ends in enumerate(words["endings"][trade] for trade in INDUSTRIES):
        local = [stem + end for end in ends["japanese"] for stem in words["japanese_stems"]]
        latin = [f"{stem} {end}" for end in ends["latin"] for stem in words["latin_stems"]]
        for wanted, plain, before in ((japanese, local, ("",)), (~japanese, latin, SECOND)):
            pool = [extra + plain[i] for extra in before for i in rng.permutation(len(plain))]
            who = np.flatnonzero((people.industry == number) & wanted)
            for i, customer in enumerate(who):
                again = f" {i // len(pool) + 1}" if i >= len(pool) else ""
                named[customer] = pool[i % len(pool)] + again
    return named.astype(str)
