"""The areas of a childhood home on today's borders."""

from __future__ import annotations

from datetime import date

import narwhals.stable.v2 as nw

from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.tables import Tables
from kansen.engine import day
from kansen.errors import TableError
from kansen.geography import Areas

LEVELS = ("municipality", "wijk", "pc4")
"""The levels that a home has a code of; the others follow from these."""

MANY = 10
"""With fewer children than this, that none has a code may be chance."""

_SOURCES = {"municipality": ("vslgwb", "gem{y}"), "wijk": ("vslgwb", "wc{y}"), "pc4": ("vslpostcode", "POSTCODENUM")}


def pc4_of_dwellings(tables: Tables, declaration: CohortDeclaration) -> nw.LazyFrame:
    """`pc4` per `dwelling` on the cohort's day of the codes; dwellings without one are left out.

    Of several postcodes on one day the first in the delivered file counts.
    """
    on = date.fromisoformat(declaration.areas_on)
    number = day(on.year, on.month, on.day)
    start, end = tables.spell_ends("vslpostcode")
    spells = tables.scan("vslpostcode", ["dwelling", "postcodenum", start, end])
    holding = spells.filter(
        ~nw.col("postcodenum").is_null() & (nw.col(start) <= number) & (number <= nw.col(end))
    ).select("dwelling", "row", pc4=nw.col("postcodenum"))
    first = holding.with_columns(first=nw.col("row").min().over("dwelling"))
    return first.filter(nw.col("row") == nw.col("first")).select("dwelling", "pc4")


def area_columns(tables: Tables, homes: nw.LazyFrame, declaration: CohortDeclaration) -> nw.LazyFrame:
    """`municipality`, `wijk` and `pc4` per `dwelling`, on the cohort's day of the codes and the borders of its year.

    A dwelling that was demolished or renumbered has no row or no code: its columns are null. `listed` is true for a
    dwelling that has a row in the table of borders, and null for others.
    """
    year = date.fromisoformat(declaration.areas_on).year
    wanted = homes.select("dwelling").filter(~nw.col("dwelling").is_null()).unique()
    gem, wc = f"gem{year}", f"wc{year}"
    borders = tables.scan("vslgwb", ["dwelling", gem, wc]).select(
        "dwelling",
        municipality=nw.concat_str(nw.lit("GM"), nw.col(gem)),
        wijk=nw.concat_str(nw.lit("WK"), nw.col(wc)),
        listed=nw.lit(True),
    )
    found = wanted.join(pc4_of_dwellings(tables, declaration), on="dwelling", how="left")
    return found.join(borders, on="dwelling", how="left")


def check_areas(tables: Tables, children: nw.LazyFrame, areas: Areas, declaration: CohortDeclaration) -> None:
    """Refuse codes that the area tables do not have, with what became of them where that is known.

    A level at which nobody of `MANY` or more has a code is refused, too: then the dwellings of the address table are
    not those of the table with the codes.
    """
    year = date.fromisoformat(declaration.areas_on).year
    homes = children.filter(nw.col("fate").is_null())
    count = tables.engine.collect(homes.select(nw.len().alias("children"))).to_pylist()[0]["children"]
    columns = {level: level for level in LEVELS}
    if declaration.birth_home:
        columns |= {f"{level}_birth": level for level in LEVELS}
    for name, level in columns.items():
        found = tables.engine.collect(children.select(name).filter(~nw.col(name).is_null()).unique().sort(name))
        codes = found.column(name).to_pylist()
        table, column = _SOURCES[level]
        where, column = str(tables.delivery.file(table).path), column.format(y=year)
        areas.require(codes, level, where=f"{where}, column {column}")
        if not codes and count >= MANY:
            raise TableError(
                f"No home of cohort {declaration.id} has a code of {level}",
                where=where,
                column=column,
                found=f"none for the dwellings of {count:,} children on {declaration.areas_on}",
                expected="the dwellings of the address table, with their codes",
                todo="check that both tables have the same keys of dwellings, and that the codes are there",
            )
