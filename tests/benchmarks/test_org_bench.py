"""All designs of the sources, built and evaluated, beside one pandas groupby over the same activities."""

import dataclasses
import time

import pandas as pd
import pytest

import cstoolkit as cs
from cstoolkit import org
from cstoolkit.org.workload import work

pytestmark = pytest.mark.bench


def many(company, copies, crews):
    """The bundled company side by side with itself: `copies` times its customers, `crews` times its people."""

    def copied(table, times):
        frame = getattr(company, table)
        parts = []
        for number in range(times):
            ids = {}
            for column, count in (
                ("customer_id", copies),
                ("person_id", crews),
                ("manager_id", crews),
            ):
                if column in frame:
                    ids[column] = frame[column] + f"-{number % count}"
            parts.append(frame.assign(**ids))
        return pd.concat(parts, ignore_index=True)

    tables = {
        name: copied(name, crews if name in ("people", "posts") else copies)
        for name in company.tables
    }
    return dataclasses.replace(company, **tables)


def taken(call, rounds=3):
    """Processor and wall seconds of the fastest of several calls, and its result; neighbours do not cost processor time."""
    best = None
    for _ in range(rounds):
        wall, own = time.perf_counter(), time.process_time()
        result = call()
        spent = time.process_time() - own, time.perf_counter() - wall, result
        best = spent if best is None or spent[0] < best[0] else best
    return best


@pytest.mark.parametrize(("copies", "crews", "most"), [(1, 1, 200), (76, 50, 45)])
def test_every_design_built_and_evaluated(benchmark, copies, crews, most):
    """14 designs in two calls, 1,300 customers and 100,000 with 1,000 people, in at most so many groupbys over the activities."""
    bundled = cs.load_company()
    company = many(bundled, copies, crews) if copies > 1 else bundled
    keys = ["customer_id", "phase", "department", "kind"]
    peer, _, _ = taken(lambda: company.activities.groupby(keys, dropna=False)["hours"].sum())
    gathered, gathered_wall, _ = taken(lambda: work(company), rounds=1)
    spent = []

    def call():
        spent.append(taken(lambda: org.compare(company, org.examples(company)), rounds=1))

    benchmark.pedantic(call, rounds=3 if copies == 1 else 1)
    own, wall, table = min(spent, key=lambda each: each[0])
    people = int(table.query("design == 'phase' and measure == 'people'")["value"].iloc[0])
    ratio = (gathered + own) / peer
    print(
        f"\n{len(company.snapshot()):,} customers, {people:,} people: work gathered in {gathered:.2f} s ({gathered_wall:.2f} s wall), "
        f"{table['design'].nunique()} designs built and evaluated in {own:.2f} s ({wall:.2f} s wall), {ratio:.0f} groupbys"
    )
    benchmark.extra_info["groupbys"] = round(ratio, 1)
    assert ratio <= most
