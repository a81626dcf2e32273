"""Values of tables of spells on one day of a child's life, and the days themselves."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Self

import narwhals.stable.v2 as nw

from kansen.cohorts.context import Context
from kansen.cohorts.days import BORN, birthday, first_of_year, last_of_year
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.values.base import ReadAlone, column_name
from kansen.registers import Requirement

DAYS = {"last_day": last_of_year, "first_day": first_of_year}
"""Days of the outcome year that a value may be taken on."""

BIRTHDAY = "birthday"
"""The other day: the birthday at the outcome age."""


@dataclass(frozen=True)
class OnDay:
    """A column of the spell that holds a day; of several, the first in the delivered file.

    within : where no spell holds the day, the first later row that starts at most so many days after it counts.
    """

    table: str
    column: str
    on: str = "last_day"
    within: int = 0

    @property
    def name(self) -> str:
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        return (self.table, self.on, self.within)

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        return [Requirement(self.table, (), (self.column,))]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        table, on, within = values[0].table, values[0].on, values[0].within
        start, end = context.tables.spell_ends(table)
        spells = context.tables.scan(table, ["person", start, end, *[value.column for value in values]])
        days = children.select(
            "person", day=DAYS[on]() if on in DAYS else birthday(context.declaration.outcome_age or 0)
        )
        found = context.tables.on_day(spells, start, end, "person", days)
        named = {value.name: nw.col(value.column) for value in values}
        out = found.select("person", **named)
        if not within:
            return out
        missed = days.join(found.select("person"), on="person", how="anti")
        later = spells.join(missed, on="person", how="inner").filter(
            (nw.col(start) > nw.col("day")) & (nw.col(start) <= nw.col("day") + within)
        )
        first = later.group_by("person").agg(nw.col("row").min())
        after = later.join(first, on=["person", "row"], how="inner")
        return nw.concat([out, after.select("person", **named)], how="vertical")


@dataclass(frozen=True)
class AgeAway(ReadAlone):
    """The lowest age from `first` to `last` at which somebody's place in the household is not one of `home`.

    The place is that of the spell that holds the birthday; where none does, of a later one that starts at most `within`
    days after it; of several, the first in the delivered file. Who has no place then counts as at home; who is never
    seen away gets `last`.
    """

    table: str
    column: str
    home: tuple[str, ...]
    first: int
    last: int
    within: int = 365

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        return [Requirement(self.table, (), (self.column,))]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        value = values[0]
        start, end = context.tables.spell_ends(value.table)
        spells = context.tables.scan(value.table, ["person", start, end, value.column])
        own = spells.join(children.select("person", *BORN), on="person", how="inner")
        known_away = ~nw.col(value.column).is_null() & ~nw.col(value.column).is_in(list(value.home))
        # Number of the row and whether it is away in one number, so that one pass over the spells finds the first row
        # of every birthday and its place, without a join per birthday.
        place = nw.col("row") * 2 + nw.when(known_away).then(nw.lit(1)).otherwise(nw.lit(0))
        ages = range(value.first, value.last + 1)
        firsts: list[nw.Expr] = []
        for age in ages:
            then = birthday(age)
            holds = (nw.col(start) <= then) & (then <= nw.col(end))
            later = (nw.col(start) > then) & (nw.col(start) <= then + value.within)
            firsts += [
                nw.when(holds).then(place).cast(nw.Int64).min().alias(f"on_{age}"),
                nw.when(later).then(place).cast(nw.Int64).min().alias(f"after_{age}"),
            ]
        places = own.group_by("person").agg(*firsts)
        lowest = nw.lit(None).cast(nw.Int64)
        for age in reversed(ages):
            away = nw.coalesce(f"on_{age}", f"after_{age}").fill_null(0) % 2 == 1
            lowest = nw.when(away).then(nw.lit(age).cast(nw.Int64)).otherwise(lowest)
        seen = places.select("person", age=lowest)
        out = children.select("person").join(seen, on="person", how="left")
        return out.select("person", nw.col("age").fill_null(value.last).cast(nw.Float64).alias(value.name))
