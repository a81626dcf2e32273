"""Days of a child's life: its birthdays, and the first and last day of its outcome year."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from kansen.engine import at_age, day_number

BORN = ("birth_year", "birth_month", "birth_day")
"""The columns of a child that make its date of birth."""


def birthday(age: int) -> nw.Expr:
    """The day number of the birthday at an age, from the columns of `BORN`."""
    year, month, day = (nw.col(part) for part in BORN)
    return at_age(year, month, day, age)


def first_of_year(offset: int = 0) -> nw.Expr:
    """The day number of 1 January of the outcome year (column `year`), `offset` years later."""
    return day_number(nw.col("year") + offset, nw.lit(1), nw.lit(1))


def last_of_year(offset: int = 0) -> nw.Expr:
    """The day number of 31 December of the outcome year, `offset` years later."""
    return day_number(nw.col("year") + offset, nw.lit(12), nw.lit(31))
