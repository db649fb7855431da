"""What the learner has answered, kept in one small file on this machine. Answers themselves are not kept.

The file is named by the environment variable ``CSTOOLKIT_PROGRESS``, else it lies in the user's data folder. It comes
into being with the first answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path

KEPT = ("right", "wrong", "crashed", "noted")
"""The outcomes that are kept. What was right once stays right."""


def path() -> Path:
    """Where progress is kept."""
    named = os.environ.get("CSTOOLKIT_PROGRESS")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("cstoolkit", appauthor=False) / "progress.json"


def read() -> dict[str, dict[str, str]]:
    """Topic to exercise number (as text) to outcome; empty where nothing was answered yet.

    Raises ValueError naming the file if it is there but is not a progress file.
    """
    place = path()
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError) as error:
        raise _unreadable(place, str(error)) from error
    topics = kept.get("topics") if isinstance(kept, dict) else None
    if not isinstance(topics, dict) or not all(
        isinstance(numbers, dict) and all(outcome in KEPT for outcome in numbers.values())
        for numbers in topics.values()
    ):
        raise _unreadable(place, "it does not hold topics with outcomes")
    return topics


def record(topic: str, number: int, outcome: str) -> None:
    """Keep one outcome. The file is read again just before it is replaced, so that notebooks open side by side add to
    it.

    Raises ValueError if the file there cannot be read (it is left as it is) and OSError if none can be written.
    """
    topics = read()
    numbers = topics.setdefault(topic, {})
    if numbers.get(str(number)) in ("right", outcome):
        return
    numbers[str(number)] = outcome
    _write({"topics": topics})


def reset() -> None:
    """Remove the file; one that cannot be read is renamed instead."""
    place = path()
    try:
        read()
    except ValueError:
        aside = place.with_name(place.name + ".unreadable")
        os.replace(place, aside)
        return
    place.unlink(missing_ok=True)


def _write(kept: dict) -> None:
    """Whole or not at all: to a file beside it, then put in its place."""
    place = path()
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=place.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=1, sort_keys=True, ensure_ascii=False)
        os.replace(name, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _unreadable(place: Path, why: str) -> ValueError:
    return ValueError(
        f"the progress file {place} cannot be read ({why}). It is left as it is and nothing is added to it; "
        "cs.exercises.reset() sets it aside and begins anew."
    )
