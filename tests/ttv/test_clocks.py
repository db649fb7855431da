"""Clocks by hand and by an independent count; segments as of the start; each short cut wrong as claimed."""

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from cstoolkit import ttv
from cstoolkit.data.company import UNSEGMENTED, MissingData
from cstoolkit.data.contract import MILESTONES


def by_key(table):
    return {
        (row.customer_id, row.product, row.journey): (row.days, row.outcome)
        for row in table.itertuples(index=False)
    }


def test_every_case_by_hand(small):
    found = by_key(ttv.durations(small, "contract_signed", "first_value"))
    assert found == {
        ("reached", "a", 1): (40, "value"),
        ("waiting", "a", 1): (60, "open"),
        ("left", "a", 1): (365, "churned"),
        ("too late", "a", 1): (365, "churned"),
        ("back", "a", 1): (365, "churned"),
        ("back", "a", 2): (30, "value"),
        ("two", "a", 1): (396, "value"),
        ("two", "b", 1): (366, "open"),  # ended 29 days ago: it may yet be renewed late
        ("skipped", "a", 1): (100, "value"),
        ("stopped", "a", 1): (59, "churned"),
        ("signed", "a", 1): (10, "open"),
    }


def test_only_journeys_with_a_start_have_a_clock(small):
    found = by_key(ttv.durations(small, "kickoff", "first_value"))
    assert found == {
        ("reached", "a", 1): (30, "value"),
        ("waiting", "a", 1): (50, "open"),
        ("back", "a", 1): (334, "churned"),
        ("two", "b", 1): (366, "open"),  # ended 29 days ago: it may yet be renewed late
    }


def test_days_and_outcome_feed_the_curves(small):
    table = ttv.durations(small)
    assert table["days"].dtype == "int64"
    assert (
        ttv.incidence(table["days"], table["outcome"])["churned"].sum()
        == (table["outcome"] == "churned").sum()
    )


def test_without_products_a_journey_is_the_customer(make):
    contracts = [
        (*row[:1], None, *row[2:])
        for row in [("x", "a", "2023-01-01", "2023-01-01", None, None, 10)]
    ]
    company = make([("x", None, None, "first_value", "2023-01-31")], contracts)
    assert by_key(ttv.durations(company.at("2024-01-01")).assign(product="-")) == {
        ("x", "-", 1): (30, "value")
    }


def test_the_clock_knows_nothing_later(company):
    """Later rows deleted and later values scrambled: the same answers as of that day."""
    day = pd.Timestamp("2023-11-15")
    tables = {name: table for name, table in company.tables.items() if len(table)}
    contracts, milestones = tables["contracts"], tables["milestones"]
    contracts = contracts[contracts["signed_on"] <= day]
    later = contracts["stopped_on"] > day
    free = contracts["stopped_on"].isna() & contracts["ends_on"].isna()
    tables["contracts"] = contracts.assign(
        stopped_on=contracts["stopped_on"].mask(later).mask(free, day + pd.Timedelta(days=40))
    )
    tables["milestones"] = milestones[milestones["happened_on"] <= day]
    assert later.any() and free.any()
    keep = {"customers", "contracts", "milestones"}
    changed = type(company).from_tables(
        name="x", currency="USD", as_of=company.as_of, **{name: tables[name] for name in keep}
    )
    pd.testing.assert_frame_equal(ttv.durations(changed.at(day)), ttv.durations(company.at(day)))


@pytest.mark.parametrize(
    ("start", "end"), [("contract_signed", "basic_value"), ("kickoff", "first_value")]
)
def test_bundled_company_equals_a_count_by_journey_number(company, start, end):
    """Counted without the contracts, by the table's own journey numbers."""
    reached = company.milestones.pivot_table(
        index=["customer_id", "product", "journey"],
        columns="milestone",
        values="happened_on",
        aggfunc="min",
    )
    reached["done"] = reached[list(MILESTONES[MILESTONES.index(end) :])].min(axis=1)
    expected = ((reached["done"] - reached[start]) / pd.Timedelta(days=1)).dropna()
    found = ttv.durations(company, start, end)
    value = found[found["outcome"] == "value"].set_index(["customer_id", "product", "journey"])[
        "days"
    ]
    value.index = value.index.set_levels(
        value.index.levels[2].astype(expected.index.levels[2].dtype), level=2
    )
    pd.testing.assert_series_equal(
        value.sort_index().astype(float), expected.sort_index(), check_names=False
    )
    live = set(company.snapshot()["customer_id"])
    spans, contracts = company.spans, company.contracts
    live |= set(spans.loc[spans["pending"], "customer_id"])
    live |= set(contracts.loc[contracts["starts_on"] > company.as_of, "customer_id"])
    assert set(found.loc[found["outcome"] == "open", "customer_id"]) <= live


def test_an_end_is_churn_once_the_grace_for_late_renewals_is_over(small):
    found = by_key(ttv.durations(small.at("2023-01-30"), "kickoff", "first_value"))
    assert found[("back", "a", 1)] == (334, "open")
    found = by_key(ttv.durations(small.at("2023-01-31"), "kickoff", "first_value"))
    assert found[("back", "a", 1)] == (334, "churned")


def test_a_milestone_belongs_to_the_journey_that_it_numbers(make):
    """The kickoff of the second journey came before its signing, when by its day the first was the last one signed."""
    contracts = [
        ("x", "a", "2022-01-01", "2022-01-01", "2023-01-01", None, 1),
        ("x", "a", "2023-06-20", "2023-07-01", "2024-07-01", None, 1),
    ]
    steps = [("x", "a", 2, "kickoff", "2023-06-10"), ("x", "a", 2, "first_value", "2023-07-10")]
    found = by_key(ttv.durations(make(steps, contracts), "kickoff", "first_value"))
    assert found == {("x", "a", 2): (30, "value")}
    # Without numbers, and with one that no contract knows, the day decides.
    for number in (1, 7):
        unknown = [(*step[:2], number, *step[3:]) for step in steps]
        found = by_key(ttv.durations(make(unknown, contracts), "contract_signed", "first_value"))
        assert found == {("x", "a", 1): (365, "churned"), ("x", "a", 2): (20, "value")}


def test_ten_thousand_customers_take_no_loop(company):
    """Ten copies of the company cost no more than about ten times one, and give ten times the rows."""
    size = len(ttv.durations(company))
    tables = {}
    for name in ("customers", "contracts", "milestones"):
        table = company.tables[name]
        copies = [
            table.assign(customer_id=table["customer_id"] + f"-{number}") for number in range(10)
        ]
        tables[name] = pd.concat(copies, ignore_index=True)
    tables["contracts"]["contract_id"] = np.arange(len(tables["contracts"])).astype(str)
    many = type(company).from_tables(name="ten", currency="USD", as_of=company.as_of, **tables)
    assert len(ttv.durations(many)) == 10 * size


def test_names_and_order_are_checked(small):
    with pytest.raises(
        ValueError, match="durations: end is one of contract_signed, kickoff.*got 'value'"
    ):
        ttv.durations(small, "kickoff", "value")
    with pytest.raises(ValueError, match="start comes before end"):
        ttv.durations(small, "live", "kickoff")


def test_value_before_its_start_is_named(make):
    rows = [
        ("reached", "a", 1, "kickoff", "2023-03-01"),
        ("reached", "a", 1, "first_value", "2023-02-11"),
    ]
    with pytest.raises(
        ValueError, match="'reached' has first_value on 2023-02-11, before kickoff on 2023-03-01"
    ):
        ttv.durations(make(rows), "kickoff", "first_value")


def test_value_before_the_signing_leaves_its_journey_out_and_the_others_in(make):
    small = make([("reached", "a", 1, "first_value", "2000-01-01")])
    found = set(ttv.durations(small)["customer_id"])
    assert found and "reached" not in found
    early = "before the contract was signed (reached first_value 2000-01-01)"
    assert early in " ".join(small.notes)


def test_a_product_without_contract_is_named(make):
    with pytest.raises(ValueError, match="'reached' has kickoff for product 'A', but no contract"):
        ttv.durations(make([("reached", "A", 1, "kickoff", "2023-03-01")]))


def test_no_milestones_is_said(make):
    with pytest.raises(MissingData, match="milestones"):
        ttv.durations(make([]))


@pytest.fixture(scope="module")
def table(company):
    return ttv.durations(company, end="basic_value")


@pytest.mark.parametrize(
    "by", ["onboarding", "industry", "region", "product", "tier", "fit", "size"]
)
def test_every_journey_is_in_one_segment(company, table, by):
    found = ttv.segment(company, table, by)
    assert found.index.equals(table.index) and found.notna().all()
    assert (found.value_counts() > 0).all()
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(ttv.segment(company, shuffled, by).sort_index(), found)


def test_own_columns_are_the_customers(company, table):
    own = company.customers.set_index("customer_id")["region"]
    assert (
        ttv.segment(company, table, "region").astype("str").tolist()
        == own[table["customer_id"]].tolist()
    )


def test_tier_is_that_of_the_first_day(company, table):
    """Written out for 200 journeys."""
    found = ttv.segment(company, table, "tier")
    for row in table.sample(200, random_state=2).itertuples():
        mine = company.tiers[company.tiers["customer_id"] == row.customer_id].sort_values(
            "starts_on"
        )
        held = (
            mine.loc[mine["starts_on"] <= row.started_on, "tier"].tolist()[-1:]
            or mine["tier"].tolist()[:1]
        )
        assert found[row.Index] == (held[0] if held else UNSEGMENTED)


@pytest.mark.parametrize(("by", "rest"), [("size", "employees"), ("fit", "fit")])
def test_thirds_say_who_is_in_them(company, table, by, rest):
    found = ttv.segment(company, table, by)
    if by == "size":
        values = table["customer_id"].map(company.customers.set_index("customer_id")["employees"])
    else:
        deals = company.deals.dropna(subset=["customer_id", "fit"]).sort_values("happened_on")
        values = table["customer_id"].map(deals.groupby("customer_id")["fit"].last())
    assert (found == UNSEGMENTED).equals(values.isna())
    low, high = (
        float(text.replace(",", ""))
        for text in (found.cat.categories[0].split()[-1], found.cat.categories[2].split()[-1])
    )
    assert found.cat.categories[0].startswith(rest)
    assert (
        values[found == found.cat.categories[0]].max()
        <= low
        < values[found == found.cat.categories[1]].min()
    )
    assert (
        values[found == found.cat.categories[1]].max()
        <= high
        < values[found == found.cat.categories[2]].min()
    )


def test_journeys_carry_segments_too(company):
    table = ttv.journeys(company)
    assert ttv.segment(company, table, "tier").value_counts()["tech"] > 0


def test_what_is_not_on_record_is_unsegmented(small):
    table = ttv.durations(small, end="first_value")
    for by in ("tier", "fit", "size", "onboarding"):
        assert set(ttv.segment(small, table, by)) == {UNSEGMENTED}
    assert set(ttv.segment(small, table, "product")) == {"a", "b"}


def test_unknown_segments_are_refused(small):
    with pytest.raises(
        KeyError, match="no segment 'shoe size'; there are: tier, fit, size, product"
    ):
        ttv.segment(small, ttv.durations(small, end="first_value"), "shoe size")


def test_later_tiers_change_nothing(company):
    day = company.as_of - np.timedelta64(700, "D")
    then = company.at(day)
    table = ttv.durations(then, end="basic_value")
    now = ttv.durations(company, end="basic_value")
    keys = ["customer_id", "product", "journey"]
    both = table.assign(then=ttv.segment(then, table, "tier").astype("str")).merge(
        now.assign(now=ttv.segment(company, now, "tier").astype("str")), on=keys
    )
    known = both["then"] != UNSEGMENTED
    assert known.mean() > 0.9 and (both.loc[known, "then"] == both.loc[known, "now"]).all()


@pytest.fixture(scope="module")
def wrong(company):
    return ttv.mistakes(company, "basic_value").set_index("mistake")


def test_figures_equal_independent_ones(company, wrong):
    table = ttv.durations(company, end="basic_value")
    value = table["outcome"] == "value"
    quick = table[value & (table["days"] <= 365)]
    assert wrong.loc["mean of achievers", "days"] == pytest.approx(quick["days"].mean())
    live = table[table["customer_id"].isin(company.snapshot()["customer_id"])]
    fitted = KaplanMeierFitter().fit(live["days"], live["outcome"] == "value")
    assert wrong.loc["survivors only", "days"] == fitted.median_survival_time_
    closed = table[table["outcome"] != "open"]
    # With nobody open, the day by which half of them had value is a plain quantile, churn counted as never.
    days = np.sort(np.where(closed["outcome"] == "value", closed["days"], np.inf))
    assert wrong.loc["open ones dropped", "days"] == days[int(np.ceil(len(days) / 2)) - 1]


def test_every_short_cut_is_too_rosy_here(wrong):
    assert (
        wrong.loc[["mean of achievers", "open ones dropped", "clock from kickoff"], "error"] < 0
    ).all()
    assert (wrong["error"] == wrong["days"] - wrong["right"]).all()
    assert wrong.loc["open ones dropped", "says"].endswith("%)")


def test_mean_of_achievers_is_below_the_mean_of_all_whatever_the_company(small):
    row = (
        ttv.mistakes(small, "first_value", within=100).set_index("mistake").loc["mean of achievers"]
    )
    assert row["days"] == pytest.approx((40 + 30 + 100) / 3)
    assert row["days"] < row["right"] <= 100


def test_a_day_that_is_not_reached_is_empty(small):
    table = ttv.mistakes(small, "basic_value").set_index("mistake")
    assert np.isnan(table.loc["clock from kickoff", "days"])
    assert table.loc["clock from kickoff", "says"].startswith("cannot be compared")


def test_mistakes_refuse_bad_questions(small):
    with pytest.raises(ValueError, match="whole number of at least 1, got 0"):
        ttv.mistakes(small, within=0)
    with pytest.raises(ValueError, match="nobody has reached exceeded_value"):
        ttv.mistakes(small, "exceeded_value")


def test_nobody_is_followed_beyond_the_last_day(make):
    contracts = [(name, "a", "2024-01-01", "2024-01-01", None, None, 1) for name in ("x", "y")]
    company = make(
        [("x", "a", 1, "kickoff", "2024-01-02"), ("x", "a", 1, "first_value", "2024-01-11")],
        contracts,
    )
    with pytest.raises(ValueError, match="nobody was followed beyond day 181. Give 181 or less"):
        ttv.mistakes(company, "first_value", within=200)
    assert ttv.mistakes(company, "first_value", within=181)["right"].iloc[0] == (10 + 181) / 2


def test_order_of_rows_does_not_matter(company, wrong):
    shuffled = company.milestones.sample(frac=1, random_state=1)
    tables = {name: table for name, table in company.tables.items() if len(table)} | {
        "milestones": shuffled
    }
    other = type(company).from_tables(name="x", currency="USD", as_of=company.as_of, **tables)
    pd.testing.assert_frame_equal(ttv.mistakes(other, "basic_value").set_index("mistake"), wrong)
