"""What do customers talk about? Topics found in their words, with a lexicon's help or without."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cstoolkit import checks
from cstoolkit.data.company import Company
from cstoolkit.voc import _link, _seeds, _text

DISTANT = 0.2
"""Cosine below which a voice without a seed term is too far from every topic to be given one (ours, range 0-0.5)."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Topics:
    """The topic of each voice of a company.

    ``voices``: one row a voice, in the order of ``company.voices``: voice_id, customer_id, happened_on, language, topic (missing: not
    sorted), how ("term": by the lexicon; "nearness": by its words as a whole; "given"), strength (cosine to the topic's middle, 0-1).
    ``names``: the topics. ``terms``: topic, language, terms (the most telling, joined by commas). ``links``: how topics found separately
    in two languages were matched (empty otherwise). ``as_of``: the last day whose voices were read. ``notes``: what to mind.
    """

    voices: pd.DataFrame
    names: tuple[str, ...]
    terms: pd.DataFrame
    as_of: pd.Timestamp
    method: str
    links: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_link.COLUMNS))
    notes: tuple[str, ...] = ()

    def renamed(self, names: Mapping[str, str]) -> Topics:
        """The same with other names; two topics that are given one name become one. KeyError for a topic that is not there."""
        unknown = [each for each in names if each not in self.names]
        if unknown:
            raise KeyError(
                f"no topic {', '.join(map(repr, unknown))}; there are: {', '.join(self.names)}."
            )
        new = {each: names.get(each, each) for each in self.names}
        return replace(
            self,
            voices=self.voices.assign(topic=self.voices["topic"].map(new).astype("str")),
            terms=self.terms.assign(topic=self.terms["topic"].map(new).astype("str")),
            names=tuple(dict.fromkeys(new.values())),
        )

    def counts(self) -> pd.DataFrame:
        """Voices by topic and language: topic, voices, one column a language, customers, share (of the sorted voices)."""
        sorted_ = self.voices.dropna(subset=["topic"])
        by = sorted_.groupby("topic").agg(
            voices=("topic", "size"), customers=("customer_id", "nunique")
        )
        split = pd.crosstab(sorted_["topic"], sorted_["language"]).reindex(
            columns=list(_text.LANGUAGES), fill_value=0
        )
        table = by.join(split).reindex(self.names).fillna(0).astype("int64")
        table["share"] = table["voices"] / max(len(sorted_), 1)
        return table.rename_axis("topic").reset_index()

    def __repr__(self) -> str:
        unsorted = int(self.voices["topic"].isna().sum())
        return (
            f"Topics({len(self.names)} topics of {len(self.voices):,} voices up to {self.as_of:%Y-%m-%d}, "
            f"{unsorted:,} not sorted; {self.method})"
        )


def assign(
    company: Company, lexicon: _seeds.Seeds | None = None, *, least: float = DISTANT, seed: int = 0
) -> Topics:
    """The topic of each voice, from a lexicon of seed terms and from the company the other words keep.

    A voice in which one topic's terms are most frequent gets that topic. From those voices each topic's middle is found, by language,
    and the rest go to the nearest one (k-means that begins at the middles of the seeded voices). `lexicon` is topic: language: terms
    (default: :func:`seeds`, written for the bundled company). A voice without a seed term whose cosine to its topic is below `least`
    is not sorted: it may be about something that the lexicon does not know.

    Needs voices.text; uses voices.feature where given. Raises MissingData without texts, ValueError for a lexicon that is none.
    Source: S1 (VOC analysis); seeded k-means by Basu, Banerjee and Mooney (2002).

    >>> import cstoolkit as cs
    >>> topics = assign(cs.load_company().at("2022-12-31"))
    >>> topics.names[:2]
    ('calendar_sync', 'reporting')
    >>> bool(topics.voices["topic"].isin(topics.names).mean() > 0.9)
    True
    """
    checks.number("assign", "least", least, least=0, most=1)
    known = _seeds.seeds() if lexicon is None else _seeds.checked(lexicon)
    lexicon = tuple((topic, tuple(terms.items())) for topic, terms in known.items())
    # Every figure about topics begins here, with the same company.
    kept, asked = company.kept(_found), ("assign", lexicon, float(least), seed)
    if asked not in kept:
        kept[asked] = _assign(company, lexicon, float(least), seed)
    return kept[asked]


def _found(company: Company) -> dict[tuple, Topics]:
    """Where topics found for a company are kept, by what was asked."""
    return {}


def _assign(company: Company, lexicon: tuple, least: float, seed: int) -> Topics:
    table, text = _read(company)
    known = {topic: dict(terms) for topic, terms in lexicon}
    names, notes = tuple(known), []
    number, strength = np.full(len(table), -1), np.zeros(len(table))
    how = np.full(len(table), "", dtype=object)
    for kind, rows in _by_language(table):
        label = _seeds.decided(_seeds.hits(text.iloc[rows], kind, known))
        seen = np.unique(label[label >= 0])
        unseen = [each for k, each in enumerate(names) if k not in seen]
        if unseen:
            notes.append(
                f"No voice in {kind} speaks for {', '.join(unseen)} by a term of the lexicon: none is given it there."
            )
        if not len(seen):
            continue
        points = _text.space(
            text.iloc[rows], kind, _feature(company).iloc[rows], dims=6 * len(names), seed=seed
        )
        middles = np.stack([points[label == k].mean(axis=0) for k in seen])
        nearest, cosine = _nearest(points, _kmeans(points, middles, seed))
        found = np.where(label >= 0, label, np.where(cosine >= least, seen[nearest], -1))
        number[rows], strength[rows] = found, cosine
        how[rows] = np.where(label >= 0, "term", np.where(found >= 0, "nearness", ""))
    return _topics(
        company, table, text, number, names, strength, how, "seed terms, then nearness", notes
    )


def discover(company: Company, topics: int = 8, *, seed: int = 0) -> Topics:
    """Topics that nobody named: groups of voices that share words, `topics` of them in each language.

    Each language is grouped by itself (k-means in the space of its words and features), and the groups of both are then matched by the
    features that they are about and the quarters in which they were voiced; ``links`` says how sure each match is. Names are numbers
    with the most telling terms: read some voices, then use :meth:`Topics.renamed`.

    Needs voices.text; matching languages needs voices.feature to be worth much. Raises MissingData without texts, ValueError for
    fewer than one topic. Source: S1 (VOC analysis).

    >>> import cstoolkit as cs
    >>> found = discover(cs.load_company().at("2022-12-31"), 3)
    >>> len(found.names)
    3
    """
    kept, asked = (
        company.kept(_found),
        ("discover", checks.count("discover", "topics", topics, least=1), seed),
    )
    if asked not in kept:
        kept[asked] = _discover(company, *asked[1:])
    return kept[asked]


def _discover(company: Company, topics: int, seed: int) -> Topics:
    table, text = _read(company)
    feature = _feature(company)
    number, strength = np.full(len(table), -1), np.zeros(len(table))
    for kind, rows in _by_language(table):
        points = _text.space(text.iloc[rows], kind, feature.iloc[rows], dims=3 * topics, seed=seed)
        some = np.flatnonzero(points.any(axis=1))
        different = len(np.unique(points[some].round(9), axis=0))
        if not different:
            continue
        middles = _kmeans(points[some], min(topics, different), seed)
        nearest, cosine = _nearest(points, middles)
        spoken = points.any(axis=1)
        number[rows], strength[rows] = np.where(spoken, nearest, -1), np.where(spoken, cosine, 0)
    number, links, notes = _link.match(table, feature, number, topics)
    used, number = np.unique(np.append(number, -1), return_inverse=True)
    number, kinds = number[:-1] - 1, len(used) - 1
    names = _names(table, text, number, kinds)
    links = links.assign(topic=[names[np.searchsorted(used, each) - 1] for each in links["topic"]])
    how = np.where(number >= 0, "nearness", "")
    made = _topics(
        company, table, text, number, names, strength, how, "found without a lexicon", notes
    )
    return replace(made, links=links)


def given(company: Company, labels: pd.Series) -> Topics:
    """Topics that people gave, such as a tag in the CRM: `labels` holds one a voice, in the order of ``company.voices``.

    A missing label leaves the voice unsorted. Raises ValueError for another number of labels.
    """
    table, text = _read(company)
    if len(labels) != len(table):
        raise ValueError(f"labels: one for each of {len(table):,} voices, got {len(labels):,}.")
    label = pd.Series(np.asarray(labels, dtype=object)).astype("str")
    number, names = pd.factorize(label, sort=True)
    strength, how = np.where(number >= 0, 1.0, 0.0), np.where(number >= 0, "given", "")
    return _topics(company, table, text, number, tuple(map(str, names)), strength, how, "given", [])


def fits(company: Company, topics: Topics) -> pd.DataFrame:
    """The sorted voices, once it is sure that `topics` were found in what this company knew on its day."""
    same = len(topics.voices) == len(company.voices) and topics.as_of == company.as_of
    if not same or not topics.voices["customer_id"].equals(
        company.voices["customer_id"].reset_index(drop=True)
    ):
        raise ValueError(
            f"these topics were found in {len(topics.voices):,} voices up to {topics.as_of:%Y-%m-%d}; {company.name} as of "
            f"{company.as_of:%Y-%m-%d} has {len(company.voices):,}. Find them again in this company: voc.assign(company)."
        )
    return topics.voices.dropna(subset=["topic"])


def _read(company: Company) -> tuple[pd.DataFrame, pd.Series]:
    company.need(voices=["text"])
    voices = company.voices.reset_index(drop=True)
    text = _text.clean(voices["text"])
    table = voices[["voice_id", "customer_id", "happened_on"]].assign(
        language=_text.language(text, cleaned=True)
    )
    table["voice_id"] = table["voice_id"].fillna(
        pd.Series([f"row {row + 1}" for row in range(len(table))], dtype="str")
    )
    return table, text


def _feature(company: Company) -> pd.Series:
    return company.voices["feature"].reset_index(drop=True)


def _by_language(table: pd.DataFrame):
    for kind in _text.LANGUAGES:
        rows = np.flatnonzero(table["language"] == kind)
        if len(rows):
            yield kind, rows


def _kmeans(points: np.ndarray, start: np.ndarray | int, seed: int) -> np.ndarray:
    """The middles of the groups, from middles to begin with or from their number."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    free = isinstance(start, (int, np.integer))
    many = int(start) if free else len(start)
    drawn = np.random.default_rng(seed).permutation(len(points))[: _text.FIT_ON]
    model = KMeans(
        many, init="k-means++" if free else start, n_init=20 if free else 1, random_state=seed
    )
    # One thread: several add up in another order each time, and wait for each other on a busy machine.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # fewer different texts than topics: some middles coincide
        return model.fit(points[np.sort(drawn)]).cluster_centers_


def _nearest(points: np.ndarray, middles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest middle of each point, and the cosine to it (0 for a point without any term)."""
    square = (middles**2).sum(axis=1)
    nearest = (2 * points @ middles.T - square).argmax(axis=1)
    length = np.sqrt(square[nearest])
    along = (points * middles[nearest]).sum(axis=1)
    return nearest, np.clip(
        np.divide(along, length, out=np.zeros(len(points)), where=length > 0), 0, 1
    )


def _names(table, text, number, kinds) -> tuple[str, ...]:
    """Numbers with the most telling term of each language: "1 payroll / 給与"."""
    best = [[] for _ in range(kinds)]
    for kind, rows in _by_language(table):
        for own, terms in zip(
            best, _text.telling(text.iloc[rows], kind, number[rows], kinds, most=1), strict=True
        ):
            own.extend(terms)
    return tuple(f"{k + 1} {' / '.join(own)}".strip() for k, own in enumerate(best))


def _topics(company, table, text, number, names, strength, how, method, notes) -> Topics:
    said = []
    for kind, rows in _by_language(table):
        telling = _text.telling(text.iloc[rows], kind, number[rows], len(names))
        said += [
            {"topic": name, "language": kind, "terms": ", ".join(terms)}
            for name, terms in zip(names, telling)
        ]
    label = np.append(np.array(names, dtype=object), None)[number]
    voices = table.assign(
        topic=pd.Series(label, dtype="str"), how=pd.Series(how, dtype="str"), strength=strength
    )
    wordless = int((table["language"] == "").sum())
    if wordless:
        notes = [
            *notes,
            f"{wordless:,} of {len(table):,} voices have no words; they are not sorted.",
        ]
    terms = pd.DataFrame(said, columns=["topic", "language", "terms"])
    return Topics(
        voices=voices,
        names=names,
        terms=terms,
        as_of=company.as_of,
        method=method,
        notes=tuple(notes),
    )
