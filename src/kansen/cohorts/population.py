"""Who is followed: the children of the birth years, from the register of persons or the register of births."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from kansen.cohorts.attrition import drop_where
from kansen.cohorts.context import Context
from kansen.cohorts.days import BORN
from kansen.cohorts.origins import CLASSIFICATIONS
from kansen.engine import at_age, calendar, is_date

PARTS = ("gbageboortejaar", "gbageboortemaand", "gbageboortedag")

OF_BIRTH = ("mother", "ddgeb", "amddd", "geboortegew", "gesl", "sterfte")
"""What the register of births tells of a child."""

OF_DEATH = ("ovljr", "ovlmnd", "ovldag")
"""The day of death in the register of causes."""

OLD_SNAPSHOT = 2018
"""The register of persons that the published pipeline takes children from (Q03)."""

GESTATION = (168, 294)
"""Days of gestation, both included, of the births that count."""

COLUMNS = (
    "person",
    "mother",
    "father",
    "birth_year",
    "birth_month",
    "birth_day",
    "core",
    "sex",
    "fate",
)
"""The columns of a population, before those that tell the origin; `core` tells those who are followed from those who
are only described as classmates."""


def population(c: Context) -> nw.LazyFrame:
    """Children of the birth years with a real birth date, and their parents' keys; residents without these keys."""
    make = {"persons": _persons, "births": _births, "residents": _residents}
    return make[c.declaration.population](c)


def _of_origin(c: Context) -> tuple[str, ...]:
    return CLASSIFICATIONS[c.declaration.origin].columns


def _persons(c: Context) -> nw.LazyFrame:
    first, last = c.declaration.read_births
    snapshot = OLD_SNAPSHOT if "Q03" in c.quirks and c.tables.has("gbapersoon", OLD_SNAPSHOT) else None
    people = c.tables.scan("gbapersoon", ["person", *PARTS, "gbageslacht", *_of_origin(c)], snapshot).filter(
        nw.col("gbageboortejaar").is_between(first, last)
    )
    links = c.tables.scan("kindouder", ["person", "mother", "father"]).with_columns(linked=nw.lit(True)).drop("row")
    born = _dated(c, people.join(links, on="person", how="left"))
    born = drop_where(born, c.rule("parents_known"), nw.col("linked").is_null())
    return born.select(*COLUMNS, *_of_origin(c))


def _dated(c: Context, people: nw.LazyFrame) -> nw.LazyFrame:
    """People of the register of persons with their day of birth and sex; those without a real day are dropped."""
    sex = nw.when(nw.col("gbageslacht") == "1").then(nw.lit("men")).when(nw.col("gbageslacht") == "2")
    born = people.with_columns(
        birth_year=nw.col("gbageboortejaar").cast(nw.Int64),
        birth_month=nw.col("gbageboortemaand").cast(nw.Int64),
        birth_day=nw.col("gbageboortedag").cast(nw.Int64),
        core=nw.col("gbageboortejaar").is_between(*c.declaration.births),
        sex=sex.then(nw.lit("women")),
        fate=nw.lit(None).cast(nw.Int64),
    )
    return drop_where(born, c.rule("birth_date"), ~is_date(*(nw.col(part) for part in PARTS)))


def _residents(c: Context) -> nw.LazyFrame:
    """Everybody of the birth years, whoever the parents are."""
    first, last = c.declaration.births
    people = c.tables.scan("gbapersoon", ["person", *PARTS, "gbageslacht", *_of_origin(c)])
    born = _dated(c, people.filter(nw.col("gbageboortejaar").is_between(first, last)))
    return born.select(*[name for name in COLUMNS if name not in ("mother", "father")], *_of_origin(c))


def _births(c: Context) -> nw.LazyFrame:
    """Births with a child in the register; the mother of the register of births, else of the register of persons."""
    first, last = c.declaration.births
    births = c.tables.scan("perined", ["person", *OF_BIRTH]).rename({"mother": "mother_at_birth"})
    once = births.filter(~nw.col("person").is_null()).group_by("person").agg(nw.col("row").min())
    own = births.join(once, on=["person", "row"], how="inner").drop("row")
    people = c.tables.scan("gbapersoon", ["person", "gbageslacht", *_of_origin(c)]).drop("row")
    links = c.tables.scan("kindouder", ["person", "mother", "father"]).drop("row")
    joined = own.join(people, on="person", how="left").join(links, on="person", how="left")
    # A key of type G stands for somebody who is not in the register of persons.
    in_births = nw.when(~nw.col("mother_at_birth").str.starts_with("G")).then(nw.col("mother_at_birth"))
    mother = nw.coalesce(in_births, nw.col("mother"))
    sex = nw.when(nw.col("gbageslacht") == "1").then(nw.lit("men")).when(nw.col("gbageslacht") == "2")
    told = nw.when(nw.col("gesl") == "1").then(nw.lit("men")).when(nw.col("gesl") == "2").then(nw.lit("women"))
    born = (
        calendar(joined, "ddgeb", BORN)
        .with_columns(
            core=nw.lit(True),
            sex=nw.coalesce(sex.then(nw.lit("women")), told),
            mother=nw.when(~mother.str.starts_with("G")).then(mother),
            gestation_days=nw.col("amddd").cast(nw.Int64),
            birth_weight=nw.col("geboortegew").cast(nw.Int64),
            birth_stage=nw.col("sterfte"),
            fate=nw.lit(None).cast(nw.Int64),
            born_on=nw.col("ddgeb"),
        )
        .filter(nw.col("birth_year").is_between(first, last))
    )
    long_enough = nw.col("gestation_days").is_between(*GESTATION) & ~nw.col("birth_weight").is_null()
    born = drop_where(born, c.rule("birth_measured"), ~long_enough.fill_null(False))
    born = drop_where(born, c.rule("sex_known"), nw.col("sex").is_null())
    born = drop_where(born, c.rule("mother_known"), nw.col("mother").is_null())
    died = _deaths(c).join(born.select("person", "born_on"), on="person", how="inner")
    after = died.select("person", died_after=nw.col("died_on") - nw.col("born_on"))
    return born.join(after, on="person", how="left").select(
        *COLUMNS, *_of_origin(c), "gestation_days", "birth_weight", "birth_stage", "died_after"
    )


LAST_BY_CAUSE = 2012
"""The last year in which the register of causes of death gives the date itself."""


def _deaths(c: Context) -> nw.LazyFrame:
    """`person` and `died_on` (a day number): the first date of death, until the year after the last birth.

    From 2013 a death counts when it is in the register of causes and in the register of deaths.
    """
    first, last = c.declaration.births
    years = range(first, last + 2)
    frames = [_days_of_death(c, year) for year in years if year <= LAST_BY_CAUSE]
    late = [year for year in years if year > LAST_BY_CAUSE]
    if late:
        causes = [c.tables.scan("doodoorz", ["person"], year).select("person") for year in late]
        deaths = [c.tables.scan("gbaoverlijden", ["person", "gbadatumoverlijden"], year) for year in late]
        on = nw.col("gbadatumoverlijden").cast(nw.Int64)
        days = nw.concat([frame.select("person", died_on=on) for frame in deaths], how="vertical")
        # The two may have a death around New Year in the files of different years.
        frames.append(days.join(nw.concat(causes, how="vertical"), on="person", how="semi"))
    return nw.concat(frames, how="vertical").group_by("person").agg(nw.col("died_on").min())


def _days_of_death(c: Context, year: int) -> nw.LazyFrame:
    rows = c.tables.scan("do", ["person", *OF_DEATH], year)
    in_year, month, day = (nw.col(part) for part in OF_DEATH)
    return rows.select("person", died_on=at_age(in_year, month, day, 0))
