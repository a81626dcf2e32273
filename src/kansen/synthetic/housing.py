"""Who owns each dwelling, how large it is, how many live there on 1 January: the register tables of dwellings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kansen.synthetic import days
from kansen.synthetic.country import Country, Population, stream
from kansen.synthetic.delivery import Columns, Step, yearly
from kansen.synthetic.files import coded, codes, text
from kansen.synthetic.tables import dwelling_key
from kansen.synthetic.windows import years

OWNED, CORPORATION, LANDLORD, UNKNOWN = range(4)
OWNERS = ("E", "C", "V", "-")
"""TypeEigenaar: who lives there, a housing corporation, another landlord, not known."""
STILL = b"88888888"
"""End of a state of a dwelling that still holds."""


@dataclass(frozen=True)
class Housing:
    """What does not change about dwellings, arrays of shape (dwellings,).

    owner : position in OWNERS. floor : square metres, int16. others : residents who are in no other table, int8.
    """

    owner: np.ndarray
    floor: np.ndarray
    others: np.ndarray


def steps(population: Population, cohorts: Sequence[str]) -> list[Step]:
    """The tables of dwellings that the given cohorts need."""
    home = years(cohorts, "home")
    if not home:
        return []
    housing = make_housing(population)
    return [
        Step("levcyclwoonnietwoon", 0, lambda: life_cycle(population, housing)),
        *yearly("eigendom", home, lambda part, year: owners(part, housing, year), population),
    ]


def make_housing(population: Population) -> Housing:
    """Owner, size and other residents of every dwelling; of the homes at 35 as drawn for who lives there."""
    dwellings, families = population.homes.dwellings, population.people.families
    rng = stream(population.seed, 20, population.part)
    n, family = len(dwellings), dwellings.family
    of_family = family >= 0
    owned = np.where(of_family, population.parents.owns[family], False)
    landlord = rng.random(n) < np.where(of_family, 0.25, 0.85)
    owner = np.where(owned, OWNED, np.where(landlord, LANDLORD, CORPORATION)).astype(np.int8)
    income = np.where(of_family, families.income[family], -1.0)
    size = 4.46 + 0.35 * owned + 0.10 * income - 0.06 * np.maximum(population.places.urbanity[dwellings.wijk] - 3, 0)
    floor = np.rint(np.exp(size + 0.25 * rng.standard_normal(n)))
    others = np.zeros(n, np.int8)
    if isinstance(population, Country):
        own = population.homes.own
        child = np.flatnonzero(own >= 0)
        lives, where = population.circumstances, own[child]
        owner[where] = np.where(lives.owner[child], OWNED, np.where(landlord[where], LANDLORD, CORPORATION))
        floor[where] = lives.floor[child]
        others[where] = population.adults.drawn.partner[child] + lives.children[child]
    owner[(rng.random(n) < 0.002) & (owner != OWNED)] = UNKNOWN
    return Housing(owner, np.clip(floor, 15, 900).astype(np.int16), others)


def life_cycle(population: Population, housing: Housing) -> Columns:
    """LEVCYCLWOONNIETWOONBUS: one state per dwelling, two where it was made larger; floor areas are text."""
    rng = stream(population.seed, 21, population.part)
    number = np.arange(len(housing.floor))
    larger = number[rng.random(len(number)) < 0.02]
    since = rng.integers(days.day(1998), days.day(2012), len(larger))
    first = np.full(len(number), days.REGISTER_START)
    first[larger] = since
    floor = np.concatenate([(housing.floor[larger] * 0.8).astype(np.int16), housing.floor])
    unknown = rng.random(len(floor)) < 0.002
    until = np.full(len(floor), STILL)
    until[: len(larger)] = days.text(since - 1)
    return {
        **dwelling_key(population, np.concatenate([larger, number])),
        "AANVLEVCYCLWOONNIETWOON": text(days.text(np.concatenate([np.full(len(larger), days.REGISTER_START), first]))),
        "EINDLEVCYCLWOONNIETWOON": text(until),
        "VBOOPPERVLAKTE": codes(np.where(unknown, 999_999, floor.astype(np.int32))),
    }


def residents(population: Population, housing: Housing, year: int) -> np.ndarray:
    """Number of people registered at each dwelling on 1 January, shape (dwellings,)."""
    spells, when = population.homes.addresses, days.day(year)
    there = spells.what[(spells.start <= when) & (when <= spells.end)]
    registered = np.bincount(there, minlength=len(housing.owner))
    return np.where(registered > 0, registered + housing.others, 0)


def owners(population: Population, housing: Housing, year: int) -> Columns:
    """EIGENDOMTAB of one year: dwellings that someone of the tables lives in, and a few that are empty."""
    number = residents(population, housing, year)
    rng = stream(population.seed, 22 * 1000 + year, population.part)
    draw = rng.random(len(number))
    rows = np.flatnonzero((number > 0) & (draw >= 0.008) | (number == 0) & (draw < 0.02))
    return {
        **dwelling_key(population, rows),
        "TypeEigenaar": coded(housing.owner[rows], OWNERS),
        "AantalBewoners": pa.array(np.where(draw[rows] > 0.998, 0, number[rows])),
    }
