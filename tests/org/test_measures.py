"""Every measure against a slow implementation that loops over customers and looks nothing up."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from cstoolkit import lifecycle, org
from cstoolkit.data.contract import PHASES

SPECS = {
    "one team": ((), ()),
    "industry": (("industry",), ()),
    "phase": (("phase",), ()),
    "feature": (("feature",), ()),
    "department": (("department",), ()),
    "product": (("product",), ()),
    "hierarchy": (("industry", "phase"), ()),
    "deep": (("region", "size", "phase"), ()),
    "matrix": (("phase",), ("feature",)),
    "combined": (("industry", "phase"), ("department",)),
}


class Slow:
    """A company and a design, served customer by customer."""

    def __init__(self, company, design):
        self.company, self.design = company, design
        self.day, self.since = company.as_of, company.as_of - pd.DateOffset(months=12)
        self.snapshot = company.snapshot()
        self.ids = list(self.snapshot["customer_id"])
        self.arr = dict(zip(self.ids, self.snapshot["arr"]))
        self.axes = {each.name: each for each in (*design.axes, *design.matrix)}
        self.dimensions = {each.dimension for each in self.axes.values()}
        self.intervals = {who: [] for who in self.ids}
        for row in lifecycle.phases(company).itertuples(index=False):
            if row.customer_id in self.intervals:
                self.intervals[row.customer_id].append(
                    (row.journey, str(row.phase), row.starts_on, row.ends_on)
                )
        self.uses = {who: self.use(who) for who in self.ids}
        self.holds = {who: self.hold(who) for who in self.ids}
        self.work = self.year_of_work()
        self.deal()

    def use(self, who):
        names = [each for each in self.company.usage.columns if each.startswith("uses_")]
        rows = self.company.usage[(self.company.usage["month"] > self.since)]
        sums = rows[rows["customer_id"] == who][names].sum()
        if sums.sum() == 0:
            everybody = rows[rows["customer_id"].isin(self.ids)][names].sum()
            # What counts as most used is counted over the shares' own base: the uses of all live customers.
            return {everybody.idxmax().removeprefix("uses_"): 1.0}
        return {
            name.removeprefix("uses_"): value / sums.sum()
            for name, value in sums.items()
            if value > 0
        }

    def hold(self, who):
        levels = self.company.levels
        rows = levels[
            (levels["customer_id"] == who)
            & (levels["starts_on"] <= self.day)
            & (levels["until"] > self.day)
        ]
        sums = rows.groupby("product")["arr"].sum()
        return (sums / sums.sum()).to_dict()

    def year_of_work(self):
        support = set(self.company.posts.loc[self.company.posts["team"] == "CS Ops", "person_id"])
        rows = self.company.activities
        rows = rows[(rows["happened_on"] > self.since) & rows["customer_id"].isin(self.ids)]
        return [row for row in rows.itertuples(index=False) if row.person_id not in support]

    def unit(self, who, phase, part, department):
        """The one unit all of whose conditions the piece of work meets."""
        found = []
        for unit in self.design.units:
            good = True
            for name, value in unit.covers:
                axis = self.axes[name]
                if axis.dimension == "customer":
                    good &= axis.customers.get(who) == value
                else:
                    asked = {
                        "phase": phase,
                        "feature": part,
                        "product": part,
                        "department": department,
                    }[axis.dimension]
                    good &= asked in axis.members[value]
            if good:
                found.append(unit)
        assert len(found) <= 1
        return found[0] if found else None

    def parts(self, who):
        if "feature" in self.dimensions:
            return self.uses[who]
        return self.holds[who] if "product" in self.dimensions else {"": 1.0}

    def departments(self, who):
        own = {
            row.department
            for row in self.work
            if row.customer_id == who and isinstance(row.department, str)
        }
        return sorted(own | {"no counterpart"})

    def deal(self):
        self.hours = {}
        self.lines = []
        for row in self.work:
            department = row.department if isinstance(row.department, str) else "no counterpart"
            for part, share in self.parts(row.customer_id).items():
                unit = self.unit(row.customer_id, row.phase, part, department)
                self.lines.append((row.customer_id, unit, row.kind, department, row.hours * share))
                if unit:
                    key = row.customer_id, unit.name
                    self.hours[key] = self.hours.get(key, 0) + row.hours * share
        needs = {}
        self.serves = {}
        for who in self.ids:
            for phase, part, department in itertools.product(
                PHASES, self.parts(who), self.departments(who)
            ):
                unit = self.unit(who, phase, part, department)
                if unit:
                    needs.setdefault(unit.name, set()).add(who)
                    self.serves.setdefault((who, phase), set()).add(unit)
        self.person = {}
        for unit in self.design.units:
            order = sorted(
                needs.get(unit.name, ()),
                key=lambda who: (
                    -round(self.hours.get((who, unit.name), 0), 9),
                    self.ids.index(who),
                ),
            )
            for rank, who in enumerate(order):
                if unit.people:
                    lap, seat = divmod(rank, len(unit.people))
                    seat = len(unit.people) - 1 - seat if lap % 2 else seat
                    self.person[who, unit.name] = unit.people[seat]

    def phases(self, who, when):
        """The phases open now, or during the year."""
        return {
            phase
            for _, phase, _, end in self.intervals[who]
            if pd.isna(end) or (when == "year" and end > self.since)
        }

    def units_in(self, who, phases):
        return {unit for phase in phases for unit in self.serves.get((who, phase), ())}

    def people_in(self, who, phases):
        return {self.person[who, unit.name] for unit in self.units_in(who, phases)}

    def tops_in(self, who, phases):
        return {unit.path[0] for unit in self.units_in(who, phases)}

    def handoffs(self, of):
        count = 0
        for who in self.ids:
            for journey, phase, start, _ in self.intervals[who]:
                same = [each for each in self.intervals[who] if each[0] == journey]
                if start <= self.since or start == min(each[2] for each in same):
                    continue
                before = {
                    each[1]
                    for each in same
                    if each[2] < start and (pd.isna(each[3]) or each[3] >= start)
                }
                if not before:
                    past = [each for each in same if pd.notna(each[3]) and each[3] < start]
                    before = {max(past, key=lambda each: each[3])[1]}
                if phase not in before:
                    count += len(of(who, {phase}) - of(who, before))
        return count

    def years(self):
        spans = self.company.spans
        spans = spans[spans["ends_on"].isna()]
        return (
            sum((self.day - max(start, self.since)).days for start in spans["starts_on"]) / 365.25
        )


def cv(values):
    mean = sum(values) / len(values)
    return math.sqrt(sum((each - mean) ** 2 for each in values) / len(values)) / mean


def expected(slow):
    ids, design = slow.ids, slow.design
    people = list(dict.fromkeys(who for unit in design.units for who in unit.people))
    industry = dict(zip(slow.snapshot["customer_id"], slow.snapshot["industry"]))
    now = {who: slow.people_in(who, slow.phases(who, "now")) for who in ids}
    teams = {who: slow.units_in(who, slow.phases(who, "now")) for who in ids}
    year = {who: slow.units_in(who, slow.phases(who, "year")) for who in ids}
    held = {one: [who for who in ids if one in now[who]] for one in people}
    hours = {one: {} for one in people}
    about = {one: {} for one in people}
    meets = {}
    team_hours = dict.fromkeys((unit.name for unit in design.units), 0.0)
    for who, unit, kind, department, amount in slow.lines:
        if unit is None:
            continue
        one = slow.person[who, unit.name]
        hours[one][kind] = hours[one].get(kind, 0) + amount
        about[one][industry[who]] = about[one].get(industry[who], 0) + amount
        team_hours[unit.name] += amount
        if department != "no counterpart":
            meets.setdefault(department, set()).add(one)
    total = {one: sum(hours[one].values()) for one in people}
    arr = [sum(slow.arr[who] / len(now[who]) for who in held[one]) for one in people]
    team_arr = [
        sum(slow.arr[who] / len(teams[who]) for who in ids if unit in teams[who])
        for unit in design.units
    ]
    share = lambda one, name: about[one].get(name, 0) / total[one]  # noqa: E731
    names = sorted({name for each in about.values() for name in each})
    stranded = [
        sum(total[one] > 0 and share(one, a) >= 0.5 and share(one, b) < 0.05 for one in people)
        for a in names
        for b in names
        if a != b
    ]
    busy = [one for one in people if total[one] > 0]
    everything = sum(total.values())
    live_arr = sum(slow.arr.values())
    region = slow.company.people.set_index("person_id")["region"]
    home = dict(zip(slow.snapshot["customer_id"], slow.snapshot["region"]))
    pairs = [(who, one) for who in ids for one in now[who]]
    return {
        "people": len(people),
        "teams": len(design.units),
        "hours_uncovered": sum(line[4] for line in slow.lines if line[1] is None) / sum(line[4] for line in slow.lines),
        "contacts_now": sum(map(len, now.values())) / len(ids),
        "contacts_life": sum(len(slow.people_in(who, PHASES)) for who in ids) / len(ids),
        "handoffs": slow.handoffs(slow.people_in) / slow.years(),
        "handoffs_between": slow.handoffs(slow.tops_in) / slow.years(),
        "specialisation": sum(max(hours[one].values()) for one in busy) / everything,
        "kinds_per_person": sum(total[one] / sum((each / total[one]) ** 2 for each in hours[one].values()) for one in busy) / everything,
        "industry_concentration": sum(
            total[one] * sum((each / total[one]) ** 2 for each in about[one].values()) for one in busy
        )
        / everything,
        "stranded_mean": sum(stranded) / len(stranded),
        "stranded_worst": max(stranded),
        "customers_cv": cv([len(held[one]) for one in people]),
        "arr_cv_people": cv(arr),
        "hours_cv_people": cv(list(total.values())),
        "arr_cv_teams": cv(team_arr),
        "hours_cv_teams": cv(list(team_hours.values())),
        "hours_per_person": everything / 12 / len(people),
        "people_per_department": sum(map(len, meets.values())) / len(meets),
        "arr_one_team_now": sum(slow.arr[who] for who in ids if len(slow.tops_in(who, slow.phases(who, "now"))) == 1) / live_arr,
        "arr_one_team_year": sum(slow.arr[who] for who in ids if len(slow.tops_in(who, slow.phases(who, "year"))) == 1) / live_arr,
        "coordination_links": sum(
            any({a, b} <= year[who] for who in ids) for a, b in itertools.combinations(design.units, 2)
        ),
        "same_region": sum(region[one] == home[who] for who, one in pairs) / len(pairs),
        "closest_book": min(
            len({who for who in ids if (who, unit.name) in slow.person})
            / len({one for (_, name), one in slow.person.items() if name == unit.name})
            for unit in design.units
            if any(name == unit.name for _, name in slow.person)
        ),
        "cross_sell_visible": visible(slow, now),
    }  # fmt: skip


def visible(slow, now):
    """Of customers that lack something, those with a contact who also covers something lacked."""
    by_feature = "feature" in slow.dimensions
    everything = (
        [
            each.removeprefix("uses_")
            for each in slow.company.usage.columns
            if each.startswith("uses_")
        ]
        if by_feature
        else ["core", "extra"]
    )
    good, base = 0, 0
    for who in slow.ids:
        has = slow.uses[who] if by_feature else slow.holds[who]
        lacks = [each for each in everything if each not in has]
        if not lacks:
            continue
        base += 1
        if not slow.dimensions & {"feature", "product"}:
            good += bool(now[who])
            continue
        known = {each.dimension for each in slow.axes.values()}
        departments = (
            [*slow.company.activities["department"].dropna().unique(), "no counterpart"]
            if "department" in known
            else [""]
        )
        covering = {
            one
            for phase, part, department in itertools.product(
                slow.phases(who, "now"), lacks, departments
            )
            if (unit := slow.unit(who, phase, part, department))
            for one in unit.people
        }
        good += bool(now[who] & covering)
    return good / base


@pytest.mark.parametrize("spec", SPECS)
def test_every_derived_measure(small, spec):
    solid, matrix = SPECS[spec]
    design = org.build(small, *solid, matrix=matrix)
    table = org.evaluate(small, design).set_index("measure")["value"]
    want = expected(Slow(small, design))
    got = table[list(want)].to_dict()
    assert got == pytest.approx(want, rel=1e-9, abs=1e-12)
    structural = {
        "departments_connected",
        "departments_owned",
        "bosses_per_person",
        "span_mean",
        "span_most",
        "levels",
        "levels_to_top",
    }
    in_any_design = {"handoffs_any", "handoffs_all"}  # by hand in test_today
    assert set(table.index) == set(want) | structural | in_any_design


def test_partners_are_met_in_their_phases_only(small):
    design = org.build(small, partners={"sales": ["renewal", "expansion"]})
    with_sales = org.evaluate(small, design).set_index("measure")["value"]
    alone = org.build(small)
    slow = Slow(small, alone)
    beside = [bool(slow.phases(who, "now") & {"renewal", "expansion"}) for who in slow.ids]
    without = org.evaluate(small, alone).set_index("measure")["value"]
    assert with_sales["contacts_now"] - without["contacts_now"] == pytest.approx(np.mean(beside))
    assert with_sales["contacts_life"] - without["contacts_life"] == pytest.approx(1)
    left = sum(slow.arr[who] for who, met in zip(slow.ids, beside) if not met) / sum(
        slow.arr.values()
    )
    assert with_sales["arr_one_team_now"] == pytest.approx(left)
    assert with_sales["departments_owned"] == 1
