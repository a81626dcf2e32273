"""One synthetic country in memory: everything that the tables and the truth are written from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kansen.errors import UsageError
from kansen.synthetic.adults import Adults, filled, make_adults
from kansen.synthetic.circumstances import Circumstances, CircumstanceTruth
from kansen.synthetic.days import new_year, year_of
from kansen.synthetic.homes import Homes, Spells, make_homes, make_households
from kansen.synthetic.incomes import ParentIncomes, parent_incomes, parental_rank, usual_incomes
from kansen.synthetic.oddities import with_oddities
from kansen.synthetic.parameters import load_world
from kansen.synthetic.parents import Parents, make_parents
from kansen.synthetic.people import People, make_people
from kansen.synthetic.places import Places, load_places
from kansen.synthetic.truth import Background, Truth
from kansen.synthetic.unions import unions_by

SMALLEST, LARGEST = 0.0001, 4.0
"""Scales that make sense: about a thousand people to several countries."""


@dataclass(frozen=True)
class Population:
    """A part of the country that can be written by itself: families, their homes and their households.

    Persons and dwellings are numbered from zero in every part; `part` of `parts` keeps their identifications apart.
    line : in a country with residents, the low income that nobody here enters or leaves: the spells of a low income are
    those of residents then, whose truth is declared. None: incomes cross it as they come.
    """

    scale: float
    seed: int
    part: int
    parts: int
    places: Places
    people: People
    parents: Parents
    homes: Homes
    households: Spells
    line: float | None


@dataclass(frozen=True)
class Country(Population):
    """The children born 1981-1985 with their parents: incomes and adult lives of one draw.

    `background` covers all children; its rank is NaN for those who are not ranked.
    """

    truth: Truth
    parent_incomes: ParentIncomes
    background: Background
    adults: Adults
    circumstances: Circumstances


INCOME_STEP = 1000
"""Step of the random numbers of parents' incomes, before the year is added."""


def stream(seed: int, step: int, part: int = 0) -> np.random.Generator:
    """Random numbers of one step in one part: a change in one step leaves the others as they are."""
    return np.random.default_rng([seed, step, part])


def check(scale: float, seed: int) -> None:
    """Raise `UsageError` for a scale or seed that cannot be used."""
    if not SMALLEST <= scale <= LARGEST:
        raise UsageError(
            "The scale cannot be used", found=scale, expected=f"{SMALLEST} to {LARGEST}; 1 is 900,000 children"
        )
    if seed < 0:
        raise UsageError("The seed cannot be used", found=seed, expected="a whole number from 0")


def make_country(*, scale: float = 1.0, seed: int = 1, parts: int = 1, line: float | None = None) -> Country:
    """Draw the children born 1981-1985, who are part 0 of the country.

    Parameters
    ----------
    scale : 1 is 900,000 children. seed : a whole number from 0. parts : in how many parts the whole country is written.
    line : see `Population`.

    Raises `UsageError` for a scale or seed that cannot be used.
    """
    check(scale, seed)
    places, world = load_places(), load_world()
    truth = Truth(places, world)
    number = round(world["families"]["children"] * scale)
    people = make_people(stream(seed, 1), places, number, world, parts)
    people = with_oddities(lambda step: stream(seed, step), people, world)
    settled = new_year(year_of(people.children.born) + 35)
    homes = make_homes(stream(seed, 2), places, people, settled)
    usual = usual_incomes(stream(seed, 4), people.families, world)
    incomes = parent_incomes(lambda year: stream(seed, INCOME_STEP + year), people, usual, world, line)
    background = _background(people, homes, parental_rank(people, homes, incomes))
    adults = make_adults(stream(seed, 5), people, homes, background, truth, line)
    circumstances = CircumstanceTruth(truth).draw(stream(seed, 7), filled(background), adults.drawn, adults.spread)
    unions = unions_by(stream(seed, 8), people.children, settled, adults.drawn.partner, circumstances.children)
    return Country(
        scale=scale,
        seed=seed,
        part=0,
        parts=parts,
        places=places,
        truth=truth,
        people=people,
        parents=make_parents(stream(seed, 6), places, people.families, usual, world),
        homes=homes,
        households=make_households(stream(seed, 3), people, unions),
        line=line,
        parent_incomes=incomes,
        background=background,
        adults=adults,
        circumstances=circumstances,
    )


def _background(people: People, homes: Homes, rank: np.ndarray) -> Background:
    children, families = people.children, people.families
    home = np.where(homes.at_fifteen >= 0, homes.dwellings.wijk[homes.at_fifteen], families.wijk[children.family])
    return Background(
        rank=rank,
        woman=children.woman,
        origin=families.origin[children.family],
        household=np.where(children.household >= 0, children.household, 0).astype(np.int8),
        wijk=home,
    )
