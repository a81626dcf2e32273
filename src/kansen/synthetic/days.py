"""Days as int32 numbers since 1 January 1970, and their text in the registers."""

from __future__ import annotations

import datetime

import numpy as np

_EPOCH = datetime.date(1970, 1, 1)


def day(year: int, month: int = 1, of_month: int = 1) -> int:
    """The number of a calendar day.

    >>> day(1970, 1, 2)
    1
    """
    return (datetime.date(year, month, of_month) - _EPOCH).days


OPEN = day(2100)
"""End of a spell that still runs; also 'never'."""
REGISTER_START = day(1995)
"""Address and household spells begin here for everyone who was there before."""
REGISTER_END = day(2023, 12, 31)
"""The last day the tables tell about."""
YEAR = 365.25

_FIRST = day(1900)
_TEXT = np.array(
    [(datetime.date(1900, 1, 1) + datetime.timedelta(n)).strftime("%Y%m%d").encode() for n in range(OPEN - _FIRST + 1)],
    dtype="S8",
)
_TEXT[-1] = b"99991231"


def text(days: np.ndarray) -> np.ndarray:
    """`yyyymmdd` as S8; `OPEN` and later become 99991231. Shape (n,)."""
    return _TEXT[np.minimum(days, OPEN) - _FIRST]


def parts(days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Year, month and day of the month, integers of shape (n,)."""
    digits = _TEXT[days - _FIRST].view(np.uint8).reshape(len(days), 8).astype(np.int32) - 48
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    return year, digits[:, 4] * 10 + digits[:, 5], digits[:, 6] * 10 + digits[:, 7]


_FIRST_OF_YEAR = np.array([day(year) for year in range(1900, 2101)], np.int32)


def birthday(born: np.ndarray, age: int) -> np.ndarray:
    """The day of the `age`-th birthday (29 February becomes 28 February in other years), int32 of shape (n,)."""
    date = born.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    of_month = (date - month).astype(np.int32)
    later = month + 12 * age
    length = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int32)
    return later.astype("datetime64[D]").astype(np.int32) + np.minimum(of_month, length - 1)


def year_of(days: np.ndarray) -> np.ndarray:
    """The calendar year of each day, int32 of shape (n,)."""
    return (np.searchsorted(_FIRST_OF_YEAR, days, side="right") + 1899).astype(np.int32)


def new_year(years: np.ndarray) -> np.ndarray:
    """The first of January of each year, int32 of shape (n,).

    >>> new_year(np.array([1970, 1971])).tolist()
    [0, 365]
    """
    return _FIRST_OF_YEAR[years - 1900]
