"""Pictures of the journey: what they say is computed from the frame, and edge cases draw."""

from __future__ import annotations

import pandas as pd
import pytest

from cstoolkit import lifecycle, theme
from cstoolkit.lifecycle import plots


@pytest.fixture(scope="module")
def spells(company):
    return lifecycle.spells(company)


def texts(ax) -> str:
    every = [ax.get_title(loc="left"), *(each.get_text() for each in ax.texts)]
    return "\n".join(every)


def drawn(ax):
    ax.figure.canvas.draw()
    return ax


def test_now_counts_main_phases_and_those_that_come_second(company):
    now = lifecycle.current(company)
    told = texts(drawn(plots.now(now)))
    several = now[now["others"] != ""]
    assert f"{len(several):,} of {len(now):,} customers" in told
    main = (now["phase"] == "expansion").sum()
    assert f"{main:,} + {now['others'].str.contains('expansion').sum():,}" in told


def test_arrows_keep_clear_of_the_boxes(spells):
    ax = drawn(plots.flow(lifecycle.flows(spells)))
    boxes = [
        each.get_bbox_patch().get_window_extent()
        for each in ax.texts
        if each.get_text() in plots._PLACES
    ]
    for arrow in ax.patches:
        middle = arrow.get_transform().transform(arrow.get_path().vertices).mean(axis=0)
        assert not any(box.contains(*middle) for box in boxes)
    numbers = [each for each in ax.texts if each.get_text().replace(",", "").isdigit()]
    assert len(numbers) == len(ax.patches)
    for number in numbers:
        centre = number.get_window_extent()
        assert not any(box.overlaps(centre) for box in boxes)


def test_flow_states_the_share_that_churned_and_draws_every_common_move(spells):
    table = lifecycle.flows(spells, "2025-01-01", "2026-01-01")
    ax = drawn(plots.flow(table))
    closed = table[table["source"] == "renewal"]
    left = closed[closed["target"] == "churned"]["moves"].sum()
    assert (
        f"Of {closed['moves'].sum():,} renewal windows that closed, {left / closed['moves'].sum():.0%}"
        in texts(ax).replace("\n", " ")
    )
    common = table[table["moves"] >= 0.01 * table["moves"].sum()]
    assert all(f"{moves:,}" in texts(ax) for moves in common["moves"])
    assert len(ax.patches) == len(
        common
    ) and f"{table['moves'].sum() - common['moves'].sum():,} rarer moves" in texts(ax)


def test_flow_of_a_company_where_nobody_renewed(spells):
    table = lifecycle.flows(spells[spells["state"] == "onboarding"])
    assert "moves between phases" in texts(drawn(plots.flow(table)))


def test_occupancy_fills_the_whole_height(spells):
    table = lifecycle.occupancy(spells, days=range(0, 731, 10))
    ax = drawn(plots.occupancy(table))
    at = table[(table["state"] == "churned") & (table["day"] == 730)]["share"].item()
    assert f"{at:.0%} after 730" in texts(ax).replace("\n", " ")
    assert ax.get_ylim() == (0, 1) and len(ax.collections) == 5


def test_inside_counts_the_live_customers(company):
    ax = drawn(plots.inside(lifecycle.history(lifecycle.spells(company), company.as_of)))
    assert f"{len(company.snapshot()):,} customers" in texts(ax)


def test_stall_board_shows_open_stalls_and_says_when_there_are_none(company):
    found = lifecycle.stalls(company)
    ax = drawn(plots.stall_board(company.usage, found, most=4, columns=2))
    going = found[found["ended_on"].isna()]
    assert ax.figure.get_suptitle().startswith(f"{len(going):,} stalls are open")
    latest = going.sort_values("found_on", ascending=False, kind="stable").iloc[0]
    assert latest["customer_id"] in ax.get_title(loc="left") and len(ax.figure.axes) == 4
    work = lifecycle.worklist(company, found).head(2)
    listed = drawn(plots.stall_board(company.usage, found, work)).figure.axes
    assert [ax.get_title(loc="left").split(",")[0] for ax in listed[:2]] == work[
        "customer_id"
    ].to_list()
    assert f"ARR {theme.short(work['arr'].iloc[0])}" in listed[0].get_title(loc="left")
    one = drawn(plots.stall_board(company.usage, found, [latest["customer_id"]]))
    assert len([each for each in one.figure.axes if each.axison]) == 1
    assert "no stall is open" in texts(drawn(plots.stall_board(company.usage, found[:0])))


def test_calibration_cutoffs_and_effort_state_their_findings(company):
    deals = lifecycle.qualified(company)
    table = lifecycle.calibration(deals, "churned")
    ax = drawn(plots.calibration(table))
    assert f"{table['share'].iloc[0]:.0%} of the worst-fitting" in texts(ax)
    assert "had value" in texts(
        drawn(plots.calibration(lifecycle.calibration(deals, "value"), "value"))
    )
    dear = lifecycle.cutoffs(deals, rules=lifecycle.QualificationRules(churn_cost=3))
    cheap = lifecycle.cutoffs(deals, rules=lifecycle.QualificationRules(churn_cost=0))
    best = dear.loc[dear["net"].idxmax(), "cutoff"]
    assert f"below {best:.0f} would have paid" in texts(drawn(plots.cutoffs(dear, currency="USD")))
    assert "no cut-off on fit would have paid" in texts(drawn(plots.cutoffs(cheap)))
    effort = lifecycle.effort(company)
    wide = effort.pivot(index="phase", columns="tier", values="hours_per_month")
    spread = wide.max() / wide.min()
    assert f"{spread.min():.1f} to {spread.max():.1f} times" in texts(drawn(plots.effort(effort)))


def test_hostile_names_are_only_text(company):
    usage = pd.DataFrame(
        {
            "customer_id": "<b>$x_",
            "month": pd.date_range("2024-01-01", periods=6, freq="MS"),
            "active_users": 5.0,
        }
    )
    stall = lifecycle.stalls(company).iloc[:1].assign(customer_id="<b>$x_", ended_on=pd.NaT)
    ax = drawn(plots.stall_board(usage, stall))
    assert "<b>$x_" in ax.get_title(loc="left")
