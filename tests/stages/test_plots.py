"""Pictures of the growth stages: they show what the frame says, and the title states the finding."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cstoolkit import stages, theme, ttv
from cstoolkit.stages import plots


def title(ax):
    return " ".join(ax.get_title(loc="left").split())


def words(ax):
    return [each.get_text() for each in ax.texts]


def drawn(ax):
    ax.figure.canvas.draw()
    assert all(text.get_fontsize() >= theme.TEXT for text in ax.texts)
    return ax


@pytest.fixture(scope="module")
def path(company):
    return stages.history(company)


def test_the_timeline_shows_customers_people_and_each_change_of_stage(path):
    above, below = plots.timeline(path, stages.table())
    drawn(above)
    passed = stages.passages(path)["date"].iloc[1:]
    customers = f"{path['customers'].iloc[-1]:,} live customers"
    assert title(above) == f"In stage 5 since {passed.iloc[-1]:%b %Y}, with {customers}"
    assert np.array_equal(above.get_lines()[0].get_ydata(), path["customers"])
    assert {f"{date:%b %Y}" for date in passed} <= set(words(above))
    assert any(np.array_equal(line.get_ydata(), path["people"]) for line in below.get_lines())
    assert title(below).startswith("People in CS: inside S1's headcount in")


def test_a_timeline_of_a_young_company_without_people(path):
    young = path.head(3).assign(people=np.nan, against="not known")
    above, below = plots.timeline(young, stages.table())
    drawn(below)
    assert title(below) == "Nobody in CS is on record: S1's headcount alone"
    assert "stage 4" not in words(above)
    above, _ = plots.timeline(path.iloc[::-1].assign(date=path["date"].to_numpy()), stages.table())
    assert title(above) == "Back in stage 1, with 7 live customers"
    above, _ = plots.timeline(path.tail(3), stages.table())
    assert title(above).startswith("In stage 5 all along")


def test_functions_have_a_bar_from_the_day_they_came(company):
    frame = stages.functions(company, "2023-06-30")
    ax = drawn(plots.functions(frame, pd.Timestamp("2023-06-30")))
    there = frame[frame["verdict"] == "there"]
    assert len(ax.patches) == len(there)
    assert title(ax).startswith(f"{len(there)} of {len(frame)} functions are there")
    assert words(ax).count("later") == (frame["verdict"] == "later").sum()
    bare = frame.assign(verdict="not on record", since=pd.NaT, stage_reached=pd.NaT)
    assert title(drawn(plots.functions(bare, pd.Timestamp("2023-06-30")))).startswith("0 of")


def test_offices_mark_the_break_even(company):
    frame = stages.regional_office(company)
    ax = drawn(plots.offices(frame))
    assert [bar.get_width() for bar in ax.patches] == frame["far"].to_list()
    marks = [segment[0, 0] for segment in ax.collections[0].get_segments()]
    assert marks == pytest.approx(frame.loc[~frame["home"], "break_even"].to_list())
    others = frame[~frame["home"]]
    assert f"in {(others['verdict'] == 'pays').sum()} of {len(others)} regions" in title(ax)
    never = stages.regional_office(company, stages.RegionalOffice(saved=0, won=0, travel=0))
    assert title(drawn(plots.offices(never))).startswith("An office pays in no region")
    unsure = frame.assign(verdict=frame["verdict"].replace("pays", "cannot be told"))
    assert "it cannot be told" in title(drawn(plots.offices(unsure)))
    alone = drawn(plots.offices(frame[frame["home"]].assign(region=r"$\frac{a_^$")))
    assert title(alone) == "No region besides the head office's has customers"
    assert alone.get_yticklabels()[0].get_text() == r"$\frac{a_^$"


def test_the_swing_shows_both_ends_and_says_never():
    table = stages.office_swing(29_000)
    ax = drawn(plots.swing(table))
    assert table["says"].iloc[0] in title(ax)
    ends = {round(bar.get_x() + bar.get_width(), 6) for bar in ax.patches}
    assert set(table[["at_low", "at_high"]].round(6).to_numpy().ravel()) <= ends
    poor = drawn(plots.swing(stages.office_swing(2_000)))
    assert any("never" in each for each in words(poor))


def test_the_onboarding_effect_says_when_it_may_be_nothing(company):
    effect = ttv.paid_effect(company)
    ax = drawn(plots.onboarding(effect))
    sure = effect["low"].iloc[-1] > 0
    assert ("may be nothing" in title(ax)) != sure
    assert f"{effect['difference'].iloc[0] * 100:+.0f} points" in words(ax)
    alone = drawn(plots.onboarding(effect.assign(low=effect["difference"] / 2)))
    assert "may be nothing" not in title(alone)


@pytest.mark.parametrize(("arr", "says"), [(4e6, "outsourcing is"), (1e5, "leaving it open is")])
def test_the_vacancy_names_the_cheaper_way(arr, says):
    ax = drawn(plots.vacancy(stages.vacancy(arr)))
    assert says in title(ax) and {"left open", "outsourced"} <= set(words(ax))
    even = drawn(plots.vacancy(stages.vacancy(stages.vacancy_break_even())))
    assert title(even) == "Leaving the post open and outsourcing cost the same"


def test_changes_of_stage_close_to_each_other_are_named_once():
    path = pd.DataFrame(
        {
            "date": pd.date_range("2022-01-31", periods=40, freq="ME"),
            "customers": [5] * 20 + [11, 9, 12, 9] + [13] * 16,
            "people": 1.0,
            "against": "inside",
        }
    )
    path["stage"] = stages.stage(path["customers"].to_numpy())
    bands = stages.table().set_index("stage").loc[path["stage"]].reset_index(drop=True)
    path[["headcount_low", "headcount_high"]] = bands[["headcount_low", "headcount_high"]].astype(
        float
    )
    upper = plots.timeline(path, stages.table())[0]
    assert [each for each in words(upper) if "20" in each] == ["Jan 2024"]
