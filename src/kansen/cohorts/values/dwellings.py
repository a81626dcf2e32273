"""Values of the dwelling that somebody lives in on 1 January of the outcome year."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Self

import narwhals.stable.v2 as nw

from kansen.cohorts.context import Context
from kansen.cohorts.days import first_of_year
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.values.base import column_name, is_yearly
from kansen.registers import Requirement

ADDRESSES = "gbaadresobject"


@dataclass(frozen=True)
class OfDwelling:
    """A column about the dwelling on 1 January of the outcome year plus `offset`.

    A yearly table gives its row of that year; a table of spells the spell that holds the day.

    lag : how many years later the row of a yearly table is from. until : the last year that is read, if any.
    """

    table: str
    column: str
    offset: int = 0
    lag: int = 0
    until: int | None = None

    @property
    def name(self) -> str:
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        return self.offset

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        years = [self.file_year(year) for year in declaration.outcome_years] if is_yearly(self.table) else []
        return [
            Requirement(ADDRESSES, (), ("dwelling",)),
            Requirement(self.table, tuple(y for y in years if y), (self.column,)),
        ]

    def file_year(self, year: int) -> int | None:
        """The year of the yearly table that an outcome year reads; None where it reads none."""
        found = year + self.offset + self.lag
        return found if self.until is None or found <= self.until else None

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        offset, tables = values[0].offset, context.tables
        start, end = tables.spell_ends(ADDRESSES)
        days = children.select("person", "year", day=first_of_year(offset))
        spells = tables.scan(ADDRESSES, ["person", "dwelling", start, end])
        homes = tables.on_day(spells, start, end, "person", days).select("person", "dwelling")
        out = homes.join(days, on="person", how="inner")
        for table, lag, until in sorted({(v.table, v.lag, v.until) for v in values}, key=repr):
            mine = [v for v in values if (v.table, v.lag, v.until) == (table, lag, until)]
            out = (_from_spells if tables.is_spells(table) else _from_years)(context, out, mine)
        return out.select("person", *[value.name for value in values])


def _from_years(context: Context, homes: nw.LazyFrame, values: Sequence[OfDwelling]) -> nw.LazyFrame:
    first, columns = values[0], [value.column for value in values]
    named = {value.name: nw.col(value.column) for value in values}
    frames = [
        context.tables.scan(first.table, ["dwelling", *columns], file_year)
        .select("dwelling", **named)
        .with_columns(year=nw.lit(year).cast(nw.Int64))
        for year in context.declaration.outcome_years
        if (file_year := first.file_year(year)) is not None
    ]
    return homes.join(nw.concat(frames, how="vertical"), on=["dwelling", "year"], how="left")


def _from_spells(context: Context, homes: nw.LazyFrame, values: Sequence[OfDwelling]) -> nw.LazyFrame:
    table = values[0].table
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
