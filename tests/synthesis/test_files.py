"""The files of the bundled company: what the makers write, the same bytes each time, and found again."""

from __future__ import annotations

import runpy

import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit.data import bundled
from cstoolkit.data.contract import TABLES
from cstoolkit.synthesis import Truth, publish, synthesize


def test_the_committed_files_are_what_the_makers_write(world):
    for path, made in publish.contents(world).items():
        assert (bundled.folder() / path).read_bytes() == made, (
            f"{path} differs: run python -m cstoolkit.synthesis"
        )


def test_a_second_run_gives_the_same_bytes():
    one, other = (publish.contents(synthesize(seed=5, months=14, scale=0.3)) for _ in range(2))
    assert one == other
    assert one != publish.contents(synthesize(seed=6, months=14, scale=0.3))


def test_parquet_and_csv_hold_the_same():
    for name in TABLES:
        table = pd.read_parquet(bundled.folder() / "parquet" / f"{name}.parquet")
        assert (
            publish.csv_bytes(table) == (bundled.folder() / "csv" / f"{name}.csv").read_bytes()
        ), name


def test_the_data_set_is_small_and_complete():
    found = [path for path in bundled.folder().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in found) < 15e6
    names = {path.relative_to(bundled.folder()).as_posix() for path in found}
    assert {f"{kind}/{name}.{kind}" for name in TABLES for kind in ("csv", "parquet")} <= names


def test_writing_replaces_everything_and_leaves_nothing_beside_it(tmp_path):
    small = synthesize(seed=1, months=8, customers=20)
    target = tmp_path / "datasets"
    (target / "csv").mkdir(parents=True)
    (target / "csv" / "leftover.csv").write_text("x")
    publish.write(small, target)
    assert [path.name for path in tmp_path.iterdir()] == ["datasets"]
    assert not (target / "csv" / "leftover.csv").exists()
    assert (
        pd.read_parquet(target / "parquet" / "customers.parquet").shape
        == small.tables["customers"].shape
    )


def test_a_failed_write_changes_nothing(tmp_path, monkeypatch):
    target = tmp_path / "datasets"
    publish.write(synthesize(seed=1, months=8, customers=20), target)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(OSError, match="disk full"):
        publish.write(synthesize(seed=2, months=8, customers=20), target)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["datasets"]


def test_one_command_writes_the_data_set(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["synthesis", str(tmp_path / "made")])
    runpy.run_module("cstoolkit.synthesis", run_name="__main__")
    assert str(tmp_path / "made") in capsys.readouterr().out
    made = (tmp_path / "made" / "csv" / "assignments.csv").read_bytes()
    assert made == (bundled.folder() / "csv" / "assignments.csv").read_bytes()


def test_a_missing_data_set_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "__file__", str(tmp_path / "cstoolkit" / "data" / "bundled.py"))
    with pytest.raises(FileNotFoundError, match="looked in .*python -m cstoolkit.synthesis"):
        bundled.folder()


def test_an_installed_package_carries_its_own_data(tmp_path, monkeypatch):
    place = tmp_path / "cstoolkit" / "datasets"
    (place / "parquet").mkdir(parents=True)
    (place / bundled.ABOUT).write_text("{}")
    monkeypatch.setattr(bundled, "__file__", str(tmp_path / "cstoolkit" / "data" / "bundled.py"))
    assert bundled.folder() == place.resolve()


def test_the_published_truth_can_be_read():
    truth = cs.load_truth()
    assert truth.effect("paid_on_value") == Truth().paid_on_value
    assert truth["stalls"]["starts_on"].dtype == "datetime64[us]"
    assert truth["declines"]["ends_on"].dtype == "datetime64[us]"
    falling = truth.risk.dropna(subset="declining_since")
    assert (falling["declining_since"] <= falling["decided_on"]).all()
    assert (truth.risk["engagement"] <= 0).all()
    with pytest.raises(KeyError, match="no truth table 'fit'; there are customers"):
        truth["fit"]
    with pytest.raises(KeyError, match="no effect 'luck'"):
        truth.effect("luck")
