"""The areas of a childhood home on today's borders."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.tables import Tables
from kansen.engine import Engine
from kansen.geography import Areas

LEVELS = ("municipality", "wijk", "pc4")


def area_columns(tables: Tables, homes: nw.LazyFrame, on: int, year: int) -> nw.LazyFrame:
    """`municipality`, `wijk` and `pc4` per `dwelling`, as they are on day `on` and on the borders of `year`.

    A dwelling that was demolished or renumbered has no row or no code: its columns are null. Of several postcodes on
    one day the first in the delivered file counts.
    """
    wanted = homes.select("dwelling").filter(~nw.col("dwelling").is_null()).unique()
    start, end = tables.spell_ends("vslpostcode")
    postcodes = tables.scan("vslpostcode", ["dwelling", "postcodenum", start, end]).filter(
        ~nw.col("postcodenum").is_null()
    )
    pc4 = tables.on_day(postcodes, start, end, "dwelling", wanted.with_columns(day=nw.lit(on).cast(nw.Int64)))
    gem, wc = f"gem{year}", f"wc{year}"
    borders = tables.scan("vslgwb", ["dwelling", gem, wc]).select(
        "dwelling",
        municipality=nw.concat_str(nw.lit("GM"), nw.col(gem)),
        wijk=nw.concat_str(nw.lit("WK"), nw.col(wc)),
    )
    found = wanted.join(pc4.select("dwelling", pc4=nw.col("postcodenum")), on="dwelling", how="left")
    return found.join(borders, on="dwelling", how="left")


def check_areas(engine: Engine, children: nw.LazyFrame, areas: Areas, declaration: CohortDeclaration) -> None:
    """Refuse codes that the area tables do not have, with what became of them where that is known."""
    for level in LEVELS:
        codes = engine.collect(children.select(level).filter(~nw.col(level).is_null()).unique().sort(level))
        areas.require(
            codes.column(level).to_pylist(), level, where=f"cohort {declaration.id}, homes at {declaration.home_age}"
        )
