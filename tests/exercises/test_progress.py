"""The learner's progress: one small file that notebooks add to, never overwritten when it cannot be read."""

import subprocess
import sys

import pytest

from cstoolkit import exercises
from cstoolkit.course import TOPICS
from cstoolkit.exercises import learner


def test_nothing_is_written_by_reading():
    assert learner.read() == {}
    exercises.progress()
    assert not learner.path().exists()
    exercises.reset()


def test_the_place_is_named_by_the_environment_else_in_the_users_data(monkeypatch, tmp_path):
    monkeypatch.setenv("CSTOOLKIT_PROGRESS", str(tmp_path / "here.json"))
    assert learner.path() == tmp_path / "here.json"
    monkeypatch.delenv("CSTOOLKIT_PROGRESS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert learner.path().name == "progress.jsonl"
    assert "cstoolkit" in learner.path().parts
    if sys.platform == "linux":
        assert learner.path() == tmp_path / "cstoolkit" / "progress.jsonl"


def test_what_is_recorded_is_read_back_and_reset(monkeypatch, tmp_path):
    monkeypatch.setenv("CSTOOLKIT_PROGRESS", str(tmp_path / "deep" / "progress.json"))
    learner.record("staffing", 1, "wrong")
    learner.record("ttv", 2, "right")
    learner.record("ttv", 2, "wrong")
    assert learner.read() == {"staffing": {"1": "wrong"}, "ttv": {"2": "right"}}
    assert [each.name for each in learner.path().parent.iterdir()] == ["progress.json"]
    exercises.reset()
    assert learner.read() == {} and not learner.path().exists()


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        "12",
        '["a", 1]',
        '["a", 1, "great"]',
        '["a", 1, "right"]\n["a", 2, "ri',
        "\udcff",
    ],
)
def test_a_file_that_is_no_progress_is_told_and_left_alone(content):
    held = content.encode("utf-8", "surrogateescape")
    learner.path().write_bytes(held)
    for call in (learner.read, exercises.progress, lambda: learner.record("a", 1, "right")):
        with pytest.raises(
            ValueError, match=r"the progress file .* cannot be read .*reset\(\) sets it aside"
        ):
            call()
    assert learner.path().read_bytes() == held
    exercises.reset()
    assert learner.read() == {}
    assert learner.path().with_name("progress.json.unreadable").read_bytes() == held


def test_notebooks_side_by_side_lose_nothing():
    code = "import sys; from cstoolkit.exercises import learner; [learner.record(sys.argv[1], at, 'wrong') for at in range(100)]"
    at_once = [subprocess.Popen([sys.executable, "-c", code, name]) for name in ("a", "b")]
    assert [process.wait(120) for process in at_once] == [0, 0]
    assert {name: len(numbers) for name, numbers in learner.read().items()} == {"a": 100, "b": 100}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks the system for the folder")
def test_a_user_without_a_home_is_answered_and_told_that_nothing_is_kept(
    company, monkeypatch, tmp_path, capsys
):
    import pwd

    def nobody(*_):
        raise KeyError("no entry")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for name in ("CSTOOLKIT_PROGRESS", "HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    check, _, _ = exercises.start(company, "start_here")
    assert check(1, -1).outcome == "wrong"
    assert "Your progress was not saved: this user has no home folder" in capsys.readouterr().out
    monkeypatch.setenv("CSTOOLKIT_PROGRESS", "~/progress.jsonl")
    assert check(1, -1).outcome == "wrong"
    assert not list(tmp_path.iterdir()), "no folder called ~"
    with pytest.raises(OSError, match="no home folder"):
        exercises.progress()


def test_progress_lists_every_exercise_of_every_topic(monkeypatch):
    frame = exercises.progress()
    assert list(frame.columns) == ["topic", "exercise", "outcome"]
    assert set(frame["topic"]) == set(TOPICS)
    assert set(frame["outcome"]) <= {"not answered"}
    for topic in TOPICS:
        learner.record(topic, 1, "right")
    frame = exercises.progress()
    assert (frame.loc[frame["exercise"] == 1, "outcome"] == "right").all()


def test_an_unknown_topic_is_refused_with_the_topics_there_are(company):
    with pytest.raises(ValueError, match="there are no exercises for 'stafing'; there are for: "):
        exercises.start(company, "stafing")
    with pytest.raises(ValueError, match="no exercises for 'checker'"):
        exercises.start(company, "checker")


def test_importing_the_exercises_writes_nothing_and_stays_light():
    code = "import sys, cstoolkit.exercises; sys.exit('ipywidgets' in sys.modules or 'matplotlib.pyplot' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
