"""Small companies whose history can be counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from cstoolkit.data.company import Company


@pytest.fixture
def make():
    """A company of customers with (start, end) contracts, and whatever further tables are passed."""

    def build(spans, *, as_of="2024-12-31", customers=None, **tables):
        ids = [f"c{place}" for place in range(len(spans))]
        contracts = pd.DataFrame(
            {
                "customer_id": ids,
                "starts_on": [start for start, _ in spans],
                "ends_on": [end for _, end in spans],
                "arr": [12_000.0] * len(spans),
            }
        )
        own = (
            pd.DataFrame({"customer_id": ids})
            if customers is None
            else customers.assign(customer_id=ids)
        )
        return Company.from_tables(
            name="Small", currency="EUR", as_of=as_of, customers=own, contracts=contracts, **tables
        )

    return build
