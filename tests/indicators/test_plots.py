"""Every picture says its finding, for the bundled company and for one that has hardly any records."""

from __future__ import annotations

import pandas as pd
import pytest

from cstoolkit import display, indicators
from cstoolkit.data.company import Company
from cstoolkit.indicators import panels
from cstoolkit.indicators import plots as pictures


@pytest.fixture(scope="module")
def least():
    contracts = pd.DataFrame(
        {"customer_id": ["a", "b"], "starts_on": "2024-11-15", "ends_on": None, "arr": [5.0, 7.0]}
    )
    return Company.from_tables(
        name="Least",
        currency="EUR",
        as_of="2024-12-31",
        customers=contracts[["customer_id"]],
        contracts=contracts,
    )


def drawn(source):
    """Each picture that a company has, with its finding."""
    end = source.as_of
    year = indicators.bridge(source, end - pd.DateOffset(years=1), end, every="quarter")
    yield pictures.waterfall(year, source.currency), pictures.bridge_finding(year)
    for every, measure in (("year", "nrr"), ("quarter", "staying"), ("year", "grr")):
        table = indicators.cohorts(source, end, every=every)
        yield pictures.triangle(table, measure), pictures.cohort_finding(table)
    table = indicators.switches(source, end)
    for measure in ("nrr", "grr", "logo_churn", "renewal"):
        yield pictures.switches(table, measure), pictures.switches_finding(table, measure)
    table = indicators.indicator_table(source)
    yield pictures.tree(table), pictures.tree_finding(table)
    table = indicators.speaks(source, most=3)
    yield pictures.arrows(table), pictures.speaks_finding(table)
    table = indicators.replay(source)
    yield pictures.replay(table), pictures.replay_finding(table)


@pytest.mark.parametrize("name", ["company", "least"])
def test_a_picture_is_drawn_and_told(name, request):
    for ax, told in drawn(request.getfixturevalue(name)):
        assert display.png(ax)[1:4] == b"PNG"
        assert "nan" not in told
        assert display.finding(told) == told
        assert not told.endswith(".")


def test_pictures_of_records(company):
    panel = company.kept(indicators.monthly)
    lags = indicators.lags(panel, "active_share", "churn", most=3)
    told = pictures.lag_finding(lags, "active_share", "churn")
    assert pictures.lag_chart(lags, "active_share", "churn").get_title(loc="left") == told
    goal = indicators.against_target(company)
    assert "check-ins" in pictures.target(goal, "check-ins").get_title(loc="left")
    table, luck = (
        indicators.books(company, company.as_of),
        indicators.chance(company, company.as_of),
    )
    ax = pictures.books(table, luck)
    assert len(ax.get_yticklabels()) == len(table)
    assert f"{luck['spread']:.1%}" in ax.get_title(loc="left")


def test_the_waterfall_ends_where_the_company_is(company):
    end = company.as_of
    frame = indicators.bridge(company, end - pd.DateOffset(years=1), end)
    bars = pictures.waterfall(frame).patches
    assert bars[-1].get_height() == company.snapshot()["arr"].sum()
    assert bars[-2].get_y() + bars[-2].get_height() == pytest.approx(bars[-1].get_height())


def test_the_panel_switches(company):
    panel = panels.panel(company)
    assert panel.error is None
    own = f"{indicators.nrr(company, company.as_of):.1%}"
    assert own in panel.sentence
    changed = panel.set(figure="logo_churn", denominator="average")
    rules = indicators.Conventions(denominator="average")
    start = company.as_of - pd.DateOffset(years=1)
    share = indicators.logo_churn(company, start, company.as_of, conventions=rules)["churn"]
    assert f"{share:.1%}" in changed
    assert panel.error is None
