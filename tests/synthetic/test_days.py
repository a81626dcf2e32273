"""Days against the calendar of the standard library."""

from __future__ import annotations

import datetime

import numpy as np

from kansen.synthetic import days


def test_birthdays_parts_and_text() -> None:
    start = datetime.date(1981, 1, 1)
    dates = [start + datetime.timedelta(n) for n in range(5 * 365 + 2)]
    born = np.array([days.day(d.year, d.month, d.day) for d in dates], np.int32)

    def later(date: datetime.date) -> datetime.date:
        leap = date.month == 2 and date.day == 29
        return datetime.date(date.year + 15, date.month, 28 if leap else date.day)

    assert days.text(days.birthday(born, 15)).tolist() == [later(d).strftime("%Y%m%d").encode() for d in dates]
    year, month, of_month = days.parts(born)
    assert list(zip(year, month, of_month, strict=True)) == [(d.year, d.month, d.day) for d in dates]
    assert days.year_of(born).tolist() == [d.year for d in dates]


def test_open_ends_are_written_as_far_future() -> None:
    assert days.text(np.array([days.OPEN, days.OPEN + 9])).tolist() == [b"99991231", b"99991231"]
