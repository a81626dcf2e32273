"""The register tables on protection of the young, on births, and on deaths; all tables on them in a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from kansen.synthetic import mbo, own_children, school_tables, tables, youth_care
from kansen.synthetic.births import UNCLEAR
from kansen.synthetic.country import Population, stream
from kansen.synthetic.days import day, year_of
from kansen.synthetic.days import text as day_text
from kansen.synthetic.delivery import Columns, Step, yearly
from kansen.synthetic.files import coded, constant, text
from kansen.synthetic.tables import person_key
from kansen.synthetic.windows import years
from kansen.synthetic.young import Young

HOUSEHOLD_YEAR = 2023
LAST_DO, FIRST_GBA = 2012, 2013
"""Causes of death are in one table until the one year, and in two from the other."""
FIRST_PROTECTION = 2015
"""The table begins in this year; children of group 8 in 2014 are looked up in it."""
NATIVE_PARENTS, OTHER_PARENTS = "1", "2"


def steps(young: Young, cohorts: Sequence[str]) -> list[Step]:
    """The tables on the children that the given cohorts need; those on parents are elsewhere."""
    found = [
        *tables.steps(young, HOUSEHOLD_YEAR),
        *own_children.steps(young, young.own_children, HOUSEHOLD_YEAR),
        *yearly("inschrwpo", years(cohorts, "primary"), school_tables.primary, young),
        *yearly("onderwijsinschr", years(cohorts, "secondary"), school_tables.secondary, young),
        *yearly("hoogsteopl", years(cohorts, "level"), school_tables.level, young),
        *yearly("mbocohort", years(cohorts, "mbo"), mbo.cohort, young),
        *yearly("mboenquete", years(cohorts, "mbo"), mbo.survey, young),
        *yearly("zvwzorgkosten", years(cohorts, "care"), youth_care.care, young),
        *yearly("jgdbescherm", years(cohorts, "protection"), protection, young),
    ]
    deaths = years(cohorts, "death")
    if deaths:
        found += [
            Step("perined", 0, lambda: perined(young)),
            *yearly("do", [year for year in deaths if year <= LAST_DO], causes_old, young),
            *yearly("doodoorz", [year for year in deaths if year >= FIRST_GBA], causes, young),
            *yearly("gbaoverlijden", [year for year in deaths if year >= FIRST_GBA], deaths_of, young),
        ]
    return found


def _relevant(young: Young, year: int) -> tuple[np.ndarray, np.ndarray]:
    """Who is in group 8 for the last time in that year, and who turns 16, bool of shape (children,)."""
    sixteen = year_of(young.people.children.born) + 16 == year
    return school_tables.last_in_group_8(young) == year, sixteen


def protected(young: Young) -> tuple[np.ndarray, np.ndarray]:
    """Who has a protection measure in the year of group 8, and in that of 16, bool of shape (children,)."""
    rng, n = stream(young.seed, 14, young.part), len(young.people.children)
    shared = rng.standard_normal(n)
    found = []
    for x in (young.at_ten, young.at_fifteen):
        hidden = np.sqrt(0.75) * shared + np.sqrt(0.25) * rng.standard_normal(n)
        found.append(hidden < young.truth.index("protection", x))
    return found[0], found[1]


def protection(young: Young, year: int) -> Columns:
    """JGDBESCHERMBUS of one year: a row for every measure, more than one for some children."""
    rng = stream(young.seed, 6000 + year, young.part)
    at_school, at_sixteen = protected(young)
    of_group_8 = np.maximum(school_tables.last_in_group_8(young), FIRST_PROTECTION)
    sixteen = year_of(young.people.children.born) + 16
    now = (at_school & (of_group_8 == year)) | (at_sixteen & (sixteen == year))
    # measures last: some are there in the years around, unless these are the other year that counts
    near = (at_school & (of_group_8 == year - 1) & (sixteen != year)) | (
        at_sixteen & (np.abs(sixteen - year) == 1) & (of_group_8 != year)
    )
    rows = youth_care.registered_in(young, year) & (now | (near & (rng.random(len(now)) < 0.6)))
    who = np.flatnonzero(rows).astype(np.int32)
    return person_key(young, np.repeat(who, 1 + (rng.random(len(who)) < 0.15)))


def perined(young: Young) -> Columns:
    """The births that midwives and hospitals told the perinatal registry.

    Who was not alive at birth has a key that is in no other register. The mother's key is missing for some.
    """
    births, people = young.births, young.people
    child = births.child.astype(np.int32)
    family = people.children.family[child]
    mother = np.where(people.odd.of_partner[child], people.fathers[family], people.mothers[family])
    number = np.where(births.linked, people.number[mother], b"---------")
    iso = day_text(people.children.born[child]).view(np.uint8).reshape(len(child), 8)
    dash = np.full((len(child), 1), ord("-"), np.uint8)
    iso = np.hstack([iso[:, :4], dash, iso[:, 4:6], dash, iso[:, 6:]])
    abroad = people.families.origin[family] > 0
    return {
        "CBKSoortNr_Kind": coded(births.still, ["R", "S"]),
        "Rinpersoon_Kind": text(people.number[child]),
        "CBKSoortNr_Moeder": coded(births.linked, ["G", "R"]),
        "Rinpersoon_Moeder": text(number.astype("S9")),
        "ddgeb": text(np.ascontiguousarray(iso).reshape(-1).view("S10")),
        "amddd": pa.array(np.where(births.gestation == 0, 999, births.gestation).astype(np.int64)),
        "geboortegew": pa.array(np.where(births.weight == 0, 9999, births.weight).astype(np.int64)),
        "gesl": coded(people.children.woman[child], ["1", "2"]),
        "sterfte": coded(births.stage, [str(stage) for stage in range(UNCLEAR + 1)]),
        "etnic": coded(abroad, [NATIVE_PARENTS, OTHER_PARENTS]),
    }


def _dead(population: Population, year: int) -> tuple[np.ndarray, np.ndarray]:
    """Persons who died in the year while registered, and the day."""
    people = population.people
    presence = people.presence
    rows = people.exists & presence.died & (presence.end >= day(year)) & (presence.end <= day(year, 12, 31))
    who = np.flatnonzero(rows).astype(np.int32)
    return who, presence.end[who]


def causes_old(population: Population, year: int) -> Columns:
    """DO of one year: deaths with their day, keys in small letters."""
    who, died = _dead(population, year)
    digits_of = day_text(died).view(np.uint8).reshape(len(died), 8)
    parts = {"ovljr": slice(0, 4), "ovlmnd": slice(4, 6), "ovldag": slice(6, 8)}
    return {
        "rinpersoons": constant("R", len(who)),
        "rinpersoon": text(population.people.number[who]),
        **{
            name: text(np.ascontiguousarray(digits_of[:, part]).reshape(-1).view(f"S{part.stop - part.start}"))
            for name, part in parts.items()
        },
    }


def causes(population: Population, year: int) -> Columns:
    """DOODOORZTAB of one year: keys of the dead; a few lack a form with the cause."""
    who, _ = _dead(population, year)
    told = stream(population.seed, 7000 + year, population.part).random(len(who)) >= 0.002
    return person_key(population, who[told])


def deaths_of(population: Population, year: int) -> Columns:
    """GBAOVERLIJDENTAB of one year: the dead and the day."""
    who, died = _dead(population, year)
    return {**person_key(population, who), "GBADatumOverlijden": text(day_text(died))}
