"""What the records of the bundled company can tell of its renewals, at most.

``python tools/recorded.py`` makes 40 other companies of the same causes, lets trees learn from all of
their settled renewals what each measure says about churn, and writes what they say of the bundled
company to ``cstoolkit/synthesis/recorded.csv``, which is published with the truth. The bundled
company's own outcomes play no part. It takes about a quarter of an hour.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

import cstoolkit as cs
from cstoolkit import health
from cstoolkit.synthesis import synthesize

SEEDS = range(7001, 7041)
DAYS = (90, 30)
"""Days before a contract's end on which the records are read."""
TO = Path(__file__).resolve().parent.parent / "cstoolkit" / "synthesis" / "recorded.csv"


def renewals(company: cs.Company) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The settled renewals on each of these days, and all that was recorded by then."""
    rows = pd.concat([health.settled(company, days).assign(days=days) for days in DAYS])
    rows = rows.reset_index(drop=True)
    return rows, health.features(company, rows)


def main(to: Path) -> None:
    """Learn from the other companies, and write what follows for the bundled one."""
    learned = []
    for seed in SEEDS:
        world = synthesize(seed=seed)
        other = cs.Company.from_tables(
            name="other", currency="USD", as_of=world.as_of, **world.tables
        )
        learned.append(renewals(other))
        print(seed, flush=True)
    rows, known = (
        pd.concat([pair[part] for pair in learned], ignore_index=True) for part in (0, 1)
    )
    found, mine = renewals(cs.load_company())
    with threadpool_limits(1):
        for days in DAYS:
            model = HistGradientBoostingClassifier(
                learning_rate=0.06,
                max_iter=200,
                max_leaf_nodes=10,
                l2_regularization=20,
                min_samples_leaf=100,
                early_stopping=False,
                random_state=0,
            )
            then, now = rows["days"] == days, found["days"] == days
            model.fit(known[then], rows["churned"][then])
            chance = model.predict_proba(mine.loc[now, known.columns])[:, 1]
            found.loc[now, "probability"] = chance.round(4)
    table = found.rename(columns={"renews_on": "ends_on"})
    columns = ["customer_id", "product", "ends_on", "days", "probability"]
    table[columns].to_csv(to, index=False, date_format="%Y-%m-%d", lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TO)
