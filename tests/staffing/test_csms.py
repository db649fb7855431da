"""Top-down and bottom-up: laws, a slow oracle, and what both refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit import reference, staffing
from cstoolkit.staffing import Capacity, bottom_up, by_phase, top_down

CAPACITY = Capacity(hours=160, utilisation=0.65)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
TIERS, PHASES, SEGMENTS = (
    ("high", "low", "tech"),
    ("onboarding", "adoption", "renewal"),
    ("smb", "mid", "ent"),
)


@st.composite
def bases(draw, least=1, most=15):
    """Customers with segment, tier, phase and ARR, some as plain text, some as categories with an empty one."""
    size = draw(st.integers(least, most))

    def column(values):
        return draw(st.lists(st.sampled_from(values), min_size=size, max_size=size))

    frame = pd.DataFrame(
        {
            "segment": pd.Series(column(SEGMENTS), dtype="str"),
            "tier": pd.Series(column(TIERS), dtype="str"),
            "phase": pd.Series(column(PHASES), dtype="str"),
            "arr": draw(st.lists(st.floats(1, 1e6), min_size=size, max_size=size)),
        }
    )
    return (
        frame.astype({"segment": pd.CategoricalDtype([*SEGMENTS, "empty"])})
        if draw(st.booleans())
        else frame
    )


@st.composite
def efforts(draw):
    """A plan: some hours for all customers of each tier, and some for each phase."""
    hours = st.floats(0.01, 50)
    rows = [
        {
            "tier": tier,
            "phase": phase,
            "hours": draw(hours),
            "per": draw(st.sampled_from(["month", "quarter", "year"])),
        }
        for tier in TIERS
        for phase in ("all", *PHASES)
    ]
    return pd.DataFrame(rows)


def slow_bottom_up(customers, effort, capacity):
    """Customer by customer, row by row."""
    found = {}
    for _, customer in customers.iterrows():
        hours = sum(
            row["hours"] / MONTHS[row["per"]]
            for _, row in effort.iterrows()
            if row["tier"] == customer["tier"] and row["phase"] in ("all", customer["phase"])
        )
        count, arr, total = found.get(customer["segment"], (0, 0.0, 0.0))
        found[customer["segment"]] = (count + 1, arr + customer["arr"], total + hours)
    return {
        key: (*value, value[2] / (capacity.hours * capacity.utilisation))
        for key, value in found.items()
    }


def test_nobody_to_staff_for_is_refused(base, effort):
    with pytest.raises(ValueError, match="customers has no rows: nobody to staff for"):
        bottom_up(base.iloc[:0], effort, CAPACITY)
    with pytest.raises(ValueError, match="customers has no rows"):
        top_down(base.iloc[:0], 1e6)


@settings(max_examples=30)
@given(bases(), efforts())
def test_bottom_up_equals_counting_customer_by_customer(customers, effort):
    answer = bottom_up(customers, effort, CAPACITY).set_index("segment")
    for segment, (count, arr, hours, csms) in slow_bottom_up(customers, effort, CAPACITY).items():
        row = answer.loc[segment]
        assert row["customers"] == count
        assert row[["arr", "hours", "csms"]].to_list() == pytest.approx([arr, hours, csms])
    assert answer["customers"].sum() == len(customers)


@settings(max_examples=30)
@given(bases(), efforts(), st.floats(0.1, 10))
def test_scaling_the_hours_scales_the_csms_and_divides_the_customers_of_each(
    customers, effort, factor
):
    once = bottom_up(customers, effort, CAPACITY)
    scaled = bottom_up(customers, effort.assign(hours=effort["hours"] * factor), CAPACITY)
    assert scaled["csms"].to_numpy() == pytest.approx(once["csms"].to_numpy() * factor)
    assert scaled["customers_per_csm"].to_numpy() == pytest.approx(
        once["customers_per_csm"].to_numpy() / factor, nan_ok=True
    )


@settings(max_examples=30)
@given(bases(), efforts(), st.floats(1e3, 1e7))
def test_both_units_give_back_the_customers(customers, effort, rate):
    for answer in (bottom_up(customers, effort, CAPACITY), top_down(customers, rate)):
        held = answer[answer["customers"] > 0]
        assert (held["csms"] * held["customers_per_csm"]).to_numpy() == pytest.approx(
            held["customers"].to_numpy()
        )


@settings(max_examples=30)
@given(bases(), st.floats(1e3, 1e7))
def test_arr_per_csm_and_customers_per_csm_are_one_benchmark(customers, rate):
    by_arr = top_down(customers, rate)
    held = by_arr[by_arr["customers"] > 0]
    again = top_down(customers, held.set_index("segment")["customers_per_csm"], per="customers")
    assert again["csms"].to_numpy() == pytest.approx(by_arr["csms"].to_numpy())


@settings(max_examples=30)
@given(bases(), efforts(), st.floats(1e3, 1e7))
def test_segments_add_up_to_the_base_taken_as_one(customers, effort, rate):
    whole = customers.assign(segment="everyone")
    assert bottom_up(customers, effort, CAPACITY)["csms"].sum() == pytest.approx(
        bottom_up(whole, effort, CAPACITY)["csms"].sum()
    )
    assert top_down(customers, rate)["csms"].sum() == pytest.approx(
        top_down(whole, rate)["csms"].sum()
    )


@settings(max_examples=30)
@given(bases(least=2), efforts())
def test_the_order_of_customers_and_rows_does_not_matter(customers, effort):
    forth = bottom_up(customers, effort, CAPACITY)
    back = bottom_up(customers[::-1].reset_index(drop=True), effort[::-1], CAPACITY)
    assert back[["segment", "customers"]].equals(forth[["segment", "customers"]])
    assert back["csms"].to_numpy() == pytest.approx(forth["csms"].to_numpy())


def test_text_and_categories_give_the_same(base, effort):
    kinds = base.astype({"segment": "category", "tier": "category"})
    pd.testing.assert_frame_equal(
        bottom_up(base, effort, CAPACITY), bottom_up(kinds, effort, CAPACITY)
    )


def test_hours_fall_due_by_month_quarter_and_year(base):
    rows = [{"tier": tier, "phase": "all", "hours": 12.0} for tier in ("high", "low")]
    hours = {
        per: bottom_up(base, pd.DataFrame(rows).assign(per=per), CAPACITY)["hours"].sum()
        for per in ("month", "quarter", "year")
    }
    assert hours == pytest.approx({"month": 240 * 12, "quarter": 240 * 4, "year": 240})


def test_hours_done_once_fall_due_with_each_start(base, effort):
    once = pd.DataFrame(
        {"tier": ["high", "low"], "phase": "onboarding", "hours": [9.0, 3.0], "per": "once"}
    )
    plan = pd.concat([effort, once])
    without = bottom_up(base, effort, CAPACITY)["hours"]
    by_segment = bottom_up(base, plan, CAPACITY, starts={"high": 2, "low": 10})["hours"] - without
    assert by_segment.to_list() == pytest.approx([18, 30])
    spread = bottom_up(base, plan, CAPACITY, starts=12)["hours"] - without
    assert spread.to_list() == pytest.approx([2 * 9, 10 * 3])
    series = (
        bottom_up(base, plan, CAPACITY, starts=pd.Series({"high": 2.0, "low": 10.0}))["hours"]
        - without
    )
    assert series.to_list() == pytest.approx(by_segment.to_list())
    mixed = bottom_up(base.assign(segment="all in one"), plan, CAPACITY, starts=12)["hours"]
    assert mixed.sum() == pytest.approx(without.sum() + 48)


def test_starts_are_asked_for_and_checked(base, effort):
    plan = effort.assign(per="once")
    with pytest.raises(ValueError, match=r"say how many start a month, starts=\.\.\."):
        bottom_up(base, plan, CAPACITY)
    with pytest.raises(
        ValueError, match="nothing about the segment low; it has: high. 0 is an answer"
    ):
        bottom_up(base, plan, CAPACITY, starts={"high": 1})
    with pytest.raises(
        ValueError, match="starts of the segment low is a number of at least 0, got -1"
    ):
        bottom_up(base, plan, CAPACITY, starts={"high": 1, "low": -1})
    with pytest.raises(ValueError, match="starts is a number of at least 0, got nan|got nan"):
        bottom_up(base, plan, CAPACITY, starts=float("nan"))


def test_new_people_give_half_of_what_the_others_give(base, effort):
    some = bottom_up(base, effort, replace(CAPACITY, new_share=0.2))
    assert some["csms"].to_numpy() == pytest.approx(
        bottom_up(base, effort, CAPACITY)["csms"].to_numpy() / 0.9
    )


def test_a_segment_without_customers_has_a_defined_answer(base, effort):
    empty = base.astype({"segment": pd.CategoricalDtype(["high", "low", "new"])})
    for answer in (bottom_up(empty, effort, CAPACITY), top_down(empty, {"high": 1e6, "low": 2e6})):
        last = answer.iloc[-1]
        assert (last["segment"], last["customers"], last["arr"], last["csms"]) == ("new", 0, 0, 0)
        assert np.isnan(last["customers_per_csm"])


def test_work_of_no_hours_needs_nobody(base, effort):
    answer = bottom_up(base, effort.assign(hours=0.0), CAPACITY)
    assert answer["csms"].to_list() == [0, 0]
    assert np.isinf(answer["customers_per_csm"]).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"arr": float("nan")},
            r"customers.arr is a number of at least 0; 240 of 240 rows are not \(first: row 0, nan\)",
        ),
        ({"arr": -1.0}, "customers.arr is a number of at least 0"),
        ({"arr": np.inf}, "customers.arr is a number of at least 0"),
        ({"arr": "much"}, "customers.arr holds numbers"),
        ({"segment": None}, "customers.segment is empty in 240 of 240 rows"),
        ({"segment": "total"}, "no segment may be called 'total'"),
        (
            {"tier": None},
            "customers.tier is empty in 240 of 240 rows .first: row 0.. Give every customer a tier first",
        ),
        ({"tier": "gold"}, "no effort for the tier gold; there is one for: high, low"),
    ],
)
def test_bad_customers_are_refused(base, effort, change, says):
    with pytest.raises(ValueError, match=says):
        bottom_up(base.assign(**change), effort, CAPACITY)


def test_missing_columns_and_wrong_kinds_are_refused(base, effort):
    with pytest.raises(ValueError, match="customers lacks the column arr; it has: segment, tier"):
        top_down(base.drop(columns="arr"), 1e6)
    with pytest.raises(ValueError, match=r"lacks the column tier; .*assign_tiers"):
        bottom_up(base.drop(columns="tier"), effort, CAPACITY)
    with pytest.raises(
        TypeError, match="customers is a DataFrame with the columns segment, arr, got list"
    ):
        top_down([1], 1e6)
    with pytest.raises(TypeError, match="Working hours alone are no capacity"):
        bottom_up(base, effort, 160)


def test_phases_must_be_known_where_the_plan_tells_them_apart(base, effort):
    phased = effort.assign(phase="onboarding")
    with pytest.raises(
        ValueError,
        match=r"effort tells phases apart \(onboarding\), but customers has no column phase",
    ):
        bottom_up(base, phased, CAPACITY)
    with pytest.raises(ValueError, match="customers.phase is empty in 240 of 240 rows"):
        bottom_up(base.assign(phase=None), phased, CAPACITY)
    with pytest.raises(
        ValueError,
        match="no effort for the tier high in the phase renewal; the tier has: onboarding",
    ):
        bottom_up(base.assign(phase="renewal"), phased, CAPACITY)
    onboarding = bottom_up(base.assign(phase="onboarding"), phased, CAPACITY)
    assert onboarding["hours"].to_list() == bottom_up(base, effort, CAPACITY)["hours"].to_list()


@pytest.mark.parametrize("rate", [0, -5, float("nan"), float("inf"), None, True])
def test_a_benchmark_that_is_no_number_above_0_is_refused(base, rate):
    with pytest.raises(
        ValueError, match=r"benchmark \(arr per CSM, segment high\) is a number above 0"
    ):
        top_down(base, rate)


def test_a_benchmark_is_needed_for_each_segment(base):
    with pytest.raises(
        ValueError, match="no benchmark for the segment low; there is one for: high"
    ):
        top_down(base, {"high": 1e6})
    with pytest.raises(ValueError, match="top_down: per is one of arr, customers, got 'seats'"):
        top_down(base, 1e6, per="seats")


def test_a_reference_figure_knows_what_it_counts(base):
    money = reference.figure("arr_per_csm_scale").typical
    answer = top_down(base, "arr_per_csm_scale", currency="USD")
    assert answer["csms"].to_numpy() == pytest.approx(answer["arr"].to_numpy() / money)
    heads = reference.figure("accounts_per_csm_survey_mean").typical
    mixed = top_down(
        base,
        {"high": "arr_per_csm_high_touch", "low": "accounts_per_csm_survey_mean"},
        currency="USD",
    )
    assert mixed["csms"].to_list() == pytest.approx([40 * 50_000 / 1e6, 200 / heads])
    with pytest.raises(KeyError, match="no reference figure 'arr_per_person'"):
        top_down(base, "arr_per_person")
    with pytest.raises(ValueError, match="is NRR, not ARR or customers per CSM"):
        top_down(base, "nrr_median")
    with pytest.raises(
        ValueError,
        match=r"\(low touch\) has no typical value. It runs from 50 to 200: choose a number",
    ):
        top_down(base, "accounts_per_csm_low")
    with pytest.raises(ValueError, match=r"\(tech touch\) has no typical value.$"):
        top_down(base, "accounts_per_csm_tech")


def test_another_currency_is_refused_without_its_rate(base):
    with pytest.raises(
        ValueError,
        match="the benchmark is in JPY, the customers' ARR in USD. Pass fx, the USD that one JPY is worth",
    ):
        top_down(base, "arr_per_csm_japan_first", currency="USD")
    with pytest.raises(
        ValueError, match=r"say in which currency the customers' ARR is: currency=company.currency"
    ):
        top_down(base, "arr_per_csm_scale")
    with pytest.raises(ValueError, match="fx was given, but no benchmark is a reference figure"):
        top_down(base, 1e6, currency="USD", fx=0.01)
    with pytest.raises(ValueError, match="fx is a number above 0"):
        top_down(base, "arr_per_csm_japan_first", currency="USD", fx=0)
    with pytest.raises(ValueError, match="Pass fx"):
        top_down(base, "arr_per_csm_japan_first", currency="USD", fx={"EUR": 1.1})
    exchanged = top_down(base, "arr_per_csm_japan_first", currency="USD", fx={"JPY": 0.007})
    own = 0.007 * reference.figure("arr_per_csm_japan_first").typical
    assert exchanged["csms"].to_numpy() == pytest.approx(top_down(base, own)["csms"].to_numpy())
    assert exchanged.equals(top_down(base, "arr_per_csm_japan_first", currency="USD", fx=0.007))


@settings(max_examples=30)
@given(bases(), st.floats(0, 30))
def test_the_hours_of_a_plan_by_phase_add_up_to_the_hours_of_the_plan(customers, starts):
    plan = staffing.effort_table()
    flat = bottom_up(customers, plan, CAPACITY, starts=starts)
    phased = bottom_up(customers, by_phase(customers, plan, starts=starts), CAPACITY)
    assert phased["hours"].sum() == pytest.approx(flat["hours"].sum())
    assert phased["customers"].to_list() == flat["customers"].to_list()


def test_by_phase_the_work_falls_to_those_in_the_phase():
    base = pd.DataFrame(
        {"segment": ["a", "b"], "tier": "low", "arr": 1.0, "phase": ["renewal", "adoption"]}
    )
    plan = staffing.effort_table()
    hours = bottom_up(base, by_phase(base, plan, starts=0), CAPACITY)["hours"]
    yearly = plan.loc[(plan["tier"] == "low") & (plan["work"] == "renewal"), "hours"].iloc[0]
    assert hours.iloc[0] - hours.iloc[1] == pytest.approx(2 * yearly / 12)
    with pytest.raises(ValueError, match="effort lacks the column work"):
        by_phase(base, plan.drop(columns="work"))


def test_the_public_names_are_there():
    assert all(hasattr(staffing, name) for name in staffing.__all__)
