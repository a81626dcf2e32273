"""Where children grew up: the home on a birthday, and where their mother lived when they were born."""

from __future__ import annotations

from datetime import date

import narwhals.stable.v2 as nw

from kansen.cohorts.areas import LEVELS, area_columns
from kansen.cohorts.attrition import drop_where
from kansen.cohorts.context import Context
from kansen.cohorts.days import birthday
from kansen.engine import day

BIRTH = tuple(f"{level}_birth" for level in LEVELS)
"""The areas of the mother's home at birth."""


def homes(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """Add the areas of the childhood home, on today's borders; who has no home is dropped.

    A dwelling without a code on the target date leaves the child in the country's figures and in no area at that level.
    """
    # A file of its own, because it is asked for several times and an engine would work it out every time.
    d = c.declaration
    home = _on_day if d.home_on else _on_birthday if d.home_age else _first_home
    found = c.stage("home-dwelling", lambda: home(c, children)).with_columns(at_home=nw.lit(True))
    codes = area_columns(c.tables, found, c.declaration)
    out = children.join(found, on="person", how="left").join(codes, on="dwelling", how="left")
    lacking = nw.col("at_home").is_null()
    if "Q10" in c.quirks:
        placed = "listed" if "Q04" in c.quirks else "municipality"
        lacking = lacking | nw.col("pc4").is_null() | nw.col(placed).is_null()
    return drop_where(out, c.rule("home"), lacking).drop("dwelling", "at_home", "listed")


def _on_birthday(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """`person` and `dwelling` on the birthday at the home age."""
    return _home_on(c, children, birthday(c.declaration.home_age or 0))


def _on_day(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """`person` and `dwelling` on the declared day."""
    on = date.fromisoformat(c.declaration.home_on or "")
    return _home_on(c, children, nw.lit(day(on.year, on.month, on.day)).cast(nw.Int64))


def _home_on(c: Context, children: nw.LazyFrame, on: nw.Expr) -> nw.LazyFrame:
    start, end = c.tables.spell_ends("gbaadresobject")
    spells = c.tables.scan("gbaadresobject", ["person", "dwelling", start, end])
    when = children.filter(nw.col("fate").is_null()).select("person", day=on)
    return c.tables.on_day(spells, start, end, "person", when).select("person", "dwelling")


def _first_home(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """`person` and `dwelling`: the child's first address in the file, else the mother's on the day of birth."""
    start, end = c.tables.spell_ends("gbaadresobject")
    spells = c.tables.scan("gbaadresobject", ["person", "dwelling", start, end])
    alive = children.filter(nw.col("fate").is_null())
    own = spells.join(alive.select("person"), on="person", how="inner")
    first = own.group_by("person").agg(nw.col("row").min())
    firsts = own.join(first, on=["person", "row"], how="inner").select("person", "dwelling")
    without = alive.join(firsts.select("person"), on="person", how="anti")
    return nw.concat([firsts, _mothers_home(c, without)], how="vertical")


def _mothers_home(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """`person` and `dwelling` of the mother on the day the child was born; each child by itself."""
    start, end = c.tables.spell_ends("gbaadresobject")
    spells = c.tables.scan("gbaadresobject", ["person", "dwelling", start, end]).rename({"person": "mother"})
    when = children.filter(~nw.col("mother").is_null()).select("person", "mother", day=birthday(0))
    holding = spells.join(when, on="mother", how="inner").filter(
        (nw.col(start) <= nw.col("day")) & (nw.col("day") <= nw.col(end))
    )
    if "Q12" in c.quirks:
        first = holding.group_by("mother").agg(nw.col("row").min())
        shared = holding.select("mother", "row", "dwelling").unique().join(first, on=["mother", "row"], how="inner")
        return when.join(shared, on="mother", how="inner").select("person", "dwelling")
    first = holding.group_by("person").agg(nw.col("row").min())
    return holding.join(first, on=["person", "row"], how="inner").select("person", "dwelling")


def birth_homes(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """Add the areas of the mother's home at birth; null for who was not born from a home in the Netherlands."""
    alive = children.filter(nw.col("fate").is_null())
    found = c.stage("birth-dwelling", lambda: _mothers_home(c, alive))
    codes = area_columns(c.tables, found, c.declaration).rename(dict(zip(LEVELS, BIRTH, strict=True)))
    at_birth = found.join(codes, on="dwelling", how="inner").select("person", *BIRTH)
    out = children.join(at_birth, on="person", how="left")
    if "Q11" in c.quirks:
        lacking = nw.any_horizontal(*[nw.col(level).is_null() for level in BIRTH], ignore_nulls=True)
        out = drop_where(out, c.rule("home"), lacking)
    return out
