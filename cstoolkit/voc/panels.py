"""Play with the voices: which topic matters most depends on whose voice counts."""

from __future__ import annotations

import pandas as pd

from cstoolkit import display, theme, voc
from cstoolkit.controls import Panel, choice, slider
from cstoolkit.data.company import Company
from cstoolkit.voc import plots as pictures
from cstoolkit.voc.demand import WINDOW
from cstoolkit.voc.text import LANGUAGES

EVERY = "all"

SEGMENTS = ("tier", "region", "industry", "onboarding")
"""Columns of a snapshot that may split the bars, where the company has them."""


def panel(company: Company, topics: voc.Topics | None = None) -> Panel:
    """ARR behind each topic, by how far back, in which language, which channel and which segment.

    Parameters
    ----------
    company : Company
        Needs voices.text.
    topics : Topics, optional
        Those found already; default: ``voc.assign(company)``.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> sorted(panel(cs.load_company()).controls)
    ['by', 'channel', 'language', 'window']
    """
    found = voc.assign(company) if topics is None else topics
    snapshot = company.snapshot()
    by = [
        name
        for name in SEGMENTS
        if name in snapshot and 1 <= snapshot[name].nunique() <= len(theme.CATEGORIES)
    ]
    spoken = found.voices["language"]
    asked = company.voices["channel"].fillna("")
    languages = {name: kind for kind, name in LANGUAGES.items() if (spoken == kind).any()}
    channels = {name.replace("_", " "): name for name in sorted(set(asked) - {""})}

    def draw(window: int, language: str, channel: str, by: str) -> tuple:
        rows = (language == EVERY) | (spoken == language)
        heard = found.only(rows & ((channel == EVERY) | (asked == channel)))
        table = voc.arr_at_risk(company, heard, by=by, window_days=window)
        whole = table[(table["segment"] == "total") & (table["topic"] != "any topic")]
        ax = theme.axes(width=7.5, height=1.2 + 0.3 * len(whole))
        picture = pictures.topics_by_arr(table, currency=company.currency, ax=ax)
        return picture, _sentence(whole, window, company.currency)

    return Panel(
        draw,
        {
            "window": slider("days back", WINDOW, 90, 730, unit="days", step=5),
            "language": choice("language", {"all": EVERY, **languages}),
            "channel": choice("channel", {"all": EVERY, **channels}),
            "by": choice("split by", by or ["tier"]),
        },
    )


def _sentence(whole: pd.DataFrame, window: int, currency: str) -> display.Shown:
    if not whole["customers"].any():
        return display.sentence_of(
            "In the last {window} days no live customer voiced a topic this way.", window=window
        )
    first = whole.loc[whole["arr"].idxmax()]
    most = whole.loc[whole["customers"].idxmax(), "topic"]
    return display.sentence_of(
        "In the last {window} days **{topic}** weighs most: {customers} customers with {arr} "
        "{currency} a year. {second}",
        window=window,
        topic=pictures.plain(first["topic"]),
        customers=int(first["customers"]),
        arr=theme.short(first["arr"]),
        currency=currency,
        second="It is also voiced by most customers."
        if most == first["topic"]
        else f"Counting heads, {pictures.plain(most)} comes first.",
    )
