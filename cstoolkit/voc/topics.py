"""What do customers talk about? Topics found in their words, with a lexicon's help or without."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company, checked
from cstoolkit.voc import text as texts
from cstoolkit.voc.text import LANGUAGES, Lexicon

DISTANT = 0.2
"""Cosine below which a voice without a seed term is too far from every topic to be given one (ours,
range 0-0.5)."""

TIME = 0.5
"""Weight of the quarters against the features when the topics of two languages are matched:
features name a thing, seasons only hint (ours, range 0-1)."""

LINKS = ["topic", "distance", "next_best", "sure"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Topics:
    """The topic of each voice of a company.

    Attributes
    ----------
    voices : DataFrame
        One row a voice, in the order of ``company.voices``: voice_id, customer_id, happened_on,
        language, topic (missing: not sorted), how ("term": by the lexicon; "nearness": by its words
        as a whole; "given"), strength (cosine to the topic's middle, 0-1).
    names : tuple of str
        The topics.
    terms : DataFrame
        topic, language, terms (the most telling, joined by commas).
    links : DataFrame
        How topics found separately in two languages were matched; empty otherwise.
    as_of : Timestamp
        The last day whose voices were read.
    notes : tuple of str
        What to mind.
    """

    voices: pd.DataFrame
    names: tuple[str, ...]
    terms: pd.DataFrame
    as_of: pd.Timestamp
    links: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=LINKS))
    notes: tuple[str, ...] = ()

    def renamed(self, names: Mapping[str, str]) -> Topics:
        """The same with other names; two topics that are given one name become one.

        Raises
        ------
        KeyError
            For a topic that is not there.
        """
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise KeyError(
                f"no topic {', '.join(map(repr, unknown))}; there are: {', '.join(self.names)}."
            )
        new = {name: names.get(name, name) for name in self.names}
        return replace(
            self,
            voices=self.voices.assign(topic=self.voices["topic"].map(new).astype("str")),
            terms=self.terms.assign(topic=self.terms["topic"].map(new).astype("str")),
            names=tuple(dict.fromkeys(new.values())),
        )

    def only(self, rows: Sequence[bool]) -> Topics:
        """The same with no other voices sorted than these, such as those of one channel.

        Parameters
        ----------
        rows : array_like of bool, shape (voices,)
            In the order of ``company.voices``.
        """
        kept = np.asarray(rows, dtype=bool)
        return replace(
            self, voices=self.voices.assign(topic=self.voices["topic"].where(kept, None))
        )

    def counts(self) -> pd.DataFrame:
        """Voices by topic: topic, voices, customers, en, ja, share (of the sorted voices)."""
        voices = self.voices.dropna(subset=["topic"])
        table = voices.groupby("topic").agg(
            voices=("topic", "size"), customers=("customer_id", "nunique")
        )
        for kind in LANGUAGES:
            table[kind] = voices.loc[voices["language"] == kind, "topic"].value_counts()
        table = table.reindex(self.names).fillna(0).astype("int64")
        table["share"] = table["voices"] / max(len(voices), 1)
        return table.rename_axis("topic").reset_index()

    def __repr__(self) -> str:
        unsorted = int(self.voices["topic"].isna().sum())
        return (
            f"Topics({len(self.names)} topics of {len(self.voices):,} voices up to "
            f"{self.as_of:%Y-%m-%d}, {unsorted:,} not sorted)"
        )


def assign(
    company: Company, lexicon: Lexicon | None = None, *, least: float = DISTANT, seed: int = 0
) -> Topics:
    """The topic of each voice, from a lexicon of seed terms and from the company other words keep.

    A voice in which one topic's terms are most frequent gets that topic. From those voices each
    topic's middle is found, by language, and the rest go to the nearest one (k-means that begins at
    the middles of the seeded voices).

    Parameters
    ----------
    company : Company
        Needs voices.text; uses voices.feature where given.
    lexicon : mapping, optional
        Topic: language: terms. Default: :func:`seeds`, written for the bundled company.
    least : float
        A voice without a seed term whose cosine to its topic is below this is not sorted: it may be
        about something that the lexicon does not know. From 0 to 1.
    seed : int
        Of the samples drawn.

    Raises
    ------
    MissingData
        Without texts.
    ValueError
        For a lexicon that is none.

    References
    ----------
    S1, VOC analysis (docs/sources.md); Basu, Banerjee and Mooney (2002), Semi-supervised clustering
    by seeding.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> topics = assign(cs.load_company().at("2022-12-31"))
    >>> topics.names[:2]
    ('calendar_sync', 'reporting')
    >>> bool(topics.voices["topic"].isin(topics.names).mean() > 0.9)
    True
    """
    checks.number("assign", "least", least, least=0, most=1)
    if lexicon is None and (least, seed) == (DISTANT, 0):
        return checked(company).kept(_assigned)  # every figure about topics begins here
    return _assigned(company, lexicon, least, seed)


def _assigned(
    company: Company, lexicon: Lexicon | None = None, least: float = DISTANT, seed: int = 0
) -> Topics:
    known = texts.seeds() if lexicon is None else texts.checked(lexicon)
    table, text, feature = _read(company)
    names, notes = tuple(known), []
    number, strength = np.full(len(table), -1), np.zeros(len(table))
    how = np.full(len(table), "", dtype=object)
    for kind, rows in _by_language(table):
        label = texts.decided(texts.hits(text.iloc[rows], kind, known))
        seen = np.unique(label[label >= 0])
        unseen = [name for k, name in enumerate(names) if k not in seen]
        if unseen:
            notes.append(
                f"No voice in {kind} speaks for {', '.join(unseen)} by a term of the lexicon: none "
                "is given it there."
            )
        if not len(seen):
            continue
        points = texts.space(
            text.iloc[rows], kind, feature.iloc[rows], dims=6 * len(names), seed=seed
        )
        middles = np.stack([points[label == k].mean(axis=0) for k in seen])
        nearest, cosine = _nearest(points, _kmeans(points, middles, seed))
        found = np.where(label >= 0, label, np.where(cosine >= least, seen[nearest], -1))
        number[rows], strength[rows] = found, cosine
        how[rows] = np.where(label >= 0, "term", np.where(found >= 0, "nearness", ""))
    return _topics(company, table, text, number, names, strength, how, notes)


def discover(company: Company, topics: int = 8, *, seed: int = 0) -> Topics:
    """Topics that nobody named: groups of voices that share words.

    Each language is grouped by itself (k-means in the space of its words and features), and the
    groups of both are then matched by the features that they are about and the quarters in which
    they were voiced; ``links`` says how sure each match is. Names are numbers with the most telling
    terms: read some voices, then use :meth:`Topics.renamed`.

    Parameters
    ----------
    company : Company
        Needs voices.text; matching languages needs voices.feature to be worth much.
    topics : int
        Groups in each language.
    seed : int
        Of the samples drawn and of the first middles.

    Raises
    ------
    MissingData
        Without texts.
    ValueError
        For fewer than one topic.

    References
    ----------
    S1, VOC analysis (docs/sources.md).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = discover(cs.load_company().at("2022-12-31"), 3)
    >>> len(found.names)
    3
    """
    topics = checks.count("discover", "topics", topics, least=1)
    table, text, feature = _read(company)
    number, strength = np.full(len(table), -1), np.zeros(len(table))
    for kind, rows in _by_language(table):
        points = texts.space(text.iloc[rows], kind, feature.iloc[rows], dims=3 * topics, seed=seed)
        spoken = points.any(axis=1)
        different = len(np.unique(points[spoken].round(9), axis=0))
        if different:
            middles = _kmeans(points[spoken], min(topics, different), seed)
            nearest, cosine = _nearest(points, middles)
            number[rows], strength[rows] = np.where(spoken, nearest, -1), spoken * cosine
    number, links, notes = _matched(table, feature, number, topics)
    used = np.unique(number[number >= 0])
    number = np.where(number >= 0, np.searchsorted(used, number), -1)
    names = _names(table, text, number, len(used))
    links["topic"] = [names[place] for place in np.searchsorted(used, links["topic"].astype(int))]
    how = np.where(number >= 0, "nearness", "")
    return replace(_topics(company, table, text, number, names, strength, how, notes), links=links)


def given(company: Company, labels: Sequence[str] | pd.Series) -> Topics:
    """Topics that people gave, such as a tag in the CRM.

    Parameters
    ----------
    company : Company
    labels : array_like of str
        One a voice, in the order of ``company.voices``; a Series may instead carry the voice_id or
        the row numbers as its index, in any order. A missing label leaves the voice unsorted.

    Raises
    ------
    ValueError
        For another number of labels, or an index that is neither.
    """
    table, text, _ = _read(company)
    number, names = pd.factorize(one_each("labels", labels, table), sort=True)
    known = number >= 0
    how = np.where(known, "given", "")
    return _topics(company, table, text, number, tuple(map(str, names)), 1.0 * known, how, [])


def of_company(company: Company, topics: Topics) -> pd.DataFrame:
    """The company's sorted voices with their language, topic and strength.

    Raises
    ------
    ValueError
        Where the topics were found in other voices than those the company knew on its day.
    """
    voices, found = checked(company).voices, topics.voices
    if (
        len(voices) != len(found)
        or topics.as_of != company.as_of
        or not found["customer_id"].equals(voices["customer_id"].reset_index(drop=True))
    ):
        raise ValueError(
            f"these topics were found in {len(found):,} voices up to {topics.as_of:%Y-%m-%d}; "
            f"{company.name} as of {company.as_of:%Y-%m-%d} has {len(voices):,}. Find them again "
            "in this company: voc.assign(company)."
        )
    own = voices.reset_index(drop=True).assign(voice_id=found["voice_id"])
    return own.join(found[["language", "topic", "strength"]]).dropna(subset=["topic"])


def one_each(where: str, labels: Sequence[str] | pd.Series, voices: pd.DataFrame) -> pd.Series:
    """The labels in the order of the voices; ValueError where they are not one for each."""
    if len(labels) != len(voices):
        raise ValueError(
            f"{where}: one topic for each of {len(voices):,} voices, got {len(labels):,}."
        )
    if isinstance(labels, pd.Series):
        for index in (voices.index, pd.Index(voices["voice_id"])):
            if index.is_unique and labels.index.is_unique and labels.index.isin(index).all():
                labels = labels.reindex(index)
                break
        else:
            raise ValueError(
                f"{where}: the index is neither the voices' row numbers (0 to "
                f"{len(voices) - 1:,}) nor their voice_id, so that it is not known which label "
                "belongs to which voice."
            )
    return pd.Series(np.asarray(labels, dtype=object)).astype("str")


def _read(company: Company) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """The voices without their words, their cleaned texts and their features."""
    checked(company).need(voices=["text"])
    voices = company.voices.reset_index(drop=True)
    text = texts.clean(voices["text"])
    table = voices[["voice_id", "customer_id", "happened_on"]].assign(
        language=texts.language_of(text)
    )
    rows = pd.Series([f"row {row + 1}" for row in range(len(table))], dtype="str")
    table["voice_id"] = table["voice_id"].fillna(rows)
    return table, text, voices["feature"]


def _by_language(table: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    for kind in LANGUAGES:
        rows = np.flatnonzero(table["language"] == kind)
        if len(rows):
            yield kind, rows


def _kmeans(points: np.ndarray, start: np.ndarray | int, seed: int) -> np.ndarray:
    """The middles of the groups, from middles to begin with or from their number."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    how = {"n_clusters": start, "init": "k-means++", "n_init": 20}
    if isinstance(start, np.ndarray):
        how = {"n_clusters": len(start), "init": start, "n_init": 1}
    drawn = np.random.default_rng(seed).permutation(len(points))[: texts.FIT_ON]
    # One thread: several add up in another order each time, and wait for each other.
    with threadpool_limits(1), warnings.catch_warnings():
        # Fewer different texts than topics: some middles coincide.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(**how, random_state=seed).fit(points[np.sort(drawn)]).cluster_centers_


def _nearest(points: np.ndarray, middles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest middle of each point, and the cosine to it (0 for a point without any term)."""
    along, square = points @ middles.T, (middles**2).sum(axis=1)
    nearest = (2 * along - square).argmax(axis=1)
    along, length = along[np.arange(len(points)), nearest], np.sqrt(square[nearest])
    cosine = np.divide(along, length, out=np.zeros(len(points)), where=length > 0)
    return nearest, np.clip(cosine, 0, 1)


def _matched(
    table: pd.DataFrame, feature: pd.Series, number: np.ndarray, topics: int
) -> tuple[np.ndarray, pd.DataFrame, list[str]]:
    """The groups of the second language numbered as their counterparts in the first; the links.

    A group's profile is the share of its voices by feature and by quarter; two groups are as far
    apart as the squared Hellinger distance of their profiles, and the matching with the least sum
    is taken. `sure` is False where the runner-up is less than a tenth farther.
    """
    from scipy.optimize import linear_sum_assignment

    english, japanese = (
        np.flatnonzero((table["language"] == kind).to_numpy() & (number >= 0)) for kind in LANGUAGES
    )
    if not (len(english) and len(japanese)):
        return number, pd.DataFrame(columns=LINKS), []
    quarter = table["happened_on"].dt.to_period("Q").astype("str")
    first, second = (
        np.hstack(
            [
                np.sqrt(weight * _profile(number[rows], values.iloc[rows], values, topics))
                for values, weight in ((feature, 1), (quarter, TIME))
            ]
        )
        for rows in (english, japanese)
    )
    distance = ((first[:, None] - second) ** 2).sum(axis=2)
    one, other = linear_sum_assignment(distance)
    result = number.copy()
    result[japanese] = np.argsort(other)[number[japanese]]
    chosen = distance[one, other]
    distance[one, other] = np.inf
    runner = np.minimum(distance.min(axis=1), distance[:, other].min(axis=0))
    links = pd.DataFrame(
        {"topic": one, "distance": chosen, "next_best": runner, "sure": runner >= 1.1 * chosen}
    )
    note = (
        "Topics of the two languages were matched by feature and time: read voices of both before "
        "relying on it."
    )
    if feature.isna().all():
        note = (
            "Without voices.feature only time matches the topics of the two languages, which is "
            "little: give a lexicon."
        )
    return result, links[links["topic"].isin(result)].reset_index(drop=True), [note]


def _profile(number: np.ndarray, values: pd.Series, every: pd.Series, topics: int) -> np.ndarray:
    """Topics x levels: the share of each level among the topic's voices, with half a voice more."""
    levels = pd.Index(sorted(every.dropna().unique()))
    counted = np.full((topics, max(len(levels), 1)), 0.5)
    place = levels.get_indexer(values)
    np.add.at(counted, (number[place >= 0], place[place >= 0]), 1)
    return counted / counted.sum(axis=1, keepdims=True)


def _names(table: pd.DataFrame, text: pd.Series, number: np.ndarray, many: int) -> tuple[str, ...]:
    """Numbers with the most telling term of each language: "1 payroll / 給与"."""
    best: list[list[str]] = [[] for _ in range(many)]
    for kind, rows in _by_language(table):
        terms = texts.telling(text.iloc[rows], kind, number[rows], many, most=1)
        for own, term in zip(best, terms):
            own.extend(term)
    return tuple(f"{k + 1} {' / '.join(own)}".strip() for k, own in enumerate(best))


def _topics(
    company: Company,
    table: pd.DataFrame,
    text: pd.Series,
    number: np.ndarray,
    names: tuple[str, ...],
    strength: np.ndarray,
    how: np.ndarray,
    notes: list[str],
) -> Topics:
    """The record, with the telling terms of each topic and a note on voices without words."""
    said = [
        (name, kind, ", ".join(terms))
        for kind, rows in _by_language(table)
        for name, terms in zip(
            names, texts.telling(text.iloc[rows], kind, number[rows], len(names))
        )
    ]
    wordless = int((table["language"] == "").sum())
    if wordless:
        notes = [
            *notes,
            f"{wordless:,} of {len(table):,} voices have no words; they are not sorted.",
        ]
    label = np.append(np.array(names, dtype=object), None)[number]
    return Topics(
        voices=table.assign(
            topic=pd.Series(label, dtype="str"), how=pd.Series(how, dtype="str"), strength=strength
        ),
        names=names,
        terms=pd.DataFrame(said, columns=["topic", "language", "terms"]),
        as_of=company.as_of,
        notes=tuple(notes),
    )
