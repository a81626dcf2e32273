"""Dates as integers, and rounding: the expressions that mean the same on every engine.

Engines disagree on "years between" and on date parsing, so a date is a day number (days since 1970-01-01) and all is
whole-number arithmetic on years, months and days. They disagree on rounding, too, so it is a sum and a floor.
"""

from __future__ import annotations

from datetime import date

import narwhals.stable.v2 as nw

EPOCH = date(1970, 1, 1)


def day(year: int, month: int, day_of_month: int) -> int:
    """The day number of a calendar day.

    >>> day(1970, 1, 2), day(2000, 3, 1)
    (1, 11017)
    """
    return (date(year, month, day_of_month) - EPOCH).days


def day_number(year: nw.Expr, month: nw.Expr, day_of_month: nw.Expr) -> nw.Expr:
    """The day number of year, month and day columns (whole numbers, Gregorian, years from 1).

    Counts years from March, so that the leap day is the last of its year (Howard Hinnant's `days_from_civil`).
    """
    early = (month <= 2).cast(nw.Int64)
    shifted = year.cast(nw.Int64) - early
    from_march = month.cast(nw.Int64) - 3 + early * 12
    in_year = (from_march * 153 + 2) // 5 + day_of_month.cast(nw.Int64) - 1
    return shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + in_year - 719468


def is_leap(year: nw.Expr) -> nw.Expr:
    """Whether a year has a 29 February."""
    return ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)


def is_date(year: nw.Expr, month: nw.Expr, day_of_month: nw.Expr) -> nw.Expr:
    """Whether year, month and day make a day of the calendar (false where one is missing)."""
    long = month.is_in([1, 3, 5, 7, 8, 10, 12])
    last = nw.when(month == 2).then(is_leap(year).cast(nw.Int64) + 28).otherwise(long.cast(nw.Int64) + 30)
    inside = ~year.is_null() & (month >= 1) & (month <= 12) & (day_of_month >= 1) & (day_of_month <= last)
    return nw.when(inside).then(nw.lit(True)).otherwise(nw.lit(False))


def at_age(year: nw.Expr, month: nw.Expr, day_of_month: nw.Expr, age: int) -> nw.Expr:
    """The day number of the birthday at `age`; who was born on 29 February has it on 28 February in other years."""
    then = year.cast(nw.Int64) + age
    shorten = (month == 2) & (day_of_month == 29) & ~is_leap(then)
    return day_number(then, month, day_of_month) - shorten.cast(nw.Int64)


def calendar(frame: nw.LazyFrame, day: str, names: tuple[str, str, str]) -> nw.LazyFrame:
    """Add the year, month and day of the month of a day number, for days from the year 0 on, under three `names`.

    Howard Hinnant's `civil_from_days`. In steps with columns of their own, because an engine writes an operand of a
    whole division several times: as one expression it grows to megabytes.
    """
    of_era, year_of_era, of_year = (nw.col(name) for name in ("_of_era", "_year_of_era", "_of_year"))
    steps = (
        {"_shifted": nw.col(day).cast(nw.Int64) + 719468},
        {"_era": nw.col("_shifted") // 146097},
        {"_of_era": nw.col("_shifted") - nw.col("_era") * 146097},
        {"_fours": of_era // 1460, "_hundreds": of_era // 36524, "_whole": of_era // 146096},
        {"_common": of_era - nw.col("_fours") + nw.col("_hundreds") - nw.col("_whole")},
        {"_year_of_era": nw.col("_common") // 365},
        {"_leap": year_of_era // 4, "_century": year_of_era // 100},
        {"_of_year": of_era - (year_of_era * 365 + nw.col("_leap") - nw.col("_century"))},
        {"_from_march": (of_year * 5 + 2) // 153},
        {"_before": (nw.col("_from_march") * 153 + 2) // 5, "_late": (nw.col("_from_march") >= 10).cast(nw.Int64)},
    )
    out = frame
    for step in steps:
        out = out.with_columns(**step)
    year, month, day_of_month = names
    return out.with_columns(
        **{
            year: year_of_era + nw.col("_era") * 400 + nw.col("_late"),
            month: nw.col("_from_march") + 3 - nw.col("_late") * 12,
            day_of_month: of_year - nw.col("_before") + 1,
        }
    ).drop(*[name for step in steps for name in step])


def rounded(value: nw.Expr, digits: int) -> nw.Expr:
    """A number to `digits` decimals, halves up (-2.5 to -2.0 with none); in every engine in the same bits.

    One engine rounds the number that is stored, another the digits that it prints as. Up to 2**53 / 10**digits.
    """
    power = float(10**digits)
    return (value * power + 0.5).floor().cast(nw.Float64) / power
