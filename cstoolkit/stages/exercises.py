"""Answers to the exercises of notebook 02; their texts stand in exercises.toml."""

from cstoolkit import stages
from cstoolkit.exercises import load


def months_in_stage_3(company):
    path = stages.history(company)
    return (path["stage"] == 3).sum()


def months_from_stage_3(company):
    return (stages.history(company)["stage"] >= 3).sum()


def months_up_to_stage_3(company):
    return (stages.history(company)["stage"] <= 3).sum()


def among_like_customers(company):
    effect = stages.onboarding_effect(company).set_index("estimate")
    return effect.loc["same fit and size", "difference"]


def plain_difference(company):
    return stages.onboarding_effect(company).set_index("estimate").loc["crude", "difference"]


def upper_end(company):
    return stages.onboarding_effect(company).iloc[-1]["high"]


def book_to_outsource(company):
    return stages.vacancy_break_even(stages.Vacancy(months=6))


def book_with_full_quality(company):
    return stages.vacancy_break_even(stages.Vacancy(months=6, quality=1.0))


def book_with_default_months(company):
    return stages.vacancy_break_even()


def office(company):
    """Where fewest of CS work, and what the break-even of an office there rests on."""
    region = stages.regional_office(company).sort_values("people").iloc[0]
    assumed = stages.RegionalOffice()
    careful = stages.break_even(region["arr_mean"], stages.RegionalOffice(saved=0.0, won=0.0))
    plain = "an office never pays" if careful == float("inf") else f"it takes {careful:,.0f}"
    return {**region, "saved": assumed.saved, "won": assumed.won, "plain": plain}


EXERCISES = load(
    "stages",
    months_in_stage_3,
    months_from_stage_3,
    months_up_to_stage_3,
    among_like_customers,
    plain_difference,
    upper_end,
    book_to_outsource,
    book_with_full_quality,
    book_with_default_months,
    office,
)
