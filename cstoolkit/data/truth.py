"""What only the makers of the bundled company know: read to judge estimates, never part of a company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import pandas as pd

from cstoolkit.data import bundled


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class KnownTruth(Mapping):
    """The truth behind the bundled company: one DataFrame an attribute, also by name as in a mapping.

    ``customers``: customer_id, fit (latent, 0-100), frailty (log-hazard).
    ``stalls``: customer_id, starts_on, ends_on (empty: still), cause (handoff, own).
    ``voices``: voice_id, topic.
    ``risk``: one row a decision on a contract: customer_id, product, contract_id, decided_on, ends_on, open_ended, probability, churned.
    ``effects``: name, value, unit, low, high, meaning.
    """

    customers: pd.DataFrame
    stalls: pd.DataFrame
    voices: pd.DataFrame
    risk: pd.DataFrame
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


DATES = {"stalls": ["starts_on", "ends_on"], "risk": ["decided_on", "ends_on"]}


def load_truth() -> KnownTruth:
    """The published truth behind the bundled company, from ``datasets/truth/``.

    >>> list(load_truth())
    ['customers', 'stalls', 'voices', 'risk', 'effects']
    """
    place = bundled.folder() / "truth"
    tables = {}
    for field in fields(KnownTruth):
        table = pd.read_csv(place / f"{field.name}.csv", encoding="utf-8", keep_default_na=True)
        days = DATES.get(field.name, [])
        tables[field.name] = table.assign(
            **{name: pd.to_datetime(table[name]).astype("datetime64[us]") for name in days}
        )
    return KnownTruth(**tables)
