"""The register tables on the parents' education, as coded since 2013 and before, and what the old codes stand for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from kansen.synthetic.country import Population, stream
from kansen.synthetic.delivery import Columns, Step, yearly
from kansen.synthetic.files import coded
from kansen.synthetic.levels import ALL_LEVELS
from kansen.synthetic.parameters import load_world
from kansen.synthetic.parent_tables import present
from kansen.synthetic.tables import person_key
from kansen.synthetic.windows import years

LAST_OLD = 2012
"""Until this year a level is told by the number of a training."""
LAST_2016 = 2018
"""Until this year levels follow the classification of 2016, later that of 2021."""
TRAININGS = 6
"""Trainings of every level."""
UNKNOWN = "9999"


def steps(population: Population, cohorts: Sequence[str]) -> list[Step]:
    """The tables on the parents' education that the given cohorts need."""
    needed = years(cohorts, "education")
    return [
        *yearly("hoogsteopl_old", [year for year in needed if year <= LAST_OLD], trainings, population),
        *yearly("hoogsteopl", [year for year in needed if year > LAST_OLD], levels, population),
    ]


def reference_steps(cohorts: Sequence[str]) -> list[Step]:
    """The reference tables that the years before 2013 are read with; once for the whole country."""
    if not any(year <= LAST_OLD for year in years(cohorts, "education")):
        return []
    return [Step("opleidingsnrref", 0, training_types), Step("ctoref", 0, type_levels)]


def _seen(population: Population, year: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parents (positions) with a row in a year, their level (position in ALL_LEVELS), and whether it is known.

    Who has no row, or a level that nobody knows, is so in every year.
    """
    part, people = load_world()["parents"]["education"], population.people
    rng = stream(population.seed, 23, population.part)
    draw, unknown = rng.random(len(population.parents.level)), rng.random(len(population.parents.level))
    origin = np.tile(people.families.origin, 2)
    missing = draw < part["no_row"] * np.where(origin > 0, 2.0, 1.0)
    who = np.flatnonzero(present(population, year) & ~missing)
    return who, population.parents.level[who], unknown[who] >= part["unknown"]


def levels(population: Population, year: int) -> Columns:
    """HOOGSTEOPLTAB of one year from 2013 on: what the parents attained is the highest they followed."""
    who, level, known = _seen(population, year)
    values = coded(np.where(known, level, len(ALL_LEVELS)), [*ALL_LEVELS, UNKNOWN])
    old = year <= LAST_2016
    return {
        **person_key(population, (len(population.people.children) + who).astype(np.int32)),
        "OPLNIVSOI2016AGG4HBMETNIRWO" if old else "OPLNIVSOI2021AGG4HBmetNIRWO": values,
        "OPLNIVSOI2016AGG4HGMETNIRWO" if old else "OPLNIVSOI2021AGG4HGmetNIRWO": values,
    }


def _training(level: int, number: int) -> str:
    return f"{200_000 + 7_919 * level + 613 * number:06d}"


def _type(level: int, number: int) -> str:
    return f"{10 + level}{'ABC'[number % 3]}{1 + number % 2}"


def trainings(population: Population, year: int) -> Columns:
    """HOOGSTEOPLTAB of one year until 2012: the number of the highest training attained."""
    who, level, known = _seen(population, year)
    names = [_training(position, number) for position in range(len(ALL_LEVELS)) for number in range(TRAININGS)]
    number = (who * 7 + who // 11) % 101 % TRAININGS
    return {
        **person_key(population, (len(population.people.children) + who).astype(np.int32)),
        "OPLNRHB": coded(np.where(known, level * TRAININGS + number, len(names)), [*names, "------"]),
    }


def training_types() -> Columns:
    """OPLEIDINGSNRREF: every training with its type; of a few the type is not known."""
    rows = [(level, number) for level in range(len(ALL_LEVELS)) for number in range(TRAININGS)]
    return {
        "OPLNR": pa.array([_training(*row) for row in rows]),
        "CTO2021V": pa.array(["----" if row == (0, TRAININGS - 1) else _type(*row) for row in rows]),
    }


def type_levels() -> Columns:
    """CTOREF: every type of training with its level, and one that nobody followed."""
    every = ((level, number) for level in range(len(ALL_LEVELS)) for number in range(TRAININGS))
    rows = sorted({(_type(level, number), ALL_LEVELS[level]) for level, number in every})
    return {
        "CTO": pa.array([name for name, _ in rows] + ["99Z9"]),
        "OPLNIVSOI2016AGG4HB": pa.array([level for _, level in rows] + [UNKNOWN]),
    }
