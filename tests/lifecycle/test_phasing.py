"""Phases of hand-made cases; those of any company stand in test_phasing_any."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd
import pytest

from cstoolkit import lifecycle, tables
from cstoolkit.data.company import Company

DAY = pd.Timedelta(days=1)


def company(as_of="2024-12-31", **tables) -> Company:
    ids = sorted(
        {
            each
            for table in tables.values()
            for each in table["customer_id"]
            if isinstance(each, str)
        }
    )
    return Company.from_tables(
        name="Small",
        currency="EUR",
        as_of=as_of,
        customers=pd.DataFrame({"customer_id": ids}),
        **tables,
    )


DAYS = ["starts_on", "ends_on", "signed_on", "stopped_on"]


def contracts(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", *DAYS, "kind", "product"], dtype=object)
    return frame.assign(arr=1000.0).astype(dict.fromkeys(DAYS, "datetime64[us]"))


def year(customer, start, end, signed=None, stopped=None, kind="new", product="p"):
    return (customer, start, end, signed, stopped, kind, product)


def events(**customers) -> pd.DataFrame:
    rows = [
        (each, milestone, on)
        for each, steps in customers.items()
        for milestone, on in steps.items()
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "milestone", "happened_on"])
    return frame.assign(happened_on=pd.to_datetime(frame["happened_on"]))


def told(frame: pd.DataFrame, *columns) -> list[tuple]:
    columns = columns or ("phase", "starts_on", "ends_on")
    shown = frame[list(columns)].copy()
    for name in shown.columns.intersection(["starts_on", "ends_on", "since"]):
        shown[name] = shown[name].dt.strftime("%Y-%m-%d").fillna("")
    return list(shown.astype({"phase": "str"}).itertuples(index=False, name=None))


FIRST = year("a", "2023-01-01", "2024-01-01")
SECOND = year("a", "2024-01-01", "2025-01-01", "2023-11-20", kind="renewal")


def test_a_journey_with_all_tables():
    small = company(
        contracts=contracts(FIRST, SECOND),
        milestones=events(
            a={"live": "2023-02-01", "first_value": "2023-03-01", "basic_value": "2023-06-01"}
        ),
        activities=pd.DataFrame(
            {
                "customer_id": ["a", "a"],
                "happened_on": pd.to_datetime(["2023-05-15", "2024-03-01"]),
                "phase": "expansion",
            }
        ),
        deals=pd.DataFrame(
            {
                "customer_id": ["a"],
                "happened_on": [pd.Timestamp("2022-11-01")],
                "decided_on": [pd.Timestamp("2022-12-10")],
                "outcome": ["sold"],
            }
        ),
    )
    assert told(lifecycle.phases(small)) == [
        ("qualification", "2022-11-01", "2022-12-10"),
        ("onboarding", "2023-01-01", "2023-03-01"),
        ("adoption", "2023-03-01", ""),
        ("expansion", "2023-06-01", "2023-08-13"),
        ("renewal", "2023-10-03", "2023-11-20"),
        ("expansion", "2024-03-01", "2024-05-30"),
        ("renewal", "2024-10-03", ""),
    ]
    met = lifecycle.phases(small)["condition_met"].to_list()
    assert met[:2] == [pd.NA, pd.NA] and met[2:] == [True] * 5


def test_renewing_while_expanding():
    small = company(
        contracts=contracts(
            FIRST, SECOND, year("a", "2024-11-01", "2025-11-01", kind="cross_sell", product="q")
        ),
        milestones=events(a={"basic_value": "2023-06-01"}),
    )
    row = lifecycle.current(small).iloc[0]
    assert (row["phase"], row["others"]) == ("renewal", "expansion;adoption")
    rules = lifecycle.PhaseRules(precedence=("expansion", "renewal", "onboarding", "adoption"))
    row = lifecycle.current(small, rules=rules).iloc[0]
    assert (row["phase"], row["others"]) == ("expansion", "renewal;adoption")


def test_no_expansion_before_use_is_established():
    grown = year("a", "2023-08-01", "2024-08-01", kind="cross_sell", product="q")
    small = company(
        contracts=contracts(FIRST, SECOND, grown),
        milestones=events(a={"first_value": "2023-06-01"}),
    )
    assert "expansion" not in set(lifecycle.phases(small)["phase"])


def test_onboarding_that_never_reaches_value_ends_by_the_rule_and_says_so():
    small = company(contracts=contracts(FIRST, SECOND), milestones=events(a={"live": "2023-02-01"}))
    found = lifecycle.phases(small).iloc[1]
    assert found["starts_on"] == pd.Timestamp("2023-01-01") + 180 * DAY
    assert (found["phase"], found["opened_by"], found["condition_met"]) == (
        "adoption",
        "latest",
        False,
    )
    renewal = lifecycle.phases(small).query("phase == 'renewal'")
    assert not renewal["condition_met"].any()


def test_a_later_milestone_ends_onboarding_too():
    small = company(
        contracts=contracts(FIRST),
        as_of="2023-06-30",
        milestones=events(a={"exceeded_value": "2023-02-01"}),
    )
    assert told(lifecycle.phases(small))[0] == ("onboarding", "2023-01-01", "2023-02-01")


def test_value_before_the_start_leaves_no_onboarding():
    small = company(
        contracts=contracts(FIRST),
        as_of="2023-06-30",
        milestones=events(a={"first_value": "2022-12-15"}),
    )
    assert told(lifecycle.phases(small)) == [("adoption", "2023-01-01", "")]


def test_contracts_alone():
    small = company(contracts=contracts(FIRST, SECOND))
    assert told(lifecycle.phases(small), "phase", "starts_on", "ends_on", "opened_by") == [
        ("onboarding", "2023-01-01", "2023-04-11", "start"),
        ("adoption", "2023-04-11", "", "days"),
        ("renewal", "2023-10-03", "2023-11-20", "planned end"),
        ("renewal", "2024-10-03", "", "planned end"),
    ]
    assert lifecycle.phases(small)["condition_met"].isna().all()


def test_contracts_alone_take_the_first_renewal_for_established_use():
    grown = year("a", "2024-02-01", "2025-01-01", kind="cross_sell", product="q")
    early = year("a", "2023-08-01", "2024-01-01", kind="cross_sell", product="r")
    small = company(contracts=contracts(FIRST, early, SECOND, grown))
    assert [each[1:] for each in told(lifecycle.phases(small)) if each[0] == "expansion"] == [
        ("2024-02-01", "2024-05-01")
    ]


def test_usage_stands_in_for_milestones():
    months = pd.date_range("2023-01-01", periods=12, freq="MS")
    active = [0, 3, 5, 5, 2, 5, 5, 5, 5, 5, 5, 5]
    usage = pd.DataFrame(
        {"customer_id": "a", "month": months, "seats": 10, "active_users": active, "logins": 1}
    )
    small = company(contracts=contracts(FIRST, SECOND), usage=usage)
    found = lifecycle.phases(small)
    assert told(found)[0] == ("onboarding", "2023-01-01", "2023-02-28")
    assert found["opened_by"].to_list()[1] == "usage"
    # Three months in a row from June on: established with August known, so by the time the window opens.
    assert found.query("phase == 'renewal'")["condition_met"].to_list() == [True, True]
    late = lifecycle.phases(small, lifecycle.PhaseRules(established_months=6))
    assert late.query("phase == 'renewal'")["condition_met"].to_list() == [False, True]


def test_the_window_of_a_contract_changed_in_mid_term():
    first = year("a", "2023-01-01", "2024-01-01", stopped="2023-11-01")
    more = year("a", "2023-11-01", "2024-01-01", kind="upsell")
    small = company(contracts=contracts(first, more), as_of="2023-12-15")
    assert [each[1:] for each in told(lifecycle.phases(small)) if each[0] == "renewal"] == [
        ("2023-10-03", "")
    ]


def test_a_short_contract_is_not_all_window():
    small = company(contracts=contracts(year("a", "2024-12-01", "2025-01-01")))
    assert [each[1] for each in told(lifecycle.phases(small)) if each[0] == "renewal"] == [
        "2024-12-17"
    ]


def test_an_open_ended_contract_has_no_window():
    small = company(contracts=contracts(year("a", "2023-01-01", None)))
    assert "renewal" not in set(lifecycle.phases(small)["phase"])


def test_a_late_renewal_prolongs_the_window_and_a_return_starts_a_second_journey():
    late = year("a", "2024-01-15", "2025-01-15", kind="renewal")
    small = company(contracts=contracts(FIRST, late))
    assert told(lifecycle.phases(small))[2] == ("renewal", "2023-10-03", "2024-01-15")
    back = year("a", "2024-06-01", "2025-06-01")
    small = company(
        contracts=contracts(FIRST, back),
        milestones=events(a={"first_value": "2023-02-01", "basic_value": "2024-05-01"}),
    )
    assert told(lifecycle.phases(small), "journey", "phase", "starts_on", "ends_on") == [
        (1, "onboarding", "2023-01-01", "2023-02-01"),
        (1, "adoption", "2023-02-01", "2024-01-01"),
        (1, "renewal", "2023-10-03", "2024-01-01"),
        (2, "adoption", "2024-06-01", ""),
    ]


def test_nobody_live_and_nothing_at_all():
    gone = company(contracts=contracts(year("a", "2022-01-01", "2023-01-01")))
    assert lifecycle.current(gone).empty
    none = gone.at("2020-06-30")
    assert (
        lifecycle.phases(none).empty
        and lifecycle.current(none).empty
        and lifecycle.spells(none).empty
    )
    assert lifecycle.history(lifecycle.spells(none), none.as_of)["inside"].sum() == 0
    assert lifecycle.phases(none)["phase"].dtype == lifecycle.phases(gone)["phase"].dtype


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"running_share": 25},
            r"running_share is a share above 0 and up to 1, got 25. For 25% write 0.25.",
        ),
        (
            {"renewal_days": 0},
            "renewal_days is a whole number of at least 1 and up to 36500, got 0",
        ),
        ({"renewal_days": 10.5}, "renewal_days is a whole number .*, got 10.5"),
        ({"established_at": "kickoff"}, "established_at is one of live, first_value"),
        (
            {"onboarding_ends": "exceeded_value"},
            r"established_at \(basic_value\) comes before onboarding_ends",
        ),
        (
            {"precedence": ("renewal", "adoption")},
            "precedence names each of onboarding, adoption, renewal, expansion once",
        ),
    ],
)
def test_rules_that_cannot_be_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        lifecycle.PhaseRules(**change)


def test_basis_names_the_table_of_each_boundary():
    small = company(contracts=contracts(FIRST), milestones=events(a={"live": "2023-02-01"}))
    assert lifecycle.basis(small)["table"].to_list() == [
        "milestones",
        "milestones",
        "contracts",
        "contracts",
    ]


def test_the_words_for_boundaries_cover_every_way_to_read_them():
    """A row of boundaries.csv for each table that `sources` can name, filled by the rules' own figures."""
    rules = asdict(lifecycle.PhaseRules())
    words = tables.read("lifecycle", "boundaries")
    assert not words.duplicated(["boundary", "table"]).any()
    ways = {name: set(own["table"]) for name, own in words.groupby("boundary")}
    assert (
        ways["end of onboarding"] == ways["established use"] == {"milestones", "usage", "contracts"}
    )
    signs = [["activities"], ["deals"], ["activities", "deals"], []]
    assert ways["expansion"] == {" and ".join([*each, "contracts"]) for each in signs}
    assert all(text.format(**rules) for text in words["says"])
