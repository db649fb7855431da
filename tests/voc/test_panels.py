"""The panel of voices: what the controls say is what is counted."""

import pytest

from cstoolkit import voc
from cstoolkit.voc import panels


@pytest.fixture(scope="module")
def panel(company):
    return panels.panel(company)


def test_it_starts_with_all_voices_of_a_year(company, panel):
    whole = voc.arr_at_risk(company, voc.assign(company)).query(
        "segment == 'total' and topic != 'any topic'"
    )
    first = whole.loc[whole["arr"].idxmax()]
    assert panel.error is None and panel.picture
    assert (
        f"{first['topic'].replace('_', ' ')} weighs most: {first['customers']} customers"
        in panel.sentence
    )


def test_every_choice_draws(panel):
    for name in ("language", "channel", "by"):
        for value in dict(panel.controls[name]._options_full).values():
            panel.set(**{name: value})
            assert panel.error is None and panel.picture, (name, value)
        panel.set(**{name: panel._start[name]})


def test_fewer_voices_weigh_less(company, panel):
    year = panel.set(window=365, language="all", channel="all")
    quarter = panel.set(window=90)
    assert year != quarter and "In the last 90 days" in quarter
    assert (
        panel.set(window=90, language="ja", channel="community", by="region")
        and panel.error is None
    )


def test_a_company_without_channels_or_tiers(company):
    bare = company.voices[["voice_id", "customer_id", "happened_on", "text"]]
    made = type(company).from_tables(
        name="Bare",
        currency="EUR",
        as_of=company.as_of,
        customers=company.customers[["customer_id"]],
        contracts=company.contracts[
            ["customer_id", "signed_on", "starts_on", "ends_on", "stopped_on", "arr"]
        ],
        voices=bare,
    )
    panel = panels.panel(made)
    assert panel.error is None and "weighs most" in panel.sentence


def test_voices_without_words_give_a_sentence(small):
    company = small([("a", "2025-05-01", "!!")])
    for topics in (voc.assign(company), voc.discover(company)):
        panel = panels.panel(company, topics)
        assert panel.error is None and "no live customer voiced a topic" in panel.sentence
