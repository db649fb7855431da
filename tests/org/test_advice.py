"""Rules that show the facts they rest on, for and against; never a score."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cstoolkit import org, reference
from cstoolkit.data.company import Company
from cstoolkit.org import workload


def speaks(table, design, words):
    rows = table[(table["design"] == design) & table["rule"].str.contains(words)]
    assert len(rows) == 1, rows
    return rows["speaks"].iloc[0]


def renamed(company, **tables):
    return dataclasses.replace(company, **tables)


def test_every_design_and_line_is_there_and_nothing_is_a_score(designs, recommended):
    table = recommended
    assert set(table["design"]) == {*designs, *org.LINES}
    assert set(table["speaks"]) <= {"for", "against", "open"}
    assert not any("score" in column for column in table.columns)
    told = table[table["speaks"] != "open"]
    assert (
        told["value"].notna().all() and (told["source"] != "").all() and (told["fact"] != "").all()
    )


def test_a_rule_speaks_as_its_fact_stands_to_its_threshold(recommended):
    table = recommended
    told = table[table["speaks"] != "open"]
    least = told["comparison"] == "at least"
    met = np.where(least, told["value"] >= told["threshold"], told["value"] <= told["threshold"])
    assert (met == (told["speaks"] == "for")).all()


def test_facts_by_hand(one):
    facts = org.facts(one, design=org.build(one, "industry")).set_index("fact")["value"]
    live = one.snapshot()
    assert facts["live_customers"] == len(live)
    since = one.as_of - pd.DateOffset(months=12)
    new = one.customers["acquired_on"] > since
    mix = [one.customers["industry"][rows].value_counts(normalize=True) for rows in (new, ~new)]
    shift = (
        sum(
            abs(mix[0].get(name, 0) - mix[1].get(name, 0))
            for name in one.customers["industry"].unique()
        )
        / 2
    )
    assert facts["mix_shift"] == pytest.approx(shift)
    assert facts["second_region"] == pytest.approx(
        live["region"].value_counts(normalize=True).iloc[1]
    )
    assert facts["self_onboarding"] == pytest.approx(
        (one.customers["onboarding"][new] == "self").mean()
    )
    held = live["products"].str.split(";")
    assert facts["lacking"] == pytest.approx((held.str.len() < 2).mean())
    assert facts["embeddable"] == 1
    noted = one.assignments[one.assignments["starts_on"] > since]["notes_passed"].dropna()
    assert facts["notes_passed"] == pytest.approx(noted.astype(float).mean())
    work = one.activities[
        (one.activities["happened_on"] > since)
        & one.activities["customer_id"].isin(live["customer_id"])
    ]
    work = work[work["person_id"] != "p5"]
    assert facts["counterpart_hours"] == pytest.approx(
        work.loc[work["department"].notna(), "hours"].sum() / work["hours"].sum()
    )
    late = work[work["phase"].isin(["renewal", "expansion"])]
    assert facts["sales_hours"] == pytest.approx(
        late.loc[late["department"] == "sales", "hours"].sum() / late["hours"].sum()
    )
    contacts = workload.work(one).people.query("part == 'contact'")
    assert facts["utilisation"] == pytest.approx(work["hours"].sum() / 12 / contacts["hours"].sum())


def test_partnership_is_judged_by_those_whom_it_accompanies(company, designs):
    """Not by all customers and today's books, which the design would change."""
    design = designs["partnership"]
    facts = org.facts(company, design=design).set_index("fact")["value"]
    live = company.snapshot()
    most = live.nlargest(int(np.ceil(len(live) * 0.05)), "arr")
    close = design.units[0]
    assert facts["accompanied_arr"] == pytest.approx(most["arr"].mean())
    assert facts["accompanied_book"] == pytest.approx(len(most) / len(close.people))
    measures = org.evaluate(company, design).set_index("measure")["value"]
    assert facts["accompanied_book"] == pytest.approx(measures["closest_book"])
    few = org.build(company, "value", people=2)
    books = org.facts(company, design=few).set_index("fact")["value"]["accompanied_book"]
    assert books == len(most)


def test_whose_threshold_it_is_stands_beside_it(company, recommended):
    table = recommended.set_index(["design", "rule"])
    limit = table[table["unit"] == company.currency].iloc[0]
    assert (limit["source"], limit["set_by"]) == ("S1", "ours")


def test_more_people_carry_the_same_work_more_lightly(company):
    load = [
        org.facts(company, design=org.build(company, people=people)).set_index("fact")["value"]
        for people in (10, 20)
    ]
    assert load[0]["utilisation"] == pytest.approx(2 * load[1]["utilisation"])


def test_the_mix_that_counts_is_that_of_the_own_axis(one):
    axis = org.axis(one, "size")
    facts = org.facts(one, design=org.build(one, axis)).set_index("fact")["value"]
    rows = one.customers.set_index("customer_id")["acquired_on"].reindex(axis.customers.index)
    new = (rows > one.as_of - pd.DateOffset(months=12)).to_numpy()
    mix = [axis.customers[part].value_counts(normalize=True) for part in (new, ~new)]
    assert facts["mix_shift"] == pytest.approx(mix[0].sub(mix[1], fill_value=0).abs().sum() / 2)


def test_the_context_answers_what_tables_cannot(company, designs, recommended):
    assert speaks(recommended, "interface", "executive") == "open"
    designs = {name: designs[name] for name in ("account", "interface")}
    for answer, word in ((True, "for"), (False, "against")):
        table = org.recommend(
            company,
            org.Context(
                executive_sponsor=answer,
                sales_peer=answer,
                product_led=answer,
                targets_settled=answer,
            ),
            designs,
        )
        assert speaks(table, "interface", "an executive|no executive") == word
        assert speaks(table, "under CCO", "peer") == word
        assert speaks(table, "under CRO", "led by the product") == word
        assert speaks(table, "account", "target") == word
    with pytest.raises(
        ValueError, match="Context: sales_peer is True, False or None .not known., got 'yes'"
    ):
        org.Context(sales_peer="yes")


def test_preconditions_turn_with_the_company(company, recommended):
    """Few customers of one region: generalists; the same rules say the opposite of the grown company."""
    early = company.at("2021-12-31")
    designs = {"account": org.build(early, "industry"), "all-rounder": org.build(early)}
    now, then = recommended, org.recommend(early, designs=designs)
    assert (
        speaks(now, "account", "customers are") == "for"
        and speaks(then, "account", "customers are") == "against"
    )
    assert (
        speaks(now, "all-rounder", "generalists") == "against"
        and speaks(then, "all-rounder", "generalists") == "for"
    )
    assert (
        speaks(now, "CEO-direct", "start") == "against"
        and speaks(then, "CEO-direct", "start") == "for"
    )
    single = renamed(company, customers=company.customers.assign(region="Japan East"))
    assert (
        speaks(
            org.recommend(single, designs={"area": org.build(single, "region")}), "area", "region"
        )
        == "against"
    )


def test_contract_values_are_compared_in_their_own_currency_only(company):
    yen = renamed(company, currency="JPY")
    table = org.recommend(yen, designs={"partnership": org.examples(yen, "chart")["partnership"]})
    assert speaks(table, "partnership", "another currency") == "open"
    poor = renamed(company, contracts=company.contracts.assign(arr=company.contracts["arr"] / 100))
    poor = Company.from_tables(
        name="Poor",
        currency="USD",
        as_of=poor.as_of,
        customers=poor.customers,
        contracts=poor.contracts,
        assignments=poor.assignments,
        people=poor.people,
    )
    table = org.recommend(poor, designs={"partnership": org.examples(poor, "chart")["partnership"]})
    assert speaks(table, "partnership", "pay too little") == "against"


@pytest.mark.parametrize(
    ("solid", "matrix", "broken"),
    [
        (("industry", "phase"), ("department",), []),
        (("industry",), ("feature",), []),
        (("industry", "phase"), (), ["have both a customer-facing and a company-facing role"]),
        (
            ("phase",),
            ("industry",),
            [
                "customer-facing axes combine by hierarchy",
                "have both a customer-facing and a company-facing role",
            ],
        ),
        (("feature", "phase"), (), ["company-facing axes combine by matrix"]),
        (
            ("department",),
            ("phase",),
            ["company-facing axes combine by matrix", "customer-facing axes combine by hierarchy"],
        ),
    ],
)
def test_the_rule_of_combination(company, solid, matrix, broken):
    design = org.build(company, *solid, matrix=matrix, people=5)
    rows = org.recommend(company, designs={"it": design})
    combined = rows[rows["fact"] == "axes of the design"]
    rules = [
        "company-facing axes combine by matrix",
        "customer-facing axes combine by hierarchy",
        "have both a customer-facing and a company-facing role",
    ]
    told = [rule for rule in rules if combined["rule"].str.startswith(rule).any()]
    assert told == (rules if len(design.all_axes) > 1 else rules[2:])
    for rule in told:
        assert speaks(combined, "it", f"^{rule}") == ("against" if rule in broken else "for")


def test_thresholds_can_be_moved(company):
    design = {"area": org.build(company, "region")}
    strict = org.recommend(company, designs=design, thresholds=org.Thresholds(spread_region=0.9))
    assert speaks(strict, "area", "region") == "against"
    with pytest.raises(
        ValueError,
        match="Thresholds: dominates is a share above 0 and up to 1, got 50. For 50% write 0.50",
    ):
        org.Thresholds(dominates=50)


def test_thresholds_that_are_published_are_those_of_the_publication():
    high = reference.figure("accounts_per_csm_high").high
    limits = org.Thresholds()
    assert limits.close_book == high
    assert limits.high_arr == reference.figure("arr_per_csm_high_touch").typical / high
    assert limits.customer_hours == 1 - reference.figure("not_customer_facing").low


def test_a_division_finer_than_the_people_stands_on_paper(company):
    table = org.recommend(
        company, designs={"fine": org.build(company, "industry", "phase", people=5)}
    )
    assert speaks(table, "fine", "stands on paper") == "against"
