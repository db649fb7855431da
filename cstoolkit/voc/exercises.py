"""Answers to the exercises of notebook 08; their texts stand in exercises.toml."""

from cstoolkit import voc
from cstoolkit.exercises import load


def mean_score(company):
    return company.voices["score"].mean()


def missing_as_zero(company):
    return company.voices["score"].fillna(0).mean()


def missing_as_middle(company):
    return company.voices["score"].fillna(5).mean()


def share_scored(company):
    return company.voices["score"].notna().mean()


def arr_that_spoke(company):
    table = voc.arr_at_risk(company, voc.assign(company))
    return table.set_index(["topic", "segment"]).loc[("any topic", "total"), "arr"]


def topics_added_up(company):
    table = voc.arr_at_risk(company, voc.assign(company))
    return table.loc[(table["segment"] == "total") & (table["topic"] != "any topic"), "arr"].sum()


def arr_that_ever_spoke(company):
    table = voc.arr_at_risk(company, voc.assign(company), window_days=None)
    return table.set_index(["topic", "segment"]).loc[("any topic", "total"), "arr"]


def all_arr(company):
    return company.snapshot()["arr"].sum()


def ratio_in_half_a_year(company):
    after = voc.churn_after(company, voc.assign(company), follow_days=180)
    return after.set_index("against").loc["waiting", "ratio"]


def ratio_in_one_year(company):
    after = voc.churn_after(company, voc.assign(company))
    return after.set_index("against").loc["waiting", "ratio"]


def from_the_asking(company):
    return voc.immortal_time(company, voc.assign(company))["ratio"].iloc[0]


def without_strata(company):
    first = voc.churn_after(company, voc.assign(company), follow_days=180).iloc[0]
    return first["rate"] / first["other_rate"]


def against_the_silent(company):
    after = voc.churn_after(company, voc.assign(company), follow_days=180)
    return after.set_index("against").loc["silent", "ratio"]


def request(company):
    """The figures of three sentences to development."""
    topics = voc.assign(company)
    table = voc.requirements(company, topics)
    table = table.assign(started=table["under_way"].notna())
    first = table.sort_values("started", kind="stable").iloc[0]
    score = voc.scores(company, topics).set_index("topic").loc[first["topic"]]
    return {
        "topic": first["topic"].replace("_", " "),
        "customers": first["customers"],
        "arr": first["arr"],
        "currency": company.currency,
        "rank": first["rank"],
        "low": first["rank_low"],
        "high": first["rank_high"],
        "missing": score["missing"],
    }


EXERCISES = load(
    "voc",
    mean_score,
    missing_as_zero,
    missing_as_middle,
    share_scored,
    arr_that_spoke,
    topics_added_up,
    arr_that_ever_spoke,
    all_arr,
    ratio_in_half_a_year,
    ratio_in_one_year,
    from_the_asking,
    without_strata,
    against_the_silent,
    request,
)
