"""Values of tables with many rows per person and year: job months, gifts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import narwhals.stable.v2 as nw

from kansen.cohorts.context import Context
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.prices import price_factor
from kansen.cohorts.values.base import ReadAlone, column_name
from kansen.engine import rounded
from kansen.registers import Requirement

MILLION = 1_000_000
"""Amounts are added as whole millionths: a sum of whole numbers is the same in any order, on any engine."""


def _millionths(value: nw.Expr) -> nw.Expr:
    return rounded(value * MILLION, 0).cast(nw.Int64)


@dataclass(frozen=True)
class SumOfRows:
    """The sum of a column over all rows of somebody in the outcome year.

    negative : "missing" leaves negative amounts out; "keep" adds them.
    gap : what a missing amount does: "skip" leaves it out, "missing" makes the whole sum missing.
    """

    table: str
    column: str
    constant_prices: bool = False
    negative: str = "missing"
    gap: str = "skip"

    @property
    def name(self) -> str:
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        return self.table

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        return [Requirement(self.table, tuple(declaration.outcome_years), (self.column,))]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        columns = sorted({value.column for value in values})
        frames: list[nw.LazyFrame] = []
        for year in context.declaration.outcome_years:
            mine = children.filter(nw.col("year") == year).select("person")
            rows = context.tables.scan(values[0].table, ["person", *columns], year).drop("row")
            sums: list[nw.Expr] = []
            for number, value in enumerate(values):
                amount = nw.col(value.column)
                kept = nw.when(amount >= 0).then(amount) if value.negative == "missing" else amount
                sums += [
                    _millionths(kept).sum().alias(f"sum_{number}"),
                    (~kept.is_null()).cast(nw.Int64).sum().alias(f"known_{number}"),
                ]
            found = rows.join(mine, on="person", how="inner").group_by("person").agg(*sums, nw.len().alias("rows"))
            frames.append(found.select("person", **_totals(values, year, context.declaration.price_year)))
        return nw.concat(frames, how="vertical")


def _totals(values: Sequence[SumOfRows], year: int, price_year: int) -> Mapping[str, nw.Expr]:
    out: dict[str, nw.Expr] = {}
    for number, value in enumerate(values):
        known = nw.col(f"known_{number}")
        whole = known == nw.col("rows") if value.gap == "missing" else known > 0
        scale = MILLION * (price_factor(year, price_year) if value.constant_prices else 1.0)
        out[value.name] = nw.when(whole).then(nw.col(f"sum_{number}") / scale)
    return out


UNKNOWN = ""
"""Stands for a code that is not known while rows are added."""

NOTHING = -(10**15)
"""A sum below every other: that of a code which somebody does not have."""


@dataclass(frozen=True)
class MostOfRows(ReadAlone):
    """1 when `code` has the largest sum of `by` in the outcome year, 0 when another code has it.

    `code` wins a tie with another code, and a code wins from rows without one. When those have the largest sum there is
    no value.
    """

    table: str
    column: str
    code: str
    by: str

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        return [Requirement(self.table, tuple(declaration.outcome_years), (self.column, self.by))]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        value = values[0]
        frames: list[nw.LazyFrame] = []
        for year in context.declaration.outcome_years:
            mine = children.filter(nw.col("year") == year).select("person")
            rows = context.tables.scan(value.table, ["person", value.column, value.by], year).drop("row")
            own = rows.join(mine, on="person", how="inner").with_columns(code=nw.col(value.column).fill_null(UNKNOWN))
            sums = own.group_by("person", "code").agg(_millionths(nw.col(value.by).fill_null(0)).sum().alias("weight"))
            sides = {
                "own": nw.col("code") == value.code,
                "none": nw.col("code") == UNKNOWN,
                "other": ~nw.col("code").is_in([value.code, UNKNOWN]),
            }
            apart = sums.with_columns(
                **{
                    side: nw.when(test).then(nw.col("weight")).otherwise(nw.lit(NOTHING))
                    for side, test in sides.items()
                }
            )
            best = apart.group_by("person").agg(*[nw.col(side).max() for side in sides])
            known = nw.max_horizontal("own", "other")
            won = nw.when(nw.col("own") == known).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
            decided = nw.when((known >= nw.col("none")) & (known > NOTHING)).then(won)
            frames.append(best.select("person", decided.alias(value.name)))
        return nw.concat(frames, how="vertical")


@dataclass(frozen=True)
class SumOverAges(ReadAlone):
    """The sum of a column over all rows in the calendar years in which somebody is `first` to `last`.

    A negative or missing amount adds nothing; who has no row has no value.

    where : codes that a row must have, per column.
    """

    table: str
    column: str
    first: int
    last: int
    where: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        columns = ("person", self.column, *[column for column, _ in self.where])
        return [Requirement(self.table, tuple(self._years(declaration)), columns)]

    def _years(self, declaration: CohortDeclaration) -> range:
        births = declaration.births
        return range(births[0] + self.first, births[1] + self.last + 1)

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        value = values[0]
        born = children.select("person", "birth_year")
        frames: list[nw.LazyFrame] = []
        for year in value._years(context.declaration):
            columns = [value.column, *[column for column, _ in value.where]]
            rows = context.tables.scan(value.table, ["person", *columns], year).drop("row")
            for column, codes in value.where:
                rows = rows.filter(nw.col(column).is_in(list(codes)))
            factor = price_factor(year, context.declaration.price_year)
            amount = nw.when(nw.col(value.column) >= 0).then(nw.col(value.column) / factor).otherwise(nw.lit(0.0))
            mine = born.filter(nw.col("birth_year").is_between(year - value.last, year - value.first)).select("person")
            frames.append(rows.join(mine, on="person", how="inner").select("person", amount=_millionths(amount)))
        total = nw.concat(frames, how="vertical").group_by("person").agg(nw.col("amount").sum())
        return total.select("person", (nw.col("amount") / float(MILLION)).alias(value.name))
