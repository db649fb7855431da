"""The game: twelve quarters of one future, decision after decision.

A game is its moves: the same company, scenario, seed and moves give the same future, so that a saved
game is the list of its moves, and reference policies meet the very future of the player.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cstoolkit import checks, org, reference, staffing, tables
from cstoolkit.data.company import Company, checked
from cstoolkit.simulator import engine
from cstoolkit.simulator import mechanisms as m
from cstoolkit.simulator.placement import Placement, place
from cstoolkit.simulator.settings import Assumptions, Staffing
from cstoolkit.simulator.world import World, start

QUARTERS, WEEKS = 12, 13
DESIGNS = {"one team": (), "by account": ("industry",), "by phase": ("phase",)}
"""How the player can divide the organisation, by name: the axes."""
TOUCH = {"less": 0.8, "as now": 1.0, "more": 1.25}
"""The touch model, as a factor on planned hours."""
ONBOARDING = {"self": 0.4, "free": 1.0, "paid": 1.3}
"""Forms of onboarding for those who sign from now on, with a factor on its hours (ours)."""
SCENARIOS = tables.read("simulator", "scenarios").set_index("scenario")


@dataclass(frozen=True, kw_only=True)
class Move:
    """What is decided for a quarter, before it is played.

    Attributes
    ----------
    hire : int
        People asked for; they come after the hiring lag.
    design : str
        One of ``DESIGNS``; a change hands customers over.
    touch : str
        One of ``TOUCH``.
    automation : float
        Share of the hours of low and tech touch done by tools.
    onboarding : str
        One of ``ONBOARDING``.
    predicted : float or None
        The player's prediction: ARR's growth over the quarter, as a share.
    """

    hire: int = 0
    design: str = "one team"
    touch: str = "as now"
    automation: float = 0.0
    onboarding: str = "free"
    predicted: float | None = None

    def __post_init__(self) -> None:
        checks.count("Move", "hire", self.hire, most=20)
        checks.one_of("Move", "design", self.design, DESIGNS)
        checks.one_of("Move", "touch", self.touch, TOUCH)
        checks.share("Move", "automation", self.automation, zero=True, one=False)
        checks.one_of("Move", "onboarding", self.onboarding, ONBOARDING)


@dataclass(eq=False)
class Game:
    """A game under way. Made by :func:`new_game`; :meth:`play` takes a quarter.

    Attributes
    ----------
    world : World
    scenario : str
    seed : int
    moves : list of Move
    quarters : DataFrame
        One row a quarter played: quarter, arr, customers, people, signed, lost (customers), grown,
        shrunk (ARR), hours_in_use, waiting (hours), left (people), cost, growth, predicted.
    """

    world: World
    scenario: str
    seed: int
    moves: list[Move] = field(default_factory=list)
    hires: list[float] = field(default_factory=list)
    rows: list[dict] = field(default_factory=list)
    run: engine.Run | None = None
    seat: np.ndarray | None = None
    designs: dict[str, org.OrgDesign] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether all quarters are played."""
        return len(self.moves) >= QUARTERS

    @property
    def quarters(self) -> pd.DataFrame:
        """One row a quarter played."""
        return pd.DataFrame(self.rows)

    @property
    def allowed(self) -> int:
        """How many people may be asked for this quarter."""
        key = SCENARIOS.loc[self.scenario, "benchmark"]
        if not key:
            return 20
        arr = self.rows[-1]["arr"] if self.rows else self._arr()
        held = self._people() + sum(week >= self._week() for week in self.hires)
        return max(0, int(arr / reference.figure(key).typical - held))

    def play(self, move: Move) -> dict:
        """Play a quarter; returns its row of `quarters`.

        Raises
        ------
        ValueError
            When the game is over, or more people are asked for than the scenario allows.
        """
        if self.over:
            raise ValueError(f"the game is over after {QUARTERS} quarters; begin a new one.")
        if move.hire > self.allowed:
            raise ValueError(
                f"{self.scenario}: {self.allowed} people may be asked for this quarter, "
                f"got {move.hire}."
            )
        a, staff = self._assumptions(), self._staffing(move)
        placement = place(self.world, self.design(move.design), staff)
        self._settle(placement, a, move)
        before = self._arr()
        records, team, _ = engine.advance(
            self.run, self.world, placement, staff, a, weeks=WEEKS, fast=engine.has_numba()
        )
        self.moves.append(move)
        self.rows.append(self._row(records[0].sum(axis=1), team[0], before, move))
        return self.rows[-1]

    def design(self, name: str) -> org.OrgDesign:
        """One of ``DESIGNS`` on this company, built once."""
        if name not in self.designs:
            self.designs[name] = org.build(self.world.company, *DESIGNS[name], name=name)
        return self.designs[name]

    def save(self) -> str:
        """The game as JSON, for :func:`resume`."""
        day = f"{self.world.company.as_of:%Y-%m-%d}"
        moves = [vars(move) for move in self.moves]
        return json.dumps(
            {"date": day, "scenario": self.scenario, "seed": self.seed, "moves": moves}, indent=1
        )

    def _week(self) -> int:
        return WEEKS * len(self.moves)

    def _arr(self) -> float:
        if self.run is None:
            live = self.world.customers["start"] < 0
            return float(self.world.customers.loc[live, "arr"].sum())
        return float((self.run.rows[m.ARR] * self.run.rows[m.LIVE]).sum())

    def _people(self) -> int:
        if self.run is None:
            return len(self.design("one team").people)
        return int(self.run.people[0].sum())

    def _assumptions(self) -> Assumptions:
        rule, quarter = SCENARIOS.loc[self.scenario], len(self.moves) + 1
        held = Assumptions()
        if rule["first"] <= quarter <= rule["last"]:
            held = replace(held, friction_rate=held.friction_rate * float(rule["friction"]))
        return held

    def _staffing(self, move: Move) -> Staffing:
        lag = staffing.Hiring().lead_months * 52 / 12
        self.hires += [float(round(self._week() + lag))] * move.hire
        return Staffing(
            hires_on=tuple(self.hires),
            automation=move.automation,
            touch=dict.fromkeys(("high", "low", "tech"), TOUCH[move.touch]),
            onboarding=ONBOARDING[move.onboarding],
        )

    def _settle(self, placement: Placement, a: Assumptions, move: Move) -> None:
        """Bring the run in line with the move: new seats, new contacts, forms of onboarding."""
        begun = engine.begin(self.world, placement, a, seed=self.seed, replications=range(1))
        if self.run is None:
            self.run = begun
        else:
            had = self.run.people.shape[2]
            seats = np.concatenate([self.run.people, begun.people[:, :, had:] * 0.0], axis=2)
            self.run.people, self.run.seat_key = seats, begun.seat_key
            rows = self.run.rows
            phase = rows[m.PHASE][0].astype(int)
            place_ = np.arange(len(phase))
            seat = placement.seat[place_, phase]
            # A seat that is still to be filled takes its customers over when somebody comes.
            changed = (self.seat[place_, phase] != seat) & (seats[0, 0, seat] > 0)
            notes = a.notes_share_ops if self.world.ops else a.notes_share
            kept = notes * a.kept_with_notes + (1 - notes) * a.kept_without_notes
            rows[m.KNOWN][0] *= np.where(changed & (rows[m.LIVE][0] > 0), kept, 1.0)
        form = {"self": a.self_on_value, "free": 0.0, "paid": a.paid_on_value}
        usual = np.array(list(form.values()))[self.world.customers["form"].to_numpy()]
        later = self.world.customers["start"].to_numpy() >= self._week()
        pace = begun.rows[m.PACE][0] - usual + form[move.onboarding]
        self.run.rows[m.PACE][0] = np.where(later, pace, self.run.rows[m.PACE][0])
        self.seat = placement.seat

    def _row(self, flows: np.ndarray, team: np.ndarray, before: float, move: Move) -> dict:
        total = dict(zip(m.RECORDS, flows.sum(axis=0)))
        last = self.run.rows
        start_ = self.world.customers["start"].to_numpy()
        begun = self._week() - WEEKS
        arr, price = self._arr(), staffing.Cost()
        tools = price.tools(float(last[m.LIVE].sum())) / 4 if move.automation else 0.0
        people = team[:, 0].mean() / 4 * price.csm + team[:, 2].sum() * price.csm * price.hiring
        return {
            "quarter": len(self.moves),
            "arr": arr,
            "customers": int(last[m.LIVE].sum()),
            "people": int(team[-1, 0]),
            "signed": int(((start_ >= begun) & (start_ < begun + WEEKS)).sum()),
            "lost": int(total["churned"]),
            "grown": float(total["expanded_arr"]),
            "shrunk": float(total["churned_arr"] + total["contracted_arr"]),
            "hours_in_use": float(team[:, 4].mean()),
            "waiting": float(last[m.BACKLOG].sum()),
            "known": float(last[m.KNOWN][last[m.LIVE] > 0].mean()),
            "left": int(team[:, 1].sum()),
            "cost": float(people + tools),
            "growth": arr / before - 1,
            "predicted": move.predicted,
        }


def new_game(
    company: Company, scenario: str = "steady growth", *, date: str | None = None, seed: int = 1
) -> Game:
    """A new game from the company as it was known on a day.

    Parameters
    ----------
    company : Company
    scenario : str
        A row of ``SCENARIOS``.
    date : str, optional
        Default: the last year's end at which it had at most 300 customers (S1's stages 2 and 3),
        else its first with people.
    seed : int

    Examples
    --------
    >>> import cstoolkit as cs
    >>> game = new_game(cs.load_company(), "funding boom")
    >>> row = game.play(Move(hire=1, predicted=0.1))
    >>> row["quarter"], game.over
    (1, False)
    """
    checks.one_of("new_game", "scenario", scenario, SCENARIOS.index)
    rule = SCENARIOS.loc[scenario]
    past = checked(company).kept(_small) if date is None else checked(company).at(date)
    world = start(past, weeks=QUARTERS * WEEKS)
    if rule["new"] > 1:
        signed = (past.spans["starts_on"] > past.as_of - pd.DateOffset(years=1)).sum()
        world = start(past, weeks=QUARTERS * WEEKS, new_a_year=float(signed * rule["new"]))
        customers = world.customers
        quarter = customers["start"] // WEEKS + 1
        boom = quarter.between(rule["first"], rule["last"])
        number = np.arange(len(customers))
        usual = (number % int(rule["new"])) == 0
        kept = customers[(customers["start"] < 0) | boom | usual]
        world = replace(world, customers=kept.reset_index(drop=True))
    return Game(world=world, scenario=scenario, seed=seed)


def resume(company: Company, saved: str) -> Game:
    """A saved game, where it was left: its moves are played again.

    Raises
    ------
    ValueError
        For what `Game.save` has not given.
    """
    checked(company)
    try:
        told = json.loads(saved)
        scenario, seed, date = told["scenario"], told["seed"], told["date"]
        moves = [Move(**move) for move in told["moves"]]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"saved is the text that Game.save() gave, got {saved!r:.80}.") from None
    usual = f"{company.kept(_small).as_of:%Y-%m-%d}"
    game = new_game(company, scenario, date=None if date == usual else date, seed=seed)
    for move in moves:
        game.play(move)
    return game


def keep_up(game: Game) -> Move:
    """A policy: hire so that people grow with customers; change nothing else."""
    held = game._people() + sum(week >= game._week() for week in game.hires)
    live = game.world.customers["start"]
    first = int((live < 0).sum()) / max(len(game.design("one team").people), 1)
    soon = int((live < game._week() + 2 * WEEKS).sum())
    gone = sum(row["lost"] for row in game.rows)
    want = int(np.ceil((soon - gone) / first)) - held
    return Move(hire=int(np.clip(want, 0, min(game.allowed, 20))))


def wait_and_see(_: Game) -> Move:
    """A policy: nobody is hired, nothing is changed."""
    return Move()


def tools_first(game: Game) -> Move:
    """A policy: tools for low and tech touch from the start, and a hire every other quarter."""
    hire = min(1 - len(game.moves) % 2, game.allowed)
    return Move(automation=0.4, hire=hire)


POLICIES: Mapping[str, Callable[[Game], Move]] = {
    "wait and see": wait_and_see,
    "people grow with customers": keep_up,
    "tools first": tools_first,
}
"""What a game is compared with."""


def debrief(game: Game) -> pd.DataFrame:
    """The player and the reference policies in the same future, over the quarters played.

    Returns
    -------
    DataFrame
        One row a way: way, arr (at the end), lost (customers), left (people), cost (all quarters),
        known (share of what could be known of customers), after_cost (ARR at the end less the cost
        of the last year, which is what an owner sees).
    """
    rows = [_summed("you", game)]
    for name, policy in POLICIES.items():
        other = replace(game, moves=[], hires=[], rows=[], run=None, seat=None)
        for _ in game.moves:
            other.play(policy(other))
        rows.append(_summed(name, other))
    return pd.DataFrame(rows)


def _summed(way: str, game: Game) -> dict:
    table = game.quarters
    last = table.iloc[-1]
    return {
        "way": way,
        "arr": last["arr"],
        "lost": int(table["lost"].sum()),
        "left": int(table["left"].sum()),
        "cost": table["cost"].sum(),
        "known": last["known"],
        "after_cost": last["arr"] - table["cost"].tail(4).sum(),
    }


def _small(company: Company) -> Company:
    """The company at the last year's end with people at which at most 300 customers were live."""
    days = pd.date_range(company.customers["acquired_on"].min(), company.as_of, freq="YE")
    good = [day for day in days if len(company.open("people", day)) >= 2]
    few = [day for day in good if len(company.snapshot(day)) <= 300]
    day = few[-1] if few else (good[0] if good else company.as_of)
    return company.at(day)
