"""Axes come from the company's own customers, use and work."""

from __future__ import annotations

import numpy as np
import pytest

from cstoolkit import org
from cstoolkit.data.contract import PHASES
from cstoolkit.org.axes import traits


def test_size_bands_hold_their_edges(one):
    axis = org.axis(one, "size")
    employees = one.snapshot().set_index("customer_id")["employees"]
    bands = {
        "under 100 people": (0, 100),
        "100 to 999 people": (100, 1000),
        "1,000 people and more": (1000, np.inf),
    }
    for customer, name in axis.customers.items():
        low, high = bands[name]
        assert low <= employees[customer] < high
    # A band that no customer is in gets no team.
    assert set(axis.values) == set(axis.customers)


def test_traits_come_from_breadth_and_frequency_of_use(one):
    table = traits(one).set_index("customer_id")
    usage = one.usage[one.usage["month"] >= "2025-04-01"]
    for customer, row in table.iterrows():
        mine = usage[usage["customer_id"] == customer]
        if mine["logins"].sum() == 0:
            assert row["trait"] == "no use"
            continue
        assert row["breadth"] == pytest.approx(mine["features_used"].mean())
        assert row["frequency"] == pytest.approx(mine["logins"].sum() / mine["seats"].sum())
    active = table[table["trait"] != "no use"]
    broad = active["trait"].str.startswith("broad")
    frequent = active["trait"].str.endswith("frequent")
    assert active.loc[broad, "breadth"].min() > active.loc[~broad, "breadth"].max()
    assert active.loc[frequent, "frequency"].min() > active.loc[~frequent, "frequency"].max()
    assert (~frequent).mean() == pytest.approx(0.5, abs=1 / len(active))


def test_value_takes_the_highest_arr(one):
    axis = org.axis(one, "value")
    arr = one.snapshot().set_index("customer_id")["arr"]
    top = axis.customers == "highest ARR"
    assert top.sum() == np.ceil(0.05 * len(arr))
    assert arr[top].min() >= arr[~top].max()


def test_interface_axis_has_the_distinct_departments(one):
    assert org.axis(one, "department").values == tuple(
        sorted(one.activities["department"].dropna().unique())
    )


def test_groups_put_values_together_and_leave_the_rest(one):
    axis = org.axis(one, "industry", groups={"care": ["Health", "Finance"]})
    industry = one.snapshot().set_index("customer_id")["industry"]
    assert (axis.customers.notna() == industry.isin(["Health", "Finance"])).all()
    detail = org.laws(one, org.build(one, axis))["detail"].iloc[0]
    lost = f"no team for their industry ({(industry == 'Retail').sum()} customers)"
    assert detail == "; ".join(f"{phase}: {lost}" for phase in PHASES)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"a": ["Retail"], "b": ["Retail"]}, "'Retail' stands in 'a' and in 'b'; one of them"),
        ({"a": ["Shops"]}, "'a' names 'Shops'; there are: Finance, Health, Retail"),
        ({"a": "Retail"}, "write a list"),
    ],
)
def test_groups_that_do_not_fit_are_refused(one, groups, words):
    with pytest.raises(ValueError, match=words):
        org.axis(one, "industry", groups=groups)


def test_an_unknown_axis_names_those_there_are(one):
    with pytest.raises(
        KeyError,
        match="no axis 'branch'; there are: size, trait, value, phase, feature, product, department",
    ):
        org.build(one, "branch")
