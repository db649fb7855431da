"""What was known of a customer on a day: the measures that a health score is made of.

Every measure is computed from rows that were known by the day asked about, so that a score of the
past is the score that could have been given then. The list is ``measures.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cstoolkit import checks, tables
from cstoolkit.data.company import Company, checked
from cstoolkit.days import NEVER, days, joint, month_of, month_start

VALUE = ("basic_value", "exceeded_value")
EVER, YEAR = NEVER // 2, 365

MEASURES = tables.read("health", "measures").set_index("measure")
"""The measures (``measures.csv``), by name: label, unit, table and column (what it needs), more_is (better,
worse; empty: it says nothing by itself), bad and good (where 0 and 100 points lie), new_bad and new_good
(the same on a customer's first day; they reach bad and good after a year), weight (in the score by
weights; missing: not in it), days (looked back), kind (use, value, said, people, work, customer),
evidence (yes: the model learns from it), says. Bands and weights are ours: those of a team that goes by
how it feels, before it looks at evidence."""
_TOLD = dict(
    zip(MEASURES.index, zip(MEASURES["label"], MEASURES["unit"], strict=True), strict=True)
)
EVIDENCE = tuple(MEASURES.index[MEASURES["evidence"] == "yes"])
"""The measures that a model learns from, few on purpose: each further one costs churned renewals that
are not there. Chosen on other made-up companies, never on the bundled one."""


def features(
    company: Company, rows: pd.DataFrame | None = None, *, own: Sequence[str] = ()
) -> pd.DataFrame:
    """The measures of customers on their days, from what was known on that day alone.

    Parameters
    ----------
    company : Company
    rows : DataFrame, optional
        customer_id and day, one row a customer and day, and product where value is meant with one
        product. Default: every customer live on `as_of`.
    own : sequence of str
        Columns of `company.customers` taken along as they are. They carry no date: name only what
        was known from the start, never what was filled in later.

    Returns
    -------
    pandas.DataFrame
        One column a measure of ``MEASURES`` that the company has data for, with the index of
        `rows` (or the customer_id), and the columns of `own`. Missing where nothing was known.

    Raises
    ------
    ValueError
        For rows without their columns, a day after `as_of`, or an own column that there is not.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> known = features(cs.load_company())
    >>> bool(known["active_share"].dropna().between(0, 1).all())
    True
    """
    if rows is None:
        live = checked(company).snapshot()["customer_id"]
        rows = pd.DataFrame({"customer_id": live.to_numpy(), "day": company.as_of})
        rows.index = pd.Index(live, name="customer_id")
    checks.columns("rows", rows, ["customer_id", "day"])
    late = rows["day"] > company.as_of
    if late.any():
        raise ValueError(
            f"features: {rows['day'].max():%Y-%m-%d} lies after {company.as_of:%Y-%m-%d}, the day "
            f"up to which {company.name} is known."
        )
    asked = _Asked(pd.Index(company.customers["customer_id"]), rows)
    found = {
        **_use(company, asked),
        **_value(company, asked),
        **_said(company, asked),
        **_work(company, asked),
        **_customer(company, asked),
    }
    order = [name for name in MEASURES.index if name in found]
    known = pd.DataFrame({name: found[name] for name in order}, index=rows.index)
    for column in own:
        checks.one_of("features", "own", column, company.customers.columns)
        by_customer = company.customers.set_index("customer_id")[column]
        known[column] = by_customer.reindex(rows["customer_id"]).to_numpy()
    return known


class _Asked:
    """Customers and days that are asked about; every text is looked up once."""

    def __init__(self, ids: pd.Index, rows: pd.DataFrame):
        self.ids, self.rows = ids, rows
        self.code, self.day = self.codes(rows["customer_id"]), days(rows["day"])

    def codes(self, of: pd.Series) -> np.ndarray:
        """The place of each customer_id among all; -1 where it is none."""
        code, names = pd.factorize(of)
        return np.append(self.ids.get_indexer(names), -1)[code]

    def log(self, of: pd.Series, on: pd.Series | np.ndarray) -> _Log:
        """The dated rows of customers, to be asked at these days."""
        on = on if isinstance(on, np.ndarray) else days(on)
        return _Log(self.codes(of), on, self.code, self.day)


class _Log:
    """Dated rows by customer (codes), asked at one day a customer; `back` and `until` are days before it."""

    def __init__(self, of: np.ndarray, on: np.ndarray, code: np.ndarray, day: np.ndarray):
        kept = np.flatnonzero((on < NEVER) & (of >= 0))
        key = joint(of[kept], on[kept])
        order = np.argsort(key, kind="stable")
        self.rows, self.key, self.of = kept[order], key[order], of[kept][order]
        self.code, self.day, self.places = code, day, {}

    def place(self, back: int) -> np.ndarray:
        """How many rows lie before the day that is so many days back, it included."""
        if back not in self.places:
            place = np.searchsorted(self.key, joint(self.code, self.day - back), side="right")
            self.places[back] = np.where(self.code >= 0, place, 0)
        return self.places[back]

    def number(self, back: int) -> np.ndarray:
        """How many rows lie in the last `back` days."""
        return (self.place(0) - self.place(back)).astype(float)

    def total(self, values, back: int) -> np.ndarray:
        """The sum of the values known in the last `back` days."""
        return self._between(self._sums(values), self.place(back), self.place(0))[0]

    def mean(self, values, back: int) -> np.ndarray:
        """Their mean; missing where there is none."""
        total, many = self._between(self._sums(values), self.place(back), self.place(0))
        return np.where(many > 0, total / np.maximum(many, 1), np.nan)

    def last(self, values, back: int) -> np.ndarray:
        """The last of them; missing where there is none."""
        return self._last(np.asarray(values, float)[self.rows], back)

    def trend(self, values, back: int) -> np.ndarray:
        """The mean of a customer's last two rows against its best mean of three until then."""
        sums, means = self._sums(values), []
        end = np.arange(1, len(self.rows) + 1)
        size = np.bincount(self.of)
        begun = np.repeat(size.cumsum() - size, size)
        for many in (2, 3):
            total, known = self._between(sums, np.maximum(end - many, begun), end)
            means.append(np.where(known > 1, total / np.maximum(known, 1), np.nan))
        best = pd.Series(means[1]).groupby(self.of).cummax().to_numpy()
        return self._last(means[0] - best, back)

    def _last(self, values: np.ndarray, back: int) -> np.ndarray:
        known = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
        place = np.append(known, -1)[self.place(0) - 1]
        return np.where(place >= self.place(back), np.append(values, np.nan)[place], np.nan)

    def _sums(self, values) -> tuple[np.ndarray, np.ndarray]:
        """The values known up to each place: their sum and their number."""
        values = np.asarray(values, float)[self.rows]
        known = ~np.isnan(values)
        return tuple(np.append(0, np.cumsum(each)) for each in (np.where(known, values, 0), known))

    def _between(self, sums: tuple, first: np.ndarray, last: np.ndarray) -> tuple:
        return tuple(each[last] - each[first] for each in sums)


def _back(measure: str) -> int:
    return int(MEASURES.loc[measure, "days"])


def _use(company: Company, asked: _Asked) -> dict[str, np.ndarray]:
    """How the product is used, by the months that had ended."""
    usage, found = company.usage, {}
    if not company.has("usage"):
        return found
    log = asked.log(usage["customer_id"], month_start(month_of(days(usage["month"])) + 1) - 1)
    active = usage["active_users"]
    if company.has("usage", "active_users", "seats"):
        share = active / usage["seats"].where(usage["seats"] > 0)
        found["active_share"] = log.mean(share, _back("active_share"))
    if company.has("usage", "active_users"):
        found["active_change"] = log.trend(np.log(active.where(active > 0)), _back("active_change"))
    if company.has("usage", "active_users", "logins"):
        each = usage["logins"] / active.where(active > 0)
        each = np.log(each.where(each > 0))
        found["logins_per_user"] = log.last(each, _back("logins_per_user"))
        found["logins_change"] = log.trend(each, _back("logins_change"))
    if company.has("usage", "features_used"):
        found["features_used"] = log.last(usage["features_used"], _back("features_used"))
    return found


def _value(company: Company, asked: _Asked) -> dict[str, np.ndarray]:
    """Whether basic value was reached, with the row's product where it names one."""
    if not company.has("milestones", "milestone"):
        return {}
    reached = company.milestones[company.milestones["milestone"].isin(VALUE)]
    of, code = asked.codes(reached["customer_id"]), asked.code
    if "product" in asked.rows and company.has("milestones", "product"):
        product = pd.Index(reached["product"].dropna().unique())
        of = of * (len(product) + 1) + product.get_indexer(reached["product"])
        mine = product.get_indexer(asked.rows["product"])
        code = np.where((code >= 0) & (mine >= 0), code * (len(product) + 1) + mine, -1)
    log = _Log(of, days(reached["happened_on"]), code, asked.day)
    return {"value": (log.number(EVER) > 0).astype(float)}


def _said(company: Company, asked: _Asked) -> dict[str, np.ndarray]:
    """What the customer said, and how it judged whoever looks after it now."""
    if not company.has("voices"):
        return {}
    voices = company.voices
    log = asked.log(voices["customer_id"], voices["happened_on"])
    found = {"said": log.number(_back("said"))}
    if company.has("voices", "score"):
        back, given = _back("score"), voices["score"]
        score = log.last(given, back)
        on = log.last(np.where(given.notna(), days(voices["happened_on"]), np.nan), back)
        found["score"] = np.where(on >= _taken_over(company, asked), score, np.nan)
    return found


def _taken_over(company: Company, asked: _Asked) -> np.ndarray:
    """The day on which the CSM of that day took the customer over from another one."""
    held = company.assignments
    held = held[held["role"].fillna("").str.casefold().str.contains("csm")]
    log = asked.log(held["customer_id"], held["starts_on"])
    since = log.last(days(held["starts_on"]), EVER)
    return np.where(log.number(EVER) > 1, since, -np.inf)


def _work(company: Company, asked: _Asked) -> dict[str, np.ndarray]:
    """What CS did, and the people who changed."""
    work, found = company.activities, {}
    if company.has("activities", "hours"):
        log = asked.log(work["customer_id"], work["happened_on"])
        found["hours"] = np.log1p(log.total(work["hours"], _back("hours")))
    if company.has("activities", "kind"):
        kinds = {"escalation": "escalations", "business_review": "business_review"}
        kinds |= {kind: kind for kind in ("usage_proposal", "stall_response")}
        for kind, name in kinds.items():
            done = work[work["kind"] == kind]
            if len(done):
                found[name] = asked.log(done["customer_id"], done["happened_on"]).number(
                    _back(name)
                )
    if company.has("assignments", "notes_passed"):
        lost = company.assignments[~company.assignments["notes_passed"].fillna(True).astype(bool)]
        log = asked.log(lost["customer_id"], lost["starts_on"])
        found["handoffs"] = log.number(_back("handoffs"))
    return found


def _customer(company: Company, asked: _Asked) -> dict[str, np.ndarray]:
    """What the customer is: its fit as rated, how long it has been there, what it pays."""
    found, levels, rows = {}, company.levels, asked.rows
    if company.has("deals", "fit"):
        found["fit"] = company.fit_then(rows["customer_id"], rows["day"]).to_numpy()
    begun, ended = (asked.log(levels["customer_id"], levels[day]) for day in ("starts_on", "until"))
    first = np.full(len(asked.ids) + 1, np.nan)
    np.fmin.at(first, begun.of, days(levels["starts_on"])[begun.rows])
    stayed = (asked.day - first[asked.code]) / (YEAR / 12)
    found["months"] = np.log1p(np.maximum(stayed, 0))
    paid = begun.total(levels["arr"], EVER) - ended.total(levels["arr"], EVER)
    found["arr"] = np.log(np.where(paid >= 1, paid, np.nan))
    return found


def shown(measure: str, value: float) -> str:
    """A measure's value in words.

    Examples
    --------
    >>> shown("active_share", 0.125), shown("active_change", -0.5), shown("value", 0.0)
    ('active users: 12% of seats', 'change of active users: -39%', 'basic value reached: no')
    """
    if measure not in _TOLD:
        return f"{measure}: {value}"
    label, unit = _TOLD[measure]
    if pd.isna(value):
        return f"{label}: not known"
    texts = {
        "share of seats": f"{value:.0%} of seats",
        "log ratio": f"{np.expm1(value):+.0%}",
        "log a month": f"{np.exp(value):.0f} a month",
        "log hours": f"{np.expm1(value):.0f} hours",
        "log months": f"{np.expm1(value):.0f}",
        "log currency": f"{np.exp(value):,.0f}",
        "yes or no": "yes" if value else "no",
    }
    return f"{label}: {texts.get(unit, f'{value:.0f}')}"
