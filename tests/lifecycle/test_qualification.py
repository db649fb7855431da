"""Qualification: hand-made outcomes, scikit-learn and brute force as oracles, and the truth of the bundled company."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import cstoolkit as cs
from cstoolkit import lifecycle
from cstoolkit.data.company import Company
from cstoolkit.lifecycle import QualificationRules


@pytest.fixture(scope="module")
def deals(company):
    return lifecycle.qualified(company)


def small(as_of="2025-12-31", ends_on=("2024-01-01", "2024-02-01", "2027-01-01", None)) -> Company:
    ids = list("abcd")
    starts = ["2023-01-01", "2023-02-01", "2024-01-01", "2025-10-01"]
    contracts = pd.DataFrame(
        {"customer_id": ids, "starts_on": starts, "ends_on": ends_on, "arr": [10, 20, 30, 40]}
    )
    renewed = {"customer_id": "b", "starts_on": "2024-02-01", "ends_on": "2026-02-01", "arr": 20}
    return Company.from_tables(
        name="Small",
        currency="EUR",
        as_of=as_of,
        customers=pd.DataFrame({"customer_id": ids}),
        contracts=pd.concat([contracts, pd.DataFrame([renewed])], ignore_index=True),
        milestones=pd.DataFrame(
            {
                "customer_id": ids,
                "milestone": ["first_value", "basic_value", "exceeded_value", "basic_value"],
                "happened_on": ["2023-03-01", "2023-06-01", "2024-12-01", "2025-10-20"],
            }
        ),
        deals=pd.DataFrame(
            {
                "deal_id": list("1234567"),
                "customer_id": ["a", "b", "c", "d", None, None, "b"],
                "happened_on": [
                    "2022-12-01",
                    "2022-12-20",
                    "2023-12-01",
                    "2025-09-01",
                    "2024-01-01",
                    "2024-02-01",
                    "2024-06-01",
                ],
                "fit": [30, 80, 60, 70, 20, None, 90],
                "outcome": ["sold", "sold", "sold", "sold", "referred", "lost", "sold"],
                "arr": [10, 20, 30, 40, 50, 60, 5],
            }
        ),
    )


def test_what_became_of_each_deal():
    found = lifecycle.qualified(small())
    # Deal 7 was won with a live customer: it led to no journey. Customer d began too lately to know, though value came.
    assert found["customer_id"].to_list() == list("abcd")
    assert found["value"].to_list() == [False, True, False, pd.NA]
    # The three years of c are not over, and d's contract has no end: neither could leave yet.
    assert found["churned"].to_list() == [True, False, pd.NA, pd.NA]
    rules = QualificationRules(milestone="first_value", value_days=365)
    wider = lifecycle.qualified(small(), rules)
    assert wider["value"].to_list() == [True, True, True, pd.NA]
    # 60 days are known of customer d by the end of the year.
    soon = lifecycle.qualified(small(), QualificationRules(value_days=60))
    assert soon["value"].to_list() == [False, False, False, True]


def test_churn_is_counted_at_the_first_renewal_of_each_contract_and_after_its_grace():
    three_years = small(ends_on=("2026-01-01", "2023-03-01", "2027-01-01", None)).at("2023-06-30")
    found = lifecycle.qualified(three_years).set_index("customer_id")["churned"]
    # b's month is over since March; a's three years have most of their time to go.
    assert found["b"] and found.isna().to_dict() == {"a": True, "b": False}
    for date, known in (("2024-01-30", False), ("2024-01-31", True)):
        found = lifecycle.qualified(small().at(date)).set_index("customer_id")["churned"]
        assert pd.notna(found["a"]) == known


def test_known_outcomes_do_not_depend_on_what_has_happened_so_far(company):
    date = pd.Timestamp("2024-06-30")
    then, now = lifecycle.qualified(company.at(date)), lifecycle.qualified(company)
    both = then.merge(now, on="deal_id", suffixes=("", "_now"))
    assert len(both) == len(then)
    for name in ("value", "churned"):
        known = both[name].notna()
        assert known.sum() > 100
        assert (both[name][known] == both[f"{name}_now"][known]).all()


def test_calibration_by_hand():
    deals = pd.DataFrame(
        {
            "fit": [10, 20, 60, 60, 100, None],
            "churned": pd.array([1, 0, 0, 1, 0, 1], dtype="boolean"),
        }
    )
    table = lifecycle.calibration(deals, "churned", bands=(0, 50, 100))
    assert table["deals"].to_list() == [2, 3] and table["score"].to_list() == [15, 220 / 3]
    assert table["share"].to_list() == [0.5, pytest.approx(1 / 3)]
    assert table["lift"].to_list() == [pytest.approx(0.5 / 0.4), pytest.approx(1 / 1.2)]
    with pytest.raises(ValueError, match="bands are rising edges"):
        lifecycle.calibration(deals, "churned", bands=(0, 50, 50))
    with pytest.raises(ValueError, match="bands are rising edges"):
        lifecycle.calibration(deals, "churned", bands=(0, float("nan"), 100))
    for at, told in (([], "of at least 1, got 0"), ([float("nan")], "got nan"), ([-5], "got -5")):
        with pytest.raises(ValueError, match=told):
            lifecycle.cutoffs(deals.assign(arr=1.0), at=at)
    with pytest.raises(ValueError, match="deals lacks the column left"):
        lifecycle.calibration(deals, "left")
    with pytest.raises(cs.MissingData, match="no deal has both"):
        lifecycle.calibration(deals[5:], "churned")


def test_an_answer_ranks_deals_as_the_fit_does(deals):
    answer = next(name for name in deals if name.startswith("answer_"))
    known = deals.dropna(subset=[answer, "value"])
    found = lifecycle.discrimination(deals, "value", score=answer)
    oracle = roc_auc_score(known["value"].astype(bool), known[answer].astype(float))
    assert found.value == pytest.approx(oracle)


def test_fit_predicts_here_what_the_truth_says_it_does(company, deals):
    """Estimated: in the published truth fit speeds value up and lowers churn, so both areas lie on their side of a coin's."""
    assert lifecycle.discrimination(deals, "value").low > 0.5
    assert lifecycle.discrimination(deals, "churned").high < 0.5
    # A placebo: the same fit given to other deals tells nothing.
    rng = np.random.default_rng(4)
    placebo = deals.assign(fit=rng.permutation(deals["fit"]))
    coin = lifecycle.discrimination(placebo, "churned")
    assert coin.low < 0.5 < coin.high and coin.p_value > 0.05


def test_cutoffs_by_brute_force(deals):
    table = lifecycle.cutoffs(deals, at=[0, 40, 55.5, 100], rules=QualificationRules(churn_cost=2))
    known = deals[deals["fit"].notna() & deals["churned"].notna()]
    for row in table.itertuples():
        declined = known[known["fit"] < row.cutoff]
        gone = declined["churned"].astype(bool)
        assert (row.declined, row.averted) == (len(declined), gone.sum())
        assert row.declined_arr == pytest.approx(declined["arr"].sum())
        assert row.averted_arr + row.forgone_arr == pytest.approx(row.declined_arr)
        assert row.net == pytest.approx(
            2 * declined.loc[gone, "arr"].sum() - declined.loc[~gone, "arr"].sum()
        )
    assert table.loc[0, "declined"] == 0 and np.isnan(table.loc[0, "right"])


def test_outcomes_add_up(company):
    table = lifecycle.outcomes(company)
    assert table["deals"].sum() == len(company.deals)
    assert table["arr"].sum() == pytest.approx(company.deals["arr"].sum())
    np.testing.assert_allclose(table.groupby("fit", observed=True)["share"].sum(), 1)
    poor = table[(table["fit"] == "poor") & (table["outcome"] == "sold")]["deals"].item()
    assert poor == ((company.deals["fit"] < 50) & (company.deals["outcome"] == "sold")).sum()
    assert "open" in set(lifecycle.outcomes(company.at("2024-06-30"))["outcome"])


def test_rules_that_cannot_be_and_companies_without_deals():
    with pytest.raises(ValueError, match="milestone is one of contract_signed"):
        QualificationRules(milestone="joy")
    with pytest.raises(ValueError, match="churn_cost is a number of at least 0, got -1"):
        QualificationRules(churn_cost=-1)
    without = small().at("2022-11-01")
    with pytest.raises(cs.MissingData, match="deals"):
        lifecycle.qualified(without)
