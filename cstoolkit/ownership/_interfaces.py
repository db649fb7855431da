"""Teams as lines, not points: what comes in and goes out of each (S3), what nobody takes, what nobody gives."""

from __future__ import annotations

import pandas as pd

from cstoolkit.data.company import Company

OUTSIDE = "customers"
"""Stands outside the vendor: what it gives and takes needs no team."""

_FLOWS = (
    # team, direction, item, source
    ("sales", "in", "leads", "ours"),
    ("sales", "in", "risk and usage proposal", "S3"),
    ("sales", "out", "goals and promises", "ours"),
    ("sales", "out", "renewal talk", "S3"),
    ("onboarding", "in", "goals and promises", "ours"),
    ("onboarding", "in", "ways of working", "S3"),
    ("onboarding", "out", "notes of the onboarding", "S0"),
    ("CSM", "in", "notes of the onboarding", "S0"),
    ("CSM", "in", "team strategy", "S3"),
    ("CSM", "in", "health and churn risk", "S3"),
    ("CSM", "in", "ways of working", "S3"),
    ("CSM", "in", "roadmap", "S3"),
    ("CSM", "in", "renewal talk", "S3"),
    ("CSM", "out", "activity history", "S3"),
    ("CSM", "out", "issues", "S3"),
    ("CSM", "out", "risk and usage proposal", "S3"),
    ("CSM", "out", "success stories", "S1"),
    ("customer operations", "in", "usage", "S3"),
    ("customer operations", "in", "activity history", "S3"),
    ("customer operations", "in", "firmographics", "S3"),
    ("customer operations", "out", "team strategy", "S3"),
    ("customer operations", "out", "health and churn risk", "S3"),
    ("customer marketing", "in", "success stories", "ours"),
    ("customer marketing", "out", "ways of working", "S3"),
    ("customer marketing", "out", "leads", "ours"),
    ("CRE", "in", "issues", "S3"),
    ("CRE", "out", "requirements", "S3"),
    ("product", "in", "requirements", "S3"),
    ("product", "out", "roadmap", "S3"),
    ("product", "out", "usage", "ours"),
    (OUTSIDE, "out", "firmographics", "ours"),
)

_EMBEDDED = (
    (
        "customer operations",
        "in",
        "usage, CSM activity history and firmographics, gathered in one platform",
        "S3",
    ),
    ("customer operations", "out", "a sharper strategy of the team", "S3"),
    ("customer operations", "out", "a check that the team stays in line with the whole", "S3"),
    ("customer marketing", "in", "what works in the team, and its success stories", "ours"),
    ("customer marketing", "out", "work standardised at a high level", "S3"),
)

OPERATIONS, MARKETING = (
    r"\b(?:cs ops|ops|operations|analyst|scientist|analytics)\b",
    r"\bmarketing\b",
)


def sample_flows() -> pd.DataFrame:
    """What comes in and goes out of each team, as far as S3 says it; the rest is ours: team, direction (in, out), item, source.

    >>> sample_flows().query("team == 'CRE'")[["direction", "item"]].values.tolist()
    [['in', 'issues'], ['out', 'requirements']]
    """
    return pd.DataFrame(_FLOWS, columns=["team", "direction", "item", "source"])


def edges(flows: pd.DataFrame) -> pd.DataFrame:
    """The arrows between teams: giver, taker, item, one row each; an item goes from every team that gives it to every team that
    takes it.

    `flows` has team, direction (in, out) and item. Raises ValueError for another direction.

    >>> edges(sample_flows()).query("item == 'issues'")[["giver", "taker"]].values.tolist()
    [['CSM', 'CRE']]
    """
    _columns(flows)
    given = flows.loc[flows["direction"] == "out", ["team", "item"]].rename(
        columns={"team": "giver"}
    )
    taken = flows.loc[flows["direction"] == "in", ["team", "item"]].rename(
        columns={"team": "taker"}
    )
    both = given.drop_duplicates().merge(taken.drop_duplicates(), on="item")
    return both.loc[both["giver"] != both["taker"], ["giver", "taker", "item"]].reset_index(
        drop=True
    )


def interfaces(flows: pd.DataFrame, *, outside: str = OUTSIDE) -> pd.DataFrame:
    """Each team as a line or a point, with what hangs loose: team, comes_in, goes_out (connected items), nobody_takes,
    nobody_gives, shape, says.

    ========== =================================================================================
    line       something comes in from a team and something goes out to one
    dead end   things come in, nothing that another team takes goes out
    source     something goes out, nothing comes in from another team
    point      neither: a team designed by itself, which S3 sees rarely reach full effect
    ========== =================================================================================

    `outside` (customers) gives and takes like a team but is none, and is not judged. Source: S3; the four shapes are ours.

    >>> loose = interfaces(sample_flows()).query("nobody_takes != '' or nobody_gives != ''")
    >>> len(loose)
    0
    """
    arrows = edges(flows)
    rows = []
    for team in dict.fromkeys(flows["team"]):
        if team == outside:
            continue
        mine = flows[flows["team"] == team]
        wants, gives = (
            list(dict.fromkeys(mine.loc[mine["direction"] == way, "item"])) for way in ("in", "out")
        )
        into, out = arrows[arrows["taker"] == team], arrows[arrows["giver"] == team]
        untaken = [item for item in gives if item not in set(out["item"])]
        ungiven = [item for item in wants if item not in set(into["item"])]
        comes, goes = into["item"].nunique(), out["item"].nunique()
        shape = {
            (True, True): "line",
            (True, False): "dead end",
            (False, True): "source",
            (False, False): "point",
        }[comes > 0, goes > 0]
        rows.append(
            {
                "team": team,
                "comes_in": comes,
                "goes_out": goes,
                "nobody_takes": "; ".join(untaken),
                "nobody_gives": "; ".join(ungiven),
                "shape": shape,
                "says": _says(team, shape, untaken, ungiven),
            }
        )
    return pd.DataFrame(
        rows,
        columns=["team", "comes_in", "goes_out", "nobody_takes", "nobody_gives", "shape", "says"],
    )


def embedded() -> pd.DataFrame:
    """S3's people embedded with each team's manager, what they take in and give out: who, direction, what, source."""
    return pd.DataFrame(_EMBEDDED, columns=["who", "direction", "what", "source"])


def embedding(company: Company) -> pd.DataFrame:
    """Which customer-facing teams have operations and marketing people of their own on `as_of` (S3), and which share central ones.

    Returns one row a team that holds customers, and a last row "central": team, people, operations, marketing (people in the
    team, or with its manager), says. Told by `posts.role` and `posts.team`; needs posts.

    >>> import cstoolkit as cs
    >>> embedding(cs.load_company()).iloc[-1:][["operations", "marketing"]].values.tolist()
    [[3, 2]]
    """
    company.need(posts=["role", "team"])
    posts = company.posts[
        (company.posts["starts_on"] <= company.as_of) & ~(company.posts["ends_on"] <= company.as_of)
    ]
    role = posts["role"].fillna("").str.casefold().str.replace("_", " ")
    posts = posts.assign(
        operations=role.str.contains(OPERATIONS), marketing=role.str.contains(MARKETING)
    )
    helps = posts["operations"] | posts["marketing"]
    leads = role.str.contains(r"\b(?:manager|head|lead|chief|director)\b")
    facing = posts[~helps & ~leads]
    rows = []
    seen = pd.Series(False, index=posts.index)
    for team, mine in facing.groupby("team", sort=False):
        managers = set(mine["manager_id"].dropna())
        # A manager of several teams embeds nobody in one of them: then only the post's own team tells.
        several = facing[facing["manager_id"].isin(managers)]["team"].nunique() > 1
        here = helps & (
            (posts["team"] == team) | (posts["manager_id"].isin(managers) & (not several))
        )
        seen |= here
        counts = posts.loc[here, ["operations", "marketing"]].sum()
        rows.append(
            {"team": team, "people": mine["person_id"].nunique(), **counts.astype(int).to_dict()}
        )
    rest = posts[helps & ~seen]
    rows.append(
        {
            "team": "central",
            "people": rest["person_id"].nunique(),
            **rest[["operations", "marketing"]].sum().astype(int).to_dict(),
        }
    )
    frame = pd.DataFrame(rows)
    frame["says"] = [_embedded_says(row) for row in frame.to_dict("records")]
    return frame


def _embedded_says(row: dict) -> str:
    if row["team"] == "central":
        return f"{row['operations']} in operations and {row['marketing']} in marketing serve all teams from one place."
    if row["operations"] and row["marketing"]:
        return "has operations and marketing people of its own, as in S3."
    if row["operations"]:
        return "has operations people of its own, no marketing people."
    if row["marketing"]:
        return "has marketing people of its own, no operations people."
    return "has nobody of operations or marketing of its own."


def _says(team: str, shape: str, untaken: list[str], ungiven: list[str]) -> str:
    said = {
        "line": f"{team} is a line: something comes in and something goes out.",
        "dead end": f"{team} is a dead end: nothing that it gives is taken by another team.",
        "source": f"{team} only gives: nothing comes in from another team.",
        "point": f"{team} is a point: no other team gives it anything or takes anything from it.",
    }[shape]
    if untaken:
        said += f" Nobody takes: {', '.join(untaken)}."
    if ungiven:
        said += f" Nobody gives: {', '.join(ungiven)}."
    return said


def _columns(flows: pd.DataFrame) -> None:
    missing = [name for name in ("team", "direction", "item") if name not in flows]
    if missing:
        raise ValueError(
            f"flows have the columns team, direction, item; missing: {', '.join(missing)}."
        )
    strange = sorted(set(flows["direction"].astype("str")) - {"in", "out"})
    if strange:
        raise ValueError(f"a direction is in or out, got {', '.join(map(repr, strange))}.")
