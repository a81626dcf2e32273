"""Values of a series of yearly incomes, of the same people over many calendar years."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Self

import narwhals.stable.v2 as nw

from kansen.cohorts.context import Context
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.prices import price_factor
from kansen.cohorts.values.base import column_name
from kansen.registers import Requirement

LAST_OLD = 2010
"""The last year of the old income tables."""

SERIES = {
    "personal": (("persoonink", "persbrut"), ("inpa", "inppersbrut")),
    "household": (("huishbvrink", "bvrbrutinkh"), ("inha", "inhbrutinkh")),
}
"""Table and column of a gross income, until `LAST_OLD` and after it."""


@dataclass(frozen=True)
class OfSeries:
    """Gross income of the year `offset` years after the outcome year, in euros of the price year.

    A negative amount is missing. `series` : personal, or of the household.
    """

    series: str
    offset: int

    @property
    def name(self) -> str:
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        return self.series

    def source(self, year: int) -> tuple[str, str]:
        """Table and column that a calendar year is read from."""
        return SERIES[self.series][0 if year <= LAST_OLD else 1]

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        found: list[Requirement] = []
        for year in declaration.outcome_years:
            table, column = self.source(year + self.offset)
            found.append(Requirement(table, (year + self.offset,), (column,)))
        return found

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        # Years are stacked and gathered per person, so that what is held is one row a person and not a table a year.
        frames: list[nw.LazyFrame] = []
        for year in context.declaration.outcome_years:
            for value in values:
                table, column = value.source(year + value.offset)
                factor = price_factor(year + value.offset, context.declaration.price_year)
                amounts = context.tables.yearly(table, [column], year + value.offset)
                real = nw.when(nw.col(column) >= 0).then(nw.col(column) / factor)
                known = amounts.select("person", amount=real).filter(~nw.col("amount").is_null())
                frames.append(
                    known.with_columns(year=nw.lit(year).cast(nw.Int64), offset=nw.lit(value.offset).cast(nw.Int64))
                )
        own = children.select("person", "year").join(
            nw.concat(frames, how="vertical"), on=["person", "year"], how="inner"
        )
        of = [
            nw.when(nw.col("offset") == value.offset).then(nw.col("amount")).max().alias(value.name) for value in values
        ]
        return own.group_by("person").agg(*of)
