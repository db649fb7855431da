"""Text and typed columns read as the contract's kinds: everything that is clear, nothing that is not."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstoolkit.data.columns import read as read_column
from cstoolkit.data.contract import DTYPES

DAY = pd.Timestamp("2024-03-01")


def read(value, kind, **how):
    """The one value as read, or its fault."""
    parsed = read_column(pd.Series([value], dtype=object), kind, **how)
    assert parsed.values.dtype == DTYPES[kind]
    if parsed.faults:
        assert parsed.values.isna().all(), "a faulty value is never also a value"
        return parsed.faults[0]
    return parsed.values.iloc[0]


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01",
        "2024/3/1",
        "2024.3.1",
        "2024年3月1日",
        "２０２４年３月１日",
        "２０２４／３／１",
        "20240301",
        " 2024-03-01 ",
        "2024-03-01 00:00:00",
        "2024-03-01T00:00:00.000",
        20240301,
        20240301.0,
        dt.date(2024, 3, 1),
        dt.datetime(2024, 3, 1),
        np.datetime64("2024-03-01"),
        pd.Timestamp("2024-03-01"),
    ],
)
def test_days_that_have_one_reading(text):
    assert read(text, "date") == DAY


@pytest.mark.parametrize(
    ("value", "problem", "fix"),
    [
        (
            "01-03-2024",
            "can be read as 2024-03-01 or as 2024-01-03",
            '"%d-%m-%Y" or date_format = "%m-%d-%Y"',
        ),
        ("03/04/2024", "can be read as 2024-04-03 or as 2024-03-04", "Name the format"),
        ("03.04.24", "can be read as", '"%d.%m.%y"'),
        ("25/12/2024", "does not begin with the year", 'date_format = "%d/%m/%Y"'),
        ("12/25/2024", "does not begin with the year", 'date_format = "%m/%d/%Y"'),
        ("2024-02-30", "not a day of the calendar", "exists"),
        ("2024-03", "is a month", "2024-03-01"),
        ("2024-03-01 13:45", "time of day", "Write 2024-03-01"),
        ("45352", "day number", "write 2024-03-01"),
        (45352, "day number", "write 2024-03-01"),
        ("令和6年3月1日", "year of an era", "western"),
        ("0204-03-01", "before 1900", "year"),
        ("soon", "is not a date", "date_format"),
        ("-", "is not a date", "2024-03-01"),
        (True, "is true or false, not a day", "Check"),
        (dt.time(9, 30), "is a time, not a day", "plain"),
        (dt.datetime(2024, 3, 1, 12), "time of day", "Write 2024-03-01"),
        (pd.Timestamp("2024-03-01", tz="Asia/Tokyo"), "time zone", "2024-03-01"),
        (2.5, "is a number; a day is wanted", "2024-03-01"),
        (float("inf"), "infinite", "empty"),
    ],
)
def test_days_that_have_none_or_two_are_refused(value, problem, fix):
    fault = read(value, "date")
    assert problem in fault.problem
    assert fix in fault.fix


def test_a_named_format_settles_what_is_ambiguous():
    assert read("03/04/2024", "date", date_format="%d/%m/%Y") == pd.Timestamp("2024-04-03")
    assert read("03/04/2024", "date", date_format="%m/%d/%Y") == pd.Timestamp("2024-03-04")
    assert read("１.３.２０２４", "date", date_format="%d.%m.%Y") == DAY
    assert read("2024-03-01", "date", date_format="%d/%m/%Y") == DAY, "year first stays clear"
    assert (
        "does not fit the date format %d/%m/%Y"
        in read("31/31/2024", "date", date_format="%d/%m/%Y").problem
    )
    # A format that begins with the year is the only one then: 2024-13-01 would else be read in another order than its neighbours.
    assert "does not fit" in read("2024-01-13", "date", date_format="%Y-%d-%m").problem


@given(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)))
def test_every_spelling_of_a_day_is_the_same_day(day):
    wide = str.maketrans("0123456789-/", "０１２３４５６７８９－／")
    spellings = [
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{day:%Y-%m-%d}".translate(wide),
        day,
        dt.datetime(day.year, day.month, day.day),
        int(f"{day:%Y%m%d}"),
    ]
    parsed = read_column(pd.Series(spellings, dtype=object), "date")
    assert not parsed.faults
    assert (parsed.values == pd.Timestamp(day)).all()


@given(st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31)))
def test_a_day_with_the_year_last_is_never_read_without_a_format(day):
    for pattern in ("%d/%m/%Y", "%m-%d-%Y", "%d.%m.%y"):
        text = day.strftime(pattern)
        assert read(text, "date").rule in ("ambiguous date", "date without format")
        if "%Y" in pattern:
            assert read(text, "date", date_format=pattern) == pd.Timestamp(day)


@pytest.mark.parametrize(
    "text",
    ["2024-03", "2024/3", "２０２４年３月", "202403", "2024-03-01", pd.Timestamp("2024-03-01")],
)
def test_months_are_their_first_day(text):
    assert read(text, "month") == DAY


@pytest.mark.parametrize("value", ["2024-03-02", pd.Timestamp("2024-03-31"), dt.date(2024, 3, 15)])
def test_another_day_is_no_month(value):
    fault = read(value, "month")
    assert "not the first day" in fault.problem
    assert "2024-03-01" in fault.fix


def test_typed_days_keep_the_contract():
    days = pd.to_datetime(pd.Series(["2024-03-01", None, "2024-03-01 10:00"]), format="ISO8601")
    parsed = read_column(days, "date")
    assert parsed.values.tolist()[0] == DAY
    assert list(parsed.faults) == [2]
    tiny = read_column(
        pd.Series([pd.Timestamp("2024-03-01") + pd.Timedelta(1, "ns")]).astype("datetime64[ns]"),
        "date",
    )
    assert "time of day" in tiny.faults[0].problem
    month = read_column(pd.Series(pd.period_range("2024-03", periods=2, freq="M")), "month")
    assert month.values.tolist() == [DAY, pd.Timestamp("2024-04-01")]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1200000", 1.2e6),
        ("1,200,000", 1.2e6),
        ("1 200 000", 1.2e6),
        ("1\u00a0200", 1200),
        ("1'200", 1200),
        ("¥1,200,000", 1.2e6),
        ("￥１，２００，０００", 1.2e6),
        ("1,200円", 1200),
        ("-¥500", -500),
        ("¥-500", -500),
        ("▲500", -500),
        ("−500", -500),
        ("+5", 5),
        ("1,200.50", 1200.5),
        ("1.2E+05", 120000),
        ("0.30", 0.3),
        (7, 7),
        (7.25, 7.25),
        (decimal.Decimal("7.25"), 7.25),
    ],
)
def test_numbers_as_people_write_them(value, number):
    assert read(value, "number", unit="currency a year", currency="JPY") == number


@pytest.mark.parametrize(
    ("value", "problem", "fix"),
    [
        ("1,5", "does not separate thousands", "write 1.5"),
        ("1.200,50", "does not separate thousands", "write 1200.50"),
        ("12,00,000", "is not a number", "digits"),
        ("80%", "percentage", "Write 80 if currency a year are meant"),
        ("$5", "the company's currency is JPY", "Convert"),
        ("5 €", "the company's currency is JPY", "Convert"),
        ("120万", "is not a number", "digits"),
        ("n/a", "is not a number", "digits"),
        ("nan", "is not a number", "digits"),
        ("inf", "is not a number", "digits"),
        ("1_000", "is not a number", "digits"),
        ("1 2", "is not a number", "digits"),
        ("99999999999999999999", "too large", "unit"),
        ("1e400", "too large", "unit"),
        (2**60, "too large", "unit"),
        (2**53 + 1, "too large", "unit"),
        (str(2**53 + 1), "too large", "unit"),
        (10**30, "too large", "unit"),
        (float("inf"), "infinite", "empty"),
        (dt.date(2024, 1, 2), "is a day, not a number", "1-2"),
        (True, "is true or false", "Check"),
        ([1], "is a list", "plain"),
    ],
)
def test_numbers_that_are_none_are_refused(value, problem, fix):
    fault = read(value, "number", unit="currency a year", currency="JPY")
    assert problem in fault.problem
    assert fix in fault.fix


def test_money_signs_only_in_money():
    assert "not money (hours)" in read("$3", "number", unit="hours").problem
    assert "or the share, 0.8" in read("80%", "number").fix


@given(st.integers(-(10**12), 10**12), st.booleans())
def test_thousands_separators_change_nothing(number, wide):
    text = f"{number:,}"
    if wide:
        text = text.translate(str.maketrans("0123456789,-", "０１２３４５６７８９，－"))
    assert read(text, "number") == number


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_what_python_writes_is_read_back(number):
    assert read(repr(number), "number") == number


def test_counts_are_whole():
    parsed = read_column(pd.Series(["1", "2.0", "2.5", None, "1,000"]), "count")
    assert parsed.values.dropna().tolist() == [1, 2, 1000]
    assert list(parsed.faults) == [2]
    assert "not a whole number" in parsed.faults[2].problem
    assert read_column(pd.Series([1.5]), "count").faults


def test_ids_stay_text_with_their_zeros():
    parsed = read_column(pd.Series(["007", " 7 ", "7", "", None]), "id")
    assert parsed.values.dropna().tolist() == ["007", "7", "7"]
    assert parsed.notes == ("left out the spaces around 1 value",)
    assert read("００７", "id") == "007", "one id in two widths is one customer"
    assert read_column(pd.Series([7, 8]), "id").notes == ()
    floats = read_column(pd.Series([1001.0, None, 2.5]), "id")
    assert floats.values.iloc[0] == "1001"
    assert floats.notes == ("read numbers as text: 1001.0 as '1001'",)
    assert "not a whole number" in floats.faults[2].problem
    assert "shortened" in read("1.23E+12", "id").problem
    assert read("AE+100", "id") == "AE+100"
    assert "true or false" in read(True, "id").problem


def test_long_ids_keep_all_digits():
    assert read_column(pd.Series([2**70, 2**53 + 1], dtype=object), "id").values.tolist() == [
        str(2**70),
        str(2**53 + 1),
    ]
    assert read_column(pd.Series([2**53 + 1]), "id").values.tolist() == [str(2**53 + 1)]
    assert read(float(2**60), "id").rule == "no id"


def test_text_from_other_types():
    assert read(2.5, "text") == "2.5"
    assert read(dt.date(2024, 3, 1), "text") == "2024-03-01"
    assert read(True, "text") == "TRUE"
    assert read("  ", "text") is np.nan or pd.isna(read("　", "text"))


@pytest.mark.parametrize(
    "value", ["TRUE", "true", "Yes", "ｙｅｓ", "y", "はい", "○", "◯", "1", 1, 1.0, True, np.True_]
)
def test_yes(value):
    assert read(value, "flag") is True or read(value, "flag") == True  # noqa: E712


@pytest.mark.parametrize("value", ["FALSE", "no", "いいえ", "×", "0", 0, False])
def test_no(value):
    assert read(value, "flag") == False  # noqa: E712


@pytest.mark.parametrize("value", ["x", "maybe", "2", 2, dt.date(2024, 1, 1)])
def test_neither(value):
    assert read(value, "flag").fix


def test_choices_in_another_case_or_width_are_read_and_said():
    parsed = read_column(
        pd.Series(["Cross-Sell", "ｕｐｓｅｌｌ", "other"]),
        "choice",
        choices=("upsell", "cross_sell"),
    )
    assert parsed.values.tolist() == ["cross_sell", "upsell", "other"]
    assert parsed.notes == ("read 'Cross-Sell' as 'cross_sell', 'ｕｐｓｅｌｌ' as 'upsell'",)


def test_blanks_are_what_is_said_to_be_blank():
    column = pd.Series(["-", "N/A", " ", "5", None])
    assert list(read_column(column, "number").faults) == [0, 1]
    parsed = read_column(column, "number", blanks=["-", "N/A"])
    assert not parsed.faults
    assert parsed.values.isna().tolist() == [True, True, True, False, True]


def test_mixed_columns_keep_one_apart_from_true():
    parsed = read_column(pd.Series([1, True, "1", 1.0, None], dtype=object), "number")
    assert list(parsed.faults) == [1]
    assert parsed.values.tolist()[::2][:2] == [1, 1]


@pytest.mark.parametrize("kind", DTYPES)
@pytest.mark.parametrize(
    "dtype", ["str", "object", "float64", "Int64", "boolean", "datetime64[us]"]
)
def test_empty_and_missing_columns_of_any_type(kind, dtype):
    for column in (pd.Series([], dtype=dtype), pd.Series([None, None], dtype=dtype)):
        parsed = read_column(column, kind)
        assert parsed.values.dtype == DTYPES[kind]
        assert parsed.values.isna().all()
        assert not parsed.faults
        assert len(parsed.values) == len(column)


def test_categories_are_read_by_their_values():
    assert read_column(pd.Series(["a", "b", "a"], dtype="category"), "id").values.tolist() == [
        "a",
        "b",
        "a",
    ]


@settings(max_examples=30)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.none(), st.dates()
        ),
        max_size=8,
    )
)
def test_any_column_is_read_or_refused_cell_by_cell(values):
    column = pd.Series(values, dtype=object)
    for kind, dtype in DTYPES.items():
        parsed = read_column(column, kind)
        assert parsed.values.dtype == dtype
        assert len(parsed.values) == len(column)
        assert parsed.values[list(parsed.faults)].isna().all()
        alone = [read_column(pd.Series([value], dtype=object), kind) for value in values]
        assert [at for at, each in enumerate(alone) if each.faults] == sorted(parsed.faults), (
            "neighbours change nothing"
        )
        expected = [each.values.iloc[0] for each in alone]
        assert pd.Series(expected, dtype=dtype).equals(parsed.values)
