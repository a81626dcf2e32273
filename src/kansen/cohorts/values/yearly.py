"""Values of yearly tables with one row per person (or per household, reached through the link of that year)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Self

import narwhals.stable.v2 as nw

from kansen.cohorts.context import Context
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.prices import price_factor
from kansen.cohorts.values.base import ReadAlone, column_name, shifted
from kansen.registers import Requirement


@dataclass(frozen=True)
class OfYear:
    """A column of the outcome year plus `offset`, as delivered or in euros of the price year.

    until : the last year that is read, if any; nobody has a value of a later one.
    """

    table: str
    column: str
    offset: int = 0
    constant_prices: bool = False
    until: int | None = None

    @property
    def name(self) -> str:
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        return (self.table, self.offset, self.constant_prices, self.until)

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        years = [year for year in shifted(declaration.outcome_years, self.offset) if self.reads(year)]
        return [Requirement(self.table, tuple(years), (self.column,))]

    def reads(self, year: int) -> bool:
        """Whether the file of a year is read."""
        return self.until is None or year <= self.until

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        table, offset, constant = values[0].table, values[0].offset, values[0].constant_prices
        columns = [value.column for value in values]
        frames: list[nw.LazyFrame] = []
        for year in context.declaration.outcome_years:
            if not values[0].reads(year + offset):
                continue
            factor = price_factor(year + offset, context.declaration.price_year) if constant else None
            amount = {v.name: nw.col(v.column) / factor if factor else nw.col(v.column) for v in values}
            frame = context.tables.yearly(table, columns, year + offset).select("person", **amount)
            frames.append(frame.with_columns(year=nw.lit(year).cast(nw.Int64)))
        long = nw.concat(frames, how="vertical")
        return children.select("person", "year").join(long, on=["person", "year"], how="inner").drop("year")


@dataclass(frozen=True)
class InYear(ReadAlone):
    """1 for who has a row in a table of the outcome year, however many; no value for others.

    first : the first year that the table is used for; earlier outcome years take that one.
    """

    table: str
    first: int = 0

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        years = sorted({max(year, self.first) for year in declaration.outcome_years})
        return [Requirement(self.table, tuple(years))]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        value = values[0]
        frames = [
            context.tables.scan(value.table, ["person"], max(year, value.first))
            .select("person")
            .unique()
            .with_columns(year=nw.lit(year).cast(nw.Int64))
            for year in context.declaration.outcome_years
        ]
        there = nw.concat(frames, how="vertical").with_columns(nw.lit(1.0).alias(value.name))
        return children.select("person", "year").join(there, on=["person", "year"], how="inner").drop("year")
