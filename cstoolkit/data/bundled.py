"""The bundled company's files: where they lie, what they say about themselves, and the truth
behind them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from cstoolkit.data.company import Company

ABOUT = "company.json"
"""The file that says whose data this is: name, currency, as_of, first_day, seed and the cast."""

_DATES = {
    "stalls": ["starts_on", "ends_on"],
    "declines": ["starts_on", "ends_on"],
    "risk": ["decided_on", "ends_on", "declining_since"],
    "recorded": ["ends_on"],
}


def folder() -> Path:
    """The folder of the bundled data: inside an installed package, or ``datasets/`` of a checkout.

    Raises
    ------
    FileNotFoundError
        Where neither is there, naming the places looked at.

    Examples
    --------
    >>> (folder() / "README.md").is_file()
    True
    """
    package = Path(__file__).resolve().parents[1]
    places = [package / "datasets", package.parent / "datasets"]
    for place in places:
        if (place / ABOUT).is_file() and (place / "parquet").is_dir():
            return place
    looked = " and ".join(str(place) for place in places)
    raise FileNotFoundError(
        f"The bundled company is not here; looked in {looked}. Run: python -m cstoolkit.synthesis"
    )


def about() -> dict[str, Any]:
    """Whose data this is: name, currency, as_of, first_day, seed, cast (name, role, person_id or
    None).

    >>> about()["currency"]
    'USD'
    """
    return json.loads((folder() / ABOUT).read_text(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class KnownTruth(Mapping):
    """What only the makers of the bundled company know: to judge estimates, never part of a
    company.

    One DataFrame an attribute, also by name as in a mapping.

    Attributes
    ----------
    customers : DataFrame
        customer_id, fit (latent, 0-100), frailty (log-hazard).
    stalls : DataFrame
        Spans of low usage: customer_id, starts_on, ends_on (empty: still), cause (handoff, own).
    declines : DataFrame
        Spans in which engagement fell: customer_id, starts_on, ends_on (empty: still), cause (own,
        champion_left, stall_not_answered, problem_not_solved, handoff_without_notes).
    voices : DataFrame
        voice_id, topic.
    risk : DataFrame
        One row a decision on a contract: customer_id, product, contract_id, decided_on, ends_on,
        open_ended, engagement (log, 0 or below), declining_since (empty: it does not decline),
        probability, churned.
    recorded : DataFrame
        The most that the records tell of a renewal: customer_id, product, ends_on, days (before it:
        90 or 30), probability (of churn, as 40 other companies of the same causes teach it).
    signs : DataFrame
        How early each sign of a decline speaks: sign, lag_weeks (after the decline
        began), lead_days (median before the decision), low, high (quartiles), in_time
        (share that spoke before it).
    effects : DataFrame
        name, value, unit, low, high, meaning.
    """

    customers: pd.DataFrame
    stalls: pd.DataFrame
    declines: pd.DataFrame
    voices: pd.DataFrame
    risk: pd.DataFrame
    recorded: pd.DataFrame
    signs: pd.DataFrame
    effects: pd.DataFrame

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in iter(self):
            raise KeyError(f"no truth table {name!r}; there are {', '.join(self)}.")
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in fields(self))

    def __len__(self) -> int:
        return len(fields(self))

    def __repr__(self) -> str:
        return "KnownTruth(" + ", ".join(f"{name}: {len(self[name])} rows" for name in self) + ")"

    def effect(self, name: str) -> float:
        """The value of one published effect.

        >>> load_truth().effect("handoff_on_value") < 0
        True
        """
        found = self.effects.loc[self.effects["name"] == name, "value"]
        if found.empty:
            raise KeyError(f"no effect {name!r}; there are {', '.join(self.effects['name'])}.")
        return float(found.iloc[0])


def load_truth(company: Company | None = None) -> KnownTruth | None:
    """The published truth behind the bundled company, from ``datasets/truth/``.

    Parameters
    ----------
    company : Company, optional
        None comes back where it is another company: nobody publishes its causes.

    Examples
    --------
    >>> list(load_truth())
    ['customers', 'stalls', 'declines', 'voices', 'risk', 'recorded', 'signs', 'effects']
    """
    tables = {}
    for field in fields(KnownTruth):
        table = pd.read_csv(folder() / "truth" / f"{field.name}.csv", encoding="utf-8")
        for name in _DATES.get(field.name, []):
            table[name] = pd.to_datetime(table[name]).astype("datetime64[us]")
        tables[field.name] = table
    truth = KnownTruth(**tables)
    if company is None:
        return truth
    known = company.customers["customer_id"].isin(truth.customers["customer_id"])
    return truth if known.all() and company.name == about()["name"] else None
