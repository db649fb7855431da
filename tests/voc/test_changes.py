"""From voice to change: asks, waits, and churn after an answer, with the trap of time."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import binom, chi2

from cstoolkit import voc
from cstoolkit.data.company import Company, MissingData
from cstoolkit.synthesis import synthesize
from cstoolkit.voc.changes import _mantel_haenszel, verdict

SEEDS = range(20)

SAID = [
    ("a", "2025-01-01", "p"),
    ("a", "2025-01-10", "p"),  # the same ask
    ("a", "2025-03-01", "p"),  # on the very day of the change: a new ask
    ("b", "2025-01-15", "p"),  # leaves before the change
    ("c", "2025-04-01", "p"),  # after the change, another was decided
    ("c", "2025-02-01", "q"),  # nobody answers
    ("d", "2025-02-20", "p"),
]
CHANGES = pd.DataFrame(
    {
        "change_id": ["G1", "G2", "G3"],
        "topic": ["p", "p", "other"],
        "decided_on": ["2025-02-01", "2025-06-01", "2025-01-01"],
        "shipped_on": ["2025-03-01", None, "2025-02-01"],
    }
)


@pytest.fixture
def told(small):
    company = small(SAID, ends={"b": "2025-02-10"}, changes=CHANGES)
    return company, voc.given(company, company.voices["text"])


def test_asks_and_how_they_ended(told):
    table = voc.waits(*told).sort_values(["customer_id", "asked_on"])
    rows = [
        (r.customer_id, r.topic, f"{r.asked_on:%m-%d}", r.voices, r.days, r.outcome)
        for r in table.itertuples()
    ]
    assert rows == [
        ("a", "p", "01-01", 2, 59, "answered"),
        ("a", "p", "03-01", 1, 121, "open"),
        ("b", "p", "01-15", 1, 26, "left"),
        ("c", "q", "02-01", 1, 149, "open"),
        ("c", "p", "04-01", 1, 90, "open"),
        ("d", "p", "02-20", 1, 9, "answered"),
    ]
    assert table.loc[table["outcome"] == "answered", "change_id"].to_list() == ["G1", "G1"]
    assert (
        table.loc[table["outcome"] != "answered", ["change_id", "answered_on"]].isna().all().all()
    )


def test_what_ships_later_is_not_known_yet(told, small):
    company, _ = told
    then = company.at("2025-02-25")
    table = voc.waits(then, voc.given(then, then.voices["text"]))
    # b's contract ended two weeks ago: it may yet be renewed late.
    assert set(table["outcome"]) == {"open"} and len(table) == 4


def test_lead_times(told):
    table = voc.lead_times(*told).set_index("change_id")
    assert table.index.to_list() == ["G3", "G1", "G2"]
    assert table["asks"].to_dict() == {"G3": 0, "G1": 2, "G2": 2}
    assert table.loc["G1", ["to_decide", "to_ship", "wait"]].to_list() == [31, 28, 34]
    assert table.loc["G2", "first_asked_on"] == pd.Timestamp("2025-03-01") and pd.isna(
        table.loc["G2", "to_ship"]
    )


def test_every_answered_ask_belongs_to_a_change(company, topics):
    asks, lead = voc.waits(company, topics), voc.lead_times(company, topics)
    shipped = lead.dropna(subset=["shipped_on"])
    assert shipped["asks"].sum() == (asks["outcome"] == "answered").sum()
    assert len(asks) == len(asks.drop_duplicates(["customer_id", "topic", "asked_on"]))
    assert asks["voices"].sum() == topics.voices["topic"].notna().sum()


def test_without_changes_it_says_what_is_missing(small):
    company = small([("a", "2025-01-01", "p")])
    topics = voc.given(company, company.voices["text"])
    for figure in (voc.waits, voc.lead_times, voc.churn_after, voc.immortal_time):
        with pytest.raises(MissingData, match="the table changes"):
            figure(company, topics)


@pytest.fixture(scope="module")
def nulls():
    """Twenty worlds in which neither voices nor changes touch renewal: the honest and the naive answer of each."""
    answers = []
    for seed in SEEDS:
        made = synthesize(seed=seed, months=48, customers=400)
        read = {name: made.tables[name] for name in ("customers", "contracts", "voices", "changes")}
        company = Company.from_tables(name="Null", currency="USD", as_of="2025-12-31", **read)
        topics = voc.given(company, made.truth["voices"]["topic"])
        answers.append(
            (voc.churn_after(company, topics), voc.immortal_time(company, topics).iloc[0])
        )
    return answers


@pytest.mark.parametrize("row", [0, 1])
def test_no_effect_is_reported_where_there_is_none(nulls, row):
    away = [bool(after["low"].iloc[row] > 1 or after["high"].iloc[row] < 1) for after, _ in nulls]
    assert sum(away) <= binom.ppf(0.997, len(SEEDS), 0.05)
    logs = np.log([after["ratio"].iloc[row] for after, _ in nulls])
    assert abs(logs.mean()) < 3 * logs.std(ddof=1) / np.sqrt(len(logs))
    errors = np.array(
        [np.log(after["high"].iloc[row] / after["low"].iloc[row]) / 3.92 for after, _ in nulls]
    )
    degrees = len(SEEDS) - 1
    least, most = np.sqrt(chi2.ppf([0.0015, 0.9985], degrees) / degrees)
    assert least < (logs / errors).std(ddof=1) < most, "errors as large as they are said to be"


def test_the_naive_comparison_is_fooled_every_time(nulls):
    assert all(naive["high"] < 0.6 for _, naive in nulls)


def test_the_bundled_company_shows_no_effect(company, topics):
    table = voc.churn_after(company, topics)
    assert (table["verdict"] == "no difference").all()
    assert voc.immortal_time(company, topics)["high"].iloc[0] < 0.5


def planted(effect, seed, size=4_000):
    """Customers of open-ended contracts who leave at a steady rate, times `effect` once their topic was answered."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"c{n:04d}" for n in range(size)])
    topic = rng.choice(["p", "q", "silent"], size, p=[0.35, 0.35, 0.3])
    ships = pd.Timestamp("2024-01-01")
    began = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 365, size), unit="D")
    before = rng.exponential(900, size)
    wait = (ships - began).days.to_numpy()
    after = wait + rng.exponential(900, size) / np.where(topic == "p", effect, 1)
    left = began + pd.to_timedelta(np.where(before < wait, before, after).round(), unit="D")
    spoke = topic != "silent"
    said = pd.DataFrame({"customer_id": ids, "happened_on": "2023-12-01", "text": topic})[
        spoke & (left > "2023-12-02")
    ]
    return Company.from_tables(
        name="Planted",
        currency="EUR",
        as_of="2025-06-30",
        customers=pd.DataFrame({"customer_id": ids}),
        contracts=pd.DataFrame(
            {
                "customer_id": ids,
                "starts_on": began,
                "ends_on": None,
                "stopped_on": pd.Series(left).where(left <= "2025-06-30"),
                "arr": 1.0,
            }
        ),
        voices=said,
        changes=pd.DataFrame(
            {
                "change_id": ["G"],
                "topic": ["p"],
                "decided_on": ["2023-06-01"],
                "shipped_on": [ships],
            }
        ),
    )


@pytest.mark.parametrize("effect", [0.5, 1.0, 1.8])
def test_a_planted_effect_is_found(effect):
    covered = 0
    for seed in range(5):
        company = planted(effect, seed)
        row = voc.churn_after(company, voc.given(company, company.voices["text"])).iloc[0]
        covered += row["low"] <= effect <= row["high"]
        if effect != 1:
            assert row["verdict"] == ("less" if effect < 1 else "more")
    assert covered >= 4


def test_only_time_after_the_change_and_customers_live_then_count(company, topics):
    table = voc.after_changes(company, topics)
    assert table["years"].between(0, 365 / 365.25 + 1e-9).all()
    assert not table.duplicated(["topic", "shipped_on", "customer_id"]).any()
    for (topic, day), part in table.groupby(["topic", "shipped_on"]):
        live = company.snapshot(day)["customer_id"]
        assert set(part["customer_id"]) == set(live)
        said = topics.voices[
            (topics.voices["topic"] == topic) & (topics.voices["happened_on"] < day)
        ]
        said = said[said["happened_on"] > day - pd.Timedelta(days=365)]
        assert set(part.loc[part["group"] == "answered", "customer_id"]) <= set(said["customer_id"])


def test_churn_is_followed_to_its_day(company, topics):
    table = voc.after_changes(company, topics, follow_days=200)
    gone = table[table["churned"].astype(bool)]
    ends = company.spans.dropna(subset=["ends_on"]).groupby("customer_id")["ends_on"].apply(set)
    for row in gone.head(50).itertuples():
        assert (
            row.shipped_on + pd.Timedelta(days=round(row.years * 365.25)) in ends[row.customer_id]
        )


def frame(rng, customers=300, strata=4):
    size = customers * 3
    table = pd.DataFrame(
        {
            "customer_id": rng.integers(0, customers, size),
            "group": rng.choice(["answered", "waiting"], size),
            "stratum": rng.integers(0, strata, size),
            "years": rng.uniform(0.1, 1, size),
        }
    )
    rate = 0.3 * (1 + table["stratum"]) / 2 * np.where(table["group"] == "answered", 1.4, 1)
    return table.assign(churned=rng.random(size) < 1 - np.exp(-rate * table["years"]))


def test_the_ratio_is_near_that_of_a_poisson_regression_with_strata():
    for seed in range(3):
        table = frame(np.random.default_rng(seed))
        ratio, low, high = _mantel_haenszel(table, 0.95)
        design = pd.get_dummies(table["stratum"], dtype=float).assign(
            one=(table["group"] == "answered").astype(float)
        )
        fitted = sm.GLM(
            table["churned"].astype(float),
            design,
            family=sm.families.Poisson(),
            offset=np.log(table["years"]),
        ).fit(cov_type="cluster", cov_kwds={"groups": table["customer_id"].to_numpy()})
        assert np.log(ratio) == pytest.approx(fitted.params["one"], abs=0.03)
        assert np.log(high / low) / 3.92 == pytest.approx(fitted.bse["one"], rel=0.1)


def test_the_error_is_that_of_leaving_out_one_customer_at_a_time():
    table = frame(np.random.default_rng(5), customers=80)
    _, low, high = _mantel_haenszel(table, 0.95)
    without = [
        np.log(_mantel_haenszel(table[table["customer_id"] != each], 0.95)[0])
        for each in table["customer_id"].unique()
    ]
    n = len(without)
    jackknife = np.sqrt((n - 1) / n * ((np.array(without) - np.mean(without)) ** 2).sum())
    assert np.log(high / low) / 3.92 == pytest.approx(jackknife, rel=0.1)


def test_too_few_who_left_give_no_ratio(small):
    said = [("a", "2025-01-01", "p"), ("b", "2025-01-01", "q")]
    changes = pd.DataFrame(
        {
            "change_id": ["G"],
            "topic": ["p"],
            "decided_on": ["2025-01-02"],
            "shipped_on": ["2025-02-01"],
        }
    )
    company = small(said, changes=changes)
    table = voc.churn_after(company, voc.given(company, company.voices["text"]))
    assert table["ratio"].isna().all()
    assert (table["verdict"] == "too few").all()
    assert verdict(table.iloc[0]).startswith("Fewer than 5 customers left on a side")
    with pytest.raises(ValueError, match="follow_days is a whole number of at least 1"):
        voc.churn_after(company, voc.given(company, company.voices["text"]), follow_days=0)


def test_no_change_has_shipped(small):
    changes = pd.DataFrame(
        {
            "change_id": ["G"],
            "topic": ["other"],
            "decided_on": ["2025-01-02"],
            "shipped_on": ["2025-02-01"],
        }
    )
    company = small([("a", "2025-01-01", "p")], changes=changes)
    topics = voc.given(company, company.voices["text"])
    assert voc.after_changes(company, topics).empty
    assert voc.churn_after(company, topics)["ratio"].isna().all()


def test_no_change_has_shipped_yet(small):
    under_way = CHANGES.assign(shipped_on=None)
    company = small(SAID, changes=under_way)
    topics = voc.given(company, company.voices["text"])
    assert set(voc.waits(company, topics)["outcome"]) == {"open"}
    assert (voc.churn_after(company, topics)["verdict"] == "too few").all()
    assert voc.immortal_time(company, topics)["ratio"].isna().all()
