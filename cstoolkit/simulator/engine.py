"""The run: week after week, all customers of many replications at once, compiled where numba is.

Random numbers depend on the seed, the replication, the customer and the week alone. So two designs
meet the same futures, and chunks, workers and machines change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from scipy.special import ndtri

from cstoolkit import checks
from cstoolkit.data.company import Company
from cstoolkit.data.contract import TIERS
from cstoolkit.org.design import OrgDesign
from cstoolkit.simulator import mechanisms as m
from cstoolkit.simulator.outcomes import Outcomes
from cstoolkit.simulator.placement import Placement, place
from cstoolkit.simulator.settings import TOUCH, Assumptions, Staffing
from cstoolkit.simulator.world import NOTICED, SLIPPING, WEEKS_A_YEAR, World, start
from cstoolkit.staffing import Capacity

CHUNK = 20_000
"""Customers times replications that are held at once, about: they stay in the processor's cache."""
YEAR = 52
"""Weeks between two openings of the books for NRR and GRR."""
TEAM = ("people", "left", "hired", "capacity", "utilisation", "overload")
"""What is recorded of the people a week and replication: how many are there, who left, who came,
hours for customers, the share of them used, mean overload felt (share)."""
BOOKS = ("opening", "kept", "gross", "now", "opening_customers", "kept_customers")
"""What is recorded at the end of a year, by segment: ARR at its opening; of those customers, today:
ARR, the part of it up to what it was, again ARR (that is NRR's), and how many there were and are."""
_MASK = 2**64 - 1


@dataclass(eq=False)
class Run:
    """A simulation under way: the state of customers and people, which :func:`advance` takes on.

    Attributes
    ----------
    state : array, shape (replications, customers, states)
        See ``mechanisms``; `rows` has the states first.
    people : array, shape (4, replications, seats)
        Is there (0, 1), weeks in the company, weeks until the successor comes, overload felt.
    week : int
    key, seat_key : array of uint64
        The random streams of customers and seats.
    """

    state: np.ndarray
    people: np.ndarray
    week: int
    key: np.ndarray
    seat_key: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """The state by row, replication and customer: the same memory."""
        return np.moveaxis(self.state, 2, 0)


def simulate(
    company: Company | World,
    design: OrgDesign | Placement,
    staffing: Staffing | None = None,
    assumptions: Assumptions | None = None,
    *,
    weeks: int = 104,
    replications: int = 100,
    seed: int = 1,
    first: int = 0,
    workers: int = 1,
    client: Any = None,
    progress: bool = False,
    fast: bool | None = None,
) -> Outcomes:
    """What becomes of the company in many futures, organised in this way.

    Parameters
    ----------
    company : Company or World
        A company starts from what is known on its `as_of` (see :func:`start`).
    design : OrgDesign or Placement
        Placed already (see :func:`place`) for many runs of the same world, design and staffing.
    staffing, assumptions : optional
    weeks : int
    replications : int
        Futures; the same number, seed and `first` give the same futures to every design.
    seed : int
    first : int
        The first future's number, to add more of them to a run.
    workers : int
        Processes on this machine (joblib).
    client : distributed.Client, optional
        A Dask cluster to run on instead.
    progress : bool
        Whether to show a bar (tqdm).
    fast : bool, optional
        Whether to use numba: by default where it is installed. The figures are the same.

    Returns
    -------
    Outcomes

    Raises
    ------
    ValueError
        For counts that are none, or more weeks than the world is prepared for.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> from cstoolkit import org
    >>> company = cs.load_company()
    >>> once = simulate(company, org.build(company, "phase"), weeks=4, replications=2, seed=1)
    >>> once.records.shape[:2]
    (2, 4)
    """
    weeks = checks.count("simulate", "weeks", weeks, least=1)
    replications = checks.count("simulate", "replications", replications, least=1)
    world = company if isinstance(company, World) else start(company, weeks=weeks)
    if weeks > world.weeks:
        raise ValueError(
            f"simulate: the world is prepared for {world.weeks} weeks, got {weeks}. "
            "Give more to simulator.start(company, weeks=...)."
        )
    staffing, assumptions = staffing or Staffing(), assumptions or Assumptions()
    placed = isinstance(design, Placement)
    placement = design if placed else place(world, design, staffing)
    size = max(1, CHUNK // len(world))
    chunks = [
        range(at, min(at + size, first + replications))
        for at in range(first, first + replications, size)
    ]
    fast = has_numba() if fast is None else fast
    job = partial(_chunk, world, placement, staffing, assumptions, weeks, seed, fast)
    bar = partial(_bar, total=len(chunks), name=placement.design.name) if progress else iter
    done = list(bar(_spread(job, chunks, workers, client)))
    joined = [np.concatenate(each) for each in zip(*done)]
    return Outcomes(
        world=world,
        placement=placement,
        staffing=staffing,
        assumptions=assumptions,
        seed=seed,
        first=first,
        segments=TIERS,
        records=joined[0],
        team=joined[1],
        books=joined[2],
        value_ages=joined[3],
    )


def _spread(job: Any, chunks: list[range], workers: int, client: Any) -> Iterable[tuple]:
    """The chunks' answers in their order, computed here, by processes, or by a cluster."""
    if client is not None:
        # Dask runs a task again whose worker was lost; the answer is the same.
        return (future.result() for future in client.map(job, chunks, pure=False, retries=3))
    if workers == 1:
        return map(job, chunks)
    from joblib import Parallel, delayed

    return Parallel(n_jobs=workers, return_as="generator")(delayed(job)(each) for each in chunks)


def _bar(done: Iterable, *, total: int, name: str) -> Iterable:
    from tqdm.auto import tqdm

    return tqdm(done, total=total, desc=name)


def has_numba() -> bool:
    """Whether runs are compiled here."""
    from importlib.util import find_spec

    return find_spec("numba") is not None


def _halves(fast: bool) -> ModuleType:
    """The two halves of a week, compiled or on arrays."""
    if fast:
        from cstoolkit.simulator import compiled

        return compiled
    from cstoolkit.simulator import arrays

    return arrays


def _chunk(
    world: World,
    placement: Placement,
    staffing: Staffing,
    assumptions: Assumptions,
    weeks: int,
    seed: int,
    fast: bool,
    replications: range,
) -> tuple[np.ndarray, ...]:
    """A few replications from the first week to the last."""
    run = begin(world, placement, assumptions, seed=seed, replications=replications)
    records, team, books = advance(
        run, world, placement, staffing, assumptions, weeks=weeks, fast=fast
    )
    return records, team, books, value_ages(run, world, weeks)


def begin(
    world: World,
    placement: Placement,
    assumptions: Assumptions,
    *,
    seed: int,
    replications: range,
) -> Run:
    """The first day in each replication: what is known, and draws of what nobody has recorded."""
    a, customers = assumptions, world.customers
    many, size = len(replications), len(world)
    numbers = np.arange(replications.start, replications.stop, dtype=np.uint64)
    root = m.mixed(np.array([(seed * 2 + 1) * m.GAMMA & _MASK], np.uint64))
    future = m.mixed(root + numbers * np.uint64(m.GAMMA))
    key, seat_key = (
        m.mixed(future[:, None] + np.arange(many_of, dtype=np.uint64) * np.uint64(odd))
        for many_of, odd in ((size, 0xD1B54A32D192ED03), (len(placement.opens), 0x8CB92BA72F3D8DD7))
    )
    now = moments(2**31)
    stored = np.zeros((many, size, m.STATES))
    state = np.moveaxis(stored, 2, 0)
    new = customers["start"].to_numpy() >= 0
    for row, name in (
        (m.ARR, "arr"),
        (m.PRODUCTS, "products"),
        (m.AGE, "age"),
        (m.RUNNING, "running"),
        (m.VALUE, "value"),
        (m.VALUE_AGE, "value_age"),
        (m.DUE, "due"),
        (m.KNOWN, "known"),
    ):
        state[row] = customers[name].to_numpy()
    state[m.LIVE] = ~new
    state[m.FULFILLED] = 1.0
    tier, form = customers["tier"].to_numpy(), customers["form"].to_numpy()
    hours = a.hours_memory * (world.plan * world.occupancy).sum(axis=1)[tier]
    state[m.HOURS] = np.where(new, 0.0, hours)
    pace = (
        a.fit_on_value * customers["x60"]
        + a.size_on_value * customers["size"]
        + np.array([a.self_on_value, 0.0, a.paid_on_value])[form]
        + np.array([a.high_on_value, 0.0, a.tech_on_value])[tier]
    ).to_numpy()
    state[m.PACE] = pace + a.frailty_sd * ndtri(m.uniform(key, now[m.U_PACE]) + 2.0**-54)
    _use_today(state, customers, a, key, now)
    state[m.PHASE] = m.phase(state, a)
    state[m.OPENING] = state[m.ARR] * state[m.LIVE]
    people = np.zeros((4, many, len(placement.opens)))
    people[0] = placement.opens < 0
    people[1] = 1_000.0 * people[0]
    return Run(state=stored, people=people, week=0, key=key, seat_key=seat_key)


def _use_today(state, customers, a: Assumptions, key, now) -> None:
    """Levels of use, friction and declines: as the records of use tell, else drawn from how common
    they are."""
    use, usual = customers["use"].to_numpy(), customers["usual"].to_numpy()
    fixed = np.zeros((m.FIXED, len(customers)))
    fixed[m.X60] = customers["x60"]
    drawn = a.usage_sd * ndtri(m.uniform(key, now[m.U_USE]) + 2.0**-54)
    most = 2.5 * max(a.usage_sd, 1e-12)
    seen = np.clip(usual - m.use(state, fixed, a), -most, most)
    state[m.LEVEL] = np.where(np.isnan(usual), drawn, seen)
    known, running = ~np.isnan(use - usual), state[m.RUNNING] > 0
    fall = np.where(known, use - usual, 0.0)
    odds = a.decline_rate / (a.decline_rate + a.recovery_rate + 1e-12)
    u = m.uniform(key, now[m.U_BEFORE])
    age = -np.log(u / max(odds, 1e-12) + 1e-12) / max(a.recovery_rate, 1e-6)
    depth = np.minimum(a.decline_step * np.maximum(age, 1.0), a.decline_floor)
    state[m.FRICTION] = np.where(running & known & (fall < NOTICED), a.friction_notice, 0.0)
    slips = known & (fall < SLIPPING) & (fall >= NOTICED)
    told = np.where(slips, np.clip(fall / max(a.engagement_on_usage, 1e-6), -a.decline_floor, 0), 0)
    cold = np.where(known, told, np.where(u < odds, -depth, 0.0))
    state[m.ENGAGEMENT] = np.where(running & (state[m.LIVE] > 0), cold, 0.0)
    state[m.DECLINING] = state[m.ENGAGEMENT] < 0


def fixed_rows(world: World, staffing: Staffing) -> np.ndarray:
    """What is fixed about customers: see ``mechanisms``."""
    customers = world.customers
    tier = customers["tier"].to_numpy()
    fixed = np.zeros((m.FIXED, len(world)))
    fixed[m.X60], fixed[m.START] = customers["x60"], customers["start"]
    fixed[m.TERM], fixed[m.SELLABLE] = customers["term"], customers["sellable"]
    for row, name in ((m.ANSWERED, "answered"), (m.REVIEWED, "reviewed"), (m.PROPOSED, "proposed")):
        fixed[row] = TOUCH.loc[list(TIERS), name].to_numpy()[tier]
    factor = np.array([staffing.factor(name) for name in TIERS])
    fixed[m.PLAN : m.PLAN + 4] = (world.plan * factor[:, None])[tier].T
    fixed[m.PLAN] *= staffing.onboarding
    return np.ascontiguousarray(fixed.T)


def moments(week: int) -> np.ndarray:
    """Where in each random stream a week stands."""
    many = len(m.STREAMS)
    return np.array([(week * many + k + 1) * m.GAMMA & _MASK for k in range(many)], np.uint64)


def advance(
    run: Run,
    world: World,
    placement: Placement,
    staffing: Staffing,
    assumptions: Assumptions,
    *,
    weeks: int,
    fast: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take a run on by so many weeks.

    Returns
    -------
    records : array, shape (replications, weeks, segments, 13)
        See ``mechanisms.RECORDS``.
    team : array, shape (replications, weeks, 6)
        See ``TEAM``.
    books : array, shape (replications, years, segments, 6)
        See ``BOOKS``.
    """
    halves, a = _halves(fast), assumptions.plain
    fixed = fixed_rows(world, staffing)
    fixed[:, m.SHIFT] = assumptions.open_ended_shift * world.customers["open_ended"].to_numpy()
    segment = world.customers["tier"].to_numpy()
    many = len(run.state)
    tables = (
        placement.unit,
        placement.share,
        _reach(placement.worth(assumptions), world, staffing, assumptions),
        placement.seat,
        1.0 - assumptions.visible_on_cross_sell * (1.0 - placement.visible),
    )
    terms = _terms(world, placement, staffing, assumptions)
    priority = [m.WORK.index(name) for name in staffing.priority]
    records = np.zeros((many, weeks, len(TIERS), len(m.RECORDS)))
    team, books = np.zeros((many, weeks, len(TEAM))), []
    for week in range(run.week, run.week + weeks):
        now, at = moments(week), week - run.week
        gone, came = _people(run, placement, staffing, assumptions, week, now)
        capacity = _capacity(run, placement, staffing)
        demand = np.zeros((many, len(placement.design.units), len(m.WORK)))
        terms[m.SPEED] = 1.0 + placement.interface * assumptions.interface_gain * min(
            week / assumptions.interface_delay, 1.0
        )
        ours = run.state, fixed, run.key, segment, tables
        row = np.zeros((many, len(TIERS), len(m.RECORDS)))
        halves.first_half(*ours, (gone, came), float(week), now, terms, a, demand, row)
        done = ration(demand, capacity, priority)
        halves.second_half(*ours, done, now, terms, a, row)
        records[:, at] = row
        used = _total(demand * done)
        _feel(run, placement, assumptions, _total(demand, 2), capacity)
        total = _total(capacity)
        there = run.people[0]
        felt = _total(run.people[3] * there) / np.maximum(_total(there), 1)
        share = used / np.maximum(total, 1e-12)
        rows = _total(there), _total(gone), _total(came), total, share, felt
        team[:, at] = np.stack(rows, axis=1)
        if (week + 1) % YEAR == 0:
            books.append(_close(run, segment))
    run.week += weeks
    closed = np.stack(books, axis=1) if books else np.zeros((many, 0, len(TIERS), len(BOOKS)))
    return records, team, closed


def _total(values: np.ndarray, keep: int = 1) -> np.ndarray:
    """The sum over all but the first axes, in an order that does not depend on how many
    replications are held at once."""
    rows = np.ascontiguousarray(values).reshape(*values.shape[:keep], -1)
    return rows.sum(axis=-1)


def _terms(world: World, placement: Placement, staffing: Staffing, a: Assumptions) -> np.ndarray:
    """What the design and its supporting people give everybody."""
    terms = np.ones(8)
    terms[m.TURN] = 1.0 + placement.embedded * a.embedded_gain
    terms[m.FRICTION_FACTOR] = np.exp(a.cre_on_friction * staffing.cre)
    ops = world.ops if staffing.ops is None else staffing.ops
    terms[m.NOTES] = a.notes_share_ops if ops else a.notes_share
    return terms


def _reach(worth: np.ndarray, world: World, staffing: Staffing, a: Assumptions) -> np.ndarray:
    """Customer marketing reaches many at once: it counts against what the company has today (S4)."""
    more = 0.0 if staffing.marketing is None else staffing.marketing - world.marketing
    one_to_many = (world.customers["tier"].to_numpy() > 0)[:, None, None]
    return np.maximum(worth + one_to_many * a.marketing_gain * more, 0.05)


def _people(run: Run, placement: Placement, staffing, a: Assumptions, week: int, now) -> tuple:
    """People leave, the more the longer they are overloaded; a successor comes after a lag, and new
    seats are filled as planned. Returns who left and who came, by replication and seat."""
    there, tenure, vacant, overload = run.people
    rate = staffing.hiring.attrition / WEEKS_A_YEAR * (1.0 + a.overload_on_leaving * overload)
    left = (there > 0) & (m.uniform(run.seat_key, now[m.U_PERSON]) < m.chance(rate))
    lag = staffing.hiring.lead_months * WEEKS_A_YEAR / 12
    waits = vacant > 0
    vacant -= waits
    came = (waits & (vacant <= 0)) | (placement.opens == week)
    np.copyto(vacant, max(np.ceil(lag), 1.0), where=left)
    np.copyto(there, 0.0, where=left)
    tenure += there
    for row, value in ((there, 1.0), (tenure, 0.0), (vacant, 0.0), (overload, 0.0)):
        np.copyto(row, value, where=came)
    return left, came


def _capacity(run: Run, placement: Placement, staffing: Staffing) -> np.ndarray:
    """Hours for customers this week, by replication and team; new people are in their ramp."""
    there, tenure = run.people[:2]
    ramp = (staffing.capacity or Capacity()).ramp_months * WEEKS_A_YEAR / 12
    effective = there * np.minimum((tenure + 0.5) / max(ramp, 0.5), 1.0) * placement.hours
    total = np.zeros((len(there), placement.split.shape[1]))
    for seat, split in enumerate(placement.split):
        total += effective[:, seat, None] * split
    return total


def ration(demand: np.ndarray, capacity: np.ndarray, priority: list[int]) -> np.ndarray:
    """The share of each kind of work that each team does with the hours it has.

    Parameters
    ----------
    demand : array, shape (replications, teams, kinds)
        Hours.
    capacity : array, shape (replications, teams)
        Hours.
    priority : list of int
        The kinds, what goes first first.

    Returns
    -------
    array
        Shares, in the shape of `demand`.

    Examples
    --------
    >>> ration(np.array([[[6.0, 6.0]]]), np.array([[9.0]]), [1, 0]).tolist()
    [[[0.5, 1.0]]]
    """
    left, done = capacity.copy(), np.zeros(demand.shape)
    for kind in priority:
        wanted = demand[:, :, kind]
        given = np.minimum(wanted, left)
        done[:, :, kind] = np.where(wanted > 0, given / np.maximum(wanted, 1e-300), left > 0)
        left -= given
    return done


def _feel(run: Run, placement: Placement, a: Assumptions, demand, capacity) -> None:
    """Overload is felt as a memory of work beyond capacity, up to twice of it."""
    over = np.clip(demand / np.maximum(capacity, 1e-9) - 1.0, 0.0, 1.0)
    felt = np.zeros(run.people[3].shape)
    for team in range(over.shape[1]):
        felt += over[:, team, None] * placement.split[:, team]
    run.people[3] += (felt - run.people[3]) / a.overload_memory


def _close(run: Run, segment: np.ndarray) -> np.ndarray:
    """The books of a year, and the opening of the next."""
    opening, live = run.rows[m.OPENING], run.rows[m.LIVE]
    arr = run.rows[m.ARR] * live
    there = opening > 0
    kept = np.where(there, arr, 0.0)
    columns = opening, kept, np.minimum(kept, opening), kept, 1.0 * there, there * live
    found = np.zeros((len(opening), len(TIERS), len(BOOKS)))
    for tier in range(len(TIERS)):
        mine = segment == tier
        for number, column in enumerate(columns):
            found[:, tier, number] = _total(column[:, mine])
    run.rows[m.OPENING] = arr
    return found


def value_ages(run: Run, world: World, weeks: int) -> np.ndarray:
    """Of those who signed during the run: weeks from signing to value (first row) and, of those
    without, weeks watched (second), as counts by replication."""
    new = world.customers["start"].to_numpy() >= 0
    signed = new & (world.customers["start"].to_numpy() < run.week)
    value, age = run.rows[m.VALUE][:, signed] > 0, run.rows[m.AGE][:, signed]
    at = np.minimum(np.where(value, run.rows[m.VALUE_AGE][:, signed], age), weeks).astype(int)
    counts = np.zeros((len(at), 2, weeks + 1))
    rows = np.broadcast_to(np.arange(len(at))[:, None], at.shape)
    np.add.at(counts, (rows, np.where(value, 0, 1), at), 1.0)
    return counts
