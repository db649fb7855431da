"""The company: its snapshot, its display, what it has and lacks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit.data.company import MONTH_DAYS, UNSEGMENTED
from cstoolkit.data.contract import TABLES

CUSTOMERS = pd.DataFrame(
    {"customer_id": ["b", "a", "c"], "name": ["<b>Bee</b>", "Ay", "Sea"], "Plan": ["x", None, "y"]}
)
CONTRACTS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b"],
        "product": ["p", "o", "p"],
        "starts_on": ["2024-01-01", "2024-04-01", "2024-02-01"],
        "ends_on": ["2025-01-01", None, "2024-12-01"],
        "arr": [100, 50, 30],
    }
)


@pytest.fixture(scope="module")
def bundled():
    """The bundled company."""
    return cs.load_company()


def small(**tables):
    return cs.Company.from_tables(
        name="Own & Co",
        currency="EUR",
        as_of="2024-12-31",
        **{"customers": CUSTOMERS, "contracts": CONTRACTS, **tables},
    )


def slow_snapshot(company, date):
    """Customer by customer and row by row, without a line of the package's own code (no late renewals: gaps are none here)."""
    result = []
    contracts = company.contracts
    for customer in company.customers["customer_id"]:
        own = contracts[contracts["customer_id"] == customer]
        arr, products, begun = 0.0, set(), None
        ends = []
        for row in own.itertuples():
            end = min(
                [each for each in (row.ends_on, row.stopped_on) if not pd.isna(each)],
                default=pd.Timestamp("2300-01-01"),
            )
            ends.append((row.starts_on, end))
            if row.starts_on <= date < end:
                arr += row.arr
                products.add(row.product)
        if not products:
            continue
        begun = date
        while True:
            earlier = [start for start, end in ends if start < begun <= end and start < end]
            if not earlier:
                break
            begun = min(earlier)
        tier = None
        for row in company.tiers[company.tiers["customer_id"] == customer].itertuples():
            if row.starts_on <= date and (pd.isna(row.ends_on) or date < row.ends_on):
                tier = row.tier
        result.append(
            (customer, arr, ";".join(sorted(products)), tier, (date - begun).days / MONTH_DAYS)
        )
    return result


@pytest.mark.parametrize("date", ["2021-06-30", "2023-03-31", "2025-12-31"])
def test_the_snapshot_equals_a_slow_account(bundled, date):
    # Without grace a gap is a gap: test_live walks through the late renewals.
    made = cs.Company.from_tables(
        name="x",
        currency="USD",
        as_of=bundled.as_of,
        grace_days=0,
        customers=bundled.customers.iloc[::6],
        contracts=only(bundled.contracts, bundled),
        tiers=only(bundled.tiers, bundled),
    )
    expected = slow_snapshot(made, pd.Timestamp(date))
    snapshot = made.snapshot(date)
    assert len(expected) > 5
    assert snapshot["customer_id"].tolist() == [row[0] for row in expected]
    assert snapshot["arr"].tolist() == pytest.approx([row[1] for row in expected])
    assert snapshot["products"].tolist() == [row[2] for row in expected]
    assert [None if pd.isna(each) else each for each in snapshot["tier"]] == [
        row[3] for row in expected
    ]
    assert snapshot["tenure_months"].tolist() == pytest.approx([row[4] for row in expected])


def only(table, company):
    return table[table["customer_id"].isin(company.customers["customer_id"].iloc[::6])]


def test_a_snapshot_has_the_customers_own_columns_and_segments_by_any():
    made = small()
    snapshot = made.snapshot("2024-06-30", segment="Plan")
    assert snapshot["customer_id"].tolist() == ["b", "a"], "in the order of customers"
    assert snapshot["segment"].tolist() == ["x", UNSEGMENTED]
    assert snapshot["products"].tolist() == ["p", "o;p"]
    assert snapshot["Plan"].tolist()[0] == "x"
    assert made.snapshot()["customer_id"].tolist() == ["a"]
    with pytest.raises(
        KeyError, match=r"segment 'plan' is no column of a snapshot; there are: .*Plan"
    ):
        made.snapshot(segment="plan")


def test_a_snapshot_of_nobody():
    nobody = small().snapshot("2023-01-01")
    assert nobody.empty
    assert set(small().snapshot().columns) == set(nobody.columns)


@pytest.mark.parametrize("date", ["2025-01-01", pd.Timestamp("2030-01-01")])
def test_the_future_is_not_known(date):
    for ask in (small().snapshot, small().at):
        with pytest.raises(
            ValueError, match=r"Own & Co is known up to 2024-12-31; there is nothing to say about"
        ):
            ask(date)


def test_what_is_absent_is_filled_as_the_contract_says():
    deals = pd.DataFrame(
        {
            "deal_id": ["1", "2", "3"],
            "customer_id": [None, "a", None],
            "happened_on": "2024-01-01",
            "outcome": ["lost", None, None],
        }
    )
    milestones = pd.DataFrame(
        {"customer_id": ["a"], "milestone": ["live"], "happened_on": ["2024-02-01"]}
    )
    made = small(deals=deals, milestones=milestones)
    assert made.contracts["signed_on"].equals(made.contracts["starts_on"])
    assert made.customers.set_index("customer_id")["acquired_on"].to_dict() == {
        "a": pd.Timestamp("2024-01-01"),
        "b": pd.Timestamp("2024-02-01"),
        "c": pd.NaT,
    }
    assert made.deals["decided_on"].isna().tolist() == [False, False, True], (
        "a deal that names its customer is decided"
    )
    assert made.milestones["journey"].tolist() == [1]


def test_has_lacks_and_need():
    made = small()
    assert made.has("customers")
    assert made.has("customers", "name")
    assert not made.has("customers", "industry")
    assert not made.has("usage")
    assert not made.has("customers", "nothing")
    assert made.lacks(customers=["name"]) == ""
    sentence = made.lacks(customers=["industry"], usage=["logins"])
    assert (
        sentence
        == "Own & Co has no data for this: it needs customers.industry; the table usage (one customer in one month) with logins."
    )
    with pytest.raises(cs.MissingData, match=r"customers\.industry"):
        made.need(customers=["industry"])
    made.need(contracts=["arr"])


def test_displays_are_escaped_and_say_whose_data_and_when():
    made = small(customers=CUSTOMERS.assign(**{"<i>": 1}))
    assert repr(made) == "Company(Own & Co, as of 2024-12-31, 1 live customers, EUR)"
    shown = made._repr_html_()
    assert "Own &amp; Co" in shown
    assert "2024-12-31" in shown
    assert "&lt;i&gt;" in shown
    assert "<i>" not in shown
    assert "ARR 150 EUR" in shown
    assert "Not given: tiers" in shown
    assert "mathjax_ignore" in shown


def test_equality_sees_every_table(bundled):
    assert bundled.equals(cs.load_company())
    assert not bundled.equals(bundled.at("2025-11-30"))
    for name, table in bundled.tables.items():
        changed = {**bundled.tables, name: table.iloc[:-1]}
        other = cs.Company(
            name=bundled.name, currency=bundled.currency, as_of=bundled.as_of, **changed
        )
        assert not bundled.equals(other), name


def test_every_table_is_there_even_if_not_given():
    made = small()
    assert list(made.tables) == list(TABLES)
    assert made.usage.empty
    assert made.usage["month"].dtype == "datetime64[us]"


def test_many_levels():
    rows = 100_000
    contracts = pd.DataFrame(
        {
            "customer_id": np.arange(rows).astype("str"),
            "starts_on": "2024-01-01",
            "ends_on": None,
            "arr": 1.0,
        }
    )
    made = small(customers=contracts[["customer_id"]], contracts=contracts)
    assert len(made.snapshot()) == rows


WRONG = {
    "data": (
        "cs.Company.from_tables(name='A', currency='USD', as_of='2025-01-01', customers=twice, contracts=company.contracts)",
        "customer_id",
    ),
    "need": ("company.need(usage=['logins'])", "usage"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_in_a_notebook_the_error_is_the_sentence_alone(company, wrong):
    """Where in the package it was noticed helps nobody who has to fix a file."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    code, named = WRONG[wrong]
    without = dataclasses.replace(company, usage=company.usage.iloc[:0])
    shell = InteractiveShell()
    shell.push({"cs": cs, "company": without, "twice": pd.DataFrame({"customer_id": ["a", "a"]})})
    with capture_output() as shown:
        result = shell.run_cell(code)
    assert not result.success and named in shown.stdout
    assert "Traceback" not in shown.stdout and ".py" not in shown.stdout


def test_open_equals_brute_force(bundled):
    columns = {"people": ("hired_on", "left_on"), "contracts": ("starts_on", "until")}
    for table in ("contracts", "tiers", "people", "posts", "assignments", "spans"):
        rows = bundled.levels if table == "contracts" else getattr(bundled, table)
        start, end = columns.get(table, ("starts_on", "ends_on"))
        for date in ("2020-01-01", "2023-03-31", None):
            day = bundled.as_of if date is None else pd.Timestamp(date)
            on = [
                begun <= day and (pd.isna(ended) or day < ended)
                for begun, ended in zip(rows[start], rows[end], strict=True)
            ]
            pd.testing.assert_frame_equal(bundled.open(table, date), rows[on])


def test_a_day_of_open_is_the_first_and_not_the_last():
    tiers = pd.DataFrame(
        {
            "customer_id": ["a", "a"],
            "tier": ["tech", "high"],
            "starts_on": ["2024-01-01", "2024-05-01"],
            "ends_on": ["2024-05-01", None],
        }
    )
    company = small(tiers=tiers)
    open_tiers = [
        company.open("tiers", day)["tier"].to_list()
        for day in ("2023-12-31", "2024-01-01", "2024-04-30", "2024-05-01")
    ]
    assert open_tiers == [[], ["tech"], ["tech"], ["high"]]


def test_open_bridges_late_renewals_of_contracts():
    contracts = pd.DataFrame(
        {
            "customer_id": ["a", "a"],
            "starts_on": ["2023-01-01", "2024-01-20"],
            "ends_on": ["2024-01-01", "2025-01-20"],
            "arr": [100, 120],
        }
    )
    assert small(contracts=contracts).open("contracts", "2024-01-10")["arr"].to_list() == [100]


def test_open_refuses_tables_without_duration_and_later_days():
    with pytest.raises(ValueError, match="one of contracts, tiers.*got 'voices'"):
        small().open("voices")
    with pytest.raises(ValueError, match="known up to 2024-12-31"):
        small().open("tiers", "2025-01-01")


def test_fit_is_the_last_rating_known_by_the_day():
    deals = pd.DataFrame(
        {
            "customer_id": ["a", "b", "a", None, "a"],
            "happened_on": ["2024-06-01", "2023-02-01", "2023-06-01", "2024-01-01", "2024-07-01"],
            "fit": [5, 40, 70, 99, None],
        }
    )
    company = small(deals=deals)
    assert company.fit("2023-05-31").to_dict() == {"b": 40}
    assert company.fit("2024-05-31").to_dict() == {"a": 70, "b": 40}
    assert company.fit("2024-06-01").to_dict() == {"a": 5, "b": 40}
    assert company.fit().to_dict() == {"a": 5, "b": 40}
    asked = pd.Series(["b", "a", "a", "a", "c"], index=[7, 3, 5, 4, 1])
    days = ["2022-12-31", "2023-05-31", "2024-05-31", "2024-06-01", "2024-06-01"]
    then = company.fit_then(asked, pd.Series(pd.to_datetime(days), asked.index))
    assert then.fillna(-1).to_dict() == {7: -1, 3: -1, 5: 70, 4: 5, 1: -1}


def test_of_two_ratings_on_one_day_the_later_row_counts():
    deals = pd.DataFrame(
        {"customer_id": ["a", "a"], "happened_on": ["2024-01-01"] * 2, "fit": [70, 5]}
    )
    assert small(deals=deals).fit().to_dict() == {"a": 5}


def test_fit_without_deals_is_empty():
    assert small().fit().empty
    asked = pd.Series(["a"])
    assert small().fit_then(asked, pd.Series(pd.to_datetime(["2024-06-01"]))).isna().all()


def test_what_is_kept_belongs_to_one_company():
    made = []

    def count(company):
        made.append(company)
        return len(company.customers)

    company = cs.load_company()
    then = company.at("2023-06-30")
    assert company.kept(count) == company.kept(count) == len(company.customers)
    assert then.kept(count) == len(then.customers) < len(company.customers)
    assert made == [company, then]
