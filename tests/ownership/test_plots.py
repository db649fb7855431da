"""Pictures of ownership: they show what the frame says, and the title states the finding."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from cstoolkit import ownership, theme
from cstoolkit.data.company import Company
from cstoolkit.ownership import plots


def title(ax):
    return " ".join(ax.get_title(loc="left").split())


def words(ax):
    return [each.get_text() for each in ax.texts]


def drawn(ax):
    ax.figure.canvas.draw()
    assert all(text.get_fontsize() >= theme.TEXT for text in ax.texts)
    return ax


def flows(teams, items, seed=1):
    rng = np.random.default_rng(seed)
    rows = [
        (f"team {t}", way, f"item {rng.integers(items)}")
        for t in range(teams)
        for way in ("in", "out")
        for _ in range(2)
    ]
    return pd.DataFrame(rows, columns=["team", "direction", "item"])


@pytest.mark.parametrize("make", [ownership.sample, ownership.without_overlap])
def test_the_heat_map_has_a_letter_for_every_part(make):
    chart = make()
    findings = ownership.check(chart)
    ax = drawn(plots.heatmap(chart, findings))
    letters = chart["part"].map({"responsible": "R", "taking part": "T", "informed": "i", "": ""})
    assert sorted(words(ax)) == sorted(letters)
    sharp = findings[findings["finding"] == "no overlap"]
    assert len(ax.get_lines()) == len(sharp)
    assert ("no breach" in title(ax)) == sharp.empty


def test_the_heat_map_frames_a_gap():
    cs = dict.fromkeys(ownership.steps(), "responsible") | {"onboard": "taking part"}
    chart = ownership.chart({"CS": cs, "sales": {"kickoff": "taking part"}})
    ax = drawn(plots.heatmap(chart, ownership.check(chart)))
    assert title(ax) == "1 step without an owner"
    assert "nobody is responsible" in " ".join(ax.get_xlabel().split())
    alone = ownership.chart({"CS": dict.fromkeys(ownership.steps(), "responsible"), "sales": {}})
    assert (
        title(plots.heatmap(alone, ownership.check(alone)))
        == "CS and sales never work on the same step"
    )


def cells(arrows):
    return len(arrows[["giver", "taker"]].drop_duplicates())


def test_a_small_picture_of_flows_names_what_passes():
    sample = ownership.sample_flows()
    arrows, lines = ownership.edges(sample), ownership.interfaces(sample)
    ax = drawn(plots.flows(arrows, lines))
    assert len(ax.patches) == cells(arrows) + len(lines)  # and each team against itself
    said = " ".join(" ".join(words(ax)).split())
    assert all(item in said for item in arrows["item"])
    assert title(ax).endswith("every team is a line, nothing hangs loose")


@pytest.mark.parametrize(("teams", "items"), [(1, 1), (3, 2), (12, 20), (60, 90)])
def test_flows_between_any_number_of_teams_are_all_there(teams, items):
    table = flows(teams, items)
    arrows, lines = ownership.edges(table), ownership.interfaces(table)
    ax = drawn(plots.flows(arrows, lines))
    names = {each.get_text().replace("\n", " ") for each in ax.get_yticklabels()}
    assert names == {f"team {each}" for each in range(teams)}
    assert len(words(ax)) == cells(arrows)


def test_a_team_that_is_no_line_stands_out():
    table = pd.DataFrame(
        [("A", "out", "x"), ("B", "in", "x"), ("C", "out", "film")],
        columns=["team", "direction", "item"],
    )
    ax = drawn(plots.flows(ownership.edges(table), ownership.interfaces(table)))
    assert (
        title(ax) == "1 thing passes between 3 teams; no line: A, B, C; something hangs loose at 1"
    )
    assert {each.get_fontweight() for each in ax.get_yticklabels()} == {"bold"}
    sample = ownership.sample_flows()
    ax = plots.flows(ownership.edges(sample), ownership.interfaces(sample))
    assert {each.get_fontweight() for each in ax.get_yticklabels()} == {"normal"}


def test_effects_are_ratios_with_their_intervals(company):
    frame = ownership.handoff_effects(company, ["leave", "stall"])
    ax = drawn(plots.effects(frame))
    dots = sorted(
        float(each.get_offsets()[0, 0])
        for each in ax.collections
        if isinstance(each, PathCollection)
    )
    shown = frame[frame["effect"] != "notes win back"]["ratio"]
    assert dots == pytest.approx(sorted(shown))
    assert "After a handoff without notes" in title(ax)
    unsure = frame.assign(low=-1.0, high=1.0)
    assert (
        title(drawn(plots.effects(unsure))) == "No effect of handoffs is certain on these records"
    )
    none = frame.assign(
        **dict.fromkeys(["estimate", "low", "high", "ratio", "ratio_low", "ratio_high"], np.nan)
    )
    assert any("no estimate" in each for each in words(drawn(plots.effects(none))))


def test_the_calendar_shows_the_largest_renewals_and_counts_all(company):
    bands = dict(zip(company.customers["customer_id"], itertools.cycle(ownership.BANDS)))
    frame = ownership.calendar(company, bands)
    ax = drawn(plots.calendar(frame, company.as_of, top=8))
    every = frame.drop_duplicates(["customer_id", "renews_on"])
    assert title(ax).startswith(f"{len(every):,} renewals are coming up")
    assert len(ax.get_yticks()) == 8
    largest = every.nlargest(8, "arr")["arr"]
    assert sorted(each.get_text().split()[-1] for each in ax.get_yticklabels()) == sorted(
        theme.short(each) for each in largest
    )
    ax = drawn(plots.calendar(ownership.calendar(company, {}), company.as_of, top=3))
    assert any("not rated" in each for each in words(ax))
    assert title(ax) == f"{len(every):,} renewals are coming up, none of them rated"
    assert title(drawn(plots.calendar(frame.iloc[:0], company.as_of))).startswith("0 renewals")


def test_names_are_drawn_as_they_stand():
    name = r"$\frac{a_^$"
    contracts = {"customer_id": ["a"], "starts_on": ["2023-12-01"], "ends_on": ["2024-09-01"]}
    company = Company.from_tables(
        name=name,
        currency="EUR",
        as_of="2024-06-30",
        customers=pd.DataFrame({"customer_id": ["a"], "name": [name]}),
        contracts=pd.DataFrame({**contracts, "arr": [1.0]}),
    )
    ax = drawn(plots.calendar(ownership.calendar(company, {}), company.as_of))
    assert ax.get_yticklabels()[0].get_text() == f"{name}  1"
