"""Values that the steps before have already put beside a child, and values of its own children."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Self

import narwhals.stable.v2 as nw

from kansen.cohorts.context import Context
from kansen.cohorts.days import BORN, birthday
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.values.base import ReadAlone
from kansen.engine import at_age, is_date
from kansen.registers import Requirement


@dataclass(frozen=True)
class OfChild:
    """A column of the child itself, such as its school record or its weight at birth."""

    column: str

    @property
    def name(self) -> str:
        return self.column

    @property
    def batch(self) -> Hashable:
        return "child"

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        return []

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        return children.select("person", *[value.column for value in values])


@dataclass(frozen=True)
class AgeAtFirstChild(ReadAlone):
    """Completed age at the birth of the first child, up to `before`; no value for who has none before that age.

    A child counts when it, with a date of birth, and the parent are in the register of persons; the other parent need
    not be known.
    """

    before: int

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        return [Requirement("kindouder", (), ("mother", "father")), Requirement("gbapersoon", (), _PARTS)]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        value = values[0]
        links = context.tables.scan("kindouder", ["person", "mother", "father"]).drop("row")
        if "Q33" in context.quirks:
            both = [nw.col(role).str.starts_with("R").fill_null(False) for role in ("mother", "father")]
            links = links.filter(both[0] & both[1])
        people = context.tables.scan("gbapersoon", ["person", *_PARTS]).drop("row")
        dated = people.filter(is_date(*(nw.col(part) for part in _PARTS)))
        born = dated.select(child="person", year_born=_PARTS[0], month_born=_PARTS[1], day_born=_PARTS[2])
        of_parent = nw.concat(
            [
                links.filter(~nw.col(role).is_null()).select(person=role, child="person")
                for role in ("mother", "father")
            ],
            how="vertical",
        ).filter(nw.col("child").str.starts_with("R"))
        own = of_parent.join(children.select("person", *BORN), on="person", how="inner").join(
            born, on="child", how="inner"
        )
        age = nw.lit(None).cast(nw.Int64)
        for number in range(value.before - 1, 11, -1):
            # Younger than the next birthday on the day that the child was born.
            next_birthday = birthday(number + 1)
            then = _day("year_born", "month_born", "day_born")
            age = nw.when(then < next_birthday).then(nw.lit(number).cast(nw.Int64)).otherwise(age)
        first = own.with_columns(age=age).group_by("person").agg(nw.col("age").min())
        return first.filter(~nw.col("age").is_null()).select("person", nw.col("age").cast(nw.Float64).alias(value.name))


_PARTS = ("gbageboortejaar", "gbageboortemaand", "gbageboortedag")


def _day(year: str, month: str, day: str) -> nw.Expr:
    return at_age(nw.col(year), nw.col(month), nw.col(day), 0)
