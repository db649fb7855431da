"""Play with the voices: which topic matters most depends on whose voice counts, and for how long."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from cstoolkit import display, theme, voc
from cstoolkit.controls import Panel, choice, slider
from cstoolkit.data.company import Company
from cstoolkit.voc import plots as pictures

EVERY = "all"
SEGMENTS = ("tier", "region", "industry", "onboarding")
"""Columns of a snapshot that may split the bars, where the company has them."""


def panel(company: Company, topics: voc.Topics | None = None) -> Panel:
    """ARR behind each topic, by how far back, in which language, through which channel and of which segment.

    `topics` are those found already; default: ``voc.assign(company)``.

    >>> import cstoolkit as cs
    >>> sorted(panel(cs.load_company()).controls)
    ['by', 'channel', 'language', 'window']
    """
    found = voc.assign(company) if topics is None else topics
    snapshot = company.snapshot()
    by = [
        each
        for each in SEGMENTS
        if each in snapshot and 1 <= snapshot[each].nunique() <= len(theme.CATEGORIES)
    ]
    channel = company.voices["channel"].reset_index(drop=True)
    channels = sorted(channel.dropna().unique())
    spoken = [each for each in ("en", "ja") if (found.voices["language"] == each).any()]

    def draw(window: int, language: str, channel: str, by: str) -> tuple:
        heard = _heard(found, language, channel, company)
        table = voc.arr_at_risk(company, heard, by=by, window_days=window)
        whole = table[(table["segment"] == "total") & (table["topic"] != "any topic")]
        ax = theme.axes(width=7.5, height=1.2 + 0.3 * len(whole))
        return pictures.topics_by_arr(table, currency=company.currency, ax=ax), _sentence(
            whole, window, company
        )

    return Panel(
        draw,
        {
            "window": slider("days back", 365, 90, 730, unit="days", step=5),
            "language": choice(
                "language", {"all": EVERY, **{_NAMES[each]: each for each in spoken}}
            ),
            "channel": choice(
                "channel", {"all": EVERY, **{each.replace("_", " "): each for each in channels}}
            ),
            "by": choice("split by", by or ["tier"]),
        },
    )


_NAMES = {"en": "English", "ja": "Japanese"}


def _heard(topics: voc.Topics, language: str, channel: str, company: Company) -> voc.Topics:
    """The same topics, with only the voices of one language and channel sorted into them."""
    kept = pd.Series(True, index=topics.voices.index)
    if language != EVERY:
        kept &= topics.voices["language"] == language
    if channel != EVERY:
        kept &= (company.voices["channel"].reset_index(drop=True) == channel).fillna(False)
    return replace(topics, voices=topics.voices.assign(topic=topics.voices["topic"].where(kept)))


def _sentence(whole: pd.DataFrame, window: int, company: Company) -> display.Shown:
    ordered = whole.sort_values("arr", ascending=False, kind="stable")
    first = ordered.iloc[0]
    if not first["customers"]:
        return display.sentence_of(
            "In the last {window} days no live customer voiced a topic this way.", window=window
        )
    most = whole.loc[whole["customers"].idxmax()]
    same = most["topic"] == first["topic"]
    return display.sentence_of(
        "In the last {window} days **{topic}** weighs most: {customers} customers with {arr} {currency} a year. {second}",
        window=window,
        topic=first["topic"].replace("_", " "),
        customers=int(first["customers"]),
        arr=theme.short(first["arr"]),
        currency=company.currency,
        second="It is also voiced by most customers."
        if same
        else f"Counting heads, {most['topic'].replace('_', ' ')} comes first.",
    )
