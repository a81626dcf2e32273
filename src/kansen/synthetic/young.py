"""The children born from 1993 on: the parts of the country they are drawn in, and everything that happens to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtr

from kansen.geography.tables import read_table
from kansen.synthetic.advice import Adviser
from kansen.synthetic.births import Births, make_births, with_deaths
from kansen.synthetic.careers import Careers, make_careers
from kansen.synthetic.country import Population, stream
from kansen.synthetic.days import OPEN, birthday, year_of
from kansen.synthetic.homes import Homes, make_homes, make_households
from kansen.synthetic.incomes import usual_incomes
from kansen.synthetic.levels import FIRST_HBO, FIRST_WO
from kansen.synthetic.oddities import ABROAD, taken_abroad, with_oddities
from kansen.synthetic.own_children import OwnChildren, make_own_children, with_own_children
from kansen.synthetic.parameters import load_youth
from kansen.synthetic.parents import Parents, make_parents
from kansen.synthetic.people import People
from kansen.synthetic.places import Places, load_places
from kansen.synthetic.schools import Schools, choose, make_schools
from kansen.synthetic.unions import draw_unions
from kansen.synthetic.windows import Years
from kansen.synthetic.young_people import make_young_people
from kansen.synthetic.youth_truth import YouthBackground, YouthTruth

FIRST_SCHOOLS = 30_000
"""Numbers of schools in one part of the country: primary schools, then secondary schools from this number on."""
SCHOOLS_PER_PART = 60_000


@dataclass(frozen=True)
class Young(Population):
    """Children born from 1993 on with their parents, in one part of the country.

    Attributes
    ----------
    truth : the declared world of the young. adviser : how scores become advices.
    at_birth, at_ten, at_fifteen : what outcomes depend on, with the home and household at that age.
    dwelling_at_birth : the mother's dwelling on that day. careers : at school. births : in the perinatal registry.
    own_children : of who became a parent before 20.
    primary, secondary : schools. at_primary, at_secondary : position in them of each child.
    """

    truth: YouthTruth
    adviser: Adviser
    at_birth: YouthBackground
    at_ten: YouthBackground
    at_fifteen: YouthBackground
    careers: Careers
    births: Births
    own_children: OwnChildren
    primary: Schools
    secondary: Schools
    at_primary: np.ndarray
    at_secondary: np.ndarray

    @property
    def here(self) -> np.ndarray:
        """Children who are in the population register at all, bool of shape (children,)."""
        return self.people.exists[: len(self.people.children)]


def regions(places: Places, children: float, at_most: float) -> list[np.ndarray]:
    """Municipalities (positions) of every part of the country: neighbouring COROP regions of at most so many children.

    children : all children to come, of whom every part has `at_most`, if it does not consist of one region only.
    """
    corop = corops(places)
    share = np.bincount(corop, np.bincount(places.municipality, places.children))
    found: list[list[int]] = []
    room = 0.0
    for region, size in enumerate(share * children):
        if size > room:
            found.append([])
            room = max(at_most, size)
        found[-1].append(region)
        room -= size
    return [np.flatnonzero(np.isin(corop, group)) for group in found]


def corops(places: Places) -> np.ndarray:
    """COROP region of every municipality, a number from 0, shape (municipalities,)."""
    of = {row["code"]: row["corop_code"] for row in read_table("municipalities")}
    return np.unique([of[code] for code in places.municipality_id], return_inverse=True)[1]


def make_young(
    municipalities: np.ndarray,
    births: Years,
    *,
    scale: float,
    seed: int,
    part: int,
    parts: int,
    line: float | None = None,
) -> Young:
    """Draw the children of some municipalities (positions) who were born in the given years, and their parents.

    scale : 1 is 180,000 children a year in the whole country. part, parts : which part of the country this is. line :
    see `Population`.
    """

    def random(step: int) -> np.random.Generator:
        return stream(seed, step, part)

    places, world = load_places(), load_youth()
    truth, adviser = YouthTruth(places, world), Adviser(world["advice"])
    pupils = world["families"]["children_per_year"] * scale
    people = make_young_people(random(1), places, municipalities, births, pupils, world, part, parts)
    people = with_oddities(random, people, world)
    usual = usual_incomes(random(4), people.families, world)
    never = np.full(len(people.children), OPEN, np.int32)
    # homes are drawn before it is known who leaves when; addresses follow once that is
    primary = _schools(random(10), places, municipalities, pupils, world, "primary", part)
    secondary = _schools(random(11), places, municipalities, pupils, world, "secondary", part)
    plan = make_homes(random(2), places, people, never)
    parents = make_parents(random(6), places, people.families, usual, world)
    x = _background(people, parents)
    at_birth = _at(x, people, plan, people.children.born)
    at_primary = _choose(random(12), places, municipalities, primary, _wijk(people, plan, 11), x.rank, world, "primary")
    at_ten = _at(x, people, plan, birthday(people.children.born, 10), primary.quality[at_primary])
    at_fifteen = _at(x, people, plan, people.children.fifteen, primary.quality[at_primary])
    careers = make_careers(random(7), truth, adviser, people.children.born, at_ten, at_fifteen)
    standing = _standing(careers.index + careers.noise, x.rank, world["schools"]["secondary"]["family"])
    at_secondary = _choose(
        random(13), places, municipalities, secondary, _wijk(people, plan, 15), standing, world, "secondary"
    )
    people = replace(people, children=replace(people.children, leaves=careers.leaves))
    born_here = np.flatnonzero((year_of(people.children.born) >= 2011) & ~people.children.foreign_born)
    newborn = make_births(random(8), truth, born_here, people.children.born[born_here], at_birth.take(born_here))
    people = taken_abroad(random(ABROAD), with_deaths(people, newborn), newborn, world["oddities"]["taken_abroad"])
    own = make_own_children(random(15), truth, people, at_fifteen)
    unions = with_own_children(draw_unions(random(16), people.children), people, own)
    return Young(
        scale=scale,
        seed=seed,
        part=part,
        parts=parts,
        places=places,
        people=people,
        parents=parents,
        homes=make_homes(random(2), places, people, never),
        households=make_households(random(3), people, unions),
        line=line,
        own_children=own,
        truth=truth,
        adviser=adviser,
        at_birth=at_birth,
        at_ten=at_ten,
        at_fifteen=at_fifteen,
        careers=careers,
        births=newborn,
        primary=primary,
        secondary=secondary,
        at_primary=at_primary,
        at_secondary=at_secondary,
    )


def _background(people: People, parents: Parents) -> YouthBackground:
    """What does not change while a child grows up; homes and households are those of nobody yet."""
    family, families = people.children.family, people.families
    mother, father = np.split((parents.level >= FIRST_HBO).astype(np.int8) + (parents.level >= FIRST_WO), 2)
    highest = np.maximum(mother, np.where(people.exists[people.fathers], father, 0))
    n = len(people.children)
    of_who_bore = np.where(people.odd.of_partner, father[family], mother[family])
    return YouthBackground(
        rank=ndtr(families.income)[family],
        woman=people.children.woman,
        origin=families.origin[family],
        household=np.zeros(n, np.int8),
        education=highest[family],
        mothers_education=of_who_bore,
        wijk=families.wijk[family],
        school=np.zeros(n),
    )


def _at(
    x: YouthBackground, people: People, homes: Homes, when: np.ndarray, school: np.ndarray | None = None
) -> YouthBackground:
    """The background with home and household on a day of each child."""
    children, families = people.children, people.families
    single = (families.apart[children.family] <= when).astype(np.int8)
    household = np.where(children.household == 2, 2, single).astype(np.int8)
    wijk = homes.dwellings.wijk[homes.of_family(children.family, when)]
    return replace(x, household=household, wijk=wijk, school=x.school if school is None else school)


def _standing(score: np.ndarray, rank: np.ndarray, family: float) -> np.ndarray:
    """What secondary schools compare pupils by, about evenly spread from 0 to 1: the score, and the family's rank."""
    together = score / 1.2 + family * 3.4 * (rank - 0.5)
    return ndtr(together / np.sqrt(1 + family**2 + 0.7 * family))


def _wijk(people: People, homes: Homes, age: int) -> np.ndarray:
    return homes.dwellings.wijk[homes.of_family(people.children.family, birthday(people.children.born, age))]


def _schools(
    rng: np.random.Generator,
    places: Places,
    municipalities: np.ndarray,
    pupils: float,
    world: dict[str, Any],
    kind: str,
    part: int,
) -> Schools:
    first = part * SCHOOLS_PER_PART + (FIRST_SCHOOLS if kind == "secondary" else 0)
    return make_schools(rng, places, municipalities, pupils, world["schools"][kind], first)


def _choose(
    rng: np.random.Generator,
    places: Places,
    municipalities: np.ndarray,
    schools: Schools,
    wijk: np.ndarray,
    rank: np.ndarray,
    world: dict[str, Any],
    kind: str,
) -> np.ndarray:
    """Schools by home and a rank (0-1) to compare schools by; who moved out of this part keeps a school in it."""
    inside = np.isin(places.municipality[wijk], municipalities)
    lost = schools.wijk[rng.integers(0, len(schools), len(wijk))]
    standing = 3.4 * (rank - 0.5)
    return choose(rng, places, schools, np.where(inside, wijk, lost), standing, world["schools"][kind])
