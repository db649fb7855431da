"""Who leads whom: span of control and levels, in a design and in the company's posts (S4's leaders)."""

from __future__ import annotations

import math

import pandas as pd

from cstoolkit import reference
from cstoolkit.data.company import Company
from cstoolkit.org._design import HEAD, OrgDesign


def managers(design: OrgDesign, *, span: int | None = None) -> pd.DataFrame:
    """The leaders that a design needs, one row a team that has any: team, leaders, reports (direct, in all), layer (1 leads
    people).

    Nobody stands between the head and the people while all of them fit one leader's `span` (default: what an experienced
    leader handles at least, 8; S4). Beyond that a team of two or more has a leader, a part of the hierarchy with two or
    more reports too, and where reports exceed the span they are split among several leaders. Leaders come on top of the
    people placed. Support teams count as parts below the head.
    """
    span = int(span or reference.figure("span_experienced").low)
    if span < 2:
        raise ValueError(f"span is a whole number of at least 2 direct reports, got {span}.")
    posts = design.posts
    main = posts[posts["post"].isin(["main", "support"])]
    tree: dict = {}
    for (team, _), rows in main.groupby(["team", "post"], sort=False):
        node = tree
        for name in str(team).split(" / "):
            node = node.setdefault(name, {})
        node[None] = node.get(None, 0) + len(rows)
    rows: list[tuple[str, int, int, int]] = []
    if len(main) <= span:
        reports, below = len(main), 0
    else:
        found = [_lead(child, name, span, rows) for name, child in tree.items()]
        reports, below = (
            sum(many for many, _ in found),
            max((layer for _, layer in found), default=0),
        )
    while reports > span:
        groups = math.ceil(reports / span)
        below += 1
        rows.append(("group leads", groups, reports, below))
        reports = groups
    rows.append((HEAD, 1, reports, below + 1))
    return pd.DataFrame(rows[::-1], columns=["team", "leaders", "reports", "layer"])


def _lead(node: dict, name: str, span: int, rows: list) -> tuple[int, int]:
    """How many report upwards out of this part, and how many layers of leaders stand in it."""
    reports, layer = node.get(None, 0), 0
    for child, below in node.items():
        if child is not None:
            many, deep = _lead(below, f"{name} / {child}", span, rows)
            reports, layer = reports + many, max(layer, deep)
    if reports <= 1:
        return reports, layer
    leaders = math.ceil(reports / span)
    rows.append((name, leaders, reports, layer + 1))
    return leaders, layer + 1


def posted(company: Company, people: pd.DataFrame) -> pd.DataFrame:
    """The same from the posts on `as_of`: one row a leader with team (where the leader stands), leaders (1), reports, layer
    from below."""
    boss = people.set_index("person_id")["manager_id"]
    boss = boss.where(boss.isin(boss.index))
    reports = boss.value_counts()
    layer = pd.Series(0, index=boss.index)
    level = boss.index
    for height in range(1, len(boss) + 1):
        above = boss[level].dropna().unique()
        if not len(above):
            break
        layer[above] = height
        level = pd.Index(above)
    else:
        raise ValueError(
            f"{company.name}: posts name managers in a circle; a person's manager is not led by that person."
        )
    team = people.set_index("person_id")["team"]
    leaders = list(reports.index)
    return pd.DataFrame(
        {
            "team": team[leaders].to_numpy(),
            "leaders": 1,
            "reports": reports.to_numpy(),
            "layer": layer[leaders].to_numpy(),
        }
    )
