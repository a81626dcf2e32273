"""What children are grouped by: their parents' income, their origin, and the household that they grew up in."""

from __future__ import annotations

from collections.abc import Container

import narwhals.stable.v2 as nw

from kansen.cohorts.days import birthday
from kansen.cohorts.origins import recode
from kansen.cohorts.tables import Tables, days_between, days_present

HOUSEHOLDS = {"6": "single", "4": "two", "5": "two"}
"""TYPHH to household type. Couples without children (2, 3) and all others are `other`."""

COUPLES = {"2": "two", "3": "two"}
"""What the published pipeline adds (Q23)."""

OTHER = "7"
"""A code of TYPHH that is `other`."""


def residency(
    tables: Tables, people: nw.LazyFrame, first: int, last: int, slack: int, quirks: Container[str] = ()
) -> nw.LazyFrame:
    """Whether people were registered in the window but for `slack` days (`person`, `present`; both end days count).

    `people` may have somebody twice: with Q14 the days count as often.
    """
    start, end = tables.spell_ends("gbaadresobject")
    spells = tables.scan("gbaadresobject", ["person", "dwelling", start, end]).drop("row", "dwelling")
    times = people.group_by("person").agg(nw.len().cast(nw.Int64).alias("times"))
    window = times.select("person", from_day=nw.lit(first).cast(nw.Int64), to_day=nw.lit(last).cast(nw.Int64))
    count, length = (days_between, last - first) if "Q13" in quirks else (days_present, last - first + 1)
    days = count(spells.join(window, on="person", how="inner"), start, end)
    if "Q14" in quirks:
        days = days.join(times, on="person", how="inner").with_columns(days=nw.col("days") * nw.col("times"))
    return days.select("person", present=nw.col("days") >= length - slack)


def household_type(tables: Tables, children: nw.LazyFrame, age: int, quirks: Container[str] = ()) -> nw.LazyFrame:
    """The type of household on the birthday at `age` (`person`, `household_type`), first spell in the file.

    At age 0 the child's first spell counts, whenever it starts; without one, the mother's on the day of birth.
    """
    start, end = tables.spell_ends("gbahuishoudens")
    spells = tables.scan("gbahuishoudens", ["person", "typhh", start, end])
    alive = children.filter(nw.col("fate").is_null())
    if age:
        found = tables.on_day(spells, start, end, "person", alive.select("person", day=birthday(age)))
        found = found.select("person", "typhh")
    else:
        own = spells.join(alive.select("person"), on="person", how="inner")
        first = own.group_by("person").agg(nw.col("row").min())
        firsts = own.join(first, on=["person", "row"], how="inner").select("person", "typhh")
        without = alive.join(firsts.select("person"), on="person", how="anti")
        of_mother = _of_mother(spells, start, end, without)
        if "Q24" in quirks:
            of_mother = of_mother.with_columns(typhh=nw.lit(OTHER))
        found = nw.concat([firsts, of_mother], how="vertical")
    known = found.filter(~nw.col("typhh").is_null())
    codes = {**HOUSEHOLDS, **COUPLES} if "Q23" in quirks else HOUSEHOLDS
    return known.select("person", household_type=recode(nw.col("typhh"), codes, "other"))


def _of_mother(spells: nw.LazyFrame, start: str, end: str, children: nw.LazyFrame) -> nw.LazyFrame:
    when = children.filter(~nw.col("mother").is_null()).select("person", "mother", day=birthday(0))
    holding = (
        spells.rename({"person": "mother"})
        .join(when, on="mother", how="inner")
        .filter((nw.col(start) <= nw.col("day")) & (nw.col("day") <= nw.col(end)))
    )
    first = holding.group_by("person").agg(nw.col("row").min())
    return holding.join(first, on=["person", "row"], how="inner").select("person", "typhh")
