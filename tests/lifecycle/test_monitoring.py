"""The monitoring: hand-made cases, honesty as of a date, and how much of the published truth it finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import cstoolkit as cs
from cstoolkit import lifecycle
from cstoolkit.data.company import Company

KEPT = [
    "customer_id",
    "found_on",
    "since",
    "users",
    "features",
    "frequency",
    "against_peers",
    "reason",
]


@pytest.fixture(scope="module")
def found(company):
    return lifecycle.stalls(company)


def vendor(
    active: dict[str, list], *, seats=100, logins=None, features=5, as_of="2024-12-31", **tables
) -> Company:
    months = pd.date_range("2023-01-01", periods=len(next(iter(active.values()))), freq="MS")
    rows = []
    for customer, values in active.items():
        rows.append(
            pd.DataFrame(
                {
                    "customer_id": customer,
                    "month": months,
                    "seats": seats,
                    "active_users": values,
                    "logins": np.array(values) * 8 if logins is None else logins,
                    "features_used": features,
                }
            ).dropna(subset="active_users")
        )
    contracts = pd.DataFrame(
        {"customer_id": list(active), "starts_on": "2023-01-01", "ends_on": None, "arr": 1000}
    )
    return Company.from_tables(
        name="Small",
        currency="EUR",
        as_of=as_of,
        customers=pd.DataFrame({"customer_id": list(active)}),
        contracts=contracts,
        usage=pd.concat(rows),
        **tables,
    )


def test_a_drop_is_found_at_the_end_of_its_month_and_over_when_usage_is_back():
    small = vendor({"a": [50, 52, 49, 51, 50, 20, 20, 48, 50]})
    row = lifecycle.stalls(small).iloc[0]
    assert (row["since"], row["found_on"], row["ended_on"]) == tuple(
        pd.to_datetime(["2023-06-01", "2023-06-30", "2023-08-31"])
    )
    assert row["users"] == pytest.approx(20 / np.mean([50, 52, 49, 51, 50]))
    assert (row["reason"], row["ended_by"], row["phase"]) == ("users", "recovered", "adoption")
    assert row["next_action"] == "class for other users"


def test_a_small_customer_needs_longer_until_it_is_no_chance():
    few = vendor({"a": [5, 5, 5, 5, 5, 2, 2, 2, 2]}, seats=10)
    many = vendor({"a": [500, 500, 500, 500, 500, 200, 200, 200, 200]}, seats=1000)
    assert lifecycle.stalls(many)["found_on"].iloc[0] < lifecycle.stalls(few)["found_on"].iloc[0]
    assert lifecycle.stalls(few)["since"].iloc[0] == pd.Timestamp("2023-06-01")


def test_what_all_peers_do_is_no_stall():
    dip = [50, 50, 50, 50, 50, 30, 30, 50]
    crowd = {f"c{number:02d}": dip for number in range(20)}
    assert lifecycle.stalls(vendor(crowd)).empty
    steady = {f"c{number:02d}": [50] * 8 for number in range(20)}
    assert lifecycle.stalls(vendor(steady | {"c99": dip}))["customer_id"].to_list() == ["c99"]


def test_more_seats_or_a_contraction_is_no_stall():
    grown = vendor({"a": [50] * 9}, seats=[100] * 5 + [300] * 4)
    assert lifecycle.stalls(grown).empty
    shrunk = vendor({"a": [50] * 5 + [15] * 4}, seats=[100] * 5 + [30] * 4)
    assert lifecycle.stalls(shrunk).empty


def test_each_signal_can_give_a_stall_away():
    rare = vendor({"a": [50] * 9}, logins=[400] * 5 + [100] * 4)
    assert lifecycle.stalls(rare)["reason"].to_list() == ["frequency"]
    narrow = vendor({"a": [50] * 9}, features=[8] * 5 + [1] * 4)
    assert lifecycle.stalls(narrow)["reason"].to_list() == ["features"]
    assert lifecycle.stalls(narrow, lifecycle.StallRules(signals=("users", "frequency"))).empty


def test_a_stall_that_lasts_becomes_the_past():
    small = vendor({"a": [50] * 6 + [20] * 18})
    row = lifecycle.stalls(small)
    assert row["ended_by"].to_list() == ["accepted"] and row["ended_on"].iloc[0] == pd.Timestamp(
        "2024-06-30"
    )


def test_a_stall_ends_with_the_customer():
    small = vendor({"a": [50] * 6 + [20] * 3 + [np.nan] * 3, "b": [50] * 6 + [20] * 6})
    ends = small.contracts.assign(
        ends_on=pd.to_datetime(["2023-09-20", None]).astype("datetime64[us]")
    )
    row = lifecycle.stalls(replace(small, contracts=ends)).set_index("customer_id")
    assert (row.loc["a", "ended_on"], row.loc["a", "ended_by"]) == (
        pd.Timestamp("2023-09-20"),
        "left",
    )
    assert pd.isna(row.loc["b", "ended_on"])


def test_the_worklist_has_the_open_stalls_of_live_customers_by_arr(company, found):
    work = lifecycle.worklist(company, found)
    going = found[found["ended_on"].isna()]
    assert sorted(work["customer_id"]) == sorted(going["customer_id"])
    assert work["arr"].is_monotonic_decreasing
    arr = company.snapshot().set_index("customer_id")["arr"]
    assert (work["arr"] == arr.reindex(work["customer_id"]).to_numpy()).all()
    # The action is for the phase of today, not for the one in which the stall was found.
    now = lifecycle.current(company).set_index("customer_id")["phase"].astype(str)
    table = lifecycle.actions().set_index(["phase", "reason"])["next_action"]
    assert (
        work["phase"].astype(str).to_numpy() == now.reindex(work["customer_id"]).to_numpy()
    ).all()
    assert [table[each] for each in zip(work["phase"], work["reason"])] == work[
        "next_action"
    ].to_list()
    assert (
        work["phase"].to_numpy()
        != going.set_index("customer_id")["phase"].reindex(work["customer_id"])
    ).any()
    months = company.as_of.to_period("M") - work["since"].dt.to_period("M")
    assert work["months"].to_list() == [each.n + 1 for each in months]


def test_usage_with_only_people_or_with_gaps_still_works():
    small = vendor({"a": [50, 50, 50, 50, 20, 20], "b": [40, 40, 40, 40, 40, 40]})
    bare = replace(
        small, usage=small.usage.assign(seats=np.nan, logins=np.nan, features_used=np.nan)
    )
    assert lifecycle.stalls(bare)["customer_id"].to_list() == ["a"]
    nothing = replace(small, usage=small.usage[:0])
    with pytest.raises(cs.MissingData, match="usage .* with active_users"):
        lifecycle.stalls(nothing)
    # After a gap of months the past no longer counts.
    gap = vendor({"a": [50, 50, 50, 50, np.nan, np.nan, np.nan, np.nan, 20, 20]})
    assert lifecycle.stalls(gap).empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signals": ("mood",)}, "signals are some of users, features, frequency, got mood"),
        ({"signals": ()}, "got none"),
        ({"noise": 0}, "noise is a number above 0"),
        ({"past_months": 2.5}, "past_months is a whole number .*, got 2.5"),
        ({"least_months": 7}, r"least_months \(7\) is more than past_months \(6\)"),
    ],
)
def test_rules_that_cannot_be_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        lifecycle.StallRules(**change)


@pytest.mark.parametrize("date", ["2022-06-30", "2023-09-15", "2024-12-31"])
def test_what_was_found_by_a_date_was_found_with_what_was_known_then(company, found, date):
    then = lifecycle.stalls(company.at(date))[KEPT]
    now = found[found["found_on"] <= date].reset_index(drop=True)[KEPT]
    pd.testing.assert_frame_equal(then, now)


def test_later_rows_and_values_do_not_matter(company):
    date = pd.Timestamp("2024-05-20")
    rng = np.random.default_rng(1)
    usage = company.usage.copy()
    later = usage["month"] + pd.offsets.MonthEnd(1) > date
    for name in ("seats", "active_users", "logins", "features_used"):
        usage.loc[later, name] = rng.permutation(usage.loc[later, name])
    tiers = company.tiers[company.tiers["starts_on"] <= date].reset_index(drop=True)
    tiers["ends_on"] = tiers["ends_on"].mask(tiers["ends_on"] > date, date + pd.Timedelta(days=7))
    contracts = company.contracts[company.contracts["signed_on"] <= date].reset_index(drop=True)
    contracts["stopped_on"] = contracts["stopped_on"].mask(contracts["stopped_on"] > date)
    scrambled = replace(company, usage=usage, tiers=tiers, contracts=contracts)
    pd.testing.assert_frame_equal(
        lifecycle.stalls(scrambled.at(date)), lifecycle.stalls(company.at(date))
    )


def one_by_one(company: Company, rules: lifecycle.StallRules) -> list[tuple]:
    """The signal `users` once more, for customers without peers and with seats: plain Python, one customer at a time."""
    result = []
    for customer, rows in company.usage.groupby("customer_id"):
        past, run, stalled, seen = [], [], None, None
        for row in rows.sort_values("month").itertuples():
            day = row.month + pd.offsets.MonthEnd(1)
            if seen is not None and (day - seen).days > 100:
                past, run, stalled = [], [], None
            seen = day
            change, low = np.nan, False
            if len(past) >= rules.least_months:
                people = max(np.mean([each for each, _ in past]), 0.5)
                share = np.mean([each / seats for each, seats in past])
                now = max(row.active_users, 0.5)
                change = max(
                    np.log(now / people), np.log(now / row.seats / max(share, 0.5 / row.seats))
                )
                low = change <= np.log(1 - rules.drop) + 1e-9
            run = [*run, (change, row.month)] if low else []
            if low and stalled is None:
                chance = rules.noise**2 + max(1 - share, 0) / people
                error = np.sqrt(chance * (len(run) + len(run) ** 2 / len(past)))
                if -sum(each for each, _ in run) / error >= rules.certainty:
                    stalled = len(result)
                    result.append([customer, day, run[0][1], None])
            if stalled is not None:
                if change > np.log(1 - rules.drop / 2) + 1e-9:
                    result[stalled][3], stalled = day, None
                elif len(run) >= rules.accept_months:
                    result[stalled][3], stalled, past, run = day, None, [], []
                    past = [(row.active_users, row.seats)] if not low else []
            if not low and stalled is None:
                past = [*past, (row.active_users, row.seats)][-int(rules.past_months) :]
        result = [list(each) for each in result]
    return sorted(map(tuple, result), key=lambda each: (each[1], each[0]))


# Making a company takes longest: few of them with several customers each, too few to be peers.
@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 40)), min_size=24, max_size=24),
        min_size=3,
        max_size=8,
    ),
    st.sampled_from(
        [{}, {"past_months": 3, "certainty": 1.5, "accept_months": 4}, {"drop": 0.5, "noise": 0.05}]
    ),
)
@example(
    # Back to three quarters of the past: exactly half of the way.
    [[2, 2, 28, 24, 22, 10, 3, 11, 3, 3, 11, 11]] * 3,
    {"drop": 0.5, "noise": 0.05},
)
def test_the_monitoring_is_what_its_rules_say_customer_by_customer(active, change):
    if all(each is None for own in active for each in own):
        return
    table = {
        f"c{number}": [np.nan if each is None else each for each in own]
        for number, own in enumerate(active)
    }
    small = vendor(table, seats=40)
    rules = lifecycle.StallRules(signals=("users",), **change)
    found = lifecycle.stalls(small, rules)
    told = [
        (row.customer_id, row.found_on, row.since, None if pd.isna(row.ended_on) else row.ended_on)
        for row in found.itertuples()
    ]
    assert told == one_by_one(small, rules)


def test_truth_is_found_with_the_precision_stated(company, found):
    """Estimated against the published truth: most finds are right, and about half of what lasts a month or more is found.

    A stall shows in the number of people alone; a decline shows in logins first.
    """
    truth = cs.load_truth()
    either = pd.concat([truth.stalls, truth.declines])
    users = lifecycle.stalls(company, lifecycle.StallRules(signals=("users",)))

    def score(finds, spans):
        return lifecycle.score_stalls(
            finds, spans, until=company.as_of, spans=company.spans
        ).set_index("measure")

    all_signals, people = score(found, either), score(users, truth.stalls)
    assert all_signals.loc["precision", "low"] > 0.7 and all_signals.loc["recall", "low"] > 0.4
    assert people.loc["precision", "low"] > 0.7
    assert people.loc["delay_days", "value"] < 62 and people.loc["left_days", "value"] > 14
    # What the other signals add are declines: they cost precision where stalls alone count.
    assert score(found, truth.stalls).loc["precision", "high"] < people.loc["precision", "low"]
    more, fewer = score(found, truth.declines), score(users, truth.declines)
    assert more.loc["recall", "low"] > fewer.loc["recall", "high"]


def test_finds_at_random_score_no_better_than_chance(company, found):
    """A placebo: the same finds given to other customers."""
    rng = np.random.default_rng(0)
    placebo = found.assign(customer_id=rng.permutation(found["customer_id"]))
    truth = cs.load_truth().stalls
    real = lifecycle.score_stalls(found, truth, until=company.as_of).set_index("measure")
    fake = lifecycle.score_stalls(placebo, truth, until=company.as_of).set_index("measure")
    assert fake.loc["precision", "high"] < real.loc["precision", "low"] / 2


def test_a_stricter_certainty_trades_recall_for_precision(company):
    truth = cs.load_truth().stalls
    values = []
    for certainty in (1.5, 2.5, 3.5):
        rules = lifecycle.StallRules(signals=("users",), certainty=certainty)
        score = lifecycle.score_stalls(lifecycle.stalls(company, rules), truth, until=company.as_of)
        values.append(score.set_index("measure")["value"])
    precision, recall = ([each[name] for each in values] for name in ("precision", "recall"))
    assert precision == sorted(precision) and recall == sorted(recall, reverse=True)


def test_score_by_hand():
    found = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "found_on": pd.to_datetime(["2024-02-29", "2024-06-30", "2024-03-31"]),
        }
    )
    truth = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "c"],
            "starts_on": pd.to_datetime(["2024-01-29", "2024-04-10", "2024-05-01", "2024-07-01"]),
            "ends_on": pd.to_datetime(["2024-04-29", None, "2024-05-20", "2024-09-01"]),
        }
    )
    score = lifecycle.score_stalls(found, truth, until="2024-12-31").set_index("measure")
    assert (
        score.loc["precision", "value"] == pytest.approx(1 / 3) and score.loc["precision", "n"] == 3
    )
    assert score.loc["recall", "value"] == pytest.approx(1 / 3) and score.loc["recall", "n"] == 3
    assert score.loc["delay_days", "value"] == 31 and score.loc["left_days", "value"] == 60
    with pytest.raises(ValueError, match="until .* lies before"):
        lifecycle.score_stalls(found, truth, until="2024-03-01")
    nothing = lifecycle.score_stalls(found[:0], truth, until="2024-12-31").set_index("measure")
    assert np.isnan(nothing.loc["precision", "value"]) and nothing.loc["recall", "value"] == 0


def test_every_stall_of_a_customer_has_an_action(found):
    table = lifecycle.actions()
    assert len(table) == len(table[["phase", "reason"]].drop_duplicates()) == 12
    assert found.loc[found["phase"].notna(), "next_action"].notna().all()
    merged = found.astype({"phase": str, "reason": str}).merge(
        table, on=["phase", "reason"], suffixes=("", "_table")
    )
    assert (merged["next_action"] == merged["next_action_table"]).all() and len(merged) == found[
        "phase"
    ].notna().sum()
