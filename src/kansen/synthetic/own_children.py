"""Children of the young themselves, born before their mother or father turned 20."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from kansen.synthetic.country import Population
from kansen.synthetic.days import REGISTER_END, YEAR, parts
from kansen.synthetic.days import text as day_text
from kansen.synthetic.delivery import Columns, Step
from kansen.synthetic.files import coded, codes, constant, text
from kansen.synthetic.homes import ONE_PARENT, OTHER, Spells
from kansen.synthetic.people import People, digits
from kansen.synthetic.tables import NATIVE, NETHERLANDS, PERSONS_OF, SECOND, dwelling_key, person_key
from kansen.synthetic.unions import Unions
from kansen.synthetic.youth_truth import YouthBackground, YouthTruth

EARLIEST, LATEST = 16.3, 19.95
"""Age of young parents at the birth, in years."""


@dataclass(frozen=True)
class OwnChildren:
    """Own children of young mothers, arrays of shape (own children,).

    mother : position among the children. father : the same, -1 where no register knows him. born : day. woman : bool.
    """

    mother: np.ndarray
    father: np.ndarray
    born: np.ndarray
    woman: np.ndarray

    def __len__(self) -> int:
        return len(self.mother)


def make_own_children(rng: np.random.Generator, truth: YouthTruth, people: People, x: YouthBackground) -> OwnChildren:
    """Draw who becomes a parent before 20; young fathers have their child with one of the young mothers.

    `x` is the background at fifteen. Who is not in the country at the birth has no child here.
    """
    born, n = people.children.born, len(people.children)
    young = rng.random(n) < truth.chance("young_parent", x)
    when = born + ((EARLIEST + (LATEST - EARLIEST) * rng.random(n) ** 0.6) * YEAR).astype(np.int64)
    here = people.presence.take(slice(0, n))
    young &= people.exists[:n] & here.on(when) & (when <= REGISTER_END)
    mothers = np.flatnonzero(young & people.children.woman)
    mothers = mothers[np.argsort(when[mothers], kind="stable")]
    fathers = np.flatnonzero(young & ~people.children.woman)
    fathers = fathers[np.argsort(when[fathers], kind="stable")]
    # every young father gets a mother of his own, whose child was born about when his was to be
    found = np.searchsorted(when[mothers], when[fathers])
    found = np.maximum.accumulate(found - np.arange(len(found))) + np.arange(len(found)) if len(found) else found
    fits = found < len(mothers)
    fathers, found = fathers[fits], found[fits]
    age = (when[mothers[found]] - born[fathers]) / YEAR
    fits = (age >= 15.5) & (age < 20)
    father = np.full(len(mothers), -1, np.int64)
    father[found[fits]] = fathers[fits]
    return OwnChildren(
        mother=mothers,
        father=_older_fathers(rng, people, mothers, when[mothers], father),
        born=when[mothers],
        woman=rng.random(len(mothers)) >= truth.world["families"]["boys"],
    )


def _older_fathers(
    rng: np.random.Generator, people: People, mothers: np.ndarray, when: np.ndarray, father: np.ndarray
) -> np.ndarray:
    """Fathers who were 20 to 27, for most of the mothers without a young father; nobody where nobody is that old."""
    men = np.flatnonzero(~people.children.woman & people.exists[: len(people.children)])
    men = men[np.argsort(people.children.born[men], kind="stable")]
    born = people.children.born[men]
    low = np.searchsorted(born, when - 27 * YEAR)
    high = np.searchsorted(born, when - 20.02 * YEAR)
    chosen = low + (rng.random(len(mothers)) * (high - low)).astype(np.int64)
    possible = (father < 0) & (high > low) & (rng.random(len(mothers)) < 0.75)
    return np.where(possible, men[np.minimum(chosen, len(men) - 1)], father) if len(men) else father


def with_own_children(unions: Unions, people: People, own: OwnChildren) -> Unions:
    """Unions in which young mothers live alone with their children once they have left their parents."""
    columns = {name: getattr(unions, name).copy() for name in ("couple", "own_children", "ends", "keeps")}
    leaves = np.maximum(people.children.leaves[own.mother], own.born)
    for name in ("couple", "own_children", "ends"):
        columns[name][own.mother] = leaves
    columns["keeps"][own.mother] = True
    return replace(unions, **columns)


def steps(population: Population, own: OwnChildren, household_year: int) -> list[Step]:
    """The rows of own children in the tables of persons, parents, addresses and households."""
    if not len(own):
        return []
    makers: list[tuple[str, int, Callable[[Population, OwnChildren], Columns]]] = [
        ("gbapersoon", PERSONS_OF, persons),
        ("kindouder", 0, parents),
        ("gbaadresobject", 0, addresses),
        ("gbahuishoudens", household_year, households),
    ]
    return [Step(table, year, lambda make=make: make(population, own)) for table, year, make in makers]


def _key(population: Population, own: OwnChildren, which: np.ndarray | None = None) -> Columns:
    """Their identifications are those that are kept for a partner of the mother, who is in no table."""
    mother = own.mother if which is None else own.mother[which]
    return person_key(population, population.people.partners[mother])


def persons(population: Population, own: OwnChildren) -> Columns:
    """GBAPERSOONTAB: born here; of the second generation when a parent was born abroad."""
    people = population.people
    families, family = people.families, people.children.family

    def birth_country(child: np.ndarray) -> np.ndarray:
        return np.where(people.children.foreign_born[child], families.country[family[child]], NETHERLANDS)

    mother = birth_country(own.mother)
    father = np.where(own.father >= 0, birth_country(np.maximum(own.father, 0)), NETHERLANDS)
    roots = np.where(mother != NETHERLANDS, mother, father)
    year, month, of_month = parts(own.born.astype(np.int32))

    def country_codes(values: np.ndarray) -> pa.Array:
        known, positions = np.unique(values, return_inverse=True)
        return coded(positions, [value.decode() for value in known])

    return {
        **_key(population, own),
        "GBAGEBOORTELAND": constant(NETHERLANDS.decode(), len(own)),
        "GBAGESLACHT": coded(own.woman, ["1", "2"]),
        "GBAGEBOORTELANDMOEDER": country_codes(mother),
        "GBAGEBOORTELANDVADER": country_codes(father),
        "GBAGEBOORTEJAAR": codes(year, 4),
        "GBAGEBOORTEMAAND": codes(month, 2),
        "GBAGEBOORTEDAG": codes(of_month, 2),
        "GBAGENERATIE": coded(np.where(roots != NETHERLANDS, SECOND, NATIVE), ["0", "1", "2"]),
        "GBAHERKOMSTGROEPERING": country_codes(roots),
    }


def parents(population: Population, own: OwnChildren) -> Columns:
    """KINDOUDERTAB: their parents are children of the country themselves."""
    people = population.people
    known = own.father >= 0
    number = np.where(known, people.number[np.maximum(own.father, 0)], b"---------")
    number_of_link = len(people.families) + 1 + np.arange(len(own), dtype=np.int64)
    return {
        **_key(population, own),
        "XKOPPELNUMMER": text(digits(number_of_link, 8)),
        **person_key(population, own.mother, "Ma"),
        "RINPERSOONSpa": coded(~known, ["R", "-"]),
        "RINPERSOONpa": text(number.astype("S9")),
    }


def _of_mother(spells: Spells, own: OwnChildren) -> tuple[np.ndarray, np.ndarray]:
    """Spells of the mothers that last beyond the birth, and to which own child each belongs."""
    order = np.argsort(own.mother, kind="stable")
    at = np.minimum(np.searchsorted(own.mother, spells.person, sorter=order), len(own) - 1)
    child = order[at]
    rows = np.flatnonzero((own.mother[child] == spells.person) & (spells.end >= own.born[child]))
    return rows, child[rows]


def addresses(population: Population, own: OwnChildren) -> Columns:
    """GBAADRESOBJECTBUS: they live where their mother lives."""
    spells = population.homes.addresses
    rows, child = _of_mother(spells, own)
    return {
        **_key(population, own, child),
        "GBADATUMAANVANGADRESHOUDING": text(day_text(np.maximum(spells.start[rows], own.born[child]).astype(np.int32))),
        "GBADATUMEINDEADRESHOUDING": text(day_text(spells.end[rows])),
        **dwelling_key(population, spells.what[rows]),
    }


def households(population: Population, own: OwnChildren) -> Columns:
    """GBAHUISHOUDENSBUS: another member of the grandparents' household, then the child of one parent."""
    spells = population.households
    rows, child = _of_mother(spells, own)
    alone = spells.what[rows] // 100 == ONE_PARENT
    alone &= spells.what[rows] % 100 != 1
    return {
        **_key(population, own, child),
        "DATUMAANVANGHH": text(day_text(np.maximum(spells.start[rows], own.born[child]).astype(np.int32))),
        "DATUMEINDEHH": text(day_text(spells.end[rows])),
        "TYPHH": codes(np.where(alone, ONE_PARENT, OTHER)),
        "PLHH": codes(np.where(alone, 1, 9)),
    }
