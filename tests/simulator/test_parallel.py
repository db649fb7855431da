"""Processes and clusters change no byte, and a worker that dies loses nothing."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from cstoolkit import simulator
from cstoolkit.simulator import engine

FIELDS = ("records", "team", "books", "value_ages")
OPTIONS = {"weeks": 26, "replications": 8, "seed": 2}


def same(one, other):
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in FIELDS)


@pytest.fixture
def placed(world, designs, monkeypatch):
    monkeypatch.setattr(engine, "CHUNK", 2 * len(world))  # four chunks
    return simulator.place(world, designs["phase"], simulator.Staffing())


@pytest.mark.parametrize("workers", [2, 4])
def test_processes_give_the_same_bytes(world, placed, workers):
    alone = simulator.simulate(world, placed, **OPTIONS)
    assert same(alone, simulator.simulate(world, placed, **OPTIONS, workers=workers))


def test_a_bar_shows_how_far_it_is(world, placed, capsys):
    shown = simulator.simulate(world, placed, **OPTIONS, progress=True)
    assert "4/4" in capsys.readouterr().err
    assert same(shown, simulator.simulate(world, placed, **OPTIONS))


def test_a_killed_worker_of_a_cluster_loses_nothing(world, placed):
    distributed = pytest.importorskip("distributed")
    options = OPTIONS | {"fast": False, "weeks": 12}
    alone = simulator.simulate(world, placed, **options)
    quiet = {"dashboard_address": None, "silence_logs": 50}
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, **quiet) as cluster,
        distributed.Client(cluster) as client,
    ):
        victim = next(iter(client.run(os.getpid).values()))
        thread = threading.Timer(0.2, os.kill, (victim, signal.SIGKILL))
        thread.start()
        survived = simulator.simulate(world, placed, **options, client=client)
        thread.join()
    assert same(alone, survived)
    with pytest.raises(ProcessLookupError):
        os.kill(victim, 0)
