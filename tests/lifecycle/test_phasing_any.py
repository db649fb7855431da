"""Phases of any company: a slow implementation that reads like the rules, and the laws that they must keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit import lifecycle
from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES

DAY = pd.Timedelta(days=1)
NAT = pd.NaT
FAR = pd.Timestamp("2262-01-01")


DAYS = ["starts_on", "ends_on", "signed_on", "stopped_on"]


def contracts(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", *DAYS, "kind", "product"], dtype=object)
    return frame.assign(arr=1000.0).astype(dict.fromkeys(DAYS, "datetime64[us]"))


START = pd.Timestamp("2022-01-01")
offset = st.integers(0, 1000)


def since(days: pd.Series) -> pd.Series:
    return START + pd.to_timedelta(days.astype("int64"), unit="D")


@st.composite
def companies(draw) -> Company:
    rows = []
    for customer in ("a", "b", "c"):
        for product in draw(st.sampled_from([("p",), ("p", "q")])):
            start = draw(st.integers(0, 400))
            for number in range(draw(st.integers(1, 3))):
                length = draw(st.sampled_from([30, 180, 365]))
                stop = draw(st.sampled_from([None, None, length // 2, length - 10]))
                lead = (
                    draw(st.sampled_from([0, 0, 20, 120])) if number else draw(st.integers(0, 40))
                )
                kind = draw(st.sampled_from(["new", "renewal", "upsell", "cross_sell"]))
                begin = START + start * DAY
                end = begin + length * DAY
                stopped = NAT if stop is None else begin + stop * DAY
                rows.append((customer, begin, end, begin - lead * DAY, stopped, kind, product))
                start += (length if stop is None else stop) + draw(
                    st.sampled_from([0, 0, 7, 30, 31, 90])
                )
    tables = {"contracts": contracts(*rows)}
    days = st.lists(st.tuples(st.sampled_from("abc"), offset), max_size=8)
    if draw(st.booleans()):
        steps = draw(
            st.lists(
                st.tuples(
                    st.sampled_from("abc"), st.sampled_from(MILESTONES), st.integers(1, 3), offset
                ),
                max_size=12,
                unique_by=lambda step: step[:3],
            )
        )
        frame = pd.DataFrame(steps, columns=["customer_id", "milestone", "journey", "happened_on"])
        tables["milestones"] = frame.assign(happened_on=since(frame["happened_on"]))
    if draw(st.booleans()):
        picks = draw(
            st.lists(
                st.tuples(st.sampled_from("abc"), st.integers(0, 30)), max_size=40, unique=True
            )
        )
        share = draw(st.lists(st.integers(0, 10), min_size=len(picks), max_size=len(picks)))
        month = [START + pd.DateOffset(months=each) for _, each in picks]
        tables["usage"] = pd.DataFrame(
            {
                "customer_id": [each for each, _ in picks],
                "month": month,
                "seats": 10,
                "active_users": share,
            }
        )
    if draw(st.booleans()):
        work = pd.DataFrame(draw(days), columns=["customer_id", "happened_on"])
        phase = draw(
            st.lists(
                st.sampled_from(["expansion", "adoption"]), min_size=len(work), max_size=len(work)
            )
        )
        tables["activities"] = work.assign(happened_on=since(work["happened_on"]), phase=phase)
    if draw(st.booleans()):
        deals = pd.DataFrame(draw(days), columns=["customer_id", "happened_on"])
        deals["happened_on"] = since(deals["happened_on"])
        tables["deals"] = deals.assign(decided_on=deals["happened_on"] + 15 * DAY, outcome="sold")
    tables = {name: table.astype({"customer_id": "str"}) for name, table in tables.items()}
    customers = pd.DataFrame({"customer_id": list("abc")})
    as_of = START + draw(st.integers(100, 900)) * DAY
    whole = Company.from_tables(
        name="Any", currency="EUR", as_of=START + 2500 * DAY, customers=customers, **tables
    )
    return whole.at(as_of)


def slowly(any_company: Company, rules: lifecycle.PhaseRules) -> set[tuple]:
    """The rules once more, day by day and customer by customer: the set of (customer, journey, phase, day)."""
    levels, as_of = any_company.levels, any_company.as_of
    tables = any_company.tables
    milestones_kept = ("milestones", "milestone") in any_company.given
    usage_kept = ("usage", "active_users") in any_company.given
    held = set()
    for customer, spans in any_company.spans.groupby("customer_id"):
        ended = pd.Timestamp("1900-01-01")
        for _, span in spans.iterrows():
            start, end = span["starts_on"], span["ends_on"] if pd.notna(span["ends_on"]) else FAR
            own = levels[
                (levels["customer_id"] == customer)
                & (levels["starts_on"] >= start)
                & (levels["starts_on"] < end)
            ]
            windows, renewed = [], []
            for _, row in own[own["ends_on"].notna()].iterrows():
                same = levels[
                    (levels["customer_id"] == customer) & (levels["product"] == row["product"])
                ]
                after = same[same["starts_on"] >= row["ends_on"]].sort_values(
                    "starts_on", kind="stable"
                )
                signed = after["signed_on"].iloc[0] if len(after) else FAR
                begun = same.loc[same["ends_on"] == row["ends_on"], "starts_on"].min()
                length = min(
                    int(rules.renewal_days),
                    int(rules.renewal_share * (row["ends_on"] - begun).days),
                )
                windows.append(
                    (
                        max(row["ends_on"] - length * DAY, row["starts_on"]),
                        min(row["until"], signed),
                    )
                )
                if row["until"] >= row["ends_on"]:
                    renewed.append(signed)
            onboarded, established = end, FAR
            if milestones_kept:
                rows = tables["milestones"]
                rows = rows[
                    (rows["customer_id"] == customer)
                    & (rows["happened_on"] >= ended)
                    & (rows["happened_on"] < end)
                ]
                rank = rows["milestone"].map(MILESTONES.index)
                onboarded = rows.loc[
                    rank >= MILESTONES.index(rules.onboarding_ends), "happened_on"
                ].min()
                established = rows.loc[
                    rank >= MILESTONES.index(rules.established_at), "happened_on"
                ].min()
            elif usage_kept:
                rows = tables["usage"]
                rows = rows[rows["customer_id"] == customer]
                known = {
                    month + pd.offsets.MonthEnd(0): share
                    for month, share in zip(rows["month"], rows["active_users"] / 10)
                }
                known = {day: share for day, share in known.items() if start <= day < end}
                onboarded = min(
                    (day for day, share in known.items() if share >= rules.running_share),
                    default=NAT,
                )
                back = range(int(rules.established_months))
                runs = [
                    day
                    for day in known
                    if all(
                        known.get(day - pd.offsets.MonthEnd(each), -1) >= rules.established_share
                        for each in back
                    )
                ]
                established = min(runs, default=NAT)
            else:
                onboarded = start + int(rules.onboarding_days) * DAY
                established = min(renewed, default=NAT)
            latest = start + int(rules.onboarding_latest) * DAY
            if milestones_kept or usage_kept:
                onboarded = min(latest, onboarded) if pd.notna(onboarded) else latest
            onboarded = min(max(onboarded, start), end)
            established = max(established, onboarded) if pd.notna(established) else FAR
            signs = list(own.loc[own["kind"].isin(["upsell", "cross_sell"]), "signed_on"])
            signs += list(
                levels.loc[
                    (levels["customer_id"] == customer)
                    & levels["kind"].isin(["upsell", "cross_sell"]),
                    "signed_on",
                ]
            )
            work = tables["activities"]
            signs += list(
                work.loc[
                    (work["customer_id"] == customer)
                    & (work["phase"] == "expansion").fillna(False),
                    "happened_on",
                ]
            )
            deals = tables["deals"][tables["deals"]["customer_id"] == customer]
            signs += list(deals.loc[deals["happened_on"] > start, "decided_on"].dropna())
            signs = [day for day in signs if start < day < end]
            for day in pd.date_range(max(start, START), min(end - DAY, as_of)):
                here = set()
                if day < onboarded:
                    here.add("onboarding")
                else:
                    here.add("adoption")
                if any(opens <= day < closes for opens, closes in windows):
                    here.add("renewal")
                if day >= established and any(
                    sign <= day < sign + int(rules.expansion_days) * DAY for sign in signs
                ):
                    here.add("expansion")
                held |= {(customer, span["journey"], phase, day) for phase in here}
            ended = end
    return held


def daily(frame: pd.DataFrame, as_of: pd.Timestamp) -> set[tuple]:
    frame = frame[frame["phase"] != "qualification"]
    return {
        (row.customer_id, row.journey, row.phase, day)
        for row in frame.itertuples()
        for day in pd.date_range(
            row.starts_on, as_of if pd.isna(row.ends_on) else row.ends_on - DAY
        )
    }


RULES = st.sampled_from(
    [
        lifecycle.PhaseRules(),
        lifecycle.PhaseRules(
            renewal_days=30,
            renewal_share=1,
            onboarding_latest=60,
            established_months=1,
            expansion_days=30,
        ),
        lifecycle.PhaseRules(
            onboarding_ends="live",
            established_at="first_value",
            established_months=2,
            onboarding_days=30,
        ),
    ]
)


@settings(max_examples=15)
@given(companies(), RULES)
def test_phases_are_what_the_rules_say_day_by_day_and_intervals_keep_their_laws(any_company, rules):
    found = lifecycle.phases(any_company, rules)
    assert daily(found, any_company.as_of) == slowly(any_company, rules)
    assert (
        not (found["ends_on"] <= found["starts_on"]).any()
        and not (found["ends_on"] > any_company.as_of).any()
    )
    assert (found["starts_on"] <= any_company.as_of).all()
    ordered = found.sort_values(["customer_id", "journey", "phase", "starts_on"])
    keys = [ordered[name] for name in ("customer_id", "journey", "phase")]
    before = ordered["ends_on"].fillna(FAR).groupby(keys, observed=True).shift()
    assert not (ordered["starts_on"] <= before).any()
    now = lifecycle.current(any_company, rules=rules)
    assert now["customer_id"].to_list() == any_company.snapshot()["customer_id"].to_list()
    assert now["phase"].notna().all() and now["since"].notna().all()


@settings(max_examples=10)
@given(companies(), RULES, st.integers(0, 500))
def test_what_was_said_of_a_day_does_not_change_but_for_late_renewals(any_company, rules, earlier):
    then = any_company.at(max(any_company.as_of - earlier * DAY, START))
    if then.spans["pending"].any() or len(
        then.spans.merge(any_company.spans, on=["customer_id", "journey"])
    ) < len(then.spans):
        return
    ends = then.spans.merge(
        any_company.spans, on=["customer_id", "journey", "starts_on"], suffixes=("", "_later")
    )
    if (
        len(ends) < len(then.spans)
        or (
            (ends["ends_on"] != ends["ends_on_later"]) & (ends["ends_on_later"] <= then.as_of)
        ).any()
    ):
        return
    # One product may be renewed late while another keeps the customer live.
    names = ["customer_id", "product", "starts_on", "ends_on"]
    levels = then.levels.merge(any_company.levels, on=names, suffixes=("", "_later"))
    if ((levels["until"] <= then.as_of) & (levels["until"] != levels["until_later"])).any():
        return
    before = daily(lifecycle.phases(then, rules), then.as_of)
    after = {
        each
        for each in daily(lifecycle.phases(any_company, rules), any_company.as_of)
        if each[3] <= then.as_of
    }
    signs_known_late = {"expansion"} if any_company.has("deals") else set()
    assert {each for each in before if each[2] not in signs_known_late} == {
        each for each in after if each[2] not in signs_known_late
    }


@settings(max_examples=10)
@given(companies(), RULES, st.integers(1, 500), st.integers(0, 2**32 - 1))
def test_later_rows_and_values_do_not_matter(any_company, rules, earlier, seed):
    date = max(any_company.as_of - earlier * DAY, START)
    rng = np.random.default_rng(seed)
    tables = dict(any_company.tables)
    rows = tables["contracts"]
    rows = rows[rows["signed_on"] <= date].reset_index(drop=True)
    later = rows["stopped_on"] > date
    rows["stopped_on"] = rows["stopped_on"].mask(
        later, date + pd.to_timedelta(rng.integers(1, 300, len(rows)), unit="D")
    )
    tables["contracts"] = rows
    for name, column in (
        ("milestones", "happened_on"),
        ("activities", "happened_on"),
        ("deals", "happened_on"),
    ):
        tables[name] = tables[name][tables[name][column] <= date].reset_index(drop=True)
    late = tables["deals"]["decided_on"] > date
    tables["deals"] = tables["deals"].assign(
        customer_id=tables["deals"]["customer_id"].mask(late, "c")
    )
    usage = tables["usage"].copy()
    unknown = usage["month"] + pd.offsets.MonthEnd(0) > date
    usage.loc[unknown, "active_users"] = rng.integers(0, 11, unknown.sum()).astype(float)
    tables["usage"] = usage
    scrambled = replace(any_company, **tables)
    pd.testing.assert_frame_equal(
        lifecycle.phases(scrambled.at(date), rules), lifecycle.phases(any_company.at(date), rules)
    )
    pd.testing.assert_frame_equal(
        lifecycle.current(scrambled, date, rules), lifecycle.current(any_company, date, rules)
    )
