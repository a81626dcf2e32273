"""Values of the school record of a child in one grade."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Self

import narwhals.stable.v2 as nw

from kansen.cohorts.context import Context
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.values.base import column_name
from kansen.registers import Requirement


@dataclass(frozen=True)
class OfGrade:
    """A column of the first row of somebody in a grade, in the file of the outcome year."""

    table: str
    column: str
    grade_column: str
    grade: str

    @property
    def name(self) -> str:
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        return (self.table, self.grade_column, self.grade)

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        return [Requirement(self.table, tuple(declaration.outcome_years), (self.column, self.grade_column))]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        first = values[0]
        named = {value.name: nw.col(value.column) for value in values}
        frames: list[nw.LazyFrame] = []
        for year in context.declaration.outcome_years:
            columns = sorted({value.column for value in values} - {first.grade_column})
            rows = context.tables.scan(first.table, ["person", first.grade_column, *columns], year)
            mine = children.filter(nw.col("year") == year).select("person")
            in_grade = rows.filter(nw.col(first.grade_column) == first.grade).join(mine, on="person", how="inner")
            one = in_grade.group_by("person").agg(nw.col("row").min())
            frames.append(in_grade.join(one, on=["person", "row"], how="inner").select("person", **named))
        return nw.concat(frames, how="vertical")


def latest_year(context: Context, table: str, grade_column: str, grade: str, years: range) -> nw.LazyFrame:
    """`person` and `year`: the latest of the years in which a registered person has a row in the grade."""
    frames = [
        context.tables.scan(table, ["person", grade_column], year)
        .filter((nw.col(grade_column) == grade) & nw.col("person").str.starts_with("R"))
        .select("person", year=nw.lit(year).cast(nw.Int64))
        for year in years
    ]
    return nw.concat(frames, how="vertical").group_by("person").agg(nw.col("year").max())
