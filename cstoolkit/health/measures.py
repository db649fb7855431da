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
from cstoolkit.days import NEVER, days, joint

VALUE = ("basic_value", "exceeded_value")
HALF_YEAR, YEAR = 183, 365


MEASURES = tables.read("health", "measures").set_index("measure")
"""The measures (``measures.csv``), by name: label, unit, table and column (what it needs), more_is (better,
worse; empty: it says nothing by itself), bad and good (where 0 and 100 points lie), weight (in the score
by weights; missing: not in it), days (looked back), kind (use, value, said, people, work, customer), says.
Bands and weights are ours: those of a team that goes by how it feels, before it looks at evidence."""


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
    # As categories each id is looked up once, however many days it is asked about.
    looked_up = rows.assign(customer_id=rows["customer_id"].astype("category"))
    found = {
        **_use(company, looked_up),
        **_value(company, rows),
        **_said(company, looked_up),
        **_work(company, looked_up),
        **_customer(company, rows),
    }
    order = [name for name in MEASURES.index if name in found]
    known = pd.DataFrame({name: found[name] for name in order}, index=rows.index)
    for column in own:
        checks.one_of("features", "own", column, company.customers.columns)
        by_customer = company.customers.set_index("customer_id")[column]
        known[column] = by_customer.reindex(rows["customer_id"]).to_numpy()
    return known


class _Log:
    """Dated values of customers, asked for many customers and days at once."""

    def __init__(self, of: pd.Series | pd.MultiIndex, on: pd.Series, values=None):
        values = np.ones(len(on)) if values is None else np.asarray(values, float)
        self.ids = pd.Index(of).unique()
        day, code = days(on), self.ids.get_indexer(of)
        kept = (day < NEVER) & ~np.isnan(values) & (code >= 0)
        key = joint(code, day)[kept]
        order = np.argsort(key, kind="stable")
        self.key, self.values = key[order], values[kept][order]
        self.sums = np.concatenate([[0.0], np.cumsum(self.values)])

    def ask(self, of: pd.Series | pd.MultiIndex, on: pd.Series) -> _Asked:
        """For the customers and days of these rows."""
        return _Asked(self, self.ids.get_indexer(of), days(on))


class _Asked:
    """A log asked at one day a row; `back` and `until` are days before that day."""

    def __init__(self, log: _Log, code: np.ndarray, day: np.ndarray):
        self.log, self.code, self.day = log, code, day

    def _place(self, back: int) -> np.ndarray:
        place = np.searchsorted(self.log.key, joint(self.code, self.day - back), side="right")
        return np.where(self.code >= 0, place, 0)

    def number(self, back: int, until: int = 0) -> np.ndarray:
        """How many values lie in the `back` days up to `until` days ago."""
        return (self._place(until) - self._place(back)).astype(float)

    def total(self, back: int) -> np.ndarray:
        """Their sum."""
        return self.log.sums[self._place(0)] - self.log.sums[self._place(back)]

    def mean(self, back: int, until: int = 0) -> np.ndarray:
        """Their mean; missing where there is none."""
        first, last = self._place(back), self._place(until)
        many = last - first
        total = self.log.sums[last] - self.log.sums[first]
        return np.where(many > 0, total / np.maximum(many, 1), np.nan)

    def last(self, back: int) -> np.ndarray:
        """The last of them; missing where there is none."""
        place = self._place(0)
        values = np.append(self.log.values, np.nan)
        return np.where(place > self._place(back), values[place - 1], np.nan)


def _back(measure: str) -> int:
    return int(MEASURES.loc[measure, "days"])


def _use(company: Company, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """How the product is used: the last month that had ended, and the half year before it."""
    usage, found = company.usage, {}
    if not company.has("usage"):
        return found
    ended = usage["month"] + pd.offsets.MonthBegin(1) - pd.Timedelta(days=1)
    recent = _back("active_share")

    def asked(values: pd.Series) -> _Asked:
        return _Log(usage["customer_id"], ended, values).ask(rows["customer_id"], rows["day"])

    def change(values: pd.Series) -> np.ndarray:
        log = asked(np.log(values.where(values > 0)))
        return log.last(recent) - log.mean(recent + HALF_YEAR, recent)

    active = usage["active_users"]
    if company.has("usage", "active_users", "seats"):
        found["active_share"] = asked(active / usage["seats"].where(usage["seats"] > 0)).last(
            recent
        )
    if company.has("usage", "active_users"):
        found["active_change"] = change(active)
    if company.has("usage", "active_users", "logins"):
        each = usage["logins"] / active.where(active > 0)
        found["logins_per_user"] = asked(np.log(each.where(each > 0))).last(recent)
        found["logins_change"] = change(each)
    if company.has("usage", "features_used"):
        found["features_used"] = asked(usage["features_used"]).last(recent)
    return found


def _value(company: Company, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Whether basic value was reached, with the row's product where it names one."""
    if not company.has("milestones", "milestone"):
        return {}
    reached = company.milestones[company.milestones["milestone"].isin(VALUE)]
    of, asked = reached["customer_id"], rows["customer_id"]
    if "product" in rows and company.has("milestones", "product"):
        of = pd.MultiIndex.from_frame(reached[["customer_id", "product"]])
        asked = pd.MultiIndex.from_frame(rows[["customer_id", "product"]])
    log = _Log(of, reached["happened_on"]).ask(asked, rows["day"])
    return {"value": (log.number(NEVER // 2) > 0).astype(float)}


def _said(company: Company, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """What the customer said, and how it judged."""
    if not company.has("voices"):
        return {}
    voices, asked = company.voices, (rows["customer_id"], rows["day"])
    said = _Log(voices["customer_id"], voices["happened_on"]).ask(*asked)
    found = {"said": said.number(_back("said"))}
    if company.has("voices", "score"):
        log = _Log(voices["customer_id"], voices["happened_on"], voices["score"]).ask(*asked)
        found["score"] = log.last(_back("score"))
    return found


def _work(company: Company, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """What CS did, and the people who changed."""
    asked, found = (rows["customer_id"], rows["day"]), {}
    work = company.activities
    if company.has("activities", "hours"):
        log = _Log(work["customer_id"], work["happened_on"], work["hours"]).ask(*asked)
        found["hours"] = np.log1p(log.total(_back("hours")))
    if company.has("activities", "kind"):
        kinds = {"escalation": "escalations", "business_review": "business_review"}
        kinds |= {kind: kind for kind in ("usage_proposal", "stall_response")}
        for kind, name in kinds.items():
            done = work[work["kind"] == kind]
            if len(done):
                log = _Log(done["customer_id"], done["happened_on"]).ask(*asked)
                found[name] = log.number(_back(name))
    if company.has("assignments", "notes_passed"):
        lost = company.assignments[~company.assignments["notes_passed"].fillna(True).astype(bool)]
        log = _Log(lost["customer_id"], lost["starts_on"]).ask(*asked)
        found["handoffs"] = log.number(_back("handoffs"))
    return found


def _customer(company: Company, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """What the customer is: its fit as rated, how long it has been there, what it pays."""
    found = {}
    if company.has("deals", "fit"):
        found["fit"] = company.fit_then(rows["customer_id"], rows["day"]).to_numpy()
    first = company.levels.groupby("customer_id")["starts_on"].min()
    stayed = (rows["day"] - rows["customer_id"].map(first)) / pd.Timedelta(days=YEAR / 12)
    found["months"] = np.log1p(stayed.clip(lower=0)).to_numpy()
    levels = company.levels
    begun, ended = (
        _Log(levels["customer_id"], levels[day], levels["arr"]).ask(
            rows["customer_id"], rows["day"]
        )
        for day in ("starts_on", "until")
    )
    paid = begun.total(NEVER // 2) - ended.total(NEVER // 2)
    found["arr"] = np.log(np.where(paid >= 1, paid, np.nan))
    return found


def shown(measure: str, value: float) -> str:
    """A measure's value in words.

    Examples
    --------
    >>> shown("active_share", 0.125), shown("active_change", -0.5), shown("value", 0.0)
    ('active users: 12% of seats', 'change of active users: -39%', 'basic value reached: no')
    """
    if measure not in MEASURES.index:
        return f"{measure}: {value}"
    label, unit = MEASURES.loc[measure, ["label", "unit"]]
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
