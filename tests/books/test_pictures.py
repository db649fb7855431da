"""What is drawn and played with: findings in titles, sentences that follow the controls."""

from cstoolkit import books
from cstoolkit.books import panels, plots, words


def test_titles_tell_the_finding(plan, uneven):
    assert f"{plan.moves} of" in plots.loads(plan).get_title(loc="left")
    assert "ARR" in plots.loads(plan, "arr").get_title(loc="left")
    ax = plots.flows(plan)
    drawn = [int(text.get_text()) for text in ax.texts]
    assert sum(drawn) == plan.moves
    curve = books.trade_off(*uneven, scales=(4, 1), rounds=1)
    assert "moves bring" in plots.curve(curve).get_title(loc="left")


def test_sentences(plan, uneven):
    assert "Proven" in words.gap(plan) and words.left(plan) == ""
    fresh = books.balance(*uneven[:2])
    assert words.finding(fresh).startswith("From nothing")


def test_the_panel_follows_its_controls(company, today):
    shown = panels.panel(company, today)
    first = shown.sentence
    assert shown.error is None and shown.picture
    assert shown.set(most=0) != first
    assert "change hands" in shown.set(most=20, walls="tier", locks="none")
    assert shown.set(leaver=today.people["person_id"].iloc[0]) and shown.error is None
