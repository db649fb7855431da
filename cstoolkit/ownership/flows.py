"""Teams as lines, not points: what comes in and goes out, what nobody takes or gives (S3)."""

from __future__ import annotations

import pandas as pd

from cstoolkit import checks, tables
from cstoolkit.data.company import Company, checked

OUTSIDE = "customers"
"""Stands outside the vendor: what it gives and takes needs no team."""

OPERATIONS = r"\b(?:cs ops|ops|operations|analyst|scientist|analytics)\b"
MARKETING = r"\bmarketing\b"
LEADING = r"\b(?:manager|head|lead|chief|director)\b"
"""Words by which the role of a post is told (lower case)."""


def sample_flows() -> pd.DataFrame:
    """What comes in and goes out of each team (``flows.csv``): S3's where it says so, else ours.

    Returns
    -------
    pandas.DataFrame
        team, direction (in, out), item, source.

    References
    ----------
    S0, S1, S3 (docs/sources.md).

    Examples
    --------
    >>> sample_flows().query("team == 'CRE'")[["direction", "item"]].values.tolist()
    [['in', 'issues'], ['out', 'requirements']]
    """
    return tables.read("ownership", "flows")


def edges(flows: pd.DataFrame) -> pd.DataFrame:
    """What passes: an item goes from every team that gives it to every one that takes it.

    Parameters
    ----------
    flows : pandas.DataFrame
        team, direction (in, out), item.

    Returns
    -------
    pandas.DataFrame
        giver, taker, item.

    Raises
    ------
    ValueError
        For another direction, or a column that is missing.

    Examples
    --------
    >>> edges(sample_flows()).query("item == 'issues'")[["giver", "taker"]].values.tolist()
    [['CSM', 'CRE']]
    """
    checks.columns("flows", flows, ["team", "direction", "item"])
    for direction in flows["direction"].unique():
        checks.one_of("flows", "direction", direction, ("in", "out"))
    given, taken = (
        flows.loc[flows["direction"] == way, ["team", "item"]].drop_duplicates()
        for way in ("out", "in")
    )
    both = given.merge(taken, on="item", suffixes=("_gives", "_takes"))
    both = both.rename(columns={"team_gives": "giver", "team_takes": "taker"})
    both = both.loc[both["giver"] != both["taker"], ["giver", "taker", "item"]]
    return both.reset_index(drop=True)


def interfaces(flows: pd.DataFrame, *, outside: str = OUTSIDE) -> pd.DataFrame:
    """Each team as a line or a point, with what has no taker or no giver.

    ========== ================================================================================
    line       something comes in from a team and something goes out to one
    dead end   things come in, nothing that another team takes goes out
    source     something goes out, nothing comes in from another team
    point      neither: a team designed by itself, which S3 sees rarely reach full effect
    ========== ================================================================================

    Parameters
    ----------
    flows : pandas.DataFrame
        team, direction (in, out), item.
    outside : str
        Gives and takes like a team but is none, and is not judged.

    Returns
    -------
    pandas.DataFrame
        team, comes_in, goes_out (connected items), nobody_takes, nobody_gives (items), shape.

    References
    ----------
    S3 (docs/sources.md); the four shapes are ours.

    Examples
    --------
    >>> set(interfaces(sample_flows())["shape"])
    {'line'}
    """
    connected = edges(flows)
    shapes = {
        (True, True): "line",
        (True, False): "dead end",
        (False, True): "source",
        (False, False): "point",
    }
    rows = []
    for team in flows["team"].unique():
        if team == outside:
            continue
        mine = flows[flows["team"] == team]
        into = connected.loc[connected["taker"] == team, "item"]
        out = connected.loc[connected["giver"] == team, "item"]
        loose = {
            way: mine.loc[(mine["direction"] == way) & ~mine["item"].isin(there), "item"].unique()
            for way, there in (("out", out), ("in", into))
        }
        rows.append(
            {
                "team": team,
                "comes_in": into.nunique(),
                "goes_out": out.nunique(),
                "nobody_takes": "; ".join(loose["out"]),
                "nobody_gives": "; ".join(loose["in"]),
                "shape": shapes[len(into) > 0, len(out) > 0],
            }
        )
    columns = ["team", "comes_in", "goes_out", "nobody_takes", "nobody_gives", "shape"]
    return pd.DataFrame(rows, columns=columns)


def embedded() -> pd.DataFrame:
    """S3's people embedded with each team (``embedded.csv``): who, direction, what, source."""
    return tables.read("ownership", "embedded")


def embedding(company: Company) -> pd.DataFrame:
    """Which customer-facing teams have operations and marketing people of their own (S3).

    Parameters
    ----------
    company : Company
        With posts; told by their role and team.

    Returns
    -------
    pandas.DataFrame
        One row a team that faces customers, and a last row "central" for people who serve all
        teams: team, people, operations, marketing (people in the team, or with a manager of that
        team alone).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> embedding(cs.load_company()).columns.to_list()
    ['team', 'people', 'operations', 'marketing']
    """
    checked(company).need(posts=["role", "team"])
    posts = company.open("posts")
    role = posts["role"].fillna("").str.casefold().str.replace("_", " ")
    posts = posts.assign(
        operations=role.str.contains(OPERATIONS), marketing=role.str.contains(MARKETING)
    )
    helps = posts["operations"] | posts["marketing"]
    facing = posts[~helps & ~role.str.contains(LEADING)]
    teams_of = facing.groupby("manager_id")["team"].nunique()
    central = helps.copy()
    rows = []
    for team, mine in facing.groupby("team", sort=False):
        # A manager of several teams embeds nobody in one of them.
        own = [boss for boss in mine["manager_id"].dropna().unique() if teams_of[boss] == 1]
        here = helps & ((posts["team"] == team) | posts["manager_id"].isin(own))
        central &= ~here
        rows.append((team, mine["person_id"].nunique(), *_helpers(posts[here])))
    rest = posts[central]
    rows.append(("central", rest["person_id"].nunique(), *_helpers(rest)))
    return pd.DataFrame(rows, columns=["team", "people", "operations", "marketing"])


def _helpers(posts: pd.DataFrame) -> tuple[int, int]:
    return int(posts["operations"].sum()), int(posts["marketing"].sum())
