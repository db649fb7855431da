"""Topics of the bundled company, and companies made of a few voices."""

import pandas as pd
import pytest

from cstoolkit import voc
from cstoolkit.data.company import Company


@pytest.fixture(scope="session")
def topics(company):
    return voc.assign(company)


@pytest.fixture(scope="session")
def small():
    """A function that makes a company of customers a, b, c ... and of voices (customer, day, text) or frames of other tables."""

    def make(voices=(), customers="abcd", as_of="2025-06-30", ends=None, arr=None, **tables):
        ids = list(customers)
        contracts = pd.DataFrame(
            {
                "customer_id": ids,
                "starts_on": ["2023-01-01"] * len(ids),
                "ends_on": [(ends or {}).get(each) for each in ids],
                "arr": [float((arr or {}).get(each, 100.0)) for each in ids],
            }
        )
        if not isinstance(voices, pd.DataFrame):
            voices = pd.DataFrame(list(voices), columns=["customer_id", "happened_on", "text"])
        if len(voices):
            tables["voices"] = voices
        return Company.from_tables(
            name="Small",
            currency="EUR",
            as_of=as_of,
            customers=pd.DataFrame({"customer_id": ids}),
            contracts=contracts,
            **tables,
        )

    return make
