"""The game: its moves are the game, money and customers add up, and it can be played to the end."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from cstoolkit import simulator
from cstoolkit.simulator import game as games
from cstoolkit.simulator import panels, words
from cstoolkit.simulator.game import Move


@pytest.fixture(scope="module")
def played(company):
    game = simulator.new_game(company, "product crisis", seed=3)
    for number in range(4):
        game.play(Move(hire=number % 2, predicted=0.05))
    return game


def test_customers_add_up(played):
    rows = played.quarters
    first = (played.world.customers["start"] < 0).sum()
    stock = np.concatenate([[first], rows["customers"]])
    assert np.array_equal(np.diff(stock), rows["signed"] - rows["lost"])


def test_a_saved_game_is_where_it_was_left(played, company):
    again = simulator.resume(company, played.save())
    assert again.quarters.equals(played.quarters)
    one, two = (each.play(Move(design="by phase")) for each in (played, again))
    assert one == two


def test_a_reorganisation_hands_customers_over(company):
    known = {}
    for design in ("one team", "by phase"):
        game = simulator.new_game(company, seed=3)
        game.play(Move())
        known[design] = game.play(Move(design=design))["known"]
    assert known["by phase"] < known["one team"] - 0.02


def test_the_scenarios_differ_as_they_say(company):
    worlds = {name: simulator.new_game(company, name) for name in games.SCENARIOS.index}
    new = {name: (each.world.customers["start"] // 13 + 1) for name, each in worlds.items()}
    boom, steady = new["funding boom"], new["steady growth"]
    assert boom.between(3, 6).sum() == pytest.approx(2 * steady.between(3, 6).sum(), abs=3)
    assert boom.between(7, 12).sum() == pytest.approx(steady.between(7, 12).sum(), abs=3)
    cfo = worlds["benchmark-minded CFO"]
    assert cfo.allowed < 20
    with pytest.raises(ValueError, match="may be asked for this quarter"):
        cfo.play(Move(hire=cfo.allowed + 1))
    crisis = worlds["product crisis"]
    crisis.moves = [Move()] * 4
    assert crisis._assumptions().friction_rate == 3 * simulator.Assumptions().friction_rate


def test_the_debrief_sets_policies_into_the_same_future(company):
    game = simulator.new_game(company, seed=5)
    for _ in range(3):
        game.play(games.keep_up(game))
    table = simulator.debrief(game).set_index("way")
    you, same = table.loc["you"], table.loc["people grow with customers"]
    assert (you == same).all()
    assert table.loc["wait and see", "cost"] < you["cost"]
    assert "best reference policy" in words.debriefing(game, table.reset_index())


def test_what_is_no_move_is_refused():
    for wrong in ({"hire": -1}, {"design": "by moon"}, {"touch": "none"}, {"automation": 40}):
        with pytest.raises(ValueError, match="Move: "):
            Move(**wrong)


def test_the_panel_is_played_to_its_end_and_resumed(company):
    shown = panels.game(company, seed=2)
    assert "play the first quarter" in shown.sentence
    for quarter in range(1, 13):
        shown.controls["hire"].value = quarter % 2
        shown.buttons["play"].click()
        assert shown.sentence.startswith(f"Quarter {quarter} of 12")
        assert re.search("points (above|below) your prediction", shown.sentence)
    assert "best reference policy" in shown.sentence and shown.buttons["play"].disabled
    assert "wait and see" in shown._told.value
    other = panels.game(company, seed=9)
    assert other.resume(shown.saved) == shown.sentence
    assert len(json.loads(other.saved)["moves"]) == 12
    assert "no saved game" in other.resume("{}")
    other.controls["scenario"].value = "funding boom"
    assert "Fresh money" in other.sentence and not other.buttons["play"].disabled


@pytest.mark.parametrize("saved", ["", "{}", "[]", '{"scenario": 1}', None])
def test_what_no_game_saved_is_refused(company, saved):
    with pytest.raises(ValueError, match=r"saved is the text that Game.save\(\) gave, got "):
        simulator.resume(company, saved)
