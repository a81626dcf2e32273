"""Who grew up beside a child: the mean of something over the others of its class or its postcode.

The child itself is left out, and so are others of whom it is not known. Sums are of ones and zeros, so whole numbers.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import narwhals.stable.v2 as nw

from kansen.cohorts.areas import pc4_of_dwellings
from kansen.cohorts.context import Context
from kansen.cohorts.days import BORN, birthday
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.values.base import column_name
from kansen.engine import day, is_date
from kansen.registers import Requirement

ABROAD = ("gbageboortelandmoeder", "gbageboortelandvader")
NETHERLANDS = "6030"
SLACK = 31


TRAITS: Mapping[str, tuple[str, ...]] = {
    "income_below": ("bound",),
    "income_above": ("bound",),
    "parents_abroad": (),
    "codes": ("trait_column", "codes"),
}
"""Traits of others, and the fields of a recipe that each needs."""


@dataclass(frozen=True)
class Trait:
    """Something that is so (1), not so (0) or not known of a child.

    of : `income_below` or `income_above` a parental rank (`bound`), `parents_abroad` (both born outside the
        Netherlands), or `codes`: a column of the school table that is one of `codes`.
    """

    of: str
    bound: float = 0.0
    column: str = ""
    codes: tuple[str, ...] = ()

    def test(self) -> nw.Expr:
        """As 1, 0 or null, from `income_rank`, the parents' countries of birth, or the column."""
        if self.of == "income_below":
            return _flag(nw.col("income_rank") < self.bound, ~nw.col("income_rank").is_null())
        if self.of == "income_above":
            return _flag(nw.col("income_rank") > self.bound, ~nw.col("income_rank").is_null())
        if self.of == "codes":
            return _flag(nw.col(self.column).is_in(list(self.codes)), ~nw.col(self.column).is_null())
        here = [(nw.col(column) == NETHERLANDS).fill_null(False) for column in ABROAD]
        known = [~nw.col(column).is_null() for column in ABROAD]
        # One parent who was born here is enough to know that not both were born elsewhere.
        return _flag(~(here[0] | here[1]), here[0] | here[1] | (known[0] & known[1]))

    def requires(self) -> list[Requirement]:
        return [Requirement("gbapersoon", (), ABROAD)] if self.of == "parents_abroad" else []


def _flag(test: nw.Expr, known: nw.Expr) -> nw.Expr:
    return nw.when(known).then(nw.when(test).then(nw.lit(1)).otherwise(nw.lit(0))).cast(nw.Int64)


def _with_traits(context: Context, pupils: nw.LazyFrame, traits: Sequence[Trait]) -> nw.LazyFrame:
    """`pupils` (person, ...) with `trait_0`, `trait_1`, ...: 1, 0 or null."""
    out = pupils
    if any(trait.of.startswith("income") for trait in traits):
        ranks = context.engine.scan(context.folder / "parents.parquet").select("person", "income_rank")
        out = out.join(ranks, on="person", how="left")
    if any(trait.of == "parents_abroad" for trait in traits):
        people = context.tables.scan("gbapersoon", ["person", *ABROAD]).drop("row")
        out = out.join(people, on="person", how="left")
    return out.with_columns(**{f"trait_{number}": trait.test() for number, trait in enumerate(traits)})


def _mean_of_others(
    pupils: nw.LazyFrame, own: nw.LazyFrame, together: Sequence[str], names: Sequence[str], everybody: bool = False
) -> nw.LazyFrame:
    """Per row of `own` (person, `together`): the mean of each trait over the others with the same `together`.

    everybody : as in the published pipeline (Q36): others of whom it is not known count as zeros.
    """
    traits = [f"trait_{number}" for number in range(len(names))]
    known = [
        (~nw.col(trait).is_null()).cast(nw.Int64).sum().alias(f"known_{number}") for number, trait in enumerate(traits)
    ]
    sums = [nw.col(trait).fill_null(0).sum().alias(f"sum_{number}") for number, trait in enumerate(traits)]
    totals = pupils.group_by(*together).agg(*sums, *known)
    mine = own.join(pupils.select("person", *together, *traits), on=["person", *together], how="left")
    if everybody:
        return _mean_of_everybody(pupils, mine, totals, together, names)
    out: dict[str, nw.Expr] = {}
    for number, (trait, name) in enumerate(zip(traits, names, strict=True)):
        others = nw.col(f"known_{number}") - (~nw.col(trait).is_null()).cast(nw.Int64)
        rest = nw.col(f"sum_{number}") - nw.col(trait).fill_null(0)
        out[name] = nw.when(others > 0).then(rest / nw.max_horizontal(others, nw.lit(1)).cast(nw.Float64))
    return mine.join(totals, on=list(together), how="left").select("person", **out)


def _mean_of_everybody(
    pupils: nw.LazyFrame, mine: nw.LazyFrame, totals: nw.LazyFrame, together: Sequence[str], names: Sequence[str]
) -> nw.LazyFrame:
    sizes = pupils.group_by(*together).agg(nw.len().cast(nw.Int64).alias("size"))
    joined = mine.join(totals, on=list(together), how="left").join(sizes, on=list(together), how="left")
    others = nw.col("size") - 1
    out: dict[str, nw.Expr] = {}
    for number, name in enumerate(names):
        trait = nw.col(f"trait_{number}")
        rest = nw.col(f"sum_{number}") - trait
        out[name] = nw.when((others > 0) & ~trait.is_null()).then(
            rest / nw.max_horizontal(others, nw.lit(1)).cast(nw.Float64)
        )
    return joined.select("person", **out)


@dataclass(frozen=True)
class ClassMean:
    """The share of a child's schoolmates in the same grade, school and year with a trait.

    A class is everybody of that `grade` at one school and location in one file year; a pupil with several rows there
    counts once. Of several years the child's latest counts, also when it was alone there: it then has no figure.
    """

    table: str
    column: str
    grade: str
    years: tuple[int, int]
    trait: Trait

    @property
    def name(self) -> str:
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        return (self.table, self.column, self.grade, self.years)

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        years = tuple(range(self.years[0], self.years[1] + 1))
        columns = ("school", self.column, *([self.trait.column] if self.trait.column else []))
        return [Requirement(self.table, years, columns), *self.trait.requires()]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        first = values[0]
        enrolled = context.stage(
            f"pupils-{first.table}-{first.grade}",
            lambda: cls._pupils(context, values),
            depends=values,
            order=["person", "class_year", "row"],
        )
        mine = enrolled.join(children.select("person"), on="person", how="inner")
        latest = mine.group_by("person").agg(nw.col("class_year").max())
        of_latest = mine.join(latest, on=["person", "class_year"], how="inner")
        one = of_latest.group_by("person").agg(nw.col("row").min())
        own = of_latest.join(one, on=["person", "row"], how="inner").select("person", "school", "class_year")
        together, names = ["school", "class_year"], [value.name for value in values]
        return _mean_of_others(enrolled, own, together, names, "Q36" in context.quirks)

    @classmethod
    def _pupils(cls, context: Context, values: Sequence[Self]) -> nw.LazyFrame:
        """Everybody in the grade, once per school and year, with the traits of `values`."""
        first = values[0]
        scores = sorted({value.trait.column for value in values} - {""})
        frames: list[nw.LazyFrame] = []
        for year in range(first.years[0], first.years[1] + 1):
            rows = context.tables.scan(first.table, ["person", "school", first.column, *scores], year)
            in_grade = rows.filter(
                (nw.col(first.column) == first.grade)
                & nw.col("person").str.starts_with("R")
                & ~nw.col("school").is_null()
            )
            one = in_grade.group_by("person", "school").agg(nw.col("row").min())
            pupils = in_grade.join(one, on=["person", "school", "row"], how="inner")
            frames.append(pupils.select("person", "school", "row", *scores, class_year=nw.lit(year).cast(nw.Int64)))
        pupils = nw.concat(frames, how="vertical")
        if "Q35" in context.quirks:
            ranked = context.engine.scan(context.folder / "parents.parquet").filter(~nw.col("income_rank").is_null())
            pupils = pupils.join(ranked.select("person"), on="person", how="inner")
        return _with_traits(context, pupils, [value.trait for value in values])


@dataclass(frozen=True)
class NeighbourhoodMean:
    """The share with a trait among others of the same year of birth who live in the same four-digit postcode.

    age : on the birthday at that age; None: on 1 January of the outcome year. Who has no address on the day takes the
        first one that starts or ends at most 31 days from it.
    """

    trait: Trait
    age: int | None = None

    @property
    def name(self) -> str:
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        return self.age

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        return [
            Requirement("gbaadresobject", (), ("dwelling",)),
            Requirement("vslpostcode", (), ("postcodenum",)),
            *self.trait.requires(),
        ]

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        age = values[0].age
        peers = context.engine.scan(context.folder / "parents.parquet").select("person", *BORN)
        if age is not None:
            dated = peers.filter(is_date(*[nw.col(part) for part in BORN]))  # 31 September has no birthday
            days = dated.with_columns(day=birthday(age), moment=nw.lit(0).cast(nw.Int64))
        else:
            days = nw.concat(
                [
                    peers.with_columns(day=nw.lit(day(year, 1, 1)).cast(nw.Int64), moment=nw.lit(year).cast(nw.Int64))
                    for year in context.declaration.outcome_years
                ],
                how="vertical",
            )
        # Files of their own, because they are asked for several times and an engine would work them out every time.
        moment_name = "year" if age is None else str(age)
        order = ["person", "moment"]
        places = context.stage(f"pc4-{moment_name}", lambda: _pc4_on(context, days), order=order)
        lived = context.stage(
            f"neighbours-{moment_name}",
            lambda: _with_traits(context, places, [value.trait for value in values]),
            depends=values,
            order=order,
        )
        moment = nw.lit(0).cast(nw.Int64) if age is not None else nw.col("year")
        mine = children.select("person", moment=moment)
        own = lived.join(mine, on=["person", "moment"], how="inner").select("person", "moment", "birth_year", "pc4")
        return _mean_of_others(lived, own, ["moment", "birth_year", "pc4"], [value.name for value in values])


def _pc4_on(context: Context, days: nw.LazyFrame) -> nw.LazyFrame:
    """`person`, `moment`, `birth_year` and `pc4` for who has an address at or near the day."""
    start, end = context.tables.spell_ends("gbaadresobject")
    spells = context.tables.scan("gbaadresobject", ["person", "dwelling", start, end])
    near = spells.join(days.select("person", "birth_year", "day", "moment"), on="person", how="inner").filter(
        (nw.col(start) - SLACK <= nw.col("day")) & (nw.col("day") <= nw.col(end) + SLACK)
    )
    holds = (nw.col(start) <= nw.col("day")) & (nw.col("day") <= nw.col(end))
    # Spells that hold the day come before those that only lie near it, and then the first in the delivered file does.
    place = nw.when(holds).then(nw.col("row")).otherwise(nw.col("row") + FAR)
    ranked = near.select("person", "moment", "birth_year", "dwelling", place=place.cast(nw.Int64))
    first = ranked.with_columns(first=nw.col("place").min().over("person", "moment"))
    homes = first.filter(nw.col("place") == nw.col("first")).drop("place", "first")
    pc4 = pc4_of_dwellings(context.tables, context.declaration)
    return homes.join(pc4, on="dwelling", how="inner").select("person", "moment", "birth_year", "pc4")


FAR = 1 << 40
"""More than any table has rows."""
