"""Invented names. They are random combinations: any likeness to a real company is an accident."""

from __future__ import annotations

import tomllib
from importlib import resources

import numpy as np

from cstoolkit.synthesis.customers import INDUSTRIES

WORDS = tomllib.loads(
    resources.files("cstoolkit.synthesis").joinpath("names.toml").read_text(encoding="utf-8")
)
SECOND = ("", "North ", "New ", "Old ")
"""Put before a name once the plain ones are used up."""


def companies(rng: np.random.Generator, industry: np.ndarray, region: np.ndarray) -> np.ndarray:
    """A name for each customer, none twice; some of those in Japan are written in Japanese."""
    japanese = (region < 2) & (rng.random(len(industry)) < 0.22)
    names = np.empty(len(industry), dtype=object)
    for number, trade in enumerate(INDUSTRIES):
        endings = WORDS["endings"][trade]
        local = [
            f"{stem}{ending}" for ending in endings["japanese"] for stem in WORDS["japanese_stems"]
        ]
        latin = [f"{stem} {ending}" for ending in endings["latin"] for stem in WORDS["latin_stems"]]
        for wanted, plain, before in ((japanese, local, ("",)), (~japanese, latin, SECOND)):
            who = np.flatnonzero((industry == number) & wanted)
            order = np.concatenate(
                [rng.permutation(len(plain)) + turn * len(plain) for turn in range(len(before))]
            )
            pool = [f"{extra}{name}" for extra in before for name in plain]
            rounds = np.arange(len(who)) // len(pool)
            picked = [pool[order[i % len(pool)]] for i in range(len(who))]
            names[who] = [
                name if turn == 0 else f"{name} {turn + 1}"
                for name, turn in zip(picked, rounds, strict=True)
            ]
    return names.astype(str)
