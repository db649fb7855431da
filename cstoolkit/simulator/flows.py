"""Small models whose answer is known: a queue, and people who come, rise and leave.

The exercise on staffing by averages uses them, and the tests judge them against closed forms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cstoolkit import checks
from cstoolkit.simulator.mechanisms import GAMMA, mixed, uniform


def queue(
    interarrival: float,
    service: float,
    servers: int,
    *,
    requests: int = 2_000,
    warmup: int = 500,
    replications: int = 200,
    seed: int,
) -> np.ndarray:
    """How long requests wait that come at random, each for the first of several people who is free.

    Parameters
    ----------
    interarrival, service : float
        Mean time between two requests, and of the work on one; both exponential.
    servers : int
    requests, warmup : int
        How many are served after those of a warm-up that are not counted.
    replications : int
    seed : int

    Returns
    -------
    array, shape (replications,)
        The mean wait in each.

    References
    ----------
    Kiefer and Wolfowitz (1955), On the theory of queues with many servers.

    Examples
    --------
    >>> waits = queue(6, 4, 2, seed=1)
    >>> bool(abs(waits.mean() - expected_wait(6, 4, 2)) < 3 * waits.std() / len(waits) ** 0.5)
    True
    """
    checks.positive("queue", interarrival=interarrival, service=service)
    servers = checks.count("queue", "servers", servers, least=1)
    future = np.arange(replications, dtype=np.uint64) * np.uint64(GAMMA)
    key = mixed(mixed(future) + np.uint64(seed))
    free, total = np.zeros((replications, servers)), np.zeros(replications)
    for number in range(warmup + requests):
        at = np.array([(2 * number + k) * GAMMA % 2**64 for k in (1, 2)], np.uint64)
        work = -service * np.log1p(-uniform(key, at[0]))
        gap = -interarrival * np.log1p(-uniform(key, at[1]))
        first, lines = free.argmin(axis=1), np.arange(replications)
        wait = free[lines, first]
        if number >= warmup:
            total += wait
        free[lines, first] = wait + work
        free = np.maximum(free - gap[:, None], 0.0)
    return total / requests


def expected_wait(interarrival: float, service: float, servers: int) -> float:
    """The mean wait of such a queue in the long run; infinite at a load of 1 or more.

    References
    ----------
    Erlang (1917), Solution of some problems in the theory of probabilities.

    Examples
    --------
    >>> round(expected_wait(4, 3, 1), 4), round(expected_wait(4, 10, 4), 4)
    (9.0, 2.1324)
    """
    offered = service / interarrival
    if offered >= servers:
        return math.inf
    blocked = 1.0
    for many in range(1, servers + 1):
        blocked = offered * blocked / (many + offered * blocked)
    waits = blocked / (1 - offered / servers * (1 - blocked))
    return waits * service / (servers - offered)


def workforce(
    start: Sequence[int],
    *,
    stay: Sequence[float],
    rise: Sequence[float] = (),
    recruits: int,
    periods: int,
    replications: int = 1_000,
    seed: int,
) -> np.ndarray:
    """People by grade, who stay, rise by a grade or leave, each for itself; recruits come into the
    first grade.

    Parameters
    ----------
    start : sequence of int
        People in each grade.
    stay : sequence of float
        Chance of being in the same grade after a period.
    rise : sequence of float
        Chance of rising from each grade but the last.
    recruits : int
        People who come at each period's end.
    periods, replications, seed : int

    Returns
    -------
    array, shape (replications, periods + 1, grades)

    References
    ----------
    Bartholomew (1982), Stochastic Models for Social Processes, chapter 3.

    Examples
    --------
    >>> workforce([10], stay=[1.0], recruits=1, periods=2, replications=1, seed=1)[0, :, 0].tolist()
    [10, 11, 12]
    """
    rng = np.random.default_rng(seed)
    people = np.tile(np.asarray(start, np.int64), (replications, 1))
    told, up = [people], np.array([*rise, *[0.0] * (len(start) - len(rise))])
    for _ in range(periods):
        risen = rng.binomial(people, up)
        rest = np.divide(stay, 1 - up, out=np.zeros(len(up)), where=up < 1)
        people = rng.binomial(people - risen, np.minimum(rest, 1.0))
        people[:, 1:] += risen[:, :-1]
        people[:, 0] += recruits
        told.append(people)
    return np.stack(told, axis=1)
