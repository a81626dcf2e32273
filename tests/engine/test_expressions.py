"""Dates as whole numbers agree with the calendar of the standard library."""

from __future__ import annotations

from datetime import date

import duckdb
import narwhals.stable.v2 as nw
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kansen.engine import at_age, calendar, day, day_number, is_date

EPOCH = date(1970, 1, 1)
Y, M, D = nw.col("y"), nw.col("m"), nw.col("d")


def run(rows: list[tuple[int | None, int | None, int | None]], **expressions: nw.Expr) -> list[dict[str, object]]:
    columns = list(zip(*rows, strict=True))
    table = pa.table({name: pa.array(column, pa.int32()) for name, column in zip("ymd", columns, strict=True)})
    frame = nw.from_native(duckdb.from_arrow(table)).with_columns(**expressions)
    return frame.collect("pyarrow").to_native().to_pylist()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dates(date(1850, 1, 1), date(2150, 12, 31)), min_size=1, max_size=200))
def test_day_number(dates: list[date]) -> None:
    rows = run([(one.year, one.month, one.day) for one in dates], day=day_number(Y, M, D))
    assert [row["day"] for row in rows] == [(one - EPOCH).days for one in dates]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dates(date(1, 1, 1), date(9999, 12, 31)) | st.none(), min_size=1, max_size=200))
def test_calendar(dates: list[date | None]) -> None:
    days = [None if one is None else (one - EPOCH).days for one in dates]
    table = pa.table({"day": pa.array(days, pa.int32()), "row": range(len(dates))})
    frame = calendar(nw.from_native(duckdb.from_arrow(table)), "day", ("y", "m", "d")).sort("row")
    assert frame.columns == ["day", "row", "y", "m", "d"]
    rows = frame.collect("pyarrow").to_native().to_pylist()
    expected = [(None,) * 3 if one is None else (one.year, one.month, one.day) for one in dates]
    assert [(row["y"], row["m"], row["d"]) for row in rows] == expected


@pytest.mark.parametrize(
    ("born", "birthday"),
    [
        (date(1984, 2, 29), date(1999, 2, 28)),
        (date(1985, 2, 28), date(2000, 2, 28)),
        (date(1983, 12, 31), date(1998, 12, 31)),
        (date(1984, 3, 1), date(1999, 3, 1)),
    ],
)
def test_fifteenth_birthday(born: date, birthday: date) -> None:
    assert run([(born.year, born.month, born.day)], at=at_age(Y, M, D, 15))[0]["at"] == (birthday - EPOCH).days


def test_leap_day_stays_in_a_leap_year() -> None:
    assert run([(1984, 2, 29)], at=at_age(Y, M, D, 16))[0]["at"] == day(2000, 2, 29)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1890, 2110) | st.none(), st.integers(0, 14) | st.none(), st.integers(-1, 33) | st.none()),
        min_size=1,
        max_size=200,
    )
)
def test_is_date(rows: list[tuple[int | None, int | None, int | None]]) -> None:
    def real(row: tuple[int | None, int | None, int | None]) -> bool:
        try:
            date(*row)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return False
        return True

    assert [row["ok"] for row in run(rows, ok=is_date(Y, M, D))] == [real(row) for row in rows]
