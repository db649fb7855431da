"""Pictures of staffing: they show what the frame says, and the title states the finding."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cstoolkit import staffing, theme
from cstoolkit.staffing import plots

CAPACITY = staffing.Capacity()


@pytest.fixture
def base():
    return pd.DataFrame(
        {
            "segment": ["high"] * 60 + ["low"] * 300,
            "tier": ["high"] * 60 + ["low"] * 300,
            "arr": [60_000.0] * 60 + [9_000.0] * 300,
        }
    )


@pytest.fixture
def bottom(base):
    return staffing.bottom_up(base, staffing.effort_table(), CAPACITY, starts=8)


def words(ax):
    return [each.get_text() for each in ax.texts]


def title(ax):
    return " ".join(ax.get_title(loc="left").split())


@pytest.fixture(autouse=True)
def draws_without_a_warning(request):
    """Each picture is really drawn once; warnings are errors."""
    made = []
    request.node.made = made
    yield
    for ax in made:
        ax.figure.canvas.draw()
        assert all(text.get_fontsize() >= theme.TEXT for text in ax.texts)


@pytest.mark.parametrize(
    ("scale", "starts"),
    [(0.5, "The budget pays for"), (1.0, "Both approaches agree"), (2.0, "The budget pays for")],
)
def test_approaches_state_the_verdict(request, bottom, scale, starts):
    table = staffing.reconcile(bottom.assign(csms=bottom["csms"] * scale), bottom).table
    ax = plots.approaches(table)
    request.node.made.append(ax)
    assert title(ax).startswith(starts)
    assert f"{bottom['csms'].sum():.1f}" in title(ax) or "more than the plan needs" in title(ax)
    dots = np.sort(
        np.concatenate(
            [each.get_offsets()[:, 0] for each in ax.collections if len(each.get_offsets()) == 2]
        )
    )
    shown = np.sort(table.iloc[:-1][["csms_top_down", "csms_bottom_up"]].to_numpy().ravel())
    assert np.isin(shown.round(6), dots.round(6)).all()
    assert [each.get_text().split("\n")[0] for each in ax.get_yticklabels()] == ["high", "low"]


def test_approaches_without_customers(request, base, bottom):
    nobody = staffing.reconcile(bottom.iloc[:0], bottom.iloc[:0]).table
    ax = plots.approaches(nobody)
    request.node.made.append(ax)
    assert title(ax) == "There are no customers to staff for"


def test_hiring_marks_each_ask(request, bottom):
    needed = staffing.needs(bottom, 0.06, months=18, start="2025-01")
    held = {"CSM": 4, "CS Ops": 0, "customer marketing": 0, "leader": 1}
    plan = staffing.hiring_plan(needed, held, hiring=staffing.Hiring(outsourced=0.4))
    ax = plots.hiring(plan)
    request.node.made.append(ax)
    csms = plan[plan["role"] == "CSM"]
    numbers = [int(each) for each in words(ax) if each.isdigit()]
    assert numbers == csms.loc[csms["asked"] > 0, "asked"].to_list()
    assert title(ax).startswith(f"{csms['asked'].sum()} CSMs to ask for")
    assert "40% of it bought outside" in title(ax)
    enough = staffing.hiring_plan(
        pd.Series(1.0, index=pd.period_range("2025-01", periods=6, freq="M")),
        9,
        hiring=staffing.Hiring(attrition=0),
    )
    ax = plots.hiring(enough)
    request.node.made.append(ax)
    assert title(ax) == "No CSM to ask for: nobody is missing"
    with pytest.raises(ValueError, match="the plan has no role 'chef'; it has: CSM"):
        plots.hiring(plan, "chef")


@pytest.mark.parametrize("outcome", plots.OUTCOMES)
def test_tornado_names_the_widest_bar(request, base, outcome):
    table = staffing.tornado(base, starts=8, outcome=outcome)
    ax = plots.tornado(table, top=5)
    request.node.made.append(ax)
    assert table["says"].iloc[0].split(" (")[0] in title(ax)
    assert len(ax.get_yticks()) == 5
    widths = [bar.get_width() for bars in ax.containers for bar in bars]
    first = table.iloc[0]
    assert {
        round(first["at_low"] - first["base"], 9),
        round(first["at_high"] - first["base"], 9),
    } <= {round(each, 9) for each in widths}


def test_a_tornado_that_nothing_moves(request, base):
    ax = plots.tornado(staffing.tornado(base, starts=8).assign(swing=0.0))
    request.node.made.append(ax)
    assert title(ax) == "No assumption moves the answer"


@pytest.mark.parametrize("outcome", ["headcount", "csms"])
def test_draws_show_their_interval(request, base, outcome):
    frame = staffing.monte_carlo(base, starts=8, size=2_000, seed=1)
    ax = plots.draws(frame, outcome)
    request.node.made.append(ax)
    low, high = frame[outcome].quantile([0.05, 0.95])
    assert f"need {staffing.words.draws_span(low, high, outcome)}" in title(ax)
    inside = frame[outcome].between(low, high).mean()
    assert inside >= 0.9 if outcome == "headcount" else inside == pytest.approx(0.9, abs=0.01)
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(1)


def test_pooling_shows_the_totals(request, bottom):
    frame = staffing.pooling(bottom)
    ax = plots.pooling(frame)
    request.node.made.append(ax)
    people = frame.loc[frame["segment"] == "total", "people"].to_list()
    assert [bar.get_width() for bar in ax.containers[0]] == people
    assert str(int(people[-1] - people[1])) in title(ax)
    alone = plots.pooling(
        staffing.pooling(pd.DataFrame({"segment": ["a"], "customers": [10], "csms": [2.0]}))
    )
    request.node.made.append(alone)
    assert title(alone) == "Own books cost nobody more than one pool here"


@pytest.mark.parametrize("customers", [5, 800, 1_312])
def test_the_stage_view_shows_the_band_and_the_answers(request, customers):
    frame = staffing.stage_view(customers, {"hours": 14, "revenue": 7})
    ax = plots.stage_view(frame, customers)
    request.node.made.append(ax)
    assert f"{(frame['against'][1:] == 'inside').sum()} of 2 answers are inside" in title(ax)
    assert any(text.startswith("14 (") for text in words(ax))


def test_a_picture_can_be_drawn_on_axes_at_hand(bottom):
    ax = theme.axes()
    assert plots.pooling(staffing.pooling(bottom), ax=ax) is ax


def test_many_draws_of_a_large_team_share_their_bars():
    frame = pd.DataFrame({"headcount": np.arange(1_000, 1_600)})
    bars = plots.draws(frame).patches
    assert len(bars) <= 41
    assert sum(bar.get_height() for bar in bars) == pytest.approx(1)
