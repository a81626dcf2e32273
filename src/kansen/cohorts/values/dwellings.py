"""Values of the dwelling that somebody lives in on 1 January of the outcome year."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Self

import narwhals.stable.v2 as nw

from kansen.cohorts.context import Context
from kansen.cohorts.days import first_of_year
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.values.base import column_name, is_yearly, shifted
from kansen.registers import Requirement

ADDRESSES = "gbaadresobject"


@dataclass(frozen=True)
class OfDwelling:
    """A column about the dwelling on 1 January of the outcome year plus `offset`.

    A yearly table gives its row of that year; a table of spells the spell that holds the day.
    """

    table: str
    column: str
    offset: int = 0

    @property
    def name(self) -> str:
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        return self.offset

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        years = shifted(declaration.outcome_years, self.offset) if is_yearly(self.table) else ()
        return [Requirement(ADDRESSES, (), ("dwelling",)), Requirement(self.table, years, (self.column,))]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        offset, tables = values[0].offset, context.tables
        start, end = tables.spell_ends(ADDRESSES)
        days = children.select("person", "year", day=first_of_year(offset))
        spells = tables.scan(ADDRESSES, ["person", "dwelling", start, end])
        homes = tables.on_day(spells, start, end, "person", days).select("person", "dwelling")
        out = homes.join(days, on="person", how="inner")
        for table in sorted({value.table for value in values}):
            mine = [value for value in values if value.table == table]
            out = (_from_spells if tables.is_spells(table) else _from_years)(context, out, table, offset, mine)
        return out.select("person", *[value.name for value in values])


def _from_years(
    context: Context, homes: nw.LazyFrame, table: str, offset: int, values: Sequence[OfDwelling]
) -> nw.LazyFrame:
    named = {value.name: nw.col(value.column) for value in values}
    frames = [
        context.tables.scan(table, ["dwelling", *[value.column for value in values]], year + offset)
        .select("dwelling", **named)
        .with_columns(year=nw.lit(year).cast(nw.Int64))
        for year in context.declaration.outcome_years
    ]
    return homes.join(nw.concat(frames, how="vertical"), on=["dwelling", "year"], how="left")


def _from_spells(
    context: Context, homes: nw.LazyFrame, table: str, offset: int, values: Sequence[OfDwelling]
) -> nw.LazyFrame:
    start, end = context.tables.spell_ends(table)
    spells = context.tables.scan(table, ["dwelling", start, end, *[value.column for value in values]])
    # Several children may live in one dwelling, so the spells are looked up per dwelling and day.
    days = homes.select("dwelling", "day").unique()
    holding = spells.join(days, on="dwelling", how="inner").filter(
        (nw.col(start) <= nw.col("day")) & (nw.col("day") <= nw.col(end))
    )
    first = holding.group_by("dwelling", "day").agg(nw.col("row").min())
    found = holding.join(first, on=["dwelling", "day", "row"], how="inner")
    named = {value.name: nw.col(value.column) for value in values}
    return homes.join(found.select("dwelling", "day", **named), on=["dwelling", "day"], how="left")
