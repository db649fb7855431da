"""What the learner has answered, kept in one small file on this machine. Answers
themselves are not kept.

The file is named by the environment variable ``CSTOOLKIT_PROGRESS``, else it lies in the user's
data folder. It comes into being with the first answer, and each outcome is a line added at its end:
notebooks open side by side lose nothing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

KEPT = ("right", "wrong", "crashed", "noted")
"""The outcomes that are kept. What was right once stays right."""


def path() -> Path:
    """Where progress is kept. Raises OSError where this user has no folder for it."""
    from platformdirs import user_data_path

    named = os.environ.get("CSTOOLKIT_PROGRESS")
    try:
        place = Path(named or user_data_path("cstoolkit", appauthor=False) / "progress.jsonl")
        return place.expanduser()
    except RuntimeError:
        raise OSError(
            "this user has no home folder. Name a file in the environment variable "
            "CSTOOLKIT_PROGRESS."
        ) from None


def read() -> dict[str, dict[str, str]]:
    """Topic to exercise number (as text) to outcome; empty where nothing was answered yet.

    Raises ValueError naming the file if it is there but is not a progress file.
    """
    place = path()
    topics: dict[str, dict[str, str]] = {}
    try:
        for line in place.read_text(encoding="utf-8").splitlines():
            topic, number, outcome = json.loads(line)
            if outcome not in KEPT:
                raise ValueError(f"{outcome!r} is no outcome")
            numbers = topics.setdefault(str(topic), {})
            if numbers.get(str(number)) != "right":
                numbers[str(number)] = outcome
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, OSError) as error:
        raise ValueError(
            f"the progress file {place} cannot be read ({error}). It is left as it is and nothing "
            "is added to it; cs.exercises.reset() sets it aside and begins anew."
        ) from error
    return topics


def record(topic: str, number: int, outcome: str) -> None:
    """Keep one outcome.

    Raises ValueError if the file there cannot be read (it is left as it is) and OSError if
    none can be written.
    """
    if read().get(topic, {}).get(str(number)) in ("right", outcome):
        return
    place = path()
    place.parent.mkdir(parents=True, exist_ok=True)
    # One write at the end of the file: what another notebook adds at the same moment stays.
    with place.open("ab", buffering=0) as file:
        file.write(json.dumps([topic, number, outcome]).encode() + b"\n")


def reset() -> None:
    """Remove the file; one that cannot be read is renamed instead."""
    place = path()
    try:
        read()
    except ValueError:
        os.replace(place, place.with_name(place.name + ".unreadable"))
        return
    place.unlink(missing_ok=True)
