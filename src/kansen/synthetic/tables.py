"""The register tables on people, dwellings and parents' incomes, column by column as they are delivered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa

from kansen.synthetic import days
from kansen.synthetic.country import Population, stream
from kansen.synthetic.delivery import Columns, Step
from kansen.synthetic.files import coded, codes, constant, text
from kansen.synthetic.homes import Spells
from kansen.synthetic.oddities import CORRECTED, first_told
from kansen.synthetic.parameters import load_world
from kansen.synthetic.people import (
    BOTH_ABROAD,
    FATHER_ABROAD,
    KNOWN,
    MOTHER_ABROAD,
    NOT_IN_REGISTER,
    THIRD_BY_FATHER,
    THIRD_BY_MOTHER,
    UNKNOWN,
    digits,
)

NETHERLANDS = b"6030"
NATIVE, FIRST, SECOND = 0, 1, 2
"""GBAGENERATIE."""
PERSONS_OF = 2023
"""Year of the register of persons."""


def steps(country: Population, household_year: int) -> list[Step]:
    """The tables that every part of the country has; the largest first."""
    return [
        Step("gbaadresobject", 0, lambda: addresses(country)),
        Step("gbahuishoudens", household_year, lambda: households(country, household_year)),
        Step("gbapersoon", PERSONS_OF, lambda: persons(country)),
        Step("kindouder", 0, lambda: parents(country)),
        Step("vslpostcode", 0, lambda: postcodes(country)),
        Step("vslgwb", 0, lambda: areas(country)),
    ]


def person_key(country: Population, person: np.ndarray, suffix: str = "") -> Columns:
    """The two columns that identify people (numbers), all of them in the population register."""
    return {
        f"RINPERSOONS{suffix}": constant("R", len(person)),
        f"RINPERSOON{suffix}": text(country.people.number[person]),
    }


@dataclass(frozen=True)
class Described:
    """What the register of persons tells, arrays of shape (people,); `generation` is GBAGENERATIE."""

    year: np.ndarray
    month: np.ndarray
    day: np.ndarray
    woman: np.ndarray
    birth_country: np.ndarray
    of_mother: np.ndarray
    of_father: np.ndarray
    generation: np.ndarray
    origin: np.ndarray


def described(country: Population) -> Described:
    """Everyone, with origin by the rules of Statistics Netherlands.

    A person born abroad belongs to the country of birth; born here, to that of the mother, or of the father where the
    mother was born here; with both parents born here, to the Netherlands.
    """
    people, families, children = country.people, country.people.families, country.people.children
    family, n, f = children.family, len(children), len(families)
    born_here = np.full(f, NETHERLANDS, "S4")
    mother_from = np.where(np.isin(families.descent, (BOTH_ABROAD, MOTHER_ABROAD)), families.country, born_here)
    father_from = np.where(np.isin(families.descent, (BOTH_ABROAD, FATHER_ABROAD)), families.country, born_here)
    # third generation: the parents of one parent were born abroad
    mothers_roots = np.where(families.descent == THIRD_BY_MOTHER, families.country, mother_from)
    fathers_roots = np.where(families.descent == THIRD_BY_FATHER, families.country, father_from)
    own = np.where(children.foreign_born, families.country[family], born_here[family])
    birth_country = np.concatenate([own, mother_from, father_from])
    # grandparents: half of the second-generation parents have a mother from abroad only
    alternate = np.arange(f) % 4
    of_mother = np.concatenate(
        [
            mother_from[family],
            np.where(alternate == 3, born_here, mothers_roots),
            np.where(alternate == 2, born_here, fathers_roots),
        ]
    )
    of_father = np.concatenate(
        [
            father_from[family],
            np.where(alternate == 1, born_here, mothers_roots),
            np.where(alternate == 0, born_here, fathers_roots),
        ]
    )
    abroad = birth_country != NETHERLANDS
    roots = np.where(of_mother != NETHERLANDS, of_mother, of_father)
    generation = np.where(abroad, FIRST, np.where(roots != NETHERLANDS, SECOND, NATIVE))
    origin = np.where(abroad, birth_country, roots)
    woman = np.concatenate([children.woman, np.ones(f, bool), people.odd.two_mothers])
    born = np.concatenate([children.born, families.mother_born, families.father_born])
    year, month, of_month = days.parts(born)
    unknown = np.zeros(n + 2 * f, bool)
    unknown[n:] = np.arange(2 * f) % 997 == 0  # a few parents whose own parents nobody knows
    other = np.concatenate([people.odd.of_partner, np.zeros(2 * f, bool)])
    of_mother, of_father = np.where(other, of_father, of_mother), np.where(other, of_mother, of_father)
    of_mother, of_father = np.where(unknown, b"----", of_mother), np.where(unknown, b"----", of_father)
    return Described(year, month, of_month, woman, birth_country, of_mother, of_father, generation, origin)


def persons(country: Population) -> Columns:
    """GBAPERSOONTAB: everyone who is in the register."""
    return _persons(country, described(country), np.flatnonzero(country.people.exists))


def persons_before(country: Population, year: int) -> Columns:
    """GBAPERSOONTAB of an earlier year: who was registered by then, and what was corrected since."""
    now, people = described(country), country.people
    rng = stream(country.seed, CORRECTED, country.part)
    born, of_year, woman, unseen = first_told(rng, now.year, now.woman, load_world()["oddities"])
    unseen &= now.generation == SECOND
    then = replace(
        now,
        year=of_year,
        month=np.where(born, 7, now.month),
        day=np.where(born, 1, now.day),
        woman=woman,
        of_mother=np.where(unseen, NETHERLANDS, now.of_mother),
        of_father=np.where(unseen, NETHERLANDS, now.of_father),
        generation=np.where(unseen, NATIVE, now.generation),
        origin=np.where(unseen, NETHERLANDS, now.origin),
    )
    known = people.exists & (people.presence.begin <= days.day(year, 12, 31)) & (of_year <= year)
    return _persons(country, then, np.flatnonzero(known))


def country_codes(values: np.ndarray) -> pa.Array:
    """Country codes (S4) as text."""
    known, positions = np.unique(values, return_inverse=True)
    return coded(positions, [value.decode() for value in known])


def _persons(country: Population, told: Described, here: np.ndarray) -> Columns:
    return {
        **person_key(country, here),
        "GBAGEBOORTELAND": country_codes(told.birth_country[here]),
        "GBAGESLACHT": coded(told.woman[here], ["1", "2"]),
        "GBAGEBOORTELANDMOEDER": country_codes(told.of_mother[here]),
        "GBAGEBOORTELANDVADER": country_codes(told.of_father[here]),
        "GBAGEBOORTEJAAR": codes(told.year[here], 4),
        "GBAGEBOORTEMAAND": codes(told.month[here], 2),
        "GBAGEBOORTEDAG": codes(told.day[here], 2),
        "GBAGENERATIE": coded(told.generation[here], ["0", "1", "2"]),
        "GBAHERKOMSTGROEPERING": country_codes(told.origin[here]),
    }


def parents(country: Population) -> Columns:
    """KINDOUDERTAB: the legal parents of each child."""
    people, families = country.people, country.people.families
    child = np.flatnonzero(people.children.linked)
    family = people.children.family[child]
    father, other = families.father[family], (people.odd.of_partner ^ people.odd.exchanged)[child]
    mother = np.where(other, people.fathers[family], people.mothers[family])
    partner = np.where(other, people.mothers[family], people.fathers[family])
    number = np.where(father == UNKNOWN, b"---------", people.number[partner])
    return {
        **person_key(country, child),
        "XKOPPELNUMMER": text(digits(family.astype(np.int64) + 1, 8)),
        **person_key(country, mother, "Ma"),
        "RINPERSOONSpa": coded(np.select([father == KNOWN, father == NOT_IN_REGISTER], [0, 1], 2), ["R", "G", "-"]),
        "RINPERSOONpa": text(number.astype("S9")),
    }


class Part(Protocol):
    """One part of a country, which keeps its numbers apart from those of the others."""

    @property
    def part(self) -> int:
        """Its own number."""
        ...

    @property
    def parts(self) -> int:
        """How many there are."""
        ...


def dwelling_key(country: Part, number: np.ndarray) -> Columns:
    """Dwelling numbers as delivered: an affine map keeps them unique and hides their order."""
    scrambled = ((number.astype(np.int64) * country.parts + country.part) * 7_368_787 + 104_729) % 999_999_999_989
    return {
        "SOORTOBJECTNUMMER": coded(number % 50 == 0, ["B", "D"]),
        "RINOBJECTNUMMER": text(digits(scrambled, 12)),
    }


def addresses(country: Population) -> Columns:
    """GBAADRESOBJECTBUS."""
    spells = country.homes.addresses
    return {
        **person_key(country, spells.person),
        "GBADATUMAANVANGADRESHOUDING": text(days.text(spells.start)),
        "GBADATUMEINDEADRESHOUDING": text(days.text(spells.end)),
        **dwelling_key(country, spells.what),
    }


def households(country: Population, year: int) -> Columns:
    """GBAHUISHOUDENSBUS of one year, which knows nothing later."""
    spells: Spells = country.households
    until = days.day(year, 12, 31)
    known = spells.start <= until
    kind = spells.what[known]
    return {
        **person_key(country, spells.person[known]),
        "DATUMAANVANGHH": text(days.text(spells.start[known])),
        "DATUMEINDEHH": text(days.text(np.where(spells.end[known] > until, days.OPEN, spells.end[known]))),
        "TYPHH": codes(kind // 100),
        "PLHH": codes(kind % 100),
    }


def postcodes(country: Population) -> Columns:
    """VSLPOSTCODEBUS: one spell per dwelling, two where the street was renumbered."""
    dwellings = country.homes.dwellings
    number = np.arange(len(dwellings), dtype=np.int64)
    again = number[dwellings.earlier_postcode > 0]
    first_day = np.full(len(number), days.REGISTER_START)
    first_day[again] = dwellings.renumbered[again]
    postcode = np.where(dwellings.without_postcode, 0, dwellings.postcode)
    known, positions = np.unique(np.concatenate([dwellings.earlier_postcode[again], postcode]), return_inverse=True)
    return {
        **dwelling_key(country, np.concatenate([again, number])),
        "POSTCODENUM": coded(positions, [str(value) if value else "----" for value in known]),
        "DATUMAANVPOSTCODENUMADRES": text(
            days.text(np.concatenate([np.full(len(again), days.REGISTER_START), first_day]))
        ),
        "DATUMEINDPOSTCODENUMADRES": text(
            days.text(np.concatenate([dwellings.renumbered[again] - 1, dwellings.postcode_end]))
        ),
    }


def areas(country: Population) -> Columns:
    """VSLGWBTAB: municipality and wijk by the borders of 2023."""
    dwellings, places = country.homes.dwellings, country.places
    number = np.flatnonzero(~dwellings.absent)
    wijk = dwellings.wijk[number]
    unknown = dwellings.without_area[number]
    municipality_codes = [code[2:] for code in places.municipality_id]
    wijk_codes = [code[2:] for code in places.wijk]
    return {
        **dwelling_key(country, number),
        "gem2023": coded(
            np.where(unknown, len(municipality_codes), places.municipality[wijk]), [*municipality_codes, "----"]
        ),
        "wc2023": coded(np.where(unknown, len(wijk_codes), wijk), [*wijk_codes, "------"]),
    }
