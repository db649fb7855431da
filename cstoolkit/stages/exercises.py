"""Answers to the exercises of notebook 02; their texts stand in exercises.toml."""

from cstoolkit import org, stages, ttv
from cstoolkit.exercises import load


def months_in_stage_3(company):
    path = stages.history(company)
    return (path["stage"] == 3).sum()


def months_from_stage_3(company):
    return (stages.history(company)["stage"] >= 3).sum()


def months_up_to_stage_3(company):
    return (stages.history(company)["stage"] <= 3).sum()


def among_like_customers(company):
    return ttv.paid_effect(company, days=180).iloc[-1]["difference"]


def plain_difference(company):
    return ttv.paid_effect(company, days=180).iloc[0]["difference"]


def by_the_decision(company):
    return ttv.paid_effect(company).iloc[-1]["difference"]


def book_to_outsource(company):
    return stages.vacancy_break_even(stages.Vacancy(months=6))


def book_with_full_quality(company):
    return stages.vacancy_break_even(stages.Vacancy(months=6, quality=1.0))


def book_with_default_months(company):
    return stages.vacancy_break_even()


def office(company):
    """Where most customers would come closer, and what the break-even there rests on."""
    near = org.effects(company).set_index("effect").loc["region_shared"]
    regions = stages.regional_office(company, closeness=near)
    others = regions[~regions["home"]]
    region = (others if len(others) else regions).sort_values("far").iloc[-1]
    assumed = stages.RegionalOffice()
    keeps, low, high = stages.closeness_keeps(company, near)
    careful = stages.break_even(region["arr_mean"], stages.RegionalOffice(saved=0.0, won=0.0))
    plain = "an office never pays" if careful == float("inf") else f"it takes {careful:,.0f}"
    found = {"keeps": keeps, "keeps_low": low, "keeps_high": high}
    return {**region, **found, "won": assumed.won, "plain": plain}


EXERCISES = load(
    "stages",
    months_in_stage_3,
    months_from_stage_3,
    months_up_to_stage_3,
    among_like_customers,
    plain_difference,
    by_the_decision,
    book_to_outsource,
    book_with_full_quality,
    book_with_default_months,
    office,
)
